/* Rows of a source of ours, for a drill on the real seals. They stay in memory. */
#include "drill/inside.h"
#include "lib/lib.h"
#include "source/source.h"

enum { ROWS_MOST = 20000 };

/* Where each column of the sheet stands in the source; SIZE_MAX: not there. */
static hufu_status place_columns(
        const struct source *source, const char *path, const struct sheet *sheet, size_t *places, hufu_error *error)
{
	size_t count, found = 0;
	const hufu_view *names = source_header(source, &count);
	for (size_t i = 0; i < sheet->column_count; i++) {
		places[i] = SIZE_MAX;
		for (size_t k = 0; k < count; k++)
			if (view_is(view_trim(names[k]), sheet->columns[i].name))
				places[i] = k;
		found += places[i] != SIZE_MAX;
	}
	return found ? HUFU_OK
	             : fail(error, HUFU_USAGE, view_of(path), "has none of the dataset's columns",
	                       "name the file that the dataset is sealed from");
}

static bool take_rows(const struct batch *batch, uint32_t first, const size_t *places, struct sheet *sheet)
{
	for (uint32_t row = first; row < batch->rows && sheet->row_count < ROWS_MOST; row++) {
		if (!sheet_row(sheet))
			return false;
		for (size_t i = 0; i < sheet->column_count; i++)
			if (places[i] < batch->columns &&
			        !sheet_put(sheet, sheet->row_count - 1, i, batch_cell(batch, (uint32_t)places[i], row)))
				return false;
	}
	return true;
}

static hufu_status take_all(
        struct source *source, const char *path, struct sheet *sheet, size_t *places, hufu_error *error)
{
	const struct batch *batch;
	uint32_t first;
	bool begun = false;
	hufu_status status = source_next(source, &batch, &first, error);
	while (!status && batch && sheet->row_count < ROWS_MOST) {
		if (!begun)
			status = header_check(source, path, error);
		if (!status && !begun)
			status = place_columns(source, path, sheet, places, error);
		begun = true;
		if (!status && !take_rows(batch, first, places, sheet))
			status = fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
		if (!status)
			status = source_next(source, &batch, &first, error);
	}
	if (!status && !sheet->row_count)
		status = fail(error, HUFU_MALFORMED, view_of(path), "is empty", "check the file");
	return status;
}

hufu_status take_source(const char *path, const struct meta *meta, struct sheet *out, hufu_error *error)
{
	struct source *source = NULL;
	hufu_status status = sheet_begin(out, meta, error);
	if (status)
		return status;
	size_t *places = calloc(out->column_count + 1, sizeof *places);
	status = places ? source_open(path, &source, error)
	                : fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (!status)
		status = take_all(source, path, out, places, error);
	source_close(source);
	free(places);
	if (status)
		sheet_done(out);
	return status;
}
