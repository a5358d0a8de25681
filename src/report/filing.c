/* Filings of a case: what may be filed, drafts, and versions as they were submitted. */
#include "base/clock.h"
#include "report/inside.h"

#include <stdio.h>
#include <stdlib.h>

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("filing"), "no memory", NULL);
}

static bool flag(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* ---- versions ---- */

json_t *versions_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:I, s:o, s:s, s:s, s:s, s:s?, s:b, s:s, s:o, s:o}", "version",
	        (json_int_t)db_rows_int(rows, 0), "at", case_time(db_rows_int(rows, 1), zone_minutes), "by",
	        db_rows_text(rows, 2), "approved_by", db_rows_text(rows, 3), "sent_by", db_rows_text(rows, 4),
	        "reference", db_rows_text(rows, 5), "complete", db_rows_int(rows, 6) != 0, "sha256",
	        db_rows_text(rows, 7), "changes", json_loads(db_rows_text(rows, 8), 0, NULL), "items",
	        json_loads(db_rows_text(rows, 9), 0, NULL));
}

hufu_status filing_versions(
        struct casebook *book, const struct case_row *row, const char *kind, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select version, at, by, approved_by, sent_by, reference, complete, object_sha256, changes, "
	               "items "
	               "from filings where case_id = ? and kind = ? order by version",
	                db_int(row->id), db_text(kind)),
	        versions_json, row->zone_minutes, out, error);
}

/* ---- the list ---- */

static hufu_status list_one(struct casebook *book, const struct case_row *row, const struct reported *reported,
        const struct filing_kind *kind, json_t *list, hufu_error *error)
{
	json_t *versions = NULL, *items = filing_items(reported, kind), *version;
	const json_t *duty = filing_duty(reported, kind);
	size_t at;
	hufu_status status = items ? filing_versions(book, row, kind->name, &versions, error) : no_memory(error);
	json_array_foreach(versions, at, version) json_object_del(version, "items");
	json_t *line = status ? NULL
	                      : json_pack("{s:s, s:s, s:s, s:b, s:O?, s:O}", "kind", kind->name, "zh", kind->zh, "en",
	                                kind->en, "arises", duty || !kind->rules[0], "rule",
	                                json_object_get(duty, "rule"), "versions", versions);
	if (!status && (!line || json_object_update(line, items) || json_array_append(list, line)))
		status = no_memory(error);
	json_decref(line);
	json_decref(versions);
	json_decref(items);
	return status;
}

hufu_status filing_list(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	struct reported reported;
	struct case_row row = { 0 };
	json_t *list = json_array();
	hufu_status status = list ? reported_open(book, number, &reported, error) : no_memory(error);
	if (!status)
		status = case_find(book, number, &row, error);
	for (size_t i = 0; i < filing_kind_count && !status; i++)
		status = list_one(book, &row, &reported, &filing_kinds[i], list, error);
	reported_done(&reported);
	case_row_done(&row);
	if (status)
		json_decref(list);
	else
		*out = list;
	return status;
}

/* ---- a paper ---- */

struct making {
	struct casebook *book;
	const struct filing_kind *kind;
	const struct filing_sent *sent; /* NULL: a draft */
	struct reported reported;
	struct case_row row;
	json_t *versions, *items, *changes;
	struct bytes paper;
	struct vault_object object;
	int64_t seen; /* the timeline's end when all that the paper says was read */
};

static void making_done(struct making *making)
{
	reported_done(&making->reported);
	case_row_done(&making->row);
	json_decref(making->versions);
	json_decref(making->items);
	json_decref(making->changes);
	bytes_done(&making->paper);
}

/* What an item read in the last version, and reads now, where that differs. */
static json_t *changes_since(const json_t *last, const json_t *now)
{
	json_t *changes = json_array(), *item;
	size_t at;
	json_array_foreach((json_t *)(uintptr_t)now, at, item)
	{
		const json_t *before = json_array_get(last, at);
		if (!before || json_equal(json_object_get(before, "text"), json_object_get(item, "text")))
			continue;
		json_array_append_new(
		        changes, json_pack("{s:O, s:O, s:O}", "item", json_object_get(item, "zh"), "before",
		                         json_object_get(before, "text"), "now", json_object_get(item, "text")));
	}
	return changes;
}

/* The version that a paper is held against: its own last one; of a supplement's first, the report's that it adds to. */
static hufu_status last_version(struct making *making, const json_t **last, hufu_error *error)
{
	size_t count = json_array_size(making->versions);
	*last = json_array_get(making->versions, count ? count - 1 : 0);
	if (*last || strcmp(making->kind->name, "supplement") != 0)
		return HUFU_OK;
	json_decref(making->versions);
	making->versions = NULL;
	hufu_status status = filing_versions(making->book, &making->row, "first-report", &making->versions, error);
	count = json_array_size(making->versions);
	*last = status ? NULL : json_array_get(making->versions, count ? count - 1 : 0);
	return status;
}

static hufu_status gather(struct making *making, const char *number, hufu_error *error)
{
	const json_t *last = NULL;
	hufu_status status = case_find(making->book, number, &making->row, error);
	if (!status)
		status = case_head_of(making->book, making->row.id, &making->seen, error);
	if (!status)
		status = reported_open(making->book, number, &making->reported, error);
	if (!status)
		status = filing_versions(making->book, &making->row, making->kind->name, &making->versions, error);
	if (!status)
		status = last_version(making, &last, error);
	if (status)
		return status;
	making->items = filing_items(&making->reported, making->kind);
	making->changes = changes_since(json_object_get(last, "items"), json_object_get(making->items, "items"));
	return making->items && making->changes ? HUFU_OK : no_memory(error);
}

static const char *mark_of(const struct making *making)
{
	return making->row.drill ? "演练 DRILL：不得报送" : making->sent ? "" : "草稿 DRAFT";
}

/* The number that the next version of this kind gets. */
static hufu_status next_version(struct making *making, int64_t *version, hufu_error *error)
{
	hufu_status status = db_number(making->book->db,
	        DB_SQL("select coalesce(max(version), 0) from filings where case_id = ? and kind = ?",
	                db_int(making->row.id), db_text(making->kind->name)),
	        version, NULL, error);
	++*version;
	return status;
}

static hufu_status make_paper(struct making *making, hufu_error *error)
{
	char version[32];
	int64_t number = 0;
	hufu_status status = next_version(making, &number, error);
	snprintf(version, sizeof version, "第 %lld 版", (long long)number);
	json_t *about = json_pack("{s:s, s:s, s:s, s:O}", "version", version, "approved_by",
	        making->sent ? making->sent->approved_by : "", "mark", mark_of(making), "changes", making->changes);
	json_t *values = status || !about ? NULL : filing_values(&making->reported, making->kind, making->items, about);
	if (!status)
		status = values ? filing_paper(making->book, making->kind->name, values, &making->paper, error)
		                : no_memory(error);
	json_decref(values);
	json_decref(about);
	return status;
}

hufu_status filing_draft(
        struct casebook *book, const char *number, const char *kind, const char *path, hufu_error *error)
{
	struct making making = { .book = book };
	hufu_status status = filing_kind_find(kind, &making.kind, error);
	if (!status)
		status = casebook_may(book, MAY_WORK, error);
	if (!status)
		status = case_path_is_new(path, error);
	if (!status)
		status = gather(&making, number, error);
	if (!status)
		status = make_paper(&making, error);
	if (!status)
		status = filing_write(path, bytes_view(&making.paper), error);
	making_done(&making);
	return status;
}

/* ---- submitting ---- */

static hufu_status may_submit(const struct making *making, hufu_error *error)
{
	const struct filing_sent *sent = making->sent;
	size_t missing = (size_t)json_integer_value(json_object_get(making->items, "missing"));
	char said[48];
	snprintf(said, sizeof said, "%s: %zu missing", making->kind->name, missing);
	if (!sent->approved_by || !sent->approved_by[0])
		return fail(error, HUFU_USAGE, view_of("filing"), "wants who approved it", "--approved-by NAME");
	if (!sent->sent_by || !sent->sent_by[0])
		return fail(error, HUFU_USAGE, view_of("filing"), "wants how it was sent",
		        "--sent-by mail, portal, 12387, courier");
	if (making->kind->rules[0] && !filing_duty(&making->reported, making->kind))
		return fail(error, HUFU_CONFLICT, view_of(making->kind->name),
		        "answers no duty that arises in this case", "hufu case show ID says which do");
	if (missing && !flag(making->items, "may_file_first"))
		return fail(error, HUFU_CONFLICT, view_of(said), "cannot be filed yet",
		        "hufu case filing ID says what is missing; hufu case impact and fact supply it");
	/* A paper of the house has no list that it could be held against. */
	if (making->kind->rules[0] && json_array_size(making->versions) && !json_array_size(making->changes))
		return fail(error, HUFU_CONFLICT, view_of(making->kind->name), "reads as the last version did",
		        "a new version wants new facts");
	return HUFU_OK;
}

/* Nobody approves what he sends himself, where it can be known who he is. */
static hufu_status approved_by_another(const struct making *making, hufu_error *error)
{
	int64_t accounts = 0;
	hufu_status status = db_number(making->book->db,
	        DB_SQL("select count(*) from accounts where disabled_at is null"), &accounts, NULL, error);
	if (!status && accounts && !strcasecmp(making->sent->approved_by, making->book->by))
		return fail(error, HUFU_DENIED, view_of(making->sent->approved_by),
		        "submits this paper, and may not have approved it", "that takes a second person");
	return status;
}

/* The duties that a paper answers are done; that of the supplement too, once nothing is missing. */
static hufu_status settle(
        struct change *change, const struct making *making, int64_t version, json_t *settled, hufu_error *error)
{
	bool complete = flag(making->items, "may_file");
	const char *rules[FILING_RULES_MAX + 1] = { NULL };
	char note[96];
	size_t count = 0;
	const char *arisen = json_string_value(json_object_get(filing_duty(&making->reported, making->kind), "rule"));
	hufu_status status = HUFU_OK;
	if (arisen && (complete || making->kind->supplement))
		rules[count++] = arisen;
	if (complete && making->kind->supplement)
		rules[count++] = making->kind->supplement;
	snprintf(note, sizeof note, "%s, version %lld%s", making->kind->name, (long long)version,
	        complete ? "" : "; in part, the rest is to be supplied");
	for (size_t i = 0; i < count && !status; i++) {
		status = db_run(change->book->db,
		        DB_SQL("insert into duties_state (case_id, rule, status, at, by, note) values (?, ?, 'done', "
		               "?, ?, ?) "
		               "on conflict (case_id, rule) do update set status = excluded.status, at = excluded.at, "
		               "by = "
		               "excluded.by, note = excluded.note",
		                db_int(change->case_id), db_text(rules[i]), db_int(change->at),
		                db_text(change->book->by), db_text(note)),
		        NULL, error);
		json_array_append_new(
		        settled, json_pack("{s:s, s:s, s:s}", "rule", rules[i], "status", "done", "note", note));
	}
	return status;
}

static hufu_status insert_version(
        struct change *change, const struct making *making, int64_t version, hufu_error *error)
{
	const struct filing_sent *sent = making->sent;
	AUTO_FREE char *items = json_dumps(json_object_get(making->items, "items"), JSON_COMPACT);
	AUTO_FREE char *changes = json_dumps(making->changes, JSON_COMPACT);
	if (!items || !changes)
		return no_memory(error);
	return db_run(change->book->db,
	        DB_SQL("insert into filings (case_id, kind, version, object_sha256, items, changes, complete, at, by, "
	               "approved_by, sent_by, reference) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_text(making->kind->name), db_int(version),
	                db_text(making->object.sha256), db_text(items), db_text(changes),
	                db_int(flag(making->items, "may_file")), db_int(change->at), db_text(change->book->by),
	                db_text(sent->approved_by), db_text(sent->sent_by), db_text(sent->reference)),
	        NULL, error);
}

static hufu_status submit_work(struct change *change, hufu_error *error)
{
	struct making *making = change->context;
	int64_t version = 0;
	char name[96];
	json_t *file = json_object(), *settled = json_array();
	hufu_status status = file && settled ? next_version(making, &version, error) : no_memory(error);
	snprintf(name, sizeof name, "%s-%lld.docx", making->kind->name, (long long)version);
	if (!status)
		status = evidence_note(change, &making->object, name, "filing", file, error);
	if (!status)
		status = insert_version(change, making, version, error);
	if (!status && !making->row.drill)
		status = settle(change, making, version, settled, error);
	if (!status)
		change->body = json_pack("{s:s, s:I, s:b, s:s, s:s, s:s*, s:O, s:O}", "filing", making->kind->name,
		        "version", (json_int_t)version, "complete", flag(making->items, "may_file"), "approved_by",
		        making->sent->approved_by, "sent_by", making->sent->sent_by, "reference",
		        making->sent->reference, "file", file, "settled", settled);
	json_decref(file);
	json_decref(settled);
	return status;
}

static hufu_status newest(struct making *making, json_t **out, hufu_error *error)
{
	json_t *versions = NULL;
	hufu_status status = filing_versions(making->book, &making->row, making->kind->name, &versions, error);
	if (!status)
		*out = json_incref(json_array_get(versions, json_array_size(versions) - 1));
	json_decref(versions);
	return status;
}

hufu_status filing_submit(
        struct casebook *book, const char *number, const struct filing_sent *sent, json_t **out, hufu_error *error)
{
	struct making making = { .book = book, .sent = sent };
	struct change change = { .book = book, .what = "filing", .work = submit_work, .context = &making };
	hufu_status status = filing_kind_find(sent->kind, &making.kind, error);
	if (!status)
		status = casebook_may(book, MAY_SETTLE, error);
	if (!status)
		status = case_is_open(book, number, error);
	if (!status)
		status = gather(&making, number, error);
	if (!status)
		status = may_submit(&making, error);
	if (!status)
		status = approved_by_another(&making, error);
	if (!status)
		status = make_paper(&making, error);
	if (!status)
		status = vault_put_bytes(book->vault, bytes_view(&making.paper), &making.object, error);
	/* What is frozen is what the case said: a change that came between makes another paper of it. */
	if (!status && !book->expected)
		casebook_expect(book, making.seen);
	if (!status)
		status = case_change_open(book, number, &change, error);
	if (!status)
		status = newest(&making, out, error);
	making_done(&making);
	return status;
}
