/* The task force: tasks of the playbook, members, decisions, the impact form, the state of duties. */
#include "base/clock.h"
#include "case/book.h"
#include "duty/duty.h"
#include <stdlib.h>

/* ---- members ---- */

struct member {
	const char *name, *role, *contact;
};

static hufu_status member_work(struct change *change, hufu_error *error)
{
	const struct member *member = change->context;
	hufu_status status = db_run(change->book->db,
	        DB_SQL("insert into members (case_id, name, role, contact, added_at) values (?, ?, ?, ?, ?) "
	               "on conflict (case_id, name, role) do update set contact = excluded.contact, removed_at = null",
	                db_int(change->case_id), db_text(member->name), db_text(member->role), db_text(member->contact),
	                db_int(change->at)),
	        NULL, error);
	if (!status)
		change->body = json_pack(
		        "{s:s, s:s, s:s?}", "name", member->name, "role", member->role, "contact", member->contact);
	return status;
}

hufu_status case_member(struct casebook *book, const char *number, const char *name, const char *role,
        const char *contact, hufu_error *error)
{
	struct member member = { name, role, contact };
	struct change change = { .what = "member", .work = member_work, .context = &member };
	return case_change_open(book, number, &change, error);
}

/* ---- tasks ---- */

struct task_change {
	int64_t task;
	const char *state, *assignee;
};

static hufu_status task_work(struct change *change, hufu_error *error)
{
	const struct task_change *task = change->context;
	int64_t affected = 0;
	hufu_status status = HUFU_OK;
	if (task->state)
		status = db_run(change->book->db,
		        DB_SQL("update tasks set state = ?, done_at = ? where case_id = ? and seq = ?",
		                db_text(task->state), strcmp(task->state, "open") != 0 ? db_int(change->at) : db_null(),
		                db_int(change->case_id), db_int(task->task)),
		        &affected, error);
	if (!status && task->assignee)
		status = db_run(change->book->db,
		        DB_SQL("update tasks set assignee = ? where case_id = ? and seq = ?", db_text(task->assignee),
		                db_int(change->case_id), db_int(task->task)),
		        &affected, error);
	char typed[24];
	snprintf(typed, sizeof typed, "%lld", (long long)task->task);
	if (!status && !affected)
		status = fail(error, HUFU_USAGE, view_of(typed), "is the number of no task of this case",
		        "hufu case show lists them with their numbers");
	if (!status)
		change->body = json_pack("{s:I, s:s*, s:s*}", "task", (json_int_t)task->task, "state", task->state,
		        "assignee", task->assignee);
	return status;
}

hufu_status case_task(struct casebook *book, const char *number, int64_t task, const char *state, const char *assignee,
        hufu_error *error)
{
	struct task_change how = { task, state, assignee };
	struct change change = { .what = "task", .work = task_work, .context = &how };
	if (state && strcmp(state, "open") != 0 && strcmp(state, "done") != 0 && strcmp(state, "dropped") != 0)
		return fail(error, HUFU_USAGE, view_of(state), "is no state of a task", "say open, done or dropped");
	return case_change_open(book, number, &change, error);
}

static json_t *task_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:I, s:{s:s, s:s}, s:s, s:o, s:o, s:s, s:o}", "id", (json_int_t)db_rows_int(rows, 0),
	        "title", "zh", db_rows_text(rows, 1), "en", db_rows_text(rows, 2), "role", db_rows_text(rows, 3),
	        "assignee", json_text(db_rows_text(rows, 4)), "due",
	        db_rows_null(rows, 5) ? json_null() : case_time(db_rows_int(rows, 5), zone_minutes), "state",
	        db_rows_text(rows, 6), "done_at",
	        db_rows_null(rows, 7) ? json_null() : case_time(db_rows_int(rows, 7), zone_minutes));
}

hufu_status tasks_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select seq, title_zh, title_en, role, assignee, due_at, state, done_at from tasks where "
	               "case_id "
	               "= ? order by due_at, seq",
	                db_int(row->id)),
	        task_json, row->zone_minutes, out, error);
}

/* ---- decisions ---- */

struct decision {
	const char *what, *why;
};

static hufu_status decision_work(struct change *change, hufu_error *error)
{
	const struct decision *decision = change->context;
	hufu_status status = db_run(change->book->db,
	        DB_SQL("insert into decisions (case_id, at, by, what, why) values (?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_int(change->at), db_text(change->book->by), db_text(decision->what),
	                db_text(decision->why)),
	        NULL, error);
	if (!status)
		change->body = json_pack("{s:s, s:s}", "what", decision->what, "why", decision->why);
	return status;
}

hufu_status case_decide(struct casebook *book, const char *number, const char *what, const char *why, hufu_error *error)
{
	struct decision decision = { what, why };
	struct change change = { .what = "decision", .work = decision_work, .context = &decision };
	return case_change_open(book, number, &change, error);
}

/* ---- the impact form ---- */

/* What a report asks for and no fact holds (CAC-IR art. 7, PIPL art. 57; doc/case.md says which line serves which). */
static const char *const impact_names[] = { "vehicle_safety", "entity", "systems", "occurred", "containment", "trend",
	"harm", "cause", "clues", "way_out", "measures", "help", "scene", "contact", "advice", "responsibility",
	"rectification", "lessons" };

static hufu_status impact_check(const char *name, hufu_error *error)
{
	for (size_t i = 0; i < LEN(impact_names); i++)
		if (!strcmp(name, impact_names[i]))
			return HUFU_OK;
	return fail(error, HUFU_USAGE, view_of(name), "is no line of the impact form",
	        "it has vehicle_safety, entity, systems, occurred, containment, trend, harm, cause, clues, way_out, "
	        "measures, help, scene, contact, advice, responsibility, rectification, lessons");
}

struct impact_given {
	const struct fact_word *words;
	size_t count;
};

static hufu_status impact_work(struct change *change, hufu_error *error)
{
	const struct impact_given *given = change->context;
	hufu_status status = HUFU_OK;
	change->body = json_object();
	for (size_t i = 0; i < given->count && !status; i++) {
		const struct fact_word *word = &given->words[i];
		status = db_run(change->book->db,
		        DB_SQL("insert into impact (case_id, name, value, at, by) values (?, ?, ?, ?, ?) on conflict "
		               "(case_id, name) do update set value = excluded.value, at = excluded.at, by = "
		               "excluded.by",
		                db_int(change->case_id), db_text(word->name), db_text(word->value), db_int(change->at),
		                db_text(change->book->by)),
		        NULL, error);
		if (!status)
			json_object_set_new(change->body, word->name, json_string(word->value));
	}
	return status;
}

hufu_status case_impact(struct casebook *book, const char *number, struct case_words words, hufu_error *error)
{
	AUTO_FREE char *held = NULL;
	AUTO_FREE struct fact_word *cut = NULL;
	hufu_status status = words_cut(words, &cut, &held, error);
	for (size_t i = 0; i < words.count && !status; i++)
		status = cut[i].value[0] ? impact_check(cut[i].name, error)
		                         : fail(error, HUFU_USAGE, view_of(cut[i].name), "wants some words", NULL);
	if (status)
		return status;
	struct impact_given given = { cut, words.count };
	struct change change = { .what = "impact", .work = impact_work, .context = &given };
	return case_change_open(book, number, &change, error);
}

/* ---- duties done or waived ---- */

struct duty_state {
	const char *rule, *status, *note;
};

/* What never arose cannot be settled; what was settled before the facts moved can be said anew. */
static hufu_status duty_stands(const struct change *change, const struct duty_state *duty, hufu_error *error)
{
	int64_t known = 0;
	struct judged judged;
	struct case_row row = { .id = change->case_id };
	if (!duty->status)
		return HUFU_OK;
	hufu_status status = case_judge(change->book, &row, NULL, &judged, error);
	const struct duty *arisen = status ? NULL : judgement_find(&judged.judgement, duty->rule);
	if (!status && !arisen)
		status = db_number(change->book->db,
		        DB_SQL("select count(*) from duties_state where case_id = ? and rule = ?",
		                db_int(change->case_id), db_text(duty->rule)),
		        &known, NULL, error);
	if (!status && !arisen && !known)
		status = fail(error, HUFU_USAGE, view_of(duty->rule), "does not arise from the facts of this case",
		        "hufu case explain ID RULE says why; mend the facts if they are wrong");
	judged_done(&judged);
	return status;
}

static hufu_status duty_work(struct change *change, hufu_error *error)
{
	const struct duty_state *duty = change->context;
	hufu_status status = duty_stands(change, duty, error);
	if (status)
		return status;
	status = db_run(change->book->db,
	        DB_SQL("insert into duties_state (case_id, rule, status, at, by, note) values (?, ?, ?, ?, ?, ?) on "
	               "conflict (case_id, rule) do update set status = excluded.status, at = excluded.at, by = "
	               "excluded.by, note = excluded.note",
	                db_int(change->case_id), db_text(duty->rule), db_text(duty->status), db_int(change->at),
	                db_text(change->book->by), db_text(duty->note)),
	        NULL, error);
	if (!status)
		change->body =
		        json_pack("{s:s, s:s?, s:s}", "rule", duty->rule, "status", duty->status, "note", duty->note);
	return status;
}

hufu_status case_duty(struct casebook *book, const char *number, const char *rule, const char *status, const char *note,
        hufu_error *error)
{
	bool open = !strcmp(status, "open");
	if (!open && strcmp(status, "done") != 0 && strcmp(status, "waived") != 0)
		return fail(error, HUFU_USAGE, view_of(status), "is no state of a duty", "say open, done or waived");
	const struct duties *duties = NULL;
	hufu_status loaded = casebook_may(book, MAY_SETTLE, error);
	if (!loaded)
		loaded = casebook_packs(book, &duties, error);
	const struct duty_rule *known = loaded ? NULL : duties_find(duties, rule);
	struct duty_state duty = { known ? known->id : rule, open ? NULL : status, note };
	struct change change = { .what = "duty", .work = duty_work, .context = &duty };
	if (!loaded && !known && !open) /* what a pack no longer has can still be set back */
		loaded = fail(error, HUFU_USAGE, view_of(rule), "is no rule of the packs",
		        "hufu case show ID names the rule of each duty");
	if (!loaded)
		loaded = case_change_open(book, number, &change, error);
	return loaded;
}
