/* hufu case look and export: rows of evidence on the terminal, its bytes into a file. Values come masked and printable
 * out of the casebook; what may be seen in clear, and that it is noted, is decided there. */
#include "base/utf8.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "ident/ident.h"

#include <stdlib.h>

enum { COLUMN_WIDTH_MAX = 36, CELL_MAX = 512 };

/* ---- the table ---- */

struct table {
	const json_t *columns, *rows;
	size_t *widths;
	bool chinese;
};

/* What heads a column: its name, and its kind where that is known. */
static void head_of(const struct table *table, size_t column, char *out, size_t cap)
{
	const json_t *about = json_array_get(table->columns, column);
	const char *name = json_string_value(json_object_get(about, "name"));
	const char *word = json_string_value(json_object_get(about, "kind"));
	const struct ident_kind *kind = word ? ident_by_name(view_of(word)) : NULL;
	char shown[CELL_MAX];
	printable(view_of(name), shown, sizeof shown);
	snprintf(out, cap, "%s%s%s%s", shown, kind ? " (" : "",
	        !kind            ? ""
	        : table->chinese ? kind->zh
	                         : kind->name,
	        kind ? ")" : "");
}

static void cell_of(const struct table *table, size_t row, size_t column, char *out, size_t cap)
{
	const json_t *value = json_array_get(json_array_get(table->rows, row), column);
	printable(view_of(json_string_value(value)), out, cap);
}

static void widen(size_t *width, const char *text)
{
	size_t columns = utf8_width(view_of(text));
	if (columns > *width)
		*width = columns < COLUMN_WIDTH_MAX ? columns : COLUMN_WIDTH_MAX;
}

static void measure(struct table *table)
{
	char text[CELL_MAX + 64];
	for (size_t column = 0; column < json_array_size(table->columns); column++) {
		head_of(table, column, text, sizeof text);
		widen(&table->widths[column], text);
		for (size_t row = 0; row < json_array_size(table->rows); row++) {
			cell_of(table, row, column, text, sizeof text);
			widen(&table->widths[column], text);
		}
	}
}

static void print_cell(FILE *to, const char *text, size_t width)
{
	size_t columns = utf8_width(view_of(text));
	fprintf(to, "%s%*s", text, (int)(columns < width ? width - columns : 0) + 2, "");
}

static void print_rows(FILE *to, const struct table *table, int64_t from)
{
	char text[CELL_MAX + 64];
	size_t columns = json_array_size(table->columns);
	fprintf(to, "%s%8s  ", console_style(to, STYLE_BOLD), "");
	for (size_t column = 0; column < columns; column++) {
		head_of(table, column, text, sizeof text);
		print_cell(to, text, table->widths[column]);
	}
	fprintf(to, "%s\n", console_style(to, STYLE_PLAIN));
	for (size_t row = 0; row < json_array_size(table->rows); row++) {
		fprintf(to, "%8lld  ", (long long)from + (long long)row);
		for (size_t column = 0; column < columns; column++) {
			cell_of(table, row, column, text, sizeof text);
			print_cell(to, text, table->widths[column]);
		}
		fputc('\n', to);
	}
}

/* ---- around it ---- */

static void print_parts(FILE *to, const json_t *value, bool chinese)
{
	const json_t *parts = json_object_get(value, "parts");
	size_t at;
	json_t *part;
	if (json_array_size(parts) < 2)
		return;
	fprintf(to, "\n%s\n", chinese ? "本件证据的各部分（--part）：" : "parts of this evidence (--part):");
	json_array_foreach(parts, at, part)
	{
		char path[CELL_MAX], format[64];
		const json_t *records = json_object_get(part, "records");
		printable(view_of(json_string_value(json_object_get(part, "path"))), path, sizeof path);
		printable(view_of(json_string_value(json_object_get(part, "format"))), format, sizeof format);
		fprintf(to, "  %s  %s", path, format);
		if (json_is_integer(records))
			fprintf(to, "  %lld", (long long)json_integer_value(records));
		fputc('\n', to);
	}
	if (!json_is_true(json_object_get(value, "parts_complete")))
		fputs(chinese ? "  ……\n" : "  ...\n", to);
}

static void print_unread(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *line;
	json_array_foreach(json_object_get(value, "unread"), at, line)
	{
		char what[CELL_MAX];
		printable(view_of(json_string_value(json_object_get(line, "what"))), what, sizeof what);
		fprintf(to, "%s %s: %s\n", chinese ? "未能读取" : "not read:", what,
		        json_string_value(json_object_get(line, "why")));
	}
}

static void look_text(FILE *to, const json_t *value, bool chinese)
{
	char part[CELL_MAX];
	const json_t *left = json_object_get(value, "left_today");
	struct table table = {
		.columns = json_object_get(value, "columns"), .rows = json_object_get(value, "rows"), .chinese = chinese
	};
	bool masked = json_is_true(json_object_get(value, "masked"));
	printable(view_of(json_string_value(json_object_get(value, "part"))), part, sizeof part);
	fprintf(to, "%s%s%s\n", part, masked ? (chinese ? "（已打码）" : " (masked)") : "",
	        json_array_size(table.rows) ? "" : (chinese ? "：此处没有行" : ": no rows there"));
	table.widths = calloc(json_array_size(table.columns) + 1, sizeof *table.widths);
	if (table.widths) {
		measure(&table);
		print_rows(to, &table, json_integer_value(json_object_get(value, "from")));
	}
	free(table.widths);
	if (json_is_true(json_object_get(value, "more")))
		fputs(chinese ? "……后面还有（--from）\n" : "... and more (--from)\n", to);
	if (left)
		fprintf(to, chinese ? "今天还可查看明文 %lld 行\n" : "%lld more rows in clear today\n",
		        (long long)json_integer_value(left));
	print_unread(to, value, chinese);
	print_parts(to, value, chinese);
}

/* ---- the words ---- */

static hufu_status number_of(const char *text, const char *option, uint64_t *out, hufu_error *error)
{
	char *end;
	if (!text)
		return HUFU_OK;
	unsigned long long value = strtoull(text, &end, 10);
	if (*end || end == text || text[0] == '-' || !value)
		return fail(error, HUFU_USAGE, view_of(option), "wants a number from 1 on", NULL);
	*out = value;
	return HUFU_OK;
}

hufu_status act_look(struct case_given *given, hufu_error *error)
{
	struct case_look look = { .part = given->part, .clear = given->clear, .reason = given->reason };
	uint64_t rows = 0;
	json_t *value;
	if (given->clear && !given->reason)
		return fail(error, HUFU_USAGE, view_of("case look --clear"), "wants --reason TEXT",
		        "the timeline keeps why these values had to be seen");
	hufu_status status = number_of(case_from(given), "--from", &look.from, error);
	if (!status)
		status = number_of(given->rows, "--rows", &rows, error);
	look.rows = rows > CASE_LOOK_ROWS_MAX ? CASE_LOOK_ROWS_MAX + 1 : (uint32_t)rows;
	if (!status)
		status = case_look(given->book, given->words[0], given->words[1], &look, &value, error);
	return status ? status : case_answer(given, value, look_text, error);
}

hufu_status act_export(struct case_given *given, hufu_error *error)
{
	if (!given->reason)
		return fail(error, HUFU_USAGE, view_of("case export"), "wants --reason TEXT",
		        "the timeline keeps why the evidence was taken out");
	return case_export(given->book, given->words[0], given->words[1], given->words[2], given->reason, error);
}
