/* One ledger a person: what was sent to him, what he asked, what was decided. By his keyed number, without an address.
 */
#include "claim/inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_DIGITS = 16 };

/* The person that a word names: his token, or the number of a claim whose person is proved. */
static hufu_status person_named(
        struct casebook *book, const struct case_row *row, const char *word, int64_t *person, hufu_error *error)
{
	char *end;
	bool found = false;
	unsigned long long number = strtoull(word, &end, strlen(word) == TOKEN_DIGITS ? 16 : 10);
	if (*end || !word[0] || word[0] == '-')
		return fail(error, HUFU_USAGE, view_of(word), "is no person of a case",
		        "give the 16 digits by which notices call him, or the number of a claim");
	if (strlen(word) == TOKEN_DIGITS) {
		*person = person_number_of(number);
		return HUFU_OK;
	}
	hufu_status status = db_number(book->db,
	        DB_SQL("select person from claims where case_id = ? and seq = ? and proved_at is not null",
	                db_int(row->id), db_int((int64_t)number)),
	        person, &found, error);
	return status || found ? status
	                       : fail(error, HUFU_USAGE, view_of(word), "is no claim whose person is proved and ours",
	                                 "hufu case claim ID N ask and code prove him");
}

static json_t *notice_line(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:s, s:I, s:o, s:s, s:s?, s:s?}", "what", "notice", "version",
	        (json_int_t)db_rows_int(rows, 0), "at",
	        db_rows_null(rows, 1) ? json_null() : case_time(db_rows_int(rows, 1), zone_minutes), "state",
	        db_rows_text(rows, 2), "channel", db_rows_text(rows, 3), "message", db_rows_text(rows, 4));
}

static json_t *claim_line(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:s, s:I, s:o, s:s, s:s, s:s, s:o, s:s?, s:s?}", "what", "claim", "n",
	        (json_int_t)db_rows_int(rows, 0), "at", case_time(db_rows_int(rows, 1), zone_minutes), "kind",
	        db_rows_text(rows, 2), "channel", db_rows_text(rows, 3), "state", db_rows_text(rows, 4), "decided_at",
	        db_rows_null(rows, 5) ? json_null() : case_time(db_rows_int(rows, 5), zone_minutes), "amount",
	        db_rows_text(rows, 6), "currency", db_rows_text(rows, 7));
}

static hufu_status ledger_of(
        struct casebook *book, const struct case_row *row, int64_t person, json_t **out, hufu_error *error)
{
	json_t *notices = NULL, *claims = NULL;
	char token[TOKEN_DIGITS + 1];
	hufu_status status = case_rows_json(book,
	        DB_SQL("select version, settled_at, state, channel, message_id from notice_entries where case_id = ? "
	               "and "
	               "person = ? order by version",
	                db_int(row->id), db_int(person)),
	        notice_line, row->zone_minutes, &notices, error);
	if (!status)
		status = case_rows_json(book,
		        DB_SQL("select seq, received_at, kind, channel, state, decided_at, amount, currency from "
		               "claims "
		               "where case_id = ? and person = ? and proved_at is not null order by seq",
		                db_int(row->id), db_int(person)),
		        claim_line, row->zone_minutes, &claims, error);
	snprintf(token, sizeof token, "%016llx", (unsigned long long)person);
	*out = status ? NULL
	              : json_pack("{s:s, s:s, s:O, s:O}", "case", row->number, "person", token, "notices", notices,
	                        "claims", claims);
	json_decref(notices);
	json_decref(claims);
	return status || *out ? status : fail(error, HUFU_NO_MEMORY, view_of("ledger"), "no memory", NULL);
}

hufu_status claim_ledger(struct casebook *book, const char *number, const char *person, json_t **out, hufu_error *error)
{
	struct case_row row = { 0 };
	int64_t token = 0;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (!status)
		status = person_named(book, &row, person, &token, error);
	if (!status)
		status = ledger_of(book, &row, token, out, error);
	case_row_done(&row);
	return status;
}
