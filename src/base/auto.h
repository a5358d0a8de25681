/* AUTO_FD and AUTO_FREE: what closes and frees itself when its scope ends. `fd_take` and `take`
 * hand the thing to the caller instead. */
#ifndef HUFU_BASE_AUTO_H
#define HUFU_BASE_AUTO_H

#include <stdlib.h>
#include <unistd.h>

static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline int fd_take(int *fd)
{
	int mine = *fd;
	*fd = -1;
	return mine;
}

static inline void free_pointer(void *pointer)
{
	void **held = pointer;
	free(*held);
	*held = NULL;
}

static inline void *take(void *pointer)
{
	void **held = pointer;
	void *mine = *held;
	*held = NULL;
	return mine;
}

#define AUTO_FD __attribute__((cleanup(fd_close))) int
#define AUTO_FREE __attribute__((cleanup(free_pointer)))

#endif
