/* Text in lines that a terminal can hold: Chinese takes two columns a character and may be broken between any two. */
#ifndef HUFU_CMD_WRAP_H
#define HUFU_CMD_WRAP_H

#include "base/view.h"

#include <stdio.h>

/* Bytes of `text` that go on a line of so many columns, blanks at its end among them; at least one character. */
size_t wrap_len(hufu_view text, size_t columns);
/* `text` behind a mark, its further lines set in as deep; `style` and `plain` switch its looks ("": not at all).
 * Width 0: one line. */
void wrap_print(FILE *to, size_t width, const char *mark, const char *style, const char *text, const char *plain);

#endif
