/* Splitting, in two ways that share a batch. Records without a quoted cell: the places of separators and line ends come
 * as bits, cells are written straight from them, and the text is copied in one go. A record with a quoted cell is taken
 * cell by cell. No allocation, no call into the system. */
#include "read/split.h"

#include "read/marks.h"

enum {
	CHUNK = 4096,           /* bytes that are marked at a time */
	BATCH_TEXT = 384 << 10, /* a batch is handed over from here on: it should stay in the second-level cache */
};

/* ---- records without quoted cells ---- */

struct run {
	struct splitter *splitter;
	struct sink_batch *batch;
	const char *text;
	size_t len;
	uint32_t base;       /* where text[0] will lie in the batch */
	size_t record, cell; /* where the record and the cell under way begin */
	uint32_t column;
	bool stop; /* the batch is full, or a quoted cell begins */
};

static inline void put_cell(struct run *run, size_t end)
{
	struct sink_batch *batch = run->batch;
	if (run->column < batch->columns)
		batch->cells[(size_t)run->column * batch->stride + batch->rows] =
		        (struct batch_cell){ run->base + (uint32_t)run->cell, (uint32_t)(end - run->cell) };
	run->column++;
}

static bool all_blank(hufu_view line)
{
	return view_trim(line).len == 0;
}

/* Pads a short record and counts a ragged one. */
static void close_record(struct splitter *splitter, struct sink_batch *batch, uint32_t cells, bool stray)
{
	splitter->malformed += cells != batch->columns || stray;
	for (; cells < batch->columns; cells++)
		batch->cells[(size_t)cells * batch->stride + batch->rows] = (struct batch_cell){ 0, 0 };
	batch->rows++;
}

/* Whether a number, or something with one in it, stands there. */
static bool holds_number(hufu_view text)
{
	unsigned run = 0;
	for (size_t i = 0; i < text.len && run < 4; i++)
		run = text.ptr[i] >= '0' && text.ptr[i] <= '9' ? run + 1 : 0;
	return run >= 4;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether the record that was just put may be names: it has another number of cells, or no number where all others have
 * one. Most records end the question at the first or last character of one cell. */
static inline bool may_be_names(
        const struct splitter *splitter, const struct sink_batch *batch, hufu_view cell, hufu_view line, uint32_t cells)
{
	if (cells != batch->columns)
		return !holds_number(line);
	if (!splitter->watching || !cell.len || is_digit(cell.ptr[0]) || is_digit(cell.ptr[cell.len - 1]))
		return false;
	return !holds_number(cell);
}

/* Stops before a record that may be names, unless it is to be passed. */
static inline bool stops_at(
        struct splitter *splitter, const struct sink_batch *batch, hufu_view cell, hufu_view line, uint32_t cells)
{
	if (splitter->suspicious && !splitter->pass && may_be_names(splitter, batch, cell, line, cells)) {
		splitter->suspect = true;
		return true;
	}
	splitter->pass = false;
	return false;
}

/* The record ends before text[end]; the next one begins at `next`. */
static inline void put_record(struct run *run, size_t end, size_t next)
{
	struct splitter *splitter = run->splitter;
	if (splitter->dialect.line_end == '\n' && end > run->cell && run->text[end - 1] == '\r')
		end--;
	size_t len = end - run->record;
	if (len > splitter->record_max) {
		splitter->malformed++;
		splitter->too_long++;
	} else if (run->column > 0 || !all_blank(view_make(run->text + run->record, len))) {
		put_cell(run, end);
		hufu_view line = { run->text + run->record, len }, cell = { 0 };
		if (splitter->watching && run->column == run->batch->columns) {
			const struct batch_cell *at =
			        &run->batch->cells[(size_t)splitter->watched * run->batch->stride + run->batch->rows];
			cell = (hufu_view){ run->text + (at->at - run->base), at->len };
		}
		if (stops_at(splitter, run->batch, cell, line, run->column)) {
			run->cell = run->record;
			run->column = 0;
			run->stop = true;
			return;
		}
		if (run->column == run->batch->columns)
			run->batch->rows++;
		else
			close_record(splitter, run->batch, run->column, false);
	}
	run->record = run->cell = next;
	run->column = 0;
	run->stop = run->batch->rows == run->batch->stride || run->base + next >= BATCH_TEXT;
}

static void walk_marks(struct run *run, size_t from, const uint64_t *marks, size_t words)
{
	const struct dialect *dialect = &run->splitter->dialect;
	const char line_end = dialect->line_end;
	const size_t separator_len = dialect->separator_len;
	for (size_t i = 0; i < words; i++) {
		for (uint64_t bits = marks[i]; bits; bits &= bits - 1) {
			size_t at = from + i * 64 + (size_t)__builtin_ctzll(bits);
			char c = run->text[at];
			if (c == line_end) {
				put_record(run, at, at + 1);
				if (run->stop)
					return;
			} else if (c == dialect->quote && c) {
				/* In the middle of a cell it is a character like any other. */
				if (at == run->cell) {
					run->stop = true;
					return;
				}
			} else if (separator_len == 1) {
				put_cell(run, at);
				run->cell = at + 1;
			} else if (at >= run->cell &&
			           dialect_separates(dialect, view_make(run->text + at, run->len - at))) {
				put_cell(run, at);
				run->cell = at + separator_len;
			}
		}
	}
}

static size_t plain_records(struct splitter *splitter, hufu_view text, bool end, struct sink_batch *batch, bool *quoted)
{
	const struct dialect *dialect = &splitter->dialect;
	struct run run = {
		.splitter = splitter, .batch = batch, .text = text.ptr, .len = text.len, .base = batch->text_len
	};
	const char line_end = dialect->line_end;
	const char bytes[3] = { line_end, dialect->separator_len ? dialect->separator[0] : line_end,
		dialect->quote ? dialect->quote : line_end };
	uint64_t marks[CHUNK / 64];
	for (size_t at = 0; at < text.len && !run.stop; at += CHUNK) {
		size_t len = text.len - at < CHUNK ? text.len - at : CHUNK;
		marks_find(text.ptr + at, len, bytes, marks);
		walk_marks(&run, at, marks, (len + 63) / 64);
	}
	if (end && !run.stop && run.record < text.len)
		put_record(&run, text.len, text.len);
	/* A cell of the record that is given up here begins with a quote, or the batch is full. */
	*quoted = run.stop && !splitter->suspect && run.cell < text.len && dialect->quote &&
	          text.ptr[run.cell] == dialect->quote;
	memcpy(batch->text + batch->text_len, text.ptr, run.record);
	batch->text_len += (uint32_t)run.record;
	return run.record;
}

/* ---- a record with quoted cells ---- */

enum took { TOOK_RECORD, TOOK_NONE };

static uint32_t copy_plain(struct sink_batch *batch, hufu_view cell)
{
	memcpy(batch->text + batch->text_len, cell.ptr, cell.len);
	return (uint32_t)cell.len;
}

/* Without the quotes around it, and inner ones halved. */
static uint32_t copy_quoted(struct sink_batch *batch, hufu_view cell, char quote)
{
	char *out = batch->text + batch->text_len;
	hufu_view rest = { cell.ptr + 1, cell.len - 2 };
	uint32_t put = 0;
	while (rest.len) {
		const char *found = memchr(rest.ptr, quote, rest.len);
		size_t run = found ? (size_t)(found - rest.ptr) + 1 : rest.len;
		memcpy(out + put, rest.ptr, run);
		put += (uint32_t)run;
		rest = view_from(rest, found ? run + 1 : run);
	}
	return put;
}

/* The record under way. */
struct record {
	struct splitter *splitter;
	hufu_view text;
	bool end;
	size_t line; /* the first line end at or behind the last cell asked for: found once, not once a cell */
};

/* Where the cell at `at`, which is not quoted, ends: at the separator or the line end; text.len when neither comes. */
static size_t plain_end(struct record *record, size_t at)
{
	const struct dialect *dialect = &record->splitter->dialect;
	const hufu_view text = record->text;
	if (record->line < at || record->line == SIZE_MAX) {
		const char *line = at < text.len ? memchr(text.ptr + at, dialect->line_end, text.len - at) : NULL;
		record->line = line ? (size_t)(line - text.ptr) : text.len;
	}
	if (dialect->separator_len && at < record->line) {
		const char *found =
		        memmem(text.ptr + at, record->line - at, dialect->separator, dialect->separator_len);
		if (found)
			return (size_t)(found - text.ptr);
	}
	return record->line;
}

struct taken_cell {
	size_t len; /* with quotes, without what ends it */
	bool quoted, stray;
	bool more; /* the text is too short to tell */
};

static struct taken_cell take_cell(struct record *record, size_t at)
{
	const struct dialect *dialect = &record->splitter->dialect;
	const size_t record_max = record->splitter->record_max;
	hufu_view rest = view_from(record->text, at);
	struct taken_cell cell = { 0 };
	if (rest.len && dialect->quote && rest.ptr[0] == dialect->quote) {
		size_t closed = dialect_quoted(dialect, rest, record->end);
		/* Longer than any record may be: no quoting, whatever follows. */
		bool endless = closed != SIZE_MAX && at + (closed ? closed : rest.len) > record_max;
		if (closed == 0 && !record->end && !endless) {
			cell.more = true;
			return cell;
		}
		cell.quoted = closed != 0 && closed != SIZE_MAX && !endless;
		cell.stray = !cell.quoted;
		cell.len = cell.quoted ? closed : 0;
	}
	if (!cell.quoted)
		cell.len = plain_end(record, at) - at;
	return cell;
}

/* Blanks between a closing quote and the separator belong to nothing. */
static size_t skip_blanks(const struct dialect *dialect, hufu_view text, size_t at)
{
	while (at < text.len && text.ptr[at] == ' ' && !dialect_separates(dialect, view_from(text, at)))
		at++;
	return at;
}

static void put_taken(
        struct sink_batch *batch, uint32_t column, hufu_view cell, const struct taken_cell *taken, char quote)
{
	if (column >= batch->columns)
		return;
	uint32_t len = taken->quoted ? copy_quoted(batch, cell, quote) : copy_plain(batch, cell);
	batch->cells[(size_t)column * batch->stride + batch->rows] = (struct batch_cell){ batch->text_len, len };
	batch->text_len += len;
}

/* Takes one record cell by cell. The batch has room for record_max more bytes; what it got of a record that turns out
 * not to be whole is taken back. */
static enum took quoted_record(
        struct splitter *splitter, hufu_view text, bool end, struct sink_batch *batch, size_t *taken)
{
	const struct dialect *dialect = &splitter->dialect;
	const uint32_t text_len = batch->text_len;
	struct record record = { .splitter = splitter, .text = text, .end = end, .line = SIZE_MAX };
	uint32_t column = 0;
	bool stray = false;
	size_t at = 0;
	for (;;) {
		hufu_view rest = view_from(text, at);
		struct taken_cell cell = take_cell(&record, at);
		size_t stop = cell.more ? text.len : at + cell.len;
		if (cell.quoted)
			stop = skip_blanks(dialect, text, stop);
		if (cell.more || (stop == text.len && !end))
			break;
		bool last = stop == text.len || !dialect_separates(dialect, view_from(text, stop));
		if (cell.quoted && last && stop < text.len && text.ptr[stop] == '\r' && dialect->line_end == '\n')
			stop++;
		if (!cell.quoted && last && cell.len && rest.ptr[cell.len - 1] == '\r' && dialect->line_end == '\n')
			cell.len--;
		if (stop > splitter->record_max) {
			/* Left out, to the end of its line. */
			const char *line = memchr(text.ptr + stop, dialect->line_end, text.len - stop);
			if (!line && !end)
				break;
			splitter->malformed++;
			splitter->too_long++;
			batch->text_len = text_len;
			*taken = line ? (size_t)(line - text.ptr) + 1 : text.len;
			return TOOK_RECORD;
		}
		put_taken(batch, column++, view_make(rest.ptr, cell.len), &cell, dialect->quote);
		stray = stray || cell.stray;
		if (last) {
			hufu_view watched = { 0 };
			if (splitter->watching && column == batch->columns) {
				const struct batch_cell *put =
				        &batch->cells[(size_t)splitter->watched * batch->stride + batch->rows];
				watched = (hufu_view){ batch->text + put->at, put->len };
			}
			if (!stray && stops_at(splitter, batch, watched, view_make(text.ptr, stop), column))
				break;
			close_record(splitter, batch, column, stray);
			*taken = stop < text.len ? stop + 1 : stop;
			return TOOK_RECORD;
		}
		at = stop + dialect->separator_len;
	}
	batch->text_len = text_len;
	return TOOK_NONE;
}

size_t split_records(struct splitter *splitter, hufu_view text, bool end, struct sink_batch *batch, bool *full)
{
	size_t at = 0;
	*full = false;
	while (at < text.len) {
		hufu_view rest = view_from(text, at);
		size_t room = BATCH_TEXT_MAX - batch->text_len;
		bool quoted, cut = rest.len > room;
		if (batch->rows == batch->stride || batch->text_len >= BATCH_TEXT || room <= splitter->record_max) {
			*full = true;
			break;
		}
		if (cut)
			rest.len = room;
		size_t taken = plain_records(splitter, rest, end && !cut, batch, &quoted);
		at += taken;
		if (splitter->suspect)
			break;
		if (batch->rows == batch->stride || batch->text_len >= BATCH_TEXT) {
			*full = true;
			break;
		}
		if (quoted) {
			rest = view_from(text, at);
			if (BATCH_TEXT_MAX - batch->text_len <= splitter->record_max) {
				*full = true;
				break;
			}
			if (quoted_record(splitter, rest, end, batch, &taken) == TOOK_NONE)
				break;
			at += taken;
		} else if (taken == 0) {
			break;
		}
	}
	return at;
}
