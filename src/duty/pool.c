/* See pool.h. */
#include "duty/pool.h"

#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK = 16 << 10 };

struct pool_block {
	struct pool_block *older;
	size_t len;
	alignas(max_align_t) char bytes[];
};

void *pool_take(struct pool *pool, size_t len)
{
	len = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (pool->failed || len > POOL_MAX - pool->total) {
		pool->failed = true;
		return NULL;
	}
	if (!pool->blocks || pool->blocks->len - pool->used < len) {
		size_t room = len > BLOCK ? len : BLOCK;
		struct pool_block *block = calloc(1, sizeof *block + room);
		if (!block) {
			pool->failed = true;
			return NULL;
		}
		block->older = pool->blocks;
		block->len = room;
		pool->blocks = block;
		pool->used = 0;
	}
	void *at = pool->blocks->bytes + pool->used;
	pool->used += len;
	pool->total += len;
	return at;
}

const char *pool_text(struct pool *pool, hufu_view text)
{
	char *copy = pool_take(pool, text.len + 1);
	if (!copy)
		return "";
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

const char *pool_bytes(struct pool *pool, struct bytes *bytes)
{
	const char *text = pool_text(pool, bytes_view(bytes));
	pool->failed |= bytes->failed;
	bytes_done(bytes);
	*bytes = (struct bytes){ 0 };
	return text;
}

void pool_done(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *older = pool->blocks->older;
		free(pool->blocks);
		pool->blocks = older;
	}
	*pool = (struct pool){ 0 };
}
