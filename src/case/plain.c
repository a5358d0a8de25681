/* JSON as text whose numbers read as they were written: 0.15 and 0.00005, never 0.14999999999999999 or 5e-05. */
#include "case/case.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLACES_MAX = 24, NUMBER_MAX = 400 };

json_t *plain_number(const char *decimal)
{
	if (!decimal)
		return json_null();
	double value = strtod(decimal, NULL);
	bool whole = value > -9e15 && value < 9e15 && value == (double)(long long)value;
	return whole ? json_integer((json_int_t)value) : json_real(value);
}

/* The shortest decimal that is this number again. */
static void add_number(struct bytes *out, hufu_view token)
{
	char text[NUMBER_MAX], given[64];
	double value;
	if (token.len >= sizeof given) {
		bytes_add(out, token);
		return;
	}
	memcpy(given, token.ptr, token.len);
	given[token.len] = 0;
	value = strtod(given, NULL);
	for (int places = 1; places <= PLACES_MAX; places++) {
		snprintf(text, sizeof text, "%.*f", places, value);
		if (strtod(text, NULL) == value) {
			bytes_text(out, text);
			return;
		}
	}
	bytes_add(out, token);
}

static size_t number_length(hufu_view text, bool *real)
{
	size_t len = 0;
	*real = false;
	while (len < text.len && text.ptr[len] && strchr("+-.0123456789eE", text.ptr[len])) {
		*real = *real || strchr(".eE", text.ptr[len]);
		len++;
	}
	return len;
}

static void rewrite(hufu_view text, struct bytes *out)
{
	bool quoted = false;
	for (size_t i = 0; i < text.len;) {
		char c = text.ptr[i];
		bool real, number = !quoted && (c == '-' || (c >= '0' && c <= '9'));
		if (number) {
			size_t len = number_length(view_from(text, i), &real);
			hufu_view token = view_make(text.ptr + i, len);
			real ? add_number(out, token) : bytes_add(out, token);
			i += len;
			continue;
		}
		if (c == '"')
			quoted = !quoted;
		bytes_byte(out, c);
		/* What is escaped ends no string. */
		if (quoted && c == '\\' && i + 1 < text.len)
			bytes_byte(out, text.ptr[++i]);
		i++;
	}
}

char *plain_json(const json_t *value)
{
	struct bytes out = { 0 };
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text)
		rewrite(view_of(text), &out);
	free(text);
	bytes_byte(&out, 0);
	if (!text || out.failed) {
		bytes_done(&out);
		return NULL;
	}
	return out.ptr;
}
