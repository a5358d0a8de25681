/* What a store was told to do by its keeper: mail server, time stamps, escalation, serving. The room's door.
 *
 * Settings lie in one YAML file, $HUFU_CONFIG, else STORE/config.yaml, which its keeper writes; each can be overridden
 * by an environment variable (mail.server: $HUFU_MAIL_SERVER; a list is cut at commas). All settings there are stand in
 * one table (config_settings): what is not in it is refused with the nearest name. The file is as trusted as the
 * program's command line. Secrets are never in it: a setting ending in _file names a file of mode 0600. */
#ifndef HUFU_CONFIG_CONFIG_H
#define HUFU_CONFIG_CONFIG_H

#include "base/bytes.h"
#include "base/status.h"

enum setting_kind {
	SETTING_TEXT,
	SETTING_FILE,   /* a path; relative to the folder of the file it stands in */
	SETTING_FLAG,   /* true or false */
	SETTING_NUMBER, /* a whole number */
	SETTING_SPAN,   /* "90s", "30m", "4h", "180d": seconds */
	SETTING_LIST,   /* of texts */
};

struct setting {
	const char *name; /* "mail.server" */
	enum setting_kind kind;
	const char *fallback; /* as it would be written; NULL: not set. A list's is cut at commas. */
	const char *help;     /* one line */
};
extern const struct setting config_settings[];
extern const size_t config_setting_count;

struct config;

/* No file is fine: all settings are then at their fallback or from the environment. */
hufu_status config_open(const char *store_dir, struct config **out, hufu_error *error);
void config_close(struct config *config);
/* The file it looked for, whether or not it is there. */
const char *config_path(const struct config *config);

/* The asked name must be one of the table, of that kind. Texts live as long as the config; NULL: not set. */
const char *config_text(const struct config *config, const char *name); /* also of a file: its path */
bool config_flag(const struct config *config, const char *name);
int64_t config_number(const struct config *config, const char *name); /* also of a span; 0: not set */
size_t config_count(const struct config *config, const char *name);   /* of a list */
const char *config_at(const struct config *config, const char *name, size_t at);
/* The seconds of "4h"; false: it is none. */
bool config_span(hufu_view text, int64_t *seconds);

/* The first line of the file that a setting ending in _file names, without its end: HUFU_DENIED when others may read
 * it. Not set: HUFU_OK and empty. Wipe it after use. */
hufu_status config_secret(const struct config *config, const char *name, struct bytes *out, hufu_error *error);

/* Where a setting's value comes from: "default", "file", "environment". */
const char *config_from(const struct config *config, const char *name);

#endif
