/* Passwords: the rule for new ones, Argon2id, and one-time passwords. Uses libsodium. */
#include "account/inside.h"
#include "base/utf8.h"

#include <sodium.h>
#include <strings.h>

/* RFC 9106, second recommended choice: 64 MiB, three passes. */
struct password_cost password_cost = { .operations = 3, .memory = 64 << 20 };

/* Of a random password that nobody has: what a name without account is held against, for as long. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=3,p=1$ihHPodHkc6NyU9mCz1isPQ$TMFF7rt9hTQ1AQ1iWNjPwGjdM4ZenhLwqGs"
                             "yPkon/BY";

static hufu_status refuse(const char *what, hufu_error *error)
{
	return fail(
	        error, HUFU_USAGE, view_of("password"), what, "take several words that only you would put together");
}

hufu_status password_check(hufu_view fresh, const char *name, hufu_error *error)
{
	size_t characters = 0;
	if (fresh.len > PASSWORD_MOST)
		return refuse("is longer than 1024 bytes", error);
	for (hufu_view rest = fresh; rest.len; characters++) {
		uint32_t character = utf8_next(&rest);
		if (character == UTF8_BROKEN || character == 0)
			return refuse("is not UTF-8", error);
	}
	if (characters < PASSWORD_LEAST)
		return refuse("has fewer than 12 characters", error);
	if (fresh.len == strlen(name) && !strncasecmp(fresh.ptr, name, fresh.len))
		return refuse("is the account's name", error);
	return HUFU_OK;
}

hufu_status password_hash(hufu_view password, char out[PASSWORD_HASH_MAX], hufu_error *error)
{
	_Static_assert(PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "room for what libsodium writes");
	if (!crypto_pwhash_str(out, password.ptr, password.len, password_cost.operations, password_cost.memory))
		return HUFU_OK;
	return fail(error, HUFU_NO_MEMORY, view_of("password"), "no memory", "a password takes 64 MiB to check");
}

bool password_fits(const char *hash, hufu_view password)
{
	size_t len = password.len > PASSWORD_MOST ? PASSWORD_MOST : password.len;
	bool fits = !crypto_pwhash_str_verify(hash ? hash : nobody, password.ptr ? password.ptr : "", len);
	return fits && hash && len == password.len;
}

bool password_is_old(const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash, password_cost.operations, password_cost.memory) != 0;
}

/* ---- one-time passwords: 20 letters and digits that nobody takes for one another, in groups of four ---- */

static const char letters[33] = "abcdefghijkmnpqrstuvwxyz23456789";
enum { GROUP = 5, ONE_TIME_LEN = 5 * GROUP - 1 };

void one_time_make(char out[ACCOUNT_ONE_TIME_MAX])
{
	for (size_t i = 0; i < ONE_TIME_LEN; i++)
		out[i] = i % GROUP == GROUP - 1 ? '-' : letters[randombytes_uniform(32)];
	out[ONE_TIME_LEN] = 0;
}

bool one_time_looks(hufu_view password)
{
	bool looks = password.len == ONE_TIME_LEN;
	for (size_t i = 0; looks && i < ONE_TIME_LEN; i++)
		looks = i % GROUP == GROUP - 1 ? password.ptr[i] == '-'
		                               : password.ptr[i] && strchr(letters, password.ptr[i]);
	return looks;
}
