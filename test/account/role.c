/* The table of permissions, and who the user of the machine is to a store. */
#include "account/inside.h"

#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#undef fail
#include <cmocka.h>

#include "../scratch.h"

#include "../db/each.h"

/* What the page of roles in doc/threat-model.md promises, written a second time. */
static const struct {
	enum may may;
	bool admin, responder, legal, auditor;
} promised[] = {
	{ MAY_SEE, true, true, true, true },
	{ MAY_BUNDLE, true, true, true, true },
	{ MAY_OPEN, true, true, true, false },
	{ MAY_WORK, true, true, true, false },
	{ MAY_SETTLE, true, true, true, false },
	{ MAY_NOTICE, false, true, true, false },
	{ MAY_RELEASE, true, false, true, false },
	{ MAY_MATCH, true, true, false, false },
	{ MAY_READ, false, true, true, false },
	{ MAY_AUDIT, true, false, false, true },
	{ MAY_ACCOUNTS, true, false, false, false },
};

static void test_role__the_table_is_what_was_promised(void **state)
{
	(void)state;
	assert_int_equal(LEN(promised), MAY_COUNT);
	for (size_t i = 0; i < LEN(promised); i++) {
		assert_int_equal(promised[i].may, i);
		assert_int_equal(account_role_may(ACTS_ADMIN, promised[i].may), promised[i].admin);
		assert_int_equal(account_role_may(ACTS_RESPONDER, promised[i].may), promised[i].responder);
		assert_int_equal(account_role_may(ACTS_LEGAL, promised[i].may), promised[i].legal);
		assert_int_equal(account_role_may(ACTS_AUDITOR, promised[i].may), promised[i].auditor);
		assert_true(account_role_may(ACTS_OWNER, promised[i].may));
		assert_false(account_role_may(ACTS_NONE, promised[i].may));
	}
}

/* The line names exactly the roles that may, where not all do. */
static void test_role__a_refusal_names_the_roles_that_may(void **state)
{
	(void)state;
	for (enum may may = 0; may < MAY_COUNT; may++) {
		struct actor nobody = { "李静", ACTS_NONE };
		hufu_error error = { 0 };
		bool all = account_role_may(ACTS_AUDITOR, may) && account_role_may(ACTS_LEGAL, may);
		assert_int_equal(actor_may(&nobody, may, &error), HUFU_DENIED);
		assert_string_equal(error.where, "李静 (without a role)");
		for (enum account_role role = ACTS_ADMIN; role <= ACTS_AUDITOR && !all; role++)
			assert_int_equal(
			        strstr(error.todo, account_role_name(role)) != NULL, account_role_may(role, may));
	}
}

static void test_role__names_lead_there_and_back(void **state)
{
	size_t count = 0;
	(void)state;
	for (; account_role_at(count); count++)
		assert_string_equal(account_role_name(account_role_of(account_role_at(count))), account_role_at(count));
	assert_int_equal(count, 4);
	assert_int_equal(account_role_of("owner"), ACTS_NONE);
	assert_int_equal(account_role_of("none"), ACTS_NONE);
	assert_int_equal(account_role_of(NULL), ACTS_NONE);
}

static struct accounts *open_accounts(void)
{
	struct accounts *accounts = NULL;
	hufu_error error = { 0 };
	if (accounts_open(store, &accounts, &error))
		fail_msg("%s: %s", error.where, error.what);
	return accounts;
}

static enum account_role role_now(void)
{
	struct accounts *accounts = open_accounts();
	enum account_role role = accounts_actor(accounts)->role;
	accounts_close(accounts);
	return role;
}

static void test_role__who_the_user_of_the_machine_is(void **state)
{
	char password[ACCOUNT_ONE_TIME_MAX];
	hufu_error error = { 0 };
	struct accounts *accounts = open_accounts();
	const char *me = getpwuid(getuid())->pw_name;
	(void)state;
	assert_int_equal(accounts_actor(accounts)->role, ACTS_OWNER);
	assert_string_equal(accounts_actor(accounts)->name, me);
	/* On PostgreSQL the first account binds everybody, so that it must be an admin. */
	assert_int_equal(account_add(accounts, "chen", "auditor", NULL, password, &error),
	        on_postgres ? HUFU_CONFLICT : HUFU_OK);
	/* Bound himself, with nobody left to give out roles: refused everywhere. */
	assert_int_equal(account_add(accounts, me, "auditor", NULL, password, &error), HUFU_CONFLICT);
	assert_int_equal(account_add(accounts, "wang", "admin", NULL, password, &error), HUFU_OK);
	assert_int_equal(role_now(), on_postgres ? ACTS_NONE : ACTS_OWNER);
	assert_int_equal(account_add(accounts, me, "auditor", NULL, password, &error), HUFU_OK);
	assert_int_equal(role_now(), ACTS_AUDITOR);
	assert_int_equal(account_set_role(accounts, me, "legal", &error), HUFU_OK);
	assert_int_equal(role_now(), ACTS_LEGAL);
	assert_int_equal(account_disable(accounts, me, &error), HUFU_OK);
	assert_int_equal(role_now(), ACTS_NONE);
	accounts_close(accounts);
}

int main(void)
{
	const struct CMUnitTest alone[] = {
		cmocka_unit_test(test_role__the_table_is_what_was_promised),
		cmocka_unit_test(test_role__a_refusal_names_the_roles_that_may),
		cmocka_unit_test(test_role__names_lead_there_and_back),
	};
	const struct CMUnitTest tests[] = {
		EACH(test_role__who_the_user_of_the_machine_is),
	};
	return cmocka_run_group_tests(alone, NULL, NULL) + EACH_RUN(tests);
}
