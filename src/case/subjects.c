/* What of a case may be told at all: duties that are neither done nor waived, as its facts and the packs have them now,
 * and tasks whose time passed. What a message will say of each is taken down here, from packs and playbooks alone: no
 * fact of the case is in it. */
#include "case/escalate.h"

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("escalation"), "no memory", NULL);
}

/* What holds at any time, or is fulfilled by another report, is no alarm; what comes back each year is one when its
 * day comes near, not because there is an incident. */
static const struct {
	bool told, arises;
} by_kind[] = {
	[DUTY_REPORT] = { true, true },
	[DUTY_POLICE] = { true, true },
	[DUTY_NOTIFY] = { true, true },
	[DUTY_FOLLOWUP] = { true, true },
	[DUTY_INTERNAL] = { true, true },
	[DUTY_YEARLY] = { true, false },
	[DUTY_STANDING] = { false, false },
	[DUTY_FRAMEWORK] = { false, false },
};

static json_t *words_json(struct duty_words words)
{
	return json_pack("{s:s, s:s}", "zh", words.zh ? words.zh : "", "en", words.en ? words.en : "");
}

static json_t *duty_about(const struct duty *duty)
{
	const struct duty_rule *rule = duty->rule;
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:b}", "title", words_json(rule->title), "law",
	        words_json(rule->law), "article", rule->article, "addressee", words_json(rule->addressee), "when",
	        words_json(duty->when), "legal", rule->legal, "verified", rule->verified);
}

hufu_status duty_is_settled(
        struct casebook *book, const struct case_row *row, const char *rule, bool *settled, hufu_error *error)
{
	int64_t one;
	return db_number(book->db,
	        DB_SQL("select 1 from duties_state where case_id = ? and rule = ? and status is not null",
	                db_int(row->id), db_text(rule)),
	        &one, settled, error);
}

static hufu_status add_duties(
        struct casebook *book, const struct case_row *row, struct subjects *subjects, hufu_error *error)
{
	const struct judgement *judgement = &subjects->judged.judgement;
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < judgement->count && !status; i++) {
		const struct duty *duty = &judgement->duties[i];
		bool settled = false;
		if (!by_kind[duty->rule->kind].told)
			continue;
		status = duty_is_settled(book, row, duty->rule->id, &settled, error);
		if (status || settled)
			continue;
		struct subject *subject = &subjects->at[subjects->count++];
		*subject = (struct subject){ .stands = { .arises = by_kind[duty->rule->kind].arises,
			                             .immediate = duty->immediate,
			                             .has_due = duty->has_due,
			                             .due = duty->has_due ? duty->due : 0 },
			.about = duty_about(duty) };
		snprintf(subject->name, sizeof subject->name, "%s", duty->rule->id);
		if (!subject->about)
			status = no_memory(error);
	}
	return status;
}

/* A task is told when its time passed; before that the plan tells. */
static hufu_status add_tasks(struct subjects *subjects, struct db_rows *rows, hufu_error *error)
{
	while (db_rows_next(rows)) {
		struct subject *subject = &subjects->at[subjects->count++];
		*subject = (struct subject){ .stands = { .has_due = true, .due = db_rows_int(rows, 1) },
			.about = json_pack("{s:{s:s, s:s}, s:s}", "title", "zh", db_rows_text(rows, 2), "en",
			        db_rows_text(rows, 3), "role", db_rows_text(rows, 4)) };
		snprintf(subject->name, sizeof subject->name, "task:%lld", (long long)db_rows_int(rows, 0));
		if (!subject->about)
			return no_memory(error);
	}
	return HUFU_OK;
}

hufu_status subjects_read(
        struct escalation *tick, const struct case_row *row, int64_t now, struct subjects *out, hufu_error *error)
{
	AUTO_ROWS *tasks = NULL;
	*out = (struct subjects){ 0 };
	hufu_status status = case_judge(tick->book, row, tick->duties, &out->judged, error);
	if (!status)
		status = db_query(tick->book->db,
		        DB_SQL("select seq, due_at, title_zh, title_en, role from tasks where case_id = ? and state = "
		               "'open' and due_at < ? order by seq",
		                db_int(row->id), db_int(now)),
		        &tasks, error);
	if (status)
		return status;
	out->at = calloc(out->judged.judgement.count + db_rows_count(tasks) + 1, sizeof *out->at);
	if (!out->at)
		return no_memory(error);
	status = add_duties(tick->book, row, out, error);
	return status ? status : add_tasks(out, tasks, error);
}

void subjects_done(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++)
		json_decref(subjects->at[i].about);
	free(subjects->at);
	judged_done(&subjects->judged);
}
