/* What separates records and cells in a text, found from a sample of it. */
#ifndef HUFU_READ_DIALECT_H
#define HUFU_READ_DIALECT_H

#include "base/view.h"

enum { SEPARATOR_MAX = 8 };

struct dialect {
	char separator[SEPARATOR_MAX];
	uint32_t separator_len; /* 0: one column */
	char quote;             /* '"' or '\''; 0: none */
	char line_end;          /* '\n' (a '\r' before it is dropped) or '\r' */
	uint32_t columns;       /* as found: may be more than BATCH_COLUMNS_MAX */
};

/* Finds the dialect of UTF-8 text. `whole`: the sample is all there is, so its last line counts though it has no end.
 * A sample without a single line yields one column, or, where one line alone has that many cells, more columns than
 * BATCH_COLUMNS_MAX. */
void dialect_find(hufu_view sample, bool whole, struct dialect *out);

/* "csv", "tsv", "text" (several characters), "list" (one column). */
const char *dialect_label(const struct dialect *dialect);

/* The end of a quoted cell that begins with a quote at text[0]: the place behind its closing quote. 0: the quote is not
 * closed within `text`. SIZE_MAX: something other than a separator or a line end follows a quote, so that the first one
 * was no quoting at all. RFC 4180, strictly: this is what keeps a stray quote from swallowing the lines behind it. */
size_t dialect_quoted(const struct dialect *dialect, hufu_view text, bool end);

static inline bool dialect_separates(const struct dialect *dialect, hufu_view text)
{
	return dialect->separator_len && text.len >= dialect->separator_len && text.ptr[0] == dialect->separator[0] &&
	       memcmp(text.ptr, dialect->separator, dialect->separator_len) == 0;
}

#endif
