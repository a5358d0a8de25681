/* UTF-8, strictly. Text is mostly ASCII or Chinese, so runs of either are taken eight bytes or one three-byte character
 * at a time; all other characters go through one careful function. */
#include "base/utf8.h"

#include "base/simd.h"
#include "base/utf8_variants.h"

/* Length of the character at `at`, of which `len` > 0 bytes are there; 0 when it is broken or cut. */
static inline size_t character_len(const unsigned char *at, size_t len)
{
	unsigned char lead = at[0];
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	size_t need = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (len < need)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, above U+10FFFF: all show in the second byte. */
	if ((lead == 0xe0 && at[1] < 0xa0) || (lead == 0xed && at[1] > 0x9f) || (lead == 0xf0 && at[1] < 0x90) ||
	        (lead == 0xf4 && at[1] > 0x8f))
		return 0;
	return need;
}

uint32_t utf8_next(hufu_view *rest)
{
	const unsigned char *at = (const unsigned char *)rest->ptr;
	size_t len = character_len(at, rest->len);
	uint32_t character = UTF8_BROKEN;
	switch (len) {
	case 1:
		character = at[0];
		break;
	case 2:
		character = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
		break;
	case 3:
		character = (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
		break;
	case 4:
		character = (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3f) << 12 |
		            (uint32_t)(at[2] & 0x3f) << 6 | (at[3] & 0x3f);
		break;
	default:
		len = 1;
		break;
	}
	*rest = view_from(*rest, len);
	return character;
}

size_t utf8_put(uint32_t character, char *out)
{
	if (character < 0x80) {
		out[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		out[0] = (char)(0xc0 | character >> 6);
		out[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		out[0] = (char)(0xe0 | character >> 12);
		out[1] = (char)(0x80 | (character >> 6 & 0x3f));
		out[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | character >> 18);
	out[1] = (char)(0x80 | (character >> 12 & 0x3f));
	out[2] = (char)(0x80 | (character >> 6 & 0x3f));
	out[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

size_t utf8_ascii(hufu_view text)
{
	enum { BLOCK = 64 };
	const unsigned char *at = (const unsigned char *)text.ptr;
	size_t i = 0;
	/* Blocks without a branch inside, so that the compiler may take them wide. */
	for (uint64_t words[BLOCK / 8], high; text.len - i >= BLOCK; i += BLOCK) {
		memcpy(words, at + i, BLOCK);
		high = 0;
		for (size_t k = 0; k < LEN(words); k++)
			high |= words[k];
		if (high & 0x8080808080808080u)
			break;
	}
	while (i < text.len && at[i] < 0x80)
		i++;
	return i;
}

static inline bool eight_ascii(const unsigned char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return (word & 0x8080808080808080u) == 0;
}

/* A three-byte character of the leads that need no look at the second byte's range: E1..EC, EE, EF. */
static inline bool plain_three(const unsigned char *at)
{
	return at[0] > 0xe0 && at[0] < 0xf0 && at[0] != 0xed && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80;
}

size_t utf8_valid(hufu_view text)
{
	enum { SHORT = 64 };
	const unsigned char *at = (const unsigned char *)text.ptr;
	size_t i = 0;
#if defined(__x86_64__)
	if (text.len >= SHORT && simd_level() >= SIMD_AVX2)
		i = utf8_valid_avx2(at, text.len);
#endif
	while (i < text.len) {
		while (text.len - i >= 8 && eight_ascii(at + i))
			i += 8;
		while (i < text.len && at[i] < 0x80)
			i++;
		while (text.len - i >= 3 && plain_three(at + i))
			i += 3;
		if (i == text.len)
			break;
		size_t len = character_len(at + i, text.len - i);
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

/* Blocks that terminals draw two columns wide. */
static bool wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) || (c >= 0x3041 && c <= 0xa4cf) ||
	       (c >= 0xa960 && c <= 0xa97f) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
	       (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
	       (c >= 0x1f300 && c <= 0x1f64f) || (c >= 0x1f900 && c <= 0x1f9ff) || (c >= 0x20000 && c <= 0x3fffd);
}

static bool no_width(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) ||
	       c == 0xfeff;
}

size_t utf8_width(hufu_view text)
{
	size_t width = 0;
	while (text.len) {
		uint32_t c = utf8_next(&text);
		if (c == UTF8_BROKEN)
			width++;
		else if (!no_width(c))
			width += wide(c) ? 2 : 1;
	}
	return width;
}
