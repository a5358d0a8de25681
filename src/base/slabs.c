/* A worker's free slabs hang together by their first bytes; all that he ever had from the system are listed apart. */
#include "base/slabs.h"

#include "base/team.h"

#include <stdlib.h>
#include <sys/mman.h>

struct free_slab {
	struct free_slab *before;
};

struct holder {
	struct free_slab *spare;
	void **made;
	size_t count, cap;
	char apart[32]; /* a line of memory each */
};

struct slabs {
	unsigned workers;
	struct holder holders[]; /* [workers] */
};

struct slabs *slabs_new(void)
{
	unsigned workers = team_size();
	struct slabs *slabs = calloc(1, sizeof *slabs + workers * sizeof *slabs->holders);
	if (slabs)
		slabs->workers = workers;
	return slabs;
}

void slabs_free(struct slabs *slabs)
{
	if (!slabs)
		return;
	for (unsigned worker = 0; worker < slabs->workers; worker++) {
		struct holder *holder = &slabs->holders[worker];
		for (size_t i = 0; i < holder->count; i++)
			free(holder->made[i]);
		free(holder->made);
	}
	free(slabs);
}

void *slabs_array(size_t bytes)
{
	if (bytes < SLAB_BYTES)
		return malloc(bytes ? bytes : 1);
	bytes = (bytes + SLAB_BYTES - 1) / SLAB_BYTES * SLAB_BYTES;
	void *array = aligned_alloc(SLAB_BYTES, bytes);
	if (array)
		(void)madvise(array, bytes, MADV_HUGEPAGE);
	return array;
}

static void *slab_make(struct holder *holder)
{
	if (holder->count == holder->cap) {
		size_t cap = holder->cap ? holder->cap * 2 : 64;
		void **grown = realloc(holder->made, cap * sizeof *grown);
		if (!grown)
			return NULL;
		holder->made = grown;
		holder->cap = cap;
	}
	void *slab = slabs_array(SLAB_BYTES);
	if (slab)
		holder->made[holder->count++] = slab;
	return slab;
}

void *slabs_take(struct slabs *slabs, unsigned worker)
{
	struct holder *holder = &slabs->holders[worker];
	struct free_slab *spare = holder->spare;
	if (!spare)
		return slab_make(holder);
	holder->spare = spare->before;
	return spare;
}

void slabs_give(struct slabs *slabs, unsigned worker, void *slab)
{
	struct free_slab *spare = slab;
	spare->before = slabs->holders[worker].spare;
	slabs->holders[worker].spare = spare;
}
