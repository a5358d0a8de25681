/* The kinds that are numbers: thousands of generated ones validate, every single-digit change of a checked one
 * fails, and the ways of writing them come to one normal form. Numbers are invented, but for the specimens that
 * standards and issuers publish. */
#include "kinds.h"

enum { GENERATED = 4000 };

static const char regions[][7] = { "110101", "310115", "440524", "510107", "810000", "830000", "650102" };

static char resident_check(const char *code)
{
	/* 2^(17-i) mod 11, counted and not written down: another way than the code's own */
	unsigned sum = 0, weight = 2;
	for (size_t i = 17; i-- > 0;) {
		sum += (unsigned)(code[i] - '0') * weight;
		weight = weight * 2 % 11;
	}
	unsigned check = (12 - sum % 11) % 11;
	return check == 10 ? 'X' : (char)('0' + check);
}

static void put_day(uint64_t *state, char *out)
{
	unsigned year = 1900 + random_below(state, 121), month = 1 + random_below(state, 12);
	unsigned day = 1 + random_below(state, 28);
	for (size_t i = 4; i-- > 0; year /= 10)
		out[i] = (char)('0' + year % 10);
	out[4] = (char)('0' + month / 10);
	out[5] = (char)('0' + month % 10);
	out[6] = (char)('0' + day / 10);
	out[7] = (char)('0' + day % 10);
}

static size_t make_resident_id(uint64_t *state, char *code)
{
	put_text(code, regions[random_below(state, LEN(regions))]);
	if (random_below(state, 8) == 0)
		put_text(code, "932682");
	put_day(state, code + 6);
	random_digits(state, code + 14, 3);
	code[17] = resident_check(code);
	return 18;
}

static size_t make_card(uint64_t *state, char *code)
{
	static const char *const issuers[] = { "6225", "4012", "5105", "2221", "3530", "9558", "6011" };
	size_t which = random_below(state, LEN(issuers)),
	       len = which >= 1 && which <= 4 ? 16 : 16 + random_below(state, 4);
	put_text(code, issuers[which]);
	random_digits(state, code + 4, len - 5);
	unsigned sum = 0;
	for (size_t i = 0; i + 1 < len; i++) {
		unsigned digit = (unsigned)(code[len - 2 - i] - '0') * (i % 2 ? 1 : 2);
		sum += digit / 10 + digit % 10;
	}
	code[len - 1] = (char)('0' + (10 - sum % 10) % 10);
	return len;
}

static unsigned vin_value(char c)
{
	const char *rows[] = { "0", "1AJ", "2BKS", "3CLT", "4DMU", "5ENV", "6FW", "7GPX", "8HY", "9RZ" };
	for (unsigned i = 0; i < LEN(rows); i++) {
		if (strchr(rows[i], c))
			return i;
	}
	return 99;
}

static size_t make_vin(uint64_t *state, char *code)
{
	static const unsigned char weights[] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2 };
	put_text(code, random_below(state, 2) ? "LJ1" : "1HG");
	unsigned sum = 0;
	for (size_t i = 3; i < 17; i++)
		code[i] = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"[random_below(state, 33)];
	for (size_t i = 0; i < 17; i++)
		sum += vin_value(code[i]) * weights[i];
	code[8] = "0123456789X"[sum % 11];
	return 17;
}

static size_t make_uscc(uint64_t *state, char *code)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	static const unsigned char inner[] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	put_text(code, "91310115");
	unsigned sum = 0, weight = 1;
	for (size_t i = 0; i < 8; i++) {
		char c = alphabet[random_below(state, 31)];
		code[8 + i] = c;
		sum += (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10) * inner[i];
	}
	unsigned check = 11 - sum % 11;
	code[16] = check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check);
	sum = 0;
	for (size_t i = 0; i < 17; i++) {
		sum += (unsigned)(strchr(alphabet, code[i]) - alphabet) * weight;
		weight = weight * 3 % 31;
	}
	code[17] = alphabet[(31 - sum % 31) % 31];
	return 18;
}

static size_t make_mobile(uint64_t *state, char *code)
{
	random_digits(state, code, 11);
	code[0] = '1';
	code[1] = (char)('3' + random_below(state, 7));
	return 11;
}

static size_t make_plate(uint64_t *state, char *code)
{
	put_text(code, random_below(state, 2) ? "沪A" : "粤B");
	if (random_below(state, 2)) {
		for (size_t i = 4; i < 9; i++)
			code[i] = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"[random_below(state, 34)];
		return 9;
	}
	random_digits(state, code + 4, 6);
	code[random_below(state, 2) ? 4 : 9] = "DABCEFGHJK"[random_below(state, 10)];
	return 10;
}

static const struct {
	const char *kind;
	size_t (*make)(uint64_t *state, char *code);
	bool checked; /* every single-digit change must fail */
} makers[] = {
	{ "mobile", make_mobile, false },
	{ "resident_id", make_resident_id, true },
	{ "vin", make_vin, true },
	{ "plate", make_plate, false },
	{ "bank_card", make_card, true },
	{ "uscc", make_uscc, true },
};

static void check_changes(const struct ident_kind *kind, char *code, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char was = code[i];
		for (char digit = '0'; digit <= '9' && was <= '9'; digit++) {
			code[i] = digit;
			if (digit != was && is_valid(kind, (hufu_view){ code, len }))
				fail_msg("%s: %.*s with another digit at %zu passes", kind->name, (int)len, code, i);
		}
		code[i] = was;
	}
}

static void test_ident_codes__generated_ones_validate_and_no_changed_one_does(void **unused)
{
	(void)unused;
	for (size_t m = 0; m < LEN(makers); m++) {
		const struct ident_kind *kind = kind_named(makers[m].kind);
		uint64_t state = 7 + m;
		for (size_t n = 0; n < GENERATED; n++) {
			char code[32];
			struct ident_text out;
			size_t len = makers[m].make(&state, code);
			if (!normal_of(kind, (hufu_view){ code, len }, &out))
				fail_msg("%s: %.*s is refused", kind->name, (int)len, code);
			assert_true(view_equal((hufu_view){ out.ptr, out.len }, (hufu_view){ code, len }));
			free(out.ptr);
			if (makers[m].checked && n % 8 == 0)
				check_changes(kind, code, len);
		}
	}
}

/* Between Han characters, commas and ends of lines a generated code is found whole, and alone. */
static void test_ident_codes__generated_ones_are_found_in_text(void **unused)
{
	(void)unused;
	static const char *const around[][2] = { { "车主，", "。" }, { "", "" }, { "a,", ",b" }, { "号码:", "\n" } };
	for (size_t m = 0; m < LEN(makers); m++) {
		const struct ident_kind *kind = kind_named(makers[m].kind);
		uint64_t state = 70 + m;
		for (size_t n = 0; n < 500; n++) {
			char text[128];
			const char *const *frame = around[n % LEN(around)];
			size_t before = strlen(frame[0]), after = strlen(frame[1]);
			memcpy(text, frame[0], before);
			size_t len = makers[m].make(&state, text + before), at = 0, found = 0;
			memcpy(text + before + len, frame[1], after);
			bool digit = false;
			for (size_t i = 4; i < len; i++)
				digit = digit || (text[before + i] >= '0' && text[before + i] <= '9');
			hufu_view view = { text, before + len + after };
			bool hit = kind->find(view, &at, &found);
			if (!digit) /* a plate of letters alone reads like a word */
				continue;
			if (!hit || at != before || found != len)
				fail_msg("%s is not found in '%.*s'", kind->name, (int)view.len, text);
			at += found;
			assert_false(kind->find(view, &at, &found));
		}
	}
}

static void test_ident_codes__mobile_in_the_ways_people_write_it(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "13812345678", "13812345678" },
		{ "+8613812345678", "13812345678" },
		{ "8613812345678", "13812345678" },
		{ "008613812345678", "13812345678" },
		{ "86-13812345678", "13812345678" },
		{ "+86 138 1234 5678", "13812345678" },
		{ "(+86)13812345678", "13812345678" },
		{ "（86）138-1234-5678", "13812345678" },
		{ "138-1234-5678", "13812345678" },
		{ "138.1234.5678", "13812345678" },
		{ "１３８１２３４５６７８", "13812345678" },
		{ "＋８６　138 1234 5678", "13812345678" },
		{ "'13812345678", "13812345678" },
		{ "\t13812345678\r\n", "13812345678" },
		{ "　13812345678　", "13812345678" },
		{ "\xEF\xBB\xBF"
		  "13812345678",
		        "13812345678" },
		{ "13812345678.0", "13812345678" },
		{ "13812345678.00", "13812345678" },
		{ "13812345678.", NULL },
		{ "13812345678.5", NULL },
		{ "138-1234-5678.0", NULL },
		{ "1.3812345678E+10", NULL },
		{ "1.38E+10", NULL },
		{ "12812345678", NULL },
		{ "1381234567", NULL },
		{ "138123456789", NULL },
		{ "013812345678", NULL },
		{ "+85213812345678", NULL },
		{ "138--1234-5678", NULL },
		{ "138-1234-5678-", NULL },
		{ "138*1234*5678", NULL },
		{ "138****5678", NULL },
		{ "+13812345678", NULL },
		{ "(86 13812345678", NULL },
		{ "一三八", NULL },
		{ "", NULL },
	};
	CHECK_ROWS(kind_named("mobile"), rows);
	check_mask(kind_named("mobile"), "13812345678", "138****5678");
	check_mask(kind_named("mobile"), "138123", "******");
}

static void test_ident_codes__mobile_keeps_to_boundaries(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "电话13812345678,备用+86 139-1234-5678。", "13812345678|+86 139-1234-5678" },
		{ "0086-13812345678", "0086-13812345678" },
		{ "86 138 1234 5678", "86 138 1234 5678" },
		{ "110101381234567812", "" },
		{ "138123456789", "" },
		{ "0.13812345678", "" },
		{ "13812345678.25", "" },
		{ "a13812345678f", "" },
		{ "13812345678 13912345678", "13812345678|13912345678" },
		{ "13812345678-13912345678", "13812345678|13912345678" },
		{ "13812345678，１３９１２３４５６７８", "13812345678|１３９１２３４５６７８" },
		{ "1 3 8 1 2 3 4 5 6 7 8", "" },
		{ "2021 138 1234 5678", "138 1234 5678" },
		{ "+13812345678", "13812345678" },
	};
	for (size_t i = 0; i < LEN(rows); i++)
		check_found(kind_named("mobile"), rows[i].cell, rows[i].normal);
}

static void test_ident_codes__resident_id_old_and_new(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "11010519491231002X", "11010519491231002X" }, /* GB 11643's own */
		{ "11010519491231002x", "11010519491231002X" },
		{ "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X" },
		{ "110105 19491231 002X", "11010519491231002X" },
		{ "110105-19491231-002X", "11010519491231002X" },
		{ "'11010519491231002X", "11010519491231002X" },
		{ "440524188001010014", "440524188001010014" },
		{ "932682198501010017", "932682198501010017" }, /* foreign cards, official specimens */
		{ "911124198108030024", "911124198108030024" },
		{ "110105491231002", "11010519491231002X" },
		{ "110105 491231 002", "11010519491231002X" },
		{ "110105490231002", NULL }, /* 31 February */
		{ "160105491231002", NULL },
		{ "110105194912310021", NULL },
		{ "11010519491231002Y", NULL },
		{ "11010519491231O02X", NULL },
		{ "110105********002X", NULL },
		{ "110105  19491231002X", NULL },
		{ "11010519491231002", NULL },
		{ "X1010519491231002X", NULL },
	};
	CHECK_ROWS(kind_named("resident_id"), rows);
	check_mask(kind_named("resident_id"), "11010519491231002X", "110105********002X");
	check_mask(kind_named("resident_id"), "11010519491", "***********");
}

/* The date is held against the calendar also where the check digit is right. */
static void test_ident_codes__resident_id_needs_a_day_and_a_province(void **unused)
{
	(void)unused;
	static const struct {
		const char *body;
		bool valid;
	} rows[] = {
		{ "11010520000229001", true },
		{ "11010519000229001", false },
		{ "11010520990101001", true },
		{ "11010521000101001", false },
		{ "11010518500101001", true },
		{ "11010518491231001", false },
		{ "11010520011301001", false },
		{ "11010520010001001", false },
		{ "16010520010101001", false },
		{ "99042619911201007", false },
		{ "71010520010101001", true },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		char code[18];
		memcpy(code, rows[i].body, 17);
		code[17] = resident_check(code);
		if (is_valid(kind_named("resident_id"), (hufu_view){ code, 18 }) != rows[i].valid)
			fail_msg("%.18s is judged wrong", code);
	}
}

static void test_ident_codes__resident_id_in_text(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "身份证号:11010519491231002X,住", "11010519491231002X" },
		{ "110105 19491231 002x", "110105 19491231 002x" },
		{ "req=11010519491231002X7", "" },
		{ "身份证110105491231002", "110105491231002" },
		{ "took 110105491231002 ns", "" }, /* no word of a card, no check digit */
		{ "11010519491231002XY", "" },
		{ "440524188001010014、932682198501010017", "440524188001010014|932682198501010017" },
	};
	for (size_t i = 0; i < LEN(rows); i++)
		check_found(kind_named("resident_id"), rows[i].cell, rows[i].normal);
}

static void test_ident_codes__vin_by_maker(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "1M8GDM9AXKP042788", "1M8GDM9AXKP042788" },
		{ "11111111111111111", "11111111111111111" },
		{ "1HGCM82633A004352", "1HGCM82633A004352" },
		{ "lfwadrjf011002346", "LFWADRJF011002346" },
		{ "ＬＦＷＡＤＲＪＦ０１１００２３４６", "LFWADRJF011002346" },
		{ "LFWADRJF111002346", NULL },
		{ "1M8GDM9A1KP042788", NULL },
		{ "WVWZZZ1JZXW000001", "WVWZZZ1JZXW000001" }, /* Europe: filler at the ninth place */
		{ "WVWZZZ1JZXW00000A", NULL },
		{ "ZZZZZZ1JZXW000001", NULL },
		{ "JHMZZZ1JZXW000001", NULL },
		{ "1M8GDM9AXKP04278O", NULL },
		{ "1M8GDM9AXKP04278", NULL },
		{ "1M8GDM9AXKP0427888", NULL },
	};
	CHECK_ROWS(kind_named("vin"), rows);
	check_mask(kind_named("vin"), "LFWADRJF011002346", "LFW**********2346");
	check_found(kind_named("vin"), "车架LFWADRJF011002346已售 11111111111111111", "LFWADRJF011002346");
	check_found(kind_named("vin"), "xLFWADRJF011002346", "");
}

static void test_ident_codes__plates_of_both_sorts(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "京A12345", "京A12345" },
		{ "粤B1C2D3", "粤B1C2D3" },
		{ "京A·12345", "京A12345" },
		{ "京A•12345", "京A12345" },
		{ "京a 12345", "京A12345" },
		{ "京A-12345", "京A12345" },
		{ "京Ａ１２３４５", "京A12345" },
		{ "沪AD12345", "沪AD12345" },
		{ "沪A·D12345", "沪AD12345" },
		{ "沪A12345D", "沪A12345D" },
		{ "沪ADB1234", "沪ADB1234" },
		{ "沪AL12345", NULL },
		{ "沪A12345L", NULL },
		{ "粤Z1234港", "粤Z1234港" },
		{ "京A1234学", "京A1234学" },
		{ "京A123学", NULL },
		{ "京A1234学1", NULL },
		{ "京AI2345", NULL },
		{ "京AO2345", NULL },
		{ "京112345", NULL },
		{ "京A1234", NULL },
		{ "京A1234567", NULL },
		{ "国A12345", NULL },
		{ "京A··12345", NULL },
		{ "A12345", NULL },
	};
	CHECK_ROWS(kind_named("plate"), rows);
	check_mask(kind_named("plate"), "沪AD12345", "沪A****45");
	check_mask(kind_named("plate"), "粤Z1234港", "粤Z***4港");
	check_found(kind_named("plate"), "车牌沪A·D12345，另有京A1234学。", "沪A·D12345|京A1234学");
	check_found(kind_named("plate"), "阿里云ECSXYZ 京A1234567 川ABCDEF", "");
}

static void test_ident_codes__cards_by_scheme(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "6200000000000005", "6200000000000005" },
		{ "4111111111111111", "4111111111111111" },
		{ "4111 1111 1111 1111", "4111111111111111" },
		{ "4111-1111-1111-1111", "4111111111111111" },
		{ "４１１１１１１１１１１１１１１１", "4111111111111111" },
		{ "'6200000000000005", "6200000000000005" },
		{ "371449635398431", "371449635398431" },
		{ "6222021234567890123", NULL }, /* the specimen that everybody copies fails Luhn */
		{ "4111111111111112", NULL },
		{ "0000000000000000", NULL },
		{ "4444444444444444", NULL },
		{ "122000000000003", NULL },
		{ "13812345678", NULL },
		{ "8613812345678", NULL },
		{ "411111111111", NULL },
		{ "62000000000000000000", NULL },
	};
	CHECK_ROWS(kind_named("bank_card"), rows);
	check_mask(kind_named("bank_card"), "6200000000000005", "620000******0005");
	check_mask(kind_named("bank_card"), "4222222222222", "4222*****2222");
	check_found(kind_named("bank_card"), "4111111111111111 4111-1111-1111-1111 4111 1111 1111 1111",
	        "4111111111111111|4111-1111-1111-1111|4111 1111 1111 1111");
	check_found(kind_named("bank_card"), "卡号6200000000000005x 16200000000000005", "");
}

/* A resident ID in ten passes Luhn and could be a card by its length. */
static void test_ident_codes__no_resident_id_is_a_card(void **unused)
{
	(void)unused;
	uint64_t state = 99;
	for (size_t n = 0; n < GENERATED; n++) {
		char code[18];
		(void)make_resident_id(&state, code);
		assert_false(is_valid(kind_named("bank_card"), (hufu_view){ code, 18 }));
		put_text(code, "340524");
		memmove(code + 6, code + 8, 9);
		assert_false(is_valid(kind_named("bank_card"), (hufu_view){ code, 15 }));
	}
}

static void test_ident_codes__credit_codes_have_two_checks(void **unused)
{
	(void)unused;
	static const struct ident_row rows[] = {
		{ "91350100M000100Y43", "91350100M000100Y43" },
		{ "91440300708461136T", "91440300708461136T" },
		{ "91440300708461136t", "91440300708461136T" },
		{ "９１４４０３００７０８４６１１３６Ｔ", "91440300708461136T" },
		{ "91440300708461136X", NULL },
		{ "91440300708461137T", NULL },
		{ "9I440300708461136T", NULL },
		{ "01440300708461136T", NULL },
		{ "9144030070846113", NULL },
	};
	CHECK_ROWS(kind_named("uscc"), rows);
	check_mask(kind_named("uscc"), "91440300708461136T", "91440300********6T");
	/* The outer check may be right and the inner wrong: change one of the nine, mend the last. */
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	char code[] = "91440300708461135T";
	for (size_t i = 0; i < 31; i++) {
		code[17] = alphabet[i];
		assert_false(is_valid(kind_named("uscc"), view_of(code)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ident_codes__generated_ones_validate_and_no_changed_one_does),
		cmocka_unit_test(test_ident_codes__generated_ones_are_found_in_text),
		cmocka_unit_test(test_ident_codes__mobile_in_the_ways_people_write_it),
		cmocka_unit_test(test_ident_codes__mobile_keeps_to_boundaries),
		cmocka_unit_test(test_ident_codes__resident_id_old_and_new),
		cmocka_unit_test(test_ident_codes__resident_id_needs_a_day_and_a_province),
		cmocka_unit_test(test_ident_codes__resident_id_in_text),
		cmocka_unit_test(test_ident_codes__vin_by_maker),
		cmocka_unit_test(test_ident_codes__plates_of_both_sorts),
		cmocka_unit_test(test_ident_codes__cards_by_scheme),
		cmocka_unit_test(test_ident_codes__no_resident_id_is_a_card),
		cmocka_unit_test(test_ident_codes__credit_codes_have_two_checks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
