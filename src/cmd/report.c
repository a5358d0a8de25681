/* Prints a verdict: the word first, then why, then the numbers. What to do next stands behind the
 * reasons. Wraps at the terminal's width. Parts that are ours come first. */
#include "cmd/report.h"
#include "base/utf8.h"
#include "cmd/console.h"
#include "cmd/wrap.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { FACET_ROWS = 12, FEW_RECORDS = 20, NAME_WIDTH_MIN = 8, NAME_WIDTH_MAX = 28, SHARE_WIDTH = 13 };

enum label {
	PEOPLE,
	PEOPLE_WHOLE,
	BETWEEN,
	EXPOSED,
	NOT_READ,
	NEXT,
	RECORDS,
	RECORD,
	MALFORMED,
	NO_RECORDS,
	FROM,
	FROM_MIXED,
	TAKEN,
	TAKEN_PERHAPS,
	HELD,
	BOUNDED,
	ONLY_BEFORE,
	ONLY_AFTER,
	UNBOUNDED,
	FITS_ONE,
	FITS_SOME,
	FITS_NONE,
	FITS_OLDER,
	FITS_NEWER,
	NEWEST,
	STITCHED,
	STRETCH,
	FILTER,
	ORIGIN,
	ORIGIN_CUT,
	NOT_OURS,
	UNDER,
	LOOKS,
	AGREE,
	MIXED,
	MIXED_REST,
	BY_FACET,
	MORE,
	FOOT,
	NOT_JUDGED,
	LABELS
};

static const char *const labels[LABELS][2] = {
	[PEOPLE] = { "people: %llu", "人数：%llu" },
	[PEOPLE_WHOLE] = { "people whose record stands there whole: %llu", "记录完整出现的人数：%llu" },
	[BETWEEN] = { " (between %llu and %llu)", "（%llu 至 %llu）" },
	[EXPOSED] = { "; %llu with a strong identifier (mobile, ID number, e-mail ...) in the leak",
	        "；泄露数据中有 %llu 人的强标识（手机号、证件号、邮箱等）" },
	[NOT_READ] = { "not read: %s: %s", "未读取：%s：%s" },
	[NEXT] = { "next: %s", "下一步：%s" },
	[RECORDS] = { "%s, %s, %llu records", "%s，%s，%llu 条记录" },
	[RECORD] = { "%s, %s, %llu record", "%s，%s，%llu 条记录" },
	[MALFORMED] = { ", %llu malformed", "，%llu 条畸形" },
	[NO_RECORDS] = { "no records", "无记录" },
	[FROM] = { "from %s: %llu records link, %llu people", "来自 %s：%llu 条记录对应，%llu 人" },
	[FROM_MIXED] = { "from %s: %llu records mix its rows, %llu link whole, %llu people",
	        "来自 %s：%llu 条记录由其多行拼成，%llu 条完整对应，%llu 人" },
	[TAKEN] = { "taken %s", "取得时间在 %s" },
	[TAKEN_PERHAPS] = { "if it came from us, taken %s", "若取自我方，取得时间在 %s" },
	[HELD] = { "what agrees is as we held it %s", "吻合之处与我方所持数据一致的时间在 %s" },
	[BOUNDED] = { "after %s and before %s", "%s 之后、%s 之前" },
	[ONLY_BEFORE] = { "before %s, how early is open", "%s 之前，最早何时未定" },
	[ONLY_AFTER] = { "after %s, how late is open", "%s 之后，最晚何时未定" },
	[UNBOUNDED] = { "at a time that is open on both sides", "早晚均未定的某时" },
	[FITS_ONE] = { "; it fits the snapshot of %s", "；与 %s 的快照相符" },
	[FITS_SOME] = { "; it fits %zu snapshots, %s to %s", "；与 %zu 个快照相符，%s 至 %s" },
	[FITS_NONE] = { "; it fits no sealed day itself, but a day between two",
	        "；与任何封存日均不完全相符，应在两个封存日之间" },
	[FITS_OLDER] = { "; it is older than any snapshot", "；早于任何快照" },
	[FITS_NEWER] = { "; it is newer than any snapshot", "；晚于任何快照" },
	[NEWEST] = { "newest row first seen %s", "最新一行首见于 %s" },
	[STITCHED] = { "stitched of %zu dates:", "由 %zu 个时间的数据拼接：" },
	[STRETCH] = { "%llu records taken %s", "%llu 条记录取自 %s" },
	[FILTER] = { "taken by the filter: %s (explains %.0f %%)", "取数条件：%s（解释 %.0f%%）" },
	[ORIGIN] = { "through the export %s: %llu of its %llu rows", "经由导出 %1$s：其 %3$llu 行中的 %2$llu 行" },
	[ORIGIN_CUT] = { "a cut of the export %s: %llu of its %llu rows",
	        "导出 %1$s 的一部分：其 %3$llu 行中的 %2$llu 行" },
	[NOT_OURS] = { "not ours", "非我方" },
	[UNDER] = { "see %s", "见 %s" },
	[LOOKS] = { "looks %s, does not link", "看似 %s，未对应" },
	[AGREE] = { "%5.1f %% agree", "%5.1f%% 吻合" },
	[MIXED] = { "ours, mixed up", "我方数据，已打乱" },
	[MIXED_REST] = { "cannot be told in a mixture", "拼凑的记录中无从判断" },
	[BY_FACET] = { "people by %s:", "按 %s 分布（人）：" },
	[MORE] = { "and %zu more", "另有 %zu 项" },
	[FOOT] = { "%llu bytes, judged in %.1f s", "%llu 字节，用时 %.1f 秒" },
	[NOT_JUDGED] = { "not judged", "未判定" },
};

static const char *const meanings[][2] = {
	{ "nearly all of it is ours", "几乎全部是我方数据" },
	{ "a real share of it is ours", "确有一部分是我方数据" },
	{ "our cells, mixed up", "单元格是我方的，记录是拼凑的" },
	{ "ours, from a table that is not sealed", "是我方数据，出自未封存的表" },
	{ "the same people, not a copy of ours", "是同一批人，但不是我方数据的副本" },
	{ "whether it was copied from us cannot be told yet", "是否复制自我方，尚不能判定" },
	{ "no more than chance links to what is sealed", "与封存数据的对应不多于偶然" },
	{ "nothing in it could be judged", "其中没有可判定的内容" },
};

const char *report_meaning(const char *word, bool chinese)
{
	size_t at = 0;
	while (at < VERDICT_NONE && strcmp(word, verdict_word_name((enum verdict_word)at)) != 0)
		at++;
	return meanings[at][chinese];
}

/* What to do now: a tired reader asks for that next. doc/first-day.md says the same at length. */
static const char *const advice[][2] = {
	{ "treat it as your data; find who and what could read these columns at that time. A sample does not show how "
	  "much more there is.",
	        "按我方数据处理；查明当时有谁、有哪些系统能读到这些列。样本不能说明对方还有多少。" },
	{ "treat the records that link as your data; find who and what could read these columns at that time. A sample "
	  "does not show how much more there is.",
	        "对应的记录按我方数据处理；查明当时有谁、有哪些系统能读到这些列。样本不能说明对方还有多少。" },
	{ "the data did leave, and somebody mixed it up; count the people whose identifiers stand in it, not its "
	  "records.",
	        "数据确已外泄，只是被人打乱；应按其中出现标识的人数计，而不是按记录数计。" },
	{ "find the table that these columns come from (an app, an old system, a supplier), seal it, match again.",
	        "找到这些列所出的表（应用、旧系统、供应商），封存后重新比对。" },
	{ "think of partners and suppliers who know the same people; the people are exposed all the same.",
	        "考虑同样掌握这些人的合作方与供应商；无论来源，这些人的信息已经暴露。" },
	{ "it is neither a yes nor a no; get what the lines above say would settle it, and match again.",
	        "目前既不能肯定也不能否定；取得上述可以定论之物，重新比对。" },
	{ "this is a no to the tables and times above, not to everything; is the table that it claims to be sealed?",
	        "这只是对上述表和时间的否定，不是对一切的否定；它自称的那张表是否已经封存？" },
	{ "unpack it, get its password, or turn it into CSV, then match again.",
	        "解包、取得密码，或转为 CSV，然后重新比对。" },
};

struct page {
	FILE *to;
	bool chinese;
	size_t width; /* 0: no wrapping */
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* every format stands in the tables above */
#pragma GCC diagnostic ignored "-Wformat-security"

#define ADD(page, said, label, ...) bytes_print(said, labels[label][(page)->chinese] __VA_OPT__(, ) __VA_ARGS__)
#define SAY(page, label, ...) fprintf((page)->to, labels[label][(page)->chinese] __VA_OPT__(, ) __VA_ARGS__)

static size_t width_of(FILE *to)
{
	struct winsize size;
	return isatty(fileno(to)) && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 0;
}

/* What was put together in `said`, which is emptied, as a paragraph. */
static void said_print(const struct page *page, const char *mark, enum console_style style, struct bytes *said)
{
	bytes_byte(said, 0);
	if (!said->failed)
		wrap_print(page->to, page->width, mark, style ? console_style(page->to, style) : "", said->ptr,
		        style ? console_style(page->to, STYLE_PLAIN) : "");
	bytes_done(said);
}

#define TELL(page, mark, style, label, ...)                                                                            \
	do {                                                                                                           \
		struct bytes told = { 0 };                                                                             \
		ADD(page, &told, label __VA_OPT__(, ) __VA_ARGS__);                                                    \
		said_print(page, mark, style, &told);                                                                  \
	} while (0)

static const char *word_style(const struct page *page, enum verdict_word word)
{
	if (verdict_is_ours(word))
		return console_style(page->to, STYLE_RED);
	return console_style(page->to, word == VERDICT_NOT_OURS ? STYLE_GREEN : STYLE_YELLOW);
}

/* The name of another dataset of the part that has this column of the leak, or NULL. */
static const char *found_under(const struct verdict_part *part, const struct verdict_dataset *but, const char *leak)
{
	for (size_t k = 0; k < part->dataset_count; k++)
		for (size_t c = 0; c < part->datasets[k].column_count && &part->datasets[k] != but; c++)
			if (part->datasets[k].columns[c].column && !strcmp(part->datasets[k].columns[c].leak, leak))
				return part->datasets[k].dataset;
	return NULL;
}

/* A column that is none of this dataset's. */
static void stranger_print(const struct page *page, const struct verdict_part *part,
        const struct verdict_dataset *dataset, const struct verdict_column *column)
{
	const char *under = found_under(part, dataset, column->leak);
	fprintf(page->to, "    %s", console_style(page->to, STYLE_DIM));
	if (under)
		SAY(page, UNDER, under);
	else if (column->form)
		SAY(page, LOOKS, column->form);
	else if (part->word == VERDICT_RECOMBINED)
		SAY(page, MIXED_REST);
	else
		SAY(page, NOT_OURS);
	fprintf(page->to, "%s\n", console_style(page->to, STYLE_PLAIN));
}

/* In per cent; 100.0 stands for all and nothing less. */
static double share_of(const struct verdict_column *column)
{
	double share = column->compared ? 100.0 * (double)column->agreed / (double)column->compared : 0.0;
	return column->agreed < column->compared && share > 99.9 ? 99.9 : share;
}

static void column_print(const struct page *page, const struct verdict_part *part,
        const struct verdict_dataset *dataset, const struct verdict_column *column, const size_t widths[2])
{
	size_t used = 6 + widths[0] + 4 + widths[1] + 1 + SHARE_WIDTH;
	fprintf(page->to, "      ");
	console_padded(page->to, column->leak, widths[0]);
	if (!column->column) {
		stranger_print(page, part, dataset, column);
		return;
	}
	fprintf(page->to, " -> ");
	console_padded(page->to, column->column, widths[1]);
	fputc(' ', page->to);
	if (part->word == VERDICT_RECOMBINED && dataset->recombined)
		SAY(page, MIXED);
	else
		SAY(page, AGREE, share_of(column));
	/* A narrow terminal goes without the kind; the form it needs. */
	bool formed = column->form && strcmp(column->form, "plain") != 0;
	used += (column->kind ? 2 + strlen(column->kind) : 0) + (formed ? 3 + strlen(column->form) : 0);
	if (column->kind && (!page->width || used <= page->width))
		fprintf(page->to, "  %s", column->kind);
	if (formed)
		fprintf(page->to, " (%s)", column->form);
	fputc('\n', page->to);
}

static void widen(size_t *width, const char *text)
{
	size_t wide = text ? utf8_width(view_of(text)) : 0;
	*width = wide > *width && wide <= NAME_WIDTH_MAX ? wide : *width;
}

static void columns_print(
        const struct page *page, const struct verdict_part *part, const struct verdict_dataset *dataset)
{
	size_t widths[2] = { NAME_WIDTH_MIN, NAME_WIDTH_MIN };
	for (size_t i = 0; i < dataset->column_count; i++) {
		widen(&widths[0], dataset->columns[i].leak);
		widen(&widths[1], dataset->columns[i].column);
	}
	for (size_t i = 0; i < dataset->column_count; i++)
		column_print(page, part, dataset, &dataset->columns[i], widths);
}

static void add_span(const struct page *page, struct bytes *said, const char *after, const char *before)
{
	if (after && before)
		ADD(page, said, BOUNDED, after, before);
	else if (before)
		ADD(page, said, ONLY_BEFORE, before);
	else if (after)
		ADD(page, said, ONLY_AFTER, after);
	else
		ADD(page, said, UNBOUNDED);
}

/* A sentence around a span of time, with the snapshots that fit where there are any to tell. */
static void span_print(const struct page *page, enum label around, const struct verdict_window *window)
{
	struct bytes span = { 0 }, said = { 0 };
	add_span(page, &span, window->after, window->before);
	bytes_byte(&span, 0);
	if (!span.failed)
		ADD(page, &said, around, span.ptr);
	if (window->snapshot_count == 1)
		ADD(page, &said, FITS_ONE, window->snapshots[0]);
	else if (window->snapshot_count)
		ADD(page, &said, FITS_SOME, window->snapshot_count, window->snapshots[0],
		        window->snapshots[window->snapshot_count - 1]);
	else if (window->after && window->before)
		ADD(page, &said, FITS_NONE);
	else if (window->after || window->before)
		ADD(page, &said, window->after ? FITS_NEWER : FITS_OLDER);
	said_print(page, "    ", STYLE_PLAIN, &said);
	bytes_done(&span);
}

static void stretches_print(const struct page *page, const struct verdict_window *window)
{
	TELL(page, "    ", STYLE_PLAIN, STITCHED, window->stitched_count);
	for (size_t i = 0; i < window->stitched_count; i++) {
		const struct verdict_stretch *stretch = &window->stitched[i];
		struct bytes span = { 0 };
		add_span(page, &span, stretch->after, stretch->before);
		bytes_byte(&span, 0);
		if (!span.failed)
			TELL(page, "      ", STYLE_PLAIN, STRETCH, (unsigned long long)stretch->records, span.ptr);
		bytes_done(&span);
	}
}

/* Who holds the same people himself took nothing from us: of him it is said with whose state he agrees. */
static void window_print(const struct page *page, enum verdict_word word, const struct verdict_window *window)
{
	if (!window->known)
		return;
	if (window->stitched_count)
		stretches_print(page, window);
	else
		span_print(page,
		        word == VERDICT_OVERLAP        ? HELD
		        : word == VERDICT_INCONCLUSIVE ? TAKEN_PERHAPS
		                                       : TAKEN,
		        window);
	if (window->newest_row)
		TELL(page, "    ", STYLE_PLAIN, NEWEST, window->newest_row);
}

static void facet_print(const struct page *page, const struct verdict_facet *facet)
{
	size_t width = NAME_WIDTH_MIN;
	for (size_t k = 0; k < facet->count && k < FACET_ROWS; k++)
		widen(&width, facet->values[k].value);
	if (facet->count)
		TELL(page, "    ", STYLE_PLAIN, BY_FACET, facet->name);
	for (size_t k = 0; k < facet->count && k < FACET_ROWS; k++) {
		fprintf(page->to, "      ");
		console_padded(page->to, facet->values[k].value, width);
		fprintf(page->to, " %10llu\n", (unsigned long long)facet->values[k].people);
	}
	if (facet->count > FACET_ROWS)
		TELL(page, "      ", STYLE_PLAIN, MORE, facet->count - FACET_ROWS);
}

static void from_print(const struct page *page, const struct verdict_part *part, const struct verdict_dataset *dataset)
{
	struct bytes said = { 0 };
	if (part->word == VERDICT_RECOMBINED && dataset->recombined)
		ADD(page, &said, FROM_MIXED, dataset->dataset, (unsigned long long)dataset->recombined,
		        (unsigned long long)dataset->linked, (unsigned long long)dataset->people);
	else
		ADD(page, &said, FROM, dataset->dataset, (unsigned long long)dataset->linked,
		        (unsigned long long)dataset->people);
	said_print(page, "    ", STYLE_BOLD, &said);
}

static void dataset_print(
        const struct page *page, const struct verdict_part *part, const struct verdict_dataset *dataset)
{
	from_print(page, part, dataset);
	if (dataset->linked)
		window_print(page, part->word, &dataset->window);
	if (dataset->filter)
		TELL(page, "    ", STYLE_PLAIN, FILTER, dataset->filter, 100 * dataset->filter_explains);
	for (size_t i = 0; i < dataset->origin_count; i++) {
		const struct verdict_origin *origin = &dataset->origins[i];
		TELL(page, "    ", STYLE_PLAIN, dataset->origin_cut ? ORIGIN_CUT : ORIGIN, origin->name,
		        (unsigned long long)origin->taken, (unsigned long long)origin->rows);
	}
	columns_print(page, part, dataset);
	/* Among few records a breakdown would show which person it was. */
	for (size_t i = 0; i < dataset->facet_count && part->records >= FEW_RECORDS; i++)
		facet_print(page, &dataset->facets[i]);
}

static void part_print(const struct page *page, const struct verdict_part *part)
{
	struct bytes said = { 0 };
	const char *word =
	        part->word == VERDICT_NONE ? labels[NO_RECORDS][page->chinese] : verdict_word_name(part->word);
	fprintf(page->to, "\n  %s%s%s: %s%s%s\n", console_style(page->to, STYLE_BOLD), part->path,
	        console_style(page->to, STYLE_PLAIN), word_style(page, part->word), word,
	        console_style(page->to, STYLE_PLAIN));
	ADD(page, &said, part->records == 1 ? RECORD : RECORDS, part->format, part->encoding,
	        (unsigned long long)part->records);
	if (part->malformed)
		ADD(page, &said, MALFORMED, (unsigned long long)part->malformed);
	said_print(page, "    ", STYLE_PLAIN, &said);
	for (size_t i = 0; i < part->dataset_count; i++)
		dataset_print(page, part, &part->datasets[i]);
}

static void people_print(const struct page *page, const struct hufu_verdict *verdict)
{
	struct bytes said = { 0 };
	if (verdict->word == VERDICT_NONE)
		return;
	ADD(page, &said, verdict->word == VERDICT_RECOMBINED ? PEOPLE_WHOLE : PEOPLE,
	        (unsigned long long)verdict->people);
	if (verdict->people_low != verdict->people_high)
		ADD(page, &said, BETWEEN, (unsigned long long)verdict->people_low,
		        (unsigned long long)verdict->people_high);
	if (verdict->people_exposed != verdict->people)
		ADD(page, &said, EXPOSED, (unsigned long long)verdict->people_exposed);
	said_print(page, "  ", STYLE_PLAIN, &said);
}

static void head_print(const struct page *page, const struct hufu_verdict *verdict)
{
	const char *word =
	        verdict->word == VERDICT_NONE ? labels[NOT_JUDGED][page->chinese] : verdict_word_name(verdict->word);
	const char *meaning = meanings[verdict->word][page->chinese];
	size_t wide = utf8_width(view_of(verdict->path)) + strlen(word) + utf8_width(view_of(meaning)) + 4;
	fprintf(page->to, "%s:%s%s%s%s: %s\n", verdict->path, page->width && wide > page->width ? "\n  " : " ",
	        word_style(page, verdict->word), word, console_style(page->to, STYLE_PLAIN), meaning);
	people_print(page, verdict);
}

/* Nothing to unpack where nothing was left out, as with nothing sealed: the reasons have said it then. */
static void advice_print(const struct page *page, const struct hufu_verdict *verdict)
{
	enum verdict_word word = verdict->word;
	if (word == VERDICT_NONE && !verdict->unread_count)
		return;
	TELL(page, "  ", STYLE_BOLD, NEXT, advice[word][page->chinese]);
	if (verdict->unread_count && word != VERDICT_NONE)
		TELL(page, "  ", STYLE_BOLD, NEXT, advice[VERDICT_NONE][page->chinese]);
}

static void unread_print(const struct page *page, const struct verdict_unread *unread)
{
	struct bytes said = { 0 };
	ADD(page, &said, NOT_READ, unread->what, unread->why);
	said_print(page, "  ", STYLE_YELLOW, &said);
}

void report_print(FILE *to, const struct hufu_verdict *verdict, bool chinese)
{
	struct page page = { to, chinese, width_of(to) };
	head_print(&page, verdict);
	const struct verdict_sentences *reasons = &verdict->reasons[chinese];
	for (size_t i = 0; i < reasons->count; i++)
		wrap_print(to, page.width, "  - ", "", reasons->at[i], "");
	for (size_t i = 0; i < verdict->unread_count; i++)
		unread_print(&page, &verdict->unread[i]);
	advice_print(&page, verdict);
	for (int ours = 1; ours >= 0; ours--)
		for (size_t i = 0; i < verdict->part_count; i++)
			if (verdict_is_ours(verdict->parts[i].word) == ours)
				part_print(&page, &verdict->parts[i]);
	fprintf(to, "\n  sha256 %s\n", verdict->sha256);
	TELL(&page, "  ", STYLE_PLAIN, FOOT, (unsigned long long)verdict->bytes, verdict->elapsed);
}
