/* Inside the room: at which steps a duty or a task is told of, and how a step is called. Pure functions.
 *
 * A step is a short text, as the table keeps it: "arisen", "moved" (the due time is another than was told),
 * "near:14400" (seconds before it is due), "passed", "again:3600" (seconds after it arose, of what is due at once),
 * "fallen". */
#ifndef HUFU_CASE_STEPS_H
#define HUFU_CASE_STEPS_H

#include "config/config.h"

enum { STEP_MAX = 24, SPANS_MAX = 16, STEPS_MAX = 2 * SPANS_MAX + 4 };

/* What the settings escalation.near and escalation.immediate say: seconds, the steps they make in their order. */
struct step_spans {
	int64_t near[SPANS_MAX], again[SPANS_MAX];
	size_t near_count, again_count;
};
hufu_status step_spans_read(const struct config *config, struct step_spans *out, hufu_error *error);

struct step_subject {
	bool arises; /* that it is there is told too */
	bool moved;  /* it was told with another due time before */
	bool immediate, has_due;
	int64_t due, arose_at;
};

/* Those that lie behind, in their order: it stands at the last one. */
struct steps {
	char names[STEPS_MAX][STEP_MAX];
	size_t count;
};
void steps_reached(const struct step_spans *spans, const struct step_subject *subject, int64_t now, struct steps *out);

/* The step in words, and a span of time: "3 小时 50 分", "3 h 50 min". */
void step_words(const char *step, bool chinese, struct bytes *out);
void span_words(int64_t seconds, bool chinese, struct bytes *out);

#endif
