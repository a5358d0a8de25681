/* What is found in a line: which kind, in which order, whether announced. All people are invented. */
#include "scan/scan.h"
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* "kind=value", "?" before what nothing announces. */
static void render(hufu_view text, struct bytes *out)
{
	static struct scan_hit hits[SCAN_HITS_MAX];
	size_t count = scan_text(text, hits, SCAN_HITS_MAX), end = 0;
	for (size_t i = 0; i < count; i++) {
		assert_true(hits[i].at >= end && hits[i].len > 0 && hits[i].at + hits[i].len <= text.len);
		end = hits[i].at + hits[i].len;
		bytes_print(out, "%s%s%s=", i ? " " : "", hits[i].sure ? "" : "?", hits[i].kind->name);
		bytes_add(out, view_make(text.ptr + hits[i].at, hits[i].len));
	}
	bytes_byte(out, '\0');
	assert_false(out->failed);
}

static const struct {
	const char *text, *want;
} lines[] = {
	{ "", "" },
	{ "没有任何人的一句话。", "" },
	{ "车主谭建杰,电话 177-0000-4140", "name=谭建杰 mobile=177-0000-4140" },
	{ "请联系李雷, 手机号 13900005678", "name=李雷 mobile=13900005678" },
	{ "联系人是王芳芳，住上海市浦东新区张杨路500号12室，电话13600005678",
	        "name=王芳芳 address=上海市浦东新区张杨路500号12室 mobile=13600005678" },
	{ "张三的手机是13500001111", "name=张三 mobile=13500001111" },
	{ "地址:上海市静安区南京西路99号电话13600005678", "address=上海市静安区南京西路99号 mobile=13600005678" },
	{ "李四住广东省 深圳市 南山区科技路1号 收", "name=李四 address=广东省 深圳市 南山区科技路1号" },
	{ "王建国先生 沪A12345", "name=王建国 plate=沪A12345" },
	{ "发件人: 赵敏 <zhao.min@qq.com>", "name=赵敏 email=zhao.min@qq.com" },
	{ "name: 韩梅梅, mail a@example.cn", "name=韩梅梅 email=a@example.cn" },
	{ "Mail john@example.com or +86 13812345678.", "email=john@example.com mobile=+86 13812345678" },
	{ "电话１３８１２３４５６７８", "mobile=１３８１２３４５６７８" },
	{ "谭建杰 13812345678", "?name=谭建杰 mobile=13812345678" },
	/* A number inside an ID is the ID's. */
	{ "身份证11010519491231002X", "resident_id=11010519491231002X" },
	{ "ID 110105-19491231-002X 2021-08-03", "resident_id=110105-19491231-002X date=2021-08-03" },
	/* Words that look like names. */
	{ "联系方式 用户名 客户经理", "" },
	{ "我是车主，车牌京A·88888", "plate=京A·88888" },
};

static void test_scan_scan__finds_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(lines); i++) {
		struct bytes got = { 0 };
		render(view_of(lines[i].text), &got);
		if (strcmp(got.ptr, lines[i].want) != 0)
			fail_msg("'%s': '%s', not '%s'", lines[i].text, got.ptr, lines[i].want);
		bytes_done(&got);
	}
}

/* What the quick look lets through must be all that holds a code. */
static void test_scan_scan__quick_look_misses_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(lines); i++) {
		struct scan_hit hits[16];
		size_t count = scan_text(view_of(lines[i].text), hits, 16);
		bool code = false;
		for (size_t k = 0; k < count; k++)
			code = code || hits[k].kind->strong;
		assert_true(!code || scan_may_hold(view_of(lines[i].text)));
	}
}

/* Cut anywhere, also inside characters, in memory of its own: nothing is read behind it, hits stay within. */
static void test_scan_scan__any_prefix_is_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(lines); i++)
		for (size_t len = 0; len <= strlen(lines[i].text); len++) {
			char *copy = malloc(len + 1);
			struct bytes got = { 0 };
			assert_non_null(copy);
			memcpy(copy, lines[i].text, len);
			render(view_make(copy, len), &got);
			bytes_done(&got);
			free(copy);
		}
}

static void test_scan_scan__more_than_fits_is_left(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct scan_hit hits[SCAN_HITS_MAX];
	for (unsigned i = 0; i < 2000; i++)
		bytes_print(&text, "138%08u ", i);
	assert_int_equal(scan_text(bytes_view(&text), hits, 3), 3);
	assert_int_equal(scan_text(bytes_view(&text), hits, SCAN_HITS_MAX), SCAN_HITS_MAX);
	bytes_done(&text);
}

static void test_scan_scan__labels(void **state)
{
	(void)state;
	static const char *const yes[] = { "姓名", " 手机号码 ", "Phone", "customer name", "身份证号", "E-Mail" };
	static const char *const no[] = { "", "小王", "2021-08-01 10:00:00", "http",
		"昨天下午公司在上海召开发布会有人打电话问" };
	for (size_t i = 0; i < LEN(yes); i++)
		assert_true(scan_is_label(view_of(yes[i])));
	for (size_t i = 0; i < LEN(no); i++)
		assert_false(scan_is_label(view_of(no[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan_scan__finds_in_order),
		cmocka_unit_test(test_scan_scan__quick_look_misses_nothing),
		cmocka_unit_test(test_scan_scan__any_prefix_is_survived),
		cmocka_unit_test(test_scan_scan__more_than_fits_is_left),
		cmocka_unit_test(test_scan_scan__labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
