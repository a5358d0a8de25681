/* Builds the look-up, part by part of the token space: a part's pairs are put in order (lookupitems.c), doubles are
 * dropped, what too many rows share becomes one "common" entry, and the parts are written in order. */
#include "base/le.h"
#include "base/team.h"
#include "seal/lookupitems.h"
#include <stdlib.h>

enum { WAVE = 32 /* parts a worker between two writes */ };

struct part {
	uint64_t *entries; /* as they go to the file */
	size_t count, cap;
};

/* A worker's scratch. */
struct hand {
	uint32_t *per_column; /* [columns] */
	struct gathering gathering;
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

static void item_add(struct lookup_builder *b, struct items *items, struct lookup_pair pair)
{
	if (items->count == items->cap && !items_room(items, 1))
		fail_build(b, HUFU_NO_MEMORY);
	else
		items->list[items->count++] = item_of(pair, false);
}

void lookup_take(struct lookup_builder *b, unsigned worker, struct lookup_pair pair)
{
	item_add(b, &b->hands[worker].gathering.taken, pair);
}

void lookup_common(struct lookup_builder *b, unsigned worker, uint64_t token)
{
	item_add(b, &b->hands[worker].gathering.brought, (struct lookup_pair){ token, lookup_row_none(b->shape), 0 });
}

/* ---- one value ---- */

/* Tells who listens how many of the counted rows share the value, column by column. */
static void tell_frequent(struct lookup_builder *b, unsigned worker, const struct radix_item *items, size_t count)
{
	uint32_t *per_column = b->hands[worker].per_column;
	memset(per_column, 0, b->columns * sizeof *per_column);
	for (size_t i = 0; i < count; i++)
		per_column[item_pair(&items[i]).column] += (uint32_t)items[i].value & 1;
	for (uint32_t c = 0; c < b->columns; c++)
		if (per_column[c] > LOOKUP_ROWS_MAX)
			b->source->frequent(b->source->user, worker, c, item_pair(items).token, per_column[c]);
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
	bool many = (uint32_t)(items[count - 1].value >> ITEM_ROW_SHIFT) == none;
	for (size_t i = 0; i < count && !many; i++) {
		if (i && items[i].value >> ITEM_COLUMN_SHIFT == items[i - 1].value >> ITEM_COLUMN_SHIFT)
			continue;
		many = made == LOOKUP_ROWS_MAX;
		if (!many)
			kept[made++] = item_pair(&items[i]);
	}
	if (b->source->frequent && count > LOOKUP_ROWS_MAX)
		tell_frequent(b, worker, items, count);
	if (many) {
		kept[0] = (struct lookup_pair){ item_pair(items).token, none, 0 };
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
		size_t made = 1;
		if (end - i == 1)
			put_le64(part->entries + part->count, lookup_pack(b->shape, item_pair(&items[i])));
		else
			made = keep_value(b, worker, items + i, end - i, part->entries + part->count);
		part->count += made;
		b->index[(item_pair(&items[i]).token >> rest_bits) + 1] += (uint32_t)made;
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

/* All pairs of a part, in order; NULL when memory is out. */
static const struct items *part_items(const struct lookup_builder *b, struct gathering *gathering, uint64_t at)
{
	unsigned inner = PAIRS_PART_BITS - b->part_bits;
	for (size_t i = at << inner; b->source->brought && i < (at + 1) << inner; i++)
		if (!items_bring(&gathering->brought, b->source, i))
			return NULL;
	return items_order(gathering, b->part_bits);
}

static void part_build(void *user, size_t number, unsigned worker)
{
	struct lookup_builder *b = user;
	struct part *part = &b->parts[number];
	struct gathering *gathering = &b->hands[worker].gathering;
	uint64_t at = b->part_from + number;
	hufu_status status = HUFU_OK;
	part->count = gathering->taken.count = gathering->brought.count = 0;
	if (status_of(b))
		return;
	if (b->source->pairs)
		status = b->source->pairs(b->source->user, part_bucket(b, at), part_bucket(b, at + 1), b, worker);
	const struct items *items = status ? NULL : part_items(b, gathering, at);
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
		gathering_done(&b->hands[i].gathering);
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
