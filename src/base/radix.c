/* Pairs are sorted by counting over the next bits of their keys, and then by insertion: in one place there are a few.
 */
#include "base/radix.h"

#include <stdlib.h>

enum { FEW = 32, MANY = 2000, PLACE_BITS_MAX = 16 };

/* ---- sorting ---- */

static int by_key(const void *a, const void *b)
{
	const struct radix_item *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Shell's sort with Ciura's gaps: for some hundred where many share a key. */
static void sort_many(struct radix_item *items, size_t count)
{
	static const size_t gaps[] = { 701, 301, 132, 57, 23, 10, 4, 1 };
	if (count > MANY) {
		qsort(items, count, sizeof *items, by_key);
		return;
	}
	for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
		for (size_t i = gaps[g]; i < count; i++) {
			struct radix_item item = items[i];
			size_t at = i;
			for (; at >= gaps[g] && by_key(&items[at - gaps[g]], &item) > 0; at -= gaps[g])
				items[at] = items[at - gaps[g]];
			items[at] = item;
		}
}

static inline bool is_before(struct radix_item a, struct radix_item b)
{
	return a.key != b.key ? a.key < b.key : a.value < b.value;
}

/* All places at once: whatever is not in order has its place few pairs before. */
static void insert_each(struct radix_item *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct radix_item item = items[i];
		size_t at = i;
		for (; at && is_before(item, items[at - 1]); at--)
			items[at] = items[at - 1];
		if (at != i)
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

bool radix_sort(const struct radix_item *items, size_t count, unsigned same, struct radix_item *out)
{
	unsigned shift = 64 - place_bits(count);
	size_t places = (size_t)1 << place_bits(count);
	uint32_t *ends = calloc(places + 1, sizeof *ends);
	if (!ends)
		return false;
	for (size_t i = 0; i < count; i++)
		ends[(items[i].key << same >> shift) + 1]++;
	for (size_t i = 0; i < places; i++)
		ends[i + 1] += ends[i];
	for (size_t i = 0; i < count; i++)
		out[ends[items[i].key << same >> shift]++] = items[i];
	for (size_t i = 0; i < places; i++) {
		size_t from = i ? ends[i - 1] : 0;
		if (ends[i] - from > FEW)
			sort_many(out + from, ends[i] - from);
	}
	insert_each(out, count);
	free(ends);
	return true;
}

/* ---- parts ---- */

struct radix *radix_new(unsigned bits)
{
	struct radix *radix = calloc(1, sizeof *radix);
	if (!radix)
		return NULL;
	radix->bits = bits;
	radix->slabs = slabs_new();
	radix->parts = radix->slabs ? parts_new((size_t)1 << bits, sizeof(struct radix_item), radix->slabs) : NULL;
	if (radix->parts)
		return radix;
	radix_free(radix);
	return NULL;
}

void radix_free(struct radix *radix)
{
	if (!radix)
		return;
	parts_free(radix->parts);
	slabs_free(radix->slabs);
	free(radix);
}

bool radix_failed(const struct radix *radix)
{
	return parts_failed(radix->parts);
}

size_t radix_parts(const struct radix *radix)
{
	return radix->parts->count;
}

size_t radix_count(const struct radix *radix, size_t part)
{
	return parts_size(radix->parts, part);
}

bool radix_take(struct radix *radix, unsigned worker, size_t part, struct radix_item *out)
{
	struct radix_item *items = malloc((radix_count(radix, part) + 1) * sizeof *items);
	struct parts_walk walk = { .parts = radix->parts, .part = part };
	size_t count = 0, now;
	for (char *run; items && parts_next(&walk, &run, &now);)
		for (size_t i = 0; i < now; i++)
			items[count++] = ((const struct radix_item *)(const void *)run)[i];
	bool good = items && radix_sort(items, count, radix->bits, out);
	free(items);
	if (good)
		parts_drop(radix->parts, worker, part);
	return good;
}
