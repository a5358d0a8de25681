/* By which filter were the rows taken? The facet predicate that best tells the rows in the leak from those left behind.
 *
 * Among all rows of the snapshot that fits best, each is taken or not; a predicate explains as much as knowing it
 * lowers the entropy of that (mutual information over entropy). Predicates are "facet = value" or, for a facet of
 * dates, "facet <= value" and "facet >= value"; a second one is added with "and" while it explains more. */
#include "base/team.h"
#include "match/trial.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLAUSES_MAX = 3, PIECE = 1 << 16 };

static const double explains_least = 0.1, gain_least = 0.05, bits_least = 10;

enum relation { EQUAL, UP_TO, FROM };

struct clause {
	uint32_t facet; /* number among the facets */
	uint32_t column;
	enum relation relation;
	int32_t code;
	double gain; /* bits a row */
};

struct filtering {
	const struct trial *trial;
	uint8_t *there;  /* [rows]: 1 in the snapshot, 3 taken too; cleared to 0 as clauses leave rows out */
	size_t snapshot; /* that fits best */
	uint64_t rows, taken;
};

static double entropy(double share)
{
	return share <= 0 || share >= 1 ? 0 : -share * log2(share) - (1 - share) * log2(1 - share);
}

/* Bits that a predicate tells of "taken", over `rows` of which `taken`, when it holds for `in` of which `in_taken`. */
static double gain_of(uint64_t rows, uint64_t taken, uint64_t in, uint64_t in_taken)
{
	double all = (double)rows, inside = (double)in, outside = all - inside;
	if (inside == 0 || outside == 0)
		return 0;
	return entropy((double)taken / all) - inside / all * entropy((double)in_taken / inside) -
	       outside / all * entropy((double)(taken - in_taken) / outside);
}

static int32_t facet_of(const struct filtering *f, uint32_t facet, uint64_t row)
{
	return seal_facet(f->trial->seal, facet, (uint32_t)row);
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

static bool facet_try(const struct filtering *f, uint32_t facet, uint32_t column, struct clause *best)
{
	const struct seal_column *sealed = &f->trial->seal->meta.columns[column];
	uint64_t *in = calloc(2 * sealed->facet_count + 2, sizeof *in), *taken = in + sealed->facet_count, below = 0,
	         below_taken = 0;
	bool dates = sealed->kind && !strcmp(sealed->kind->name, "date");
	uint32_t *order = dates ? codes_by_date(sealed) : NULL;
	for (uint64_t row = 0; in && row < f->trial->seal->meta.rows; row++) {
		int32_t code = f->there[row] ? facet_of(f, facet, row) : -1;
		if (code < 0 || (size_t)code >= sealed->facet_count)
			continue;
		in[code]++;
		taken[code] += f->there[row] == 3;
	}
	for (uint32_t i = 0; in && i < sealed->facet_count; i++) {
		uint32_t code = order ? order[i] : i;
		/* A predicate must hold for what was taken more than for the rest. */
		if (!dates && taken[code] * f->rows > in[code] * f->taken)
			better(best, (struct clause){ facet, column, EQUAL, (int32_t)code,
			                     gain_of(f->rows, f->taken, in[code], taken[code]) });
		below += in[code];
		below_taken += taken[code];
		if (dates && below_taken * f->rows > below * f->taken)
			better(best, (struct clause){ facet, column, UP_TO, (int32_t)code,
			                     gain_of(f->rows, f->taken, below, below_taken) });
		if (order && i + 1 < sealed->facet_count &&
		        (f->taken - below_taken) * f->rows > (f->rows - below) * f->taken)
			better(best, (struct clause){ facet, column, FROM, (int32_t)order[i + 1],
			                     gain_of(f->rows, f->taken, f->rows - below, f->taken - below_taken) });
	}
	free(order);
	free(in);
	return in != NULL;
}

/* ---- clauses ---- */

static bool holds(const struct filtering *f, const struct clause *clause, uint64_t row)
{
	const struct seal_column *column = &f->trial->seal->meta.columns[clause->column];
	int32_t code = facet_of(f, clause->facet, row);
	if (code < 0 || clause->relation == EQUAL)
		return code == clause->code;
	int order = strcmp(column->facet_values[code], column->facet_values[clause->code]);
	return clause->relation == UP_TO ? order <= 0 : order >= 0;
}

/* Leaves only the rows for which the clause holds. */
static void narrow(struct filtering *f, const struct clause *clause)
{
	f->rows = f->taken = 0;
	for (uint64_t row = 0; row < f->trial->seal->meta.rows; row++) {
		if (f->there[row] && !holds(f, clause, row))
			f->there[row] = 0;
		f->rows += f->there[row] != 0;
		f->taken += f->there[row] == 3;
	}
}

static void clause_text(const struct filtering *f, const struct clause *clause, bool first, struct bytes *out)
{
	static const char *const signs[] = { "=", "<=", ">=" };
	const struct seal_column *column = &f->trial->seal->meta.columns[clause->column];
	bytes_print(out, "%s%s %s %s", first ? "" : " and ", column->name, signs[clause->relation],
	        column->facet_values[clause->code]);
}

/* ---- the filter ---- */

static void rows_populate(void *user, size_t piece, unsigned worker)
{
	struct filtering *f = user;
	struct seal *seal = f->trial->seal;
	uint64_t from = piece * PIECE, to = from + PIECE, rows = 0, taken = 0;
	(void)worker;
	to = to < seal->meta.rows ? to : seal->meta.rows;
	for (uint32_t row = (uint32_t)from; row < to; row++) {
		bool linked = f->trial->rows[row / 8] >> (row % 8) & 1;
		f->there[row] = linked ? 3 : seal_present(seal, row, f->snapshot);
		rows += f->there[row] != 0;
		taken += linked;
	}
	__atomic_fetch_add(&f->rows, rows, __ATOMIC_RELAXED);
	__atomic_fetch_add(&f->taken, taken, __ATOMIC_RELAXED);
}

/* The rows of the snapshot that fits best, and which of them were taken. */
static bool population(struct filtering *f)
{
	uint64_t rows = f->trial->seal->meta.rows;
	f->snapshot = window_best(f->trial);
	f->there = calloc(rows + 1, 1);
	if (f->there)
		team_run(rows / PIECE + 1, rows_populate, f);
	return f->there != NULL;
}

static bool has_facet(const struct meta *meta)
{
	bool any = false;
	for (uint32_t c = 0; c < meta->column_count; c++)
		any |= meta->columns[c].facet;
	return any;
}

bool filter_tell(const struct trial *trial, struct verdict_dataset *out)
{
	struct filtering f = { .trial = trial };
	struct bytes text = { 0 };
	const struct meta *meta = &trial->seal->meta;
	double told = 0;
	if (!has_facet(meta))
		return true;
	bool good = population(&f);
	double all = (double)f.rows, whole = f.rows ? entropy((double)f.taken / all) : 0;
	for (int clauses = 0; good && clauses < CLAUSES_MAX && whole > 0; clauses++) {
		struct clause best = { .gain = 0 };
		for (uint32_t c = 0, facet = 0; good && c < meta->column_count; c++)
			if (meta->columns[c].facet)
				good = facet_try(&f, facet++, c, &best);
		double share = best.gain * (double)f.rows / all / whole;
		/* Many values are tried: what they tell must be more than the luck of the best of them. */
		if (share < (clauses ? gain_least : explains_least) || best.gain * (double)f.rows < bits_least)
			break;
		told += share;
		clause_text(&f, &best, clauses == 0, &text);
		narrow(&f, &best);
	}
	if (text.len) {
		bytes_byte(&text, 0);
		out->filter = text.failed ? NULL : text.ptr;
		out->filter_explains = told;
	}
	free(f.there);
	return good && !text.failed;
}
