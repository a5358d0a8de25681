/* Says in plain sentences what a verdict rests on and what speaks against it, in English or Chinese.
 *
 * A sentence stands once, in both languages side by side; arguments come in the same order in both (the Chinese one
 * takes them by number where its order differs). */
#include "match/trial.h"
#include <math.h>

enum sentence {
	LINKS,
	LINKS_NONE,
	CHANCE,
	COPY,
	COPY_AGAINST,
	UNDECIDED,
	LONE,
	MIXED,
	UNSEALED,
	DAMAGE,
	NO_KEY,
	STITCHED,
	FILTER,
	ORIGIN,
	ORIGIN_CUT,
	SHOWN_IN,
	NEW_COLUMN,
	FEW_LEFT,
	NOTHING_SEALED,
	COMPARED,
	HIDDEN,
	INCOMPLETE,
	SENTENCES
};

static const char *const sentences[SENTENCES][2] = {
	[LINKS] = { "%1$s: %2$llu of %3$llu records link to %4$s, through %5$u of %6$zu columns.",
	        "%1$s：%3$llu 条记录中有 %2$llu 条与 %4$s 对应，%6$zu 列中有 %5$u 列吻合。" },
	[LINKS_NONE] = { "%s: none of %llu records links to anything sealed.",
	        "%s：%llu 条记录无一与已封存的数据对应。" },
	[CHANCE] = { "%s: measured by decoys, %.1f %% of these links are chance.",
	        "%s：以诱饵记录测得，其中 %.1f%% 的对应出于偶然。" },
	[COPY] = { "Copied from us rather than the same people from elsewhere: %.0f bits, mostly by %s.",
	        "是从我方复制的，而不是他人持有的同一批人：%.0f 比特，主要依据是%s。" },
	[COPY_AGAINST] = { "The same people rather than a copy of ours: %.0f bits, mostly by %s. What the other "
	                   "columns hold is not ours.",
	        "是同一批人而不是我方数据的副本：%.0f 比特，主要依据是%s。其余各列不是我方数据。" },
	[UNDECIDED] = { "Whether it was copied stays open: %.1f bits; ten either way settle it. More records, or "
	                "columns that only we hold, would.",
	        "是否复制自我方尚无定论：%.1f 比特，正负十比特方可定论。更多记录，或只有我方持有的列，可以定论。" },
	[LONE] = { "%s tells only by one column: it says who is in it, not where it comes from. A sample with more "
	           "columns would settle it.",
	        "%s 只有一列有区分力：只能说明其中有谁，不能说明来自何处。带有更多列的样本可以定论。" },
	[MIXED] = { "%s: %llu records mix cells of several of our rows: the cells are ours, the records are not.",
	        "%s：%llu 条记录把我方多行数据拼在一起：单元格是我方的，记录不是。" },
	[UNSEALED] = { "Our own numbers stand in %s, but most of its columns are in no seal: a table of ours that was "
	               "not sealed. Sealing it would date the leak.",
	        "%s 中有只有我方才有的编号，但多数列未曾封存：这是我方一张未封存的表。封存该表即可判定泄露时间。" },
	[DAMAGE] = { "Against it: only %2$.0f %% of the cells of %1$s agree.",
	        "不利之处：%s 列只有 %.0f%% 的单元格吻合。" },
	[NO_KEY] = { "%s has no key: its rows are told apart by all their cells, so that the dates are weaker.",
	        "%s 没有主键：只能用全部单元格区分各行，时间判定因此较弱。" },
	[STITCHED] = { "%s was put together from %zu dates; no one time explains it.",
	        "%s 由 %zu 个时间的数据拼成，任何单一时间都解释不了。" },
	[FILTER] = { "The rows were taken by a filter: %s (it explains %.0f %% of which rows are there).",
	        "取数时用了筛选条件：%s（可解释 %.0f%%）。" },
	[ORIGIN] = { "It equals the declared export %s: the same columns, %llu of its %llu rows.",
	        "与已申报的导出 %1$s 一致：列相同，其 %3$llu 行中有 %2$llu 行。" },
	[ORIGIN_CUT] = { "It is a cut of the declared export %s: the same columns, %llu of its %llu rows.",
	        "是已申报的导出 %1$s 的一部分：列相同，其 %3$llu 行中有 %2$llu 行。" },
	[SHOWN_IN] = { "Column %s looks %s and does not link: sealing that form (hufu seal --form FORM:KIND) would "
	               "settle what it is.",
	        "%s 列看上去是 %s，未能对应：封存该形式（hufu seal --form FORM:KIND）即可判定。" },
	[NEW_COLUMN] = { "Against it: %2$u varying columns of %1$s are none of ours.",
	        "不利之处：%s 中有 %u 个列不是我方的。" },
	[FEW_LEFT] = { "%llu records nearly link: the upper bound of people counts them.",
	        "%llu 条记录接近对应：人数上限已计入。" },
	[NOTHING_SEALED] = { "Nothing is sealed yet, so that nothing could be compared: hufu seal.",
	        "尚未封存任何数据，无从比对：请先 hufu seal。" },
	[COMPARED] = { "Sealed and compared: %s, %zu snapshots, %s to %s.",
	        "已封存并比对：%s，%zu 个快照，%s 至 %s。" },
	[HIDDEN] = { "%s shows its identifiers as digests alone, and none links: salted, of a form that was not "
	             "sealed, or somebody else's. The same rows in plain, the salt, or sealing that form (hufu seal "
	             "--form FORM:KIND) would settle it.",
	        "%s "
	        "只以摘要值给出标识，且无一对应：可能加了盐，可能该形式未曾封存，也可能是他人的数据。同样记录的明文、所"
	        "用的盐，或封存该形式（hufu seal --form FORM:KIND），可以定论。" },
	[INCOMPLETE] = { "Not all of the leak could be read; what was left out is listed.",
	        "泄露数据未能全部读取，未读部分已列出。" },
};

static const char *const terms_zh[VERDICT_TERM_COUNT] = { "各列可由我方数据解释", "只有我方持有的列吻合",
	"在他人通常不同之处吻合", "全部属于同一时间" };

/* The format of a sentence in the matcher's language. */
#define SAY(matcher, verdict, sentence, ...)                                                                           \
	verdict_reason(verdict, sentences[sentence][(matcher)->options.chinese] __VA_OPT__(, ) __VA_ARGS__)

static const char *term_name(const struct matcher *matcher, enum verdict_term_kind term)
{
	return matcher->options.chinese ? terms_zh[term] : verdict_term_name(term);
}

/* The term that carries the sum: the largest of its sign. */
static enum verdict_term_kind main_term(const struct verdict_part *part)
{
	size_t best = 0;
	double sign = part->copy_bits < 0 ? -1 : 1;
	for (size_t i = 1; i < part->term_count; i++)
		if (sign * part->terms[i].bits > sign * part->terms[best].bits)
			best = i;
	return part->terms[best].kind;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* every format stands in the table above */
#pragma GCC diagnostic ignored "-Wformat-security"

static void columns_say(const struct matcher *matcher, const struct verdict_part *part,
        const struct verdict_dataset *dataset, struct hufu_verdict *verdict)
{
	uint32_t foreign = 0;
	for (size_t c = 0; c < dataset->column_count; c++) {
		const struct verdict_column *column = &dataset->columns[c];
		double share = column->compared ? (double)column->agreed / (double)column->compared : 1;
		foreign += !column->column && !column->form;
		if (!column->column && column->form)
			SAY(matcher, verdict, SHOWN_IN, column->leak, column->form);
		else if (column->column && share < 0.8)
			SAY(matcher, verdict, DAMAGE, column->leak, 100 * share);
	}
	if (foreign)
		SAY(matcher, verdict, NEW_COLUMN, part->path, foreign);
}

static void dataset_say(const struct matcher *matcher, const struct verdict_part *part,
        const struct verdict_dataset *dataset, struct hufu_verdict *verdict)
{
	uint32_t columns = 0;
	for (size_t c = 0; c < dataset->column_count; c++)
		columns += dataset->columns[c].column != NULL;
	SAY(matcher, verdict, LINKS, part->path, (unsigned long long)dataset->linked, (unsigned long long)part->records,
	        dataset->dataset, columns, dataset->column_count);
	if (dataset->linked)
		SAY(matcher, verdict, CHANCE, dataset->dataset, 100 * dataset->fdr);
	if (dataset->recombined)
		SAY(matcher, verdict, MIXED, part->path, (unsigned long long)dataset->recombined);
	if (dataset->window.stitched_count)
		SAY(matcher, verdict, STITCHED, part->path, dataset->window.stitched_count);
	if (dataset->filter)
		SAY(matcher, verdict, FILTER, dataset->filter, 100 * dataset->filter_explains);
	for (size_t i = 0; i < dataset->origin_count; i++)
		SAY(matcher, verdict, dataset->origin_cut ? ORIGIN_CUT : ORIGIN, dataset->origins[i].name,
		        (unsigned long long)dataset->origins[i].taken, (unsigned long long)dataset->origins[i].rows);
	if (dataset->rows_by_all_cells)
		SAY(matcher, verdict, NO_KEY, dataset->dataset);
}

static void word_say(const struct matcher *matcher, const struct verdict_part *part, struct hufu_verdict *verdict)
{
	if (part->word == VERDICT_OURS_UNSEALED)
		SAY(matcher, verdict, UNSEALED, part->path);
	if (!part->term_count || part->word == VERDICT_OURS_UNSEALED)
		return;
	if (part->lone)
		SAY(matcher, verdict, LONE, part->path);
	else if (part->word == VERDICT_OVERLAP)
		SAY(matcher, verdict, COPY_AGAINST, fabs(part->copy_bits), term_name(matcher, main_term(part)));
	else if (part->word == VERDICT_INCONCLUSIVE)
		SAY(matcher, verdict, UNDECIDED, part->copy_bits);
	else
		SAY(matcher, verdict, COPY, part->copy_bits, term_name(matcher, main_term(part)));
}

static void compared_say(const struct matcher *matcher, struct hufu_verdict *verdict)
{
	if (!matcher->seal_count)
		SAY(matcher, verdict, NOTHING_SEALED);
	bool linked = verdict->word == VERDICT_NONE;
	for (size_t i = 0; i < verdict->part_count; i++)
		linked |= verdict->parts[i].dataset_count > 0;
	/* A no says what it was held against. */
	for (size_t i = 0; i < matcher->seal_count && !linked; i++) {
		const struct meta *meta = &matcher->seals[i]->meta;
		SAY(matcher, verdict, COMPARED, meta->dataset, meta->snapshot_count, meta->snapshots[0].as_of,
		        meta->snapshots[meta->snapshot_count - 1].as_of);
	}
}

static void part_say(const struct matcher *matcher, const struct verdict_part *part, struct hufu_verdict *verdict)
{
	word_say(matcher, part, verdict);
	for (size_t k = 0; k < part->dataset_count; k++)
		dataset_say(matcher, part, &part->datasets[k], verdict);
	if (part->dataset_count)
		columns_say(matcher, part, &part->datasets[0], verdict);
	else if (part->records)
		SAY(matcher, verdict, LINKS_NONE, part->path, (unsigned long long)part->records);
	if (part->hidden)
		SAY(matcher, verdict, HIDDEN, part->path);
}

void reasons_tell(const struct matcher *matcher, struct hufu_verdict *verdict)
{
	/* What is ours comes first, whatever its place in the leak. */
	for (int ours = 1; ours >= 0; ours--)
		for (size_t i = 0; i < verdict->part_count; i++)
			if (verdict_is_ours(verdict->parts[i].word) == ours)
				part_say(matcher, &verdict->parts[i], verdict);
	if (matcher->near)
		SAY(matcher, verdict, FEW_LEFT, (unsigned long long)matcher->near);
	compared_say(matcher, verdict);
	if (!verdict->complete)
		SAY(matcher, verdict, INCOMPLETE);
}

#pragma GCC diagnostic pop
