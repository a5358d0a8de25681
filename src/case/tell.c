/* Tells what was planned: each row claimed, sent, recorded (outgoing.h), with its entry in the timeline. */
#include "base/clock.h"
#include "case/escalate.h"
#include "case/outgoing.h"

enum { BROKEN_MAX = 400 };

/* Waits before the next try. Short: the shortest legal clock is an hour, and a tick comes every five minutes. */
static const int64_t waits[] = { 60, 300, 900 };

static const struct outgoing_table escalations = OUTGOING("escalations", "told");

/* ---- dead claims ---- */

static hufu_status doubt_work(struct change *change, hufu_error *error)
{
	const struct outgoing_dead *dead = change->context;
	bool changed = false;
	hufu_status status = outgoing_doubt(change->book->db, &escalations, dead, change->at, &changed, error);
	if (!status && changed)
		change->body = json_pack("{s:I, s:s}", "n", (json_int_t)dead->id, "state", "doubt");
	return status;
}

static hufu_status doubt_one(void *context, const struct outgoing_dead *dead, hufu_error *error)
{
	struct escalation *tick = context;
	struct outgoing_dead one = *dead;
	struct change change = {
		.book = tick->book, .case_id = dead->case_id, .what = "escalation", .work = doubt_work, .context = &one
	};
	return case_change(&change, error);
}

/* ---- one row ---- */

struct job {
	struct escalation *tick;
	int64_t id, attempts;
	char claim[CLAIM_MAX];
	struct send_result result;
};

static json_t *outcome_json(struct db_rows *rows, const struct job *job)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:i, s:o}", "n", (json_int_t)job->id, "subject",
	        db_rows_text(rows, 0), "step", db_rows_text(rows, 1), "channel", db_rows_text(rows, 2), "to",
	        db_rows_text(rows, 3), "state", outgoing_state(&escalations, job->result.outcome), "code",
	        job->result.code, "why", json_text(job->result.what));
}

static hufu_status record_work(struct change *change, hufu_error *error)
{
	const struct job *job = change->context;
	AUTO_ROWS *rows = NULL;
	int64_t tries = job->attempts < (int64_t)LEN(waits) ? job->attempts : (int64_t)LEN(waits) - 1;
	bool later = job->result.outcome == SEND_LATER;
	const struct outgoing_end end = { .id = job->id,
		.claim = job->claim,
		.result = &job->result,
		.at = change->at,
		.next_at = change->at + waits[tries] };
	hufu_status status = outgoing_record(change->book->db, &escalations, &end, error);
	if (!status)
		status = db_query(change->book->db,
		        DB_SQL("select subject, step, channel, recipient from escalations where id = ?",
		                db_int(job->id)),
		        &rows, error);
	if (!status && db_rows_next(rows) && (!later || !job->attempts)) /* of tries in vain the first is told */
		change->body = outcome_json(rows, job);
	return status;
}

/* A message as the row and this moment make it. */
static hufu_status send_row(
        struct db_rows *row, struct sender *sender, const struct recipient *to, struct job *job, hufu_error *error)
{
	static const struct send_header headers[] = { { "Auto-Submitted", "auto-generated" } };
	struct telling telling = { .case_number = db_rows_text(row, 2),
		.subject = db_rows_text(row, 3),
		.step = db_rows_text(row, 4),
		.has_due = !db_rows_null(row, 5),
		.due = db_rows_int(row, 5),
		.now = clock_now(),
		.zone_minutes = db_rows_int(row, 6),
		.about = json_loads(db_rows_text(row, 7), 0, NULL),
		.token = db_rows_text(row, 8) };
	struct telling_text text;
	hufu_status status = telling_write(&telling, &text, error);
	if (!status) {
		const struct send_message message = { .to = to->to,
			.subject = text.subject.ptr,
			.text = text.text.ptr,
			.json = text.json.ptr,
			.id = telling.token,
			.at = telling.now,
			.urgency = telling_urgency(telling.step),
			.headers = headers,
			.header_count = LEN(headers) };
		sender_send(sender, &message, &job->result);
		telling_done(&text);
	}
	json_decref(telling.about);
	return status;
}

/* Claims, sends, records. `away`: its server cannot be reached. */
static hufu_status tell_row(struct escalation *tick, struct db_rows *row, struct sender *sender,
        const struct recipient *to, bool *away, hufu_error *error)
{
	struct job job = { .tick = tick, .id = db_rows_int(row, 0), .attempts = db_rows_int(row, 9) };
	struct change change = { .book = tick->book,
		.case_id = db_rows_int(row, 1),
		.what = "escalation",
		.work = record_work,
		.context = &job };
	bool mine = false;
	hufu_status status = outgoing_claim(
	        tick->book->db, &escalations, job.id, send_longest(to->channel, tick->config), job.claim, &mine, error);
	if (status || !mine)
		return status;
	status = send_row(row, sender, to, &job, error);
	if (status) /* nothing was sent */
		job.result = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
	*away = job.result.away;
	hufu_status recorded = case_change(&change, error);
	if (!recorded && job.result.outcome == SEND_ACCEPTED)
		json_array_append_new(tick->told, json_integer(job.id));
	return status ? status : recorded;
}

/* ---- a channel ---- */

static hufu_status put_off_work(struct change *change, hufu_error *error)
{
	const struct job *job = change->context;
	return outgoing_put_off(
	        change->book->db, &escalations, job->id, change->at + waits[0], job->result.what, error);
}

/* Not tried: the channel is not set up, or its server was away a moment ago. */
static hufu_status put_off(struct escalation *tick, struct db_rows *row, const char *why, hufu_error *error)
{
	struct job job = { .tick = tick, .id = db_rows_int(row, 0), .result = { .what = why } };
	struct change change = { .book = tick->book,
		.case_id = db_rows_int(row, 1),
		.what = "escalation",
		.work = put_off_work,
		.context = &job };
	return case_change(&change, error);
}

static hufu_status rows_for(
        struct escalation *tick, const struct recipient *to, struct db_rows **out, hufu_error *error)
{
	return db_query(tick->book->db,
	        DB_SQL("select e.id, e.case_id, c.number, e.subject, e.step, e.due, c.zone_minutes, e.about, e.token, "
	               "e.attempts from escalations e join cases c on c.id = e.case_id where e.state = 'planned' and "
	               "e.next_at <= ? and e.channel = ? and e.recipient = ? and c.state = 'open' and c.drill = 0 "
	               "order by e.id",
	                db_int(clock_now()), db_text(to->channel->name), db_text(to->label)),
	        out, error);
}

static const char server_away[] = "its server was away a moment ago";

/* What a channel's state is over its recipients. */
struct channel_now {
	struct sender *sender;
	char broken[BROKEN_MAX]; /* why it cannot be used; "" */
};

static void open_channel(struct escalation *tick, const struct send_channel *which, struct channel_now *channel)
{
	hufu_error why = { 0 };
	if (!channel->sender && !channel->broken[0] && sender_open(which, tick->config, &channel->sender, &why))
		error_line(&why, channel->broken, sizeof channel->broken);
}

static hufu_status tell_recipient(
        struct escalation *tick, const struct recipient *to, struct channel_now *channel, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	bool away = false;
	hufu_status status = rows_for(tick, to, &rows, error);
	while (!status && db_rows_next(rows)) {
		open_channel(tick, to->channel, channel);
		if (channel->broken[0])
			status = put_off(tick, rows, channel->broken, error);
		else if (away)
			status = put_off(tick, rows, server_away, error);
		else
			status = tell_row(tick, rows, channel->sender, to, &away, error);
	}
	if (away && to->channel->one_server)
		snprintf(channel->broken, sizeof channel->broken, "%s", server_away);
	return status;
}

static hufu_status tell_channel(struct escalation *tick, const struct send_channel *which, hufu_error *error)
{
	struct channel_now channel = { 0 };
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < tick->recipient_count && !status; i++)
		if (tick->recipients[i].channel == which)
			status = tell_recipient(tick, &tick->recipients[i], &channel, error);
	sender_close(channel.sender);
	return status;
}

hufu_status escalation_tell(struct escalation *tick, hufu_error *error)
{
	hufu_status status = outgoing_each_dead(tick->book->db, &escalations, doubt_one, tick, error);
	for (size_t i = 0; i < send_channel_count && !status; i++)
		status = tell_channel(tick, send_channels[i], error);
	return status;
}
