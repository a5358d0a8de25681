/* Whose row it is, over datasets: people numbered in one space are counted once, whatever was sealed first; strangers
 * stay apart; keys are found where nobody names them. */
#include "../support/world.h"

#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "../scratch.h"

enum { CUSTOMERS = 80, ORDERS = 110, STAFF = 40, TWINS = 6 };

static struct store *store;
static struct inventor dice;
static char mobiles[CUSTOMERS][MOBILE_MAX_BYTES], residents[CUSTOMERS][ID_MAX_BYTES], vins[ORDERS][ID_MAX_BYTES];
static uint32_t owner[ORDERS];

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	store = world_store(scratch);
	inventor_init(&dice, 501, 0);
	for (uint32_t i = 0; i < CUSTOMERS; i++) {
		invent_mobile(&dice, mobiles[i]);
		invent_resident_id(&dice, "310115", i % 2, residents[i]);
	}
	/* Customers 2i and 2i+1 are one human, for the first few. */
	for (uint32_t i = 0; i < TWINS; i++)
		memcpy(residents[2 * i + 1], residents[2 * i], sizeof residents[0]);
	for (uint32_t i = 0; i < ORDERS; i++) {
		invent_vin(&dice, vins[i]);
		owner[i] = i < 30 ? i : dice_below(&dice, CUSTOMERS);
		if (i >= 40 && i % 2 == 0)
			owner[i] = 41; /* more orders than the look-up keeps rows for */
	}
	return 0;
}

static int teardown(void **state)
{
	store_close(store);
	return scratch_teardown(state);
}

static void forget_seals(void)
{
	static const char *const names[] = { "customers", "orders", "staff", "shop", "club", "products", "t" };

	for (size_t i = 0; i < LEN(names); i++) {
		char path[64];
		snprintf(path, sizeof path, "store/seals/%s.seal", names[i]);
		unlink(scratch_path(path));
	}
}

static const char *file_of(struct bytes *text, const char *name)
{
	const char *path = scratch_path(name);

	assert_false(text->failed);
	bytes_byte(text, 0);
	scratch_write(path, text->ptr, 0600);
	bytes_done(text);
	return path;
}

static void seal_file(const char *dataset, const char *path, const char *as_of, const char *person)
{
	struct seal_request request = {
		.dataset = dataset, .source = path, .as_of = as_of, .options = { .person = person }
	};
	struct seal_result result;
	hufu_error error = { 0 };
	char line[512];

	if (seal_source(store, &request, &result, &error) != HUFU_OK) {
		error_line(&error, line, sizeof line);
		fail_msg("%s", line);
	}
}

/* ---- the tables ---- */

static const char *customers_csv(uint32_t from, uint32_t to)
{
	struct bytes text = { 0 };

	bytes_text(&text, "customer_id,mobile,resident_id\n");
	for (uint32_t i = from; i < to; i++)
		bytes_print(&text, "C%07u,%s,%s\n", 1000000 + i * 17, mobiles[i], residents[i]);
	return file_of(&text, "customers.csv");
}

static const char *orders_csv(void)
{
	struct bytes text = { 0 };

	bytes_text(&text, "order_no,qty,vin,customer_id\n");
	for (uint32_t i = 0; i < ORDERS; i++)
		bytes_print(
		        &text, "X%08u,%u,%s,C%07u\n", 20000000 + i * 31, 1 + i % 3, vins[i], 1000000 + owner[i] * 17);
	return file_of(&text, "orders.csv");
}

/* How many humans own the first so many orders. */
static uint32_t humans_of(uint32_t orders)
{
	bool seen[CUSTOMERS] = { 0 };
	uint32_t humans = 0;

	for (uint32_t i = 0; i < orders; i++) {
		uint32_t human = owner[i] < 2 * TWINS ? owner[i] & ~1u : owner[i];
		humans += !seen[human];
		seen[human] = true;
	}
	return humans;
}

static const char *orders_leak(uint32_t count)
{
	struct bytes text = { 0 };

	bytes_text(&text, "a,b\n");
	for (uint32_t i = 0; i < count; i++)
		bytes_print(&text, "X%08u,%s\n", 20000000 + i * 31, vins[i]);
	return file_of(&text, "orders-leak.csv");
}

static const char *customers_leak(uint32_t count)
{
	struct bytes text = { 0 };

	bytes_text(&text, "a,b\n");
	for (uint32_t i = 0; i < count; i++)
		bytes_print(&text, "%s,C%07u\n", mobiles[i], 1000000 + i * 17);
	return file_of(&text, "customers-leak.csv");
}

static uint64_t people_in(const char *leak)
{
	char *text = world_verdict(store, leak);
	json_t *json = json_loads(text, 0, NULL);
	uint64_t people = (uint64_t)json_integer_value(json_object_get(json, "people"));
	json_t *bounds = json_object_get(json, "people_bounds");

	assert_true((uint64_t)json_integer_value(json_array_get(bounds, 0)) <= people);
	assert_true((uint64_t)json_integer_value(json_array_get(bounds, 1)) >= people);
	json_decref(json);
	free(text);
	return people;
}

/* ---- one space ---- */

enum { BEFORE = 1, SAID = 2, OLD_FIRST = 4 };

static void seal_company(unsigned how)
{
	const char *person = how & SAID ? "customer_id" : NULL;

	forget_seals();
	if (how & BEFORE)
		seal_file("orders", orders_csv(), "2021-03-31", person);
	if (how & OLD_FIRST)
		seal_file("customers", customers_csv(0, 30), "2021-01-31", NULL);
	seal_file("customers", customers_csv(0, CUSTOMERS), "2021-03-31", NULL);
	if (!(how & BEFORE))
		seal_file("orders", orders_csv(), "2021-03-31", person);
	if (!(how & OLD_FIRST))
		seal_file("customers", customers_csv(0, 30), "2021-01-31", NULL);
}

static void people_are_the_same(unsigned how)
{
	seal_company(how);
	assert_int_equal(people_in(orders_leak(20)), humans_of(20));
	assert_int_equal(people_in(orders_leak(ORDERS)), humans_of(ORDERS));
	assert_int_equal(people_in(customers_leak(CUSTOMERS)), CUSTOMERS - TWINS);
	assert_int_equal(people_in(customers_leak(10)), 5);
}

static void test_seal_spaces__orders_after_customers(void **state)
{
	(void)state;
	people_are_the_same(SAID);
	people_are_the_same(0);
}

static void test_seal_spaces__orders_before_customers_with_their_person_said(void **state)
{
	(void)state;
	people_are_the_same(SAID | BEFORE);
}

static void test_seal_spaces__orders_before_customers_whose_old_snapshot_comes_first(void **state)
{
	(void)state;
	people_are_the_same(SAID | BEFORE | OLD_FIRST);
}

/* An order's own number was its person until the customers came. */
static void test_seal_spaces__orders_before_customers_and_nothing_said(void **state)
{
	(void)state;
	people_are_the_same(BEFORE);
	people_are_the_same(BEFORE | OLD_FIRST);
}

static void test_seal_spaces__orders_between_two_snapshots_of_customers(void **state)
{
	(void)state;
	for (unsigned said = 0; said < 2; said++) {
		forget_seals();
		seal_file("customers", customers_csv(0, CUSTOMERS), "2021-03-31", NULL);
		seal_file("orders", orders_csv(), "2021-03-31", said ? "customer_id" : NULL);
		seal_file("customers", customers_csv(0, 30), "2021-01-31", NULL);
		assert_int_equal(people_in(orders_leak(ORDERS)), humans_of(ORDERS));
	}
}

/* Humans, not accounts, of each snapshot; of orders, their buyers. */
static void test_seal_spaces__people_of_each_snapshot_are_counted(void **state)
{
	uint64_t people[2];
	bool bought[CUSTOMERS] = { 0 };
	uint32_t buyers = 0;

	(void)state;
	seal_company(SAID);
	struct seal *customers = world_open(store, "customers"), *orders = world_open(store, "orders");
	assert_int_equal(seal_census(customers, people, NULL), HUFU_OK);
	assert_int_equal(people[0], 30 - TWINS);
	assert_int_equal(people[1], CUSTOMERS - TWINS);
	for (uint32_t i = 0; i < ORDERS; i++) {
		buyers += !bought[owner[i]];
		bought[owner[i]] = true;
	}
	assert_int_equal(seal_census(orders, people, NULL), HUFU_OK);
	assert_int_equal(people[0], buyers);
	seal_close(customers);
	seal_close(orders);
}

/* ---- a space by name ---- */

static const char *members_csv(const char *prefix, uint32_t from, uint32_t to, bool secret)
{
	struct bytes text = { 0 };

	bytes_print(&text, "%s_no,member_no,mobile\n", prefix);
	for (uint32_t i = from; i < to; i++)
		bytes_print(&text, "%s%06u,M%06u,%s\n", prefix, 700000 + i * 13, 400000 + i * 7,
		        secret ? mobiles[CUSTOMERS - 1 - i] : mobiles[i]);
	char name[32];
	snprintf(name, sizeof name, "%s.csv", prefix);
	return file_of(&text, name);
}

/* A zip of two files. */
static const char *zip_of(const char *one, const char *two)
{
	const char *path = scratch_path("both.zip"), *files[] = { one, two };
	struct archive *zip = archive_write_new();

	archive_write_set_format_zip(zip);
	assert_int_equal(archive_write_open_filename(zip, path), ARCHIVE_OK);
	for (size_t i = 0; i < 2; i++) {
		struct bytes text = { 0 };
		assert_int_equal(io_read_file(files[i], 1 << 20, &text, NULL), HUFU_OK);
		struct archive_entry *entry = archive_entry_new();
		archive_entry_set_pathname(entry, i ? "two.csv" : "one.csv");
		archive_entry_set_size(entry, (int64_t)text.len);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		assert_int_equal(archive_write_header(zip, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(zip, text.ptr, text.len), (ssize_t)text.len);
		archive_entry_free(entry);
		bytes_done(&text);
	}
	archive_write_close(zip);
	archive_write_free(zip);
	return path;
}

static void test_seal_spaces__a_space_by_name_joins_datasets(void **state)
{
	(void)state;
	for (int named = 0; named < 2; named++) {
		forget_seals();
		/* 0..49 and 30..79: twenty are members of both; neither contains the other. */
		const char *shop = members_csv("shop", 0, 50, false), *club = members_csv("club", 30, 80, true);
		seal_file("shop", shop, "2021-03-31", named ? "member_no@members" : "member_no");
		seal_file("club", club, "2021-03-31", named ? "member_no@members" : "member_no");
		assert_int_equal(people_in(zip_of(shop, club)), named ? 80 : 100);
		struct seal *seal = world_open(store, "shop");
		assert_string_equal(meta_space(&seal->meta), named ? "members" : "shop");
		seal_close(seal);
	}
}

/* ---- strangers ---- */

static const char *staff_csv(void)
{
	struct bytes text = { 0 };
	struct inventor own;

	inventor_init(&own, 777, STRANGERS);
	bytes_text(&text, "staff_no,mobile,resident_id\n");
	for (uint32_t i = 0; i < STAFF; i++) {
		char mobile[MOBILE_MAX_BYTES], id[ID_MAX_BYTES];
		invent_mobile(&own, mobile);
		invent_resident_id(&own, "440106", true, id);
		bytes_print(&text, "S%05u,%s,%s\n", 30000 + i, mobile, id);
	}
	return file_of(&text, "staff.csv");
}

static void test_seal_spaces__strangers_stay_apart(void **state)
{
	struct forget_plan plan;

	(void)state;
	seal_company(0);
	const char *staff = staff_csv();
	seal_file("staff", staff, "2021-03-31", NULL);
	assert_int_equal(people_in(zip_of(staff, customers_leak(20))), STAFF + 14);
	assert_int_equal(forget_find(store, view_of("staff"), view_of("S30005"), &plan, NULL), HUFU_OK);
	assert_int_equal(plan.count, 1);
	assert_string_equal(plan.datasets[0], "staff");
	forget_plan_done(&plan);
}

/* Both count from 1: that a product's number is also a customer's says nothing. */
static void test_seal_spaces__running_numbers_do_not_make_products_people(void **state)
{
	struct forget_plan plan;

	(void)state;
	forget_seals();
	struct bytes text = { 0 };
	bytes_text(&text, "id,mobile\n");
	for (uint32_t i = 0; i < CUSTOMERS; i++)
		bytes_print(&text, "%u,%s\n", i + 1, mobiles[i]);
	seal_file("customers", file_of(&text, "c.csv"), "2021-03-31", NULL);
	bytes_text(&text, "product_no,title,price\n");
	for (uint32_t i = 0; i < 50; i++)
		bytes_print(&text, "%u,item %u of ours,%u\n", i + 1, i * 7919, 1000 + i * 37 % 11 * 100);
	seal_file("products", file_of(&text, "p.csv"), "2021-03-31", NULL);
	bytes_text(&text, "order_no,qty,customer\n");
	for (uint32_t i = 0; i < ORDERS; i++)
		bytes_print(&text, "X%08u,%u,%u\n", 20000000 + i * 31, 1 + i % 3, owner[i] + 1);
	seal_file("orders", file_of(&text, "o.csv"), "2021-03-31", NULL);
	/* The orders are customers', by the column that tells them apart best. */
	struct seal *seal = world_open(store, "orders");
	assert_string_equal(seal->meta.columns[seal->meta.person].name, "customer");
	seal_close(seal);
	assert_int_equal(forget_find(store, view_of("customers"), view_of("7"), &plan, NULL), HUFU_OK);
	for (size_t i = 0; i < plan.count; i++)
		assert_string_not_equal(plan.datasets[i], "products");
	assert_int_equal(plan.count, 2);
	forget_plan_done(&plan);
}

/* Staff number 7 is not customer number 7, though both columns are called id and one holds all numbers of the other. */
static void test_seal_spaces__two_tables_with_an_id_are_not_the_same_people(void **state)
{
	struct forget_plan plan;
	struct bytes text = { 0 };

	(void)state;
	for (int staff_first = 0; staff_first < 2; staff_first++) {
		forget_seals();
		for (int which = 0; which < 2; which++) {
			bool staff = (which == 0) == staff_first;
			bytes_text(&text, "id,mobile\n");
			for (uint32_t i = 0; i < (staff ? 30 : CUSTOMERS); i++)
				bytes_print(&text, "%u,%s\n", i + 1, mobiles[staff ? CUSTOMERS - 1 - i : i]);
			seal_file(staff ? "staff" : "customers", file_of(&text, "t.csv"), "2021-03-31", NULL);
		}
		assert_int_equal(forget_find(store, view_of("staff"), view_of("7"), &plan, NULL), HUFU_OK);
		assert_int_equal(plan.count, 1);
		forget_plan_done(&plan);
	}
}

/* Orders that know dealer and buyer: their people are the buyers, whichever table came first. */
static void test_seal_spaces__the_best_reference_wins_in_any_order(void **state)
{
	static const char *const orders_of_sealing[] = { "dco", "cdo", "odc", "ocd", "doc", "cod" };

	(void)state;
	for (size_t k = 0; k < LEN(orders_of_sealing); k++) {
		forget_seals();
		for (const char *at = orders_of_sealing[k]; *at; at++) {
			struct bytes text = { 0 };
			bytes_text(&text, *at == 'd'   ? "dealer_no,town\n"
			                  : *at == 'o' ? "order_no,vin,seller,buyer\n"
			                               : "customer_id,mobile\n");
			for (uint32_t i = 0; i < (*at == 'd' ? 12 : *at == 'o' ? ORDERS : CUSTOMERS); i++) {
				if (*at == 'd')
					bytes_print(&text, "D%03u,town %u\n", 100 + i * 7, i % 5);
				else if (*at == 'o')
					bytes_print(&text, "X%08u,%s,D%03u,C%07u\n", 20000000 + i * 31, vins[i],
					        100 + i % 12 * 7, 1000000 + owner[i] * 17);
				else
					bytes_print(&text, "C%07u,%s\n", 1000000 + i * 17, mobiles[i]);
			}
			seal_file(*at == 'd'   ? "shop"
			          : *at == 'o' ? "orders"
			                       : "customers",
			        file_of(&text, "t.csv"), "2021-03-31", NULL);
		}
		struct seal *seal = world_open(store, "orders");
		assert_string_equal(seal->meta.columns[seal->meta.person].name, "buyer");
		assert_string_equal(meta_space(&seal->meta), "customers");
		seal_close(seal);
	}
}

/* ---- keys found ---- */

static void key_is(const char *csv, const char *one, const char *two)
{
	struct bytes text = { 0 };

	forget_seals();
	bytes_text(&text, csv);
	seal_file("t", file_of(&text, "t.csv"), "2021-03-31", NULL);
	struct seal *seal = world_open(store, "t");
	assert_int_equal(seal->meta.key_count, !!one + !!two);
	assert_true(seal->meta.key_found);
	if (one)
		assert_string_equal(seal->meta.columns[seal->meta.key[0]].name, one);
	if (two)
		assert_string_equal(seal->meta.columns[seal->meta.key[1]].name, two);
	seal_close(seal);
}

static void test_seal_spaces__keys_are_found(void **state)
{
	struct bytes text = { 0 };

	(void)state;
	bytes_text(&text, "city,mobile,ticket,resident_id\n");
	for (uint32_t i = 0; i < CUSTOMERS; i++)
		bytes_print(&text, "%s,%s,T%05u,%s\n", i % 2 ? "A" : "B", mobiles[i], 10000 + i * 3, residents[i]);
	bytes_byte(&text, 0);
	/* Our own number before a mobile that is unique today. */
	key_is(text.ptr, "ticket", NULL);
	bytes_done(&text);
	bytes_text(&text, "level,shop,line,amount\n");
	for (uint32_t i = 0; i < 90; i++)
		bytes_print(&text, "%u,shop %u,%u,%u\n", i % 2, i / 9, i % 9, i % 4 * 100);
	bytes_byte(&text, 0);
	key_is(text.ptr, "shop", "line");
	bytes_done(&text);
	bytes_text(&text, "level,shop,amount\n");
	for (uint32_t i = 0; i < 90; i++)
		bytes_print(&text, "%u,shop %u,%u\n", i % 2, i / 30, i % 4 * 100);
	bytes_byte(&text, 0);
	key_is(text.ptr, NULL, NULL);
	bytes_done(&text);
}

/* A table without a key: its rows are told apart by all their cells; two equal ones are two. */
static void test_seal_spaces__rows_without_a_key_link(void **state)
{
	struct bytes text = { 0 };

	(void)state;
	forget_seals();
	bytes_text(&text, "name of mine,mobile,level\n");
	for (uint32_t i = 0; i < 60; i++)
		bytes_print(&text, "n%u,%s,%u\n", i % 7, mobiles[i - i % 2], i % 2);
	for (uint32_t i = 0; i < 10; i++)
		bytes_print(&text, "n%u,%s,%u\n", i % 7, mobiles[i - i % 2], i % 2);
	seal_file("t", file_of(&text, "t.csv"), "2021-03-31", NULL);
	struct seal *seal = world_open(store, "t");
	assert_int_equal(seal->meta.key_count, 0);
	assert_int_equal(seal->meta.rows, 70);
	seal_close(seal);
	bytes_text(&text, "x,y,z\n");
	for (uint32_t i = 0; i < 60; i++)
		bytes_print(&text, "n%u,%s,%u\n", i % 7, mobiles[i - i % 2], i % 2);
	char *verdict = world_verdict(store, file_of(&text, "leak.csv"));
	assert_non_null(strstr(verdict, "\"verdict\": \"genuine\""));
	free(verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_spaces__orders_after_customers),
		cmocka_unit_test(test_seal_spaces__orders_before_customers_with_their_person_said),
		cmocka_unit_test(test_seal_spaces__orders_before_customers_whose_old_snapshot_comes_first),
		cmocka_unit_test(test_seal_spaces__orders_before_customers_and_nothing_said),
		cmocka_unit_test(test_seal_spaces__orders_between_two_snapshots_of_customers),
		cmocka_unit_test(test_seal_spaces__people_of_each_snapshot_are_counted),
		cmocka_unit_test(test_seal_spaces__a_space_by_name_joins_datasets),
		cmocka_unit_test(test_seal_spaces__strangers_stay_apart),
		cmocka_unit_test(test_seal_spaces__running_numbers_do_not_make_products_people),
		cmocka_unit_test(test_seal_spaces__two_tables_with_an_id_are_not_the_same_people),
		cmocka_unit_test(test_seal_spaces__the_best_reference_wins_in_any_order),
		cmocka_unit_test(test_seal_spaces__keys_are_found),
		cmocka_unit_test(test_seal_spaces__rows_without_a_key_link),
	};

	return cmocka_run_group_tests_name("seal_spaces", tests, setup, teardown);
}
