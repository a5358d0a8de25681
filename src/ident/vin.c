/* Vehicle identification numbers, GB 16735 and ISO 3779: 17 of A-Z without I, O, Q and 0-9.
 *
 * The check digit (ninth place) is law in China and North America, not in ISO 3779. Other projects' vectors
 * refuse a failing one for Japan too, so it is asked of every maker but Europe's (S to Z), who put fillers and
 * steering codes there; of those ISO's other rule is asked, that the last four are digits, and a maker's code
 * that is no filler itself. */
#include "ident/fold.h"

enum { VIN_LEN = 17, CHECK_AT = 8 };

enum { NO = 0x80 };

/* Value of a letter or digit for the check; NO for what no VIN has. */
static const unsigned char values[256] = { [0 ... '0' - 1] = NO,
	0,
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	['9' + 1 ... 'A' - 1] = NO,
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	NO,
	1,
	2,
	3,
	4,
	5,
	NO,
	7,
	NO,
	9,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	['Z' + 1 ... 255] = NO };

static bool is_vin(const char *code)
{
	static const unsigned char weights[VIN_LEN] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2 };
	unsigned sum = 0, any = 0;
	for (size_t i = 0; i < VIN_LEN; i++) {
		unsigned value = values[(unsigned char)code[i]];
		any |= value;
		sum += value * weights[i];
	}
	if (any & NO)
		return false;
	if (code[CHECK_AT] == "0123456789X"[sum % 11])
		return true;
	bool europe = code[0] >= 'S' && code[0] <= 'Z';
	bool filler = code[0] == code[1] && code[1] == code[2];
	return europe && !filler && fold_all_digits(code + VIN_LEN - 4, 4);
}

static bool vin_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < VIN_LEN || cell.len > FOLD_VALUE_MAX || !fold_fits(out, cell.len))
		return false;
	if (cell.len == VIN_LEN && is_vin(cell.ptr))
		return fold_result(out, cell.ptr, VIN_LEN);
	char code[FOLD_CODE_MAX];
	size_t len = fold_code(cell, " -", code);
	return len == VIN_LEN && is_vin(code) && fold_result(out, code, len);
}

static void vin_mask(hufu_view normal, struct ident_text *out)
{
	bool whole = normal.len == VIN_LEN;
	fold_mask(normal, whole ? 3 : 0, whole ? 4 : 0, out);
}

/* One number in eleven of 17 digits passes the check, and no maker's VIN is all digits. */
static bool has_letter(const struct fold_run *runs, size_t count)
{
	return count == 1 && runs[0].letters;
}

static bool accept(hufu_view value, hufu_view before)
{
	(void)before;
	char room[FOLD_VALUE_MAX];
	return vin_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

static bool vin_find(hufu_view text, size_t *at, size_t *len)
{
	static const struct fold_finder finder = {
		.separators = "", .count_max = VIN_LEN, .letters = true, .shape = has_letter, .accept = accept
	};
	return fold_find(&finder, text, at, len);
}

const struct ident_kind ident_vin = {
	.id = 3,
	.name = "vin",
	.zh = "车架号",
	/* 33^16 is 80 bits, but makers use some thousand codes (10), a few hundred descriptions each (12), year and
	 * plant (8) and six digits (20): about 50, less what is never built. */
	.space_bits = 48,
	.strong = true,
	.of_thing = true,
	.normalise = vin_normalise,
	.mask = vin_mask,
	.find = vin_find,
};
