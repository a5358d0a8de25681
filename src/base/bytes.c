/* A growable run of bytes: doubling, and a failure that sticks. Uses libc only. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAP = 64 };

void bytes_done(struct bytes *bytes)
{
	if (!bytes)
		return;
	free(bytes->ptr);
	*bytes = (struct bytes){ 0 };
}

char *bytes_room(struct bytes *bytes, size_t len)
{
	size_t want;

	if (bytes->failed)
		return NULL;
	if (bytes->ptr && len <= bytes->cap - bytes->len)
		return bytes->ptr + bytes->len;
	if (__builtin_add_overflow(bytes->len, len, &want) || want > SIZE_MAX / 4) {
		bytes->failed = true;
		return NULL;
	}
	size_t cap = bytes->cap ? bytes->cap : FIRST_CAP;
	while (cap < want)
		cap *= 2;
	char *grown = realloc(bytes->ptr, cap);
	if (!grown) {
		bytes->failed = true;
		return NULL;
	}
	bytes->ptr = grown;
	bytes->cap = cap;
	return grown + bytes->len;
}

void bytes_add(struct bytes *bytes, hufu_view more)
{
	if (more.len == 0)
		return;
	char *room = bytes_room(bytes, more.len);
	if (!room)
		return;
	memcpy(room, more.ptr, more.len);
	bytes->len += more.len;
}

void bytes_text(struct bytes *bytes, const char *text)
{
	bytes_add(bytes, view_of(text));
}

void bytes_byte(struct bytes *bytes, char byte)
{
	bytes_add(bytes, view_make(&byte, 1));
}

void bytes_print(struct bytes *bytes, const char *format, ...)
{
	va_list first, second;

	va_start(first, format);
	va_copy(second, first);
	int len = vsnprintf(NULL, 0, format, first);
	va_end(first);
	char *room = len < 0 ? NULL : bytes_room(bytes, (size_t)len + 1);
	if (room) {
		vsnprintf(room, (size_t)len + 1, format, second);
		bytes->len += (size_t)len;
	} else {
		bytes->failed = true;
	}
	va_end(second);
}
