/* JSON: shapes of files, paths, escapes, damage; the same cells whatever the buffers. */
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct row {
	const char *name;
	hufu_view in;
	const char *want;
};
#define TEXT(literal)                                                                                                  \
	{                                                                                                              \
		(literal), sizeof(literal) - 1                                                                         \
	}
#define ZHANG "\xe5\xbc\xa0"

static const struct row rows[] = {
	{ "lines", TEXT("{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2.50e3, \"b\": \"y\"}\n"),
	        "[ jsonl utf-8 2]\n<a><b>\n<1><x>\n<2.50e3><y>\nend 0\n" },
	{ "an array", TEXT("[{\"a\":1,\"b\":true},\n {\"a\":null,\"b\":false},{\"b\":\"\"}]\n"),
	        "[ json utf-8 2]\n<a><b>\n<1><true>\n<><false>\n<><>\nend 0\n" },
	{ "one behind another", TEXT("{\"a\":1}{\"a\":2} {\"a\":3},{\"a\":4}"),
	        "[ jsonl utf-8 1]\n<a>\n<1>\n<2>\n<3>\n<4>\nend 0\n" },
	{ "over several lines", TEXT("{\n  \"a\": 1,\n  \"o\": {\n    \"b\": 2\n  }\n}\n{\n  \"a\": 3\n}\n"),
	        "[ jsonl utf-8 2]\n<a><o.b>\n<1><2>\n<3><>\nend 0\n" },
	{ "nested",
	        TEXT("{\"vin\":\"L1\",\"owner\":{\"name\":\"" ZHANG
	             "\",\"phone\":{\"n\":\"138\"}}}\n{\"owner\":{\"phone\":{\"n\":\"139\"}},"
	             "\"vin\":\"L2\"}\n"),
	        "[ jsonl utf-8 3]\n<vin><owner.name><owner.phone.n>\n<L1><" ZHANG "><138>\n<L2><><139>\nend 0\n" },
	{ "arrays within",
	        TEXT("{\"t\":[\"a\",\"b\",3],\"i\":[{\"s\":1,\"q\":2},{\"s\":3}],\"e\":[],\"n\":[[1,2],[3]]}\n{\"t\":[]"
	             "}\n"),
	        "[ jsonl utf-8 6]\n<t><i.s><i.q><i.2.s><n><n.2>\n<a;b;3><1><2><3><1;2><3>\n<><><><><><>\nend 0\n" },
	{ "mixed arrays", TEXT("{\"a\":[1,{\"x\":2},3]}\n{\"a\":4}\n"),
	        "[ jsonl utf-8 2]\n<a><a.2.x>\n<1;3><2>\n<4><>\nend 0\n" },
	{ "a key twice", TEXT("{\"a\":1,\"a\":2}\n{\"a\":3}\n"), "[ jsonl utf-8 1]\n<a>\n<1;2>\n<3>\nend 0\n" },
	{ "columns in order of first sight", TEXT("{\"b\":1}\n{\"a\":2,\"b\":3}\n{\"c\":null,\"a\":4}\n"),
	        "[ jsonl utf-8 3]\n<b><a><c>\n<1><><>\n<3><2><>\n<><4><>\nend 0\n" },
	{ "escapes",
	        TEXT("{\"a\\n\\u0062\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u5f20\\ud840\\udc00\\ud840x\\udc00\\u12\"}\n{}\n"),
	        "[ jsonl utf-8 1]\n<a\nb>\n<\"\\/\b\f\n\r\t" ZHANG
	        "\xf0\xa0\x80\x80\xef\xbf\xbdx\xef\xbf\xbdu12>\n<>\nend 0\n" },
	{ "an escaped key is the same key", TEXT("{\"\\u0061\":1}\n{\"a\":2}\n"),
	        "[ jsonl utf-8 1]\n<a>\n<1>\n<2>\nend 0\n" },
	{ "numbers stay as they are",
	        TEXT("[{\"n\":13800000001,\"m\":1.38E+10,\"k\":-0.10,\"l\":12345678901234567890123}]"),
	        "[ json utf-8 4]\n<n><m><k><l>\n<13800000001><1.38E+10><-0.10><12345678901234567890123>\nend 0\n" },
	{ "an envelope",
	        TEXT("{\"code\":0,\"data\":{\"total\":2,\"list\":[{\"a\":1},{\"a\":2}],\"more\":[1,2]},\"msg\":\"x]"
	             "\"}"),
	        "[data.list json utf-8 1]\n<a>\n<1>\n<2>\nend 0\n" },
	{ "two arrays in one",
	        TEXT("{\"users\":[{\"u\":1},{\"u\":2}],\"none\":[],\"orders\":[{\"o\":\"x\",\"p\":\"y\"}]}"),
	        "[users json utf-8 1]\n<u>\n<1>\n<2>\nend 0\n[orders json utf-8 2]\n<o><p>\n<x><y>\nend 0\n" },
	{ "one object is a record", TEXT("{\"a\":1,\"i\":[{\"s\":2}]}"), "[ json utf-8 2]\n<a><i.s>\n<1><2>\nend 0\n" },
	{ "pages of envelopes",
	        TEXT("{\"list\":[{\"a\":10},{\"a\":20},{\"a\":30},{\"a\":40},{\"a\":50},{\"a\":60},{\"a\":70},{\"a\":"
	             "80},{\"a\":90}]}\n"
	             "{\"list\":[{\"a\":11},{\"a\":21}]}\n"),
	        "[list json utf-8 1]\n<a>\n<10>\n<20>\n<30>\n<40>\n<50>\n<60>\n<70>\n<80>\n<90>\n<11>\n<21>\nend 0\n" },
	{ "rows as arrays", TEXT("[[\"name\",\"n\"],[\"A\",1],[\"B\",null,3]]"),
	        "[ json utf-8 3]\n<name><n><>\n<A><1><>\n<B><><3>\nend 0\n" },
	{ "lines of arrays", TEXT("[\"A\",1]\n[\"B\",2]\n"), "[ jsonl utf-8 2]\n<A><1>\n<B><2>\nend 0\n" },
	{ "a list", TEXT("[\"13800000001\", \"13800000002\"]"),
	        "[ json utf-8 1]\n<13800000001>\n<13800000002>\nend 0\n" },
	{ "more elements than columns",
	        TEXT("{\"i\":[{\"s\":1},{\"s\":2},{\"s\":3},{\"s\":4},{\"s\":5},{\"s\":6},{\"s\":7},{\"s\":8},"
	             "{\"s\":9}],\"pad\":\"this makes it a record and not an envelope\"}\n{}\n"),
	        "[ jsonl utf-8 9]\n<i.s><i.2.s><i.3.s><i.4.s><i.5.s><i.6.s><i.7.s><i.8.s><pad>\n"
	        "<1><2><3><4><5><6><7><8><this makes it a record and not an envelope>\n<><><><><><><><><>\nend 1\n" },
	{ "a byte order mark", TEXT("\xef\xbb\xbf{\"a\":1}\n{\"a\":2}\n"), "[ jsonl utf-8 1]\n<a>\n<1>\n<2>\nend 0\n" },
	{ "gb18030", /* D5 5C ends in a backslash */
	        TEXT("{\"\xd0\xd5\xc3\xfb\":\"\xd5\xc5\xd5\x5c\"}\n{\"\xd0\xd5\xc3\xfb\":\"\xd5\x5c\"}\n"),
	        "[ jsonl gb18030 1]\n<\xe5\xa7\x93\xe5\x90\x8d>\n<" ZHANG "\xe8\xaa\xa0>\n<\xe8\xaa\xa0>\nend 0\n" },
	{ "utf-16le", TEXT("\xff\xfe{\0\"\0a\0\"\0:\0\"\0\x20\x5f\"\0}\0\n\0{\0}\0"),
	        "[ jsonl utf-16le 1]\n<a>\n<" ZHANG ">\n<>\nend 0\n" },
	/* damage */
	{ "a quote lost", TEXT("{\"a\":\"1\"}\n{\"a\":\"2}\n{\"a\":\"3\"}\n{\"a:\"4\"}\n{\"a\":\"5\"}\n"),
	        "[ jsonl utf-8 1]\n<a>\n<1>\n<3>\n<5>\nend 2\n" },
	{ "an end lost", TEXT("{\"a\":1}\n{\"a\":2\n{\"a\":3}\n"), "[ jsonl utf-8 1]\n<a>\n<1>\n<3>\nend 1\n" },
	{ "a line of something else", TEXT("{\"a\":1}\nnothing\n{\"a\":2}\n"),
	        "[ jsonl utf-8 1]\n<a>\n<1>\n<2>\nend 1\n" },
	{ "broken off", TEXT("[{\"a\":1},{\"a\":2},{\"a\":"), "[ json utf-8 1]\n<a>\n<1>\n<2>\nend 1\n" },
	{ "broken off between", TEXT("[{\"a\":1},{\"a\":2}"), "[ json utf-8 1]\n<a>\n<1>\n<2>\nend 1\n" },
	{ "damage in an array", TEXT("[{\"a\":1},{\"a\":x\"y},{\"a\":3},{\"a\":4}]"),
	        "[ json utf-8 1]\n<a>\n<1>\n<3>\n<4>\nend 1\n" },
	{ "nothing", TEXT("[]"), "unread : empty\n" },
	{ "an empty object", TEXT("{}"), "unread : empty\n" },
	{ "broken at once", TEXT("{\"a\n\n"), "unread : damaged: it breaks off or contradicts itself\n" },
	{ "no JSON at all", TEXT("{\"this\" is not what it seems}\n"),
	        "unread : damaged: it breaks off or contradicts itself\n" },
};

static void test_read_json__knows_shapes_and_damage(void **state)
{
	(void)state;
	unsigned bad = 0;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected got = { 0 };
		collect_memory(rows[i].in, &got);
		if (strcmp(got.text.ptr, rows[i].want) != 0) {
			print_error("%s:\n%s--- wanted\n%s", rows[i].name, got.text.ptr, rows[i].want);
			bad++;
		}
		collected_done(&got);
	}
	assert_int_equal(bad, 0);
}

/* ---- borders of buffers ---- */

static void same_at_every_size(hufu_view in, const char *what, size_t window)
{
	struct collected whole = { 0 };
	collect_memory(in, &whole);
	for (size_t raw = 16; raw < 96; raw += 1 + raw % 5) {
		struct read_limits limits = read_limits_usual;
		struct source source;
		struct collected got = { 0 };
		limits.raw = raw;
		limits.window = window + raw;
		source_memory(&source, in);
		source.chunk = 1 + raw % 13;
		collect_source(&source, view_of("leak"), &limits, &got);
		if (strcmp(got.text.ptr, whole.text.ptr) != 0)
			print_error("%s, buffer of %zu:\n%s--- whole\n%s", what, raw, got.text.ptr, whole.text.ptr);
		assert_string_equal(got.text.ptr, whole.text.ptr);
		collected_done(&got);
	}
	collected_done(&whole);
}

static void test_read_json__cells_do_not_depend_on_buffers(void **state)
{
	(void)state;
	/* The shape of a file is found in what the window holds. */
	for (size_t i = 0; i < LEN(rows); i++)
		same_at_every_size(rows[i].in, rows[i].name, 1024);
	/* Of a long one of one shape a part is enough. */
	static const char record[] = "{\"a\":\"" ZHANG "\\u5f20\\\"\",\"o\":{\"b\":[1,2,{\"c\":null}],\"d\":\"x,]}\"}}";
	static const char *const frames[][3] = { { "", "\n", "" }, { "[", ",", "]" },
		{ "{\"x\":1,\"l\":[", ",\n", "],\"y\":\"]\"}" } };
	for (size_t i = 0; i < LEN(frames); i++) {
		struct bytes text = { 0 };
		bytes_text(&text, frames[i][0]);
		for (unsigned k = 0; k < 40; k++)
			bytes_print(&text, "%s%s", k ? frames[i][1] : "", record);
		bytes_text(&text, frames[i][2]);
		same_at_every_size(bytes_view(&text), frames[i][1], 300);
		bytes_done(&text);
	}
}

/* ---- limits ---- */

static void test_read_json__a_late_column_is_counted(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct collected got = { .quiet = true };
	for (unsigned i = 0; i < 5000; i++)
		bytes_print(&text, "{\"a\":%u}\n", i);
	bytes_text(&text, "{\"a\":1,\"b\":null}\n{\"a\":1,\"b\":2}\n");
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 5003);
	assert_int_equal(got.malformed, 1);
	collected_done(&got);
	bytes_done(&text);
}

static void test_read_json__too_many_columns(void **state)
{
	(void)state;
	for (unsigned width = 4096; width <= 4097; width++) {
		struct bytes text = { 0 };
		struct collected got = { .quiet = true };
		bytes_text(&text, "[{");
		for (unsigned i = 0; i < width; i++)
			bytes_print(&text, "%s\"%u\":1", i ? "," : "", i);
		bytes_text(&text, "}]");
		collect_memory(bytes_view(&text), &got);
		assert_int_equal(got.records, width == 4096 ? 2 : 0);
		assert_int_equal(got.unread, width == 4096 ? 0 : 1);
		assert_int_equal(got.why, width == 4096 ? JAIL_WHY_NONE : JAIL_WHY_COLUMNS);
		collected_done(&got);
		bytes_done(&text);
	}
}

static void repeat(struct bytes *out, const char *text, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		bytes_text(out, text);
}

static void test_read_json__deep_nesting_costs_its_record(void **state)
{
	(void)state;
	static const char *const opens[] = { "[", "{\"a\":" }, *const closes[] = { "]", "}" };
	for (size_t i = 0; i < LEN(opens); i++)
		for (unsigned depth = 63; depth < 300000; depth = depth == 63 ? 64 : depth * 68) {
			struct bytes text = { 0 };
			struct collected got = { 0 };
			bytes_text(&text, "{\"x\":1}\n{\"x\":");
			repeat(&text, opens[i], depth);
			bytes_text(&text, "2");
			repeat(&text, closes[i], depth);
			bytes_text(&text, "}\n{\"x\":3}\n");
			collect_memory(bytes_view(&text), &got);
			assert_int_equal(got.malformed, depth > 63);
			assert_int_equal(got.records, depth > 63 ? 3 : 4);
			assert_non_null(strstr(got.text.ptr, "<3>"));
			collected_done(&got);
			bytes_done(&text);
		}
}

static void test_read_json__long_records_are_left_out(void **state)
{
	(void)state;
	for (unsigned array = 0; array < 2; array++) {
		struct bytes text = { 0 };
		struct collected got = { 0 };
		bytes_text(&text, array ? "[{\"a\":1},{\"a\":\"" : "{\"a\":1}\n{\"a\":\"");
		repeat(&text, "no}end[\\\"", 400000);
		bytes_text(&text, array ? "\"},{\"a\":2}]" : "\"}\n{\"a\":2}\n");
		collect_memory(bytes_view(&text), &got);
		assert_int_equal(got.records, 3);
		assert_int_equal(got.malformed, 1);
		assert_int_equal(got.unread, 1);
		assert_int_equal(got.why, JAIL_WHY_RECORD);
		assert_non_null(strstr(got.text.ptr, "<1>\n"));
		assert_non_null(strstr(got.text.ptr, "<2>\nend"));
		collected_done(&got);
		bytes_done(&text);
	}
}

/* A cell that is joined over and over must not cost more than its record may. */
static void test_read_json__joining_is_bounded(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct collected got = { .quiet = true };
	bytes_text(&text, "{\"a\":[1");
	repeat(&text, ",{\"b\":1},2,{\"c\":[3]}", 30000);
	bytes_text(&text, "]}\n{\"a\":1}\n");
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 3);
	assert_int_equal(got.malformed, 1);
	collected_done(&got);
	bytes_done(&text);
}

/* Bytes that never end, made as they are pulled. */
static size_t pull_endless(struct source *source, void *into, size_t len)
{
	static const char *const forms[] = { "{\"a\":\"xxxx", "[[[[[[[[[[", "{\"a\":[1,1,", "{\"a\":{\"b\":" };
	const char *form = forms[source->size % 4];
	if (len > source->at)
		len = source->at;
	for (size_t i = 0; i < len; i++)
		((char *)into)[i] =
		        source->taken + i < 10 ? form[source->taken + i] : form[5 + (source->taken + i) % 5];
	source->at -= len;
	return len;
}

static void test_read_json__a_record_of_many_megabytes(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 4; form++) {
		struct source source = { .pull = pull_endless, .at = (uint64_t)100 << 20, .size = form + 4, .fd = -1 };
		struct collected got = { .quiet = true };
		collect_source(&source, view_of("leak"), &read_limits_usual, &got);
		assert_int_equal(got.records, 0);
		assert_true(got.unread > 0);
		collected_done(&got);
	}
}

/* Whatever the bytes, nothing breaks and all comes to an end. */
static void test_read_json__rubbish_is_survived(void **state)
{
	(void)state;
	static const char *const pieces[] = { "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"b\":", "1", "null", "\n",
		" ", "\\", "\\u5f2", "{\"a\":1}", "[{", "},{", "\xd5\x5c", "\x01" };
	uint32_t seed = 1;
	for (unsigned round = 0; round < 1000; round++) {
		struct bytes text = { 0 };
		bytes_text(&text, round % 3 ? "{\"a\":" : "[{");
		for (unsigned i = 0; i < round % 200; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes_text(&text, pieces[(seed >> 16) % LEN(pieces)]);
		}
		struct read_limits limits = read_limits_usual;
		struct source source;
		struct collected got = { 0 };
		limits.raw = 16 + round % 50;
		limits.window = 160 + round % 500;
		source_memory(&source, bytes_view(&text));
		collect_source(&source, view_of("leak"), &limits, &got);
		assert_true(got.records > 0 || got.unread > 0);
		collected_done(&got);
		bytes_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_json__knows_shapes_and_damage),
		cmocka_unit_test(test_read_json__cells_do_not_depend_on_buffers),
		cmocka_unit_test(test_read_json__a_late_column_is_counted),
		cmocka_unit_test(test_read_json__too_many_columns),
		cmocka_unit_test(test_read_json__deep_nesting_costs_its_record),
		cmocka_unit_test(test_read_json__long_records_are_left_out),
		cmocka_unit_test(test_read_json__joining_is_bounded),
		cmocka_unit_test(test_read_json__a_record_of_many_megabytes),
		cmocka_unit_test(test_read_json__rubbish_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
