/* Sending: contacts come by, row by row; whose entry is due is given to a carrier. Whom no source has is written down,
 * and what came of it all is one entry of the timeline. */
#include "notify/carry.h"

struct sending {
	struct casebook *book;
	const struct config *config;
	const struct notice_sending *asked;
	struct notice notice;
	struct due due;
	struct carriers carriers;
	uint64_t counts[SEND_DOUBT + 1], tests, done;
	int64_t drilled;
	struct due_missing missing;
};

/* ---- contacts that come by ---- */

/* The first way that he has and that is set up; CARRY_CHANNELS: none. */
static size_t channel_for(const struct sending *sending, const struct contact *contact, const char **to)
{
	size_t which = 0;
	for (; which < CARRY_CHANNELS; which++) {
		*to = carry_channels[which].sms ? contact->mobile : contact->mail;
		if ((*to)[0] && sending->carriers.at[0].senders[which])
			break;
	}
	return which;
}

static bool tell(struct sending *sending, struct due_person *person, size_t channel, const char *to)
{
	if (!sending->asked->test_to)
		return carriers_give(&sending->carriers, person, channel, to);
	bool good = carriers_test(&sending->carriers, person, sending->asked->test_to);
	sending->tests += good;
	return good;
}

static bool take_contact(void *context, const struct contact *contact)
{
	struct sending *sending = context;
	const struct notice_sending *asked = sending->asked;
	struct due_person *person = due_find(&sending->due, contact->token);
	const char *to;
	if (!person || person->seen == DUE_TAKEN)
		return true;
	size_t channel = channel_for(sending, contact, &to);
	person->seen = channel < CARRY_CHANNELS ? DUE_TAKEN : DUE_NO_CONTACT;
	if (person->seen == DUE_NO_CONTACT)
		return true;
	bool on = tell(sending, person, channel, to);
	sending->done++;
	if (asked->progress)
		asked->progress(sending->done, sending->due.count);
	if (asked->most && sending->done >= asked->most) {
		carriers_stop(&sending->carriers, "so many were asked for");
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

static hufu_status carry(struct sending *sending, hufu_error *error)
{
	const struct notice_sending *asked = sending->asked;
	hufu_error late = { 0 };
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < asked->from_count && !status && !carriers_stopped(&sending->carriers); i++)
		status = contacts_read(sending->book->store, asked->from[i], asked, take_contact, sending, error);
	hufu_status ended = carriers_end(&sending->carriers, sending->counts, status ? &late : error);
	status = status ? status : ended;
	/* Who was not reached because it ended early is not missing. */
	if (!status && !carriers_stopped(&sending->carriers) && !asked->test_to)
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
	bool test = sending->asked->test_to != NULL;
	hufu_error late = { 0 };
	hufu_status status = HUFU_OK;
	if (!sending->asked->from_count)
		return fail(error, HUFU_USAGE, view_of("notice send"), "wants --from DATASET=SOURCE",
		        "contacts come from a source of yours, at the moment of sending");
	status = carriers_open(sending->book, sending->config, &sending->notice, test, &sending->carriers, error);
	if (!status)
		status = outgoing_each_dead(sending->book->db, &notice_entries, doubt_one, sending->book, error);
	if (!status)
		status = due_read(sending->book, &sending->notice, false, &sending->due, error);
	if (status || !sending->due.count)
		return status;
	status = carry(sending, error);
	hufu_status told = write_change(sending, told_work, test ? "notice" : "notice sent", status ? &late : error);
	return status ? status : told;
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
	if (!status && sending->notice.version)
		status = notice_approved(sending->book, &row, &sending->notice, error);
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
	        (json_int_t)sending->tests, "stopped",
	        json_text(sending->carriers.stopped[0] ? sending->carriers.stopped : NULL));
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
	struct sending sending = { .book = book, .config = config, .asked = asked };
	bool drill = false;
	hufu_status status = begin(&sending, number, &drill, error);
	if (!status)
		status = drill ? write_change(&sending, drill_work, "notice sent", error) : run(&sending, error);
	if (!status)
		status = is_left(&sending, left, error);
	if (!status && !(*out = answer(&sending, number)))
		status = fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	carriers_close(&sending.carriers);
	due_done(&sending.due);
	notice_done(&sending.notice);
	return status;
}
