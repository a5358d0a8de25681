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

/* ---- what values say ---- */

/* Bits of a value of which a column of ours has so large a share; `common`: more rows hold it than the look-up keeps.
 */
static double value_bits(const struct seal *seal, uint32_t column, double share, bool common, bool looked_up)
{
	const struct seal_column *sealed = &seal->meta.columns[column];
	const struct seal_frequency *frequency = &seal->frequency[column];
	double bits = sealed->kind ? sealed->kind->space_bits : sealed->space_bits;
	/* A mask leaves as many values as it shows characters for; a hash all of them. */
	if (sealed->form && !form_by_id(sealed->form)->digest)
		bits = fmin(bits, sealed->space_bits);
	bool unique = bits > name_bits_most && (double)frequency->distinct > 0.9 * (double)frequency->filled;
	/* Few values for many rows: a category, not a code, however long its words. */
	bool few = !sealed->kind && (double)frequency->distinct < few_share * (double)frequency->filled;
	/* Names and dates come again out there as they do here, also when a small table shows each once; an address
	 * that is nearly unique here is so there. */
	if (common || few || (sealed->kind && sealed->kind->loose && !unique))
		bits = fmin(common ? looked_up_bits_max : bits, -log2(share));
	return fmax(bits_min, fmin(bits, looked_up ? looked_up_bits_max : checked_bits_max));
}

static struct evidence evidence_of(double bits)
{
	return (struct evidence){ bits, log2(1 - exp2(-bits)) };
}

static struct evidence share_evidence(const struct seal *seal, uint32_t column, double share, bool looked_up)
{
	bool common = share * (double)seal->frequency[column].filled > LOOKUP_ROWS_MAX + 0.5;
	return evidence_of(value_bits(seal, column, share, common, looked_up));
}

bool evidence_init(struct matcher *matcher)
{
	matcher->evidence = calloc(matcher->seal_count + 1, sizeof(struct column_evidence *));
	for (size_t i = 0; matcher->evidence && i < matcher->seal_count; i++) {
		const struct seal *seal = matcher->seals[i];
		matcher->evidence[i] = calloc(seal->meta.column_count + 1, sizeof(struct column_evidence));
		if (!matcher->evidence[i])
			return false;
		for (uint32_t c = 0; c < seal->meta.column_count; c++)
			for (int looked_up = 0; looked_up < 2; looked_up++)
				matcher->evidence[i][c].rare[looked_up] =
				        share_evidence(seal, c, seal->frequency[c].rest, looked_up);
	}
	return matcher->evidence != NULL;
}

void evidence_done(struct matcher *matcher)
{
	for (size_t i = 0; matcher->evidence && i < matcher->seal_count; i++) {
		for (uint32_t c = 0; matcher->evidence[i] && c < matcher->seals[i]->meta.column_count; c++)
			free(matcher->evidence[i][c].common);
		free(matcher->evidence[i]);
	}
	free(matcher->evidence);
}

bool evidence_learn(const struct part_match *part, struct trial *trial)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		int32_t column = trial->map[j].column;
		struct evidence **common = column < 0 ? NULL : &trial->evidence[column].common;
		if (!common || *common)
			continue;
		uint32_t count = trial->seal->frequency[column].count;
		struct evidence *made = malloc((count + 1) * sizeof *made);
		if (!made)
			return false;
		for (uint32_t i = 0; i < count; i++)
			made[i] = share_evidence(trial->seal, (uint32_t)column,
			        seal_common_share(trial->seal, (uint32_t)column, i), false);
		*common = made;
	}
	return true;
}

/* What a value says that was only checked: it may be a common one. */
static struct evidence checked_evidence(const struct trial *trial, uint32_t column, uint64_t token)
{
	const struct column_evidence *evidence = &trial->evidence[column];
	uint32_t at = seal_common(trial->seal, column, token);
	if (at == SEAL_RARE)
		return evidence->rare[false];
	return evidence->common
	               ? evidence->common[at]
	               : share_evidence(trial->seal, column, seal_common_share(trial->seal, column, at), false);
}

double agreement_bits(const struct trial *trial, uint32_t column, uint64_t token)
{
	return checked_evidence(trial, column, token).agrees;
}

void mapping_know(struct mapping *map, double m)
{
	map->m = m;
	map->log_m = log2(m);
	map->log_not_m = log2(1 - m);
}

void reach_learn(const struct part_match *part, struct trial *trial)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column < 0)
			continue;
		const struct evidence *says = &trial->evidence[map->column].rare[true];
		double differs = map->log_not_m - says->differs;
		/* A row that never had the column says nothing to it. */
		trial->reach[j].miss = trial->seal->always[map->column] ? differs : fmax(0, differs);
		trial->reach[j].hit = map->log_m + says->agrees;
	}
}

double common_reach(const struct trial *trial, const struct mapping *map, uint64_t token)
{
	struct evidence says = checked_evidence(trial, (uint32_t)map->column, token);
	return fmax(0, fmax(map->log_m + says.agrees, map->log_not_m - says.differs));
}

/* ---- rows ---- */

/* What the row says to the record's cell under the mapping: a rare value fits if and only if it hit the row. */
static enum seal_fit cell_fit(struct trial *trial, const struct finding *finding, const struct candidate *candidate,
        uint32_t j, uint64_t token)
{
	uint32_t column = (uint32_t)trial->map[j].column;
	if (candidate->hit[j])
		return FIT_NOW;
	/* The look-up is complete for rare values: one that did not hit is another one, whatever the short check says.
	 */
	if (!finding->common[j] && trial->seal->always[column])
		return FIT_DIFFERS;
	enum seal_fit fit = seal_fit(trial->seal, candidate->row, column, token);
	return finding->common[j] || fit == FIT_NONE ? fit : FIT_DIFFERS;
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

void candidate_weigh(const struct part_match *part, struct trial *trial, const struct record *record,
        const struct finding *finding, struct candidate *candidate)
{
	double sum = 0, strongest = 0, expected = 0;
	uint32_t differing = 0;
	bool key_differs = false;
	candidate->compared = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		uint64_t token = map->column < 0 ? 0 : record_token(part, record, j, map->kind);
		enum seal_fit fit = token ? cell_fit(trial, finding, candidate, j, token) : FIT_NONE;
		candidate->fit[j] = (uint8_t)fit;
		if (fit == FIT_NONE)
			continue;
		candidate->compared++;
		/* The look-up calls every value common of which the counts say so. */
		struct evidence says = finding->common[j] ? checked_evidence(trial, (uint32_t)map->column, token)
		                                          : trial->evidence[map->column].rare[true];
		double weight = fit == FIT_DIFFERS ? map->log_not_m - says.differs : map->log_m + says.agrees;
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

/* What the record's common values would add to a row that they fit: they are never looked up. */
static double common_bits(const struct part_match *part, const struct trial *trial, const struct record *record,
        const struct finding *finding)
{
	double sum = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column >= 0 && finding->common[j])
			sum += agreement_bits(trial, (uint32_t)map->column, record_token(part, record, j, map->kind));
	}
	return sum;
}

struct candidate *candidate_first(const struct finding *finding)
{
	struct candidate *first = finding->at;
	for (size_t i = 1; i < finding->count; i++)
		if (finding->at[i].hit_bits > first->hit_bits)
			first = &finding->at[i];
	return first;
}

static void candidates_weigh(
        const struct part_match *part, struct trial *trial, const struct record *record, struct finding *finding)
{
	struct candidate *candidates = finding->at, *first = candidate_first(finding);
	size_t kept = 0;
	candidate_weigh(part, trial, record, finding, first);
	if (finding->count == 1)
		return;
	double best = first->weight, more = common_bits(part, trial, record, finding);
	for (size_t i = 0; i < finding->count; i++) {
		/* A rare value that fitted the row would have hit it: only common ones can still add to its hits. */
		if (&candidates[i] != first && candidates[i].hit_bits + more < best - out_of_reach_bits)
			continue;
		if (&candidates[i] != first)
			candidate_weigh(part, trial, record, finding, &candidates[i]);
		candidates[kept++] = candidates[i];
	}
	finding->count = kept;
}

static int by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->weight != y->weight)
		return (x->weight < y->weight) - (x->weight > y->weight);
	return (x->row > y->row) - (x->row < y->row);
}

double evidence_bits(
        const struct part_match *part, struct trial *trial, const struct record *record, struct finding *finding)
{
	candidates_weigh(part, trial, record, finding);
	double best = finding->at[0].weight, odds = 1;
	if (finding->count > 1) {
		qsort(finding->at, finding->count, sizeof *finding->at, by_weight);
		best = finding->at[0].weight;
		/* Weights reach hundreds of bits: take them against the best one. */
		for (size_t i = 1; i < finding->count; i++)
			odds += exp2(finding->at[i].weight - best);
		best += log2(odds);
	}
	return best - trial->rows_bits;
}
