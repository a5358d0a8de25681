/* Writing a version of a notice, and its release by a second person. */
#include "base/io.h"
#include "notify/inside.h"

enum { FILE_MAX = 64 << 10, VALUE_MAX = 2000 };

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
}

/* ---- the newest version ---- */

void notice_done(struct notice *notice)
{
	notice_text_done(&notice->text);
}

static hufu_status take_notice(struct db_rows *rows, int64_t case_id, struct notice *out, hufu_error *error)
{
	*out = (struct notice){
		.case_id = case_id, .version = db_rows_int(rows, 0), .released = !db_rows_null(rows, 1)
	};
	snprintf(out->written_by, sizeof out->written_by, "%s", db_rows_text(rows, 2));
	bool good = true;
	for (size_t i = 0; i < NOTICE_PARTS; i++)
		good &= (out->text.parts[i] = strdup(db_rows_text(rows, 3 + i))) != NULL;
	if (good)
		return HUFU_OK;
	notice_done(out);
	return no_memory(error);
}

hufu_status notice_newest(struct casebook *book, int64_t case_id, bool released, struct notice *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	*out = (struct notice){ .case_id = case_id };
	hufu_status status = db_query(book->db,
	        DB_SQL("select version, released_at, written_by, subject, zh, en, sms from notices where case_id = ? "
	               "and (? = 0 or released_at is not null) order by version desc limit 1",
	                db_int(case_id), db_int(released)),
	        &rows, error);
	return !status && db_rows_next(rows) ? take_notice(rows, case_id, out, error) : status;
}

/* ---- writing ---- */

struct writing {
	const struct notice_text *text;
	int64_t version, people;
};

static hufu_status put_text(struct change *change, const struct writing *writing, hufu_error *error)
{
	char *const *parts = writing->text->parts;
	return db_run(change->book->db,
	        DB_SQL("insert into notices (case_id, version, subject, zh, en, sms, written_at, written_by) values "
	               "(?, ?, ?, ?, ?, ?, ?, ?) on conflict (case_id, version) do update set subject = "
	               "excluded.subject, zh = excluded.zh, en = excluded.en, sms = excluded.sms, written_at = "
	               "excluded.written_at, written_by = excluded.written_by",
	                db_int(change->case_id), db_int(writing->version), db_text(parts[NOTICE_SUBJECT]),
	                db_text(parts[NOTICE_ZH]), db_text(parts[NOTICE_EN]), db_text(parts[NOTICE_SMS]),
	                db_int(change->at), db_text(change->book->by)),
	        NULL, error);
}

static hufu_status write_work(struct change *change, hufu_error *error)
{
	struct writing *writing = change->context;
	char *const *parts = writing->text->parts;
	struct notice before;
	hufu_status status = notice_newest(change->book, change->case_id, false, &before, error);
	if (status)
		return status;
	writing->version = before.version + (before.version == 0 || before.released);
	notice_done(&before);
	status = put_text(change, writing, error);
	if (!status)
		status = notice_plan(change, writing->version, &writing->people, error);
	if (!status && !writing->people)
		status = fail(error, HUFU_CONFLICT, view_of("notice"), "nobody is linked with this case",
		        "hufu match LEAK --case ID links the people of a leak that is ours");
	if (!status)
		change->body = json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s}", "did", "written", "version",
		        (json_int_t)writing->version, "people", (json_int_t)writing->people, "subject",
		        parts[NOTICE_SUBJECT], "zh", parts[NOTICE_ZH], "en", parts[NOTICE_EN], "sms",
		        parts[NOTICE_SMS]);
	return status;
}

/* What the impact form says that we did; NULL where it does not. */
static hufu_status measures_of(struct casebook *book, const char *number, char **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select i.value from impact i join cases c on c.id = i.case_id where c.number = ? and i.name = "
	               "'measures'",
	                db_text(number)),
	        &rows, error);
	*out = !status && db_rows_next(rows) ? strdup(db_rows_text(rows, 0)) : NULL;
	return status;
}

static hufu_status read_text(struct casebook *book, const char *number, const struct config *config, const char *path,
        struct notice_text *out, hufu_error *error)
{
	AUTO_FREE char *template = path ? NULL : io_template(book->store->dir, "notice/incident.txt"), *measures = NULL;
	struct bytes file = { 0 };
	path = path ? path : template;
	hufu_status status = path ? HUFU_OK : no_memory(error);
	if (!status)
		status = measures_of(book, number, &measures, error);
	if (!status)
		status = io_read_file(path, FILE_MAX, &file, error);
	const struct notice_fill fill[] = {
		{ "sender", config_text(config, "notify.sender"), "set notify.sender: our name, as people know it" },
		{ "contact", config_text(config, "notify.contact"), "set notify.contact: how people ask us" },
		{ "measures", measures, "hufu case impact ID measures=TEXT says it" },
	};
	if (!status)
		status = notice_text_read(bytes_view(&file), path, fill, LEN(fill), out, error);
	bytes_done(&file);
	return status;
}

hufu_status notice_write(struct casebook *book, const char *number, const struct config *config, const char *text,
        json_t **out, hufu_error *error)
{
	struct notice_text read = { 0 };
	struct writing writing = { .text = &read };
	struct change change = { .what = "notice", .work = write_work, .context = &writing };
	hufu_status status = casebook_may(book, MAY_NOTICE, error);
	if (!status)
		status = case_is_open(book, number, error);
	if (!status)
		status = read_text(book, number, config, text, &read, error);
	if (!status)
		status = case_change_open(book, number, &change, error);
	if (!status)
		status = notice_show(book, number, out, error);
	notice_text_done(&read);
	return status;
}

/* ---- release ---- */

struct releasing {
	const char *by; /* said; NULL: whoever acts */
	bool accounts;
	int64_t people;
};

static hufu_status check_second(
        const struct change *change, const struct releasing *releasing, const char *writer, hufu_error *error)
{
	const char *by = releasing->by ? releasing->by : change->book->by;
	if (releasing->accounts && releasing->by)
		return fail(error, HUFU_USAGE, view_of("--released-by"), "is for a store without accounts",
		        "sign in as whoever releases");
	if (!releasing->accounts && !releasing->by)
		return fail(error, HUFU_USAGE, view_of("release"), "wants --released-by NAME: a second person",
		        "nobody releases what he wrote");
	if (!by[0] || strlen(by) >= ACTOR_NAME_MAX)
		return fail(error, HUFU_USAGE, view_of("--released-by"), "is no name", NULL);
	if (!strcmp(by, writer))
		return fail(error, HUFU_DENIED, view_of(by), "wrote this version, and may not release it",
		        "that takes a second person");
	return HUFU_OK;
}

static hufu_status release_work(struct change *change, hufu_error *error)
{
	struct releasing *releasing = change->context;
	struct notice notice;
	int64_t accounts = 0;
	hufu_status status = notice_newest(change->book, change->case_id, false, &notice, error);
	if (status)
		return status;
	if (!notice.version || notice.released)
		status = fail(error, HUFU_CONFLICT, view_of("notice"), "there is no version to release",
		        "hufu case notice ID write makes one");
	if (!status)
		status = db_number(change->book->db, DB_SQL("select count(*) from accounts where disabled_at is null"),
		        &accounts, NULL, error);
	releasing->accounts = accounts > 0;
	if (!status)
		status = check_second(change, releasing, notice.written_by, error);
	if (!status)
		status = notice_plan(change, notice.version, &releasing->people, error);
	const char *by = releasing->by ? releasing->by : change->book->by;
	if (!status)
		status = db_run(change->book->db,
		        DB_SQL("update notices set released_at = ?, released_by = ?, proved = ? where case_id = ? and "
		               "version = ?",
		                db_int(change->at), db_text(by), db_int(releasing->accounts), db_int(change->case_id),
		                db_int(notice.version)),
		        NULL, error);
	if (!status)
		change->body = json_pack("{s:s, s:I, s:I, s:s, s:s, s:b}", "did", "released", "version",
		        (json_int_t)notice.version, "people", (json_int_t)releasing->people, "written_by",
		        notice.written_by, "released_by", by, "proved", releasing->accounts);
	notice_done(&notice);
	return status;
}

hufu_status notice_release(struct casebook *book, const char *number, const char *by, hufu_error *error)
{
	struct releasing releasing = { .by = by };
	struct change change = { .what = "notice release", .work = release_work, .context = &releasing };
	return case_change_open(book, number, &change, error);
}
