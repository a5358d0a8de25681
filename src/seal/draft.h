/* A draft: one snapshot as tokens, column by column, before it is woven into its seal. Inside the room. */
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
	uint32_t at;             /* its place among those that are not skipped */
	double mask_bits;        /* of a mask: how much it tells */
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
	struct slabs *slabs;   /* memory of the chunks, and of what they come to */
	uint64_t **chunks;     /* a slab of tokens each, of chunk_rows rows: column after column, and behind them the
	                          rows' hashes over all cells */
	size_t chunk_rows, chunk_count, chunk_cap;
	uint32_t width; /* columns that are not skipped */
	size_t rows;
	uint64_t digest[2]; /* sums over the row hashes: see draft_digest */
	bool profiled;
	uint64_t *row_numbers;     /* [rows] */
	struct radix_item *shared; /* numbers that several rows have, and these rows, by number */
	size_t shared_count;
	const struct draft_column *person_column; /* or NULL */
	uint64_t duplicates, empty_keys;
};

/* A column's tokens in a chunk, TOKEN_VALUE of each; at `width`: the rows' hashes. */
static inline uint64_t *draft_plane(const struct draft *draft, size_t chunk, uint32_t at)
{
	return draft->chunks[chunk] + at * draft->chunk_rows;
}

static inline size_t draft_chunk_rows(const struct draft *draft, size_t chunk)
{
	size_t left = draft->rows - chunk * draft->chunk_rows;
	return left < draft->chunk_rows ? left : draft->chunk_rows;
}

static inline uint64_t draft_token(const struct draft *draft, const struct draft_column *column, size_t row)
{
	return TOKEN_VALUE(draft_plane(draft, row / draft->chunk_rows, column->at)[row % draft->chunk_rows]);
}

static inline uint64_t draft_row_hash(const struct draft *draft, size_t row)
{
	return draft_plane(draft, row / draft->chunk_rows, draft->width)[row % draft->chunk_rows];
}

/* Finds key and person where they were not said, numbers the rows. */
hufu_status draft_number_rows(struct draft *draft, hufu_error *error);
/* Keyed digest of the snapshot, whatever the order of its rows. */
void draft_digest(const struct draft *draft, uint8_t out[DIGEST_LEN]);
/* Weaves the draft in at its instant and writes the seal. */
hufu_status weave(struct draft *draft, hufu_view as_of, int64_t instant, void (*progress)(double),
        struct draft_outcome *out, hufu_error *error);
/* File column that holds a seal's column, or NULL. */
struct draft_column *draft_column_for(const struct draft *draft, uint32_t target);

/* The numbers that more than one of the rows have, with these rows, by number, then row; the caller frees. False when
 * memory is out. */
bool draft_duplicates(const uint64_t *numbers, size_t rows, struct radix_item **out, size_t *count);

#endif
