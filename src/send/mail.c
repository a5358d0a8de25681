/* Mail by SMTP, with libcurl: one connection carries one message after the other until it is closed. TLS is used where
 * the server offers it, and demanded with smtps, with mail.require_tls, and for a login to any other machine; a
 * certificate that does not hold ends the try. The password lies in a file of its own and is wiped with the sender. */
#include "base/auto.h"
#include "send/message.h"

#include <curl/curl.h>
#include <sodium.h>
#include <sys/socket.h>

enum { CONNECT_SECONDS = 10, PARTING_SECONDS = 2, WHERE_MAX = 300 };

struct mail {
	CURL *curl;
	const struct config *config;
	struct server_name server;
	struct curl_slist *to; /* of the message on its way */
	hufu_view left;        /* of its bytes */
	bool handed; /* all of them were handed over: from here on only the server's word says that it has them */
	bool good;   /* the last one was taken: the connection is in order */
	char status[SEND_STATUS_MAX];
};

/* ---- what libcurl asks for ---- */

static size_t give_piece(char *into, size_t one, size_t cap, void *context)
{
	struct mail *mail = context;
	hufu_view piece = { 0 };
	size_t len = one * cap < mail->left.len ? one * cap : mail->left.len;
	(void)view_split(&mail->left, len, &piece);
	if (piece.len)
		memcpy(into, piece.ptr, piece.len);
	mail->handed = !mail->left.len;
	return piece.len;
}

/* Digits and dots behind the number of a refusal, "550 5.1.1 ...": its finer status. The words are dropped; so is the
 * farewell that may follow. */
static size_t take_reply(char *line, size_t one, size_t len, void *context)
{
	struct mail *mail = context;
	hufu_view reply = view_make(line, one * len), rest = view_from(reply, 4);
	size_t end = 0, dots = 0;
	if (reply.len < 4 || (reply.ptr[0] != '4' && reply.ptr[0] != '5'))
		return one * len;
	while (end < rest.len && end < SEND_STATUS_MAX - 1 &&
	        ((rest.ptr[end] >= '0' && rest.ptr[end] <= '9') || rest.ptr[end] == '.'))
		dots += rest.ptr[end++] == '.';
	mail->status[0] = 0;
	if (dots == 2 && rest.ptr[1] == '.')
		snprintf(mail->status, sizeof mail->status, "%.*s", (int)end, rest.ptr);
	return one * len;
}

static size_t drop_piece(char *from, size_t one, size_t len, void *context)
{
	(void)from;
	(void)context;
	return one * len;
}

/* ---- opening ---- */

static hufu_status set_login(struct mail *mail, hufu_error *error)
{
	struct bytes password = { 0 };
	const char *user = config_text(mail->config, "mail.user");
	if (!user)
		return HUFU_OK;
	hufu_status status = config_secret(mail->config, "mail.password_file", &password, error);
	bytes_byte(&password, '\0');
	if (!status && (password.failed || curl_easy_setopt(mail->curl, CURLOPT_USERNAME, user) != CURLE_OK ||
	                       curl_easy_setopt(mail->curl, CURLOPT_PASSWORD, password.ptr) != CURLE_OK))
		status = fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
	if (password.ptr)
		sodium_memzero(password.ptr, password.len);
	bytes_done(&password);
	return status;
}

static bool set_way(struct mail *mail)
{
	CURL *curl = mail->curl;
	const char *roots = config_text(mail->config, "mail.ca_file");
	bool login = config_text(mail->config, "mail.user") && !mail->server.loopback;
	bool tls = mail->server.secure || login || config_flag(mail->config, "mail.require_tls");
	return curl_easy_setopt(curl, CURLOPT_URL, config_text(mail->config, "mail.server")) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(tls ? CURLUSESSL_ALL : CURLUSESSL_TRY)) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       (!roots || curl_easy_setopt(curl, CURLOPT_CAINFO, roots) == CURLE_OK) &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)send_longest(&send_mail, mail->config)) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_piece) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_READDATA, mail) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_reply) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HEADERDATA, mail) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_piece) == CURLE_OK;
}

/* A server that is in order is told good-bye, behind a NOOP since libcurl only says it with a transfer of its own
 * that it may wait for no longer than we say. Any other is cut off: libcurl would wait two minutes for its answer. */
static void part(struct mail *mail)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	if (mail->good && curl_easy_setopt(mail->curl, CURLOPT_UPLOAD, 0L) == CURLE_OK &&
	        curl_easy_setopt(mail->curl, CURLOPT_MAIL_RCPT, NULL) == CURLE_OK &&
	        curl_easy_setopt(mail->curl, CURLOPT_NOBODY, 1L) == CURLE_OK &&
	        curl_easy_setopt(mail->curl, CURLOPT_CUSTOMREQUEST, "NOOP") == CURLE_OK &&
	        curl_easy_setopt(mail->curl, CURLOPT_TIMEOUT, (long)PARTING_SECONDS) == CURLE_OK &&
	        curl_easy_setopt(mail->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)PARTING_SECONDS) == CURLE_OK &&
	        curl_easy_setopt(mail->curl, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK)
		(void)curl_easy_perform(mail->curl);
	if (curl_easy_getinfo(mail->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RDWR);
}

static void close_mail(void *own)
{
	struct mail *mail = own;
	if (!mail)
		return;
	if (mail->curl)
		part(mail);
	curl_easy_cleanup(mail->curl);
	curl_slist_free_all(mail->to);
	free(mail);
}

static hufu_status check_settings(const struct config *config, struct server_name *server, hufu_error *error)
{
	const char *url = config_text(config, "mail.server"), *from = config_text(config, "mail.from");
	struct mailbox box;
	if (!url || !server_parse(url, "smtp://", "smtps://", server))
		return fail(error, HUFU_USAGE, view_of("mail.server"),
		        url ? "is no address of a mail server" : "is not set",
		        "write smtp://HOST:25 or smtps://HOST:465, without a password");
	if (!from || !mailbox_parse(from, &box))
		return fail(error, HUFU_USAGE, view_of("mail.from"), from ? "is no mail address" : "is not set",
		        "write hufu@example.cn or Name <hufu@example.cn>");
	return HUFU_OK;
}

static hufu_status open_mail(const struct config *config, void **own, hufu_error *error)
{
	struct server_name server;
	hufu_status status = check_settings(config, &server, error);
	struct mail *mail = status ? NULL : calloc(1, sizeof *mail);
	if (mail) {
		*mail = (struct mail){ .config = config, .server = server, .curl = curl_easy_init() };
		if (mail->curl && set_way(mail))
			status = set_login(mail, error);
		else
			status = fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
	} else if (!status) {
		status = fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
	}
	if (status)
		close_mail(mail);
	else
		*own = mail;
	return status;
}

/* ---- one message ---- */

static bool address_to(struct mail *mail, const char *from, const char *to)
{
	char text[WHERE_MAX];
	struct mailbox box;
	curl_slist_free_all(mail->to);
	mail->to = NULL;
	if (!mailbox_parse(from, &box))
		return false;
	snprintf(text, sizeof text, "<%.*s>", (int)box.address.len, box.address.ptr);
	if (curl_easy_setopt(mail->curl, CURLOPT_MAIL_FROM, text) != CURLE_OK || !mailbox_parse(to, &box))
		return false;
	snprintf(text, sizeof text, "<%.*s>", (int)box.address.len, box.address.ptr);
	mail->to = curl_slist_append(NULL, text);
	return mail->to && curl_easy_setopt(mail->curl, CURLOPT_MAIL_RCPT, mail->to) == CURLE_OK;
}

static const struct {
	CURLcode code;
	const char *what;
} causes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "the mail server's name is not known" },
	{ CURLE_COULDNT_CONNECT, "the mail server cannot be reached" },
	{ CURLE_OPERATION_TIMEDOUT, "the mail server does not answer in time" },
	{ CURLE_LOGIN_DENIED, "the mail server refuses the login" },
	{ CURLE_USE_SSL_FAILED, "the mail server offers no TLS, which is demanded" },
	{ CURLE_PEER_FAILED_VERIFICATION, "the mail server's certificate does not hold" },
	{ CURLE_SSL_CACERT_BADFILE, "mail.ca_file cannot be read" },
	{ CURLE_SSL_CONNECT_ERROR, "TLS with the mail server fails" },
};

static const char *cause_of(CURLcode code)
{
	for (size_t i = 0; i < LEN(causes); i++)
		if (causes[i].code == code)
			return causes[i].what;
	return "the mail server broke off";
}

/* A number from 500 on is for good when it answers the envelope or the mail. Before (greeting, login) it speaks of the
 * way, which its keeper may mend. */
static void judge(struct mail *mail, CURLcode code, struct send_result *out)
{
	long reply = 0;
	curl_easy_getinfo(mail->curl, CURLINFO_RESPONSE_CODE, &reply);
	bool of_mail = mail->handed || code == CURLE_SEND_ERROR;
	mail->good = code == CURLE_OK;
	*out = (struct send_result){ .code = (int)reply };
	snprintf(out->status, sizeof out->status, "%s", mail->status);
	if (code == CURLE_OK) {
		out->outcome = SEND_ACCEPTED;
	} else if (reply >= 500 && of_mail) {
		out->outcome = SEND_REFUSED;
		out->what = "the mail server refuses it";
	} else if (reply >= 400 && of_mail) {
		out->outcome = SEND_LATER;
		out->what = "the mail server does not take it now";
	} else if (mail->handed) {
		out->outcome = SEND_DOUBT;
		out->what = "the mail server got all of it and gave no answer";
		out->away = true;
	} else {
		out->outcome = SEND_LATER;
		out->what = cause_of(code);
		out->away = true;
	}
}

static CURLcode carry(struct mail *mail, hufu_view bytes)
{
	mail->left = bytes;
	mail->handed = false;
	mail->status[0] = 0;
	if (curl_easy_setopt(mail->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)bytes.len) != CURLE_OK)
		return CURLE_OUT_OF_MEMORY;
	return curl_easy_perform(mail->curl);
}

/* A server may close a connection between two messages: then a new one is made, once, and nothing was handed over. */
static bool was_closed(const struct mail *mail, CURLcode code)
{
	long reply = 0, fresh = 0;
	curl_easy_getinfo(mail->curl, CURLINFO_RESPONSE_CODE, &reply);
	curl_easy_getinfo(mail->curl, CURLINFO_NUM_CONNECTS, &fresh);
	return code != CURLE_OK && code != CURLE_OPERATION_TIMEDOUT && !mail->handed && !fresh &&
	       (!reply || reply == 421);
}

static void send_one(void *own, const struct send_message *message, struct send_result *out)
{
	struct mail *mail = own;
	struct send_message whole = *message;
	struct bytes bytes = { 0 };
	hufu_error error = { 0 };
	if (!whole.from)
		whole.from = config_text(mail->config, "mail.from");
	hufu_status status = message_write(&whole, &bytes, &error);
	if (status == HUFU_MALFORMED) {
		*out = (struct send_result){ .outcome = SEND_REFUSED, .what = error.what };
	} else if (status || !address_to(mail, whole.from, whole.to)) {
		*out = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
	} else {
		CURLcode code = carry(mail, bytes_view(&bytes));
		if (was_closed(mail, code))
			code = carry(mail, bytes_view(&bytes));
		judge(mail, code, out);
	}
	bytes_done(&bytes);
}

static void show_address(const char *to, char out[SEND_LABEL_MAX])
{
	struct mailbox box;
	if (mailbox_parse(to, &box))
		snprintf(out, SEND_LABEL_MAX, "%.*s", (int)box.address.len, box.address.ptr);
	else
		printable(view_of(to), out, SEND_LABEL_MAX);
}

const struct send_channel send_mail = { "mail", true, open_mail, send_one, close_mail, show_address, "mail.timeout" };
