/* Whether posteriors and measured rates of false links are honest, on made-up people whose truth is known. The same
 * measure as ./dev calibration takes at large; seeds and key are fixed, and bounds are wide: other seeds pass, too. */
/* Before cmocka: its fail() is a macro. */
#include "../../bench/calibration/measure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { CUSTOMERS = 3000, RECORDS = 1500 };

#define SET(is_masked, ...)                                                                                            \
	(const struct column_set)                                                                                      \
	{                                                                                                              \
		.masked = is_masked, .fields = { __VA_ARGS__ },                                                        \
		.count = sizeof((enum field[]){ __VA_ARGS__ }) / sizeof(enum field)                                    \
	}

static struct company company;
static struct sealed sealed;

static int setup(void **state)
{
	(void)state;
	company_new(&company, 41, CUSTOMERS);
	seal_company(&company, &sealed);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sealed_free(&sealed);
	company_free(&company);
	return 0;
}

static struct tally measured(
        const struct column_set *columns, size_t records, unsigned ours, unsigned damaged, enum padding padding)
{
	struct tally tally = { 0 };
	struct leak leak;
	leak_new(&company, &(struct leak_plan){ columns, records, ours, damaged, padding }, &leak);
	measure(&sealed, &company, &leak, 7, &tally);
	leak_free(&leak);
	return tally;
}

static double fdr_of(const struct tally *tally)
{
	return tally->linked > 0 ? tally->expected / tally->linked : 1;
}

/* Every damage and padding of weak columns together: of records with such a posterior about so many are ours, and
 * links are not fewer than stated by more than what 1,500 records leave to chance. */
static void test_match_calibration__posteriors_are_honest(void **state)
{
	static const unsigned damages[] = { 0, 50, 200 }, shares[] = { 1000, 500, 50, 0 };
	const struct column_set sets[] = { SET(false, NAME, CITY, REGISTERED), SET(false, NAME, BORN, LEVEL),
		SET(false, NAME, CITY, LEVEL), SET(true, NAME, MOBILE, CITY), SET(true, NAME, RESIDENT, REGISTERED),
		SET(false, NO, NAME, MOBILE, CITY, ADDRESS) };
	struct tally sum = { 0 };
	(void)state;
	for (size_t s = 0; s < LEN(sets); s++)
		for (size_t d = 0; d < LEN(damages); d++)
			for (size_t h = 0; h < LEN(shares); h++)
				for (enum padding padding = PAD_STRANGERS; padding <= PAD_SHARING; padding++) {
					struct tally one = measured(&sets[s], RECORDS, shares[h], damages[d], padding);
					tally_add(&sum, &one);
				}
	for (size_t b = 0; b < BINS; b++) {
		const struct bin *bin = &sum.bins[b];
		double stated = bin->posterior / bin->records, right = bin->ours / bin->records;
		double margin = b < 2 ? 0.2 : 0.005;
		if (bin->records < 100 || right < stated - margin || right > stated + 0.2)
			fail_msg("bin %zu: %.0f records, stated %.5f, right %.5f", b, bin->records, stated, right);
		/* An agreement of all cells that tell is that very row's. */
		assert_true(bin->row > 0.9 * bin->ours);
	}
	assert_true(sum.wrong <= 3 * sum.expected + 10);
}

/* Strangers who sit closer and closer to ours: what is measured goes with what is true, each within the other's reach.
 */
static void test_match_calibration__false_links_are_measured(void **state)
{
	static const struct {
		const char *name;
		struct column_set columns;
		unsigned ours, damaged;
		enum padding padding;
		double least, most; /* share of links that are wrong, in truth */
	} rows[] = {
		{ "copy", SET(false, NAME, MOBILE, CITY), 1000, 0, PAD_STRANGERS, 0, 0 },
		{ "damaged copy", SET(false, NAME, MOBILE, CITY), 1000, 200, PAD_STRANGERS, 0, 0 },
		{ "bare mobiles, damaged", SET(false, MOBILE), 500, 200, PAD_STRANGERS, 0, 0.001 },
		{ "padded", SET(false, NAME, CITY, REGISTERED), 50, 50, PAD_STRANGERS, 0, 0.05 },
		{ "living where ours did", SET(false, NAME, BORN, MOBILE, CITY, ADDRESS), 50, 50, PAD_SUCCESSORS, 0,
		        0.05 },
		{ "masked IDs of one region", SET(true, NAME, RESIDENT, REGISTERED), 0, 50, PAD_STRANGERS, 0, 1 },
		{ "numbers counted up", SET(false, NO, LEVEL), 500, 0, PAD_COUNTED, 0.02, 0.2 },
		{ "numbers counted up, 5 % ours", SET(false, NO, LEVEL), 50, 0, PAD_COUNTED, 0.3, 1 },
	};
	unsigned wrong = 0;
	double lowest = 1, highest = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct tally t = measured(&rows[i].columns, RECORDS, rows[i].ours, rows[i].damaged, rows[i].padding);
		double fdr = fdr_of(&t), truth = t.linked > 0 ? t.wrong / t.linked : 1;
		lowest = fdr < lowest ? fdr : lowest;
		highest = fdr > highest ? fdr : highest;
		/* A factor of two, and a few links: what a thousand twins can tell. */
		if (truth < rows[i].least || truth > rows[i].most || t.wrong > 2 * t.expected + 5 ||
		        t.expected > 2 * t.wrong + 0.01 * t.linked + 5) {
			print_error("%s: %.0f link, %.0f wrong, %.1f expected\n", rows[i].name, t.linked, t.wrong,
			        t.expected);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	/* One number for all would not do. */
	assert_true(lowest < 0.001 && highest > 0.05);
}

/* A handful of records: most of ours link, hardly any stranger, and what is said of chance is what posteriors leave. */
static void test_match_calibration__tiny_leaks(void **state)
{
	const struct column_set sets[] = { SET(false, NAME, CITY, REGISTERED), SET(true, NAME, RESIDENT, REGISTERED),
		SET(false, NO, NAME, MOBILE, CITY, ADDRESS), SET(false, MOBILE) };
	static const size_t sizes[] = { 1, 3, 5, 10 };
	struct tally sum = { 0 };
	(void)state;
	for (size_t s = 0; s < LEN(sets); s++)
		for (size_t i = 0; i < 40 * LEN(sizes); i++) {
			struct tally one = measured(&sets[s], sizes[i % LEN(sizes)], 600, 0,
			        sets[s].count > 1 ? PAD_SHARING : PAD_STRANGERS);
			tally_add(&sum, &one);
		}
	assert_true(sum.linked > 0.9 * sum.ours);
	assert_true(sum.wrong <= 5 && sum.wrong <= 5 * sum.expected + 3);
	/* Never nothing where names and dates alone link; and not so much that a copy would be none. */
	assert_true(sum.expected > 1e-4 && sum.expected < 0.02 * sum.linked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_calibration__posteriors_are_honest),
		cmocka_unit_test(test_match_calibration__false_links_are_measured),
		cmocka_unit_test(test_match_calibration__tiny_leaks),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
