/* What a seller offers: items with count, unit and price, read from free text, a table or typed; and the triage that
 * holds each against what our snapshots ever held, before any sample is there. Over text that crossed the jail's
 * border: any bytes are fine. */
#ifndef HUFU_CASE_LISTING_H
#define HUFU_CASE_LISTING_H

#include "base/status.h"

enum { LISTING_ITEMS_MAX = 500, LISTING_UNIT_MAX = 24 };

struct listing_fit {
	const char *dataset, *as_of; /* borrowed from the snapshots */
	uint64_t count;
	bool people; /* the count is of people, not of rows */
};

struct listing_item {
	char *text; /* owned: the item as it stands, on one line */
	bool has_count, has_price, bundle;
	double count;
	uint64_t low, high;          /* what the words allow: 3.99万 is 39,850 to 39,949, "about" is wider */
	char unit[LISTING_UNIT_MAX]; /* as it stands: "条", "records"; "" when none is named */
	bool people;                 /* the unit counts people: "人", "users" */
	const char *refused;         /* constant: why a count that stands there is none; NULL */
	double price;                /* of the whole item; of "$2 each" it is count x 2 */
	char currency[8];
	bool by_record;    /* the text names the price of one record */
	double per_record; /* price of one; 0: not known */

	/* Filled by listing_triage. */
	struct listing_fit *fits; /* owned */
	size_t fit_count;
	char *impossible, *impossible_zh; /* owned: the reason in words; NULL when nothing speaks against it */
};

struct listing {
	struct listing_item *items; /* owned */
	size_t count;
	bool cut; /* there were more items than LISTING_ITEMS_MAX */

	/* The items' prices, when all that have one name the same currency, and what is asked for all together. */
	bool has_sum, has_bundle;
	double sum, bundle;
	char currency[8];
};

/* Reads text or a table (the first line names columns: item, count, price, in whatever order). A listing without a
 * single count or price is HUFU_MALFORMED. `out` is made anew; listing_done also after a failure. */
hufu_status listing_read(hufu_view text, struct listing *out, hufu_error *error);
/* Adds a typed item: `count` and `price` as written, or empty. */
hufu_status listing_add(
        struct listing *listing, hufu_view text, hufu_view count, hufu_view price, bool bundle, hufu_error *error);
void listing_done(struct listing *listing);

/* ---- triage ---- */

struct listing_column {
	const char *name, *kind; /* kind: "mobile", "resident_id", ...; "" opaque */
};

/* One sealed snapshot. */
struct listing_snapshot {
	const char *dataset, *as_of;
	uint64_t rows, people; /* people: 0 when not known */
	const struct listing_column *columns;
	size_t column_count;
};

/* Fills fits and impossible of every item. Where an item names a kind of data (身份证, VIN) only datasets that have
 * such a column count; where it names whom or what the data is of (员工, loans), only datasets whose names do not tell
 * of something else. When no dataset is left, that is the reason why it is impossible: of what is sealed, not a single
 * record is such. A count of people is held against people. The snapshots must outlive the listing. */
hufu_status listing_triage(struct listing *listing, const struct listing_snapshot *snapshots, size_t count);

#endif
