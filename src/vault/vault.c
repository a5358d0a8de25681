/* Evidence by content: putting it in and reading it back. One pass each way: digests and cipher over 64 KiB at a time.
 * Uses base, seal's key and store, libsodium and OpenSSL. */
#include "vault.h"

#include "base/io.h"
#include "inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { PUTS_MAX = 8 };

static const char removed[] = "was removed by a retention rule";

hufu_status vault_no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

/* ---- opening ---- */

void vault_close(struct vault *vault)
{
	if (!vault)
		return;
	sodium_free(vault->keys);
	free(vault->dir);
	free(vault);
}

hufu_status vault_open(const struct store *store, struct vault **out, hufu_error *error)
{
	struct vault *vault = calloc(1, sizeof *vault);

	if (!vault)
		return vault_no_memory(error);
	vault->dir = io_join(store->dir, "vault");
	vault->keys = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *vault->keys);
	hufu_status status = vault->dir && vault->keys ? io_make_dir(vault->dir, error) : vault_no_memory(error);
	if (status != HUFU_OK) {
		vault_close(vault);
		return status;
	}
	_Static_assert(sizeof *vault->keys == 64, "as long as a subkey can be");
	key_subkey(store->key, KEY_VAULT, (uint8_t *)vault->keys, sizeof *vault->keys);
	*out = vault;
	return HUFU_OK;
}

static bool is_digest(const char *text)
{
	return strlen(text) == 2 * DIGEST_LEN && strspn(text, "0123456789abcdef") == 2 * DIGEST_LEN;
}

hufu_status vault_path(const struct vault *vault, const char *sha256, const char *suffix, char **out, hufu_error *error)
{
	AUTO_FREE char *path = NULL;

	if (!is_digest(sha256))
		return fail(error, HUFU_USAGE, view_of(sha256), "is no SHA-256 in lower-case hex", NULL);
	if (asprintf(&path, "%s/%.2s/%s%s", vault->dir, sha256, sha256 + 2, suffix) < 0) {
		path = NULL;
		return vault_no_memory(error);
	}
	*out = take(&path);
	return HUFU_OK;
}

hufu_status vault_lock(const struct vault *vault, int *fd, hufu_error *error)
{
	AUTO_FREE char *path = io_join(vault->dir, "lock");

	if (!path)
		return vault_no_memory(error);
	AUTO_FD opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (opened < 0)
		return fail_errno(error, view_of(path), NULL);
	while (flock(opened, LOCK_EX) != 0)
		if (errno != EINTR)
			return fail_errno(error, view_of(path), NULL);
	*fd = fd_take(&opened);
	return HUFU_OK;
}

/* ---- putting in ---- */

/* Fills a piece as far as there is anything to read. */
static hufu_status read_piece(int fd, const char *shown, uint8_t *piece, size_t want, size_t *len, hufu_error *error)
{
	for (*len = 0; *len < want;) {
		ssize_t got = read(fd, piece + *len, want - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(error, view_of(shown), NULL);
		if (got == 0)
			break;
		*len += (size_t)got;
	}
	return HUFU_OK;
}

struct work {
	crypto_secretstream_xchacha20poly1305_state stream;
	struct object_key key;
	struct object_digests digests;
	uint8_t head[HEAD_LEN], header[HEAD_LEN - AT_STREAM], clear[CHUNK], sealed[SEALED];
};

static struct work *work_new(hufu_error *error)
{
	struct work *work = sodium_malloc(sizeof *work); /* wiped when freed */

	if (!work) {
		vault_no_memory(error);
		return NULL;
	}
	memset(work, 0, sizeof *work);
	if (digests_begin(&work->digests, error) == HUFU_OK)
		return work;
	sodium_free(work);
	return NULL;
}

static void work_free(struct work *work)
{
	if (work)
		digests_done(&work->digests);
	sodium_free(work);
}

/* Brings the whole new file to its name, unless a sound copy is there. Under the lock. */
static hufu_status move_in(
        struct vault *vault, struct io_replace *replace, struct vault_object *object, hufu_error *error)
{
	AUTO_FREE char *path = NULL;

	hufu_status status = vault_path(vault, object->sha256, "", &path, error);
	if (status != HUFU_OK)
		return status;
	object->existed = access(path, F_OK) == 0 && vault_verify(vault, object->sha256, NULL, NULL) == HUFU_OK;
	if (object->existed)
		return HUFU_OK;
	*strrchr(path, '/') = '\0';
	status = io_make_dir(path, error);
	if (status == HUFU_OK)
		status = io_sync_dir_of(path, error);
	path[strlen(path)] = '/';
	free(replace->path);
	replace->path = take(&path);
	return status == HUFU_OK ? io_replace_commit(replace, error) : status;
}

/* Its name is known at the end only. One of a few passing ones, so that what a killed process left is found and
 * removed, and threads can put at once. */
static hufu_status begin_putting(struct vault *vault, struct io_replace *replace, hufu_error *error)
{
	hufu_status status = HUFU_IO;

	for (int i = 0; i < PUTS_MAX && status == HUFU_IO; i++) {
		AUTO_FREE char *passing = NULL;
		if (asprintf(&passing, "%s/object%d", vault->dir, i) < 0) {
			passing = NULL;
			return vault_no_memory(error);
		}
		status = io_replace_begin(replace, passing, 0600, error);
	}
	return status;
}

struct vault_intake {
	struct vault *vault;
	struct work *work;
	size_t filled; /* bytes of work->clear */
	struct io_replace file;
};

void vault_intake_free(struct vault_intake *intake)
{
	if (!intake)
		return;
	work_free(intake->work);
	io_replace_done(&intake->file);
	free(intake);
}

hufu_status vault_intake_begin(struct vault *vault, struct vault_intake **out, hufu_error *error)
{
	struct vault_intake *intake = calloc(1, sizeof *intake);

	if (!intake)
		return vault_no_memory(error);
	intake->vault = vault;
	intake->file.fd = -1;
	intake->work = work_new(error);
	hufu_status status = intake->work ? begin_putting(vault, &intake->file, error) : HUFU_NO_MEMORY;
	if (status == HUFU_OK) {
		struct work *work = intake->work;
		crypto_secretstream_xchacha20poly1305_keygen(work->key.bytes);
		crypto_secretstream_xchacha20poly1305_init_push(&work->stream, work->header, work->key.bytes);
		status = io_write(intake->file.fd, work->head, HEAD_LEN, vault->dir, error); /* its place */
	}
	if (status == HUFU_OK)
		*out = intake;
	else
		vault_intake_free(intake);
	return status;
}

/* A short piece is the last; content that ends with a whole one gets an empty one behind it. */
static hufu_status seal_piece(struct vault_intake *intake, hufu_error *error)
{
	struct work *work = intake->work;
	unsigned long long sealed = 0;
	size_t len = intake->filled;

	if (!digests_add(&work->digests, view_make(work->clear, len)))
		return vault_no_memory(error);
	crypto_secretstream_xchacha20poly1305_push(&work->stream, work->sealed, &sealed, work->clear, len, NULL, 0,
	        len < CHUNK ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
	intake->filled = 0;
	return io_write(intake->file.fd, work->sealed, (size_t)sealed, intake->vault->dir, error);
}

hufu_status vault_intake_add(struct vault_intake *intake, hufu_view piece, hufu_error *error)
{
	hufu_status status = HUFU_OK;

	while (piece.len && status == HUFU_OK) {
		size_t room = CHUNK - intake->filled, len = piece.len < room ? piece.len : room;
		memcpy(intake->work->clear + intake->filled, piece.ptr, len);
		intake->filled += len;
		piece = view_from(piece, len);
		if (intake->filled == CHUNK)
			status = seal_piece(intake, error);
	}
	return status;
}

static hufu_status write_head(struct vault_intake *intake, struct vault_object *object, hufu_error *error)
{
	struct work *work = intake->work;
	const char *path = intake->vault->dir;

	if (!digests_end(&work->digests, object))
		return vault_no_memory(error);
	head_write(work->head, object, &work->key, work->header, intake->vault->keys->wrapping);
	if (lseek(intake->file.fd, 0, SEEK_SET) != 0)
		return fail_errno(error, view_of(path), NULL);
	return io_write(intake->file.fd, work->head, HEAD_LEN, path, error);
}

hufu_status vault_intake_end(struct vault_intake *intake, struct vault_object *out, hufu_error *error)
{
	struct vault_object object = { .existed = false };
	AUTO_FD guard = -1;

	hufu_status status = seal_piece(intake, error);
	if (status == HUFU_OK)
		status = write_head(intake, &object, error);
	if (status == HUFU_OK)
		status = vault_lock(intake->vault, &guard, error);
	if (status == HUFU_OK)
		status = move_in(intake->vault, &intake->file, &object, error);
	vault_intake_free(intake);
	if (status == HUFU_OK)
		*out = object;
	return status;
}

/* All that is left of a file. */
static hufu_status pour(struct vault_intake *intake, int fd, const char *shown, hufu_error *error)
{
	hufu_status status = HUFU_OK;

	for (bool more = true; more && status == HUFU_OK;) {
		size_t want = CHUNK - intake->filled, got = 0;
		status = read_piece(fd, shown, intake->work->clear + intake->filled, want, &got, error);
		more = got == want;
		intake->filled += got;
		if (status == HUFU_OK && intake->filled == CHUNK)
			status = seal_piece(intake, error);
	}
	return status;
}

hufu_status vault_put(struct vault *vault, int fd, const char *shown, struct vault_object *out, hufu_error *error)
{
	struct vault_intake *intake = NULL;

	hufu_status status = vault_intake_begin(vault, &intake, error);
	if (status != HUFU_OK)
		return status;
	status = pour(intake, fd, shown, error);
	if (status == HUFU_OK)
		return vault_intake_end(intake, out, error);
	vault_intake_free(intake);
	return status;
}

hufu_status vault_put_file(struct vault *vault, const char *path, struct vault_object *out, hufu_error *error)
{
	AUTO_FD fd = -1;

	hufu_status status = io_open(path, &fd, error);
	return status == HUFU_OK ? vault_put(vault, fd, path, out, error) : status;
}

hufu_status vault_put_bytes(struct vault *vault, hufu_view bytes, struct vault_object *out, hufu_error *error)
{
	struct vault_intake *intake = NULL;

	hufu_status status = vault_intake_begin(vault, &intake, error);
	if (status != HUFU_OK)
		return status;
	status = vault_intake_add(intake, bytes, error);
	if (status == HUFU_OK)
		return vault_intake_end(intake, out, error);
	vault_intake_free(intake);
	return status;
}

/* ---- reading ---- */

static hufu_status damaged(const char *sha256, uint64_t at, const char *what, hufu_error *error)
{
	hufu_status status = fail(error, HUFU_MALFORMED, view_of(sha256), what, "take it from a backup");

	if (error)
		error->at = at;
	return status;
}

static hufu_status open_object(struct vault *vault, const char *sha256, int *fd, hufu_error *error)
{
	AUTO_FREE char *path = NULL, *stone = NULL;

	hufu_status status = vault_path(vault, sha256, "", &path, error);
	if (status == HUFU_OK)
		status = vault_path(vault, sha256, ".gone", &stone, error);
	if (status != HUFU_OK)
		return status;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (*fd >= 0)
		return HUFU_OK;
	if (errno != ENOENT)
		return fail_errno(error, view_of(path), NULL);
	if (access(stone, F_OK) == 0)
		return fail(error, HUFU_CONFLICT, view_of(sha256), removed, NULL);
	return fail(error, HUFU_IO, view_of(sha256), "there is no such object in the vault", NULL);
}

static hufu_status read_exactly(int fd, uint8_t *out, size_t want, size_t *got, const char *sha256, hufu_error *error)
{
	for (*got = 0; *got < want;) {
		ssize_t here = read(fd, out + *got, want - *got);
		if (here < 0 && errno == EINTR)
			continue;
		if (here < 0)
			return fail_errno(error, view_of(sha256), NULL);
		if (here == 0)
			break;
		*got += (size_t)here;
	}
	return HUFU_OK;
}

static hufu_status begin_reading(struct vault *vault, struct work *work, int fd, const char *sha256,
        struct vault_object *object, hufu_error *error)
{
	size_t got = 0;

	hufu_status status = read_exactly(fd, work->head, HEAD_LEN, &got, sha256, error);
	if (status != HUFU_OK)
		return status;
	if (got < HEAD_LEN)
		return damaged(sha256, got, "this object is cut short", error);
	status = head_read(work->head, vault->keys->wrapping, sha256, object, &work->key, error);
	if (status == HUFU_OK && crypto_secretstream_xchacha20poly1305_init_pull(
	                                 &work->stream, work->head + AT_STREAM, work->key.bytes) != 0)
		status = damaged(sha256, AT_STREAM, "the head of this object is damaged", error);
	return status;
}

/* The head says how long the content is, so each piece has a length that it must have. */
static hufu_status drain(struct work *work, int fd, const struct vault_object *object, vault_sink *sink, void *context,
        hufu_error *error)
{
	uint64_t at = HEAD_LEN, left = object->bytes;
	unsigned char tag = 0;

	while (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
		size_t got = 0, len = left < CHUNK ? (size_t)left : CHUNK;
		size_t want = len + crypto_secretstream_xchacha20poly1305_ABYTES;
		hufu_status status = read_exactly(fd, work->sealed, want, &got, object->sha256, error);
		if (status != HUFU_OK)
			return status;
		if (got < want)
			return damaged(object->sha256, at, "this object is cut short", error);
		if (crypto_secretstream_xchacha20poly1305_pull(
		            &work->stream, work->clear, NULL, &tag, work->sealed, want, NULL, 0) != 0)
			return damaged(object->sha256, at, "this object is damaged", error);
		hufu_view piece = view_make(work->clear, len);
		if (!digests_add(&work->digests, piece))
			return vault_no_memory(error);
		status = sink && len ? sink(context, piece, error) : HUFU_OK;
		if (status != HUFU_OK)
			return status;
		at += want;
		left -= len;
	}
	if (read(fd, work->sealed, 1) != 0)
		return damaged(object->sha256, at, "foreign bytes follow behind this object", error);
	return HUFU_OK;
}

/* The head says what the content must be; nobody without the key can have written either, so this finds our own faults.
 */
static hufu_status compare(struct work *work, const struct vault_object *object, hufu_error *error)
{
	struct vault_object got;

	if (!digests_end(&work->digests, &got))
		return vault_no_memory(error);
	if (strcmp(got.sha256, object->sha256) != 0 || strcmp(got.sm3, object->sm3) != 0 || got.bytes != object->bytes)
		return damaged(object->sha256, HEAD_LEN, "the content is not what its digests say", error);
	return HUFU_OK;
}

static hufu_status read_object(struct vault *vault, const char *sha256, struct vault_object *object, vault_sink *sink,
        void *context, hufu_error *error)
{
	AUTO_FD fd = -1;

	hufu_status status = open_object(vault, sha256, &fd, error);
	if (status != HUFU_OK)
		return status;
	struct work *work = work_new(error);
	if (!work)
		return HUFU_NO_MEMORY;
	status = begin_reading(vault, work, fd, sha256, object, error);
	if (status == HUFU_OK)
		status = drain(work, fd, object, sink, context, error);
	if (status == HUFU_OK)
		status = compare(work, object, error);
	work_free(work);
	return status;
}

hufu_status vault_read(struct vault *vault, const char *sha256, vault_sink *sink, void *context, hufu_error *error)
{
	struct vault_object object = { .bytes = 0 };

	return read_object(vault, sha256, &object, sink, context, error);
}

hufu_status vault_about(struct vault *vault, const char *sha256, struct vault_object *out, hufu_error *error)
{
	AUTO_FD fd = -1;
	struct vault_object object = { .existed = true };
	struct work *work = work_new(error);

	if (!work)
		return HUFU_NO_MEMORY;
	hufu_status status = open_object(vault, sha256, &fd, error);
	if (status == HUFU_OK)
		status = begin_reading(vault, work, fd, sha256, &object, error);
	work_free(work);
	if (status == HUFU_OK)
		*out = object;
	return status;
}

hufu_status vault_verify(struct vault *vault, const char *sha256, struct vault_object *out, hufu_error *error)
{
	struct vault_object object = { .bytes = 0 };

	hufu_status status = read_object(vault, sha256, &object, NULL, NULL, error);
	if (status == HUFU_OK && out)
		*out = object;
	return status;
}

/* ---- reading into something ---- */

static hufu_status write_piece(void *context, hufu_view piece, hufu_error *error)
{
	struct io_replace *replace = context;

	return io_write(replace->fd, piece.ptr, piece.len, replace->path, error);
}

hufu_status vault_export(struct vault *vault, const char *sha256, const char *path, hufu_error *error)
{
	struct io_replace replace;

	hufu_status status = io_replace_begin(&replace, path, 0600, error);
	if (status == HUFU_OK)
		status = vault_read(vault, sha256, write_piece, &replace, error);
	if (status == HUFU_OK)
		status = io_replace_commit_new(&replace, error);
	io_replace_done(&replace);
	return status;
}

struct loading {
	struct bytes bytes;
	size_t max;
	const char *sha256;
};

static hufu_status add_piece(void *context, hufu_view piece, hufu_error *error)
{
	struct loading *loading = context;

	if (piece.len > loading->max - loading->bytes.len)
		return fail(error, HUFU_LIMIT, view_of(loading->sha256), "is larger than such an object can be", NULL);
	bytes_add(&loading->bytes, piece);
	return loading->bytes.failed ? vault_no_memory(error) : HUFU_OK;
}

hufu_status vault_load(struct vault *vault, const char *sha256, size_t max, struct bytes *out, hufu_error *error)
{
	struct loading loading = { .max = max, .sha256 = sha256 };

	hufu_status status = vault_read(vault, sha256, add_piece, &loading, error);
	if (status != HUFU_OK) {
		bytes_done(&loading.bytes);
		return status;
	}
	bytes_done(out);
	*out = loading.bytes;
	return HUFU_OK;
}

/* ---- all of them ---- */

bool vault_has(const struct vault *vault, const char *sha256, int64_t *since)
{
	AUTO_FREE char *path = NULL;
	struct stat about;

	if (vault_path(vault, sha256, "", &path, NULL) != HUFU_OK || stat(path, &about) != 0)
		return false;
	if (since)
		*since = about.st_mtime;
	return true;
}

/* Calls `each` for every entry of a folder, with its name within the vault: "ab/" and what it is called. */
static hufu_status visit_dir(const char *dir, unsigned number, vault_visit_file *each, void *context, hufu_error *error)
{
	char folder[3], name[sizeof folder + sizeof((struct dirent *)NULL)->d_name];
	struct dirent **entries = NULL;
	hufu_status status = HUFU_OK;

	snprintf(folder, sizeof folder, "%02x", number & 0xff);
	AUTO_FREE char *path = io_join(dir, folder);
	if (!path)
		return vault_no_memory(error);
	int count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		return errno == ENOENT ? HUFU_OK : fail_errno(error, view_of(path), NULL);
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *full = io_join(path, entries[i]->d_name);
		snprintf(name, sizeof name, "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		if (status == HUFU_OK && !full)
			status = vault_no_memory(error);
		if (status == HUFU_OK)
			status = each(context, name, full, error);
	}
	free(entries);
	return status;
}

/* The digest of an object's name; false: it is none. */
static bool digest_of(const char *name, char out[VAULT_DIGEST_TEXT])
{
	return snprintf(out, VAULT_DIGEST_TEXT, "%.2s%s", name, name + 3) == 2 * DIGEST_LEN && is_digest(out);
}

struct visiting {
	vault_visit *each;
	vault_visit_file *each_file;
	void *context;
};

static hufu_status visit_object(void *context, const char *name, const char *path, hufu_error *error)
{
	const struct visiting *visiting = context;
	char sha256[VAULT_DIGEST_TEXT];

	(void)path;
	return digest_of(name, sha256) ? visiting->each(visiting->context, sha256, error) : HUFU_OK;
}

static hufu_status visit_file(void *context, const char *name, const char *path, hufu_error *error)
{
	const struct visiting *visiting = context;
	char sha256[VAULT_DIGEST_TEXT], object[VAULT_DIGEST_TEXT + 1];
	size_t len = strlen(name), most = sizeof object - 1;

	snprintf(object, sizeof object, "%.*s", (int)most, name); /* without ".gone" */
	return (len == most || (len == most + 5 && view_ends(view_of(name), ".gone"))) && digest_of(object, sha256)
	               ? visiting->each_file(visiting->context, name, path, error)
	               : HUFU_OK;
}

static hufu_status visit_all(const char *dir, vault_visit_file *each, void *context, hufu_error *error)
{
	hufu_status status = HUFU_OK;

	for (unsigned i = 0; i < 256 && status == HUFU_OK; i++)
		status = visit_dir(dir, i, each, context, error);
	return status;
}

hufu_status vault_each(struct vault *vault, vault_visit *each, void *context, hufu_error *error)
{
	return visit_all(vault->dir, visit_object, &(struct visiting){ .each = each, .context = context }, error);
}

hufu_status vault_each_file(const char *dir, vault_visit_file *each, void *context, hufu_error *error)
{
	return visit_all(dir, visit_file, &(struct visiting){ .each_file = each, .context = context }, error);
}
