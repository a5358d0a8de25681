/* Plans escalations: holds where each duty and task of a case stands against what was told before, and writes a row
 * for each step that somebody has not heard of. Everybody hears of the latest step only; what was skipped is named in
 * it. What is done, waived or closed is dropped. Runs within a transaction, so two ticks never plan the same twice. */
#include "case/escalate.h"

#include <sodium.h>

enum { TOKEN_BYTES = 16 };

/* A row that is there already. Texts borrow from `rows`. */
struct known {
	int64_t id, round, due, planned_at;
	const char *subject, *step, *channel, *recipient, *state, *about;
};

struct plan {
	struct change *change;
	struct escalation *tick;
	const struct case_row *row;
	struct db_rows *rows;
	struct known *known;
	size_t known_count;
	struct subjects subjects;
	json_t *told, *drilled; /* of a drill: for the timeline; the ids, borrowed */
};

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("escalation"), "no memory", NULL);
}

/* ---- what is there ---- */

static bool is_live(const struct known *known)
{
	return strcmp(known->state, "dropped") != 0 && strcmp(known->state, "superseded") != 0;
}

/* Somebody heard of it, or may have. */
static bool is_heard(const struct known *known)
{
	return !strcmp(known->state, "told") || !strcmp(known->state, "doubt") || !strcmp(known->state, "sending");
}

static hufu_status known_read(struct plan *plan, hufu_error *error)
{
	hufu_status status = db_query(plan->tick->book->db,
	        DB_SQL("select id, round, due, planned_at, subject, step, channel, recipient, state, about from "
	               "escalations where case_id = ? order by id",
	                db_int(plan->row->id)),
	        &plan->rows, error);
	if (status)
		return status;
	plan->known = calloc(db_rows_count(plan->rows) + 1, sizeof *plan->known);
	if (!plan->known)
		return no_memory(error);
	while (db_rows_next(plan->rows))
		plan->known[plan->known_count++] = (struct known){ .id = db_rows_int(plan->rows, 0),
			.round = db_rows_int(plan->rows, 1),
			.due = db_rows_int(plan->rows, 2),
			.planned_at = db_rows_int(plan->rows, 3),
			.subject = db_rows_text(plan->rows, 4),
			.step = db_rows_text(plan->rows, 5),
			.channel = db_rows_text(plan->rows, 6),
			.recipient = db_rows_text(plan->rows, 7),
			.state = db_rows_text(plan->rows, 8),
			.about = db_rows_text(plan->rows, 9) };
	return HUFU_OK;
}

/* ---- what stands ---- */

static bool is_task(const char *subject)
{
	return !strncmp(subject, "task:", 5);
}

static bool stands(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->subjects.count; i++)
		if (!strcmp(plan->subjects.at[i].name, name))
			return true;
	return false;
}

/* ---- a row ---- */

struct planned {
	const char *subject, *step;
	int64_t round, due;
	const json_t *about;
	json_t *also; /* steps that it names besides; may be NULL */
};

static hufu_status about_text(const struct planned *planned, char **out, hufu_error *error)
{
	json_t *about = json_copy((json_t *)(uintptr_t)planned->about);
	if (about && planned->also)
		json_object_set(about, "also", planned->also);
	*out = about ? json_dumps(about, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(about);
	return *out ? HUFU_OK : no_memory(error);
}

/* What a drill would tell leaves no house: it is told with being shown. */
static hufu_status insert(
        struct plan *plan, const struct planned *planned, const char *channel, const char *recipient, hufu_error *error)
{
	unsigned char random[TOKEN_BYTES];
	char token[2 * TOKEN_BYTES + 1];
	AUTO_FREE char *about = NULL;
	bool drill = plan->row->drill;
	int64_t now = plan->change->at;
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(token, sizeof token, random, sizeof random);
	int64_t id = 0;
	hufu_status status = about_text(planned, &about, error);
	if (!status)
		status = db_number(plan->tick->book->db,
		        DB_SQL("insert into escalations (case_id, subject, round, step, channel, recipient, state, "
		               "due, "
		               "about, token, planned_at, next_at, settled_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		               "?, "
		               "?, ?) on conflict (case_id, subject, round, step, channel, recipient) do update set "
		               "state "
		               "= excluded.state, about = excluded.about, next_at = excluded.next_at, attempts = 0, "
		               "settled_at = excluded.settled_at returning id",
		                db_int(plan->row->id), db_text(planned->subject), db_int(planned->round),
		                db_text(planned->step), db_text(channel), db_text(recipient),
		                db_text(drill ? "told" : "planned"), planned->due ? db_int(planned->due) : db_null(),
		                db_text(about), db_text(token), db_int(now), db_int(now),
		                drill ? db_int(now) : db_null()),
		        &id, NULL, error);
	if (!status && drill) {
		json_array_append_new(plan->drilled, json_integer(id));
		json_array_append_new(plan->told, json_pack("{s:I, s:s, s:s, s:s}", "n", (json_int_t)id, "subject",
		                                          planned->subject, "step", planned->step, "channel", channel));
	}
	return status;
}

/* What this recipient was to hear of the same subject, and did not, is in the new row. */
static hufu_status supersede(
        struct plan *plan, const struct planned *planned, const char *channel, const char *recipient, hufu_error *error)
{
	return db_run(plan->tick->book->db,
	        DB_SQL("update escalations set state = 'superseded', settled_at = ? where case_id = ? and subject = ? "
	               "and "
	               "channel = ? and recipient = ? and state in ('planned', 'refused') and not (round = ? and step "
	               "= "
	               "?)",
	                db_int(plan->change->at), db_int(plan->row->id), db_text(planned->subject), db_text(channel),
	                db_text(recipient), db_int(planned->round), db_text(planned->step)),
	        NULL, error);
}

static const struct known *find(const struct plan *plan, const struct planned *planned, const char *step,
        const char *channel, const char *recipient)
{
	for (size_t i = 0; i < plan->known_count; i++) {
		const struct known *known = &plan->known[i];
		if (known->round == planned->round && !strcmp(known->subject, planned->subject) &&
		        !strcmp(known->step, step) && !strcmp(known->channel, channel) &&
		        !strcmp(known->recipient, recipient))
			return known;
	}
	return NULL;
}

/* ---- a subject ---- */

/* In which round it is, since when, and whether that round began with another due time. */
static int64_t round_of(struct plan *plan, struct subject *subject)
{
	struct step_subject *now = &subject->stands;
	int64_t round = -1, due = 0, since = plan->change->at, fallen = -1;
	for (size_t i = 0; i < plan->known_count; i++) {
		const struct known *known = &plan->known[i];
		if (strcmp(known->subject, subject->name) != 0)
			continue;
		if (known->round > round) {
			round = known->round;
			since = known->planned_at;
		}
		due = known->due;
		if (!strcmp(known->step, "fallen") && is_live(known))
			fallen = known->round;
	}
	now->arose_at = since;
	now->moved = round > 0 && fallen != round - 1;
	if (round < 0)
		return 0;
	if (fallen != round && due == now->due)
		return round;
	now->arose_at = plan->change->at;
	now->moved = fallen != round;
	return round + 1;
}

static hufu_status plan_step(struct plan *plan, struct planned *planned, const struct steps *steps, const char *channel,
        const char *recipient, hufu_error *error)
{
	const struct known *there = find(plan, planned, planned->step, channel, recipient);
	if (there && is_live(there))
		return HUFU_OK;
	json_t *also = json_array();
	for (size_t i = 0; also && i + 1 < steps->count; i++) {
		there = find(plan, planned, steps->names[i], channel, recipient);
		if (!there || !is_heard(there))
			json_array_append_new(also, json_string(steps->names[i]));
	}
	planned->also = also;
	hufu_status status = supersede(plan, planned, channel, recipient, error);
	if (!status)
		status = insert(plan, planned, channel, recipient, error);
	json_decref(also);
	planned->also = NULL;
	return status;
}

static hufu_status plan_subject(struct plan *plan, struct subject *subject, hufu_error *error)
{
	struct steps steps;
	hufu_status status = HUFU_OK;
	int64_t round = round_of(plan, subject);
	steps_reached(&plan->tick->spans, &subject->stands, plan->change->at, &steps);
	if (!steps.count)
		return HUFU_OK;
	struct planned planned = { .subject = subject->name,
		.step = steps.names[steps.count - 1],
		.round = round,
		.due = subject->stands.due,
		.about = subject->about };
	if (plan->row->drill)
		return plan_step(plan, &planned, &steps, "drill", "-", error);
	for (size_t i = 0; i < plan->tick->recipient_count && !status; i++) {
		const struct recipient *recipient = &plan->tick->recipients[i];
		status = plan_step(plan, &planned, &steps, recipient->channel->name, recipient->label, error);
	}
	return status;
}

/* ---- what stands no more ---- */

static bool is_configured(const struct plan *plan, const struct known *known)
{
	if (plan->row->drill)
		return true;
	for (size_t i = 0; i < plan->tick->recipient_count; i++)
		if (!strcmp(plan->tick->recipients[i].channel->name, known->channel) &&
		        !strcmp(plan->tick->recipients[i].label, known->recipient))
			return true;
	return false;
}

/* The last thing that this recipient heard of the subject. */
static bool is_last_heard(const struct plan *plan, const struct known *known)
{
	for (const struct known *later = known + 1; later < plan->known + plan->known_count; later++)
		if (is_heard(later) && !strcmp(later->subject, known->subject) &&
		        !strcmp(later->channel, known->channel) && !strcmp(later->recipient, known->recipient))
			return false;
	return strcmp(known->step, "fallen") != 0;
}

/* Whoever heard of a duty that is none by now hears that. */
static hufu_status plan_fallen(struct plan *plan, const struct known *known, hufu_error *error)
{
	struct planned planned = {
		.subject = known->subject, .step = "fallen", .round = known->round, .due = known->due
	};
	const struct known *there = find(plan, &planned, "fallen", known->channel, known->recipient);
	bool settled = false;
	if ((there && is_live(there)) || !is_last_heard(plan, known))
		return HUFU_OK;
	hufu_status status = duty_is_settled(plan->tick->book, plan->row, known->subject, &settled, error);
	if (status || settled)
		return status;
	json_t *about = json_loads(known->about, 0, NULL);
	planned.about = about;
	if (about)
		json_object_del(about, "also");
	status = about ? insert(plan, &planned, known->channel, known->recipient, error) : no_memory(error);
	json_decref(about);
	return status;
}

static hufu_status drop(struct plan *plan, const struct known *known, hufu_error *error)
{
	return db_run(plan->tick->book->db,
	        DB_SQL("update escalations set state = 'dropped', settled_at = ? where id = ? and state in ('planned', "
	               "'refused')",
	                db_int(plan->change->at), db_int(known->id)),
	        NULL, error);
}

/* A rule that the packs do not have (a slip left it out, or somebody took it away) says nothing of its duty. */
static hufu_status sweep(struct plan *plan, const struct known *known, hufu_error *error)
{
	bool open = !strcmp(known->state, "planned") || !strcmp(known->state, "refused");
	bool task = is_task(known->subject), fallen = !strcmp(known->step, "fallen");
	if (!is_configured(plan, known))
		return open ? drop(plan, known, error) : HUFU_OK;
	if (stands(plan, known->subject) || fallen)
		return HUFU_OK;
	if (!task && !duties_find(plan->subjects.judged.duties, known->subject))
		return HUFU_OK;
	hufu_status status = open ? drop(plan, known, error) : HUFU_OK;
	return status || task || !is_heard(known) ? status : plan_fallen(plan, known, error);
}

/* ---- a case ---- */

static void plan_done(struct plan *plan)
{
	subjects_done(&plan->subjects);
	free(plan->known);
	db_rows_free(plan->rows);
	json_decref(plan->told);
}

hufu_status escalation_plan(struct change *change, hufu_error *error)
{
	struct planning *planning = change->context;
	json_decref(planning->drilled);
	planning->drilled = json_array();
	struct plan plan = { .change = change,
		.tick = planning->tick,
		.row = planning->row,
		.told = json_array(),
		.drilled = planning->drilled };
	hufu_status status = plan.told && plan.drilled ? known_read(&plan, error) : no_memory(error);
	if (!status)
		status = subjects_read(plan.tick, plan.row, change->at, &plan.subjects, error);
	for (size_t i = 0; i < plan.known_count && !status; i++)
		status = sweep(&plan, &plan.known[i], error);
	for (size_t i = 0; i < plan.subjects.count && !status; i++)
		status = plan_subject(&plan, &plan.subjects.at[i], error);
	if (!status && json_array_size(plan.told))
		change->body = json_pack("{s:O}", "told", plan.told);
	plan_done(&plan);
	return status;
}
