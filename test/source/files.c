/* The company's own files as one table: headers, order, what is counted, what is refused: test_source_files READER */
#include "source/source.h"

#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../scratch.h"

/* Reads to the end: names joined by '|', records by '\n'. */
static hufu_status take_all(const char *path, char *out, size_t cap, uint64_t *malformed, hufu_error *error)
{
	struct source *source = NULL;
	const struct batch *batch = NULL;
	uint32_t first = 0;
	size_t count = 0, len = 0;
	uint64_t done = 0, all = 0, before = 0;
	bool named = false;
	out[0] = 0;
	hufu_status status = source_open(path, &source, error);
	while (!status && !(status = source_next(source, &batch, &first, error)) && batch) {
		const hufu_view *names = source_header(source, &count);
		assert_int_equal(count, batch->columns);
		for (size_t i = 0; !named && i < count; i++)
			len += (size_t)snprintf(
			        out + len, cap - len, "%s%.*s", i ? "|" : "", (int)names[i].len, names[i].ptr);
		named = true;
		for (uint32_t row = first; row < batch->rows; row++)
			for (uint32_t column = 0; column < batch->columns; column++) {
				hufu_view cell = batch_cell(batch, column, row);
				len += (size_t)snprintf(
				        out + len, cap - len, "%c%.*s", column ? '|' : '\n', (int)cell.len, cell.ptr);
			}
		source_progress(source, &done, &all);
		assert_true(done >= before && done <= all);
		before = done;
	}
	if (!status) {
		*malformed = source_malformed(source);
		/* The end stays the end. */
		assert_int_equal(source_next(source, &batch, &first, error), HUFU_OK);
		assert_null(batch);
	}
	source_close(source);
	return status;
}

static void test_source_files__reads_one_file(void **state)
{
	static const struct {
		const char *text, *want;
		uint64_t malformed;
	} rows[] = {
		{ "id,name\n1,a\n2,b\n", "id|name\n1|a\n2|b", 0 },
		{ "\xef\xbb\xbfid;name\r\n1;a\r\n", "id|name\n1|a", 0 },
		{ "id,name\n1,a\nid,name\n\"id\", name\n2,b\nid,names\n\xef\xbb\xbfid,name\n3,c\nid,name\n",
		        "id|name\n1|a\n2|b\nid|names\n3|c", 0 },
		{ " id , name \n1,a\n2,b\n", "id|name\n1|a\n2|b", 0 },
		/* The first line names the columns, whatever it looks like. */
		{ "13812345678,a\n13912345678,b\n", "13812345678|a\n13912345678|b", 0 },
		{ "id,name,city\n1,a\n2,b,c,d\n3,e,f\n", "id|name|city\n1|a|\n2|b|c\n3|e|f", 2 },
		{ "id,name\n", "id|name", 0 },
		{ "编号,姓名\n1,陈晓明\n", "编号|姓名\n1|陈晓明", 0 },
	};
	char got[4096];
	uint64_t malformed = 99;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		hufu_error error = { 0 };
		scratch_write(scratch_path("one.csv"), rows[i].text, 0600);
		assert_int_equal(take_all(scratch_path("one.csv"), got, sizeof got, &malformed, &error), HUFU_OK);
		assert_string_equal(got, rows[i].want);
		assert_int_equal(malformed, rows[i].malformed);
	}
}

static void test_source_files__reads_a_directory_in_the_order_of_names(void **state)
{
	char got[4096];
	uint64_t malformed;
	(void)state;
	mkdir(scratch_path("many"), 0700);
	scratch_write(scratch_path("many/b.csv"), "id,name\n3,c\n", 0600);
	scratch_write(scratch_path("many/a.csv"), "id,name\n1,a\n2,b\n", 0600);
	scratch_write(scratch_path("many/.b.csv.swp"), "junk", 0600);
	mkdir(scratch_path("many/deeper"), 0700);
	scratch_write(scratch_path("many/c.csv"), "id,name\n4\n", 0600);
	assert_int_equal(take_all(scratch_path("many"), got, sizeof got, &malformed, NULL), HUFU_OK);
	assert_string_equal(got, "id|name\n1|a\n2|b\n3|c\n4|");
	assert_int_equal(malformed, 1);
}

static void test_source_files__refuses_what_is_not_whole(void **state)
{
	char got[4096];
	uint64_t malformed;
	hufu_error error = { 0 };
	(void)state;
	mkdir(scratch_path("empty"), 0700);
	mkdir(scratch_path("other"), 0700);
	scratch_write(scratch_path("other/1.csv"), "id,name\n1,a\n", 0600);
	scratch_write(scratch_path("other/2.csv"), "name,id\nb,2\n", 0600);
	scratch_write(scratch_path("broken.zip"), "PK\3\4 and no more", 0600);
	scratch_write(scratch_path("nothing.csv"), "", 0600);
	scratch_write(scratch_path("two.csv"),
	        "id,name,mobile\n1001,a,13800138000\n1002,b,13900139000\n"
	        "order_no,mobile,owner,city\n7001,13800138000,C,X\n",
	        0600);
	static const struct {
		const char *path, *where;
	} rows[] = { { "none.csv", "none.csv" }, { "empty", "empty" }, { "other", "2.csv" },
		{ "broken.zip", "broken.zip" }, { "nothing.csv", "nothing.csv" }, { "two.csv", "two.csv" } };
	for (size_t i = 0; i < LEN(rows); i++) {
		error = (hufu_error){ 0 };
		assert_int_not_equal(
		        take_all(scratch_path(rows[i].path), got, sizeof got, &malformed, &error), HUFU_OK);
		assert_non_null(error.what);
		assert_non_null(strstr(error.where, rows[i].where));
		assert_int_not_equal(take_all(scratch_path(rows[i].path), got, sizeof got, &malformed, NULL), HUFU_OK);
	}
	source_close(NULL);
}

/* Somebody changes his mind. */
static void test_source_files__closes_half_way(void **state)
{
	struct source *source = NULL;
	const struct batch *batch = NULL;
	uint32_t first;
	(void)state;
	scratch_write(scratch_path("one.csv"), "id,name\n1,a\n2,b\n", 0600);
	assert_int_equal(source_open(scratch_path("one.csv"), &source, NULL), HUFU_OK);
	assert_int_equal(source_next(source, &batch, &first, NULL), HUFU_OK);
	assert_non_null(batch);
	assert_int_equal(first, 1);
	source_close(source);
	assert_int_equal(source_open(scratch_path("one.csv"), &source, NULL), HUFU_OK);
	source_close(source); /* before anything was read */
}

int main(int argc, char **argv)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_source_files__reads_one_file),
		IN_SCRATCH(test_source_files__reads_a_directory_in_the_order_of_names),
		IN_SCRATCH(test_source_files__refuses_what_is_not_whole),
		IN_SCRATCH(test_source_files__closes_half_way),
	};
	if (argc != 2)
		return 1;
	setenv("HUFU_READER", argv[1], 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
