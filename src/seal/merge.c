/* Merges old rows and a draft's, row by row (rowmerge.c).
 *
 * Rows whose numbers begin with the same bits are a piece. Several workers take pieces: first they sort the draft's
 * rows of it and count what there will be, then they merge; a piece's rows go to memory, and the pieces are written in
 * their order. */
#include "seal/merge.h"
#include "base/team.h"
#include <stdlib.h>

enum { WAVE = 4 /* pieces a worker between two writes */, AHEAD = 8 };

/* What a piece needs until it is written; memory stays from one wave to the next. */
struct bench {
	struct radix_item *items, *sorted; /* the draft's rows: number, address */
	size_t count, cap;
	struct bytes records;
};

struct merge {
	struct weave *w;
	struct hand *hands; /* [workers] */
	struct piece *pieces;
	size_t count, from;    /* from: the wave's first */
	struct bench *benches; /* [wave] */
};

/* ---- a piece ---- */

static bool bench_room(struct bench *bench, size_t count)
{
	if (count < bench->cap)
		return true;
	free(bench->items);
	free(bench->sorted);
	bench->cap = count + count / 8 + 1;
	bench->items = malloc(bench->cap * sizeof *bench->items);
	bench->sorted = malloc(bench->cap * sizeof *bench->sorted);
	if (!bench->items || !bench->sorted)
		bench->cap = 0;
	return bench->cap > 0;
}

static const uint8_t *dealt_at(const struct bench *bench, size_t at)
{
	return (const uint8_t *)(uintptr_t)bench->sorted[at].value; // NOLINT(performance-no-int-to-ptr)
}

/* The draft's rows of a piece, by number. */
static bool piece_sort(struct weave *w, size_t number, struct bench *bench)
{
	struct parts_walk walk = { .parts = w->dealt_rows, .part = number };
	size_t count = parts_size(w->dealt_rows, number), at = 0, now;
	if (!bench_room(bench, count))
		return false;
	for (char *run; parts_next(&walk, &run, &now);)
		for (size_t i = 0; i < now; i++, run += w->dealt.bytes)
			bench->items[at++] = (struct radix_item){ le64(run), (uintptr_t)run };
	bench->count = count;
	return radix_sort(bench->items, count, w->row_bits, bench->sorted);
}

/* Counts the rows that a piece will have: those of both, the common ones once. */
static uint32_t piece_count(struct hand *h, const struct piece *piece, const struct bench *bench)
{
	size_t both = 0, d = 0;
	for (uint64_t o = piece->old_from; o < piece->old_to && d < bench->count && !h->failed; o++) {
		const uint8_t *old = old_record(h, o);
		while (old && d < bench->count && bench->sorted[d].key < le64(old))
			d++;
		both += old && d < bench->count && bench->sorted[d].key == le64(old);
	}
	return (uint32_t)(piece->old_to - piece->old_from + bench->count - both);
}

static void piece_begin(void *user, size_t number, unsigned worker)
{
	struct merge *merge = user;
	struct hand *h = &merge->hands[worker];
	struct piece *piece = &merge->pieces[merge->from + number];
	struct bench *bench = &merge->benches[number];
	if (piece_sort(merge->w, merge->from + number, bench))
		piece->rows = piece_count(h, piece, bench);
	else
		h->failed = true;
}

static void piece_merge(struct hand *h, const struct bench *bench)
{
	const struct piece *piece = h->piece;
	uint64_t o = piece->old_from;
	size_t d = 0;
	while ((o < piece->old_to || d < bench->count) && !h->failed) {
		const uint8_t *old = o < piece->old_to ? old_record(h, o) : NULL;
		if (h->failed)
			return;
		if (d + AHEAD < bench->count) {
			__builtin_prefetch(dealt_at(bench, d + AHEAD));
			__builtin_prefetch(dealt_at(bench, d + AHEAD) + h->w->dealt.bytes - 1);
		}
		uint64_t here = d < bench->count ? bench->sorted[d].key : UINT64_MAX,
		         there = old ? le64(old) : UINT64_MAX;
		if (old && d < bench->count && there == here)
			emit_both(h, (uint32_t)o++, dealt_at(bench, d++));
		else if (old && (there < here || d == bench->count))
			emit_old(h, (uint32_t)o++);
		else
			emit_fresh(h, dealt_at(bench, d++));
	}
}

static void piece_make(void *user, size_t number, unsigned worker)
{
	struct merge *merge = user;
	struct hand *h = &merge->hands[worker];
	struct piece *piece = &merge->pieces[merge->from + number];
	struct bench *bench = &merge->benches[number];
	size_t len = ((size_t)piece->rows + 1) * merge->w->stride;
	bench->records.len = 0;
	h->piece = piece;
	h->record = (uint8_t *)bytes_room(&bench->records, len);
	h->row = piece->base;
	h->failed |= !h->record;
	if (h->record)
		memset(h->record, 0, len);
	if (!h->failed)
		piece_merge(h, bench);
	h->failed |= piece->log.failed;
}

/* ---- pieces ---- */

static uint64_t old_search(struct hand *h, uint64_t rows, uint64_t number)
{
	uint64_t low = 0, high = rows;
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

static void pieces_cut(struct merge *merge)
{
	const struct weave *w = merge->w;
	uint64_t rows = w->old ? w->old->meta.rows : 0;
	for (size_t i = 0; i < merge->count; i++) {
		struct piece *piece = &merge->pieces[i];
		bool last = i + 1 == merge->count;
		piece->old_from = i ? piece[-1].old_to : 0;
		piece->old_to =
		        last ? rows : old_search(&merge->hands[0], rows, (uint64_t)(i + 1) << (64 - w->row_bits));
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
		team_run(count, piece_begin, merge);
		for (size_t i = 0; i < count; i++) {
			merge->pieces[merge->from + i].base = w->rows;
			w->rows += merge->pieces[merge->from + i].rows;
		}
		if (!hand_failed(merge))
			team_run(count, piece_make, merge);
		for (size_t i = 0; i < count && !hand_failed(merge); i++)
			piece_write(merge, &merge->pieces[merge->from + i], &merge->benches[i].records);
		weave_tell(w, 0, 0.4, (double)merge->from, (double)merge->count);
	}
}

/* ---- all rows ---- */

static bool hand_init(struct hand *h, struct weave *w)
{
	*h = (struct hand){ .w = w };
	if (w->old)
		h->old = *w->old;
	h->present = calloc(w->snapshots + 1, 1);
	h->domain = calloc(2 * w->snapshots + 1, 1);
	h->values = calloc(w->snapshots + 1, sizeof *h->values);
	return h->present && h->domain && h->values;
}

static void hand_done(struct hand *h)
{
	if (h->w && h->w->old && h->old.file.damaged)
		h->w->old->file.damaged = true;
	free(h->present);
	free(h->domain);
	free(h->values);
	free(h->log);
}

static void bench_done(struct bench *bench)
{
	free(bench->items);
	free(bench->sorted);
	bytes_done(&bench->records);
}

hufu_status merge_rows(struct weave *w)
{
	struct merge merge = { .w = w, .count = (size_t)1 << w->row_bits };
	merge.pieces = calloc(merge.count, sizeof *merge.pieces);
	merge.hands = calloc(team_size(), sizeof *merge.hands);
	merge.benches = calloc((size_t)WAVE * team_size(), sizeof *merge.benches);
	bool good = merge.pieces && merge.hands && merge.benches;
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
	for (size_t i = 0; merge.benches && i < (size_t)WAVE * team_size(); i++)
		bench_done(&merge.benches[i]);
	free(merge.benches);
	free(merge.hands);
	free(merge.pieces);
	if (!good || failed)
		return w->old && seal_damaged(w->old) ? HUFU_MALFORMED : HUFU_NO_MEMORY;
	return rows_out_end(&w->out);
}
