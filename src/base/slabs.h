/* Memory in slabs of a large page's size, which the system clears and maps in one go, and which are used again rather
 * than given back to it: what is taken from one store in slabs and put down in another needs hardly more than the
 * larger of the two. Workers are numbered (team.h); each has slabs of his own, so that nobody waits. */
#ifndef HUFU_BASE_SLABS_H
#define HUFU_BASE_SLABS_H

#include <stddef.h>

enum { SLAB_BYTES = 2 << 20 };

/* An array, not cleared, in large pages where the system has them to give: reading it at random places then costs fewer
 * walks through page tables. For free(). NULL when memory is out. */
void *slabs_array(size_t bytes);

struct slabs;

/* NULL when memory is out. */
struct slabs *slabs_new(void);
/* All slabs go, also those that were not given back. NULL is fine. */
void slabs_free(struct slabs *slabs);
/* SLAB_BYTES at an address of that alignment, not cleared; NULL when memory is out. */
void *slabs_take(struct slabs *slabs, unsigned worker);
/* Gives a slab back, whoever took it: this worker's to take next. */
void slabs_give(struct slabs *slabs, unsigned worker, void *slab);

#endif
