/* See calendar.h. */
#include "duty/calendar.h"

#include <stdio.h>

enum { DAY = 86400, SEARCH_DAYS = 4000 };

/* ---- dates ---- */

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* Years begin in March here, so that a leap day ends one. */
static int32_t day_make(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int in_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
	return era * 146097 + in_era - 719468;
}

static void day_split(int32_t days, int *year, int *month, int *day)
{
	int32_t z = days + 719468;
	int32_t era = (z >= 0 ? z : z - 146096) / 146097, in_era = z - era * 146097;
	int32_t of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int32_t of_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
	int32_t shifted = (5 * of_year + 2) / 153;
	*day = of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = of_era + era * 400 + (*month <= 2);
}

static bool number(hufu_view text, size_t at, size_t len, int *out)
{
	*out = 0;
	for (size_t i = at; i < at + len; i++) {
		if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*out = *out * 10 + (text.ptr[i] - '0');
	}
	return true;
}

bool day_parse(hufu_view text, int32_t *day)
{
	int year, month, of_month;
	if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || !number(text, 0, 4, &year) ||
	        !number(text, 5, 2, &month) || !number(text, 8, 2, &of_month) || month < 1 || month > 12 ||
	        of_month < 1 || of_month > days_in_month(year, month))
		return false;
	*day = day_make(year, month, of_month);
	return true;
}

void day_print(int32_t days, char out[CALENDAR_DATE_MAX])
{
	int year, month, day;
	day_split(days, &year, &month, &day);
	snprintf(out, CALENDAR_DATE_MAX, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
}

int32_t day_of(int64_t instant, int32_t offset)
{
	int64_t local = instant + offset;
	return (int32_t)((local >= 0 ? local : local - (DAY - 1)) / DAY);
}

int day_year(int32_t days)
{
	int year, month, day;
	day_split(days, &year, &month, &day);
	return year;
}

int32_t day_add_months(int32_t days, int64_t months)
{
	int year, month, day;
	day_split(days, &year, &month, &day);
	int64_t all = (int64_t)year * 12 + month - 1 + months;
	year = (int)(all / 12);
	month = (int)(all % 12) + 1;
	int most = days_in_month(year, month);
	return day_make(year, month, day < most ? day : most);
}

bool offset_parse(const char *text, int32_t *offset)
{
	int hours, minutes;
	hufu_view all = view_of(text);
	if (view_is(all, "Z")) {
		*offset = 0;
		return true;
	}
	if (all.len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !number(all, 1, 2, &hours) ||
	        !number(all, 4, 2, &minutes) || hours > 14 || minutes > 59)
		return false;
	*offset = (text[0] == '-' ? -60 : 60) * (hours * 60 + minutes);
	return true;
}

/* ---- working days ---- */

bool calendar_works(const struct calendar *calendar, int32_t day, bool *known)
{
	bool listed = false;
	int year = day_year(day);
	for (size_t i = 0; i < calendar->year_count; i++)
		listed |= calendar->years[i] == year;
	if (known && !listed)
		*known = false;
	for (const struct calendar_span *span = calendar->spans; span; span = span->next)
		if (day >= span->from && day <= span->to)
			return span->works;
	int weekday = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday; 0 is Monday */
	if (weekday < 0)
		weekday += 7;
	return weekday < 5;
}

int32_t calendar_add(const struct calendar *calendar, int32_t day, int64_t count, bool *known)
{
	/* A calendar may, by mistake, have no working day at all: the search ends. */
	for (int searched = 0; count > 0 && searched < SEARCH_DAYS; searched++)
		count -= calendar_works(calendar, ++day, known);
	return day;
}

/* ---- the file ---- */

/* "01-28" or "01-28..02-04" of a year. */
static bool parse_span(const char *year, const char *text, struct calendar_span *out)
{
	char from[CALENDAR_DATE_MAX], to[CALENDAR_DATE_MAX];
	hufu_view all = view_of(text);
	if (all.len != 5 && !(all.len == 12 && memcmp(text + 5, "..", 2) == 0))
		return false;
	snprintf(from, sizeof from, "%.4s-%.5s", year, text);
	snprintf(to, sizeof to, "%.4s-%.5s", year, all.len == 12 ? text + 7 : text);
	return strlen(year) == 4 && day_parse(view_of(from), &out->from) && day_parse(view_of(to), &out->to) &&
	       out->from <= out->to;
}

static bool parse_days(const struct node *year, const char *name, bool works, struct calendar *calendar,
        struct pool *pool, uint32_t *line)
{
	const struct node *list = node_get(year, name);
	if (list && !node_is_list(list)) {
		*line = list->line;
		return false;
	}
	for (const struct node *at = list ? list->first : NULL; at; at = at->next) {
		struct calendar_span *span = pool_take(pool, sizeof *span);
		*line = at->line;
		if (!span || !at->value || !parse_span(year->name, at->value, span))
			return false;
		span->works = works;
		span->next = calendar->spans;
		calendar->spans = span;
	}
	return true;
}

static bool keys_known(const struct node *map, const char *const *known, uint32_t *line)
{
	for (const struct node *at = map->first; at; at = at->next) {
		bool found = false;
		for (size_t i = 0; known[i]; i++)
			found |= strcmp(known[i], at->name) == 0;
		*line = at->line;
		if (!found)
			return false;
	}
	return true;
}

static const char *parse_years(const struct node *years, struct calendar *calendar, struct pool *pool, uint32_t *line)
{
	static const char *const known[] = { "off", "work", NULL };
	int year;
	for (const struct node *at = years->first; at; at = at->next) {
		*line = at->line;
		if (strlen(at->name) != 4 || !number(view_of(at->name), 0, 4, &year) ||
		        calendar->year_count == CALENDAR_YEARS_MAX)
			return "years: is no year";
		if (at->value || !keys_known(at, known, line))
			return "years: a year has off and work";
		/* Make-up days are looked at first: the later span of the list stands before the earlier. */
		if (!parse_days(at, "off", false, calendar, pool, line) ||
		        !parse_days(at, "work", true, calendar, pool, line))
			return "years: is no day of that year such as 01-28 or 01-28..02-04";
		calendar->years[calendar->year_count++] = year;
	}
	return NULL;
}

struct calendar *calendar_parse(const struct node *root, struct pool *pool, uint32_t *line, const char **what)
{
	static const char *const known[] = { "hufu_calendar", "name", "offset", "title", "source", "years", NULL };
	const struct node *name = node_get(root, "name"), *offset = node_get(root, "offset"),
	                  *years = node_get(root, "years");
	struct calendar *calendar = pool_take(pool, sizeof *calendar);
	*line = root->line;
	if (!calendar) {
		*what = "out of memory";
		return NULL;
	}
	if (!keys_known(root, known, line)) {
		*what = "there is no such field in a calendar";
		return NULL;
	}
	*what = "a calendar has name, offset (+08:00), source and years";
	if (!name || !name->value || !offset || !offset->value || !offset_parse(offset->value, &calendar->offset) ||
	        !years || years->value)
		return NULL;
	calendar->name = name->value;
	*what = parse_years(years, calendar, pool, line);
	return *what ? NULL : calendar;
}
