/* The claims desk: what people ask, complain of and claim after an incident, who they are to the leak, what was
 * decided. The room's door.
 *
 * Somebody who calls says a number of his own (customer number, mobile, e-mail). Whoever sits at the desk types it and
 * is told nothing: neither whether such a person exists nor whether he is in the leak. A code goes to the contact that
 * we have on file, and only who reads it back has shown who he is; then the kinds of data found of him are shown. Each
 * look-up is counted against its operator's day and stands on the timeline, without the number that was typed.
 *
 * A claim is named by its number within the case. JSON objects that are handed out belong to the caller. */
#ifndef HUFU_CLAIM_CLAIM_H
#define HUFU_CLAIM_CLAIM_H

#include "case/case.h"

struct claim_taken {
	const char *kind;    /* question, feedback, complaint, claim */
	const char *channel; /* telephone, letter, mail, counter, other */
	const char *note;    /* what it is about, without names and numbers; may be NULL */
	const char *at;      /* when it came, a date or RFC 3339; NULL: now */
	const char *file;    /* the letter or mail itself, which goes into the vault as evidence; may be NULL */
};
/* `out`: the claim, as claim_show has it. */
hufu_status claim_take(
        struct casebook *book, const char *number, const struct claim_taken *taken, json_t **out, hufu_error *error);

/* Whose it is: `said` is what he calls himself by. Answers the same whatever was found. A person who is known has a
 * code made for him, valid for claim.code_valid, which goes to the contact that `from` ("DATASET=SOURCE"; NULL: the
 * setting notify.contacts) has of him; not in a drill. Whether it left is kept with the claim, and not said.
 * HUFU_LIMIT: claim.daily_max is reached. */
hufu_status claim_ask(struct casebook *book, const struct config *config, const char *number, int64_t claim,
        hufu_view said, const char *from, hufu_error *error);

/* The code that he read back. HUFU_DENIED: it is not that one, or there is none; five tries, then a new one is wanted.
 */
hufu_status claim_code(struct casebook *book, const char *number, int64_t claim, hufu_view code, hufu_error *error);
/* He showed in another way who he is, such as an identity card at the counter: how, for the timeline. Takes
 * MAY_SETTLE. */
hufu_status claim_prove(struct casebook *book, const char *number, int64_t claim, const char *how, hufu_error *error);

struct claim_decision {
	const char *state;             /* accepted, partly, rejected, withdrawn, paid, or open again */
	const char *amount, *currency; /* decimal text and three letters; both or none */
	const char *why;
};
hufu_status claim_decide(struct casebook *book, const char *number, int64_t claim,
        const struct claim_decision *decision, hufu_error *error);

/* {"n", "kind", "channel", "at", "by", "note", "state", "proved" {at, by, how} or null, "in_leak" (null until proved),
 * "kinds" [] (of a proved one), "decided" {at, by, amount, currency, why} or null}. */
hufu_status claim_show(struct casebook *book, const char *number, int64_t claim, json_t **out, hufu_error *error);
hufu_status claim_list(struct casebook *book, const char *number, json_t **out, hufu_error *error);
/* {"claims", "by_kind" {}, "by_state" {}, "in_leak", "not_in_leak", "unproved", "amounts" {currency: sum}} of a case.
 */
hufu_status claim_counts(struct casebook *book, const char *number, json_t **out, hufu_error *error);
/* What was sent to a person, and what he asked and was given: {"case", "person", "notices" [{"version", "at", "state",
 * "channel", "message"}], "claims" [{"n", "at", "kind", "channel", "state", "decided_at", "amount", "currency"}]}.
 * `person`: the 16 hex digits by which notices call him, or the number of a claim whose person is proved. */
hufu_status claim_ledger(
        struct casebook *book, const char *number, const char *person, json_t **out, hufu_error *error);
/* All claims of a case as XLSX, to a new file of mode 0600; every cell is a text or a number, none a formula. */
hufu_status claim_export(struct casebook *book, const char *number, const char *path, hufu_error *error);

#endif
