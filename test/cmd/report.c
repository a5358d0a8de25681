/* The report that a person reads: its numbers are the JSON's, its words are those of what it tells, and it keeps within
 * the terminal, Chinese too: test_cmd_report */
#include "cmd/report.h"
#include "base/utf8.h"
#include "cmd/console.h"
#include "cmd/wrap.h"

#include <jansson.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT(words) ((char *)(uintptr_t)(words)) /* a verdict owns its texts; these it only looks at */

/* ---- a verdict whose every number is another ---- */

static struct verdict_column guest_columns[] = {
	{ TEXT("会员编号"), TEXT("guest_id"), NULL, "plain", 1000, 871 },
	{ TEXT("手机"), TEXT("phone"), "mobile", "md5", 100000, 99999 },
	{ TEXT("name"), NULL, NULL, "masked", 0, 0 },
	{ TEXT("订单"), NULL, NULL, NULL, 0, 0 },
	{ TEXT("保费"), NULL, NULL, NULL, 0, 0 },
};
static struct verdict_column booking_columns[] = {
	{ TEXT("订单"), TEXT("booking_no"), NULL, "plain", 2210, 2210 },
};
static char *days[] = { TEXT("2024-04-30"), TEXT("2024-05-31") };
static struct verdict_share cities[] = { { TEXT("杭州市"), 613 }, { TEXT("成都市"), 547 } };
static struct verdict_facet facets[] = { { TEXT("city"), cities, 2 } };
static struct verdict_stretch stretches[] = { { NULL, TEXT("2024-03-31"), 1217 },
	{ TEXT("2024-06-30"), TEXT("2024-08-31"), 1823 } };
static struct verdict_dataset datasets[] = {
	{ .dataset = TEXT("guests"),
	        .linked = 2209,
	        .recombined = 31,
	        .people = 2187,
	        .columns = guest_columns,
	        .column_count = 5,
	        .facets = facets,
	        .facet_count = 1,
	        .filter = TEXT("city = 杭州市"),
	        .filter_explains = 0.66,
	        .window = { .known = true,
	                .after = TEXT("2024-03-31"),
	                .before = TEXT("2024-06-30"),
	                .snapshots = days,
	                .snapshot_count = 2,
	                .newest_row = TEXT("2024-04-29") } },
	{ .dataset = TEXT("bookings"), .linked = 2210, .people = 2101, .columns = booking_columns, .column_count = 1 },
};
static char *reasons[] = { TEXT("Copied from us, rather than the same people from elsewhere: +84 bits, where +10 is "
	                        "enough, and a few words more.") };
static struct verdict_unread unread[] = { { TEXT("leak.zip/b.rar"), "encrypted with a password" } };

static struct verdict_part part;
static struct hufu_verdict verdict;

static int fresh(void **state)
{
	(void)state;
	part = (struct verdict_part){ .path = TEXT("leak.zip/a.csv"),
		.format = TEXT("csv"),
		.encoding = TEXT("gb18030"),
		.records = 2345,
		.malformed = 17,
		.word = VERDICT_GENUINE,
		.datasets = datasets,
		.dataset_count = 2 };
	verdict = (struct hufu_verdict){ .path = TEXT("leak.zip"),
		.bytes = 48211,
		.word = VERDICT_GENUINE,
		.people = 2199,
		.people_low = 2188,
		.people_high = 2203,
		.people_exposed = 1999,
		.complete = true,
		.reasons = { { reasons, 1 }, { reasons, 1 } },
		.parts = &part,
		.part_count = 1 };
	datasets[0].window.stitched = NULL;
	datasets[0].window.stitched_count = 0;
	datasets[0].window.after = TEXT("2024-03-31");
	datasets[0].window.before = TEXT("2024-06-30");
	datasets[0].window.snapshot_count = 2;
	memset(verdict.sha256, 'a', 64);
	return 0;
}

/* The report, as it is written to a file. */
static char *told(bool chinese)
{
	static char text[16384];
	FILE *to = tmpfile();
	assert_non_null(to);
	report_print(to, &verdict, chinese);
	rewind(to);
	size_t len = fread(text, 1, sizeof text - 1, to);
	text[len] = 0;
	fclose(to);
	return text;
}

/* The report, as a terminal of so many columns shows it, escape sequences left out. */
static char *shown(unsigned short columns, bool chinese)
{
	static char text[32768];
	int master, slave;
	size_t len = 0, out = 0;
	struct winsize size = { .ws_row = 200, .ws_col = columns };
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		FILE *to = fdopen(slave, "w");
		if (to)
			report_print(to, &verdict, chinese);
		_exit(!to || fflush(to) ? 1 : 0);
	}
	close(slave);
	for (ssize_t got; len < sizeof text - 1 && (got = read(master, text + len, sizeof text - 1 - len)) > 0;)
		len += (size_t)got;
	close(master);
	assert_int_equal(waitpid(child, NULL, 0), child);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\033')
			i += strcspn(text + i, "m");
		else if (text[i] != '\r')
			text[out++] = text[i];
	}
	text[out] = 0;
	return text;
}

/* What a terminal, or with `terminal` false a pipe, is told of work that is at 40 of 100 MB. */
static char *progress_shown(bool terminal)
{
	static char text[4096];
	int ends[2];
	size_t len = 0;
	assert_int_equal(terminal ? openpty(&ends[0], &ends[1], NULL, NULL, NULL) : pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct progress progress;
		dup2(ends[1], STDERR_FILENO);
		progress_begin(&progress, "sealing", "B", 100000000);
		usleep(400000);
		progress_move(&progress, 40000000);
		progress_end(&progress);
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t got; len < sizeof text - 1 && (got = read(ends[0], text + len, sizeof text - 1 - len)) > 0;)
		len += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	text[len] = 0;
	return text;
}

static void assert_says(const char *text, const char *words)
{
	if (!strstr(text, words))
		print_error("no \"%s\" in:\n%s\n", words, text);
	assert_non_null(strstr(text, words));
}

static void assert_silent(const char *text, const char *words)
{
	if (strstr(text, words))
		print_error("\"%s\" in:\n%s\n", words, text);
	assert_null(strstr(text, words));
}

/* ---- numbers ---- */

static void assert_number(const char *text, json_t *from, const char *name)
{
	char number[32];
	json_t *value = json_object_get(from, name);
	assert_true(json_is_integer(value));
	snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
	assert_says(text, number);
}

static void test_cmd_report__numbers_are_those_of_the_json(void **state)
{
	struct bytes out = { 0 };
	(void)state;
	assert_int_equal(verdict_json(&verdict, &out), HUFU_OK);
	json_t *json = json_loadb(out.ptr, out.len, 0, NULL), *first, *set;
	assert_non_null(json);
	for (int chinese = 0; chinese < 2; chinese++) {
		const char *text = told(chinese);
		assert_number(text, json, "people");
		assert_number(text, json, "people_exposed");
		for (size_t i = 0; i < 2; i++) {
			char number[32];
			snprintf(number, sizeof number, "%lld",
			        (long long)json_integer_value(
			                json_array_get(json_object_get(json, "people_bounds"), i)));
			assert_says(text, number);
		}
		first = json_array_get(json_object_get(json, "parts"), 0);
		assert_number(text, first, "records");
		assert_number(text, first, "malformed");
		for (size_t k = 0; k < 2; k++) {
			set = json_array_get(json_object_get(first, "datasets"), k);
			assert_number(text, set, "linked");
			assert_number(text, set, "people");
			assert_says(text, json_string_value(json_object_get(set, "dataset")));
		}
		assert_says(text, "87.1");
		assert_says(text, "66");
		assert_says(text, "613");
		assert_says(text, "547");
		assert_says(text, "2024-04-29");
		assert_says(text, "48211");
		/* 99,999 of 100,000 are not all. */
		assert_says(text, " 99.9");
	}
	json_decref(json);
	bytes_done(&out);
}

/* ---- words ---- */

static void test_cmd_report__every_verdict_says_what_it_is_and_what_to_do(void **state)
{
	const char *seen[2][VERDICT_NONE + 1];
	char kept[2][VERDICT_NONE + 1][256];
	(void)state;
	for (int chinese = 0; chinese < 2; chinese++)
		for (enum verdict_word word = VERDICT_GENUINE; word <= VERDICT_NONE; word++) {
			verdict.word = part.word = word;
			verdict.unread = unread;
			verdict.unread_count = word == VERDICT_NONE;
			const char *text = told(chinese);
			assert_silent(text, "(null)");
			assert_silent(text, "%s");
			assert_silent(text, "%l");
			assert_says(text,
			        word == VERDICT_NONE ? chinese ? "未判定" : "not judged" : verdict_word_name(word));
			const char *next = strstr(text, chinese ? "下一步：" : "next: ");
			assert_non_null(next);
			snprintf(kept[chinese][word], sizeof kept[chinese][word], "%.*s", (int)strcspn(next, "\n"),
			        next);
			seen[chinese][word] = kept[chinese][word];
			for (enum verdict_word other = VERDICT_GENUINE; other < word; other++)
				assert_string_not_equal(seen[chinese][word], seen[chinese][other]);
		}
}

static void test_cmd_report__the_window_says_what_it_is_of(void **state)
{
	static const struct {
		enum verdict_word word;
		const char *after, *before, *says, *says_zh;
	} rows[] = {
		{ VERDICT_GENUINE, "2024-03-31", "2024-06-30",
		        "    taken after 2024-03-31 and before 2024-06-30; it fits 2",
		        "    取得时间在 2024-03-31 之后、2024-06-30 之前；与 2 个快照相符" },
		{ VERDICT_GENUINE, NULL, "2024-06-30", "    taken before 2024-06-30, how early is open;",
		        "    取得时间在 2024-06-30 之前，最早何时未定；" },
		{ VERDICT_PARTLY_GENUINE, "2024-03-31", NULL, "    taken after 2024-03-31, how late is open;",
		        "    取得时间在 2024-03-31 之后，最晚何时未定；" },
		{ VERDICT_GENUINE, NULL, NULL, "    taken at a time that is open on both sides;", "早晚均未定" },
		{ VERDICT_INCONCLUSIVE, "2024-03-31", "2024-06-30",
		        "    if it came from us, taken after 2024-03-31 and",
		        "    若取自我方，取得时间在 2024-03-31 之后" },
		{ VERDICT_OVERLAP, "2024-03-31", "2024-06-30", "    what agrees is as we held it after 2024-03-31 and",
		        "    吻合之处与我方所持数据一致的时间在 2024-03-31 之后" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		verdict.word = part.word = rows[i].word;
		datasets[0].window.after = TEXT(rows[i].after);
		datasets[0].window.before = TEXT(rows[i].before);
		assert_says(told(false), rows[i].says);
		assert_says(told(true), rows[i].says_zh);
		if (rows[i].word == VERDICT_OVERLAP)
			assert_silent(told(false), " taken after");
	}
}

/* A window without a snapshot lies between two, before the first or behind the last. */
static void test_cmd_report__a_day_that_was_never_sealed_is_placed(void **state)
{
	(void)state;
	datasets[0].window.snapshot_count = 0;
	assert_says(told(false), "before 2024-06-30; it fits no sealed day itself, but a day between two\n");
	datasets[0].window.after = NULL;
	assert_says(told(false), "taken before 2024-06-30, how early is open; it is older than any snapshot\n");
	assert_says(told(true), "早于任何快照");
	datasets[0].window.after = datasets[0].window.before;
	datasets[0].window.before = NULL;
	assert_says(told(false), "taken after 2024-06-30, how late is open; it is newer than any snapshot\n");
	assert_says(told(true), "晚于任何快照");
}

static void test_cmd_report__stitched_dates_stand_for_the_window(void **state)
{
	(void)state;
	datasets[0].window.stitched = stretches;
	datasets[0].window.stitched_count = 2;
	const char *text = told(false);
	assert_says(text, "stitched of 2 dates:\n      1217 records taken before 2024-03-31, how early is open\n"
	                  "      1823 records taken after 2024-06-30 and before 2024-08-31\n");
	assert_silent(text, "2024-03-31 and before 2024-06-30");
	text = told(true);
	assert_says(text, "1217 条记录取自 2024-03-31 之前");
	assert_says(text, "1823 条记录取自 2024-06-30 之后、2024-08-31 之前");
}

/* A column of one dataset is no stranger under another; one that no dataset has is. */
static void test_cmd_report__a_column_of_another_dataset_is_not_foreign(void **state)
{
	(void)state;
	const char *text = told(false);
	assert_says(text, "订单        see bookings\n");
	assert_says(text, "保费        not ours\n");
	assert_says(text, "name        looks masked, does not link\n");
	part.dataset_count = 1;
	assert_says(told(false), "订单        not ours\n");
}

/* Cells of a mixture are ours though none agrees with its record's row. */
static void test_cmd_report__a_mixture_is_called_one(void **state)
{
	(void)state;
	verdict.word = part.word = VERDICT_RECOMBINED;
	verdict.people = datasets[0].linked = 0;
	part.dataset_count = 1;
	const char *text = told(false);
	assert_says(text, "from guests: 31 records mix its rows, 0 link whole");
	assert_says(text, "会员编号 -> guest_id ours, mixed up");
	assert_silent(text, "agree");
	assert_silent(text, "not ours");
	assert_silent(text, " taken after");
	datasets[0].linked = 2209;
}

static void test_cmd_report__the_unread_is_told_and_what_to_do(void **state)
{
	(void)state;
	verdict.unread = unread;
	verdict.unread_count = 1;
	const char *text = told(false);
	assert_says(text, "not read: leak.zip/b.rar: encrypted with a password\n");
	assert_says(text, "next: unpack it, get its password");
	assert_says(text, "next: treat it as your data");
	verdict.word = VERDICT_NONE;
	verdict.part_count = 0;
	text = told(false);
	assert_silent(text, "people:");
	verdict.unread_count = 0; /* nothing sealed: there is nothing to unpack */
	assert_silent(told(false), "next:");
}

/* Among few records a breakdown would show which person it was. */
static void test_cmd_report__few_records_have_no_breakdown(void **state)
{
	(void)state;
	assert_says(told(false), "people by city");
	part.records = 19;
	assert_silent(told(false), "people by city");
	part.records = 1;
	assert_says(told(false), "gb18030, 1 record, 17 malformed");
	part.records = 2345;
	facets[0].count = 0;
	assert_silent(told(false), "people by city");
	facets[0].count = 2;
}

/* ---- the terminal ---- */

static void test_cmd_report__keeps_within_the_terminal(void **state)
{
	static const unsigned short widths[] = { 50, 66, 80, 120 };
	(void)state;
	setenv("TERM", "xterm", 1);
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
		for (int chinese = 0; chinese < 2; chinese++) {
			char *text = shown(widths[i], chinese), *line;
			assert_says(text, "leak.zip");
			while ((line = strsep(&text, "\n"))) {
				size_t wide = utf8_width(view_of(line)), len = strlen(line);
				if (wide > widths[i] && strncmp(line, "  sha256", 8) != 0)
					print_error("%zu of %u columns: %s\n", wide, widths[i], line);
				assert_true(wide <= widths[i] || strncmp(line, "  sha256", 8) == 0);
				assert_true(!len || line[len - 1] != ' ');
			}
		}
}

static void test_cmd_report__columns_stand_under_each_other(void **state)
{
	(void)state;
	for (int chinese = 0; chinese < 2; chinese++) {
		char *text = told(chinese), *line;
		size_t arrows = 0, first = 0, share = 0;
		while ((line = strsep(&text, "\n"))) {
			const char *arrow = strstr(line, " -> "), *sign = strchr(line, '%');
			if (!arrow || strstr(line, "booking_no"))
				continue;
			size_t at = utf8_width(view_make(line, (size_t)(arrow - line)));
			size_t end = utf8_width(view_make(line, (size_t)(sign - line)));
			assert_true(!arrows || (at == first && end == share));
			first = at;
			share = end;
			arrows++;
		}
		assert_int_equal(arrows, 2);
	}
}

/* Long work shows its share, its rate and the time left; nothing of it reaches a file. */
static void test_cmd_report__work_shows_rate_and_time_left(void **state)
{
	(void)state;
	setenv("TERM", "xterm", 1);
	const char *text = progress_shown(true);
	assert_says(text, "sealing  40 %, 40.0 MB, ");
	assert_says(text, " MB/s, ");
	assert_says(text, " s left");
	assert_string_equal(progress_shown(false), "");
}

static void test_cmd_report__wraps_by_columns(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *line;
	} rows[] = {
		{ "one two three", 20, "one two three" },
		{ "one two three", 8, "one two " },
		{ "one two three", 7, "one two " }, /* the blank hangs over */
		{ "one two three", 6, "one " },
		{ "overlong word", 4, "over" },
		{ "我方数据", 5, "我方" },
		{ "我方，数据", 5, "我" }, /* no line begins with a comma */
		{ "见 2024-04-30 的快照", 14, "见 2024-04-30 " },
		{ "与 guests对应", 9, "与 guests" },
		{ "", 5, "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(wrap_len(view_of(rows[i].text), rows[i].columns), strlen(rows[i].line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cmd_report__numbers_are_those_of_the_json, fresh),
		cmocka_unit_test_setup(test_cmd_report__every_verdict_says_what_it_is_and_what_to_do, fresh),
		cmocka_unit_test_setup(test_cmd_report__the_window_says_what_it_is_of, fresh),
		cmocka_unit_test_setup(test_cmd_report__a_day_that_was_never_sealed_is_placed, fresh),
		cmocka_unit_test_setup(test_cmd_report__stitched_dates_stand_for_the_window, fresh),
		cmocka_unit_test_setup(test_cmd_report__a_column_of_another_dataset_is_not_foreign, fresh),
		cmocka_unit_test_setup(test_cmd_report__a_mixture_is_called_one, fresh),
		cmocka_unit_test_setup(test_cmd_report__the_unread_is_told_and_what_to_do, fresh),
		cmocka_unit_test_setup(test_cmd_report__few_records_have_no_breakdown, fresh),
		cmocka_unit_test_setup(test_cmd_report__keeps_within_the_terminal, fresh),
		cmocka_unit_test_setup(test_cmd_report__columns_stand_under_each_other, fresh),
		cmocka_unit_test(test_cmd_report__work_shows_rate_and_time_left),
		cmocka_unit_test(test_cmd_report__wraps_by_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
