/* Signing in. The password's work is done outside of any transaction, for names that do not exist too; before it the
 * try is counted, behind it everything is looked at again, in the transaction that makes the session. */
#include "account/inside.h"

#include <sodium.h>
#include <stdio.h>

enum { SESSIONS_MOST = 20, CLIENT_MAX = 200 };

struct entering {
	struct accounts *accounts;
	const struct login_try *asked;
	struct attempt attempt;
	struct account_row row; /* whose password was right */
	bool by_code;
	char renewed[PASSWORD_HASH_MAX]; /* "": as it was */
	struct login *login;
};

/* ---- what was asked ---- */

static void client_text(const struct login_try *asked, char out[CLIENT_MAX])
{
	char agent[128], client[64];
	printable(view_of(asked->client), client, sizeof client);
	printable(view_of(asked->agent), agent, sizeof agent);
	snprintf(out, CLIENT_MAX, "%s%s%s", client, agent[0] ? " " : "", agent);
}

static hufu_status note_of(struct entering *entering, const char *what, hufu_error *error)
{
	char client[64];
	const char *name = entering->row.name;
	printable(view_of(entering->asked->client), client, sizeof client);
	return account_note(entering->accounts, name, what, name, client, error);
}

/* ---- the transaction that lets him in ---- */

static hufu_status insert_session(struct entering *entering, hufu_error *error)
{
	struct accounts *accounts = entering->accounts;
	char hash[TOKEN_HASH_TEXT], client[CLIENT_MAX];
	int64_t now = accounts->now();
	token_hash(entering->login->token, hash);
	client_text(entering->asked, client);
	hufu_status status =
	        db_run(accounts->db, DB_SQL("delete from sessions where ends_at <= ?", db_int(now)), NULL, error);
	if (!status)
		status = db_run(accounts->db,
		        DB_SQL("delete from sessions where account_id = ? and token_sha256 not in (select token_sha256 "
		               "from "
		               "sessions where account_id = ? order by used_at desc limit ?)",
		                db_int(entering->row.id), db_int(entering->row.id), db_int(SESSIONS_MOST - 1)),
		        NULL, error);
	if (!status)
		status = db_run(accounts->db,
		        DB_SQL("insert into sessions (token_sha256, account_id, client, created_at, used_at, ends_at) "
		               "values (?, ?, ?, ?, ?, ?)",
		                db_text(hash), db_int(entering->row.id), db_text(client), db_int(now), db_int(now),
		                db_int(now + entering->asked->most)),
		        NULL, error);
	return status;
}

/* The account as it is by now: somebody may have disabled it or set another password meanwhile. */
static hufu_status still_good(struct entering *entering, bool *good, hufu_error *error)
{
	struct account_row now;
	hufu_status status = account_read(entering->accounts, entering->asked->name, &now, error);
	*good = !status && now.id == entering->row.id && !now.disabled &&
	        !strcmp(now.password, entering->row.password) && now.has_totp == entering->row.has_totp;
	if (*good)
		entering->row = now;
	return status;
}

/* A code is good once, whoever is first. */
static hufu_status use_code(struct entering *entering, bool *good, hufu_error *error)
{
	struct account_row *row = &entering->row;
	int64_t step;
	hufu_status status = totp_check(entering->accounts, row, row->totp, entering->asked->code, &step, error);
	*good = !status && step >= 0;
	return !*good ? status
	              : db_run(entering->accounts->db,
	                        DB_SQL("update accounts set totp_step = ? where id = ?", db_int(step), db_int(row->id)),
	                        NULL, error);
}

static hufu_status let_in(struct entering *entering, hufu_error *error)
{
	struct accounts *accounts = entering->accounts;
	struct account_row *row = &entering->row;
	struct login *login = entering->login;
	hufu_status status = attempt_right(&entering->attempt, login->device, error);
	if (!status && entering->by_code)
		status = attempt_code_right(accounts, entering->asked->name, error);
	if (!status)
		status = insert_session(entering, error);
	if (!status)
		status = db_run(accounts->db,
		        DB_SQL("update accounts set seen_at = ?, password = ? where id = ?", db_int(accounts->now()),
		                db_text(entering->renewed[0] ? entering->renewed : row->password), db_int(row->id)),
		        NULL, error);
	if (!status)
		status = note_of(entering, "signed in", error);
	login->answer = status ? LOGIN_WRONG : LOGIN_IN;
	login->must_change = row->must_change;
	login->actor.role = row->must_change ? ACTS_NONE : row->role;
	snprintf(login->actor.name, sizeof login->actor.name, "%s", row->name);
	return status;
}

static hufu_status enter_work(struct db *db, void *context, hufu_error *error)
{
	struct entering *entering = context;
	bool good = false;
	(void)db;
	entering->login->answer = LOGIN_WRONG;
	hufu_status status = still_good(entering, &good, error);
	if (!status && good && entering->by_code)
		status = use_code(entering, &good, error);
	if (!status && !good)
		return note_of(entering, entering->by_code ? "wrong code" : "changed meanwhile", error);
	return status ? status : let_in(entering, error);
}

/* ---- before it ---- */

/* Whether the password is the account's. Works as long for a name that is none. */
static hufu_status password_right(struct entering *entering, bool *right, hufu_error *error)
{
	struct accounts *accounts = entering->accounts;
	const struct login_try *asked = entering->asked;
	struct account_row *row = &entering->row;
	hufu_status status = account_read(accounts, asked->name, row, error);
	if (status)
		return status;
	bool fits = password_fits(row->id ? row->password : NULL, asked->password);
	bool ended = row->password_ends && row->password_ends <= accounts->now();
	*right = fits && !row->disabled && !ended && (!entering->attempt.free || row->must_change);
	return HUFU_OK;
}

static hufu_status enter(struct entering *entering, hufu_error *error)
{
	struct login *login = entering->login;
	const struct login_try *asked = entering->asked;
	hufu_status status = HUFU_OK;
	entering->by_code = entering->row.has_totp;
	if (entering->by_code && !asked->code) {
		login->answer = LOGIN_NEEDS_CODE;
		return HUFU_OK;
	}
	if (entering->by_code)
		status = attempt_code(entering->accounts, asked->name, &login->wait, error);
	if (!status && login->wait) {
		login->answer = LOGIN_SLOW_DOWN;
		return HUFU_OK;
	}
	if (!status && password_is_old(entering->row.password))
		status = password_hash(asked->password, entering->renewed, error);
	token_make(login->token);
	token_csrf(entering->accounts, login->token, login->csrf);
	if (token_looks(asked->device))
		memcpy(login->device, asked->device, strlen(asked->device) + 1);
	else
		token_make(login->device);
	return status ? status : db_transact(entering->accounts->db, enter_work, entering, error);
}

static void forget_tokens(struct login *login)
{
	sodium_memzero(login->token, sizeof login->token);
	sodium_memzero(login->csrf, sizeof login->csrf);
	sodium_memzero(login->device, sizeof login->device);
}

hufu_status account_login(
        struct accounts *accounts, const struct login_try *asked, struct login *out, hufu_error *error)
{
	struct entering entering = { .accounts = accounts,
		.asked = asked,
		.attempt = { .accounts = accounts,
		        .name = asked->name,
		        .client = asked->client,
		        .device = asked->device,
		        .free = one_time_looks(asked->password) },
		.login = out };
	bool right = false;
	*out = (struct login){ .answer = LOGIN_WRONG };
	hufu_status status = attempt_begin(&entering.attempt, error);
	if (!status && entering.attempt.wait) {
		out->answer = LOGIN_SLOW_DOWN;
		out->wait = entering.attempt.wait;
		return HUFU_OK;
	}
	if (!status)
		status = password_right(&entering, &right, error);
	if (!status && right)
		status = enter(&entering, error);
	if (status || out->answer != LOGIN_IN)
		forget_tokens(out);
	sodium_memzero(&entering.row, sizeof entering.row);
	sodium_memzero(entering.renewed, sizeof entering.renewed);
	return status;
}
