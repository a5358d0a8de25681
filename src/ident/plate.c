/* Chinese licence plates, GA 36-2018: province, letter, five more (ordinary) or six (new energy). Diplomatic,
 * military and police (WJ) plates have other shapes and are none here. */
#include "ident/fold.h"

enum { SERIAL_MAX = 6, PLATE_MAX = 3 + 1 + 5 + 3 };

/* The plate as characters: province, office, serial; a Han ending of an ordinary one apart. */
struct plate {
	uint32_t province, ending;
	char office, serial[SERIAL_MAX];
	size_t serial_len;
};

static bool is_province(uint32_t c)
{
	switch (c) {
	case U'京':
	case U'津':
	case U'沪':
	case U'渝':
	case U'冀':
	case U'豫':
	case U'云':
	case U'辽':
	case U'黑':
	case U'湘':
	case U'皖':
	case U'鲁':
	case U'新':
	case U'苏':
	case U'浙':
	case U'赣':
	case U'鄂':
	case U'桂':
	case U'甘':
	case U'晋':
	case U'蒙':
	case U'陕':
	case U'吉':
	case U'闽':
	case U'贵':
	case U'粤':
	case U'青':
	case U'藏':
	case U'川':
	case U'宁':
	case U'琼':
		return true;
	default:
		return false;
	}
}

static bool is_ending(uint32_t c)
{
	switch (c) {
	case U'挂':
	case U'学':
	case U'警':
	case U'港':
	case U'澳':
		return true;
	default:
		return false;
	}
}

static bool is_serial(uint32_t c)
{
	return fold_is_digit(c) || (fold_is_letter(c) && c != 'I' && c != 'O');
}

static bool is_energy(char c)
{
	return c >= 'A' && c <= 'K' && c != 'I';
}

/* Small cars have the energy's letter first, large ones last. */
static bool is_new_energy(const char *serial)
{
	return (is_energy(serial[0]) && fold_all_digits(serial + 2, 4)) ||
	       (fold_all_digits(serial, 5) && is_energy(serial[5]));
}

/* Reads a plate off the beginning of `rest`, as long as it goes. Returns false when there is none. */
static bool read_plate(hufu_view *rest, struct plate *plate)
{
	*plate = (struct plate){ 0 };
	if (rest->len < 3 || !is_province(plate->province = fold_next(rest)) || rest->len == 0)
		return false;
	uint32_t c = fold_upper(fold_next(rest));
	if (!fold_is_letter(c))
		return false;
	plate->office = (char)c;
	hufu_view after = *rest;
	if (after.len && ((c = fold_next(&after)) == FOLD_DOT || c == ' ' || c == '-' || c == '.'))
		*rest = after;
	while (rest->len && plate->serial_len < SERIAL_MAX) {
		after = *rest;
		c = fold_upper(fold_next(&after));
		if (plate->serial_len == 4 && is_ending(c)) {
			*rest = after;
			plate->ending = c;
			return true;
		}
		if (!is_serial(c))
			break;
		plate->serial[plate->serial_len++] = (char)c;
		*rest = after;
	}
	return plate->serial_len == 5 || (plate->serial_len == 6 && is_new_energy(plate->serial));
}

static bool plate_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < 9 || cell.len > FOLD_VALUE_MAX || !fold_fits(out, cell.len))
		return false;
	struct plate plate;
	hufu_view rest = fold_unquote(cell);
	if (!read_plate(&rest, &plate) || rest.len)
		return false;
	char text[PLATE_MAX + 4];
	size_t len = utf8_put(plate.province, text);
	text[len++] = plate.office;
	memcpy(text + len, plate.serial, plate.serial_len);
	len += plate.serial_len;
	if (plate.ending)
		len += utf8_put(plate.ending, text + len);
	return fold_result(out, text, len);
}

/* Province, office and the last two characters. */
static void plate_mask(hufu_view normal, struct ident_text *out)
{
	struct plate plate;
	hufu_view rest = normal;
	if (!read_plate(&rest, &plate) || rest.len) {
		fold_mask(normal, 0, 0, out);
		return;
	}
	size_t last = plate.ending ? 3 + 1 : 2;
	fold_mask(normal, 4, last, out);
}

/* A province's sign is also an everyday character: a serial in running text needs a digit and an end. */
static bool is_plate_at(hufu_view rest, size_t *len)
{
	struct plate plate;
	hufu_view whole = rest;
	if (!read_plate(&rest, &plate))
		return false;
	*len = whole.len - rest.len;
	hufu_view after = rest;
	uint32_t c = after.len ? fold_next(&after) : ' ';
	if (!plate.ending && (fold_is_digit(c) || fold_is_letter(c)))
		return false;
	for (size_t i = 0; i < plate.serial_len; i++) {
		if (fold_is_digit((unsigned char)plate.serial[i]))
			return true;
	}
	return false;
}

static bool plate_find(hufu_view text, size_t *at, size_t *len)
{
	for (hufu_view rest = view_from(text, *at); rest.len;) {
		if ((unsigned char)rest.ptr[0] < 0xE4) { /* no province begins lower */
			rest = view_from(rest, 1);
			continue;
		}
		/* Behind it stands a letter, narrow or wide: few characters have that. */
		unsigned char next = rest.len > 3 ? (unsigned char)rest.ptr[3] : 0;
		if ((fold_is_letter(next) || next == 0xEF) && is_plate_at(rest, len)) {
			*at = text.len - rest.len;
			return true;
		}
		(void)utf8_next(&rest);
	}
	return false;
}

const struct ident_kind ident_plate = {
	.id = 4,
	.name = "plate",
	.zh = "车牌号",
	/* 31 provinces x some 15 offices (9 bits) x 34^5 serials (25); the energy's letter adds little. */
	.space_bits = 34,
	.strong = true,
	.of_thing = true,
	.normalise = plate_normalise,
	.mask = plate_mask,
	.find = plate_find,
};
