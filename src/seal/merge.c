/* Merges old rows and a draft's, row by row (rowmerge.c).
 *
 * The numbers' range is cut into pieces, which several workers take; a piece's rows go to memory, and the pieces are
 * written in their order. Checks, of which there are most, are made for a whole piece at once. */
#include "seal/merge.h"
#include "base/siphash_lanes.h"
#include "base/team.h"
#include <stdlib.h>

enum { PIECE_ROWS = 16384, PIECE_BITS_MAX = 12, WAVE = 4 /* pieces a worker between two writes */, CHECK_ROWS = 64 };

struct merge {
	struct weave *w;
	struct hand *hands; /* [workers] */
	struct piece *pieces;
	size_t count, from; /* from: the wave's first */
	unsigned bits;
	struct bytes *records; /* [wave]: memory stays from one wave to the next */
};

/* ---- checks ---- */

/* The checks of some rows of the draft, in its order: the arrays that the lanes want are laid out first. */
static void check_rows(struct hand *h, size_t from, size_t count, uint16_t *out)
{
	const struct draft *draft = h->w->draft;
	size_t width = draft->width, cells = count * width;
	for (size_t i = 0; i < count; i++) {
		const uint64_t *tokens = draft_row(draft, draft->order[from + i].value);
		for (size_t c = 0; c < width; c++) {
			h->words[0][i * width + c] = TOKEN_VALUE(tokens[c]);
			h->words[1][i * width + c] = draft->order[from + i].key;
		}
	}
	siphash_arrays(siphash_begin(h->w->check_key), 0, (const uint64_t *const *)h->words, 3, cells, h->hashes);
	for (size_t i = 0; i < cells; i++)
		out[i] = (uint16_t)h->hashes[i];
}

static bool check_piece(struct hand *h)
{
	const struct draft *draft = h->w->draft;
	const struct piece *piece = h->piece;
	size_t rows = piece->draft_to - piece->draft_from, need = rows * draft->width + 1;
	if (need > h->check_cap) {
		free(h->checks);
		h->check_cap = need;
		h->checks = malloc(need * sizeof *h->checks);
		if (!h->checks)
			return false;
	}
	for (size_t at = 0, now; at < rows; at += now) {
		now = rows - at < CHECK_ROWS ? rows - at : CHECK_ROWS;
		/* The rows lie anywhere: the next block's are asked for while this one's are hashed. */
		for (size_t i = at + now; i < rows && i < at + 2 * CHECK_ROWS; i++) {
			const uint64_t *tokens = draft_row(draft, draft->order[piece->draft_from + i].value);
			for (size_t c = 0; c < draft->width; c += 8)
				__builtin_prefetch(tokens + c);
		}
		check_rows(h, piece->draft_from + at, now, h->checks + at * draft->width);
	}
	return true;
}

/* ---- a piece ---- */

static void piece_merge(struct hand *h)
{
	const struct draft *draft = h->w->draft;
	const struct piece *piece = h->piece;
	uint64_t o = piece->old_from;
	size_t d = piece->draft_from;
	while ((o < piece->old_to || d < piece->draft_to) && !h->failed) {
		const uint8_t *old = o < piece->old_to ? old_record(h, o) : NULL;
		if (h->failed)
			return;
		uint64_t here = d < piece->draft_to ? draft->order[d].key : UINT64_MAX,
		         there = old ? le64(old) : UINT64_MAX;
		uint32_t row = d < piece->draft_to ? (uint32_t)draft->order[d].value : 0;
		const uint16_t *checks = h->checks + (d - piece->draft_from) * draft->width;
		if (old && d < piece->draft_to && there == here) {
			emit_both(h, (uint32_t)o++, row, checks);
			d++;
		} else if (old && (there < here || d == piece->draft_to)) {
			emit_old(h, (uint32_t)o++);
		} else {
			emit_fresh(h, here, row, checks);
			d++;
		}
	}
}

static void piece_make(void *user, size_t number, unsigned worker)
{
	struct merge *merge = user;
	struct hand *h = &merge->hands[worker];
	struct piece *piece = &merge->pieces[merge->from + number];
	struct bytes *records = &merge->records[number];
	size_t len = ((size_t)piece->rows + 1) * merge->w->stride;
	records->len = 0;
	h->piece = piece;
	h->record = (uint8_t *)bytes_room(records, len);
	h->row = piece->base;
	h->failed |= !h->record || !check_piece(h);
	if (h->record)
		memset(h->record, 0, len);
	if (!h->failed)
		piece_merge(h);
	h->failed |= piece->log.failed;
}

/* ---- pieces ---- */

/* Where the first number of a piece, or a greater one, stands. */
static size_t draft_search(const struct draft *draft, uint64_t number)
{
	size_t low = 0, high = draft->rows;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (draft->order[middle].key < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t old_search(struct hand *h, uint64_t number)
{
	uint64_t low = 0, high = h->w->old ? h->w->old->meta.rows : 0;
	while (low < high && !h->failed) {
		uint64_t middle = low + (high - low) / 2;
		const uint8_t *at = old_record(h, middle);
		if (at && le64(at) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Counts the rows that a piece will have: those of both, the common ones once. */
static void piece_count(void *user, size_t number, unsigned worker)
{
	struct merge *merge = user;
	struct hand *h = &merge->hands[worker];
	struct piece *piece = &merge->pieces[number];
	const struct radix_item *order = merge->w->draft->order;
	size_t both = 0, d = piece->draft_from;
	for (uint64_t o = piece->old_from; o < piece->old_to && d < piece->draft_to; o++) {
		const uint8_t *old = old_record(h, o);
		if (!old)
			return;
		while (d < piece->draft_to && order[d].key < le64(old))
			d++;
		both += d < piece->draft_to && order[d].key == le64(old);
	}
	piece->rows = (uint32_t)(piece->old_to - piece->old_from + piece->draft_to - piece->draft_from - both);
}

static void pieces_cut(struct merge *merge)
{
	struct weave *w = merge->w;
	struct hand *h = &merge->hands[0];
	for (size_t i = 0; i < merge->count; i++) {
		struct piece *piece = &merge->pieces[i];
		bool last = i + 1 == merge->count;
		uint64_t next = last ? 0 : (uint64_t)(i + 1) << (64 - merge->bits);
		piece->draft_from = i ? piece[-1].draft_to : 0;
		piece->old_from = i ? piece[-1].old_to : 0;
		piece->draft_to = last ? w->draft->rows : draft_search(w->draft, next);
		piece->old_to = last ? (w->old ? w->old->meta.rows : 0) : old_search(h, next);
	}
	team_run(merge->count, piece_count, merge);
	for (size_t i = 0; i < merge->count; i++) {
		merge->pieces[i].base = w->rows;
		w->rows += merge->pieces[i].rows;
	}
}

static void piece_write(struct merge *merge, struct piece *piece, const struct bytes *records)
{
	struct weave *w = merge->w;
	rows_out_add(&w->out, (const uint8_t *)records->ptr, piece->rows, bytes_view(&piece->log));
	w->outcome->fresh += piece->fresh;
	w->outcome->changed += piece->changed;
	w->outcome->gone += piece->gone;
	bytes_done(&piece->log);
}

static bool hand_failed(const struct merge *merge)
{
	bool failed = false;
	for (unsigned i = 0; i < team_size(); i++)
		failed |= merge->hands[i].failed;
	return failed;
}

static void pieces_make(struct merge *merge)
{
	struct weave *w = merge->w;
	size_t wave = (size_t)WAVE * team_size();
	for (merge->from = 0; merge->from < merge->count && !hand_failed(merge) && !w->writer.status;
	        merge->from += wave) {
		size_t count = merge->count - merge->from < wave ? merge->count - merge->from : wave;
		team_run(count, piece_make, merge);
		for (size_t i = 0; i < count && !hand_failed(merge); i++)
			piece_write(merge, &merge->pieces[merge->from + i], &merge->records[i]);
		weave_tell(w, 0, 0.4, (double)merge->from, (double)merge->count);
	}
}

/* ---- all rows ---- */

static bool hand_init(struct hand *h, struct weave *w)
{
	size_t cells = (size_t)CHECK_ROWS * w->draft->width + 1;
	*h = (struct hand){ .w = w };
	if (w->old)
		h->old = *w->old;
	for (int i = 0; i < 3; i++)
		h->words[i] = malloc(cells * sizeof *h->words[i]);
	h->hashes = malloc(cells * sizeof *h->hashes);
	h->present = calloc(w->snapshots + 1, 1);
	h->domain = calloc(2 * w->snapshots + 1, 1);
	h->values = calloc(w->snapshots + 1, sizeof *h->values);
	if (!h->words[0] || !h->words[1] || !h->words[2] || !h->hashes || !h->present || !h->domain || !h->values)
		return false;
	for (size_t i = 0; i < w->draft->column_count; i++) {
		const struct draft_column *column = &w->draft->columns[i];
		for (size_t row = 0; column->target >= 0 && row < CHECK_ROWS; row++)
			h->words[2][row * w->draft->width + column->at] = w->meta->columns[column->target].tag;
	}
	return true;
}

static void hand_done(struct hand *h)
{
	if (h->w && h->w->old && h->old.file.damaged)
		h->w->old->file.damaged = true;
	for (int i = 0; i < 3; i++)
		free(h->words[i]);
	free(h->hashes);
	free(h->checks);
	free(h->present);
	free(h->domain);
	free(h->values);
	free(h->log);
}

static unsigned bits_for(uint64_t rows)
{
	unsigned bits = 0;
	while (bits < PIECE_BITS_MAX && rows >> bits > PIECE_ROWS)
		bits++;
	return bits;
}

hufu_status merge_rows(struct weave *w)
{
	uint64_t rows = (w->old ? w->old->meta.rows : 0) + w->draft->rows;
	struct merge merge = { .w = w, .bits = bits_for(rows) };
	merge.count = (size_t)1 << merge.bits;
	merge.pieces = calloc(merge.count, sizeof *merge.pieces);
	merge.hands = calloc(team_size(), sizeof *merge.hands);
	merge.records = calloc((size_t)WAVE * team_size(), sizeof *merge.records);
	bool good = merge.pieces && merge.hands && merge.records;
	for (unsigned i = 0; good && i < team_size(); i++)
		good = hand_init(&merge.hands[i], w);
	rows_out_begin(&w->out, &w->writer, w->stride);
	if (good) {
		pieces_cut(&merge);
		pieces_make(&merge);
	}
	bool failed = good && hand_failed(&merge);
	for (unsigned i = 0; merge.hands && i < team_size(); i++)
		hand_done(&merge.hands[i]);
	for (size_t i = 0; merge.pieces && i < merge.count; i++)
		bytes_done(&merge.pieces[i].log);
	for (size_t i = 0; merge.records && i < (size_t)WAVE * team_size(); i++)
		bytes_done(&merge.records[i]);
	free(merge.records);
	free(merge.hands);
	free(merge.pieces);
	if (!good || failed)
		return w->old && seal_damaged(w->old) ? HUFU_MALFORMED : HUFU_NO_MEMORY;
	return rows_out_end(&w->out);
}
