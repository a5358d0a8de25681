/* A timeline's entries as a chain: each carries the hash of the one before it and is signed, so that nothing can be
 * altered, dropped, inserted or moved without the signer's key, nor cut off where the head is known. Pure data: no
 * database, no clock. doc/vault-format.md has the bytes. */
#ifndef HUFU_VAULT_CHAIN_H
#define HUFU_VAULT_CHAIN_H

#include "sign.h"

enum { CHAIN_HASH_LEN = 32, CHAIN_HASH_TEXT = 65 };

struct chain_hash {
	uint8_t bytes[CHAIN_HASH_LEN];
};

/* An entry; borrows its texts. Fill the first part, then chain_add sets `previous` and `hash`. */
struct chain_entry {
	hufu_view case_name;      /* the same in all entries of a timeline: the case's number */
	int64_t seq;              /* from 1, without gaps */
	int64_t at;               /* seconds since 1970 */
	hufu_view by, what, body; /* body: the JSON as it is kept, byte for byte */
	struct chain_hash previous, hash;
	hufu_view signature; /* text, as sign_make makes it */
};

/* The end of a chain: of an empty one, `seq` 0 and a hash of zeros. */
struct chain_head {
	int64_t seq;
	struct chain_hash hash;
};

/* Chains `entry` behind `head` (sets seq, previous, hash; moves the head on) and signs it into `signature`, which the
 * entry borrows. */
hufu_status chain_add(struct chain_head *head, struct chain_entry *entry, const struct sign_key *key,
        char signature[SIGN_TEXT], hufu_error *error);

/* A statement "as of `at`, this case's timeline ended here", signed: what a bundle carries. */
hufu_status chain_head_sign(const struct chain_head *head, hufu_view case_name, int64_t at, const struct sign_key *key,
        char out[SIGN_TEXT], hufu_error *error);
hufu_status chain_head_check(const struct chain_head *head, hufu_view case_name, int64_t at,
        const struct sign_public *signer, hufu_view signature, hufu_error *error);

/* What a time stamp over an entry is put on: its hash, which stands for all entries before it, and its signature, so
 * that nobody who comes by the key later can sign what he had stamped before. */
hufu_status chain_stamp_hash(
        const struct chain_entry *entry, const struct sign_public *signer, struct chain_hash *out, hufu_error *error);

/* The first thing that does not hold. */
struct chain_fault {
	size_t index;    /* of the entry; `count` when something is wrong behind the last */
	int64_t seq;     /* that belongs there */
	const char *why; /* a constant */
};

/* Whether the entries are one whole chain from 1 on by this signer. `signer` NULL: everything but the signatures.
 * `head` NULL: how long it ought to be is not known, and a cut end is not found. HUFU_MALFORMED when something does
 * not hold, and `fault` says what. */
hufu_status chain_verify(const struct chain_entry *entries, size_t count, const struct sign_public *signer,
        const struct chain_head *head, struct chain_fault *fault);

/* 64 hex digits, and back. */
void chain_hash_print(const struct chain_hash *hash, char out[CHAIN_HASH_TEXT]);
bool chain_hash_parse(hufu_view text, struct chain_hash *out);

#endif
