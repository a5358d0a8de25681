/* A stranger's text without what steers a terminal: an escape sequence in the middle of "2.28" would else be read as a
 * number, or shown as rubbish. */
#include "base/utf8.h"
#include "case/book.h"

enum { BEL = 0x07, ESC = 0x1B, CSI = 0x9B, OSC = 0x9D };

/* The rest of a sequence: "31m" behind ESC [, or "0;a title" and a BEL behind ESC ]. It ends with its line at the
 * latest. */
static void skip_sequence(hufu_view *rest, uint32_t kind)
{
	while (rest->len && rest->ptr[0] != '\n') {
		uint32_t character = utf8_next(rest);
		if (kind == CSI ? character >= 0x40 : character == BEL)
			return;
		if (kind == OSC && character == ESC && rest->len && rest->ptr[0] == '\\') {
			*rest = view_from(*rest, 1);
			return;
		}
	}
}

static bool is_text(uint32_t character)
{
	return character == '\n' || character == '\r' || character == '\t' || (character >= 0x20 && character < 0x7F) ||
	       character > 0x9F;
}

void text_calm(hufu_view text, struct bytes *out)
{
	while (text.len) {
		hufu_view from = text;
		uint32_t character = utf8_next(&text);
		if (character == ESC && text.len && (text.ptr[0] == '[' || text.ptr[0] == ']')) {
			character = text.ptr[0] == '[' ? CSI : OSC;
			text = view_from(text, 1);
		}
		if (character == CSI || character == OSC)
			skip_sequence(&text, character);
		else if (is_text(character))
			bytes_add(out, view_make(from.ptr, from.len - text.len));
	}
}
