/* The files of the page: read once, at the start, into memory. What is not among them is not served, so that no path of
 * a request ever reaches the file system. The page finds its own way behind the "#" of its address. */
#include "base/io.h"
#include "serve/inside.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>

#ifndef HUFU_DATADIR
#define HUFU_DATADIR "/usr/local/share/hufu"
#endif

enum { FILE_MAX = 16 << 20, ALL_MAX = 64 << 20, FILES_MAX = 2000, DEPTH_MAX = 4, TAG_TEXT = 35 };

/* Stands in index.html where a style's nonce belongs. */
static const char nonce_place[] = "__HUFU_NONCE__";

struct page_file {
	char *path; /* "/assets/index-abc.js" */
	struct bytes plain, gzip, brotli;
	const char *type;
	char tag[TAG_TEXT];
	bool fixed; /* its name says its content */
};

struct page {
	struct page_file *files;
	size_t count, bytes;
	const struct page_file *index;
};

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".xml", "application/xml" },
};

static const char *type_of(const char *path)
{
	for (size_t i = 0; i < LEN(types); i++)
		if (view_ends(view_of(path), types[i].ending))
			return types[i].type;
	return NULL;
}

void page_free(struct page *page)
{
	if (!page)
		return;
	for (size_t i = 0; i < page->count; i++) {
		struct page_file *file = &page->files[i];
		free(file->path);
		bytes_done(&file->plain);
		bytes_done(&file->gzip);
		bytes_done(&file->brotli);
	}
	free(page->files);
	free(page);
}

/* ---- reading ---- */

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("serve.web"), "no memory", NULL);
}

static hufu_status read_beside(const char *path, const char *suffix, struct bytes *out, hufu_error *error)
{
	AUTO_FREE char *name = NULL;
	if (asprintf(&name, "%s%s", path, suffix) < 0) {
		name = NULL;
		return no_memory(error);
	}
	return access(name, R_OK) == 0 ? io_read_file(name, FILE_MAX, out, error) : HUFU_OK;
}

static hufu_status read_file(struct page *page, const char *path, const char *served, hufu_error *error)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	const char *type = type_of(served);
	if (!type)
		return HUFU_OK; /* also what lies there compressed: it comes with its file */
	if (page->count == FILES_MAX || page->bytes > ALL_MAX)
		return fail(error, HUFU_LIMIT, view_of(path), "these are more files than a page has",
		        "set serve.web to its folder");
	struct page_file *more = reallocarray(page->files, page->count + 1, sizeof *more);
	if (!more)
		return no_memory(error);
	page->files = more;
	struct page_file *file = &more[page->count++];
	*file = (struct page_file){ .path = strdup(served), .type = type };
	hufu_status status = file->path ? io_read_file(path, FILE_MAX, &file->plain, error) : no_memory(error);
	if (!status)
		status = read_beside(path, ".gz", &file->gzip, error);
	if (!status)
		status = read_beside(path, ".br", &file->brotli, error);
	if (status)
		return status;
	page->bytes += file->plain.len + file->gzip.len + file->brotli.len;
	file->fixed = view_starts(view_of(served), "/assets/");
	if (!EVP_Digest(file->plain.ptr ? file->plain.ptr : "", file->plain.len, sum, &len, EVP_sha256(), NULL))
		return no_memory(error);
	file->tag[0] = '"';
	sodium_bin2hex(file->tag + 1, TAG_TEXT - 1, sum, 16);
	file->tag[33] = '"';
	file->tag[34] = 0;
	return HUFU_OK;
}

static hufu_status read_folder(struct page *page, const char *dir, const char *served, int depth, hufu_error *error)
{
	DIR *open = opendir(dir);
	hufu_status status = HUFU_OK;
	if (!open)
		return fail_errno(error, view_of(dir), "set serve.web to the folder of the page's files");
	for (const struct dirent *entry = readdir(open); entry && !status; entry = readdir(open)) {
		AUTO_FREE char *path = entry->d_name[0] == '.' ? NULL : io_join(dir, entry->d_name);
		AUTO_FREE char *name = path ? io_join(served, entry->d_name) : NULL;
		struct stat about;
		if (entry->d_name[0] == '.')
			continue;
		if (!path || !name)
			status = no_memory(error);
		else if (stat(path, &about) != 0)
			continue;
		else if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX)
			status = read_folder(page, path, name, depth + 1, error);
		else if (S_ISREG(about.st_mode))
			status = read_file(page, path, name, error);
	}
	closedir(open);
	return status;
}

static int by_path(const void *a, const void *b)
{
	const struct page_file *one = a, *other = b;
	return strcmp(one->path, other->path);
}

static const struct page_file *file_of(const struct page *page, const char *path)
{
	const struct page_file wanted = { .path = (char *)(uintptr_t)path };
	return page->count ? bsearch(&wanted, page->files, page->count, sizeof wanted, by_path) : NULL;
}

/* Without the page's files the API serves all the same. */
hufu_status page_load(struct server *server, hufu_error *error)
{
	const char *said = config_text(server->config, "serve.web");
	AUTO_FREE char *beside = said ? NULL : io_beside("web");
	const char *dir = said ? said : beside ? beside : HUFU_DATADIR "/web";
	struct page *page = server->page = calloc(1, sizeof *page);
	if (!page)
		return no_memory(error);
	if (!said && access(dir, R_OK) != 0)
		return HUFU_OK;
	hufu_status status = read_folder(page, dir, "", 0, error);
	if (status)
		return status;
	if (page->count)
		qsort(page->files, page->count, sizeof *page->files, by_path);
	page->index = file_of(page, "/index.html");
	return page->index || !said
	               ? HUFU_OK
	               : fail(error, HUFU_USAGE, view_of(dir), "holds no index.html", "build the page: web/");
}

/* ---- serving ---- */

static bool accepts(const struct request *request, const char *coding)
{
	const char *accepted = request_header(request, "Accept-Encoding");
	return accepted && strstr(accepted, coding);
}

static struct MHD_Response *plain_response(hufu_view bytes)
{
	return MHD_create_response_from_buffer(bytes.len, (void *)(uintptr_t)bytes.ptr, MHD_RESPMEM_PERSISTENT);
}

/* The page itself, with a nonce of this answer alone wherever it asks for one. */
static struct MHD_Response *index_response(struct request *request, const struct page_file *file)
{
	struct bytes out = { 0 };
	hufu_view rest = bytes_view(&file->plain);
	size_t len = sizeof nonce_place - 1;
	uint8_t random[16];
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(request->nonce, sizeof request->nonce, random, sizeof random);
	for (const char *at; (at = memmem(rest.ptr, rest.len, nonce_place, len)) != NULL;) {
		bytes_add(&out, view_make(rest.ptr, (size_t)(at - rest.ptr)));
		bytes_text(&out, request->nonce);
		rest = view_from(rest, (size_t)(at - rest.ptr) + len);
	}
	bytes_add(&out, rest);
	if (out.failed) {
		bytes_done(&out);
		return NULL;
	}
	request->sent = out.len;
	return MHD_create_response_from_buffer(out.len, out.ptr, MHD_RESPMEM_MUST_FREE);
}

static struct MHD_Response *file_response(struct request *request, const struct page_file *file)
{
	const char *coding = NULL;
	hufu_view bytes = bytes_view(&file->plain);
	if (file->brotli.len && accepts(request, "br")) {
		coding = "br";
		bytes = bytes_view(&file->brotli);
	} else if (file->gzip.len && accepts(request, "gzip")) {
		coding = "gzip";
		bytes = bytes_view(&file->gzip);
	}
	struct MHD_Response *response = plain_response(bytes);
	if (response && coding)
		MHD_add_response_header(response, "Content-Encoding", coding);
	request->sent = bytes.len;
	return response;
}

static void serve_file(struct request *request, const struct page_file *file)
{
	const char *seen = request_header(request, "If-None-Match");
	bool is_index = file == request->server->page->index;
	bool known = !is_index && seen && !strcmp(seen, file->tag);
	struct MHD_Response *response = known      ? plain_response(view_make("", 0))
	                                : is_index ? index_response(request, file)
	                                           : file_response(request, file);
	if (response) {
		if (!known)
			MHD_add_response_header(response, "Content-Type", file->type);
		if (!is_index)
			MHD_add_response_header(response, "ETag", file->tag);
		MHD_add_response_header(response, "Vary", "Accept-Encoding");
		MHD_add_response_header(response, "Cache-Control",
		        file->fixed ? "public, max-age=31536000, immutable"
		        : is_index  ? "no-store"
		                    : "no-cache");
	}
	answer_response(request, known ? 304 : 200, response);
}

void page_serve(struct request *request)
{
	const struct page *page = request->server->page;
	char path[URI_MAX];
	const struct page_file *file = NULL;
	if (percent_decode(view_of(request->uri), path, sizeof path))
		file = file_of(page, path);
	if (!strcmp(request->uri, "/"))
		file = page->index;
	if (file)
		serve_file(request, file);
	else if (!page->index)
		answer_problem(
		        request, 404, "no-page", "the page's files are not installed", "build web/, or set serve.web");
	else
		answer_problem(request, 404, "not-found", "there is nothing here", NULL);
}
