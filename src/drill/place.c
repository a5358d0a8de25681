/* The drill's private directory. A lock in it tells a running drill from one that was killed. */
#include "base/auto.h"
#include "base/io.h"
#include "drill/inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

static int take_lock(const char *dir)
{
	AUTO_FREE char *path = io_join(dir, "lock");
	AUTO_FD fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? fd_take(&fd) : -1;
}

/* What killed drills left. */
static void tidy(const char *store_dir)
{
	DIR *entries = opendir(store_dir);
	for (struct dirent *entry; entries && (entry = readdir(entries));) {
		AUTO_FREE char *dir = NULL;
		if (!view_starts(view_of(entry->d_name), "drill-") || !(dir = io_join(store_dir, entry->d_name)))
			continue;
		AUTO_FD lock = take_lock(dir);
		if (lock >= 0)
			io_remove_tree(dir);
	}
	if (entries)
		closedir(entries);
}

hufu_status place_make(const struct store *store, struct place *out, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	tidy(store->dir);
	if (asprintf(&dir, "%s/drill-%ld", store->dir, (long)getpid()) < 0) {
		dir = NULL;
		return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
	}
	if (mkdir(dir, 0700) != 0)
		return fail_errno(error, view_of(dir), NULL);
	int lock = take_lock(dir);
	if (lock < 0)
		return fail_errno(error, view_of(dir), NULL);
	*out = (struct place){ .dir = take(&dir), .lock = lock };
	return HUFU_OK;
}

void place_remove(struct place *place)
{
	if (!place->dir)
		return;
	io_remove_tree(place->dir);
	close(place->lock);
	free(place->dir);
	*place = (struct place){ .lock = -1 };
}
