/* The look-up's building against a plain model: pairs are sorted, doubles dropped, what more than 32 places share made
 * common; in however many buckets, by however many threads. */
#include "seal/lookup.h"

#include "base/le.h"
#include "base/team.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAIRS = 6000, TAKEN = 2000, ROWS = 5000, CHUNK_ROWS = 300, COLUMNS = 5, FREQUENT_MAX = 64 };

/* What is brought lies in a draft's rows and columns, which are others' in the seal. */
static struct lookup_pair brought[PAIRS], taken[TAKEN];
static uint32_t draft_rows[ROWS], new_rows[ROWS]; /* by the seal's rows; the reverse */
static const uint32_t draft_columns[COLUMNS] = { 2, 4, 1, 0, 3 }, new_columns[COLUMNS] = { 3, 2, 0, 4, 1 };

struct hearing {
	struct lookup_shape shape;
	uint64_t shared, frequent[FREQUENT_MAX];
	unsigned frequent_count;
};

static int by_entry(const void *a, const void *b)
{
	uint64_t x[2], y[2];
	const struct lookup_pair *p = a, *q = b;
	x[0] = p->token, x[1] = (uint64_t)p->row << 32 | p->column;
	y[0] = q->token, y[1] = (uint64_t)q->row << 32 | q->column;
	for (int i = 0; i < 2; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

/* Few tokens, so that they meet; three that very many rows share. */
static struct lookup_pair some_pair(uint32_t none)
{
	uint64_t number = randombytes_uniform(12) ? 10 + randombytes_uniform(3000) : 1 + randombytes_uniform(3);
	struct siphash_key key = { 1, 2 };
	uint32_t row = randombytes_uniform(200) ? randombytes_uniform(ROWS) : none;
	return (struct lookup_pair){ siphash_words(key, &number, 1) >> (64 - TOKEN_BITS), row,
		row == none ? 0 : randombytes_uniform(COLUMNS) };
}

static hufu_status give(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker)
{
	const struct hearing *hearing = user;
	uint64_t low = from << lookup_rest_bits(hearing->shape), high = to << lookup_rest_bits(hearing->shape);
	for (size_t i = 0; i < TAKEN; i++)
		if (taken[i].token >= low && taken[i].token < high)
			lookup_take(builder, worker, taken[i]);
	for (size_t i = 0; i < PAIRS; i++)
		if (brought[i].token >= low && brought[i].token < high &&
		        brought[i].row == lookup_row_none(hearing->shape))
			lookup_common(builder, worker, brought[i].token);
	return HUFU_OK;
}

/* As some_pair, but none that was there before: a row has one value a column. */
static struct lookup_pair another_pair(const struct lookup_pair *before, size_t count, uint32_t none)
{
	struct lookup_pair pair = some_pair(none);
	for (size_t i = 0; i < count && pair.row != none; i++)
		if (!by_entry(&before[i], &pair))
			return another_pair(before, count, none);
	return pair;
}

/* Puts what is brought where a draft's pairs lie; each worker goes from chunk to chunk as it comes. */
static void bring(struct pairs *pairs, struct slabs *slabs, uint32_t none)
{
	assert_true(pairs_init(pairs, CHUNK_ROWS, COLUMNS, slabs));
	for (size_t i = 0; i < PAIRS; i++)
		if (brought[i].row != none) {
			uint32_t row = draft_rows[brought[i].row];
			struct pairs_hand hand = pairs_enter(pairs, (unsigned)(i % team_size()), row / CHUNK_ROWS);
			pairs_add(&hand, brought[i].token, row % CHUNK_ROWS, draft_columns[brought[i].column]);
		}
	assert_false(parts_failed(pairs->parts));
}

static void hear_shared(void *user, unsigned worker, uint32_t column, const uint32_t *rows, size_t count)
{
	struct hearing *hearing = user;
	uint64_t sum = column;
	(void)worker;
	for (size_t i = 0; i < count; i++)
		sum = sum * 1000003 + rows[i];
	__atomic_fetch_add(&hearing->shared, sum, __ATOMIC_RELAXED);
}

static void hear_frequent(void *user, unsigned worker, uint32_t column, uint64_t token, uint32_t count)
{
	struct hearing *hearing = user;
	(void)worker;
	unsigned at = __atomic_fetch_add(&hearing->frequent_count, 1, __ATOMIC_RELAXED);
	assert_true(at < FREQUENT_MAX);
	hearing->frequent[at] = token ^ (uint64_t)column << 56 ^ (uint64_t)count << 59;
}

/* Entries as they should be, and what should be heard; returns how many. */
static size_t model(const struct hearing *about, struct lookup_pair *out, struct hearing *heard)
{
	static struct lookup_pair all[PAIRS + TAKEN];
	uint32_t none = lookup_row_none(about->shape);
	size_t count = 0;
	memcpy(all, brought, sizeof brought);
	memcpy(all + PAIRS, taken, sizeof taken);
	qsort(all, PAIRS + TAKEN, sizeof *all, by_entry);
	*heard = (struct hearing){ .shape = about->shape };
	for (size_t i = 0, end; i < PAIRS + TAKEN; i = end) {
		size_t first = count, per_column[COLUMNS] = { 0 };
		for (end = i; end < PAIRS + TAKEN && all[end].token == all[i].token; end++)
			if (end == i || by_entry(&all[end], &all[end - 1]))
				out[count++] = all[end];
		bool many = count - first > LOOKUP_ROWS_MAX || all[end - 1].row == none;
		for (size_t k = 0; k < PAIRS; k++)
			if (brought[k].token == all[i].token && brought[k].row != none)
				per_column[brought[k].column]++;
		for (uint32_t c = 0; end - i > LOOKUP_ROWS_MAX && c < COLUMNS; c++)
			if (per_column[c] > LOOKUP_ROWS_MAX)
				heard->frequent[heard->frequent_count++] =
				        all[i].token ^ (uint64_t)c << 56 ^ (uint64_t)per_column[c] << 59;
		if (many) {
			out[first] = (struct lookup_pair){ all[i].token, none, 0 };
			count = first + 1;
			continue;
		}
		for (uint32_t c = 0; c < COLUMNS; c++) {
			uint32_t rows[LOOKUP_ROWS_MAX];
			size_t same = 0;
			for (size_t k = first; k < count; k++)
				if (out[k].column == c)
					rows[same++] = out[k].row;
			if (same > 1)
				hear_shared(heard, 0, c, rows, same);
		}
	}
	return count;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void hold_file(const char *path, const struct key *key, struct lookup_shape shape,
        const struct lookup_pair *want, size_t count)
{
	struct container file;
	assert_int_equal(container_open(path, key, &file, NULL), HUFU_OK);
	assert_int_equal(container_len(&file, SECTION_LOOKUP), count * 8);
	for (uint64_t bucket = 0, at = 0; bucket >> shape.prefix_bits == 0; bucket++) {
		const uint8_t *index = container_at(&file, SECTION_LOOKUP_INDEX, bucket * 4, 8);
		assert_non_null(index);
		assert_int_equal(le32(index), at);
		for (; at < le32(index + 4); at++) {
			struct lookup_pair pair =
			        lookup_unpack(shape, bucket, le64(container_at(&file, SECTION_LOOKUP, at * 8, 8)));
			assert_int_equal(by_entry(&pair, &want[at]), 0);
		}
	}
	container_done(&file);
}

static void hold(const char *path, const struct key *key, struct lookup_shape shape, bool serial)
{
	static struct lookup_pair want[PAIRS + TAKEN];
	struct hearing user = { .shape = shape }, heard;
	struct container_writer writer;
	struct pairs pairs;
	struct slabs *slabs = slabs_new();
	struct lookup_source source = { .brought = &pairs,
		.rows = new_rows,
		.columns = new_columns,
		.pairs = give,
		.shared = hear_shared,
		.frequent = hear_frequent,
		.serial = serial,
		.user = &user };
	bring(&pairs, slabs, lookup_row_none(shape));
	size_t count = model(&user, want, &heard);
	assert_int_equal(container_write_begin(&writer, path, key, NULL), HUFU_OK);
	assert_int_equal(lookup_build(user.shape, &source, &writer, NULL), HUFU_OK);
	assert_int_equal(container_write_commit(&writer), HUFU_OK);
	container_write_done(&writer);
	pairs_done(&pairs);
	slabs_free(slabs);
	hold_file(path, key, user.shape, want, count);
	assert_int_equal(user.shared, heard.shared);
	assert_int_equal(user.frequent_count, heard.frequent_count);
	qsort(user.frequent, user.frequent_count, sizeof *user.frequent, by_number);
	qsort(heard.frequent, heard.frequent_count, sizeof *heard.frequent, by_number);
	assert_memory_equal(user.frequent, heard.frequent, heard.frequent_count * sizeof *heard.frequent);
}

static void test_seal_lookup__is_what_a_plain_model_makes(void **state)
{
	static const uint32_t prefixes[] = { 8, 10, PAIRS_PART_BITS, PAIRS_PART_BITS + 3 };
	struct lookup_shape shape = lookup_shape_for(PAIRS, ROWS, COLUMNS);
	uint32_t none = lookup_row_none(shape);
	char dir[] = "/tmp/hufu-lookup-XXXXXX", path[64], key_path[64];
	struct key *key;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/seal", dir);
	snprintf(key_path, sizeof key_path, "%s/key", dir);
	assert_int_equal(key_create(key_path, &key, NULL), HUFU_OK);
	for (uint32_t row = 0; row < ROWS; row++) {
		draft_rows[row] = (row * 2003 + 11) % ROWS;
		new_rows[draft_rows[row]] = row;
	}
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < PAIRS; i++)
			brought[i] = another_pair(brought, i, none);
		for (size_t i = 0; i < TAKEN; i++)
			taken[i] = i % 2 ? brought[randombytes_uniform(PAIRS)] : some_pair(none);
		qsort(taken, TAKEN, sizeof *taken, by_entry);
		for (size_t i = 0; i < LEN(prefixes); i++) {
			setenv("HUFU_THREADS", (i + (size_t)round) % 2 ? "3" : "1", 1);
			shape.prefix_bits = prefixes[i];
			hold(path, key, shape, round == 1);
		}
	}
	key_free(key);
	unlink(path);
	unlink(key_path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seal_lookup__is_what_a_plain_model_makes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
