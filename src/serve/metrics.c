/* Numbers for Prometheus, without a name or a value of anybody: requests by route and status, how long they took, jobs,
 * sessions, duties, seals. What can be counted in the database is counted when asked. */
#include "base/clock.h"
#include "serve/inside.h"

enum { ROUTES_MAX = 128, CLASSES = 6, BUCKETS = 10 };

/* Upper ends in microseconds. */
static const uint64_t buckets[BUCKETS] = { 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 10000000 };

struct metrics {
	atomic_ullong counts[ROUTES_MAX][CLASSES]; /* by hundreds of the status; the last row is the page */
	atomic_ullong within[BUCKETS], sum_us, all;
};

struct metrics *metrics_new(void)
{
	return calloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

static bool is_route(const struct route *route)
{
	return route >= routes && route < routes + route_count;
}

void metrics_note(struct metrics *metrics, const struct route *route, unsigned status, uint64_t ticks)
{
	size_t row = is_route(route) ? (size_t)(route - routes) : ROUTES_MAX - 1;
	uint64_t us = ticks / 1000;
	atomic_fetch_add(
	        &metrics->counts[row < ROUTES_MAX ? row : ROUTES_MAX - 1][status / 100 < CLASSES ? status / 100 : 0],
	        1);
	for (size_t i = 0; i < BUCKETS; i++)
		if (us <= buckets[i])
			atomic_fetch_add(&metrics->within[i], 1);
	atomic_fetch_add(&metrics->sum_us, us);
	atomic_fetch_add(&metrics->all, 1);
}

/* ---- telling ---- */

static void tell_row(struct bytes *out, const struct metrics *metrics, size_t row, const char *method, const char *path)
{
	for (size_t class = 0; class < CLASSES; class ++) {
		unsigned long long count = atomic_load(&metrics->counts[row][class]);
		if (count)
			bytes_print(out, "hufu_http_requests_total{method=\"%s\",route=\"%s\",status=\"%zuxx\"} %llu\n",
			        method, path, class, count);
	}
}

static void tell_requests(struct bytes *out, const struct metrics *metrics)
{
	bytes_text(out, "# TYPE hufu_http_requests_total counter\n");
	for (size_t i = 0; i < route_count && i < ROUTES_MAX - 1; i++)
		tell_row(out, metrics, i, routes[i].method, routes[i].path);
	tell_row(out, metrics, ROUTES_MAX - 1, "GET", "page");
	bytes_text(out, "# TYPE hufu_http_request_seconds histogram\n");
	for (size_t i = 0; i < BUCKETS; i++)
		bytes_print(out, "hufu_http_request_seconds_bucket{le=\"%g\"} %llu\n", (double)buckets[i] / 1e6,
		        (unsigned long long)atomic_load(&metrics->within[i]));
	unsigned long long all = atomic_load(&metrics->all);
	bytes_print(out,
	        "hufu_http_request_seconds_bucket{le=\"+Inf\"} %llu\nhufu_http_request_seconds_sum %.6f\n"
	        "hufu_http_request_seconds_count %llu\n",
	        all, (double)atomic_load(&metrics->sum_us) / 1e6, all);
}

static hufu_status tell_grouped(
        struct db *db, struct bytes *out, const char *name, const char *label, const char *sql, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(db, (struct db_sql){ .text = sql }, &rows, error);
	bytes_print(out, "# TYPE %s gauge\n", name);
	while (!status && db_rows_next(rows))
		bytes_print(out, "%s{%s=\"%s\"} %lld\n", name, label, db_rows_text(rows, 0),
		        (long long)db_rows_int(rows, 1));
	return status;
}

static hufu_status tell_sessions(struct db *db, struct bytes *out, hufu_error *error)
{
	int64_t count = 0;
	hufu_status status = db_number(db,
	        DB_SQL("select count(*) from sessions where ends_at > ?", db_int(clock_now())), &count, NULL, error);
	bytes_print(out, "# TYPE hufu_sessions gauge\nhufu_sessions %lld\n", (long long)count);
	return status;
}

/* Of open cases that are no drill. */
static void tell_duties(struct bytes *out, const json_t *lines)
{
	size_t at;
	json_t *line;
	long long near = 0, overdue = 0;
	json_array_foreach(lines, at, line)
	{
		const json_t *status = json_object_get(json_object_get(line, "next_duty"), "status");
		if (json_is_true(json_object_get(line, "drill")))
			continue;
		overdue += json_integer_value(json_object_get(line, "overdue_duties"));
		near += status && !strcmp(json_string_value(status), "near");
	}
	bytes_print(out,
	        "# TYPE hufu_duties_overdue gauge\nhufu_duties_overdue %lld\n"
	        "# TYPE hufu_cases_with_near_duty gauge\nhufu_cases_with_near_duty %lld\n",
	        overdue, near);
}

/* The number alone: a dataset's name may tell more than a monitor should know. */
static void tell_seals(struct bytes *out, const json_t *seals)
{
	size_t at;
	json_t *seal;
	json_int_t oldest = 0;
	json_array_foreach(seals, at, seal)
	{
		json_int_t age = json_integer_value(json_object_get(seal, "age_days"));
		oldest = age > oldest ? age : oldest;
	}
	bytes_print(out,
	        "# TYPE hufu_seals gauge\nhufu_seals %zu\n# TYPE hufu_seal_oldest_days gauge\nhufu_seal_oldest_days "
	        "%lld\n",
	        json_array_size(seals), (long long)oldest);
}

static hufu_status tell_all(struct request *request, struct bytes *out, hufu_error *error)
{
	struct db *db = casebook_db(request->desk->book);
	json_t *seals = NULL, *lines = NULL;
	tell_requests(out, request->server->metrics);
	hufu_status status = tell_grouped(db, out, "hufu_cases", "state",
	        "select state, count(*) from cases where drill = 0 group by state", error);
	if (!status)
		status = tell_grouped(
		        db, out, "hufu_jobs", "state", "select state, count(*) from jobs group by state", error);
	if (!status)
		status = tell_sessions(db, out, error);
	if (!status)
		status = seals_freshness(request->server, &seals, error);
	if (!status && !(lines = case_lines_json(request, "open", 1000, error)))
		status = error->status;
	tell_duties(out, lines);
	tell_seals(out, seals);
	json_decref(lines);
	json_decref(seals);
	return status;
}

/* For a monitor without an account: as somebody who may see, and it gives away numbers alone. */
void serve_metrics(struct request *request)
{
	static const struct actor monitor = { "monitor", ACTS_AUDITOR };
	struct bytes out = { 0 };
	hufu_error error = { 0 };
	casebook_act_as(request->desk->book, &monitor);
	hufu_status status = tell_all(request, &out, &error);
	if (status)
		answer_error(request, &error);
	else
		answer_bytes(request, 200, "text/plain; version=0.0.4; charset=utf-8", bytes_view(&out));
	bytes_done(&out);
}

void serve_health(struct request *request)
{
	hufu_error error = { 0 };
	int64_t one = 0;
	hufu_status status = desk_of(request->server, &request->desk, &error);
	if (!status)
		status = db_number(casebook_db(request->desk->book), DB_SQL("select 1"), &one, NULL, &error);
	if (status || request->server->ending)
		answer_problem(request, 503, "unhealthy", "the database does not answer, or the server ends", NULL);
	else
		answer_bytes(request, 200, "text/plain; charset=utf-8", view_of("ok\n"));
}
