/* How many humans: accounts, orders and datasets that share them, rows that could be two people's, and the numbers
 * that a leak shows (--people): test_match_people HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

#include <sys/stat.h>

enum { CUSTOMERS = 900, TWINS = 150 };

/* The last TWINS customers are second accounts of the first ones: new number, same resident ID and mobile. */
static struct world world;

static size_t row_of_human(size_t customer)
{
	return customer < CUSTOMERS - TWINS ? customer : customer - (CUSTOMERS - TWINS);
}

/* Orders: as many as 3 a customer, from most of them; an order has one to three lines, numbered. Customers call here
 * from a phone of the household, which the next customer of an even pair shares. */
struct order_line {
	size_t customer;
	char order[16], sku[24], amount[16], when[12];
	unsigned line;
};
static struct order_line *lines;
static size_t line_count;

static void orders_invent(void)
{
	struct inventor dice;
	unsigned serial = 30017000;
	inventor_init(&dice, 4, 0);
	lines = calloc(CUSTOMERS * 9, sizeof *lines);
	for (size_t i = 0; i < CUSTOMERS * 2; i++) {
		size_t customer = dice_below(&dice, CUSTOMERS - TWINS);
		unsigned count = 1 + dice_below(&dice, 3);
		serial += 1 + dice_below(&dice, 13);
		for (unsigned n = 0; n < count; n++) {
			struct order_line *line = &lines[line_count++];
			line->customer = customer;
			line->line = n + 1;
			snprintf(line->order, sizeof line->order, "SO%08u", serial);
			snprintf(line->sku, sizeof line->sku, "PART-%04u", dice_below(&dice, 300));
			snprintf(line->amount, sizeof line->amount, "%u.%02u", dice_below(&dice, 9000),
			        dice_below(&dice, 100));
			day_text(18500 + (int32_t)dice_below(&dice, 300), line->when);
		}
	}
}

static void orders_print(const char *header, size_t from, size_t to, bool with_customer, struct bytes *out)
{
	bytes_print(out, "%s\n", header);
	for (size_t i = from; i < to; i++) {
		const struct order_line *line = &lines[i];
		bytes_print(out, "%s,%u,", line->order, line->line);
		if (with_customer)
			bytes_print(out, "%s,", world.now.rows[line->customer].cell[NO]);
		bytes_print(out, "%s,%s,%s\n", line->sku, line->amount, line->when);
	}
}

static size_t humans_in_lines(size_t from, size_t to, bool *seen)
{
	size_t count = 0;
	for (size_t i = from; i < to; i++) {
		size_t human = row_of_human(lines[i].customer);
		count += !seen[human];
		seen[human] = true;
	}
	return count;
}

static void seal_orders(void)
{
	struct bytes text = { 0 };
	orders_print("order_no,line_no,customer_id,sku,amount,ordered", 0, line_count, true, &text);
	must_seal("orders", place_bytes("orders.csv", &text), "2021-08-31",
	        (const char *const[]){ "--key", "order_no", "--key", "line_no", "--person", "customer_id", NULL });
	bytes_done(&text);
}

static void seal_customers(void)
{
	struct bytes text = { 0 };
	export_rows(&world.now, 0, &text);
	must_seal("customers", place_bytes("customers.csv", &text), "2021-08-31",
	        (const char *const[]){ "--key", "customer_id", "--person", "customer_id", "--facet", "city", "--facet",
	                "level", NULL });
	bytes_done(&text);
}

static int setup(void **state)
{
	if (place_setup(state))
		return -1;
	world_init(&world, 31, CUSTOMERS);
	for (size_t i = CUSTOMERS - TWINS; i < CUSTOMERS; i++) {
		memcpy(world.now.rows[i].cell[RESIDENT], world.now.rows[row_of_human(i)].cell[RESIDENT], CELL_MAX);
		memcpy(world.now.rows[i].cell[MOBILE], world.now.rows[row_of_human(i)].cell[MOBILE], CELL_MAX);
		memcpy(world.now.rows[i].cell[NAME], world.now.rows[row_of_human(i)].cell[NAME], CELL_MAX);
	}
	orders_invent();
	seal_customers();
	seal_orders();
	return 0;
}

static int teardown(void **state)
{
	world_done(&world);
	free(lines);
	return place_teardown(state);
}

static void assert_people(const json_t *verdict, uint64_t people)
{
	json_t *bounds = list_of(verdict, "people_bounds");
	assert_int_equal(json_array_size(bounds), 2);
	uint64_t low = (uint64_t)json_integer_value(json_array_get(bounds, 0)),
	         high = (uint64_t)json_integer_value(json_array_get(bounds, 1));
	assert_int_equal(number_of(verdict, "people"), people);
	assert_int_equal(low, people);
	assert_int_equal(high, people);
}

static const struct shown full[] = { { "id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "mail", EMAIL, NULL } };
static const struct shown numbers[] = { { "number", NO, NULL }, { "score", POINTS, NULL }, { "mail", EMAIL, NULL } };
static const struct shown phones[] = { { "tel", MOBILE, as_dashed } };

static void test_match_people__two_accounts_are_one_human(void **state)
{
	static const struct {
		struct sheet sheet;
		size_t from, to, humans;
	} rows[] = {
		{ SHEET(full), 0, CUSTOMERS, CUSTOMERS - TWINS },
		{ SHEET(full), 0, CUSTOMERS - TWINS, CUSTOMERS - TWINS },
		{ SHEET(full), CUSTOMERS - TWINS, CUSTOMERS, TWINS },
		{ SHEET(numbers), 0, CUSTOMERS,
		        CUSTOMERS - TWINS }, /* the leak itself does not show that they are the same */
		{ SHEET(phones), 0, CUSTOMERS - TWINS, CUSTOMERS - TWINS }, /* each links to two rows of one human */
		{ SHEET(phones), 0, TWINS, TWINS },
		{ SHEET(full), 7, 8, 1 },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes text = { 0 };
		sheet_rows(&rows[i].sheet, world.now.rows + rows[i].from, rows[i].to - rows[i].from, &text);
		json_t *verdict = judged(place_bytes("leak.csv", &text));
		json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
		assert_non_null(dataset);
		assert_int_equal(number_of(dataset, "linked"), rows[i].to - rows[i].from);
		assert_int_equal(number_of(dataset, "people"), rows[i].humans);
		assert_people(verdict, rows[i].humans);
		json_decref(verdict);
		bytes_done(&text);
	}
}

static void test_match_people__many_rows_of_one_person(void **state)
{
	static const struct {
		size_t from, to;
		bool with_customer;
	} rows[] = { { 0, 1200, true }, { 0, 1200, false }, { 300, 340, true }, { 900, 903, false } };
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes text = { 0 };
		bool seen[CUSTOMERS] = { 0 };
		size_t humans = humans_in_lines(rows[i].from, rows[i].to, seen);
		orders_print(rows[i].with_customer ? "单号,行,会员,货号,金额,日期" : "单号,行,货号,金额,日期",
		        rows[i].from, rows[i].to, rows[i].with_customer, &text);
		json_t *verdict = judged(place_bytes("leak.csv", &text));
		json_t *dataset = dataset_in(part_at(verdict, 0), "orders");
		assert_non_null(dataset);
		assert_int_equal(number_of(dataset, "linked"), rows[i].to - rows[i].from);
		assert_int_equal(number_of(dataset, "people"), humans);
		assert_people(verdict, humans);
		assert_string_equal(mapped(dataset, "单号"), "order_no");
		assert_string_equal(mapped(dataset, "行"), "line_no");
		if (rows[i].with_customer)
			assert_string_equal(mapped(dataset, "会员"), "customer_id");
		json_decref(verdict);
		bytes_done(&text);
	}
}

/* Two tables of one space: who stands in both counts once, whichever was sealed first. */
static void test_match_people__one_human_over_two_datasets(void **state)
{
	for (unsigned orders_first = 0; orders_first < 2; orders_first++) {
		struct bytes text[2] = { { 0 } };
		bool seen[CUSTOMERS] = { 0 };
		if (orders_first) {
			assert_int_equal(place_teardown(state), 0);
			assert_int_equal(place_setup(state), 0);
			seal_orders();
			seal_customers();
		}
		size_t buyers = humans_in_lines(0, 500, seen), both = 0;
		for (size_t i = 100; i < 500; i++)
			both += seen[i];
		assert_true(both > 50 && buyers > both + 20);
		sheet_rows(&SHEET(full), world.now.rows + 100, 400, &text[0]);
		orders_print("a,b,c,d,e,f", 0, 500, true, &text[1]);
		const struct zip_member members[] = { { "u.csv", bytes_view(&text[0]) },
			{ "o.csv", bytes_view(&text[1]) } };
		json_t *verdict = judged(place_zip("leak.zip", members, 2));
		assert_int_equal(linked_to(part_named(verdict, "u.csv"), "customers"), 400);
		assert_int_equal(linked_to(part_named(verdict, "o.csv"), "orders"), 500);
		assert_int_equal(number_of(dataset_in(part_named(verdict, "o.csv"), "orders"), "people"), buyers);
		assert_people(verdict, 400 + buyers - both);
		json_decref(verdict);
		bytes_done(&text[0]);
		bytes_done(&text[1]);
	}
}

static void test_match_people__facets_add_up(void **state)
{
	struct bytes text = { 0 };
	uint64_t in_city = 0;
	(void)state;
	const char *city = world.now.rows[40].cell[CITY], *level = world.now.rows[41].cell[LEVEL];
	uint64_t at_level = 0;
	for (size_t i = 40; i < 340; i++) {
		in_city += strcmp(world.now.rows[i].cell[CITY], city) == 0;
		at_level += strcmp(world.now.rows[i].cell[LEVEL], level) == 0;
	}
	/* Neither column stands in the leak. */
	sheet_rows(&SHEET(full), world.now.rows + 40, 300, &text);
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_int_equal(number_of(dataset, "people"), 300);
	assert_int_equal(facet_sum(dataset, "city"), 300);
	assert_int_equal(facet_sum(dataset, "level"), 300);
	assert_int_equal(facet_people(dataset, "city", city), in_city);
	assert_int_equal(facet_people(dataset, "level", level), at_level);
	json_decref(verdict);
	bytes_done(&text);
}

/* Two people share a household's number, and the leak shows nothing else: it may be either. */
static void test_match_people__bounds_hold_what_cannot_be_told(void **state)
{
	static const struct {
		bool same_human;
		uint64_t low_most, high_least;
	} rows[] = { { false, 100, 100 }, { true, 100, 100 } };
	for (size_t r = 0; r < LEN(rows); r++) {
		struct bytes sealed = { 0 }, leak = { 0 };
		assert_int_equal(place_teardown(state), 0);
		assert_int_equal(place_setup(state), 0);
		bytes_text(&sealed, "no,household,resident_id,name\n");
		bytes_text(&leak, "household\n");
		for (unsigned i = 0; i < 400; i++) {
			unsigned pair = i / 2, whose = rows[r].same_human ? pair : i;
			bytes_print(&sealed, "C%07u,H%07u,%s,%s\n", 2000000 + 37 * i, 5100000 + pair * 91,
			        world.now.rows[whose].cell[RESIDENT], world.now.rows[whose].cell[NAME]);
			if (i % 2 == 0 && i < 200)
				bytes_print(&leak, "H%07u\n", 5100000 + pair * 91);
		}
		must_seal("homes", place_bytes("homes.csv", &sealed), "2021-08-31",
		        (const char *const[]){ "--key", "no", "--person", "no", NULL });
		json_t *verdict = judged(place_bytes("leak.csv", &leak)), *bounds = list_of(verdict, "people_bounds");
		uint64_t people = number_of(verdict, "people"),
		         low = (uint64_t)json_integer_value(json_array_get(bounds, 0)),
		         high = (uint64_t)json_integer_value(json_array_get(bounds, 1));
		print_message("%s: %llu records link, people %llu in [%llu, %llu]\n",
		        rows[r].same_human ? "one human" : "two humans",
		        (unsigned long long)linked_to(part_at(verdict, 0), "homes"), (unsigned long long)people,
		        (unsigned long long)low, (unsigned long long)high);
		assert_true(low <= people && people <= high);
		assert_true(low <= rows[r].low_most && high >= rows[r].high_least);
		if (rows[r].same_human)
			assert_people(verdict, 100);
		else
			assert_true(low < high);
		json_decref(verdict);
		bytes_done(&sealed);
		bytes_done(&leak);
	}
}

/* ---- --people ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether the file holds exactly these numbers, in whatever order, one a line. */
static void assert_file_holds(const char *path, const char *const *numbers_wanted, size_t count)
{
	struct bytes text = { 0 };
	size_t got = 0;
	AUTO_FREE char **have = calloc(count + 2, sizeof *have);
	AUTO_FREE const char **want = calloc(count + 1, sizeof *want);
	memcpy(want, numbers_wanted, count * sizeof *want);
	read_whole(path, &text);
	char *at = text.ptr;
	for (char *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		*end = 0;
		assert_true(got <= count);
		have[got++] = at;
	}
	assert_int_equal(*at, 0); /* the last line ends, too */
	assert_int_equal(got, count);
	qsort(have, got, sizeof *have, by_text);
	qsort(want, count, sizeof *want, by_text);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(have[i], want[i]);
	bytes_done(&text);
}

static int fresh_customers(void **state)
{
	assert_int_equal(place_teardown(state), 0);
	assert_int_equal(place_setup(state), 0);
	seal_customers();
	return 0;
}

static void test_match_people__writes_the_numbers_that_the_leak_shows(void **state)
{
	struct bytes text = { 0 }, phone = { 0 };
	const char *want[100];
	static char lower[100][CELL_MAX];
	char path[512];
	struct stat about;
	fresh_customers(state);
	bytes_text(&text, "会员,手机,邮箱\n");
	for (size_t i = 0; i < 100; i++) {
		struct customer row = world.now.rows[300 + i];
		char wide[CELL_MAX];
		want[i] = world.now.rows[300 + i].cell[NO];
		if (i % 4 == 1) {
			as_wide(row.cell[NO], wide);
			snprintf(row.cell[NO], CELL_MAX, "%s", wide);
		} else if (i % 4 == 2) {
			as_lower(row.cell[NO], lower[i]);
			memcpy(row.cell[NO], lower[i], CELL_MAX);
			want[i] = lower[i];
		} else if (i % 4 == 3) {
			as_padded(row.cell[NO], wide);
			snprintf(row.cell[NO], CELL_MAX, "%s", wide);
		}
		for (unsigned twice = 0; twice < 1 + (i % 10 == 0); twice++)
			bytes_print(&text, "%s,%s,%s\n", row.cell[NO], row.cell[MOBILE], row.cell[EMAIL]);
	}
	for (size_t i = 0; i < 30; i++) /* somebody else's customers */
		bytes_print(&text, "U9%07zu,1%010zu,x%zu@y.example\n", i * 31, 5900000000 + i * 7919, i);
	snprintf(path, sizeof path, "%s", placed("people.txt"));
	umask(0);
	assert_code(HUFU("match", place_bytes("leak.csv", &text), "--people", path), 0);
	umask(022);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_file_holds(path, want, 100);

	/* Some more people without their numbers, in another leak of the same command: said how many. */
	sheet_rows(&SHEET(phones), world.now.rows + 500, 60, &phone);
	const struct ran *ran =
	        HUFU("match", "--people", path, "--json", placed("leak.csv"), place_bytes("phones.csv", &phone));
	assert_code(ran, 0);
	assert_clear_line(ran->err);
	assert_has(ran->err, "60 people");
	assert_file_holds(path, want, 100);
	ran = HUFU("match", "--people", path, placed("leak.csv"));
	assert_string_equal(ran->err, "");
	bytes_done(&text);
	bytes_done(&phone);
}

static void test_match_people__numbers_are_not_written_where_they_cannot(void **state)
{
	struct bytes text = { 0 };
	fresh_customers(state);
	sheet_rows(&SHEET(full), world.now.rows, 50, &text);
	const char *leak = place_bytes("leak.csv", &text);
	const struct ran *ran = HUFU("match", leak, "--people", placed("none/people.txt"));
	assert_code(ran, 2);
	assert_clear_line(ran->err);
	bytes_done(&text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_people__two_accounts_are_one_human),
		cmocka_unit_test(test_match_people__many_rows_of_one_person),
		cmocka_unit_test(test_match_people__facets_add_up),
		cmocka_unit_test(test_match_people__one_human_over_two_datasets),
		cmocka_unit_test(test_match_people__bounds_hold_what_cannot_be_told),
		cmocka_unit_test(test_match_people__writes_the_numbers_that_the_leak_shows),
		cmocka_unit_test(test_match_people__numbers_are_not_written_where_they_cannot),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
