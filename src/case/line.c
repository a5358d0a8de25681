/* A case in a line, as lists and the console's overview tell it: the verdict, how many people, how grave, what is due
 * next, what is open. */
#include "case/book.h"
#include <stdlib.h>

/* The rules that the case calls done or waived, as an object's keys. */
static hufu_status settled_rules(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select rule from duties_state where case_id = ? and status is not null", db_int(row->id)),
	        &rows, error);
	*out = status ? NULL : json_object();
	while (*out && db_rows_next(rows))
		json_object_set_new(*out, db_rows_text(rows, 0), json_true());
	return status || *out ? status : fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
}

/* Reports and what tells people; what holds at any time or comes back each year is no duty of this incident. */
static bool is_of_the_incident(const struct duty *duty)
{
	return duty->rule->kind <= DUTY_FOLLOWUP;
}

static bool is_sooner(const struct duty *a, const struct duty *b)
{
	if (!b)
		return true;
	if (a->has_due && b->has_due)
		return a->due < b->due;
	return a->has_due || (a->immediate && !b->has_due && !b->immediate);
}

static json_t *next_json(const struct duty *duty)
{
	static const char *const fields[] = { "rule", "title", "kind", "law", "law_en", "article", "addressee",
		"addressee_en", "due", "immediate", "when", "legal", "verified", "status" };
	json_t *all = duty_json(duty), *some = json_object();
	for (size_t i = 0; i < LEN(fields) && all && some; i++)
		if (json_object_get(all, fields[i]))
			json_object_set(some, fields[i], json_object_get(all, fields[i]));
	json_decref(all);
	return some;
}

static bool put_duties(json_t *line, const struct judged *judged, const json_t *settled)
{
	const struct duty *next = NULL;
	json_int_t open = 0, overdue = 0;
	for (size_t i = 0; i < judged->judgement.count; i++) {
		const struct duty *duty = &judged->judgement.duties[i];
		if (!is_of_the_incident(duty) || json_object_get(settled, duty->rule->id))
			continue;
		open++;
		overdue += duty->has_due && duty->status == DUTY_OVERDUE;
		if ((duty->has_due || duty->immediate) && is_sooner(duty, next))
			next = duty;
	}
	json_t *all = judgement_json(&judged->judgement, judged->duties);
	bool good = all && !json_object_set(line, "grades", json_object_get(all, "grades")) &&
	            !json_object_set_new(line, "next_duty", next ? next_json(next) : json_null()) &&
	            !json_object_set_new(line, "open_duties", json_integer(open)) &&
	            !json_object_set_new(line, "overdue_duties", json_integer(overdue));
	json_decref(all);
	return good;
}

/* The gravest claim, unless one is confirmed. */
static bool put_people(json_t *line, const struct judged *judged)
{
	long long people = -1;
	bool confirmed = false;
	for (size_t i = 0; i < judged->fact_count; i++) {
		const struct fact *fact = &judged->facts[i];
		bool sure = fact->basis == FACT_CONFIRMED;
		if (strcmp(fact->name, "people") != 0 && strcmp(fact->name, "people_exposed") != 0)
			continue;
		long long count = strtoll(fact->value, NULL, 10);
		if (sure > confirmed || (sure == confirmed && count > people))
			people = count;
		confirmed |= sure;
	}
	return !json_object_set_new(line, "people", people < 0 ? json_null() : json_integer(people));
}

/* The newest: it is no fact that a rule asks for. */
static hufu_status put_verdict(struct casebook *book, const struct case_row *row, json_t *line, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select value from facts where case_id = ? and name = 'verdict' and superseded_by is null order "
	               "by "
	               "seq desc limit 1",
	                db_int(row->id)),
	        &rows, error);
	if (!status && json_object_set_new(
	                       line, "verdict", db_rows_next(rows) ? json_text(db_rows_text(rows, 0)) : json_null()))
		status = fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	return status;
}

static hufu_status put_judged(struct casebook *book, const struct case_row *row, json_t *line, hufu_error *error)
{
	struct judged judged;
	json_t *settled = NULL;
	int64_t tasks = 0;
	hufu_status status = case_judge(book, row, NULL, &judged, error);
	if (!status)
		status = settled_rules(book, row, &settled, error);
	if (!status)
		status = db_number(book->db,
		        DB_SQL("select count(*) from tasks where case_id = ? and state = 'open'", db_int(row->id)),
		        &tasks, NULL, error);
	if (!status)
		status = put_verdict(book, row, line, error);
	if (!status && (!put_people(line, &judged) || !put_duties(line, &judged, settled) ||
	                       json_object_set_new(line, "open_tasks", json_integer((json_int_t)tasks))))
		status = fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	json_decref(settled);
	judged_done(&judged);
	return status;
}

hufu_status case_line(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	struct case_row row;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "id", row.number, "title", row.title, "kind",
	        row.kind, "state", row.open ? "open" : "closed", "drill", row.drill, "opened_at",
	        case_time(row.opened_at, row.zone_minutes));
	status = line ? put_judged(book, &row, line, error)
	              : fail(error, HUFU_NO_MEMORY, view_of(number), "no memory", NULL);
	if (status)
		json_decref(line);
	else
		*out = line;
	case_row_done(&row);
	return status;
}
