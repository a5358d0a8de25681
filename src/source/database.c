/* See database.h. */
#include "source/database.h"

#include "base/auto.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { NAME_BYTES_MAX = 128, PLACE_MAX = 4096 };

struct table {
	const struct database *database;
	void *client;
	hufu_view *names; /* owned, with their text */
	char *text;
	size_t name_count;
	struct batch batch;
	struct batch_cell *cells; /* the batch's */
	char *pool;
	uint64_t bytes, malformed;
	bool pending, ended; /* pending: the client stands on a row that did not fit the last batch */
};

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("source"), "no memory", NULL);
}

/* ---- its text ---- */

static hufu_status wrong(const struct database *database, const char *what, hufu_error *error)
{
	return fail(error, HUFU_USAGE, view_of(database->name), what, database->usage);
}

/* A part of a name, quoted: whatever it holds names a table, and nothing else. */
static bool put_name(const struct database *database, hufu_view name, struct bytes *out)
{
	char quote = database->quotes[0];
	if (!name.len || name.len > NAME_BYTES_MAX || utf8_valid(name) != name.len)
		return false;
	bytes_byte(out, quote);
	for (size_t i = 0; i < name.len; i++) {
		if ((unsigned char)name.ptr[i] < ' ')
			return false;
		if (name.ptr[i] == quote)
			bytes_byte(out, quote);
		bytes_byte(out, name.ptr[i]);
	}
	bytes_byte(out, quote);
	return true;
}

static bool put_query(const struct database *database, hufu_view name, struct bytes *out)
{
	const char *dot = name.len ? memchr(name.ptr, '.', name.len) : NULL;
	size_t before = dot ? (size_t)(dot - name.ptr) : 0;
	bytes_text(out, "select * from ");
	if (dot && !put_name(database, view_make(name.ptr, before), out))
		return false;
	if (dot)
		bytes_byte(out, '.');
	bool good = put_name(database, dot ? view_from(name, before + 1) : name, out);
	bytes_byte(out, 0);
	return good;
}

/* ---- opening ---- */

void database_close(void *own)
{
	struct table *table = own;
	if (!table)
		return;
	if (table->client)
		table->database->close(table->client);
	if (table->pool)
		explicit_bzero(table->pool, BATCH_TEXT_MAX);
	free(table->names);
	free(table->text);
	free(table->cells);
	free(table->pool);
	free(table);
}

static bool names_take(struct table *table)
{
	size_t count = table->database->columns(table->client), len = 0;
	for (size_t i = 0; i < count; i++)
		len += table->database->column(table->client, i).len;
	table->names = calloc(count + 1, sizeof *table->names);
	char *at = table->text = malloc(len + 1);
	for (size_t i = 0; table->names && at && i < count; i++) {
		hufu_view name = view_trim(table->database->column(table->client, i));
		if (name.len)
			memcpy(at, name.ptr, name.len);
		table->names[i] = view_make(at, name.len);
		at += name.len;
	}
	table->name_count = count;
	return table->names && table->text;
}

static hufu_status begin(struct table *table, const char *place, const char *query, hufu_error *error)
{
	hufu_status status = table->database->open(place, query, &table->client, error);
	if (status)
		return status;
	size_t columns = table->database->columns(table->client);
	if (!columns || columns > BATCH_COLUMNS_MAX)
		return fail(error, HUFU_LIMIT, view_of(table->database->name),
		        columns ? "the table has too many columns" : "the table has no columns", NULL);
	uint32_t stride = batch_rows_max((uint32_t)columns);
	table->cells = calloc(columns * stride, sizeof *table->cells);
	table->pool = malloc(BATCH_TEXT_MAX);
	if (!table->cells || !table->pool || !names_take(table))
		return no_memory(error);
	table->batch = (struct batch){
		.columns = (uint32_t)columns, .stride = stride, .cells = table->cells, .text = table->pool
	};
	return HUFU_OK;
}

hufu_status database_open(const struct database *database, const char *what, void **own, hufu_error *error)
{
	static const char word[] = ";table=";
	struct bytes query = { 0 };
	const char *name = strstr(what, word);
	if (!name || name == what || strlen(what) > PLACE_MAX)
		return wrong(database, "wants a place and a table", error);
	AUTO_FREE char *place = strndup(what, (size_t)(name - what));
	struct table *table = calloc(1, sizeof *table);
	hufu_status status = place && table ? HUFU_OK : no_memory(error);
	if (table)
		table->database = database;
	if (!status && !put_query(database, view_of(name + strlen(word)), &query))
		status = wrong(database, "the table's name is none", error);
	if (!status && query.failed)
		status = no_memory(error);
	if (!status)
		status = begin(table, place, query.ptr, error);
	bytes_done(&query);
	if (status)
		database_close(table);
	else
		*own = table;
	return status;
}

/* ---- rows ---- */

/* Bytes of the row at hand. A broken byte becomes one of three. */
static size_t row_len(struct table *table)
{
	size_t len = 0;
	for (size_t c = 0; c < table->name_count; c++)
		len += table->database->cell(table->client, c).len;
	return len;
}

static void put_cell(struct table *table, size_t column, hufu_view cell)
{
	struct batch *batch = &table->batch;
	uint32_t at = batch->text_len;
	while (cell.len) {
		size_t good = utf8_valid(cell);
		if (good)
			memcpy(table->pool + batch->text_len, cell.ptr, good);
		batch->text_len += (uint32_t)good;
		cell = view_from(cell, good);
		if (cell.len) {
			table->pool[batch->text_len++] = '?';
			cell = view_from(cell, 1);
		}
	}
	table->cells[column * batch->stride + batch->rows] = (struct batch_cell){ at, batch->text_len - at };
}

/* False: it wants the next batch. A record that is too long is left out and counted. */
static bool row_put(struct table *table)
{
	size_t len = row_len(table);
	if (len > BATCH_RECORD_MAX) {
		table->malformed++;
		return true;
	}
	if (table->batch.rows == table->batch.stride || len > BATCH_TEXT_MAX - table->batch.text_len)
		return false;
	for (size_t c = 0; c < table->name_count; c++)
		put_cell(table, c, table->database->cell(table->client, c));
	table->batch.rows++;
	table->bytes += len;
	return true;
}

hufu_status database_next(void *own, const struct batch **out, uint32_t *first, hufu_error *error)
{
	struct table *table = own;
	hufu_status status = HUFU_OK;
	table->batch.rows = table->batch.text_len = 0;
	*out = NULL;
	*first = 0;
	for (bool room = true; room && !table->ended && !status;) {
		bool there = table->pending;
		if (!there)
			status = table->database->next(table->client, &there, error);
		table->ended = !status && !there;
		room = !there || status || row_put(table);
		table->pending = !room;
	}
	if (!status && table->batch.rows)
		*out = &table->batch;
	return status;
}

const hufu_view *database_header(const void *own, size_t *count)
{
	const struct table *table = own;
	*count = table->name_count;
	return table->names;
}

uint64_t database_malformed(const void *own)
{
	const struct table *table = own;
	return table->malformed;
}

void database_progress(const void *own, uint64_t *done, uint64_t *all)
{
	const struct table *table = own;
	*done = table->bytes;
	*all = 0;
}
