/* Puts a draft's rows in the order of their numbers: see base/radix.h. */
#include "base/team.h"
#include "seal/draft.h"
#include <stdlib.h>

enum { PART_ROWS = 4096, PART_BITS_MAX = 12 };

struct ordering {
	const uint64_t *numbers;
	size_t rows;
	struct radix *radix;
	struct radix_item *order;
	size_t *starts; /* [parts]: where a part's rows go */
	bool failed;
};

static void bring(void *user, size_t chunk, unsigned worker)
{
	struct ordering *o = user;
	size_t end = (chunk + 1) * DRAFT_CHUNK < o->rows ? (chunk + 1) * DRAFT_CHUNK : o->rows;
	for (size_t row = chunk * DRAFT_CHUNK; row < end; row++)
		radix_add(o->radix, worker, o->numbers[row], row);
}

static void fetch(void *user, size_t part, unsigned worker)
{
	struct ordering *o = user;
	if (!radix_take(o->radix, worker, part, o->order + o->starts[part]))
		__atomic_store_n(&o->failed, true, __ATOMIC_RELAXED);
}

static bool sort(struct ordering *o)
{
	size_t parts = radix_parts(o->radix);
	team_run((o->rows + DRAFT_CHUNK - 1) / DRAFT_CHUNK, bring, o);
	if (radix_failed(o->radix))
		return false;
	for (size_t part = 0, at = 0; part < parts; part++) {
		o->starts[part] = at;
		at += radix_count(o->radix, part);
	}
	team_run(parts, fetch, o);
	return !o->failed;
}

struct radix_item *draft_order(const uint64_t *numbers, size_t rows)
{
	unsigned bits = 0;
	while (bits < PART_BITS_MAX && rows >> bits > PART_ROWS)
		bits++;
	struct ordering o = { .numbers = numbers, .rows = rows, .radix = radix_new(bits) };
	o.order = malloc((rows + 1) * sizeof *o.order);
	o.starts = calloc((size_t)1 << bits, sizeof *o.starts);
	if (!o.radix || !o.order || !o.starts || !sort(&o)) {
		free(o.order);
		o.order = NULL;
	}
	radix_free(o.radix);
	free(o.starts);
	return o.order;
}
