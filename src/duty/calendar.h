/* Days: dates of the calendar, and which of them are worked. A calendar is a file, duties/calendar-*.yaml: an offset
 * from UTC and, year by year, days off and make-up days. A year that it lacks has weekends only, and that is said. */
#ifndef HUFU_DUTY_CALENDAR_H
#define HUFU_DUTY_CALENDAR_H

#include "duty/tree.h"

enum { CALENDAR_YEARS_MAX = 100, CALENDAR_DATE_MAX = 16 };

struct calendar_span {
	int32_t from, to; /* days since 1970-01-01, both within */
	bool works;
	struct calendar_span *next;
};

struct calendar {
	const char *name;
	int32_t offset; /* seconds east of UTC */
	struct calendar_span *spans;
	int years[CALENDAR_YEARS_MAX];
	size_t year_count;
	struct calendar *next;
};

/* Days since 1970-01-01, from "2026-11-22"; false for what is no date. */
bool day_parse(hufu_view text, int32_t *day);
void day_print(int32_t day, char out[CALENDAR_DATE_MAX]);
/* The date at an instant, so many seconds east of UTC. */
int32_t day_of(int64_t instant, int32_t offset);
int day_year(int32_t day);
/* The same day of the month so many months later; the month's last where it has no such day. */
int32_t day_add_months(int32_t day, int64_t months);
/* "+08:00" or "Z" in seconds. */
bool offset_parse(const char *text, int32_t *offset);

/* Whether it is worked. `known`, if given, becomes false for a year that the calendar lacks. */
bool calendar_works(const struct calendar *calendar, int32_t day, bool *known);
/* The `count`th working day behind `day`. */
int32_t calendar_add(const struct calendar *calendar, int32_t day, int64_t count, bool *known);

/* From the tree of a calendar's file. On failure NULL, `line` and `what` say why. */
struct calendar *calendar_parse(const struct node *root, struct pool *pool, uint32_t *line, const char **what);

#endif
