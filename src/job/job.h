/* A job: one leak's way from file to verdict. Digest, jailed reader, matcher, audit line, verdict.
 *
 * No line in the audit, no answer. What could not be read is listed and makes a negative inconclusive. */
#ifndef HUFU_JOB_JOB_H
#define HUFU_JOB_JOB_H

#include "match/match.h"

struct job_options {
	bool chinese;                                  /* reasons in Chinese */
	struct matcher_people *people;                 /* who is linked is added to it; may be NULL */
	bool names;                                    /* with the numbers of persons that the leak shows */
	void (*progress)(uint64_t done, uint64_t all); /* bytes of the leak; may be NULL */
	const char *audited_as;                        /* in the audit; NULL: "match" */
};

/* All seals of a store, opened. */
struct job_seals {
	struct seal **seals;
	size_t count;
};

hufu_status job_seals_open(const struct store *store, struct job_seals *out, hufu_error *error);
void job_seals_close(struct job_seals *seals);

/* Fills `out` (the caller's, empty; verdict_done even on failure). A leak that holds nothing readable is HUFU_OK with
 * the word VERDICT_NONE. */
hufu_status job_match(const struct store *store, const struct job_seals *seals, const char *path,
        const struct job_options *options, struct hufu_verdict *out, hufu_error *error);

/* What is read from a descriptor whose bytes are known already: by their digest, and how many. `name` as it is told.
 * The descriptor need not be seekable (archives that want it are then read as far as they can be). */
struct job_leak {
	int fd;
	const char *name, *sha256;
	uint64_t bytes;
};
hufu_status job_match_leak(const struct store *store, const struct job_seals *seals, const struct job_leak *leak,
        const struct job_options *options, struct hufu_verdict *out, hufu_error *error);

#endif
