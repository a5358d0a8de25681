/* Weaving a draft into its seal: what weave.c (the whole), deal.c (the draft's rows and pairs), merge.c (all rows) and
 * weavelookup.c share. Inside the room. */
#ifndef HUFU_SEAL_WEAVE_H
#define HUFU_SEAL_WEAVE_H

#include "seal/draft.h"
#include "seal/pairs.h"
#include "seal/people.h"
#include "seal/rowsout.h"

/* A row of the draft as it is dealt out: number (8 bytes), its place in the draft (4), and from these offsets on its
 * person (8; 0: not kept), the codes of its facets and its checks (2 each), these by their columns' places. */
struct dealt_shape {
	size_t person, facets, checks, bytes;
};

static inline uint64_t dealt_number(const uint8_t *dealt)
{
	return le64(dealt);
}

static inline uint32_t dealt_row(const uint8_t *dealt)
{
	return le32(dealt + 8);
}

struct weave {
	struct draft *draft;
	struct seal *old;
	struct meta *meta;
	size_t at, snapshots; /* the new snapshot's place; how many there are now */
	bool newest;
	struct siphash_key check_key, row_key, person_key;
	uint32_t *old_to_new, *draft_to_new;
	uint64_t *persons; /* [rows now] */
	uint16_t **facets; /* [facets][rows now] */
	size_t facet_count;
	struct facet_source {
		struct draft_column *column;
		int32_t old;
	} * facet_sources;             /* the draft's, or NULL; number among the old ones, or -1 */
	struct draft_column **columns; /* [columns]: the draft's, or NULL */
	uint32_t *targets;             /* [draft's width]: column of the seal, by place */
	struct dealt_shape dealt;
	struct parts *dealt_rows; /* 2^row_bits of them, by the rows' numbers */
	unsigned row_bits;
	struct pairs pairs; /* of the draft */
	bool steady;        /* every old column is in every snapshot, and the draft has them all */
	uint32_t rows, stride;
	struct container_writer writer;
	struct rows_out out;
	struct bytes joins; /* struct seal_join, as they were heard */
	void (*progress)(double);
	struct draft_outcome *outcome;
	bool failed;
};

/* How many snapshots the seal had before. */
static inline size_t old_snapshots(const struct weave *w)
{
	return w->snapshots - 1;
}

/* Tells how far the weaving is: `done` of `all` between the shares `from` and `to`. */
void weave_tell(const struct weave *w, double from, double to, double done, double all);

/* Deals out the draft's rows and pairs; its tokens are gone then. False when memory is out. */
bool deal_out(struct weave *w);

/* Who a row of the draft is; its number names him where he is not kept. */
static inline uint64_t dealt_person(const struct weave *w, const uint8_t *dealt)
{
	return w->dealt.person ? le64(dealt + w->dealt.person) : dealt_number(dealt);
}

/* Merges old rows and the draft's in the order of their numbers, and writes the sections of rows. HUFU_MALFORMED: the
 * old seal is damaged. */
hufu_status merge_rows(struct weave *w);

/* Writes the look-up; w->joins and the draft's common values are whole afterwards. */
hufu_status weave_lookup(struct weave *w, hufu_error *error);

#endif
