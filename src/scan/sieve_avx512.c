/* The sieve's first step by AVX-512: a class is a mask at once. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "scan/sieve_variants.h"

#include <immintrin.h>

#define TARGET SIMD_AVX512_TARGET
#define WORDS sieve_words_avx512
enum { LANES = 8 };
typedef uint64_t lanes __attribute__((vector_size(8 * LANES)));

/* A vector of one byte, which is kept in a register: to make it anew each time takes the port that compares. */
TARGET static inline __attribute__((always_inline)) __m512i all(char c)
{
	__m512i vector = _mm512_set1_epi8(c);
	__asm__("" : "+v"(vector));
	return vector;
}

TARGET static inline uint64_t within(__m512i bytes, char low, char count)
{
	return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, all(low)), all(count));
}

TARGET static inline uint64_t is(__m512i bytes, char c)
{
	return _mm512_cmpeq_epi8_mask(bytes, all(c));
}

TARGET static inline __attribute__((always_inline)) struct sieve_masks classify(const char *text)
{
	__m512i bytes = _mm512_loadu_si512(text);
	const uint64_t digits = within(bytes, '0', 10), dashes = is(bytes, '-');
	struct sieve_masks masks = { {
		[SIEVE_DIGIT] = digits,
		[SIEVE_ONE] = is(bytes, '1'),
		[SIEVE_UPPER] = within(bytes, '3', 7),
		[SIEVE_ALNUM] = digits | within(_mm512_or_si512(bytes, all(0x20)), 'a', 26),
		[SIEVE_BLANK] = is(bytes, ' ') | dashes | (within(bytes, '\t', 5) & ~is(bytes, '\n')),
		[SIEVE_DASH] = dashes,
		[SIEVE_DOT] = is(bytes, '.'),
		[SIEVE_AT] = is(bytes, '@'),
		[SIEVE_MARK] = is(bytes, ':') | is(bytes, '=') | is(bytes, '\t'),
		[SIEVE_JOINT] = is(bytes, '#') | is(bytes, '/'),
		[SIEVE_HIGH] = _mm512_movepi8_mask(bytes),
	} };
	if (masks.of[SIEVE_HIGH]) {
		masks.of[SIEVE_HAN] = _mm512_cmpge_epu8_mask(bytes, all((char)0xe3));
		masks.of[SIEVE_FULL] = is(bytes, (char)0xef);
		masks.of[SIEVE_SECOND] = is(bytes, (char)0xbc);
		masks.of[SIEVE_CLAUSE] =
		        (within(bytes, (char)0x80, 0x0d) & ~is(bytes, (char)0x83)) | within(bytes, (char)0x9a, 6);
	}
	return masks;
}

/* Each word's neighbour before it. */
TARGET static inline __attribute__((always_inline)) lanes earlier(lanes before, lanes now)
{
	return (lanes)_mm512_alignr_epi64((__m512i)now, (__m512i)before, LANES - 1);
}

#include "scan/sieve_kernel.inc"
#endif
