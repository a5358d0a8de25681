/* SipHash-2-4 of many inputs at once: the same numbers as siphash() gives, several inputs side by side in the lanes of
 * a vector. Tokens, checks, row hashes and block tags are made here; see base/simd.h for how the variant is chosen. */
#ifndef HUFU_BASE_SIPHASH_LANES_H
#define HUFU_BASE_SIPHASH_LANES_H

#include "base/siphash.h"

/* out[i] = siphash_words over words[0][i], words[1][i], ... (`count` arrays of `n` numbers), going on from `begin`,
 * which has taken `before` words already: what all inputs begin with is hashed once. */
void siphash_arrays(
        struct siphash_state begin, size_t before, const uint64_t *const *words, size_t count, size_t n, uint64_t *out);

/* out[which[i]] = siphash of the message in slot which[i]. A slot is `stride` words; its message has `words` of them,
 * the last one made up as siphash_end wants it: remaining bytes, and the length in the top byte. */
void siphash_slots(struct siphash_key key, const uint64_t *slots, size_t stride, const uint16_t *which, size_t n,
        size_t words, uint64_t *out);

/* out[i] = siphash of the i-th of `n` blocks of `len` bytes that lie one behind the other; `len` is a multiple of 8. */
void siphash_blocks(struct siphash_key key, const uint8_t *blocks, size_t len, size_t n, uint64_t *out);

/* A last word: up to seven bytes, and the whole length. */
static inline uint64_t siphash_last(const uint8_t *bytes, size_t len)
{
	uint64_t last = (uint64_t)len << 56;
	for (size_t at = len & ~(size_t)7; at < len; at++)
		last |= (uint64_t)bytes[at] << (8 * (at & 7));
	return last;
}

#endif
