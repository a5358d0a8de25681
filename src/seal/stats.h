/* What a column of tokens looks like: how many values, how many of them different, which are common. */
#ifndef HUFU_SEAL_STATS_H
#define HUFU_SEAL_STATS_H

#include "base/bytes.h"

/* Set in a draft's token that is known to be common in this snapshot: more rows than LOOKUP_ROWS_MAX share it. Tokens
 * without it may turn out to be common when the look-up is built. */
#define TOKEN_COMMON (1ull << 63)
#define TOKEN_VALUE(token) ((token) & ~TOKEN_COMMON)

struct value_count {
	uint64_t token;
	uint32_t count;
};

struct column_stats {
	uint64_t filled;
	uint64_t distinct;          /* estimated within 2 %; exact up to some hundred */
	struct value_count *common; /* by token */
	size_t common_count;
};

/* ---- while rows come in ---- */

enum { REGISTER_BITS = 12, REGISTERS = 1 << REGISTER_BITS, DISTINCT_FEW = 512, FEW_SLOTS = 4 * DISTINCT_FEW };

/* The common values that a sample of a column showed; shared by all who count. */
struct heavy {
	uint64_t *slots; /* tokens by their low bits; NULL: none */
	size_t mask;
};

/* What one worker saw of one column. */
struct column_counts {
	uint64_t filled;
	uint32_t few_count; /* different tokens in `few`; more than DISTINCT_FEW: no longer kept */
	uint32_t *heavy;    /* [heavy.mask + 1]: rows of each heavy value; NULL: none */
	uint64_t few[FEW_SLOTS];
	uint8_t registers[REGISTERS]; /* HyperLogLog */
};

void counts_take(struct column_counts *counts, const uint64_t *tokens, size_t rows);
/* Counts heavy values and marks their tokens with TOKEN_COMMON. */
void counts_take_heavy(struct column_counts *counts, const struct heavy *heavy, uint64_t *tokens, size_t rows);
/* Adds what another worker saw; the order does not matter. */
void counts_join(struct column_counts *counts, const struct column_counts *other);
uint64_t counts_distinct(const struct column_counts *counts);

/* The values that more than LOOKUP_ROWS_MAX of the rows share, by token; the caller frees. False when memory is out. */
bool common_find(const uint64_t *tokens, size_t rows, struct value_count **out, size_t *count);
/* Makes the index over them. */
bool heavy_init(struct heavy *heavy, const struct value_count *common, size_t count);
/* Slot of a token, or -1. */
static inline int64_t heavy_slot(const struct heavy *heavy, uint64_t token)
{
	size_t at = token & heavy->mask;
	while (heavy->slots[at] && heavy->slots[at] != token)
		at = (at + 1) & heavy->mask;
	return heavy->slots[at] ? (int64_t)at : -1;
}
void heavy_done(struct heavy *heavy);

/* ---- afterwards ---- */

void column_stats_done(struct column_stats *stats);
/* Adds common values that the look-up's building found; false when memory is out. */
bool column_stats_add(struct column_stats *stats, const struct value_count *more, size_t count);
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
/* Whether it has seen enough. */
bool shape_full(const struct shape *shape);
double shape_bits(const struct shape *shape);

#endif
