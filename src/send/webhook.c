/* Webhooks: the body is signed where a secret is set (HMAC-SHA-256 in X-Hufu-Signature). The address may hold a token,
 * so it is shown as its host and a digest. */
#include "send/message.h"
#include "send/post.h"

#include <sodium.h>

enum { LABEL_BYTES = 4 };

static const struct post_kind webhook = {
	.channel = &send_webhook,
	.secret_file = "escalation.webhook_secret_file",
	.ca_file = "escalation.webhook_ca_file",
	.refuses = "the webhook refuses it",
	.later = "the webhook does not take it now",
	.silent = "the webhook was sent it and gave no answer",
	.certificate = "the webhook's certificate does not hold",
	.slow = "the webhook does not answer in time",
	.away = "the webhook cannot be reached",
	.address = "the webhook's address is neither https nor http on this machine",
};

static hufu_status open_hook(const struct config *config, void **own, hufu_error *error)
{
	struct post *post;
	hufu_status status = post_open(config, &webhook, &post, error);
	if (!status)
		*own = post;
	return status;
}

static void close_hook(void *own)
{
	post_close(own);
}

static bool sign(struct post *post, const char *body)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char text[sizeof "sha256=" + 2 * sizeof mac] = "sha256=";
	hufu_view secret = post_secret(post);
	if (!secret.len)
		return true;
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.ptr, secret.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(text + 7, sizeof text - 7, mac, sizeof mac);
	return post_header(post, "X-Hufu-Signature", view_of(text));
}

static void send_one(void *own, const struct send_message *message, struct send_result *out)
{
	struct post *post = own;
	post_begin(post);
	if (post_header(post, "X-Hufu-Delivery", view_of(message->id)) && sign(post, message->json))
		post_send(post, message->to, message->json, out);
	else
		*out = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
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
