/* Items of a part come out in each worker's order, pairs sorted, whoever brought them; slabs are used again; a crew
 * does every job. */
#include "base/radix.h"

#include "base/crew.h"
#include "base/team.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAIRS = 200000, CHUNK = 1000, SLOTS = 5 };

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mixed(uint64_t z)
{
	z = (z + 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Every hundredth key is the same one, every tenth comes twice. */
static struct radix_item pair_of(size_t number)
{
	uint64_t key = number % 100 == 0 ? 7 : mixed(number % 10 == 1 ? number - 1 : number);
	return (struct radix_item){ key, number };
}

static int by_key(const void *a, const void *b)
{
	const struct radix_item *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static void add(void *user, size_t chunk, unsigned worker)
{
	for (size_t i = chunk * CHUNK; i < (chunk + 1) * CHUNK; i++) {
		struct radix_item item = pair_of(i);
		radix_add(user, worker, item.key, item.value);
	}
}

static void hold(unsigned bits, const struct radix_item *want)
{
	struct radix *radix = radix_new(bits);
	struct radix_item *got = malloc(PAIRS * sizeof *got);
	size_t at = 0;
	assert_non_null(radix);
	assert_non_null(got);
	team_run(PAIRS / CHUNK, add, radix);
	assert_false(radix_failed(radix));
	for (size_t part = 0; part < radix_parts(radix); part++) {
		size_t count = radix_count(radix, part);
		assert_true(at + count <= PAIRS);
		assert_true(radix_take(radix, (unsigned)part % team_size(), part, got + at));
		assert_int_equal(radix_count(radix, part), 0);
		at += count;
	}
	assert_int_equal(at, PAIRS);
	assert_memory_equal(got, want, PAIRS * sizeof *got);
	radix_free(radix);
	free(got);
}

static void test_base_radix__gives_pairs_in_order(void **state)
{
	static const char *threads[] = { "1", "2", "5" };
	struct radix_item *want = malloc(PAIRS * sizeof *want);
	(void)state;
	assert_non_null(want);
	for (size_t i = 0; i < PAIRS; i++)
		want[i] = pair_of(i);
	qsort(want, PAIRS, sizeof *want, by_key);
	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
		setenv("HUFU_THREADS", threads[i], 1);
		for (unsigned bits = 0; bits <= 12; bits += 4)
			hold(bits, want);
	}
	free(want);
}

enum { ITEM = 10, ITEMS = 20000, PARTS = 7 };

/* An item of ten bytes: a number that grows, the part that it belongs to, who brought it. */
static void put(struct parts *parts, unsigned worker, uint32_t number)
{
	uint32_t part = (uint32_t)(mixed(number) % PARTS);
	char *item = parts_add(parts, worker, part);
	assert_non_null(item);
	memcpy(item, &number, 4);
	memcpy(item + 4, &part, 4);
	item[8] = (char)worker;
}

/* Walks a part; how many items it has. */
static size_t walk_part(const struct parts *parts, size_t part)
{
	struct parts_walk walk = { .parts = parts, .part = part };
	uint32_t last[2] = { 0, 0 }, number, of;
	size_t seen = 0, count;
	for (char *run; parts_next(&walk, &run, &count); seen += count)
		for (size_t i = 0; i < count; i++, run += ITEM) {
			memcpy(&number, run, 4);
			memcpy(&of, run + 4, 4);
			assert_int_equal(of, part);
			assert_true(number > last[(int)run[8]]);
			last[(int)run[8]] = number;
		}
	return seen;
}

static void test_base_parts__keep_each_workers_order(void **state)
{
	(void)state;
	setenv("HUFU_THREADS", "2", 1);
	struct slabs *slabs = slabs_new();
	struct parts *parts = parts_new(PARTS, ITEM, slabs);
	assert_non_null(parts);
	for (int round = 0; round < 3; round++) {
		size_t seen = 0;
		for (uint32_t i = 1; i <= ITEMS; i++)
			put(parts, i % 3 == 0, i);
		for (size_t part = 0; part < PARTS; part++) {
			size_t count = walk_part(parts, part);
			assert_int_equal(count, parts_size(parts, part));
			parts_drop(parts, part % 2, part);
			assert_int_equal(walk_part(parts, part), 0);
			seen += count;
		}
		assert_int_equal(seen, ITEMS);
	}
	assert_false(parts_failed(parts));
	parts_free(parts);
	slabs_free(slabs);
}

static void test_base_slabs__are_used_again(void **state)
{
	(void)state;
	setenv("HUFU_THREADS", "2", 1);
	struct slabs *slabs = slabs_new();
	assert_non_null(slabs);
	char *first = slabs_take(slabs, 0), *second = slabs_take(slabs, 0);
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first + SLAB_BYTES <= second || second + SLAB_BYTES <= first);
	assert_int_equal((uintptr_t)first % SLAB_BYTES, 0);
	memset(first, 1, SLAB_BYTES);
	memset(second, 2, SLAB_BYTES);
	slabs_give(slabs, 1, first);
	assert_ptr_equal(slabs_take(slabs, 1), first);
	slabs_free(slabs);
	static const size_t lens[] = { 0, 1, SLAB_BYTES - 1, SLAB_BYTES, 3 * SLAB_BYTES + 5 };
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		char *array = slabs_array(lens[i]);
		assert_non_null(array);
		memset(array, 1, lens[i]);
		free(array);
	}
}

struct jobs {
	size_t number[SLOTS];
	unsigned char done[PAIRS / CHUNK];
};

static void do_job(void *user, size_t slot, unsigned worker)
{
	struct jobs *jobs = user;
	(void)worker;
	__atomic_fetch_add(&jobs->done[jobs->number[slot]], 1, __ATOMIC_RELAXED);
}

static void test_base_crew__does_every_job(void **state)
{
	static const char *threads[] = { "1", "2", "5" };
	(void)state;
	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
		struct jobs jobs = { 0 };
		setenv("HUFU_THREADS", threads[i], 1);
		struct crew *crew = crew_new(SLOTS, 0, do_job, &jobs);
		assert_non_null(crew);
		for (size_t job = 0; job < sizeof jobs.done; job++) {
			size_t slot = crew_slot(crew);
			jobs.number[slot] = job;
			crew_give(crew, slot);
			if (job == sizeof jobs.done / 2) {
				crew_wait(crew);
				assert_int_equal(jobs.done[job], 1);
			}
		}
		crew_free(crew);
		for (size_t job = 0; job < sizeof jobs.done; job++)
			assert_int_equal(jobs.done[job], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_radix__gives_pairs_in_order),
		cmocka_unit_test(test_base_parts__keep_each_workers_order),
		cmocka_unit_test(test_base_slabs__are_used_again),
		cmocka_unit_test(test_base_crew__does_every_job),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
