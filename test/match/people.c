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
static const struct shown numbers_hidden[] = { { "tel", MOBILE, as_dashed }, { "mail", EMAIL, NULL },
	{ "score", POINTS, NULL }, { "home", ADDRESS, NULL } };
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

enum { TICKETS = 600 };

/* "T0012345,PART-0123,2020-03-04," of ours, or the like of another holder. */
static void ticket_print(size_t i, bool ours, struct bytes *out)
{
	if (ours)
		bytes_print(out, "T%07zu,%s,%s,", 12000 + i * 3, lines[i].sku, lines[i].when);
	else
		bytes_print(out, "%zu-%zu,%zu,2019-%02zu-%02zu,", i * 7919 % 9973, i, i * 31 % 89, i % 12 + 1,
		        i * 5 % 28 + 1);
}

static void seal_tickets(void)
{
	struct bytes text = { 0 };
	bytes_text(&text, "ticket_no,part,opened,customer_id\n");
	for (size_t i = 0; i < TICKETS; i++) {
		ticket_print(i, true, &text);
		bytes_print(&text, "%s\n", world.now.rows[lines[i].customer].cell[NO]);
	}
	must_seal("tickets", place_bytes("tickets.csv", &text), "2021-08-31",
	        (const char *const[]){ "--key", "ticket_no", "--person", "customer_id", NULL });
	bytes_done(&text);
}

/* Tickets with the people who opened them, in one table: each of two datasets explains its columns, together all. With
 * somebody else's tickets in those columns it is the same people from elsewhere, or undecided, and no copy. */
static void test_match_people__a_table_joined_of_two_is_a_copy(void **state)
{
	static const char *const words[] = { "overlap inconclusive", "genuine" };
	(void)state;
	seal_tickets();
	for (unsigned ours = 0; ours < 2; ours++) {
		struct bytes text = { 0 };
		bool seen[CUSTOMERS] = { 0 };
		size_t buyers = humans_in_lines(0, TICKETS, seen);
		bytes_text(&text, "单号,货号,日期,姓名,电话,证件\n");
		for (size_t i = 0; i < TICKETS; i++) {
			const struct customer *who = &world.now.rows[lines[i].customer];
			ticket_print(i, ours, &text);
			bytes_print(&text, "%s,%s,%s\n", who->cell[NAME], who->cell[MOBILE], who->cell[RESIDENT]);
		}
		json_t *verdict = judged(place_bytes("joined.csv", &text));
		if (!strstr(words[ours], text_of(verdict, "verdict")))
			print_error("%s, wanted: %s\n", text_of(verdict, "verdict"), words[ours]);
		assert_non_null(strstr(words[ours], text_of(verdict, "verdict")));
		assert_people(verdict, buyers);
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

/* ---- bounds ---- */

/* People who share a household's number and a desk's, and records that show the one, the other, both, or who it is: all
 * that the records can be is tried out. */
enum { SHARERS = 400, BOUND_CASES = 60, RECORDS_MOST = 8, ONES_MOST = 4, PLAIN = 30 };

struct sharer {
	unsigned household, desk;
};

struct riddle {
	size_t records;
	struct {
		size_t ones[ONES_MOST], count; /* who it may be */
	} record[RECORDS_MOST];
	uint64_t fewest, most;
};

/* Every choice of one person a record. */
static void riddle_solve(struct riddle *riddle, size_t at, size_t *chosen)
{
	if (at < riddle->records && at < RECORDS_MOST) {
		for (size_t i = 0; i < riddle->record[at].count; i++) {
			chosen[at] = riddle->record[at].ones[i];
			riddle_solve(riddle, at + 1, chosen);
		}
		return;
	}
	uint64_t people = 0;
	for (size_t i = 0; i < at; i++) {
		bool again = false;
		for (size_t k = 0; k < i; k++)
			again |= chosen[k] == chosen[i];
		people += !again;
	}
	riddle->fewest = people < riddle->fewest ? people : riddle->fewest;
	riddle->most = people > riddle->most ? people : riddle->most;
}

static void riddle_record(
        struct riddle *riddle, const struct sharer *sharers, size_t who, unsigned shows, struct bytes *leak)
{
	size_t at = riddle->records++;
	riddle->record[at].count = 0;
	for (size_t i = 0; i < SHARERS; i++)
		if ((!(shows & 1) || sharers[i].household == sharers[who].household) &&
		        (!(shows & 2) || sharers[i].desk == sharers[who].desk) && (shows || i == who)) {
			assert_true(riddle->record[at].count < ONES_MOST);
			riddle->record[at].ones[riddle->record[at].count++] = i;
		}
	char no[16] = "", household[16] = "", desk[16] = "";
	if (!shows)
		snprintf(no, sizeof no, "C%08zu", 20000000 + 7919 * who);
	if (shows & 1)
		snprintf(household, sizeof household, "H%08u", 51000000 + 91 * sharers[who].household);
	if (shows & 2)
		snprintf(desk, sizeof desk, "D%08u", 83000000 + 53 * sharers[who].desk);
	bytes_print(leak, "%s,%s,%s\n", no, household, desk);
}

static void test_match_people__bounds_hold_what_cannot_be_told(void **state)
{
	static struct riddle riddles[BOUND_CASES];
	static json_t *verdicts[BOUND_CASES];
	static char paths[BOUND_CASES][512];
	static const char *leaks[BOUND_CASES];
	struct sharer sharers[SHARERS];
	struct bytes sealed = { 0 };
	struct inventor dice;
	uint64_t low_sum = 0, fewest_sum = 0, high_sum = 0, most_sum = 0, apart = 0;
	assert_int_equal(place_teardown(state), 0);
	assert_int_equal(place_setup(state), 0);
	inventor_init(&dice, 17, 0);
	bytes_text(&sealed, "no,household,desk\n");
	for (size_t i = 0; i < SHARERS; i++) {
		/* Two or three to a household, two to a desk, each with others. */
		sharers[i] = (struct sharer){ (unsigned)(i * 2 / 5), (unsigned)((i + 1) / 2) };
		bytes_print(&sealed, "C%08zu,H%08u,D%08u\n", 20000000 + 7919 * i, 51000000 + 91 * sharers[i].household,
		        83000000 + 53 * sharers[i].desk);
	}
	must_seal("homes", place_bytes("homes.csv", &sealed), "2021-08-31",
	        (const char *const[]){ "--key", "no", "--person", "no", NULL });
	for (size_t i = 0; i < BOUND_CASES; i++) {
		struct bytes leak = { 0 };
		size_t chosen[RECORDS_MOST], from = dice_below(&dice, SHARERS - 8), count = 4 + dice_below(&dice, 5);
		riddles[i] = (struct riddle){ .fewest = UINT64_MAX };
		bytes_text(&leak, "no,household,desk\n");
		/* Others show all they have, so that it is seen what the columns are. */
		for (size_t k = 0; k < PLAIN; k++) {
			size_t at = (from + 100 + 5 * k) % SHARERS;
			bytes_print(&leak, "C%08zu,H%08u,D%08u\n", 20000000 + 7919 * at,
			        51000000 + 91 * sharers[at].household, 83000000 + 53 * sharers[at].desk);
		}
		/* Neighbours, so that they share. */
		for (size_t k = 0; k < count; k++)
			riddle_record(
			        &riddles[i], sharers, from + dice_below(&dice, 8), dice_below(&dice, 10) % 4, &leak);
		riddle_solve(&riddles[i], 0, chosen);
		riddles[i].fewest += PLAIN;
		riddles[i].most += PLAIN;
		snprintf(paths[i], sizeof paths[i], "%s",
		        place_bytes(
		                (char[32]){ (char)('a' + i / 26), (char)('a' + i % 26), '.', 'c', 's', 'v' }, &leak));
		leaks[i] = paths[i];
		bytes_done(&leak);
	}
	judged_all(leaks, BOUND_CASES, verdicts);
	for (size_t i = 0; i < BOUND_CASES; i++) {
		json_t *bounds = list_of(verdicts[i], "people_bounds");
		uint64_t people = number_of(verdicts[i], "people"),
		         low = (uint64_t)json_integer_value(json_array_get(bounds, 0)),
		         high = (uint64_t)json_integer_value(json_array_get(bounds, 1));
		if (low > riddles[i].fewest || high < riddles[i].most || people < riddles[i].fewest ||
		        people > riddles[i].most) {
			print_error("case %zu: %zu records are %llu to %llu people; said %llu in [%llu, %llu]\n", i,
			        riddles[i].records, (unsigned long long)riddles[i].fewest,
			        (unsigned long long)riddles[i].most, (unsigned long long)people,
			        (unsigned long long)low, (unsigned long long)high);
			fail();
		}
		low_sum += low - PLAIN;
		fewest_sum += riddles[i].fewest - PLAIN;
		high_sum += high - PLAIN;
		most_sum += riddles[i].most - PLAIN;
		apart += low < high;
		json_decref(verdicts[i]);
	}
	print_message("fewest %llu, said %llu; most %llu, said %llu; %llu of %d cases open\n",
	        (unsigned long long)fewest_sum, (unsigned long long)low_sum, (unsigned long long)most_sum,
	        (unsigned long long)high_sum, (unsigned long long)apart, BOUND_CASES);
	assert_true(low_sum * 10 >= fewest_sum * 9 && high_sum * 10 <= most_sum * 11);
	assert_true(apart > BOUND_CASES / 4 && apart < BOUND_CASES);
	bytes_done(&sealed);
}

/* Two people share a household's number, and the leak shows nothing else: it may be either, and surely is one; unless
 * two records show it, which may be both. */
static void test_match_people__a_household_counts_one_at_least(void **state)
{
	static const struct {
		bool same_human;
		unsigned times;
		uint64_t low, high;
	} rows[] = { { false, 1, 100, 100 }, { false, 2, 100, 200 }, { false, 3, 100, 200 }, { true, 1, 100, 100 },
		{ true, 2, 100, 100 } };
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
			for (unsigned k = 0; i % 2 == 0 && i < 200 && k < rows[r].times; k++)
				bytes_print(&leak, "H%07u\n", 5100000 + pair * 91);
		}
		must_seal("homes", place_bytes("homes.csv", &sealed), "2021-08-31",
		        (const char *const[]){ "--key", "no", "--person", "no", NULL });
		json_t *verdict = judged(place_bytes("leak.csv", &leak)), *bounds = list_of(verdict, "people_bounds");
		assert_int_equal(json_integer_value(json_array_get(bounds, 0)), rows[r].low);
		assert_int_equal(json_integer_value(json_array_get(bounds, 1)), rows[r].high);
		assert_int_equal(number_of(verdict, "people"), 100);
		json_decref(verdict);
		bytes_done(&sealed);
		bytes_done(&leak);
	}
}

/* ---- people inside others' rows ---- */

/* Rows of customers, each with somebody else, or himself, in it. */
enum { INSIDE_ROWS = 1200, OTHERS = 700 };

struct inside {
	const char *name;
	unsigned own,
	        customers; /* per mille of the contacts: the customer himself; another customer; else a stranger */
	bool orders;       /* a table whose rows are not persons; else the customers' own, with a second mobile */
	bool second_name, owner_shown, contact_shown;
	const char *person; /* said when sealing; NULL: to be found */
};

/* Who it is: customers by their human, then strangers. */
struct contact {
	size_t customer, who;
	const struct customer *as;
};

static struct contact contact_draw(
        struct inventor *dice, const struct inside *inside, size_t customer, const struct state *strangers, size_t at)
{
	unsigned draw = dice_below(dice, 1000);
	size_t other = dice_below(dice, CUSTOMERS - TWINS);
	if (draw < inside->own)
		return (struct contact){ customer, row_of_human(customer), &world.now.rows[customer] };
	if (draw < inside->own + inside->customers)
		return (struct contact){ customer, other, &world.now.rows[other] };
	/* The same stranger may be in several orders; a second mobile is one row's. */
	other = inside->orders ? dice_below(dice, OTHERS) : at;
	return (struct contact){ customer, CUSTOMERS + other, &strangers->rows[other] };
}

static void inside_header(const struct inside *inside, bool sealed, struct bytes *out)
{
	bool owner = sealed || inside->owner_shown;
	bytes_text(out, inside->orders ? "order_no," : "");
	bytes_text(out, inside->orders && !sealed ? "" : owner || inside->orders ? "customer_id," : "");
	bytes_text(out, !inside->orders ? "name," : "");
	bytes_text(out, !inside->orders && owner ? "mobile," : "");
	bytes_text(out, inside->second_name ? "contact_name," : "");
	bytes_text(out, sealed || inside->contact_shown ? "contact_mobile," : "");
	bytes_text(out, "amount\n");
}

static void inside_row(
        const struct inside *inside, const struct contact *contact, size_t at, bool sealed, struct bytes *out)
{
	const struct customer *row = &world.now.rows[contact->customer];
	bool owner = sealed || inside->owner_shown;
	if (inside->orders)
		bytes_print(out, "SO%08zu,", 41000000 + at * 7);
	if (inside->orders ? sealed : owner)
		bytes_print(out, "%s,", row->cell[NO]);
	if (!inside->orders)
		bytes_print(out, "%s,", row->cell[NAME]);
	if (!inside->orders && owner)
		bytes_print(out, "%s,", row->cell[MOBILE]);
	if (inside->second_name)
		bytes_print(out, "%s,", contact->as->cell[NAME]);
	if (sealed || inside->contact_shown)
		bytes_print(out, "%s,", contact->as->cell[MOBILE]);
	bytes_print(out, "%zu.%02zu\n", at * 7919 % 9000, at % 100);
}

static uint64_t inside_judge(const struct inside *inside, const struct state *strangers, uint64_t *people)
{
	static bool seen[CUSTOMERS + INSIDE_ROWS];
	struct bytes sealed = { 0 }, leak = { 0 };
	struct inventor dice;
	size_t rows = inside->orders ? INSIDE_ROWS : CUSTOMERS - TWINS;
	memset(seen, 0, sizeof seen);
	*people = 0;
	inventor_init(&dice, 91, 0);
	inside_header(inside, true, &sealed);
	inside_header(inside, false, &leak);
	for (size_t i = 0; i < rows; i++) {
		size_t customer = inside->orders ? dice_below(&dice, CUSTOMERS) : i;
		struct contact contact = contact_draw(&dice, inside, customer, strangers, i);
		inside_row(inside, &contact, i, true, &sealed);
		if (i >= rows / 2)
			continue;
		inside_row(inside, &contact, i, false, &leak);
		size_t owner = row_of_human(customer);
		*people += inside->contact_shown && !seen[contact.who];
		seen[contact.who] |= inside->contact_shown;
		*people += inside->owner_shown && !inside->orders && !seen[owner];
		seen[owner] |= inside->owner_shown && !inside->orders;
	}
	if (inside->orders)
		seal_customers();
	must_seal("table", place_bytes("table.csv", &sealed), "2021-08-31",
	        (const char *const[]){ "--key", inside->orders ? "order_no" : "customer_id",
	                inside->person ? "--person" : NULL, inside->person, NULL });
	json_t *verdict = judged(place_bytes("leak.csv", &leak));
	uint64_t exposed = number_of(verdict, "people_exposed");
	assert_true(linked_to(part_at(verdict, 0), "table") >= rows / 2 * 99 / 100);
	json_decref(verdict);
	bytes_done(&sealed);
	bytes_done(&leak);
	return exposed;
}

static void test_match_people__counts_people_inside_others_rows(void **state)
{
	static const struct inside rows[] = {
		{ "contacts of orders", 0, 200, true, true, false, true, "customer_id" },
		{ "contacts of orders, persons found", 0, 200, true, true, false, true, NULL },
		{ "contacts who are strangers", 0, 0, true, true, false, true, NULL },
		{ "contacts who are all customers", 0, 1000, true, true, false, true, NULL },
		{ "contacts, mostly the customers themselves", 900, 100, true, false, false, true, NULL },
		{ "orders without their contacts", 0, 200, true, false, false, false, NULL },
		{ "a second name and mobile", 0, 100, false, true, true, true, "customer_id" },
		{ "the second mobile alone", 0, 100, false, true, false, true, "customer_id" },
		{ "the first mobile alone", 0, 100, false, false, true, false, "customer_id" },
	};
	struct state strangers = strangers_new(92, INSIDE_ROWS, NULL);
	unsigned wrong = 0;
	for (size_t i = 0; i < LEN(rows); i++) {
		uint64_t people;
		assert_int_equal(place_teardown(state), 0);
		assert_int_equal(place_setup(state), 0);
		uint64_t exposed = inside_judge(&rows[i], &strangers, &people);
		if (exposed != people) {
			print_error("%s: %llu exposed, not %llu\n", rows[i].name, (unsigned long long)exposed,
			        (unsigned long long)people);
			wrong++;
		}
	}
	state_done(&strangers);
	assert_int_equal(wrong, 0);
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

/* ---- --people with --from ---- */

/* Our own table of some customers, in full. */
static const char *place_source(const char *name, size_t from, size_t count)
{
	struct bytes text = { 0 };
	struct state some = { world.now.rows + from, count };
	export_rows(&some, 0, &text);
	const char *path = place_bytes(name, &text);
	bytes_done(&text);
	return path;
}

static const char *place_phones(const char *name, size_t from, size_t count)
{
	struct bytes text = { 0 };
	sheet_rows(&SHEET(numbers_hidden), world.now.rows + from, count, &text);
	const char *path = place_bytes(name, &text);
	bytes_done(&text);
	return path;
}

static void want_numbers(const char **want, size_t from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		want[i] = world.now.rows[from + i].cell[NO];
}

static size_t audit_lines(const char *what)
{
	struct bytes text = { 0 };
	size_t count = 0;
	read_whole(placed("store/audit"), &text);
	for (const char *at = text.ptr; (at = strstr(at, what)) != NULL; at++)
		count++;
	bytes_done(&text);
	return count;
}

static void test_match_people__a_source_names_who_is_linked(void **state)
{
	const char *want[CUSTOMERS];
	struct stat about;
	fresh_customers(state);
	const char *leak = place_phones("leak.csv", 200, 80), *list = placed("people.txt");
	assert_code(HUFU("match", leak, "--people", list), 0);
	assert_file_holds(list, want, 0);
	assert_int_equal(audit_lines("\"what\":\"people\""), 0);
	umask(0);
	const struct ran *ran =
	        HUFU("match", leak, "--people", list, "--from", place_source("ours.csv", 0, CUSTOMERS - TWINS));
	umask(022);
	assert_code(ran, 0);
	assert_string_equal(ran->err, "");
	want_numbers(want, 200, 80);
	assert_file_holds(list, want, 80);
	assert_int_equal(stat(list, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_int_equal(audit_lines("\"what\":\"people\""), 1);

	/* A newer table lacks some of them; an older one, in a directory, has the rest. */
	ran = HUFU("match", leak, "--people", list, "--from", place_source("newer.csv", 223, 500));
	assert_code(ran, 0);
	assert_clear_line(ran->err);
	assert_has(ran->err, "23 people are linked whose number neither the leak nor the source shows");
	want_numbers(want, 223, 57);
	assert_file_holds(list, want, 57);
	assert_int_equal(mkdir(placed("older"), 0700), 0);
	place_source("older/1.csv", 0, 210);
	place_source("older/2.csv", 210, 13);
	ran = HUFU("match", leak, "--people", list, "--from", placed("older"), "--from", placed("newer.csv"));
	assert_code(ran, 0);
	assert_string_equal(ran->err, "");
	want_numbers(want, 200, 80);
	assert_file_holds(list, want, 80);

	/* Two leaks that share people; one shows numbers that the source does not have. */
	struct bytes text = { 0 };
	sheet_rows(&SHEET(full), world.now.rows + 250, 100, &text);
	ran = HUFU("match", leak, place_bytes("full.csv", &text), "--json", "--people", list, "--from",
	        place_source("some.csv", 0, 260));
	assert_code(ran, 0);
	assert_string_equal(ran->err, "");
	want_numbers(want, 200, 150);
	assert_file_holds(list, want, 150);
	bytes_done(&text);
}

/* Nobody is lost for having two accounts, and nobody who is not linked comes in. */
static void test_match_people__a_source_names_joined_accounts(void **state)
{
	static const struct {
		size_t leak_from, leak_count, source_from, source_count, want_from, want_count;
	} rows[] = {
		/* Mails tell the accounts apart: those of the leak, though the source has both. */
		{ CUSTOMERS - TWINS, TWINS, 0, CUSTOMERS, CUSTOMERS - TWINS, TWINS },
		{ 0, TWINS, 0, CUSTOMERS, 0, TWINS },
		/* The source has only the other accounts of the same people. */
		{ CUSTOMERS - TWINS, TWINS, 0, CUSTOMERS - TWINS, 0, TWINS },
		{ 0, TWINS, CUSTOMERS - TWINS, TWINS, CUSTOMERS - TWINS, TWINS },
		/* Both accounts leaked, and the source has both. */
		{ 0, CUSTOMERS, 0, CUSTOMERS, 0, CUSTOMERS },
	};
	fresh_customers(state);
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *want[CUSTOMERS], *list = placed("people.txt");
		const char *leak = place_phones("leak.csv", rows[i].leak_from, rows[i].leak_count);
		const struct ran *ran = HUFU("match", leak, "--people", list, "--from",
		        place_source("ours.csv", rows[i].source_from, rows[i].source_count));
		assert_code(ran, 0);
		assert_string_equal(ran->err, "");
		want_numbers(want, rows[i].want_from, rows[i].want_count);
		assert_file_holds(list, want, rows[i].want_count);
	}
}

static void test_match_people__a_wrong_source_is_said_before_the_work(void **state)
{
	struct stat about;
	fresh_customers(state);
	const char *leak = place_phones("leak.csv", 200, 80), *list = placed("people.txt");
	const struct {
		const char *source, *says;
	} rows[] = { { place_text("staff.csv", "staff_no,name\nS1,a\n"), "customer_id" },
		{ place_text("bare.csv", "13800138000,a\n13912345678,b\n"), "no header" },
		{ place_text("empty.csv", ""), "empty" }, { placed("gone.csv"), "gone.csv" } };
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct ran *ran = HUFU("match", leak, "--people", list, "--from", rows[i].source);
		assert_code(ran, 2);
		assert_clear_line(ran->err);
		assert_has(ran->err, rows[i].says);
		assert_string_equal(ran->out, "");
		assert_int_equal(stat(list, &about), -1);
	}
	const struct ran *ran = HUFU("match", leak, "--from", place_source("ours.csv", 0, 10));
	assert_code(ran, 2);
	assert_has(ran->err, "--people");
	assert_int_equal(audit_lines("\"what\":\"match\""), 0);
}

/* People numbered in two ways, in columns of one name, with numbers that meet; and a dataset that refers to one. */
static void test_match_people__sources_of_several_spaces(void **state)
{
	struct bytes text[4] = { { 0 } };
	const char *want[200];
	static char ids[300][16];
	assert_int_equal(place_teardown(state), 0);
	assert_int_equal(place_setup(state), 0);
	bytes_text(&text[0], "id,name,mobile,city\n");
	bytes_text(&text[1], "id,email,address,points\n");
	for (unsigned i = 0; i < 300; i++) {
		const struct customer *one = &world.now.rows[i], *other = &world.now.rows[400 + i];
		snprintf(ids[i], sizeof ids[i], "%u", 70001 + i);
		bytes_print(&text[0], "%s,%s,%s,%s\n", ids[i], one->cell[NAME], one->cell[MOBILE], one->cell[CITY]);
		bytes_print(&text[1], "%s,%s,\"%s\",%s\n", ids[i], other->cell[EMAIL], other->cell[ADDRESS],
		        other->cell[POINTS]);
	}
	const char *clients = place_bytes("clients.csv", &text[0]), *guests = place_bytes("guests.csv", &text[1]);
	must_seal("clients", clients, "2021-08-31", (const char *const[]){ "--person", "id@clients", NULL });
	must_seal("guests", guests, "2021-08-31", (const char *const[]){ "--person", "id@guests", NULL });
	bytes_text(&text[2], "who,tel,where\n");
	bytes_text(&text[3], "mail,addr,points\n");
	for (unsigned i = 0; i < 60; i++) {
		const struct customer *one = &world.now.rows[i], *other = &world.now.rows[400 + 100 + i];
		bytes_print(&text[2], "%s,%s,%s\n", one->cell[NAME], one->cell[MOBILE], one->cell[CITY]);
		bytes_print(&text[3], "%s,\"%s\",%s\n", other->cell[EMAIL], other->cell[ADDRESS], other->cell[POINTS]);
	}
	const char *list = placed("people.txt"), *first = place_bytes("first.csv", &text[2]),
	           *second = place_bytes("second.csv", &text[3]);
	static const struct {
		bool leaks[2], sources[2];
		unsigned clients, guests, unnamed;
	} rows[] = {
		{ { true, false }, { true, false }, 60, 0, 0 },
		{ { false, true }, { false, true }, 0, 60, 0 },
		{ { true, false }, { false, true }, 0, 0, 60 },
		{ { true, true }, { true, false }, 60, 0, 60 },
		{ { true, true }, { true, true }, 60, 60, 0 },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *words[12] = { "match", "--people", list };
		size_t count = 3, wanted = 0;
		char said[32];
		for (unsigned k = 0; k < 2; k++) {
			if (rows[i].leaks[k])
				words[count++] = k ? second : first;
			if (!rows[i].sources[k])
				continue;
			words[count++] = "--from";
			words[count++] = k ? guests : clients;
		}
		const struct ran *ran = run_words(words, NULL);
		assert_code(ran, 0);
		for (unsigned k = 0; k < rows[i].clients; k++)
			want[wanted++] = ids[k];
		for (unsigned k = 0; k < rows[i].guests; k++)
			want[wanted++] = ids[100 + k];
		assert_file_holds(list, want, wanted);
		snprintf(said, sizeof said, "%u people", rows[i].unnamed);
		if (rows[i].unnamed)
			assert_has(ran->err, said);
		else
			assert_string_equal(ran->err, "");
	}
	for (size_t i = 0; i < LEN(text); i++)
		bytes_done(&text[i]);
}

/* Orders that show no customer are named by the customers' own table, or by the orders'. */
static void test_match_people__a_source_names_people_of_another_dataset(void **state)
{
	struct bytes text = { 0 }, ours = { 0 };
	bool seen[CUSTOMERS] = { 0 };
	const char *want[CUSTOMERS], *list = placed("people.txt");
	size_t wanted = 0, humans = humans_in_lines(200, 420, seen);
	fresh_customers(state);
	seal_orders();
	list = placed("people.txt");
	for (size_t i = 0; i < CUSTOMERS; i++)
		if (seen[i])
			want[wanted++] = world.now.rows[i].cell[NO];
	assert_int_equal(wanted, humans);
	orders_print("单号,行,货号,金额,日期", 200, 420, false, &text);
	orders_print("order_no,line_no,customer_id,sku,amount,ordered", 0, line_count, true, &ours);
	const char *leak = place_bytes("leak.csv", &text);
	const char *const sources[] = { place_source("ours.csv", 0, CUSTOMERS - TWINS), place_bytes("o.csv", &ours) };
	for (size_t i = 0; i < LEN(sources); i++) {
		const struct ran *ran = HUFU("match", leak, "--people", list, "--from", sources[i]);
		assert_code(ran, 0);
		assert_string_equal(ran->err, "");
		assert_file_holds(list, want, wanted);
	}
	bytes_done(&text);
	bytes_done(&ours);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_people__two_accounts_are_one_human),
		cmocka_unit_test(test_match_people__many_rows_of_one_person),
		cmocka_unit_test(test_match_people__facets_add_up),
		cmocka_unit_test(test_match_people__a_table_joined_of_two_is_a_copy),
		cmocka_unit_test(test_match_people__one_human_over_two_datasets),
		cmocka_unit_test(test_match_people__bounds_hold_what_cannot_be_told),
		cmocka_unit_test(test_match_people__a_household_counts_one_at_least),
		cmocka_unit_test(test_match_people__counts_people_inside_others_rows),
		cmocka_unit_test(test_match_people__writes_the_numbers_that_the_leak_shows),
		cmocka_unit_test(test_match_people__numbers_are_not_written_where_they_cannot),
		cmocka_unit_test(test_match_people__a_source_names_who_is_linked),
		cmocka_unit_test(test_match_people__a_source_names_joined_accounts),
		cmocka_unit_test(test_match_people__a_wrong_source_is_said_before_the_work),
		cmocka_unit_test(test_match_people__sources_of_several_spaces),
		cmocka_unit_test(test_match_people__a_source_names_people_of_another_dataset),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
