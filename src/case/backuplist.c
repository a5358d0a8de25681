/* MANIFEST: lines of text, the last a signature over all before it. Written whole, read with no trust in a length. */
#include "case/backuplist.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char first_line[] = "hufu backup 1";
static const char signature_context[] = "hufu backup 1";

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("backup"), "no memory", NULL);
}

/* ---- the list ---- */

void backup_list_done(struct backup_list *list)
{
	free(list->files);
	*list = (struct backup_list){ .count = 0 };
}

hufu_status backup_list_add(struct backup_list *list, const struct backup_file *file, hufu_error *error)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		struct backup_file *more = realloc(list->files, cap * sizeof *more);
		if (!more)
			return no_memory(error);
		list->files = more;
		list->cap = cap;
	}
	list->files[list->count++] = *file;
	return HUFU_OK;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct backup_file *)a)->path, ((const struct backup_file *)b)->path);
}

void backup_list_settle(struct backup_list *list)
{
	if (list->count)
		qsort(list->files, list->count, sizeof *list->files, by_path);
}

const struct backup_file *backup_list_find(const struct backup_list *list, const char *path)
{
	struct backup_file wanted;
	snprintf(wanted.path, sizeof wanted.path, "%s", path);
	return list->count ? bsearch(&wanted, list->files, list->count, sizeof wanted, by_path) : NULL;
}

const struct backup_file *backup_list_database(const struct backup_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (view_starts(view_of(list->files[i].path), "database-"))
			return &list->files[i];
	return NULL;
}

/* ---- writing ---- */

hufu_status backup_list_write(
        const struct backup_list *list, const char *dir, const struct sign_key *signer, hufu_error *error)
{
	AUTO_FREE char *path = io_join(dir, "MANIFEST");
	char signature[SIGN_TEXT];
	struct bytes text = { 0 };
	bytes_print(&text, "%s\nstore %s\nmade %lld\n", first_line, list->store, (long long)list->made_at);
	for (size_t i = 0; i < list->count; i++)
		bytes_print(&text, "file %s %llu %s\n", list->files[i].path, (unsigned long long)list->files[i].bytes,
		        list->files[i].sha256);
	hufu_status status = path && !text.failed ? HUFU_OK : no_memory(error);
	if (!status) {
		sign_make(signer, signature_context, bytes_view(&text), signature);
		bytes_print(&text, "signature %s\n", signature);
		status = text.failed ? no_memory(error) : io_replace_file(path, 0600, bytes_view(&text), error);
	}
	bytes_done(&text);
	return status;
}

/* ---- reading ---- */

/* Takes "NAME value\n" off the text. */
static bool take_line(hufu_view *text, const char *name, hufu_view *value)
{
	const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	size_t len = end ? (size_t)(end - text->ptr) : 0, name_len = strlen(name);
	if (!end || len <= name_len || memcmp(text->ptr, name, name_len) != 0 || text->ptr[name_len] != ' ')
		return false;
	*value = view_make(text->ptr + name_len + 1, len - name_len - 1);
	*text = view_from(*text, len + 1);
	return true;
}

static bool take_word(hufu_view *rest, char *out, size_t cap)
{
	const char *blank = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
	size_t len = blank ? (size_t)(blank - rest->ptr) : rest->len;
	if (!len || len >= cap)
		return false;
	memcpy(out, rest->ptr, len);
	out[len] = '\0';
	*rest = view_from(*rest, blank ? len + 1 : len);
	return true;
}

static bool take_number(hufu_view *rest, uint64_t *out)
{
	char word[24], *end;
	if (!take_word(rest, word, sizeof word) || word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(word, &end, 10);
	return !*end && !errno;
}

static bool is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdef") == len;
}

bool backup_path_of_vault(const char *path)
{
	static const char folder[] = "vault/";
	if (strncmp(path, folder, sizeof folder - 1) != 0)
		return false;
	path += sizeof folder - 1;
	return is_hex(path, 2) && path[2] == '/' && is_hex(path + 3, 62) &&
	       (!path[65] || strcmp(path + 65, ".gone") == 0);
}

static bool path_ok(const char *path)
{
	return backup_path_of_vault(path) || strcmp(path, "store.json") == 0 ||
	       (view_starts(view_of(path), "database-") && !strchr(path, '/'));
}

/* In order, so that none is there twice. */
static bool take_files(hufu_view text, struct backup_list *list)
{
	hufu_view line;
	struct backup_file file;
	while (take_line(&text, "file", &line)) {
		if (!take_word(&line, file.path, sizeof file.path) || !take_number(&line, &file.bytes) ||
		        !take_word(&line, file.sha256, sizeof file.sha256) || line.len || !path_ok(file.path) ||
		        (list->count && strcmp(list->files[list->count - 1].path, file.path) >= 0) ||
		        backup_list_add(list, &file, NULL))
			return false;
	}
	return text.len == 0 && backup_list_database(list);
}

static bool take_list(hufu_view text, struct backup_list *list)
{
	hufu_view value;
	uint64_t made;
	if (!view_starts(text, first_line))
		return false;
	text = view_from(text, sizeof first_line); /* and its line end */
	if (!take_line(&text, "store", &value) || !take_word(&value, list->store, sizeof list->store) ||
	        !take_line(&text, "made", &value) || !take_number(&value, &made))
		return false;
	list->made_at = (int64_t)made;
	return take_files(text, list);
}

/* The signature first: nothing else is looked at without it, but for whose it claims to be. */
static hufu_status judge(hufu_view text, const char *path, const char *store, const struct sign_public *signer,
        struct backup_list *list, hufu_error *error)
{
	static const char mark[] = "\nsignature ";
	const char *at = memmem(text.ptr, text.len, mark, sizeof mark - 1);
	hufu_view body = at ? view_make(text.ptr, (size_t)(at - text.ptr) + 1) : (hufu_view){ 0 };
	hufu_view rest = at ? view_from(text, body.len) : text, signature;
	if (!at || !take_line(&rest, "signature", &signature) || rest.len)
		return fail(error, HUFU_MALFORMED, view_of(path), "is no list of a backup", "take another copy of it");
	bool good = take_list(body, list);
	if (good && strcmp(list->store, store) != 0)
		return fail(error, HUFU_CONFLICT, view_of(path), "is the backup of another store", NULL);
	if (!good || sign_check(signer, signature_context, body, signature, NULL) != HUFU_OK)
		return fail(error, HUFU_MALFORMED, view_of(path), "was altered, or not signed by this store",
		        "take another copy of it");
	return HUFU_OK;
}

hufu_status backup_list_read(const char *dir, const char *store, const struct sign_public *signer,
        struct backup_list *out, bool *found, hufu_error *error)
{
	AUTO_FREE char *path = io_join(dir, "MANIFEST");
	struct bytes text = { 0 };
	struct backup_list list = { .count = 0 };
	if (!path)
		return no_memory(error);
	*found = access(path, F_OK) == 0;
	if (!*found)
		return HUFU_OK;
	hufu_status status = io_read_file(path, BACKUP_LIST_MAX, &text, error);
	if (!status)
		status = judge(bytes_view(&text), path, store, signer, &list, error);
	bytes_done(&text);
	if (status)
		backup_list_done(&list);
	else
		*out = list;
	return status;
}

/* ---- files ---- */

hufu_status backup_folder_of(const char *path, hufu_error *error)
{
	AUTO_FREE char *folder = strdup(path);
	if (!folder)
		return no_memory(error);
	*strrchr(folder, '/') = '\0';
	if (access(folder, F_OK) == 0)
		return HUFU_OK;
	hufu_status status = io_make_dir(folder, error);
	return status ? status : io_sync_dir_of(folder, error);
}

/* Reads to the end, digesting, and writing where there is somewhere to write to. */
static hufu_status pour(int fd, const char *from, struct io_replace *to, struct backup_file *out, hufu_error *error)
{
	enum { PIECE = 256 << 10 };
	AUTO_FREE char *piece = malloc(PIECE);
	uint8_t digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	hufu_status status = piece ? HUFU_OK : no_memory(error);
	crypto_hash_sha256_init(&state);
	out->bytes = 0;
	for (ssize_t got = 1; got && !status;) {
		got = read(fd, piece, PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(error, view_of(from), NULL);
		crypto_hash_sha256_update(&state, (const uint8_t *)piece, (size_t)got);
		out->bytes += (uint64_t)got;
		status = to && got ? io_write(to->fd, piece, (size_t)got, to->path, error) : HUFU_OK;
	}
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(out->sha256, sizeof out->sha256, digest, sizeof digest);
	return status;
}

hufu_status backup_copy(const char *from, const char *to, struct backup_file *out, bool *gone, hufu_error *error)
{
	struct io_replace replace = { .fd = -1 };
	AUTO_FD fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (gone)
		*gone = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return gone && *gone ? HUFU_OK : fail_errno(error, view_of(from), NULL);
	hufu_status status = to ? backup_folder_of(to, error) : HUFU_OK;
	if (!status && to)
		status = io_replace_begin(&replace, to, 0600, error);
	if (!status)
		status = pour(fd, from, to ? &replace : NULL, out, error);
	if (!status && to)
		status = io_replace_commit(&replace, error);
	io_replace_done(&replace);
	return status;
}
