/* A growable run of bytes that owns its memory. Running out of memory is remembered (`failed`) and
 * later additions do nothing, so that a writer checks once at the end. */
#ifndef HUFU_BASE_BYTES_H
#define HUFU_BASE_BYTES_H

#include "base/view.h"

struct bytes {
	char *ptr;
	size_t len, cap;
	bool failed;
};

void bytes_done(struct bytes *bytes);
/* Room for `len` more bytes, not yet counted in `len`; NULL when memory is out. */
char *bytes_room(struct bytes *bytes, size_t len);
void bytes_add(struct bytes *bytes, hufu_view more);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_byte(struct bytes *bytes, char byte);
__attribute__((format(printf, 2, 3))) void bytes_print(struct bytes *bytes, const char *format, ...);

static inline hufu_view bytes_view(const struct bytes *bytes)
{
	return (hufu_view){ bytes->ptr, bytes->len };
}

#endif
