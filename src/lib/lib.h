/* What hufu.h's five functions are made of, for the commands, which also show progress and options. */
#ifndef HUFU_LIB_LIB_H
#define HUFU_LIB_LIB_H

#include "job/job.h"
#include "seal/seal.h"

struct seal_request {
	const char *dataset, *source, *as_of;
	struct draft_options options;
	void (*reading)(uint64_t done, uint64_t all); /* bytes of the source; may be NULL */
	void (*weaving)(double share);                /* may be NULL */
};

struct seal_result {
	struct draft_outcome outcome;
	uint64_t malformed; /* records with another number of cells than the header */
	bool export_noted;  /* the snapshot was sealed already, and is now declared to be an export's content */
};

/* Seals a source. Takes and keeps the store's lock. */
hufu_status seal_source(
        struct store *store, const struct seal_request *request, struct seal_result *out, hufu_error *error);

#endif
