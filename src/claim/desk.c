/* The desk: a caller's number typed in, a code to the contact on file, the code read back.
 *
 * Whoever sits there learns nothing from asking: for somebody who is not ours a code is made as well, which nobody ever
 * hears. So each look-up writes the same, and the answer is one sentence. */
#include "base/clock.h"
#include "claim/inside.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOW_LEAST = 4, HOW_MOST = 500 };

void code_digest(const struct store *store, int64_t case_id, int64_t claim, hufu_view code, char out[CODE_DIGEST_TEXT])
{
	static const char use[] = "a caller's code";
	uint8_t key[64], sum[32];
	int64_t of[2] = { case_id, claim };
	crypto_generichash_state state;
	key_subkey(store->key, KEY_ACCOUNT, key, sizeof key);
	crypto_generichash_init(&state, key, sizeof key, sizeof sum);
	crypto_generichash_update(&state, (const uint8_t *)use, sizeof use);
	crypto_generichash_update(&state, (const uint8_t *)of, sizeof of);
	crypto_generichash_update(&state, (const uint8_t *)code.ptr, code.len);
	crypto_generichash_final(&state, sum, sizeof sum);
	sodium_bin2hex(out, CODE_DIGEST_TEXT, sum, sizeof sum);
	sodium_memzero(key, sizeof key);
}

/* ---- asking ---- */

struct asking {
	const struct config *config;
	int64_t ends; /* of the code */
	struct claim_person person;
	bool known;
};

static hufu_status count_lookup(struct change *change, const struct asking *asking, int64_t claim, hufu_error *error)
{
	int64_t asked = 0;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select count(*) from claim_lookups where by = ? and at >= ?", db_text(change->book->by),
	                db_int(casebook_day(change->book, change->at))),
	        &asked, NULL, error);
	if (!status && asked >= config_number(asking->config, "claim.daily_max"))
		status = fail(error, HUFU_LIMIT, view_of(change->book->by),
		        "looked up as many callers today as an operator may",
		        "let a colleague go on, or let the keeper raise claim.daily_max");
	if (status)
		return status;
	return db_run(change->book->db,
	        DB_SQL("insert into claim_lookups (case_id, claim, at, by) values (?, ?, ?, ?)",
	                db_int(change->case_id), db_int(claim), db_int(change->at), db_text(change->book->by)),
	        NULL, error);
}

/* Who was proved stays who he is: another number takes another claim. */
static hufu_status not_proved(struct change *change, int64_t claim, hufu_error *error)
{
	int64_t proved = 0;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select count(*) from claims where case_id = ? and seq = ? and proved_at is not null",
	                db_int(change->case_id), db_int(claim)),
	        &proved, NULL, error);
	return status || !proved ? status
	                         : fail(error, HUFU_CONFLICT, view_of("claim"), "its person is proved already",
	                                   "take a new claim for another person");
}

static hufu_status ask_work(struct change *change, hufu_error *error)
{
	const struct claim_change *how = change->context;
	struct asking *asking = (struct asking *)how->how;
	char digest[CODE_DIGEST_TEXT];
	hufu_status status = claim_there(change, how->claim, error);
	if (!status)
		status = not_proved(change, how->claim, error);
	if (!status)
		status = count_lookup(change, asking, how->claim, error);
	if (status)
		return status;
	asking->ends = change->at + config_number(asking->config, "claim.code_valid");
	code_digest(change->book->store, change->case_id, how->claim, view_of(asking->person.code), digest);
	status = db_run(change->book->db,
	        DB_SQL("update claims set person = ?, code = ?, code_ends = ?, code_tries = 0, code_told = null, "
	               "asked_at = ? where case_id = ? and seq = ?",
	                asking->known ? db_int(person_number_of(asking->person.person)) : db_null(), db_text(digest),
	                db_int(asking->ends), db_int(change->at), db_int(change->case_id), db_int(how->claim)),
	        NULL, error);
	if (!status)
		change->body = json_pack("{s:I}", "claim", (json_int_t)how->claim);
	return status;
}

/* Whether the code went out is known to the claim; the desk is told the same either way. */
static hufu_status note_told(
        struct casebook *book, const char *number, int64_t claim, const char *told, hufu_error *error)
{
	return db_run(book->db,
	        DB_SQL("update claims set code_told = ? where seq = ? and case_id = (select id from cases where number "
	               "= ?)",
	                db_text(told), db_int(claim), db_text(number)),
	        NULL, error);
}

/* For a stranger the source is read, too: else the time would tell that he is none of ours. */
static void send_code(struct casebook *book, const struct config *config, const char *number, int64_t claim,
        const char *from, const struct asking *asking)
{
	struct claim_person nobody = { .person = UINT64_MAX };
	if (!asking->known) {
		code_tell(book, config, from, &nobody);
		return;
	}
	bool sent = code_tell(book, config, from, &asking->person);
	note_told(book, number, claim, sent ? "sent" : "not sent", NULL);
}

static hufu_status which_case(struct casebook *book, const char *number, int64_t *id, bool *drill, hufu_error *error)
{
	struct case_row row = { 0 };
	hufu_status status = case_find(book, number, &row, error);
	*id = row.id;
	*drill = row.drill;
	case_row_done(&row);
	return status;
}

hufu_status claim_ask(struct casebook *book, const struct config *config, const char *number, int64_t claim,
        hufu_view said, const char *from, hufu_error *error)
{
	struct person_found found;
	struct asking asking = { .config = config };
	struct claim_change how = { claim, &asking };
	bool drill = false;
	int64_t id = 0;
	hufu_status status = casebook_may(book, MAY_WORK, error);
	if (!status && !view_trim(said).len)
		status = fail(error, HUFU_USAGE, view_of("claim"), "wants what the caller calls himself by",
		        "his customer number, mobile number, e-mail or identity card number");
	if (!status)
		status = which_case(book, number, &id, &drill, error);
	if (!status)
		status = claimant_find(book, id, said, &found, error);
	if (status)
		return status;
	asking.known = found.found;
	asking.person.person = found.person;
	snprintf(asking.person.code, sizeof asking.person.code, "%08u", randombytes_uniform(100000000));
	status = claim_change(book, number, "claim asked", ask_work, &how, error);
	from = from ? from : config_text(config, "notify.contacts");
	if (!status && from && !drill)
		send_code(book, config, number, claim, from, &asking);
	sodium_memzero(&asking.person, sizeof asking.person);
	return status;
}

/* ---- the code read back ---- */

struct reading_back {
	hufu_view code;
	bool right, spent;
};

static hufu_status back_work(struct change *change, hufu_error *error)
{
	const struct claim_change *how = change->context;
	struct reading_back *back = (struct reading_back *)how->how;
	char digest[CODE_DIGEST_TEXT];
	AUTO_ROWS *rows = NULL;
	hufu_status status = claim_there(change, how->claim, error);
	if (!status)
		status = not_proved(change, how->claim, error);
	if (!status)
		status = db_query(change->book->db,
		        DB_SQL("select code, code_ends, code_tries, person from claims where case_id = ? and seq = ?",
		                db_int(change->case_id), db_int(how->claim)),
		        &rows, error);
	if (status || !db_rows_next(rows))
		return status;
	code_digest(change->book->store, change->case_id, how->claim, back->code, digest);
	back->spent = db_rows_null(rows, 0) || db_rows_int(rows, 1) < change->at || db_rows_int(rows, 2) >= CODE_TRIES;
	back->right = !back->spent && !db_rows_null(rows, 3) && db_rows_view(rows, 0).len == CODE_DIGEST_TEXT - 1 &&
	              !sodium_memcmp(db_rows_text(rows, 0), digest, CODE_DIGEST_TEXT - 1);
	if (back->spent)
		return HUFU_OK;
	/* A try that failed is kept as well: the change must not be rolled back. */
	status = db_run(change->book->db,
	        back->right ? DB_SQL("update claims set proved_at = ?, proved_by = ?, proved_how = 'code', code = null "
	                             "where case_id = ? and seq = ?",
	                              db_int(change->at), db_text(change->book->by), db_int(change->case_id),
	                              db_int(how->claim))
	                    : DB_SQL("update claims set code_tries = code_tries + 1 where case_id = ? and seq = ?",
	                              db_int(change->case_id), db_int(how->claim)),
	        NULL, error);
	if (!status)
		change->body = json_pack("{s:I, s:b}", "claim", (json_int_t)how->claim, "right", back->right);
	return status;
}

hufu_status claim_code(struct casebook *book, const char *number, int64_t claim, hufu_view code, hufu_error *error)
{
	struct reading_back back = { .code = view_trim(code) };
	struct claim_change how = { claim, &back };
	hufu_status status = casebook_may(book, MAY_WORK, error);
	if (!status)
		status = claim_change(book, number, "claim code", back_work, &how, error);
	if (status || back.right)
		return status;
	return back.spent ? fail(error, HUFU_DENIED, view_of("code"), "there is none that is still good",
	                            "ask again: a new code goes to the contact on file")
	                  : fail(error, HUFU_DENIED, view_of("code"), "is not the one that was sent",
	                            "let him read it once more; after five tries a new one is wanted");
}

/* ---- another proof ---- */

/* Without a number typed there is nobody whom the proof could be of. */
static hufu_status was_asked(struct change *change, int64_t claim, hufu_error *error)
{
	int64_t asked = 0;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select count(*) from claims where case_id = ? and seq = ? and asked_at is not null",
	                db_int(change->case_id), db_int(claim)),
	        &asked, NULL, error);
	return status || asked ? status
	                       : fail(error, HUFU_CONFLICT, view_of("claim"), "nobody was looked up for it yet",
	                                 "hufu case claim ID N ask comes first");
}

static hufu_status prove_work(struct change *change, hufu_error *error)
{
	const struct claim_change *how = change->context;
	const char *proof = how->how;
	hufu_status status = claim_there(change, how->claim, error);
	if (!status)
		status = not_proved(change, how->claim, error);
	if (!status)
		status = was_asked(change, how->claim, error);
	if (!status)
		status = db_run(change->book->db,
		        DB_SQL("update claims set proved_at = ?, proved_by = ?, proved_how = ?, code = null where "
		               "case_id = ? and seq = ?",
		                db_int(change->at), db_text(change->book->by), db_text(proof), db_int(change->case_id),
		                db_int(how->claim)),
		        NULL, error);
	if (!status)
		change->body = json_pack("{s:I, s:s}", "claim", (json_int_t)how->claim, "how", proof);
	return status;
}

hufu_status claim_prove(struct casebook *book, const char *number, int64_t claim, const char *how, hufu_error *error)
{
	struct claim_change change = { claim, how };
	hufu_status status = casebook_may(book, MAY_SETTLE, error);
	if (!status && (strlen(how) < HOW_LEAST || strlen(how) > HOW_MOST))
		status =
		        fail(error, HUFU_USAGE, view_of("proof"), "is wanted, of 4 to 500 bytes: the timeline keeps it",
		                "say how he showed who he is, without the number of a document");
	return status ? status : claim_change(book, number, "claim proof", prove_work, &change, error);
}
