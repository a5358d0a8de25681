/* What commands share in talking to people: one line a failure, progress, colour, a yes or no. Everything that is not
 * an answer goes to standard error; nothing is drawn where no terminal is. */
#ifndef HUFU_CMD_CONSOLE_H
#define HUFU_CMD_CONSOLE_H

#include "base/status.h"
#include "cmd/command.h"

#include <jansson.h>
#include <stdio.h>

/* "hufu: where: what; todo" on standard error, behind any progress, which is cleared. Returns EXIT_TROUBLE. */
int console_fail(const hufu_error *error);
/* The same for a failure of the command line. `where` is made printable; may be NULL. */
int console_usage(const struct command *command, const char *where, const char *what);
/* A remark that is no failure: "hufu: where: what". */
void console_note(const char *where, const char *what);

enum console_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW };
/* What switches to a style: "" unless `to` is a terminal and NO_COLOR is unset. */
const char *console_style(FILE *to, enum console_style style);

/* Asks on the terminal; `yes` (an option --yes) answers for it. Without either: HUFU_DENIED. A no is HUFU_OK and
 * *agreed false. */
hufu_status console_ask(const char *question, bool yes, bool *agreed, hufu_error *error);

/* Prints a text and blanks up to `cells` columns of a terminal. */
void console_padded(FILE *to, const char *text, size_t cells);

/* A value as one line of JSON on standard output; what could steer a terminal is escaped. */
hufu_status console_json(const json_t *value, hufu_error *error);

/* A line on standard error that is drawn again and again: share done, rate, time left. */
struct progress {
	const char *label, *unit; /* unit "B": bytes, scaled; else counted as it is: "rows" */
	uint64_t total;           /* 0: not known */
	uint64_t begun, drawn;    /* ticks */
	bool shown;
};
void progress_begin(struct progress *progress, const char *label, const char *unit, uint64_t total);
/* Call it as often as you like: it draws at most ten times a second, and first after a third of one. */
void progress_move(struct progress *progress, uint64_t done);
/* Clears the line. */
void progress_end(struct progress *progress);

#endif
