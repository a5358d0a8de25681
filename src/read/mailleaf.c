/* What a mail brings: the bytes of one part, decoded as they are asked for, as a text or as an attachment. */
#include "base/auto.h"
#include "read/charset.h"
#include "read/held.h"
#include "read/html.h"
#include "read/mailread.h"
#include "read/mime.h"

enum { HTML_MAX = 8 << 20 }; /* longer HTML is not reduced */

/* ---- the bytes of one part ---- */

struct body {
	struct source source; /* what it holds, decoded */
	struct mail *mail;
	struct mime_decoder decoder;
	bool ended_line, crlf; /* the line before was ended, and how: the last end belongs to the boundary */
	size_t at, len;
	char out[MAILTEXT_BUFFER + 2];
};

static bool fill(struct body *body)
{
	struct mailtext_line line;
	body->at = body->len = 0;
	while (body->len == 0) {
		if (!mailtext_line(&body->mail->text, &line))
			return false;
		bool lines = body->decoder.transfer != MIME_BASE64;
		if (lines && body->ended_line && body->crlf)
			body->out[body->len++] = '\r';
		if (lines && body->ended_line)
			body->out[body->len++] = '\n';
		body->len += mime_decode(&body->decoder, line.text, line.whole, body->out + body->len);
		body->ended_line = line.ended && !body->decoder.soft;
		body->crlf = line.crlf;
	}
	return true;
}

static size_t pull_body(struct source *source, void *into, size_t len)
{
	struct body *body = source->user;
	if (body->at == body->len && !fill(body))
		return 0;
	if (len > body->len - body->at)
		len = body->len - body->at;
	memcpy(into, body->out + body->at, len);
	body->at += len;
	return len;
}

static struct body *body_new(struct mail *mail)
{
	struct body *body = malloc(sizeof *body);
	if (!body)
		return NULL;
	body->source = (struct source){ .pull = pull_body, .user = body, .fd = -1 };
	body->mail = mail;
	body->decoder = (struct mime_decoder){ .transfer = mime_transfer(
		                                       mailfields_find(&mail->fields, "Content-Transfer-Encoding")) };
	body->ended_line = body->crlf = false;
	body->at = body->len = 0;
	return body;
}

static void drain(struct body *body)
{
	char waste[16 << 10];
	while (source_read(&body->source, waste, sizeof waste))
		job_progress(body->mail->job);
}

/* ---- texts ---- */

bool mail_is_text(hufu_view text)
{
	return view_trim(text).len > 0;
}

/* Shown by lines, and read as a layer. */
static hufu_status give_text(struct mail *mail, hufu_view text)
{
	char room[MAIL_PATH_ROOM];
	AUTO_FREE struct source *source = malloc(sizeof *source);
	if (!source)
		return HUFU_NO_MEMORY;
	hufu_status st = mail_put_text(mail, "text", "mail-text", text);
	source_memory(source, text);
	hufu_view path = mail_path(mail, view_of("body"), room);
	return st == HUFU_OK ? job_layer(mail->job, source, path, view_of("body.txt")) : st;
}

/* The innermost level whose parts are versions of one another. */
static size_t *plain_so_far(struct mail *mail)
{
	for (unsigned level = mail->text.levels; level-- > 0;)
		if (mail->levels[level].alternative)
			return &mail->levels[level].plain;
	return NULL;
}

static hufu_status give_html(struct mail *mail, hufu_view charset, hufu_view raw)
{
	struct bytes decoded = { 0 }, text = { 0 };
	size_t *plain = plain_so_far(mail);
	hufu_status st = HUFU_OK;
	charset_decode(charset, raw, &decoded);
	html_text(bytes_view(&decoded), &text);
	/* Beside a plain version it is passed over, unless that says little of what it says. */
	if (decoded.failed || text.failed)
		st = HUFU_NO_MEMORY;
	else if (mail_is_text(bytes_view(&text)) && (!plain || *plain * 2 < text.len))
		st = give_text(mail, bytes_view(&text));
	bytes_done(&decoded);
	bytes_done(&text);
	return st;
}

hufu_status mail_give_plain(struct mail *mail, hufu_view charset, hufu_view raw)
{
	struct bytes decoded = { 0 };
	size_t *plain = plain_so_far(mail);
	hufu_status st = HUFU_OK;
	charset_decode(charset, raw, &decoded);
	if (decoded.failed)
		st = HUFU_NO_MEMORY;
	else if (mail_is_text(bytes_view(&decoded)))
		st = give_text(mail, bytes_view(&decoded));
	if (plain)
		*plain += decoded.len;
	bytes_done(&decoded);
	return st;
}

/* Text too long to be held twice: its beginning is shown, all of it read as any file is. */
static hufu_status give_long(struct mail *mail, hufu_view charset, struct held *held)
{
	char room[MAIL_PATH_ROOM];
	struct bytes decoded = { 0 };
	size_t *plain = plain_so_far(mail);
	charset_decode(
	        charset, view_make(held->bytes, held->len < MAIL_TEXT_MAX ? held->len : MAIL_TEXT_MAX), &decoded);
	hufu_status st =
	        decoded.failed ? HUFU_NO_MEMORY : mail_put_text(mail, "text", "mail-text", bytes_view(&decoded));
	bytes_done(&decoded);
	if (plain)
		*plain += held->len;
	hufu_view path = mail_path(mail, view_of("body"), room);
	return st == HUFU_OK ? job_layer(mail->job, &held->source, path, view_of("body.txt")) : st;
}

static hufu_status read_text(struct mail *mail, struct body *body, hufu_view type, bool html)
{
	struct held held;
	struct bytes charset = { 0 };
	(void)mime_parameter(type, "charset", &charset);
	hufu_status st = held_init(&held, mail->job, &body->source);
	hufu_view raw = { held.bytes, held.len }, name = bytes_view(&charset);
	if (st != HUFU_OK)
		;
	else if (html && (!held.whole || raw.len > HTML_MAX))
		st = mail_unread(mail, "body", JAIL_WHY_STRUCTURE);
	else if (html)
		st = give_html(mail, name, raw);
	else if (!held.whole || raw.len > MAIL_TEXT_MAX)
		st = give_long(mail, name, &held);
	else
		st = mail_give_plain(mail, name, raw);
	held_done(&held, mail->job);
	bytes_done(&charset);
	return st;
}

/* ---- attachments ---- */

/* Its name without folders, or one made up from its type. */
static void file_name(struct mail *mail, hufu_view type, struct bytes *out)
{
	static const struct {
		const char *type, *suffix;
	} suffixes[] = { { "message/rfc822", ".eml" }, { "text/csv", ".csv" }, { "text/html", ".html" },
		{ "application/json", ".json" }, { "application/zip", ".zip" } };
	struct bytes name = { 0 };
	if (!mime_parameter(mailfields_find(&mail->fields, "Content-Disposition"), "filename", &name) || !name.len)
		(void)mime_parameter(mailfields_find(&mail->fields, "Content-Type"), "name", &name);
	hufu_view base = view_trim(bytes_view(&name));
	for (size_t i = base.len; i-- > 0;)
		if (base.ptr[i] == '/' || base.ptr[i] == '\\') {
			base = view_from(base, i + 1);
			break;
		}
	mail->number++;
	if (base.len > JAIL_PATH_MAX / 2)
		base = view_from(base, base.len - JAIL_PATH_MAX / 2); /* the end says what it is */
	if (base.len && !name.failed)
		bytes_add(out, base);
	else
		bytes_print(out, "part-%u", mail->number);
	for (size_t i = 0; base.len == 0 && i < LEN(suffixes); i++)
		if (mime_same(mime_value(type), suffixes[i].type))
			bytes_text(out, suffixes[i].suffix);
	for (size_t i = 0; i < out->len; i++)
		if (out->ptr[i] == '\n' || out->ptr[i] == '\r')
			out->ptr[i] = ' ';
	out->failed = out->failed || name.failed;
	bytes_done(&name);
}

/* What became of another mail is shown line by line, and read as a layer all the same: anybody may call a table so. */
static hufu_status give_status(struct mail *mail, struct body *body, hufu_view path, hufu_view name)
{
	struct held held;
	hufu_status st = held_init(&held, mail->job, &body->source);
	if (st == HUFU_OK)
		st = mail_put_text(mail, "status", "mail-status", view_make(held.bytes, held.len));
	if (st == HUFU_OK)
		st = job_layer(mail->job, &held.source, path, name);
	held_done(&held, mail->job);
	return st;
}

static hufu_status read_file(struct mail *mail, struct body *body, hufu_view type)
{
	char room[MAIL_PATH_ROOM];
	struct bytes name = { 0 };
	hufu_view shown = mime_value(type);
	file_name(mail, type, &name);
	hufu_view path = mail_path(mail, bytes_view(&name), room);
	hufu_status st = name.failed ? HUFU_NO_MEMORY : HUFU_OK;
	if (st == HUFU_OK && body->decoder.transfer == MIME_UUENCODE)
		st = sink_unread(mail->job->sink, path, JAIL_WHY_METHOD);
	else if (st == HUFU_OK && mime_same(shown, "message/delivery-status"))
		st = give_status(mail, body, path, bytes_view(&name));
	else if (st == HUFU_OK)
		st = job_layer(mail->job, &body->source, path, bytes_view(&name));
	if (st == HUFU_OK) {
		drain(body);
		mail_list_file(mail, path, shown, body->source.taken);
		if (body->decoder.damaged)
			st = sink_unread(mail->job->sink, path, JAIL_WHY_DAMAGED);
	}
	bytes_done(&name);
	return st == HUFU_OK && mail->files.failed ? HUFU_NO_MEMORY : st;
}

/* ---- a part ---- */

static bool has_name(const struct mailfields *fields)
{
	struct bytes name = { 0 };
	bool found = mime_parameter(mailfields_find(fields, "Content-Disposition"), "filename", &name) ||
	             mime_parameter(mailfields_find(fields, "Content-Type"), "name", &name);
	bytes_done(&name);
	return found;
}

hufu_status mail_read_leaf(struct mail *mail)
{
	hufu_view type = mailfields_find(&mail->fields, "Content-Type"), value = mime_value(type);
	bool html = mime_same(value, "text/html");
	/* No type, or one that is none: plain text. */
	bool plain = mime_same(value, "text/plain") || !memchr(value.len ? value.ptr : "", '/', value.len) ||
	             mime_starts(value, "multipart/");
	bool attached = mime_starts(mailfields_find(&mail->fields, "Content-Disposition"), "attachment");
	if (!job_member(mail->job)) {
		if (mail->spent_told)
			return HUFU_OK;
		mail->spent_told = true;
		return mail_unread(mail, "", JAIL_WHY_MEMBERS);
	}
	struct body *body = body_new(mail);
	if (!body)
		return HUFU_NO_MEMORY;
	bool text = (html || plain) && !attached && !has_name(&mail->fields) && body->decoder.transfer != MIME_UUENCODE;
	hufu_status st = text ? read_text(mail, body, type, html) : read_file(mail, body, type);
	if (st == HUFU_OK)
		drain(body);
	mail->damaged = mail->damaged || (text && body->decoder.damaged && body->decoder.transfer == MIME_BASE64);
	free(body);
	return st;
}
