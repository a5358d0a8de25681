/* Chooses the variant, and does in plain C what it leaves over, or all. */
#include "base/siphash_lanes.h"

#include "base/simd.h"
#include "base/siphash_variants.h"

void siphash_arrays(
        struct siphash_state begin, size_t before, const uint64_t *const *words, size_t count, size_t n, uint64_t *out)
{
	size_t i = 0;
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX512)
		i = siphash_arrays_avx512(begin, before, words, count, n, out);
	else if (simd_level() >= SIMD_AVX2)
		i = siphash_arrays_avx2(begin, before, words, count, n, out);
#endif
	for (; i < n; i++) {
		struct siphash_state s = begin;
		for (size_t w = 0; w < count; w++)
			siphash_word(&s, words[w][i]);
		out[i] = siphash_end(&s, (uint64_t)(before + count) << 59);
	}
}

void siphash_slots(struct siphash_key key, const uint64_t *slots, size_t stride, const uint16_t *which, size_t n,
        size_t words, uint64_t *out)
{
	size_t i = 0;
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX512)
		i = siphash_slots_avx512(key, slots, stride, which, n, words, out);
	else if (simd_level() >= SIMD_AVX2)
		i = siphash_slots_avx2(key, slots, stride, which, n, words, out);
#endif
	for (; i < n; i++) {
		const uint64_t *slot = slots + which[i] * stride;
		struct siphash_state s = siphash_begin(key);
		for (size_t w = 0; w + 1 < words; w++)
			siphash_word(&s, slot[w]);
		out[which[i]] = siphash_end(&s, slot[words - 1]);
	}
}

void siphash_blocks(struct siphash_key key, const uint8_t *blocks, size_t len, size_t n, uint64_t *out)
{
	size_t i = 0;
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX512)
		i = siphash_blocks_avx512(key, blocks, len, n, out);
	else if (simd_level() >= SIMD_AVX2)
		i = siphash_blocks_avx2(key, blocks, len, n, out);
#endif
	for (; i < n; i++)
		out[i] = siphash(key, blocks + i * len, len);
}
