/* Reader for delimited text: any separator, quoted or not, header or none, any of our encodings. Claims anything, so it
 * also says what is no text. Holds one window of decoded text: memory does not grow with the file, nor with a line of
 * it. */
#include "read/read.h"

#include "read/border.h"
#include "read/split.h"
#include "read/text.h"
#include "read/window.h"

#include "base/auto.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SAMPLE = 1 << 20,
	TABLES_MAX = 256, /* of one text; what is beyond stays in the last */
	ASKED_MAX = 1000, /* lines of a table that turned out to be records: after so many nobody asks any more */
};

/* Drops text up to and with the next line end: the rest of a record that is left out. */
static void skip_line(struct window *window, char line_end)
{
	for (;;) {
		hufu_view text = window_view(window);
		const char *found = text.len ? memchr(text.ptr, line_end, text.len) : NULL;
		if (found) {
			window->at += (size_t)(found - text.ptr) + 1;
			return;
		}
		window->at = window->len;
		if (window->end)
			return;
		window_fill(window, 1);
	}
}

/* ---- one part ---- */

struct part {
	struct window *window;
	struct splitter splitter;
	hufu_view path;
	bool told; /* that a record was left out */
	struct border border;
	uint64_t rows;           /* in batches handed over */
	unsigned asked;          /* lines that were no other table's after all */
	bool another;            /* another table begins where this one ends */
	unsigned number;         /* of the table in the text, from 1 */
	char own[JAIL_PATH_MAX]; /* path of a second or later table */
};

static hufu_status tell_too_long(struct part *part)
{
	if (part->told || part->splitter.too_long == 0)
		return HUFU_OK;
	part->told = true;
	return sink_unread(part->window->job->sink, part->path, JAIL_WHY_RECORD);
}

/* Whether another table begins at the record before which the splitter stopped. */
static bool another_begins(struct part *part, const struct sink_batch *batch)
{
	struct window *window = part->window;
	const struct dialect *dialect = &part->splitter.dialect;
	if (window->len - window->at < BORDER_AHEAD && !window->end)
		window_fill(window, window->cap);
	if (part->rows + batch->rows < 2 ||
	        !border_is(&part->border, window_view(window), window->end, dialect, dialect->columns)) {
		part->splitter.pass = true;
		part->splitter.suspicious = ++part->asked < ASKED_MAX;
		return false;
	}
	return true;
}

/* Fills one batch; what cannot be a record any more is left out. */
static void fill_batch(struct part *part, struct sink_batch *batch)
{
	struct window *window = part->window;
	struct splitter *splitter = &part->splitter;
	bool full = false;
	while (!full) {
		window->at += split_records(splitter, window_view(window), window->end, batch, &full);
		if (splitter->suspect) {
			splitter->suspect = false;
			part->another = another_begins(part, batch);
			if (part->another)
				return;
			continue;
		}
		if (full || (window->end && window->at == window->len))
			return;
		size_t left = window->len - window->at;
		if (left > splitter->record_max || window->end) {
			splitter->malformed++;
			splitter->too_long++;
			skip_line(window, splitter->dialect.line_end);
		}
		window_more(window);
	}
}

static bool part_over(const struct part *part)
{
	return part->window->end && part->window->at == part->window->len;
}

static hufu_status put_records(struct part *part)
{
	struct sink *sink = part->window->job->sink;
	while (!part_over(part) && !part->another) {
		struct sink_batch batch;
		hufu_status st = sink_batch_begin(sink, &batch);
		if (st != HUFU_OK)
			return st;
		fill_batch(part, &batch);
		part->rows += batch.rows;
		st = sink_batch_end(sink, &batch);
		if (st == HUFU_OK)
			st = tell_too_long(part);
		if (st != HUFU_OK)
			return st;
	}
	return HUFU_OK;
}

static hufu_status put_part(struct part *part)
{
	const struct dialect *dialect = &part->splitter.dialect;
	struct sink *sink = part->window->job->sink;
	hufu_status st = sink_part(sink, &(struct sink_label){ .path = part->path,
	                                         .format = dialect_label(dialect),
	                                         .encoding = decoder_label(&part->window->decoder),
	                                         .columns = dialect->columns });
	if (st == HUFU_OK)
		st = put_records(part);
	if (st == HUFU_OK)
		st = tell_too_long(part);
	return st == HUFU_OK ? sink_part_end(sink, part->splitter.malformed) : st;
}

static void skip_blank(struct window *window)
{
	do {
		if (view_starts(window_view(window), "\xef\xbb\xbf"))
			window->at += 3; /* of a file that was put behind another */
		while (window->at < window->len &&
		        (window->text[window->at] == '\n' || window->text[window->at] == '\r'))
			window->at++;
		if (window->at < window->len)
			return;
		window_fill(window, 1);
	} while (window->at < window->len);
}

/* Finds the dialect, past lines at the beginning that are longer than a record may be. */
static void find_dialect(struct part *part)
{
	struct window *window = part->window;
	struct dialect *dialect = &part->splitter.dialect;
	for (;;) {
		skip_blank(window);
		window_fill(window, window->cap);
		hufu_view text = window_view(window);
		bool whole = window->end;
		if (text.len > SAMPLE) {
			text.len = SAMPLE;
			whole = false;
		}
		dialect_find(text, whole, dialect);
		if (whole || dialect->columns > BATCH_COLUMNS_MAX || text.len == 0 ||
		        memchr(text.ptr, dialect->line_end, text.len))
			return;
		/* Not one line end in the sample. The record may still be just short enough. */
		hufu_view all = window_view(window);
		const char *found = memchr(all.ptr, dialect->line_end, all.len);
		if (found && (size_t)(found - all.ptr) <= part->splitter.record_max) {
			dialect_find(view_make(all.ptr, (size_t)(found - all.ptr)), true, dialect);
			return;
		}
		part->splitter.malformed++;
		part->splitter.too_long++;
		skip_line(window, dialect->line_end);
		if (window->end && window->at == window->len)
			return;
	}
}

/* The first lines alone: what follows may be a table of another sort. */
static hufu_view head_of(hufu_view text, char line_end)
{
	enum { LINES = 12 };
	size_t at = 0;
	for (int i = 0; i < LINES && at < text.len; i++) {
		const char *found = memchr(text.ptr + at, line_end, text.len - at);
		at = found ? (size_t)(found - text.ptr) + 1 : text.len;
	}
	return view_make(text.ptr, at);
}

static bool same_splitting(const struct dialect *a, const struct dialect *b)
{
	return a->separator_len == b->separator_len && memcmp(a->separator, b->separator, sizeof a->separator) == 0 &&
	       a->quote == b->quote && a->line_end == b->line_end;
}

/* Where the first table ends for another one, under a dialect of it. */
static size_t table_end(struct part *part, hufu_view text, bool whole, const struct dialect *dialect)
{
	border_learn(&part->border, text, whole, dialect);
	return border_find(&part->border, text, whole, dialect);
}

/* Finds the dialect and learns the table. Where others follow, the dialect is that of the first one alone. */
static void find_table(struct part *part)
{
	struct dialect *dialect = &part->splitter.dialect, head;
	find_dialect(part);
	hufu_view text = window_view(part->window);
	bool whole = part->window->end && text.len <= SAMPLE;
	text.len = text.len < SAMPLE ? text.len : SAMPLE;
	size_t end = table_end(part, text, whole, dialect);
	if (end == text.len) {
		dialect_find(head_of(text, dialect->line_end), true, &head);
		if (!same_splitting(&head, dialect))
			end = table_end(part, text, whole, &head);
	}
	if (end < text.len) {
		text.len = end;
		whole = true;
		dialect_find(text, whole, dialect);
	}
	border_learn(&part->border, text, whole, dialect);
	part->splitter.suspicious = part->border.count > 1 && part->number < TABLES_MAX;
	part->splitter.watching = part->border.watching && part->border.watched < dialect->columns;
	part->splitter.watched = part->border.watched;
	part->splitter.pass = true;
}

static void next_table(struct part *part, hufu_view path)
{
	const struct part before = { .window = part->window, .number = part->number };
	*part = before;
	part->number++;
	part->splitter.record_max = window_record_max(part->window);
	snprintf(part->own, sizeof part->own, "%.*s%stable %u", (int)(path.len < JAIL_PATH_MAX - 16 ? path.len : 0),
	        path.ptr ? path.ptr : "", path.len ? "/" : "", part->number);
	part->path = view_of(part->own);
	find_table(part);
}

static hufu_status read_tables(struct part *part, hufu_view path)
{
	hufu_status st = put_part(part);
	while (st == HUFU_OK && part->another) {
		next_table(part, path);
		if (part->splitter.dialect.columns > BATCH_COLUMNS_MAX)
			return sink_unread(part->window->job->sink, part->path, JAIL_WHY_COLUMNS);
		if (!part_over(part))
			st = put_part(part);
	}
	return st;
}

static hufu_status read_window(struct window *window, hufu_view path)
{
	struct job *job = window->job;
	AUTO_FREE struct part *part = calloc(1, sizeof *part);
	if (!part)
		return HUFU_NO_MEMORY;
	part->window = window;
	part->path = path;
	part->number = 1;
	part->splitter.record_max = window_record_max(window);
	find_table(part);
	text_kinds kinds;
	hufu_view text = window_view(window);
	enum text_claim claim = text_claims(text, window->end && text.len <= SAMPLE, &part->splitter.dialect, &kinds);
	if (claim != TEXT_NONE) {
		bool found = false;
		hufu_status st = text_read(window, path, part->splitter.dialect.line_end, kinds, claim, &found);
		if (st != HUFU_OK || found)
			return st == HUFU_OK ? tell_too_long(part) : st;
	}
	if (part->splitter.dialect.columns > BATCH_COLUMNS_MAX)
		return sink_unread(job->sink, path, JAIL_WHY_COLUMNS);
	if (part_over(part)) {
		enum jail_why why = part->splitter.too_long ? JAIL_WHY_RECORD : JAIL_WHY_EMPTY;
		/* Where the source broke off, the door says so. */
		return window->decoder.source->why != JAIL_WHY_NONE && why == JAIL_WHY_EMPTY
		               ? HUFU_OK
		               : sink_unread(job->sink, path, why);
	}
	return read_tables(part, path);
}

static hufu_status read_delimited(struct job *job, struct source *source, hufu_view path)
{
	struct window window;
	hufu_status st = window_init(&window, job, source);
	if (st == HUFU_OK && window.decoder.binary)
		st = sink_unread(job->sink, path, JAIL_WHY_BINARY);
	else if (st == HUFU_OK)
		st = read_window(&window, path);
	window_done(&window);
	return st;
}

static bool claims(hufu_view head, hufu_view name)
{
	(void)head;
	(void)name;
	return true;
}

const struct reader reader_delimited = { .name = "delimited", .claims = claims, .read = read_delimited };
