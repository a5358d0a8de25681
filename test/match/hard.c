/* Hard leaks whose right answer is known: damaged, slipped, glued, hashed, padded, stitched; and the fields of a
 * verdict that nothing else looks at, each with cases between which a constant would fail: test_match_hard HUFU
 All of it on three worlds with keys of their own. */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

#include <openssl/evp.h>
#include <unistd.h>

enum { CUSTOMERS = 1200, DATES = 5, MANY = 400, MANUAL_LINES = 20000 };

static const char *const dates[DATES] = { "2021-03-31", "2021-05-31", "2021-07-31", "2021-09-30", "2021-11-30" };
static uint64_t seed; /* of the world at hand */
static struct world world;
static struct state at[DATES], between, newer, strangers; /* `between` lies behind dates[2] */

/* ---- stores ---- */

static void store_use(const char *name)
{
	setenv("HUFU_STORE", placed(name), 1);
}

static int setup(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	world_init(&world, seed, CUSTOMERS);
	for (size_t i = 0; i < DATES; i++) {
		at[i] = state_copy(&world.now);
		text.len = 0;
		export_rows(&at[i], 0, &text);
		must_seal("customers", place_bytes("customers.csv", &text), dates[i],
		        (const char *const[]){
		                "--key", "customer_id", "--facet", "city", "--facet", "register_date", NULL });
		world_live(&world, 30, 25, 12, 250);
		if (i == 2)
			between = state_copy(&world.now);
		world_live(&world, 30, 25, 12, 250);
	}
	newer = state_copy(&world.now);
	strangers = strangers_new(seed + 1, 2000, &at[DATES - 1]);
	/* The same customers once, with the forms that do not come by themselves. */
	store_use("store-forms");
	assert_code(HUFU("init"), 0);
	must_seal("customers", placed("customers.csv"), dates[DATES - 1],
	        (const char *const[]){
	                "--key", "customer_id", "--form", "md5+86:mobile", "--form", "sha1:resident_id", NULL });
	store_use("store");
	bytes_done(&text);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < DATES; i++)
		state_done(&at[i]);
	state_done(&between);
	state_done(&newer);
	state_done(&strangers);
	world_done(&world);
	return place_teardown(state);
}

/* ---- spellings ---- */

static void digest(const char *kind, const char *before, const char *cell, const char *letters, char out[CELL_MAX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char text[2 * CELL_MAX];
	unsigned len = 0;
	snprintf(text, sizeof text, "%s%s", before, cell);
	assert_int_equal(EVP_Digest(text, strlen(text), sum, &len, EVP_get_digestbyname(kind), NULL), 1);
	for (unsigned i = 0; i < len; i++) {
		out[2 * i] = letters[sum[i] >> 4];
		out[2 * i + 1] = letters[sum[i] & 15];
	}
	out[2 * len] = 0;
}

static void as_md5_upper(const char *cell, char out[CELL_MAX])
{
	digest("MD5", "", cell, "0123456789ABCDEF", out);
}

static void as_md5_86(const char *cell, char out[CELL_MAX])
{
	digest("MD5", "+86", cell, "0123456789abcdef", out);
}

static void as_md5_salted(const char *cell, char out[CELL_MAX])
{
	digest("MD5", "pepper-and-salt-", cell, "0123456789abcdef", out);
}

static void as_sha1(const char *cell, char out[CELL_MAX])
{
	digest("SHA1", "", cell, "0123456789abcdef", out);
}

/* What a spreadsheet leaves of a long number. */
static void as_scientific(const char *cell, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "%.2E", strtod(cell, NULL));
}

static void as_apostrophe(const char *cell, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "'%.100s", cell);
}

static void as_two(const char *cell, char out[CELL_MAX])
{
	unsigned last = (unsigned)(cell[strlen(cell) - 1] - '0');
	if (last < 5)
		snprintf(out, CELL_MAX, "%.40s", cell);
	else
		snprintf(out, CELL_MAX, "%.40s%c%.3s5550%.4s", cell, last < 7 ? ';' : '/', cell, cell + 5);
}

/* ---- leaks ---- */

static const struct shown whole[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL }, { "gender", GENDER, NULL },
	{ "mobile", MOBILE, NULL }, { "resident_id", RESIDENT, NULL }, { "email", EMAIL, NULL }, { "city", CITY, NULL },
	{ "address", ADDRESS, NULL }, { "register_date", REGISTERED, NULL }, { "level", LEVEL, NULL },
	{ "points", POINTS, NULL } };
static const struct shown personal[] = { { "name", NAME, NULL }, { "mobile", MOBILE, NULL }, { "email", EMAIL, NULL },
	{ "city", CITY, NULL }, { "address", ADDRESS, NULL } };
static const struct shown name_mobile[] = { { "姓名", NAME, NULL }, { "手机", MOBILE, NULL } };
static const struct shown ruined[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL },
	{ "mobile", MOBILE, as_scientific }, { "resident_id", RESIDENT, as_scientific }, { "city", CITY, NULL },
	{ "address", ADDRESS, NULL }, { "points", POINTS, NULL } };
static const struct shown quoted[] = { { "id", NO, as_apostrophe }, { "name", NAME, NULL },
	{ "mobile", MOBILE, as_apostrophe }, { "resident_id", RESIDENT, as_apostrophe }, { "address", ADDRESS, NULL } };
static const struct shown twofold[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL },
	{ "mobile", MOBILE, as_two }, { "email", EMAIL, NULL }, { "address", ADDRESS, NULL } };
static const struct shown salted[] = { { "phone_hash", MOBILE, as_md5_salted } };
static const struct shown md5_upper[] = { { "phone", MOBILE, as_md5_upper }, { "name", NAME, NULL },
	{ "city", CITY, NULL }, { "level", LEVEL, NULL } };
static const struct shown hashed[] = { { "phone", MOBILE, as_md5_86 }, { "card", RESIDENT, as_sha1 },
	{ "name", NAME, NULL }, { "mail", EMAIL, NULL }, { "address", ADDRESS, NULL } };
static const struct shown two_strong[] = { { "mobile", MOBILE, NULL }, { "resident_id", RESIDENT, NULL } };

#define LAST (&at[DATES - 1])

/* Some rows of ours that may be changed at will; state_done() them. */
static struct state some_rows(const struct state *state, size_t count)
{
	struct inventor dice;
	inventor_init(&dice, seed + 5, 0);
	AUTO_FREE size_t *order = shuffled(&dice, state->count);
	struct state some = state_copy(state);
	assert_true(count <= state->count);
	for (size_t i = 0; i < count; i++)
		some.rows[i] = state->rows[order[i]];
	some.count = count;
	return some;
}

static void print_all(const struct sheet *sheet, struct state rows, struct bytes *out)
{
	sheet_rows(sheet, rows.rows, rows.count, out);
	state_done(&rows);
}

static void copy_whole(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(LAST, MANY), out);
}

static void slipped(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	char first[CELL_MAX];
	memcpy(first, rows.rows[0].cell[MOBILE], CELL_MAX);
	for (size_t i = 0; i + 1 < rows.count; i++)
		memcpy(rows.rows[i].cell[MOBILE], rows.rows[i + 1].cell[MOBILE], CELL_MAX);
	memcpy(rows.rows[rows.count - 1].cell[MOBILE], first, CELL_MAX);
	print_all(&SHEET(whole), rows, out);
}

static void newer_than_all(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(&newer, MANY), out);
}

static void five_strangers(struct bytes *out)
{
	copy_whole(out);
	for (size_t i = 0; i < 5; i++)
		sheet_row(&SHEET(whole), &strangers.rows[i], out);
}

/* Each cell with this chance becomes something else. */
static struct state damaged(struct state rows, unsigned per_mille)
{
	struct inventor dice;
	inventor_init(&dice, 9, 0);
	for (size_t i = 0; i < rows.count; i++)
		for (size_t f = 0; f < FIELDS; f++)
			if (dice_chance(&dice, per_mille))
				snprintf(rows.rows[i].cell[f], CELL_MAX, "%s%u", f % 2 ? "x" : "",
				        1 + dice_below(&dice, 900000));
	return rows;
}

static void few_damaged(struct bytes *out)
{
	print_all(&SHEET(whole), damaged(some_rows(LAST, MANY), 10), out);
}

static void fifth_damaged(struct bytes *out)
{
	print_all(&SHEET(whole), damaged(some_rows(LAST, MANY), 200), out);
}

static void spreadsheet(struct bytes *out)
{
	print_all(&SHEET(ruined), some_rows(LAST, MANY), out);
}

static void apostrophes(struct bytes *out)
{
	print_all(&SHEET(quoted), some_rows(LAST, MANY), out);
}

static void thrice(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	sheet_header(&SHEET(personal), out);
	for (size_t i = 0; i < 3 * rows.count; i++)
		sheet_row(&SHEET(personal), &rows.rows[i * 7 % rows.count], out);
	state_done(&rows);
}

static void two_values(struct bytes *out)
{
	print_all(&SHEET(twofold), some_rows(LAST, MANY), out);
}

static void three_records(struct bytes *out)
{
	print_all(&SHEET(name_mobile), some_rows(LAST, 3), out);
}

static void salted_hashes(struct bytes *out)
{
	print_all(&SHEET(salted), some_rows(LAST, MANY), out);
}

static void upper_md5(struct bytes *out)
{
	print_all(&SHEET(md5_upper), some_rows(LAST, MANY), out);
}

static void other_hashes(struct bytes *out)
{
	print_all(&SHEET(hashed), some_rows(LAST, MANY), out);
}

static void enumerated(struct bytes *out)
{
	bytes_text(out, "customer_id\n");
	for (unsigned i = 0; i < 3000; i++)
		bytes_print(out, "U%08u\n", 10400010 + i);
}

static void padded_copy(struct bytes *out)
{
	struct state ours = some_rows(LAST, 60);
	sheet_header(&SHEET(whole), out);
	for (size_t i = 0; i < 1200; i++)
		sheet_row(&SHEET(whole), i % 20 ? &strangers.rows[i] : &ours.rows[i / 20], out);
	state_done(&ours);
}

static void only_strangers(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(&strangers, MANY), out);
}

/* A courier knows our people, writes their addresses his own way and has columns of his own. */
static void parcels(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	struct inventor dice;
	inventor_init(&dice, 12, 0);
	bytes_text(out, "waybill,receiver,phone,to,weight,fee,courier,shipped\n");
	for (size_t i = 0; i < rows.count; i++) {
		const struct customer *row = &rows.rows[i];
		bytes_print(out, "YT%010u,%s,%s,%s 门卫代收 %u,%u.%u,%u,K%04u,2021-%02u-%02u\n",
		        dice_below(&dice, 4000000), row->cell[NAME], row->cell[MOBILE], row->cell[CITY],
		        dice_below(&dice, 900), dice_below(&dice, 20), dice_below(&dice, 10), 8 + dice_below(&dice, 90),
		        dice_below(&dice, 500), 1 + dice_below(&dice, 12), 1 + dice_below(&dice, 28));
	}
	state_done(&rows);
}

/* An insurer half of whose clients are ours; `more`: with columns of his own. */
static void insured(bool more, struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	struct inventor dice;
	inventor_init(&dice, 13, 0);
	bytes_print(out, "insured,id_card,mobile%s\n", more ? ",policy,premium,begins,agent" : "");
	for (size_t i = 0; i < rows.count; i++) {
		const struct customer *row = i % 2 ? &strangers.rows[i] : &rows.rows[i];
		bytes_print(out, "%s,%s,%s", row->cell[NAME], row->cell[RESIDENT], row->cell[MOBILE]);
		if (more)
			bytes_print(out, ",PL%09u,%u,2021-%02u-%02u,A%03u", dice_below(&dice, 900000000),
			        900 + dice_below(&dice, 9000), 1 + dice_below(&dice, 12), 1 + dice_below(&dice, 28),
			        dice_below(&dice, 300));
		bytes_byte(out, '\n');
	}
	state_done(&rows);
}

static void insurer(struct bytes *out)
{
	insured(true, out);
}

static void insurer_personal(struct bytes *out)
{
	insured(false, out);
}

/* A table of service calls: our numbers and phones, the rest sealed nowhere. */
static void service_calls(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	struct inventor dice;
	inventor_init(&dice, 14, 0);
	bytes_text(out, "ticket,customer_id,mobile,agent,minutes,score,topic,called\n");
	for (size_t i = 0; i < rows.count; i++)
		bytes_print(out, "T%08u,%s,%s,E%04u,%u,%u,topic-%u,2021-%02u-%02u\n", 5000000 + (unsigned)i * 3,
		        rows.rows[i].cell[NO], rows.rows[i].cell[MOBILE], dice_below(&dice, 400), dice_below(&dice, 60),
		        dice_below(&dice, 10), dice_below(&dice, 40), 1 + dice_below(&dice, 12),
		        1 + dice_below(&dice, 28));
	state_done(&rows);
}

/* Mobiles of some people beside resident IDs of others. */
static void two_columns_mixed(struct bytes *out)
{
	struct state rows = some_rows(LAST, 2 * MANY);
	for (size_t i = 0; i < MANY; i++)
		memcpy(rows.rows[i].cell[RESIDENT], rows.rows[MANY + i].cell[RESIDENT], CELL_MAX);
	rows.count = MANY;
	print_all(&SHEET(two_strong), rows, out);
}

static void three_columns_mixed(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	for (size_t i = 0; i < MANY; i++) {
		memcpy(rows.rows[i].cell[RESIDENT], rows.rows[(i + 7) % MANY].cell[RESIDENT], CELL_MAX);
		memcpy(rows.rows[i].cell[EMAIL], rows.rows[(i + 31) % MANY].cell[EMAIL], CELL_MAX);
	}
	static const struct shown three[] = { { "m", MOBILE, NULL }, { "r", RESIDENT, NULL }, { "e", EMAIL, NULL } };
	print_all(&SHEET(three), rows, out);
}

static void mysqldump(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	bytes_text(out, "CREATE TABLE `t_user` (\n  `uid` varchar(20),\n  `uname` varchar(40),\n  `tel` varchar(20),\n "
	                " `addr` text\n);\n"
	                "INSERT INTO `t_user` VALUES ");
	for (size_t i = 0; i < rows.count; i++)
		bytes_print(out, "%s('%s','%s','%s','%s')", i ? "," : "", rows.rows[i].cell[NO],
		        rows.rows[i].cell[NAME], rows.rows[i].cell[MOBILE], rows.rows[i].cell[ADDRESS]);
	bytes_text(out, ";\n");
	state_done(&rows);
}

/* As a forum's thread tells it: no line is like another. */
static void prose(struct bytes *out)
{
	struct state rows = some_rows(LAST, 120);
	for (size_t i = 0; i < rows.count; i++) {
		const char *name = rows.rows[i].cell[NAME], *mobile = rows.rows[i].cell[MOBILE],
		           *id = rows.rows[i].cell[RESIDENT];
		if (i % 4 == 0)
			bytes_print(out, "昨天%s又来电话了, 手机 %s, 说发动机有异响, 身份证 %s 也给了.\n", name, mobile,
			        id);
		else if (i % 4 == 1)
			bytes_print(out, "车主 %s 留了号码 %s 还有证件 %s 请尽快联系\n", name, mobile, id);
		else if (i % 4 == 2)
			bytes_print(out, "%s（%s）到店看车，没有成交。登记证件：%s。\n\n", name, mobile, id);
		else
			bytes_print(out, "有人认识%s吗？电话好像是%s，身份证号%s，欠我钱，一直不还，很着急。\n", name,
			        mobile, id);
	}
	state_done(&rows);
}

/* As a call centre's form writes it: every line alike. */
static void form_letters(struct bytes *out)
{
	struct state rows = some_rows(LAST, 120);
	for (size_t i = 0; i < rows.count; i++)
		bytes_print(out, "记录员按：%s 来电，手机 %s，身份证号 %s，邮箱 %s，已回复。\n\n",
		        rows.rows[i].cell[NAME], rows.rows[i].cell[MOBILE], rows.rows[i].cell[RESIDENT],
		        rows.rows[i].cell[EMAIL]);
	state_done(&rows);
}

/* Documentation in which nobody stands. */
static void manual(struct bytes *out)
{
	for (unsigned i = 0; i < MANUAL_LINES; i++)
		bytes_print(out,
		        "%u. The reader asks for more when the window holds no whole record, as of 2021-08-31.\n", i);
}

/* ---- the words ---- */

#define OURS "genuine|partly-genuine"

static const struct hard {
	const char *name;
	void (*make)(struct bytes *out);
	const char *words;           /* any of these, apart by | */
	size_t records, least, most; /* how many are there, how many link */
} hard_leaks[] = {
	{ "a true copy", copy_whole, "genuine", MANY, MANY, MANY },
	{ "one column slipped by a row", slipped, OURS, MANY, MANY - 4, MANY },
	{ "newer than the last seal", newer_than_all, OURS, MANY, MANY * 8 / 10, MANY },
	{ "five strangers beside a copy", five_strangers, "genuine", MANY + 5, MANY, MANY },
	{ "a few damaged cells", few_damaged, "genuine", MANY, MANY - 1, MANY },
	{ "a fifth of the cells damaged", fifth_damaged, OURS, MANY, MANY * 95 / 100, MANY },
	{ "numbers ruined by a spreadsheet", spreadsheet, OURS, MANY, MANY, MANY },
	{ "numbers kept by apostrophes", apostrophes, OURS, MANY, MANY, MANY },
	{ "every record three times", thrice, "genuine", 3 * MANY, 3 * MANY, 3 * MANY },
	{ "two values in a cell", two_values, OURS, MANY, MANY, MANY },
	{ "three records, name and mobile", three_records, "inconclusive", 3, 0, 3 },
	{ "salted hashes only", salted_hashes, "inconclusive", MANY, 0, 0 },
	{ "md5 in upper case", upper_md5, OURS, MANY, MANY, MANY },
	{ "hashes of forms not sealed", other_hashes, OURS, MANY, MANY, MANY },
	{ "our numbers counted up", enumerated, "inconclusive", 3000, 0, 3000 },
	{ "padded, 5 % ours", padded_copy, "partly-genuine", 1200, 60, 60 },
	{ "only strangers", only_strangers, "not-ours", MANY, 0, 0 },
	{ "a courier's parcels", parcels, "overlap", MANY, 0, MANY },
	{ "an insurer", insurer, "overlap|inconclusive", MANY, 0, MANY / 2 },
	{ "an insurer, personal columns only", insurer_personal, "inconclusive", MANY, 0, MANY / 2 },
	{ "a table of ours that was never sealed", service_calls, "ours-unsealed", MANY, MANY, MANY },
	{ "two columns recombined", two_columns_mixed, "recombined", MANY, 0, 0 },
	{ "three columns recombined", three_columns_mixed, "recombined", MANY, 0, 0 },
	{ "SQL dump", mysqldump, OURS, MANY, MANY, MANY },
	/* Three personal columns, that others may hold as well. */
	{ "running text", prose, "inconclusive|" OURS, 120, 114, 120 },
	{ "a long text without anybody", manual, "not-ours", MANUAL_LINES, 0, 0 },
	{ "running text, every line alike", form_letters, "inconclusive|" OURS, 120, 114, 120 },
};

static bool word_among(const char *word, const char *words)
{
	size_t len = word ? strlen(word) : 0;
	for (const char *found = words; len && (found = strstr(found, word)); found++)
		if ((found == words || found[-1] == '|') && (found[len] == 0 || found[len] == '|'))
			return true;
	return false;
}

static json_t *judge_made(void (*make)(struct bytes *out), const char *name)
{
	struct bytes text = { 0 };
	make(&text);
	json_t *verdict = judged(place_bytes(name, &text));
	bytes_done(&text);
	return verdict;
}

static void test_match_hard__says_the_right_word(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(hard_leaks); i++) {
		const struct hard *row = &hard_leaks[i];
		json_t *verdict = judge_made(row->make, "leak.txt"), *part = part_at(verdict, 0);
		const char *word = text_of(verdict, "verdict"), *words = row->words;
		uint64_t linked = linked_to(part, "customers"), records = number_of(part, "records");
		if (!word_among(word, words) || linked < row->least || linked > row->most || records != row->records ||
		        !json_array_size(list_of(verdict, "reasons"))) {
			AUTO_FREE char *reasons = json_dumps(list_of(verdict, "reasons"), 0),
			               *terms = json_dumps(list_of(part, "copy_terms"), 0);
			print_error("%s: %s, %llu of %llu link; want %s, %zu to %zu of %zu\n   %s\n   %s\n", row->name,
			        word, (unsigned long long)linked, (unsigned long long)records, words, row->least,
			        row->most, row->records, reasons, terms);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* ---- forms ---- */

static const char *form_of(const json_t *dataset, const char *leaked)
{
	size_t i;
	json_t *column;
	json_array_foreach(list_of(dataset, "columns"), i,
	        column) if (!strcmp(text_of(column, "leak"), leaked)) return text_of(column, "form");
	return NULL;
}

/* Whether any reason holds a text. */
static bool reason_has(const json_t *verdict, const char *text)
{
	size_t i;
	json_t *reason;
	json_array_foreach(
	        list_of(verdict, "reasons"), i, reason) if (strstr(json_string_value(reason), text)) return true;
	return false;
}

static void test_match_hard__names_the_form(void **state)
{
	(void)state;
	json_t *verdict = judge_made(upper_md5, "leak.csv"), *dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_string_equal(form_of(dataset, "phone"), "md5");
	assert_string_equal(mapped(dataset, "phone"), "mobile");
	assert_string_equal(form_of(dataset, "name"), "plain");
	json_decref(verdict);
	/* Not sealed: named from its look, and what would settle it. */
	verdict = judge_made(other_hashes, "leak.csv");
	dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_string_equal(form_of(dataset, "phone"), "md5-like");
	assert_string_equal(form_of(dataset, "card"), "sha1-like");
	assert_string_equal(mapped(dataset, "phone"), "");
	assert_string_equal(mapped(dataset, "card"), "");
	assert_string_equal(mapped(dataset, "mail"), "email");
	assert_true(reason_has(verdict, "--form"));
	json_decref(verdict);
	/* Sealed: linked. */
	store_use("store-forms");
	verdict = judge_made(other_hashes, "leak.csv");
	store_use("store");
	dataset = dataset_in(part_at(verdict, 0), "customers");
	assert_int_equal(linked_to(part_at(verdict, 0), "customers"), MANY);
	assert_string_equal(form_of(dataset, "phone"), "md5+86");
	assert_string_equal(form_of(dataset, "card"), "sha1");
	assert_string_equal(mapped(dataset, "phone"), "mobile");
	assert_string_equal(mapped(dataset, "card"), "resident_id");
	assert_false(reason_has(verdict, "--form"));
	json_decref(verdict);
}

static void test_match_hard__tells_the_slipped_column(void **state)
{
	(void)state;
	json_t *verdict = judge_made(slipped, "leak.csv");
	assert_true(reason_has(verdict, "mobile"));
	json_decref(verdict);
	verdict = judge_made(copy_whole, "leak.csv");
	assert_false(reason_has(verdict, "mobile"));
	json_decref(verdict);
}

static void newer_damaged(struct bytes *out)
{
	print_all(&SHEET(whole), damaged(some_rows(&newer, MANY), 10), out);
}

static void newer_few(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(&newer, MANY / 4), out);
}

static void newer_padded(struct bytes *out)
{
	newer_than_all(out);
	for (size_t i = 0; i < 100; i++)
		sheet_row(&SHEET(whole), &strangers.rows[i], out);
}

static void newer_personal(struct bytes *out)
{
	print_all(&SHEET(personal), some_rows(&newer, MANY), out);
}

/* Both columns that change most are spoilt, and nothing else: that is damage, not another time. */
static void last_spoilt(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	for (size_t i = 0; i < rows.count; i += 2) {
		snprintf(rows.rows[i].cell[MOBILE], CELL_MAX, "1380000%04zu", i);
		snprintf(rows.rows[i].cell[ADDRESS], CELL_MAX, "门牌 %zu", i);
	}
	print_all(&SHEET(whole), rows, out);
}

static void last_padded(struct bytes *out)
{
	copy_whole(out);
	for (size_t i = 0; i < 100; i++)
		sheet_row(&SHEET(whole), &strangers.rows[i], out);
}

/* Newer than the last seal is after the last, open; the last seal itself, however damaged or padded, is not. */
static void test_match_hard__newer_than_the_last_seal_is_open(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct bytes *);
		bool newer, either; /* too few columns change to tell it from the last itself */
	} rows[] = {
		{ "newer", newer_than_all, true, false },
		{ "newer, 1 % damaged", newer_damaged, true, false },
		{ "newer, a hundred rows", newer_few, true, false },
		{ "newer, padded", newer_padded, true, false },
		{ "newer, two columns that change", newer_personal, true, true },
		{ "the last", copy_whole, false, false },
		{ "the last, 1 % damaged", few_damaged, false, false },
		{ "the last, a fifth damaged", fifth_damaged, false, false },
		{ "the last, five strangers", five_strangers, false, false },
		{ "the last, padded", last_padded, false, false },
		{ "the last, two columns spoilt", last_spoilt, false, false },
		{ "the last, two values in a cell", two_values, false, false },
		{ "the last, ruined by a spreadsheet", spreadsheet, false, false },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_made(rows[i].make, "leak.csv");
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "customers"), "window");
		const char *after = text_of(window, "after");
		bool last = json_array_size(list_of(window, "snapshots")) > 0;
		if (rows[i].either && last && !text_of(window, "before") && after && !strcmp(after, dates[DATES - 2])) {
			json_decref(verdict);
			continue;
		}
		if (!after || strcmp(after, dates[DATES - (rows[i].newer ? 1 : 2)]) != 0 || text_of(window, "before") ||
		        json_array_size(list_of(window, "snapshots")) != !rows[i].newer) {
			AUTO_FREE char *text = json_dumps(window, 0);
			print_error("%s: %s\n", rows[i].name, text);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* ---- reasons ---- */

static bool holds_chinese(const char *text)
{
	return strstr(text, "。") != NULL;
}

static void test_match_hard__gives_reasons_in_both_languages(void **state)
{
	static const struct {
		void (*make)(struct bytes *);
		const char *says, *says_zh;
	} rows[] = {
		{ copy_whole, "Copied from us", "复制" },
		{ padded_copy, "60 of 1200 records", "60 条" },
		{ padded_copy, "1140 records of leak.csv link to nothing sealed", "另有 1140 条" },
		{ parcels, "The same people rather than a copy", "同一批人" },
		{ parcels, "because it has columns that are none of ours", "其中有不是我方的列" },
		{ parcels, "Against a copy: columns of leak.csv that are none of ours", "不利于复制之说" },
		{ two_columns_mixed, "mix cells of several of our rows", "多行" },
		{ service_calls, "not sealed", "未封存" },
		{ three_records, "stays open", "尚无定论" },
		{ salted_hashes, "digests", "摘要" },
		{ enumerated, "counted up", "逐个数出" },
		{ only_strangers, "Sealed and compared", "已封存并比对" },
	};
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_made(rows[i].make, "leak.csv"), *reasons = list_of(verdict, "reasons"), *reason;
		size_t r, count = json_array_size(reasons);
		assert_true(reason_has(verdict, rows[i].says));
		json_array_foreach(reasons, r, reason) assert_false(holds_chinese(json_string_value(reason)));
		json_decref(verdict);
		const struct ran *ran = HUFU("match", placed("leak.csv"), "--json", "--lang", "zh");
		assert_true(ran->code < 2);
		verdict = json_loads(ran->out, 0, NULL);
		assert_int_equal(json_array_size(list_of(verdict, "reasons")), count);
		if (!reason_has(verdict, rows[i].says_zh))
			print_error("no \"%s\" in: %.1500s\n", rows[i].says_zh, ran->out);
		assert_true(reason_has(verdict, rows[i].says_zh));
		json_array_foreach(list_of(verdict, "reasons"), r, reason)
		        assert_true(holds_chinese(json_string_value(reason)));
		json_decref(verdict);
	}
}

/* Cells of a mixture and columns of a table that is not sealed are no strangers' cells. */
static void test_match_hard__calls_nothing_of_ours_foreign(void **state)
{
	static void (*const makes[])(struct bytes *) = { copy_whole, two_columns_mixed, service_calls };
	(void)state;
	for (size_t i = 0; i < LEN(makes); i++) {
		json_t *verdict = judge_made(makes[i], "leak.csv");
		assert_false(reason_has(verdict, "none of ours"));
		assert_false(reason_has(verdict, ": 0 of "));
		json_decref(verdict);
	}
}

/* ---- several parts ---- */

static void test_match_hard__judges_each_part_of_an_archive(void **state)
{
	struct bytes copy = { 0 }, foreign = { 0 }, mixed = { 0 };
	(void)state;
	copy_whole(&copy);
	only_strangers(&foreign);
	two_columns_mixed(&mixed);
	const char *zip = place_zip("dumps.zip",
	        (const struct zip_member[]){ { "a/users.csv", view_make(copy.ptr, copy.len) },
	                { "b/other.csv", view_make(foreign.ptr, foreign.len) },
	                { "b/list.csv", view_make(mixed.ptr, mixed.len) } },
	        3);
	json_t *verdict = judged(zip);
	assert_string_equal(text_of(verdict, "verdict"), "genuine");
	assert_string_equal(text_of(part_named(verdict, "users.csv"), "verdict"), "genuine");
	assert_string_equal(text_of(part_named(verdict, "other.csv"), "verdict"), "not-ours");
	assert_string_equal(text_of(part_named(verdict, "list.csv"), "verdict"), "recombined");
	assert_int_equal(linked_to(part_named(verdict, "users.csv"), "customers"), MANY);
	assert_int_equal(linked_to(part_named(verdict, "other.csv"), "customers"), 0);
	json_decref(verdict);
	bytes_done(&copy);
	bytes_done(&foreign);
	bytes_done(&mixed);
}

/* ---- two datasets ---- */

enum { RELATIVES = 500 };

static struct relative {
	size_t customer; /* in the last state */
	char id[24], relation[16];
	const struct customer *as;
} relatives[RELATIVES];

static void relatives_print(size_t count, struct bytes *out)
{
	bytes_text(out, "relation_id,customer_id,relation,relation_name,relation_mobile\n");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s,%s,%s,%s,%s\n", relatives[i].id, LAST->rows[relatives[i].customer].cell[NO],
		        relatives[i].relation, relatives[i].as->cell[NAME], relatives[i].as->cell[MOBILE]);
}

/* Customers and their families, once each, in a store of their own. */
static void store_two(void)
{
	static const char *const relations[] = { "配偶", "父亲", "母亲", "子女" };
	struct bytes text = { 0 };
	struct inventor dice;
	inventor_init(&dice, seed + 21, 0);
	for (size_t i = 0; i < RELATIVES; i++) {
		relatives[i].customer = i * LAST->count / RELATIVES;
		relatives[i].as = &strangers.rows[i];
		snprintf(relatives[i].id, sizeof relatives[i].id, "R%08zu", 61000000 + i * 13 + dice_below(&dice, 9));
		snprintf(relatives[i].relation, sizeof relatives[i].relation, "%s", relations[dice_below(&dice, 4)]);
	}
	store_use("store-two");
	if (access(placed("store-two"), F_OK) == 0)
		return;
	assert_code(HUFU("init"), 0);
	export_rows(LAST, 0, &text);
	must_seal("customers", place_bytes("customers.csv", &text), dates[DATES - 1],
	        (const char *const[]){ "--key", "customer_id", NULL });
	text.len = 0;
	relatives_print(RELATIVES, &text);
	must_seal("family", place_bytes("family.csv", &text), dates[DATES - 1],
	        (const char *const[]){ "--key", "relation_id", "--person", "relation_id", NULL });
	bytes_done(&text);
}

static void test_match_hard__glued_rows_are_of_both_datasets(void **state)
{
	static const char *const headers[] = { "customer_id,name,mobile,city,relation,relation_name,relation_mobile",
		"号,名,话,城,系,亲,亲话" };
	(void)state;
	store_two();
	for (size_t h = 0; h < LEN(headers); h++) {
		struct bytes text = { 0 };
		bytes_print(&text, "%s\n", headers[h]);
		for (size_t i = 0; i < RELATIVES; i += 2) {
			const struct customer *row = &LAST->rows[relatives[i].customer];
			bytes_print(&text, "%s,%s,%s,%s,%s,%s,%s\n", row->cell[NO], row->cell[NAME], row->cell[MOBILE],
			        row->cell[CITY], relatives[i].relation, relatives[i].as->cell[NAME],
			        relatives[i].as->cell[MOBILE]);
		}
		json_t *verdict = judged(place_bytes("leak.csv", &text)), *part = part_at(verdict, 0);
		assert_true(word_among(text_of(verdict, "verdict"), OURS));
		assert_int_equal(linked_to(part, "customers"), RELATIVES / 2);
		assert_int_equal(linked_to(part, "family"), RELATIVES / 2);
		assert_string_equal(
		        mapped(dataset_in(part, "family"), h ? "亲话" : "relation_mobile"), "relation_mobile");
		assert_string_equal(mapped(dataset_in(part, "customers"), h ? "话" : "mobile"), "mobile");
		/* Owners and relatives are all people. */
		assert_int_equal(number_of(verdict, "people"), RELATIVES);
		assert_int_equal(number_of(verdict, "people_exposed"), RELATIVES);
		json_decref(verdict);
		bytes_done(&text);
	}
	store_use("store");
}

static void dump_customers(size_t count, struct bytes *out)
{
	bytes_text(out,
	        "CREATE TABLE `t_user` (\n  `uid` varchar(20),\n  `uname` varchar(40),\n  `tel` varchar(20)\n);\n"
	        "INSERT INTO `t_user` VALUES ");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s('%s','%s','%s')", i ? "," : "", LAST->rows[i].cell[NO], LAST->rows[i].cell[NAME],
		        LAST->rows[i].cell[MOBILE]);
	bytes_text(out, ";\n");
}

static void dump_relatives(size_t count, struct bytes *out)
{
	bytes_text(out,
	        "CREATE TABLE `t_rel` (\n  `rid` varchar(20),\n  `rel` varchar(8),\n  `rname` varchar(40),\n  `rtel` "
	        "varchar(20)\n);\nINSERT INTO `t_rel` VALUES ");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s('%s','%s','%s','%s')", i ? "," : "", relatives[i].id, relatives[i].relation,
		        relatives[i].as->cell[NAME], relatives[i].as->cell[MOBILE]);
	bytes_text(out, ";\n");
}

/* A table of nobody we know. */
static void dump_strangers(size_t count, struct bytes *out)
{
	bytes_text(out, "CREATE TABLE `t_fans` (\n  `n` varchar(20),\n  `t` varchar(20),\n  `m` varchar(40)\n);\n"
	                "INSERT INTO `t_fans` VALUES ");
	for (size_t i = 0; i < count; i++)
		bytes_print(out, "%s('%s','%s','%s')", i ? "," : "", strangers.rows[1000 + i].cell[NAME],
		        strangers.rows[1000 + i].cell[MOBILE], strangers.rows[1000 + i].cell[EMAIL]);
	bytes_text(out, ";\n");
}

/* The one part that links to a dataset; NULL when there is none, or more than one. */
static json_t *part_of(const json_t *verdict, const char *dataset)
{
	json_t *found = NULL, *part;
	size_t i;
	json_array_foreach(list_of(verdict, "parts"), i, part)
	{
		if (!dataset_in(part, dataset))
			continue;
		if (found)
			return NULL;
		found = part;
	}
	return found;
}

static void test_match_hard__tables_and_dumps_are_parts_of_their_own(void **state)
{
	struct bytes one = { 0 }, users = { 0 }, relations = { 0 }, fans = { 0 };
	(void)state;
	store_two();
	dump_customers(300, &users);
	dump_relatives(200, &relations);
	dump_strangers(150, &fans);
	dump_customers(300, &one);
	dump_strangers(150, &one);
	dump_relatives(200, &one);
	const char *leaks[2] = { NULL };
	char path[512];
	snprintf(path, sizeof path, "%s", place_bytes("all.sql", &one));
	leaks[0] = path;
	leaks[1] = place_zip("dumps.zip",
	        (const struct zip_member[]){ { "a/t_user.sql", bytes_view(&users) },
	                { "a/t_rel.sql", bytes_view(&relations) }, { "b/t_fans.sql", bytes_view(&fans) } },
	        3);
	for (size_t i = 0; i < LEN(leaks); i++) {
		json_t *verdict = judged(leaks[i]), *user = part_of(verdict, "customers"),
		       *relation = part_of(verdict, "family");
		assert_int_equal(json_array_size(list_of(verdict, "parts")), 3);
		assert_non_null(user);
		assert_non_null(relation);
		assert_true(user != relation);
		assert_int_equal(number_of(user, "records"), 300);
		assert_int_equal(linked_to(user, "customers"), 300);
		assert_int_equal(number_of(relation, "records"), 200);
		assert_int_equal(linked_to(relation, "family"), 200);
		assert_true(word_among(text_of(user, "verdict"), OURS));
		assert_true(word_among(text_of(relation, "verdict"), OURS));
		assert_true(word_among(text_of(verdict, "verdict"), OURS));
		assert_int_equal(number_of(verdict, "people"), 500);
		for (size_t k = 0; k < 3; k++) {
			json_t *part = part_at(verdict, k);
			if (part != user && part != relation)
				assert_string_equal(text_of(part, "verdict"), "not-ours");
		}
		json_decref(verdict);
	}
	store_use("store");
	bytes_done(&one);
	bytes_done(&users);
	bytes_done(&relations);
	bytes_done(&fans);
}

/* ---- other trades ---- */

static void store_fresh(const char *name)
{
	store_use(name);
	if (access(placed(name), F_OK) != 0)
		assert_code(HUFU("init"), 0);
}

/* Thirty contracts, and thirty of others that show a few of the same amounts. */
static void test_match_hard__amounts_of_a_tiny_table_are_nobodys(void **state)
{
	struct bytes ours = { 0 }, theirs = { 0 };
	struct inventor dice;
	(void)state;
	inventor_init(&dice, seed + 40, 0);
	for (unsigned side = 0; side < 2; side++) {
		struct bytes *out = side ? &theirs : &ours;
		bytes_text(out, "contract,borrower,id_card,phone,amount\n");
		for (unsigned i = 0; i < 30; i++) {
			const struct customer *row = side ? &strangers.rows[i] : &LAST->rows[i];
			bytes_print(out, "LN/2021/%06u,%s,%s,%s,%u\n", 1000 + 877 * i + 400000 * side, row->cell[NAME],
			        row->cell[RESIDENT], row->cell[MOBILE], (1 + dice_below(&dice, 60)) * 1000);
		}
	}
	store_fresh("store-loans");
	must_seal(
	        "loans", place_bytes("loans.csv", &ours), dates[0], (const char *const[]){ "--key", "contract", NULL });
	json_t *verdict = judged(place_bytes("theirs.csv", &theirs));
	assert_string_equal(text_of(verdict, "verdict"), "not-ours");
	assert_int_equal(number_of(verdict, "people"), 0);
	json_decref(verdict);
	verdict = judged(placed("loans.csv"));
	assert_string_equal(text_of(verdict, "verdict"), "genuine");
	assert_int_equal(number_of(verdict, "people"), 30);
	json_decref(verdict);
	store_use("store");
	bytes_done(&ours);
	bytes_done(&theirs);
}

/* Bookings whose status goes round among three: after the last seal many come back to what they were. */
static void test_match_hard__few_values_come_again_after_the_last_seal(void **state)
{
	enum { BOOKINGS = 500 };
	static const char *const states[] = { "booked", "in", "out" };
	static unsigned status[BOOKINGS], room[BOOKINGS];
	struct bytes text = { 0 };
	struct inventor dice;
	(void)state;
	inventor_init(&dice, seed + 50, 0);
	store_fresh("store-hotel");
	for (unsigned d = 0; d <= DATES; d++) {
		text.len = 0;
		bytes_text(&text, "booking,guest,phone,room,status\n");
		for (unsigned i = 0; i < BOOKINGS; i++) {
			if (!d || dice_chance(&dice, 300))
				status[i] = dice_below(&dice, 3);
			if (!d || dice_chance(&dice, 80))
				room[i] = 100 + dice_below(&dice, 2400);
			bytes_print(&text, "HB-%06u,%s,%s,%u,%s\n", 300000 + 17 * i, LAST->rows[i].cell[NAME],
			        LAST->rows[i].cell[MOBILE], room[i], states[status[i]]);
		}
		const char *path = place_bytes("bookings.csv", &text);
		if (d < DATES)
			must_seal("bookings", path, dates[d], (const char *const[]){ "--key", "booking", NULL });
		/* The last seal itself, and what came after it. */
		if (d + 1 < DATES)
			continue;
		json_t *verdict = judged(path);
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "bookings"), "window");
		const char *after = text_of(window, "after");
		assert_null(text_of(window, "before"));
		assert_null(json_object_get(window, "stitched"));
		assert_non_null(after);
		/* Two columns change: the end itself may stay in, nothing before it. */
		assert_true(!strcmp(after, dates[DATES - 2]) || (d == DATES && !strcmp(after, dates[DATES - 1])));
		json_decref(verdict);
	}
	store_use("store");
	bytes_done(&text);
}

/* ---- copy against independent holding ---- */

static double copy_bits(void (*make)(struct bytes *))
{
	json_t *verdict = judge_made(make, "leak.csv"), *bits = json_object_get(part_at(verdict, 0), "copy_bits"),
	       *term;
	assert_true(json_is_real(bits));
	double sum = 0, said = json_real_value(bits);
	size_t i;
	json_array_foreach(list_of(part_at(verdict, 0), "copy_terms"), i, term) sum +=
	        json_real_value(json_object_get(term, "bits"));
	/* Each is rounded to a tenth. */
	assert_true(sum - said < 0.3 && said - sum < 0.3);
	json_decref(verdict);
	return said;
}

static void test_match_hard__weighs_copy_against_holding(void **state)
{
	(void)state;
	assert_true(copy_bits(copy_whole) > 10);
	assert_true(copy_bits(padded_copy) > 10);
	assert_true(copy_bits(fifth_damaged) > 10);
	assert_true(copy_bits(parcels) < -10);
	assert_true(copy_bits(insurer) < copy_bits(insurer_personal));
	double open = copy_bits(insurer_personal);
	assert_true(open > -10 && open < 10);
}

/* ---- people ---- */

static uint64_t bound_of(const json_t *verdict, size_t which)
{
	return (uint64_t)json_integer_value(json_array_get(list_of(verdict, "people_bounds"), which));
}

static void test_match_hard__counts_people_and_who_is_exposed(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct bytes *);
		uint64_t people, exposed;
	} rows[] = {
		{ "copy", copy_whole, MANY, MANY },
		{ "three times", thrice, MANY, MANY },
		{ "mobiles of some, cards of others", two_columns_mixed, 0, 2 * MANY },
		{ "three columns of the same people", three_columns_mixed, 0, MANY },
		{ "strangers", only_strangers, 0, 0 },
		{ "padded", padded_copy, 60, 60 },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_made(rows[i].make, "leak.csv");
		uint64_t people = number_of(verdict, "people"), exposed = number_of(verdict, "people_exposed");
		uint64_t low = bound_of(verdict, 0), high = bound_of(verdict, 1);
		if (people != rows[i].people || exposed != rows[i].exposed || low > people || high < people) {
			print_error("%s: %llu people in [%llu, %llu], %llu exposed; want %llu and %llu\n", rows[i].name,
			        (unsigned long long)people, (unsigned long long)low, (unsigned long long)high,
			        (unsigned long long)exposed, (unsigned long long)rows[i].people,
			        (unsigned long long)rows[i].exposed);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* ---- time ---- */

/* Rows of some times, in turn, of those customers that all of them have. */
static json_t *judge_stitched(const struct state *const *times, size_t count)
{
	struct bytes text = { 0 };
	size_t at_most = 600, written = 0;
	sheet_header(&SHEET(whole), &text);
	for (size_t i = 0; i < times[0]->count && written < at_most; i++) {
		const struct customer *row = state_find(times[i % count], times[0]->rows[i].cell[NO], i);
		if (row)
			sheet_row(&SHEET(whole), row, &text), written++;
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	bytes_done(&text);
	return verdict;
}

static void test_match_hard__tells_stitched_dates(void **state)
{
	const struct {
		const char *name;
		const struct state *times[3];
		size_t count, dates[3];
	} rows[] = {
		{ "one date", { &at[2] }, 1, { 2 } },
		{ "the last date", { &at[4] }, 1, { 4 } },
		{ "a gap", { &between }, 1, { 2 } },
		{ "two dates", { &at[0], &at[4] }, 2, { 0, 4 } },
		{ "three dates", { &at[0], &at[2], &at[4] }, 3, { 0, 2, 4 } },
	};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		json_t *verdict = judge_stitched(rows[i].times, rows[i].count);
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "customers"), "window");
		json_t *stitched = json_object_get(window, "stitched");
		size_t count = json_array_size(stitched);
		bool right = count == (rows[i].count > 1 ? rows[i].count : 0);
		for (size_t k = 0; right && k < count; k++) {
			const json_t *stretch = json_array_get(stitched, k);
			const char *date = dates[rows[i].dates[k]], *after = text_of(stretch, "after"),
			           *before = text_of(stretch, "before");
			right = (!after || strcmp(after, date) < 0) && (!before || strcmp(date, before) < 0) &&
			        number_of(stretch, "records") > 0;
		}
		/* The whole is as new as its newest piece. */
		for (size_t k = 0; right && k < 2 && count; k++) {
			const char *end = k ? "after" : "before";
			right = json_equal(json_object_get(window, end),
			        json_object_get(json_array_get(stitched, count - 1), end));
		}
		if (!right) {
			AUTO_FREE char *text = json_dumps(window, 0);
			print_error("%s: %s\n", rows[i].name, text);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

/* A joined table: one column of visits that only we hold, the rest of them what anybody could have, and the people
 * from another dataset. Each dataset by itself leaves half of the record unexplained. */
static void test_match_hard__a_joined_table_is_explained_by_both(void **state)
{
	struct bytes visits = { 0 }, leak = { 0 };
	const struct state *now = &at[DATES - 1];
	(void)state;
	store_use("store-joined");
	assert_code(HUFU("init"), 0);
	bytes_text(&visits, "visit_no,day,ward,customer_id\n");
	bytes_text(&leak, "id,when,where,name,phone,card\n");
	for (size_t i = 0; i < MANY; i++) {
		const struct customer *row = &now->rows[i * 2 % now->count];
		char visit[96];
		snprintf(visit, sizeof visit, "V%08zu,2021-%02zu-%02zu,ward %zu", 10000000 + i * 37, 1 + i % 11,
		        1 + i * 7 % 28, i % 9);
		bytes_print(&visits, "%s,%s\n", visit, row->cell[NO]);
		bytes_print(&leak, "%s,%s,%s,%s\n", visit, row->cell[NAME], row->cell[MOBILE], row->cell[RESIDENT]);
	}
	struct bytes customers = { 0 };
	export_rows(now, 0, &customers);
	must_seal("customers", place_bytes("customers.csv", &customers), dates[DATES - 1],
	        (const char *const[]){ "--key", "customer_id", NULL });
	must_seal("visits", place_bytes("visits.csv", &visits), dates[DATES - 1],
	        (const char *const[]){ "--key", "visit_no", "--person", "customer_id", NULL });
	json_t *verdict = judged(place_bytes("leak.csv", &leak));
	const json_t *part = part_at(verdict, 0);
	assert_string_equal(text_of(part, "verdict"), "genuine");
	assert_non_null(dataset_in(part, "customers"));
	assert_non_null(dataset_in(part, "visits"));
	json_decref(verdict);
	bytes_done(&customers);
	bytes_done(&visits);
	bytes_done(&leak);
	store_use("store");
}

/* The newest row is told apart from when it was taken: all are cells of the last date, of customers who came by an
 * earlier one. */
static void test_match_hard__dates_the_newest_row(void **state)
{
	(void)state;
	for (size_t since = 0; since < DATES; since += 2) {
		struct bytes text = { 0 };
		sheet_header(&SHEET(whole), &text);
		for (size_t i = 0; i < LAST->count; i++)
			if (state_find(&at[since], LAST->rows[i].cell[NO], i))
				sheet_row(&SHEET(whole), &LAST->rows[i], &text);
		json_t *verdict = judged(place_bytes("leak.csv", &text));
		json_t *window = json_object_get(dataset_in(part_at(verdict, 0), "customers"), "window");
		assert_string_equal(text_of(window, "newest_row"), dates[since]);
		json_decref(verdict);
		bytes_done(&text);
	}
}

/* ---- filter ---- */

static json_t *judge_filtered(const char *city, const char *until, unsigned one_in)
{
	struct bytes text = { 0 };
	sheet_header(&SHEET(whole), &text);
	for (size_t i = 0; i < LAST->count; i++) {
		const struct customer *row = &LAST->rows[i];
		if ((!city || !strcmp(row->cell[CITY], city)) && strcmp(row->cell[REGISTERED], until) <= 0 &&
		        i * 7919 % one_in == 0)
			sheet_row(&SHEET(whole), row, &text);
	}
	json_t *verdict = judged(place_bytes("leak.csv", &text));
	bytes_done(&text);
	return verdict;
}

static const json_t *filter_of(const json_t *verdict)
{
	return json_object_get(dataset_in(part_at(verdict, 0), "customers"), "filter");
}

/* The date that a filter names: nobody of the city registered after it and up to `until`, nor was anybody after `until`
 * taken. */
static void assert_date_between(const char *text, const char *city, const char *until)
{
	const char *said = strstr(text, "register_date <= ");
	assert_non_null(said);
	said += strlen("register_date <= ");
	for (size_t i = 0; i < LAST->count; i++) {
		const struct customer *row = &LAST->rows[i];
		if (!city || !strcmp(row->cell[CITY], city))
			assert_int_equal(strncmp(row->cell[REGISTERED], said, 10) <= 0,
			        strcmp(row->cell[REGISTERED], until) <= 0);
	}
}

static void test_match_hard__finds_the_filter(void **state)
{
	(void)state;
	json_t *verdict = judge_filtered("重庆市", "2019-06-30", 1);
	const json_t *filter = filter_of(verdict);
	assert_has(text_of(filter, "text"), "city = 重庆市");
	assert_date_between(text_of(filter, "text"), "重庆市", "2019-06-30");
	assert_true(json_real_value(json_object_get(filter, "explains")) > 0.95);
	json_decref(verdict);

	verdict = judge_filtered(NULL, "2019-06-30", 1);
	filter = filter_of(verdict);
	assert_lacks(text_of(filter, "text"), "city");
	assert_date_between(text_of(filter, "text"), NULL, "2019-06-30");
	json_decref(verdict);

	verdict = judge_filtered("南京市", "9", 1);
	assert_string_equal(text_of(filter_of(verdict), "text"), "city = 南京市");
	json_decref(verdict);

	/* Every third of a city: the filter explains a part only. */
	verdict = judge_filtered("重庆市", "9", 3);
	assert_string_equal(text_of(filter_of(verdict), "text"), "city = 重庆市");
	assert_true(json_real_value(json_object_get(filter_of(verdict), "explains")) < 0.8);
	json_decref(verdict);

	verdict = judge_filtered(NULL, "9", 3);
	assert_true(json_is_null(filter_of(verdict)));
	json_decref(verdict);
	verdict = judge_filtered(NULL, "9", 1);
	assert_true(json_is_null(filter_of(verdict)));
	json_decref(verdict);
}

/* ---- chance ---- */

/* Some of ours, and strangers who share name, city and registration day with some of ours, each with another one. How
 * many links the verdict itself holds for chance must go with how many are. */
static double chance_of(size_t mine, size_t theirs)
{
	static const struct shown weak[] = { { "name", NAME, NULL }, { "city", CITY, NULL },
		{ "date", REGISTERED, NULL } };
	struct bytes text = { 0 };
	sheet_rows(&SHEET(weak), LAST->rows, mine, &text);
	for (size_t i = 0; i < theirs; i++)
		sheet_row(&SHEET(weak), &strangers.rows[i], &text);
	json_t *verdict = judged(place_bytes("leak.csv", &text)),
	       *dataset = dataset_in(part_at(verdict, 0), "customers");
	double fdr = dataset ? json_real_value(json_object_get(dataset, "fdr")) : 1;
	double linked = dataset ? (double)number_of(dataset, "linked") : 0, wrong = linked - (double)mine;
	/* One twin in a thousand more or less is the luck of the draw. */
	double luck = (double)(mine + theirs) / 1000;
	if (dataset && (wrong > fdr * linked + 1 + luck || fdr * linked > wrong + 3)) {
		print_error("%zu of ours, %zu not: %.0f link, fdr %.4f\n", mine, theirs, linked, fdr);
		fail();
	}
	json_decref(verdict);
	bytes_done(&text);
	return fdr;
}

static void test_match_hard__measures_chance(void **state)
{
	(void)state;
	double copy = chance_of(400, 0), padded = chance_of(400, 1800), rare = chance_of(20, 1800),
	       none = chance_of(0, 1800);
	assert_true(copy <= padded && padded < rare && rare < none);
	assert_true(copy < 0.001);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_hard__says_the_right_word),
		cmocka_unit_test(test_match_hard__names_the_form),
		cmocka_unit_test(test_match_hard__tells_the_slipped_column),
		cmocka_unit_test(test_match_hard__newer_than_the_last_seal_is_open),
		cmocka_unit_test(test_match_hard__gives_reasons_in_both_languages),
		cmocka_unit_test(test_match_hard__calls_nothing_of_ours_foreign),
		cmocka_unit_test(test_match_hard__judges_each_part_of_an_archive),
		cmocka_unit_test(test_match_hard__glued_rows_are_of_both_datasets),
		cmocka_unit_test(test_match_hard__tables_and_dumps_are_parts_of_their_own),
		cmocka_unit_test(test_match_hard__amounts_of_a_tiny_table_are_nobodys),
		cmocka_unit_test(test_match_hard__few_values_come_again_after_the_last_seal),
		cmocka_unit_test(test_match_hard__weighs_copy_against_holding),
		cmocka_unit_test(test_match_hard__counts_people_and_who_is_exposed),
		cmocka_unit_test(test_match_hard__a_joined_table_is_explained_by_both),
		cmocka_unit_test(test_match_hard__tells_stitched_dates),
		cmocka_unit_test(test_match_hard__dates_the_newest_row),
		cmocka_unit_test(test_match_hard__finds_the_filter),
		cmocka_unit_test(test_match_hard__measures_chance),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	/* Other customers and another key each time: no answer may be luck. */
	static const uint64_t seeds[] = { 77, 2024, 31337 };
	int failed = 0;
	for (size_t i = 0; i < LEN(seeds); i++) {
		seed = seeds[i];
		failed += cmocka_run_group_tests_name("world", tests, setup, teardown);
	}
	return failed;
}
