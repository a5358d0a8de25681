/* Answers: JSON, bytes, problems (RFC 9457), and the headers that all of them bear. */
#include "case/case.h"
#include "serve/inside.h"

#include <stdio.h>

/* ---- headers of all ---- */

static const struct {
	const char *name, *value;
} hardening[] = {
	{ "Strict-Transport-Security", "max-age=31536000" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cross-Origin-Embedder-Policy", "require-corp" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

void answer_harden(struct request *request, struct MHD_Response *response)
{
	char policy[512], styles[NONCE_TEXT + 16] = "";
	if (request->nonce[0])
		snprintf(styles, sizeof styles, " 'nonce-%s'", request->nonce);
	snprintf(policy, sizeof policy,
	        "default-src 'none'; script-src 'self'; style-src 'self'%s; img-src 'self' data:; font-src 'self'; "
	        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
	        styles);
	MHD_add_response_header(response, "Content-Security-Policy", policy);
	for (size_t i = 0; i < LEN(hardening); i++)
		MHD_add_response_header(response, hardening[i].name, hardening[i].value);
	if (!MHD_get_response_header(response, "Cache-Control"))
		MHD_add_response_header(response, "Cache-Control", "no-store");
}

/* ---- answers ---- */

void answer_response(struct request *request, unsigned status, struct MHD_Response *response)
{
	if (request->response)
		MHD_destroy_response(request->response);
	request->response = response;
	request->status = status;
	if (response)
		answer_harden(request, response);
}

void answer_header(struct request *request, const char *name, const char *value)
{
	if (request->response)
		MHD_add_response_header(request->response, name, value);
}

static void answer_own(struct request *request, unsigned status, const char *type, char *text, size_t len)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(text);
	else
		MHD_add_response_header(response, "Content-Type", type);
	request->answer_text = response ? text : NULL;
	request->answer_len = len;
	request->sent = len;
	answer_response(request, status, response);
}

void answer_bytes(struct request *request, unsigned status, const char *type, hufu_view bytes)
{
	char *copy = malloc(bytes.len + 1);
	if (!copy)
		return;
	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	copy[bytes.len] = 0;
	answer_own(request, status, type, copy, bytes.len);
}

void answer_json(struct request *request, unsigned status, json_t *value)
{
	char *text = value ? plain_json(value) : NULL;
	json_decref(value);
	if (text)
		answer_own(request, status, "application/json", text, strlen(text));
	else
		answer_problem(request, 503, "no-memory", "the server is out of memory", "try again in a moment");
}

void answer_nothing(struct request *request)
{
	answer_response(
	        request, 204, MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT));
}

/* ---- problems ---- */

static const char *title_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *title;
	} titles[] = { { 400, "Bad request" }, { 401, "Not signed in" }, { 403, "Not allowed" }, { 404, "Not found" },
		{ 405, "Not this way" }, { 409, "Conflict" }, { 412, "Changed meanwhile" }, { 413, "Too large" },
		{ 414, "Too long" }, { 415, "Another media type" }, { 422, "Not valid" },
		{ 428, "Say what you have seen" }, { 429, "Slow down" }, { 500, "Failed" }, { 503, "Not now" } };
	for (size_t i = 0; i < LEN(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Failed";
}

static void problem_send(struct request *request, unsigned status, json_t *problem)
{
	char *text = problem ? json_dumps(problem, JSON_COMPACT) : NULL;
	json_decref(problem);
	if (text)
		answer_own(request, status, "application/problem+json", text, strlen(text));
}

static json_t *problem_of(unsigned status, const char *type, const char *what, const char *todo)
{
	char path[64];
	snprintf(path, sizeof path, "/problems/%s", type);
	return json_pack("{s:s, s:s, s:i, s:s, s:s*}", "type", path, "title", title_of(status), "status", (int)status,
	        "detail", what, "todo", todo);
}

void answer_problem(struct request *request, unsigned status, const char *type, const char *what, const char *todo)
{
	problem_send(request, status, problem_of(status, type, what, todo));
}

void answer_field(struct request *request, const char *field, const char *what)
{
	char shown[64];
	printable(view_of(field), shown, sizeof shown);
	json_t *problem = problem_of(422, "invalid", what, NULL);
	if (problem)
		json_object_set_new(problem, "fields", json_pack("{s:s}", shown, what));
	problem_send(request, 422, problem);
}

void answer_error(struct request *request, const hufu_error *error)
{
	static const struct {
		unsigned status;
		const char *type;
	} kinds[] = { [HUFU_OK] = { 500, "failed" },
		[HUFU_NO_MEMORY] = { 503, "no-memory" },
		[HUFU_MALFORMED] = { 422, "malformed" },
		[HUFU_LIMIT] = { 422, "limit" },
		[HUFU_UNSUPPORTED] = { 422, "unsupported" },
		[HUFU_DENIED] = { 403, "denied" },
		[HUFU_IO] = { 503, "unavailable" },
		[HUFU_TIMEOUT] = { 503, "timeout" },
		[HUFU_CONFLICT] = { 409, "conflict" },
		[HUFU_USAGE] = { 422, "invalid" } };
	unsigned status = kinds[error->status].status;
	const char *type = kinds[error->status].type;
	if (request->desk && error->status == HUFU_CONFLICT && casebook_stale(request->desk->book)) {
		status = 412;
		type = "stale";
	}
	json_t *problem = problem_of(status, type, error->what ? error->what : "failed", error->todo);
	if (problem && error->where[0] && status < 500)
		json_object_set_new(problem, "where", json_string(error->where));
	problem_send(request, status, problem);
	/* Ours, not theirs: the log says where. */
	if (status >= 500) {
		char line[512];
		error_line(error, line, sizeof line);
		log_event("failure", line);
	}
}

void answer_json_or(struct request *request, hufu_status status, json_t *value, const hufu_error *error)
{
	if (status)
		answer_error(request, error);
	else
		answer_json(request, 200, value);
}
