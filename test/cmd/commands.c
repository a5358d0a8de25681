/* The commands as people meet them: init, key, kind, the help, and what each ends with. Runs the real program:
 * test_cmd_commands HUFU */
#include "base/io.h"

#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../scratch.h"

enum { WORDS_MAX = 8 };

static const char *program;
static char out[1 << 16], err[1 << 16]; /* of the last run */

static void read_back(const char *path, char *into, size_t cap)
{
	struct bytes text = { 0 };

	assert_int_equal(io_read_file(path, cap - 1, &text, NULL), HUFU_OK);
	memcpy(into, text.ptr, text.len);
	into[text.len] = '\0';
	bytes_done(&text);
}

static void send_to(const char *path, int flags, int fd)
{
	int opened = open(path, flags, 0600);

	if (opened < 0 || dup2(opened, fd) < 0)
		_exit(99);
	close(opened);
}

/* Runs hufu with some words (ended by NULL) and `in` on standard input; returns its exit code. It has no terminal. */
static int run(const char *in, const char *const words[WORDS_MAX])
{
	char *argv[WORDS_MAX + 2] = { (char *)(uintptr_t)program };
	int how = 0;

	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	scratch_write(scratch_path("in"), in, 0600);
	pid_t child = fork();
	if (child == 0) {
		setsid();
		send_to(scratch_path("in"), O_RDONLY, 0);
		send_to(scratch_path("out"), O_WRONLY | O_CREAT | O_TRUNC, 1);
		send_to(scratch_path("err"), O_WRONLY | O_CREAT | O_TRUNC, 2);
		execv(program, argv);
		_exit(98);
	}
	waitpid(child, &how, 0);
	read_back(scratch_path("out"), out, sizeof out);
	read_back(scratch_path("err"), err, sizeof err);
	assert_true(WIFEXITED(how));
	return WEXITSTATUS(how);
}
#define HUFU(in, ...) run(in, (const char *const[WORDS_MAX]){ __VA_ARGS__ })

static void assert_says(const char *text, const char *want)
{
	if (!strstr(text, want))
		print_error("\"%s\" is not in: %s\n", want, text);
	assert_non_null(strstr(text, want));
}

/* A failure is one line, which begins with the program's name. */
static void assert_one_line(const char *text)
{
	assert_true(strncmp(text, "hufu: ", 6) == 0);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static int setup(void **state)
{
	int failed = scratch_setup(state);

	setenv("HOME", scratch, 1);
	setenv("HUFU_STORE", scratch_path("store"), 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HUFU_KEY_FILE");
	unsetenv("HUFU_PASSPHRASE_FILE");
	return failed;
}

static void test_cmd_commands__help_teaches(void **state)
{
	static const char *const names[] = { "init", "key", "kind" };

	(void)state;
	assert_int_equal(HUFU("", NULL), 2);
	assert_string_equal(out, "");
	assert_says(err, "usage: hufu COMMAND");
	assert_int_equal(HUFU("", "--help"), 0);
	assert_string_equal(err, "");
	for (size_t i = 0; i < LEN(names); i++) {
		assert_int_equal(HUFU("", "help", names[i]), 0);
		static char once[sizeof out];
		memcpy(once, out, sizeof out);
		assert_says(out, "usage: hufu ");
		assert_says(out, "--store DIR");
		assert_says(out, "\nexamples:\n  ");
		assert_says(out, "\nexit: 0 ");
		assert_int_equal(HUFU("", names[i], "--help"), 0);
		assert_string_equal(out, once);
		assert_int_equal(HUFU("", "--help"), 0);
		assert_says(out, names[i]);
	}
	assert_int_equal(HUFU("", "--version"), 0);
	assert_true(strncmp(out, "hufu 0.", 7) == 0);
}

static void test_cmd_commands__tells_what_is_off_in_one_line(void **state)
{
	static const struct {
		const char *const words[WORDS_MAX];
		const char *want;
	} rows[] = {
		{ { "inti" }, "hufu: inti: there is no such command; did you mean hufu init?\n" },
		{ { "frobnicate\x1b[31m" }, "hufu: frobnicate?[31m: there is no such command; see: hufu help\n" },
		{ { "help", "kinds" }, "hufu: kinds: there is no such command; did you mean hufu kind?\n" },
		{ { "init", "--zon", "UTC" }, "hufu: init: there is no option --zon; see: hufu help init\n" },
		{ { "init", "-z" }, "hufu: init: there is no option -z; see: hufu help init\n" },
		{ { "init", "--zone" }, "hufu: init: a value is missing behind --zone; see: hufu help init\n" },
		{ { "init", "--zone=UTC", "--zone", "UTC" },
		        "hufu: init: an option is given twice: --zone; see: hufu help init\n" },
		{ { "kind", "--json=yes", "vin" },
		        "hufu: kind: this option takes no value: --json=yes; see: hufu help kind\n" },
		{ { "init", "here" }, "hufu: init: here: init takes no operands" },
		{ { "init", "--", "--zone" }, "hufu: init: --zone: init takes no operands" },
		{ { "init", "--zone", "Asia/Shanghia" }, "hufu: Asia/Shanghia: this time zone is not known" },
		{ { "init", "--store=" }, "hufu: the store's directory is empty; give --store DIR\n" },
		{ { "--store" }, "hufu: a directory is missing behind --store" },
		{ { "key" }, "hufu: key: say what to do: backup, restore" },
		{ { "key", "steal" }, "hufu: key: steal: is none of backup, restore" },
		{ { "key", "backup" }, "hufu: key: backup: takes one file" },
		{ { "key", "show", "me" }, "hufu: key: show: takes no operands" },
		{ { "key", "show" }, "there is no store here; make one with: hufu init" },
		{ { "kind", "mobil" }, "hufu: kind: mobil: there is no such kind; did you mean mobile?" },
		{ { "kind", "vin", "plate" }, "hufu: kind: plate: give one kind" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(run("", rows[i].words), 2);
		assert_string_equal(out, "");
		assert_one_line(err);
		assert_says(err, rows[i].want);
	}
	assert_int_equal(access(scratch_path("store"), F_OK), -1);
}

static void test_cmd_commands__init_makes_a_store_once(void **state)
{
	struct stat about;

	(void)state;
	umask(0);
	assert_int_equal(HUFU("", "init", "--zone", "Europe/Berlin"), 0);
	assert_string_equal(err, "");
	assert_says(out, scratch_path("store"));
	assert_says(out, "/.config/hufu/keys/");
	assert_says(out, "Europe/Berlin");
	assert_says(out, "hufu key backup FILE");
	assert_int_equal(stat(scratch_path("store"), &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	assert_int_equal(HUFU("", "init"), 2);
	assert_one_line(err);
	assert_says(err, "holds a store already");
	assert_int_equal(HUFU("", "init", "--store", scratch_path("second")), 0);
	assert_says(out, "hufu key backup --store ");
	assert_int_equal(HUFU("", "--store", scratch_path("third"), "init"), 0);
	assert_int_equal(access(scratch_path("third/store.json"), F_OK), 0);
	umask(077);
}

static void test_cmd_commands__key_goes_and_comes_back(void **state)
{
	char key[512], backup[512], others[512]; /* what scratch_path() gives does not last over runs */

	(void)state;
	snprintf(backup, sizeof backup, "%s/backup", scratch);
	snprintf(others, sizeof others, "%s/others", scratch);
	assert_int_equal(HUFU("", "init"), 0);
	assert_int_equal(HUFU("", "key", "backup", backup), 2);
	assert_says(err, "there is no terminal to ask on; put it into a file of mode 600 and set HUFU_PASSPHRASE_FILE");
	scratch_write(scratch_path("words"), "four tigers in two halves\n", 0600);
	setenv("HUFU_PASSPHRASE_FILE", scratch_path("words"), 1);
	assert_int_equal(HUFU("", "key", "backup", scratch_path("store/backup")), 2);
	assert_says(err, "must not lie inside the store");
	assert_int_equal(HUFU("", "key", "backup", backup), 0);
	assert_int_equal(HUFU("", "key", "backup", backup), 2);
	assert_int_equal(HUFU("", "key", "restore", backup), 0);
	assert_says(out, "is there already");
	assert_int_equal(HUFU("", "key", "show"), 0);
	assert_says(out, "passphrase  no");
	assert_true(sscanf(out, "key %500s", key) == 1);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(HUFU("", "key", "show"), 2);
	assert_one_line(err);
	assert_says(err, "the key is not there; bring it back: hufu key restore");
	assert_int_equal(HUFU("", "key", "restore", backup), 0);
	assert_int_equal(HUFU("", "key", "show"), 0);
	/* Another store's key does not fit, and what lies in the place stays. */
	assert_int_equal(HUFU("", "init", "--store", scratch_path("other")), 0);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(HUFU("", "key", "backup", others, "--store", scratch_path("other")), 0);
	assert_int_equal(HUFU("", "key", "restore", others), 2);
	assert_says(err, "this key is not the store's");
	scratch_write(key, "hufu-key 1 of somebody else", 0600);
	assert_int_equal(HUFU("", "key", "restore", backup), 2);
	assert_says(err, "holds something else than this store's key");
}

static void test_cmd_commands__key_takes_a_passphrase_and_leaves_it(void **state)
{
	char before[sizeof out], key[512];

	(void)state;
	assert_int_equal(HUFU("", "init"), 0);
	scratch_write(scratch_path("words"), "four tigers in two halves\n", 0600);
	setenv("HUFU_PASSPHRASE_FILE", scratch_path("words"), 1);
	assert_int_equal(HUFU("", "key", "wrap"), 0);
	assert_int_equal(HUFU("", "key", "show"), 0);
	assert_says(out, "passphrase  yes");
	memcpy(before, out, sizeof before);
	scratch_write(scratch_path("words"), "three tigers\n", 0600);
	assert_int_equal(HUFU("", "key", "unwrap"), 2);
	assert_says(err, "the passphrase does not open this key");
	assert_true(sscanf(before, "key %500s", key) == 1);
	scratch_write(scratch_path("words"), "four tigers in two halves\n", 0600);
	assert_int_equal(HUFU("", "key", "unwrap"), 0);
	assert_int_equal(HUFU("", "key", "show"), 0);
	assert_says(out, "passphrase  no");
	struct bytes text = { 0 };
	assert_int_equal(io_read_file(key, 1024, &text, NULL), HUFU_OK);
	bytes_byte(&text, '\0');
	text.ptr[text.len - 2] = '\0';
	assert_null(strstr(out, text.ptr + strlen("hufu-key 1 "))); /* never shown */
	bytes_done(&text);
}

static void test_cmd_commands__kind_judges_values(void **state)
{
	(void)state;
	assert_int_equal(HUFU("", "kind"), 0);
	assert_says(out, "mobile ");
	assert_says(out, "手机号");
	assert_int_equal(HUFU("+86 138-0013-8000\r\n12345\n\n１３８００１３８０００", "kind", "mobile"), 0);
	assert_string_equal(out, "valid\t13800138000\t138****8000\nno\nno\nvalid\t13800138000\t138****8000\n");
	assert_int_equal(HUFU("12345\n\x1b[31m\n\xff\n", "kind", "mobile"), 1);
	assert_string_equal(out, "no\nno\nno\n");
	assert_int_equal(HUFU("", "kind", "mobile"), 1);
	assert_string_equal(out, "");
	assert_int_equal(HUFU("13800138000\nx\n", "kind", "--json", "mobile"), 0);
	assert_string_equal(out, "{\"valid\": true, \"normal\": \"13800138000\", \"masked\": \"138****8000\"}\n"
	                         "{\"valid\": false}\n");
}

/* Types `keys` once `prompt` stands on the terminal; what was shown since is appended to `out`. */
static void type_at(int terminal, const char *prompt, const char *keys)
{
	size_t len = strlen(out), from = len;

	while (!strstr(out + from, prompt)) {
		ssize_t got = read(terminal, out + len, sizeof out - 1 - len);
		assert_true(got > 0);
		len += (size_t)got;
		out[len] = '\0';
	}
	assert_int_equal(write(terminal, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void test_cmd_commands__a_passphrase_is_typed_unseen(void **state)
{
	int terminal = -1, how = 0;
	char backup[512];

	(void)state;
	snprintf(backup, sizeof backup, "%s/backup", scratch);
	assert_int_equal(HUFU("", "init"), 0);
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);
	if (child == 0) {
		execl(program, program, "key", "backup", backup, (char *)NULL);
		_exit(98);
	}
	out[0] = '\0';
	type_at(terminal, "Passphrase for the backup: ", "four tigres\177\177\177ers\r"); /* mistyped, erased */
	type_at(terminal, "The same again: ", "four tigers\r");
	type_at(terminal, "backed up to", "");
	waitpid(child, &how, 0);
	close(terminal);
	assert_int_equal(how, 0);
	assert_null(strstr(out, "tig"));
	scratch_write(scratch_path("words"), "four tigers\n", 0600);
	setenv("HUFU_PASSPHRASE_FILE", scratch_path("words"), 1);
	AUTO_FREE char *key_dir = io_join(scratch, ".config/hufu/keys");
	assert_int_equal(nftw(key_dir, scratch_remove_one, 4, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(HUFU("", "key", "restore", backup), 0);
	assert_int_equal(HUFU("", "key", "show"), 0);
}

static void test_cmd_commands__an_answer_that_does_not_arrive_is_none(void **state)
{
	int how = 0;

	(void)state;
	pid_t child = fork();
	if (child == 0) {
		send_to("/dev/full", O_WRONLY, 1);
		send_to(scratch_path("err"), O_WRONLY | O_CREAT | O_TRUNC, 2);
		execl(program, program, "kind", (char *)NULL);
		_exit(98);
	}
	waitpid(child, &how, 0);
	assert_int_equal(WEXITSTATUS(how), 2);
	read_back(scratch_path("err"), err, sizeof err);
	assert_string_equal(err, "hufu: standard output: the disk is full; make room and run it again\n");
}

int main(int argc, char **argv)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_cmd_commands__help_teaches),
		IN_SCRATCH(test_cmd_commands__tells_what_is_off_in_one_line),
		IN_SCRATCH(test_cmd_commands__init_makes_a_store_once),
		IN_SCRATCH(test_cmd_commands__key_goes_and_comes_back),
		IN_SCRATCH(test_cmd_commands__key_takes_a_passphrase_and_leaves_it),
		IN_SCRATCH(test_cmd_commands__kind_judges_values),
		IN_SCRATCH(test_cmd_commands__a_passphrase_is_typed_unseen),
		IN_SCRATCH(test_cmd_commands__an_answer_that_does_not_arrive_is_none),
	};
	if (argc != 2)
		return 1;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
