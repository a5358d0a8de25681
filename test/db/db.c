/* The door to the database, on both: values, rules of the schema, transactions, failures, backup. */
#include "db/db.h"

#include "base/clock.h"
#include "base/io.h"
#include "db/schema.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#undef fail
#include <cmocka.h>

#include "../scratch.h"
#include "each.h"

static const char new_case[] =
        "insert into cases (number, title, kind, opened_at, zone_minutes) values (?, ?, 'extortion', ?, "
        "480) returning id";

static int64_t add_case(struct db *db, const char *number)
{
	int64_t id = 0;
	hufu_error error = { 0 };

	if (db_number(db, DB_SQL(new_case, db_text(number), db_text("勒索"), db_int(1671000000)), &id, NULL, &error) !=
	        HUFU_OK)
		fail_msg("%s %s", error.where, error.what);
	return id;
}

static int64_t count_cases(struct db *db)
{
	int64_t count = -1;

	assert_int_equal(db_number(db, DB_SQL("select count(*) from cases"), &count, NULL, NULL), HUFU_OK);
	return count;
}

static void test_db__values_come_back_as_they_went(void **state)
{
	struct db *db = each_open();
	AUTO_ROWS *rows = NULL;
	int64_t id = add_case(db, "2026-0001"), affected = -1;
	hufu_error error = { 0 };

	(void)state;
	assert_true(id > 0);
	assert_string_equal(db_kind(db), on_postgres ? "postgresql" : "sqlite");
	assert_int_equal(
	        db_run(db, DB_SQL("update cases set title = ? where id = ?", db_text("it's ? 虎符"), db_int(id)),
	                &affected, &error),
	        HUFU_OK);
	assert_int_equal(affected, 1);
	assert_int_equal(
	        db_query(db, DB_SQL("select title, opened_at, closed_at, id, '?' from cases where id = ?", db_int(id)),
	                &rows, &error),
	        HUFU_OK);
	assert_int_equal(db_rows_count(rows), 1);
	assert_true(db_rows_next(rows));
	assert_string_equal(db_rows_text(rows, 0), "it's ? 虎符");
	assert_int_equal(db_rows_int(rows, 1), 1671000000);
	assert_true(db_rows_null(rows, 2));
	assert_null(db_rows_text(rows, 2));
	assert_int_equal(db_rows_view(rows, 2).len, 0);
	assert_int_equal(db_rows_int(rows, 3), id);
	assert_string_equal(db_rows_text(rows, 4), "?");
	assert_false(db_rows_next(rows));
	assert_int_equal(
	        db_run(db, DB_SQL("update cases set title = 'x' where id = ?", db_int(id + 7)), &affected, &error),
	        HUFU_OK);
	assert_int_equal(affected, 0);
	db_close(db);
}

static void test_db__extremes_of_numbers_and_bytes(void **state)
{
	static const int64_t numbers[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	struct db *db = each_open();
	char all[256];

	(void)state;
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	for (size_t i = 0; i < LEN(numbers); i++) {
		int64_t back = 7;
		assert_int_equal(db_number(db, DB_SQL("select ? + 0", db_int(numbers[i])), &back, NULL, NULL), HUFU_OK);
		assert_int_equal(back, numbers[i]);
	}
	AUTO_ROWS *rows = NULL;
	assert_int_equal(
	        db_query(db, DB_SQL("select ?, ?", db_blob(view_make(all, sizeof all)), db_blob((hufu_view){ 0 })),
	                &rows, NULL),
	        HUFU_OK);
	assert_true(db_rows_next(rows));
	assert_true(view_equal(db_rows_view(rows, 0), view_make(all, sizeof all)));
	assert_false(db_rows_null(rows, 1));
	assert_int_equal(db_rows_view(rows, 1).len, 0);
	db_close(db);
}

static void test_db__texts_that_are_none_are_refused(void **state)
{
	struct db *db = each_open();
	hufu_error error = { 0 };
	static const char update[] = "update cases set title = ?";

	(void)state;
	assert_int_equal(db_run(db, DB_SQL(update, db_view(view_make("a\0b", 3))), NULL, &error), HUFU_USAGE);
	assert_string_equal(error.what, "a text holds a NUL byte");
	assert_int_equal(db_run(db, DB_SQL(update, db_view(view_make("\xff\xfe", 2))), NULL, &error), HUFU_USAGE);
	assert_string_equal(error.what, "a text is not UTF-8");
	db_close(db);
}

static void test_db__the_schema_holds_its_rules(void **state)
{
	static const char *const broken[] = {
		"insert into cases (number, title, kind, opened_at, zone_minutes) values ('1', 't', 'k', 0, 0)",
		"insert into cases (number, title, kind, opened_at, zone_minutes) values ('2', 't', 'k', 0, 1440)",
		"insert into cases (number, title, kind, opened_at) values ('2', 't', 'k', 0)",
		"update cases set state = 'closed'",
		"update cases set state = 'lost'",
		"update cases set drill = 2",
		"insert into evidence (case_id, object_sha256, name, bytes, added_at, role) values (1, 'none', 'n', 1, "
		"1, 'r')",
		"insert into objects (sha256, sm3, bytes, added_at) values ('ab', 'cd', 1, 1)",
		"insert into decisions (case_id, at, by, what, why) values (999, 1, 'b', 'w', 'y')",
		"insert into facts (case_id, seq, name, value, basis, source, at, by) values (1, 1, 'n', 'v', "
		"'rumoured', 's', 1, "
		"'b')",
	};
	struct db *db = each_open();
	hufu_error error = { 0 };

	(void)state;
	assert_int_equal(add_case(db, "1"), 1);
	for (size_t i = 0; i < LEN(broken); i++) {
		hufu_status status = db_run(db, DB_SQL(broken[i]), NULL, &error);
		if (status != HUFU_CONFLICT)
			print_error("%s: %d %s\n", broken[i], (int)status, error.what);
		assert_int_equal(status, HUFU_CONFLICT);
	}
	assert_int_equal(count_cases(db), 1);
	db_close(db);
}

static hufu_status add_two(struct db *db, void *context, hufu_error *error)
{
	hufu_status wanted = *(hufu_status *)context;

	add_case(db, "a");
	add_case(db, "b");
	assert_int_equal(count_cases(db), 2);
	if (db_transact(db, add_two, context, NULL) != HUFU_USAGE)
		abort();
	return wanted == HUFU_OK ? HUFU_OK : (error->what = "no", wanted);
}

static void test_db__a_transaction_is_all_or_nothing(void **state)
{
	struct db *db = each_open();
	hufu_error error = { 0 };
	hufu_status wanted = HUFU_MALFORMED;

	(void)state;
	assert_int_equal(db_transact(db, add_two, &wanted, &error), HUFU_MALFORMED);
	assert_string_equal(error.what, "no");
	assert_int_equal(count_cases(db), 0);
	wanted = HUFU_OK;
	assert_int_equal(db_transact(db, add_two, &wanted, &error), HUFU_OK);
	assert_int_equal(count_cases(db), 2);
	db_close(db);
	db = each_open();
	assert_int_equal(count_cases(db), 2);
	db_close(db);
}

/* Counts, lets another handle write, counts again. */
static hufu_status count_twice(struct db *db, void *context, hufu_error *error)
{
	struct db *other = context;

	(void)error;
	assert_int_equal(count_cases(db), 1);
	add_case(other, "meanwhile");
	assert_int_equal(count_cases(db), 1);
	return HUFU_OK;
}

static void test_db__a_look_sees_one_instant(void **state)
{
	struct db *db = each_open(), *other = each_open();

	(void)state;
	add_case(db, "1");
	assert_int_equal(db_look(db, count_twice, other, NULL), HUFU_OK);
	assert_int_equal(count_cases(db), 2);
	db_close(other);
	db_close(db);
}

static void test_db__texts_stand_in_the_order_of_their_bytes(void **state)
{
	static const char *const numbers[] = { "B", "a", "_", "b", "é", "A" };
	struct db *db = each_open();
	AUTO_ROWS *rows = NULL;
	struct bytes got = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(numbers); i++)
		add_case(db, numbers[i]);
	assert_int_equal(db_query(db, DB_SQL("select number from cases order by number"), &rows, NULL), HUFU_OK);
	while (db_rows_next(rows))
		bytes_text(&got, db_rows_text(rows, 0));
	assert_true(view_is(bytes_view(&got), "AB_abé"));
	bytes_done(&got);
	db_close(db);
}

/* ---- statements that are many, and handles that are two ---- */

static void test_db__more_statements_than_are_kept(void **state)
{
	struct db *db = each_open();

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 150; i++) {
			char text[64];
			int64_t back = -1;
			snprintf(text, sizeof text, "select ? + %d", i);
			assert_int_equal(db_number(db, DB_SQL(text, db_int(round)), &back, NULL, NULL), HUFU_OK);
			assert_int_equal(back, i + round);
		}
	db_close(db);
}

static void test_db__two_open_at_once(void **state)
{
	enum { COUNT = 6 };
	pid_t children[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (!children[i]) {
			struct db *db = NULL;
			hufu_error error;
			hufu_status status = db_open(store, &db, &error);
			if (status != HUFU_OK)
				print_error("%s: %s\n", error.where, error.what);
			_exit(status != HUFU_OK || count_cases(db) != 0);
		}
	}
	for (size_t i = 0; i < COUNT; i++) {
		int code = -1;
		assert_int_equal(waitpid(children[i], &code, 0), children[i]);
		assert_int_equal(code, 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		EACH(test_db__values_come_back_as_they_went),
		EACH(test_db__extremes_of_numbers_and_bytes),
		EACH(test_db__texts_that_are_none_are_refused),
		EACH(test_db__the_schema_holds_its_rules),
		EACH(test_db__a_transaction_is_all_or_nothing),
		EACH(test_db__a_look_sees_one_instant),
		EACH(test_db__texts_stand_in_the_order_of_their_bytes),
		EACH(test_db__more_statements_than_are_kept),
		EACH(test_db__two_open_at_once),
	};
	(void)argc;
	(void)argv;
	return EACH_RUN(tests);
}
