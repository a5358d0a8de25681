/* Values that no snapshot has, and records without a row: damage and padding, or what changed and came where nothing
 * was sealed?
 *
 * Damage hits columns that change and columns that never do; what happens after the last seal (or before the first)
 * hits each column as fast as it changed from seal to seal, and brings new rows as fast as they came. So all columns
 * are asked for one common time out there, against one common rate of damage; in either case any column may be damaged
 * in a way of its own. Nothing is known beforehand of the time, of the rates, or of which columns: they are integrated
 * out. Sealed rates are learnt from a sample of the rows, which lie in no order. */
#include "match/trial.h"
#include <math.h>
#include <stdlib.h>

enum {
	SAMPLE_ROWS = 4096,
	SAMPLE_WORK = 1 << 24, /* rows x columns x snapshots */
	TIMES = 48,            /* two to an octave, around a mean gap */
	DAMAGES = 24,
	INSIDE = 8, /* times looked at within a gap */
	FEW_CELLS = 16,
	OCTAVES = 16, /* gaps' lengths that are told apart, two to an octave, so far either way */
	LENGTHS = 4 * OCTAVES
};

/* Beforehand a rate of damage is that of a copy (judge.c), mean 0.01 known as by 20 cells; one of a column's own is
 * that, or any. */
static const double damage_a = 0.2, damage_b = 19.8;
/* Cells of which a rate is known so well that it is a number; more would cost the logarithms their digits. */
static const double exactly_known = 1e8;

/* A column's cells in the leak and in the sealed past; the last of them is the table itself, its rows being cells that
 * change when they come. */
struct flow {
	double compared, novel;    /* cells of the leak */
	double rate;               /* changes in a mean gap's time */
	double spread;             /* of the rate from gap to gap: variance over mean squared */
	double own;                /* ln P(novel of compared | damage of its own) */
	double past[2];            /* cells of the leak that fit another time than the first snapshot, or the last */
	double *exposed, *changed; /* [gaps]: sealed cells */
	bool rows;                 /* the table itself */
};

struct novelty {
	struct flow *flows;
	size_t count, gaps;
	double *lengths; /* [gaps], in mean gaps */
	double *memory;
};

/* ---- the sealed past ---- */

static void row_sample(
        const struct trial *trial, const struct mapping *const *maps, struct novelty *n, uint32_t row, uint8_t *states)
{
	struct seal *seal = trial->seal;
	struct flow *table = &n->flows[n->count - 1];
	bool changed = seal_row_changed(seal, row);
	seal_presence(seal, row, states);
	for (size_t g = 0; g < n->gaps; g++) {
		table->exposed[g] += states[g + 1];
		table->changed[g] += states[g + 1] && !states[g];
	}
	for (size_t i = 0; i + 1 < n->count; i++) {
		struct flow *flow = &n->flows[i];
		const uint8_t *in = seal->meta.columns[maps[i]->column].in;
		if (changed)
			seal_changes(seal, row, (uint32_t)maps[i]->column, states);
		for (size_t g = 0; g < n->gaps; g++) {
			/* A row without a past of its own stayed as it was while it was there. */
			flow->exposed[g] += changed ? states[g] > 0 : states[g] && states[g + 1] && in[g] && in[g + 1];
			flow->changed[g] += changed && states[g] == 2;
		}
	}
}

static void rows_sample(const struct trial *trial, const struct mapping *const *maps, struct novelty *n)
{
	uint64_t most = SAMPLE_WORK / ((n->gaps + 1) * n->count) + 64;
	most = most < SAMPLE_ROWS ? most : SAMPLE_ROWS;
	uint64_t rows = trial->seal->meta.rows < most ? trial->seal->meta.rows : most;
	for (uint32_t row = 0; row < rows; row++)
		row_sample(trial, maps, n, row, trial->states);
}

/* The rate at which the shares changed in each gap are likeliest; half a cell either way keeps it off the ends. */
static double rate_of(const struct novelty *n, const struct flow *flow)
{
	double low = -40, high = 12;
	for (int step = 0; step < 60; step++) {
		double middle = (low + high) / 2, rate = exp2(middle), slope = 0.5 / expm1(rate) - 0.5;
		for (size_t g = 0; g < n->gaps; g++) {
			double length = n->lengths[g];
			slope += flow->changed[g] * length / expm1(rate * length) -
			         (flow->exposed[g] - flow->changed[g]) * length;
		}
		if (slope > 0)
			low = middle;
		else
			high = middle;
	}
	return exp2(low);
}

static double share_after(double rate, double time)
{
	return -expm1(-rate * time);
}

/* How far the rates of the gaps lie apart, beyond the luck of the draw: variance over mean squared. Beforehand two
 * gaps' rates differ as two waiting times do (1), as if seen once; the first gap says nothing of it. */
static double spread_of(const struct novelty *n, const struct flow *flow)
{
	double sum = 1, gaps = 0;
	for (size_t g = 0; g < n->gaps; g++) {
		double passed = flow->rate * n->lengths[g], left = exp(-passed), cells = flow->exposed[g];
		if (cells < 1 || left >= 1 || left * passed <= 0)
			continue;
		double off = flow->changed[g] / cells - (1 - left);
		sum += fmax(0, off * off - left * (1 - left) / cells) / (left * passed * left * passed);
		gaps++;
	}
	return sum / fmax(1, gaps);
}

/* ---- likelihoods, in nats ---- */

static double beta_ln(double a, double b)
{
	return lgamma(a) + lgamma(b) - lgamma(a + b);
}

static double both_ln(double x, double y)
{
	double high = fmax(x, y), low = fmin(x, y);
	return isinf(high) ? high : high + log1p(exp(low - high));
}

/* The same of B(a + k, b + n - k) / B(a, b), factor by factor: of few cells that is sooner done than six logarithms of
 * gammas, and an archive may have thousands of parts of a few cells. */
static double few_ln(double k, double n, double a, double b)
{
	double ratio = 1;
	for (size_t cell = 0; cell < (size_t)n; cell++) {
		double before = (double)cell;
		ratio *= (before < k ? a + before : b + before - k) / (a + b + before);
	}
	return log(ratio);
}

/* P(k of n), which ones being given, the rate being about p as closely as `known` cells would tell. */
static double cells_ln(double k, double n, double p, double known)
{
	if (p <= 0)
		return k > 0 ? -INFINITY : 0;
	if (p >= 1)
		return k < n ? -INFINITY : 0;
	if (known > exactly_known)
		return k * log(p) + (n - k) * log1p(-p);
	if (n <= FEW_CELLS)
		return few_ln(k, n, known * p, known * (1 - p));
	return beta_ln(known * p + k, known * (1 - p) + n - k) - beta_ln(known * p, known * (1 - p));
}

static double own_ln(double k, double n)
{
	return both_ln(beta_ln(damage_a + k, damage_b + n - k) - beta_ln(damage_a, damage_b),
	               beta_ln(1 + k, 1 + n - k)) -
	       log(2);
}

/* All columns: each of its own, or of this damage and this share of changed cells. Beyond an end (0, 1) a cell may have
 * changed to what it was once: of few values it often does. What it costs that it is that value is counted elsewhere;
 * were it damage, it would cost that, too. */
static double flows_ln(const struct novelty *n, double damage, const double *shares, int end)
{
	double sum = 0;
	for (size_t i = 0; i < n->count; i++) {
		const struct flow *flow = &n->flows[i];
		double share = shares ? shares[i] : 0, hurt = flow->rows ? 0 : damage;
		double p = 1 - (1 - hurt) * (1 - share), known = INFINITY;
		/* The rate spreads, and with it the share: 1 - share is exp(-rate time). */
		double slope = (1 - hurt) * (1 - share) * log1p(-share), variance = slope * slope * flow->spread;
		if (variance > 0)
			known = fmax(2, p * (1 - p) / variance - 1);
		double past = end < 0 ? 0 : flow->past[end], price = past * DAMAGE_BITS * log(2);
		/* An empty cell is a past value, and is compared with none. */
		sum += both_ln(flow->own - price,
		               cells_ln(flow->novel + past, fmax(flow->compared, flow->novel + past), p, known)) -
		       log(2);
	}
	return sum;
}

/* Over every rate of damage. */
static double damaged_ln(const struct novelty *n, const double *shares, int end)
{
	double sum = -INFINITY, weights = 0;
	for (int i = 1; i <= DAMAGES; i++) {
		double damage = exp2(-i), weight = pow(damage, damage_a) * pow(1 - damage, damage_b - 1);
		sum = both_ln(sum, log(weight) + flows_ln(n, damage, shares, end));
		weights += weight;
	}
	return sum - log(weights);
}

/* Taken out in the open, any time t from the seal: t / (1 + t) is as likely anywhere between 0 and 1, t being in mean
 * gaps. */
static double open_ln(const struct novelty *n, double *shares, int end)
{
	double sum = -INFINITY, weights = 0;
	for (int i = 0; i < TIMES; i++) {
		double time = exp2(i / 2.0 - TIMES / 4.0), weight = time / ((1 + time) * (1 + time));
		for (size_t f = 0; f < n->count; f++)
			shares[f] = share_after(n->flows[f].rate, time);
		sum = both_ln(sum, log(weight) + damaged_ln(n, shares, end));
		weights += weight;
	}
	return sum - log(weights);
}

/* Taken within a gap: cells that changed before and again after are in neither seal. */
static double inside_ln(const struct novelty *n, double length, double *shares)
{
	double sum = -INFINITY;
	for (int i = 0; i < INSIDE; i++) {
		double time = length * (i + 0.5) / INSIDE;
		for (size_t f = 0; f < n->count; f++)
			shares[f] = share_after(n->flows[f].rate, time) * share_after(n->flows[f].rate, length - time);
		sum = both_ln(sum, damaged_ln(n, shares, -1));
	}
	return sum - log(INSIDE);
}

/* ---- all together ---- */

static bool novelty_init(
        const struct part_match *part, const struct trial *trial, const struct mapping **maps, struct novelty *n)
{
	const struct meta *meta = &trial->seal->meta;
	*n = (struct novelty){ .gaps = meta->snapshot_count - 1 };
	n->flows = calloc(part->columns + 1, sizeof *n->flows);
	n->memory = calloc((2 * (size_t)part->columns + 4) * (n->gaps + 1), sizeof *n->memory);
	if (!n->flows || !n->memory)
		return false;
	n->lengths = n->memory;
	double all = (double)(meta->snapshots[n->gaps].instant - meta->snapshots[0].instant);
	for (size_t g = 0; g < n->gaps; g++)
		n->lengths[g] =
		        (double)(meta->snapshots[g + 1].instant - meta->snapshots[g].instant) / all * (double)n->gaps;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column < 0 || !map->compared)
			continue;
		maps[n->count] = map;
		n->flows[n->count++] = (struct flow){ .compared = (double)map->compared,
			.novel = (double)(map->compared - map->agreed),
			.past = { (double)map->past[0], (double)map->past[1] } };
	}
	double settled = (double)(part->records - trial->near - trial->recombined);
	n->flows[n->count++] =
	        (struct flow){ .compared = settled, .novel = settled - (double)trial->linked, .rows = true };
	for (size_t i = 0; i < n->count; i++) {
		n->flows[i].exposed = n->memory + (2 * i + 1) * n->gaps;
		n->flows[i].changed = n->memory + (2 * i + 2) * n->gaps;
	}
	return true;
}

static void gaps_tell(const struct novelty *n, double at_a_seal, double *shares, double *gap)
{
	double known[LENGTHS];
	for (int i = 0; i < LENGTHS; i++)
		known[i] = NAN;
	for (size_t g = 0; g < n->gaps; g++) {
		long step = lround(fmin(OCTAVES - 0.5, fmax(-OCTAVES, log2(n->lengths[g]))) * 2);
		double *at = &known[step + 2 * OCTAVES];
		if (isnan(*at))
			*at = (at_a_seal - inside_ln(n, exp2((double)step / 2), shares)) / log(2);
		gap[g] = *at;
	}
}

bool novel_bits(const struct part_match *part, const struct trial *trial, double *gap, double open[2], bool *known)
{
	struct novelty n = { 0 };
	open[0] = open[1] = 0;
	*known = trial->seal->meta.snapshot_count > 1;
	if (!*known)
		return true;
	const struct mapping **maps = calloc(part->columns + 1, sizeof(struct mapping *));
	double *shares = calloc(part->columns + 1, sizeof *shares);
	bool good = maps && shares && novelty_init(part, trial, maps, &n);
	if (good) {
		rows_sample(trial, maps, &n);
		for (size_t i = 0; i < n.count; i++) {
			struct flow *flow = &n.flows[i];
			flow->rate = rate_of(&n, flow);
			flow->spread = spread_of(&n, flow);
			flow->own = own_ln(flow->novel, flow->compared);
		}
		double at_a_seal = damaged_ln(&n, NULL, -1);
		gaps_tell(&n, at_a_seal, shares, gap);
		for (int end = 0; end < 2; end++) {
			open[end] = (at_a_seal - open_ln(&n, shares, end)) / log(2);
			for (size_t i = 0; i < n.count; i++)
				open[end] -= n.flows[i].past[end] * DAMAGE_BITS;
		}
	}
	free(n.flows);
	free(n.memory);
	free(maps);
	free(shares);
	return good;
}
