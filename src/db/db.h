/* The one door to the database: SQLite at STORE/case.db, or PostgreSQL by a connection service.
 *
 * $HUFU_DB ("service=NAME" or "sqlite"), else the field "database" of store.json, says which; host and user lie in
 * pg_service.conf and the password in ~/.pgpass, never here. One SQL text serves both: "?" is a parameter, times are
 * seconds since 1970, truth is 0 or 1, digests are text in hex, JSON is text. "insert ... returning id" and
 * "on conflict (...) do update" are known to both; order texts by their bytes. "? is null" is not for PostgreSQL.
 *
 * What db_transact or a single db_run said HUFU_OK to survives a kill and a loss of power. A handle serves one thread.
 * After a failure the handle stays good: the next call opens a database that went away again. */
#ifndef HUFU_DB_DB_H
#define HUFU_DB_DB_H

#include "seal/store.h"

struct db;
struct db_rows;

/* Opens the store's database, makes it where there is none, brings its schema up to date (one step, one transaction;
 * two processes may open at once); a newer schema or another store's database is refused. */
hufu_status db_open(const struct store *store, struct db **out, hufu_error *error);
void db_close(struct db *db);
/* "sqlite" or "postgresql". */
const char *db_kind(const struct db *db);

/* ---- parameters ---- */

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

/* Borrows its bytes until the call returns. */
struct db_value {
	enum db_type type;
	int64_t number;
	hufu_view bytes;
};

static inline struct db_value db_null(void)
{
	return (struct db_value){ .type = DB_NULL };
}

static inline struct db_value db_int(int64_t number)
{
	return (struct db_value){ .type = DB_INT, .number = number };
}

/* UTF-8 without NUL bytes; anything else is refused. */
static inline struct db_value db_view(hufu_view text)
{
	return (struct db_value){ .type = DB_TEXT, .bytes = text };
}

/* NULL becomes null. */
static inline struct db_value db_text(const char *text)
{
	return text ? db_view(view_of(text)) : db_null();
}

static inline struct db_value db_blob(hufu_view bytes)
{
	return (struct db_value){ .type = DB_BLOB, .bytes = bytes };
}

/* A statement and what stands for its question marks: DB_SQL("select id from cases where number = ?", db_text(n)).
 * Statements are kept prepared by their text, so let it be a constant. */
struct db_sql {
	const char *text;
	const struct db_value *values;
	size_t count;
};
#define DB_SQL(text, ...)                                                                                              \
	((struct db_sql){ text, (const struct db_value[]){ db_null(), ##__VA_ARGS__ } + 1,                             \
	        sizeof((const struct db_value[]){ db_null(), ##__VA_ARGS__ }) / sizeof(struct db_value) - 1 })

/* ---- statements ---- */

/* Runs one that gives no rows. `affected` may be NULL. What breaks a rule of the schema (unique, foreign key, check) is
 * HUFU_CONFLICT. */
hufu_status db_run(struct db *db, struct db_sql sql, int64_t *affected, hufu_error *error);
/* Runs one that gives rows; they are all read, and the caller frees them. */
hufu_status db_query(struct db *db, struct db_sql sql, struct db_rows **out, hufu_error *error);
/* The number in the first column of the first row; `found` false and `out` untouched when there is none or it is null.
 */
hufu_status db_number(struct db *db, struct db_sql sql, int64_t *out, bool *found, hufu_error *error);

/* Moves to the next row (at first, to the first); false behind the last. */
bool db_rows_next(struct db_rows *rows);
size_t db_rows_count(const struct db_rows *rows);
/* Of the row it stands on, columns counted from 0. Null reads as 0 and as an empty view; views live until the rows are
 * freed and are followed by a NUL byte. */
bool db_rows_null(const struct db_rows *rows, size_t column);
int64_t db_rows_int(const struct db_rows *rows, size_t column);
hufu_view db_rows_view(const struct db_rows *rows, size_t column);
/* The same as text; NULL when null. */
const char *db_rows_text(const struct db_rows *rows, size_t column);
void db_rows_free(struct db_rows *rows);
#define AUTO_ROWS __attribute__((cleanup(db_rows_cleanup))) struct db_rows
void db_rows_cleanup(struct db_rows **rows);

/* ---- transactions ---- */

/* Runs `work` in a transaction of its own that no other writer can come between: what it read stays true until it is
 * committed. Commits when it returns HUFU_OK, else rolls back and hands on its status; a failed statement must be
 * handed on. May call `work` again, a few times, when the database asks for it, so `work` changes nothing but the
 * database and what it sets anew each time. Not within another. */
typedef hufu_status db_work(struct db *db, void *context, hufu_error *error);
hufu_status db_transact(struct db *db, db_work *work, void *context, hufu_error *error);
/* The same for several queries that must agree: they see one instant, and stop no writer. `work` only reads. */
hufu_status db_look(struct db *db, db_work *work, void *context, hufu_error *error);

/* ---- backup ---- */

/* Writes everything, as of one instant and without stopping writers, to `path` (new, mode 0600): an SQLite file, from
 * either database. */
hufu_status db_backup(struct db *db, const char *path, hufu_error *error);
/* Fills an empty database, of either sort, from a backup of the same store, all or nothing. */
hufu_status db_restore(struct db *db, const char *path, hufu_error *error);

#endif
