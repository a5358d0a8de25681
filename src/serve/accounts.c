/* Accounts and settings, for whoever may: each function asks what the role allows, as the command line's does. */
#include "serve/inside.h"

static void answer_accounts_error(struct request *request, const hufu_error *error)
{
	if (error->status == HUFU_USAGE && strstr(error->what ? error->what : "", "no account"))
		answer_problem(request, 404, "not-found", "there is no such account", NULL);
	else
		answer_error(request, error);
}

static void answer_list(
        struct request *request, hufu_status status, json_t *list, json_t *next, const hufu_error *error)
{
	if (status) {
		json_decref(next);
		answer_accounts_error(request, error);
	} else {
		answer_json(request, 200, json_pack("{s:o, s:o}", "items", list, "next", next));
	}
}

void serve_accounts(struct request *request)
{
	json_t *list = NULL;
	hufu_error error = { 0 };
	hufu_status status = account_list(request->desk->accounts, &list, &error);
	answer_list(request, status, list, json_null(), &error);
}

static void answer_one_time(struct request *request, unsigned code, hufu_status status, const char *name,
        char one_time[ACCOUNT_ONE_TIME_MAX], const hufu_error *error)
{
	if (status)
		answer_accounts_error(request, error);
	else
		answer_json(request, code, json_pack("{s:s, s:s}", "name", name, "password", one_time));
	explicit_bzero(one_time, ACCOUNT_ONE_TIME_MAX);
}

void serve_account_add(struct request *request)
{
	char one_time[ACCOUNT_ONE_TIME_MAX];
	hufu_error error = { 0 };
	const char *name = request_text(request, "name");
	hufu_status status = account_add(request->desk->accounts, name, request_text(request, "role"),
	        request_text(request, "contact"), one_time, &error);
	answer_one_time(request, 201, status, name, one_time, &error);
}

void serve_account_reset(struct request *request)
{
	char one_time[ACCOUNT_ONE_TIME_MAX];
	hufu_error error = { 0 };
	const char *name = request->parameters[0];
	hufu_status status = account_reset(request->desk->accounts, name, one_time, &error);
	answer_one_time(request, 200, status, name, one_time, &error);
}

static void answer_account(struct request *request, hufu_status status, const hufu_error *before)
{
	json_t *account = NULL;
	hufu_error error = { 0 };
	if (status) {
		answer_accounts_error(request, before);
		return;
	}
	status = account_show(request->desk->accounts, request->parameters[0], &account, &error);
	if (status)
		answer_accounts_error(request, &error);
	else
		answer_json(request, 200, account);
}

void serve_account_change(struct request *request)
{
	hufu_error error = { 0 };
	struct accounts *accounts = request->desk->accounts;
	const char *name = request->parameters[0], *role = request_text(request, "role");
	const char *contact = request_text(request, "contact");
	const json_t *disabled = json_object_get(request->json, "disabled");
	bool said = json_is_boolean(disabled);
	hufu_status status = HUFU_OK;
	if (!role && !contact && !said) {
		answer_field(request, "role", "say a role, a contact, disabled, or several of them");
		return;
	}
	if (role)
		status = account_set_role(accounts, name, role, &error);
	if (!status && contact)
		status = account_set_contact(accounts, name, contact, &error);
	if (!status && said)
		status = json_is_true(disabled) ? account_disable(accounts, name, &error)
		                                : account_enable(accounts, name, &error);
	answer_account(request, status, &error);
}

void serve_account_end(struct request *request)
{
	int64_t ended = 0;
	hufu_error error = { 0 };
	hufu_status status = sessions_end(request->desk->accounts, request->parameters[0], NULL, &ended, &error);
	if (status)
		answer_accounts_error(request, &error);
	else
		answer_nothing(request);
}

void serve_account_totp_off(struct request *request)
{
	hufu_error error = { 0 };
	answer_account(
	        request, account_totp_off(request->desk->accounts, request->parameters[0], NULL, &error), &error);
}

void serve_account_log(struct request *request)
{
	json_t *list = NULL;
	hufu_error error = { 0 };
	char *end = NULL, next[24];
	size_t limit = request_limit(request);
	const char *cursor = request_argument(request, "cursor");
	int64_t before = cursor && cursor[0] >= '1' && cursor[0] <= '9' ? strtoll(cursor, &end, 10) : 0;
	if (!limit)
		return;
	if (cursor && (!before || *end)) {
		answer_field(request, "cursor", "is none of this list");
		return;
	}
	hufu_status status = account_log(request->desk->accounts, before, limit, &list, &error);
	size_t count = json_array_size(list);
	json_int_t last = json_integer_value(json_object_get(json_array_get(list, count ? count - 1 : 0), "seq"));
	snprintf(next, sizeof next, "%lld", (long long)last);
	answer_list(request, status, list, count == limit && last > 1 ? json_string(next) : json_null(), &error);
}

/* ---- settings ---- */

static json_t *value_json(const struct config *config, const struct setting *setting)
{
	size_t count = config_count(config, setting->name);
	if (!count)
		return json_null();
	if (setting->kind == SETTING_FLAG)
		return json_boolean(config_flag(config, setting->name));
	if (setting->kind == SETTING_NUMBER)
		return json_integer((json_int_t)config_number(config, setting->name));
	if (setting->kind != SETTING_LIST)
		return json_string(config_text(config, setting->name));
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(config_at(config, setting->name, i)));
	return list;
}

void serve_settings(struct request *request)
{
	const struct config *config = request->server->config;
	json_t *list = json_array();
	for (size_t i = 0; i < config_setting_count; i++) {
		const struct setting *setting = &config_settings[i];
		json_array_append_new(list,
		        json_pack("{s:s, s:o, s:s, s:s}", "name", setting->name, "value", value_json(config, setting),
		                "from", config_from(config, setting->name), "help", setting->help));
	}
	answer_json(request, 200, json_pack("{s:o, s:n}", "items", list, "next"));
}
