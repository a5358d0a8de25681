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

/* One character after the other, as the plain way has it. */
static size_t valid_slowly(hufu_view text)
{
	hufu_view rest = text;
	while (rest.len) {
		size_t before = rest.len;
		if (utf8_next(&rest) == UTF8_BROKEN)
			return text.len - before;
	}
	return text.len;
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Pieces that go well or badly together: whole characters of each length, the borders of what is allowed, halves. */
static size_t add_piece(char *out, uint32_t choice)
{
	static const char *const pieces[] = { "a", "0123456789abcdef0123456789abcdef", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xe5\xbc\xa0", "\xed\x9f\xbf", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"\xe4\xb8\xad\xe5\x9b\xbd\xe4\xba\xba\xe6\xb0\x91",
		/* broken from here on */
		"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xff", "\xe5\xbc", "\xe5", "\xf0\xa0\x80", "\xf0" };
	enum { GOOD = 11 };
	/* Most texts break late or never, so that the long way is gone. */
	size_t which = choice % 97 == 0 ? GOOD + choice / 97 % (LEN(pieces) - GOOD) : choice / 97 % GOOD;
	size_t len = strlen(pieces[which]);
	memcpy(out, pieces[which], len);
	return len;
}

static void test_base_utf8__wide_and_plain_agree(void **state)
{
	enum { MOST = 400, PIECE = 32, SHIFTS = 33 };
	static char room[SHIFTS + MOST + PIECE];
	uint32_t seed = 7, whole = 0, broken = 0;
	(void)state;
	for (int round = 0; round < 40000; round++) {
		char *text = room + next_random(&seed) % SHIFTS;
		size_t len = 0, want = next_random(&seed) % MOST;
		while (len < want)
			len += add_piece(text + len, next_random(&seed));
		/* Cut anywhere, in the middle of a character too. */
		hufu_view view = { text, want };
		size_t valid = valid_slowly(view), ascii = 0;
		while (ascii < want && (unsigned char)text[ascii] < 0x80)
			ascii++;
		assert_int_equal(utf8_valid(view), valid);
		assert_int_equal(utf8_ascii(view), ascii);
		whole += valid == want;
		broken += valid + 64 < want;
	}
	assert_true(whole > 1000 && broken > 1000);
}

/* Every pair of bytes, at every place against the borders of blocks. */
static void test_base_utf8__every_pair_of_bytes(void **state)
{
	char text[128];
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++)
		for (size_t at = 30 + pair % 3; at <= 94; at += 31) {
			memset(text, 'x', sizeof text);
			text[at] = (char)(pair >> 8);
			text[at + 1] = (char)pair;
			text[at + 2] = (char)(0x80 | (pair & 0x3f));
			hufu_view view = { text, sizeof text };
			assert_int_equal(utf8_valid(view), valid_slowly(view));
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
		cmocka_unit_test(test_base_utf8__wide_and_plain_agree),
		cmocka_unit_test(test_base_utf8__every_pair_of_bytes),
		cmocka_unit_test(test_base_utf8__counts_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
