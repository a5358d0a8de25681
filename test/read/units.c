/* Units of running text: whatever may be somebody's is come to, with the lines before it that may be his, however the
 * text comes in pieces; and what lies between is passed over. All people are invented. */
#include "read/units.h"

#include "base/bytes.h"
#include "invent/invent.h"
#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LINES_MAX = 400, MOST = 200 };

static const char *const pieces[] = { "王芳", "车主李雷", "13800138000", "LFWADRJF011002346", "li.lei@example.com",
	"沪A12345", "上海市浦东新区张杨路500号12室", "2021-08-31", "2021-08-31 10:20:30 INFO started",
	"Birth: 1990-01-01", "，", " ", "nothing", "读取缓冲区",
	"\xef\xbc\x88"
	"4.3"
	"\xef\xbc\x89",
	"a", "0x12345678", "\xff" };

/* Lines of few pieces, many of them blank, some longer than a unit. */
static void make_text(struct inventor *dice, struct bytes *out)
{
	for (uint32_t lines = dice_below(dice, LINES_MAX); lines > 0; lines--) {
		uint32_t count = dice_below(dice, 3) ? dice_below(dice, 3) : 0;
		if (dice_below(dice, 50) == 0)
			count = 60;
		for (; count > 0; count--)
			bytes_text(out, pieces[dice_below(dice, dice_below(dice, 4) ? (uint32_t)LEN(pieces) : 2)]);
		if (dice_below(dice, 20) == 0)
			bytes_text(out, "  \r");
		bytes_byte(out, '\n');
	}
}

/* ---- what must be come to ---- */

static bool is_named(const struct scan_hit *hit, const char *name)
{
	return strcmp(hit->kind->name, name) == 0;
}

/* Whether the line holds more than a name, and whether it holds anything that may belong to that. */
static void look(hufu_view line, bool *strong, bool *any)
{
	static struct scan_hit hits[SCAN_HITS_MAX];
	size_t count = scan_text(line, hits, SCAN_HITS_MAX);
	*strong = *any = false;
	for (size_t i = 0; i < count; i++) {
		bool date = is_named(&hits[i], "date");
		*strong = *strong || (!date && !is_named(&hits[i], "name"));
		*any = *any || !date || scan_labels(line, hits[i].at);
	}
}

struct walk {
	hufu_view text;
	bool come_to[LINES_MAX * 40]; /* by the unit's place in the text */
	size_t units;
};

static void check_block(const struct walk *walk, const size_t *at, const bool *any, size_t last, bool strong)
{
	for (size_t i = 0; strong && i <= last; i++)
		if (any[i] && !walk->come_to[at[i]])
			fail_msg("passed over at %zu of '%.*s'", at[i], (int)walk->text.len, walk->text.ptr);
}

/* Lines shorter than a unit, between two blank ones, up to the last that holds more than names. */
static void check_walk(const struct walk *walk)
{
	size_t at[LINES_MAX], count = 0, last = 0;
	bool any[LINES_MAX], strong = false, here;
	for (size_t begin = 0; begin < walk->text.len;) {
		const char *end = memchr(walk->text.ptr + begin, '\n', walk->text.len - begin);
		size_t len = end ? (size_t)(end - walk->text.ptr) - begin : walk->text.len - begin;
		hufu_view line = { walk->text.ptr + begin, len };
		if (view_trim(line).len == 0) {
			check_block(walk, at, any, last, strong);
			count = last = 0;
			strong = false;
		} else {
			at[count] = begin;
			look(line, &here, &any[count]);
			any[count] = any[count] && len < MOST;
			if (here && len < MOST) {
				strong = true;
				last = count;
			}
			count++;
		}
		begin += len + 1;
	}
	check_block(walk, at, any, last, strong);
}

/* Walks a text that comes so many bytes at a time. */
static void walk_text(struct walk *walk, size_t step)
{
	size_t begin = 0, len = 0, last = 0;
	while (begin < walk->text.len) {
		hufu_view unit;
		size_t before = begin;
		len = len + step < walk->text.len - begin ? len + step : walk->text.len - begin;
		struct units units = { .text = { walk->text.ptr + begin, len },
			.line_end = '\n',
			.most = MOST,
			.held = 64 << 10,
			.end = begin + len == walk->text.len };
		units_begin(&units);
		while (units_seek(&units, &unit)) {
			size_t at = (size_t)(unit.ptr - walk->text.ptr);
			assert_true(at >= last && at + unit.len <= begin + len);
			walk->come_to[at] = true;
			walk->units++;
			last = at + unit.len;
		}
		begin += units.at;
		len -= units.at;
		assert_true(begin > before || !units.end);
	}
}

static void test_read_units__come_to_all_that_may_be_somebodys(void **state)
{
	static struct walk walk;
	struct inventor dice;
	(void)state;
	for (uint32_t round = 0; round < 1500; round++) {
		struct bytes text = { 0 };
		inventor_init(&dice, round, 0);
		make_text(&dice, &text);
		assert_false(text.failed);
		assert_true(text.len < sizeof walk.come_to);
		for (size_t step = 1 + dice_below(&dice, 300); step <= text.len + 1; step = step * 9 + 1) {
			walk = (struct walk){ .text = bytes_view(&text) };
			walk_text(&walk, step);
			check_walk(&walk);
		}
		bytes_done(&text);
	}
}

static void test_read_units__pass_over_the_rest(void **state)
{
	static const struct {
		const char *text;
		size_t units;
	} rows[] = {
		{ "", 0 },
		{ "nothing\n\nat all", 0 },
		/* Names alone, and days of a log. */
		{ "车主王芳\n李雷\n2021-08-31 started\n", 0 },
		{ "车主王芳\n\n13800138000\n", 1 },
		{ "车主王芳\nnothing\n13800138000\n李雷\n", 2 },
		{ "2021-08-31 started\n13800138000\n2021-08-31 ended\n", 1 },
		{ "Birth: 1990-01-01\n13800138000\n", 2 },
		{ "读取缓冲区，重试三次。\n默认为毫秒（4.3，9559 项）。\n", 0 },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		static struct walk walk;
		walk = (struct walk){ .text = view_of(rows[i].text) };
		walk_text(&walk, walk.text.len + 1);
		if (walk.units != rows[i].units)
			fail_msg("%zu of '%s'", walk.units, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_units__come_to_all_that_may_be_somebodys),
		cmocka_unit_test(test_read_units__pass_over_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
