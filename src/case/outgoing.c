/* See outgoing.h. */
#include "case/outgoing.h"

#include "base/clock.h"

enum { CLAIM_SPARE = 300 }; /* seconds besides what a channel may take for one message */

hufu_status outgoing_claim(struct db *db, const struct outgoing_table *table, int64_t id, int64_t seconds,
        char claim[CLAIM_MAX], bool *mine, hufu_error *error)
{
	int64_t changed = 0, now = clock_now();
	claim_print(claim);
	hufu_status status = db_run(db,
	        DB_SQL(table->claim, db_text(claim), db_int(now + seconds + CLAIM_SPARE), db_int(id), db_int(now)),
	        &changed, error);
	*mine = changed == 1;
	return status;
}

const char *outgoing_state(const struct outgoing_table *table, enum send_outcome outcome)
{
	static const char *const states[] = {
		[SEND_ACCEPTED] = NULL, [SEND_REFUSED] = "refused", [SEND_LATER] = "planned", [SEND_DOUBT] = "doubt"
	};
	return outcome == SEND_ACCEPTED ? table->taken : states[outcome];
}

hufu_status outgoing_record(
        struct db *db, const struct outgoing_table *table, const struct outgoing_end *end, hufu_error *error)
{
	const struct send_result *result = end->result;
	int64_t changed = 0;
	bool later = result->outcome == SEND_LATER;
	hufu_status status = db_run(db,
	        DB_SQL(table->record, db_text(outgoing_state(table, result->outcome)),
	                later ? db_null() : db_int(end->at), db_int(end->next_at),
	                result->code ? db_int(result->code) : db_null(),
	                db_text(result->status[0] ? result->status : NULL), db_text(result->what), db_int(end->id),
	                db_text(end->claim)),
	        &changed, error);
	if (!status && !changed)
		status = fail(error, HUFU_CONFLICT, view_of("message"), "somebody settled it while it was being sent",
		        "look at what it says now");
	return status;
}

hufu_status outgoing_put_off(struct db *db, const struct outgoing_table *table, int64_t id, int64_t next_at,
        const char *why, hufu_error *error)
{
	return db_run(db, DB_SQL(table->put_off, db_int(next_at), db_text(why), db_int(id)), NULL, error);
}

hufu_status outgoing_each_dead(
        struct db *db, const struct outgoing_table *table, outgoing_each *each, void *context, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(db, DB_SQL(table->dead), &rows, error);
	while (!status && db_rows_next(rows)) {
		const struct outgoing_dead dead = { db_rows_int(rows, 0), db_rows_int(rows, 1), db_rows_text(rows, 2) };
		if (db_rows_int(rows, 3) < clock_now() || claim_dead(dead.claim))
			status = each(context, &dead, error);
	}
	return status;
}

hufu_status outgoing_doubt(struct db *db, const struct outgoing_table *table, const struct outgoing_dead *dead,
        int64_t at, bool *changed, hufu_error *error)
{
	int64_t affected = 0;
	hufu_status status = db_run(db,
	        DB_SQL(table->doubt, db_int(at), db_text("whoever sent it died before its outcome was recorded"),
	                db_int(dead->id), db_text(dead->claim)),
	        &affected, error);
	*changed = affected > 0;
	return status;
}
