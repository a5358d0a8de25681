/* Notices: telling the people of a case, each once. The room's door.
 *
 * A notice is written (one text a version, in Chinese and English, approved with everything in it but the kinds of the
 * one person's data), released by a second person, and then sent: the people of the case are joined with contacts from
 * a source of ours at that moment, and no address is kept. What was not answered is in doubt, and settled by a person;
 * nothing is ever sent again by itself that may have arrived. doc/notices.md tells it to a legal reader. */
#ifndef HUFU_NOTIFY_NOTIFY_H
#define HUFU_NOTIFY_NOTIFY_H

#include "case/case.h"

/* Writes a version: the first, the next after one that was released, or the one under way anew. `text`: a file with the
 * parts "## subject", "## zh", "## en", "## sms"; NULL: the template. Everybody linked is planned. */
hufu_status notice_write(struct casebook *book, const char *number, const struct config *config, const char *text,
        json_t **out, hufu_error *error);
/* Releases the version under way: another account than wrote it. Where a store has no accounts, `by` names the second
 * person, and the timeline says that nothing proves it; else it must be NULL. Everybody linked by now is planned. */
hufu_status notice_release(struct casebook *book, const char *number, const char *by, hufu_error *error);

/* {"case", "drill", "linked", "unplanned" (linked, and in no entry of the newest version), "versions" [{"version",
 * "subject", "zh", "en", "sms", "written_at", "written_by", "released_at", "released_by", "proved", "tests", "people",
 * "counts" {state: n}, "next_at"}], "open" [{"n", "version", "person", "state", "channel", "message", "code", "status",
 * "why", "attempts", "settled_at"}]: what a person must settle, at most 1,000}. */
hufu_status notice_show(struct casebook *book, const char *number, json_t **out, hufu_error *error);

struct notice_sending {
	const char *const *from; /* "DATASET=SOURCE" */
	size_t from_count;
	const char *person, *mail, *mobile; /* names of columns; NULL: as sealed, as they look */
	const char *test_to;                /* everything goes to this address, and nobody counts as told */
	uint64_t most;                      /* so many people at most; 0: all */
	void (*progress)(uint64_t done, uint64_t all);
};
/* Sends what is due of the newest released version. `out`: {"case", "version", "sent", "refused", "later", "doubt",
 * "no_contact", "lost", "drill", "tests", "stopped" (why it ended early, or null), "next_at"}. `left`: somebody is not
 * told yet, or is in doubt. Once more goes on where it ended. */
hufu_status notice_send(struct casebook *book, const char *number, const struct config *config,
        const struct notice_sending *sending, json_t **out, bool *left, hufu_error *error);

/* Entry `n`, which is in doubt, refused, bounced or waits: "sent" (it arrived), "again" (the next sending takes it). */
hufu_status notice_settle(struct casebook *book, const char *number, int64_t n, const char *how, hufu_error *error);

/* Reports of mail servers (RFC 3464), as mails or mailboxes: what came back becomes "bounced", found by its Message-ID.
 * `out`: {"bounced", "again" (said before), "delayed" (still on its way: nothing changes), "unknown" (reports on other
 * mails), "unread" [{what, why}]}. */
hufu_status notice_bounces(struct casebook *book, const char *number, const char *const *paths, size_t count,
        json_t **out, hufu_error *error);

/* Who need not be told by law, and why: values of a dataset's person column, one a line. Of the newest version, and of
 * those that follow. `out`: {"exempt", "unknown" (lines that name nobody of the case), "told" (already)}. */
struct notice_exemption {
	const char *dataset, *why;
	hufu_view people;
};
hufu_status notice_exempt(struct casebook *book, const char *number, const struct notice_exemption *exemption,
        json_t **out, hufu_error *error);

#endif
