/* What a column is: which identifier kind, and whether the first record is a header. Needs no key.
 *
 * Learnt on a sample of a batch, once a part; no detector runs on every cell. Uses base, ident, table. */
#ifndef HUFU_PROFILE_PROFILE_H
#define HUFU_PROFILE_PROFILE_H

#include "ident/ident.h"
#include "table/batch.h"

enum { PROFILE_KINDS = 4 };

struct profile {
	const struct ident_kind *kind; /* what the column is; NULL: opaque */
	const struct ident_kind
	        *kinds[PROFILE_KINDS]; /* what it may be, likeliest first: a tenth of its cells or more */
	uint32_t kind_count;
	uint32_t filled; /* cells of the sample that hold something */
};

/* Looks at up to some hundred cells of a column, from row `first` on, spread over the batch. */
void profile_column(const struct batch *batch, uint32_t column, uint32_t first, struct profile *out);

/* Whether row 0 names the columns, told by how it differs from the rows below. A batch of one row is a header when
 * nothing in it looks like data. */
bool profile_header(const struct batch *batch);

#endif
