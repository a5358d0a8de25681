/* Counts people: distinct humans over rows and datasets.
 *
 * Rows give person numbers; numbers meet within a person space; joins make the accounts of one human one. */
#include "base/order.h"
#include "match/trial.h"
#include "seal/people.h"
#include <stdlib.h>

uint64_t bits_set(const uint8_t *bitmap, uint64_t count)
{
	uint64_t set = 0;
	for (uint64_t i = 0; i < count / 8 + 1; i++)
		set += (uint64_t)__builtin_popcount(bitmap[i]);
	return set;
}

static bool has(const uint8_t *bitmap, uint64_t at)
{
	return bitmap[at / 8] >> (at % 8) & 1;
}

struct owner {
	uint64_t person;
	uint32_t row;
};

static int by_person(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	if (x->person != y->person)
		return (x->person > y->person) - (x->person < y->person);
	return (x->row > y->row) - (x->row < y->row);
}

/* The humans behind a dataset's linked rows: an entry a row, a human's rows together. `*people` counts the humans. */
static bool owners_of(struct seal *seal, const uint8_t *rows, const struct seal_join *joins, size_t join_count,
        struct owner **out, size_t *count, uint64_t *people)
{
	struct owner *owners = malloc((bits_set(rows, seal->meta.rows) + 1) * sizeof *owners);
	size_t all = 0;
	if (!owners)
		return false;
	for (uint32_t row = 0; row < seal->meta.rows; row++)
		if (has(rows, row))
			owners[all++] = (struct owner){ people_root(joins, join_count, seal_person(seal, row)), row };
	qsort(owners, all, sizeof *owners, by_person);
	*people = 0;
	for (size_t i = 0; i < all; i++)
		*people += i == 0 || owners[i - 1].person != owners[i].person;
	*out = owners;
	*count = all;
	return true;
}

/* Distinct people of one space: of the datasets that `same` marks. */
static bool space_count(struct matcher *matcher, uint8_t *const *bitmaps, const bool *same, uint64_t *people)
{
	struct seal_join *joins;
	size_t join_count, all = 0;
	uint64_t *persons = NULL;
	bool good = people_joins(matcher->seals, same, matcher->seal_count, &joins, &join_count);
	for (size_t i = 0; good && i < matcher->seal_count; i++) {
		struct owner *owners;
		size_t count;
		if (!same[i] || !bitmaps[i])
			continue;
		uint64_t humans;
		good = owners_of(matcher->seals[i], bitmaps[i], joins, join_count, &owners, &count, &humans);
		uint64_t *grown = good ? realloc(persons, (all + count + 1) * sizeof *persons) : NULL;
		good = good && grown;
		persons = grown ? grown : persons;
		for (size_t k = 0; good && k < count; k++)
			persons[all++] = owners[k].person;
		free(good || grown ? owners : NULL);
	}
	*people += u64_each_once(persons, all);
	free(persons);
	free(joins);
	return good;
}

bool people_count(struct matcher *matcher, uint8_t *const *bitmaps, uint64_t *out)
{
	size_t count = matcher->seal_count;
	bool *same = calloc(count + 1, sizeof *same), *done = calloc(count + 1, sizeof *done), good = same && done;
	*out = 0;
	for (size_t i = 0; good && i < count; i++) {
		if (done[i] || !bitmaps[i])
			continue;
		seal_same_space(matcher->seals, count, i, same);
		good = space_count(matcher, bitmaps, same, out);
		for (size_t k = 0; k < count; k++)
			done[k] |= same[k];
	}
	free(same);
	free(done);
	return good;
}

/* ---- facets ---- */

static int by_people(const void *a, const void *b)
{
	const struct verdict_share *x = a, *y = b;
	if (x->people != y->people)
		return (x->people < y->people) - (x->people > y->people);
	return strcmp(x->value, y->value);
}

/* How many people each value of one facet has; values nobody has are left out. */
static bool facet_tell(struct seal *seal, uint32_t facet, const struct seal_column *column, const struct owner *owners,
        size_t count, struct verdict_facet *out)
{
	out->name = strdup(column->name);
	out->values = calloc(column->facet_count + 1, sizeof *out->values);
	uint64_t *people = calloc(column->facet_count + 1, sizeof *people);
	bool good = out->name && out->values && people;
	for (size_t i = 0; good && i < count;) {
		/* Who has rows under several values counts once, under the first of them by name. */
		int32_t least = -1;
		uint64_t person = owners[i].person;
		for (; i < count && owners[i].person == person; i++) {
			int32_t code = seal_facet(seal, facet, owners[i].row);
			if (code >= 0 && (size_t)code < column->facet_count &&
			        (least < 0 || strcmp(column->facet_values[code], column->facet_values[least]) < 0))
				least = code;
		}
		if (least >= 0)
			people[least]++;
	}
	for (size_t code = 0; good && code < column->facet_count; code++) {
		if (!people[code])
			continue;
		out->values[out->count] = (struct verdict_share){ strdup(column->facet_values[code]), people[code] };
		good = out->values[out->count++].value != NULL;
	}
	if (good)
		qsort(out->values, out->count, sizeof *out->values, by_people);
	free(people);
	return good;
}

bool facets_tell(struct matcher *matcher, size_t which, const uint8_t *rows, struct verdict_dataset *out)
{
	struct seal *seal = matcher->seals[which];
	struct seal_join *joins = NULL;
	struct owner *owners = NULL;
	size_t join_count, count = 0;
	bool *same = calloc(matcher->seal_count + 1, sizeof *same);
	if (same)
		seal_same_space(matcher->seals, matcher->seal_count, which, same);
	bool good = same && people_joins(matcher->seals, same, matcher->seal_count, &joins, &join_count) &&
	            owners_of(seal, rows, joins, join_count, &owners, &count, &out->people);
	out->facets = calloc(seal->meta.column_count + 1, sizeof *out->facets);
	good = good && out->facets;
	for (uint32_t c = 0; good && c < seal->meta.column_count; c++) {
		if (!seal->meta.columns[c].facet)
			continue;
		good = facet_tell(seal, (uint32_t)out->facet_count, &seal->meta.columns[c], owners, count,
		        &out->facets[out->facet_count]);
		out->facet_count++;
	}
	free(same);
	free(joins);
	free(owners);
	return good;
}
