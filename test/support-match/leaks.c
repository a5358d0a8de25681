/* Makes the hard leaks that leaks.h names: damaged, slipped, hashed, padded, mixed, and other companies' tables of the
 * same people. Each is drawn from the rows of history.h with dice of its own, so that one leak is the same whichever
 * others were made before it. */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "leaks.h"
#include "run.h"

#include <openssl/evp.h>

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

static void as_two(const char *cell, char out[CELL_MAX])
{
	unsigned last = (unsigned)(cell[strlen(cell) - 1] - '0');
	if (last < 5)
		snprintf(out, CELL_MAX, "%.40s", cell);
	else
		snprintf(out, CELL_MAX, "%.40s%c%.3s5550%.4s", cell, last < 7 ? ';' : '/', cell, cell + 5);
}

/* ---- what a leak shows ---- */

const struct shown whole[FIELDS] = { { "customer_id", NO, NULL }, { "name", NAME, NULL }, { "gender", GENDER, NULL },
	{ "mobile", MOBILE, NULL }, { "resident_id", RESIDENT, NULL }, { "email", EMAIL, NULL }, { "city", CITY, NULL },
	{ "address", ADDRESS, NULL }, { "register_date", REGISTERED, NULL }, { "level", LEVEL, NULL },
	{ "points", POINTS, NULL } };
const struct shown personal[5] = { { "name", NAME, NULL }, { "mobile", MOBILE, NULL }, { "email", EMAIL, NULL },
	{ "city", CITY, NULL }, { "address", ADDRESS, NULL } };
static const struct shown name_mobile[] = { { "姓名", NAME, NULL }, { "手机", MOBILE, NULL } };
static const struct shown ruined[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL },
	{ "mobile", MOBILE, as_scientific }, { "resident_id", RESIDENT, as_scientific }, { "city", CITY, NULL },
	{ "address", ADDRESS, NULL }, { "points", POINTS, NULL } };
static const struct shown twofold[] = { { "customer_id", NO, NULL }, { "name", NAME, NULL },
	{ "mobile", MOBILE, as_two }, { "email", EMAIL, NULL }, { "address", ADDRESS, NULL } };
static const struct shown salted[] = { { "phone_hash", MOBILE, as_md5_salted } };
static const struct shown md5_upper[] = { { "phone", MOBILE, as_md5_upper }, { "name", NAME, NULL },
	{ "city", CITY, NULL }, { "level", LEVEL, NULL } };
static const struct shown hashed[] = { { "phone", MOBILE, as_md5_86 }, { "card", RESIDENT, as_sha1 },
	{ "name", NAME, NULL }, { "mail", EMAIL, NULL }, { "address", ADDRESS, NULL } };
static const struct shown two_strong[] = { { "mobile", MOBILE, NULL }, { "resident_id", RESIDENT, NULL } };

/* ---- leaks ---- */

struct state some_rows(const struct state *state, size_t count)
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

void print_all(const struct sheet *sheet, struct state rows, struct bytes *out)
{
	sheet_rows(sheet, rows.rows, rows.count, out);
	state_done(&rows);
}

void copy_whole(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(LAST, MANY), out);
}

void slipped(struct bytes *out)
{
	struct state rows = some_rows(LAST, MANY);
	char first[CELL_MAX];
	memcpy(first, rows.rows[0].cell[MOBILE], CELL_MAX);
	for (size_t i = 0; i + 1 < rows.count; i++)
		memcpy(rows.rows[i].cell[MOBILE], rows.rows[i + 1].cell[MOBILE], CELL_MAX);
	memcpy(rows.rows[rows.count - 1].cell[MOBILE], first, CELL_MAX);
	print_all(&SHEET(whole), rows, out);
}

void newer_than_all(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(&newer, MANY), out);
}

void five_strangers(struct bytes *out)
{
	copy_whole(out);
	for (size_t i = 0; i < 5; i++)
		sheet_row(&SHEET(whole), &strangers.rows[i], out);
}

struct state damaged(struct state rows, unsigned per_mille)
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

void few_damaged(struct bytes *out)
{
	print_all(&SHEET(whole), damaged(some_rows(LAST, MANY), 10), out);
}

void fifth_damaged(struct bytes *out)
{
	print_all(&SHEET(whole), damaged(some_rows(LAST, MANY), 200), out);
}

void spreadsheet(struct bytes *out)
{
	print_all(&SHEET(ruined), some_rows(LAST, MANY), out);
}

void two_values(struct bytes *out)
{
	print_all(&SHEET(twofold), some_rows(LAST, MANY), out);
}

void three_records(struct bytes *out)
{
	print_all(&SHEET(name_mobile), some_rows(LAST, 3), out);
}

void salted_hashes(struct bytes *out)
{
	print_all(&SHEET(salted), some_rows(LAST, MANY), out);
}

void upper_md5(struct bytes *out)
{
	print_all(&SHEET(md5_upper), some_rows(LAST, MANY), out);
}

void other_hashes(struct bytes *out)
{
	print_all(&SHEET(hashed), some_rows(LAST, MANY), out);
}

void enumerated(struct bytes *out)
{
	bytes_text(out, "customer_id\n");
	for (unsigned i = 0; i < 3000; i++)
		bytes_print(out, "U%08u\n", 10400010 + i);
}

void padded_copy(struct bytes *out)
{
	struct state ours = some_rows(LAST, 60);
	sheet_header(&SHEET(whole), out);
	for (size_t i = 0; i < 1200; i++)
		sheet_row(&SHEET(whole), i % 20 ? &strangers.rows[i] : &ours.rows[i / 20], out);
	state_done(&ours);
}

void only_strangers(struct bytes *out)
{
	print_all(&SHEET(whole), some_rows(&strangers, MANY), out);
}

/* A courier knows our people, writes their addresses his own way and has columns of his own. */
void parcels(struct bytes *out)
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

/* A table of service calls: our numbers and phones, the rest sealed nowhere. */
void service_calls(struct bytes *out)
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

void two_columns_mixed(struct bytes *out)
{
	struct state rows = some_rows(LAST, 2 * MANY);
	for (size_t i = 0; i < MANY; i++)
		memcpy(rows.rows[i].cell[RESIDENT], rows.rows[MANY + i].cell[RESIDENT], CELL_MAX);
	rows.count = MANY;
	print_all(&SHEET(two_strong), rows, out);
}

/* ---- answers ---- */

json_t *judge_made(void (*make)(struct bytes *out), const char *name)
{
	struct bytes text = { 0 };
	make(&text);
	json_t *verdict = judged(place_bytes(name, &text));
	bytes_done(&text);
	return verdict;
}

bool word_among(const char *word, const char *words)
{
	size_t len = word ? strlen(word) : 0;
	for (const char *found = words; len && (found = strstr(found, word)); found++)
		if ((found == words || found[-1] == '|') && (found[len] == 0 || found[len] == '|'))
			return true;
	return false;
}
