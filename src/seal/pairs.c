/* Making and freeing pairs (pairs.h); adding and reading one is a few instructions there. */
#include "seal/pairs.h"
#include <assert.h>
#include <stdlib.h>

static unsigned bits_for(size_t count)
{
	unsigned bits = 0;
	while ((size_t)1 << bits < count)
		bits++;
	return bits;
}

bool pairs_init(struct pairs *pairs, size_t chunk_rows, size_t columns, struct slabs *slabs)
{
	*pairs = (struct pairs){
		.chunk_rows = chunk_rows, .row_bits = bits_for(chunk_rows), .column_bits = bits_for(columns + 1)
	};
	assert(pairs->row_bits + pairs->column_bits + PAIRS_REST_BITS <= 64);
	pairs->parts = parts_new((size_t)1 << PAIRS_PART_BITS, sizeof(uint64_t), slabs);
	if (!pairs->parts)
		return false;
	pairs->said = calloc((size_t)pairs->parts->workers << PAIRS_PART_BITS, sizeof *pairs->said);
	return pairs->said != NULL;
}

void pairs_done(struct pairs *pairs)
{
	parts_free(pairs->parts);
	free(pairs->said);
	*pairs = (struct pairs){ 0 };
}
