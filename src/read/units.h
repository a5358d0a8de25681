/* Units of running text: lines, and pieces of lines that are too long. Walked one by one, or only those at which the
 * sieve stops: what lies between is never looked at. */
#ifndef HUFU_READ_UNITS_H
#define HUFU_READ_UNITS_H

#include "scan/sieve.h"

struct units {
	hufu_view text; /* borrowed */
	char line_end;
	size_t most; /* bytes of a unit */
	bool end;    /* nothing follows the text */
	size_t at;   /* taken so far: the beginning of a unit */
	struct sieve sieve;
};

void units_begin(struct units *units, hufu_view text, char line_end, size_t most, bool end);
/* The next unit; false when what is left may go on behind the text. */
bool units_next(struct units *units, hufu_view *unit);
/* The next one that may hold something; false when none of those that are whole does, which are taken then. */
bool units_seek(struct units *units, hufu_view *unit);

#endif
