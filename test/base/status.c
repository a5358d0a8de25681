/* What is shown can steer no terminal, and is cut where a character ends. */
#include "base/status.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* has a macro `fail`: ours is called (fail)() here */

static void test_base_status__printable_replaces_what_steers(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "", "" },
		{ "owners.csv", "owners.csv" },
		{ "车主.csv", "车主.csv" },
		{ "a\x1b[31mb", "a?[31mb" },
		{ "line\nbreak\ttab\r", "line?break?tab?" },
		{ "del\x7f", "del?" },
		{ "c1\xc2\x9b"
		  "x",
		        "c1?x" },
		{ "\xe2\x80\xae"
		  "gpj.exe",
		        "?gpj.exe" },
		{ "\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa", "?x????" },
		{ "\xe2\x80\xa8\xe2\x80\xa9\xd8\x9c", "???" },
		{ "\xff\xfe", "??" },
		{ "\xe8\xbd", "??" },
		{ "\xed\xa0\x80", "???" },
		{ "\xc0\xaf", "??" },
		{ "\xf0\x9f\x90\xaf", "\xf0\x9f\x90\xaf" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		printable(view_of(rows[i].in), out, sizeof out);
		assert_string_equal(out, rows[i].want);
	}
	printable(view_make("a\0b", 3), out, sizeof out);
	assert_string_equal(out, "a?b");
}

static void test_base_status__printable_cuts_between_characters(void **state)
{
	static const struct {
		const char *in;
		size_t cap;
		const char *want;
	} rows[] = {
		{ "abcdef", 7, "abcdef" },
		{ "abcdefg", 7, "abc..." },
		{ "虎符虎", 10, "虎符虎" },
		{ "虎符虎符", 10, "虎符..." },
		{ "虎符虎符", 9, "虎..." },
		{ "虎符虎符", 8, "虎..." },
		{ "虎符虎符", 6, "..." },
		{ "abcdef", 4, "..." },
		{ "abcdef", 3, ".." },
		{ "ab", 3, "ab" },
		{ "abc", 1, "" },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		memset(out, 'X', sizeof out);
		printable(view_of(rows[i].in), out, rows[i].cap);
		assert_string_equal(out, rows[i].want);
		assert_true(out[rows[i].cap] == 'X');
	}
	printable(view_of("abc"), NULL, 0);
}

static void test_base_status__fail_fills_and_returns(void **state)
{
	hufu_error error = { .at = 7 };
	char line[128];

	(void)state;
	assert_int_equal((fail)(NULL, HUFU_LIMIT, view_of("x"), "y", NULL), HUFU_LIMIT);
	assert_int_equal((fail)(&error, HUFU_LIMIT, view_of("a\nb"), "is too long", "cut it"), HUFU_LIMIT);
	assert_int_equal(error.status, HUFU_LIMIT);
	assert_int_equal(error.at, 0);
	error_line(&error, line, sizeof line);
	assert_string_equal(line, "a?b: is too long; cut it");
	error.at = 12;
	error.todo = NULL;
	error_line(&error, line, sizeof line);
	assert_string_equal(line, "a?b, at 12: is too long");
	error.where[0] = '\0';
	error_line(&error, line, sizeof line);
	assert_string_equal(line, "is too long");
}

static void test_base_status__errno_has_a_status_and_constant_words(void **state)
{
	static const struct {
		int number;
		hufu_status status;
		const char *what;
	} rows[] = {
		{ ENOSPC, HUFU_IO, "the disk is full" },
		{ EACCES, HUFU_DENIED, "no permission" },
		{ EPERM, HUFU_DENIED, "not permitted" },
		{ ENOMEM, HUFU_NO_MEMORY, "out of memory" },
		{ ENOENT, HUFU_IO, "no such file or directory" },
		{ 9999, HUFU_IO, "the system refused" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		hufu_error error;
		errno = rows[i].number;
		assert_int_equal(fail_errno(&error, view_of("f"), NULL), rows[i].status);
		assert_string_equal(error.what, rows[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_status__printable_replaces_what_steers),
		cmocka_unit_test(test_base_status__printable_cuts_between_characters),
		cmocka_unit_test(test_base_status__fail_fills_and_returns),
		cmocka_unit_test(test_base_status__errno_has_a_status_and_constant_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
