/* The root key: making it, finding it, keeping it in locked memory, and writing it under a passphrase.
 *
 * A key file is one line of text: "hufu-key 1 <64 hex digits>", or "hufu-key 1 wrapped <hex>" with salt, costs,
 * nonce and box of Argon2id and XSalsa20-Poly1305. A key file is not trusted further than its user: one that asks for
 * absurd costs is refused. What held a secret is wiped. Uses base and libsodium. */
#include "seal/key.h"

#include "base/io.h"
#include "base/le.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
	ROOT_LEN = crypto_kdf_KEYBYTES,
	TEXT_MAX = 1024, /* of a key file */
	/* Where things lie in a wrapped key. */
	AT_SALT = 0,
	AT_OPS = AT_SALT + crypto_pwhash_SALTBYTES,
	AT_MEMORY = AT_OPS + 4,
	AT_NONCE = AT_MEMORY + 8,
	AT_BOX = AT_NONCE + crypto_secretbox_NONCEBYTES,
	WRAPPED_LEN = AT_BOX + crypto_secretbox_MACBYTES + ROOT_LEN,
	/* What we are willing to spend on a file's word. */
	OPS_MAX = 16,
	MEMORY_MAX = 1 << 30,
};

struct key {
	uint8_t root[ROOT_LEN];
};

_Static_assert(ROOT_LEN == 32, "the root key is 32 bytes");

static const char prefix_clear[] = "hufu-key 1 ", prefix_wrapped[] = "hufu-key 1 wrapped ", prefix_any[] = "hufu-key ";

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

static struct key *key_alloc(void)
{
	return sodium_init() < 0 ? NULL : sodium_malloc(sizeof(struct key));
}

void key_free(struct key *key)
{
	sodium_free(key);
}

void key_subkey(const struct key *key, enum key_use use, uint8_t *out, size_t len)
{
	if (crypto_kdf_derive_from_key(out, len, (uint64_t)use, "hufu key", key->root) != 0)
		abort(); /* only for a length that no caller may ask for */
}

/* ---- text of a key file ---- */

/* The key that wraps: slow and hungry on purpose, by the costs that `wrapped` names. */
static bool stretch(uint8_t out[crypto_secretbox_KEYBYTES], const char *passphrase, const uint8_t *wrapped)
{
	return crypto_pwhash(out, crypto_secretbox_KEYBYTES, passphrase, strlen(passphrase), wrapped + AT_SALT,
	               le32(wrapped + AT_OPS), (size_t)le64(wrapped + AT_MEMORY), crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static bool wrap(const struct key *key, const char *passphrase, uint8_t out[WRAPPED_LEN])
{
	uint8_t secret[crypto_secretbox_KEYBYTES];

	randombytes_buf(out + AT_SALT, crypto_pwhash_SALTBYTES);
	randombytes_buf(out + AT_NONCE, crypto_secretbox_NONCEBYTES);
	put_le32(out + AT_OPS, (uint32_t)crypto_pwhash_OPSLIMIT_MODERATE);
	put_le64(out + AT_MEMORY, (uint64_t)crypto_pwhash_MEMLIMIT_MODERATE);
	if (!stretch(secret, passphrase, out))
		return false;
	int result = crypto_secretbox_easy(out + AT_BOX, key->root, ROOT_LEN, out + AT_NONCE, secret);
	sodium_memzero(secret, sizeof secret);
	return result == 0;
}

static hufu_status unwrap(const uint8_t wrapped[WRAPPED_LEN], const char *passphrase, const char *path, struct key *out,
        hufu_error *error)
{
	uint8_t secret[crypto_secretbox_KEYBYTES];
	uint32_t ops = le32(wrapped + AT_OPS);
	uint64_t memory = le64(wrapped + AT_MEMORY);

	if (ops < crypto_pwhash_OPSLIMIT_MIN || ops > OPS_MAX || memory < crypto_pwhash_MEMLIMIT_MIN ||
	        memory > MEMORY_MAX)
		return fail(error, HUFU_LIMIT, view_of(path), "asks for more work than a key of ours does",
		        "take another copy of the backup");
	if (!stretch(secret, passphrase, wrapped))
		return no_memory(error);
	int result = crypto_secretbox_open_easy(
	        out->root, wrapped + AT_BOX, WRAPPED_LEN - AT_BOX, wrapped + AT_NONCE, secret);
	sodium_memzero(secret, sizeof secret);
	if (result != 0)
		return fail(error, HUFU_DENIED, view_of(path), "the passphrase does not open this key", NULL);
	return HUFU_OK;
}

static bool from_hex(hufu_view text, uint8_t *out, size_t len)
{
	size_t got = 0;
	const char *end = NULL;

	return text.len == 2 * len && sodium_hex2bin(out, len, text.ptr, text.len, NULL, &got, &end) == 0 &&
	       got == len && end == text.ptr + text.len;
}

static hufu_status parse_wrapped(
        hufu_view hex, const char *path, const char *passphrase, struct key *out, hufu_error *error)
{
	uint8_t wrapped[WRAPPED_LEN];
	char *asked = NULL;

	if (!from_hex(hex, wrapped, sizeof wrapped))
		return fail(
		        error, HUFU_MALFORMED, view_of(path), "is a damaged key", "take another copy of the backup");
	hufu_status status = passphrase ? HUFU_OK : key_passphrase("Passphrase of the key", false, &asked, error);
	if (status == HUFU_OK)
		status = unwrap(wrapped, passphrase ? passphrase : asked, path, out, error);
	key_passphrase_free(asked);
	return status;
}

static hufu_status parse_key(
        hufu_view text, const char *path, const char *passphrase, struct key *out, hufu_error *error)
{
	text = view_trim(text);
	if (view_starts(text, prefix_wrapped))
		return parse_wrapped(view_from(text, strlen(prefix_wrapped)), path, passphrase, out, error);
	if (view_starts(text, prefix_clear)) {
		if (from_hex(view_from(text, strlen(prefix_clear)), out->root, ROOT_LEN))
			return HUFU_OK;
		return fail(
		        error, HUFU_MALFORMED, view_of(path), "is a damaged key", "take another copy of the backup");
	}
	if (view_starts(text, prefix_any))
		return fail(error, HUFU_UNSUPPORTED, view_of(path), "is a key of a newer hufu", "update hufu");
	return fail(error, HUFU_MALFORMED, view_of(path), "is no key of hufu", NULL);
}

/* Text of the key file into `out` (TEXT_MAX bytes); returns its length, 0 when memory is out. */
static size_t print_key(const struct key *key, const char *passphrase, char *out)
{
	uint8_t wrapped[WRAPPED_LEN];
	char hex[2 * WRAPPED_LEN + 1];
	const char *prefix = passphrase ? prefix_wrapped : prefix_clear;

	if (passphrase && !wrap(key, passphrase, wrapped))
		return 0;
	if (passphrase)
		sodium_bin2hex(hex, sizeof hex, wrapped, sizeof wrapped);
	else
		sodium_bin2hex(hex, sizeof hex, key->root, ROOT_LEN);
	int len = snprintf(out, TEXT_MAX, "%s%s\n", prefix, hex);
	sodium_memzero(hex, sizeof hex);
	return len < 0 ? 0 : (size_t)len;
}

/* ---- secret files ---- */

/* Reads a file that holds a secret. With `guarded`, one that others may read is refused. */
static hufu_status read_secret(
        const char *path, bool guarded, char *out, size_t cap, hufu_view *text, hufu_error *error)
{
	struct stat about;
	AUTO_FD fd = -1;
	size_t len = 0;

	hufu_status status = io_open(path, &fd, error);
	if (status != HUFU_OK)
		return status;
	if (fstat(fd, &about) != 0)
		return fail_errno(error, view_of(path), NULL);
	if (!S_ISREG(about.st_mode))
		return fail(error, HUFU_USAGE, view_of(path), "is no regular file", NULL);
	if (guarded && (about.st_mode & 077))
		return fail(error, HUFU_DENIED, view_of(path), "holds a secret and others may read it", "chmod 600 it");
	while (len < cap) {
		ssize_t got = read(fd, out + len, cap - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(error, view_of(path), NULL);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	if (len == cap)
		return fail(error, HUFU_MALFORMED, view_of(path), "is too long to be what it should", NULL);
	*text = view_make(out, len);
	return HUFU_OK;
}

/* A wrapped key may lie where others can read it, such as on a memory stick; a clear one may not. */
static hufu_status read_key_text(const char *path, bool is_backup, char *out, hufu_view *text, hufu_error *error)
{
	hufu_status status = read_secret(path, !is_backup, out, TEXT_MAX, text, error);

	if (status == HUFU_OK && is_backup && !view_starts(*text, prefix_wrapped))
		status = read_secret(path, true, out, TEXT_MAX, text, error);
	return status;
}

static hufu_status read_key(
        const char *path, bool is_backup, const char *passphrase, struct key **out, hufu_error *error)
{
	char buffer[TEXT_MAX];
	hufu_view text;
	struct key *key = key_alloc();

	if (!key)
		return no_memory(error);
	hufu_status status = read_key_text(path, is_backup, buffer, &text, error);
	if (status == HUFU_OK)
		status = parse_key(text, path, passphrase, key, error);
	sodium_memzero(buffer, sizeof buffer);
	if (status != HUFU_OK) {
		key_free(key);
		return status;
	}
	*out = key;
	return HUFU_OK;
}

hufu_status key_load(const char *path, struct key **out, hufu_error *error)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return fail(error, HUFU_DENIED, view_of(path), "the key is not there",
		        "bring it back: hufu key restore BACKUP, or set HUFU_KEY_FILE to where it lies");
	return read_key(path, false, NULL, out, error);
}

hufu_status key_restore(const char *backup, const char *passphrase, struct key **out, hufu_error *error)
{
	return read_key(backup, true, passphrase, out, error);
}

hufu_status key_is_wrapped(const char *path, bool *wrapped, hufu_error *error)
{
	char buffer[TEXT_MAX];
	hufu_view text;

	hufu_status status = read_key_text(path, true, buffer, &text, error);
	if (status == HUFU_OK)
		*wrapped = view_starts(text, prefix_wrapped);
	sodium_memzero(buffer, sizeof buffer);
	return status;
}

/* ---- writing ---- */

static hufu_status save(const struct key *key, const char *path, const char *passphrase,
        hufu_status (*commit)(struct io_replace *, hufu_error *), hufu_error *error)
{
	char text[TEXT_MAX];
	struct io_replace replace;

	hufu_status status = io_replace_begin(&replace, path, 0600, error);
	size_t len = status == HUFU_OK ? print_key(key, passphrase, text) : 0;
	if (status == HUFU_OK && len == 0)
		status = no_memory(error);
	if (status == HUFU_OK)
		status = io_write(replace.fd, text, len, path, error);
	if (status == HUFU_OK)
		status = commit(&replace, error);
	io_replace_done(&replace);
	sodium_memzero(text, sizeof text);
	return status;
}

hufu_status key_save(const struct key *key, const char *path, const char *passphrase, hufu_error *error)
{
	return save(key, path, passphrase, io_replace_commit, error);
}

/* Writes to a name that nothing has yet: a key is never overwritten by accident. */
static hufu_status save_new(const struct key *key, const char *path, const char *passphrase, hufu_error *error)
{
	hufu_status status = save(key, path, passphrase, io_replace_commit_new, error);

	if (status == HUFU_CONFLICT)
		return fail(error, HUFU_CONFLICT, view_of(path), "exists already and may be a key that is needed",
		        "choose another name");
	return status;
}

hufu_status key_backup(const struct key *key, const char *path, const char *passphrase, hufu_error *error)
{
	if (!passphrase || !passphrase[0])
		return fail(error, HUFU_USAGE, view_of(path), "a backup needs a passphrase", NULL);
	return save_new(key, path, passphrase, error);
}

static hufu_status make_parent(const char *path, hufu_error *error)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *dir = slash && slash != path ? strndup(path, (size_t)(slash - path)) : strdup("/");

	if (!slash)
		return HUFU_OK;
	return dir ? io_make_dir(dir, error) : no_memory(error);
}

hufu_status key_create(const char *path, struct key **out, hufu_error *error)
{
	struct key *key = key_alloc();

	if (!key)
		return no_memory(error);
	crypto_kdf_keygen(key->root);
	hufu_status status = make_parent(path, error);
	if (status == HUFU_OK)
		status = save_new(key, path, NULL, error);
	if (status != HUFU_OK) {
		key_free(key);
		return status;
	}
	*out = key;
	return HUFU_OK;
}

hufu_status key_install(const struct key *key, const char *path, hufu_error *error)
{
	hufu_status status = make_parent(path, error);

	return status == HUFU_OK ? save_new(key, path, NULL, error) : status;
}

/* ---- where it lies ---- */

/* `path` with links resolved as far as it exists; what does not exist yet is kept as it is written. NULL with errno. */
static char *resolve(const char *path)
{
	AUTO_FREE char *head = strdup(path);
	char *tail = head ? head + strlen(head) : NULL;

	while (head) {
		char *found = realpath(head[0] ? head : "/", NULL);
		if (found) {
			AUTO_FREE char *base = found;
			const char *rest = path + (tail - head);
			while (*rest == '/')
				rest++;
			return *rest ? io_join(base, rest) : strdup(base);
		}
		char *slash = strrchr(head, '/');
		if (errno != ENOENT || !slash)
			return NULL;
		*slash = '\0';
		tail = slash;
	}
	return NULL;
}

/* A last part that is missing must not climb back out of what exists, or be a link to nowhere. */
static bool is_plain(const char *resolved)
{
	size_t len = strlen(resolved);
	struct stat about;

	return !strstr(resolved, "/../") && (len < 3 || strcmp(resolved + len - 3, "/..") != 0) &&
	       (lstat(resolved, &about) != 0 || !S_ISLNK(about.st_mode));
}

/* Compares directories by what they are, not by name: bind mounts and case-blind file systems have several. */
static bool lies_inside(const char *resolved, const struct stat *dir)
{
	AUTO_FREE char *part = strdup(resolved);
	struct stat about;

	if (!part)
		return true;
	for (char *slash = strrchr(part, '/'); slash; slash = strrchr(part, '/')) {
		*slash = '\0';
		if (stat(part[0] ? part : "/", &about) == 0 && about.st_dev == dir->st_dev &&
		        about.st_ino == dir->st_ino)
			return true;
	}
	return false;
}

hufu_status key_outside(const char *store_dir, const char *path, char **out, hufu_error *error)
{
	AUTO_FREE char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
	AUTO_FREE char *absolute = path[0] == '/' ? strdup(path) : here ? io_join(here, path) : NULL;
	AUTO_FREE char *resolved = absolute ? resolve(absolute) : NULL;
	struct stat dir;

	if (!resolved)
		return fail_errno(error, view_of(path), NULL);
	if (!is_plain(resolved))
		return fail(error, HUFU_USAGE, view_of(path), "is a path for a key that leads nowhere clear",
		        "give the file's own path, without .. and without a link to nothing");
	if (stat(store_dir, &dir) == 0 && lies_inside(resolved, &dir))
		return fail(error, HUFU_DENIED, view_of(path), "a key must not lie inside the store that it opens",
		        "give a path elsewhere, best on another disk");
	*out = take(&resolved);
	return HUFU_OK;
}

/* $XDG_CONFIG_HOME, else ~/.config; the caller frees. */
static char *config_home(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && config[0] == '/')
		return strdup(config);
	if (!home || home[0] != '/') {
		const struct passwd *user = getpwuid(getuid());
		home = user ? user->pw_dir : NULL;
	}
	return home ? io_join(home, ".config") : NULL;
}

hufu_status key_path(const char *store_dir, const char *id, char **out, hufu_error *error)
{
	const char *named = getenv("HUFU_KEY_FILE");
	AUTO_FREE char *path = NULL;

	if (named && named[0])
		return key_outside(store_dir, named, out, error);
	AUTO_FREE char *config = config_home();
	if (!config)
		return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "there is no home directory to keep the key in",
		        "set HUFU_KEY_FILE to where the key lies");
	if (asprintf(&path, "%s/hufu/keys/%s", config, id) < 0)
		return no_memory(error);
	return key_outside(store_dir, path, out, error);
}
