/* Where certain bytes stand in a text, as bits: the part of splitting that runs at memory speed. */
#ifndef HUFU_READ_MARKS_H
#define HUFU_READ_MARKS_H

#include <stddef.h>
#include <stdint.h>

enum { MARKS_PAD = 64 }; /* bytes that must be readable behind the text */

/* Sets bit i of marks[] where text[i] is one of three bytes (repeat one to look for fewer). Writes whole words:
 * ceil(len / 64); bits at and behind `len` are 0. */
void marks_find(const char *text, size_t len, const char bytes[3], uint64_t *marks);

/* The wide variant: whole words, not masked at the end. Internal to marks.c. */
void marks_find_avx2(const char *text, size_t words, const char bytes[3], uint64_t *marks);

#endif
