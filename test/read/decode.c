/* GB18030 and UTF-16 into UTF-8, however the text comes in pieces and whatever room there is: the same as the C library
 * makes, and of damaged bytes the same in pieces as at once. */
#include "read/decode.h"

#include "base/bytes.h"
#include "base/utf8.h"
#include "invent/invent.h"

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LEAST_ROOM = 4 }; /* for any character */

/* Runs of ASCII, of common characters, and single rare ones of two or four bytes. */
static void add_run(struct bytes *text, struct inventor *dice)
{
	static const uint32_t rare[] = { 0xe9, 0x3b1, 0x20ac, 0x3007, 0x4dbf, 0xff10, 0xfffd, 0x1f600, 0x20000 };
	const uint32_t sort = dice_below(dice, 3), count = sort == 2 ? 1 : dice_below(dice, 20);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t c = sort == 0   ? 1 + dice_below(dice, 127)
		             : sort == 1 ? 0x4e00 + dice_below(dice, 0x5000)
		                         : rare[dice_below(dice, LEN(rare))];
		char room[4];
		bytes_add(text, view_make(room, utf8_put(c, room)));
	}
}

static struct bytes encoded(hufu_view text, const char *encoding)
{
	struct bytes out = { 0 };
	iconv_t converter = iconv_open(encoding, "UTF-8");
	char *from = malloc(text.len + 1), *room = malloc(4 * text.len + 1), *in = from, *to = room;
	size_t left = text.len, free_bytes = 4 * text.len;
	assert_true(converter != (iconv_t)-1 && from && room);
	if (text.len)
		memcpy(from, text.ptr, text.len);
	assert_int_equal(iconv(converter, &in, &left, &to, &free_bytes), 0);
	bytes_add(&out, view_make(room, (size_t)(to - room)));
	iconv_close(converter);
	free(from);
	free(room);
	return out;
}

/* Pieces of up to `most` bytes into rooms of `room` bytes, each of its own so that no byte behind it is written. */
static struct bytes decode(hufu_view in, size_t most, size_t room, uint64_t *broken)
{
	struct bytes out = { 0 };
	*broken = 0;
	for (size_t at = 0, piece = most; at < in.len;) {
		size_t len = in.len - at < piece ? in.len - at : piece, taken;
		char *put = malloc(room);
		assert_non_null(put);
		size_t got = decode_gb18030(view_make(in.ptr + at, len), at + len == in.len, put, room, &taken, broken);
		assert_true(got <= room && taken <= len);
		bytes_add(&out, view_make(put, got));
		free(put);
		at += taken;
		/* What is cut needs more to be told. */
		piece = taken ? most : piece + 1;
	}
	return out;
}

static void check_pieces(hufu_view in, hufu_view want, uint64_t want_broken, struct inventor *dice)
{
	uint64_t broken;
	struct bytes got = decode(in, 1 + dice_below(dice, 40), LEAST_ROOM + dice_below(dice, 40), &broken);
	assert_int_equal(broken, want_broken);
	assert_true(view_equal(bytes_view(&got), want));
	bytes_done(&got);
}

static void test_read_decode__gb18030_in_pieces(void **state)
{
	(void)state;
	assert_int_equal(decode_prepare(), HUFU_OK);
	for (uint32_t round = 0; round < 3000; round++) {
		struct inventor dice;
		struct bytes text = { 0 };
		uint64_t broken;
		inventor_init(&dice, round, 0);
		for (uint32_t runs = dice_below(&dice, 12); runs > 0; runs--)
			add_run(&text, &dice);
		struct bytes raw = encoded(bytes_view(&text), "GB18030");
		check_pieces(bytes_view(&raw), bytes_view(&text), 0, &dice);
		for (uint32_t hits = raw.len ? 3 : 0; hits > 0; hits--)
			raw.ptr[dice_below(&dice, (uint32_t)raw.len)] = (char)dice_below(&dice, 256);
		struct bytes whole = decode(bytes_view(&raw), raw.len, 3 * raw.len + LEAST_ROOM, &broken);
		check_pieces(bytes_view(&raw), bytes_view(&whole), broken, &dice);
		bytes_done(&whole);
		bytes_done(&raw);
		bytes_done(&text);
	}
}

/* By the decoder, `chunk` bytes of the source at a time, into rooms of their own. */
static struct bytes decode_source(hufu_view raw, size_t chunk, size_t room)
{
	struct source source;
	struct decoder decoder;
	struct bytes out = { 0 };
	source_memory(&source, raw);
	source.chunk = chunk;
	assert_int_equal(decoder_init(&decoder, &source, 4096), HUFU_OK);
	for (size_t got = 1; got > 0;) {
		char *put = malloc(room);
		assert_non_null(put);
		got = decoder_read(&decoder, put, room);
		assert_true(got <= room);
		bytes_add(&out, view_make(put, got));
		free(put);
	}
	decoder_done(&decoder);
	return out;
}

static void test_read_decode__utf16_in_pieces(void **state)
{
	static const struct {
		const char *name, *mark;
	} orders[] = { { "UTF-16LE", "\xff\xfe" }, { "UTF-16BE", "\xfe\xff" } };
	(void)state;
	for (uint32_t round = 0; round < 2000; round++) {
		struct inventor dice;
		struct bytes text = { 0 }, raw = { 0 };
		inventor_init(&dice, round, 1);
		for (uint32_t runs = dice_below(&dice, 12); runs > 0; runs--)
			add_run(&text, &dice);
		struct bytes units = encoded(bytes_view(&text), orders[round % 2].name);
		bytes_text(&raw, orders[round % 2].mark);
		bytes_add(&raw, bytes_view(&units));
		struct bytes got =
		        decode_source(bytes_view(&raw), 1 + dice_below(&dice, 40), 16 + dice_below(&dice, 40));
		assert_true(view_equal(bytes_view(&got), bytes_view(&text)));
		bytes_done(&got);
		/* Damaged: halves of pairs, and a byte too many. */
		bytes_byte(&raw, 'x');
		for (uint32_t hits = 3; hits > 0; hits--)
			raw.ptr[2 + dice_below(&dice, (uint32_t)raw.len - 2)] = (char)(0xd8 + hits);
		struct bytes whole = decode_source(bytes_view(&raw), 4096, 4096);
		got = decode_source(bytes_view(&raw), 1 + dice_below(&dice, 40), 16 + dice_below(&dice, 40));
		assert_true(view_equal(bytes_view(&got), bytes_view(&whole)));
		bytes_done(&got);
		bytes_done(&whole);
		bytes_done(&units);
		bytes_done(&raw);
		bytes_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_decode__gb18030_in_pieces),
		cmocka_unit_test(test_read_decode__utf16_in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
