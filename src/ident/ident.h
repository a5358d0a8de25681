/* Identifier kinds: what a mobile number, a resident ID, a plate is; one file a kind, one table.
 *
 * A kind finds, normalises (which validates) and masks its values. Formats are those of
 * regulation section 9; passing one proves nothing about existence. Pure functions over views, no state,
 * no allocation; every input may be hostile. Uses base only. */
#ifndef HUFU_IDENT_IDENT_H
#define HUFU_IDENT_IDENT_H

#include "base/view.h"

/* Bytes that a result may be longer than its input: 15-digit resident IDs grow by three. */
enum { IDENT_SLACK = 32 };

/* Where a result goes; the caller's memory. `cap` must be at least the input's length + IDENT_SLACK. */
struct ident_text {
	char *ptr;
	size_t len, cap;
};

struct ident_kind {
	uint8_t id;        /* goes into tokens: never reused, never changed; 0 is no kind */
	const char *name;  /* "mobile": in JSON, on the command line */
	const char *zh;    /* "手机号" */
	double space_bits; /* log2 of how many values are in use out in the world */
	bool strong;       /* identifies one person or thing by itself */
	bool of_thing;     /* a car's, say: whose it is, its row tells */
	bool joins_people; /* two rows that share it are the same human */
	bool loose;        /* no check digit and a wide shape (name, address): profile asks for more of it */
	/* The normal form of a cell (blanks and width folded, separators gone), or false when it is none of
	 * this kind. Idempotent: normalise(normal form) is the normal form. */
	bool (*normalise)(hufu_view cell, struct ident_text *out);
	/* A normal form with all but what its rule shows replaced by '*'. */
	void (*mask)(hufu_view normal, struct ident_text *out);
	/* The next value in running text at or after *at; sets *at and *len to its bytes as they stand. */
	bool (*find)(hufu_view text, size_t *at, size_t *len);
};

extern const struct ident_kind *const ident_kinds[];
extern const size_t ident_kinds_count;

/* By id or by name; NULL when there is none. */
const struct ident_kind *ident_by_id(uint8_t id);
const struct ident_kind *ident_by_name(hufu_view name);

/* Normal form of a cell of no known kind: trimmed, full width folded to ASCII, runs of blanks made one,
 * ASCII letters lower case. Never fails; empty in, empty out. */
void ident_opaque(hufu_view cell, struct ident_text *out);

/* A cell as it is shown back to its owner: trimmed, full width folded, letters as they were. */
void ident_shown(hufu_view cell, struct ident_text *out);

/* Whether a cell says "nothing": blank, NULL, None, \N, a lone dash. */
bool ident_is_empty(hufu_view cell);

/* A mask for a value of no known kind: its first character, then stars. */
void ident_mask_opaque(hufu_view value, struct ident_text *out);

#endif
