/* Resident IDs, GB 11643-1999: region, birth date, serial, check (ISO 7064 MOD 11-2); the old 15-digit form
 * becomes the new one. Likewise the residence permits for Hong Kong, Macau and Taiwan (81 to 83) and the
 * foreign permanent resident card of 2023 (9, province, country, then the same). Of a region only the
 * province is held against a list: abolished counties stay in force on cards. */
#include "ident/fold.h"

enum { RESIDENT_ID_LEN = 18, OLD_LEN = 15, YEAR_MAX = 2099 };

/* By the two digits' number. */
static const bool provinces[100] = { [11] = 1,
	[12] = 1,
	[13] = 1,
	[14] = 1,
	[15] = 1,
	[21] = 1,
	[22] = 1,
	[23] = 1,
	[31] = 1,
	[32] = 1,
	[33] = 1,
	[34] = 1,
	[35] = 1,
	[36] = 1,
	[37] = 1,
	[41] = 1,
	[42] = 1,
	[43] = 1,
	[44] = 1,
	[45] = 1,
	[46] = 1,
	[50] = 1,
	[51] = 1,
	[52] = 1,
	[53] = 1,
	[54] = 1,
	[61] = 1,
	[62] = 1,
	[63] = 1,
	[64] = 1,
	[65] = 1,
	[71] = 1,
	[81] = 1,
	[82] = 1,
	[83] = 1,
	[91] = 1 };

/* Both are digits. */
static bool is_province(const char *two)
{
	return provinces[(two[0] - '0') * 10 + two[1] - '0'];
}

static char check_character(const char *code)
{
	static const unsigned char weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	unsigned sum = 0;
	for (size_t i = 0; i < LEN(weights); i++)
		sum += (unsigned)(code[i] - '0') * weights[i];
	return "10X98765432"[sum % 11];
}

bool resident_id_valid(const char code[18])
{
	if (!fold_eight_digits(code) || !fold_eight_digits(code + 8) || !fold_is_digit((unsigned char)code[16]) ||
	        code[17] != check_character(code))
		return false;
	if (!is_province(code) && !(code[0] == '9' && is_province(code + 1)))
		return false;
	unsigned year = fold_number(code + 6, 4);
	return year <= YEAR_MAX && fold_is_day(year, fold_number(code + 10, 2), fold_number(code + 12, 2));
}

bool resident_id_valid_old(const char code[15])
{
	return fold_all_digits(code, OLD_LEN) && is_province(code) &&
	       fold_is_day(1900 + fold_number(code + 6, 2), fold_number(code + 8, 2), fold_number(code + 10, 2));
}

static bool resident_id_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < OLD_LEN || cell.len > FOLD_VALUE_MAX || !fold_fits(out, cell.len))
		return false;
	if (cell.len == RESIDENT_ID_LEN && resident_id_valid(cell.ptr))
		return fold_result(out, cell.ptr, RESIDENT_ID_LEN);
	char code[FOLD_CODE_MAX];
	size_t len = fold_code(cell, " -", code);
	if (len == OLD_LEN && resident_id_valid_old(code)) {
		memmove(code + 8, code + 6, OLD_LEN - 6);
		code[6] = '1';
		code[7] = '9';
		code[17] = check_character(code);
		return fold_result(out, code, RESIDENT_ID_LEN);
	}
	return len == RESIDENT_ID_LEN && resident_id_valid(code) && fold_result(out, code, len);
}

static void resident_id_mask(hufu_view normal, struct ident_text *out)
{
	bool whole = normal.len == RESIDENT_ID_LEN;
	fold_mask(normal, whole ? 6 : 0, whole ? 4 : 0, out);
}

static bool is_written_so(const struct fold_run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (runs[i].count < 3)
			return false;
	}
	return true;
}

/* 15 digits with a plausible province and date are one in seventy of all such numbers, and there is no check
 * digit: in running text they count only where the words before speak of a card. */
static bool speaks_of_card(hufu_view before)
{
	enum { NEAR = 32 };
	hufu_view near = view_from(before, before.len > NEAR ? before.len - NEAR : 0);
	return memmem(near.ptr, near.len, "证", 3) || memmem(near.ptr, near.len, "身份", 6) ||
	       memmem(near.ptr, near.len, "ID", 2) || memmem(near.ptr, near.len, "id", 2);
}

static bool accept(hufu_view value, hufu_view before)
{
	char room[FOLD_VALUE_MAX], code[FOLD_CODE_MAX];
	if (!resident_id_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room }))
		return false;
	return fold_code(value, " -", code) == RESIDENT_ID_LEN || speaks_of_card(before);
}

static bool resident_id_find(hufu_view text, size_t *at, size_t *len)
{
	static const struct fold_finder finder = {
		.separators = " -", .count_max = RESIDENT_ID_LEN, .shape = is_written_so, .accept = accept
	};
	return fold_find(&finder, text, at, len);
}

const struct ident_kind ident_resident_id = {
	.id = 2,
	.name = "resident_id",
	.zh = "身份证号",
	/* 7,000 counties with the abolished ones (13 bits) x 36,500 birth days (15) x 1,000 serials (10) = 38;
	 * 34 provinces x 200 countries x the same for foreigners = 38 as well: together 39 and a little. */
	.space_bits = 40,
	.strong = true,
	.joins_people = true,
	.normalise = resident_id_normalise,
	.mask = resident_id_mask,
	.find = resident_id_find,
};
