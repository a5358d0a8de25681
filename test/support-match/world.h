/* For tests: customers who do not exist, as they were at several times, and what leaks of them look like. Every
 * expected number is counted on these rows, never asked of the code under test. */
#ifndef HUFU_TEST_WORLD_H
#define HUFU_TEST_WORLD_H

#include "base/bytes.h"
#include "invent/invent.h"

enum field { NO, NAME, GENDER, MOBILE, RESIDENT, EMAIL, CITY, ADDRESS, REGISTERED, LEVEL, POINTS, FIELDS };
extern const char *const field_names[FIELDS]; /* as our own exports call them */

enum { CELL_MAX = ADDRESS_MAX_BYTES };

struct customer {
	char cell[FIELDS][CELL_MAX];
	uint32_t human; /* two accounts of one human share it */
};

struct state { /* all customers at one time */
	struct customer *rows;
	size_t count;
};

struct world {
	struct inventor inventor;
	struct state now;
	size_t cap;
	uint32_t serial;
	int32_t day; /* since 1970-01-01 */
};

void world_init(struct world *world, uint64_t seed, size_t customers);
/* Some more time: joins, leaves and changes, each in so many per mille of the customers. */
void world_live(struct world *world, int32_t days, unsigned join, unsigned leave, unsigned change);
void world_done(struct world *world);
struct state state_copy(const struct state *state);
void state_done(struct state *state);
/* The row with that customer number, or NULL; `hint` is where to look first. */
const struct customer *state_find(const struct state *state, const char *number, size_t hint);

/* People who are not ours: own numbers of every kind. With `like` they take name, gender, city, registration day and
 * level from rows of it, each from another one. */
struct state strangers_new(uint64_t seed, size_t count, const struct state *like);

/* How a leaked column shows a field. `as` turns a cell into another spelling; NULL: as it is. */
struct shown {
	const char *header;
	enum field field;
	void (*as)(const char *cell, char out[CELL_MAX]);
};
void as_plus86(const char *cell, char out[CELL_MAX]); /* +86 138-1234-5678 */
void as_dashed(const char *cell, char out[CELL_MAX]); /* 138-1234-5678 */
void as_wide(const char *cell, char out[CELL_MAX]);   /* full width */
void as_upper(const char *cell, char out[CELL_MAX]);
void as_lower(const char *cell, char out[CELL_MAX]);
void as_slashes(const char *cell, char out[CELL_MAX]); /* 2021/8/31 */
void as_padded(const char *cell, char out[CELL_MAX]);  /* blanks around it */

struct sheet {
	const struct shown *columns;
	size_t column_count;
	char separator; /* 0: comma */
	bool bare;      /* no header */
};
#define SHEET(list, ...)                                                                                               \
	(const struct sheet)                                                                                           \
	{                                                                                                              \
		.columns = list, .column_count = sizeof(list) / sizeof((list)[0]), __VA_ARGS__                         \
	}

void sheet_header(const struct sheet *sheet, struct bytes *out);
void sheet_row(const struct sheet *sheet, const struct customer *row, struct bytes *out);
/* Header (unless bare) and rows. */
void sheet_rows(const struct sheet *sheet, const struct customer *rows, size_t count, struct bytes *out);
/* Our own export: every field, or those of a mask, under our names. */
void export_rows(const struct state *state, unsigned without, struct bytes *out);

/* A shuffled run of indices 0..count-1; free() it. */
size_t *shuffled(struct inventor *inventor, size_t count);

#endif
