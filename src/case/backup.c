/* Makes backups. The database is taken first, as of one instant, then the vault: what the database names lies in the
 * vault by then, or a retention rule has left its tombstone. */
#include "case/backup.h"
#include "base/clock.h"
#include "base/io.h"
#include "case/backuplist.h"
#include "case/book.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

struct backing {
	struct casebook *book;
	const char *dir;
	case_backup_progress *progress;
	struct backup_list old, list;
	uint64_t copied, bytes, removed;
	int64_t cases;
};

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("backup"), "no memory", NULL);
}

/* ---- the directory ---- */

static bool is_empty(const char *dir)
{
	DIR *entries = opendir(dir);
	size_t count = 0;
	while (entries && readdir(entries))
		count++;
	if (entries)
		closedir(entries);
	return count <= 2;
}

/* Ours, or empty; and nobody else's at this moment. */
static hufu_status take_directory(const char *dir, int *guard, hufu_error *error)
{
	AUTO_FREE char *lock = io_join(dir, "lock");
	hufu_status status = lock ? io_make_dir(dir, error) : no_memory(error);
	if (status)
		return status;
	if (access(lock, F_OK) != 0 && !is_empty(dir))
		return fail(error, HUFU_CONFLICT, view_of(dir), "is no backup, and not empty", "name a new directory");
	AUTO_FD fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(error, view_of(lock), NULL);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return fail(error, HUFU_CONFLICT, view_of(dir), "another backup is being made there", "wait for it");
	*guard = fd_take(&fd);
	return HUFU_OK;
}

/* ---- files ---- */

static hufu_status list_file(struct backing *backing, const struct backup_file *file, hufu_error *error)
{
	return backup_list_add(&backing->list, file, error);
}

static hufu_status copy_file(struct backing *backing, const char *from, struct backup_file *file, hufu_error *error)
{
	AUTO_FREE char *to = io_join(backing->dir, file->path);
	bool gone = false;
	hufu_status status = to ? backup_copy(from, to, file, &gone, error) : no_memory(error);
	if (status || gone)
		return status;
	backing->copied++;
	backing->bytes += file->bytes;
	if (backing->progress)
		backing->progress(backing->bytes, 0);
	return list_file(backing, file, error);
}

/* What the former backup has is taken over: objects never change. Tombstones may be said anew, and are small. */
static hufu_status visit(void *context, const char *name, const char *path, hufu_error *error)
{
	struct backing *backing = context;
	struct backup_file file = { .bytes = 0 };
	struct stat about;
	snprintf(file.path, sizeof file.path, "vault/%s", name);
	const struct backup_file *there =
	        view_ends(view_of(name), ".gone") ? NULL : backup_list_find(&backing->old, file.path);
	AUTO_FREE char *copy = io_join(backing->dir, file.path);
	if (!copy)
		return no_memory(error);
	if (there && stat(copy, &about) == 0 && (uint64_t)about.st_size == there->bytes)
		return list_file(backing, there, error);
	return copy_file(backing, path, &file, error);
}

static hufu_status count_cases(struct backing *backing, hufu_error *error)
{
	bool found;
	return db_number(backing->book->db, DB_SQL("select count(*) from cases"), &backing->cases, &found, error);
}

static hufu_status copy_vault(struct backing *backing, hufu_error *error)
{
	AUTO_FREE char *vault = io_join(backing->book->store->dir, "vault");
	return vault ? vault_each_file(vault, visit, backing, error) : no_memory(error);
}

static hufu_status copy_database(struct backing *backing, hufu_error *error)
{
	struct backup_file file = { .bytes = 0 };
	snprintf(file.path, sizeof file.path, "database-%lld-%ld", (long long)backing->list.made_at, (long)getpid());
	AUTO_FREE char *path = io_join(backing->dir, file.path);
	hufu_status status = path ? db_backup(backing->book->db, path, error) : no_memory(error);
	if (!status)
		status = backup_copy(path, NULL, &file, NULL, error); /* its digest */
	backing->bytes += file.bytes;
	return status ? status : list_file(backing, &file, error);
}

static hufu_status copy_store(struct backing *backing, hufu_error *error)
{
	struct backup_file file = { .path = "store.json" };
	AUTO_FREE char *from = io_join(backing->book->store->dir, file.path);
	return from ? copy_file(backing, from, &file, error) : no_memory(error);
}

/* ---- what no longer belongs to it ---- */

static void remove_extra(struct backing *backing, const char *path)
{
	AUTO_FREE char *full = io_join(backing->dir, path);
	if (full && !backup_list_find(&backing->list, path) && unlink(full) == 0)
		backing->removed += backup_path_of_vault(path);
}

static hufu_status visit_copy(void *context, const char *name, const char *path, hufu_error *error)
{
	char inside[BACKUP_PATH_MAX];
	(void)path;
	(void)error;
	snprintf(inside, sizeof inside, "vault/%s", name);
	remove_extra(context, inside);
	return HUFU_OK;
}

/* What a retention rule let go of since, and what a killed backup left. It is no failure to leave some of it. */
static void tidy(struct backing *backing)
{
	AUTO_FREE char *vault = io_join(backing->dir, "vault");
	if (vault)
		vault_each_file(vault, visit_copy, backing, NULL);
	DIR *entries = opendir(backing->dir);
	for (struct dirent *entry; entries && (entry = readdir(entries));)
		if (view_starts(view_of(entry->d_name), "database-") ||
		        view_starts(view_of(entry->d_name), ".new-database-"))
			remove_extra(backing, entry->d_name);
	if (entries)
		closedir(entries);
}

/* ---- all of it ---- */

static hufu_status make(struct backing *backing, hufu_error *error)
{
	const struct sign_public signer = sign_public_of(backing->book->signer);
	bool found = false;
	hufu_status status =
	        backup_list_read(backing->dir, backing->book->store->id, &signer, &backing->old, &found, error);
	backing->list.made_at = clock_now();
	snprintf(backing->list.store, sizeof backing->list.store, "%s", backing->book->store->id);
	if (!status)
		status = count_cases(backing, error);
	if (!status)
		status = copy_database(backing, error);
	if (!status)
		status = copy_vault(backing, error);
	if (!status)
		status = copy_store(backing, error);
	if (status)
		return status;
	backup_list_settle(&backing->list);
	status = backup_list_write(&backing->list, backing->dir, backing->book->signer, error);
	if (!status)
		tidy(backing);
	return status;
}

static json_t *told(const struct backing *backing)
{
	int64_t zone = clock_zone_minutes(backing->book->store->zone, backing->list.made_at);
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I}", "made_at", case_time(backing->list.made_at, zone), "cases",
	        (json_int_t)backing->cases, "files", (json_int_t)backing->list.count, "copied",
	        (json_int_t)backing->copied, "bytes", (json_int_t)backing->bytes, "removed",
	        (json_int_t)backing->removed);
}

hufu_status case_backup(
        struct casebook *book, const char *dir, case_backup_progress *progress, json_t **out, hufu_error *error)
{
	struct backing backing = { .book = book, .dir = dir, .progress = progress };
	AUTO_FD guard = -1;
	hufu_status status = casebook_may(book, MAY_ACCOUNTS, error);
	if (!status)
		status = take_directory(dir, &guard, error);
	if (!status)
		status = make(&backing, error);
	json_t *all = status ? NULL : told(&backing);
	backup_list_done(&backing.old);
	backup_list_done(&backing.list);
	if (!status && !all)
		status = no_memory(error);
	if (!status)
		*out = all;
	return status;
}
