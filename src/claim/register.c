/* The register: claims as they come in, and what was decided. */
#include "base/clock.h"
#include "claim/inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const kinds[] = { "question", "feedback", "complaint", "claim", NULL };
static const char *const channels[] = { "telephone", "letter", "mail", "counter", "other", NULL };
static const char *const states[] = { "open", "accepted", "partly", "rejected", "withdrawn", "paid", NULL };

enum { NOTE_MAX = 4000, AMOUNT_DIGITS_MAX = 15 };

bool claim_word(const char *const *words, const char *word)
{
	for (size_t i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

hufu_status claim_change(struct casebook *book, const char *number, const char *what,
        hufu_status (*work)(struct change *change, hufu_error *error), struct claim_change *how, hufu_error *error)
{
	struct change change = { .what = what, .work = work, .context = how };
	return case_change_open(book, number, &change, error);
}

hufu_status claim_there(struct change *change, int64_t claim, hufu_error *error)
{
	int64_t count = 0;
	char typed[24];
	snprintf(typed, sizeof typed, "%lld", (long long)claim);
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select count(*) from claims where case_id = ? and seq = ?", db_int(change->case_id),
	                db_int(claim)),
	        &count, NULL, error);
	return status || count ? status
	                       : fail(error, HUFU_USAGE, view_of(typed), "is the number of no claim of this case",
	                                 "hufu case claim ID lists them with their numbers");
}

/* ---- a new one ---- */

struct taking {
	const struct claim_taken *taken;
	int64_t at; /* when it came; 0: now */
	int64_t claim;
	struct vault_object object;
	const char *name; /* of its file; NULL: none */
};

static hufu_status taking_check(
        const struct casebook *book, const struct claim_taken *taken, int64_t *at, hufu_error *error)
{
	hufu_view note = view_of(taken->note ? taken->note : "");
	if (!claim_word(kinds, taken->kind))
		return fail(error, HUFU_USAGE, view_of(taken->kind), "is no kind of claim",
		        "say question, feedback, complaint or claim");
	if (!claim_word(channels, taken->channel))
		return fail(error, HUFU_USAGE, view_of(taken->channel), "is no way in which a claim comes",
		        "say telephone, letter, mail, counter or other");
	if (note.len > NOTE_MAX)
		return fail(error, HUFU_USAGE, view_of("note"), "is longer than 4000 bytes",
		        "keep it short; the letter itself goes in with --file");
	*at = 0;
	hufu_status status = taken->at ? clock_parse(view_of(taken->at), book->store->zone, at, error) : HUFU_OK;
	if (!status && *at > clock_now() + 86400)
		status = fail(error, HUFU_USAGE, view_of(taken->at), "lies in the future", "say when it came");
	return status;
}

static hufu_status taking_insert(struct change *change, const struct taking *taking, hufu_error *error)
{
	const struct claim_taken *taken = taking->taken;
	return db_run(change->book->db,
	        DB_SQL("insert into claims (case_id, seq, kind, channel, received_at, by, note, file_sha256) values "
	               "(?, ?, ?, ?, ?, ?, ?, ?)",
	                db_int(change->case_id), db_int(taking->claim), db_text(taken->kind), db_text(taken->channel),
	                db_int(taking->at ? taking->at : change->at), db_text(change->book->by), db_text(taken->note),
	                db_text(taking->name ? taking->object.sha256 : NULL)),
	        NULL, error);
}

static hufu_status taking_work(struct change *change, hufu_error *error)
{
	struct taking *taking = (struct taking *)((struct claim_change *)change->context)->how;
	json_t *file = taking->name ? json_object() : NULL;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select coalesce(max(seq), 0) from claims where case_id = ?", db_int(change->case_id)),
	        &taking->claim, NULL, error);
	taking->claim++;
	if (!status && file)
		status = evidence_note(change, &taking->object, taking->name, "claim", file, error);
	if (!status)
		status = taking_insert(change, taking, error);
	if (!status)
		change->body = json_pack("{s:I, s:s, s:s, s:O*}", "claim", (json_int_t)taking->claim, "kind",
		        taking->taken->kind, "channel", taking->taken->channel, "file", file);
	json_decref(file);
	return status;
}

static hufu_status taking_file(struct casebook *book, struct taking *taking, hufu_error *error)
{
	const char *path = taking->taken->file;
	if (!path)
		return HUFU_OK;
	const char *slash = strrchr(path, '/');
	taking->name = slash ? slash + 1 : path;
	return vault_put_file(book->vault, path, &taking->object, error);
}

hufu_status claim_take(
        struct casebook *book, const char *number, const struct claim_taken *taken, json_t **out, hufu_error *error)
{
	struct taking taking = { .taken = taken };
	struct claim_change how = { .how = &taking };
	hufu_status status = casebook_may(book, MAY_WORK, error);
	if (!status)
		status = taking_check(book, taken, &taking.at, error);
	if (!status)
		status = case_is_open(book, number, error);
	if (!status)
		status = taking_file(book, &taking, error);
	if (!status)
		status = claim_change(book, number, "claim", taking_work, &how, error);
	return status ? status : claim_show(book, number, taking.claim, out, error);
}

/* ---- a decision ---- */

/* "1200" or "1200.50": no sign, no exponent, two decimals at most. */
static bool is_amount(const char *text)
{
	size_t whole = strspn(text, "0123456789");
	const char *rest = text + whole;
	if (!whole || whole > AMOUNT_DIGITS_MAX)
		return false;
	if (!*rest)
		return true;
	size_t cents = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
	return cents >= 1 && cents <= 2 && !rest[1 + cents];
}

static bool is_currency(const char *text)
{
	return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static hufu_status decision_check(const struct claim_decision *decision, hufu_error *error)
{
	if (!claim_word(states, decision->state))
		return fail(error, HUFU_USAGE, view_of(decision->state), "is no state of a claim",
		        "say accepted, partly, rejected, withdrawn, paid or open");
	if (!decision->why || !decision->why[0] || strlen(decision->why) > NOTE_MAX)
		return fail(error, HUFU_USAGE, view_of("why"), "is wanted, of 4000 bytes at most",
		        "say on what it was decided, without names and numbers");
	if (!decision->amount != !decision->currency)
		return fail(error, HUFU_USAGE, view_of("amount"), "wants its currency, and a currency its amount",
		        "--amount 200 --currency CNY");
	if (decision->amount && !is_amount(decision->amount))
		return fail(
		        error, HUFU_USAGE, view_of(decision->amount), "is no amount", "write it as 1200 or 1200.50");
	if (decision->currency && !is_currency(decision->currency))
		return fail(error, HUFU_USAGE, view_of(decision->currency), "is no currency",
		        "three capital letters, as CNY");
	return HUFU_OK;
}

static hufu_status decide_work(struct change *change, hufu_error *error)
{
	const struct claim_change *how = change->context;
	const struct claim_decision *decision = how->how;
	bool open = !strcmp(decision->state, "open");
	hufu_status status = claim_there(change, how->claim, error);
	if (!status)
		status = db_run(change->book->db,
		        DB_SQL("update claims set state = ?, amount = ?, currency = ?, decided_at = ?, decided_by = ?, "
		               "why = ? where case_id = ? and seq = ?",
		                db_text(decision->state), db_text(open ? NULL : decision->amount),
		                db_text(open ? NULL : decision->currency), open ? db_null() : db_int(change->at),
		                db_text(open ? NULL : change->book->by), db_text(open ? NULL : decision->why),
		                db_int(change->case_id), db_int(how->claim)),
		        NULL, error);
	if (!status)
		change->body = json_pack("{s:I, s:s, s:s*, s:s*, s:s}", "claim", (json_int_t)how->claim, "state",
		        decision->state, "amount", decision->amount, "currency", decision->currency, "why",
		        decision->why);
	return status;
}

hufu_status claim_decide(struct casebook *book, const char *number, int64_t claim,
        const struct claim_decision *decision, hufu_error *error)
{
	struct claim_change how = { claim, decision };
	hufu_status status = casebook_may(book, MAY_SETTLE, error);
	if (!status)
		status = decision_check(decision, error);
	return status ? status : claim_change(book, number, "claim decision", decide_work, &how, error);
}
