/* Runs the program under test; see run.h. */
#include "run.h"
#include "base/io.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

static void file_of(const char *name, const char *which, char path[512])
{
	snprintf(path, 512, "%s.%s", name, which);
}

static void send_to(const char *path, int flags, int fd)
{
	int opened = open(path, flags, 0600);

	if (opened < 0 || dup2(opened, fd) < 0)
		_exit(99);
	close(opened);
}

pid_t run_start(const char *name, const char *program, const char *const *words)
{
	char *argv[RUN_WORDS + 2] = { (char *)(uintptr_t)program };
	char out[512], err[512];

	for (size_t i = 0; words[i]; i++) {
		assert_true(i < RUN_WORDS);
		argv[i + 1] = (char *)(uintptr_t)words[i];
	}
	file_of(name, "out", out);
	file_of(name, "err", err);
	pid_t child = fork();
	if (child == 0) {
		setsid();
		send_to("/dev/null", O_RDONLY, 0);
		send_to(out, O_WRONLY | O_CREAT | O_TRUNC, 1);
		send_to(err, O_WRONLY | O_CREAT | O_TRUNC, 2);
		execv(program, argv);
		_exit(98);
	}
	assert_true(child > 0);
	return child;
}

static void read_back(const char *path, char into[RUN_TEXT])
{
	struct bytes text = { 0 };

	assert_int_equal(io_read_file(path, RUN_TEXT - 1, &text, NULL), HUFU_OK);
	if (text.len)
		memcpy(into, text.ptr, text.len);
	into[text.len] = '\0';
	bytes_done(&text);
}

void run_end(const char *name, pid_t child, struct run *out)
{
	char path[512];
	int how = 0;

	assert_int_equal(waitpid(child, &how, 0), child);
	file_of(name, "out", path);
	read_back(path, out->out);
	file_of(name, "err", path);
	read_back(path, out->err);
	/* A crash is never an answer; being killed by this test is. */
	assert_true(WIFEXITED(how) || (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL));
	out->code = WIFEXITED(how) ? WEXITSTATUS(how) : RUN_KILLED;
}

void run_words(const char *program, const char *const *words, struct run *out)
{
	char name[512];

	snprintf(name, sizeof name, "%s/run", getenv("HOME"));
	run_end(name, run_start(name, program, words), out);
}

void assert_one_line(const char *err)
{
	size_t len = strlen(err);
	bool one = len > 6 && strncmp(err, "hufu: ", 6) == 0 && strcspn(err, "\n") == len - 1;

	if (!one)
		print_error("no clear line: %s\n", err);
	assert_true(one);
}

char *run_json(const char *text)
{
	json_t *root = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);

	assert_non_null(root);
	json_object_del(root, "elapsed_s");
	char *sorted = json_dumps(root, JSON_SORT_KEYS);
	json_decref(root);
	assert_non_null(sorted);
	return sorted;
}
