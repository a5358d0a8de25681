/* The sieve lets nothing through that a kind would find: values of every kind, whole, in groups and glued to others, in
 * lines at every alignment; and every variant of its first step gives the same bits. All people are invented. */
#include "scan/sieve.h"

#include "base/bytes.h"
#include "base/simd.h"
#include "invent/invent.h"
#include "scan/scan.h"
#include "scan/sieve_variants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct inventor inventor;

static const char *any_of(const char *const *words, size_t count)
{
	return words[dice_below(&inventor, (uint32_t)count)];
}
#define ANY(words) any_of(words, LEN(words))

/* ---- values ---- */

/* A code as people write it: in one piece, or in groups of any size. */
static void add_written(struct bytes *out, const char *code)
{
	static const char *const separators[] = { " ", "-", ".", "  ", "\xe2\x80\x93", "\xe3\x80\x80", "\xc2\xa0",
		"/" };
	static const unsigned char sizes[][5] = { { 3, 4, 4 }, { 3, 8 }, { 7, 4 }, { 4, 3, 4 }, { 4, 4, 3 },
		{ 4, 4, 4, 4, 4 }, { 6, 8, 4 }, { 6, 13 }, { 3, 3, 3, 3, 6 }, { 15, 3 }, { 12, 3, 3 }, { 6, 6, 6 } };
	const unsigned char *size = sizes[dice_below(&inventor, LEN(sizes))];
	const char *separator = ANY(separators);
	bool groups = dice_below(&inventor, 2), wide = dice_below(&inventor, 16) == 0;
	unsigned group = 0, left = size[0];
	for (const char *at = code; *at; at++) {
		if (groups && left == 0) {
			bytes_text(out, dice_below(&inventor, 12) ? separator : ANY(separators));
			left = ++group < 5 && size[group] ? size[group] : 4;
		}
		left -= left > 0;
		if (wide && *at >= '!' && *at <= '~' && dice_below(&inventor, 3))
			bytes_print(out, "\xef%c%c", *at < 0x60 ? 0xbc : 0xbd, (*at < 0x60 ? 0x60 : 0x20) + *at);
		else
			bytes_byte(out, *at);
	}
}

static void add_code(struct bytes *out)
{
	static const char *const codes[] = { "110105491231002", "WVWZZZ1JZXW000001", "lfwadrjf011002346",
		"4222222222222", "30569309025904", "371449635398431", "1700000000123", "20210831", "20210831102030" };
	char room[64] = { 0 };
	switch (dice_below(&inventor, 7)) {
	case 0:
		invent_mobile(&inventor, room);
		break;
	case 1:
		invent_resident_id(&inventor, "310101", dice_below(&inventor, 2), room);
		break;
	case 2:
		invent_vin(&inventor, room);
		break;
	case 3:
		invent_card(&inventor, room);
		break;
	case 4:
		invent_uscc(&inventor, "310101", room);
		break;
	case 5:
		for (unsigned i = 0, len = 5 + dice_below(&inventor, 16); i < len; i++)
			room[i] = (char)('0' + dice_below(&inventor, 10));
		break;
	default:
		add_written(out, ANY(codes));
		return;
	}
	add_written(out, room);
}

static void add_piece(struct bytes *out)
{
	static const char *const words[] = { "+86 ", "86", "0086-", "(+86)", " ", "  ", "x", "X", "a", "-", ".", ",",
		"=", ": ", "\t", "id", "@", "@@", "a.b_c%d+e-@example.com", "_@x.cn", "@property", "-@example.com",
		"沪A12345", "京AD12345", "\xe4", "\x80", "\xff", "é", "张三", "王芳 ", "上海市人民路12号",
		"幸福市城区小区#12-3#楼", "手机：", "Birth: ", "birth=", "Tel.: ", "2021-08-31", "2021/8/3",
		"1999.12.31", "2021年8月31日", "(", ")", "0", "7", "３", "\xe2\x80\x94", "Nothing but words in it, ",
		"0123456789abcdef0123456789abcdef", "192.168.100.123", "10:20:30", "1700000000.123" };
	if (dice_below(&inventor, 3) == 0)
		add_code(out);
	else
		bytes_text(out, ANY(words));
}

/* ---- what is found must be stopped at ---- */

/* In it, or at a character of its line right behind it. */
static bool stops_within(hufu_view text, enum sieve_want want, size_t begin, size_t end)
{
	struct sieve sieve;
	size_t place;
	sieve_begin(&sieve, text, want);
	return sieve_next(&sieve, begin, &place) && place <= end && text.ptr[place] != '\n';
}

/* 0: scan_text looks for it in any case. */
static unsigned class_wanted(const struct ident_kind *kind)
{
	static const struct {
		const char *kind;
		unsigned class;
	} rows[] = { { "mobile", SIEVE_PHONE }, { "resident_id", SIEVE_ID }, { "bank_card", SIEVE_CARD },
		{ "vin", SIEVE_CODE }, { "uscc", SIEVE_CODE }, { "date", SIEVE_DATE } };
	for (size_t i = 0; i < LEN(rows); i++)
		if (!strcmp(kind->name, rows[i].kind))
			return rows[i].class;
	return 0;
}

static void check_line(hufu_view text, size_t line_at, hufu_view line)
{
	for (size_t k = 0; k < ident_kinds_count; k++) {
		const struct ident_kind *kind = ident_kinds[k];
		bool date = strcmp(kind->name, "date") == 0;
		for (size_t at = 0, len = 0; at < line.len && kind->find(line, &at, &len) && len; at += len) {
			size_t begin = line_at + at;
			if (!stops_within(text, SIEVE_ALL, begin, begin + len) ||
			        !stops_within(line, SIEVE_ALL, at, at + len))
				fail_msg("%s in '%.*s'", kind->name, (int)line.len, line.ptr);
			bool strong = !date && strcmp(kind->name, "name") != 0;
			if (!strong && (!date || scan_labels(line, at)) &&
			        !stops_within(text, SIEVE_NAMES, begin, begin + len))
				fail_msg("%s in '%.*s', not strong", kind->name, (int)line.len, line.ptr);
			if (strong && !stops_within(text, SIEVE_STRONG, begin, begin + len))
				fail_msg("%s in '%.*s', strong", kind->name, (int)line.len, line.ptr);
			unsigned class = class_wanted(kind);
			if (class && (!stops_within(line, SIEVE_CODES, at, at + len) ||
			                     !(sieve_classes(line, SIEVE_CODES) & (class | SIEVE_WIDE))))
				fail_msg("%s in '%.*s', of codes", kind->name, (int)line.len, line.ptr);
		}
	}
}

static void test_scan_sieve__stops_at_all_that_is_found(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 30000; round++) {
		struct bytes text = { 0 };
		inventor_init(&inventor, round, round);
		for (uint32_t lines = 1 + dice_below(&inventor, 4); lines > 0; lines--) {
			for (uint32_t pieces = dice_below(&inventor, 9); pieces > 0; pieces--)
				add_piece(&text);
			if (lines > 1)
				bytes_byte(&text, '\n');
		}
		assert_false(text.failed);
		hufu_view whole = bytes_view(&text);
		for (size_t at = 0; at < whole.len;) {
			const char *end = memchr(whole.ptr + at, '\n', whole.len - at);
			size_t len = end ? (size_t)(end - whole.ptr) - at : whole.len - at;
			check_line(whole, at, view_make(whole.ptr + at, len));
			at += len + 1;
		}
		bytes_done(&text);
	}
}

/* The same value at every place against the borders of words and of what is looked at together. */
static void test_scan_sieve__stops_wherever_it_stands(void **state)
{
	static const char *const values[] = { "13812345678", "+86 138 1234 5678", "11010519491231002X",
		"110105 19491231 002X", "LFWADRJF011002346", "91440300708461136T", "4111 1111 1111 1111",
		"li.lei@example.com", "沪A12345", "2021-08-31" };
	static char text[SIEVE_WORDS * 64 + 300];
	(void)state;
	for (size_t i = 0; i < LEN(values); i++)
		for (size_t at = 1; at < sizeof text - 1; at += at % 64 == 40 && at % 4096 < 3900 ? 24 : 1) {
			size_t len = strlen(values[i]);
			if (at + len > sizeof text)
				break;
			memset(text, '\n', sizeof text);
			memcpy(text + at, values[i], len);
			if (!stops_within(view_make(text, sizeof text), SIEVE_ALL, at, at + len))
				fail_msg("%s at %zu", values[i], at);
			/* At the very end of a text, too. */
			assert_true(stops_within(view_make(text, at + len), SIEVE_ALL, at, at + len));
		}
}

/* From stop to stop, across the borders of what is looked at together, each behind the last; none is left out. */
static void test_scan_sieve__goes_on_behind_each_stop(void **state)
{
	static const char *const values[] = { "８", "１３８1234５６７８ ", "13812345678 ", "LFWADRJF011002346 ",
		"人民路12号 " };
	static char text[2 * SIEVE_WORDS * 64];
	(void)state;
	for (size_t i = 0; i < LEN(values); i++)
		for (size_t first = 0; first < 64; first++) {
			size_t len = strlen(values[i]), at = first, stops = 0, place, least = 0;
			memset(text, ' ', sizeof text);
			for (; at + len <= sizeof text; at += len)
				memcpy(text + at, values[i], len);
			struct sieve sieve;
			sieve_begin(&sieve, view_make(text, sizeof text), SIEVE_STRONG);
			for (; sieve_next(&sieve, least, &place); least = place + 1, stops++)
				assert_true(place >= least && place < sizeof text);
			assert_true(stops >= (sizeof text - first) / len);
		}
}

static void test_scan_sieve__passes_over_the_rest(void **state)
{
	static const char *const lines[] = { "", "Nothing but words in it.", "@property", "user@", "@ home",
		"2021-08-31 10:20:30,123 INFO request id=00112233445566aa took 12345 us",
		"192.168.100.123 - - [31/Aug/2021:10:20:30 +0000] \"GET /7654321 HTTP/1.1\" 200 123456",
		"[123456.789012] eth0: rx 1234567890123 tx 123456", "1700000000.123 seq=1700000000123456789",
		"time=2021-08-31T10:20:30Z", "x_1234567890 0123456789abcdef0123456789abcdef01234567",
		"ts=1678000000123 seq=29876543210 id=123456789012", "12345.678901 9381.2345.678 138.12.345",
		"200 4999999 0.123, 404 123456 0.5" };
	static const char *const wide[] = { "It\xe2\x80\x99s \xe2\x80\x9cquoted\xe2\x80\x9d \xe2\x80\x94 see above",
		"（3.21，98 项），共 7；最多 15！" };
	(void)state;
	for (size_t i = 0; i < LEN(lines); i++)
		if (sieve_any(view_of(lines[i]), SIEVE_STRONG) || sieve_any(view_of(lines[i]), SIEVE_NAMES))
			fail_msg("stops in '%s'", lines[i]);
	for (size_t i = 0; i < LEN(wide); i++)
		if (sieve_any(view_of(wide[i]), SIEVE_STRONG))
			fail_msg("stops in '%s'", wide[i]);
	assert_true(sieve_any(view_of(lines[5]), SIEVE_ALL));
	assert_true(sieve_any(view_of("Birth: 1990-01-01"), SIEVE_NAMES));
}

/* ---- variants ---- */

static void check_variant(sieve_words *words)
{
	enum { WORDS = 9 };
	static const char bytes[] = "0123456789019az@ -.:=\t\n\xe4\xbc\x80\xc2\xe3\xef\x8cx_#/";
	static char text[64 * WORDS + 64];
	for (uint32_t round = 0; round < 20000; round++) {
		struct sieve_before plain_before = { 0 }, before = { 0 };
		static struct sieve_bits plain, first_bits, bits;
		const enum sieve_want want = round % 4;
		inventor_init(&inventor, round, 0);
		size_t shift = dice_below(&inventor, 64), first = dice_below(&inventor, WORDS + 1);
		uint32_t among = 1 + dice_below(&inventor, sizeof bytes - 1), stay = 1 + dice_below(&inventor, 20);
		for (size_t i = 0; i < sizeof text; i++) {
			bool same = i && dice_below(&inventor, stay);
			text[i] = same        ? text[i - 1]
			          : round % 5 ? bytes[dice_below(&inventor, among)]
			                      : (char)dice_below(&inventor, 256);
		}
		sieve_words_plain(text + shift, WORDS, want, &plain_before, &plain);
		/* In two goes: what is known of the bytes before goes along. */
		words(text + shift, first, want, &before, &first_bits);
		words(text + shift + 64 * first, WORDS - first, want, &before, &bits);
		for (unsigned reason = 0; reason < SIEVE_REASONS; reason++) {
			if (!(sieve_reasons(want) >> reason & 1))
				continue;
			assert_memory_equal(plain.of[reason], first_bits.of[reason], first * 8);
			assert_memory_equal(plain.of[reason] + first, bits.of[reason], (WORDS - first) * 8);
		}
		assert_memory_equal(plain.any, first_bits.any, first * 8);
		assert_memory_equal(plain.any + first, bits.any, (WORDS - first) * 8);
		assert_memory_equal(&plain_before, &before, sizeof before);
	}
}

static void test_scan_sieve__variants_agree(void **state)
{
	(void)state;
	check_variant(sieve_words_plain);
#if defined(__x86_64__)
	if (simd_level() >= SIMD_AVX2)
		check_variant(sieve_words_avx2);
	if (simd_level() >= SIMD_AVX512)
		check_variant(sieve_words_avx512);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan_sieve__stops_at_all_that_is_found),
		cmocka_unit_test(test_scan_sieve__stops_wherever_it_stands),
		cmocka_unit_test(test_scan_sieve__goes_on_behind_each_stop),
		cmocka_unit_test(test_scan_sieve__passes_over_the_rest),
		cmocka_unit_test(test_scan_sieve__variants_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
