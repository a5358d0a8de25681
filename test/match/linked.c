/* Which records link, and which leaked column is which of ours, on customers whose truth is known:
 * test_match_linked HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

enum { CUSTOMERS = 1500 };

static struct world world;
static struct state ours, strangers;

/* One store for all tests of this file: they only match. */
static int setup(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	world_init(&world, 11, CUSTOMERS);
	ours = state_copy(&world.now);
	strangers = strangers_new(11, 20000, &ours);
	export_rows(&ours, 0, &text);
	must_seal("customers", place_bytes("customers.csv", &text), "2021-08-31",
	        (const char *const[]){ "--key", "customer_id", "--facet", "city", NULL });
	bytes_done(&text);
	return 0;
}

static int teardown(void **state)
{
	state_done(&ours);
	state_done(&strangers);
	world_done(&world);
	return place_teardown(state);
}

/* `mine` of ours and `theirs` strangers, shuffled unless `strangers_first`. */
static json_t *match_mixed(const struct sheet *sheet, size_t mine, size_t theirs, bool strangers_first)
{
	struct bytes text = { 0 };
	struct inventor dice;
	inventor_init(&dice, mine * 31 + theirs, 0);
	AUTO_FREE size_t *order = shuffled(&dice, mine + theirs), *which = shuffled(&dice, ours.count);
	if (!sheet->bare)
		sheet_header(sheet, &text);
	for (size_t i = 0; i < mine + theirs; i++) {
		size_t at = strangers_first ? (i + mine) % (mine + theirs) : order[i];
		sheet_row(sheet, at < mine ? &ours.rows[which[at]] : &strangers.rows[at - mine], &text);
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	bytes_done(&text);
	return verdict;
}

static const struct shown plain[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "city", CITY, NULL }, { "address", ADDRESS, NULL } };
static const struct shown renamed[] = { { "住址", ADDRESS, NULL }, { "电话", MOBILE, as_plus86 },
	{ "身份证号", RESIDENT, as_lower }, { "邮箱", EMAIL, as_upper }, { "姓名", NAME, as_padded },
	{ "注册", REGISTERED, as_slashes } };
static const struct shown wide[] = { { "a", MOBILE, as_wide }, { "b", NAME, NULL }, { "c", EMAIL, as_wide },
	{ "d", NO, as_wide } };
static const struct shown dashed[] = { { "m", MOBILE, as_dashed }, { "l", LEVEL, NULL } };
static const struct shown mobile_only[] = { { "mobile", MOBILE, NULL } };
static const struct shown resident_only[] = { { "身份证", RESIDENT, as_lower } };
static const struct shown email_only[] = { { "mail", EMAIL, as_upper } };
static const struct shown opaque_only[] = { { "x", NO, NULL }, { "y", POINTS, NULL }, { "z", LEVEL, NULL } };

static void test_match_linked__counts_ours_exactly(void **state)
{
	static const struct {
		const char *name;
		struct sheet sheet;
		size_t mine, theirs;
		bool strangers_first;
		const char *word;
	} rows[] = {
		{ "copy", SHEET(plain), 1500, 0, false, "genuine" },
		{ "renamed, reordered, respelt", SHEET(renamed), 700, 0, false, "genuine" },
		{ "full width", SHEET(wide), 600, 0, false, "genuine" },
		{ "dashes, semicolons", SHEET(dashed, .separator = ';'), 500, 0, false, "genuine" },
		{ "no header", SHEET(renamed, .bare = true, .separator = '\t'), 500, 0, false, "genuine" },
		{ "a fifth strangers", SHEET(plain), 800, 200, false, NULL },
		{ "60 % strangers", SHEET(renamed), 400, 600, false, "partly-genuine" },
		{ "95 % strangers", SHEET(plain), 100, 1900, false, NULL },
		{ "20,000 strangers first", SHEET(plain), 300, 20000, true, NULL },
		{ "20,000 strangers first, other names", SHEET(renamed), 300, 20000, true, NULL },
		{ "one column: mobile", SHEET(mobile_only), 400, 0, false, NULL },
		{ "one column: mobile, no header", SHEET(mobile_only, .bare = true), 400, 0, false, NULL },
		{ "one column: mobile, half strangers", SHEET(mobile_only), 400, 400, false, NULL },
		{ "one column: resident", SHEET(resident_only), 400, 100, false, NULL },
		{ "one column: email", SHEET(email_only), 400, 0, false, NULL },
		{ "only opaque columns", SHEET(opaque_only), 500, 0, false, NULL },
		{ "only opaque columns, strangers too", SHEET(opaque_only), 500, 300, false, NULL },
		{ "five records", SHEET(plain), 5, 0, false, "genuine" },
		{ "five records, no header", SHEET(plain, .bare = true), 5, 0, false, "genuine" },
		{ "five mobiles", SHEET(mobile_only), 5, 0, false, NULL },
		{ "one record", SHEET(plain), 1, 0, false, NULL },
		{ "nothing but strangers", SHEET(plain), 0, 20000, false, "not-ours" },
		{ "nothing but strangers, respelt", SHEET(renamed), 0, 20000, false, "not-ours" },
		{ "strangers' mobiles", SHEET(mobile_only), 0, 20000, false, "not-ours" },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = match_mixed(&rows[i].sheet, rows[i].mine, rows[i].theirs, rows[i].strangers_first);
		json_t *part = part_at(verdict, 0);
		uint64_t records = number_of(part, "records"), linked = linked_to(part, "customers");
		uint64_t people = number_of(verdict, "people");
		const char *word = text_of(verdict, "verdict");
		if (records != rows[i].mine + rows[i].theirs || linked != rows[i].mine || people != rows[i].mine ||
		        (rows[i].word && strcmp(word, rows[i].word) != 0)) {
			print_error("%s: %llu of %llu records link, %llu people, %s; want %zu of %zu, %s\n",
			        rows[i].name, (unsigned long long)linked, (unsigned long long)records,
			        (unsigned long long)people, word, rows[i].mine, rows[i].mine + rows[i].theirs,
			        rows[i].word ? rows[i].word : "any word");
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

static void test_match_linked__tells_which_column_is_which(void **state)
{
	static const struct shown odd[] = { { "会员号", NO, NULL }, { "客户", NAME, NULL },
		{ "联系方式", MOBILE, as_dashed }, { "所在地", CITY, NULL }, { "等级", LEVEL, NULL },
		{ "积分", POINTS, NULL }, { "性别", GENDER, NULL }, { "日期", REGISTERED, as_slashes },
		{ "证件", RESIDENT, NULL }, { "邮箱", EMAIL, as_upper }, { "地址", ADDRESS, NULL } };
	unsigned wrong = 0;
	(void)state;
	for (unsigned bare = 0; bare < 2; bare++) {
		json_t *verdict = match_mixed(&SHEET(odd, .bare = bare, .separator = '|'), 500, 60, false);
		json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
		assert_non_null(dataset);
		for (size_t c = 0; c < LEN(odd); c++) {
			char position[8];
			snprintf(position, sizeof position, "%zu", c + 1);
			const char *got = mapped(dataset, bare ? position : odd[c].header);
			if (strcmp(got, field_names[odd[c].field]) != 0)
				print_error("%s %s is %s, not %s\n", bare ? "column" : odd[c].header,
				        bare ? position : "", got, field_names[odd[c].field]),
				        wrong++;
		}
		assert_int_equal(json_array_size(list_of(dataset, "columns")), LEN(odd));
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* Our column, one that a seller added, one that is empty, and ours again. */
static void test_match_linked__a_column_that_is_not_ours_is_null(void **state)
{
	struct bytes text = { 0 };
	struct inventor dice;
	(void)state;
	inventor_init(&dice, 5, STRANGERS);
	bytes_text(&text, "no,phone,plate,score,blank,gift,city\n");
	for (size_t i = 0; i < 400; i++) {
		char plate[ID_MAX_BYTES];
		const struct customer *row = &ours.rows[3 * i];
		invent_plate(&dice, invent_city(&dice), plate);
		bytes_print(&text, "%zu,%s,%s,%u,,yes,%s\n", i + 1, row->cell[MOBILE], plate, dice_below(&dice, 100),
		        row->cell[CITY]);
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_non_null(dataset);
	assert_int_equal(number_of(dataset, "linked"), 400);
	static const char *const want[][2] = { { "no", "" }, { "phone", "mobile" }, { "plate", "" }, { "score", "" },
		{ "blank", "" }, { "gift", "" }, { "city", "city" } };
	for (size_t i = 0; i < LEN(want); i++)
		assert_string_equal(mapped(dataset, want[i][0]), want[i][1]);
	json_decref(verdict);
	bytes_done(&text);
}

static void test_match_linked__agreement_is_counted(void **state)
{
	static const struct shown columns[] = { { "id", NO, NULL }, { "mobile", MOBILE, NULL }, { "name", NAME, NULL },
		{ "address", ADDRESS, NULL } };
	struct bytes text = { 0 };
	(void)state;
	bytes_text(&text, "id,mobile,name,address\n");
	for (size_t i = 0; i < 1000; i++) {
		struct customer row = ours.rows[i];
		if (i % 4 == 0)
			snprintf(row.cell[ADDRESS], CELL_MAX, "%s", strangers.rows[i].cell[ADDRESS]);
		if (i % 10 == 1)
			row.cell[NAME][0] = 0; /* a missing cell says nothing */
		sheet_row(&SHEET(columns), &row, &text);
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text)), *column;
	json_t *dataset = dataset_in(part_at(verdict, 0), "customers");
	size_t at;
	assert_non_null(dataset);
	assert_int_equal(number_of(dataset, "linked"), 1000);
	json_array_foreach(list_of(dataset, "columns"), at, column)
	{
		double agreement = json_real_value(json_object_get(column, "agreement"));
		assert_true(agreement > (at == 3 ? 0.749 : 0.9999) && agreement < (at == 3 ? 0.751 : 1.0001));
		assert_string_equal(text_of(column, "form"), "plain");
	}
	json_decref(verdict);
	bytes_done(&text);
}

/* Every record of a leak counts, also the one that stands there twice; the person does not. */
static void test_match_linked__records_twice_are_people_once(void **state)
{
	struct bytes text = { 0 };
	(void)state;
	sheet_header(&SHEET(plain), &text);
	for (size_t i = 0; i < 450; i++)
		sheet_row(&SHEET(plain), &ours.rows[i % 300], &text);
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	assert_int_equal(linked_to(part_at(verdict, 0), "customers"), 450);
	assert_int_equal(number_of(verdict, "people"), 300);
	json_decref(verdict);
	bytes_done(&text);
}

/* Cells damaged here and there cost nobody his link while enough of him stands there. */
static void test_match_linked__bears_damage(void **state)
{
	struct bytes text = { 0 };
	struct inventor dice;
	(void)state;
	inventor_init(&dice, 9, 0);
	sheet_header(&SHEET(renamed), &text);
	for (size_t i = 0; i < 1000; i++) {
		struct customer row = ours.rows[i];
		for (size_t c = 0; c < LEN(renamed); c++)
			if (renamed[c].field != REGISTERED && renamed[c].field != MOBILE && dice_chance(&dice, 50))
				snprintf(row.cell[renamed[c].field], CELL_MAX, "%s",
				        strangers.rows[i].cell[renamed[c].field]);
		sheet_row(&SHEET(renamed), &row, &text);
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	assert_true(linked_to(part_at(verdict, 0), "customers") >= 998);
	assert_string_equal(text_of(verdict, "verdict"), "genuine");
	json_decref(verdict);
	bytes_done(&text);
}

static void test_match_linked__every_part_has_its_own(void **state)
{
	struct bytes text[3] = { { 0 } };
	(void)state;
	sheet_rows(&SHEET(plain), ours.rows, 200, &text[0]);
	sheet_rows(&SHEET(renamed), strangers.rows, 250, &text[1]);
	sheet_rows(&SHEET(mobile_only), ours.rows + 150, 120, &text[2]); /* 50 of them stand in the first, too */
	const struct zip_member members[] = { { "a/users.csv", bytes_view(&text[0]) },
		{ "a/others.csv", bytes_view(&text[1]) }, { "phones.txt", bytes_view(&text[2]) },
		{ "readme.txt", view_of("pay here\n") } };
	json_t *verdict = judged(place_zip("leak.zip", members, LEN(members)));
	static const struct {
		const char *path;
		uint64_t records, linked;
		const char *word;
	} want[] = { { "leak.zip/a/users.csv", 200, 200, "genuine" }, { "leak.zip/a/others.csv", 250, 0, "not-ours" },
		{ "leak.zip/phones.txt", 120, 120, NULL } };
	for (size_t i = 0; i < LEN(want); i++) {
		json_t *part = part_named(verdict, want[i].path);
		assert_non_null(part);
		assert_int_equal(number_of(part, "records"), want[i].records);
		assert_int_equal(linked_to(part, "customers"), want[i].linked);
		if (want[i].word)
			assert_string_equal(text_of(part, "verdict"), want[i].word);
	}
	assert_string_equal(text_of(verdict, "verdict"), "genuine");
	assert_int_equal(number_of(verdict, "people"), 270);
	json_decref(verdict);
	for (size_t i = 0; i < LEN(text); i++)
		bytes_done(&text[i]);
}

/* Pages, or files put one behind the other: lines of names in the middle are no records, and a table of other columns
 * is a part of its own. */
static void test_match_linked__names_in_the_middle_are_no_records(void **state)
{
	static const struct shown first[] = { { "会员", NO, NULL }, { "姓名", NAME, NULL }, { "手机", MOBILE, NULL } };
	static const struct shown numberless[] = { { "称呼", NAME, NULL }, { "城市", CITY, NULL },
		{ "等级", LEVEL, NULL }, { "邮箱", EMAIL, NULL } };
	static const struct shown other[] = { { "手机", MOBILE, as_dashed }, { "邮箱", EMAIL, NULL },
		{ "证件", RESIDENT, NULL }, { "住址", ADDRESS, NULL } };
	static const struct sheet sheets[] = { { first, LEN(first), 0, false },
		{ numberless, LEN(numberless), ';', false } };
	(void)state;
	for (size_t i = 0; i < LEN(sheets); i++) {
		for (size_t page = 3; page <= 200; page += page) {
			struct bytes text = { 0 };
			for (size_t from = 0; from < 200; from += page) {
				size_t count = 200 - from < page ? 200 - from : page;
				bytes_text(&text, from && page % 2 ? "\xef\xbb\xbf" : "");
				sheet_rows(&sheets[i], world.now.rows + 50 + from, count, &text);
			}
			json_t *verdict = judged(place_bytes("leak.csv", &text));
			assert_int_equal(json_array_size(list_of(verdict, "parts")), 1);
			assert_int_equal(number_of(part_at(verdict, 0), "records"), 200);
			assert_int_equal(number_of(part_at(verdict, 0), "malformed"), 0);
			assert_int_equal(linked_to(part_at(verdict, 0), "customers"), 200);
			assert_string_equal(text_of(verdict, "verdict"), "genuine");
			json_decref(verdict);
			bytes_done(&text);
		}
	}
	struct bytes text = { 0 };
	sheet_rows(&SHEET(first), world.now.rows, 120, &text);
	sheet_rows(&SHEET(other), world.now.rows + 100, 150, &text);
	sheet_rows(&SHEET(first), world.now.rows + 300, 30, &text);
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	static const size_t records[] = { 120, 150, 30 };
	assert_int_equal(json_array_size(list_of(verdict, "parts")), LEN(records));
	for (size_t i = 0; i < LEN(records); i++) {
		assert_int_equal(number_of(part_at(verdict, i), "records"), records[i]);
		assert_int_equal(number_of(part_at(verdict, i), "malformed"), 0);
		assert_int_equal(linked_to(part_at(verdict, i), "customers"), records[i]);
		assert_string_equal(text_of(part_at(verdict, i), "verdict"), "genuine");
	}
	assert_string_equal(text_of(part_at(verdict, 1), "path"), "leak.csv/table 2");
	assert_string_equal(mapped(dataset_in(part_at(verdict, 1), "customers"), "证件"), "resident_id");
	assert_int_equal(number_of(verdict, "people"), 280);
	json_decref(verdict);
	/* A list without names is what it is, whatever comes twice in it. */
	text.len = 0;
	for (size_t i = 0; i < 90; i++)
		bytes_print(&text, "%s\n", world.now.rows[i / 3].cell[MOBILE]);
	verdict = judged(place_bytes("leak.csv", &text));
	assert_int_equal(number_of(part_at(verdict, 0), "records"), 90);
	json_decref(verdict);
	bytes_done(&text);
}

/* Two of our columns hold the same: a leak with both gets both, one with one gets one of them, and nobody links twice.
 */
static void test_match_linked__columns_of_equal_contents(void **state)
{
	struct bytes sealed = { 0 }, both = { 0 }, one = { 0 };
	(void)state;
	bytes_text(&sealed, "member,phone,contact_phone,branch\n");
	bytes_text(&both, "contact_phone,branch,phone\n");
	bytes_text(&one, "tel,branch\n");
	for (size_t i = 0; i < 500; i++) {
		const char *mobile = strangers.rows[i].cell[MOBILE], *city = ours.rows[i].cell[CITY];
		bytes_print(&sealed, "M%06zu,%s,%s,%s\n", 100000 + i * 13, mobile, mobile, city);
		if (i % 2)
			bytes_print(&both, "%s,%s,%s\n", mobile, city, mobile);
		if (i % 3 == 0)
			bytes_print(&one, "%s,%s\n", mobile, city);
	}
	must_seal("members", place_bytes("members.csv", &sealed), "2021-08-31",
	        (const char *const[]){ "--key", "member", NULL });
	json_t *verdict = judged(place_bytes("leak.csv", &both));
	json_t *dataset = dataset_in(part_at(verdict, 0), "members");
	assert_non_null(dataset);
	assert_int_equal(number_of(dataset, "linked"), 250);
	assert_int_equal(number_of(verdict, "people"), 250);
	assert_string_equal(mapped(dataset, "phone"), "phone");
	assert_string_equal(mapped(dataset, "contact_phone"), "contact_phone");
	assert_string_equal(mapped(dataset, "branch"), "branch");
	json_decref(verdict);
	verdict = judged(place_bytes("leak.csv", &one));
	dataset = dataset_in(part_at(verdict, 0), "members");
	assert_non_null(dataset);
	assert_int_equal(number_of(dataset, "linked"), 167);
	assert_non_null(strstr(mapped(dataset, "tel"), "phone"));
	json_decref(verdict);
	bytes_done(&sealed);
	bytes_done(&both);
	bytes_done(&one);
}

/* A part that could not be read: said, and a no becomes a perhaps; a yes stays. */
static void test_match_linked__what_is_not_read_is_said(void **state)
{
	struct bytes text[2] = { { 0 } };
	static char noise[4096];
	(void)state;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * 2654435761u >> 13);
	sheet_rows(&SHEET(plain), strangers.rows, 300, &text[0]);
	sheet_rows(&SHEET(plain), ours.rows, 300, &text[1]);
	for (unsigned mine = 0; mine < 2; mine++)
		for (unsigned damaged = 0; damaged < 2; damaged++) {
			const struct zip_member members[] = { { "table.csv", bytes_view(&text[mine]) },
				{ "more.bin", { noise, sizeof noise } } };
			json_t *verdict = judged(place_zip("leak.zip", members, 1 + damaged));
			assert_int_equal(json_is_true(json_object_get(verdict, "complete")), !damaged);
			assert_int_equal(json_array_size(list_of(verdict, "unread")), damaged);
			assert_string_equal(text_of(verdict, "verdict"), mine      ? "genuine"
			                                                 : damaged ? "inconclusive"
			                                                           : "not-ours");
			if (damaged) {
				json_t *unread = json_array_get(list_of(verdict, "unread"), 0);
				assert_has(text_of(unread, "what"), "more.bin");
				assert_true(strlen(text_of(unread, "why")) > 5);
			}
			json_decref(verdict);
		}
	bytes_done(&text[0]);
	bytes_done(&text[1]);
}

/* Twenty thousand people who have names, cities, registration days and levels of ours, each from another one: nobody
 * links, whatever the world; and no more people can be meant than are sealed. */
static void test_match_linked__strangers_link_nowhere(void **state)
{
	unsigned wrong = 0;
	for (unsigned seed = 1; seed <= 5; seed++) {
		const struct sheet sheets[] = { SHEET(plain), SHEET(renamed) };
		struct world other;
		struct bytes text = { 0 };
		assert_int_equal(place_teardown(state), 0);
		assert_int_equal(place_setup(state), 0);
		world_init(&other, seed, seed == 4 ? 6000 : CUSTOMERS);
		struct state like = strangers_new(seed, 20000, &other.now);
		export_rows(&other.now, 0, &text);
		must_seal("customers", place_bytes("customers.csv", &text), "2021-08-31", NULL);
		for (size_t i = 0; i < LEN(sheets); i++) {
			text.len = 0;
			sheet_rows(&sheets[i], like.rows, like.count, &text);
			json_t *verdict = judged(place_bytes("leak.csv", &text));
			uint64_t linked = linked_to(part_at(verdict, 0), "customers"),
			         high = (uint64_t)json_integer_value(
			                 json_array_get(list_of(verdict, "people_bounds"), 1));
			if (linked || high > other.now.count || strcmp(text_of(verdict, "verdict"), "not-ours") != 0) {
				print_error("seed %u, sheet %zu: %llu link, up to %llu people, %s\n", seed, i,
				        (unsigned long long)linked, (unsigned long long)high,
				        text_of(verdict, "verdict"));
				wrong++;
			}
			json_decref(verdict);
		}
		state_done(&like);
		world_done(&other);
		bytes_done(&text);
	}
	assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_linked__counts_ours_exactly),
		cmocka_unit_test(test_match_linked__tells_which_column_is_which),
		cmocka_unit_test(test_match_linked__a_column_that_is_not_ours_is_null),
		cmocka_unit_test(test_match_linked__agreement_is_counted),
		cmocka_unit_test(test_match_linked__records_twice_are_people_once),
		cmocka_unit_test(test_match_linked__bears_damage),
		cmocka_unit_test(test_match_linked__every_part_has_its_own),
		cmocka_unit_test(test_match_linked__what_is_not_read_is_said),
		cmocka_unit_test(test_match_linked__names_in_the_middle_are_no_records),
		cmocka_unit_test(test_match_linked__columns_of_equal_contents), /* seals one more */
		cmocka_unit_test(test_match_linked__strangers_link_nowhere),    /* stores of its own: last */
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
