/* Rows as delimited text: see sheet.h. */
#include "sheet.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>

static void give_up_error(const hufu_error *error)
{
	char line[512];
	error_line(error, line, sizeof line);
	give_up(line);
}

static void add_cell(struct bytes *out, const char *cell, const char *separator)
{
	hufu_view text = view_of(cell);
	bool quote = !separator[1] && strpbrk(cell, "\"\r\n");
	if (!quote && (separator[1] || !memchr(cell, separator[0], text.len))) {
		bytes_add(out, text);
		return;
	}
	bytes_byte(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			bytes_byte(out, '"');
		bytes_byte(out, text.ptr[i]);
	}
	bytes_byte(out, '"');
}

void sheet_write(const struct sheet *sheet, const uint32_t *rows, size_t count, struct bytes *out)
{
	const struct dataset *dataset = &datasets[sheet->dataset];
	hufu_view separator = view_of(sheet->separator);
	size_t at[16] = { 0 };

	if (sheet->column_count > LEN(at))
		give_up("a sheet has too many columns");
	for (size_t c = 0; c < sheet->column_count; c++) {
		const struct column *column = dataset_column(dataset, sheet->columns[c].column);
		if (!column)
			give_up("a sheet asks for a column that its dataset does not have");
		at[c] = column->at;
		if (!sheet->header)
			continue;
		bytes_add(out, c ? separator : view_of(""));
		add_cell(out, sheet->columns[c].header, sheet->separator);
	}
	if (sheet->header)
		bytes_byte(out, '\n');
	for (size_t i = 0; i < count; i++) {
		const char *row = row_at(sheet->company, sheet->dataset, rows ? rows[i] : i);
		for (size_t c = 0; c < sheet->column_count; c++) {
			if (c)
				bytes_add(out, separator);
			add_cell(out, row + at[c], sheet->separator);
		}
		bytes_byte(out, '\n');
	}
	if (out->failed)
		give_up("out of memory; ask for fewer customers");
}

void file_write(const char *dir, const char *name, hufu_view contents)
{
	hufu_error error = { 0 };
	AUTO_FREE char *path = io_join(dir, name);
	if (!path)
		give_up("out of memory");
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 ? (fail_errno(&error, view_of(path), NULL), true)
	           : io_write(fd, contents.ptr, contents.len, path, &error) != HUFU_OK)
		give_up_error(&error);
}

void snapshot_write(const struct company *company, enum dataset_id id, const char *dir, const char *day)
{
	const struct dataset *dataset = &datasets[id];
	struct shown columns[16];
	struct bytes text = { 0 };
	hufu_error error = { 0 };
	char name[DAY_MAX_BYTES + 8];

	for (size_t c = 0; c < dataset->column_count && c < LEN(columns); c++)
		columns[c] = (struct shown){ dataset->columns[c].name, dataset->columns[c].name };
	sheet_write(&(struct sheet){ company, id, columns, dataset->column_count, ",", true }, NULL,
	        company->rows[id].count, &text);
	AUTO_FREE char *folder = io_join(dir, dataset->name);
	if (!folder)
		give_up("out of memory");
	if (io_make_dir(folder, &error) != HUFU_OK)
		give_up_error(&error);
	snprintf(name, sizeof name, "%s.csv", day);
	file_write(folder, name, bytes_view(&text));
	bytes_done(&text);
}

struct bytes encoded(hufu_view text, const char *encoding)
{
	struct bytes out = { 0 };
	iconv_t turn = iconv_open(encoding, "UTF-8");
	char *in = (char *)(uintptr_t)text.ptr; /* iconv's signature is older than const */
	size_t in_left = text.len, cap = text.len * 4 + 16, out_left = cap;
	char *to = bytes_room(&out, cap);

	if (turn == (iconv_t)-1 || !to)
		give_up("this system cannot write that encoding, or memory is out");
	if (iconv(turn, &in, &in_left, &to, &out_left) == (size_t)-1)
		give_up("a text does not fit its encoding");
	iconv_close(turn);
	out.len = cap - out_left;
	return out;
}
