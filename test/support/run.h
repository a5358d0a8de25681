/* Runs the real program in a test, without a terminal, and keeps what it said. Include it before cmocka's headers,
 * whose fail() is another. */
#ifndef HUFU_TEST_SUPPORT_RUN_H
#define HUFU_TEST_SUPPORT_RUN_H

#include <sys/types.h>

enum { RUN_WORDS = 24, RUN_TEXT = 1 << 16, RUN_KILLED = -1 };

struct run {
	int code; /* exit code, or RUN_KILLED */
	char out[RUN_TEXT], err[RUN_TEXT];
};

/* Words are ended by NULL; argv[0] is `program`. Output goes through files under the scratch directory named `name`. */
pid_t run_start(const char *name, const char *program, const char *const *words);
/* Waits for it. */
void run_end(const char *name, pid_t child, struct run *out);
void run_words(const char *program, const char *const *words, struct run *out);
#define RUN(program, out, ...) run_words(program, (const char *const[]){ __VA_ARGS__, NULL }, out)

/* One line, which begins with the program's name. */
void assert_one_line(const char *err);
/* `text` as JSON with sorted names and without elapsed_s; the caller frees. */
char *run_json(const char *text);

#endif
