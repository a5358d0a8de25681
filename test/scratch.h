/* For tests: a directory of one's own that goes away with everything in it. Include cmocka's headers first. */
#ifndef HUFU_TEST_SCRATCH_H
#define HUFU_TEST_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64];

static inline int scratch_setup(void **state)
{
	(void)state;
	snprintf(scratch, sizeof scratch, "/tmp/hufu-test-XXXXXX");
	return mkdtemp(scratch) ? 0 : -1;
}

static inline int scratch_remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline int scratch_teardown(void **state)
{
	(void)state;
	return nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* scratch/name; good until the eighth call after this one. */
static inline const char *scratch_path(const char *name)
{
	static char paths[8][512];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
	return path;
}

static inline void scratch_write(const char *path, const char *text, unsigned mode)
{
	unlink(path); /* it may have been left read-only */
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

#endif
