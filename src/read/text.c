/* Running text -> one part whose columns are kinds. Lines are scanned one by one; lines that hold one identifier each,
 * or begin with a label, are put together with their neighbours up to a blank line. Memory does not grow with the text,
 * nor with a line of it: what is longer than a unit is cut at a blank or a comma. */
#include "read/text.h"

#include "base/auto.h"
#include "base/utf8.h"
#include "read/ahead.h"
#include "read/people.h"

#include <stdlib.h>

enum {
	UNIT_MAX = 8 << 10,   /* bytes of a line that are looked at together */
	HELD_MAX = 16 << 10,  /* bytes of a paragraph */
	BLOCK_MAX = 64 << 10, /* and of the lines that it may come from */
	SAMPLE_MAX = 1 << 20, /* what columns are found from */
	KINDS_MAX = 32,
};

/* Lines of a paragraph that may be one person's. */
struct paragraph {
	char text[HELD_MAX];
	size_t len;
	struct scan_hit hits[SCAN_HITS_MAX];
	size_t count;
	bool open; /* the next line may join */
};

struct person {
	hufu_view values[KINDS_MAX][PEOPLE_VALUES];
};

struct text {
	struct window *window;
	hufu_view path;
	char line_end;
	size_t unit_max;
	text_kinds kinds;
	struct paragraph paragraph;
	bool seen[KINDS_MAX][PEOPLE_VALUES];        /* in the sample */
	bool counting;                              /* the sample is read for what is seen in it; nothing goes out */
	uint16_t columns[KINDS_MAX][PEOPLE_VALUES]; /* 0: none; else the column + 1 */
	uint32_t column_count;
	struct sink_batch batch;
	bool batch_open;
	bool part_open;          /* the sink knows of it, and has the columns' names */
	uint64_t records, lines; /* that went out; that were looked through before the first did */
};

static size_t kind_place(const struct ident_kind *kind)
{
	size_t i = 0;
	while (ident_kinds[i] != kind)
		i++;
	return i;
}

static const struct ident_kind *kind_named(const char *name)
{
	return ident_by_name(view_of(name));
}

/* ---- records out ---- */

static hufu_status batch_flush(struct text *text)
{
	if (!text->batch_open)
		return HUFU_OK;
	text->batch_open = false;
	return sink_batch_end(text->window->job->sink, &text->batch);
}

static void put_cell(struct sink_batch *batch, uint32_t column, hufu_view value)
{
	batch->cells[(size_t)column * batch->stride + batch->rows] =
	        (struct batch_cell){ batch->text_len, (uint32_t)value.len };
	if (value.len)
		memcpy(batch->text + batch->text_len, value.ptr, value.len);
	batch->text_len += (uint32_t)value.len;
}

static hufu_status put_record(struct text *text, const struct person *person)
{
	enum { ROOM = 2 * HELD_MAX }; /* no record is longer than the text that it was found in */
	hufu_status st = HUFU_OK;
	if (text->batch_open &&
	        (text->batch.rows == text->batch.stride || BATCH_TEXT_MAX - text->batch.text_len < ROOM))
		st = batch_flush(text);
	if (st == HUFU_OK && !text->batch_open) {
		st = sink_batch_begin(text->window->job->sink, &text->batch);
		text->batch_open = st == HUFU_OK;
	}
	if (st != HUFU_OK)
		return st;
	for (size_t kind = 0; kind < ident_kinds_count; kind++)
		for (size_t i = 0; i < PEOPLE_VALUES; i++)
			if (text->columns[kind][i])
				put_cell(&text->batch, text->columns[kind][i] - 1U, person->values[kind][i]);
	text->batch.rows++;
	return HUFU_OK;
}

/* As people expect them. */
static const char *const column_order[] = { "name", "resident_id", "mobile", "email", "address", "plate", "vin",
	"bank_card", "uscc", "date" };

static hufu_status put_header(struct text *text)
{
	static const char *const second[] = { "name 2", "resident_id 2", "mobile 2", "email 2", "address 2", "plate 2",
		"vin 2", "bank_card 2", "uscc 2", "date 2" };
	struct person header = { 0 };
	for (size_t i = 0; i < LEN(column_order); i++) {
		size_t kind = kind_place(kind_named(column_order[i]));
		header.values[kind][0] = view_of(column_order[i]);
		header.values[kind][1] = view_of(second[i]);
	}
	return put_record(text, &header);
}

/* Tells the sink of the part; its first record is the columns' names. */
static hufu_status open_part(struct text *text)
{
	if (text->part_open)
		return HUFU_OK;
	text->part_open = true;
	hufu_status st = sink_part(text->window->job->sink, &(struct sink_label){ .path = text->path,
	                                                            .format = "text",
	                                                            .encoding = decoder_label(&text->window->decoder),
	                                                            .columns = text->column_count,
	                                                            .named = true });
	return st == HUFU_OK ? put_header(text) : st;
}

/* A person is worth a record by anything strong, or by a name with an address. */
static bool worth_a_record(const struct person *person)
{
	for (size_t kind = 0; kind < ident_kinds_count; kind++)
		if (ident_kinds[kind]->strong && person->values[kind][0].len)
			return true;
	return person->values[kind_place(kind_named("name"))][0].len &&
	       person->values[kind_place(kind_named("address"))][0].len;
}

static hufu_status take_person(struct text *text, const struct person *person)
{
	if (!worth_a_record(person))
		return HUFU_OK;
	if (!text->counting) {
		hufu_status st = open_part(text);
		text->records += st == HUFU_OK;
		return st == HUFU_OK ? put_record(text, person) : st;
	}
	for (size_t kind = 0; kind < ident_kinds_count; kind++)
		for (size_t i = 0; i < PEOPLE_VALUES; i++)
			text->seen[kind][i] = text->seen[kind][i] || person->values[kind][i].len > 0;
	return HUFU_OK;
}

/* False when the person has as many values of the kind as fit. */
static bool give(struct person *person, size_t kind, hufu_view value)
{
	for (size_t i = 0; i < PEOPLE_VALUES; i++) {
		hufu_view *slot = &person->values[kind][i];
		if (slot->len == 0 || view_equal(*slot, value)) {
			*slot = value;
			return true;
		}
	}
	return false;
}

/* What a person has too much of becomes records of its own. */
static hufu_status take_text(struct text *text, hufu_view line, const struct scan_hit *hits, size_t count)
{
	uint16_t owner[SCAN_HITS_MAX];
	size_t persons = people_part(line, hits, count, owner);
	hufu_status st = HUFU_OK;
	for (size_t number = 0; number < persons && st == HUFU_OK; number++) {
		struct person person = { 0 };
		for (size_t i = 0; i < count && st == HUFU_OK; i++) {
			size_t kind = kind_place(hits[i].kind);
			hufu_view value = { line.ptr + hits[i].at, hits[i].len };
			if (owner[i] != number || give(&person, kind, value))
				continue;
			struct person other = { 0 };
			(void)give(&other, kind, value);
			st = take_person(text, &other);
		}
		if (st == HUFU_OK)
			st = take_person(text, &person);
	}
	return st;
}

/* ---- lines and paragraphs ---- */

static hufu_status close_paragraph(struct text *text)
{
	struct paragraph *paragraph = &text->paragraph;
	size_t count = paragraph->count;
	paragraph->count = 0;
	paragraph->open = false;
	hufu_view held = { paragraph->text, paragraph->len };
	paragraph->len = 0;
	return count ? take_text(text, held, paragraph->hits, count) : HUFU_OK;
}

/* "手机: 138...", "- Name = ..." */
static bool is_labelled(hufu_view line)
{
	enum { LABEL_MAX = 48 };
	line = view_trim(line);
	hufu_view start = { line.ptr, line.len < LABEL_MAX ? line.len : LABEL_MAX };
	size_t best = start.len;
	static const char *const marks[] = { ":", "：", "=", "\t" };
	for (size_t i = 0; i < LEN(marks); i++) {
		const char *found = memmem(start.ptr, start.len, marks[i], strlen(marks[i]));
		if (found && (size_t)(found - start.ptr) < best)
			best = (size_t)(found - start.ptr);
	}
	return best < start.len && scan_is_label(view_make(start.ptr, best));
}

static size_t count_kind(const struct scan_hit *hits, size_t count, const struct ident_kind *kind)
{
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += hits[i].kind == kind;
	return sum;
}

/* Whether the line can be of the person whom the paragraph is about: it brings nothing that he has, but for a second
 * number of his own. */
static bool may_join(const struct paragraph *paragraph, const struct scan_hit *hits, size_t count)
{
	const struct ident_kind *name = kind_named("name"), *id = kind_named("resident_id"), *date = kind_named("date");
	for (size_t i = 0; i < count; i++) {
		size_t has = count_kind(paragraph->hits, paragraph->count, hits[i].kind);
		if (has == 0 || hits[i].kind == date)
			continue;
		bool led = paragraph->hits[0].kind == name || paragraph->hits[0].kind == id;
		bool second = count == 1 && has < PEOPLE_VALUES && led && hits[i].kind != name && hits[i].kind != id;
		if (!second)
			return false;
	}
	return true;
}

static void join(struct paragraph *paragraph, hufu_view line, const struct scan_hit *hits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scan_hit hit = hits[i];
		hit.at += (uint32_t)paragraph->len;
		paragraph->hits[paragraph->count++] = hit;
	}
	memcpy(paragraph->text + paragraph->len, line.ptr, line.len);
	paragraph->len += line.len;
	paragraph->text[paragraph->len++] = '\n';
}

static size_t believed(const struct text *text, struct scan_hit *hits, size_t count)
{
	size_t put = 0;
	for (size_t i = 0; i < count; i++)
		if (text->kinds & (text_kinds)1 << kind_place(hits[i].kind))
			hits[put++] = hits[i];
	return put;
}

/* A line of nothing but dates, as every line of a log is, tells of nobody unless a label says whose day it is. In
 * Chinese labels are hard to tell, and logs few. */
static bool is_undirected(hufu_view line, const struct scan_hit *hits, size_t count)
{
	const struct ident_kind *date = kind_named("date");
	for (size_t i = 0; i < count; i++)
		if (hits[i].kind != date)
			return false;
	return utf8_ascii(line) == line.len && !scan_labels(line, hits[0].at);
}

static hufu_status take_hits(struct text *text, hufu_view line, const struct scan_hit *hits, size_t count)
{
	struct paragraph *paragraph = &text->paragraph;
	bool open = count == 1 || is_labelled(line);
	bool joins = open && paragraph->open && line.len + 1 <= HELD_MAX - paragraph->len &&
	             count <= SCAN_HITS_MAX - paragraph->count && may_join(paragraph, hits, count);
	hufu_status st = joins ? HUFU_OK : close_paragraph(text);
	if (st != HUFU_OK || (!joins && is_undirected(line, hits, count)))
		return st;
	if (!open)
		return take_text(text, line, hits, count);
	paragraph->open = true;
	join(paragraph, line, hits, count);
	return HUFU_OK;
}

static hufu_status take_line(struct text *text, hufu_view line)
{
	struct scan_hit hits[SCAN_HITS_MAX];
	if (view_trim(line).len == 0)
		return close_paragraph(text);
	/* Where no paragraph is under way, the line comes from the sieve. */
	if (text->paragraph.open && !sieve_any(line, SIEVE_ALL))
		return HUFU_OK;
	size_t count = believed(text, hits, ahead_scan(line, hits));
	return count ? take_hits(text, line, hits, count) : HUFU_OK;
}

/* Takes whole lines off `rest`; what is left has no line end yet. */
static hufu_status take_lines(struct text *text, hufu_view rest, bool end, size_t *taken)
{
	const size_t quarter = text->window->cap / 4;
	struct units units = { .text = rest,
		.line_end = text->line_end,
		.most = text->unit_max,
		.held = quarter < BLOCK_MAX ? quarter : BLOCK_MAX,
		.end = end };
	hufu_view unit;
	hufu_status st = HUFU_OK;
	units_begin(&units);
	ahead_look(&units);
	/* Where no paragraph is under way, a line that holds nothing changes nothing. */
	while (st == HUFU_OK && (text->paragraph.open ? units_next(&units, &unit) : units_seek(&units, &unit)))
		st = take_line(text, unit);
	*taken = units.at;
	return st;
}

/* ---- columns ---- */

/* Kinds that may still come when the sample is not all: those that nearly every such text has. */
static bool may_come(const char *name)
{
	return strcmp(name, "name") == 0 || strcmp(name, "resident_id") == 0 || strcmp(name, "mobile") == 0 ||
	       strcmp(name, "email") == 0 || strcmp(name, "address") == 0;
}

/* Where the sample shows nobody, whoever comes may have anything. */
static bool shows_nobody(const struct text *text)
{
	bool seen = false;
	for (size_t kind = 0; kind < ident_kinds_count; kind++)
		seen = seen || text->seen[kind][0];
	return !seen;
}

static void find_columns(struct text *text, bool whole)
{
	const bool nobody = shows_nobody(text);
	for (size_t i = 0; i < LEN(column_order); i++) {
		size_t kind = kind_place(kind_named(column_order[i]));
		bool comes = may_come(column_order[i]) || (nobody && ident_kinds[kind]->strong);
		bool also = !whole && comes && (text->kinds & (text_kinds)1 << kind);
		for (size_t k = 0; k < PEOPLE_VALUES; k++)
			if (text->seen[kind][k] || (k == 0 && also))
				text->columns[kind][k] = (uint16_t)++text->column_count;
	}
}

/* ---- the part ---- */

static uint64_t count_ends(hufu_view text, char line_end)
{
	enum { BLOCK = 128 };
	uint64_t count = 0;
	while (text.len) {
		/* In a byte, so that the compiler may take many at a time. */
		unsigned char ends = 0;
		size_t len = text.len < BLOCK ? text.len : BLOCK;
		for (size_t i = 0; i < len; i++)
			ends = (unsigned char)(ends + (text.ptr[i] == line_end));
		count += ends;
		text = view_from(text, len);
	}
	return count;
}

static hufu_status read_lines(struct text *text)
{
	struct window *window = text->window;
	hufu_status st = HUFU_OK;
	while (st == HUFU_OK && !window_over(window)) {
		size_t taken;
		st = take_lines(text, window_view(window), window->end, &taken);
		if (text->records == 0)
			text->lines += count_ends(view_make(window->text + window->at, taken), text->line_end);
		window->at += taken;
		if (st == HUFU_OK && !window->end)
			window_more(window);
	}
	return st == HUFU_OK ? close_paragraph(text) : st;
}

/* What is seen in the sample; its beginning is read again for good. */
static hufu_status look_ahead(struct text *text)
{
	hufu_view sample = window_view(text->window);
	bool whole = text->window->end;
	size_t taken;
	if (sample.len > SAMPLE_MAX) {
		sample.len = SAMPLE_MAX;
		whole = false;
	}
	text->counting = true;
	hufu_status st = take_lines(text, sample, whole, &taken);
	if (st == HUFU_OK)
		st = close_paragraph(text);
	text->counting = false;
	find_columns(text, whole);
	return st;
}

hufu_status text_read(
        struct window *window, hufu_view path, char line_end, text_kinds kinds, enum text_claim claim, bool *found)
{
	AUTO_FREE struct text *text = calloc(1, sizeof *text);
	if (!text)
		return HUFU_NO_MEMORY;
	text->window = window;
	text->path = path;
	text->line_end = line_end;
	text->kinds = kinds;
	text->unit_max = window->cap / 2 < UNIT_MAX ? window->cap / 2 : UNIT_MAX;
	const struct window_place begin = window_place(window);
	hufu_status st = look_ahead(text);
	*found = text->column_count > 0;
	if (st == HUFU_OK && *found)
		st = read_lines(text);
	/* Where the source cannot be read again, nobody is in it, and that is all. */
	if (st == HUFU_OK && !text->records && claim == TEXT_PERHAPS && window_return(window, begin))
		*found = false;
	if (st != HUFU_OK || !*found)
		return st;
	st = open_part(text);
	if (st == HUFU_OK)
		st = batch_flush(text);
	if (st != HUFU_OK)
		return st;
	return text->records ? sink_part_end(window->job->sink, 0)
	                     : sink_part_end_empty(window->job->sink, text->lines);
}
