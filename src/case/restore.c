/* Restores backups: all is verified, then the vault's files come in, which nobody names yet, then the database. */
#include "base/clock.h"
#include "base/io.h"
#include "case/backup.h"
#include "case/backuplist.h"
#include "case/book.h"

#include <ftw.h>

struct restoring {
	struct casebook *book;
	const char *dir;
	case_backup_progress *progress;
	struct backup_list list;
	uint64_t bytes, all;
	int64_t cases;
};

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("restore"), "no memory", NULL);
}

static hufu_status refuse_full(struct casebook *book, hufu_error *error)
{
	int64_t cases = 0;
	bool found;
	hufu_status status = db_number(book->db, DB_SQL("select count(*) from cases"), &cases, &found, error);
	return status  ? status
	       : cases ? fail(error, HUFU_CONFLICT, view_of("case restore"), "this store holds cases already",
	                         "restore into a store without cases")
	               : HUFU_OK;
}

static void tell(struct restoring *restoring, const struct backup_file *file)
{
	restoring->bytes += file->bytes;
	if (restoring->progress)
		restoring->progress(restoring->bytes, restoring->all);
}

/* Reads a file of the backup, into `to` if that is given, and holds it against the list. */
static hufu_status take_file(
        struct restoring *restoring, const struct backup_file *file, const char *to, hufu_error *error)
{
	struct backup_file read = { .bytes = 0 };
	AUTO_FREE char *from = io_join(restoring->dir, file->path);
	bool gone = false;
	hufu_status status = from ? backup_copy(from, to, &read, &gone, error) : no_memory(error);
	if (!status && gone)
		return fail(
		        error, HUFU_MALFORMED, view_of(from), "is missing from the backup", "take another copy of it");
	if (!status && (read.bytes != file->bytes || strcmp(read.sha256, file->sha256) != 0))
		return fail(error, HUFU_MALFORMED, view_of(from),
		        "is not what was backed up: it was altered or damaged", "take another copy of it");
	tell(restoring, file);
	return status;
}

static hufu_status verify_all(struct restoring *restoring, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < restoring->list.count; i++)
		restoring->all += 2 * restoring->list.files[i].bytes;
	for (size_t i = 0; i < restoring->list.count && !status; i++)
		status = take_file(restoring, &restoring->list.files[i], NULL, error);
	return status;
}

/* An object that lies here already is as good as the one in the backup. */
static hufu_status bring_vault(struct restoring *restoring, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < restoring->list.count && !status; i++) {
		const struct backup_file *file = &restoring->list.files[i];
		if (!backup_path_of_vault(file->path))
			continue;
		AUTO_FREE char *to = io_join(restoring->book->store->dir, file->path);
		if (!to)
			return no_memory(error);
		if (access(to, F_OK) != 0)
			status = take_file(restoring, file, to, error);
	}
	return status;
}

static hufu_status bring_database(struct restoring *restoring, hufu_error *error)
{
	const struct backup_file *file = backup_list_database(&restoring->list);
	AUTO_FREE char *path = io_join(restoring->dir, file->path);
	bool found;
	hufu_status status = path ? db_restore(restoring->book->db, path, error) : no_memory(error);
	return status ? status
	              : db_number(restoring->book->db, DB_SQL("select count(*) from cases"), &restoring->cases, &found,
	                        error);
}

/* ---- what lies beside it ---- */

/* nftw has no context. */
static _Thread_local const struct restoring *counting;
static _Thread_local int64_t strangers;

static int count_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)where;
	const char *inside = path + strlen(counting->dir);
	while (*inside == '/')
		inside++;
	strangers += kind != FTW_D && strcmp(inside, "MANIFEST") != 0 && strcmp(inside, "lock") != 0 &&
	             !backup_list_find(&counting->list, inside);
	return 0;
}

static int64_t count_ignored(const struct restoring *restoring)
{
	counting = restoring;
	strangers = 0;
	nftw(restoring->dir, count_one, 16, FTW_PHYS);
	return strangers;
}

/* ---- all of it ---- */

static hufu_status bring(struct restoring *restoring, hufu_error *error)
{
	const struct sign_public signer = sign_public_of(restoring->book->signer);
	bool found = false;
	hufu_status status =
	        backup_list_read(restoring->dir, restoring->book->store->id, &signer, &restoring->list, &found, error);
	if (!status && !found)
		status = fail(error, HUFU_USAGE, view_of(restoring->dir), "holds no backup",
		        "name the directory that hufu case backup made");
	if (!status)
		status = refuse_full(restoring->book, error);
	if (!status)
		status = verify_all(restoring, error);
	if (!status)
		status = bring_vault(restoring, error);
	return status ? status : bring_database(restoring, error);
}

hufu_status case_restore(
        struct casebook *book, const char *dir, case_backup_progress *progress, json_t **out, hufu_error *error)
{
	struct restoring restoring = { .book = book, .dir = dir, .progress = progress };
	json_t *all = NULL;
	hufu_status status = casebook_may(book, MAY_ACCOUNTS, error);
	if (!status)
		status = bring(&restoring, error);
	int64_t zone = clock_zone_minutes(book->store->zone, restoring.list.made_at);
	if (!status)
		all = json_pack("{s:o, s:I, s:I, s:I, s:I}", "made_at", case_time(restoring.list.made_at, zone),
		        "cases", (json_int_t)restoring.cases, "files", (json_int_t)restoring.list.count, "bytes",
		        (json_int_t)restoring.bytes / 2, "ignored", (json_int_t)count_ignored(&restoring));
	backup_list_done(&restoring.list);
	if (!status && !all)
		status = no_memory(error);
	if (!status)
		*out = all;
	return status;
}
