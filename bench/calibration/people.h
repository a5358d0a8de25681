/* People whose truth is known: a company's customers, and leaks in which every record knows whose it is.
 *
 * Ours and strangers are drawn from one made-up country, so that they share names, cities, days and addresses as people
 * do. Deterministic from the seed. Running out of memory ends the program: it is a generator. */
#ifndef HUFU_CALIBRATION_PEOPLE_H
#define HUFU_CALIBRATION_PEOPLE_H

#include "base/bytes.h"
#include "invent/invent.h"

enum field { NO, NAME, BORN, MOBILE, RESIDENT, EMAIL, CITY, ADDRESS, REGISTERED, LEVEL, POINTS, FIELDS };
extern const char *const field_names[FIELDS];

enum { CELL_MAX = ADDRESS_MAX_BYTES };

struct person {
	char cell[FIELDS][CELL_MAX];
};

struct company {
	struct inventor inventor, strangers;
	struct person *rows;
	size_t count;
	uint32_t serial;
};

void company_new(struct company *company, uint64_t seed, size_t customers);
void company_free(struct company *company);

/* Who pads a leak. All but the first resemble ours more than people do by chance. */
enum padding {
	PAD_STRANGERS,  /* people of the same country */
	PAD_SHARING,    /* name, city, days, level from ours, each from another one */
	PAD_SUCCESSORS, /* live where one of ours did */
	PAD_TWINS,      /* a twin of one of ours: surname, birthday, address, region of the ID */
	PAD_RECOMBINED, /* every cell from another one of ours */
	PAD_COUNTED,    /* own numbers counted up, level and points guessed */
	PADDINGS
};
extern const char *const padding_names[PADDINGS];

struct column_set {
	const char *name;
	enum field fields[FIELDS];
	size_t count;
	bool masked; /* mobiles and resident IDs as masks */
};

struct leak_plan {
	const struct column_set *columns;
	size_t records;
	unsigned ours, damaged; /* per mille: of records; of cells */
	enum padding padding;
};

/* Whether such people differ from strangers in what these columns show. A cell recombined alone is just ours. */
bool padding_differs(const struct column_set *columns, enum padding padding);

enum { NOBODY = -1 };

/* Cells lie record after record, behind a header that says nothing: [1 + records][columns]. */
struct leak {
	const struct column_set *columns;
	size_t records;
	int32_t *truth; /* [records]: the row of the company it was copied from, or NOBODY */
	char (*cells)[CELL_MAX];
};

void leak_new(struct company *company, const struct leak_plan *plan, struct leak *out);
void leak_free(struct leak *leak);

/* Whether two rows show the same in a leak of these columns: then no answer tells them apart. */
bool rows_look_alike(const struct company *company, const struct column_set *columns, int32_t a, int32_t b);

#endif
