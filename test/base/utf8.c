/* UTF-8: what is refused, and that every character survives a round. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_base_utf8__refuses_what_is_broken(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		size_t valid;
	} rows[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "12345678\xe5\xbc\xa0"
		  "9",
		        12 },
		{ "\x80", 0 },
		{ "a\xc0\x80", 1 },
		{ "a\xc1\xbf", 1 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
		{ "x\xe5\xbc", 1 },
		{ "x\xe5", 1 },
		{ "x\xf0\xa0\x80", 1 },
		{ "12345678\x80", 8 },
		{ "\xe5\xbc\xa0\xe5\xbc", 3 },
	};
	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(utf8_valid(view_of(rows[i].in)), rows[i].valid);
}

static void test_base_utf8__every_character_survives(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x110000; c++) {
		char text[4];
		bool is = c < 0xd800 || (c > 0xdfff && c < 0x110000);
		size_t len = utf8_put(c, text);
		hufu_view rest = view_make(text, len);
		assert_int_equal(utf8_valid(rest), is ? len : 0);
		assert_int_equal(utf8_next(&rest), is ? c : UTF8_BROKEN);
		assert_int_equal(rest.len, is ? 0 : len - 1);
	}
}

static void test_base_utf8__counts_columns(void **state)
{
	(void)state;
	assert_int_equal(utf8_width(view_of("ab")), 2);
	assert_int_equal(utf8_width(view_of("\xe5\xbc\xa0x\xef\xbc\x91")), 5);
	assert_int_equal(utf8_width(view_of("e\xcc\x81")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_utf8__refuses_what_is_broken),
		cmocka_unit_test(test_base_utf8__every_character_survives),
		cmocka_unit_test(test_base_utf8__counts_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
