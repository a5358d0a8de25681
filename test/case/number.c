/* Numbers and sums: every form that people write, and any number written in any of them is read back. */
#include "case/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static double read_whole(const char *text, double *step)
{
	struct bytes folded = { 0 };
	struct number number = { 0 };
	number_fold(view_of(text), &folded);
	size_t len = number_read(bytes_view(&folded), &number);
	bool whole = len == folded.len && len > 0;
	bytes_done(&folded);
	*step = number.step;
	return whole ? number.value : -1;
}

static void test_case_number__forms(void **state)
{
	static const struct {
		const char *text;
		double value, step;
	} rows[] = {
		{ "22,800", 22800, 100 },
		{ "22813", 22813, 1 },
		{ "2.28万", 22800, 100 },
		{ "3.99 万", 39900, 100 },
		{ "４８５万", 4850000, 10000 },
		{ "３．９９万", 39900, 100 },
		{ "1.2亿", 1.2e8, 1e7 },
		{ "4.85 million", 4850000, 10000 },
		{ "485k", 485000, 1000 },
		{ "2.25M", 2250000, 10000 },
		{ "1.5bn", 1.5e9, 1e8 },
		{ "三百九十九万", 3990000, 10000 },
		{ "十万", 100000, 10000 * 10 },
		{ "两亿三千万", 230000000, 1e7 },
		{ "一千零五", 1005, 1 },
		{ "三百五", 350, 10 },
		{ "二〇二二", 2022, 1 },
		{ "12万5千", 125000, 1000 },
		{ "1亿2000万", 1.2e8, 10000 },
		{ "三点九九万", 39900, 100 },
		{ "1.234.567", 1234567, 1 },
		{ "1'234'567", 1234567, 1 },
		{ "0.15", 0.15, 0.01 },
		{ "五十万", 500000, 10000 * 10 },
		{ "壹佰贰拾叁万", 1230000, 10000 },
		{ "7千", 7000, 1000 },
		{ "5w", 50000, 10000 },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		double step, value = read_whole(rows[i].text, &step);
		if (value < rows[i].value * 0.999999999 || value > rows[i].value * 1.000000001)
			fail_msg("%s: %.15g", rows[i].text, value);
		if (rows[i].step < 100000 && (step < rows[i].step * 0.999 || step > rows[i].step * 1.001))
			fail_msg("%s: step %.15g", rows[i].text, step);
	}
}

/* Written by rules of our own, apart from those that read. */
static void chinese(uint64_t value, struct bytes *out)
{
	static const char *const digits[] = { "零", "一", "二", "三", "四", "五", "六", "七", "八", "九" };
	static const char *const places[] = { "千", "百", "十", "" };
	static const char *const groups[] = { "亿", "万", "" };
	bool any = false, zero = false;
	for (unsigned g = 0; g < 3; g++) {
		uint64_t scale = g == 0 ? 100000000 : g == 1 ? 10000 : 1;
		unsigned group = (unsigned)(value / scale % 10000), place = 1000;
		bool in_group = false;
		for (unsigned p = 0; p < 4; p++, place /= 10) {
			unsigned digit = group / place % 10;
			if (digit == 0) {
				zero = any;
				continue;
			}
			if (zero)
				bytes_text(out, "零");
			zero = false;
			bytes_text(out, digits[digit]);
			bytes_text(out, places[p]);
			any = in_group = true;
		}
		if (in_group)
			bytes_text(out, groups[g]);
	}
}

static void write_form(uint64_t value, unsigned form, struct bytes *out)
{
	char digits[32];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
	switch (form) {
	case 0:
		bytes_text(out, digits);
		break;
	case 1:
		for (int i = 0; i < len; i++) {
			if (i && (len - i) % 3 == 0)
				bytes_byte(out, ',');
			bytes_byte(out, digits[i]);
		}
		break;
	case 2:
		for (int i = 0; i < len; i++) {
			const char wide[] = { (char)0xef, (char)0xbc, (char)(0x90 + digits[i] - '0') };
			bytes_add(out, view_make(wide, 3));
		}
		break;
	case 3:
		bytes_print(
		        out, "%llu.%04llu万", (unsigned long long)(value / 10000), (unsigned long long)(value % 10000));
		break;
	case 4:
		bytes_print(out, "%llu.%06llu million", (unsigned long long)(value / 1000000),
		        (unsigned long long)(value % 1000000));
		break;
	case 5:
		bytes_print(
		        out, "%llu.%03lluk", (unsigned long long)(value / 1000), (unsigned long long)(value % 1000));
		break;
	case 6:
		bytes_print(out, "%llu.%08llu亿", (unsigned long long)(value / 100000000),
		        (unsigned long long)(value % 100000000));
		break;
	default:
		chinese(value, out);
	}
	bytes_byte(out, '\0');
}

static void test_case_number__any_number_in_any_form(void **state)
{
	uint64_t seed = 88172645463325252u;
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		static const uint64_t sizes[] = { 1000, 100000, 10000000, 1000000000, 900000000000 };
		uint64_t value = seed % sizes[i % LEN(sizes)] + 1;
		struct bytes text = { 0 };
		double step;
		write_form(value, i / 5 % 8, &text);
		double back = read_whole(text.ptr, &step);
		if (back != (double)value)
			fail_msg("%llu as %s: %.15g", (unsigned long long)value, text.ptr, back);
		bytes_done(&text);
	}
}

static void test_case_number__money(void **state)
{
	static const struct {
		const char *text;
		double amount;
		const char *currency, *payable;
	} rows[] = {
		{ "2.25 million US dollars in bitcoin", 2250000, "USD", "BTC" },
		{ "225万美元", 2250000, "USD", "" },
		{ "$2.25M", 2250000, "USD", "" },
		{ "1,000,000 USDT", 1000000, "USDT", "" },
		{ "US$5m", 5000000, "USD", "" },
		{ "0.15 BTC", 0.15, "BTC", "" },
		{ "30个比特币", 30, "BTC", "" },
		{ "五百万元人民币", 5000000, "CNY", "" },
		{ "¥300万", 3000000, "CNY", "" },
		{ "€500k", 500000, "EUR", "" },
		{ "200 XMR", 200, "XMR", "" },
		{ "225万美元等值的比特币", 2250000, "USD", "BTC" },
		{ "USD2.25M", 2250000, "USD", "" },
		{ "12 ETH", 12, "ETH", "" },
		{ "RMB 1,200", 1200, "CNY", "" },
		{ "300.000 EUR", 300000, "EUR", "" },
		{ "$1.500", 1500, "USD", "" },
		{ "2.250,50 EUR", 2250.5, "EUR", "" },
		{ "€ 1.234.567,8", 1234567.8, "EUR", "" },
		{ "0,25 BTC", 0.25, "BTC", "" },
		{ "0.150 BTC", 0.15, "BTC", "" },
		{ "1.250 XMR", 1.25, "XMR", "" },
		{ "50.000 USDT", 50000, "USDT", "" },
		{ "1.000.000 dollars", 1000000, "USD", "" },
		{ "2,250,000.50 USD", 2250000.5, "USD", "" },
		{ "NT$ 3000万", 30000000, "TWD", "" },
		{ "NT$500,000", 500000, "TWD", "" },
		{ "S$300,000", 300000, "SGD", "" },
		{ "HK$ 2m", 2000000, "HKD", "" },
		{ "A$50", 50, "AUD", "" },
		{ "C$50", 50, "CAD", "" },
		{ "$500 AUD", 500, "AUD", "" },
		{ "¥300 JPY", 300, "JPY", "" },
		{ "$300 BTC", 300, "USD", "" },
		{ "25 bitcoin cash", 25, "BCH", "" },
		{ "two million dollars", 2000000, "USD", "" },
		{ "one and a half million euros", 1500000, "EUR", "" },
		{ "a quarter million USD", 250000, "USD", "" },
		{ "half a million dollars", 500000, "USD", "" },
		{ "one hundred and fifty thousand dollars", 150000, "USD", "" },
		{ "twenty-five bitcoins", 25, "BTC", "" },
		{ "a dollar", 0, "", "" },
		{ "millions of dollars", 0, "", "" },
		{ "2.25 m USD", 2250000, "USD", "" },
		{ "$ 2.25 m", 2250000, "USD", "" },
		{ "2.25 Mio. USD", 2250000, "USD", "" },
		{ "2,25 Mio. EUR", 2250000, "EUR", "" },
		{ "300 000 euros", 300000, "EUR", "" },
		{ "1 500 000 $", 1500000, "USD", "" },
		{ "JPY 10億", 1e9, "JPY", "" },
		{ "CHF 100,000", 100000, "CHF", "" },
		{ "AUD 50k", 50000, "AUD", "" },
		{ "₩5억", 5e8, "KRW", "" },
		{ "5 million rubles", 5000000, "RUB", "" },
		{ "500万日元", 5000000, "JPY", "" },
		{ "50,000 DOGE", 50000, "DOGE", "" },
		{ "1,000 BNB", 1000, "BNB", "" },
		{ "1,50,3 EUR", 0, "", "" },
		{ "50\nBTC", 0, "", "" },
		{ "485 users", 0, "", "" },
		{ "$", 0, "", "" },
		{ "BTC", 0, "", "" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes folded = { 0 };
		struct money money = { 0 };
		number_fold(view_of(rows[i].text), &folded);
		size_t len = money_read(bytes_view(&folded), &money);
		if ((len > 0) != (rows[i].currency[0] != '\0') || money.amount != rows[i].amount ||
		        strcmp(money.currency, rows[i].currency) != 0 || strcmp(money.payable, rows[i].payable) != 0)
			fail_msg("%s: %.15g %s %s", rows[i].text, money.amount, money.currency, money.payable);
		bytes_done(&folded);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_number__forms),
		cmocka_unit_test(test_case_number__any_number_in_any_form),
		cmocka_unit_test(test_case_number__money),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
