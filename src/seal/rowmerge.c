/* Merges one row: the snapshot's values join its past. */
#include "seal/merge.h"
#include <stdlib.h>

const uint8_t *old_record(struct hand *h, uint64_t row)
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

/* `dealt`: NULL for a row that the draft has not. */
static void facets_take(const struct hand *h, int64_t old_row, const uint8_t *dealt)
{
	const struct weave *w = h->w;
	for (size_t f = 0; f < w->facet_count; f++) {
		const struct facet_source *source = &w->facet_sources[f];
		uint16_t code = FACET_UNKNOWN;
		if (old_row >= 0 && source->old >= 0)
			code = seal_facet_code(w->old, (uint32_t)source->old, (uint32_t)old_row);
		if (dealt && source->column &&
		        (code == FACET_UNKNOWN || !newer_said(h, (uint32_t)source->column->target)))
			code = le16(dealt + w->dealt.facets + 2 * f);
		w->facets[f][h->row] = code;
	}
}

static uint16_t dealt_check(const struct weave *w, const uint8_t *dealt, size_t place)
{
	return le16(dealt + w->dealt.checks + 2 * place);
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

void emit_fresh(struct hand *h, const uint8_t *dealt)
{
	const struct weave *w = h->w;
	put_le16(h->record + ROW_FIRST, (uint16_t)w->at);
	put_le16(h->record + ROW_LAST, (uint16_t)w->at);
	for (uint32_t i = 0; i < w->draft->width; i++)
		put_check(h->record, w->targets[i], dealt_check(w, dealt, i));
	facets_take(h, -1, dealt);
	w->draft_to_new[dealt_row(dealt)] = h->row;
	h->piece->fresh++;
	row_out(h, dealt_number(dealt), dealt_person(w, dealt), 0);
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

void emit_old(struct hand *h, uint32_t row)
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
	facets_take(h, row, NULL);
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
        struct hand *h, const uint8_t *old, size_t count, const uint8_t *dealt, size_t *written, bool *changed)
{
	const struct weave *w = h->w;
	uint16_t first = le16(old + ROW_FIRST), last = le16(old + ROW_LAST);
	if (!w->steady || count || !w->newest || last + 1u != w->at)
		return false;
	put_le16(h->record + ROW_FIRST, first);
	put_le16(h->record + ROW_LAST, (uint16_t)w->at);
	*written = 0;
	for (uint32_t c = 0; c < w->meta->column_count; c++) {
		uint16_t check = dealt_check(w, dealt, w->columns[c]->at);
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
        const uint8_t *dealt, bool *changed)
{
	const struct weave *w = h->w;
	size_t written = 0;
	copy_checks(h, old);
	for (uint32_t c = 0; c < w->meta->column_count; c++) {
		const struct draft_column *column = w->columns[c];
		uint16_t check = column ? dealt_check(w, dealt, column->at) : 0;
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

void emit_both(struct hand *h, uint32_t old_row, const uint8_t *dealt)
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
	if (!emit_steady(h, old, count, dealt, &written, &changed))
		written = emit_renewed(h, old, log, count, dealt, &changed);
	facets_take(h, old_row, dealt);
	w->old_to_new[old_row] = w->draft_to_new[dealt_row(dealt)] = h->row;
	h->piece->changed += changed;
	const struct draft_column *column = w->draft->person_column;
	bool ours = column && !newer_said(h, (uint32_t)column->target);
	row_out(h, le64(old + ROW_NUMBER), ours ? dealt_person(w, dealt) : seal_person(&h->old, old_row), written);
}
