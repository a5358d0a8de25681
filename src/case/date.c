/* See date.h. */
#include "case/date.h"

#include "base/clock.h"
#include "case/number.h"

#include <strings.h>

enum { DAY = 86400 };

/* ---- words ---- */

bool words_in(hufu_view text, const char *const *words)
{
	for (; *words; words++) {
		bool ascii = (unsigned char)**words < 0x80;
		size_t len = strlen(*words);
		for (size_t i = 0; i + len <= text.len; i++) {
			if (ascii && i && number_in_word(text.ptr[i - 1]))
				continue;
			if (ascii ? number_word(view_from(text, i), *words) : memcmp(text.ptr + i, *words, len) == 0)
				return true;
		}
	}
	return false;
}

bool sum_starts(hufu_view text, size_t at)
{
	return !(at && number_in_word(text.ptr[at - 1]) && number_in_word(text.ptr[at])) && !money_torn(text, at);
}

/* ---- dates ---- */

bool date_int(hufu_view text, size_t most, int *out, size_t *len)
{
	size_t i = 0;
	int value = 0;
	while (i < text.len && i < most && text.ptr[i] >= '0' && text.ptr[i] <= '9')
		value = value * 10 + (text.ptr[i++] - '0');
	*out = value;
	*len = i;
	return i > 0 && (i == text.len || text.ptr[i] < '0' || text.ptr[i] > '9');
}

size_t date_skip(hufu_view text, const char *marks)
{
	size_t i = 0;
	while (i < text.len && text.ptr[i] && strchr(marks, text.ptr[i]))
		i++;
	return i;
}

static int month_named(hufu_view text, size_t *len)
{
	static const char *const names[] = { "january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december" };
	for (int i = 0; i < 12; i++) {
		char brief[5] = { names[i][0], names[i][1], names[i][2], '\0' };
		const char *shapes[] = { names[i], brief };
		for (size_t k = 0; k < LEN(shapes); k++)
			if (number_word(text, shapes[k])) {
				*len = strlen(shapes[k]);
				return i + 1;
			}
	}
	if (number_word(text, "sept")) {
		*len = 4;
		return 9;
	}
	return 0;
}

bool date_is_one(const struct when *when)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (when->month < 1 || when->month > 12 || when->day < 1 || when->year > 9999 || when->year < 0)
		return false;
	bool leap = (when->year % 4 == 0 && when->year % 100 != 0) || when->year % 400 == 0;
	return when->day <= days[when->month - 1] + (when->month == 2 && (leap || when->year == 0));
}

/* "20.12.2022" is a day first; "12/20/2022" and "20/12/2022" tell by themselves, "10/11/2022" does not. */
static size_t date_year_last(hufu_view text, struct when *out)
{
	int first, second;
	size_t len, at;
	if (!date_int(text, 2, &first, &len) || len == text.len || !text.ptr[len] || !strchr("-/.", text.ptr[len]))
		return 0;
	char mark = text.ptr[len];
	at = len + 1;
	if (!date_int(view_from(text, at), 2, &second, &len) || at + len >= text.len || text.ptr[at + len] != mark)
		return 0;
	at += len + 1;
	if (!date_int(view_from(text, at), 4, &out->year, &len) || len != 4 || out->year < 1990 || out->year > 2199)
		return 0;
	bool month_first = mark != '.' && second > 12;
	if (mark != '.' && first <= 12 && second <= 12 && first != second)
		return 0;
	out->month = month_first ? first : second;
	out->day = month_first ? second : first;
	return at + len;
}

/* "2022-12-13", "2022/12/13", "2022.12.13" */
static size_t date_by_marks(hufu_view text, struct when *out)
{
	size_t len, at;
	if (!date_int(text, 4, &out->year, &len) || len != 4 || text.len < 8 || !strchr("-/.", text.ptr[4]))
		return date_year_last(text, out);
	char mark = text.ptr[4];
	at = 5;
	if (!date_int(view_from(text, at), 2, &out->month, &len) || at + len >= text.len || text.ptr[at + len] != mark)
		return 0;
	at += len + 1;
	if (!date_int(view_from(text, at), 2, &out->day, &len))
		return 0;
	return at + len;
}

/* "2022年12月13日", "12月13日" */
static size_t date_in_chinese(hufu_view text, struct when *out)
{
	size_t len, at = 0;
	int first;
	if (!date_int(text, 4, &first, &len))
		return 0;
	at = len + date_skip(view_from(text, len), " ");
	out->year = 0;
	if (view_starts(view_from(text, at), "年")) {
		out->year = first;
		at += 3 + date_skip(view_from(text, at + 3), " ");
		if (!date_int(view_from(text, at), 2, &first, &len))
			return 0;
		at += len + date_skip(view_from(text, at + len), " ");
	}
	if (!view_starts(view_from(text, at), "月"))
		return 0;
	out->month = first;
	at += 3 + date_skip(view_from(text, at + 3), " ");
	if (!date_int(view_from(text, at), 2, &out->day, &len))
		return 0;
	at += len + date_skip(view_from(text, at + len), " ");
	if (view_starts(view_from(text, at), "日") || view_starts(view_from(text, at), "号") ||
	        view_starts(view_from(text, at), "號"))
		return at + 3;
	return 0;
}

static size_t ordinal(hufu_view text)
{
	static const char *const ends[] = { "st", "nd", "rd", "th" };
	for (size_t i = 0; i < LEN(ends); i++)
		if (number_word(text, ends[i]))
			return 2;
	return 0;
}

/* ", 2022" or nothing: the year that comes next. */
static size_t year_behind(hufu_view text, int *year)
{
	size_t at = date_skip(text, " ,"), len;
	if (date_int(view_from(text, at), 4, year, &len) && len == 4 && *year >= 1990 && *year < 2200)
		return at + len;
	*year = 0;
	return 0;
}

/* "Dec 13 2022", "13 December 2022", "December 13th" */
size_t date_in_english(hufu_view text, struct when *out)
{
	size_t len, at = 0;
	out->month = month_named(text, &len);
	if (out->month) {
		at = len + date_skip(view_from(text, len), " .");
		if (!date_int(view_from(text, at), 2, &out->day, &len))
			return 0;
		at += len;
		at += ordinal(view_from(text, at));
	} else {
		if (!date_int(text, 2, &out->day, &len) && !ordinal(view_from(text, len)))
			return 0;
		at = len + ordinal(view_from(text, len));
		at += date_skip(view_from(text, at), " ");
		if (number_word(view_from(text, at), "of"))
			at += 2 + date_skip(view_from(text, at + 2), " ");
		out->month = month_named(view_from(text, at), &len);
		if (!out->month)
			return 0;
		at += len;
	}
	return at + year_behind(view_from(text, at), &out->year);
}

/* ---- times and zones ---- */

size_t date_zone(hufu_view text, struct when *out)
{
	static const struct {
		const char *word;
		int hours;
	} zones[] = { { "Beijing time", 8 }, { "China time", 8 }, { "北京时间", 8 }, { "Moscow time", 3 }, { "MSK", 3 },
		{ "EST", -5 }, { "EDT", -4 }, { "PST", -8 }, { "PDT", -7 }, { "CET", 1 }, { "HKT", 8 }, { "SGT", 8 },
		{ "JST", 9 }, { "Z", 0 } };
	size_t at = date_skip(text, " ("), len = 0;
	hufu_view rest = view_from(text, at);
	bool named = number_word(rest, "UTC") || number_word(rest, "GMT") ||
	             strncasecmp(rest.ptr, "UTC", rest.len < 3 ? 0 : 3) == 0;
	named = named && rest.len >= 3;
	hufu_view behind = named ? view_from(rest, 3) : rest;
	size_t gap = named ? date_skip(behind, " ") : 0;
	behind = view_from(behind, gap);
	if (behind.len > 1 && (behind.ptr[0] == '+' || behind.ptr[0] == '-')) {
		int value = 0, minutes = 0;
		size_t more = 0;
		if (!date_int(view_from(behind, 1), 4, &value, &len))
			return 0;
		if (len > 2) {
			minutes = value % 100;
			value /= 100;
		} else if (1 + len < behind.len && behind.ptr[1 + len] == ':' &&
		           date_int(view_from(behind, 2 + len), 2, &minutes, &more)) {
			more++;
		}
		/* Without "UTC" only a full one is an offset: "+0800". */
		if (value > 14 || minutes > 59 || (!named && len < 4 && !more))
			return 0;
		out->offset = (behind.ptr[0] == '-' ? -1 : 1) * (value * 60 + minutes) * 60;
		out->zoned = true;
		return at + (named ? 3 + gap : 0) + 1 + len + more;
	}
	if (named) {
		out->offset = 0;
		out->zoned = true;
		return at + 3;
	}
	for (size_t i = 0; i < LEN(zones); i++)
		if (number_word(rest, zones[i].word)) {
			out->offset = zones[i].hours * 3600;
			out->zoned = true;
			return at + strlen(zones[i].word);
		}
	return 0;
}

static size_t half_day(hufu_view text, bool *afternoon)
{
	static const struct {
		const char *word;
		bool afternoon;
	} halves[] = { { "上午", false }, { "早上", false }, { "凌晨", false }, { "下午", true }, { "晚上", true },
		{ "晚", true }, { "中午", true }, { "a.m.", false }, { "p.m.", true }, { "am", false },
		{ "pm", true } };
	size_t at = date_skip(text, " ");
	for (size_t i = 0; i < LEN(halves); i++)
		if (number_word(view_from(text, at), halves[i].word)) {
			*afternoon = halves[i].afternoon;
			return at + strlen(halves[i].word);
		}
	return 0;
}

/* "noon", "中午", "midnight": an hour by itself. */
static size_t named_hour(hufu_view text, struct when *out)
{
	static const struct {
		const char *word;
		int hour;
	} hours[] = { { "noon", 12 }, { "midday", 12 }, { "中午", 12 }, { "正午", 12 }, { "midnight", 24 },
		{ "午夜", 24 }, { "半夜", 24 } };
	for (size_t i = 0; i < LEN(hours); i++)
		if (number_word(text, hours[i].word)) {
			out->hour = hours[i].hour;
			out->minute = 0;
			out->timed = true;
			return strlen(hours[i].word);
		}
	return 0;
}

/* "18:00", "18:00:00", "6 pm", "下午6点30分", "18时" */
size_t date_time(hufu_view text, struct when *out)
{
	bool afternoon = false, half;
	size_t at = 0, len, more;
	half = (more = half_day(text, &afternoon)) > 0;
	at = more + date_skip(view_from(text, more), " ");
	int hour, minute = 0, second;
	if (!date_int(view_from(text, at), 2, &hour, &len))
		return named_hour(text, out);
	at += len;
	hufu_view rest = view_from(text, at);
	bool clock = false;
	if (rest.len > 2 && rest.ptr[0] == ':' && date_int(view_from(rest, 1), 2, &minute, &len) && len == 2) {
		at += 3;
		clock = true;
		rest = view_from(text, at);
		if (rest.len > 2 && rest.ptr[0] == ':' && date_int(view_from(rest, 1), 2, &second, &len) && len == 2)
			at += 3;
	} else if (view_starts(rest, "点") || view_starts(rest, "點") || view_starts(rest, "时") ||
	           view_starts(rest, "時")) {
		at += 3;
		clock = true;
		if (date_int(view_from(text, at), 2, &minute, &len) && view_starts(view_from(text, at + len), "分"))
			at += len + 3;
		else
			minute = view_starts(view_from(text, at), "半") ? 30 : 0;
	}
	if (!half && (more = half_day(view_from(text, at), &afternoon)) > 0) {
		half = true;
		at += more;
	}
	if ((!clock && !half) || hour > 24 || minute > 59)
		return 0;
	if (half && afternoon && hour < 12)
		hour += 12;
	else if (half && !afternoon && hour == 12)
		hour = 0;
	out->hour = hour;
	out->minute = minute;
	out->timed = true;
	return at;
}

/* Days since 1970 (Howard Hinnant's civil calendar, written anew). */
int64_t date_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int date_year(int64_t instant)
{
	int64_t days = instant / DAY - (instant % DAY < 0);
	int year = (int)(1970 + days / 366);
	while (date_days(year + 1, 1, 1) <= days)
		year++;
	return year;
}

int64_t date_instant(const struct when *when, const char *zone, int32_t *offset)
{
	int64_t local = date_days(when->year, when->month, when->day) * DAY;
	local += when->timed ? when->hour * 3600 + when->minute * 60 : DAY - 1;
	if (when->zoned) {
		*offset = when->offset;
	} else {
		*offset = (int32_t)(clock_zone_minutes(zone, local) * 60);
		*offset = (int32_t)(clock_zone_minutes(zone, local - *offset) * 60);
	}
	return local - *offset;
}

/* The date at `text`, with the time and zone behind it. */
size_t date_read(hufu_view text, struct when *out)
{
	struct when found = { 0 };
	size_t len = date_by_marks(text, &found);
	if (!len)
		len = date_in_chinese(text, &found);
	if (!len)
		len = date_in_english(text, &found);
	if (!len || !date_is_one(&found))
		return 0;
	size_t gap = date_skip(view_from(text, len), " ,T(\n");
	hufu_view rest = view_from(text, len + gap);
	if (number_word(rest, "at"))
		gap += 2 + date_skip(view_from(rest, 2), " ");
	gap += date_zone(view_from(text, len + gap), &found);
	gap += date_skip(view_from(text, len + gap), " ");
	size_t timed = date_time(view_from(text, len + gap), &found);
	if (timed) {
		len += gap + timed;
		len += date_zone(view_from(text, len), &found);
	}
	*out = found;
	return len;
}

/* "18:00 UTC on Dec 13": the time before the date. */
void date_time_before(hufu_view text, size_t date, struct when *when)
{
	enum { NEAR = 36 };
	for (size_t i = date > NEAR ? date - NEAR : 0; i < date && !when->timed; i++) {
		if (i && number_in_word(text.ptr[i - 1]))
			continue;
		size_t len = date_time(view_make(text.ptr + i, date - i), when);
		if (len)
			(void)date_zone(view_make(text.ptr + i + len, date - i - len), when);
	}
}
