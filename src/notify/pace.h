/* Inside the room: when something may leave. Quiet hours of the store's zone, so many a minute, and how long a try in
 * vain waits for the next one. Several threads may ask it. */
#ifndef HUFU_NOTIFY_PACE_H
#define HUFU_NOTIFY_PACE_H

#include "base/clock.h"
#include "config/config.h"

#include <pthread.h>

enum { PACE_WAITS_MAX = 16 };

struct pace {
	const char *zone;
	int from, to;        /* minutes of the day that are quiet; the same: none are */
	uint64_t gap, after; /* nanoseconds between two; when the next may leave */
	int64_t waits[PACE_WAITS_MAX];
	size_t wait_count;
	bool begun;
	pthread_mutex_t lock; /* of `after`, and of the C library's zone */
};

hufu_status pace_read(const struct config *config, const char *zone, struct pace *out, hufu_error *error);
void pace_done(struct pace *pace);
/* Whether it is quiet at that instant, and until when; for one thread. */
bool pace_quiet_at(const struct pace *pace, int64_t now, int64_t *until);
/* The same at this very instant, from any thread. */
bool pace_quiet(struct pace *pace, char until[CLOCK_TEXT_MAX]);
/* Waits until the next may leave. */
void pace_wait(struct pace *pace);
/* How long after so many tries in vain. */
int64_t pace_again(const struct pace *pace, uint32_t attempts);

#endif
