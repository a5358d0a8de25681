/* MD5 in plain C; chooses the variant. */
#include "seal/md5.h"
#include "base/le.h"
#include "base/simd.h"
#include <string.h>

#include "seal/md5_kernel.inc"

void md5_message(struct md5_message *out, const void *bytes, size_t len)
{
	uint8_t *to = (uint8_t *)out->words;
	memset(out, 0, sizeof *out);
	memcpy(to, bytes, len);
	to[len] = 0x80;
	put_le32(&out->words[14], (uint32_t)len * 8);
}

static struct md5_digest digest_one(const struct md5_message *message)
{
	const uint32_t *m = message->words;
	uint32_t a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476;
	MD5_ALL;
	return (struct md5_digest){ { a + 0x67452301, b + 0xefcdab89, c + 0x98badcfe, d + 0x10325476 } };
}

void md5_digests(const struct md5_message *messages, size_t count, struct md5_digest *out)
{
	size_t i = 0;
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX512)
		i = md5_digests_avx512(messages, count, out);
	else if (simd_level() >= SIMD_AVX2)
		i = md5_digests_avx2(messages, count, out);
#endif
	for (; i < count; i++)
		out[i] = digest_one(&messages[i]);
}
