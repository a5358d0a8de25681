/* Commands: one file each, ending in a const struct, and one line in main.c's table. A command parses its words, calls
 * the rooms, prints; it decides nothing that a room could. */
#ifndef HUFU_CMD_COMMAND_H
#define HUFU_CMD_COMMAND_H

#include "base/status.h"

/* What the process ends with. */
enum { EXIT_YES = 0, EXIT_NO = 1, EXIT_TROUBLE = 2 };

struct command {
	const char *name;                  /* "init" */
	const char *summary;               /* one line for `hufu help` */
	const char *help;                  /* what it does, options, examples, exit codes */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
};

extern const struct command command_init, command_seal, command_seals, command_match, command_forget, command_key,
        command_kind, command_case, command_duties, command_verify, command_config, command_account, command_serve,
        command_work;

/* ---- options: --name VALUE, --name=VALUE, --flag; anywhere among the operands, up to "--" ---- */

enum { OPTION_LIST_MAX = 256 };

/* Values of an option that may be given several times; they borrow from argv. */
struct option_list {
	const char *at[OPTION_LIST_MAX];
	size_t count;
};

/* Exactly one of `flag`, `text` and `list` is set. A text given twice is an error. */
struct option {
	const char *name; /* without "--" */
	bool *flag;
	const char **text;
	struct option_list *list;
};

/* Takes the options out of argv: *argc then counts, and argv holds from 1 on, the operands alone. -h and --help print
 * the command's help. Returns -1 to go on, else the exit code to end with (the line has been printed). */
int options_take(const struct command *command, const struct option *options, size_t count, int *argc, char **argv);

/* The nearest of some names to what was typed, or NULL when none is near. */
const char *nearest_name(const char *typed, const char *(*name_at)(size_t at), size_t count);

#endif
