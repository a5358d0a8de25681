/* Putting many pairs of numbers in order of their keys, by several threads at once. The keys are hashes or nearly:
 * spread evenly. Pairs come in from numbered workers (see team.h) and are kept by the upper bits of their keys in
 * parts (parts.h); each part can then be had sorted, by whoever is free. What comes out depends on the pairs alone, not
 * on who brought them. */
#ifndef HUFU_BASE_RADIX_H
#define HUFU_BASE_RADIX_H

#include "base/parts.h"

#include <stdint.h>

struct radix_item {
	uint64_t key, value;
};

/* Sorts by key, then value, into `out`. The keys agree in their upper `same` bits, below 64. False when memory is out.
 */
bool radix_sort(const struct radix_item *items, size_t count, unsigned same, struct radix_item *out);

/* Open to view so that taking a pair is a few instructions; for radix.c alone to change. */
struct radix {
	unsigned bits;
	struct parts *parts;
	struct slabs *slabs;
};

/* 2^bits parts; NULL when memory is out. */
struct radix *radix_new(unsigned bits);
void radix_free(struct radix *radix);

/* Takes a pair from a worker. */
static inline void radix_add(struct radix *radix, unsigned worker, uint64_t key, uint64_t value)
{
	struct radix_item *item = parts_add(radix->parts, worker, radix->bits ? key >> (64 - radix->bits) : 0);
	if (item)
		*item = (struct radix_item){ key, value };
}

bool radix_failed(const struct radix *radix);
size_t radix_parts(const struct radix *radix);
/* Pairs in a part. */
size_t radix_count(const struct radix *radix, size_t part);
/* The part's pairs by key, then value, into `out`, which has room for radix_count; the part is empty afterwards, and
 * its memory is the worker's to fill again. False when memory is out. */
bool radix_take(struct radix *radix, unsigned worker, size_t part, struct radix_item *out);

#endif
