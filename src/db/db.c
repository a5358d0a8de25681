/* The door: which database, transactions and their repetition. Knows no database's own calls. */
#include "db.h"

#include "backend.h"
#include "base/io.h"
#include "base/utf8.h"
#include "schema.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>

enum { TRIES = 8, JSON_BYTES_MAX = 1 << 16 };

static const struct db_backend *const backends[] = { &db_sqlite, &db_postgres };

hufu_status db_no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

/* ---- which database ---- */

/* The field "database" of store.json; NULL when it has none. The caller frees. */
static hufu_status read_setting(const struct store *store, char **out, hufu_error *error)
{
	AUTO_FREE char *path = io_join(store->dir, "store.json");
	struct bytes text = { 0 };

	if (!path)
		return db_no_memory(error);
	hufu_status status = io_read_file(path, JSON_BYTES_MAX, &text, error);
	if (status != HUFU_OK)
		return status;
	json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *setting = json_object_get(root, "database");
	if (!root || (setting && !json_is_string(setting)))
		status = fail(error, HUFU_MALFORMED, view_of(path), "is damaged", "take this one file from a backup");
	else if (setting && !(*out = strdup(json_string_value(setting))))
		status = db_no_memory(error);
	json_decref(root);
	bytes_done(&text);
	return status;
}

static bool is_service(hufu_view name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		            c == '-' || c == '.'))
			return false;
	}
	return name.len > 0 && name.len < 64;
}

/* Takes the setting apart. What it says is never repeated: somebody may have put a password there. */
static hufu_status choose(const struct store *store, const char *setting, const char *from,
        const struct db_backend **backend, char **place, hufu_error *error)
{
	static const char service[] = "service=";

	if (!setting || !setting[0] || strcmp(setting, db_sqlite.name) == 0) {
		*backend = &db_sqlite;
		*place = io_join(store->dir, "case.db");
	} else if (view_starts(view_of(setting), service) && is_service(view_of(setting + sizeof service - 1))) {
		*backend = &db_postgres;
		*place = strdup(setting + sizeof service - 1);
	} else {
		return fail(error, HUFU_USAGE, view_of(from), "names no database",
		        "write service=NAME, or sqlite; host and user go into pg_service.conf, the password into "
		        "~/.pgpass");
	}
	return *place ? HUFU_OK : db_no_memory(error);
}

/* ---- opening ---- */

hufu_status db_attach(
        const struct db_backend *backend, const char *place, const char *store_id, struct db **out, hufu_error *error)
{
	struct db *db = calloc(1, sizeof *db);

	if (!db)
		return db_no_memory(error);
	db->backend = backend;
	db->place = strdup(place);
	snprintf(db->store_id, sizeof db->store_id, "%s", store_id);
	snprintf(db->shown, sizeof db->shown, "%s%s", backend == &db_postgres ? "service " : "", place);
	hufu_status status = db->place ? backend->open(db, error) : db_no_memory(error);
	if (status != HUFU_OK) {
		db_close(db);
		return status;
	}
	db->known = true;
	*out = db;
	return HUFU_OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db->backend->close(db);
	free(db->place);
	free(db);
}

hufu_status db_open(const struct store *store, struct db **out, hufu_error *error)
{
	const struct db_backend *backend = NULL;
	AUTO_FREE char *setting = NULL, *place = NULL;
	const char *named = getenv("HUFU_DB");
	struct db *db = NULL;

	hufu_status status = named && named[0] ? HUFU_OK : read_setting(store, &setting, error);
	if (status == HUFU_OK && named && named[0])
		status = choose(store, named, "HUFU_DB", &backend, &place, error);
	else if (status == HUFU_OK)
		status = choose(store, setting, "\"database\" in store.json", &backend, &place, error);
	if (status == HUFU_OK)
		status = db_attach(backend, place, store->id, &db, error);
	if (status == HUFU_OK)
		status = schema_bring(db, schema_steps, schema_count, error);
	if (status != HUFU_OK) {
		db_close(db);
		return status;
	}
	*out = db;
	return HUFU_OK;
}

const char *db_kind(const struct db *db)
{
	for (size_t i = 0; i < LEN(backends); i++)
		if (db->backend == backends[i])
			return backends[i]->name;
	return "";
}

/* ---- transactions ---- */

/* One that went away is opened again here, where nothing is lost by it. */
static hufu_status begin(struct db *db, enum db_begin how, hufu_error *error)
{
	bool fresh = false;

	if (db->backend->lost(db)) {
		db->backend->close(db);
		hufu_status status = db->backend->open(db, error);
		if (status != HUFU_OK)
			return status;
		fresh = true;
	}
	db->again = false;
	hufu_status status = db->backend->begin(db, how, error);
	if (status == HUFU_OK)
		db->inside = true;
	else if (!fresh && db->backend->lost(db))
		return begin(db, how, error);
	return status;
}

static hufu_status once(struct db *db, enum db_begin how, db_work *work, void *context, hufu_error *error)
{
	hufu_status status = begin(db, how, error);

	if (status != HUFU_OK)
		return status;
	status = work(db, context, error);
	if (status == HUFU_OK)
		status = db->backend->commit(db, error);
	if (status != HUFU_OK)
		db->backend->rollback(db);
	db->inside = false;
	return status;
}

hufu_status db_transact_as(struct db *db, enum db_begin how, db_work *work, void *context, hufu_error *error)
{
	hufu_status status = HUFU_OK;

	if (db->inside)
		return fail(error, HUFU_USAGE, view_of(db->shown), "a transaction is open already", NULL);
	for (unsigned i = 0; i < TRIES; i++) {
		status = once(db, how, work, context, error);
		if (status == HUFU_OK || !db->again)
			return status;
		/* Longer each time, and not in step with whom it collided with. */
		const struct timespec pause = { .tv_nsec = (long)randombytes_uniform(4000000u << i) };
		nanosleep(&pause, NULL);
	}
	return status;
}

hufu_status db_transact(struct db *db, db_work *work, void *context, hufu_error *error)
{
	return db_transact_as(db, DB_BEGIN_WRITE, work, context, error);
}

hufu_status db_look(struct db *db, db_work *work, void *context, hufu_error *error)
{
	return db_transact_as(db, DB_BEGIN_READ, work, context, error);
}

/* ---- statements ---- */

struct single {
	struct db_sql sql;
	struct db_rows *rows;
	int64_t *affected;
};

static hufu_status run_single(struct db *db, void *context, hufu_error *error)
{
	struct single *single = context;

	return db->backend->run(db, single->sql, single->rows, single->affected, error);
}

/* Both databases refuse the same texts. */
static hufu_status check_values(struct db_sql sql, hufu_error *error)
{
	for (size_t i = 0; i < sql.count; i++) {
		hufu_view bytes = sql.values[i].bytes;
		if (sql.values[i].type != DB_TEXT || !bytes.len)
			continue;
		if (memchr(bytes.ptr, 0, bytes.len))
			return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "a text holds a NUL byte", NULL);
		if (utf8_valid(bytes) != bytes.len)
			return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "a text is not UTF-8", NULL);
	}
	return HUFU_OK;
}

static hufu_status run(struct db *db, struct single *single, hufu_error *error)
{
	hufu_status status = check_values(single->sql, error);

	if (status != HUFU_OK)
		return status;
	if (db->inside)
		return run_single(db, single, error);
	if (!view_starts(view_of(single->sql.text), "select"))
		return db_transact_as(db, DB_BEGIN_WRITE, run_single, single, error);
	if (!db->backend->lost(db))
		status = run_single(db, single, error);
	/* Reading twice does no harm. */
	return db->backend->lost(db) ? db_transact_as(db, DB_BEGIN_READ, run_single, single, error) : status;
}

hufu_status db_run(struct db *db, struct db_sql sql, int64_t *affected, hufu_error *error)
{
	return run(db, &(struct single){ sql, NULL, affected }, error);
}

hufu_status db_query(struct db *db, struct db_sql sql, struct db_rows **out, hufu_error *error)
{
	struct db_rows *rows = db_rows_new();

	if (!rows)
		return db_no_memory(error);
	hufu_status status = run(db, &(struct single){ sql, rows, NULL }, error);
	if (status == HUFU_OK && db_rows_failed(rows))
		status = db_no_memory(error);
	if (status != HUFU_OK) {
		db_rows_free(rows);
		return status;
	}
	*out = rows;
	return HUFU_OK;
}

hufu_status db_number(struct db *db, struct db_sql sql, int64_t *out, bool *found, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;

	hufu_status status = db_query(db, sql, &rows, error);
	if (status != HUFU_OK)
		return status;
	bool there = db_rows_next(rows) && !db_rows_null(rows, 0);
	if (there)
		*out = db_rows_int(rows, 0);
	if (found)
		*found = there;
	return HUFU_OK;
}
