/* A damaged seal gives a clear line and no verdict, or the very same verdict: never a crash, never another answer.
 * test_seal_damage HUFU [every], where "every" flips each single byte of the file. */
#include "../support/run.h"
#include "../support/world.h"
#include "base/le.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "../scratch.h"

enum { BLOCK = 4096, NEW_VERSION_AT = 8 };

#ifdef HUFU_SANITIZE
enum { STEP = 911, STEP_TAGS = 101, HEADER = 110 };
#else
enum { STEP = 211, STEP_TAGS = 29, HEADER = 300 };
#endif

static const char *program;
static bool every;
static struct store *store;
static struct world *world;
static struct bytes whole, older;
static char *truth;
static size_t refused, same;

static const uint32_t leaked[] = { ACCOUNT, MOBILE, RESIDENT, CITY };

static struct bytes read_all(const char *path)
{
	struct bytes out = { 0 };

	assert_int_equal(io_read_file(path, 64 << 20, &out, NULL), HUFU_OK);
	return out;
}

static int setup(void **state)
{
	static const struct world_shape shape = { .rows = 60, .snapshots = 3, .owners = true };

	if (scratch_setup(state))
		return -1;
	store = world_store(scratch);
	setenv("HUFU_STORE", scratch_path("store"), 1);
	world = world_new(301, &shape);
	world_sealed(store, "customers", world, 0, 0);
	world_sealed(store, "customers", world, 1, 0);
	older = read_all(scratch_path("store/seals/customers.seal"));
	world_sealed(store, "customers", world, 2, 0);
	whole = read_all(scratch_path("store/seals/customers.seal"));
	world_leak(world, 1, leaked, LEN(leaked), NULL, scratch_path("leak.csv"));
	truth = world_verdict(store, scratch_path("leak.csv"));
	return 0;
}

static int teardown(void **state)
{
	bytes_done(&whole);
	bytes_done(&older);
	free(truth);
	free(world);
	store_close(store);
	return scratch_teardown(state);
}

/* What the leak is judged to be against these bytes as the seal: the truth, or a refusal that names it. */
static hufu_status judge(void)
{
	struct job_seals seals = { 0 };
	struct hufu_verdict verdict = { 0 };
	hufu_error error = { 0 };
	hufu_status status = job_seals_open(store, &seals, &error);

	if (!status) {
		struct bytes json = { 0 };
		status = job_match(
		        store, &seals, scratch_path("leak.csv"), &(struct job_options){ 0 }, &verdict, &error);
		if (!status) {
			assert_int_equal(verdict_json(&verdict, &json), HUFU_OK);
			bytes_byte(&json, 0);
			char *now = run_json(json.ptr);
			assert_string_equal(now, truth);
			free(now);
			bytes_done(&json);
		}
		verdict_done(&verdict);
		job_seals_close(&seals);
	}
	if (status) {
		assert_true(status == HUFU_MALFORMED || status == HUFU_UNSUPPORTED);
		assert_non_null(error.what);
		assert_true(error.where[0]);
	}
	*(status ? &refused : &same) += 1;
	return status;
}

static hufu_status judge_bytes(hufu_view bytes)
{
	assert_int_equal(io_replace_file(scratch_path("store/seals/customers.seal"), 0600, bytes, NULL), HUFU_OK);
	return judge();
}

/* ---- one byte ---- */

/* In place: this test is the only one that ever writes into a seal that has a name. */
static void flip(size_t at, uint8_t with)
{
	int fd = open(scratch_path("store/seals/customers.seal"), O_WRONLY);
	char byte = (char)(whole.ptr[at] ^ with);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void test_seal_damage__a_flipped_byte_is_never_another_answer(void **state)
{
	size_t flips = 0;

	(void)state;
	assert_int_equal(judge_bytes(bytes_view(&whole)), HUFU_OK);
	refused = same = 0;
	for (size_t at = 0; at < whole.len; flips++) {
		hufu_status status;
		flip(at, (uint8_t)(1u << at % 8));
		status = judge();
		/* Magic, version, length, nonce, MAC, directory: nothing of it may be off. */
		if (at < BLOCK)
			assert_int_not_equal(status, HUFU_OK);
		flip(at, 0);
		/* The header's fields and the tags at the end byte by byte, the rest with a step that is prime. */
		at += every || at < HEADER ? 1 : at + BLOCK > whole.len ? STEP_TAGS : STEP;
	}
	print_message("%zu flips in %zu bytes: %zu refused, %zu the same\n", flips, whole.len, refused, same);
	assert_true(refused > flips / 4);
	assert_int_equal(judge(), HUFU_OK);
}

static void test_seal_damage__the_command_ends_with_2_and_a_line(void **state)
{
	static struct run said;
	size_t refusals = 0;

	(void)state;
	for (size_t at = 5; at < whole.len; at += whole.len / 40) {
		assert_int_equal(judge_bytes(bytes_view(&whole)), HUFU_OK);
		flip(at, 0x80);
		RUN(program, &said, "match", scratch_path("leak.csv"), "--json");
		if (said.code == 2) {
			refusals++;
			assert_one_line(said.err);
			assert_string_equal(said.out, "");
			continue;
		}
		assert_int_equal(said.code, 0);
		char *now = run_json(said.out);
		assert_string_equal(now, truth);
		free(now);
	}
	assert_true(refusals > 10);
}

/* ---- more than a byte ---- */

static void test_seal_damage__shorter_or_longer_is_refused(void **state)
{
	static const size_t odd[] = { 0, 1, 7, 8, 15, 95, 96, 4095, 4097, 5000, 12289 };
	static const size_t more[] = { 1, 7, 8, 4095, 4096, 8192 };

	(void)state;
	for (size_t len = 0; len < whole.len; len += BLOCK)
		assert_int_equal(judge_bytes(view_make(whole.ptr, len)), HUFU_MALFORMED);
	for (size_t i = 0; i < LEN(odd); i++)
		assert_int_equal(judge_bytes(view_make(whole.ptr, odd[i])), HUFU_MALFORMED);
	for (size_t i = 1; i < 10; i++)
		assert_int_equal(judge_bytes(view_make(whole.ptr, whole.len - i)), HUFU_MALFORMED);
	for (size_t i = 0; i < LEN(more); i++) {
		struct bytes longer = { 0 };
		bytes_add(&longer, bytes_view(&whole));
		for (size_t k = 0; k < more[i]; k++)
			bytes_byte(&longer, (char)(k * 7));
		assert_int_equal(judge_bytes(bytes_view(&longer)), HUFU_MALFORMED);
		bytes_done(&longer);
	}
}

static void test_seal_damage__blocks_that_trade_places_are_refused(void **state)
{
	size_t blocks = whole.len / BLOCK;

	(void)state;
	refused = same = 0;
	for (size_t a = 0; a < blocks; a++)
		for (size_t b = a + 1; b < blocks; b++) {
			struct bytes mixed = { 0 };
			bytes_add(&mixed, bytes_view(&whole));
			memcpy(mixed.ptr + a * BLOCK, whole.ptr + b * BLOCK, BLOCK);
			memcpy(mixed.ptr + b * BLOCK, whole.ptr + a * BLOCK, BLOCK);
			judge_bytes(bytes_view(&mixed));
			bytes_done(&mixed);
		}
	assert_true(refused > 0);
	print_message("%zu pairs refused, %zu the same\n", refused, same);
}

static void test_seal_damage__blocks_of_an_older_state_do_not_fit(void **state)
{
	size_t blocks = (whole.len < older.len ? whole.len : older.len) / BLOCK;

	(void)state;
	for (size_t a = 1; a < blocks; a++) {
		struct bytes mixed = { 0 };
		bytes_add(&mixed, bytes_view(&whole));
		memcpy(mixed.ptr + a * BLOCK, older.ptr + a * BLOCK, BLOCK);
		judge_bytes(bytes_view(&mixed));
		bytes_done(&mixed);
	}
	struct bytes mixed = { 0 };
	bytes_add(&mixed, bytes_view(&whole));
	memcpy(mixed.ptr, older.ptr, BLOCK);
	assert_int_equal(judge_bytes(bytes_view(&mixed)), HUFU_MALFORMED);
	bytes_done(&mixed);
}

static void test_seal_damage__a_seal_under_another_name_is_refused(void **state)
{
	(void)state;
	judge_bytes(bytes_view(&whole));
	assert_int_equal(
	        rename(scratch_path("store/seals/customers.seal"), scratch_path("store/seals/orders.seal")), 0);
	assert_int_equal(judge(), HUFU_MALFORMED);
	assert_int_equal(unlink(scratch_path("store/seals/orders.seal")), 0);
	assert_int_equal(judge_bytes(bytes_view(&whole)), HUFU_OK);
}

static void test_seal_damage__a_newer_version_is_unsupported(void **state)
{
	struct bytes newer = { 0 };

	(void)state;
	bytes_add(&newer, bytes_view(&whole));
	newer.ptr[NEW_VERSION_AT]++;
	assert_int_equal(judge_bytes(bytes_view(&newer)), HUFU_UNSUPPORTED);
	bytes_done(&newer);
	assert_int_equal(judge_bytes(bytes_view(&whole)), HUFU_OK);
}

static void test_seal_damage__a_store_of_a_newer_version_is_unsupported(void **state)
{
	static struct run said;
	struct bytes text = read_all(scratch_path("store/store.json"));
	json_t *json = json_loadb(text.ptr, text.len, 0, NULL);
	const char *name;
	json_t *value;
	int64_t was = -1;

	(void)state;
	/* The one number in it is its version. */
	json_object_foreach(json, name, value) if (json_is_integer(value) && was < 0)
	{
		was = json_integer_value(value);
		json_object_set_new(json, name, json_integer(was + 1));
		break;
	}
	assert_true(was >= 0);
	char *newer = json_dumps(json, 0);
	assert_int_equal(io_replace_file(scratch_path("store/store.json"), 0600, view_of(newer), NULL), HUFU_OK);
	RUN(program, &said, "match", scratch_path("leak.csv"));
	assert_int_equal(said.code, 2);
	assert_one_line(said.err);
	assert_non_null(strstr(said.err, "newer"));
	assert_int_equal(io_replace_file(scratch_path("store/store.json"), 0600, bytes_view(&text), NULL), HUFU_OK);
	free(newer);
	json_decref(json);
	bytes_done(&text);
}

/* Sealing and forgetting on top of a damaged seal leave it as it is. */
static void test_seal_damage__nothing_is_built_on_damage(void **state)
{
	size_t kept = 0;

	(void)state;
	for (size_t at = 3; at < older.len; at += older.len / 60) {
		struct draft_outcome outcome;
		hufu_error error = { 0 };
		struct bytes bad = { 0 };
		bytes_add(&bad, bytes_view(&older));
		bad.ptr[at] = (char)(bad.ptr[at] ^ 0x10);
		assert_int_equal(
		        io_replace_file(scratch_path("store/seals/customers.seal"), 0600, bytes_view(&bad), NULL),
		        HUFU_OK);
		hufu_status sealed = world_seal(store, "customers", world, 2, 0, &outcome, &error);
		if (sealed == HUFU_OK) {
			/* Only what no answer rests on was hit. */
			assert_int_equal(judge(), HUFU_OK);
			bytes_done(&bad);
			continue;
		}
		assert_true(sealed == HUFU_MALFORMED || sealed == HUFU_UNSUPPORTED);
		struct bytes now = read_all(scratch_path("store/seals/customers.seal"));
		assert_int_equal(now.len, bad.len);
		assert_memory_equal(now.ptr, bad.ptr, now.len);
		bytes_done(&now);
		kept++;
		hufu_status forgot = forget_person(store, view_of("customers"), view_of("U50001"), &error);
		assert_true(forgot == HUFU_MALFORMED || forgot == HUFU_UNSUPPORTED || forgot == HUFU_OK);
		bytes_done(&bad);
	}
	assert_true(kept > 20);
	assert_int_equal(judge_bytes(bytes_view(&whole)), HUFU_OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal_damage__a_flipped_byte_is_never_another_answer),
		cmocka_unit_test(test_seal_damage__the_command_ends_with_2_and_a_line),
		cmocka_unit_test(test_seal_damage__shorter_or_longer_is_refused),
		cmocka_unit_test(test_seal_damage__blocks_that_trade_places_are_refused),
		cmocka_unit_test(test_seal_damage__blocks_of_an_older_state_do_not_fit),
		cmocka_unit_test(test_seal_damage__a_seal_under_another_name_is_refused),
		cmocka_unit_test(test_seal_damage__a_newer_version_is_unsupported),
		cmocka_unit_test(test_seal_damage__a_store_of_a_newer_version_is_unsupported),
		cmocka_unit_test(test_seal_damage__nothing_is_built_on_damage),
	};

	if (argc < 2)
		return 2;
	program = argv[1];
	every = argc > 2;
	return cmocka_run_group_tests_name("seal_damage", tests, setup, teardown);
}
