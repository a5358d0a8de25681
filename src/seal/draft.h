/* A draft: one snapshot as tokens, column by column, before it is woven into its seal. Inside the room. */
#ifndef HUFU_SEAL_DRAFT_H
#define HUFU_SEAL_DRAFT_H

#include "seal/seal.h"
#include "seal/stats.h"

struct facet_codes {
	uint16_t *codes; /* [rows] */
	struct facet_slot {
		uint64_t token;
		uint16_t code;
	} * slots;
	size_t mask;
};

struct draft_column {
	int32_t target;          /* column of the seal, or -1: skipped */
	uint32_t source;         /* column of the file */
	const struct form *form; /* what it shows of that; NULL: itself */
	uint64_t *tokens;        /* [rows] */
	struct column_stats stats;
	struct shape shape;
	struct facet_codes facet;
};

struct draft {
	const struct store *store;
	struct seal *old; /* what is sealed already; NULL for a new dataset */
	struct meta meta; /* as it will be */
	const struct draft_options *options;
	struct draft_column *columns; /* [file columns], then the derived ones */
	size_t column_count, file_count;
	size_t rows, cap;
	bool profiled;
	struct tokenizer tokenizer;
	uint64_t *row_hashes;                     /* [rows]: over all cells */
	uint64_t *row_numbers;                    /* [rows] */
	const struct draft_column *person_column; /* or NULL */
	uint64_t duplicates, empty_keys;
};

/* Counts the columns, finds key and person where they were not said, numbers the rows. */
hufu_status draft_number_rows(struct draft *draft, hufu_error *error);
/* Keyed digest of the snapshot, whatever the order of its rows. */
void draft_digest(const struct draft *draft, uint8_t out[DIGEST_LEN]);
/* Weaves the draft in at its instant and writes the seal. */
hufu_status weave(struct draft *draft, hufu_view as_of, int64_t instant, void (*progress)(double),
        struct draft_outcome *out, hufu_error *error);
/* The person number of a row of the draft. */
uint64_t draft_person(const struct draft *draft, struct siphash_key row_key, size_t row);
/* File column that holds a seal's column, or NULL. */
struct draft_column *draft_column_for(const struct draft *draft, uint32_t target);

#endif
