/* Folding shared by the identifier kinds: width, blanks, separators, and runs in running text.
 *
 * Full-width letters and digits count as ASCII, blanks of any width as ' ', dashes of any length as '-',
 * the middle dots as U+00B7. Internal to src/ident; no state, no allocation, never reads outside a view. */
#ifndef HUFU_IDENT_FOLD_H
#define HUFU_IDENT_FOLD_H

#include "base/utf8.h"
#include "ident/ident.h"

enum {
	FOLD_CODE_MAX = 32,   /* longest code of letters and digits that any kind has, and some */
	FOLD_VALUE_MAX = 160, /* bytes of a code as it stands in text, full width and separators counted */
	FOLD_DOT = 0xB7,
};

static inline bool fold_is_digit(uint32_t c)
{
	return c - '0' < 10;
}

static inline bool fold_is_letter(uint32_t c)
{
	return (c | 0x20) - 'a' < 26;
}

static inline uint32_t fold_upper(uint32_t c)
{
	return c - 'a' < 26 ? c - 0x20 : c;
}

static inline uint32_t fold_lower(uint32_t c)
{
	return c - 'A' < 26 ? c + 0x20 : c;
}

/* A common Han character (U+4E00 to U+9FFF) in three bytes, or 0: what most Chinese text is made of, and nothing that
 * is folded. `text` has `len` bytes. */
static inline uint32_t fold_common_han(const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	if (len < 3 || (at[0] & 0xF0) != 0xE0 || (at[1] & 0xC0) != 0x80 || (at[2] & 0xC0) != 0x80)
		return 0;
	uint32_t c = (uint32_t)(at[0] & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 | (at[2] & 0x3F);
	return c - 0x4E00 < 0x5200 ? c : 0;
}

bool fold_is_rare_han(uint32_t c);

static inline bool fold_is_han(uint32_t c)
{
	return c - 0x4E00 < 0x5200 || (c >= 0x3007 && fold_is_rare_han(c));
}

/* One character's folded form. */
uint32_t fold_char(uint32_t c);
/* Takes one character off `rest`, which is neither empty nor begins with ASCII, and folds it. */
uint32_t fold_next_wide(hufu_view *rest);

/* Takes one character off `rest` (not empty) and folds it. Broken bytes are UTF8_BROKEN. */
static inline uint32_t fold_next(hufu_view *rest)
{
	unsigned char first = (unsigned char)rest->ptr[0];
	uint32_t han = first < 0x80 ? 0 : fold_common_han(rest->ptr, rest->len);
	size_t len = han ? 3 : 1;
	if (first >= 0x80 && !han)
		return fold_next_wide(rest);
	rest->ptr += len;
	rest->len -= len;
	return han ? han : (unsigned)(first - '\t') < 5 ? ' ' : first;
}

hufu_view fold_trim_slowly(hufu_view cell);

/* Without blanks of any width and marks of no width at both ends. */
static inline hufu_view fold_trim(hufu_view cell)
{
	if (cell.len == 0)
		return cell;
	const unsigned char first = (unsigned char)cell.ptr[0], last = (unsigned char)cell.ptr[cell.len - 1];
	bool begins = first - 0x21u < 0x5E || fold_common_han(cell.ptr, cell.len);
	bool ends = last - 0x21u < 0x5E || (cell.len >= 3 && fold_common_han(cell.ptr + cell.len - 3, 3));
	return begins && ends ? cell : fold_trim_slowly(cell);
}

/* Trimmed, and without the apostrophe by which spreadsheets keep a number a text. */
hufu_view fold_unquote(hufu_view cell);

/* The letters (upper case) and digits of a cell that holds nothing else but single separators, each one of
 * `separators`, between them. Returns how many, 0 when the cell is not of that shape or longer. */
size_t fold_code(hufu_view cell, const char *separators, char code[FOLD_CODE_MAX]);
/* A trimmed cell folded to ASCII, blanks and all; 0 when it has other characters or more than `cap`. */
size_t fold_ascii(hufu_view cell, char *text, size_t cap);
bool fold_all_digits(const char *code, size_t len);
/* Whether eight bytes are digits, all at once. */
static inline bool fold_eight_digits(const char *text)
{
	uint64_t bytes;
	memcpy(&bytes, text, sizeof bytes);
	const uint64_t zeros = 0x3030303030303030, above = bytes + 0x4646464646464646, below = bytes - zeros;
	return ((above | below | bytes) & 0x8080808080808080) == 0;
}

/* Whether `out` keeps the contract of ident_text for an input of `len` bytes. */
static inline bool fold_fits(const struct ident_text *out, size_t len)
{
	return out->cap >= IDENT_SLACK && out->cap - IDENT_SLACK >= len;
}
/* Sets the result; false, and `out` untouched, when it does not fit. */
static inline bool fold_result(struct ident_text *out, const char *text, size_t len)
{
	if (out->cap < len)
		return false;
	memmove(out->ptr, text, len);
	out->len = len;
	return true;
}
/* `text` with its first and last bytes shown and the others as '*'; all stars when it is no longer than both. */
void fold_mask(hufu_view text, size_t first, size_t last, struct ident_text *out);

/* A run of letters and digits as it stands in running text: bytes [at, end), of `count` characters. */
struct fold_run {
	size_t at, end, count;
	bool digits;  /* nothing but digits, but for an X at the end */
	bool letters; /* at least one letter */
};

/* The first whole run that begins at or after `at`; false when there is none. */
bool fold_run(hufu_view text, size_t at, struct fold_run *run);

enum { FOLD_RUNS_MAX = 8 };

/* How a kind's codes look in running text: up to FOLD_RUNS_MAX runs with single separators between them. */
struct fold_finder {
	const char *separators; /* "" when a value is one run */
	size_t count_max;       /* characters in all, prefixes included */
	bool letters;           /* whether letters may stand in it */
	/* Whether the groups of these runs are such as people write; NULL takes any. */
	bool (*shape)(const struct fold_run *runs, size_t count);
	/* Whether a candidate, as it stands, is a value; `before` is the text in front of it. */
	bool (*accept)(hufu_view value, hufu_view before);
};

/* ident_kind.find for codes: the longest accepted chain of runs that begins at or after *at. */
bool fold_find(const struct fold_finder *finder, hufu_view text, size_t *at, size_t *len);

/* Bytes of the character that ends at `at`, folded into *c; 0 at the beginning. */
size_t fold_before(hufu_view text, size_t at, uint32_t *c);

/* Calendar: whether the day exists, years 1850 to 2100. */
bool fold_is_day(unsigned year, unsigned month, unsigned day);
/* The number in `len` ASCII digits. */
unsigned fold_number(const char *digits, size_t len);
/* Whether 18 characters (upper case) are a resident ID, and 15 digits the old form of one, which has no check
 * digit: bank cards and credit codes of that length keep off. */
bool resident_id_valid(const char code[18]);
bool resident_id_valid_old(const char code[15]);

/* Each kind ends its file with one; ident.c lists them. */
extern const struct ident_kind ident_mobile, ident_resident_id, ident_vin, ident_plate, ident_bank_card, ident_uscc,
        ident_email, ident_name, ident_address, ident_date;

#endif
