/* The look-up: token -> rows that hold, or ever held, its value.
 *
 * All entries lie sorted by token; the token's upper `prefix` bits choose a bucket of about eight, found through an
 * index of starts; an entry keeps the token's other bits, the row and the column in 64 bits. So a bucket is one or two
 * cache lines, about 8.5 bytes an entry, two reads in batches, and two look-ups merge in one pass in order. An entry
 * whose row is all ones says "common": more rows than LOOKUP_ROWS_MAX share the value, and none is kept. */
#ifndef HUFU_SEAL_LOOKUP_H
#define HUFU_SEAL_LOOKUP_H

#include "seal/pairs.h"
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

/* Where the pairs come from. The token space is gone through in parts, which several workers (base/team.h) build at a
 * time unless the source is `serial`. */
struct lookup_source {
	/* A snapshot's pairs, or NULL; [rows] where each of its rows went; [columns] which column each is. */
	const struct pairs *brought;
	const uint32_t *rows, *columns;
	/* Hands over the other pairs of a part: by lookup_take, in their order (token, row, column), those that lie so
	 * already; by lookup_common values that are known to be common; may be NULL. */
	hufu_status (*pairs)(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker);
	/* Hears every group of two or more rows kept under one token and column (may be NULL): for joining people. */
	void (*shared)(void *user, unsigned worker, uint32_t column, const uint32_t *rows, size_t count);
	/* Hears how many of the brought rows share a value in a column, when they are more than LOOKUP_ROWS_MAX (may be
	 * NULL). */
	void (*frequent)(void *user, unsigned worker, uint32_t column, uint64_t token, uint32_t count);
	/* Hears how far it is (may be NULL). */
	void (*progress)(void *user, double share);
	bool serial;
	void *user;
};

void lookup_take(struct lookup_builder *builder, unsigned worker, struct lookup_pair pair);
void lookup_common(struct lookup_builder *builder, unsigned worker, uint64_t token);
/* Writes both sections. */
hufu_status lookup_build(struct lookup_shape shape, const struct lookup_source *source, struct container_writer *writer,
        hufu_error *error);

#endif
