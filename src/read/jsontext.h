/* One JSON value of a table, a record, taken apart into values and their columns. No recursion; what does not end in
 * the text is asked for again with more. */
#ifndef HUFU_READ_JSONTEXT_H
#define HUFU_READ_JSONTEXT_H

#include "read/jsonpaths.h"

enum {
	JSON_DEPTH_MAX = 64,
	JSON_ELEMENTS_MAX = 8,   /* objects of an array within a record that have columns */
	JSON_VALUES_MAX = 32768, /* of a record */
};

enum json_got { JSON_GOT, JSON_MORE, JSON_BROKEN, JSON_DEEP };

struct json_value {
	uint32_t at, len;
	uint16_t column;
	bool escaped;
};

struct json_record {
	struct json_value values[JSON_VALUES_MAX];
	uint32_t count;
	bool lost;    /* something that is not empty has no column, or no room */
	size_t taken; /* bytes; where it is broken, the place where that shows */
};

/* Takes the value at text[0] apart. A record that is an array has a column for each element, "1", "2", ... */
enum json_got jsontext_record(struct json_paths *paths, hufu_view text, bool end, struct json_record *out);
/* Resolves escapes in place; the new length, never more. */
size_t jsontext_unescape(char *text, size_t len);

static inline bool jsontext_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Whether `c` is one of `set`; a zero byte is none. */
static inline bool jsontext_among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Behind the closing quote of the string at `at`. A line end within is damage: it keeps that to its line. */
enum json_got jsontext_string(hufu_view text, bool end, size_t *at, bool *escaped);

/* Crosses one value of any length, piece by piece. */
struct json_skip {
	uint64_t depth;
	bool begun, in_string, escaped, over;
};
/* Returns the bytes taken; `over` once the value is. */
size_t jsontext_skip(struct json_skip *skip, hufu_view text);

/* What the object at text[0] is like, as far as the text goes. Of the arrays that objects alone lead to and that begin
 * with an object or array, the one that has most of them. */
struct json_shape {
	bool ended;
	size_t len;
	uint64_t elements;
	size_t bytes;
};
void jsontext_look(hufu_view text, struct json_shape *out);

#endif
