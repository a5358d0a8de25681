/* A YAML file as a tree. The jail reads it (src/read/yaml.c) and hands over one record a scalar; here they are put
 * together again, with no trust in who sent them. Texts are printable and in one line. */
#ifndef HUFU_DUTY_TREE_H
#define HUFU_DUTY_TREE_H

#include "duty/pool.h"
#include "jail/jail.h"

struct node {
	const char *name;  /* of the entry: a key, or its number in a list */
	const char *value; /* of a scalar; NULL: a list or a map */
	uint32_t line;
	uint32_t count; /* entries */
	struct node *first, *last, *next;
};

/* Starts a reader on a file; tree_finish waits for it and builds. Several may be under way at once. */
struct tree_reading {
	struct jail *jail;
	const char *path; /* borrowed */
};
hufu_status tree_start(const char *path, struct tree_reading *out, hufu_error *error);
/* Ends the reading in any case. A fault in the file is HUFU_MALFORMED, with the line in `error->at`. */
hufu_status tree_finish(struct tree_reading *reading, struct pool *pool, struct node **root, hufu_error *error);
/* Both in one. */
hufu_status tree_read(const char *path, struct pool *pool, struct node **root, hufu_error *error);

/* Several plain files in one jail, which is several times faster. False: read each by itself, which also tells why. */
bool trees_together(const char *const *paths, size_t count, struct pool *pool, struct node **roots);

/* The building alone, message by message (tests and fuzzing have no jail). */
struct tree_builder {
	struct pool *pool;
	struct node *root;
	uint32_t nodes;
	enum jail_why why; /* the reader's fault, and at which line (0: not known) */
	uint32_t line;
	bool wrong; /* what the reader sent is no tree */
};
bool tree_take(void *builder, const struct jail_message *message);

/* The entry of a map; NULL where there is none. */
const struct node *node_get(const struct node *map, const char *name);
/* Its entries are numbered from 0. */
bool node_is_list(const struct node *node);

#endif
