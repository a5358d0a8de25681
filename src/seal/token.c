/* Makes tokens: normal form behind two bytes that say kind and form, hashed in one go. */
#include "seal/token.h"
#include "table/batch.h"
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 2 };

hufu_status tokenizer_init(struct tokenizer *tokenizer, const struct key *key)
{
	uint8_t bytes[16];
	size_t cap = BATCH_TEXT_MAX + PREFIX + IDENT_SLACK;
	char *buffer = malloc(cap);
	if (!buffer)
		return HUFU_NO_MEMORY;
	key_subkey(key, KEY_TOKEN, bytes, sizeof bytes);
	*tokenizer = (struct tokenizer){ .key = siphash_key(bytes), .buffer = buffer, .cap = cap };
	explicit_bzero(bytes, sizeof bytes);
	return HUFU_OK;
}

void tokenizer_done(struct tokenizer *tokenizer)
{
	if (tokenizer->buffer)
		explicit_bzero(tokenizer->buffer, tokenizer->cap);
	free(tokenizer->buffer);
	*tokenizer = (struct tokenizer){ 0 };
}

static uint64_t hash(const struct tokenizer *tokenizer, uint8_t kind, size_t len)
{
	tokenizer->buffer[0] = (char)kind;
	tokenizer->buffer[1] = TOKEN_FORM_PLAIN;
	uint64_t token = siphash(tokenizer->key, tokenizer->buffer, PREFIX + len) >> (64 - TOKEN_BITS);
	return token ? token : 1; /* 0 says "empty" */
}

uint64_t token_of(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell, bool *as_kind)
{
	struct ident_text out = { tokenizer->buffer + PREFIX, 0, tokenizer->cap - PREFIX };
	bool held = kind && cell.len && kind->normalise(cell, &out);
	if (as_kind)
		*as_kind = held;
	if (held)
		return hash(tokenizer, kind->id, out.len);
	if (cell.len == 0 || cell.len + IDENT_SLACK > out.cap || ident_is_empty(cell))
		return 0;
	out.len = 0;
	ident_opaque(cell, &out);
	return out.len ? hash(tokenizer, 0, out.len) : 0;
}
