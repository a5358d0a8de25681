/* Where one table of a text ends and another begins: a line in the middle that names columns, and not the same ones.
 *
 * Tables are put one behind the other (cat, pages, a dump of several queries). The line must have no number in any
 * cell, no empty cell and no cell twice; the records behind it must have its number of cells, and a column of numbers;
 * and it must have another number of cells than the table before, or other columns of numbers must follow, or most of
 * its cells must be known as names. Whatever does not show so clearly stays what it was: a record. */
#ifndef HUFU_READ_BORDER_H
#define HUFU_READ_BORDER_H

#include "read/dialect.h"

enum { BORDER_CELLS = 256, BORDER_TEXT = 16 << 10, BORDER_AHEAD = 64 << 10 };

/* What is known of a table from its beginning. */
struct border {
	uint32_t count; /* cells of its first record; 0: nothing is known, and no other table is looked for */
	uint32_t ends[BORDER_CELLS];
	char text[BORDER_TEXT];     /* of these cells */
	bool numbers[BORDER_CELLS]; /* columns that hold a number in every record looked at */
	bool watching;              /* there is such a column: */
	uint32_t watched;
};

/* Looks at the table that begins at text[0]. */
void border_learn(struct border *border, hufu_view text, bool end, const struct dialect *dialect);

/* Whether the line at text[0], within or behind that table of so many columns, begins another. Looks at BORDER_AHEAD
 * bytes at the most. */
bool border_is(const struct border *border, hufu_view text, bool end, const struct dialect *dialect, uint32_t columns);

/* Where the table that begins at text[0] ends for another one with another number of columns; text.len where none does.
 */
size_t border_find(const struct border *border, hufu_view text, bool end, const struct dialect *dialect);

#endif
