/* Memory of one thing (a set of packs, one judgement), freed in one call. Running out of it is remembered in `failed`;
 * what is handed out then is NULL, and whoever fills a pool checks once at the end. */
#ifndef HUFU_DUTY_POOL_H
#define HUFU_DUTY_POOL_H

#include "base/bytes.h"

struct pool {
	struct pool_block *blocks;
	size_t used; /* of the newest */
	size_t total;
	bool failed;
};

enum { POOL_MAX = 64 << 20 }; /* bytes in all: packs are small, and whoever edits one may be hostile */

/* Zeroed; NULL when memory is out. */
void *pool_take(struct pool *pool, size_t len);
/* A copy with a NUL behind it; "" when memory is out, so that it may always be shown. */
const char *pool_text(struct pool *pool, hufu_view text);
/* The same of what was printed into `bytes`, which is emptied. */
const char *pool_bytes(struct pool *pool, struct bytes *bytes);
void pool_done(struct pool *pool);

#endif
