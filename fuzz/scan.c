/* Identifiers in running text, and whose they are: whatever the bytes, hits come in order, within the text, and none
 * overlaps another; every hit is somebody's or nobody's. */
#include "read/people.h"

#include <stdlib.h>

/* libFuzzer's name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct scan_hit hits[SCAN_HITS_MAX];
	static uint16_t owner[SCAN_HITS_MAX];
	hufu_view text = view_make(data, len);
	size_t count = scan_text(text, hits, SCAN_HITS_MAX), end = 0;
	for (size_t i = 0; i < count; i++) {
		if (!hits[i].kind || hits[i].len == 0 || hits[i].at < end || (size_t)hits[i].at + hits[i].len > len)
			abort();
		end = (size_t)hits[i].at + hits[i].len;
	}
	size_t persons = people_part(text, hits, count, owner);
	for (size_t i = 0; i < count; i++)
		if (owner[i] != PEOPLE_NOBODY && owner[i] >= persons)
			abort();
	(void)scan_is_label(text);
	return 0;
}
