/* The sieve's first step by AVX2. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "scan/sieve_variants.h"

#include <immintrin.h>

#define TARGET SIMD_AVX2_TARGET
#define WORDS sieve_words_avx2
enum { LANES = 4 };
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

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

/* The few single characters, by the halves of their bytes: two tables that must agree in a bit. Blanks have three bits,
 * as ' ', '-' and tabs share no half; so have marks. */
enum { BLANK = 0x80, TABS = 0x40, MARK = 0x20, TAB = 0x10, SIGN = 0x08, DOT = 0x04, JOINT = 0x02, DASH = 0x01 };
static const unsigned char by_upper[16] = { TABS | TAB, 0, BLANK | DOT | JOINT | DASH, MARK, SIGN };
static const unsigned char by_lower[16] = { BLANK | SIGN, 0, 0, JOINT, 0, 0, 0, 0, 0, TABS | TAB, MARK, TABS, TABS,
	TABS | MARK | DASH, DOT, JOINT };

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

TARGET static inline uint64_t is(__m256i a, __m256i b, char c)
{
	__m256i all = _mm256_set1_epi8(c);
	return bits_of(_mm256_cmpeq_epi8(a, all), _mm256_cmpeq_epi8(b, all));
}

TARGET static inline uint64_t are_within(__m256i a, __m256i b, char low, char count)
{
	return bits_of(within(a, low, count), within(b, low, count));
}

TARGET static inline __attribute__((always_inline)) struct sieve_masks classify(const char *text)
{
	const __m256i lower = _mm256_set1_epi8(0x20);
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)text),
	        b = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));
	__m256i single_a = single(a), single_b = single(b);
	const uint64_t digits = are_within(a, b, '0', 10),
	               dashes = bits_of(either(single_a, 7, 7), either(single_b, 7, 7));
	struct sieve_masks masks = { {
		[SIEVE_DIGIT] = digits,
		[SIEVE_ONE] = is(a, b, '1'),
		[SIEVE_UPPER] = are_within(a, b, '3', 7),
		[SIEVE_ALNUM] = digits | are_within(_mm256_or_si256(a, lower), _mm256_or_si256(b, lower), 'a', 26),
		[SIEVE_BLANK] = bits_of(either(single_a, 0, 1), either(single_b, 0, 1)) | dashes,
		[SIEVE_DASH] = dashes,
		[SIEVE_DOT] = bits_of(either(single_a, 5, 5), either(single_b, 5, 5)),
		[SIEVE_AT] = bits_of(either(single_a, 4, 4), either(single_b, 4, 4)),
		[SIEVE_MARK] = bits_of(either(single_a, 2, 3), either(single_b, 2, 3)),
		[SIEVE_JOINT] = bits_of(either(single_a, 6, 6), either(single_b, 6, 6)),
		[SIEVE_HIGH] = bits_of(a, b),
	} };
	if (masks.of[SIEVE_HIGH]) {
		masks.of[SIEVE_HAN] = are_within(a, b, (char)0xe3, 0x1d);
		masks.of[SIEVE_FULL] = is(a, b, (char)0xef);
		masks.of[SIEVE_SECOND] = is(a, b, (char)0xbc);
		masks.of[SIEVE_CLAUSE] =
		        (are_within(a, b, (char)0x80, 0x0d) & ~is(a, b, (char)0x83)) | are_within(a, b, (char)0x9a, 6);
	}
	return masks;
}

/* Each word's neighbour before it. */
TARGET static inline __attribute__((always_inline)) lanes earlier(lanes before, lanes now)
{
	__m256i joined = _mm256_permute2x128_si256((__m256i)before, (__m256i)now, 0x21);
	return (lanes)_mm256_alignr_epi8((__m256i)now, joined, 8);
}

#include "scan/sieve_kernel.inc"
#endif
