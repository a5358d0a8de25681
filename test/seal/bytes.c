/* What a stolen store shows: nothing clear, no equal checks for equal values, nothing shared with another store, no
 * answer without the key. Looks at the very bytes. test_seal_bytes HUFU */
#include "../support/run.h"
#include "../support/world.h"
#include "base/utf8.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "../scratch.h"

static const char *program;
static struct store *store;
static struct world *world;
static struct run said;

static int setup(void **state)
{
	static const struct world_shape shape = { .rows = 300, .snapshots = 4, .owners = true };

	if (scratch_setup(state))
		return -1;
	store = world_store(scratch);
	setenv("HUFU_STORE", scratch_path("store"), 1);
	world = world_new(101, &shape);
	for (uint32_t s = 0; s < world->snapshots; s++)
		world_sealed(store, "customers", world, s, s);
	return 0;
}

static int teardown(void **state)
{
	free(world);
	store_close(store);
	return scratch_teardown(state);
}

static struct bytes read_all(const char *path)
{
	struct bytes out = { 0 };

	assert_int_equal(io_read_file(path, 64 << 20, &out, NULL), HUFU_OK);
	return out;
}

static bool holds(const struct bytes *bytes, const void *text, size_t len)
{
	return memmem(bytes->ptr, bytes->len, text, len) != NULL;
}

/* As UTF-16, in either byte order. */
static size_t wide(const char *text, bool big, uint8_t *out)
{
	size_t len = 0;
	hufu_view rest = view_of(text);

	while (rest.len) {
		uint32_t point = utf8_next(&rest);
		out[len++] = (uint8_t)(big ? point >> 8 : point);
		out[len++] = (uint8_t)(big ? point : point >> 8);
	}
	return len;
}

static void assert_hidden(const struct bytes *bytes, const char *text)
{
	uint8_t sixteen[2 * WORLD_CELL];

	if (strlen(text) < 4)
		return;
	if (holds(bytes, text, strlen(text)))
		print_error("in clear: %s\n", text);
	assert_false(holds(bytes, text, strlen(text)));
	for (int big = 0; big < 2; big++)
		assert_false(holds(bytes, sixteen, wide(text, big, sixteen)));
}

static void test_seal_bytes__nothing_of_the_source_is_in_clear(void **state)
{
	struct bytes bytes = read_all(scratch_path("store/seals/customers.seal"));

	(void)state;
	assert_true(bytes.len > 10000);
	for (uint32_t c = 0; c < world->columns; c++)
		assert_hidden(&bytes, world->names[c]);
	for (uint32_t s = 0; s < world->snapshots; s++) {
		assert_hidden(&bytes, world->as_of[s]);
		assert_hidden(&bytes, "2021-");
		for (uint32_t r = 0; r < world->rows; r++)
			for (uint32_t c = 0; c < world->columns; c++)
				assert_hidden(&bytes, world->cells[s][r][c]);
	}
	assert_hidden(&bytes, "customers");
	assert_hidden(&bytes, "resident");
	assert_hidden(&bytes, "Asia/Shanghai");
	bytes_done(&bytes);
}

/* ---- equal values ---- */

/* Three hundred rows of one city and one level: every check that a stolen seal shows of them must look like chance. */
static void test_seal_bytes__equal_values_look_different_in_every_row(void **state)
{
	struct world *same = malloc(sizeof *same);
	uint32_t equal = 0, pairs = 0;
	uint32_t *seen = calloc(65536, sizeof *seen);

	(void)state;
	assert_true(same && seen);
	memcpy(same, world, sizeof *same);
	same->facet = same->columns;
	for (uint32_t r = 0; r < same->rows; r++) {
		same->present[0][r] = true;
		same->has[0][LEVEL] = same->has[0][REMARK] = true;
		snprintf(same->cells[0][r][CITY], WORLD_CELL, "上海市");
		snprintf(same->cells[0][r][LEVEL], WORLD_CELL, "gold");
		snprintf(same->cells[0][r][REMARK], WORLD_CELL, "%s", "");
	}
	world_sealed(store, "same", same, 0, 0);
	struct seal *seal = world_open(store, "same");
	const char *const columns[] = { "city", "level", "remark" };
	for (size_t c = 0; c < LEN(columns); c++) {
		int32_t at = meta_column(&seal->meta, view_of(columns[c]));
		memset(seen, 0, 65536 * sizeof *seen);
		for (uint32_t r = 0; r < seal->meta.rows; r++) {
			const uint8_t *record =
			        container_at(&seal->file, SECTION_ROWS, (uint64_t)r * seal->stride, seal->stride);
			assert_non_null(record);
			uint32_t check = record[12 + 2 * at] | (uint32_t)record[13 + 2 * at] << 8;
			equal += seen[check]++;
			pairs += r;
		}
	}
	/* 134,550 pairs of equal values: two of them share a check by chance; sixteen never. */
	assert_true(pairs > 130000);
	assert_true(equal <= 16);
	free(seen);
	seal_close(seal);
	free(same);
	unlink(scratch_path("store/seals/same.seal"));
}

static int by_word(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

/* How many of the 8-byte words at multiples of 8 of one file stand in the other; words of few different bytes are
 * padding. */
static size_t shared_words(const struct bytes *one, const struct bytes *other, size_t from)
{
	size_t count = other->len / 8, shared = 0;
	char *words = malloc(count * 8 + 8);

	assert_non_null(words);
	memcpy(words, other->ptr, count * 8);
	qsort(words, count, 8, by_word);
	for (size_t i = from; i < one->len / 8; i++) {
		const char *word = one->ptr + i * 8;
		int zeros = 0;
		for (int k = 0; k < 8; k++)
			zeros += word[k] == 0;
		shared += zeros < 3 && bsearch(word, words, count, 8, by_word);
	}
	free(words);
	return shared;
}

static void test_seal_bytes__another_key_shares_nothing(void **state)
{
	struct bytes one = read_all(scratch_path("store/seals/customers.seal"));
	char home[512];

	(void)state;
	snprintf(home, sizeof home, "%s/other", scratch);
	assert_int_equal(mkdir(home, 0700), 0);
	struct store *other = world_store(home);
	setenv("HOME", scratch, 1);
	for (uint32_t s = 0; s < world->snapshots; s++)
		world_sealed(other, "customers", world, s, s);
	struct bytes two = read_all(scratch_path("other/store/seals/customers.seal"));
	assert_int_equal(one.len, two.len);
	/* Behind the header, whose directory is the same. The log's places and the look-up's index are numbers of rows.
	 */
	assert_true(shared_words(&one, &two, 512) <= one.len / 8 / 500);
	bytes_done(&one);
	bytes_done(&two);
	store_close(other);
}

static void test_seal_bytes__made_again_it_is_another_file(void **state)
{
	struct bytes one = read_all(scratch_path("store/seals/customers.seal"));
	const char *from = scratch_path("store/seals/customers.seal"), *to = scratch_path("kept");
	size_t differ = 0;

	(void)state;
	assert_int_equal(rename(from, to), 0);
	for (uint32_t s = 0; s < world->snapshots; s++)
		world_sealed(store, "customers", world, s, s);
	struct bytes two = read_all(from);
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.ptr, two.ptr, 4096);
	for (size_t i = 0; i < one.len; i++)
		differ += one.ptr[i] != two.ptr[i];
	/* What is encrypted and every block's tag differ, though nothing else has changed. */
	assert_true(differ > one.len / 50);
	bytes_done(&one);
	bytes_done(&two);
}

/* ---- keys ---- */

static void copy_file(const char *from, const char *to)
{
	struct bytes bytes = read_all(from);

	assert_int_equal(io_replace_file(to, 0600, bytes_view(&bytes), NULL), HUFU_OK);
	bytes_done(&bytes);
}

static void copy_store(const char *to)
{
	char path[512];

	assert_int_equal(mkdir(to, 0700), 0);
	snprintf(path, sizeof path, "%s/seals", to);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/store.json", to);
	copy_file(scratch_path("store/store.json"), path);
	snprintf(path, sizeof path, "%s/seals/customers.seal", to);
	copy_file(scratch_path("store/seals/customers.seal"), path);
}

static const uint32_t leaked[] = { ACCOUNT, MOBILE, CITY };

/* Every command that looks at the seals refuses in one line and gives no name, no number. */
static void assert_refused(const char *store_dir, const char *why)
{
	static const char *const commands[][6] = { { "match", "LEAK", "--json", NULL }, { "seals", NULL },
		{ "seals", "customers", "--columns", NULL },
		{ "forget", "customers", "--person", "K100000", "--yes", NULL },
		{ "seal", "more", "LEAK", "--as-of", "2021-01-01", NULL } };

	for (size_t i = 0; i < LEN(commands); i++) {
		const char *words[8] = { 0 };
		for (size_t k = 0; commands[i][k]; k++)
			words[k] = strcmp(commands[i][k], "LEAK") ? commands[i][k] : scratch_path("leak.csv");
		setenv("HUFU_STORE", store_dir, 1);
		run_words(program, words, &said);
		assert_int_equal(said.code, 2);
		assert_string_equal(said.out, "");
		assert_one_line(said.err);
		if (!strstr(said.err, why))
			print_error("\"%s\" is not in: %s", why, said.err);
		assert_non_null(strstr(said.err, why));
	}
	setenv("HUFU_STORE", scratch_path("store"), 1);
}

static void test_seal_bytes__a_copy_without_its_key_answers_nothing(void **state)
{
	(void)state;
	world_leak(world, 1, leaked, LEN(leaked), NULL, scratch_path("leak.csv"));
	copy_store(scratch_path("copy"));
	/* With the key: it answers. */
	setenv("HUFU_STORE", scratch_path("copy"), 1);
	RUN(program, &said, "match", scratch_path("leak.csv"), "--json");
	assert_int_equal(said.code, 0);
	setenv("HOME", scratch_path("other"), 1);
	assert_int_equal(setenv("XDG_CONFIG_HOME", scratch_path("nowhere"), 1), 0);
	assert_refused(scratch_path("copy"), "key");
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", scratch, 1);
}

static void test_seal_bytes__a_wrong_key_says_so(void **state)
{
	(void)state;
	world_leak(world, 1, leaked, LEN(leaked), NULL, scratch_path("leak.csv"));
	struct key *key;
	assert_int_equal(key_create(scratch_path("wrong.key"), &key, NULL), HUFU_OK);
	key_free(key);
	setenv("HUFU_KEY_FILE", scratch_path("wrong.key"), 1);
	assert_refused(scratch_path("store"), "key");
	unsetenv("HUFU_KEY_FILE");
}

static void test_seal_bytes__a_key_inside_the_store_is_refused(void **state)
{
	char from[512];

	(void)state;
	world_leak(world, 1, leaked, LEN(leaked), NULL, scratch_path("leak.csv"));
	snprintf(from, sizeof from, "%s/.config/hufu/keys/%s", scratch, store->id);
	copy_file(from, scratch_path("store/my.key"));
	setenv("HUFU_KEY_FILE", scratch_path("store/my.key"), 1);
	assert_refused(scratch_path("store"), "store");
	/* Nor by way of a link. */
	assert_int_equal(symlink(scratch_path("store"), scratch_path("elsewhere")), 0);
	setenv("HUFU_KEY_FILE", scratch_path("elsewhere/my.key"), 1);
	assert_refused(scratch_path("store"), "store");
	assert_int_equal(symlink(scratch_path("store/my.key"), scratch_path("link.key")), 0);
	setenv("HUFU_KEY_FILE", scratch_path("link.key"), 1);
	assert_refused(scratch_path("store"), "store");
	unsetenv("HUFU_KEY_FILE");
	unlink(scratch_path("store/my.key"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_bytes__nothing_of_the_source_is_in_clear),
		cmocka_unit_test(test_seal_bytes__equal_values_look_different_in_every_row),
		cmocka_unit_test(test_seal_bytes__another_key_shares_nothing),
		cmocka_unit_test(test_seal_bytes__made_again_it_is_another_file),
		cmocka_unit_test(test_seal_bytes__a_copy_without_its_key_answers_nothing),
		cmocka_unit_test(test_seal_bytes__a_wrong_key_says_so),
		cmocka_unit_test(test_seal_bytes__a_key_inside_the_store_is_refused),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests_name("seal_bytes", tests, setup, teardown);
}
