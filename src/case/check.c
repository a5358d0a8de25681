/* Whether what cases name is there and whole: every piece of evidence read, every timeline followed,
 * with the time stamps over it. */
#include "case/agree.h"
#include "case/retain.h"
#include "case/stamps.h"

struct checking {
	struct casebook *book;
	void (*progress)(uint64_t done, uint64_t all);
	json_t *faults;
	int64_t cases, objects;
	uint64_t bytes, all;
};

static hufu_status note_fault(
        struct checking *checking, const char *number, const char *what, const char *why, hufu_error *error)
{
	json_t *fault = json_pack("{s:s, s:s, s:s}", "case", number, "what", what, "why", why);
	return fault && json_array_append_new(checking->faults, fault) == 0
	               ? HUFU_OK
	               : fail(error, HUFU_NO_MEMORY, view_of("check"), "no memory", NULL);
}

/* What the vault finds wrong is what is looked for; what stops us from looking is a failure. */
static bool is_finding(hufu_status status)
{
	return status == HUFU_MALFORMED || status == HUFU_CONFLICT || status == HUFU_IO || status == HUFU_UNSUPPORTED;
}

static hufu_status check_there(struct checking *checking, const char *number, const char *sha256, hufu_error *error)
{
	struct vault_object object;
	hufu_error found = { .status = HUFU_OK };
	hufu_status status = vault_verify(checking->book->vault, sha256, &object, &found);
	if (status == HUFU_OK) {
		checking->bytes += object.bytes;
		return HUFU_OK;
	}
	if (is_finding(status))
		return note_fault(checking, number, sha256, found.what, error);
	if (error)
		*error = found;
	return status;
}

static hufu_status check_gone(struct checking *checking, const char *number, const char *sha256, hufu_error *error)
{
	struct vault_tombstone stone;
	bool found = false;
	hufu_status status = vault_tombstone(checking->book->vault, sha256, &stone, &found, error);
	if (is_finding(status))
		return note_fault(checking, number, sha256, "its tombstone was altered", error);
	return status || found ? status
	                       : note_fault(checking, number, sha256, "was removed without a tombstone", error);
}

static hufu_status check_evidence(struct checking *checking, const struct case_row *row, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(checking->book->db,
	        DB_SQL("select distinct o.sha256, o.deleted_at from evidence e join objects o on o.sha256 = "
	               "e.object_sha256 where e.case_id = ? order by o.sha256",
	                db_int(row->id)),
	        &rows, error);
	while (!status && db_rows_next(rows)) {
		status = db_rows_null(rows, 1) ? check_there(checking, row->number, db_rows_text(rows, 0), error)
		                               : check_gone(checking, row->number, db_rows_text(rows, 0), error);
		checking->objects++;
		if (checking->progress)
			checking->progress(checking->bytes, checking->all);
	}
	return status;
}

/* What is found of a timeline, and of the tables beside it: as of one instant. */
struct following {
	struct casebook *book;
	const char *number;
	char what[96], why[200]; /* what: "" when all holds */
};

/* The tables against the timeline. */
static hufu_status follow_tables(
        struct following *following, const struct case_row *row, const struct timeline *timeline, hufu_error *error)
{
	struct agree_fault fault;
	json_t *all = NULL;
	hufu_status status = case_tables(following->book, row, &all, error);
	if (!status && !case_agrees(all, timeline->entries, timeline->count, &fault)) {
		snprintf(following->why, sizeof following->why, "%s", fault.why);
		if (fault.entry)
			snprintf(following->what, sizeof following->what, "%s (timeline, entry %lld)", fault.what,
			        (long long)fault.entry);
		else
			snprintf(following->what, sizeof following->what, "%s", fault.what);
	}
	json_decref(all);
	return status;
}

static hufu_status follow(struct db *db, void *context, hufu_error *error)
{
	struct following *following = context;
	struct case_row row;
	struct timeline timeline = { 0 };
	struct stamps stamps = { 0 };
	hufu_error found = { .status = HUFU_OK };
	(void)db;
	following->what[0] = following->why[0] = 0;
	hufu_status status = case_find(following->book, following->number, &row, error);
	if (status)
		return status;
	status = timeline_read(following->book, &row, &timeline, &found);
	if (!status)
		status = stamps_read(following->book, &row, &timeline, &stamps, &found);
	if (status == HUFU_MALFORMED) {
		snprintf(following->what, sizeof following->what, "timeline, entry %llu", (unsigned long long)found.at);
		snprintf(following->why, sizeof following->why, "%s", found.what);
		status = HUFU_OK;
	} else if (status) {
		*error = found;
	} else {
		status = follow_tables(following, &row, &timeline, error);
	}
	stamps_done(&stamps);
	timeline_done(&timeline);
	case_row_done(&row);
	return status;
}

static hufu_status check_timeline(struct checking *checking, const char *number, hufu_error *error)
{
	struct following following = { .book = checking->book, .number = number };
	hufu_error why = { .status = HUFU_OK };
	hufu_status status = db_look(checking->book->db, follow, &following, &why);
	if (status && error)
		*error = why;
	return status || !following.what[0] ? status
	                                    : note_fault(checking, number, following.what, following.why, error);
}

static hufu_status check_case(struct checking *checking, const char *number, hufu_error *error)
{
	struct case_row row;
	hufu_status status = case_find(checking->book, number, &row, error);
	if (status)
		return status;
	status = check_timeline(checking, row.number, error);
	if (!status)
		status = check_evidence(checking, &row, error);
	checking->cases++;
	case_row_done(&row);
	return status;
}

static hufu_status check_cases(struct checking *checking, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(checking->book->db, DB_SQL("select number from cases order by id"), &rows, error);
	while (!status && db_rows_next(rows))
		status = check_case(checking, db_rows_text(rows, 0), error);
	return status;
}

/* Bytes to be read, for the progress. */
static hufu_status count_bytes(struct checking *checking, const char *number, hufu_error *error)
{
	bool found = false;
	int64_t bytes = 0;
	hufu_status status = db_number(checking->book->db,
	        DB_SQL("select cast(coalesce(sum(e.bytes), 0) as bigint) from evidence e join cases c on c.id = "
	               "e.case_id "
	               "join objects o on o.sha256 = e.object_sha256 where o.deleted_at is null and c.number like ?",
	                db_text(number ? number : "%")),
	        &bytes, &found, error);
	checking->all = (uint64_t)bytes;
	return status;
}

hufu_status case_check(struct casebook *book, const char *number, void (*progress)(uint64_t done, uint64_t all),
        json_t **out, hufu_error *error)
{
	struct checking checking = { .book = book, .progress = progress, .faults = json_array() };
	hufu_status status = checking.faults ? casebook_may(book, MAY_SEE, error)
	                                     : fail(error, HUFU_NO_MEMORY, view_of("check"), "no memory", NULL);
	if (!status)
		status = count_bytes(&checking, number, error);
	if (!status)
		status = number ? check_case(&checking, number, error) : check_cases(&checking, error);
	json_t *all = status ? NULL
	                     : json_pack("{s:I, s:I, s:I, s:O}", "cases", (json_int_t)checking.cases, "objects",
	                               (json_int_t)checking.objects, "bytes", (json_int_t)checking.bytes, "faults",
	                               checking.faults);
	json_decref(checking.faults);
	if (!status && !all)
		status = fail(error, HUFU_NO_MEMORY, view_of("check"), "no memory", NULL);
	if (!status)
		*out = all;
	return status;
}
