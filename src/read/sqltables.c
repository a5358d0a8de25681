/* The tables of a dump: their names and columns, and the rows that become records of their part. */
#include "read/sqldump.h"

#include "base/auto.h"

#include <stdlib.h>

enum {
	NAMES_MAX = 16 << 20, /* bytes of all column names */
	AGAIN_MAX = 1000,     /* parts, where the bytes cannot be rewound */
};

/* ---- tables ---- */

const char *sql_table_name(const struct table *table)
{
	return table->name.ptr + table->short_name;
}

bool sql_same_name(const char *a, const char *b)
{
	return sql_is(view_of(a), b);
}

/* Names are held to be the same without regard to case, and a missing database fits any. */
static struct table *find_table(struct sql *sql, const char *database, const char *name)
{
	for (size_t i = sql->table_count; i-- > 0;) {
		struct table *table = &sql->tables[i];
		const char *of = table->name.ptr;
		if (sql_same_name(sql_table_name(table), name) && (!*of || !*database || sql_same_name(of, database)))
			return table;
	}
	return NULL;
}

static struct table *add_table(struct sql *sql, const char *database, const char *name)
{
	size_t len = strlen(database) + strlen(name);
	if (sql->table_count == SQL_TABLES_MAX || sql->names_len + len > NAMES_MAX)
		return NULL;
	struct table *table = &sql->tables[sql->table_count];
	*table = (struct table){ 0 };
	for (size_t i = 0; i < sql->table_count; i++)
		table->again |= sql_same_name(sql_table_name(&sql->tables[i]), name);
	bytes_add(&table->name, view_make(database, strlen(database) + 1));
	table->short_name = table->name.len;
	bytes_add(&table->name, view_make(name, strlen(name) + 1));
	if (table->name.failed)
		return NULL;
	sql->names_len += len;
	sql->table_count++;
	return table;
}

/* The table named at `at`, `a.b.c` and quotes and all. Its database is the word before its name, else the one in use.
 */
enum sql_got sql_take_table(struct sql *sql, hufu_view text, size_t *at, struct table **out)
{
	const bool end = sql->window.end;
	struct bytes *names = &sql->scratch;
	size_t name = 0, before = 0;
	unsigned parts = 0;
	char quote;
	names->len = 0;
	do {
		*at += parts > 0;
		before = name;
		name = names->len;
		enum sql_got got = sql_name(text, end, at, names, &quote);
		if (got != SQL_GOT)
			return got;
		if (*at == text.len && !end)
			return SQL_MORE;
		if (sql->escapes == SQL_ESCAPES_UNKNOWN && quote)
			sql->escapes = quote == '`'    ? SQL_ESCAPES_BACKSLASH
			               : quote == '\'' ? SQL_ESCAPES_UNKNOWN
			                               : SQL_ESCAPES_DOUBLED;
	} while (++parts < 4 && *at < text.len && text.ptr[*at] == '.');
	if (names->failed)
		return SQL_BROKEN;
	const char *database = parts > 1 ? names->ptr + before : sql->database.len ? sql->database.ptr : "";
	*out = find_table(sql, database, names->ptr + name);
	if (!*out)
		*out = add_table(sql, database, names->ptr + name);
	return SQL_GOT;
}

bool sql_add_column(struct sql *sql, struct table *table, const char *name)
{
	size_t len = strlen(name) + 1;
	if (table->column_count > BATCH_COLUMNS_MAX || sql->names_len + len > NAMES_MAX)
		return false;
	bytes_add(&table->columns, view_make(name, len));
	sql->names_len += len;
	table->column_count += !table->columns.failed;
	return !table->columns.failed;
}

static hufu_status tell_refused(struct sql *sql)
{
	if (sql->refused)
		return HUFU_OK;
	sql->refused = true;
	return sink_unread(sql->job->sink, sql->path, JAIL_WHY_MEMBERS);
}

/* ---- parts ---- */

/* "DUMP/table"; with its database before it where that name was had before. */
static hufu_view part_path(const struct sql *sql, const struct table *table, struct bytes *out)
{
	out->len = 0;
	if (sql->path.len) {
		bytes_add(out, sql->path);
		bytes_byte(out, '/');
	}
	if (table->again && table->name.ptr[0]) {
		bytes_text(out, table->name.ptr);
		bytes_byte(out, '.');
	}
	bytes_text(out, sql_table_name(table));
	return bytes_view(out);
}

hufu_status sql_refuse_table(struct sql *sql, struct table *table, enum jail_why why)
{
	table->done = true;
	sql->scratch.failed = false;
	return sink_unread(sql->job->sink, part_path(sql, table, &sql->scratch), why);
}

/* Opens the part of the statement's table, whose first row is at hand. */
static hufu_status open_part(struct sql *sql)
{
	struct table *table = sql->table;
	bool known = table->column_count && (sql->listed || table->column_count == sql->row.count);
	uint32_t columns = known ? table->column_count : sql->row.count;
	if (columns > BATCH_COLUMNS_MAX)
		return sql_refuse_table(sql, table, JAIL_WHY_COLUMNS);
	/* A statement of old may have changed the table: then places are all there is. */
	if (!known)
		sql->map_count = 0;
	AUTO_FREE hufu_view *names = known ? malloc(columns * sizeof *names) : NULL;
	if (known && !names)
		return HUFU_NO_MEMORY;
	const char *name = table->columns.ptr;
	for (uint32_t i = 0; known && i < columns; i++, name += strlen(name) + 1)
		names[i] = view_of(name);
	hufu_view path = part_path(sql, table, &sql->scratch);
	if (sql->scratch.failed)
		return HUFU_NO_MEMORY;
	sql->target = table;
	return records_open(&sql->records,
	        &(struct sink_label){ .path = path,
	                .format = "sql",
	                .encoding = decoder_label(&sql->window.decoder),
	                .columns = columns,
	                .named = known },
	        names);
}

static void put_value(struct sql *sql, uint32_t column, uint32_t base, const struct sql_value *value)
{
	struct sink_batch *batch = &sql->records.batch;
	size_t len = value->len;
	if (value->form != SQL_PLAIN)
		len = sql_unescape(sql->escapes, value->form, value->quote, batch->text + base + value->at, len);
	records_cell(&sql->records, column, base + value->at, (uint32_t)len);
}

static hufu_status put_row(struct sql *sql, hufu_view text)
{
	struct records *records = &sql->records;
	struct sink_batch *batch = &records->batch;
	const struct sql_row *row = &sql->row;
	hufu_status st = records_begin(records);
	if (st != HUFU_OK)
		return st;
	uint32_t base = batch->text_len, kept = row->count < LEN(row->values) ? row->count : LEN(row->values);
	memcpy(batch->text + base, text.ptr, row->taken);
	batch->text_len += (uint32_t)row->taken;
	uint32_t want = sql->map_count ? sql->map_count : batch->columns;
	bool lost = row->count != want;
	for (uint32_t i = 0; i < kept; i++) {
		uint32_t column = !sql->map_count ? i : i < sql->map_count ? sql->map[i] : BATCH_COLUMNS_MAX;
		if (column < batch->columns)
			put_value(sql, column, base, &row->values[i]);
		else
			lost |= row->values[i].len > 0;
	}
	batch->rows++;
	records->malformed += lost;
	return HUFU_OK;
}

/* Whether the records of the statement's table are wanted in this pass, and, where tables follow one another, whether
 * that ends the part before. */
static hufu_status turn_to_table(struct sql *sql, bool *wanted)
{
	struct table *table = sql->table;
	*wanted = false;
	if (!table->seen) {
		table->seen = true;
		table->first = sql->statement;
	}
	if (!sql->later)
		table->last = window_offset(&sql->window) + sql->row.taken;
	if (table->done || (sql->rewinds && sql->target && sql->target != table))
		return HUFU_OK;
	hufu_status st = HUFU_OK;
	if (sql->records.open && sql->target != table)
		st = records_close(&sql->records);
	if (st == HUFU_OK && !sql->records.open) {
		if (!sql->rewinds && sql->records.parts == AGAIN_MAX)
			return tell_refused(sql);
		st = open_part(sql);
	}
	*wanted = st == HUFU_OK && !table->done;
	return st;
}

hufu_status sql_take_row(struct sql *sql, hufu_view text)
{
	bool wanted;
	if (!sql->table)
		return tell_refused(sql);
	hufu_status st = turn_to_table(sql, &wanted);
	return wanted ? put_row(sql, text) : st;
}
