/* For tests of the database: the same tests on SQLite and on PostgreSQL, each with a new store. Include it after
 * cmocka's headers and ../scratch.h. */
#ifndef HUFU_TEST_DB_EACH_H
#define HUFU_TEST_DB_EACH_H

#include "db/db.h"

#include "../support/postgres.h"

static bool on_postgres;
static struct store *store;

/* A store of its own, below scratch. */
static inline int each_setup(void **state)
{
	static unsigned turn;
	char name[32], key[128];

	(void)state;
	snprintf(name, sizeof name, "store%u", turn);
	snprintf(key, sizeof key, "%s/key%u", scratch, turn++);
	setenv("HUFU_KEY_FILE", key, 1);
	setenv("HUFU_DB", "sqlite", 1);
	if (on_postgres)
		postgres_fresh(name);
	return store_init(scratch_path(name), NULL, &store, NULL) == HUFU_OK ? 0 : -1;
}

static inline int each_teardown(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	return 0;
}

static inline int each_group_setup(void **state)
{
	int result = scratch_setup(state);

	if (result == 0 && on_postgres)
		postgres_start(scratch);
	return result;
}

static inline int each_group_teardown(void **state)
{
	postgres_end();
	return scratch_teardown(state);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, each_setup, each_teardown)

/* Runs the group on both. */
#define EACH_RUN(tests)                                                                                                \
	({                                                                                                             \
		int failed_ = cmocka_run_group_tests(tests, each_group_setup, each_group_teardown);                    \
		on_postgres = true;                                                                                    \
		failed_ + cmocka_run_group_tests(tests, each_group_setup, each_group_teardown);                        \
	})

static inline struct db *each_open(void)
{
	struct db *db = NULL;
	hufu_error error = { 0 };
	char line[512];

	hufu_status status = db_open(store, &db, &error);
	if (status != HUFU_OK) {
		error_line(&error, line, sizeof line);
		fail_msg("%s", line);
	}
	return db;
}

#endif
