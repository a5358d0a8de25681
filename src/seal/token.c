/* Makes tokens: normal form behind two bytes that say kind and form, hashed in one go. */
#include "seal/token.h"
#include "base/siphash_lanes.h"
#include "seal/md5.h"
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 2, SLOT_BYTES = TOKEN_SLOT_WORDS * 8 };

static hufu_status make_room(struct tokenizer *tokenizer, struct siphash_key key)
{
	size_t cap = BATCH_TEXT_MAX + PREFIX + IDENT_SLACK;
	*tokenizer = (struct tokenizer){ .key = key, .buffer = malloc(cap), .cap = cap };
	tokenizer->slots = calloc(TOKEN_BLOCK, sizeof *tokenizer->slots);
	if (tokenizer->buffer && tokenizer->slots)
		return HUFU_OK;
	tokenizer_done(tokenizer);
	return HUFU_NO_MEMORY;
}

hufu_status tokenizer_init(struct tokenizer *tokenizer, const struct key *key)
{
	uint8_t bytes[16];
	key_subkey(key, KEY_TOKEN, bytes, sizeof bytes);
	hufu_status status = make_room(tokenizer, siphash_key(bytes));
	explicit_bzero(bytes, sizeof bytes);
	return status;
}

hufu_status tokenizer_copy(struct tokenizer *tokenizer, const struct tokenizer *from)
{
	return make_room(tokenizer, from->key);
}

void tokenizer_done(struct tokenizer *tokenizer)
{
	if (tokenizer->buffer)
		explicit_bzero(tokenizer->buffer, tokenizer->cap);
	if (tokenizer->slots)
		explicit_bzero(tokenizer->slots, TOKEN_BLOCK * sizeof *tokenizer->slots);
	free(tokenizer->buffer);
	free(tokenizer->slots);
	*tokenizer = (struct tokenizer){ 0 };
}

static uint64_t token_from(uint64_t hash)
{
	uint64_t token = hash >> (64 - TOKEN_BITS);
	return token ? token : 1; /* 0 says "empty" */
}

static uint64_t hash(const struct tokenizer *tokenizer, uint8_t kind, uint8_t form, size_t len)
{
	tokenizer->buffer[0] = (char)kind;
	tokenizer->buffer[1] = (char)form;
	return token_from(siphash(tokenizer->key, tokenizer->buffer, PREFIX + len));
}

uint64_t token_as(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell)
{
	struct ident_text out = { tokenizer->buffer + PREFIX, 0, tokenizer->cap - PREFIX };
	return cell.len && kind->normalise(cell, &out) ? hash(tokenizer, kind->id, FORM_PLAIN, out.len) : 0;
}

uint64_t token_of(struct tokenizer *tokenizer, const struct ident_kind *kind, hufu_view cell, bool *as_kind)
{
	uint64_t token = kind ? token_as(tokenizer, kind, cell) : 0;
	struct ident_text out = { tokenizer->buffer + PREFIX, 0, tokenizer->cap - PREFIX };
	if (as_kind)
		*as_kind = token != 0;
	if (token || cell.len == 0 || cell.len + IDENT_SLACK > out.cap || ident_is_empty(cell))
		return token;
	ident_opaque(cell, &out);
	return out.len ? hash(tokenizer, 0, FORM_PLAIN, out.len) : 0;
}

/* ---- a column at a time ---- */

/* Puts a message into the block, which is `len` bytes behind the prefix: its last word as siphash_last has it. Nothing
 * is read back of what was written a moment ago, piece by piece: that would wait for each piece. */
static void block_add(struct tokenizer *t, uint32_t at, uint8_t kind, uint8_t form, size_t len)
{
	uint8_t *bytes = (uint8_t *)t->slots[at];
	size_t all = PREFIX + len, words = all / 8;
	bytes[0] = kind;
	bytes[1] = form;
	memset(bytes + all, 0, 8);
	bytes[8 * words + 7] = (uint8_t)all;
	t->which[words][t->counts[words]++] = (uint16_t)at;
}

/* Hashes what the block holds; the others' hashes stay as they are. */
static void block_hash(struct tokenizer *t)
{
	for (size_t words = 0; words < TOKEN_SLOT_WORDS; words++)
		if (t->counts[words])
			siphash_slots(t->key, t->slots[0], TOKEN_SLOT_WORDS, t->which[words], t->counts[words],
			        words + 1, t->hashes);
}

static void block_begin(struct tokenizer *t)
{
	memset(t->counts, 0, sizeof t->counts);
}

/* The normal form of a cell in its slot. False when it is empty, or too long for a slot: then *token is its token. */
static bool cell_into_slot(
        struct tokenizer *t, const struct ident_kind *kind, hufu_view cell, uint32_t at, uint64_t *token)
{
	struct ident_text out = { (char *)t->slots[at] + PREFIX, 0, SLOT_BYTES - PREFIX };
	*token = 0;
	if (cell.len == 0)
		return false;
	if (cell.len + IDENT_SLACK + 8 > out.cap) {
		*token = token_of(t, kind, cell, NULL);
		return false;
	}
	bool held = kind && kind->normalise(cell, &out);
	if (!held && ident_is_empty(cell))
		return false;
	if (!held)
		ident_opaque(cell, &out);
	if (out.len)
		block_add(t, at, held ? kind->id : 0, FORM_PLAIN, out.len);
	return out.len > 0;
}

static void block_of_column(struct tokenizer *t, const struct ident_kind *kind, const struct batch *batch,
        uint32_t column, uint32_t first, uint32_t count, uint64_t *out, size_t step)
{
	bool hashed[TOKEN_BLOCK];
	block_begin(t);
	for (uint32_t i = 0; i < count; i++)
		hashed[i] = cell_into_slot(t, kind, batch_cell(batch, column, first + i), i, &out[i * step]);
	block_hash(t);
	for (uint32_t i = 0; i < count; i++)
		if (hashed[i])
			out[i * step] = token_from(t->hashes[i]);
}

void tokens_of_column(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct batch *batch,
        uint32_t column, uint32_t first, uint32_t count, uint64_t *out, size_t step)
{
	for (uint32_t done = 0, now; done < count; done += now) {
		now = count - done < TOKEN_BLOCK ? count - done : TOKEN_BLOCK;
		block_of_column(tokenizer, kind, batch, column, first + done, now, out + done * step, step);
	}
}

/* ---- forms ---- */

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

/* A cell's normal form, when it is of the kind. */
static bool normal_of(const struct ident_kind *kind, hufu_view cell, char out[FORM_TEXT_MAX], size_t *len)
{
	struct ident_text plain = { out, 0, FORM_TEXT_MAX };
	bool held = cell.len + IDENT_SLACK <= FORM_TEXT_MAX && kind->normalise(cell, &plain);
	*len = plain.len;
	return held;
}

static bool shown_into_slot(struct tokenizer *t, const struct ident_kind *kind, const struct form *form, hufu_view cell,
        uint32_t at, uint64_t *token)
{
	char normal[FORM_TEXT_MAX];
	size_t len;
	struct ident_text text = { t->shown, 0, sizeof t->shown };
	struct ident_text out = { (char *)t->slots[at] + PREFIX, 0, SLOT_BYTES - PREFIX };
	*token = 0;
	if (!normal_of(kind, cell, normal, &len) || !form_show(form, kind, view_make(normal, len), &text))
		return false;
	hufu_view shown = view_make(text.ptr, text.len);
	if (!form_fits(form, shown))
		return false;
	if (shown.len + IDENT_SLACK + 8 > out.cap) {
		*token = token_of_shown(t, kind, form, shown);
		return false;
	}
	ident_opaque(shown, &out);
	if (out.len)
		block_add(t, at, kind->id, form->id, out.len);
	return out.len > 0;
}

/* A digest in hex digits is its own normal form. */
static void digest_into_slot(struct tokenizer *t, const struct ident_kind *kind, const struct form *form,
        const struct md5_digest *digest, uint32_t at)
{
	const uint8_t *bytes = (const uint8_t *)digest->words;
	char *to = (char *)t->slots[at] + PREFIX;
	for (size_t i = 0; i < sizeof digest->words; i++) {
		to[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		to[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	block_add(t, at, kind->id, form->id, 2 * sizeof digest->words);
}

/* MD5 of short values is made for a block at a time. False, and nothing done, for a form or a value that is another's.
 */
static bool block_of_md5(struct tokenizer *t, const struct ident_kind *kind, const struct form *form,
        const struct batch *batch, uint32_t column, uint32_t first, uint32_t count, bool *hashed)
{
	struct md5_message messages[TOKEN_BLOCK];
	struct md5_digest digests[TOKEN_BLOCK];
	char text[2 * FORM_TEXT_MAX];
	size_t before = strlen(form->before), len;
	uint32_t made = 0;
	if (!form_is_md5(form))
		return false;
	memcpy(text, form->before, before);
	for (uint32_t i = 0; i < count; i++) {
		hashed[i] = normal_of(kind, batch_cell(batch, column, first + i), text + before, &len);
		if (hashed[i] && before + len > MD5_SHORT_MAX)
			return false;
		if (hashed[i])
			md5_message(&messages[made++], text, before + len);
	}
	md5_digests(messages, made, digests);
	for (uint32_t i = 0, next = 0; i < count; i++)
		if (hashed[i])
			digest_into_slot(t, kind, form, &digests[next++], i);
	explicit_bzero(text, sizeof text);
	return true;
}

static void block_of_form(struct tokenizer *t, const struct ident_kind *kind, const struct form *form,
        const struct batch *batch, uint32_t column, uint32_t first, uint32_t count, uint64_t *out)
{
	bool hashed[TOKEN_BLOCK];
	block_begin(t);
	memset(out, 0, count * sizeof *out);
	if (!block_of_md5(t, kind, form, batch, column, first, count, hashed))
		for (uint32_t i = 0; i < count; i++)
			hashed[i] = shown_into_slot(t, kind, form, batch_cell(batch, column, first + i), i, &out[i]);
	block_hash(t);
	for (uint32_t i = 0; i < count; i++)
		if (hashed[i])
			out[i] = token_from(t->hashes[i]);
}

void tokens_of_form(struct tokenizer *tokenizer, const struct ident_kind *kind, const struct form *form,
        const struct batch *batch, uint32_t column, uint32_t first, uint32_t count, uint64_t *out)
{
	for (uint32_t done = 0, now; done < count; done += now) {
		now = count - done < TOKEN_BLOCK ? count - done : TOKEN_BLOCK;
		block_of_form(tokenizer, kind, form, batch, column, first + done, now, out + done);
	}
}
