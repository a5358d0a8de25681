/* Opens the casebook, finds cases, and runs every change with its line in the timeline. */
#include "case/book.h"
#include "base/clock.h"
#include "base/io.h"
#include "case/timeline.h"
#include <errno.h>
#include <sys/stat.h>

/* ---- the casebook ---- */

/* A file of the store that says: there were cases. Vault and marker lie beside the database, which may go alone. */
static const char marker_name[] = "cases";

/* A database without cases where there were some is not the one that was written. Written after the case, since one
 * that could not be opened leaves bytes in the vault and no case. */
static hufu_status same_database(struct casebook *book, bool may_be_empty, hufu_error *error)
{
	AUTO_FREE char *marker = io_join(book->store->dir, marker_name);
	int64_t cases = 0;
	bool found;
	hufu_status status = marker ? db_number(book->db, DB_SQL("select count(*) from cases"), &cases, &found, error)
	                            : fail(error, HUFU_NO_MEMORY, view_of(book->store->dir), "no memory", NULL);
	if (status)
		return status;
	bool marked = access(marker, F_OK) == 0;
	if (!cases && marked && !may_be_empty)
		return fail(error, HUFU_CONFLICT, view_of(book->store->dir),
		        "the store had cases, and its database has none: it is gone or another one",
		        "put the database back, or: hufu case restore DIR");
	/* Who may not write here leaves it to the next. */
	if (cases && !marked)
		(void)io_replace_file(marker, 0600, view_of("hufu case restore fills an empty database\n"), NULL);
	return HUFU_OK;
}

static hufu_status open_book(const struct store *store, bool may_be_empty, struct casebook **out, hufu_error *error)
{
	struct casebook *book = calloc(1, sizeof *book);
	if (!book)
		return fail(error, HUFU_NO_MEMORY, view_of(store->dir), "no memory", NULL);
	book->store = store;
	book->by = book->actor.name;
	hufu_status status = db_open(store, &book->db, error);
	if (!status)
		status = same_database(book, may_be_empty, error);
	if (!status)
		status = actor_of_user(book->db, &book->actor, error);
	if (!status)
		status = sign_key_of(store->key, &book->signer, error);
	if (!status)
		status = vault_open(store, &book->vault, error);
	if (status)
		casebook_close(book);
	else
		*out = book;
	return status;
}

hufu_status casebook_open(const struct store *store, struct casebook **out, hufu_error *error)
{
	return open_book(store, false, out, error);
}

hufu_status casebook_open_to_fill(const struct store *store, struct casebook **out, hufu_error *error)
{
	return open_book(store, true, out, error);
}

void casebook_close(struct casebook *book)
{
	if (!book)
		return;
	sign_key_free(book->signer);
	duties_free(book->packs);
	vault_close(book->vault);
	db_close(book->db);
	free(book);
}

/* ---- a case ---- */

int64_t casebook_day(const struct casebook *book, int64_t instant)
{
	enum { DAY = 86400 };
	int64_t offset = clock_zone_minutes(book->store->zone, instant) * 60;
	return (instant + offset) / DAY * DAY - offset;
}

hufu_status case_find_seen(struct casebook *book, const char *number, struct case_row *out, hufu_error *error)
{
	hufu_status status = casebook_may(book, MAY_SEE, error);
	return status ? status : case_find(book, number, out, error);
}

void case_row_done(struct case_row *row)
{
	free(row->title);
	free(row->kind);
	free(row->held_why);
	*row = (struct case_row){ 0 };
}

hufu_status case_find(struct casebook *book, const char *number, struct case_row *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select id, number, title, kind, state, drill, opened_at, closed_at, zone_minutes, held_at, "
	               "held_why from cases "
	               "where number = ?",
	                db_text(number)),
	        &rows, error);
	if (status)
		return status;
	if (!db_rows_next(rows))
		return fail(error, HUFU_USAGE, view_of(number), "is no case of this store",
		        "hufu case list shows the cases");
	*out = (struct case_row){ .id = db_rows_int(rows, 0),
		.title = strdup(db_rows_text(rows, 2)),
		.kind = strdup(db_rows_text(rows, 3)),
		.open = !strcmp(db_rows_text(rows, 4), "open"),
		.drill = db_rows_int(rows, 5) != 0,
		.opened_at = db_rows_int(rows, 6),
		.closed_at = db_rows_int(rows, 7),
		.zone_minutes = db_rows_int(rows, 8),
		.held_at = db_rows_int(rows, 9),
		.held_why = strdup(db_rows_null(rows, 10) ? "" : db_rows_text(rows, 10)) };
	snprintf(out->number, sizeof out->number, "%s", db_rows_text(rows, 1));
	if (out->title && out->kind && out->held_why)
		return HUFU_OK;
	case_row_done(out);
	return fail(error, HUFU_NO_MEMORY, view_of(number), "no memory", NULL);
}

/* ---- a change ---- */

static hufu_status refuse_closed(const char *number, hufu_error *error)
{
	return fail(error, HUFU_CONFLICT, view_of(number), "is closed: nothing was changed",
	        "open a new case that names it");
}

/* Looked at within the change: somebody may have closed it a moment ago. */
static hufu_status still_open(const struct change *change, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(change->book->db,
	        DB_SQL("select number, state from cases where id = ?", db_int(change->case_id)), &rows, error);
	if (status)
		return status;
	return db_rows_next(rows) && strcmp(db_rows_text(rows, 1), "open") != 0
	               ? refuse_closed(db_rows_text(rows, 0), error)
	               : HUFU_OK;
}

hufu_status case_head_of(struct casebook *book, int64_t case_id, int64_t *seq, hufu_error *error)
{
	bool found;
	*seq = 0;
	return db_number(book->db, DB_SQL("select max(seq) from timeline where case_id = ?", db_int(case_id)), seq,
	        &found, error);
}

/* Whoever changes it has seen it as it is. */
static hufu_status still_as_seen(const struct change *change, hufu_error *error)
{
	int64_t head;
	struct casebook *book = change->book;
	hufu_status status = case_head_of(book, change->case_id, &head, error);
	book->stale = !status && head != book->expected;
	return book->stale ? fail(error, HUFU_CONFLICT, view_of("case"),
	                             "somebody else changed it meanwhile: nothing was changed",
	                             "look at it again, then change it")
	                   : status;
}

static hufu_status change_work(struct db *db, void *context, hufu_error *error)
{
	struct change *change = context;
	(void)db;
	json_decref(change->body);
	change->body = NULL;
	change->at = clock_now();
	hufu_status status = change->must_be_open ? still_open(change, error) : HUFU_OK;
	if (!status && change->book->expected)
		status = still_as_seen(change, error);
	if (!status)
		status = change->work(change, error);
	if (!status && change->body)
		status = timeline_append(change, error);
	return status;
}

hufu_status case_change(struct change *change, hufu_error *error)
{
	hufu_status status = case_may_change(change, error);
	if (!status)
		status = db_transact(change->book->db, change_work, change, error);
	change->book->expected = 0;
	json_decref(change->body);
	change->body = NULL;
	return status;
}

static hufu_status find_open(struct casebook *book, const char *number, int64_t *id, hufu_error *error)
{
	struct case_row row;
	hufu_status status = case_find(book, number, &row, error);
	if (status)
		return status;
	if (!row.open)
		status = refuse_closed(row.number, error);
	*id = row.id;
	case_row_done(&row);
	return status;
}

hufu_status case_is_open(struct casebook *book, const char *number, hufu_error *error)
{
	int64_t id;
	hufu_status status = casebook_may(book, MAY_SEE, error);
	return status ? status : find_open(book, number, &id, error);
}

hufu_status case_change_open(struct casebook *book, const char *number, struct change *change, hufu_error *error)
{
	change->book = book;
	change->must_be_open = true;
	hufu_status status =
	        case_may_change(change, error); /* first: a stranger does not learn which cases there are */
	if (!status)
		status = find_open(book, number, &change->case_id, error);
	return status ? status : case_change(change, error);
}

hufu_status case_path_is_new(const char *path, hufu_error *error)
{
	struct stat there;
	if (lstat(path, &there) == 0)
		return fail(error, HUFU_CONFLICT, view_of(path), "is there already", "name a new file");
	return errno == ENOENT ? HUFU_OK : fail_errno(error, view_of(path), NULL);
}

/* ---- what was seen ---- */

void casebook_expect(struct casebook *book, int64_t seq)
{
	book->expected = seq;
	book->stale = false;
}

bool casebook_stale(const struct casebook *book)
{
	return book->stale;
}

struct db *casebook_db(struct casebook *book)
{
	return book->db;
}

hufu_status case_head(struct casebook *book, const char *number, int64_t *seq, hufu_error *error)
{
	struct case_row row;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	status = case_head_of(book, row.id, seq, error);
	case_row_done(&row);
	return status;
}

/* ---- JSON ---- */

json_t *json_text(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *case_time(int64_t instant, int64_t zone_minutes)
{
	char text[CLOCK_TEXT_MAX];
	clock_print_at(instant, (int32_t)(zone_minutes * 60), text);
	return json_string(text);
}

hufu_status case_rows_json(struct casebook *book, struct db_sql sql, case_row_json *row, int64_t zone_minutes,
        json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db, sql, &rows, error);
	json_t *list = status ? NULL : json_array();
	while (list && db_rows_next(rows))
		if (json_array_append_new(list, row(rows, zone_minutes))) {
			json_decref(list);
			list = NULL;
		}
	if (!status && !list)
		status = fail(error, HUFU_NO_MEMORY, view_of("cases"), "no memory", NULL);
	if (!status)
		*out = list;
	return status;
}
