/* The queue of leaks that the console was given: each lies in the vault and waits to be judged, one after the other, by
 * a process of its own. It lies in the database and survives whatever ends. */
#ifndef HUFU_CASE_QUEUE_H
#define HUFU_CASE_QUEUE_H

#include "case/case.h"

enum { QUEUE_TRIES_MAX = 3 };

/* A leak for a case (open) or, `number` NULL, for nobody's; it must lie in the vault. `out`: its number. Wants
 * MAY_MATCH, as its end does. */
hufu_status case_queue_add(
        struct casebook *book, const char *number, const struct case_object *object, int64_t *out, hufu_error *error);
/* [{"id", "case", "name", "sha256", "bytes", "state", "position", "queued_at", "started_at", "ended_at", "by",
 * "error"}], the newest first, those before `before` (0: all); of a case and a state, where said. `position`: how many
 * are before it, null unless it waits. */
struct queue_which {
	const char *number, *state;
	int64_t before;
	size_t most;
};
hufu_status case_queue_list(struct casebook *book, const struct queue_which *which, json_t **out, hufu_error *error);
/* One of them, with its "verdict" when it is done. HUFU_USAGE: there is none. */
hufu_status case_queue_job(struct casebook *book, int64_t job, json_t **out, hufu_error *error);
/* One that waits or runs is cancelled; `was` it either? Whoever runs it ends its process. */
hufu_status case_queue_cancel(struct casebook *book, int64_t job, bool *was, hufu_error *error);

/* ---- for whoever runs the queue: the machine's own doing, nobody is asked ---- */

/* The first that waits is running from now on, on `runner`; 0: none waits. */
hufu_status queue_take(struct casebook *book, const char *runner, int64_t *job, hufu_error *error);
/* What was running on `runner` waits again (`job` 0: all of it). `counted`: it broke off by itself; what did so too
 * often has failed. */
hufu_status queue_give_back(struct casebook *book, const char *runner, int64_t job, bool counted, hufu_error *error);
hufu_status queue_fail(struct casebook *book, int64_t job, const char *why, hufu_error *error);
/* Judges a running one as whoever asked for it, and writes verdict, facts and the job's end in one. */
hufu_status queue_run(
        struct casebook *book, int64_t job, void (*progress)(uint64_t done, uint64_t all), hufu_error *error);
/* Forgets what ended so long ago (seconds) and is in no case. */
hufu_status queue_prune(struct casebook *book, int64_t age, hufu_error *error);

#endif
