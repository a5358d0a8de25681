/* The sieve's first step by AVX2. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "scan/sieve_variants.h"

#include <immintrin.h>

#define TARGET SIMD_AVX2_TARGET
#define WORDS sieve_words_avx2

/* Bytes from `low` on, `count` of them. */
TARGET static inline __m256i within(__m256i bytes, char low, char count)
{
	__m256i above = _mm256_sub_epi8(bytes, _mm256_set1_epi8(low));
	return _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8((char)(count - 1))), above);
}

TARGET static inline uint64_t bits_of(__m256i low, __m256i high)
{
	return (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32 | (uint32_t)_mm256_movemask_epi8(low);
}

/* The few single characters, by the halves of their bytes: two tables that must agree in a bit. Blanks have two bits,
 * as ' ' and '-' share no half with tabs; so have marks. */
enum { BLANK = 0x80, TABS = 0x40, MARK = 0x20, TAB = 0x10, SIGN = 0x08, DOT = 0x04, JOINT = 0x02 };
static const unsigned char by_upper[16] = { TABS | TAB, 0, BLANK | DOT | JOINT, MARK, SIGN };
static const unsigned char by_lower[16] = { BLANK | SIGN, 0, 0, JOINT, 0, 0, 0, 0, 0, TABS | TAB, MARK, TABS, TABS,
	BLANK | TABS | MARK, DOT, JOINT };

TARGET static inline __m256i look_up(const unsigned char table[16], __m256i halves)
{
	__m128i lane = _mm_loadu_si128((const __m128i *)(const void *)table);
	return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(lane), halves);
}

TARGET static inline __m256i single(__m256i bytes)
{
	__m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
	return _mm256_and_si256(look_up(by_upper, upper), look_up(by_lower, bytes));
}

/* Of each byte one bit or another, at the top where it counts. */
TARGET static inline __m256i either(__m256i bytes, int first, int second)
{
	return _mm256_or_si256(_mm256_slli_epi16(bytes, first), _mm256_slli_epi16(bytes, second));
}

TARGET static inline __m256i is_han(__m256i bytes)
{
	return _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, _mm256_set1_epi8((char)0xe3)), bytes);
}

TARGET static inline __attribute__((always_inline)) struct sieve_masks classify(const char *text)
{
	const __m256i lower = _mm256_set1_epi8(0x20), full = _mm256_set1_epi8((char)0xef);
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)text),
	        b = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));
	__m256i single_a = single(a), single_b = single(b);
	struct sieve_masks masks = {
		.digit = bits_of(within(a, '0', 10), within(b, '0', 10)),
		.code = bits_of(within(_mm256_or_si256(a, lower), 'a', 26), within(_mm256_or_si256(b, lower), 'a', 26)),
		.blank = bits_of(either(single_a, 0, 1), either(single_b, 0, 1)),
		.dot = bits_of(either(single_a, 5, 5), either(single_b, 5, 5)),
		.sign = bits_of(either(single_a, 4, 4), either(single_b, 4, 4)),
		.mark = bits_of(either(single_a, 2, 3), either(single_b, 2, 3)),
		.joint = bits_of(either(single_a, 6, 6), either(single_b, 6, 6)),
		.high = bits_of(a, b),
		.han = bits_of(is_han(a), is_han(b)),
		.full = bits_of(_mm256_cmpeq_epi8(a, full), _mm256_cmpeq_epi8(b, full)),
	};
	masks.code |= masks.digit;
	return masks;
}

#include "scan/sieve_kernel.inc"
#endif
