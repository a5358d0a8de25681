/* Gathers linked rows into people: numbers of rows, sorted, each once; then the roots of their groups. */
#include "job/linked.h"

#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
	const struct linked_person *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

/* Sorts them and makes one of those that are the same; returns how many are left. */
static size_t each_once(struct linked_person *people, size_t count)
{
	size_t kept = 0;
	if (count)
		qsort(people, count, sizeof *people, by_number);
	for (size_t i = 0; i < count; i++) {
		if (kept && people[kept - 1].number == people[i].number)
			people[kept - 1].kinds |= people[i].kinds;
		else
			people[kept++] = people[i];
	}
	return kept;
}

/* Adds a seal's linked rows to a list that has room for them, or, where there is none yet, counts them. */
static size_t rows_add(struct seal *seal, const struct matcher_people *people, size_t at, struct linked_person *out)
{
	const struct rowset *rows = people->rows ? people->rows[at] : NULL;
	size_t count = 0;
	if (!rows || !out)
		return rows ? rowset_count(rows) : 0;
	for (uint64_t row = rowset_next(rows, 0, rows->rows); row < rows->rows;
	        row = rowset_next(rows, row + 1, rows->rows))
		out[count++] = (struct linked_person){ seal_person(seal, (uint32_t)row), people->kinds[at][row] };
	return count;
}

static bool space_gather(const struct job_seals *seals, const struct matcher_people *people, struct linked_space *space)
{
	size_t rows = 0, at = 0;
	for (size_t i = 0; i < people->seal_count; i++)
		rows += space->same[i] ? rows_add(seals->seals[i], people, i, NULL) : 0;
	space->accounts = malloc((rows + 1) * sizeof *space->accounts);
	for (size_t i = 0; space->accounts && i < people->seal_count; i++)
		at += space->same[i] ? rows_add(seals->seals[i], people, i, space->accounts + at) : 0;
	space->account_count = space->accounts ? each_once(space->accounts, at) : 0;
	space->humans = malloc((space->account_count + 1) * sizeof *space->humans);
	for (size_t i = 0; space->humans && i < space->account_count; i++)
		space->humans[i] =
		        (struct linked_person){ people_root(space->joins, space->join_count, space->accounts[i].number),
			        space->accounts[i].kinds };
	space->human_count = space->humans ? each_once(space->humans, space->account_count) : 0;
	return space->accounts && space->humans;
}

static bool space_known(const struct linked *linked, size_t seal)
{
	for (size_t k = 0; k < linked->space_count; k++)
		if (linked->spaces[k].same[seal])
			return true;
	return false;
}

static bool space_add(struct linked *linked, const struct job_seals *seals, size_t which)
{
	struct linked_space *space = &linked->spaces[linked->space_count];
	space->same = calloc(seals->count + 1, sizeof *space->same);
	if (!space->same)
		return false;
	linked->space_count++;
	seal_same_space(seals->seals, seals->count, which, space->same);
	space->name = seal_space(seals->seals, seals->count, which);
	for (size_t i = 0; i < seals->count; i++)
		if (space->same[i])
			linked->space_of[i] = (uint32_t)(space - linked->spaces);
	return people_joins(seals->seals, space->same, seals->count, &space->joins, &space->join_count);
}

hufu_status linked_find(const struct job_seals *seals, const struct matcher_people *people, struct linked *out)
{
	*out = (struct linked){ .spaces = calloc(seals->count + 1, sizeof *out->spaces),
		.space_of = calloc(seals->count + 1, sizeof *out->space_of) };
	bool good = out->spaces && out->space_of;
	for (size_t i = 0; good && i < seals->count; i++)
		if (!space_known(out, i))
			good = space_add(out, seals, i);
	for (size_t i = 0; good && people && i < out->space_count; i++)
		good = space_gather(seals, people, &out->spaces[i]);
	return good ? HUFU_OK : HUFU_NO_MEMORY;
}

void linked_done(struct linked *linked)
{
	for (size_t i = 0; linked->spaces && i < linked->space_count; i++) {
		free(linked->spaces[i].same);
		free(linked->spaces[i].joins);
		free(linked->spaces[i].accounts);
		free(linked->spaces[i].humans);
	}
	free(linked->spaces);
	free(linked->space_of);
	*linked = (struct linked){ .space_count = 0 };
}

int32_t linked_column(const struct meta *meta)
{
	return meta->person >= 0 ? meta->person : meta->key_count == 1 ? (int32_t)meta->key[0] : -1;
}

struct siphash_key linked_key(const struct key *key)
{
	uint8_t bytes[16];
	key_subkey(key, KEY_LINKED, bytes, sizeof bytes);
	struct siphash_key made = siphash_key(bytes);
	explicit_bzero(bytes, sizeof bytes);
	return made;
}

uint64_t linked_token(struct siphash_key key, const char *space, uint64_t root)
{
	uint64_t words[] = { siphash(key, space, strlen(space)), root };
	return siphash_words(key, words, 2);
}
