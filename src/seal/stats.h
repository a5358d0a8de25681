/* What a column of tokens looks like: how many values, how many of them different, which are common. */
#ifndef HUFU_SEAL_STATS_H
#define HUFU_SEAL_STATS_H

#include "base/bytes.h"

/* Set in a draft's token when more rows than LOOKUP_ROWS_MAX share it in this snapshot. */
#define TOKEN_COMMON (1ull << 63)
#define TOKEN_VALUE(token) ((token) & ~TOKEN_COMMON)

struct column_stats {
	uint64_t filled;
	uint64_t distinct; /* estimated within 2 % */
	struct value_count {
		uint64_t token;
		uint32_t count;
	} * common; /* by token */
	size_t common_count;
};

/* Counts the column and marks its common tokens with TOKEN_COMMON. False when memory is out. */
bool column_count(uint64_t *tokens, size_t rows, struct column_stats *out);
void column_stats_done(struct column_stats *stats);
/* Whether all values are there and no two are equal: exact. `failed` set when memory is out. */
bool column_unique(const uint64_t *tokens, size_t rows, bool *failed);
/* The column's part of the frequency section: the STATS_COMMON_MAX most common values. */
void column_stats_write(const struct column_stats *stats, struct bytes *out);

/* The shape of a column's values, seen on a sample of normal forms: how many values of this shape there could be. */
struct shape {
	uint32_t cells;
	char prefix[32]; /* what all cells begin with */
	uint32_t prefix_len;
	double digits, letters, others; /* characters in all cells, without the prefix */
};

void shape_add(struct shape *shape, hufu_view cell);
double shape_bits(const struct shape *shape);

#endif
