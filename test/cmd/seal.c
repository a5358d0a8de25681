/* hufu seal on what people give it by mistake: one clear line, exit 2, and nothing was changed; what it takes it tells:
 * test_cmd_seal HUFU */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

#include <dirent.h>
#include <sys/stat.h>

enum { CUSTOMERS = 120, WORDS = 12 };

static struct world world;
static char march[512], april[512], may[512]; /* exports as of the months' ends */

static const char *keep(char kept[512], const char *path)
{
	snprintf(kept, 512, "%s", path);
	return kept;
}

static int setup(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	world_init(&world, 41, CUSTOMERS);
	char *const months[] = { march, april, may };
	for (size_t i = 0; i < LEN(months); i++) {
		char name[16];
		text.len = 0;
		export_rows(&world.now, 0, &text);
		snprintf(name, sizeof name, "month-%zu.csv", i);
		keep(months[i], place_bytes(name, &text));
		world_live(&world, 30, 50, 20, 200);
	}
	bytes_done(&text);
	must_seal("customers", march, "2021-03-31",
	        (const char *const[]){ "--key", "customer_id", "--person", "customer_id", NULL });
	return 0;
}

static int teardown(void **state)
{
	world_done(&world);
	return place_teardown(state);
}

/* Every file under store/seals, name and bytes, in the order of the names. */
static void seals_read(struct bytes *out)
{
	struct dirent **entries;
	int count = scandir(placed("store/seals"), &entries, NULL, alphasort);
	out->len = 0;
	assert_true(count >= 2);
	for (int i = 0; i < count; i++) {
		char name[320];
		struct bytes text = { 0 };
		snprintf(name, sizeof name, "store/seals/%s", entries[i]->d_name);
		if (entries[i]->d_name[0] != '.') {
			read_whole(placed(name), &text);
			bytes_text(out, name);
			bytes_add(out, bytes_view(&text));
		} else if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0) {
			bytes_text(out, name); /* something was left behind */
		}
		bytes_done(&text);
		free(entries[i]);
	}
	free(entries);
}

static void assert_no_cells(const char *text)
{
	static const enum field fields[] = { NO, MOBILE, RESIDENT, EMAIL, ADDRESS };
	for (size_t i = 0; i < world.now.count; i++)
		for (size_t f = 0; f < LEN(fields); f++)
			assert_lacks(text, world.now.rows[i].cell[fields[f]]);
}

/* Runs words that must be refused: exit 2, one clear line that names `where` and says `what`, the same seals as before.
 */
static void assert_refused(const char *const words[], const char *where, const char *what)
{
	struct bytes before = { 0 }, after = { 0 };
	seals_read(&before);
	const struct ran *ran = run_words(words, NULL);
	assert_code(ran, 2);
	assert_string_equal(ran->out, "");
	assert_clear_line(ran->err);
	assert_has(ran->err, where);
	assert_has(ran->err, what);
	assert_tame(ran->err, ran->err_len);
	assert_no_cells(ran->err);
	seals_read(&after);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.ptr, after.ptr, before.len);
	bytes_done(&before);
	bytes_done(&after);
}

static void test_cmd_seal__refuses_wrong_words(void **state)
{
	const struct {
		const char *const words[WORDS];
		const char *where, *what;
	} rows[] = {
		{ { "seal" }, "seal", "dataset" },
		{ { "seal", "customers" }, "seal", "source" },
		{ { "seal", "customers", april }, "seal", "--as-of" },
		{ { "seal", "customers", april, "--as-of", "2021-02-30" }, "2021-02-30", "" },
		{ { "seal", "customers", april, "--as-of", "2021-13-01" }, "2021-13-01", "" },
		{ { "seal", "customers", april, "--as-of", "yesterday" }, "yesterday", "" },
		{ { "seal", "customers", april, "--as-of", "" }, "", "date" },
		{ { "seal", "customers", april, "--as-of", "2021-04-30T25:00:00+08:00" }, "2021-04-30T25", "" },
		{ { "seal", "customers", april, "more", "--as-of", "2021-04-30" }, "more", "" },
		{ { "seal", "customers", april, "--as-of", "2021-04-30", "--kye", "customer_id" }, "--kye",
		        "no option" },
		{ { "seal", "customers", april, "--as-of", "2021-04-30", "--key", "customer_number" }, "customers",
		        "key" },
		{ { "seal", "fresh", april, "--as-of", "2021-04-30", "--key", "customer_number" }, "customer_number",
		        "" },
		{ { "seal", "fresh", april, "--as-of", "2021-04-30", "--person", "owner" }, "owner", "" },
		{ { "seal", "fresh", april, "--as-of", "2021-04-30", "--facet", "town" }, "town", "" },
		{ { "seal", "fresh", april, "--as-of", "2021-04-30", "--private", "secret" }, "secret", "" },
		{ { "seal", "fresh", april, "--as-of", "2021-04-30", "--public", "nothing" }, "nothing", "" },
		{ { "seal", "customers", april, "--as-of", "2021-04-30", "--person", "mobile" }, "", "person" },
		{ { "seal", "customers", april, "--as-of", "2021-04-30", "--key", "mobile" }, "customers", "key" },
		{ { "seal", "../customers", april, "--as-of", "2021-04-30" }, "../customers", "" },
		{ { "seal", "", april, "--as-of", "2021-04-30" }, "", "name" },
		{ { "seal", "a/b", april, "--as-of", "2021-04-30" }, "a/b", "" },
		{ { "seal", ".hidden", april, "--as-of", "2021-04-30" }, ".hidden", "" },
		{ { "seal", "name\033[31m", april, "--as-of", "2021-04-30" }, "name", "" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		assert_refused(rows[i].words, rows[i].where, rows[i].what);
}

static const char *directory_of(const char *name, const char *const *texts, size_t count)
{
	char file[128];
	assert_int_equal(mkdir(placed(name), 0700), 0);
	for (size_t i = 0; i < count; i++) {
		snprintf(file, sizeof file, "%s/%zu.csv", name, i);
		place_text(file, texts[i]);
	}
	return placed(name);
}

static void test_cmd_seal__refuses_wrong_sources(void **state)
{
	static char noise[8000];
	struct bytes wide = { 0 }, headless = { 0 }, cut = { 0 }, ours = { 0 }, long_row = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * 2654435761u >> 11);
	for (unsigned i = 0; i < 5000; i++)
		bytes_print(&wide, "c%u%c", i, i == 4999 ? '\n' : ',');
	for (unsigned i = 0; i < 5000; i++)
		bytes_print(&wide, "%u%c", i, i == 4999 ? '\n' : ',');
	struct shown columns[] = { { "", NO, NULL }, { "", NAME, NULL }, { "", MOBILE, NULL }, { "", RESIDENT, NULL } };
	sheet_rows(&SHEET(columns, .bare = true), world.now.rows, world.now.count, &headless);
	/* A zip that breaks off in the middle of its only member. */
	export_rows(&world.now, 0, &ours);
	read_whole(place_zip("whole.zip", &(const struct zip_member){ "export.csv", bytes_view(&ours) }, 1), &cut);
	cut.len /= 2;
	/* A record longer than any we take, in the middle of good ones. */
	bytes_text(&long_row, "customer_id,name\nU10000001,a\n\"");
	for (size_t i = 0; i < 3 << 20; i++)
		bytes_byte(&long_row, 'x');
	bytes_text(&long_row, "\",b\nU10000002,c\n");
	const struct {
		const char *path, *where, *what;
	} rows[] = {
		{ placed("nowhere.csv"), "nowhere.csv", "such file" },
		{ placed("no\033[31mwhere\xe2\x80\xae.csv"), "where", "such file" },
		{ place_text("empty.csv", ""), "empty.csv", "empty" },
		{ place_bytes("noise.bin", &(struct bytes){ .ptr = noise, .len = sizeof noise }), "noise.bin", "" },
		{ place_bytes("wide.csv", &wide), "wide.csv", "columns" },
		{ place_bytes("headless.csv", &headless), "headless.csv", "header" },
		{ place_bytes("cut.zip", &cut), "cut.zip", "" },
		{ place_bytes("long.csv", &long_row), "long.csv", "" },
		{ directory_of("none", NULL, 0), "none", "no files" },
		{ directory_of("differ", (const char *const[]){ "id,name\n1,a\n", "id,mobile\n2,b\n" }, 2), "1.csv",
		        "first line" },
		{ directory_of("fewer", (const char *const[]){ "id,name,city\n1,a,b\n", "id,name\n2,b\n" }, 2), "1.csv",
		        "first line" },
		{ directory_of("one-empty", (const char *const[]){ "id,name\n1,a\n", "" }, 2), "1.csv", "empty" },
		{ "/dev/full", "full", "" },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_refused((const char *const[]){ "seal", "fresh", rows[i].path, "--as-of", "2021-04-30", NULL },
		        rows[i].where, rows[i].what);
		/* Into a dataset that is there, the first thing wrong may be another: its key is not among the columns.
		 */
		assert_refused(
		        (const char *const[]){ "seal", "customers", rows[i].path, "--as-of", "2021-04-30", NULL }, "",
		        "");
	}
	/* Another table under the name of one that is sealed. */
	assert_refused((const char *const[]){ "seal", "customers",
	                       place_text("staff.csv", "staff_no,dept\nS1,a\nS2,b\n"), "--as-of", "2021-04-30", NULL },
	        "customer_id", "is this dataset's key");
	if (geteuid() != 0) {
		chmod(april, 0);
		assert_refused((const char *const[]){ "seal", "customers", april, "--as-of", "2021-04-30", NULL },
		        "month-1.csv", "");
		chmod(april, 0600);
	}
	bytes_done(&wide);
	bytes_done(&headless);
	bytes_done(&cut);
	bytes_done(&ours);
	bytes_done(&long_row);
}

static void test_cmd_seal__the_same_again_changes_nothing(void **state)
{
	struct bytes before = { 0 }, after = { 0 }, text = { 0 };
	(void)state;
	must_seal("customers", april, "2021-04-30", NULL);
	seals_read(&before);
	for (unsigned i = 0; i < 2; i++) {
		const struct ran *ran =
		        HUFU("seal", "customers", i ? march : april, "--as-of", i ? "2021-03-31" : "2021-04-30");
		assert_code(ran, 0);
		assert_string_equal(ran->err, "");
		assert_has(ran->out, "already");
		assert_has(ran->out, "nothing");
	}
	/* The same instant, said otherwise. */
	assert_code(HUFU("seal", "customers", april, "--as-of", "2021-04-30T23:59:59+08:00"), 0);
	/* The same rows in another order are the same snapshot. */
	struct bytes lines = { 0 };
	read_whole(april, &lines);
	const char *second = strchr(lines.ptr, '\n') + 1, *third = strchr(second, '\n') + 1;
	bytes_add(&text, view_make(lines.ptr, (size_t)(second - lines.ptr)));
	bytes_text(&text, third);
	bytes_add(&text, view_make(second, (size_t)(third - second)));
	assert_has(
	        HUFU("seal", "customers", place_bytes("turned.csv", &text), "--as-of", "2021-04-30")->out, "already");
	seals_read(&after);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.ptr, after.ptr, before.len);
	/* Other content for a sealed time is refused. */
	assert_refused((const char *const[]){ "seal", "customers", may, "--as-of", "2021-04-30", NULL }, "2021-04-30",
	        "other content");
	bytes_done(&lines);
	bytes_done(&text);
	bytes_done(&before);
	bytes_done(&after);
}

static void test_cmd_seal__tells_ragged_rows_and_keys(void **state)
{
	(void)state;
	const char *path = place_text(
	        "ragged.csv", "no,name,score\nA0001,p,1\nA0002,q\nA0003,r,3,4\nA0004,s,5\n,t,6\nA0004,u,7\n");
	const struct ran *ran = HUFU("seal", "ragged", path, "--as-of", "2021-04-30", "--key", "no");
	assert_code(ran, 0);
	assert_has(ran->out, "6 rows");
	assert_has(ran->out, "2 records had another number of cells");
	assert_has(ran->out, "rows share their key");
	assert_has(ran->out, "1 rows have no key");
}

static void test_cmd_seal__nothing_wild_comes_out(void **state)
{
	(void)state;
	const char *path =
	        place_text("wild\033[31m\xe2\x80\xae.csv", "i\033]0;x\ad,\xe2\x80\xaename,\xc2\x9b"
	                                                   "1mobile\nW0000001,a,b\nW0000002,c,d\nW0000003,e,f\n");
	const struct ran *ran = HUFU("seal", "wild", path, "--as-of", "2021-04-30");
	assert_tame(ran->out, ran->out_len);
	assert_tame(ran->err, ran->err_len);
	if (ran->code)
		assert_clear_line(ran->err);
	ran = HUFU("seals", "--columns");
	assert_code(ran, 0);
	assert_tame(ran->out, ran->out_len);
	ran = HUFU("match", "--json", path);
	assert_tame(ran->out, ran->out_len);
	assert_tame(ran->err, ran->err_len);
}

/* A directory of files with one header is one snapshot, whatever their order. */
static void test_cmd_seal__takes_a_directory(void **state)
{
	(void)state;
	const char *const texts[] = { "\xef\xbb\xbfno,name\nD0001,a\nD0002,b\n", "no,name\nD0003,c\n", "no,name\n" };
	const char *directory = directory_of("pieces", texts, LEN(texts));
	place_text("pieces/.hidden", "not,this\n");
	const struct ran *ran = HUFU("seal", "pieces", directory, "--as-of", "2021-04-30", "--key", "no");
	assert_code(ran, 0);
	assert_has(ran->out, "3 rows");
	const char *one = place_text("one.csv", "no,name\nD0003,c\nD0001,a\nD0002,b\n");
	assert_has(HUFU("seal", "pieces", one, "--as-of", "2021-04-30")->out, "already");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmd_seal__refuses_wrong_words),
		cmocka_unit_test(test_cmd_seal__refuses_wrong_sources),
		cmocka_unit_test(test_cmd_seal__the_same_again_changes_nothing),
		cmocka_unit_test(test_cmd_seal__tells_ragged_rows_and_keys),
		cmocka_unit_test(test_cmd_seal__nothing_wild_comes_out),
		cmocka_unit_test(test_cmd_seal__takes_a_directory),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
