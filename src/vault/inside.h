/* What the files of the vault share. */
#ifndef HUFU_VAULT_INSIDE_H
#define HUFU_VAULT_INSIDE_H

#include "object.h"

enum { WRAPPING_LEN = 32, MARKING_LEN = 32 };

struct vault_keys {
	uint8_t wrapping[WRAPPING_LEN]; /* of objects' keys */
	uint8_t marking[MARKING_LEN];   /* MAC of tombstones */
};

struct vault {
	char *dir;
	struct vault_keys *keys; /* in locked memory */
};

hufu_status vault_no_memory(hufu_error *error);
/* STORE/vault/ab/cdef... and `suffix` (caller frees); refuses what is no digest. */
hufu_status vault_path(
        const struct vault *vault, const char *sha256, const char *suffix, char **out, hufu_error *error);
/* Held by whoever moves an object in or out; closing it gives it back. */
hufu_status vault_lock(const struct vault *vault, int *fd, hufu_error *error);

#endif
