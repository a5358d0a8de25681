/* Decoders. ASCII and UTF-8 are copied in runs; GB18030 and Big5 go through a table of two-byte characters, which
 * the C library's own converters fill; UTF-16 is arithmetic. */
#include "read/decode.h"

#include "base/utf8.h"

#include <iconv.h>
#include <stdlib.h>

enum {
	REPLACEMENT = 0xfffd,
	DECIDE_BYTES = 64 << 10, /* how much is looked at to tell UTF-8, GB18030 and Big5 apart */
	CHARACTER_MAX = 4,       /* bytes of one character, in and out */
};

/* ---- GB18030 ---- */

/* Process-wide, filled once before the lock and never changed after: two-byte characters (0 where there is none), and
 * the converter for the rarer four-byte ones. */
static struct {
	bool ready;
	iconv_t converter;
	uint16_t pairs[126][191]; /* lead 81..fe, trail 40..fe */
} gb18030;

/* The same for Big5, with Hong Kong's additions where Big5 itself has nothing. */
static uint16_t big5_pairs[126][191];

/* One whole character; UTF8_BROKEN where there is none. */
static uint32_t ask_system(iconv_t converter, const unsigned char *bytes, size_t len)
{
	char in[4], out[8];
	memcpy(in, bytes, len);
	char *from = in, *to = out;
	size_t from_len = len, to_len = sizeof out;
	iconv(converter, NULL, NULL, NULL, NULL);
	if (iconv(converter, &from, &from_len, &to, &to_len) == (size_t)-1 || from_len || to == out)
		return UTF8_BROKEN;
	hufu_view text = view_make(out, (size_t)(to - out));
	uint32_t character = utf8_next(&text);
	return text.len ? UTF8_BROKEN : character;
}

/* Fills what is still empty of a table. */
static void fill_pairs(iconv_t converter, uint16_t pairs[126][191])
{
	for (unsigned lead = 0x81; lead <= 0xfe; lead++)
		for (unsigned trail = 0x40; trail <= 0xfe; trail++) {
			uint16_t *pair = &pairs[lead - 0x81][trail - 0x40];
			if (*pair || trail == 0x7f)
				continue;
			const unsigned char bytes[] = { (unsigned char)lead, (unsigned char)trail };
			uint32_t c = ask_system(converter, bytes, sizeof bytes);
			*pair = c < 0x10000 ? (uint16_t)c : 0;
		}
}

hufu_status decode_prepare(void)
{
	static const char *const big5[] = { "BIG5", "BIG5-HKSCS" };
	if (gb18030.ready)
		return HUFU_OK;
	gb18030.converter = iconv_open("UTF-8", "GB18030");
	if (gb18030.converter == (iconv_t)-1)
		return HUFU_UNSUPPORTED;
	fill_pairs(gb18030.converter, gb18030.pairs);
	for (size_t i = 0; i < LEN(big5); i++) {
		iconv_t converter = iconv_open("UTF-8", big5[i]);
		if (converter == (iconv_t)-1)
			return HUFU_UNSUPPORTED;
		fill_pairs(converter, big5_pairs);
		iconv_close(converter);
	}
	gb18030.ready = true;
	return HUFU_OK;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* The character at `at`, not ASCII: its length in `len`, or 0 when `left` bytes do not tell yet. Broken ones take one
 * byte, so that a separator behind a stray byte is never eaten. */
static uint32_t gb18030_next(const unsigned char *at, size_t left, bool end, size_t *len)
{
	*len = 1;
	if (at[0] == 0x80 || at[0] == 0xff)
		return UTF8_BROKEN;
	if (left < 2) {
		*len = end ? 1 : 0;
		return UTF8_BROKEN;
	}
	if (at[1] >= 0x40) {
		uint16_t pair = at[1] == 0xff ? 0 : gb18030.pairs[at[0] - 0x81][at[1] - 0x40];
		if (!pair)
			return UTF8_BROKEN;
		*len = 2;
		return pair;
	}
	if (!is_digit(at[1]))
		return UTF8_BROKEN;
	if (left < 4) {
		*len = end ? 1 : 0;
		return UTF8_BROKEN;
	}
	if (at[2] < 0x81 || at[2] == 0xff || !is_digit(at[3]))
		return UTF8_BROKEN;
	uint32_t character = ask_system(gb18030.converter, at, 4);
	if (character != UTF8_BROKEN)
		*len = 4;
	return character;
}

static uint32_t big5_next(const unsigned char *at, size_t left, bool end, size_t *len)
{
	*len = 1;
	if (at[0] == 0x80 || at[0] == 0xff)
		return UTF8_BROKEN;
	if (left < 2) {
		*len = end ? 1 : 0;
		return UTF8_BROKEN;
	}
	uint16_t pair = at[1] < 0x40 || at[1] == 0xff ? 0 : big5_pairs[at[0] - 0x81][at[1] - 0x40];
	if (!pair)
		return UTF8_BROKEN;
	*len = 2;
	return pair;
}

/* Copies ASCII until another byte comes or there is no room; eight bytes at a time, for in a Chinese text few stand
 * together. Returns how many there were; what lies behind them in `out` may be overwritten. */
static inline size_t copy_ascii(const unsigned char *at, size_t len, char *out, size_t cap)
{
	size_t most = len < cap ? len : cap, i = 0;
	for (uint64_t word; most - i >= sizeof word; i += sizeof word) {
		memcpy(&word, at + i, sizeof word);
		memcpy(out + i, &word, sizeof word);
		if (word & 0x8080808080808080u)
			break;
	}
	for (; i < most && at[i] < 0x80; i++)
		out[i] = (char)at[i];
	return i;
}

/* Decodes characters of two bytes while they come and become three, as nearly all do. Returns how many. */
static inline size_t copy_pairs(const uint16_t pairs[126][191], hufu_view in, char *out, size_t cap)
{
	const unsigned char *at = (const unsigned char *)in.ptr;
	size_t most = in.len / 2 < cap / 3 ? in.len / 2 : cap / 3, count = 0;
	for (; count < most; count++, at += 2, out += 3) {
		if (at[0] < 0x81 || at[0] == 0xff || at[1] < 0x40 || at[1] == 0xff)
			break;
		uint16_t character = pairs[at[0] - 0x81][at[1] - 0x40];
		if (character < 0x800)
			break;
		out[0] = (char)(0xe0 | character >> 12);
		out[1] = (char)(0x80 | (character >> 6 & 0x3f));
		out[2] = (char)(0x80 | (character & 0x3f));
	}
	return count;
}

/* One run of either; the first byte of a character is never ASCII. */
static size_t decode_pairs(hufu_view in, bool end, bool big5, char *out, size_t cap, size_t *taken, uint64_t *broken)
{
	const uint16_t(*pairs)[191] = big5 ? big5_pairs : gb18030.pairs;
	const unsigned char *at = (const unsigned char *)in.ptr;
	size_t i = 0, put = 0;
	while (i < in.len && cap - put >= CHARACTER_MAX) {
		size_t run = copy_ascii(at + i, in.len - i, out + put, cap - put);
		i += run;
		put += run;
		size_t count = copy_pairs(pairs, view_from(in, i), out + put, cap - put);
		i += 2 * count;
		put += 3 * count;
		if (run + count > 0)
			continue;
		size_t len;
		uint32_t character =
		        big5 ? big5_next(at + i, in.len - i, end, &len) : gb18030_next(at + i, in.len - i, end, &len);
		if (len == 0)
			break;
		if (character == UTF8_BROKEN) {
			character = REPLACEMENT;
			++*broken;
		}
		put += utf8_put(character, out + put);
		i += len;
	}
	*taken = i;
	return put;
}

size_t decode_gb18030(hufu_view in, bool end, char *out, size_t cap, size_t *taken, uint64_t *broken)
{
	return decode_pairs(in, end, false, out, cap, taken, broken);
}

/* ---- UTF-8 ---- */

/* Whether the bytes could be the beginning of a character that the rest will complete. */
static bool cut_utf8(const unsigned char *at, size_t len)
{
	if (len == 0 || len > 3 || at[0] < 0xc2 || at[0] > 0xf4)
		return false;
	size_t need = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return false;
	return len < need;
}

static size_t decode_utf8(hufu_view in, bool end, char *out, size_t cap, size_t *taken, uint64_t *broken)
{
	size_t i = 0, put = 0;
	while (i < in.len && cap - put >= CHARACTER_MAX) {
		size_t most = in.len - i < cap - put ? in.len - i : cap - put;
		size_t run = utf8_valid(view_make(in.ptr + i, most));
		memcpy(out + put, in.ptr + i, run);
		i += run;
		put += run;
		/* At a border of ours, not of the text, the character is left for the next call. */
		if (i == in.len || cap - put < CHARACTER_MAX)
			break;
		if (!end && cut_utf8((const unsigned char *)in.ptr + i, in.len - i))
			break;
		put += utf8_put(REPLACEMENT, out + put);
		++*broken;
		i++;
	}
	*taken = i;
	return put;
}

/* ---- UTF-16 ---- */

static uint32_t unit(const unsigned char *at, bool big)
{
	return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static size_t decode_utf16(hufu_view in, bool end, bool big, char *out, size_t cap, size_t *taken, uint64_t *broken)
{
	const unsigned char *at = (const unsigned char *)in.ptr;
	size_t i = 0, put = 0;
	while (in.len - i >= 2 && cap - put >= CHARACTER_MAX) {
		uint32_t c = unit(at + i, big);
		size_t len = 2;
		if (c >= 0xd800 && c < 0xdc00) {
			if (in.len - i < 4 && !end)
				break;
			uint32_t low = in.len - i < 4 ? 0 : unit(at + i + 2, big);
			bool paired = low >= 0xdc00 && low < 0xe000;
			c = paired ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : UTF8_BROKEN;
			len = paired ? 4 : 2;
		} else if (c >= 0xdc00 && c < 0xe000) {
			c = UTF8_BROKEN;
		}
		if (c == UTF8_BROKEN) {
			c = REPLACEMENT;
			++*broken;
		}
		put += utf8_put(c, out + put);
		i += len;
	}
	if (end && in.len - i == 1 && cap - put >= CHARACTER_MAX) {
		put += utf8_put(REPLACEMENT, out + put);
		++*broken;
		i++;
	}
	*taken = i;
	return put;
}

/* ---- which encoding ---- */

/* Counts characters above ASCII that are whole UTF-8, and bytes that are not; a character cut by the end counts for
 * none. */
static void weigh_utf8(const unsigned char *at, size_t len, uint64_t *good, uint64_t *bad)
{
	hufu_view rest = view_make(at, len);
	*good = *bad = 0;
	while (rest.len) {
		size_t run = utf8_ascii(rest);
		rest = view_from(rest, run);
		if (!rest.len || cut_utf8((const unsigned char *)rest.ptr, rest.len))
			return;
		if (utf8_next(&rest) == UTF8_BROKEN)
			++*bad;
		else
			++*good;
	}
}

/* Some damage does not make UTF-8 something else: of Chinese GB18030 text four fifths of the characters are broken as
 * UTF-8, of damaged UTF-8 far fewer. */
static bool is_utf8(const unsigned char *at, size_t len)
{
	uint64_t good, bad;
	weigh_utf8(at, len, &good, &bad);
	return bad == 0 || good > 4 * bad;
}

/* Big5 or GB18030, by the standards' own halves of common and rare characters. Of simplified Chinese in GB18030 nearly
 * all are of GB 2312's first level (lead b0..d7, trail from a1); of traditional Chinese in Big5 nearly all are of its
 * first level (lead a4..c6, trail 40..7e or from a1). Read as the other, half of each falls among the rare. In doubt
 * it is GB18030, and traditional Chinese in GB18030 is common in neither. */
static bool is_big5(const unsigned char *at, size_t len)
{
	enum { FEW = 4 };
	uint64_t common5 = 0, rare5 = 0, common = 0, rare = 0;
	for (size_t i = 0; i + 1 < len;) {
		unsigned char lead = at[i], trail = at[i + 1];
		if (lead < 0x80) {
			i++;
			continue;
		}
		bool whole = (trail >= 0x40 && trail <= 0x7e) || (trail >= 0xa1 && trail <= 0xfe);
		if (lead < 0xa1 || lead > 0xa3 || !whole) { /* a1..a3: punctuation and full width in both */
			common5 += whole && lead >= 0xa4 && lead <= 0xc6;
			rare5 += !(whole && lead >= 0xa4 && lead <= 0xc6);
		}
		i += whole ? 2 : 1;
	}
	for (size_t i = 0; i + 1 < len;) {
		unsigned char lead = at[i], trail = at[i + 1];
		if (lead < 0x80) {
			i++;
			continue;
		}
		bool level = lead >= 0xb0 && lead <= 0xd7 && trail >= 0xa1;
		if (lead < 0xa1 || lead > 0xa3 || trail < 0xa1) {
			common += level;
			rare += !level;
		}
		i += trail >= 0x40 ? 2 : is_digit(trail) ? 4 : 1;
	}
	return common5 >= FEW && common5 > 9 * rare5 && rare * 4 > common;
}

/* Some damage does not make UTF-8 something else: see weigh_utf8. */
static enum encoding by_bytes(const unsigned char *at, size_t len)
{
	if (is_utf8(at, len))
		return ENCODING_UTF8;
	return is_big5(at, len) ? ENCODING_BIG5 : ENCODING_GB18030;
}

/* UTF-16 without a mark: digits, commas and line ends have a zero in one half of the unit and never in the other. */
static enum encoding by_zeros(const unsigned char *at, size_t len)
{
	size_t zeros[2] = { 0, 0 }, units = len / 2, controls = 0;
	for (size_t i = 0; i < units * 2; i++)
		zeros[i & 1] += at[i] == 0;
	for (size_t i = 0; i < units * 2; i += 2) {
		unsigned char c = at[i] | at[i + 1];
		controls += (at[i] == 0 || at[i + 1] == 0) && c < 0x20 && c != '\t' && c != '\n' && c != '\r';
	}
	/* Numbers of 16 bits have the zeros too, but not only letters beside them. */
	if (controls * 20 > units)
		return ENCODING_ASCII;
	if (units >= 2 && zeros[1] * 20 >= units && zeros[0] * 100 <= units)
		return ENCODING_UTF16LE;
	if (units >= 2 && zeros[0] * 20 >= units && zeros[1] * 100 <= units)
		return ENCODING_UTF16BE;
	return ENCODING_ASCII;
}

/* Zeros, or many control characters of several kinds; one or two kinds may be separators. */
static bool looks_binary(const unsigned char *at, size_t len)
{
	size_t counts[32] = { 0 }, controls = 0, kinds = 0;
	for (size_t i = 0; i < len; i++)
		if (at[i] < 0x20)
			counts[at[i]]++;
	for (unsigned c = 1; c < 32; c++) {
		if (c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v')
			continue;
		controls += counts[c];
		kinds += counts[c] > 0;
	}
	return counts[0] * 1000 > len || (kinds > 2 && controls * 10 > len);
}

/* High bytes that are neither UTF-8 nor GB18030: pictures and packed data without zeros. A few tell nothing. */
static bool looks_garbled(const unsigned char *at, size_t len)
{
	uint64_t broken = 0, high = 0;
	char out[1024];
	hufu_view rest = view_make(at, len);
	for (size_t i = 0; i < len; i++)
		high += at[i] >= 0x80;
	for (size_t taken = 1; rest.len && taken; rest = view_from(rest, taken))
		decode_gb18030(rest, false, out, sizeof out, &taken, &broken);
	return high >= 64 && high * 20 > len && broken * 8 > high;
}

static void find_encoding(struct decoder *decoder)
{
	const unsigned char *at = decoder->raw;
	size_t len = decoder->raw_len < DECIDE_BYTES ? decoder->raw_len : DECIDE_BYTES;
	if (len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) {
		decoder->encoding = ENCODING_UTF8;
		decoder->raw_at = 3;
	} else if (len >= 2 && (memcmp(at, "\xff\xfe", 2) == 0 || memcmp(at, "\xfe\xff", 2) == 0)) {
		decoder->encoding = at[0] == 0xff ? ENCODING_UTF16LE : ENCODING_UTF16BE;
		decoder->raw_at = 2;
	} else if (len >= 4 && memcmp(at, "\x84\x31\x95\x33", 4) == 0) {
		decoder->encoding = ENCODING_GB18030;
		decoder->raw_at = 4;
	} else {
		decoder->encoding = by_zeros(at, len);
	}
	if (decoder->encoding == ENCODING_ASCII || decoder->encoding == ENCODING_UTF8)
		decoder->binary = looks_binary(at, len);
	if (decoder->encoding == ENCODING_ASCII && !decoder->binary && by_bytes(at, len) == ENCODING_GB18030)
		decoder->binary = looks_garbled(at, len);
}

/* ---- the decoder ---- */

/* Tops the raw buffer up until it holds `want` bytes, it is full, or the source has no more. */
static void top_up(struct decoder *decoder, size_t want)
{
	if (decoder->raw_at) {
		memmove(decoder->raw, decoder->raw + decoder->raw_at, decoder->raw_len - decoder->raw_at);
		decoder->raw_len -= decoder->raw_at;
		decoder->raw_before += decoder->raw_at;
		decoder->raw_at = 0;
	}
	if (want > decoder->raw_cap)
		want = decoder->raw_cap;
	while (decoder->raw_len < want && !decoder->raw_end) {
		size_t got = source_read(
		        decoder->source, decoder->raw + decoder->raw_len, decoder->raw_cap - decoder->raw_len);
		decoder->raw_len += got;
		decoder->raw_end = got == 0;
	}
}

hufu_status decoder_init(struct decoder *decoder, struct source *source, size_t cap)
{
	*decoder = (struct decoder){ .source = source, .raw_cap = cap };
	decoder->raw = malloc(cap);
	if (!decoder->raw)
		return HUFU_NO_MEMORY;
	hufu_status st = decode_prepare();
	if (st != HUFU_OK)
		return st;
	top_up(decoder, DECIDE_BYTES);
	find_encoding(decoder);
	return HUFU_OK;
}

void decoder_done(struct decoder *decoder)
{
	free(decoder->raw);
	decoder->raw = NULL;
}

uint64_t decoder_at(const struct decoder *decoder)
{
	return decoder->raw_before + decoder->raw_at;
}

bool decoder_seek(struct decoder *decoder, uint64_t at)
{
	if (!source_seek(decoder->source, at))
		return false;
	decoder->raw_before = at;
	decoder->raw_at = decoder->raw_len = 0;
	decoder->raw_end = false;
	return true;
}

const char *decoder_label(const struct decoder *decoder)
{
	switch (decoder->encoding) {
	case ENCODING_GB18030:
		return "gb18030";
	case ENCODING_BIG5:
		return "big5";
	case ENCODING_UTF16LE:
		return "utf-16le";
	case ENCODING_UTF16BE:
		return "utf-16be";
	default:
		return "utf-8";
	}
}

static size_t decode_some(struct decoder *decoder, char *out, size_t cap)
{
	hufu_view in = view_make(decoder->raw + decoder->raw_at, decoder->raw_len - decoder->raw_at);
	size_t taken = 0, put = 0;
	bool end = decoder->raw_end;
	if (decoder->encoding == ENCODING_ASCII) {
		size_t run = utf8_ascii(view_make(in.ptr, in.len < cap ? in.len : cap));
		memcpy(out, in.ptr, run);
		decoder->raw_at += run;
		if (run)
			return run;
		/* The first character above ASCII: decide by what follows it. */
		top_up(decoder, DECIDE_BYTES);
		decoder->encoding =
		        by_bytes(decoder->raw, decoder->raw_len < DECIDE_BYTES ? decoder->raw_len : DECIDE_BYTES);
		return decode_some(decoder, out, cap);
	}
	if (decoder->encoding == ENCODING_UTF8)
		put = decode_utf8(in, end, out, cap, &taken, &decoder->broken);
	else if (decoder->encoding == ENCODING_GB18030 || decoder->encoding == ENCODING_BIG5)
		put = decode_pairs(in, end, decoder->encoding == ENCODING_BIG5, out, cap, &taken, &decoder->broken);
	else
		put = decode_utf16(in, end, decoder->encoding == ENCODING_UTF16BE, out, cap, &taken, &decoder->broken);
	decoder->raw_at += taken;
	return put;
}

/* Straight from the source into `out`, where next to nothing waits: what is good UTF-8 needs no decoding and no copy.
 * What follows goes into the raw buffer, for the careful way. */
static size_t read_straight(struct decoder *decoder, char *out, size_t cap)
{
	size_t waiting = decoder->raw_len - decoder->raw_at, most = cap < decoder->raw_cap ? cap : decoder->raw_cap;
	memcpy(out, decoder->raw + decoder->raw_at, waiting);
	size_t got = source_read(decoder->source, out + waiting, most - waiting);
	if (got == 0) {
		decoder->raw_end = true;
		return 0;
	}
	hufu_view text = { out, waiting + got };
	size_t good = decoder->encoding == ENCODING_ASCII ? utf8_ascii(text) : utf8_valid(text);
	decoder->raw_before += decoder->raw_at + good;
	decoder->raw_at = 0;
	decoder->raw_len = text.len - good;
	memcpy(decoder->raw, out + good, decoder->raw_len);
	return good;
}

static bool may_go_straight(const struct decoder *decoder, size_t cap)
{
	bool utf8 = decoder->encoding == ENCODING_ASCII || decoder->encoding == ENCODING_UTF8;
	size_t waiting = decoder->raw_len - decoder->raw_at;
	return utf8 && !decoder->raw_end && waiting < CHARACTER_MAX && waiting < cap && waiting < decoder->raw_cap;
}

size_t decoder_read(struct decoder *decoder, char *out, size_t cap)
{
	if (may_go_straight(decoder, cap)) {
		size_t put = read_straight(decoder, out, cap);
		if (put)
			return put;
	}
	/* Two rounds at most find text: what a first leaves is a cut character, which topping up completes or ends. */
	for (;;) {
		if (decoder->raw_at < decoder->raw_len) {
			size_t put = decode_some(decoder, out, cap);
			if (put)
				return put;
		}
		if (decoder->raw_end)
			return 0;
		top_up(decoder, decoder->raw_len - decoder->raw_at + 1);
	}
}
