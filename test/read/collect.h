/* For the tests of readers: reads memory into one text that can be compared.
 *
 *     [PATH FORMAT ENCODING COLUMNS]
 *     <cell><cell>
 *     end MALFORMED
 *     unread PATH: why */
#ifndef HUFU_TEST_COLLECT_H
#define HUFU_TEST_COLLECT_H

#include "base/bytes.h"
#include "read/read.h"

struct collected {
	struct bytes text;
	uint64_t records, malformed, lines, batches;
	uint32_t columns;
	enum jail_why why; /* of the last unread */
	unsigned unread;
	bool quiet; /* count only */
	bool wrong; /* a batch broke the limits, or events came out of order */
	bool open;
};

bool collect(void *user, const struct jail_message *message);
/* Reads `source`; aborts the test where our own side fails. */
void collect_source(struct source *source, hufu_view name, const struct read_limits *limits, struct collected *out);
/* Reads memory under the usual limits. */
void collect_memory(hufu_view memory, struct collected *out);
void collected_done(struct collected *collected);

#endif
