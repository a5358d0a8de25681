/* Time stamps of a case's timeline. Inside the room: those that are kept, held against the entries they are over.
 *
 * A stamp is put on the timeline's last entry and stands for all before it. It is an entry itself ("stamp"), which
 * names the entry it is over and the SHA-256 of its token: so a stamp cannot be lost, nor one be slipped in, without
 * the timeline telling otherwise. */
#ifndef HUFU_CASE_STAMPS_H
#define HUFU_CASE_STAMPS_H

#include "case/timeline.h"
#include "vault/stamp.h"

extern const char stamp_entry[]; /* what the entry of a stamp is called */

/* A stamp as it is kept. */
struct stamp_kept {
	int64_t seq;       /* of the entry it is over */
	hufu_view token;   /* TimeStampToken, DER */
	struct stamp says; /* what is in it, and the earliest time in it or in a later one; set by stamps_check */
	int64_t from;
};

/* Checks that each stamp (in the order of their entries) is over its entry, and that they are those of which the
 * timeline, itself checked before, tells. `trust` NULL: whoever signed them. Sets what they say. On a false, `fault`
 * has the entry (0: none) and why. */
struct stamps_fault {
	int64_t seq;
	const char *why;
};
bool stamps_check(const struct chain_entry *entries, size_t count, struct stamp_kept *kept, size_t kept_count,
        const struct sign_public *signer, struct stamp_trust *trust, struct stamps_fault *fault);

/* From when on this entry lies under a stamp: the earliest time in those that are over it or over a later one. False:
 * under none. */
bool stamps_cover(const struct stamp_kept *kept, size_t count, int64_t seq, int64_t *from);

/* A case's stamps out of the database, checked against its timeline (and not against any authority). They borrow from
 * `rows`. */
struct stamps {
	struct db_rows *rows;
	struct stamp_kept *kept;
	size_t count;
};
hufu_status stamps_read(struct casebook *book, const struct case_row *row, const struct timeline *timeline,
        struct stamps *out, hufu_error *error);
void stamps_done(struct stamps *stamps);
/* Both as of one instant, checked: what is added or given away goes on from a record that holds. */
hufu_status stamps_and_timeline(struct casebook *book, const struct case_row *row, struct timeline *timeline,
        struct stamps *stamps, hufu_error *error);

/* [{"seq", "hash", "at", "by", "serial"}], as the database has them. */
hufu_status stamps_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

#endif
