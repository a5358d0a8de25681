/* See jsonpaths.h. */
#include "read/jsonpaths.h"

enum { NAME_DEPTH = 70, NAME_MAX_BYTES = 256 };

void jsonpaths_clear(struct json_paths *paths)
{
	memset(paths->slots, 0, sizeof paths->slots);
	paths->count = 1;
	paths->nodes[JSON_ROOT] = (struct json_node){ .column = BATCH_COLUMNS_MAX };
	paths->column_count = paths->keys_len = 0;
	paths->fixed = paths->wide = false;
}

static bool is_key(const struct json_paths *paths, uint16_t node, hufu_view key)
{
	const struct json_node *at = &paths->nodes[node];
	return at->key_len == key.len && memcmp(paths->keys + at->key_at, key.ptr, key.len) == 0;
}

static uint32_t hash_of(uint16_t parent, hufu_view key)
{
	uint32_t hash = 2166136261u ^ parent;
	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static uint16_t add_child(struct json_paths *paths, uint16_t parent, hufu_view key, uint32_t hash, uint16_t before)
{
	if (paths->fixed || paths->count == JSON_NODES_MAX || key.len > JSON_KEYS_MAX - paths->keys_len)
		return JSON_NOWHERE;
	uint16_t node = (uint16_t)paths->count++;
	uint16_t *link = before ? &paths->nodes[before].next : &paths->nodes[parent].child;
	paths->nodes[node] = (struct json_node){
		.key_at = paths->keys_len,
		.key_len = (uint32_t)key.len,
		.hash = hash,
		.parent = parent,
		.next = *link,
		.column = BATCH_COLUMNS_MAX,
	};
	*link = node;
	memcpy(paths->keys + paths->keys_len, key.ptr, key.len);
	paths->keys_len += (uint32_t)key.len;
	return node;
}

uint16_t jsonpaths_child(struct json_paths *paths, uint16_t parent, hufu_view key, uint16_t *hint)
{
	if (parent == JSON_NOWHERE)
		return JSON_NOWHERE;
	uint16_t node = *hint ? paths->nodes[*hint].next : paths->nodes[parent].child;
	if (node && is_key(paths, node, key))
		return *hint = node;
	uint32_t hash = hash_of(parent, key), slot = hash % JSON_SLOTS;
	for (; (node = paths->slots[slot]) != 0; slot = (slot + 1) % JSON_SLOTS)
		if (paths->nodes[node].hash == hash && paths->nodes[node].parent == parent && is_key(paths, node, key))
			return *hint = node;
	node = add_child(paths, parent, key, hash, *hint);
	if (node != JSON_NOWHERE)
		paths->slots[slot] = *hint = node;
	return node;
}

uint16_t jsonpaths_column(struct json_paths *paths, uint16_t node)
{
	if (node == JSON_NOWHERE)
		return BATCH_COLUMNS_MAX;
	uint16_t *column = &paths->nodes[node].column;
	if (*column == BATCH_COLUMNS_MAX && !paths->fixed) {
		if (paths->column_count == BATCH_COLUMNS_MAX) {
			paths->wide = true;
		} else {
			*column = (uint16_t)paths->column_count++;
			paths->columns[*column] = node;
		}
	}
	return *column;
}

void jsonpaths_name(const struct json_paths *paths, uint32_t column, struct bytes *out)
{
	uint16_t chain[NAME_DEPTH];
	size_t depth = 0, begin = out->len;
	for (uint16_t node = paths->columns[column]; node != JSON_ROOT && depth < NAME_DEPTH;
	        node = paths->nodes[node].parent)
		chain[depth++] = node;
	if (depth == 0)
		bytes_text(out, "value");
	while (depth-- > 0 && out->len - begin < NAME_MAX_BYTES) {
		const struct json_node *node = &paths->nodes[chain[depth]];
		bytes_add(out, view_make(paths->keys + node->key_at, node->key_len));
		if (depth)
			bytes_byte(out, '.');
	}
}
