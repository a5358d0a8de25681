/* A dump on its way: its tables, the statement under way, and what is wanted of it. Inside the SQL reader. */
#ifndef HUFU_READ_SQLDUMP_H
#define HUFU_READ_SQLDUMP_H

#include "read/records.h"
#include "read/sqltext.h"
#include "read/window.h"

enum { SQL_TABLES_MAX = 4096 };

struct table {
	struct bytes name;         /* owned: database NUL name NUL */
	size_t short_name;         /* where the name begins */
	struct bytes columns;      /* owned: names, each ended by NUL */
	uint32_t column_count;     /* 0: not known */
	struct window_place first; /* the statement that brings its first record */
	uint64_t last;             /* offset behind its last record */
	bool seen;                 /* it has records */
	bool done;                 /* it was read, or cannot be */
	bool again;                /* its name was shown before, of another database */
};

enum state { BETWEEN, ROWS, ROWS_NEXT, LINES, IN_COMMENT, IN_LINE, IN_OTHER, LOST };

struct sql {
	struct job *job;
	struct window window;
	hufu_view path;
	struct records records;
	struct table *tables; /* owned */
	size_t table_count, names_len;
	struct bytes database, scratch, list; /* owned */

	enum sql_escapes escapes;
	enum state state, after;       /* `after`: what is skipped by lines or as a comment */
	struct window_place statement; /* where it began; only while its table is not `seen` */
	struct table *table;           /* of the statement under way */
	struct table *target;          /* whose records are wanted; NULL: of the next table that has some */
	bool rewinds;
	bool later;   /* a pass behind the first */
	bool refused; /* too many tables: told once */
	bool told_long;
	unsigned endless;                /* rows without an end so far */
	bool listed;                     /* the statement names its columns */
	uint32_t map_count;              /* 0: the statement's columns are the part's */
	uint16_t map[BATCH_COLUMNS_MAX]; /* value -> column; BATCH_COLUMNS_MAX: none */
	uint32_t lost_columns;           /* of the statement: not among the part's */
	struct sql_row row;
};

/* ---- tables and their parts (sqltables.c) ---- */

const char *sql_table_name(const struct table *table);
bool sql_same_name(const char *a, const char *b);
/* The table of a name at `at`, made when it is new; *out stays NULL where there are too many. */
enum sql_got sql_take_table(struct sql *sql, hufu_view text, size_t *at, struct table **out);
/* False where there are too many names. */
bool sql_add_column(struct sql *sql, struct table *table, const char *name);
/* Says that a table will not be read, and why. */
hufu_status sql_refuse_table(struct sql *sql, struct table *table, enum jail_why why);
/* The row at hand, of the statement's table: noted, and written where it is wanted. */
hufu_status sql_take_row(struct sql *sql, hufu_view text);

/* ---- statements (sqlheads.c) ---- */

/* Reads a statement up to its rows, and says by sql->state what follows. */
enum sql_got sql_statement_head(struct sql *sql, hufu_view text, size_t *at);

#endif
