/* Valid UTF-8, 32 bytes at a time, by AVX2 (Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per
 * Byte", 2021): what is wrong with two neighbouring bytes is looked up by three of their halves, and all three must
 * agree. Says how far the text is surely good, never where exactly it is not: that is the plain twin's. */
#if defined(__x86_64__)
#include "base/utf8_variants.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

enum {
	TOO_SHORT = 1 << 0,
	TOO_LONG = 1 << 1,
	OVERLONG_3 = 1 << 2,
	TOO_LARGE = 1 << 3,
	SURROGATE = 1 << 4,
	OVERLONG_2 = 1 << 5,
	TOO_LARGE_1000 = 1 << 6,
	OVERLONG_4 = 1 << 6,
	TWO_CONTS = 1 << 7,
	CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS,
};

/* By the upper half of a first byte, its lower half, and the upper half of the second byte. */
static const unsigned char first_high[16] = { TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
	TOO_LONG, TWO_CONTS, TWO_CONTS, TWO_CONTS, TWO_CONTS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
	TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4 };
enum { LARGE = CARRY | TOO_LARGE | TOO_LARGE_1000 };
static const unsigned char first_low[16] = { CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, CARRY | OVERLONG_2, CARRY,
	CARRY, CARRY | TOO_LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE | SURROGATE, LARGE,
	LARGE };
enum { CONTINUES = TOO_LONG | OVERLONG_2 | TWO_CONTS };
static const unsigned char second_high[16] = { TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
	TOO_SHORT, TOO_SHORT, CONTINUES | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4, CONTINUES | OVERLONG_3 | TOO_LARGE,
	CONTINUES | SURROGATE | TOO_LARGE, CONTINUES | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT, TOO_SHORT,
	TOO_SHORT };

TARGET static inline __m256i look_up(const unsigned char table[16], __m256i halves)
{
	__m128i lane = _mm_loadu_si128((const __m128i *)(const void *)table);
	return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(lane), halves);
}

TARGET static inline __m256i upper_half(__m256i bytes)
{
	return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
}

/* Bytes that are wrong, given the block before. */
TARGET static inline __m256i wrong_in(__m256i block, __m256i before)
{
	__m256i joined = _mm256_permute2x128_si256(before, block, 0x21);
	__m256i back1 = _mm256_alignr_epi8(block, joined, 15), back2 = _mm256_alignr_epi8(block, joined, 14),
	        back3 = _mm256_alignr_epi8(block, joined, 13);
	__m256i pair = _mm256_and_si256(_mm256_and_si256(look_up(first_high, upper_half(back1)),
	                                        look_up(first_low, _mm256_and_si256(back1, _mm256_set1_epi8(0x0f)))),
	        look_up(second_high, upper_half(block)));
	/* The third byte of three or four and the fourth of four must continue, and nothing else may twice. */
	__m256i third = _mm256_subs_epu8(back2, _mm256_set1_epi8(0xe0 - 0x80)),
	        fourth = _mm256_subs_epu8(back3, _mm256_set1_epi8(0xf0 - 0x80));
	__m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
	return _mm256_xor_si256(must, pair);
}

/* Not zero where the block's last bytes begin a character that it does not end. */
TARGET static inline __m256i left_open(__m256i block)
{
	const char all = (char)0xff;
	const __m256i most = _mm256_setr_epi8(all, all, all, all, all, all, all, all, all, all, all, all, all, all, all,
	        all, all, all, all, all, all, all, all, all, all, all, all, all, all, (char)(0xf0 - 1),
	        (char)(0xe0 - 1), (char)(0xc0 - 1));
	return _mm256_subs_epu8(block, most);
}

/* The beginning of the character that ends at or goes beyond `at`; all before it is good. */
static size_t last_begin(const unsigned char *text, size_t at)
{
	size_t back = at;
	while (back > 0 && text[back - 1] >= 0x80) {
		back--;
		if (text[back] >= 0xc0)
			break;
	}
	return back;
}

TARGET size_t utf8_valid_avx2(const unsigned char *text, size_t len)
{
	__m256i before = _mm256_setzero_si256(), open = before;
	size_t i = 0;
	for (; len - i >= 32; i += 32) {
		__m256i block = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));
		__m256i wrong = open;
		if (_mm256_movemask_epi8(block)) {
			wrong = wrong_in(block, before);
			open = left_open(block);
		} else {
			open = _mm256_setzero_si256();
		}
		if (!_mm256_testz_si256(wrong, wrong))
			break;
		before = block;
	}
	return last_begin(text, i);
}
#endif
