/* All settings there are. A new one is one line. */
#include "config/config.h"

const struct setting config_settings[] = {
	{ "mail.server", SETTING_TEXT, NULL, "smtp://HOST:25, smtps://HOST:465; STARTTLS is used where offered" },
	{ "mail.from", SETTING_TEXT, NULL, "sender of what hufu sends" },
	{ "mail.user", SETTING_TEXT, NULL, "to log in at the server" },
	{ "mail.password_file", SETTING_FILE, NULL, "its password, a file of mode 0600" },
	{ "mail.ca_file", SETTING_FILE, NULL, "certificates that the server is checked with; else the system's" },
	{ "mail.require_tls", SETTING_FLAG, "false", "no mail without TLS" },
	{ "mail.timeout", SETTING_SPAN, "60s", "how long the server may take for one mail" },
	{ "escalation.mail", SETTING_LIST, NULL, "who hears by mail of a duty that comes near or passes" },
	{ "escalation.webhook", SETTING_LIST, NULL, "https addresses that hear of it as JSON" },
	{ "escalation.webhook_secret_file", SETTING_FILE, NULL, "signs what goes to a webhook (HMAC-SHA-256)" },
	{ "escalation.webhook_ca_file", SETTING_FILE, NULL, "certificates that webhooks are checked with" },
	{ "escalation.webhook_timeout", SETTING_SPAN, "15s", "how long a webhook may take" },
	{ "escalation.syslog", SETTING_FLAG, "true", "the system's log hears of it" },
	{ "escalation.near", SETTING_LIST, "24h,4h,1h", "how long before a duty is due its steps are told" },
	{ "escalation.immediate", SETTING_LIST, "1h,4h,24h",
	        "how long after it arose what is due at once is told again; the last one again and again" },
	{ "stamp.url", SETTING_TEXT, NULL, "RFC 3161 authority that stamps the timeline" },
	{ "stamp.ca_file", SETTING_FILE, NULL, "certificates that its stamps are checked with" },
	{ "retention.leak", SETTING_SPAN, NULL, "how long after its case closed a leak is kept" },
	{ "retention.evidence", SETTING_SPAN, NULL, "the same for mails and other evidence" },
	{ "look.daily_max", SETTING_NUMBER, "2000", "rows in clear that one person may look at in a day" },
	{ "serve.listen", SETTING_TEXT, "127.0.0.1:8443", "address and port of the console" },
	{ "serve.certificate_file", SETTING_FILE, NULL, "certificate (PEM); else one is made at first start" },
	{ "serve.certificate_key_file", SETTING_FILE, NULL, "its key, a file of mode 0600" },
	{ "serve.web", SETTING_FILE, NULL, "folder of the page's files; else where hufu was installed" },
	{ "serve.session_idle", SETTING_SPAN, "30m", "a session ends after so long without a request" },
	{ "serve.session_most", SETTING_SPAN, "12h", "a session ends after so long in any case" },
	{ "serve.upload_max_gb", SETTING_NUMBER, "1024", "largest leak taken over the console, in gigabytes" },
};
const size_t config_setting_count = LEN(config_settings);
