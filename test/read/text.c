/* Running text: what is one, whose identifiers are whose, and what stays a table. All people are invented. */
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	const char *name, *text, *want;
} rows[] = {
	{ "blocks of labels",
	        "姓名：周明轩\n"
	        "手机：13800138001\n"
	        "身份证：11010519491231002X\n"
	        "地址：北京市朝阳区建国路88号3栋1201室\n"
	        "\n"
	        "姓名：林晓\n"
	        "手机：139 0013 9002\n"
	        "备用手机：13700137003\n"
	        "邮箱：linxiao@example.cn\n"
	        "\n"
	        "姓名:何静\n"
	        "电话:13600136004\n",
	        "[ text utf-8 6]\n"
	        "<name><resident_id><mobile><mobile 2><email><address>\n"
	        "<周明轩><11010519491231002X><13800138001><><><北京市朝阳区建国路88号3栋1201室>\n"
	        "<林晓><><139 0013 9002><13700137003><linxiao@example.cn><>\n"
	        "<何静><><13600136004><><><>\n"
	        "end 0\n" },
	{ "blocks of labels, two on a line",
	        "姓名:周明轩 手机:13800138001\n"
	        "住址:上海市徐汇区漕溪北路12号\n"
	        "姓名:林晓 手机:13900139002\n"
	        "住址:上海市静安区南京西路99号\n",
	        "[ text utf-8 3]\n"
	        "<name><mobile><address>\n"
	        "<周明轩><13800138001><上海市徐汇区漕溪北路12号>\n"
	        "<林晓><13900139002><上海市静安区南京西路99号>\n"
	        "end 0\n" },
	{ "English",
	        "Hello all,\n"
	        "\n"
	        "I am selling a fresh database. For samples see below.\n"
	        "Contact John Smith at john.smith@example.com or call +86 138 1234 5678 before noon.\n"
	        "Mary can be reached under mary_k@example.org; her number is 13912345679.\n"
	        "\n"
	        "Nothing to see in this line, just words and more words.\n"
	        "Regards\n",
	        "[ text utf-8 2]\n"
	        "<mobile><email>\n"
	        "<+86 138 1234 5678><john.smith@example.com>\n"
	        "<13912345679><mary_k@example.org>\n"
	        "end 0\n" },
	{ "a chat",
	        "2021-08-01 10:02:11 张小雨: 我的电话 13500135005，有事打我\n"
	        "2021-08-01 10:03:40 李响: 好的，我的是13600136006\n"
	        "2021-08-01 10:05:02 王老五: 收到\n"
	        "2021-08-01 10:07:33 赵敏: 邮箱 zhaomin@example.com 手机 13700137007\n",
	        "[ text utf-8 4]\n"
	        "<name><mobile><email><date>\n"
	        "<张小雨><13500135005><><2021-08-01 10:02:11>\n"
	        "<李响><13600136006><><2021-08-01 10:03:40>\n"
	        "<赵敏><13700137007><zhaomin@example.com><2021-08-01 10:07:33>\n"
	        "end 0\n" },
	{ "two persons in a line",
	        "张三的手机是13500001111，李四的手机是13600002222。\n"
	        "车主王五，身份证11010519491231002X，配偶赵六，手机13700003333。\n"
	        "13800001111 陈七，13900002222 刘八\n",
	        "[ text utf-8 3]\n"
	        "<name><resident_id><mobile>\n"
	        "<张三><><13500001111>\n"
	        "<李四><><13600002222>\n"
	        "<王五><11010519491231002X><>\n"
	        "<赵六><><13700003333>\n"
	        "<陈七><><13800001111>\n"
	        "<刘八><><13900002222>\n"
	        "end 0\n" },
	{ "a mail",
	        "From: 张伟 <zhangwei@example.com>\n"
	        "To: Liu Yang <liuyang@example.com>\n"
	        "Subject: 车辆交付\n"
	        "Date: Mon, 2 Aug 2021 10:00:00 +0800\n"
	        "\n"
	        "刘先生您好，\n"
	        "\n"
	        "您的车 LSVAA4182E2184847 已到店，请于2021年8月5日前来提车。\n"
	        "如有问题请致电 13812340000。\n"
	        "\n"
	        "张伟\n"
	        "销售顾问\n"
	        "手机：13812340000\n",
	        "[ text utf-8 5]\n"
	        "<name><mobile><email><vin><date>\n"
	        "<张伟><><zhangwei@example.com><><>\n"
	        "<><><liuyang@example.com><><>\n"
	        "<><><><LSVAA4182E2184847><2021年8月5日>\n"
	        "<><13812340000><><><>\n"
	        "<张伟><13812340000><><><>\n"
	        "end 0\n" },
	{ "the seller's own address is nobody else's",
	        "卖家联系 seller@example.net，价格 1 BTC\n"
	        "样本：王芳 13800138001 110105194912310 02X 上海\n",
	        "[ text utf-8 4]\n"
	        "<name><resident_id><mobile><email>\n"
	        "<><><><seller@example.net>\n"
	        "<王芳><110105194912310 02X><13800138001><>\n"
	        "end 0\n" },
	{ "a log that shows people",
	        "2021-08-01 12:00:07.000 INFO POST /api/v1/user mobile=13800138001 name=王芳 took=12ms\n"
	        "2021-08-01 12:00:08.000 INFO POST /api/v1/user mobile=13800138002 name=李雷 took=13ms\n"
	        "2021-08-01 12:00:09.000 INFO GET /api/v1/ping took=1ms\n",
	        "[ text utf-8 3]\n"
	        "<name><mobile><date>\n"
	        "<王芳><13800138001><2021-08-01 12:00:07.000>\n"
	        "<李雷><13800138002><2021-08-01 12:00:08.000>\n"
	        "end 0\n" },
	{ "a list",
	        "13800138000\n"
	        "13800138001\n"
	        "13900138002\n",
	        "[ list utf-8 1]\n"
	        "<13800138000>\n"
	        "<13800138001>\n"
	        "<13900138002>\n"
	        "end 0\n" },
	{ "a ragged table",
	        "name,mobile,address,city\n"
	        "王芳,13800138001,上海市,浦东新区,张杨路1号,上海\n"
	        "李雷,13800138002,北京市朝阳区建国路1号,北京\n"
	        "韩梅,13800138003,广州市,天河路9号,广州\n"
	        "赵云,13800138004,成都市武侯祠大街1号,成都\n",
	        "[ csv utf-8 4]\n"
	        "<name><mobile><address><city>\n"
	        "<王芳><13800138001><上海市><浦东新区>\n"
	        "<李雷><13800138002><北京市朝阳区建国路1号><北京>\n"
	        "<韩梅><13800138003><广州市><天河路9号>\n"
	        "<赵云><13800138004><成都市武侯祠大街1号><成都>\n"
	        "end 2\n" },
	{ "remarks in a table",
	        "id,opened,remark\n"
	        "10001,2021-08-01,客户王芳来电13800138001要求退款\n"
	        "10002,2021-08-02,无\n"
	        "10003,2021-08-03,李雷先生电话13800138002投诉\n",
	        "[ csv utf-8 3]\n"
	        "<id><opened><remark>\n"
	        "<10001><2021-08-01><客户王芳来电13800138001要求退款>\n"
	        "<10002><2021-08-02><无>\n"
	        "<10003><2021-08-03><李雷先生电话13800138002投诉>\n"
	        "end 0\n" },
	{ "a table all of whose cells are quoted",
	        "no,name,mobile\n\"K1\",\"李静\",\"13834234785\"\n\"K2\",\"王伟\",\"13928179657\"\n"
	        "\"K3\",\"张敏\",\"13812345678\"\n",
	        "[ csv utf-8 3]\n<no><name><mobile>\n<K1><李静><13834234785>\n<K2><王伟><13928179657>\n"
	        "<K3><张敏><13812345678>\nend 0\n" },
	{ "cells with blanks between",
	        "谭建杰 13812345678 上海市浦东新区世纪大道100号\n"
	        "徐娟 13912345678 北京市海淀区中关村大街1号\n",
	        "[ csv utf-8 3]\n"
	        "<谭建杰><13812345678><上海市浦东新区世纪大道100号>\n"
	        "<徐娟><13912345678><北京市海淀区中关村大街1号>\n"
	        "end 0\n" },
	{ "prose without people",
	        "昨天下午，公司在上海召开了发布会，会上公布了新的车型。分析人士认为，这款车价格不高，续航不错。\n"
	        "不过也有人指出，售后服务还需要提升，电话打不通的情况时有发生。总的来说，市场反应积极。\n",
	        "[ list utf-8 1]\n"
	        "<昨天下午，公司在上海召开了发布会，会上公布了新的车型。分析人士认为，这款车价格不高，续航不错。>\n"
	        "<不过也有人指出，售后服务还需要提升，电话打不通的情况时有发生。总的来说，市场反应积极。>\n"
	        "end 0\n" },
	{ "persons by ID where names are missing",
	        "11010519491231002X 13800001111; 440308199901101512 13900001112\n"
	        "身份证 110105194912310 02X 电话 13700001113\n",
	        "[ text utf-8 2]\n"
	        "<resident_id><mobile>\n"
	        "<11010519491231002X><13800001111>\n"
	        "<440308199901101512><13900001112>\n"
	        "<110105194912310 02X><13700001113>\n"
	        "end 0\n" },
	{ "numbers joined are one person's",
	        "王芳 13800001111/13800001112\n"
	        "电话 13800001113 或 13800001114\n",
	        "[ text utf-8 3]\n"
	        "<name><mobile><mobile 2>\n"
	        "<王芳><13800001111><13800001112>\n"
	        "<><13800001113><13800001114>\n"
	        "end 0\n" },
	{ "a third number goes out by itself",
	        "车主李雷 电话 13800001111、13800001112、13800001113\n",
	        "[ text utf-8 3]\n"
	        "<name><mobile><mobile 2>\n"
	        "<><13800001113><>\n"
	        "<李雷><13800001111><13800001112>\n"
	        "end 0\n" },
	{ "order from behind",
	        "13800001111 的 王芳，13800001112 的 李雷\n"
	        "归 13800001113 的 韩梅\n",
	        "[ text utf-8 2]\n"
	        "<name><mobile>\n"
	        "<王芳><13800001111>\n"
	        "<李雷><13800001112>\n"
	        "<韩梅><13800001113>\n"
	        "end 0\n" },
	{ "dates are nobody's",
	        "2021-08-01 start\n"
	        "2021-08-02 stop\n",
	        "[ csv utf-8 2]\n"
	        "<2021-08-01><start>\n"
	        "<2021-08-02><stop>\n"
	        "end 0\n" },
};
/* clang-format on */

static void test_read_text__tells_persons_and_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected got = { 0 };
		collect_memory(view_of(rows[i].text), &got);
		if (strcmp(got.text.ptr, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].name, got.text.ptr);
		collected_done(&got);
	}
}

/* However the bytes come in, the records are the same. */
static void test_read_text__every_size_of_pull(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		for (size_t chunk = 1; chunk < 80; chunk += 1 + chunk / 8) {
			struct read_limits limits = read_limits_usual;
			struct source source;
			struct collected got = { 0 };
			limits.raw = 16 + chunk * 7;
			source_memory(&source, view_of(rows[i].text));
			source.chunk = chunk;
			collect_source(&source, view_of("leak"), &limits, &got);
			if (strcmp(got.text.ptr, rows[i].want) != 0)
				fail_msg("%s, %zu at a time: %s", rows[i].name, chunk, got.text.ptr);
			collected_done(&got);
		}
}

/* Windows smaller than the text: each line that fits is read as it is in a large one. */
static void test_read_text__every_size_of_window(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	for (unsigned i = 0; i < 500; i++)
		bytes_print(&text, "车主王芳芳,电话 138-%04u-1111,邮箱 a%u@example.cn。\n", i, i);
	for (size_t window = 400; window < 60000; window += window / 3) {
		struct read_limits limits = read_limits_usual;
		struct source source;
		struct collected got = { 0 };
		limits.window = window;
		source_memory(&source, bytes_view(&text));
		collect_source(&source, view_of("leak"), &limits, &got);
		assert_non_null(strstr(got.text.ptr, "[ text utf-8 "));
		assert_int_equal(got.records, 501);
		assert_non_null(strstr(got.text.ptr, "<138-0499-1111><a499@example.cn>"));
		collected_done(&got);
	}
	bytes_done(&text);
}

/* A line without an end, and more people on one line than are told apart. */
static void test_read_text__endless_lines(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	for (unsigned i = 0; i < 9000; i++)
		bytes_print(&text, "车主王芳芳,电话 138-%04u-1111;", i);
	struct collected got = { .quiet = true };
	collect_memory(bytes_view(&text), &got);
	/* One is lost at most wherever the line is cut. */
	assert_true(got.records > 8900 && got.records < 9100);
	assert_int_equal(got.unread, 0);
	collected_done(&got);
	bytes_done(&text);
}

/* Numbers of eleven or sixteen digits in a log: one in fourteen passes for a mobile, one in ten for a card. */
static void test_read_text__chance_makes_nobody(void **state)
{
	(void)state;
	static const char *const forms[] = { "2021-08-01 10:00:00 DEBUG seq=%011llu cost=%u\n",
		"order %016llu paid %u, ok\n", "%011llu: step %u done\n" };
	for (size_t i = 0; i < LEN(forms); i++) {
		struct bytes text = { 0 };
		uint64_t seed = 7;
		for (unsigned k = 0; k < 2000; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			unsigned long long number = (seed >> 11) % (i == 1 ? 10000000000000000 : 100000000000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			bytes_print(&text, forms[i], number, k);
#pragma GCC diagnostic pop
		}
		struct collected got = { .quiet = true };
		collect_memory(bytes_view(&text), &got);
		assert_null(strstr(got.text.ptr, " text "));
		assert_int_equal(got.records, 2000);
		collected_done(&got);
		bytes_done(&text);
	}
}

/* So many bytes of lines, with `end` behind them. */
static struct bytes long_text(const char *const *lines, size_t count, size_t least, const char *end)
{
	struct bytes text = { 0 };
	for (size_t i = 0; text.len < least; i++)
		bytes_print(&text, "%s\n", lines[i % count]);
	bytes_text(&text, end);
	return text;
}

static void check_long(const char *const *lines, size_t count, const char *end, const char *want, bool empty)
{
	struct bytes text = long_text(lines, count, 5 << 19, end);
	struct collected got = { .quiet = true };
	uint64_t ends = 0;
	for (size_t i = 0; i < text.len; i++)
		ends += text.ptr[i] == '\n';
	collect_memory(bytes_view(&text), &got);
	if (!strstr(got.text.ptr, want))
		fail_msg("'%s' and so on gives %.80s", lines[0], got.text.ptr);
	/* A list has all its lines for records; a text its people, or else it says how much was looked through. */
	assert_int_equal(got.lines, empty ? ends : 0);
	assert_int_equal(got.records, empty ? 1 : want[2] == 'l' ? ends : 2);
	assert_int_equal(got.unread, 0);
	collected_done(&got);
	bytes_done(&text);
}

/* Far behind the beginning somebody may stand in documentation, source text, a log; a long list stays one. */
static void test_read_text__somebody_late_in_a_long_text(void **state)
{
	static const char *const prose[] = {
		"The reader asks for more when the window has no more whole records in it.",
		"It was measured twice, on 2021-08-31 and again a year later, and both gave the same.",
		"See section 4.2 of the manual, or ask whoever wrote it in the first place.",
		"Nothing of this matters as long as nobody ever opens it again after that day."
	};
	static const char *const paragraphs[] = { "The reader asks for more when the window has no more whole",
		"records in it. It was measured twice, and both gave the same result as they had before.", "" };
	static const char *const log[] = { "2021-08-31 10:20:30.123 INFO [main] reader: took 1234 us for 5678 of 9012",
		"2021-08-31 10:20:31.456 WARN [main] reader: nothing more in 192.168.1.2:8443/queue" };
	static const char *const comments[] = {
		"The customer wants it in the evening and says nobody should ring him up before.",
		"Sent back twice because the paint on the left door did not match the rest of it."
	};
	static const char *const code[] = { "static int take(struct window *window, size_t most)", "{", "",
		"\tif (window->at + most > window->len)", "\t\treturn 0x12345678;", "\treturn 1;", "}" };
	static const char *const chinese[] = { "读取缓冲区之前请先停止服务，默认为三十毫秒。",
		"超时后重试，返回错误码。", "" };
	static const char *const addresses[] = { "上海市浦东新区张杨路500号，12室",
		"北京市朝阳区建国路88号，3栋1201室" };
	static const char *const remarks[] = { "客户要求晚上送货，不要打电话。", "已退款，等客户确认。" };
	static const char *const numbers[] = { "U00012345", "U00012346", "U00099321", "U00012999" };
	static const char *const names[] = { "Mary Ann Smith", "John Doe", "Jane Roe", "Richard van Miles" };
	static const char *const person = "\nVIN LFWADRJF011002346, mail li.lei@example.com\n";
	(void)state;
	/* Sentences, one a line, may be remarks: a text where somebody stands in it, else a list. */
	check_long(prose, LEN(prose), "", "[ list ", false);
	check_long(prose, LEN(prose), person, "[ text ", false);
	check_long(comments, LEN(comments), "", "[ list ", false);
	check_long(comments, LEN(comments), person, "[ text ", false);
	check_long(paragraphs, LEN(paragraphs), "", "[ text ", true);
	check_long(paragraphs, LEN(paragraphs), person, "[ text ", false);
	check_long(log, LEN(log), "", "[ text ", true);
	check_long(log, LEN(log), person, "[ text ", false);
	check_long(code, LEN(code), "", "[ text ", true);
	check_long(code, LEN(code), person, "[ text ", false);
	check_long(chinese, LEN(chinese), "", "[ text ", true);
	check_long(chinese, LEN(chinese), person, "[ text ", false);
	check_long(numbers, LEN(numbers), "", "[ list ", false);
	check_long(names, LEN(names), "", "[ list ", false);
	check_long(addresses, LEN(addresses), "", "[ list ", false);
	check_long(remarks, LEN(remarks), "", "[ list ", false);
}

/* Remarks in which nobody stands are read again from their very beginning, mark of UTF-8 or not; what cannot be read
 * again says that nobody is in it. */
static void test_read_text__remarks_are_read_again(void **state)
{
	static const char *const remarks[] = { "the paint on the left door did not match the rest of it",
		"wants it in the evening and says that nobody should ring before caf\xc3\xa9 below" };
	static const char *const marks[] = { "", "\xef\xbb\xbf" };
	(void)state;
	for (size_t i = 0; i < LEN(marks); i++)
		for (unsigned seeks = 0; seeks < 2; seeks++) {
			struct bytes lines = long_text(remarks, LEN(remarks), 5 << 19, ""), text = { 0 };
			struct collected got = { 0 };
			struct source source;
			bytes_text(&text, marks[i]);
			bytes_add(&text, bytes_view(&lines));
			source_memory(&source, bytes_view(&text));
			if (!seeks)
				source.seek = NULL;
			collect_source(&source, view_of("leak"), &read_limits_usual, &got);
			hufu_view told = view_of(got.text.ptr);
			if (seeks) {
				/* Each line in "<" and ">". */
				assert_true(view_starts(told, "[ list utf-8 1]\n<the paint on the left door"));
				assert_true(view_ends(told, "end 0\n"));
				uint64_t ends = got.records;
				assert_int_equal(told.len - strlen("[ list utf-8 1]\nend 0\n"), lines.len + 2 * ends);
			} else {
				assert_true(view_starts(told, "[ text "));
				assert_int_equal(got.records, 1);
				assert_true(got.lines > 0);
			}
			collected_done(&got);
			bytes_done(&text);
			bytes_done(&lines);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_text__tells_persons_and_tables),
		cmocka_unit_test(test_read_text__every_size_of_pull),
		cmocka_unit_test(test_read_text__every_size_of_window),
		cmocka_unit_test(test_read_text__endless_lines),
		cmocka_unit_test(test_read_text__chance_makes_nobody),
		cmocka_unit_test(test_read_text__somebody_late_in_a_long_text),
		cmocka_unit_test(test_read_text__remarks_are_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
