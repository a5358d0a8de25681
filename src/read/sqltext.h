/* The small print of SQL as dumps have it: names, strings and their escapes, rows of values. Looks at one piece of
 * text; what does not end in it is asked for again with more. */
#ifndef HUFU_READ_SQLTEXT_H
#define HUFU_READ_SQLTEXT_H

#include "base/bytes.h"
#include "table/batch.h"

enum sql_got { SQL_GOT, SQL_MORE, SQL_BROKEN };

/* Whether a backslash escapes: MySQL says yes, the standard no, E'...' always. */
enum sql_escapes { SQL_ESCAPES_UNKNOWN, SQL_ESCAPES_BACKSLASH, SQL_ESCAPES_DOUBLED };

enum sql_form {
	SQL_PLAIN,     /* as it stands */
	SQL_QUOTED,    /* doubled quotes, and backslashes as the dump has them */
	SQL_BACKSLASH, /* doubled quotes and backslashes */
	SQL_COPY,      /* PostgreSQL's COPY */
	SQL_HEX,       /* hexadecimal digits of bytes */
};

struct sql_value {
	uint32_t at, len; /* NULL is an empty one */
	enum sql_form form;
	char quote;
};

struct sql_row {
	struct sql_value values[BATCH_COLUMNS_MAX];
	uint32_t count; /* may be more than there is room for */
	size_t taken;   /* bytes of the row; when it is broken, the place where that shows */
};

/* A row of values; text[0] is its '('. */
enum sql_got sql_row(enum sql_escapes *escapes, hufu_view text, bool end, struct sql_row *out);
/* A line of COPY, its line end included. */
enum sql_got sql_line(hufu_view text, bool end, struct sql_row *out);
/* Resolves the escapes of a value in place; returns its new length, never more. */
size_t sql_unescape(enum sql_escapes escapes, enum sql_form form, char quote, char *text, size_t len);

static inline bool sql_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A letter or digit of an unquoted name; all above ASCII counts. */
bool sql_letter(char c);
/* Skips blanks and comments from `at` on. */
enum sql_got sql_skip(hufu_view text, bool end, size_t *at);
/* A word; empty where there is none. */
enum sql_got sql_word(hufu_view text, bool end, size_t *at, hufu_view *out);
/* A name, quoted or not, added to `out` and ended by a NUL; `quote` is its opening quote or 0. */
enum sql_got sql_name(hufu_view text, bool end, size_t *at, struct bytes *out, char *quote);
/* Behind a closing quote of the string that begins at `at`. */
enum sql_got sql_string(enum sql_escapes escapes, hufu_view text, bool end, size_t *at, bool *escaped);
bool sql_is(hufu_view word, const char *upper);

#endif
