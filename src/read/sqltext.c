/* See sqltext.h. Rows are the path that must be fast: strings are crossed eight bytes at a time, plain numbers and
 * NULL are taken on the spot, and only what is none of these goes the slow way of an expression. */
#include "read/sqltext.h"

#include "base/utf8.h"

bool sql_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       c == '#' || c == '@' || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool sql_is(hufu_view word, const char *upper)
{
	size_t i = 0;
	for (; i < word.len && upper[i]; i++)
		if (lower(word.ptr[i]) != lower(upper[i]))
			return false;
	return i == word.len && !upper[i];
}

/* ---- blanks, words, names ---- */

enum sql_got sql_skip(hufu_view text, bool end, size_t *at)
{
	size_t i = *at;
	for (;;) {
		while (i < text.len && sql_blank(text.ptr[i]))
			i++;
		hufu_view rest = view_from(text, i);
		const char *stop;
		if (!end && rest.len < 2)
			return SQL_MORE;
		if (view_starts(rest, "--"))
			stop = memchr(rest.ptr, '\n', rest.len);
		else if (view_starts(rest, "/*"))
			stop = memmem(rest.ptr + 2, rest.len - 2, "*/", 2);
		else
			break;
		if (!stop && !end)
			return SQL_MORE;
		i = stop ? (size_t)(stop - text.ptr) + (*stop == '*' ? 2 : 1) : text.len;
	}
	*at = i;
	return SQL_GOT;
}

enum sql_got sql_word(hufu_view text, bool end, size_t *at, hufu_view *out)
{
	enum sql_got got = sql_skip(text, end, at);
	if (got != SQL_GOT)
		return got;
	size_t i = *at;
	while (i < text.len && sql_letter(text.ptr[i]))
		i++;
	if (i == text.len && !end)
		return SQL_MORE;
	*out = view_make(text.ptr + *at, i - *at);
	*at = i;
	return SQL_GOT;
}

static enum sql_got quoted_name(hufu_view text, bool end, size_t *at, struct bytes *out)
{
	char close = text.ptr[*at] == '[' ? ']' : text.ptr[*at];
	for (size_t i = *at + 1; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == close) {
			if (i + 1 == text.len && !end)
				return SQL_MORE;
			if (i + 1 == text.len || text.ptr[i + 1] != close) {
				bytes_byte(out, '\0');
				*at = i + 1;
				return SQL_GOT;
			}
			i++;
		}
		if (c)
			bytes_byte(out, c);
	}
	return end ? SQL_BROKEN : SQL_MORE;
}

enum sql_got sql_name(hufu_view text, bool end, size_t *at, struct bytes *out, char *quote)
{
	size_t len = out->len;
	enum sql_got got = sql_skip(text, end, at);
	if (got != SQL_GOT)
		return got;
	*quote = 0;
	if (*at < text.len && text.ptr[*at] && strchr("`\"['", text.ptr[*at])) {
		*quote = text.ptr[*at];
		got = quoted_name(text, end, at, out);
	} else {
		hufu_view word;
		got = sql_word(text, end, at, &word);
		if (got == SQL_GOT) {
			bytes_add(out, word);
			bytes_byte(out, '\0');
			got = word.len ? SQL_GOT : SQL_BROKEN;
		}
	}
	if (got != SQL_GOT)
		out->len = len;
	return got;
}

/* ---- strings ---- */

/* The first quote or backslash at or behind `at`; text.len or more when there is none. Reads up to 8 bytes behind the
 * text, never further. */
static inline size_t find_special(hufu_view text, size_t at, char quote)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	const uint64_t quotes = ones * (unsigned char)quote, slashes = ones * (unsigned char)'\\';
	for (; at + 8 <= text.len; at += 8) {
		uint64_t word;
		memcpy(&word, text.ptr + at, sizeof word);
		uint64_t a = word ^ quotes, b = word ^ slashes;
		uint64_t hit = (((a - ones) & ~a) | ((b - ones) & ~b)) & tops;
		if (hit)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return at + (size_t)__builtin_ctzll(hit) / 8;
#else
			break;
#endif
	}
	while (at < text.len && text.ptr[at] != quote && text.ptr[at] != '\\')
		at++;
	return at;
}

/* Not knowing whether backslashes escape: one before a quote that is followed like the end of a value does not. */
static bool ends_value(hufu_view text, size_t quote)
{
	hufu_view rest = view_from(text, quote + 1);
	while (rest.len && sql_blank(rest.ptr[0]))
		rest = view_from(rest, 1);
	return rest.len && (rest.ptr[0] == ',' || rest.ptr[0] == ')');
}

enum sql_got sql_string(enum sql_escapes escapes, hufu_view text, bool end, size_t *at, bool *escaped)
{
	const char quote = text.ptr[*at];
	*escaped = false;
	for (size_t i = *at + 1;;) {
		i = find_special(text, i, quote);
		/* What follows a quote or a backslash decides, and blanks may stand between. */
		if (i >= text.len || (i + 1 == text.len && !end))
			break;
		if (text.ptr[i] == '\\') {
			bool literal = escapes == SQL_ESCAPES_DOUBLED;
			if (escapes == SQL_ESCAPES_UNKNOWN && i + 1 < text.len && text.ptr[i + 1] == quote) {
				if (text.len - i < 66 && !end)
					return SQL_MORE;
				hufu_view near = { text.ptr, text.len < i + 66 ? text.len : i + 66 };
				literal = ends_value(near, i + 1);
			}
			*escaped |= !literal;
			i += literal ? 1 : 2;
		} else if (i + 1 < text.len && text.ptr[i + 1] == quote) {
			*escaped = true;
			i += 2;
		} else {
			*at = i + 1;
			return SQL_GOT;
		}
	}
	return end ? SQL_BROKEN : SQL_MORE;
}

/* ---- rows ---- */

struct course {
	enum sql_escapes *escapes;
	hufu_view text;
	bool end;
	size_t at;
};

static char peek(const struct course *course)
{
	return course->at < course->text.len ? course->text.ptr[course->at] : '\0';
}

static inline void skip_blank(struct course *course)
{
	while (sql_blank(peek(course)))
		course->at++;
}

static struct sql_value value_make(size_t from, size_t to, enum sql_form form, char quote)
{
	return (struct sql_value){ (uint32_t)from, (uint32_t)(to - from), form, quote };
}

/* What an expression is made of, as far as it matters which value it holds. */
struct expression {
	size_t begin, end;      /* without blanks around it */
	size_t string_end;      /* behind its last string */
	struct sql_value first; /* its first string */
	unsigned strings;
	bool joined; /* by || */
};

/* `before`: a word right before the string may say how to read it, as in N'', E'', X''; _utf8mb4'' says nothing. */
static enum sql_got expression_string(struct course *course, struct expression *expression, hufu_view before)
{
	enum sql_escapes escapes = *course->escapes;
	const char quote = peek(course);
	size_t from = course->at;
	bool escaped, always = sql_is(before, "E");
	if (sql_is(before, "N") && escapes == SQL_ESCAPES_UNKNOWN)
		*course->escapes = escapes = SQL_ESCAPES_DOUBLED;
	enum sql_got got =
	        sql_string(always ? SQL_ESCAPES_BACKSLASH : escapes, course->text, course->end, &course->at, &escaped);
	if (got != SQL_GOT)
		return got;
	enum sql_form form = !escaped ? SQL_PLAIN : always ? SQL_BACKSLASH : SQL_QUOTED;
	if (sql_is(before, "X"))
		form = SQL_HEX;
	if (expression->strings++ == 0)
		expression->first = value_make(from + 1, course->at - 1, form, quote);
	return SQL_GOT;
}

/* Goes on to the ',' or ')' that ends the value. */
static enum sql_got expression_scan(struct course *course, struct expression *expression)
{
	unsigned depth = 0;
	hufu_view before = { "", 0 };
	expression->begin = course->at;
	while (course->at < course->text.len) {
		char c = peek(course);
		if (c == '\'' || c == '"') {
			enum sql_got got = expression_string(course, expression, before);
			if (got != SQL_GOT)
				return got;
			before.len = 0;
			expression->end = expression->string_end = course->at;
			continue;
		}
		if (depth == 0 && (c == ',' || c == ')'))
			return SQL_GOT;
		if (c == ';' || (c == '(' && ++depth > 64))
			return SQL_BROKEN;
		depth -= c == ')';
		expression->joined |= c == '|';
		if (sql_letter(c)) {
			size_t from = course->at;
			while (course->at < course->text.len && sql_letter(peek(course)))
				course->at++;
			before = view_make(course->text.ptr + from, course->at - from);
			/* A word right behind a string: the string was none, its quotes are. */
			bool known = sql_is(before, "COLLATE") || sql_is(before, "AT") || sql_is(before, "AS");
			if (depth == 0 && expression->strings && !expression->joined && !known &&
			        from == expression->string_end) {
				course->at = from;
				return SQL_BROKEN;
			}
		} else {
			course->at++;
		}
		if (!sql_blank(c))
			expression->end = course->at;
	}
	return course->end ? SQL_BROKEN : SQL_MORE;
}

static enum sql_got expression_value(struct course *course, struct sql_value *out)
{
	struct expression expression = { 0 };
	enum sql_got got = expression_scan(course, &expression);
	if (got != SQL_GOT)
		return got;
	hufu_view all = view_make(course->text.ptr + expression.begin,
	        expression.end > expression.begin ? expression.end - expression.begin : 0);
	*out = value_make(expression.begin, expression.begin + all.len, SQL_PLAIN, 0);
	if (expression.strings && !expression.joined)
		*out = expression.first;
	else if (sql_is(all, "NULL") || sql_is(all, "DEFAULT"))
		out->len = 0;
	else if (all.len > 2 && all.ptr[0] == '0' && lower(all.ptr[1]) == 'x')
		*out = value_make(expression.begin + 2, expression.begin + all.len, SQL_HEX, 0);
	return SQL_GOT;
}

static bool is_number(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
}

/* One value; the place is then at what ends it. */
static inline enum sql_got take_value(struct course *course, struct sql_value *out)
{
	const hufu_view text = course->text;
	skip_blank(course);
	size_t from = course->at;
	if (peek(course) == '\'') {
		bool escaped;
		enum sql_got got = sql_string(*course->escapes, text, course->end, &course->at, &escaped);
		if (got != SQL_GOT)
			return got;
		*out = value_make(from + 1, course->at - 1, escaped ? SQL_QUOTED : SQL_PLAIN, '\'');
	} else {
		while (is_number(peek(course)))
			course->at++;
		*out = value_make(from, course->at, SQL_PLAIN, 0);
		if (course->at == from && text.len - from > 4 && memcmp(text.ptr + from, "NULL", 4) == 0)
			course->at += 4;
		if (course->at == from) {
			return expression_value(course, out);
		}
	}
	if (peek(course) == ',' || peek(course) == ')')
		return SQL_GOT;
	course->at = from;
	return expression_value(course, out);
}

enum sql_got sql_row(enum sql_escapes *escapes, hufu_view text, bool end, struct sql_row *out)
{
	struct course course = { escapes, text, end, 1 };
	struct sql_value spare;
	out->count = 0;
	for (;;) {
		struct sql_value *value = out->count < LEN(out->values) ? &out->values[out->count] : &spare;
		enum sql_got got = take_value(&course, value);
		out->taken = course.at;
		if (got != SQL_GOT)
			return got;
		out->count++;
		if (peek(&course) == ')')
			break;
		course.at++;
	}
	out->taken = course.at + 1;
	return SQL_GOT;
}

enum sql_got sql_line(hufu_view text, bool end, struct sql_row *out)
{
	const char *line_end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
	if (!line_end && !end)
		return SQL_MORE;
	size_t len = line_end ? (size_t)(line_end - text.ptr) : text.len;
	out->taken = len + (line_end != NULL);
	out->count = 0;
	if (len && text.ptr[len - 1] == '\r')
		len--;
	/* A line without a backslash has nothing to resolve. */
	enum sql_form form = len && memchr(text.ptr, '\\', len) ? SQL_COPY : SQL_PLAIN;
	for (size_t at = 0;; out->count++) {
		const char *tab = at < len ? memchr(text.ptr + at, '\t', len - at) : NULL;
		size_t to = tab ? (size_t)(tab - text.ptr) : len;
		if (out->count < LEN(out->values)) {
			bool null = to - at == 2 && memcmp(text.ptr + at, "\\N", 2) == 0;
			out->values[out->count] = value_make(at, null ? at : to, form, 0);
		}
		if (!tab) {
			out->count++;
			return SQL_GOT;
		}
		at = to + 1;
	}
}

/* ---- escapes ---- */

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/* \ooo and \xhh of COPY; what is taken behind the backslash, 0 when it is neither. */
static size_t number_escape(hufu_view rest, char *out)
{
	bool hex = rest.len && rest.ptr[0] == 'x';
	unsigned value = 0, base = hex ? 16 : 8;
	size_t i = hex, most = 3;
	for (; i < rest.len && i < most; i++) {
		int digit = digit_of(rest.ptr[i]);
		if (digit < 0 || digit >= (int)base)
			break;
		value = value * base + (unsigned)digit;
	}
	/* Above ASCII it would be a byte of some encoding. */
	*out = (char)value;
	return i > hex && value < 0x80 ? i : 0;
}

static char letter_escape(char c, bool copy)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'f':
		return copy ? '\f' : c;
	case 'v':
		return copy ? '\v' : c;
	case 'Z':
		return copy ? c : '\x1a';
	case '0':
		return copy ? c : '\0';
	default:
		return c;
	}
}

/* Bytes given by their digits become text where they are text; else the digits stay. */
static size_t unescape_hex(char *text, size_t len)
{
	if (len % 2)
		return len;
	for (size_t i = 0; i < len; i++)
		if (digit_of(text[i]) < 0)
			return len;
	/* Judged before the digits are written over; a character takes up to 8 of them. */
	for (size_t i = 0; i < len;) {
		char character[4];
		size_t count = 0;
		for (; count < 4 && i + 2 * count < len; count++)
			character[count] =
			        (char)(digit_of(text[i + 2 * count]) * 16 + digit_of(text[i + 2 * count + 1]));
		hufu_view rest = view_make(character, count);
		uint32_t c = utf8_next(&rest);
		if (c == UTF8_BROKEN || c < 0x20 || c == 0x7f)
			return len;
		i += 2 * (count - rest.len);
	}
	for (size_t i = 0; i < len; i += 2)
		text[i / 2] = (char)(digit_of(text[i]) * 16 + digit_of(text[i + 1]));
	return len / 2;
}

size_t sql_unescape(enum sql_escapes escapes, enum sql_form form, char quote, char *text, size_t len)
{
	if (form == SQL_PLAIN)
		return len;
	if (form == SQL_HEX)
		return unescape_hex(text, len);
	const bool copy = form == SQL_COPY, numbers = copy || form == SQL_BACKSLASH;
	const bool slashes = numbers || escapes != SQL_ESCAPES_DOUBLED;
	size_t put = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == quote && quote && i + 1 < len && text[i + 1] == quote) {
			i++;
		} else if (c == '\\' && slashes && i + 1 < len) {
			char named;
			size_t took = numbers ? number_escape(view_make(text + i + 1, len - i - 1), &named) : 0;
			/* For a search \% and \_ keep their backslash. */
			bool search = !copy && (text[i + 1] == '%' || text[i + 1] == '_');
			if (search)
				text[put++] = c;
			c = took ? named : letter_escape(text[i + 1], numbers);
			i += took ? took : 1;
		}
		text[put++] = c;
	}
	return put;
}
