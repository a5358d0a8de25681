/* When was it taken? A likelihood over every sealed time and every gap between two, open ends included.
 *
 * A cell that changed over our history says at which snapshots its leaked value held. Taken at snapshot s, a cell that
 * fits another time but not s is damage, at a price of lambda bits. Taken in the gap between s and s+1, a cell that
 * changed there is old or new with a common unknown share, integrated out: k new of n cost log2((n+1) C(n,k)) bits. A
 * row that was not there is a cell of its own. Cells that fit no time of ours are weighed all together (novel.c). */
#include "match/trial.h"
#include <math.h>
#include <stdlib.h>

enum { SPANS_SNAPSHOTS_MAX = 512, UNITS = 1 << 24 };

/* A damaged cell is one in a hundred or so, and then it must hit a value of its row's past by chance. */
static const double chance_bits_max = 10, row_bits = 20, open_bits = 1, share_held = 0.99;

bool window_init(struct window_tally *w, size_t snapshots)
{
	w->point = calloc(snapshots + 1, sizeof *w->point);
	w->gap = calloc(snapshots + 1, sizeof *w->gap);
	w->old_side = calloc(snapshots + 1, sizeof *w->old_side);
	w->new_side = calloc(snapshots + 1, sizeof *w->new_side);
	w->misfits = calloc(snapshots + 1, sizeof *w->misfits);
	if (snapshots <= SPANS_SNAPSHOTS_MAX)
		w->spans = calloc((snapshots + 1) * (snapshots + 1), sizeof *w->spans);
	return w->misfits && w->point && w->gap && w->old_side && w->new_side;
}

void window_done(struct window_tally *w)
{
	free(w->point);
	free(w->gap);
	free(w->old_side);
	free(w->new_side);
	free(w->misfits);
	free(w->spans);
	*w = (struct window_tally){ 0 };
}

static double bits_of(uint64_t units)
{
	return (double)units / UNITS;
}

/* States by snapshot (0 no word, 1 misfit, 2 fit) into the tally, a misfit costing `price` bits. */
static void states_take(struct window_tally *w, const uint8_t *states, size_t snapshots, double price)
{
	uint64_t bits = (uint64_t)llround(price * UNITS);
	for (size_t s = 0; s < snapshots; s++) {
		w->point[s] += states[s] == 1 ? bits : 0;
		w->misfits[s] += states[s] == 1;
		if (s + 1 == snapshots || !states[s] || !states[s + 1])
			continue;
		w->old_side[s] += states[s] > states[s + 1];
		w->new_side[s] += states[s] < states[s + 1];
		w->gap[s] += states[s] == 1 && states[s + 1] == 1 ? bits : 0;
	}
	w->dating++;
	w->before += states[0] == 1 ? bits : 0;
	w->after += states[snapshots - 1] == 1 ? bits : 0;
}

/* The times that fit a record: from the latest beginning to the earliest end of its cells. */
struct span {
	size_t first, behind; /* snapshots first .. behind - 1 */
};

static void span_narrow(struct span *span, const uint8_t *states, size_t snapshots)
{
	size_t first = 0, behind = snapshots;
	while (first < snapshots && states[first] != 2)
		first++;
	while (behind > first && states[behind - 1] != 2)
		behind--;
	span->first = first > span->first ? first : span->first;
	span->behind = behind < span->behind ? behind : span->behind;
}

void window_take(const struct part_match *part, const struct trial *trial, const struct record *record, uint32_t row,
        struct tally *tally)
{
	struct window_tally *w = &tally->window;
	uint8_t *states = tally->states;
	size_t snapshots = trial->seal->meta.snapshot_count;
	w->records++;
	/* Most rows say nothing: they fit every snapshot. */
	if (seal_row_constant(trial->seal, row)) {
		if (w->spans)
			w->spans[snapshots]++;
		return;
	}
	uint32_t first = seal_row_first(trial->seal, row);
	w->newest = first > w->newest ? first : w->newest;
	seal_presence(trial->seal, row, states);
	bool always = true, changed = seal_row_changed(trial->seal, row);
	for (size_t s = 0; s < snapshots; s++) {
		always &= states[s];
		states[s]++; /* absent is a misfit, present a fit */
	}
	struct span span = { 0, snapshots };
	span_narrow(&span, states, snapshots);
	if (!always)
		states_take(w, states, snapshots, row_bits);
	for (uint32_t j = 0; j < part->columns && changed; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column < 0)
			continue;
		/* An empty cell is a value too: its token is 0 on both sides. */
		uint64_t token = record_token(part, record, j, map->kind);
		if (!seal_history(trial->seal, row, (uint32_t)map->column, token, states))
			continue;
		tally->columns[j].past[0] += states[0] == 1;
		tally->columns[j].past[1] += states[snapshots - 1] == 1;
		double chance = agreement_bits(trial, (uint32_t)map->column, token);
		/* One of few values comes back by chance oftener than cells are damaged: it tells no record's date. */
		if (chance >= DAMAGE_BITS)
			span_narrow(&span, states, snapshots);
		states_take(w, states, snapshots, DAMAGE_BITS + fmin(chance, chance_bits_max));
	}
	if (w->spans)
		w->spans[span.first * (snapshots + 1) + span.behind]++;
}

void window_add(struct window_tally *into, const struct window_tally *from, size_t snapshots)
{
	for (size_t s = 0; s < snapshots; s++) {
		into->point[s] += from->point[s];
		into->gap[s] += from->gap[s];
		into->old_side[s] += from->old_side[s];
		into->new_side[s] += from->new_side[s];
		into->misfits[s] += from->misfits[s];
	}
	for (size_t i = 0; into->spans && from->spans && i < (snapshots + 1) * (snapshots + 1); i++)
		into->spans[i] += from->spans[i];
	into->before += from->before;
	into->after += from->after;
	into->dating += from->dating;
	into->records += from->records;
	into->newest = from->newest > into->newest ? from->newest : into->newest;
}

size_t window_best(const struct trial *trial)
{
	size_t best = 0;
	for (size_t s = 1; s < trial->seal->meta.snapshot_count; s++)
		if (trial->window.misfits[s] < trial->window.misfits[best])
			best = s;
	return best;
}

/* Columns of the leak that a snapshot did not have: all their cells would be from nowhere. */
static void columns_take(
        const struct trial *trial, const struct mapping *map, uint32_t columns, double *point, double *gap)
{
	size_t snapshots = trial->seal->meta.snapshot_count;
	for (uint32_t j = 0; j < columns; j++) {
		if (map[j].column < 0 || map[j].agreed * 2 < map[j].compared || !map[j].compared)
			continue;
		const uint8_t *in = trial->seal->meta.columns[map[j].column].in;
		for (size_t s = 0; s < snapshots; s++) {
			point[s] += in[s] ? 0 : row_bits;
			gap[s] += in[s] || (s + 1 < snapshots && in[s + 1]) ? 0 : row_bits;
		}
	}
}

/* Bits of a gap's mixture: k of n cells are new, any share as likely as another. */
static double mixture_bits(uint64_t old_side, uint64_t new_side)
{
	double n = (double)(old_side + new_side), k = (double)new_side;
	return log2(n + 1) + (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)) / log(2);
}

static char *as_of(const struct trial *trial, size_t snapshot)
{
	return strdup(trial->seal->meta.snapshots[snapshot].as_of);
}

/* The hypotheses in order of time: open start, point 0, gap 0, point 1, ... point S-1, open end; in bits against each.
 */
static bool hypotheses(
        const struct part_match *part, const struct trial *trial, const double *point, const double *gap, double *bits)
{
	const struct window_tally *w = &trial->window;
	size_t snapshots = trial->seal->meta.snapshot_count;
	double *novel = calloc(snapshots + 1, sizeof *novel), open[2];
	bool known;
	if (!novel || !novel_bits(part, trial, novel, open, &known)) {
		free(novel);
		return false;
	}
	for (size_t s = 0; s < snapshots; s++) {
		bits[2 * s + 1] = point[s];
		if (s + 1 < snapshots)
			bits[2 * s + 2] = gap[s] + mixture_bits(w->old_side[s], w->new_side[s]) + novel[s];
	}
	free(novel);
	/* Before the first and after the last anything may have changed, if nothing is known of how fast it does. */
	for (int end = 0; end < 2; end++)
		open[end] = open_bits + (known ? open[end] : log2((double)w->records + 1));
	bits[0] = bits_of(w->before) + open[0] + (point[0] - bits_of(w->point[0]));
	bits[2 * snapshots] = bits_of(w->after) + open[1] + (point[snapshots - 1] - bits_of(w->point[snapshots - 1]));
	return true;
}

/* The stretch that holds 99 % of the posterior: the likeliest hypotheses until their sum does, and what lies between.
 */
void window_stretch(const double *bits, size_t count, size_t *from, size_t *to)
{
	double best = bits[0], sum = 0, held = 0;
	for (size_t i = 1; i < count; i++)
		best = fmin(best, bits[i]);
	for (size_t i = 0; i < count; i++)
		sum += exp2(best - bits[i]);
	*from = count;
	*to = 0;
	double last = -1;
	while (held < share_held * sum) {
		/* The next likeliest; equally likely ones come in together. */
		double next = INFINITY;
		for (size_t i = 0; i < count; i++)
			if (bits[i] - best > last && bits[i] - best < next)
				next = bits[i] - best;
		if (isinf(next))
			break;
		for (size_t i = 0; i < count; i++) {
			if (bits[i] - best != next)
				continue;
			held += exp2(-next);
			*from = i < *from ? i : *from;
			*to = i > *to ? i : *to;
		}
		last = next;
	}
}

/* Hypothesis 2s+1 is snapshot s, 2s+2 the gap behind it, 0 the open start. */
char *window_after(const struct trial *trial, size_t from)
{
	return from >= 2 ? as_of(trial, from / 2 - 1) : NULL;
}

char *window_before(const struct trial *trial, size_t to)
{
	size_t behind = (to + 1) / 2;
	return behind < trial->seal->meta.snapshot_count ? as_of(trial, behind) : NULL;
}

static bool window_write(const struct trial *trial, size_t from, size_t to, struct verdict_window *out)
{
	size_t snapshots = trial->seal->meta.snapshot_count;
	out->after = window_after(trial, from);
	out->before = window_before(trial, to);
	out->snapshots = calloc(snapshots + 1, sizeof *out->snapshots);
	for (size_t s = 0; out->snapshots && s < snapshots; s++)
		if (2 * s + 1 >= from && 2 * s + 1 <= to)
			out->snapshots[out->snapshot_count++] = as_of(trial, s);
	out->newest_row = as_of(trial, trial->window.newest);
	out->known = true;
	return out->snapshots && out->newest_row;
}

bool window_tell(const struct part_match *part, const struct trial *trial, struct verdict_window *out)
{
	size_t snapshots = trial->seal->meta.snapshot_count, from, to;
	if (!trial->window.records)
		return true; /* nothing linked to one sure row: no date */
	double *point = calloc(snapshots + 1, sizeof *point), *gap = calloc(snapshots + 1, sizeof *gap);
	double *bits = calloc(2 * snapshots + 1, sizeof *bits);
	bool good = point && gap && bits;
	if (good) {
		for (size_t s = 0; s < snapshots; s++) {
			point[s] = bits_of(trial->window.point[s]);
			gap[s] = bits_of(trial->window.gap[s]);
		}
		columns_take(trial, trial->map, part->columns, point, gap);
		good = hypotheses(part, trial, point, gap, bits);
	}
	if (good) {
		window_stretch(bits, 2 * snapshots + 1, &from, &to);
		good = stitched_tell(trial, &from, &to, out) && window_write(trial, from, to, out);
	}
	free(point);
	free(gap);
	free(bits);
	return good;
}
