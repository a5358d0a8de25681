/* Tokens: 256 random bits as text. The database has their SHA-256, so that who reads it holds no session. */
#include "account/inside.h"

#include <sodium.h>

enum { TOKEN_BYTES = 32, TOKEN_LEN = 43 };
_Static_assert(sodium_base64_ENCODED_LEN(TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == TOKEN_LEN + 1,
        "the length of a token's text");

static void print_bytes(const uint8_t bytes[TOKEN_BYTES], char out[ACCOUNT_TOKEN_MAX])
{
	sodium_bin2base64(out, ACCOUNT_TOKEN_MAX, bytes, TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void token_make(char out[ACCOUNT_TOKEN_MAX])
{
	uint8_t bytes[TOKEN_BYTES];
	randombytes_buf(bytes, sizeof bytes);
	print_bytes(bytes, out);
	sodium_memzero(bytes, sizeof bytes);
}

bool token_looks(const char *token)
{
	return token && strlen(token) == TOKEN_LEN;
}

void token_hash(const char *token, char out[TOKEN_HASH_TEXT])
{
	uint8_t sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(sum, (const uint8_t *)token, strlen(token));
	sodium_bin2hex(out, TOKEN_HASH_TEXT, sum, sizeof sum);
}

void token_csrf(const struct accounts *accounts, const char *token, char out[ACCOUNT_TOKEN_MAX])
{
	static const char kind[] = "csrf";
	uint8_t sum[TOKEN_BYTES];
	crypto_generichash_state state;
	crypto_generichash_init(&state, accounts->mark, sizeof accounts->mark, sizeof sum);
	crypto_generichash_update(&state, (const uint8_t *)kind, sizeof kind);
	crypto_generichash_update(&state, (const uint8_t *)token, strlen(token));
	crypto_generichash_final(&state, sum, sizeof sum);
	print_bytes(sum, out);
}
