/* What people change of a case. Each names the entry that it was made for (If-Match), which case_change holds against
 * the timeline within its transaction; the answer is the case as it then is. */
#include "serve/inside.h"

#include <stdio.h>

/* Whether the case is there; else it was answered. */
static const char *case_of(struct request *request)
{
	int64_t seq;
	return case_seen(request, request->parameters[0], &seq) ? request->parameters[0] : NULL;
}

static void answer_changed(struct request *request, hufu_status status, const hufu_error *error)
{
	if (status)
		answer_error(request, error);
	else
		answer_case(request, 200, request->parameters[0]);
}

/* ---- pairs ---- */

static char *pair_of(const char *name, const json_t *value)
{
	char *pair = NULL;
	int len = json_is_string(value)    ? asprintf(&pair, "%s=%s", name, json_string_value(value))
	          : json_is_integer(value) ? asprintf(&pair, "%s=%lld", name, (long long)json_integer_value(value))
	                                   : asprintf(&pair, "%s=%s", name, json_is_true(value) ? "true" : "false");
	return len < 0 ? NULL : pair;
}

struct pairs {
	char **at;
	size_t count;
};

static void pairs_done(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++)
		free(pairs->at[i]);
	free(pairs->at);
}

/* {"people": 4850000, "cii": false} as the casebook takes it. */
static bool pairs_of(struct request *request, const char *field, struct pairs *out)
{
	const char *name;
	json_t *value, *object = json_object_get(request->json, field);
	*out = (struct pairs){ .at = calloc(json_object_size(object) + 1, sizeof(char *)) };
	if (!out->at)
		return false;
	json_object_foreach(object, name, value)
	{
		char *pair = pair_of(name, value);
		if (!pair)
			return false;
		out->at[out->count++] = pair;
	}
	return true;
}

static struct case_words words_of(const struct pairs *pairs)
{
	return (struct case_words){ (const char *const *)pairs->at, pairs->count };
}

void change_facts(struct request *request)
{
	struct pairs pairs = { 0 };
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number && pairs_of(request, "facts", &pairs))
		answer_changed(request,
		        case_facts(request->desk->book, number, words_of(&pairs), request_text(request, "basis"),
		                request_text(request, "source"), &error),
		        &error);
	pairs_done(&pairs);
}

void change_impact(struct request *request)
{
	struct pairs pairs = { 0 };
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number && pairs_of(request, "values", &pairs))
		answer_changed(request, case_impact(request->desk->book, number, words_of(&pairs), &error), &error);
	pairs_done(&pairs);
}

/* ---- the rest ---- */

void change_listing(struct request *request)
{
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number)
		answer_changed(request,
		        case_listing(request->desk->book, number, view_of(request_text(request, "text")),
		                request_text(request, "source"), NULL, &error),
		        &error);
}

void change_member(struct request *request)
{
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number)
		answer_changed(request,
		        case_member(request->desk->book, number, request_text(request, "name"),
		                request_text(request, "role"), request_text(request, "contact"), &error),
		        &error);
}

void change_task(struct request *request)
{
	hufu_error error = { 0 };
	char *end;
	const char *text = request->parameters[1], *number = case_of(request);
	const char *state = request_text(request, "state"), *assignee = request_text(request, "assignee");
	long long task = text[0] >= '1' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
	if (!number)
		return;
	if (task <= 0 || task == INT64_MAX || *end)
		answer_problem(request, 404, "not-found", "is no task of this case", NULL);
	else if (!state && !assignee)
		answer_field(request, "state", "say a state, an assignee, or both");
	else
		answer_changed(request, case_task(request->desk->book, number, task, state, assignee, &error), &error);
}

void change_decision(struct request *request)
{
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number)
		answer_changed(request,
		        case_decide(request->desk->book, number, request_text(request, "what"),
		                request_text(request, "why"), &error),
		        &error);
}

void change_duty(struct request *request)
{
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number)
		answer_changed(request,
		        case_duty(request->desk->book, number, request->parameters[1], request_text(request, "status"),
		                request_text(request, "note"), &error),
		        &error);
}

void change_close(struct request *request)
{
	hufu_error error = { 0 };
	const char *number = case_of(request);
	if (number)
		answer_changed(
		        request, case_close(request->desk->book, number, request_text(request, "why"), &error), &error);
}
