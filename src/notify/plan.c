/* Entries of a notice: one a person and version, made by hundreds of thousands in one transaction. */
#include "notify/inside.h"

const struct outgoing_table notice_entries = OUTGOING("notice_entries", "accepted");

/* So many rows to a statement; both databases take it. */
enum { AT_ONCE = 16, VALUES = 4 };
#define ROW "(?, ?, ?, ?)"
#define ROWS4 ROW ", " ROW ", " ROW ", " ROW
static const char insert_many[] = "insert into notice_entries (case_id, version, person, kinds) values " ROWS4
                                  ", " ROWS4 ", " ROWS4 ", " ROWS4 " on conflict (case_id, version, person) do nothing";
static const char insert_one[] = "insert into notice_entries (case_id, version, person, kinds) values " ROW
                                 " on conflict (case_id, version, person) do nothing";

static hufu_status insert(
        struct change *change, int64_t version, const struct case_person *people, size_t count, hufu_error *error)
{
	struct db_value values[AT_ONCE * VALUES];
	for (size_t i = 0; i < count; i++) {
		values[i * VALUES] = db_int(change->case_id);
		values[i * VALUES + 1] = db_int(version);
		values[i * VALUES + 2] = db_int(person_number_of(people[i].token));
		values[i * VALUES + 3] = db_int(people[i].kinds);
	}
	return db_run(change->book->db,
	        (struct db_sql){ count == AT_ONCE ? insert_many : insert_one, values, count * VALUES }, NULL, error);
}

hufu_status notice_plan(struct change *change, int64_t version, int64_t *people, hufu_error *error)
{
	struct case_people all;
	hufu_status status = people_read(change->book, change->case_id, &all, error);
	if (status)
		return status;
	for (size_t at = 0, count; at < all.count && !status; at += count) {
		count = all.count - at < AT_ONCE ? 1 : AT_ONCE;
		status = insert(change, version, all.at + at, count, error);
	}
	people_done(&all);
	if (!status)
		status = db_run(change->book->db,
		        DB_SQL("update notice_entries set state = 'exempt', settled_at = ?, why = (select b.why from "
		               "notice_entries b where b.case_id = notice_entries.case_id and b.version = "
		               "notice_entries.version - 1 and b.person = notice_entries.person) where case_id = ? and "
		               "version = ? and state = 'planned' and exists (select 1 from notice_entries b where "
		               "b.case_id = notice_entries.case_id and b.version = notice_entries.version - 1 and "
		               "b.person = notice_entries.person and b.state = 'exempt')",
		                db_int(change->at), db_int(change->case_id), db_int(version)),
		        NULL, error);
	return status ? status
	              : db_number(change->book->db,
	                        DB_SQL("select count(*) from notice_entries where case_id = ? and version = ?",
	                                db_int(change->case_id), db_int(version)),
	                        people, NULL, error);
}
