/* Weighs evidence in bits (Fellegi and Sunter 1969): an agreeing cell says log2(m/u), a disagreeing one
 * log2((1-m)/(1-u)), an empty one nothing.
 *
 * u is how often the value occurs out in the world: for kinds and for codes of a known shape one in the size of their
 * space, for common values their share among our rows. A cell that was only checked, not looked up, can agree by the
 * check's chance: it never says more than its 16 bits. */
#include "match/trial.h"
#include <math.h>
#include <stdlib.h>

static const double few_share = 0.05, name_bits_most = 20, looked_up_bits_max = 40, checked_bits_max = 16,
                    bits_min = 0.05, another_tail = 1e-3, out_of_reach_bits = 40;

/* More rows share the value than the look-up keeps. */
static bool value_common(const struct trial *trial, uint32_t column, uint64_t token)
{
	return seal_share(trial->seal, column, token) * (double)trial->seal->frequency[column].filled >
	       LOOKUP_ROWS_MAX + 0.5;
}

double agreement_bits(const struct trial *trial, uint32_t column, uint64_t token, bool looked_up)
{
	const struct seal_column *sealed = &trial->seal->meta.columns[column];
	const struct seal_frequency *frequency = &trial->seal->frequency[column];
	double share = seal_share(trial->seal, column, token),
	       bits = sealed->kind ? sealed->kind->space_bits : sealed->space_bits;
	/* A mask leaves as many values as it shows characters for; a hash all of them. */
	if (sealed->form && !form_by_id(sealed->form)->digest)
		bits = fmin(bits, sealed->space_bits);
	bool common = value_common(trial, column, token);
	bool unique = bits > name_bits_most && (double)frequency->distinct > 0.9 * (double)frequency->filled;
	/* Few values for many rows: a category, not a code, however long its words. */
	bool few = !sealed->kind && (double)frequency->distinct < few_share * (double)frequency->filled;
	/* Names and dates come again out there as they do here, also when a small table shows each once; an address
	 * that is nearly unique here is so there. */
	if (common || few || (sealed->kind && sealed->kind->loose && !unique))
		bits = fmin(common ? looked_up_bits_max : bits, -log2(share));
	return fmax(bits_min, fmin(bits, looked_up ? looked_up_bits_max : checked_bits_max));
}

enum seal_fit cell_fit(struct part_match *part, struct trial *trial, const struct record *record,
        const struct candidate *candidate, uint32_t j)
{
	uint32_t column = (uint32_t)trial->map[j].column;
	if (candidate->hit[j])
		return FIT_NOW;
	/* The look-up is complete for rare values: one that did not hit is another one, whatever the short check says.
	 */
	if (!part->common[j] && trial->seal->always[column])
		return FIT_DIFFERS;
	enum seal_fit fit =
	        seal_fit(trial->seal, candidate->row, column, record_token(part, record, j, trial->map[j].kind));
	return part->common[j] || fit == FIT_NONE ? fit : FIT_DIFFERS;
}

static bool is_key(const struct meta *meta, int32_t column)
{
	for (size_t i = 0; i < meta->key_count; i++)
		if ((int32_t)meta->key[i] == column)
			return true;
	return false;
}

/* P(so many cells or more disagree | same row), were each damaged by itself: the tail of a Poisson. */
static double damage_tail(double expected, uint32_t differing)
{
	double term = exp(-expected), below = 0;
	for (uint32_t i = 0; i < differing; i++) {
		below += term;
		term *= expected / (i + 1);
	}
	return 1 - below;
}

void candidate_weigh(
        struct part_match *part, struct trial *trial, const struct record *record, struct candidate *candidate)
{
	double sum = 0, strongest = 0, expected = 0;
	uint32_t differing = 0;
	bool key_differs = false;
	candidate->compared = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		uint64_t token = map->column < 0 ? 0 : record_token(part, record, j, map->kind);
		if (!token)
			continue;
		enum seal_fit fit = cell_fit(part, trial, record, candidate, j);
		if (fit == FIT_NONE)
			continue;
		candidate->compared++;
		double bits = agreement_bits(trial, (uint32_t)map->column, token, !part->common[j]);
		double weight = fit == FIT_DIFFERS ? log2((1 - map->m) / (1 - exp2(-bits))) : log2(map->m) + bits;
		expected += 1 - map->m;
		if (fit == FIT_DIFFERS) {
			differing++;
			key_differs |= is_key(&trial->seal->meta, map->column);
		}
		sum += weight;
		strongest = fmax(strongest, weight);
	}
	candidate->weight = sum;
	candidate->beside = sum - strongest;
	/* A successor at the same address shares much with a row, and is another one. */
	candidate->another = key_differs && damage_tail(expected, differing) < another_tail;
}

static size_t candidate_add(
        struct part_match *part, struct candidate *out, size_t count, uint32_t row, uint32_t j, double bits)
{
	size_t at = 0;
	while (at < count && out[at].row != row)
		at++;
	if (at == CANDIDATES_MAX)
		return count;
	if (at == count) {
		out[count++] = (struct candidate){ .row = row, .hit = part->hits + at * part->columns };
		memset(out[at].hit, 0, part->columns);
	}
	out[at].columns++;
	out[at].hit_bits += bits;
	out[at].hit[j] = 1;
	return count;
}

/* The rows that one reading of one cell hits; `only_column` >= 0 leaves out hits of other columns of ours. */
static size_t reading_find(struct part_match *part, struct trial *trial, uint64_t token, uint32_t j,
        int32_t only_column, struct candidate *out, size_t count)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;
	uint32_t found = seal_find(trial->seal, token, hits, &common), last = UINT32_MAX;
	part->common[j] |= common;
	for (uint32_t i = 0; i < found; i++) {
		/* A value may stand in two columns of one row: hits come by row, so that the second is seen. */
		if ((only_column >= 0 && hits[i].column != (uint32_t)only_column) || hits[i].row == last)
			continue;
		last = hits[i].row;
		count = candidate_add(
		        part, out, count, hits[i].row, j, agreement_bits(trial, hits[i].column, token, true));
	}
	return count;
}

/* What the record's common values would add to a row that they fit: they are never looked up. */
static double common_bits(struct part_match *part, struct trial *trial, const struct record *record)
{
	double sum = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column >= 0 && part->common[j])
			sum += agreement_bits(
			        trial, (uint32_t)map->column, record_token(part, record, j, map->kind), false);
	}
	return sum;
}

static size_t candidates_weigh(struct part_match *part, struct trial *trial, const struct record *record,
        struct candidate *candidates, size_t count)
{
	size_t kept = 0, first = 0;
	for (size_t i = 1; i < count; i++)
		if (candidates[i].hit_bits > candidates[first].hit_bits)
			first = i;
	candidate_weigh(part, trial, record, &candidates[first]);
	double best = candidates[first].weight, more = common_bits(part, trial, record);
	for (size_t i = 0; i < count; i++) {
		/* A rare value that fitted the row would have hit it: only common ones can still add to its hits. */
		if (i != first && candidates[i].hit_bits + more < best - out_of_reach_bits)
			continue;
		if (i != first)
			candidate_weigh(part, trial, record, &candidates[i]);
		candidates[kept++] = candidates[i];
	}
	return kept;
}

static int by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->weight != y->weight)
		return (x->weight < y->weight) - (x->weight > y->weight);
	return (x->row > y->row) - (x->row < y->row);
}

double evidence_bits(struct part_match *part, struct trial *trial, const struct record *record,
        struct candidate *candidates, size_t *count)
{
	double odds = 0;
	*count = candidates_weigh(part, trial, record, candidates, *count);
	qsort(candidates, *count, sizeof *candidates, by_weight);
	/* Weights reach hundreds of bits: take them against the best one. */
	for (size_t i = 0; i < *count; i++)
		odds += exp2(candidates[i].weight - candidates[0].weight);
	return candidates[0].weight + log2(odds) - log2((double)trial->seal->meta.rows);
}

void candidates_prefetch(struct part_match *part, struct trial *trial, const struct record *record, int step)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		for (uint32_t k = 0; k < part->kind_count; k++) {
			bool wanted = trial->learnt && !trial->misses ? map->column >= 0 && map->kind == k
			                                              : part->probe[j * part->kind_count + k];
			uint64_t token = wanted ? record_token(part, record, j, k) : 0;
			if (token)
				seal_prefetch(trial->seal, token, step);
		}
	}
}

size_t candidates_find(struct part_match *part, struct trial *trial, const struct record *record, bool mapped,
        struct candidate out[CANDIDATES_MAX])
{
	size_t count = 0;
	memset(part->common, 0, part->columns);
	for (uint32_t j = 0; j < part->columns; j++) {
		if (mapped) {
			const struct mapping *map = &trial->map[j];
			uint64_t token = map->column < 0 ? 0 : record_token(part, record, j, map->kind);
			if (token)
				count = reading_find(part, trial, token, j, map->column, out, count);
			continue;
		}
		uint64_t before = 0;
		for (uint32_t k = 0; k < part->kind_count; k++) {
			uint64_t token = part->probe[j * part->kind_count + k] ? record_token(part, record, j, k) : 0;
			/* A cell that is none of the kind reads as opaque, which may have been looked up already. */
			if (token && token != before)
				count = reading_find(part, trial, token, j, -1, out, count);
			before = k == 0 ? token : before;
		}
	}
	return count;
}
