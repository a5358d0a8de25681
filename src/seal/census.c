/* Counts the people of each snapshot: what a seller's "39,900 owners" is held against. */
#include "seal/people.h"
#include <stdlib.h>

struct held_person {
	uint64_t person;
	uint32_t row;
};

static int by_person(const void *a, const void *b)
{
	const struct held_person *x = a, *y = b;
	return (x->person > y->person) - (x->person < y->person);
}

/* Adds one to every snapshot that has one of the rows. */
static void count_rows(struct seal *seal, const struct held_person *rows, size_t count, uint8_t *present, uint8_t *any,
        uint64_t *people)
{
	size_t snapshots = seal->meta.snapshot_count;
	memset(any, 0, snapshots);
	for (size_t i = 0; i < count; i++) {
		seal_presence(seal, rows[i].row, present);
		for (size_t s = 0; s < snapshots; s++)
			any[s] |= present[s];
	}
	for (size_t s = 0; s < snapshots; s++)
		people[s] += any[s];
}

hufu_status seal_census(struct seal *seal, uint64_t *people, hufu_error *error)
{
	size_t rows = seal->meta.rows, snapshots = seal->meta.snapshot_count;
	struct held_person *list = malloc((rows + 1) * sizeof *list);
	uint8_t *present = malloc(2 * snapshots + 1);
	memset(people, 0, snapshots * sizeof *people);
	if (list && present) {
		for (size_t i = 0; i < rows; i++)
			list[i] = (struct held_person){
				people_root(seal->joins, seal->join_count, seal_person(seal, (uint32_t)i)), (uint32_t)i
			};
		qsort(list, rows, sizeof *list, by_person);
		for (size_t i = 0, end; i < rows; i = end) {
			for (end = i + 1; end < rows && list[end].person == list[i].person;)
				end++;
			count_rows(seal, list + i, end - i, present, present + snapshots, people);
		}
	}
	hufu_status status = list && present ? HUFU_OK : HUFU_NO_MEMORY;
	free(list);
	free(present);
	if (status)
		return fail(error, status, view_of(seal->meta.dataset), "no memory", NULL);
	return seal_damaged(seal) ? fail(error, HUFU_MALFORMED, view_of(seal->meta.dataset), "its seal is damaged",
	                                    "restore it from a backup")
	                          : HUFU_OK;
}
