/* Seals: the keyed form of a dataset's snapshots, kept in the store. The room's door.
 *
 * Reading: seal_open maps one; seal_find goes from a token to rows; seal_fit holds a leaked cell against a row, now
 * and in its history. Writing: a draft takes a snapshot's batches and is then sealed, which weaves it into what
 * is sealed already, at its place in time. Forgetting takes a person, or old history, out of the bytes.
 * A sealed file is never changed in place. Blocks that were altered set `file.damaged`: callers look at
 * seal_damaged() before they give an answer. */
#ifndef HUFU_SEAL_SEAL_H
#define HUFU_SEAL_SEAL_H

#include "seal/audit.h"
#include "seal/container.h"
#include "seal/meta.h"
#include "seal/store.h"
#include "seal/token.h"
#include "table/batch.h"

/* ---- reading: several threads may ask one seal ---- */

/* How often common values occur in the newest snapshot; for values that more rows share than the look-up keeps. */
struct seal_frequency {
	uint64_t filled;   /* rows with a value */
	uint64_t distinct; /* different values, estimated within 2 % */
	double rest;       /* mean share of a value that is not listed */
	uint32_t count;
	const uint8_t *pairs; /* [count] of 8 bytes token, 4 bytes rows; by token */
	uint32_t *slots;      /* [mask + 1]: a pair's number and one, at its token or behind it; 0: free */
	uint32_t mask;
};

struct seal_join {
	uint64_t person, root; /* these two numbers are one human */
};

struct seal {
	struct container file;
	struct meta meta;
	struct siphash_key check_key, row_key, person_key;
	uint32_t stride; /* bytes of a row record */
	struct bytes frequency_bytes, join_bytes;
	char *facets;                     /* in clear, once one was asked for */
	struct seal_frequency *frequency; /* [columns] */
	uint8_t *always;                  /* [columns]: every snapshot has it */
	const struct seal_join *joins;
	size_t join_count;
	uint64_t size;         /* bytes on disk */
	uint64_t lookup_count; /* entries of the look-up */
	uint64_t changed_len;  /* bytes of the section of changed rows; 0: a seal from before there was one */
};

hufu_status seal_open(const struct store *store, hufu_view dataset, struct seal **out, hufu_error *error);
void seal_close(struct seal *seal);

static inline bool seal_damaged(const struct seal *seal)
{
	return __atomic_load_n(&seal->file.damaged, __ATOMIC_RELAXED);
}

/* A value that more rows share is not looked up: it says little, and its count would show in a stolen seal. */
enum { LOOKUP_ROWS_MAX = 32 };

struct seal_hit {
	uint32_t row, column;
};

/* Rows that hold, or ever held, the value of this token; `common` tells that it has too many. */
uint32_t seal_find(struct seal *seal, uint64_t token, struct seal_hit hits[LOOKUP_ROWS_MAX], bool *common);
/* Asks the memory for what seal_find will need, in two steps: the first for all tokens of a batch, then the second for
 * all, then seal_find for each. Touches nothing that is not verified yet. */
void seal_prefetch(const struct seal *seal, uint64_t token, int step);
/* The same for what is asked about a row. */
void seal_prefetch_row(const struct seal *seal, uint32_t row);

/* What a row's column says to a token. */
enum seal_fit {
	FIT_NONE,    /* the row never had that column */
	FIT_DIFFERS, /* it never held that value */
	FIT_THEN,    /* it held it once */
	FIT_NOW,     /* it holds it in the newest snapshot that has the row */
};

enum seal_fit seal_fit(struct seal *seal, uint32_t row, uint32_t column, uint64_t token);

/* For every snapshot: 0 the row or column was not there, 1 it held another value, 2 it held this value.
 * `states` has a byte a snapshot. Returns whether the states differ where the row and column were there: an
 * unchanged cell dates nothing by itself. */
bool seal_history(struct seal *seal, uint32_t row, uint32_t column, uint64_t token, uint8_t *states);
/* For every snapshot but the last: 0 it or the next had no such row or column, 1 the cell stayed as it was until the
 * next, 2 it became another one. `changes` has a byte a snapshot. */
void seal_changes(struct seal *seal, uint32_t row, uint32_t column, uint8_t *changes);
/* For every snapshot: whether it had the row. */
void seal_presence(struct seal *seal, uint32_t row, uint8_t *present);
/* Whether that snapshot had each of the rows [from, to): a byte a row, 0 or 1, into `present`. */
void seal_present(struct seal *seal, size_t snapshot, uint32_t from, uint32_t to, uint8_t *present);
/* Whether every snapshot had the row, and as it is now. */
bool seal_row_constant(struct seal *seal, uint32_t row);
/* Whether any of the row's cells ever changed, or the row went away and came back: else its cells date nothing. */
bool seal_row_changed(struct seal *seal, uint32_t row);
/* The first snapshot that had the row. */
uint32_t seal_row_first(struct seal *seal, uint32_t row);
/* The row's person: equal numbers are one person within a space (after joins). */
uint64_t seal_person(struct seal *seal, uint32_t row);
/* The number of the person that a person column's token names. */
uint64_t seal_person_of_token(const struct seal *seal, uint64_t token);
/* How many people each snapshot held: `people` has room for as many numbers as there are snapshots. */
hufu_status seal_census(struct seal *seal, uint64_t *people, hufu_error *error);
/* Which of the column's common values this is, below frequency[column].count; SEAL_RARE: none of them. */
enum { SEAL_RARE = UINT32_MAX };
uint32_t seal_common(const struct seal *seal, uint32_t column, uint64_t token);
double seal_common_share(const struct seal *seal, uint32_t column, uint32_t index);
/* Share of the newest snapshot's rows that hold this value in this column: exact for common values, else the mean of
 * the rest. */
double seal_share(const struct seal *seal, uint32_t column, uint64_t token);
/* Codes of a facet, a row's two bytes behind the other's, little endian: an index into facet_values, or above them all
 * where the row has none. `facet` counts facets, not columns. NULL when nothing is known of it. */
const uint8_t *seal_facet_codes(struct seal *seal, uint32_t facet);

/* ---- writing ---- */

struct draft;

/* What the user said of a dataset; all optional, NULL or 0 when not said. */
struct draft_options {
	const char **keys, **facets, **privates, **publics, **skips, **exports, **forms;
	size_t key_count, facet_count, private_count, public_count, skip_count, export_count, form_count;
	const char *person; /* COL or COL@SPACE */
};

struct draft_outcome {
	bool unchanged;                      /* this very snapshot was sealed already */
	bool first;                          /* the dataset was new */
	bool woven;                          /* an older one: put between or before those that were there */
	uint64_t rows, fresh, changed, gone; /* rows; rows not seen before; rows with a changed cell; rows of the
	                                        snapshot before that are missing */
	uint64_t duplicates;                 /* rows that share their key with another */
	uint64_t empty_keys;                 /* rows without a key: identified by all their cells */
	size_t columns_new, columns_missing; /* against what was sealed before */
	uint64_t bytes;                      /* the seal's size now */
};

/* The caller holds the store's lock. */
hufu_status draft_new(const struct store *store, hufu_view dataset, const struct draft_options *options,
        struct draft **out, hufu_error *error);
/* The header: column names, once, before any records. */
hufu_status draft_header(struct draft *draft, const hufu_view *names, size_t count, hufu_error *error);
/* Records of a batch from row `first` on. */
hufu_status draft_add(struct draft *draft, const struct batch *batch, uint32_t first, hufu_error *error);
/* Seals it as of an instant. `progress` (may be NULL) hears the share done, 0 to 1. */
hufu_status draft_seal(struct draft *draft, hufu_view as_of, int64_t instant, void (*progress)(double share),
        struct draft_outcome *out, hufu_error *error);
/* The dataset's description as it is now (for showing); borrowed. */
const struct meta *draft_meta(const struct draft *draft);
void draft_free(struct draft *draft);

/* ---- person spaces ---- */

/* The datasets, of those given, whose persons are numbered in the same space as `dataset`: `same[i]` set. */
void seal_same_space(struct seal *const *seals, size_t count, size_t which, bool *same);
/* The name of that space; borrowed from one of the seals. */
const char *seal_space(struct seal *const *seals, size_t count, size_t which);
/* Looks, after `dataset` was sealed, whether its persons are another dataset's keys or others' persons are its keys,
 * and notes it. Datasets whose persons were not said, and are found now to be this one's, are written anew. */
hufu_status seal_find_space(const struct store *store, hufu_view dataset, hufu_error *error);

/* Declares a sealed dataset to be the content of exports. Rewrites its seal when a name is new. */
hufu_status seal_note_exports(const struct store *store, hufu_view dataset, const char *const *names, size_t count,
        bool *changed, hufu_error *error);

/* ---- forgetting ---- */

struct forget_plan {
	char **datasets; /* with rows of his */
	uint64_t *rows;
	size_t count;
	uint64_t accounts; /* person numbers that are this human */
};

/* Finds the rows of the person that KEY, a value of `dataset`'s person column, names. HUFU_USAGE when there is none. */
hufu_status forget_find(
        const struct store *store, hufu_view dataset, hufu_view key, struct forget_plan *out, hufu_error *error);
hufu_status forget_person(const struct store *store, hufu_view dataset, hufu_view key, hufu_error *error);
/* Drops the snapshots before an instant, and what only they held. */
hufu_status forget_before(const struct store *store, hufu_view dataset, int64_t instant, uint64_t *snapshots,
        uint64_t *rows, hufu_error *error);
void forget_plan_done(struct forget_plan *plan);

#endif
