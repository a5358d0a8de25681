/* Where bytes come from: a descriptor, memory, or a member of an archive. Pulled, never mapped, so that memory does not
 * grow with the leak. */
#ifndef HUFU_READ_SOURCE_H
#define HUFU_READ_SOURCE_H

#include "base/view.h"
#include "jail/jail.h"

enum { SOURCE_HEAD_MAX = 4096 };

struct source {
	/* Fills up to `len` bytes; 0 at the end, or where it cannot go on: then `why` says why. */
	size_t (*pull)(struct source *source, void *into, size_t len);
	/* Moves to `at`; NULL where that is not possible. */
	bool (*seek)(struct source *source, uint64_t at);
	enum jail_why why;
	uint64_t size;  /* 0: unknown */
	uint64_t taken; /* bytes pulled so far, for progress */

	/* The first bytes, looked at but not read yet. */
	unsigned char head[SOURCE_HEAD_MAX];
	size_t head_at, head_len;

	int fd;           /* source_fd */
	hufu_view memory; /* source_memory: all of it */
	uint64_t at;      /* source_memory: place */
	size_t chunk;     /* source_memory: most bytes a pull gives; 0: no limit. For tests */
	void *user;       /* of other pulls */
};

/* Borrows the descriptor until the source is no longer used. */
void source_fd(struct source *source, int fd, uint64_t size);
/* Borrows the memory. */
void source_memory(struct source *source, hufu_view memory);

/* Reads up to `len` bytes, at least one unless it is the end (or why is set). */
size_t source_read(struct source *source, void *into, size_t len);
/* The first bytes, up to SOURCE_HEAD_MAX, without reading past them; only before the first read. */
hufu_view source_head(struct source *source);
/* Back to `at`; false where the source cannot. */
bool source_seek(struct source *source, uint64_t at);

#endif
