/* Signatures: Ed25519 by libsodium, with the algorithm written in front. Uses base, seal's key and libsodium. */
#include "sign.h"

#include "base/bytes.h"

#include <sodium.h>
#include <stdio.h>

struct sign_key {
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct sign_public signer;
};

enum { DIGEST_LEN = crypto_hash_sha256_BYTES, GROUP = 4 };

static const char algorithm[] = "ed25519:";

_Static_assert(SIGN_PUBLIC_LEN == crypto_sign_PUBLICKEYBYTES, "a public key");
_Static_assert(SIGN_TEXT > sizeof algorithm + 2 * crypto_sign_BYTES, "room for a signature");

hufu_status sign_key_of(const struct key *key, struct sign_key **out, hufu_error *error)
{
	uint8_t seed[crypto_sign_SEEDBYTES];
	struct sign_key *made = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *made);

	if (!made)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	key_subkey(key, KEY_SIGN, seed, sizeof seed);
	crypto_sign_seed_keypair(made->signer.bytes, made->secret, seed);
	sodium_memzero(seed, sizeof seed);
	*out = made;
	return HUFU_OK;
}

void sign_key_free(struct sign_key *key)
{
	sodium_free(key);
}

struct sign_public sign_public_of(const struct sign_key *key)
{
	return key->signer;
}

/* ---- as text ---- */

static void print(const uint8_t *bytes, size_t len, char *out, size_t cap)
{
	memcpy(out, algorithm, sizeof algorithm);
	sodium_bin2hex(out + sizeof algorithm - 1, cap - (sizeof algorithm - 1), bytes, len);
}

/* Only the one way in which `print` writes it: another spelling of a signature would be another signature. */
static bool parse(hufu_view text, uint8_t *out, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	if (!view_starts(text, algorithm))
		return false;
	text = view_from(text, sizeof algorithm - 1);
	if (text.len != 2 * len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!text.ptr[i] || !strchr(digits, text.ptr[i]))
			return false;
	return sodium_hex2bin(out, len, text.ptr, text.len, NULL, NULL, NULL) == 0;
}

void sign_public_print(const struct sign_public *signer, char out[SIGN_PUBLIC_TEXT])
{
	print(signer->bytes, sizeof signer->bytes, out, SIGN_PUBLIC_TEXT);
}

bool sign_public_parse(hufu_view text, struct sign_public *out)
{
	struct sign_public parsed;

	if (!parse(text, parsed.bytes, sizeof parsed.bytes))
		return false;
	*out = parsed;
	return true;
}

static void digest_hex(const struct sign_public *signer, char out[2 * DIGEST_LEN + 1])
{
	char text[SIGN_PUBLIC_TEXT];
	uint8_t digest[DIGEST_LEN];

	sign_public_print(signer, text);
	crypto_hash_sha256(digest, (const uint8_t *)text, strlen(text));
	sodium_bin2hex(out, 2 * DIGEST_LEN + 1, digest, sizeof digest);
}

void sign_fingerprint(const struct sign_public *signer, char out[SIGN_FINGERPRINT_TEXT])
{
	char hex[2 * DIGEST_LEN + 1];
	size_t at = 0;

	digest_hex(signer, hex);
	for (size_t i = 0; hex[i]; i++) {
		if (i && i % GROUP == 0)
			out[at++] = ' ';
		out[at++] = hex[i];
	}
	out[at] = '\0';
}

bool sign_fingerprint_fits(const struct sign_public *signer, hufu_view text)
{
	char hex[2 * DIGEST_LEN + 1];
	size_t at = 0;

	digest_hex(signer, hex);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == ' ' || c == ':' || c == '-')
			continue;
		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (!hex[at] || hex[at++] != c)
			return false;
	}
	return hex[at] == '\0';
}

/* ---- signing ---- */

/* What is signed: a digest, so that a message of any length needs no second copy. */
static void digest(const char *context, hufu_view message, uint8_t out[DIGEST_LEN])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)context, strlen(context) + 1);
	crypto_hash_sha256_update(&state, (const uint8_t *)(message.len ? message.ptr : ""), message.len);
	crypto_hash_sha256_final(&state, out);
}

void sign_make(const struct sign_key *key, const char *context, hufu_view message, char out[SIGN_TEXT])
{
	uint8_t signed_part[DIGEST_LEN], made[crypto_sign_BYTES];

	digest(context, message, signed_part);
	crypto_sign_detached(made, NULL, signed_part, sizeof signed_part, key->secret);
	print(made, sizeof made, out, SIGN_TEXT);
}

hufu_status sign_check(const struct sign_public *signer, const char *context, hufu_view message, hufu_view signature,
        hufu_error *error)
{
	uint8_t signed_part[DIGEST_LEN], given[crypto_sign_BYTES];
	bool ours = view_starts(signature, algorithm);

	if (!ours && signature.len && memchr(signature.ptr, ':', signature.len))
		return fail(error, HUFU_UNSUPPORTED, (hufu_view){ 0 },
		        "the signature is by an algorithm that this hufu does not know", "update hufu");
	if (!parse(signature, given, sizeof given))
		return fail(error, HUFU_MALFORMED, (hufu_view){ 0 }, "is no signature", NULL);
	digest(context, message, signed_part);
	if (crypto_sign_verify_detached(given, signed_part, sizeof signed_part, signer->bytes) != 0)
		return fail(error, HUFU_MALFORMED, (hufu_view){ 0 }, "the signature does not hold", NULL);
	return HUFU_OK;
}
