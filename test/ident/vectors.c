/* The yardstick: identifiers.jsonl, valid and invalid ones out of other projects' test suites, judged by ours.
 *
 *     test_ident_vectors [FILE]      else $HUFU_SHARED/vectors/identifiers.jsonl; 77 when it is not there
 *
 * Every disagreement must stand in the table below with its reason; a reason that no row needs any more is a
 * failure too. No value of the file is copied here but those. */
#include "ident/ident.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *kind, *value;
	bool valid; /* our judgement */
	const char *why;
} on_purpose[] = {
	{ "mobile", "+86-13838389438", true, "a dash behind the country code is how many exports write it" },
	{ "mobile", "0086-13811211114", true, "the same" },
	{ "mobile", "0086-138-1121-1114", true, "the same, and dashes between the groups" },
	{ "mobile", "008692138389438", false, "92 is no mobile segment: all begin with 1" },
	{ "mobile", "98199649964", false, "98 is none either" },
	{ "bank_card", "my credit card: 122000000000003", false,
	        "1 is the airlines' own scheme (UATP), no bank card; 15 digits that begin so are old resident IDs "
	        "here" },
};
static size_t used[LEN(on_purpose)];

static struct {
	size_t agree, otherwise, failed, skipped, by_kind[32];
} tally;

static const struct ident_kind *kind_of(const char *type, const char *locale)
{
	static const struct {
		const char *type, *locale, *kind;
	} types[] = {
		{ "cn_id", NULL, "resident_id" },
		{ "cn.ric", NULL, "resident_id" },
		{ "id_card", "zh-CN", "resident_id" },
		{ "cn.uscc", NULL, "uscc" },
		{ "vin", NULL, "vin" },
		{ "email", NULL, "email" },
		{ "mobile", "zh-CN", "mobile" },
		{ "card", NULL, "bank_card" },
		{ "credit_card", NULL, "bank_card" },
		{ "plate", "zh-CN", "plate" },
	};
	for (size_t i = 0; i < LEN(types); i++) {
		if (strcmp(type, types[i].type) == 0 &&
		        (!types[i].locale || (locale && strcmp(locale, types[i].locale) == 0)))
			return ident_by_name(view_of(types[i].kind));
	}
	return NULL;
}

static bool normalises(const struct ident_kind *kind, hufu_view cell)
{
	struct ident_text out = { .ptr = malloc(cell.len + IDENT_SLACK), .cap = cell.len + IDENT_SLACK };
	if (!out.ptr)
		abort();
	bool valid = kind->normalise(cell, &out);
	free(out.ptr);
	return valid;
}

/* Whether find gives exactly these spans. The file counts characters, so rows beyond ASCII are not asked. */
static bool finds(const struct ident_kind *kind, hufu_view text, const json_t *spans)
{
	size_t at = 0, len = 0, count = 0;
	while (kind->find(text, &at, &len)) {
		const json_t *span = json_array_get(spans, count++);
		if ((size_t)json_integer_value(json_array_get(span, 0)) != at ||
		        (size_t)json_integer_value(json_array_get(span, 1)) != at + len)
			return false;
		at += len;
	}
	return count == json_array_size(spans);
}

static void judge(const struct ident_kind *kind, hufu_view value, bool valid, const json_t *spans, size_t line)
{
	bool agree;
	if (spans)
		agree = finds(kind, value, spans);
	else
		agree = normalises(kind, value) == valid;
	tally.by_kind[kind->id]++;
	if (agree) {
		tally.agree++;
		return;
	}
	for (size_t i = 0; i < LEN(on_purpose); i++) {
		if (strcmp(on_purpose[i].kind, kind->name) == 0 && view_is(value, on_purpose[i].value) &&
		        on_purpose[i].valid != valid) {
			used[i]++;
			tally.otherwise++;
			return;
		}
	}
	tally.failed++;
	printf("line %zu: %s: the file says %s, we do not\n", line, kind->name, valid ? "valid" : "invalid");
}

/* A lone surrogate (an escape that UTF-8 cannot hold, and jansson refuses) stands for broken text: U+FFFD. */
static void mend_surrogates(char *line)
{
	for (char *at = line; (at = strstr(at, "\\ud")) != NULL; at += 6) {
		static const char replacement[] = { '\\', 'u', 'f', 'f', 'f', 'd' };
		if (strlen(at) < sizeof replacement)
			return;
		memcpy(at, replacement, sizeof replacement);
	}
}

static void judge_line(char *line, size_t number)
{
	json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
	if (!row) {
		mend_surrogates(line);
		row = json_loads(line, JSON_ALLOW_NUL, NULL);
	}
	const char *type = json_string_value(json_object_get(row, "type"));
	const json_t *value = json_object_get(row, "value"), *valid = json_object_get(row, "valid");
	if (!type || !json_is_string(value) || !json_is_boolean(valid)) {
		tally.failed++;
		printf("line %zu: is no row of vectors\n", number);
	} else {
		const struct ident_kind *kind = kind_of(type, json_string_value(json_object_get(row, "locale")));
		if (kind)
			judge(kind, view_make(json_string_value(value), json_string_length(value)), json_is_true(valid),
			        json_object_get(row, "spans"), number);
		else
			tally.skipped++;
	}
	json_decref(row);
}

static int report(void)
{
	for (size_t i = 0; i < LEN(on_purpose); i++) {
		if (used[i] == 0) {
			printf("judged otherwise without need: %s '%s'\n", on_purpose[i].kind, on_purpose[i].value);
			tally.failed++;
		} else {
			printf("otherwise: %s '%s' is %s: %s\n", on_purpose[i].kind, on_purpose[i].value,
			        on_purpose[i].valid ? "valid" : "invalid", on_purpose[i].why);
		}
	}
	/* A file that lost a kind's rows would agree in silence. */
	static const char *const expected[] = { "mobile", "resident_id", "vin", "bank_card", "uscc", "email" };
	for (size_t i = 0; i < LEN(expected); i++) {
		const struct ident_kind *kind = ident_by_name(view_of(expected[i]));
		printf("%s: %zu rows\n", expected[i], kind ? tally.by_kind[kind->id] : 0);
		tally.failed += !kind || tally.by_kind[kind->id] == 0;
	}
	printf("%zu agree, %zu judged otherwise on purpose, %zu failed (%zu rows of kinds we do not have)\n",
	        tally.agree, tally.otherwise, tally.failed, tally.skipped);
	return tally.failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	char path[4096];
	const char *shared = getenv("HUFU_SHARED");
	int len = argc > 1 ? snprintf(path, sizeof path, "%s", argv[1])
	                   : snprintf(path, sizeof path, "%s/vectors/identifiers.jsonl", shared ? shared : "");
	if ((argc < 2 && !shared) || len < 0 || (size_t)len >= sizeof path) {
		puts("skipped: identifiers.jsonl (HUFU_SHARED is not set)");
		return 77;
	}
	FILE *file = fopen(path, "r");
	if (!file) {
		puts("skipped: identifiers.jsonl is not there");
		return 77;
	}
	char *line = NULL;
	size_t cap = 0, number = 0;
	while (getline(&line, &cap, file) > 0)
		judge_line(line, ++number);
	free(line);
	(void)fclose(file);
	return report();
}
