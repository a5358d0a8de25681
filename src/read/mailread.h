/* One mail being read, for the files that share the work: what tells of it (mailtold.c), its texts and attachments
 * (mailleaf.c), and its parts and the mails of an mbox (mail.c). Internal to these three. */
#ifndef HUFU_READ_MAILREAD_H
#define HUFU_READ_MAILREAD_H

#include "read/mailfields.h"
#include "read/mailtext.h"
#include "read/read.h"

enum {
	MAIL_PATH_ROOM = JAIL_PATH_MAX * 2,
	MAIL_TEXT_MAX = 1 << 20, /* of a text that is shown line by line; all of it is read as a layer */
};

/* One mail being read. */
struct mail {
	struct job *job;
	char path[MAIL_PATH_ROOM];
	size_t path_len;
	struct mailtext text;
	struct mailfields fields; /* of the part under way */
	/* By level: whether its parts are versions of one, and how much plain text there was. */
	struct {
		bool alternative;
		size_t plain;
	} levels[MAILTEXT_LEVELS];
	unsigned number; /* of parts that have no name */
	bool damaged, spent_told;
	struct bytes files; /* lines of path, type and bytes, parted by line ends */
};

/* Where something in the mail lies: "PATH/name", written to `out`. */
hufu_view mail_path(struct mail *mail, hufu_view name, char out[MAIL_PATH_ROOM]);
/* Tells that `name` in it, or "" for all of it, could not be read. */
hufu_status mail_unread(struct mail *mail, const char *name, enum jail_why why);

/* ---- what tells of it ---- */

hufu_status mail_put_headers(struct mail *mail);
/* Line by line, up to MAIL_TEXT_MAX. */
hufu_status mail_put_text(struct mail *mail, const char *name, const char *format, hufu_view text);
/* Notes an attachment, of `bytes` in all, for mail_put_files. */
void mail_list_file(struct mail *mail, hufu_view path, hufu_view type, uint64_t bytes);
hufu_status mail_put_files(struct mail *mail);

/* ---- what it brings ---- */

bool mail_is_text(hufu_view text);
/* A text in `charset`, shown and read as a layer. */
hufu_status mail_give_plain(struct mail *mail, hufu_view charset, hufu_view raw);
/* The part whose fields were read, which has no parts itself: a text or an attachment. */
hufu_status mail_read_leaf(struct mail *mail);

#endif
