/* Says in plain sentences what a verdict rests on and what speaks against it, in English or Chinese.
 *
 * A sentence stands once, in both languages side by side; arguments come in the same order in both (the Chinese one
 * takes them by number where its order differs). */
#include "match/trial.h"
#include <math.h>

enum sentence {
	LINKS,
	LINKS_NONE,
	REST,
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
	OPEN_START,
	OPEN_END,
	FILTER,
	ORIGIN,
	ORIGIN_CUT,
	SHOWN_IN,
	NEW_COLUMN,
	FEW_LEFT,
	NOTHING_SEALED,
	COMPARED,
	COMPARED_ONCE,
	HIDDEN,
	COUNTED,
	INCOMPLETE,
	SENTENCES
};

static const char *const sentences[SENTENCES][2] = {
	[LINKS] = { "%1$s: %2$llu of %3$llu records link to %4$s; columns that agree: %5$u of %6$zu.",
	        "%1$s：%3$llu 条记录中有 %2$llu 条与 %4$s 对应，%6$zu 列中有 %5$u 列吻合。" },
	[LINKS_NONE] = { "%s: nothing in it links to anything sealed (records: %llu).",
	        "%s：没有记录与已封存的数据对应（记录数：%llu）。" },
	[REST] = { "%2$llu records of %1$s link to nothing sealed: invented, or from a table or a time that is not "
	           "sealed.",
	        "%s 中另有 %llu 条记录与已封存的数据均不对应：可能是编造的，也可能出自未封存的表或时间。" },
	[CHANCE] = { "%1$s: %2$.1f %% of these links are chance, as measured with invented records.",
	        "%s：以编造的记录测得，其中 %.1f%% 的对应出于偶然。" },
	[COPY] = { "Copied from us, rather than the same people from elsewhere: +%.0f bits, where +10 is enough; "
	           "mostly "
	           "because %s.",
	        "是从我方复制的，而不是他人持有的同一批人：+%.0f 比特，+10 即可定论；主要依据：%s。" },
	[COPY_AGAINST] = { "The same people rather than a copy of ours: -%.0f bits, where -10 is enough; mostly "
	                   "because %s.",
	        "是同一批人而不是我方数据的副本：-%.0f 比特，-10 即可定论；主要依据：%s。" },
	[UNDECIDED] = { "Whether it was copied from us stays open: %+.1f bits, where +10 would say copied and -10 the "
	                "same "
	                "people from elsewhere. More records, or columns that only we hold (our own numbers), would "
	                "settle it.",
	        "是否复制自我方尚无定论：%+.1f 比特，+10 为复制，-10 "
	        "为他人持有的同一批人。更多记录，或只有我方持有的列（我方"
	        "编号），可以定论。" },
	[LONE] = { "%s has one telling column only: it says who is in it, not where it comes from. A sample with more "
	           "columns would settle it.",
	        "%s 只有一列有区分力：只能说明其中有谁，不能说明来自何处。带有更多列的样本可以定论。" },
	[MIXED] = { "%s: %llu records mix cells of several of our rows: the cells are ours, the records are not.",
	        "%s：%llu 条记录把我方多行数据拼在一起：单元格是我方的，记录不是。" },
	[UNSEALED] = { "Our own numbers stand in %s, but most of its columns are in no seal: a table of ours that was "
	               "not sealed. Sealing it would date the leak.",
	        "%s 中有只有我方才有的编号，但多数列未曾封存：这是我方一张未封存的表。封存该表即可判定泄露时间。" },
	[DAMAGE] = { "Against a copy: only %2$.0f %% of the cells of column %1$s agree (spoilt, or of another time or "
	             "source).",
	        "不利于复制之说：%s 列只有 %.0f%% 的单元格吻合（可能损坏，也可能出自其他时间或来源）。" },
	[NO_KEY] = { "%s has no key: its rows are told apart by all their cells, so that the dates are weaker.",
	        "%s 没有主键：只能用全部单元格区分各行，时间判定因此较弱。" },
	[STITCHED] = { "%s was put together from %zu dates; no one time explains it.",
	        "%s 由 %zu 个时间的数据拼成，任何单一时间都解释不了。" },
	[OPEN_START] = { "How early it was taken stays open: no older snapshot of %s rules it out. An older backup, "
	                 "sealed, "
	                 "would.",
	        "最早何时取得尚不能确定：%s 没有更早的快照可以排除。封存更早的备份即可判定。" },
	[OPEN_END] = { "How late it was taken stays open: no newer snapshot of %s rules it out. A newer one, sealed, "
	               "would.",
	        "最晚何时取得尚不能确定：%s 没有更晚的快照可以排除。封存更晚的数据即可判定。" },
	[FILTER] = { "The rows were taken by a filter: %s (it explains %.0f %% of which rows are there).",
	        "取数时用了筛选条件：%s（可解释 %.0f%%）。" },
	[ORIGIN] = { "It equals the declared export %s: the same columns, %llu of its %llu rows.",
	        "与已申报的导出 %1$s 一致：列相同，其 %3$llu 行中有 %2$llu 行。" },
	[ORIGIN_CUT] = { "It is a cut of the declared export %s: the same columns, %llu of its %llu rows.",
	        "是已申报的导出 %1$s 的一部分：列相同，其 %3$llu 行中有 %2$llu 行。" },
	[SHOWN_IN] = { "Column %1$s looks %2$s and does not link. If it is ours, sealing that form would tell: hufu "
	               "seal "
	               "--form %3$.*4$s:KIND.",
	        "%1$s 列看上去是 %2$s，未能对应。若属我方，封存该形式即可判定：hufu seal --form %3$.*4$s:KIND。" },
	[NEW_COLUMN] = { "Against a copy: columns of %s that are none of ours: %u.",
	        "不利于复制之说：%s 中有 %u 列不是我方的。" },
	[FEW_LEFT] = { "%llu records nearly link: the upper bound of people counts them.",
	        "%llu 条记录接近对应：人数上限已计入。" },
	[NOTHING_SEALED] = { "Nothing is sealed yet, so that nothing could be compared: hufu seal.",
	        "尚未封存任何数据，无从比对：请先 hufu seal。" },
	[COMPARED] = { "Sealed and compared: %s, %zu snapshots, %s to %s.",
	        "已封存并比对：%s，%zu 个快照，%s 至 %s。" },
	[COMPARED_ONCE] = { "Sealed and compared: %s, one snapshot, %s.", "已封存并比对：%s，一个快照，%s。" },
	[HIDDEN] = { "%s shows its identifiers as digests alone, and none links: salted, of a form that was not "
	             "sealed, or somebody else's. The same rows in plain, the salt, or sealing that form (hufu seal "
	             "--form FORM:KIND) would settle it.",
	        "%s "
	        "只以摘要值给出标识，且无一对应：可能加了盐，可能该形式未曾封存，也可能是他人的数据。同样记录的明文、所"
	        "用的盐，或封存该形式（hufu seal --form FORM:KIND），可以定论。" },
	[COUNTED] = { "%s: %llu of its numbers are ours, but as many would be of numbers counted up near ours. Other "
	              "columns "
	              "beside them would settle it.",
	        "%s：其中 %llu 个编号是我方的，但在我方编号附近逐个数出的编号也会有这么多。旁边若有其他列即可定论。" },
	[INCOMPLETE] = { "Not all of the leak could be read; what was left out is listed.",
	        "泄露数据未能全部读取，未读部分已列出。" },
};

/* What carries the sum, when it speaks for a copy and when it speaks against one. */
static const char *const causes[VERDICT_TERM_COUNT][2][2] = {
	[VERDICT_TERM_COLUMNS] = { { "our columns explain what stands in it", "各列可由我方数据解释" },
	        { "it has columns that are none of ours", "其中有不是我方的列" } },
	[VERDICT_TERM_PRIVATE] = { { "columns agree that only we hold", "只有我方持有的列吻合" },
	        { "what only we hold does not agree", "只有我方持有的内容不吻合" } },
	[VERDICT_TERM_DIFFER] = { { "it agrees where other holders would differ (spelling, e-mail, dates)",
	                                  "在他人通常不同之处（写法、邮箱、日期）也吻合" },
	        { "it differs where a copy would agree", "副本本应吻合之处不吻合" } },
	[VERDICT_TERM_TIME] = { { "all its values are as of one time", "全部内容属于同一时间" },
	        { "its values are of no one time of ours", "其内容不属于我方的任何一个时间" } },
};

/* The reasons under way, in one of the two languages. */
struct telling {
	const struct matcher *matcher;
	struct hufu_verdict *verdict;
	bool chinese;
};

#define SAY(telling, sentence, ...)                                                                                    \
	verdict_reason((telling)->verdict, (telling)->chinese,                                                         \
	        sentences[sentence][(telling)->chinese] __VA_OPT__(, ) __VA_ARGS__)

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

static const char *cause_of(const struct telling *telling, const struct verdict_part *part)
{
	return causes[main_term(part)][part->copy_bits < 0][telling->chinese];
}

/* Whether a column of the leak is one of ours in any dataset that the part links to. */
static bool told_elsewhere(const struct verdict_part *part, const char *leak)
{
	for (size_t k = 0; k < part->dataset_count; k++)
		for (size_t c = 0; c < part->datasets[k].column_count; c++)
			if (part->datasets[k].columns[c].column && !strcmp(part->datasets[k].columns[c].leak, leak))
				return true;
	return false;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* every format stands in the table above */
#pragma GCC diagnostic ignored "-Wformat-security"

/* "md5-like": the form to seal is "md5". */
static int form_len(const char *look)
{
	return (int)strcspn(look, "-");
}

static void columns_say(
        const struct telling *telling, const struct verdict_part *part, const struct verdict_dataset *dataset)
{
	uint32_t foreign = 0;
	for (size_t c = 0; c < dataset->column_count; c++) {
		const struct verdict_column *column = &dataset->columns[c];
		double share = column->compared ? (double)column->agreed / (double)column->compared : 1;
		foreign += !column->column && !column->form && !told_elsewhere(part, column->leak);
		if (!column->column && column->form)
			SAY(telling, SHOWN_IN, column->leak, column->form, column->form, form_len(column->form));
		else if (column->column && dataset->linked && share < 0.8)
			SAY(telling, DAMAGE, column->leak, 100 * share);
	}
	/* Of a mixture and of a table that is not sealed, its own sentence has said it. */
	if (foreign && part->word != VERDICT_RECOMBINED && part->word != VERDICT_OURS_UNSEALED)
		SAY(telling, NEW_COLUMN, part->path, foreign);
}

/* An open end of the window, with what would close it. */
static void window_say(const struct telling *telling, const struct verdict_dataset *dataset)
{
	if (!dataset->window.after)
		SAY(telling, OPEN_START, dataset->dataset);
	if (!dataset->window.before)
		SAY(telling, OPEN_END, dataset->dataset);
}

static void dataset_say(
        const struct telling *telling, const struct verdict_part *part, const struct verdict_dataset *dataset)
{
	uint32_t columns = 0;
	for (size_t c = 0; c < dataset->column_count; c++)
		columns += dataset->columns[c].column != NULL;
	if (dataset->linked || !dataset->recombined)
		SAY(telling, LINKS, part->path, (unsigned long long)dataset->linked, (unsigned long long)part->records,
		        dataset->dataset, columns, dataset->column_count);
	if (part->word == VERDICT_PARTLY_GENUINE && part->dataset_count == 1 && !dataset->recombined &&
	        dataset->linked < part->records)
		SAY(telling, REST, part->path, (unsigned long long)(part->records - dataset->linked));
	if (dataset->linked)
		SAY(telling, CHANCE, dataset->dataset, 100 * dataset->fdr);
	if (dataset->recombined)
		SAY(telling, MIXED, part->path, (unsigned long long)dataset->recombined);
	if (dataset->window.stitched_count)
		SAY(telling, STITCHED, part->path, dataset->window.stitched_count);
	else if (dataset->window.known && verdict_is_ours(part->word) && dataset->linked)
		window_say(telling, dataset);
	if (dataset->filter)
		SAY(telling, FILTER, dataset->filter, 100 * dataset->filter_explains);
	for (size_t i = 0; i < dataset->origin_count; i++)
		SAY(telling, dataset->origin_cut ? ORIGIN_CUT : ORIGIN, dataset->origins[i].name,
		        (unsigned long long)dataset->origins[i].taken, (unsigned long long)dataset->origins[i].rows);
	if (dataset->rows_by_all_cells)
		SAY(telling, NO_KEY, dataset->dataset);
}

static void word_say(const struct telling *telling, const struct verdict_part *part)
{
	if (part->word == VERDICT_OURS_UNSEALED)
		SAY(telling, UNSEALED, part->path);
	if (!part->term_count || part->word == VERDICT_OURS_UNSEALED)
		return;
	if (part->lone)
		SAY(telling, LONE, part->path);
	else if (part->word == VERDICT_OVERLAP)
		SAY(telling, COPY_AGAINST, fabs(part->copy_bits), cause_of(telling, part));
	else if (part->word == VERDICT_INCONCLUSIVE)
		SAY(telling, UNDECIDED, part->copy_bits);
	else
		SAY(telling, COPY, part->copy_bits, cause_of(telling, part));
}

static void compared_say(const struct telling *telling)
{
	const struct matcher *matcher = telling->matcher;
	const struct hufu_verdict *verdict = telling->verdict;
	if (!matcher->seal_count)
		SAY(telling, NOTHING_SEALED);
	bool linked = verdict->word == VERDICT_NONE;
	for (size_t i = 0; i < verdict->part_count; i++)
		linked |= verdict->parts[i].dataset_count > 0;
	/* A no says what it was held against. */
	for (size_t i = 0; i < matcher->seal_count && !linked; i++) {
		const struct meta *meta = &matcher->seals[i]->meta;
		const char *first = meta->snapshots[0].as_of, *last = meta->snapshots[meta->snapshot_count - 1].as_of;
		if (meta->snapshot_count == 1)
			SAY(telling, COMPARED_ONCE, meta->dataset, first);
		else
			SAY(telling, COMPARED, meta->dataset, meta->snapshot_count, first, last);
	}
}

static void part_say(const struct telling *telling, const struct verdict_part *part)
{
	word_say(telling, part);
	for (size_t k = 0; k < part->dataset_count; k++)
		dataset_say(telling, part, &part->datasets[k]);
	if (part->dataset_count)
		columns_say(telling, part, &part->datasets[0]);
	else if (part->records && !part->counted)
		SAY(telling, LINKS_NONE, part->path, (unsigned long long)part->records);
	if (part->hidden)
		SAY(telling, HIDDEN, part->path);
	if (part->counted)
		SAY(telling, COUNTED, part->path, (unsigned long long)part->counted);
}

static void tell(const struct telling *telling)
{
	const struct hufu_verdict *verdict = telling->verdict;
	/* What is ours comes first, whatever its place in the leak. */
	for (int ours = 1; ours >= 0; ours--)
		for (size_t i = 0; i < verdict->part_count; i++)
			if (verdict_is_ours(verdict->parts[i].word) == ours)
				part_say(telling, &verdict->parts[i]);
	if (telling->matcher->near)
		SAY(telling, FEW_LEFT, (unsigned long long)telling->matcher->near);
	compared_say(telling);
	if (!verdict->complete)
		SAY(telling, INCOMPLETE);
}

void reasons_tell(const struct matcher *matcher, struct hufu_verdict *verdict)
{
	verdict->chinese = matcher->options.chinese;
	for (int chinese = 0; chinese <= 1; chinese++)
		tell(&(struct telling){ matcher, verdict, chinese });
}

#pragma GCC diagnostic pop
