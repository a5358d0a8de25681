/* Invented customers and sheets of them. */
#include "world.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const field_names[FIELDS] = { "customer_id", "name", "gender", "mobile", "resident_id", "email", "city",
	"address", "register_date", "level", "points" };

static const char *const levels[] = { "普通", "银卡", "金卡", "黑卡" };

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void points_set(struct world *world, struct customer *row)
{
	snprintf(row->cell[POINTS], CELL_MAX, "%u", dice_below(&world->inventor, 40000));
}

static void customer_new(struct world *world, struct customer *row)
{
	struct inventor *inventor = &world->inventor;
	const struct city *city = invent_city(inventor);
	bool man = dice_chance(inventor, 520);
	memset(row, 0, sizeof *row);
	row->human = world->serial;
	/* Numbers that grow with gaps, as a company's do. */
	world->serial += 1 + dice_below(inventor, 9);
	snprintf(row->cell[NO], CELL_MAX, "U%08u", world->serial);
	invent_name(inventor, row->cell[NAME]);
	snprintf(row->cell[GENDER], CELL_MAX, "%s", man ? "男" : "女");
	invent_mobile(inventor, row->cell[MOBILE]);
	invent_resident_id(inventor, city->region, man, row->cell[RESIDENT]);
	invent_email(inventor, row->cell[EMAIL]);
	snprintf(row->cell[CITY], CELL_MAX, "%s", city->city);
	invent_address(inventor, city, row->cell[ADDRESS]);
	day_text(world->day - (int32_t)dice_below(inventor, 30), row->cell[REGISTERED]);
	snprintf(row->cell[LEVEL], CELL_MAX, "%s", levels[dice_below(inventor, 4)]);
	points_set(world, row);
}

static struct customer *row_more(struct world *world)
{
	if (world->now.count == world->cap) {
		world->cap = world->cap ? 2 * world->cap : 256;
		world->now.rows = must(realloc(world->now.rows, world->cap * sizeof *world->now.rows));
	}
	return &world->now.rows[world->now.count++];
}

void world_init(struct world *world, uint64_t seed, size_t customers)
{
	*world = (struct world){ .serial = 10400000, .day = 18600 };
	inventor_init(&world->inventor, seed, 0);
	for (size_t i = 0; i < customers; i++) {
		world->day = 17000 + (int32_t)(1600 * i / customers);
		customer_new(world, row_more(world));
	}
}

static void change(struct world *world, struct customer *row)
{
	struct inventor *inventor = &world->inventor;
	switch (dice_below(inventor, 4)) {
	case 0:
		invent_mobile(inventor, row->cell[MOBILE]);
		break;
	case 1:
		invent_address(inventor, city_of(row->cell[CITY]), row->cell[ADDRESS]);
		break;
	case 2:
		snprintf(row->cell[LEVEL], CELL_MAX, "%s", levels[dice_below(inventor, 4)]);
		break;
	default:
		points_set(world, row);
	}
}

void world_live(struct world *world, int32_t days, unsigned join, unsigned leave, unsigned changes)
{
	size_t kept = 0, joins = world->now.count * join / 1000;
	world->day += days;
	for (size_t i = 0; i < world->now.count; i++) {
		struct customer *row = &world->now.rows[i];
		if (dice_chance(&world->inventor, leave))
			continue;
		if (dice_chance(&world->inventor, changes))
			change(world, row);
		if (kept != i)
			world->now.rows[kept] = *row;
		kept++;
	}
	world->now.count = kept;
	for (size_t i = 0; i < joins; i++)
		customer_new(world, row_more(world));
}

void world_done(struct world *world)
{
	state_done(&world->now);
}

struct state state_copy(const struct state *state)
{
	struct state copy = { must(malloc(state->count * sizeof *copy.rows + 1)), state->count };
	memcpy(copy.rows, state->rows, state->count * sizeof *copy.rows);
	return copy;
}

void state_done(struct state *state)
{
	free(state->rows);
	*state = (struct state){ 0 };
}

/* Rows stay in the order of their numbers. */
const struct customer *state_find(const struct state *state, const char *number, size_t hint)
{
	if (hint < state->count && strcmp(state->rows[hint].cell[NO], number) == 0)
		return &state->rows[hint];
	size_t low = 0, high = state->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(state->rows[middle].cell[NO], number);
		if (order == 0)
			return &state->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct state strangers_new(uint64_t seed, size_t count, const struct state *like)
{
	static const enum field taken[] = { NAME, GENDER, CITY, REGISTERED, LEVEL };
	struct world world = { .serial = 80000000, .day = 18600 };
	inventor_init(&world.inventor, seed, STRANGERS);
	for (size_t i = 0; i < count; i++) {
		struct customer *row = row_more(&world);
		customer_new(&world, row);
		for (size_t f = 0; like && f < sizeof taken / sizeof taken[0]; f++)
			memcpy(row->cell[taken[f]],
			        like->rows[dice_below(&world.inventor, (uint32_t)like->count)].cell[taken[f]],
			        CELL_MAX);
	}
	return world.now;
}

/* ---- spellings ---- */

void as_plus86(const char *cell, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "+86 %.3s-%.4s-%.4s", cell, cell + 3, cell + 7);
}

void as_dashed(const char *cell, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "%.3s-%.4s-%.4s", cell, cell + 3, cell + 7);
}

void as_wide(const char *cell, char out[CELL_MAX])
{
	size_t at = 0;
	for (; *cell && at + 4 < CELL_MAX; cell++) {
		unsigned wide = 0xff00u + (unsigned)((unsigned char)*cell - 0x20);
		if (*cell < 0x21 || *cell > 0x7e) {
			out[at++] = *cell;
			continue;
		}
		out[at++] = (char)(0xe0 | wide >> 12);
		out[at++] = (char)(0x80 | (wide >> 6 & 63));
		out[at++] = (char)(0x80 | (wide & 63));
	}
	out[at] = 0;
}

void as_upper(const char *cell, char out[CELL_MAX])
{
	size_t at = 0;
	for (; cell[at]; at++)
		out[at] = (char)toupper((unsigned char)cell[at]);
	out[at] = 0;
}

void as_lower(const char *cell, char out[CELL_MAX])
{
	size_t at = 0;
	for (; cell[at]; at++)
		out[at] = (char)tolower((unsigned char)cell[at]);
	out[at] = 0;
}

void as_slashes(const char *cell, char out[CELL_MAX])
{
	unsigned year = 0, month = 0, day = 0;
	if (sscanf(cell, "%u-%u-%u", &year, &month, &day) != 3)
		abort();
	snprintf(out, CELL_MAX, "%u/%u/%u", year, month, day);
}

void as_padded(const char *cell, char out[CELL_MAX])
{
	snprintf(out, CELL_MAX, "  %.*s ", CELL_MAX - 8, cell);
}

/* ---- sheets ---- */

static void cell_add(const char *cell, char separator, struct bytes *out)
{
	if (!strchr(cell, separator) && !strpbrk(cell, "\"\r\n")) {
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

void sheet_header(const struct sheet *sheet, struct bytes *out)
{
	char separator = sheet->separator ? sheet->separator : ',';
	for (size_t c = 0; c < sheet->column_count; c++) {
		if (c)
			bytes_byte(out, separator);
		cell_add(sheet->columns[c].header, separator, out);
	}
	bytes_byte(out, '\n');
}

void sheet_row(const struct sheet *sheet, const struct customer *row, struct bytes *out)
{
	char separator = sheet->separator ? sheet->separator : ',', other[CELL_MAX];
	for (size_t c = 0; c < sheet->column_count; c++) {
		const struct shown *column = &sheet->columns[c];
		const char *cell = row->cell[column->field];
		if (column->as && *cell) {
			column->as(cell, other);
			cell = other;
		}
		if (c)
			bytes_byte(out, separator);
		cell_add(cell, separator, out);
	}
	bytes_byte(out, '\n');
}

void sheet_rows(const struct sheet *sheet, const struct customer *rows, size_t count, struct bytes *out)
{
	if (!sheet->bare)
		sheet_header(sheet, out);
	for (size_t i = 0; i < count; i++)
		sheet_row(sheet, &rows[i], out);
}

void export_rows(const struct state *state, unsigned without, struct bytes *out)
{
	struct shown columns[FIELDS];
	struct sheet sheet = { .columns = columns };
	for (unsigned f = 0; f < FIELDS; f++)
		if (!(without & 1u << f))
			columns[sheet.column_count++] = (struct shown){ field_names[f], (enum field)f, NULL };
	sheet_rows(&sheet, state->rows, state->count, out);
}

size_t *shuffled(struct inventor *inventor, size_t count)
{
	size_t *order = must(malloc((count + 1) * sizeof *order));
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t other = dice_below(inventor, (uint32_t)i), swap = order[i - 1];
		order[i - 1] = order[other];
		order[other] = swap;
	}
	return order;
}
