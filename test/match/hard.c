/* Hard leaks whose right answer is known: damaged, slipped, glued, hashed, padded, stitched; and the fields of a verdict that nothing
 * else looks at, each with cases between which a constant would fail: test_match_hard HUFU
 *
 * A row whose right answer is not reached yet carries in `today` the honest answer that is given instead; when it becomes right the
 * row fails until the mark is taken away. */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support-match/run.h"
#include "../support-match/world.h"

#include <openssl/evp.h>

enum { CUSTOMERS = 1200, DATES = 5, MANY = 400 };

static const char *const dates[DATES] = { "2021-03-31", "2021-05-31", "2021-07-31", "2021-09-30", "2021-11-30" };
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
	world_init(&world, 77, CUSTOMERS);
	for (size_t i = 0; i < DATES; i++) {
		at[i] = state_copy(&world.now);
		text.len = 0;
		export_rows(&at[i], 0, &text);
		must_seal("customers", place_bytes("customers.csv", &text), dates[i],
		        (const char *const[]){ "--key", "customer_id", "--facet", "city", "--facet", "register_date", NULL });
		world_live(&world, 30, 25, 12, 250);
		if (i == 2)
			between = state_copy(&world.now);
		world_live(&world, 30, 25, 12, 250);
	}
	newer = state_copy(&world.now);
	strangers = strangers_new(78, 2000, &at[DATES - 1]);
	/* The same customers once, with the forms that do not come by themselves. */
	store_use("store-forms");
	assert_code(HUFU("init"), 0);
	must_seal("customers", placed("customers.csv"), dates[DATES - 1],
	        (const char *const[]){ "--key", "customer_id", "--form", "md5+86:mobile", "--form", "sha1:resident_id", NULL });
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
	{ "address", ADDRESS, NULL }, { "register_date", REGISTERED, NULL }, { "level", LEVEL, NULL }, { "points", POINTS, NULL } };
static const struct shown personal[] = { { "name", NAME, NULL }, { "mobile", MOBILE, NULL }, { "email", EMAIL, NULL },
	{ "city", CITY, NULL }, { "address", ADDRESS, NULL } };
static const struct shown name_mobile[] = { { "姓名", NAME, NULL }, { "手机", MOBILE, NULL } };
static const struct shown ruined[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, as_scientific },
	{ "resident_id", RESIDENT, as_scientific }, { "city", CITY, NULL }, { "address", ADDRESS, NULL }, { "points", POINTS, NULL } };
static const struct shown quoted[] = { { "id", NO, as_apostrophe }, { "name", NAME, NULL }, { "mobile", MOBILE, as_apostrophe },
	{ "resident_id", RESIDENT, as_apostrophe }, { "address", ADDRESS, NULL } };
static const struct shown twofold[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL }, { "mobile", MOBILE, as_two },
	{ "email", EMAIL, NULL }, { "address", ADDRESS, NULL } };
static const struct shown salted[] = { { "phone_hash", MOBILE, as_md5_salted } };
static const struct shown md5_upper[] = { { "phone", MOBILE, as_md5_upper }, { "name", NAME, NULL }, { "city", CITY, NULL },
	{ "level", LEVEL, NULL } };
static const struct shown hashed[] = { { "phone", MOBILE, as_md5_86 }, { "card", RESIDENT, as_sha1 }, { "name", NAME, NULL },
	{ "mail", EMAIL, NULL }, { "address", ADDRESS, NULL } };
static const struct shown two_strong[] = { { "mobile", MOBILE, NULL }, { "resident_id", RESIDENT, NULL } };

#define LAST (&at[DATES - 1])

/* Some rows of ours that may be changed at will; state_done() them. */
static struct state some_rows(const struct state *state, size_t count)
{
	struct inventor dice;
	inventor_init(&dice, 5, 0);
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
				snprintf(rows.rows[i].cell[f], CELL_MAX, "%s%u", f % 2 ? "x" : "", 1 + dice_below(&dice, 900000));
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
		bytes_print(out, "YT%010u,%s,%s,%s 门卫代收 %u,%u.%u,%u,K%04u,2021-%02u-%02u\n", dice_below(&dice, 4000000), row->cell[NAME],
			row->cell[MOBILE], row->cell[CITY], dice_below(&dice, 900), dice_below(&dice, 20), dice_below(&dice, 10),
			8 + dice_below(&dice, 90), dice_below(&dice, 500), 1 + dice_below(&dice, 12), 1 + dice_below(&dice, 28));
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
			bytes_print(out, ",PL%09u,%u,2021-%02u-%02u,A%03u", dice_below(&dice, 900000000), 900 + dice_below(&dice, 9000),
				1 + dice_below(&dice, 12), 1 + dice_below(&dice, 28), dice_below(&dice, 300));
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
		bytes_print(out, "T%08u,%s,%s,E%04u,%u,%u,topic-%u,2021-%02u-%02u\n", 5000000 + (unsigned)i * 3, rows.rows[i].cell[NO],
			rows.rows[i].cell[MOBILE], dice_below(&dice, 400), dice_below(&dice, 60), dice_below(&dice, 10), dice_below(&dice, 40),
			1 + dice_below(&dice, 12), 1 + dice_below(&dice, 28));
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
	bytes_text(out, "CREATE TABLE `t_user` (\n  `uid` varchar(20),\n  `uname` varchar(40),\n  `tel` varchar(20),\n  `addr` text\n);\n"
		"INSERT INTO `t_user` VALUES ");
	for (size_t i = 0; i < rows.count; i++)
		bytes_print(out, "%s('%s','%s','%s','%s')", i ? "," : "", rows.rows[i].cell[NO], rows.rows[i].cell[NAME], rows.rows[i].cell[MOBILE],
			rows.rows[i].cell[ADDRESS]);
	bytes_text(out, ";\n");
	state_done(&rows);
}

static void prose(struct bytes *out)
{
	struct state rows = some_rows(LAST, 120);
	for (size_t i = 0; i < rows.count; i++)
		bytes_print(out, "记录员按：%s 来电，手机 %s，身份证号 %s，邮箱 %s，已回复。\n\n", rows.rows[i].cell[NAME], rows.rows[i].cell[MOBILE],
			rows.rows[i].cell[RESIDENT], rows.rows[i].cell[EMAIL]);
	state_done(&rows);
}

/* ---- the words ---- */

#define OURS "genuine|partly-genuine"

static const struct hard {
	const char *name;
	void (*make)(struct bytes *out);
	const char *words; /* any of these, apart by | */
	size_t records, least, most; /* how many are there, how many link */
	const char *today;
} hard_leaks[] = {
	{ "a true copy", copy_whole, "genuine", MANY, MANY, MANY, NULL },
	{ "one column slipped by a row", slipped, OURS, MANY, MANY - 4, MANY, NULL },
	{ "newer than the last seal", newer_than_all, OURS, MANY, MANY * 8 / 10, MANY, NULL },
	{ "five strangers beside a copy", five_strangers, "genuine", MANY + 5, MANY, MANY, NULL },
	{ "a few damaged cells", few_damaged, "genuine", MANY, MANY - 1, MANY, NULL },
	{ "a fifth of the cells damaged", fifth_damaged, OURS, MANY, MANY * 95 / 100, MANY, NULL },
	{ "numbers ruined by a spreadsheet", spreadsheet, OURS, MANY, MANY, MANY, NULL },
	{ "numbers kept by apostrophes", apostrophes, OURS, MANY, MANY, MANY, NULL },
	{ "every record three times", thrice, "genuine", 3 * MANY, 3 * MANY, 3 * MANY, NULL },
	{ "two values in a cell", two_values, OURS, MANY, MANY, MANY, NULL },
	{ "three records, name and mobile", three_records, "inconclusive", 3, 0, 3, NULL },
	{ "salted hashes only", salted_hashes, "inconclusive", MANY, 0, 0, NULL },
	{ "md5 in upper case", upper_md5, OURS, MANY, MANY, MANY, NULL },
	{ "hashes of forms not sealed", other_hashes, OURS, MANY, MANY, MANY, NULL },
	{ "our numbers counted up", enumerated, "inconclusive", 3000, 0, 3000, NULL },
	{ "padded, 5 % ours", padded_copy, "partly-genuine", 1200, 60, 60, NULL },
	{ "only strangers", only_strangers, "not-ours", MANY, 0, 0, NULL },
	{ "a courier's parcels", parcels, "overlap", MANY, 0, MANY, NULL },
	{ "an insurer", insurer, "overlap|inconclusive", MANY, 0, MANY / 2, NULL },
	{ "an insurer, personal columns only", insurer_personal, "inconclusive", MANY, 0, MANY / 2, NULL },
	{ "a table of ours that was never sealed", service_calls, "ours-unsealed", MANY, MANY, MANY, NULL },
	{ "two columns recombined", two_columns_mixed, "recombined", MANY, 0, 0, NULL },
	{ "three columns recombined", three_columns_mixed, "recombined", MANY, 0, 0, NULL },
	{ "SQL dump", mysqldump, OURS, MANY, MANY, MANY, NULL },
	{ "running text", prose, OURS, 120, 120, 120, NULL },
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
		const char *word = text_of(verdict, "verdict"), *words = row->today ? row->today : row->words;
		uint64_t linked = linked_to(part, "customers"), records = number_of(part, "records");
		if (!word_among(word, words) || linked < row->least || linked > row->most || records != row->records ||
			!json_array_size(list_of(verdict, "reasons"))) {
			AUTO_FREE char *reasons = json_dumps(list_of(verdict, "reasons"), 0), *terms = json_dumps(list_of(part, "copy_terms"), 0);
			print_error("%s: %s, %llu of %llu link; want %s, %zu to %zu of %zu%s\n   %s\n   %s\n", row->name, word,
				(unsigned long long)linked, (unsigned long long)records, words, row->least, row->most, row->records,
				row->today ? " (known to be wrong: is the mark still right?)" : "", reasons, terms);
			wrong++;
		}
		json_decref(verdict);
	}
	assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match_hard__says_the_right_word),
	};
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
