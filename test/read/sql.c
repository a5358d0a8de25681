/* SQL dumps: programs, escapes, tables that take turns, damage; the same cells whatever the buffers. */
#include "collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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
	{ "mysqldump",
	        TEXT("-- MySQL dump 10.13  Distrib 8.0\n--\n-- Host: it's here\n\n/*!40101 SET NAMES utf8mb4 */;\n"
	             "DROP TABLE IF EXISTS `t_user`;\nCREATE TABLE `t_user` (\n  `id` int(11) NOT NULL "
	             "AUTO_INCREMENT,\n"
	             "  `name` varchar(9) DEFAULT 'a,b)' COMMENT 'it''s (a) name',\n  `price` decimal(10,2),\n"
	             "  PRIMARY KEY (`id`),\n  KEY `n` (`name`,`price`)\n) ENGINE=InnoDB COMMENT='x;y';\n"
	             "LOCK TABLES `t_user` WRITE;\n/*!40000 ALTER TABLE `t_user` DISABLE KEYS */;\n"
	             "INSERT INTO `t_user` VALUES (1,'" ZHANG "',1.50),(2,NULL,-3e5),\n(3,'',NULL);\n"
	             "/*!40000 ALTER TABLE `t_user` ENABLE KEYS */;\nUNLOCK TABLES;\n-- Dump completed\n"),
	        "[t_user sql utf-8 3]\n<id><name><price>\n<1><" ZHANG "><1.50>\n<2><><-3e5>\n<3><><>\nend 0\n" },
	{ "escapes of mysql",
	        TEXT("INSERT INTO `t` VALUES "
	             "('it\\'s','a\\\\','b''c','l\\nm\\tn\\Zz','\\%\\_\\q\\\"','a\\0b',\"d\\\"q'\");"),
	        "[t sql utf-8 7]\n<it's><a\\><b'c><l\nm\tn\x1az><\\%\\_q\"><a" },
	{ "separators inside strings", TEXT("INSERT INTO `t` VALUES ('a),(b','c;d\n',';'),(',','(',')');"),
	        "[t sql utf-8 3]\n<a),(b><c;d\n><;>\n<,><(><)>\nend 0\n" },
	{ "bytes",
	        TEXT("INSERT INTO `t` VALUES (0x61E5BCA0,x'6263',X'00FF',_binary 'raw',b'1',_utf8mb4'u',0xD41D8CD9);"),
	        "[t sql utf-8 7]\n<a" ZHANG "><bc><00FF><raw><1><u><D41D8CD9>\nend 0\n" },
	{ "the statement's own columns",
	        TEXT("CREATE TABLE `t` (`a` int, `b` int, `c` int);\nINSERT INTO `t` (`c`, `a`) VALUES (3,1);\n"
	             "insert ignore into t(a,b,c) values(1,2,3);\nREPLACE INTO `t` VALUES (4,5,6);\n"),
	        "[t sql utf-8 3]\n<a><b><c>\n<1><><3>\n<1><2><3>\n<4><5><6>\nend 0\n" },
	{ "columns nobody created",
	        TEXT("INSERT INTO `t` (`a`,`b`) VALUES (1,2);\nINSERT INTO `t` (`b`,`x`) VALUES (3,4);\n"),
	        "[t sql utf-8 2]\n<a><b>\n<1><2>\n<><3>\nend 1\n" },
	{ "no names", TEXT("INSERT INTO t VALUES ('name','x');\nINSERT INTO t VALUES ('A','y');\n"),
	        "[t sql utf-8 2]\n<name><x>\n<A><y>\nend 0\n" },
	{ "a table of another width", TEXT("CREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1,2,3),(4,5,6);\n"),
	        "[t sql utf-8 3]\n<1><2><3>\n<4><5><6>\nend 0\n" },
	{ "pg_dump copy",
	        TEXT("--\n-- PostgreSQL database dump\n--\n\nSET standard_conforming_strings = on;\n"
	             "CREATE FUNCTION public.f() RETURNS trigger AS $$\nBEGIN\n INSERT INTO log VALUES "
	             "('it''s');\nEND;$$;\n"
	             "CREATE TABLE public.users (\n    id integer NOT NULL,\n    name character varying(9),\n    v "
	             "text\n);\n"
	             "COPY public.users (id, name, v) FROM stdin;\n1\t" ZHANG
	             "\tC:\\\\x\n2\t\\N\ta\\tb\\nc\n3\t\t\\x41\\101\n"
	             "\\.\n\n\nSELECT pg_catalog.setval('public.s', 1, false);\n"),
	        "[users sql utf-8 3]\n<id><name><v>\n<1><" ZHANG "><C:\\x>\n<2><><a\tb\nc>\n<3><><AA>\nend 0\n" },
	{ "pg_dump inserts",
	        TEXT("-- PostgreSQL database dump\nINSERT INTO public.t VALUES (1, 'C:\\', true);\n"
	             "INSERT INTO public.t VALUES (2, E'it\\'s\\n', '2021-08-31'::date);\n"),
	        "[t sql utf-8 3]\n<1><C:\\><true>\n<2><it's\n><2021-08-31>\nend 0\n" },
	{ "empty copy", TEXT("COPY public.a (x) FROM stdin;\n\\.\nCOPY public.b (x) FROM stdin;\n1\n\\.\n"),
	        "[b sql utf-8 1]\n<x>\n<1>\nend 0\n" },
	{ "sql server",
	        TEXT("USE [crm]\r\nGO\r\nCREATE TABLE [dbo].[T_Owner](\r\n\t[ID] [int] IDENTITY(1,1) NOT NULL,\r\n"
	             "\t[Name] [nvarchar](50) NULL,\r\n CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([ID] ASC)\r\n) ON "
	             "[PRIMARY]\r\n"
	             "GO\r\nSET IDENTITY_INSERT [dbo].[T_Owner] ON \r\n"
	             "INSERT [dbo].[T_Owner] ([ID], [Name]) VALUES (1, N'" ZHANG "\\')\r\nGO\r\n"
	             "INSERT [dbo].[T_Owner] ([ID], [Name]) VALUES (2, CAST(N'2021-08-31' AS DateTime))\r\nGO\r\n"),
	        "[T_Owner sql utf-8 2]\n<ID><Name>\n<1><" ZHANG "\\>\n<2><2021-08-31>\nend 0\n" },
	{ "oracle",
	        TEXT("REM INSERTING into \"S\".\"T\"\nSET DEFINE OFF;\nInsert into \"S\".\"T\" (\"A\",\"B\",\"C\") "
	             "values "
	             "('x',to_date('2021-08-31 00:00:00','YYYY-MM-DD HH24:MI:SS'),null);\n"
	             "Insert into S.T (A,B,C) values ('y','a'||chr(10)||'b',.5);\n"),
	        "[T sql utf-8 3]\n<A><B><C>\n<x><2021-08-31 00:00:00><>\n<y><'a'||chr(10)||'b'><.5>\nend 0\n" },
	{ "sqlite",
	        TEXT("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(id INTEGER PRIMARY KEY, name "
	             "TEXT);\n"
	             "INSERT INTO t VALUES(1,'C:\\');\nINSERT INTO \"t\" VALUES(2,'b');\nCOMMIT;\n"),
	        "[t sql utf-8 2]\n<id><name>\n<1><C:\\>\n<2><b>\nend 0\n" },
	{ "all on one line",
	        TEXT("SET NAMES utf8; INSERT INTO t(a) VALUES('1'); INSERT INTO t(a) VALUES('2'); COMMIT;"),
	        "[t sql utf-8 1]\n<a>\n<1>\n<2>\nend 0\n" },
	{ "comments everywhere", TEXT("INSERT INTO t /* x */ (a) -- y\n VALUES /*z*/ ('1'), -- '\n('2') # no\n;\n"),
	        "[t sql utf-8 1]\n<a>\n<1>\n<2>\nend 0\n" },
	{ "insert all",
	        TEXT("CREATE TABLE T (A int);\nINSERT ALL\n INTO T (A) VALUES (1)\n INTO T (A) VALUES (2)\nSELECT 1 "
	             "FROM dual;\n"),
	        "[T sql utf-8 1]\n<A>\n<1>\n<2>\nend 0\n" },
	{ "on duplicate key",
	        TEXT("INSERT INTO `t` VALUES (1),(2) ON DUPLICATE KEY UPDATE a=VALUES(a);\nINSERT INTO `t` VALUES "
	             "(3);\n"),
	        "[t sql utf-8 1]\n<1>\n<2>\n<3>\nend 0\n" },
	{ "two tables",
	        TEXT("CREATE TABLE `a` (`x` int);\nCREATE TABLE `empty` (`q` int);\nINSERT INTO `a` VALUES (1),(2);\n"
	             "CREATE TABLE `b` (`y` int, `z` int);\nINSERT INTO `b` VALUES (3,4);\n"),
	        "[a sql utf-8 1]\n<x>\n<1>\n<2>\nend 0\n[b sql utf-8 2]\n<y><z>\n<3><4>\nend 0\n" },
	{ "tables that take turns",
	        TEXT("INSERT INTO `a` VALUES (1);\nINSERT INTO `b` VALUES (2,2);\nINSERT INTO `a` VALUES (3);\nINSERT "
	             "INTO `c` "
	             "VALUES ('z');\nINSERT INTO `b` VALUES (4,4);\nINSERT INTO `a` VALUES (5);\n"),
	        "[a sql utf-8 1]\n<1>\n<3>\n<5>\nend 0\n[b sql utf-8 2]\n<2><2>\n<4><4>\nend 0\n[c sql utf-8 "
	        "1]\n<z>\nend 0\n" },
	{ "two databases",
	        TEXT("USE `p`;\nCREATE TABLE `t` (`a` int);\nINSERT INTO `t` VALUES (1);\nUSE `q`;\nCREATE TABLE `t` "
	             "(`b` int);\n"
	             "INSERT INTO `t` VALUES (2);\n"),
	        "[t sql utf-8 1]\n<a>\n<1>\nend 0\n[q.t sql utf-8 1]\n<b>\n<2>\nend 0\n" },
	{ "a name to be wary of", TEXT("INSERT INTO `a/\x1b[2J``b` VALUES (1);\n"),
	        "[a/?[2J`b sql utf-8 1]\n<1>\nend 0\n" },
	{ "gb18030 with a backslash as second byte", /* U+8AA0 is D5 5C */
	        TEXT("INSERT INTO `t` VALUES ('\xd5\xc5\xd5\x5c','1'),('\xd5\x5c\xd5\xc5','2');\n"),
	        "[t sql gb18030 2]\n<" ZHANG "\xe8\xaa\xa0><1>\n<\xe8\xaa\xa0" ZHANG "><2>\nend 0\n" },
	{ "utf-16le", TEXT("\xff\xfeI\0N\0S\0E\0R\0T\0 \0[\0t\0]\0 \0V\0A\0L\0U\0E\0S\0(\0N\0'\0\x20\x5f'\0)\0"),
	        "[t sql utf-16le 1]\n<" ZHANG ">\nend 0\n" },
	/* damage */
	{ "a quote lost",
	        TEXT("INSERT INTO `t` VALUES ('a','b),('c','d'),('e','f'),('g','h');\nINSERT INTO `t` VALUES "
	             "('i','j');\n"),
	        "[t sql utf-8 2]\n<c><d>\n<e><f>\n<g><h>\n<i><j>\nend 1\n" },
	{ "a quote too many", TEXT("INSERT INTO `t` VALUES ('a','b'),('c','d'e'),('f','g');\n"),
	        "[t sql utf-8 2]\n<a><b>\n<f><g>\nend 1\n" },
	{ "ragged", TEXT("INSERT INTO `t` VALUES ('a','b'),('c'),('d','e','f');\n"),
	        "[t sql utf-8 2]\n<a><b>\n<c><>\n<d><e>\nend 2\n" },
	{ "broken off", TEXT("INSERT INTO `t` VALUES ('a','b'),('c','d"), "[t sql utf-8 2]\n<a><b>\nend 1\n" },
	{ "a broken statement", TEXT("INSERT INTO `t VALUES ('a');\nINSERT INTO `t` VALUES ('b');\n"),
	        "[t sql utf-8 1]\n<b>\nend 1\n" },
	{ "damage of two tables",
	        TEXT("INSERT INTO `a` VALUES ('1);\nINSERT INTO `a` VALUES ('2');\nINSERT INTO `b` VALUES "
	             "('3'),('4'x),('5');\n"
	             "INSERT INTO `a` VALUES ('6'),('7'x);\nINSERT INTO `b` VALUES ('8'x);\n"),
	        "[a sql utf-8 1]\n<2>\n<6>\nend 2\n[b sql utf-8 1]\n<3>\n<5>\nend 2\n" },
	{ "no records", TEXT("CREATE TABLE `t` (`a` int);\n"), "unread : empty\n" },
	{ "nothing but damage", TEXT("INSERT INTO t VALUES ('a\nINSERT INTO\n"),
	        "unread : damaged: it breaks off or contradicts itself\n" },
	{ "rows from elsewhere", TEXT("INSERT INTO t SELECT a FROM b;\n"),
	        "unread : damaged: it breaks off or contradicts itself\n" },
};

static void test_read_sql__knows_programs_and_damage(void **state)
{
	(void)state;
	unsigned bad = 0;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected got = { 0 };
		collect_memory(rows[i].in, &got);
		bool whole = strcmp(got.text.ptr, rows[i].want) == 0;
		/* A cell with a zero byte ends what can be compared. */
		bool cut = strcmp(rows[i].name, "escapes of mysql") == 0 &&
		           view_starts(bytes_view(&got.text), rows[i].want);
		if (!whole && !cut) {
			print_error("%s:\n%s--- wanted\n%s", rows[i].name, got.text.ptr, rows[i].want);
			bad++;
		}
		collected_done(&got);
	}
	assert_int_equal(bad, 0);
}

/* ---- borders of buffers ---- */

static void test_read_sql__cells_do_not_depend_on_buffers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct collected whole = { 0 };
		collect_memory(rows[i].in, &whole);
		for (size_t raw = 16; raw < 96; raw += 1 + raw % 5) {
			struct read_limits limits = read_limits_usual;
			struct source source;
			struct collected got = { 0 };
			limits.raw = raw;
			limits.window = 1024 + raw * 3;
			source_memory(&source, rows[i].in);
			source.chunk = 1 + raw % 13;
			collect_source(&source, view_of("leak"), &limits, &got);
			if (strcmp(got.text.ptr, whole.text.ptr) != 0)
				print_error("%s, buffer of %zu:\n%s--- whole\n%s", rows[i].name, raw, got.text.ptr,
				        whole.text.ptr);
			assert_string_equal(got.text.ptr, whole.text.ptr);
			collected_done(&got);
		}
		collected_done(&whole);
	}
}

/* Rows longer and shorter than what the buffers hold at a time, tables in turns, characters of two bytes. */
static void test_read_sql__turns_over_real_buffers(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct collected got = { .quiet = true };
	for (unsigned i = 0; i < 30000; i++) {
		bytes_print(&text, "INSERT INTO `t%u` VALUES (%u,'\xd5\xc5\xd5\x5c%*s','it\\'s');\n", i % 3, i,
		        (int)(i % 300), "");
	}
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 30000);
	assert_int_equal(got.malformed, 0);
	assert_int_equal(got.unread, 0);
	assert_string_equal(
	        got.text.ptr, "[t0 sql gb18030 3]\nend 0\n[t1 sql gb18030 3]\nend 0\n[t2 sql gb18030 3]\nend 0\n");
	collected_done(&got);
	bytes_done(&text);
}

/* Bytes that cannot be rewound: a table that comes back is a part again, and no record is lost. */
static void test_read_sql__a_stream_is_read_once(void **state)
{
	(void)state;
	static const char text[] = "INSERT INTO `a` (`x`) VALUES (1);\nINSERT INTO `b` (`y`) VALUES (2);\n"
	                           "INSERT INTO `b` (`y`) VALUES (3);\nINSERT INTO `a` (`x`) VALUES (4);\n";
	struct source source;
	struct collected got = { 0 };
	source_memory(&source, view_of(text));
	struct read_limits limits = read_limits_usual;
	limits.held = 10;
	source.seek = NULL;
	collect_source(&source, view_of("leak"), &limits, &got);
	assert_string_equal(got.text.ptr, "[a sql utf-8 1]\n<x>\n<1>\nend 0\n[b sql utf-8 1]\n<y>\n<2>\n<3>\nend 0\n"
	                                  "[a sql utf-8 1]\n<x>\n<4>\nend 0\n");
	collected_done(&got);
	/* Held in memory, it can be. */
	got = (struct collected){ 0 };
	source_memory(&source, view_of(text));
	source.seek = NULL;
	collect_source(&source, view_of("leak"), &read_limits_usual, &got);
	assert_string_equal(
	        got.text.ptr, "[a sql utf-8 1]\n<x>\n<1>\n<4>\nend 0\n[b sql utf-8 1]\n<y>\n<2>\n<3>\nend 0\n");
	collected_done(&got);
}

/* ---- limits ---- */

/* A statement of megabytes, made as it is pulled. */
struct maker {
	uint64_t made, rows;
	const char *head, *row, *tail;
	char rest[256];
	size_t rest_at, rest_len;
};

static size_t pull_made(struct source *source, void *into, size_t len)
{
	struct maker *maker = source->user;
	if (maker->rest_at == maker->rest_len) {
		const char *next = maker->made == 0                 ? maker->head
		                   : maker->made <= maker->rows     ? maker->row
		                   : maker->made == maker->rows + 1 ? maker->tail
		                                                    : "";
		maker->made++;
		maker->rest_at = 0;
		maker->rest_len = strlen(next);
		memcpy(maker->rest, next, maker->rest_len);
	}
	if (len > maker->rest_len - maker->rest_at)
		len = maker->rest_len - maker->rest_at;
	memcpy(into, maker->rest + maker->rest_at, len);
	maker->rest_at += len;
	return len;
}

static void collect_made(struct maker *maker, struct collected *got)
{
	struct source source = { .pull = pull_made, .user = maker, .fd = -1 };
	collect_source(&source, view_of("leak"), &read_limits_usual, got);
}

static void test_read_sql__a_statement_of_many_megabytes(void **state)
{
	(void)state;
	struct maker maker = { .rows = 2000000,
		.head = "INSERT INTO `t` VALUES (1,'x')",
		.row = ",(2,'it\\'s a row of some length')",
		.tail = ";\n" };
	struct collected got = { .quiet = true };
	collect_made(&maker, &got);
	assert_int_equal(got.records, 2000001);
	assert_int_equal(got.malformed, 0);
	collected_done(&got);
}

static void test_read_sql__a_string_that_never_ends(void **state)
{
	(void)state;
	struct maker maker = { .rows = 4000000,
		.head = "INSERT INTO `t` VALUES (1,'x');\nINSERT INTO `t` VALUES ('",
		.row = "no end of this string is to be seen anywhere ",
		.tail = "" };
	struct collected got = { .quiet = true };
	collect_made(&maker, &got);
	assert_int_equal(got.records, 1);
	assert_int_equal(got.malformed, 1);
	assert_int_equal(got.why, JAIL_WHY_RECORD);
	collected_done(&got);
}

static void test_read_sql__long_rows_are_left_out(void **state)
{
	(void)state;
	static const char *const heads[] = { "INSERT INTO `t` VALUES ('a'),('", "COPY t (a) FROM stdin;\na\n" };
	static const char *const tails[] = { "'),('b');\n", "\nb\n\\.\n" };
	for (size_t i = 0; i < LEN(heads); i++) {
		struct bytes text = { 0 };
		struct collected got = { 0 };
		bytes_text(&text, heads[i]);
		memset(bytes_room(&text, 3 << 20), 'x', 3 << 20);
		text.len += 3 << 20;
		bytes_text(&text, tails[i]);
		collect_memory(bytes_view(&text), &got);
		assert_int_equal(got.malformed, 1);
		assert_int_equal(got.unread, 1);
		assert_int_equal(got.why, JAIL_WHY_RECORD);
		assert_non_null(strstr(got.text.ptr, "<a>\n"));
		assert_non_null(strstr(got.text.ptr, "<b>\n"));
		collected_done(&got);
		bytes_done(&text);
	}
}

static void test_read_sql__too_many_columns_and_tables(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	struct collected got = { .quiet = true };
	bytes_text(&text, "INSERT INTO `wide` VALUES (1");
	for (unsigned i = 0; i < 4096; i++)
		bytes_text(&text, ",2");
	bytes_text(&text, ");\n");
	for (unsigned i = 0; i < 5000; i++)
		bytes_print(&text, "INSERT INTO `t%u` VALUES (%u);\n", i, i);
	collect_memory(bytes_view(&text), &got);
	assert_int_equal(got.records, 4095);
	assert_int_equal(got.unread, 2);
	assert_non_null(strstr(got.text.ptr, "unread wide: more columns"));
	assert_non_null(strstr(got.text.ptr, "unread : more members"));
	collected_done(&got);
	bytes_done(&text);
}

/* Whatever the bytes, nothing breaks and all comes to an end. */
static void test_read_sql__rubbish_is_survived(void **state)
{
	(void)state;
	static const char *const pieces[] = { "INSERT INTO ", "`a`", "`b`", " VALUES ", "(", ")", ",", "'", "x", "\\",
		";", "\n", "COPY a (b) FROM stdin;\n", "\\.\n", "--", "/*", "*/", "CREATE TABLE ", "NULL", "0x61", "$$",
		"\t", "\xd5\x5c", "\0", "1", "||", "[", "]", "\"", "N'" };
	uint32_t seed = 1;
	for (unsigned round = 0; round < 1000; round++) {
		struct bytes text = { 0 };
		bytes_text(&text, "INSERT INTO ");
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
		if (round % 2)
			source.seek = NULL;
		collect_source(&source, view_of("leak"), &limits, &got);
		collected_done(&got);
		bytes_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_sql__knows_programs_and_damage),
		cmocka_unit_test(test_read_sql__cells_do_not_depend_on_buffers),
		cmocka_unit_test(test_read_sql__turns_over_real_buffers),
		cmocka_unit_test(test_read_sql__a_stream_is_read_once),
		cmocka_unit_test(test_read_sql__a_statement_of_many_megabytes),
		cmocka_unit_test(test_read_sql__a_string_that_never_ends),
		cmocka_unit_test(test_read_sql__long_rows_are_left_out),
		cmocka_unit_test(test_read_sql__too_many_columns_and_tables),
		cmocka_unit_test(test_read_sql__rubbish_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
