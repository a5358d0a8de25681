/* Through whose export a leak came: test_match_origin HUFU. A company with its whole table and some exports of it,
 * each with columns and rows of its own; leaks of each, of neither, and of each with something changed. */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

enum { CUSTOMERS = 1200, PARTNER_FROM = 300, PARTNER_ROWS = 500, SAMPLE_ROWS = 90 };

static struct world world;

static const struct shown crm[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "city", CITY, NULL }, { "level", LEVEL, NULL } };
static const struct shown partner[] = { { "name", NAME, NULL }, { "resident_id", RESIDENT, NULL },
	{ "mobile", MOBILE, NULL }, { "address", ADDRESS, NULL } };

static void as_masked(const char *cell, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "%.3s****%.4s", cell, cell + 7);
}
static const struct shown masked_view[] = { { "name", NAME, NULL }, { "resident_id", RESIDENT, NULL },
	{ "mobile", MOBILE, as_masked }, { "address", ADDRESS, NULL } };

static void seal_sheet(const char *dataset, const struct sheet *sheet, size_t from, size_t count, const char *export)
{
	struct bytes text = { 0 };
	char name[64];
	snprintf(name, sizeof name, "%s.csv", dataset);
	sheet_rows(sheet, world.now.rows + from, count, &text);
	must_seal(dataset, place_bytes(name, &text), "2021-08-31",
	        export ? (const char *const[]){ "--export", export, NULL } : (const char *const[]){ NULL });
	bytes_done(&text);
}

static void seal_whole(void)
{
	struct bytes text = { 0 };
	export_rows(&world.now, 0, &text);
	must_seal("customers", place_bytes("whole.csv", &text), "2021-08-31",
	        (const char *const[]){ "--key", "customer_id", NULL });
	bytes_done(&text);
}

static int setup(void **state)
{
	if (place_setup(state))
		return -1;
	world_init(&world, 77, CUSTOMERS);
	seal_whole();
	seal_sheet("crm", &SHEET(crm), 0, CUSTOMERS, "crm-nightly");
	seal_sheet("partner", &SHEET(partner), PARTNER_FROM, PARTNER_ROWS, "partner");
	return 0;
}

static int teardown(void **state)
{
	world_done(&world);
	return place_teardown(state);
}

/* ---- what a leak says of its origin ---- */

/* The names with blanks between, in the order told; "" for null. Only the first dataset may have any. */
static const char *origin_of(const json_t *verdict, size_t part_number)
{
	static char names[512];
	json_t *datasets = list_of(part_at(verdict, part_number), "datasets");
	names[0] = 0;
	for (size_t i = 0; i < json_array_size(datasets); i++) {
		const json_t *dataset = json_array_get(datasets, i);
		const json_t *origin = json_object_get(dataset, "origin"),
		             *rows = json_object_get(dataset, "origin_rows");
		assert_non_null(origin);
		assert_true(json_is_null(origin) || (json_is_array(origin) && json_array_size(origin) > 0 && i == 0));
		assert_int_equal(json_object_size(rows), json_array_size(origin));
		for (size_t k = 0; k < json_array_size(origin); k++) {
			size_t len = strlen(names);
			const char *name = json_string_value(json_array_get(origin, k));
			snprintf(names + len, sizeof names - len, "%s%s", len ? " " : "", name);
			assert_non_null(json_object_get(rows, name));
		}
	}
	return names;
}

static bool reasons_have(const json_t *verdict, const char *text)
{
	size_t i;
	json_t *reason;
	bool found = false;
	json_array_foreach(list_of(verdict, "reasons"), i, reason) found |=
	        strstr(json_string_value(reason), text) != NULL;
	return found;
}

static void assert_rows(const json_t *verdict, const char *name, uint64_t rows, uint64_t taken)
{
	json_t *dataset = json_array_get(list_of(part_at(verdict, 0), "datasets"), 0);
	json_t *counts = json_object_get(json_object_get(dataset, "origin_rows"), name);
	assert_non_null(counts);
	assert_int_equal(number_of(counts, "rows"), rows);
	assert_int_equal(number_of(counts, "taken"), taken);
}

/* Columns as a seller shows them: other names, another order. */
static const struct shown crm_sold[] = { { "等级", LEVEL, NULL }, { "手机", MOBILE, as_dashed }, { "会员", NO, NULL },
	{ "姓名", NAME, NULL }, { "城市", CITY, NULL } };
static const struct shown partner_sold[] = { { "住址", ADDRESS, NULL }, { "证件", RESIDENT, NULL },
	{ "电话", MOBILE, as_plus86 }, { "客户", NAME, NULL } };
static const struct shown partner_masked[] = { { "住址", ADDRESS, NULL }, { "证件", RESIDENT, NULL },
	{ "电话", MOBILE, as_masked }, { "客户", NAME, NULL } };
static const struct shown neither[] = { { "a", NO, NULL }, { "b", EMAIL, NULL }, { "c", RESIDENT, NULL },
	{ "d", REGISTERED, NULL } };
static const struct shown crm_more[] = { { "等级", LEVEL, NULL }, { "手机", MOBILE, NULL }, { "会员", NO, NULL },
	{ "姓名", NAME, NULL }, { "城市", CITY, NULL }, { "邮箱", EMAIL, NULL } };
static const struct shown crm_less[] = { { "等级", LEVEL, NULL }, { "手机", MOBILE, NULL }, { "会员", NO, NULL },
	{ "姓名", NAME, NULL } };

static json_t *judged_sheet(const struct sheet *sheet, size_t from, size_t count, bool shuffle, const char *more)
{
	struct bytes text = { 0 };
	struct inventor dice;
	inventor_init(&dice, 9, 0);
	size_t *order = shuffled(&dice, count);
	if (!sheet->bare)
		sheet_header(sheet, &text);
	for (size_t i = 0; i < count; i++) {
		sheet_row(sheet, &world.now.rows[from + (shuffle ? order[i] : i)], &text);
		if (more) { /* a column of the seller's own, at the end of each record */
			text.len--;
			bytes_print(&text, ",%s%u\n", more, dice_below(&dice, 900000));
		}
	}
	free(order);
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	bytes_done(&text);
	return verdict;
}

static void test_match_origin__tells_exports_apart(void **state)
{
	static const struct shown header_more[] = { { "等级", LEVEL, NULL }, { "手机", MOBILE, NULL },
		{ "会员", NO, NULL }, { "姓名", NAME, NULL }, { "城市", CITY, NULL } };
	static const struct {
		const char *name;
		struct sheet sheet;
		size_t from, count;
		const char *more, *want;
		uint64_t rows;
		bool cut;
	} rows[] = {
		{ "crm", SHEET(crm), 0, CUSTOMERS, NULL, "crm-nightly", CUSTOMERS, false },
		{ "crm, sold", SHEET(crm_sold), 0, CUSTOMERS, NULL, "crm-nightly", CUSTOMERS, false },
		{ "crm, no header", SHEET(crm_sold, .bare = true), 0, CUSTOMERS, NULL, "crm-nightly", CUSTOMERS,
		        false },
		{ "crm, a sample", SHEET(crm_sold), 400, SAMPLE_ROWS, NULL, "crm-nightly", CUSTOMERS, true },
		{ "partner", SHEET(partner), PARTNER_FROM, PARTNER_ROWS, NULL, "partner", PARTNER_ROWS, false },
		{ "partner, sold", SHEET(partner_sold), PARTNER_FROM, PARTNER_ROWS, NULL, "partner", PARTNER_ROWS,
		        false },
		{ "partner, nearly all", SHEET(partner_sold), PARTNER_FROM, PARTNER_ROWS - 20, NULL, "partner",
		        PARTNER_ROWS, false },
		{ "partner, a sample", SHEET(partner_sold), PARTNER_FROM + 100, SAMPLE_ROWS, NULL, "partner",
		        PARTNER_ROWS, true },
		{ "partner, masked", SHEET(partner_masked), PARTNER_FROM, PARTNER_ROWS, NULL, "partner", PARTNER_ROWS,
		        false },
		{ "partner's columns, all rows", SHEET(partner_sold), 0, CUSTOMERS, NULL, "", 0, false },
		{ "partner's columns, other rows", SHEET(partner_sold), 0, PARTNER_FROM, NULL, "", 0, false },
		{ "other columns", SHEET(neither), 0, CUSTOMERS, NULL, "", 0, false },
		{ "a column of ours more", SHEET(crm_more), 0, CUSTOMERS, NULL, "", 0, false },
		{ "a column of ours less", SHEET(crm_less), 0, CUSTOMERS, NULL, "", 0, false },
		{ "a column of the seller's", SHEET(header_more, .bare = true), 0, CUSTOMERS, "S", "", 0, false },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judged_sheet(&rows[i].sheet, rows[i].from, rows[i].count, i % 2, rows[i].more);
		print_message("%s: %s\n", rows[i].name, origin_of(verdict, 0));
		assert_string_equal(text_of(verdict, "verdict"), "genuine");
		assert_string_equal(origin_of(verdict, 0), rows[i].want);
		if (rows[i].rows)
			assert_rows(verdict, rows[i].want, rows[i].rows, rows[i].count);
		assert_int_equal(reasons_have(verdict, "equals the declared export"), rows[i].rows && !rows[i].cut);
		assert_int_equal(reasons_have(verdict, "a cut of the declared export"), rows[i].cut);
		json_decref(verdict);
	}
}

/* Somebody else's people under the same columns, and the same people from elsewhere. */
static void test_match_origin__none_where_it_is_not_ours(void **state)
{
	struct bytes text = { 0 }, phones = { 0 };
	struct state others = strangers_new(3, 300, &world.now);
	static const struct shown phone[] = { { "tel", MOBILE, NULL } };
	(void)state;
	sheet_rows(&SHEET(crm_sold), others.rows, others.count, &text);
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	assert_string_equal(text_of(verdict, "verdict"), "not-ours");
	assert_int_equal(json_array_size(list_of(part_at(verdict, 0), "datasets")), 0);
	json_decref(verdict);
	/* A list of numbers is a cut of a thousand exports. */
	seal_sheet("phones", &SHEET(phone), 0, CUSTOMERS, "phone-list");
	sheet_rows(&SHEET(phone), world.now.rows, CUSTOMERS, &phones);
	verdict = judged(place_bytes("leak.csv", &phones));
	assert_string_equal(text_of(verdict, "verdict"), "inconclusive");
	assert_string_equal(origin_of(verdict, 0), "");
	json_decref(verdict);
	/* Padding that links to nothing does not hide the export; padding from our other rows does. */
	sheet_rows(&SHEET(crm_sold), world.now.rows, CUSTOMERS, &text);
	verdict = judged(place_bytes("leak.csv", &text));
	assert_string_equal(text_of(verdict, "verdict"), "partly-genuine");
	assert_string_equal(origin_of(verdict, 0), "crm-nightly");
	json_decref(verdict);
	state_done(&others);
	bytes_done(&text);
	bytes_done(&phones);
}

static int again(void **state)
{
	assert_int_equal(place_teardown(state), 0);
	return place_setup(state);
}

/* A view that shows the mobile masked is told from one that shows it plain, by what the leak shows. */
static void test_match_origin__a_masked_view_is_another(void **state)
{
	assert_int_equal(again(state), 0);
	seal_sheet("partner", &SHEET(partner), 0, CUSTOMERS, "partner");
	seal_sheet("shown", &SHEET(masked_view), 0, CUSTOMERS, "masked-view");
	json_t *verdict = judged_sheet(&SHEET(partner_masked), 0, CUSTOMERS, true, NULL);
	assert_string_equal(origin_of(verdict, 0), "masked-view");
	json_decref(verdict);
	verdict = judged_sheet(&SHEET(partner_sold), 0, CUSTOMERS, true, NULL);
	assert_string_equal(origin_of(verdict, 0), "partner");
	json_decref(verdict);
}

/* All exports of one shape are listed; all of one goes before a cut of another. */
static void test_match_origin__lists_all_of_equal_shape(void **state)
{
	assert_int_equal(again(state), 0);
	seal_sheet("a", &SHEET(crm), 0, CUSTOMERS, "nightly");
	seal_sheet("b", &SHEET(crm_sold), 0, CUSTOMERS, "for the call centre");
	seal_sheet("c", &SHEET(crm), 100, 600, "branch");
	json_t *verdict = judged_sheet(&SHEET(crm), 0, CUSTOMERS, true, NULL);
	assert_string_equal(origin_of(verdict, 0), "nightly for the call centre");
	json_decref(verdict);
	verdict = judged_sheet(&SHEET(crm), 100, 600, true, NULL);
	assert_string_equal(origin_of(verdict, 0), "branch");
	assert_rows(verdict, "branch", 600, 600);
	json_decref(verdict);
	verdict = judged_sheet(&SHEET(crm), 200, SAMPLE_ROWS, true, NULL);
	assert_string_equal(origin_of(verdict, 0), "nightly for the call centre branch");
	assert_rows(verdict, "nightly", CUSTOMERS, SAMPLE_ROWS);
	assert_rows(verdict, "branch", 600, SAMPLE_ROWS);
	json_decref(verdict);
}

/* An export whose columns and rows change: what it had when the leak was taken counts. */
static void test_match_origin__as_of_the_window(void **state)
{
	static const char *const days[] = { "2021-06-30", "2021-07-31", "2021-08-31" };
	struct bytes text[3] = { { 0 } };
	struct state states[3];
	assert_int_equal(again(state), 0);
	for (unsigned day = 0; day < 3; day++) {
		states[day] = state_copy(&world.now);
		/* The address came in with the second snapshot. */
		export_rows(&states[day], 1u << EMAIL | (day ? 0 : 1u << ADDRESS), &text[day]);
		must_seal("crm", place_bytes("crm.csv", &text[day]), days[day],
		        day ? (const char *const[]){ NULL } : (const char *const[]){ "--export", "crm", NULL });
		world_live(&world, 31, 300, 250, 200);
	}
	for (unsigned day = 0; day < 3; day++) {
		json_t *verdict = judged(place_bytes("leak.csv", &text[day]));
		assert_string_equal(origin_of(verdict, 0), "crm");
		assert_rows(verdict, "crm", states[day].count, states[day].count);
		json_decref(verdict);
	}
	/* The first day's columns with the last day's rows, and the other way round. */
	for (unsigned day = 0; day < 3; day += 2) {
		struct bytes leak = { 0 };
		export_rows(&states[day], 1u << EMAIL | (day ? 1u << ADDRESS : 0), &leak);
		json_t *verdict = judged(place_bytes("leak.csv", &leak));
		assert_string_equal(origin_of(verdict, 0), "");
		json_decref(verdict);
		bytes_done(&leak);
	}
	for (unsigned day = 0; day < 3; day++) {
		state_done(&states[day]);
		bytes_done(&text[day]);
	}
}

/* Declared after it was sealed; shown; kept when a person is forgotten; said in both languages. */
static void test_match_origin__declared_later_and_kept(void **state)
{
	struct bytes text = { 0 };
	assert_int_equal(again(state), 0);
	sheet_rows(&SHEET(crm), world.now.rows, 400, &text);
	const char *path = place_bytes("crm.csv", &text);
	must_seal("crm", path, "2021-08-31", (const char *const[]){ NULL });
	json_t *verdict = judged(path);
	assert_string_equal(origin_of(verdict, 0), "");
	json_decref(verdict);
	const struct ran *ran = HUFU("seal", "crm", path, "--as-of", "2021-08-31", "--export", "夜间导出");
	assert_code(ran, 0);
	assert_has(ran->out, "noted");
	ran = HUFU("seal", "crm", path, "--as-of", "2021-08-31", "--export", "夜间导出");
	assert_has(ran->out, "nothing changed");
	ran = HUFU("seals");
	assert_has(ran->out, "夜间导出");
	assert_code(HUFU("forget", "crm", "--person", world.now.rows[7].cell[NO], "--yes"), 0);
	verdict = judged(path);
	assert_string_equal(origin_of(verdict, 0), "夜间导出");
	assert_rows(verdict, "夜间导出", 399, 399);
	json_decref(verdict);
	ran = HUFU("match", path, "--lang", "zh");
	assert_has(ran->out, "与已申报的导出 夜间导出 一致");
	assert_has(ran->out, "经由导出 夜间导出：其 399 行中的 399 行");
	ran = HUFU("match", path);
	assert_has(ran->out, "through the export 夜间导出: 399 of its 399 rows");
	ran = HUFU("seal", "crm", path, "--as-of", "2021-09-30", "--export", " ");
	assert_code(ran, 2);
	assert_clear_line(ran->err);
	bytes_done(&text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_origin__tells_exports_apart),
		cmocka_unit_test(test_match_origin__none_where_it_is_not_ours),
		cmocka_unit_test(test_match_origin__a_masked_view_is_another),
		cmocka_unit_test(test_match_origin__lists_all_of_equal_shape),
		cmocka_unit_test(test_match_origin__as_of_the_window),
		cmocka_unit_test(test_match_origin__declared_later_and_kept),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
