/* Files: whole reads, whole writes, and replacing a file whole.
 *
 * A file that is being written carries a lock and its writer's number in its name, so that what a killed
 * process left behind can be told from what another process is writing right now. Uses base only. */
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#ifndef HUFU_DATADIR
#define HUFU_DATADIR "/usr/local/share/hufu"
#endif

char *io_join(const char *dir, const char *name)
{
	char *path = NULL;
	const char *slash = dir[0] && dir[strlen(dir) - 1] == '/' ? "" : "/";

	return asprintf(&path, "%s%s%s", dir, slash, name) < 0 ? NULL : path;
}

hufu_status io_open(const char *path, int *fd, hufu_error *error)
{
	struct stat about;
	AUTO_FD opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (opened < 0 || fstat(opened, &about) != 0)
		return fail_errno(error, view_of(path), NULL);
	if (S_ISDIR(about.st_mode))
		return fail(error, HUFU_IO, view_of(path), "is a directory, not a file", "name the files in it");
	*fd = fd_take(&opened);
	return HUFU_OK;
}

static hufu_status read_all(int fd, const char *path, size_t max, struct bytes *out, hufu_error *error)
{
	for (;;) {
		char *room = bytes_room(out, 16384);
		if (!room)
			return fail(error, HUFU_NO_MEMORY, view_of(path), "out of memory", NULL);
		ssize_t got = read(fd, room, 16384);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(error, view_of(path), NULL);
		if (got == 0)
			return HUFU_OK;
		out->len += (size_t)got;
		if (out->len > max)
			return fail(error, HUFU_LIMIT, view_of(path), "is larger than such a file can be", NULL);
	}
}

hufu_status io_read_file(const char *path, size_t max, struct bytes *out, hufu_error *error)
{
	AUTO_FD fd = -1;
	struct bytes read = { 0 };

	hufu_status status = io_open(path, &fd, error);
	if (status == HUFU_OK)
		status = read_all(fd, path, max, &read, error);
	if (status != HUFU_OK) {
		bytes_done(&read);
		return status;
	}
	bytes_done(out);
	*out = read;
	return HUFU_OK;
}

/* Where the file stands (`at` NULL), or at a place in it. */
static hufu_status write_all(int fd, const char *from, size_t len, uint64_t *at, const char *path, hufu_error *error)
{
	while (len) {
		ssize_t put = at ? pwrite(fd, from, len, (off_t)*at) : write(fd, from, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put == 0)
			errno = EIO;
		if (put <= 0)
			return fail_errno(error, view_of(path), NULL);
		from += put;
		len -= (size_t)put;
		if (at)
			*at += (uint64_t)put;
	}
	return HUFU_OK;
}

hufu_status io_write(int fd, const void *ptr, size_t len, const char *path, hufu_error *error)
{
	return write_all(fd, ptr, len, NULL, path, error);
}

hufu_status io_write_at(int fd, const void *ptr, size_t len, uint64_t at, const char *path, hufu_error *error)
{
	return write_all(fd, ptr, len, &at, path, error);
}

static hufu_status make_one_dir(const char *path, hufu_error *error)
{
	struct stat about;

	if (mkdir(path, 0700) == 0)
		return HUFU_OK;
	int cause = errno;
	if (stat(path, &about) == 0) {
		if (S_ISDIR(about.st_mode))
			return HUFU_OK;
		cause = ENOTDIR;
	}
	errno = cause;
	return fail_errno(error, view_of(path), NULL);
}

hufu_status io_make_dir(const char *path, hufu_error *error)
{
	AUTO_FREE char *part = strdup(path);

	if (!part)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "out of memory", NULL);
	for (char *slash = strchr(part + (part[0] == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		hufu_status status = make_one_dir(part, error);
		if (status != HUFU_OK)
			return status;
		*slash = '/';
	}
	return make_one_dir(part, error);
}

/* Directory and file name of `path`; the directory is owned by the caller. */
static char *split_path(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* Whether the process of that number is gone. A number may have been given away again, and another machine or
 * container numbers differently: the lock on the file decides those. */
static bool writer_is_gone(const char *digits)
{
	char *end;

	errno = 0;
	long number = strtol(digits, &end, 10);
	if (errno || *end || end == digits || number <= 0 || number > INT32_MAX)
		return false;
	return number == getpid() || (kill((pid_t)number, 0) != 0 && errno == ESRCH);
}

static void remove_left_overs(const char *dir, const char *prefix)
{
	DIR *entries = opendir(dir);
	size_t prefix_len = strlen(prefix);

	if (!entries)
		return;
	for (struct dirent *entry; (entry = readdir(entries));) {
		if (strncmp(entry->d_name, prefix, prefix_len) != 0 || !writer_is_gone(entry->d_name + prefix_len))
			continue;
		AUTO_FD fd = openat(
		        dirfd(entries), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			unlinkat(dirfd(entries), entry->d_name, 0);
	}
	closedir(entries);
}

hufu_status io_replace_begin(struct io_replace *replace, const char *path, unsigned mode, hufu_error *error)
{
	const char *name;
	AUTO_FREE char *dir = split_path(path, &name);
	AUTO_FREE char *prefix = NULL, *fresh_name = NULL;

	*replace = (struct io_replace){ .fd = -1 };
	if (name[0] == '\0')
		return fail(error, HUFU_IO, view_of(path), "is a directory, not a file", NULL);
	if (!dir || asprintf(&prefix, ".new-%s-", name) < 0 ||
	        asprintf(&fresh_name, "%s%ld", prefix, (long)getpid()) < 0)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "out of memory", NULL);
	AUTO_FREE char *fresh = io_join(dir, fresh_name), *kept = strdup(path);
	if (!fresh || !kept)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "out of memory", NULL);
	remove_left_overs(dir, prefix);
	AUTO_FD fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(error, view_of(path), NULL);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fchmod(fd, mode) != 0) {
		hufu_status status = fail_errno(error, view_of(path), NULL);
		unlink(fresh);
		return status;
	}
	*replace = (struct io_replace){ .fd = fd_take(&fd), .path = take(&kept), .fresh = take(&fresh) };
	return HUFU_OK;
}

/* Some file systems have no such call for directories. */
hufu_status io_sync_dir_of(const char *path, hufu_error *error)
{
	const char *name;
	AUTO_FREE char *dir = split_path(path, &name);
	AUTO_FD fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP))
		return fail_errno(error, view_of(path), NULL);
	return HUFU_OK;
}

static hufu_status commit(struct io_replace *replace, int (*move)(const char *, const char *), hufu_error *error)
{
	if (!replace->fresh || replace->fd < 0)
		return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "no file is being replaced", NULL);
	if (fsync(replace->fd) != 0 || move(replace->fresh, replace->path) != 0) {
		if (errno == EEXIST)
			return fail(error, HUFU_CONFLICT, view_of(replace->path), "exists already", NULL);
		return fail_errno(error, view_of(replace->path), NULL);
	}
	free(take(&replace->fresh));
	fd_close(&replace->fd);
	return io_sync_dir_of(replace->path, error);
}

hufu_status io_replace_commit(struct io_replace *replace, hufu_error *error)
{
	return commit(replace, rename, error);
}

/* Moves, and fails where the name is taken. Not every file system has the one call for it, or links. */
static int move_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) || link(from, to) != 0)
		return -1;
	return unlink(from);
}

hufu_status io_replace_commit_new(struct io_replace *replace, hufu_error *error)
{
	return commit(replace, move_new, error);
}

void io_replace_done(struct io_replace *replace)
{
	if (!replace)
		return;
	if (replace->fresh) {
		unlink(replace->fresh);
		fd_close(&replace->fd);
	}
	free(replace->fresh);
	free(replace->path);
	*replace = (struct io_replace){ .fd = -1 };
}

static hufu_status write_whole(const char *path, unsigned mode, hufu_view contents,
        hufu_status (*put)(struct io_replace *replace, hufu_error *error), hufu_error *error)
{
	struct io_replace replace;

	hufu_status status = io_replace_begin(&replace, path, mode, error);
	if (status == HUFU_OK)
		status = io_write(replace.fd, contents.ptr, contents.len, path, error);
	if (status == HUFU_OK)
		status = put(&replace, error);
	io_replace_done(&replace);
	return status;
}

hufu_status io_replace_file(const char *path, unsigned mode, hufu_view contents, hufu_error *error)
{
	return write_whole(path, mode, contents, io_replace_commit, error);
}

hufu_status io_new_file(const char *path, unsigned mode, hufu_view contents, hufu_error *error)
{
	return write_whole(path, mode, contents, io_replace_commit_new, error);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

void io_remove_tree(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *io_beside(const char *name)
{
	char self[4096];
	size_t room = strlen(name) + 1;
	ssize_t len = room < sizeof self ? readlink("/proc/self/exe", self, sizeof self - room - 1) : -1;
	if (len <= 0)
		return NULL;
	self[len] = '\0';
	char *slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	memcpy(slash + 1, name, room);
	return access(self, X_OK) == 0 ? strdup(self) : NULL;
}

char *io_template(const char *dir, const char *name)
{
	const char *wanted = getenv("HUFU_TEMPLATES");
	AUTO_FREE char *own = io_join(dir, "templates");
	char *path = own ? io_join(own, name) : NULL;
	if (!path || access(path, F_OK) == 0)
		return path;
	free(path);
	AUTO_FREE char *there = wanted && *wanted ? strdup(wanted) : io_beside("templates");
	return io_join(there ? there : HUFU_DATADIR "/templates", name);
}
