/* hufu match on what people give it by mistake and criminals on purpose: one clear line each, the rest goes on, nothing
 * personal and nothing that steers a terminal comes out: test_cmd_match HUFU ROGUE PICKY */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { CUSTOMERS = 200 };

static struct world world;
static const char *rogue_program, *picky_program;
static const char *ours_path, *theirs_path; /* a leak of ours, one of strangers */
static char ours_kept[512], theirs_kept[512];

static const struct shown shown[] = { { "id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, NULL },
	{ "mail", EMAIL, NULL } };

static int setup(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	world_init(&world, 5, CUSTOMERS);
	export_rows(&world.now, 0, &text);
	must_seal("customers", place_bytes("customers.csv", &text), "2021-08-31", NULL);
	text.len = 0;
	sheet_rows(&SHEET(shown), world.now.rows, 100, &text);
	snprintf(ours_kept, sizeof ours_kept, "%s", place_bytes("ours.csv", &text));
	text.len = 0;
	struct state strangers = strangers_new(5, 100, NULL);
	sheet_rows(&SHEET(shown), strangers.rows, 100, &text);
	snprintf(theirs_kept, sizeof theirs_kept, "%s", place_bytes("theirs.csv", &text));
	state_done(&strangers);
	bytes_done(&text);
	ours_path = ours_kept;
	theirs_path = theirs_kept;
	return 0;
}

static int teardown(void **state)
{
	world_done(&world);
	return place_teardown(state);
}

/* No cell of the company's, and none of the leak's, may stand in what is not the answer. */
static void assert_no_personal(const char *text)
{
	static const enum field fields[] = { NO, NAME, MOBILE, RESIDENT, EMAIL, ADDRESS };
	for (size_t i = 0; i < world.now.count; i++)
		for (size_t f = 0; f < LEN(fields); f++)
			if (strlen(world.now.rows[i].cell[fields[f]]) > 6) /* a short name may be part of a word */
				assert_lacks(text, world.now.rows[i].cell[fields[f]]);
}

static size_t lines_in(const char *text)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void audit_read(struct bytes *out)
{
	read_whole(placed("store/audit"), out);
}

/* ---- wrong words ---- */

static void test_cmd_match__tells_what_is_off_in_one_line(void **state)
{
	const char *const long_name =
	        "a-name-of-a-file-that-is-not-there-and-that-is-long-enough-to-be-cut-if-anything-cuts-it";
	const struct {
		const char *const words[6];
		const char *has[3];
	} rows[] = {
		{ { "match" }, { "match", "leak" } },
		{ { "match", "--jsno", ours_path }, { "--jsno" } },
		{ { "match", placed("nowhere.csv") }, { "nowhere.csv", "such file", "check the path" } },
		{ { "match", placed(long_name) }, { long_name, "such file" } },
		{ { "match", placed("") }, { "directory", "name the files" } },
		{ { "match", "/dev/null", "--people" }, { "--people" } },
		{ { "match", ours_path, "--store", placed("nostore") }, { "nostore" } },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct ran *ran = run_words(rows[i].words, NULL);
		assert_code(ran, 2);
		assert_string_equal(ran->out, "");
		assert_clear_line(ran->err);
		for (size_t k = 0; k < LEN(rows[i].has) && rows[i].has[k]; k++)
			assert_has(ran->err, rows[i].has[k]);
	}
}

/* What one leak has wrong does not cost the others their answer. */
static void test_cmd_match__the_rest_goes_on(void **state)
{
	(void)state;
	const struct ran *ran = HUFU("match", "--json", placed("nowhere.csv"), ours_path, placed(""), theirs_path);
	assert_code(ran, 0);
	assert_int_equal(lines_in(ran->out), 2);
	assert_int_equal(lines_in(ran->err), 2);
	assert_has(ran->err, "nowhere.csv");
	assert_code(HUFU("match", "--json", placed("nowhere.csv"), theirs_path), 1);
	assert_code(HUFU("match", "--json", ours_path, theirs_path), 0);
	assert_code(HUFU("match", "--json", theirs_path), 1);
	assert_code(HUFU("match", "--json", placed("nowhere.csv"), placed("nor-here.csv")), 2);
}

static void test_cmd_match__a_file_that_may_not_be_read(void **state)
{
	(void)state;
	const char *path = place_text("secret.csv", "id\nU10000001\n");
	if (geteuid() == 0) {
		print_message("root reads everything: not tried\n");
		return;
	}
	chmod(path, 0);
	const struct ran *ran = HUFU("match", path);
	assert_code(ran, 2);
	assert_clear_line(ran->err);
	assert_has(ran->err, "secret.csv");
}

/* ---- files that hold nothing to judge ---- */

static void test_cmd_match__what_cannot_be_judged_says_why(void **state)
{
	static char noise[9000];
	struct bytes wide = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * 2654435761u >> 11);
	for (unsigned line = 0; line < 3; line++) /* 5,000 columns */
		for (unsigned i = 0; i < 5000; i++)
			bytes_print(&wide, "%u%c", line * 10000 + i, i == 4999 ? '\n' : ',');
	const struct {
		const char *path;
		const char *why;
	} rows[] = {
		{ place_text("empty.csv", ""), "empty" },
		{ place_bytes("noise.bin", &(struct bytes){ .ptr = noise, .len = sizeof noise }), "" },
		{ place_bytes("wide.csv", &wide), "columns" },
		{ place_text("header.csv", "customer_id,name,mobile\n"), "no record" },
		{ place_zip("nothing.zip", &(const struct zip_member){ "empty.csv", { "", 0 } }, 1), "" },
		{ place_text("broken.zip", "PK\3\4 and no more"), "" },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct ran *ran = HUFU("match", "--json", rows[i].path);
		assert_code(ran, 2);
		json_t *verdict = json_loads(ran->out, 0, NULL);
		assert_non_null(verdict);
		assert_true(json_is_null(json_object_get(verdict, "verdict")));
		assert_true(json_is_false(json_object_get(verdict, "complete")));
		json_t *unread = list_of(verdict, "unread");
		assert_int_equal(json_array_size(unread), 1);
		assert_has(text_of(json_array_get(unread, 0), "why"), rows[i].why);
		assert_has(text_of(json_array_get(unread, 0), "what"), strrchr(rows[i].path, '/') + 1);
		assert_true(strlen(text_of(json_array_get(unread, 0), "why")) > 4);
		json_decref(verdict);
		/* In words, too; and another leak of the same run is judged. */
		assert_code(HUFU("match", rows[i].path), 2);
		assert_code(HUFU("match", rows[i].path, ours_path), 0);
		assert_code(HUFU("match", rows[i].path, theirs_path), 1);
	}
	bytes_done(&wide);
}

/* One line without an end among good ones; $HUFU_TEST_LARGE asks for a gigabyte of it. */
static void test_cmd_match__a_line_without_end(void **state)
{
	size_t len = getenv("HUFU_TEST_LARGE") ? (size_t)1 << 30 : (size_t)64 << 20;
	const char *path = placed("line.csv");
	struct bytes text = { 0 };
	static char block[1 << 20];
	(void)state;
	memset(block, 'x', sizeof block);
	sheet_rows(&SHEET(shown), world.now.rows, 80, &text);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fwrite(text.ptr, 1, text.len, file);
	for (size_t at = 0; at < len; at += sizeof block)
		fwrite(block, 1, sizeof block, file);
	fputc('\n', file);
	for (size_t i = 80; i < 100; i++) {
		text.len = 0;
		sheet_row(&SHEET(shown), &world.now.rows[i], &text);
		fwrite(text.ptr, 1, text.len, file);
	}
	assert_int_equal(fclose(file), 0);
	json_t *verdict = judged(path);
	assert_int_equal(linked_to(part_at(verdict, 0), "customers"), 100);
	assert_true(json_is_false(json_object_get(verdict, "complete")));
	assert_int_equal(json_array_size(list_of(verdict, "unread")), 1);
	assert_int_equal(number_of(part_at(verdict, 0), "malformed"), 1);
	json_decref(verdict);
	unlink(path);
	bytes_done(&text);
}

static void test_cmd_match__ragged_rows_are_counted(void **state)
{
	struct bytes text = { 0 };
	(void)state;
	sheet_header(&SHEET(shown), &text);
	for (size_t i = 0; i < 90; i++) {
		if (i % 10 == 3) { /* the mail is missing, or something came behind it */
			bytes_print(&text, "%s,%s,%s\n", world.now.rows[i].cell[NO], world.now.rows[i].cell[NAME],
			        world.now.rows[i].cell[MOBILE]);
			continue;
		}
		sheet_row(&SHEET(shown), &world.now.rows[i], &text);
		if (i % 10 == 7)
			text.len--, bytes_text(&text, ",more,and more\n");
	}
	json_t *verdict = judged(place_bytes("ragged.csv", &text));
	assert_int_equal(number_of(part_at(verdict, 0), "malformed"), 18);
	assert_int_equal(number_of(part_at(verdict, 0), "records"), 90);
	assert_int_equal(linked_to(part_at(verdict, 0), "customers"), 90);
	json_decref(verdict);
	bytes_done(&text);
}

/* ---- what comes out ---- */

static void test_cmd_match__nothing_wild_comes_out(void **state)
{
	static const char *const names[] = { "\033[31mred\033[0m.csv", "new\nline.csv", "right\xe2\x80\xaeleft.csv",
		"c1\xc2\x9bm.csv", "broken\xff\xfe.csv", "\xe2\x81\xa6isolate.csv" };
	(void)state;
	for (size_t i = 0; i < LEN(names); i++) {
		struct bytes text = { 0 };
		bytes_print(&text, "i\033]0;title\ad,\xe2\x80\xaename,\xc2\x9b"
		                   "1mmobile,m\rail\n");
		for (size_t k = 0; k < 60; k++)
			sheet_row(&SHEET(shown), &world.now.rows[k], &text);
		char path[512];
		snprintf(path, sizeof path, "%s", place_bytes(names[i], &text));
		const struct zip_member members[] = { { i == 4 ? "plain.csv" : names[i], bytes_view(&text) } };
		for (unsigned zipped = 0; zipped < 2; zipped++) {
			const char *leak = zipped ? place_zip("wild.zip", members, 1) : path;
			const struct ran *ran = HUFU("match", leak);
			assert_code(ran, 0);
			assert_tame(ran->out, ran->out_len);
			assert_tame(ran->err, ran->err_len);
			ran = HUFU("match", "--json", leak);
			assert_code(ran, 0);
			assert_int_equal(lines_in(ran->out), 1);
			assert_tame(ran->out, ran->out_len);
			json_t *verdict = json_loads(ran->out, 0, NULL);
			assert_non_null(verdict);
			assert_tame(text_of(json_object_get(verdict, "leak"), "path"),
			        strlen(text_of(json_object_get(verdict, "leak"), "path")));
			assert_tame(text_of(part_at(verdict, 0), "path"), strlen(text_of(part_at(verdict, 0), "path")));
			json_decref(verdict);
			/* In an error, too: the same name in a place that is not there. */
		}
		unlink(path);
		const struct ran *ran = HUFU("match", path);
		assert_code(ran, 2);
		assert_tame(ran->err, ran->err_len);
		assert_clear_line(ran->err);
		bytes_done(&text);
	}
}

static void test_cmd_match__few_records_name_nobody(void **state)
{
	struct bytes text = { 0 };
	(void)state;
	sheet_rows(&SHEET(shown), world.now.rows, 7, &text);
	const struct ran *ran = HUFU("match", place_bytes("few.csv", &text));
	assert_code(ran, 0);
	assert_no_personal(ran->out);
	assert_no_personal(ran->err);
	ran = HUFU("match", ours_path);
	assert_no_personal(ran->out);
	assert_no_personal(ran->err);
	struct bytes audit = { 0 };
	audit_read(&audit);
	assert_no_personal(audit.ptr);
	bytes_done(&audit);
	bytes_done(&text);
}

/* ---- the audit comes first ---- */

static void test_cmd_match__leaves_a_line_before_it_answers(void **state)
{
	struct bytes before = { 0 }, after = { 0 };
	(void)state;
	audit_read(&before);
	json_t *verdict = judged(ours_path);
	audit_read(&after);
	assert_true(after.len > before.len && memcmp(after.ptr, before.ptr, before.len) == 0);
	assert_int_equal(lines_in(after.ptr) - lines_in(before.ptr), 1);
	json_t *line = json_loads(after.ptr + before.len, 0, NULL);
	assert_non_null(line);
	assert_string_equal(text_of(line, "what"), "match");
	assert_string_equal(text_of(line, "sha256"), text_of(json_object_get(verdict, "leak"), "sha256"));
	assert_int_equal(number_of(line, "records"), 100);
	assert_int_equal(number_of(line, "linked"), 100);
	json_decref(line);
	json_decref(verdict);
	bytes_done(&before);
	bytes_done(&after);
}

/* A not-ours is an answer about somebody, too. */
static void test_cmd_match__a_no_leaves_a_line_too(void **state)
{
	struct bytes before = { 0 }, after = { 0 };
	(void)state;
	audit_read(&before);
	assert_code(HUFU("match", theirs_path), 1);
	audit_read(&after);
	assert_int_equal(lines_in(after.ptr) - lines_in(before.ptr), 1);
	bytes_done(&before);
	bytes_done(&after);
}

/* Runs match on a store whose audit cannot be written. */
static void assert_no_line_no_answer(const char *const words[])
{
	const struct ran *ran = run_words(words, NULL);
	assert_code(ran, 2);
	assert_string_equal(ran->out, "");
	assert_clear_line(ran->err);
	assert_no_personal(ran->err);
}

static void test_cmd_match__no_line_no_answer(void **state)
{
	const char *const words[] = { "match", ours_path, NULL }, *const json[] = { "match", "--json", ours_path,
		NULL };
	const char *audit = placed("store/audit"), *kept = placed("audit-kept");
	(void)state;
	assert_int_equal(rename(audit, kept), 0);
	/* A directory stands in its place: nobody, not even root, appends to that. */
	assert_int_equal(mkdir(audit, 0700), 0);
	assert_no_line_no_answer(words);
	assert_no_line_no_answer(json);
	assert_int_equal(rmdir(audit), 0);
	if (geteuid() != 0) {
		struct bytes text = { 0 };
		read_whole(kept, &text);
		place_bytes("store/audit", &text);
		chmod(audit, 0400);
		assert_no_line_no_answer(words);
		unlink(audit);
		bytes_done(&text);
	}
	assert_int_equal(rename(kept, audit), 0);
	assert_code(run_words(words, NULL), 0);
}

/* The disk is full: a limit on the size of files says the same to whoever appends. */
static void test_cmd_match__a_full_disk_gives_no_answer(void **state)
{
	struct bytes before = { 0 }, after = { 0 };
	struct rlimit whole, little;
	(void)state;
	audit_read(&before);
	getrlimit(RLIMIT_FSIZE, &whole);
	little = (struct rlimit){ before.len + 10, whole.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	/* Standard output and error are files, too, and shorter than that. */
	setrlimit(RLIMIT_FSIZE, &little);
	const struct ran *ran = HUFU("match", ours_path);
	int code = ran->code;
	setrlimit(RLIMIT_FSIZE, &whole);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(code, 2);
	assert_string_equal(ran->out, "");
	assert_clear_line(ran->err);
	assert_code(HUFU("match", ours_path), 0); /* and the next one stands behind a whole line */
	audit_read(&after);
	assert_int_equal(lines_in(after.ptr), lines_in(before.ptr) + 1);
	bytes_done(&before);
	bytes_done(&after);
}

static void test_cmd_match__an_answer_that_does_not_arrive_is_none(void **state)
{
	(void)state;
	const struct ran *ran = run_words((const char *const[]){ "match", ours_path, NULL }, "/dev/full");
	assert_code(ran, 2);
	assert_clear_line(ran->err);
}

/* ---- readers that a leak has taken over ---- */

static void test_cmd_match__a_rogue_reader_costs_its_leak(void **state)
{
	static const char *const rogues[] = { "garbage", "crash", "leave", "huge_text", "cell_outside", "no_part",
		"many_columns", "done_within" };
	(void)state;
	for (size_t i = 0; i < LEN(rogues); i++) {
		char path[512];
		struct bytes word = { 0 };
		bytes_text(&word, rogues[i]);
		snprintf(path, sizeof path, "%s", place_bytes("rogue.csv", &word));
		setenv("HUFU_READER", rogue_program, 1);
		const struct ran *ran = HUFU("match", "--json", path);
		unsetenv("HUFU_READER");
		assert_code(ran, 2);
		json_t *verdict = json_loads(ran->out, 0, NULL);
		assert_non_null(verdict);
		assert_true(json_is_null(json_object_get(verdict, "verdict")));
		assert_true(json_is_false(json_object_get(verdict, "complete")));
		assert_true(json_array_size(list_of(verdict, "unread")) >= 1);
		json_decref(verdict);
		bytes_done(&word);
	}
}

/* A reader that dies of one leak, or of one member of none: the others of the same command are judged. */
static void test_cmd_match__other_leaks_are_still_judged(void **state)
{
	(void)state;
	char dies[512];
	snprintf(dies, sizeof dies, "%s", place_text("dies.csv", "die,now\n1,2\n"));
	setenv("HUFU_READER", picky_program, 1);
	const struct ran *ran = HUFU("match", "--json", dies, ours_path, dies, theirs_path);
	assert_code(ran, 0);
	assert_int_equal(lines_in(ran->out), 4);
	assert_has(ran->out, "\"genuine\"");
	assert_has(ran->out, "\"not-ours\"");
	assert_code(HUFU("match", "--json", dies, theirs_path), 1);
	assert_code(HUFU("match", "--json", dies), 2);
	unsetenv("HUFU_READER");
}

static void test_cmd_match__without_a_reader_nothing_is_said(void **state)
{
	(void)state;
	setenv("HUFU_READER", "/nonexistent/hufu-reader", 1);
	const struct ran *ran = HUFU("match", ours_path);
	unsetenv("HUFU_READER");
	assert_code(ran, 2);
	assert_string_equal(ran->out, "");
	assert_clear_line(ran->err);
	assert_has(ran->err, "hufu-reader");
	assert_code(HUFU("match", ours_path), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmd_match__tells_what_is_off_in_one_line),
		cmocka_unit_test(test_cmd_match__the_rest_goes_on),
		cmocka_unit_test(test_cmd_match__a_file_that_may_not_be_read),
		cmocka_unit_test(test_cmd_match__what_cannot_be_judged_says_why),
		cmocka_unit_test(test_cmd_match__a_line_without_end),
		cmocka_unit_test(test_cmd_match__ragged_rows_are_counted),
		cmocka_unit_test(test_cmd_match__nothing_wild_comes_out),
		cmocka_unit_test(test_cmd_match__few_records_name_nobody),
		cmocka_unit_test(test_cmd_match__leaves_a_line_before_it_answers),
		cmocka_unit_test(test_cmd_match__a_no_leaves_a_line_too),
		cmocka_unit_test(test_cmd_match__no_line_no_answer),
		cmocka_unit_test(test_cmd_match__a_full_disk_gives_no_answer),
		cmocka_unit_test(test_cmd_match__an_answer_that_does_not_arrive_is_none),
		cmocka_unit_test(test_cmd_match__a_rogue_reader_costs_its_leak),
		cmocka_unit_test(test_cmd_match__other_leaks_are_still_judged),
		cmocka_unit_test(test_cmd_match__without_a_reader_nothing_is_said),
	};
	if (argc != 4)
		return 1;
	hufu_program = argv[1];
	rogue_program = argv[2];
	picky_program = argv[3];
	return cmocka_run_group_tests(tests, setup, teardown);
}
