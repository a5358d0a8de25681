/* A value as it is shown back to its owner: trimmed, width folded, letters as they were. */
#include "ident/fold.h"

void ident_shown(hufu_view cell, struct ident_text *out)
{
	hufu_view rest = fold_trim(cell);
	out->len = 0;
	while (rest.len && out->len + 4 <= out->cap) {
		uint32_t c = fold_next(&rest);
		out->len += utf8_put(c == UTF8_BROKEN ? '?' : c, out->ptr + out->len);
	}
}
