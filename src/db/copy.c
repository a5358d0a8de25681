/* Backup and restore: a backup is an SQLite file, whichever database it is of, read as of one instant. So there is one
 * format, it opens with every SQLite tool, and restoring it into the other database moves a store there. */
#include "backend.h"
#include "base/io.h"
#include "schema.h"

#include <stdio.h>

enum { PAGE_ROWS = 2000, COLUMNS_MAX = 32, COPY_BYTES = 1 << 16 };

struct copying {
	struct db *from, *to;
	bool must_be_empty;
};

/* "?, ?, ?" for the columns, whose number is returned. */
static size_t marks(const char *columns, struct bytes *out)
{
	size_t count = 1;

	bytes_byte(out, '?');
	for (; *columns; columns++)
		if (*columns == ',') {
			bytes_text(out, ", ?");
			count++;
		}
	return count;
}

static hufu_status put_row(struct db *to, const char *text, const struct db_rows *rows, size_t count, hufu_error *error)
{
	struct db_value values[COLUMNS_MAX];

	for (size_t i = 0; i < count; i++)
		values[i] = db_rows_value(rows, i);
	return db_run(to, (struct db_sql){ text, values, count }, NULL, error);
}

static hufu_status copy_pages(
        struct copying *copying, const char *get, const char *put, size_t count, hufu_error *error)
{
	for (int64_t at = 0;; at += PAGE_ROWS) {
		AUTO_ROWS *rows = NULL;
		hufu_status status = db_query(copying->from, DB_SQL(get, db_int(PAGE_ROWS), db_int(at)), &rows, error);
		while (status == HUFU_OK && db_rows_next(rows))
			status = put_row(copying->to, put, rows, count, error);
		if (status != HUFU_OK || db_rows_count(rows) < PAGE_ROWS)
			return status;
	}
}

static hufu_status copy_table(struct copying *copying, const struct schema_table *table, hufu_error *error)
{
	struct bytes get = { 0 }, put = { 0 };

	bytes_print(&get, "select %s from %s order by %s limit ? offset ?", table->columns, table->name, table->key);
	bytes_print(&put, "insert into %s (%s) values (", table->name, table->columns);
	size_t count = marks(table->columns, &put);
	bytes_text(&put, ")");
	bytes_byte(&get, '\0');
	bytes_byte(&put, '\0');
	hufu_status status = get.failed || put.failed || count > COLUMNS_MAX
	                             ? db_no_memory(error)
	                             : copy_pages(copying, get.ptr, put.ptr, count, error);
	bytes_done(&get);
	bytes_done(&put);
	if (status == HUFU_OK && table->counted)
		status = copying->to->backend->number_on(copying->to, table->name, error);
	return status;
}

static hufu_status refuse_full(struct db *to, const struct schema_table *table, hufu_error *error)
{
	char text[64];
	int64_t row = 0;
	bool found = false;

	snprintf(text, sizeof text, "select 1 from %s limit 1", table->name);
	hufu_status status = db_number(to, DB_SQL(text), &row, &found, error);
	if (status == HUFU_OK && found)
		status = fail(error, HUFU_CONFLICT, view_of(to->shown), "the database holds cases already",
		        "restore into an empty one");
	return status;
}

static hufu_status copy_all(struct db *to, void *context, hufu_error *error)
{
	struct copying *copying = context;
	hufu_status status = HUFU_OK;

	copying->to = to;
	for (size_t i = 0; status == HUFU_OK && copying->must_be_empty && i < schema_table_count; i++)
		status = refuse_full(to, &schema_tables[i], error);
	for (size_t i = 0; status == HUFU_OK && i < schema_table_count; i++)
		status = copy_table(copying, &schema_tables[i], error);
	return status;
}

/* Within the reading transaction: the writing one, into `copying->to`. */
static hufu_status copy_as_of_now(struct db *from, void *context, hufu_error *error)
{
	struct copying *copying = context;

	copying->from = from;
	return db_transact(copying->to, copy_all, copying, error);
}

/* ---- a file ---- */

/* Closing folds the log into the file, which then is whole by itself. */
static hufu_status fill_file(struct db *db, const char *path, hufu_error *error)
{
	struct copying copying = { 0 };

	hufu_status status = db_attach(&db_sqlite, path, db->store_id, &copying.to, error);
	if (status == HUFU_OK)
		status = schema_bring(copying.to, schema_steps, schema_count, error);
	if (status == HUFU_OK)
		status = db_transact_as(db, DB_BEGIN_READ, copy_as_of_now, &copying, error);
	if (status == HUFU_OK)
		status = sqlite_fold(copying.to, error);
	db_close(copying.to);
	return status;
}

hufu_status db_backup(struct db *db, const char *path, hufu_error *error)
{
	struct io_replace replace;

	if (access(path, F_OK) == 0)
		return fail(error, HUFU_CONFLICT, view_of(path), "exists already", "give a new name");
	hufu_status status = io_replace_begin(&replace, path, 0600, error);
	if (status == HUFU_OK)
		status = fill_file(db, replace.fresh, error);
	if (status != HUFU_OK && error && error->status == HUFU_IO)
		(void)fail(error, status, view_of(path), error->what, error->todo); /* not the passing name */
	if (status == HUFU_OK)
		status = io_replace_commit_new(&replace, error);
	io_replace_done(&replace);
	return status;
}

hufu_status db_restore(struct db *db, const char *path, hufu_error *error)
{
	struct copying copying = { .to = db, .must_be_empty = true };
	struct db *backup = NULL;

	hufu_status status = sqlite_load(path, db->store_id, &backup, error);
	if (status != HUFU_OK)
		return status;
	status = schema_bring(backup, schema_steps, schema_count, error);
	if (status == HUFU_CONFLICT)
		status = fail(
		        error, status, view_of(path), "is the backup of another store", "restore it into that one");
	if (status == HUFU_OK)
		status = db_transact_as(backup, DB_BEGIN_READ, copy_as_of_now, &copying, error);
	db_close(backup);
	return status;
}
