/* Looking at evidence: rows of it, masked or in clear, and its bytes taken out. What shows a personal value in clear
 * takes a role, a reason and a line in the timeline that is committed before the first value leaves: no line, no
 * answer. How much one person sees in a day is bounded.
 *
 * Masked rows are noted too, once a day for each person and piece of evidence: enough to know later who was there, and
 * a page that is scrolled does not bury the timeline. */
#include "base/clock.h"
#include "base/io.h"
#include "base/utf8.h"
#include "case/pour.h"
#include "case/rows.h"
#include "config/config.h"
#include <stdio.h>

enum { ROWS_USUAL = 20, REASON_LEAST = 4, REASON_MOST = 500, PREFIX_LEAST = 6, LIST_PARTS_BELOW = 64 << 20 };

/* ---- which evidence ---- */

struct piece {
	int64_t number;
	char name[256], sha256[VAULT_DIGEST_TEXT];
	uint64_t bytes;
	bool is_mail;
};

static bool names_it(const char *asked, const struct db_rows *rows, int64_t number)
{
	char *end;
	long long counted = strtoll(asked, &end, 10);
	if (!*end && strlen(asked) < PREFIX_LEAST && counted == number)
		return true;
	return !strcmp(asked, db_rows_text(rows, 0)) ||
	       (strlen(asked) >= PREFIX_LEAST && view_starts(db_rows_view(rows, 1), asked));
}

static void take_piece(struct piece *piece, const struct db_rows *rows, int64_t number)
{
	piece->number = number;
	printable(db_rows_view(rows, 0), piece->name, sizeof piece->name);
	snprintf(piece->sha256, sizeof piece->sha256, "%s", db_rows_text(rows, 1));
	piece->bytes = (uint64_t)db_rows_int(rows, 2);
	piece->is_mail = view_is(db_rows_view(rows, 3), "mail");
}

static hufu_status piece_find(
        struct casebook *book, const struct case_row *row, const char *asked, struct piece *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select name, object_sha256, bytes, role from evidence where case_id = ? order by id",
	                db_int(row->id)),
	        &rows, error);
	for (int64_t number = 1; !status && db_rows_next(rows); number++) {
		if (!names_it(asked, rows, number))
			continue;
		if (out->number && !view_is(db_rows_view(rows, 1), out->sha256))
			return fail(error, HUFU_USAGE, view_of(asked), "names several pieces of evidence",
			        "give its number: hufu case show ID lists them in order");
		if (!out->number)
			take_piece(out, rows, number);
	}
	if (!status && !out->number)
		status = fail(error, HUFU_USAGE, view_of(asked), "is no evidence of this case",
		        "give its number, name, or six digits of its SHA-256: hufu case show ID");
	return status;
}

static hufu_status reason_check(const char *reason, hufu_error *error)
{
	hufu_view text = view_trim(view_of(reason));
	size_t characters = 0;
	for (hufu_view rest = text; rest.len; characters++)
		(void)utf8_next(&rest);
	if (characters >= REASON_LEAST && text.len <= REASON_MOST && utf8_valid(text) == text.len)
		return HUFU_OK;
	return fail(error, HUFU_USAGE, view_of("reason"),
	        "is wanted, of 4 characters to 500 bytes: the timeline keeps it",
	        "give --reason TEXT: why these values must be seen");
}

/* ---- how much of it ---- */

static hufu_status daily_max(const struct casebook *book, int64_t *out, hufu_error *error)
{
	struct config *config = NULL;
	hufu_status status = config_open(book->store->dir, &config, error);
	if (!status)
		*out = config_number(config, "look.daily_max");
	config_close(config);
	return status;
}

static hufu_status seen_today(struct casebook *book, int64_t now, int64_t *rows, hufu_error *error)
{
	return db_number(book->db,
	        DB_SQL("select coalesce(sum(count), 0) from looks where by = ? and clear = 1 and at >= ?",
	                db_text(book->by), db_int(casebook_day(book, now))),
	        rows, NULL, error);
}

static hufu_status too_many(const struct casebook *book, hufu_error *error)
{
	return fail(error, HUFU_LIMIT, view_of(book->by), "looked at as many rows in clear today as a person may",
	        "look masked, wait for tomorrow, or let the keeper raise look.daily_max");
}

/* ---- the line ---- */

struct looking {
	struct casebook *book;
	struct case_row row;
	struct piece piece;
	const struct case_look *asked;
	struct rows rows;
	int64_t daily, left; /* rows in clear: a day, and left of it */
};

static hufu_status look_insert(struct change *change, const struct looking *looking, hufu_error *error)
{
	return db_run(change->book->db,
	        DB_SQL("insert into looks (case_id, at, by, object_sha256, part, first, count, clear) values (?, ?, ?, "
	               "?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_int(change->at), db_text(change->book->by),
	                db_text(looking->piece.sha256), db_text(looking->rows.part),
	                db_int((int64_t)looking->asked->from), db_int(looking->rows.taken),
	                db_int(looking->asked->clear)),
	        NULL, error);
}

static hufu_status clear_work(struct change *change, hufu_error *error)
{
	struct looking *looking = change->context;
	int64_t seen = 0;
	hufu_status status = seen_today(change->book, change->at, &seen, error);
	if (!status && seen + looking->rows.taken > looking->daily)
		status = too_many(change->book, error);
	if (!status)
		status = look_insert(change, looking, error);
	if (status)
		return status;
	looking->left = looking->daily - seen - looking->rows.taken;
	change->body = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "evidence", looking->piece.name, "sha256",
	        looking->piece.sha256, "part", looking->rows.part, "from", (json_int_t)looking->asked->from, "rows",
	        (json_int_t)looking->rows.taken, "reason", looking->asked->reason);
	return change->body ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("look"), "no memory", NULL);
}

static hufu_status masked_work(struct change *change, hufu_error *error)
{
	struct looking *looking = change->context;
	int64_t noted = 0;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select count(*) from looks where case_id = ? and by = ? and object_sha256 = ? and clear = 0 "
	               "and "
	               "at >= ?",
	                db_int(change->case_id), db_text(change->book->by), db_text(looking->piece.sha256),
	                db_int(casebook_day(change->book, change->at))),
	        &noted, NULL, error);
	if (status || noted)
		return status;
	status = look_insert(change, looking, error);
	if (!status)
		change->body =
		        json_pack("{s:s, s:s}", "evidence", looking->piece.name, "sha256", looking->piece.sha256);
	return status || change->body ? status : fail(error, HUFU_NO_MEMORY, view_of("look"), "no memory", NULL);
}

static hufu_status note(struct looking *looking, hufu_error *error)
{
	bool clear = looking->asked->clear;
	struct change change = { .book = looking->book,
		.case_id = looking->row.id,
		.what = clear ? "look" : "look masked",
		.work = clear ? clear_work : masked_work,
		.context = looking };
	return case_change(&change, error);
}

/* ---- the answer ---- */

static json_t *columns_json(const struct rows *rows)
{
	json_t *list = json_array();
	for (uint32_t j = 0; list && j < rows->column_count; j++)
		json_array_append_new(
		        list, json_pack("{s:s, s:o}", "name", rows->columns[j].name, "kind",
		                      json_text(rows->columns[j].kind ? rows->columns[j].kind->name : NULL)));
	return list;
}

static hufu_status answer(const struct looking *looking, json_t **out, hufu_error *error)
{
	const struct rows *rows = &looking->rows;
	const struct piece *piece = &looking->piece;
	json_t *value = json_pack("{s:{s:I, s:s, s:s}, s:s, s:s, s:s, s:b, s:b, s:o, s:I, s:O, s:b, s:O, s:b, s:O}",
	        "evidence", "number", (json_int_t)piece->number, "name", piece->name, "sha256", piece->sha256, "part",
	        rows->part, "format", rows->format, "encoding", rows->encoding, "masked", !looking->asked->clear,
	        "header", rows->header, "columns", columns_json(rows), "from", (json_int_t)looking->asked->from, "rows",
	        rows->values, "more", rows->more, "parts", rows->parts, "parts_complete", rows->ended, "unread",
	        rows->unread);
	if (value && looking->asked->clear)
		json_object_set_new(value, "left_today", json_integer(looking->left));
	if (!value)
		return fail(error, HUFU_NO_MEMORY, view_of("look"), "no memory", NULL);
	*out = value;
	return HUFU_OK;
}

/* ---- all of it ---- */

static hufu_status check_asked(struct looking *looking, struct case_look *asked, hufu_error *error)
{
	int64_t seen = 0;
	asked->from = asked->from ? asked->from : 1;
	asked->rows = asked->rows ? asked->rows : ROWS_USUAL;
	if (asked->rows > CASE_LOOK_ROWS_MAX || asked->from > INT64_MAX)
		return fail(
		        error, HUFU_USAGE, view_of("rows"), "at most 200 are shown at once", "look again, further on");
	if (!asked->clear)
		return HUFU_OK;
	hufu_status status = reason_check(asked->reason, error);
	if (!status)
		status = daily_max(looking->book, &looking->daily, error);
	if (!status)
		status = seen_today(looking->book, clock_now(), &seen, error);
	if (!status && seen >= looking->daily)
		status = too_many(looking->book, error);
	if (!status && asked->rows > looking->daily - seen)
		asked->rows = (uint32_t)(looking->daily - seen);
	return status;
}

static hufu_status read_rows(struct looking *looking, hufu_error *error)
{
	const struct case_look *asked = looking->asked;
	const struct piece *piece = &looking->piece;
	struct pour pour;
	const struct rows_asked how = { .name = piece->name,
		.part = asked->part,
		.is_mail = piece->is_mail,
		.from = asked->from,
		.most = asked->rows,
		.clear = asked->clear,
		.to_end = piece->bytes < LIST_PARTS_BELOW };
	hufu_status status = pour_open(looking->book->vault, piece->sha256, piece->bytes, &pour, error);
	if (status)
		return status;
	status = rows_read(pour.fd, &how, &looking->rows, error);
	hufu_status poured = pour_close(&pour, status ? NULL : error);
	status = status ? status : poured;
	if (!status && !looking->rows.found)
		status = fail(error, HUFU_USAGE, view_of(asked->part ? asked->part : piece->name),
		        asked->part ? "is no part of this evidence" : "holds no records to be shown",
		        asked->part ? "without --part the first one is shown, and all are listed"
		                    : "hufu case export takes the bytes out");
	return status;
}

hufu_status case_look(struct casebook *book, const char *number, const char *evidence, const struct case_look *asked,
        json_t **out, hufu_error *error)
{
	struct case_look settled = *asked;
	struct looking looking = { .book = book, .asked = &settled };
	hufu_status status = casebook_may(book, asked->clear ? MAY_READ : MAY_SEE, error);
	if (!status)
		status = case_find(book, number, &looking.row, error);
	if (!status)
		status = check_asked(&looking, &settled, error);
	if (!status)
		status = piece_find(book, &looking.row, evidence, &looking.piece, error);
	if (!status)
		status = read_rows(&looking, error);
	if (!status)
		status = note(&looking, error);
	if (!status)
		status = answer(&looking, out, error);
	rows_done(&looking.rows);
	case_row_done(&looking.row);
	return status;
}

/* ---- the bytes taken out ---- */

struct taking_out {
	const struct piece *piece;
	const char *reason, *to;
};

static hufu_status export_work(struct change *change, hufu_error *error)
{
	const struct taking_out *taking = change->context;
	change->body =
	        json_pack("{s:s, s:s, s:I, s:s, s:s}", "evidence", taking->piece->name, "sha256", taking->piece->sha256,
	                "bytes", (json_int_t)taking->piece->bytes, "to", taking->to, "reason", taking->reason);
	return change->body ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("export"), "no memory", NULL);
}

/* The line is there when it returns HUFU_OK: then the bytes may leave. */
static hufu_status export_note(struct casebook *book, const char *number, const char *evidence, const char *reason,
        const char *to, struct piece *piece, hufu_error *error)
{
	struct case_row row = { 0 };
	struct taking_out taking = { piece, reason, to };
	struct change change = { .book = book, .what = "export", .work = export_work, .context = &taking };
	hufu_status status = casebook_may(book, MAY_READ, error);
	if (!status)
		status = reason_check(reason, error);
	if (!status)
		status = case_find(book, number, &row, error);
	if (!status)
		status = piece_find(book, &row, evidence, piece, error);
	/* What is damaged or was removed is said before a line tells that it left. */
	if (!status)
		status = vault_verify(book->vault, piece->sha256, NULL, error);
	change.case_id = row.id;
	if (!status)
		status = case_change(&change, error);
	case_row_done(&row);
	return status;
}

hufu_status case_export(struct casebook *book, const char *number, const char *evidence, const char *path,
        const char *reason, hufu_error *error)
{
	struct piece piece = { 0 };
	char shown[256];
	const char *slash = strrchr(path, '/');
	printable(view_of(slash ? slash + 1 : path), shown, sizeof shown);
	hufu_status status = casebook_may(book, MAY_READ, error);
	if (!status)
		status = case_path_is_new(path, error);
	if (!status)
		status = export_note(book, number, evidence, reason, shown, &piece, error);
	return status ? status : vault_export(book->vault, piece.sha256, path, error);
}

static hufu_status to_descriptor(void *context, hufu_view piece, hufu_error *error)
{
	return io_write(*(const int *)context, piece.ptr, piece.len, "export", error);
}

hufu_status case_export_to(struct casebook *book, const char *number, const char *evidence, int fd, const char *to,
        const char *reason, hufu_error *error)
{
	struct piece piece = { 0 };
	hufu_status status = export_note(book, number, evidence, reason, to, &piece, error);
	return status ? status : vault_read(book->vault, piece.sha256, to_descriptor, &fd, error);
}
