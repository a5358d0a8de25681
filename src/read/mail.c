/* Reader for mails (RFC 5322, MIME) and for files of several (mbox). Puts four sorts of parts into the sink:
 *
 *     PATH/headers      mail-headers  name, value: Received fields first, then the others, in their order
 *     PATH/text         mail-text     text: the lines that a person reads; one such part for each text of the mail
 *     PATH/status       mail-status   text: the lines of a report on the delivery of another mail (RFC 3464)
 *     PATH/attachments  mail-files    path, type, bytes, when there are any
 *
 * These tell of the mail and are not data of a leak: whoever looks for records passes over formats that begin with
 * "mail-". Beside them every text (PATH/body) and every attachment goes back to the door as a layer, so that a table
 * pasted into a mail is read as one, and a zip within it opened. In an mbox the first mail's PATH is the file's own;
 * those behind it lie under their numbers. Trusts nothing, opens nothing, seeks nothing. */
#include "read/mailread.h"

#include "base/auto.h"
#include "read/mime.h"

#include <stdio.h>

enum { PREAMBLE_MAX = 64 << 10 }; /* kept for the case that no boundary comes */

/* ---- parts ---- */

/* Whether the line at hand is the boundary that is really used: "--something", and a part's header behind it. */
static bool is_other_boundary(struct mail *mail, const struct mailtext_line *line)
{
	if (!line->starts || !line->ended || line->text.len < 3 || !view_starts(line->text, "--"))
		return false;
	/* The peek may move what the line shows. */
	char kept[MAILTEXT_BOUNDARY_MAX];
	hufu_view name = view_trim(view_from(line->text, 2));
	if (name.len == 0 || name.len > sizeof kept)
		return false;
	memcpy(kept, name.ptr, name.len);
	if (!mime_starts(mailtext_peek(&mail->text, 64), "content-"))
		return false;
	mail->text.levels--;
	return mailtext_open(&mail->text, view_make(kept, name.len));
}

/* The lines before the first boundary. Where none comes, they are what the mail says. */
static hufu_status read_preamble(struct mail *mail, unsigned level)
{
	struct bytes kept = { 0 };
	struct mailtext_line line;
	hufu_status st = HUFU_OK;
	while (mailtext_line(&mail->text, &line)) {
		if (kept.len < PREAMBLE_MAX) {
			bytes_add(&kept, line.text);
			if (line.ended)
				bytes_byte(&kept, '\n');
		}
		if (is_other_boundary(mail, &line)) {
			mail->damaged = true;
			mail->text.stop = MAILTEXT_NEXT;
			mail->text.stop_level = level;
		}
	}
	bool found = (mail->text.stop == MAILTEXT_NEXT || mail->text.stop == MAILTEXT_LAST) &&
	             mail->text.stop_level == level;
	if (!found) {
		mail->damaged = true;
		st = kept.failed ? HUFU_NO_MEMORY : HUFU_OK;
		if (st == HUFU_OK && mail_is_text(bytes_view(&kept)))
			st = mail_give_plain(mail, (hufu_view){ 0 }, bytes_view(&kept));
	}
	bytes_done(&kept);
	return st;
}

static hufu_status read_entity(struct mail *mail);

static bool at_next(const struct mail *mail, unsigned level)
{
	return mail->text.stop == MAILTEXT_NEXT && mail->text.stop_level == level && !mail->job->spent;
}

/* Recursion is bounded by the levels of mailtext. */
static hufu_status read_multipart(struct mail *mail, bool alternative)
{
	unsigned level = mail->text.levels - 1;
	struct mailtext_line line;
	mail->levels[level].alternative = alternative;
	mail->levels[level].plain = 0;
	hufu_status st = read_preamble(mail, level);
	while (st == HUFU_OK && at_next(mail, level)) {
		mail->text.stop = MAILTEXT_GOES_ON;
		mailfields_read(&mail->fields, &mail->text);
		mail->damaged = mail->damaged || mail->fields.malformed || mail->fields.dropped;
		st = read_entity(mail);
		while (st == HUFU_OK && mailtext_line(&mail->text, &line))
			;
	}
	bool closed = mail->text.stop == MAILTEXT_LAST && mail->text.stop_level == level;
	mail->damaged = mail->damaged || (!closed && !mail->job->spent);
	mail->text.levels = level;
	if (closed) {
		mail->text.stop = MAILTEXT_GOES_ON;
		while (st == HUFU_OK && mailtext_line(&mail->text, &line))
			;
	}
	return st;
}

static hufu_status read_entity(struct mail *mail)
{
	hufu_view type = mailfields_find(&mail->fields, "Content-Type");
	if (!mime_starts(type, "multipart/"))
		return mail_read_leaf(mail);
	struct bytes boundary = { 0 };
	bool alternative = mime_starts(type, "multipart/alternative");
	bool named = mime_parameter(type, "boundary", &boundary) && !boundary.failed && boundary.len;
	bool open = named && mailtext_open(&mail->text, bytes_view(&boundary));
	bytes_done(&boundary);
	if (open)
		return read_multipart(mail, alternative);
	if (named)
		return mail_unread(mail, "", JAIL_WHY_DEPTH);
	mail->damaged = true;
	return mail_read_leaf(mail);
}

/* ---- mails ---- */

/* An address a line, labelled as in a letter; commas inside a quoted name part nothing. */
static void add_addresses(struct bytes *out, const char *label, hufu_view list)
{
	bool quoted = false, address = false;
	bytes_text(out, label);
	bytes_text(out, ": ");
	for (size_t i = 0; i < list.len; i++) {
		char c = list.ptr[i];
		quoted = quoted != (c == '"');
		address = address || c == '@';
		bool parts = c == ',' && !quoted && address;
		if (parts) {
			bytes_byte(out, '\n');
			bytes_text(out, label);
			bytes_byte(out, ':');
		} else {
			bytes_byte(out, c);
		}
		address = address && !parts;
	}
	bytes_byte(out, '\n');
}

/* Who wrote and who received: people, where the mail is one of a mailbox that leaked. A single mail is a message to us,
 * and the address that it came to says nothing of what it brings. */
static hufu_status give_people(struct mail *mail)
{
	static const char *const names[] = { "From", "Reply-To", "To", "Cc", "Bcc" };
	char room[MAIL_PATH_ROOM];
	struct bytes text = { 0 };
	hufu_status st = HUFU_OK;
	if (mail->path_len == 0 && !mail->text.mbox)
		return HUFU_OK;
	for (size_t i = 0; i < LEN(names); i++) {
		struct bytes value = { 0 };
		mime_words(mailfields_find(&mail->fields, names[i]), &value);
		if (mail_is_text(bytes_view(&value)))
			add_addresses(&text, names[i], bytes_view(&value));
		text.failed = text.failed || value.failed;
		bytes_done(&value);
	}
	AUTO_FREE struct source *source = malloc(sizeof *source);
	if (!source || text.failed) {
		st = HUFU_NO_MEMORY;
	} else if (mail_is_text(bytes_view(&text))) {
		source_memory(source, bytes_view(&text));
		st = job_layer(mail->job, source, mail_path(mail, view_of("people"), room), view_of("people.txt"));
	}
	bytes_done(&text);
	return st;
}

static hufu_status read_one(struct mail *mail)
{
	mail->number = 0;
	mail->damaged = false;
	mail->files.len = 0;
	mailfields_read(&mail->fields, &mail->text);
	hufu_status st = mail_put_headers(mail);
	if (st == HUFU_OK)
		st = give_people(mail);
	if (st == HUFU_OK)
		st = read_entity(mail);
	if (st == HUFU_OK)
		st = mail_put_files(mail);
	return st == HUFU_OK && mail->damaged ? mail_unread(mail, "", JAIL_WHY_DAMAGED) : st;
}

/* Past the mark of UTF-8 and the "From " of an mbox. */
static void skip_from(struct mail *mail)
{
	struct mailtext_line line;
	if (view_starts(mailtext_peek(&mail->text, 3), "\xef\xbb\xbf"))
		mail->text.at += 3;
	mail->text.mbox = mailtext_is_from(mailtext_peek(&mail->text, 256));
	if (mail->text.mbox)
		(void)mailtext_raw(&mail->text, &line);
	mail->text.blank_line = false;
}

static hufu_status read_all(struct mail *mail)
{
	size_t outer = mail->path_len;
	hufu_status st = HUFU_OK;
	skip_from(mail);
	for (unsigned number = 1; st == HUFU_OK; number++) {
		if (!job_member(mail->job))
			return mail_unread(mail, "", JAIL_WHY_MEMBERS);
		if (number > 1) {
			mail->path_len = outer;
			mail->path_len += (size_t)snprintf(
			        mail->path + outer, sizeof mail->path - outer, "%s%u", outer ? "/" : "", number);
			skip_from(mail);
		}
		st = read_one(mail);
		job_progress(mail->job);
		if (mail->text.stop != MAILTEXT_MAIL || mail->job->spent)
			break;
		mail->text.stop = MAILTEXT_GOES_ON;
		mail->text.levels = 0;
	}
	return st;
}

static hufu_status read_mail(struct job *job, struct source *source, hufu_view path)
{
	AUTO_FREE struct mail *mail = malloc(sizeof *mail);
	if (!mail)
		return HUFU_NO_MEMORY;
	mail->job = job;
	mail->path_len = path.len < MAIL_PATH_ROOM / 2 ? path.len : MAIL_PATH_ROOM / 2;
	memcpy(mail->path, path.ptr, mail->path_len);
	mailtext_init(&mail->text, source);
	mail->fields.text = mail->files = (struct bytes){ 0 };
	mail->spent_told = false;
	hufu_status st = read_all(mail);
	if (mail->fields.text.failed)
		st = HUFU_NO_MEMORY;
	bytes_done(&mail->fields.text);
	bytes_done(&mail->files);
	return st;
}

/* ---- claims ---- */

/* Takes the next line off `text`; the last one, which may be cut, does not count. */
static bool next_line(hufu_view *text, hufu_view *line)
{
	const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	if (!end)
		return false;
	*line = view_make(text->ptr, (size_t)(end - text->ptr));
	*text = view_from(*text, line->len + 1);
	return true;
}

/* Fields at the very beginning, of names that mails have, and one among them that hardly anything else has. A list of
 * "Name: ..., E-mail: ..." has none. */
static bool claims(hufu_view head, hufu_view name)
{
	if (view_starts(head, "\xef\xbb\xbf"))
		head = view_from(head, 3);
	bool from_line = mailtext_is_from(head);
	unsigned known = 0, marks = 0;
	hufu_view line;
	if (from_line)
		(void)next_line(&head, &line);
	for (bool first = true; next_line(&head, &line); first = false) {
		bool sure, folded = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
		size_t len = mailfields_name(line);
		if (folded && !first)
			continue;
		if (!len)
			break;
		hufu_view field = { line.ptr, len };
		known += mailfields_known(field, &sure);
		marks += sure;
	}
	/* Without any mark nothing in it is coded, and running text loses nothing. */
	if (from_line || (name.len > 4 && mime_starts(view_from(name, name.len - 4), ".eml")))
		return known > 0;
	return marks > 0 && known > 1;
}

const struct reader reader_mail = { .name = "mail", .container = true, .claims = claims, .read = read_mail };
