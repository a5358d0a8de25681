/* Inside the room: whether a case is what its timeline says. The timeline is what is signed; tables and case.json are
 * held against it. Pure functions over what may be a stranger's bytes: they run in the locked process of verify.c too.
 */
#ifndef HUFU_CASE_AGREE_H
#define HUFU_CASE_AGREE_H

#include "case/timeline.h"

/* The first thing that does not agree. */
struct agree_fault {
	int64_t entry;   /* of the timeline, from which it differs; 0: none speaks of it */
	char what[64];   /* "facts[2].value": from 0, as in the JSON */
	const char *why; /* a constant */
};

/* `all`: a case as `case show --json` says it, the duties may be missing; `entries` were checked before. True: it
 * agrees. Where an entry of an older hufu says less, less is held against it. */
bool case_agrees(const json_t *all, const struct chain_entry *entries, size_t count, struct agree_fault *fault);

/* What the entries say of a case: {"fields": {NAME: {"is", "#"}}, "lists": {NAME: [...]}, "maps": {NAME: {KEY: ...}},
 * "removed": {SHA-256: {"deleted_at", "rule", "#"}}}. Items have the names of `case show --json`, as far as the entries
 * tell, and in "#" the entry's number. NULL: no memory. */
json_t *timeline_says(const struct chain_entry *entries, size_t count, int64_t zone_minutes);

/* SHA-256 in hex of a verdict's JSON, whose order and blanks do not matter. */
bool verdict_digest(const json_t *verdict, char out[CHAIN_HASH_TEXT]);

/* "form" in the body of `open`: from 2 on, bodies tell the case in full. */
enum { BODY_FORM = 2 };

#endif
