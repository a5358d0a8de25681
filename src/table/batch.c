/* Holds a batch that a stranger filled against the limits of batch.h. */
#include "table/batch.h"

static bool cells_within(const struct batch_cell *cells, uint32_t rows, uint32_t text_len)
{
	/* No early exit: the loop has no branch on data, so that it runs wide. */
	uint32_t bad = 0;
	for (uint32_t i = 0; i < rows; i++) {
		uint64_t end = (uint64_t)cells[i].at + cells[i].len;
		bad |= end > text_len;
	}
	return !bad;
}

bool batch_check(const struct batch *batch)
{
	if (batch->columns == 0 || batch->columns > BATCH_COLUMNS_MAX || batch->rows == 0 ||
	        batch->rows > batch_rows_max(batch->columns) || batch->stride < batch->rows ||
	        (uint64_t)batch->stride * batch->columns > BATCH_CELLS_MAX || batch->text_len > BATCH_TEXT_MAX)
		return false;
	for (uint32_t column = 0; column < batch->columns; column++)
		if (!cells_within(&batch->cells[(size_t)column * batch->stride], batch->rows, batch->text_len))
			return false;
	return true;
}
