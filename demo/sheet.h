/* Rows as delimited text, to a file or in another encoding. */
#ifndef HUFU_DEMO_SHEET_H
#define HUFU_DEMO_SHEET_H

#include "base/bytes.h"
#include "company.h"

/* A column as somebody shows it: under a header of his own. */
struct shown {
	const char *header, *column;
};

/* A header line (where `header`) and the rows of `dataset` at these indices (NULL: the first `count`), cells
 * quoted where needed when the separator is a single byte. */
struct sheet {
	const struct company *company;
	enum dataset_id dataset;
	const struct shown *columns;
	size_t column_count;
	const char *separator;
	bool header;
};
void sheet_write(const struct sheet *sheet, const uint32_t *rows, size_t count, struct bytes *out);
/* The whole dataset under its own headers, UTF-8, into DIR/DATASET/DAY.csv. */
void snapshot_write(const struct company *company, enum dataset_id dataset, const char *dir, const char *day);

/* `text` in another encoding as iconv names it; the caller frees with bytes_done. */
struct bytes encoded(hufu_view text, const char *encoding);
/* Replaces DIR/NAME. */
void file_write(const char *dir, const char *name, hufu_view contents);

#endif
