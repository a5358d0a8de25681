/* Opens a case: its files go into the vault, what they tell is read and judged, and then one change writes it all.
 * Whatever takes long, or reads what a stranger wrote, happens before that change. */
#include "base/clock.h"
#include "base/io.h"
#include "case/agree.h"
#include "case/playbook.h"
#include "case/pour.h"
#include "job/job.h"
#include <stdlib.h>

struct opened_file {
	const char *path; /* NULL: it lies in the vault alone */
	char name[256];
	struct vault_object object;
	struct case_found found;
	bool is_mail;
	struct hufu_verdict verdict;
};

struct opened {
	struct casebook *book;
	const struct case_opening *opening;
	struct opened_file *files;
	size_t count;
	const struct case_found *mail; /* the first, or NULL */
	struct offers offers;
	struct playbook playbook;
	int64_t learned_at, zone_minutes;
	char learned_text[CLOCK_TEXT_MAX];
	char number[CASE_NUMBER_MAX];
	json_t *also_in, *unread, *unjudged;
};

/* ---- before the change ---- */

/* Its bytes, from where they came or out of the vault; pour_close in any case. */
static hufu_status bytes_open(struct opened *o, const struct opened_file *file, struct pour *out, hufu_error *error)
{
	*out = (struct pour){ .fd = -1, .into = -1 };
	return file->path ? io_open(file->path, &out->fd, error)
	                  : pour_open(o->book->vault, file->object.sha256, file->object.bytes, out, error);
}

static hufu_status judge_file(
        struct opened *o, struct opened_file *file, const struct job_seals *seals, hufu_error *error)
{
	struct pour pour;
	struct job_options options = { .audited_as = o->opening->drill ? "drill" : NULL };
	hufu_status status = bytes_open(o, file, &pour, error);
	struct job_leak leak = { pour.fd, file->name, file->object.sha256, file->object.bytes };
	if (!status)
		status = job_match_leak(o->book->store, seals, &leak, &options, &file->verdict, error);
	hufu_status ended = pour_close(&pour, status ? NULL : error);
	return status ? status : ended;
}

/* Files are judged when there is something to judge them by: a mail's attachments are its parts. */
static hufu_status judge_files(struct opened *o, hufu_error *error)
{
	struct job_seals seals = { 0 };
	uint64_t most = o->opening->judge_max;
	hufu_status status = job_seals_open(o->book->store, &seals, error);
	for (size_t i = 0; i < o->count && !status && seals.count; i++) {
		struct opened_file *file = &o->files[i];
		if (!most || file->object.bytes <= most)
			status = judge_file(o, file, &seals, error);
		else if (json_array_append_new(o->unjudged,
		                 json_pack("{s:s, s:s}", "sha256", file->object.sha256, "name", file->name)))
			status = fail(error, HUFU_NO_MEMORY, view_of(file->name), "no memory", NULL);
	}
	job_seals_close(&seals);
	return status;
}

static hufu_status into_vault(struct opened *o, struct opened_file *file, size_t at, hufu_error *error)
{
	const struct case_opening *opening = o->opening;
	if (at < opening->file_count) {
		const char *slash = strrchr(opening->files[at], '/');
		file->path = opening->files[at];
		printable(view_of(slash ? slash + 1 : file->path), file->name, sizeof file->name);
		return vault_put_file(o->book->vault, file->path, &file->object, error);
	}
	const struct case_object *object = &opening->objects[at - opening->file_count];
	printable(view_of(object->name), file->name, sizeof file->name);
	return vault_about(o->book->vault, object->sha256, &file->object, error);
}

static hufu_status read_file(struct opened *o, struct opened_file *file, hufu_error *error)
{
	struct pour pour;
	hufu_status status = bytes_open(o, file, &pour, error);
	if (!status)
		status = found_read(
		        o->book, pour.fd, view_of(file->name), o->opening->host, &file->found, &file->is_mail, error);
	hufu_status ended = pour_close(&pour, status ? NULL : error);
	return status ? status : ended;
}

static hufu_status take_file(struct opened *o, struct opened_file *file, size_t at, hufu_error *error)
{
	hufu_status status = into_vault(o, file, at, error);
	if (!status)
		status = read_file(o, file, error);
	if (!status && file->found.unread && json_array_extend(o->unread, file->found.unread))
		status = fail(error, HUFU_NO_MEMORY, view_of(file->name), "no memory", NULL);
	if (!status && file->is_mail && !o->mail)
		o->mail = &file->found;
	return status;
}

/* When we learned of it: from the mail, else now. */
static hufu_status learned(struct opened *o, hufu_error *error)
{
	const char *zone = o->book->store->zone;
	if (o->mail && o->mail->learned_text) {
		snprintf(o->learned_text, sizeof o->learned_text, "%s", o->mail->learned_text);
		hufu_status status = clock_parse(view_of(o->learned_text), zone, &o->learned_at, error);
		o->zone_minutes = clock_zone_minutes(zone, o->learned_at);
		return status;
	}
	o->learned_at = clock_now();
	o->zone_minutes = clock_zone_minutes(zone, o->learned_at);
	clock_print_at(o->learned_at, (int32_t)o->zone_minutes * 60, o->learned_text);
	return HUFU_OK;
}

static hufu_status prepare(struct opened *o, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < o->count && !status; i++)
		status = take_file(o, &o->files[i], i, error);
	if (!status)
		status = learned(o, error);
	if (!status)
		status = judge_files(o, error);
	if (!status && o->mail && o->mail->text)
		status = offers_read(o->book, view_of(o->mail->text), false, &o->offers, error);
	const char *kind = o->opening->kind               ? o->opening->kind
	                   : o->mail && o->mail->demanded ? "extortion"
	                                                  : "exposure";
	return status ? status : playbook_read(kind, &o->playbook, error);
}

/* ---- the change ---- */

/* The next number of this year: 2026-1, 2026-2, ... */
static hufu_status next_number(struct change *change, struct opened *o, hufu_error *error)
{
	char now[CLOCK_TEXT_MAX], prefix[8];
	int64_t last = 0;
	AUTO_ROWS *rows = NULL;
	clock_print_at(change->at, (int32_t)clock_zone_minutes(o->book->store->zone, change->at) * 60, now);
	snprintf(prefix, sizeof prefix, "%.4s-%%", now);
	hufu_status status = db_query(change->book->db,
	        DB_SQL("select number from cases where number like ?", db_text(prefix)), &rows, error);
	while (!status && db_rows_next(rows)) {
		int64_t number = strtoll(db_rows_text(rows, 0) + 5, NULL, 10);
		last = number > last ? number : last;
	}
	snprintf(o->number, sizeof o->number, "%.4s-%d", now, (int)(last % 1000000) + 1);
	return status;
}

static const char *title_of(const struct opened *o)
{
	return o->opening->title && o->opening->title[0] ? o->opening->title
	       : o->mail && o->mail->title[0]            ? o->mail->title
	       : o->count                                ? o->files[0].name
	                                                 : "untitled";
}

static hufu_status insert_case(struct change *change, struct opened *o, hufu_error *error)
{
	bool found;
	hufu_status status = next_number(change, o, error);
	return status ? status
	              : db_number(change->book->db,
	                        DB_SQL("insert into cases (number, title, kind, drill, opened_at, zone_minutes) values "
	                               "(?, ?, ?, ?, ?, ?) returning id",
	                                db_text(o->number), db_text(title_of(o)), db_text(o->playbook.kind),
	                                db_int(o->opening->drill), db_int(change->at), db_int(o->zone_minutes)),
	                        &change->case_id, &found, error);
}

/* The same bytes in another case: told, not refused. */
static hufu_status find_others(
        struct change *change, struct opened *o, const struct opened_file *file, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(change->book->db,
	        DB_SQL("select distinct c.number from evidence e join cases c on c.id = e.case_id where "
	               "e.object_sha256 "
	               "= ? and e.case_id <> ? order by c.number",
	                db_text(file->object.sha256), db_int(change->case_id)),
	        &rows, error);
	while (!status && db_rows_next(rows))
		json_array_append_new(
		        o->also_in, json_pack("{s:s, s:s}", "name", file->name, "id", db_rows_text(rows, 0)));
	return status;
}

static hufu_status put_file(
        struct change *change, struct opened *o, const struct opened_file *file, json_t *told, hufu_error *error)
{
	json_t *line = json_object();
	const char *role = file->is_mail ? "mail" : verdict_of_note(&file->verdict) ? "note" : "leak";
	hufu_status status = evidence_note(change, &file->object, file->name, role, line, error);
	if (!status)
		status = find_others(change, o, file, error);
	/* The words of a mail are no sample. */
	if (!status && file->verdict.part_count && (!file->is_mail || file->found.attachments))
		status = verdict_note(change, &file->object, &file->verdict, line, error);
	if (!status && json_array_append(told, line))
		status = fail(error, HUFU_NO_MEMORY, view_of(file->name), "no memory", NULL);
	json_decref(line);
	return status;
}

static hufu_status put_learned(struct change *change, const struct opened *o, json_t *told, hufu_error *error)
{
	const struct case_found *mail = o->mail;
	bool from_mail = mail && mail->learned_text;
	char source[300];
	struct fact_word learned = { "learned_at", o->learned_text }, ransom = { "ransom", "true" };
	if (from_mail)
		snprintf(source, sizeof source, "%s: %s", o->files[0].name, mail->learned_from);
	else
		snprintf(source, sizeof source, "the case was opened");
	hufu_status status =
	        facts_put(change, &learned, 1, from_mail ? mail->learned_basis : "estimated", source, told, error);
	/* That it is extortion is what the mail says, whoever took it in. */
	snprintf(source, sizeof source, "%s: its text", o->files ? o->files[0].name : "");
	if (!status && mail && mail->demanded)
		status = facts_put(change, &ransom, 1, "claimed", source, told, error);
	return status;
}

static hufu_status put_demand(struct change *change, const struct opened *o, hufu_error *error)
{
	const struct case_found *mail = o->mail;
	if (!mail || !mail->demanded)
		return HUFU_OK;
	return db_run(change->book->db,
	        DB_SQL("insert into demands (case_id, amount, currency, wallet, wallet_valid, deadline, at, source) "
	               "values (?, ?, ?, ?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_text(mail->amount), db_text(mail->currency), db_text(mail->wallet),
	                mail->wallet_known ? db_int(mail->wallet_valid) : db_null(),
	                mail->has_deadline ? db_int(mail->deadline) : db_null(), db_int(change->at),
	                db_text(o->files[0].name)),
	        NULL, error);
}

static hufu_status open_work(struct change *change, hufu_error *error)
{
	struct opened *o = change->context;
	json_t *files = json_array(), *facts = json_array(), *offers = json_array(), *tasks = json_array(),
	       *demand = NULL;
	json_array_clear(o->also_in);
	hufu_status status = files && facts && offers && tasks ? insert_case(change, o, error) : HUFU_NO_MEMORY;
	for (size_t i = 0; i < o->count && !status; i++)
		status = put_file(change, o, &o->files[i], files, error);
	if (!status)
		status = put_learned(change, o, facts, error);
	if (!status)
		status = put_demand(change, o, error);
	if (!status)
		status = demand_now(change->book,
		        &(struct case_row){ .id = change->case_id, .zone_minutes = o->zone_minutes }, &demand, error);
	if (!status)
		status = offers_put(change, &o->offers, o->count ? o->files[0].name : "", offers, error);
	if (!status)
		status = playbook_begin(change, &o->playbook, o->learned_at, o->zone_minutes, tasks, error);
	if (!status)
		change->body = json_pack("{s:i, s:s, s:s, s:b, s:I, s:O, s:O, s:O, s:O, s:O}", "form", BODY_FORM,
		        "title", title_of(o), "kind", o->playbook.kind, "drill", o->opening->drill, "zone_minutes",
		        (json_int_t)o->zone_minutes, "files", files, "facts", facts, "offers", offers, "tasks", tasks,
		        "demand", demand);
	json_decref(demand);
	json_decref(tasks);
	json_decref(offers);
	json_decref(files);
	json_decref(facts);
	return status;
}

static void opened_done(struct opened *o)
{
	for (size_t i = 0; i < o->count; i++) {
		found_done(&o->files[i].found);
		verdict_done(&o->files[i].verdict);
	}
	free(o->files);
	offers_done(&o->offers);
	playbook_done(&o->playbook);
	json_decref(o->also_in);
	json_decref(o->unread);
	json_decref(o->unjudged);
}

hufu_status case_open(struct casebook *book, const struct case_opening *opening, json_t **out, hufu_error *error)
{
	struct opened o = { .book = book,
		.opening = opening,
		.files = calloc(opening->file_count + opening->object_count + 1, sizeof *o.files),
		.count = opening->file_count + opening->object_count,
		.also_in = json_array(),
		.unread = json_array(),
		.unjudged = json_array() };
	struct change change = { .book = book, .what = "open", .work = open_work, .context = &o };
	hufu_status status = o.files && o.also_in && o.unread && o.unjudged ? HUFU_OK : HUFU_NO_MEMORY;
	if (status) {
		o.count = o.files ? o.count : 0;
		fail(error, status, view_of("case"), "no memory", NULL);
	}
	if (!status)
		status = casebook_may(book, MAY_OPEN, error); /* before anything reaches the vault */
	if (!status)
		status = prepare(&o, error);
	if (!status)
		status = case_change(&change, error);
	if (!status)
		*out = json_pack("{s:s, s:O, s:O, s:O}", "id", o.number, "also_in", o.also_in, "unread", o.unread,
		        "unjudged", o.unjudged);
	if (!status && !*out)
		status = fail(error, HUFU_NO_MEMORY, view_of(o.number), "no memory", NULL);
	opened_done(&o);
	return status;
}

/* ---- the end ---- */

static hufu_status close_work(struct change *change, hufu_error *error)
{
	hufu_status status = db_run(change->book->db,
	        DB_SQL("update cases set state = 'closed', closed_at = ? where id = ?", db_int(change->at),
	                db_int(change->case_id)),
	        NULL, error);
	if (!status)
		change->body = json_pack("{s:s}", "why", (const char *)change->context);
	return status;
}

hufu_status case_close(struct casebook *book, const char *number, const char *why, hufu_error *error)
{
	struct change change = { .what = "close", .work = close_work, .context = (void *)(uintptr_t)why };
	return case_change_open(book, number, &change, error);
}
