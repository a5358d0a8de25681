/* See units.h. */
#include "read/units.h"

enum { CUT_BACK = 512 }; /* how far before the end of a unit a good place to cut is looked for */

void units_begin(struct units *units, hufu_view text, char line_end, size_t most, bool end)
{
	units->text = text;
	units->line_end = line_end;
	units->most = most;
	units->end = end;
	units->at = 0;
	sieve_begin(&units->sieve, text, SIEVE_PEOPLE);
}

/* Where to cut a line that is too long: behind a blank or the end of a clause, else between characters. */
static size_t cut_at(hufu_view line)
{
	size_t least = line.len > CUT_BACK ? line.len - CUT_BACK : 1;
	for (size_t at = line.len; at > least; at--) {
		char c = line.ptr[at - 1];
		if (c == ' ' || c == '\t' || c == ';' || c == ',')
			return at;
		if (at >= 3 && (memcmp(line.ptr + at - 3, "。", 3) == 0 || memcmp(line.ptr + at - 3, "，", 3) == 0))
			return at;
	}
	size_t at = line.len;
	while (at > 1 && ((unsigned char)line.ptr[at - 1] & 0xc0) == 0x80)
		at--;
	return at > 1 && (unsigned char)line.ptr[at - 1] >= 0xc0 ? at - 1 : line.len;
}

bool units_next(struct units *units, hufu_view *unit)
{
	hufu_view left = view_from(units->text, units->at);
	size_t most = left.len < units->most ? left.len : units->most;
	const char *found = most ? memchr(left.ptr, units->line_end, most) : NULL;
	if (left.len == 0 || (!found && most < units->most && !units->end))
		return false;
	*unit = (hufu_view){ left.ptr, found ? (size_t)(found - left.ptr) : most };
	if (!found && most == units->most && !(units->end && left.len == most))
		unit->len = cut_at(*unit);
	units->at += unit->len + (found != NULL);
	return true;
}

/* Goes on to the beginning of the line in which `place` lies. */
static void go_to_line(struct units *units, size_t place)
{
	const char *begin = units->text.ptr + units->at;
	const char *found = place > units->at ? memrchr(begin, units->line_end, place - units->at) : NULL;
	if (found)
		units->at += (size_t)(found - begin) + 1;
}

bool units_seek(struct units *units, hufu_view *unit)
{
	size_t place = units->text.len;
	bool found = sieve_next(&units->sieve, units->at, &place);
	go_to_line(units, place);
	while (units_next(units, unit))
		if (found && place < units->at)
			return true;
	return false;
}
