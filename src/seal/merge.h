/* Merging rows: what merge.c (pieces of the numbers' range) and rowmerge.c (one row) share. Inside the room. */
#ifndef HUFU_SEAL_MERGE_H
#define HUFU_SEAL_MERGE_H

#include "seal/weave.h"

/* Rows whose numbers begin with the same bits. */
struct piece {
	uint64_t old_from, old_to;
	uint32_t base, rows; /* where they go, and how many */
	struct bytes log;
	uint64_t fresh, changed, gone;
};

/* A worker's scratch. */
struct hand {
	struct weave *w;
	struct seal old;           /* the old seal, or one without anything */
	uint8_t *record;           /* where the row at hand goes */
	uint32_t row;              /* its number in the seal as it will be */
	uint8_t *present, *domain; /* [snapshots], twice as many */
	uint32_t *values;          /* [snapshots] */
	struct log_entry *log;     /* one row's */
	size_t log_cap;
	struct piece *piece;
	bool failed;
};

/* A row's record in the old seal; NULL, and `failed`, when it is damaged. */
const uint8_t *old_record(struct hand *hand, uint64_t row);
/* Write a row: of the draft alone, of the old seal alone, of both. */
void emit_fresh(struct hand *hand, const uint8_t *dealt);
void emit_old(struct hand *hand, uint32_t old_row);
void emit_both(struct hand *hand, uint32_t old_row, const uint8_t *dealt);

#endif
