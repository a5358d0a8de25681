/* At which step something stands, and what steps are called. */
#include "case/steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

enum { HOUR = 3600, DAY = 24 * HOUR, NOW = 1700000000 };

static const struct step_spans spans = {
	.near = { HOUR, 4 * HOUR, DAY }, .near_count = 3, .again = { HOUR, 4 * HOUR, DAY }, .again_count = 3
};

static void test_case_steps__stand_where_the_clock_is(void **state)
{
	static const struct {
		const char *name;
		struct step_subject subject;
		const char *want;
	} rows[] = {
		{ "far", { .arises = true, .has_due = true, .due = NOW + 3 * DAY }, "arisen" },
		{ "a day before", { .arises = true, .has_due = true, .due = NOW + DAY }, "arisen near:86400" },
		{ "a second more", { .arises = true, .has_due = true, .due = NOW + DAY + 1 }, "arisen" },
		{ "an hour before", { .arises = true, .has_due = true, .due = NOW + HOUR },
		        "arisen near:86400 near:14400 near:3600" },
		{ "the second it is due", { .arises = true, .has_due = true, .due = NOW },
		        "arisen near:86400 near:14400 near:3600" },
		{ "passed", { .arises = true, .has_due = true, .due = NOW - 1 },
		        "arisen near:86400 near:14400 near:3600 passed" },
		{ "moved", { .arises = true, .moved = true, .has_due = true, .due = NOW + 3 * DAY }, "moved" },
		{ "yearly, far", { .has_due = true, .due = NOW + 3 * DAY }, "" },
		{ "no time, not at once", { .arises = true, .arose_at = NOW - 9 * DAY }, "arisen" },
		{ "at once", { .arises = true, .immediate = true, .arose_at = NOW }, "arisen" },
		{ "at once, an hour ago", { .arises = true, .immediate = true, .arose_at = NOW - HOUR },
		        "arisen again:3600" },
		{ "at once, 47 hours ago", { .arises = true, .immediate = true, .arose_at = NOW - 47 * HOUR },
		        "arisen again:3600 again:14400 again:86400" },
		{ "at once, ten days ago", { .arises = true, .immediate = true, .arose_at = NOW - 10 * DAY - 5 },
		        "arisen again:3600 again:14400 again:86400 again:864000" },
		{ "at once, with a time",
		        { .arises = true,
		                .immediate = true,
		                .has_due = true,
		                .due = NOW + 3 * DAY,
		                .arose_at = NOW - 9 * DAY },
		        "arisen" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct steps steps;
		struct bytes got = { 0 };
		steps_reached(&spans, &rows[i].subject, NOW, &steps);
		for (size_t k = 0; k < steps.count; k++)
			bytes_print(&got, "%s%s", k ? " " : "", steps.names[k]);
		bytes_byte(&got, '\0');
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s: %s, wanted %s", rows[i].name, got.ptr, rows[i].want);
		bytes_done(&got);
	}
}

static void test_case_steps__are_said_in_words(void **state)
{
	static const struct {
		const char *step, *zh, *en;
	} rows[] = {
		{ "arisen", "义务产生", "arose" },
		{ "near:14400", "期限前 4 小时", "4 h before it is due" },
		{ "near:5400", "期限前 1 小时 30 分", "1 h 30 min before it is due" },
		{ "near:604800", "期限前 7 天", "7 d before it is due" },
		{ "again:864000", "产生后 10 天 仍未办结", "not done 10 d after it arose" },
		{ "again:2", "产生后 2 秒 仍未办结", "not done 2 s after it arose" },
		{ "passed", "已逾期", "is overdue" },
		{ "fallen", "因新的事实不再成立", "fell away by new facts" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes zh = { 0 }, en = { 0 };
		step_words(rows[i].step, true, &zh);
		step_words(rows[i].step, false, &en);
		bytes_byte(&zh, '\0');
		bytes_byte(&en, '\0');
		assert_string_equal(zh.ptr, rows[i].zh);
		assert_string_equal(en.ptr, rows[i].en);
		bytes_done(&zh);
		bytes_done(&en);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_steps__stand_where_the_clock_is),
		cmocka_unit_test(test_case_steps__are_said_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
