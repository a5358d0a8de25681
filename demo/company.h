/* 雪鲤汽车 (Xueli Motors), a carmaker that does not exist: six datasets that change month by month.
 *
 * Every field of every row is text in an array of fixed size, and a dataset says where its columns lie,
 * so that snapshots and leaks are written by one function. Running out of memory ends the program: it is
 * a generator, and half a world is of no use. */
#ifndef HUFU_DEMO_COMPANY_H
#define HUFU_DEMO_COMPANY_H

#include "invent/invent.h"

enum dataset_id { OWNERS, ORDERS, STAFF, DEALERS, RELATIVES, FINANCE, DATASETS };

struct column {
	const char *name;
	size_t at; /* of its text in the row */
};

struct dataset {
	const char *name;
	size_t row_size;
	const struct column *columns;
	size_t column_count;
	const char *person; /* the column that says whose row it is */
};
extern const struct dataset datasets[DATASETS];

/* Rows begin with the serial of the owner they belong to (OWNERS, ORDERS, RELATIVES, FINANCE). */
struct owner {
	uint32_t serial, human;
	char no[12], name[NAME_MAX_BYTES], gender[8], mobile[MOBILE_MAX_BYTES], resident_id[ID_MAX_BYTES];
	char email[EMAIL_MAX_BYTES], province[24], city[24], address[ADDRESS_MAX_BYTES], registered[DAY_MAX_BYTES];
};

struct rows {
	char *at;
	size_t count, cap;
};

struct company {
	struct inventor inventor;
	uint32_t target, serial, humans, staff_serial, dealer_serial;
	struct rows rows[DATASETS];
	bool *gone; /* by owner serial: left in this month */
	size_t gone_cap;
};

void company_init(struct company *company, uint64_t seed, uint32_t first, uint32_t target);
void company_done(struct company *company);
/* Lives through the month that ends on `day`; the first call founds the company. `months` is how many there
 * will be: `target` owners are reached at the last. */
void company_month(struct company *company, int32_t day, unsigned month, unsigned months);

static inline const char *row_at(const struct company *company, enum dataset_id id, size_t index)
{
	return company->rows[id].at + index * datasets[id].row_size;
}

/* The column of that name, or NULL. */
const struct column *dataset_column(const struct dataset *dataset, const char *name);

/* Prints what failed and ends the program. */
_Noreturn void give_up(const char *what);

#endif
