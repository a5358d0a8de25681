/* SQLite: one file of mode 0600, write-ahead log, every commit synced (FULL), foreign keys on.
 *
 * A file that was moved or removed while it is open would swallow commits without a word, so its place is looked at
 * before and after each transaction. */
#include "backend.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

enum { KEPT_MAX = 64, STEP_MS = 20, MODE_BYTES = 16 };

struct kept {
	char *text;
	sqlite3_stmt *statement;
};

struct sqlite {
	sqlite3 *handle;
	dev_t device;
	ino_t inode;
	bool gone;
	struct kept kept[KEPT_MAX]; /* prepared statements, the oldest replaced first */
	size_t turn;
};

/* ---- failures ---- */

static const struct {
	int code; /* a primary result code of SQLite */
	hufu_status status;
	const char *what, *todo;
} causes[] = {
	{ SQLITE_FULL, HUFU_IO, "the disk is full, and nothing of this was saved", "make room, then do it again" },
	{ SQLITE_BUSY, HUFU_TIMEOUT, "another hufu has been writing for ten seconds", "try again when it is done" },
	{ SQLITE_LOCKED, HUFU_TIMEOUT, "another hufu has been writing for ten seconds", "try again when it is done" },
	{ SQLITE_NOMEM, HUFU_NO_MEMORY, "out of memory", NULL },
	{ SQLITE_PERM, HUFU_DENIED, "no permission", NULL },
	{ SQLITE_AUTH, HUFU_DENIED, "no permission", NULL },
	{ SQLITE_READONLY, HUFU_DENIED, "the database may only be read",
	        "look at the file's owner and the file system" },
	{ SQLITE_CANTOPEN, HUFU_IO, "the database cannot be opened", "look at the directory's owner and the disk" },
	{ SQLITE_NOTADB, HUFU_MALFORMED, "is no database", "restore it from a backup" },
	{ SQLITE_CORRUPT, HUFU_MALFORMED, "the database is damaged", "restore it from a backup" },
	{ SQLITE_CONSTRAINT, HUFU_CONFLICT, "contradicts what the database holds", NULL },
	{ SQLITE_MISMATCH, HUFU_CONFLICT, "a value is of the wrong type", NULL },
	{ SQLITE_TOOBIG, HUFU_LIMIT, "a value is larger than the database takes", NULL },
};

static hufu_status refuse(struct db *db, int code, hufu_error *error)
{
	struct sqlite *own = db->own;
	int number = own && own->handle ? sqlite3_system_errno(own->handle) : 0;

	code &= 0xff;
	if (code == SQLITE_IOERR && (number == ENOSPC || number == EDQUOT))
		code = SQLITE_FULL;
	db->again = code == SQLITE_LOCKED;
	for (size_t i = 0; i < LEN(causes); i++)
		if (causes[i].code == code)
			return fail(error, causes[i].status, view_of(db->shown), causes[i].what, causes[i].todo);
	if (code == SQLITE_IOERR)
		return fail(error, HUFU_IO, view_of(db->shown),
		        "the disk reports an error, and nothing of this was saved",
		        "look at the disk, then do it again");
	return fail(error, HUFU_IO, view_of(db->shown), "the database refused a statement", NULL);
}

static hufu_status gone(struct db *db, const char *what, hufu_error *error)
{
	struct sqlite *own = db->own;

	own->gone = true;
	return fail(error, HUFU_IO, view_of(db->shown), what, "put it back in its place, then do it again");
}

/* Whether the path still leads to the file that is open. */
static bool in_place(struct db *db)
{
	struct sqlite *own = db->own;
	struct stat about;

	return stat(db->place, &about) == 0 && about.st_dev == own->device && about.st_ino == own->inode;
}

/* ---- opening ---- */

static void forget_statements(struct sqlite *own)
{
	for (size_t i = 0; i < KEPT_MAX; i++) {
		sqlite3_finalize(own->kept[i].statement);
		free(own->kept[i].text);
		own->kept[i] = (struct kept){ 0 };
	}
}

static void sqlite_close(struct db *db)
{
	struct sqlite *own = db->own;

	if (!own)
		return;
	forget_statements(own);
	sqlite3_close(own->handle);
	free(own);
	db->own = NULL;
}

/* The file is made here, so that it is closed to others from its first moment. It is not opened when it is there:
 * closing any descriptor of it would drop this process's locks on it. */
static hufu_status make_file(struct db *db, hufu_error *error)
{
	struct sqlite *own = db->own;
	struct stat about;
	AUTO_FD fd = -1;

	if (!db->known) {
		fd = open(db->place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno != EEXIST)
			return fail_errno(error, view_of(db->place), NULL);
	}
	if (fd >= 0) {
		hufu_status status = io_sync_dir_of(db->place, error);
		if (status != HUFU_OK)
			return status;
	}
	if (stat(db->place, &about) != 0 && db->known)
		return gone(db, "the database's file was moved or removed", error);
	if (stat(db->place, &about) != 0)
		return fail_errno(error, view_of(db->place), NULL);
	if (!S_ISREG(about.st_mode))
		return fail(error, HUFU_IO, view_of(db->place), "is no file", NULL);
	if ((about.st_mode & 077) && chmod(db->place, 0600) != 0)
		return fail_errno(error, view_of(db->place), "others can read it; its owner must close it: chmod 600");
	own->device = about.st_dev;
	own->inode = about.st_ino;
	return HUFU_OK;
}

/* Changing the mode of the log does not wait for others by itself. */
static int log_ahead(sqlite3 *handle)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	for (int waited = 0;; waited += STEP_MS) {
		int code = sqlite3_exec(handle, "pragma journal_mode = wal", NULL, NULL, NULL);
		if ((code & 0xff) != SQLITE_BUSY || waited >= DB_WAIT_MS)
			return code;
		nanosleep(&step, NULL);
	}
}

static int set_up(struct sqlite *own)
{
	static const char settings[] =
	        "pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off;"
	        "pragma cell_size_check = on; select count(*) from sqlite_schema";

	sqlite3_extended_result_codes(own->handle, 1);
	sqlite3_busy_timeout(own->handle, DB_WAIT_MS);
	sqlite3_db_config(own->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_limit(own->handle, SQLITE_LIMIT_ATTACHED, 0);
	int code = log_ahead(own->handle);
	return code == SQLITE_OK ? sqlite3_exec(own->handle, settings, NULL, NULL, NULL) : code;
}

static hufu_status sqlite_open(struct db *db, hufu_error *error)
{
	AUTO_FREE char *log = NULL;
	struct sqlite *own = db->own = calloc(1, sizeof *own);

	if (!own || asprintf(&log, "%s-wal", db->place) < 0) {
		log = NULL;
		sqlite_close(db);
		return db_no_memory(error);
	}
	bool fresh_log = access(log, F_OK) != 0;
	hufu_status status = make_file(db, error);
	if (status == HUFU_OK) {
		int code = sqlite3_open_v2(db->place, &own->handle,
		        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE,
		        NULL);
		if (code == SQLITE_OK)
			code = set_up(own);
		status = code == SQLITE_OK ? HUFU_OK : refuse(db, code, error);
	}
	/* A log whose name did not outlive a loss of power would take what was acknowledged with it. */
	if (status == HUFU_OK && fresh_log)
		status = io_sync_dir_of(db->place, error);
	if (status != HUFU_OK)
		sqlite_close(db);
	return status;
}

hufu_status sqlite_fold(struct db *db, hufu_error *error)
{
	struct sqlite *own = db->own;

	forget_statements(own);
	int code = sqlite3_exec(own->handle, "pragma journal_mode = delete", NULL, NULL, NULL);
	return code == SQLITE_OK ? HUFU_OK : refuse(db, code, error);
}

static int load_pages(sqlite3 *to, const char *path)
{
	sqlite3 *from = NULL;

	int code = sqlite3_open_v2(path, &from, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	sqlite3_backup *copy = code == SQLITE_OK ? sqlite3_backup_init(to, "main", from, "main") : NULL;
	if (copy) {
		sqlite3_backup_step(copy, -1);
		code = sqlite3_backup_finish(copy);
	} else if (code == SQLITE_OK) {
		code = sqlite3_errcode(to);
	}
	sqlite3_close(from);
	return code;
}

/* A file that is no database of ours must not come in through here: its every page is looked at. */
static int check_pages(sqlite3 *handle)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(handle, "pragma integrity_check(1)", -1, &statement, NULL);

	if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
	        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		code = SQLITE_CORRUPT;
	sqlite3_finalize(statement);
	return code;
}

hufu_status sqlite_load(const char *path, const char *store_id, struct db **out, hufu_error *error)
{
	struct db *db = calloc(1, sizeof *db);
	struct sqlite *own = calloc(1, sizeof *own);
	struct stat about;
	hufu_status status = HUFU_OK;

	if (!db || !own || !(db->place = strdup(path))) {
		free(own);
		free(db);
		return db_no_memory(error);
	}
	*db = (struct db){ .backend = &db_sqlite, .place = db->place, .known = true, .own = own };
	snprintf(db->store_id, sizeof db->store_id, "%s", store_id);
	snprintf(db->shown, sizeof db->shown, "%s", path);
	if (stat(path, &about) != 0)
		status = fail_errno(error, view_of(path), NULL);
	if (status == HUFU_OK) {
		own->device = about.st_dev;
		own->inode = about.st_ino;
		int code = sqlite3_open_v2(":memory:", &own->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
		if (code == SQLITE_OK)
			code = load_pages(own->handle, path);
		if (code == SQLITE_OK)
			code = check_pages(own->handle);
		status = code == SQLITE_OK ? HUFU_OK : refuse(db, code, error);
	}
	if (status != HUFU_OK) {
		db_close(db);
		return status;
	}
	*out = db;
	return HUFU_OK;
}

static bool sqlite_lost(struct db *db)
{
	struct sqlite *own = db->own;

	return !own || own->gone;
}

/* ---- transactions ---- */

static hufu_status execute(struct db *db, const char *text, hufu_error *error)
{
	struct sqlite *own = db->own;
	int code = sqlite3_exec(own->handle, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? HUFU_OK : refuse(db, code, error);
}

static hufu_status sqlite_begin(struct db *db, enum db_begin how, hufu_error *error)
{
	if (!in_place(db))
		return gone(db, "the database's file was moved or removed", error);
	return execute(db, how == DB_BEGIN_READ ? "begin" : "begin immediate", error);
}

static hufu_status sqlite_commit(struct db *db, hufu_error *error)
{
	if (!in_place(db))
		return gone(db, "the database's file was moved or removed, and nothing of this was saved", error);
	hufu_status status = execute(db, "commit", error);
	if (status == HUFU_OK && !in_place(db))
		status = gone(db, "the database's file was moved or removed while this was saved", error);
	return status;
}

static void sqlite_rollback(struct db *db)
{
	struct sqlite *own = db->own;

	if (own && !sqlite3_get_autocommit(own->handle))
		sqlite3_exec(own->handle, "rollback", NULL, NULL, NULL);
}

/* ---- statements ---- */

static int prepare(struct sqlite *own, const char *text, sqlite3_stmt **out)
{
	for (size_t i = 0; i < KEPT_MAX; i++)
		if (own->kept[i].text && strcmp(own->kept[i].text, text) == 0) {
			*out = own->kept[i].statement;
			return SQLITE_OK;
		}
	struct kept fresh = { .text = strdup(text) };
	if (!fresh.text)
		return SQLITE_NOMEM;
	int code = sqlite3_prepare_v3(own->handle, text, -1, SQLITE_PREPARE_PERSISTENT, &fresh.statement, NULL);
	if (code != SQLITE_OK || !fresh.statement) {
		free(fresh.text);
		return code == SQLITE_OK ? SQLITE_MISUSE : code;
	}
	struct kept *old = &own->kept[own->turn++ % KEPT_MAX];
	sqlite3_finalize(old->statement);
	free(old->text);
	*old = fresh;
	*out = fresh.statement;
	return SQLITE_OK;
}

static int bind(sqlite3_stmt *statement, struct db_sql sql)
{
	int code = (size_t)sqlite3_bind_parameter_count(statement) == sql.count ? SQLITE_OK : SQLITE_MISUSE;

	for (size_t i = 0; code == SQLITE_OK && i < sql.count; i++) {
		const struct db_value *value = &sql.values[i];
		const char *from = value->bytes.len ? value->bytes.ptr : "";
		int at = (int)i + 1;
		if (value->type == DB_INT)
			code = sqlite3_bind_int64(statement, at, value->number);
		else if (value->type == DB_TEXT)
			code = sqlite3_bind_text64(statement, at, from, value->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
		else if (value->type == DB_BLOB)
			code = sqlite3_bind_blob64(statement, at, from, value->bytes.len, SQLITE_STATIC);
		else
			code = sqlite3_bind_null(statement, at);
	}
	return code;
}

static void take_cell(sqlite3_stmt *statement, int column, struct db_rows *rows)
{
	struct db_value value = { .type = DB_NULL };
	int type = sqlite3_column_type(statement, column);

	if (type == SQLITE_INTEGER) {
		value = db_int(sqlite3_column_int64(statement, column));
	} else if (type != SQLITE_NULL) {
		const void *from = type == SQLITE_BLOB ? sqlite3_column_blob(statement, column)
		                                       : (const void *)sqlite3_column_text(statement, column);
		value.type = type == SQLITE_BLOB ? DB_BLOB : DB_TEXT;
		value.bytes = view_make(from, (size_t)sqlite3_column_bytes(statement, column));
	}
	db_rows_add(rows, value);
}

static int step_through(sqlite3_stmt *statement, struct db_rows *rows)
{
	int code, columns = sqlite3_column_count(statement);

	if (rows) {
		db_rows_clear(rows);
		db_rows_columns(rows, (size_t)columns);
	}
	while ((code = sqlite3_step(statement)) == SQLITE_ROW)
		for (int i = 0; rows && i < columns; i++)
			take_cell(statement, i, rows);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static hufu_status sqlite_run(
        struct db *db, struct db_sql sql, struct db_rows *rows, int64_t *affected, hufu_error *error)
{
	struct sqlite *own = db->own;
	sqlite3_stmt *statement = NULL;

	if (!db->inside && !in_place(db))
		return gone(db, "the database's file was moved or removed", error);
	int code = prepare(own, sql.text, &statement);
	if (code == SQLITE_OK)
		code = bind(statement, sql);
	if (code == SQLITE_OK)
		code = step_through(statement, rows);
	hufu_status status = code == SQLITE_OK ? HUFU_OK : refuse(db, code, error);
	if (statement) {
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	if (status == HUFU_OK && affected)
		*affected = sqlite3_changes64(own->handle);
	return status;
}

static hufu_status sqlite_number_on(struct db *db, const char *table, hufu_error *error)
{
	(void)db;
	(void)table;
	(void)error;
	return HUFU_OK; /* it takes the largest and one */
}

const struct db_backend db_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.lost = sqlite_lost,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.run = sqlite_run,
	.define = execute,
	.number_on = sqlite_number_on,
	.has_schema = "select count(*) from sqlite_schema where type = 'table' and name = 'hufu_schema'",
};
