/* Signatures of a store: an Ed25519 key pair derived from the store's key, so that there is no second secret to keep.
 * Keys and signatures as text name their algorithm ("ed25519:" and hex), so that SM2 can join. Checking needs neither
 * store nor key. */
#ifndef HUFU_VAULT_SIGN_H
#define HUFU_VAULT_SIGN_H

#include "seal/key.h"

enum {
	SIGN_PUBLIC_LEN = 32,
	SIGN_PUBLIC_TEXT = 80,      /* room for a public key as text, with its NUL */
	SIGN_TEXT = 144,            /* for a signature */
	SIGN_FINGERPRINT_TEXT = 80, /* for a fingerprint */
};

struct sign_key; /* the secret half; in locked memory */

/* An Ed25519 public key. */
struct sign_public {
	uint8_t bytes[SIGN_PUBLIC_LEN];
};

hufu_status sign_key_of(const struct key *key, struct sign_key **out, hufu_error *error);
void sign_key_free(struct sign_key *key);
struct sign_public sign_public_of(const struct sign_key *key);

/* "ed25519:" and 64 hex digits, and back (false: it is no such text, or no key). */
void sign_public_print(const struct sign_public *signer, char out[SIGN_PUBLIC_TEXT]);
bool sign_public_parse(hufu_view text, struct sign_public *out);

/* What people compare over the telephone: SHA-256 of the public key's text, 16 groups of four hex digits. */
void sign_fingerprint(const struct sign_public *signer, char out[SIGN_FINGERPRINT_TEXT]);
/* Whether `text` is its fingerprint; blanks, colons, hyphens and case do not matter. */
bool sign_fingerprint_fits(const struct sign_public *signer, hufu_view text);

/* Signs `message` as a thing of the sort `context` (a constant such as "hufu entry 1"): a signature under one context
 * is none under another. What is signed is the SHA-256 of the context, a NUL byte, and the message. */
void sign_make(const struct sign_key *key, const char *context, hufu_view message, char out[SIGN_TEXT]);
/* HUFU_OK, or HUFU_MALFORMED (it does not hold), or HUFU_UNSUPPORTED (an algorithm that we do not know). */
hufu_status sign_check(const struct sign_public *signer, const char *context, hufu_view message, hufu_view signature,
        hufu_error *error);

#endif
