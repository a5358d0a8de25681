/* The twin of a dataset: its columns, keys, roles and dates, filled with people who do not exist, and sealed in a store
 * of its own. The seals are of one moment each, with some rows changed and some added from one to the next, as a
 * company's are. */
#include "base/auto.h"
#include "base/io.h"
#include "drill/inside.h"
#include "lib/lib.h"

#include <stdio.h>
#include <sys/stat.h>

enum { ROWS_LEAST = 400, ROWS_MOST = 3000, DATES_MOST = 4, GROWS_PER_MILLE = 40, CHANGES_PER_MILLE = 60 };

/* ---- rows ---- */

/* Something for a column that no kind knows: one of its few values, a running number where it tells rows apart, a
 * word. */
static void invent_opaque(
        struct inventor *inventor, const struct meta *meta, size_t at, uint32_t number, char *out, size_t cap)
{
	const struct seal_column *column = &meta->columns[at];
	bool key = false;
	for (size_t i = 0; i < meta->key_count; i++)
		key |= meta->key[i] == at;
	if (column->facet_count)
		snprintf(out, cap, "%s", column->facet_values[dice_below(inventor, (uint32_t)column->facet_count)]);
	else if (key || (int32_t)at == meta->person)
		snprintf(out, cap, "N%08u", number);
	else if (column->role == ROLE_PRIVATE)
		snprintf(out, cap, "P%zu%08u", at, (unsigned)(number * 7919u % 100000000u));
	else
		snprintf(out, cap, "V%zu-%u", at, (unsigned)dice_below(inventor, 40));
}

struct person {
	const struct city *city;
	bool man;
};

static void invent_cell(
        struct inventor *inventor, const struct ident_kind *kind, const struct person *person, char *out, size_t cap)
{
	const char *name = kind->name;
	if (!strcmp(name, "mobile"))
		invent_mobile(inventor, out);
	else if (!strcmp(name, "resident_id"))
		invent_resident_id(inventor, person->city->region, person->man, out);
	else if (!strcmp(name, "email"))
		invent_email(inventor, out);
	else if (!strcmp(name, "vin"))
		invent_vin(inventor, out);
	else if (!strcmp(name, "plate"))
		invent_plate(inventor, person->city, out);
	else if (!strcmp(name, "bank_card"))
		invent_card(inventor, out);
	else if (!strcmp(name, "uscc"))
		invent_uscc(inventor, person->city->region, out);
	else if (!strcmp(name, "name"))
		invent_name(inventor, out);
	else if (!strcmp(name, "address"))
		invent_address(inventor, person->city, out);
	else if (!strcmp(name, "date"))
		day_text(14000 + (int32_t)dice_below(inventor, 5000), out);
	else
		snprintf(out, cap, "%s-%u", name, (unsigned)dice_below(inventor, 1000000));
}

void twin_row(struct inventor *inventor, const struct meta *meta, struct sheet *sheet, size_t row, uint32_t number)
{
	struct person person = { .city = invent_city(inventor), .man = dice_chance(inventor, 500) };
	char cell[ADDRESS_MAX_BYTES + 64];
	for (size_t i = 0, at = 0; i < meta->column_count; i++) {
		if (meta->columns[i].base >= 0)
			continue;
		if (meta->columns[i].kind && !meta->columns[i].facet)
			invent_cell(inventor, meta->columns[i].kind, &person, cell, sizeof cell);
		else
			invent_opaque(inventor, meta, i, number, cell, sizeof cell);
		sheet_put(sheet, row, at++, view_of(cell));
	}
}

/* Cells that people change: telephone, mail, address. */
static void change_row(struct inventor *inventor, struct sheet *sheet, size_t row)
{
	static const char *const moving[] = { "mobile", "email", "address" };
	struct person person = { .city = invent_city(inventor) };
	char cell[ADDRESS_MAX_BYTES + 64];
	for (size_t i = 0; i < sheet->column_count; i++)
		for (size_t k = 0; k < LEN(moving); k++)
			if (sheet->columns[i].kind && (int32_t)i != sheet->person &&
			        !strcmp(sheet->columns[i].kind->name, moving[k]) && dice_chance(inventor, 500)) {
				invent_cell(inventor, sheet->columns[i].kind, &person, cell, sizeof cell);
				sheet_put(sheet, row, i, view_of(cell));
			}
}

/* ---- sealing ---- */

/* What the user said of the dataset, or hufu found, said again: the twin's seal shall be of the same shape. */
struct said {
	struct draft_options options;
	const char **words[4]; /* keys, facets, privates, publics */
};

static void said_done(struct said *said)
{
	for (size_t i = 0; i < LEN(said->words); i++)
		free(said->words[i]);
}

static bool say(const struct meta *meta, struct said *said)
{
	*said = (struct said){ .options.key_count = 0 };
	for (size_t i = 0; i < LEN(said->words); i++)
		if (!(said->words[i] = calloc(meta->column_count + 1, sizeof(char *))))
			return false;
	struct draft_options *options = &said->options;
	for (size_t i = 0; i < meta->key_count; i++)
		said->words[0][options->key_count++] = meta->columns[meta->key[i]].name;
	for (size_t i = 0; i < meta->column_count; i++) {
		const struct seal_column *column = &meta->columns[i];
		if (column->base >= 0)
			continue;
		if (column->facet)
			said->words[1][options->facet_count++] = column->name;
		if (column->role == ROLE_PRIVATE)
			said->words[2][options->private_count++] = column->name;
		if (column->role == ROLE_PUBLIC)
			said->words[3][options->public_count++] = column->name;
	}
	options->keys = said->words[0];
	options->facets = said->words[1];
	options->privates = said->words[2];
	options->publics = said->words[3];
	options->person = meta->person >= 0 ? meta->columns[meta->person].name : NULL;
	return true;
}

static bool write_rows(const struct sheet *sheet, struct bytes *csv)
{
	for (size_t i = 0; i < sheet->column_count; i++)
		csv_add(csv, view_of(sheet->columns[i].name), i == 0);
	bytes_byte(csv, '\n');
	for (size_t row = 0; row < sheet->row_count; row++) {
		for (size_t i = 0; i < sheet->column_count; i++)
			csv_add(csv, view_of(sheet_cell(sheet, row, i)), i == 0);
		bytes_byte(csv, '\n');
	}
	return !csv->failed;
}

/* The rows are invented: they may lie on disk. */
static hufu_status seal_now(struct store *store, const struct meta *meta, const struct sheet *sheet, const char *place,
        const char *as_of, hufu_error *error)
{
	AUTO_FREE char *path = io_join(place, "twin.csv");
	struct bytes csv = { 0 };
	struct said said;
	struct seal_result result;
	bool good = say(meta, &said) && path && write_rows(sheet, &csv);
	hufu_status status = good ? io_replace_file(path, 0600, bytes_view(&csv), error)
	                          : fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
	bytes_done(&csv);
	if (!status)
		status = seal_source(store,
		        &(struct seal_request){
		                .dataset = meta->dataset, .source = path, .as_of = as_of, .options = said.options },
		        &result, error);
	said_done(&said);
	return status;
}

/* ---- all of it ---- */

static bool copy_sheet(const struct sheet *from, const struct meta *meta, struct sheet *to)
{
	if (sheet_begin(to, meta, NULL) != HUFU_OK)
		return false;
	for (size_t row = 0; row < from->row_count; row++) {
		if (!sheet_row(to))
			return false;
		for (size_t i = 0; i < from->column_count; i++)
			if (!sheet_put(to, row, i, view_of(sheet_cell(from, row, i))))
				return false;
	}
	return true;
}

/* From one date to the next. */
static bool grow(struct inventor *inventor, const struct meta *meta, struct sheet *sheet)
{
	size_t before = sheet->row_count, more = before * GROWS_PER_MILLE / 1000 + 1;
	for (size_t row = 0; row < before; row++)
		if (dice_chance(inventor, CHANGES_PER_MILLE))
			change_row(inventor, sheet, row);
	for (size_t i = 0; i < more; i++) {
		if (!sheet_row(sheet))
			return false;
		twin_row(inventor, meta, sheet, before + i, (uint32_t)(before + i) + 1);
	}
	return !sheet->text.failed;
}

static bool first_rows(struct inventor *inventor, const struct meta *meta, size_t rows, struct sheet *sheet)
{
	for (size_t row = 0; row < rows; row++) {
		if (!sheet_row(sheet))
			return false;
		twin_row(inventor, meta, sheet, row, (uint32_t)row + 1);
	}
	return !sheet->text.failed;
}

static size_t rows_of(const struct meta *meta)
{
	uint64_t rows = meta->snapshots[meta->snapshot_count - 1].rows;
	return rows < ROWS_LEAST ? ROWS_LEAST : rows > ROWS_MOST ? ROWS_MOST : (size_t)rows;
}

/* Seals the last dates of the real one. The thief came at the one before the last, so that a later one speaks against
 * him too. */
static hufu_status seal_dates(struct inventor *inventor, const struct meta *meta, const char *place, struct sheet *now,
        struct twin *out, hufu_error *error)
{
	size_t dates = meta->snapshot_count < DATES_MOST ? meta->snapshot_count : DATES_MOST;
	const struct seal_snapshot *first = &meta->snapshots[meta->snapshot_count - dates];
	size_t taken = dates > 1 ? dates - 2 : 0;
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < dates && !status; i++) {
		if (i && !grow(inventor, meta, now))
			return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
		status = seal_now(out->store, meta, now, place, first[i].as_of, error);
		if (!status && i == taken && !copy_sheet(now, meta, &out->sheet))
			status = fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
	}
	out->as_of = first[taken].as_of;
	out->after = taken ? first[taken - 1].as_of : NULL;
	out->before = taken + 1 < dates ? first[taken + 1].as_of : NULL;
	return status;
}

hufu_status twin_make(const struct meta *meta, const char *place, const char *zone, uint64_t seed, struct twin *out,
        hufu_error *error)
{
	AUTO_FREE char *dir = io_join(place, "store"), *key = io_join(place, "key");
	struct inventor inventor;
	struct sheet now;
	*out = (struct twin){ .store = NULL };
	if (!dir || !key)
		return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
	inventor_init(&inventor, seed, 0);
	hufu_status status = sheet_begin(&now, meta, error);
	if (status)
		return status;
	if (!first_rows(&inventor, meta, rows_of(meta), &now))
		status = fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
	if (!status)
		status = store_init_with_key(dir, zone, key, &out->store, error);
	if (!status)
		status = seal_dates(&inventor, meta, place, &now, out, error);
	sheet_done(&now);
	if (status)
		twin_done(out);
	return status;
}

void twin_done(struct twin *twin)
{
	store_close(twin->store);
	sheet_done(&twin->sheet);
	twin->store = NULL;
}
