/* The five functions, as the example program and a caller who wants no detail use them; the same answer as the
 * command's, and the same on every run: test_lib_judge HUFU JUDGE */
#include "base/auto.h"

#include <hufu/hufu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

static struct world world;
static const char *judge_program, *hufu_path;
static char store[512], source[512], leak[512];

static const struct shown shown[] = { { "编号", NO, NULL }, { "姓名", NAME, NULL }, { "电话", MOBILE, as_dashed },
	{ "城市", CITY, NULL } };

static int setup(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	snprintf(store, sizeof store, "%s", placed("store"));
	world_init(&world, 61, 400);
	export_rows(&world.now, 0, &text);
	snprintf(source, sizeof source, "%s", place_bytes("source.csv", &text));
	must_seal("customers", source, "2021-08-31", (const char *const[]){ "--facet", "city", NULL });
	text.len = 0;
	struct state strangers = strangers_new(61, 100, &world.now);
	sheet_rows(&SHEET(shown), world.now.rows, 150, &text);
	for (size_t i = 0; i < 100; i++)
		sheet_row(&SHEET(shown), &strangers.rows[i], &text);
	state_done(&strangers);
	const struct zip_member members[] = { { "一.csv", bytes_view(&text) }, { "readme.md", view_of("hello\n") },
		{ "two.csv", view_of("\xff\xfe\0\x01\x02\0\0") } };
	snprintf(leak, sizeof leak, "%s", place_zip("leak.zip", members, LEN(members)));
	bytes_done(&text);
	return 0;
}

static int teardown(void **state)
{
	world_done(&world);
	return place_teardown(state);
}

/* JSON with the one field that may differ taken out; the caller frees. */
static char *lasting(const char *text)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_true(json_is_real(json_object_get(json, "elapsed_s")));
	assert_int_equal(json_object_del(json, "elapsed_s"), 0);
	char *out = json_dumps(json, 0); /* keeps the order of the fields */
	assert_non_null(out);
	json_decref(json);
	return out;
}

static char *command_answer(void)
{
	const struct ran *ran = HUFU("match", "--json", leak);
	assert_code(ran, 0);
	return lasting(ran->out);
}

static void test_lib_judge__the_example_says_what_the_command_says(void **state)
{
	AUTO_FREE char *want = command_answer();
	(void)state;
	hufu_program = judge_program;
	const struct ran *ran = HUFU(store, "customers", source, "2021-08-31", leak);
	hufu_program = hufu_path;
	assert_code(ran, 0);
	assert_string_equal(ran->err, "");
	assert_int_equal(ran->out_len, strcspn(ran->out, "\n") + 1);
	AUTO_FREE char *got = lasting(ran->out);
	assert_string_equal(got, want);
	hufu_program = judge_program;
	assert_code(HUFU(store, "customers", placed("none.csv"), "2021-09-30", leak), 2);
	assert_code(HUFU(placed("nostore"), "customers", source, "2021-09-30", leak), 2);
	hufu_program = hufu_path;
}

static void test_lib_judge__two_runs_say_the_same(void **state)
{
	AUTO_FREE char *first = command_answer();
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		AUTO_FREE char *again = command_answer();
		assert_string_equal(again, first);
	}
}

static void test_lib_judge__the_five_functions(void **state)
{
	AUTO_FREE char *want = command_answer();
	hufu *handle = NULL, *second = NULL;
	hufu_verdict *one = NULL, *two = NULL;
	hufu_error error;
	(void)state;
	hufu_close(NULL);
	assert_int_equal(hufu_open(NULL, &handle, NULL), HUFU_OK); /* $HUFU_STORE */
	assert_int_equal(hufu_open(store, &second, &error), HUFU_OK);
	assert_int_equal(hufu_match(handle, leak, &one, NULL), HUFU_OK);
	assert_int_equal(hufu_match(handle, leak, &two, &error), HUFU_OK);
	assert_ptr_not_equal(one, two);
	const char *json = hufu_verdict_json(one);
	assert_non_null(json);
	assert_null(strchr(json, '\n'));
	assert_ptr_equal(hufu_verdict_json(one), json); /* owned by the verdict */
	AUTO_FREE char *got = lasting(json);
	assert_string_equal(got, want);
	AUTO_FREE char *other = lasting(hufu_verdict_json(two));
	assert_string_equal(other, want);

	/* The same snapshot again is fine; other content for the time is not; and a second handle sees what the first
	 * sealed. */
	assert_int_equal(hufu_seal(handle, "customers", source, "2021-08-31", NULL), HUFU_OK);
	world_live(&world, 30, 100, 10, 100);
	struct bytes text = { 0 };
	export_rows(&world.now, 0, &text);
	const char *later = place_bytes("later.csv", &text);
	assert_int_equal(hufu_seal(handle, "customers", later, "2021-08-31", &error), HUFU_CONFLICT);
	assert_int_equal(error.status, HUFU_CONFLICT);
	assert_non_null(error.what);
	assert_int_equal(hufu_seal(handle, "customers", later, "2021-09-30", NULL), HUFU_OK);
	hufu_close(handle);
	one = NULL;
	assert_int_equal(hufu_match(second, leak, &one, NULL), HUFU_OK);
	assert_non_null(strstr(hufu_verdict_json(one), "2021-08-31"));
	assert_non_null(strstr(hufu_verdict_json(one), "2021-09-30"));
	assert_int_equal(hufu_seal(second, "customers", later, "2021-09-30", NULL), HUFU_OK);
	hufu_close(second);
	bytes_done(&text);
}

/* Failures: a status, outputs untouched, and no error wanted is fine. */
static void test_lib_judge__failures_leave_outputs_alone(void **state)
{
	hufu *handle = (hufu *)(uintptr_t)8;
	hufu_verdict *verdict = (hufu_verdict *)(uintptr_t)8;
	hufu_error error = { 0 };
	(void)state;
	assert_int_not_equal(hufu_open(placed("nostore"), &handle, NULL), HUFU_OK);
	assert_int_not_equal(hufu_open(placed("nostore"), &handle, &error), HUFU_OK);
	assert_ptr_equal(handle, (hufu *)(uintptr_t)8);
	assert_non_null(strstr(error.where, "nostore"));
	assert_int_equal(hufu_open(store, &handle, NULL), HUFU_OK);
	const struct {
		const char *dataset, *source, *when;
	} rows[] = { { "customers", placed("none.csv"), "2021-12-31" }, { "customers", source, "2021-02-30" },
		{ "../x", source, "2021-12-31" }, { "customers", place_text("e.csv", ""), "2021-12-31" } };
	for (size_t i = 0; i < LEN(rows); i++) {
		hufu_status status = hufu_seal(handle, rows[i].dataset, rows[i].source, rows[i].when, NULL);
		assert_int_not_equal(status, HUFU_OK);
		error = (hufu_error){ 0 };
		assert_int_equal(hufu_seal(handle, rows[i].dataset, rows[i].source, rows[i].when, &error), status);
		assert_int_equal(error.status, status);
		assert_non_null(error.what);
	}
	assert_int_not_equal(hufu_match(handle, placed("none.csv"), &verdict, NULL), HUFU_OK);
	assert_int_not_equal(hufu_match(handle, placed("none.csv"), &verdict, &error), HUFU_OK);
	assert_ptr_equal(verdict, (hufu_verdict *)(uintptr_t)8);
	/* Nothing readable is no failure. */
	assert_int_equal(hufu_match(handle, place_text("e.csv", ""), &verdict, NULL), HUFU_OK);
	assert_non_null(strstr(hufu_verdict_json(verdict), "\"verdict\": null"));
	hufu_close(handle);
}

/* ---- the contract ---- */

enum type { TEXT = 1, TEXT_OR_NULL, COUNT, SHARE, FLAG, LIST, OBJECT, OBJECT_OR_NULL, COUNTS };

struct wanted {
	const char *name;
	enum type type;
};

static bool is_a(const json_t *value, enum type type)
{
	switch (type) {
	case TEXT:
		return json_is_string(value);
	case TEXT_OR_NULL:
		return json_is_string(value) || json_is_null(value);
	case COUNT:
		return json_is_integer(value) && json_integer_value(value) >= 0;
	case SHARE:
		return json_is_real(value) && json_real_value(value) >= 0;
	case FLAG:
		return json_is_boolean(value);
	case LIST:
	case COUNTS:
		return json_is_array(value);
	case OBJECT:
		return json_is_object(value);
	case OBJECT_OR_NULL:
		return json_is_object(value) || json_is_null(value);
	}
	return false;
}

/* Every field is there and of its type; more may be added. */
static void assert_fields(const char *what, const json_t *object, const struct wanted *fields)
{
	assert_true(json_is_object(object));
	for (; fields->name; fields++) {
		const json_t *value = json_object_get(object, fields->name);
		if (!value || !is_a(value, fields->type))
			print_error("%s.%s is missing or of another type\n", what, fields->name);
		assert_true(value && is_a(value, fields->type));
	}
}

static const struct wanted root_fields[] = { { "hufu", COUNT }, { "leak", OBJECT }, { "verdict", TEXT_OR_NULL },
	{ "people", COUNT }, { "people_bounds", COUNTS }, { "complete", FLAG }, { "unread", LIST }, { "reasons", LIST },
	{ "parts", LIST }, { "elapsed_s", SHARE }, { 0 } };
static const struct wanted leak_fields[] = { { "path", TEXT }, { "bytes", COUNT }, { "sha256", TEXT }, { 0 } };
static const struct wanted unread_fields[] = { { "what", TEXT }, { "why", TEXT }, { 0 } };
static const struct wanted part_fields[] = { { "path", TEXT }, { "format", TEXT }, { "encoding", TEXT },
	{ "records", COUNT }, { "malformed", COUNT }, { "verdict", TEXT_OR_NULL }, { "datasets", LIST }, { 0 } };
static const struct wanted dataset_fields[] = { { "dataset", TEXT }, { "linked", COUNT }, { "people", COUNT },
	{ "columns", LIST }, { "window", OBJECT_OR_NULL }, { "facets", OBJECT }, { 0 } };
static const struct wanted column_fields[] = { { "leak", TEXT }, { "column", TEXT_OR_NULL }, { "kind", TEXT_OR_NULL },
	{ "form", TEXT_OR_NULL }, { "agreement", SHARE }, { 0 } };
static const struct wanted window_fields[] = { { "after", TEXT_OR_NULL }, { "before", TEXT_OR_NULL },
	{ "snapshots", LIST }, { "newest_row", TEXT }, { 0 } };

static void dataset_check(const json_t *dataset)
{
	size_t i;
	json_t *one;
	const char *name, *value;
	json_t *facet, *count;
	assert_fields("dataset", dataset, dataset_fields);
	json_array_foreach(list_of(dataset, "columns"), i, one)
	{
		assert_fields("column", one, column_fields);
		assert_true(json_real_value(json_object_get(one, "agreement")) <= 1);
	}
	if (json_is_object(json_object_get(dataset, "window")))
		assert_fields("window", json_object_get(dataset, "window"), window_fields);
	json_object_foreach(json_object_get(dataset, "facets"), name, facet)
	{
		assert_true(json_is_object(facet));
		json_object_foreach(facet, value, count) assert_true(is_a(count, COUNT));
	}
}

static void test_lib_judge__fields_are_a_contract(void **state)
{
	size_t i, k;
	json_t *part, *one, *verdict = judged(leak);
	(void)state;
	assert_fields("", verdict, root_fields);
	assert_int_equal(number_of(verdict, "hufu"), 1);
	assert_fields("leak", json_object_get(verdict, "leak"), leak_fields);
	assert_int_equal(strlen(text_of(json_object_get(verdict, "leak"), "sha256")), 64);
	assert_int_equal(json_array_size(list_of(verdict, "people_bounds")), 2);
	assert_true(json_array_size(list_of(verdict, "reasons")) > 0);
	json_array_foreach(list_of(verdict, "unread"), i, one) assert_fields("unread", one, unread_fields);
	json_array_foreach(list_of(verdict, "parts"), i, part)
	{
		assert_fields("part", part, part_fields);
		json_array_foreach(list_of(part, "datasets"), k, one) dataset_check(one);
	}
	json_t *dataset = dataset_in(part_named(verdict, "一.csv"), "customers");
	assert_non_null(dataset);
	assert_int_equal(number_of(dataset, "linked"), 150);
	assert_int_equal(facet_sum(dataset, "city"), 150);
	json_decref(verdict);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lib_judge__the_example_says_what_the_command_says),
		cmocka_unit_test(test_lib_judge__two_runs_say_the_same),
		cmocka_unit_test(test_lib_judge__fields_are_a_contract),
		cmocka_unit_test(test_lib_judge__failures_leave_outputs_alone),
		cmocka_unit_test(test_lib_judge__the_five_functions),
	};
	if (argc != 3)
		return 1;
	hufu_program = hufu_path = argv[1];
	judge_program = argv[2];
	return cmocka_run_group_tests(tests, setup, teardown);
}
