/* Some threads that work off jobs as they come, while the caller makes new ones. A job lies in a slot of the caller's
 * choosing, by number; there are so many slots as may be under way at a time. Where another thread is not to be had or
 * not worth having, jobs are done as they are given. */
#ifndef HUFU_BASE_CREW_H
#define HUFU_BASE_CREW_H

#include <stddef.h>

struct crew;

/* work(user, slot, worker) is called for each job; `worker` is below `threads` (0: team_size()), the same for no two
 * calls at a time. All threads wait for jobs when it returns. NULL when memory is out. */
struct crew *crew_new(
        size_t slots, unsigned threads, void (*work)(void *user, size_t slot, unsigned worker), void *user);
/* The number of a slot that is free; waits for one. It is the caller's until it is given. */
size_t crew_slot(struct crew *crew);
/* Hands the slot's job over. Jobs are begun in the order in which they are given. */
void crew_give(struct crew *crew, size_t slot);
/* Waits until all that was given is done. */
void crew_wait(struct crew *crew);
/* Waits, ends the threads, frees. NULL is fine. */
void crew_free(struct crew *crew);

#endif
