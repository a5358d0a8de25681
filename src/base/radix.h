/* Putting many pairs of numbers in order of their keys, by several threads at once. The keys are hashes or nearly:
 * spread evenly. Pairs come in from numbered workers (see team.h) and are kept by the upper bits of their keys in
 * parts; each part can then be had sorted, by whoever is free. What comes out depends on the pairs alone, not on who
 * brought them. */
#ifndef HUFU_BASE_RADIX_H
#define HUFU_BASE_RADIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct radix_item {
	uint64_t key, value;
};

enum { RADIX_BLOCK = 255 }; /* items: with its head a block takes 4 KiB less a little */

struct radix_block {
	struct radix_block *before;
	uint64_t count;
	struct radix_item items[RADIX_BLOCK];
};

/* Open to view so that taking a pair is a few instructions; for radix.c alone to change. */
struct radix {
	unsigned bits, workers;
	bool failed;
	struct radix_block **chains; /* [workers][parts], newest block first */
	struct radix_store *stores;  /* [workers] */
};

/* 2^bits parts; NULL when memory is out. */
struct radix *radix_new(unsigned bits);
void radix_free(struct radix *radix);

/* A new block in front of this one; NULL when memory is out: then radix_failed, and items are lost. */
struct radix_block *radix_block_more(struct radix *radix, unsigned worker, struct radix_block **at);

/* Takes a pair from a worker. */
static inline void radix_add(struct radix *radix, unsigned worker, uint64_t key, uint64_t value)
{
	size_t part = radix->bits ? key >> (64 - radix->bits) : 0;
	struct radix_block **at = &radix->chains[((size_t)worker << radix->bits) + part], *block = *at;
	if (!block || block->count == RADIX_BLOCK) {
		block = radix_block_more(radix, worker, at);
		if (!block)
			return;
	}
	block->items[block->count++] = (struct radix_item){ key, value };
}

bool radix_failed(const struct radix *radix);
size_t radix_parts(const struct radix *radix);
/* Pairs in a part. */
size_t radix_count(const struct radix *radix, size_t part);
/* The part's pairs by key, then value, into `out`, which has room for radix_count; the part is empty afterwards, and
 * its memory is the worker's to fill again. False when memory is out. */
bool radix_take(struct radix *radix, unsigned worker, size_t part, struct radix_item *out);

#endif
