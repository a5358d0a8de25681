/* See number.h. */
#include "case/number.h"

#include "base/utf8.h"

#include <math.h>
#include <strings.h>

/* ---- folding ---- */

static uint32_t folded(uint32_t c)
{
	/* 0xff0c, the comma of Chinese, parts clauses and never thousands. */
	if (c >= 0xff01 && c <= 0xff5e && c != 0xff0c && c != 0xff1b)
		return c - 0xfee0;
	if (c == 0x3000 || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f)
		return ' ';
	if (c == 0xffe5)
		return 0xa5;
	if (c == 0x2019)
		return '\'';
	if (c == 0x2212)
		return '-';
	return c;
}

void number_fold(hufu_view text, struct bytes *out)
{
	while (text.len && !out->failed) {
		char room[4];
		uint32_t c = utf8_next(&text);
		/* What is not seen: marks of direction and of width nothing. */
		if (c == '\r' || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || c == 0x2060 ||
		        c == 0xfeff)
			continue;
		c = c == UTF8_BROKEN ? '?' : folded(c);
		bytes_add(out, view_make(room, utf8_put(c, room)));
	}
}

bool number_in_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool number_word(hufu_view text, const char *word)
{
	size_t len = strlen(word);
	if (text.len < len || strncasecmp(text.ptr, word, len) != 0)
		return false;
	return len == text.len || !number_in_word(text.ptr[len]) || !number_in_word(word[len - 1]);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- multipliers ---- */

struct multiplier {
	const char *word;
	double times;
	bool letter; /* stands directly behind the digits */
};

/* The longer of two that begin alike stands first. */
static const struct multiplier multipliers[] = {
	{ "百万", 1e6, false },
	{ "百萬", 1e6, false },
	{ "千万", 1e7, false },
	{ "千萬", 1e7, false },
	{ "十万", 1e5, false },
	{ "十萬", 1e5, false },
	{ "十亿", 1e9, false },
	{ "百亿", 1e10, false },
	{ "万亿", 1e12, false },
	{ "万", 1e4, false },
	{ "萬", 1e4, false },
	{ "亿", 1e8, false },
	{ "億", 1e8, false },
	{ "千", 1e3, false },
	{ "百", 1e2, false },
	{ "억", 1e8, false },
	{ "만", 1e4, false },
	{ "thousand", 1e3, false },
	{ "millions", 1e6, false },
	{ "million", 1e6, false },
	{ "mln", 1e6, false },
	{ "mil", 1e6, false },
	{ "mio", 1e6, false },
	{ "mill", 1e6, false },
	{ "mrd", 1e9, false },
	{ "trillion", 1e12, false },
	{ "billion", 1e9, false },
	{ "bln", 1e9, false },
	{ "bn", 1e9, false },
	{ "mm", 1e6, true },
	{ "k", 1e3, true },
	{ "m", 1e6, true },
	{ "b", 1e9, true },
	{ "w", 1e4, true },
};

static size_t blanks(hufu_view text)
{
	size_t len = 0;
	while (len < text.len && len < 3 && text.ptr[len] == ' ')
		len++;
	return len;
}

size_t number_multiplier(hufu_view text, bool apart, double *times)
{
	size_t before = blanks(text);
	hufu_view rest = view_from(text, before);
	for (size_t i = 0; i < LEN(multipliers); i++) {
		const struct multiplier *row = &multipliers[i];
		if (!number_word(rest, row->word) || (row->letter && before && !apart))
			continue;
		*times = row->times;
		return before + strlen(row->word);
	}
	return 0;
}

/* ---- digits ---- */

/* Digits in groups of three behind the first: how long the whole is; 0 when they are not so. */
static size_t grouped(hufu_view text, char mark)
{
	size_t len = 0, groups = 0;
	while (len < text.len && len < 3 && is_digit(text.ptr[len]))
		len++;
	while (len + 3 < text.len && text.ptr[len] == mark && is_digit(text.ptr[len + 1]) &&
	        is_digit(text.ptr[len + 2]) && is_digit(text.ptr[len + 3])) {
		len += 4;
		groups++;
	}
	bool more = len < text.len && is_digit(text.ptr[len]);
	/* "1.234" is a fraction; only "1.234.567" is thousands by points. */
	return groups >= (mark == '.' ? 2 : 1) && !more ? len : 0;
}

static size_t digits_read(hufu_view text, double *value, double *step)
{
	enum { DIGITS_MAX = 18 };
	size_t len = grouped(text, ','), digits = 0;
	if (!len)
		len = grouped(text, '\'');
	if (!len)
		len = grouped(text, '.');
	while (!len && digits < text.len && is_digit(text.ptr[digits]))
		digits++;
	len = len ? len : digits;
	*value = 0;
	*step = 1;
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		if (is_digit(text.ptr[i])) {
			*value = *value * 10 + (text.ptr[i] - '0');
			count++;
		}
	if (len == 0 || count > DIGITS_MAX)
		return 0;
	if (len + 1 < text.len && text.ptr[len] == '.' && is_digit(text.ptr[len + 1])) {
		double scale = 1, part = *value;
		size_t i = len + 1;
		for (; i < text.len && is_digit(text.ptr[i]) && i - len <= DIGITS_MAX - count; i++) {
			part = part * 10 + (text.ptr[i] - '0');
			scale *= 10;
		}
		/* More digits than fit, or "1.2.3": no number. */
		if (i < text.len && (is_digit(text.ptr[i]) ||
		                            (text.ptr[i] == '.' && i + 1 < text.len && is_digit(text.ptr[i + 1]))))
			return 0;
		*value = part / scale;
		*step = 1 / scale;
		len = i;
	}
	return len;
}

/* Zeros at the end of a whole number may be rounding; two figures are meant at least. */
static double round_step(double value)
{
	double step = 1;
	while (value >= step * 1000 && fmod(value, step * 10) == 0)
		step *= 10;
	return step;
}

/* "12万5千", "1亿2000万": smaller and smaller. */
static size_t read_digits(hufu_view text, struct number *out)
{
	double value, step, times = 0, last = INFINITY, sum = 0;
	size_t len = digits_read(text, &value, &step), all = 0;
	if (!len)
		return 0;
	bool scaled = false;
	for (;;) {
		size_t behind = number_multiplier(view_from(text, all + len), false, &times);
		if (!behind)
			times = 1;
		if (times >= last)
			break;
		scaled = scaled || behind;
		sum += value * times;
		out->step = step * times;
		all += len + behind;
		last = times;
		/* Only Chinese goes on so: "1亿2000万". */
		if (!behind || (unsigned char)text.ptr[all - 1] < 0x80 || step < 1)
			break;
		len = digits_read(view_from(text, all), &value, &step);
		if (!len)
			break;
	}
	if (!scaled && out->step == 1)
		out->step = round_step(sum);
	/* Products of decimals: 3.99 * 10000 is 39900 and nothing behind the point. */
	double whole = nearbyint(sum);
	out->value = out->step >= 1 && fabs(sum - whole) < 1e-3 ? whole : sum;
	out->scaled = scaled;
	out->chinese = false;
	return all;
}

/* ---- Chinese numerals ---- */

static int numeral(uint32_t c)
{
	static const uint32_t digits[][3] = { { 0x96f6, 0x3007, 0 }, { 0x4e00, 0x58f9, 0 }, { 0x4e8c, 0x4e24, 0x8d30 },
		{ 0x4e09, 0x53c1, 0 }, { 0x56db, 0x8086, 0 }, { 0x4e94, 0x4f0d, 0 }, { 0x516d, 0x9646, 0 },
		{ 0x4e03, 0x67d2, 0 }, { 0x516b, 0x634c, 0 }, { 0x4e5d, 0x7396, 0 } };
	if (c == 0x5169) /* 兩 */
		return 2;
	for (int i = 0; i < 10; i++)
		for (size_t k = 0; k < 3; k++)
			if (digits[i][k] == c)
				return i;
	return -1;
}

/* 十 百 千 within a group, 万 亿 above it; 0: none. */
static double place_of(uint32_t c)
{
	switch (c) {
	case 0x5341:
	case 0x62fe:
		return 10;
	case 0x767e:
	case 0x4f70:
		return 100;
	case 0x5343:
	case 0x4edf:
		return 1000;
	case 0x4e07:
	case 0x842c:
		return 1e4;
	case 0x4ebf:
	case 0x5104:
		return 1e8;
	default:
		return 0;
	}
}

struct numerals {
	double sum, group, step;
	int digit;      /* not placed yet; -1: none */
	double lowest;  /* the place before: what follows must be lower */
	bool any, zero; /* a zero was skipped: the last digit is of ones */
};

static bool add_place(struct numerals *n, double place)
{
	if (place >= 1e4) {
		double head = n->group + (n->digit >= 0 ? n->digit : 0);
		if (head == 0 && n->sum == 0)
			return false;
		/* 一万亿: all so far is multiplied. */
		if (n->sum > 0 && n->sum < place)
			n->sum = (n->sum + head) * place;
		else
			n->sum += head * place;
		n->group = 0;
	} else {
		if (n->digit < 0 && place != 10)
			return false;
		n->group += (n->digit >= 0 ? n->digit : 1) * place;
	}
	n->digit = -1;
	n->step = n->lowest = place;
	n->zero = false;
	return true;
}

static size_t read_numerals(hufu_view text, struct number *out)
{
	enum { CHARACTERS_MAX = 32 };
	struct numerals n = { .digit = -1, .step = 1 };
	hufu_view rest = text;
	size_t len = 0, plain = 0;
	double digits = 0;
	bool places = false;
	for (unsigned i = 0; i < CHARACTERS_MAX && rest.len && plain < 16; i++) {
		hufu_view before = rest;
		uint32_t c = utf8_next(&rest);
		int digit = numeral(c);
		double place = place_of(c);
		if (digit < 0 && place == 0) {
			rest = before;
			break;
		}
		if (digit < 0) {
			if (!add_place(&n, place)) {
				rest = before;
				break;
			}
			places = true;
		} else {
			/* Two digits side by side: a number written digit by digit, 二〇二二. */
			if (n.digit >= 0 && places) {
				rest = before;
				break;
			}
			plain++;
			digits = digits * 10 + digit;
			n.zero = n.zero || digit == 0;
			n.digit = digit ? digit : -1;
		}
		len += before.len - rest.len;
		n.any = true;
	}
	if (!n.any)
		return 0;
	/* 三百五: three hundred and fifty; behind a zero it is five. */
	double tail = n.digit >= 0 ? n.digit : 0,
	       unit = places && n.lowest >= 100 && !n.zero && tail > 0 ? n.lowest / 10 : 1;
	out->value = places ? n.sum + n.group + tail * unit : digits;
	out->step = places ? (tail > 0 ? unit : n.step) : 1;
	/* 三点九九万 */
	uint32_t next = rest.len ? utf8_next(&(hufu_view){ rest.ptr, rest.len }) : 0;
	if (!places && next == 0x70b9) {
		hufu_view part = view_from(text, len + 3);
		double scale = 1;
		size_t at = len + 3;
		while (part.len) {
			hufu_view ahead = part;
			int digit = numeral(utf8_next(&ahead));
			if (digit < 0 || scale > 1e9)
				break;
			scale *= 10;
			out->value += digit / scale;
			at += part.len - ahead.len;
			part = ahead;
		}
		double times;
		size_t behind = scale > 1 ? number_multiplier(view_from(text, at), false, &times) : 0;
		if (behind) {
			out->step = times / scale;
			out->value = nearbyint(out->value * scale) * out->step;
			len = at + behind;
		}
	}
	out->chinese = true;
	out->scaled = places;
	return len;
}

size_t number_read(hufu_view text, struct number *out)
{
	if (text.len == 0)
		return 0;
	*out = (struct number){ 0 };
	if (is_digit(text.ptr[0]))
		return read_digits(text, out);
	size_t len = read_numerals(text, out);
	return len ? len : number_spelled(text, out);
}
