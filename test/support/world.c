/* Makes worlds, seals them, and holds seals against them; world.h says what for. */
#include "world.h"
#include "base/clock.h"
#include "base/le.h"
#include "seal/facet.h"
#include "seal/people.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "../scratch.h"

/* ---- making ---- */

static char *cell_of(struct world *world, uint32_t snapshot, uint32_t row, uint32_t column)
{
	return world->cells[snapshot][row][column];
}

__attribute__((format(printf, 2, 3))) static void put(char *cell, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(cell, WORLD_CELL, format, arguments);
	va_end(arguments);
}

static void put_remark(struct world *world, char *cell)
{
	if (dice_chance(&world->dice, 250))
		put(cell, "%s", "");
	else
		put(cell, "Remark, \"%u\" of %u", dice_below(&world->dice, 40), dice_below(&world->dice, 1000));
}

static void found_row(struct world *world, const struct world_shape *shape, uint32_t row)
{
	struct inventor *dice = &world->dice;
	const struct city *city = invent_city(dice);
	uint32_t account = shape->composite ? row / 3 : row;

	if (shape->duplicates && row % 5 == 4)
		account = row - 1;
	put(cell_of(world, 0, row, ACCOUNT), "K%06u", 100000 + 7 * account);
	put(cell_of(world, 0, row, TICKET), shape->composite ? "T-%02u" : "C%04u",
	        shape->composite ? 10 + row % 3 : 1000 + row / 2);
	if (!dice_chance(dice, 30))
		put(cell_of(world, 0, row, OWNER), "U%05u", 50000 + dice_below(dice, world->rows / 2));
	invent_mobile(dice, cell_of(world, 0, row, MOBILE));
	invent_resident_id(dice, city->region, dice_chance(dice, 500), cell_of(world, 0, row, RESIDENT));
	/* Another account of the same human. */
	if (row > 8 && dice_chance(dice, 120))
		put(cell_of(world, 0, row, RESIDENT), "%s", cell_of(world, 0, dice_below(dice, row), RESIDENT));
	put(cell_of(world, 0, row, CITY), "%s", dice_chance(dice, 60) ? "" : city->city);
	put(cell_of(world, 0, row, LEVEL), "level %u", dice_below(dice, 3));
	put_remark(world, cell_of(world, 0, row, REMARK));
}

static void change_row(struct world *world, const struct world_shape *shape, uint32_t snapshot, uint32_t row)
{
	struct inventor *dice = &world->dice;

	if (dice_chance(dice, 150))
		invent_mobile(dice, cell_of(world, snapshot, row, MOBILE));
	if (dice_chance(dice, 100))
		put(cell_of(world, snapshot, row, CITY), "%s", dice_chance(dice, 250) ? "" : invent_city(dice)->city);
	if (dice_chance(dice, 120))
		put_remark(world, cell_of(world, snapshot, row, REMARK));
	if (dice_chance(dice, 60))
		put(cell_of(world, snapshot, row, LEVEL), "level %u", dice_below(dice, 3));
	if (shape->owners && dice_chance(dice, 60))
		put(cell_of(world, snapshot, row, OWNER), "U%05u", 50000 + dice_below(dice, world->rows / 2));
	if (dice_chance(dice, 15))
		invent_resident_id(dice, "310115", true, cell_of(world, snapshot, row, RESIDENT));
	/* Back to what it was before the last change. */
	if (snapshot > 1 && dice_chance(dice, 150))
		for (uint32_t column = OWNER; column < world->columns; column++)
			put(cell_of(world, snapshot, row, column), "%s", cell_of(world, snapshot - 2, row, column));
}

static void live_row(struct world *world, const struct world_shape *shape, uint32_t row)
{
	struct inventor *dice = &world->dice;
	bool there = dice_chance(dice, 650);

	for (uint32_t s = 0; s < world->snapshots; s++) {
		if (s)
			memcpy(world->cells[s][row], world->cells[s - 1][row], sizeof world->cells[s][row]);
		if (s && !shape->still)
			change_row(world, shape, s, row);
		if (s)
			there = dice_chance(dice, there ? 80 : 350) ? !there : there;
		world->present[s][row] = there;
	}
}

struct world *world_new(uint64_t seed, const struct world_shape *shape)
{
	static const char *const names[WORLD_COLUMNS] = { "account_no", "ticket", "owner_no", "mobile", "resident_id",
		"city", "level", "remark" };
	struct world *world = calloc(1, sizeof *world);

	assert_non_null(world);
	assert_true(shape->rows <= WORLD_ROWS && shape->snapshots <= WORLD_SNAPSHOTS);
	inventor_init(&world->dice, seed, 0);
	world->rows = shape->rows;
	world->columns = WORLD_COLUMNS;
	world->snapshots = shape->snapshots;
	memcpy(world->names, names, sizeof names);
	world->key_count = shape->composite ? 2 : 1;
	world->keys[0] = ACCOUNT;
	world->keys[1] = TICKET;
	world->person = shape->owners ? OWNER : ACCOUNT;
	world->facet = CITY;
	for (uint32_t s = 0; s < world->snapshots; s++) {
		snprintf(world->as_of[s], sizeof world->as_of[s],
		        s % 3 == 1 ? "2021-%02u-15T08:30:00+08:00" : "2021-%02u-15", s + 1);
		for (uint32_t c = 0; c < world->columns; c++)
			world->has[s][c] = true;
		world->has[s][LEVEL] = shape->still || s >= world->snapshots / 2;
		world->has[s][REMARK] = shape->still || (s + 1 != world->snapshots && s != 1);
		world->has[s][CITY] = s + 1 != world->snapshots || seed % 2 == 0;
	}
	for (uint32_t r = 0; r < world->rows; r++)
		found_row(world, shape, r);
	for (uint32_t r = 0; r < world->rows; r++)
		live_row(world, shape, r);
	return world;
}

void world_shuffle(struct inventor *dice, uint32_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	for (uint32_t i = count; i > 1; i--) {
		uint32_t other = dice_below(dice, i), kept = order[i - 1];
		order[i - 1] = order[other];
		order[other] = kept;
	}
}

/* ---- files ---- */

/* The rows and the columns of a snapshot, in the order in which they are given. */
struct sheet {
	uint32_t columns[WORLD_COLUMNS], rows[WORLD_ROWS], column_count, row_count;
};

static struct sheet sheet_of(const struct world *world, uint32_t snapshot, uint64_t shuffle)
{
	struct sheet sheet = { 0 };
	uint32_t columns[WORLD_COLUMNS], rows[WORLD_ROWS];
	struct inventor dice;

	inventor_init(&dice, shuffle, 0);
	world_shuffle(&dice, columns, world->columns);
	world_shuffle(&dice, rows, world->rows);
	for (uint32_t i = 0; i < world->columns; i++) {
		uint32_t column = shuffle ? columns[i] : i;
		if (world->has[snapshot][column])
			sheet.columns[sheet.column_count++] = column;
	}
	for (uint32_t i = 0; i < world->rows; i++) {
		uint32_t row = shuffle ? rows[i] : i;
		if (world->present[snapshot][row])
			sheet.rows[sheet.row_count++] = row;
	}
	return sheet;
}

static void add_cell(struct bytes *out, const char *cell)
{
	if (!strpbrk(cell, ",\"")) {
		bytes_text(out, cell);
		return;
	}
	bytes_byte(out, '"');
	for (; *cell; cell++) {
		if (*cell == '"')
			bytes_byte(out, '"');
		bytes_byte(out, *cell);
	}
	bytes_byte(out, '"');
}

static void write_bytes(struct bytes *text, const char *path)
{
	assert_false(text->failed);
	bytes_byte(text, 0);
	scratch_write(path, text->ptr, 0600);
	bytes_done(text);
}

void world_write(const struct world *world, uint32_t snapshot, uint64_t shuffle, const char *path)
{
	struct sheet sheet = sheet_of(world, snapshot, shuffle);
	struct bytes text = { 0 };

	for (uint32_t i = 0; i < sheet.column_count; i++)
		bytes_print(&text, "%s%s", i ? "," : "", world->names[sheet.columns[i]]);
	for (uint32_t r = 0; r < sheet.row_count; r++)
		for (uint32_t i = 0; i < sheet.column_count; i++) {
			bytes_byte(&text, i ? ',' : '\n');
			add_cell(&text, world->cells[snapshot][sheet.rows[r]][sheet.columns[i]]);
		}
	bytes_byte(&text, '\n');
	write_bytes(&text, path);
}

void world_leak(const struct world *world, uint32_t snapshot, const uint32_t *columns, size_t count, const bool *take,
        const char *path)
{
	struct bytes text = { 0 };

	for (size_t i = 0; i < count; i++)
		bytes_print(&text, "%sfield%zu", i ? "," : "", i + 1);
	for (uint32_t r = 0; r < world->rows; r++)
		for (size_t i = 0; world->present[snapshot][r] && (!take || take[r]) && i < count; i++) {
			bytes_byte(&text, i ? ',' : '\n');
			add_cell(&text, world->cells[snapshot][r][columns[i]]);
		}
	bytes_byte(&text, '\n');
	write_bytes(&text, path);
}

/* ---- sealing ---- */

struct store *world_store(const char *home)
{
	struct store *store;
	char dir[512];

	setenv("HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HUFU_KEY_FILE");
	unsetenv("HUFU_PASSPHRASE_FILE");
	snprintf(dir, sizeof dir, "%s/store", home);
	assert_int_equal(store_init(dir, NULL, &store, NULL), HUFU_OK);
	return store;
}

/* The snapshot as a batch; text and cells belong to the caller. */
static struct batch batch_of(const struct world *world, uint32_t snapshot, const struct sheet *sheet,
        struct bytes *text, struct batch_cell *cells)
{
	for (uint32_t i = 0; i < sheet->column_count; i++)
		for (uint32_t r = 0; r < sheet->row_count; r++) {
			hufu_view cell = view_of(world->cells[snapshot][sheet->rows[r]][sheet->columns[i]]);
			cells[(size_t)i * sheet->row_count + r] =
			        (struct batch_cell){ (uint32_t)text->len, (uint32_t)cell.len };
			bytes_add(text, cell);
		}
	assert_false(text->failed);
	return (struct batch){ .columns = sheet->column_count,
		.rows = sheet->row_count,
		.stride = sheet->row_count,
		.text_len = (uint32_t)text->len,
		.cells = cells,
		.text = text->ptr };
}

static hufu_status draft_world(struct draft *draft, const struct world *world, uint32_t snapshot, uint64_t shuffle,
        struct draft_outcome *outcome, hufu_error *error)
{
	struct sheet sheet = sheet_of(world, snapshot, shuffle);
	struct bytes text = { 0 };
	hufu_view names[WORLD_COLUMNS];
	int64_t instant;
	struct batch_cell *cells = calloc((size_t)WORLD_ROWS * WORLD_COLUMNS, sizeof *cells);

	assert_non_null(cells);
	struct batch batch = batch_of(world, snapshot, &sheet, &text, cells);
	for (uint32_t i = 0; i < sheet.column_count; i++)
		names[i] = view_of(world->names[sheet.columns[i]]);
	assert_int_equal(clock_parse(view_of(world->as_of[snapshot]), "Asia/Shanghai", &instant, NULL), HUFU_OK);
	hufu_status status = draft_header(draft, names, sheet.column_count, error);
	if (!status)
		status = draft_add(draft, &batch, 0, error);
	if (!status)
		status = draft_seal(draft, view_of(world->as_of[snapshot]), instant, NULL, outcome, error);
	free(cells);
	bytes_done(&text);
	return status;
}

hufu_status world_seal(struct store *store, const char *dataset, const struct world *world, uint32_t snapshot,
        uint64_t shuffle, struct draft_outcome *outcome, hufu_error *error)
{
	const char *keys[2] = { world->names[world->keys[0]], world->names[world->keys[1]] };
	const char *facets[1] = { world->facet < world->columns ? world->names[world->facet] : "" };
	struct draft_options options = {
		.keys = keys, .key_count = world->key_count, .person = world->names[world->person]
	};
	struct draft *draft = NULL;

	if (world->facet < world->columns && world->has[snapshot][world->facet]) {
		options.facets = facets;
		options.facet_count = 1;
	}
	hufu_status status = draft_new(store, view_of(dataset), &options, &draft, error);
	if (!status)
		status = draft_world(draft, world, snapshot, shuffle, outcome, error);
	draft_free(draft);
	return status;
}

struct draft_outcome world_sealed(
        struct store *store, const char *dataset, const struct world *world, uint32_t snapshot, uint64_t shuffle)
{
	struct draft_outcome outcome = { 0 };
	hufu_error error = { 0 };
	char line[512];
	hufu_status status = world_seal(store, dataset, world, snapshot, shuffle, &outcome, &error);

	if (status) {
		error_line(&error, line, sizeof line);
		fail_msg("sealing %s as of %s: %s", dataset, world->as_of[snapshot], line);
	}
	return outcome;
}

struct seal *world_open(const struct store *store, const char *dataset)
{
	struct seal *seal = NULL;

	assert_int_equal(seal_open(store, view_of(dataset), &seal, NULL), HUFU_OK);
	return seal;
}

/* ---- asking ---- */

void asker_open(struct asker *asker, const struct store *store, const char *dataset, const struct world *world,
        const bool *without)
{
	*asker = (struct asker){ .world = world, .without = without };
	asker->seal = world_open(store, dataset);
	const struct meta *meta = &asker->seal->meta;
	assert_int_equal(tokenizer_init(&asker->tokenizer, store->key), HUFU_OK);
	for (uint32_t c = 0; c < world->columns; c++)
		asker->column_of[c] = meta_column(meta, view_of(world->names[c]));
	for (uint32_t s = 0; s < world->snapshots; s++) {
		asker->snapshot_of[s] = -1;
		for (size_t i = 0; i < meta->snapshot_count; i++)
			if (!strcmp(meta->snapshots[i].as_of, world->as_of[s]))
				asker->snapshot_of[s] = (int32_t)i;
	}
	for (uint32_t r = 0; r < world->rows; r++)
		asker->row_of[r] = -1;
}

void asker_close(struct asker *asker)
{
	assert_false(seal_damaged(asker->seal));
	seal_close(asker->seal);
	tokenizer_done(&asker->tokenizer);
}

uint64_t ask_token(struct asker *asker, uint32_t column, const char *cell)
{
	if (asker->column_of[column] < 0)
		return 0;
	return token_of(
	        &asker->tokenizer, asker->seal->meta.columns[asker->column_of[column]].kind, view_of(cell), NULL);
}

bool world_there(const struct asker *asker, uint32_t snapshot, uint32_t row)
{
	return asker->snapshot_of[snapshot] >= 0 && asker->world->present[snapshot][row] &&
	       !(asker->without && asker->without[row]);
}

/* The cell's token where snapshot, row and column are there; `known` tells. */
static uint64_t held(struct asker *asker, uint32_t snapshot, uint32_t row, uint32_t column, bool *known)
{
	*known = world_there(asker, snapshot, row) && asker->world->has[snapshot][column];
	return *known ? ask_token(asker, column, asker->world->cells[snapshot][row][column]) : 0;
}

/* The newest snapshot that has the row (and the column), or -1. */
static int newest_of(const struct asker *asker, uint32_t row, uint32_t column)
{
	for (uint32_t s = asker->world->snapshots; s-- > 0;)
		if (world_there(asker, s, row) && asker->world->has[s][column])
			return (int)s;
	return -1;
}

static bool fits_key(struct asker *asker, uint32_t row, uint32_t candidate)
{
	int newest = newest_of(asker, row, ACCOUNT);

	for (size_t k = 0; k < asker->world->key_count; k++) {
		uint32_t column = asker->world->keys[k];
		uint64_t token = ask_token(asker, column, asker->world->cells[newest][row][column]);
		if (seal_fit(asker->seal, candidate, (uint32_t)asker->column_of[column], token) != FIT_NOW)
			return false;
	}
	return true;
}

/* A key's short checks alone would find another row now and then: the mobile number decides. */
static bool fits_more(struct asker *asker, uint32_t row, uint32_t candidate)
{
	int newest = newest_of(asker, row, MOBILE);
	uint64_t token = ask_token(asker, MOBILE, asker->world->cells[newest][row][MOBILE]);

	return seal_fit(asker->seal, candidate, (uint32_t)asker->column_of[MOBILE], token) == FIT_NOW;
}

void ask_rows(struct asker *asker)
{
	uint64_t rows = asker->seal->meta.rows, found = 0;
	uint8_t *taken = calloc(rows + 1, 1);

	assert_non_null(taken);
	for (uint32_t r = 0; r < asker->world->rows; r++) {
		if (newest_of(asker, r, ACCOUNT) < 0)
			continue;
		for (uint32_t i = 0; i < rows; i++) {
			if (!fits_key(asker, r, i) || !fits_more(asker, r, i))
				continue;
			assert_int_equal(asker->row_of[r], -1);
			assert_int_equal(taken[i], 0);
			taken[i] = 1;
			asker->row_of[r] = i;
		}
		assert_true(asker->row_of[r] >= 0);
		found++;
	}
	free(taken);
	assert_int_equal(found, rows);
}

static void ask_presence(struct asker *asker, uint32_t row)
{
	uint8_t present[WORLD_SNAPSHOTS];
	int first = -1;

	seal_presence(asker->seal, (uint32_t)asker->row_of[row], present);
	for (uint32_t s = 0; s < asker->world->snapshots; s++) {
		if (asker->snapshot_of[s] < 0)
			continue;
		assert_int_equal(present[asker->snapshot_of[s]], world_there(asker, s, row));
		if (first < 0 && present[asker->snapshot_of[s]])
			first = asker->snapshot_of[s];
	}
	assert_int_equal(seal_row_first(asker->seal, (uint32_t)asker->row_of[row]), first);
}

/* Asks one row and column about one value, and counts what a check of 16 bits may confuse. */
static void ask_value(struct asker *asker, uint32_t row, uint32_t column, uint64_t token)
{
	uint8_t states[WORLD_SNAPSHOTS], seen = 0;
	uint32_t at = (uint32_t)asker->row_of[row], sealed = (uint32_t)asker->column_of[column];
	bool now = false, ever = false, known, any = false, confused = false;
	bool differ = seal_history(asker->seal, at, sealed, token, states);
	enum seal_fit fit = seal_fit(asker->seal, at, sealed, token), want;

	for (uint32_t s = 0; s < asker->world->snapshots; s++) {
		if (asker->snapshot_of[s] < 0)
			continue;
		uint64_t there = held(asker, s, row, column, &known);
		uint8_t state = states[asker->snapshot_of[s]];
		any |= known;
		seen |= state;
		if (known) {
			now = there == token;
			ever |= now;
		}
		if (known && there != token && state == 2)
			confused = true;
		else
			assert_int_equal(state, !known ? 0 : there == token ? 2 : 1);
	}
	assert_int_equal(differ, seen == 3);
	want = !any ? FIT_NONE : now ? FIT_NOW : ever ? FIT_THEN : FIT_DIFFERS;
	confused |= fit > want && want != FIT_NONE;
	asker->asked++;
	asker->chance += confused;
	if (!confused)
		assert_int_equal(fit, want);
}

void ask_history(struct asker *asker)
{
	const struct world *world = asker->world;
	struct inventor dice;
	bool known;

	inventor_init(&dice, 7, 0);
	for (uint32_t r = 0; r < world->rows; r++) {
		if (asker->row_of[r] < 0)
			continue;
		ask_presence(asker, r);
		for (uint32_t c = 0; c < world->columns; c++)
			for (uint32_t s = 0; s < world->snapshots && asker->column_of[c] >= 0; s++) {
				uint32_t other = dice_below(&dice, world->rows);
				uint64_t token = held(asker, s, r, c, &known);
				if (token)
					ask_value(asker, r, c, token);
				token = ask_token(asker, c, world->cells[s][other][c]);
				if (token)
					ask_value(asker, r, c, token);
			}
	}
	/* Never more confusion than 16 bits leave: three times the mean, and some. */
	assert_true(asker->chance <= 5 + 3 * asker->asked * WORLD_SNAPSHOTS / 65536);
}

struct held {
	uint64_t token;
	uint32_t row, column;
};

static int by_held(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	if (x->token != y->token)
		return x->token < y->token ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

/* Every value that any row ever held, once a row and column, sorted by token. */
static struct held *all_held(struct asker *asker, size_t *count)
{
	const struct world *world = asker->world;
	struct held *list = calloc((size_t)WORLD_SNAPSHOTS * WORLD_ROWS * WORLD_COLUMNS, sizeof *list);
	size_t all = 0, kept = 0;
	bool known;

	assert_non_null(list);
	for (uint32_t s = 0; s < world->snapshots; s++)
		for (uint32_t r = 0; r < world->rows; r++)
			for (uint32_t c = 0; c < world->columns; c++) {
				uint64_t token = held(asker, s, r, c, &known);
				if (token)
					list[all++] = (struct held){ token, (uint32_t)asker->row_of[r],
						(uint32_t)asker->column_of[c] };
			}
	qsort(list, all, sizeof *list, by_held);
	for (size_t i = 0; i < all; i++)
		if (!kept || by_held(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	*count = kept;
	return list;
}

static void ask_find(struct asker *asker, const struct held *want, size_t count)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;
	uint32_t found = seal_find(asker->seal, want->token, hits, &common);
	size_t matched = 0;

	if (count > LOOKUP_ROWS_MAX) {
		assert_true(common);
		assert_int_equal(found, 0);
		return;
	}
	/* Where rows were forgotten, a value stays common: that loses nothing that links. */
	if (common && asker->without)
		return;
	assert_false(common);
	assert_int_equal(found, count);
	for (size_t i = 0; i < count; i++)
		for (uint32_t h = 0; h < found; h++)
			matched += hits[h].row == want[i].row && hits[h].column == want[i].column;
	assert_int_equal(matched, count);
}

void ask_finds(struct asker *asker)
{
	size_t count, end;
	struct held *list = all_held(asker, &count);
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;

	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && list[end].token == list[i].token; end++)
			;
		seal_prefetch(asker->seal, list[i].token, 0);
		seal_prefetch(asker->seal, list[i].token, 1);
		ask_find(asker, list + i, end - i);
	}
	for (uint64_t i = 1; i < 2000; i++) {
		uint64_t token = i * 0x9E3779B97F4A7C15u >> (64 - TOKEN_BITS);
		struct held probe = { .token = token };
		if (!bsearch(&probe, list, count, sizeof *list, by_held)) {
			assert_int_equal(seal_find(asker->seal, token, hits, &common), 0);
			assert_false(common);
		}
	}
	free(list);
}

/* ---- people ---- */

static uint32_t human_of(uint32_t *humans, uint32_t row)
{
	while (humans[row] != row)
		row = humans[row];
	return row;
}

/* Rows that ever held the resident ID are one human's; so are rows whose newest person is the same. */
static void join_humans(struct asker *asker, uint32_t *humans)
{
	const struct world *world = asker->world;
	size_t count;
	struct held *list = all_held(asker, &count);
	uint32_t *of_row = calloc(asker->seal->meta.rows + 1, sizeof *of_row);

	assert_non_null(of_row);
	for (uint32_t r = 0; r < world->rows; r++)
		if (asker->row_of[r] >= 0)
			of_row[asker->row_of[r]] = r;
	for (size_t i = 1; i < count; i++)
		if (list[i].token == list[i - 1].token && list[i].column == (uint32_t)asker->column_of[RESIDENT])
			humans[human_of(humans, of_row[list[i].row])] = human_of(humans, of_row[list[i - 1].row]);
	for (uint32_t r = 0; r < world->rows; r++)
		for (uint32_t q = 0; q < r; q++) {
			int a = newest_of(asker, r, world->person), b = newest_of(asker, q, world->person);
			uint64_t x = a < 0 ? 0 : ask_token(asker, world->person, world->cells[a][r][world->person]);
			if (x && b >= 0 && x == ask_token(asker, world->person, world->cells[b][q][world->person]))
				humans[human_of(humans, r)] = human_of(humans, q);
		}
	free(of_row);
	free(list);
}

void ask_people(struct asker *asker)
{
	uint32_t humans[WORLD_ROWS], wrong = 0;
	uint64_t persons[WORLD_ROWS] = { 0 };

	for (uint32_t r = 0; r < WORLD_ROWS; r++)
		humans[r] = r;
	join_humans(asker, humans);
	for (uint32_t r = 0; r < asker->world->rows; r++)
		if (asker->row_of[r] >= 0)
			persons[r] = people_root(asker->seal->joins, asker->seal->join_count,
			        seal_person(asker->seal, (uint32_t)asker->row_of[r]));
	for (uint32_t r = 0; r < asker->world->rows; r++)
		for (uint32_t q = 0; q < r; q++)
			if (asker->row_of[r] >= 0 && asker->row_of[q] >= 0)
				wrong += (persons[r] == persons[q]) != (human_of(humans, r) == human_of(humans, q));
	assert_int_equal(wrong, 0);
}

/* ---- facets and shares ---- */

void ask_facets(struct asker *asker)
{
	uint32_t column = asker->world->facet;
	int32_t sealed = column < asker->world->columns ? asker->column_of[column] : -1;

	if (sealed < 0)
		return;
	const struct seal_column *about = &asker->seal->meta.columns[sealed];
	const uint8_t *codes = seal_facet_codes(asker->seal, 0);
	assert_true(about->facet);
	assert_non_null(codes);
	for (uint32_t r = 0; r < asker->world->rows; r++) {
		if (asker->row_of[r] < 0)
			continue;
		int newest = newest_of(asker, r, column);
		const char *want = newest < 0 ? "" : asker->world->cells[newest][r][column];
		uint16_t code = le16(codes + (size_t)asker->row_of[r] * 2);
		assert_true(code < about->facet_count || code >= FACET_EMPTY);
		assert_string_equal(code >= FACET_EMPTY ? "" : about->facet_values[code], want);
	}
}

/* Counts a value in the newest snapshot that has the column. */
static void ask_share(struct asker *asker, uint32_t snapshot, uint32_t column)
{
	const struct world *world = asker->world;
	size_t count = 0, filled = 0, distinct = 0, common = 0, rare = 0;
	bool known;
	uint64_t tokens[WORLD_ROWS];

	for (uint32_t r = 0; r < world->rows; r++) {
		tokens[count] = held(asker, snapshot, r, column, &known);
		filled += tokens[count] != 0;
		count += tokens[count] != 0;
	}
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			size_t same = 0, before = 0;
			for (size_t k = 0; k < count; k++) {
				same += tokens[k] == tokens[i];
				before += k < i && tokens[k] == tokens[i];
			}
			if (before)
				continue;
			double share = seal_share(asker->seal, (uint32_t)asker->column_of[column], tokens[i]);
			double mean =
			        distinct > common ? (double)rare / (double)(distinct - common) / (double)filled : 0;
			if (!pass) {
				distinct++;
				common += same > LOOKUP_ROWS_MAX;
				rare += same > LOOKUP_ROWS_MAX ? 0 : same;
			} else if (same > LOOKUP_ROWS_MAX) {
				assert_true(fabs(share - (double)same / (double)filled) < 1e-9);
			} else {
				/* Different values are estimated: two of few may count as one. */
				assert_true(fabs(share - mean) <= (0.05 + 3.0 / (double)(distinct - common)) * mean);
			}
		}
}

void ask_shares(struct asker *asker)
{
	for (uint32_t c = 0; c < asker->world->columns; c++)
		for (uint32_t s = asker->world->snapshots; s-- > 0;)
			if (asker->snapshot_of[s] >= 0 && asker->world->has[s][c]) {
				ask_share(asker, s, c);
				break;
			}
}

void ask_all(struct asker *asker)
{
	ask_rows(asker);
	ask_history(asker);
	ask_finds(asker);
	ask_people(asker);
	ask_facets(asker);
	ask_shares(asker);
}

/* ---- verdicts ---- */

char *world_verdict(const struct store *store, const char *leak)
{
	struct job_seals seals;
	struct hufu_verdict verdict;
	struct bytes json = { 0 };
	hufu_error error = { 0 };

	assert_int_equal(job_seals_open(store, &seals, &error), HUFU_OK);
	assert_int_equal(job_match(store, &seals, leak, &(struct job_options){ 0 }, &verdict, &error), HUFU_OK);
	assert_int_equal(verdict_json(&verdict, &json), HUFU_OK);
	verdict_done(&verdict);
	job_seals_close(&seals);
	json_t *root = json_loadb(json.ptr, json.len, 0, NULL);
	bytes_done(&json);
	assert_non_null(root);
	json_object_del(root, "elapsed_s");
	char *text = json_dumps(root, JSON_SORT_KEYS);
	json_decref(root);
	assert_non_null(text);
	return text;
}
