/* See held.h. */
#include "read/held.h"

#include <stdlib.h>

enum { FIRST = 64 << 10 };

/* What is held, then what did not fit. */
static size_t pull_held(struct source *source, void *into, size_t len)
{
	struct held *held = source->user;
	size_t left = held->len - (size_t)source->at;
	if (left == 0) {
		size_t got = source_read(held->outer, into, len);
		source->why = held->outer->why;
		return got;
	}
	if (len > left)
		len = left;
	memcpy(into, held->bytes + source->at, len);
	source->at += len;
	return len;
}

hufu_status held_init(struct held *held, struct job *job, struct source *outer)
{
	size_t most = job->limits->held - job->held, cap = 0;
	*held = (struct held){ .outer = outer };
	for (size_t got = 1; got && held->len <= most; held->len += got) {
		if (held->len == cap) {
			cap = cap ? cap * 2 : FIRST;
			if (cap > most + 1)
				cap = most + 1; /* one more tells whether it was all */
			char *more = realloc(held->bytes, cap);
			if (!more)
				return HUFU_NO_MEMORY;
			held->bytes = more;
		}
		got = source_read(outer, held->bytes + held->len, cap - held->len);
		job_progress(job);
	}
	held->whole = held->len <= most && outer->why == JAIL_WHY_NONE;
	if (held->whole)
		source_memory(&held->source, view_make(held->bytes, held->len));
	else
		held->source = (struct source){ .pull = pull_held, .user = held, .fd = -1 };
	held->charged = held->len <= most ? held->len : most;
	job->held += held->charged;
	return HUFU_OK;
}

void held_done(struct held *held, struct job *job)
{
	job->held -= held->charged;
	free(held->bytes);
	*held = (struct held){ 0 };
}
