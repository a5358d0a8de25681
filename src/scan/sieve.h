/* The sieve: the few places in raw bytes at which a value of any kind could stand, found at memory speed, so that
 * nothing else of a text is ever looked at again.
 *
 * Wrong on one side only: each value that scan_text finds in a line has a place inside it, or in the line right behind
 * it, at which the walk stops; most stops hold no value. It knows what the kinds' finds have in common (lengths of
 * codes, groups of digits, the sign of an address, characters above ASCII) and nothing of their checks but the
 * cheapest; test/scan/sieve.c holds it to that for every kind of the table. */
#ifndef HUFU_SCAN_SIEVE_H
#define HUFU_SCAN_SIEVE_H

#include "base/view.h"
#include "scan/sieve_bits.h"

/* What to stop at. A log has a date in every line, so dates alone are mostly passed over. */
enum sieve_want {
	SIEVE_NAMES, /* characters above ASCII, of which names are made, and dates that a label goes before: "Birth:
	                1990-01-01" */
	SIEVE_ALL,
	SIEVE_STRONG, /* all but dates and names, which without anything else are nobody's */
	SIEVE_CODES,  /* dates, and all that is made of letters and digits alone; not names, addresses, plates, mails */
};

/* What may stand at a stop. */
enum sieve_class {
	SIEVE_PHONE = 1, /* digits, in one piece or in groups */
	SIEVE_ID = 2,
	SIEVE_CARD = 4,
	SIEVE_CODE = 8, /* 17 or 18 letters and digits */
	SIEVE_DATE = 16,
	SIEVE_MAIL = 32,
	SIEVE_WIDE = 64, /* any of them, or a name, address or plate: a character above ASCII stands there */
};

struct sieve {
	hufu_view text; /* borrowed */
	enum sieve_want want;
	unsigned class;    /* of the stop */
	size_t begin, end; /* what `bits` are of */
	struct sieve_before before;
	struct sieve_bits bits;
};

void sieve_begin(struct sieve *sieve, hufu_view text, enum sieve_want want);
/* The first stop at or behind `from`, which must not go back; false when there is none. */
bool sieve_next(struct sieve *sieve, size_t from, size_t *place);
/* Classes of all stops in a text. */
unsigned sieve_classes(hufu_view text, enum sieve_want want);
/* Whether there is any. */
bool sieve_any(hufu_view text, enum sieve_want want);

#endif
