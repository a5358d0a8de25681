/* By which filter were the rows taken? The facet predicate that best tells the rows in the leak from those left behind.
 *
 * Among all rows of the snapshot that fits best, each is taken or not; a predicate explains as much as knowing it
 * lowers the entropy of that (mutual information over entropy). Predicates are "facet = value" or, for a facet of
 * dates, "facet <= value" and "facet >= value"; a second one is added with "and" while it explains more. */
#include "base/le.h"
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

/* The rows of one piece: each is gone through by one thread. */
struct stretch {
	uint32_t from, to;
};

static struct stretch stretch_of(const struct filtering *f, size_t piece)
{
	uint64_t rows = f->trial->seal->meta.rows, from = piece * PIECE, to = from + PIECE;
	return (struct stretch){ (uint32_t)from, (uint32_t)(to < rows ? to : rows) };
}

static void each_piece(const struct filtering *f, void (*work)(void *user, size_t piece, unsigned worker), void *user)
{
	team_run(f->trial->seal->meta.rows / PIECE + 1, work, user);
}

/* Adds up the rows of a stretch that are there. */
static void stretch_count(struct filtering *f, struct stretch at)
{
	uint64_t rows = 0, taken = 0;
	for (uint32_t row = at.from; row < at.to; row++) {
		rows += f->there[row] & 1;
		taken += f->there[row] >> 1;
	}
	__atomic_fetch_add(&f->rows, rows, __ATOMIC_RELAXED);
	__atomic_fetch_add(&f->taken, taken, __ATOMIC_RELAXED);
}

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

/* How many rows have each code of a facet. */
struct facet_count {
	const struct filtering *f;
	const uint8_t *codes;
	size_t code_count;
	struct code_count {
		uint64_t in, taken;
	} * counts; /* [threads][codes] */
};

static void piece_count(void *user, size_t piece, unsigned worker)
{
	const struct facet_count *c = user;
	struct stretch at = stretch_of(c->f, piece);
	struct code_count *counts = c->counts + worker * c->code_count;
	for (uint32_t row = at.from; row < at.to; row++) {
		uint16_t code = le16(c->codes + (size_t)row * 2);
		if (!c->f->there[row] || code >= c->code_count)
			continue;
		counts[code].in++;
		counts[code].taken += c->f->there[row] >> 1;
	}
}

/* The caller frees the counts; NULL when memory is out. */
static struct code_count *codes_count(const struct filtering *f, uint32_t facet, size_t code_count)
{
	unsigned threads = team_size();
	struct facet_count count = { f, seal_facet_codes(f->trial->seal, facet), code_count,
		calloc(threads * code_count + 1, sizeof *count.counts) };
	if (!count.counts || !count.codes)
		return count.counts;
	each_piece(f, piece_count, &count);
	for (size_t i = code_count; i < threads * code_count; i++) {
		count.counts[i % code_count].in += count.counts[i].in;
		count.counts[i % code_count].taken += count.counts[i].taken;
	}
	return count.counts;
}

static bool facet_try(const struct filtering *f, uint32_t facet, uint32_t column, struct clause *best)
{
	const struct seal_column *sealed = &f->trial->seal->meta.columns[column];
	struct code_count *counts = codes_count(f, facet, sealed->facet_count), below = { 0 };
	bool dates = sealed->kind && !strcmp(sealed->kind->name, "date");
	uint32_t *order = dates ? codes_by_date(sealed) : NULL;
	for (uint32_t i = 0; counts && i < sealed->facet_count; i++) {
		uint32_t code = order ? order[i] : i;
		const struct code_count *here = &counts[code];
		/* A predicate must hold for what was taken more than for the rest. */
		if (!dates && here->taken * f->rows > here->in * f->taken)
			better(best, (struct clause){ facet, column, EQUAL, (int32_t)code,
			                     gain_of(f->rows, f->taken, here->in, here->taken) });
		below.in += here->in;
		below.taken += here->taken;
		if (dates && below.taken * f->rows > below.in * f->taken)
			better(best, (struct clause){ facet, column, UP_TO, (int32_t)code,
			                     gain_of(f->rows, f->taken, below.in, below.taken) });
		if (order && i + 1 < sealed->facet_count &&
		        (f->taken - below.taken) * f->rows > (f->rows - below.in) * f->taken)
			better(best, (struct clause){ facet, column, FROM, (int32_t)order[i + 1],
			                     gain_of(f->rows, f->taken, f->rows - below.in, f->taken - below.taken) });
	}
	free(order);
	free(counts);
	return counts != NULL;
}

/* ---- clauses ---- */

static bool holds(const struct seal_column *column, const struct clause *clause, size_t code)
{
	if (clause->relation == EQUAL)
		return (int32_t)code == clause->code;
	int order = strcmp(column->facet_values[code], column->facet_values[clause->code]);
	return clause->relation == UP_TO ? order <= 0 : order >= 0;
}

struct narrowing {
	struct filtering *f;
	const uint8_t *codes;
	size_t code_count;
	uint8_t *holds; /* [codes] */
};

static void piece_narrow(void *user, size_t piece, unsigned worker)
{
	const struct narrowing *n = user;
	struct stretch at = stretch_of(n->f, piece);
	(void)worker;
	for (uint32_t row = at.from; row < at.to; row++) {
		uint16_t code = le16(n->codes + (size_t)row * 2);
		if (code >= n->code_count || !n->holds[code])
			n->f->there[row] = 0;
	}
	stretch_count(n->f, at);
}

/* Leaves only the rows for which the clause holds. False when memory is out. */
static bool narrow(struct filtering *f, const struct clause *clause)
{
	const struct seal_column *column = &f->trial->seal->meta.columns[clause->column];
	struct narrowing n = { f, seal_facet_codes(f->trial->seal, clause->facet), column->facet_count,
		calloc(column->facet_count + 1, 1) };
	if (!n.holds || !n.codes) {
		free(n.holds);
		return false;
	}
	for (size_t code = 0; code < n.code_count; code++)
		n.holds[code] = holds(column, clause, code);
	f->rows = f->taken = 0;
	each_piece(f, piece_narrow, &n);
	free(n.holds);
	return true;
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
	struct stretch at = stretch_of(f, piece);
	(void)worker;
	seal_present(f->trial->seal, f->snapshot, at.from, at.to, f->there + at.from);
	for (uint32_t row = at.from; row < at.to; row++)
		f->there[row] |= (f->trial->rows[row / 8] >> (row % 8) & 1) * 3;
	stretch_count(f, at);
}

/* The rows of the snapshot that fits best, and which of them were taken. */
static bool population(struct filtering *f)
{
	f->snapshot = window_best(f->trial);
	f->there = malloc(f->trial->seal->meta.rows + 1);
	if (f->there)
		each_piece(f, rows_populate, f);
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
		good = narrow(&f, &best);
	}
	if (text.len) {
		bytes_byte(&text, 0);
		out->filter = text.failed ? NULL : text.ptr;
		out->filter_explains = told;
	}
	free(f.there);
	return good && !text.failed;
}
