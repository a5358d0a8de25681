/* The variants of utf8_valid: each returns how far the text is surely good, the beginning of a character. Internal to
 * src/base. */
#ifndef HUFU_BASE_UTF8_VARIANTS_H
#define HUFU_BASE_UTF8_VARIANTS_H

#include <stddef.h>

size_t utf8_valid_avx2(const unsigned char *text, size_t len);

#endif
