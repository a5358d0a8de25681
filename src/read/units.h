/* Units of running text: lines, and pieces of lines that are too long. Walked one by one, or only those that may hold
 * something: what lies between is never looked at.
 *
 * A name alone is nobody's, and lines are put together only up to a blank one. So of the lines between two blank ones
 * all are passed over unless something other than names and dates may stand in one of them; then those before it are
 * looked at, too. */
#ifndef HUFU_READ_UNITS_H
#define HUFU_READ_UNITS_H

#include "scan/sieve.h"

struct units {
	hufu_view text; /* borrowed */
	char line_end;
	size_t most; /* bytes of a unit */
	size_t held; /* bytes before a line, without a blank one, that still belong to it */
	bool end;    /* nothing follows the text */
	size_t at;   /* taken so far: the beginning of a unit */
	/* Where more than a name may stand, SIZE_MAX for nowhere yet: in a line that begins at `line`. Those from
	 * `block` on are looked at for names that may belong to it. */
	size_t place, line, block;
	struct sieve strong, names; /* of the text, of these lines */
};

/* `text`, `line_end`, `most`, `held` and `end` are set; the walk begins at the text's. */
void units_begin(struct units *units);
/* The next unit; false when what is left may go on behind the text. */
bool units_next(struct units *units, hufu_view *unit);
/* The next one that may hold something, where no paragraph is under way; false when none of those that are whole does,
 * which are taken then, but for the last ones to which more may belong. */
bool units_seek(struct units *units, hufu_view *unit);

#endif
