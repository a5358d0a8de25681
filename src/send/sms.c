/* Text messages, by way of a gateway: one POST of {"id", "to", "text"} to notify.sms_url. The id is the same when it is
 * sent again, so that the gateway can tell. 2xx: taken; 429 and 5xx: not now; other numbers: refused. */
#include "send/post.h"

#include <jansson.h>

static const struct post_kind gateway = {
	.channel = &send_sms,
	.secret_file = "notify.sms_secret_file",
	.ca_file = "notify.sms_ca_file",
	.refuses = "the gateway refuses it",
	.later = "the gateway does not take it now",
	.silent = "the gateway was sent it and gave no answer",
	.certificate = "the gateway's certificate does not hold",
	.slow = "the gateway does not answer in time",
	.away = "the gateway cannot be reached",
	.address = "notify.sms_url is neither https nor http on this machine",
};

struct sms {
	struct post *post;
	const char *url;
};

static void close_sms(void *own)
{
	struct sms *sms = own;
	if (sms)
		post_close(sms->post);
	free(sms);
}

static hufu_status open_sms(const struct config *config, void **own, hufu_error *error)
{
	struct sms *sms = calloc(1, sizeof *sms);
	if (!sms)
		return fail(error, HUFU_NO_MEMORY, view_of("sms"), "no memory", NULL);
	sms->url = config_text(config, "notify.sms_url");
	hufu_status status = sms->url ? post_open(config, &gateway, &sms->post, error)
	                              : fail(error, HUFU_USAGE, view_of("notify.sms_url"), "is not set", NULL);
	if (status)
		close_sms(sms);
	else
		*own = sms;
	return status;
}

static bool authorize(struct sms *sms)
{
	hufu_view secret = post_secret(sms->post);
	char value[POST_HEADER_MAX];
	if (!secret.len)
		return true;
	int len = snprintf(value, sizeof value, "Bearer %.*s", (int)secret.len, secret.ptr);
	bool good = len < (int)sizeof value && post_header(sms->post, "Authorization", view_of(value));
	explicit_bzero(value, sizeof value);
	return good;
}

static void send_one(void *own, const struct send_message *message, struct send_result *out)
{
	struct sms *sms = own;
	json_t *body = json_pack("{s:s, s:s, s:s}", "id", message->id, "to", message->to, "text", message->text);
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	post_begin(sms->post);
	if (text && authorize(sms) && post_header(sms->post, "Idempotency-Key", view_of(message->id)))
		post_send(sms->post, sms->url, text, out);
	else
		*out = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	json_decref(body);
}

/* A mobile is a person's: of it no more is shown than its end. */
static void show_end(const char *to, char out[SEND_LABEL_MAX])
{
	size_t len = strlen(to);
	snprintf(out, SEND_LABEL_MAX, "*%s", len > 4 ? to + len - 4 : "");
}

const struct send_channel send_sms = { "sms", true, open_sms, send_one, close_sms, show_end, "notify.sms_timeout" };
