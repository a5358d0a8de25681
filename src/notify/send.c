/* Sending: contacts come by, row by row; whose entry is due is claimed, told, recorded. What the last one came to and
 * the next one's claim are one transaction, so that a kill leaves at most one entry in doubt. */
#include "base/clock.h"
#include "notify/due.h"
#include "notify/pace.h"

#include <sodium.h>
#include <stdio.h>

enum { ID_BYTES = 16, ID_MAX = 48, CHANNELS = 2, BROKEN_MAX = 400 };

/* In the order in which they are taken. */
static const struct channel {
	const struct send_channel *send;
	const char *setting; /* without which it is not used */
	bool sms;
} channels[CHANNELS] = {
	{ &send_mail, "mail.server", false },
	{ &send_sms, "notify.sms_url", true },
};

struct message {
	struct due_person *person;
	const struct channel *channel;
	char id[ID_MAX], claim[CLAIM_MAX];
	struct send_result result;
};

struct sending {
	struct casebook *book;
	const struct config *config;
	const struct notice_sending *asked;
	struct notice notice;
	struct due due;
	struct pace pace;
	struct sender *senders[CHANNELS];
	struct message last; /* told, and not yet recorded; person NULL: none */
	uint64_t counts[SEND_DOUBT + 1], tests, done;
	int64_t drilled;
	struct due_missing missing;
	char stopped[BROKEN_MAX]; /* why it ends early; "" */
	hufu_status status;       /* of our own side */
	hufu_error *error;
};

static void stop(struct sending *sending, const char *why)
{
	snprintf(sending->stopped, sizeof sending->stopped, "%s", why);
}

/* ---- claiming and recording ---- */

struct turn {
	struct sending *sending;
	struct message *next; /* NULL: none */
	bool mine;
};

static hufu_status record_last(struct sending *sending, struct db *db, hufu_error *error)
{
	const struct message *last = &sending->last;
	int64_t now = clock_now();
	const struct outgoing_end end = { .id = last->person->id,
		.claim = last->claim,
		.result = &last->result,
		.at = now,
		.next_at = now + pace_again(&sending->pace, last->person->attempts) };
	hufu_status status = outgoing_record(db, &notice_entries, &end, error);
	/* Somebody settled it by hand while it was under way: his word stands. */
	return status == HUFU_CONFLICT ? HUFU_OK : status;
}

/* The id of an entry's first try is that of every later one, so that a receiver can tell. */
static hufu_status name_message(struct db *db, struct message *message, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	uint8_t bytes[ID_BYTES];
	char fresh[ID_MAX] = "notice-";
	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2hex(fresh + 7, sizeof fresh - 7, bytes, sizeof bytes);
	hufu_status status = db_run(db,
	        DB_SQL("update notice_entries set message_id = coalesce(message_id, ?), channel = ? where id = ?",
	                db_text(fresh), db_text(message->channel->send->name), db_int(message->person->id)),
	        NULL, error);
	if (!status)
		status = db_query(db,
		        DB_SQL("select message_id from notice_entries where id = ?", db_int(message->person->id)),
		        &rows, error);
	if (!status && db_rows_next(rows))
		snprintf(message->id, sizeof message->id, "%s", db_rows_text(rows, 0));
	return status;
}

static hufu_status turn_work(struct db *db, void *context, hufu_error *error)
{
	struct turn *turn = context;
	struct sending *sending = turn->sending;
	struct message *next = turn->next;
	hufu_status status = sending->last.person ? record_last(sending, db, error) : HUFU_OK;
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
		        send_longest(next->channel->send, sending->config), next->claim, &turn->mine, error);
	if (!status && next && turn->mine)
		status = name_message(db, next, error);
	return status;
}

static hufu_status take_turn(struct sending *sending, struct message *next, bool *mine)
{
	struct turn turn = { .sending = sending, .next = next };
	hufu_status status = db_transact(sending->book->db, turn_work, &turn, sending->error);
	if (!status)
		sending->last.person = NULL;
	*mine = turn.mine;
	return status;
}

/* ---- one message ---- */

static const struct send_header headers[] = { { "Auto-Submitted", "auto-generated" },
	{ "X-Auto-Response-Suppress", "OOF, AutoReply" } };

static void hand_over(struct sending *sending, const struct channel *channel, const char *to, const char *id,
        uint32_t kinds, struct send_result *out)
{
	struct bytes subject = { 0 }, text = { 0 };
	notice_subject(&sending->notice.text, kinds, &subject);
	(channel->sms ? notice_sms : notice_mail)(&sending->notice.text, kinds, &text);
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
		sender_send(sending->senders[channel - channels], &message, out);
	bytes_done(&subject);
	bytes_done(&text);
}

static bool may_leave(struct sending *sending)
{
	int64_t until;
	char when[CLOCK_TEXT_MAX], why[BROKEN_MAX];
	if (!pace_quiet(&sending->pace, clock_now(), &until)) {
		pace_wait(&sending->pace);
		return true;
	}
	clock_print_at(until, (int32_t)(clock_zone_minutes(sending->pace.zone, until) * 60), when);
	snprintf(why, sizeof why, "quiet hours (notify.quiet) until %s", when);
	stop(sending, why);
	return false;
}

/* Claims, tells; what it came to is recorded with the next turn. False: no more. */
static bool tell(struct sending *sending, struct due_person *person, const struct channel *channel, const char *to)
{
	struct message next = { .person = person, .channel = channel };
	bool mine;
	if (!may_leave(sending))
		return false;
	sending->status = take_turn(sending, &next, &mine);
	if (sending->status)
		return false;
	person->seen = DUE_TAKEN;
	if (!mine)
		return true;
	hand_over(sending, channel, to, next.id, person->kinds, &next.result);
	sending->last = next;
	sending->counts[next.result.outcome]++;
	if (next.result.away)
		stop(sending, next.result.what);
	return !next.result.away;
}

/* The test address gets what this person would, under a name that is none of the outbox. */
static bool tell_test(struct sending *sending, struct due_person *person)
{
	char id[ID_MAX] = "notice-test-";
	uint8_t bytes[ID_BYTES];
	struct send_result result;
	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2hex(id + 12, sizeof id - 12, bytes, sizeof bytes);
	pace_wait(&sending->pace);
	hand_over(sending, &channels[0], sending->asked->test_to, id, person->kinds, &result);
	person->seen = DUE_TAKEN;
	sending->tests += result.outcome == SEND_ACCEPTED;
	if (result.outcome != SEND_ACCEPTED)
		stop(sending, result.what);
	return result.outcome == SEND_ACCEPTED;
}

/* The first way that he has and that is set up. */
static const struct channel *channel_for(const struct sending *sending, const struct contact *contact, const char **to)
{
	for (size_t i = 0; i < CHANNELS; i++) {
		*to = channels[i].sms ? contact->mobile : contact->mail;
		if ((*to)[0] && sending->senders[i])
			return &channels[i];
	}
	return NULL;
}

static bool take_contact(void *context, const struct contact *contact)
{
	struct sending *sending = context;
	struct due_person *person = due_find(&sending->due, contact->token);
	const char *to;
	if (!person || person->seen == DUE_TAKEN)
		return true;
	const struct channel *channel = channel_for(sending, contact, &to);
	if (!channel) {
		person->seen = DUE_NO_CONTACT;
		return true;
	}
	bool on = sending->asked->test_to ? tell_test(sending, person) : tell(sending, person, channel, to);
	sending->done++;
	if (sending->asked->progress)
		sending->asked->progress(sending->done, sending->due.count);
	if (sending->asked->most && sending->done >= sending->asked->most) {
		stop(sending, "so many were asked for");
		on = false;
	}
	return on;
}

/* ---- a sending ---- */

static hufu_status doubt_work(struct change *change, hufu_error *error)
{
	const struct outgoing_dead *dead = change->context;
	bool changed = false;
	hufu_status status = outgoing_doubt(change->book->db, &notice_entries, dead, change->at, &changed, error);
	if (!status && changed)
		change->body = json_pack("{s:s, s:I}", "did", "doubt", "n", (json_int_t)dead->id);
	return status;
}

static hufu_status doubt_one(void *context, const struct outgoing_dead *dead, hufu_error *error)
{
	struct outgoing_dead one = *dead;
	struct change change = {
		.book = context, .case_id = dead->case_id, .what = "notice sent", .work = doubt_work, .context = &one
	};
	return case_change(&change, error);
}

static hufu_status open_channels(struct sending *sending, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	size_t opened = 0;
	for (size_t i = 0; i < CHANNELS && !status; i++) {
		if (!config_text(sending->config, channels[i].setting) || (sending->asked->test_to && channels[i].sms))
			continue;
		status = sender_open(channels[i].send, sending->config, &sending->senders[i], error);
		opened++;
	}
	if (!status && !opened)
		status = fail(error, HUFU_USAGE, view_of("notice"), "there is no way to send",
		        "set mail.server and mail.from, or notify.sms_url");
	return status;
}

static hufu_status carry(struct sending *sending, hufu_error *error)
{
	const struct notice_sending *asked = sending->asked;
	bool mine;
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < asked->from_count && !status && !sending->stopped[0]; i++) {
		status = contacts_read(sending->book->store, asked->from[i], asked, take_contact, sending, error);
		status = status ? status : sending->status;
	}
	/* Also after a failure: what was told is known. */
	hufu_error late = { 0 };
	sending->error = status ? &late : error;
	hufu_status recorded = sending->last.person ? take_turn(sending, NULL, &mine) : HUFU_OK;
	status = status ? status : recorded;
	/* Who was not reached because it ended early is not missing. */
	if (!status && !sending->stopped[0] && !asked->test_to)
		status = due_settle_missing(sending->book, &sending->due, &sending->missing, error);
	return status;
}

/* A drill reaches nobody: its entries say so. */
static hufu_status drill_work(struct change *change, hufu_error *error)
{
	struct sending *sending = change->context;
	hufu_status status = db_run(change->book->db,
	        DB_SQL("update notice_entries set state = 'drill', settled_at = ? where case_id = ? and version = ? "
	               "and "
	               "state = 'planned'",
	                db_int(change->at), db_int(change->case_id), db_int(sending->notice.version)),
	        &sending->drilled, error);
	if (!status && sending->drilled)
		change->body = json_pack("{s:s, s:I, s:I}", "did", "drilled", "version",
		        (json_int_t)sending->notice.version, "people", (json_int_t)sending->drilled);
	return status;
}

/* One entry for all of it; what became of each stands in the outbox. */
static hufu_status told_work(struct change *change, hufu_error *error)
{
	const struct sending *sending = change->context;
	const struct notice_sending *asked = sending->asked;
	hufu_status status = HUFU_OK;
	if (sending->tests)
		status = db_run(change->book->db,
		        DB_SQL("update notices set tests = tests + ? where case_id = ? and version = ?",
		                db_int((int64_t)sending->tests), db_int(change->case_id),
		                db_int(sending->notice.version)),
		        NULL, error);
	json_t *from = json_array();
	for (size_t i = 0; i < asked->from_count; i++) /* the dataset; where it came from may be secret */
		json_array_append_new(from, json_stringn(asked->from[i], strcspn(asked->from[i], "=")));
	change->body = json_pack("{s:s, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "did",
	        asked->test_to ? "tested" : "sent", "version", (json_int_t)sending->notice.version, "from", from,
	        "accepted", (json_int_t)sending->counts[SEND_ACCEPTED], "refused",
	        (json_int_t)sending->counts[SEND_REFUSED], "later", (json_int_t)sending->counts[SEND_LATER], "doubt",
	        (json_int_t)sending->counts[SEND_DOUBT], "no_contact", (json_int_t)sending->missing.no_contact, "lost",
	        (json_int_t)sending->missing.lost, "tests", (json_int_t)sending->tests);
	return status;
}

static hufu_status write_change(struct sending *sending, hufu_status (*work)(struct change *, hufu_error *),
        const char *what, hufu_error *error)
{
	struct change change = { .book = sending->book,
		.case_id = sending->notice.case_id,
		.what = what,
		.work = work,
		.context = sending };
	return case_change(&change, error);
}

static hufu_status run(struct sending *sending, hufu_error *error)
{
	hufu_status status = pace_read(sending->config, sending->book->store->zone, &sending->pace, error);
	if (!status && !sending->asked->from_count)
		status = fail(error, HUFU_USAGE, view_of("notice send"), "wants --from DATASET=SOURCE",
		        "contacts come from a source of yours, at the moment of sending");
	if (!status)
		status = open_channels(sending, error);
	if (!status)
		status = outgoing_each_dead(sending->book->db, &notice_entries, doubt_one, sending->book, error);
	if (!status)
		status = due_read(sending->book, &sending->notice, &sending->due, error);
	bool any = !status && sending->due.count;
	if (any)
		status = carry(sending, error);
	hufu_error late = { 0 };
	if (any) {
		hufu_status told = write_change(
		        sending, told_work, sending->asked->test_to ? "notice" : "notice sent", status ? &late : error);
		status = status ? status : told;
	}
	return status;
}

static hufu_status begin(struct sending *sending, const char *number, bool *drill, hufu_error *error)
{
	struct case_row row;
	bool test = sending->asked->test_to != NULL;
	hufu_status status = casebook_may(sending->book, test ? MAY_NOTICE : MAY_SETTLE, error);
	if (!status)
		status = case_is_open(sending->book, number, error);
	if (!status)
		status = case_find(sending->book, number, &row, error);
	if (status)
		return status;
	*drill = row.drill;
	status = notice_newest(sending->book, row.id, !test, &sending->notice, error);
	case_row_done(&row);
	if (!status && !sending->notice.version)
		status = fail(error, HUFU_CONFLICT, view_of(number), "has no released notice",
		        test ? "hufu case notice ID write makes one"
		             : "hufu case notice ID release takes a second person");
	return status;
}

static json_t *answer(const struct sending *sending, const char *number)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "case", number, "version",
	        (json_int_t)sending->notice.version, "sent", (json_int_t)sending->counts[SEND_ACCEPTED], "refused",
	        (json_int_t)sending->counts[SEND_REFUSED], "later", (json_int_t)sending->counts[SEND_LATER], "doubt",
	        (json_int_t)sending->counts[SEND_DOUBT], "no_contact", (json_int_t)sending->missing.no_contact, "lost",
	        (json_int_t)sending->missing.lost, "drill", (json_int_t)sending->drilled, "tests",
	        (json_int_t)sending->tests, "stopped", json_text(sending->stopped[0] ? sending->stopped : NULL));
}

static hufu_status is_left(struct sending *sending, bool *left, hufu_error *error)
{
	int64_t open = 0;
	hufu_status status = db_number(sending->book->db,
	        DB_SQL("select count(*) from notice_entries where case_id = ? and version = ? and state in ('planned', "
	               "'sending', 'doubt')",
	                db_int(sending->notice.case_id), db_int(sending->notice.version)),
	        &open, NULL, error);
	*left = open > 0;
	return status;
}

hufu_status notice_send(struct casebook *book, const char *number, const struct config *config,
        const struct notice_sending *asked, json_t **out, bool *left, hufu_error *error)
{
	struct sending sending = { .book = book, .config = config, .asked = asked, .error = error };
	bool drill = false;
	hufu_status status = begin(&sending, number, &drill, error);
	if (!status)
		status = drill ? write_change(&sending, drill_work, "notice sent", error) : run(&sending, error);
	if (!status)
		status = is_left(&sending, left, error);
	if (!status && !(*out = answer(&sending, number)))
		status = fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	for (size_t i = 0; i < CHANNELS; i++)
		sender_close(sending.senders[i]);
	due_done(&sending.due);
	notice_done(&sending.notice);
	return status;
}
