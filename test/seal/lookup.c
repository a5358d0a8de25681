/* The look-up's building against a plain model: pairs are sorted, doubles dropped, what more than 32 places share made
 * common; in however many passes and parts, by however many threads. */
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

enum { PAIRS = 6000, TAKEN = 2000, ROWS = 5000, COLUMNS = 5, FREQUENT_MAX = 64 };

static struct lookup_pair brought[PAIRS], taken[TAKEN];

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

static uint64_t first_token(const struct lookup_builder *builder, const struct hearing *hearing, uint64_t bucket)
{
	(void)builder;
	return bucket << lookup_rest_bits(hearing->shape);
}

static void bring(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder)
{
	const struct hearing *hearing = user;
	const struct lookup_inlet inlet = lookup_inlet(builder);
	for (size_t i = 0; i < PAIRS; i++)
		if (brought[i].token >= first_token(builder, hearing, from) &&
		        brought[i].token < first_token(builder, hearing, to))
			lookup_bring(&inlet, (unsigned)(i % team_size()), brought[i], true);
}

static hufu_status give(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker)
{
	const struct hearing *hearing = user;
	for (size_t i = 0; i < TAKEN; i++)
		if (taken[i].token >= first_token(builder, hearing, from) &&
		        taken[i].token < first_token(builder, hearing, to))
			lookup_take(builder, worker, taken[i]);
	return HUFU_OK;
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
			if (brought[k].token == all[i].token)
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

static void hold(const char *path, const struct key *key, uint64_t pass_pairs, uint64_t part_pairs, bool serial)
{
	static struct lookup_pair want[PAIRS + TAKEN];
	struct hearing user = { .shape = lookup_shape_for(PAIRS, ROWS, COLUMNS) }, heard;
	struct container_writer writer;
	struct lookup_source source = { bring, give, hear_shared, hear_frequent, serial, &user, pass_pairs,
		part_pairs };
	size_t count = model(&user, want, &heard);
	assert_int_equal(container_write_begin(&writer, path, key, NULL), HUFU_OK);
	assert_int_equal(lookup_build(user.shape, PAIRS + TAKEN, &source, &writer, NULL), HUFU_OK);
	assert_int_equal(container_write_commit(&writer), HUFU_OK);
	container_write_done(&writer);
	hold_file(path, key, user.shape, want, count);
	assert_int_equal(user.shared, heard.shared);
	assert_int_equal(user.frequent_count, heard.frequent_count);
	qsort(user.frequent, user.frequent_count, sizeof *user.frequent, by_number);
	qsort(heard.frequent, heard.frequent_count, sizeof *heard.frequent, by_number);
	assert_memory_equal(user.frequent, heard.frequent, heard.frequent_count * sizeof *heard.frequent);
}

static void test_seal_lookup__is_what_a_plain_model_makes(void **state)
{
	static const uint64_t sizes[][2] = { { 0, 0 }, { 1000000, 500 }, { 3000, 200 }, { 500, 100 }, { 1, 1 } };
	char dir[] = "/tmp/hufu-lookup-XXXXXX", path[64], key_path[64];
	struct key *key;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/seal", dir);
	snprintf(key_path, sizeof key_path, "%s/key", dir);
	assert_int_equal(key_create(key_path, &key, NULL), HUFU_OK);
	uint32_t none = lookup_row_none(lookup_shape_for(PAIRS, ROWS, COLUMNS));
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < PAIRS; i++)
			brought[i] = some_pair(none);
		for (size_t i = 0; i < TAKEN; i++)
			taken[i] = i % 2 ? brought[randombytes_uniform(PAIRS)] : some_pair(none);
		qsort(taken, TAKEN, sizeof *taken, by_entry);
		for (size_t i = 0; i < LEN(sizes); i++) {
			setenv("HUFU_THREADS", i % 2 ? "3" : "1", 1);
			hold(path, key, sizes[i][0], sizes[i][1], round == 1);
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
