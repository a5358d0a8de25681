/* What is left when a retention rule removes an object: a small file beside its place that says what it was, when it
 * went and by which rule, under a MAC of the vault's, so that a deletion cannot be given the look of a rule from
 * outside. */
#include "base/clock.h"
#include "base/io.h"
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>

enum { STONE_BYTES_MAX = 4096, MAC_LEN = 32 };

static const char suffix[] = ".gone";

/* The MAC is over the fields, each ended by a line end; none of them can hold one. */
static bool mark(const struct vault *vault, const struct vault_tombstone *stone, char out[2 * MAC_LEN + 1])
{
	struct bytes text = { 0 };
	uint8_t mac[MAC_LEN];

	bytes_print(&text, "hufu tombstone 1\n%s\n%s\n%llu\n%lld\n%s\n", stone->sha256, stone->sm3,
	        (unsigned long long)stone->bytes, (long long)stone->at, stone->reason);
	if (text.failed) {
		bytes_done(&text);
		return false;
	}
	crypto_generichash(mac, sizeof mac, (const uint8_t *)text.ptr, text.len, vault->keys->marking, MARKING_LEN);
	sodium_bin2hex(out, 2 * MAC_LEN + 1, mac, sizeof mac);
	bytes_done(&text);
	return true;
}

static hufu_status write_stone(const struct vault *vault, const struct vault_tombstone *stone, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	char mac[2 * MAC_LEN + 1];
	struct bytes line = { 0 };

	hufu_status status = vault_path(vault, stone->sha256, suffix, &path, error);
	if (status != HUFU_OK)
		return status;
	if (!mark(vault, stone, mac))
		return vault_no_memory(error);
	json_t *root = json_pack("{s:i, s:s, s:s, s:I, s:I, s:s, s:s}", "hufu_tombstone", 1, "sha256", stone->sha256,
	        "sm3", stone->sm3, "bytes", (json_int_t)stone->bytes, "removed_at", (json_int_t)stone->at, "reason",
	        stone->reason, "mac", mac);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	if (text)
		bytes_print(&line, "%s\n", text);
	status = text && !line.failed ? io_replace_file(path, 0600, bytes_view(&line), error) : vault_no_memory(error);
	bytes_done(&line);
	free(text);
	json_decref(root);
	return status;
}

/* ---- reading ---- */

static bool take_text(const json_t *root, const char *name, char *out, size_t cap)
{
	const char *text = json_string_value(json_object_get(root, name));

	if (!text || strlen(text) >= cap)
		return false;
	snprintf(out, cap, "%s", text);
	return true;
}

static bool take_stone(const struct vault *vault, const json_t *root, const char *sha256, struct vault_tombstone *out)
{
	char given[2 * MAC_LEN + 1] = "", mac[2 * MAC_LEN + 1];
	const json_t *bytes = json_object_get(root, "bytes"), *at = json_object_get(root, "removed_at");

	if (!take_text(root, "sha256", out->sha256, sizeof out->sha256) ||
	        !take_text(root, "sm3", out->sm3, sizeof out->sm3) ||
	        !take_text(root, "reason", out->reason, sizeof out->reason) ||
	        !take_text(root, "mac", given, sizeof given) || !json_is_integer(bytes) || !json_is_integer(at))
		return false;
	out->bytes = (uint64_t)json_integer_value(bytes);
	out->at = json_integer_value(at);
	return strcmp(out->sha256, sha256) == 0 && mark(vault, out, mac) && strlen(given) == 2 * MAC_LEN &&
	       sodium_memcmp(given, mac, sizeof mac) == 0;
}

hufu_status vault_tombstone(
        struct vault *vault, const char *sha256, struct vault_tombstone *out, bool *found, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	struct bytes text = { 0 };
	struct vault_tombstone stone = { .bytes = 0 };

	hufu_status status = vault_path(vault, sha256, suffix, &path, error);
	if (status != HUFU_OK)
		return status;
	*found = false;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return HUFU_OK;
	status = io_read_file(path, STONE_BYTES_MAX, &text, error);
	if (status != HUFU_OK)
		return status;
	json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	*found = take_stone(vault, root, sha256, &stone);
	json_decref(root);
	bytes_done(&text);
	if (!*found)
		return fail(
		        error, HUFU_MALFORMED, view_of(path), "this tombstone was altered", "take it from a backup");
	*out = stone;
	return HUFU_OK;
}

/* ---- removing ---- */

/* Without its key an object is noise, also where a disk keeps what was unlinked. */
static hufu_status destroy(const char *path, hufu_error *error)
{
	static const uint8_t nothing[HEAD_LEN - AT_NONCE];
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return HUFU_OK;
	if (fd < 0 || pwrite(fd, nothing, sizeof nothing, AT_NONCE) != (ssize_t)sizeof nothing || fsync(fd) != 0 ||
	        unlink(path) != 0)
		return fail_errno(error, view_of(path), NULL);
	return io_sync_dir_of(path, error);
}

static bool is_reason(const char *reason)
{
	char shown[sizeof((struct vault_tombstone *)NULL)->reason];

	if (!reason[0] || strlen(reason) >= sizeof shown)
		return false;
	/* What printable() would change holds a control character or broken UTF-8. */
	printable(view_of(reason), shown, sizeof shown);
	return strcmp(shown, reason) == 0;
}

/* What a stone must say of an object that is there. One that is damaged goes too; of it the name alone is known. */
static hufu_status describe(
        struct vault *vault, const char *sha256, const char *reason, struct vault_tombstone *stone, hufu_error *error)
{
	struct vault_object object;

	hufu_status status = vault_verify(vault, sha256, &object, error);
	if (status == HUFU_MALFORMED && stone->sha256[0])
		return HUFU_OK; /* half removed: the stone knows more */
	if (status == HUFU_MALFORMED) {
		object = (struct vault_object){ .bytes = 0 };
		memcpy(object.sha256, sha256, sizeof object.sha256);
	} else if (status != HUFU_OK) {
		return status;
	}
	*stone = (struct vault_tombstone){ .bytes = object.bytes, .at = clock_now() };
	memcpy(stone->sha256, object.sha256, sizeof stone->sha256);
	memcpy(stone->sm3, object.sm3, sizeof stone->sm3);
	snprintf(stone->reason, sizeof stone->reason, "%s", reason);
	return HUFU_OK;
}

hufu_status vault_delete(struct vault *vault, const char *sha256, const char *reason, hufu_error *error)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD guard = -1;
	struct vault_tombstone stone = { .bytes = 0 };
	bool found = false;

	if (!is_reason(reason))
		return fail(error, HUFU_USAGE, (hufu_view){ 0 }, "an object is removed by a rule alone",
		        "name the rule in 1 to 255 bytes, on one line");
	hufu_status status = vault_path(vault, sha256, "", &path, error);
	if (status == HUFU_OK)
		status = vault_lock(vault, &guard, error);
	if (status == HUFU_OK)
		status = vault_tombstone(vault, sha256, &stone, &found, error);
	if (status != HUFU_OK)
		return status;
	/* A stone whose object lies there is of one that came again: what it says is said anew. */
	status = describe(vault, sha256, reason, &stone, error);
	if (status == HUFU_CONFLICT && found)
		return HUFU_OK;
	if (status == HUFU_OK)
		status = write_stone(vault, &stone, error);
	return status == HUFU_OK ? destroy(path, error) : status;
}
