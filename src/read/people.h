/* Whose identifiers are whose: the hits of a line or paragraph, parted into persons. No state, no allocation. */
#ifndef HUFU_READ_PEOPLE_H
#define HUFU_READ_PEOPLE_H

#include "scan/scan.h"

enum {
	PEOPLE_MAX = 256,  /* persons of one text; what is beyond goes to the last */
	PEOPLE_VALUES = 2, /* values of one kind that a person has */
};

/* Sets owner[i], the number of the person to whom hits[i] belongs, from 0; returns how many persons there are. Hits
 * that are nobody's (a lone date, a name that nothing announces and nothing stands beside) get PEOPLE_NOBODY. */
enum { PEOPLE_NOBODY = 0xffff };
size_t people_part(hufu_view text, const struct scan_hit *hits, size_t count, uint16_t *owner);

#endif
