/* Learns which leaked column is which of ours, from held records.
 *
 * Each held record gets a pivot, the row that most of its columns hit; then every leaked column is held against every
 * one of our columns at that row, and against what would agree by chance at any other. Pairs are taken one to one by
 * what agrees beyond chance; a header's name only breaks ties. Rows are then picked again by all mapped columns, and
 * learning is repeated. */
#include "match/trial.h"
#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { STRONG_ENOUGH = 3, ROUNDS = 3, SHARE_ROUNDS = 30, PAIR_WORK = 6 << 20 };

static const double m_min = 0.05, m_max = 0.995, score_least = 0.2, share_least = 1e-5, share_most = 0.5,
                    share_alike = 0.95;
/* What a cell of a copy is believed to agree in before anything is known of this leak, and how many cells that is
 * worth.
 */
static const double m_before = 0.95, m_known = 1;

struct lesson {
	struct part_match *part;
	struct trial *trial;
	struct learner {
		const struct record *record;
		uint32_t pivot;
		bool sure;
	} * learners;
	size_t count;
	uint32_t columns, ours;
	uint32_t *agreed, *compared; /* [leak columns][our columns] */
	double *chance;              /* the same: cells that would agree at a random row */
	uint32_t *found;             /* the same: records whose cell stands anywhere in that column of ours */
};

static uint64_t held_token(const struct lesson *l, const struct record *record, uint32_t j, uint32_t c)
{
	return record->tokens[(size_t)j * l->part->kind_count + l->trial->kind_of[c]];
}

/* P(some other row of ours holds the value too): from the sealed counts, the row itself left out. */
static double share_of_others(const struct lesson *l, uint32_t c, uint64_t token)
{
	double filled = (double)l->trial->seal->frequency[c].filled;
	return filled < 2 ? 0 : fmax(0, (seal_share(l->trial->seal, c, token) * filled - 1) / (filled - 1));
}

static void compare_record(struct lesson *l, size_t index)
{
	const struct learner *learner = &l->learners[index];
	struct seal *seal = l->trial->seal;
	for (uint32_t j = 0; j < l->columns; j++)
		for (uint32_t c = 0; c < l->ours; c++) {
			uint64_t token = held_token(l, learner->record, j, c);
			size_t at = (size_t)j * l->ours + c;
			enum seal_fit fit = token ? seal_fit(seal, learner->pivot, c, token) : FIT_NONE;
			if (fit == FIT_NONE)
				continue;
			l->compared[at]++;
			l->agreed[at] += fit >= FIT_THEN;
			l->chance[at] += share_of_others(l, c, token);
		}
}

/* Which columns of ours each cell stands in, at whatever row: this shows also where records mix rows. */
static void find_record(struct lesson *l, const struct record *record)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	for (uint32_t j = 0; j < l->columns; j++)
		for (uint32_t k = 0; k < l->part->kind_count; k++) {
			bool common;
			uint64_t token = record->tokens[(size_t)j * l->part->kind_count + k];
			uint32_t count = token ? seal_find(l->trial->seal, token, hits, &common) : 0;
			for (uint32_t i = 0; i < count; i++) {
				bool again = l->trial->kind_of[hits[i].column] != k;
				for (uint32_t before = 0; before < i; before++)
					again |= hits[before].column == hits[i].column;
				l->found[(size_t)j * l->ours + hits[i].column] += !again;
			}
		}
}

/* ---- one to one ---- */

/* A column whose values tell our rows apart, and are no names or dates. */
static bool tells_rows_apart(const struct trial *trial, uint32_t column)
{
	const struct seal_frequency *frequency = &trial->seal->frequency[column];
	const struct ident_kind *kind = trial->seal->meta.columns[column].kind;
	return !(kind && kind->loose) && (double)frequency->distinct > 0.5 * (double)frequency->filled;
}

struct pairing {
	double score;
	uint32_t j, c;
};

static int by_score(const void *a, const void *b)
{
	const struct pairing *x = a, *y = b;
	if (x->score != y->score)
		return (x->score < y->score) - (x->score > y->score);
	return x->j != y->j ? (x->j > y->j) - (x->j < y->j) : (x->c > y->c) - (x->c < y->c);
}

static bool same_name(const struct lesson *l, uint32_t j, uint32_t c)
{
	return strcasecmp(l->part->names[j], l->trial->seal->meta.columns[c].name) == 0;
}

/* What agrees beyond chance; or, for a column that says nothing (all alike), the same name and the same values. */
static double pair_score(const struct lesson *l, uint32_t j, uint32_t c)
{
	size_t at = (size_t)j * l->ours + c;
	double compared = l->compared[at];
	if (compared < 1 || (l->agreed[at] == 0 && l->found[at] == 0))
		return 0;
	double agreed = l->agreed[at] / compared, score = agreed - l->chance[at] / compared;
	/* Where rows were mixed, cells are ours but not the pivot's. */
	if (tells_rows_apart(l->trial, c))
		score = fmax(score, l->found[at] / compared);
	bool named = same_name(l, j, c);
	if (score < score_least)
		return named && agreed >= share_alike ? score_least : 0;
	return score + (named ? 1e-3 : 0);
}

/* The column of ours that this one reads like and no leaked column is mapped to, by what agrees; or -1. */
static int32_t counterpart(const struct lesson *l, uint32_t j, const bool *used)
{
	int32_t found = -1;
	uint32_t most = 0;
	for (uint32_t c = 0; c < l->ours; c++) {
		size_t reading = (size_t)j * l->part->kind_count + l->trial->kind_of[c];
		uint32_t agreed = l->agreed[(size_t)j * l->ours + c];
		if (used[c] || !l->trial->seal->meta.columns[c].kind || !l->part->probe[reading] ||
		        (found >= 0 && agreed <= most))
			continue;
		found = (int32_t)c;
		most = agreed;
	}
	return found;
}

/* Whether a column says by itself whose row it is: an identifier, or our key. An amount that a small table shows once
 * does not. */
static bool says_whose(const struct lesson *l, const struct mapping *map)
{
	const struct meta *meta = &l->trial->seal->meta;
	bool key = meta->key_count == 0;
	if (map->column < 0 || !map->unique)
		return false;
	for (size_t i = 0; i < meta->key_count; i++)
		key |= (int32_t)meta->key[i] == map->column;
	return key || meta->columns[map->column].kind;
}

/* Where nothing but names, dates, addresses and amounts agrees, columns of the same kind that never do speak against
 * it: people who live where ours did have mobiles of their own. */
static void assign_counterparts(const struct lesson *l, struct mapping *map, bool *used)
{
	for (uint32_t j = 0; j < l->columns; j++) {
		const struct mapping *old = &l->trial->map[j];
		size_t at = (size_t)j * l->ours + (size_t)(map[j].column < 0 ? 0 : map[j].column);
		/* That a short number stands somewhere among ours is no agreement. */
		if ((says_whose(l, old) && old->agreed) ||
		        (says_whose(l, &map[j]) && l->agreed[at] >= score_least * l->compared[at]))
			return;
	}
	for (uint32_t j = 0; j < l->columns; j++) {
		int32_t c = map[j].column < 0 ? counterpart(l, j, used) : -1;
		if (c < 0)
			continue;
		map[j].column = c;
		map[j].kind = l->trial->kind_of[c];
		used[c] = true;
	}
}

/* Maps columns by falling score, each once. Returns how many are mapped. */
static uint32_t assign(struct lesson *l, struct mapping *map)
{
	uint32_t mapped = 0;
	size_t count = 0;
	struct pairing *pairs = calloc((size_t)l->columns * l->ours + 1, sizeof *pairs);
	bool *used = calloc(l->ours + 1, sizeof *used);
	for (uint32_t j = 0; j < l->columns; j++) {
		map[j] = (struct mapping){ .column = -1 };
		mapping_know(&map[j], m_before);
	}
	for (uint32_t j = 0; pairs && used && j < l->columns; j++)
		for (uint32_t c = 0; c < l->ours; c++) {
			double score = pair_score(l, j, c);
			if (score > 0)
				pairs[count++] = (struct pairing){ score, j, c };
		}
	if (pairs)
		qsort(pairs, count, sizeof *pairs, by_score);
	for (size_t i = 0; i < count; i++) {
		uint32_t j = pairs[i].j, c = pairs[i].c;
		if (map[j].column >= 0 || used[c])
			continue;
		size_t at = (size_t)j * l->ours + c;
		map[j] = (struct mapping){ .column = (int32_t)c,
			.kind = l->trial->kind_of[c],
			.found = l->found[at] / fmax(1, l->compared[at]),
			.chance = l->chance[at] / fmax(1, l->compared[at]),
			.unique = tells_rows_apart(l->trial, c) };
		mapping_know(&map[j], m_before);
		used[c] = true;
		mapped++;
	}
	if (mapped && pairs && used)
		assign_counterparts(l, map, used);
	l->part->matcher->no_memory |= !pairs || !used;
	free(pairs);
	free(used);
	return mapped;
}

/* ---- pivots ---- */

/* The row that the record's readings hit most; whether it stands out. */
static bool pivot_by_hits(struct lesson *l, struct learner *learner)
{
	struct scratch *scratch = l->part->matcher->scratches;
	scratch_clear(scratch);
	const uint64_t *readings = readings_make(l->part, learner->record, scratch, 0);
	struct finding finding = readings_find(l->part, l->trial, readings, scratch);
	const struct candidate *best = finding.at;
	size_t ties = 0;
	for (size_t i = 1; i < finding.count; i++)
		if (finding.at[i].columns > best->columns ||
		        (finding.at[i].columns == best->columns && finding.at[i].hit_bits > best->hit_bits))
			best = &finding.at[i];
	for (size_t i = 0; i < finding.count; i++)
		ties += finding.at[i].columns == best->columns && finding.at[i].hit_bits >= best->hit_bits;
	if (finding.count)
		learner->pivot = best->row;
	learner->sure = ties == 1 && best->columns > 1;
	return finding.count > 0;
}

/* The row that all mapped columns explain best. */
static void pivot_by_weight(struct lesson *l, struct learner *learner)
{
	struct scratch *scratch = l->part->matcher->scratches;
	scratch_clear(scratch);
	struct finding finding = candidates_find(l->part, l->trial, learner->record, scratch);
	const struct candidate *best = finding.at;
	for (size_t i = 0; i < finding.count; i++) {
		candidate_weigh(l->part, l->trial, learner->record, &finding, &finding.at[i]);
		if (finding.at[i].weight > best->weight)
			best = &finding.at[i];
	}
	learner->sure = finding.count > 0 && best->weight > 0 && (best->compared < 2 || best->beside > 0);
	if (finding.count)
		learner->pivot = best->row;
}

static size_t gather(struct lesson *l)
{
	size_t most = PAIR_WORK / ((size_t)l->columns * l->ours + 1) + 8, sure = 0;
	bool strong_only = l->trial->held_strong >= STRONG_ENOUGH;
	for (size_t i = 0; i < l->trial->held_count && l->count < most; i++) {
		struct learner *learner = &l->learners[l->count];
		/* A stranger's common name hits somebody: a thousand of them must not outvote a few real records. */
		if (strong_only && !l->trial->held[i].strong)
			continue;
		learner->record = &l->trial->held[i].record;
		if (!pivot_by_hits(l, learner))
			continue;
		sure += learner->sure;
		l->count++;
	}
	return sure;
}

static void compare_all(struct lesson *l, bool sure_only)
{
	size_t cells = (size_t)l->columns * l->ours;
	memset(l->agreed, 0, cells * sizeof *l->agreed);
	memset(l->chance, 0, cells * sizeof *l->chance);
	memset(l->compared, 0, cells * sizeof *l->compared);
	memset(l->found, 0, cells * sizeof *l->found);
	for (size_t i = 0; i < l->count; i++)
		if (!sure_only || l->learners[i].sure) {
			compare_record(l, i);
			find_record(l, l->learners[i].record);
		}
}

static bool maps_equal(const struct mapping *a, const struct mapping *b, uint32_t columns)
{
	for (uint32_t j = 0; j < columns; j++)
		if (a[j].column != b[j].column)
			return false;
	return true;
}

/* What one record says of m: how each cell agrees with the row that explains it best, as far as it is that row. Rows
 * that only share something (an address with their successor, a birthday with a twin, a number that was counted up)
 * must not teach: where they are many, m would fall until such a row is as good as the right one. */
static void agreement_note(struct lesson *l, const struct record *record, double *agreed, double *compared)
{
	struct scratch *scratch = l->part->matcher->scratches;
	scratch_clear(scratch);
	struct finding finding = candidates_find(l->part, l->trial, record, scratch);
	if (!finding.count)
		return;
	double bits = evidence_bits(l->part, l->trial, record, &finding);
	const struct candidate *best = &finding.at[0];
	if (best->another || (best->compared > 1 && best->beside <= 0))
		return;
	double right = 1 / (1 + exp2(-bits));
	for (uint32_t j = 0; j < l->columns; j++) {
		compared[j] += best->fit[j] != FIT_NONE ? right : 0;
		agreed[j] += best->fit[j] >= FIT_THEN ? right : 0;
	}
}

/* Learns m, the mapping being known. */
static void learn_agreement(struct lesson *l, struct mapping *map)
{
	double *sums = calloc((size_t)l->columns * 2 + 1, sizeof *sums), *agreed = sums, *compared = sums + l->columns;
	struct mapping *before = l->trial->map;
	l->part->matcher->no_memory |= !sums;
	if (!sums)
		return;
	l->trial->map = map;
	for (size_t i = 0; i < l->count; i++)
		agreement_note(l, l->learners[i].record, agreed, compared);
	l->trial->map = before;
	for (uint32_t j = 0; j < l->columns; j++) {
		double m = (agreed[j] + m_known * m_before) / (compared[j] + m_known);
		mapping_know(&map[j], fmin(m_max, fmax(m_min, m)));
	}
	free(sums);
}

/* A new lesson keeps what the old one knew: columns that it could not see anew stay as they were. */
static void merge_maps(const struct lesson *l, struct mapping *fresh)
{
	for (uint32_t j = 0; j < l->columns; j++) {
		const struct mapping *old = &l->trial->map[j];
		bool taken = fresh[j].column >= 0;
		for (uint32_t k = 0; k < l->columns; k++)
			taken |= fresh[k].column == old->column;
		if (old->column >= 0 && old->compared > 0 && !taken)
			fresh[j] = *old;
		else if (fresh[j].column >= 0 && fresh[j].column == old->column)
			/* A later lesson is about records that did not link: it says nothing of how often cells agree.
			 */
			fresh[j] = *old;
	}
}

static bool rounds(struct lesson *l)
{
	struct mapping *fresh = calloc(l->columns, sizeof *fresh), *before = l->trial->map;
	size_t sure = fresh ? gather(l) : 0;
	bool changed = false;
	for (int round = 0; fresh && l->count && round < ROUNDS; round++) {
		/* Rows that two columns back teach better, when there are enough of them. */
		compare_all(l, sure * 4 >= l->count && sure >= 2);
		if (!assign(l, fresh))
			break;
		l->trial->map = fresh;
		sure = 0;
		for (size_t i = 0; i < l->count; i++) {
			pivot_by_weight(l, &l->learners[i]);
			sure += l->learners[i].sure;
		}
		l->trial->map = before;
		changed = true;
	}
	if (changed) {
		learn_agreement(l, fresh);
		merge_maps(l, fresh);
		changed = !l->trial->learnt || !maps_equal(fresh, before, l->columns);
		memcpy(before, fresh, l->columns * sizeof *before);
		l->trial->learnt = true;
	}
	free(fresh);
	return changed;
}

/* How many of the records since the last lesson link: EM over the held ones, the others having hit nothing. */
static void learn_share(struct part_match *part, struct trial *trial)
{
	struct scratch *scratch = part->matcher->scratches;
	double records = fmax(1, (double)(part->records - trial->records_then)), links = records / 2;
	double *bits = malloc((trial->held_count + 1) * sizeof *bits);
	for (size_t i = 0; bits && i < trial->held_count; i++) {
		scratch_clear(scratch);
		struct finding finding = candidates_find(part, trial, &trial->held[i].record, scratch);
		bits[i] = finding.count ? evidence_bits(part, trial, &trial->held[i].record, &finding) : -INFINITY;
	}
	for (int round = 0; bits && round < SHARE_ROUNDS; round++) {
		double share = fmin(share_most, fmax(share_least, links / records));
		links = 0;
		for (size_t i = 0; i < trial->held_count; i++)
			links += 1 / (1 + exp2(-(bits[i] + log2(share) - log2(1 - share))));
	}
	part->matcher->no_memory |= !bits;
	free(bits);
	trial->taught_links = links;
	trial->taught_records = records;
	trial->records_then = part->records;
}

bool trial_learn(struct part_match *part, struct trial *trial)
{
	size_t cells = (size_t)part->columns * trial->seal->meta.column_count + 1;
	struct lesson l = {
		.part = part, .trial = trial, .columns = part->columns, .ours = (uint32_t)trial->seal->meta.column_count
	};
	l.learners = calloc(trial->held_count + 1, sizeof *l.learners);
	l.agreed = calloc(cells, sizeof *l.agreed);
	l.chance = calloc(cells, sizeof *l.chance);
	l.compared = calloc(cells, sizeof *l.compared);
	l.found = calloc(cells, sizeof *l.found);
	bool good = l.learners && l.agreed && l.chance && l.compared && l.found, changed = good && rounds(&l);
	part->matcher->no_memory |= !good;
	if (good && trial->learnt)
		learn_share(part, trial);
	free(l.learners);
	free(l.agreed);
	free(l.chance);
	free(l.compared);
	free(l.found);
	return changed;
}
