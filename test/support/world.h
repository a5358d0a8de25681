/* A small company that a test makes up, with the plain truth of what it held when; and ways to seal it, write it as a
 * file, and ask a seal about it.
 *
 * The truth is a table of texts by snapshot, row and column: no hash, no log, nothing shared with the code under test
 * but token_of, which is how a question is put. Values are invented (src/invent/invent.h). Include it before cmocka's
 * headers, whose fail() is another. */
#ifndef HUFU_TEST_SUPPORT_WORLD_H
#define HUFU_TEST_SUPPORT_WORLD_H

#include "invent/invent.h"
#include "lib/lib.h"

enum { WORLD_ROWS = 300, WORLD_COLUMNS = 8, WORLD_SNAPSHOTS = 8, WORLD_CELL = 96 };

struct world {
	struct inventor dice;
	uint32_t rows, columns, snapshots;
	const char *names[WORLD_COLUMNS];
	char as_of[WORLD_SNAPSHOTS][32];
	bool has[WORLD_SNAPSHOTS][WORLD_COLUMNS];  /* the snapshot has the column */
	bool present[WORLD_SNAPSHOTS][WORLD_ROWS]; /* the snapshot has the row */
	char cells[WORLD_SNAPSHOTS][WORLD_ROWS][WORLD_COLUMNS][WORLD_CELL];
	uint32_t keys[2]; /* columns that tell rows apart */
	size_t key_count;
	uint32_t person; /* column */
	uint32_t facet;  /* column, or `columns` for none */
};

enum world_column { ACCOUNT, TICKET, OWNER, MOBILE, RESIDENT, CITY, LEVEL, REMARK };

/* How the world is shaped. */
struct world_shape {
	uint32_t rows, snapshots;
	bool composite; /* account and ticket tell rows apart; else the account alone */
	bool owners;    /* the person is the owner (some have several rows, some rows change hands), else the account */
	bool duplicates; /* some rows share their key */
	bool still;      /* nothing changes but that rows come and go */
};

/* The caller frees it with free(). Rows come, change, flip back, go and come again; a column comes in, another drops
 * out; cells are empty here and there; some owners share a resident ID. */
struct world *world_new(uint64_t seed, const struct world_shape *shape);

/* A snapshot's rows as CSV; rows and columns are shuffled where `shuffle` is not 0. */
void world_write(const struct world *world, uint32_t snapshot, uint64_t shuffle, const char *path);
/* Some columns of the rows of a snapshot for which `take` (NULL: all) is set. */
void world_leak(const struct world *world, uint32_t snapshot, const uint32_t *columns, size_t count, const bool *take,
        const char *path);

/* A store and its key under `home`, which becomes $HOME. */
struct store *world_store(const char *home);
/* Seals a snapshot in this process, without reader or file. */
hufu_status world_seal(struct store *store, const char *dataset, const struct world *world, uint32_t snapshot,
        uint64_t shuffle, struct draft_outcome *outcome, hufu_error *error);
/* The same, and it must do. */
struct draft_outcome world_sealed(
        struct store *store, const char *dataset, const struct world *world, uint32_t snapshot, uint64_t shuffle);
struct seal *world_open(const struct store *store, const char *dataset);

/* A permutation of the numbers below `count`. */
void world_shuffle(struct inventor *dice, uint32_t *order, uint32_t count);

/* ---- asking ---- */

struct asker {
	const struct world *world;
	struct seal *seal;
	struct tokenizer tokenizer;
	int32_t column_of[WORLD_COLUMNS];     /* the seal's number of a column, or -1 */
	int32_t snapshot_of[WORLD_SNAPSHOTS]; /* the seal's number of a snapshot, or -1 */
	int64_t row_of[WORLD_ROWS];           /* the seal's number of a row, or -1 */
	const bool *without;                  /* [rows]: not sealed, or forgotten; may be NULL */
	uint64_t asked, chance; /* questions about values never held; those a check's 16 bits could not tell */
};

void asker_open(struct asker *asker, const struct store *store, const char *dataset, const struct world *world,
        const bool *without);
void asker_close(struct asker *asker);
uint64_t ask_token(struct asker *asker, uint32_t column, const char *cell);
/* Finds every row of the world in the seal by its key and fails where one is missing, double or too many. */
void ask_rows(struct asker *asker);
/* Holds history, presence, fit and look-up of every row, column and value against the truth. */
void ask_history(struct asker *asker);
void ask_finds(struct asker *asker);
/* Holds person numbers, joined, against the truth: two rows are one person's or not. */
void ask_people(struct asker *asker);
/* Facets and, for common values, shares. */
void ask_facets(struct asker *asker);
void ask_shares(struct asker *asker);
/* All of the above, and that chance keeps to its place. */
void ask_all(struct asker *asker);

/* Row in a snapshot of the seal, as the world knows it. */
bool world_there(const struct asker *asker, uint32_t snapshot, uint32_t row);

/* The verdict on a leak as JSON with sorted names and without elapsed_s; the caller frees. */
char *world_verdict(const struct store *store, const char *leak);

#endif
