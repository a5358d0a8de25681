/* Three ways to find bytes: AVX2 and SSE2, chosen at run time, and plain C everywhere else. */
#include "read/marks.h"

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static void find_avx2(
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

static void find_sse2(const char *text, size_t words, const char bytes[3], uint64_t *marks)
{
	const __m128i a = _mm_set1_epi8(bytes[0]), b = _mm_set1_epi8(bytes[1]), c = _mm_set1_epi8(bytes[2]);
	for (size_t i = 0; i < words; i++) {
		uint64_t word = 0;
		for (size_t j = 0; j < 4; j++) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + i * 64 + j * 16));
			__m128i hit = _mm_or_si128(
			        _mm_or_si128(_mm_cmpeq_epi8(v, a), _mm_cmpeq_epi8(v, b)), _mm_cmpeq_epi8(v, c));
			word |= (uint64_t)(uint32_t)_mm_movemask_epi8(hit) << (16 * j);
		}
		marks[i] = word;
	}
}

static void find(const char *text, size_t words, const char bytes[3], uint64_t *marks)
{
	if (__builtin_cpu_supports("avx2"))
		find_avx2(text, words, bytes, marks);
	else
		find_sse2(text, words, bytes, marks);
}
#else
static void find(const char *text, size_t words, const char bytes[3], uint64_t *marks)
{
	for (size_t i = 0; i < words; i++) {
		uint64_t word = 0;
		for (size_t j = 0; j < 64; j++) {
			char c = text[i * 64 + j];
			word |= (uint64_t)(c == bytes[0] || c == bytes[1] || c == bytes[2]) << j;
		}
		marks[i] = word;
	}
}
#endif

void marks_find(const char *text, size_t len, const char bytes[3], uint64_t *marks)
{
	size_t words = (len + 63) / 64;
	find(text, words, bytes, marks);
	if (len % 64)
		marks[words - 1] &= ((uint64_t)1 << len % 64) - 1;
}
