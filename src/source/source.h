/* The company's own data, as batches: a file, a directory of files with one header, or a table of a database.
 *
 *     customers.csv, exports/                  files
 *     sqlite:FILE;table=NAME                   a table or view of an SQLite file
 *     postgres:service=NAME;table=NAME         of a PostgreSQL, by a connection service (pg_service.conf, pgpass)
 *     mysql:OPTIONFILE;table=NAME              of a MySQL or MariaDB, by an option file of mode 0600
 *
 * NAME may be schema.name. No password stands in such a text. Files are read by the jailed reader too: an export may
 * hold what a customer typed; a database's client hands over cells, of which nothing is parsed. What cannot be read to
 * its end is an error here, unlike in a leak: a seal must hold all or say so. Uses base, jail, table. */
#ifndef HUFU_SOURCE_SOURCE_H
#define HUFU_SOURCE_SOURCE_H

#include "base/status.h"
#include "jail/jail.h"

struct source;

/* Opens; reads no row yet. A directory's files come in the order of their names; hidden ones are left out. */
hufu_status source_open(const char *text, struct source **out, hufu_error *error);
void source_close(struct source *source);

/* The next batch, or NULL at the end; `first` is its first record behind a header. Borrowed until the next call. */
hufu_status source_next(struct source *source, const struct batch **out, uint32_t *first, hufu_error *error);

/* The column names, once the first batch was given: views into the source. */
const hufu_view *source_header(const struct source *source, size_t *count);
/* Records that had another number of cells than the header, so far; they were filled up or cut. */
uint64_t source_malformed(const struct source *source);
/* Bytes read and in all (0: not known), for progress. */
void source_progress(const struct source *source, uint64_t *done, uint64_t *all);

#endif
