/* Views: some bytes of somebody else's, and the only ways to take them apart.
 *
 * Bytes from a stranger are asked for, never reached by adding to a pointer: each view_* call that
 * reads fails, and leaves its arguments alone, when too little is left. */
#ifndef HUFU_BASE_VIEW_H
#define HUFU_BASE_VIEW_H

#include <hufu/hufu.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static inline hufu_view view_of(const char *text)
{
	return (hufu_view){ text, text ? strlen(text) : 0 };
}

static inline hufu_view view_make(const void *ptr, size_t len)
{
	return (hufu_view){ ptr, len };
}

static inline bool view_equal(hufu_view a, hufu_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool view_is(hufu_view a, const char *text)
{
	return view_equal(a, view_of(text));
}

static inline bool view_starts(hufu_view a, const char *prefix)
{
	size_t len = strlen(prefix);
	return a.len >= len && memcmp(a.ptr, prefix, len) == 0;
}

static inline bool view_ends(hufu_view a, const char *suffix)
{
	size_t len = strlen(suffix);
	return a.len >= len && memcmp(a.ptr + a.len - len, suffix, len) == 0;
}

/* Where a word stands first in a text; NULL: nowhere. For words of a few bytes in texts of some dozen: there memmem's
 * preparations cost more than the search. Its last byte is looked for: first bytes of Han characters are much alike. */
static inline const char *view_find(hufu_view text, const char *word)
{
	size_t len = strlen(word), last = len ? len - 1 : 0;
	const char *at = text.ptr + last, *end = text.ptr + text.len;
	if (len == 0 || text.len < len)
		return NULL;
	for (; at < end && (at = memchr(at, word[last], (size_t)(end - at))) != NULL; at++)
		if (memcmp(at - last, word, last) == 0)
			return at - last;
	return NULL;
}

/* Takes the first `len` bytes off `rest` into `out`. */
static inline bool view_split(hufu_view *rest, size_t len, hufu_view *out)
{
	if (rest->len < len)
		return false;
	*out = (hufu_view){ rest->ptr, len };
	rest->ptr += len;
	rest->len -= len;
	return true;
}

/* Bytes from `at` on; empty when `at` lies behind the end. */
static inline hufu_view view_from(hufu_view a, size_t at)
{
	return at >= a.len ? (hufu_view){ a.ptr + a.len, 0 } : (hufu_view){ a.ptr + at, a.len - at };
}

/* Without blanks, tabs and line ends at both ends (ASCII only; ident folds the wide ones). */
static inline hufu_view view_trim(hufu_view a)
{
	while (a.len && (a.ptr[0] == ' ' || (a.ptr[0] >= '\t' && a.ptr[0] <= '\r'))) {
		a.ptr++;
		a.len--;
	}
	while (a.len && (a.ptr[a.len - 1] == ' ' || (a.ptr[a.len - 1] >= '\t' && a.ptr[a.len - 1] <= '\r')))
		a.len--;
	return a;
}

#endif
