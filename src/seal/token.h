/* Tokens: keyed hashes of normalised cells; what hufu knows of a value.
 *
 * token = SipHash-2-4(token key; kind id, form, normal form), its upper 56 bits. The same value gives the same
 * token wherever it stands, so tokens never reach the disk as they are next to their column: the look-up keeps
 * them without a count above LOOKUP_ROWS_MAX, the row store keeps only checks. 0 is the token of an empty cell. */
#ifndef HUFU_SEAL_TOKEN_H
#define HUFU_SEAL_TOKEN_H

#include "base/siphash.h"
#include "ident/ident.h"
#include "seal/form.h"
#include "seal/key.h"

enum { TOKEN_BITS = 56 };

/* Scratch for making tokens; one a worker. Owns its buffer. */
struct tokenizer {
	struct siphash_key key;
	char *buffer;
	size_t cap;
	char shown[2 * FORM_TEXT_MAX]; /* a value as a form shows it */
};

hufu_status tokenizer_init(struct tokenizer *tokenizer, const struct key *key);
void tokenizer_done(struct tokenizer *tokenizer);

/* Token of a cell read as `kind` (NULL: opaque). A cell that is none of that kind is read as opaque, so that
 * a column of mobiles may hold a landline. An empty cell gives 0. `as_kind` (may be NULL) tells whether the kind held.
 */
uint64_t token_of(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell, bool *as_kind);

/* Token of a value of `kind` shown in a form; 0 when the cell does not look like it. */
uint64_t token_of_shown(
        struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form, hufu_view cell);
/* Token that a plain cell has when shown in a form; 0 when it is none of the kind. `shown` (may be NULL) views the
 * shown text until the next call. */
uint64_t token_of_form(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form,
        hufu_view cell, hufu_view *shown);

#endif
