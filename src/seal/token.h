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
#include "table/batch.h"

enum {
	TOKEN_BITS = 56,
	TOKEN_BLOCK = 256,     /* cells that are hashed together */
	TOKEN_SLOT_WORDS = 16, /* a normal form and what goes before it, in words; longer ones are hashed alone */
};

/* Scratch for making tokens; one a worker. Owns its buffers. */
struct tokenizer {
	struct siphash_key key;
	char *buffer;
	size_t cap;
	char shown[2 * FORM_TEXT_MAX];       /* a value as a form shows it */
	uint64_t (*slots)[TOKEN_SLOT_WORDS]; /* [TOKEN_BLOCK]: normal forms of a block */
	uint64_t hashes[TOKEN_BLOCK];
	uint16_t which[TOKEN_SLOT_WORDS + 1][TOKEN_BLOCK]; /* by length in words: their places in the block */
	uint16_t counts[TOKEN_SLOT_WORDS + 1];
};

hufu_status tokenizer_init(struct tokenizer *tokenizer, const struct key *key);
/* Another worker's, with the same key. */
hufu_status tokenizer_copy(struct tokenizer *tokenizer, const struct tokenizer *from);
void tokenizer_done(struct tokenizer *tokenizer);

/* Token of a cell read as `kind` (NULL: opaque). A cell that is none of that kind is read as opaque, so that
 * a column of mobiles may hold a landline. An empty cell gives 0. `as_kind` (may be NULL) tells whether the kind held.
 */
uint64_t token_of(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell, bool *as_kind);
/* The same of a cell that is of that kind; 0 when it is not. */
uint64_t token_as(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell);

/* The tokens of a column's cells in `count` rows of a batch from row `first` on, as token_of gives them; out[i * step]
 * is that of row first + i. Several times as fast as one by one. */
void tokens_of_column(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct batch *batch,
        uint32_t column, uint32_t first, uint32_t count, uint64_t *out, size_t step);

/* The same of plain cells shown in a form, as token_of_form gives them; out[i] is that of row first + i. */
void tokens_of_form(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form,
        const struct batch *batch, uint32_t column, uint32_t first, uint32_t count, uint64_t *out);

/* Token of a value of `kind` shown in a form; 0 when the cell does not look like it. */
uint64_t token_of_shown(
        struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form, hufu_view cell);
/* Token that a plain cell has when shown in a form; 0 when it is none of the kind. `shown` (may be NULL) views the
 * shown text until the next call. */
uint64_t token_of_form(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form,
        hufu_view cell, hufu_view *shown);

#endif
