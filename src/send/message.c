/* Writes a mail: headers in ASCII (RFC 5322), other characters as encoded words (RFC 2047), the text in base64 (MIME).
 * A control character in any header, such as a line end that would begin another one, is refused, not mended. */
#include "send/message.h"

#include "base/utf8.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

enum {
	LOCAL_MAX = 64,    /* characters before the @, RFC 5321 */
	ADDRESS_MAX = 254, /* of the whole */
	WORD_BYTES = 30,   /* of an encoded word: with its frame and a header's name it stays below 76 characters */
	PLAIN_MAX = 60,    /* a longer value is written as encoded words, which can be folded anywhere */
	LINE_BYTES = 57,   /* 76 characters of base64 */
	TEXT64_MAX = 80,
};

/* ---- addresses ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool all_of(hufu_view text, const char *besides)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_letter(text.ptr[i]) && (!text.ptr[i] || !strchr(besides, text.ptr[i])))
			return false;
	return text.len > 0;
}

/* Dots stand between other characters. */
static bool dots_fit(hufu_view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '.' && (i == 0 || i + 1 == text.len || text.ptr[i + 1] == '.'))
			return false;
	return true;
}

static bool address_fits(hufu_view address)
{
	const char *at = address.len ? memchr(address.ptr, '@', address.len) : NULL;
	size_t local = at ? (size_t)(at - address.ptr) : 0;
	if (!at || local > LOCAL_MAX || address.len > ADDRESS_MAX)
		return false;
	hufu_view before = { address.ptr, local }, behind = view_from(address, local + 1);
	return all_of(before, "!#$%&'*+-/=?^_`{|}~.") && all_of(behind, "-.") && dots_fit(before) && dots_fit(behind);
}

bool mailbox_parse(const char *text, struct mailbox *out)
{
	hufu_view all = view_trim(view_of(text)), name = { 0 };
	const char *open = all.len ? memchr(all.ptr, '<', all.len) : NULL;
	if (open && view_ends(all, ">")) {
		name = view_trim((hufu_view){ all.ptr, (size_t)(open - all.ptr) });
		all = (hufu_view){ open + 1, all.len - (size_t)(open - all.ptr) - 2 };
	}
	if (name.len >= 2 && name.ptr[0] == '"' && view_ends(name, "\""))
		name = (hufu_view){ name.ptr + 1, name.len - 2 };
	if (!address_fits(all))
		return false;
	*out = (struct mailbox){ name, all };
	return true;
}

/* "127.0.0.1.example.org" is somebody else's. */
static bool is_loopback(const char *host)
{
	return !strcmp(host, "localhost") || !strcmp(host, "::1") ||
	       (!strncmp(host, "127.", 4) && strspn(host, "0123456789.") == strlen(host));
}

static bool host_fits(hufu_view host, hufu_view port)
{
	bool digits = port.len <= 5;
	for (size_t i = 0; i < port.len; i++)
		digits = digits && port.ptr[i] >= '0' && port.ptr[i] <= '9';
	return digits && all_of(host, "-._:");
}

bool server_parse(const char *url, const char *plain, const char *secure, struct server_name *out)
{
	const char *scheme = !strncmp(url, plain, strlen(plain)) ? plain : secure;
	hufu_view rest = view_of(url), host, port = { 0 }, head;
	if (!view_split(&rest, strlen(scheme), &head) || !view_is(head, scheme))
		return false;
	for (size_t i = 0; i < rest.len; i++)
		if ((unsigned char)rest.ptr[i] <= ' ' || (unsigned char)rest.ptr[i] >= 127)
			return false;
	host = (hufu_view){ rest.ptr, strcspn(rest.ptr, "/?#") };
	const char *bracket = host.len && host.ptr[0] == '[' ? memchr(host.ptr, ']', host.len) : NULL;
	const char *colon = bracket ? bracket + 1 : host.len ? memchr(host.ptr, ':', host.len) : NULL;
	if (colon && colon < host.ptr + host.len) {
		if (*colon != ':')
			return false;
		port = view_from(host, (size_t)(colon - host.ptr) + 1);
		host.len = (size_t)(colon - host.ptr);
	}
	if (bracket)
		host = (hufu_view){ host.ptr + 1, (size_t)(bracket - host.ptr) - 1 };
	if (host.len >= sizeof out->host || !host_fits(host, port))
		return false;
	*out = (struct server_name){ .secure = scheme == secure };
	memcpy(out->host, host.ptr, host.len);
	out->loopback = is_loopback(out->host);
	return true;
}

/* ---- headers ---- */

/* Without control characters; whole UTF-8. */
static bool value_fits(hufu_view value)
{
	hufu_view rest = value;
	while (rest.len) {
		uint32_t c = utf8_next(&rest);
		if (c == UTF8_BROKEN || c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
			return false;
	}
	return true;
}

/* Can stand as it is. What looks like an encoded word would be read as one. */
static bool value_plain(hufu_view value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < ' ' || value.ptr[i] > '~' ||
		        (value.ptr[i] == '=' && i + 1 < value.len && value.ptr[i + 1] == '?'))
			return false;
	return value.len <= PLAIN_MAX;
}

static void put_base64(struct bytes *out, hufu_view bytes)
{
	char text[TEXT64_MAX];
	sodium_bin2base64(
	        text, sizeof text, (const unsigned char *)bytes.ptr, bytes.len, sodium_base64_VARIANT_ORIGINAL);
	bytes_text(out, text);
}

/* Encoded words hold whole characters. */
static void put_words(struct bytes *out, hufu_view value)
{
	for (bool first = true; value.len; first = false) {
		hufu_view rest = value, word = value;
		while (rest.len && value.len - rest.len <= WORD_BYTES) {
			word.len = value.len - rest.len;
			(void)utf8_next(&rest);
		}
		if (!rest.len && value.len <= WORD_BYTES)
			word.len = value.len;
		bytes_text(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		put_base64(out, word);
		bytes_text(out, "?=");
		value = view_from(value, word.len);
	}
}

static void put_value(struct bytes *out, hufu_view value)
{
	if (value_plain(value))
		bytes_add(out, value);
	else
		put_words(out, value);
}

static hufu_status put_header(struct bytes *out, const char *name, const char *value, hufu_error *error)
{
	if (!all_of(view_of(name), "-") || strlen(name) > PLAIN_MAX)
		return fail(error, HUFU_MALFORMED, view_of("mail"), "the name of a header is none", NULL);
	if (!value_fits(view_of(value)))
		return fail(error, HUFU_MALFORMED, view_of(name), "has a line end or a control character in it", NULL);
	bytes_print(out, "%s: ", name);
	put_value(out, view_of(value));
	bytes_text(out, "\r\n");
	return HUFU_OK;
}

static hufu_status put_mailbox(
        struct bytes *out, const char *name, const char *text, struct mailbox *box, hufu_error *error)
{
	if (!text || !mailbox_parse(text, box) || !value_fits(box->name))
		return fail(error, HUFU_MALFORMED, view_of(name), "is no mail address that can be sent to",
		        "write a@example.cn or Name <a@example.cn>");
	bytes_print(out, "%s: ", name);
	if (box->name.len && all_of(box->name, " -"))
		bytes_add(out, box->name);
	else if (box->name.len)
		put_words(out, box->name);
	bytes_print(out, box->name.len ? "\r\n <%.*s>\r\n" : "%.*s\r\n", (int)box->address.len, box->address.ptr);
	return HUFU_OK;
}

/* In English whatever the locale. */
static void put_date(struct bytes *out, int64_t at)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
		"Nov", "Dec" };
	struct tm tm = { 0 };
	time_t instant = (time_t)at;
	gmtime_r(&instant, &tm);
	bytes_print(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday % 7], tm.tm_mday,
	        months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static hufu_status put_id(struct bytes *out, const char *id, const struct mailbox *from, hufu_error *error)
{
	const char *at = memchr(from->address.ptr, '@', from->address.len);
	if (!id || !all_of(view_of(id), "-."))
		return fail(error, HUFU_MALFORMED, view_of("mail"), "has no id of its own", NULL);
	bytes_print(
	        out, "Message-ID: <%s%.*s>\r\n", id, (int)(from->address.len - (size_t)(at - from->address.ptr)), at);
	return HUFU_OK;
}

/* ---- the text ---- */

/* Lines end in CRLF within the encoding too: that is what a text is in a mail. */
static void put_text(struct bytes *out, const char *text)
{
	struct bytes lines = { 0 };
	for (; *text; text++) {
		if (*text == '\r')
			continue;
		bytes_text(&lines, *text == '\n' ? "\r\n" : "");
		if (*text != '\n')
			bytes_byte(&lines, *text);
	}
	out->failed |= lines.failed;
	for (hufu_view rest = bytes_view(&lines), line; rest.len;) {
		(void)view_split(&rest, rest.len < LINE_BYTES ? rest.len : LINE_BYTES, &line);
		put_base64(out, line);
		bytes_text(out, "\r\n");
	}
	bytes_done(&lines);
}

static hufu_status write_headers(const struct send_message *message, struct bytes *out, hufu_error *error)
{
	struct mailbox from, to;
	put_date(out, message->at);
	hufu_status status = put_mailbox(out, "From", message->from, &from, error);
	if (!status)
		status = put_mailbox(out, "To", message->to, &to, error);
	if (!status)
		status = put_id(out, message->id, &from, error);
	if (!status)
		status = put_header(out, "Subject", message->subject ? message->subject : "", error);
	for (size_t i = 0; i < message->header_count && !status; i++)
		status = put_header(out, message->headers[i].name, message->headers[i].value, error);
	return status;
}

hufu_status message_write(const struct send_message *message, struct bytes *out, hufu_error *error)
{
	hufu_status status = write_headers(message, out, error);
	if (status)
		return status;
	bytes_text(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	                "Content-Transfer-Encoding: base64\r\n\r\n");
	put_text(out, message->text ? message->text : "");
	return out->failed ? fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL) : HUFU_OK;
}
