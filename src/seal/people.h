/* Person numbers: keyed, the same in every dataset, so that an order's owner and the owner's own row meet.
 *
 * The number of a person is made from the token of his value in the person column, in the same way as a row's number
 * from its single key column: where a dataset's rows are its persons, nothing more need be kept. Where it must be kept,
 * it is hidden under a pad of the row, so that a stolen seal does not show which rows are one person's. */
#ifndef HUFU_SEAL_PEOPLE_H
#define HUFU_SEAL_PEOPLE_H

#include "seal/seal.h"

static inline uint64_t person_number(struct siphash_key row_key, uint64_t token)
{
	return siphash_words(row_key, &token, 1);
}

static inline uint64_t person_pad(struct siphash_key person_key, uint64_t row_number)
{
	return siphash_words(person_key, &row_number, 1);
}

/* Union-find over pairs of person numbers that are one human: sorts `pairs` in place into (person, root) by person,
 * root being the smallest number of the group, each number once, roots left out; *count becomes how many are left.
 * False when memory is out. */
bool people_join(struct seal_join *pairs, size_t *count);
/* All joins of the datasets that `same` marks, as such a list; the caller frees it, also after a failure. */
bool people_joins(
        struct seal *const *seals, const bool *same, size_t seal_count, struct seal_join **out, size_t *count);
/* Gathers pairs while a look-up is built: rows that share a value of a joining kind are one human's. Owns `joins`. */
struct joiner {
	const struct meta *meta;
	const uint64_t *persons; /* [rows] of the seal being written */
	struct seal_join *joins;
	size_t count, cap;
	bool failed;
};
void joiner_take(struct joiner *joiner, uint32_t column, const uint32_t *rows, size_t count);

/* The root of a person in such a list. */
uint64_t people_root(const struct seal_join *joins, size_t count, uint64_t person);

#endif
