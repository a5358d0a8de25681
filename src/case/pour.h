/* The bytes of an object in the vault as a descriptor, for the jail to read. They never touch a disk in clear: small
 * ones lie in memory (and can be sought in, as archives want it), large ones come through a pipe that a thread fills.
 * Inside the room. */
#ifndef HUFU_CASE_POUR_H
#define HUFU_CASE_POUR_H

#include "vault/vault.h"

#include <pthread.h>

enum { POUR_MEMORY_MAX = 256 << 20 };

struct pour {
	int fd; /* to be read; the pour's own */
	/* Of the thread that fills a pipe. */
	bool running, stopped;
	pthread_t thread;
	int into;
	struct vault *vault;
	char sha256[VAULT_DIGEST_TEXT];
	hufu_status status;
	hufu_error error;
};

/* The vault is the thread's until pour_close. */
hufu_status pour_open(struct vault *vault, const char *sha256, uint64_t bytes, struct pour *out, hufu_error *error);
/* Whoever reads must have ended. A damage that the thread met is told; that it was not read to its end is none. */
hufu_status pour_close(struct pour *pour, hufu_error *error);

#endif
