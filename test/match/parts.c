/* Leaks of several parts and of several datasets: archives, dumps of several tables, rows glued or joined from two
 * datasets, and a tiny table of another trade beside one that is not ours. Each part and each dataset gets its own
 * answer. On three worlds with keys of their own: test_match_parts HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/leaks.h"
#include "../support-match/run.h"

#include <unistd.h>

static void test_match_parts__judges_each_part_of_an_archive(void **state)
{
	struct bytes copy = { 0 }, foreign = { 0 }, mixed = { 0 };
	(void)state;
	copy_whole(&copy);
	only_strangers(&foreign);
	two_columns_mixed(&mixed);
	const char *zip = place_zip("dumps.zip",
	        (const struct zip_member[]){ { "a/users.csv", view_make(copy.ptr, copy.len) },
	                { "b/other.csv", view_make(foreign.ptr, foreign.len) },
	                { "b/list.csv", view_make(mixed.ptr, mixed.len) } },
	        3);
	json_t *verdict = judged(zip);
	assert_string_equal(text_of(verdict, "verdict"), "genuine");
	assert_string_equal(text_of(part_named(verdict, "users.csv"), "verdict"), "genuine");
	assert_string_equal(text_of(part_named(verdict, "other.csv"), "verdict"), "not-ours");
	assert_string_equal(text_of(part_named(verdict, "list.csv"), "verdict"), "recombined");
	assert_int_equal(linked_to(part_named(verdict, "users.csv"), "customers"), MANY);
	assert_int_equal(linked_to(part_named(verdict, "other.csv"), "customers"), 0);
	json_decref(verdict);
	bytes_done(&copy);
	bytes_done(&foreign);
	bytes_done(&mixed);
}

/* ---- two datasets ---- */

enum { RELATIVES = 500 };

static struct relative {
	size_t customer; /* in the last state */
	char id[24], relation[16];
	const struct customer *as;
} relatives[RELATIVES];

static void relatives_print(size_t count, struct bytes *out)
{
	bytes_text(out, "relation_id,customer_id,relation,relation_name,relation_mobile\n");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s,%s,%s,%s,%s\n", relatives[i].id, LAST->rows[relatives[i].customer].cell[NO],
		        relatives[i].relation, relatives[i].as->cell[NAME], relatives[i].as->cell[MOBILE]);
}

/* Customers and their families, once each, in a store of their own. */
static void store_two(void)
{
	static const char *const relations[] = { "配偶", "父亲", "母亲", "子女" };
	struct bytes text = { 0 };
	struct inventor dice;
	inventor_init(&dice, seed + 21, 0);
	for (size_t i = 0; i < RELATIVES; i++) {
		relatives[i].customer = i * LAST->count / RELATIVES;
		relatives[i].as = &strangers.rows[i];
		snprintf(relatives[i].id, sizeof relatives[i].id, "R%08zu", 61000000 + i * 13 + dice_below(&dice, 9));
		snprintf(relatives[i].relation, sizeof relatives[i].relation, "%s", relations[dice_below(&dice, 4)]);
	}
	store_use("store-two");
	if (access(placed("store-two"), F_OK) == 0)
		return;
	assert_code(HUFU("init"), 0);
	export_rows(LAST, 0, &text);
	must_seal("customers", place_bytes("customers.csv", &text), dates[DATES - 1],
	        (const char *const[]){ "--key", "customer_id", NULL });
	text.len = 0;
	relatives_print(RELATIVES, &text);
	must_seal("family", place_bytes("family.csv", &text), dates[DATES - 1],
	        (const char *const[]){ "--key", "relation_id", "--person", "relation_id", NULL });
	bytes_done(&text);
}

static void test_match_parts__glued_rows_are_of_both_datasets(void **state)
{
	static const char *const headers[] = { "customer_id,name,mobile,city,relation,relation_name,relation_mobile",
		"号,名,话,城,系,亲,亲话" };
	(void)state;
	store_two();
	for (size_t h = 0; h < LEN(headers); h++) {
		struct bytes text = { 0 };
		bytes_print(&text, "%s\n", headers[h]);
		for (size_t i = 0; i < RELATIVES; i += 2) {
			const struct customer *row = &LAST->rows[relatives[i].customer];
			bytes_print(&text, "%s,%s,%s,%s,%s,%s,%s\n", row->cell[NO], row->cell[NAME], row->cell[MOBILE],
			        row->cell[CITY], relatives[i].relation, relatives[i].as->cell[NAME],
			        relatives[i].as->cell[MOBILE]);
		}
		json_t *verdict = judged(place_bytes("leak.csv", &text)), *part = part_at(verdict, 0);
		assert_true(word_among(text_of(verdict, "verdict"), OURS));
		assert_int_equal(linked_to(part, "customers"), RELATIVES / 2);
		assert_int_equal(linked_to(part, "family"), RELATIVES / 2);
		assert_string_equal(
		        mapped(dataset_in(part, "family"), h ? "亲话" : "relation_mobile"), "relation_mobile");
		assert_string_equal(mapped(dataset_in(part, "customers"), h ? "话" : "mobile"), "mobile");
		/* Owners and relatives are all people. */
		assert_int_equal(number_of(verdict, "people"), RELATIVES);
		assert_int_equal(number_of(verdict, "people_exposed"), RELATIVES);
		json_decref(verdict);
		bytes_done(&text);
	}
	store_use("store");
}

/* A joined table: one column of visits that only we hold, the rest of them what anybody could have, and the people
 * from another dataset. Each dataset by itself leaves half of the record unexplained. */
static void test_match_parts__a_joined_table_is_explained_by_both(void **state)
{
	struct bytes visits = { 0 }, leak = { 0 };
	const struct state *now = &sealed[DATES - 1];
	(void)state;
	store_use("store-joined");
	assert_code(HUFU("init"), 0);
	bytes_text(&visits, "visit_no,day,ward,customer_id\n");
	bytes_text(&leak, "id,when,where,name,phone,card\n");
	for (size_t i = 0; i < MANY; i++) {
		const struct customer *row = &now->rows[i * 2 % now->count];
		char visit[96];
		snprintf(visit, sizeof visit, "V%08zu,2021-%02zu-%02zu,ward %zu", 10000000 + i * 37, 1 + i % 11,
		        1 + i * 7 % 28, i % 9);
		bytes_print(&visits, "%s,%s\n", visit, row->cell[NO]);
		bytes_print(&leak, "%s,%s,%s,%s\n", visit, row->cell[NAME], row->cell[MOBILE], row->cell[RESIDENT]);
	}
	struct bytes customers = { 0 };
	export_rows(now, 0, &customers);
	must_seal("customers", place_bytes("customers.csv", &customers), dates[DATES - 1],
	        (const char *const[]){ "--key", "customer_id", NULL });
	must_seal("visits", place_bytes("visits.csv", &visits), dates[DATES - 1],
	        (const char *const[]){ "--key", "visit_no", "--person", "customer_id", NULL });
	json_t *verdict = judged(place_bytes("leak.csv", &leak));
	const json_t *part = part_at(verdict, 0);
	assert_string_equal(text_of(part, "verdict"), "genuine");
	assert_non_null(dataset_in(part, "customers"));
	assert_non_null(dataset_in(part, "visits"));
	json_decref(verdict);
	bytes_done(&customers);
	bytes_done(&visits);
	bytes_done(&leak);
	store_use("store");
}

/* ---- several tables ---- */

static void dump_customers(size_t count, struct bytes *out)
{
	bytes_text(out,
	        "CREATE TABLE `t_user` (\n  `uid` varchar(20),\n  `uname` varchar(40),\n  `tel` varchar(20)\n);\n"
	        "INSERT INTO `t_user` VALUES ");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s('%s','%s','%s')", i ? "," : "", LAST->rows[i].cell[NO], LAST->rows[i].cell[NAME],
		        LAST->rows[i].cell[MOBILE]);
	bytes_text(out, ";\n");
}

static void dump_relatives(size_t count, struct bytes *out)
{
	bytes_text(out,
	        "CREATE TABLE `t_rel` (\n  `rid` varchar(20),\n  `rel` varchar(8),\n  `rname` varchar(40),\n  `rtel` "
	        "varchar(20)\n);\nINSERT INTO `t_rel` VALUES ");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s('%s','%s','%s','%s')", i ? "," : "", relatives[i].id, relatives[i].relation,
		        relatives[i].as->cell[NAME], relatives[i].as->cell[MOBILE]);
	bytes_text(out, ";\n");
}

/* A table of nobody we know. */
static void dump_strangers(size_t count, struct bytes *out)
{
	bytes_text(out, "CREATE TABLE `t_fans` (\n  `n` varchar(20),\n  `t` varchar(20),\n  `m` varchar(40)\n);\n"
	                "INSERT INTO `t_fans` VALUES ");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s('%s','%s','%s')", i ? "," : "", strangers.rows[1000 + i].cell[NAME],
		        strangers.rows[1000 + i].cell[MOBILE], strangers.rows[1000 + i].cell[EMAIL]);
	bytes_text(out, ";\n");
}

/* The one part that links to a dataset; NULL when there is none, or more than one. */
static json_t *part_of(const json_t *verdict, const char *dataset)
{
	json_t *found = NULL, *part;
	size_t i;
	json_array_foreach(list_of(verdict, "parts"), i, part)
	{
		if (!dataset_in(part, dataset))
			continue;
		if (found)
			return NULL;
		found = part;
	}
	return found;
}

static void test_match_parts__tables_and_dumps_are_parts_of_their_own(void **state)
{
	struct bytes one = { 0 }, users = { 0 }, relations = { 0 }, fans = { 0 };
	(void)state;
	store_two();
	dump_customers(300, &users);
	dump_relatives(200, &relations);
	dump_strangers(150, &fans);
	dump_customers(300, &one);
	dump_strangers(150, &one);
	dump_relatives(200, &one);
	const char *leaks[2] = { NULL };
	char path[512];
	snprintf(path, sizeof path, "%s", place_bytes("all.sql", &one));
	leaks[0] = path;
	leaks[1] = place_zip("dumps.zip",
	        (const struct zip_member[]){ { "a/t_user.sql", bytes_view(&users) },
	                { "a/t_rel.sql", bytes_view(&relations) }, { "b/t_fans.sql", bytes_view(&fans) } },
	        3);
	for (size_t i = 0; i < LEN(leaks); i++) {
		json_t *verdict = judged(leaks[i]), *user = part_of(verdict, "customers"),
		       *relation = part_of(verdict, "family");
		assert_int_equal(json_array_size(list_of(verdict, "parts")), 3);
		assert_non_null(user);
		assert_non_null(relation);
		assert_true(user != relation);
		assert_int_equal(number_of(user, "records"), 300);
		assert_int_equal(linked_to(user, "customers"), 300);
		assert_int_equal(number_of(relation, "records"), 200);
		assert_int_equal(linked_to(relation, "family"), 200);
		assert_true(word_among(text_of(user, "verdict"), OURS));
		assert_true(word_among(text_of(relation, "verdict"), OURS));
		assert_true(word_among(text_of(verdict, "verdict"), OURS));
		assert_int_equal(number_of(verdict, "people"), 500);
		for (size_t k = 0; k < 3; k++) {
			json_t *part = part_at(verdict, k);
			if (part != user && part != relation)
				assert_string_equal(text_of(part, "verdict"), "not-ours");
		}
		json_decref(verdict);
	}
	store_use("store");
	bytes_done(&one);
	bytes_done(&users);
	bytes_done(&relations);
	bytes_done(&fans);
}

/* ---- another trade ---- */

/* Thirty contracts, and thirty of others that show a few of the same amounts. */
static void test_match_parts__amounts_of_a_tiny_table_are_nobodys(void **state)
{
	struct bytes ours = { 0 }, theirs = { 0 };
	struct inventor dice;
	(void)state;
	inventor_init(&dice, seed + 40, 0);
	for (unsigned side = 0; side < 2; side++) {
		struct bytes *out = side ? &theirs : &ours;
		bytes_text(out, "contract,borrower,id_card,phone,amount\n");
		for (unsigned i = 0; i < 30; i++) {
			const struct customer *row = side ? &strangers.rows[i] : &LAST->rows[i];
			bytes_print(out, "LN/2021/%06u,%s,%s,%s,%u\n", 1000 + 877 * i + 400000 * side, row->cell[NAME],
			        row->cell[RESIDENT], row->cell[MOBILE], (1 + dice_below(&dice, 60)) * 1000);
		}
	}
	store_fresh("store-loans");
	must_seal(
	        "loans", place_bytes("loans.csv", &ours), dates[0], (const char *const[]){ "--key", "contract", NULL });
	json_t *verdict = judged(place_bytes("theirs.csv", &theirs));
	assert_string_equal(text_of(verdict, "verdict"), "not-ours");
	assert_int_equal(number_of(verdict, "people"), 0);
	json_decref(verdict);
	verdict = judged(placed("loans.csv"));
	assert_string_equal(text_of(verdict, "verdict"), "genuine");
	assert_int_equal(number_of(verdict, "people"), 30);
	json_decref(verdict);
	store_use("store");
	bytes_done(&ours);
	bytes_done(&theirs);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_parts__judges_each_part_of_an_archive),
		cmocka_unit_test(test_match_parts__glued_rows_are_of_both_datasets),
		cmocka_unit_test(test_match_parts__tables_and_dumps_are_parts_of_their_own),
		cmocka_unit_test(test_match_parts__amounts_of_a_tiny_table_are_nobodys),
		cmocka_unit_test(test_match_parts__a_joined_table_is_explained_by_both),
	};
	return history_run(argc, argv, tests, LEN(tests));
}
