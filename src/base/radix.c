/* Parts are chains of blocks, one for each worker, so that nobody waits for another; a part is sorted by counting over
 * the next bits of its keys, and what falls into one place, a few pairs, by insertion. */
#include "base/radix.h"

#include "base/team.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 24, PLACE_BITS_MAX = 16 };

struct radix {
	unsigned bits, workers;
	bool failed;
	struct radix_block **chains; /* [workers][parts], newest block first */
};

struct radix *radix_new(unsigned bits)
{
	struct radix *radix = calloc(1, sizeof *radix);
	if (!radix)
		return NULL;
	radix->bits = bits;
	radix->workers = team_size();
	radix->chains = calloc((size_t)radix->workers << bits, sizeof(struct radix_block *));
	if (!radix->chains) {
		free(radix);
		return NULL;
	}
	return radix;
}

static void chain_free(struct radix_block **chain)
{
	for (struct radix_block *block = *chain, *before; block; block = before) {
		before = block->before;
		free(block);
	}
	*chain = NULL;
}

void radix_free(struct radix *radix)
{
	if (!radix)
		return;
	for (size_t i = 0; i < (size_t)radix->workers << radix->bits; i++)
		chain_free(&radix->chains[i]);
	free(radix->chains);
	free(radix);
}

struct radix_block **radix_block_of(struct radix *radix, unsigned worker, uint64_t key)
{
	size_t part = radix->bits ? key >> (64 - radix->bits) : 0;
	return &radix->chains[((size_t)worker << radix->bits) + part];
}

struct radix_block *radix_block_more(struct radix *radix, struct radix_block **at)
{
	struct radix_block *block = malloc(sizeof *block);
	if (!block) {
		__atomic_store_n(&radix->failed, true, __ATOMIC_RELAXED);
		return NULL;
	}
	block->before = *at;
	block->count = 0;
	return *at = block;
}

bool radix_failed(const struct radix *radix)
{
	return __atomic_load_n(&radix->failed, __ATOMIC_RELAXED);
}

size_t radix_parts(const struct radix *radix)
{
	return (size_t)1 << radix->bits;
}

size_t radix_count(const struct radix *radix, size_t part)
{
	size_t count = 0;
	for (unsigned worker = 0; worker < radix->workers; worker++)
		for (const struct radix_block *block = radix->chains[((size_t)worker << radix->bits) + part]; block;
		        block = block->before)
			count += block->count;
	return count;
}

static int by_key(const void *a, const void *b)
{
	const struct radix_item *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static void sort_few(struct radix_item *items, size_t count)
{
	if (count > FEW) {
		qsort(items, count, sizeof *items, by_key);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct radix_item item = items[i];
		size_t at = i;
		for (; at && by_key(&items[at - 1], &item) > 0; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

/* How many bits to count over: some four pairs a place. */
static unsigned place_bits(size_t count)
{
	unsigned bits = 1;
	while (bits < PLACE_BITS_MAX && count >> bits > 4)
		bits++;
	return bits;
}

bool radix_take(struct radix *radix, size_t part, struct radix_item *out)
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
			for (const struct radix_item *item = block->items; item < block->items + block->count; item++)
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
		chain_free(&radix->chains[((size_t)worker << radix->bits) + part]);
	return true;
}
