/* The rows that could have been taken, and those that were, counted by facet and code.
 *
 * Who could be taken does not depend on the part: it is counted once for a snapshot, so that an archive of many small
 * files does not go through all rows for each of them. Rows are only gone through when a clause narrows them. */
#include "base/le.h"
#include "base/team.h"
#include "match/trial.h"
#include <stdlib.h>

enum { PIECE = 1 << 14 };

/* The rows of one piece. */
struct stretch {
	uint32_t from, to;
};

static struct stretch stretch_of(const struct population *p, size_t piece)
{
	uint64_t rows = p->trial->seal->meta.rows, from = piece * PIECE, to = from + PIECE;
	return (struct stretch){ (uint32_t)from, (uint32_t)(to < rows ? to : rows) };
}

/* ---- counting ---- */

static size_t count_len(const struct population *p)
{
	return p->at[p->facet_count] + 1;
}

static void row_count(
        const struct population *p, struct code_count *counts, uint32_t row, unsigned there, unsigned taken)
{
	struct code_count *all = &counts[p->at[p->facet_count]];
	all->rows += there;
	all->taken += taken;
	for (uint32_t f = 0; f < p->facet_count; f++) {
		uint16_t code = p->codes[f] ? le16(p->codes[f] + (size_t)row * 2) : UINT16_MAX;
		if (code >= p->at[f + 1] - p->at[f])
			continue;
		counts[p->at[f] + code].rows += there;
		counts[p->at[f] + code].taken += taken;
	}
}

struct counting {
	struct population *p;
	struct code_count *counts; /* [threads][count_len] */
};

/* Rows of the snapshot. */
static void piece_snapshot(void *user, size_t piece, unsigned worker)
{
	const struct counting *c = user;
	struct stretch at = stretch_of(c->p, piece);
	uint8_t present[PIECE];
	seal_present(c->p->trial->seal, c->p->snapshot, at.from, at.to, present);
	for (uint32_t row = at.from; row < at.to; row++)
		if (present[row - at.from])
			row_count(c->p, c->counts + worker * count_len(c->p), row, 1, 0);
}

/* Rows taken; one that the snapshot has not could be taken, too. */
static void piece_taken(void *user, size_t piece, unsigned worker)
{
	const struct counting *c = user;
	struct stretch at = stretch_of(c->p, piece);
	const struct rowset *taken = c->p->trial->rows;
	for (uint64_t row = rowset_next(taken, at.from, at.to); row < at.to; row = rowset_next(taken, row + 1, at.to)) {
		uint8_t present;
		seal_present(c->p->trial->seal, c->p->snapshot, (uint32_t)row, (uint32_t)row + 1, &present);
		row_count(c->p, c->counts + worker * count_len(c->p), (uint32_t)row, !present, 1);
	}
}

/* Rows that clauses have left. */
static void piece_there(void *user, size_t piece, unsigned worker)
{
	const struct counting *c = user;
	struct stretch at = stretch_of(c->p, piece);
	for (uint32_t row = at.from; row < at.to; row++)
		if (c->p->there[row])
			row_count(c->p, c->counts + worker * count_len(c->p), row, 1, c->p->there[row] >> 1);
}

/* Adds to `into` what a team counts over all rows. */
static bool count(
        struct population *p, void (*work)(void *user, size_t piece, unsigned worker), struct code_count *into)
{
	size_t len = count_len(p), workers = team_size();
	struct counting counting = { p, calloc(workers * len, sizeof *counting.counts) };
	if (!counting.counts)
		return false;
	team_run(p->trial->seal->meta.rows / PIECE + 1, work, &counting);
	for (size_t i = 0; i < workers * len; i++) {
		into[i % len].rows += counting.counts[i].rows;
		into[i % len].taken += counting.counts[i].taken;
	}
	free(counting.counts);
	return true;
}

/* The counts of a snapshot's rows, made when they are first asked for; NULL when memory is out. */
static const struct code_count *snapshot_counts(struct matcher *matcher, size_t which, struct population *p)
{
	struct code_count ***of_seal = &matcher->populations[which], *made;
	if (!*of_seal)
		*of_seal = calloc(p->trial->seal->meta.snapshot_count + 1, sizeof(struct code_count *));
	if (!*of_seal || (*of_seal)[p->snapshot])
		return *of_seal ? (*of_seal)[p->snapshot] : NULL;
	made = calloc(count_len(p), sizeof *made);
	if (made && count(p, piece_snapshot, made))
		return (*of_seal)[p->snapshot] = made;
	free(made);
	return NULL;
}

void populations_done(struct matcher *matcher)
{
	for (size_t i = 0; matcher->populations && i < matcher->seal_count; i++) {
		for (size_t s = 0; matcher->populations[i] && s < matcher->seals[i]->meta.snapshot_count; s++)
			free(matcher->populations[i][s]);
		free(matcher->populations[i]);
	}
	free(matcher->populations);
}

/* ---- the whole, and what is left of it ---- */

/* All but the counts. */
static bool layout(const struct trial *trial, size_t snapshot, struct population *out)
{
	struct seal *seal = trial->seal;
	size_t most = seal->meta.column_count + 1;
	struct population p = { .trial = trial,
		.snapshot = snapshot,
		.columns = calloc(most, sizeof *p.columns),
		.codes = calloc(most, sizeof(const uint8_t *)),
		.at = calloc(most, sizeof *p.at) };
	bool good = p.columns && p.codes && p.at;
	for (uint32_t c = 0; good && c < seal->meta.column_count; c++) {
		if (!seal->meta.columns[c].facet)
			continue;
		p.columns[p.facet_count] = c;
		p.codes[p.facet_count] = seal_facet_codes(seal, p.facet_count);
		p.at[p.facet_count + 1] = p.at[p.facet_count] + seal->meta.columns[c].facet_count;
		p.facet_count++;
	}
	*out = p;
	return good;
}

bool population_init(const struct part_match *part, const struct trial *trial, struct population *out)
{
	if (!layout(trial, window_best(trial), out))
		return false;
	if (!out->facet_count)
		return true;
	const struct code_count *all = snapshot_counts(part->matcher, (size_t)(trial - part->trials), out);
	out->counts = malloc(count_len(out) * sizeof *out->counts);
	if (!all || !out->counts)
		return false;
	memcpy(out->counts, all, count_len(out) * sizeof *all);
	return count(out, piece_taken, out->counts);
}

bool population_rows(const struct part_match *part, const struct trial *trial, size_t snapshot, uint64_t *rows)
{
	struct population p;
	const struct code_count *all = NULL;
	if (layout(trial, snapshot, &p))
		all = snapshot_counts(part->matcher, (size_t)(trial - part->trials), &p);
	*rows = all ? all[p.at[p.facet_count]].rows : 0;
	population_done(&p);
	return all != NULL;
}

void population_done(struct population *p)
{
	free(p->columns);
	free(p->codes);
	free(p->at);
	free(p->counts);
	free(p->there);
}

static void piece_begin(void *user, size_t piece, unsigned worker)
{
	const struct population *p = user;
	struct stretch at = stretch_of(p, piece);
	(void)worker;
	seal_present(p->trial->seal, p->snapshot, at.from, at.to, p->there + at.from);
	for (uint32_t row = at.from; row < at.to; row++)
		p->there[row] |= rowset_has(p->trial->rows, row) * 3;
}

struct narrowing {
	struct population *p;
	uint32_t facet;
	const uint8_t *holds;
};

static void piece_narrow(void *user, size_t piece, unsigned worker)
{
	const struct narrowing *n = user;
	const uint8_t *codes = n->p->codes[n->facet];
	size_t code_count = n->p->at[n->facet + 1] - n->p->at[n->facet];
	struct stretch at = stretch_of(n->p, piece);
	(void)worker;
	for (uint32_t row = at.from; row < at.to; row++) {
		uint16_t code = codes ? le16(codes + (size_t)row * 2) : UINT16_MAX;
		if (code >= code_count || !n->holds[code])
			n->p->there[row] = 0;
	}
}

bool population_narrow(struct population *p, uint32_t facet, const uint8_t *holds)
{
	size_t pieces = p->trial->seal->meta.rows / PIECE + 1;
	struct narrowing narrowing = { p, facet, holds };
	if (!p->there) {
		p->there = malloc(p->trial->seal->meta.rows + 1);
		if (!p->there)
			return false;
		team_run(pieces, piece_begin, p);
	}
	team_run(pieces, piece_narrow, &narrowing);
	memset(p->counts, 0, count_len(p) * sizeof *p->counts);
	return count(p, piece_there, p->counts);
}
