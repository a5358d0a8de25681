/* How fast one may guess, and that nobody can lock somebody else out; on both databases. */
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

static const char wrong[] = "not the password at all";

/* Tries until one is turned away; how many were looked at. */
static int guess(struct accounts *accounts, const char *name, const char *client, int most)
{
	for (int i = 0; i < most; i++)
		if (stage_login(accounts, name, wrong, NULL, client).answer == LOGIN_SLOW_DOWN)
			return i;
	return most;
}

static void test_rate__a_thousand_tries_at_once_are_five(void **state)
{
	struct accounts *accounts = stage_open();
	int looked_at = 0, turned_away = 0;
	(void)state;
	stage_account(accounts, "li", "admin");
	for (int i = 0; i < 1000; i++) {
		struct login login = stage_login(accounts, "li", wrong, NULL, "198.51.100.9");
		looked_at += login.answer == LOGIN_WRONG;
		turned_away += login.answer == LOGIN_SLOW_DOWN && login.wait == 1;
	}
	assert_int_equal(looked_at, 5);
	assert_int_equal(turned_away, 995);
	accounts_close(accounts);
}

/* Not a thousand at the same moment, either: a try counts before it is looked at. Each process has its own handle. */
static void test_rate__at_the_same_moment(void **state)
{
	struct accounts *accounts = stage_open();
	enum { MANY = 12, EACH_TRIES = 4 };
	pid_t children[MANY];
	int looked_at = 0;
	(void)state;
	stage_account(accounts, "li", "admin");
	accounts_close(accounts);
	for (int i = 0; i < MANY; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i])
			continue;
		int count = 0;
		accounts = stage_open();
		for (int k = 0; k < EACH_TRIES; k++)
			count += stage_login(accounts, "li", wrong, NULL, "198.51.100.9").answer == LOGIN_WRONG;
		accounts_close(accounts);
		_exit(count);
	}
	for (int i = 0; i < MANY; i++) {
		int ended = -1;
		assert_int_equal(waitpid(children[i], &ended, 0), children[i]);
		assert_true(WIFEXITED(ended));
		looked_at += WEXITSTATUS(ended);
	}
	assert_int_equal(looked_at, 5);
}

/* The waits double up to a quarter of an hour, and a try meanwhile does not lengthen them. A day later it is forgiven.
 */
static void test_rate__waits_double_and_end(void **state)
{
	struct accounts *accounts = stage_open();
	static const int64_t waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };
	(void)state;
	stage_account(accounts, "li", "admin");
	assert_int_equal(guess(accounts, "li", "198.51.100.9", 10), 5);
	for (size_t i = 0; i < LEN(waits); i++) {
		struct login login = stage_login(accounts, "li", wrong, NULL, "198.51.100.9");
		assert_int_equal(login.answer, LOGIN_SLOW_DOWN);
		assert_int_equal(login.wait, waits[i]);
		/* Not even the right one is looked at. */
		assert_int_equal(
		        stage_login(accounts, "li", stage_password, NULL, "198.51.100.9").answer, LOGIN_SLOW_DOWN);
		stage_time += waits[i];
		assert_int_equal(stage_login(accounts, "li", wrong, NULL, "198.51.100.9").answer, LOGIN_WRONG);
	}
	stage_time += 86401;
	assert_int_equal(guess(accounts, "li", "198.51.100.9", 10), 5);
	stage_time += 1;
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "198.51.100.9").answer, LOGIN_IN);
	assert_int_equal(guess(accounts, "li", "198.51.100.9", 3), 3); /* counted anew */
	accounts_close(accounts);
}

/* It survives a restart. */
static void test_rate__is_in_the_database(void **state)
{
	struct accounts *accounts = stage_open();
	(void)state;
	stage_account(accounts, "li", "admin");
	assert_int_equal(guess(accounts, "li", "198.51.100.9", 10), 5);
	accounts_close(accounts);
	accounts = stage_open();
	assert_int_equal(stage_login(accounts, "li", wrong, NULL, "198.51.100.9").answer, LOGIN_SLOW_DOWN);
	accounts_close(accounts);
}

/* Many addresses: twenty tries in all, then one a minute; who signed in from his address before does not feel it. */
static void test_rate__many_addresses_do_not_lock_the_owner_out(void **state)
{
	struct accounts *accounts = stage_open();
	char client[48];
	int looked_at = 0;
	(void)state;
	stage_account(accounts, "li", "admin");
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "203.0.113.5").answer, LOGIN_IN);
	for (int i = 0; i < 300; i++) {
		snprintf(client, sizeof client, "198.51.%d.%d", i / 200, 1 + i % 200);
		looked_at += stage_login(accounts, "li", wrong, NULL, client).answer == LOGIN_WRONG;
	}
	assert_int_equal(looked_at, 20);
	assert_int_equal(stage_login(accounts, "li", wrong, NULL, "192.0.2.200").wait, 60);
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "203.0.113.5").answer, LOGIN_IN);
	assert_int_equal(stage_login(accounts, "li", wrong, NULL, "203.0.113.5").answer, LOGIN_WRONG); /* still human */
	stage_time += 60;
	assert_int_equal(stage_login(accounts, "li", wrong, NULL, "192.0.2.201").answer, LOGIN_WRONG);
	assert_int_equal(stage_login(accounts, "li", wrong, NULL, "192.0.2.202").answer, LOGIN_SLOW_DOWN);
	accounts_close(accounts);
}

/* Behind one address with the guesser (or a proxy that hides them all) the owner's browser is known. */
static void test_rate__a_known_browser_behind_the_same_address(void **state)
{
	struct accounts *accounts = stage_open();
	struct login login, again;
	(void)state;
	stage_account(accounts, "li", "admin");
	stage_account(accounts, "wang", "legal");
	login = stage_login(accounts, "li", stage_password, NULL, "203.0.113.5");
	struct login foreign = stage_login(accounts, "wang", stage_password, NULL, "203.0.113.5");
	assert_int_equal(guess(accounts, "li", "203.0.113.5", 10), 5);
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "203.0.113.5").answer, LOGIN_SLOW_DOWN);
	struct login_try asked = { .name = "li",
		.password = view_of(stage_password),
		.client = "203.0.113.5",
		.device = login.device,
		.most = 60 };
	GOOD(account_login(accounts, &asked, &again, error));
	assert_int_equal(again.answer, LOGIN_IN);
	assert_string_equal(again.device, login.device);
	/* That of another account, or an invented one, is of no use. */
	guess(accounts, "li", "203.0.113.5", 10);
	asked.device = foreign.device;
	GOOD(account_login(accounts, &asked, &again, error));
	assert_int_equal(again.answer, LOGIN_SLOW_DOWN);
	accounts_close(accounts);
}

/* A new machine while somebody guesses: an admin's one-time password is always looked at; guessing such ones is as
 * hopeless as it sounds, and an owner's own password does not become one. */
static void test_rate__a_one_time_password_gets_in_in_any_case(void **state)
{
	struct accounts *accounts = stage_open();
	char one_time[ACCOUNT_ONE_TIME_MAX], client[48];
	(void)state;
	stage_account(accounts, "li", "admin");
	for (int i = 0; i < 30; i++) {
		snprintf(client, sizeof client, "198.51.100.%d", i);
		stage_login(accounts, "li", wrong, NULL, client);
	}
	assert_int_equal(stage_login(accounts, "li", stage_password, NULL, "192.0.2.1").answer, LOGIN_SLOW_DOWN);
	GOOD(account_reset(accounts, "li", one_time, error));
	assert_int_equal(stage_login(accounts, "li", one_time, NULL, "192.0.2.1").answer, LOGIN_IN);
	assert_int_equal(
	        stage_login(accounts, "li", "abcd-efgh-abcd-efgh-abcd", NULL, "192.0.2.9").answer, LOGIN_WRONG);
	/* Chosen by himself, in that shape: not by this way. */
	GOOD(account_password(accounts, "li", (hufu_view){ 0 }, view_of("abcd-efgh-abcd-efgh-abcd"), NULL, error));
	assert_int_equal(
	        stage_login(accounts, "li", "abcd-efgh-abcd-efgh-abcd", NULL, "192.0.2.9").answer, LOGIN_WRONG);
	accounts_close(accounts);
}

/* A name without account is answered as one with: the same answers, in the same order. */
static void test_rate__unknown_names_are_answered_alike(void **state)
{
	struct accounts *accounts = stage_open();
	static const char *const names[] = { "li", "nobody", "disabled", "\xff broken", "" };
	(void)state;
	stage_account(accounts, "li", "admin");
	stage_account(accounts, "disabled", "legal");
	GOOD(account_disable(accounts, "disabled", error));
	for (size_t i = 0; i < LEN(names); i++)
		assert_int_equal(guess(accounts, names[i], "198.51.100.9", 10), 5);
	assert_int_equal(stage_login(accounts, "disabled", stage_password, NULL, "192.0.2.1").answer, LOGIN_WRONG);
	accounts_close(accounts);
}

/* The code after a right password: ten, then one in five minutes. */
static void test_rate__codes_are_metered(void **state)
{
	struct accounts *accounts = stage_open();
	int looked_at = 0;
	(void)state;
	stage_account(accounts, "li", "admin");
	struct totp_begun begun;
	GOOD(account_totp_begin(accounts, "li", &begun, error));
	GOOD(db_run(accounts->db, DB_SQL("update accounts set totp = totp_begun"), NULL, error));
	struct login_try asked = { .name = "li", .password = view_of(stage_password), .code = "12345x", .most = 60 };
	char client[48];
	for (int i = 0; i < 20; i++) {
		struct login login;
		snprintf(client, sizeof client, "198.51.100.%d", i);
		asked.client = client;
		GOOD(account_login(accounts, &asked, &login, error));
		looked_at += login.answer == LOGIN_WRONG;
		assert_true(login.answer == LOGIN_WRONG || login.wait == 300);
	}
	assert_int_equal(looked_at, 10);
	accounts_close(accounts);
}

/* An IPv6 customer has more addresses than there are grains of sand: they are one place. */
static void test_rate__a_prefix_is_one_place(void **state)
{
	struct accounts *accounts = stage_open();
	int looked_at = 0;
	(void)state;
	stage_account(accounts, "li", "admin");
	for (int i = 0; i < 12; i++) {
		char client[48];
		snprintf(client, sizeof client, "2001:db8:7::%x", 1 + i * 4099);
		looked_at += stage_login(accounts, "li", wrong, NULL, client).answer == LOGIN_WRONG;
	}
	assert_int_equal(looked_at, 5);
	assert_int_equal(guess(accounts, "li", "198.51.100.9", 3), 3);
	assert_int_equal(guess(accounts, "li", "::ffff:198.51.100.9", 10), 2); /* the same */
	accounts_close(accounts);
}

/* Places do not pile up. */
static void test_rate__the_table_is_bounded(void **state)
{
	struct accounts *accounts = stage_open();
	int64_t count = 0;
	(void)state;
	GOOD(db_run(accounts->db,
	        DB_SQL("insert into login_tries (place, failures, tried_at, wait_until) with recursive n (i) as "
	               "(select 1 "
	               "union all select i + 1 from n where i < 20000) select 'p' || i, 1, ? + i / 1000, 0 from n",
	                db_int(stage_time - 30)),
	        NULL, error));
	stage_login(accounts, "nobody", wrong, NULL, "192.0.2.1");
	GOOD(db_number(accounts->db, DB_SQL("select count(*) from login_tries"), &count, NULL, error));
	assert_int_equal(count, 19002);
	stage_time += 91 * 86400;
	stage_login(accounts, "nobody", wrong, NULL, "192.0.2.2");
	GOOD(db_number(accounts->db, DB_SQL("select count(*) from login_tries"), &count, NULL, error));
	assert_int_equal(count, 2);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_rate__a_thousand_tries_at_once_are_five),
		EACH(test_rate__at_the_same_moment),
		EACH(test_rate__waits_double_and_end),
		EACH(test_rate__is_in_the_database),
		EACH(test_rate__many_addresses_do_not_lock_the_owner_out),
		EACH(test_rate__a_known_browser_behind_the_same_address),
		EACH(test_rate__a_one_time_password_gets_in_in_any_case),
		EACH(test_rate__unknown_names_are_answered_alike),
		EACH(test_rate__codes_are_metered),
		EACH(test_rate__a_prefix_is_one_place),
		EACH(test_rate__the_table_is_bounded),
	};
	/* What a password costs is measured elsewhere (sign.c); here tries are counted. */
	password_cost = (struct password_cost){ .operations = 1, .memory = 8192 };
	return EACH_RUN(tests);
}
