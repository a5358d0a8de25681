/* Items of one size, kept by the number of the part that they belong to. They come in from numbered workers (team.h),
 * each of which has a chain of blocks for every part, so that nobody waits for another; a part can then be walked by
 * whoever is free. A worker's items of a part stay in the order in which he brought them. */
#ifndef HUFU_BASE_PARTS_H
#define HUFU_BASE_PARTS_H

#include "base/slabs.h"

#include <stdbool.h>
#include <stddef.h>

/* Where a worker's next item of a part goes. */
struct parts_cursor {
	char *at, *end; /* equal: a new block is wanted */
};

/* Open to view so that adding an item is a few instructions: who adds moves a cursor, all else is for parts.c alone to
 * change. */
struct parts {
	size_t count, item; /* how many parts; bytes of an item */
	unsigned workers;
	bool failed;
	struct parts_cursor *cursors; /* [workers][count] */
	struct parts_chain *chains;   /* the same */
	struct parts_store *stores;   /* [workers] */
	size_t block_items, block_bytes;
	struct slabs *slabs;
};

/* `item`: an even number of bytes. Borrows the slabs. NULL when memory is out. */
struct parts *parts_new(size_t count, size_t item, struct slabs *slabs);
void parts_free(struct parts *parts);

/* A new block for a part; false when memory is out: then parts_failed, and items are lost. */
bool parts_more(struct parts *parts, unsigned worker, size_t part);

/* Room for an item of a part, at an even address, at a multiple of eight when its size is one; it stays where it is.
 * NULL when memory is out. */
static inline void *parts_add(struct parts *parts, unsigned worker, size_t part)
{
	struct parts_cursor *cursor = &parts->cursors[worker * parts->count + part];
	if (cursor->at == cursor->end && !parts_more(parts, worker, part))
		return NULL;
	void *item = cursor->at;
	cursor->at += parts->item;
	return item;
}

bool parts_failed(const struct parts *parts);
/* Items in a part. */
size_t parts_size(const struct parts *parts, size_t part);
/* The part is empty afterwards, and its memory is the worker's to fill again. */
void parts_drop(struct parts *parts, unsigned worker, size_t part);

/* A walk over a part, run by run of items that lie side by side: start with { parts, part }. */
struct parts_walk {
	const struct parts *parts;
	size_t part;
	unsigned worker;          /* whose chain is next */
	struct parts_block *next; /* of the chain before it */
};

/* False at the end. */
bool parts_next(struct parts_walk *walk, char **items, size_t *count);

#endif
