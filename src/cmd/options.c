/* Options of a command, read exactly: no abbreviations, since a later option could make one mean something else. */
#include "cmd/command.h"
#include "cmd/console.h"

#include <stdio.h>

enum { NAME_LEN_MAX = 40 };

/* Edits (insert, drop, change, swap neighbours) between two short names. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NAME_LEN_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		size_t *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

const char *nearest_name(const char *typed, const char *(*name_at)(size_t at), size_t count)
{
	const char *nearest = NULL;
	size_t len = strlen(typed), least = len < 5 ? 2 : 3; /* as many edits are no longer near */

	if (len == 0 || len > NAME_LEN_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *name = name_at(i);
		size_t name_len = strlen(name);
		if (name_len > NAME_LEN_MAX)
			continue;
		size_t edits = len >= 3 && strncmp(name, typed, len) == 0 ? 1 : distance(typed, len, name, name_len);
		if (edits < least) {
			least = edits;
			nearest = name;
		}
	}
	return nearest;
}

static int wrong(const struct command *command, const char *what, const char *word)
{
	char shown[128];

	printable(view_of(word), shown, sizeof shown);
	fprintf(stderr, "hufu: %s: %s %s; see: hufu help %s\n", command->name, what, shown, command->name);
	return EXIT_TROUBLE;
}

static int take_value(const struct command *command, const struct option *option, const char *value, const char *word)
{
	if (option->flag) {
		if (value)
			return wrong(command, "this option takes no value:", word);
		*option->flag = true;
		return -1;
	}
	if (!value)
		return wrong(command, "a value is missing behind", word);
	if (option->text) {
		if (*option->text)
			return wrong(command, "an option is given twice:", word);
		*option->text = value;
		return -1;
	}
	if (option->list->count == OPTION_LIST_MAX)
		return wrong(command, "an option is given too often:", word);
	option->list->at[option->list->count++] = value;
	return -1;
}

static const struct option *find(const struct option *options, size_t count, hufu_view name)
{
	for (size_t i = 0; i < count; i++)
		if (view_is(name, options[i].name))
			return &options[i];
	return NULL;
}

int options_take(const struct command *command, const struct option *options, size_t count, int *argc, char **argv)
{
	int operands = 1;
	bool all_operands = false;

	for (int i = 1; i < *argc; i++) {
		char *word = argv[i];
		if (all_operands || word[0] != '-' || word[1] == '\0') {
			argv[operands++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			all_operands = true;
			continue;
		}
		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
			fputs(command->help, stdout);
			return EXIT_YES;
		}
		const char *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) : strlen(word);
		const struct option *option =
		        word[1] == '-' ? find(options, count, view_make(word + 2, len - 2)) : NULL;
		if (!option)
			return wrong(command, "there is no option", word);
		const char *value = equals ? equals + 1 : NULL;
		if (!value && !option->flag && i + 1 < *argc)
			value = argv[++i];
		int ends = take_value(command, option, value, word);
		if (ends >= 0)
			return ends;
	}
	argv[operands] = NULL;
	*argc = operands;
	return -1;
}
