/* The people of a case: who is linked with it, and with which kinds of data, leak by leak. Inside the room, and for the
 * rooms that tell and answer people.
 *
 * A person is a token, keyed by the store and another one in each person space: no value, no address. They lie in the
 * database as blocks of sorted pairs, twelve bytes a person: five million are sixty megabytes and one write a block,
 * where a row each would take minutes. What a row needs an index for (who was told) has rows of its own. */
#ifndef HUFU_CASE_PEOPLE_H
#define HUFU_CASE_PEOPLE_H

#include "case/book.h"
#include "job/linked.h"

struct case_person {
	uint64_t token;
	uint32_t kinds; /* kind_bit of each */
};

struct case_people {
	struct case_person *at; /* by token, each once */
	size_t count;
};

/* Those whom a match links, as the case calls them. The caller's: people_done. */
hufu_status people_make(
        const struct store *store, const struct linked *linked, struct case_people *out, hufu_error *error);
void people_done(struct case_people *people);
/* NULL: he is not among them. */
const struct case_person *people_find(const struct case_people *people, uint64_t token);

/* Writes those of a leak within a change, in place of what it said before. */
hufu_status people_put(struct change *change, const char *sha256, const struct case_people *people, hufu_error *error);
/* All of a case, over its leaks. */
hufu_status people_read(struct casebook *book, int64_t case_id, struct case_people *out, hufu_error *error);

#endif
