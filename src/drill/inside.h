/* What the files of the drill share: a table in memory, a private place on disk, the leak that is made of the table. */
#ifndef HUFU_DRILL_INSIDE_H
#define HUFU_DRILL_INSIDE_H

#include "base/bytes.h"
#include "drill/drill.h"
#include "invent/invent.h"
#include "seal/seal.h"

/* ---- a sheet: a table in memory; its cells may be personal ---- */

struct sheet_column {
	char *name;
	const struct ident_kind *kind; /* NULL: opaque */
};

/* Cells lie in `text`, each ended by a NUL byte. */
struct sheet {
	struct sheet_column *columns;
	size_t column_count;
	size_t *cells; /* [rows][columns]: places in `text` */
	size_t row_count, row_cap;
	struct bytes text;
	int32_t person; /* column that numbers people; -1: every row is one */
};

hufu_status sheet_begin(struct sheet *sheet, const struct meta *meta, hufu_error *error);
/* A row more, its cells empty; false when memory is out. */
bool sheet_row(struct sheet *sheet);
bool sheet_put(struct sheet *sheet, size_t row, size_t column, hufu_view text);
const char *sheet_cell(const struct sheet *sheet, size_t row, size_t column);
/* How many people these rows are. */
size_t sheet_people(const struct sheet *sheet, const size_t *rows, size_t count);
/* Adds a cell to a line of CSV. */
void csv_add(struct bytes *line, hufu_view cell, bool first);
void sheet_done(struct sheet *sheet); /* wipes the cells */

/* ---- where the rows come from ---- */

/* Invents a row of a dataset, of people who do not exist. */
void twin_row(struct inventor *inventor, const struct meta *meta, struct sheet *sheet, size_t row, uint32_t number);

/* A rehearsal: a store of its own with a twin of the dataset, sealed over a few of its dates, and the rows that it held
 * on one of them. */
struct twin {
	struct store *store;
	struct sheet sheet;
	const char *as_of, *after,
	        *before; /* the date of the rows, and the sealed dates around it; borrowed from `meta` */
};
hufu_status twin_make(const struct meta *meta, const char *place, const char *zone, uint64_t seed, struct twin *out,
        hufu_error *error);
void twin_done(struct twin *twin);

/* Reads the rows of a source of ours, as far as a drill needs them. */
hufu_status take_source(const char *path, const struct meta *meta, struct sheet *out, hufu_error *error);

/* ---- the place ---- */

/* A directory of mode 0700 in the store, for as long as the drill goes; what killed drills left is removed first. */
struct place {
	char *dir;
	int lock;
};
hufu_status place_make(const struct store *store, struct place *out, hufu_error *error);
void place_remove(struct place *place);

/* ---- the leak ---- */

/* What the thief took, and how he shows it. */
struct drill_leak {
	int fd;           /* in memory, never on disk */
	char *path;       /* under which it can be opened while fd lives */
	size_t records;   /* of ours */
	size_t strangers; /* padding */
	size_t people;
};
hufu_status leak_make(const struct sheet *sheet, const struct meta *meta, const char *place, uint64_t seed,
        struct drill_leak *out, hufu_error *error);
void leak_done(struct drill_leak *leak);

/* A demand mail that says what it is. `count`: rows that it boasts of. */
hufu_status leak_mail(const char *place, const char *dataset, uint64_t count, char **path, hufu_error *error);
#define DRILL_WALLET "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" /* the first block's; nobody pays a drill */
enum { DRILL_AMOUNT = 2250000 };

/* ---- answers ---- */

struct drill_expected {
	const char *dataset, *as_of; /* as_of NULL: not known */
	size_t people;               /* taken; as many lie in the seal */
	uint64_t count;              /* rows that the mail boasts of */
};

struct drill_case {
	struct casebook *book;
	const struct store *seals; /* the store that the leak is held against */
	char number[CASE_NUMBER_MAX];
	struct drill_expected expected;
	struct drill_leak leak;
	const char *place, *mail; /* the private directory; the demand's file */
	uint64_t begun;           /* ticks */
	void (*progress)(const char *doing);
	json_t *answers;
};

/* Opens the case with the mail and goes on to the bundle; each answer is held against what was to be expected. */
hufu_status answers_all(struct drill_case *drill, hufu_error *error);

#endif
