/* The audit's chain. A line is a JSON object whose last member is `chain`: BLAKE2b, keyed, over the chain before it and
 * the line's text up to there.
 *
 * A crash may leave a last line without its end. It stays as it is: the next line begins with "torn":true and chains
 * over the fragment, so that nobody without the key can pass off a line of his own as one. A full disk leaves nothing:
 * the file is cut back. Whoever can write the file can cut lines off its end; that shows only beside a copy.
 * Uses base, libsodium and jansson. */
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

static const char chain_mark[] = ",\"chain\":\"", chain_end[] = "\"}", torn_mark[] = "{\"torn\":true,";

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

/* The link after `before`; a fragment's is told from a line's, so that neither can stand for the other. */
static void chain_on(
        const uint8_t key[32], const uint8_t before[CHAIN_LEN], hufu_view text, bool fragment, uint8_t out[CHAIN_LEN])
{
	crypto_generichash_state hash;
	uint8_t kind = fragment;

	crypto_generichash_init(&hash, key, 32, CHAIN_LEN);
	crypto_generichash_update(&hash, before, CHAIN_LEN);
	crypto_generichash_update(&hash, &kind, 1);
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
static char *line_text(const struct audit_line *line, bool torn)
{
	const struct passwd *user = getpwuid(getuid());
	char now[CLOCK_TEXT_MAX];
	json_t *root = json_object();

	clock_print(clock_now(), now);
	if (torn)
		json_object_set_new(root, "torn", json_true());
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

/* The end of the file: the chain so far, and whether a fragment lies behind it. */
struct audit_end {
	uint8_t chain[CHAIN_LEN];
	bool torn;
};

static hufu_status read_end(
        int fd, off_t size, const uint8_t key[32], const char *path, struct audit_end *out, hufu_error *error)
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
	size_t whole = last ? (size_t)(last - tail) + 1 : 0; /* bytes up to the fragment */
	if (!last && (off_t)len < size)
		return altered(error, path, 0);
	if (whole) {
		const char *before = memrchr(tail, '\n', whole - 1);
		size_t from = before ? (size_t)(before - tail) + 1 : 0;
		if (!split_line(view_make(tail + from, whole - 1 - from), &text, end.chain))
			return altered(error, path, 0);
	}
	end.torn = whole < len;
	if (end.torn)
		chain_on(key, end.chain, view_make(tail + whole, len - whole), true, end.chain);
	*out = end;
	return HUFU_OK;
}

/* One line's bytes, with the end of a fragment before it where there is one. */
static bool build_line(
        const struct audit_line *line, const uint8_t key[32], const struct audit_end *end, struct bytes *out)
{
	AUTO_FREE char *text = line_text(line, end->torn);
	uint8_t chain[CHAIN_LEN];
	char hex[2 * CHAIN_LEN + 1];

	if (!text)
		return false;
	chain_on(key, end->chain, view_of(text), false, chain);
	sodium_bin2hex(hex, sizeof hex, chain, sizeof chain);
	bytes_print(out, "%s%s%s%s%s\n", end->torn ? "\n" : "", text, chain_mark, hex, chain_end);
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
	uint8_t key[32];
	struct stat about;
	struct audit_end end;
	struct bytes built = { 0 };

	if (fstat(fd, &about) != 0)
		return fail_errno(error, view_of(path), NULL);
	key_subkey(store->key, KEY_AUDIT, key, sizeof key);
	hufu_status status = read_end(fd, about.st_size, key, path, &end, error);
	if (status == HUFU_OK && !build_line(line, key, &end, &built))
		status = no_memory(error);
	sodium_memzero(key, sizeof key);
	if (status == HUFU_OK)
		status = write_line(fd, about.st_size, bytes_view(&built), path, error);
	bytes_done(&built);
	return status;
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
	uint8_t key[32];
	uint8_t as_line[CHAIN_LEN], as_fragment[CHAIN_LEN]; /* the chain, by what the line before was */
	bool line_fits; /* the line before was a whole one */
	uint64_t number, lines, torn;
};

/* Whether a line fits behind the one before it, which only now shows to have been whole or torn. */
static bool walk_line(struct audit_walk *walk, hufu_view line)
{
	uint8_t claimed[CHAIN_LEN], before[CHAIN_LEN], expected[CHAIN_LEN];
	hufu_view text;
	bool behind_torn = view_starts(line, torn_mark);

	if (!behind_torn && !walk->line_fits)
		return false;
	memcpy(before, behind_torn ? walk->as_fragment : walk->as_line, sizeof before);
	walk->torn += behind_torn;
	walk->lines -= behind_torn && walk->line_fits;
	walk->line_fits = false;
	if (split_line(line, &text, claimed)) {
		chain_on(walk->key, before, text, false, expected);
		walk->line_fits = sodium_memcmp(expected, claimed, sizeof claimed) == 0;
	}
	walk->lines += walk->line_fits;
	memcpy(walk->as_line, claimed, walk->line_fits ? sizeof claimed : 0);
	chain_on(walk->key, before, line, true, walk->as_fragment);
	return true;
}

static hufu_status walk_file(FILE *file, struct audit_walk *walk, const char *path, hufu_error *error)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	while ((len = getline(&line, &cap, file)) > 0) {
		bool ended = line[len - 1] == '\n';
		/* A bad line shows when the next one does not stand for it. */
		if (!walk_line(walk, view_make(line, (size_t)len - ended)))
			return altered(error, path, walk->number);
		walk->number++;
		if (!ended) { /* the last, cut short: no answer was given on it */
			walk->lines -= walk->line_fits;
			walk->torn++;
			walk->line_fits = true;
		}
	}
	if (ferror(file))
		return fail_errno(error, view_of(path), NULL);
	return walk->line_fits ? HUFU_OK : altered(error, path, walk->number);
}

hufu_status audit_verify(const struct store *store, uint64_t *lines, uint64_t *torn, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD fd = -1;
	struct audit_walk walk = { .line_fits = true };

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
