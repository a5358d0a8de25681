/* The places that the sieve's first step leaves, and what the bytes around them say: whether something may stand there.
 * Internal to src/scan. */
#ifndef HUFU_SCAN_PLACES_H
#define HUFU_SCAN_PLACES_H

#include "scan/sieve.h"

/* Of each byte a bit for each class that it is of (enum sieve_byte). */
extern const uint16_t place_classes[256];

static inline bool place_is(char byte, enum sieve_byte class)
{
	return place_classes[(unsigned char)byte] >> class & 1;
}

/* What may stand at the place of one reason in `text`, at most one behind it: bits of enum sieve_class. */
typedef unsigned place_judge(hufu_view text, size_t at, enum sieve_want want);
place_judge place_mobile, place_long, place_groups, place_run, place_day, place_sign, place_character;

#endif
