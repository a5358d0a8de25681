/* MD5 (RFC 1321) of many short messages at once: the commonest way in which leaks show a number. Not for security: what
 * is kept of such a digest is a keyed hash of it. */
#ifndef HUFU_SEAL_MD5_H
#define HUFU_SEAL_MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_SHORT_MAX = 55 };

/* A message of at most MD5_SHORT_MAX bytes with its padding, and its digest, as words. */
struct md5_message {
	uint32_t words[16];
};

struct md5_digest {
	uint32_t words[4];
};

void md5_message(struct md5_message *out, const void *bytes, size_t len);
void md5_digests(const struct md5_message *messages, size_t count, struct md5_digest *out);

/* The variants, each as many messages as fill its lanes; they return how many. */
size_t md5_digests_avx2(const struct md5_message *messages, size_t count, struct md5_digest *out);
size_t md5_digests_avx512(const struct md5_message *messages, size_t count, struct md5_digest *out);

#endif
