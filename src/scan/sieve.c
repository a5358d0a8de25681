/* The walk: words of bits from the variant that the processor has, and each bit judged by the bytes around it. */
#include "scan/sieve.h"

#include "base/simd.h"
#include "scan/scan.h"
#include "scan/sieve_variants.h"

/* ---- classes, in plain C ---- */

enum { DIGIT = 1, LETTER = 2, BLANK = 4, DOT = 8, SIGN = 16, MARK = 32, HIGH = 64, HAN = 128 };

/* Tabs and the like are blanks to the kinds, and so are dashes here; a line feed ends a line. */
static const unsigned char byte_classes[256] = {
	['0' ... '9'] = DIGIT,
	['a' ... 'z'] = LETTER,
	['A' ... 'Z'] = LETTER,
	['\t'] = BLANK | MARK,
	['\v' ... '\r'] = BLANK,
	[' '] = BLANK,
	['-'] = BLANK,
	['.'] = DOT,
	['@'] = SIGN,
	[':'] = MARK,
	['='] = MARK,
	[0x80 ... 0xe2] = HIGH,
	[0xe3 ... 0xff] = HIGH | HAN,
};

static inline unsigned class_of(char byte)
{
	return byte_classes[(unsigned char)byte];
}

static struct sieve_masks classify(const char *text)
{
	struct sieve_masks masks = { 0 };
	for (unsigned i = 0; i < 64; i++) {
		const uint64_t class = class_of(text[i]);
		masks.digit |= (class / DIGIT & 1) << i;
		masks.code |= ((class / DIGIT | class / LETTER) & 1) << i;
		masks.blank |= (class / BLANK & 1) << i;
		masks.dot |= (class / DOT & 1) << i;
		masks.sign |= (class / SIGN & 1) << i;
		masks.mark |= (class / MARK & 1) << i;
		masks.high |= (class / HIGH & 1) << i;
		masks.han |= (class / HAN & 1) << i;
		masks.joint |= (uint64_t)(text[i] == '#' || text[i] == '/') << i;
		masks.full |= (uint64_t)((unsigned char)text[i] == 0xef) << i;
	}
	return masks;
}

#define TARGET
#define WORDS sieve_words_plain
#include "scan/sieve_kernel.inc"

static void find_words(
        const char *text, size_t words, enum sieve_want want, struct sieve_before *before, uint64_t *bits)
{
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX512)
		sieve_words_avx512(text, words, want, before, bits);
	else if (simd_level() >= SIMD_AVX2)
		sieve_words_avx2(text, words, want, before, bits);
	else
#endif
		sieve_words_plain(text, words, want, before, bits);
}

/* ---- groups of digits ---- */

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_code(char c)
{
	return class_of(c) & (DIGIT | LETTER);
}

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
	while (end < text.len && end - at < MOST && is_digit(text.ptr[end]))
		end++;
	if (end > at && end < text.len && (text.ptr[end] | 0x20) == 'x')
		end++;
	if (end > at && !(end < text.len && is_code(text.ptr[end])))
		group.len = end - at;
	return group;
}

/* The group at one separator's distance behind. */
static inline struct group group_behind(hufu_view text, struct group group)
{
	size_t end = group.at + group.len;
	bool parted = end < text.len && (class_of(text.ptr[end]) & (BLANK | DOT));
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
		if (!is_digit(text.ptr[i - 1]))
			continue;
		unsigned digit = (unsigned)(text.ptr[i - 1] - '0') << (count++ & 1);
		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

/* ---- judging a bit ---- */

/* One run of 11 digits or more. */
static bool may_be_number(hufu_view text, size_t begin)
{
	/* Most such numbers are a little too long. */
	if (begin + 12 < text.len && is_digit(text.ptr[begin + 11]) && !is_code(text.ptr[begin + 12]))
		return false;
	struct group run = group_at(text, begin);
	hufu_view whole = { text.ptr + begin, run.len };
	switch (run.len) {
	case 11:
		return starts_mobile(whole.ptr);
	case 13: /* with 86 before it */
		return starts_mobile(whole.ptr + 2) || may_be_card(whole);
	case 15: /* with 0086; an old resident ID; the beginning of a new one whose last three stand off */
		return true;
	case 14:
	case 16:
	case 17:
	case 19:
		return may_be_card(whole);
	case 18: /* a resident ID: born in 18.., 19.. or 20.. */
		return whole.ptr[6] == '1' || whole.ptr[6] == '2' || may_be_card(whole);
	default:
		return false;
	}
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

/* The first two groups of a code that is written in groups. */
static bool may_be_groups(hufu_view text, size_t separator)
{
	enum { MOST = 19 };
	size_t begin = separator;
	while (begin > 0 && separator - begin <= MOST && is_digit(text.ptr[begin - 1]))
		begin--;
	if (begin > 0 && is_code(text.ptr[begin - 1]))
		return false;
	/* With dots only mobile numbers are written. */
	if (text.ptr[separator] == '.' && text.ptr[begin] != '1' && text.ptr[begin] != '8')
		return false;
	struct group first = { begin, separator - begin }, group = group_behind(text, first);
	if (may_be_mobile(text.ptr + begin, first.len, group.len, group.len ? group_behind(text, group).len : 0))
		return true;
	/* Cards and resident IDs, by how many characters all groups have together. */
	bool card = first.len == 4 || first.len == 6;
	for (size_t sum = first.len; group.len && text.ptr[group.at - 1] != '.'; group = group_behind(text, group)) {
		sum += group.len;
		if (sum == 15 || sum == 18)
			return true;
		if (sum > MOST)
			return false;
		if (card && sum >= 13 && may_be_card(view_make(text.ptr + begin, group.at + group.len - begin)))
			return true;
	}
	return false;
}

static bool may_be_mail(hufu_view text, size_t sign)
{
	if (sign == 0)
		return false;
	char c = text.ptr[sign - 1];
	return is_code(c) || c == '.' || c == '-' || c == '_' || c == '%' || c == '+';
}

/* A run of 17 or 18 letters and digits: a VIN has its check in the ninth place, or digits at its end; a credit code has
 * a region's six digits. */
static bool may_be_code(hufu_view text, size_t end)
{
	const char *code = text.ptr + end - 17;
	if (end > 17 && is_code(code[-1])) {
		code--;
		return is_digit(code[2]) && is_digit(code[3]) && is_digit(code[4]) && is_digit(code[5]);
	}
	return is_digit(code[8]) || (code[8] | 0x20) == 'x' || (is_digit(code[13]) && is_digit(code[16]));
}

/* The length of the run of letters and digits before `end`, as far as that matters. */
static size_t run_before(hufu_view text, size_t end)
{
	size_t begin = end;
	while (begin > 0 && end - begin <= 18 && is_code(text.ptr[begin - 1]))
		begin--;
	return end - begin;
}

static bool wants_dates(const struct sieve *sieve)
{
	return sieve->want == SIEVE_ALL || sieve->want == SIEVE_CODES;
}

/* A code that ends before `end`, or a date; of dates, where not all are wanted, one that is all its line holds. */
static unsigned ended(const struct sieve *sieve, size_t end)
{
	size_t len = run_before(sieve->text, end);
	if (len >= 17)
		return may_be_code(sieve->text, end) ? SIEVE_CODE : 0;
	if (sieve->want == SIEVE_STRONG)
		return 0;
	return wants_dates(sieve) || (len && scan_labels(sieve->text, end - len)) ? SIEVE_DATE : 0;
}

/* The first digit behind the year of such a date: "Birth: 1990-01-01". */
static bool may_be_labelled(hufu_view text, size_t at)
{
	char c = text.ptr[at - 1];
	return (c == '-' || c == '/' || c == '.') && scan_labels(text, at - 5);
}

/* A character above ASCII that can stand in a code: blanks and dashes of any width, full-width letters, digits and
 * signs, the year's. */
static bool may_be_part(hufu_view text, size_t at)
{
	hufu_view rest = view_from(text, at);
	unsigned char second = rest.len > 1 ? (unsigned char)rest.ptr[1] : 0,
	              third = rest.len > 2 ? (unsigned char)rest.ptr[2] : 0;
	switch ((unsigned char)rest.ptr[0]) {
	case 0xc2:
	case 0xe1:
	case 0xe2:
		return true;
	case 0xe3:
		return second == 0x80 && third == 0x80;
	case 0xe5:
		return second == 0xb9 && third == 0xb4;
	case 0xef:
		/* Punctuation but for what parts digits ends a code as any character does. */
		return second != 0xbc || third >= 0xa0 || (third >= 0x8d && third <= 0x99);
	default:
		return false;
	}
}

/* Most of what is of full width in a Chinese text: it parts clauses, and stands behind no code. */
static inline bool is_punctuation(hufu_view text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr + at;
	if (bytes[0] != 0xef || at == 0 || text.len - at < 3 || is_code(text.ptr[at - 1]) || bytes[1] != 0xbc)
		return false;
	return (bytes[2] < 0x8d && bytes[2] != 0x83) || (bytes[2] > 0x99 && bytes[2] < 0xa0);
}

/* Part of an address' words: letters, digits, and what parts numbers in it. */
static inline bool is_beside(char c)
{
	return is_code(c) || c == '-' || c == '#' || c == '/';
}

/* Whether the character above ASCII at `at` may be part of an address' words: Han, letters and digits of full width,
 * and what folds to '-', '#' or '/'. */
static bool may_be_word(hufu_view text, size_t at)
{
	hufu_view rest = view_from(text, at);
	unsigned char first = rest.len > 0 ? (unsigned char)rest.ptr[0] : 0,
	              second = rest.len > 1 ? (unsigned char)rest.ptr[1] : 0,
	              third = rest.len > 2 ? (unsigned char)rest.ptr[2] : 0;
	switch (first) {
	case 0xe2:
		return (second == 0x80 && third >= 0x90 && third <= 0x95) || second == 0x88;
	case 0xe3:
		return second >= 0x90 || (second == 0x80 && third == 0x87);
	case 0xef:
		return second != 0xbc || (third >= 0x8d && third <= 0x99) || third >= 0xa0 || third == 0x83;
	default:
		return first > 0xe3;
	}
}

/* Where ASCII and other characters touch at `at`: an address has a digit in what touches, and a plate has one among the
 * first behind its letter. */
static bool may_be_touching(hufu_view text, size_t at)
{
	enum { PLATE_MAX = 12 };
	size_t begin = at, end = at, before = at;
	bool digit = false;
	if (class_of(text.ptr[at]) & HIGH) {
		if (!may_be_word(text, at))
			return false;
		while (begin > 0 && is_beside(text.ptr[begin - 1]))
			digit |= is_digit(text.ptr[--begin]);
		return digit;
	}
	while (before > 0 && at - before < 4 && (class_of(text.ptr[before - 1]) & HIGH) && !may_be_word(text, before))
		before--;
	if (before == at || !may_be_word(text, before))
		return false;
	while (end < text.len && is_beside(text.ptr[end]))
		digit |= is_digit(text.ptr[end++]);
	while (end > at && end < text.len && end - at < PLATE_MAX && !digit)
		digit = is_digit(text.ptr[end++]);
	return digit;
}

/* What a bit at `at` (which may be one behind the text) means: a class, 0 for nothing. */
static unsigned judge(const struct sieve *sieve, size_t at)
{
	const hufu_view text = sieve->text;
	const unsigned class = at < text.len ? class_of(text.ptr[at]) : 0;
	const bool high = class & HIGH;
	if (high && sieve->want > SIEVE_ALL && is_punctuation(text, at))
		return 0;
	if (high && (sieve->want <= SIEVE_ALL || may_be_part(text, at) || run_before(text, at) >= 8))
		return SIEVE_WIDE;
	if (sieve->want == SIEVE_STRONG && at > 0 && high != (bool)(class_of(text.ptr[at - 1]) & HIGH) &&
	        may_be_touching(text, at))
		return SIEVE_WIDE;
	if (high)
		return 0;
	if (!(class & (DIGIT | LETTER)))
		return ended(sieve, at);
	if (class_of(text.ptr[at - 1]) & HIGH)
		return 0;
	if (text.ptr[at - 1] == '@')
		return sieve->want != SIEVE_CODES && may_be_mail(text, at - 1) ? SIEVE_MAIL : 0;
	if (!is_digit(text.ptr[at - 1]))
		return wants_dates(sieve) || (sieve->want == SIEVE_NAMES && may_be_labelled(text, at)) ? SIEVE_DATE : 0;
	for (size_t separator = at - 3; separator >= at - 4; separator--)
		if (class_of(text.ptr[separator]) & (BLANK | DOT))
			return may_be_groups(text, separator) ? SIEVE_NUMBER : 0;
	return may_be_number(text, at - 10) ? SIEVE_NUMBER : 0;
}

/* A bit behind a code is a stop at its last character. */
static size_t place_of(hufu_view text, size_t at)
{
	return at < text.len && (class_of(text.ptr[at]) & (DIGIT | LETTER | HIGH)) ? at : at - 1;
}

/* ---- the walk ---- */

void sieve_begin(struct sieve *sieve, hufu_view text, enum sieve_want want)
{
	sieve->text = text;
	sieve->want = want;
	sieve->begin = sieve->end = 0;
	sieve->before = (struct sieve_before){ 0 };
}

/* The bits of the next words; the last word holds what may stand behind the text, too. */
static void fill(struct sieve *sieve)
{
	size_t left = sieve->text.len - sieve->end, words = left / 64;
	sieve->begin = sieve->end;
	if (words > SIEVE_WORDS)
		words = SIEVE_WORDS;
	const char *at = sieve->text.ptr + sieve->end;
	if (words) {
		find_words(at, words, sieve->want, &sieve->before, sieve->bits);
		sieve->end += words * 64;
		return;
	}
	char last[64] = { 0 };
	if (left)
		memcpy(last, at, left);
	find_words(last, 1, sieve->want, &sieve->before, sieve->bits);
	sieve->end += 64;
}

bool sieve_next(struct sieve *sieve, size_t from, size_t *place)
{
	const size_t least = from;
	/* One more than the text is long: see fill. */
	while (from <= sieve->text.len) {
		if (from >= sieve->end) {
			if (sieve->end > sieve->text.len)
				return false;
			fill(sieve);
			continue;
		}
		size_t word = (from - sieve->begin) / 64;
		uint64_t bits = sieve->bits[word] >> from % 64 << from % 64;
		while (!bits && sieve->begin + (word + 1) * 64 < sieve->end)
			bits = sieve->bits[++word];
		for (; bits; bits &= bits - 1) {
			size_t at = sieve->begin + word * 64 + (size_t)__builtin_ctzll(bits);
			size_t stop = place_of(sieve->text, at);
			if (stop >= least && (sieve->class = judge(sieve, at))) {
				*place = stop;
				return true;
			}
		}
		from = sieve->begin + (word + 1) * 64;
	}
	return false;
}

unsigned sieve_classes(hufu_view text, enum sieve_want want)
{
	struct sieve sieve;
	unsigned classes = 0;
	size_t place;
	sieve_begin(&sieve, text, want);
	for (size_t from = 0; sieve_next(&sieve, from, &place); from = place + 1)
		classes |= sieve.class;
	return classes;
}

bool sieve_any(hufu_view text, enum sieve_want want)
{
	struct sieve sieve;
	size_t place;
	sieve_begin(&sieve, text, want);
	return sieve_next(&sieve, 0, &place);
}
