/* Writes a seal anew (rewrite.h).
 *
 * The look-up drops an entry when its row is gone or when none of the values that the row still has fits the entry's
 * token any more: a check can be made again from token, row and column. */
#include "seal/rewrite.h"
#include <stdlib.h>

/* ---- rows ---- */

/* The old snapshot numbers that a row keeps, as presence from `drop` on. */
static bool presence_kept(struct rewrite *r, uint32_t row, uint8_t *present)
{
	bool any = false;
	seal_presence(r->seal, row, present);
	for (size_t s = 0; s < r->seal->meta.snapshot_count; s++) {
		if (s < r->drop)
			present[s] = 0;
		any |= present[s];
	}
	return any;
}

/* Rows that were once his, and are another's now, keep no value of his: an empty one takes its place in their past. */
static void past_blank(const struct rewrite *r, uint32_t row, uint64_t number, uint32_t *values)
{
	struct siphash_key key = r->seal->check_key;
	uint64_t tag = r->seal->meta.columns[r->meta.person].tag;
	for (size_t i = 0; i < r->past_count; i++) {
		if (r->past[i].row != row && r->past[i].row != PAST_ANY)
			continue;
		uint16_t his = cell_check(key, r->past[i].token, number, tag);
		for (size_t s = 0; s < r->seal->meta.snapshot_count; s++)
			if (values[s] == his)
				values[s] = cell_check(key, 0, number, tag);
	}
}

/* Writes a row as it is seen from the snapshots that stay. */
static void row_rewrite(struct rewrite *r, uint32_t row, const uint8_t *present, struct log_entry *log)
{
	const struct log_entry *old_log;
	uint32_t values[SNAPSHOTS_MAX];
	uint8_t domain[SNAPSHOTS_MAX], record[ROW_CHECKS + 2 * BATCH_COLUMNS_MAX + 8];
	uint32_t stride = row_stride(r->meta.column_count, r->meta.person_stored);
	const uint8_t *old =
	        container_at(&r->seal->file, SECTION_ROWS, (uint64_t)row * r->seal->stride, r->seal->stride);
	size_t snapshots = r->seal->meta.snapshot_count, left = snapshots - r->drop, written = 0;
	size_t count = seal_log(r->seal, row, &old_log);
	uint16_t first, last;
	if (!old) {
		r->failed = true;
		return;
	}
	memcpy(record, old, r->seal->stride);
	for (uint32_t c = 0; c < r->meta.column_count && (count || r->drop); c++) {
		uint16_t now = le16(record + ROW_CHECKS + 2 * c);
		for (size_t s = 0; s < snapshots; s++)
			domain[s] = present[s] && r->seal->meta.columns[c].in[s];
		values_expand((uint16_t)c, now, old_log, count, domain, snapshots, values);
		if ((int32_t)c == r->meta.person)
			past_blank(r, row, le64(old + ROW_NUMBER), values);
		now = 0; /* unless a snapshot that stays has a value */
		written += values_encode(row, (uint16_t)c, values + r->drop, left, &now, log + written);
		put_le16(record + ROW_CHECKS + 2 * c, now);
	}
	written += presence_encode(row, present + r->drop, left, &first, &last, log + written);
	put_le16(record + ROW_FIRST, first);
	put_le16(record + ROW_LAST, last);
	uint64_t person = r->given ? r->given[row] : seal_person(r->seal, row);
	if (r->meta.person_stored)
		put_le64(record + stride - 8, person ^ person_pad(r->seal->person_key, le64(old + ROW_NUMBER)));
	r->person_of[r->rows] = person;
	r->renumber[row] = r->rows++;
	rows_out_row(&r->out, record, log, written);
}

static hufu_status rows_rewrite(struct rewrite *r)
{
	size_t worst = (r->meta.column_count + 1) * (r->seal->meta.snapshot_count + 1);
	struct log_entry *log = malloc(worst * sizeof *log);
	uint8_t *present = malloc(r->seal->meta.snapshot_count + 1);
	rows_out_begin(&r->out, &r->writer, row_stride(r->meta.column_count, r->meta.person_stored));
	r->failed |= !log || !present;
	for (uint32_t row = 0; row < r->seal->meta.rows && !r->failed; row++) {
		if (!r->gone[row] && presence_kept(r, row, present))
			row_rewrite(r, row, present, log);
		else
			r->gone[row] = 1;
	}
	free(log);
	free(present);
	return r->failed ? HUFU_NO_MEMORY : rows_out_end(&r->out);
}

/* ---- look-up ---- */

/* Whether the row still holds, at some snapshot that stays, the value of this token. */
static bool still_held(struct rewrite *r, struct lookup_pair pair, uint8_t *states)
{
	seal_history(r->seal, pair.row, pair.column, pair.token, states);
	for (size_t s = r->drop; s < r->seal->meta.snapshot_count; s++)
		if (states[s] == 2)
			return true;
	return false;
}

static bool leaves(const struct rewrite *r, uint64_t person)
{
	for (size_t i = 0; i < r->person_count; i++)
		if (r->persons[i] == person)
			return true;
	return false;
}

bool rewrite_names_him(const struct rewrite *r, struct lookup_pair pair, bool common)
{
	return r->person_count && (common || (int32_t)pair.column == r->meta.person) &&
	       leaves(r, seal_person_of_token(r->seal, pair.token));
}

/* Whether the pair stays; its row is renumbered then. */
static bool pair_stays(struct rewrite *r, struct lookup_pair *pair)
{
	struct lookup_shape shape = lookup_shape_of(&r->seal->meta);
	bool common = pair->row == lookup_row_none(shape);
	if (rewrite_names_him(r, *pair, common))
		return false;
	if (common)
		return true; /* the shape stays as it was */
	if (pair->row >= r->seal->meta.rows || r->gone[pair->row] || (r->drop && !still_held(r, *pair, r->states)))
		return false;
	pair->row = r->renumber[pair->row];
	return true;
}

bool rewrite_each_pair(struct seal *seal, uint64_t from, uint64_t to, pair_visit visit, void *user)
{
	struct lookup_shape shape = lookup_shape_of(&seal->meta);
	for (uint64_t bucket = from; bucket < to; bucket++) {
		const uint8_t *index = container_at(&seal->file, SECTION_LOOKUP_INDEX, bucket * 4, 8);
		uint64_t begin = index ? le32(index) : 0, end = index ? le32(index + 4) : 0;
		const uint8_t *at =
		        begin < end ? container_at(&seal->file, SECTION_LOOKUP, begin * 8, (end - begin) * 8) : NULL;
		for (uint64_t i = 0; at && i < end - begin; i++)
			if (!visit(user, lookup_unpack(shape, bucket, le64(at + i * 8))))
				return false;
		if (!index || begin > end || seal_damaged(seal))
			return false;
	}
	return true;
}

struct pairs_out {
	struct rewrite *r;
	struct lookup_builder *builder;
	unsigned worker;
};

static bool pair_out(void *user, struct lookup_pair pair)
{
	struct pairs_out *out = user;
	if (pair_stays(out->r, &pair))
		lookup_take(out->builder, out->worker, pair);
	return true;
}

static hufu_status rewrite_pairs(
        void *user, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker)
{
	struct pairs_out out = { user, builder, worker };
	return rewrite_each_pair(out.r->seal, from, to, pair_out, &out) ? HUFU_OK : HUFU_MALFORMED;
}

static void rewrite_shared(void *user, unsigned worker, uint32_t column, const uint32_t *rows, size_t count)
{
	struct rewrite *r = user;
	(void)worker;
	joiner_take(&r->joiner, column, rows, count);
}

/* The same shape as before: buckets stay what they were. */
static hufu_status lookup_rewrite(struct rewrite *r, hufu_error *error)
{
	struct lookup_source source = { .pairs = rewrite_pairs, .shared = rewrite_shared, .serial = true, .user = r };
	r->joiner = (struct joiner){ .meta = &r->meta, .persons = r->person_of };
	r->meta.prefix_bits = r->seal->meta.prefix_bits;
	r->meta.row_bits = r->seal->meta.row_bits;
	r->meta.column_bits = r->seal->meta.column_bits;
	return lookup_build(lookup_shape_of(&r->meta), &source, &r->writer, error);
}

/* ---- small sections ---- */

/* Made anew: what joined two numbers may have gone. */
static void joins_rewrite(struct rewrite *r)
{
	r->failed |= r->joiner.failed || !people_join(r->joiner.joins, &r->joiner.count);
	container_write_secret(
	        &r->writer, SECTION_JOINS, view_make(r->joiner.joins, r->joiner.count * sizeof *r->joiner.joins));
}

/* A row's code, unless the snapshots that knew it go. */
static uint16_t facet_kept(struct rewrite *r, uint32_t facet, uint32_t column, uint32_t row)
{
	bool known = !r->drop;
	if (r->drop)
		seal_presence(r->seal, row, r->states);
	for (size_t s = r->drop; s < r->seal->meta.snapshot_count && !known; s++)
		known = r->states[s] && r->seal->meta.columns[column].in[s];
	return known ? seal_facet_code(r->seal, facet, row) : FACET_UNKNOWN;
}

/* Codes of one facet for the rows that stay; a value that none of them has leaves the description. */
static void facet_rewrite(struct rewrite *r, uint32_t facet, uint32_t at, struct bytes *out)
{
	struct seal_column *column = &r->meta.columns[at];
	uint16_t *fresh = malloc((column->facet_count + 1) * sizeof *fresh);
	size_t kept = 0;
	if (!fresh) {
		r->failed = true;
		return;
	}
	memset(fresh, 0xFF, (column->facet_count + 1) * sizeof *fresh);
	for (uint32_t row = 0; row < r->seal->meta.rows; row++) {
		uint16_t code = facet_kept(r, facet, at, row);
		if (!r->gone[row] && code < column->facet_count)
			fresh[code] = 0;
	}
	for (size_t i = 0; i < column->facet_count; i++) {
		if (fresh[i] != 0) {
			free(column->facet_values[i]);
			continue;
		}
		column->facet_values[kept] = column->facet_values[i];
		fresh[i] = (uint16_t)kept++;
	}
	for (uint32_t row = 0; row < r->seal->meta.rows; row++) {
		char code[2];
		uint16_t old = facet_kept(r, facet, at, row);
		put_le16(code, old < column->facet_count ? fresh[old] : old);
		if (!r->gone[row])
			bytes_add(out, view_make(code, sizeof code));
	}
	column->facet_count = kept;
	free(fresh);
}

static void facets_rewrite(struct rewrite *r)
{
	struct bytes out = { 0 };
	uint32_t facets = 0;
	for (uint32_t c = 0; c < r->meta.column_count && !r->failed; c++)
		if (r->meta.columns[c].facet)
			facet_rewrite(r, facets++, c, &out);
	r->failed |= out.failed;
	container_write_secret(&r->writer, SECTION_FACETS, bytes_view(&out));
	bytes_done(&out);
}

static bool column_stays(const struct rewrite *r, size_t column)
{
	for (size_t s = r->drop; s < r->seal->meta.snapshot_count; s++)
		if (r->seal->meta.columns[column].in[s])
			return true;
	return false;
}

/* Counts of columns that no snapshot has any more go. */
static void frequency_rewrite(struct rewrite *r)
{
	struct bytes out = { 0 };
	static const char nothing[24];
	for (size_t c = 0; c < r->meta.column_count; c++) {
		const struct seal_frequency *counts = &r->seal->frequency[c];
		if (counts->filled && column_stays(r, c))
			bytes_add(&out, view_make(counts->pairs - 24, 24 + (size_t)counts->count * 12));
		else
			bytes_add(&out, view_make(nothing, sizeof nothing));
	}
	r->failed |= out.failed;
	container_write_secret(&r->writer, SECTION_FREQUENCY, bytes_view(&out));
	bytes_done(&out);
}

static void meta_rewrite(struct rewrite *r)
{
	struct bytes json = { 0 };
	for (size_t i = 0; i < r->drop; i++)
		meta_drop_snapshot(&r->meta, 0);
	/* An empty look-up shape of rows would do no harm, but a seal of no rows keeps its shape too. */
	r->meta.rows = r->rows;
	r->failed |= meta_write(&r->meta, &json) != HUFU_OK;
	container_write_secret(&r->writer, SECTION_META, bytes_view(&json));
	explicit_bzero(json.ptr, json.len);
	bytes_done(&json);
}

/* ---- a whole seal ---- */

hufu_status rewrite_write(struct rewrite *r, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	hufu_status status = store_seal_path(r->store, view_of(r->meta.dataset), &path, error);
	if (!status)
		status = container_write_begin(&r->writer, path, r->store->key, error);
	if (!status)
		status = rows_rewrite(r);
	if (!status)
		status = lookup_rewrite(r, error);
	if (status)
		return status;
	joins_rewrite(r);
	frequency_rewrite(r);
	facets_rewrite(r);
	meta_rewrite(r);
	if (r->failed)
		return fail(error, HUFU_NO_MEMORY, view_of(r->meta.dataset), "no memory: nothing was changed", NULL);
	if (seal_damaged(r->seal))
		return fail(error, HUFU_MALFORMED, view_of(r->meta.dataset), "its seal is damaged: nothing was changed",
		        "restore it from a backup");
	return container_write_commit(&r->writer);
}

void rewrite_done(struct rewrite *r)
{
	container_write_done(&r->writer);
	rows_out_done(&r->out);
	meta_done(&r->meta);
	free(r->gone);
	free(r->renumber);
	free(r->person_of);
	free(r->joiner.joins);
	free(r->past);
	free(r->given);
	free(r->states);
	seal_close(r->seal);
}

hufu_status rewrite_open(struct rewrite *r, const struct store *store, hufu_view dataset, hufu_error *error)
{
	struct bytes json = { 0 };
	*r = (struct rewrite){ .store = store, .meta = { .person = -1 } };
	r->writer.file.fd = -1;
	hufu_status status = seal_open(store, dataset, &r->seal, error);
	if (!status)
		status = meta_write(&r->seal->meta, &json);
	if (!status)
		status = meta_read(bytes_view(&json), &r->meta, error);
	bytes_done(&json);
	if (status)
		return status;
	r->gone = calloc(r->seal->meta.rows + 1, 1);
	r->renumber = calloc(r->seal->meta.rows + 1, sizeof *r->renumber);
	r->person_of = calloc(r->seal->meta.rows + 1, sizeof *r->person_of);
	r->states = malloc(r->seal->meta.snapshot_count + 1);
	return r->gone && r->renumber && r->person_of && r->states
	               ? HUFU_OK
	               : fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
}
