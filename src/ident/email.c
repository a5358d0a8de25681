/* E-mail addresses: RFC 5321 without its museum (no quotes, comments, literals), with RFC 6531's UTF-8.
 *
 * Lower case as a whole: in theory a local part may tell case, no mailbox in use does. Full width is folded
 * where an input method wrote the @, the dots or all of it; a few full-width letters among narrow ones are a
 * look-alike and refused. */
#include "ident/fold.h"

enum { EMAIL_MIN = 6, EMAIL_MAX = 254, LOCAL_MAX = 64, LABEL_MAX = 63 };

/* Characters beyond ASCII that may stand in a word: no blanks, signs, punctuation, widths, private use. */
static bool is_foreign_word(uint32_t c)
{
	if (c < 0xAA || c == 0xD7 || c == 0xF7 || c > 0x10FFFF || (c & 0xFFFE) == 0xFFFE)
		return false;
	bool sign = c < 0xC0 && c != 0xAA && c != 0xB5 && c != 0xBA;
	bool blank = c == 0x1680 || c == 0x180E || (c >= 0x2000 && c <= 0x2BFF);
	bool cjk_sign = c >= 0x3000 && c <= 0x303F && c != 0x3005 && c != 0x3007;
	bool private = (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFE00 && c <= 0xFFFD) || c >= 0xE0000;
	return !sign && !blank && !cjk_sign && !private;
}

/* RFC 5321's atoms but for '*': no mailbox has one, and every masked address does. */
static bool is_atom(uint32_t c)
{
	return fold_is_digit(c) || fold_is_letter(c) || (c != 0 && c < 0x80 && strchr("!#$%&'+-/=?^_`{|}~", (int)c)) ||
	       (c >= 0x80 && is_foreign_word(c));
}

static bool is_host(uint32_t c)
{
	return fold_is_digit(c) || fold_is_letter(c) || c == '-' || (c >= 0x80 && is_foreign_word(c));
}

static bool is_local(hufu_view local)
{
	uint32_t before = '.';
	if (local.len == 0 || local.len > LOCAL_MAX)
		return false;
	while (local.len) {
		uint32_t c = utf8_next(&local);
		if (c == '.' ? before == '.' : !is_atom(c))
			return false;
		before = c;
	}
	return before != '.';
}

static bool is_label(hufu_view label)
{
	if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return false;
	while (label.len) {
		if (!is_host(utf8_next(&label)))
			return false;
	}
	return true;
}

/* Two bytes at least, and no digits but in punycode: "co.c" and "10.0.0.1" are none. */
static bool is_top_label(hufu_view label)
{
	if (!is_label(label) || label.len < 2)
		return false;
	if (view_starts(label, "xn--"))
		return label.len > 4;
	while (label.len) {
		uint32_t c = utf8_next(&label);
		if (c == '-' || fold_is_digit(c))
			return false;
	}
	return true;
}

static bool is_domain(hufu_view domain)
{
	size_t labels = 0;
	for (;; labels++) {
		const char *dot = domain.len ? memchr(domain.ptr, '.', domain.len) : NULL;
		if (!dot)
			return labels > 0 && is_top_label(domain);
		size_t len = (size_t)(dot - domain.ptr);
		if (!is_label((hufu_view){ domain.ptr, len }))
			return false;
		domain = view_from(domain, len + 1);
	}
}

/* Folds into `text`; 0 when it is too long, broken, or narrow and wide at once. */
static size_t fold_email(hufu_view rest, char text[EMAIL_MAX + 4])
{
	size_t len = 0, wide = 0, narrow = 0;
	while (rest.len) {
		bool ascii = (unsigned char)rest.ptr[0] < 0x80;
		const char *here = rest.ptr;
		uint32_t c = utf8_next(&rest);
		if (c == UTF8_BROKEN || len + 4 > EMAIL_MAX + 4)
			return 0;
		uint32_t folded = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
		if (folded != '@' && folded != '.') {
			narrow += ascii;
			wide += folded != c;
		}
		if (folded < 0x80) {
			text[len++] = (char)fold_lower(folded);
		} else {
			memcpy(text + len, here, (size_t)(rest.ptr - here));
			len += (size_t)(rest.ptr - here);
		}
	}
	return len > EMAIL_MAX || (wide && narrow) ? 0 : len;
}

/* What a character of a plain address may be; TO_LOWER is the bit that makes a capital small. */
enum { OF_LOCAL = 1, OF_HOST = 2, OF_TOP = 4, OF_ALL = 7, TO_LOWER = 0x20 };

static const unsigned char plain_classes[256] = { ['0' ... '9'] = OF_LOCAL | OF_HOST,
	['a' ... 'z'] = OF_ALL,
	['A' ... 'Z'] = OF_ALL | TO_LOWER,
	['-'] = OF_LOCAL | OF_HOST,
	['_'] = OF_LOCAL,
	['+'] = OF_LOCAL };

/* The end of the word of a class at `at`; the word goes to `to` in lower case. */
static inline size_t plain_word(hufu_view cell, size_t at, unsigned char class, char *to)
{
	for (; at < cell.len; at++) {
		unsigned char c = (unsigned char)cell.ptr[at], is = plain_classes[c];
		if (!(is & class))
			break;
		to[at] = (char)(c | (is & TO_LOWER));
	}
	return at;
}

/* The end of the plain local part; 0 when it is none. */
static size_t plain_local(hufu_view cell, char *to)
{
	for (size_t at = 0;;) {
		size_t end = plain_word(cell, at, OF_LOCAL, to);
		if (end == at || end > LOCAL_MAX || end == cell.len)
			return 0;
		to[end] = cell.ptr[end];
		if (cell.ptr[end] == '@')
			return end;
		if (cell.ptr[end] != '.')
			return 0;
		at = end + 1;
	}
}

/* Whether a plain domain of letters at its end begins at `at` and takes the rest. */
static bool plain_domain(hufu_view cell, size_t at, char *to)
{
	for (size_t begin = at;; at++) {
		size_t end = plain_word(cell, at, OF_HOST, to);
		if (end == at || end - at > LABEL_MAX || cell.ptr[at] == '-' || cell.ptr[end - 1] == '-')
			return false;
		if (end == cell.len)
			return at > begin && end - at >= 2 && plain_word(cell, at, OF_TOP, to) == end;
		if (cell.ptr[end] != '.')
			return false;
		to[end] = '.';
		at = end;
	}
}

/* Most addresses: ASCII letters, digits and the usual signs, a domain that ends in letters. True only of what the
 * rules below take as well; `text` gets it in lower case. */
static bool is_plain(hufu_view cell, char text[EMAIL_MAX])
{
	size_t sign = cell.len <= EMAIL_MAX ? plain_local(cell, text) : 0;
	return sign && plain_domain(cell, sign + 1, text);
}

static bool email_normalise(hufu_view cell, struct ident_text *out)
{
	static const char scheme[] = "mailto:";
	if (cell.len < EMAIL_MIN || !fold_fits(out, cell.len))
		return false;
	char plain[EMAIL_MAX];
	if (is_plain(cell, plain))
		return fold_result(out, plain, cell.len);
	hufu_view rest = fold_trim(cell);
	if (rest.len > 3 * EMAIL_MAX)
		return false;
	char text[EMAIL_MAX + 4];
	if (rest.len >= sizeof scheme && strncasecmp(rest.ptr, scheme, sizeof scheme - 1) == 0)
		rest = view_from(rest, sizeof scheme - 1);
	size_t len = fold_email(rest, text);
	if (len < EMAIL_MIN)
		return false;
	const char *sign = memchr(text, '@', len);
	if (!sign)
		return false;
	size_t local = (size_t)(sign - text);
	if (!is_local((hufu_view){ text, local }) || !is_domain((hufu_view){ sign + 1, len - local - 1 }))
		return false;
	return fold_result(out, text, len);
}

/* First character, three stars, domain. */
static void email_mask(hufu_view normal, struct ident_text *out)
{
	out->len = 0;
	if (!fold_fits(out, normal.len))
		return;
	const char *sign = normal.len ? memchr(normal.ptr, '@', normal.len) : NULL;
	if (!sign || sign == normal.ptr) {
		fold_mask(normal, 0, 0, out);
		return;
	}
	hufu_view rest = normal;
	(void)utf8_next(&rest);
	size_t shown = normal.len - rest.len;
	hufu_view domain = view_from(normal, (size_t)(sign - normal.ptr));
	memmove(out->ptr, normal.ptr, shown);
	memcpy(out->ptr + shown, "***", 3);
	memmove(out->ptr + shown + 3, domain.ptr, domain.len);
	out->len = shown + 3 + domain.len;
}

/* In running text only what stands in nearly all addresses: "key=a@b.cn" and 邮箱a@b.cn联系 begin and end
 * at the letters. */
static bool is_running_local(char c)
{
	return fold_is_digit((unsigned char)c) || fold_is_letter((unsigned char)c) || c == '.' || c == '_' ||
	       c == '%' || c == '+' || c == '-';
}

static bool is_running_host(char c)
{
	return fold_is_digit((unsigned char)c) || fold_is_letter((unsigned char)c) || c == '.' || c == '-';
}

/* The address around the @ at `sign`, not before `from`. */
static bool spread(hufu_view text, size_t from, size_t sign, hufu_view *found)
{
	size_t begin = sign, end = sign + 1;
	while (begin > from && sign - begin <= LOCAL_MAX && is_running_local(text.ptr[begin - 1]))
		begin--;
	if (begin > 0 && is_running_local(text.ptr[begin - 1]))
		return false; /* longer than a local part may be, or cut by the caller */
	while (end < text.len && end - sign <= EMAIL_MAX && is_running_host(text.ptr[end]))
		end++;
	while (begin < sign && !fold_is_digit((unsigned char)text.ptr[begin]) &&
	        !fold_is_letter((unsigned char)text.ptr[begin]) && text.ptr[begin] != '_')
		begin++;
	while (end > sign && (text.ptr[end - 1] == '.' || text.ptr[end - 1] == '-'))
		end--;
	*found = (hufu_view){ text.ptr + begin, end - begin };
	char room[EMAIL_MAX + 2 * IDENT_SLACK];
	return found->len <= EMAIL_MAX &&
	       email_normalise(*found, &(struct ident_text){ .ptr = room, .cap = sizeof room });
}

static bool email_find(hufu_view text, size_t *at, size_t *len)
{
	for (hufu_view rest = view_from(text, *at); rest.len;) {
		const char *sign = memchr(rest.ptr, '@', rest.len);
		if (!sign)
			return false;
		hufu_view found;
		if (spread(text, *at, (size_t)(sign - text.ptr), &found)) {
			*at = (size_t)(found.ptr - text.ptr);
			*len = found.len;
			return true;
		}
		rest = view_from(text, (size_t)(sign - text.ptr) + 1);
	}
	return false;
}

const struct ident_kind ident_email = {
	.id = 7,
	.name = "email",
	.zh = "邮箱",
	/* 4 to 5 x 10^9 mailboxes are in use (32), as many again dead or of robots, uneven over domains: 36 says
	 * how unlikely it is to hit one by chance among names that people choose. */
	.space_bits = 36,
	.strong = true,
	.normalise = email_normalise,
	.mask = email_mask,
	.find = email_find,
};
