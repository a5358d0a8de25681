/* Files: whole reads, whole writes, and replacing a file so that a kill or a full disk leaves the old one
 * or the new one, never half. Statuses are HUFU_IO or HUFU_DENIED (EACCES, EPERM), with `where` = path. */
#ifndef HUFU_BASE_IO_H
#define HUFU_BASE_IO_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/status.h"

/* Opens a regular file (or whatever has bytes) for reading, close-on-exec; a directory is refused. */
hufu_status io_open(const char *path, int *fd, hufu_error *error);
/* All of a small file; more than `max` bytes is HUFU_LIMIT. */
hufu_status io_read_file(const char *path, size_t max, struct bytes *out, hufu_error *error);
/* Loops over short writes and EINTR. `path` only names the file in errors. */
hufu_status io_write(int fd, const void *ptr, size_t len, const char *path, hufu_error *error);
/* The same at a place in the file, whose own place does not move: several threads may write at once. */
hufu_status io_write_at(int fd, const void *ptr, size_t len, uint64_t at, const char *path, hufu_error *error);
/* Makes a directory and its parents (mode 0700 for what is new); one that is there is fine. */
hufu_status io_make_dir(const char *path, hufu_error *error);

/* A file being replaced: written beside the old one under a name that starts with ".new-", fsynced, renamed
 * over it, the directory fsynced. io_replace_done removes what was not committed; it may always be called. */
struct io_replace {
	int fd;
	char *path, *fresh;
};
hufu_status io_replace_begin(struct io_replace *replace, const char *path, unsigned mode, hufu_error *error);
hufu_status io_replace_commit(struct io_replace *replace, hufu_error *error);
/* The same, but a file that has the name by now is left alone: HUFU_CONFLICT. */
hufu_status io_replace_commit_new(struct io_replace *replace, hufu_error *error);
void io_replace_done(struct io_replace *replace);
/* The three in one for small contents. */
hufu_status io_replace_file(const char *path, unsigned mode, hufu_view contents, hufu_error *error);
/* The same for a file that must not be there yet. */
hufu_status io_new_file(const char *path, unsigned mode, hufu_view contents, hufu_error *error);
/* A directory with all in it; follows no link. */
void io_remove_tree(const char *dir);

/* Makes a new name in the directory of `path` outlive a crash. */
hufu_status io_sync_dir_of(const char *path, hufu_error *error);

/* dir + "/" + name; the caller frees; NULL when memory is out. */
char *io_join(const char *dir, const char *name);

/* `name` in the folder of the running program, when it is there and may be entered or run; else NULL. The caller frees.
 */
char *io_beside(const char *name);

/* Where a template lies, such as "letter.docx": in DIR/templates (a store's own go before), else in $HUFU_TEMPLATES,
 * else in "templates" beside this program, else where hufu was installed. The caller frees; NULL when memory is out. */
char *io_template(const char *dir, const char *name);

#endif
