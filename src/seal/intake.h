/* Taking a snapshot's records in: batches become tokens, row hashes and counts, on all processors. Inside the room.
 *
 * What comes out is a function of the records in their order, not of who took which batch. */
#ifndef HUFU_SEAL_INTAKE_H
#define HUFU_SEAL_INTAKE_H

#include "seal/draft.h"
#include "seal/token.h"

/* Sets the columns' places and makes ready for records; kinds and derived columns are known. */
hufu_status intake_begin(struct draft *draft, hufu_error *error);
/* Takes the records of a batch from row `first` on; the batch may go when it returns. */
hufu_status intake_add(struct draft *draft, const struct batch *batch, uint32_t first, hufu_error *error);
/* Waits until all are taken; the columns' stats and facets are known then. Common values are those that a sample at the
 * beginning showed. */
hufu_status intake_end(struct draft *draft, hufu_error *error);
/* Also after a failure; NULL is fine. */
void intake_free(struct intake *intake);

#endif
