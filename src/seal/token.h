/* Tokens: keyed hashes of normalised cells; what hufu knows of a value.
 *
 * token = SipHash-2-4(token key; kind id, form, normal form), its upper 56 bits. The same value gives the same
 * token wherever it stands, so tokens never reach the disk as they are next to their column: the look-up keeps
 * them without a count above LOOKUP_ROWS_MAX, the row store keeps only checks. 0 is the token of an empty cell. */
#ifndef HUFU_SEAL_TOKEN_H
#define HUFU_SEAL_TOKEN_H

#include "base/siphash.h"
#include "ident/ident.h"
#include "seal/key.h"

enum { TOKEN_BITS = 56, TOKEN_FORM_PLAIN = 0 };

/* Scratch for making tokens; one a worker. Owns its buffer. */
struct tokenizer {
	struct siphash_key key;
	char *buffer;
	size_t cap;
};

hufu_status tokenizer_init(struct tokenizer *tokenizer, const struct key *key);
void tokenizer_done(struct tokenizer *tokenizer);

/* Token of a cell read as `kind` (NULL: opaque). A cell that is none of that kind is read as opaque, so that
 * a column of mobiles may hold a landline. An empty cell gives 0. `as_kind` (may be NULL) tells whether the kind held. */
uint64_t token_of(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell, bool *as_kind);

#endif
