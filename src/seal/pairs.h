/* A draft's pairs of token and place until the look-up is built: by the upper bits of their tokens in parts
 * (base/parts.h), eight bytes each.
 *
 * A place is a row of the draft and a column's place in it. Rows come in by chunks (draft.h), so that a word need not
 * hold all of the row: it has the token's rest, the row within its chunk, and the column; where a worker goes on with
 * another chunk, a word whose column no column has says which. */
#ifndef HUFU_SEAL_PAIRS_H
#define HUFU_SEAL_PAIRS_H

#include "base/parts.h"
#include "seal/token.h"

enum { PAIRS_PART_BITS = 12, PAIRS_REST_BITS = TOKEN_BITS - PAIRS_PART_BITS };

struct pairs {
	struct parts *parts; /* of words */
	size_t chunk_rows;
	unsigned row_bits, column_bits;
	uint32_t *said; /* [workers][parts]: the chunk that the last such word named, and one; 0: none yet */
};

struct pair_place {
	uint64_t rest; /* of the token */
	uint32_t row, column;
};

/* For chunks of so many rows and `columns` columns, which may not need more than 20 bits together: a slab of tokens
 * needs fewer. Borrows the slabs. False when memory is out. */
bool pairs_init(struct pairs *pairs, size_t chunk_rows, size_t columns, struct slabs *slabs);
void pairs_done(struct pairs *pairs);

static inline uint64_t pairs_no_column(const struct pairs *pairs)
{
	return ((uint64_t)1 << pairs->column_bits) - 1;
}

/* A worker who adds pairs of a chunk: what he needs for each is at hand. */
struct pairs_hand {
	struct parts *parts;
	struct parts_cursor *cursors; /* his; [parts] */
	uint32_t *said;               /* his */
	unsigned worker, row_bits, column_bits;
	uint32_t chunk;
};

static inline struct pairs_hand pairs_enter(const struct pairs *pairs, unsigned worker, size_t chunk)
{
	size_t first = (size_t)worker << PAIRS_PART_BITS;
	return (struct pairs_hand){ pairs->parts, pairs->parts->cursors + first, pairs->said + first, worker,
		pairs->row_bits, pairs->column_bits, (uint32_t)chunk };
}

static inline void pairs_word(const struct pairs_hand *hand, size_t part, uint64_t word)
{
	struct parts_cursor *cursor = &hand->cursors[part];
	if (cursor->at == cursor->end && !parts_more(hand->parts, hand->worker, part))
		return;
	memcpy(cursor->at, &word, sizeof word);
	cursor->at += sizeof word;
}

/* `row` counts within the chunk. */
static inline void pairs_add(const struct pairs_hand *hand, uint64_t token, uint64_t row, uint64_t column)
{
	size_t part = token >> PAIRS_REST_BITS;
	unsigned beside = hand->row_bits + hand->column_bits;
	if (hand->said[part] != hand->chunk + 1) {
		uint64_t none = ((uint64_t)1 << hand->column_bits) - 1;
		pairs_word(hand, part, (uint64_t)hand->chunk << beside | none);
		hand->said[part] = hand->chunk + 1;
	}
	uint64_t rest = token & (((uint64_t)1 << PAIRS_REST_BITS) - 1);
	pairs_word(hand, part, rest << beside | row << hand->column_bits | column);
}

/* Reads a word; `chunk` goes along from one to the next of a part. False: it was no pair. */
static inline bool pairs_read(const struct pairs *pairs, uint64_t word, uint64_t *chunk, struct pair_place *out)
{
	uint64_t beside = word >> (pairs->row_bits + pairs->column_bits), column = word & pairs_no_column(pairs);
	if (column == pairs_no_column(pairs)) {
		*chunk = beside;
		return false;
	}
	uint64_t row = word >> pairs->column_bits & (((uint64_t)1 << pairs->row_bits) - 1);
	*out = (struct pair_place){ beside, (uint32_t)(*chunk * pairs->chunk_rows + row), (uint32_t)column };
	return true;
}

#endif
