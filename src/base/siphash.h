/* SipHash-2-4 (Aumasson and Bernstein): a 64-bit keyed hash of short inputs, here as inline code because tokens and
 * checks are made by the hundred million. Uses libc only. */
#ifndef HUFU_BASE_SIPHASH_H
#define HUFU_BASE_SIPHASH_H

#include "base/le.h"

#include <stddef.h>

/* The 16 bytes of a key, read once. It is as secret as they are. */
struct siphash_key {
	uint64_t k0, k1;
};

struct siphash_state {
	uint64_t v0, v1, v2, v3;
};

static inline struct siphash_key siphash_key(const uint8_t bytes[16])
{
	return (struct siphash_key){ le64(bytes), le64(bytes + 8) };
}

static inline uint64_t siphash_turn(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void siphash_round(struct siphash_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = siphash_turn(s->v1, 13) ^ s->v0;
	s->v3 = siphash_turn(s->v3, 16) ^ s->v2;
	s->v0 = siphash_turn(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = siphash_turn(s->v1, 17) ^ s->v2;
	s->v3 = siphash_turn(s->v3, 21) ^ s->v0;
	s->v2 = siphash_turn(s->v2, 32);
}

static inline struct siphash_state siphash_begin(struct siphash_key key)
{
	return (struct siphash_state){ key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
		key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573 };
}

static inline void siphash_word(struct siphash_state *s, uint64_t word)
{
	s->v3 ^= word;
	siphash_round(s);
	siphash_round(s);
	s->v0 ^= word;
}

/* `last` holds the bytes that fill no word, and the length modulo 256 in its top byte. */
static inline uint64_t siphash_end(struct siphash_state *s, uint64_t last)
{
	siphash_word(s, last);
	s->v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		siphash_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t siphash(struct siphash_key key, const void *bytes, size_t len)
{
	struct siphash_state s = siphash_begin(key);
	const uint8_t *from = bytes;
	uint64_t last = (uint64_t)len << 56;
	size_t whole = len & ~(size_t)7;

	for (size_t at = 0; at < whole; at += 8)
		siphash_word(&s, le64(from + at));
	for (size_t at = whole; at < len; at++)
		last |= (uint64_t)from[at] << (8 * (at & 7));
	return siphash_end(&s, last);
}

/* The same as over the words' bytes in little-endian order. */
static inline uint64_t siphash_words(struct siphash_key key, const uint64_t *words, size_t count)
{
	struct siphash_state s = siphash_begin(key);

	for (size_t i = 0; i < count; i++)
		siphash_word(&s, words[i]);
	return siphash_end(&s, (uint64_t)count << 59); /* count * 8 bytes, modulo 256, in the top byte */
}

#endif
