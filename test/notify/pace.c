/* When notices may leave: quiet hours over midnight and zones, the rate, waits after tries in vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "notify/pace.h"

#undef fail
#include <cmocka.h>

static hufu_status read_pace(const char *quiet, const char *rate, const char *retry, struct pace *out)
{
	struct config *config = NULL;
	hufu_error error = { 0 };
	setenv("HUFU_NOTIFY_QUIET", quiet, 1);
	setenv("HUFU_NOTIFY_RATE", rate, 1);
	setenv("HUFU_NOTIFY_RETRY", retry, 1);
	assert_int_equal(config_open("/nowhere", &config, NULL), HUFU_OK);
	hufu_status status = pace_read(config, "Asia/Shanghai", out, &error);
	config_close(config);
	return status;
}

static int64_t instant(const char *text)
{
	int64_t out;
	assert_int_equal(clock_parse(view_of(text), "UTC", &out, NULL), HUFU_OK);
	return out;
}

static void test_pace__quiet_hours_are_those_of_the_zone(void **state)
{
	static const struct {
		const char *quiet, *now, *until; /* NULL: not quiet */
	} rows[] = {
		{ "22:00-08:00", "2022-12-11T21:59:59+08:00", NULL },
		{ "22:00-08:00", "2022-12-11T22:00:00+08:00", "2022-12-12T08:00:00+08:00" },
		{ "22:00-08:00", "2022-12-12T00:00:00+08:00", "2022-12-12T08:00:00+08:00" },
		{ "22:00-08:00", "2022-12-12T07:59:59+08:00", "2022-12-12T08:00:00+08:00" },
		{ "22:00-08:00", "2022-12-12T08:00:00+08:00", NULL },
		{ "22:00-08:00", "2022-12-11T14:00:00Z", "2022-12-12T00:00:00Z" },
		{ "12:00-14:30", "2022-12-11T11:59:00+08:00", NULL },
		{ "12:00-14:30", "2022-12-11T14:29:59+08:00", "2022-12-11T14:30:00+08:00" },
		{ "12:00-14:30", "2022-12-11T14:30:00+08:00", NULL },
		{ "none", "2022-12-11T03:00:00+08:00", NULL },
		{ "00:00-00:00", "2022-12-11T03:00:00+08:00", NULL },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct pace pace;
		int64_t until = 0;
		assert_int_equal(read_pace(rows[i].quiet, "0", "5m", &pace), HUFU_OK);
		bool quiet = pace_quiet_at(&pace, instant(rows[i].now), &until);
		if (quiet != (rows[i].until != NULL) || (quiet && until != instant(rows[i].until)))
			fail_msg("%s at %s: %d, until %lld", rows[i].quiet, rows[i].now, quiet, (long long)until);
		pace_done(&pace);
	}
}

static void test_pace__what_is_no_setting_is_refused(void **state)
{
	static const struct {
		const char *quiet, *retry;
	} rows[] = { { "22-8", "5m" }, { "22:00-24:00", "5m" }, { "22:00-08:60", "5m" }, { "2a:00-08:00", "5m" },
		{ "22:00 08:00", "5m" }, { "", "5m" }, { "none", "soon" }, { "none", "" },
		{ "none", "1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m,1m" } };
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct pace pace;
		if (read_pace(rows[i].quiet, "0", rows[i].retry, &pace) != HUFU_USAGE)
			fail_msg("%s, %s is taken", rows[i].quiet, rows[i].retry);
	}
}

static void test_pace__waits_grow_and_stay(void **state)
{
	struct pace pace;
	(void)state;
	assert_int_equal(read_pace("none", "0", "5m,1h", &pace), HUFU_OK);
	assert_int_equal(pace_again(&pace, 0), 300);
	assert_int_equal(pace_again(&pace, 1), 3600);
	assert_int_equal(pace_again(&pace, 77), 3600);
	pace_done(&pace);
}

static void test_pace__no_more_than_the_rate(void **state)
{
	struct pace pace;
	(void)state;
	assert_int_equal(read_pace("none", "1200", "5m", &pace), HUFU_OK);
	uint64_t began = clock_ticks();
	for (int i = 0; i < 7; i++)
		pace_wait(&pace);
	assert_true(clock_ticks() - began >= UINT64_C(300000000)); /* six gaps of 50 ms */
	pace_done(&pace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace__quiet_hours_are_those_of_the_zone),
		cmocka_unit_test(test_pace__what_is_no_setting_is_refused),
		cmocka_unit_test(test_pace__waits_grow_and_stay),
		cmocka_unit_test(test_pace__no_more_than_the_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
