/* The audit: a line for every look-up, before its answer is given. STORE/audit, one JSON object a line:
 * time, user (uid and name), what was done, leak digest, records, linked, and `chain`: keyed BLAKE2b over the chain of
 * the line before and this line's text, so that a line altered or taken out of the middle shows. Appended under a lock
 * and fsynced. No line, no answer. */
#ifndef HUFU_SEAL_AUDIT_H
#define HUFU_SEAL_AUDIT_H

#include "seal/store.h"

#include <jansson.h>

struct audit_line {
	const char *what;    /* "match", "forget", "seal" */
	const char *sha256;  /* of the leak, hex; may be NULL */
	const char *dataset; /* may be NULL */
	uint64_t records, linked, people;
};

hufu_status audit_append(const struct store *store, const struct audit_line *line, hufu_error *error);
/* Checks the chain; HUFU_MALFORMED with `at` = the first bad line. `lines` counts the whole ones, `torn` those that a
 * crash cut short (no answer was given on them); either may be NULL. */
hufu_status audit_verify(const struct store *store, uint64_t *lines, uint64_t *torn, hufu_error *error);

/* Its lines, the newest first: at most `most` of those before line `before` (from 1; 0: all). `first` is the oldest
 * one's number, 0 when there is none. What a crash cut short is left out. */
hufu_status audit_lines(
        const struct store *store, uint64_t before, size_t most, json_t **out, uint64_t *first, hufu_error *error);

#endif
