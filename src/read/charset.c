/* See charset.h. The encodings of China are decode.c's; those of one byte are tables filled from the C library; the few
 * others of East Asia keep a converter each, which opens nothing any more. */
#include "read/charset.h"

#include "base/utf8.h"
#include "read/decode.h"

#include <iconv.h>
#include <strings.h>

enum { ALIASES = 4, BYTES = 128 };

struct single {
	const char *system;
	const char *aliases[ALIASES];
	uint16_t high[BYTES]; /* 80..ff; 0: none */
};

/* Process-wide, filled once before the lock. Latin 1 is read as Windows 1252, as every mail program does. */
static struct single singles[] = {
	{ .system = "CP1252", .aliases = { "windows-1252", "iso-8859-1", "latin1", "cp1252" } },
	{ .system = "CP1251", .aliases = { "windows-1251", "cp1251" } },
	{ .system = "KOI8-R", .aliases = { "koi8-r" } },
};

static struct {
	const char *system;
	const char *aliases[ALIASES];
	iconv_t converter;
	bool open;
} converters[] = {
	{ .system = "ISO-2022-JP", .aliases = { "iso-2022-jp" } },
	{ .system = "CP932", .aliases = { "shift_jis", "shift-jis", "windows-31j", "cp932" } },
	{ .system = "EUC-JP", .aliases = { "euc-jp" } },
	{ .system = "CP949", .aliases = { "euc-kr", "ks_c_5601-1987", "cp949" } },
};

static void fill(struct single *single)
{
	iconv_t converter = iconv_open("UTF-16LE", single->system);
	if (converter == (iconv_t)-1)
		return;
	for (unsigned i = 0; i < BYTES; i++) {
		char in = (char)(0x80 + i), *from = &in;
		unsigned char out[4];
		char *to = (char *)out;
		size_t from_len = 1, to_len = sizeof out;
		if (iconv(converter, &from, &from_len, &to, &to_len) != (size_t)-1 && to_len == 2)
			single->high[i] = (uint16_t)(out[0] | out[1] << 8);
	}
	iconv_close(converter);
}

void charset_prepare(void)
{
	static bool ready;
	for (size_t i = 0; !ready && i < LEN(singles); i++)
		fill(&singles[i]);
	for (size_t i = 0; !ready && i < LEN(converters); i++) {
		converters[i].converter = iconv_open("UTF-8", converters[i].system);
		converters[i].open = converters[i].converter != (iconv_t)-1;
	}
	ready = true;
}

static bool named(hufu_view name, const char *const *aliases)
{
	for (size_t i = 0; i < ALIASES && aliases[i]; i++)
		if (name.len == strlen(aliases[i]) && strncasecmp(name.ptr, aliases[i], name.len) == 0)
			return true;
	return false;
}

static void put(struct bytes *out, uint32_t character)
{
	char room[4];
	if (character)
		bytes_add(out, view_make(room, utf8_put(character, room)));
}

static void decode_single(const struct single *single, hufu_view text, struct bytes *out)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		uint32_t wide = c < 0x80 ? c : single->high[c - 0x80];
		put(out, c >= 0x80 && wide == 0 ? 0xfffd : wide);
	}
}

static void add_clean(struct bytes *out, hufu_view text)
{
	while (text.len) {
		const char *zero = memchr(text.ptr, '\0', text.len);
		size_t len = zero ? (size_t)(zero - text.ptr) : text.len;
		bytes_add(out, view_make(text.ptr, len));
		text = view_from(text, len + (zero != NULL));
	}
}

static void decode_system(iconv_t converter, hufu_view text, struct bytes *out)
{
	char room[1024], *from = (char *)(uintptr_t)text.ptr;
	size_t left = text.len;
	iconv(converter, NULL, NULL, NULL, NULL);
	while (left) {
		char *to = room;
		size_t to_len = sizeof room, before = left;
		size_t got = iconv(converter, &from, &left, &to, &to_len);
		add_clean(out, view_make(room, (size_t)(to - room)));
		/* A broken character, or one cut at the end: one byte is given up. */
		if (got == (size_t)-1 && (to == room || left == before) && left) {
			put(out, 0xfffd);
			from++;
			left--;
		}
	}
}

/* The way of files: marks, zeros, the first characters above ASCII. */
static void decode_found(hufu_view text, struct bytes *out)
{
	struct source source;
	struct decoder decoder = { 0 };
	char room[4096];
	source_memory(&source, text);
	if (decoder_init(&decoder, &source, 16 << 10) != HUFU_OK)
		out->failed = true;
	for (size_t got; !out->failed && (got = decoder_read(&decoder, room, sizeof room));)
		add_clean(out, view_make(room, got));
	decoder_done(&decoder);
}

static void decode_gb(hufu_view text, struct bytes *out)
{
	char room[4096];
	uint64_t broken = 0;
	for (size_t taken = 1; text.len && taken; text = view_from(text, taken))
		add_clean(out, view_make(room, decode_gb18030(text, true, room, sizeof room, &taken, &broken)));
}

void charset_decode(hufu_view name, hufu_view text, struct bytes *out)
{
	static const char *const gb[] = { "gb18030", "gbk", "gb2312", "cp936" };
	/* A single-byte charset named over valid UTF-8 is a mail program's default, not the truth: that two bytes of
	 * Latin make a character of UTF-8 by accident, and no byte fails to, hardly happens. */
	bool utf8 = utf8_valid(text) == text.len;
	for (size_t i = 0; i < LEN(converters); i++)
		if (converters[i].open && named(name, converters[i].aliases)) {
			decode_system(converters[i].converter, text, out);
			return;
		}
	if (utf8) {
		add_clean(out, text);
		return;
	}
	for (size_t i = 0; i < LEN(singles); i++)
		if (named(name, singles[i].aliases)) {
			decode_single(&singles[i], text, out);
			return;
		}
	if (named(name, gb))
		decode_gb(text, out);
	else
		decode_found(text, out);
}
