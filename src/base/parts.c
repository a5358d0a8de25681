/* Blocks are cut from slabs. A block is a pointer to the next one of its chain, then items; all but a chain's last are
 * full. */
#include "base/parts.h"

#include "base/team.h"

#include <stdlib.h>

/* A block takes 1 KiB, or 16 items where these are large. */
enum { BLOCK_BYTES = 1 << 10, BLOCK_ITEMS_LEAST = 16, LINE_BYTES = 64 };

struct parts_block {
	struct parts_block *next;
	char items[];
};

struct parts_chain {
	struct parts_block *first, *last;
	size_t blocks;
};

/* A worker's memory. */
struct parts_store {
	char *fresh; /* of the newest slab: what was not used yet */
	size_t fresh_bytes;
	struct parts_block *spare; /* given back */
	char apart[40];            /* a line of memory each */
};

struct parts *parts_new(size_t count, size_t item, struct slabs *slabs)
{
	struct parts *parts = calloc(1, sizeof *parts);
	if (!parts)
		return NULL;
	*parts = (struct parts){ .count = count, .item = item, .workers = team_size(), .slabs = slabs };
	parts->block_bytes = sizeof(struct parts_block) + BLOCK_ITEMS_LEAST * item;
	parts->block_bytes = parts->block_bytes < BLOCK_BYTES
	                             ? BLOCK_BYTES
	                             : (parts->block_bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
	parts->block_items = (parts->block_bytes - sizeof(struct parts_block)) / item;
	parts->cursors = calloc(parts->workers * count, sizeof *parts->cursors);
	parts->chains = calloc(parts->workers * count, sizeof *parts->chains);
	parts->stores = calloc(parts->workers, sizeof *parts->stores);
	if (parts->cursors && parts->chains && parts->stores)
		return parts;
	parts_free(parts);
	return NULL;
}

void parts_free(struct parts *parts)
{
	if (!parts)
		return;
	free(parts->cursors);
	free(parts->chains);
	free(parts->stores);
	free(parts);
}

static struct parts_block *block_new(struct parts *parts, unsigned worker)
{
	struct parts_store *store = &parts->stores[worker];
	struct parts_block *block = store->spare;
	if (block) {
		store->spare = block->next;
		return block;
	}
	if (store->fresh_bytes < parts->block_bytes) {
		store->fresh = slabs_take(parts->slabs, worker);
		store->fresh_bytes = store->fresh ? SLAB_BYTES : 0;
		if (!store->fresh)
			return NULL;
	}
	block = (struct parts_block *)(void *)store->fresh;
	store->fresh += parts->block_bytes;
	store->fresh_bytes -= parts->block_bytes;
	return block;
}

bool parts_more(struct parts *parts, unsigned worker, size_t part)
{
	struct parts_chain *chain = &parts->chains[worker * parts->count + part];
	struct parts_block *block = block_new(parts, worker);
	if (!block) {
		__atomic_store_n(&parts->failed, true, __ATOMIC_RELAXED);
		return false;
	}
	block->next = NULL;
	*(chain->last ? &chain->last->next : &chain->first) = block;
	chain->last = block;
	chain->blocks++;
	parts->cursors[worker * parts->count + part] =
	        (struct parts_cursor){ block->items, block->items + parts->block_items * parts->item };
	return true;
}

bool parts_failed(const struct parts *parts)
{
	return __atomic_load_n(&parts->failed, __ATOMIC_RELAXED);
}

/* Items that a worker's last block has room for. */
static size_t room_left(const struct parts *parts, size_t at)
{
	return (size_t)(parts->cursors[at].end - parts->cursors[at].at) / parts->item;
}

size_t parts_size(const struct parts *parts, size_t part)
{
	size_t size = 0;
	for (unsigned worker = 0; worker < parts->workers; worker++) {
		size_t at = worker * parts->count + part;
		size += parts->chains[at].blocks * parts->block_items - room_left(parts, at);
	}
	return size;
}

void parts_drop(struct parts *parts, unsigned taker, size_t part)
{
	struct parts_store *store = &parts->stores[taker];
	for (unsigned worker = 0; worker < parts->workers; worker++) {
		size_t at = worker * parts->count + part;
		if (!parts->chains[at].blocks)
			continue;
		parts->chains[at].last->next = store->spare;
		store->spare = parts->chains[at].first;
		parts->chains[at] = (struct parts_chain){ 0 };
		parts->cursors[at] = (struct parts_cursor){ 0 };
	}
}

bool parts_next(struct parts_walk *walk, char **items, size_t *count)
{
	const struct parts *parts = walk->parts;
	while (!walk->next && walk->worker < parts->workers)
		walk->next = parts->chains[walk->worker++ * parts->count + walk->part].first;
	if (!walk->next)
		return false;
	/* The chain is that of the worker before the one who is next. */
	size_t at = (walk->worker - 1) * parts->count + walk->part;
	struct parts_block *block = walk->next;
	*items = block->items;
	*count = parts->block_items - (block == parts->chains[at].last ? room_left(parts, at) : 0);
	walk->next = block->next;
	/* The next block lies anywhere: the memory is asked for it while this one is read. */
	for (size_t ahead = 0; walk->next && ahead < parts->block_bytes; ahead += LINE_BYTES)
		__builtin_prefetch((const char *)walk->next + ahead);
	return true;
}
