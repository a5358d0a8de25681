/* Charsets that mails name. What is named is decoded so; what is not known, or named wrongly, is found out as that of a
 * file is (decode.h). Everything comes out as UTF-8, without zero bytes; what cannot be decoded becomes U+FFFD. */
#ifndef HUFU_READ_CHARSET_H
#define HUFU_READ_CHARSET_H

#include "base/bytes.h"
#include "base/status.h"

/* Loads the tables and converters; once, before the lock. One that the system lacks is found out instead. */
void charset_prepare(void);
/* Adds `text`, said to be in the charset `name` ("" when nothing is said), to `out`. */
void charset_decode(hufu_view name, hufu_view text, struct bytes *out);

#endif
