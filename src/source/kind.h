/* Inside the room: sorts of sources, one file each ending in a const struct, and one line in the table (source.c). */
#ifndef HUFU_SOURCE_KIND_H
#define HUFU_SOURCE_KIND_H

#include "source/source.h"

struct source_kind {
	const char *scheme; /* "postgres:"; NULL: a path */
	/* `what` is what stands behind the scheme. The rest is as in source.h. */
	hufu_status (*open)(const char *what, void **own, hufu_error *error);
	void (*close)(void *own);
	hufu_status (*next)(void *own, const struct batch **out, uint32_t *first, hufu_error *error);
	const hufu_view *(*header)(const void *own, size_t *count);
	uint64_t (*malformed)(const void *own);
	void (*progress)(const void *own, uint64_t *done, uint64_t *all);
};
extern const struct source_kind source_files, source_sqlite, source_postgres, source_mysql;

#endif
