/* Unified social credit codes, GB 32100-2015: department, class, region, organisation code with a check of
 * its own (GB 11714), check. They name organisations, not people. */
#include "ident/fold.h"

enum { USCC_LEN = 18, ORGANISATION_AT = 8 };

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* The place in the alphabet of 31; 255 for I, O, S, V, Z and the rest. */
static unsigned char value_of(char c)
{
	const char *found = c ? strchr(alphabet, c) : NULL;
	return found ? (unsigned char)(found - alphabet) : 255;
}

/* The inner check counts over 0-9A-Z, not over the 31. */
static bool organisation_passes(const char *code)
{
	static const unsigned char weights[] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	unsigned sum = 0;
	for (size_t i = 0; i < LEN(weights); i++) {
		char c = code[i];
		sum += (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10) * weights[i];
	}
	return code[8] == "0X987654321"[sum % 11];
}

static bool is_uscc(const char *code)
{
	static const unsigned char weights[] = { 1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28 };
	/* Departments 1-9, A to G (some reserved), N (village collectives), Y; classes 1-5 and 9. */
	if (code[0] == '\0' || !strchr("123456789ABCDEFGNY", code[0]) || code[1] == '\0' || !strchr("123459", code[1]))
		return false;
	if (!fold_all_digits(code + 2, 6))
		return false;
	unsigned sum = 0;
	for (size_t i = 0; i < USCC_LEN; i++) {
		unsigned char value = value_of(code[i]);
		if (value == 255)
			return false;
		sum += i < LEN(weights) ? (unsigned)value * weights[i] : 0;
	}
	if (code[17] != alphabet[(31 - sum % 31) % 31] || !organisation_passes(code + ORGANISATION_AT))
		return false;
	return !resident_id_valid(code); /* one ID in three hundred passes both checks by chance */
}

static bool uscc_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < USCC_LEN || cell.len > FOLD_VALUE_MAX || !fold_fits(out, cell.len))
		return false;
	if (cell.len == USCC_LEN && is_uscc(cell.ptr))
		return fold_result(out, cell.ptr, USCC_LEN);
	char code[FOLD_CODE_MAX];
	size_t len = fold_code(cell, " -", code);
	return len == USCC_LEN && is_uscc(code) && fold_result(out, code, len);
}

/* Department, class and region, and the last two. */
static void uscc_mask(hufu_view normal, struct ident_text *out)
{
	bool whole = normal.len == USCC_LEN;
	fold_mask(normal, whole ? ORGANISATION_AT : 0, whole ? 2 : 0, out);
}

static bool accept(hufu_view value, hufu_view before)
{
	(void)before;
	char room[FOLD_VALUE_MAX];
	return uscc_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

static bool uscc_find(hufu_view text, size_t *at, size_t *len)
{
	static const struct fold_finder finder = {
		.separators = "", .count_max = USCC_LEN, .letters = true, .accept = accept
	};
	return fold_find(&finder, text, at, len);
}

const struct ident_kind ident_uscc = {
	.id = 6,
	.name = "uscc",
	.zh = "统一社会信用代码",
	/* 31 x a few classes x 3,000 regions, and organisation codes of 31^8 of which blocks are in use: 40. */
	.space_bits = 40,
	.normalise = uscc_normalise,
	.mask = uscc_mask,
	.find = uscc_find,
};
