/* Chinese mobile numbers: 11 digits, 1 and 3 to 9 first. Segments are not judged: new ones are handed out
 * and a list would be stale. Country code, blanks, dashes, dots and a spreadsheet's ".0" are folded away;
 * scientific notation has lost digits and is none. */
#include "ident/fold.h"

enum { MOBILE_LEN = 11 };

static bool is_mobile(const char *digits)
{
	return digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9' && fold_eight_digits(digits) &&
	       fold_eight_digits(digits + MOBILE_LEN - 8);
}

/* Bytes of "+86", "0086", "86", "(+86)" at the beginning with one separator behind; SIZE_MAX when it is another
 * country's. */
static size_t country_code(const char *text, size_t len)
{
	size_t at = 0;
	bool open = len > 0 && text[0] == '(';
	at += open;
	bool marked = open;
	if (at < len && text[at] == '+') {
		marked = true;
		at++;
	} else if (len - at > 2 && text[at] == '0' && text[at + 1] == '0') {
		marked = true;
		at += 2;
	}
	if (len - at < 2 || text[at] != '8' || text[at + 1] != '6')
		return marked ? SIZE_MAX : 0;
	at += 2;
	if (open && (at == len || text[at++] != ')'))
		return SIZE_MAX;
	return at < len && strchr(" -.", text[at]) ? at + 1 : at;
}

/* What a spreadsheet leaves behind a number that it took for a quantity. */
static bool is_zero_fraction(const char *text, size_t len)
{
	if (len < 2 || text[0] != '.')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (text[i] != '0')
			return false;
	}
	return true;
}

static bool mobile_normalise(hufu_view cell, struct ident_text *out)
{
	if (cell.len < MOBILE_LEN || cell.len > FOLD_VALUE_MAX || !fold_fits(out, cell.len))
		return false;
	if (cell.len == MOBILE_LEN && is_mobile(cell.ptr))
		return fold_result(out, cell.ptr, MOBILE_LEN);
	char text[FOLD_CODE_MAX], digits[MOBILE_LEN];
	size_t len = fold_ascii(cell, text, sizeof text), count = 0;
	size_t at = country_code(text, len), begin = at;
	for (; at < len && count < MOBILE_LEN; at++) {
		if (fold_is_digit((unsigned char)text[at]))
			digits[count++] = text[at];
		else if (at == begin || !strchr(" -.", text[at]) || !fold_is_digit((unsigned char)text[at - 1]))
			return false;
	}
	if (count != MOBILE_LEN || !is_mobile(digits))
		return false;
	if (at != len && !(at - begin == MOBILE_LEN && is_zero_fraction(text + at, len - at)))
		return false;
	return fold_result(out, digits, MOBILE_LEN);
}

static void mobile_mask(hufu_view normal, struct ident_text *out)
{
	bool whole = normal.len == MOBILE_LEN;
	fold_mask(normal, whole ? 3 : 0, whole ? 4 : 0, out);
}

/* As people write them: 11, 3-4-4, 3-8, 7-4, 4-3-4, 4-4-3, after a country code or not. */
static bool is_written_so(const struct fold_run *runs, size_t count)
{
	static const unsigned char shapes[][3] = { { 11 }, { 3, 4, 4 }, { 3, 8 }, { 7, 4 }, { 4, 3, 4 }, { 4, 4, 3 } };
	if (count == 1)
		return true; /* with the country code run on: normalising judges it */
	if (runs[0].count == 2 || (runs[0].count == 4 && runs[1].count == 11)) {
		runs++;
		count--;
	} else if (runs[0].count == 4 && count == 4) {
		runs++;
		count--;
	}
	for (size_t i = 0; i < LEN(shapes); i++) {
		size_t same = 0;
		while (same < count && same < 3 && runs[same].count == shapes[i][same])
			same++;
		if (same == count && (same == 3 || shapes[i][same] == 0))
			return true;
	}
	/* "+86138 1234 5678" */
	return count == 3 && runs[0].count == 5 && runs[1].count == 4 && runs[2].count == 4;
}

static bool accept(hufu_view value, hufu_view before)
{
	(void)before;
	char room[FOLD_VALUE_MAX];
	return mobile_normalise(value, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

static bool mobile_find(hufu_view text, size_t *at, size_t *len)
{
	static const struct fold_finder finder = {
		.separators = " -.", .count_max = MOBILE_LEN + 4, .shape = is_written_so, .accept = accept
	};
	size_t from = *at, begin = *at, found;
	if (!fold_find(&finder, text, &begin, &found))
		return false;
	/* A plus belongs to the country code that it announces. */
	uint32_t c;
	size_t plus = fold_before(text, begin, &c);
	if (plus && c == '+' && begin - plus >= from) {
		hufu_view with = { text.ptr + begin - plus, found + plus };
		if (accept(with, (hufu_view){ 0 })) {
			begin -= plus;
			found += plus;
		}
	}
	*at = begin;
	*len = found;
	return true;
}

const struct ident_kind ident_mobile = {
	.id = 1,
	.name = "mobile",
	.zh = "手机号",
	/* Some 40 segments of 10^8 each are handed out: 4 x 10^9. */
	.space_bits = 32,
	.strong = true,
	.normalise = mobile_normalise,
	.mask = mobile_mask,
	.find = mobile_find,
};
