/* Listings in many shapes, and the triage against snapshots whose counts are known. */
#include "case/listing.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* One line an item: count unit price currency, "-" for null, "*" for the bundle. */
static void show(const struct listing *listing, struct bytes *out)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_item *item = &listing->items[i];
		if (item->has_count)
			bytes_print(out, "%.15g[%llu..%llu]%s", item->count, (unsigned long long)item->low,
			        (unsigned long long)item->high, item->unit);
		else
			bytes_text(out, "-");
		if (item->has_price)
			bytes_print(out, " %.15g %s", item->price, item->currency);
		if (item->by_record)
			bytes_print(out, " each %.15g", item->per_record);
		if (item->refused)
			bytes_print(out, " %s", item->refused);
		bytes_text(out, item->bundle ? " *\n" : "\n");
	}
	bytes_byte(out, '\0');
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "员工数据 2.28万条 0.15 BTC；车主身份证 3.99万条 0.25 BTC；全部打包 1 BTC",
	        "22800[22750..22849]条 0.15 BTC\n39900[39850..39949]条 0.25 BTC\n- 1 BTC *\n" },
	{ "22,800 employee records - 0.15 BTC", "22800[22750..22849] 0.15 BTC\n" },
	{ "employees 22,813 - 0.15 BTC, owners 39,900 - 0.25 BTC, all 1 BTC",
	        "22813[22813..22813] 0.15 BTC\n39900[39850..39949] 0.25 BTC\n- 1 BTC *\n" },
	{ "4.85 million users", "4850000[4845000..4854999]users\n" },
	{ "485万", "4850000[4845000..4854999]\n" },
	{ "1.2亿条", "120000000[115000000..124999999]条\n" },
	{ "超过三百九十九万条 5000 USDT\n约６５万地址 $3,000",
	        "3990000[3990000..4389000]条 5000 USDT\n650000[617500..682500] 3000 USD\n" },
	{ "近40万用户 1 BTC", "400000[360000..400000]用户 1 BTC\n" },
	{ "orders (2021-08-31): 485k rows, 12 GB, price 0.5 BTC\neverything: 2 BTC",
	        "485000[484500..485499]rows 0.5 BTC\n- 2 BTC *\n" },
	{ "item,count,price (BTC)\nstaff,22813,0.15\n\"owners, ids\",3.99万条,0.25\npackage,,1",
	        "22813[22813..22813] 0.15 BTC\n39900[39850..39949]条 0.25 BTC\n- 1 BTC *\n" },
	{ "价格,数量,数据\n0.15 BTC,2.28万,员工\n1 BTC,,全部", "22800[22750..22849] 0.15 BTC\n- 1 BTC *\n" },
	{ "currency;price;rows;name\nUSDT;300;1,234,567;users\n", "1234567[1234567..1234567] 300 USDT\n" },
	{ "1. employees: 22,813 records: 0.15 BTC\n2. owners, 39,900, 0.25 BTC\n3. the whole lot for 1 BTC",
	        "22813[22813..22813]records 0.15 BTC\n39900[39850..39949] 0.25 BTC\n- 1 BTC *\n" },
	{ "员工数据,177,0.15,BTC\n车主,2934,0.25 BTC\n\"全部, 打包\",,1,BTC",
	        "177[177..177] 0.15 BTC\n2934[2934..2934] 0.25 BTC\n- 1 BTC *\n" },
	{ "staff;0.15 BTC;177", "177[177..177] 0.15 BTC\n" },
	{ "owners, 39,900, 0.25 BTC", "39900[39850..39949] 0.25 BTC\n" },
	{ "员工 177条 ￥300/条", "177[177..177]条 53100 CNY each 300\n" },
	{ "2934 records at $2 each", "2934[2934..2934]records 5868 USD each 2\n" },
	{ "2934 records, $0.5 per record", "2934[2934..2934]records 1467 USD each 0.5\n" },
	{ "员工 177条 单价3元", "177[177..177]条 531 CNY each 3\n" },
	{ "整库 1 BTC", "- 1 BTC *\n" },
	{ "全库 1 BTC", "- 1 BTC *\n" },
	{ "whole database 1 BTC", "- 1 BTC *\n" },
	{ "2580多条", "2580[2580..2589]条\n" },
	{ "3万余条", "30000[30000..39999]条\n" },
	{ "员工 -5 条 1 BTC", "- 1 BTC negative\n" },
	{ "员工 12345678901234567890123 条 1 BTC", "- 1 BTC large\n" },
	{ "177 500 USD", "177[177..177] 500 USD\n" },
	{ "车主 2900人", "2900[2895..2904]人\n" },
};

static void test_case_listing__shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct listing listing;
		struct bytes shown = { 0 };
		if (listing_read(view_of(rows[i].text), &listing, NULL) != HUFU_OK)
			fail_msg("%s", rows[i].text);
		show(&listing, &shown);
		if (strcmp(shown.ptr, rows[i].want) != 0)
			fail_msg("%s:\n%s", rows[i].text, shown.ptr);
		bytes_done(&shown);
		listing_done(&listing);
	}
}

static void test_case_listing__sums_and_the_price_of_one(void **state)
{
	struct listing listing;
	(void)state;
	assert_int_equal(listing_read(view_of(rows[0].text), &listing, NULL), HUFU_OK);
	assert_true(listing.has_sum && listing.has_bundle);
	assert_true(listing.sum > 0.3999 && listing.sum < 0.4001 && listing.bundle == 1);
	assert_string_equal(listing.currency, "BTC");
	assert_true(listing.items[0].per_record > 6.57e-6 && listing.items[0].per_record < 6.58e-6);
	assert_string_equal(listing.items[1].text, "车主身份证 3.99万条 0.25 BTC");
	listing_done(&listing);
}

static void test_case_listing__without_numbers(void **state)
{
	static const char *const texts[] = { "", "nothing for sale", "since 2019, v1.2.3, 12 GB, 2021-08-31",
		"三心二意" };
	(void)state;
	for (size_t i = 0; i < LEN(texts); i++) {
		struct listing listing;
		hufu_error error = { 0 };
		assert_int_equal(listing_read(view_of(texts[i]), &listing, &error), HUFU_MALFORMED);
		assert_string_equal(error.what, "names no count and no price");
		listing_done(&listing);
	}
}

static void test_case_listing__typed(void **state)
{
	struct listing listing = { 0 };
	(void)state;
	assert_int_equal(
	        listing_add(&listing, view_of("owners"), view_of("3.99万条"), view_of("0.25 BTC"), false, NULL),
	        HUFU_OK);
	assert_int_equal(listing_add(&listing, view_of("all"), view_of(""), view_of("1 BTC"), true, NULL), HUFU_OK);
	assert_int_equal(
	        listing_add(&listing, view_of("x"), view_of("many"), view_of(""), false, NULL), HUFU_MALFORMED);
	assert_true(listing.items[0].count == 39900 && listing.items[1].bundle && !listing.items[1].has_count);
	listing_done(&listing);
}

static void test_case_listing__triage(void **state)
{
	static const struct listing_column owners[] = { { "id_no", "resident_id" }, { "mobile", "mobile" } };
	static const struct listing_column orders[] = { { "order_no", "" } };
	static const struct listing_snapshot snapshots[] = {
		{ "owners", "2021-07-31", 39700, 39700, owners, LEN(owners) },
		{ "owners", "2021-08-31", 39912, 39910, owners, LEN(owners) },
		{ "orders", "2021-08-31", 39900, 22801, orders, LEN(orders) },
		{ "orders", "2022-08-31", 500000, 40000, orders, LEN(orders) },
	};
	struct listing listing;
	(void)state;
	assert_int_equal(listing_read(view_of("车主身份证 3.99万条；数据 2.28万；39,900 rows；身份证 "
	                                      "50万；485万用户；车架号 700,001 条"),
	                         &listing, NULL),
	        HUFU_OK);
	assert_int_equal(listing_triage(&listing, snapshots, LEN(snapshots)), HUFU_OK);
	const struct listing_item *items = listing.items;
	/* Only where such a column is. */
	assert_int_equal(items[0].fit_count, 1);
	assert_string_equal(items[0].fits[0].as_of, "2021-08-31");
	assert_int_equal(items[0].fits[0].count, 39912);
	assert_null(items[0].impossible);
	/* Of people, where not of rows. */
	assert_int_equal(items[1].fit_count, 1);
	assert_string_equal(items[1].fits[0].dataset, "orders");
	assert_true(items[1].fits[0].people && items[1].fits[0].count == 22801);
	assert_int_equal(items[2].fit_count, 2);
	/* As many, but of no dataset with such a column. */
	assert_int_equal(items[3].fit_count, 0);
	assert_non_null(strstr(items[3].impossible, "resident_id"));
	assert_non_null(strstr(items[3].impossible, "39912"));
	/* Users are people, not rows. */
	assert_non_null(strstr(items[4].impossible, "40000"));
	/* Nothing sealed has a VIN. */
	assert_non_null(strstr(items[5].impossible, "no sealed dataset holds"));
	assert_non_null(strstr(items[4].impossible_zh, "从未超过"));
	/* Nothing sealed, nothing impossible. */
	assert_int_equal(listing_triage(&listing, NULL, 0), HUFU_OK);
	for (size_t i = 0; i < listing.count; i++)
		assert_true(!items[i].impossible && !items[i].impossible_zh && items[i].fit_count == 0);
	listing_done(&listing);
}

/* What an item names must be there; what it counts is held against the like. */
static void test_case_listing__triage_by_kind_and_unit(void **state)
{
	static const struct listing_column owners[] = { { "name", "name" }, { "mobile", "mobile" }, { "vin", "vin" } };
	static const struct listing_column staff[] = { { "staff_no", "" }, { "mobile", "mobile" } };
	static const struct listing_column plain[] = { { "a", "" } };
	static const struct listing_snapshot snapshots[] = {
		{ "owners", "2021-08-31", 2934, 2838, owners, LEN(owners) },
		{ "staff", "2021-08-31", 177, 177, staff, LEN(staff) },
		{ "t0815", "2021-08-31", 555, 0, plain, LEN(plain) },
	};
	static const struct {
		const char *text, *fits, *impossible; /* "" none */
	} cases[] = {
		{ "2934条", "owners", "" },
		{ "车主 2934条", "owners", "" },
		{ "车主 2,838人", "owners", "" },
		{ "贷款 2934条", "", "555" },
		{ "VIN 177条", "", "" },
		{ "员工数据 2934条", "", "555" },
		{ "员工 177条", "staff", "" },
		{ "员工 555条", "t0815", "" },
		{ "银行卡 100条", "", "bank_card" },
		{ "车主 2900人", "", "2838" },
		{ "2,934 people", "", "2838" },
		{ "2934条 -5条", "owners", "" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct listing listing;
		assert_int_equal(listing_read(view_of(cases[i].text), &listing, NULL), HUFU_OK);
		assert_int_equal(listing_triage(&listing, snapshots, LEN(snapshots)), HUFU_OK);
		const struct listing_item *item = &listing.items[0];
		const char *fits = item->fit_count ? item->fits[0].dataset : "";
		const char *why = item->impossible ? item->impossible : "";
		if (strcmp(fits, cases[i].fits) != 0 || item->fit_count > 1 || !*why != !cases[i].impossible[0] ||
		        !strstr(why, cases[i].impossible))
			fail_msg("%s: fits %s, %s", cases[i].text, fits, why);
		listing_done(&listing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_listing__shapes),
		cmocka_unit_test(test_case_listing__sums_and_the_price_of_one),
		cmocka_unit_test(test_case_listing__without_numbers),
		cmocka_unit_test(test_case_listing__typed),
		cmocka_unit_test(test_case_listing__triage),
		cmocka_unit_test(test_case_listing__triage_by_kind_and_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
