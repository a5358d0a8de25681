/* See rows.h. What a column is, is learnt on the part's first batch; a cell that is no value of it is masked as one of
 * no kind, so that decoys in front open nothing. */
#include "case/rows.h"
#include "base/utf8.h"
#include "jail/jail.h"
#include "profile/profile.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	PARTS_MAX = 1000,
	SHOWN_MAX = 512,      /* bytes of a value ... */
	NAME_MAX_SHOWN = 128, /* ... and of a column's name */
	BYTES_MAX = 4 << 20,  /* of all values together */
	MASK_MAX = 1024,      /* a longer value is of no kind */
	STARS_MAX = 12,
};

/* ---- values ---- */

static void stars(hufu_view cell, char *out, size_t cap)
{
	char buffer[MASK_MAX + IDENT_SLACK];
	struct ident_text shown = { buffer, 0, sizeof buffer };
	hufu_view head = cell;
	if (head.len > MASK_MAX)
		head.len = utf8_valid((hufu_view){ head.ptr, MASK_MAX });
	ident_mask_opaque(head, &shown);
	/* The number of stars is the length of the value: of a long one it says no more than that. */
	size_t first = shown.len ? strcspn(buffer, "*") : 0;
	if (shown.len > first + STARS_MAX)
		shown.len = first + STARS_MAX;
	printable(view_make(buffer, shown.len), out, cap);
}

void rows_mask(const struct ident_kind *kind, hufu_view cell, char *out, size_t cap)
{
	char normal[MASK_MAX + IDENT_SLACK], masked[sizeof normal + IDENT_SLACK];
	struct ident_text value = { normal, 0, sizeof normal }, shown = { masked, 0, sizeof masked };
	cell = view_trim(cell);
	if (!kind || cell.len > MASK_MAX || !kind->normalise(cell, &value)) {
		stars(cell, out, cap);
		return;
	}
	kind->mask(view_make(normal, value.len), &shown);
	printable(view_make(masked, shown.len), out, cap);
}

/* The first line of a stranger's table is his to choose: a value in it is no name. */
static void name_shown(hufu_view cell, char *out, size_t cap)
{
	char normal[MASK_MAX + IDENT_SLACK];
	cell = view_trim(cell);
	for (size_t i = 0; i < ident_kinds_count && cell.len <= MASK_MAX; i++) {
		struct ident_text value = { normal, 0, sizeof normal };
		if (!ident_kinds[i]->loose && ident_kinds[i]->normalise(cell, &value)) {
			rows_mask(ident_kinds[i], cell, out, cap);
			return;
		}
	}
	printable(cell, out, cap);
}

/* ---- columns ---- */

static hufu_status learn_columns(struct rows *rows, const struct jail_message *part, const struct batch *batch)
{
	char name[NAME_MAX_SHOWN];
	rows->header = part->named || profile_header(batch);
	rows->columns = calloc(batch->columns + 1u, sizeof *rows->columns);
	for (uint32_t j = 0; rows->columns && j < batch->columns; j++) {
		struct profile profile;
		profile_column(batch, j, rows->header, &profile);
		hufu_view head = rows->header ? view_trim(batch_cell(batch, j, 0)) : (hufu_view){ 0 };
		if (head.len)
			name_shown(head, name, sizeof name);
		else
			snprintf(name, sizeof name, "%u", j + 1);
		rows->columns[j] = (struct rows_column){ .name = strdup(name), .kind = profile.kind };
		rows->column_count = j + 1;
		if (!rows->columns[j].name)
			return HUFU_NO_MEMORY;
	}
	return rows->columns ? HUFU_OK : HUFU_NO_MEMORY;
}

/* ---- rows ---- */

static json_t *row_json(struct rows *rows, const struct rows_asked *asked, const struct batch *batch, uint32_t row)
{
	char text[SHOWN_MAX];
	json_t *values = json_array();
	for (uint32_t j = 0; values && j < rows->column_count; j++) {
		hufu_view cell = batch_cell(batch, j, row);
		if (asked->clear)
			printable(cell, text, sizeof text);
		else
			rows_mask(rows->columns[j].kind, cell, text, sizeof text);
		rows->bytes += strlen(text) + 8;
		json_array_append_new(values, json_string(text));
	}
	return values;
}

static hufu_status take_rows(
        struct rows *rows, const struct rows_asked *asked, const struct batch *batch, uint32_t from)
{
	for (uint32_t row = from; row < batch->rows; row++) {
		rows->passed++;
		if (rows->passed < asked->from)
			continue;
		if (rows->taken == asked->most || rows->bytes > BYTES_MAX) {
			rows->more = true;
			rows->passed += batch->rows - row - 1;
			return HUFU_OK;
		}
		json_t *values = row_json(rows, asked, batch, row);
		if (!values || json_array_append_new(rows->values, values))
			return HUFU_NO_MEMORY;
		rows->taken++;
	}
	return HUFU_OK;
}

/* ---- the way through the evidence ---- */

struct reading {
	const struct rows_asked *asked;
	struct rows *rows;
	struct jail_message part; /* the open one's beginning */
	json_t *line;             /* of `parts`; NULL: the list is full */
	uint64_t records;         /* of the open part */
	bool wanted, first;       /* the open part is the one asked for; its first batch is still to come */
};

/* "leak.zip/data/owners.csv", as verdicts name it; a plain file is its own part. */
static void path_of(const struct reading *reading, const char *inside, char *out, size_t cap)
{
	snprintf(out, cap, "%s%s%s", reading->asked->name, inside[0] ? "/" : "", inside);
}

static bool is_asked(const struct reading *reading, const char *path)
{
	const struct rows_asked *asked = reading->asked;
	bool about_mail = view_starts(view_of(reading->part.format), JAIL_ABOUT_MAIL);
	if (reading->rows->found)
		return false;
	if (asked->part)
		return !strcmp(asked->part, path) || !strcmp(asked->part, reading->part.path);
	return asked->is_mail ? !strcmp(reading->part.format, JAIL_ABOUT_MAIL "text") : !about_mail;
}

static hufu_status part_begins(struct reading *reading, const struct jail_message *message)
{
	char path[2 * JAIL_PATH_MAX];
	struct rows *rows = reading->rows;
	reading->part = *message;
	reading->records = 0;
	reading->first = true;
	path_of(reading, message->path, path, sizeof path);
	reading->wanted = is_asked(reading, path);
	reading->line = NULL;
	if (json_array_size(rows->parts) < PARTS_MAX) {
		reading->line = json_pack("{s:s, s:s, s:s, s:n}", "path", path, "format", message->format, "encoding",
		        message->encoding, "records");
		if (!reading->line || json_array_append_new(rows->parts, reading->line))
			return HUFU_NO_MEMORY;
	}
	if (!reading->wanted)
		return HUFU_OK;
	rows->found = true;
	rows->part = strdup(path);
	rows->format = strdup(message->format);
	rows->encoding = strdup(message->encoding);
	return rows->part && rows->format && rows->encoding ? HUFU_OK : HUFU_NO_MEMORY;
}

static hufu_status batch_comes(struct reading *reading, const struct batch *batch)
{
	hufu_status status = HUFU_OK;
	uint32_t from = 0;
	if (reading->first && reading->wanted)
		status = learn_columns(reading->rows, &reading->part, batch);
	if (reading->first)
		from = reading->wanted ? reading->rows->header : reading->part.named || profile_header(batch);
	reading->first = false;
	reading->records += batch->rows - from;
	return status || !reading->wanted ? status : take_rows(reading->rows, reading->asked, batch, from);
}

static hufu_status part_ends(struct reading *reading)
{
	/* A part without a record is none to look at: the next one may be. */
	if (reading->wanted && !reading->asked->part && !reading->records) {
		struct rows *rows = reading->rows;
		rows->found = false;
		free(rows->part);
		free(rows->format);
		free(rows->encoding);
		rows->part = rows->format = rows->encoding = NULL;
	}
	reading->wanted = false;
	return reading->line &&
	                       json_object_set_new(reading->line, "records", json_integer((json_int_t)reading->records))
	               ? HUFU_NO_MEMORY
	               : HUFU_OK;
}

static hufu_status message_take(struct reading *reading, const struct jail_message *message)
{
	char path[2 * JAIL_PATH_MAX];
	switch (message->event) {
	case JAIL_PART:
		return part_begins(reading, message);
	case JAIL_BATCH:
		return batch_comes(reading, &message->batch);
	case JAIL_PART_END:
		return part_ends(reading);
	case JAIL_UNREAD:
		path_of(reading, message->path, path, sizeof path);
		if (json_array_size(reading->rows->unread) < PARTS_MAX)
			unread_add(reading->rows->unread, view_of(path), jail_why(message->why));
		return HUFU_OK;
	case JAIL_DONE:
		reading->rows->ended = json_array_size(reading->rows->parts) < PARTS_MAX;
		break;
	}
	return HUFU_OK;
}

static hufu_status read_on(struct jail *jail, struct reading *reading, hufu_error *error)
{
	struct jail_message *message = malloc(sizeof *message);
	hufu_status status = message ? HUFU_OK : HUFU_NO_MEMORY;
	for (bool done = status != HUFU_OK; !done;) {
		status = jail_next(jail, message, error);
		if (status)
			break;
		if ((status = message_take(reading, message)))
			fail(error, status, view_of(reading->asked->name), "no memory", NULL);
		done = status || message->event == JAIL_DONE || (reading->rows->more && !reading->asked->to_end);
	}
	free(message);
	return status;
}

hufu_status rows_read(int fd, const struct rows_asked *asked, struct rows *out, hufu_error *error)
{
	struct jail *jail = NULL;
	*out = (struct rows){ .parts = json_array(), .unread = json_array(), .values = json_array() };
	struct reading *reading = calloc(1, sizeof *reading);
	if (!reading || !out->parts || !out->unread || !out->values) {
		free(reading);
		return fail(error, HUFU_NO_MEMORY, view_of(asked->name), "no memory", NULL);
	}
	reading->asked = asked;
	reading->rows = out;
	hufu_status status = jail_open(fd, &(struct jail_options){ .name = view_of(asked->name) }, &jail, error);
	if (!status)
		status = read_on(jail, reading, error);
	jail_close(jail);
	free(reading);
	return status;
}

void rows_done(struct rows *rows)
{
	for (uint32_t j = 0; j < rows->column_count; j++)
		free(rows->columns[j].name);
	free(rows->columns);
	free(rows->part);
	free(rows->format);
	free(rows->encoding);
	json_decref(rows->parts);
	json_decref(rows->unread);
	json_decref(rows->values);
	*rows = (struct rows){ 0 };
}
