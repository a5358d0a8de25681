/* See tree.h. */
#include "duty/tree.h"

#include "base/io.h"

#include <stdlib.h>

enum { NODES_MAX = 200000, LEVELS_MAX = 20 };

/* ---- building ---- */

/* One line, nothing that could steer a terminal: whatever is shown of a pack later came through here. */
static const char *clean(struct pool *pool, hufu_view text)
{
	text = view_trim(text);
	char *flat = pool_take(pool, text.len + 1);
	char *out = pool_take(pool, text.len + 1);
	if (!flat || !out)
		return "";
	for (size_t i = 0; i < text.len; i++)
		flat[i] = text.ptr[i] == '\n' || text.ptr[i] == '\r' || text.ptr[i] == '\t' ? ' ' : text.ptr[i];
	printable(view_make(flat, text.len), out, text.len + 1);
	return out;
}

static struct node *add_child(struct tree_builder *builder, struct node *parent, hufu_view name, uint32_t line)
{
	struct node *node = ++builder->nodes > NODES_MAX ? NULL : pool_take(builder->pool, sizeof *node);
	if (!node)
		return NULL;
	node->name = clean(builder->pool, name);
	node->line = line;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->count++;
	return node;
}

static hufu_view take_name(hufu_view *path)
{
	const char *dot = path->len ? memchr(path->ptr, '.', path->len) : NULL;
	size_t len = dot ? (size_t)(dot - path->ptr) : path->len;
	hufu_view name = { path->ptr, len };
	*path = view_from(*path, dot ? len + 1 : len);
	return name;
}

/* Records come in the order of the file: a path goes on from the last entries, or begins a new one. */
static struct node *reach(struct tree_builder *builder, hufu_view path, uint32_t line)
{
	struct node *at = builder->root;
	for (unsigned level = 0; path.len; level++) {
		hufu_view name = take_name(&path);
		if (level == LEVELS_MAX || at->value)
			return NULL;
		if (!at->last || !view_is(name, at->last->name))
			at = add_child(builder, at, name, line);
		else
			at = at->last;
		if (!at)
			return NULL;
	}
	/* A scalar stands where nothing stood. */
	return at->value || at->first ? NULL : at;
}

static uint32_t number_of(hufu_view digits)
{
	uint32_t number = 0;
	for (size_t i = 0; i < digits.len && i < 8 && digits.ptr[i] >= '0' && digits.ptr[i] <= '9'; i++)
		number = number * 10 + (uint32_t)(digits.ptr[i] - '0');
	return number;
}

static bool take_record(struct tree_builder *builder, const struct batch *batch, uint32_t row)
{
	uint32_t line = number_of(batch_cell(batch, 2, row));
	hufu_view style = batch_cell(batch, 3, row);
	struct node *node = reach(builder, batch_cell(batch, 0, row), line);
	if (!node)
		return false;
	node->line = line;
	if (!view_is(style, "map") && !view_is(style, "list"))
		node->value = clean(builder->pool, batch_cell(batch, 1, row));
	return true;
}

bool tree_take(void *user, const struct jail_message *message)
{
	struct tree_builder *builder = user;
	if (!builder->root && !(builder->root = pool_take(builder->pool, sizeof *builder->root)))
		return false;
	if (message->event == JAIL_UNREAD && builder->why == JAIL_WHY_NONE) {
		builder->why = message->why;
		hufu_view place = view_of(message->path);
		if (view_starts(place, "line "))
			builder->line = number_of(view_from(place, 5));
	}
	if (message->event != JAIL_BATCH || builder->wrong)
		return true;
	builder->wrong = message->batch.columns != 4;
	for (uint32_t row = 0; !builder->wrong && row < message->batch.rows; row++)
		builder->wrong = !take_record(builder, &message->batch, row);
	return true;
}

/* ---- reading ---- */

hufu_status tree_start(const char *path, struct tree_reading *out, hufu_error *error)
{
	int opened = -1;
	hufu_status st = io_open(path, &opened, error);
	AUTO_FD fd = opened;
	if (st != HUFU_OK)
		return st;
	out->path = path;
	return jail_open(fd, &(struct jail_options){ .name = view_of(path), .format = "yaml" }, &out->jail, error);
}

hufu_status tree_finish(struct tree_reading *reading, struct pool *pool, struct node **root, hufu_error *error)
{
	struct tree_builder builder = { .pool = pool };
	struct jail_message message;
	hufu_status st;
	do {
		st = jail_next(reading->jail, &message, error);
		if (st == HUFU_OK && !tree_take(&builder, &message))
			break;
	} while (st == HUFU_OK && message.event != JAIL_DONE);
	jail_close(reading->jail);
	reading->jail = NULL;
	if (st != HUFU_OK)
		return st;
	if (pool->failed)
		return fail(error, HUFU_NO_MEMORY, view_of(reading->path), "out of memory", NULL);
	if (builder.why != JAIL_WHY_NONE || builder.wrong) {
		enum jail_why why = builder.wrong ? JAIL_WHY_LIED : builder.why;
		st = fail(error, HUFU_MALFORMED, view_of(reading->path), jail_why(why), NULL);
		if (error)
			error->at = builder.line;
		return st;
	}
	*root = builder.root;
	return HUFU_OK;
}

hufu_status tree_read(const char *path, struct pool *pool, struct node **root, hufu_error *error)
{
	struct tree_reading reading;
	hufu_status st = tree_start(path, &reading, error);
	return st == HUFU_OK ? tree_finish(&reading, pool, root, error) : st;
}

/* ---- looking ---- */

const struct node *node_get(const struct node *map, const char *name)
{
	for (const struct node *at = map ? map->first : NULL; at; at = at->next)
		if (strcmp(at->name, name) == 0)
			return at;
	return NULL;
}

bool node_is_list(const struct node *node)
{
	return !node->value && (!node->first || strcmp(node->first->name, "0") == 0);
}
