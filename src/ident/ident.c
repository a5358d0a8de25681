/* The table of identifier kinds, and what holds for cells of no kind. A new kind is one file that ends in a
 * const struct and one line here. */
#include "ident/fold.h"

#include <strings.h>

const struct ident_kind *const ident_kinds[] = {
	&ident_mobile,
	&ident_resident_id,
	&ident_vin,
	&ident_plate,
	&ident_bank_card,
	&ident_uscc,
	&ident_email,
	&ident_name,
	&ident_address,
	&ident_date,
};
const size_t ident_kinds_count = LEN(ident_kinds);

const struct ident_kind *ident_by_id(uint8_t id)
{
	for (size_t i = 0; i < ident_kinds_count; i++) {
		if (ident_kinds[i]->id == id)
			return ident_kinds[i];
	}
	return NULL;
}

const struct ident_kind *ident_by_name(hufu_view name)
{
	for (size_t i = 0; i < ident_kinds_count; i++) {
		if (view_is(name, ident_kinds[i]->name))
			return ident_kinds[i];
	}
	return NULL;
}

/* Copies what needs no folding: visible ASCII in lower case, common Han characters. Returns how many bytes of the cell
 * it could do; what it wrote of a cell that it could not do wholly is not kept. */
static size_t opaque_plain(hufu_view cell, char *to)
{
	size_t at = 0;
	while (at < cell.len) {
		unsigned char c = (unsigned char)cell.ptr[at];
		if (c - 0x21u < 0x5E) {
			to[at++] = (char)fold_lower(c);
		} else if (fold_common_han(cell.ptr + at, cell.len - at)) {
			memmove(to + at, cell.ptr + at, 3);
			at += 3;
		} else {
			break;
		}
	}
	return at;
}

void ident_opaque(hufu_view cell, struct ident_text *out)
{
	out->len = 0;
	if (!fold_fits(out, cell.len))
		return;
	if (opaque_plain(cell, out->ptr) == cell.len) {
		out->len = cell.len;
		return;
	}
	hufu_view rest = fold_trim(cell);
	while (rest.len) {
		const char *here = rest.ptr;
		uint32_t c = fold_next(&rest);
		size_t taken = (size_t)(rest.ptr - here);
		/* Other dashes and dots stay as they are: a running number of the company may mean them. */
		bool ascii = c < 0x80 && (c != '-' || taken == 1 || (unsigned char)here[0] == 0xEF);
		if (!ascii) {
			memmove(out->ptr + out->len, here, taken);
			out->len += taken;
		} else if (c != ' ' || (out->len && out->ptr[out->len - 1] != ' ')) {
			out->ptr[out->len++] = (char)fold_lower(c);
		}
	}
}

bool ident_is_empty(hufu_view cell)
{
	hufu_view trimmed = fold_trim(cell);
	if (trimmed.len > 4)
		return false;
	if (trimmed.len == 0 || view_is(trimmed, "\\N") || view_is(trimmed, "-") || view_is(trimmed, "None"))
		return true;
	return trimmed.len == 4 && strncasecmp(trimmed.ptr, "null", 4) == 0;
}

void ident_mask_opaque(hufu_view value, struct ident_text *out)
{
	out->len = 0;
	if (!fold_fits(out, value.len) || value.len == 0)
		return;
	hufu_view rest = value;
	uint32_t first = utf8_next(&rest);
	size_t shown = value.len - rest.len;
	if (rest.len == 0 || first == UTF8_BROKEN) /* a single character would be the whole value */
		out->ptr[out->len++] = '*';
	else
		(void)fold_result(out, value.ptr, shown);
	while (rest.len) {
		(void)utf8_next(&rest);
		out->ptr[out->len++] = '*';
	}
}
