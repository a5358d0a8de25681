/* Bundles: a case as one file that somebody without store and key can check. doc/vault-format.md has the bytes.
 *
 * Making one is case_bundle. Checking one is bundle_verify: it knows no store and no key, and looks at the stranger's
 * bytes in a process of its own that is locked as the jail's reader is. */
#ifndef HUFU_CASE_BUNDLE_H
#define HUFU_CASE_BUNDLE_H

#include "base/bytes.h"
#include "case/case.h"
#include "vault/chain.h"
#include "vault/stamp.h"

enum {
	BUNDLE_FORMAT = 2,            /* that is written; 1 had no time stamps, and is read too */
	BUNDLE_PACKED_MAX = 64 << 20, /* bytes of a bundle's file ... */
	BUNDLE_MAX = 128 << 20,       /* ... and of what it unpacks to */
	BUNDLE_ENTRIES_MAX = 100000,
	BUNDLE_NAME_MAX = 32,
	BUNDLE_STAMP_SECONDS = 5, /* that an authority has to stamp what goes into a bundle */
};

/* ---- making ---- */

/* What was made. */
struct bundle_made {
	int64_t entries;
	char sha256[65]; /* of the file */
	char fingerprint[SIGN_FINGERPRINT_TEXT];
	char unstamped[512]; /* why the authority of the settings did not stamp it before; "": it did, or there is none
	                      */
};

/* Writes a bundle of the case, open or closed, to a new file of mode 0600 and notes it in the timeline. Where an
 * authority is set, and the case is no drill, the timeline is stamped before; when that fails, the bundle is made all
 * the same, and says so.
 * HUFU_CONFLICT: the file is there already. */
hufu_status case_bundle(
        struct casebook *book, const char *number, const char *path, struct bundle_made *out, hufu_error *error);

/* ---- checking ---- */

enum bundle_result { BUNDLE_UNREADABLE, BUNDLE_FAULT, BUNDLE_HOLDS };

/* From says.at on, a stamp protects entries 1 to `entries`. */
struct bundle_stamp {
	int64_t entries;
	struct stamp says;
};

/* What there is to say of a bundle. Plain data: it comes through a pipe. Texts are printable; numbers are 0 and texts
 * empty where it was not come to. */
struct bundle_report {
	enum bundle_result result;
	bool signer_proved;        /* the signer's fingerprint was given, and fits */
	bool authority_proved;     /* the authority's certificates were given, and all stamps hold by them */
	int64_t entries, made_at;  /* seconds since 1970 */
	int64_t first_at, last_at; /* of its entries */
	char case_name[CASE_NUMBER_MAX];
	int64_t stamp_count;               /* 0: no outside time stamp is in it, and no more of them is said */
	struct bundle_stamp first, newest; /* the earliest in time; the one over the latest entry */
	char head[CHAIN_HASH_TEXT];
	char fingerprint[SIGN_FINGERPRINT_TEXT];
	char member[BUNDLE_NAME_MAX]; /* the first thing that does not hold, or cannot be read: in which member, */
	int64_t entry;                /* at which entry, */
	char why[200];                /* and why */
};

/* Checks a bundle. `signer` is a fingerprint as people write it, or NULL; `ca_file` the certificates of authorities
 * whose time stamps are to be believed, or NULL. Other than HUFU_OK only when a file could not be read or the process
 * not be started. */
hufu_status bundle_verify(
        const char *path, const char *signer, const char *ca_file, struct bundle_report *out, hufu_error *error);
/* The same for bytes in memory, in this very process: for tests, fuzzing, and the process that is locked. */
void bundle_check(hufu_view packed, const char *signer, struct stamp_trust *trust, struct bundle_report *out);

#endif
