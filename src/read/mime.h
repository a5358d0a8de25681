/* The codes of mail: encoded words (RFC 2047), parameters (RFC 2045, 2231), transfer encodings. Over memory, and any
 * bytes are fine. */
#ifndef HUFU_READ_MIME_H
#define HUFU_READ_MIME_H

#include "base/bytes.h"
#include "base/status.h"

/* ASCII letters alike in both cases. */
bool mime_same(hufu_view a, const char *b);
bool mime_starts(hufu_view a, const char *prefix);

/* Adds a field's value to `out`, UTF-8 on one line: encoded words decoded, control bytes as blanks. */
void mime_words(hufu_view value, struct bytes *out);

/* The first word of a field's value, before any parameter: "text/html". */
hufu_view mime_value(hufu_view field);
/* Adds the parameter `name` of a field's value to `out`, decoded; false when there is none. */
bool mime_parameter(hufu_view field, const char *name, struct bytes *out);

enum mime_transfer { MIME_AS_IS, MIME_QUOTED, MIME_BASE64, MIME_UUENCODE };
enum mime_transfer mime_transfer(hufu_view value);

/* Decodes line by line. */
struct mime_decoder {
	enum mime_transfer transfer;
	uint32_t bits;
	unsigned count;
	bool soft;    /* quoted: the line end that follows is none */
	bool damaged; /* something could not be meant so */
};
/* Decodes one line, without its end, or a piece of one into `out`, which has room for `line.len` bytes; `last`: its end
 * follows. Returns the bytes written. */
size_t mime_decode(struct mime_decoder *decoder, hufu_view line, bool last, char *out);

#endif
