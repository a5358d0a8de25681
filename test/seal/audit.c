/* The audit: a line for each look-up, a chain that shows what was altered, and no half lines. */
#include "seal/audit.h"

#include "base/io.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../scratch.h"

static struct store *store;
static const struct audit_line sample = {
	.what = "match", .sha256 = "00ff", .dataset = "车主", .records = 20, .linked = 7
};

static int setup(void **state)
{
	int failed = scratch_setup(state);

	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HUFU_KEY_FILE");
	return failed || store_init(scratch_path("store"), NULL, &store, NULL) != HUFU_OK;
}

static int teardown(void **state)
{
	store_close(store);
	return scratch_teardown(state);
}

static void append(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(audit_append(store, &sample, NULL), HUFU_OK);
}

static void assert_whole(uint64_t want_lines, uint64_t want_torn)
{
	uint64_t lines = 99, torn = 99;

	assert_int_equal(audit_verify(store, &lines, &torn, NULL), HUFU_OK);
	assert_int_equal(lines, want_lines);
	assert_int_equal(torn, want_torn);
}

static struct bytes audit_bytes(void)
{
	struct bytes text = { 0 };

	assert_int_equal(io_read_file(scratch_path("store/audit"), 1 << 20, &text, NULL), HUFU_OK);
	return text;
}

static void write_audit(hufu_view text)
{
	assert_int_equal(io_replace_file(scratch_path("store/audit"), 0600, text, NULL), HUFU_OK);
}

static void test_seal_audit__keeps_a_line_for_each(void **state)
{
	struct stat about;

	(void)state;
	append(3);
	assert_int_equal(audit_append(store, &(struct audit_line){ .what = "forget\n\"\x1b" }, NULL), HUFU_OK);
	assert_whole(4, 0);
	struct bytes text = audit_bytes();
	assert_true(view_starts(bytes_view(&text), "{\"time\":\"20"));
	assert_non_null(memmem(text.ptr, text.len,
	        "\"what\":\"match\",\"sha256\":\"00ff\",\"dataset\":\"车主\","
	        "\"records\":20,\"linked\":7,\"people\":0,\"chain\":\"",
	        85));
	assert_non_null(memmem(text.ptr, text.len, "forget?\\\"?", 10));
	bytes_done(&text);
	assert_int_equal(stat(scratch_path("store/audit"), &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
}

/* Every byte of the file but those of the last line's end: changed, it shows. */
static void test_seal_audit__shows_any_altered_byte(void **state)
{
	(void)state;
	append(3);
	struct bytes text = audit_bytes();
	for (size_t i = 0; i < text.len - 1; i++) {
		hufu_error error = { 0 };
		text.ptr[i] ^= 1;
		write_audit(bytes_view(&text));
		assert_int_equal(audit_verify(store, NULL, NULL, &error), HUFU_MALFORMED);
		assert_int_equal(error.at, i / (text.len / 3) + 1);
		text.ptr[i] ^= 1;
	}
	bytes_done(&text);
}

static void test_seal_audit__shows_lines_taken_out_or_put_in(void **state)
{
	(void)state;
	append(4);
	struct bytes text = audit_bytes(), other = { 0 };
	hufu_view rest = bytes_view(&text), line[4];
	for (int i = 0; i < 4; i++) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		assert_true(end && view_split(&rest, (size_t)(end - rest.ptr) + 1, &line[i]));
	}
	static const int orders[][5] = { { 0, 2, 3, -1 }, { 1, 2, 3, -1 }, { 0, 2, 1, 3, -1 }, { 0, 1, 1, 2, -1 } };
	for (size_t i = 0; i < LEN(orders); i++) {
		other.len = 0;
		for (const int *at = orders[i]; *at >= 0; at++)
			bytes_add(&other, line[*at]);
		write_audit(bytes_view(&other));
		assert_int_equal(audit_verify(store, NULL, NULL, NULL), HUFU_MALFORMED);
	}
	/* A line of a stranger's at the end: nothing is chained to it. */
	write_audit(view_of("{\"time\":\"2021-08-31T00:00:00Z\"}\n"));
	assert_int_equal(audit_append(store, &sample, NULL), HUFU_MALFORMED);
	bytes_done(&text);
	bytes_done(&other);
}

/* Wherever a crash cuts the last line, the next one goes on and says so. */
static void test_seal_audit__goes_on_behind_a_torn_line(void **state)
{
	(void)state;
	append(2);
	struct bytes text = audit_bytes();
	size_t first = (size_t)((char *)memchr(text.ptr, '\n', text.len) - text.ptr) + 1;
	for (size_t cut = 0; cut < text.len; cut += cut + 1 == first || cut + 2 == text.len ? 1 : 7) {
		bool torn = cut > 0 && cut != first;
		write_audit((hufu_view){ text.ptr, cut });
		assert_whole(cut >= first, torn);
		append(2);
		assert_whole((cut >= first) + 2u, torn);
		struct bytes after = audit_bytes();
		assert_true((memmem(after.ptr, after.len, "{\"torn\":", 8) != NULL) == torn);
		bytes_done(&after);
	}
	write_audit((hufu_view){ text.ptr, text.len - 1 });
	append(1);
	assert_whole(2, 1);
	/* What a dying file system leaves: zeros. */
	text.len = first;
	bytes_add(&text, view_make((char[64]){ 0 }, 64));
	write_audit(bytes_view(&text));
	append(1);
	assert_whole(2, 1);
	bytes_done(&text);
}

static void test_seal_audit__an_absurd_file_is_refused(void **state)
{
	struct bytes rubbish = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		bytes_byte(&rubbish, 'x');
	write_audit(bytes_view(&rubbish));
	assert_int_equal(audit_append(store, &sample, NULL), HUFU_MALFORMED);
	bytes_done(&rubbish);
	unlink(scratch_path("store/audit"));
	assert_int_equal(symlink("/dev/null", scratch_path("store/audit")), 0);
	assert_int_equal(audit_append(store, &sample, NULL), HUFU_IO);
}

static void test_seal_audit__two_processes_make_one_chain(void **state)
{
	pid_t children[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			for (int k = 0; k < 200; k++)
				if (audit_append(store, &sample, NULL) != HUFU_OK)
					_exit(1);
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++) {
		int how = -1;
		waitpid(children[i], &how, 0);
		assert_int_equal(how, 0);
	}
	assert_whole(400, 0);
}

/* A limit on file sizes stands in for a full disk: the system then cuts a write short just the same. */
static void test_seal_audit__what_does_not_fit_leaves_no_trace(void **state)
{
	struct rlimit before, tight;
	hufu_error error;

	(void)state;
	append(2);
	struct bytes text = audit_bytes();
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (unsigned room = 0; room < 200; room += 50) {
		tight = (struct rlimit){ text.len + room, before.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
		hufu_status status = audit_append(store, &sample, &error);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(status, HUFU_IO);
		struct bytes after = audit_bytes();
		assert_true(view_equal(bytes_view(&after), bytes_view(&text)));
		bytes_done(&after);
	}
	bytes_done(&text);
	append(1);
	assert_whole(3, 0);
}

static void test_seal_audit__a_full_disk_is_named(void **state)
{
	static char fill[4096];
	hufu_error error = { 0 };
	hufu_status status = HUFU_OK;
	unsigned lines = 0;

	(void)state;
	assert_int_equal(mkdir(scratch_path("disk"), 0700), 0);
	if (mount("none", scratch_path("disk"), "tmpfs", 0, "size=16k") != 0)
		skip(); /* only root may mount */
	struct store there = *store;
	there.dir = (char *)(uintptr_t)scratch_path("disk");
	int fd = open(scratch_path("disk/fill"), O_WRONLY | O_CREAT, 0600);
	bool filled = write(fd, fill, sizeof fill) == sizeof fill;
	close(fd);
	while (status == HUFU_OK && lines < 1000)
		if ((status = audit_append(&there, &sample, &error)) == HUFU_OK)
			lines++;
	uint64_t kept = 0, torn = 9;
	hufu_status whole = audit_verify(&there, &kept, &torn, NULL);
	assert_int_equal(umount(scratch_path("disk")), 0);
	assert_true(filled);
	assert_int_equal(status, HUFU_IO);
	assert_string_equal(error.what, "the disk is full");
	assert_int_equal(whole, HUFU_OK);
	assert_int_equal(kept, lines);
	assert_int_equal(torn, 0);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_seal_audit__keeps_a_line_for_each),
		IN_SCRATCH(test_seal_audit__shows_any_altered_byte),
		IN_SCRATCH(test_seal_audit__shows_lines_taken_out_or_put_in),
		IN_SCRATCH(test_seal_audit__goes_on_behind_a_torn_line),
		IN_SCRATCH(test_seal_audit__an_absurd_file_is_refused),
		IN_SCRATCH(test_seal_audit__two_processes_make_one_chain),
		IN_SCRATCH(test_seal_audit__what_does_not_fit_leaves_no_trace),
		IN_SCRATCH(test_seal_audit__a_full_disk_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
