/* Demands of many shapes, and when we learned of them. All mails are invented. */
#include "case/demand.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define GOOD "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
#define BAD "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"

/* Mails of 2022-12-11T14:15:00+08:00. "" is null. */
static const struct {
	const char *subject, *text;
	double amount;
	const char *currency, *payable, *deadline;
	int wallet; /* 0: none, 1: valid, -1: wrong */
} rows[] = {
	{ "", "You must pay 2.25 million US dollars in bitcoin within 72 hours to " GOOD ".", 2250000, "USD", "BTC",
	        "2022-12-14T14:15:00+08:00", 1 },
	{ "", "支付225万美元等值比特币，三天内打到 " BAD, 2250000, "USD", "BTC", "2022-12-14T14:15:00+08:00", -1 },
	{ "", "We want $2.25M worth of BTC before Dec 13 2022 18:00 UTC+8", 2250000, "USD", "BTC",
	        "2022-12-13T18:00:00+08:00", 0 },
	{ "", "Send 1,000,000 USDT by 2022-12-13", 1000000, "USDT", "", "2022-12-13T23:59:59+08:00", 0 },
	{ "", "请在2022年12月13日下午6点前转账500万元人民币", 5000000, "CNY", "", "2022-12-13T18:00:00+08:00", 0 },
	{ "", "by 18:00 UTC on Dec 13, 2022 you pay €500k", 500000, "EUR", "", "2022-12-13T18:00:00Z", 0 },
	{ "", "最后期限：12月20日24时。赎金30个比特币", 30, "BTC", "", "2022-12-21T00:00:00+08:00", 0 },
	{ "", "Deadline: January 3, 10:30 GMT. Transfer 200 XMR.", 200, "XMR", "", "2023-01-03T10:30:00Z", 0 },
	{ "Pay 5 BTC", "You have one week.", 5, "BTC", "", "2022-12-18T14:15:00+08:00", 0 },
	{ "", "You have one week to pay.", 0, "", "", "2022-12-18T14:15:00+08:00", 0 },
	{ "", "Your revenue is $7 billion.\nPay 5 BTC.", 5, "BTC", "", "", 0 },
	{ "", "We have all of your data and it is now up to you whether you pay 5\nBTC within\n48 hours.", 5, "BTC", "",
	        "2022-12-13T14:15:00+08:00", 0 },
	/* A unit on the next line is not this number's. */
	{ "", "Amount: $2,250,000\nBTC address: " GOOD, 2250000, "USD", "", "", 1 },
	{ "", "Amount: 2,250,000\nBTC address: " GOOD, 0, "", "", "", 1 },
	{ "", "金额：￥300万\n比特币地址：" GOOD, 3000000, "CNY", "", "", 1 },
	{ "", "金额：500万\n比特币地址：" GOOD, 0, "", "", "", 1 },
	{ "", "Ransom €90,000 ETH wallet follows", 90000, "EUR", "", "", 0 },
	{ "", "Price for silence about all of this and what else we hold is 70000\nUSDT wallet: see below", 0, "", "",
	        "", 0 },
	{ "", "We sold 5 BTC worth of other data. Your price: 7 BTC", 7, "BTC", "", "", 0 },
	{ "", "Another company paid us 10 BTC. You pay 3 ETH.", 3, "ETH", "", "", 0 },
	{ "", "Pay 2.25 Mio. USD. Now.", 2250000, "USD", "", "", 0 },
	{ "", "Pay Z$500,000 now", 0, "", "", "", 0 },
	{ "", "Pay 2.250,50 EUR", 2250.5, "EUR", "", "", 0 },
	{ "", "Pay 2 BTC to\n1A1zP1eP5QGefi2DM\nPTfTL5SLmv7DivfNa", 2, "BTC", "", "", 1 },
	/* Deadlines */
	{ "", "Deadline: 72 hours", 0, "", "", "2022-12-14T14:15:00+08:00", 0 },
	{ "", "48小時內", 0, "", "", "2022-12-13T14:15:00+08:00", 0 },
	{ "", "請在48小時內付款 5 BTC", 5, "BTC", "", "2022-12-13T14:15:00+08:00", 0 },
	{ "", "半个月内付 5 BTC", 5, "BTC", "", "2022-12-26T14:15:00+08:00", 0 },
	{ "", "一个月内", 0, "", "", "2023-01-11T14:15:00+08:00", 0 },
	{ "", "until 20.12.2022", 0, "", "", "2022-12-20T23:59:59+08:00", 0 },
	{ "", "by 12/20/2022", 0, "", "", "2022-12-20T23:59:59+08:00", 0 },
	{ "", "by 20/12/2022", 0, "", "", "2022-12-20T23:59:59+08:00", 0 },
	{ "", "by 01/02/2023", 0, "", "", "", 0 },
	{ "", "within 10 business days", 0, "", "", "2022-12-23T14:15:00+08:00", 0 },
	{ "", "5个工作日内", 0, "", "", "2022-12-16T14:15:00+08:00", 0 },
	{ "", "Pay 5 BTC, 24h", 5, "BTC", "", "2022-12-12T14:15:00+08:00", 0 },
	{ "", "24h or we publish", 0, "", "", "2022-12-12T14:15:00+08:00", 0 },
	{ "", "one week", 0, "", "", "2022-12-18T14:15:00+08:00", 0 },
	{ "", "twenty-four hours left", 0, "", "", "2022-12-12T14:15:00+08:00", 0 },
	{ "", "Pay by Friday", 0, "", "", "2022-12-16T23:59:59+08:00", 0 },
	{ "", "before Friday 18:00 UTC", 0, "", "", "2022-12-16T18:00:00Z", 0 },
	{ "", "Pay by next Friday", 0, "", "", "", 0 },
	{ "", "上周五之前的数据", 0, "", "", "", 0 },
	{ "", "by Sunday", 0, "", "", "", 0 },
	{ "", "本周五之前", 0, "", "", "", 0 },
	{ "", "下周五之前", 0, "", "", "2022-12-16T23:59:59+08:00", 0 },
	{ "", "星期五前", 0, "", "", "2022-12-16T23:59:59+08:00", 0 },
	{ "", "Pay 5 BTC tomorrow", 5, "BTC", "", "2022-12-12T23:59:59+08:00", 0 },
	{ "", "by tomorrow", 0, "", "", "2022-12-12T23:59:59+08:00", 0 },
	{ "", "by 18:00 tomorrow", 0, "", "", "2022-12-12T18:00:00+08:00", 0 },
	{ "", "明天中午之前", 0, "", "", "2022-12-12T12:00:00+08:00", 0 },
	{ "", "明天下午3點前", 0, "", "", "2022-12-12T15:00:00+08:00", 0 },
	{ "", "今晚12点前", 0, "", "", "", 0 },
	{ "", "We publish tomorrow.", 0, "", "", "", 0 },
	{ "", "Your downtime: 3 days. We have watched you for 3 weeks", 0, "", "", "", 0 },
	{ "", "before 15 December 2022", 0, "", "", "2022-12-15T23:59:59+08:00", 0 },
	{ "", "12月20日前", 0, "", "", "2022-12-20T23:59:59+08:00", 0 },
	{ "", "We hold data from before August 2021. Write to us.", 0, "", "", "", 0 },
	{ "", "We hold records of customers as of 2021-08-31. Answer before 2022-12-01.", 0, "", "", "", 0 },
	{ "", "员工数据 2.28万条 0.15 BTC；车主身份证 3.99万条 0.25 BTC；全部打包 1 BTC", 0, "", "", "", 0 },
	{ "", "We stole your data 72 hours ago. 3 days old.", 0, "", "", "", 0 },
	{ "", "hello", 0, "", "", "", 0 },
	{ "", "", 0, "", "", "", 0 },
};

static void test_case_demand__shapes(void **state)
{
	const struct demand_options options = { .zone = "Asia/Shanghai", .has_time = true, .time = 1670739300 };
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct demand demand;
		char deadline[CLOCK_TEXT_MAX] = "";
		assert_int_equal(
		        demand_read(view_of(rows[i].subject), view_of(rows[i].text), &options, &demand), HUFU_OK);
		if (demand.has_deadline)
			clock_print_at(demand.deadline, demand.deadline_offset, deadline);
		int wallet = demand.wallet[0] ? (demand.wallet_valid ? 1 : -1) : 0;
		if (demand.amount != rows[i].amount || strcmp(demand.currency, rows[i].currency) != 0 ||
		        strcmp(demand.payable, rows[i].payable) != 0 || wallet != rows[i].wallet ||
		        strcmp(deadline, rows[i].deadline) != 0)
			fail_msg("%s: %.15g %s/%s %s wallet %d", rows[i].text, demand.amount, demand.currency,
			        demand.payable, deadline, wallet);
	}
}

static void test_case_demand__relative_needs_the_mail_s_time(void **state)
{
	const struct demand_options options = { .zone = "Asia/Shanghai" };
	struct demand demand;
	(void)state;
	assert_int_equal(demand_read(view_of(""), view_of("Pay 5 BTC within 72 hours."), &options, &demand), HUFU_OK);
	assert_false(demand.has_deadline);
	assert_true(demand.has_amount);
}

static void test_case_demand__learned(void **state)
{
	const hufu_view received[] = {
		view_of("from mx.example.com by inbox.other.example with LMTP; Mon, 12 Dec 2022 08:20:00 +0800"),
		view_of("from evil by mx.example.com (Postfix) with ESMTP id 1; Mon, 12 Dec 2022 00:15:00 +0000 (UTC)"),
		view_of("from x by mx.example.com.evil.example; Sun, 11 Dec 2022 00:00:00 +0000"),
	};
	const hufu_view date = view_of("Sat, 10 Dec 2022 10:00:00 -0500");
	enum { NOW = 1671000000 };
	(void)state;
	struct demand_learned got = demand_learned(received, LEN(received), date, view_of("example.com"), NOW);
	assert_true(got.known && got.sure);
	assert_int_equal(got.at, 1670804100);
	assert_int_equal(got.offset, 0);
	got = demand_learned(received, LEN(received), date, view_of(""), NOW);
	assert_true(got.sure);
	assert_int_equal(got.at, 1670804400);
	assert_int_equal(got.offset, 8 * 3600);
	got = demand_learned(received, LEN(received), date, view_of("nobody.example"), NOW);
	assert_true(got.known && !got.sure && got.foreign);
	assert_string_equal(got.from, "foreign");
	/* A clock that runs ahead, or was never set: what stands below it is not ours. */
	const hufu_view ahead[] = { view_of("from a by mx.example.com; Mon, 12 Dec 2033 08:20:00 +0800"), received[1] };
	const hufu_view unset[] = { view_of("from a by mx.example.com; Thu, 1 Jan 1970 00:00:00 +0000") };
	got = demand_learned(ahead, LEN(ahead), date, view_of(""), NOW);
	assert_true(got.known && !got.sure && got.at == 1670804100);
	assert_string_equal(got.from, "lower");
	got = demand_learned(ahead, LEN(ahead), date, view_of("example.com"), NOW);
	assert_true(got.sure && got.at == 1670804100);
	got = demand_learned(unset, LEN(unset), date, view_of(""), NOW);
	assert_true(!got.sure && got.at == 1670684400);
	assert_string_equal(got.from, "date");
	got = demand_learned(NULL, 0, date, view_of("example.com"), NOW);
	assert_true(got.known && !got.sure);
	assert_string_equal(got.from, "date");
	assert_int_equal(got.at, 1670684400);
	assert_false(demand_learned(NULL, 0, view_of("<<HR>>"), view_of(""), NOW).known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_demand__shapes),
		cmocka_unit_test(test_case_demand__relative_needs_the_mail_s_time),
		cmocka_unit_test(test_case_demand__learned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
