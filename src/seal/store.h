/* The store: a directory with `store.json` (version, id, zone, check value of the key), `seals/`, `audit`, `lock`.
 * Whoever changes seals holds the lock exclusively; whoever reads them needs none, since a seal is replaced whole. */
#ifndef HUFU_SEAL_STORE_H
#define HUFU_SEAL_STORE_H

#include "seal/key.h"

struct store {
	char *dir;      /* absolute */
	char id[33];    /* 32 hex digits */
	char *zone;     /* IANA name: what a bare date means */
	char check[33]; /* of its key, 32 hex digits */
	struct key *key;
	int lock_fd; /* -1 unless held */
};

/* --store DIR, else $HUFU_STORE, else $XDG_DATA_HOME/hufu, else ~/.local/share/hufu; the caller frees. */
hufu_status store_dir(const char *option, char **out, hufu_error *error);
/* Makes a store and its key; refuses a directory that holds one already. `zone` NULL: Asia/Shanghai. */
hufu_status store_init(const char *dir, const char *zone, struct store **out, hufu_error *error);
/* The same, its key in a file of the caller's choice (NULL: where keys lie): for a store that is gone in a minute. */
hufu_status store_init_with_key(
        const char *dir, const char *zone, const char *key_file, struct store **out, hufu_error *error);
/* Opens it and its key. No store there, a newer version, no key, a wrong key: each its own line. */
hufu_status store_open(const char *dir, struct store **out, hufu_error *error);
/* Opens it without its key: `key` is NULL. For what brings a key back. */
hufu_status store_peek(const char *dir, struct store **out, hufu_error *error);
/* Whether this is the store's key: HUFU_DENIED when not, naming `path` as where it came from. */
hufu_status store_key_fits(const struct store *store, const struct key *key, const char *path, hufu_error *error);
/* Waits up to ten seconds for the writers' lock. */
hufu_status store_lock(struct store *store, hufu_error *error);
void store_close(struct store *store);
/* STORE/seals/DATASET.seal (caller frees). A dataset's name: 1 to 100 bytes of UTF-8, no '/', no control
 * character, no leading '.' or '-'. */
hufu_status store_seal_path(const struct store *store, hufu_view dataset, char **out, hufu_error *error);
/* The names of all datasets sealed, sorted; the caller frees each and the array. */
hufu_status store_datasets(const struct store *store, char ***out, size_t *count, hufu_error *error);

#endif
