/* The head of an object's file, and the two digests of its content. Uses base, libsodium, and OpenSSL for the digests.
 */
#include "object.h"

#include "base/le.h"

static const char magic[8] = "hufuobj";
enum { VERSION = 1, CHUNK_LOG2 = 16 };
/* SHA-256, SM3, XChaCha20-Poly1305 as a secretstream, XChaCha20-Poly1305 */
static const uint8_t algorithms[4] = { 1, 1, 1, 1 };

_Static_assert(CHUNK == 1 << CHUNK_LOG2, "a chunk");
_Static_assert(HEAD_LEN == 184, "the head is part of the format");

/* ---- digests ---- */

void digests_done(struct object_digests *digests)
{
	EVP_MD_CTX_free(digests->sha256);
	EVP_MD_CTX_free(digests->sm3);
	*digests = (struct object_digests){ 0 };
}

hufu_status digests_begin(struct object_digests *digests, hufu_error *error)
{
	*digests = (struct object_digests){ .sha256 = EVP_MD_CTX_new(), .sm3 = EVP_MD_CTX_new() };
	if (digests->sha256 && digests->sm3 && EVP_DigestInit_ex(digests->sha256, EVP_sha256(), NULL) == 1 &&
	        EVP_DigestInit_ex(digests->sm3, EVP_sm3(), NULL) == 1)
		return HUFU_OK;
	digests_done(digests);
	return fail(error, HUFU_UNSUPPORTED, (hufu_view){ 0 }, "this OpenSSL lacks SHA-256 or SM3",
	        "allow them in its configuration");
}

bool digests_add(struct object_digests *digests, hufu_view piece)
{
	digests->bytes += piece.len;
	return EVP_DigestUpdate(digests->sha256, piece.ptr, piece.len) == 1 &&
	       EVP_DigestUpdate(digests->sm3, piece.ptr, piece.len) == 1;
}

bool digests_end(struct object_digests *digests, struct vault_object *out)
{
	uint8_t sha256[EVP_MAX_MD_SIZE], sm3[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex(digests->sha256, sha256, NULL) != 1 || EVP_DigestFinal_ex(digests->sm3, sm3, NULL) != 1)
		return false;
	sodium_bin2hex(out->sha256, sizeof out->sha256, sha256, DIGEST_LEN);
	sodium_bin2hex(out->sm3, sizeof out->sm3, sm3, DIGEST_LEN);
	out->bytes = digests->bytes;
	return true;
}

/* ---- head ---- */

static void put_digest(uint8_t *at, const char *hex)
{
	sodium_hex2bin(at, DIGEST_LEN, hex, 2 * DIGEST_LEN, NULL, NULL, NULL);
}

void head_write(uint8_t head[HEAD_LEN], const struct vault_object *object, const struct object_key *key,
        const uint8_t *stream, const uint8_t *wrapping)
{
	memset(head, 0, HEAD_LEN);
	memcpy(head + AT_MAGIC, magic, sizeof magic);
	put_le16(head + AT_VERSION, VERSION);
	memcpy(head + AT_ALGORITHMS, algorithms, sizeof algorithms);
	put_le16(head + AT_CHUNK, CHUNK_LOG2);
	put_le64(head + AT_BYTES, object->bytes);
	put_digest(head + AT_SHA256, object->sha256);
	put_digest(head + AT_SM3, object->sm3);
	randombytes_buf(head + AT_NONCE, AT_KEY - AT_NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	        head + AT_KEY, NULL, key->bytes, sizeof key->bytes, head, AT_NONCE, NULL, head + AT_NONCE, wrapping);
	memcpy(head + AT_STREAM, stream, HEAD_LEN - AT_STREAM);
}

hufu_status head_read(const uint8_t head[HEAD_LEN], const uint8_t *wrapping, const char *sha256,
        struct vault_object *object, struct object_key *key, hufu_error *error)
{
	struct vault_object read = { .bytes = le64(head + AT_BYTES), .existed = true };

	if (memcmp(head + AT_MAGIC, magic, sizeof magic) != 0)
		return fail(error, HUFU_MALFORMED, view_of(sha256), "is no object of a vault, or its head is damaged",
		        "take it from a backup");
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(key->bytes, NULL, NULL, head + AT_KEY, AT_STREAM - AT_KEY, head,
	            AT_NONCE, head + AT_NONCE, wrapping) != 0) {
		if (le16(head + AT_VERSION) > VERSION)
			return fail(error, HUFU_UNSUPPORTED, view_of(sha256),
			        "is of a newer hufu, or its head is damaged", "update hufu, or take it from a backup");
		return fail(error, HUFU_MALFORMED, view_of(sha256), "the head of this object is damaged",
		        "take it from a backup");
	}
	if (le16(head + AT_VERSION) != VERSION || memcmp(head + AT_ALGORITHMS, algorithms, sizeof algorithms) != 0 ||
	        le16(head + AT_CHUNK) != CHUNK_LOG2)
		return fail(error, HUFU_UNSUPPORTED, view_of(sha256), "is by algorithms that this hufu does not know",
		        "update hufu");
	sodium_bin2hex(read.sha256, sizeof read.sha256, head + AT_SHA256, DIGEST_LEN);
	sodium_bin2hex(read.sm3, sizeof read.sm3, head + AT_SM3, DIGEST_LEN);
	if (strcmp(read.sha256, sha256) != 0)
		return fail(error, HUFU_MALFORMED, view_of(sha256), "the file of this name holds another object",
		        "take it from a backup");
	*object = read;
	return HUFU_OK;
}
