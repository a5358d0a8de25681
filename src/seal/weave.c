/* Weaves a snapshot into its seal, at its place in time, and writes the seal anew.
 *
 * The draft's rows and pairs are dealt out to parts (deal.c). Old rows and new ones merge in the order of their numbers
 * (merge.c); the look-up becomes the union of what it was and what the snapshot holds (weavelookup.c). Everything is a
 * function of the set of snapshots: the order in which they come does not matter. */
#include "seal/weave.h"
#include <math.h>
#include <stdlib.h>

void weave_tell(const struct weave *w, double from, double to, double done, double all)
{
	if (w->progress && all > 0)
		w->progress(from + (to - from) * done / all);
}

/* ---- numbers ---- */

static int by_hash(const void *a, const void *b, void *draft)
{
	uint64_t x = draft_row_hash(draft, ((const struct radix_item *)a)->value);
	uint64_t y = draft_row_hash(draft, ((const struct radix_item *)b)->value);
	return (x > y) - (x < y);
}

/* Rows that share a key get numbers of their own, told apart by what else they hold. */
static void split_duplicates(struct weave *w)
{
	struct draft *draft = w->draft;
	struct radix_item *shared = draft->shared;
	for (size_t i = 0, end; i < draft->shared_count; i = end) {
		for (end = i + 1; end < draft->shared_count && shared[end].key == shared[i].key;)
			end++;
		qsort_r(shared + i, end - i, sizeof *shared, by_hash, draft);
		for (size_t k = i + 1; k < end; k++)
			draft->row_numbers[shared[k].value] =
			        siphash_words(w->row_key, (uint64_t[]){ shared[i].key, k - i }, 2);
	}
	draft->duplicates = draft->shared_count;
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
		if (draft_token(draft, column, i) && draft_token(draft, base, i))
			values[count++] = (struct masked){ draft_token(draft, column, i), draft_token(draft, base, i) };
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

static void measure_masks(struct weave *w)
{
	for (size_t i = 0; i < w->draft->column_count; i++) {
		struct draft_column *column = &w->draft->columns[i];
		if (column->target >= 0 && column->form && !column->form->digest)
			column->mask_bits =
			        mask_bits(w->draft, column, w->columns[w->meta->columns[column->target].base]);
	}
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
			bool mask = column->form && !column->form->digest;
			w->meta->columns[c].space_bits = mask ? column->mask_bits : shape_bits(&column->shape);
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
		status = weave_lookup(w, error);
	if (status)
		return status;
	size_t joins = w->joins.len / sizeof(struct seal_join);
	w->failed |= !people_join((struct seal_join *)(void *)w->joins.ptr, &joins);
	container_write_secret(&w->writer, SECTION_JOINS, view_make(w->joins.ptr, joins * sizeof(struct seal_join)));
	write_frequency(w);
	write_facets(w);
	write_meta(w);
	if (w->failed)
		return HUFU_NO_MEMORY;
	if (w->old && seal_damaged(w->old))
		return HUFU_MALFORMED;
	weave_tell(w, 0.95, 1, 1, 1);
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
	w->targets = calloc(w->draft->width + 1, sizeof *w->targets);
	w->steady = w->columns != NULL;
	for (size_t i = 0; w->targets && i < w->draft->column_count; i++)
		if (w->draft->columns[i].target >= 0)
			w->targets[w->draft->columns[i].at] = (uint32_t)w->draft->columns[i].target;
	for (uint32_t c = 0; w->columns && c < w->meta->column_count; c++)
		w->steady &= w->columns[c] && (!w->old || c >= w->old->meta.column_count || w->old->always[c]);
	return w->columns && w->targets;
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
	split_duplicates(w);
	/* Where several rows share the key that names the person, the row's number no longer tells him. */
	if (w->draft->duplicates && w->meta->person >= 0)
		w->meta->person_stored = true;
	w->stride = row_stride(w->meta->column_count, w->meta->person_stored);
	w->old_to_new = slabs_array((old_rows + 1) * sizeof *w->old_to_new);
	w->draft_to_new = slabs_array((w->draft->rows + 1) * sizeof *w->draft_to_new);
	w->persons = malloc((rows + 1) * sizeof *w->persons);
	if (!w->old_to_new || !w->draft_to_new || !w->persons || rows >= INT32_MAX || !prepare_columns(w) ||
	        !prepare_facets(w, rows))
		return false;
	measure_masks(w);
	return deal_out(w);
}

static void weave_done(struct weave *w)
{
	for (size_t f = 0; w->facets && f < w->facet_count; f++)
		free(w->facets[f]);
	free(w->facets);
	free(w->facet_sources);
	free(w->columns);
	free(w->targets);
	free(w->old_to_new);
	free(w->draft_to_new);
	free(w->persons);
	parts_free(w->dealt_rows);
	pairs_done(&w->pairs);
	bytes_done(&w->joins);
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
