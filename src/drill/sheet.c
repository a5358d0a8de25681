/* Tables in memory. */
#include "drill/inside.h"

#include <sodium.h>
#include <stdlib.h>

hufu_status sheet_begin(struct sheet *sheet, const struct meta *meta, hufu_error *error)
{
	*sheet = (struct sheet){ .columns = calloc(meta->column_count + 1, sizeof *sheet->columns), .person = -1 };
	bool good = sheet->columns;
	for (size_t i = 0; good && i < meta->column_count; i++) {
		const struct seal_column *column = &meta->columns[i];
		if (column->base >= 0)
			continue;
		if ((int32_t)i == meta->person)
			sheet->person = (int32_t)sheet->column_count;
		sheet->columns[sheet->column_count].kind = column->kind;
		good = (sheet->columns[sheet->column_count++].name = strdup(column->name)) != NULL;
	}
	if (good)
		return HUFU_OK;
	sheet_done(sheet);
	return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
}

bool sheet_row(struct sheet *sheet)
{
	if (sheet->row_count == sheet->row_cap) {
		size_t cap = sheet->row_cap ? sheet->row_cap * 2 : 256;
		size_t *more = realloc(sheet->cells, cap * (sheet->column_count + 1) * sizeof *more);
		if (!more)
			return false;
		sheet->cells = more;
		sheet->row_cap = cap;
	}
	if (!sheet->text.len)
		bytes_byte(&sheet->text, 0); /* the empty cell */
	memset(sheet->cells + sheet->row_count * sheet->column_count, 0, sheet->column_count * sizeof *sheet->cells);
	sheet->row_count++;
	return !sheet->text.failed;
}

bool sheet_put(struct sheet *sheet, size_t row, size_t column, hufu_view text)
{
	size_t at = sheet->text.len;
	bytes_add(&sheet->text, text);
	bytes_byte(&sheet->text, 0);
	sheet->cells[row * sheet->column_count + column] = at;
	return !sheet->text.failed;
}

const char *sheet_cell(const struct sheet *sheet, size_t row, size_t column)
{
	return sheet->text.ptr + sheet->cells[row * sheet->column_count + column];
}

static _Thread_local const struct sheet *ordering; /* qsort has no context */

static int by_person(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return strcmp(
	        sheet_cell(ordering, x, (size_t)ordering->person), sheet_cell(ordering, y, (size_t)ordering->person));
}

size_t sheet_people(const struct sheet *sheet, const size_t *rows, size_t count)
{
	size_t people = 0, *sorted = malloc((count + 1) * sizeof *sorted);
	if (sheet->person < 0 || !sorted) {
		free(sorted);
		return count;
	}
	memcpy(sorted, rows, count * sizeof *sorted);
	ordering = sheet;
	qsort(sorted, count, sizeof *sorted, by_person);
	for (size_t i = 0; i < count; i++)
		people += i == 0 || by_person(&sorted[i - 1], &sorted[i]) != 0;
	free(sorted);
	return people;
}

void csv_add(struct bytes *line, hufu_view cell, bool first)
{
	bool quoted = false;
	for (size_t i = 0; i < cell.len; i++)
		quoted |= cell.ptr[i] == ',' || cell.ptr[i] == '"' || cell.ptr[i] == '\n' || cell.ptr[i] == '\r';
	if (!first)
		bytes_byte(line, ',');
	if (!quoted) {
		bytes_add(line, cell);
		return;
	}
	bytes_byte(line, '"');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.ptr[i] == '"')
			bytes_byte(line, '"');
		bytes_byte(line, cell.ptr[i]);
	}
	bytes_byte(line, '"');
}

void sheet_done(struct sheet *sheet)
{
	for (size_t i = 0; sheet->columns && i < sheet->column_count; i++)
		free(sheet->columns[i].name);
	free(sheet->columns);
	free(sheet->cells);
	if (sheet->text.ptr)
		sodium_memzero(sheet->text.ptr, sheet->text.len);
	bytes_done(&sheet->text);
	*sheet = (struct sheet){ .person = -1 };
}
