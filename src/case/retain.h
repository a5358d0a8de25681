/* How long evidence is kept, legal holds, and whether everything is still whole.
 *
 * Bytes leave the vault by a rule alone: each case that names them has been closed for longer than the rule says, and
 * none is held. The rows say so first, in one change with the timelines; then the bytes go. Whatever breaks off in
 * between is finished by the next run. */
#ifndef HUFU_CASE_RETAIN_H
#define HUFU_CASE_RETAIN_H

#include "case/case.h"

/* A rule as the keeper of the store set it: seconds behind the closing of a case, and its words for the trace, such as
 * "retention.leak: 180d after the case closed". `words` NULL: kept for ever. */
struct case_rule {
	const char *words;
	int64_t span;
};

struct case_retention {
	struct case_rule leak, evidence; /* evidence: all that is no leak */
	bool only_look;                  /* tell what would go, remove nothing */
};

/* Wants MAY_ACCOUNTS. `out`: {"removed": [{"sha256", "names", "cases", "bytes", "rule"}], "orphans": [sha256],
 * "finished": n, "held": n, "next": time or null}: what went (or would go), bytes in the vault that nothing names,
 * removals of an earlier run that were finished, objects kept only by a legal hold, and when the next one falls due. */
hufu_status case_retain(struct casebook *book, const struct case_retention *retention, json_t **out, hufu_error *error);
/* Wants MAY_SETTLE. Puts a legal hold on a case, open or closed, or takes it off: nothing of the case goes while it
 * stands. */
hufu_status case_hold(struct casebook *book, const char *number, bool hold, const char *why, hufu_error *error);

/* Reads all that cases name, and all timelines. `number` NULL: of all cases. `progress` may be NULL. `out`: {"cases",
 * "objects", "bytes", "faults": [{"case", "what", "why"}]}; a fault is no failure. */
hufu_status case_check(struct casebook *book, const char *number, void (*progress)(uint64_t done, uint64_t all),
        json_t **out, hufu_error *error);

#endif
