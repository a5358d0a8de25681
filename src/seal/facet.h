/* Facets: the few values of a column that are kept readable (encrypted), and their codes. Inside the room.
 *
 * Workers note values as rows come in; when all are in, each value gets the next code in the order of the rows that
 * first had it, or the one that an older snapshot gave its text. */
#ifndef HUFU_SEAL_FACET_H
#define HUFU_SEAL_FACET_H

#include "seal/meta.h"

enum { FACET_VALUES_MAX = 4096 };

/* Codes that are no value's: the newest snapshot that has the row and the column has an empty cell there; or none has
 * both. */
enum { FACET_EMPTY = 0xFFFE, FACET_UNKNOWN = 0xFFFF };

struct facet_value {
	uint64_t token;
	size_t row; /* the first that had it */
	char *text; /* printable */
	uint16_t code;
};

/* Values by token. Owns the texts. */
struct facet_values {
	struct facet_value *slots;
	size_t mask, count;
	bool failed;
};

void facet_note(struct facet_values *values, uint64_t token, size_t row, hufu_view cell);
/* Takes over what another worker noted; `other` is empty afterwards. */
void facet_join(struct facet_values *values, struct facet_values *other);
/* Gives codes; new texts go into the description. False when memory is out. */
bool facet_settle(struct facet_values *values, struct seal_column *column);
uint16_t facet_code(const struct facet_values *values, uint64_t token);
void facet_done(struct facet_values *values);

#endif
