/* Breaks text into lines by the columns that it takes on a terminal. */
#include "cmd/wrap.h"

#include "base/utf8.h"

#include <string.h>

enum { CHINESE = 0x2E80, NARROWEST = 10 };

/* Marks that do not begin a line in Chinese: 、。》」！），：；？ */
static bool clings(uint32_t c)
{
	static const uint32_t marks[] = { 0x3001, 0x3002, 0x300B, 0x300D, 0xFF01, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B,
		0xFF1F };
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (c == marks[i])
			return true;
	return false;
}

static bool may_break(uint32_t before, uint32_t next)
{
	return before == ' ' || ((before >= CHINESE || next >= CHINESE) && !clings(next) && next != ' ');
}

size_t wrap_len(hufu_view text, size_t columns)
{
	size_t last = 0, at = 0;
	uint32_t before = 0;
	hufu_view left = text;
	while (left.len) {
		uint32_t c = utf8_next(&left);
		size_t end = text.len - left.len;
		if (at && may_break(before, c))
			last = at;
		/* A blank may hang over: it is not shown. */
		if (c != ' ' && utf8_width(view_make(text.ptr, end)) > columns)
			return last ? last : at ? at : end;
		at = end;
		before = c;
	}
	return text.len;
}

void wrap_print(FILE *to, size_t width, const char *mark, const char *style, const char *text, const char *plain)
{
	hufu_view rest = view_of(text);
	size_t indent = strlen(mark);
	fprintf(to, "%s%s", mark, style);
	while (rest.len) {
		size_t len = width > indent + NARROWEST ? wrap_len(rest, width - indent) : rest.len;
		size_t shown = len;
		while (shown && rest.ptr[shown - 1] == ' ')
			shown--;
		fprintf(to, "%.*s", (int)shown, rest.ptr);
		rest = view_from(rest, len);
		if (rest.len)
			fprintf(to, "\n%*s", (int)indent, "");
	}
	fprintf(to, "%s\n", plain);
}
