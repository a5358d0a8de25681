/* When a leak was taken: copies of sealed days, days between two, before the first, after the last, damaged, by few
 * columns, and 200 drawn at random. Half months are lived through, whole months are sealed:
 * test_match_window HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

enum { CUSTOMERS = 1200, SEALED = 6, STATES = 2 * SEALED + 1 };

/* state 0 is before the first seal; 1, 3, 5 ... are sealed; the last is after the last seal. */
static struct state states[STATES];
static const char *const days[SEALED] = { "2021-03-31", "2021-04-30", "2021-05-31", "2021-06-30", "2021-07-31",
	"2021-08-31" };
static struct inventor dice;

static bool is_sealed(size_t state)
{
	return state % 2 == 1;
}

static int setup(void **state)
{
	struct world world;
	if (place_setup(state))
		return -1;
	world_init(&world, 23, CUSTOMERS);
	inventor_init(&dice, 77, 0);
	for (size_t i = 0; i < STATES; i++) {
		if (i)
			world_live(&world, 15, 15, 5, 40);
		states[i] = state_copy(&world.now);
	}
	/* `points` came in late: the first two seals do not have it. */
	for (size_t i = 0; i < SEALED; i++) {
		struct bytes text = { 0 };
		char name[32];
		export_rows(&states[2 * i + 1], i < 2 ? 1u << POINTS : 0, &text);
		snprintf(name, sizeof name, "%s.csv", days[i]);
		must_seal("customers", place_bytes(name, &text), days[i],
		        i ? NULL : (const char *const[]){ "--key", "customer_id", NULL });
		bytes_done(&text);
	}
	world_done(&world);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < STATES; i++)
		state_done(&states[i]);
	return place_teardown(state);
}

/* ---- what the data allow ---- */

/* Index of a sealed time, -1 for open. */
static int sealed_at(const char *as_of)
{
	for (int i = 0; as_of && i < SEALED; i++)
		if (strcmp(as_of, days[i]) == 0)
			return i;
	return -1;
}

struct interval {
	int after, before; /* sealed indices; -1 and SEALED: open */
	bool at[SEALED];
	const char *newest;
};

static struct interval interval_of(const json_t *dataset)
{
	json_t *window = json_object_get(dataset, "window"), *day;
	struct interval out = { -1, SEALED, { 0 }, NULL };
	size_t i;
	assert_true(json_is_object(window));
	out.after = sealed_at(text_of(window, "after"));
	assert_true(out.after >= 0 || !text_of(window, "after"));
	out.before = text_of(window, "before") ? sealed_at(text_of(window, "before")) : SEALED;
	assert_true(out.before >= 0);
	json_array_foreach(list_of(window, "snapshots"), i, day)
	{
		int which = sealed_at(json_string_value(day));
		assert_true(which >= 0);
		out.at[which] = true;
	}
	out.newest = text_of(window, "newest_row");
	return out;
}

/* Cells (and rows) of a leak taken in state `taken` that the sealed snapshot `snapshot` contradicts. */
static size_t contradictions(size_t taken, const struct customer *rows, size_t count, const struct shown *columns,
        size_t column_count, size_t snapshot)
{
	size_t wrong = 0;
	(void)taken;
	for (size_t i = 0; i < count; i++) {
		const struct customer *then = state_find(&states[2 * snapshot + 1], rows[i].cell[NO], i);
		if (!then) {
			wrong++;
			continue;
		}
		for (size_t c = 0; c < column_count; c++)
			wrong += strcmp(then->cell[columns[c].field], rows[i].cell[columns[c].field]) != 0;
	}
	return wrong;
}

/* Whether the truth lies in the window: strictly between its ends, and named when it is a sealed day. */
static bool holds_truth(const struct interval *window, size_t taken)
{
	int last = (int)taken / 2 - 1 + (int)(taken % 2), next = last + 1; /* last seal at or before; the first after */
	if (is_sealed(taken))
		return window->after < last && window->before > last && window->at[last];
	return window->after <= last && window->before >= next;
}

/* The nearest sealed times that at least so many cells speak against. */
enum { ENOUGH = 8 };

static bool no_wider_than_data(const struct interval *window, size_t taken, const struct customer *rows, size_t count,
        const struct shown *columns, size_t column_count)
{
	int last = (int)taken / 2 - 1 + (int)(taken % 2), low = is_sealed(taken) ? last - 1 : last, high = last + 1;
	while (low >= 0 && contradictions(taken, rows, count, columns, column_count, (size_t)low) < ENOUGH)
		low--;
	while (high < SEALED && contradictions(taken, rows, count, columns, column_count, (size_t)high) < ENOUGH)
		high++;
	bool good = window->after >= low && window->before <= high;
	for (int i = 0; i < SEALED; i++)
		good &= !window->at[i] || (i > low && i < high);
	return good;
}

static void window_print(const char *what, size_t taken, const struct interval *w)
{
	print_error("%s: taken in state %zu (%s %s); window after %s before %s, at", what, taken,
	        taken == 0         ? "before"
	        : is_sealed(taken) ? "at"
	                           : "behind",
	        days[taken ? (taken - 1) / 2 : 0], w->after < 0 ? "-" : days[w->after],
	        w->before == SEALED ? "-" : days[w->before]);
	for (int i = 0; i < SEALED; i++)
		if (w->at[i])
			print_error(" %s", days[i]);
	print_error("\n");
}

/* ---- tests ---- */

static const struct shown all[] = { { "id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "address", ADDRESS, NULL }, { "level", LEVEL, NULL }, { "points", POINTS, NULL } };
/* Before the third seal there was no column of points: a leak of that time cannot have it. */
enum { POINTS_FROM = 4 };
static const struct shown early[] = { { "id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "address", ADDRESS, NULL }, { "level", LEVEL, NULL } };
static const struct shown some[] = { { "手机", MOBILE, NULL }, { "地址", ADDRESS, NULL }, { "证件", RESIDENT, NULL } };
static const struct shown few[] = { { "证件", RESIDENT, NULL }, { "积分", POINTS, NULL } };
static const struct shown unchanging[] = { { "证件", RESIDENT, NULL }, { "姓名", NAME, NULL } };

static void damage(struct customer *row, const struct sheet *sheet, unsigned per_mille)
{
	for (size_t c = 0; c < sheet->column_count; c++) {
		char *cell = row->cell[sheet->columns[c].field];
		size_t len = strlen(cell);
		/* Its last byte that stands alone becomes another one. */
		if (len && dice_chance(&dice, per_mille) && (unsigned char)cell[len - 1] < 0x80)
			cell[len - 1] = cell[len - 1] == '7' ? '3' : '7';
		else if (len && (unsigned char)cell[len - 1] >= 0x80 && dice_chance(&dice, per_mille))
			cell[0] = 0;
	}
}

/* Writes `count` rows (0: all) of a state, in any order; `rows` gets them as they truly were. */
static const char *leak_write(const char *name, size_t taken, const struct sheet *sheet, size_t *count,
        unsigned damaged, struct customer *rows)
{
	struct bytes text = { 0 };
	AUTO_FREE size_t *order = shuffled(&dice, states[taken].count);
	if (!*count || *count > states[taken].count)
		*count = states[taken].count;
	sheet_header(sheet, &text);
	for (size_t i = 0; i < *count; i++) {
		rows[i] = states[taken].rows[order[i]];
		struct customer shown = rows[i];
		damage(&shown, sheet, damaged);
		sheet_row(sheet, &shown, &text);
	}
	const char *path = place_bytes(name, &text);
	bytes_done(&text);
	return path;
}

static struct interval window_for(size_t taken, const struct sheet *sheet, size_t count, unsigned damaged)
{
	AUTO_FREE struct customer *rows = malloc(2 * CUSTOMERS * sizeof *rows);
	json_t *verdict = judged(leak_write("leak.csv", taken, sheet, &count, damaged, rows));
	json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_non_null(dataset);
	struct interval window = interval_of(dataset);
	window.newest = sealed_at(window.newest) >= 0 ? days[sealed_at(window.newest)] : NULL;
	json_decref(verdict);
	return window;
}

static void test_match_window__is_exact_for_whole_copies(void **state)
{
	static const struct {
		const char *name;
		struct sheet sheet;
		unsigned damaged;
	} rows[] = { { "all columns", SHEET(all), 0 }, { "some columns", SHEET(some), 0 },
		{ "5 % damaged", SHEET(all), 50 }, { "some columns, 5 % damaged", SHEET(some), 50 } };
	unsigned wrong = 0;
	(void)state;
	for (size_t r = 0; r < LEN(rows); r++)
		for (size_t taken = 0; taken < STATES; taken++) {
			bool had_points = taken >= POINTS_FROM || rows[r].sheet.columns != all;
			struct interval w =
			        window_for(taken, had_points ? &rows[r].sheet : &SHEET(early), 0, rows[r].damaged);
			int last = (int)taken / 2 - 1 + (int)(taken % 2);
			bool good = w.after == (is_sealed(taken) ? last - 1 : last) && w.before == last + 1;
			for (int i = 0; i < SEALED; i++)
				good &= w.at[i] == (is_sealed(taken) && i == last);
			/* Beyond the ends, few columns or few cells that changed, or damage in all columns, leave the
			 * end itself as likely: it may stay in. */
			if (taken == 0 || (r > 0 && taken == STATES - 1))
				good = holds_truth(&w, taken) && (taken ? w.after >= SEALED - 2 : w.before <= 1);
			if (!good)
				window_print(rows[r].name, taken, &w), wrong++;
		}
	assert_int_equal(wrong, 0);
}

/* A leak with a column that was sealed only from the third snapshot on, and little else that changes. */
static void test_match_window__knows_when_a_column_came_in(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (size_t taken = POINTS_FROM; taken < STATES; taken++) {
		struct interval w = window_for(taken, &SHEET(few), 0, 0);
		if (!holds_truth(&w, taken) || w.after < 1)
			window_print("late column", taken, &w), wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Nothing in these columns ever changes: only who had joined, and who was still there, dates the leak. */
static void test_match_window__uses_who_was_there(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (size_t taken = 0; taken < STATES; taken++) {
		struct interval w = window_for(taken, &SHEET(unchanging), 0, 0);
		if (!holds_truth(&w, taken))
			window_print("unchanging", taken, &w), wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* The newest row is told apart from the window: an old selection out of a new table. */
static void test_match_window__newest_row_is_the_youngest_link(void **state)
{
	struct bytes text = { 0 };
	size_t kept = 0;
	(void)state;
	sheet_header(&SHEET(all), &text);
	for (size_t i = 0; i < states[9].count; i++) { /* as of the fifth seal, of those whom the second seal had */
		const struct customer *row = &states[9].rows[i];
		if (state_find(&states[3], row->cell[NO], i))
			sheet_row(&SHEET(all), row, &text), kept++;
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
	struct interval w = interval_of(dataset);
	assert_true(kept > 500);
	assert_int_equal(number_of(dataset, "linked"), kept);
	assert_string_equal(w.newest, days[1]);
	assert_true(holds_truth(&w, 9));
	assert_int_equal(w.after, 3);
	json_decref(verdict);
	bytes_done(&text);
}

enum { DRAWS = 200, DRAW_ROWS = 400 };

static struct draw {
	size_t taken, count;
	struct sheet sheet;
	unsigned damaged;
	struct customer *rows;
	char path[512];
} draws[DRAWS];

static void test_match_window__seldom_misses_and_is_seldom_wide(void **state)
{
	static const char *paths[DRAWS];
	static json_t *verdicts[DRAWS];
	static const struct sheet sheets[] = { SHEET(early), SHEET(some), SHEET(unchanging), SHEET(all), SHEET(few) };
	unsigned missed = 0, wide = 0;
	(void)state;
	for (size_t i = 0; i < DRAWS; i++) {
		struct draw *d = &draws[i];
		char name[32];
		*d = (struct draw){ .taken = dice_below(&dice, STATES),
			.count = 40 + dice_below(&dice, DRAW_ROWS - 40),
			.damaged = dice_chance(&dice, 500) ? 0 : dice_below(&dice, 50),
			.rows = malloc(DRAW_ROWS * sizeof(struct customer)) };
		d->sheet = sheets[dice_below(&dice, d->taken < POINTS_FROM ? 3 : LEN(sheets))];
		snprintf(name, sizeof name, "draw-%zu.csv", i);
		snprintf(d->path, sizeof d->path, "%s",
		        leak_write(name, d->taken, &d->sheet, &d->count, d->damaged, d->rows));
		paths[i] = d->path;
	}
	judged_all(paths, DRAWS, verdicts);
	for (size_t i = 0; i < DRAWS; i++) {
		const struct draw *d = &draws[i];
		json_t *dataset = dataset_in(part_at(verdicts[i], 0), "customers");
		assert_non_null(dataset);
		struct interval w = interval_of(dataset);
		bool miss = !holds_truth(&w, d->taken);
		bool broad = !d->damaged && !no_wider_than_data(&w, d->taken, d->rows, d->count, d->sheet.columns,
		                                    d->sheet.column_count);
		if (miss || broad) {
			print_error("%s, %zu rows, %zu columns, %u/1000 damaged: ", miss ? "missed" : "wide", d->count,
			        d->sheet.column_count, d->damaged);
			window_print("draw", d->taken, &w);
		}
		missed += miss;
		wide += broad;
		json_decref(verdicts[i]);
		free(d->rows);
	}
	print_message("of %d draws %u missed, %u wider than the data allow\n", DRAWS, missed, wide);
	assert_true(missed <= DRAWS / 100);
	assert_true(wide <= DRAWS / 20);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_window__is_exact_for_whole_copies),
		cmocka_unit_test(test_match_window__knows_when_a_column_came_in),
		cmocka_unit_test(test_match_window__uses_who_was_there),
		cmocka_unit_test(test_match_window__newest_row_is_the_youngest_link),
		cmocka_unit_test(test_match_window__seldom_misses_and_is_seldom_wide),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
