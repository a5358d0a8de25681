/* Inside the room: a claim's row, and how one is changed. */
#ifndef HUFU_CLAIM_INSIDE_H
#define HUFU_CLAIM_INSIDE_H

#include "case/book.h"
#include "claim/claim.h"
#include "notify/inside.h"

enum { CODE_DIGITS = 8, CODE_TRIES = 5 };

/* What a change of a claim is about; its `work` finds the claim by number and must not be told of another. */
struct claim_change {
	int64_t claim; /* its number within the case */
	const void *how;
};

/* One change of a claim of an open case, on the timeline as `what`. */
hufu_status claim_change(struct casebook *book, const char *number, const char *what,
        hufu_status (*work)(struct change *change, hufu_error *error), struct claim_change *how, hufu_error *error);
/* HUFU_USAGE when the case has no claim of that number; `state` (may be NULL) is freed by the caller. */
hufu_status claim_there(struct change *change, int64_t claim, hufu_error *error);
/* One of a list of words that ends in NULL. */
bool claim_word(const char *const *words, const char *word);
hufu_status claim_word_wrong(
        const char *const *words, const char *word, const char *what, const char *todo, hufu_error *error);

/* The code's keyed digest, so that the database does not hold it. */
enum { CODE_DIGEST_TEXT = 65 };
void code_digest(const struct store *store, int64_t case_id, int64_t claim, hufu_view code, char out[CODE_DIGEST_TEXT]);

/* A caller who is known, and his code; wipe it. */
struct claim_person {
	uint64_t person; /* as src/case/people.h calls him */
	char code[12];
};
/* Sends it to the contact that "DATASET=SOURCE" has of him; whether it left (tell.c). */
bool code_tell(struct casebook *book, const struct config *config, const char *from, const struct claim_person *person);

/* ---- who somebody is (find.c) ---- */

struct person_found {
	bool found;
	uint64_t person; /* as src/case/people.h calls him */
};
/* By what he calls himself: a number of a person column, or a value of a kind that is one human's. Nobody, or several:
 * not found. */
hufu_status claimant_find(
        struct casebook *book, int64_t case_id, hufu_view said, struct person_found *out, hufu_error *error);

#endif
