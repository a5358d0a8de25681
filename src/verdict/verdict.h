/* The verdict: what a match says of one leak, as a type and as JSON (version 1, design section 6).
 *
 * A verdict owns its texts. Everything that prints reads this type, so that JSON, terminal and page carry the same
 * numbers. Uses base only. */
#ifndef HUFU_VERDICT_VERDICT_H
#define HUFU_VERDICT_VERDICT_H

#include "base/bytes.h"
#include "base/status.h"

/* Strongest first: a leak's word is the strongest of its parts'. */
enum verdict_word {
	VERDICT_GENUINE,
	VERDICT_PARTLY_GENUINE,
	VERDICT_RECOMBINED,
	VERDICT_OURS_UNSEALED,
	VERDICT_OVERLAP,
	VERDICT_INCONCLUSIVE,
	VERDICT_NOT_OURS,
	VERDICT_NONE, /* nothing could be judged */
};

const char *verdict_word_name(enum verdict_word word);
static inline bool verdict_is_ours(enum verdict_word word)
{
	return word <= VERDICT_OURS_UNSEALED;
}

struct verdict_column {
	char *leak;                /* header name in the leak, or its position */
	char *column;              /* ours, or NULL */
	const char *kind;          /* name of the kind; NULL: opaque */
	const char *form;          /* "plain" */
	uint64_t compared, agreed; /* cells of linked records that hold something; those equal to ours, now or once */
};

struct verdict_window {
	bool known;
	char *after, *before; /* as given to seal; NULL: open */
	char **snapshots;     /* sealed times within that fit */
	size_t snapshot_count;
	char *newest_row; /* first snapshot that had the newest linked row */
	struct verdict_stretch {
		char *after, *before;
		uint64_t records;
	} * stitched; /* by time; none: taken at one time */
	size_t stitched_count;
};

struct verdict_facet {
	char *name;
	struct verdict_share {
		char *value;
		uint64_t people;
	} * values;
	size_t count;
};

struct verdict_dataset {
	char *dataset;
	uint64_t linked, recombined, people;
	double fdr; /* false discovery rate: share of the links that chance made, by decoys */
	struct verdict_column *columns;
	size_t column_count;
	struct verdict_window window;
	struct verdict_facet *facets;
	size_t facet_count;
	char *filter;           /* "city = X and registered <= Y", or NULL */
	double filter_explains; /* share of the entropy of "taken or not" that it takes away */
	struct verdict_origin {
		char *name;           /* as declared: hufu seal --export NAME */
		uint64_t rows, taken; /* of the export at the time that fits best; those of them that are in the leak */
	} * origins;                  /* exports with the leak's columns and rows: told with a part's first dataset */
	size_t origin_count;
	bool origin_cut;        /* the leak holds only some of the exports' rows */
	bool rows_by_all_cells; /* no key: a changed row looks like a new one, and the window is weaker */
};

/* What copy against independent holding rests on. */
enum verdict_term_kind {
	VERDICT_TERM_COLUMNS, /* how much of the record our columns explain */
	VERDICT_TERM_PRIVATE, /* columns that only we hold agree */
	VERDICT_TERM_DIFFER,  /* agreement where independent holders differ */
	VERDICT_TERM_TIME,    /* all cells are as of one time */
	VERDICT_TERM_COUNT
};

const char *verdict_term_name(enum verdict_term_kind term);

struct verdict_term {
	enum verdict_term_kind kind;
	double bits;
};

struct verdict_part {
	char *path, *format, *encoding;
	uint64_t records, malformed;
	enum verdict_word word;
	bool lone;   /* one column alone varies: it says who, not where from */
	bool hidden; /* identifiers are there as digests alone, and do not link: salted, unsealed, or somebody else's */
	uint64_t counted; /* running numbers of a bare list that are ours, no more than of numbers counted up */
	double copy_bits; /* for the first dataset; 0 without terms */
	struct verdict_term terms[VERDICT_TERM_COUNT];
	size_t term_count;
	struct verdict_dataset *datasets;
	size_t dataset_count;
};

struct verdict_unread {
	char *what;
	const char *why;
};

struct verdict_sentences {
	char **at;
	size_t count;
};

struct hufu_verdict {
	char *path;
	uint64_t bytes;
	char sha256[65];
	enum verdict_word word;
	uint64_t people, people_low, people_high;
	uint64_t people_exposed; /* of whom a strong identifier stands in the leak */
	bool complete;
	struct verdict_unread *unread;
	size_t unread_count;
	bool chinese;                        /* which of the two was asked for */
	struct verdict_sentences reasons[2]; /* in English and in Chinese */
	struct verdict_part *parts;
	size_t part_count;
	double elapsed; /* seconds */
	char *json;     /* made by hufu_verdict_json */
};

/* The JSON of one leak on one line, without the line's end. */
hufu_status verdict_json(const struct hufu_verdict *verdict, struct bytes *out);
void verdict_done(struct hufu_verdict *verdict);

/* Adds a plain sentence in one of the two languages. */
__attribute__((format(printf, 3, 4))) bool verdict_reason(
        struct hufu_verdict *verdict, bool chinese, const char *format, ...);
bool verdict_add_unread(struct hufu_verdict *verdict, hufu_view what, const char *why);

#endif
