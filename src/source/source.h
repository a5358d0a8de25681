/* The company's own data: a file, or a directory of files with one header, as batches.
 *
 * Its files are read by the jailed reader too: an export may hold what a customer typed. The first line names the
 * columns. What cannot be read to its end is an error here, unlike in a leak: a seal must hold all or say so. Uses
 * base, jail, table. */
#ifndef HUFU_SOURCE_SOURCE_H
#define HUFU_SOURCE_SOURCE_H

#include "base/status.h"
#include "jail/jail.h"

struct source;

/* Opens; reads nothing yet. A directory's files come in the order of their names; hidden ones are left out. */
hufu_status source_open(const char *path, struct source **out, hufu_error *error);
void source_close(struct source *source);

/* The next batch, or NULL at the end; `first` is its first record behind a header. Borrowed until the next call. */
hufu_status source_next(struct source *source, const struct batch **out, uint32_t *first, hufu_error *error);

/* The column names, once the first batch was given: views into the source. */
const hufu_view *source_header(const struct source *source, size_t *count);
/* Records that had another number of cells than the header, so far; they were filled up or cut. */
uint64_t source_malformed(const struct source *source);
/* Bytes read and in all, for progress. */
void source_progress(const struct source *source, uint64_t *done, uint64_t *all);

#endif
