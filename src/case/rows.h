/* Rows of a piece of evidence, as they are shown: read in the jail, each value masked by what its column is, or in
 * clear, made printable. Inside the room. */
#ifndef HUFU_CASE_ROWS_H
#define HUFU_CASE_ROWS_H

#include "case/book.h"
#include "ident/ident.h"

struct rows_asked {
	const char *name; /* the evidence's */
	const char *part; /* NULL: the first that holds records; of a mail its text */
	bool is_mail;
	uint64_t from; /* the first record, from 1 */
	uint32_t most;
	bool clear;
	bool to_end; /* reads on behind the last row, for the list of parts */
};

struct rows_column {
	char *name;
	const struct ident_kind *kind; /* NULL: none known */
};

struct rows {
	json_t *parts, *unread; /* [{path, format, encoding, records}], [{what, why}] */
	bool ended;             /* all was read: `parts` has all of them */
	bool found;             /* the part asked for */
	char *part, *format, *encoding;
	struct rows_column *columns;
	uint32_t column_count;
	bool header;     /* the part names its columns */
	json_t *values;  /* [[text]] */
	uint32_t taken;  /* rows in `values` */
	bool more;       /* there are rows behind them */
	uint64_t passed; /* records of the part so far */
	size_t bytes;
};

/* Reads from `fd`. rows_done even on failure. */
hufu_status rows_read(int fd, const struct rows_asked *asked, struct rows *out, hufu_error *error);
void rows_done(struct rows *rows);

/* A value as its column's kind shows it, else (no kind, or no value of it) its first character and stars, whose number
 * tells of no long text. Printable, cut to `cap`. */
void rows_mask(const struct ident_kind *kind, hufu_view cell, char *out, size_t cap);

#endif
