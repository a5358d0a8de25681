/* Text of a known dialect -> records in batches. */
#ifndef HUFU_READ_SPLIT_H
#define HUFU_READ_SPLIT_H

#include "jail/jail.h"
#include "read/dialect.h"

struct splitter {
	struct dialect dialect;
	size_t record_max;  /* longer records are left out */
	uint64_t malformed; /* records with another number of cells, or with a stray quote, or left out */
	uint64_t too_long;  /* records left out */

	/* Where another table may begin, the splitter stops and asks: at a record with another number of cells, or
	 * without digits in the watched column. */
	bool suspicious, watching;
	uint32_t watched; /* column */
	bool suspect;     /* out: stopped before such a record; the asker clears it */
	bool pass;        /* in: the next record is taken whatever it looks like; cleared when it is */
};

/* Splits whole records off `text` into `batch` until the batch is full (`*full`) or what is left is no whole record.
 * Returns the bytes taken; what may be another table's names (`suspect`) is left. `end`: nothing follows the text, so
 * that what is left is a record. MARKS_PAD bytes behind the text must be readable. */
size_t split_records(struct splitter *splitter, hufu_view text, bool end, struct sink_batch *batch, bool *full);

#endif
