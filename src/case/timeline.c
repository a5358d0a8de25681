/* Writes and checks timelines. What is hashed and signed is the very text that the database keeps. */
#include "case/timeline.h"
#include "vault/chain.h"
#include <stdlib.h>

/* ---- writing ---- */

static hufu_status head_of(struct change *change, struct chain_head *head, char *number, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	*head = (struct chain_head){ 0 };
	hufu_status status = db_query(change->book->db,
	        DB_SQL("select c.number, t.seq, t.hash from cases c left join timeline t on t.case_id = c.id and t.seq "
	               "= "
	               "(select max(seq) from timeline where case_id = c.id) where c.id = ?",
	                db_int(change->case_id)),
	        &rows, error);
	if (status)
		return status;
	if (!db_rows_next(rows))
		return fail(error, HUFU_MALFORMED, view_of("timeline"), "the case is gone", NULL);
	snprintf(number, CASE_NUMBER_MAX, "%s", db_rows_text(rows, 0));
	head->seq = db_rows_int(rows, 1);
	if (head->seq && !chain_hash_parse(db_rows_view(rows, 2), &head->hash))
		return fail(error, HUFU_MALFORMED, view_of(number), "the timeline's end is no hash",
		        "restore the database from a backup");
	return HUFU_OK;
}

static hufu_status entry_insert(struct change *change, const struct chain_entry *entry, hufu_error *error)
{
	char previous[CHAIN_HASH_TEXT], hash[CHAIN_HASH_TEXT];
	chain_hash_print(&entry->previous, previous);
	chain_hash_print(&entry->hash, hash);
	return db_run(change->book->db,
	        DB_SQL("insert into timeline (case_id, seq, at, by, what, body, prev_hash, hash, signature) values (?, "
	               "?, ?, ?, ?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_int(entry->seq), db_int(entry->at), db_view(entry->by),
	                db_view(entry->what), db_view(entry->body), db_text(previous), db_text(hash),
	                db_view(entry->signature)),
	        NULL, error);
}

hufu_status timeline_append(struct change *change, hufu_error *error)
{
	struct chain_head head;
	char number[CASE_NUMBER_MAX], signature[SIGN_TEXT];
	AUTO_FREE char *body = json_dumps(change->body, JSON_COMPACT | JSON_SORT_KEYS);
	if (!body)
		return fail(error, HUFU_NO_MEMORY, view_of("timeline"), "no memory", NULL);
	hufu_status status = head_of(change, &head, number, error);
	if (status)
		return status;
	struct chain_entry entry = { .case_name = view_of(number),
		.at = change->at,
		.by = view_of(change->book->by),
		.what = view_of(change->what),
		.body = view_of(body) };
	status = chain_add(&head, &entry, change->book->signer, signature, error);
	return status ? status : entry_insert(change, &entry, error);
}

/* ---- checking ---- */

static bool entry_of(struct db_rows *rows, const struct case_row *row, struct chain_entry *out)
{
	*out = (struct chain_entry){ .case_name = view_of(row->number),
		.seq = db_rows_int(rows, 0),
		.at = db_rows_int(rows, 1),
		.by = db_rows_view(rows, 2),
		.what = db_rows_view(rows, 3),
		.body = db_rows_view(rows, 4),
		.signature = db_rows_view(rows, 7) };
	return chain_hash_parse(db_rows_view(rows, 5), &out->previous) &&
	       chain_hash_parse(db_rows_view(rows, 6), &out->hash);
}

static hufu_status entries_check(
        struct casebook *book, const struct case_row *row, struct chain_entry *entries, size_t count, hufu_error *error)
{
	struct chain_fault fault;
	struct sign_public signer = sign_public_of(book->signer);
	if (!chain_verify(entries, count, &signer, NULL, &fault))
		return HUFU_OK;
	fail(error, HUFU_MALFORMED, view_of(row->number), fault.why, "compare with a backup or a bundle made before");
	if (error)
		error->at = (uint64_t)fault.seq;
	return HUFU_MALFORMED;
}

static hufu_status entries_read(
        struct casebook *book, const struct case_row *row, struct timeline *timeline, hufu_error *error)
{
	bool good = true;
	timeline->entries = calloc(db_rows_count(timeline->rows) + 1, sizeof *timeline->entries);
	if (!timeline->entries)
		return fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	while (good && db_rows_next(timeline->rows)) {
		good = entry_of(timeline->rows, row, &timeline->entries[timeline->count]);
		timeline->count += good;
	}
	return good ? entries_check(book, row, timeline->entries, timeline->count, error)
	            : fail(error, HUFU_MALFORMED, view_of(row->number), "the timeline holds what is no hash",
	                      "compare with a backup or a bundle made before");
}

hufu_status timeline_read(struct casebook *book, const struct case_row *row, struct timeline *out, hufu_error *error)
{
	struct timeline timeline = { 0 };
	hufu_status status = db_query(book->db,
	        DB_SQL("select seq, at, by, what, body, prev_hash, hash, signature from timeline where case_id = ? "
	               "order "
	               "by seq",
	                db_int(row->id)),
	        &timeline.rows, error);
	if (!status)
		status = entries_read(book, row, &timeline, error);
	if (status)
		timeline_done(&timeline);
	else
		*out = timeline;
	return status;
}

void timeline_done(struct timeline *timeline)
{
	free(timeline->entries);
	db_rows_free(timeline->rows);
	*timeline = (struct timeline){ 0 };
}
