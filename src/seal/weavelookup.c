/* The look-up of a seal that is woven: what the old one held and what the snapshot holds; and what shows on the way:
 * who shares an identifier, which values are common. */
#include "base/team.h"
#include "seal/lookup.h"
#include "seal/weave.h"
#include <stdlib.h>

struct lookup_user {
	struct weave *w;
	struct listener {
		struct joiner joiner;
		struct common_found { /* values that turned out to be common */
			uint32_t column;
			struct value_count value;
		} * found;
		size_t count, cap;
	} * listeners; /* [workers] */
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
			lookup_common(builder, worker, stats->common[from].token);
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

static void hear_progress(void *user, double share)
{
	const struct lookup_user *u = user;
	weave_tell(u->w, 0.4, 0.95, share, 1);
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

hufu_status weave_lookup(struct weave *w, hufu_error *error)
{
	struct lookup_shape shape = lookup_shape_for(cells_kept(w), w->rows, w->meta->column_count);
	struct lookup_user user = { .w = w, .listeners = calloc(team_size(), sizeof *user.listeners) };
	struct lookup_source source = { .brought = &w->pairs,
		.rows = w->draft_to_new,
		.columns = w->targets,
		.pairs = part_pairs,
		.shared = hear_shared,
		.frequent = hear_frequent,
		.progress = hear_progress,
		.user = &user };
	w->meta->prefix_bits = shape.prefix_bits;
	w->meta->row_bits = shape.row_bits;
	w->meta->column_bits = shape.column_bits;
	for (unsigned i = 0; user.listeners && i < team_size(); i++)
		user.listeners[i].joiner = (struct joiner){ .meta = w->meta, .persons = w->persons };
	hufu_status status = user.listeners ? lookup_build(shape, &source, &w->writer, error) : HUFU_NO_MEMORY;
	if (!status && !listeners_join(&user))
		status = HUFU_NO_MEMORY;
	for (unsigned i = 0; user.listeners && i < team_size(); i++) {
		free(user.listeners[i].joiner.joins);
		free(user.listeners[i].found);
	}
	free(user.listeners);
	return status;
}
