/* Merges old rows and a draft's: for each row, the snapshot's values join its past.
 *
 * The numbers' range is cut into pieces, which several workers take; a piece's rows go to memory, and the pieces are
 * written in their order. Checks, of which there are most, are made for a whole piece at once. */
#include "base/siphash_lanes.h"
#include "base/team.h"
#include "seal/weave.h"
#include <stdlib.h>

enum { PIECE_ROWS = 16384, PIECE_BITS_MAX = 12, WAVE = 4 /* pieces a worker between two writes */, CHECK_ROWS = 64 };

/* Rows whose numbers begin with the same bits. */
struct piece {
	size_t draft_from, draft_to; /* in the draft's order */
	uint64_t old_from, old_to;
	uint32_t base, rows; /* where they go, and how many */
	struct bytes log;
	uint64_t fresh, changed, gone;
};

/* A worker's scratch. */
struct hand {
	struct weave *w;
	struct seal old;  /* the old seal, or one without anything */
	uint16_t *checks; /* [piece's draft rows][draft's width] */
	size_t check_cap;
	uint64_t *words[3], *hashes; /* [CHECK_ROWS][width]: tokens, numbers, tags of checks; what comes of them */
	uint8_t *record;             /* where the row at hand goes */
	uint32_t row;                /* its number in the seal as it will be */
	uint8_t *present, *domain;   /* [snapshots], twice as many */
	uint32_t *values;            /* [snapshots] */
	struct log_entry *log;       /* one row's */
	size_t log_cap;
	struct piece *piece;
	bool failed;
};

struct merge {
	struct weave *w;
	struct hand *hands; /* [workers] */
	struct piece *pieces;
	size_t count, from; /* from: the wave's first */
	unsigned bits;
	struct bytes *records; /* [wave]: memory stays from one wave to the next */
};

/* ---- one row ---- */

static const uint8_t *old_record(struct hand *h, uint64_t row)
{
	const uint8_t *at = container_at(&h->old.file, SECTION_ROWS, row * h->old.stride, h->old.stride);
	h->failed |= !at;
	return at;
}

static uint16_t shifted(const struct weave *w, uint16_t snapshot)
{
	return (uint16_t)(snapshot + (snapshot >= w->at));
}

/* Makes a gap for the new snapshot in a list with one entry a snapshot. */
static void open_gap_bytes(const struct weave *w, uint8_t *list)
{
	memmove(list + w->at + 1, list + w->at, old_snapshots(w) - w->at);
	list[w->at] = 0;
}

/* Room for one row's log: at worst every column changed at every snapshot. */
static bool log_room(struct hand *h, size_t old_entries)
{
	size_t need = old_entries + (h->w->draft->column_count + 1) * 2 + h->w->snapshots;
	if (need <= h->log_cap)
		return true;
	struct log_entry *log = realloc(h->log, need * 2 * sizeof *log);
	if (!log)
		return false;
	h->log = log;
	h->log_cap = need * 2;
	return true;
}

static void put_check(uint8_t *record, uint32_t column, uint16_t check)
{
	put_le16(record + ROW_CHECKS + 2 * column, check);
}

/* Whether a newer snapshot had both the row and the column: then what that one said of the row stands, in whatever
 * order the two came. h->domain holds the row's old presence. */
static bool newer_said(const struct hand *h, uint32_t column)
{
	const struct weave *w = h->w;
	bool said = false;
	for (size_t s = w->at; s < old_snapshots(w) && column < w->old->meta.column_count; s++)
		said |= h->domain[s] && w->old->meta.columns[column].in[s];
	return said;
}

static void facets_take(const struct hand *h, int64_t old_row, int64_t draft_row)
{
	const struct weave *w = h->w;
	for (size_t f = 0; f < w->facet_count; f++) {
		const struct facet_source *source = &w->facet_sources[f];
		uint16_t code = FACET_UNKNOWN;
		if (old_row >= 0 && source->old >= 0)
			code = seal_facet_code(w->old, (uint32_t)source->old, (uint32_t)old_row);
		if (draft_row >= 0 && source->column &&
		        (code == FACET_UNKNOWN || !newer_said(h, (uint32_t)source->column->target)))
			code = facet_code(
			        &source->column->facet, draft_token(w->draft, source->column, (size_t)draft_row));
		w->facets[f][h->row] = code;
	}
}

/* Ends a record: person, log. */
static void row_out(struct hand *h, uint64_t number, uint64_t person, size_t log_count)
{
	const struct weave *w = h->w;
	put_le64(h->record + ROW_NUMBER, number);
	if (w->meta->person_stored)
		put_le64(h->record + w->stride - 8, person ^ person_pad(w->person_key, number));
	w->persons[h->row] = person;
	log_append(&h->piece->log, h->row, h->log, log_count);
	h->record += w->stride;
	h->row++;
}

/* Puts the draft's checks of a row into the record. */
static void emit_fresh(struct hand *h, uint64_t number, uint32_t row, const uint16_t *checks)
{
	const struct weave *w = h->w;
	put_le16(h->record + ROW_FIRST, (uint16_t)w->at);
	put_le16(h->record + ROW_LAST, (uint16_t)w->at);
	for (size_t i = 0; i < w->draft->column_count; i++) {
		const struct draft_column *column = &w->draft->columns[i];
		if (column->target >= 0)
			put_check(h->record, (uint32_t)column->target, checks[column->at]);
	}
	facets_take(h, -1, row);
	w->draft_to_new[row] = h->row;
	h->piece->fresh++;
	row_out(h, number, draft_person(w->draft, w->row_key, row, number), 0);
}

/* Copies the old checks; columns that came in since stay 0 and are outside the row's time. */
static void copy_checks(struct hand *h, const uint8_t *old)
{
	memcpy(h->record + ROW_CHECKS, old + ROW_CHECKS, 2 * h->old.meta.column_count);
}

/* The row's presence with the new snapshot in its place; `here` says whether that one has it. Returns log entries. */
static size_t presence_renew(
        struct hand *h, const uint8_t *old, const struct log_entry *log, size_t count, bool here, struct log_entry *out)
{
	const struct weave *w = h->w;
	uint16_t first = le16(old + ROW_FIRST), last = le16(old + ROW_LAST);
	presence_expand(first, last, log, count, old_snapshots(w), h->present);
	open_gap_bytes(w, h->present);
	h->present[w->at] = here;
	size_t written = presence_encode(h->row, h->present, w->snapshots, &first, &last, out);
	put_le16(h->record + ROW_FIRST, first);
	put_le16(h->record + ROW_LAST, last);
	return written;
}

/* One column's older values, moved in time. */
static size_t log_shift(
        const struct weave *w, const struct log_entry *log, size_t count, uint32_t column, struct log_entry *out)
{
	size_t written = 0;
	for (size_t i = 0; i < count; i++)
		if (log[i].column == column)
			out[written++] = (struct log_entry){ 0, log[i].column, shifted(w, log[i].from),
				shifted(w, log[i].to), log[i].check };
	return written;
}

static void emit_old(struct hand *h, uint32_t row)
{
	const struct weave *w = h->w;
	const struct log_entry *log;
	const uint8_t *old = old_record(h, row);
	size_t count = seal_log(&h->old, row, &log), written = 0;
	if (h->failed || !log_room(h, count)) {
		h->failed = true;
		return;
	}
	copy_checks(h, old);
	for (size_t i = 0; i < count; i++)
		if (log[i].column != LOG_ABSENT)
			h->log[written++] = (struct log_entry){ 0, log[i].column, shifted(w, log[i].from),
				shifted(w, log[i].to), log[i].check };
	written += presence_renew(h, old, log, count, false, h->log + written);
	facets_take(h, row, -1);
	w->old_to_new[row] = h->row;
	h->piece->gone += w->at > 0 && h->present[w->at - 1];
	row_out(h, le64(old + ROW_NUMBER), seal_person(&h->old, row), written);
}

/* Whether a cell differs from the nearest snapshot before (else after) that had it. */
static bool cell_changed(const struct hand *h)
{
	const struct weave *w = h->w;
	for (size_t s = w->at; s-- > 0;)
		if (h->values[s] != VALUE_NONE)
			return h->values[s] != h->values[w->at];
	for (size_t s = w->at + 1; s < w->snapshots; s++)
		if (h->values[s] != VALUE_NONE)
			return h->values[s] != h->values[w->at];
	return false;
}

/* Puts the snapshot's value into a column's past. h->domain holds the row's old presence. Returns log entries. */
static size_t cell_renew(struct hand *h, const uint8_t *old, const struct log_entry *log, size_t count, uint32_t column,
        uint16_t check, bool *changed, struct log_entry *out)
{
	const struct weave *w = h->w;
	size_t before = old_snapshots(w);
	uint16_t now = le16(old + ROW_CHECKS + 2 * column);
	const uint8_t *in = w->old->meta.columns[column].in;
	uint8_t *domain = h->domain + w->snapshots;
	for (size_t s = 0; s < before; s++)
		domain[s] = h->domain[s] && in[s];
	values_expand((uint16_t)column, now, log, count, domain, before, h->values);
	memmove(h->values + w->at + 1, h->values + w->at, (before - w->at) * sizeof *h->values);
	h->values[w->at] = check;
	*changed |= cell_changed(h);
	size_t written = values_encode(h->row, (uint16_t)column, h->values, w->snapshots, &now, out);
	put_check(h->record, column, now);
	return written;
}

static bool logged(const struct log_entry *log, size_t count, uint32_t column)
{
	for (size_t i = 0; i < count; i++)
		if (log[i].column == column)
			return true;
	return false;
}

/* Most rows: without a past that changed, in the snapshot before, and the new one is the newest. Only what differs
 * needs a word in the log. False, and nothing done, for any other row. */
static bool emit_steady(
        struct hand *h, const uint8_t *old, size_t count, const uint16_t *checks, size_t *written, bool *changed)
{
	const struct weave *w = h->w;
	uint16_t first = le16(old + ROW_FIRST), last = le16(old + ROW_LAST);
	if (!w->steady || count || !w->newest || last + 1u != w->at)
		return false;
	put_le16(h->record + ROW_FIRST, first);
	put_le16(h->record + ROW_LAST, (uint16_t)w->at);
	*written = 0;
	for (uint32_t c = 0; c < w->meta->column_count; c++) {
		uint16_t check = checks[w->columns[c]->at];
		bool known = c < h->old.meta.column_count;
		uint16_t before = known ? le16(old + ROW_CHECKS + 2 * c) : check;
		put_check(h->record, c, check);
		if (before != check)
			h->log[(*written)++] = (struct log_entry){ 0, (uint16_t)c, first, last, before };
	}
	*changed = *written > 0;
	return true;
}

/* Any row: each column's past is taken apart and put together again. */
static size_t emit_renewed(struct hand *h, const uint8_t *old, const struct log_entry *log, size_t count,
        const uint16_t *checks, bool *changed)
{
	const struct weave *w = h->w;
	size_t written = 0;
	copy_checks(h, old);
	for (uint32_t c = 0; c < w->meta->column_count; c++) {
		const struct draft_column *column = w->columns[c];
		uint16_t check = column ? checks[column->at] : 0;
		bool known = c < w->old->meta.column_count;
		if (column && !known)
			put_check(h->record, c, check);
		else if (column &&
		         !(w->old->always[c] && le16(old + ROW_CHECKS + 2 * c) == check && !logged(log, count, c)))
			written += cell_renew(h, old, log, count, c, check, changed, h->log + written);
		else if (known && count)
			written += log_shift(w, log, count, c, h->log + written);
	}
	return written + presence_renew(h, old, log, count, true, h->log + written);
}

static void emit_both(struct hand *h, uint32_t old_row, uint32_t row, const uint16_t *checks)
{
	const struct weave *w = h->w;
	const struct log_entry *log;
	const uint8_t *old = old_record(h, old_row);
	size_t count = seal_log(&h->old, old_row, &log), written = 0;
	if (h->failed || !log_room(h, count)) {
		h->failed = true;
		return;
	}
	bool changed = false;
	presence_expand(le16(old + ROW_FIRST), le16(old + ROW_LAST), log, count, old_snapshots(w), h->domain);
	if (!emit_steady(h, old, count, checks, &written, &changed))
		written = emit_renewed(h, old, log, count, checks, &changed);
	facets_take(h, old_row, row);
	w->old_to_new[old_row] = w->draft_to_new[row] = h->row;
	h->piece->changed += changed;
	const struct draft_column *column = w->draft->person_column;
	bool ours = column && !newer_said(h, (uint32_t)column->target);
	uint64_t number = le64(old + ROW_NUMBER);
	row_out(h, number, ours ? draft_person(w->draft, w->row_key, row, number) : seal_person(&h->old, old_row),
	        written);
}

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
