/* What a column is, and whether the first record names the columns: test_profile_profile */
#include "profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "invent/invent.h"

/* ---- batches of texts ---- */

struct made {
	struct batch batch;
	struct batch_cell *cells;
	char *text;
};

static struct made made_new(uint32_t columns, uint32_t rows)
{
	struct made made = { .cells = calloc((size_t)columns * rows + 1, sizeof *made.cells),
		.text = malloc(BATCH_TEXT_MAX) };
	assert_true(made.cells && made.text);
	made.batch = (struct batch){
		.columns = columns, .rows = rows, .stride = rows, .cells = made.cells, .text = made.text
	};
	return made;
}

static void made_set(struct made *made, uint32_t column, uint32_t row, const char *cell)
{
	size_t len = strlen(cell);
	assert_true(made->batch.text_len + len <= BATCH_TEXT_MAX);
	memcpy(made->text + made->batch.text_len, cell, len);
	made->cells[(size_t)column * made->batch.stride + row] =
	        (struct batch_cell){ made->batch.text_len, (uint32_t)len };
	made->batch.text_len += (uint32_t)len;
}

static void made_done(struct made *made)
{
	free(made->cells);
	free(made->text);
}

/* ---- kinds ---- */

static void one_of(struct inventor *dice, const char *kind, char out[ADDRESS_MAX_BYTES])
{
	const struct city *city = invent_city(dice);
	if (strcmp(kind, "mobile") == 0)
		invent_mobile(dice, out);
	else if (strcmp(kind, "resident_id") == 0)
		invent_resident_id(dice, city->region, true, out);
	else if (strcmp(kind, "vin") == 0)
		invent_vin(dice, out);
	else if (strcmp(kind, "plate") == 0)
		invent_plate(dice, city, out);
	else if (strcmp(kind, "bank_card") == 0)
		invent_card(dice, out);
	else if (strcmp(kind, "uscc") == 0)
		invent_uscc(dice, city->region, out);
	else if (strcmp(kind, "email") == 0)
		invent_email(dice, out);
	else if (strcmp(kind, "name") == 0)
		invent_name(dice, out);
	else if (strcmp(kind, "address") == 0)
		invent_address(dice, city, out);
	else if (strcmp(kind, "date") == 0)
		day_text(15000 + (int32_t)dice_below(dice, 4000), out);
	else
		fail_msg("no generator for %s", kind);
}

/* What stands in real columns besides: remarks, landlines, what the form put there. */
static void rubbish(struct inventor *dice, char out[ADDRESS_MAX_BYTES])
{
	static const char *const texts[] = { "无", "不详", "n/a", "x", "待补充", "见备注", "0591-8765432", "-", "?",
		"12345", "unknown value", "同上", "test", "00000000000" };
	snprintf(out, ADDRESS_MAX_BYTES, "%s", texts[dice_below(dice, sizeof texts / sizeof texts[0])]);
}

static void test_profile_profile__finds_every_kind(void **state)
{
	(void)state;
	/* The loose kinds ask for more of themselves: two thirds. */
	static const unsigned mixed[] = { 0, 100, 300 };
	for (size_t k = 0; k < ident_kinds_count; k++)
		for (size_t m = 0; m < sizeof mixed / sizeof mixed[0]; m++)
			for (uint32_t rows = 30; rows <= 3000; rows *= 10) {
				struct inventor dice;
				struct profile profile;
				char cell[ADDRESS_MAX_BYTES];
				inventor_init(&dice, k * 100 + m, 0);
				struct made made = made_new(2, rows);
				for (uint32_t row = 0; row < rows; row++) {
					/* Exactly so many, spread: the share does not hang on luck. */
					if ((row * 7 % 10) * 100 < mixed[m])
						rubbish(&dice, cell);
					else
						one_of(&dice, ident_kinds[k]->name, cell);
					made_set(&made, 1, row, cell);
					made_set(&made, 0, row, row % 2 ? "" : "NULL");
				}
				profile_column(&made.batch, 1, 0, &profile);
				if (profile.kind != ident_kinds[k])
					print_error("%s, %u rows, %u/1000 rubbish: taken for %s\n",
					        ident_kinds[k]->name, rows, mixed[m],
					        profile.kind ? profile.kind->name : "opaque");
				assert_ptr_equal(profile.kind, ident_kinds[k]);
				assert_ptr_equal(profile.kinds[0], ident_kinds[k]);
				assert_true(profile.filled > 0 && profile.filled <= rows);
				profile_column(&made.batch, 0, 0, &profile);
				assert_null(profile.kind);
				assert_int_equal(profile.filled, 0);
				made_done(&made);
			}
}

static void test_profile_profile__takes_no_words_for_names_or_places(void **state)
{
	static const struct {
		const char *what;
		const char *values[12];
	} rows[] = {
		{ "city",
		        { "重庆市", "南京市", "青岛市", "长沙市", "郑州市", "天津市", "厦门市", "宁波市", "大连市" } },
		{ "city, short", { "北京", "上海", "南京", "广州", "深圳", "成都", "武汉" } },
		{ "province", { "江苏省", "山东省", "湖南省", "河南省", "福建省", "浙江省" } },
		{ "department", { "财务部", "销售部", "人事部", "研发中心", "市场部", "法务部", "采购部" } },
		{ "status", { "已付款", "未付款", "已发货", "已取消", "退款中" } },
		{ "gender", { "男", "女" } },
		{ "yes or no", { "是", "否" } },
		{ "level", { "普通", "银卡", "金卡", "黑卡" } },
		{ "model", { "ES6", "ES8", "ET7", "ET5", "EC6" } },
		{ "colour", { "白色", "黑色", "红色", "蓝色" } },
		{ "relation", { "配偶", "父亲", "母亲", "子女", "朋友" } },
		{ "amounts", { "1280.50", "99.00", "45000.00", "7.25", "300.10" } },
		{ "counts", { "1", "2", "3", "10", "250", "31" } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct inventor dice;
		struct profile profile;
		unsigned count = 0;
		inventor_init(&dice, i, 0);
		while (count < 12 && rows[i].values[count])
			count++;
		struct made made = made_new(1, 500);
		for (uint32_t row = 0; row < 500; row++)
			made_set(&made, 0, row, rows[i].values[dice_below(&dice, count)]);
		profile_column(&made.batch, 0, 0, &profile);
		if (profile.kind)
			print_error("%s is taken for %s\n", rows[i].what, profile.kind->name);
		assert_null(profile.kind);
		made_done(&made);
	}
}

/* Two kinds in one column: the likelier comes first, the other is kept as possible. */
static void test_profile_profile__keeps_what_it_may_be(void **state)
{
	struct inventor dice;
	struct profile profile;
	char cell[ADDRESS_MAX_BYTES];
	(void)state;
	inventor_init(&dice, 3, 0);
	struct made made = made_new(1, 400);
	for (uint32_t row = 0; row < 400; row++) {
		one_of(&dice, row % 5 < 3 ? "mobile" : "email", cell);
		made_set(&made, 0, row, cell);
	}
	profile_column(&made.batch, 0, 0, &profile);
	assert_string_equal(profile.kind->name, "mobile");
	assert_true(profile.kind_count >= 2);
	assert_string_equal(profile.kinds[1]->name, "email");
	made_done(&made);
}

/* ---- headers ---- */

enum { ROWS = 8, COLUMNS = 6 };

static void test_profile_profile__tells_a_header(void **state)
{
	static const struct {
		const char *what;
		bool header;
		const char *cells[ROWS][COLUMNS];
	} tables[] = {
		{ "plain", true,
		        { { "id", "name", "mobile" }, { "U1001", "陈晓明", "13812345678" },
		                { "U1002", "林芸", "13912345679" } } },
		{ "none", false,
		        { { "U1001", "陈晓明", "13812345678" }, { "U1002", "林芸", "13912345679" },
		                { "U1003", "王丽", "13912345671" } } },
		{ "chinese", true,
		        { { "姓名", "手机", "城市" }, { "陈晓明", "13812345678", "南京市" },
		                { "林芸", "13912345679", "大连市" } } },
		{ "one data row below", true, { { "姓名", "手机号码" }, { "陈晓明", "13812345678" } } },
		{ "numbers only, named", true,
		        { { "a", "b", "c" }, { "1", "22", "3.5" }, { "2", "23", "4.5" }, { "3", "21", "1.5" } } },
		{ "numbers only, bare", false, { { "1", "22", "3.5" }, { "2", "23", "4.5" }, { "3", "21", "1.5" } } },
		{ "one column, named", true, { { "mobile" }, { "13812345678" }, { "13912345679" } } },
		{ "one column, bare", false, { { "13812345678" }, { "13912345679" }, { "13712345670" } } },
		{ "one column of ids, named", true,
		        { { "customer" }, { "U00010001" }, { "U00010002" }, { "U00010007" } } },
		{ "one column of ids, bare", false,
		        { { "U00010001" }, { "U00010002" }, { "U00010007" }, { "U00010009" } } },
		{ "one row of names", true, { { "customer_id", "name", "mobile" } } },
		{ "one row of data", false, { { "U00010001", "陈晓明", "13812345678" } } },
		{ "names like kinds", true,
		        { { "mobile", "email", "date" }, { "13812345678", "a@b.example", "2021-01-02" },
		                { "13912345679", "c@d.example", "2021-01-03" } } },
		{ "chinese names like kinds", true,
		        { { "手机号", "身份证号", "日期" }, { "13812345678", "320104198001010015", "2021-01-02" },
		                { "13912345679", "320104198001010031", "2021-01-03" } } },
		{ "staff, bare", false,
		        { { "10023", "陈晓明", "财务部", "13812345678" }, { "10024", "林芸", "销售部", "13912345679" },
		                { "10031", "王丽", "销售部", "13712345670" },
		                { "10040", "张志", "人事部", "13612345670" } } },
		{ "staff, bare, no numbers", false,
		        { { "陈晓明", "财务部", "经理" }, { "林芸", "销售部", "专员" }, { "王丽", "销售部", "专员" },
		                { "张志", "人事部", "专员" } } },
		{ "staff, named", true,
		        { { "工号", "姓名", "部门", "手机" }, { "10023", "陈晓明", "财务部", "13812345678" },
		                { "10024", "林芸", "销售部", "13912345679" },
		                { "10031", "王丽", "销售部", "13712345670" } } },
		{ "dates, named", true,
		        { { "when", "amount" }, { "2021-01-02", "13.5" }, { "2021-01-03", "15.0" },
		                { "2021-01-05", "16.0" } } },
		{ "dates, bare", false,
		        { { "2021-01-02", "13.5" }, { "2021-01-03", "15.0" }, { "2021-01-05", "16.0" } } },
		{ "mail, bare", false, { { "a@b.example", "x" }, { "c@d.example", "y" }, { "e@f.example", "x" } } },
		{ "a name twice is no header", false,
		        { { "13812345678", "13812345678" }, { "13912345679", "13912345679" } } },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
		uint32_t rows = 0, columns = 0;
		while (rows < ROWS && tables[t].cells[rows][0])
			rows++;
		while (columns < COLUMNS && tables[t].cells[0][columns])
			columns++;
		struct made made = made_new(columns, rows);
		for (uint32_t row = 0; row < rows; row++)
			for (uint32_t column = 0; column < columns; column++)
				made_set(&made, column, row, tables[t].cells[row][column]);
		bool header = profile_header(&made.batch);
		if (header != tables[t].header)
			print_error(
			        "%s: %s\n", tables[t].what, header ? "taken for a header" : "not taken for a header"),
			        wrong++;
		made_done(&made);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile_profile__finds_every_kind),
		cmocka_unit_test(test_profile_profile__takes_no_words_for_names_or_places),
		cmocka_unit_test(test_profile_profile__keeps_what_it_may_be),
		cmocka_unit_test(test_profile_profile__tells_a_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
