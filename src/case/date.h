/* Dates, times and zones as people write them in Chinese and English, in folded text (number_fold). Pure functions over
 * any bytes; the zone of a store comes from the clock. What can be read two ways, such as 10/11/2022, is no date. */
#ifndef HUFU_CASE_DATE_H
#define HUFU_CASE_DATE_H

#include "base/view.h"

struct when {
	int year, month, day, hour, minute; /* year 0: not named */
	bool timed, zoned;
	int32_t offset;
};

/* The date that `text` begins with, with the time and zone behind it; its length, or 0. */
size_t date_read(hufu_view text, struct when *out);
/* The same, of "Dec 13 2022" and "13 December" alone, without a time. */
size_t date_in_english(hufu_view text, struct when *out);
/* "18:00", "6 pm", "下午6点30分", "noon"; "UTC+8", "+0800", "Beijing time". */
size_t date_time(hufu_view text, struct when *out);
size_t date_zone(hufu_view text, struct when *out);
/* "18:00 UTC on Dec 13": takes the time that stands before the date at `date`. */
void date_time_before(hufu_view text, size_t date, struct when *when);

bool date_is_one(const struct when *when);
/* The instant; without a time the end of that day, 23:59:59; without a zone in `zone`. Its offset in seconds. */
int64_t date_instant(const struct when *when, const char *zone, int32_t *offset);
/* Days since 1970-01-01, and the year in which an instant lies. */
int64_t date_days(int year, int month, int day);
int date_year(int64_t instant);

/* Up to `most` digits and no more behind them. */
bool date_int(hufu_view text, size_t most, int *out, size_t *len);
size_t date_skip(hufu_view text, const char *marks);

/* Whether one of the words, up to a NULL, stands in the text. */
bool words_in(hufu_view text, const char *const *words);
/* Whether a number, a sum or a date may begin there: not within a word, and not within a longer number. */
bool sum_starts(hufu_view text, size_t at);

#endif
