/* MD5 in 16 lanes, compiled for AVX-512. */
#if defined(__x86_64__)
#include "base/simd.h"
#include "seal/md5.h"
#include <string.h>

#include "seal/md5_kernel.inc"

typedef uint32_t lanes __attribute__((vector_size(64)));

enum { LANES = sizeof(lanes) / 4 };

SIMD_AVX512_TARGET size_t md5_digests_avx512(const struct md5_message *messages, size_t count, struct md5_digest *out)
{
	size_t i = 0;
	for (; i + LANES <= count; i += LANES) {
		lanes m[16], a, b, c, d;
		uint32_t words[4][LANES];
		for (size_t w = 0; w < 16; w++)
			for (size_t k = 0; k < LANES; k++)
				m[w][k] = messages[i + k].words[w];
		a = (lanes){ 0 } + 0x67452301;
		b = (lanes){ 0 } + 0xefcdab89;
		c = (lanes){ 0 } + 0x98badcfe;
		d = (lanes){ 0 } + 0x10325476;
		MD5_ALL;
		memcpy(words[0], &a, sizeof a);
		memcpy(words[1], &b, sizeof b);
		memcpy(words[2], &c, sizeof c);
		memcpy(words[3], &d, sizeof d);
		for (size_t k = 0; k < LANES; k++)
			out[i + k] = (struct md5_digest){ { words[0][k] + 0x67452301, words[1][k] + 0xefcdab89,
				words[2][k] + 0x98badcfe, words[3][k] + 0x10325476 } };
	}
	return i;
}
#endif
