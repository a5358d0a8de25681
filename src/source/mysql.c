/* A table of a MySQL or MariaDB, by an option file (its group "client": host, user, password, database). Rows come one
 * by one. A server may ask a client for a file of its own: that is off. */
#include "source/database.h"

#include <mysql.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { WAIT_SECONDS = 10, NO_TABLE = 1146, NO_DATABASE = 1049, NO_RIGHT = 1142, NO_LOGIN = 1045, NONE_CHOSEN = 1046 };

struct client {
	MYSQL *handle;
	MYSQL_RES *result;
	MYSQL_ROW row;
	unsigned long *lengths;
};

static void close_client(void *own)
{
	struct client *client = own;
	/* Rows that nobody wants any more are not waited for. */
	if (client->result && client->row)
		mariadb_cancel(client->handle);
	if (client->result)
		mysql_free_result(client->result);
	if (client->handle)
		mysql_close(client->handle);
	free(client);
}

/* The server's own words may hold a value, so they are not repeated. */
static hufu_status refuse(struct client *client, const char *place, hufu_error *error)
{
	static const struct {
		unsigned number;
		hufu_status status;
		const char *what, *todo;
	} causes[] = {
		{ NO_TABLE, HUFU_USAGE, "has no such table", "check its name" },
		{ NO_DATABASE, HUFU_USAGE, "has no such database", "check its name" },
		{ NONE_CHOSEN, HUFU_USAGE, "no database is named",
		        "write table=DATABASE.TABLE, or database= in the file" },
		{ NO_RIGHT, HUFU_DENIED, "does not let its user read this table", "grant select on it" },
		{ NO_LOGIN, HUFU_DENIED, "refuses user or password", "check the option file" },
	};
	unsigned number = mysql_errno(client->handle);
	for (size_t i = 0; i < LEN(causes); i++)
		if (causes[i].number == number)
			return fail(error, causes[i].status, view_of(place), causes[i].what, causes[i].todo);
	return fail(error, HUFU_IO, view_of(place), "the database cannot be reached, or broke off",
	        "check the option file and the server");
}

static hufu_status check_file(const char *place, hufu_error *error)
{
	struct stat about;
	if (stat(place, &about) != 0)
		return fail_errno(error, view_of(place), "name the option file: mysql:OPTIONFILE;table=NAME");
	if (about.st_mode & 077)
		return fail(error, HUFU_DENIED, view_of(place), "may be read by others", "chmod 600 it");
	return HUFU_OK;
}

static bool set_way(MYSQL *handle, const char *place)
{
	const unsigned wait = WAIT_SECONDS, off = 0;
	return !mysql_options(handle, MYSQL_READ_DEFAULT_FILE, place) &&
	       !mysql_options(handle, MYSQL_READ_DEFAULT_GROUP, "client") &&
	       !mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4") &&
	       !mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &wait) &&
	       !mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
}

static hufu_status ask(struct client *client, const char *place, const char *query, hufu_error *error)
{
	client->handle = mysql_init(NULL);
	if (!client->handle || !set_way(client->handle, place))
		return fail(error, HUFU_NO_MEMORY, view_of(place), "no memory", NULL);
	if (!mysql_real_connect(client->handle, NULL, NULL, NULL, NULL, 0, NULL, 0) ||
	        mysql_query(client->handle, "set session transaction read only") ||
	        mysql_query(client->handle, query) || !(client->result = mysql_use_result(client->handle)))
		return refuse(client, place, error);
	return HUFU_OK;
}

static hufu_status open_client(const char *place, const char *query, void **own, hufu_error *error)
{
	hufu_status status = check_file(place, error);
	struct client *client = status ? NULL : calloc(1, sizeof *client);
	if (status)
		return status;
	if (!client)
		return fail(error, HUFU_NO_MEMORY, view_of(place), "no memory", NULL);
	status = ask(client, place, query, error);
	if (status)
		close_client(client);
	else
		*own = client;
	return status;
}

static size_t columns(void *own)
{
	struct client *client = own;
	return mysql_num_fields(client->result);
}

static hufu_view column(void *own, size_t at)
{
	struct client *client = own;
	return view_of(mysql_fetch_field_direct(client->result, (unsigned)at)->name);
}

static hufu_status next(void *own, bool *there, hufu_error *error)
{
	struct client *client = own;
	client->row = mysql_fetch_row(client->result);
	client->lengths = client->row ? mysql_fetch_lengths(client->result) : NULL;
	*there = client->row != NULL;
	return *there || !mysql_errno(client->handle) ? HUFU_OK : refuse(client, "MySQL", error);
}

static hufu_view cell(void *own, size_t at)
{
	struct client *client = own;
	return client->row[at] ? view_make(client->row[at], client->lengths[at]) : (hufu_view){ 0 };
}

static const struct database database = { "MySQL", "write mysql:OPTIONFILE;table=NAME", "`", open_client, columns,
	column, next, cell, close_client };

static hufu_status open_source(const char *what, void **own, hufu_error *error)
{
	return database_open(&database, what, own, error);
}

const struct source_kind source_mysql = { "mysql:", open_source, database_close, database_next, database_header,
	database_malformed, database_progress };
