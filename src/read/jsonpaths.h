/* The paths of a JSON table, "owner.phone", and which column each is. A tree of keys; it grows while columns are learnt
 * and then stays. Within a record keys mostly come in the order of the last one, so the next sibling is tried first. */
#ifndef HUFU_READ_JSONPATHS_H
#define HUFU_READ_JSONPATHS_H

#include "base/bytes.h"
#include "table/batch.h"

enum {
	JSON_NODES_MAX = 16384,
	JSON_SLOTS = 65536,
	JSON_KEYS_MAX = 1 << 20, /* bytes of all keys */
	JSON_ROOT = 0,
	JSON_NOWHERE = UINT16_MAX, /* a path that has no place */
};

struct json_node {
	uint32_t key_at, key_len, hash;
	uint16_t parent, child, next; /* 0: none */
	uint16_t column;              /* BATCH_COLUMNS_MAX: none */
};

struct json_paths {
	struct json_node nodes[JSON_NODES_MAX];
	uint16_t slots[JSON_SLOTS]; /* by hash; 0: free */
	uint32_t count;
	uint16_t columns[BATCH_COLUMNS_MAX]; /* nodes */
	uint32_t column_count;
	bool fixed; /* nothing is added any more */
	bool wide;  /* there were more columns than can be */
	char keys[JSON_KEYS_MAX];
	uint32_t keys_len;
};

void jsonpaths_clear(struct json_paths *paths);
/* The node of `key` under `parent`, made if need be. `hint`: the sibling that came before it, or 0; set to the found.
 */
uint16_t jsonpaths_child(struct json_paths *paths, uint16_t parent, hufu_view key, uint16_t *hint);
/* The column of a node, made if need be; BATCH_COLUMNS_MAX when it has none. */
uint16_t jsonpaths_column(struct json_paths *paths, uint16_t node);
/* Adds the name of a column, "a.b.c", to `out`. */
void jsonpaths_name(const struct json_paths *paths, uint32_t column, struct bytes *out);

#endif
