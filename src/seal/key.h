/* The root key of a store: 32 random bytes that never lie inside it.
 *
 * It lies in $HUFU_KEY_FILE, else in ~/.config/hufu/keys/STORE-ID ($XDG_CONFIG_HOME is honoured), mode 0600;
 * a path inside the store (after resolving links) is refused, and so is a file that others can read. In memory
 * it is in sodium_malloc'ed pages (locked, guarded, wiped). Each use gets a subkey of its own (crypto_kdf). */
#ifndef HUFU_SEAL_KEY_H
#define HUFU_SEAL_KEY_H

#include "base/status.h"

struct key;

/* Subkeys by use; numbers are part of the format and never reused. */
enum key_use {
	KEY_CHECK_VALUE = 1, /* kept in the store in clear, to tell a wrong key: 16 bytes */
	KEY_TOKEN = 2,       /* SipHash of cells: 16 */
	KEY_CELL_CHECK = 3,  /* SipHash of token, row, column: 16 */
	KEY_ROW = 4,         /* SipHash of a row's key: 16 */
	KEY_PERSON = 5,      /* person numbers and their pads: 16 */
	KEY_BLOCK = 6,       /* MAC of a seal's blocks: 16 */
	KEY_SECRET = 7,      /* encrypted sections of a seal: 32 */
	KEY_AUDIT = 8,       /* MAC that chains the audit: 32 */
	KEY_VAULT = 9,       /* wraps objects' keys, marks tombstones: 64 */
	KEY_SIGN = 10,       /* seed of the signing key pair: 32 */
	KEY_ORDER = 11,      /* seeds that must not be guessed: 16 */
	KEY_LINKED = 13,     /* tokens of the people linked with a case: 16 */
	KEY_ACCOUNT = 12,    /* secrets of one-time codes; places of sign-ins, CSRF tokens: 64 */
};

/* Fills `out` (16 to 64 bytes). */
void key_subkey(const struct key *key, enum key_use use, uint8_t *out, size_t len);
void key_free(struct key *key);

/* A passphrase for a wrapped key: the first line of $HUFU_PASSPHRASE_FILE (mode 0600), else asked on the terminal
 * without echo. A `fresh` one is asked twice and must have eight bytes. The caller frees it, which wipes it. */
hufu_status key_passphrase(const char *prompt, bool fresh, char **out, hufu_error *error);
void key_passphrase_free(char *passphrase);
/* Something else that is secret (a password, a code): a line of standard input when that is no terminal, else asked
 * there as above; a `fresh` one is asked twice. The caller frees it in the same way. */
hufu_status key_secret_ask(const char *prompt, bool fresh, char **out, hufu_error *error);

/* New random key, written to `path` (refuses one that exists). */
hufu_status key_create(const char *path, struct key **out, hufu_error *error);
/* Asks for the passphrase of a wrapped one. */
hufu_status key_load(const char *path, struct key **out, hufu_error *error);
/* Whether the file at `path` is under a passphrase. */
hufu_status key_is_wrapped(const char *path, bool *wrapped, hufu_error *error);
/* Where the key of store `id` lies (caller frees), refusing a path inside `store_dir`. */
hufu_status key_path(const char *store_dir, const char *id, char **out, hufu_error *error);
/* `path` absolute and with links resolved (caller frees); one inside the store is HUFU_DENIED. */
hufu_status key_outside(const char *store_dir, const char *path, char **out, hufu_error *error);
/* Writes the key, in clear, to where there is none yet, with the directories above it. */
hufu_status key_install(const struct key *key, const char *path, hufu_error *error);
/* Writes the key under a passphrase (Argon2id, XSalsa20-Poly1305) to `path`, which must be new; restores it from there
 * (`passphrase` NULL: asks for it where one is needed). */
hufu_status key_backup(const struct key *key, const char *path, const char *passphrase, hufu_error *error);
hufu_status key_restore(const char *backup, const char *passphrase, struct key **out, hufu_error *error);
/* Writes the key file anew: under a passphrase, or in clear (mode 0600) when `passphrase` is NULL. */
hufu_status key_save(const struct key *key, const char *path, const char *passphrase, hufu_error *error);

#endif
