/* Records put one by one into parts: what readers of structured text share. */
#ifndef HUFU_READ_RECORDS_H
#define HUFU_READ_RECORDS_H

#include "read/read.h"

enum { RECORDS_TEXT = 384 << 10 }; /* a batch is handed over from here on: it should stay in the second-level cache */

struct records {
	struct sink *sink;       /* borrowed */
	struct sink_batch batch; /* the record under way is batch.rows; its cells are empty until filled */
	bool open;               /* a part is */
	uint64_t malformed;      /* of the open part; while none is open, of the next */
	uint64_t parts;          /* opened so far */
};

/* Begins a part. `names` (label->columns of them) become its first record, or NULL. */
hufu_status records_open(struct records *records, const struct sink_label *label, const hufu_view *names);
/* Room for one record, all cells empty: BATCH_RECORD_MAX bytes of text and more. */
hufu_status records_begin(struct records *records);
/* Ends the part, if one is open. */
hufu_status records_close(struct records *records);

static inline void records_cell(struct records *records, uint32_t column, uint32_t at, uint32_t len)
{
	struct sink_batch *batch = &records->batch;
	batch->cells[(size_t)column * batch->stride + batch->rows] = (struct batch_cell){ at, len };
}

/* A stranger's text in UTF-8 as far as it can be seen in its first bytes: without a mark, and of UTF-16 the low halves.
 * Good enough to tell what it is. `out` has SOURCE_HEAD_MAX bytes. */
hufu_view records_head(hufu_view head, char *out);

#endif
