/* What a verdict on a hard leak says beside its word: the form of each column, the one that slipped, reasons in both
 * languages with the right numbers, and nothing of ours called foreign. On three worlds with keys of their own:
 * test_match_reasons HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/leaks.h"
#include "../support-match/run.h"

/* ---- forms ---- */

static const char *form_of(const json_t *dataset, const char *leaked)
{
	size_t i;
	json_t *column;
	json_array_foreach(list_of(dataset, "columns"), i,
	        column) if (!strcmp(text_of(column, "leak"), leaked)) return text_of(column, "form");
	return NULL;
}

/* Whether any reason holds a text. */
static bool reason_has(const json_t *verdict, const char *text)
{
	size_t i;
	json_t *reason;
	json_array_foreach(
	        list_of(verdict, "reasons"), i, reason) if (strstr(json_string_value(reason), text)) return true;
	return false;
}

static void test_match_reasons__names_the_form(void **state)
{
	(void)state;
	json_t *verdict = judge_made(upper_md5, "leak.csv"), *dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_string_equal(form_of(dataset, "phone"), "md5");
	assert_string_equal(mapped(dataset, "phone"), "mobile");
	assert_string_equal(form_of(dataset, "name"), "plain");
	json_decref(verdict);
	/* Not sealed: named from its look, and what would settle it. */
	verdict = judge_made(other_hashes, "leak.csv");
	dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_string_equal(form_of(dataset, "phone"), "md5-like");
	assert_string_equal(form_of(dataset, "card"), "sha1-like");
	assert_string_equal(mapped(dataset, "phone"), "");
	assert_string_equal(mapped(dataset, "card"), "");
	assert_string_equal(mapped(dataset, "mail"), "email");
	assert_true(reason_has(verdict, "--form"));
	json_decref(verdict);
	/* Sealed: linked. */
	store_use("store-forms");
	verdict = judge_made(other_hashes, "leak.csv");
	store_use("store");
	dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_int_equal(linked_to(part_at(verdict, 0), "customers"), MANY);
	assert_string_equal(form_of(dataset, "phone"), "md5+86");
	assert_string_equal(form_of(dataset, "card"), "sha1");
	assert_string_equal(mapped(dataset, "phone"), "mobile");
	assert_string_equal(mapped(dataset, "card"), "resident_id");
	assert_false(reason_has(verdict, "--form"));
	json_decref(verdict);
}

static void test_match_reasons__tells_the_slipped_column(void **state)
{
	(void)state;
	json_t *verdict = judge_made(slipped, "leak.csv");
	assert_true(reason_has(verdict, "mobile"));
	json_decref(verdict);
	verdict = judge_made(copy_whole, "leak.csv");
	assert_false(reason_has(verdict, "mobile"));
	json_decref(verdict);
}

/* ---- reasons ---- */

static bool holds_chinese(const char *text)
{
	return strstr(text, "。") != NULL;
}

static void test_match_reasons__gives_reasons_in_both_languages(void **state)
{
	static const struct {
		void (*make)(struct bytes *);
		const char *says, *says_zh;
	} rows[] = {
		{ copy_whole, "Copied from us", "复制" },
		{ padded_copy, "60 of 1200 records", "60 条" },
		{ padded_copy, "1140 records of leak.csv link to nothing sealed", "另有 1140 条" },
		{ parcels, "The same people rather than a copy", "同一批人" },
		{ parcels, "because it has columns that are none of ours", "其中有不是我方的列" },
		{ parcels, "Against a copy: columns of leak.csv that are none of ours", "不利于复制之说" },
		{ two_columns_mixed, "mix cells of several of our rows", "多行" },
		{ service_calls, "not sealed", "未封存" },
		{ three_records, "stays open", "尚无定论" },
		{ salted_hashes, "digests", "摘要" },
		{ enumerated, "counted up", "逐个数出" },
		{ only_strangers, "Sealed and compared", "已封存并比对" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_made(rows[i].make, "leak.csv"), *reasons = list_of(verdict, "reasons"), *reason;
		size_t r, count = json_array_size(reasons);
		assert_true(reason_has(verdict, rows[i].says));
		json_array_foreach(reasons, r, reason) assert_false(holds_chinese(json_string_value(reason)));
		json_decref(verdict);
		const struct ran *ran = HUFU("match", placed("leak.csv"), "--json", "--lang", "zh");
		assert_true(ran->code < 2);
		verdict = json_loads(ran->out, 0, NULL);
		assert_int_equal(json_array_size(list_of(verdict, "reasons")), count);
		if (!reason_has(verdict, rows[i].says_zh))
			print_error("no \"%s\" in: %.1500s\n", rows[i].says_zh, ran->out);
		assert_true(reason_has(verdict, rows[i].says_zh));
		json_array_foreach(list_of(verdict, "reasons"), r, reason)
		        assert_true(holds_chinese(json_string_value(reason)));
		json_decref(verdict);
	}
}

/* Cells of a mixture and columns of a table that is not sealed are no strangers' cells. */
static void test_match_reasons__calls_nothing_of_ours_foreign(void **state)
{
	static void (*const makes[])(struct bytes *) = { copy_whole, two_columns_mixed, service_calls };
	(void)state;
	for (size_t i = 0; i < LEN(makes); i++) {
		json_t *verdict = judge_made(makes[i], "leak.csv");
		assert_false(reason_has(verdict, "none of ours"));
		assert_false(reason_has(verdict, ": 0 of "));
		json_decref(verdict);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_reasons__names_the_form),
		cmocka_unit_test(test_match_reasons__tells_the_slipped_column),
		cmocka_unit_test(test_match_reasons__gives_reasons_in_both_languages),
		cmocka_unit_test(test_match_reasons__calls_nothing_of_ours_foreign),
	};
	return history_run(argc, argv, tests, LEN(tests));
}
