/* Holds a line against what comes before and behind it. Parses by the cell, as only few lines are asked about. */
#include "read/border.h"

#include "scan/scan.h"

enum { LEARN_RECORDS = 8, FOLLOW_RECORDS = 12, FOLLOW_LEAST = 4, NAME_MAX_LEN = 200 };

struct cells {
	hufu_view at[BORDER_CELLS];
	uint32_t count; /* may be more than there is room for: then only the count is right */
	hufu_view line;
};

/* ---- records ---- */

/* The end of the cell at text[0], and what it holds; SIZE_MAX: the text ends first. */
static size_t take_cell(const struct dialect *dialect, hufu_view text, bool end, hufu_view *out)
{
	size_t at = 0;
	*out = text;
	if (text.len && dialect->quote && text.ptr[0] == dialect->quote) {
		size_t closed = dialect_quoted(dialect, text, end);
		if (closed == 0 && !end)
			return SIZE_MAX;
		if (closed && closed != SIZE_MAX) {
			*out = view_make(text.ptr + 1, closed - 2);
			at = closed;
		}
	}
	size_t quoted = at;
	while (at < text.len && text.ptr[at] != dialect->line_end && !dialect_separates(dialect, view_from(text, at)))
		at++;
	if (!quoted)
		out->len = at;
	*out = view_trim(view_starts(*out, "\xef\xbb\xbf") ? view_from(*out, 3) : *out);
	return at == text.len && !end ? SIZE_MAX : at;
}

/* Takes one record off `rest`, past blank lines; false at the end or where the rest is not whole. */
static bool take_record(const struct dialect *dialect, hufu_view *rest, bool end, struct cells *out)
{
	while (rest->len && (rest->ptr[0] == '\n' || rest->ptr[0] == '\r'))
		*rest = view_from(*rest, 1);
	hufu_view text = *rest;
	out->count = 0;
	while (text.len) {
		hufu_view cell;
		size_t len = take_cell(dialect, text, end, &cell);
		if (len == SIZE_MAX)
			return false;
		if (out->count < BORDER_CELLS)
			out->at[out->count] = cell;
		out->count++;
		bool last = len == text.len || text.ptr[len] == dialect->line_end;
		text = view_from(text, len + (last ? 1 : dialect->separator_len));
		if (last) {
			out->line = view_make(rest->ptr, (size_t)(text.ptr - rest->ptr));
			*rest = text;
			return true;
		}
	}
	return false;
}

static bool is_number(hufu_view cell)
{
	unsigned digits = 0;
	for (size_t i = 0; i < cell.len; i++)
		digits += cell.ptr[i] >= '0' && cell.ptr[i] <= '9';
	return digits >= 4;
}

/* Whether they could name columns: something in each, no number, none twice. */
static bool could_be_names(const struct cells *cells)
{
	if (cells->count < 2 || cells->count > BORDER_CELLS)
		return false;
	for (uint32_t i = 0; i < cells->count; i++) {
		if (!cells->at[i].len || cells->at[i].len > NAME_MAX_LEN || is_number(cells->at[i]))
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (view_equal(cells->at[i], cells->at[k]))
				return false;
	}
	return true;
}

/* ---- the table before ---- */

static hufu_view first_cell(const struct border *border, uint32_t i)
{
	uint32_t from = i ? border->ends[i - 1] : 0;
	return view_make(border->text + from, border->ends[i] - from);
}

static void first_keep(struct border *border, const struct cells *cells)
{
	uint32_t at = 0;
	if (cells->count > BORDER_CELLS)
		return;
	for (uint32_t i = 0; i < cells->count; i++) {
		if (cells->at[i].len > sizeof border->text - at)
			return;
		memcpy(border->text + at, cells->at[i].ptr, cells->at[i].len);
		border->ends[i] = at += (uint32_t)cells->at[i].len;
	}
	border->count = cells->count;
}

void border_learn(struct border *border, hufu_view text, bool end, const struct dialect *dialect)
{
	struct cells cells;
	uint32_t filled[BORDER_CELLS] = { 0 }, most = 0;
	border->count = 0;
	border->watching = false;
	if (!dialect->separator_len || !take_record(dialect, &text, end, &cells))
		return;
	first_keep(border, &cells);
	for (uint32_t i = 0; i < border->count; i++)
		border->numbers[i] = true;
	for (int row = 0; row < LEARN_RECORDS && border->count && take_record(dialect, &text, end, &cells); row++) {
		if (could_be_names(&cells))
			break;
		for (uint32_t i = 0; i < border->count && i < cells.count; i++) {
			filled[i] += cells.at[i].len > 0;
			border->numbers[i] = border->numbers[i] && (!cells.at[i].len || is_number(cells.at[i]));
		}
	}
	for (uint32_t i = 0; i < border->count; i++) {
		border->numbers[i] = border->numbers[i] && filled[i];
		if (border->numbers[i] && filled[i] > most) {
			border->watching = true;
			border->watched = i;
			most = filled[i];
		}
	}
}

/* ---- the line ---- */

static bool is_first(const struct border *border, const struct cells *cells)
{
	bool same = cells->count == border->count;
	for (uint32_t i = 0; same && i < cells->count; i++)
		same = view_equal(cells->at[i], first_cell(border, i));
	return same;
}

/* Cells that are names of the table before, or words that name. */
static uint32_t names_known(const struct border *border, const struct cells *cells)
{
	uint32_t known = 0;
	for (uint32_t i = 0; i < cells->count; i++) {
		bool found = scan_is_label(cells->at[i]);
		for (uint32_t k = 0; k < border->count && !found; k++)
			found = view_equal(cells->at[i], first_cell(border, k));
		known += found;
	}
	return known;
}

/* The records behind the line: how many have its number of cells before one has not, and which columns hold a number in
 * all of them, or in none. */
struct following {
	uint32_t records;
	bool all[BORDER_CELLS], none[BORDER_CELLS];
};

static void follow(const struct dialect *dialect, hufu_view text, bool end, uint32_t columns, struct following *out)
{
	struct cells cells;
	*out = (struct following){ 0 };
	memset(out->all, true, columns);
	memset(out->none, true, columns);
	while (out->records < FOLLOW_RECORDS && take_record(dialect, &text, end, &cells) && cells.count == columns) {
		bool names = could_be_names(&cells), numbers = false;
		for (uint32_t i = 0; i < columns; i++)
			numbers = numbers || is_number(cells.at[i]);
		if (names && !numbers && out->records)
			break; /* a table of few records, and one more */
		out->records++;
		for (uint32_t i = 0; i < columns; i++) {
			bool number = is_number(cells.at[i]);
			out->all[i] = out->all[i] && number;
			out->none[i] = out->none[i] && !number;
		}
	}
}

/* Whether columns of numbers are other ones than before. */
static bool shape_changes(const struct border *border, const struct following *behind, uint32_t columns)
{
	for (uint32_t i = 0; i < columns && i < border->count; i++)
		if ((behind->all[i] && !border->numbers[i]) || (behind->none[i] && border->numbers[i]))
			return true;
	return false;
}

bool border_is(const struct border *border, hufu_view text, bool end, const struct dialect *dialect, uint32_t columns)
{
	struct cells cells;
	struct following behind;
	if (text.len > BORDER_AHEAD) {
		text.len = BORDER_AHEAD;
		end = false;
	}
	if (!border->count || !take_record(dialect, &text, end, &cells) || !could_be_names(&cells) ||
	        is_first(border, &cells))
		return false;
	follow(dialect, text, end, cells.count, &behind);
	bool numbers = false;
	for (uint32_t i = 0; i < cells.count; i++)
		numbers = numbers || behind.all[i];
	if (!behind.records || !numbers)
		return false;
	uint32_t known = 2 * names_known(border, &cells);
	if (cells.count != columns)
		return known >= cells.count || behind.records >= FOLLOW_LEAST;
	return known > columns || (behind.records >= FOLLOW_LEAST && shape_changes(border, &behind, columns));
}

size_t border_find(const struct border *border, hufu_view text, bool end, const struct dialect *dialect)
{
	struct cells cells;
	hufu_view rest = text;
	for (uint32_t records = 0; border->count && take_record(dialect, &rest, end, &cells);) {
		if (records >= 2 && cells.count != border->count && could_be_names(&cells) &&
		        border_is(border, view_from(text, (size_t)(cells.line.ptr - text.ptr)), end, dialect,
		                border->count))
			return (size_t)(cells.line.ptr - text.ptr);
		records += cells.count == border->count;
	}
	return text.len;
}
