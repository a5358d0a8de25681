/* Files: whole reads and writes, and replacing that a kill or a full disk cannot halve. */
#include "base/io.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../scratch.h"

static void assert_holds(const char *path, const char *want)
{
	struct bytes text = { 0 };

	assert_int_equal(io_read_file(path, 1 << 20, &text, NULL), HUFU_OK);
	assert_true(view_is(bytes_view(&text), want));
	bytes_done(&text);
}

static void test_base_io__reads_whole_files_within_a_limit(void **state)
{
	struct bytes text = { 0 };
	hufu_error error;

	(void)state;
	const char *path = scratch_path("file");
	scratch_write(path, "tiger", 0600);
	assert_holds(path, "tiger");
	assert_int_equal(io_read_file(path, 5, &text, NULL), HUFU_OK);
	assert_int_equal(io_read_file(path, 4, &text, &error), HUFU_LIMIT);
	assert_true(view_is(bytes_view(&text), "tiger")); /* untouched by a failure */
	assert_string_equal(error.where, path);
	assert_int_equal(io_read_file(scratch_path("none"), 5, &text, &error), HUFU_IO);
	assert_string_equal(error.what, "no such file or directory");
	assert_int_equal(io_read_file(scratch, 5, &text, &error), HUFU_IO);
	assert_string_equal(error.what, "is a directory, not a file");
	bytes_done(&text);
}

static void test_base_io__makes_directories_closed_to_others(void **state)
{
	struct stat about;
	hufu_error error;

	(void)state;
	umask(0);
	assert_int_equal(io_make_dir(scratch_path("a/b/c"), NULL), HUFU_OK);
	assert_int_equal(io_make_dir(scratch_path("a/b/c/"), NULL), HUFU_OK);
	assert_int_equal(stat(scratch_path("a/b"), &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	scratch_write(scratch_path("file"), "", 0600);
	assert_int_equal(io_make_dir(scratch_path("file"), &error), HUFU_IO);
	assert_int_equal(io_make_dir(scratch_path("file/x"), &error), HUFU_IO);
	assert_string_equal(error.what, "a part of the path is no directory");
	umask(077);
}

static void test_base_io__replaces_whole_or_not_at_all(void **state)
{
	struct io_replace replace;
	struct stat about;
	const char *path = scratch_path("seal");

	(void)state;
	assert_int_equal(io_replace_file(path, 0640, view_of("one"), NULL), HUFU_OK);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0640);
	assert_int_equal(io_replace_begin(&replace, path, 0600, NULL), HUFU_OK);
	assert_non_null(strstr(replace.fresh, "/.new-seal-"));
	assert_int_equal(io_write(replace.fd, "two", 3, path, NULL), HUFU_OK);
	assert_holds(path, "one");
	io_replace_done(&replace);
	assert_holds(path, "one");
	io_replace_done(&replace);
	assert_int_equal(io_replace_begin(&replace, path, 0600, NULL), HUFU_OK);
	assert_int_equal(io_write(replace.fd, "three", 5, path, NULL), HUFU_OK);
	assert_int_equal(io_replace_commit(&replace, NULL), HUFU_OK);
	assert_int_equal(io_replace_commit(&replace, NULL), HUFU_USAGE);
	io_replace_done(&replace);
	assert_holds(path, "three");
}

static void test_base_io__a_new_name_overwrites_nothing(void **state)
{
	struct io_replace replace;
	hufu_error error;
	const char *path = scratch_path("key");

	(void)state;
	assert_int_equal(io_replace_begin(&replace, path, 0600, NULL), HUFU_OK);
	assert_int_equal(io_replace_commit_new(&replace, NULL), HUFU_OK);
	io_replace_done(&replace);
	scratch_write(path, "mine", 0600);
	assert_int_equal(io_replace_begin(&replace, path, 0600, NULL), HUFU_OK);
	assert_int_equal(io_replace_commit_new(&replace, &error), HUFU_CONFLICT);
	assert_int_equal(error.status, HUFU_CONFLICT);
	io_replace_done(&replace);
	assert_holds(path, "mine");
}

static void test_base_io__clears_away_what_the_dead_left(void **state)
{
	struct io_replace mine, other;
	char dead[64], alive[64], words[64];
	int pipe_fds[2];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t child = fork();
	if (child == 0) { /* dies in the middle of a replacement */
		if (io_replace_begin(&mine, scratch_path("seal"), 0600, NULL) == HUFU_OK)
			raise(SIGKILL);
		_exit(0);
	}
	int how;
	waitpid(child, &how, 0);
	assert_true(WIFSIGNALED(how));
	snprintf(dead, sizeof dead, ".new-seal-%ld", (long)child);
	assert_int_equal(access(scratch_path(dead), F_OK), 0);

	pid_t busy = fork();
	if (busy == 0) { /* is still at it */
		(void)io_replace_begin(&other, scratch_path("seal"), 0600, NULL);
		(void)!write(pipe_fds[1], "x", 1);
		pause();
	}
	char byte;
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(access(scratch_path(dead), F_OK), -1);
	snprintf(alive, sizeof alive, ".new-seal-%ld", (long)busy);
	snprintf(words, sizeof words, ".new-seal-notes");
	scratch_write(scratch_path(words), "no number: not ours", 0600);
	scratch_write(scratch_path(".new-seal2-1234567"), "another file's", 0600);
	assert_int_equal(io_replace_begin(&mine, scratch_path("seal"), 0600, NULL), HUFU_OK);
	assert_int_equal(access(scratch_path(alive), F_OK), 0);
	assert_int_equal(access(scratch_path(words), F_OK), 0);
	assert_int_equal(access(scratch_path(".new-seal2-1234567"), F_OK), 0);
	io_replace_done(&mine);
	kill(busy, SIGKILL);
	waitpid(busy, &how, 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void test_base_io__a_full_disk_leaves_the_old_file(void **state)
{
	static char much[64 << 10];
	hufu_error error;

	(void)state;
	assert_int_equal(mkdir(scratch_path("disk"), 0700), 0);
	if (mount("none", scratch_path("disk"), "tmpfs", 0, "size=32k") != 0)
		skip(); /* only root may mount; test_seal_audit has a way without */
	const char *path = scratch_path("disk/seal");
	assert_int_equal(io_replace_file(path, 0600, view_of("old"), NULL), HUFU_OK);
	hufu_status status = io_replace_file(path, 0600, view_make(much, sizeof much), &error);
	struct bytes text = { 0 };
	hufu_status after = io_read_file(path, 100, &text, NULL);
	bool old = view_is(bytes_view(&text), "old");
	bytes_done(&text);
	bool again = io_replace_file(path, 0600, view_of("new"), NULL) == HUFU_OK;
	assert_int_equal(umount(scratch_path("disk")), 0);
	assert_int_equal(status, HUFU_IO);
	assert_string_equal(error.what, "the disk is full");
	assert_int_equal(after, HUFU_OK);
	assert_true(old);
	assert_true(again); /* and what did not fit is gone */
}

static void test_base_io__joins(void **state)
{
	(void)state;
	AUTO_FREE char *plain = io_join("a", "b"), *slash = io_join("a/", "b"), *root = io_join("/", "b");
	assert_string_equal(plain, "a/b");
	assert_string_equal(slash, "a/b");
	assert_string_equal(root, "/b");
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_base_io__reads_whole_files_within_a_limit),
		IN_SCRATCH(test_base_io__makes_directories_closed_to_others),
		IN_SCRATCH(test_base_io__replaces_whole_or_not_at_all),
		IN_SCRATCH(test_base_io__a_new_name_overwrites_nothing),
		IN_SCRATCH(test_base_io__clears_away_what_the_dead_left),
		IN_SCRATCH(test_base_io__a_full_disk_leaves_the_old_file),
		cmocka_unit_test(test_base_io__joins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
