/* What the parts of a leak add to it, and leaks to one another: the rows that are linked, the kinds of data that are
 * shown of them, and the numbers that are. */
#include "match/trial.h"
#include <stdlib.h>

/* ---- sets of rows, by seal ---- */

void sets_free(struct rowset **sets, size_t count)
{
	for (size_t i = 0; sets && i < count; i++)
		rowset_free(sets[i]);
	free(sets);
}

void kinds_free(uint32_t **kinds, size_t count)
{
	for (size_t i = 0; kinds && i < count; i++)
		free(kinds[i]);
	free(kinds);
}

bool set_add(struct rowset **to, const struct rowset *from)
{
	if (!*to)
		*to = rowset_new(from->rows);
	if (*to)
		rowset_join(*to, from);
	return *to != NULL;
}

/* Those of linked rows; the others have none. `from` NULL: nobody asked for them. */
bool kinds_add(uint32_t **to, const uint32_t *from, const struct rowset *linked)
{
	if (!from)
		return true;
	if (!*to)
		*to = calloc(linked->rows + 1, sizeof **to);
	uint64_t end = *to ? linked->rows : 0;
	for (uint64_t row = rowset_next(linked, 0, end); row < end; row = rowset_next(linked, row + 1, end))
		(*to)[row] |= from[row];
	return *to != NULL;
}

bool sets_equal(struct rowset *const *a, struct rowset *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] && b[i] ? !rowset_equal(a[i], b[i]) : a[i] || b[i])
			return false;
	return true;
}

/* ---- a leak's people ---- */

hufu_status matcher_people_join(struct matcher_people *into, const struct matcher_people *from)
{
	if (!into->rows)
		into->rows = calloc(from->seal_count + 1, sizeof(struct rowset *));
	if (!into->kinds)
		into->kinds = calloc(from->seal_count + 1, sizeof *into->kinds);
	if (!into->rows || !into->kinds)
		return HUFU_NO_MEMORY;
	into->seal_count = from->seal_count;
	for (size_t i = 0; i < from->seal_count; i++)
		if (from->rows[i] && (!set_add(&into->rows[i], from->rows[i]) ||
		                             !kinds_add(&into->kinds[i], from->kinds[i], from->rows[i])))
			return HUFU_NO_MEMORY;
	bytes_add(&into->shown, bytes_view(&from->shown));
	return into->shown.failed ? HUFU_NO_MEMORY : HUFU_OK;
}

hufu_status matcher_people_add(const struct matcher *matcher, struct matcher_people *people)
{
	const struct matcher_people own = { matcher->seal_count, matcher->rows, matcher->kinds, matcher->names };
	return matcher_people_join(people, &own);
}

void matcher_people_done(struct matcher_people *people)
{
	sets_free(people->rows, people->seal_count);
	kinds_free(people->kinds, people->seal_count);
	if (people->shown.ptr)
		explicit_bzero(people->shown.ptr, people->shown.len);
	bytes_done(&people->shown);
	*people = (struct matcher_people){ 0 };
}
