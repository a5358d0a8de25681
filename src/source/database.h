/* Inside the room: what sources in databases share. A text "PLACE;table=NAME" is taken apart, a table's name is quoted,
 * and the rows that a client hands over become batches. A database is its client's calls, as a const struct. */
#ifndef HUFU_SOURCE_DATABASE_H
#define HUFU_SOURCE_DATABASE_H

#include "base/bytes.h"
#include "source/kind.h"

struct database {
	const char *name;   /* "PostgreSQL" */
	const char *usage;  /* how its text is written */
	const char *quotes; /* what quotes a name, at both ends */
	/* Begins to read; `query` selects the table. What a server says may hold a value: it is not repeated. */
	hufu_status (*open)(const char *place, const char *query, void **own, hufu_error *error);
	/* The names of the columns, borrowed. */
	size_t (*columns)(void *own);
	hufu_view (*column)(void *own, size_t at);
	/* Moves to the next row; `*there` false: there is none. Cells live until the next call; null is empty. */
	hufu_status (*next)(void *own, bool *there, hufu_error *error);
	hufu_view (*cell)(void *own, size_t at);
	void (*close)(void *own);
};

/* A source of that database, for a source_kind's functions. */
hufu_status database_open(const struct database *database, const char *what, void **own, hufu_error *error);
void database_close(void *own);
hufu_status database_next(void *own, const struct batch **out, uint32_t *first, hufu_error *error);
const hufu_view *database_header(const void *own, size_t *count);
uint64_t database_malformed(const void *own);
void database_progress(const void *own, uint64_t *done, uint64_t *all);

#endif
