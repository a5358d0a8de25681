/* What hufu.h's five functions are made of, for the commands, which also show progress and options. */
#ifndef HUFU_LIB_LIB_H
#define HUFU_LIB_LIB_H

#include "job/job.h"
#include "seal/seal.h"
#include "source/source.h"

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

/* A file whose first line is data would pass that line as names. */
hufu_status header_check(const struct source *source, const char *path, hufu_error *error);

/* ---- the list of the people in leaks (people.c) ---- */

struct people_request {
	const struct store *store;
	const struct job_seals *seals;
	const char *const *sources; /* tables of ours whose person column names people */
	size_t source_count;
	void (*reading)(uint64_t done, uint64_t all); /* bytes of a source; may be NULL */
};

struct people_list {
	struct bytes text; /* person numbers, one a line */
	uint64_t lines;    /* in it */
	uint64_t humans;   /* linked */
	uint64_t unnamed;  /* linked, and in no line */
};

/* Whether the sources can name anybody: looks at their headers alone, so that a mistake shows before the work. */
hufu_status people_sources_check(const struct people_request *request, hufu_error *error);
/* Who is linked: numbers that the leaks show first, in their order; then, in the order of the sources, the numbers that
 * these give for linked rows; last, for a human of whom none of these came, another number of his. A seal holds no
 * number in clear. people_list_done also after a failure. */
hufu_status people_list(const struct people_request *request, const struct matcher_people *people,
        struct people_list *out, hufu_error *error);
void people_list_done(struct people_list *list);

#endif
