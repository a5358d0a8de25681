/* Times, read strictly and written in UTC.
 *
 * Zones come from the system's tz database (package tzdata): a name that it does not have is refused, where the C
 * library would silently take UTC. Uses base and libc's zone, which belongs to the whole process. */
#include "base/clock.h"

#include "base/auto.h"
#include "base/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { DAY = 86400 };

int64_t clock_now(void)
{
	return (int64_t)time(NULL);
}

uint64_t clock_ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void clock_print(int64_t instant, char out[CLOCK_TEXT_MAX])
{
	time_t seconds = (time_t)instant;
	struct tm utc;

	/* Years of more digits are none of RFC 3339; strftime is told how much room there is. */
	if (!gmtime_r(&seconds, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900) {
		snprintf(out, CLOCK_TEXT_MAX, "@%lld", (long long)instant);
		return;
	}
	snprintf(out, CLOCK_TEXT_MAX, "%04d", (utc.tm_year + 1900) % 10000);
	strftime(out + 4, CLOCK_TEXT_MAX - 4, "-%m-%dT%H:%M:%SZ", &utc);
}

/* Names of the tz database: letters, digits and "_+-" in parts that do not start with a dot. */
static bool is_zone_name(const char *zone)
{
	if (!zone || !zone[0] || zone[0] == '/' || strlen(zone) > 100)
		return false;
	for (const char *at = zone; *at; at++) {
		bool letter = (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');
		if (!letter && *at != '_' && *at != '+' && *at != '-' && *at != '/')
			return false;
	}
	return true;
}

bool clock_zone_known(const char *zone)
{
	const char *dir = getenv("TZDIR");
	char magic[4];
	struct stat about;

	if (!is_zone_name(zone))
		return false;
	AUTO_FREE char *path = io_join(dir && dir[0] ? dir : "/usr/share/zoneinfo", zone);
	AUTO_FD fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	return fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && read(fd, magic, 4) == 4 &&
	       memcmp(magic, "TZif", 4) == 0;
}

/* Exactly `count` digits. */
static bool take_number(hufu_view *rest, size_t count, int *out)
{
	hufu_view digits;
	int value = 0;

	if (!view_split(rest, count, &digits))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		value = value * 10 + (digits.ptr[i] - '0');
	}
	*out = value;
	return true;
}

static bool take_byte(hufu_view *rest, const char *allowed, char *out)
{
	hufu_view byte;

	if (rest->len == 0 || rest->ptr[0] == '\0' || !strchr(allowed, rest->ptr[0]) || !view_split(rest, 1, &byte))
		return false;
	*out = byte.ptr[0];
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(hufu_view *rest, struct tm *out)
{
	int year, month, day;
	char dash;

	if (!take_number(rest, 4, &year) || !take_byte(rest, "-", &dash) || !take_number(rest, 2, &month) ||
	        !take_byte(rest, "-", &dash) || !take_number(rest, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	*out = (struct tm){ .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
	return true;
}

/* "T10:00:00.25" behind the date; a second of 60 is let through here. */
static bool take_time(hufu_view *rest, struct tm *out)
{
	char mark;

	if (!take_byte(rest, "Tt", &mark) || !take_number(rest, 2, &out->tm_hour) || !take_byte(rest, ":", &mark) ||
	        !take_number(rest, 2, &out->tm_min) || !take_byte(rest, ":", &mark) ||
	        !take_number(rest, 2, &out->tm_sec))
		return false;
	if (out->tm_hour > 23 || out->tm_min > 59 || out->tm_sec > 60)
		return false;
	if (take_byte(rest, ".", &mark)) {
		if (!take_byte(rest, "0123456789", &mark))
			return false;
		while (take_byte(rest, "0123456789", &mark))
			;
	}
	return true;
}

/* "Z" or "+08:00", and nothing behind it. */
static bool take_offset(hufu_view *rest, int *seconds)
{
	char mark;
	int hours = 0, minutes = 0;

	if (take_byte(rest, "Zz", &mark)) {
		*seconds = 0;
		return rest->len == 0;
	}
	if (!take_byte(rest, "+-", &mark))
		return false;
	int sign = mark == '-' ? -1 : 1;
	if (!take_number(rest, 2, &hours) || !take_byte(rest, ":", &mark) || !take_number(rest, 2, &minutes))
		return false;
	*seconds = sign * (hours * 60 + minutes) * 60;
	return hours <= 23 && minutes <= 59 && rest->len == 0;
}

/* A leap second ends June or December, in UTC; POSIX time gives it the number of the second behind it. */
static bool is_behind_leap(int64_t instant)
{
	time_t seconds = (time_t)instant;
	struct tm utc;

	return instant % DAY == 0 && gmtime_r(&seconds, &utc) && utc.tm_mday == 1 &&
	       (utc.tm_mon == 0 || utc.tm_mon == 6);
}

static bool same_second(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
	       a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* Where no 23:59:59 was, because clocks jumped over it: the last second that still bore the date, if any. */
static bool search_day_end(const struct tm *date, int64_t *instant)
{
	struct tm noon = *date, local;

	noon.tm_hour = 12;
	noon.tm_isdst = -1;
	time_t around = mktime(&noon);
	for (time_t at = around + 14 * 3600; at > around - 14 * 3600; at--)
		if (localtime_r(&at, &local) && local.tm_year == date->tm_year && local.tm_mon == date->tm_mon &&
		        local.tm_mday == date->tm_mday) {
			*instant = at;
			return true;
		}
	return false;
}

/* Last second of the day in the zone that is set now. Where clocks go back at midnight, 23:59:59 comes twice:
 * the later one ends the day. */
static bool day_end(const struct tm *date, int64_t *instant)
{
	bool found = false;

	for (int summer = -1; summer <= 1; summer++) {
		struct tm end = *date, local;
		end.tm_hour = 23;
		end.tm_min = end.tm_sec = 59;
		struct tm want = end;
		end.tm_isdst = summer;
		time_t at = mktime(&end);
		if (!localtime_r(&at, &local) || !same_second(&local, &want))
			continue;
		if (!found || at > *instant)
			*instant = at;
		found = true;
	}
	return found || search_day_end(date, instant);
}

/* Nothing is touched where the process lives in that zone already: then threads may ask at once. */
static void set_zone(const char *zone)
{
	const char *now = getenv("TZ");
	if (zone && now && !strcmp(zone, now))
		return;

	if (zone)
		setenv("TZ", zone, 1);
	else
		unsetenv("TZ");
	tzset();
}

static hufu_status parse_date(const struct tm *date, const char *zone, int64_t *instant, hufu_error *error)
{
	const char *before = getenv("TZ");
	AUTO_FREE char *kept = before ? strdup(before) : NULL;
	AUTO_FREE char *named = NULL;
	int64_t found = 0;

	if (!clock_zone_known(zone))
		return fail(error, HUFU_USAGE, view_of(zone), "this time zone is not known to the system",
		        "give a name such as Asia/Shanghai; the package tzdata holds them");
	if ((before && !kept) || asprintf(&named, ":%s", zone) < 0)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	set_zone(named);
	bool exists = day_end(date, &found);
	set_zone(kept);
	if (!exists)
		return fail(
		        error, HUFU_MALFORMED, view_of(zone), "the calendar of this time zone skipped that date", NULL);
	*instant = found;
	return HUFU_OK;
}

hufu_status clock_parse(hufu_view when, const char *zone, int64_t *instant, hufu_error *error)
{
	hufu_view rest = when;
	struct tm date;
	int offset;

	if (!take_date(&rest, &date))
		return fail(error, HUFU_MALFORMED, when, "is no date of the calendar",
		        "write 2021-08-31 or 2021-08-31T10:00:00+08:00");
	if (rest.len == 0)
		return parse_date(&date, zone, instant, error);
	if (!take_time(&rest, &date) || !take_offset(&rest, &offset))
		return fail(error, HUFU_MALFORMED, when, "is no time of day with a zone",
		        "write 2021-08-31T10:00:00+08:00 or 2021-08-31T02:00:00Z");
	bool leap = date.tm_sec == 60;
	int64_t found = (int64_t)timegm(&date) - offset;
	if (leap && !is_behind_leap(found))
		return fail(error, HUFU_MALFORMED, when, "no minute but a leap second's has a second 60", NULL);
	*instant = found;
	return HUFU_OK;
}

void clock_print_at(int64_t instant, int32_t offset, char out[CLOCK_TEXT_MAX])
{
	int32_t away = (offset < 0 ? -offset : offset) / 60;
	clock_print(instant + offset, out);
	size_t len = strlen(out);
	if (out[0] != '@' && away)
		snprintf(out + len - 1, CLOCK_TEXT_MAX - len + 1, "%c%02d:%02d", offset < 0 ? '-' : '+',
		        (int)(away / 60 % 24), (int)(away % 60));
}

int64_t clock_zone_minutes(const char *zone, int64_t instant)
{
	const char *before = getenv("TZ");
	AUTO_FREE char *kept = before ? strdup(before) : NULL;
	AUTO_FREE char *named = NULL;
	time_t seconds = (time_t)instant;
	struct tm local = { 0 };
	if (!clock_zone_known(zone) || (before && !kept) || asprintf(&named, ":%s", zone) < 0)
		return 0;
	set_zone(named);
	bool known = localtime_r(&seconds, &local) != NULL;
	set_zone(kept);
	return known ? local.tm_gmtoff / 60 : 0;
}
