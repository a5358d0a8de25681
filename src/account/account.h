/* Accounts: who may sign in, with which role; passwords, one-time codes, sessions, and how fast one may guess. The
 * room's door for the command line and the console.
 *
 * Nothing here is kept that would let a thief of the database in: passwords are Argon2id, sessions the SHA-256 of their
 * token, secrets of one-time codes encrypted under the store's key. Every change is one transaction with its line in
 * the account log. JSON belongs to the caller. A handle serves one thread; a password costs 64 MiB and about 0.1 s of
 * one core each time it is checked, so whoever lets strangers try bounds how many do at once. */
#ifndef HUFU_ACCOUNT_ACCOUNT_H
#define HUFU_ACCOUNT_ACCOUNT_H

#include "account/role.h"
#include "seal/store.h"

#include <jansson.h>

struct accounts;

enum {
	ACCOUNT_NAME_MAX = ACTOR_NAME_MAX,
	ACCOUNT_ONE_TIME_MAX = 32, /* text of a one-time password */
	ACCOUNT_TOKEN_MAX = 48,    /* text of a token: 256 bits, safe in a cookie and a header */
	PASSWORD_LEAST = 12,       /* characters */
	PASSWORD_MOST = 1024,      /* bytes */
	TOTP_SECRET_MAX = 40,      /* base32 */
	TOTP_URI_MAX = 320,
};

/* Opens the store's accounts (a database handle of their own), acting as the user of this process (actor_of_user). The
 * store stays the caller's. */
hufu_status accounts_open(const struct store *store, struct accounts **out, hufu_error *error);
void accounts_close(struct accounts *accounts);
/* From now on somebody else acts, as a session says; the caller answers for it. */
void accounts_act_as(struct accounts *accounts, const struct actor *actor);
const struct actor *accounts_actor(const struct accounts *accounts);

/* ---- accounts: each wants MAY_ACCOUNTS unless it says otherwise ---- */

/* A new account with a one-time password, which must be changed at the first sign-in and ends after seven days. Name: 1
 * to 63 bytes of printable UTF-8, no blank at the ends, no leading '-'; one that differs from another only in the case
 * of letters is refused. `contact` may be NULL. */
hufu_status account_add(struct accounts *accounts, const char *name, const char *role, const char *contact,
        char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error);
/* Makes `admin` where there is no account at all, and says so in `made`; wants no permission. For `hufu serve`, which
 * prints the password. */
hufu_status account_first(
        struct accounts *accounts, bool *made, char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error);
/* Each ends the account's sessions. The last admin who can sign in stays one. */
hufu_status account_set_role(struct accounts *accounts, const char *name, const char *role, hufu_error *error);
hufu_status account_disable(struct accounts *accounts, const char *name, hufu_error *error);
hufu_status account_enable(struct accounts *accounts, const char *name, hufu_error *error);
/* `contact` NULL or empty: none. Sessions go on. */
hufu_status account_set_contact(struct accounts *accounts, const char *name, const char *contact, hufu_error *error);
/* A new one-time password, for whoever forgot his; ends his sessions. One-time codes stay on. */
hufu_status account_reset(
        struct accounts *accounts, const char *name, char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error);
/* [{"name", "role", "contact", "must_change", "totp", "disabled_at", "created_at", "by", "seen_at"}], times as RFC 3339
 * in the store's zone or null. */
hufu_status account_list(struct accounts *accounts, json_t **out, hufu_error *error);
/* One of them; one's own wants no permission. */
hufu_status account_show(struct accounts *accounts, const char *name, json_t **out, hufu_error *error);
/* [{"seq", "at", "by", "what", "whom", "note"}], the newest first, at most `most`, those before `before` (0: all).
 * Wants MAY_AUDIT. */
hufu_status account_log(struct accounts *accounts, int64_t before, size_t most, json_t **out, hufu_error *error);

/* ---- one's own: by the account itself, or by the owner ---- */

/* `old` is checked, unless the owner acts, and so is the rule for new ones: 12 characters to 1024 bytes of UTF-8, not
 * the name, not the old one. Ends the account's sessions but the one of `keep` (a token, or NULL). A wrong `old` is
 * HUFU_DENIED; after five the next tries must wait (HUFU_TIMEOUT). */
hufu_status account_password(struct accounts *accounts, const char *name, hufu_view old, hufu_view fresh,
        const char *keep, hufu_error *error);
/* A new secret for one-time codes (RFC 6238: SHA-1, six digits, 30 s), which counts once a code of it was confirmed. */
struct totp_begun {
	char secret[TOTP_SECRET_MAX]; /* base32, to be typed */
	char uri[TOTP_URI_MAX];       /* otpauth://, for a QR code */
};
hufu_status account_totp_begin(struct accounts *accounts, const char *name, struct totp_begun *out, hufu_error *error);
hufu_status account_totp_confirm(struct accounts *accounts, const char *name, const char *code, hufu_error *error);
/* One's own wants a code; for whoever lost his device, by MAY_ACCOUNTS (`code` NULL). */
hufu_status account_totp_off(struct accounts *accounts, const char *name, const char *code, hufu_error *error);

/* ---- signing in ---- */

struct login_try {
	const char *name;
	hufu_view password;
	const char *code;   /* one-time code, or NULL */
	const char *client; /* the address it comes from, as text */
	const char *device; /* what an earlier sign-in gave this browser (login.device), or NULL */
	const char *agent;  /* what the client calls itself, or NULL; made printable and cut */
	int64_t most;       /* seconds a session may last in any case */
};

enum login_answer {
	LOGIN_IN,
	LOGIN_WRONG,      /* name, password or code; the same answer, after the same time, for all */
	LOGIN_NEEDS_CODE, /* the password is right and the account has one-time codes: ask again with both */
	LOGIN_SLOW_DOWN,  /* not looked at; try again in `wait` seconds */
};

struct login {
	enum login_answer answer;
	int64_t wait;
	char token[ACCOUNT_TOKEN_MAX]; /* of the session: for a cookie; it is nowhere else */
	char csrf[ACCOUNT_TOKEN_MAX];  /* to be sent back in a header with what changes something */
	/* For a long-lived cookie: tries from a browser that was let in before are counted apart, so that nobody else
	 * can slow them down, behind the same address or not. */
	char device[ACCOUNT_TOKEN_MAX];
	struct actor actor; /* ACTS_NONE while the password must be changed */
	bool must_change;
};

/* Wipe `out` when it was used. A failure is ours (the database), never theirs. */
hufu_status account_login(
        struct accounts *accounts, const struct login_try *attempt, struct login *out, hufu_error *error);

/* ---- sessions ---- */

enum session_state { SESSION_NONE, SESSION_GOOD, SESSION_FORGED /* the CSRF token is not this session's */ };

struct session {
	enum session_state state;
	struct actor actor;     /* ACTS_NONE while the password must be changed */
	enum account_role role; /* of the account, all the same */
	bool must_change, totp;
	char csrf[ACCOUNT_TOKEN_MAX];
	int64_t created_at, ends_at; /* at the latest, by both limits */
};

/* Whose session it is. `csrf` NULL: not looked at (what only reads). `idle`: seconds without a request after which it
 * ended. Notes the use at most once a minute. */
hufu_status session_check(struct accounts *accounts, const char *token, const char *csrf, int64_t idle,
        struct session *out, hufu_error *error);
hufu_status session_end(struct accounts *accounts, const char *token, hufu_error *error);
/* [{"id", "client", "created_at", "used_at", "ends_at"}] of an account: one's own, or by MAY_ACCOUNTS. */
hufu_status session_list(struct accounts *accounts, const char *name, json_t **out, hufu_error *error);
/* Ends one (`id` of the list) or all of them (NULL). */
hufu_status sessions_end(
        struct accounts *accounts, const char *name, const char *id, int64_t *ended, hufu_error *error);

#endif
