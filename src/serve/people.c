/* Filings, notices and claims of a case over the API: what the law and the people are owed. Contacts come from the
 * source that the keeper set (notify.contacts): a browser names no file of this machine. */
#include "base/auto.h"
#include "base/io.h"
#include "claim/claim.h"
#include "notify/notify.h"
#include "report/report.h"
#include "serve/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SENT_AT_ONCE = 500, PAPER_MOST = 32 << 20 };

static const char *case_of(const struct request *request)
{
	return request->parameters[0];
}

/* ---- filings ---- */

void serve_filings(struct request *request)
{
	json_t *value = NULL;
	hufu_error error = { 0 };
	hufu_status status = filing_list(request->desk->book, case_of(request), &value, &error);
	answer_json_or(request, status, status ? NULL : json_pack("{s:o}", "items", value), &error);
}

void serve_filing_submit(struct request *request)
{
	json_t *value = NULL;
	hufu_error error = { 0 };
	const struct filing_sent sent = { request_text(request, "kind"), request_text(request, "approved_by"),
		request_text(request, "sent_by"), request_text(request, "reference") };
	hufu_status status = filing_submit(request->desk->book, case_of(request), &sent, &value, &error);
	if (!status)
		json_object_del(value, "items");
	answer_json_or(request, status, value, &error);
}

/* Written to a file of its own within the store, as the command line would, read and removed. */
static hufu_status make_draft(struct request *request, const char *dir, struct bytes *out, hufu_error *error)
{
	AUTO_FREE char *path = io_join(dir, "paper.docx");
	hufu_status status =
	        path ? filing_draft(request->desk->book, case_of(request), request->parameters[1], path, error)
	             : fail(error, HUFU_NO_MEMORY, view_of("paper"), "no memory", NULL);
	if (!status)
		status = io_read_file(path, PAPER_MOST, out, error);
	if (path)
		unlink(path);
	return status;
}

void serve_filing_draft(struct request *request)
{
	struct bytes paper = { 0 };
	hufu_error error = { 0 };
	AUTO_FREE char *dir = io_join(request->server->store->dir, "paper-XXXXXX");
	if (!dir || !mkdtemp(dir)) {
		answer_problem(request, 503, "no-memory", "no paper can be made now", "is the disk full?");
		return;
	}
	if (make_draft(request, dir, &paper, &error)) {
		answer_error(request, &error);
	} else {
		answer_bytes(request, 200, "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		        bytes_view(&paper));
		answer_header(request, "Content-Disposition", "attachment; filename=\"draft.docx\"");
	}
	rmdir(dir);
	bytes_done(&paper);
}

/* ---- notices ---- */

static void answer_notices(struct request *request, hufu_status status, hufu_error *error)
{
	json_t *value = NULL;
	if (!status)
		status = notice_show(request->desk->book, case_of(request), &value, error);
	answer_json_or(request, status, value, error);
}

void serve_notices(struct request *request)
{
	hufu_error error = { 0 };
	answer_notices(request, HUFU_OK, &error);
}

void serve_notice_write(struct request *request)
{
	json_t *value = NULL;
	hufu_error error = { 0 };
	hufu_status status =
	        notice_write(request->desk->book, case_of(request), request->server->config, NULL, &value, &error);
	json_decref(value);
	answer_notices(request, status, &error);
}

/* The accounts of a console vouch for two pairs of eyes. */
void serve_notice_release(struct request *request)
{
	hufu_error error = { 0 };
	answer_notices(request, notice_release(request->desk->book, case_of(request), NULL, &error), &error);
}

/* Some hundred at a time, so that an answer comes while it goes on; the page asks again until none is left. */
void serve_notice_send(struct request *request)
{
	json_t *value = NULL;
	bool left = false;
	hufu_error error = { 0 };
	const char *from = config_text(request->server->config, "notify.contacts");
	const struct notice_sending sending = { .from = &from, .from_count = 1, .most = SENT_AT_ONCE };
	if (!from) {
		answer_problem(request, 409, "conflict", "no source of contacts is set",
		        "the keeper sets notify.contacts: hufu config");
		return;
	}
	hufu_status status = notice_send(
	        request->desk->book, case_of(request), request->server->config, &sending, &value, &left, &error);
	if (!status)
		json_object_set_new(value, "left", json_boolean(left));
	answer_json_or(request, status, value, &error);
}

void serve_notice_settle(struct request *request)
{
	hufu_error error = { 0 };
	json_int_t n = json_integer_value(json_object_get(request->json, "n"));
	answer_notices(request,
	        notice_settle(request->desk->book, case_of(request), n, request_text(request, "how"), &error), &error);
}

/* ---- claims ---- */

/* The number in the path; 0: it is none, and was answered. */
static int64_t claim_of(struct request *request)
{
	char *end;
	const char *text = request->parameters[1];
	long long claim = text[0] >= '1' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
	if (claim > 0 && claim < INT64_MAX && !*end)
		return claim;
	answer_problem(request, 404, "not-found", "is no claim of this case", NULL);
	return 0;
}

static void answer_claim(struct request *request, int64_t claim, hufu_status status, hufu_error *error)
{
	json_t *value = NULL;
	if (!status)
		status = claim_show(request->desk->book, case_of(request), claim, &value, error);
	answer_json_or(request, status, value, error);
}

void serve_claims(struct request *request)
{
	json_t *value = NULL;
	hufu_error error = { 0 };
	hufu_status status = claim_list(request->desk->book, case_of(request), &value, &error);
	answer_json_or(request, status, status ? NULL : json_pack("{s:o}", "items", value), &error);
}

void serve_claim_take(struct request *request)
{
	json_t *value = NULL;
	hufu_error error = { 0 };
	const struct claim_taken taken = { .kind = request_text(request, "kind"),
		.channel = request_text(request, "channel"),
		.note = request_text(request, "note") };
	hufu_status status = claim_take(request->desk->book, case_of(request), &taken, &value, &error);
	answer_json_or(request, status, value, &error);
}

void serve_claim_ask(struct request *request)
{
	hufu_error error = { 0 };
	int64_t claim = claim_of(request);
	if (claim)
		answer_claim(request, claim,
		        claim_ask(request->desk->book, request->server->config, case_of(request), claim,
		                view_of(request_text(request, "said")), NULL, &error),
		        &error);
}

void serve_claim_code(struct request *request)
{
	hufu_error error = { 0 };
	int64_t claim = claim_of(request);
	if (claim)
		answer_claim(request, claim,
		        claim_code(request->desk->book, case_of(request), claim, view_of(request_text(request, "code")),
		                &error),
		        &error);
}

void serve_claim_prove(struct request *request)
{
	hufu_error error = { 0 };
	int64_t claim = claim_of(request);
	if (claim)
		answer_claim(request, claim,
		        claim_prove(request->desk->book, case_of(request), claim, request_text(request, "how"), &error),
		        &error);
}

void serve_claim_decide(struct request *request)
{
	hufu_error error = { 0 };
	int64_t claim = claim_of(request);
	const struct claim_decision decision = { request_text(request, "state"), request_text(request, "amount"),
		request_text(request, "currency"), request_text(request, "why") };
	if (claim)
		answer_claim(request, claim,
		        claim_decide(request->desk->book, case_of(request), claim, &decision, &error), &error);
}
