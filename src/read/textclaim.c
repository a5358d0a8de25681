/* Text or table? A table's cells are identifiers, a text's hold them among other words. And which kinds are to be
 * believed: of the numbers in a log some pass for mobiles by chance, so a kind counts only where clearly more of the
 * codes of its length are valid than chance makes. Of a long text the beginning need not name anybody. */
#include "read/text.h"

#include "scan/scan.h"

#include <stdlib.h>

enum { CLAIM_SAMPLE = 96 << 10, CLAIM_RECORDS = 600, CELL_MAX = 8 << 10 };

/* ---- chance ---- */

/* Codes of the lengths that kinds have, whatever their check says. */
struct shapes {
	uint64_t mobile, id, card, vin, uscc;
};

static void count_shape(struct shapes *shapes, hufu_view run)
{
	size_t digits = 0;
	for (size_t i = 0; i < run.len; i++)
		digits += run.ptr[i] >= '0' && run.ptr[i] <= '9';
	bool number = digits == run.len;
	shapes->mobile += number && run.len == 11;
	shapes->id += digits >= 17 && run.len == 18;
	shapes->card += number && run.len >= 13 && run.len <= 19;
	shapes->vin += !number && run.len == 17 && digits > 0;
	shapes->uscc += !number && run.len == 18;
}

static bool in_code(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void count_shapes(struct shapes *shapes, hufu_view text)
{
	for (size_t i = 0; i < text.len;) {
		size_t start = i;
		while (i < text.len && in_code(text.ptr[i]))
			i++;
		if (i - start >= 11)
			count_shape(shapes, view_make(text.ptr + start, i - start));
		i += i == start;
	}
}

/* Hits of each kind, and those among them that are one run of letters and digits. */
struct chance {
	struct shapes shapes;
	uint64_t hits[32], runs[32];
};

static void count_hits(struct chance *chance, hufu_view line)
{
	struct scan_hit hits[SCAN_HITS_MAX];
	count_shapes(&chance->shapes, line);
	if (!scan_may_hold(line))
		return;
	size_t count = scan_text(line, hits, SCAN_HITS_MAX);
	for (size_t i = 0; i < count; i++) {
		size_t kind = 0;
		while (ident_kinds[kind] != hits[i].kind)
			kind++;
		hufu_view value = { line.ptr + hits[i].at, hits[i].len };
		bool run = true;
		for (size_t k = 0; k < value.len && run; k++)
			run = in_code(value.ptr[k]);
		chance->hits[kind]++;
		chance->runs[kind] += run;
	}
}

static text_kinds believed(const struct chance *chance)
{
	const struct shapes *shapes = &chance->shapes;
	const struct {
		const char *kind;
		uint64_t of;
	} rows[] = { { "mobile", shapes->mobile }, { "resident_id", shapes->id }, { "bank_card", shapes->card },
		{ "vin", shapes->vin }, { "uscc", shapes->uscc } };
	text_kinds kinds = 0;
	for (size_t k = 0; k < ident_kinds_count; k++) {
		bool good = true;
		for (size_t i = 0; i < LEN(rows); i++) {
			if (strcmp(ident_kinds[k]->name, rows[i].kind) != 0)
				continue;
			/* What is written in groups, or in full width, is no accident. */
			uint64_t grouped = chance->hits[k] - chance->runs[k];
			good = chance->hits[k] * 10 >= (rows[i].of + grouped) * 3;
		}
		kinds |= good ? (text_kinds)1 << k : 0;
	}
	return kinds;
}

/* ---- cells ---- */

struct cells {
	text_kinds kinds;
	uint64_t records, even;        /* even: with as many cells as most */
	uint64_t set_in;               /* of these: with nothing in the first cell, as code that is set in by a tab */
	uint64_t whole, within, other; /* cells that are an identifier; that hold one; that do neither */
	uint64_t strong;               /* cells that hold a strong one within */
	uint64_t labelled, labels_differ;
	uint64_t at_column[64]; /* whole strong ones by column */
	uint64_t whole_strong;
	uint64_t framed; /* cells that hold a strong one in the same words as the column's first such */
	hufu_view before[64], behind[64]; /* these words, by column */
	hufu_view label;                  /* the first one */
};

static const struct ident_kind *whole_kind(hufu_view cell)
{
	char room[1024 + IDENT_SLACK];
	for (size_t k = 0; cell.len <= 1024 && k < ident_kinds_count; k++)
		if (ident_kinds[k]->normalise(cell, &(struct ident_text){ .ptr = room, .cap = sizeof room }))
			return ident_kinds[k];
	return NULL;
}

/* "手机：138..." in every record: a label, and the value. */
static void weigh_frame(struct cells *cells, hufu_view before, hufu_view behind, uint32_t column)
{
	size_t at = column % LEN(cells->before);
	before = view_trim(before);
	behind = view_trim(behind);
	if (before.len + behind.len == 0)
		return;
	if (cells->before[at].len + cells->behind[at].len == 0) {
		cells->before[at] = before;
		cells->behind[at] = behind;
	}
	cells->framed += view_equal(before, cells->before[at]) && view_equal(behind, cells->behind[at]);
}

static void weigh_cell(struct cells *cells, hufu_view cell, uint32_t column)
{
	struct scan_hit hits[SCAN_HITS_MAX];
	cell = view_trim(cell);
	if (cell.len == 0)
		return;
	const struct ident_kind *kind = whole_kind(cell);
	if (kind) {
		cells->whole++;
		cells->whole_strong += kind->strong;
		cells->at_column[column % LEN(cells->at_column)] += kind->strong;
		return;
	}
	if (cell.len > CELL_MAX)
		cell.len = CELL_MAX;
	size_t count = scan_text(cell, hits, SCAN_HITS_MAX);
	bool within = false, strong = false;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;
		while (ident_kinds[k] != hits[i].kind)
			k++;
		bool good = cells->kinds & (text_kinds)1 << k;
		strong = strong || (good && hits[i].kind->strong && strcmp(hits[i].kind->name, "bank_card") != 0);
		within = within || (good && hits[i].sure && strcmp(hits[i].kind->name, "date") != 0);
	}
	if (strong)
		weigh_frame(cells, view_make(cell.ptr, hits[0].at),
		        view_from(cell, hits[count - 1].at + hits[count - 1].len), column);
	cells->within += within;
	cells->strong += strong;
	cells->other += !within;
}

static void weigh_label(struct cells *cells, hufu_view first, hufu_view rest)
{
	first = view_trim(first);
	if (rest.len == 0 || !scan_is_label(first))
		return;
	cells->labelled++;
	if (cells->label.len == 0)
		cells->label = first;
	else
		cells->labels_differ += !view_equal(first, cells->label);
}

static void weigh_record(struct cells *cells, const struct dialect *dialect, hufu_view line)
{
	uint32_t column = 0;
	bool set_in = false;
	hufu_view rest = line;
	for (;; column++) {
		size_t len = 0, quoted = 0;
		if (rest.len && dialect->quote && rest.ptr[0] == dialect->quote) {
			size_t closed = dialect_quoted(dialect, rest, true);
			len = quoted = closed == SIZE_MAX ? 0 : closed;
		}
		while (len < rest.len && !dialect_separates(dialect, view_from(rest, len)))
			len++;
		/* Quotes are the table's, no words around a value. */
		bool inside = quoted >= 2 && len == quoted;
		hufu_view cell = { rest.ptr + inside, len - (inside ? 2 : 0) };
		bool last = len >= rest.len;
		hufu_view behind = last ? view_of("") : view_from(rest, len + dialect->separator_len);
		if (column == 0) {
			weigh_label(cells, cell, view_trim(behind));
			set_in = view_trim(cell).len == 0;
		}
		weigh_cell(cells, cell, column);
		if (last)
			break;
		rest = behind;
	}
	cells->records++;
	cells->even += column + 1 == dialect->columns;
	cells->set_in += column + 1 == dialect->columns && set_in;
}

static bool is_text(const struct cells *cells, const struct dialect *dialect)
{
	const uint64_t all = cells->whole + cells->within + cells->other;
	bool holds = cells->strong + cells->whole_strong > 0;
	/* "姓名:张三" and "手机:138..." in turn. */
	if (dialect->columns == 2 && holds && cells->labels_differ > 0 && cells->labelled * 2 >= cells->records)
		return true;
	if (cells->strong == 0 && !(dialect->columns == 1 && cells->within > 0))
		return false;
	if (dialect->columns == 1)
		return cells->within + cells->strong > 0 && cells->within >= cells->whole && cells->strong > 0;
	/* A form filled in: every record has the same words around its identifiers, and few stand by themselves. */
	if (cells->whole_strong < cells->strong && cells->strong * 2 >= cells->records &&
	        cells->framed * 10 >= cells->strong * 8)
		return true;
	if (cells->even * 10 >= cells->records * 8)
		return cells->within > cells->whole && cells->within * 3 >= all * 2;
	if (cells->within > cells->whole)
		return true;
	/* In a table whose records are ragged, whole ones still stand in one column or two. */
	uint64_t best = 0;
	for (size_t i = 0; i < LEN(cells->at_column); i++)
		if (cells->at_column[i] > best)
			best = cells->at_column[i];
	return best * 10 < cells->whole_strong * 4 && cells->strong > 0;
}

/* How the lines of a sample look. */
struct lines {
	uint64_t count, words;
	uint64_t bytes, signs; /* signs: digits and ASCII punctuation */
	uint64_t loose;        /* blank, or set in */
	uint64_t sentences;    /* with a Chinese full stop or comma: words have no blanks between */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void weigh_line(struct lines *lines, hufu_view line)
{
	bool blank = true;
	lines->loose += line.len == 0 || is_blank(line.ptr[0]);
	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		lines->words += blank && !is_blank(c);
		lines->signs += c > ' ' && c < 127 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
		blank = is_blank(c);
	}
	lines->bytes += line.len;
	lines->sentences += memmem(line.ptr, line.len, "。", 3) || memmem(line.ptr, line.len, "，", 3);
	lines->count++;
}

/* Documentation, source text, what a program logs: lines of many words, or some set in and parted by blank ones, none
 * of which is a value by itself. A list's line is one value, of few words, and a table's has as many cells as the
 * others. Lines of many words, one below the other without any such sign, may be remarks or sentences. */
static enum text_claim claim_prose(hufu_view sample, const struct dialect *dialect, const struct cells *cells)
{
	struct lines lines = { 0 };
	if ((cells->strong + cells->whole_strong) * 20 > cells->records || cells->whole * 10 > cells->records ||
	        (dialect->columns > 1 && (cells->even - cells->set_in) * 10 >= cells->records * 4))
		return TEXT_NONE;
	while (sample.len && lines.count < CLAIM_RECORDS) {
		const char *found = memchr(sample.ptr, dialect->line_end, sample.len);
		size_t len = found ? (size_t)(found - sample.ptr) : sample.len;
		weigh_line(&lines, view_make(sample.ptr, len));
		sample = view_from(sample, len + 1);
	}
	/* All lines set in alike are a list with a margin, and sentences one behind the other may be remarks. */
	bool uneven = lines.loose * 10 >= lines.count && lines.loose * 10 <= lines.count * 9;
	/* Stamps, numbers, paths and brackets: no person writes so. */
	bool logged = lines.signs * 5 >= lines.bytes;
	if (lines.words >= 8 * lines.count)
		return uneven || logged ? TEXT_SURELY : TEXT_PERHAPS;
	bool prose = uneven && (lines.sentences * 2 >= lines.count ||
	                               (lines.loose * 5 >= lines.count && lines.words * 2 >= lines.count * 5));
	return prose ? TEXT_SURELY : TEXT_NONE;
}

/* The next line that is not blank, cut off `rest`. */
static bool next_line(hufu_view *rest, char line_end, hufu_view *line)
{
	while (rest->len) {
		const char *found = memchr(rest->ptr, line_end, rest->len);
		*line = view_make(rest->ptr, found ? (size_t)(found - rest->ptr) : rest->len);
		*rest = view_from(*rest, line->len + 1);
		if (view_trim(*line).len)
			return true;
	}
	return false;
}

enum text_claim text_claims(hufu_view sample, bool whole, const struct dialect *dialect, text_kinds *kinds)
{
	struct chance chance = { 0 };
	struct cells cells = { 0 };
	hufu_view line;
	if (sample.len > CLAIM_SAMPLE)
		sample.len = CLAIM_SAMPLE;
	hufu_view rest = sample;
	for (unsigned i = 0; i < CLAIM_RECORDS && next_line(&rest, dialect->line_end, &line); i++)
		for (; line.len; line = view_from(line, CELL_MAX))
			count_hits(&chance, view_make(line.ptr, line.len < CELL_MAX ? line.len : CELL_MAX));
	cells.kinds = *kinds = believed(&chance);
	rest = sample;
	for (unsigned i = 0; i < CLAIM_RECORDS && next_line(&rest, dialect->line_end, &line); i++)
		weigh_record(&cells, dialect, line);
	if (is_text(&cells, dialect))
		return TEXT_SURELY;
	/* Where the sample is all, nobody is in it. */
	return whole ? TEXT_NONE : claim_prose(sample, dialect, &cells);
}
