/* See mailtext.h. */
#include "read/mailtext.h"

bool mailtext_is_from(hufu_view text)
{
	enum { YEAR = 4 };
	const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
	hufu_view line = view_trim(view_make(text.ptr, end ? (size_t)(end - text.ptr) : text.len));
	if (!view_starts(line, "From ") || line.len > 200)
		return false;
	/* A time of day and, at the end or before a zone, a year: a sentence has neither. */
	const char *colon = memchr(line.ptr, ':', line.len);
	size_t digits = 0, best = 0;
	for (size_t i = 0; i < line.len; i++) {
		digits = line.ptr[i] >= '0' && line.ptr[i] <= '9' ? digits + 1 : 0;
		best = digits > best ? digits : best;
	}
	return colon && best >= YEAR;
}

void mailtext_init(struct mailtext *mail, struct source *source)
{
	mail->source = source;
	mail->at = mail->len = 0;
	mail->end = mail->blank_line = mail->mbox = false;
	mail->line_start = true;
	mail->levels = mail->stop_level = 0;
	mail->stop = MAILTEXT_GOES_ON;
}

hufu_view mailtext_peek(struct mailtext *mail, size_t want)
{
	if (mail->len - mail->at < want && !mail->end) {
		memmove(mail->bytes, mail->bytes + mail->at, mail->len - mail->at);
		mail->len -= mail->at;
		mail->at = 0;
		while (mail->len < want && !mail->end) {
			size_t got = source_read(mail->source, mail->bytes + mail->len, sizeof mail->bytes - mail->len);
			mail->len += got;
			mail->end = got == 0;
		}
	}
	return view_make(mail->bytes + mail->at, mail->len - mail->at);
}

bool mailtext_raw(struct mailtext *mail, struct mailtext_line *line)
{
	/* Mostly the line is there already; only else is the rest moved to the front. */
	hufu_view rest = { mail->bytes + mail->at, mail->len - mail->at };
	const char *found = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
	if (!found) {
		rest = mailtext_peek(mail, sizeof mail->bytes);
		found = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
	}
	if (rest.len == 0)
		return false;
	size_t len = found ? (size_t)(found - rest.ptr) : rest.len;
	/* A piece never ends inside an escape, nor between the two bytes of a line end. */
	if (!found && !mail->end)
		len -= 4;
	for (unsigned i = 0; !found && !mail->end && i < 2; i++)
		len -= rest.ptr[len - 1] == '=' || rest.ptr[len - 1] == '\r';
	*line = (struct mailtext_line){
		.text = view_make(rest.ptr, len), .starts = mail->line_start, .whole = found || mail->end
	};
	line->ended = found != NULL;
	mail->at += len + (found != NULL);
	mail->line_start = found != NULL;
	if (found && len && rest.ptr[len - 1] == '\r') {
		line->text.len--;
		line->crlf = true;
	}
	return true;
}

/* Innermost first: a boundary may be the beginning of another one. */
static bool at_boundary(struct mailtext *mail, hufu_view line)
{
	if (!view_starts(line, "--"))
		return false;
	hufu_view rest = view_from(line, 2);
	while (rest.len && (rest.ptr[rest.len - 1] == ' ' || rest.ptr[rest.len - 1] == '\t'))
		rest.len--;
	for (unsigned level = mail->levels; level-- > 0;) {
		hufu_view boundary = { mail->boundaries[level], mail->boundary_len[level] };
		bool closes = rest.len == boundary.len + 2 && view_ends(rest, "--");
		if (rest.len - 2 * closes != boundary.len || memcmp(rest.ptr, boundary.ptr, boundary.len) != 0)
			continue;
		mail->stop = closes ? MAILTEXT_LAST : MAILTEXT_NEXT;
		mail->stop_level = level;
		return true;
	}
	return false;
}

bool mailtext_line(struct mailtext *mail, struct mailtext_line *line)
{
	if (mail->stop != MAILTEXT_GOES_ON)
		return false;
	if (mail->mbox && mail->blank_line && mail->line_start && mailtext_is_from(mailtext_peek(mail, 256))) {
		mail->stop = MAILTEXT_MAIL;
		return false;
	}
	if (!mailtext_raw(mail, line)) {
		mail->stop = MAILTEXT_END;
		return false;
	}
	mail->blank_line = line->starts && line->whole && line->text.len == 0;
	if (line->starts && line->whole && at_boundary(mail, line->text))
		return false;
	/* How an mbox keeps such a line from being taken for the next mail. */
	if (mail->mbox && line->starts && view_starts(line->text, ">From "))
		line->text = view_from(line->text, 1);
	return true;
}

bool mailtext_open(struct mailtext *mail, hufu_view boundary)
{
	if (mail->levels == MAILTEXT_LEVELS || boundary.len == 0 || boundary.len > MAILTEXT_BOUNDARY_MAX)
		return false;
	memcpy(mail->boundaries[mail->levels], boundary.ptr, boundary.len);
	mail->boundary_len[mail->levels++] = boundary.len;
	return true;
}
