/* One POST of JSON by https, or by http to this very machine: what webhooks and the gateway of text messages share. No
 * redirect is followed, and of the answer only its number is looked at. Each goes over a connection of its own: on an
 * old one libcurl might send twice by itself. */
#include "send/post.h"

#include "send/message.h"

#include <curl/curl.h>
#include <sodium.h>

enum { CONNECT_SECONDS = 10, ANSWER_MAX = 64 << 10 };

struct post {
	CURL *curl;
	const struct config *config;
	const struct post_kind *kind;
	struct bytes secret;
	struct curl_slist *headers; /* of the message on its way */
	size_t answered;            /* bytes */
};

static size_t drop_piece(char *from, size_t one, size_t len, void *context)
{
	struct post *post = context;
	(void)from;
	post->answered += one * len;
	return post->answered > ANSWER_MAX ? 0 : one * len;
}

void post_close(struct post *post)
{
	if (!post)
		return;
	if (post->secret.ptr)
		sodium_memzero(post->secret.ptr, post->secret.cap);
	bytes_done(&post->secret);
	curl_slist_free_all(post->headers);
	curl_easy_cleanup(post->curl);
	free(post);
}

hufu_status post_open(const struct config *config, const struct post_kind *kind, struct post **out, hufu_error *error)
{
	struct post *post = calloc(1, sizeof *post);
	if (!post || !(post->curl = curl_easy_init())) {
		post_close(post);
		return fail(error, HUFU_NO_MEMORY, view_of(kind->channel->name), "no memory", NULL);
	}
	post->config = config;
	post->kind = kind;
	hufu_status status = config_secret(config, kind->secret_file, &post->secret, error);
	if (!status && config_text(config, kind->secret_file) && !post->secret.len)
		status = fail(error, HUFU_USAGE, view_of(kind->secret_file), "is empty", "write a secret into it");
	if (status)
		post_close(post);
	else
		*out = post;
	return status;
}

hufu_view post_secret(const struct post *post)
{
	return bytes_view(&post->secret);
}

void post_begin(struct post *post)
{
	curl_easy_reset(post->curl);
	curl_slist_free_all(post->headers);
	post->headers = NULL;
	post->answered = 0;
}

bool post_header(struct post *post, const char *name, hufu_view value)
{
	char line[POST_HEADER_MAX];
	int len = snprintf(line, sizeof line, "%s: %.*s", name, (int)value.len, value.ptr ? value.ptr : "");
	struct curl_slist *more = len < (int)sizeof line ? curl_slist_append(post->headers, line) : NULL;
	sodium_memzero(line, sizeof line);
	if (more)
		post->headers = more;
	return more != NULL;
}

static bool prepare(struct post *post, const char *url, const char *body, bool loopback)
{
	CURL *curl = post->curl;
	const char *roots = config_text(post->config, post->kind->ca_file);
	long seconds = (long)send_longest(post->kind->channel, post->config);
	return post_header(post, "Content-Type", view_of("application/json")) &&
	       post_header(post, "Expect", view_of("")) && curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
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
	       curl_easy_setopt(curl, CURLOPT_HTTPHEADER, post->headers) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body)) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_piece) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEDATA, post) == CURLE_OK;
}

static const char *cause_of(const struct post_kind *kind, CURLcode code)
{
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
		return kind->certificate;
	return code == CURLE_OPERATION_TIMEDOUT ? kind->slow : kind->away;
}

/* 408, 425 and 429 say "not now"; so does every fault of the server. */
static enum send_outcome outcome_of(long reply)
{
	if (reply >= 200 && reply < 300)
		return SEND_ACCEPTED;
	return reply >= 500 || reply == 408 || reply == 425 || reply == 429 ? SEND_LATER : SEND_REFUSED;
}

static void judge(const struct post *post, CURLcode code, struct send_result *out)
{
	const char *const words[] = { NULL, post->kind->refuses, post->kind->later };
	long reply = 0;
	curl_off_t begun = 0;
	curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &reply);
	curl_easy_getinfo(post->curl, CURLINFO_PRETRANSFER_TIME_T, &begun);
	*out = (struct send_result){ .code = (int)reply };
	if (reply >= 200) { /* the answer's number came: its words do not matter, nor whether they all came */
		out->outcome = outcome_of(reply);
		out->what = words[out->outcome];
	} else if (begun > 0) {
		out->outcome = SEND_DOUBT;
		out->what = post->kind->silent;
		out->away = true;
	} else {
		out->outcome = SEND_LATER;
		out->what = cause_of(post->kind, code);
		out->away = true;
	}
}

void post_send(struct post *post, const char *url, const char *body, struct send_result *out)
{
	struct server_name server;
	if (!server_parse(url, "http://", "https://", &server) || (!server.secure && !server.loopback))
		*out = (struct send_result){ .outcome = SEND_REFUSED, .what = post->kind->address };
	else if (!prepare(post, url, body, server.loopback))
		*out = (struct send_result){ .outcome = SEND_LATER, .what = "no memory" };
	else
		judge(post, curl_easy_perform(post->curl), out);
}
