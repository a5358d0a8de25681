/* hufu config: the settings of a store, what they are set to and where that comes from. */
#include "config/config.h"
#include "base/auto.h"
#include "cmd/console.h"
#include "seal/store.h"

#include <string.h>

static const char help[] =
        "usage: hufu config [NAME]\n"
        "\n"
        "Shows all settings, or one: value, where it comes from, what it is for. They lie in config.yaml in the\n"
        "store (or the file that $HUFU_CONFIG names), written with an editor:\n"
        "\n"
        "  mail:\n"
        "    server: smtp://mail.example.cn:25\n"
        "    from: hufu@example.cn\n"
        "  escalation:\n"
        "    mail: [privacy@example.cn, legal@example.cn]\n"
        "    near: [24h, 4h, 1h]\n"
        "\n"
        "An environment variable stands over the file: $HUFU_MAIL_SERVER for mail.server; lists with commas.\n"
        "Secrets lie in files of their own, mode 0600, that a setting ending in _file names.\n"
        "\n"
        "  --json          the answer as JSON\n"
        "  --store DIR     the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "exit: 0 done, 2 something is wrong with a setting; the line says which.\n";

static int run(int argc, char **argv);

const struct command command_config = { "config", "settings: mail, escalation, time stamps, console", help, run };

static json_t *value_json(const struct config *config, const struct setting *setting)
{
	if (!config_count(config, setting->name))
		return json_null();
	if (setting->kind == SETTING_FLAG)
		return json_boolean(config_flag(config, setting->name));
	if (setting->kind == SETTING_NUMBER)
		return json_integer(config_number(config, setting->name));
	if (setting->kind != SETTING_LIST)
		return json_string(config_text(config, setting->name));
	json_t *list = json_array();
	for (size_t i = 0; i < config_count(config, setting->name); i++)
		json_array_append_new(list, json_string(config_at(config, setting->name, i)));
	return list;
}

static json_t *all_json(const struct config *config, const char *only)
{
	json_t *all = json_array();
	for (size_t i = 0; i < config_setting_count; i++) {
		const struct setting *setting = &config_settings[i];
		if (!only || !strcmp(only, setting->name))
			json_array_append_new(all, json_pack("{s:s, s:o, s:s, s:s}", "name", setting->name, "value",
			                                   value_json(config, setting), "from",
			                                   config_from(config, setting->name), "help", setting->help));
	}
	return all;
}

static void print_text(const json_t *all)
{
	size_t at;
	json_t *entry;
	json_array_foreach(all, at, entry)
	{
		char shown[256];
		AUTO_FREE char *value = json_dumps(json_object_get(entry, "value"), JSON_ENCODE_ANY | JSON_COMPACT);
		printable(view_of(value ? value : ""), shown, sizeof shown);
		printf("%-32s %s%s\n%34s%s%s%s\n", json_string_value(json_object_get(entry, "name")),
		        json_is_null(json_object_get(entry, "value")) ? "-" : shown,
		        strcmp(json_string_value(json_object_get(entry, "from")), "default") != 0 ? "  (set)" : "", "",
		        console_style(stdout, STYLE_DIM), json_string_value(json_object_get(entry, "help")),
		        console_style(stdout, STYLE_PLAIN));
	}
}

static const char *setting_name(size_t at)
{
	return config_settings[at].name;
}

static hufu_status know(const char *name, hufu_error *error)
{
	for (size_t i = 0; i < config_setting_count; i++)
		if (!strcmp(name, config_settings[i].name))
			return HUFU_OK;
	const char *near = nearest_name(name, setting_name, config_setting_count);
	return fail(error, HUFU_USAGE, view_of(name), near ? "is no setting; the nearest one" : "is no setting",
	        near ? near : "hufu config lists them all");
}

static int run(int argc, char **argv)
{
	const char *where = NULL;
	bool json = false;
	const struct option options[] = { { .name = "store", .text = &where }, { .name = "json", .flag = &json } };
	AUTO_FREE char *dir = NULL;
	struct config *config = NULL;
	hufu_error error = { 0 };
	int ends = options_take(&command_config, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc > 2)
		return console_usage(&command_config, NULL, "wants one NAME at most");
	hufu_status status = argc == 2 ? know(argv[1], &error) : HUFU_OK;
	if (!status)
		status = store_dir(where, &dir, &error);
	if (!status)
		status = config_open(dir, &config, &error);
	json_t *all = status ? NULL : all_json(config, argc == 2 ? argv[1] : NULL);
	if (!status && json)
		status = console_json(all, &error);
	else if (!status)
		print_text(all);
	json_decref(all);
	config_close(config);
	return status ? console_fail(&error) : EXIT_YES;
}
