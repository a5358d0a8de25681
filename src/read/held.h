/* A source held in memory, up to the job's limit, where its own bytes cannot be sought in: an archive inside another,
 * a dump in an archive whose tables take turns. */
#ifndef HUFU_READ_HELD_H
#define HUFU_READ_HELD_H

#include "read/read.h"

struct held {
	struct source source; /* what to read instead; seeks when `whole` */
	struct source *outer; /* borrowed */
	char *bytes;          /* owned */
	size_t len, charged;
	bool whole; /* else `source` gives what is held and then the rest, once */
};

/* Reads `outer` into memory. held_done also after a failure. */
hufu_status held_init(struct held *held, struct job *job, struct source *outer);
void held_done(struct held *held, struct job *job);

#endif
