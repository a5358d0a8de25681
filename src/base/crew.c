/* A stack of free slots and a ring of given ones under one lock; a job is worth so much work that the lock does not
 * show. */
#include "base/crew.h"

#include "base/team.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { STACK = 2 << 20 }; /* where address space is scarce, many threads shall have theirs */

struct member {
	struct crew *crew;
	unsigned number;
	pthread_t thread;
};

struct crew {
	void (*work)(void *user, size_t slot, unsigned worker);
	void *user;
	pthread_mutex_t lock;
	pthread_cond_t given, done;
	size_t slots, *free_slots, free_count;
	size_t *ring, ring_from, ring_count; /* given, not begun */
	size_t pending;                      /* given, not done */
	bool ending;
	unsigned started, arrived;
	struct member members[TEAM_MAX];
};

static void *member_run(void *user)
{
	struct member *member = user;
	struct crew *crew = member->crew;
	pthread_mutex_lock(&crew->lock);
	crew->arrived++;
	pthread_cond_signal(&crew->done);
	for (;;) {
		while (!crew->ring_count && !crew->ending)
			pthread_cond_wait(&crew->given, &crew->lock);
		if (!crew->ring_count)
			break;
		size_t slot = crew->ring[crew->ring_from];
		crew->ring_from = (crew->ring_from + 1) % crew->slots;
		crew->ring_count--;
		pthread_mutex_unlock(&crew->lock);
		crew->work(crew->user, slot, member->number);
		pthread_mutex_lock(&crew->lock);
		crew->free_slots[crew->free_count++] = slot;
		crew->pending--;
		pthread_cond_signal(&crew->done);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

static void start_members(struct crew *crew, unsigned threads)
{
	pthread_attr_t small;
	if (threads == 0 || pthread_attr_init(&small) != 0)
		return;
	if (pthread_attr_setstacksize(&small, STACK) == 0)
		for (; crew->started < threads; crew->started++) {
			struct member *member = &crew->members[crew->started];
			*member = (struct member){ .crew = crew, .number = crew->started };
			if (pthread_create(&member->thread, &small, member_run, member) != 0)
				break;
		}
	pthread_attr_destroy(&small);
	/* What a thread asks of the system it asks before it arrives. */
	pthread_mutex_lock(&crew->lock);
	while (crew->arrived < crew->started)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

struct crew *crew_new(
        size_t slots, unsigned threads, void (*work)(void *user, size_t slot, unsigned worker), void *user)
{
	struct crew *crew = calloc(1, sizeof *crew);
	if (!crew)
		return NULL;
	*crew = (struct crew){ .work = work, .user = user, .slots = slots };
	crew->free_slots = calloc(slots, sizeof *crew->free_slots);
	crew->ring = calloc(slots, sizeof *crew->ring);
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->given, NULL);
	pthread_cond_init(&crew->done, NULL);
	if (!crew->free_slots || !crew->ring) {
		crew_free(crew);
		return NULL;
	}
	for (size_t i = 0; i < slots; i++)
		crew->free_slots[crew->free_count++] = i;
	/* On one processor a thread would only take turns with the caller. */
	start_members(crew, team_size() == 1 ? 0 : threads ? threads : team_size());
	return crew;
}

size_t crew_slot(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (!crew->free_count)
		pthread_cond_wait(&crew->done, &crew->lock);
	size_t slot = crew->free_slots[--crew->free_count];
	pthread_mutex_unlock(&crew->lock);
	return slot;
}

void crew_give(struct crew *crew, size_t slot)
{
	if (!crew->started) {
		crew->work(crew->user, slot, 0);
		crew->free_slots[crew->free_count++] = slot;
		return;
	}
	pthread_mutex_lock(&crew->lock);
	crew->ring[(crew->ring_from + crew->ring_count++) % crew->slots] = slot;
	crew->pending++;
	pthread_cond_signal(&crew->given);
	pthread_mutex_unlock(&crew->lock);
}

void crew_wait(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (crew->pending)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	if (crew->started)
		crew_wait(crew);
	pthread_mutex_lock(&crew->lock);
	crew->ending = true;
	pthread_cond_broadcast(&crew->given);
	pthread_mutex_unlock(&crew->lock);
	while (crew->started)
		pthread_join(crew->members[--crew->started].thread, NULL);
	pthread_cond_destroy(&crew->given);
	pthread_cond_destroy(&crew->done);
	pthread_mutex_destroy(&crew->lock);
	free(crew->free_slots);
	free(crew->ring);
	free(crew);
}
