/* An object's file: its head, and the digests that name it. Inside the vault only. */
#ifndef HUFU_VAULT_OBJECT_H
#define HUFU_VAULT_OBJECT_H

#include "vault.h"

#include <openssl/evp.h>
#include <sodium.h>

enum {
	DIGEST_LEN = 32,
	CHUNK = 64 << 10, /* of content; the last may be shorter, or empty */
	SEALED = CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES,
	/* Where things lie in a head. */
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_ALGORITHMS = 10, /* four bytes: name, second digest, cipher, wrapping */
	AT_CHUNK = 14,      /* log2 */
	AT_BYTES = 16,
	AT_SHA256 = 24,
	AT_SM3 = AT_SHA256 + DIGEST_LEN,
	AT_NONCE = AT_SM3 + DIGEST_LEN,
	AT_KEY = AT_NONCE + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	AT_STREAM = AT_KEY + crypto_secretstream_xchacha20poly1305_KEYBYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	HEAD_LEN = AT_STREAM + crypto_secretstream_xchacha20poly1305_HEADERBYTES,
};

/* What opens an object. */
struct object_key {
	uint8_t bytes[crypto_secretstream_xchacha20poly1305_KEYBYTES];
};

struct object_digests {
	EVP_MD_CTX *sha256, *sm3;
	uint64_t bytes;
};

hufu_status digests_begin(struct object_digests *digests, hufu_error *error);
bool digests_add(struct object_digests *digests, hufu_view piece);
bool digests_end(struct object_digests *digests, struct vault_object *out);
void digests_done(struct object_digests *digests);

/* Writes the head of an object whose content is now known. `wrapping` is a subkey of the store's. */
void head_write(uint8_t head[HEAD_LEN], const struct vault_object *object, const struct object_key *key,
        const uint8_t *stream, const uint8_t *wrapping);
/* Reads and authenticates it. */
hufu_status head_read(const uint8_t head[HEAD_LEN], const uint8_t *wrapping, const char *sha256,
        struct vault_object *object, struct object_key *key, hufu_error *error);

#endif
