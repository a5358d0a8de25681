/* Finds persons afterwards: datasets that were sealed before the one that numbers their people.
 *
 * An order sealed first had to take its own number for its person. When the customers come, its column of customer
 * numbers is seen to be their key, and the order's seal is written anew with the persons which that column names. No
 * value is needed for it: the look-up has the tokens, and a check tells which of them a row holds now. */
#include "seal/people.h"
#include "seal/rewrite.h"
#include "seal/space.h"
#include <stdlib.h>

struct afterwards {
	const struct store *store;
	struct seal *table; /* of persons, sealed just now */
	struct meta *meta;  /* its description as it will be */
	bool changed, failed;
	struct reference {
		char *dataset;
		int32_t column; /* of it: names the persons */
	} * references;         /* datasets to be written anew */
	size_t reference_count;
};

/* ---- persons that are there, in a space of their own: noted in the table ---- */

/* Share of `from`'s persons (of a sample) that are rows of `to`. */
static double persons_contained(struct seal *from, struct seal *to)
{
	uint64_t step = from->meta.rows / SPACE_SAMPLE + 1, tried = 0, found = 0;
	for (uint64_t row = 0; row < from->meta.rows; row += step, tried++)
		found += seal_has_row(to, seal_person(from, (uint32_t)row));
	return tried ? (double)found / (double)tried : 0;
}

static void adopt(struct afterwards *a, struct seal *other)
{
	if (other->meta.space || is_person_table(&other->meta) || !other->meta.person_stored ||
	        persons_contained(other, a->table) < SHARE_CONTAINED)
		return;
	for (size_t i = 0; i < a->meta->adopted_count; i++)
		if (!strcmp(a->meta->adopted[i], other->meta.dataset))
			return;
	a->failed |= !meta_add_text(&a->meta->adopted, &a->meta->adopted_count, view_of(other->meta.dataset));
	a->changed = true;
}

/* ---- a column that refers to the table ---- */

struct sample {
	struct seal *table;
	uint32_t column, row_none;
	size_t tried, found;
};

static bool sample_pair(void *user, struct lookup_pair pair)
{
	struct sample *sample = user;
	if (pair.column == sample->column && pair.row != sample->row_none) {
		sample->tried++;
		sample->found += seal_has_row(sample->table, seal_person_of_token(sample->table, pair.token));
	}
	return sample->tried < SPACE_SAMPLE;
}

/* Share of a column's values (of a sample) that are keys of the table. Tokens lie in no order of their values. */
static double column_contained(struct seal *other, uint32_t column, struct seal *table)
{
	struct lookup_shape shape = lookup_shape_of(&other->meta);
	struct sample sample = { .table = table, .column = column, .row_none = lookup_row_none(shape) };
	rewrite_each_pair(other, 0, 1ull << shape.prefix_bits, sample_pair, &sample);
	return sample.tried ? (double)sample.found / (double)sample.tried : 0;
}

static uint64_t score_of(const struct seal *other, uint32_t column, const struct seal *table)
{
	const struct seal_frequency *counts = &other->frequency[column];
	return reference_score(&other->meta, column, counts->distinct, counts->filled, &table->meta);
}

/* The column of `other` that refers to the table best, and better than the one it has now refers to its own; or -1. */
static int32_t referring_column(struct seal *other, struct seal *table, uint64_t least)
{
	const struct meta *meta = &other->meta;
	int32_t best = -1;
	for (uint32_t c = 0; c < meta->column_count; c++) {
		uint64_t score = meta->columns[c].base >= 0 ? 0 : score_of(other, c, table);
		if (score <= least || meta->columns[c].kind != table->meta.columns[table->meta.key[0]].kind ||
		        column_contained(other, c, table) < SHARE_CONTAINED)
			continue;
		best = (int32_t)c;
		least = score;
	}
	return best;
}

/* How well its persons refer to the dataset that they were found in; 0 when they are its own. */
static uint64_t present_score(const struct afterwards *a, const struct seal *other)
{
	struct seal *now;
	uint64_t score = 0;
	if (!other->meta.space || other->meta.person < 0)
		return 0;
	if (seal_open(a->store, view_of(other->meta.space), &now, NULL))
		return UINT64_MAX; /* a space by name, or its dataset went: it stays as it is */
	if (is_person_table(&now->meta))
		score = score_of(other, (uint32_t)other->meta.person, now);
	seal_close(now);
	return score;
}

static void refer(struct afterwards *a, struct seal *other)
{
	if (!other->meta.person_found || !strcmp(meta_space(&other->meta), meta_space(&a->table->meta)))
		return;
	int32_t column = referring_column(other, a->table, present_score(a, other));
	if (column < 0)
		return;
	struct reference *grown = realloc(a->references, (a->reference_count + 1) * sizeof *grown);
	char *dataset = strdup(other->meta.dataset);
	if (grown)
		a->references = grown;
	if (grown && dataset)
		a->references[a->reference_count++] = (struct reference){ dataset, column };
	else
		free(dataset);
	a->failed |= !grown || !dataset;
}

static bool visit(void *user, struct seal *other)
{
	struct afterwards *a = user;
	size_t before = a->reference_count;
	refer(a, other);
	if (a->reference_count == before)
		adopt(a, other);
	return false;
}

/* ---- the persons of a seal, by that column ---- */

struct naming {
	struct seal *seal, *table;
	uint32_t column, row_none;
	uint64_t *tokens;  /* [rows]: what the row holds now; 0: not known */
	uint64_t *commons; /* values that too many rows share for the look-up to say which */
	size_t common_count, common_cap;
	bool failed;
};

static void common_note(struct naming *n, uint64_t token)
{
	if (!seal_has_row(n->table, seal_person_of_token(n->table, token)))
		return; /* another column's */
	if (n->common_count == n->common_cap) {
		size_t cap = n->common_cap ? n->common_cap * 2 : 64;
		uint64_t *grown = realloc(n->commons, cap * sizeof *grown);
		n->failed |= !grown;
		if (!grown)
			return;
		n->commons = grown;
		n->common_cap = cap;
	}
	n->commons[n->common_count++] = token;
}

static bool name_pair(void *user, struct lookup_pair pair)
{
	struct naming *n = user;
	if (pair.row == n->row_none)
		common_note(n, pair.token);
	else if (pair.column == n->column && seal_fit(n->seal, pair.row, n->column, pair.token) == FIT_NOW)
		n->tokens[pair.row] = pair.token;
	return !n->failed;
}

/* Of the values that many rows share, the one that the row's check fits. A check has 16 bits: among very many such
 * values two may fit, and the first is taken until the dataset is sealed again. */
static uint64_t common_of(struct naming *n, uint32_t row)
{
	if (n->common_count && seal_fit(n->seal, row, n->column, 0) == FIT_NOW)
		return 0; /* empty */
	for (size_t i = 0; i < n->common_count; i++)
		if (seal_fit(n->seal, row, n->column, n->commons[i]) == FIT_NOW)
			return n->commons[i];
	return 0;
}

static bool name_persons(struct rewrite *r, struct seal *table, uint32_t column)
{
	struct lookup_shape shape = lookup_shape_of(&r->seal->meta);
	struct naming n = { r->seal, table, column, lookup_row_none(shape), NULL, NULL, 0, 0, false };
	uint64_t rows = r->seal->meta.rows;
	n.tokens = calloc(rows + 1, sizeof *n.tokens);
	r->given = calloc(rows + 1, sizeof *r->given);
	bool good = n.tokens && r->given && rewrite_each_pair(r->seal, 0, 1ull << shape.prefix_bits, name_pair, &n);
	for (uint32_t row = 0; row < rows && good; row++) {
		enum seal_fit empty = seal_fit(r->seal, row, column, 0);
		uint64_t token = n.tokens[row];
		if (!token && empty != FIT_NOW && empty != FIT_NONE)
			token = common_of(&n, row);
		r->given[row] =
		        token ? seal_person_of_token(table, token)
		              : le64(container_at(&r->seal->file, SECTION_ROWS, (uint64_t)row * r->seal->stride, 8));
	}
	free(n.tokens);
	free(n.commons);
	return good && !seal_damaged(r->seal);
}

/* Writes the dataset anew with persons of the table's space. */
static hufu_status give_persons(struct afterwards *a, const struct reference *reference, hufu_error *error)
{
	struct rewrite r;
	hufu_status status = rewrite_open(&r, a->store, view_of(reference->dataset), error);
	if (!status && !name_persons(&r, a->table, (uint32_t)reference->column))
		status =
		        fail(error, seal_damaged(r.seal) ? HUFU_MALFORMED : HUFU_NO_MEMORY, view_of(reference->dataset),
		                seal_damaged(r.seal) ? "its seal is damaged: nothing was changed"
		                                     : "no memory: nothing was changed",
		                NULL);
	if (!status) {
		free(r.meta.space);
		r.meta.space = strdup(meta_space(&a->table->meta));
		r.meta.person = reference->column;
		r.meta.person_stored |= r.meta.key_count != 1 || (int32_t)r.meta.key[0] != r.meta.person;
		status = r.meta.space ? rewrite_write(&r, error) : HUFU_NO_MEMORY;
	}
	rewrite_done(&r);
	return status;
}

hufu_status seal_find_space(const struct store *store, hufu_view dataset, hufu_error *error)
{
	struct rewrite r;
	struct afterwards a = { .store = store };
	hufu_status status = rewrite_open(&r, store, dataset, error);
	a.table = r.seal;
	a.meta = &r.meta;
	if (!status && is_person_table(&r.meta))
		status = each_other(store, dataset, visit, &a, error);
	if (!status && a.failed)
		status = fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
	for (size_t i = 0; i < a.reference_count; i++) {
		if (!status)
			status = give_persons(&a, &a.references[i], error);
		free(a.references[i].dataset);
	}
	free(a.references);
	if (!status && a.changed)
		status = rewrite_write(&r, error);
	rewrite_done(&r);
	return status;
}
