/* A draft: one snapshot as tokens, row by row, before it is woven into its seal. Inside the room. */
#ifndef HUFU_SEAL_DRAFT_H
#define HUFU_SEAL_DRAFT_H

#include "base/radix.h"
#include "seal/facet.h"
#include "seal/seal.h"
#include "seal/stats.h"
#include "seal/token.h"

struct draft_column {
	int32_t target;          /* column of the seal, or -1: skipped */
	uint32_t source;         /* column of the file */
	const struct form *form; /* what it shows of that; NULL: itself */
	uint32_t at;             /* its place in a row of tokens, when it is not skipped */
	struct column_stats stats;
	struct shape shape;
	struct facet_values facet;
};

struct intake;

struct draft {
	const struct store *store;
	struct seal *old; /* what is sealed already; NULL for a new dataset */
	struct meta meta; /* as it will be */
	const struct draft_options *options;
	struct draft_column *columns; /* [file columns], then the derived ones */
	size_t column_count, file_count;
	struct tokenizer tokenizer;
	struct intake *intake; /* from the first records on, until all are in */
	uint64_t **chunks;     /* of 2^chunk_bits rows: a row's tokens side by side, since they are wanted by row, and
	                          behind them its hash over all cells */
	unsigned chunk_bits;
	size_t chunk_count, chunk_cap;
	uint32_t width; /* columns that are not skipped */
	size_t rows;
	uint64_t digest[2]; /* sums over the row hashes: see draft_digest */
	bool profiled;
	uint64_t *row_numbers;                    /* [rows] */
	struct radix_item *order;                 /* [rows]: number and row, by number; NULL: not sorted yet */
	const struct draft_column *person_column; /* or NULL */
	uint64_t duplicates, empty_keys;
};

/* A row's tokens: TOKEN_VALUE of each, at its column's place. */
static inline uint64_t *draft_row(const struct draft *draft, size_t row)
{
	size_t inner = row & (((size_t)1 << draft->chunk_bits) - 1);
	return draft->chunks[row >> draft->chunk_bits] + inner * (draft->width + 1);
}

static inline uint64_t draft_token(const struct draft *draft, const struct draft_column *column, size_t row)
{
	return TOKEN_VALUE(draft_row(draft, row)[column->at]);
}

static inline uint64_t draft_row_hash(const struct draft *draft, size_t row)
{
	return draft_row(draft, row)[draft->width];
}

/* Rows as team_run's pieces: so many at a time. */
enum { DRAFT_CHUNK = 8192 };

static inline size_t draft_chunks(const struct draft *draft)
{
	return (draft->rows + DRAFT_CHUNK - 1) / DRAFT_CHUNK;
}

/* Finds key and person where they were not said, numbers the rows. */
hufu_status draft_number_rows(struct draft *draft, hufu_error *error);
/* Keyed digest of the snapshot, whatever the order of its rows. */
void draft_digest(const struct draft *draft, uint8_t out[DIGEST_LEN]);
/* Weaves the draft in at its instant and writes the seal. */
hufu_status weave(struct draft *draft, hufu_view as_of, int64_t instant, void (*progress)(double),
        struct draft_outcome *out, hufu_error *error);
/* The person number of a row of the draft, which has this number. */
uint64_t draft_person(const struct draft *draft, struct siphash_key row_key, size_t row, uint64_t number);
/* File column that holds a seal's column, or NULL. */
struct draft_column *draft_column_for(const struct draft *draft, uint32_t target);

/* `numbers` and their places, by number; the caller frees. NULL when memory is out. */
struct radix_item *draft_order(const uint64_t *numbers, size_t rows);

#endif
