/* The sieve's first step by AVX-512: a class is a mask at once. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "scan/sieve_variants.h"

#include <immintrin.h>

#define TARGET SIMD_AVX512_TARGET
#define WORDS sieve_words_avx512

TARGET static inline uint64_t within(__m512i bytes, char low, char count)
{
	return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(low)), _mm512_set1_epi8(count));
}

TARGET static inline uint64_t is(__m512i bytes, char c)
{
	return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

TARGET static inline __attribute__((always_inline)) struct sieve_masks classify(const char *text)
{
	__m512i bytes = _mm512_loadu_si512(text);
	struct sieve_masks masks = {
		.digit = within(bytes, '0', 10),
		.code = within(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20)), 'a', 26),
		.blank = is(bytes, ' ') | is(bytes, '-') | (within(bytes, '\t', 5) & ~is(bytes, '\n')),
		.dot = is(bytes, '.'),
		.sign = is(bytes, '@'),
		.mark = is(bytes, ':') | is(bytes, '=') | is(bytes, '\t'),
		.joint = is(bytes, '#') | is(bytes, '/'),
		.high = _mm512_movepi8_mask(bytes),
		.han = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)0xe3)),
		.full = is(bytes, (char)0xef),
	};
	masks.code |= masks.digit;
	return masks;
}

#include "scan/sieve_kernel.inc"
#endif
