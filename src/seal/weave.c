/* Weaves a snapshot into its seal, at its place in time, and writes the seal anew.
 *
 * Old rows and new ones both lie in the order of their numbers and merge in one pass (merge.c); the look-up becomes the
 * union of what it was and what the snapshot holds. Everything is a function of the set of snapshots: the order in
 * which they come does not matter. */
#include "seal/weave.h"
#include "base/team.h"
#include "seal/lookup.h"
#include <math.h>
#include <stdlib.h>

void weave_tell(const struct weave *w, double from, double to, double done, double all)
{
	if (w->progress && all > 0)
		w->progress(from + (to - from) * done / all);
}

/* ---- order ---- */

static int by_hash(const void *a, const void *b, void *draft)
{
	uint64_t x = draft_row_hash(draft, ((const struct radix_item *)a)->value);
	uint64_t y = draft_row_hash(draft, ((const struct radix_item *)b)->value);
	return (x > y) - (x < y);
}

/* Rows that share a key get numbers of their own, told apart by what else they hold. Returns how many share one. */
static size_t split_duplicates(struct weave *w)
{
	struct radix_item *order = w->draft->order;
	size_t count = w->draft->rows, split = 0;
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && order[end].key == order[i].key;)
			end++;
		if (end - i == 1)
			continue;
		qsort_r(order + i, end - i, sizeof *order, by_hash, w->draft);
		split += end - i;
		for (size_t k = i + 1; k < end; k++)
			w->draft->row_numbers[order[k].value] =
			        siphash_words(w->row_key, (uint64_t[]){ order[i].key, k - i }, 2);
	}
	return split;
}

static bool order_rows(struct weave *w)
{
	struct draft *draft = w->draft;
	draft->duplicates = split_duplicates(w);
	if (!draft->duplicates)
		return true;
	free(draft->order);
	draft->order = draft_order(draft->row_numbers, draft->rows);
	return draft->order != NULL;
}

/* ---- look-up ---- */

struct lookup_user {
	struct weave *w;
	struct listener {
		struct joiner joiner;
		struct common_found { /* values that turned out to be common */
			uint32_t column;
			struct value_count value;
		} * found;
		size_t count, cap;
	} * listeners;      /* [workers] */
	uint64_t low, span; /* tokens of the pass */
	struct lookup_inlet inlet;
};

/* The old pairs of a part. A bucket of the old shape may reach beyond it. */
static bool take_old_pairs(struct weave *w, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker)
{
	enum { AHEAD = 32 };
	struct lookup_shape shape = lookup_shape_of(&w->old->meta), fresh = lookup_shape_of(w->meta);
	uint64_t low = from << lookup_rest_bits(fresh), high = to << lookup_rest_bits(fresh);
	uint64_t first = low >> lookup_rest_bits(shape), last = (high - 1) >> lookup_rest_bits(shape);
	const uint8_t *index = container_at(&w->old->file, SECTION_LOOKUP_INDEX, first * 4, (last - first + 2) * 4);
	if (!index)
		return false;
	uint64_t begin = le32(index), end = le32(index + (last - first + 1) * 4), bucket = first;
	const uint8_t *at =
	        begin <= end ? container_at(&w->old->file, SECTION_LOOKUP, begin * 8, (end - begin) * 8) : NULL;
	for (uint64_t i = 0; at && i < end - begin; i++) {
		while (bucket < last && le32(index + (bucket - first + 1) * 4) <= begin + i)
			bucket++;
		struct lookup_pair pair = lookup_unpack(shape, bucket, le64(at + i * 8));
		if (i + AHEAD < end - begin) { /* rows come in any order */
			uint32_t row = lookup_unpack(shape, 0, le64(at + (i + AHEAD) * 8)).row;
			__builtin_prefetch(&w->old_to_new[row < w->old->meta.rows ? row : 0]);
		}
		if (pair.token < low || pair.token >= high)
			continue;
		if (pair.row == lookup_row_none(shape))
			pair.row = lookup_row_none(fresh);
		else if (pair.row < w->old->meta.rows)
			pair.row = w->old_to_new[pair.row];
		else
			return false;
		lookup_take(builder, worker, pair);
	}
	return at != NULL;
}

/* Values that the draft knows to be common. */
static void take_common(
        const struct weave *w, uint64_t low, uint64_t high, struct lookup_builder *builder, unsigned worker)
{
	uint32_t none = lookup_row_none(lookup_shape_of(w->meta));
	struct lookup_inlet inlet = lookup_inlet(builder);
	for (size_t i = 0; i < w->draft->column_count; i++) {
		const struct column_stats *stats = &w->draft->columns[i].stats;
		size_t from = 0, to = stats->common_count;
		while (from < to) {
			size_t middle = from + (to - from) / 2;
			if (stats->common[middle].token < low)
				from = middle + 1;
			else
				to = middle;
		}
		for (; from < stats->common_count && stats->common[from].token < high; from++)
			lookup_bring(&inlet, worker, (struct lookup_pair){ stats->common[from].token, none, 0 }, false);
	}
}

static hufu_status part_pairs(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder, unsigned worker)
{
	struct lookup_user *u = user;
	uint32_t rest = lookup_rest_bits(lookup_shape_of(u->w->meta));
	if (u->w->old && !take_old_pairs(u->w, from, to, builder, worker))
		return HUFU_MALFORMED;
	take_common(u->w, from << rest, to << rest, builder, worker);
	return HUFU_OK;
}

/* The pairs of some rows whose tokens belong to the pass. Which do is luck: they are picked without a branch. */
static void bring_rows(void *user, size_t chunk, unsigned worker)
{
	struct lookup_user *u = user;
	const struct draft *draft = u->w->draft;
	const struct lookup_inlet inlet = u->inlet;
	size_t end = (chunk + 1) * DRAFT_CHUNK < draft->rows ? (chunk + 1) * DRAFT_CHUNK : draft->rows;
	uint32_t targets[BATCH_COLUMNS_MAX], picked[BATCH_COLUMNS_MAX];
	for (size_t i = 0; i < draft->column_count; i++)
		if (draft->columns[i].target >= 0)
			targets[draft->columns[i].at] = (uint32_t)draft->columns[i].target;
	for (size_t row = chunk * DRAFT_CHUNK; row < end; row++) {
		const uint64_t *tokens = draft_row(draft, row);
		uint32_t count = 0, place = u->w->draft_to_new[row];
		/* A common token has a bit above all ranges: it falls out here too. */
		for (uint32_t c = 0; c < draft->width; c++) {
			picked[count] = c;
			count += tokens[c] - u->low < u->span && tokens[c];
		}
		for (uint32_t i = 0; i < count; i++)
			lookup_bring(&inlet, worker,
			        (struct lookup_pair){ tokens[picked[i]], place, targets[picked[i]] }, true);
	}
}

static void bring_pairs(void *user, uint64_t from, uint64_t to, struct lookup_builder *builder)
{
	struct lookup_user *u = user;
	struct lookup_shape shape = lookup_shape_of(u->w->meta);
	u->low = from << lookup_rest_bits(shape);
	u->span = (to - from) << lookup_rest_bits(shape);
	u->inlet = lookup_inlet(builder);
	team_run(draft_chunks(u->w->draft), bring_rows, u);
	weave_tell(u->w, 0.4, 0.95, (double)from, (double)(1ull << shape.prefix_bits));
}

static void hear_shared(void *user, unsigned worker, uint32_t column, const uint32_t *rows, size_t count)
{
	struct lookup_user *u = user;
	joiner_take(&u->listeners[worker].joiner, column, rows, count);
}

static void hear_frequent(void *user, unsigned worker, uint32_t column, uint64_t token, uint32_t count)
{
	struct lookup_user *u = user;
	struct listener *listener = &u->listeners[worker];
	if (listener->count == listener->cap) {
		size_t cap = listener->cap ? listener->cap * 2 : 256;
		struct common_found *found = realloc(listener->found, cap * sizeof *found);
		if (!found) {
			listener->joiner.failed = true;
			return;
		}
		listener->found = found;
		listener->cap = cap;
	}
	listener->found[listener->count++] = (struct common_found){ column, { token, count } };
}

static int by_column(const void *a, const void *b)
{
	const struct common_found *x = a, *y = b;
	return (x->column > y->column) - (x->column < y->column);
}

/* Puts what the workers heard together: joins of people, common values. */
static bool listeners_join(struct lookup_user *u)
{
	struct weave *w = u->w;
	bool good = true;
	for (unsigned i = 0; i < team_size(); i++) {
		struct listener *l = &u->listeners[i];
		good &= !l->joiner.failed;
		bytes_add(&w->joins, view_make(l->joiner.joins, l->joiner.count * sizeof *l->joiner.joins));
		if (l->count)
			qsort(l->found, l->count, sizeof *l->found, by_column);
		for (size_t from = 0, to; good && from < l->count; from = to) {
			struct draft_column *column = w->columns[l->found[from].column];
			struct value_count *values = malloc(l->count * sizeof *values);
			for (to = from; values && to < l->count && l->found[to].column == l->found[from].column; to++)
				values[to - from] = l->found[to].value;
			good = values && column && column_stats_add(&column->stats, values, to - from);
			free(values);
		}
	}
	return good && !w->joins.failed;
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
	struct lookup_user user = { .w = w, .listeners = calloc(team_size(), sizeof *user.listeners) };
	struct lookup_source source = { .bring = bring_pairs,
		.pairs = part_pairs,
		.shared = hear_shared,
		.frequent = hear_frequent,
		.user = &user };
	w->meta->prefix_bits = shape.prefix_bits;
	w->meta->row_bits = shape.row_bits;
	w->meta->column_bits = shape.column_bits;
	for (size_t i = 0; i < w->draft->column_count; i++)
		cells += w->draft->columns[i].stats.filled;
	for (unsigned i = 0; user.listeners && i < team_size(); i++)
		user.listeners[i].joiner = (struct joiner){ .meta = w->meta, .persons = w->persons };
	hufu_status status = user.listeners ? lookup_build(shape, cells, &source, &w->writer, error) : HUFU_NO_MEMORY;
	if (!status && !listeners_join(&user))
		status = HUFU_NO_MEMORY;
	for (unsigned i = 0; user.listeners && i < team_size(); i++) {
		free(user.listeners[i].joiner.joins);
		free(user.listeners[i].found);
	}
	free(user.listeners);
	return status;
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
	w->steady = w->columns != NULL;
	for (uint32_t c = 0; w->columns && c < w->meta->column_count; c++)
		w->steady &= w->columns[c] && (!w->old || c >= w->old->meta.column_count || w->old->always[c]);
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
	w->old_to_new = malloc((old_rows + 1) * sizeof *w->old_to_new);
	w->draft_to_new = malloc((w->draft->rows + 1) * sizeof *w->draft_to_new);
	w->persons = malloc((rows + 1) * sizeof *w->persons);
	return w->old_to_new && w->draft_to_new && w->persons && rows < INT32_MAX && prepare_columns(w) &&
	       prepare_facets(w, rows);
}

static void weave_done(struct weave *w)
{
	for (size_t f = 0; w->facets && f < w->facet_count; f++)
		free(w->facets[f]);
	free(w->facets);
	free(w->facet_sources);
	free(w->columns);
	free(w->old_to_new);
	free(w->draft_to_new);
	free(w->persons);
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
