/* Builds the look-up: pairs are kept by the upper bits of their tokens (base/radix.h), each part is sorted, doubles are
 * dropped, what too many rows share becomes one "common" entry, and the parts are written in order. */
#include "base/le.h"
#include "base/radix.h"
#include "base/team.h"
#include "seal/lookup.h"
#include <stdlib.h>

enum {
	PASS_PAIRS = 24 << 20, /* 384 MB of pairs */
	PART_PAIRS = 32 << 10,
	PART_BITS_MAX = 12,
	WAVE = 8, /* parts a worker between two writes */
};

_Static_assert(BATCH_COLUMNS_MAX <= 1 << (LOOKUP_ROW_SHIFT - LOOKUP_COLUMN_SHIFT), "a column must fit its bits");

struct part {
	uint64_t *entries; /* as they go to the file */
	size_t count, cap;
};

/* A worker's scratch. */
struct hand {
	uint32_t *per_column;                      /* [columns] */
	struct radix_item *items, *taken, *merged; /* of the part: brought and sorted; taken in order; both */
	size_t item_cap, taken_cap, taken_count, merged_cap;
};

struct lookup_builder {
	struct lookup_shape shape;
	const struct lookup_source *source;
	uint32_t pass_bits, part_bits;
	uint64_t pass, part_from; /* part_from: the wave's first part */
	struct radix *radix;      /* the pass's pairs */
	struct part *parts;       /* [wave] */
	uint32_t *index;          /* [buckets + 1]: entries of the bucket before */
	struct hand *hands;       /* [workers] */
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

/* Bits of a token that the pass and the 64 bits of a key leave over. */
static uint32_t key_shift(const struct lookup_builder *b)
{
	return 64 - TOKEN_BITS + b->pass_bits;
}

struct lookup_inlet lookup_inlet(const struct lookup_builder *b)
{
	return (struct lookup_inlet){ b->radix, key_shift(b) };
}

/* Buckets of a part are the last bits of its number, those of a pass the first. */
static uint64_t part_bucket(const struct lookup_builder *b, uint64_t part)
{
	uint32_t inner = b->shape.prefix_bits - b->pass_bits - b->part_bits;
	return ((b->pass << b->part_bits) + part) << inner;
}

static uint64_t pass_bucket(const struct lookup_builder *b, uint64_t pass)
{
	return pass << (b->shape.prefix_bits - b->pass_bits);
}

void lookup_take(struct lookup_builder *b, unsigned worker, struct lookup_pair pair)
{
	struct hand *hand = &b->hands[worker];
	if (hand->taken_count == hand->taken_cap) {
		size_t cap = hand->taken_cap ? hand->taken_cap * 2 : 1 << 12;
		struct radix_item *taken = realloc(hand->taken, cap * sizeof *taken);
		if (!taken) {
			fail_build(b, HUFU_NO_MEMORY);
			return;
		}
		hand->taken = taken;
		hand->taken_cap = cap;
	}
	hand->taken[hand->taken_count++] = lookup_item(key_shift(b), pair, false);
}

/* ---- one value ---- */

static struct lookup_pair pair_of(const struct lookup_builder *b, const struct radix_item *item)
{
	uint64_t token = item->key >> key_shift(b);
	if (b->pass_bits)
		token |= b->pass << (TOKEN_BITS - b->pass_bits);
	return (struct lookup_pair){ token, (uint32_t)(item->value >> LOOKUP_ROW_SHIFT),
		(uint32_t)(item->value >> LOOKUP_COLUMN_SHIFT) &
		        ((1u << (LOOKUP_ROW_SHIFT - LOOKUP_COLUMN_SHIFT)) - 1) };
}

/* Tells who listens how many of the counted rows share the value, column by column. */
static void tell_frequent(struct lookup_builder *b, unsigned worker, const struct radix_item *items, size_t count)
{
	uint32_t *per_column = b->hands[worker].per_column;
	memset(per_column, 0, b->columns * sizeof *per_column);
	for (size_t i = 0; i < count; i++)
		per_column[pair_of(b, &items[i]).column] += (uint32_t)items[i].value & 1;
	for (uint32_t c = 0; c < b->columns; c++)
		if (per_column[c] > LOOKUP_ROWS_MAX)
			b->source->frequent(b->source->user, worker, c, pair_of(b, items).token, per_column[c]);
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
		put_le64(out, lookup_pack(b->shape, pair_of(b, items)));
		return 1;
	}
	bool many = (uint32_t)(items[count - 1].value >> LOOKUP_ROW_SHIFT) == none;
	for (size_t i = 0; i < count && !many; i++) {
		if (i && items[i].value >> LOOKUP_COLUMN_SHIFT == items[i - 1].value >> LOOKUP_COLUMN_SHIFT)
			continue;
		many = made == LOOKUP_ROWS_MAX;
		if (!many)
			kept[made++] = pair_of(b, &items[i]);
	}
	if (b->source->frequent && count > LOOKUP_ROWS_MAX)
		tell_frequent(b, worker, items, count);
	if (many) {
		kept[0] = (struct lookup_pair){ pair_of(b, items).token, none, 0 };
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
		b->index[(pair_of(b, &items[i]).token >> rest_bits) + 1] += (uint32_t)made;
	}
}

/* Memory stays with worker and place from one part to the next. */
static bool items_room(struct radix_item **items, size_t *cap, size_t count)
{
	if (count <= *cap)
		return true;
	free(*items);
	*cap = count + count / 8;
	*items = malloc(*cap * sizeof **items);
	if (!*items)
		*cap = 0;
	return *items != NULL;
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
static const struct radix_item *merge(struct hand *hand, size_t brought)
{
	const struct radix_item *a = hand->taken, *b = hand->items;
	const struct radix_item *a_end = a + hand->taken_count, *b_end = b + brought;
	if (!hand->taken_count)
		return hand->items;
	if (!items_room(&hand->merged, &hand->merged_cap, hand->taken_count + brought))
		return NULL;
	struct radix_item *out = hand->merged;
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
	return hand->merged;
}

static void part_build(void *user, size_t number, unsigned worker)
{
	struct lookup_builder *b = user;
	struct part *part = &b->parts[number];
	struct hand *hand = &b->hands[worker];
	uint64_t at = b->part_from + number;
	hufu_status status = HUFU_OK;
	part->count = hand->taken_count = 0;
	if (status_of(b))
		return;
	if (b->source->pairs)
		status = b->source->pairs(b->source->user, part_bucket(b, at), part_bucket(b, at + 1), b, worker);
	size_t brought = radix_count(b->radix, at), count = brought + hand->taken_count;
	const struct radix_item *items = NULL;
	if (!status && items_room(&hand->items, &hand->item_cap, brought + 1) && part_room(part, count + 1) &&
	        !radix_failed(b->radix) && radix_take(b->radix, worker, at, hand->items))
		items = merge(hand, brought);
	if (!status && !items)
		status = HUFU_NO_MEMORY;
	if (!status)
		part_entries(b, worker, items, count, part);
	if (status)
		fail_build(b, status);
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

static void pass_build(struct lookup_builder *b, struct container_writer *writer)
{
	size_t parts = (size_t)1 << b->part_bits, wave = (size_t)WAVE * team_size();
	if (b->source->bring)
		b->source->bring(b->source->user, pass_bucket(b, b->pass), pass_bucket(b, b->pass + 1), b);
	for (b->part_from = 0; b->part_from < parts && !status_of(b); b->part_from += wave) {
		size_t count = parts - b->part_from < wave ? parts - b->part_from : wave;
		wave_build(b, count);
		for (size_t i = 0; i < count; i++)
			container_write(writer, b->parts[i].entries, b->parts[i].count * 8);
		if (writer->status)
			fail_build(b, writer->status);
	}
}

static bool prepare(struct lookup_builder *b, uint64_t expected, size_t buckets)
{
	unsigned workers = team_size();
	uint64_t pass = b->source->pass_pairs ? b->source->pass_pairs : PASS_PAIRS,
	         part = b->source->part_pairs ? b->source->part_pairs : PART_PAIRS;
	while (b->pass_bits < b->shape.prefix_bits && expected >> b->pass_bits > pass)
		b->pass_bits++;
	while (b->part_bits < PART_BITS_MAX && b->pass_bits + b->part_bits < b->shape.prefix_bits &&
	        expected >> (b->pass_bits + b->part_bits) > part)
		b->part_bits++;
	b->parts = calloc((size_t)WAVE * workers, sizeof *b->parts);
	b->index = calloc(buckets + 1, sizeof *b->index);
	b->hands = calloc(workers, sizeof *b->hands);
	b->radix = radix_new(b->part_bits);
	bool good = b->parts && b->index && b->hands && b->radix;
	for (unsigned i = 0; good && i < workers; i++)
		good = (b->hands[i].per_column = calloc(b->columns + 1, sizeof(uint32_t))) != NULL;
	return good;
}

static void done(struct lookup_builder *b)
{
	for (unsigned i = 0; b->hands && i < team_size(); i++) {
		free(b->hands[i].per_column);
		free(b->hands[i].items);
		free(b->hands[i].taken);
		free(b->hands[i].merged);
	}
	for (size_t i = 0; b->parts && i < (size_t)WAVE * team_size(); i++)
		free(b->parts[i].entries);
	radix_free(b->radix);
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

hufu_status lookup_build(struct lookup_shape shape, uint64_t expected, const struct lookup_source *source,
        struct container_writer *writer, hufu_error *error)
{
	size_t buckets = (size_t)1 << shape.prefix_bits;
	struct lookup_builder b = { .shape = shape, .source = source, .columns = (size_t)1 << shape.column_bits };
	hufu_status status = prepare(&b, expected, buckets) ? HUFU_OK : HUFU_NO_MEMORY;
	container_section_begin(writer, SECTION_LOOKUP);
	for (b.pass = 0; !status && b.pass >> b.pass_bits == 0; b.pass++) {
		pass_build(&b, writer);
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
