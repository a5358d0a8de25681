/* Person spaces: which datasets number the same people. Inside the room. */
#ifndef HUFU_SEAL_SPACE_H
#define HUFU_SEAL_SPACE_H

#include "seal/draft.h"

/* Values looked at, and the share of them that must be keys there, before a column is said to refer to a dataset. */
enum { SPACE_SAMPLE = 256 };
#define SHARE_CONTAINED 0.9

/* For a new dataset: when its person column (or, where none was said, some column) refers to another dataset's key,
 * takes that dataset's person space. */
hufu_status space_of_draft(struct draft *draft, hufu_error *error);

/* Whether a row of that number is there. */
bool seal_has_row(struct seal *seal, uint64_t number);
/* A dataset whose rows are persons of its own space: others may refer to it. */
bool is_person_table(const struct meta *meta);
/* How much it says that a column's values are keys of `other`; 0: nothing. Small numbers are contained in any running
 * number: a quantity is no customer, and a product's own number is none either. */
uint64_t reference_score(
        const struct meta *meta, uint32_t column, uint64_t distinct, uint64_t filled, const struct meta *other);

/* Opens every other dataset in turn until `visit` says that it has found what it wanted. */
typedef bool (*other_visit)(void *user, struct seal *other);
hufu_status each_other(const struct store *store, hufu_view dataset, other_visit visit, void *user, hufu_error *error);

#endif
