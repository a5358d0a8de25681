/* Time stamps (RFC 3161): a third party's signed word that a hash existed at a time. It protects what was stamped from
 * then on against everybody, the holder of the store's key included. */
#ifndef HUFU_VAULT_STAMP_H
#define HUFU_VAULT_STAMP_H

#include "base/bytes.h"
#include "base/status.h"

enum { STAMP_HASH_LEN = 32, STAMP_NAME_MAX = 200 };

/* What is asked for: a stamp over a SHA-256, with a nonce and the signer's certificate. `out` gets the DER bytes of a
 * TimeStampReq; keep them until the answer is there. */
hufu_status stamp_request(const uint8_t hash[STAMP_HASH_LEN], struct bytes *out, hufu_error *error);

/* Sends it to an authority at an http or https address (a stamp is signed, so http is enough) and takes the answer,
 * which stamp_check_response must then judge. No redirection is followed, at most a mebibyte taken; all of it may take
 * so many seconds. */
hufu_status stamp_request_over_http(
        const char *url, hufu_view request, unsigned seconds, struct bytes *response, hufu_error *error);

/* Certificates of authorities that are trusted, out of a file of PEM certificates. Serves one thread. */
struct stamp_trust;
hufu_status stamp_trust_load(const char *ca_file, struct stamp_trust **out, hufu_error *error);
void stamp_trust_free(struct stamp_trust *trust);
/* Has OpenSSL load now what it would load at the first check: for a process that is about to lock itself in. */
void stamp_prepare(void);

/* What a good stamp says. */
struct stamp {
	int64_t at;                  /* the time in it */
	char serial[STAMP_NAME_MAX]; /* hex */
	char by[STAMP_NAME_MAX];     /* subject of the certificate that signed it, printable */
};

/* Checks a TimeStampResp (the answer) against the request it answers, its nonce included: HUFU_DENIED when the
 * authority refused, HUFU_MALFORMED when it is none or does not hold, or is over something else. `token` (may be NULL)
 * gets the DER bytes of the TimeStampToken, which is what to keep. */
hufu_status stamp_check_response(hufu_view response, hufu_view request, struct stamp_trust *trust, struct bytes *token,
        struct stamp *out, hufu_error *error);
/* Checks a token, or a whole response, over this hash. The certificates must have been good at the time of the stamp,
 * not now: a stamp is looked at years later. `trust` NULL: that its signature holds by the certificate it brings itself
 * is all that is asked, and anybody can make such a one. */
hufu_status stamp_check(hufu_view token, const uint8_t hash[STAMP_HASH_LEN], struct stamp_trust *trust,
        struct stamp *out, hufu_error *error);

#endif
