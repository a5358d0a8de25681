/* One-time codes by time (RFC 6238: HMAC-SHA-1, six digits, steps of 30 s), as every authenticator app makes them. A
 * secret is kept encrypted under the store's key and bound to its account; a code is good once. */
#include "account/inside.h"
#include "base/le.h"

#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>

enum { STEP = 30, DIGITS = 6, MODULUS = 1000000, NEIGHBOURS = 1 };

/* ---- codes ---- */

uint32_t totp_code(const uint8_t secret[TOTP_BYTES], int64_t step)
{
	uint8_t counter[8], sum[20];
	unsigned len = sizeof sum;
	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	if (!HMAC(EVP_sha1(), secret, TOTP_BYTES, counter, sizeof counter, sum, &len))
		abort(); /* SHA-1 is not there: nothing that could go on */
	size_t at = sum[19] & 15;
	uint32_t code = ((uint32_t)(sum[at] & 127) << 24) | ((uint32_t)sum[at + 1] << 16) |
	                ((uint32_t)sum[at + 2] << 8) | sum[at + 3];
	sodium_memzero(sum, sizeof sum);
	return code % MODULUS;
}

int64_t totp_match(const uint8_t secret[TOTP_BYTES], hufu_view code, int64_t now, int64_t used)
{
	char want[16];
	int64_t found = -1;
	if (code.len != DIGITS)
		return -1;
	/* All are compared, so that the time does not tell which one was near. */
	for (int64_t step = now / STEP - NEIGHBOURS; step <= now / STEP + NEIGHBOURS; step++) {
		snprintf(want, sizeof want, "%06u", totp_code(secret, step));
		if (!sodium_memcmp(want, code.ptr, DIGITS) && step > used)
			found = step;
	}
	sodium_memzero(want, sizeof want);
	return found;
}

/* ---- a secret as it is kept ---- */

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };
_Static_assert(TOTP_SEALED == NONCE + TOTP_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES, "nonce, secret, tag");

static void secret_seal(
        const struct accounts *accounts, int64_t account, const uint8_t secret[TOTP_BYTES], uint8_t out[TOTP_SEALED])
{
	uint8_t whose[8];
	put_le64(whose, (uint64_t)account);
	randombytes_buf(out, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
	        out + NONCE, NULL, secret, TOTP_BYTES, whose, sizeof whose, NULL, out, accounts->seal);
}

static hufu_status secret_open(const struct accounts *accounts, const struct account_row *row,
        const uint8_t sealed[TOTP_SEALED], uint8_t out[TOTP_BYTES], hufu_error *error)
{
	uint8_t whose[8];
	put_le64(whose, (uint64_t)row->id);
	if (!crypto_aead_xchacha20poly1305_ietf_decrypt(
	            out, NULL, NULL, sealed + NONCE, TOTP_SEALED - NONCE, whose, sizeof whose, sealed, accounts->seal))
		return HUFU_OK;
	return fail(error, HUFU_MALFORMED, view_of(row->name), "its secret for one-time codes was altered",
	        "turn its codes off: hufu account totp NAME off");
}

hufu_status totp_check(const struct accounts *accounts, const struct account_row *row,
        const uint8_t sealed[TOTP_SEALED], const char *code, int64_t *step, hufu_error *error)
{
	uint8_t secret[TOTP_BYTES];
	*step = -1;
	hufu_status status = secret_open(accounts, row, sealed, secret, error);
	if (!status)
		*step = totp_match(secret, view_of(code), accounts->now(), row->totp_step);
	sodium_memzero(secret, sizeof secret);
	return status;
}

/* ---- on and off ---- */

static void base32(const uint8_t secret[TOTP_BYTES], char out[TOTP_SECRET_MAX])
{
	size_t len = 0;
	for (size_t bit = 0; bit < TOTP_BYTES * 8; bit += 5) {
		unsigned pair = (unsigned)(secret[bit / 8] << 8) | (bit / 8 + 1 < TOTP_BYTES ? secret[bit / 8 + 1] : 0);
		out[len++] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(pair >> (11 - bit % 8)) & 31];
	}
	out[len] = 0;
}

/* Names may hold anything printable: percent-encoded but for letters and digits. */
static void uri_of(const char *name, const char *secret, char out[TOTP_URI_MAX])
{
	size_t len = (size_t)snprintf(out, TOTP_URI_MAX, "otpauth://totp/hufu:");
	for (; *name; name++)
		len += (size_t)snprintf(out + len, TOTP_URI_MAX - len,
		        (*name >= '0' && *name <= '9') || ((*name | 32) >= 'a' && (*name | 32) <= 'z') ? "%c"
		                                                                                       : "%%%02X",
		        (unsigned char)*name);
	snprintf(out + len, TOTP_URI_MAX - len, "?secret=%s&issuer=hufu&algorithm=SHA1&digits=6&period=30", secret);
}

static hufu_status begin_work(struct account_change *change, hufu_error *error)
{
	uint8_t sealed[TOTP_SEALED];
	secret_seal(change->accounts, change->row.id, change->context, sealed);
	return db_run(change->accounts->db,
	        DB_SQL("update accounts set totp_begun = ? where id = ?", db_blob(view_make(sealed, sizeof sealed)),
	                db_int(change->row.id)),
	        NULL, error);
}

hufu_status account_totp_begin(struct accounts *accounts, const char *name, struct totp_begun *out, hufu_error *error)
{
	uint8_t secret[TOTP_BYTES];
	struct account_change change = {
		.accounts = accounts, .name = name, .what = "totp begun", .work = begin_work, .context = secret
	};
	hufu_status status = account_is_own(accounts, name, error);
	if (status)
		return status;
	randombytes_buf(secret, sizeof secret);
	status = account_change(&change, error);
	if (!status) {
		base32(secret, out->secret);
		uri_of(change.row.name, out->secret, out->uri);
	}
	sodium_memzero(secret, sizeof secret);
	return status;
}

static hufu_status no_such_code(hufu_error *error)
{
	return fail(error, HUFU_DENIED, view_of("code"), "is not the code of now",
	        "wait for the next one; the clocks must agree to half a minute");
}

static hufu_status confirm_work(struct account_change *change, hufu_error *error)
{
	struct account_row *row = &change->row;
	int64_t step;
	if (!row->has_begun)
		return fail(error, HUFU_USAGE, view_of(row->name), "has no secret to be confirmed", "begin anew");
	row->totp_step = 0; /* of the secret before */
	hufu_status status = totp_check(change->accounts, row, row->begun, change->context, &step, error);
	if (!status && step < 0)
		status = no_such_code(error);
	return status ? status
	              : db_run(change->accounts->db,
	                        DB_SQL("update accounts set totp = totp_begun, totp_begun = null, totp_step = ? where "
	                               "id "
	                               "= ?",
	                                db_int(step), db_int(row->id)),
	                        NULL, error);
}

hufu_status account_totp_confirm(struct accounts *accounts, const char *name, const char *code, hufu_error *error)
{
	struct account_change change = {
		.accounts = accounts, .name = name, .what = "totp on", .work = confirm_work, .context = code
	};
	hufu_status status = account_is_own(accounts, name, error);
	return status ? status : account_change(&change, error);
}

static hufu_status off_work(struct account_change *change, hufu_error *error)
{
	struct account_row *row = &change->row;
	int64_t step = 0;
	hufu_status status = HUFU_OK;
	if (change->context && row->has_totp)
		status = totp_check(change->accounts, row, row->totp, change->context, &step, error);
	if (!status && step < 0)
		status = no_such_code(error);
	return status ? status
	              : db_run(change->accounts->db,
	                        DB_SQL("update accounts set totp = null, totp_begun = null, totp_step = 0 where id = ?",
	                                db_int(row->id)),
	                        NULL, error);
}

static hufu_status off_by_code(struct account_change *change, hufu_error *error)
{
	int64_t wait = 0;
	hufu_status status = attempt_code(change->accounts, change->name, &wait, error);
	if (!status && wait)
		status = fail(error, HUFU_TIMEOUT, view_of("code"), "too many wrong ones", "try again in some minutes");
	if (!status)
		status = account_change(change, error);
	return status ? status : attempt_code_right(change->accounts, change->name, error);
}

hufu_status account_totp_off(struct accounts *accounts, const char *name, const char *code, hufu_error *error)
{
	struct account_change change = {
		.accounts = accounts, .name = name, .what = "totp off", .work = off_work, .context = code
	};
	hufu_status status =
	        code ? account_is_own(accounts, name, error) : actor_may(&accounts->actor, MAY_ACCOUNTS, error);
	if (status)
		return status;
	return code ? off_by_code(&change, error) : account_change(&change, error);
}
