/* Counts columns of tokens without sorting them.
 *
 * Common values of a sample are found in two steps: a table of small saturating counters over the tokens' low bits (any
 * token of a slot that stays low is rare), then exact counts of the few that are left. Different values are estimated
 * by HyperLogLog (Flajolet et al. 2007) with 4096 registers, and counted while they are few; tokens are uniform
 * already.
 */
#include "seal/stats.h"
#include "base/le.h"
#include "seal/seal.h"
#include <math.h>
#include <stdlib.h>

enum { STATS_COMMON_MAX = 4096, SHAPE_CELLS = 1000 };

/* ---- different values ---- */

static double distinct_estimate(const uint8_t registers[REGISTERS])
{
	double sum = 0, zero = 0;
	for (int i = 0; i < REGISTERS; i++) {
		sum += ldexp(1, -registers[i]);
		zero += registers[i] == 0;
	}
	double estimate = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum;
	if (estimate < 2.5 * REGISTERS && zero > 0)
		estimate = REGISTERS * log(REGISTERS / zero); /* linear counting where most registers are empty */
	return estimate;
}

static void few_take(struct column_counts *counts, uint64_t token)
{
	size_t at = token % FEW_SLOTS;
	while (counts->few[at] && counts->few[at] != token)
		at = (at + 1) % FEW_SLOTS;
	counts->few_count += !counts->few[at];
	counts->few[at] = token;
}

void counts_take(struct column_counts *counts, const uint64_t *tokens, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		uint64_t token = tokens[i];
		if (!token)
			continue;
		uint64_t slot = token & (REGISTERS - 1),
		         rest = token >> REGISTER_BITS | 1ull << (TOKEN_BITS - REGISTER_BITS);
		uint8_t rank = (uint8_t)(__builtin_ctzll(rest) + 1);
		counts->filled++;
		if (rank > counts->registers[slot])
			counts->registers[slot] = rank;
		if (counts->few_count <= DISTINCT_FEW)
			few_take(counts, token);
	}
}

void counts_take_heavy(struct column_counts *counts, const struct heavy *heavy, uint64_t *tokens, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		int64_t at = heavy_slot(heavy, tokens[i]);
		if (at < 0 || !tokens[i])
			continue;
		counts->heavy[at]++;
		tokens[i] |= TOKEN_COMMON;
	}
}

void counts_join(struct column_counts *counts, const struct column_counts *other)
{
	counts->filled += other->filled;
	for (size_t i = 0; i < REGISTERS; i++)
		if (other->registers[i] > counts->registers[i])
			counts->registers[i] = other->registers[i];
	if (other->few_count > DISTINCT_FEW)
		counts->few_count = DISTINCT_FEW + 1;
	for (size_t i = 0; i < FEW_SLOTS && counts->few_count <= DISTINCT_FEW; i++)
		if (other->few[i])
			few_take(counts, other->few[i]);
}

/* A key of few rows is found by multiplying such counts: there an estimate that misses one value is wrong. */
uint64_t counts_distinct(const struct column_counts *counts)
{
	return counts->few_count <= DISTINCT_FEW ? counts->few_count
	                                         : (uint64_t)(distinct_estimate(counts->registers) + 0.5);
}

/* ---- common values ---- */

struct value_map {
	struct value_count *slots;
	size_t mask, used;
};

static bool map_grow(struct value_map *map)
{
	size_t cap = map->slots ? (map->mask + 1) * 2 : 1024;
	struct value_count *slots = calloc(cap, sizeof *slots);
	if (!slots)
		return false;
	for (size_t i = 0; map->slots && i <= map->mask; i++) {
		if (!map->slots[i].token)
			continue;
		size_t at = map->slots[i].token & (cap - 1);
		while (slots[at].token)
			at = (at + 1) & (cap - 1);
		slots[at] = map->slots[i];
	}
	free(map->slots);
	map->slots = slots;
	map->mask = cap - 1;
	return true;
}

static struct value_count *map_at(struct value_map *map, uint64_t token)
{
	size_t at = token & map->mask;
	while (map->slots[at].token && map->slots[at].token != token)
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

static bool map_count(struct value_map *map, uint64_t token)
{
	if ((!map->slots || map->used * 2 > map->mask) && !map_grow(map))
		return false;
	struct value_count *slot = map_at(map, token);
	map->used += slot->token == 0;
	slot->token = token;
	slot->count++;
	return true;
}

/* Saturating counters over the tokens' low bits; about four rows a counter. */
static uint8_t *rough_counts(const uint64_t *tokens, size_t rows, size_t *mask)
{
	size_t slots = 4096;
	while (slots < rows / 4)
		slots *= 2;
	uint8_t *rough = calloc(slots, 1);
	*mask = slots - 1;
	for (size_t i = 0; rough && i < rows; i++) {
		uint8_t *slot = &rough[tokens[i] & *mask];
		*slot = (uint8_t)(*slot + (*slot <= LOOKUP_ROWS_MAX));
	}
	return rough;
}

static int by_token(const void *a, const void *b)
{
	uint64_t x = ((const struct value_count *)a)->token, y = ((const struct value_count *)b)->token;
	return (x > y) - (x < y);
}

/* Leaves the values that are common, sorted. */
static void map_sift(struct value_map *map, struct value_count **out, size_t *count)
{
	size_t kept = 0;
	for (size_t i = 0; map->slots && i <= map->mask; i++)
		if (map->slots[i].count > LOOKUP_ROWS_MAX)
			map->slots[kept++] = map->slots[i];
	if (kept)
		qsort(map->slots, kept, sizeof *map->slots, by_token);
	*out = map->slots;
	*count = kept;
}

bool common_find(const uint64_t *tokens, size_t rows, struct value_count **out, size_t *count)
{
	size_t mask;
	struct value_map map = { 0 };
	uint8_t *rough = rough_counts(tokens, rows, &mask);
	bool good = rough != NULL;
	for (size_t i = 0; i < rows && good; i++)
		if (tokens[i] && rough[tokens[i] & mask] > LOOKUP_ROWS_MAX)
			good = map_count(&map, tokens[i]);
	free(rough);
	*out = NULL;
	*count = 0;
	if (good)
		map_sift(&map, out, count);
	else
		free(map.slots);
	return good;
}

bool heavy_init(struct heavy *heavy, const struct value_count *common, size_t count)
{
	size_t cap = 16;
	*heavy = (struct heavy){ 0 };
	if (!count)
		return true;
	while (cap < 2 * count)
		cap *= 2;
	heavy->slots = calloc(cap, sizeof *heavy->slots);
	heavy->mask = cap - 1;
	for (size_t i = 0; heavy->slots && i < count; i++) {
		size_t at = common[i].token & heavy->mask;
		while (heavy->slots[at])
			at = (at + 1) & heavy->mask;
		heavy->slots[at] = common[i].token;
	}
	return heavy->slots != NULL;
}

void heavy_done(struct heavy *heavy)
{
	free(heavy->slots);
	*heavy = (struct heavy){ 0 };
}

void column_stats_done(struct column_stats *stats)
{
	free(stats->common);
	*stats = (struct column_stats){ 0 };
}

bool column_stats_add(struct column_stats *stats, const struct value_count *more, size_t count)
{
	struct value_count *grown = realloc(stats->common, (stats->common_count + count + 1) * sizeof *grown);
	if (!grown)
		return false;
	stats->common = grown;
	for (size_t i = 0; i < count; i++)
		grown[stats->common_count++] = more[i];
	qsort(grown, stats->common_count, sizeof *grown, by_token);
	return true;
}

static int by_count(const void *a, const void *b)
{
	const struct value_count *x = a, *y = b;
	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : by_token(a, b);
}

void column_stats_write(const struct column_stats *stats, struct bytes *out)
{
	size_t count = stats->common_count;
	if (count > STATS_COMMON_MAX) {
		qsort(stats->common, count, sizeof *stats->common, by_count);
		count = STATS_COMMON_MAX;
		qsort(stats->common, count, sizeof *stats->common, by_token);
	}
	char *head = bytes_room(out, 24 + count * 12);
	if (!head)
		return;
	put_le64(head, stats->filled);
	put_le64(head + 8, stats->distinct);
	put_le32(head + 16, (uint32_t)count);
	put_le32(head + 20, 0);
	for (size_t i = 0; i < count; i++) {
		put_le64(head + 24 + i * 12, stats->common[i].token);
		put_le32(head + 32 + i * 12, stats->common[i].count);
	}
	out->len += 24 + count * 12;
}

/* ---- shape ---- */

void shape_add(struct shape *shape, hufu_view cell)
{
	if (!cell.len || shape->cells >= SHAPE_CELLS)
		return;
	if (!shape->cells++) {
		shape->prefix_len = (uint32_t)(cell.len < sizeof shape->prefix ? cell.len : sizeof shape->prefix);
		memcpy(shape->prefix, cell.ptr, shape->prefix_len);
	}
	uint32_t same = 0;
	while (same < shape->prefix_len && same < cell.len && shape->prefix[same] == cell.ptr[same])
		same++;
	shape->prefix_len = same;
	for (size_t i = 0; i < cell.len; i++) {
		unsigned char c = (unsigned char)cell.ptr[i];
		shape->digits += c >= '0' && c <= '9';
		shape->letters += (c | 32) >= 'a' && (c | 32) <= 'z';
		shape->others += c >= 0xC0; /* the first byte of a wider character */
	}
}

bool shape_full(const struct shape *shape)
{
	return shape->cells >= SHAPE_CELLS;
}

double shape_bits(const struct shape *shape)
{
	if (!shape->cells)
		return 0;
	double digits = shape->digits / shape->cells, letters = shape->letters / shape->cells;
	/* Letters that all begin with are no choice; leading digits are: a running number may reach them. */
	for (uint32_t i = 0; i < shape->prefix_len; i++)
		letters -=
		        ((unsigned char)shape->prefix[i] | 32) >= 'a' && ((unsigned char)shape->prefix[i] | 32) <= 'z';
	/* 3.3 bits a digit. Letters of a code say 4.7, of words far less: 2 is between. A Han character says about 6.
	 */
	double bits = 3.32 * fmax(0, digits) + 2 * fmax(0, letters) + 6 * shape->others / shape->cells;
	return fmin(bits, 48);
}
