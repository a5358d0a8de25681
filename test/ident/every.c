/* What holds for every kind of the table, on values and on rubbish: normalising is idempotent, results keep
 * within their memory, masks show no more than their rule, finding goes forward and finds what normalises. A
 * new kind is tested here without a further line. */
#include "kinds.h"

/* Pieces that values are made of, so that rubbish comes near to being one. */
static const char *const pieces[] = { "1", "3", "8", "138", "13812345678", "11010519491231002X", "110105", "1949",
	"2021", "LFWADRJF011002346", "沪A", "D12345", "4111", "1111", "6200000000000005", "91440300708461136T", "a",
	"Z", "x", "@", "qq.com", "mail", ".", "-", "/", " ", "　", "\t", "'", "+86", "(", ")", "张", "三", "诸葛", "·",
	"上海市", "路", "号", "室", "年", "8", "月", "日", "T10:00", ":00", "Z", "３", "Ａ", "＠", "\xFF", "\xE4\xB8",
	"\xF0\x9F", "\x80", "\xEF\xBC", "\xE3", "\xEF\xBB\xBF", "é", "𠀀", "‘", "—", "mailto:", "\\N", "*" };

static const char *const values[] = { "138-1234-5678", "+86 13812345678", "110105 19491231 002x", "110105491231002",
	"lfwadrjf011002346", "WVWZZZ1JZXW000001", "沪A·D12345", "粤Z1234港", "4111 1111 1111 1111", "6200000000000005",
	"91440300708461136t", "mailto:Zhang.San@QQ.com", "邮件@例子.中国", "张 三", "诸葛小明", "阿迪力.买买提",
	"上海市 人民路１２号，锦绣花园3栋（1202室）", "2021/8/31 0:00", "2021年8月31日10:20",
	"2021-08-31T10:20:30.123+08:00" };

static size_t make_rubbish(uint64_t *state, char *out, size_t cap)
{
	/* Half is pieces at random, half a value with little around it. */
	bool near = random_below(state, 2);
	size_t len = 0, count = near ? random_below(state, 4) : random_below(state, 14),
	       middle = random_below(state, 3);
	for (size_t i = 0; i < count; i++) {
		char byte = (char)random_below(state, 256);
		hufu_view piece = random_below(state, 12) ? view_of(pieces[random_below(state, LEN(pieces))])
		                                          : (hufu_view){ &byte, 1 };
		if (near && i == middle)
			piece = view_of(values[random_below(state, LEN(values))]);
		if (len + piece.len > cap)
			break;
		memcpy(out + len, piece.ptr, piece.len);
		len += piece.len;
	}
	return len;
}

/* What the rule of a kind shows at most, in bytes of the value; the rest must be stars. */
static size_t shown_most(const struct ident_kind *kind, hufu_view normal)
{
	static const struct {
		const char *kind;
		size_t bytes;
	} rules[] = { { "mobile", 7 }, { "resident_id", 10 }, { "vin", 7 }, { "plate", 8 }, { "bank_card", 10 },
		{ "uscc", 10 }, { "name", 6 }, { "address", 12 * 4 }, { "date", 4 } };
	for (size_t i = 0; i < LEN(rules); i++) {
		if (view_is(view_of(kind->name), rules[i].kind))
			return rules[i].bytes;
	}
	if (view_is(view_of(kind->name), "email")) {
		const char *sign = memchr(normal.ptr, '@', normal.len);
		return 4 + (sign ? normal.len - (size_t)(sign - normal.ptr) : 0);
	}
	return 0; /* a new kind says here what its rule shows */
}

static void check_masked(const struct ident_kind *kind, hufu_view normal)
{
	struct ident_text out = { .ptr = malloc(normal.len + IDENT_SLACK), .cap = normal.len + IDENT_SLACK };
	assert_non_null(out.ptr);
	kind->mask(normal, &out);
	assert_true(out.len <= out.cap);
	size_t shown = 0, stars = 0;
	for (size_t i = 0; i < out.len; i++) {
		stars += out.ptr[i] == '*';
		shown += out.ptr[i] != '*';
	}
	if (stars == 0 || shown > shown_most(kind, normal))
		fail_msg("%s: '%.*s' is masked as '%.*s'", kind->name, (int)normal.len, normal.ptr, (int)out.len,
		        out.ptr);
	free(out.ptr);
}

static void check_cell(const struct ident_kind *kind, hufu_view cell)
{
	struct ident_text once, twice;
	if (normal_of(kind, cell, &once)) {
		hufu_view normal = { once.ptr, once.len };
		if (!normal_of(kind, normal, &twice) || !view_equal(normal, (hufu_view){ twice.ptr, twice.len }))
			fail_msg("%s: '%.*s' is not the normal form of itself", kind->name, (int)once.len, once.ptr);
		free(twice.ptr);
		check_masked(kind, normal);
	}
	free(once.ptr);
}

static void check_finds(const struct ident_kind *kind, hufu_view text)
{
	char *copy = malloc(text.len ? text.len : 1);
	assert_non_null(copy);
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	hufu_view view = { copy, text.len };
	for (size_t at = 0, from = 0, len = 0; kind->find(view, &at, &len); at += len, from = at) {
		assert_true(at >= from && len > 0 && at <= view.len && len <= view.len - at);
		if (!is_valid(kind, (hufu_view){ view.ptr + at, len }))
			fail_msg("%s: found '%.*s', which is none", kind->name, (int)len, view.ptr + at);
	}
	for (size_t from = 0; from <= view.len; from++) { /* from anywhere, also from within a character */
		size_t at = from, len = 0;
		if (kind->find(view, &at, &len))
			assert_true(at >= from && len > 0 && len <= view.len - at);
		else
			assert_true(at == from);
	}
	free(copy);
}

static void test_ident_every__rubbish_is_folded_once_and_found_forward(void **unused)
{
	(void)unused;
	uint64_t state = 20221211;
	size_t valid = 0;
	for (size_t n = 0; n < 30000; n++) {
		char cell[512];
		size_t len = make_rubbish(&state, cell, sizeof cell);
		for (size_t k = 0; k < ident_kinds_count; k++) {
			check_cell(ident_kinds[k], (hufu_view){ cell, len });
			valid += is_valid(ident_kinds[k], (hufu_view){ cell, len });
			if (n % 10 == 0)
				check_finds(ident_kinds[k], (hufu_view){ cell, len });
		}
	}
	assert_true(valid > 500); /* else the rubbish tests nothing */
}

static void test_ident_every__masks_of_rubbish_keep_their_rule(void **unused)
{
	(void)unused;
	uint64_t state = 5;
	for (size_t n = 0; n < 20000; n++) {
		char cell[512];
		size_t len = make_rubbish(&state, cell, sizeof cell);
		for (size_t k = 0; k < ident_kinds_count && len; k++)
			check_masked(ident_kinds[k], (hufu_view){ cell, len });
	}
}

static void test_ident_every__opaque_is_idempotent(void **unused)
{
	(void)unused;
	uint64_t state = 11;
	for (size_t n = 0; n < 30000; n++) {
		char cell[512], first[600], second[600];
		hufu_view view = { cell, make_rubbish(&state, cell, sizeof cell) };
		struct ident_text once = { .ptr = first, .cap = view.len + IDENT_SLACK };
		struct ident_text twice = { .ptr = second, .cap = sizeof second };
		ident_opaque(view, &once);
		ident_opaque((hufu_view){ once.ptr, once.len }, &twice);
		assert_true(once.len <= view.len);
		assert_true(view_equal((hufu_view){ once.ptr, once.len }, (hufu_view){ twice.ptr, twice.len }));
		ident_mask_opaque(view, &once);
		assert_true(once.len <= view.len);
	}
}

/* A cell of a megabyte is none of any kind and takes no time; memory below the contract is never overrun. */
static void test_ident_every__long_cells_and_short_memory(void **unused)
{
	(void)unused;
	enum { HUGE = 1 << 20 };
	char *cell = malloc(HUGE);
	assert_non_null(cell);
	static const char fill[] = { '1', 'a', ' ', '@', '.', '-', '\xE5', '\'' };
	for (size_t f = 0; f < sizeof fill; f++) {
		memset(cell, fill[f], HUGE);
		for (size_t k = 0; k < ident_kinds_count; k++) {
			size_t at = 0, len;
			assert_false(is_valid(ident_kinds[k], (hufu_view){ cell, HUGE }));
			assert_false(ident_kinds[k]->find((hufu_view){ cell, HUGE }, &at, &len));
		}
	}
	free(cell);
	char room[8];
	struct ident_text out = { .ptr = room, .cap = sizeof room };
	for (size_t k = 0; k < ident_kinds_count; k++) {
		for (size_t i = 0; i < LEN(pieces); i++)
			assert_false(ident_kinds[k]->normalise(view_of(pieces[i]), &out));
	}
}

static void test_ident_every__ids_and_names_stay(void **unused)
{
	(void)unused;
	/* Ids go into tokens: a change here makes every seal a stranger to its data. */
	static const char *const names[] = { "mobile", "resident_id", "vin", "plate", "bank_card", "uscc", "email",
		"name", "address", "date" };
	static const bool strong[] = { true, true, true, true, true, false, true, false, false, false };
	assert_true(ident_kinds_count >= LEN(names));
	for (size_t i = 0; i < LEN(names); i++) {
		const struct ident_kind *kind = ident_by_id((uint8_t)(i + 1));
		assert_non_null(kind);
		assert_string_equal(kind->name, names[i]);
		assert_ptr_equal(kind, ident_by_name(view_of(names[i])));
		assert_int_equal(kind->strong, strong[i]);
		assert_int_equal(kind->joins_people, i == 1);
		assert_true(kind->space_bits > 10 && kind->zh[0]);
	}
	assert_null(ident_by_id(0));
	assert_null(ident_by_name(view_of("nothing")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ident_every__rubbish_is_folded_once_and_found_forward),
		cmocka_unit_test(test_ident_every__masks_of_rubbish_keep_their_rule),
		cmocka_unit_test(test_ident_every__opaque_is_idempotent),
		cmocka_unit_test(test_ident_every__long_cells_and_short_memory),
		cmocka_unit_test(test_ident_every__ids_and_names_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
