/* See jsontext.h. Lenient where nothing is lost by it: words that are no JSON values are values, commas may be one too
 * many. */
#include "read/jsontext.h"

#include "base/utf8.h"

#include <stdio.h>

enum { KEY_MAX = 256 };

/* ---- strings ---- */

/* The first quote, backslash or line end at or behind `at`. */
static inline size_t find_special(hufu_view text, size_t at)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	for (; at + 8 <= text.len; at += 8) {
		uint64_t word;
		memcpy(&word, text.ptr + at, sizeof word);
		uint64_t a = word ^ ones * '"', b = word ^ ones * '\\', c = word ^ ones * '\n';
		uint64_t hit = (((a - ones) & ~a) | ((b - ones) & ~b) | ((c - ones) & ~c)) & tops;
		if (hit)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return at + (size_t)__builtin_ctzll(hit) / 8;
#else
			break;
#endif
	}
	while (at < text.len && text.ptr[at] != '"' && text.ptr[at] != '\\' && text.ptr[at] != '\n')
		at++;
	return at;
}

enum json_got jsontext_string(hufu_view text, bool end, size_t *at, bool *escaped)
{
	*escaped = false;
	for (size_t i = *at + 1; (i = find_special(text, i)) < text.len;) {
		if (text.ptr[i] == '"') {
			*at = i + 1;
			return JSON_GOT;
		}
		if (text.ptr[i] == '\n') {
			*at = i;
			return JSON_BROKEN;
		}
		if (i + 1 < text.len && text.ptr[i + 1] == '\n') {
			*at = i + 1;
			return JSON_BROKEN;
		}
		*escaped = true;
		i += 2;
	}
	if (end)
		*at = text.len;
	return end ? JSON_BROKEN : JSON_MORE;
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

/* The four digits at `at`; UTF8_BROKEN when they are not. */
static uint32_t unit_at(const char *text, size_t len, size_t at)
{
	uint32_t unit = 0;
	if (at + 4 > len)
		return UTF8_BROKEN;
	for (size_t i = at; i < at + 4; i++) {
		int digit = digit_of(text[i]);
		if (digit < 0)
			return UTF8_BROKEN;
		unit = unit * 16 + (uint32_t)digit;
	}
	return unit;
}

/* \uXXXX at `at` (the backslash), a pair of them taken together; the bytes taken, 0 when it is none. */
static size_t unescape_unit(const char *text, size_t len, size_t at, uint32_t *out)
{
	uint32_t c = unit_at(text, len, at + 2), low;
	if (c == UTF8_BROKEN)
		return 0;
	*out = c;
	if (c < 0xd800 || c > 0xdfff)
		return 6;
	*out = 0xfffd;
	if (c > 0xdbff || at + 12 > len || text[at + 6] != '\\' || text[at + 7] != 'u')
		return 6;
	low = unit_at(text, len, at + 8);
	if (low < 0xdc00 || low > 0xdfff)
		return 6;
	*out = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	return 12;
}

size_t jsontext_unescape(char *text, size_t len)
{
	static const char letters[] = "nrtbf", named[] = "\n\r\t\b\f";
	size_t put = 0;
	for (size_t i = 0; i < len;) {
		if (text[i] != '\\' || i + 1 == len) {
			text[put++] = text[i++];
			continue;
		}
		uint32_t c;
		size_t took = text[i + 1] == 'u' ? unescape_unit(text, len, i, &c) : 0;
		if (took) {
			char character[4];
			size_t bytes = utf8_put(c, character);
			memcpy(text + put, character, bytes);
			put += bytes;
			i += took;
			continue;
		}
		const char *letter = memchr(letters, text[i + 1], sizeof letters - 1);
		text[put++] = letter ? named[letter - letters] : text[i + 1];
		i += 2;
	}
	return put;
}

/* ---- a record ---- */

struct frame {
	uint16_t node;
	uint16_t hint;   /* the child that came last */
	bool array, row; /* `row`: a record that is an array itself */
	uint32_t index;  /* of the element under way, from 0 */
};

struct course {
	struct json_paths *paths;
	hufu_view text;
	bool end;
	size_t at;
	struct json_record *out;
	struct frame frames[JSON_DEPTH_MAX];
	unsigned depth;
};

static enum json_got lacking(const struct course *course)
{
	return course->end ? JSON_BROKEN : JSON_MORE;
}

/* JSON_GOT when something other than a blank is there. */
static inline enum json_got skip_blank(struct course *course)
{
	while (course->at < course->text.len && jsontext_blank(course->text.ptr[course->at]))
		course->at++;
	return course->at < course->text.len ? JSON_GOT : lacking(course);
}

static void put(struct course *course, uint16_t node, size_t from, size_t to, bool escaped)
{
	struct json_record *out = course->out;
	uint16_t column = jsonpaths_column(course->paths, node);
	if (to == from)
		return;
	if (column == BATCH_COLUMNS_MAX || out->count == JSON_VALUES_MAX)
		out->lost = true;
	else
		out->values[out->count++] =
		        (struct json_value){ (uint32_t)from, (uint32_t)(to - from), column, escaped };
}

static uint16_t numbered(struct course *course, struct frame *frame)
{
	char number[16];
	int len = snprintf(number, sizeof number, "%u", frame->index + 1);
	return jsonpaths_child(course->paths, frame->node, view_make(number, (size_t)len), &frame->hint);
}

/* Where the element under way goes. Scalars of an array share its column; its first object is the array itself. */
static uint16_t element_node(struct course *course, struct frame *frame, bool scalar)
{
	if (!frame->array || frame->node == JSON_NOWHERE)
		return frame->node;
	if (frame->row)
		return numbered(course, frame);
	if (scalar || frame->index == 0)
		return frame->node;
	return frame->index < JSON_ELEMENTS_MAX ? numbered(course, frame) : JSON_NOWHERE;
}

/* A scalar, or the beginning of an array or object. `node` is that of a key's value; of elements it is found here. */
static enum json_got take_value(struct course *course, uint16_t node)
{
	const hufu_view text = course->text;
	struct frame *top = course->depth ? &course->frames[course->depth - 1] : NULL;
	enum json_got got = skip_blank(course);
	if (got != JSON_GOT)
		return got;
	size_t from = course->at;
	char c = text.ptr[from];
	bool nests = c == '{' || c == '[';
	if (top && top->array)
		node = element_node(course, top, !nests);
	if (nests) {
		if (course->depth == JSON_DEPTH_MAX)
			return JSON_DEEP;
		bool row = c == '[' && course->depth == 0;
		course->frames[course->depth++] = (struct frame){ .node = node, .array = c == '[', .row = row };
		course->at++;
		return JSON_GOT;
	}
	if (c == '"') {
		bool escaped;
		got = jsontext_string(text, course->end, &course->at, &escaped);
		if (got == JSON_GOT)
			put(course, node, from + 1, course->at - 1, escaped);
		return got;
	}
	while (course->at < text.len && !jsontext_blank(text.ptr[course->at]) &&
	        !jsontext_among(text.ptr[course->at], ",]}:\"[{"))
		course->at++;
	if (course->at == text.len && !course->end)
		return JSON_MORE;
	if (course->at == from)
		return JSON_BROKEN;
	bool null = course->at - from == 4 && memcmp(text.ptr + from, "null", 4) == 0;
	put(course, node, from, null ? from : course->at, false);
	return JSON_GOT;
}

/* A key and its colon. */
static enum json_got take_key(struct course *course, struct frame *frame, uint16_t *node)
{
	char plain[KEY_MAX];
	bool escaped;
	size_t from = course->at;
	if (course->text.ptr[from] != '"')
		return JSON_BROKEN;
	enum json_got got = jsontext_string(course->text, course->end, &course->at, &escaped);
	if (got != JSON_GOT)
		return got;
	hufu_view key = view_make(course->text.ptr + from + 1, course->at - from - 2);
	got = skip_blank(course);
	if (got != JSON_GOT)
		return got;
	if (course->text.ptr[course->at] != ':')
		return JSON_BROKEN;
	course->at++;
	if (key.len > KEY_MAX) {
		*node = JSON_NOWHERE;
		return JSON_GOT;
	}
	if (escaped) {
		memcpy(plain, key.ptr, key.len);
		key = view_make(plain, jsontext_unescape(plain, key.len));
	}
	*node = jsonpaths_child(course->paths, frame->node, key, &frame->hint);
	return JSON_GOT;
}

static enum json_got take_all(struct course *course)
{
	enum json_got got = take_value(course, JSON_ROOT);
	while (got == JSON_GOT && course->depth) {
		struct frame *frame = &course->frames[course->depth - 1];
		uint16_t node = JSON_NOWHERE;
		got = skip_blank(course);
		if (got != JSON_GOT)
			return got;
		char c = course->text.ptr[course->at];
		if (c == ',') {
			course->at++;
			frame->index++;
			continue;
		}
		if (c == (frame->array ? ']' : '}')) {
			course->at++;
			course->depth--;
			continue;
		}
		if (!frame->array)
			got = take_key(course, frame, &node);
		if (got == JSON_GOT)
			got = take_value(course, node);
		if (got != JSON_GOT || course->frames + course->depth != frame + 1)
			continue;
		/* Behind a scalar there is a comma or the end; anything else is damage. */
		got = skip_blank(course);
		if (got == JSON_GOT && !jsontext_among(course->text.ptr[course->at], ",]}"))
			got = JSON_BROKEN;
	}
	return got;
}

enum json_got jsontext_record(struct json_paths *paths, hufu_view text, bool end, struct json_record *out)
{
	struct course course;
	course.paths = paths;
	course.text = text;
	course.end = end;
	course.at = 0;
	course.out = out;
	course.depth = 0;
	out->count = 0;
	out->lost = false;
	enum json_got got = take_all(&course);
	out->taken = course.at < text.len ? course.at : text.len;
	return got;
}

/* ---- without looking inside ---- */

size_t jsontext_skip(struct json_skip *skip, hufu_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (skip->in_string) {
			if (skip->escaped)
				skip->escaped = false;
			else if (c == '\\')
				skip->escaped = true;
			else if (c == '"')
				skip->in_string = false;
		} else if (c == '"') {
			skip->in_string = skip->begun = true;
			continue;
		} else if (c == '{' || c == '[') {
			skip->depth++;
		} else if (c == ',' || c == '}' || c == ']') {
			if (skip->depth == 0) {
				skip->over = true;
				return i; /* behind a bare word */
			}
			skip->depth -= c != ',';
		} else if (jsontext_blank(c)) {
			if (!skip->begun || skip->depth)
				continue;
			skip->over = true;
			return i;
		} else {
			skip->begun = true;
			continue;
		}
		skip->begun = true;
		if (skip->depth == 0 && !skip->in_string) {
			skip->over = true;
			return i + 1;
		}
	}
	return text.len;
}

void jsontext_look(hufu_view text, struct json_shape *out)
{
	size_t depth = 0, array_from = 0, array_depth = 0; /* array_depth 0: in no such array */
	uint64_t elements = 0;
	*out = (struct json_shape){ .len = text.len };
	for (size_t i = 0; i <= text.len && !out->ended; i++) {
		char c = i < text.len ? text.ptr[i] : ']';
		bool escaped, opens = c == '{' || c == '[', closes = c == '}' || c == ']';
		size_t at = i;
		if (c == '"' && i < text.len) {
			if (jsontext_string(text, true, &at, &escaped) != JSON_GOT && at >= text.len)
				at = text.len;
			i = at > i ? at - 1 : i;
		}
		if (opens) {
			elements += array_depth && depth == array_depth;
			depth++;
			size_t first = i + 1;
			while (first < text.len && jsontext_blank(text.ptr[first]))
				first++;
			bool nests = first < text.len && (text.ptr[first] == '{' || text.ptr[first] == '[');
			if (c == '[' && !array_depth && nests) {
				array_depth = depth;
				array_from = i;
				elements = 0;
			}
		}
		/* The text's end ends an array that is still open. */
		if (array_depth && ((closes && depth == array_depth) || i == text.len)) {
			if (elements > out->elements) {
				out->elements = elements;
				out->bytes = i - array_from;
			}
			array_depth = 0;
		}
		if (closes && i < text.len && depth && --depth == 0) {
			out->ended = true;
			out->len = i + 1;
		}
	}
}
