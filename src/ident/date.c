/* Dates: YYYY-MM-DD, with / or . or 年月日, or run together; with or without a time of day.
 *
 * Calendar dates from 1850 to 2100. Midnight counts as no time: exports write dates so. A zone is read and
 * dropped, not applied: the same database column comes with it and without. */
#include "ident/fold.h"

enum { DAY_LEN = 8, TIME_LEN = 6, DATE_MAX = 96 };

/* Takes up to `max` digits off `rest`; returns how many. */
static size_t take_digits(hufu_view *rest, size_t max, char *digits)
{
	size_t count = 0;
	while (rest->len && count < max) {
		hufu_view after = *rest;
		uint32_t c = fold_next(&after);
		if (!fold_is_digit(c))
			break;
		digits[count++] = (char)c;
		*rest = after;
	}
	return count;
}

static bool take(hufu_view *rest, uint32_t want)
{
	hufu_view after = *rest;
	if (rest->len == 0 || fold_next(&after) != want)
		return false;
	*rest = after;
	return true;
}

/* One or two digits as two. */
static bool take_pair(hufu_view *rest, char *pair)
{
	size_t count = take_digits(rest, 2, pair);
	if (count == 1) {
		pair[1] = pair[0];
		pair[0] = '0';
	}
	return count > 0;
}

static bool is_time(const char *digits)
{
	return fold_number(digits, 2) < 24 && fold_number(digits + 2, 2) < 60 && fold_number(digits + 4, 2) < 60;
}

static bool is_day(const char *digits)
{
	return fold_is_day(fold_number(digits, 4), fold_number(digits + 4, 2), fold_number(digits + 6, 2));
}

/* Takes "Z", "+08:00", "+0800", "+08" if they stand there. */
static void take_zone(hufu_view *rest)
{
	hufu_view after = *rest;
	char digits[4];
	if (take(rest, 'Z') || take(rest, 'z'))
		return;
	if (!take(&after, '+') && !take(&after, '-'))
		return;
	if (take_digits(&after, 2, digits) != 2)
		return;
	(void)take(&after, ':');
	size_t minutes = take_digits(&after, 2, digits + 2);
	if (minutes == 1 || fold_number(digits, 2) > 14 || (minutes == 2 && fold_number(digits + 2, 2) > 59))
		return;
	*rest = after;
}

/* "T10:00[:00[.123]][zone]" after a day; leaves `rest` where it was when there is no such time. */
static bool take_time(hufu_view *rest, bool glued, char digits[TIME_LEN])
{
	hufu_view after = *rest;
	char time[TIME_LEN] = "000000", fraction[9];
	bool apart = take(&after, 'T') || take(&after, 't');
	if (!apart && take(&after, ' ')) {
		apart = true;
		(void)take(&after, ' ');
	}
	if ((!apart && !glued) || !take_pair(&after, time) || !take(&after, ':'))
		return false;
	if (take_digits(&after, 2, time + 2) != 2)
		return false;
	if (take(&after, ':')) {
		if (take_digits(&after, 2, time + 4) != 2)
			return false;
		hufu_view point = after;
		if ((take(&point, '.') || take(&point, ',')) && take_digits(&point, sizeof fraction, fraction))
			after = point;
	}
	take_zone(&after);
	if (!is_time(time))
		return false;
	memcpy(digits, time, TIME_LEN);
	*rest = after;
	return true;
}

/* Month and day after the year's four digits. */
static bool take_month_day(hufu_view *rest, char *digits, bool *han)
{
	static const uint32_t separators[] = { '-', '/', '.' };
	*han = take(rest, U'年');
	if (*han) {
		(void)take(rest, ' ');
		if (!take_pair(rest, digits) || !take(rest, U'月'))
			return false;
		(void)take(rest, ' ');
		return take_pair(rest, digits + 2) && (take(rest, U'日') || take(rest, U'号'));
	}
	for (size_t i = 0; i < LEN(separators); i++) {
		if (take(rest, separators[i]))
			return take_pair(rest, digits) && take(rest, separators[i]) && take_pair(rest, digits + 2);
	}
	return false;
}

/* Takes a date off the beginning of `rest`, as far as it goes; returns the normal form's length, 0 for none. */
static size_t take_date(hufu_view *rest, char digits[DAY_LEN + TIME_LEN])
{
	bool han = false;
	char *time = digits + DAY_LEN;
	size_t count = take_digits(rest, DAY_LEN + TIME_LEN, digits);
	if (count == 4) {
		if (!take_month_day(rest, digits + 4, &han))
			return 0;
	} else if (count != DAY_LEN && count != DAY_LEN + TIME_LEN) {
		return 0;
	}
	if (!is_day(digits) || (count == DAY_LEN + TIME_LEN && !is_time(time)))
		return 0;
	bool timed = count == DAY_LEN + TIME_LEN || take_time(rest, han, time);
	return timed && memcmp(time, "000000", TIME_LEN) != 0 ? DAY_LEN + TIME_LEN : DAY_LEN;
}

static bool date_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < DAY_LEN || cell.len > DATE_MAX || !fold_fits(out, cell.len))
		return false;
	char digits[DAY_LEN + TIME_LEN];
	if (cell.len == DAY_LEN && fold_all_digits(cell.ptr, DAY_LEN))
		return is_day(cell.ptr) && fold_result(out, cell.ptr, DAY_LEN);
	if (cell.len == DAY_LEN + 2 && cell.ptr[4] == cell.ptr[7] && (cell.ptr[4] == '-' || cell.ptr[4] == '/')) {
		/* 2021-08-31, as most tables have it */
		memcpy(digits, cell.ptr, 4);
		memcpy(digits + 4, cell.ptr + 5, 2);
		memcpy(digits + 6, cell.ptr + 8, 2);
		if (fold_eight_digits(digits))
			return is_day(digits) && fold_result(out, digits, DAY_LEN);
	}
	hufu_view rest = fold_unquote(cell);
	size_t len = take_date(&rest, digits);
	return len && rest.len == 0 && fold_result(out, digits, len);
}

/* The year. */
static void date_mask(hufu_view normal, struct ident_text *out)
{
	bool whole = normal.len == DAY_LEN || normal.len == DAY_LEN + TIME_LEN;
	fold_mask(normal, whole ? 4 : 0, 0, out);
}

/* Nothing that carries a number on may follow: "2021-08-31-7", "2021.8.31.5", "2021-08-311". */
static bool ends_here(hufu_view rest)
{
	if (rest.len == 0)
		return true;
	uint32_t c = fold_next(&rest);
	if (fold_is_digit(c) || fold_is_letter(c))
		return false;
	if ((c != '-' && c != '/' && c != '.') || rest.len == 0)
		return true;
	return !fold_is_digit(fold_next(&rest));
}

static bool starts_here(hufu_view text, size_t at)
{
	uint32_t c;
	size_t back = fold_before(text, at, &c);
	if (back == 0 || (c != '.' && c != '-' && c != '/'))
		return true;
	return fold_before(text, at - back, &c) == 0 || !fold_is_digit(c);
}

static bool date_find(hufu_view text, size_t *at, size_t *len)
{
	struct fold_run run;
	for (size_t from = *at; fold_run(text, from, &run); from = run.end) {
		if (!run.digits || (run.count != 4 && run.count != DAY_LEN && run.count != DAY_LEN + TIME_LEN))
			continue;
		char digits[DAY_LEN + TIME_LEN];
		hufu_view rest = view_from(text, run.at), whole = rest;
		if (!starts_here(text, run.at) || !take_date(&rest, digits) ||
		        whole.len - rest.len > DATE_MAX - IDENT_SLACK)
			continue;
		if (!ends_here(rest))
			continue;
		*at = run.at;
		*len = whole.len - rest.len;
		return true;
	}
	return false;
}

const struct ident_kind ident_date = {
	.id = 10,
	.name = "date",
	.zh = "日期",
	/* A birth or purchase day falls within some 45 years: 16,000 days. */
	.space_bits = 14,
	.loose = true,
	.normalise = date_normalise,
	.mask = date_mask,
	.find = date_find,
};
