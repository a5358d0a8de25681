/* A seal written anew from itself: with fewer rows, without its oldest snapshots, or with other persons. Inside the
 * room; forgetting and the finding of persons share it. */
#ifndef HUFU_SEAL_REWRITE_H
#define HUFU_SEAL_REWRITE_H

#include "seal/lookup.h"
#include "seal/people.h"
#include "seal/rowsout.h"

enum { PAST_ANY = UINT32_MAX }; /* any row: the value was too common for the look-up to say which */

struct rewrite {
	const struct store *store;
	struct seal *seal;
	struct meta meta;    /* as it will be */
	uint8_t *gone;       /* [rows]: leaves */
	size_t drop;         /* snapshots to leave out, the oldest */
	uint32_t *renumber;  /* [rows] */
	uint64_t *person_of; /* [rows that stay] */
	uint32_t rows;
	struct joiner joiner;
	struct past {
		uint64_t token;
		uint32_t row;
	} * past; /* rows that stay and were once his: his value in their person column */
	size_t past_count, past_cap;
	uint8_t *states;         /* [snapshots]: scratch */
	const uint64_t *persons; /* numbers that leave the joins */
	size_t person_count;
	uint64_t *given; /* [rows of the seal]: the persons it gets in place of its own; NULL: none. Owned */
	struct container_writer writer;
	struct rows_out out;
	bool failed;
};

/* Opens the dataset's seal and makes room; rewrite_done() also after a failure. */
hufu_status rewrite_open(struct rewrite *r, const struct store *store, hufu_view dataset, hufu_error *error);
/* Writes it as `r` says and puts it in the old one's place: whole, or not at all. */
hufu_status rewrite_write(struct rewrite *r, hufu_error *error);
void rewrite_done(struct rewrite *r);

/* Calls `visit` with every pair of the look-up's buckets [from, to); stops when it returns false. False too when the
 * seal is damaged. */
typedef bool (*pair_visit)(void *user, struct lookup_pair pair);
bool rewrite_each_pair(struct seal *seal, uint64_t from, uint64_t to, pair_visit visit, void *user);
/* Whether the pair says that a row is, or was, one of the persons' who leave. */
bool rewrite_names_him(const struct rewrite *r, struct lookup_pair pair, bool common);

#endif
