/* See carry.h. What the threads share is behind one lock: who is free, and whether to go on. Each has a database handle
 * and connections of its own; pace.h keeps the time for all of them. */
#include "notify/carry.h"
#include "base/clock.h"

#include <sodium.h>
#include <stdio.h>

enum { ID_BYTES = 16 };

const struct carry_channel carry_channels[CARRY_CHANNELS] = {
	{ &send_mail, "mail.server", false },
	{ &send_sms, "notify.sms_url", true },
};

void carriers_stop(struct carriers *carriers, const char *why)
{
	pthread_mutex_lock(&carriers->lock);
	if (!carriers->stopped[0])
		snprintf(carriers->stopped, sizeof carriers->stopped, "%s", why);
	pthread_cond_broadcast(&carriers->changed);
	pthread_mutex_unlock(&carriers->lock);
}

bool carriers_stopped(struct carriers *carriers)
{
	pthread_mutex_lock(&carriers->lock);
	bool stopped = carriers->stopped[0];
	pthread_mutex_unlock(&carriers->lock);
	return stopped;
}

/* ---- claiming and recording ---- */

struct turn {
	struct carrier *carrier;
	struct carry_message *next; /* NULL: none */
	bool mine;
};

static hufu_status record_last(const struct carrier *carrier, struct db *db, hufu_error *error)
{
	const struct carry_message *last = &carrier->last;
	int64_t now = clock_now();
	const struct outgoing_end end = { .id = last->person->id,
		.claim = last->claim,
		.result = &last->result,
		.at = now,
		.next_at = now + pace_again(&carrier->all->pace, last->person->attempts) };
	hufu_status status = outgoing_record(db, &notice_entries, &end, error);
	/* Somebody settled it by hand while it was under way: his word stands. */
	return status == HUFU_CONFLICT ? HUFU_OK : status;
}

static void make_id(const char *begins, char out[MESSAGE_ID_MAX])
{
	uint8_t bytes[ID_BYTES];
	char hex[2 * ID_BYTES + 1];
	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
	snprintf(out, MESSAGE_ID_MAX, "%s%s", begins, hex);
}

/* The id of an entry's first try is that of every later one, so that a receiver can tell. */
static hufu_status name_message(struct db *db, struct carry_message *message, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	char fresh[MESSAGE_ID_MAX];
	struct db_value entry = db_int(message->person->id);
	make_id("notice-", fresh);
	hufu_status status = db_run(db,
	        DB_SQL("update notice_entries set message_id = coalesce(message_id, ?), channel = ? where id = ?",
	                db_text(fresh), db_text(carry_channels[message->channel].send->name), entry),
	        NULL, error);
	if (!status)
		status =
		        db_query(db, DB_SQL("select message_id from notice_entries where id = ?", entry), &rows, error);
	if (!status && db_rows_next(rows))
		snprintf(message->id, sizeof message->id, "%s", db_rows_text(rows, 0));
	return status;
}

static hufu_status turn_work(struct db *db, void *context, hufu_error *error)
{
	struct turn *turn = context;
	struct carrier *carrier = turn->carrier;
	struct carry_message *next = turn->next;
	hufu_status status = carrier->last.person ? record_last(carrier, db, error) : HUFU_OK;
	turn->mine = false;
	/* Whom another source had not may be had by this one. */
	if (!status && next)
		status = db_run(db,
		        DB_SQL("update notice_entries set state = 'planned', next_at = 0 where id = ? and state in "
		               "('lost', 'no_contact')",
		                db_int(next->person->id)),
		        NULL, error);
	if (!status && next)
		status = outgoing_claim(db, &notice_entries, next->person->id,
		        send_longest(carry_channels[next->channel].send, carrier->all->config), next->claim,
		        &turn->mine, error);
	return !status && next && turn->mine ? name_message(db, next, error) : status;
}

static bool take_turn(struct carrier *carrier, struct carry_message *next)
{
	struct turn turn = { .carrier = carrier, .next = next };
	carrier->status = db_transact(carrier->db, turn_work, &turn, &carrier->error);
	if (!carrier->status)
		carrier->last.person = NULL;
	else
		carriers_stop(carrier->all, "a failure of our own");
	return !carrier->status && turn.mine;
}

/* ---- one message ---- */

static const struct send_header headers[] = { { "Auto-Submitted", "auto-generated" },
	{ "X-Auto-Response-Suppress", "OOF, AutoReply" } };

static void hand_over(struct carrier *carrier, size_t channel, const char *to, const char *id, uint32_t kinds,
        struct send_result *out)
{
	const struct notice_text *what = &carrier->all->notice->text;
	struct bytes subject = { 0 }, text = { 0 };
	notice_subject(what, kinds, &subject);
	(carry_channels[channel].sms ? notice_sms : notice_mail)(what, kinds, &text);
	const struct send_message message = { .to = to,
		.subject = subject.ptr,
		.text = text.ptr,
		.id = id,
		.at = clock_now(),
		.urgency = SEND_NOTICE,
		.headers = headers,
		.header_count = LEN(headers) };
	if (subject.failed || text.failed)
		*out = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
	else
		sender_send(carrier->senders[channel], &message, out);
	bytes_done(&subject);
	bytes_done(&text);
}

static bool may_leave(struct carriers *carriers)
{
	char until[CLOCK_TEXT_MAX], why[STOPPED_MAX];
	if (!pace_quiet(&carriers->pace, until)) {
		pace_wait(&carriers->pace);
		return true;
	}
	snprintf(why, sizeof why, "quiet hours (notify.quiet) until %s", until);
	carriers_stop(carriers, why);
	return false;
}

static void tell(struct carrier *carrier, struct carry_message *next, const char *to)
{
	if (!may_leave(carrier->all) || !take_turn(carrier, next))
		return;
	hand_over(carrier, next->channel, to, next->id, next->person->kinds, &next->result);
	carrier->last = *next;
	carrier->counts[next->result.outcome]++;
	if (next->result.away) /* nobody else is put in doubt */
		carriers_stop(carrier->all, next->result.what);
}

bool carriers_test(struct carriers *carriers, const struct due_person *person, const char *to)
{
	char id[MESSAGE_ID_MAX];
	struct send_result result;
	make_id("notice-test-", id);
	pace_wait(&carriers->pace);
	hand_over(&carriers->at[0], 0, to, id, person->kinds, &result);
	if (result.outcome != SEND_ACCEPTED)
		carriers_stop(carriers, result.what);
	return result.outcome == SEND_ACCEPTED;
}

/* ---- threads ---- */

static void *run_carrier(void *context)
{
	struct carrier *carrier = context;
	struct carriers *all = carrier->all;
	pthread_mutex_lock(&all->lock);
	for (;;) {
		while (!carrier->busy && !all->ending)
			pthread_cond_wait(&all->changed, &all->lock);
		if (!carrier->busy)
			break;
		bool on = !all->stopped[0];
		pthread_mutex_unlock(&all->lock);
		if (on)
			tell(carrier, &carrier->next, carrier->to);
		explicit_bzero(carrier->to, sizeof carrier->to);
		pthread_mutex_lock(&all->lock);
		carrier->busy = false;
		pthread_cond_broadcast(&all->changed);
	}
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

static struct carrier *free_one(struct carriers *carriers)
{
	for (size_t i = 0; i < carriers->count; i++)
		if (!carriers->at[i].busy)
			return &carriers->at[i];
	return NULL;
}

bool carriers_give(struct carriers *carriers, struct due_person *person, size_t channel, const char *to)
{
	struct carry_message next = { .person = person, .channel = channel };
	struct carrier *carrier;
	if (carriers->count == 1) {
		tell(&carriers->at[0], &next, to);
		return !carriers_stopped(carriers);
	}
	pthread_mutex_lock(&carriers->lock);
	while (!(carrier = free_one(carriers)) && !carriers->stopped[0])
		pthread_cond_wait(&carriers->changed, &carriers->lock);
	bool on = !carriers->stopped[0];
	if (on) {
		carrier->next = next;
		snprintf(carrier->to, sizeof carrier->to, "%s", to);
		carrier->busy = true;
		pthread_cond_broadcast(&carriers->changed);
	}
	pthread_mutex_unlock(&carriers->lock);
	return on;
}

static void join(struct carriers *carriers)
{
	pthread_mutex_lock(&carriers->lock);
	carriers->ending = true;
	pthread_cond_broadcast(&carriers->changed);
	pthread_mutex_unlock(&carriers->lock);
	for (size_t i = 0; i < carriers->count; i++)
		if (carriers->at[i].running)
			pthread_join(carriers->at[i].thread, NULL);
	for (size_t i = 0; i < carriers->count; i++)
		carriers->at[i].running = false;
}

hufu_status carriers_end(struct carriers *carriers, uint64_t counts[SEND_DOUBT + 1], hufu_error *error)
{
	hufu_status status = HUFU_OK;
	join(carriers);
	for (size_t i = 0; i < carriers->count; i++) {
		struct carrier *carrier = &carriers->at[i];
		for (size_t k = 0; k <= SEND_DOUBT; k++)
			counts[k] += carrier->counts[k];
		if (carrier->last.person) /* also after a failure: what was told is known */
			(void)take_turn(carrier, NULL);
		if (carrier->status && !status && error)
			*error = carrier->error;
		status = status ? status : carrier->status;
	}
	return status;
}

/* ---- opening ---- */

static hufu_status open_channels(struct carrier *carrier, bool test, hufu_error *error)
{
	const struct config *config = carrier->all->config;
	hufu_status status = HUFU_OK;
	size_t opened = 0;
	for (size_t i = 0; i < CARRY_CHANNELS && !status; i++) {
		if (!config_text(config, carry_channels[i].setting) || (test && carry_channels[i].sms))
			continue;
		status = sender_open(carry_channels[i].send, config, &carrier->senders[i], error);
		opened++;
	}
	if (!status && !opened)
		status = fail(error, HUFU_USAGE, view_of("notice"), "there is no way to send",
		        "set mail.server and mail.from, or notify.sms_url");
	return status;
}

static hufu_status open_carrier(struct casebook *book, struct carriers *all, size_t which, bool test, hufu_error *error)
{
	struct carrier *carrier = &all->at[which];
	carrier->all = all;
	all->count++;
	hufu_status status = HUFU_OK;
	if (which)
		status = db_open(book->store, &carrier->db, error);
	else
		carrier->db = book->db;
	return status ? status : open_channels(carrier, test, error);
}

static hufu_status start(struct carriers *carriers, hufu_error *error)
{
	for (size_t i = 0; carriers->count > 1 && i < carriers->count; i++) {
		struct carrier *carrier = &carriers->at[i];
		carrier->running = pthread_create(&carrier->thread, NULL, run_carrier, carrier) == 0;
		if (!carrier->running)
			return fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	}
	return HUFU_OK;
}

hufu_status carriers_open(struct casebook *book, const struct config *config, const struct notice *notice, bool test,
        struct carriers *out, hufu_error *error)
{
	int64_t wanted = config_number(config, "notify.connections");
	*out = (struct carriers){ .config = config, .notice = notice };
	pthread_mutex_init(&out->lock, NULL);
	pthread_cond_init(&out->changed, NULL);
	hufu_status status = pace_read(config, book->store->zone, &out->pace, error);
	if (!status && (wanted < 1 || wanted > CARRIERS_MAX))
		status = fail(error, HUFU_USAGE, view_of("notify.connections"), "is not from 1 to 16", NULL);
	for (size_t i = 0; !status && i < (test ? 1 : (size_t)wanted); i++)
		status = open_carrier(book, out, i, test, error);
	return status ? status : start(out, error);
}

void carriers_close(struct carriers *carriers)
{
	if (!carriers->config)
		return;
	join(carriers);
	for (size_t i = 0; i < carriers->count; i++) {
		for (size_t k = 0; k < CARRY_CHANNELS; k++)
			sender_close(carriers->at[i].senders[k]);
		if (i)
			db_close(carriers->at[i].db);
	}
	pace_done(&carriers->pace);
	pthread_cond_destroy(&carriers->changed);
	pthread_mutex_destroy(&carriers->lock);
}
