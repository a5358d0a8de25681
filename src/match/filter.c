/* By which filter were the rows taken? The facet predicate that best tells the rows in the leak from those left behind.
 *
 * Among all rows of the snapshot that fits best, each is taken or not; a predicate explains as much as knowing it
 * lowers the entropy of that (mutual information over entropy). Predicates are "facet = value" or, for a facet of
 * dates, "facet <= value" and "facet >= value"; a second one is added with "and" while it explains more. */
#include "match/trial.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLAUSES_MAX = 3 };

static const double explains_least = 0.1, gain_least = 0.05, bits_least = 10;

enum relation { EQUAL, UP_TO, FROM };

struct clause {
	uint32_t facet;
	enum relation relation;
	uint32_t code;
	double gain; /* bits a row */
};

static double entropy(double share)
{
	return share <= 0 || share >= 1 ? 0 : -share * log2(share) - (1 - share) * log2(1 - share);
}

/* Bits a row that a predicate tells of "taken", over all rows, when it holds for some of them. */
static double gain_of(struct code_count all, struct code_count in)
{
	double rows = (double)all.rows, inside = (double)in.rows, outside = rows - inside;
	if (inside == 0 || outside == 0)
		return 0;
	return entropy((double)all.taken / rows) - inside / rows * entropy((double)in.taken / inside) -
	       outside / rows * entropy((double)(all.taken - in.taken) / outside);
}

/* Whether more of these than of all were taken. */
static bool is_denser(struct code_count all, struct code_count in)
{
	return in.taken * all.rows > in.rows * all.taken;
}

/* ---- one facet ---- */

static const struct seal_column *sort_column;

static int by_value(const void *a, const void *b)
{
	return strcmp(sort_column->facet_values[*(const uint32_t *)a], sort_column->facet_values[*(const uint32_t *)b]);
}

/* Codes in the order of their dates, which are compared as they are written: sources write them alike. */
static uint32_t *codes_by_date(const struct seal_column *column)
{
	uint32_t *order = malloc((column->facet_count + 1) * sizeof *order);
	for (uint32_t i = 0; order && i < column->facet_count; i++)
		order[i] = i;
	sort_column = column;
	if (order)
		qsort(order, column->facet_count, sizeof *order, by_value);
	return order;
}

static void better(struct clause *best, struct clause clause)
{
	if (clause.gain > best->gain)
		*best = clause;
}

static bool facet_try(const struct population *p, uint32_t facet, struct clause *best)
{
	const struct seal_column *sealed = &p->trial->seal->meta.columns[p->columns[facet]];
	const struct code_count *counts = p->counts + p->at[facet], all = p->counts[p->at[p->facet_count]];
	struct code_count below = { 0 };
	bool dates = sealed->kind && !strcmp(sealed->kind->name, "date");
	uint32_t *order = dates ? codes_by_date(sealed) : NULL;
	for (uint32_t i = 0; i < sealed->facet_count && (order || !dates); i++) {
		uint32_t code = order ? order[i] : i;
		struct code_count here = counts[code], behind;
		/* A predicate must hold for what was taken more than for the rest. */
		if (!dates && is_denser(all, here))
			better(best, (struct clause){ facet, EQUAL, code, gain_of(all, here) });
		below.rows += here.rows;
		below.taken += here.taken;
		behind = (struct code_count){ all.rows - below.rows, all.taken - below.taken };
		if (dates && is_denser(all, below))
			better(best, (struct clause){ facet, UP_TO, code, gain_of(all, below) });
		if (dates && i + 1 < sealed->facet_count && is_denser(all, behind))
			better(best, (struct clause){ facet, FROM, order[i + 1], gain_of(all, behind) });
	}
	free(order);
	return order || !dates;
}

/* ---- clauses ---- */

static const struct seal_column *column_of(const struct population *p, const struct clause *clause)
{
	return &p->trial->seal->meta.columns[p->columns[clause->facet]];
}

static bool holds(const struct seal_column *column, const struct clause *clause, uint32_t code)
{
	if (clause->relation == EQUAL)
		return code == clause->code;
	int order = strcmp(column->facet_values[code], column->facet_values[clause->code]);
	return clause->relation == UP_TO ? order <= 0 : order >= 0;
}

/* Leaves only the rows for which the clause holds. False when memory is out. */
static bool narrow(struct population *p, const struct clause *clause)
{
	const struct seal_column *column = column_of(p, clause);
	uint8_t *codes = calloc(column->facet_count + 1, 1);
	for (uint32_t code = 0; codes && code < column->facet_count; code++)
		codes[code] = holds(column, clause, code);
	bool good = codes && population_narrow(p, clause->facet, codes);
	free(codes);
	return good;
}

static void clause_text(const struct population *p, const struct clause *clause, bool first, struct bytes *out)
{
	static const char *const signs[] = { "=", "<=", ">=" };
	const struct seal_column *column = column_of(p, clause);
	bytes_print(out, "%s%s %s %s", first ? "" : " and ", column->name, signs[clause->relation],
	        column->facet_values[clause->code]);
}

/* ---- the filter ---- */

/* Adds clauses while they explain more. Returns the share of the whole that they explain. */
static double clauses_find(struct population *p, struct bytes *text, bool *good)
{
	const struct code_count *left = &p->counts[p->at[p->facet_count]];
	double all = (double)left->rows, whole = left->rows ? entropy((double)left->taken / all) : 0, told = 0;
	for (int clauses = 0; *good && clauses < CLAUSES_MAX && whole > 0; clauses++) {
		struct clause best = { .gain = 0 };
		for (uint32_t facet = 0; *good && facet < p->facet_count; facet++)
			*good = facet_try(p, facet, &best);
		double share = best.gain * (double)left->rows / all / whole;
		/* Many values are tried: what they tell must be more than the luck of the best of them. */
		if (!*good || share < (clauses ? gain_least : explains_least) ||
		        best.gain * (double)left->rows < bits_least)
			break;
		told += share;
		clause_text(p, &best, clauses == 0, text);
		*good = narrow(p, &best);
	}
	return told;
}

bool filter_tell(const struct part_match *part, const struct trial *trial, struct verdict_dataset *out)
{
	struct population population;
	struct bytes text = { 0 };
	bool good = population_init(part, trial, &population);
	double told = good && population.facet_count ? clauses_find(&population, &text, &good) : 0;
	if (text.len) {
		bytes_byte(&text, 0);
		out->filter = text.failed ? NULL : text.ptr;
		out->filter_explains = told;
	}
	population_done(&population);
	return good && !text.failed;
}
