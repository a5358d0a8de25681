/* Keeps the names and finds them again, whatever blanks or byte order mark a copy of the line has. */
#include "table/names.h"
#include <stdlib.h>

/* A file that was put behind another may bring its mark. */
static hufu_view bare(hufu_view cell)
{
	return view_trim(view_starts(cell, "\xef\xbb\xbf") ? view_from(cell, 3) : cell);
}

bool names_keep(struct names *names, const struct batch *batch, uint32_t row)
{
	size_t len = 0;
	for (uint32_t c = 0; c < batch->columns; c++)
		len += batch_cell(batch, c, row).len;
	struct names kept = { batch->columns, malloc(len + 1), malloc((batch->columns + 1) * sizeof *kept.ends) };
	if (!kept.text || !kept.ends) {
		names_done(&kept);
		return false;
	}
	uint32_t at = 0;
	for (uint32_t c = 0; c < batch->columns; c++) {
		hufu_view cell = bare(batch_cell(batch, c, row));
		memcpy(kept.text + at, cell.ptr, cell.len);
		kept.ends[c] = at += (uint32_t)cell.len;
	}
	names_done(names);
	*names = kept;
	return true;
}

static bool repeats(const struct names *names, const struct batch *batch, uint32_t column, uint32_t row)
{
	uint32_t from = column ? names->ends[column - 1] : 0, len = names->ends[column] - from;
	hufu_view cell = batch_cell(batch, column, row);
	return cell.len >= len && view_equal(bare(cell), view_make(names->text + from, len));
}

bool names_repeated(const struct names *names, const struct batch *batch, uint32_t row)
{
	if (!names->text || names->columns != batch->columns || !names->ends[names->columns - 1])
		return false;
	for (uint32_t column = 0; column < batch->columns; column++)
		if (!repeats(names, batch, column, row))
			return false;
	return true;
}

uint32_t names_find(const struct names *names, const struct batch *batch, uint32_t from)
{
	uint32_t row = from;
	while (row < batch->rows && !names_repeated(names, batch, row))
		row++;
	return row < batch->rows ? row : batch->rows;
}

void names_done(struct names *names)
{
	free(names->text);
	free(names->ends);
	*names = (struct names){ 0 };
}
