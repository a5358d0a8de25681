/* Escalation: one tick over all open cases, what it has to say, and the rows that a person settles. */
#include "case/escalate.h"

#include "base/clock.h"

/* ---- a tick's things ---- */

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("escalation"), "no memory", NULL);
}

static hufu_status add_recipient(
        struct escalation *tick, const struct send_channel *channel, const char *to, hufu_error *error)
{
	struct recipient *more = realloc(tick->recipients, (tick->recipient_count + 1) * sizeof *more);
	if (!more)
		return no_memory(error);
	tick->recipients = more;
	struct recipient *recipient = &more[tick->recipient_count];
	*recipient = (struct recipient){ .channel = channel, .to = to };
	channel->label(to, recipient->label);
	for (size_t i = 0; i < tick->recipient_count; i++) /* written twice in the settings: told once */
		if (more[i].channel == channel && !strcmp(more[i].label, recipient->label))
			return HUFU_OK;
	tick->recipient_count++;
	return HUFU_OK;
}

static hufu_status recipients_read(struct escalation *tick, hufu_error *error)
{
	static const struct {
		const struct send_channel *channel;
		const char *setting;
	} lists[] = { { &send_mail, "escalation.mail" }, { &send_webhook, "escalation.webhook" } };
	hufu_status status = HUFU_OK;
	if (config_flag(tick->config, "escalation.syslog"))
		status = add_recipient(tick, &send_syslog, "syslog", error);
	for (size_t i = 0; i < LEN(lists); i++)
		for (size_t k = 0; k < config_count(tick->config, lists[i].setting) && !status; k++)
			status = add_recipient(
			        tick, lists[i].channel, config_at(tick->config, lists[i].setting, k), error);
	return status;
}

static void tick_done(struct escalation *tick)
{
	duties_free(tick->duties);
	free(tick->recipients);
	json_decref(tick->told);
}

static hufu_status tick_begin(
        struct casebook *book, const struct config *config, struct escalation *out, hufu_error *error)
{
	*out = (struct escalation){ .book = book, .config = config, .told = json_array() };
	hufu_status status = out->told ? step_spans_read(config, &out->spans, error) : no_memory(error);
	if (!status)
		status = recipients_read(out, error);
	if (!status)
		status = duties_load(NULL, &out->duties, error);
	if (status)
		tick_done(out);
	return status;
}

/* ---- rows as JSON ---- */

#define ROWS                                                                                                           \
	"select c.number, c.drill, c.zone_minutes, e.id, e.subject, e.step, e.channel, e.recipient, e.state, e.due, "  \
	"e.attempts, e.next_at, e.code, e.status, e.why, e.planned_at, e.settled_at, e.about, e.token from "           \
	"escalations e join "                                                                                          \
	"cases c on c.id = e.case_id where "

static json_t *time_or_null(struct db_rows *rows, size_t column, int64_t zone)
{
	return db_rows_null(rows, column) ? json_null() : case_time(db_rows_int(rows, column), zone);
}

static json_t *step_text(const char *step)
{
	struct bytes zh = { 0 }, en = { 0 };
	step_words(step, true, &zh);
	step_words(step, false, &en);
	json_t *both = json_pack("{s:s%, s:s%}", "zh", zh.ptr, zh.len, "en", en.ptr, en.len);
	bytes_done(&zh);
	bytes_done(&en);
	return both;
}

static json_t *row_json(struct db_rows *rows, int64_t zone)
{
	const char *subject = db_rows_text(rows, 4), *state = db_rows_text(rows, 8);
	bool task = !strncmp(subject, "task:", 5), waits = !strcmp(state, "planned");
	json_t *about = json_loads(db_rows_text(rows, 17), 0, NULL), *also = json_object_get(about, "also");
	zone = db_rows_int(rows, 2);
	json_t *row = json_pack(
	        "{s:s, s:b, s:I, s:o, s:o, s:s, s:o, s:O?, s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:o, "
	        "s:o, s:o, s:o, s:s}",
	        "case", db_rows_text(rows, 0), "drill", db_rows_int(rows, 1) != 0, "n",
	        (json_int_t)db_rows_int(rows, 3), "rule", task ? json_null() : json_string(subject), "task",
	        task ? json_integer(strtoll(subject + 5, NULL, 10)) : json_null(), "step", db_rows_text(rows, 5),
	        "step_text", step_text(db_rows_text(rows, 5)), "title", json_object_get(about, "title"), "channel",
	        db_rows_text(rows, 6), "to", db_rows_text(rows, 7), "state", state, "due", time_or_null(rows, 9, zone),
	        "also", also ? json_incref(also) : json_array(), "attempts", (json_int_t)db_rows_int(rows, 10),
	        "next_at", waits ? time_or_null(rows, 11, zone) : json_null(), "code",
	        db_rows_null(rows, 12) ? json_null() : json_integer(db_rows_int(rows, 12)), "status",
	        json_text(db_rows_text(rows, 13)), "why", json_text(db_rows_text(rows, 14)), "planned_at",
	        time_or_null(rows, 15, zone), "settled_at", time_or_null(rows, 16, zone), "message",
	        db_rows_text(rows, 18));
	json_decref(about);
	return row;
}

static hufu_status rows_of(struct casebook *book, const json_t *ids, json_t **out, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	json_t *all = json_array();
	for (size_t i = 0; i < json_array_size(ids) && !status; i++) {
		json_t *one = NULL;
		status = case_rows_json(book,
		        DB_SQL(ROWS "e.id = ?", db_int(json_integer_value(json_array_get(ids, i)))), row_json, 0, &one,
		        error);
		json_array_extend(all, one);
		json_decref(one);
	}
	if (status)
		json_decref(all);
	else
		*out = all;
	return status;
}

/* ---- what a tick says ---- */

/* What waits for its first try is no failure; a doubt is listed until somebody settles it. */
static const struct {
	const char *name, *where;
	bool left; /* somebody has not heard what he should */
} lists[] = {
	{ "planned", ROWS "e.state = 'planned' and e.attempts = 0 and c.state = 'open' order by e.id", false },
	{ "waiting", ROWS "e.state = 'planned' and e.attempts > 0 and c.state = 'open' order by e.id", true },
	{ "sending", ROWS "e.state = 'sending' order by e.id", false },
	{ "refused", ROWS "e.state = 'refused' and c.state = 'open' order by e.id", true },
	{ "doubt", ROWS "e.state = 'doubt' order by e.id", true },
};

static hufu_status say_lists(struct casebook *book, json_t *all, bool *left, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < LEN(lists) && !status; i++) {
		json_t *list = NULL;
		status = case_rows_json(book, DB_SQL(lists[i].where), row_json, 0, &list, error);
		*left |= lists[i].left && json_array_size(list) > 0;
		if (!status && json_object_set_new(all, lists[i].name, list))
			status = no_memory(error);
	}
	return status;
}

static hufu_status say(struct casebook *book, const json_t *told, json_t **out, bool *left, hufu_error *error)
{
	json_t *list = NULL, *all = json_object();
	hufu_status status = rows_of(book, told, &list, error);
	if (!status && json_object_set_new(all, "told", list))
		status = no_memory(error);
	if (!status)
		status = say_lists(book, all, left, error);
	if (status)
		json_decref(all);
	else
		*out = all;
	return status;
}

/* ---- planning all cases ---- */

static hufu_status open_cases(struct casebook *book, struct db_rows **out, hufu_error *error)
{
	return db_query(book->db, DB_SQL("select number from cases where state = 'open' order by id"), out, error);
}

static hufu_status plan_all(
        struct escalation *tick, hufu_status (*plan)(struct change *change, hufu_error *error), hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = open_cases(tick->book, &rows, error);
	while (!status && db_rows_next(rows)) {
		struct case_row row;
		status = case_find(tick->book, db_rows_text(rows, 0), &row, error);
		if (status)
			break;
		struct planning planning = { .tick = tick, .row = &row };
		struct change change = { .book = tick->book,
			.case_id = row.id,
			.at = clock_now(),
			.what = "escalation",
			.work = escalation_plan,
			.context = &planning };
		status = plan(&change, error);
		if (!status)
			json_array_extend(tick->told, planning.drilled);
		json_decref(planning.drilled);
		case_row_done(&row);
	}
	return status;
}

/* What was planned in a case that is closed by now concerns nobody. */
static hufu_status drop_closed(struct casebook *book, hufu_error *error)
{
	return db_run(book->db,
	        DB_SQL("update escalations set state = 'dropped', settled_at = ? where state in ('planned', 'refused') "
	               "and case_id in (select id from cases where state = 'closed')",
	                db_int(clock_now())),
	        NULL, error);
}

/* ---- a dry run: everything is planned in a transaction that is then given up ---- */

struct dry {
	struct escalation *tick;
	json_t *out;
	bool done;
};

static hufu_status plan_dry(struct change *change, hufu_error *error)
{
	hufu_status status = escalation_plan(change, error);
	json_decref(change->body);
	change->body = NULL;
	return status;
}

static hufu_status dry_work(struct db *db, void *context, hufu_error *error)
{
	struct dry *dry = context;
	bool left = false;
	(void)db;
	json_array_clear(dry->tick->told);
	json_decref(dry->out);
	dry->out = NULL;
	hufu_status status = plan_all(dry->tick, plan_dry, error);
	if (!status)
		status = say(dry->tick->book, dry->tick->told, &dry->out, &left, error);
	dry->done = !status;
	return status ? status : HUFU_DENIED; /* rolls back */
}

static hufu_status tick_dry(struct escalation *tick, json_t **out, hufu_error *error)
{
	struct dry dry = { .tick = tick };
	hufu_error ignored = { 0 };
	hufu_status status = db_transact(tick->book->db, dry_work, &dry, &ignored);
	if (dry.done) {
		*out = dry.out;
		return HUFU_OK;
	}
	json_decref(dry.out);
	if (error)
		*error = ignored;
	return status;
}

hufu_status case_escalate(
        struct casebook *book, const struct config *config, bool dry_run, json_t **out, bool *left, hufu_error *error)
{
	struct escalation tick;
	*left = false;
	hufu_status status = casebook_may(book, MAY_WORK, error);
	if (!status)
		status = tick_begin(book, config, &tick, error);
	if (status)
		return status;
	if (dry_run) {
		status = tick_dry(&tick, out, error);
	} else {
		status = drop_closed(book, error);
		if (!status)
			status = plan_all(&tick, case_change, error);
		if (!status)
			status = escalation_tell(&tick, error);
		if (!status)
			status = say(book, tick.told, out, left, error);
	}
	tick_done(&tick);
	return status;
}

/* ---- a case's rows, and one settled by hand ---- */

hufu_status case_told(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	struct case_row row;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	status = case_rows_json(book, DB_SQL(ROWS "e.case_id = ? order by e.id", db_int(row.id)), row_json,
	        row.zone_minutes, out, error);
	case_row_done(&row);
	return status;
}

struct settling {
	int64_t n;
	bool again;
};

static hufu_status settle_work(struct change *change, hufu_error *error)
{
	const struct settling *settling = change->context;
	int64_t changed = 0;
	hufu_status status = db_run(change->book->db,
	        DB_SQL("update escalations set state = ?, settled_at = ?, next_at = ?, claimed_by = null, "
	               "claimed_until = "
	               "null where case_id = ? and id = ? and state in ('planned', 'refused', 'doubt')",
	                db_text(settling->again ? "planned" : "told"), settling->again ? db_null() : db_int(change->at),
	                db_int(change->at), db_int(change->case_id), db_int(settling->n)),
	        &changed, error);
	if (!status && !changed)
		status = fail(error, HUFU_USAGE, view_of("case told"), "has nothing of that number to settle",
		        "hufu case told ID lists what is refused, waits or is in doubt");
	if (!status)
		change->body = json_pack(
		        "{s:I, s:s}", "n", (json_int_t)settling->n, "settled", settling->again ? "again" : "sent");
	return status;
}

hufu_status case_told_settle(struct casebook *book, const char *number, int64_t n, const char *how, hufu_error *error)
{
	struct settling settling = { n, !strcmp(how, "again") };
	struct change change = { .book = book, .what = "escalation", .work = settle_work, .context = &settling };
	struct case_row row;
	if (!settling.again && strcmp(how, "sent") != 0)
		return fail(error, HUFU_USAGE, view_of(how), "settles nothing", "say sent or again");
	hufu_status status = casebook_may(book, MAY_WORK, error);
	if (!status)
		status = case_find(book, number, &row, error);
	if (status)
		return status;
	change.case_id = row.id;
	case_row_done(&row);
	return case_change(&change, error);
}
