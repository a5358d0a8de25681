/* The kinds that are words: e-mail, names, addresses, dates; and cells of no kind. Every person and place in
 * here is invented. */
#include "kinds.h"

static void test_ident_texts__email_folds_and_refuses(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "Zhang.San@QQ.com", "zhang.san@qq.com" }, { " a@b.cn ", "a@b.cn" }, { "mailto:A@b.cn", "a@b.cn" },
		{ "zhang＠qq．com", "zhang@qq.com" }, { "ｚｈａｎｇ＠ｑｑ．ｃｏｍ", "zhang@qq.com" },
		{ "zhang@ｑｑ.com", NULL }, { "a+b_c%d@x-y.co.uk", "a+b_c%d@x-y.co.uk" },
		{ "邮件@例子.中国", "邮件@例子.中国" }, { "mailto:mailto:a@b.cn", NULL }, { "a@@b.cn", NULL },
		{ "a@b", NULL }, { "a@b.c", NULL }, { "a@-b.cn", NULL }, { "a@b-.cn", NULL }, { "a@b..cn", NULL },
		{ "a@10.0.0.1", NULL }, { ".a@b.cn", NULL }, { "a b@c.cn", NULL }, { "a@b.cn\xFF", NULL },
		{ "a@b.cn;c@d.cn", NULL }, { "a***@qq.com", NULL }, /* masked already */
	};
	CHECK_ROWS(kind_named("email"), rows);
	check_mask(kind_named("email"), "zhangsan@qq.com", "z***@qq.com");
	check_mask(kind_named("email"), "a@qq.com", "a***@qq.com");
	check_mask(kind_named("email"), "邮件@例子.中国", "邮***@例子.中国");
	check_mask(kind_named("email"), "broken", "******");
}

static void test_ident_texts__email_in_text(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "邮箱zhang.san@qq.com联系", "zhang.san@qq.com" },
		{ "key=a@b.cn, <c@d.com>.", "a@b.cn|c@d.com" },
		{ "Write to x@y.org.", "x@y.org" },
		{ "@nobody a@b @c.cn x@.cn", "" },
		{ "...a@b.cn", "a@b.cn" },
		{ "a@b.cn@c.cn", "a@b.cn" },
	};
	for (size_t i = 0; i < LEN(rows); i++)
		check_found(kind_named("email"), rows[i].cell, rows[i].normal);
}

static void test_ident_texts__names_and_what_is_none(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "张三", "张三" },
		{ "张 三", "张三" },
		{ "　张　三　", "张三" },
		{ "诸葛小明", "诸葛小明" },
		{ "欧阳娜", "欧阳娜" },
		{ "王李小花", "王李小花" },
		{ "阿迪力·买买提", "阿迪力·买买提" },
		{ "阿迪力•买买提", "阿迪力·买买提" },
		{ "阿迪力.买买提", "阿迪力·买买提" },
		{ "𠀀𠀀", NULL },
		{ "王𠀀", "王𠀀" },
		{ "·买买提", NULL },
		{ "阿迪力··买买提", NULL },
		{ "张三丰A", NULL },
		{ "张", NULL },
		{ "张三李四王五", NULL },
		{ "Zhang San", NULL },
		{ "张**", NULL },
		{ "", NULL },
	};
	CHECK_ROWS(kind_named("name"), rows);
	/* Whole columns of such words must not pass for names. */
	static const char *const others[] = { "上海市", "北京市", "杭州市", "深圳市", "广州市", "苏州市", "成都市",
		"合肥市", "武汉市", "西安市", "武汉", "成都", "江苏", "安徽", "云南", "销售部", "财务部", "研发中心",
		"用户服务", "供应链", "人力资源", "数字技术", "法务合规", "已下单", "生产中", "已交付", "普通", "配偶",
		"父亲", "母亲", "子女", "兄弟姐妹", "同事", "招商银行", "平安银行", "中信银行", "工程师", "高级工程师",
		"经理", "专员", "总监", "成功", "高级", "黄色", "白色", "金卡", "张先生", "王女士", "安全管理",
		"金融中心", "石家庄", "浦东新区", "上海东店", "任务", "查询", "支付宝", "应收款" };
	size_t passed = 0;
	for (size_t i = 0; i < LEN(others); i++) {
		if (is_valid(kind_named("name"), view_of(others[i])))
			print_message("passes for a name: %s\n", others[i]), passed++;
	}
	assert_true(passed * 20 <= LEN(others));
	check_mask(kind_named("name"), "张三", "张*");
	check_mask(kind_named("name"), "王小花", "王**");
	check_mask(kind_named("name"), "诸葛小明", "诸葛**");
	check_mask(kind_named("name"), "阿迪力·买买提", "阿******");
}

static void test_ident_texts__names_in_text(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "车主张小三,电话 138-1234-5678", "张小三" },
		{ "样本如下:\n车主李四电话13812345678", "李四" },
		{ "王小花 13812345678", "王小花" },
		{ "联系人:阿迪力·买买提。", "阿迪力·买买提" },
		{ "续航问题，充电未解决", "" },
		{ "销售部 已下单 上海市", "" },
	};
	for (size_t i = 0; i < LEN(rows); i++)
		check_found(kind_named("name"), rows[i].cell, rows[i].normal);
}

static void test_ident_texts__addresses(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "上海市人民路12号锦绣花园3栋1202室", "上海市人民路12号锦绣花园3栋1202室" },
		{ "上海市 人民路１２号，锦绣花园3栋（1202室）", "上海市人民路12号锦绣花园3栋1202室" },
		{ "广东省深圳市南山区科技路8号B座12-3", "广东省深圳市南山区科技路8号b座12-3" },
		{ "上海市", NULL },
		{ "浦东新区人民路", "浦东新区人民路" },
		{ "人民路", NULL },
		{ "北京市朝阳区某某科技有限公司", NULL },
		{ "续航问题，充电未解决", NULL },
		{ "12 Main Street, Springfield", NULL },
		{ "上海市人民路12号!", NULL },
		{ "上海市人民路\xE4\xB8", NULL },
	};
	CHECK_ROWS(kind_named("address"), rows);
	check_mask(kind_named("address"), "上海市人民路12号3栋1202室", "上海市***");
	check_mask(kind_named("address"), "广东省深圳市南山区科技路8号", "广东省深圳市***");
	check_mask(kind_named("address"), "浦东新区人民路12号", "浦东新区***");
	check_mask(kind_named("address"), "人民路12号花园超市", "***");
	check_mask(kind_named("address"), "xyz", "***");
	check_found(
	        kind_named("address"), "身份证号:1,住 上海市人民路12号3栋1202室。电话", "上海市人民路12号3栋1202室");
	check_found(kind_named("address"), "车主张三家住浙江省杭州市文化路9号,", "浙江省杭州市文化路9号");
	check_found(kind_named("address"), "他住在这个城市的街道上", "");
}

static void test_ident_texts__dates(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "2021-08-31", "20210831" },
		{ "2021/8/1", "20210801" },
		{ "2021.08.31", "20210831" },
		{ "20210831", "20210831" },
		{ "2021年8月31日", "20210831" },
		{ "２０２１年８月３１日", "20210831" },
		{ "2021-08-31 00:00:00", "20210831" },
		{ "2021-08-31 00:00:00.000", "20210831" },
		{ "2021-08-31T00:00:00Z", "20210831" },
		{ "2021/8/31 0:00", "20210831" },
		{ "2021-08-31 10:20:30", "20210831102030" },
		{ "2021-08-31T10:20:30.123+08:00", "20210831102030" },
		{ "2021-08-31T10:20:30Z", "20210831102030" },
		{ "2021-08-31 10:20", "20210831102000" },
		{ "2021年8月31日10:20", "20210831102000" },
		{ "20210831102030", "20210831102030" },
		{ "20210831000000", "20210831" },
		{ "2020-02-29", "20200229" },
		{ "2021-02-29", NULL },
		{ "1900-02-29", NULL },
		{ "2000-02-29", "20000229" },
		{ "2021-13-01", NULL },
		{ "2021-00-01", NULL },
		{ "2021-01-00", NULL },
		{ "2021-04-31", NULL },
		{ "1850-01-01", "18500101" },
		{ "1849-12-31", NULL },
		{ "2100-12-31", "21001231" },
		{ "2101-01-01", NULL },
		{ "2021-08/31", NULL },
		{ "2021-08-31 24:00:00", NULL },
		{ "2021-08-31 10:60", NULL },
		{ "2021-08-31 10:20:30+08:00 x", NULL },
		{ "2021-08-31x", NULL },
		{ "2021-08", NULL },
		{ "202108311020", NULL },
		{ "31.08.2021", NULL },
		{ "20210831103", NULL },
	};
	CHECK_ROWS(kind_named("date"), rows);
	check_mask(kind_named("date"), "20210831", "2021****");
	check_mask(kind_named("date"), "20210831102030", "2021**********");
	check_found(kind_named("date"), "于2021-08-31 10:20:30到2021年9月1日", "2021-08-31 10:20:30|2021年9月1日");
	check_found(kind_named("date"), "2021-08-31 99:99 and 20210901,", "2021-08-31|20210901");
	check_found(kind_named("date"), "10.2021.8.31 2021.8.31.5 2021-08-311 120210831 2021-08-31-7", "");
}

/* Every day of 250 years, counted forward, against the calendar as the C library knows it by leap years. */
static void test_ident_texts__dates_have_365_or_366_days(void **unused)
{
	(void)unused;
	for (int year = 1850; year <= 2100; year++) {
		int days = 0;
		for (int day = 0; day < 13 * 32; day++) {
			int month = day / 32 + 1;
			char text[8] = { (char)('0' + year / 1000), (char)('0' + year / 100 % 10),
				(char)('0' + year / 10 % 10), (char)('0' + year % 10), (char)('0' + month / 10),
				(char)('0' + month % 10), (char)('0' + day % 32 / 10), (char)('0' + day % 32 % 10) };
			days += is_valid(kind_named("date"), (hufu_view){ text, sizeof text });
		}
		assert_int_equal(days, (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 366 : 365);
	}
}

static void test_ident_texts__opaque_cells(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "", "" },
		{ "   　\t", "" },
		{ " U00000001 ", "u00000001" },
		{ "Ｕ００１", "u001" },
		{ "a \t　 b", "a b" },
		{ "上海 店", "上海 店" },
		{ "a\xFF"
		  "B",
		        "a\xFF"
		        "b" },
		{ "A–B·C", "a–b·c" },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		char room[256];
		struct ident_text out = { .ptr = room, .cap = sizeof room };
		ident_opaque(view_of(rows[i].cell), &out);
		if (!view_is((hufu_view){ out.ptr, out.len }, rows[i].normal))
			fail_msg("'%s' became '%.*s'", rows[i].cell, (int)out.len, out.ptr);
	}
	static const char *const empty[] = { "", " ", "　", "NULL", "null", " Null ", "\\N", "\xEF\xBB\xBF", "-", " - ",
		"None" };
	for (size_t i = 0; i < LEN(empty); i++)
		assert_true(ident_is_empty(view_of(empty[i])));
	static const char *const full[] = { "0", "--", "-1", "nul", "nulls", "\\n", "无" };
	for (size_t i = 0; i < LEN(full); i++)
		assert_false(ident_is_empty(view_of(full[i])));
}

static void test_ident_texts__opaque_masks(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = { { "u001", "u***" }, { "u", "*" }, { "", "" }, { "上海店", "上**" },
		{ "\xFF"
		  "ab",
		        "***" } };
	for (size_t i = 0; i < LEN(rows); i++) {
		char room[64];
		struct ident_text out = { .ptr = room, .cap = sizeof room };
		ident_mask_opaque(view_of(rows[i].cell), &out);
		assert_true(view_is((hufu_view){ out.ptr, out.len }, rows[i].normal));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ident_texts__email_folds_and_refuses),
		cmocka_unit_test(test_ident_texts__email_in_text),
		cmocka_unit_test(test_ident_texts__names_and_what_is_none),
		cmocka_unit_test(test_ident_texts__names_in_text),
		cmocka_unit_test(test_ident_texts__addresses),
		cmocka_unit_test(test_ident_texts__dates),
		cmocka_unit_test(test_ident_texts__dates_have_365_or_366_days),
		cmocka_unit_test(test_ident_texts__opaque_cells),
		cmocka_unit_test(test_ident_texts__opaque_masks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
