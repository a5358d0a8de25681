/* Every reader over memory: whatever the bytes, the sink gets events in order and batches within their limits. The
 * first byte chooses the sizes of buffers, so that borders fall everywhere; the rest is the leak. */
#include "read/read.h"

#include <stdlib.h>

/* libFuzzer's name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	bool open;
	uint32_t columns;
};

static bool check(void *user, const struct jail_message *message)
{
	struct seen *seen = user;
	bool good = true;
	switch (message->event) {
	case JAIL_PART:
		good = !seen->open && message->columns > 0 && message->columns <= BATCH_COLUMNS_MAX;
		seen->open = true;
		seen->columns = message->columns;
		break;
	case JAIL_BATCH:
		good = seen->open && message->batch.columns == seen->columns && batch_check(&message->batch);
		break;
	case JAIL_PART_END:
		good = seen->open;
		seen->open = false;
		break;
	case JAIL_UNREAD:
		good = message->why > JAIL_WHY_NONE && message->why < JAIL_WHY_COUNT;
		break;
	case JAIL_DONE:
		break;
	}
	if (!good)
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool prepared;
	if (!prepared && read_prepare() != HUFU_OK)
		abort();
	prepared = true;
	if (len == 0)
		return 0;

	struct read_limits limits = read_limits_usual;
	struct source source;
	struct seen seen = { 0 };
	size_t size = data[0] % 64;
	/* Small ones, so that borders are met, and so that a run is quick. */
	limits.raw = 16 + size * 5;
	limits.window = size == 63 ? 65536 : 160 + size * 11;
	limits.members = 50;
	limits.unpacked = 4 << 20;
	source_memory(&source, view_make(data + 1, len - 1));
	source.chunk = size;
	struct sink *sink = sink_local(check, &seen);
	if (!sink)
		return 0;
	if (read_leak(&source, view_of("leak"), &limits, sink) != HUFU_OK || seen.open)
		abort();
	sink_free(sink);
	return 0;
}
