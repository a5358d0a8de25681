/* Leaks to be judged: asked for, looked at, cancelled; and cases opened from what was uploaded. */
#include "case/queue.h"
#include "serve/inside.h"

#include <stdio.h>

/* Larger leaks are judged by the queue, behind the opening of their case. */
enum { JUDGE_AT_ONCE_MAX = 16 << 20 };

/* ---- looking ---- */

bool job_asked(struct request *request, int64_t *id)
{
	const char *text = request->parameters[0];
	char *end;
	long long number = text[0] >= '1' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
	if (number > 0 && number < INT64_MAX && !*end) {
		*id = number;
		return true;
	}
	answer_problem(request, 404, "not-found", "there is no such job", NULL);
	return false;
}

static void add_progress(struct request *request, json_t *job)
{
	uint64_t done, all;
	double seconds;
	int64_t id = json_integer_value(json_object_get(job, "id"));
	const char *state = json_string_value(json_object_get(job, "state"));
	json_int_t bytes = json_integer_value(json_object_get(job, "bytes"));
	if (worker_progress(request->server, id, &done, &all, &seconds))
		json_object_set_new(job, "done_bytes", json_integer((json_int_t)done));
	else
		json_object_set_new(job, "done_bytes", json_integer(state && !strcmp(state, "done") ? bytes : 0));
}

void serve_jobs(struct request *request)
{
	json_t *list = NULL, *job;
	hufu_error error = { 0 };
	size_t at, limit = request_limit(request);
	const char *cursor = request_argument(request, "cursor");
	char *end = NULL;
	struct queue_which which = { .number = request_argument(request, "case"),
		.state = request_argument(request, "state"),
		.before = cursor && cursor[0] >= '1' && cursor[0] <= '9' ? strtoll(cursor, &end, 10) : 0,
		.most = limit + 1 };
	if (!limit)
		return;
	if (cursor && (!which.before || *end)) {
		answer_field(request, "cursor", "is none of this list");
		return;
	}
	if (case_queue_list(request->desk->book, &which, &list, &error)) {
		answer_error(request, &error);
		return;
	}
	bool more = json_array_size(list) > limit;
	char next[24];
	if (more)
		json_array_remove(list, limit);
	json_array_foreach(list, at, job) add_progress(request, job);
	snprintf(next, sizeof next, "%lld",
	        (long long)json_integer_value(json_object_get(json_array_get(list, json_array_size(list) - 1), "id")));
	answer_json(
	        request, 200, json_pack("{s:o, s:o}", "items", list, "next", more ? json_string(next) : json_null()));
}

static void answer_job(struct request *request, unsigned status, int64_t id)
{
	json_t *job = NULL;
	hufu_error error = { 0 };
	hufu_status got = case_queue_job(request->desk->book, id, &job, &error);
	if (got == HUFU_USAGE) {
		answer_problem(request, 404, "not-found", "there is no such job", NULL);
		return;
	}
	if (!got)
		add_progress(request, job);
	if (got)
		answer_error(request, &error);
	else
		answer_json(request, status, job);
}

void serve_job(struct request *request)
{
	int64_t id;
	if (job_asked(request, &id))
		answer_job(request, 200, id);
}

void serve_job_cancel(struct request *request)
{
	int64_t id;
	bool was = false;
	hufu_error error = { 0 };
	if (!job_asked(request, &id))
		return;
	if (case_queue_cancel(request->desk->book, id, &was, &error)) {
		answer_error(request, &error);
		return;
	}
	if (was)
		worker_cancel(request->server, id);
	hub_poke(request->server);
	answer_job(request, 200, id);
}

/* ---- asking ---- */

/* Whether the bytes are here; else it was answered. */
static bool is_here(struct request *request, const char *sha256)
{
	if (vault_has(request->server->vault, sha256, NULL))
		return true;
	answer_field(request, "sha256", "is no upload that lies here");
	return false;
}

static void ask(struct request *request, const char *number)
{
	int64_t id = 0;
	hufu_error error = { 0 };
	struct case_object object = { request_text(request, "sha256"), request_text(request, "name") };
	if (!is_here(request, object.sha256))
		return;
	if (case_queue_add(request->desk->book, number, &object, &id, &error)) {
		answer_error(request, &error);
		return;
	}
	worker_poke(request->server);
	hub_poke(request->server);
	answer_json(request, 202, json_pack("{s:I}", "job", (json_int_t)id));
}

void serve_match(struct request *request)
{
	ask(request, NULL);
}

void serve_case_match(struct request *request)
{
	int64_t seq;
	if (case_seen(request, request->parameters[0], &seq))
		ask(request, request->parameters[0]);
}

/* ---- a case from uploads ---- */

static bool take_objects(struct request *request, struct case_object *objects, size_t *count)
{
	size_t at;
	json_t *file, *files = json_object_get(request->json, "files");
	json_array_foreach(files, at, file)
	{
		objects[at] = (struct case_object){ json_string_value(json_object_get(file, "sha256")),
			json_string_value(json_object_get(file, "name")) };
		if (!is_here(request, objects[at].sha256))
			return false;
	}
	*count = json_array_size(files);
	return true;
}

/* What was too large to judge on the way waits in the queue. */
static hufu_status queue_rest(struct request *request, const json_t *opened, hufu_error *error)
{
	size_t at;
	int64_t id;
	json_t *rest;
	hufu_status status = HUFU_OK;
	const char *number = json_string_value(json_object_get(opened, "id"));
	if (casebook_may(request->desk->book, MAY_MATCH, NULL))
		return HUFU_OK; /* somebody else will */
	json_array_foreach(json_object_get(opened, "unjudged"), at, rest)
	{
		struct case_object object = { json_string_value(json_object_get(rest, "sha256")),
			json_string_value(json_object_get(rest, "name")) };
		if (!status)
			status = case_queue_add(request->desk->book, number, &object, &id, error);
	}
	worker_poke(request->server);
	return status;
}

void serve_open(struct request *request)
{
	struct case_object objects[FILES_MOST];
	json_t *opened = NULL;
	char location[64];
	hufu_error error = { 0 };
	struct case_opening opening = { .objects = objects,
		.judge_max = JUDGE_AT_ONCE_MAX,
		.title = request_text(request, "title"),
		.kind = request_text(request, "kind"),
		.host = request_text(request, "host"),
		.drill = request_flag(request, "drill") };
	if (!take_objects(request, objects, &opening.object_count))
		return;
	hufu_status status = case_open(request->desk->book, &opening, &opened, &error);
	if (!status)
		status = queue_rest(request, opened, &error);
	if (status) {
		answer_error(request, &error);
		json_decref(opened);
		return;
	}
	snprintf(location, sizeof location, "/api/cases/%s", json_string_value(json_object_get(opened, "id")));
	hub_poke(request->server);
	answer_json(request, 201, opened);
	answer_header(request, "Location", location);
}
