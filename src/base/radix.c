/* Parts are chains of blocks, one for each worker, so that nobody waits for another; a part is sorted by counting over
 * the next bits of its keys, and what falls into one place, a few pairs, by insertion. Blocks are cut from slabs of a
 * large page's size, which the system clears and maps in one go. */
#include "base/radix.h"

#include "base/team.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { FEW = 12, MANY = 2000, PLACE_BITS_MAX = 16, SLAB = 2 << 20, SLAB_BLOCKS = SLAB / sizeof(struct radix_block) };

struct slab {
	struct slab *before;
};

/* A worker's memory. */
struct radix_store {
	struct slab *slabs;        /* each a header of its own, apart, that points to its memory */
	struct radix_block *fresh; /* of the newest slab: blocks not used yet */
	size_t fresh_count;
	struct radix_block *spare; /* given back */
	char apart[64];            /* so that no two workers write into one line */
};

struct radix *radix_new(unsigned bits)
{
	struct radix *radix = calloc(1, sizeof *radix);
	if (!radix)
		return NULL;
	radix->bits = bits;
	radix->workers = team_size();
	radix->cursors = calloc((size_t)radix->workers << bits, sizeof *radix->cursors);
	radix->chains = calloc((size_t)radix->workers << bits, sizeof(struct radix_block *));
	radix->stores = calloc(radix->workers, sizeof *radix->stores);
	if (!radix->cursors || !radix->chains || !radix->stores) {
		radix_free(radix);
		return NULL;
	}
	return radix;
}

void radix_free(struct radix *radix)
{
	if (!radix)
		return;
	for (unsigned i = 0; radix->stores && i < radix->workers; i++)
		for (struct slab *slab = radix->stores[i].slabs, *before; slab; slab = before) {
			before = slab->before;
			free(slab);
		}
	free(radix->stores);
	free(radix->cursors);
	free(radix->chains);
	free(radix);
}

/* A slab's first block is its header. */
static bool slab_more(struct radix_store *store)
{
	struct slab *slab = aligned_alloc(SLAB, SLAB);
	if (!slab)
		return false;
	(void)madvise(slab, SLAB, MADV_HUGEPAGE);
	slab->before = store->slabs;
	store->slabs = slab;
	store->fresh = (struct radix_block *)(void *)slab + 1;
	store->fresh_count = SLAB_BLOCKS - 1;
	return true;
}

bool radix_more(struct radix *radix, unsigned worker, size_t part)
{
	struct radix_store *store = &radix->stores[worker];
	struct radix_block *block = store->spare, **chain = &radix->chains[((size_t)worker << radix->bits) + part];
	if (block) {
		store->spare = block->before;
	} else if (store->fresh_count || slab_more(store)) {
		block = store->fresh++;
		store->fresh_count--;
	} else {
		__atomic_store_n(&radix->failed, true, __ATOMIC_RELAXED);
		return false;
	}
	block->before = *chain;
	*chain = block;
	radix->cursors[((size_t)worker << radix->bits) + part] =
	        (struct radix_cursor){ block->items, block->items + RADIX_BLOCK };
	return true;
}

bool radix_failed(const struct radix *radix)
{
	return __atomic_load_n(&radix->failed, __ATOMIC_RELAXED);
}

size_t radix_parts(const struct radix *radix)
{
	return (size_t)1 << radix->bits;
}

/* Pairs in a block: the newest of its chain ends at the cursor. */
static size_t block_count(const struct radix *radix, unsigned worker, size_t part, const struct radix_block *block)
{
	size_t at = ((size_t)worker << radix->bits) + part;
	return block == radix->chains[at] ? (size_t)(radix->cursors[at].at - block->items) : RADIX_BLOCK;
}

size_t radix_count(const struct radix *radix, size_t part)
{
	size_t count = 0;
	for (unsigned worker = 0; worker < radix->workers; worker++)
		for (const struct radix_block *block = radix->chains[((size_t)worker << radix->bits) + part]; block;
		        block = block->before)
			count += block_count(radix, worker, part, block);
	return count;
}

static int by_key(const void *a, const void *b)
{
	const struct radix_item *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Shell's sort with Ciura's gaps: a few at once, some hundred where many share a key. */
static void sort_few(struct radix_item *items, size_t count)
{
	static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };
	if (count > MANY) {
		qsort(items, count, sizeof *items, by_key);
		return;
	}
	for (size_t g = count > FEW ? 0 : sizeof gaps / sizeof *gaps - 1; g < sizeof gaps / sizeof *gaps; g++)
		for (size_t i = gaps[g]; i < count; i++) {
			struct radix_item item = items[i];
			size_t at = i;
			for (; at >= gaps[g] && by_key(&items[at - gaps[g]], &item) > 0; at -= gaps[g])
				items[at] = items[at - gaps[g]];
			items[at] = item;
		}
}

/* How many bits to count over: one or two pairs a place. */
static unsigned place_bits(size_t count)
{
	unsigned bits = 1;
	while (bits < PLACE_BITS_MAX && count >> bits > 1)
		bits++;
	return bits;
}

static void chain_give(struct radix *radix, unsigned taker, size_t at)
{
	struct radix_store *store = &radix->stores[taker];
	for (struct radix_block *block = radix->chains[at], *before; block; block = before) {
		before = block->before;
		block->before = store->spare;
		store->spare = block;
	}
	radix->chains[at] = NULL;
	radix->cursors[at] = (struct radix_cursor){ 0 };
}

bool radix_take(struct radix *radix, unsigned taker, size_t part, struct radix_item *out)
{
	size_t count = radix_count(radix, part);
	unsigned bits = place_bits(count), shift = 64 - bits;
	size_t places = (size_t)1 << bits;
	uint32_t *ends = calloc(places + 1, sizeof *ends);
	if (!ends)
		return false;
#define PLACE(item) ((item).key << radix->bits >> shift)
#define EACH_ITEM(item)                                                                                                \
	for (unsigned worker = 0; worker < radix->workers; worker++)                                                   \
		for (const struct radix_block *block = radix->chains[((size_t)worker << radix->bits) + part]; block;   \
		        block = block->before)                                                                         \
			for (const struct radix_item *item = block->items;                                             \
			        item < block->items + block_count(radix, worker, part, block); item++)
	EACH_ITEM(item)
	ends[PLACE(*item) + 1]++;
	for (size_t i = 0; i < places; i++)
		ends[i + 1] += ends[i];
	EACH_ITEM(item)
	out[ends[PLACE(*item)]++] = *item;
	for (size_t i = 0; i < places; i++) {
		size_t from = i ? ends[i - 1] : 0;
		if (ends[i] - from > 1)
			sort_few(out + from, ends[i] - from);
	}
#undef EACH_ITEM
#undef PLACE
	free(ends);
	for (unsigned worker = 0; worker < radix->workers; worker++)
		chain_give(radix, taker, ((size_t)worker << radix->bits) + part);
	return true;
}
