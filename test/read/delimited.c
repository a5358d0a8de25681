/* Delimited text: encodings, dialects, ragged and hostile records; the same cells whatever the buffers. */
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

static const struct row rows[] = {
	{ "commas", TEXT("name,mobile\nA,13800000001\nB,13800000002\n"),
	        "[ csv utf-8 2]\n<name><mobile>\n<A><13800000001>\n<B><13800000002>\nend 0\n" },
	{ "no line end at the end", TEXT("a;b\n1;2"), "[ csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n" },
	{ "header only", TEXT("name,mobile,city\n"), "[ csv utf-8 3]\n<name><mobile><city>\nend 0\n" },
	{ "byte order mark", TEXT("\xef\xbb\xbfname,n\n\xe5\xbc\xa0,1\n"),
	        "[ csv utf-8 2]\n<name><n>\n<\xe5\xbc\xa0><1>\nend 0\n" },
	{ "gb18030 with a bar as second byte", /* U+4E85 is 81 7C in GB18030: its second byte is '|' */
	        TEXT("\xd0\xd5\xc3\xfb|n\n\x81\x7c|1\n\xd5\xc5|2\n\xc0\xee\x81\x7c|3\n"),
	        "[ csv gb18030 2]\n<\xe5\xa7\x93\xe5\x90\x8d><n>\n<\xe4\xba\x85><1>\n<\xe5\xbc\xa0><2>\n"
	        "<\xe6\x9d\x8e\xe4\xba\x85><3>\nend 0\n" },
	{ "gb18030 of four bytes", TEXT("\xd0\xd5\xc3\xfb,n\n\xd5\xc5\x81\x39\xee\x39,1\n"),
	        "[ csv gb18030 2]\n<\xe5\xa7\x93\xe5\x90\x8d><n>\n<\xe5\xbc\xa0\xe3\x90\x80><1>\nend 0\n" },
	{ "gb18030 with rubbish in a cell", TEXT("\xd0\xd5\xc3\xfb,n\n\xd5\xc5\xff,1\n\xc0\xee\xc0,2\n"),
	        "[ csv gb18030 "
	        "2]\n<\xe5\xa7\x93\xe5\x90\x8d><n>\n<\xe5\xbc\xa0\xef\xbf\xbd><1>\n<\xe6\x9d\x8e\xef\xbf\xbd><2>\nend "
	        "0\n" },
	{ "utf-8 with one broken byte",
	        TEXT("\xe5\xa7\x93\xe5\x90\x8d,n\n\xe5\xbc\xa0\xff,1\n\xe6\x9d\x8e\xe5\xa7\x93,2\n"),
	        "[ csv utf-8 "
	        "2]\n<\xe5\xa7\x93\xe5\x90\x8d><n>\n<\xe5\xbc\xa0\xef\xbf\xbd><1>\n<\xe6\x9d\x8e\xe5\xa7\x93><2>\nend "
	        "0\n" },
	{ "utf-16le with mark",
	        TEXT("\xff\xfe"
	             "a\0,\0b\0\r\0\n\0"
	             "\x20\x5f,\0"
	             "1\0\r\0\n\0"),
	        "[ csv utf-16le 2]\n<a><b>\n<\xe5\xbc\xa0><1>\nend 0\n" },
	{ "utf-16be with mark",
	        TEXT("\xfe\xff\0"
	             "a\0,\0b\0\n\x5f\x20\0,\0"
	             "1\0\n"),
	        "[ csv utf-16be 2]\n<a><b>\n<\xe5\xbc\xa0><1>\nend 0\n" },
	{ "utf-16le without mark",
	        TEXT("n\0,\0m\0\n\0"
	             "\x20\x5f,\0"
	             "1\0"
	             "3\0\n\0"),
	        "[ csv utf-16le 2]\n<n><m>\n<\xe5\xbc\xa0><13>\nend 0\n" },
	{ "utf-16be without mark",
	        TEXT("\0n\0,\0m\0\n\x5f\x20\0,\0"
	             "1\0"
	             "3\0\n"),
	        "[ csv utf-16be 2]\n<n><m>\n<\xe5\xbc\xa0><13>\nend 0\n" },
	{ "utf-16 with half a pair",
	        TEXT("\xff\xfe"
	             "a\0,\0\x00\xd8,\0b\0\n\0"),
	        "[ csv utf-16le 3]\n<a><\xef\xbf\xbd><b>\nend 0\n" },
	{ "four dashes", TEXT("A----13800000001----2021-08-31\nB--------2021-09-01\n"),
	        "[ text utf-8 3]\n<A><13800000001><2021-08-31>\n<B><><2021-09-01>\nend 0\n" },
	{ "four dashes before a plus", TEXT("A----+8613800000001\nB----+8613800000002\n"),
	        "[ text utf-8 2]\n<A><+8613800000001>\n<B><+8613800000002>\nend 0\n" },
	{ "two bars, empty cells", TEXT("a||b||c\n1||||3\n4||5||6\n"),
	        "[ text utf-8 3]\n<a><b><c>\n<1><><3>\n<4><5><6>\nend 0\n" },
	{ "three bars", TEXT("a|||b\n1|||2\n"), "[ text utf-8 2]\n<a><b>\n<1><2>\nend 0\n" },
	{ "two colons", TEXT("a::10:30\nb::11:30\n"), "[ text utf-8 2]\n<a><10:30>\n<b><11:30>\nend 0\n" },
	{ "mirrored", TEXT("a#|#b#|#c\nd#|#e#|#f\n"), "[ text utf-8 3]\n<a><b><c>\n<d><e><f>\nend 0\n" },
	{ "mirrored with an empty cell", TEXT("a#|#b#|#c\nd#|##|#f\ng#|#h#|#i\n"),
	        "[ text utf-8 3]\n<a><b><c>\n<d><><f>\n<g><h><i>\nend 0\n" },
	{ "two tabs", TEXT("a\t\tb\nc\t\td\n"), "[ text utf-8 2]\n<a><b>\n<c><d>\nend 0\n" },
	{ "two commas", TEXT("a,,b,,c\nd,,e,,f\n"), "[ text utf-8 3]\n<a><b><c>\n<d><e><f>\nend 0\n" },
	{ "one comma, an empty column", TEXT("a,x,c\nd,,f\ng,,i\n"),
	        "[ csv utf-8 3]\n<a><x><c>\n<d><><f>\n<g><><i>\nend 0\n" },
	{ "tabs with commas inside", TEXT("n\taddress\nA\troad 1, house 2, x\nB\troad 3\n"),
	        "[ tsv utf-8 2]\n<n><address>\n<A><road 1, house 2, x>\n<B><road 3>\nend 0\n" },
	{ "semicolons with decimal commas", TEXT("a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n"),
	        "[ csv utf-8 3]\n<a><b><c>\n<1,5><2,5><3,5>\n<4,5><5,5><6,5>\nend 0\n" },
	{ "control character",
	        TEXT("a\x01"
	             "b,x\x01"
	             "c\n1\x01"
	             "2,y\x01"
	             "3\n"),
	        "[ csv utf-8 3]\n<a><b,x><c>\n<1><2,y><3>\nend 0\n" },
	{ "tilde", TEXT("a~b~c\nd~e~f\n"), "[ csv utf-8 3]\n<a><b><c>\n<d><e><f>\nend 0\n" },
	{ "hash", TEXT("a#b#c\nd#e#f\n"), "[ csv utf-8 3]\n<a><b><c>\n<d><e><f>\nend 0\n" },
	{ "colon", TEXT("u1@example.com:pw1\nu2@example.com:pw2\n"),
	        "[ csv utf-8 2]\n<u1@example.com><pw1>\n<u2@example.com><pw2>\nend 0\n" },
	{ "blank", TEXT("A 13800000001 x\nB 13800000002 y\n"),
	        "[ csv utf-8 3]\n<A><13800000001><x>\n<B><13800000002><y>\nend 0\n" },
	{ "list of mobiles", TEXT("13800000001\n13800000002\n"),
	        "[ list utf-8 1]\n<13800000001>\n<13800000002>\nend 0\n" },
	{ "list of dates", TEXT("2021-08-31\n2021-09-01\n"), "[ list utf-8 1]\n<2021-08-31>\n<2021-09-01>\nend 0\n" },
	{ "list of times", TEXT("2021-08-31 10:00:00\n2021-09-01 11:30:00\n"),
	        "[ list utf-8 1]\n<2021-08-31 10:00:00>\n<2021-09-01 11:30:00>\nend 0\n" },
	{ "list of masked mobiles", TEXT("138****0001\n139****0002\n"),
	        "[ list utf-8 1]\n<138****0001>\n<139****0002>\nend 0\n" },
	{ "list of e-mails", TEXT("a.b@example.com\nc_d@example.org\n"),
	        "[ list utf-8 1]\n<a.b@example.com>\n<c_d@example.org>\nend 0\n" },
	{ "masked cells between commas", TEXT("a*,138****0001\nb*,138****0002\n"),
	        "[ csv utf-8 2]\n<a*><138****0001>\n<b*><138****0002>\nend 0\n" },
	{ "quotes", TEXT("a,b\n\"x,1\",\"he said \"\"no\"\"\"\n\"l1\nl2\",\"\"\n"),
	        "[ csv utf-8 2]\n<a><b>\n<x,1><he said \"no\">\n<l1\nl2><>\nend 0\n" },
	{ "quotes and returns", TEXT("\"a\",\"b\"\r\n\"1\r\n2\",\"3\"\r\n"),
	        "[ csv utf-8 2]\n<a><b>\n<1\r\n2><3>\nend 0\n" },
	{ "quotes at the very end", TEXT("a,b\n1,\"2\""), "[ csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n" },
	{ "blanks behind a closing quote", TEXT("a,b\n\"1\" ,\"2\"\n"), "[ csv utf-8 2]\n<a><b>\n<1><2>\nend 0\n" },
	{ "single quotes", TEXT("'a,x','b'\n'c','d'\n'e','f'\n"), "[ csv utf-8 2]\n<a,x><b>\n<c><d>\n<e><f>\nend 0\n" },
	{ "apostrophes", TEXT("O'Hara,1\nD'Arcy,2\n"), "[ csv utf-8 2]\n<O'Hara><1>\n<D'Arcy><2>\nend 0\n" },
	{ "quoted list", TEXT("\"a\"\n\"b\"\n"), "[ list utf-8 1]\n<a>\n<b>\nend 0\n" },
	{ "quote in the middle of a cell", TEXT("a,b\n5\" disk,6\n"),
	        "[ csv utf-8 2]\n<a><b>\n<5\" disk><6>\nend 0\n" },
	{ "quote left open", TEXT("a,b\n1,2\n\"x,3\ny,4\n\"z\",5\n\"v\",6\n"),
	        "[ csv utf-8 2]\n<a><b>\n<1><2>\n<\"x><3>\n<y><4>\n<z><5>\n<v><6>\nend 1\n" },
	{ "quote left open to the end", TEXT("a,b\n\"1\",2\n\"3\",4\n\"x,5\ny,6\n"),
	        "[ csv utf-8 2]\n<a><b>\n<1><2>\n<3><4>\n<\"x><5>\n<y><6>\nend 1\n" },
	{ "two columns of quotes, four dashes", TEXT("\"a----b\"----c\n\"d\"----\"e\"\n"),
	        "[ text utf-8 2]\n<a----b><c>\n<d><e>\nend 0\n" },
	{ "ragged", TEXT("a,b,c\n1,2,3\n1,2\n1,2,3,4\n5,6,7\n"),
	        "[ csv utf-8 3]\n<a><b><c>\n<1><2><3>\n<1><2><>\n<1><2><3>\n<5><6><7>\nend 2\n" },
	{ "header with more names than cells", TEXT("a,b,c,d\n1,2,3\n4,5,6\n"),
	        "[ csv utf-8 4]\n<a><b><c><d>\n<1><2><3><>\n<4><5><6><>\nend 2\n" },
	{ "trailing separators", TEXT("a,b,\n1,2,\n"), "[ csv utf-8 3]\n<a><b><>\n<1><2><>\nend 0\n" },
	{ "old Macintosh ends", TEXT("a,b\r1,2\r3,4\r"), "[ csv utf-8 2]\n<a><b>\n<1><2>\n<3><4>\nend 0\n" },
	{ "blank lines", TEXT("\n\na,b\n\n1,2\r\n\r\n   \n3,4\n\n"),
	        "[ csv utf-8 2]\n<a><b>\n<1><2>\n<3><4>\nend 0\n" },
	{ "one line", TEXT("hello\n"), "[ list utf-8 1]\n<hello>\nend 0\n" },
	{ "empty", TEXT(""), "unread : empty\n" },
	{ "only a mark", TEXT("\xef\xbb\xbf"), "unread : empty\n" },
	{ "only line ends", TEXT("\r\n\r\n\n"), "unread : empty\n" },
	{ "zeros", TEXT("a\0\0\0\0\0b\0\0\0\0\0,\0\0\0\x01\x02\0\0\0\0"),
	        "unread : neither text nor a format that can be read yet\n" },
	{ "numbers of 16 bits", TEXT("\x05\0\x03\0\x11\0a\0b\0\x07\0\x02\0c\0\x01\0"),
	        "unread : neither text nor a format that can be read yet\n" },
	{ "a picture", TEXT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
	        "unread : neither text nor a format that can be read yet\n" },
	{ "traditional names in Big5",
	        TEXT("\xa9m\xa6W,\xa4\xe2\xbe\xf7\n\xb3\xaf\xa9\xc9\xa7g,0912345678\n\xaaL\xa7\xd3\xbb\xa8,"
	             "0922345678\n\xb6\xc0\xb2Q\xaa\xe2,0932345678\n"),
	        "[ csv big5 2]\n<姓名><手機>\n<陳怡君><0912345678>\n<林志豪><0922345678>\n<黃淑芬><0932345678>\nend "
	        "0\n" },
	{ "simplified names beside them",
	        TEXT("\xd0\xd5\xc3\xfb,\xca\xd6\xbb\xfa\n\xb3\xc2\xe2\xf9\xbe\xfd,"
	             "13912345678\n\xc1\xd6\xd6\xbe\xba\xc0,13922345678\n\xbb\xc6\xca\xe7\xb7\xd2,13932345678\n"),
	        "[ csv gb18030 "
	        "2]\n<姓名><手机>\n<陈怡君><13912345678>\n<林志豪><13922345678>\n<黄淑芬><13932345678>\nend 0\n" },
	{ "traditional names in GB18030",
	        TEXT("\xd0\xd5\xc3\xfb,\xca\xd6\x99"
	             "C\n\xea\x90\xe2\xf9\xbe\xfd,0912345678\n\xc1\xd6\xd6\xbe\xba\xc0,"
	             "0922345678\n\xfcS\xca\xe7\xb7\xd2,0932345678\n"),
	        "[ csv gb18030 2]\n<姓名><手機>\n<陳怡君><0912345678>\n<林志豪><0922345678>\n<黃淑芬><0932345678>\nend "
	        "0\n" },
	{ "another archive", TEXT("MSCF\0\0\0\0"), "unread : an archive of a kind that is not read yet\n" },
};

static void test_read_delimited__knows_encodings_and_dialects(void **state)
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

/* Wherever a buffer ends, inside a character, a separator, a quote or a line end, the cells are the same. */
static void same_at_every_size(hufu_view in, const char *what)
{
	struct collected whole = { 0 };
	collect_memory(in, &whole);
	for (size_t raw = 16; raw < 96; raw++) {
		struct read_limits limits = read_limits_usual;
		struct source source;
		struct collected got = { 0 };
		limits.raw = raw;
		limits.window = 320 + raw * 7;
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

static void repeat(struct bytes *out, hufu_view head, hufu_view body, unsigned times)
{
	bytes_add(out, head);
	for (unsigned i = 0; i < times; i++)
		bytes_add(out, body);
}

static void test_read_delimited__cells_do_not_depend_on_buffers(void **state)
{
	(void)state;
	static const struct row texts[] = {
		{ "utf-8", TEXT("\xe5\xbc\xa0\xe4\xbc\x9f,13800000001,\xf0\xa0\x80\x80\n,\xe6\x9d\x8e,x\r\n"), NULL },
		{ "gb18030", TEXT("\xd5\xc5\xce\xb0|\x81\x7c|\x81\x7c\x7c\n|\xc0\xee|\x82\x35\x8f\x33\xd5\xc5|\n"),
		        NULL },
		{ "quoted", TEXT("\"a\"\"b\nc\",\"\xe5\xbc\xa0\",1\r\n\"\",\"x\" ,\"y\r\nz\"\r\n"), NULL },
		{ "dashes", TEXT("abc----defg--------x\n-a----b-c----d\n"), NULL },
	};
	for (size_t i = 0; i < LEN(texts); i++) {
		struct bytes text = { 0 };
		repeat(&text, view_of(""), texts[i].in, 40);
		same_at_every_size(bytes_view(&text), texts[i].name);
		bytes_done(&text);
	}
	static const char wide[] = "\xff\xfe"
	                           "a\0,\0\x20\x5f\n\0";
	struct bytes text = { 0 };
	bytes_add(&text, view_make(wide, 2));
	repeat(&text, view_of(""), view_make(wide + 2, sizeof wide - 3), 200);
	same_at_every_size(bytes_view(&text), "utf-16le");
	bytes_done(&text);
}

/* The same over the buffers as they are: a two-byte character on every border of the real ones. */
static void test_read_delimited__characters_cut_by_real_buffers(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 5; shift++) {
		struct bytes text = { 0 };
		struct collected got = { .quiet = true };
		bytes_add(&text, view_make("xxxxx", shift));
		repeat(&text, view_of("a|b\n"), view_of("\xd5\xc5\x81\x7c|13\n"), 400000);
		collect_memory(bytes_view(&text), &got);
		assert_int_equal(got.records, 400001);
		assert_int_equal(got.columns, 2);
		assert_int_equal(got.malformed, 0);
		assert_true(got.batches > 1);
		collected_done(&got);
		bytes_done(&text);
	}
}

static void test_read_delimited__ascii_for_long_then_gb18030(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct collected got = { 0 };
	repeat(&text, view_of("a,b\n"), view_of("x,1\n"), 100000);
	repeat(&text, view_of(""), view_of("\xd5\xc5\xce\xb0,2\n"), 3);
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 100004);
	assert_non_null(strstr(got.text.ptr, "[ csv gb18030 2]"));
	assert_non_null(strstr(got.text.ptr, "<\xe5\xbc\xa0\xe4\xbc\x9f><2>"));
	collected_done(&got);
	bytes_done(&text);
}

/* ---- limits ---- */

static void test_read_delimited__too_many_columns(void **state)
{
	(void)state;
	static const unsigned widths[] = { 4095, 4096, 5000, 1000000, 4000000 };
	for (size_t i = 0; i < LEN(widths); i++) {
		struct bytes text = { 0 };
		struct collected got = { .quiet = true };
		for (unsigned row = 0; row < 2; row++)
			repeat(&text, view_of("x"), view_of(",y"), widths[i] - 1), bytes_byte(&text, '\n');
		collect_memory(bytes_view(&text), &got);
		if (widths[i] <= BATCH_COLUMNS_MAX) {
			assert_int_equal(got.columns, widths[i]);
			assert_int_equal(got.records, 2);
			assert_int_equal(got.unread, 0);
		} else {
			assert_int_equal(got.why, JAIL_WHY_COLUMNS);
			assert_int_equal(got.unread, 1);
			assert_int_equal(got.records, 0);
		}
		collected_done(&got);
		bytes_done(&text);
	}
}

/* A long record is left out wherever it stands, and what is behind it is read. */
static void test_read_delimited__long_records_are_left_out(void **state)
{
	(void)state;
	for (unsigned place = 0; place < 3; place++) {
		struct bytes text = { 0 };
		struct collected got = { 0 };
		if (place > 0)
			bytes_text(&text, "a,b\n");
		if (place > 1)
			repeat(&text, view_of(""), view_of("x,1\n"), 600000);
		repeat(&text, view_of("x,"), view_of("0123456789"), 300000);
		bytes_text(&text, "\ny,2\nz,3\n");
		collect_memory(bytes_view(&text), &got);
		assert_int_equal(got.malformed, 1);
		assert_int_equal(got.unread, 1);
		assert_int_equal(got.why, JAIL_WHY_RECORD);
		assert_int_equal(got.records, place == 0 ? 2 : place == 1 ? 3 : 600003);
		assert_non_null(strstr(got.text.ptr, "<y><2>\n<z><3>\n"));
		collected_done(&got);
		bytes_done(&text);
	}
}

/* A record of just the limit is kept, of one byte more is not. */
static void test_read_delimited__the_longest_record(void **state)
{
	(void)state;
	for (unsigned quoted = 0; quoted < 2; quoted++)
		for (size_t more = 0; more < 2; more++) {
			struct bytes text = { 0 };
			struct collected got = { .quiet = true };
			size_t len = BATCH_RECORD_MAX - 2 + more - 2 * quoted;
			bytes_text(&text, quoted ? "a,b\n1,\"" : "a,b\n1,");
			memset(bytes_room(&text, len), 'x', len);
			text.len += len;
			bytes_text(&text, quoted ? "\"\n2,3\n" : "\n2,3\n");
			collect_memory(bytes_view(&text), &got);
			assert_int_equal(got.records, more ? 2 : 3);
			assert_int_equal(got.unread, more);
			collected_done(&got);
			bytes_done(&text);
		}
}

/* An open quote in front of megabytes costs its own record. */
static void test_read_delimited__open_quote_swallows_nothing(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct collected got = { .quiet = true };
	repeat(&text, view_of("a,b\n\"1\",2\n\"3\",4\n\"open,5\n"), view_of("y,6\n"), 800000);
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 800004);
	assert_int_equal(got.malformed, 1);
	assert_int_equal(got.unread, 0);
	collected_done(&got);
	bytes_done(&text);
}

/* Bytes that never end, made as they are pulled. */
static size_t pull_endless(struct source *source, void *into, size_t len)
{
	if (len > source->at)
		len = source->at;
	source->at -= len;
	memset(into, 'x', len);
	return len;
}

static void test_read_delimited__a_line_of_a_gigabyte(void **state)
{
	(void)state;
	struct source source = { .pull = pull_endless, .at = (uint64_t)1 << 30 };
	struct collected got = { .quiet = true };
	collect_source(&source, view_of("leak"), &read_limits_usual, &got);
	assert_int_equal(got.records, 0);
	assert_int_equal(got.why, JAIL_WHY_RECORD);
	collected_done(&got);
}

/* Whatever the bytes, nothing breaks. */
static void test_read_delimited__rubbish_is_survived(void **state)
{
	(void)state;
	static const char alphabet[] = "a1,;|\t\"\"'\n\r -\x81\x7c\xe5\xbc\xa0\xff\xd5\xc5";
	uint32_t seed = 1;
	for (unsigned round = 0; round < 400; round++) {
		char text[900];
		size_t len = round * 2;
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		}
		struct read_limits limits = read_limits_usual;
		struct source source;
		struct collected got = { 0 };
		limits.raw = 16 + round % 50;
		limits.window = 128 + round;
		source_memory(&source, view_make(text, len));
		collect_source(&source, view_of("leak"), &limits, &got);
		collected_done(&got);
	}
}

/* ---- several tables in one text ---- */

static const struct row tables[] = {
	{ "the same names again are left to who knows what names are",
	        TEXT("name,mobile\nA,13800000001\nB,13800000002\nname,mobile\nC,13800000003\n"),
	        "[ csv utf-8 2]\n<name><mobile>\n<A><13800000001>\n<B><13800000002>\n<name><mobile>\n"
	        "<C><13800000003>\nend 0\n" },
	{ "other columns, a blank line between",
	        TEXT("name,mobile\nA,13800000001\nB,13800000002\n\n"
	             "order_no,mobile,owner,city\n7001,13800000003,C,X\n"),
	        "[ csv utf-8 2]\n<name><mobile>\n<A><13800000001>\n<B><13800000002>\nend 0\n"
	        "[table 2 csv utf-8 4]\n<order_no><mobile><owner><city>\n<7001><13800000003><C><X>\nend 0\n" },
	{ "fewer columns, quoted, with a mark",
	        TEXT("no;name;mobile\n1001;A;13800000001\n1002;B;13800000002\n\xef\xbb\xbf\"name\";\"mobile\"\n"
	             "\"C\";\"13800000003\"\n"),
	        "[ csv utf-8 3]\n<no><name><mobile>\n<1001><A><13800000001>\n<1002><B><13800000002>\nend 0\n"
	        "[table 2 csv utf-8 2]\n<name><mobile>\n<C><13800000003>\nend 0\n" },
	{ "the same columns in another order",
	        TEXT("name,mobile,city\nA,13800000001,X\nB,13800000002,Y\ncity,name,mobile\nX,C,13800000003\n"),
	        "[ csv utf-8 3]\n<name><mobile><city>\n<A><13800000001><X>\n<B><13800000002><Y>\nend 0\n"
	        "[table 2 csv utf-8 3]\n<city><name><mobile>\n<X><C><13800000003>\nend 0\n" },
	{ "as many columns of another sort, under unknown names",
	        TEXT("name,mobile\nA,13800000001\nB,13800000002\nsku,qq\nx1,10001\nx2,10002\nx3,10003\nx4,10004\n"
	             "when,what\n2021-08-31,a\n2021-08-30,b\n2021-08-29,c\n2021-08-28,d\n"),
	        "[ csv utf-8 2]\n<name><mobile>\n<A><13800000001>\n<B><13800000002>\n<sku><qq>\n<x1><10001>\n"
	        "<x2><10002>\n<x3><10003>\n<x4><10004>\nend 0\n"
	        "[table 2 csv utf-8 2]\n<when><what>\n<2021-08-31><a>\n<2021-08-30><b>\n<2021-08-29><c>\n"
	        "<2021-08-28><d>\nend 0\n" },
	{ "another separator behind is told as what it is here",
	        TEXT("name,mobile\nA,13800000001\nB,13800000002\nC,13800000003\nD,13800000004\nx\ty\n1\t2\n"),
	        "[ csv utf-8 2]\n<name><mobile>\n<A><13800000001>\n<B><13800000002>\n<C><13800000003>\n"
	        "<D><13800000004>\n<x\ty><>\n<1\t2><>\nend 2\n" },
	{ "a record without its number",
	        TEXT("name,mobile,city\nA,13800000001,X\nB,none,Y\nC,13800000003,Z\nD,13800000004,Z\n"
	             "E,13800000005,Z\nF,13800000006,Z\n"),
	        "[ csv utf-8 3]\n<name><mobile><city>\n<A><13800000001><X>\n<B><none><Y>\n<C><13800000003><Z>\n"
	        "<D><13800000004><Z>\n<E><13800000005><Z>\n<F><13800000006><Z>\nend 0\n" },
	{ "a record that is broken in two",
	        TEXT("name,mobile,city\nA,13800000001,X\nB,\nC,13800000003,Z\nroad, near the "
	             "bridge\nD,13800000004,Z\n"),
	        "[ csv utf-8 3]\n<name><mobile><city>\n<A><13800000001><X>\n<B><><>\n<C><13800000003><Z>\n"
	        "<road>< near the bridge><>\n<D><13800000004><Z>\nend 2\n" },
	{ "records that lack their last cells",
	        TEXT("name,mobile,city\nA,13800000001,X\nB,13800000002,Y\nC,13800000003\nD,13800000004\n"
	             "E,13800000005\nF,13800000006\nG,13800000007\nH,13800000008,Z\n"),
	        "[ csv utf-8 3]\n<name><mobile><city>\n<A><13800000001><X>\n<B><13800000002><Y>\n<C><13800000003><>\n"
	        "<D><13800000004><>\n<E><13800000005><>\n<F><13800000006><>\n<G><13800000007><>\n"
	        "<H><13800000008><Z>\nend 5\n" },
};

static void test_read_delimited__parts_tables_put_one_behind_the_other(void **state)
{
	unsigned bad = 0;
	(void)state;
	for (size_t i = 0; i < LEN(tables); i++) {
		struct collected got = { 0 };
		collect_memory(tables[i].in, &got);
		if (strcmp(got.text.ptr, tables[i].want) != 0) {
			print_error("%s:\n%s--- wanted\n%s", tables[i].name, got.text.ptr, tables[i].want);
			bad++;
		}
		collected_done(&got);
		if (tables[i].in.len < 300)
			same_at_every_size(tables[i].in, tables[i].name);
	}
	assert_int_equal(bad, 0);
}

static uint32_t below(uint64_t *dice, uint32_t most)
{
	*dice = *dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*dice >> 33) % most;
}

/* A column of some sort; its name, or a cell. Odd sorts have a number in each cell. */
enum { SORTS = 8 };
static void sort_print(struct bytes *out, unsigned sort, unsigned row, uint64_t *dice)
{
	static const char *const names[SORTS] = { "name", "mobile", "city", "order_no", "level", "birth date", "remark",
		"address" };
	static const char *const words[] = { "Hangzhou", "none", "gold", "x", "Li Lei", "north gate", "name it", "" };
	if (row == 0)
		bytes_text(out, names[sort]);
	else if (sort == 1)
		bytes_print(out, "1%010u", 3800000000u / 2 + below(dice, 100000000));
	else if (sort == 3)
		bytes_print(out, "SO%07u", 1000000 + below(dice, 8000000));
	else if (sort == 5)
		bytes_print(out, "20%02u-%02u-11", below(dice, 22), 1 + below(dice, 12));
	else if (sort == 7)
		bytes_print(out, "\"road %u, house, %u\"", below(dice, 9), 1000 + below(dice, 9));
	else
		bytes_text(out, words[below(dice, sort == 2 ? 7 : LEN(words))]);
}

/* Random tables, each with a column of numbers, in one text: parts, columns, records and cells are those of the tables
 * read one by one. Lines of names come again within a table; rows lack cells here and there. */
static void test_read_delimited__tables_of_chance_come_apart(void **state)
{
	uint64_t dice = 20211211;
	unsigned parts = 0, repeated = 0;
	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		struct bytes text = { 0 }, want = { 0 };
		struct collected got = { 0 };
		unsigned count = 1 + below(&dice, 4), last = 0;
		for (unsigned t = 0; t < count; t++) {
			unsigned sorts[SORTS], columns = 2 + below(&dice, SORTS - 2);
			if (columns == last) /* as many columns are told only by names that are known */
				columns += columns == 2 ? 1U : -1U;
			for (unsigned c = 0; c < SORTS; c++)
				sorts[c] = c;
			for (unsigned c = 0; c < SORTS; c++) {
				unsigned other = below(&dice, SORTS), kept = sorts[c];
				sorts[c] = sorts[other];
				sorts[other] = kept;
			}
			bool numbers = false;
			for (unsigned c = 0; c < columns; c++)
				numbers |= sorts[c] % 2 != 0;
			sorts[0] = numbers ? sorts[0] : 1;
			unsigned rows_here = 6 + below(&dice, 60), short_rows = 0;
			struct bytes table = { 0 };
			for (unsigned row = 0; row < rows_here; row++) {
				/* Names again, or a record that breaks off: not at the beginning, which says what a
				 * table is. */
				bool again = row > 5 && below(&dice, 20) == 0;
				unsigned cells = row > 5 && !again && below(&dice, 30) == 0 ? columns - 1 : columns;
				repeated += again;
				short_rows += cells < columns;
				for (unsigned c = 0; c < cells; c++) {
					if (c)
						bytes_byte(&table, ',');
					sort_print(&table, sorts[c], again ? 0 : row, &dice);
				}
				if (cells == 1 && !table.failed && table.ptr[table.len - 1] == '\n')
					bytes_text(&table, "7"); /* a blank line would be no record */
				bytes_byte(&table, '\n');
			}
			if (t && below(&dice, 2))
				bytes_byte(&text, '\n');
			bytes_add(&text, bytes_view(&table));
			bytes_text(&want, "[");
			if (t)
				bytes_print(&want, "table %u", t + 1);
			bytes_print(&want, " csv utf-8 %u] %u %u\n", columns, rows_here, short_rows);
			bytes_done(&table);
			last = columns;
		}
		parts += count;
		bytes_byte(&want, 0);
		collect_memory(bytes_view(&text), &got);
		/* The heads of parts, with how many records and how many of them malformed. */
		struct bytes heads = { 0 };
		unsigned records = 0;
		for (char *at = got.text.ptr, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
			*end = 0;
			if (*at == '[')
				bytes_text(&heads, at);
			records += *at == '<';
			if (*at == 'e') {
				bytes_print(&heads, " %u %s\n", records, at + 4);
				records = 0;
			}
		}
		bytes_byte(&heads, 0);
		if (strcmp(heads.ptr, want.ptr) != 0)
			print_error("round %u:\n%s--- wanted\n%s---\n%.*s\n", round, heads.ptr, want.ptr, (int)text.len,
			        text.ptr);
		assert_string_equal(heads.ptr, want.ptr);
		bytes_done(&heads);
		bytes_done(&text);
		bytes_done(&want);
		collected_done(&got);
	}
	assert_true(parts > 800 && repeated > 100);
}

/* Text that asks at every line, and more tables than are told apart: it stays quick, and nothing is lost. */
static void test_read_delimited__asking_has_an_end(void **state)
{
	struct bytes text = { 0 };
	struct collected got = { .quiet = true };
	(void)state;
	bytes_text(&text, "a,b,c\n");
	for (unsigned i = 0; i < 200000; i++)
		bytes_text(&text, i % 2 ? "x,y\n" : "x,y,z,t\n");
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 200001);
	collected_done(&got);
	text.len = 0;
	got = (struct collected){ .quiet = true };
	for (unsigned i = 0; i < 1000; i++)
		bytes_print(&text,
		        i % 2 ? "name,mobile\nA,13800000001\nB,1380000%04u\n"
		              : "name,mobile,city\nA,13800000001,X\nB,1380000%04u,Y\n",
		        i);
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 3000);
	assert_int_equal(got.batches, 256);
	collected_done(&got);
	bytes_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_delimited__knows_encodings_and_dialects),
		cmocka_unit_test(test_read_delimited__cells_do_not_depend_on_buffers),
		cmocka_unit_test(test_read_delimited__characters_cut_by_real_buffers),
		cmocka_unit_test(test_read_delimited__ascii_for_long_then_gb18030),
		cmocka_unit_test(test_read_delimited__too_many_columns),
		cmocka_unit_test(test_read_delimited__long_records_are_left_out),
		cmocka_unit_test(test_read_delimited__the_longest_record),
		cmocka_unit_test(test_read_delimited__open_quote_swallows_nothing),
		cmocka_unit_test(test_read_delimited__a_line_of_a_gigabyte),
		cmocka_unit_test(test_read_delimited__rubbish_is_survived),
		cmocka_unit_test(test_read_delimited__parts_tables_put_one_behind_the_other),
		cmocka_unit_test(test_read_delimited__tables_of_chance_come_apart),
		cmocka_unit_test(test_read_delimited__asking_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
