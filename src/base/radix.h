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

enum { RADIX_BLOCK = 255 }; /* items: with its head a block takes 4 KiB */

struct radix_block {
	struct radix_block *before; /* full */
	uint64_t unused;
	struct radix_item items[RADIX_BLOCK];
};

/* Where a worker's next pair of a part goes. */
struct radix_cursor {
	struct radix_item *at, *end; /* equal: a new block is wanted */
};

/* Open to view so that taking a pair is a few instructions; for radix.c alone to change. */
struct radix {
	unsigned bits, workers;
	bool failed;
	struct radix_cursor *cursors; /* [workers][parts] */
	struct radix_block **chains;  /* the same: newest block first, the others are full */
	struct radix_store *stores;   /* [workers] */
};

/* 2^bits parts; NULL when memory is out. */
struct radix *radix_new(unsigned bits);
void radix_free(struct radix *radix);

/* A new block for a part; false when memory is out: then radix_failed, and items are lost. */
bool radix_more(struct radix *radix, unsigned worker, size_t part);

/* Takes a pair from a worker. */
static inline void radix_add(struct radix *radix, unsigned worker, uint64_t key, uint64_t value)
{
	size_t part = radix->bits ? key >> (64 - radix->bits) : 0;
	struct radix_cursor *cursor = &radix->cursors[((size_t)worker << radix->bits) + part];
	if (cursor->at == cursor->end && !radix_more(radix, worker, part))
		return;
	*cursor->at++ = (struct radix_item){ key, value };
}

bool radix_failed(const struct radix *radix);
size_t radix_parts(const struct radix *radix);
/* Pairs in a part. */
size_t radix_count(const struct radix *radix, size_t part);
/* The part's pairs by key, then value, into `out`, which has room for radix_count; the part is empty afterwards, and
 * its memory is the worker's to fill again. False when memory is out. */
bool radix_take(struct radix *radix, unsigned worker, size_t part, struct radix_item *out);

#endif
