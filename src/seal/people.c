/* Joins person numbers that are one human: union-find by sorting and path halving over an index. */
#include "seal/people.h"
#include "base/order.h"
#include <stdlib.h>

static uint32_t index_of(const uint64_t *numbers, size_t count, uint64_t number)
{
	const uint64_t *at = bsearch(&number, numbers, count, sizeof *numbers, u64_order);
	return (uint32_t)(at - numbers);
}

static uint32_t find(uint32_t *parent, uint32_t at)
{
	while (parent[at] != at)
		at = parent[at] = parent[parent[at]];
	return at;
}

bool people_join(struct seal_join *pairs, size_t *pair_count)
{
	size_t count = *pair_count;
	uint64_t *numbers = malloc((2 * count + 1) * sizeof *numbers);
	uint32_t *parent = malloc((2 * count + 1) * sizeof *parent);
	size_t members = 0, kept = 0;
	bool good = numbers && parent && 2 * count <= UINT32_MAX;
	for (size_t i = 0; good && i < count; i++) {
		numbers[2 * i] = pairs[i].person;
		numbers[2 * i + 1] = pairs[i].root;
	}
	if (good)
		members = u64_each_once(numbers, 2 * count);
	for (size_t i = 0; i < members; i++)
		parent[i] = (uint32_t)i;
	for (size_t i = 0; good && i < count; i++) {
		uint32_t a = find(parent, index_of(numbers, members, pairs[i].person));
		uint32_t b = find(parent, index_of(numbers, members, pairs[i].root));
		/* The smaller number is the root, whatever the order of the pairs. */
		if (a < b)
			parent[b] = a;
		else
			parent[a] = b;
	}
	/* A group of n members came in by at least n - 1 pairs: the answer fits where the pairs were. */
	for (size_t i = 0; i < members; i++)
		if (find(parent, (uint32_t)i) != i)
			pairs[kept++] = (struct seal_join){ numbers[i], numbers[find(parent, (uint32_t)i)] };
	free(numbers);
	free(parent);
	*pair_count = kept;
	return good;
}

uint64_t people_root(const struct seal_join *joins, size_t count, uint64_t person)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (joins[middle].person < person)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && joins[low].person == person ? joins[low].root : person;
}

bool people_joins(struct seal *const *seals, const bool *same, size_t seal_count, struct seal_join **out, size_t *count)
{
	size_t pairs = 0, at = 0;
	for (size_t i = 0; i < seal_count; i++)
		pairs += same[i] ? seals[i]->join_count : 0;
	*out = malloc((pairs + 1) * sizeof **out);
	*count = pairs;
	for (size_t i = 0; *out && i < seal_count; i++) {
		if (!same[i] || !seals[i]->join_count)
			continue;
		memcpy(*out + at, seals[i]->joins, seals[i]->join_count * sizeof **out);
		at += seals[i]->join_count;
	}
	return *out && people_join(*out, count);
}

void joiner_take(struct joiner *joiner, uint32_t column, const uint32_t *rows, size_t count)
{
	const struct ident_kind *kind = joiner->meta->columns[column].kind;
	/* Two people may share a mask. */
	if (!kind || !kind->joins_people || joiner->meta->columns[column].form)
		return;
	for (size_t i = 1; i < count; i++) {
		if (joiner->persons[rows[i]] == joiner->persons[rows[0]])
			continue;
		if (joiner->count == joiner->cap) {
			size_t cap = joiner->cap ? joiner->cap * 2 : 256;
			struct seal_join *joins = realloc(joiner->joins, cap * sizeof *joins);
			if (!joins) {
				joiner->failed = true;
				return;
			}
			joiner->joins = joins;
			joiner->cap = cap;
		}
		joiner->joins[joiner->count++] =
		        (struct seal_join){ joiner->persons[rows[0]], joiner->persons[rows[i]] };
	}
}
