/* marks_find by AVX2: 64 bytes a turn. */
#if defined(__x86_64__)
#include "read/marks.h"

#include <immintrin.h>

__attribute__((target("avx2"))) void marks_find_avx2(
        const char *text, size_t words, const char bytes[3], uint64_t *marks)
{
	const __m256i a = _mm256_set1_epi8(bytes[0]), b = _mm256_set1_epi8(bytes[1]), c = _mm256_set1_epi8(bytes[2]);
	for (size_t i = 0; i < words; i++) {
		uint32_t half[2];
		for (size_t j = 0; j < 2; j++) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(text + i * 64 + j * 32));
			__m256i hit = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(v, a), _mm256_cmpeq_epi8(v, b)),
			        _mm256_cmpeq_epi8(v, c));
			half[j] = (uint32_t)_mm256_movemask_epi8(hit);
		}
		marks[i] = (uint64_t)half[1] << 32 | half[0];
	}
}
#endif
