/* Judging places: a few bytes around each, and never more than a code is long. */
#include "scan/places.h"

#include "scan/scan.h"

/* ---- classes ---- */

#define ASCII_DIGIT (1 << SIEVE_DIGIT | 1 << SIEVE_ALNUM)
#define CONTINUES (1 << SIEVE_HIGH)
#define ENDS_CLAUSE (1 << SIEVE_HIGH | 1 << SIEVE_CLAUSE)
#define BEGINS_HAN (1 << SIEVE_HIGH | 1 << SIEVE_HAN)

/* A bit a class. Tabs and the like are blanks to the kinds, and so are dashes here; a line feed ends a line. */
const uint16_t place_classes[256] = {
	['0'] = ASCII_DIGIT,
	['1'] = ASCII_DIGIT | 1 << SIEVE_ONE,
	['2'] = ASCII_DIGIT,
	['3' ... '9'] = ASCII_DIGIT | 1 << SIEVE_UPPER,
	['A' ... 'Z'] = 1 << SIEVE_ALNUM,
	['a' ... 'z'] = 1 << SIEVE_ALNUM,
	['\t'] = 1 << SIEVE_BLANK | 1 << SIEVE_MARK,
	['\v' ... '\r'] = 1 << SIEVE_BLANK,
	[' '] = 1 << SIEVE_BLANK,
	['-'] = 1 << SIEVE_BLANK | 1 << SIEVE_DASH,
	['.'] = 1 << SIEVE_DOT,
	['@'] = 1 << SIEVE_AT,
	[':'] = 1 << SIEVE_MARK,
	['='] = 1 << SIEVE_MARK,
	['#'] = 1 << SIEVE_JOINT,
	['/'] = 1 << SIEVE_JOINT,
	/* Of EF BC 80 to EF BC BF all but what parts or makes codes and addresses: # - . / 0 to 9, @ and letters. */
	[0x80 ... 0x82] = ENDS_CLAUSE,
	[0x83] = CONTINUES,
	[0x84 ... 0x8c] = ENDS_CLAUSE,
	[0x8d ... 0x99] = CONTINUES,
	[0x9a ... 0x9f] = ENDS_CLAUSE,
	[0xa0 ... 0xbb] = CONTINUES,
	[0xbc] = CONTINUES | 1 << SIEVE_SECOND,
	[0xbd ... 0xe2] = CONTINUES,
	[0xe3 ... 0xee] = BEGINS_HAN,
	[0xef] = BEGINS_HAN | 1 << SIEVE_FULL,
	[0xf0 ... 0xff] = BEGINS_HAN,
};

/* ---- numbers ---- */

/* One group of digits of a code, an X at its end counted. */
struct group {
	size_t at, len;
};

/* The group that begins at `at`; its length is 0 when there is none, or letters are in it. */
static inline struct group group_at(hufu_view text, size_t at)
{
	enum { MOST = 20 };
	struct group group = { .at = at };
	size_t end = at;
	while (end < text.len && end - at < MOST && place_is(text.ptr[end], SIEVE_DIGIT))
		end++;
	if (end > at && end < text.len && (text.ptr[end] | 0x20) == 'x')
		end++;
	if (end > at && !(end < text.len && place_is(text.ptr[end], SIEVE_ALNUM)))
		group.len = end - at;
	return group;
}

/* The group at one separator's distance behind. */
static inline struct group group_behind(hufu_view text, struct group group, enum sieve_byte separator)
{
	size_t end = group.at + group.len;
	bool parted = end < text.len && place_is(text.ptr[end], separator);
	return parted ? group_at(text, end + 1) : (struct group){ .at = end };
}

/* "13", ... "19": how a mobile number begins. */
static bool starts_mobile(const char *digits)
{
	return digits[0] == '1' && digits[1] >= '3';
}

/* Of a bank card, by Luhn's check over digits with separators among them. */
static bool may_be_card(hufu_view text)
{
	unsigned sum = 0, count = 0;
	if (text.ptr[0] < '2')
		return false;
	for (size_t i = text.len; i > 0; i--) {
		if (!place_is(text.ptr[i - 1], SIEVE_DIGIT))
			continue;
		unsigned digit = (unsigned)(text.ptr[i - 1] - '0') << (count++ & 1);
		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

/* The bit itself says it all. */
unsigned place_mobile(hufu_view text, size_t at, enum sieve_want want)
{
	(void)text;
	(void)at;
	(void)want;
	return SIEVE_PHONE;
}

/* At the 13th or 15th digit of a run. */
unsigned place_long(hufu_view text, size_t at, enum sieve_want want)
{
	(void)want;
	size_t begin = at - 12;
	if (begin >= 2 && place_is(text.ptr[begin - 1], SIEVE_DIGIT))
		begin -= 2;
	struct group run = group_at(text, begin);
	hufu_view whole = { text.ptr + begin, run.len };
	if (run.len < 13 || run.len > 19)
		return 0;
	unsigned found = may_be_card(whole) ? SIEVE_CARD : 0;
	if (run.len == 13 && starts_mobile(whole.ptr + 2)) /* with 86 before it */
		found |= SIEVE_PHONE;
	if (run.len == 15) /* with 0086; an old resident ID; the beginning of a new one whose last three stand off */
		found |= SIEVE_PHONE | SIEVE_ID;
	if (run.len == 18 && (whole.ptr[6] == '1' || whole.ptr[6] == '2')) /* born in 18.., 19.. or 20.. */
		found |= SIEVE_ID;
	return found;
}

/* As people write a mobile number, with 86 run on to it or not. */
static bool may_be_mobile(const char *digits, size_t first, size_t second, size_t third)
{
	static const unsigned char shapes[][3] = { { 3, 4, 4 }, { 4, 3, 4 }, { 4, 4, 3 }, { 3, 8 }, { 7, 4 } };
	if (first == 5 && second == 4 && third == 4)
		return starts_mobile(digits + 2);
	for (size_t i = 0; i < LEN(shapes); i++)
		if (first == shapes[i][0] && second == shapes[i][1] && (!shapes[i][2] || third == shapes[i][2]))
			return starts_mobile(digits);
	return false;
}

/* Digits at the end of what lies before `end`, as far as that matters. */
static inline struct group group_before(hufu_view text, size_t end)
{
	enum { MOST = 20 };
	size_t begin = end;
	while (begin > 0 && end - begin < MOST && place_is(text.ptr[begin - 1], SIEVE_DIGIT))
		begin--;
	return (struct group){ begin, end - begin };
}

/* A resident ID in groups of three and more, 15 or 18 characters in all; or a card, whose first group has four or six,
 * and the others but the last no fewer than four. */
static unsigned long_groups(hufu_view text, struct group first)
{
	enum { MOST = 19 };
	bool card = first.len == 4 || first.len == 6, id = true;
	unsigned found = 0;
	size_t sum = first.len;
	for (struct group group = group_behind(text, first, SIEVE_BLANK); group.len && (card || id);
	        group = group_behind(text, group, SIEVE_BLANK)) {
		sum += group.len;
		if (sum > MOST)
			break;
		id = id && group.len >= 3;
		if (id && (sum == 15 || sum == 18))
			found |= SIEVE_ID;
		hufu_view whole = { text.ptr + first.at, group.at + group.len - first.at };
		if (card && sum >= 13 && may_be_card(whole))
			found |= SIEVE_CARD;
		card = card && group.len >= 4;
	}
	return found;
}

/* At the third or fourth digit of the second group. */
unsigned place_groups(hufu_view text, size_t at, enum sieve_want want)
{
	(void)want;
	size_t separator = place_is(text.ptr[at - 3], SIEVE_DIGIT) ? at - 4 : at - 3;
	struct group first = group_before(text, separator);
	if (first.at > 0 && place_is(text.ptr[first.at - 1], SIEVE_ALNUM))
		return 0;
	const bool dot = place_is(text.ptr[separator], SIEVE_DOT);
	struct group second = group_at(text, separator + 1);
	size_t end = second.at + second.len;
	/* The third one, where there is any. */
	bool dot_behind = second.len && end < text.len && place_is(text.ptr[end], SIEVE_DOT);
	struct group third = group_behind(text, second, dot_behind ? SIEVE_DOT : SIEVE_BLANK);
	const size_t third_len = second.len ? third.len : 0;
	bool mobile = may_be_mobile(text.ptr + first.at, first.len, second.len, third_len);
	/* With dots only mobile numbers are written. */
	return (mobile ? SIEVE_PHONE : 0) | (dot ? 0 : long_groups(text, first));
}

/* ---- other codes ---- */

/* Behind a run of 17 or 18 letters and digits: a VIN has its check in the ninth place, or digits at its end; a credit
 * code has a region's six digits. */
static bool may_be_code(hufu_view text, size_t at)
{
	const char *code = text.ptr + at - 17;
	if (at > 17 && place_is(code[-1], SIEVE_ALNUM)) {
		code--;
		return place_is(code[2], SIEVE_DIGIT) && place_is(code[3], SIEVE_DIGIT) &&
		       place_is(code[4], SIEVE_DIGIT) && place_is(code[5], SIEVE_DIGIT);
	}
	return place_is(code[8], SIEVE_DIGIT) || (code[8] | 0x20) == 'x' ||
	       (place_is(code[13], SIEVE_DIGIT) && place_is(code[16], SIEVE_DIGIT));
}

unsigned place_run(hufu_view text, size_t at, enum sieve_want want)
{
	(void)want;
	return may_be_code(text, at) ? SIEVE_CODE : 0;
}

/* At the first digit behind the year of a date, or behind one of digits alone. Where dates are not wanted as such, a
 * label must announce it: "Birth: 1990-01-01". */
unsigned place_day(hufu_view text, size_t at, enum sieve_want want)
{
	if (want != SIEVE_NAMES)
		return SIEVE_DATE;
	const bool behind = at == text.len || !place_is(text.ptr[at], SIEVE_DIGIT);
	if (!behind && !strchr("-/.", text.ptr[at - 1]))
		return 0;
	return scan_labels(text, behind ? group_before(text, at).at : at - 5) ? SIEVE_DATE : 0;
}

unsigned place_sign(hufu_view text, size_t at, enum sieve_want want)
{
	(void)want;
	if (at < 2)
		return 0;
	char c = text.ptr[at - 2];
	return place_is(c, SIEVE_ALNUM) || (c && strchr(".-_%+", c)) ? SIEVE_MAIL : 0;
}

/* ---- characters above ASCII ---- */

/* The bytes of the character at `at`; those behind the text are zero. */
struct three {
	unsigned char first, second, third;
};

static inline struct three three_at(hufu_view text, size_t at)
{
	hufu_view rest = view_from(text, at);
	return (struct three){ rest.len > 0 ? (unsigned char)rest.ptr[0] : 0,
		rest.len > 1 ? (unsigned char)rest.ptr[1] : 0, rest.len > 2 ? (unsigned char)rest.ptr[2] : 0 };
}

/* What can stand in a code: blanks and dashes of any width, full-width letters, digits and signs, the year's. */
static bool may_be_part(struct three bytes)
{
	switch (bytes.first) {
	case 0xc2:
	case 0xe1:
	case 0xe2:
		return true;
	case 0xe3:
		return bytes.second == 0x80 && bytes.third == 0x80;
	case 0xe5:
		return bytes.second == 0xb9 && bytes.third == 0xb4;
	case 0xef:
		return bytes.second != 0xbc || !place_is((char)bytes.third, SIEVE_CLAUSE);
	default:
		return false;
	}
}

/* Part of an address' words: Han, letters and digits of full width, and what folds to '-', '#' or '/'. */
static bool may_be_word(struct three bytes)
{
	switch (bytes.first) {
	case 0xe2:
		return (bytes.second == 0x80 && bytes.third >= 0x90 && bytes.third <= 0x95) || bytes.second == 0x88;
	case 0xe3:
		return bytes.second >= 0x90 || (bytes.second == 0x80 && bytes.third == 0x87);
	case 0xef:
		return bytes.second != 0xbc || !place_is((char)bytes.third, SIEVE_CLAUSE);
	default:
		return bytes.first > 0xe3;
	}
}

/* In ASCII the same: letters, digits, and what parts numbers in an address. */
static inline bool is_beside(char c)
{
	return place_is(c, SIEVE_ALNUM) || place_is(c, SIEVE_DASH) || place_is(c, SIEVE_JOINT);
}

/* A character at `at` and what touches it before: of an address there is a digit in that. */
static bool touches_before(hufu_view text, size_t at)
{
	bool digit = false;
	if (!may_be_word(three_at(text, at)))
		return false;
	while (at > 0 && !digit && is_beside(text.ptr[at - 1]))
		digit = place_is(text.ptr[--at], SIEVE_DIGIT);
	return digit;
}

/* What touches at `at` the character before it: of an address there is a digit in that, and a plate has one among the
 * first behind its letter. */
static bool touches_behind(hufu_view text, size_t at)
{
	enum { PLATE_MAX = 12 };
	size_t before = at, end = at;
	bool digit = false;
	while (before > 0 && at - before < 4 && place_is(text.ptr[before - 1], SIEVE_HIGH) &&
	        !may_be_word(three_at(text, before)))
		before--;
	if (before == at || !may_be_word(three_at(text, before)))
		return false;
	while (end < text.len && !digit && is_beside(text.ptr[end]))
		digit = place_is(text.ptr[end++], SIEVE_DIGIT);
	while (end < text.len && !digit && end - at < PLATE_MAX)
		digit = place_is(text.ptr[end++], SIEVE_DIGIT);
	return digit;
}

static bool may_be_wide(hufu_view text, size_t at, enum sieve_want want)
{
	if (want == SIEVE_NAMES || want == SIEVE_ALL)
		return true;
	if (!place_is(text.ptr[at], SIEVE_HIGH))
		return touches_behind(text, at);
	/* The last byte of what is of full width. */
	const bool continues = (unsigned char)text.ptr[at] < 0xc0;
	if (continues && at >= 2 && place_is(text.ptr[at - 2], SIEVE_FULL))
		return true;
	if (at > 0 && place_is(text.ptr[at - 1], SIEVE_DIGIT) && may_be_part(three_at(text, at)))
		return true;
	return want == SIEVE_STRONG && touches_before(text, at);
}

unsigned place_character(hufu_view text, size_t at, enum sieve_want want)
{
	return may_be_wide(text, at, want) ? SIEVE_WIDE : 0;
}
