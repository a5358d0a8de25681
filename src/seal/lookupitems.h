/* The pairs of one part of a look-up that is built, until they become entries. Inside the room.
 *
 * As it is put in order a pair's key is its token; its value is the row, the column, and a bit whether it is one of
 * those that lookup_source.frequent counts. A row of all ones, which says common, is the last. */
#ifndef HUFU_SEAL_LOOKUPITEMS_H
#define HUFU_SEAL_LOOKUPITEMS_H

#include "base/radix.h"
#include "seal/lookup.h"

enum { ITEM_COLUMN_SHIFT = 1, ITEM_ROW_SHIFT = 13, ITEM_KEY_SHIFT = 64 - TOKEN_BITS };

_Static_assert(BATCH_COLUMNS_MAX <= 1 << (ITEM_ROW_SHIFT - ITEM_COLUMN_SHIFT), "a column must fit its bits");

static inline struct radix_item item_of(struct lookup_pair pair, bool counted)
{
	return (struct radix_item){ pair.token << ITEM_KEY_SHIFT,
		(uint64_t)pair.row << ITEM_ROW_SHIFT | (uint64_t)pair.column << ITEM_COLUMN_SHIFT | counted };
}

static inline struct lookup_pair item_pair(const struct radix_item *item)
{
	return (struct lookup_pair){ item->key >> ITEM_KEY_SHIFT, (uint32_t)(item->value >> ITEM_ROW_SHIFT),
		(uint32_t)(item->value >> ITEM_COLUMN_SHIFT) & ((1u << (ITEM_ROW_SHIFT - ITEM_COLUMN_SHIFT)) - 1) };
}

struct items {
	struct radix_item *list;
	size_t count, cap;
};

/* Room for more behind those that are there; memory stays from one part to the next. False when it is out. */
bool items_room(struct items *items, size_t more);

/* A worker's scratch. */
struct gathering {
	struct items taken, brought; /* the part's, before items_order: in order already; in any */
	struct items sorted, merged; /* what was brought; all */
	uint32_t *starts;            /* of `taken`, by the keys' next bits */
	unsigned starts_bits;
};

void gathering_done(struct gathering *gathering);
/* Adds a draft's pairs of one of their parts, with the rows as they will be. False when memory is out. */
bool items_bring(struct items *brought, const struct lookup_source *source, size_t part);
/* All that was gathered, in order, each pair once; the keys agree in their upper `same` bits. NULL when memory is out.
 */
const struct items *items_order(struct gathering *gathering, unsigned same);

#endif
