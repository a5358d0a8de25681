/* Person spaces: which datasets number the same people. Inside the room. */
#ifndef HUFU_SEAL_SPACE_H
#define HUFU_SEAL_SPACE_H

#include "seal/draft.h"

/* For a new dataset: when its person column (or, where none was said, some column) refers to another dataset's key,
 * takes that dataset's person space. */
hufu_status space_of_draft(struct draft *draft, hufu_error *error);

/* Notes in `meta` (a copy of the seal's own) the datasets sealed before whose persons are this one's keys. */
hufu_status space_adopt(
        const struct store *store, struct seal *seal, struct meta *meta, bool *changed, hufu_error *error);

/* Whether a row of that number is there. */
bool seal_has_row(struct seal *seal, uint64_t number);

#endif
