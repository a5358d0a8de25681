/* Matching: batches of a leak against seals, record by record, into a verdict. Reads no file.
 *
 * A matcher takes the parts of one leak in order. For every part and dataset it keeps a trial: which leaked column is
 * which of ours (learnt from records that hit the seal, and again when hits stop linking), what linked, and what the
 * linked cells say of when. Memory depends on the seals, not on the leak. doc/verdict.md has the mathematics. */
#ifndef HUFU_MATCH_MATCH_H
#define HUFU_MATCH_MATCH_H

#include "base/rowset.h"
#include "seal/seal.h"
#include "verdict/verdict.h"

struct matcher;

/* Who is linked, over one leak or several, and with what: for a list of them. */
struct matcher_people {
	size_t seal_count;
	struct rowset **rows; /* [seals]: linked rows, or NULL */
	uint32_t **kinds; /* [seals][rows]: the kinds of data of that row which the leak shows, kind_bit of each; NULL
	                     as `rows` */
	struct bytes
	        shown; /* numbers that leaks show in plain: 8 bytes person number, 4 bytes seal, 2 bytes length, text */
};
enum { SHOWN_HEAD = 14 };
/* A kind's place in such a set; what has no known kind shares one. */
static inline uint32_t kind_bit(const struct ident_kind *kind)
{
	return kind ? 1u << kind->id : 1u;
}
/* Adds those of one leak to those of others, against the same seals. HUFU_NO_MEMORY leaves `into` fit for nothing but
 * freeing. */
hufu_status matcher_people_join(struct matcher_people *into, const struct matcher_people *from);
void matcher_people_done(struct matcher_people *people);

/* What a matcher made of one record, for whoever measures it. */
struct matcher_seen {
	size_t seal;      /* which of the matcher's */
	uint64_t record;  /* of the part, from 0 */
	uint32_t row;     /* the best candidate's */
	double posterior; /* of any candidate against none */
	bool linked;
};

struct matcher_options {
	bool names;    /* keep the person numbers that the leak shows */
	bool kinds;    /* keep with which kinds of data each row is linked */
	bool chinese;  /* reasons in Chinese, else in English */
	uint64_t seed; /* of the decoys: from the digest of the leak's beginning */
	/* Hears of every record that has a candidate, again when it is looked at anew: the last word holds. No program
	 * that people use sets it: rows are nobody's to see. */
	void (*watch)(void *user, const struct matcher_seen *seen);
	void *watch_user;
};

/* Against these seals (borrowed until matcher_free). */
hufu_status matcher_new(const struct store *store, struct seal *const *seals, size_t count,
        const struct matcher_options *options, struct matcher **out);
void matcher_free(struct matcher *matcher);

/* What a part is, when it begins. */
struct matcher_part {
	hufu_view path;
	const char *format, *encoding;
	uint32_t columns;
	bool named; /* the first record holds the columns' names for sure */
};

hufu_status matcher_part(struct matcher *matcher, const struct matcher_part *what);
hufu_status matcher_batch(struct matcher *matcher, const struct batch *batch);
/* Lines of running text in which nobody stands: they count as records where there are none, since a text that was
 * looked through holds nothing of ours, and one that was not says nothing. Before the part ends. */
void matcher_lines(struct matcher *matcher, uint64_t lines);
/* Ends the part and adds it to the verdict. */
hufu_status matcher_part_end(struct matcher *matcher, uint64_t malformed, struct hufu_verdict *verdict);
/* After the last part: the leak's word, its people, the reasons. HUFU_MALFORMED when a seal was damaged on the way:
 * then there is no verdict. */
hufu_status matcher_finish(struct matcher *matcher, struct hufu_verdict *verdict, hufu_error *error);
/* Adds the people of this leak, once it may be answered; wants options.kinds. HUFU_NO_MEMORY leaves `people` fit for
 * nothing but freeing. */
hufu_status matcher_people_add(const struct matcher *matcher, struct matcher_people *people);

#endif
