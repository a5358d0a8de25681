/* Times: what RFC 3339 and the calendar allow, and nothing else. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void test_base_clock__reads_dates_and_times(void **state)
{
	static const struct {
		const char *when, *zone, *want;
	} rows[] = {
		{ "2021-08-31", "Asia/Shanghai", "2021-08-31T15:59:59Z" },
		{ "2021-08-31", "UTC", "2021-08-31T23:59:59Z" },
		{ "2024-02-29", "Asia/Shanghai", "2024-02-29T15:59:59Z" },
		{ "2021-07-01", "Europe/Berlin", "2021-07-01T21:59:59Z" },
		{ "2021-01-01", "Europe/Berlin", "2021-01-01T22:59:59Z" },
		/* Clocks went back at midnight: 23:59:59 came twice, and the later one ended the day. */
		{ "2021-10-30", "Asia/Beirut", "2021-10-30T21:59:59Z" },
		/* China's last summer time. */
		{ "1991-07-01", "Asia/Shanghai", "1991-07-01T14:59:59Z" },
		{ "1969-12-31", "UTC", "1969-12-31T23:59:59Z" },
		{ "2021-08-31T10:00:00+08:00", "UTC", "2021-08-31T02:00:00Z" },
		{ "2021-08-31T10:00:00Z", "Asia/Shanghai", "2021-08-31T10:00:00Z" },
		{ "2021-08-31t10:00:00z", "nowhere", "2021-08-31T10:00:00Z" },
		{ "2021-08-31T10:00:00.987654321Z", NULL, "2021-08-31T10:00:00Z" },
		{ "2021-08-31T23:30:00-01:30", "UTC", "2021-09-01T01:00:00Z" },
		{ "2016-12-31T23:59:60Z", "UTC", "2017-01-01T00:00:00Z" },
		{ "2017-01-01T07:59:60+08:00", "UTC", "2017-01-01T00:00:00Z" },
		{ "0001-01-01T00:00:00Z", "UTC", "0001-01-01T00:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		int64_t instant = 0;
		char text[CLOCK_TEXT_MAX];
		assert_int_equal(clock_parse(view_of(rows[i].when), rows[i].zone, &instant, NULL), HUFU_OK);
		clock_print(instant, text);
		assert_string_equal(text, rows[i].want);
	}
}

static void test_base_clock__refuses_what_is_no_time(void **state)
{
	static const char *const rows[] = { "", "2021", "2021-8-31", "2021-08-32", "2021-02-29", "1900-02-29",
		"2021-13-01", "2021-00-10", "2021-01-00", " 2021-08-31", "2021-08-31 ", "2021-08-31x", "2021/08/31",
		"20210831", "2021-08-31T", "2021-08-31T10:00", "2021-08-31T10:00:00", "2021-08-31 10:00:00Z",
		"2021-08-31T24:00:00Z", "2021-08-31T10:60:00Z", "2021-08-31T10:00:61Z", "2021-08-31T10:00:60Z",
		"2021-08-31T23:59:60Z", "2021-08-31T10:00:00.Z", "2021-08-31T10:00:00+8:00", "2021-08-31T10:00:00+0800",
		"2021-08-31T10:00:00+24:00", "2021-08-31T10:00:00+08:60", "2021-08-31T10:00:00Zx", "-021-08-31",
		"+2021-08-31", "２０２１-08-31" };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		int64_t instant = 77;
		hufu_error error;
		assert_int_equal(clock_parse(view_of(rows[i]), "Asia/Shanghai", &instant, &error), HUFU_MALFORMED);
		assert_int_equal(instant, 77);
		assert_non_null(error.what);
	}
	/* A NUL inside is no end. */
	int64_t instant;
	assert_int_equal(clock_parse(view_make("2021-08-31\0", 11), "UTC", &instant, NULL), HUFU_MALFORMED);
	/* Samoa crossed the date line: that day never was. */
	assert_int_equal(clock_parse(view_of("2011-12-30"), "Pacific/Apia", &instant, NULL), HUFU_MALFORMED);
}

static void test_base_clock__refuses_unknown_zones(void **state)
{
	static const char *const bad[] = { "", "Asia/Shanghia", "/etc/passwd", "../../../etc/passwd", "Asia", "Asia/",
		":Asia/Shanghai", "CST-8", "tzdata.zi", "zone.tab" };

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		int64_t instant;
		assert_false(clock_zone_known(bad[i]));
		assert_int_equal(clock_parse(view_of("2021-08-31"), bad[i], &instant, NULL), HUFU_USAGE);
	}
	assert_false(clock_zone_known(NULL));
	assert_true(clock_zone_known("Asia/Shanghai"));
	assert_true(clock_zone_known("America/Argentina/Buenos_Aires"));
	assert_true(clock_zone_known("Etc/GMT+8"));
}

static void test_base_clock__leaves_the_process_zone_alone(void **state)
{
	int64_t instant;
	time_t noon = 1630411200;
	struct tm local;

	(void)state;
	setenv("TZ", "America/New_York", 1);
	tzset();
	assert_int_equal(clock_parse(view_of("2021-08-31"), "Asia/Shanghai", &instant, NULL), HUFU_OK);
	assert_string_equal(getenv("TZ"), "America/New_York");
	localtime_r(&noon, &local);
	assert_int_equal(local.tm_hour, 8);
	unsetenv("TZ");
	assert_int_equal(clock_parse(view_of("2021-08-31"), "Asia/Shanghai", &instant, NULL), HUFU_OK);
	assert_null(getenv("TZ"));
}

static void test_base_clock__runs_and_prints_far_times(void **state)
{
	char text[CLOCK_TEXT_MAX];
	uint64_t before = clock_ticks();

	(void)state;
	assert_true(clock_now() > 1600000000);
	assert_true(clock_ticks() >= before);
	clock_print(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_print(INT64_MAX, text);
	assert_string_equal(text, "@9223372036854775807");
	clock_print(INT64_MIN, text);
	assert_string_equal(text, "@-9223372036854775808");
	clock_print(253402300800, text); /* the year 10000 */
	assert_string_equal(text, "@253402300800");
}

static void test_base_clock__prints_with_an_offset(void **state)
{
	static const struct {
		int64_t instant, minutes;
		const char *text;
	} rows[] = {
		{ 0, 480, "1970-01-01T08:00:00+08:00" },
		{ 0, 0, "1970-01-01T00:00:00Z" },
		{ 1670722200, 480, "2022-12-11T09:30:00+08:00" },
		{ 1670722200, -210, "2022-12-10T22:00:00-03:30" },
	};
	char text[CLOCK_TEXT_MAX];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		clock_print_at(rows[i].instant, (int32_t)rows[i].minutes * 60, text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(clock_parse(view_of(text), "Asia/Shanghai", &back, NULL), HUFU_OK);
		assert_int_equal(back, rows[i].instant);
	}
	assert_int_equal(clock_zone_minutes("Asia/Shanghai", 1670722200), 480);
	assert_int_equal(clock_zone_minutes("America/St_Johns", 1670722200), -210);
	assert_int_equal(clock_zone_minutes("Nowhere/None", 1670722200), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_clock__reads_dates_and_times),
		cmocka_unit_test(test_base_clock__refuses_what_is_no_time),
		cmocka_unit_test(test_base_clock__refuses_unknown_zones),
		cmocka_unit_test(test_base_clock__leaves_the_process_zone_alone),
		cmocka_unit_test(test_base_clock__runs_and_prints_far_times),
		cmocka_unit_test(test_base_clock__prints_with_an_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
