/* When a hard leak was taken and what of the table: newer than the last seal however damaged or padded, stitched of
 * several dates, its newest row, values that come again, and the filter it went through. The truth is known from the
 * rows; on three worlds with keys of their own: test_match_times HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/leaks.h"
#include "../support-match/run.h"

/* ---- after the last seal ---- */

static void newer_damaged(struct bytes *out)
{
	print_all(&SHEET(whole), damaged(some_rows(&newer, MANY), 10), out);
}

static void newer_few(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(&newer, MANY / 4), out);
}

static void newer_padded(struct bytes *out)
{
	newer_than_all(out);
	for (size_t i = 0; i < 100; i++)
		sheet_row(&SHEET(whole), &strangers.rows[i], out);
}

static void newer_personal(struct bytes *out)
{
	print_all(&SHEET(personal), some_rows(&newer, MANY), out);
}

/* Both columns that change most are spoilt, and nothing else: that is damage, not another time. */
static void last_spoilt(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	for (size_t i = 0; i < rows.count; i += 2) {
		snprintf(rows.rows[i].cell[MOBILE], CELL_MAX, "1380000%04zu", i);
		snprintf(rows.rows[i].cell[ADDRESS], CELL_MAX, "门牌 %zu", i);
	}
	print_all(&SHEET(whole), rows, out);
}

static void last_padded(struct bytes *out)
{
	copy_whole(out);
	for (size_t i = 0; i < 100; i++)
		sheet_row(&SHEET(whole), &strangers.rows[i], out);
}

/* Newer than the last seal is after the last, open; the last seal itself, however damaged or padded, is not. */
static void test_match_times__newer_than_the_last_seal_is_open(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct bytes *);
		bool newer, either; /* too few columns change to tell it from the last itself */
	} rows[] = {
		{ "newer", newer_than_all, true, false },
		{ "newer, 1 % damaged", newer_damaged, true, false },
		{ "newer, a hundred rows", newer_few, true, false },
		{ "newer, padded", newer_padded, true, false },
		{ "newer, two columns that change", newer_personal, true, true },
		{ "the last", copy_whole, false, false },
		{ "the last, 1 % damaged", few_damaged, false, false },
		{ "the last, a fifth damaged", fifth_damaged, false, false },
		{ "the last, five strangers", five_strangers, false, false },
		{ "the last, padded", last_padded, false, false },
		{ "the last, two columns spoilt", last_spoilt, false, false },
		{ "the last, two values in a cell", two_values, false, false },
		{ "the last, ruined by a spreadsheet", spreadsheet, false, false },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_made(rows[i].make, "leak.csv");
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "customers"), "window");
		const char *after = text_of(window, "after");
		bool last = json_array_size(list_of(window, "snapshots")) > 0;
		if (rows[i].either && last && !text_of(window, "before") && after && !strcmp(after, dates[DATES - 2])) {
			json_decref(verdict);
			continue;
		}
		if (!after || strcmp(after, dates[DATES - (rows[i].newer ? 1 : 2)]) != 0 || text_of(window, "before") ||
		        json_array_size(list_of(window, "snapshots")) != !rows[i].newer) {
			AUTO_FREE char *text = json_dumps(window, 0);
			print_error("%s: %s\n", rows[i].name, text);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* Bookings whose status goes round among three: after the last seal many come back to what they were. */
static void test_match_times__few_values_come_again_after_the_last_seal(void **state)
{
	enum { BOOKINGS = 500 };
	static const char *const states[] = { "booked", "in", "out" };
	static unsigned status[BOOKINGS], room[BOOKINGS];
	struct bytes text = { 0 };
	struct inventor dice;
	(void)state;
	inventor_init(&dice, seed + 50, 0);
	store_fresh("store-hotel");
	for (unsigned d = 0; d <= DATES; d++) {
		text.len = 0;
		bytes_text(&text, "booking,guest,phone,room,status\n");
		for (unsigned i = 0; i < BOOKINGS; i++) {
			if (!d || dice_chance(&dice, 300))
				status[i] = dice_below(&dice, 3);
			if (!d || dice_chance(&dice, 80))
				room[i] = 100 + dice_below(&dice, 2400);
			bytes_print(&text, "HB-%06u,%s,%s,%u,%s\n", 300000 + 17 * i, LAST->rows[i].cell[NAME],
			        LAST->rows[i].cell[MOBILE], room[i], states[status[i]]);
		}
		const char *path = place_bytes("bookings.csv", &text);
		if (d < DATES)
			must_seal("bookings", path, dates[d], (const char *const[]){ "--key", "booking", NULL });
		/* The last seal itself, and what came after it. */
		if (d + 1 < DATES)
			continue;
		json_t *verdict = judged(path);
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "bookings"), "window");
		const char *after = text_of(window, "after");
		assert_null(text_of(window, "before"));
		assert_null(json_object_get(window, "stitched"));
		assert_non_null(after);
		/* Two columns change: the end itself may stay in, nothing before it. */
		assert_true(!strcmp(after, dates[DATES - 2]) || (d == DATES && !strcmp(after, dates[DATES - 1])));
		json_decref(verdict);
	}
	store_use("store");
	bytes_done(&text);
}

/* ---- stitched, and the newest row ---- */

/* Rows of some times, in turn, of those customers that all of them have. */
static json_t *judge_stitched(const struct state *const *times, size_t count)
{
	struct bytes text = { 0 };
	size_t at_most = 600, written = 0;
	sheet_header(&SHEET(whole), &text);
	for (size_t i = 0; i < times[0]->count && written < at_most; i++) {
		const struct customer *row = state_find(times[i % count], times[0]->rows[i].cell[NO], i);
		if (row)
			sheet_row(&SHEET(whole), row, &text), written++;
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	bytes_done(&text);
	return verdict;
}

static void test_match_times__tells_stitched_dates(void **state)
{
	const struct {
		const char *name;
		const struct state *times[3];
		size_t count, dates[3];
	} rows[] = {
		{ "one date", { &sealed[2] }, 1, { 2 } },
		{ "the last date", { &sealed[4] }, 1, { 4 } },
		{ "a gap", { &between }, 1, { 2 } },
		{ "two dates", { &sealed[0], &sealed[4] }, 2, { 0, 4 } },
		{ "three dates", { &sealed[0], &sealed[2], &sealed[4] }, 3, { 0, 2, 4 } },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_stitched(rows[i].times, rows[i].count);
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "customers"), "window");
		json_t *stitched = json_object_get(window, "stitched");
		size_t count = json_array_size(stitched);
		bool right = count == (rows[i].count > 1 ? rows[i].count : 0);
		for (size_t k = 0; right && k < count; k++) {
			const json_t *stretch = json_array_get(stitched, k);
			const char *date = dates[rows[i].dates[k]], *after = text_of(stretch, "after"),
			           *before = text_of(stretch, "before");
			right = (!after || strcmp(after, date) < 0) && (!before || strcmp(date, before) < 0) &&
			        number_of(stretch, "records") > 0;
		}
		/* The whole is as new as its newest piece. */
		for (size_t k = 0; right && k < 2 && count; k++) {
			const char *end = k ? "after" : "before";
			right = json_equal(json_object_get(window, end),
			        json_object_get(json_array_get(stitched, count - 1), end));
		}
		if (!right) {
			AUTO_FREE char *text = json_dumps(window, 0);
			print_error("%s: %s\n", rows[i].name, text);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* The newest row is told apart from when it was taken: all are cells of the last date, of customers who came by an
 * earlier one. */
static void test_match_times__dates_the_newest_row(void **state)
{
	(void)state;
	for (size_t since = 0; since < DATES; since += 2) {
		struct bytes text = { 0 };
		sheet_header(&SHEET(whole), &text);
		for (size_t i = 0; i < LAST->count; i++)
			if (state_find(&sealed[since], LAST->rows[i].cell[NO], i))
				sheet_row(&SHEET(whole), &LAST->rows[i], &text);
		json_t *verdict = judged(place_bytes("leak.csv", &text));
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "customers"), "window");
		assert_string_equal(text_of(window, "newest_row"), dates[since]);
		json_decref(verdict);
		bytes_done(&text);
	}
}

/* ---- filter ---- */

static json_t *judge_filtered(const char *city, const char *until, unsigned one_in)
{
	struct bytes text = { 0 };
	sheet_header(&SHEET(whole), &text);
	for (size_t i = 0; i < LAST->count; i++) {
		const struct customer *row = &LAST->rows[i];
		if ((!city || !strcmp(row->cell[CITY], city)) && strcmp(row->cell[REGISTERED], until) <= 0 &&
		        i * 7919 % one_in == 0)
			sheet_row(&SHEET(whole), row, &text);
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	bytes_done(&text);
	return verdict;
}

static const json_t *filter_of(const json_t *verdict)
{
	return json_object_get(dataset_in(part_at(verdict, 0), "customers"), "filter");
}

/* The date that a filter names: nobody of the city registered after it and up to `until`, nor was anybody after `until`
 * taken. */
static void assert_date_between(const char *text, const char *city, const char *until)
{
	const char *said = strstr(text, "register_date <= ");
	assert_non_null(said);
	said += strlen("register_date <= ");
	for (size_t i = 0; i < LAST->count; i++) {
		const struct customer *row = &LAST->rows[i];
		if (!city || !strcmp(row->cell[CITY], city))
			assert_int_equal(strncmp(row->cell[REGISTERED], said, 10) <= 0,
			        strcmp(row->cell[REGISTERED], until) <= 0);
	}
}

static void test_match_times__finds_the_filter(void **state)
{
	(void)state;
	json_t *verdict = judge_filtered("重庆市", "2019-06-30", 1);
	const json_t *filter = filter_of(verdict);
	assert_has(text_of(filter, "text"), "city = 重庆市");
	assert_date_between(text_of(filter, "text"), "重庆市", "2019-06-30");
	assert_true(json_real_value(json_object_get(filter, "explains")) > 0.95);
	json_decref(verdict);

	verdict = judge_filtered(NULL, "2019-06-30", 1);
	filter = filter_of(verdict);
	assert_lacks(text_of(filter, "text"), "city");
	assert_date_between(text_of(filter, "text"), NULL, "2019-06-30");
	json_decref(verdict);

	verdict = judge_filtered("南京市", "9", 1);
	assert_string_equal(text_of(filter_of(verdict), "text"), "city = 南京市");
	json_decref(verdict);

	/* Every third of a city: the filter explains a part only. */
	verdict = judge_filtered("重庆市", "9", 3);
	assert_string_equal(text_of(filter_of(verdict), "text"), "city = 重庆市");
	assert_true(json_real_value(json_object_get(filter_of(verdict), "explains")) < 0.8);
	json_decref(verdict);

	verdict = judge_filtered(NULL, "9", 3);
	assert_true(json_is_null(filter_of(verdict)));
	json_decref(verdict);
	verdict = judge_filtered(NULL, "9", 1);
	assert_true(json_is_null(filter_of(verdict)));
	json_decref(verdict);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_times__newer_than_the_last_seal_is_open),
		cmocka_unit_test(test_match_times__few_values_come_again_after_the_last_seal),
		cmocka_unit_test(test_match_times__tells_stitched_dates),
		cmocka_unit_test(test_match_times__dates_the_newest_row),
		cmocka_unit_test(test_match_times__finds_the_filter),
	};
	return history_run(argc, argv, tests, LEN(tests));
}
