/* What became of a notice: versions, counts, and what a person must settle. */
#include "notify/inside.h"

enum { OPEN_MAX = 1000 };

static json_t *time_or_null(struct db_rows *rows, size_t column, int64_t zone)
{
	return db_rows_null(rows, column) ? json_null() : case_time(db_rows_int(rows, column), zone);
}

static json_t *version_json(struct db_rows *rows, int64_t zone)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:b, s:I}", "version",
	        (json_int_t)db_rows_int(rows, 0), "subject", db_rows_text(rows, 1), "zh", db_rows_text(rows, 2), "en",
	        db_rows_text(rows, 3), "sms", db_rows_text(rows, 4), "written_at", time_or_null(rows, 5, zone),
	        "written_by", db_rows_text(rows, 6), "released_at", time_or_null(rows, 7, zone), "released_by",
	        json_text(db_rows_text(rows, 8)), "proved", db_rows_int(rows, 9) != 0, "tests",
	        (json_int_t)db_rows_int(rows, 10));
}

static json_t *entry_json(struct db_rows *rows, int64_t zone)
{
	char person[20];
	snprintf(person, sizeof person, "%016llx", (unsigned long long)db_rows_int(rows, 2));
	return json_pack("{s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o}", "n",
	        (json_int_t)db_rows_int(rows, 0), "version", (json_int_t)db_rows_int(rows, 1), "person", person,
	        "state", db_rows_text(rows, 3), "channel", json_text(db_rows_text(rows, 4)), "message",
	        json_text(db_rows_text(rows, 5)), "code",
	        db_rows_null(rows, 6) ? json_null() : json_integer(db_rows_int(rows, 6)), "status",
	        json_text(db_rows_text(rows, 7)), "why", json_text(db_rows_text(rows, 8)), "attempts",
	        (json_int_t)db_rows_int(rows, 9), "settled_at", time_or_null(rows, 10, zone));
}

/* Adds "people", "counts" and "next_at" to a version. */
static hufu_status count_version(struct casebook *book, const struct case_row *row, json_t *version, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	json_t *counts = json_object(), *next = json_null();
	json_int_t people = 0;
	hufu_status status = db_query(book->db,
	        DB_SQL("select state, count(*), min(next_at) from notice_entries where case_id = ? and version = ? "
	               "group by state order by state",
	                db_int(row->id), db_int(json_integer_value(json_object_get(version, "version")))),
	        &rows, error);
	while (!status && db_rows_next(rows)) {
		const char *state = db_rows_text(rows, 0);
		people += db_rows_int(rows, 1);
		json_object_set_new(counts, state, json_integer(db_rows_int(rows, 1)));
		if (!strcmp(state, "planned") && db_rows_int(rows, 2))
			next = case_time(db_rows_int(rows, 2), row->zone_minutes);
	}
	json_object_set_new(version, "people", json_integer(people));
	json_object_set_new(version, "counts", counts);
	json_object_set_new(version, "next_at", next);
	return status;
}

static hufu_status versions_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	size_t at;
	json_t *version;
	hufu_status status = case_rows_json(book,
	        DB_SQL("select version, subject, zh, en, sms, written_at, written_by, released_at, released_by, "
	               "proved, "
	               "tests from notices where case_id = ? order by version",
	                db_int(row->id)),
	        version_json, row->zone_minutes, out, error);
	if (status)
		return status;
	json_array_foreach(*out, at, version)
	{
		status = status ? status : count_version(book, row, version, error);
	}
	return status;
}

/* How many are linked, and how many of them no entry of the newest version has. */
static hufu_status linked_count(
        struct casebook *book, const struct case_row *row, int64_t *linked, int64_t *planned, hufu_error *error)
{
	struct case_people people;
	hufu_status status = people_read(book, row->id, &people, error);
	if (status)
		return status;
	*linked = (int64_t)people.count;
	people_done(&people);
	return db_number(book->db,
	        DB_SQL("select count(*) from notice_entries where case_id = ? and version = (select max(version) from "
	               "notices where case_id = ?)",
	                db_int(row->id), db_int(row->id)),
	        planned, NULL, error);
}

static hufu_status show(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	json_t *versions = NULL, *open = NULL;
	int64_t linked = 0, planned = 0;
	hufu_status status = versions_json(book, row, &versions, error);
	if (!status)
		status = linked_count(book, row, &linked, &planned, error);
	if (!status)
		status = case_rows_json(book,
		        DB_SQL("select id, version, person, state, channel, message_id, code, status, why, attempts, "
		               "settled_at from notice_entries where case_id = ? and state in ('doubt', 'refused', "
		               "'bounced') order by id limit ?",
		                db_int(row->id), db_int(OPEN_MAX)),
		        entry_json, row->zone_minutes, &open, error);
	/* A leak matched anew may link fewer than were planned: nobody is missing then. */
	if (!status)
		*out = json_pack("{s:s, s:b, s:I, s:I, s:O, s:O}", "case", row->number, "drill", row->drill, "linked",
		        (json_int_t)linked, "unplanned", (json_int_t)(linked > planned ? linked - planned : 0),
		        "versions", versions, "open", open);
	if (!status && !*out)
		status = fail(error, HUFU_NO_MEMORY, view_of("notice"), "no memory", NULL);
	json_decref(versions);
	json_decref(open);
	return status;
}

hufu_status notice_show(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	struct case_row row;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	status = show(book, &row, out, error);
	case_row_done(&row);
	return status;
}
