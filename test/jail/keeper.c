/* The keeper against readers that lie, die, hang and grow, and against the real one. Whatever a reader does costs its
 * part: the conversation ends in DONE, and no child and no descriptor is left. */
#include "jail/jail.h"

#include "base/auto.h"
#include "base/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

static const char *rogue, *honest;

/* What came out of one conversation. */
struct heard {
	hufu_status status;
	unsigned parts, ends, batches, unread, events;
	uint64_t records, malformed;
	enum jail_why why;
	char format[JAIL_LABEL_MAX], path[JAIL_PATH_MAX];
	struct bytes text; /* cells, each behind a '|', each record behind a line end */
	bool done;
};

static unsigned descriptors(void)
{
	unsigned count = 0;
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int leak_of(hufu_view bytes)
{
	int fd = memfd_create("leak", MFD_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t at = 0; at < bytes.len;) {
		ssize_t put = write(fd, bytes.ptr + at, bytes.len - at);
		assert_true(put > 0);
		at += (size_t)put;
	}
	return fd;
}

static void hear_batch(struct heard *heard, const struct batch *batch)
{
	assert_true(batch_check(batch));
	heard->batches++;
	heard->records += batch->rows;
	if (heard->records > 1000)
		return;
	for (uint32_t row = 0; row < batch->rows; row++, bytes_byte(&heard->text, '\n'))
		for (uint32_t column = 0; column < batch->columns; column++) {
			bytes_byte(&heard->text, '|');
			bytes_add(&heard->text, batch_cell(batch, column, row));
		}
}

static void hear(struct heard *heard, const struct jail_message *message)
{
	heard->events++;
	switch (message->event) {
	case JAIL_PART:
		heard->parts++;
		memcpy(heard->format, message->format, sizeof heard->format);
		break;
	case JAIL_BATCH:
		hear_batch(heard, &message->batch);
		break;
	case JAIL_PART_END:
		heard->ends++;
		heard->malformed += message->malformed;
		break;
	case JAIL_UNREAD:
		heard->unread++;
		heard->why = message->why;
		memcpy(heard->path, message->path, sizeof heard->path);
		break;
	case JAIL_DONE:
		heard->done = true;
		break;
	}
}

/* `nap`: milliseconds that the caller sleeps after the second message. */
static struct heard converse(int fd, const struct jail_options *options, unsigned nap)
{
	struct heard heard = { 0 };
	struct jail *jail = NULL;
	struct jail_message *message = malloc(sizeof *message);
	hufu_error error = { 0 };
	assert_non_null(message);
	heard.status = jail_open(fd, options, &jail, &error);
	while (heard.status == HUFU_OK && !heard.done) {
		heard.status = jail_next(jail, message, &error);
		if (heard.status == HUFU_OK)
			hear(&heard, message);
		if (heard.events == 2)
			nanosleep(&(struct timespec){ .tv_sec = nap / 1000, .tv_nsec = nap % 1000 * 1000000 }, NULL);
	}
	jail_close(jail);
	free(message);
	bytes_byte(&heard.text, '\0');
	return heard;
}

static struct heard with_rogue(const char *act)
{
	unsigned before = descriptors();
	int fd = leak_of(view_of(act));
	struct heard heard = converse(fd, &(struct jail_options){ .reader = rogue, .hang_seconds = 1 }, 0);
	close(fd);
	assert_int_equal(descriptors(), before);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return heard;
}

static void test_jail_keeper__misbehaviour_costs_the_part(void **state)
{
	(void)state;
	static const struct {
		const char *act;
		enum jail_why why;
		unsigned parts;
	} rows[] = {
		{ "huge_rows", JAIL_WHY_LIED, 1 },
		{ "huge_stride", JAIL_WHY_LIED, 1 },
		{ "huge_text", JAIL_WHY_LIED, 1 },
		{ "cell_outside", JAIL_WHY_LIED, 1 },
		{ "cell_wraps", JAIL_WHY_LIED, 1 },
		{ "other_columns", JAIL_WHY_LIED, 1 },
		{ "no_rows", JAIL_WHY_LIED, 1 },
		{ "no_part", JAIL_WHY_LIED, 0 },
		{ "two_parts", JAIL_WHY_LIED, 1 },
		{ "end_twice", JAIL_WHY_LIED, 1 },
		{ "done_within", JAIL_WHY_LIED, 1 },
		{ "no_columns", JAIL_WHY_LIED, 0 },
		{ "many_columns", JAIL_WHY_LIED, 0 },
		{ "path_steers", JAIL_WHY_LIED, 0 },
		{ "path_endless", JAIL_WHY_LIED, 0 },
		{ "label_endless", JAIL_WHY_LIED, 0 },
		{ "label_odd", JAIL_WHY_LIED, 0 },
		{ "why_unknown", JAIL_WHY_LIED, 0 },
		{ "why_not_its_own", JAIL_WHY_LIED, 0 },
		{ "event_unknown", JAIL_WHY_LIED, 0 },
		{ "consumed_back", JAIL_WHY_LIED, 1 },
		{ "consumed_beyond", JAIL_WHY_LIED, 0 },
		{ "malformed_beyond", JAIL_WHY_LIED, 1 },
		{ "lines_beyond", JAIL_WHY_LIED, 1 },
		{ "slot_unknown", JAIL_WHY_LIED, 0 },
		{ "ready_again", JAIL_WHY_LIED, 0 },
		{ "unready", JAIL_WHY_LIED, 0 },
		{ "endless_slot", JAIL_WHY_LIED, 1 },
		{ "crash", JAIL_WHY_CRASHED, 1 },
		{ "leave", JAIL_WHY_CRASHED, 1 },
		{ "hang_up", JAIL_WHY_CRASHED, 0 },
		{ "hang", JAIL_WHY_HUNG, 1 },
		{ "spin", JAIL_WHY_HUNG, 1 },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		struct heard heard = with_rogue(rows[i].act);
		if (heard.why != rows[i].why || heard.parts != rows[i].parts)
			print_error("%s: %s, %u parts\n", rows[i].act, jail_why(heard.why), heard.parts);
		assert_int_equal(heard.status, HUFU_OK);
		assert_int_equal(heard.why, rows[i].why);
		assert_int_equal(heard.unread, 1);
		assert_int_equal(heard.parts, rows[i].parts);
		assert_int_equal(heard.ends, heard.parts);
		bytes_done(&heard.text);
	}
}

static void test_jail_keeper__garbage_is_survived(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct heard heard = with_rogue("garbage");
		assert_int_equal(heard.status, HUFU_OK);
		assert_true(heard.why == JAIL_WHY_LIED || heard.done);
		assert_int_equal(heard.ends, heard.parts);
		bytes_done(&heard.text);
	}
}

static void test_jail_keeper__endless_parts_end(void **state)
{
	(void)state;
	struct heard heard = with_rogue("endless_parts");
	assert_int_equal(heard.why, JAIL_WHY_MEMBERS);
	assert_int_equal(heard.ends, heard.parts);
	bytes_done(&heard.text);
}

static void test_jail_keeper__what_was_sent_before_a_crash_counts(void **state)
{
	(void)state;
	struct heard heard = with_rogue("crash");
	assert_int_equal(heard.records, 1);
	assert_string_equal(heard.text.ptr, "|ab|cd\n");
	assert_string_equal(heard.path, "p");
	bytes_done(&heard.text);
}

static void test_jail_keeper__overlapping_cells_are_no_lie(void **state)
{
	(void)state;
	struct heard heard = with_rogue("cells_overlap");
	assert_int_equal(heard.unread, 0);
	assert_string_equal(heard.text.ptr, "|ab|bcd\n");
	bytes_done(&heard.text);
}

static void test_jail_keeper__nothing_counts_after_done(void **state)
{
	(void)state;
	struct heard heard = with_rogue("after_done");
	assert_int_equal(heard.events, 1);
	assert_int_equal(heard.unread, 0);
	bytes_done(&heard.text);
}

/* A lock that does not close is our trouble, not the leak's. */
static void test_jail_keeper__an_open_lock_is_an_error(void **state)
{
	(void)state;
	struct heard heard = with_rogue("no_lock");
	assert_int_equal(heard.status, HUFU_UNSUPPORTED);
	bytes_done(&heard.text);
}

static void test_jail_keeper__a_missing_reader_is_an_error(void **state)
{
	(void)state;
	unsigned before = descriptors();
	int fd = leak_of(view_of("a,b\n"));
	struct heard heard = converse(fd, &(struct jail_options){ .reader = "/nowhere/hufu-reader" }, 0);
	assert_int_not_equal(heard.status, HUFU_OK);
	close(fd);
	assert_int_equal(descriptors(), before);
	bytes_done(&heard.text);
}

static void test_jail_keeper__memory_is_bounded(void **state)
{
	(void)state;
#ifdef HUFU_SANITIZE
	skip(); /* AddressSanitizer needs an unbounded address space */
#else
	struct heard heard = with_rogue("eat");
	assert_int_equal(heard.unread, 0);
	assert_string_equal(heard.format, "starved");
	bytes_done(&heard.text);
#endif
}

/* Refused softly, or deadly: never allowed. */
static void test_jail_lock__refuses(void **state)
{
	(void)state;
	static const struct {
		const char *act;
		bool deadly;
	} rows[] = {
		{ "try_open", false },
		{ "try_create", false },
		{ "try_stat", false },
		{ "try_write_leak", false },
		{ "try_socket", true },
		{ "try_fork", true },
		{ "try_thread_open", false },
		{ "try_thread_socket", true },
		{ "try_new_thread", true },
		{ "try_exec", true },
		{ "try_kill", true },
		{ "try_tgkill", true },
		{ "try_ptrace", true },
		{ "try_code", true },
		{ "try_grow_memory", true },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		struct heard heard = with_rogue(rows[i].act);
		if (heard.status != HUFU_OK ||
		        (rows[i].deadly ? heard.why != JAIL_WHY_CRASHED : strcmp(heard.format, "refused") != 0))
			print_error("%s: %s %s\n", rows[i].act, heard.format, jail_why(heard.why));
		assert_int_equal(heard.status, HUFU_OK);
		if (rows[i].deadly) {
			assert_int_equal(heard.why, JAIL_WHY_CRASHED);
			assert_int_equal(heard.parts, 0);
		} else {
			assert_string_equal(heard.format, "refused");
		}
		bytes_done(&heard.text);
	}
}

static void test_jail_lock__leaves_nothing_to_find(void **state)
{
	(void)state;
	setenv("HUFU_TEST_SECRET", "x", 1);
	int stray = open("/dev/null", O_RDONLY); /* not close-on-exec, on purpose */
	struct heard heard = with_rogue("try_environment");
	assert_string_equal(heard.format, "bare");
	bytes_done(&heard.text);
	heard = with_rogue("try_descriptors");
	assert_string_equal(heard.format, "7");
	bytes_done(&heard.text);
	close(stray);
	unsetenv("HUFU_TEST_SECRET");
}

/* ---- the real reader ---- */

static void test_jail_keeper__reads_a_table(void **state)
{
	(void)state;
	int fd = leak_of(view_of("name,mobile\n\"A,1\",13800000001\nB\n"));
	off_t place = lseek(fd, 3, SEEK_SET);
	struct heard heard = converse(fd, &(struct jail_options){ .reader = honest, .name = view_of("x.csv") }, 0);
	assert_int_equal(heard.status, HUFU_OK);
	assert_int_equal(heard.unread, 0);
	assert_int_equal(heard.malformed, 1);
	assert_string_equal(heard.text.ptr, "|name|mobile\n|A,1|13800000001\n|B|\n");
	assert_int_equal(lseek(fd, 0, SEEK_CUR), place); /* our own place in the file is not moved */
	bytes_done(&heard.text);
	close(fd);
}

static void test_jail_keeper__reads_gb18030_behind_the_lock(void **state)
{
	(void)state;
	/* Two- and four-byte characters: both converters work without opening anything. */
	int fd = leak_of(view_of("\xd0\xd5\xc3\xfb,n\n\xd5\xc5\x81\x39\xee\x39,1\n"));
	struct heard heard = converse(fd, &(struct jail_options){ .reader = honest }, 0);
	assert_string_equal(heard.text.ptr, "|\xe5\xa7\x93\xe5\x90\x8d|n\n|\xe5\xbc\xa0\xe3\x90\x80|1\n");
	bytes_done(&heard.text);
	close(fd);
}

/* A caller that takes its time is not a reader that hangs. */
static void test_jail_keeper__a_slow_caller_is_patient(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	for (unsigned i = 0; i < 400000; i++)
		bytes_text(&text, "some name,13800000001\n");
	int fd = leak_of(bytes_view(&text));
	struct heard heard = converse(fd, &(struct jail_options){ .reader = honest, .hang_seconds = 1 }, 1300);
	assert_int_equal(heard.unread, 0);
	assert_int_equal(heard.records, 400000);
	bytes_done(&heard.text);
	bytes_done(&text);
	close(fd);
}

static void test_jail_keeper__reads_a_pipe(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "a,b\n1,2\n", 8), 8);
	close(ends[1]);
	struct heard heard = converse(ends[0], &(struct jail_options){ .reader = honest }, 0);
	assert_string_equal(heard.text.ptr, "|a|b\n|1|2\n");
	bytes_done(&heard.text);
	close(ends[0]);
}

static void test_jail_keeper__closes_in_the_middle(void **state)
{
	(void)state;
	struct bytes text = { 0 };
	for (unsigned i = 0; i < 400000; i++)
		bytes_text(&text, "some name,13800000001\n");
	unsigned before = descriptors();
	int fd = leak_of(bytes_view(&text));
	struct jail *jail = NULL;
	struct jail_message *message = malloc(sizeof *message);
	assert_int_equal(jail_open(fd, &(struct jail_options){ .reader = honest }, &jail, NULL), HUFU_OK);
	assert_int_equal(jail_next(jail, message, NULL), HUFU_OK);
	jail_close(jail);
	jail_close(NULL);
	close(fd);
	free(message);
	bytes_done(&text);
	assert_int_equal(descriptors(), before);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("test_jail_keeper ROGUE READER\n", stderr);
		return 2;
	}
	rogue = argv[1];
	honest = argv[2];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jail_keeper__misbehaviour_costs_the_part),
		cmocka_unit_test(test_jail_keeper__garbage_is_survived),
		cmocka_unit_test(test_jail_keeper__endless_parts_end),
		cmocka_unit_test(test_jail_keeper__what_was_sent_before_a_crash_counts),
		cmocka_unit_test(test_jail_keeper__overlapping_cells_are_no_lie),
		cmocka_unit_test(test_jail_keeper__nothing_counts_after_done),
		cmocka_unit_test(test_jail_keeper__an_open_lock_is_an_error),
		cmocka_unit_test(test_jail_keeper__a_missing_reader_is_an_error),
		cmocka_unit_test(test_jail_keeper__memory_is_bounded),
		cmocka_unit_test(test_jail_lock__refuses),
		cmocka_unit_test(test_jail_lock__leaves_nothing_to_find),
		cmocka_unit_test(test_jail_keeper__reads_a_table),
		cmocka_unit_test(test_jail_keeper__reads_gb18030_behind_the_lock),
		cmocka_unit_test(test_jail_keeper__a_slow_caller_is_patient),
		cmocka_unit_test(test_jail_keeper__reads_a_pipe),
		cmocka_unit_test(test_jail_keeper__closes_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
