/* A trial: one part of a leak held against one seal. Inside the room.
 *
 * The mapping says which leaked column is which of ours. Until it is known, records that hit the seal are held; when
 * enough have come, or the part ends, the mapping is learnt from them and they are linked with it. Later,
 * records that hit strongly and still do not link are held in the same way: so a leak that begins with
 * somebody else's columns is learnt again. */
#ifndef HUFU_MATCH_TRIAL_H
#define HUFU_MATCH_TRIAL_H

#include "base/rowset.h"
#include "match/match.h"
#include "table/names.h"

enum {
	CANDIDATES_MAX = 64, /* rows looked at for one record */
	HELD_MAX = 1024,     /* records held for learning */
	HELD_STRONG = 256,   /* as many strong ones start the learning */
	HELD_BYTES = 8 << 20,
	DECOYS_MAX = 1000,        /* twins to a part */
	KINDS_MAX = 64,           /* readings: kinds, and forms of kinds, that sealed columns have; opaque included */
	PIECE_ROWS = TOKEN_BLOCK, /* records that one thread takes at a time */
	BLOCK_ROWS = 32,          /* records looked up together: the memory is asked for all of them first */
	POOL_CANDIDATES = 512,    /* rows found for a block */
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
	uint8_t *hit; /* [leak columns]: whether that cell hit the row through the mapping; in a thread's scratch */
	uint8_t *fit; /* [leak columns]: enum seal_fit of that cell, when it was weighed; FIT_NONE: empty, not mapped */
	double hit_bits; /* what the hits weigh */
	double weight;   /* sum over all mapped columns, in bits */
	double beside;   /* the same without its strongest cell */
	uint32_t row;
	uint32_t columns; /* leaked columns that hit it */
	uint32_t telling; /* those of them that tell rows apart */
	double reach;     /* what its hits can add to the finding's at the most, in bits */
	uint32_t compared;
	bool shows;   /* a strong identifier that can be read hit it */
	bool another; /* its key differs, and more with it than damage explains */
};

/* What a record's cells hit, in a thread's scratch until scratch_clear. */
struct finding {
	struct candidate *at;
	size_t count;
	uint8_t *common;  /* [leak columns]: whether the cell is too common to be looked up */
	uint32_t telling; /* leaked columns that tell rows apart and hit any */
	double reach;     /* no row can weigh more, but for what hit it, in bits */
};

/* What one thread needs for itself. Owns its memory. */
struct scratch {
	struct tokenizer tokenizer;
	struct candidate *candidates;  /* [POOL_CANDIDATES] */
	uint8_t *hits, *fits;          /* [POOL_CANDIDATES][leak columns] */
	uint8_t *common;               /* [BLOCK_ROWS][leak columns] */
	uint32_t rows[CANDIDATES_MAX]; /* of the record at hand */
	size_t used, records;          /* candidates and findings given away */
	uint64_t *readings;            /* [BLOCK_ROWS][probes] */
};

/* What one leaked column is. */
struct mapping {
	int32_t column;          /* ours, or -1 */
	uint32_t kind;           /* index into the part's kinds: how to read the leaked cell */
	double m;                /* P(cells agree | same row) */
	double log_m, log_not_m; /* log2 of m and of 1 - m */
	double found;            /* share of the lesson's cells that stand anywhere in that column of ours */
	double chance;           /* share that agreed with a random row */
	bool unique;             /* a cell of it tells rows apart, and is no name or date */
	uint64_t compared, agreed;
	uint64_t past[2]; /* cells that the row held at another time, but not in the first snapshot, or the last */
};

/* A set of numbers; put in order now and then, so that it takes no more room than they do. */
struct numbers {
	uint64_t *at;
	size_t count, cap;
	bool failed;
};

/* Bits add up in units of 2^-24: whole numbers, so that the order in which threads add them does not matter. */
struct window_tally {
	uint64_t *point;               /* [snapshots]: bits against "taken at that snapshot" */
	uint64_t *gap;                 /* [snapshots]: bits against "taken between it and the next" */
	uint64_t *old_side, *new_side; /* [snapshots]: cells that fit only the one side of that gap */
	uint64_t before, after;        /* bits against "before the first" and "after the last" */
	uint64_t *misfits;             /* [snapshots]: dating cells that do not fit it */
	uint32_t *spans; /* [snapshots + 1][snapshots + 1]: records by the first and the last snapshot that fit all
	                    their cells; NULL: too many */
	uint64_t dating; /* cells whose value changed over our history */
	uint64_t records;
	uint32_t newest; /* largest first snapshot of a linked row */
};

/* What one thread has counted of a trial's linked records. Whole numbers all: sums do not depend on who counts what. */
struct tally {
	struct window_tally window;
	struct column_tally {
		uint64_t compared, agreed, past[2]; /* as in struct mapping */
	} * columns;                                /* [leak columns] */
	uint8_t *states;                            /* scratch: [snapshots] */
};

/* Bits that a leaked cell adds to a row's weight at the most: where it hits the row, and where not. */
struct reach {
	double hit, miss;
};

struct held_record {
	struct record record;
	bool strong;
};

enum link { LINK_NONE, LINK_NEAR, LINK_MADE, LINK_MIXED };

/* What looking a record up came to. Nothing is changed by it: outcomes are taken afterwards, in order, and it is only
 * then that the share of records that link is known, and with it the link. */
struct outcome {
	double bits;               /* evidence of any candidate against none; -INFINITY: none that could matter */
	double posterior;          /* when it is taken */
	uint32_t row;              /* the best candidate's */
	uint32_t likely;           /* how many rows are it with 0.99, if it is carried */
	enum link link;            /* as of when it was looked up, then as of when it is taken */
	bool carried;              /* no single cell carries it against the rest */
	bool probed;               /* `found` and `strong` are known */
	bool found, strong;        /* some reading of it hit a row; and strongly */
	bool row_sure, human_sure; /* one row explains it far better than the others; the likely ones are one human's */
};

/* What outcomes of a piece say at length, in order of its records. */
struct notes {
	struct bytes likely;  /* 4 bytes a row, of those outcomes whose human is not sure */
	struct bytes exposed; /* struct exposure */
};

/* Of whom a strong identifier stands in a record. */
struct exposure {
	uint64_t number;
	uint32_t place; /* the record's among those looked up */
	enum exposed { EXPOSED_ROW, EXPOSED_INSIDE, EXPOSED_HOME } what;
};

/* What values of a column say: bits of an agreement, and log2 of the chance that another value stands there. */
struct evidence {
	double agrees, differs;
};
struct column_evidence {
	struct evidence rare[2]; /* of a value that few rows have: only checked, or looked up */
	struct evidence *common; /* [common values]: of one that is only checked; NULL: made when it is asked for */
};

struct trial {
	struct seal *seal;
	struct column_evidence *evidence;    /* [our columns]: the matcher's */
	uint32_t kind_of[BATCH_COLUMNS_MAX]; /* our column -> index into the part's kinds */
	struct mapping *map;                 /* [leak columns] */
	struct reach *reach;                 /* [leak columns]: of rare values */
	bool *shows;                         /* [leak columns]: holds strong identifiers that can be read */
	bool learnt;
	bool misses;      /* most records looked up before did not link: each is looked up in full */
	double prior;     /* log-odds of a link, as of when looking up began */
	double rows_bits; /* log2 of our rows */
	double weak_bits; /* below it hits are no reason to hold a record */
	struct held_record *held;
	size_t held_count, held_cap, held_strong;
	uint64_t waited, pause; /* strong records since the last lesson; how many to await after one that linked none */
	uint32_t lessons;
	double taught_links, taught_records; /* of the last lesson: links expected among the records it stands for */
	uint64_t linked_then, records_then;  /* linked and seen when it ended */
	uint64_t linked, recombined;
	struct rowset *exposed;      /* rows of whom a strong identifier stands in the leak */
	struct numbers inside;       /* people inside others' rows, of whom one does: by its token */
	struct numbers homes;        /* those of them who are sealed elsewhere: seal << 32 | row */
	double fdr;                  /* share of the links that chance made, measured when the part ends */
	double doubt;                /* sum of 1 - posterior over links */
	uint64_t near;               /* records that nearly linked */
	struct rowset *rows;         /* linked */
	uint32_t *kinds;             /* [rows]: what the leak shows of a linked one; NULL: not asked for */
	struct rowset *sure, *maybe; /* those of links whose human is settled; all likely rows of the other links */
	uint64_t unsure_people;      /* how many these are */
	struct bytes groups;         /* their likely rows: 4 bytes count, 4 bytes a row */
	struct window_tally window;
	struct tally *tallies; /* [threads], from the first lesson on */
	struct bytes names;    /* person numbers shown, as in struct matcher_people */
	uint8_t *states;       /* scratch: [snapshots] */
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
	uint8_t *probe; /* [columns][kinds]: look this reading up while nothing is known */
	struct probe {
		uint32_t column, kind;
	} * probes; /* the same as a list, by column and kind */
	size_t probe_count;
	uint64_t *tokens; /* [columns][kinds][stride]: of the batch, a piece of a plane made when it is wanted */
	uint8_t *made;    /* [pieces][columns][kinds] */
	size_t pieces;    /* of PIECE_ROWS records, that a batch has at the most */
	const struct batch *batch;
	struct outcome *outcomes; /* [rows]: of the trial at hand */
	uint8_t *fits;            /* [rows][columns]: enum seal_fit of linked records' cells */
	struct notes *notes;      /* [pieces] */
	uint32_t first;           /* first record of the batch (1 behind a header) */
	uint64_t records;
	uint64_t *first_seen; /* [columns]: token of the first value */
	bool *varies;         /* [columns]: a second value came */
	struct decoy {
		struct record twin; /* behind its tokens, the record's own */
		uint64_t state;     /* of the dice */
		uint32_t row;
		bool due; /* drawn, not made */
	} * decoys;       /* of a sample of the records */
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
	struct scratch *scratches; /* [threads] */
	unsigned threads;
	struct column_evidence **evidence; /* [seals][columns] */
	struct part_match *part;
	/* over all parts; sets and groups by seal, as in a trial; a set is NULL where no part had that seal's rows */
	struct rowset **rows, **sure, **maybe, **exposed;
	uint32_t **kinds; /* [seals][rows]; NULL as in a trial */
	struct bytes *groups;
	struct numbers inside;
	uint8_t **whose;                  /* [seals][columns]: enum whose */
	struct code_count ***populations; /* [seals][snapshots]: of a snapshot's rows; NULL: not asked for yet */
	struct bytes names;
	double doubt;
	uint64_t near, unsure_people;
	bool no_memory;
};

/* ---- what threads have for themselves (scratch.c) ---- */

bool scratches_init(struct matcher *matcher);
void scratches_done(struct matcher *matcher);
/* Room for findings in a part of so many columns; and, once these are known, for readings of so many probes. */
bool scratches_fit(struct matcher *matcher, uint32_t columns);
bool scratches_probe(struct matcher *matcher, size_t probes);
static inline void scratch_clear(struct scratch *scratch)
{
	scratch->used = scratch->records = 0;
}
/* Whether one more record may find no room. */
static inline bool scratch_full(const struct scratch *scratch)
{
	return scratch->records == BLOCK_ROWS || scratch->used + CANDIDATES_MAX > POOL_CANDIDATES;
}

/* ---- tokens of the batch (planes.c) ---- */

/* The token of a cell in one of the part's readings; 0 when it is empty, or does not look so. */
uint64_t reading_token(const struct part_match *part, struct tokenizer *tokenizer, uint32_t kind, hufu_view cell);
/* A cell's tokens in all of them: [kinds]. */
void cell_readings(const struct part_match *part, struct tokenizer *tokenizer, hufu_view cell, uint64_t *out);
/* Makes what the trial will ask for of a piece of the batch. */
void planes_make(struct part_match *part, const struct trial *trial, struct tokenizer *tokenizer, size_t piece);
/* The token of a record's cell read as a kind; 0 when it is empty. Of a record of the batch only what was made. */
static inline uint64_t record_token(
        const struct part_match *part, const struct record *record, uint32_t column, uint32_t kind)
{
	size_t plane = (size_t)column * part->kind_count + kind;
	return record->tokens ? record->tokens[plane] : part->tokens[plane * part->batch->stride + record->row];
}
/* The same, made if need be. */
uint64_t record_reading(const struct part_match *part, struct tokenizer *tokenizer, const struct record *record,
        uint32_t column, uint32_t kind);
/* The cell's text; empty when it was held without. */
hufu_view record_cell(const struct part_match *part, const struct record *record, uint32_t column);

/* ---- weights (weigh.c) ---- */

/* What values of our columns say, for each seal; of common ones, for the trial's mapped columns. False when memory is
 * out. */
bool evidence_init(struct matcher *matcher);
bool evidence_learn(const struct part_match *part, struct trial *trial);
void evidence_done(struct matcher *matcher);
void mapping_know(struct mapping *map, double m);
/* How far cells can reach, the mapping being learnt. */
void reach_learn(const struct part_match *part, struct trial *trial);
/* The same for a common value. */
double common_reach(const struct trial *trial, const struct mapping *map, uint64_t token);
/* -log2 u: how much an agreement of this value in this column says, before m, when it was only checked. */
double agreement_bits(const struct trial *trial, uint32_t column, uint64_t token);
/* Weighs a row found through the mapping; fills fit, weight, beside, compared, another. */
void candidate_weigh(const struct part_match *part, struct trial *trial, const struct record *record,
        const struct finding *finding, struct candidate *candidate);
/* The candidate that its hits speak for most; there is one. */
struct candidate *candidate_first(const struct finding *finding);
/* log2 of P(record | one of the candidates) / P(record | none of our rows), all rows equally likely beforehand. Weighs
 * the candidates, leaves those that can matter, best first. */
double evidence_bits(
        const struct part_match *part, struct trial *trial, const struct record *record, struct finding *finding);

/* ---- finding (find.c) ---- */

/* Rows hit by the record through the mapping. */
struct finding candidates_find(
        const struct part_match *part, struct trial *trial, const struct record *record, struct scratch *scratch);
/* Asks the memory for what candidates_find will read; see seal_prefetch. */
void candidates_prefetch(
        const struct part_match *part, const struct trial *trial, const struct record *record, int step);
/* The record's tokens under every reading worth a look: [probes], below BLOCK_ROWS of them at a time. */
uint64_t *readings_make(
        const struct part_match *part, const struct record *record, struct scratch *scratch, size_t place);
void readings_prefetch(const struct part_match *part, const struct trial *trial, const uint64_t *readings, int step);
/* Rows hit by any of them, while nothing is known, or where the mapping finds none. */
struct finding readings_find(
        const struct part_match *part, struct trial *trial, const uint64_t *readings, struct scratch *scratch);

/* ---- linking (link.c) ---- */

/* Links a record that has tokens of its own through the mapping and tallies it, if a row explains it well enough. */
enum link record_link(struct part_match *part, struct trial *trial, const struct record *record);
/* The link that the outcome is, with what is known by now of how many do; the part's records include it. */
void outcome_settle(const struct part_match *part, const struct trial *trial, struct outcome *outcome);
/* Whether any reading of the record hits, and how strongly. */
void outcome_probe(const struct part_match *part, struct trial *trial, const uint64_t *readings,
        struct scratch *scratch, struct outcome *outcome);
/* Whether it would link; nothing is tallied. */
bool record_would_link(struct part_match *part, struct trial *trial, const struct record *record);
/* Looks up records [from, to) of the batch, by a team; fills the part's outcomes, fits and notes. */
void outcomes_look(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to);

/* ---- taking and counting (settle.c) ---- */

void notes_clear(struct notes *notes);
/* Takes what looking the record up came to; in order. */
void outcome_take(struct part_match *part, struct trial *trial, const struct record *record,
        const struct outcome *outcome, const char *likely);
/* Takes what a piece notes from `at` on of one record's people; returns where the next one's begin. */
size_t exposed_take(struct part_match *part, struct trial *trial, const struct notes *notes, size_t at, uint32_t place);
/* Counts the cells of a linked record. `fits` are those of the row that it links to. */
void cells_tally(const struct part_match *part, const struct trial *trial, const struct record *record,
        const struct outcome *outcome, const uint8_t *fits, struct tally *tally);
/* Counts the linked ones of records [from, to) of the batch, by a team. */
void outcomes_tally(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to);
/* Adds what threads have counted by column to the mapping. */
void tallies_gather(struct part_match *part, struct trial *trial);
/* The same, and what they have counted of when; and lets go of the tallies. */
void tallies_end(struct part_match *part, struct trial *trial);
bool tallies_init(const struct part_match *part, struct trial *trial);
void tallies_done(const struct part_match *part, struct trial *trial);

/* ---- holding (hold.c) ---- */

/* Takes records [from, to) of the batch: links them, or holds them, or lets them go. */
void trial_take(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to);
/* Learns from what is still held, and links it. */
void trial_end(struct part_match *part, struct trial *trial);
/* Lets go of columns that never agreed; when everything was linked and measured. */
void trial_prune(struct part_match *part, struct trial *trial);
bool trial_init(struct part_match *part, struct trial *trial, size_t which);
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
void window_take(const struct part_match *part, const struct trial *trial, const struct record *record, uint32_t row,
        struct tally *tally);
/* Adds one tally to another. */
void window_add(struct window_tally *into, const struct window_tally *from, size_t snapshots);
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

/* ---- what parts add to their leak (gather.c): [seals] each, sets and kinds NULL while there are none ---- */

void sets_free(struct rowset **sets, size_t count);
void kinds_free(uint32_t **kinds, size_t count);
/* Both false when memory is out. `from` NULL: nobody asked for kinds. */
bool set_add(struct rowset **to, const struct rowset *from);
bool kinds_add(uint32_t **to, const uint32_t *from, const struct rowset *linked);
bool sets_equal(struct rowset *const *a, struct rowset *const *b, size_t count);

/* ---- which rows were taken ---- */

/* Of some rows: how many there are, and how many of them were taken. */
struct code_count {
	uint64_t rows, taken;
};

/* The rows of the snapshot that fits best and the linked ones, by facet and code. Owns its memory. */
struct population {
	const struct trial *trial;
	size_t snapshot;
	uint32_t facet_count;
	uint32_t *columns;         /* [facets]: ours */
	const uint8_t **codes;     /* [facets]: as of seal_facet_codes */
	size_t *at;                /* [facets + 1]: where a facet's codes begin among the counts */
	struct code_count *counts; /* by facet and code, and behind them of all rows; NULL: no facets */
	uint8_t *there;            /* [rows], once narrowed: 1 a row of it, 3 one that was taken, 0 none of it */
};

/* False when memory is out (population.c). `holds`, a byte a code, tells which codes of the facet are left. */
bool population_init(const struct part_match *part, const struct trial *trial, struct population *out);
bool population_narrow(struct population *population, uint32_t facet, const uint8_t *holds);
void population_done(struct population *population);
/* How many rows a snapshot has. False when memory is out. */
bool population_rows(const struct part_match *part, const struct trial *trial, size_t snapshot, uint64_t *rows);
void populations_done(struct matcher *matcher);

/* The facet predicate that best explains which rows were taken (filter.c). */
bool filter_tell(const struct part_match *part, const struct trial *trial, struct verdict_dataset *out);
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
/* Which leaked columns show of whom they are, the mapping being learnt. */
void shows_learn(const struct part_match *part, struct trial *trial);
/* Notes of whom a strong identifier stands in the record, in whatever combination: in the rows that its cells hit.
 * `place` is the record's among those looked up. */
void expose(const struct part_match *part, const struct trial *trial, const struct record *record, uint32_t place,
        const struct finding *finding, struct bytes *notes);
/* Adds what a trial noted of people inside others' rows to the matcher's. */
bool inside_add(struct matcher *matcher, struct trial *trial);
void numbers_add(struct numbers *numbers, uint64_t number);
/* Each once. Returns how many. */
size_t numbers_settle(struct numbers *numbers);
void numbers_done(struct numbers *numbers);

/* ---- people (tally.c) ---- */

/* Distinct people among the linked rows of datasets; `sets[i]` NULL leaves that dataset out. */
bool people_count(struct matcher *matcher, struct rowset *const *sets, uint64_t *out);
/* The fewest and the most humans that the links can be (bounds.c): who is it, where a record is one of several?
 * `people` are those of the likeliest rows. */
bool people_bound(struct matcher *matcher, uint64_t people, uint64_t *fewest, uint64_t *most);
bool facets_tell(struct matcher *matcher, size_t which, struct rowset *rows, struct verdict_dataset *out);

#endif
