/* See html.h. One pass, no tree: nothing nests, so nothing can nest too deep. */
#include "read/html.h"

#include "base/utf8.h"

#include <strings.h>

enum { TAG_MAX = 16, ENTITY_MAX = 10 };

struct html {
	struct bytes *out;
	size_t start; /* of our text in `out` */
	bool blank;   /* a blank is owed before the next word */
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char last(const struct html *html)
{
	const struct bytes *out = html->out;
	return out->len > html->start && !out->failed ? out->ptr[out->len - 1] : '\n';
}

static void put(struct html *html, hufu_view text)
{
	if (html->blank && last(html) != '\n' && last(html) != '\t')
		bytes_byte(html->out, ' ');
	html->blank = false;
	bytes_add(html->out, text);
}

static void break_line(struct html *html)
{
	html->blank = false;
	if (last(html) != '\n')
		bytes_byte(html->out, '\n');
}

/* ---- entities ---- */

static uint32_t number_of(hufu_view digits)
{
	bool hex = view_starts(digits, "x") || view_starts(digits, "X");
	uint32_t value = 0;
	if (hex)
		digits = view_from(digits, 1);
	if (digits.len == 0 || digits.len > 7)
		return 0;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.ptr[i];
		char low = (char)(c | 0x20);
		if (c >= '0' && c <= '9')
			value = value * (hex ? 16 : 10) + (uint32_t)(c - '0');
		else if (hex && low >= 'a' && low <= 'f')
			value = value * 16 + (uint32_t)(low - 'a' + 10);
		else
			return 0;
	}
	bool fine = value >= 0x20 && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
	return fine ? value : 0;
}

/* Length of the entity that `text` begins with, its character in `character`; 0: it is none. */
static size_t entity(hufu_view text, uint32_t *character)
{
	static const struct {
		const char *name;
		uint32_t character;
	} names[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }, { "nbsp", ' ' },
		{ "yen", 0xa5 }, { "euro", 0x20ac }, { "pound", 0xa3 }, { "cent", 0xa2 }, { "ndash", 0x2013 },
		{ "mdash", 0x2014 }, { "middot", 0xb7 }, { "hellip", 0x2026 }, { "times", 0xd7 } };
	size_t most = text.len < ENTITY_MAX + 2 ? text.len : ENTITY_MAX + 2;
	const char *end = memchr(text.ptr, ';', most);
	if (!end || end - text.ptr < 2)
		return 0;
	hufu_view name = { text.ptr + 1, (size_t)(end - text.ptr) - 1 };
	*character = 0;
	if (name.ptr[0] == '#')
		*character = number_of(view_from(name, 1));
	for (size_t i = 0; i < LEN(names); i++)
		if (view_is(name, names[i].name))
			*character = names[i].character;
	if (*character == 0xa0)
		*character = ' ';
	return *character ? name.len + 2 : 0;
}

/* ---- tags ---- */

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* Where the element of this name, whose content is no text, ends. */
static size_t past_element(hufu_view rest, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i + len + 2 <= rest.len; i++) {
		const char *found = memchr(rest.ptr + i, '<', rest.len - i);
		if (!found)
			break;
		i = (size_t)(found - rest.ptr);
		if (rest.len - i >= len + 2 && found[1] == '/' && strncasecmp(found + 2, name, len) == 0)
			return i;
	}
	return rest.len;
}

static void take_tag(struct html *html, const char *name, bool closing)
{
	static const char *const blocks[] = { "br", "p", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4",
		"h5", "h6", "hr", "blockquote", "pre", "title", "body", "section", "article", "dt", "dd", NULL };
	if (is_one_of(name, blocks))
		break_line(html);
	else if (closing && (strcmp(name, "td") == 0 || strcmp(name, "th") == 0)) {
		html->blank = false;
		bytes_byte(html->out, '\t');
	}
}

/* Bytes that the tag or comment at `text` takes. */
static size_t tag(struct html *html, hufu_view text)
{
	if (view_starts(text, "<!--")) {
		const char *end = memmem(text.ptr + 4, text.len - 4, "-->", 3);
		return end ? (size_t)(end - text.ptr) + 3 : text.len;
	}
	size_t at = 1, len = 0;
	char name[TAG_MAX + 1];
	bool closing = text.len > 1 && text.ptr[1] == '/';
	at += closing;
	while (at + len < text.len && len < TAG_MAX) {
		char c = text.ptr[at + len];
		bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (len && c >= '0' && c <= '9');
		if (!letter && !(len == 0 && (c == '!' || c == '?')))
			break;
		name[len++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	name[len] = '\0';
	if (len == 0) {
		put(html, view_make("<", 1)); /* "a < b" */
		return 1;
	}
	const char *end = memchr(text.ptr, '>', text.len);
	size_t past = end ? (size_t)(end - text.ptr) + 1 : text.len;
	static const char *const hidden[] = { "script", "style", "head", NULL };
	if (!closing && is_one_of(name, hidden))
		return past + past_element(view_from(text, past), name);
	take_tag(html, name, closing);
	return past;
}

void html_text(hufu_view rest, struct bytes *out)
{
	struct html html = { .out = out, .start = out->len };
	while (rest.len && !out->failed) {
		char c = rest.ptr[0];
		size_t taken = 1;
		uint32_t character;
		if (c == '<') {
			taken = tag(&html, rest);
		} else if (c == '&' && (taken = entity(rest, &character)) > 0) {
			char room[4];
			html.blank = html.blank || character == ' ';
			if (character != ' ')
				put(&html, view_make(room, utf8_put(character, room)));
		} else if (is_blank(c)) {
			html.blank = true;
			taken = 1;
		} else {
			taken = 1;
			while (taken < rest.len && !is_blank(rest.ptr[taken]) && rest.ptr[taken] != '<' &&
			        rest.ptr[taken] != '&')
				taken++;
			put(&html, view_make(rest.ptr, taken));
		}
		rest = view_from(rest, taken);
	}
	break_line(&html);
}
