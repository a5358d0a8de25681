/* Who asks: the session's cookie, the token against forged requests, and where a browser says a request comes from.
 * Signing in and out, one's own password and one-time codes. */
#include "base/clock.h"
#include "serve/inside.h"

#include <sodium.h>
#include <stdio.h>
#include <strings.h>

#define SESSION_COOKIE "__Host-hufu"
#define DEVICE_COOKIE "__Host-hufu-device"

enum { DEVICE_LASTS = 180 * 86400 };

/* ---- who asks ---- */

/* A browser tells who made it ask; scripts say nothing. Another site's page is refused before anything is looked at. */
static bool comes_from_here(const struct request *request)
{
	const char *site = request_header(request, "Sec-Fetch-Site"), *origin = request_header(request, "Origin");
	const char *host = request_header(request, "Host");
	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return false;
	return !origin || (host && !strncmp(origin, "https://", 8) && !strcasecmp(origin + 8, host));
}

static bool refuse(struct request *request, unsigned status, const char *type, const char *what, const char *todo)
{
	answer_problem(request, status, type, what, todo);
	return false;
}

static bool check_session(struct request *request)
{
	hufu_error error = { 0 };
	bool reads = !strcmp(request->method, "GET");
	const char *token = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, SESSION_COOKIE);
	const char *csrf = reads ? NULL : request_header(request, "X-CSRF-Token");
	hufu_status status = desk_of(request->server, &request->desk, &error);
	if (!status && token)
		status = session_check(request->desk->accounts, token,
		        reads  ? NULL
		        : csrf ? csrf
		               : "",
		        request->server->session_idle, &request->session, &error);
	if (status)
		answer_error(request, &error);
	else if (request->session.state == SESSION_GOOD)
		snprintf(request->token, sizeof request->token, "%s", token);
	return !status;
}

static bool may_go_on(struct request *request)
{
	const struct route *route = request->route;
	hufu_error error = { 0 };
	if (request->session.state == SESSION_FORGED)
		return refuse(request, 403, "csrf", "the header X-CSRF-Token is missing or not this session's",
		        "take it from GET /api/session");
	if (request->session.state != SESSION_GOOD)
		return (route->flags & ROUTE_STRANGERS) ||
		       refuse(request, 401, "session", "nobody is signed in, or the session has ended", "sign in");
	if (request->session.must_change && !(route->flags & (ROUTE_NEWCOMERS | ROUTE_STRANGERS)))
		return refuse(request, 403, "must-change", "the one-time password must be changed first",
		        "PUT /api/session/password");
	if (route->may >= 0 && actor_may(&request->session.actor, (enum may)route->may, &error)) {
		answer_error(request, &error);
		return false;
	}
	return true;
}

/* The entry that a change was made for, of If-Match: "\"17\"". */
static bool take_seen(struct request *request)
{
	const char *text = request_header(request, "If-Match");
	char *end;
	if (!(request->route->flags & ROUTE_SEEN))
		return true;
	if (!text)
		return refuse(request, 428, "precondition", "the header If-Match is missing",
		        "send the ETag of the case as you have seen it");
	request->seen = text[0] == '"' && text[1] >= '1' && text[1] <= '9' ? strtoll(text + 1, &end, 10) : 0;
	if (request->seen <= 0 || request->seen == INT64_MAX || strcmp(end, "\"") != 0)
		return refuse(request, 412, "stale", "this is no ETag of a case", "look at it again, then change it");
	return true;
}

bool session_admit(struct request *request)
{
	bool reads = !strcmp(request->method, "GET");
	if (!request->route->handle) /* a file of the page */
		return true;
	if (!reads && !comes_from_here(request))
		return refuse(request, 403, "origin", "this request was made by another site", NULL);
	if ((request->route->flags & ROUTE_STRANGERS) && request->route->handle != serve_session)
		return true;
	return check_session(request) && may_go_on(request) && take_seen(request);
}

/* ---- what a session may ---- */

static json_t *permissions_of(enum account_role role)
{
	json_t *list = json_array();
	for (enum may may = 0; may < MAY_COUNT; may++)
		if (account_role_may(role, may))
			json_array_append_new(list, json_string(may_name(may)));
	return list;
}

static json_t *time_json(const struct request *request, int64_t at)
{
	char text[CLOCK_TEXT_MAX];
	const char *zone = request->server->store->zone;
	if (!at)
		return json_null();
	clock_print_at(at, (int32_t)clock_zone_minutes(zone, at) * 60, text);
	return json_string(text);
}

hufu_status session_last_visit(struct request *request, int64_t *at, hufu_error *error)
{
	*at = 0;
	return db_number(casebook_db(request->desk->book),
	        DB_SQL("select max(at) from account_log where whom = ? and what in ('signed in', 'signed out') and at "
	               "< ?",
	                db_text(request->session.actor.name), db_int(request->session.created_at)),
	        at, NULL, error);
}

void serve_session(struct request *request)
{
	const struct session *session = &request->session;
	const struct server *server = request->server;
	hufu_error error = { 0 };
	int64_t last = 0;
	if (session->state != SESSION_GOOD) {
		answer_problem(request, 401, "session", "nobody is signed in, or the session has ended", "sign in");
		return;
	}
	hufu_status status = session_last_visit(request, &last, &error);
	if (status) {
		answer_error(request, &error);
		return;
	}
	answer_json(request, 200,
	        json_pack("{s:{s:s, s:s, s:b, s:b}, s:s, s:o, s:o, s:o, s:{s:s, s:s, s:s}}", "account", "name",
	                session->actor.name, "role", account_role_name(session->role), "must_change",
	                session->must_change, "totp", session->totp, "csrf", session->csrf, "permissions",
	                permissions_of(session->actor.role), "expires_at", time_json(request, session->ends_at),
	                "last_visit", time_json(request, last), "store", "id", server->store->id, "zone",
	                server->store->zone, "database", server->database));
}

/* ---- in ---- */

static void set_cookie(struct request *request, const char *name, const char *value, int64_t lasts)
{
	char cookie[256], age[40] = "";
	if (lasts >= 0)
		snprintf(age, sizeof age, "; Max-Age=%lld", (long long)lasts);
	snprintf(cookie, sizeof cookie, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", name, value, age);
	answer_header(request, "Set-Cookie", cookie);
	explicit_bzero(cookie, sizeof cookie);
}

static void welcome(struct request *request, const struct login *login)
{
	int64_t now = clock_now(), most = request->server->session_most, idle = request->server->session_idle;
	answer_json(request, 200,
	        json_pack("{s:{s:s, s:s, s:b}, s:s, s:o, s:o}", "account", "name", login->actor.name, "role",
	                account_role_name(login->actor.role), "must_change", login->must_change, "csrf", login->csrf,
	                "permissions", permissions_of(login->actor.role), "expires_at",
	                time_json(request, now + (idle < most ? idle : most))));
	set_cookie(request, SESSION_COOKIE, login->token, -1);
	set_cookie(request, DEVICE_COOKIE, login->device, DEVICE_LASTS);
}

static void wait_a_while(struct request *request, int64_t wait)
{
	char seconds[24];
	answer_problem(request, 429, "slow-down", "too many tries", "wait, then try again");
	snprintf(seconds, sizeof seconds, "%lld", (long long)wait);
	answer_header(request, "Retry-After", seconds);
}

void serve_login(struct request *request)
{
	hufu_error error = { 0 };
	struct login login;
	struct login_try attempt = { .name = request_text(request, "name"),
		.password = view_of(request_text(request, "password")),
		.code = request_text(request, "totp"),
		.client = request->client,
		.device = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, DEVICE_COOKIE),
		.agent = request_header(request, "User-Agent"),
		.most = request->server->session_most };
	if (attempt.code && !attempt.code[0])
		attempt.code = NULL;
	if (account_login(request->desk->accounts, &attempt, &login, &error)) {
		answer_error(request, &error);
		return;
	}
	if (login.answer == LOGIN_IN)
		welcome(request, &login);
	else if (login.answer == LOGIN_SLOW_DOWN)
		wait_a_while(request, login.wait);
	else if (login.answer == LOGIN_NEEDS_CODE)
		answer_problem(request, 401, "totp", "this account wants a one-time code", "send it as totp");
	else
		answer_problem(
		        request, 401, attempt.code ? "totp" : "credentials", "name, password or code is wrong", NULL);
	explicit_bzero(&login, sizeof login);
}

/* ---- out, and one's own secrets ---- */

static void answer_done(struct request *request, hufu_status status, const hufu_error *error)
{
	if (status == HUFU_TIMEOUT)
		wait_a_while(request, 60);
	else if (status)
		answer_error(request, error);
	else
		answer_nothing(request);
}

void serve_logout(struct request *request)
{
	hufu_error error = { 0 };
	answer_done(request, session_end(request->desk->accounts, request->token, &error), &error);
	if (request->status == 204)
		set_cookie(request, SESSION_COOKIE, "", 0);
}

/* As the account itself, also while the actor is nobody because the password must be changed. */
void serve_password(struct request *request)
{
	hufu_error error = { 0 };
	hufu_status status = account_password(request->desk->accounts, request->session.actor.name,
	        view_of(request_text(request, "old")), view_of(request_text(request, "new")), request->token, &error);
	answer_done(request, status, &error);
}

void serve_totp_begin(struct request *request)
{
	hufu_error error = { 0 };
	struct totp_begun begun = { 0 };
	hufu_status status = account_totp_begin(request->desk->accounts, request->session.actor.name, &begun, &error);
	if (status)
		answer_error(request, &error);
	else
		answer_json(request, 200, json_pack("{s:s, s:s}", "secret", begun.secret, "uri", begun.uri));
	explicit_bzero(&begun, sizeof begun);
}

void serve_totp_confirm(struct request *request)
{
	hufu_error error = { 0 };
	answer_done(request,
	        account_totp_confirm(
	                request->desk->accounts, request->session.actor.name, request_text(request, "code"), &error),
	        &error);
}

void serve_totp_off(struct request *request)
{
	hufu_error error = { 0 };
	answer_done(request,
	        account_totp_off(
	                request->desk->accounts, request->session.actor.name, request_text(request, "code"), &error),
	        &error);
}
