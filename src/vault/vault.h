/* Evidence by content: STORE/vault/ab/cdef... holds the bytes whose SHA-256 is abcdef..., encrypted under a key of
 * their own, which is wrapped under a subkey of the store's key. Nothing in it is ever altered; what a retention rule
 * removes leaves a tombstone. Bytes stream through: neither putting nor reading holds more than a piece in memory.
 * doc/vault-format.md has the format. */
#ifndef HUFU_VAULT_VAULT_H
#define HUFU_VAULT_VAULT_H

#include "base/bytes.h"
#include "seal/store.h"

struct vault;

enum { VAULT_DIGEST_TEXT = 65 };

struct vault_object {
	char sha256[VAULT_DIGEST_TEXT], sm3[VAULT_DIGEST_TEXT]; /* of the content; lower-case hex */
	uint64_t bytes;                                         /* of the content */
	bool existed;                                           /* it lay here already */
};

/* Makes the directory where there is none; the store (and its key) must outlive the vault. */
hufu_status vault_open(const struct store *store, struct vault **out, hufu_error *error);
void vault_close(struct vault *vault);

/* Takes all that is left to read of `fd` (file, pipe), a file, or some bytes. When it says HUFU_OK the object survives
 * a loss of power. Content that is here already is stored once; a copy here that was damaged is replaced. `shown` names
 * the source in errors. */
hufu_status vault_put(struct vault *vault, int fd, const char *shown, struct vault_object *out, hufu_error *error);
hufu_status vault_put_file(struct vault *vault, const char *path, struct vault_object *out, hufu_error *error);
hufu_status vault_put_bytes(struct vault *vault, hufu_view bytes, struct vault_object *out, hufu_error *error);

/* The same for content that comes piece by piece from whoever calls. Nothing of it is there before vault_intake_end
 * says HUFU_OK; that frees the intake in any case. vault_intake_free (NULL is fine) lets go of what has come so far. */
struct vault_intake;
hufu_status vault_intake_begin(struct vault *vault, struct vault_intake **out, hufu_error *error);
hufu_status vault_intake_add(struct vault_intake *intake, hufu_view piece, hufu_error *error);
hufu_status vault_intake_end(struct vault_intake *intake, struct vault_object *out, hufu_error *error);
void vault_intake_free(struct vault_intake *intake);

/* Hands the content on in pieces; anything but HUFU_OK from the sink ends it. Each piece is authentic, but only HUFU_OK
 * of the whole says that none is missing and that both digests are right. `error.where` names the object and `error.at`
 * the byte of its file at which the damage begins. A removed object is HUFU_CONFLICT, one that never was HUFU_IO. */
typedef hufu_status vault_sink(void *context, hufu_view piece, hufu_error *error);
hufu_status vault_read(struct vault *vault, const char *sha256, vault_sink *sink, void *context, hufu_error *error);
/* Reads it for nothing but the answer. `out` may be NULL. */
hufu_status vault_verify(struct vault *vault, const char *sha256, struct vault_object *out, hufu_error *error);
/* Writes the content to a new file of mode 0600, which appears only when it is whole. */
hufu_status vault_export(struct vault *vault, const char *sha256, const char *path, hufu_error *error);
/* All of a small object. */
hufu_status vault_load(struct vault *vault, const char *sha256, size_t max, struct bytes *out, hufu_error *error);

/* What its head says, which is authentic; the content is not looked at. */
hufu_status vault_about(struct vault *vault, const char *sha256, struct vault_object *out, hufu_error *error);
/* Whether its file lies here, and since when (seconds since 1970; `since` may be NULL). Nothing of it is read. */
bool vault_has(const struct vault *vault, const char *sha256, int64_t *since);

/* Calls `each` for every object, in order of digest. */
typedef hufu_status vault_visit(void *context, const char *sha256, hufu_error *error);
hufu_status vault_each(struct vault *vault, vault_visit *each, void *context, hufu_error *error);
/* Calls `each` for every file that belongs to the vault in this directory, tombstones too: its name within the vault
 * ("ab/cdef...") and its path. For backups, of which `dir` may be a copy. */
typedef hufu_status vault_visit_file(void *context, const char *name, const char *path, hufu_error *error);
hufu_status vault_each_file(const char *dir, vault_visit_file *each, void *context, hufu_error *error);

/* What is left of an object that a retention rule removed. Of one that was damaged by then only the name is known:
 * `sm3` is empty. */
struct vault_tombstone {
	char sha256[VAULT_DIGEST_TEXT], sm3[VAULT_DIGEST_TEXT];
	uint64_t bytes;
	int64_t at;       /* when it was removed */
	char reason[256]; /* the rule, as it was given */
};

/* Removes an object by a rule, whose words (1 to 255 bytes of UTF-8, no control characters) are kept: first the
 * tombstone is written, then the object's key is overwritten, then its file goes. Once more finishes what was
 * interrupted. */
hufu_status vault_delete(struct vault *vault, const char *sha256, const char *reason, hufu_error *error);
/* The tombstone, whose authenticity is checked; `found` false when there is none. */
hufu_status vault_tombstone(
        struct vault *vault, const char *sha256, struct vault_tombstone *out, bool *found, hufu_error *error);

#endif
