/* Was it put together from several dates? Then no one time fits, and a likelihood over one time is confidently wrong.
 *
 * Every record has a span: the snapshots that fit all its dating cells. One time (a snapshot, or the gap between two)
 * is sought that fits most spans; among those it does not fit, a second time. Both must explain what the other cannot,
 * in more than damage would make, and must not touch. Further dates are sought in the same way in what is left. */
#include "match/trial.h"
#include <stdlib.h>

enum { STRETCHES_MAX = 6 };

static const double share_real = 0.05, misfit_bits = 10;
static const uint64_t records_real = 5;

/* Hypotheses as in window.c: 0 open start, 2s+1 snapshot s, 2s+2 the gap behind it. */
struct stitching {
	const struct trial *trial;
	size_t snapshots, hypotheses;
	size_t times[STRETCHES_MAX];
	size_t count;
};

/* Whether a span of snapshots [first, behind) goes with a hypothesis: a gap takes the old side or the new. */
static bool span_fits(size_t first, size_t behind, size_t hypothesis, size_t snapshots)
{
	size_t s = hypothesis ? (hypothesis - 1) / 2 : 0;
	if (hypothesis == 0)
		return first == 0;
	if (hypothesis % 2)
		return first <= s && s < behind;
	if (s + 1 == snapshots)
		return behind == snapshots;
	return first <= s + 1 && behind >= s + 1;
}

static bool explained(const struct stitching *st, size_t first, size_t behind, size_t besides)
{
	for (size_t i = 0; i < st->count; i++)
		if (i != besides && span_fits(first, behind, st->times[i], st->snapshots))
			return true;
	return false;
}

/* Records that each hypothesis fits, of those that the times found so far (besides one) do not; and how many these are.
 */
static uint64_t fits_of_rest(const struct stitching *st, size_t besides, uint64_t *fits)
{
	uint64_t rest = 0;
	size_t snapshots = st->snapshots;
	memset(fits, 0, st->hypotheses * sizeof *fits);
	for (size_t first = 0; first <= snapshots; first++)
		for (size_t behind = 0; behind <= snapshots; behind++) {
			uint32_t records = st->trial->window.spans[first * (snapshots + 1) + behind];
			/* Cells of one record that contradict each other are damage: they speak for no time. */
			if (!records || behind < first || (first == 0 && behind == snapshots) ||
			        explained(st, first, behind, besides))
				continue;
			rest += records;
			for (size_t h = 0; h < st->hypotheses; h++)
				fits[h] += span_fits(first, behind, h, snapshots) ? records : 0;
		}
	return rest;
}

/* The hypothesis that fits most; a snapshot rather than a gap when both do as well. */
static size_t best_of(const struct stitching *st, const uint64_t *fits)
{
	size_t best = 1;
	for (size_t h = 0; h < st->hypotheses; h++)
		if (fits[h] > fits[best] || (fits[h] == fits[best] && h % 2 && !(best % 2)))
			best = h;
	return best;
}

static bool touch(size_t a, size_t b)
{
	size_t apart = a > b ? a - b : b - a;
	return apart <= 2;
}

/* Adds times while what is left is more than damage and mostly of one other time. */
static void times_find(struct stitching *st, uint64_t *fits)
{
	uint64_t all = fits_of_rest(st, SIZE_MAX, fits), rest = all;
	while (st->count < STRETCHES_MAX && rest >= records_real && (double)rest >= share_real * (double)all) {
		size_t best = best_of(st, fits);
		bool real = fits[best] >= records_real && fits[best] * 2 > rest &&
		            (double)fits[best] >= share_real * (double)all;
		for (size_t i = 0; i < st->count; i++)
			real &= !touch(best, st->times[i]);
		if (!real)
			break;
		st->times[st->count++] = best;
		rest = fits_of_rest(st, SIZE_MAX, fits);
	}
}

/* A time that the others make needless was found only for want of them. */
static void times_sift(struct stitching *st, uint64_t *fits)
{
	for (size_t i = 0; i < st->count;) {
		fits_of_rest(st, i, fits);
		if (fits[st->times[i]] >= records_real) {
			i++;
			continue;
		}
		memmove(&st->times[i], &st->times[i + 1], (st->count - i - 1) * sizeof *st->times);
		st->count--;
	}
}

static int by_time(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

/* One stretch: what fits the records that only this time explains. */
static void stretch_tell(const struct stitching *st, size_t which, uint64_t *fits, double *bits, size_t *from,
        size_t *to, struct verdict_stretch *out)
{
	uint64_t own = fits_of_rest(st, which, fits);
	for (size_t h = 0; h < st->hypotheses; h++)
		bits[h] = misfit_bits * (double)(own - fits[h]) + (h % 2 ? 0 : 1);
	window_stretch(bits, st->hypotheses, from, to);
	*out = (struct verdict_stretch){ window_after(st->trial, *from), window_before(st->trial, *to), own };
}

bool stitched_tell(const struct trial *trial, size_t *from, size_t *to, struct verdict_window *out)
{
	struct stitching st = { .trial = trial, .snapshots = trial->seal->meta.snapshot_count };
	st.hypotheses = 2 * st.snapshots + 1;
	uint64_t *fits = calloc(st.hypotheses, sizeof *fits), own = 0, shared = trial->window.records;
	double *bits = calloc(st.hypotheses, sizeof *bits);
	bool good = fits && bits;
	if (good && trial->window.spans) {
		times_find(&st, fits);
		times_sift(&st, fits);
		qsort(st.times, st.count, sizeof *st.times, by_time);
	}
	out->stitched = good && st.count > 1 ? calloc(st.count, sizeof *out->stitched) : NULL;
	for (size_t i = 0; out->stitched && i < st.count; i++) {
		stretch_tell(&st, i, fits, bits, from, to, &out->stitched[out->stitched_count++]);
		own += out->stitched[i].records;
	}
	/* Records that tell no date are shared out as the others are. */
	for (size_t i = 0; own && i < out->stitched_count; i++)
		out->stitched[i].records =
		        (uint64_t)((double)shared * (double)out->stitched[i].records / (double)own + 0.5);
	good = good && (st.count < 2 || out->stitched);
	free(fits);
	free(bits);
	return good;
}
