/* The timeline of a case: append-only, each entry chained to the one before and signed. Inside the room. */
#ifndef HUFU_CASE_TIMELINE_H
#define HUFU_CASE_TIMELINE_H

#include "case/book.h"
#include "vault/chain.h"

/* Writes the change's entry, within its transaction. */
hufu_status timeline_append(struct change *change, hufu_error *error);

/* A case's entries, checked. They borrow from `rows` and from `row`. */
struct timeline {
	struct db_rows *rows;
	struct chain_entry *entries;
	size_t count;
};
/* HUFU_MALFORMED names the first entry that does not hold. */
hufu_status timeline_read(struct casebook *book, const struct case_row *row, struct timeline *out, hufu_error *error);
void timeline_done(struct timeline *timeline);

#endif
