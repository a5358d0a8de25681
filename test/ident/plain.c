/* The quick ways through the kinds' normalising against the careful ones: a blank of another width in front of a cell
 * changes nothing but the way that it takes. */
#include "ident/ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CELL_MAX = 120, ROUNDS = 400 };

static const char *const values[] = { "13812345678", "+86 138-1234-5678", "110101199003074514", "LSVAU2180N2183291",
	"Zhang.San+car@mail.example.com", "a@b.cd", "x-@y.zz", "x@-y.zz", "a..b@c.de", "张伟", "欧阳娜娜", "石家庄",
	"王先生", "阿依古丽·买买提", "北京市朝阳区望江路662号11幢1802室", "上海市 浦东新区(张江)路3弄", "2021-08-31",
	"2021/02/30", "2021-08-31 10:00:00", "U00000001", "NULL", "None", "-", "京A12345", "6222021234567890123",
	"91110000802100433B", "１３８１２３４５６７８", "上海市", "A B", "..@..", "a@b.c1", "mailto:a@b.cd" };

static uint64_t state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003). */
static size_t dice(size_t sides)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state >> 16) % sides;
}

static size_t spoil(char *cell, size_t len)
{
	static const char bytes[] = "0129aAzZ@.-_+ \t'\xE5\xBC\xA0\xEF\xBC\x91\x80";
	for (size_t left = dice(4); left; left--) {
		size_t at = dice(len + 1);
		if (at < len && dice(2)) {
			cell[at] = bytes[dice(sizeof bytes - 1)];
		} else if (at < len && dice(2)) {
			memmove(cell + at, cell + at + 1, len - at - 1);
			len--;
		} else if (len < CELL_MAX) {
			memmove(cell + at + 1, cell + at, len - at);
			cell[at] = bytes[dice(sizeof bytes - 1)];
			len++;
		}
	}
	return len;
}

static void hold_kind(const struct ident_kind *kind, hufu_view cell, hufu_view wide)
{
	char a[CELL_MAX * 2], b[CELL_MAX * 2];
	struct ident_text one = { a, 0, sizeof a }, other = { b, 0, sizeof b };
	bool held = kind->normalise(cell, &one);
	assert_int_equal(held, kind->normalise(wide, &other));
	if (held) {
		assert_int_equal(one.len, other.len);
		assert_memory_equal(a, b, one.len);
	}
}

static void hold_opaque(hufu_view cell, hufu_view wide)
{
	char a[CELL_MAX * 2], b[CELL_MAX * 2];
	struct ident_text one = { a, 0, sizeof a }, other = { b, 0, sizeof b };
	ident_opaque(cell, &one);
	ident_opaque(wide, &other);
	assert_int_equal(one.len, other.len);
	assert_memory_equal(a, b, one.len);
	assert_int_equal(ident_is_empty(cell), ident_is_empty(wide));
}

static void test_ident_plain__quick_ways_give_what_careful_ones_give(void **user)
{
	(void)user;
	for (size_t v = 0; v < LEN(values); v++)
		for (int round = 0; round < ROUNDS; round++) {
			char text[CELL_MAX + 8] = "\xE3\x80\x80";
			size_t len = strlen(values[v]);
			memcpy(text + 3, values[v], len);
			if (round)
				len = spoil(text + 3, len);
			/* Of its own memory, so that a sanitizer sees a byte too far. */
			char *cell = malloc(len + 1);
			assert_non_null(cell);
			memcpy(cell, text + 3, len);
			for (size_t k = 0; k < ident_kinds_count; k++)
				hold_kind(ident_kinds[k], view_make(cell, len), view_make(text, len + 3));
			hold_opaque(view_make(cell, len), view_make(text, len + 3));
			free(cell);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		test_ident_plain__quick_ways_give_what_careful_ones_give) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
