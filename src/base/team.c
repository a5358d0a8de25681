/* Threads for the time of one team_run: pieces are taken off a counter until none is left. Starting a thread costs some
 * 20 microseconds, so that pieces should be a millisecond's work or more together. */
#include "base/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

struct team {
	void (*work)(void *user, size_t piece, unsigned worker);
	void *user;
	size_t pieces, next; /* `next` is shared */
};

struct member {
	struct team *team;
	unsigned number;
	pthread_t thread;
};

/* Processors that this process could run on when it was first asked: arrays are made for so many workers, and whoever
 * moves the process to others meanwhile must not make them too short. */
static int processors(void)
{
	static int first;
	int known = __atomic_load_n(&first, __ATOMIC_RELAXED), none = 0;
	cpu_set_t set;
	if (known)
		return known;
	known = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return __atomic_compare_exchange_n(&first, &none, known, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ? known
	                                                                                                    : none;
}

unsigned team_size(void)
{
	const char *wish = getenv("HUFU_THREADS");
	long count = wish ? strtol(wish, NULL, 10) : 0;
	if (count < 1)
		count = processors();
	return count < 1 ? 1 : count > TEAM_MAX ? TEAM_MAX : (unsigned)count;
}

static void work_off(struct team *team, unsigned number)
{
	for (;;) {
		size_t piece = __atomic_fetch_add(&team->next, 1, __ATOMIC_RELAXED);
		if (piece >= team->pieces)
			return;
		team->work(team->user, piece, number);
	}
}

static void *member_run(void *user)
{
	struct member *member = user;
	work_off(member->team, member->number);
	return NULL;
}

void team_run(size_t pieces, void (*work)(void *user, size_t piece, unsigned worker), void *user)
{
	struct team team = { work, user, pieces, 0 };
	struct member members[TEAM_MAX];
	unsigned size = team_size(), started = 1;
	for (; started < size && started < pieces; started++) {
		members[started] = (struct member){ .team = &team, .number = started };
		if (pthread_create(&members[started].thread, NULL, member_run, &members[started]) != 0)
			break;
	}
	work_off(&team, 0);
	while (--started > 0)
		pthread_join(members[started].thread, NULL);
}
