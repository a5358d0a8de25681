/* Inside the room: when something may leave. Quiet hours of the store's zone, so many a minute, and how long a try in
 * vain waits for the next one. */
#ifndef HUFU_NOTIFY_PACE_H
#define HUFU_NOTIFY_PACE_H

#include "config/config.h"

enum { PACE_WAITS_MAX = 16 };

struct pace {
	const char *zone;
	int from, to;        /* minutes of the day that are quiet; the same: none are */
	uint64_t gap, after; /* nanoseconds between two; when the next may leave */
	int64_t waits[PACE_WAITS_MAX];
	size_t wait_count;
};

hufu_status pace_read(const struct config *config, const char *zone, struct pace *out, hufu_error *error);
/* Whether it is quiet now, and until when. */
bool pace_quiet(const struct pace *pace, int64_t now, int64_t *until);
/* Waits until the next may leave. */
void pace_wait(struct pace *pace);
/* How long after so many tries in vain. */
int64_t pace_again(const struct pace *pace, uint32_t attempts);

#endif
