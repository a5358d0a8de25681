/* Decoys: invented twins of leaked records, to measure what links by chance.
 *
 * A twin's identifiers are other valid values of their kinds with the same prefix, its running numbers others of their
 * shape, and its other cells come from another record. It is linked as the record would be; what links there is chance.
 */
#include "base/team.h"
#include "match/trial.h"
#include <stdlib.h>

enum { RUNNING_DIGITS = 3, TRIES = 1200, TWIN_TEXT_MAX = 512, TWIN_PIECE = 64 };

/* splitmix64 (Steele, Lea, Flood 2014), seeded from the leak's digest and the record's place: a run can be repeated. */
static uint64_t dice(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Bytes that stay, and the place of the check character, by kind; kinds without a line keep three. */
static const struct {
	const char *kind;
	size_t keep;
	int check;
} rules[] = { { "mobile", 3, -1 }, { "resident_id", 14, 17 }, { "vin", 11, 8 }, { "plate", 4, -1 },
	{ "bank_card", 6, -2 }, { "uscc", 8, 17 } };

static char other_char(char c, uint64_t *state)
{
	if (c >= '0' && c <= '9')
		return (char)('0' + dice(state) % 10);
	if (c >= 'A' && c <= 'Z')
		return (char)('A' + dice(state) % 26);
	return c >= 'a' && c <= 'z' ? (char)('a' + dice(state) % 26) : c;
}

/* Other characters of the same classes from `keep` to `end`. */
static void scramble(char *text, size_t keep, size_t end, uint64_t *state)
{
	for (size_t i = keep; i < end; i++)
		text[i] = other_char(text[i], state);
}

/* Tries check characters until the kind takes the value. */
static bool settle_check(const struct ident_kind *kind, char *text, size_t len, int check, uint64_t *state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	char scratch[TWIN_TEXT_MAX + IDENT_SLACK];
	size_t at = check < 0 ? len - 1 : (size_t)check;
	for (int i = 0; i < TRIES; i++) {
		struct ident_text out = { scratch, 0, sizeof scratch };
		if (kind->normalise(view_make(text, len), &out))
			return true;
		if (at < len && check != -1)
			text[at] = alphabet[(size_t)i % (sizeof alphabet - 1)];
		/* A second check inside: move on once every character has been tried. */
		if (at < len && i % 31 == 30 && at > 0)
			text[at - 1] = other_char(text[at - 1], state);
	}
	return false;
}

static bool twin_of_kind(const struct ident_kind *kind, char *text, size_t len, uint64_t *state)
{
	const char *at = memchr(text, '@', len);
	size_t keep = 3;
	int check = -1;
	for (size_t i = 0; i < LEN(rules); i++)
		if (!strcmp(kind->name, rules[i].kind)) {
			keep = rules[i].keep;
			check = rules[i].check;
		}
	/* A mail keeps its provider, not its name. */
	scramble(text, at ? 0 : keep, at ? (size_t)(at - text) : len, state);
	return settle_check(kind, text, len, check, state);
}

/* A twin of a cell as it is read; false where there is none to be made (names, words): another record's cell serves
 * then. */
static bool twin_cell(
        const struct ident_kind *kind, const struct form *form, hufu_view cell, uint64_t *state, struct ident_text *out)
{
	char normal[TWIN_TEXT_MAX];
	struct ident_text text = { normal, 0, sizeof normal };
	size_t digits = 0;
	if (cell.len + IDENT_SLACK > sizeof normal || (kind && kind->loose))
		return false;
	/* A damaged identifier is a number like any other: another record's would be one of ours. */
	bool shaped = kind && !form && kind->normalise(cell, &text);
	if (!shaped)
		ident_opaque(cell, &text);
	for (size_t i = 0; i < text.len; i++)
		digits += normal[i] >= '0' && normal[i] <= '9';
	if (form)
		scramble(normal, form->digest ? 0 : 3, text.len, state);
	else if (shaped ? !twin_of_kind(kind, normal, text.len, state) : digits * 2 < text.len)
		return false;
	/* A running number: its last digits, since whoever counts up stays near. */
	for (size_t i = text.len, changed = 0; !shaped && !form && i-- > 0 && changed < RUNNING_DIGITS;)
		if (normal[i] >= '0' && normal[i] <= '9') {
			normal[i] = other_char(normal[i], state);
			changed++;
		}
	memcpy(out->ptr, normal, text.len);
	out->len = text.len;
	return true;
}

/* The twin's tokens under every reading, and behind them the record's own. */
static bool twin_record(
        const struct part_match *part, struct tokenizer *tokenizer, uint32_t row, uint64_t state, struct record *out)
{
	char text[TWIN_TEXT_MAX];
	const struct batch *batch = part->batch;
	uint32_t rows = batch->rows - part->first;
	size_t planes = (size_t)part->columns * part->kind_count;
	struct record twin = { .row = row, .tokens = calloc(planes * 2, sizeof *twin.tokens) };
	if (!twin.tokens)
		return false;
	for (uint32_t j = 0; j < part->columns; j++) {
		/* Each from another record, or together they would be that record. */
		uint32_t other = part->first +
		                 (row - part->first + 1 + (uint32_t)(dice(&state) % (rows > 1 ? rows - 1 : 1))) % rows;
		hufu_view cell = batch_cell(batch, j, row);
		uint64_t *tokens = twin.tokens + (size_t)j * part->kind_count;
		/* What is empty stays so: another's mobile would be one of ours. */
		bool empty = ident_is_empty(cell);
		if (rows > 1 && !empty)
			cell_readings(part, tokenizer, batch_cell(batch, j, other), tokens);
		for (uint32_t k = 0; !empty && k < part->kind_count; k++) {
			struct ident_text made = { text, 0, sizeof text };
			if (part->probe[(size_t)j * part->kind_count + k] &&
			        twin_cell(part->kinds[k], part->forms[k], cell, &state, &made))
				tokens[k] = reading_token(part, tokenizer, k, view_make(text, made.len));
		}
		cell_readings(part, tokenizer, cell, tokens + planes);
	}
	*out = twin;
	return true;
}

struct twinning {
	struct part_match *part;
	size_t pieces;
};

static void piece_twin(void *user, size_t piece, unsigned worker)
{
	const struct twinning *twinning = user;
	struct part_match *part = twinning->part;
	struct tokenizer *tokenizer = &part->matcher->scratches[worker].tokenizer;
	for (size_t at = piece; at < part->decoy_count; at += twinning->pieces) {
		struct decoy *decoy = &part->decoys[at];
		if (!decoy->due)
			continue;
		free(decoy->twin.tokens);
		decoy->twin.tokens = NULL;
		decoy->due = !twin_record(part, tokenizer, decoy->row, decoy->state, &decoy->twin);
	}
}

/* A reservoir (Vitter 1985): every record of the part is as likely to have its twin in it as any other. Twins are made
 * when the batch's records have all been drawn: of many in one place the last. */
void decoys_take(struct part_match *part, uint32_t from, uint32_t to)
{
	size_t due = 0;
	struct twinning twinning = { .part = part };
	for (uint32_t row = from; row < to; row++) {
		uint64_t state = part->matcher->options.seed ^ part->decoys_seen++ * 0xD1B54A32D192ED03u;
		size_t at = part->decoy_count < part->decoy_cap ? part->decoy_count : dice(&state) % part->decoys_seen;
		if (at >= part->decoy_cap)
			continue;
		part->decoys[at].due = true;
		part->decoys[at].row = row;
		part->decoys[at].state = state;
		part->decoy_count += at == part->decoy_count;
		due++;
	}
	twinning.pieces = due / TWIN_PIECE + (due > 0);
	team_run(twinning.pieces, piece_twin, &twinning);
	for (size_t at = 0; due && at < part->decoy_count; at++)
		part->matcher->no_memory |= part->decoys[at].due;
}

double decoys_share(struct part_match *part, struct trial *trial)
{
	size_t linked = 0, others = 0, planes = (size_t)part->columns * part->kind_count;
	for (size_t i = 0; i < part->decoy_count && trial->learnt; i++) {
		const struct record own = { .tokens = part->decoys[i].twin.tokens + planes };
		if (record_would_link(part, trial, &own))
			continue;
		others++;
		linked += record_would_link(part, trial, &part->decoys[i].twin);
	}
	/* One more that does not link: of two twins, one that does is no half. */
	return (double)linked / (double)(others + 1);
}
