/* A request, from its first line to its answer, as libmicrohttpd hands it over piece by piece. Refused as early as can
 * be: the route, who asks, and how much he wants to send are looked at before a byte of the body is taken. */
#include "base/clock.h"
#include "base/utf8.h"
#include "serve/inside.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

enum { SWALLOW_MAX = 16 << 20 };

/* ---- what it says ---- */

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit | 0x20) : NULL;
	return at && ((digit >= '0' && digit <= '9') || at - digits >= 10) ? (int)(at - digits) : -1;
}

bool percent_decode(hufu_view text, char *out, size_t cap)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++) {
		int byte = (unsigned char)text.ptr[i];
		if (byte == '%') {
			int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			byte = high << 4 | low;
			i += 2;
		}
		if (byte < 0x20 || byte == 0x7f || len + 1 >= cap)
			return false;
		out[len++] = (char)byte;
	}
	out[len] = 0;
	return utf8_valid(view_make(out, len)) == len;
}

const char *request_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *request_argument(const struct request *request, const char *name)
{
	const char *value = NULL;
	size_t len = 0;
	if (MHD_lookup_connection_value_n(
	            request->connection, MHD_GET_ARGUMENT_KIND, name, strlen(name), &value, &len) != MHD_YES)
		return NULL;
	return value && strlen(value) == len ? value : "\1"; /* one with a NUL byte in it is nothing that fits */
}

size_t request_limit(struct request *request)
{
	const char *text = request_argument(request, "limit");
	char *end = NULL;
	if (!text)
		return PAGE_ITEMS;
	unsigned long limit = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
	if (end && !*end && limit >= 1 && limit <= PAGE_ITEMS_MAX)
		return limit;
	answer_field(request, "limit", "wants a number from 1 to 200");
	return 0;
}

/* By ?lang=, else by what the browser would rather read. */
static bool wants_chinese(const struct request *request)
{
	const char *lang = request_argument(request, "lang");
	if (!lang)
		lang = request_header(request, "Accept-Language");
	return lang && !strncasecmp(lang, "zh", 2);
}

static void tell_client(struct request *request)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const void *bytes = !address ? NULL
	                    : address->sa_family == AF_INET
	                            ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
	                            : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
	if (!bytes || !inet_ntop(address->sa_family, bytes, request->client, sizeof request->client))
		snprintf(request->client, sizeof request->client, "unknown");
}

void *request_begin(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct request *request = calloc(1, sizeof *request);
	if (!request)
		return NULL;
	size_t len = strcspn(uri, "?");
	request->server = context;
	atomic_fetch_add(&request->server->under_way, 1);
	request->connection = connection;
	request->begun = clock_ticks();
	request->uri_good = len < sizeof request->uri && uri[0] == '/';
	memcpy(request->uri, uri, len < sizeof request->uri ? len : sizeof request->uri - 1);
	return request;
}

/* ---- its body ---- */

/* How many bytes it says it will send; UINT64_MAX: it does not say. 0: none. */
static uint64_t announced(const struct request *request)
{
	const char *length = request_header(request, "Content-Length"),
	           *coding = request_header(request, "Transfer-Encoding");
	return length ? strtoull(length, NULL, 10) : coding ? UINT64_MAX : 0;
}

static bool is_json(const struct request *request)
{
	const char *type = request_header(request, "Content-Type");
	size_t len = type ? strcspn(type, "; ") : 0;
	return len == 16 && !strncasecmp(type, "application/json", 16);
}

static bool body_welcome(struct request *request)
{
	uint64_t length = announced(request);
	if (request->route->flags & ROUTE_RAW)
		return upload_begin(request);
	if (length != UINT64_MAX && length > BODY_MAX) {
		answer_problem(request, 413, "too-large", "a body may hold 1 MiB at most", NULL);
		return false;
	}
	if (length && request->route->fields && !is_json(request)) {
		answer_problem(request, 415, "media-type", "the body must be application/json", NULL);
		return false;
	}
	return true;
}

/* An answer cannot be given while its body still comes: the rest is let by, up to a limit. */
static bool take_piece(struct request *request, hufu_view piece)
{
	if (request->response) {
		request->swallowed += piece.len;
		return request->swallowed <= SWALLOW_MAX;
	}
	if (request->route->flags & ROUTE_RAW)
		return upload_add(request, piece);
	if (request->body.len + piece.len > BODY_MAX)
		answer_problem(request, 413, "too-large", "a body may hold 1 MiB at most", NULL);
	else
		bytes_add(&request->body, piece);
	return true;
}

/* ---- its work ---- */

void request_run(struct request *request)
{
	hufu_error error = { 0 };
	hufu_status status = desk_of(request->server, &request->desk, &error);
	if (status) {
		answer_error(request, &error);
		return;
	}
	casebook_act_as(request->desk->book, &request->session.actor);
	accounts_act_as(request->desk->accounts, &request->session.actor);
	casebook_expect(request->desk->book, request->seen);
	if (!(request->route->flags & ROUTE_ONCE) || once_begin(request))
		request->route->handle(request);
	if (!request->response)
		answer_problem(request, 503, "no-memory", "the server is out of memory", "try again in a moment");
	if (request->once_held)
		once_end(request);
}

static enum MHD_Result give_answer(struct request *request)
{
	request->phase = REQUEST_ANSWERED;
	if (!request->response)
		return MHD_NO;
	return MHD_queue_response(request->connection, request->status, request->response);
}

static enum MHD_Result work(struct request *request)
{
	watch_answer(request);
	if (!request->response && (request->route->flags & ROUTE_RAW || body_read(request))) {
		if (request->route->flags & (ROUTE_SLOW | ROUTE_DOOR)) {
			request->phase = REQUEST_AWAY;
			if (clerks_take(request))
				return MHD_YES;
			answer_problem(request, 503, "busy", "too much is waiting already", "try again in a moment");
		} else {
			request_run(request);
		}
	}
	return give_answer(request);
}

/* ?limit and paths are checked by who uses them; this is what all have in common. */
static bool fresh(struct request *request, const char *method)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	request->chinese = wants_chinese(request);
	tell_client(request);
	request->method = "";
	for (size_t i = 0; i < LEN(methods); i++)
		if (!strcmp(method, methods[i]) || (!i && !strcmp(method, "HEAD")))
			request->method = methods[i];
	if (!request->uri_good)
		answer_problem(request, 414, "too-long", "this address is too long, or none", NULL);
	else if (!route_find(request))
		return false;
	return !request->response && session_admit(request) && body_welcome(request);
}

/* Answered before its body came, a connection is closed, and whoever is still sending may never read why. So what is
 * not long is read to its end first, unless he waits for our word before he sends it. */
static bool body_is_let_by(const struct request *request)
{
	uint64_t length = announced(request);
	return !length || (length <= SWALLOW_MAX && !request_header(request, "Expect"));
}

enum MHD_Result request_handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *upload, size_t *upload_size, void **held)
{
	struct request *request = *held;
	(void)context;
	(void)connection;
	(void)url;
	(void)version;
	if (!request)
		return MHD_NO;
	switch (request->phase) {
	case REQUEST_FRESH:
		request->phase = REQUEST_BODY;
		if (!fresh(request, method) && !body_is_let_by(request))
			return give_answer(request);
		watch_body(request, request->route && request->route->flags & ROUTE_RAW);
		return MHD_YES;
	case REQUEST_BODY:
		if (!*upload_size)
			return work(request);
		if (!take_piece(request, view_make(upload, *upload_size)))
			return MHD_NO;
		*upload_size = 0;
		return MHD_YES;
	case REQUEST_BACK:
		return give_answer(request);
	case REQUEST_AWAY:
	case REQUEST_ANSWERED:
		break;
	}
	return MHD_YES;
}

void request_end(void *context, struct MHD_Connection *connection, void **held, enum MHD_RequestTerminationCode why)
{
	struct request *request = *held;
	(void)context;
	(void)connection;
	(void)why;
	if (!request)
		return;
	*held = NULL;
	if (request->phase != REQUEST_FRESH) {
		metrics_note(request->server->metrics, request->route, request->status, clock_ticks() - request->begun);
		log_request(request);
	}
	watch_again(request);
	atomic_fetch_sub(&request->server->under_way, 1);
	upload_done(request->upload);
	if (request->response)
		MHD_destroy_response(request->response);
	json_decref(request->json);
	/* It may hold a password. */
	if (request->body.ptr)
		explicit_bzero(request->body.ptr, request->body.cap);
	bytes_done(&request->body);
	explicit_bzero(request, sizeof *request);
	free(request);
}
