/* What may be known of an incident: every fact that packs can ask for, with its type, unit and check, in one table.
 * A new fact is one line there. Thresholds are never here: they stand in the packs. */
#ifndef HUFU_DUTY_FACT_H
#define HUFU_DUTY_FACT_H

#include "base/status.h"

enum fact_basis { FACT_CLAIMED, FACT_ESTIMATED, FACT_CONFIRMED };

/* One current claim; corrected ones are left out by whoever hands them over. Borrows its texts. */
struct fact {
	const char *name;  /* "people", or of a region "people.CN" */
	const char *value; /* as it was given */
	enum fact_basis basis;
	const char *source; /* who says so */
	int64_t at;         /* when that became known; 0: not told */
};

const char *fact_basis_name(enum fact_basis basis); /* "claimed" */
bool fact_basis_of(hufu_view name, enum fact_basis *out);

enum fact_type {
	FACT_COUNT,  /* people, copies: whole; "4850000", "485万" */
	FACT_MONEY,  /* in CNY; kept in hundredths */
	FACT_HOURS,  /* "2", "0.5"; kept in seconds */
	FACT_TRUTH,  /* true, false */
	FACT_TIME,   /* RFC 3339, or a date */
	FACT_CHOICE, /* one of the kind's words */
	FACT_GRADED, /* one of the kind's words, the gravest last */
	FACT_LIST,   /* words behind commas: CN,EU */
	FACT_WORD,   /* one word: a province */
};

struct fact_kind {
	const char *name;
	enum fact_type type;
	bool regional;            /* NAME.CN may be given and then counts for packs of CN */
	const char *also;         /* the larger of both counts */
	const char *fallback;     /* what is taken where nothing is given; NULL: unknown, which is not true */
	const char *const *words; /* of FACT_CHOICE and FACT_GRADED; ends in NULL */
	const char *zh, *en;      /* what it is */
	const char *wants;        /* what is said of a wrong value */
};

/* The kind of "people" or "people.CN"; the region ("" without) goes to `region`, at least FACT_REGION_MAX bytes. */
enum { FACT_REGION_MAX = 8 };
const struct fact_kind *fact_kind_of(hufu_view name, char *region);
const struct fact_kind *fact_kind_at(size_t at); /* NULL behind the last */

struct fact_value {
	int64_t number;   /* by type; FACT_GRADED: its place; FACT_TRUTH: 0 or 1; FACT_TIME: seconds since 1970 UTC */
	int32_t offset;   /* FACT_TIME: seconds east of UTC that it was given in */
	bool date;        /* FACT_TIME: no time of day was given: `number` is the day's first second, at +08:00 */
	const char *text; /* FACT_CHOICE: of the kind's words; FACT_LIST, FACT_WORD: borrowed from what was parsed */
};
/* A value of a kind, with its unit if one is given ("30 min", "1亿 CNY"). */
hufu_status fact_value(const struct fact_kind *kind, const char *text, struct fact_value *out, hufu_error *error);
/* Whether a fact of that name may have that value: HUFU_USAGE with one line if not. */
hufu_status fact_check(const char *name, const char *value, hufu_error *error);
/* A word of FACT_CHOICE or FACT_GRADED in Chinese; the word itself where it has none. */
const char *fact_word_zh(const char *word);
/* How a value reads: "4,850,000", "0.5 h". */
enum { FACT_SHOWN_MAX = 96 };
void fact_show(const struct fact_kind *kind, const char *text, char out[FACT_SHOWN_MAX]);

#endif
