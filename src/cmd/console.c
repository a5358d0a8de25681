/* Talking to people. Text from elsewhere goes through printable() on its way. */
#include "cmd/console.h"
#include "base/auto.h"
#include "base/utf8.h"

#include "base/clock.h"
#include "case/case.h"

#include <stdlib.h>
#include <unistd.h>

static const char clear_line[] = "\r\033[K";
static bool line_is_drawn; /* of a progress, on standard error: there is only one of either */

static bool is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

static void clear_progress(void)
{
	if (line_is_drawn)
		fputs(clear_line, stderr);
	line_is_drawn = false;
}

int console_fail(const hufu_error *error)
{
	char line[768];

	error_line(error, line, sizeof line);
	clear_progress();
	fprintf(stderr, "hufu: %s\n", line);
	return EXIT_TROUBLE;
}

int console_usage(const struct command *command, const char *where, const char *what)
{
	char shown[256];

	printable(view_of(where), shown, sizeof shown);
	clear_progress();
	fprintf(stderr, "hufu: %s: %s%s%s; see: hufu help %s\n", command->name, shown, where ? ": " : "", what,
	        command->name);
	return EXIT_TROUBLE;
}

void console_note(const char *where, const char *what)
{
	char shown[256];

	printable(view_of(where), shown, sizeof shown);
	clear_progress();
	fprintf(stderr, "hufu: %s%s%s\n", shown, where ? ": " : "", what);
}

const char *console_style(FILE *to, enum console_style style)
{
	static const char *const codes[] = { "\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m" };
	const char *no_colour = getenv("NO_COLOR");

	if ((no_colour && no_colour[0]) || !is_terminal(fileno(to)))
		return "";
	return codes[style];
}

hufu_status console_ask(const char *question, bool yes, bool *agreed, hufu_error *error)
{
	char answer[16];

	if (yes) {
		*agreed = true;
		return HUFU_OK;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return fail(error, HUFU_DENIED, (hufu_view){ 0 },
		        "this needs a yes, and there is no terminal to ask on", "give --yes");
	clear_progress();
	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	*agreed = fgets(answer, sizeof answer, stdin) &&
	          (view_is(view_trim(view_of(answer)), "y") || view_is(view_trim(view_of(answer)), "yes"));
	return HUFU_OK;
}

/* "12.3 MB", "950 B"; other units as they are. */
static void print_amount(double amount, const char *unit, char *out, size_t cap)
{
	static const char *const scales[] = { "B", "kB", "MB", "GB", "TB" };
	size_t scale = 0;

	if (strcmp(unit, "B") != 0) {
		snprintf(out, cap, "%.0f %s", amount, unit);
		return;
	}
	for (; amount >= 999.5 && scale + 1 < LEN(scales); scale++)
		amount /= 1000;
	snprintf(out, cap, scale && amount < 99.5 ? "%.1f %s" : "%.0f %s", amount, scales[scale]);
}

static void draw(struct progress *progress, uint64_t done, double seconds)
{
	char amount[32], rate[32], share[16] = "", left[48] = "";
	double speed = seconds > 0 ? (double)done / seconds : 0;

	print_amount((double)done, progress->unit, amount, sizeof amount);
	print_amount(speed, progress->unit, rate, sizeof rate);
	if (progress->total) {
		uint64_t most = done < progress->total ? done : progress->total;
		double remain = speed > 0 ? (double)(progress->total - most) / speed : 0;
		snprintf(share, sizeof share, " %3.0f %%", 100.0 * (double)most / (double)progress->total);
		if (speed > 0)
			snprintf(left, sizeof left, remain >= 90 ? ", %.0f min left" : ", %.0f s left",
			        remain >= 90 ? remain / 60 : remain);
	}
	fprintf(stderr, "%s%s%s, %s, %s/s%s", clear_line, progress->label, share, amount, rate, left);
	fflush(stderr);
	line_is_drawn = true;
}

void progress_begin(struct progress *progress, const char *label, const char *unit, uint64_t total)
{
	*progress = (struct progress){ label, unit, total, clock_ticks(), 0, is_terminal(STDERR_FILENO) };
	progress->drawn = progress->begun + 200000000u;
}

void progress_move(struct progress *progress, uint64_t done)
{
	if (!progress->shown)
		return;
	uint64_t now = clock_ticks();
	if (now < progress->drawn + 100000000u)
		return;
	progress->drawn = now;
	draw(progress, done, (double)(now - progress->begun) / 1e9);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		clear_progress();
}

void console_padded(FILE *to, const char *text, size_t cells)
{
	size_t used = utf8_width(view_of(text));
	fprintf(to, "%s%*s", text, used < cells ? (int)(cells - used) : 0, "");
}

/* ---- JSON ---- */

/* JSON escapes what is below a blank; further characters steer a terminal, or turn the order of what is read. */
static bool is_steering(uint32_t character)
{
	return (character >= 0x7F && character <= 0x9F) || character == 0x061C || character == 0x200E ||
	       character == 0x200F || (character >= 0x2028 && character <= 0x202E) ||
	       (character >= 0x2066 && character <= 0x2069);
}

hufu_status console_json(const json_t *value, hufu_error *error)
{
	AUTO_FREE char *text = plain_json(value);
	if (!text)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "no memory", NULL);
	for (hufu_view rest = view_of(text); rest.len;) {
		hufu_view from = rest;
		uint32_t character = utf8_next(&rest);
		if (is_steering(character))
			printf("\\u%04x", character);
		else
			fwrite(from.ptr, 1, from.len - rest.len, stdout);
	}
	putchar('\n');
	return HUFU_OK;
}
