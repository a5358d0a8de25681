/* Weaves a snapshot into its seal, at its place in time, and writes the seal anew.
 *
 * Old rows and new ones both lie in the order of their numbers and merge in one pass. For each row, the snapshot's
 * values join its past; the look-up becomes the union of what it was and what the snapshot holds. Everything is a
 * function of the set of snapshots: the order in which they come does not matter. */
#include "seal/draft.h"
#include "seal/lookup.h"
#include "seal/people.h"
#include "seal/rowsout.h"
#include <math.h>
#include <stdlib.h>

struct numbered {
	uint64_t number;
	uint32_t row;
};

struct weave {
	struct draft *draft;
	struct seal *old;
	struct meta *meta;
	size_t at, snapshots; /* the new snapshot's place; how many there are now */
	bool newest;
	struct siphash_key check_key, row_key, person_key;
	struct numbered *order; /* [draft rows], by number */
	uint32_t *old_to_new, *draft_to_new;
	uint64_t *persons; /* [rows now] */
	uint16_t **facets; /* [facets][rows now] */
	size_t facet_count;
	struct facet_source {
		struct draft_column *column;
		int32_t old;
	} * facet_sources;             /* the draft's, or NULL; number among the old ones, or -1 */
	struct draft_column **columns; /* [columns]: the draft's, or NULL */
	uint32_t rows, stride;
	uint8_t *record;
	uint8_t *present, *domain; /* [snapshots] */
	uint32_t *values;          /* [snapshots] */
	struct log_entry *log;     /* one row's */
	size_t log_cap;
	struct joiner joiner;
	struct container_writer writer;
	struct rows_out out;
	void (*progress)(double);
	struct draft_outcome *outcome;
	bool failed;
};

/* ---- order ---- */

static int by_number(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

/* Numbers are uniform: place by the upper bits, then sort what little each place holds. */
static bool sort_numbered(struct numbered *items, size_t count)
{
	unsigned bits = 1;
	while (bits < 24 && (count >> bits) > 4)
		bits++;
	size_t places = (size_t)1 << bits;
	uint32_t *starts = calloc(places + 1, sizeof *starts);
	struct numbered *sorted = malloc((count + 1) * sizeof *sorted);
	bool good = starts && sorted;
	for (size_t i = 0; good && i < count; i++)
		starts[(items[i].number >> (64 - bits)) + 1]++;
	for (size_t i = 0; good && i < places; i++)
		starts[i + 1] += starts[i];
	for (size_t i = 0; good && i < count; i++)
		sorted[starts[items[i].number >> (64 - bits)]++] = items[i];
	for (size_t i = 0; good && i < places; i++) {
		size_t from = i ? starts[i - 1] : 0;
		if (starts[i] - from > 1)
			qsort(sorted + from, starts[i] - from, sizeof *sorted, by_number);
	}
	if (good)
		memcpy(items, sorted, count * sizeof *items);
	free(starts);
	free(sorted);
	return good;
}

static int by_hash(const void *a, const void *b, void *hashes)
{
	uint64_t x = ((uint64_t *)hashes)[((const struct numbered *)a)->row];
	uint64_t y = ((uint64_t *)hashes)[((const struct numbered *)b)->row];
	return (x > y) - (x < y);
}

/* Rows that share a key get numbers of their own, told apart by what else they hold. */
/* Returns how many rows share their key. */
static size_t split_duplicates(struct weave *w)
{
	size_t count = w->draft->rows, split = 0;
	for (size_t i = 0; i < count;) {
		size_t end = i + 1;
		while (end < count && w->order[end].number == w->order[i].number)
			end++;
		if (end - i > 1)
			qsort_r(w->order + i, end - i, sizeof *w->order, by_hash, w->draft->row_hashes);
		split += end - i > 1 ? end - i : 0;
		for (size_t k = i + 1; k < end; k++) {
			w->order[k].number = siphash_words(w->row_key, (uint64_t[]){ w->order[i].number, k - i }, 2);
			w->draft->row_numbers[w->order[k].row] = w->order[k].number;
		}
		i = end;
	}
	return split;
}

static bool order_rows(struct weave *w)
{
	size_t count = w->draft->rows;
	w->order = malloc((count + 1) * sizeof *w->order);
	if (!w->order)
		return false;
	for (size_t i = 0; i < count; i++)
		w->order[i] = (struct numbered){ w->draft->row_numbers[i], (uint32_t)i };
	if (!sort_numbered(w->order, count))
		return false;
	w->draft->duplicates = split_duplicates(w);
	return !w->draft->duplicates || sort_numbered(w->order, count);
}

/* ---- one row ---- */

static const uint8_t *old_record(struct weave *w, uint64_t row)
{
	const uint8_t *at = container_at(&w->old->file, SECTION_ROWS, row * w->old->stride, w->old->stride);
	w->failed |= !at;
	return at;
}

static uint16_t shifted(const struct weave *w, uint16_t snapshot)
{
	return (uint16_t)(snapshot + (snapshot >= w->at));
}

static size_t old_snapshots(const struct weave *w)
{
	return w->snapshots - 1;
}

/* Makes a gap for the new snapshot in a list with one entry a snapshot. */
static void open_gap_bytes(const struct weave *w, uint8_t *list)
{
	memmove(list + w->at + 1, list + w->at, old_snapshots(w) - w->at);
	list[w->at] = 0;
}

/* Room for one row's log: at worst every column changed at every snapshot. */
static bool log_room(struct weave *w, size_t old_entries)
{
	size_t need = old_entries + (w->draft->column_count + 1) * 2 + w->snapshots;
	if (need <= w->log_cap)
		return true;
	struct log_entry *log = realloc(w->log, need * 2 * sizeof *log);
	if (!log)
		return false;
	w->log = log;
	w->log_cap = need * 2;
	return true;
}

static void put_check(uint8_t *record, uint32_t column, uint16_t check)
{
	put_le16(record + ROW_CHECKS + 2 * column, check);
}

static uint16_t draft_check(const struct weave *w, const struct draft_column *column, size_t row, uint64_t number)
{
	return cell_check(w->check_key, TOKEN_VALUE(column->tokens[row]), number, w->meta->columns[column->target].tag);
}

/* Whether a newer snapshot had both the row and the column: then what that one said of the row stands, in whatever
 * order the two came. w->domain holds the row's old presence. */
static bool newer_said(const struct weave *w, uint32_t column)
{
	bool said = false;
	for (size_t s = w->at; s < old_snapshots(w) && column < w->old->meta.column_count; s++)
		said |= w->domain[s] && w->old->meta.columns[column].in[s];
	return said;
}

static void facets_take(struct weave *w, int64_t old_row, int64_t draft_row)
{
	for (size_t f = 0; f < w->facet_count; f++) {
		const struct facet_source *source = &w->facet_sources[f];
		uint16_t code = FACET_UNKNOWN;
		if (old_row >= 0 && source->old >= 0)
			code = seal_facet_code(w->old, (uint32_t)source->old, (uint32_t)old_row);
		if (draft_row >= 0 && source->column &&
		        (code == FACET_UNKNOWN || !newer_said(w, (uint32_t)source->column->target)))
			code = source->column->facet.codes[draft_row];
		w->facets[f][w->rows] = code;
	}
}

/* Ends a record: person, facets, out. */
static void row_out(struct weave *w, uint64_t number, uint64_t person, size_t log_count)
{
	put_le64(w->record + ROW_NUMBER, number);
	if (w->meta->person_stored)
		put_le64(w->record + w->stride - 8, person ^ person_pad(w->person_key, number));
	w->persons[w->rows] = person;
	rows_out_add(&w->out, w->record, w->log, log_count);
	w->rows++;
}

static void emit_fresh(struct weave *w, uint32_t row)
{
	uint64_t number = w->draft->row_numbers[row];
	memset(w->record, 0, w->stride);
	put_le16(w->record + ROW_FIRST, (uint16_t)w->at);
	put_le16(w->record + ROW_LAST, (uint16_t)w->at);
	for (size_t i = 0; i < w->draft->column_count; i++) {
		const struct draft_column *column = &w->draft->columns[i];
		if (column->target >= 0)
			put_check(w->record, (uint32_t)column->target, draft_check(w, column, row, number));
	}
	facets_take(w, -1, row);
	w->draft_to_new[row] = w->rows;
	w->outcome->fresh++;
	row_out(w, number, draft_person(w->draft, w->row_key, row), 0);
}

/* Copies the old checks; columns that came in since stay 0 and are outside the row's time. */
static void copy_checks(struct weave *w, const uint8_t *old)
{
	memset(w->record, 0, w->stride);
	memcpy(w->record + ROW_CHECKS, old + ROW_CHECKS, 2 * w->old->meta.column_count);
}

/* The row's presence with the new snapshot in its place; `here` says whether that one has it. Returns log entries. */
static size_t presence_renew(struct weave *w, const uint8_t *old, const struct log_entry *log, size_t count, bool here,
        struct log_entry *out)
{
	uint16_t first = le16(old + ROW_FIRST), last = le16(old + ROW_LAST);
	presence_expand(first, last, log, count, old_snapshots(w), w->present);
	open_gap_bytes(w, w->present);
	w->present[w->at] = here;
	size_t written = presence_encode(w->rows, w->present, w->snapshots, &first, &last, out);
	put_le16(w->record + ROW_FIRST, first);
	put_le16(w->record + ROW_LAST, last);
	return written;
}

/* One column's older values, moved in time. */
static size_t log_shift(
        struct weave *w, const struct log_entry *log, size_t count, uint32_t column, struct log_entry *out)
{
	size_t written = 0;
	for (size_t i = 0; i < count; i++)
		if (log[i].column == column)
			out[written++] = (struct log_entry){ 0, log[i].column, shifted(w, log[i].from),
				shifted(w, log[i].to), log[i].check };
	return written;
}

static void emit_old(struct weave *w, uint32_t row)
{
	const struct log_entry *log;
	const uint8_t *old = old_record(w, row);
	size_t count = seal_log(w->old, row, &log), written = 0;
	if (w->failed || !log_room(w, count)) {
		w->failed = true;
		return;
	}
	copy_checks(w, old);
	for (size_t i = 0; i < count; i++)
		if (log[i].column != LOG_ABSENT)
			w->log[written++] = (struct log_entry){ 0, log[i].column, shifted(w, log[i].from),
				shifted(w, log[i].to), log[i].check };
	written += presence_renew(w, old, log, count, false, w->log + written);
	facets_take(w, row, -1);
	w->old_to_new[row] = w->rows;
	w->outcome->gone += w->at > 0 && w->present[w->at - 1];
	row_out(w, le64(old + ROW_NUMBER), seal_person(w->old, row), written);
}

/* Whether a cell differs from the nearest snapshot before (else after) that had it. */
static bool cell_changed(const struct weave *w)
{
	for (size_t s = w->at; s-- > 0;)
		if (w->values[s] != VALUE_NONE)
			return w->values[s] != w->values[w->at];
	for (size_t s = w->at + 1; s < w->snapshots; s++)
		if (w->values[s] != VALUE_NONE)
			return w->values[s] != w->values[w->at];
	return false;
}

/* Puts the snapshot's value into a column's past. w->domain holds the row's old presence. Returns log entries. */
static size_t cell_renew(struct weave *w, const uint8_t *old, const struct log_entry *log, size_t count,
        uint32_t column, uint16_t check, bool *changed, struct log_entry *out)
{
	size_t before = old_snapshots(w);
	uint16_t now = le16(old + ROW_CHECKS + 2 * column);
	const uint8_t *in = w->old->meta.columns[column].in;
	uint8_t *domain = w->domain + w->snapshots;
	for (size_t s = 0; s < before; s++)
		domain[s] = w->domain[s] && in[s];
	values_expand((uint16_t)column, now, log, count, domain, before, w->values);
	memmove(w->values + w->at + 1, w->values + w->at, (before - w->at) * sizeof *w->values);
	w->values[w->at] = check;
	*changed |= cell_changed(w);
	size_t written = values_encode(w->rows, (uint16_t)column, w->values, w->snapshots, &now, out);
	put_check(w->record, column, now);
	return written;
}

static bool logged(const struct log_entry *log, size_t count, uint32_t column)
{
	for (size_t i = 0; i < count; i++)
		if (log[i].column == column)
			return true;
	return false;
}

static void emit_both(struct weave *w, uint32_t old_row, uint32_t row)
{
	const struct log_entry *log;
	const uint8_t *old = old_record(w, old_row);
	size_t count = seal_log(w->old, old_row, &log), written = 0;
	if (w->failed || !log_room(w, count)) {
		w->failed = true;
		return;
	}
	uint64_t number = le64(old + ROW_NUMBER);
	bool changed = false;
	copy_checks(w, old);
	presence_expand(le16(old + ROW_FIRST), le16(old + ROW_LAST), log, count, old_snapshots(w), w->domain);
	const struct draft_column *column;
	for (uint32_t c = 0; c < w->meta->column_count; c++) {
		column = w->columns[c];
		uint16_t check = column ? draft_check(w, column, row, number) : 0;
		bool known = c < w->old->meta.column_count;
		if (column && !known)
			put_check(w->record, c, check);
		else if (column &&
		         !(w->old->always[c] && le16(old + ROW_CHECKS + 2 * c) == check && !logged(log, count, c)))
			written += cell_renew(w, old, log, count, c, check, &changed, w->log + written);
		else if (known && count)
			written += log_shift(w, log, count, c, w->log + written);
	}
	written += presence_renew(w, old, log, count, true, w->log + written);
	facets_take(w, old_row, row);
	w->old_to_new[old_row] = w->draft_to_new[row] = w->rows;
	w->outcome->changed += changed;
	column = w->draft->person_column;
	bool ours = column && !newer_said(w, (uint32_t)column->target);
	row_out(w, number, ours ? draft_person(w->draft, w->row_key, row) : seal_person(w->old, old_row), written);
}

/* ---- all rows ---- */

static void tell(const struct weave *w, double from, double to, double done, double all)
{
	if (w->progress && all > 0)
		w->progress(from + (to - from) * done / all);
}

static hufu_status merge_rows(struct weave *w)
{
	uint64_t old_rows = w->old ? w->old->meta.rows : 0, all = old_rows + w->draft->rows;
	size_t o = 0, d = 0;
	rows_out_begin(&w->out, &w->writer, w->stride);
	while ((o < old_rows || d < w->draft->rows) && !w->failed && !w->writer.status) {
		const uint8_t *old = o < old_rows ? old_record(w, o) : NULL;
		uint64_t there = old ? le64(old) : UINT64_MAX,
		         here = d < w->draft->rows ? w->order[d].number : UINT64_MAX;
		if (old && d < w->draft->rows && there == here)
			emit_both(w, (uint32_t)o++, w->order[d++].row);
		else if (old && (there < here || d == w->draft->rows))
			emit_old(w, (uint32_t)o++);
		else if (d < w->draft->rows)
			emit_fresh(w, w->order[d++].row);
		if (w->rows % 65536 == 0)
			tell(w, 0, 0.4, (double)(o + d), (double)all);
	}
	return w->failed ? HUFU_MALFORMED : rows_out_end(&w->out);
}

/* ---- look-up ---- */

static bool take_old_pairs(
        struct weave *w, uint64_t from, uint64_t to, struct lookup_shape fresh, struct lookup_builder *builder)
{
	struct lookup_shape shape = lookup_shape_of(&w->old->meta);
	uint64_t low = from << lookup_rest_bits(fresh), high = to << lookup_rest_bits(fresh);
	uint64_t first = low >> lookup_rest_bits(shape), last = (high - 1) >> lookup_rest_bits(shape);
	const uint8_t *index = container_at(&w->old->file, SECTION_LOOKUP_INDEX, first * 4, (last - first + 2) * 4);
	for (uint64_t bucket = first; index && bucket <= last; bucket++) {
		uint64_t begin = le32(index + (bucket - first) * 4), end = le32(index + (bucket - first + 1) * 4);
		const uint8_t *at =
		        begin <= end ? container_at(&w->old->file, SECTION_LOOKUP, begin * 8, (end - begin) * 8) : NULL;
		if (!at)
			return false;
		for (uint64_t i = 0; i < end - begin; i++) {
			struct lookup_pair pair = lookup_unpack(shape, bucket, le64(at + i * 8));
			if (pair.row == lookup_row_none(shape))
				pair.row = lookup_row_none(fresh);
			else if (pair.row < w->old->meta.rows)
				pair.row = w->old_to_new[pair.row];
			lookup_take(builder, pair);
		}
	}
	return index != NULL;
}

static void take_draft_pairs(struct weave *w, const struct draft_column *column, uint64_t low, uint64_t span,
        struct lookup_shape shape, struct lookup_builder *builder)
{
	for (size_t row = 0; row < w->draft->rows; row++) {
		uint64_t token = column->tokens[row];
		/* A common token has a bit above all ranges: it falls out here too. */
		if (token - low < span && token)
			lookup_take(
			        builder, (struct lookup_pair){ token, w->draft_to_new[row], (uint32_t)column->target });
	}
	for (size_t i = 0; i < column->stats.common_count; i++)
		if (column->stats.common[i].token - low < span)
			lookup_take(builder,
			        (struct lookup_pair){ column->stats.common[i].token, lookup_row_none(shape), 0 });
}

static hufu_status weave_pairs(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder)
{
	struct weave *w = user;
	struct lookup_shape shape = lookup_shape_of(w->meta);
	uint64_t low = from << lookup_rest_bits(shape), span = (to - from) << lookup_rest_bits(shape);
	if (w->old && !take_old_pairs(w, from, to, shape, builder))
		return HUFU_MALFORMED;
	for (size_t i = 0; i < w->draft->column_count; i++)
		if (w->draft->columns[i].target >= 0)
			take_draft_pairs(w, &w->draft->columns[i], low, span, shape, builder);
	tell(w, 0.4, 0.95, (double)to, (double)(1ull << shape.prefix_bits));
	return HUFU_OK;
}

static void weave_shared(void *user, uint32_t column, const uint32_t *rows, size_t count)
{
	struct weave *w = user;
	joiner_take(&w->joiner, column, rows, count);
}

static uint64_t cells_kept(const struct weave *w)
{
	uint64_t cells = w->old ? w->old->lookup_count : 0;
	for (size_t i = 0; i < w->draft->column_count; i++) {
		const struct column_stats *stats = &w->draft->columns[i].stats;
		uint64_t rare = stats->filled;
		for (size_t k = 0; k < stats->common_count; k++)
			rare -= stats->common[k].count;
		/* Most of a later snapshot's cells are there already. */
		cells += w->old ? rare / 16 : rare;
	}
	return cells;
}

static hufu_status write_lookup(struct weave *w, hufu_error *error)
{
	uint64_t cells = w->old ? w->old->lookup_count : 0;
	struct lookup_shape shape = lookup_shape_for(cells_kept(w), w->rows, w->meta->column_count);
	struct lookup_source source = { weave_pairs, weave_shared, w };
	w->joiner = (struct joiner){ .meta = w->meta, .persons = w->persons };
	w->meta->prefix_bits = shape.prefix_bits;
	w->meta->row_bits = shape.row_bits;
	w->meta->column_bits = shape.column_bits;
	for (size_t i = 0; i < w->draft->column_count; i++)
		cells += w->draft->columns[i].stats.filled;
	hufu_status status = lookup_build(shape, cells, &source, &w->writer, error);
	return status ? status : w->failed ? HUFU_NO_MEMORY : HUFU_OK;
}

/* ---- the small sections ---- */

/* Whether a newer snapshot than the draft has the column. */
static bool newer_has(const struct weave *w, uint32_t column)
{
	bool has = false;
	for (size_t s = w->at; w->old && column < w->old->meta.column_count && s < old_snapshots(w); s++)
		has |= w->old->meta.columns[column].in[s];
	return has;
}

/* A value as its mask shows it, and whole. */
struct masked {
	uint64_t shown, whole;
};

static int by_look(const void *a, const void *b)
{
	const struct masked *x = a, *y = b;
	if (x->shown != y->shown)
		return (x->shown > y->shown) - (x->shown < y->shown);
	return (x->whole > y->whole) - (x->whole < y->whole);
}

/* A mask leaves as many values as it shows characters for, and fewer where these are no free choice (a region, a year
 * of birth): as rarely as different values of a sample look alike under it. */
static double mask_bits(const struct draft *draft, const struct draft_column *column, const struct draft_column *base)
{
	enum { SAMPLE = 1 << 16 };
	size_t rows = draft->rows < SAMPLE ? draft->rows : SAMPLE, count = 0;
	struct masked *values = malloc((rows + 1) * sizeof *values);
	double alike = 1, pairs;
	if (!values)
		return 0;
	for (size_t i = 0; i < rows; i++)
		if (TOKEN_VALUE(column->tokens[i]) && TOKEN_VALUE(base->tokens[i]))
			values[count++] =
			        (struct masked){ TOKEN_VALUE(column->tokens[i]), TOKEN_VALUE(base->tokens[i]) };
	qsort(values, count, sizeof *values, by_look);
	size_t different = 0;
	for (size_t i = 0, from = 0; i < count; i++) {
		if (i && values[i].shown == values[i - 1].shown && values[i].whole == values[i - 1].whole)
			continue;
		/* `from`: the first different value of this look. */
		from = i && values[i].shown == values[i - 1].shown ? from : different;
		alike += (double)(different - from);
		different++;
	}
	free(values);
	pairs = (double)different * ((double)different - 1) / 2;
	return fmin(shape_bits(&column->shape), log2(fmax(1, pairs / alike)));
}

/* Counts are those of the newest snapshot that has the column. */
static void write_frequency(struct weave *w)
{
	struct bytes out = { 0 };
	static const char nothing[24];
	for (uint32_t c = 0; c < w->meta->column_count; c++) {
		const struct draft_column *column = w->columns[c];
		const struct seal_frequency *old =
		        w->old && c < w->old->meta.column_count ? &w->old->frequency[c] : NULL;
		if (column && !newer_has(w, c)) {
			column_stats_write(&column->stats, &out);
			const struct draft_column *base =
			        column->form && !column->form->digest ? w->columns[w->meta->columns[c].base] : NULL;
			w->meta->columns[c].space_bits =
			        base ? mask_bits(w->draft, column, base) : shape_bits(&column->shape);
		} else if (old && old->filled) {
			bytes_add(&out, view_make(old->pairs - 24, 24 + (size_t)old->count * 12));
		} else {
			bytes_add(&out, view_make(nothing, sizeof nothing));
		}
	}
	w->failed |= out.failed;
	container_write_secret(&w->writer, SECTION_FREQUENCY, bytes_view(&out));
	bytes_done(&out);
}

static void write_facets(struct weave *w)
{
	size_t len = (size_t)w->rows * 2 * w->facet_count;
	uint8_t *codes = malloc(len + 1);
	w->failed |= !codes;
	for (size_t f = 0; codes && f < w->facet_count; f++)
		for (size_t row = 0; row < w->rows; row++)
			put_le16(codes + (f * w->rows + row) * 2, w->facets[f][row]);
	if (codes)
		container_write_secret(&w->writer, SECTION_FACETS, view_make(codes, len));
	free(codes);
}

static void write_meta(struct weave *w)
{
	struct bytes json = { 0 };
	w->meta->rows = w->rows;
	w->meta->duplicates = w->draft->duplicates;
	w->failed |= meta_write(w->meta, &json) != HUFU_OK;
	container_write_secret(&w->writer, SECTION_META, bytes_view(&json));
	explicit_bzero(json.ptr, json.len);
	bytes_done(&json);
}

static hufu_status write_all(struct weave *w, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	hufu_status status = store_seal_path(w->draft->store, view_of(w->meta->dataset), &path, error);
	if (!status)
		status = container_write_begin(&w->writer, path, w->draft->store->key, error);
	if (!status)
		status = merge_rows(w);
	if (!status)
		status = write_lookup(w, error);
	if (status)
		return status;
	w->failed |= w->joiner.failed || !people_join(w->joiner.joins, &w->joiner.count);
	container_write_secret(
	        &w->writer, SECTION_JOINS, view_make(w->joiner.joins, w->joiner.count * sizeof *w->joiner.joins));
	write_frequency(w);
	write_facets(w);
	write_meta(w);
	if (w->failed)
		return HUFU_NO_MEMORY;
	if (w->old && seal_damaged(w->old))
		return HUFU_MALFORMED;
	tell(w, 0.95, 1, 1, 1);
	status = container_write_commit(&w->writer);
	w->outcome->bytes = w->writer.at;
	return status;
}

/* ---- setting up ---- */

static struct siphash_key subkey(const struct store *store, enum key_use use)
{
	uint8_t bytes[16];
	key_subkey(store->key, use, bytes, sizeof bytes);
	return siphash_key(bytes);
}

static bool prepare_facets(struct weave *w, size_t rows)
{
	size_t columns = w->meta->column_count;
	int32_t old_facets = 0;
	w->facets = calloc(columns + 1, sizeof *w->facets);
	w->facet_sources = calloc(columns + 1, sizeof *w->facet_sources);
	if (!w->facets || !w->facet_sources)
		return false;
	for (uint32_t c = 0; c < columns; c++) {
		bool was = w->old && c < w->old->meta.column_count && w->old->meta.columns[c].facet;
		int32_t old = was ? old_facets++ : -1;
		if (!w->meta->columns[c].facet)
			continue;
		w->facet_sources[w->facet_count] = (struct facet_source){ w->columns[c], old };
		w->facets[w->facet_count] = malloc((rows + 1) * sizeof **w->facets);
		if (!w->facets[w->facet_count++])
			return false;
	}
	return true;
}

static bool prepare_columns(struct weave *w)
{
	w->columns = calloc(w->meta->column_count + 1, sizeof(struct draft_column *));
	for (uint32_t c = 0; w->columns && c < w->meta->column_count; c++)
		w->columns[c] = draft_column_for(w->draft, c);
	return w->columns != NULL;
}

static bool prepare(struct weave *w)
{
	const struct store *store = w->draft->store;
	size_t old_rows = w->old ? w->old->meta.rows : 0, rows = old_rows + w->draft->rows;
	w->check_key = subkey(store, KEY_CELL_CHECK);
	w->row_key = subkey(store, KEY_ROW);
	for (size_t c = 0; c < w->meta->column_count; c++)
		w->meta->columns[c].tag = column_tag(w->check_key, w->meta->columns[c].name);
	w->person_key = subkey(store, KEY_PERSON);
	if (!order_rows(w))
		return false;
	/* Where several rows share the key that names the person, the row's number no longer tells him. */
	if (w->draft->duplicates && w->meta->person >= 0)
		w->meta->person_stored = true;
	w->stride = row_stride(w->meta->column_count, w->meta->person_stored);
	w->record = malloc(w->stride);
	w->present = calloc(w->snapshots + 1, 1);
	w->domain = calloc(2 * w->snapshots + 1, 1);
	w->values = calloc(w->snapshots + 1, sizeof *w->values);
	w->old_to_new = malloc((old_rows + 1) * sizeof *w->old_to_new);
	w->draft_to_new = malloc((w->draft->rows + 1) * sizeof *w->draft_to_new);
	w->persons = malloc((rows + 1) * sizeof *w->persons);
	return w->record && w->present && w->domain && w->values && w->old_to_new && w->draft_to_new && w->persons &&
	       rows < INT32_MAX && prepare_columns(w) && prepare_facets(w, rows);
}

static void weave_done(struct weave *w)
{
	for (size_t f = 0; w->facets && f < w->facet_count; f++)
		free(w->facets[f]);
	free(w->facets);
	free(w->facet_sources);
	free(w->columns);
	free(w->order);
	free(w->old_to_new);
	free(w->draft_to_new);
	free(w->persons);
	free(w->record);
	free(w->present);
	free(w->domain);
	free(w->values);
	free(w->log);
	free(w->joiner.joins);
	rows_out_done(&w->out);
	container_write_done(&w->writer);
}

/* The snapshot's entry in the description: when, how many rows, which columns. */
static bool enter_snapshot(struct weave *w, hufu_view as_of, int64_t instant)
{
	int32_t at = meta_add_snapshot(w->meta, as_of, instant);
	if (at < 0)
		return false;
	w->at = (size_t)at;
	w->snapshots = w->meta->snapshot_count;
	w->newest = w->at + 1 == w->snapshots;
	w->meta->snapshots[at].rows = w->draft->rows;
	draft_digest(w->draft, w->meta->snapshots[at].digest);
	for (size_t i = 0; i < w->draft->column_count; i++)
		if (w->draft->columns[i].target >= 0)
			w->meta->columns[w->draft->columns[i].target].in[at] = 1;
	return true;
}

static void count_columns(const struct weave *w, struct draft_outcome *out)
{
	for (size_t c = w->old ? w->old->meta.column_count : w->meta->column_count; c < w->meta->column_count; c++)
		out->columns_new += w->meta->columns[c].base < 0;
	for (uint32_t c = 0; w->old && c < w->old->meta.column_count; c++)
		out->columns_missing += !w->columns[c] && w->meta->columns[c].base < 0;
}

hufu_status weave(struct draft *draft, hufu_view as_of, int64_t instant, void (*progress)(double),
        struct draft_outcome *out, hufu_error *error)
{
	struct weave w = {
		.draft = draft, .old = draft->old, .meta = &draft->meta, .progress = progress, .outcome = out
	};
	w.writer.file.fd = -1;
	hufu_status status = enter_snapshot(&w, as_of, instant) && prepare(&w) ? write_all(&w, error) : HUFU_NO_MEMORY;
	out->woven = w.old && !w.newest;
	if (!status)
		count_columns(&w, out);
	weave_done(&w);
	if (status == HUFU_NO_MEMORY)
		return fail(error, status, view_of(draft->meta.dataset), "no memory", "seal on a larger machine");
	if (status == HUFU_MALFORMED)
		return fail(error, status, view_of(draft->meta.dataset), "its seal is damaged: nothing was changed",
		        "restore it from a backup");
	return status;
}
