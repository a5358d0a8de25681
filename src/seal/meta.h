/* What a seal knows of its dataset: columns, snapshots, roles. Kept as JSON in an encrypted section. */
#ifndef HUFU_SEAL_META_H
#define HUFU_SEAL_META_H

#include "base/bytes.h"
#include "base/status.h"
#include "ident/ident.h"

enum { SNAPSHOTS_MAX = 65000, DIGEST_LEN = 16 };

/* What others may hold of a column. */
enum column_role {
	ROLE_PERSONAL, /* others may hold the same: name, mobile */
	ROLE_PRIVATE,  /* only we hold it: customer number */
	ROLE_PUBLIC,   /* anybody can look it up */
};

struct seal_snapshot {
	char *as_of; /* as it was given */
	int64_t instant;
	uint64_t rows;
	uint8_t digest[DIGEST_LEN]; /* keyed, over the rows in any order */
};

struct seal_column {
	char *name;
	const struct ident_kind *kind; /* NULL: opaque */
	bool decided;                  /* the kind was found in data, or said by the user */
	enum column_role role;
	uint8_t form;      /* FORM_PLAIN, or this column is `base` shown in that form */
	int32_t base;      /* column that it is derived from; -1 */
	double space_bits; /* log2 of how many values of this shape there could be */
	bool facet;
	char **facet_values; /* by code; encrypted on disk with the rest */
	size_t facet_count;
	uint8_t *in;  /* [snapshots]: whether that snapshot had the column */
	uint64_t tag; /* keyed hash of the name, for checks; not on disk */
};

struct meta {
	char *dataset;
	struct seal_snapshot *snapshots; /* by instant */
	size_t snapshot_count;
	struct seal_column *columns; /* in the order they came in */
	size_t column_count;
	uint32_t *key; /* columns that identify a row; none: all cells do */
	size_t key_count;
	bool key_found; /* found by hufu, not said by the user */
	int32_t person; /* column, or -1: every row is a person */
	bool person_found;
	bool person_stored; /* rows keep a person number of their own (else it is the row's) */
	char *space;        /* person space; NULL: this dataset's own */
	char **adopted;     /* datasets whose persons were found to be our keys */
	size_t adopted_count;
	char **exports;
	size_t export_count;
	char **skips; /* names of columns left out, now and in later snapshots */
	size_t skip_count;
	uint64_t rows;
	uint64_t forgotten;                          /* rows removed on request: the only trace of them */
	uint64_t duplicates;                         /* rows of the newest seal that shared a key */
	uint32_t prefix_bits, row_bits, column_bits; /* how look-up entries are packed */
};

void meta_done(struct meta *meta);
hufu_status meta_write(const struct meta *meta, struct bytes *json);
hufu_status meta_read(hufu_view json, struct meta *out, hufu_error *error);

/* Index of a plain column by name, or -1. */
int32_t meta_column(const struct meta *meta, hufu_view name);
/* Index of the column derived from `base` in a form, or -1. */
int32_t meta_derived(const struct meta *meta, int32_t base, uint8_t form);
/* Adds a column (not in any snapshot yet); -1 when memory is out. */
int32_t meta_add_column(struct meta *meta, hufu_view name);
/* Index of the snapshot of that instant, or -1. */
int32_t meta_snapshot(const struct meta *meta, int64_t instant);
/* Makes room for a snapshot at its place in time (columns' `in` become one longer, false there); -1 without memory. */
int32_t meta_add_snapshot(struct meta *meta, hufu_view as_of, int64_t instant);
/* Takes a snapshot out. */
void meta_drop_snapshot(struct meta *meta, size_t index);
/* Adds the name of a declared export, made printable, unless it is there. */
hufu_status meta_add_export(struct meta *meta, const char *name, bool *added, hufu_error *error);
bool meta_add_text(char ***list, size_t *count, hufu_view text);
/* The name of the space its person numbers live in. */
const char *meta_space(const struct meta *meta);

const char *role_name(enum column_role role);

#endif
