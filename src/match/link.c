/* Looks records up: finds candidates, weighs them, decides. Nothing is changed by it but what a thread has for itself,
 * so that a team may look up the pieces of a batch; what comes out of it is taken afterwards, in order (hold.c).
 *
 * A record links when the posterior over all its candidates together, against none, is 0.99 or more, and its cells
 * besides the strongest do not speak against the best of them: no single cell carries a link against the rest. */
#include "base/team.h"
#include "match/trial.h"
#include "seal/people.h"
#include <math.h>

static const double posterior_link = 0.99, posterior_near = 0.5, share_least = 1e-5, share_most = 0.5,
                    row_sure_bits = 3, far_bits = 40;
/* So many candidates at the most; a posterior far below the least that counts. */
static const double candidates_bits = 6, hopeless_bits = -1;
_Static_assert(CANDIDATES_MAX == 64, "candidates_bits");

/* ---- deciding ---- */

/* Log-odds that a record links, as far as is known: what the last lesson expected, and what has come since. */
static double prior_of(const struct part_match *part, const struct trial *trial)
{
	double links = trial->taught_links + (double)(trial->linked - trial->linked_then) + 0.5;
	double records = trial->taught_records + (double)(part->records - trial->records_then) + 1;
	/* Never more than a half: that others link must not link a record that says little by itself. */
	double share = fmin(share_most, fmax(share_least, links / records));
	return log2(share) - log2(1 - share);
}

/* How many of the candidates, best first, are it with 0.99: the fewest that hold so much, if any do. */
static uint32_t likely_count(const struct finding *finding)
{
	const struct candidate *candidates = finding->at;
	size_t count = finding->count, likely = 0;
	double all = 0, held = 0;
	if (count == 1)
		return 1;
	for (size_t i = 0; i < count; i++)
		all += exp2(candidates[i].weight - candidates[0].weight);
	for (; likely < count && held < posterior_link * all; likely++)
		held += exp2(candidates[likely].weight - candidates[0].weight);
	/* Whichever of equals comes first is luck: all of them are likely. */
	while (likely && likely < count && candidates[likely].weight >= candidates[likely - 1].weight)
		likely++;
	return (uint32_t)likely;
}

/* Cells that tell rows apart are ours, two or more of them, and no row holds more than half: several rows were mixed.
 */
static bool is_mixed(const struct finding *finding)
{
	uint32_t most = 0;
	for (size_t i = 0; finding->telling >= 2 && i < finding->count; i++)
		most = finding->at[i].telling > most ? finding->at[i].telling : most;
	return finding->telling >= 2 && most * 2 <= finding->telling;
}

/* Whether no candidate can explain the record, whatever its row says and however many link: then the rows need not be
 * looked at. Who watches wants to know how far it was. */
static bool is_hopeless(const struct part_match *part, const struct trial *trial, const struct finding *finding)
{
	double most = -INFINITY;
	for (size_t i = 0; i < finding->count; i++)
		most = fmax(most, finding->at[i].reach);
	return !part->matcher->options.watch &&
	       finding->reach + most + candidates_bits - trial->rows_bits < hopeless_bits;
}

/* Two accounts of one human are one. */
static uint64_t human_of(struct seal *seal, uint32_t row)
{
	return people_root(seal->joins, seal->join_count, seal_person(seal, row));
}

static bool one_human(struct seal *seal, const struct candidate *candidates, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (human_of(seal, candidates[i].row) != human_of(seal, candidates[0].row))
			return false;
	return true;
}

static void link_decide(double prior, struct outcome *outcome)
{
	if (outcome->link == LINK_MIXED)
		return;
	outcome->posterior = isinf(outcome->bits) ? 0 : 1 / (1 + exp2(-(outcome->bits + prior)));
	outcome->link = outcome->posterior >= posterior_link && outcome->carried ? LINK_MADE
	                : outcome->posterior >= posterior_near                   ? LINK_NEAR
	                                                                         : LINK_NONE;
}

void outcome_settle(const struct part_match *part, const struct trial *trial, struct outcome *outcome)
{
	/* Most records that are not ours have nothing that could matter. */
	if (!isinf(outcome->bits))
		link_decide(prior_of(part, trial), outcome);
}

/* What a record comes to, its candidates found; they are left weighed, best first. */
static void judge(const struct part_match *part, struct trial *trial, const struct record *record,
        struct finding *finding, struct outcome *out)
{
	*out = (struct outcome){ .link = LINK_NONE, .bits = -INFINITY };
	if (!finding->count)
		return;
	if (is_mixed(finding)) {
		out->link = LINK_MIXED;
		return;
	}
	if (is_hopeless(part, trial, finding))
		return;
	out->bits = evidence_bits(part, trial, record, finding);
	const struct candidate *best = &finding->at[0];
	out->row = best->row;
	out->carried = (best->compared < 2 || best->beside > 0) && !best->another;
	link_decide(trial->prior, out);
	if (!out->carried)
		return;
	out->row_sure = finding->count < 2 || best->weight - finding->at[1].weight > row_sure_bits;
	out->likely = likely_count(finding);
	out->human_sure = one_human(trial->seal, finding->at, out->likely);
}

/* The rows of an outcome whose human is not sure. */
static void likely_note(const struct outcome *outcome, const struct finding *finding, struct bytes *notes)
{
	for (uint32_t i = 0; outcome->carried && !outcome->human_sure && i < outcome->likely; i++)
		bytes_add(notes, view_make(&finding->at[i].row, sizeof finding->at[i].row));
}

/* ---- one record ---- */

bool record_would_link(struct part_match *part, struct trial *trial, const struct record *record)
{
	struct scratch *scratch = part->matcher->scratches;
	struct outcome outcome;
	scratch_clear(scratch);
	struct finding finding = candidates_find(part, trial, record, scratch);
	trial->prior = prior_of(part, trial);
	judge(part, trial, record, &finding, &outcome);
	return outcome.link == LINK_MADE;
}

enum link record_link(struct part_match *part, struct trial *trial, const struct record *record)
{
	struct scratch *scratch = part->matcher->scratches;
	struct notes *notes = part->notes;
	struct outcome outcome;
	scratch_clear(scratch);
	notes_clear(notes);
	struct finding finding = candidates_find(part, trial, record, scratch);
	expose(part, trial, record, 0, &finding, &notes->exposed);
	trial->prior = prior_of(part, trial);
	judge(part, trial, record, &finding, &outcome);
	likely_note(&outcome, &finding, &notes->likely);
	exposed_take(part, trial, notes, 0, 0);
	outcome_take(part, trial, record, &outcome, notes->likely.ptr);
	if (outcome.link == LINK_MADE)
		cells_tally(part, trial, record, &outcome, finding.at[0].fit, &trial->tallies[0]);
	return outcome.link;
}

/* ---- a batch ---- */

struct looking {
	struct part_match *part;
	struct trial *trial;
	uint32_t from, to;
};

/* Asks for the rows that will be weighed: of those far behind the first, hardly any. */
static void rows_prefetch(const struct part_match *part, const struct trial *trial, const struct finding *finding)
{
	if (is_hopeless(part, trial, finding))
		return;
	double least = finding->count ? candidate_first(finding)->hit_bits - far_bits : 0;
	for (size_t i = 0; i < finding->count; i++)
		if (finding->at[i].hit_bits >= least)
			seal_prefetch_row(trial->seal, finding->at[i].row);
}

/* Links records [from, to), as many of them as find room. Returns the one behind. */
static uint32_t block_link(const struct looking *l, struct scratch *scratch, uint32_t from, uint32_t to)
{
	const struct part_match *part = l->part;
	struct notes *notes = &part->notes[from / PIECE_ROWS];
	struct finding findings[BLOCK_ROWS];
	uint32_t count = 0;
	scratch_clear(scratch);
	for (int step = 0; step < 2; step++)
		for (uint32_t row = from; row < to; row++)
			candidates_prefetch(part, l->trial, &(struct record){ .row = row }, step);
	for (; from + count < to && !scratch_full(scratch); count++) {
		findings[count] = candidates_find(part, l->trial, &(struct record){ .row = from + count }, scratch);
		rows_prefetch(part, l->trial, &findings[count]);
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct record record = { .row = from + i };
		struct outcome *outcome = &part->outcomes[record.row];
		expose(part, l->trial, &record, record.row, &findings[i], &notes->exposed);
		judge(part, l->trial, &record, &findings[i], outcome);
		likely_note(outcome, &findings[i], &notes->likely);
		if (outcome->carried)
			memcpy(part->fits + (size_t)record.row * part->columns, findings[i].at[0].fit, part->columns);
	}
	return from + count;
}

void outcome_probe(const struct part_match *part, struct trial *trial, const uint64_t *readings,
        struct scratch *scratch, struct outcome *outcome)
{
	double strongest = 0;
	scratch_clear(scratch);
	struct finding finding = readings_find(part, trial, readings, scratch);
	for (size_t k = 0; k < finding.count; k++)
		strongest = fmax(strongest, finding.at[k].hit_bits);
	outcome->probed = true;
	outcome->found = finding.count > 0;
	outcome->strong = outcome->found && strongest >= trial->weak_bits;
}

/* Whether records that did not link are worth holding. */
static void block_probe(const struct looking *l, struct scratch *scratch, uint32_t from, uint32_t to)
{
	const struct part_match *part = l->part;
	uint32_t rows[BLOCK_ROWS], count = 0;
	for (uint32_t row = from; row < to; row++)
		if (part->outcomes[row].link == LINK_NONE || part->outcomes[row].link == LINK_NEAR)
			rows[count++] = row;
	for (uint32_t i = 0; i < count; i++)
		readings_make(part, &(struct record){ .row = rows[i] }, scratch, i);
	for (int step = 0; step < 2; step++)
		for (uint32_t i = 0; i < count; i++)
			readings_prefetch(part, l->trial, scratch->readings + i * part->probe_count, step);
	for (uint32_t i = 0; i < count; i++)
		outcome_probe(
		        part, l->trial, scratch->readings + i * part->probe_count, scratch, &part->outcomes[rows[i]]);
}

static void piece_look(void *user, size_t at, unsigned worker)
{
	const struct looking *l = user;
	struct part_match *part = l->part;
	struct scratch *scratch = &part->matcher->scratches[worker];
	size_t piece = l->from / PIECE_ROWS + at;
	uint32_t from = (uint32_t)piece * PIECE_ROWS, to = from + PIECE_ROWS;
	from = from > l->from ? from : l->from;
	to = to < l->to ? to : l->to;
	planes_make(part, l->trial, &scratch->tokenizer, piece);
	notes_clear(&part->notes[piece]);
	for (uint32_t behind; from < to; from = behind) {
		behind = to - from < BLOCK_ROWS ? to : from + BLOCK_ROWS;
		if (l->trial->learnt)
			behind = block_link(l, scratch, from, behind);
		for (uint32_t row = from; !l->trial->learnt && row < behind; row++)
			part->outcomes[row] = (struct outcome){ .link = LINK_NONE, .bits = -INFINITY };
		block_probe(l, scratch, from, behind);
	}
}

void outcomes_look(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to)
{
	struct looking looking = { part, trial, from, to };
	trial->prior = prior_of(part, trial);
	team_run((to - 1) / PIECE_ROWS - from / PIECE_ROWS + 1, piece_look, &looking);
}
