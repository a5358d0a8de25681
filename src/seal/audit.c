/* The audit's chain. A line is a JSON object whose last member is `chain`: BLAKE2b, keyed, over the chain before it and
 * the line's text up to there.
 *
 * A crash may leave a last line without its end. No answer was given on it, so the next append cuts it off and says so
 * in its own line ("torn": bytes). A full disk leaves nothing: the file is cut back. Whoever can write the file can
 * cut lines off its end; that shows only beside a copy. Uses base, libsodium and jansson. */
#include "seal/audit.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { CHAIN_LEN = 32, LINE_MAX_LEN = 4096, TAIL_MAX = 4 * LINE_MAX_LEN };

static const char chain_mark[] = ",\"chain\":\"", chain_end[] = "\"}", torn_mark[] = "{\"torn\":";

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

static hufu_status altered(hufu_error *error, const char *path, uint64_t line)
{
	hufu_status status = fail(error, HUFU_MALFORMED, view_of(path), "the audit was altered",
	        "keep the file as evidence under another name; a new one begins by itself");
	if (error)
		error->at = line;
	return status;
}

static void chain_on(const uint8_t key[32], const uint8_t before[CHAIN_LEN], hufu_view text, uint8_t out[CHAIN_LEN])
{
	crypto_generichash_state hash;

	crypto_generichash_init(&hash, key, 32, CHAIN_LEN);
	crypto_generichash_update(&hash, before, CHAIN_LEN);
	crypto_generichash_update(&hash, (const uint8_t *)text.ptr, text.len);
	crypto_generichash_final(&hash, out, CHAIN_LEN);
	sodium_memzero(&hash, sizeof hash);
}

/* Takes a line (without its end) apart into the text that is chained and the chain that it claims. */
static bool split_line(hufu_view line, hufu_view *text, uint8_t claimed[CHAIN_LEN])
{
	const size_t hex_len = 2 * CHAIN_LEN, behind = sizeof chain_mark - 1 + hex_len + sizeof chain_end - 1;
	size_t got = 0;

	if (line.len < behind || !view_ends(line, chain_end))
		return false;
	hufu_view mark = { line.ptr + line.len - behind, sizeof chain_mark - 1 };
	if (!view_is(mark, chain_mark) ||
	        sodium_hex2bin(claimed, CHAIN_LEN, mark.ptr + mark.len, hex_len, NULL, &got, NULL) != 0 ||
	        got != CHAIN_LEN)
		return false;
	*text = (hufu_view){ line.ptr, line.len - behind };
	return true;
}

/* ---- what a line says ---- */

/* Text from elsewhere (a user's name) may be no UTF-8. */
static json_t *text_or_null(const char *text)
{
	char shown[512];

	if (!text)
		return json_null();
	printable(view_of(text), shown, sizeof shown);
	return json_string(shown);
}

/* A JSON object without its closing brace; the caller frees. */
static char *line_text(const struct audit_line *line, uint64_t torn)
{
	const struct passwd *user = getpwuid(getuid());
	char now[CLOCK_TEXT_MAX];
	json_t *root = json_object();

	clock_print(clock_now(), now);
	if (torn)
		json_object_set_new(root, "torn", json_integer((json_int_t)torn));
	json_object_set_new(root, "time", json_string(now));
	json_object_set_new(root, "uid", json_integer(getuid()));
	json_object_set_new(root, "user", text_or_null(user ? user->pw_name : NULL));
	json_object_set_new(root, "what", text_or_null(line->what));
	json_object_set_new(root, "sha256", text_or_null(line->sha256));
	json_object_set_new(root, "dataset", text_or_null(line->dataset));
	json_object_set_new(root, "records", json_integer((json_int_t)line->records));
	json_object_set_new(root, "linked", json_integer((json_int_t)line->linked));
	int failed = json_object_set_new(root, "people", json_integer((json_int_t)line->people));
	char *text = failed ? NULL : json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (text)
		text[strlen(text) - 1] = '\0';
	return text;
}

/* ---- appending ---- */

/* The end of the file: the chain so far, how long the whole lines are, and the fragment behind them. */
struct audit_end {
	uint8_t chain[CHAIN_LEN];
	off_t whole;
	uint64_t torn;
};

static hufu_status read_end(int fd, off_t size, const char *path, struct audit_end *out, hufu_error *error)
{
	AUTO_FREE char *tail = malloc(TAIL_MAX);
	size_t len = size < TAIL_MAX ? (size_t)size : TAIL_MAX;
	struct audit_end end = { 0 };
	hufu_view text;

	if (!tail)
		return no_memory(error);
	if (pread(fd, tail, len, size - (off_t)len) != (ssize_t)len)
		return fail_errno(error, view_of(path), NULL);
	const char *last = memrchr(tail, '\n', len);
	size_t whole = last ? (size_t)(last - tail) + 1 : 0;
	if (!last && (off_t)len < size)
		return altered(error, path, 0);
	if (whole) {
		const char *before = memrchr(tail, '\n', whole - 1);
		size_t from = before ? (size_t)(before - tail) + 1 : 0;
		if (!split_line(view_make(tail + from, whole - 1 - from), &text, end.chain))
			return altered(error, path, 0);
	}
	end.torn = len - whole;
	end.whole = size - (off_t)end.torn;
	*out = end;
	return HUFU_OK;
}

static bool build_line(
        const struct audit_line *line, const struct store *store, const struct audit_end *end, struct bytes *out)
{
	AUTO_FREE char *text = line_text(line, end->torn);
	uint8_t key[32], chain[CHAIN_LEN];
	char hex[2 * CHAIN_LEN + 1];

	if (!text)
		return false;
	key_subkey(store->key, KEY_AUDIT, key, sizeof key);
	chain_on(key, end->chain, view_of(text), chain);
	sodium_memzero(key, sizeof key);
	sodium_bin2hex(hex, sizeof hex, chain, sizeof chain);
	bytes_print(out, "%s%s%s%s\n", text, chain_mark, hex, chain_end);
	return !out->failed;
}

/* All of it on the disk, or the file as it was. */
static hufu_status write_line(int fd, off_t size, hufu_view line, const char *path, hufu_error *error)
{
	hufu_status status = io_write(fd, line.ptr, line.len, path, error);

	if (status == HUFU_OK && fsync(fd) != 0)
		status = fail_errno(error, view_of(path), NULL);
	if (status != HUFU_OK && ftruncate(fd, size) == 0)
		fsync(fd);
	return status;
}

static hufu_status append(
        int fd, const struct store *store, const struct audit_line *line, const char *path, hufu_error *error)
{
	struct stat about;
	struct audit_end end;
	struct bytes built = { 0 };

	if (fstat(fd, &about) != 0)
		return fail_errno(error, view_of(path), NULL);
	hufu_status status = read_end(fd, about.st_size, path, &end, error);
	if (status == HUFU_OK && !build_line(line, store, &end, &built))
		status = no_memory(error);
	if (status == HUFU_OK && end.torn && ftruncate(fd, end.whole) != 0)
		status = fail_errno(error, view_of(path), NULL);
	if (status == HUFU_OK)
		status = write_line(fd, end.whole, bytes_view(&built), path, error);
	bytes_done(&built);
	return status == HUFU_OK && end.whole == 0 ? io_sync_dir_of(path, error) : status;
}

static hufu_status open_audit(const struct store *store, int flags, int lock, int *out, char **path, hufu_error *error)
{
	*path = io_join(store->dir, "audit");
	if (!*path)
		return no_memory(error);
	AUTO_FD fd = open(*path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (fd < 0)
		return fail_errno(error, view_of(*path), NULL);
	while (flock(fd, lock) != 0)
		if (errno != EINTR)
			return fail_errno(error, view_of(*path), NULL);
	*out = fd_take(&fd);
	return HUFU_OK;
}

hufu_status audit_append(const struct store *store, const struct audit_line *line, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;

	hufu_status status = open_audit(store, O_RDWR | O_CREAT | O_APPEND, LOCK_EX, &fd, &path, error);
	return status == HUFU_OK ? append(fd, store, line, path, error) : status;
}

/* ---- checking ---- */

struct audit_walk {
	uint8_t key[32], chain[CHAIN_LEN];
	uint64_t lines, torn;
};

static bool walk_line(struct audit_walk *walk, hufu_view line)
{
	uint8_t claimed[CHAIN_LEN];
	hufu_view text;

	if (!split_line(line, &text, claimed))
		return false;
	chain_on(walk->key, walk->chain, text, walk->chain);
	if (sodium_memcmp(walk->chain, claimed, sizeof claimed) != 0)
		return false;
	walk->lines++;
	walk->torn += view_starts(line, torn_mark);
	return true;
}

static hufu_status walk_file(FILE *file, struct audit_walk *walk, const char *path, hufu_error *error)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, file)) > 0) {
		bool ended = line[len - 1] == '\n';
		walk->torn += !ended;
		if (ended && !walk_line(walk, view_make(line, (size_t)len - 1)))
			return altered(error, path, walk->lines + 1);
	}
	return ferror(file) ? fail_errno(error, view_of(path), NULL) : HUFU_OK;
}

/* The last `most` are kept in a ring while the file goes by. */
static void take_lines(FILE *file, uint64_t before, json_t **ring, size_t most, uint64_t *count)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	*count = 0;
	while ((!before || *count + 1 < before) && (len = getline(&line, &cap, file)) > 0) {
		json_t *told = json_loadb(line, (size_t)len, 0, NULL);
		json_t **place = &ring[*count % most];
		json_object_del(told, "chain");
		json_decref(*place);
		*place = told;
		(*count)++;
	}
}

hufu_status audit_lines(
        const struct store *store, uint64_t before, size_t most, json_t **out, uint64_t *first, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;
	uint64_t count = 0;
	AUTO_FREE json_t **ring = calloc(most + 1, sizeof(json_t *));
	hufu_status status = ring ? open_audit(store, O_RDONLY, LOCK_SH, &fd, &path, error) : no_memory(error);
	*first = 0;
	if (status == HUFU_IO && path && access(path, F_OK) != 0) { /* nothing was looked up yet */
		*out = json_array();
		return *out ? HUFU_OK : no_memory(error);
	}
	if (status != HUFU_OK)
		return status;
	FILE *file = fdopen(fd, "r");
	if (!file)
		return fail_errno(error, view_of(path), NULL);
	fd_take(&fd);
	take_lines(file, before, ring, most, &count);
	fclose(file);
	json_t *list = json_array();
	uint64_t kept = count < most ? count : most;
	for (uint64_t i = 0; i < kept; i++)
		if (ring[(count - 1 - i) % most])
			json_array_append_new(list, ring[(count - 1 - i) % most]);
	*first = kept ? count - kept + 1 : 0;
	*out = list;
	return list ? HUFU_OK : no_memory(error);
}

hufu_status audit_verify(const struct store *store, uint64_t *lines, uint64_t *torn, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;
	struct audit_walk walk = { 0 };

	hufu_status status = open_audit(store, O_RDONLY, LOCK_SH, &fd, &path, error);
	if (status != HUFU_OK)
		return status;
	FILE *file = fdopen(fd, "r");
	if (!file)
		return fail_errno(error, view_of(path), NULL);
	fd_take(&fd);
	key_subkey(store->key, KEY_AUDIT, walk.key, sizeof walk.key);
	status = walk_file(file, &walk, path, error);
	sodium_memzero(walk.key, sizeof walk.key);
	fclose(file);
	if (status == HUFU_OK && lines)
		*lines = walk.lines;
	if (status == HUFU_OK && torn)
		*torn = walk.torn;
	return status;
}
