/* Bundles: a case as one file that somebody without store and key can check. doc/vault-format.md has the bytes.
 *
 * Making one is case_bundle. Checking one is bundle_verify: it knows no store and no key, and looks at the stranger's
 * bytes in a process of its own that is locked as the jail's reader is. */
#ifndef HUFU_CASE_BUNDLE_H
#define HUFU_CASE_BUNDLE_H

#include "base/bytes.h"
#include "case/case.h"
#include "vault/chain.h"

enum {
	BUNDLE_FORMAT = 1,
	BUNDLE_PACKED_MAX = 64 << 20, /* bytes of a bundle's file ... */
	BUNDLE_MAX = 128 << 20,       /* ... and of what it unpacks to */
	BUNDLE_ENTRIES_MAX = 100000,
	BUNDLE_NAME_MAX = 32,
};

/* ---- making ---- */

/* What was made. */
struct bundle_made {
	int64_t entries;
	char sha256[65]; /* of the file */
	char fingerprint[SIGN_FINGERPRINT_TEXT];
};

/* Writes a bundle of the case, open or closed, to a new file of mode 0600 and notes it in the timeline. HUFU_CONFLICT:
 * the file is there already. */
hufu_status case_bundle(
        struct casebook *book, const char *number, const char *path, struct bundle_made *out, hufu_error *error);

/* ---- checking ---- */

enum bundle_result { BUNDLE_UNREADABLE, BUNDLE_FAULT, BUNDLE_HOLDS };

/* What there is to say of a bundle. Plain data: it comes through a pipe. Texts are printable; numbers are 0 and texts
 * empty where it was not come to. */
struct bundle_report {
	enum bundle_result result;
	bool signer_proved;        /* the signer's fingerprint was given, and fits */
	int64_t entries, made_at;  /* seconds since 1970 */
	int64_t first_at, last_at; /* of its entries */
	char case_name[CASE_NUMBER_MAX];
	char head[CHAIN_HASH_TEXT];
	char fingerprint[SIGN_FINGERPRINT_TEXT];
	char member[BUNDLE_NAME_MAX]; /* the first thing that does not hold, or cannot be read: in which member, */
	int64_t entry;                /* at which entry, */
	char why[120];                /* and why */
};

/* Checks a bundle. `signer` is a fingerprint as people write it, or NULL. Other than HUFU_OK only when the file could
 * not be read or the process not be started. */
hufu_status bundle_verify(const char *path, const char *signer, struct bundle_report *out, hufu_error *error);
/* The same for bytes in memory, in this very process: for tests, fuzzing, and the process that is locked. */
void bundle_check(hufu_view packed, const char *signer, struct bundle_report *out);

#endif
