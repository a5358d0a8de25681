/* What a person decides: an entry that is in doubt or was refused; who need not be told, by law. */
#include "notify/due.h"

/* ---- one entry ---- */

struct settling {
	int64_t n;
	bool again;
};

static hufu_status settle_work(struct change *change, hufu_error *error)
{
	const struct settling *settling = change->context;
	int64_t changed = 0;
	hufu_status status = db_run(change->book->db,
	        DB_SQL("update notice_entries set state = ?, settled_at = ?, next_at = 0, claimed_by = null, "
	               "claimed_until = null where case_id = ? and id = ? and state in ('planned', 'refused', "
	               "'bounced', 'doubt')",
	                db_text(settling->again ? "planned" : notice_entries.taken),
	                settling->again ? db_null() : db_int(change->at), db_int(change->case_id), db_int(settling->n)),
	        &changed, error);
	if (!status && !changed)
		status = fail(error, HUFU_USAGE, view_of("case notice"), "has nothing of that number to settle",
		        "hufu case notice ID lists what is in doubt, refused or bounced");
	if (!status)
		change->body = json_pack("{s:s, s:I, s:s}", "did", "settled", "n", (json_int_t)settling->n, "settled",
		        settling->again ? "again" : "sent");
	return status;
}

hufu_status notice_settle(struct casebook *book, const char *number, int64_t n, const char *how, hufu_error *error)
{
	struct settling settling = { n, !strcmp(how, "again") };
	struct change change = { .what = "notice sent", .work = settle_work, .context = &settling };
	if (!settling.again && strcmp(how, "sent") != 0)
		return fail(error, HUFU_USAGE, view_of(how), "settles nothing", "say sent or again");
	return case_change_open(book, number, &change, error);
}

/* ---- who need not be told ---- */

struct exempting {
	const struct notice_exemption *asked;
	struct notice notice;
	struct due due;
	uint64_t *tokens; /* owned; one a line that says something */
	size_t count;
	int64_t exempt, told;
};

static bool lines_take(struct exempting *exempting, struct naming_people *naming)
{
	size_t lines = 1;
	for (size_t i = 0; i < exempting->asked->people.len; i++)
		lines += exempting->asked->people.ptr[i] == '\n';
	exempting->tokens = malloc(lines * sizeof *exempting->tokens);
	for (hufu_view rest = exempting->asked->people, line = { 0 }; exempting->tokens && rest.len;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		(void)view_split(&rest, end ? (size_t)(end - rest.ptr) + 1 : rest.len, &line);
		uint64_t token = naming_people_token(naming, view_trim(line));
		if (token)
			exempting->tokens[exempting->count++] = token;
	}
	return exempting->tokens != NULL;
}

static hufu_status exempt_one(struct change *change, uint64_t token, hufu_error *error)
{
	struct exempting *exempting = change->context;
	const struct due_person *person = due_find(&exempting->due, token);
	int64_t changed = 0;
	if (!person)
		return HUFU_OK;
	hufu_status status = db_run(change->book->db,
	        DB_SQL("update notice_entries set state = 'exempt', settled_at = ?, why = ? where id = ? and state in "
	               "('planned', 'no_contact', 'lost', 'refused', 'bounced')",
	                db_int(change->at), db_text(exempting->asked->why), db_int(person->id)),
	        &changed, error);
	exempting->exempt += changed;
	exempting->told += !changed;
	return status;
}

static hufu_status exempt_work(struct change *change, hufu_error *error)
{
	struct exempting *exempting = change->context;
	hufu_status status = HUFU_OK;
	exempting->exempt = exempting->told = 0;
	for (size_t i = 0; i < exempting->count && !status; i++)
		status = exempt_one(change, exempting->tokens[i], error);
	if (!status && exempting->exempt)
		change->body = json_pack("{s:s, s:I, s:I, s:s}", "did", "exempted", "version",
		        (json_int_t)exempting->notice.version, "people", (json_int_t)exempting->exempt, "why",
		        exempting->asked->why);
	return status;
}

static hufu_status exempt_read(
        struct casebook *book, const char *number, struct exempting *exempting, hufu_error *error)
{
	struct case_row row;
	struct naming_people naming = { 0 };
	hufu_status status = case_find(book, number, &row, error);
	if (status)
		return status;
	status = notice_newest(book, row.id, false, &exempting->notice, error);
	case_row_done(&row);
	if (!status && !exempting->notice.version)
		status = fail(error, HUFU_CONFLICT, view_of("notice"), "there is no version yet",
		        "hufu case notice ID write makes one");
	if (!status)
		status = naming_people_open(book->store, view_of(exempting->asked->dataset), &naming, error);
	if (!status && !lines_take(exempting, &naming))
		status = fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	naming_people_done(&naming);
	return status ? status : due_read(book, &exempting->notice, true, &exempting->due, error);
}

hufu_status notice_exempt(struct casebook *book, const char *number, const struct notice_exemption *asked, json_t **out,
        hufu_error *error)
{
	struct exempting exempting = { .asked = asked };
	struct change change = { .what = "notice", .work = exempt_work, .context = &exempting };
	hufu_status status = casebook_may(book, MAY_NOTICE, error);
	if (!status)
		status = case_is_open(book, number, error);
	if (!status)
		status = exempt_read(book, number, &exempting, error);
	if (!status)
		status = case_change_open(book, number, &change, error);
	if (!status)
		*out = json_pack("{s:I, s:I, s:I}", "exempt", (json_int_t)exempting.exempt, "told",
		        (json_int_t)exempting.told, "unknown",
		        (json_int_t)exempting.count - exempting.exempt - exempting.told);
	free(exempting.tokens);
	due_done(&exempting.due);
	notice_done(&exempting.notice);
	return status;
}
