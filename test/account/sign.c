/* Accounts, passwords, one-time codes, sessions; on both databases. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include "account/account.h"
#undef fail
#include <cmocka.h>

#include "../scratch.h"

#include "stage.h"

#include <sodium.h>
#include <time.h>

/* ---- one-time codes alone: RFC 6238, appendix B, last six digits; the secret is "12345678901234567890" ---- */

static void test_totp__vectors_of_rfc_6238(void **state)
{
	static const struct {
		int64_t at;
		uint32_t code;
	} vectors[] = { { 59, 287082 }, { 1111111109, 81804 }, { 1111111111, 50471 }, { 1234567890, 5924 },
		{ 2000000000, 279037 }, { 20000000000, 353130 } };
	const uint8_t *secret = (const uint8_t *)"12345678901234567890";
	(void)state;
	for (size_t i = 0; i < LEN(vectors); i++)
		assert_int_equal(totp_code(secret, vectors[i].at / 30), vectors[i].code);
	assert_int_equal(totp_match(secret, view_of("081804"), 1111111109, 0), 1111111109 / 30);
	assert_int_equal(totp_match(secret, view_of("081804"), 1111111109 + 30, 0), 1111111109 / 30);
	assert_int_equal(totp_match(secret, view_of("081804"), 1111111109 + 90, 0), -1);
	assert_int_equal(totp_match(secret, view_of("081804"), 1111111109, 1111111109 / 30), -1); /* used */
	assert_int_equal(totp_match(secret, view_of("81804"), 1111111109, 0), -1);
	assert_int_equal(totp_match(secret, view_of(""), 1111111109, 0), -1);
}

static void test_password__the_rule(void **state)
{
	char longest[PASSWORD_MOST + 2];
	static const struct {
		const char *password, *name;
		hufu_status want;
	} rows[] = {
		{ "eleven char", "li", HUFU_USAGE },
		{ "twelve chars", "li", HUFU_OK },
		{ "虎符虎符虎符虎符虎符虎符", "li", HUFU_OK }, /* characters, not bytes */
		{ "虎符虎符虎符", "li", HUFU_USAGE },
		{ "LongAccountName", "longaccountname", HUFU_USAGE },
		{ "\xff\xfe broken utf-8", "li", HUFU_USAGE },
		{ "", "li", HUFU_USAGE },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(password_check(view_of(rows[i].password), rows[i].name, NULL), rows[i].want);
	memset(longest, 'x', sizeof longest);
	assert_int_equal(password_check(view_make(longest, PASSWORD_MOST), "li", NULL), HUFU_OK);
	assert_int_equal(password_check(view_make(longest, PASSWORD_MOST + 1), "li", NULL), HUFU_USAGE);
	assert_int_equal(password_check(view_make("twelve\0chars", 12), "li", NULL), HUFU_USAGE);
}

static void test_password__a_hash_is_of_todays_costs_and_no_other_password_fits(void **state)
{
	char hash[PASSWORD_HASH_MAX], one[ACCOUNT_ONE_TIME_MAX], other[ACCOUNT_ONE_TIME_MAX],
	        longest[PASSWORD_MOST + 1];
	(void)state;
	memset(longest, 'x', sizeof longest);
	GOOD(password_hash(view_make(longest, PASSWORD_MOST), hash, error));
	assert_non_null(strstr(hash, "$argon2id$v=19$m=65536,t=3,p=1$"));
	assert_false(password_is_old(hash));
	assert_true(
	        password_is_old("$argon2id$v=19$m=4096,t=2,p=1$ihHPodHkc6NyU9mCz1isPQ$TMFF7rt9hTQ1AQ1iWNjPwGjdM4Zenh"
	                        "LwqGsyPkon/BY"));
	assert_true(password_fits(hash, view_make(longest, PASSWORD_MOST)));
	assert_false(password_fits(hash, view_make(longest, PASSWORD_MOST + 1))); /* is not cut and let in */
	assert_false(password_fits(hash, view_make(longest, PASSWORD_MOST - 1)));
	assert_false(password_fits(NULL, view_of("x")));
	one_time_make(one);
	one_time_make(other);
	assert_string_not_equal(one, other);
	assert_true(one_time_looks(view_of(one)));
	assert_false(one_time_looks(view_of(stage_password)));
	GOOD(password_check(view_of(one), "li", error));
}

/* A name that is none costs as much: the hash it is held against must have the same costs. Measured, with room for a
 * busy machine. */
static void test_password__nobody_takes_as_long(void **state)
{
	char hash[PASSWORD_HASH_MAX];
	clock_t begun, with, without;
	(void)state;
	GOOD(password_hash(view_of(stage_password), hash, error));
	begun = clock();
	for (int i = 0; i < 3; i++)
		assert_true(password_fits(hash, view_of(stage_password)));
	with = clock() - begun;
	begun = clock();
	for (int i = 0; i < 3; i++)
		assert_false(password_fits(NULL, view_of(stage_password)));
	without = clock() - begun;
	assert_true(without > with / 3 && without < with * 3);
}

/* ---- accounts ---- */

static void test_account__first_is_an_admin_and_only_once(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX], fresh[] = "a new one, quite long";
	bool made = false;
	struct session session;
	(void)state;
	GOOD(account_first(accounts, &made, one_time, error));
	assert_true(made);
	struct login login = stage_login(accounts, "admin", one_time, NULL, "192.0.2.1");
	assert_int_equal(login.answer, LOGIN_IN);
	assert_true(login.must_change);
	assert_int_equal(login.actor.role, ACTS_NONE); /* nothing, until it is changed */
	GOOD(session_check(accounts, login.token, login.csrf, 1800, &session, error));
	assert_int_equal(session.state, SESSION_GOOD);
	assert_int_equal(session.actor.role, ACTS_NONE);
	assert_int_equal(session.role, ACTS_ADMIN);
	accounts_act_as(accounts, &session.actor);
	assert_int_equal(account_add(accounts, "li", "legal", NULL, one_time, NULL), HUFU_DENIED);
	GOOD(account_password(accounts, "admin", view_of(one_time), view_of(fresh), login.token, error));
	GOOD(session_check(accounts, login.token, NULL, 1800, &session, error)); /* kept */
	assert_int_equal(session.state, SESSION_GOOD);
	assert_int_equal(session.actor.role, ACTS_ADMIN);
	assert_int_equal(stage_login(accounts, "admin", one_time, NULL, "192.0.2.1").answer, LOGIN_WRONG);
	assert_int_equal(stage_login(accounts, "admin", fresh, NULL, "192.0.2.1").answer, LOGIN_IN);
	GOOD(account_first(accounts, &made, one_time, error));
	assert_false(made);
	accounts_close(accounts);
}

static void test_account__names_and_roles(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX], longest[80];
	static const struct {
		const char *name, *role;
		hufu_status want;
	} rows[] = {
		{ "li.jing", "admin", HUFU_OK },
		{ "Li.Jing", "legal", HUFU_CONFLICT },
		{ "李静", "legal", HUFU_OK },
		{ "", "legal", HUFU_USAGE },
		{ "-rf", "legal", HUFU_USAGE },
		{ " li", "legal", HUFU_USAGE },
		{ "li\x1b[2J", "legal", HUFU_USAGE },
		{ "li\xe2\x80\xae", "legal", HUFU_USAGE }, /* right to left */
		{ "li\xff", "legal", HUFU_USAGE },
		{ "wang", "owner", HUFU_USAGE },
		{ "wang", "", HUFU_USAGE },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(account_add(accounts, rows[i].name, rows[i].role, NULL, one_time, NULL), rows[i].want);
	memset(longest, 'x', sizeof longest);
	longest[64] = 0;
	assert_int_equal(account_add(accounts, longest, "legal", NULL, one_time, NULL), HUFU_USAGE);
	longest[63] = 0;
	assert_int_equal(account_add(accounts, longest, "legal", "ext. 17", one_time, NULL), HUFU_OK);
	assert_int_equal(account_add(accounts, "zhao", "legal", "\x1b[2J", one_time, NULL), HUFU_USAGE);
	assert_int_equal(account_set_contact(accounts, longest, "ext. 18", NULL), HUFU_OK);
	assert_int_equal(account_set_contact(accounts, longest, "\x1b[2J", NULL), HUFU_USAGE);
	assert_int_equal(account_set_contact(accounts, "nobody", "ext. 18", NULL), HUFU_USAGE);
	assert_int_equal(account_set_role(accounts, "nobody", "legal", NULL), HUFU_USAGE);
	accounts_close(accounts);
}

static void test_account__the_last_admin_stays(void **state)
{
	struct accounts *accounts = stage_open();
	struct actor admin = { "wang", ACTS_ADMIN };
	hufu_error why = { 0 };
	(void)state;
	stage_account(accounts, "wang", "admin");
	accounts_act_as(accounts, &admin);
	assert_int_equal(account_disable(accounts, "wang", &why), HUFU_CONFLICT);
	assert_string_equal(why.what, "is the last admin");
	assert_int_equal(account_set_role(accounts, "wang", "legal", NULL), HUFU_CONFLICT);
	char one_time[ACCOUNT_ONE_TIME_MAX];
	GOOD(account_add(accounts, "zhao", "admin", NULL, one_time, error));
	assert_int_equal(account_disable(accounts, "wang", NULL), HUFU_OK);
	assert_int_equal(account_set_role(accounts, "zhao", "legal", NULL), HUFU_CONFLICT);
	accounts_close(accounts);
}

/* Every function that changes accounts, by every role that may not: refused, and nothing happened. */
static void test_account__only_an_admin_changes_accounts(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX];
	json_t *value;
	(void)state;
	stage_account(accounts, "wang", "admin");
	stage_account(accounts, "li", "legal");
	enum account_role roles[] = { ACTS_NONE, ACTS_RESPONDER, ACTS_LEGAL, ACTS_AUDITOR };
	for (size_t i = 0; i < LEN(roles); i++) {
		struct actor actor = { "zhao", roles[i] };
		accounts_act_as(accounts, &actor);
		assert_int_equal(account_add(accounts, "new", "legal", NULL, one_time, NULL), HUFU_DENIED);
		assert_int_equal(account_set_role(accounts, "li", "admin", NULL), HUFU_DENIED);
		assert_int_equal(account_set_contact(accounts, "li", "ext. 18", NULL), HUFU_DENIED);
		assert_int_equal(account_disable(accounts, "li", NULL), HUFU_DENIED);
		assert_int_equal(account_enable(accounts, "li", NULL), HUFU_DENIED);
		assert_int_equal(account_reset(accounts, "li", one_time, NULL), HUFU_DENIED);
		assert_int_equal(account_list(accounts, &value, NULL), HUFU_DENIED);
		assert_int_equal(account_show(accounts, "li", &value, NULL), HUFU_DENIED);
		assert_int_equal(session_list(accounts, "li", &value, NULL), HUFU_DENIED);
		assert_int_equal(sessions_end(accounts, "li", NULL, NULL, NULL), HUFU_DENIED);
		assert_int_equal(account_totp_off(accounts, "li", NULL, NULL), HUFU_DENIED);
		assert_int_equal(account_password(accounts, "li", view_of(stage_password),
		                         view_of("another long password"), NULL, NULL),
		        HUFU_DENIED);
	}
	/* Nor may an admin know or set another's password, or his codes. */
	struct actor admin = { "wang", ACTS_ADMIN };
	struct totp_begun begun;
	accounts_act_as(accounts, &admin);
	assert_int_equal(
	        account_password(accounts, "li", view_of(stage_password), view_of("another long password"), NULL, NULL),
	        HUFU_DENIED);
	assert_int_equal(account_totp_begin(accounts, "li", &begun, NULL), HUFU_DENIED);
	assert_int_equal(account_totp_confirm(accounts, "li", "123456", NULL), HUFU_DENIED);
	GOOD(account_list(accounts, &value, error));
	assert_int_equal(json_array_size(value), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(value, 0), "role")), "legal");
	json_decref(value);
	accounts_close(accounts);
}

static void test_account__everything_is_in_the_log(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX];
	json_t *log, *entry;
	size_t at;
	static const char *const want[] = { "sessions ended", "signed in", "password reset", "enabled", "disabled",
		"role changed", "password changed", "account added" };
	(void)state;
	stage_account(accounts, "li", "admin");
	GOOD(account_set_role(accounts, "li", "admin", error));
	if (!on_postgres)
		GOOD(account_disable(accounts, "li", error));
	else
		assert_int_equal(account_disable(accounts, "li", NULL), HUFU_CONFLICT);
	GOOD(account_enable(accounts, "li", error));
	GOOD(account_reset(accounts, "li", one_time, error));
	assert_int_equal(stage_login(accounts, "li", one_time, NULL, "192.0.2.7").answer, LOGIN_IN);
	GOOD(sessions_end(accounts, "li", NULL, NULL, error));
	GOOD(account_log(accounts, 0, 100, &log, error));
	size_t next = 0;
	json_array_foreach(log, at, entry)
	{
		if (on_postgres && next == 4)
			next++;
		assert_string_equal(json_string_value(json_object_get(entry, "what")), want[next++]);
		assert_string_equal(json_string_value(json_object_get(entry, "whom")), "li");
	}
	assert_int_equal(next, LEN(want));
	AUTO_FREE char *text = json_dumps(log, 0);
	assert_null(strstr(text, one_time));
	json_decref(log);
	accounts_close(accounts);
}

/* ---- one-time codes ---- */

/* The code of now, by the secret that was shown. */
static void code_now(const char *secret, int64_t at, char out[16])
{
	uint8_t bytes[TOTP_BYTES] = { 0 };
	for (size_t i = 0; secret[i]; i++) {
		unsigned value = (unsigned)(secret[i] >= 'A' ? secret[i] - 'A' : secret[i] - '2' + 26);
		for (size_t b = 0; b < 5; b++)
			if (value & (16u >> b))
				bytes[(i * 5 + b) / 8] |= (uint8_t)(128 >> ((i * 5 + b) % 8));
	}
	snprintf(out, 16, "%06u", totp_code(bytes, at / 30));
}

static void test_totp__on_used_once_and_off(void **state)
{
	struct accounts *accounts = stage_open();
	struct totp_begun begun;
	char code[16], wrong[16];
	(void)state;
	stage_account(accounts, "li", "admin");
	GOOD(account_totp_begin(accounts, "li", &begun, error));
	assert_int_equal(strlen(begun.secret), 32);
	assert_non_null(strstr(begun.uri, begun.secret));
	/* Not confirmed: does not bind yet. */
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "192.0.2.1").answer, LOGIN_IN);
	code_now(begun.secret, stage_time, code);
	snprintf(wrong, sizeof wrong, "%06u", ((unsigned)atol(code) + 1) % 1000000);
	assert_int_equal(account_totp_confirm(accounts, "li", wrong, NULL), HUFU_DENIED);
	GOOD(account_totp_confirm(accounts, "li", code, error));
	assert_int_equal(account_totp_confirm(accounts, "li", code, NULL), HUFU_USAGE);

	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "192.0.2.1").answer, LOGIN_NEEDS_CODE);
	assert_int_equal(stage_login(accounts, "li", "another long password", NULL, "192.0.2.1").answer, LOGIN_WRONG);
	/* The code that confirmed is used up. */
	assert_int_equal(stage_login(accounts, "li", stage_password, code, "192.0.2.1").answer, LOGIN_WRONG);
	stage_time += 30;
	code_now(begun.secret, stage_time, code);
	struct login login = stage_login(accounts, "li", stage_password, code, "192.0.2.1");
	assert_int_equal(login.answer, LOGIN_IN);
	/* And so is this one, for somebody who looked over his shoulder. */
	assert_int_equal(stage_login(accounts, "li", stage_password, code, "192.0.2.1").answer, LOGIN_WRONG);
	stage_time += 30;
	code_now(begun.secret, stage_time, code);
	snprintf(wrong, sizeof wrong, "%06u", ((unsigned)atol(code) + 1) % 1000000);
	assert_int_equal(account_totp_off(accounts, "li", wrong, NULL), HUFU_DENIED);
	GOOD(account_totp_off(accounts, "li", code, error));
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "192.0.2.1").answer, LOGIN_IN);
	accounts_close(accounts);
}

/* A secret put into another account, or altered, lets nobody in. */
static void test_totp__a_secret_is_bound_to_its_account(void **state)
{
	struct accounts *accounts = stage_open();
	struct totp_begun begun;
	char code[16];
	struct login login;
	(void)state;
	stage_account(accounts, "li", "admin");
	stage_account(accounts, "wang", "legal");
	GOOD(account_totp_begin(accounts, "li", &begun, error));
	code_now(begun.secret, stage_time, code);
	GOOD(account_totp_confirm(accounts, "li", code, error));
	GOOD(db_run(accounts->db,
	        DB_SQL("update accounts set totp = (select totp from accounts where name = 'li') where name = 'wang'"),
	        NULL, error));
	stage_time += 30;
	code_now(begun.secret, stage_time, code);
	struct login_try asked = {
		.name = "wang", .password = view_of(stage_password), .code = code, .client = "x", .most = 60
	};
	assert_int_equal(account_login(accounts, &asked, &login, NULL), HUFU_MALFORMED);
	assert_int_not_equal(login.answer, LOGIN_IN);
	assert_string_equal(login.token, "");
	accounts_close(accounts);
}

/* ---- sessions ---- */

static enum session_state state_of(struct accounts *accounts, const struct login *login, const char *csrf, int64_t idle)
{
	struct session session;
	GOOD(session_check(accounts, login->token, csrf, idle, &session, error));
	return session.state;
}

static void test_session__good_idle_and_over(void **state)
{
	struct accounts *accounts = stage_open();
	struct login login, other;
	struct session session;
	char forged[ACCOUNT_TOKEN_MAX];
	(void)state;
	stage_account(accounts, "li", "admin");
	login = stage_login(accounts, "li", stage_password, NULL, "192.0.2.1");
	other = stage_login(accounts, "li", stage_password, NULL, "192.0.2.1");
	assert_string_not_equal(login.token, other.token);
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_GOOD);
	assert_int_equal(state_of(accounts, &login, login.csrf, 1800), SESSION_GOOD);
	assert_int_equal(state_of(accounts, &login, other.csrf, 1800), SESSION_FORGED);
	assert_int_equal(state_of(accounts, &login, "", 1800), SESSION_FORGED);
	token_make(forged);
	GOOD(session_check(accounts, forged, NULL, 1800, &session, error));
	assert_int_equal(session.state, SESSION_NONE);
	GOOD(session_check(accounts, "short", NULL, 1800, &session, error));
	assert_int_equal(session.state, SESSION_NONE);

	stage_time += 1700; /* used, and so it lasts on; the other one is not */
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_GOOD);
	stage_time += 1700;
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_GOOD);
	assert_int_equal(state_of(accounts, &other, NULL, 1800), SESSION_NONE);
	for (int64_t begun = stage_time - 3400; stage_time < begun + 43200 - 1000; stage_time += 1000)
		assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_GOOD);
	stage_time += 1000;
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_NONE); /* twelve hours */
	accounts_close(accounts);
}

static void test_session__nothing_in_the_database_opens_one(void **state)
{
	struct accounts *accounts = stage_open();
	AUTO_ROWS *rows = NULL;
	(void)state;
	stage_account(accounts, "li", "admin");
	struct login login = stage_login(accounts, "li", stage_password, NULL, "192.0.2.1");
	GOOD(db_query(accounts->db, DB_SQL("select token_sha256, client from sessions"), &rows, error));
	assert_true(db_rows_next(rows));
	assert_string_not_equal(db_rows_text(rows, 0), login.token);
	struct session session;
	GOOD(session_check(accounts, db_rows_text(rows, 0), NULL, 1800, &session, error));
	assert_int_equal(session.state, SESSION_NONE);
	accounts_close(accounts);
}

static void test_session__ends_with_what_it_rests_on(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX];
	int64_t ended = 0;
	json_t *list;
	(void)state;
	stage_account(accounts, "wang", "admin");
	stage_account(accounts, "li", "legal");
	struct login login = stage_login(accounts, "li", stage_password, NULL, "192.0.2.1");
	GOOD(session_end(accounts, login.token, error));
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_NONE);
	GOOD(session_end(accounts, login.token, error)); /* again: nothing */

	login = stage_login(accounts, "li", stage_password, NULL, "192.0.2.1");
	struct login other = stage_login(accounts, "li", stage_password, NULL, "192.0.2.2");
	GOOD(account_password(accounts, "li", (hufu_view){ 0 }, view_of("another long password"), login.token, error));
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_GOOD);
	assert_int_equal(state_of(accounts, &other, NULL, 1800), SESSION_NONE);
	GOOD(account_set_role(accounts, "li", "responder", error));
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_NONE);

	login = stage_login(accounts, "li", "another long password", NULL, "192.0.2.1");
	GOOD(account_disable(accounts, "li", error));
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_NONE);
	assert_int_equal(stage_login(accounts, "li", "another long password", NULL, "192.0.2.1").answer, LOGIN_WRONG);
	GOOD(account_enable(accounts, "li", error));
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_NONE); /* does not come back */

	login = stage_login(accounts, "li", "another long password", NULL, "192.0.2.1");
	other = stage_login(accounts, "li", "another long password", NULL, "192.0.2.2");
	GOOD(session_list(accounts, "li", &list, error));
	assert_int_equal(json_array_size(list), 2);
	const char *id = json_string_value(json_object_get(json_array_get(list, 0), "id"));
	GOOD(sessions_end(accounts, "li", id, &ended, error));
	assert_int_equal(ended, 1);
	assert_int_equal((state_of(accounts, &login, NULL, 1800) == SESSION_GOOD) +
	                         (state_of(accounts, &other, NULL, 1800) == SESSION_GOOD),
	        1);
	json_decref(list);
	GOOD(account_reset(accounts, "li", one_time, error));
	assert_int_equal(state_of(accounts, &login, NULL, 1800), SESSION_NONE);
	assert_int_equal(state_of(accounts, &other, NULL, 1800), SESSION_NONE);
	accounts_close(accounts);
}

static void test_session__a_one_time_password_ends(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX];
	(void)state;
	GOOD(account_add(accounts, "li", "admin", NULL, one_time, error));
	stage_time += 7 * 86400 - 1;
	assert_int_equal(stage_login(accounts, "li", one_time, NULL, "192.0.2.1").answer, LOGIN_IN);
	stage_time += 1;
	assert_int_equal(stage_login(accounts, "li", one_time, NULL, "192.0.2.1").answer, LOGIN_WRONG);
	accounts_close(accounts);
}

/* Twenty of an account; the one that was used longest ago goes. */
static void test_session__are_bounded(void **state)
{
	struct accounts *accounts = stage_open();
	json_t *list;
	(void)state;
	stage_account(accounts, "li", "admin");
	struct login first = stage_login(accounts, "li", stage_password, NULL, "192.0.2.1");
	for (int i = 0; i < 20; i++) {
		stage_time++;
		assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "192.0.2.1").answer, LOGIN_IN);
	}
	GOOD(session_list(accounts, "li", &list, error));
	assert_int_equal(json_array_size(list), 20);
	json_decref(list);
	assert_int_equal(state_of(accounts, &first, NULL, 1800), SESSION_NONE);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest alone[] = {
		cmocka_unit_test(test_totp__vectors_of_rfc_6238),
		cmocka_unit_test(test_password__the_rule),
		cmocka_unit_test(test_password__a_hash_is_of_todays_costs_and_no_other_password_fits),
		cmocka_unit_test(test_password__nobody_takes_as_long),
	};
	const struct CMUnitTest tests[] = {
		EACH(test_account__first_is_an_admin_and_only_once),
		EACH(test_account__names_and_roles),
		EACH(test_account__the_last_admin_stays),
		EACH(test_account__only_an_admin_changes_accounts),
		EACH(test_account__everything_is_in_the_log),
		EACH(test_totp__on_used_once_and_off),
		EACH(test_totp__a_secret_is_bound_to_its_account),
		EACH(test_session__good_idle_and_over),
		EACH(test_session__nothing_in_the_database_opens_one),
		EACH(test_session__ends_with_what_it_rests_on),
		EACH(test_session__a_one_time_password_ends),
		EACH(test_session__are_bounded),
	};
	if (sodium_init() < 0)
		return 1;
	int failed = cmocka_run_group_tests(alone, NULL, NULL);
	/* What follows signs in a hundred times. */
	password_cost = (struct password_cost){ .operations = 1, .memory = 8192 };
	return failed + EACH_RUN(tests);
}
