/* Uploads: a leak of any size goes into the vault piece by piece as it comes, encrypted, and is never whole anywhere
 * else. It is there when the answer says so; a connection that breaks off leaves nothing. */
#include "serve/inside.h"

#include <strings.h>

enum { UPLOADS_MAX = 6 /* the vault takes eight at once, the command line's among them */ };

static atomic_int uploads;

struct upload {
	struct vault_intake *intake;
	char name[256]; /* printable */
	uint64_t bytes;
};

void upload_done(struct upload *upload)
{
	if (!upload)
		return;
	vault_intake_free(upload->intake);
	atomic_fetch_sub(&uploads, 1);
	free(upload);
}

static bool take_name(struct request *request, char *out, size_t cap)
{
	char name[1024];
	const char *text = request_header(request, "X-File-Name");
	if (!text || !percent_decode(view_of(text), name, sizeof name) || !name[0])
		return false;
	const char *slash = strrchr(name, '/');
	printable(view_of(slash ? slash + 1 : name), out, cap);
	return out[0] != 0;
}

static bool is_welcome(struct request *request)
{
	const char *type = request_header(request, "Content-Type"), *length = request_header(request, "Content-Length");
	if (!type || strcasecmp(type, "application/octet-stream") != 0)
		answer_problem(request, 415, "media-type",
		        "an upload is application/octet-stream: the bytes as they are", NULL);
	else if (length && strtoull(length, NULL, 10) > request->server->upload_max)
		answer_problem(request, 413, "too-large", "is larger than serve.upload_max_gb allows", NULL);
	return !request->response;
}

bool upload_begin(struct request *request)
{
	hufu_error error = { 0 };
	if (!is_welcome(request))
		return false;
	if (atomic_fetch_add(&uploads, 1) >= UPLOADS_MAX) {
		atomic_fetch_sub(&uploads, 1);
		answer_problem(
		        request, 503, "busy", "as many uploads as can be are under way", "try again in a moment");
		answer_header(request, "Retry-After", "10");
		return false;
	}
	struct upload *upload = request->upload = calloc(1, sizeof *upload);
	if (!upload) {
		atomic_fetch_sub(&uploads, 1);
		return false;
	}
	if (!take_name(request, upload->name, sizeof upload->name))
		answer_field(request, "X-File-Name", "wants the file's name, percent-encoded UTF-8");
	else if (vault_intake_begin(request->server->vault, &upload->intake, &error))
		answer_error(request, &error);
	return !request->response;
}

bool upload_add(struct request *request, hufu_view piece)
{
	struct upload *upload = request->upload;
	hufu_error error = { 0 };
	upload->bytes += piece.len;
	watch_taken(request, upload->bytes);
	if (upload->bytes > request->server->upload_max)
		answer_problem(request, 413, "too-large", "is larger than serve.upload_max_gb allows", NULL);
	else if (vault_intake_add(upload->intake, piece, &error))
		answer_error(request, &error);
	if (request->response) { /* the disk has it back at once */
		vault_intake_free(upload->intake);
		upload->intake = NULL;
	}
	return true;
}

void serve_upload(struct request *request)
{
	struct upload *upload = request->upload;
	struct vault_object object;
	hufu_error error = { 0 };
	struct vault_intake *intake = upload->intake;
	upload->intake = NULL;
	hufu_status status = vault_intake_end(intake, &object, &error);
	if (status)
		answer_error(request, &error);
	else
		answer_json(request, 201,
		        json_pack("{s:s, s:s, s:I, s:s, s:b}", "sha256", object.sha256, "sm3", object.sm3, "bytes",
		                (json_int_t)object.bytes, "name", upload->name, "existed", object.existed));
}
