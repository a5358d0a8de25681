/* The tables, as numbered steps. A step that was released is never changed: a new one is added behind it. */
#ifndef HUFU_DB_SCHEMA_H
#define HUFU_DB_SCHEMA_H

#include "backend.h"

/* Statements that lead from the version before to this one, ended by NULL. */
struct schema_step {
	const char *const *statements;
};
extern const struct schema_step schema_steps[];
extern const size_t schema_count;

/* Brings the database to version `count`, each step in a transaction of its own. */
hufu_status schema_bring(struct db *db, const struct schema_step *steps, size_t count, hufu_error *error);

/* Tables in an order in which rows may be copied; `id` tables count their ids up. */
struct schema_table {
	const char *name, *columns, *key;
	bool counted;
};
extern const struct schema_table schema_tables[];
extern const size_t schema_table_count;

#endif
