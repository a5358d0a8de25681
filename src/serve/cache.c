/* Texts that stand until a case changes, another rule pack is put there, or a clock passes: the JSON of a case, its
 * line in lists. A table of one entry a name, with a ceiling in bytes; the oldest go first. */
#include "base/siphash.h"
#include "serve/inside.h"

#include <stdio.h>

enum { SLOTS = 4096, NAME_MAX_LEN = 48 };

struct slot {
	char name[NAME_MAX_LEN];
	struct cached *cached; /* the cache holds it */
	uint64_t used;
};

struct cache {
	pthread_mutex_t lock;
	struct slot slots[SLOTS];
	size_t bytes, bytes_max;
	uint64_t turn;
};

struct cache *cache_new(size_t bytes_max)
{
	struct cache *cache = calloc(1, sizeof *cache);
	if (!cache)
		return NULL;
	pthread_mutex_init(&cache->lock, NULL);
	cache->bytes_max = bytes_max;
	return cache;
}

void cached_drop(struct cached *cached)
{
	if (!cached || atomic_fetch_sub(&cached->holders, 1) > 1)
		return;
	bytes_done(&cached->text);
	free(cached);
}

static void slot_clear(struct cache *cache, struct slot *slot)
{
	if (!slot->cached)
		return;
	cache->bytes -= slot->cached->text.cap;
	cached_drop(slot->cached);
	slot->cached = NULL;
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		slot_clear(cache, &cache->slots[i]);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* Its own slot, else the older of the two where it may lie. */
static struct slot *slot_of(struct cache *cache, const char *name)
{
	static const struct siphash_key plain = { 0 };
	uint64_t hash = siphash(plain, name, strlen(name));
	struct slot *a = &cache->slots[hash % SLOTS], *b = &cache->slots[(hash >> 32) % SLOTS];
	if (a->cached && !strcmp(a->name, name))
		return a;
	if (b->cached && !strcmp(b->name, name))
		return b;
	return !a->cached ? a : !b->cached ? b : a->used <= b->used ? a : b;
}

struct cached *cache_find(struct cache *cache, const char *name, int64_t seq, uint64_t stamp, int64_t now)
{
	pthread_mutex_lock(&cache->lock);
	struct slot *slot = slot_of(cache, name);
	struct cached *cached = slot->cached && !strcmp(slot->name, name) ? slot->cached : NULL;
	if (cached && (cached->seq != seq || cached->stamp != stamp || now > cached->until))
		cached = NULL;
	if (cached) {
		slot->used = ++cache->turn;
		atomic_fetch_add(&cached->holders, 1);
	}
	pthread_mutex_unlock(&cache->lock);
	return cached;
}

static void make_room(struct cache *cache)
{
	while (cache->bytes > cache->bytes_max) {
		struct slot *oldest = NULL;
		for (size_t i = 0; i < SLOTS; i++)
			if (cache->slots[i].cached && (!oldest || cache->slots[i].used < oldest->used))
				oldest = &cache->slots[i];
		if (!oldest)
			return;
		slot_clear(cache, oldest);
	}
}

struct cached *cache_put(
        struct cache *cache, const char *name, int64_t seq, uint64_t stamp, int64_t until, struct bytes *text)
{
	struct cached *cached = strlen(name) < NAME_MAX_LEN ? calloc(1, sizeof *cached) : NULL;
	if (!cached)
		return NULL;
	*cached = (struct cached){ .text = *text, .stamp = stamp, .seq = seq, .until = until, .holders = 2 };
	*text = (struct bytes){ 0 };
	pthread_mutex_lock(&cache->lock);
	struct slot *slot = slot_of(cache, name);
	slot_clear(cache, slot);
	snprintf(slot->name, sizeof slot->name, "%s", name);
	slot->cached = cached;
	slot->used = ++cache->turn;
	cache->bytes += cached->text.cap;
	make_room(cache);
	pthread_mutex_unlock(&cache->lock);
	return cached;
}
