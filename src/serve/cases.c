/* Cases as they are: lists, one of them, its timeline, why a duty applies. Lists and cases are kept as text until
 * something changes (cache.c). */
#include "base/clock.h"
#include "case/case.h"
#include "serve/inside.h"

#include <stdio.h>

/* ---- texts that stand ---- */

typedef hufu_status make_json(struct casebook *book, const char *number, json_t **out, hufu_error *error);

/* The text of a case of this head, from the cache or made now. `sort` tells lines from whole cases. */
static hufu_status text_of(struct request *request, const char *sort, make_json *make, const char *number, int64_t seq,
        struct cached **out, hufu_error *error)
{
	struct casebook *book = request->desk->book;
	char name[48];
	json_t *value = NULL;
	snprintf(name, sizeof name, "%s%s", sort, number);
	hufu_status status = request->packs ? HUFU_OK : casebook_packs_stamp(book, &request->packs, error);
	uint64_t stamp = request->packs;
	if (status)
		return status;
	*out = cache_find(request->server->cache, name, seq, stamp, clock_now());
	if (*out)
		return HUFU_OK;
	status = make(book, number, &value, error);
	if (status)
		return status;
	char *text = plain_json(value);
	json_decref(value);
	struct bytes made = { .ptr = text, .len = text ? strlen(text) : 0, .cap = text ? strlen(text) + 1 : 0 };
	if (text)
		*out = cache_put(request->server->cache, name, seq, stamp, casebook_judged_until(book), &made);
	bytes_done(&made);
	return *out ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(number), "no memory", NULL);
}

/* ---- one case ---- */

/* Its head; false when the request was answered: there is no such case. */
bool case_seen(struct request *request, const char *number, int64_t *seq)
{
	hufu_error error = { 0 };
	hufu_status status = case_head(request->desk->book, number, seq, &error);
	if (status == HUFU_USAGE)
		answer_problem(request, 404, "not-found", "is no case of this store", NULL);
	else if (status)
		answer_error(request, &error);
	return !status;
}

static void drop(void *cached)
{
	cached_drop(cached);
}

void answer_case(struct request *request, unsigned status, const char *number)
{
	struct cached *cached = NULL;
	hufu_error error = { 0 };
	char tag[32];
	int64_t seq;
	if (!case_seen(request, number, &seq))
		return;
	if (text_of(request, "case/", case_show, number, seq, &cached, &error)) {
		answer_error(request, &error);
		return;
	}
	struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
	        cached->text.len, cached->text.ptr, drop, cached);
	if (!response) {
		cached_drop(cached);
		return;
	}
	snprintf(tag, sizeof tag, "\"%lld\"", (long long)seq);
	MHD_add_response_header(response, "Content-Type", "application/json");
	MHD_add_response_header(response, "ETag", tag);
	request->sent = cached->text.len;
	answer_response(request, status, response);
}

void serve_case(struct request *request)
{
	answer_case(request, 200, request->parameters[0]);
}

/* ---- lists ---- */

/* "OPENED_AT.ID" of the last one shown. */
static bool take_cursor(struct request *request, int64_t *at, int64_t *id)
{
	const char *text = request_argument(request, "cursor");
	char *end = NULL;
	*at = *id = INT64_MAX;
	if (!text)
		return true;
	*at = strtoll(text, &end, 10);
	if (end != text && *end == '.')
		*id = strtoll(end + 1, &end, 10);
	if (!*end && *id != INT64_MAX)
		return true;
	answer_field(request, "cursor", "is none of this list");
	return false;
}

static hufu_status list_rows(struct request *request, const char *state, int64_t at, int64_t id, size_t limit,
        struct db_rows **out, hufu_error *error)
{
#define LIST_SQL(where)                                                                                                \
	"select c.number, c.opened_at, c.id, (select max(seq) from timeline where case_id = c.id) from cases c "       \
	"where " where                                                                                                 \
	"(c.opened_at < ? or (c.opened_at = ? and c.id < ?)) order by c.opened_at desc, c.id desc limit ?"
	struct db *db = casebook_db(request->desk->book);
	struct db_value from = db_int(at), before = db_int(id), count = db_int((int64_t)limit + 1);
	if (state)
		return db_query(db, DB_SQL(LIST_SQL("c.state = ? and "), db_text(state), from, from, before, count),
		        out, error);
	return db_query(db, DB_SQL(LIST_SQL(""), from, from, before, count), out, error);
}

/* {"items": [...], "next": ...} of `limit` of the rows. */
static hufu_status lines_text(
        struct request *request, struct db_rows *rows, size_t limit, struct bytes *out, hufu_error *error)
{
	size_t count = 0;
	hufu_status status = HUFU_OK;
	char next[64] = "";
	bytes_text(out, "{\"items\":[");
	while (!status && count < limit && db_rows_next(rows)) {
		struct cached *line = NULL;
		status =
		        text_of(request, "line/", case_line, db_rows_text(rows, 0), db_rows_int(rows, 3), &line, error);
		if (status)
			break;
		if (count++)
			bytes_byte(out, ',');
		bytes_add(out, bytes_view(&line->text));
		cached_drop(line);
		snprintf(next, sizeof next, "\"%lld.%lld\"", (long long)db_rows_int(rows, 1),
		        (long long)db_rows_int(rows, 2));
	}
	bytes_print(out, "],\"next\":%s}", db_rows_count(rows) > limit ? next : "null");
	return status || !out->failed ? status : fail(error, HUFU_NO_MEMORY, view_of("cases"), "no memory", NULL);
}

void serve_cases(struct request *request)
{
	AUTO_ROWS *rows = NULL;
	struct bytes text = { 0 };
	hufu_error error = { 0 };
	int64_t at, id;
	const char *state = request_argument(request, "state");
	size_t limit = request_limit(request);
	if (!limit || !take_cursor(request, &at, &id))
		return;
	if (state && strcmp(state, "open") != 0 && strcmp(state, "closed") != 0) {
		answer_field(request, "state", "is open or closed");
		return;
	}
	hufu_status status = list_rows(request, state, at, id, limit, &rows, &error);
	if (!status)
		status = lines_text(request, rows, limit, &text, &error);
	if (status)
		answer_error(request, &error);
	else
		answer_bytes(request, 200, "application/json", bytes_view(&text));
	bytes_done(&text);
}

json_t *case_lines_json(struct request *request, const char *state, size_t limit, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	struct bytes text = { 0 };
	json_t *list = NULL;
	hufu_status status = list_rows(request, state, INT64_MAX, INT64_MAX, limit, &rows, error);
	if (!status)
		status = lines_text(request, rows, limit, &text, error);
	json_t *all = status ? NULL : json_loadb(text.ptr, text.len, 0, NULL);
	if (all)
		list = json_incref(json_object_get(all, "items"));
	else if (!status)
		fail(error, HUFU_NO_MEMORY, view_of("cases"), "no memory", NULL);
	json_decref(all);
	bytes_done(&text);
	return list;
}

/* ---- the timeline ---- */

static json_t *timeline_page(const json_t *all, bool newest_first, size_t from, size_t limit)
{
	json_t *items = json_array();
	size_t count = json_array_size(all), at = from;
	for (; at < count && at < from + limit; at++)
		json_array_append(items, json_array_get(all, newest_first ? count - 1 - at : at));
	char next[24];
	snprintf(next, sizeof next, "%zu", at);
	return json_pack(
	        "{s:o, s:o, s:b}", "items", items, "next", at < count ? json_string(next) : json_null(), "verified", 1);
}

void serve_timeline(struct request *request)
{
	json_t *all = NULL;
	hufu_error error = { 0 };
	int64_t seq;
	char *end = NULL;
	const char *order = request_argument(request, "order"), *cursor = request_argument(request, "cursor");
	size_t limit = request_limit(request);
	unsigned long from = cursor && cursor[0] >= '0' && cursor[0] <= '9' ? strtoul(cursor, &end, 10) : 0;
	if (!limit)
		return;
	if ((cursor && (!end || *end)) || from > 1000000000) {
		answer_field(request, "cursor", "is none of this list");
		return;
	}
	if (!case_seen(request, request->parameters[0], &seq))
		return;
	hufu_status status = case_timeline(request->desk->book, request->parameters[0], &all, &error);
	if (status == HUFU_MALFORMED)
		answer_problem(request, 500, "timeline", "the timeline does not hold: it was altered outside of hufu",
		        "hufu case timeline names the entry; compare with a backup or a bundle made before");
	else if (status)
		answer_error(request, &error);
	else
		answer_json(request, 200, timeline_page(all, order && !strcmp(order, "desc"), from, limit));
	json_decref(all);
}

/* ---- why a duty applies ---- */

void serve_explanation(struct request *request)
{
	struct bytes text = { 0 };
	hufu_error error = { 0 };
	int64_t seq;
	if (!case_seen(request, request->parameters[0], &seq))
		return;
	hufu_status status = case_explain(
	        request->desk->book, request->parameters[0], request->parameters[1], request->chinese, &text, &error);
	if (status == HUFU_USAGE)
		answer_problem(request, 404, "not-found", "is no rule of the packs", NULL);
	else
		answer_json_or(request, status,
		        status ? NULL : json_pack("{s:s%}", "text", text.ptr ? text.ptr : "", text.len), &error);
	bytes_done(&text);
}
