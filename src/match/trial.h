/* A trial: one part of a leak held against one seal. Inside the room.
 *
 * The mapping says which leaked column is which of ours. Until it is known, records that hit the seal are held; when
 * enough have come, or the part ends, the mapping is learnt from them and they are linked with it. Later,
 * records that hit strongly and still do not link are held in the same way: so a leak that begins with
 * somebody else's columns is learnt again. */
#ifndef HUFU_MATCH_TRIAL_H
#define HUFU_MATCH_TRIAL_H

#include "match/match.h"
#include "table/names.h"

enum {
	CANDIDATES_MAX = 64, /* rows looked at for one record */
	HELD_MAX = 1024,     /* records held for learning */
	HELD_STRONG = 256,   /* as many strong ones start the learning */
	HELD_BYTES = 8 << 20,
	DECOYS_MAX = 1000, /* twins to a part */
	KINDS_MAX = 64,    /* readings: kinds, and forms of kinds, that sealed columns have; opaque included */
};

/* A record: a row of the batch at hand, or one that was held, with its own tokens and texts. */
struct record {
	uint64_t number;  /* of the part's records, from 1 */
	uint32_t row;     /* of the batch, when `tokens` is NULL */
	uint64_t *tokens; /* [leak columns][kinds]; 0 where the cell is empty */
	char *text;       /* the held cells, one after the other; NULL when no names are wanted */
	uint32_t *ends;   /* [leak columns]: where each ends in `text` */
};

struct candidate {
	uint8_t *hit;    /* [leak columns]: whether that cell hit the row through the mapping; in the part's scratch */
	double hit_bits; /* what the hits weigh */
	double weight;   /* sum over all mapped columns, in bits */
	double beside;   /* the same without its strongest cell */
	uint32_t row;
	uint32_t columns; /* leaked columns that hit it */
	uint32_t compared;
	bool another; /* its key differs, and more with it than damage explains */
};

/* What one leaked column is. */
struct mapping {
	int32_t column; /* ours, or -1 */
	uint32_t kind;  /* index into the part's kinds: how to read the leaked cell */
	double m;       /* P(cells agree | same row) */
	double found;   /* share of the lesson's cells that stand anywhere in that column of ours */
	double chance;  /* share that agreed with a random row */
	bool unique;    /* a cell of it tells rows apart, and is no name or date */
	uint64_t compared, agreed;
	uint64_t past[2]; /* cells that the row held at another time, but not in the first snapshot, or the last */
};

/* A set of numbers; put in order now and then, so that it takes no more room than they do. */
struct numbers {
	uint64_t *at;
	size_t count, cap;
	bool failed;
};

struct window_tally {
	double *point;                 /* [snapshots]: bits against "taken at that snapshot" */
	double *gap;                   /* [snapshots]: bits against "taken between it and the next" */
	uint64_t *old_side, *new_side; /* [snapshots]: cells that fit only the one side of that gap */
	double before, after;          /* bits against "before the first" and "after the last" */
	uint64_t *misfits;             /* [snapshots]: dating cells that do not fit it */
	uint32_t *spans; /* [snapshots + 1][snapshots + 1]: records by the first and the last snapshot that fit all
	                    their cells; NULL: too many */
	uint64_t dating; /* cells whose value changed over our history */
	uint64_t records;
	uint32_t newest; /* largest first snapshot of a linked row */
};

struct held_record {
	struct record record;
	struct candidate best;
	bool strong;
};

struct trial {
	struct seal *seal;
	uint32_t kind_of[BATCH_COLUMNS_MAX]; /* our column -> index into the part's kinds */
	struct mapping *map;                 /* [leak columns] */
	bool learnt;
	bool misses;      /* most records of the block before did not link: each is looked up in full */
	double weak_bits; /* below it hits are no reason to hold a record */
	struct held_record *held;
	size_t held_count, held_cap, held_strong;
	uint64_t waited, pause; /* strong records since the last lesson; how many to await after one that linked none */
	uint32_t lessons;
	double taught_links, taught_records; /* of the last lesson: links expected among the records it stands for */
	uint64_t linked_then, records_then;  /* linked and seen when it ended */
	uint64_t linked, recombined;
	uint8_t *exposed;       /* bitmap of rows of whom a strong identifier stands in the leak */
	struct numbers inside;  /* people inside others' rows, of whom one does: by its token */
	struct numbers homes;   /* those of them who are sealed elsewhere: seal << 32 | row */
	double fdr;             /* share of the links that chance made, measured when the part ends */
	double doubt;           /* sum of 1 - posterior over links */
	uint64_t near;          /* records that nearly linked */
	uint8_t *rows;          /* bitmap of linked rows */
	uint32_t *kinds;        /* [rows]: what the leak shows of a linked one; NULL: not asked for */
	uint8_t *sure, *maybe;  /* those of links whose human is settled; all likely rows of the other links */
	uint64_t unsure_people; /* how many these are */
	struct bytes groups;    /* their likely rows: 4 bytes count, 4 bytes a row */
	struct window_tally window;
	struct bytes names; /* person numbers shown, as in struct matcher_people */
	uint8_t *states;    /* scratch: [snapshots] */
};

/* What a part's trials share. */
struct part_match {
	struct matcher *matcher;
	char *path, *format, *encoding;
	uint32_t columns;
	bool begun;                                /* the first batch was seen */
	bool named;                                /* the reader says that the first record names the columns */
	char **names;                              /* [columns] */
	struct names header;                       /* the line that names them; none: no text */
	const char **looks;                        /* [columns]: "md5-like" and so on, or NULL */
	const struct ident_kind *kinds[KINDS_MAX]; /* readings; [0] is NULL: opaque */
	const struct form *forms[KINDS_MAX];       /* in which form; NULL: plain */
	uint32_t kind_count;
	uint8_t *probe;   /* [columns][kinds]: look this reading up while nothing is known */
	uint64_t *tokens; /* [columns][kinds][stride]: of the batch, a plane made when first asked for */
	uint8_t *made;    /* [columns][kinds] */
	const struct batch *batch;
	uint8_t *hits;   /* [CANDIDATES_MAX][columns]: scratch of the candidates at hand */
	uint8_t *common; /* [columns]: whether the record's cell is too common to be looked up */
	uint32_t first;  /* first record of the batch (1 behind a header) */
	uint64_t records;
	uint64_t *first_seen;  /* [columns]: token of the first value */
	bool *varies;          /* [columns]: a second value came */
	struct record *decoys; /* twins of a sample of the records; behind a twin's tokens, the record's own */
	size_t decoy_count, decoy_cap;
	uint64_t decoys_seen;
	struct trial *trials; /* [seals] */
	size_t trial_count;
};

struct matcher {
	const struct store *store;
	struct seal *const *seals;
	size_t seal_count;
	struct matcher_options options;
	struct tokenizer tokenizer;
	struct part_match *part;
	/* over all parts; bitmaps and groups by seal, as in a trial */
	uint8_t **rows, **sure, **maybe, **exposed;
	uint32_t **kinds; /* [seals][rows]; NULL as in a trial */
	struct bytes *groups;
	struct numbers inside;
	uint8_t **whose; /* [seals][columns]: enum whose */
	struct bytes names;
	double doubt;
	uint64_t near, unsure_people;
	bool no_memory;
};

/* ---- weights (weigh.c) ---- */

/* -log2 u: how much an agreement of this value in this column says, before m. Looked up or only checked. */
double agreement_bits(const struct trial *trial, uint32_t column, uint64_t token, bool looked_up);
/* What the row says to the record's cell under the mapping: a rare value fits if and only if it hit the row. */
enum seal_fit cell_fit(struct part_match *part, struct trial *trial, const struct record *record,
        const struct candidate *candidate, uint32_t j);
/* Weighs a row found through the mapping; fills weight, beside, compared, another. */
void candidate_weigh(
        struct part_match *part, struct trial *trial, const struct record *record, struct candidate *candidate);
/* Asks the memory for what candidates_find will read; see seal_prefetch. */
void candidates_prefetch(struct part_match *part, struct trial *trial, const struct record *record, int step);
/* log2 of P(record | one of the candidates) / P(record | none of our rows), all rows equally likely beforehand. Weighs
 * the candidates, leaves those that can matter, best first. */
double evidence_bits(struct part_match *part, struct trial *trial, const struct record *record,
        struct candidate *candidates, size_t *count);
/* Rows hit by the record: through the mapping, or, while nothing is known, by every reading worth a look. */
size_t candidates_find(struct part_match *part, struct trial *trial, const struct record *record, bool mapped,
        struct candidate out[CANDIDATES_MAX]);

/* ---- linking (link.c) ---- */

enum link { LINK_NONE, LINK_NEAR, LINK_MADE, LINK_MIXED };
/* Links a record through the mapping and tallies it, if a row explains it well enough. */
enum link record_link(struct part_match *part, struct trial *trial, const struct record *record);
/* Whether it would link; nothing is tallied. */
bool record_would_link(struct part_match *part, struct trial *trial, const struct record *record);
/* Takes a record of the batch: links it, or holds it, or lets it go. */
void trial_take(struct part_match *part, struct trial *trial, uint32_t batch_row);
/* Learns from what is still held, and links it. */
void trial_end(struct part_match *part, struct trial *trial);
/* Lets go of columns that never agreed; when everything was linked and measured. */
void trial_prune(struct part_match *part, struct trial *trial);
bool trial_init(struct part_match *part, struct trial *trial, struct seal *seal);
void trial_done(struct part_match *part, struct trial *trial);

/* ---- decoys (decoy.c) ---- */

/* Makes twins of a sample of the part's records. */
void decoys_take(struct part_match *part, uint32_t from, uint32_t to);
/* Share of the twins that link to the trial's seal, of those whose records do not: what chance does to a stranger. */
double decoys_share(struct part_match *part, struct trial *trial);

/* ---- learning (learn.c) ---- */

/* Learns the mapping from the held records. Returns whether it changed. */
bool trial_learn(struct part_match *part, struct trial *trial);

/* ---- window (window.c) ---- */

bool window_init(struct window_tally *window, size_t snapshots);
void window_done(struct window_tally *window);
/* Adds what a linked row's cells say. */
void window_take(struct part_match *part, struct trial *trial, const struct record *record, uint32_t row);
bool window_tell(const struct part_match *part, const struct trial *trial, struct verdict_window *out);

/* The price of a damaged cell, in bits: one in a hundred or so is. */
#define DAMAGE_BITS 6.6
/* What values and records that no snapshot has say of when (novel.c), in bits against each gap and against the open
 * start and end, taken at a snapshot being 0. `*known` is false where nothing was sealed of how fast anything changes.
 */
bool novel_bits(const struct part_match *part, const struct trial *trial, double *gap, double open[2], bool *known);

/* Tells a leak stitched of several dates (stitch.c): none when one time explains it. Else `from` and `to` become the
 * hypotheses of its newest piece: the whole cannot have been put together before that was taken. */
bool stitched_tell(const struct trial *trial, size_t *from, size_t *to, struct verdict_window *out);
/* The stretch of hypotheses (0 open start, 2s+1 snapshot s, 2s+2 the gap behind it) that holds 99 %, from bits against
 * each. */
void window_stretch(const double *bits, size_t count, size_t *from, size_t *to);
/* The sealed times around such a stretch; NULL: open. The caller frees. */
char *window_after(const struct trial *trial, size_t from);
char *window_before(const struct trial *trial, size_t to);
/* Snapshot that the fewest dating cells speak against. */
size_t window_best(const struct trial *trial);

/* The facet predicate that best explains which rows were taken (filter.c). */
bool filter_tell(const struct trial *trial, struct verdict_dataset *out);
/* The declared exports whose columns and rows the part equals (origin.c). */
bool origin_tell(const struct part_match *part, struct verdict_dataset *out);

/* ---- judgement (judge.c) ---- */

/* Whether more records link than chance makes. */
bool beyond_chance(const struct part_match *part, const struct trial *trial);
/* Whether the mapped column agrees as a copy's does, damage that hit all columns alike set aside. */
bool column_explained(const struct part_match *part, const struct trial *trial, uint32_t j);
/* The part's word, and for its best trial the evidence of copy against independent holding. */
void part_judge(const struct part_match *part, struct trial *const *chosen, size_t count, struct verdict_part *out);

/* What the verdict rests on and what speaks against it (reasons.c). */
void reasons_tell(const struct matcher *matcher, struct hufu_verdict *verdict);

/* ---- people inside others' rows (inside.c) ---- */

/* Whose the strong identifiers of a column are: nobody's (the column holds none), the row's person's, as the table's
 * rows are persons and this is where their own ones stand; the row's person's unless it is another's own; or the first,
 * second ... other person's in the row. */
enum whose { WHOSE_NOBODYS, WHOSE_OWN, WHOSE_ROW, WHOSE_INSIDE };

bool whose_learn(struct matcher *matcher);
/* Notes of whom a strong identifier stands in the record, in whatever combination: `candidates` are the rows that its
 * cells hit. */
void expose(struct part_match *part, struct trial *trial, const struct record *record,
        const struct candidate *candidates, size_t count);
/* Adds what a trial noted of people inside others' rows to the matcher's. */
bool inside_add(struct matcher *matcher, struct trial *trial);
void numbers_add(struct numbers *numbers, uint64_t number);
/* Each once. Returns how many. */
size_t numbers_settle(struct numbers *numbers);
void numbers_done(struct numbers *numbers);

/* ---- people (tally.c) ---- */

/* Distinct people among the linked rows of datasets; `bitmaps[i]` NULL leaves that dataset out. */
bool people_count(struct matcher *matcher, uint8_t *const *bitmaps, uint64_t *out);
/* The fewest and the most humans that the links can be (bounds.c): who is it, where a record is one of several? */
bool people_bound(struct matcher *matcher, uint64_t *fewest, uint64_t *most);
bool facets_tell(struct matcher *matcher, size_t which, const uint8_t *rows, struct verdict_dataset *out);
uint64_t bits_set(const uint8_t *bitmap, uint64_t count);

/* The token of a cell in one of the part's readings; 0 when it is empty, or does not look so. */
uint64_t reading_token(struct part_match *part, uint32_t kind, hufu_view cell);
/* The token of a record's cell read as a kind; 0 when it is empty. */
uint64_t record_token(struct part_match *part, const struct record *record, uint32_t column, uint32_t kind);
/* The cell's text; empty when it was held without. */
hufu_view record_cell(const struct part_match *part, const struct record *record, uint32_t column);

#endif
