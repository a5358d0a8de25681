/* The verdict's words, texts and JSON, whatever a leak calls its parts: test_verdict_verdict */
#include "verdict/verdict.h"

#include "base/status.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_verdict_verdict__words_are_a_contract(void **state)
{
	static const struct {
		enum verdict_word word;
		const char *name;
		bool ours;
	} rows[] = { { VERDICT_GENUINE, "genuine", true }, { VERDICT_PARTLY_GENUINE, "partly-genuine", true },
		{ VERDICT_RECOMBINED, "recombined", true }, { VERDICT_OURS_UNSEALED, "ours-unsealed", true },
		{ VERDICT_OVERLAP, "overlap", false }, { VERDICT_INCONCLUSIVE, "inconclusive", false },
		{ VERDICT_NOT_OURS, "not-ours", false } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_string_equal(verdict_word_name(rows[i].word), rows[i].name);
		assert_int_equal(verdict_is_ours(rows[i].word), rows[i].ours);
		assert_int_equal(rows[i].word, i); /* strongest first */
	}
	assert_false(verdict_is_ours(VERDICT_NONE));
}

/* The verdict as JSON, parsed; the caller json_decref()s. */
static json_t *as_json(const struct hufu_verdict *verdict)
{
	struct bytes out = { 0 };
	assert_int_equal(verdict_json(verdict, &out), HUFU_OK);
	assert_null(memchr(out.ptr, '\n', out.len));
	json_t *json = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	bytes_done(&out);
	return json;
}

static void test_verdict_verdict__an_empty_one_says_that_nothing_was_judged(void **state)
{
	struct hufu_verdict verdict = { .word = VERDICT_NONE, .complete = true };
	(void)state;
	assert_true(verdict_add_unread(&verdict, view_of("odd \"name\"\\.csv"), "no text, no known format"));
	assert_true(verdict_add_unread(&verdict, (hufu_view){ 0 }, "empty"));
	json_t *json = as_json(&verdict);
	assert_true(json_is_null(json_object_get(json, "verdict")));
	assert_true(json_is_false(json_object_get(json, "complete")));
	json_t *unread = json_object_get(json, "unread");
	assert_int_equal(json_array_size(unread), 2);
	assert_string_equal(
	        json_string_value(json_object_get(json_array_get(unread, 0), "what")), "odd \"name\"\\.csv");
	assert_string_equal(json_string_value(json_object_get(json_array_get(unread, 1), "what")), "");
	json_decref(json);
	verdict_done(&verdict);
	verdict_done(&verdict); /* twice is fine */
}

/* Names of a thousand bytes, wide characters at every place where a text may be cut. */
static void test_verdict_verdict__long_reasons_stay_readable(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 4; shift++) {
		struct hufu_verdict verdict = { .word = VERDICT_GENUINE, .complete = true };
		char path[1600] = "";
		for (size_t at = 0; at < shift; at++)
			path[at] = 'x';
		for (size_t at = shift; at + 3 < sizeof path; at += 3)
			memcpy(path + at, "\xe8\x99\x8e", 4);
		assert_true(verdict_reason(&verdict, false, "%s: 5 of 5 records link.", path));
		json_t *json = as_json(&verdict);
		const char *reason = json_string_value(json_array_get(json_object_get(json, "reasons"), 0));
		assert_non_null(reason);
		assert_true(strlen(reason) > 500);
		assert_memory_equal(reason, path, 500);
		json_decref(json);
		verdict_done(&verdict);
	}
}

/* What a match counted is what is printed; a column without compared cells agrees by 0, not by nothing divided. */
static void test_verdict_verdict__numbers_come_out_as_they_are(void **state)
{
	struct hufu_verdict verdict = { .word = VERDICT_GENUINE,
		.complete = true,
		.people = UINT64_C(5000000000),
		.people_low = 1,
		.people_high = UINT64_C(6000000000),
		.bytes = UINT64_C(123456789012),
		.elapsed = 0.0625 };
	(void)state;
	verdict.parts = calloc(1, sizeof *verdict.parts);
	verdict.part_count = 1;
	struct verdict_part *part = verdict.parts;
	*part = (struct verdict_part){ .path = strdup("p"),
		.format = strdup("csv"),
		.encoding = strdup("utf-8"),
		.records = 7,
		.malformed = 3,
		.word = VERDICT_GENUINE,
		.datasets = calloc(1, sizeof *part->datasets),
		.dataset_count = 1 };
	struct verdict_dataset *dataset = part->datasets;
	*dataset = (struct verdict_dataset){ .dataset = strdup("d"),
		.linked = 6,
		.people = 5,
		.columns = calloc(2, sizeof *dataset->columns),
		.column_count = 2 };
	dataset->columns[0] = (struct verdict_column){ .leak = strdup("a"),
		.column = strdup("b"),
		.kind = "mobile",
		.form = "plain",
		.compared = 3,
		.agreed = 2 };
	dataset->columns[1] = (struct verdict_column){ .leak = strdup("c") };
	json_t *json = as_json(&verdict);
	assert_true(json_integer_value(json_object_get(json, "people")) == 5000000000);
	assert_true(json_integer_value(json_array_get(json_object_get(json, "people_bounds"), 1)) == 6000000000);
	assert_true(json_integer_value(json_object_get(json_object_get(json, "leak"), "bytes")) == 123456789012);
	const json_t *first = json_array_get(json_object_get(json, "parts"), 0);
	assert_int_equal(json_integer_value(json_object_get(first, "records")), 7);
	assert_int_equal(json_integer_value(json_object_get(first, "malformed")), 3);
	const json_t *columns = json_object_get(json_array_get(json_object_get(first, "datasets"), 0), "columns");
	double agreement = json_real_value(json_object_get(json_array_get(columns, 0), "agreement"));
	assert_true(agreement > 0.6666 && agreement < 0.6668);
	assert_true(json_is_null(json_object_get(json_array_get(columns, 1), "column")));
	assert_true(json_is_null(json_object_get(json_array_get(columns, 1), "kind")));
	assert_true(json_real_value(json_object_get(json_array_get(columns, 1), "agreement")) == 0);
	assert_true(json_is_null(json_object_get(json_array_get(json_object_get(first, "datasets"), 0), "window")));
	json_decref(json);
	verdict_done(&verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict_verdict__words_are_a_contract),
		cmocka_unit_test(test_verdict_verdict__an_empty_one_says_that_nothing_was_judged),
		cmocka_unit_test(test_verdict_verdict__long_reasons_stay_readable),
		cmocka_unit_test(test_verdict_verdict__numbers_come_out_as_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
