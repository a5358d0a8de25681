/* The line of column names of a part, kept to know it again: exports put one after the other, or printed page by page,
 * repeat it in the middle, and there it is no record. */
#ifndef HUFU_TABLE_NAMES_H
#define HUFU_TABLE_NAMES_H

#include "table/batch.h"

struct names {
	uint32_t columns;
	char *text;     /* owned */
	uint32_t *ends; /* [columns]: where each ends in `text` */
};

/* Keeps a record of a batch. False when memory is out. */
bool names_keep(struct names *names, const struct batch *batch, uint32_t row);
/* Whether a record repeats it. */
bool names_repeated(const struct names *names, const struct batch *batch, uint32_t row);
/* The first record at or behind `from` that repeats it, or batch->rows. Without names: none does. */
uint32_t names_find(const struct names *names, const struct batch *batch, uint32_t from);
void names_done(struct names *names);

#endif
