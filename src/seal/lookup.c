/* The look-up's shape, and reading it (lookup.h); lookupbuild.c makes it. */
#include "seal/lookup.h"
#include "base/le.h"

enum { BUCKET_MEAN = 8 };

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
		container_spoil(&seal->file);
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
	uint64_t i = 0, entry;
	while (at && i < count && le64(at + i * 8) >> low_bits < rest)
		i++;
	for (; at && i < count && (entry = le64(at + i * 8)) >> low_bits == rest; i++) {
		struct lookup_pair pair = lookup_unpack(shape, 0, entry);
		if (pair.row == lookup_row_none(shape))
			*common = true;
		else if (pair.row >= seal->meta.rows || pair.column >= seal->meta.column_count)
			container_spoil(&seal->file); /* authentic, and yet no row of ours: better no answer */
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
	if (!__atomic_load_n(&file->checked[at / CONTAINER_BLOCK], __ATOMIC_RELAXED))
		return;
	uint64_t from = (uint64_t)le32(file->map + at) * 8, to = (uint64_t)le32(file->map + at + 4) * 8;
	to = to < file->sections[SECTION_LOOKUP].len ? to : file->sections[SECTION_LOOKUP].len;
	/* A bucket's eight entries or so lie on one line or two, as a rule. */
	const uint8_t *entries = file->map + file->sections[SECTION_LOOKUP].at;
	if (from < to)
		__builtin_prefetch(entries + from);
	if (from < to && from / 64 != (to - 1) / 64)
		__builtin_prefetch(entries + from + 64);
}
