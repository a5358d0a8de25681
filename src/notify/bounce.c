/* Mails that came back. The jail reads what a stranger's server wrote; of it a Message-ID of ours, an action and a
 * status code are taken, and nothing else. */
#include "base/io.h"
#include "notify/inside.h"

#include <strings.h>

enum { ID_MAX = 64, LIST_MAX = 1000 };

/* A report: which mail it is on, and what it says. */
struct report {
	bool failed, delayed;
	char status[SEND_STATUS_MAX];
};

struct bouncing {
	struct casebook *book;
	int64_t case_id;
	struct report report; /* under way: its mail's headers follow */
	bool due;             /* a status came, and no mail of ours yet */
	enum { PART_OTHER, PART_STATUS, PART_HEADERS } part;
	bool names_due;
	int64_t bounced, again, delayed, unknown;
	json_t *unread; /* owned */
	hufu_status status;
	hufu_error *error;
};

/* ---- one report ---- */

/* The value behind "NAME:", else empty. */
static hufu_view field(hufu_view line, const char *name)
{
	size_t len = strlen(name);
	bool same = line.len > len && !strncasecmp(line.ptr, name, len) && line.ptr[len] == ':';
	return same ? view_trim(view_from(line, len + 1)) : (hufu_view){ 0 };
}

/* "5.1.1": digits and dots, and the first of several recipients; we send to one. */
static void take_status(struct report *report, hufu_view line)
{
	hufu_view action = field(line, "Action"), status = field(line, "Status");
	report->failed |= action.len == 6 && !strncasecmp(action.ptr, "failed", 6);
	report->delayed |= action.len == 7 && !strncasecmp(action.ptr, "delayed", 7);
	if (!status.len || report->status[0])
		return;
	size_t len = 0;
	while (len < status.len && len < sizeof report->status - 1 &&
	        (status.ptr[len] == '.' || (status.ptr[len] >= '0' && status.ptr[len] <= '9')))
		len++;
	snprintf(report->status, sizeof report->status, "%.*s", (int)len, status.ptr);
}

struct bounce {
	const char *id;
	const struct report *report;
	bool was, known;
};

static hufu_status bounce_work(struct change *change, hufu_error *error)
{
	struct bounce *bounce = change->context;
	AUTO_ROWS *rows = NULL;
	int64_t changed = 0;
	hufu_status status = db_query(change->book->db,
	        DB_SQL("select id from notice_entries where case_id = ? and message_id = ?", db_int(change->case_id),
	                db_text(bounce->id)),
	        &rows, error);
	bounce->known = !status && db_rows_next(rows);
	if (!bounce->known)
		return status;
	status = db_run(change->book->db,
	        DB_SQL("update notice_entries set state = 'bounced', settled_at = ?, status = ?, code = null, why = ? "
	               "where id = ? and state in ('accepted', 'doubt')",
	                db_int(change->at), db_text(bounce->report->status[0] ? bounce->report->status : NULL),
	                db_text("a mail server gave it back"), db_int(db_rows_int(rows, 0))),
	        &changed, error);
	bounce->was = changed > 0;
	if (!status && changed)
		change->body = json_pack("{s:s, s:I, s:s}", "did", "bounced", "n", (json_int_t)db_rows_int(rows, 0),
		        "status", bounce->report->status);
	return status;
}

static void settle(struct bouncing *bouncing, const char *id)
{
	struct bounce bounce = { .id = id, .report = &bouncing->report };
	struct change change = { .book = bouncing->book,
		.case_id = bouncing->case_id,
		.what = "notice sent",
		.work = bounce_work,
		.context = &bounce };
	if (!bouncing->report.failed) {
		bouncing->delayed += bouncing->report.delayed;
		return;
	}
	bouncing->status = case_change(&change, bouncing->error);
	bouncing->bounced += bounce.was;
	bouncing->again += bounce.known && !bounce.was;
	bouncing->unknown += !bounce.known;
}

/* "<notice-...@host>": the name that we gave it. */
static void take_header(struct bouncing *bouncing, hufu_view name, hufu_view value)
{
	static const char begins[] = "<notice-";
	char id[ID_MAX];
	const char *at = value.len ? memchr(value.ptr, '@', value.len) : NULL;
	size_t len = at ? (size_t)(at - value.ptr) : 0;
	if (!bouncing->due || name.len != 10 || strncasecmp(name.ptr, "message-id", 10) != 0 ||
	        !view_starts(value, begins) || len < sizeof begins || len > sizeof id)
		return;
	snprintf(id, sizeof id, "%.*s", (int)len - 1, value.ptr + 1);
	bouncing->due = false;
	settle(bouncing, id);
}

/* ---- what the jail says ---- */

static void begin_part(struct bouncing *bouncing, const struct jail_message *message)
{
	bouncing->names_due = true;
	bouncing->part = PART_OTHER;
	if (!strcmp(message->format, "mail-status") && message->columns == 1) {
		bouncing->part = PART_STATUS;
		bouncing->unknown += bouncing->due;
		bouncing->due = true;
		bouncing->report = (struct report){ .failed = false };
	} else if (!strcmp(message->format, "mail-headers") && message->columns == 2) {
		bouncing->part = PART_HEADERS;
	}
}

static void take_record(struct bouncing *bouncing, const struct batch *batch, uint32_t row)
{
	if (bouncing->part == PART_STATUS)
		take_status(&bouncing->report, batch_cell(batch, 0, row));
	else if (!bouncing->status)
		take_header(bouncing, batch_cell(batch, 0, row), view_trim(batch_cell(batch, 1, row)));
}

static void take_message(struct bouncing *bouncing, const struct jail_message *message, hufu_view name)
{
	if (message->event == JAIL_PART)
		begin_part(bouncing, message);
	for (uint32_t row = bouncing->names_due;
	        message->event == JAIL_BATCH && bouncing->part != PART_OTHER && row < message->batch.rows; row++)
		take_record(bouncing, &message->batch, row);
	if (message->event == JAIL_BATCH)
		bouncing->names_due = false;
	if (message->event == JAIL_PART_END)
		bouncing->part = PART_OTHER;
	if (message->event == JAIL_UNREAD && json_array_size(bouncing->unread) < LIST_MAX)
		unread_add(bouncing->unread, message->path[0] ? view_of(message->path) : name, jail_why(message->why));
}

static hufu_status read_file(struct bouncing *bouncing, const char *path, hufu_error *error)
{
	AUTO_FD fd = -1;
	struct jail *jail = NULL;
	struct jail_message *message = malloc(sizeof *message);
	const char *slash = strrchr(path, '/');
	const struct jail_options options = { .name = view_of(slash ? slash + 1 : path) };
	hufu_status status =
	        message ? io_open(path, &fd, error) : fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (!status)
		status = jail_open(fd, &options, &jail, error);
	for (bool done = false; !status && !done;) {
		status = jail_next(jail, message, error);
		if (!status)
			take_message(bouncing, message, options.name);
		done = status || message->event == JAIL_DONE;
		status = status ? status : bouncing->status;
	}
	bouncing->unknown += bouncing->due;
	bouncing->due = false;
	jail_close(jail);
	free(message);
	return status;
}

hufu_status notice_bounces(struct casebook *book, const char *number, const char *const *paths, size_t count,
        json_t **out, hufu_error *error)
{
	struct case_row row;
	struct bouncing bouncing = { .book = book, .unread = json_array(), .error = error };
	hufu_status status = casebook_may(book, MAY_SETTLE, error);
	if (!status)
		status = case_is_open(book, number, error);
	if (!status && !(status = case_find(book, number, &row, error))) {
		bouncing.case_id = row.id;
		case_row_done(&row);
	}
	for (size_t i = 0; i < count && !status; i++)
		status = read_file(&bouncing, paths[i], error);
	if (!status)
		*out = json_pack("{s:I, s:I, s:I, s:I, s:O}", "bounced", (json_int_t)bouncing.bounced, "again",
		        (json_int_t)bouncing.again, "delayed", (json_int_t)bouncing.delayed, "unknown",
		        (json_int_t)bouncing.unknown, "unread", bouncing.unread);
	json_decref(bouncing.unread);
	return status;
}
