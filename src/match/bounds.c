/* How few and how many people can the links be, where a record is one of several people's?
 *
 * Sure links name their humans. Each other record is one human of a group, all groups being met by as few humans as can
 * be, or each by another one. The fewest is a hitting set, which nobody can compute in time; but groups that share
 * nobody with each other and with the sure ones need one human each: that many there are at the least. The most is one
 * a record, and no more than all that are likely. */
#include "base/order.h"
#include "match/trial.h"
#include "seal/people.h"
#include <stdlib.h>

struct crowd {
	struct matcher *matcher;
	const bool *same; /* datasets of the space at hand */
	struct seal_join *joins;
	size_t join_count;
	uint64_t *sure; /* humans: sorted, each once; later those that kept groups take are put in */
	size_t sure_count;
	struct group {
		const char *rows;
		uint32_t which, count; /* dataset; rows */
	} * groups;
	size_t group_count;
};

static uint64_t human_at(const struct crowd *crowd, size_t which, uint32_t row)
{
	return people_root(crowd->joins, crowd->join_count, seal_person(crowd->matcher->seals[which], row));
}

static bool sure_gather(struct crowd *crowd)
{
	struct matcher *matcher = crowd->matcher;
	size_t rows = 0;
	for (size_t i = 0; i < matcher->seal_count; i++)
		if (crowd->same[i] && matcher->sure[i])
			rows += rowset_count(matcher->sure[i]);
	crowd->sure = malloc((rows + 1) * sizeof *crowd->sure);
	for (size_t i = 0; crowd->sure && i < matcher->seal_count; i++) {
		const struct rowset *set = matcher->sure[i];
		uint64_t end = crowd->same[i] && set ? set->rows : 0;
		for (uint64_t row = end ? rowset_next(set, 0, end) : 0; row < end; row = rowset_next(set, row + 1, end))
			crowd->sure[crowd->sure_count++] = human_at(crowd, i, (uint32_t)row);
	}
	crowd->sure_count = crowd->sure ? u64_each_once(crowd->sure, crowd->sure_count) : 0;
	return crowd->sure != NULL;
}

static bool groups_gather(struct crowd *crowd)
{
	struct matcher *matcher = crowd->matcher;
	size_t most = 0;
	for (size_t i = 0; i < matcher->seal_count; i++)
		most += crowd->same[i] ? matcher->groups[i].len / sizeof(uint32_t) : 0;
	crowd->groups = calloc(most + 1, sizeof *crowd->groups);
	for (size_t i = 0; crowd->groups && i < matcher->seal_count; i++)
		for (size_t at = 0; crowd->same[i] && at < matcher->groups[i].len;) {
			const char *rows = matcher->groups[i].ptr + at;
			uint32_t count = le32(rows);
			crowd->groups[crowd->group_count++] = (struct group){ rows + 4, (uint32_t)i, count };
			at += 4 + 4 * (size_t)count;
		}
	return crowd->groups != NULL;
}

static int by_size(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->count != y->count)
		return (x->count > y->count) - (x->count < y->count);
	return (x->rows > y->rows) - (x->rows < y->rows);
}

/* All humans that groups name, in order; `taken` tells which a kept group, or a sure link, has. */
struct named {
	uint64_t *humans;
	bool *taken;
	size_t count;
};

static bool *taken_at(const struct named *named, uint64_t human)
{
	const uint64_t *at = bsearch(&human, named->humans, named->count, sizeof human, u64_order);
	return &named->taken[at - named->humans];
}

static bool names_gather(const struct crowd *crowd, struct named *named)
{
	size_t all = 0;
	for (size_t i = 0; i < crowd->group_count; i++)
		all += crowd->groups[i].count;
	named->humans = malloc((all + 1) * sizeof *named->humans);
	named->taken = calloc(all + 1, sizeof *named->taken);
	if (!named->humans || !named->taken)
		return false;
	for (size_t i = 0; i < crowd->group_count; i++)
		for (uint32_t k = 0; k < crowd->groups[i].count; k++)
			named->humans[named->count++] =
			        human_at(crowd, crowd->groups[i].which, le32(crowd->groups[i].rows + 4 * (size_t)k));
	named->count = u64_each_once(named->humans, named->count);
	for (size_t i = 0; i < named->count; i++)
		named->taken[i] =
		        bsearch(&named->humans[i], crowd->sure, crowd->sure_count, sizeof(uint64_t), u64_order) != NULL;
	return true;
}

/* Groups, small ones first, that share nobody with those kept before. */
static size_t groups_apart(const struct crowd *crowd, const struct named *named)
{
	size_t kept = 0;
	if (crowd->group_count)
		qsort(crowd->groups, crowd->group_count, sizeof *crowd->groups, by_size);
	for (size_t i = 0; i < crowd->group_count; i++) {
		const struct group *group = &crowd->groups[i];
		bool apart = true;
		for (int take = 0; take < 2 && apart; take++)
			for (uint32_t k = 0; k < group->count; k++) {
				uint64_t human = human_at(crowd, group->which, le32(group->rows + 4 * (size_t)k));
				bool *taken = taken_at(named, human);
				apart &= take || !*taken;
				*taken |= take != 0;
			}
		kept += apart;
	}
	return kept;
}

static bool space_bound(struct matcher *matcher, const bool *same, uint64_t *fewest, uint64_t *sure)
{
	struct crowd crowd = { .matcher = matcher, .same = same };
	struct named named = { 0 };
	bool good = people_joins(matcher->seals, same, matcher->seal_count, &crowd.joins, &crowd.join_count) &&
	            sure_gather(&crowd) && groups_gather(&crowd) && names_gather(&crowd, &named);
	if (good) {
		*fewest += crowd.sure_count + groups_apart(&crowd, &named);
		*sure += crowd.sure_count;
	}
	free(crowd.joins);
	free(crowd.sure);
	free(crowd.groups);
	free(named.humans);
	free(named.taken);
	return good;
}

bool people_bound(struct matcher *matcher, uint64_t people, uint64_t *fewest, uint64_t *most)
{
	size_t count = matcher->seal_count;
	/* Where every record is one human's for sure, there is nothing to choose. */
	if (!matcher->unsure_people) {
		*fewest = *most = people;
		return true;
	}
	bool *same = calloc(count + 1, sizeof *same), *done = calloc(count + 1, sizeof *done);
	struct rowset **likely = calloc(count + 1, sizeof(struct rowset *));
	bool good = same && done && likely;
	uint64_t sure = 0;
	*fewest = *most = 0;
	for (size_t i = 0; good && i < count; i++) {
		if (done[i] || !matcher->rows[i])
			continue;
		seal_same_space(matcher->seals, count, i, same);
		good = space_bound(matcher, same, fewest, &sure);
		for (size_t k = 0; k < count; k++)
			done[k] |= same[k];
	}
	/* All likely ones: the sure rows join the others, which are not needed any more. */
	for (size_t i = 0; good && i < count; i++) {
		likely[i] = matcher->maybe[i];
		if (likely[i])
			rowset_join(likely[i], matcher->sure[i]);
	}
	good = good && people_count(matcher, likely, most);
	if (good && sure + matcher->unsure_people < *most)
		*most = sure + matcher->unsure_people;
	free(same);
	free(done);
	free(likely);
	return good;
}
