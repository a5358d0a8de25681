/* A company sealed in a store of its own, and leaks held against it by the real matcher: what it said of every record,
 * beside the truth. No file is read: batches go straight in. */
#ifndef HUFU_CALIBRATION_MEASURE_H
#define HUFU_CALIBRATION_MEASURE_H

#include "match/match.h"
#include "people.h"

struct sealed {
	char dir[64];
	struct store *store;
	struct seal *seal;
	int32_t *customers; /* [rows]: whose each is; the seal shuffles them */
};

/* Seals the company under a key that is always the same, so that a run can be repeated. */
void seal_company(const struct company *company, struct sealed *out);
void sealed_free(struct sealed *sealed);

/* Of records with posterior in [from, to): how many; what the posteriors add up to; how many were ours, and how many of
 * these the very row (or one that shows the same). */
enum { BINS = 4 };
extern const double bin_from[BINS + 1];
struct bin {
	double records, posterior, ours, row;
};

struct tally {
	struct bin bins[BINS];       /* links, and what comes near one */
	struct bin refused;          /* posterior enough, and not linked by the other rules */
	double leaks, records, ours; /* offered; of these ours */
	double linked, wrong;        /* links of datasets that a verdict lists, and those of strangers */
	double expected;             /* such links that the verdict holds for chance: fdr times linked */
};
void tally_add(struct tally *to, const struct tally *more);

/* Links the leak and adds what came of it. */
void measure(const struct sealed *sealed, const struct company *company, const struct leak *leak, uint64_t seed,
        struct tally *tally);

#endif
