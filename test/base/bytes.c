/* A growing run of bytes keeps what it was given, and remembers running out. */
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_base_bytes__keeps_what_is_added(void **state)
{
	struct bytes bytes = { 0 };

	(void)state;
	bytes_text(&bytes, "tiger");
	bytes_byte(&bytes, ' ');
	bytes_add(&bytes, view_make("tally\0x", 7));
	bytes_add(&bytes, (hufu_view){ 0 });
	bytes_print(&bytes, "%d-%s", 42, "halves");
	assert_true(view_equal(bytes_view(&bytes), view_make("tiger tally\0x42-halves", 22)));
	assert_false(bytes.failed);
	bytes_done(&bytes);
	assert_null(bytes.ptr);
	bytes_done(&bytes);
	bytes_done(NULL);
}

static void test_base_bytes__grows_far(void **state)
{
	struct bytes bytes = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		bytes_byte(&bytes, (char)(i % 251));
	assert_int_equal(bytes.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_true(bytes.ptr[i] == (char)(i % 251));
	bytes_done(&bytes);
}

static void test_base_bytes__failure_sticks(void **state)
{
	struct bytes bytes = { 0 };

	(void)state;
	bytes_text(&bytes, "kept");
	assert_null(bytes_room(&bytes, SIZE_MAX - 2));
	assert_true(bytes.failed);
	bytes_text(&bytes, "dropped");
	bytes_print(&bytes, "%d", 1);
	assert_null(bytes_room(&bytes, 1));
	assert_true(view_is(bytes_view(&bytes), "kept"));
	bytes_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_bytes__keeps_what_is_added),
		cmocka_unit_test(test_base_bytes__grows_far),
		cmocka_unit_test(test_base_bytes__failure_sticks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
