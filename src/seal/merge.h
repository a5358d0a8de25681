/* Merging rows: what merge.c (pieces of the numbers' range) and rowmerge.c (one row) share. Inside the room. */
#ifndef HUFU_SEAL_MERGE_H
#define HUFU_SEAL_MERGE_H

#include "seal/weave.h"

/* Rows whose numbers begin with the same bits. */
struct piece {
	size_t draft_from, draft_to; /* in the draft's order */
	uint64_t old_from, old_to;
	uint32_t base, rows; /* where they go, and how many */
	struct bytes log;
	uint64_t fresh, changed, gone;
};

/* A worker's scratch. */
struct hand {
	struct weave *w;
	struct seal old;  /* the old seal, or one without anything */
	uint16_t *checks; /* [piece's draft rows][draft's width] */
	size_t check_cap;
	uint64_t *words[3], *hashes; /* [CHECK_ROWS][width]: tokens, numbers, tags of checks; what comes of them */
	uint8_t *record;             /* where the row at hand goes */
	uint32_t row;                /* its number in the seal as it will be */
	uint8_t *present, *domain;   /* [snapshots], twice as many */
	uint32_t *values;            /* [snapshots] */
	struct log_entry *log;       /* one row's */
	size_t log_cap;
	struct piece *piece;
	bool failed;
};

/* A row's record in the old seal; NULL, and `failed`, when it is damaged. */
const uint8_t *old_record(struct hand *hand, uint64_t row);
/* Write a row: of the draft alone, of the old seal alone, of both. `checks` are the draft's, by its columns' places. */
void emit_fresh(struct hand *hand, uint64_t number, uint32_t row, const uint16_t *checks);
void emit_old(struct hand *hand, uint32_t row);
void emit_both(struct hand *hand, uint32_t old_row, uint32_t row, const uint16_t *checks);

#endif
