/* Who is linked, as humans: what the matcher leaves as rows of seals, told as people of a person space, each once, with
 * the kinds of data that the leak shows of him. Told without any value: a person is a keyed number here.
 *
 * Seals of one space number the same people; the accounts of one human are joined (seal/people.h). */
#ifndef HUFU_JOB_LINKED_H
#define HUFU_JOB_LINKED_H

#include "job/job.h"
#include "seal/people.h"

struct linked_person {
	uint64_t number; /* of the person */
	uint32_t kinds;  /* kind_bit of each */
};

struct linked_space {
	const char *name;        /* borrowed from a seal */
	bool *same;              /* [seals]: those of this space */
	struct seal_join *joins; /* of all of them */
	size_t join_count;
	struct linked_person *accounts; /* numbers of linked rows, each once, by number */
	size_t account_count;
	struct linked_person *humans; /* their roots, the same way */
	size_t human_count;
};

struct linked {
	struct linked_space *spaces;
	size_t space_count;
	uint32_t *space_of; /* [seals] */
};

/* The spaces of these seals; with `people` (may be NULL) also who of each is linked. The seals must stay open as long.
 * linked_done also after a failure. */
hufu_status linked_find(const struct job_seals *seals, const struct matcher_people *people, struct linked *out);
void linked_done(struct linked *linked);

/* The column whose value is a row's person; -1 where no one column is. */
int32_t linked_column(const struct meta *meta);

/* What a case calls a human: keyed, another one in each person space. */
struct siphash_key linked_key(const struct key *key);
uint64_t linked_token(struct siphash_key key, const char *space, uint64_t root);

#endif
