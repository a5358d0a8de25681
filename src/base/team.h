/* A few threads that share out numbered pieces of work. What comes out never depends on how many there are: a piece is
 * a function of its number, and whoever needs an order puts the pieces' results together by number. */
#ifndef HUFU_BASE_TEAM_H
#define HUFU_BASE_TEAM_H

#include <stddef.h>

enum { TEAM_MAX = 64 };

/* Threads worth having: processors that this process may run on, at most TEAM_MAX; HUFU_THREADS overrides (1 for none
 * but the caller's). */
unsigned team_size(void);

/* Calls work(user, piece, worker) once for each piece from 0 to pieces - 1, from the calling thread and up to
 * team_size() - 1 others, and returns when all are done. `worker` is below team_size() and the same for no two calls at
 * a time: an index for scratch. Threads that cannot be had are done without. */
void team_run(size_t pieces, void (*work)(void *user, size_t piece, unsigned worker), void *user);

#endif
