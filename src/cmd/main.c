/* hufu: finds the command, closes what could let the key out (core dumps, other processes' looks, loose modes), runs
 * it, and makes sure that what it said was really written. */
#include "cmd/command.h"
#include "cmd/console.h"

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef HUFU_VERSION
#define HUFU_VERSION "unknown"
#endif

static const struct command *const commands[] = {
	&command_init,
	&command_seal,
	&command_seals,
	&command_match,
	&command_forget,
	&command_key,
	&command_kind,
	&command_duties,
	&command_case,
	&command_verify,
	&command_config,
	&command_account,
	&command_serve,
	&command_work,
};

static const char *command_name(size_t at)
{
	return commands[at]->name;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < LEN(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void print_overview(FILE *to)
{
	fputs("hufu tells whether leaked data is ours: which dataset, as of when, how many people.\n"
	      "\n"
	      "usage: hufu COMMAND [--store DIR] ...\n"
	      "\n",
	        to);
	for (size_t i = 0; i < LEN(commands); i++)
		if (commands[i]->summary) /* else nobody's but ours */
			fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n"
	      "hufu help COMMAND tells all about one; hufu --version which hufu this is.\n"
	      "The store is --store DIR, else $HUFU_STORE, else ~/.local/share/hufu.\n",
	        to);
}

static int unknown(const char *name)
{
	char shown[64];
	const char *near = nearest_name(name, command_name, LEN(commands));

	printable(view_of(name), shown, sizeof shown);
	if (near)
		fprintf(stderr, "hufu: %s: there is no such command; did you mean hufu %s?\n", shown, near);
	else
		fprintf(stderr, "hufu: %s: there is no such command; see: hufu help\n", shown);
	return EXIT_TROUBLE;
}

static int help(const char *name)
{
	const struct command *command = name ? find(name) : NULL;

	if (name && !command)
		return unknown(name);
	if (command)
		fputs(command->help, stdout);
	else
		print_overview(stdout);
	return EXIT_YES;
}

/* Descriptors 0 to 2 are always open, so that no file of ours gets their numbers. */
static bool open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool close_doors(void)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	signal(SIGPIPE, SIG_DFL);
	if (!open_standard() || setrlimit(RLIMIT_CORE, &none) != 0)
		return false;
#ifndef HUFU_SANITIZE /* the leak checker looks into its own process */
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return false;
#endif
	return sodium_init() >= 0;
}

static int run(int argc, char **argv)
{
	int at = 1;

	/* hufu --store DIR COMMAND: the same as behind the command. */
	while (at < argc && strncmp(argv[at], "--store", 7) == 0 && (argv[at][7] == '=' || argv[at][7] == '\0')) {
		const char *dir = argv[at][7] == '=' ? argv[at] + 8 : argv[++at];
		if (!dir || !dir[0] || setenv("HUFU_STORE", dir, 1) != 0) {
			fputs("hufu: a directory is missing behind --store; see: hufu help\n", stderr);
			return EXIT_TROUBLE;
		}
		at++;
	}
	if (at >= argc) { /* nothing was asked, so nothing was answered */
		print_overview(stderr);
		return EXIT_TROUBLE;
	}
	if (strcmp(argv[at], "--version") == 0) {
		puts("hufu " HUFU_VERSION);
		return EXIT_YES;
	}
	if (strcmp(argv[at], "help") == 0 || strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0)
		return help(argv[at + 1]);
	const struct command *command = find(argv[at]);
	return command ? command->run(argc - at, argv + at) : unknown(argv[at]);
}

int main(int argc, char **argv)
{
	if (!close_doors()) {
		fputs("hufu: the system refuses what protects the key in memory\n", stderr);
		return EXIT_TROUBLE;
	}
	int code = run(argc, argv);
	/* An answer that did not arrive is none. */
	bool failed = ferror(stdout);
	if (fflush(stdout) == 0 && !failed)
		return code;
	hufu_error error;
	if (failed)
		fail(&error, HUFU_IO, view_of("standard output"), "could not be written", NULL);
	else
		fail_errno(&error, view_of("standard output"), NULL);
	return console_fail(&error);
}
