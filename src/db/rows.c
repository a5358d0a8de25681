/* What a query gave, read whole: cells row by row, their bytes one behind the other in one run of memory that ends each
 * cell with a NUL byte. Offsets, since the run moves as it grows. */
#include "backend.h"
#include "base/bytes.h"

#include <stdlib.h>

struct cell {
	enum db_type type;
	size_t len;
	union {
		int64_t number;
		size_t at;
	};
};

struct db_rows {
	struct cell *cells;
	size_t count, cap, columns;
	size_t row; /* from 1; 0: before the first */
	struct bytes bytes;
	bool failed;
};

struct db_rows *db_rows_new(void)
{
	return calloc(1, sizeof(struct db_rows));
}

void db_rows_free(struct db_rows *rows)
{
	if (!rows)
		return;
	free(rows->cells);
	bytes_done(&rows->bytes);
	free(rows);
}

void db_rows_cleanup(struct db_rows **rows)
{
	db_rows_free(*rows);
	*rows = NULL;
}

void db_rows_columns(struct db_rows *rows, size_t columns)
{
	rows->columns = columns;
}

void db_rows_clear(struct db_rows *rows)
{
	rows->count = rows->row = rows->bytes.len = 0;
}

bool db_rows_failed(const struct db_rows *rows)
{
	return rows->failed || rows->bytes.failed;
}

static struct cell *add_cell(struct db_rows *rows)
{
	if (rows->count == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct cell *grown = reallocarray(rows->cells, cap, sizeof *grown);
		if (!grown) {
			rows->failed = true;
			return NULL;
		}
		rows->cells = grown;
		rows->cap = cap;
	}
	return &rows->cells[rows->count++];
}

char *db_rows_add_room(struct db_rows *rows, enum db_type type, size_t len)
{
	struct cell *cell = add_cell(rows);
	char *room = cell ? bytes_room(&rows->bytes, len + 1) : NULL;

	if (!room)
		return NULL;
	*cell = (struct cell){ .type = type, .len = len, .at = rows->bytes.len };
	room[len] = '\0';
	rows->bytes.len += len + 1;
	return room;
}

void db_rows_add(struct db_rows *rows, struct db_value value)
{
	if (value.type == DB_TEXT || value.type == DB_BLOB) {
		char *room = db_rows_add_room(rows, value.type, value.bytes.len);
		if (room && value.bytes.len)
			memcpy(room, value.bytes.ptr, value.bytes.len);
		return;
	}
	struct cell *cell = add_cell(rows);
	if (cell)
		*cell = (struct cell){ .type = value.type, .number = value.number };
}

bool db_rows_next(struct db_rows *rows)
{
	if (!rows->columns || rows->row * rows->columns >= rows->count)
		return false;
	rows->row++;
	return true;
}

size_t db_rows_count(const struct db_rows *rows)
{
	return rows->columns ? rows->count / rows->columns : 0;
}

/* A column that the query does not have is our bug. */
static const struct cell *cell_at(const struct db_rows *rows, size_t column)
{
	if (!rows->row || column >= rows->columns)
		abort();
	return &rows->cells[(rows->row - 1) * rows->columns + column];
}

bool db_rows_null(const struct db_rows *rows, size_t column)
{
	return cell_at(rows, column)->type == DB_NULL;
}

/* Sums come as text from PostgreSQL, whose sums may be larger than any number of ours. */
int64_t db_rows_int(const struct db_rows *rows, size_t column)
{
	const struct cell *cell = cell_at(rows, column);

	if (cell->type == DB_INT)
		return cell->number;
	return cell->type == DB_TEXT ? strtoll(rows->bytes.ptr + cell->at, NULL, 10) : 0;
}

hufu_view db_rows_view(const struct db_rows *rows, size_t column)
{
	const struct cell *cell = cell_at(rows, column);

	if (cell->type != DB_TEXT && cell->type != DB_BLOB)
		return (hufu_view){ "", 0 };
	return (hufu_view){ rows->bytes.ptr + cell->at, cell->len };
}

const char *db_rows_text(const struct db_rows *rows, size_t column)
{
	const struct cell *cell = cell_at(rows, column);

	return cell->type == DB_TEXT || cell->type == DB_BLOB ? rows->bytes.ptr + cell->at : NULL;
}

struct db_value db_rows_value(const struct db_rows *rows, size_t column)
{
	const struct cell *cell = cell_at(rows, column);

	if (cell->type == DB_INT)
		return db_int(cell->number);
	return (struct db_value){ .type = cell->type, .bytes = db_rows_view(rows, column) };
}
