/* The plain way to find bytes, and the choice between it and the wide one. */
#include "read/marks.h"

#include "base/simd.h"

static void find_plain(const char *text, size_t words, const char bytes[3], uint64_t *marks)
{
	uint8_t wanted[256] = { 0 };
	for (size_t i = 0; i < 3; i++)
		wanted[(unsigned char)bytes[i]] = 1;
	for (size_t i = 0; i < words; i++) {
		const unsigned char *at = (const unsigned char *)text + i * 64;
		uint64_t word = 0;
		for (size_t j = 0; j < 64; j++)
			word |= (uint64_t)wanted[at[j]] << j;
		marks[i] = word;
	}
}

void marks_find(const char *text, size_t len, const char bytes[3], uint64_t *marks)
{
	size_t words = (len + 63) / 64;
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX2)
		marks_find_avx2(text, words, bytes, marks);
	else
#endif
		find_plain(text, words, bytes, marks);
	if (len % 64)
		marks[words - 1] &= ((uint64_t)1 << len % 64) - 1;
}
