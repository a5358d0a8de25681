/* The log: one line of JSON an event, on standard error, written at once. Never a value of the data, never what stands
 * behind '?' of an address; a path only as its route. */
#include "base/clock.h"
#include "serve/inside.h"

static void put_line(json_t *line)
{
	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	size_t len = text ? strlen(text) : 0;
	json_decref(line);
	if (!text)
		return;
	text[len] = '\n'; /* where its NUL was: one write, so that threads do not mix their lines */
	ssize_t ignored = write(STDERR_FILENO, text, len + 1);
	(void)ignored;
	free(text);
}

void log_event(const char *event, const char *detail)
{
	char now[CLOCK_TEXT_MAX];
	clock_print(clock_now(), now);
	put_line(json_pack("{s:s, s:s, s:s*}", "at", now, "event", event, "detail", detail));
}

void log_request(const struct request *request)
{
	char now[CLOCK_TEXT_MAX];
	const char *by = request->session.actor.name;
	clock_print(clock_now(), now);
	put_line(json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:I, s:s, s:s*}", "at", now, "event", "request", "method",
	        request->method && request->method[0] ? request->method : "?", "route",
	        request->route ? request->route->path : "?", "status", (int)request->status, "us",
	        (json_int_t)((clock_ticks() - request->begun) / 1000), "bytes", (json_int_t)request->sent, "client",
	        request->client, "by", by[0] ? by : NULL));
}
