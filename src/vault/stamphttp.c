/* The way to a time stamping authority: one POST (RFC 3161, section 3.4). Uses base and libcurl. */
#include "stamp.h"

#include <curl/curl.h>
#include <strings.h>

enum { ANSWER_MAX = 1 << 20, CONNECT_SECONDS = 10, STATUS_OK = 200 };

struct taking {
	long seconds; /* that it may take */
	struct bytes bytes;
	bool too_long;
};

static size_t take_piece(char *from, size_t one, size_t len, void *context)
{
	struct taking *taking = context;

	taking->too_long = len > ANSWER_MAX - taking->bytes.len;
	if (taking->too_long)
		return 0;
	bytes_add(&taking->bytes, view_make(from, one * len));
	return taking->bytes.failed ? 0 : len;
}

static bool prepare(CURL *curl, const char *url, hufu_view request, struct curl_slist *heads, struct taking *taking)
{
	return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT, taking->seconds) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HTTPHEADER, heads) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.ptr) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request.len) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_piece) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEDATA, taking) == CURLE_OK;
}

/* The address may hold a password, so it is never repeated. */
static hufu_status judge(CURL *curl, CURLcode code, const struct taking *taking, hufu_error *error)
{
	hufu_view where = view_of("time stamping authority");
	const char *type = NULL;
	long status = 0;

	if (taking->bytes.failed)
		return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	if (taking->too_long)
		return fail(error, HUFU_LIMIT, where, "its answer is longer than a time stamp can be", NULL);
	if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
		return fail(error, HUFU_USAGE, where, "its address is neither http nor https", NULL);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return fail(error, HUFU_TIMEOUT, where, "does not answer in time", "try again later");
	if (code != CURLE_OK)
		return fail(error, HUFU_IO, where, "cannot be reached",
		        "look at its address and the network, then try again");
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (status != STATUS_OK || !type || strncasecmp(type, "application/timestamp-reply", 27) != 0)
		return fail(
		        error, HUFU_IO, where, "answers with something else than a time stamp", "look at its address");
	return HUFU_OK;
}

hufu_status stamp_request_over_http(
        const char *url, hufu_view request, unsigned seconds, struct bytes *response, hufu_error *error)
{
	struct taking taking = { .seconds = (long)seconds };
	CURL *curl = curl_easy_init();
	struct curl_slist *heads = curl_slist_append(NULL, "Content-Type: application/timestamp-query");
	hufu_status status = HUFU_NO_MEMORY;

	if (curl && heads && prepare(curl, url, request, heads, &taking))
		status = judge(curl, curl_easy_perform(curl), &taking, error);
	else
		status = fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
	curl_slist_free_all(heads);
	curl_easy_cleanup(curl);
	if (status != HUFU_OK) {
		bytes_done(&taking.bytes);
		return status;
	}
	bytes_done(response);
	*response = taking.bytes;
	return HUFU_OK;
}
