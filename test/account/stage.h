/* For tests of accounts: a store of its own with a clock that the test turns. Include it after cmocka's headers. */
#ifndef HUFU_TEST_ACCOUNT_STAGE_H
#define HUFU_TEST_ACCOUNT_STAGE_H

#include "account/inside.h"

#include "../db/each.h"

static int64_t stage_time = 1765432100;

static inline int64_t stage_now(void)
{
	return stage_time;
}

static inline struct accounts *stage_open(void)
{
	struct accounts *accounts = NULL;
	hufu_error error = { 0 };
	char line[512];
	if (accounts_open(store, &accounts, &error)) {
		error_line(&error, line, sizeof line);
		fail_msg("%s", line);
	}
	accounts->now = stage_now;
	accounts->actor = (struct actor){ "keeper", ACTS_OWNER };
	return accounts;
}

#define GOOD(call)                                                                                                     \
	do {                                                                                                           \
		hufu_error error_ = { 0 };                                                                             \
		char line_[512];                                                                                       \
		hufu_error *error = &error_;                                                                           \
		if ((call) != HUFU_OK) {                                                                               \
			error_line(&error_, line_, sizeof line_);                                                      \
			fail_msg("%s", line_);                                                                         \
		}                                                                                                      \
	} while (0)

static const char stage_password[] = "three grey herons at dusk";

/* An account whose password is stage_password. */
static inline void stage_account(struct accounts *accounts, const char *name, const char *role)
{
	char one_time[ACCOUNT_ONE_TIME_MAX];
	GOOD(account_add(accounts, name, role, NULL, one_time, error));
	GOOD(account_password(accounts, name, (hufu_view){ 0 }, view_of(stage_password), NULL, error));
}

static inline struct login stage_login(
        struct accounts *accounts, const char *name, const char *password, const char *code, const char *client)
{
	struct login login;
	struct login_try asked = {
		.name = name, .password = view_of(password), .code = code, .client = client, .most = 43200
	};
	GOOD(account_login(accounts, &asked, &login, error));
	return login;
}

#endif
