/* People inside others' rows: an order's contact, an owner's relatives. A strong identifier in a row need not be that
 * of the row's person.
 *
 * Where a table's rows are persons, the first column of a kind holds their own values. A column of a table whose rows
 * are somebody's (orders) holds others' values when that somebody's own are sealed and are mostly other ones; a second
 * column of a kind in a table of persons does when a second name stands beside it. Such a value is the person's whose
 * own it is, if that is sealed anywhere, and else makes a person of its own. */
#include "base/order.h"
#include "match/trial.h"
#include "seal/people.h"
#include "seal/rewrite.h"
#include "seal/space.h"
#include <stdlib.h>

enum { PAIRS_MOST = 1 << 16, INSIDE_MOST = 8 };

/* ---- sets ---- */

size_t numbers_settle(struct numbers *numbers)
{
	return numbers->count = u64_each_once(numbers->at, numbers->count);
}

void numbers_add(struct numbers *numbers, uint64_t number)
{
	/* Grows only when, each being kept once, half of it is full. */
	if (numbers->count == numbers->cap && numbers_settle(numbers) * 2 >= numbers->cap) {
		size_t cap = numbers->cap ? numbers->cap * 2 : 64;
		uint64_t *at = realloc(numbers->at, cap * sizeof *at);
		if (!at) {
			numbers->failed = true;
			return;
		}
		numbers->at = at;
		numbers->cap = cap;
	}
	numbers->at[numbers->count++] = number;
}

void numbers_done(struct numbers *numbers)
{
	free(numbers->at);
	*numbers = (struct numbers){ 0 };
}

/* ---- whose a column's values are ---- */

/* Every row is a person, and its own. */
static bool rows_are_persons(const struct meta *meta)
{
	return meta->person < 0 || (meta->key_count == 1 && meta->person == (int32_t)meta->key[0]);
}

static bool of_person(const struct seal_column *column)
{
	return column->kind && column->kind->strong && !column->kind->of_thing;
}

/* Columns of the same kind before this one, forms left out. */
static uint32_t before_of_kind(const struct meta *meta, uint32_t column)
{
	uint32_t count = 0;
	for (uint32_t c = 0; c < column; c++)
		count += meta->columns[c].base < 0 && meta->columns[c].kind == meta->columns[column].kind;
	return count;
}

static uint32_t names_in(const struct meta *meta)
{
	uint32_t count = 0;
	for (uint32_t c = 0; c < meta->column_count; c++)
		count += meta->columns[c].base < 0 && meta->columns[c].kind &&
		         !strcmp(meta->columns[c].kind->name, "name");
	return count;
}

struct place {
	size_t which; /* seal */
	uint32_t row;
};

static bool same_human(struct matcher *matcher, struct place a, struct place b)
{
	const struct seal *table = matcher->seals[b.which];
	return people_root(table->joins, table->join_count, seal_person(matcher->seals[a.which], a.row)) ==
	       people_root(table->joins, table->join_count, seal_person(matcher->seals[b.which], b.row));
}

/* A row of a table of persons whose own value this is, in the datasets that `among` marks (NULL: all): rather the same
 * human's as `of` than another's. */
static bool home_find(struct matcher *matcher, uint64_t token, const bool *among, struct place of, struct place *home)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common, found = false;
	for (size_t i = 0; i < matcher->seal_count; i++) {
		struct seal *seal = matcher->seals[i];
		uint32_t count = (among && !among[i]) || !rows_are_persons(&seal->meta)
		                         ? 0
		                         : seal_find(seal, token, hits, &common);
		for (uint32_t k = 0; k < count; k++) {
			struct place at = { i, hits[k].row };
			bool same = matcher->whose[i][hits[k].column] == WHOSE_OWN && same_human(matcher, of, at);
			if (matcher->whose[i][hits[k].column] != WHOSE_OWN || (found && !same))
				continue;
			*home = at;
			found = true;
			if (same)
				return true;
		}
	}
	return found;
}

struct asked {
	struct matcher *matcher;
	size_t which;
	uint32_t column, row_none;
	const bool *same; /* datasets of its space */
	size_t pairs, tried, own;
};

static bool ask_pair(void *user, struct lookup_pair pair)
{
	struct asked *asked = user;
	struct place of = { asked->which, pair.row }, home;
	if (pair.column == asked->column && pair.row != asked->row_none) {
		asked->tried++;
		asked->own += home_find(asked->matcher, pair.token, asked->same, of, &home) &&
		              same_human(asked->matcher, of, home);
	}
	return asked->tried < SPACE_SAMPLE && ++asked->pairs < PAIRS_MOST;
}

/* Whether most of a column's values (of a sample) are other ones than the person's own. */
static bool mostly_others(struct matcher *matcher, size_t which, uint32_t column, const bool *same)
{
	struct seal *seal = matcher->seals[which];
	struct lookup_shape shape = lookup_shape_of(&seal->meta);
	struct asked asked = { matcher, which, column, lookup_row_none(shape), same, 0, 0, 0 };
	bool sealed = false;
	for (size_t i = 0; i < matcher->seal_count; i++)
		for (uint32_t c = 0; same[i] && i != which && c < matcher->seals[i]->meta.column_count; c++)
			sealed |= matcher->whose[i][c] == WHOSE_OWN &&
			          matcher->seals[i]->meta.columns[c].kind == seal->meta.columns[column].kind;
	if (!sealed)
		return false;
	rewrite_each_pair(seal, 0, 1ull << shape.prefix_bits, ask_pair, &asked);
	return asked.own * 2 < asked.tried;
}

/* Tables whose rows are persons, first: the others are asked about theirs. */
static void persons_columns(const struct meta *meta, uint8_t *whose)
{
	uint32_t names = names_in(meta);
	for (uint32_t c = 0; c < meta->column_count; c++) {
		uint32_t before = before_of_kind(meta, c);
		if (meta->columns[c].base >= 0 || !of_person(&meta->columns[c]))
			continue;
		bool others = before && before < names && before <= INSIDE_MOST;
		whose[c] = (uint8_t)(!before ? WHOSE_OWN : others ? WHOSE_INSIDE + before - 1 : WHOSE_ROW);
	}
}

static void others_columns(struct matcher *matcher, size_t which, const bool *same)
{
	const struct meta *meta = &matcher->seals[which]->meta;
	uint8_t *whose = matcher->whose[which];
	for (uint32_t c = 0; c < meta->column_count; c++) {
		uint32_t inside = 0;
		if (meta->columns[c].base >= 0 || !of_person(&meta->columns[c]))
			continue;
		for (uint32_t b = 0; b < c; b++)
			inside += whose[b] >= WHOSE_INSIDE && meta->columns[b].kind == meta->columns[c].kind;
		bool others = inside < INSIDE_MOST && mostly_others(matcher, which, c, same);
		whose[c] = (uint8_t)(others ? WHOSE_INSIDE + inside : WHOSE_ROW);
	}
}

/* A column that shows another one in some form is whose that one is. */
static void forms_columns(const struct meta *meta, uint8_t *whose)
{
	for (uint32_t c = 0; c < meta->column_count; c++)
		if (meta->columns[c].base >= 0)
			whose[c] = whose[meta->columns[c].base];
}

bool whose_learn(struct matcher *matcher)
{
	bool *same = calloc(matcher->seal_count + 1, sizeof *same);
	matcher->whose = calloc(matcher->seal_count + 1, sizeof *matcher->whose);
	bool good = same && matcher->whose;
	for (size_t i = 0; good && i < matcher->seal_count; i++) {
		const struct meta *meta = &matcher->seals[i]->meta;
		matcher->whose[i] = calloc(meta->column_count + 1, 1);
		good = matcher->whose[i] != NULL;
		if (good && rows_are_persons(meta))
			persons_columns(meta, matcher->whose[i]);
	}
	for (size_t i = 0; good && i < matcher->seal_count; i++) {
		if (rows_are_persons(&matcher->seals[i]->meta))
			continue;
		seal_same_space(matcher->seals, matcher->seal_count, i, same);
		others_columns(matcher, i, same);
	}
	for (size_t i = 0; good && i < matcher->seal_count; i++)
		forms_columns(&matcher->seals[i]->meta, matcher->whose[i]);
	free(same);
	return good;
}

/* ---- who is exposed ---- */

static void note(struct bytes *notes, uint32_t place, enum exposed what, uint64_t number)
{
	struct exposure exposure = { number, place, what };
	bytes_add(notes, view_make((const char *)&exposure, sizeof exposure));
}

static uint64_t number_of(struct place home)
{
	return (uint64_t)home.which << 32 | home.row;
}

/* A hash can be undone by trying all values, a mask leaves too many. */
void shows_learn(const struct part_match *part, struct trial *trial)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		int32_t at = trial->map[j].column;
		const struct seal_column *column = at < 0 ? NULL : &trial->seal->meta.columns[at];
		trial->shows[j] = column && column->kind && column->kind->strong &&
		                  (!column->form || form_by_id(column->form)->digest);
	}
}

/* Whether a cell hit the row with a strong identifier that can be read. */
static bool shows(const struct trial *trial, const struct candidate *candidate, uint32_t j)
{
	return candidate->hit[j] && trial->shows[j];
}

/* The n-th other person of a row, by whichever of his identifiers stand in the record: one who is sealed as himself, or
 * one known by the first of them. */
static void inside_expose(const struct part_match *part, const struct trial *trial, const struct record *record,
        uint32_t place, const struct candidate *candidate, int n, struct bytes *notes)
{
	struct matcher *matcher = part->matcher;
	size_t which = (size_t)(trial - part->trials);
	struct place of = { which, candidate->row }, home;
	uint64_t known = 0;
	int32_t first = -1;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (!shows(trial, candidate, j) || matcher->whose[which][map->column] != WHOSE_INSIDE + n)
			continue;
		uint64_t token = record_token(part, record, j, map->kind);
		if (home_find(matcher, token, NULL, of, &home)) {
			note(notes, place, EXPOSED_HOME, number_of(home));
			return;
		}
		if (first < 0 || map->column < first) {
			first = map->column;
			known = token;
		}
	}
	if (first >= 0)
		note(notes, place, EXPOSED_INSIDE, known);
}

/* Whether it is the row's person whose the cell is: else his who has it for his own is noted. */
static bool row_expose(const struct part_match *part, const struct trial *trial, const struct record *record,
        uint32_t place, const struct candidate *candidate, uint32_t j, struct bytes *notes)
{
	struct matcher *matcher = part->matcher;
	struct place of = { (size_t)(trial - part->trials), candidate->row }, home;
	if (matcher->whose[of.which][trial->map[j].column] != WHOSE_ROW ||
	        !home_find(matcher, record_token(part, record, j, trial->map[j].kind), NULL, of, &home) ||
	        same_human(matcher, of, home))
		return true;
	note(notes, place, EXPOSED_HOME, number_of(home));
	return false;
}

void expose(const struct part_match *part, const struct trial *trial, const struct record *record, uint32_t place,
        const struct finding *finding, struct bytes *notes)
{
	const uint8_t *whose = part->matcher->whose[trial - part->trials];
	for (size_t i = 0; i < finding->count; i++) {
		const struct candidate *candidate = &finding->at[i];
		int most = 0;
		bool own = false;
		for (uint32_t j = 0; candidate->shows && j < part->columns; j++) {
			if (!shows(trial, candidate, j))
				continue;
			int inside = whose[trial->map[j].column] - WHOSE_INSIDE;
			if (inside < 0)
				own |= row_expose(part, trial, record, place, candidate, j, notes);
			else
				most = inside + 1 > most ? inside + 1 : most;
		}
		if (own)
			note(notes, place, EXPOSED_ROW, candidate->row);
		for (int n = 0; n < most; n++)
			inside_expose(part, trial, record, place, candidate, n, notes);
	}
}

bool inside_add(struct matcher *matcher, struct trial *trial)
{
	for (size_t i = 0; i < trial->inside.count; i++)
		numbers_add(&matcher->inside, trial->inside.at[i]);
	numbers_settle(&trial->homes);
	for (size_t i = 0; i < trial->homes.count; i++) {
		size_t which = (size_t)(trial->homes.at[i] >> 32);
		if (!matcher->exposed[which])
			matcher->exposed[which] = rowset_new(matcher->seals[which]->meta.rows);
		if (!matcher->exposed[which])
			return false;
		rowset_add(matcher->exposed[which], (uint32_t)trial->homes.at[i]);
	}
	return !trial->inside.failed && !trial->homes.failed && !matcher->inside.failed;
}
