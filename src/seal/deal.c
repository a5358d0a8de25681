/* Deals a draft out, once its rows are numbered: rows go to parts by their numbers, with the checks of their cells, and
 * pairs of token and row to parts by their tokens (pairs.h).
 *
 * A chunk of tokens is looked at once, while it is in the cache, and its memory is then used for what comes of others.
 */
#include "base/siphash_lanes.h"
#include "base/team.h"
#include "seal/weave.h"
#include <stdlib.h>

enum { PART_ROWS = 16384, PART_BITS_MAX = 12 };

struct deal {
	struct weave *w;
	bool failed;
};

/* Some rows of a chunk, and where each is dealt to. */
struct block {
	struct weave *w;
	unsigned worker;
	size_t chunk, first, rows;
	const uint64_t *numbers;
	uint8_t *dealt[TOKEN_BLOCK];
	uint64_t tokens[TOKEN_BLOCK], hashes[TOKEN_BLOCK]; /* of a column */
};

static bool deal_rows(struct block *block)
{
	const struct weave *w = block->w;
	size_t row = block->chunk * w->draft->chunk_rows + block->first;
	block->numbers = w->draft->row_numbers + row;
	for (size_t i = 0; i < block->rows; i++) {
		uint64_t number = block->numbers[i];
		uint8_t *dealt =
		        parts_add(w->dealt_rows, block->worker, w->row_bits ? number >> (64 - w->row_bits) : 0);
		if (!dealt)
			return false;
		put_le64(dealt, number);
		put_le32(dealt + 8, (uint32_t)(row + i));
		block->dealt[i] = dealt;
	}
	return true;
}

static const uint64_t *plane_of(const struct block *block, const struct draft_column *column)
{
	return draft_plane(block->w->draft, block->chunk, column->at) + block->first;
}

/* Who a row is: the person that its column names; where that is empty, as many as there are rows. */
static void deal_persons(struct block *block)
{
	const struct weave *w = block->w;
	const struct draft_column *column = w->draft->person_column;
	const uint64_t *tokens = column ? plane_of(block, column) : NULL;
	for (size_t i = 0; i < block->rows; i++) {
		uint64_t token = tokens ? TOKEN_VALUE(tokens[i]) : 0;
		put_le64(block->dealt[i] + w->dealt.person,
		        token ? person_number(w->row_key, token) : block->numbers[i]);
	}
}

static void deal_facet(struct block *block, size_t facet)
{
	const struct weave *w = block->w;
	const struct draft_column *column = w->facet_sources[facet].column;
	const uint64_t *tokens = column ? plane_of(block, column) : NULL;
	for (size_t i = 0; i < block->rows; i++)
		put_le16(block->dealt[i] + w->dealt.facets + 2 * facet,
		        tokens ? facet_code(&column->facet, TOKEN_VALUE(tokens[i])) : FACET_UNKNOWN);
}

static void deal_checks(struct block *block, const struct draft_column *column)
{
	const struct weave *w = block->w;
	const uint64_t *tokens = plane_of(block, column);
	uint64_t tags[TOKEN_BLOCK];
	const uint64_t *words[3] = { block->tokens, block->numbers, tags };
	size_t at = w->dealt.checks + 2 * column->at;
	for (size_t i = 0; i < block->rows; i++) {
		block->tokens[i] = TOKEN_VALUE(tokens[i]);
		tags[i] = w->meta->columns[column->target].tag;
	}
	siphash_arrays(siphash_begin(w->check_key), 0, words, 3, block->rows, block->hashes);
	for (size_t i = 0; i < block->rows; i++)
		put_le16(block->dealt[i] + at, (uint16_t)block->hashes[i]);
}

/* Common values are known already: they have no pairs. */
static void deal_pairs(struct block *block, const struct draft_column *column)
{
	const uint64_t *tokens = plane_of(block, column);
	const struct pairs_hand hand = pairs_enter(&block->w->pairs, block->worker, block->chunk);
	for (size_t i = 0; i < block->rows; i++)
		if (tokens[i] && !(tokens[i] & TOKEN_COMMON))
			pairs_add(&hand, tokens[i], block->first + i, column->at);
}

static void deal_chunk(void *user, size_t chunk, unsigned worker)
{
	struct deal *deal = user;
	struct weave *w = deal->w;
	const struct draft *draft = w->draft;
	struct block block = { .w = w, .worker = worker, .chunk = chunk };
	size_t rows = draft_chunk_rows(draft, chunk);
	for (; block.first < rows; block.first += block.rows) {
		block.rows = rows - block.first < TOKEN_BLOCK ? rows - block.first : TOKEN_BLOCK;
		if (!deal_rows(&block)) {
			__atomic_store_n(&deal->failed, true, __ATOMIC_RELAXED);
			return;
		}
		if (w->dealt.person)
			deal_persons(&block);
		for (size_t facet = 0; facet < w->facet_count; facet++)
			deal_facet(&block, facet);
		for (size_t i = 0; i < draft->column_count; i++) {
			if (draft->columns[i].target < 0)
				continue;
			deal_checks(&block, &draft->columns[i]);
			deal_pairs(&block, &draft->columns[i]);
		}
	}
	slabs_give(draft->slabs, worker, draft->chunks[chunk]);
}

/* Parts of old and new rows together that a processor's cache holds. */
static unsigned bits_for(uint64_t rows)
{
	unsigned bits = 0;
	while (bits < PART_BITS_MAX && rows >> bits > PART_ROWS)
		bits++;
	return bits;
}

static void shape_make(struct weave *w)
{
	struct dealt_shape *shape = &w->dealt;
	shape->bytes = 12;
	if (w->meta->person_stored) {
		shape->person = shape->bytes;
		shape->bytes += 8;
	}
	shape->facets = shape->bytes;
	shape->checks = shape->facets + 2 * w->facet_count;
	shape->bytes = shape->checks + 2 * w->draft->width;
}

bool deal_out(struct weave *w)
{
	struct draft *draft = w->draft;
	struct deal deal = { .w = w };
	shape_make(w);
	w->row_bits = bits_for((w->old ? w->old->meta.rows : 0) + draft->rows);
	w->dealt_rows = parts_new((size_t)1 << w->row_bits, w->dealt.bytes, draft->slabs);
	if (!w->dealt_rows || !pairs_init(&w->pairs, draft->chunk_rows, draft->width, draft->slabs))
		return false;
	team_run(draft->chunk_count, deal_chunk, &deal);
	draft->chunk_count = 0;
	free(draft->row_numbers);
	draft->row_numbers = NULL;
	return !deal.failed && !parts_failed(w->pairs.parts);
}
