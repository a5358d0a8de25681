/* Marks stand exactly where the bytes do, at every length and alignment, and nowhere behind the text. */
#include "read/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 200, SHIFTS = 40 };

static void check_one(const char *text, size_t len, const char bytes[3])
{
	uint64_t marks[LONGEST / 64 + 2];
	memset(marks, 0xaa, sizeof marks);
	marks_find(text, len, bytes, marks);
	for (size_t i = 0; i < (len + 63) / 64 * 64; i++) {
		bool want = i < len && (text[i] == bytes[0] || text[i] == bytes[1] || text[i] == bytes[2]);
		assert_int_equal(marks[i / 64] >> i % 64 & 1, want);
	}
	/* No word too many. */
	assert_true(marks[(len + 63) / 64] == 0xaaaaaaaaaaaaaaaau);
}

static void test_read_marks__stand_where_the_bytes_do(void **state)
{
	static char room[SHIFTS + LONGEST + MARKS_PAD];
	static const char kinds[][3] = { { '\n', ',', '"' }, { '\n', '\n', '\n' }, { '\r', '\xff', '\x80' } };
	uint32_t seed = 5;
	(void)state;
	for (size_t i = 0; i < sizeof room; i++) {
		seed = seed * 1664525 + 1013904223;
		room[i] = "a\n,\"\r\xff\x80z"[seed >> 16 & 7];
	}
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		for (size_t shift = 0; shift < SHIFTS; shift++)
			for (size_t len = 0; len <= LONGEST; len++)
				check_one(room + shift, len, kinds[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_read_marks__stand_where_the_bytes_do) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
