/* A batch: some records of one part, cell by cell. It is what flows through the house.
 *
 * Cells lie column after column, so that one column's cells are walked in a row; each is a place and a
 * length in `text` (UTF-8, unquoted, not trimmed). A record with fewer cells than the part has columns
 * ends in empty ones. Whoever makes a batch keeps these limits; batch_check holds a stranger's against
 * them. */
#ifndef HUFU_TABLE_BATCH_H
#define HUFU_TABLE_BATCH_H

#include "base/view.h"

enum {
	BATCH_COLUMNS_MAX = 4096, /* a part with more is refused as a part */
	BATCH_ROWS_MAX = 8192,
	BATCH_CELLS_MAX = 131072,   /* rows are fewer where columns are many: 4096 columns leave 32 */
	BATCH_TEXT_MAX = 2 << 20,   /* bytes of text */
	BATCH_RECORD_MAX = 1 << 20, /* a longer record is left out and counted as malformed */
};

struct batch_cell {
	uint32_t at, len;
};

struct batch {
	uint32_t columns, rows;
	uint32_t stride; /* cells from one column to the next, >= rows */
	uint32_t text_len;
	const struct batch_cell *cells; /* [columns][stride] */
	const char *text;
};

static inline hufu_view batch_cell(const struct batch *batch, uint32_t column, uint32_t row)
{
	const struct batch_cell *cell = &batch->cells[(size_t)column * batch->stride + row];
	return (hufu_view){ batch->text + cell->at, cell->len };
}

/* Most rows that a batch of so many columns holds. */
static inline uint32_t batch_rows_max(uint32_t columns)
{
	uint32_t rows = BATCH_CELLS_MAX / (columns ? columns : 1);
	return rows < BATCH_ROWS_MAX ? rows : BATCH_ROWS_MAX;
}

/* Whether every number in `batch` keeps within the limits and every cell within `text`. */
bool batch_check(const struct batch *batch);

#endif
