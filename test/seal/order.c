/* Snapshots in any order give the same answers, and these are the truth: random small companies, sealed in random
 * orders, held against a plain model of what they held when. */
#include "../support/world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../scratch.h"

enum { ORDERS = 4 };

static const struct {
	const char *name;
	struct world_shape shape;
	uint64_t seed;
} rows[] = {
	{ "one key", { .rows = 120, .snapshots = 6 }, 11 },
	{ "owners who change", { .rows = 150, .snapshots = 7, .owners = true }, 12 },
	{ "composite key", { .rows = 90, .snapshots = 5, .composite = true, .owners = true }, 13 },
	{ "many snapshots", { .rows = 60, .snapshots = 8, .owners = true }, 14 },
	{ "common values", { .rows = 300, .snapshots = 5 }, 15 },
	{ "still", { .rows = 100, .snapshots = 6, .still = true }, 16 },
};

static struct store *store;

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

static void remove_seal(void)
{
	unlink(scratch_path("store/seals/t.seal"));
}

/* The first order is that of time, the second its reverse, the others are thrown. */
static void order_of(struct world *world, unsigned turn, uint32_t *order)
{
	world_shuffle(&world->dice, order, world->snapshots);
	for (uint32_t i = 0; i < world->snapshots && turn < 2; i++)
		order[i] = turn ? world->snapshots - 1 - i : i;
}

static void seal_in_order(const struct world *world, const uint32_t *order, uint64_t shuffle)
{
	remove_seal();
	for (uint32_t i = 0; i < world->snapshots; i++) {
		struct draft_outcome outcome = world_sealed(store, "t", world, order[i], shuffle ? shuffle + i : 0);
		bool older = false;
		for (uint32_t k = 0; k < i; k++)
			older |= order[k] > order[i];
		assert_false(outcome.unchanged);
		assert_int_equal(outcome.first, i == 0);
		assert_int_equal(outcome.woven, older);
	}
}

static void test_seal_order__any_order_tells_the_truth(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct world *world = world_new(rows[i].seed, &rows[i].shape);
		uint32_t order[WORLD_SNAPSHOTS];
		for (unsigned turn = 0; turn < ORDERS; turn++) {
			struct asker asker;
			print_message("%s, order %u\n", rows[i].name, turn);
			order_of(world, turn, order);
			seal_in_order(world, order, turn * 100);
			asker_open(&asker, store, "t", world, NULL);
			ask_all(&asker);
			asker_close(&asker);
		}
		free(world);
	}
}

/* Fails where two texts part, and shows that place: cmocka would show but the beginning. */
static void assert_same(const char *now, const char *first)
{
	size_t at = 0;

	while (now[at] && now[at] == first[at])
		at++;
	if (now[at] != first[at])
		print_error("%.160s\n%.160s\n", now + (at > 80 ? at - 80 : 0), first + (at > 80 ? at - 80 : 0));
	assert_true(now[at] == first[at]);
}

static void test_seal_order__any_order_gives_the_same_verdict(void **state)
{
	static const uint32_t columns[] = { MOBILE, CITY, RESIDENT };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct world *world = world_new(rows[i].seed + 50, &rows[i].shape);
		uint32_t order[WORLD_SNAPSHOTS];
		char *first = NULL;
		world_leak(world, 2, columns, LEN(columns), NULL, scratch_path("leak.csv"));
		for (unsigned turn = 0; turn < ORDERS; turn++) {
			order_of(world, turn, order);
			seal_in_order(world, order, turn * 100);
			char *now = world_verdict(store, scratch_path("leak.csv"));
			if (first)
				assert_same(now, first);
			assert_non_null(strstr(now, "\"dataset\": \"t\""));
			free(first);
			first = now;
		}
		free(first);
		free(world);
	}
}

/* ---- rows that share their key ---- */

/* What every row says to every value of a column's pool, snapshot by snapshot; in the order of the rows' numbers, which
 * are the same in every order of sealing, since the key is. */
static struct bytes dump(const struct world *world)
{
	struct asker asker;
	struct bytes out = { 0 };
	uint8_t states[WORLD_SNAPSHOTS];

	asker_open(&asker, store, "t", world, NULL);
	for (uint32_t row = 0; row < asker.seal->meta.rows; row++) {
		seal_presence(asker.seal, row, states);
		bytes_add(&out, view_make(states, world->snapshots));
		for (uint32_t c = MOBILE; c < world->columns; c++)
			for (uint32_t r = 0; r < world->rows; r++)
				for (uint32_t s = 0; s < world->snapshots; s += 2) {
					uint64_t token = ask_token(&asker, c, world->cells[s][r][c]);
					if (!token)
						continue;
					seal_history(asker.seal, row, (uint32_t)asker.column_of[c], token, states);
					bytes_add(&out, view_make(states, world->snapshots));
				}
	}
	asker_close(&asker);
	assert_false(out.failed);
	return out;
}

/* As many rows of each key in each snapshot as there were, and every value of theirs held by one of them. */
static void ask_groups(const struct world *world)
{
	struct asker asker;
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	uint8_t states[WORLD_SNAPSHOTS];
	bool common;

	asker_open(&asker, store, "t", world, NULL);
	for (uint32_t s = 0; s < world->snapshots; s++)
		for (uint32_t r = 0; r < world->rows; r++) {
			uint32_t want = 0, there = 0, holds = 0;
			if (!world->present[s][r])
				continue;
			for (uint32_t q = 0; q < world->rows; q++)
				want += world->present[s][q] &&
				        !strcmp(world->cells[s][q][ACCOUNT], world->cells[s][r][ACCOUNT]);
			uint32_t found = seal_find(
			        asker.seal, ask_token(&asker, ACCOUNT, world->cells[s][r][ACCOUNT]), hits, &common);
			for (uint32_t h = 0; h < found; h++) {
				seal_presence(asker.seal, hits[h].row, states);
				there += states[asker.snapshot_of[s]];
				seal_history(asker.seal, hits[h].row, (uint32_t)asker.column_of[MOBILE],
				        ask_token(&asker, MOBILE, world->cells[s][r][MOBILE]), states);
				holds += states[asker.snapshot_of[s]] == 2;
			}
			assert_int_equal(there, want);
			assert_true(holds >= 1);
		}
	asker_close(&asker);
}

static void test_seal_order__rows_that_share_a_key_do_not_depend_on_it(void **state)
{
	static const struct world_shape shape = { .rows = 60, .snapshots = 5, .duplicates = true };

	(void)state;
	for (uint64_t seed = 31; seed < 34; seed++) {
		struct world *world = world_new(seed, &shape);
		uint32_t order[WORLD_SNAPSHOTS];
		struct bytes first = { 0 };
		for (unsigned turn = 0; turn < ORDERS; turn++) {
			size_t differ = 0;
			order_of(world, turn, order);
			seal_in_order(world, order, turn * 100);
			ask_groups(world);
			struct bytes now = dump(world);
			for (size_t i = 0; first.len && i < now.len; i++)
				differ += now.ptr[i] != first.ptr[i];
			/* A check's 16 bits depend on the column's number, and that on the order: a few may be
			 * confused. */
			if (first.len) {
				assert_int_equal(now.len, first.len);
				assert_true(differ <= 5 + now.len / 10000);
			}
			bytes_done(&first);
			first = now;
		}
		bytes_done(&first);
		free(world);
	}
}

/* ---- the same again ---- */

static struct bytes seal_bytes(void)
{
	struct bytes out = { 0 };

	assert_int_equal(io_read_file(scratch_path("store/seals/t.seal"), 64 << 20, &out, NULL), HUFU_OK);
	return out;
}

static void assert_untouched(struct bytes *before)
{
	struct bytes now = seal_bytes();

	assert_int_equal(now.len, before->len);
	assert_memory_equal(now.ptr, before->ptr, now.len);
	bytes_done(&now);
}

static void test_seal_order__the_same_snapshot_changes_nothing(void **state)
{
	static const struct world_shape shapes[] = { { .rows = 80, .snapshots = 4, .owners = true },
		{ .rows = 80, .snapshots = 4, .composite = true, .owners = true },
		{ .rows = 60, .snapshots = 4, .duplicates = true } };

	(void)state;
	for (size_t i = 0; i < LEN(shapes); i++) {
		struct world *world = world_new(41 + i, &shapes[i]);
		uint32_t order[WORLD_SNAPSHOTS] = { 2, 0, 3, 1 };
		seal_in_order(world, order, 0);
		struct bytes before = seal_bytes();
		for (uint32_t s = 0; s < world->snapshots; s++)
			for (uint64_t shuffle = 0; shuffle < 3; shuffle++) {
				struct draft_outcome outcome = world_sealed(store, "t", world, s, shuffle);
				assert_true(outcome.unchanged);
				assert_untouched(&before);
			}
		bytes_done(&before);
		free(world);
	}
}

static void test_seal_order__other_content_for_a_sealed_instant_is_refused(void **state)
{
	static const struct world_shape shape = { .rows = 70, .snapshots = 3 };
	struct world *world = world_new(51, &shape);
	uint32_t order[WORLD_SNAPSHOTS] = { 0, 1, 2 }, row = 0;
	struct draft_outcome outcome = { .bytes = 77 };
	hufu_error error = { 0 };

	(void)state;
	seal_in_order(world, order, 0);
	struct bytes before = seal_bytes();
	while (!world->present[1][row])
		row++;
	/* A cell changed, a cell emptied, a row gone, a row twice, a column gone. */
	for (int what = 0; what < 5; what++) {
		struct world *other = malloc(sizeof *other);
		assert_non_null(other);
		memcpy(other, world, sizeof *other);
		if (what == 0)
			invent_mobile(&other->dice, other->cells[1][row][MOBILE]);
		else if (what == 1)
			other->cells[1][row][MOBILE][0] = 0;
		else if (what == 2)
			other->present[1][row] = false;
		else if (what == 3)
			memcpy(other->cells[1][row + 1], other->cells[1][row], sizeof other->cells[1][row]),
			        other->present[1][row + 1] = true;
		else
			other->has[1][RESIDENT] = false;
		assert_int_equal(world_seal(store, "t", other, 1, 0, &outcome, &error), HUFU_CONFLICT);
		assert_int_equal(outcome.bytes, 77);
		assert_non_null(error.what);
		assert_untouched(&before);
		free(other);
	}
	bytes_done(&before);
	free(world);
}

static void test_seal_order__an_instant_is_the_same_however_it_is_written(void **state)
{
	static const struct world_shape shape = { .rows = 50, .snapshots = 2 };
	static const char *const same[] = { "2021-01-15", "2021-01-15T23:59:59+08:00", "2021-01-15T15:59:59Z",
		"2021-01-15T15:59:59.5Z" };
	struct world *world = world_new(61, &shape);
	struct draft_outcome outcome;

	(void)state;
	remove_seal();
	world_sealed(store, "t", world, 0, 0);
	struct bytes before = seal_bytes();
	for (size_t i = 0; i < LEN(same); i++) {
		snprintf(world->as_of[0], sizeof world->as_of[0], "%s", same[i]);
		assert_true(world_sealed(store, "t", world, 0, i).unchanged);
		snprintf(world->as_of[1], sizeof world->as_of[1], "%s", same[i]);
		assert_int_equal(world_seal(store, "t", world, 1, 0, &outcome, NULL), HUFU_CONFLICT);
		assert_untouched(&before);
	}
	snprintf(world->as_of[1], sizeof world->as_of[1], "2021-01-15T15:59:58Z");
	assert_false(world_sealed(store, "t", world, 1, 0).unchanged);
	bytes_done(&before);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_order__any_order_tells_the_truth),
		cmocka_unit_test(test_seal_order__any_order_gives_the_same_verdict),
		cmocka_unit_test(test_seal_order__rows_that_share_a_key_do_not_depend_on_it),
		cmocka_unit_test(test_seal_order__the_same_snapshot_changes_nothing),
		cmocka_unit_test(test_seal_order__other_content_for_a_sealed_instant_is_refused),
		cmocka_unit_test(test_seal_order__an_instant_is_the_same_however_it_is_written),
	};

	return cmocka_run_group_tests_name("seal_order", tests, setup, teardown);
}
