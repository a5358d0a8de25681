/* A verdict depends on the leak and the seals alone: not on how many threads looked it up, nor on luck. Every field but
 * the time it took, and the numbers that --people writes, are held to what one thread says: test_match_threads HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

enum { CUSTOMERS = 1500, DATES = 3, COPIES = 9000, OTHERS = 6000 };

static const char *const dates[DATES] = { "2022-01-31", "2022-05-31", "2022-09-30" };
static struct world world;
static struct state at[DATES], strangers;

static int setup(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	world_init(&world, 77, CUSTOMERS);
	for (size_t i = 0; i < DATES; i++) {
		at[i] = state_copy(&world.now);
		text.len = 0;
		export_rows(&at[i], 0, &text);
		must_seal("customers", place_bytes("customers.csv", &text), dates[i],
		        (const char *const[]){ "--key", "customer_id", "--facet", "city", NULL });
		world_live(&world, 60, 25, 12, 250);
	}
	strangers = strangers_new(78, OTHERS, &at[DATES - 1]);
	bytes_done(&text);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < DATES; i++)
		state_done(&at[i]);
	state_done(&strangers);
	world_done(&world);
	unsetenv("HUFU_THREADS");
	return place_teardown(state);
}

/* ---- leaks ---- */

static const struct shown columns[] = { { "num", NO, NULL }, { "who", NAME, NULL }, { "tel", MOBILE, as_dashed },
	{ "mail", EMAIL, NULL }, { "town", CITY, NULL }, { "since", REGISTERED, as_slashes }, { "rank", LEVEL, NULL } };
static const struct shown narrow[] = { { "who", NAME, NULL }, { "town", CITY, NULL }, { "since", REGISTERED, NULL },
	{ "rank", LEVEL, NULL } };

/* Strangers first, so that what the first records teach is not the last word; then rows of two dates, some with cells
 * of other rows, among more strangers; the header comes again and again. */
static void mixed_leak(const struct sheet *sheet, struct bytes *out)
{
	struct inventor dice;
	inventor_init(&dice, 79, 0);
	for (size_t i = 0; i < COPIES + OTHERS; i++) {
		if (i % 4000 == 0)
			sheet_header(sheet, out);
		const struct state *from = &at[dice_below(&dice, 2)];
		struct customer row = from->rows[dice_below(&dice, (uint32_t)from->count)];
		if (i < OTHERS / 2 || dice_below(&dice, 3) == 0)
			row = strangers.rows[i % OTHERS];
		else if (dice_below(&dice, 10) == 0)
			for (size_t field = 0; field < FIELDS; field += 2)
				memcpy(row.cell[field],
				        from->rows[dice_below(&dice, (uint32_t)from->count)].cell[field], CELL_MAX);
		sheet_row(sheet, &row, out);
	}
}

/* ---- answers ---- */

/* The verdict without the time it took; the numbers that the leak shows go to `people`. The caller frees. */
static char *said(const char *leak, const char *threads, struct bytes *people)
{
	setenv("HUFU_THREADS", threads, 1);
	const struct ran *ran = HUFU("match", leak, "--json", "--people", placed("people"));
	/* Whether it is ours is not asked here. */
	if (ran->code > 1)
		assert_code(ran, 0);
	json_t *verdict = json_loads(ran->out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(verdict);
	assert_int_equal(json_object_del(verdict, "elapsed_s"), 0);
	char *text = json_dumps(verdict, JSON_SORT_KEYS);
	json_decref(verdict);
	read_whole(placed("people"), people);
	return text;
}

static void hold(const char *leak, uint64_t least)
{
	static const char *const threads[] = { "2", "3", "8", "8" };
	struct bytes people = { 0 }, people_one = { 0 };
	AUTO_FREE char *one = said(leak, "1", &people_one);
	json_t *verdict = json_loads(one, 0, NULL);
	uint64_t linked = linked_to(part_at(verdict, 0), "customers");
	/* Something was there to be done in several ways. */
	assert_true(linked >= least && linked < COPIES + OTHERS);
	json_decref(verdict);
	for (size_t i = 0; i < LEN(threads); i++) {
		AUTO_FREE char *many = said(leak, threads[i], &people);
		assert_string_equal(many, one);
		assert_int_equal(people.len, people_one.len);
		assert_memory_equal(people.ptr, people_one.ptr, people.len);
	}
	bytes_done(&people);
	bytes_done(&people_one);
}

static void test_match_threads__say_the_same_of_a_mixed_leak(void **state)
{
	struct bytes text = { 0 };
	(void)state;
	mixed_leak(&SHEET(columns), &text);
	hold(place_bytes("mixed.csv", &text), COPIES / 2);
	bytes_done(&text);
}

/* Names, towns and days: many rows are likely, groups of them are kept, and posteriors lie between 0 and 1. */
static void test_match_threads__say_the_same_where_rows_are_in_doubt(void **state)
{
	struct bytes text = { 0 };
	(void)state;
	mixed_leak(&SHEET(narrow), &text);
	hold(place_bytes("narrow.csv", &text), COPIES / 3);
	bytes_done(&text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_threads__say_the_same_of_a_mixed_leak),
		cmocka_unit_test(test_match_threads__say_the_same_where_rows_are_in_doubt),
	};
	if (argc < 2)
		return 2;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
