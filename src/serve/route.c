/* The table of everything that is served: what is not in it is not there. A route says whom it is for, so that no
 * handler can forget to ask. */
#include "serve/inside.h"

#include <stdio.h>

/* ---- bodies ---- */

enum { NAME_BYTES = 200, LINE_BYTES = 2000, TEXT_BYTES = 60000, SECRET_BYTES = 1024 };

static const struct field of_login[] = { { "name", FIELD_TEXT, true, NAME_BYTES },
	{ "password", FIELD_TEXT, true, SECRET_BYTES }, { "totp", FIELD_TEXT, false, 20 }, { NULL } };
static const struct field of_password[] = { { "old", FIELD_TEXT, true, SECRET_BYTES },
	{ "new", FIELD_TEXT, true, SECRET_BYTES }, { NULL } };
static const struct field of_code[] = { { "code", FIELD_TEXT, true, 20 }, { NULL } };
static const struct field of_facts[] = { { "facts", FIELD_TEXTS, true, 200 }, { "basis", FIELD_TEXT, true, 20 },
	{ "source", FIELD_TEXT, false, LINE_BYTES }, { NULL } };
static const struct field of_listing[] = { { "text", FIELD_TEXT, true, BODY_MAX },
	{ "source", FIELD_TEXT, false, LINE_BYTES }, { NULL } };
static const struct field of_impact[] = { { "values", FIELD_TEXTS, true, 20 }, { NULL } };
static const struct field of_member[] = { { "name", FIELD_TEXT, true, NAME_BYTES },
	{ "role", FIELD_TEXT, true, NAME_BYTES }, { "contact", FIELD_TEXT, false, LINE_BYTES }, { NULL } };
static const struct field of_task[] = { { "state", FIELD_TEXT, false, 20 },
	{ "assignee", FIELD_TEXT, false, NAME_BYTES }, { NULL } };
static const struct field of_decision[] = { { "what", FIELD_TEXT, true, LINE_BYTES },
	{ "why", FIELD_TEXT, true, TEXT_BYTES }, { NULL } };
static const struct field of_duty[] = { { "status", FIELD_TEXT, true, 20 }, { "note", FIELD_TEXT, true, TEXT_BYTES },
	{ NULL } };
static const struct field of_leak[] = { { "sha256", FIELD_DIGEST, true, 64 }, { "name", FIELD_TEXT, true, LINE_BYTES },
	{ NULL } };
static const struct field of_opening[] = { { "files", FIELD_FILES, true, FILES_MOST },
	{ "title", FIELD_TEXT, false, NAME_BYTES }, { "kind", FIELD_TEXT, false, 60 },
	{ "host", FIELD_TEXT, false, 255 }, { "drill", FIELD_FLAG, false, 0 }, { NULL } };
static const struct field of_look[] = { { "evidence", FIELD_TEXT, true, LINE_BYTES },
	{ "part", FIELD_TEXT, false, LINE_BYTES }, { "from", FIELD_COUNT, false, INT64_MAX / 2 },
	{ "rows", FIELD_COUNT, false, CASE_LOOK_ROWS_MAX }, { "clear", FIELD_FLAG, false, 0 },
	{ "reason", FIELD_TEXT, false, LINE_BYTES }, { NULL } };
static const struct field of_account[] = { { "name", FIELD_TEXT, true, NAME_BYTES }, { "role", FIELD_TEXT, true, 20 },
	{ "contact", FIELD_TEXT, false, NAME_BYTES }, { NULL } };
static const struct field of_account_change[] = { { "role", FIELD_TEXT, false, 20 },
	{ "contact", FIELD_TEXT, false, NAME_BYTES }, { "disabled", FIELD_FLAG, false, 0 }, { NULL } };
static const struct field of_close[] = { { "why", FIELD_TEXT, true, TEXT_BYTES }, { NULL } };

static const struct field of_filing[] = { { "kind", FIELD_TEXT, true, 60 },
	{ "approved_by", FIELD_TEXT, true, NAME_BYTES }, { "sent_by", FIELD_TEXT, true, NAME_BYTES },
	{ "reference", FIELD_TEXT, false, NAME_BYTES }, { NULL } };
static const struct field of_settling[] = { { "n", FIELD_COUNT, true, INT64_MAX / 2 }, { "how", FIELD_TEXT, true, 20 },
	{ NULL } };
static const struct field of_claim[] = { { "kind", FIELD_TEXT, true, 20 }, { "channel", FIELD_TEXT, true, 20 },
	{ "note", FIELD_TEXT, false, LINE_BYTES }, { NULL } };
static const struct field of_caller[] = { { "said", FIELD_TEXT, true, NAME_BYTES }, { NULL } };
static const struct field of_proof[] = { { "how", FIELD_TEXT, true, 500 }, { NULL } };
static const struct field of_claim_decision[] = { { "state", FIELD_TEXT, true, 20 },
	{ "why", FIELD_TEXT, true, LINE_BYTES }, { "amount", FIELD_TEXT, false, 20 },
	{ "currency", FIELD_TEXT, false, 3 }, { NULL } };

/* ---- the table ---- */

#define ANYBODY -1

const struct route routes[] = {
	{ "POST", "/api/login", ANYBODY, ROUTE_STRANGERS | ROUTE_DOOR, serve_login, of_login },
	{ "GET", "/api/session", ANYBODY, ROUTE_STRANGERS, serve_session, NULL },
	{ "DELETE", "/api/session", ANYBODY, ROUTE_NEWCOMERS | ROUTE_SLOW, serve_logout, NULL },
	{ "PUT", "/api/session/password", ANYBODY, ROUTE_NEWCOMERS | ROUTE_SLOW, serve_password, of_password },
	{ "POST", "/api/session/totp", ANYBODY, ROUTE_SLOW, serve_totp_begin, NULL },
	{ "PUT", "/api/session/totp", ANYBODY, ROUTE_SLOW, serve_totp_confirm, of_code },
	{ "DELETE", "/api/session/totp", ANYBODY, ROUTE_SLOW, serve_totp_off, of_code },

	{ "GET", "/api/overview", MAY_SEE, ROUTE_SLOW, serve_overview, NULL },
	{ "GET", "/api/cases", MAY_SEE, 0, serve_cases, NULL },
	{ "GET", "/api/cases/{id}", MAY_SEE, 0, serve_case, NULL },
	{ "GET", "/api/cases/{id}/timeline", MAY_SEE, ROUTE_SLOW, serve_timeline, NULL },
	{ "GET", "/api/cases/{id}/duties/{rule}/explanation", MAY_SEE, 0, serve_explanation, NULL },

	{ "POST", "/api/cases/{id}/facts", MAY_WORK, ROUTE_SEEN | ROUTE_SLOW, change_facts, of_facts },
	{ "POST", "/api/cases/{id}/listing", MAY_WORK, ROUTE_SEEN | ROUTE_SLOW, change_listing, of_listing },
	{ "POST", "/api/cases/{id}/impact", MAY_WORK, ROUTE_SEEN | ROUTE_SLOW, change_impact, of_impact },
	{ "POST", "/api/cases/{id}/members", MAY_WORK, ROUTE_SEEN | ROUTE_SLOW, change_member, of_member },
	{ "PATCH", "/api/cases/{id}/tasks/{task}", MAY_WORK, ROUTE_SEEN | ROUTE_SLOW, change_task, of_task },
	{ "POST", "/api/cases/{id}/decisions", MAY_WORK, ROUTE_SEEN | ROUTE_SLOW, change_decision, of_decision },
	{ "PATCH", "/api/cases/{id}/duties/{rule}", MAY_SETTLE, ROUTE_SEEN | ROUTE_SLOW, change_duty, of_duty },
	{ "POST", "/api/cases/{id}/close", MAY_OPEN, ROUTE_SEEN | ROUTE_SLOW, change_close, of_close },

	{ "POST", "/api/cases", MAY_OPEN, ROUTE_SLOW | ROUTE_ONCE, serve_open, of_opening },
	{ "POST", "/api/cases/{id}/matches", MAY_MATCH, ROUTE_SLOW | ROUTE_ONCE, serve_case_match, of_leak },
	{ "POST", "/api/matches", MAY_MATCH, ROUTE_SLOW | ROUTE_ONCE, serve_match, of_leak },
	{ "GET", "/api/jobs", MAY_SEE, 0, serve_jobs, NULL },
	{ "GET", "/api/jobs/{id}", MAY_SEE, 0, serve_job, NULL },
	{ "DELETE", "/api/jobs/{id}", MAY_MATCH, ROUTE_SLOW, serve_job_cancel, NULL },
	{ "GET", "/api/jobs/{id}/events", MAY_SEE, 0, serve_job_events, NULL },
	{ "GET", "/api/events", MAY_SEE, 0, serve_events, NULL },
	{ "POST", "/api/uploads", MAY_OPEN, ROUTE_RAW | ROUTE_SLOW, serve_upload, NULL },

	{ "GET", "/api/cases/{id}/plan", MAY_SEE, ROUTE_SLOW, serve_plan, NULL },
	{ "POST", "/api/cases/{id}/bundle", MAY_BUNDLE, ROUTE_SLOW, serve_bundle, NULL },
	{ "POST", "/api/cases/{id}/looks", MAY_SEE, ROUTE_SLOW, serve_look, of_look },

	{ "GET", "/api/cases/{id}/filings", MAY_SEE, ROUTE_SLOW, serve_filings, NULL },
	{ "POST", "/api/cases/{id}/filings", MAY_SETTLE, ROUTE_SLOW, serve_filing_submit, of_filing },
	{ "GET", "/api/cases/{id}/filings/{kind}/draft", MAY_WORK, ROUTE_SLOW, serve_filing_draft, NULL },
	{ "GET", "/api/cases/{id}/notices", MAY_SEE, ROUTE_SLOW, serve_notices, NULL },
	{ "POST", "/api/cases/{id}/notices", MAY_NOTICE, ROUTE_SLOW, serve_notice_write, NULL },
	{ "POST", "/api/cases/{id}/notices/release", MAY_RELEASE, ROUTE_SLOW, serve_notice_release, NULL },
	{ "POST", "/api/cases/{id}/notices/send", MAY_SETTLE, ROUTE_SLOW, serve_notice_send, NULL },
	{ "POST", "/api/cases/{id}/notices/settle", MAY_SETTLE, ROUTE_SLOW, serve_notice_settle, of_settling },
	{ "GET", "/api/cases/{id}/claims", MAY_SEE, ROUTE_SLOW, serve_claims, NULL },
	{ "POST", "/api/cases/{id}/claims", MAY_WORK, ROUTE_SLOW, serve_claim_take, of_claim },
	{ "POST", "/api/cases/{id}/claims/{claim}/ask", MAY_WORK, ROUTE_SLOW, serve_claim_ask, of_caller },
	{ "POST", "/api/cases/{id}/claims/{claim}/code", MAY_WORK, ROUTE_SLOW, serve_claim_code, of_code },
	{ "POST", "/api/cases/{id}/claims/{claim}/proof", MAY_SETTLE, ROUTE_SLOW, serve_claim_prove, of_proof },
	{ "POST", "/api/cases/{id}/claims/{claim}/decision", MAY_SETTLE, ROUTE_SLOW, serve_claim_decide,
	        of_claim_decision },

	{ "GET", "/api/datasets", MAY_SEE, ROUTE_SLOW, serve_datasets, NULL },
	{ "GET", "/api/packs", MAY_SEE, 0, serve_packs, NULL },
	{ "GET", "/api/calendars", MAY_SEE, 0, serve_calendars, NULL },
	{ "GET", "/api/audit", MAY_SEE, ROUTE_SLOW, serve_audit, NULL },

	{ "GET", "/api/accounts", MAY_ACCOUNTS, 0, serve_accounts, NULL },
	{ "POST", "/api/accounts", MAY_ACCOUNTS, ROUTE_DOOR, serve_account_add, of_account },
	{ "PATCH", "/api/accounts/{name}", MAY_ACCOUNTS, ROUTE_SLOW, serve_account_change, of_account_change },
	{ "POST", "/api/accounts/{name}/reset", MAY_ACCOUNTS, ROUTE_DOOR, serve_account_reset, NULL },
	{ "DELETE", "/api/accounts/{name}/sessions", MAY_ACCOUNTS, ROUTE_SLOW, serve_account_end, NULL },
	{ "DELETE", "/api/accounts/{name}/totp", MAY_ACCOUNTS, ROUTE_SLOW, serve_account_totp_off, NULL },
	{ "GET", "/api/account-log", MAY_AUDIT, 0, serve_account_log, NULL },
	{ "GET", "/api/settings", MAY_AUDIT, 0, serve_settings, NULL },
	{ "GET", "/api/openapi.json", ANYBODY, ROUTE_STRANGERS, serve_openapi, NULL },

	{ "GET", "/healthz", ANYBODY, ROUTE_STRANGERS, serve_health, NULL },
	{ "GET", "/metrics", ANYBODY, ROUTE_STRANGERS | ROUTE_SLOW, serve_metrics, NULL },
};
const size_t route_count = LEN(routes);

/* All that is no route: files of the page. */
static const struct route page_route = { .method = "GET", .path = "page", .may = -1, .flags = ROUTE_STRANGERS };

bool serve_route(size_t at, const char **method, const char **path)
{
	if (at >= route_count)
		return false;
	*method = routes[at].method;
	*path = routes[at].path;
	return true;
}

/* ---- finding one ---- */

static hufu_view segment_of(hufu_view *rest)
{
	const char *slash = rest->len ? memchr(rest->ptr, '/', rest->len) : NULL;
	hufu_view segment = view_make(rest->ptr, slash ? (size_t)(slash - rest->ptr) : rest->len);
	*rest = view_from(*rest, segment.len + (slash != NULL));
	return segment;
}

/* Segment by segment; a parameter takes one, decoded, and never an empty one. */
static bool path_fits(struct request *request, const char *pattern)
{
	hufu_view asked = view_of(request->uri + 1), wanted = view_of(pattern + 1);
	request->parameter_count = 0;
	while (asked.len && wanted.len) {
		hufu_view one = segment_of(&asked), other = segment_of(&wanted);
		if (other.ptr[0] != '{') {
			if (!view_equal(one, other))
				return false;
			continue;
		}
		char *into = request->parameters[request->parameter_count];
		if (!one.len || request->parameter_count == PARAMETERS_MAX || !percent_decode(one, into, PARAMETER_MAX))
			return false;
		request->parameter_count++;
	}
	return !asked.len && !wanted.len && request->uri[strlen(request->uri) - 1] != '/';
}

static void refuse_method(struct request *request, const char *allowed)
{
	answer_problem(request, 405, "method", "this cannot be done here", NULL);
	answer_header(request, "Allow", allowed);
}

bool route_find(struct request *request)
{
	char allowed[64] = "";
	for (size_t i = 0; i < route_count; i++) {
		if (!path_fits(request, routes[i].path))
			continue;
		request->route = &routes[i];
		if (!strcmp(routes[i].method, request->method))
			return true;
		size_t len = strlen(allowed);
		snprintf(allowed + len, sizeof allowed - len, "%s%s", len ? ", " : "", routes[i].method);
	}
	request->parameter_count = 0;
	if (allowed[0]) {
		refuse_method(request, allowed);
		return false;
	}
	request->route = &page_route;
	if (strcmp(request->method, "GET") != 0)
		refuse_method(request, "GET, HEAD");
	else if (!strncmp(request->uri, "/api/", 5))
		answer_problem(request, 404, "not-found", "there is nothing here", NULL);
	else
		page_serve(request);
	return false;
}
