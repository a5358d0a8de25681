/* Inside the room: the handle, an account as the database has it, and the one way in which accounts are changed. */
#ifndef HUFU_ACCOUNT_INSIDE_H
#define HUFU_ACCOUNT_INSIDE_H

#include "account/account.h"
#include "base/auto.h"
#include "db/db.h"

enum {
	PASSWORD_HASH_MAX = 128,
	TOTP_BYTES = 20,
	TOTP_SEALED = 24 + TOTP_BYTES + 16, /* nonce, secret, tag */
	TOKEN_HASH_TEXT = 65,
	PLACE_TEXT = 65,
	ONE_TIME_LASTS = 7 * 86400,
};

/* Of a password's hash. A variable, since a test that counts a thousand tries is about counting. */
struct password_cost {
	unsigned long long operations;
	size_t memory;
};
extern struct password_cost password_cost;

struct accounts {
	const struct store *store;
	struct db *db;
	struct actor actor;
	int64_t (*now)(void);       /* the clock; tests set their own */
	uint8_t seal[32], mark[32]; /* keys: secrets of one-time codes; places and CSRF tokens */
};

/* Whether the file permission is the boundary. */
static inline bool accounts_local(const struct db *db)
{
	return !strcmp(db_kind(db), "sqlite");
}

struct account_row {
	int64_t id; /* 0: there is none */
	char name[ACCOUNT_NAME_MAX];
	enum account_role role;
	char password[PASSWORD_HASH_MAX];
	bool must_change, disabled;
	int64_t password_ends; /* 0: never */
	bool has_totp, has_begun;
	uint8_t totp[TOTP_SEALED], begun[TOTP_SEALED];
	int64_t totp_step;
};

/* An account by its name, also within a transaction; `out->id` 0 when there is none. */
hufu_status account_read(struct accounts *accounts, const char *name, struct account_row *out, hufu_error *error);
/* HUFU_USAGE when there is none. */
hufu_status account_must_be(const struct account_row *row, const char *name, hufu_error *error);

/* One change of an account that is there: its row is read, `work` changes it, the log has a line. `work` may be called
 * again. */
struct account_change {
	struct accounts *accounts;
	const char *name, *what, *note; /* note may be NULL */
	hufu_status (*work)(struct account_change *change, hufu_error *error);
	const void *context;
	int64_t at; /* set */
	struct account_row row;
};
hufu_status account_change(struct account_change *change, hufu_error *error);
/* A line of the log, within a transaction. */
hufu_status account_note(struct accounts *accounts, const char *by, const char *what, const char *whom,
        const char *note, hufu_error *error);
/* The actor's own account, or the owner: else HUFU_DENIED. */
hufu_status account_is_own(const struct accounts *accounts, const char *name, hufu_error *error);
/* One's own, or by the permission. */
hufu_status account_is_own_or(const struct accounts *accounts, const char *name, enum may may, hufu_error *error);
/* RFC 3339 in the store's zone, or null for 0. */
json_t *account_time(const struct accounts *accounts, int64_t instant);
/* Ends the sessions of an account, but the one of `keep` (NULL: none). Within a transaction. */
hufu_status sessions_drop(struct accounts *accounts, int64_t account, const char *keep, hufu_error *error);

/* ---- passwords ---- */

/* The rule for new ones. */
hufu_status password_check(hufu_view fresh, const char *name, hufu_error *error);
hufu_status password_hash(hufu_view password, char out[PASSWORD_HASH_MAX], hufu_error *error);
/* `hash` NULL: works as long, and says no. */
bool password_fits(const char *hash, hufu_view password);
/* Whether it was made with other costs than today's. */
bool password_is_old(const char *hash);
/* 100 random bits. */
void one_time_make(char out[ACCOUNT_ONE_TIME_MAX]);
bool one_time_looks(hufu_view password);

/* ---- one-time codes ---- */

uint32_t totp_code(const uint8_t secret[TOTP_BYTES], int64_t step);
/* The step whose code it is, of the one now and its two neighbours, if later than `used`; -1: none. */
int64_t totp_match(const uint8_t secret[TOTP_BYTES], hufu_view code, int64_t now, int64_t used);
/* The same for an account's secret as it is kept; HUFU_MALFORMED when that was altered. */
hufu_status totp_check(const struct accounts *accounts, const struct account_row *row,
        const uint8_t sealed[TOTP_SEALED], const char *code, int64_t *step, hufu_error *error);

/* ---- tokens ---- */

void token_make(char out[ACCOUNT_TOKEN_MAX]);
bool token_looks(const char *token);
void token_hash(const char *token, char out[TOKEN_HASH_TEXT]);
/* What goes with a session's token, by the store's key. */
void token_csrf(const struct accounts *accounts, const char *token, char out[ACCOUNT_TOKEN_MAX]);

/* ---- how fast one may guess ---- */

/* A try under way. It counts as failed from its beginning, so that many at once, or a crash, count too. */
struct attempt {
	struct accounts *accounts;
	const char *name, *client, *device;
	bool free;     /* a one-time password's shape: not held up */
	int64_t wait;  /* seconds; 0: go on */
	bool stranger; /* it took one from the name's strangers */
	char place[PLACE_TEXT], address[PLACE_TEXT], strangers[PLACE_TEXT];
};
hufu_status attempt_begin(struct attempt *attempt, hufu_error *error);
/* It was right: within a transaction. `device` becomes a known browser. */
hufu_status attempt_right(struct attempt *attempt, const char *device, hufu_error *error);
/* One of a name's code tries; `wait` as above. In a transaction of its own. */
hufu_status attempt_code(struct accounts *accounts, const char *name, int64_t *wait, hufu_error *error);
hufu_status attempt_code_right(struct accounts *accounts, const char *name, hufu_error *error);
/* One's own password asked again, within a session. Own transaction. */
hufu_status attempt_again(struct accounts *accounts, const char *name, int64_t *wait, hufu_error *error);
hufu_status attempt_again_right(struct accounts *accounts, const char *name, hufu_error *error);

#endif
