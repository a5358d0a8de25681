/* Prints a verdict: the word first, then why, then the numbers. Wraps at the terminal's width; Chinese takes two
 * columns a character. Parts that are ours come first. */
#include "cmd/report.h"
#include "base/utf8.h"
#include "cmd/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { FACET_ROWS = 12, FEW_RECORDS = 20, NAME_WIDTH_MAX = 28 };

enum label {
	PEOPLE,
	BETWEEN,
	EXPOSED,
	NOT_READ,
	RECORDS,
	MALFORMED,
	NO_RECORDS,
	FROM,
	TAKEN,
	OPEN,
	FITS_ONE,
	FITS_SOME,
	FITS_NONE,
	NEWEST,
	STITCHED,
	FILTER,
	ORIGIN,
	ORIGIN_CUT,
	NOT_OURS,
	LOOKS,
	AGREE,
	BY_FACET,
	MORE,
	FOOT,
	NOT_JUDGED,
	LABELS
};

static const char *const labels[LABELS][2] = {
	[PEOPLE] = { "people: %llu", "人数：%llu" },
	[BETWEEN] = { " (between %llu and %llu)", "（%llu 至 %llu）" },
	[EXPOSED] = { "; %llu with a strong identifier in the leak", "；其中 %llu 人的强标识在泄露数据中" },
	[NOT_READ] = { "not read: %s: %s", "未读取：%s：%s" },
	[RECORDS] = { "%s, %s, %llu records", "%s，%s，%llu 条记录" },
	[MALFORMED] = { ", %llu malformed", "，%llu 条畸形" },
	[NO_RECORDS] = { "no records", "无记录" },
	[FROM] = { "from %s%s%s: %llu records link, %llu people", "来自 %s%s%s：%llu 条记录对应，%llu 人" },
	[TAKEN] = { "taken after %s and before %s", "取得时间在 %s 之后、%s 之前" },
	[OPEN] = { "(open)", "（不限）" },
	[FITS_ONE] = { "; it fits the snapshot of %s", "；与 %s 的快照相符" },
	[FITS_SOME] = { "; it fits %zu snapshots, %s to %s", "；与 %zu 个快照相符，%s 至 %s" },
	[FITS_NONE] = { "; it fits no sealed day itself", "；与任何封存日均不完全相符" },
	[NEWEST] = { "newest row first seen %s", "最新一行首见于 %s" },
	[STITCHED] = { "stitched: %llu records from after %s and before %s", "拼接：%llu 条记录取自 %s 之后、%s 之前" },
	[FILTER] = { "taken by the filter: %s (explains %.0f %%)", "取数条件：%s（解释 %.0f%%）" },
	[ORIGIN] = { "through the export %s: %llu of its %llu rows", "经由导出 %1$s：其 %3$llu 行中的 %2$llu 行" },
	[ORIGIN_CUT] = { "a cut of the export %s: %llu of its %llu rows",
	        "导出 %1$s 的一部分：其 %3$llu 行中的 %2$llu 行" },
	[NOT_OURS] = { "not ours", "非我方" },
	[LOOKS] = { "looks %s, does not link", "看似 %s，未对应" },
	[AGREE] = { "%5.1f %% agree", "%5.1f%% 吻合" },
	[BY_FACET] = { "people by %s:", "按 %s 分布（人）：" },
	[MORE] = { "and %zu more", "另有 %zu 项" },
	[FOOT] = { "%llu bytes, judged in %.1f s; sha256", "%llu 字节，用时 %.1f 秒；sha256" },
	[NOT_JUDGED] = { "not judged", "未判定" },
};

static const char *const meanings[][2] = {
	{ "nearly all of it is ours", "几乎全部是我方数据" },
	{ "a real share of it is ours", "确有一部分是我方数据" },
	{ "our cells, mixed up", "单元格是我方的，记录是拼凑的" },
	{ "ours, from a table that is not sealed", "是我方数据，出自未封存的表" },
	{ "the same people, not a copy of ours", "是同一批人，但不是我方数据的副本" },
	{ "too little to tell", "不足以判定" },
	{ "no more than chance links to what is sealed", "与封存数据的对应不多于偶然" },
	{ "nothing in it could be judged", "其中没有可判定的内容" },
};

struct page {
	FILE *to;
	bool chinese;
	size_t width; /* 0: no wrapping */
};

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* every format stands in the tables above */
#pragma GCC diagnostic ignored "-Wformat-security"

#define SAY(page, label, ...) fprintf((page)->to, labels[label][(page)->chinese] __VA_OPT__(, ) __VA_ARGS__)

static size_t width_of(FILE *to)
{
	struct winsize size;
	return isatty(fileno(to)) && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 0;
}

static void text_cell(const struct page *page, const char *text, size_t width)
{
	size_t wide = utf8_width(view_of(text));
	fprintf(page->to, "%s%*s", text, wide < width ? (int)(width - wide) : 0, "");
}

/* Bytes of `rest` that go on a line of so many columns: to a blank, or, within Chinese, to any character. */
static size_t line_len(hufu_view rest, size_t columns)
{
	size_t last = 0, at = 0;
	hufu_view left = rest;
	while (left.len) {
		uint32_t c = utf8_next(&left);
		size_t end = rest.len - left.len;
		if (utf8_width(view_make(rest.ptr, end)) > columns)
			return last ? last : at ? at : end;
		if (c == ' ' || c >= 0x2E80)
			last = end;
		at = end;
	}
	return rest.len;
}

/* A text behind a mark, wrapped with its further lines set in. */
static void paragraph(const struct page *page, const char *mark, const char *text)
{
	hufu_view rest = view_of(text);
	size_t indent = strlen(mark);
	fputs(mark, page->to);
	while (rest.len) {
		size_t len = page->width > indent + 10 ? line_len(rest, page->width - indent) : rest.len;
		fprintf(page->to, "%.*s\n", (int)len, rest.ptr);
		rest = view_from(rest, len);
		if (rest.len)
			fprintf(page->to, "%*s", (int)indent, "");
	}
}

static const char *word_style(const struct page *page, enum verdict_word word)
{
	if (verdict_is_ours(word))
		return console_style(page->to, STYLE_RED);
	return console_style(page->to, word == VERDICT_NOT_OURS ? STYLE_GREEN : STYLE_YELLOW);
}

static void column_print(const struct page *page, const struct verdict_column *column, size_t width)
{
	fprintf(page->to, "      ");
	text_cell(page, column->leak, width);
	if (!column->column) {
		fprintf(page->to, "    %s", console_style(page->to, STYLE_DIM));
		if (column->form)
			SAY(page, LOOKS, column->form);
		else
			SAY(page, NOT_OURS);
		fprintf(page->to, "%s\n", console_style(page->to, STYLE_PLAIN));
		return;
	}
	fprintf(page->to, " -> ");
	text_cell(page, column->column, 18);
	fputc(' ', page->to);
	SAY(page, AGREE, column->compared ? 100.0 * (double)column->agreed / (double)column->compared : 0.0);
	fprintf(page->to, "%s%s", column->kind ? "  " : "", column->kind ? column->kind : "");
	if (column->form && strcmp(column->form, "plain") != 0)
		fprintf(page->to, " (%s)", column->form);
	fputc('\n', page->to);
}

static void columns_print(const struct page *page, const struct verdict_dataset *dataset)
{
	size_t width = 8;
	for (size_t i = 0; i < dataset->column_count; i++) {
		size_t wide = utf8_width(view_of(dataset->columns[i].leak));
		width = wide > width && wide <= NAME_WIDTH_MAX ? wide : width;
	}
	for (size_t i = 0; i < dataset->column_count; i++)
		column_print(page, &dataset->columns[i], width);
}

static const char *or_open(const struct page *page, const char *time)
{
	return time ? time : labels[OPEN][page->chinese];
}

static void window_print(const struct page *page, const struct verdict_window *window)
{
	if (!window->known)
		return;
	fprintf(page->to, "    ");
	SAY(page, TAKEN, or_open(page, window->after), or_open(page, window->before));
	if (window->snapshot_count == 1)
		SAY(page, FITS_ONE, window->snapshots[0]);
	else if (window->snapshot_count)
		SAY(page, FITS_SOME, window->snapshot_count, window->snapshots[0],
		        window->snapshots[window->snapshot_count - 1]);
	else
		SAY(page, FITS_NONE);
	fprintf(page->to, "\n    ");
	SAY(page, NEWEST, window->newest_row);
	fputc('\n', page->to);
	for (size_t i = 0; i < window->stitched_count; i++) {
		const struct verdict_stretch *stretch = &window->stitched[i];
		fprintf(page->to, "    ");
		SAY(page, STITCHED, (unsigned long long)stretch->records, or_open(page, stretch->after),
		        or_open(page, stretch->before));
		fputc('\n', page->to);
	}
}

static void facet_print(const struct page *page, const struct verdict_facet *facet)
{
	fprintf(page->to, "    ");
	SAY(page, BY_FACET, facet->name);
	fputc('\n', page->to);
	for (size_t k = 0; k < facet->count && k < FACET_ROWS; k++) {
		fprintf(page->to, "      ");
		text_cell(page, facet->values[k].value, 18);
		fprintf(page->to, " %10llu\n", (unsigned long long)facet->values[k].people);
	}
	if (facet->count > FACET_ROWS) {
		fprintf(page->to, "      ");
		SAY(page, MORE, facet->count - FACET_ROWS);
		fputc('\n', page->to);
	}
}

static void dataset_print(
        const struct page *page, const struct verdict_part *part, const struct verdict_dataset *dataset)
{
	fprintf(page->to, "    ");
	SAY(page, FROM, console_style(page->to, STYLE_BOLD), dataset->dataset, console_style(page->to, STYLE_PLAIN),
	        (unsigned long long)dataset->linked, (unsigned long long)dataset->people);
	fputc('\n', page->to);
	window_print(page, &dataset->window);
	if (dataset->filter) {
		fprintf(page->to, "    ");
		SAY(page, FILTER, dataset->filter, 100 * dataset->filter_explains);
		fputc('\n', page->to);
	}
	for (size_t i = 0; i < dataset->origin_count; i++) {
		const struct verdict_origin *origin = &dataset->origins[i];
		fprintf(page->to, "    ");
		SAY(page, dataset->origin_cut ? ORIGIN_CUT : ORIGIN, origin->name, (unsigned long long)origin->taken,
		        (unsigned long long)origin->rows);
		fputc('\n', page->to);
	}
	columns_print(page, dataset);
	/* Among few records a breakdown would show which person it was. */
	for (size_t i = 0; i < dataset->facet_count && part->records >= FEW_RECORDS; i++)
		facet_print(page, &dataset->facets[i]);
}

static void part_print(const struct page *page, const struct verdict_part *part)
{
	fprintf(page->to, "\n  %s%s%s  ", console_style(page->to, STYLE_BOLD), part->path,
	        console_style(page->to, STYLE_PLAIN));
	SAY(page, RECORDS, part->format, part->encoding, (unsigned long long)part->records);
	if (part->malformed)
		SAY(page, MALFORMED, (unsigned long long)part->malformed);
	fprintf(page->to, ": %s%s%s\n", word_style(page, part->word),
	        part->word == VERDICT_NONE ? labels[NO_RECORDS][page->chinese] : verdict_word_name(part->word),
	        console_style(page->to, STYLE_PLAIN));
	for (size_t i = 0; i < part->dataset_count; i++)
		dataset_print(page, part, &part->datasets[i]);
}

static void head_print(const struct page *page, const struct hufu_verdict *verdict)
{
	fprintf(page->to, "%s: %s%s%s: %s\n  ", verdict->path, word_style(page, verdict->word),
	        verdict->word == VERDICT_NONE ? labels[NOT_JUDGED][page->chinese] : verdict_word_name(verdict->word),
	        console_style(page->to, STYLE_PLAIN), meanings[verdict->word][page->chinese]);
	SAY(page, PEOPLE, (unsigned long long)verdict->people);
	if (verdict->people_low != verdict->people_high)
		SAY(page, BETWEEN, (unsigned long long)verdict->people_low, (unsigned long long)verdict->people_high);
	if (verdict->people_exposed != verdict->people)
		SAY(page, EXPOSED, (unsigned long long)verdict->people_exposed);
	fputc('\n', page->to);
}

void report_print(FILE *to, const struct hufu_verdict *verdict, bool chinese)
{
	struct page page = { to, chinese, width_of(to) };
	head_print(&page, verdict);
	for (size_t i = 0; i < verdict->reason_count; i++)
		paragraph(&page, "  - ", verdict->reasons[i]);
	for (size_t i = 0; i < verdict->unread_count; i++) {
		fprintf(to, "  %s", console_style(to, STYLE_YELLOW));
		SAY(&page, NOT_READ, verdict->unread[i].what, verdict->unread[i].why);
		fprintf(to, "%s\n", console_style(to, STYLE_PLAIN));
	}
	for (int ours = 1; ours >= 0; ours--)
		for (size_t i = 0; i < verdict->part_count; i++)
			if (verdict_is_ours(verdict->parts[i].word) == ours)
				part_print(&page, &verdict->parts[i]);
	fprintf(to, "\n  ");
	SAY(&page, FOOT, (unsigned long long)verdict->bytes, verdict->elapsed);
	fprintf(to, "\n  %s\n", verdict->sha256);
}
