/* See mime.h. */
#include "read/mime.h"

#include "read/charset.h"

#include <strings.h>

bool mime_same(hufu_view a, const char *b)
{
	return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

bool mime_starts(hufu_view a, const char *prefix)
{
	size_t len = strlen(prefix);
	return a.len >= len && strncasecmp(a.ptr, prefix, len) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- transfer encodings ---- */

enum mime_transfer mime_transfer(hufu_view value)
{
	if (mime_starts(value, "base64"))
		return MIME_BASE64;
	if (mime_starts(value, "quoted-printable"))
		return MIME_QUOTED;
	if (mime_starts(value, "x-uu") || mime_starts(value, "uuencode"))
		return MIME_UUENCODE;
	return MIME_AS_IS;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t decode_base64(struct mime_decoder *decoder, hufu_view line, char *out)
{
	size_t put = 0;
	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		int value = base64_value(c);
		if (value >= 0) {
			decoder->bits = decoder->bits << 6 | (uint32_t)value;
			decoder->count += 6;
			if (decoder->count >= 8) {
				decoder->count -= 8;
				out[put++] = (char)(decoder->bits >> decoder->count);
				decoder->bits &= (1U << decoder->count) - 1;
			}
		} else if (c == '=') {
			/* Padding ends a run; another may follow, where several were joined. */
			decoder->damaged = decoder->damaged || decoder->count >= 6;
			decoder->bits = decoder->count = 0;
		} else {
			decoder->damaged = decoder->damaged || !is_blank(c);
		}
	}
	return put;
}

static size_t decode_quoted(struct mime_decoder *decoder, hufu_view line, bool last, char *out)
{
	size_t put = 0;
	/* Blanks at the end are what some relay added. */
	while (last && line.len && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t'))
		line.len--;
	decoder->soft = last && line.len && line.ptr[line.len - 1] == '=';
	line.len -= decoder->soft;
	for (size_t i = 0; i < line.len; i++) {
		int high = line.ptr[i] == '=' && i + 2 < line.len ? hex(line.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex(line.ptr[i + 2]) : -1;
		if (low >= 0) {
			out[put++] = (char)(high << 4 | low);
			i += 2;
			continue;
		}
		decoder->damaged = decoder->damaged || line.ptr[i] == '=';
		out[put++] = line.ptr[i];
	}
	return put;
}

size_t mime_decode(struct mime_decoder *decoder, hufu_view line, bool last, char *out)
{
	switch (decoder->transfer) {
	case MIME_BASE64:
		return decode_base64(decoder, line, out);
	case MIME_QUOTED:
		return decode_quoted(decoder, line, last, out);
	default:
		if (line.len)
			memmove(out, line.ptr, line.len);
		return line.len;
	}
}

/* ---- encoded words ---- */

struct word {
	hufu_view charset, text;
	char code; /* 'b' or 'q' */
};

/* The encoded word that `text` begins with; its length, or 0. */
static size_t encoded_word(hufu_view text, struct word *word)
{
	enum { WORD_MAX = 4 << 10 }; /* the standard has 75 */
	if (!view_starts(text, "=?"))
		return 0;
	if (text.len > WORD_MAX)
		text.len = WORD_MAX;
	const char *charset_end = memchr(text.ptr + 2, '?', text.len - 2);
	if (!charset_end)
		return 0;
	hufu_view rest = view_from(text, (size_t)(charset_end - text.ptr) + 1);
	word->charset = view_make(text.ptr + 2, (size_t)(charset_end - text.ptr) - 2);
	if (rest.len < 4 || rest.ptr[1] != '?' || word->charset.len == 0 || word->charset.len > 40)
		return 0;
	word->code = (char)(rest.ptr[0] | 0x20);
	rest = view_from(rest, 2);
	const char *end = memmem(rest.ptr, rest.len, "?=", 2);
	/* "=?utf-8?q?=41?=": the first "?=" may be a '?' that should have been encoded; it is taken as the end. */
	if (!end || (word->code != 'b' && word->code != 'q'))
		return 0;
	word->text = view_make(rest.ptr, (size_t)(end - rest.ptr));
	const char *language = memchr(word->charset.ptr, '*', word->charset.len);
	if (language)
		word->charset.len = (size_t)(language - word->charset.ptr);
	return (size_t)(end - text.ptr) + 2;
}

static void decode_word(const struct word *word, struct bytes *raw)
{
	struct mime_decoder decoder = { .transfer = word->code == 'b' ? MIME_BASE64 : MIME_QUOTED };
	char *room = bytes_room(raw, word->text.len + 1);
	if (!room)
		return;
	/* In the Q code of words a blank is an underscore. Decoded in place: it never grows. */
	for (size_t i = 0; i < word->text.len; i++)
		room[i] = word->code == 'q' && word->text.ptr[i] == '_' ? ' ' : word->text.ptr[i];
	raw->len += mime_decode(&decoder, view_make(room, word->text.len), false, room);
}

static bool same_charset(hufu_view a, hufu_view b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

static void put_clean(struct bytes *out, hufu_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		bytes_byte(out, (char)(c < 0x20 || c == 0x7f ? ' ' : c));
	}
}

static void flush(struct bytes *raw, hufu_view charset, struct bytes *out)
{
	struct bytes text = { 0 };
	if (raw->len)
		charset_decode(charset, bytes_view(raw), &text);
	put_clean(out, bytes_view(&text));
	out->failed = out->failed || text.failed || raw->failed;
	bytes_done(&text);
	raw->len = 0;
}

void mime_words(hufu_view rest, struct bytes *out)
{
	struct bytes raw = {
		0
	}; /* a run of one charset, not decoded yet: a character may be cut by the border of words */
	hufu_view charset = { 0 };
	bool behind_word = false;
	while (rest.len && !out->failed) {
		struct word word;
		size_t blanks = 0;
		while (blanks < rest.len && is_blank(rest.ptr[blanks]))
			blanks++;
		size_t len = encoded_word(view_from(rest, blanks), &word);
		if (len) {
			if (!behind_word || !same_charset(word.charset, charset)) {
				if (!behind_word)
					bytes_add(&raw, view_make(rest.ptr, blanks));
				flush(&raw, charset, out);
			}
			charset = word.charset;
			decode_word(&word, &raw);
			behind_word = true;
			rest = view_from(rest, blanks + len);
			continue;
		}
		if (behind_word)
			flush(&raw, charset, out);
		behind_word = false;
		charset = (hufu_view){ 0 };
		size_t plain = blanks ? blanks : 1;
		while (plain < rest.len && !blanks && !is_blank(rest.ptr[plain]) && rest.ptr[plain] != '=')
			plain++;
		bytes_add(&raw, view_make(rest.ptr, plain));
		rest = view_from(rest, plain);
	}
	flush(&raw, charset, out);
	bytes_done(&raw);
}

/* ---- parameters ---- */

hufu_view mime_value(hufu_view field)
{
	size_t len = 0;
	field = view_trim(field);
	while (len < field.len && field.ptr[len] != ';' && !is_blank(field.ptr[len]))
		len++;
	return view_make(field.ptr, len);
}

/* Takes the next "name=value" off `rest`; a quoted value comes with its quotes. */
static bool next_parameter(hufu_view *rest, hufu_view *name, hufu_view *value)
{
	while (rest->len && rest->ptr[0] != ';')
		*rest = view_from(*rest, 1);
	while (rest->len && (rest->ptr[0] == ';' || is_blank(rest->ptr[0])))
		*rest = view_from(*rest, 1);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != '=' && rest->ptr[len] != ';')
		len++;
	if (rest->len == 0)
		return false;
	*name = view_trim(view_make(rest->ptr, len));
	*value = view_make(rest->ptr + len, 0);
	*rest = view_from(*rest, len);
	if (rest->len == 0 || rest->ptr[0] == ';')
		return true;
	*rest = view_from(*rest, 1);
	while (rest->len && is_blank(rest->ptr[0]))
		*rest = view_from(*rest, 1);
	bool quoted = rest->len && rest->ptr[0] == '"';
	len = quoted;
	while (len < rest->len && (quoted ? rest->ptr[len] != '"' : rest->ptr[len] != ';'))
		len += quoted && rest->ptr[len] == '\\' && len + 1 < rest->len ? 2 : 1;
	len += quoted && len < rest->len;
	*value = view_trim(view_make(rest->ptr, len));
	*rest = view_from(*rest, len);
	return true;
}

static void add_unquoted(hufu_view value, struct bytes *out)
{
	if (value.len == 0 || value.ptr[0] != '"') {
		bytes_add(out, value);
		return;
	}
	for (size_t i = 1; i < value.len; i++) {
		if (value.ptr[i] == '"')
			return;
		/* A backslash before anything but a quote is how Windows paths stand in names. */
		if (value.ptr[i] == '\\' && i + 1 < value.len && (value.ptr[i + 1] == '"' || value.ptr[i + 1] == '\\'))
			i++;
		bytes_byte(out, value.ptr[i]);
	}
}

static void add_percent(hufu_view value, struct bytes *out)
{
	for (size_t i = 0; i < value.len; i++) {
		int high = value.ptr[i] == '%' && i + 2 < value.len ? hex(value.ptr[i + 1]) : -1;
		int low = high >= 0 ? hex(value.ptr[i + 2]) : -1;
		bytes_byte(out, (char)(low >= 0 ? high << 4 | low : value.ptr[i]));
		i += low >= 0 ? 2 : 0;
	}
}

/* "utf-8'zh'..." off the front of an extended value. */
static hufu_view take_charset(hufu_view *value)
{
	const char *first = value->len ? memchr(value->ptr, '\'', value->len) : NULL;
	const char *second = first ? memchr(first + 1, '\'', value->len - (size_t)(first + 1 - value->ptr)) : NULL;
	hufu_view charset = { value->ptr, 0 };
	if (!second)
		return charset;
	charset.len = (size_t)(first - value->ptr);
	*value = view_from(*value, (size_t)(second - value->ptr) + 1);
	return charset;
}

/* One spelling of the parameter: "name*", or "name*7" and "name*7*". */
static bool find_parameter(hufu_view field, hufu_view wanted, bool *extended, hufu_view *value)
{
	hufu_view name;
	while (next_parameter(&field, &name, value)) {
		*extended = name.len == wanted.len + 1 && name.ptr[wanted.len] == '*';
		if (*extended)
			name.len--;
		if (name.len == wanted.len && strncasecmp(name.ptr, wanted.ptr, name.len) == 0)
			return true;
	}
	return false;
}

/* "name*0*=utf-8'zh'...; name*1*=..." */
static bool joined_parameter(hufu_view field, const char *name, struct bytes *out)
{
	enum { SECTIONS_MAX = 100 };
	struct bytes raw = { 0 }, wanted = { 0 };
	hufu_view charset = { 0 }, value;
	bool extended;
	unsigned section = 0;
	for (; section < SECTIONS_MAX; section++) {
		wanted.len = 0;
		bytes_print(&wanted, "%s*%u", name, section);
		if (wanted.failed || !find_parameter(field, bytes_view(&wanted), &extended, &value))
			break;
		struct bytes plain = { 0 };
		add_unquoted(value, &plain);
		hufu_view text = bytes_view(&plain);
		if (extended && section == 0)
			charset = take_charset(&text);
		/* `charset` outlives `plain`: kept as a view of the field, where the same bytes stand unquoted. */
		if (charset.len && section == 0)
			charset = view_make(value.ptr + (value.ptr[0] == '"'), charset.len);
		if (extended)
			add_percent(text, &raw);
		else
			bytes_add(&raw, text);
		out->failed = out->failed || plain.failed;
		bytes_done(&plain);
	}
	if (raw.len)
		charset_decode(charset, bytes_view(&raw), out);
	out->failed = out->failed || raw.failed || wanted.failed;
	bytes_done(&raw);
	bytes_done(&wanted);
	return section > 0;
}

bool mime_parameter(hufu_view field, const char *name, struct bytes *out)
{
	hufu_view value;
	bool extended;
	if (joined_parameter(field, name, out))
		return true;
	if (!find_parameter(field, view_of(name), &extended, &value))
		return false;
	struct bytes raw = { 0 };
	if (extended) {
		hufu_view charset = take_charset(&value);
		add_percent(value, &raw);
		if (raw.len)
			charset_decode(charset, bytes_view(&raw), out);
	} else {
		/* Against the standard, and everywhere: encoded words inside a quoted name. */
		add_unquoted(value, &raw);
		mime_words(bytes_view(&raw), out);
	}
	out->failed = out->failed || raw.failed;
	bytes_done(&raw);
	return true;
}
