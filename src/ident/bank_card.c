/* Bank cards, ISO/IEC 7812: 13 to 19 digits with Luhn's check. Tables of issuers are commercial, so only the
 * first digits are held against the schemes and lengths in use: 62 and its neighbours, Visa, Mastercard, JCB,
 * American Express, Diners, and the 9 of older Chinese cards. The airlines' 1, 12 digits and numbers that are
 * valid resident IDs are none. Passbook numbers carry no check and stay opaque. */
#include "ident/fold.h"

enum { CARD_MIN = 13, CARD_MAX = 19 };

static bool passes_luhn(const char *digits, size_t len)
{
	static const unsigned char doubled[] = { 0, 2, 4, 6, 8, 1, 3, 5, 7, 9 };
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(digits[len - 1 - i] - '0');
		sum += i % 2 ? doubled[digit] : digit;
	}
	return sum % 10 == 0;
}

static bool all_equal(const char *digits, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (digits[i] != digits[0])
			return false;
	}
	return true;
}

/* Whether a scheme gives out numbers that begin so at this length. */
static bool is_issued(const char *digits, size_t len)
{
	unsigned two = fold_number(digits, 2), four = fold_number(digits, 4);
	switch (len) {
	case 13:
		return digits[0] == '4';
	case 14:
		return two == 30 || two == 36 || two == 38 || two == 39;
	case 15:
		return two == 34 || two == 37;
	default:
		break;
	}
	switch (digits[0]) {
	case '2':
		return len == 16 && four >= 2221 && four <= 2720;
	case '3':
		return (four >= 3528 && four <= 3589) || two == 30 || two == 36 || two == 38 || two == 39;
	case '4':
	case '5':
	case '6':
		return true;
	case '9': /* 91 to 93 begin credit codes of companies, which can be all digits */
		return two < 91 || two > 93;
	default:
		return false;
	}
}

static bool is_card(const char *digits, size_t len)
{
	if (len < CARD_MIN || len > CARD_MAX || !fold_all_digits(digits, len))
		return false;
	if (!passes_luhn(digits, len) || !is_issued(digits, len) || all_equal(digits, len))
		return false;
	/* One ID in ten passes Luhn too; an American Express card that looks like an ID of 15 is the rarer thing. */
	return !(len == 18 && resident_id_valid(digits)) && !(len == 15 && resident_id_valid_old(digits));
}

static bool bank_card_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < CARD_MIN || cell.len > FOLD_VALUE_MAX || !fold_fits(out, cell.len))
		return false;
	if (is_card(cell.ptr, cell.len))
		return fold_result(out, cell.ptr, cell.len);
	char code[FOLD_CODE_MAX];
	size_t len = fold_code(cell, " -", code);
	return is_card(code, len) && fold_result(out, code, len);
}

/* Six and four, as the card schemes allow on paper; of the short ones four and four. */
static void bank_card_mask(hufu_view normal, struct ident_text *out)
{
	bool whole = normal.len >= CARD_MIN && normal.len <= CARD_MAX;
	size_t first = normal.len >= 16 ? 6 : 4;
	fold_mask(normal, whole ? first : 0, whole ? 4 : 0, out);
}

static bool is_written_so(const struct fold_run *runs, size_t count)
{
	if (count == 1)
		return true;
	for (size_t i = 0; i + 1 < count; i++) {
		if (runs[i].count < 4)
			return false;
	}
	return runs[0].count == 4 || runs[0].count == 6;
}

static bool accept(hufu_view value, hufu_view before)
{
	(void)before;
	char room[FOLD_VALUE_MAX];
	return bank_card_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

static bool bank_card_find(hufu_view text, size_t *at, size_t *len)
{
	static const struct fold_finder finder = {
		.separators = " -", .count_max = CARD_MAX, .shape = is_written_so, .accept = accept
	};
	return fold_find(&finder, text, at, len);
}

const struct ident_kind ident_bank_card = {
	.id = 5,
	.name = "bank_card",
	.zh = "银行卡号",
	/* Some 3,000 issuer numbers (12 bits) x 10^9 to 10^12 accounts (30 to 40); 9 x 10^9 cards are in use in China
	 * alone, in runs: 45. */
	.space_bits = 45,
	.strong = true,
	.normalise = bank_card_normalise,
	.mask = bank_card_mask,
	.find = bank_card_find,
};
