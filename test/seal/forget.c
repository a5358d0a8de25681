/* Forgetting: a person or old history leaves the seals; everything else answers as before. Held against the plain
 * model. */
#include "../support/world.h"
#include "base/clock.h"
#include "seal/people.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../scratch.h"

enum { LAST = 5 };

static struct store *store;
static struct world *customers, *orders;
static bool him[WORLD_ROWS], his_orders[WORLD_ROWS]; /* rows */

static const char lone_city[] = "蓬莱市";

static int setup(void **state)
{
	if (scratch_setup(state))
		return -1;
	store = world_store(scratch);
	return 0;
}

static int teardown(void **state)
{
	store_close(store);
	return scratch_teardown(state);
}

static void remove_seals(void)
{
	unlink(scratch_path("store/seals/customers.seal"));
	unlink(scratch_path("store/seals/orders.seal"));
	unlink(scratch_path("store/seals/other.seal"));
}

/* Orders whose owners are customers' accounts; they hand over now and then. */
static void orders_new(uint64_t seed)
{
	static const struct world_shape shape = { .rows = 140, .snapshots = LAST, .owners = true };

	orders = world_new(seed + 1000, &shape);
	for (uint32_t s = 0; s < orders->snapshots; s++) {
		orders->has[s][RESIDENT] = false;
		for (uint32_t r = 0; r < orders->rows; r++) {
			uint32_t owner = (uint32_t)strtoul(orders->cells[s][r][OWNER] + 1, NULL, 10) % customers->rows;
			orders->cells[s][r][ACCOUNT][0] = 'D';
			snprintf(orders->cells[s][r][OWNER], WORLD_CELL, "%s", customers->cells[0][owner][ACCOUNT]);
		}
	}
}

/* He has two accounts of one resident ID, and a third that had it once; he alone lives where he lives. */
static void choose_him(uint32_t row)
{
	static const uint32_t near[] = { 0, 3, 9 };

	char number[WORLD_CELL];

	memcpy(number, customers->cells[0][row][RESIDENT], sizeof number);
	memset(him, 0, sizeof him);
	memset(his_orders, 0, sizeof his_orders);
	for (size_t i = 0; i < LEN(near); i++) {
		for (uint32_t s = 0; s < customers->snapshots; s++) {
			char(*cells)[WORLD_CELL] = customers->cells[s][row + near[i]];
			if (i < 2 || s < 2)
				memcpy(cells[RESIDENT], number, sizeof number);
			else
				snprintf(cells[RESIDENT], WORLD_CELL, "%s", "110101199003070134");
			if (!i)
				snprintf(cells[CITY], WORLD_CELL, "%s", lone_city);
			customers->present[s][row + near[i]] = s + 1 < customers->snapshots;
		}
	}
}

/* Whoever shares a resident ID with him, at any time, is him: and theirs are the orders they have now. */
static void find_him(uint32_t row)
{
	him[row] = true;
	for (bool more = true; more;) {
		more = false;
		for (uint32_t r = 0; r < customers->rows; r++)
			for (uint32_t q = 0; q < customers->rows && !him[r]; q++)
				for (uint32_t s = 0; s < customers->snapshots && him[q]; s++)
					for (uint32_t t = 0; t < customers->snapshots; t++)
						if (customers->present[s][r] && customers->present[t][q] &&
						        !strcmp(customers->cells[s][r][RESIDENT],
						                customers->cells[t][q][RESIDENT]))
							more = him[r] = true;
	}
	for (uint32_t r = 0; r < orders->rows; r++)
		for (uint32_t s = orders->snapshots; s-- > 0;)
			if (orders->present[s][r]) {
				for (uint32_t q = 0; q < customers->rows; q++)
					his_orders[r] |= him[q] && !strcmp(orders->cells[s][r][OWNER],
					                                   customers->cells[0][q][ACCOUNT]);
				break;
			}
}

static void company_new(uint64_t seed, uint32_t row)
{
	static const struct world_shape shape = { .rows = 120, .snapshots = LAST };

	customers = world_new(seed, &shape);
	/* Every customer was there once: an order's owner is one of them. */
	for (uint32_t r = 0; r < customers->rows; r++)
		customers->present[r % 3][r] = true;
	choose_him(row);
	orders_new(seed);
	for (uint32_t s = 0; s < orders->snapshots; s++)
		for (uint32_t r = 10; r < 14; r++) {
			/* Two orders are his, one was, one becomes his. */
			bool his = r < 12 || (r == 12 ? s < 2 : s >= 2);
			orders->present[s][r] = true;
			snprintf(orders->cells[s][r][OWNER], WORLD_CELL, "%s",
			        customers->cells[0][his ? row + r % 2 * 3 : 100][ACCOUNT]);
		}
	find_him(row);
	remove_seals();
}

static void company_free(void)
{
	free(customers);
	free(orders);
}

static void seal_some(const char *dataset, const struct world *world, uint32_t from, uint32_t to)
{
	for (uint32_t s = from; s < to; s++)
		world_sealed(store, dataset, world, s, s);
}

static uint64_t seen_rows(const struct world *world, const bool *only)
{
	uint64_t rows = 0;

	for (uint32_t r = 0; r < world->rows; r++) {
		bool there = false;
		for (uint32_t s = 0; s < world->snapshots; s++)
			there |= world->present[s][r];
		rows += there && (!only || only[r]);
	}
	return rows;
}

/* ---- a person ---- */

/* None of his cells, of now or of once, leads to a row, unless another holds the same. */
static void ask_his_tokens(struct asker *asker, const bool *gone)
{
	const struct world *world = asker->world;
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;

	for (uint32_t s = 0; s < world->snapshots; s++)
		for (uint32_t r = 0; r < world->rows; r++)
			for (uint32_t c = 0; c < world->columns && gone[r]; c++) {
				uint32_t others = 0, all = 0;
				uint64_t token = ask_token(asker, c, world->cells[s][r][c]);
				for (uint32_t q = 0; q < world->rows && token; q++) {
					bool holds = false;
					for (uint32_t t = 0; t < world->snapshots; t++)
						holds |= world->present[t][q] && world->has[t][c] &&
						         ask_token(asker, c, world->cells[t][q][c]) == token;
					all += holds;
					others += holds && !gone[q];
				}
				if (!token || all > LOOKUP_ROWS_MAX)
					continue;
				assert_int_equal(seal_find(asker->seal, token, hits, &common), others);
				assert_false(common);
			}
}

/* No look-up entry leads to an account of his, and no join names him. */
static void ask_his_numbers(struct asker *asker, const struct store *of)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	struct seal *seal = asker->seal;
	bool common;

	(void)of;
	for (uint32_t r = 0; r < customers->rows; r++) {
		if (!him[r])
			continue;
		uint64_t token = ask_token(asker, seal->meta.person == asker->column_of[OWNER] ? OWNER : ACCOUNT,
		        customers->cells[0][r][ACCOUNT]);
		uint64_t person = seal_person_of_token(seal, token);
		assert_int_equal(seal_find(seal, token, hits, &common), 0);
		assert_false(common);
		for (size_t i = 0; i < seal->join_count; i++)
			assert_true(seal->joins[i].person != person && seal->joins[i].root != person);
		for (uint32_t row = 0; row < seal->meta.rows; row++)
			assert_true(seal_person(seal, row) != person);
	}
}

static void ask_without_him(const char *dataset, const struct world *world, const bool *gone)
{
	struct asker asker;

	asker_open(&asker, store, dataset, world, gone);
	assert_int_equal(asker.seal->meta.forgotten, seen_rows(world, gone));
	ask_rows(&asker);
	ask_his_tokens(&asker, gone);
	ask_his_numbers(&asker, store);
	asker_close(&asker);
}

/* Orders that were once his: his number is gone from their past, which so holds nothing there. */
static void blank_his_past(void)
{
	for (uint32_t r = 0; r < orders->rows; r++)
		for (uint32_t s = 0; s < orders->snapshots && !his_orders[r]; s++)
			for (uint32_t q = 0; q < customers->rows; q++)
				if (him[q] && !strcmp(orders->cells[s][r][OWNER], customers->cells[0][q][ACCOUNT]))
					orders->cells[s][r][OWNER][0] = 0;
}

static void ask_others(const char *dataset, const struct world *world, const bool *gone)
{
	struct asker asker;

	asker_open(&asker, store, dataset, world, gone);
	ask_rows(&asker);
	ask_history(&asker);
	ask_finds(&asker);
	ask_people(&asker);
	ask_facets(&asker);
	asker_close(&asker);
}

static void forget_him(uint32_t row)
{
	struct forget_plan plan = { 0 };
	hufu_view key = view_of(customers->cells[0][row][ACCOUNT]);
	uint64_t accounts = 0;

	for (uint32_t r = 0; r < customers->rows; r++)
		accounts += him[r];
	assert_true(accounts >= 3);
	assert_int_equal(forget_find(store, view_of("customers"), key, &plan, NULL), HUFU_OK);
	assert_int_equal(plan.accounts, accounts);
	assert_int_equal(plan.count, 2);
	assert_string_equal(plan.datasets[0], "customers");
	assert_int_equal(plan.rows[0], seen_rows(customers, him));
	assert_string_equal(plan.datasets[1], "orders");
	assert_int_equal(plan.rows[1], seen_rows(orders, his_orders));
	forget_plan_done(&plan);
	assert_int_equal(forget_person(store, view_of("customers"), key, NULL), HUFU_OK);
	assert_int_equal(forget_find(store, view_of("customers"), key, &plan, NULL), HUFU_USAGE);
}

static void test_seal_forget__a_person_goes_from_every_dataset(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 4; seed++) {
		company_new(seed, 20);
		seal_some("customers", customers, 0, LAST);
		seal_some("orders", orders, 0, LAST);
		forget_him(23);
		ask_without_him("customers", customers, him);
		ask_others("customers", customers, him);
		blank_his_past();
		ask_without_him("orders", orders, his_orders);
		ask_others("orders", orders, his_orders);
		company_free();
	}
}

static void test_seal_forget__what_only_he_held_leaves_the_description(void **state)
{
	struct asker asker;

	(void)state;
	company_new(5, 20);
	seal_some("customers", customers, 0, LAST);
	seal_some("orders", orders, 0, LAST);
	forget_him(20);
	asker_open(&asker, store, "customers", customers, him);
	const struct seal_column *city = &asker.seal->meta.columns[asker.column_of[CITY]];
	for (size_t i = 0; i < city->facet_count; i++)
		assert_string_not_equal(city->facet_values[i], lone_city);
	assert_true(city->facet_count > 3);
	asker_close(&asker);
	company_free();
}

static uint64_t entries_of(const char *dataset)
{
	struct seal *seal = world_open(store, dataset);
	uint64_t count = seal->lookup_count;

	seal_close(seal);
	return count;
}

static void test_seal_forget__as_many_entries_stay_as_if_he_had_never_been(void **state)
{
	(void)state;
	company_new(6, 40);
	/* Cities are common or not by a row more or less: left out here. */
	for (uint32_t s = 0; s < LAST; s++)
		customers->has[s][CITY] = customers->has[s][LEVEL] = false;
	customers->facet = customers->columns;
	seal_some("customers", customers, 0, LAST);
	seal_some("orders", orders, 0, LAST);
	forget_him(40);
	uint64_t left = entries_of("customers");
	for (uint32_t s = 0; s < LAST; s++)
		for (uint32_t r = 0; r < customers->rows; r++)
			customers->present[s][r] &= !him[r];
	seal_some("other", customers, 0, LAST);
	assert_int_equal(entries_of("other"), left);
	company_free();
}

/* He is not in the last snapshot: whether it is sealed before or after he is forgotten is the same for all others. */
static void test_seal_forget__sealing_goes_on_as_if_nothing_had_been(void **state)
{
	(void)state;
	for (int late = 0; late < 3; late++) {
		company_new(7, 60);
		for (uint32_t r = 0; r < customers->rows; r++)
			customers->present[LAST - 1][r] &= !him[r];
		for (uint32_t r = 0; r < orders->rows; r++)
			orders->present[LAST - 1][r] &= !his_orders[r];
		find_him(60);
		seal_some("customers", customers, 0, late ? LAST - 1 : LAST);
		seal_some("orders", orders, 0, LAST);
		forget_him(60);
		if (late)
			world_sealed(store, "customers", customers, LAST - 1, 9);
		ask_without_him("customers", customers, him);
		ask_others("customers", customers, him);
		/* Again what is sealed already: also with his rows, which it had then. */
		assert_true(world_sealed(store, "customers", customers, 1, 3).unchanged);
		ask_without_him("customers", customers, him);
		company_free();
	}
}

static void test_seal_forget__nobody_is_told(void **state)
{
	static const char *const keys[] = { "K999999", "", "13800138000", "K" };
	struct forget_plan plan = { .count = 77 };
	hufu_error error = { 0 };

	(void)state;
	company_new(8, 20);
	seal_some("customers", customers, 0, 2);
	for (size_t i = 0; i < LEN(keys); i++) {
		assert_int_equal(forget_find(store, view_of("customers"), view_of(keys[i]), &plan, &error), HUFU_USAGE);
		assert_int_equal(plan.count, 77);
		/* A person's number is in no error. */
		assert_true(!keys[i][0] || !strstr(error.where, keys[i]) || !keys[i][1]);
	}
	assert_int_equal(forget_find(store, view_of("nothing"), view_of("K100000"), &plan, &error), HUFU_USAGE);
	company_free();
}

/* ---- old history ---- */

static int64_t instant_of(const struct world *world, uint32_t snapshot)
{
	int64_t instant = 0;

	assert_int_equal(clock_parse(view_of(world->as_of[snapshot]), "Asia/Shanghai", &instant, NULL), HUFU_OK);
	return instant;
}

/* Values that only dropped snapshots held lead nowhere; a check of 16 bits may keep one in 65,536. */
static void ask_old_tokens(struct asker *asker, uint32_t drop)
{
	const struct world *world = asker->world;
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	uint32_t found = 0, asked = 0;
	bool common;

	for (uint32_t s = 0; s < drop; s++)
		for (uint32_t r = 0; r < world->rows; r++)
			for (uint32_t c = 0; c < world->columns; c++) {
				uint64_t token = world->present[s][r] && world->has[s][c]
				                         ? ask_token(asker, c, world->cells[s][r][c])
				                         : 0;
				bool held = !token;
				for (uint32_t t = drop; t < world->snapshots && !held; t++)
					for (uint32_t q = 0; q < world->rows && !held; q++)
						held = world_there(asker, t, q) && world->has[t][c] &&
						       ask_token(asker, c, world->cells[t][q][c]) == token;
				if (held)
					continue;
				asked++;
				found += seal_find(asker->seal, token, hits, &common) > 0;
			}
	assert_true(asked > 20);
	assert_true(found <= 1);
}

static void forget_old(const struct world *world, uint32_t drop)
{
	uint64_t snapshots = 77, rows = 77, want = 0;

	for (uint32_t r = 0; r < world->rows; r++) {
		bool before = false, after = false;
		for (uint32_t s = 0; s < world->snapshots; s++)
			*(s < drop ? &before : &after) |= world->present[s][r];
		want += before && !after;
	}
	assert_int_equal(
	        forget_before(store, view_of("customers"), instant_of(world, drop), &snapshots, &rows, NULL), HUFU_OK);
	assert_int_equal(snapshots, drop);
	assert_int_equal(rows, want);
}

static void ask_since(const struct world *world, uint32_t drop)
{
	struct asker asker;

	asker_open(&asker, store, "customers", world, NULL);
	assert_int_equal(asker.seal->meta.snapshot_count, world->snapshots - drop);
	for (uint32_t s = 0; s < world->snapshots; s++)
		assert_int_equal(
		        asker.snapshot_of[s], (int32_t)s - (int32_t)drop < 0 ? -1 : (int32_t)s - (int32_t)drop);
	ask_rows(&asker);
	ask_history(&asker);
	ask_people(&asker);
	ask_facets(&asker);
	ask_old_tokens(&asker, drop);
	asker_close(&asker);
}

/* Owners, of whom some hold one resident ID only of old; a column that only old snapshots have. */
static struct world *old_world(uint64_t seed)
{
	static const struct world_shape shape = { .rows = 90, .snapshots = 6, .owners = true };
	struct world *world = world_new(seed, &shape);

	for (uint32_t s = 0; s < world->snapshots; s++) {
		world->has[s][REMARK] = s < 2;
		for (uint32_t r = 1; r < world->rows; r += 9)
			if (s < 2)
				memcpy(world->cells[s][r][RESIDENT], world->cells[s][r - 1][RESIDENT], WORLD_CELL);
	}
	return world;
}

static void test_seal_forget__old_snapshots_go_with_what_only_they_held(void **state)
{
	(void)state;
	for (uint32_t drop = 1; drop < 5; drop++) {
		struct world *world = old_world(70 + drop);
		remove_seals();
		seal_some("customers", world, 0, world->snapshots);
		forget_old(world, drop);
		ask_since(world, drop);
		free(world);
	}
}

static void test_seal_forget__old_history_may_go_between_sealings(void **state)
{
	(void)state;
	for (uint32_t drop = 2; drop < 4; drop++) {
		struct world *world = old_world(80 + drop);
		uint64_t snapshots, rows;
		remove_seals();
		seal_some("customers", world, 0, drop + 1);
		assert_int_equal(
		        forget_before(store, view_of("customers"), instant_of(world, drop), &snapshots, &rows, NULL),
		        HUFU_OK);
		assert_int_equal(snapshots, drop);
		/* The newest first: the others are woven in. */
		for (uint32_t s = world->snapshots; s-- > drop + 1;)
			world_sealed(store, "customers", world, s, s);
		ask_since(world, drop);
		/* What was dropped can be sealed again, and then is there as ever. */
		for (uint32_t s = drop; s-- > 0;)
			assert_false(world_sealed(store, "customers", world, s, s).unchanged);
		struct asker asker;
		asker_open(&asker, store, "customers", world, NULL);
		ask_rows(&asker);
		ask_history(&asker);
		ask_people(&asker);
		asker_close(&asker);
		free(world);
	}
}

static struct bytes seal_bytes(void)
{
	struct bytes out = { 0 };

	assert_int_equal(io_read_file(scratch_path("store/seals/customers.seal"), 64 << 20, &out, NULL), HUFU_OK);
	return out;
}

static void test_seal_forget__all_or_nothing_of_history_changes_nothing(void **state)
{
	struct world *world = old_world(90);
	uint64_t snapshots = 77, rows = 77;

	(void)state;
	remove_seals();
	seal_some("customers", world, 0, 3);
	struct bytes before = seal_bytes();
	assert_int_equal(
	        forget_before(store, view_of("customers"), instant_of(world, 3), &snapshots, &rows, NULL), HUFU_USAGE);
	assert_int_equal(snapshots, 77);
	assert_int_equal(
	        forget_before(store, view_of("customers"), instant_of(world, 0), &snapshots, &rows, NULL), HUFU_OK);
	assert_int_equal(snapshots, 0);
	assert_int_equal(rows, 0);
	struct bytes after = seal_bytes();
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.ptr, after.ptr, after.len);
	bytes_done(&before);
	bytes_done(&after);
	free(world);
}

static void test_seal_forget__windows_begin_later(void **state)
{
	static const uint32_t columns[] = { ACCOUNT, MOBILE, OWNER };
	struct world *world = old_world(91);

	(void)state;
	remove_seals();
	seal_some("customers", world, 0, world->snapshots);
	world_leak(world, 3, columns, LEN(columns), NULL, scratch_path("leak.csv"));
	char *before = world_verdict(store, scratch_path("leak.csv"));
	forget_old(world, 3);
	char *after = world_verdict(store, scratch_path("leak.csv"));
	assert_non_null(strstr(before, "\"after\": \"2021-03-15\""));
	assert_non_null(strstr(after, "\"after\": null"));
	assert_non_null(strstr(after, "\"snapshots\": [\"2021-04-15\"]"));
	free(before);
	free(after);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_forget__a_person_goes_from_every_dataset),
		cmocka_unit_test(test_seal_forget__what_only_he_held_leaves_the_description),
		cmocka_unit_test(test_seal_forget__as_many_entries_stay_as_if_he_had_never_been),
		cmocka_unit_test(test_seal_forget__sealing_goes_on_as_if_nothing_had_been),
		cmocka_unit_test(test_seal_forget__nobody_is_told),
		cmocka_unit_test(test_seal_forget__old_snapshots_go_with_what_only_they_held),
		cmocka_unit_test(test_seal_forget__old_history_may_go_between_sealings),
		cmocka_unit_test(test_seal_forget__all_or_nothing_of_history_changes_nothing),
		cmocka_unit_test(test_seal_forget__windows_begin_later),
	};

	return cmocka_run_group_tests_name("seal_forget", tests, setup, teardown);
}
