/* Builds and reads the look-up (lookup.h has its shape).
 *
 * Building goes over ranges of buckets small enough to sort in cache: collect the range's pairs, place them by bucket,
 * sort each bucket, drop doubles, turn what too many rows share into one "common" entry, write. */
#include "seal/lookup.h"
#include "base/le.h"
#include <stdlib.h>

enum { RANGE_PAIRS = 4 << 20, BUCKET_MEAN = 8, SMALL_SORT = 24 };

static uint32_t bits_for(uint64_t count)
{
	uint32_t bits = 0;
	while (bits < 63 && (1ull << bits) < count)
		bits++;
	return bits;
}

struct lookup_shape lookup_shape_for(uint64_t entries, uint64_t rows, uint64_t columns)
{
	struct lookup_shape shape = { .row_bits = bits_for(rows + 1), .column_bits = bits_for(columns) };
	if (shape.row_bits == 0)
		shape.row_bits = 1;
	shape.prefix_bits = bits_for(entries / BUCKET_MEAN + 1);
	/* An entry must hold what the bucket's number does not say of the token. */
	uint32_t packed = shape.row_bits + shape.column_bits,
	         least = packed > 64 - TOKEN_BITS ? packed - (64 - TOKEN_BITS) : 0;
	if (shape.prefix_bits < least)
		shape.prefix_bits = least;
	return shape;
}

/* ---- building ---- */

struct lookup_builder {
	struct lookup_shape shape;
	uint64_t from, to; /* buckets of this range */
	struct item {
		uint64_t entry;
		uint32_t bucket;
	} * items;
	size_t count, cap;
	uint64_t *sorted;
	size_t sorted_cap;
	uint32_t *starts; /* [to - from + 1] */
	uint32_t *index;  /* [buckets + 1]: entries before each bucket */
	uint64_t written;
	bool failed;
	const struct lookup_source *source;
};

void lookup_take(struct lookup_builder *builder, struct lookup_pair pair)
{
	uint64_t bucket = pair.token >> lookup_rest_bits(builder->shape);
	if (bucket < builder->from || bucket >= builder->to || builder->failed)
		return;
	if (builder->count == builder->cap) {
		size_t cap = builder->cap ? builder->cap * 2 : 1 << 16;
		struct item *items = realloc(builder->items, cap * sizeof *items);
		if (!items) {
			builder->failed = true;
			return;
		}
		builder->items = items;
		builder->cap = cap;
	}
	builder->items[builder->count++] =
	        (struct item){ lookup_pack(builder->shape, pair), (uint32_t)(bucket - builder->from) };
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void sort_entries(uint64_t *entries, size_t count)
{
	if (count > SMALL_SORT) {
		qsort(entries, count, sizeof *entries, by_value);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		uint64_t entry = entries[i];
		size_t at = i;
		for (; at && entries[at - 1] > entry; at--)
			entries[at] = entries[at - 1];
		entries[at] = entry;
	}
}

/* Places the range's items by bucket: counting sort. */
static bool place(struct lookup_builder *b)
{
	size_t buckets = (size_t)(b->to - b->from);
	if (b->count > b->sorted_cap) {
		free(b->sorted);
		b->sorted_cap = b->count;
		b->sorted = malloc(b->sorted_cap * sizeof *b->sorted);
	}
	if (!b->sorted && b->count)
		return false;
	memset(b->starts, 0, (buckets + 1) * sizeof *b->starts);
	for (size_t i = 0; i < b->count; i++)
		b->starts[b->items[i].bucket + 1]++;
	for (size_t i = 0; i < buckets; i++)
		b->starts[i + 1] += b->starts[i];
	for (size_t i = 0; i < b->count; i++)
		b->sorted[b->starts[b->items[i].bucket]++] = b->items[i].entry;
	/* Each start has moved to its bucket's end: the bucket before it tells where it began. */
	return true;
}

/* One value's entries, sorted: drops doubles; too many become one common entry. Returns how many stay at `out`. */
static size_t keep_value(struct lookup_builder *b, const uint64_t *entries, size_t count, uint64_t *out)
{
	struct lookup_shape shape = b->shape;
	uint64_t low = (1ull << (shape.row_bits + shape.column_bits)) - 1;
	uint64_t common = (entries[0] & ~low) | (uint64_t)lookup_row_none(shape) << shape.column_bits;
	uint64_t last = entries[count - 1];
	size_t kept = 0;
	bool many = (uint32_t)(last >> shape.column_bits & lookup_row_none(shape)) == lookup_row_none(shape);
	for (size_t i = 0; i < count && !many; i++) {
		if (i && entries[i] == entries[i - 1])
			continue;
		many = kept == LOOKUP_ROWS_MAX;
		if (!many)
			out[kept++] = entries[i];
	}
	if (!many)
		return kept;
	out[0] = common;
	return 1;
}

/* Tells who listens which rows share a value in one column. */
static void tell_shared(struct lookup_builder *b, const uint64_t *kept, size_t count)
{
	uint32_t rows[LOOKUP_ROWS_MAX];
	struct lookup_shape shape = b->shape;
	for (size_t i = 0; i < count; i++) {
		uint32_t column = lookup_unpack(shape, 0, kept[i]).column;
		size_t same = 0;
		bool told = false;
		for (size_t j = 0; j < count; j++) {
			struct lookup_pair pair = lookup_unpack(shape, 0, kept[j]);
			if (pair.column != column || pair.row == lookup_row_none(shape))
				continue;
			told |= j < i;
			rows[same++] = pair.row;
		}
		if (same > 1 && !told)
			b->source->shared(b->source->user, column, rows, same);
	}
}

/* Sorts and thins one bucket where it lies; returns its new length. */
static size_t thin_bucket(struct lookup_builder *b, uint64_t *entries, size_t count)
{
	uint32_t low_bits = b->shape.row_bits + b->shape.column_bits;
	uint64_t out[LOOKUP_ROWS_MAX];
	size_t kept = 0;
	sort_entries(entries, count);
	for (size_t i = 0; i < count;) {
		size_t end = i + 1;
		while (end < count && entries[end] >> low_bits == entries[i] >> low_bits)
			end++;
		size_t now = keep_value(b, entries + i, end - i, out);
		if (now > 1 && b->source->shared)
			tell_shared(b, out, now);
		memcpy(entries + kept, out, now * sizeof *out);
		kept += now;
		i = end;
	}
	return kept;
}

static hufu_status build_range(struct lookup_builder *b, struct container_writer *writer)
{
	b->count = 0;
	hufu_status status = b->source->pairs(b->source->user, b->from, b->to, b);
	if (status)
		return status;
	if (b->failed || !place(b))
		return HUFU_NO_MEMORY;
	for (uint64_t bucket = b->from; bucket < b->to; bucket++) {
		size_t at = bucket == b->from ? 0 : b->starts[bucket - b->from - 1];
		size_t count = thin_bucket(b, b->sorted + at, b->starts[bucket - b->from] - at);
		b->index[bucket] = (uint32_t)b->written;
		for (size_t i = 0; i < count; i++)
			put_le64(&b->sorted[at + i], b->sorted[at + i]);
		container_write(writer, b->sorted + at, count * 8);
		b->written += count;
	}
	return b->written > UINT32_MAX ? HUFU_LIMIT : writer->status;
}

hufu_status lookup_build(struct lookup_shape shape, uint64_t expected, const struct lookup_source *source,
        struct container_writer *writer, hufu_error *error)
{
	uint64_t buckets = 1ull << shape.prefix_bits, ranges = expected / RANGE_PAIRS + 1;
	uint64_t step = (buckets + ranges - 1) / ranges;
	struct lookup_builder b = { .shape = shape, .source = source };
	b.starts = malloc((step + 1) * sizeof *b.starts);
	b.index = malloc((buckets + 1) * sizeof *b.index);
	hufu_status status = b.starts && b.index ? HUFU_OK : HUFU_NO_MEMORY;
	container_section_begin(writer, SECTION_LOOKUP);
	for (b.from = 0; b.from < buckets && !status; b.from = b.to) {
		b.to = b.from + step < buckets ? b.from + step : buckets;
		status = build_range(&b, writer);
	}
	container_section_end(writer);
	if (!status) {
		b.index[buckets] = (uint32_t)b.written;
		for (uint64_t i = 0; i <= buckets; i++)
			put_le32(&b.index[i], b.index[i]);
		container_section_begin(writer, SECTION_LOOKUP_INDEX);
		container_write(writer, b.index, (buckets + 1) * 4);
		container_section_end(writer);
	}
	free(b.items);
	free(b.sorted);
	free(b.starts);
	free(b.index);
	if (status == HUFU_NO_MEMORY || status == HUFU_LIMIT)
		fail(error, status, view_of("look-up"),
		        status == HUFU_LIMIT ? "more than 4 billion values" : "no memory",
		        "split the dataset, or seal fewer columns");
	return status;
}

/* ---- reading ---- */

/* The entries of a token's bucket; NULL when there are none or the seal is damaged. */
static const uint8_t *bucket_of(struct seal *seal, struct lookup_shape shape, uint64_t token, uint64_t *count)
{
	uint64_t bucket = token >> lookup_rest_bits(shape);
	const uint8_t *index = container_at(&seal->file, SECTION_LOOKUP_INDEX, bucket * 4, 8);
	if (!index)
		return NULL;
	uint64_t from = le32(index), to = le32(index + 4);
	if (from > to) {
		seal->file.damaged = true;
		return NULL;
	}
	*count = to - from;
	return from == to ? NULL : container_at(&seal->file, SECTION_LOOKUP, from * 8, (to - from) * 8);
}

uint32_t seal_find(struct seal *seal, uint64_t token, struct seal_hit hits[LOOKUP_ROWS_MAX], bool *common)
{
	struct lookup_shape shape = lookup_shape_of(&seal->meta);
	uint64_t count = 0;
	const uint8_t *at = bucket_of(seal, shape, token, &count);
	uint64_t rest = token & ((1ull << lookup_rest_bits(shape)) - 1);
	uint32_t low_bits = shape.row_bits + shape.column_bits, found = 0;
	*common = false;
	for (uint64_t i = 0; at && i < count; i++) {
		uint64_t entry = le64(at + i * 8);
		if (entry >> low_bits != rest)
			continue;
		struct lookup_pair pair = lookup_unpack(shape, 0, entry);
		if (pair.row == lookup_row_none(shape))
			*common = true;
		else if (pair.row >= seal->meta.rows || pair.column >= seal->meta.column_count)
			seal->file.damaged = true; /* authentic, and yet no row of ours: better no answer */
		else if (found < LOOKUP_ROWS_MAX)
			hits[found++] = (struct seal_hit){ pair.row, pair.column };
	}
	return found;
}

void seal_prefetch(const struct seal *seal, uint64_t token, int step)
{
	const struct container *file = &seal->file;
	uint64_t bucket = token >> lookup_rest_bits(lookup_shape_of(&seal->meta));
	uint64_t at = file->sections[SECTION_LOOKUP_INDEX].at + bucket * 4;
	if (step == 0) {
		__builtin_prefetch(file->map + at);
		return;
	}
	/* An index not verified yet may point anywhere; its block is verified at the look-up that follows. */
	if (!file->checked[at / CONTAINER_BLOCK])
		return;
	uint64_t entry = (uint64_t)le32(file->map + at) * 8;
	/* A bucket's eight entries or so lie on two lines, as a rule. */
	for (uint64_t line = 0; line < 2 && entry + line * 64 < file->sections[SECTION_LOOKUP].len; line++)
		__builtin_prefetch(file->map + file->sections[SECTION_LOOKUP].at + entry + line * 64);
}
