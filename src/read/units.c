/* See units.h. */
#include "read/units.h"

enum { CUT_BACK = 512 }; /* how far before the end of a unit a good place to cut is looked for */

void units_begin(struct units *units)
{
	units->at = units->block = units->line = 0;
	units->place = SIZE_MAX;
	sieve_begin(&units->strong, units->text, SIEVE_STRONG);
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

/* The beginning of the line in which `place` lies, or which ends there; not before what was taken. */
static size_t line_begin(const struct units *units, size_t place)
{
	const char *begin = units->text.ptr + units->at;
	const char *found = place > units->at ? memrchr(begin, units->line_end, place - units->at) : NULL;
	return found ? units->at + (size_t)(found - begin) + 1 : units->at;
}

/* Goes on to the first of the lines that may belong to the one in which `place` lies. */
static void go_to_block(struct units *units, size_t place)
{
	size_t begin = line_begin(units, place);
	while (begin > units->at && place - begin < units->held) {
		size_t before = line_begin(units, begin - 1);
		if (view_trim(view_make(units->text.ptr + before, begin - 1 - before)).len == 0)
			break;
		begin = before;
	}
	units->at = begin;
}

static void look_at_block(struct units *units, size_t place)
{
	units->place = place;
	units->line = line_begin(units, place);
	go_to_block(units, place);
	units->block = units->at;
	sieve_begin(&units->names, view_make(units->text.ptr + units->at, units->line - units->at), SIEVE_NAMES);
}

/* The unit at `place`. */
static bool unit_at(struct units *units, size_t place, hufu_view *unit)
{
	units->at = line_begin(units, place);
	while (units_next(units, unit))
		if (place < units->at)
			return true;
	return false;
}

/* Nothing more is known of: what may still belong to what follows the text is left. */
static void go_to_end(struct units *units)
{
	hufu_view unit;
	if (units->end) {
		units->at = units->text.len;
		return;
	}
	go_to_block(units, units->text.len);
	while (units->text.len - units->at > units->held && units_next(units, &unit))
		;
}

bool units_seek(struct units *units, hufu_view *unit)
{
	for (size_t place;;) {
		if (units->at < units->line && sieve_next(&units->names, units->at - units->block, &place))
			return unit_at(units, units->block + place, unit);
		if (units->place != SIZE_MAX && units->at <= units->place)
			return unit_at(units, units->place, unit);
		if (!sieve_next(&units->strong, units->at, &place)) {
			go_to_end(units);
			return false;
		}
		look_at_block(units, place);
	}
}
