/* PostgreSQL, by a connection service: libpq reads pg_service.conf and ~/.pgpass, so that neither host nor password
 * comes through here.
 *
 * A writing transaction is SERIALIZABLE and first takes a lock that only writers want. The lock is taken before the
 * first look at the data, so that writers queue up instead of colliding; whoever writes around hufu is still found out
 * by the database. */
#include "backend.h"
#include "base/auto.h"
#include "translate.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the types' numbers only those that we tell apart. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };
enum { KEPT_MAX = 64, VALUES_MAX = 64, NUMBER_TEXT = 24, SCHEMA_LOCK = 0x68756675 };

struct kept {
	char *text;
	Oid types[VALUES_MAX];
	size_t count;
};

struct postgres {
	PGconn *connection;
	struct kept kept[KEPT_MAX]; /* prepared under the name of their place, the oldest replaced first */
	size_t turn;
};

/* ---- failures ---- */

static const struct {
	const char *state; /* SQLSTATE, or the class that is its beginning; the first that fits holds */
	hufu_status status;
	const char *what, *todo;
} causes[] = {
	{ "40001", HUFU_TIMEOUT, "others keep changing the same", "try again" },
	{ "40P01", HUFU_TIMEOUT, "others keep changing the same", "try again" },
	{ "55P03", HUFU_TIMEOUT, "another hufu has been writing for ten seconds", "try again when it is done" },
	{ "53100", HUFU_IO, "the database's disk is full, and nothing of this was saved",
	        "make room, then do it again" },
	{ "53200", HUFU_NO_MEMORY, "the database is out of memory", "try again" },
	{ "53300", HUFU_TIMEOUT, "the database has too many connections", "try again" },
	{ "57P", HUFU_IO, "the database was stopped, and nothing of this was saved", "start it, then do it again" },
	{ "08", HUFU_IO, "the database went away, and nothing of this was saved", "start it, then do it again" },
	{ "42501", HUFU_DENIED, "the database's user has no permission",
	        "grant it: the user needs a schema of its own" },
	{ "25006", HUFU_DENIED, "the database may only be read", "name the primary server in the service" },
	{ "23", HUFU_CONFLICT, "contradicts what the database holds", NULL },
	{ "22", HUFU_CONFLICT, "a value is of the wrong type", NULL },
	{ "58", HUFU_IO, "the database's disk reports an error, and nothing of this was saved", "look at its disk" },
	{ "XX001", HUFU_MALFORMED, "the database is damaged", "restore it from a backup" },
};

static bool is_broken(const struct postgres *own)
{
	return !own->connection || PQstatus(own->connection) != CONNECTION_OK;
}

/* The server's own words may hold a value, so they are not repeated; its number and our statement are. */
static hufu_status refuse(struct db *db, const char *state, const char *text, hufu_error *error)
{
	struct postgres *own = db->own;
	char where[200];

	if (!state || !state[0])
		state = is_broken(own) ? "08006" : "";
	db->again = strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
	for (size_t i = 0; i < LEN(causes); i++)
		if (view_starts(view_of(state), causes[i].state))
			return fail(error, causes[i].status, view_of(db->shown), causes[i].what, causes[i].todo);
	snprintf(where, sizeof where, "%s, %s, %.60s", db->shown, state, text);
	return fail(error, HUFU_IO, view_of(where), "the database refused a statement", NULL);
}

static hufu_status refuse_result(struct db *db, const PGresult *result, const char *text, hufu_error *error)
{
	return refuse(db, result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL, text, error);
}

/* ---- opening ---- */

static void drop_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static void postgres_close(struct db *db)
{
	struct postgres *own = db->own;

	if (!own)
		return;
	for (size_t i = 0; i < KEPT_MAX; i++)
		free(own->kept[i].text);
	PQfinish(own->connection);
	free(own);
	db->own = NULL;
}

static hufu_status execute(struct db *db, const char *text, hufu_error *error)
{
	struct postgres *own = db->own;
	PGresult *result = PQexec(own->connection, text);
	ExecStatusType got = PQresultStatus(result);

	hufu_status status =
	        got == PGRES_COMMAND_OK || got == PGRES_TUPLES_OK ? HUFU_OK : refuse_result(db, result, text, error);
	PQclear(result);
	return status;
}

/* Before there is a connection libpq has only words, which name the host; they are told apart by what they are about.
 */
static hufu_status refuse_connection(struct db *db, hufu_error *error)
{
	struct postgres *own = db->own;
	const char *words = own->connection ? PQerrorMessage(own->connection) : "";

	if (!own->connection)
		return db_no_memory(error);
	if (strstr(words, "definition of service"))
		return fail(error, HUFU_USAGE, view_of(db->shown), "there is no such connection service",
		        "define it in ~/.pg_service.conf, or name the file in PGSERVICEFILE");
	if (PQconnectionNeedsPassword(own->connection) || strstr(words, "password authentication"))
		return fail(error, HUFU_DENIED, view_of(db->shown), "the database does not take the password",
		        "write it into ~/.pgpass (mode 0600)");
	if (strstr(words, "does not exist") && !strstr(words, "No such file"))
		return fail(error, HUFU_DENIED, view_of(db->shown), "the server has no such database or user",
		        "make them, or mend the service");
	return fail(error, HUFU_IO, view_of(db->shown), "the database does not answer", "start it, then do it again");
}

static hufu_status postgres_open(struct db *db, hufu_error *error)
{
	static const char settings[] =
	        "set default_transaction_isolation = 'serializable'; set synchronous_commit = on; set lock_timeout = "
	        "'10s';"
	        "set standard_conforming_strings = on; set bytea_output = 'hex'; set client_min_messages = warning";
	static const char *const words[] = { "service", "client_encoding", "application_name", "connect_timeout",
		"keepalives_idle", NULL };
	const char *const values[] = { db->place, "UTF8", "hufu", "10", "30", NULL };
	struct postgres *own = db->own = calloc(1, sizeof *own);

	if (!own)
		return db_no_memory(error);
	own->connection = PQconnectdbParams(words, values, 0);
	hufu_status status = is_broken(own) ? refuse_connection(db, error) : HUFU_OK;
	if (status == HUFU_OK) {
		PQsetNoticeReceiver(own->connection, drop_notice, NULL);
		status = execute(db, settings, error);
	}
	if (status != HUFU_OK)
		postgres_close(db);
	return status;
}

static bool postgres_lost(struct db *db)
{
	struct postgres *own = db->own;

	return !own || is_broken(own);
}

/* ---- transactions ---- */

static hufu_status postgres_begin(struct db *db, enum db_begin how, hufu_error *error)
{
	static const char *const first[] = {
		[DB_BEGIN_WRITE] =
		        "begin isolation level serializable read write; lock table hufu_schema in exclusive mode",
		[DB_BEGIN_READ] = "begin isolation level repeatable read read only",
		[DB_BEGIN_SCHEMA] = "begin isolation level read committed",
	};
	char lock[80];

	hufu_status status = execute(db, first[how], error);
	snprintf(lock, sizeof lock, "select pg_advisory_xact_lock(%d)", (int)SCHEMA_LOCK);
	if (status == HUFU_OK && how == DB_BEGIN_SCHEMA)
		status = execute(db, lock, error);
	if (status != HUFU_OK && !postgres_lost(db))
		db->backend->rollback(db);
	return status;
}

/* A connection that breaks while it commits leaves it open whether it was done. */
static hufu_status postgres_commit(struct db *db, hufu_error *error)
{
	struct postgres *own = db->own;
	PGresult *result = PQexec(own->connection, "commit");
	hufu_status status = HUFU_OK;

	if (PQresultStatus(result) != PGRES_COMMAND_OK && is_broken(own))
		status = fail(error, HUFU_IO, view_of(db->shown), "the database went away while this was being saved",
		        "start it, look whether it was saved, and do it again if not");
	else if (PQresultStatus(result) != PGRES_COMMAND_OK)
		status = refuse_result(db, result, "commit", error);
	else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) /* what failed within was passed over */
		status = fail(error, HUFU_USAGE, view_of(db->shown), "nothing of this was saved", NULL);
	PQclear(result);
	return status;
}

static void postgres_rollback(struct db *db)
{
	struct postgres *own = db->own;

	if (own && !is_broken(own) && PQtransactionStatus(own->connection) != PQTRANS_IDLE)
		PQclear(PQexec(own->connection, "rollback"));
}

/* ---- statements ---- */

struct bound {
	char numbers[VALUES_MAX][NUMBER_TEXT];
	const char *values[VALUES_MAX];
	char *texts[VALUES_MAX]; /* ours, to be freed */
	int lens[VALUES_MAX], formats[VALUES_MAX];
	Oid types[VALUES_MAX];
};

static void unbind(struct bound *bound, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(bound->texts[i]);
}

static bool bind(struct bound *bound, struct db_sql sql)
{
	for (size_t i = 0; i < sql.count; i++) {
		const struct db_value *value = &sql.values[i];
		bound->values[i] = NULL;
		bound->texts[i] = NULL;
		bound->lens[i] = 0;
		bound->formats[i] = value->type == DB_BLOB;
		bound->types[i] = 0;
		if (value->type == DB_INT) {
			snprintf(bound->numbers[i], NUMBER_TEXT, "%lld", (long long)value->number);
			bound->values[i] = bound->numbers[i];
			bound->types[i] = OID_INT8;
		} else if (value->type == DB_TEXT) {
			bound->texts[i] = strndup(value->bytes.len ? value->bytes.ptr : "", value->bytes.len);
			bound->values[i] = bound->texts[i];
			bound->types[i] = OID_TEXT;
		} else if (value->type == DB_BLOB) {
			bound->values[i] = value->bytes.len ? value->bytes.ptr : "";
			bound->lens[i] = (int)value->bytes.len;
			bound->types[i] = OID_BYTEA;
		}
		if (value->bytes.len > INT32_MAX || (value->type == DB_TEXT && !bound->texts[i])) {
			unbind(bound, i + 1);
			return false;
		}
	}
	return true;
}

static bool is_kept(const struct kept *kept, const struct bound *bound, struct db_sql sql)
{
	return kept->text && strcmp(kept->text, sql.text) == 0 && kept->count == sql.count &&
	       memcmp(kept->types, bound->types, sql.count * sizeof *kept->types) == 0;
}

static hufu_status prepare_at(struct db *db, size_t at, const struct bound *bound, struct db_sql sql, hufu_error *error)
{
	struct postgres *own = db->own;
	struct kept *kept = &own->kept[at];
	AUTO_FREE char *text = strdup(sql.text), *numbered = translate_query(sql.text);
	char name[32], drop[64];

	if (!text || !numbered)
		return db_no_memory(error);
	snprintf(name, sizeof name, "s%zu", at);
	snprintf(drop, sizeof drop, "deallocate %s", name);
	hufu_status status = kept->text ? execute(db, drop, error) : HUFU_OK;
	if (status != HUFU_OK)
		return status;
	free(take(&kept->text));
	PGresult *result = PQprepare(own->connection, name, numbered, (int)sql.count, bound->types);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		status = refuse_result(db, result, sql.text, error);
	} else {
		kept->text = take(&text);
		kept->count = sql.count;
		memcpy(kept->types, bound->types, sql.count * sizeof *kept->types);
	}
	PQclear(result);
	return status;
}

static hufu_status prepare(struct db *db, const struct bound *bound, struct db_sql sql, size_t *out, hufu_error *error)
{
	struct postgres *own = db->own;

	for (size_t i = 0; i < KEPT_MAX; i++)
		if (is_kept(&own->kept[i], bound, sql)) {
			*out = i;
			return HUFU_OK;
		}
	*out = own->turn++ % KEPT_MAX;
	return prepare_at(db, *out, bound, sql, error);
}

static int hex(char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static void take_blob(hufu_view text, struct db_rows *rows)
{
	size_t len = text.len >= 2 ? (text.len - 2) / 2 : 0; /* \x and two digits a byte */
	char *room = db_rows_add_room(rows, DB_BLOB, len);

	for (size_t i = 0; room && i < len; i++)
		room[i] = (char)(hex(text.ptr[2 + 2 * i]) << 4 | hex(text.ptr[3 + 2 * i]));
}

static void take_cell(const PGresult *result, int row, int column, struct db_rows *rows)
{
	hufu_view text = view_make(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
	Oid type = PQftype(result, column);

	if (PQgetisnull(result, row, column))
		db_rows_add(rows, db_null());
	else if (type == OID_INT8 || type == OID_INT4 || type == OID_INT2)
		db_rows_add(rows, db_int(strtoll(text.ptr, NULL, 10)));
	else if (type == OID_BOOL)
		db_rows_add(rows, db_int(text.ptr[0] == 't'));
	else if (type == OID_BYTEA)
		take_blob(text, rows);
	else
		db_rows_add(rows, db_view(text));
}

static void take_rows(const PGresult *result, struct db_rows *rows)
{
	int columns = PQnfields(result);

	db_rows_clear(rows);
	db_rows_columns(rows, (size_t)columns);
	for (int row = 0; row < PQntuples(result); row++)
		for (int column = 0; column < columns; column++)
			take_cell(result, row, column, rows);
}

static hufu_status run_bound(struct db *db, struct db_sql sql, const struct bound *bound, struct db_rows *rows,
        int64_t *affected, hufu_error *error)
{
	struct postgres *own = db->own;
	char name[32];
	size_t at = 0;

	hufu_status status = prepare(db, bound, sql, &at, error);
	if (status != HUFU_OK)
		return status;
	snprintf(name, sizeof name, "s%zu", at);
	PGresult *result =
	        PQexecPrepared(own->connection, name, (int)sql.count, bound->values, bound->lens, bound->formats, 0);
	ExecStatusType got = PQresultStatus(result);
	if (got != PGRES_COMMAND_OK && got != PGRES_TUPLES_OK)
		status = refuse_result(db, result, sql.text, error);
	if (status == HUFU_OK && rows)
		take_rows(result, rows);
	if (status == HUFU_OK && affected)
		*affected = strtoll(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return status;
}

static hufu_status postgres_run(
        struct db *db, struct db_sql sql, struct db_rows *rows, int64_t *affected, hufu_error *error)
{
	struct bound bound;

	if (sql.count > VALUES_MAX)
		return fail(error, HUFU_LIMIT, view_of(db->shown), "a statement has too many parameters", NULL);
	if (postgres_lost(db))
		return refuse(db, "08006", sql.text, error);
	if (!bind(&bound, sql))
		return db_no_memory(error);
	hufu_status status = run_bound(db, sql, &bound, rows, affected, error);
	unbind(&bound, sql.count);
	return status;
}

static hufu_status postgres_define(struct db *db, const char *text, hufu_error *error)
{
	AUTO_FREE char *own_words = translate_schema(text);

	return own_words ? execute(db, own_words, error) : db_no_memory(error);
}

static hufu_status postgres_number_on(struct db *db, const char *table, hufu_error *error)
{
	AUTO_FREE char *text = NULL;

	if (asprintf(&text,
	            "select setval(pg_get_serial_sequence('%s', 'id'), coalesce(max(id), 0) + 1, false) from %s", table,
	            table) < 0)
		return db_no_memory(error);
	return execute(db, text, error);
}

const struct db_backend db_postgres = {
	.name = "postgresql",
	.open = postgres_open,
	.close = postgres_close,
	.lost = postgres_lost,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.run = postgres_run,
	.define = postgres_define,
	.number_on = postgres_number_on,
	.has_schema = "select count(*) from pg_catalog.pg_class c where c.relname = 'hufu_schema' and "
	              "pg_catalog.pg_table_is_visible(c.oid)",
};
