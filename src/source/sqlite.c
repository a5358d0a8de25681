/* A table of an SQLite file. It is opened to be read only; whoever writes it meanwhile does not disturb the one look
 * that is taken at it. */
#include "source/database.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { WAIT_MS = 10000 };

struct client {
	sqlite3 *handle;
	sqlite3_stmt *statement;
};

static void close_client(void *own)
{
	struct client *client = own;
	sqlite3_finalize(client->statement);
	sqlite3_close(client->handle);
	free(client);
}

static hufu_status refuse(int code, const char *place, hufu_error *error)
{
	static const struct {
		int code;
		hufu_status status;
		const char *what, *todo;
	} causes[] = {
		{ SQLITE_CANTOPEN, HUFU_IO, "cannot be opened", "check the path" },
		{ SQLITE_NOTADB, HUFU_MALFORMED, "is no SQLite file", NULL },
		{ SQLITE_CORRUPT, HUFU_MALFORMED, "is damaged", "mend it, or take it from a backup" },
		{ SQLITE_BUSY, HUFU_TIMEOUT, "somebody has been writing for ten seconds", "try again when he is done" },
		{ SQLITE_PERM, HUFU_DENIED, "may not be read", NULL },
		{ SQLITE_NOMEM, HUFU_NO_MEMORY, "no memory", NULL },
		{ SQLITE_ERROR, HUFU_USAGE, "has no such table", "check its name" },
	};
	for (size_t i = 0; i < LEN(causes); i++)
		if (causes[i].code == (code & 0xff))
			return fail(error, causes[i].status, view_of(place), causes[i].what, causes[i].todo);
	return fail(error, HUFU_IO, view_of(place), "cannot be read to its end", NULL);
}

static hufu_status open_client(const char *place, const char *query, void **own, hufu_error *error)
{
	struct client *client = calloc(1, sizeof *client);
	if (!client)
		return fail(error, HUFU_NO_MEMORY, view_of(place), "no memory", NULL);
	int code = sqlite3_open_v2(place, &client->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(client->handle, WAIT_MS);
	/* What the file's own schema says is not to be believed with functions. */
	if (code == SQLITE_OK)
		code = sqlite3_db_config(client->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(client->handle, query, -1, &client->statement, NULL);
	if (code == SQLITE_OK) {
		*own = client;
		return HUFU_OK;
	}
	close_client(client);
	return refuse(code, place, error);
}

static size_t columns(void *own)
{
	struct client *client = own;
	return (size_t)sqlite3_column_count(client->statement);
}

static hufu_view column(void *own, size_t at)
{
	struct client *client = own;
	return view_of(sqlite3_column_name(client->statement, (int)at));
}

static hufu_status next(void *own, bool *there, hufu_error *error)
{
	struct client *client = own;
	int code = sqlite3_step(client->statement);
	*there = code == SQLITE_ROW;
	return code == SQLITE_ROW || code == SQLITE_DONE
	               ? HUFU_OK
	               : refuse(code, sqlite3_db_filename(client->handle, "main"), error);
}

static hufu_view cell(void *own, size_t at)
{
	struct client *client = own;
	const unsigned char *text = sqlite3_column_text(client->statement, (int)at);
	return text ? view_make(text, (size_t)sqlite3_column_bytes(client->statement, (int)at)) : (hufu_view){ 0 };
}

static const struct database database = { "SQLite", "write sqlite:FILE;table=NAME", "\"", open_client, columns, column,
	next, cell, close_client };

static hufu_status open_source(const char *what, void **own, hufu_error *error)
{
	return database_open(&database, what, own, error);
}

const struct source_kind source_sqlite = { "sqlite:", open_source, database_close, database_next, database_header,
	database_malformed, database_progress };
