/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef HUFU_BASE_UTF8_H
#define HUFU_BASE_UTF8_H

#include "base/view.h"

#define UTF8_BROKEN UINT32_MAX

/* Takes one character off `rest` (which must not be empty). A broken byte gives UTF8_BROKEN and takes
 * that byte alone. */
uint32_t utf8_next(hufu_view *rest);
/* Writes a character, 1 to 4 bytes, and returns how many. */
size_t utf8_put(uint32_t character, char *out);
/* Length of the longest prefix that is whole and valid. */
size_t utf8_valid(hufu_view text);
/* Length of the longest prefix that is ASCII. */
size_t utf8_ascii(hufu_view text);
/* Columns that the text takes on a terminal (wide East Asian characters take two). */
size_t utf8_width(hufu_view text);

#endif
