/* See mailfields.h. */
#include "read/mailfields.h"

#include "read/mime.h"

enum { AHEAD = 1024, NAME_MAX_LEN = 100 };

size_t mailfields_name(hufu_view line)
{
	size_t len = 0;
	while (len < line.len && len <= NAME_MAX_LEN && line.ptr[len] > ' ' && line.ptr[len] < 127 &&
	        line.ptr[len] != ':')
		len++;
	return len && len <= NAME_MAX_LEN && len < line.len && line.ptr[len] == ':' ? len : 0;
}

bool mailfields_known(hufu_view name, bool *sure)
{
	static const char *const marks[] = { "Received", "Message-ID", "MIME-Version", "Return-Path", "Delivered-To",
		"DKIM-Signature", "Content-Transfer-Encoding", "X-Mailer", "X-Originating-IP", "Authentication-Results",
		"In-Reply-To", "References", "X-Received", "Received-SPF", "X-Spam-Status", "User-Agent" };
	static const char *const usual[] = { "From", "To", "Subject", "Date", "Cc", "Bcc", "Reply-To", "Sender",
		"Content-Type" };
	*sure = false;
	for (size_t i = 0; i < LEN(marks) && !*sure; i++)
		*sure = mime_same(name, marks[i]);
	for (size_t i = 0; i < LEN(usual) && !*sure; i++)
		if (mime_same(name, usual[i]))
			return true;
	return *sure;
}

enum shape { SHAPE_FIELD, SHAPE_FOLDED, SHAPE_BLANK, SHAPE_STRAY, SHAPE_BODY };

static hufu_view first_line(hufu_view text)
{
	const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
	return view_make(text.ptr, end ? (size_t)(end - text.ptr) : text.len);
}

/* What comes next. A line that is no field is a stray one when a field follows it, else the body has begun without the
 * blank line that should part them. */
static enum shape shape_ahead(struct mailtext *mail)
{
	hufu_view ahead = mailtext_peek(mail, AHEAD);
	hufu_view line = first_line(ahead);
	if (line.len == 0 || view_is(line, "\r"))
		return SHAPE_BLANK;
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return SHAPE_FOLDED;
	if (mailfields_name(line))
		return SHAPE_FIELD;
	hufu_view next = first_line(view_from(ahead, line.len + 1));
	return mailfields_name(next) && !view_starts(line, "--") ? SHAPE_STRAY : SHAPE_BODY;
}

static void add_value(struct mailfields *fields, hufu_view more)
{
	size_t last = fields->count - 1;
	bool fits = more.len <= MAILFIELDS_VALUE - fields->at[last].value_len &&
	            fields->text.len + more.len <= MAILFIELDS_BYTES;
	if (!fits) {
		fields->dropped = true;
		return;
	}
	bytes_add(&fields->text, more);
	fields->at[last].value_len += (uint32_t)more.len;
}

static void add_field(struct mailfields *fields, hufu_view line, size_t name)
{
	hufu_view value = view_from(line, name + 1);
	while (value.len && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
		value = view_from(value, 1);
	size_t at = fields->text.len, i = fields->count++;
	fields->at[i].name_at = (uint32_t)at;
	fields->at[i].name_len = (uint32_t)name;
	fields->at[i].value_at = (uint32_t)(at + name);
	fields->at[i].value_len = 0;
	bytes_add(&fields->text, view_make(line.ptr, name));
	add_value(fields, value);
}

void mailfields_read(struct mailfields *fields, struct mailtext *mail)
{
	struct mailtext_line line;
	bool keeping = true;
	fields->text.len = 0;
	fields->count = 0;
	fields->malformed = 0;
	fields->dropped = false;
	for (;;) {
		enum shape shape = mail->line_start ? shape_ahead(mail) : SHAPE_FOLDED;
		if (shape == SHAPE_BODY && mail->stop == MAILTEXT_GOES_ON) {
			/* A boundary is none either, and no harm. */
			hufu_view ahead = mailtext_peek(mail, 2);
			fields->malformed += ahead.len > 0 && !view_starts(ahead, "--");
			return;
		}
		if (!mailtext_line(mail, &line) || shape == SHAPE_BLANK)
			return;
		fields->malformed += shape == SHAPE_STRAY;
		if (shape == SHAPE_FIELD) {
			keeping = fields->count < MAILFIELDS_MAX && fields->text.len + NAME_MAX_LEN < MAILFIELDS_BYTES;
			if (keeping)
				add_field(fields, line.text, mailfields_name(line.text));
			else
				fields->dropped = true;
		} else if (keeping && fields->count) {
			add_value(fields, line.text);
		} else if (shape == SHAPE_FOLDED && mail->line_start) {
			fields->malformed += fields->count == 0;
		}
	}
}

hufu_view mailfields_get_name(const struct mailfields *fields, size_t i)
{
	return view_make(fields->text.ptr + fields->at[i].name_at, fields->at[i].name_len);
}

hufu_view mailfields_get_value(const struct mailfields *fields, size_t i)
{
	return view_trim(view_make(fields->text.ptr + fields->at[i].value_at, fields->at[i].value_len));
}

hufu_view mailfields_find(const struct mailfields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (mime_same(mailfields_get_name(fields, i), name))
			return mailfields_get_value(fields, i);
	return (hufu_view){ 0 };
}
