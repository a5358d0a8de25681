/* HTML reduced to text: what a reader of a mail would see, near enough to read a demand or a pasted table from. */
#ifndef HUFU_READ_HTML_H
#define HUFU_READ_HTML_H

#include "base/bytes.h"

/* Adds the text of `html` (UTF-8) to `out`: block elements on lines of their own, cells parted by tabs, entities
 * decoded, scripts and styles left out. Any bytes are fine; the text is never longer than a small multiple. */
void html_text(hufu_view html, struct bytes *out);

#endif
