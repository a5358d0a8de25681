/* Webhooks: one POST of JSON by https, or by http to this very machine. The body is signed where a secret is set
 * (HMAC-SHA-256 in X-Hufu-Signature); no redirect is followed, and of the answer only its number is looked at. Each
 * goes over a connection of its own: on an old one libcurl might send twice by itself. The address may hold a token,
 * so it is shown as its host and a digest. */
#include "base/auto.h"
#include "send/message.h"

#include <curl/curl.h>
#include <sodium.h>

enum { CONNECT_SECONDS = 10, ANSWER_MAX = 64 << 10, HEADER_MAX = 160, LABEL_BYTES = 4 };

struct webhook {
	CURL *curl;
	const struct config *config;
	struct bytes secret;
	struct curl_slist *headers; /* of the message on its way */
	size_t answered;            /* bytes */
};

static size_t drop_piece(char *from, size_t one, size_t len, void *context)
{
	struct webhook *hook = context;
	(void)from;
	hook->answered += one * len;
	return hook->answered > ANSWER_MAX ? 0 : one * len;
}

static void close_hook(void *own)
{
	struct webhook *hook = own;
	if (!hook)
		return;
	if (hook->secret.ptr)
		sodium_memzero(hook->secret.ptr, hook->secret.cap);
	bytes_done(&hook->secret);
	curl_slist_free_all(hook->headers);
	curl_easy_cleanup(hook->curl);
	free(hook);
}

static hufu_status open_hook(const struct config *config, void **own, hufu_error *error)
{
	struct webhook *hook = calloc(1, sizeof *hook);
	if (!hook || !(hook->curl = curl_easy_init())) {
		close_hook(hook);
		return fail(error, HUFU_NO_MEMORY, view_of("webhook"), "no memory", NULL);
	}
	hook->config = config;
	hufu_status status = config_secret(config, "escalation.webhook_secret_file", &hook->secret, error);
	if (!status && config_text(config, "escalation.webhook_secret_file") && !hook->secret.len)
		status = fail(error, HUFU_USAGE, view_of("escalation.webhook_secret_file"), "is empty",
		        "write a secret into it");
	if (status)
		close_hook(hook);
	else
		*own = hook;
	return status;
}

/* ---- one message ---- */

static bool add_header(struct webhook *hook, const char *name, const char *value)
{
	char line[HEADER_MAX];
	snprintf(line, sizeof line, "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(hook->headers, line);
	if (more)
		hook->headers = more;
	return more != NULL;
}

static bool sign(struct webhook *hook, const char *body)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char text[sizeof "sha256=" + 2 * sizeof mac] = "sha256=";
	if (!hook->secret.len)
		return true;
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)hook->secret.ptr, hook->secret.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(text + 7, sizeof text - 7, mac, sizeof mac);
	return add_header(hook, "X-Hufu-Signature", text);
}

static bool prepare(struct webhook *hook, const struct send_message *message, bool loopback)
{
	CURL *curl = hook->curl;
	const char *roots = config_text(hook->config, "escalation.webhook_ca_file");
	long seconds = (long)send_longest(&send_webhook, hook->config);
	curl_easy_reset(curl);
	curl_slist_free_all(hook->headers);
	hook->headers = NULL;
	hook->answered = 0;
	return add_header(hook, "Content-Type", "application/json") && add_header(hook, "Expect", "") &&
	       add_header(hook, "X-Hufu-Delivery", message->id) && sign(hook, message->json) &&
	       curl_easy_setopt(curl, CURLOPT_URL, message->to) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       (!loopback || curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK) &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       (!roots || curl_easy_setopt(curl, CURLOPT_CAINFO, roots) == CURLE_OK) &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_USERAGENT, "hufu") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HTTPHEADER, hook->headers) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message->json) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(message->json)) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_piece) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEDATA, hook) == CURLE_OK;
}

static const char *cause_of(CURLcode code)
{
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
		return "the webhook's certificate does not hold";
	return code == CURLE_OPERATION_TIMEDOUT ? "the webhook does not answer in time"
	                                        : "the webhook cannot be reached";
}

/* 408, 425 and 429 say "not now"; so does every fault of the server. */
static enum send_outcome outcome_of(long reply)
{
	if (reply >= 200 && reply < 300)
		return SEND_ACCEPTED;
	return reply >= 500 || reply == 408 || reply == 425 || reply == 429 ? SEND_LATER : SEND_REFUSED;
}

static void judge(CURL *curl, CURLcode code, struct send_result *out)
{
	static const char *const words[] = { NULL, "the webhook refuses it", "the webhook does not take it now" };
	long reply = 0;
	curl_off_t begun = 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
	curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &begun);
	*out = (struct send_result){ .code = (int)reply };
	if (reply >= 200) { /* the answer's number came: its words do not matter, nor whether they all came */
		out->outcome = outcome_of(reply);
		out->what = words[out->outcome];
	} else if (begun > 0) {
		out->outcome = SEND_DOUBT;
		out->what = "the webhook was sent it and gave no answer";
		out->away = true;
	} else {
		out->outcome = SEND_LATER;
		out->what = cause_of(code);
		out->away = true;
	}
}

static void send_one(void *own, const struct send_message *message, struct send_result *out)
{
	struct webhook *hook = own;
	struct server_name server;
	if (!server_parse(message->to, "http://", "https://", &server) || (!server.secure && !server.loopback))
		*out = (struct send_result){ .outcome = SEND_REFUSED,
			.what = "the webhook's address is neither https nor http on this machine" };
	else if (!prepare(hook, message, server.loopback))
		*out = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
	else
		judge(hook->curl, curl_easy_perform(hook->curl), out);
}

static void show_address(const char *to, char out[SEND_LABEL_MAX])
{
	struct server_name server;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char digits[2 * LABEL_BYTES + 1];
	crypto_hash_sha256(hash, (const unsigned char *)to, strlen(to));
	sodium_bin2hex(digits, sizeof digits, hash, LABEL_BYTES);
	snprintf(out, SEND_LABEL_MAX, "%s #%s", server_parse(to, "http://", "https://", &server) ? server.host : "?",
	        digits);
}

const struct send_channel send_webhook = { "webhook", false, open_hook, send_one, close_hook, show_address,
	"escalation.webhook_timeout" };
