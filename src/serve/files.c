/* What leaves the house as a file or as rows: the emergency plan, bundles, and looks at evidence. A look's line is in
 * the timeline before its rows are sent. */
#include "base/io.h"
#include "case/bundle.h"
#include "serve/inside.h"

#include <stdio.h>

/* ---- the plan ---- */

void serve_plan(struct request *request)
{
	json_t *shown = NULL;
	char *text = NULL;
	size_t len = 0;
	int64_t seq;
	hufu_error error = { 0 };
	const char *number = request->parameters[0];
	if (!case_seen(request, number, &seq))
		return;
	if (case_show(request->desk->book, number, &shown, &error)) {
		answer_error(request, &error);
		return;
	}
	FILE *to = open_memstream(&text, &len);
	if (to) {
		request->server->plan(to, shown, request->chinese);
		if (fclose(to) == 0)
			answer_bytes(request, 200, "text/markdown; charset=utf-8", view_make(text, len));
	}
	free(text);
	json_decref(shown);
}

/* ---- a bundle ---- */

/* It is written to a file of its own within the store, as the command line would, read and removed. */
static hufu_status make_bundle(
        struct request *request, const char *dir, struct bytes *out, struct bundle_made *made, hufu_error *error)
{
	char name[CASE_NUMBER_MAX + 16];
	snprintf(name, sizeof name, "%.*s.tar.zst", CASE_NUMBER_MAX, request->parameters[0]);
	AUTO_FREE char *path = io_join(dir, name);
	if (!path)
		return fail(error, HUFU_NO_MEMORY, view_of(name), "no memory", NULL);
	hufu_status status = case_bundle(request->desk->book, request->parameters[0], path, made, error);
	if (!status)
		status = io_read_file(path, BUNDLE_PACKED_MAX, out, error);
	unlink(path);
	return status;
}

static void answer_bundle(struct request *request, const struct bytes *bundle, const struct bundle_made *made)
{
	char disposition[CASE_NUMBER_MAX + 64];
	snprintf(disposition, sizeof disposition, "attachment; filename=\"%.*s.tar.zst\"", CASE_NUMBER_MAX,
	        request->parameters[0]);
	answer_bytes(request, 200, "application/zstd", bytes_view(bundle));
	answer_header(request, "Content-Disposition", disposition);
	answer_header(request, "X-Hufu-Signer", made->fingerprint);
	answer_header(request, "X-Hufu-Sha256", made->sha256);
}

void serve_bundle(struct request *request)
{
	struct bytes bundle = { 0 };
	struct bundle_made made;
	int64_t seq;
	hufu_error error = { 0 };
	AUTO_FREE char *dir = NULL;
	if (!case_seen(request, request->parameters[0], &seq))
		return;
	if (asprintf(&dir, "%s/serve/out-XXXXXX", request->server->store->dir) < 0) {
		dir = NULL;
		return;
	}
	hufu_status status = mkdtemp(dir) ? make_bundle(request, dir, &bundle, &made, &error)
	                                  : fail_errno(&error, view_of(dir), NULL);
	rmdir(dir);
	if (status)
		answer_error(request, &error);
	else
		answer_bundle(request, &bundle, &made);
	bytes_done(&bundle);
}

/* ---- looks ---- */

void serve_look(struct request *request)
{
	json_t *rows = NULL;
	int64_t seq;
	hufu_error error = { 0 };
	struct case_look look = { .part = request_text(request, "part"),
		.from = (uint64_t)json_integer_value(json_object_get(request->json, "from")),
		.rows = (uint32_t)json_integer_value(json_object_get(request->json, "rows")),
		.clear = request_flag(request, "clear"),
		.reason = request_text(request, "reason") };
	if (!case_seen(request, request->parameters[0], &seq))
		return;
	hufu_status status = case_look(
	        request->desk->book, request->parameters[0], request_text(request, "evidence"), &look, &rows, &error);
	answer_json_or(request, status, rows, &error);
}
