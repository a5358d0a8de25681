/* A mail collected over the jail's door: what its reader says of it, checked and copied. The mail itself is parsed in
 * the jail alone. */
#ifndef HUFU_CASE_MAIL_H
#define HUFU_CASE_MAIL_H

#include "base/bytes.h"
#include "base/status.h"

enum { CASE_MAIL_HEADERS_MAX = 4096, CASE_MAIL_FILES_MAX = 2000, CASE_MAIL_TEXT_MAX = 4 << 20 };

/* Views into `store`, which the struct owns. All text is UTF-8 and a stranger's: printable() before it is shown. */
struct case_mail {
	bool is_mail; /* false: the file is no mail, and the rest is empty */
	struct case_mail_header {
		hufu_view name, value;
	} * headers; /* owned; Received fields first, then the others, in their order */
	size_t header_count;
	hufu_view subject, date, text; /* "" where there is none; the text's lines end in LF */
	struct case_mail_file {
		hufu_view path, type;
		uint64_t bytes;
	} * files; /* owned; what is attached */
	size_t file_count;
	struct case_mail_unread {
		hufu_view path;
		const char *why; /* constant */
	} * unread;              /* owned */
	size_t unread_count;
	unsigned mails; /* further mails of an mbox, which are not collected */
	bool cut;       /* there was more of something than is kept */
	struct bytes store;
};

/* Reads the mail at `fd` (borrowed) in the jail. `name` is the file's name, by which a letter without a mail's marks is
 * still one when it ends in ".eml". HUFU_OK also for what is no mail, or a malformed one: `unread` says why. `out` is
 * made anew; case_mail_done also after a failure. */
hufu_status case_mail_read(int fd, hufu_view name, struct case_mail *out, hufu_error *error);
void case_mail_done(struct case_mail *mail);

/* The first value of that header; empty when there is none. */
hufu_view case_mail_header(const struct case_mail *mail, const char *name);

#endif
