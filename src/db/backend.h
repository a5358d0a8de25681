/* What a database has to do for the door (db.h), and what of the door a database may touch. A new one is a file that
 * ends in a const struct and a line in db.c's table. */
#ifndef HUFU_DB_BACKEND_H
#define HUFU_DB_BACKEND_H

#include "db.h"

enum { DB_WAIT_MS = 10000 }; /* for another writer */

enum db_begin {
	DB_BEGIN_WRITE,  /* alone among writers, and reads stay true */
	DB_BEGIN_READ,   /* reads as of one instant, stops nobody */
	DB_BEGIN_SCHEMA, /* alone among those who make or change the schema; there may be none yet */
};

struct db_backend {
	const char *name;
	/* Connects `db` to `db->place`; db->own is the backend's. */
	hufu_status (*open)(struct db *db, hufu_error *error);
	void (*close)(struct db *db);
	/* Whether the connection is gone and must be opened again. */
	bool (*lost)(struct db *db);
	hufu_status (*begin)(struct db *db, enum db_begin how, hufu_error *error);
	hufu_status (*commit)(struct db *db, hufu_error *error);
	void (*rollback)(struct db *db);
	/* One statement; `rows` (may be NULL) takes what it gives. */
	hufu_status (*run)(
	        struct db *db, struct db_sql sql, struct db_rows *rows, int64_t *affected, hufu_error *error);
	/* A statement of the schema, whose types are written as SQLite's. */
	hufu_status (*define)(struct db *db, const char *sql, hufu_error *error);
	/* After rows with ids of their own were put into `table`: the next id is free. */
	hufu_status (*number_on)(struct db *db, const char *table, hufu_error *error);
	/* Whether the schema's table is there. */
	const char *has_schema;
};
extern const struct db_backend db_sqlite, db_postgres;

struct db {
	const struct db_backend *backend;
	char *place;     /* SQLite: path; PostgreSQL: name of the service */
	char shown[128]; /* of the place, for errors */
	char store_id[33];
	bool known;  /* it was open before: what is not there now has gone, and is not made anew */
	bool inside; /* a transaction is open */
	bool again;  /* the last failure was one that a new try may mend */
	void *own;
};

/* A handle on a database of this sort at this place; schema not looked at. */
hufu_status db_attach(
        const struct db_backend *backend, const char *place, const char *store_id, struct db **out, hufu_error *error);
/* db_transact with another beginning. */
hufu_status db_transact_as(struct db *db, enum db_begin how, db_work *work, void *context, hufu_error *error);
hufu_status db_no_memory(hufu_error *error);
/* Makes an SQLite database one file, without a log beside it. */
hufu_status sqlite_fold(struct db *db, hufu_error *error);
/* A copy, in memory, of the SQLite file at `path`, which is only read. */
hufu_status sqlite_load(const char *path, const char *store_id, struct db **out, hufu_error *error);

/* ---- rows, as a backend fills them ---- */

struct db_rows *db_rows_new(void);
/* Before the first cell of each result. */
void db_rows_columns(struct db_rows *rows, size_t columns);
/* Adds a cell, copying its bytes; room for `len` bytes instead, NULL when memory is out. */
void db_rows_add(struct db_rows *rows, struct db_value value);
char *db_rows_add_room(struct db_rows *rows, enum db_type type, size_t len);
/* The cell as a value, good until the rows are freed. */
struct db_value db_rows_value(const struct db_rows *rows, size_t column);
/* Forgets all cells. */
void db_rows_clear(struct db_rows *rows);
bool db_rows_failed(const struct db_rows *rows);

#endif
