/* The first look: what is due next, which cases are open, what changed since one was here, how fresh the seals are. */
#include "base/clock.h"
#include "serve/inside.h"

enum { CASES_MAX = 100, CHANGES_MAX = 50 };

/* The soonest duty over all cases that are no drill. Times differ in their offsets: they are compared as instants. */
static json_t *next_of(const json_t *cases)
{
	size_t at;
	json_t *line, *best = NULL;
	int64_t soonest = INT64_MAX;
	json_array_foreach(cases, at, line)
	{
		const json_t *duty = json_object_get(line, "next_duty");
		const char *due = json_string_value(json_object_get(duty, "due"));
		int64_t instant = INT64_MAX - 1;
		if (!json_is_object(duty) || json_is_true(json_object_get(line, "drill")))
			continue;
		if (due && clock_parse(view_of(due), NULL, &instant, NULL))
			continue;
		if (instant < soonest) {
			soonest = instant;
			best = line;
		}
	}
	return best ? json_pack("{s:O, s:O, s:O}", "case", json_object_get(best, "id"), "title_of_case",
	                      json_object_get(best, "title"), "duty", json_object_get(best, "next_duty"))
	            : json_null();
}

static json_t *change_json(const struct request *request, const struct db_rows *rows)
{
	char at[CLOCK_TEXT_MAX];
	const char *zone = request->server->store->zone;
	hufu_view body = db_rows_view(rows, 5);
	json_t *told = json_loadb(body.ptr, body.len, 0, NULL);
	clock_print_at(db_rows_int(rows, 2), (int32_t)clock_zone_minutes(zone, db_rows_int(rows, 2)) * 60, at);
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:o}", "case", db_rows_text(rows, 0), "seq",
	        (json_int_t)db_rows_int(rows, 1), "at", at, "by", db_rows_text(rows, 3), "what", db_rows_text(rows, 4),
	        "body", told ? told : json_null());
}

static hufu_status changes_since(struct request *request, int64_t since, json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(casebook_db(request->desk->book),
	        DB_SQL("select c.number, t.seq, t.at, t.by, t.what, t.body from timeline t join cases c on c.id = "
	               "t.case_id where t.at > ? order by t.at desc, t.case_id, t.seq desc limit ?",
	                db_int(since), db_int(CHANGES_MAX)),
	        &rows, error);
	*out = status ? NULL : json_array();
	while (*out && db_rows_next(rows))
		json_array_append_new(*out, change_json(request, rows));
	return status;
}

static json_t *drills_of(const json_t *cases)
{
	size_t at;
	json_t *line, *drills = json_array();
	json_array_foreach(cases, at, line)
	{
		if (json_is_true(json_object_get(line, "drill")))
			json_array_append(drills, line);
	}
	return drills;
}

void serve_overview(struct request *request)
{
	hufu_error error = { 0 };
	int64_t since = 0;
	json_t *changes = NULL, *seals = NULL;
	json_t *cases = case_lines_json(request, "open", CASES_MAX, &error);
	json_t *all = cases ? case_lines_json(request, NULL, CASES_MAX, &error) : NULL;
	hufu_status status = all ? session_last_visit(request, &since, &error) : error.status;
	if (!status)
		status = changes_since(request, since, &changes, &error);
	if (!status)
		status = seals_freshness(request->server, &seals, &error);
	char now[CLOCK_TEXT_MAX];
	const char *zone = request->server->store->zone;
	clock_print_at(clock_now(), (int32_t)clock_zone_minutes(zone, clock_now()) * 60, now);
	answer_json_or(request, status,
	        status ? NULL
	               : json_pack("{s:s, s:o, s:O, s:O, s:O, s:o}", "now", now, "next_duty", next_of(cases), "cases",
	                         cases, "changes", changes, "seals", seals, "drills", drills_of(all)),
	        &error);
	json_decref(cases);
	json_decref(all);
	json_decref(changes);
	json_decref(seals);
}
