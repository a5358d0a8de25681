/* Encodings -> UTF-8, before anything is split: a GB18030 or Big5 second byte can be '|' or a letter.
 *
 * The encoding is found from a byte order mark, else from the zero bytes that UTF-16 has, else by the first characters
 * above ASCII, wherever they come. What cannot be decoded becomes U+FFFD and stops nothing. */
#ifndef HUFU_READ_DECODE_H
#define HUFU_READ_DECODE_H

#include "read/source.h"

enum encoding { ENCODING_ASCII, ENCODING_UTF8, ENCODING_GB18030, ENCODING_BIG5, ENCODING_UTF16LE, ENCODING_UTF16BE };

struct decoder {
	struct source *source; /* borrowed */
	unsigned char *raw;    /* owned: not decoded yet */
	size_t raw_at, raw_len, raw_cap;
	uint64_t raw_before; /* bytes of the source before raw[0] */
	bool raw_end;
	enum encoding encoding; /* ENCODING_ASCII until a character above it came */
	bool binary;            /* the beginning is no text */
	uint64_t broken;        /* characters that could not be decoded */
};

/* Looks at the beginning of `source`. `cap` bytes are held undecoded. */
hufu_status decoder_init(struct decoder *decoder, struct source *source, size_t cap);
void decoder_done(struct decoder *decoder);
/* Decodes into `out`, whole characters; 0 at the end. `cap` >= 16. */
size_t decoder_read(struct decoder *decoder, char *out, size_t cap);
/* Bytes of the source decoded so far: a border of characters. */
uint64_t decoder_at(const struct decoder *decoder);
/* Back to a place that decoder_at gave; the encoding stays as found. False where the source cannot. */
bool decoder_seek(struct decoder *decoder, uint64_t at);
/* "utf-8" while all was ASCII. */
const char *decoder_label(const struct decoder *decoder);

/* Loads the GB18030 and Big5 tables from the system; once, before the lock. */
hufu_status decode_prepare(void);
/* One run of GB18030, as for the names of archive members; returns bytes written, at most 3 for each byte of `in`.
 * Stops before a cut character unless `end`; `taken` says how far it came. */
size_t decode_gb18030(hufu_view in, bool end, char *out, size_t cap, size_t *taken, uint64_t *broken);

#endif
