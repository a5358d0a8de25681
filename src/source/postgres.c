/* A table of a PostgreSQL, by a connection service: libpq reads pg_service.conf and pgpass, so that neither host nor
 * password comes through here. Rows come one by one, within a transaction that may only read. */
#include "source/database.h"

#include <libpq-fe.h>
#include <stdlib.h>

struct client {
	PGconn *connection;
	PGresult *row, *head; /* the row at hand; the first answer, which names the columns */
	bool fresh;           /* `head` is a row that was not given yet */
};

static void close_client(void *own)
{
	struct client *client = own;
	if (client->row != client->head)
		PQclear(client->row);
	PQclear(client->head);
	PQfinish(client->connection);
	free(client);
}

/* The server's own words may hold a value, so they are not repeated. */
static hufu_status refuse(const PGresult *result, const char *place, hufu_error *error)
{
	static const struct {
		const char *state; /* SQLSTATE, or the class that is its beginning */
		hufu_status status;
		const char *what, *todo;
	} causes[] = {
		{ "42P01", HUFU_USAGE, "has no such table", "check its name and its schema" },
		{ "3F000", HUFU_USAGE, "has no such schema", "check its name" },
		{ "42501", HUFU_DENIED, "does not let its user read this table", "grant select on it" },
		{ "53", HUFU_IO, "is out of memory, disk or connections", "try again" },
		{ "57", HUFU_IO, "was stopped", "start it, then do it again" },
	};
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	for (size_t i = 0; state && i < LEN(causes); i++)
		if (view_starts(view_of(state), causes[i].state))
			return fail(error, causes[i].status, view_of(place), causes[i].what, causes[i].todo);
	return fail(error, HUFU_IO, view_of(place), "went away, or refused the query", "start it, then do it again");
}

static hufu_status connect(struct client *client, const char *service, hufu_error *error)
{
	const char *const names[] = { "service", "client_encoding", "connect_timeout", "fallback_application_name",
		NULL };
	const char *const values[] = { service, "UTF8", "10", "hufu", NULL };
	client->connection = PQconnectdbParams(names, values, 0);
	if (PQstatus(client->connection) != CONNECTION_OK)
		return fail(error, HUFU_IO, view_of(service), "the database cannot be reached",
		        "check the service in pg_service.conf, the password in pgpass, and the server");
	PGresult *begun = PQexec(client->connection, "begin transaction isolation level repeatable read read only");
	bool good = PQresultStatus(begun) == PGRES_COMMAND_OK;
	hufu_status status = good ? HUFU_OK : refuse(begun, service, error);
	PQclear(begun);
	return status;
}

/* The columns' names come with the first row; an empty table tells them too. */
static hufu_status ask(struct client *client, const char *query, const char *place, hufu_error *error)
{
	if (!PQsendQuery(client->connection, query) || !PQsetSingleRowMode(client->connection))
		return refuse(NULL, place, error);
	client->head = PQgetResult(client->connection);
	ExecStatusType status = PQresultStatus(client->head);
	client->fresh = status == PGRES_SINGLE_TUPLE;
	return client->fresh || status == PGRES_TUPLES_OK ? HUFU_OK : refuse(client->head, place, error);
}

static hufu_status open_client(const char *place, const char *query, void **own, hufu_error *error)
{
	static const char word[] = "service=";
	if (!view_starts(view_of(place), word) || !place[strlen(word)])
		return fail(error, HUFU_USAGE, view_of("PostgreSQL"), "wants a connection service",
		        "write postgres:service=NAME;table=NAME");
	struct client *client = calloc(1, sizeof *client);
	if (!client)
		return fail(error, HUFU_NO_MEMORY, view_of(place), "no memory", NULL);
	hufu_status status = connect(client, place + strlen(word), error);
	if (!status)
		status = ask(client, query, place, error);
	if (status)
		close_client(client);
	else
		*own = client;
	return status;
}

static size_t columns(void *own)
{
	struct client *client = own;
	return (size_t)PQnfields(client->head);
}

static hufu_view column(void *own, size_t at)
{
	struct client *client = own;
	return view_of(PQfname(client->head, (int)at));
}

static hufu_status next(void *own, bool *there, hufu_error *error)
{
	struct client *client = own;
	if (client->row != client->head)
		PQclear(client->row);
	client->row = client->fresh ? client->head : PQgetResult(client->connection);
	client->fresh = false;
	ExecStatusType status = PQresultStatus(client->row);
	*there = status == PGRES_SINGLE_TUPLE;
	/* PGRES_TUPLES_OK without a row is how the rows end; no answer at all: they had ended before. */
	return *there || !client->row || status == PGRES_TUPLES_OK ? HUFU_OK : refuse(client->row, "PostgreSQL", error);
}

static hufu_view cell(void *own, size_t at)
{
	struct client *client = own;
	int place = (int)at;
	return PQgetisnull(client->row, 0, place)
	               ? (hufu_view){ 0 }
	               : view_make(PQgetvalue(client->row, 0, place), (size_t)PQgetlength(client->row, 0, place));
}

static const struct database database = { "PostgreSQL", "write postgres:service=NAME;table=NAME", "\"", open_client,
	columns, column, next, cell, close_client };

static hufu_status open_source(const char *what, void **own, hufu_error *error)
{
	return database_open(&database, what, own, error);
}

const struct source_kind source_postgres = { "postgres:", open_source, database_close, database_next, database_header,
	database_malformed, database_progress };
