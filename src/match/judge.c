/* Judges a part: how much of it is ours, and whether it was copied from us or tells of the same people from elsewhere.
 *
 * Copy against independent holding is a likelihood ratio in bits, summed over columns and, for linked records, over
 * cells (doc/verdict.md). How many records link is no term of it: another table about the same people links wholly, a
 * padded copy hardly. What tells is how much of the record our columns explain, whether columns agree in which
 * independent holders differ, and whether all cells are as of one time. */
#include "match/trial.h"
#include <math.h>
#include <stdlib.h>

/* P(a cell agrees | copied), and P(a column of the leak is one of ours | copied). */
static const double copied_agrees = 0.99, copied_explained = 0.95;
/* P(a dating cell fits one common time | each holder's own time), P(it does | copied as of that time). */
static const double own_time_fits = 0.6;
/* Records mixed from n rows line up more than half of their cells by chance in about three of n, when they have three
 * cells, and in fewer when they have more or two: nine is beyond what that makes. */
static const uint64_t aligned_by_chance = 9;
/* What is known beforehand of a rate, in cells: hardly anything of one holder's, much of a copy's, which only damage
 * lowers. */
static const double holder_known = 2, copy_known = 20;
/* A column that agrees less was not compared with what it is: it slipped, and says nothing of copy or no copy. */
static const double misaligned_below = 0.2;
/* So many links, or fewer, in ten times as many records are no more than chance. */
static const uint64_t few_links = 3;
/* Evidence that settles it, in bits: odds of a thousand to one. */
static const double decisive_bits = 10;

/* What an independent holder of the same people would have: P(he has such a column), P(his cell agrees with ours). */
struct holder {
	double has, agrees;
};

static struct holder holder_of(const struct trial *trial, const struct mapping *map)
{
	const struct seal_column *column = &trial->seal->meta.columns[map->column];
	const char *kind = column->kind ? column->kind->name : "";
	if (column->role == ROLE_PRIVATE)
		return (struct holder){ 0.01, 0.01 };
	if (column->role == ROLE_PUBLIC)
		return (struct holder){ 0.8, 0.95 };
	/* The same person has one ID, one name, mostly one mobile; mails differ by purpose, addresses by spelling and
	 * moves, dates by what they are dates of. */
	if (!strcmp(kind, "email"))
		return (struct holder){ 0.5, 0.6 };
	if (!strcmp(kind, "address"))
		return (struct holder){ 0.4, 0.4 };
	if (!strcmp(kind, "date"))
		return (struct holder){ 0.3, 0.4 };
	if (column->kind)
		return (struct holder){ 0.5, 0.95 };
	/* A column of our own making: what agrees by chance, and a third of the rest. */
	return (struct holder){ 0.1, fmin(0.95, map->chance + (1 - map->chance) / 3) };
}

static double agreement(const struct mapping *map)
{
	return map->compared ? (double)map->agreed / (double)map->compared : 0;
}

/* Share of the cells that came through undamaged, when damage hit all columns alike: no column agrees more than that.
 */
static double intact(const struct part_match *part, const struct trial *trial)
{
	double best = 0;
	bool compared = false;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column < 0 || !map->compared || !part->varies[j])
			continue;
		compared = true;
		best = fmax(best, agreement(map));
	}
	return compared ? fmin(1, best / copied_agrees) : 1;
}

static bool explained(const struct mapping *map, double whole)
{
	return map->column >= 0 && (agreement(map) >= 0.8 * whole || (!map->compared && map->found >= 0.5));
}

bool column_explained(const struct part_match *part, const struct trial *trial, uint32_t j)
{
	return explained(&trial->map[j], intact(part, trial));
}

/* The trials that explain a part together, best first: a joined table has columns of several datasets. */
struct chosen {
	struct trial *const *trials;
	size_t count;
};

/* The trial that explains a column, the best of them first; NULL: none does. */
static const struct trial *explainer(const struct part_match *part, struct chosen chosen, uint32_t j)
{
	for (size_t i = 0; i < chosen.count; i++)
		if (explained(&chosen.trials[i]->map[j], intact(part, chosen.trials[i])))
			return chosen.trials[i];
	return NULL;
}

/* ---- terms ---- */

/* ln P(these cells agree and those don't), the rate being about `mean`, known as well as `known` cells would tell:
 * integrated over Beta(known mean, known (1 - mean)). */
static double rate_evidence(double agreed, double compared, double mean, double known)
{
	double a = known * mean, b = known - a;
	return lgamma(a + agreed) + lgamma(b + compared - agreed) - lgamma(known + compared) - lgamma(a) - lgamma(b) +
	       lgamma(known);
}

/* Bits of k agreeing cells of n, for a copy's rate of agreement against a holder's. That is no law: one holder is up to
 * date in all he has, another in nothing, so that the thousandth cell of a column that agrees says less than the first.
 */
static double rate_bits(double agreed, double compared, double copy, double holder)
{
	return (rate_evidence(agreed, compared, copy, copy_known) -
	               rate_evidence(agreed, compared, holder, holder_known)) /
	       log(2);
}

static double columns_bits(const struct part_match *part, struct chosen chosen)
{
	double bits = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct trial *trial = part->varies[j] ? explainer(part, chosen, j) : NULL;
		if (trial)
			bits += log2(copied_explained / holder_of(trial, &trial->map[j]).has);
		else if (part->varies[j])
			bits += log2((1 - copied_explained) / 0.9);
	}
	return bits;
}

/* Bits of one column's cells, when independent holders differ in it; `private` picks ours alone, or all others. */
static double column_cells_bits(const struct part_match *part, const struct trial *trial, uint32_t j, bool private)
{
	const struct mapping *map = &trial->map[j];
	double whole = intact(part, trial);
	if (map->column < 0 || !map->compared || !part->varies[j] || agreement(map) < misaligned_below)
		return 0;
	if ((trial->seal->meta.columns[map->column].role == ROLE_PRIVATE) != private)
		return 0;
	return rate_bits((double)map->agreed, (double)map->compared, whole * copied_agrees,
	        whole * holder_of(trial, map).agrees);
}

static double cells_bits(const struct part_match *part, struct chosen chosen, bool private)
{
	double bits = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct trial *trial = explainer(part, chosen, j);
		bits += column_cells_bits(part, trial ? trial : chosen.trials[0], j, private);
	}
	return bits;
}

static double time_bits(const struct trial *trial)
{
	const struct window_tally *w = &trial->window;
	double dating = (double)w->dating, misfit = dating ? (double)w->misfits[window_best(trial)] : 0;
	/* Between two sealed days half of the cells may be new: then no sealed day fits, and this says nothing. */
	return misfit * 4 > dating ? 0 : rate_bits(dating - misfit, dating, copied_agrees, own_time_fits);
}

static double copy_terms(const struct part_match *part, struct chosen chosen, struct verdict_part *out)
{
	const struct verdict_term terms[] = {
		{ VERDICT_TERM_COLUMNS, columns_bits(part, chosen) },
		{ VERDICT_TERM_PRIVATE, cells_bits(part, chosen, true) },
		{ VERDICT_TERM_DIFFER, cells_bits(part, chosen, false) },
		{ VERDICT_TERM_TIME, time_bits(chosen.trials[0]) },
	};
	double sum = 0;
	for (size_t i = 0; i < LEN(terms); i++) {
		out->terms[i] = terms[i];
		sum += terms[i].bits;
	}
	out->term_count = LEN(terms);
	out->copy_bits = sum;
	return sum;
}

/* ---- the word ---- */

/* What of the leak's varying columns is explained. */
struct extent {
	uint32_t varying, explained, private, others;
};

static struct extent extent_of(const struct part_match *part, struct chosen chosen)
{
	struct extent extent = { 0 };
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct trial *trial = explainer(part, chosen, j);
		bool private = trial && trial->seal->meta.columns[trial->map[j].column].role == ROLE_PRIVATE;
		extent.varying += part->varies[j];
		extent.explained += part->varies[j] && trial;
		extent.private += private;
		extent.others += part->varies[j] && !private;
	}
	return extent;
}

bool beyond_chance(const struct part_match *part, const struct trial *trial)
{
	/* As many twins as records without a link leave room for three links in them (the rule of three, at 95 %): so
	 * few links in many records are no more than chance. */
	bool few = trial->linked <= few_links && trial->linked * 10 < part->records;
	return trial->linked && trial->fdr < 0.5 && !few;
}

static enum verdict_word word_of_linked(const struct part_match *part, struct chosen chosen, struct verdict_part *out)
{
	struct extent extent = extent_of(part, chosen);
	double bits = copy_terms(part, chosen, out);
	double share = (double)chosen.trials[0]->linked / (double)part->records;
	/* Our numbers stand in a table most of whose columns nobody sealed. */
	if (extent.private && extent.others && extent.explained * 2 < extent.varying)
		return VERDICT_OURS_UNSEALED;
	/* A lone list says whom, not where from; a list of our running numbers can be counted up. */
	out->lone = extent.varying == 1;
	if (out->lone)
		return VERDICT_INCONCLUSIVE;
	if (bits <= -decisive_bits)
		return VERDICT_OVERLAP;
	if (bits < decisive_bits)
		return VERDICT_INCONCLUSIVE;
	return share >= 0.9 ? VERDICT_GENUINE : VERDICT_PARTLY_GENUINE;
}

/* Whether a column holds plain values of a kind that identifies. */
static bool identifies_plainly(const struct part_match *part, uint32_t j)
{
	for (uint32_t k = 1; k < part->kind_count; k++)
		if (part->probe[j * part->kind_count + k] && !part->forms[k] && part->kinds[k]->strong)
			return true;
	return false;
}

/* Whether it shows its identifiers as digests alone: salted, or of a form that was not sealed, they cannot link. */
static bool only_digests(const struct part_match *part)
{
	uint32_t digests = 0, plain = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		digests += part->varies[j] && part->looks[j] && strcmp(part->looks[j], "masked") != 0;
		plain += part->varies[j] && identifies_plainly(part, j);
	}
	return digests && !plain;
}

/* Records of a list of nothing but running numbers that are ours, no more than as many numbers counted up near them
 * would be: then the list says neither that it is ours nor that it is not. */
static uint64_t counted_up(const struct part_match *part)
{
	uint32_t varying = 0;
	uint64_t most = 0;
	for (uint32_t j = 0; j < part->columns; j++)
		varying += part->varies[j];
	for (size_t i = 0; i < part->trial_count && varying == 1; i++) {
		const struct trial *trial = &part->trials[i];
		for (uint32_t j = 0; j < part->columns && trial->fdr >= 0.5; j++)
			if (part->varies[j] && trial->map[j].unique &&
			        !trial->seal->meta.columns[trial->map[j].column].kind && trial->linked > most)
				most = trial->linked;
	}
	return most > few_links ? most : 0;
}

void part_judge(const struct part_match *part, struct trial *const *chosen, size_t count, struct verdict_part *out)
{
	const struct trial *best = count ? chosen[0] : NULL;
	if (!part->records)
		out->word = VERDICT_NONE;
	else if (!best) {
		out->hidden = only_digests(part);
		out->counted = counted_up(part);
		out->word = out->hidden || out->counted ? VERDICT_INCONCLUSIVE : VERDICT_NOT_OURS;
	} else if (best->recombined > best->linked && best->linked <= aligned_by_chance)
		out->word = best->recombined > 1 ? VERDICT_RECOMBINED : VERDICT_INCONCLUSIVE;
	else if (!beyond_chance(part, best))
		out->word =
		        only_digests(part) ? VERDICT_INCONCLUSIVE : VERDICT_NOT_OURS; /* no more links than chance */
	else
		out->word = word_of_linked(part, (struct chosen){ chosen, count }, out);
}
