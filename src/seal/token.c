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

static uint64_t hash(const struct tokenizer *tokenizer, uint8_t kind, uint8_t form, size_t len)
{
	tokenizer->buffer[0] = (char)kind;
	tokenizer->buffer[1] = (char)form;
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
		return hash(tokenizer, kind->id, FORM_PLAIN, out.len);
	if (cell.len == 0 || cell.len + IDENT_SLACK > out.cap || ident_is_empty(cell))
		return 0;
	out.len = 0;
	ident_opaque(cell, &out);
	return out.len ? hash(tokenizer, 0, FORM_PLAIN, out.len) : 0;
}

uint64_t token_of_shown(
        struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form, hufu_view cell)
{
	struct ident_text out = { tokenizer->buffer + PREFIX, 0, tokenizer->cap - PREFIX };
	if (!form_fits(form, cell))
		return 0;
	ident_opaque(cell, &out);
	return out.len ? hash(tokenizer, kind->id, form->id, out.len) : 0;
}

uint64_t token_of_form(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form,
        hufu_view cell, hufu_view *shown)
{
	char normal[FORM_TEXT_MAX];
	struct ident_text plain = { normal, 0, sizeof normal };
	struct ident_text text = { tokenizer->shown, 0, sizeof tokenizer->shown };
	if (cell.len + IDENT_SLACK > sizeof normal || !kind->normalise(cell, &plain) ||
	        !form_show(form, kind, view_make(normal, plain.len), &text))
		return 0;
	if (shown)
		*shown = view_make(text.ptr, text.len);
	return token_of_shown(tokenizer, kind, form, view_make(text.ptr, text.len));
}
