/* Drills: the whole story of an incident on a leak that we made ourselves, every answer timed. The room's door.
 *
 * A seal holds no values, so a leak cannot be made of it. Either the company's current file of a dataset gives the
 * rows, and the real seals are put to the test; or the drill is a rehearsal: a store of its own, gone at the end, holds
 * a twin of the dataset, the same columns filled with people who do not exist. The case is a real one, marked as a
 * drill. */
#ifndef HUFU_DRILL_DRILL_H
#define HUFU_DRILL_DRILL_H

#include "case/case.h"

struct drill_options {
	const char *dataset;                 /* which; NULL: the one with the most people, or the one of `source` */
	const char *source;                  /* its current file; NULL: a rehearsal */
	uint64_t seed;                       /* of what is invented and taken */
	void (*progress)(const char *doing); /* a constant; may be NULL */
};

/* `out`: {"id", "drill": true, "rehearsal", "dataset", "prepared_s", "answers": [{"answer", "title": {"zh", "en"},
 * "seconds", "right", "said", "expected"}], "seals": [{"dataset", "opens", "newest", "age_days", "stale"}]}. Seconds
 * run from the moment the mail is there. HUFU_USAGE when nothing is sealed. */
hufu_status drill_run(struct casebook *book, const struct store *store, const struct drill_options *options,
        json_t **out, hufu_error *error);

#endif
