/* The report of a drill: an entry of its case's timeline, and nothing else. */
#include "case/book.h"

static hufu_status drilled_work(struct change *change, hufu_error *error)
{
	change->body = json_deep_copy(change->context);
	return change->body ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
}

hufu_status case_drilled(struct casebook *book, const char *number, const json_t *report, hufu_error *error)
{
	struct change change = { .what = "drill", .work = drilled_work, .context = (void *)(uintptr_t)report };
	return case_change_open(book, number, &change, error);
}

hufu_status drilled_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select body from timeline where case_id = ? and what = 'drill' order by seq desc limit 1",
	                db_int(row->id)),
	        &rows, error);
	if (status)
		return status;
	json_t *report = db_rows_next(rows) ? json_loads(db_rows_text(rows, 0), 0, NULL) : NULL;
	*out = report ? report : json_null();
	return HUFU_OK;
}
