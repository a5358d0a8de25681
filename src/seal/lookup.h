/* The look-up: token -> rows that hold, or ever held, its value.
 *
 * All entries lie sorted by token; the token's upper `prefix` bits choose a bucket of about eight, found through an
 * index of starts; an entry keeps the token's other bits, the row and the column in 64 bits. So a bucket is one or two
 * cache lines, about 8.5 bytes an entry, two reads in batches, and two look-ups merge in one pass in order. An entry
 * whose row is all ones says "common": more rows than LOOKUP_ROWS_MAX share the value, and none is kept. */
#ifndef HUFU_SEAL_LOOKUP_H
#define HUFU_SEAL_LOOKUP_H

#include "base/radix.h"
#include "seal/seal.h"

struct lookup_shape {
	uint32_t prefix_bits, row_bits, column_bits;
};

/* A pair to be kept. */
struct lookup_pair {
	uint64_t token;
	uint32_t row, column;
};

/* Bits for `rows` rows, `columns` columns and about `entries` entries. */
struct lookup_shape lookup_shape_for(uint64_t entries, uint64_t rows, uint64_t columns);

static inline uint32_t lookup_rest_bits(struct lookup_shape shape)
{
	return TOKEN_BITS - shape.prefix_bits;
}

static inline uint32_t lookup_row_none(struct lookup_shape shape)
{
	return (uint32_t)((1ull << shape.row_bits) - 1);
}

static inline uint64_t lookup_pack(struct lookup_shape shape, struct lookup_pair pair)
{
	uint64_t rest = pair.token & ((1ull << lookup_rest_bits(shape)) - 1);
	return (rest << shape.row_bits | pair.row) << shape.column_bits | pair.column;
}

static inline struct lookup_pair lookup_unpack(struct lookup_shape shape, uint64_t bucket, uint64_t entry)
{
	uint64_t rest = entry >> (shape.row_bits + shape.column_bits);
	return (struct lookup_pair){ .token = bucket << lookup_rest_bits(shape) | rest,
		.row = (uint32_t)(entry >> shape.column_bits) & lookup_row_none(shape),
		.column = (uint32_t)(entry & ((1ull << shape.column_bits) - 1)) };
}

static inline struct lookup_shape lookup_shape_of(const struct meta *meta)
{
	return (struct lookup_shape){ meta->prefix_bits, meta->row_bits, meta->column_bits };
}

/* ---- building ---- */

struct lookup_builder;

/* Where the pairs come from. The token space is gone through in passes, each small enough for the memory, and a pass in
 * parts, which several workers (base/team.h) build at a time unless the source is `serial`. */
struct lookup_source {
	/* Hands over by lookup_bring, once a pass, all pairs at hand whose bucket lies in [from, to); may be NULL. */
	void (*bring)(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder);
	/* Hands over by lookup_take, in their order (token, row, column), the pairs of a part that lie so already, and
	 * by lookup_bring any others of it; may be NULL. */
	hufu_status (*pairs)(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker);
	/* Hears every group of two or more rows kept under one token and column (may be NULL): for joining people. */
	void (*shared)(void *user, unsigned worker, uint32_t column, const uint32_t *rows, size_t count);
	/* Hears how many of the brought rows share a value in a column, when they are more than LOOKUP_ROWS_MAX (may be
	 * NULL). */
	void (*frequent)(void *user, unsigned worker, uint32_t column, uint64_t token, uint32_t count);
	bool serial;
	void *user;
	uint64_t pass_pairs, part_pairs; /* how many at most; 0: what suits memory and cache. Tests ask for few */
};

/* Where a pass's pairs are brought. */
struct lookup_inlet {
	struct radix *radix;
	uint32_t shift; /* bits of a token that the pass and the 64 bits of a key leave over */
};

struct lookup_inlet lookup_inlet(const struct lookup_builder *builder);

enum { LOOKUP_COLUMN_SHIFT = 1, LOOKUP_ROW_SHIFT = 13 };

/* A pair as it is put in order: row = lookup_row_none() says common. Pairs that are `counted` are those of `frequent`.
 */
static inline struct radix_item lookup_item(uint32_t shift, struct lookup_pair pair, bool counted)
{
	return (struct radix_item){ pair.token << shift,
		(uint64_t)pair.row << LOOKUP_ROW_SHIFT | (uint64_t)pair.column << LOOKUP_COLUMN_SHIFT | counted };
}

static inline void lookup_bring(
        const struct lookup_inlet *inlet, unsigned worker, struct lookup_pair pair, bool counted)
{
	struct radix_item item = lookup_item(inlet->shift, pair, counted);
	radix_add(inlet->radix, worker, item.key, item.value);
}

void lookup_take(struct lookup_builder *builder, unsigned worker, struct lookup_pair pair);
/* Writes both sections. `expected`: about how many pairs will come, to choose the number of passes. */
hufu_status lookup_build(struct lookup_shape shape, uint64_t expected, const struct lookup_source *source,
        struct container_writer *writer, hufu_error *error);

#endif
