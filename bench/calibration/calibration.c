/* hufu-calibration: how honest posteriors and measured rates of false links are, on people whose truth is known.
 *
 *     hufu-calibration [--companies N] [--svg DIR]
 *
 * Links leaks of every sort of columns, damage and padding to made-up companies by the real matcher, and prints of
 * records by posterior how many were ours, and for each sort of leak the rate of false links that the verdicts print
 * beside the true one, as tables in Markdown. The same arguments give the same tables. */
#include "measure.h"
#include "plot.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET(title, is_masked, ...)                                                                                     \
	{                                                                                                              \
		.name = title, .masked = is_masked, .fields = { __VA_ARGS__ },                                         \
		.count = sizeof((enum field[]){ __VA_ARGS__ }) / sizeof(enum field)                                    \
	}
static const struct column_set sets[] = {
	SET("all eleven", false, NO, NAME, BORN, MOBILE, RESIDENT, EMAIL, CITY, ADDRESS, REGISTERED, LEVEL, POINTS),
	SET("mobile", false, MOBILE),
	SET("name, mobile, city", false, NAME, MOBILE, CITY),
	SET("name, masked mobile, city", true, NAME, MOBILE, CITY),
	SET("name, masked ID, date", true, NAME, RESIDENT, REGISTERED),
	SET("name, city, date", false, NAME, CITY, REGISTERED),
	SET("name, birthday, level", false, NAME, BORN, LEVEL),
	SET("name, city, level", false, NAME, CITY, LEVEL),
	SET("name, birthday, city, address", false, NAME, BORN, CITY, ADDRESS),
	SET("own number, level, points", false, NO, LEVEL, POINTS),
	SET("own number, level", false, NO, LEVEL),
};
static const unsigned damages[] = { 0, 50, 200 }, shares[] = { 1000, 500, 50, 0 };
static const size_t sizes[] = { 5000, 1000, 20000 }, tiny[] = { 1, 3, 5, 10, 30 };
enum { RECORDS = 2000, TINY_LEAKS = 60 };

static struct tally kinds[LEN(sets)][PADDINGS], tinies[LEN(sets)][LEN(tiny)];

/* ---- measuring ---- */

static void leak_measure(
        struct company *company, const struct sealed *sealed, const struct leak_plan *plan, struct tally *tally)
{
	struct leak leak;
	leak_new(company, plan, &leak);
	measure(sealed, company, &leak, (uint64_t)company->strangers.state, tally);
	leak_free(&leak);
}

static void sort_measure(struct company *company, const struct sealed *sealed, size_t set, enum padding padding)
{
	for (size_t d = 0; d < LEN(damages); d++)
		for (size_t s = 0; s < LEN(shares); s++) {
			/* A leak that is wholly ours has no padding. */
			if (shares[s] == 1000 && padding != PAD_STRANGERS)
				continue;
			const struct leak_plan plan = { &sets[set], RECORDS, shares[s], damages[d], padding };
			leak_measure(company, sealed, &plan, &kinds[set][padding]);
		}
}

static void company_measure(uint64_t seed)
{
	struct company company;
	struct sealed sealed;
	company_new(&company, seed, sizes[seed % LEN(sizes)]);
	seal_company(&company, &sealed);
	for (size_t set = 0; set < LEN(sets); set++) {
		for (enum padding padding = 0; padding < PADDINGS; padding++)
			if (padding_differs(&sets[set], padding))
				sort_measure(&company, &sealed, set, padding);
		for (size_t size = 0; size < LEN(tiny); size++)
			for (unsigned i = 0; i < TINY_LEAKS; i++) {
				const struct leak_plan plan = { &sets[set], tiny[size], 500, 50, PAD_SHARING };
				leak_measure(&company, &sealed, &plan, &tinies[set][size]);
			}
	}
	sealed_free(&sealed);
	company_free(&company);
}

/* ---- telling ---- */

static void share_print(double k, double n)
{
	double low, high;
	interval(k, n, &low, &high);
	if (n > 0)
		printf(" %.4f | %.4f to %.4f |", k / n, low, high);
	else
		printf(" - | - |");
}

static void posteriors_print(const char *title, const struct tally *sum)
{
	printf("\nPadding: %s\n\n| posterior | records | stated | ours | 95 %% | the very row "
	       "|\n|---|---|---|---|---|---|\n",
	        title);
	for (size_t b = 0; b <= BINS; b++) {
		const struct bin *bin = b < BINS ? &sum->bins[b] : &sum->refused;
		if (b < BINS)
			printf("| %g to %g, %s", bin_from[b], fmin(1, bin_from[b + 1]),
			        bin_from[b] < 0.99 ? "no link" : "link");
		else
			printf("| 0.99 to 1, refused by the other rules");
		printf(" | %.0f |", bin->records);
		if (bin->records > 0)
			printf(" %.5f |", bin->posterior / bin->records);
		else
			printf(" - |");
		share_print(bin->ours, bin->records);
		if (bin->ours > 0)
			printf(" %.4f |\n", bin->row / bin->ours);
		else
			printf(" - |\n");
	}
}

static void rate_print(const char *first, const char *second, const struct tally *tally)
{
	printf("| %s | %s | %.0f | %.0f | %.0f |", first, second, tally->ours, tally->linked, tally->wrong);
	if (tally->linked > 0)
		printf(" %.5f |", tally->expected / tally->linked);
	else
		printf(" - |");
	share_print(tally->wrong, tally->linked);
	printf("\n");
}

static void rates_print(void)
{
	static const char *const head = "| ours | linked | wrong | fdr, measured | fdr, true | 95 % |\n"
	                                "|---|---|---|---|---|---|---|---|\n";
	printf("\nFalse links by sort of leak\n\n| columns | padding %s", head);
	for (size_t set = 0; set < LEN(sets); set++)
		for (enum padding padding = 0; padding < PADDINGS; padding++)
			if (kinds[set][padding].leaks > 0)
				rate_print(sets[set].name, padding_names[padding], &kinds[set][padding]);
	printf("\nTiny leaks, half of them ours\n\n| columns | records %s", head);
	for (size_t size = 0; size < LEN(tiny); size++) {
		struct tally sum = { 0 };
		char records[32];
		snprintf(records, sizeof records, "%zu in each of %.0f", tiny[size], tinies[0][size].leaks);
		for (size_t set = 0; set < LEN(sets); set++)
			tally_add(&sum, &tinies[set][size]);
		rate_print("each sort", records, &sum);
	}
}

/* What columns can tell from ours, and what they often cannot. */
enum { USUAL, HARDEST, GROUPS };
static const char *const group_names[GROUPS] = { "strangers, sharing, successors, recombined", "twins, counted" };

static void sums(struct tally groups[GROUPS])
{
	for (size_t set = 0; set < LEN(sets); set++)
		for (enum padding padding = 0; padding < PADDINGS; padding++)
			tally_add(&groups[padding == PAD_TWINS || padding == PAD_COUNTED ? HARDEST : USUAL],
			        &kinds[set][padding]);
}

static FILE *picture(const char *dir, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *out = fopen(path, "w");
	if (!out) {
		fprintf(stderr, "hufu-calibration: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	return out;
}

static void draw(const char *dir, const struct tally groups[GROUPS])
{
	struct plot_bin bins[GROUPS * BINS];
	struct plot_rate rates[LEN(sets) * PADDINGS];
	size_t count = 0;
	for (int i = 0; i < GROUPS * BINS; i++) {
		const struct bin *bin = &groups[i / BINS].bins[i % BINS];
		bins[i] =
		        (struct plot_bin){ bin->posterior / fmax(1, bin->records), bin->records, bin->ours, i / BINS };
	}
	for (size_t set = 0; set < LEN(sets); set++)
		for (enum padding padding = 0; padding < PADDINGS; padding++) {
			const struct tally *tally = &kinds[set][padding];
			if (tally->linked > 0)
				rates[count++] = (struct plot_rate){ tally->expected / tally->linked, tally->wrong,
					tally->linked, (int)padding };
		}
	FILE *out = picture(dir, "calibration-posterior.svg");
	plot_posteriors(out, bins, GROUPS * BINS, group_names, GROUPS);
	fclose(out);
	out = picture(dir, "calibration-fdr.svg");
	plot_rates(out, rates, count, padding_names, PADDINGS);
	fclose(out);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "companies", required_argument, NULL, 'c' },
		{ "svg", required_argument, NULL, 's' }, { 0 } };
	const char *dir = NULL;
	unsigned long companies = 3;
	struct tally groups[GROUPS] = { 0 };
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		char *end = NULL;
		if (c == 'c')
			companies = strtoul(optarg, &end, 10);
		else if (c == 's')
			dir = optarg;
		if (c == '?' || (end && (*end || companies < 1 || companies > 99)) || optind > argc) {
			fputs("usage: ./dev calibration [--companies N] [--svg DIR]   (N: 1 to 99)\n", stderr);
			return 2;
		}
	}
	for (uint64_t seed = 0; seed < companies; seed++)
		company_measure(seed);
	sums(groups);
	for (size_t i = 0; i < GROUPS; i++)
		posteriors_print(group_names[i], &groups[i]);
	rates_print();
	if (dir)
		draw(dir, groups);
	return 0;
}
