/* Accounts as a person reads them on a terminal. What clients say of themselves was made printable when it was kept,
 * and is again here: the database may be written by others. */
#include "cmd/accountshow.h"
#include "cmd/console.h"

static const char *text_of(const json_t *value, const char *name, char out[256])
{
	const char *text = json_string_value(json_object_get(value, name));
	printable(view_of(text ? text : "-"), out, 256);
	return out;
}

void accountshow_one_time(FILE *to, const json_t *value)
{
	char name[256], password[256];
	fprintf(to, "one-time password of %s: %s%s%s\n", text_of(value, "name", name), console_style(to, STYLE_BOLD),
	        text_of(value, "one_time", password), console_style(to, STYLE_PLAIN));
	fputs("It is shown this once, ends after seven days, and must be changed at the first sign-in.\n", to);
}

void accountshow_list(FILE *to, const json_t *accounts)
{
	size_t at;
	json_t *account;
	if (!json_array_size(accounts))
		fputs("no accounts\n", to);
	json_array_foreach(accounts, at, account)
	{
		char name[256], role[256], seen[256], contact[256];
		fprintf(to, "%-20s %-9s  last seen %-25s  %s%s%s%s%s\n", text_of(account, "name", name),
		        text_of(account, "role", role), text_of(account, "seen_at", seen),
		        json_is_true(json_object_get(account, "totp")) ? "codes" : "no codes",
		        json_is_true(json_object_get(account, "must_change")) ? ", password to be changed" : "",
		        json_is_null(json_object_get(account, "disabled_at")) ? "" : ", disabled",
		        json_is_null(json_object_get(account, "contact")) ? "" : ", ",
		        json_is_null(json_object_get(account, "contact")) ? "" : text_of(account, "contact", contact));
	}
}

void accountshow_log(FILE *to, const json_t *entries)
{
	size_t at;
	json_t *entry;
	json_array_foreach(entries, at, entry)
	{
		char when[256], by[256], what[256], whom[256], note[256];
		fprintf(to, "%s  %-12s  %s: %s%s%s\n", text_of(entry, "at", when), text_of(entry, "by", by),
		        text_of(entry, "whom", whom), text_of(entry, "what", what),
		        json_is_null(json_object_get(entry, "note")) ? "" : ", ",
		        json_is_null(json_object_get(entry, "note")) ? "" : text_of(entry, "note", note));
	}
}

void accountshow_sessions(FILE *to, const json_t *sessions)
{
	size_t at;
	json_t *session;
	if (!json_array_size(sessions))
		fputs("no sessions\n", to);
	json_array_foreach(sessions, at, session)
	{
		char id[256], since[256], used[256], client[256];
		fprintf(to, "%s  since %s, used %s, from %s\n", text_of(session, "id", id),
		        text_of(session, "created_at", since), text_of(session, "used_at", used),
		        text_of(session, "client", client));
	}
}

void accountshow_totp(FILE *to, const json_t *account)
{
	char name[256];
	fprintf(to, "%s: one-time codes are %s\n", text_of(account, "name", name),
	        json_is_true(json_object_get(account, "totp")) ? "on" : "off");
}

void accountshow_totp_begun(FILE *to, const json_t *begun)
{
	char secret[256];
	fprintf(to, "secret %s\n%s\n", text_of(begun, "secret", secret),
	        json_string_value(json_object_get(begun, "uri")));
	fputs("Type the secret into an authenticator app, or show it the address as a QR code.\n", to);
}
