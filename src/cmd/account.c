/* hufu account: who may sign in at the console, with which role; and whom a role binds on the command line. Secrets are
 * asked on the terminal or come on standard input, never as an argument. */
#include "account/account.h"
#include "base/auto.h"
#include "cmd/accountshow.h"
#include "cmd/console.h"

#include <sodium.h>

static const char help[] =
        "usage: hufu account add NAME --role admin|responder|legal|auditor [--contact TEXT]\n"
        "       hufu account list\n"
        "       hufu account role NAME ROLE\n"
        "       hufu account password NAME       a new password, asked without echo\n"
        "       hufu account reset NAME          a new one-time password, for whoever forgot his\n"
        "       hufu account totp NAME [on|off]  one-time codes by an authenticator app\n"
        "       hufu account disable NAME | enable NAME\n"
        "       hufu account sessions NAME [--end]\n"
        "       hufu account log\n"
        "\n"
        "An account signs in at the console (hufu serve). A new one gets a one-time password, which is shown\n"
        "once, ends after seven days and must be changed at the first sign-in. Accounts are disabled, not\n"
        "removed: the timelines name them.\n"
        "\n"
        "admin      accounts and settings, and the work on cases; reads no values in clear\n"
        "responder  matches, facts, tasks; reads values with a reason, which the timeline keeps\n"
        "legal      facts, duties, decisions; reads values with a reason, which the timeline keeps\n"
        "auditor    sees everything, masked, and the log of accounts; changes nothing\n"
        "\n"
        "On the command line an account of your own user name binds you to its role. Without one you may do\n"
        "everything on a local store (whoever may write its files may anyway); on PostgreSQL, once there are\n"
        "accounts, nothing.\n"
        "\n"
        "  --role ROLE      of a new account\n"
        "  --contact TEXT   how its owner is reached\n"
        "  --end            end the sessions\n"
        "  --json           the answer as JSON\n"
        "  --store DIR      the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "exit: 0 done, 2 not done (nothing was changed).\n";

static int run(int argc, char **argv);

const struct command command_account = { "account", "who may sign in, with which role", help, run };

struct account_given {
	const char *store, *role, *contact;
	bool json, end;
	char *const *words; /* behind the action */
	size_t count;
	struct accounts *accounts;
};

/* ---- answers ---- */

static hufu_status answer(const struct account_given *given, json_t *value, void (*show)(FILE *to, const json_t *value),
        hufu_error *error)
{
	hufu_status status = HUFU_OK;
	if (!value)
		status = fail(error, HUFU_NO_MEMORY, view_of("account"), "no memory", NULL);
	else if (given->json)
		status = console_json(value, error);
	else
		show(stdout, value);
	json_decref(value);
	return status;
}

static hufu_status answer_one_time(
        const struct account_given *given, char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error)
{
	hufu_status status = answer(given, json_pack("{s:s, s:s}", "name", given->words[0], "one_time", one_time),
	        accountshow_one_time, error);
	sodium_memzero(one_time, ACCOUNT_ONE_TIME_MAX);
	return status;
}

/* ---- by an admin, or the owner ---- */

static hufu_status act_add(struct account_given *given, hufu_error *error)
{
	char one_time[ACCOUNT_ONE_TIME_MAX];
	const struct actor *actor = accounts_actor(given->accounts);
	if (!given->role)
		return fail(error, HUFU_USAGE, view_of("account add"), "wants --role ROLE",
		        "say admin, responder, legal or auditor");
	hufu_status status =
	        account_add(given->accounts, given->words[0], given->role, given->contact, one_time, error);
	if (!status && actor->role == ACTS_OWNER && !strcmp(actor->name, given->words[0]))
		console_note(
		        given->words[0], "is your own user name: from now on you have this role here, and no other");
	return status ? status : answer_one_time(given, one_time, error);
}

static hufu_status act_list(struct account_given *given, hufu_error *error)
{
	json_t *list;
	hufu_status status = account_list(given->accounts, &list, error);
	return status ? status : answer(given, list, accountshow_list, error);
}

static hufu_status act_role(struct account_given *given, hufu_error *error)
{
	return account_set_role(given->accounts, given->words[0], given->words[1], error);
}

static hufu_status act_disable(struct account_given *given, hufu_error *error)
{
	return account_disable(given->accounts, given->words[0], error);
}

static hufu_status act_enable(struct account_given *given, hufu_error *error)
{
	return account_enable(given->accounts, given->words[0], error);
}

static hufu_status act_reset(struct account_given *given, hufu_error *error)
{
	char one_time[ACCOUNT_ONE_TIME_MAX];
	hufu_status status = account_reset(given->accounts, given->words[0], one_time, error);
	return status ? status : answer_one_time(given, one_time, error);
}

static hufu_status act_log(struct account_given *given, hufu_error *error)
{
	json_t *log;
	hufu_status status = account_log(given->accounts, 0, SIZE_MAX, &log, error);
	return status ? status : answer(given, log, accountshow_log, error);
}

/* ---- one's own ---- */

static hufu_status act_password(struct account_given *given, hufu_error *error)
{
	char *old = NULL, *fresh = NULL;
	const char *name = given->words[0];
	hufu_status status = HUFU_OK;
	if (accounts_actor(given->accounts)->role != ACTS_OWNER)
		status = key_secret_ask("Old password", false, &old, error);
	if (!status)
		status = key_secret_ask("New password", true, &fresh, error);
	if (!status)
		status = account_password(given->accounts, name, view_of(old), view_of(fresh), NULL, error);
	key_passphrase_free(old);
	key_passphrase_free(fresh);
	return status;
}

static hufu_status totp_state(struct account_given *given, hufu_error *error)
{
	json_t *account;
	hufu_status status = account_show(given->accounts, given->words[0], &account, error);
	return status ? status : answer(given, account, accountshow_totp, error);
}

/* The secret first, then the code that it makes by now: what was typed off wrongly shows at once. */
static hufu_status totp_on(struct account_given *given, hufu_error *error)
{
	struct totp_begun begun;
	char *code = NULL;
	hufu_status status = account_totp_begin(given->accounts, given->words[0], &begun, error);
	if (!status)
		status = answer(given, json_pack("{s:s, s:s}", "secret", begun.secret, "uri", begun.uri),
		        accountshow_totp_begun, error);
	sodium_memzero(&begun, sizeof begun);
	fflush(stdout);
	if (!status)
		status = key_secret_ask("The code that it shows now", false, &code, error);
	if (!status)
		status = account_totp_confirm(given->accounts, given->words[0], code, error);
	key_passphrase_free(code);
	return status;
}

static hufu_status totp_off(struct account_given *given, hufu_error *error)
{
	char *code = NULL;
	hufu_status status = HUFU_OK;
	if (!account_role_may(accounts_actor(given->accounts)->role, MAY_ACCOUNTS))
		status = key_secret_ask("A code", false, &code, error);
	if (!status)
		status = account_totp_off(given->accounts, given->words[0], code, error);
	key_passphrase_free(code);
	return status;
}

static hufu_status act_totp(struct account_given *given, hufu_error *error)
{
	if (given->count == 1)
		return totp_state(given, error);
	if (!strcmp(given->words[1], "on"))
		return totp_on(given, error);
	if (!strcmp(given->words[1], "off"))
		return totp_off(given, error);
	return fail(error, HUFU_USAGE, view_of(given->words[1]), "is neither on nor off", NULL);
}

static hufu_status act_sessions(struct account_given *given, hufu_error *error)
{
	json_t *list;
	hufu_status status = given->end ? sessions_end(given->accounts, given->words[0], NULL, NULL, error) : HUFU_OK;
	if (!status)
		status = session_list(given->accounts, given->words[0], &list, error);
	return status ? status : answer(given, list, accountshow_sessions, error);
}

/* ---- the words ---- */

static const struct account_action {
	const char *name, *wants;
	size_t least, most;
	hufu_status (*act)(struct account_given *given, hufu_error *error);
} actions[] = {
	{ "add", "NAME --role ROLE", 1, 1, act_add },
	{ "list", "nothing", 0, 0, act_list },
	{ "role", "NAME ROLE", 2, 2, act_role },
	{ "password", "NAME (no password: it is asked for)", 1, 1, act_password },
	{ "reset", "NAME", 1, 1, act_reset },
	{ "totp", "NAME [on|off]", 1, 2, act_totp },
	{ "disable", "NAME", 1, 1, act_disable },
	{ "enable", "NAME", 1, 1, act_enable },
	{ "sessions", "NAME [--end]", 1, 1, act_sessions },
	{ "log", "nothing", 0, 0, act_log },
};

static const char *action_name(size_t at)
{
	return actions[at].name;
}

static hufu_status in_store(struct account_given *given, const struct account_action *action, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	struct store *store = NULL;
	hufu_status status = store_dir(given->store, &dir, error);
	if (!status)
		status = store_open(dir, &store, error);
	if (!status)
		status = accounts_open(store, &given->accounts, error);
	if (!status)
		status = action->act(given, error);
	accounts_close(given->accounts);
	store_close(store);
	return status;
}

static int run(int argc, char **argv)
{
	struct account_given given = { 0 };
	const struct option options[] = { { .name = "store", .text = &given.store },
		{ .name = "role", .text = &given.role }, { .name = "contact", .text = &given.contact },
		{ .name = "json", .flag = &given.json }, { .name = "end", .flag = &given.end } };
	hufu_error error = { 0 };
	char wants[96];
	size_t at = 0;
	int ends = options_take(&command_account, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc < 2)
		return console_usage(&command_account, NULL, "say what to do: add, list, role, password, ...");
	while (at < LEN(actions) && strcmp(actions[at].name, argv[1]) != 0)
		at++;
	if (at == LEN(actions)) {
		const char *near = nearest_name(argv[1], action_name, LEN(actions));
		snprintf(wants, sizeof wants, "is nothing that hufu account does%s%s%s", near ? "; did you mean " : "",
		        near ? near : "", near ? "?" : "");
		return console_usage(&command_account, argv[1], wants);
	}
	given.words = argv + 2;
	given.count = (size_t)argc - 2;
	if (given.count < actions[at].least || given.count > actions[at].most) {
		snprintf(wants, sizeof wants, "wants %s", actions[at].wants);
		return console_usage(&command_account, actions[at].name, wants);
	}
	return in_store(&given, &actions[at], &error) ? console_fail(&error) : EXIT_YES;
}
