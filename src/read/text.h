/* Running text: what delimited.c hands over when lines hold people and not cells. */
#ifndef HUFU_READ_TEXT_H
#define HUFU_READ_TEXT_H

#include "read/dialect.h"
#include "read/window.h"

/* Which kinds the identifiers of a text are believed to be of: bit i is ident_kinds[i]. */
typedef uint32_t text_kinds;

enum text_claim {
	TEXT_NONE,    /* a table */
	TEXT_PERHAPS, /* a text where somebody stands in it, else a list: its lines may be values */
	TEXT_SURELY,
};

/* Whether `sample`, which falls apart by `dialect`, is running text rather than a table; sets *kinds. `whole`: it is
 * all there is. */
enum text_claim text_claims(hufu_view sample, bool whole, const struct dialect *dialect, text_kinds *kinds);

/* Reads the rest of the window as one part: a record is the identifiers of one person. *found says whether it is one;
 * if not, the window stands where it stood. */
hufu_status text_read(
        struct window *window, hufu_view path, char line_end, text_kinds kinds, enum text_claim claim, bool *found);

#endif
