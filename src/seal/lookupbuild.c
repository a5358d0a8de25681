/* Builds the look-up, part by part of the token space: what was brought is sorted and merges with what lies in order
 * already, doubles are dropped, what too many rows share becomes one "common" entry, and the parts are written in
 * order.
 */
#include "base/le.h"
#include "base/radix.h"
#include "base/team.h"
#include "seal/lookup.h"
#include <stdlib.h>

/* Of a pair as it is put in order: a bit whether it is one of those that `frequent` counts, the column, the row. A row
 * of all ones, which says common, is the last. */
enum {
	COLUMN_SHIFT = 1,
	ROW_SHIFT = 13,
	KEY_SHIFT = 64 - TOKEN_BITS,
	WAVE = 8 /* parts a worker between two writes */
};

_Static_assert(BATCH_COLUMNS_MAX <= 1 << (ROW_SHIFT - COLUMN_SHIFT), "a column must fit its bits");

struct part {
	uint64_t *entries; /* as they go to the file */
	size_t count, cap;
};

struct items {
	struct radix_item *list;
	size_t count, cap;
};

/* A worker's scratch. */
struct hand {
	uint32_t *per_column;                        /* [columns] */
	struct items brought, sorted, taken, merged; /* of the part: brought, and sorted; taken in order; all */
};

struct lookup_builder {
	struct lookup_shape shape;
	const struct lookup_source *source;
	uint32_t part_bits;
	uint64_t part_from; /* the wave's first part */
	struct part *parts; /* [wave] */
	uint32_t *index;    /* [buckets + 1]: entries of the bucket before */
	struct hand *hands; /* [workers] */
	size_t columns;
	hufu_status status; /* the first failure */
};

static void fail_build(struct lookup_builder *b, hufu_status status)
{
	int none = HUFU_OK;
	__atomic_compare_exchange_n((int *)&b->status, &none, (int)status, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static hufu_status status_of(const struct lookup_builder *b)
{
	return (hufu_status)__atomic_load_n((const int *)&b->status, __ATOMIC_RELAXED);
}

static uint64_t part_bucket(const struct lookup_builder *b, uint64_t part)
{
	return part << (b->shape.prefix_bits - b->part_bits);
}

/* Memory stays with worker and place from one part to the next; what is in it stays too. */
static bool items_room(struct items *items, size_t more)
{
	size_t need = items->count + more;
	if (need <= items->cap)
		return true;
	struct radix_item *list = realloc(items->list, (need + need / 2) * sizeof *list);
	if (!list)
		return false;
	items->list = list;
	items->cap = need + need / 2;
	return true;
}

static struct radix_item item_of(struct lookup_pair pair, bool counted)
{
	return (struct radix_item){ pair.token << KEY_SHIFT,
		(uint64_t)pair.row << ROW_SHIFT | (uint64_t)pair.column << COLUMN_SHIFT | counted };
}

static void item_add(struct lookup_builder *b, struct items *items, struct lookup_pair pair)
{
	if (items->count == items->cap && !items_room(items, 1))
		fail_build(b, HUFU_NO_MEMORY);
	else
		items->list[items->count++] = item_of(pair, false);
}

void lookup_take(struct lookup_builder *b, unsigned worker, struct lookup_pair pair)
{
	item_add(b, &b->hands[worker].taken, pair);
}

void lookup_common(struct lookup_builder *b, unsigned worker, uint64_t token)
{
	item_add(b, &b->hands[worker].brought, (struct lookup_pair){ token, lookup_row_none(b->shape), 0 });
}

/* ---- one value ---- */

static struct lookup_pair pair_of(const struct radix_item *item)
{
	return (struct lookup_pair){ item->key >> KEY_SHIFT, (uint32_t)(item->value >> ROW_SHIFT),
		(uint32_t)(item->value >> COLUMN_SHIFT) & ((1u << (ROW_SHIFT - COLUMN_SHIFT)) - 1) };
}

/* Tells who listens how many of the counted rows share the value, column by column. */
static void tell_frequent(struct lookup_builder *b, unsigned worker, const struct radix_item *items, size_t count)
{
	uint32_t *per_column = b->hands[worker].per_column;
	memset(per_column, 0, b->columns * sizeof *per_column);
	for (size_t i = 0; i < count; i++)
		per_column[pair_of(&items[i]).column] += (uint32_t)items[i].value & 1;
	for (uint32_t c = 0; c < b->columns; c++)
		if (per_column[c] > LOOKUP_ROWS_MAX)
			b->source->frequent(b->source->user, worker, c, pair_of(items).token, per_column[c]);
}

/* Tells who listens which rows share a value in one column. */
static void tell_shared(struct lookup_builder *b, unsigned worker, const struct lookup_pair *kept, size_t count)
{
	uint32_t rows[LOOKUP_ROWS_MAX];
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;
		bool told = false;
		for (size_t j = 0; j < count; j++) {
			if (kept[j].column != kept[i].column)
				continue;
			told |= j < i;
			rows[same++] = kept[j].row;
		}
		if (same > 1 && !told)
			b->source->shared(b->source->user, worker, kept[i].column, rows, same);
	}
}

/* One value's pairs, in order: drops doubles; too many become one common entry. Returns how many entries it made. */
static size_t keep_value(
        struct lookup_builder *b, unsigned worker, const struct radix_item *items, size_t count, uint64_t *out)
{
	struct lookup_pair kept[LOOKUP_ROWS_MAX];
	uint32_t none = lookup_row_none(b->shape);
	size_t made = 0;
	if (count == 1) {
		put_le64(out, lookup_pack(b->shape, pair_of(items)));
		return 1;
	}
	bool many = (uint32_t)(items[count - 1].value >> ROW_SHIFT) == none;
	for (size_t i = 0; i < count && !many; i++) {
		if (i && items[i].value >> COLUMN_SHIFT == items[i - 1].value >> COLUMN_SHIFT)
			continue;
		many = made == LOOKUP_ROWS_MAX;
		if (!many)
			kept[made++] = pair_of(&items[i]);
	}
	if (b->source->frequent && count > LOOKUP_ROWS_MAX)
		tell_frequent(b, worker, items, count);
	if (many) {
		kept[0] = (struct lookup_pair){ pair_of(items).token, none, 0 };
		made = 1;
	} else if (made > 1 && b->source->shared) {
		tell_shared(b, worker, kept, made);
	}
	for (size_t i = 0; i < made; i++)
		put_le64(&out[i], lookup_pack(b->shape, kept[i]));
	return made;
}

/* ---- one part ---- */

/* Groups what lies in order, and counts entries by bucket. */
static void part_entries(
        struct lookup_builder *b, unsigned worker, const struct radix_item *items, size_t count, struct part *part)
{
	uint32_t rest_bits = lookup_rest_bits(b->shape);
	for (size_t i = 0, end; i < count; i = end) {
		end = i + 1;
		while (end < count && items[end].key == items[i].key)
			end++;
		size_t made = keep_value(b, worker, items + i, end - i, part->entries + part->count);
		part->count += made;
		b->index[(pair_of(&items[i]).token >> rest_bits) + 1] += (uint32_t)made;
	}
}

static bool part_room(struct part *part, size_t count)
{
	if (count <= part->cap)
		return true;
	free(part->entries);
	part->cap = count + count / 8;
	part->entries = malloc(part->cap * sizeof *part->entries);
	if (!part->entries)
		part->cap = 0;
	return part->entries != NULL;
}

static bool is_before(const struct radix_item *a, const struct radix_item *b)
{
	return a->key != b->key ? a->key < b->key : a->value < b->value;
}

/* What was taken, in order already, and what was brought, sorted: into one list. */
static const struct items *merge(struct hand *hand)
{
	const struct radix_item *a = hand->taken.list, *b = hand->sorted.list;
	const struct radix_item *a_end = a + hand->taken.count, *b_end = b + hand->sorted.count;
	hand->merged.count = 0;
	if (!hand->taken.count)
		return &hand->sorted;
	if (!hand->sorted.count)
		return &hand->taken;
	if (!items_room(&hand->merged, hand->taken.count + hand->sorted.count))
		return NULL;
	struct radix_item *out = hand->merged.list;
	while (a < a_end && b < b_end) {
		bool first = is_before(a, b);
		*out++ = first ? *a : *b;
		a += first;
		b += !first;
	}
	while (a < a_end)
		*out++ = *a++;
	while (b < b_end)
		*out++ = *b++;
	hand->merged.count = (size_t)(out - hand->merged.list);
	return &hand->merged;
}

/* The brought pairs of one of their parts, with the rows as they will be; the memory that these are read from is asked
 * ahead for a run of pairs. */
static bool part_bring(const struct lookup_source *source, size_t part, struct items *out)
{
	const struct pairs *pairs = source->brought;
	struct parts_walk walk = { .parts = pairs->parts, .part = part };
	uint64_t chunk = 0, ahead;
	struct pair_place place;
	size_t count;
	if (!items_room(out, parts_size(pairs->parts, part)))
		return false;
	for (char *run; parts_next(&walk, &run, &count);) {
		const uint64_t *words = (const uint64_t *)(const void *)run;
		ahead = chunk;
		for (size_t i = 0; i < count; i++)
			if (pairs_read(pairs, words[i], &ahead, &place))
				__builtin_prefetch(&source->rows[place.row]);
		for (size_t i = 0; i < count; i++)
			if (pairs_read(pairs, words[i], &chunk, &place))
				out->list[out->count++] =
				        item_of((struct lookup_pair){ (uint64_t)part << PAIRS_REST_BITS | place.rest,
				                        source->rows[place.row], source->columns[place.column] },
				                true);
	}
	return true;
}

/* All pairs of a part, in order; NULL when memory is out. */
static const struct items *part_items(struct lookup_builder *b, struct hand *hand, uint64_t at)
{
	unsigned inner = PAIRS_PART_BITS - b->part_bits;
	for (size_t i = at << inner; b->source->brought && i < (at + 1) << inner; i++)
		if (!part_bring(b->source, i, &hand->brought))
			return NULL;
	hand->sorted.count = 0;
	if (!items_room(&hand->sorted, hand->brought.count) ||
	        !radix_sort(hand->brought.list, hand->brought.count, b->part_bits, hand->sorted.list))
		return NULL;
	hand->sorted.count = hand->brought.count;
	return merge(hand);
}

static void part_build(void *user, size_t number, unsigned worker)
{
	struct lookup_builder *b = user;
	struct part *part = &b->parts[number];
	struct hand *hand = &b->hands[worker];
	uint64_t at = b->part_from + number;
	hufu_status status = HUFU_OK;
	part->count = hand->taken.count = hand->brought.count = 0;
	if (status_of(b))
		return;
	if (b->source->pairs)
		status = b->source->pairs(b->source->user, part_bucket(b, at), part_bucket(b, at + 1), b, worker);
	const struct items *items = status ? NULL : part_items(b, hand, at);
	if (!status && (!items || !part_room(part, items->count + 1)))
		status = HUFU_NO_MEMORY;
	if (status)
		fail_build(b, status);
	else
		part_entries(b, worker, items->list, items->count, part);
}

/* ---- all ---- */

static void wave_build(struct lookup_builder *b, size_t count)
{
	if (b->source->serial)
		for (size_t i = 0; i < count; i++)
			part_build(b, i, 0);
	else
		team_run(count, part_build, b);
}

static void parts_build(struct lookup_builder *b, struct container_writer *writer)
{
	size_t parts = (size_t)1 << b->part_bits, wave = (size_t)WAVE * team_size();
	for (b->part_from = 0; b->part_from < parts && !status_of(b); b->part_from += wave) {
		size_t count = parts - b->part_from < wave ? parts - b->part_from : wave;
		wave_build(b, count);
		for (size_t i = 0; i < count; i++)
			container_write(writer, b->parts[i].entries, b->parts[i].count * 8);
		if (writer->status)
			fail_build(b, writer->status);
		if (b->source->progress)
			b->source->progress(b->source->user, (double)(b->part_from + count) / (double)parts);
	}
}

static bool prepare(struct lookup_builder *b, size_t buckets)
{
	unsigned workers = team_size();
	b->part_bits = b->shape.prefix_bits < PAIRS_PART_BITS ? b->shape.prefix_bits : PAIRS_PART_BITS;
	b->parts = calloc((size_t)WAVE * workers, sizeof *b->parts);
	b->index = calloc(buckets + 1, sizeof *b->index);
	b->hands = calloc(workers, sizeof *b->hands);
	bool good = b->parts && b->index && b->hands;
	for (unsigned i = 0; good && i < workers; i++)
		good = (b->hands[i].per_column = calloc(b->columns + 1, sizeof(uint32_t))) != NULL;
	return good;
}

static void done(struct lookup_builder *b)
{
	for (unsigned i = 0; b->hands && i < team_size(); i++) {
		free(b->hands[i].per_column);
		free(b->hands[i].brought.list);
		free(b->hands[i].sorted.list);
		free(b->hands[i].taken.list);
		free(b->hands[i].merged.list);
	}
	for (size_t i = 0; b->parts && i < (size_t)WAVE * team_size(); i++)
		free(b->parts[i].entries);
	free(b->hands);
	free(b->parts);
	free(b->index);
}

/* Entries by bucket become entries before each bucket. */
static hufu_status index_write(struct lookup_builder *b, size_t buckets, struct container_writer *writer)
{
	uint64_t before = 0;
	for (size_t i = 0; i <= buckets; i++) {
		before += b->index[i];
		put_le32(&b->index[i], (uint32_t)before);
	}
	if (before > UINT32_MAX)
		return HUFU_LIMIT;
	container_section_begin(writer, SECTION_LOOKUP_INDEX);
	container_write(writer, b->index, (buckets + 1) * 4);
	container_section_end(writer);
	return writer->status;
}

hufu_status lookup_build(struct lookup_shape shape, const struct lookup_source *source, struct container_writer *writer,
        hufu_error *error)
{
	size_t buckets = (size_t)1 << shape.prefix_bits;
	struct lookup_builder b = { .shape = shape, .source = source, .columns = (size_t)1 << shape.column_bits };
	hufu_status status = prepare(&b, buckets) ? HUFU_OK : HUFU_NO_MEMORY;
	container_section_begin(writer, SECTION_LOOKUP);
	if (!status) {
		parts_build(&b, writer);
		status = status_of(&b);
	}
	container_section_end(writer);
	if (!status)
		status = index_write(&b, buckets, writer);
	done(&b);
	if (status == HUFU_NO_MEMORY || status == HUFU_LIMIT)
		fail(error, status, view_of("look-up"),
		        status == HUFU_LIMIT ? "more than 4 billion values" : "no memory",
		        "split the dataset, or seal fewer columns");
	return status;
}
