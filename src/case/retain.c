/* Retention: which objects a rule lets go of, and letting go of them. An object may lie in several cases; the last of
 * them decides. */
#include "case/retain.h"
#include "base/clock.h"
#include "case/book.h"
#include "case/timeline.h"
#include "vault/vault.h"

enum { ORPHAN_AGE = 86400 /* nobody takes longer from the bytes to their row */ };

static const int64_t never = INT64_MAX;

/* One object, over all cases that name it. */
struct keeping {
	char sha256[VAULT_DIGEST_TEXT];
	int64_t bytes;
	int64_t until;    /* `never`: of an open case, or without a rule */
	bool held;        /* but for a legal hold it would be `until` */
	const char *rule; /* of the row that keeps it longest */
	json_t *names, *cases;
};

struct retaining {
	struct casebook *book;
	const struct case_retention *retention;
	int64_t now;
	json_t *removed, *orphans;
	int64_t finished, held, next;
};

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("retention"), "no memory", NULL);
}

static void keeping_done(struct keeping *keeping)
{
	json_decref(keeping->names);
	json_decref(keeping->cases);
	*keeping = (struct keeping){ .until = 0 };
}

/* ---- until when ---- */

static const char rows_of_one[] = "select o.bytes, e.name, e.role, c.number, c.closed_at, c.held_at from objects o "
                                  "join evidence e on e.object_sha256 = o.sha256 join cases c on c.id = e.case_id "
                                  "where o.sha256 = ? and o.deleted_at is null order by c.id, e.id";

/* What one row says: it keeps the object until its case has been closed long enough. */
static void keep_by(struct keeping *keeping, struct db_rows *rows, const struct case_retention *retention)
{
	const struct case_rule *rule =
	        strcmp(db_rows_text(rows, 2), "leak") == 0 ? &retention->leak : &retention->evidence;
	bool open = db_rows_null(rows, 4);
	int64_t until = open || !rule->words ? never : db_rows_int(rows, 4) + rule->span;
	keeping->held |= !db_rows_null(rows, 5);
	if (until >= keeping->until) {
		keeping->until = until;
		keeping->rule = rule->words;
	}
}

static bool once(json_t *list, const char *text)
{
	size_t at;
	json_t *there;
	json_array_foreach(list, at, there)
	{
		if (strcmp(json_string_value(there), text) == 0)
			return true;
	}
	return json_array_append_new(list, json_string(text)) == 0;
}

/* Until when an object is kept. */
static hufu_status keeping_of(struct retaining *retaining, const char *sha256, struct keeping *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(retaining->book->db, DB_SQL(rows_of_one, db_text(sha256)), &rows, error);
	if (status)
		return status;
	*out = (struct keeping){
		.until = db_rows_count(rows) ? 0 : never, .names = json_array(), .cases = json_array()
	};
	snprintf(out->sha256, sizeof out->sha256, "%s", sha256);
	bool good = out->names && out->cases;
	while (good && db_rows_next(rows)) {
		out->bytes = db_rows_int(rows, 0);
		keep_by(out, rows, retaining->retention);
		good = once(out->names, db_rows_text(rows, 1)) && once(out->cases, db_rows_text(rows, 3));
	}
	if (good)
		return HUFU_OK;
	keeping_done(out);
	return no_memory(error);
}

static bool is_due(const struct retaining *retaining, const struct keeping *keeping)
{
	return keeping->until != never && !keeping->held && keeping->until <= retaining->now;
}

/* ---- the rows, then the bytes ---- */

struct removal {
	struct retaining *retaining;
	const char *sha256;
	struct keeping keeping; /* as of the transaction */
};

static hufu_status tell_case(
        struct casebook *book, const struct keeping *keeping, int64_t at, int64_t case_id, hufu_error *error)
{
	struct change change = { .book = book, .case_id = case_id, .at = at, .what = "retention" };
	change.body =
	        json_pack("{s:s, s:O, s:s}", "sha256", keeping->sha256, "names", keeping->names, "rule", keeping->rule);
	hufu_status status = change.body ? timeline_append(&change, error) : no_memory(error);
	json_decref(change.body);
	return status;
}

/* The object's row and the timelines of all its cases, in one. Looked at anew: a case may have been opened with the
 * same bytes, or held, a moment ago. */
static hufu_status removal_work(struct db *db, void *context, hufu_error *error)
{
	struct removal *removal = context;
	struct retaining *retaining = removal->retaining;
	AUTO_ROWS *rows = NULL;
	keeping_done(&removal->keeping);
	hufu_status status = keeping_of(retaining, removal->sha256, &removal->keeping, error);
	if (status || !is_due(retaining, &removal->keeping))
		return status;
	status = db_run(db,
	        DB_SQL("update objects set deleted_at = ?, reason = ? where sha256 = ?", db_int(retaining->now),
	                db_text(removal->keeping.rule), db_text(removal->sha256)),
	        NULL, error);
	if (!status)
		status = db_query(db,
		        DB_SQL("select distinct case_id from evidence where object_sha256 = ? order by case_id",
		                db_text(removal->sha256)),
		        &rows, error);
	while (!status && db_rows_next(rows))
		status = tell_case(retaining->book, &removal->keeping, retaining->now, db_rows_int(rows, 0), error);
	return status;
}

struct letting_go {
	struct casebook *book;
	const char *sha256;
	const char *rule; /* NULL: the one in its row */
	bool gone;
};

/* A leak that the console judged, or will, may be in no case yet. */
static hufu_status queue_names(struct db *db, const char *sha256, bool *named, hufu_error *error)
{
	int64_t jobs = 0;
	hufu_status status = db_number(
	        db, DB_SQL("select count(*) from jobs where object_sha256 = ?", db_text(sha256)), &jobs, NULL, error);
	*named = jobs > 0;
	return status;
}

/* Alone among writers, so that nobody names the bytes between the look and their end (evidence_note looks too). */
static hufu_status let_go_work(struct db *db, void *context, hufu_error *error)
{
	struct letting_go *going = context;
	AUTO_ROWS *rows = NULL;
	going->gone = false;
	hufu_status status =
	        db_query(db, DB_SQL("select deleted_at, reason from objects where sha256 = ?", db_text(going->sha256)),
	                &rows, error);
	if (status)
		return status;
	bool queued, named = db_rows_next(rows);
	status = queue_names(db, going->sha256, &queued, error);
	if (status || queued || (named && db_rows_null(rows, 0)))
		return status;
	going->gone = true;
	return vault_delete(going->book->vault, going->sha256, named ? db_rows_text(rows, 1) : going->rule, error);
}

static hufu_status let_go(
        struct retaining *retaining, const char *sha256, const char *rule, bool *gone, hufu_error *error)
{
	struct letting_go going = { .book = retaining->book, .sha256 = sha256, .rule = rule };
	hufu_status status = db_transact(retaining->book->db, let_go_work, &going, error);
	*gone = status == HUFU_OK && going.gone;
	return status;
}

static hufu_status list_removed(struct retaining *retaining, const struct keeping *keeping, hufu_error *error)
{
	json_t *entry = json_pack("{s:s, s:O, s:O, s:I, s:s}", "sha256", keeping->sha256, "names", keeping->names,
	        "cases", keeping->cases, "bytes", (json_int_t)keeping->bytes, "rule", keeping->rule);
	return entry && json_array_append_new(retaining->removed, entry) == 0 ? HUFU_OK : no_memory(error);
}

static hufu_status remove_one(struct retaining *retaining, const char *sha256, hufu_error *error)
{
	struct removal removal = { .retaining = retaining, .sha256 = sha256 };
	bool gone = false;
	hufu_status status = db_transact(retaining->book->db, removal_work, &removal, error);
	bool due = !status && is_due(retaining, &removal.keeping);
	if (due)
		status = let_go(retaining, sha256, NULL, &gone, error);
	if (due && !status)
		status = list_removed(retaining, &removal.keeping, error);
	keeping_done(&removal.keeping);
	return status;
}

/* ---- all of them ---- */

static hufu_status judge_one(struct retaining *retaining, const char *sha256, hufu_error *error)
{
	struct keeping keeping;
	hufu_status status = keeping_of(retaining, sha256, &keeping, error);
	if (status)
		return status;
	bool past = keeping.until != never && keeping.until <= retaining->now;
	retaining->held += past && keeping.held;
	if (keeping.until != never && !past && !keeping.held && keeping.until < retaining->next)
		retaining->next = keeping.until;
	if (is_due(retaining, &keeping))
		status = retaining->retention->only_look ? list_removed(retaining, &keeping, error)
		                                         : remove_one(retaining, sha256, error);
	keeping_done(&keeping);
	return status;
}

static hufu_status judge_all(struct retaining *retaining, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(retaining->book->db,
	        DB_SQL("select sha256 from objects where deleted_at is null order by sha256"), &rows, error);
	while (!status && db_rows_next(rows))
		status = judge_one(retaining, db_rows_text(rows, 0), error);
	return status;
}

/* An object in the vault: does a row name it, as there or as gone? */
static hufu_status visit(void *context, const char *sha256, hufu_error *error)
{
	struct retaining *retaining = context;
	AUTO_ROWS *rows = NULL;
	int64_t since;
	bool gone = false;
	hufu_status status = db_query(retaining->book->db,
	        DB_SQL("select deleted_at from objects where sha256 = ?", db_text(sha256)), &rows, error);
	if (status)
		return status;
	bool queued, named = db_rows_next(rows), finish = named && !db_rows_null(rows, 0);
	bool orphan =
	        !named && vault_has(retaining->book->vault, sha256, &since) && since < retaining->now - ORPHAN_AGE;
	if (!finish && !orphan)
		return HUFU_OK;
	status = queue_names(retaining->book->db, sha256, &queued, error);
	if (status || queued)
		return status;
	if (!retaining->retention->only_look)
		status = let_go(retaining, sha256, "no case names it", &gone, error);
	retaining->finished += finish && gone;
	if (!status && orphan && (gone || retaining->retention->only_look) &&
	        json_array_append_new(retaining->orphans, json_string(sha256)))
		status = no_memory(error);
	return status;
}

static json_t *told(const struct retaining *retaining)
{
	const char *zone = retaining->book->store->zone;
	json_t *next = retaining->next == never ? json_null()
	                                        : case_time(retaining->next, clock_zone_minutes(zone, retaining->next));
	return json_pack("{s:O, s:O, s:I, s:I, s:o}", "removed", retaining->removed, "orphans", retaining->orphans,
	        "finished", (json_int_t)retaining->finished, "held", (json_int_t)retaining->held, "next", next);
}

hufu_status case_retain(struct casebook *book, const struct case_retention *retention, json_t **out, hufu_error *error)
{
	struct retaining retaining = { .book = book,
		.retention = retention,
		.now = clock_now(),
		.next = never,
		.removed = json_array(),
		.orphans = json_array() };
	json_t *all = NULL;
	hufu_status status =
	        retaining.removed && retaining.orphans ? casebook_may(book, MAY_ACCOUNTS, error) : no_memory(error);
	if (!status)
		status = vault_each(book->vault, visit, &retaining, error);
	if (!status)
		status = judge_all(&retaining, error);
	if (!status && !(all = told(&retaining)))
		status = no_memory(error);
	json_decref(retaining.removed);
	json_decref(retaining.orphans);
	if (!status)
		*out = all;
	return status;
}

/* ---- legal hold ---- */

struct holding {
	bool hold;
	const char *why;
};

static hufu_status hold_work(struct change *change, hufu_error *error)
{
	const struct holding *holding = change->context;
	int64_t held_at = 0;
	bool held = false;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select held_at from cases where id = ?", db_int(change->case_id)), &held_at, &held, error);
	if (!status && held == holding->hold)
		status = fail(error, HUFU_CONFLICT, view_of("case hold"),
		        held ? "the case is held already" : "the case is not held", NULL);
	if (!status)
		status = db_run(change->book->db,
		        DB_SQL("update cases set held_at = ?, held_why = ? where id = ?",
		                holding->hold ? db_int(change->at) : db_null(),
		                holding->hold ? db_text(holding->why) : db_null(), db_int(change->case_id)),
		        NULL, error);
	if (!status)
		change->body = json_pack("{s:b, s:s}", "held", holding->hold, "why", holding->why);
	return status;
}

hufu_status case_hold(struct casebook *book, const char *number, bool hold, const char *why, hufu_error *error)
{
	struct case_row row;
	struct holding holding = { hold, why };
	struct change change = { .book = book, .what = "hold", .work = hold_work, .context = &holding };
	hufu_status status = case_may_change(&change, error);
	if (!status)
		status = case_find(book, number, &row, error);
	if (status)
		return status;
	change.case_id = row.id;
	case_row_done(&row);
	return case_change(&change, error);
}
