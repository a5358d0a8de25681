/* Puts one part's pairs in order. Most of what a later snapshot brings is in the old look-up already: it is sought
 * there, and only what is not found is sorted and merges with it. */
#include "seal/lookupitems.h"
#include <stdlib.h>

enum { STARTS_BITS_MAX = 20 };

bool items_room(struct items *items, size_t more)
{
	size_t need = items->count + more;
	if (need <= items->cap)
		return true;
	struct radix_item *list = realloc(items->list, (need + need / 2) * sizeof *list);
	if (!list)
		return false;
	items->list = list;
	items->cap = need + need / 2;
	return true;
}

void gathering_done(struct gathering *g)
{
	free(g->taken.list);
	free(g->brought.list);
	free(g->sorted.list);
	free(g->merged.list);
	free(g->starts);
}

/* ---- what is brought ---- */

/* The memory that rows are read from is asked ahead for a run of pairs. */
bool items_bring(struct items *brought, const struct lookup_source *source, size_t part)
{
	const struct pairs *pairs = source->brought;
	struct parts_walk walk = { .parts = pairs->parts, .part = part };
	uint64_t chunk = 0, ahead;
	struct pair_place place;
	size_t count;
	if (!items_room(brought, parts_size(pairs->parts, part)))
		return false;
	for (char *run; parts_next(&walk, &run, &count);) {
		const uint64_t *words = (const uint64_t *)(const void *)run;
		ahead = chunk;
		for (size_t i = 0; i < count; i++)
			if (pairs_read(pairs, words[i], &ahead, &place))
				__builtin_prefetch(&source->rows[place.row]);
		for (size_t i = 0; i < count; i++)
			if (pairs_read(pairs, words[i], &chunk, &place))
				brought->list[brought->count++] =
				        item_of((struct lookup_pair){ (uint64_t)part << PAIRS_REST_BITS | place.rest,
				                        source->rows[place.row], source->columns[place.column] },
				                true);
	}
	return true;
}

/* ---- what is known ---- */

static size_t start_of(const struct gathering *g, uint64_t key, unsigned same)
{
	return key << same >> (64 - g->starts_bits);
}

/* Where in `taken` the keys with the same next bits start: about two places for each. */
static bool starts_make(struct gathering *g, unsigned same)
{
	unsigned bits = 1;
	while (bits < STARTS_BITS_MAX && g->taken.count >> bits)
		bits++;
	if (bits > g->starts_bits) {
		free(g->starts);
		g->starts = malloc((((size_t)1 << bits) + 1) * sizeof *g->starts);
		g->starts_bits = g->starts ? bits : 0;
	}
	if (!g->starts)
		return false;
	size_t starts = (size_t)1 << g->starts_bits;
	memset(g->starts, 0, (starts + 1) * sizeof *g->starts);
	for (size_t i = 0; i < g->taken.count; i++)
		g->starts[start_of(g, g->taken.list[i].key, same) + 1]++;
	for (size_t i = 0; i < starts; i++)
		g->starts[i + 1] += g->starts[i];
	return true;
}

static bool is_same(const struct radix_item *a, const struct radix_item *b)
{
	return a->key == b->key && a->value >> ITEM_COLUMN_SHIFT == b->value >> ITEM_COLUMN_SHIFT;
}

/* Whether a pair is among those that were taken, which is counted then in its stead. It is one of the first two from
 * its start nearly always; that these may be of another start does no harm. */
static inline bool is_known(struct gathering *g, const struct radix_item *item, unsigned same)
{
	size_t start = start_of(g, item->key, same);
	struct radix_item *at = &g->taken.list[g->starts[start]], *end = &g->taken.list[g->starts[start + 1]];
	bool first = is_same(at, item), second = is_same(at + 1, item);
	if (first | second) {
		at[!first].value |= item->value & 1;
		return true;
	}
	for (at += 2; at < end; at++)
		if (is_same(at, item)) {
			at->value |= item->value & 1;
			return true;
		}
	return false;
}

static bool leave_known(struct gathering *g, unsigned same)
{
	size_t kept = 0;
	if (!starts_make(g, same) || !items_room(&g->taken, 2))
		return false;
	memset(g->taken.list + g->taken.count, 0, 2 * sizeof *g->taken.list); /* for who looks beyond the last */
	for (size_t i = 0; i < g->brought.count; i++) {
		struct radix_item item = g->brought.list[i];
		g->brought.list[kept] = item;
		kept += !is_known(g, &item, same);
	}
	g->brought.count = kept;
	return true;
}

/* ---- order ---- */

static bool is_before(const struct radix_item *a, const struct radix_item *b)
{
	return a->key != b->key ? a->key < b->key : a->value < b->value;
}

/* What was taken, in order already, and what was brought, sorted: into one list. */
static bool merge(struct gathering *g)
{
	const struct radix_item *a = g->taken.list, *b = g->sorted.list;
	const struct radix_item *a_end = a + g->taken.count, *b_end = b + g->sorted.count;
	g->merged.count = 0;
	if (!items_room(&g->merged, g->taken.count + g->sorted.count))
		return false;
	struct radix_item *out = g->merged.list;
	while (a < a_end && b < b_end) {
		bool first = is_before(a, b);
		*out++ = first ? *a : *b;
		a += first;
		b += !first;
	}
	while (a < a_end)
		*out++ = *a++;
	while (b < b_end)
		*out++ = *b++;
	g->merged.count = (size_t)(out - g->merged.list);
	return true;
}

const struct items *items_order(struct gathering *g, unsigned same)
{
	if (g->taken.count && g->brought.count && !leave_known(g, same))
		return NULL;
	if (!g->brought.count)
		return &g->taken;
	g->sorted.count = 0;
	if (!items_room(&g->sorted, g->brought.count) ||
	        !radix_sort(g->brought.list, g->brought.count, same, g->sorted.list))
		return NULL;
	g->sorted.count = g->brought.count;
	if (!g->taken.count)
		return &g->sorted;
	return merge(g) ? &g->merged : NULL;
}
