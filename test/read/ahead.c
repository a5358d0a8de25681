/* Running text that threads scan ahead comes out as it does without them, in windows of any size, dense or nearly
 * empty. All people are invented. */
#include "read/ahead.h"

#include "collect.h"
#include "invent/invent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEXTS = 24 };

static const char *const pieces[] = { "王芳", "车主李雷", "姓名：何静", "手机13800138000", "电话 139 0013 9002",
	"LFWADRJF011002346", "li.lei@example.com", "沪A12345", "上海市浦东新区张杨路500号12室",
	"身份证11010519491231002X", "2021-08-31", "2021-08-31 10:20:30 INFO started", "，", " ", "nothing to see",
	"读取缓冲区", "0x12345678", "\xff" };

/* Lines of some pieces; of every `rare` lines one holds any of them, the others are words. Some are longer than what is
 * looked at together, some longer than what a thread takes. */
static void make_text(struct inventor *dice, size_t bytes, uint32_t rare, struct bytes *out)
{
	while (out->len < bytes) {
		uint32_t count = dice_below(dice, 100) == 0    ? 900
		                 : dice_below(dice, 2000) == 0 ? 4000
		                                               : dice_below(dice, 7);
		bool holds = dice_below(dice, rare) == 0;
		for (; count > 0; count--)
			bytes_text(out, holds ? pieces[dice_below(dice, (uint32_t)LEN(pieces))] : "some words ");
		bytes_byte(out, '\n');
	}
}

static void hold_same(hufu_view memory, size_t window)
{
	struct read_limits limits = read_limits_usual;
	limits.window = window;
	struct collected alone = { 0 }, helped = { 0 };
	struct source source;
	source_memory(&source, memory);
	collect_source(&source, view_of("text.txt"), &limits, &alone);
	ahead_begin();
	source_memory(&source, memory);
	collect_source(&source, view_of("text.txt"), &limits, &helped);
	ahead_end();
	assert_false(alone.wrong || helped.wrong);
	assert_int_equal(alone.records, helped.records);
	assert_int_equal(alone.text.len, helped.text.len);
	assert_memory_equal(alone.text.ptr, helped.text.ptr, alone.text.len);
	collected_done(&alone);
	collected_done(&helped);
}

static void test_read_ahead__threads_change_nothing(void **state)
{
	(void)state;
	static const size_t windows[] = { 64 << 10, 300 << 10, 2 << 20 };
	static const uint32_t rare[] = { 1, 3, 200 };
	for (uint32_t i = 0; i < TEXTS; i++) {
		struct inventor dice = { .state = i + 1 };
		struct bytes text = { 0 };
		make_text(&dice, (size_t)3 << 20 >> i % 4, rare[i % LEN(rare)], &text);
		assert_false(text.failed);
		hold_same(bytes_view(&text), windows[i % LEN(windows)]);
		bytes_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_read_ahead__threads_change_nothing) };
	setenv("HUFU_THREADS", "4", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
