/* Row records and the change log: how a row's past is kept, taken apart and put together again.
 *
 * A row record holds the row's keyed number, the first and last snapshot that had it, and a check of each column's
 * newest value. The log holds, by row and column, older values with the snapshots between which they held
 * (both ends within the row's and column's time) and, under LOG_ABSENT, stretches in which the row was missing. */
#ifndef HUFU_SEAL_HISTORY_H
#define HUFU_SEAL_HISTORY_H

#include "base/le.h"
#include "base/siphash.h"
#include <stdbool.h>
#include <stddef.h>

enum {
	ROW_NUMBER = 0,
	ROW_FIRST = 8,
	ROW_LAST = 10,
	ROW_CHECKS = 12,
	LOG_BYTES = 12,
	LOG_ABSENT = 0xFFFF,
	LOG_INDEX_ROWS = 64, /* rows to one entry of the log's index */
	VALUE_NONE = 0x10000 /* no value at that snapshot: outside what a check can be */
};

struct log_entry {
	uint32_t row;
	uint16_t column, from, to, check;
};

static inline uint32_t row_stride(size_t columns, bool person_stored)
{
	return (uint32_t)(ROW_CHECKS + 2 * columns + (person_stored ? 8 : 0));
}

static inline struct log_entry log_get(const uint8_t *at)
{
	return (struct log_entry){ le32(at), le16(at + 4), le16(at + 6), le16(at + 8), le16(at + 10) };
}

static inline void log_put(uint8_t *at, struct log_entry entry)
{
	put_le32(at, entry.row);
	put_le16(at + 4, entry.column);
	put_le16(at + 6, entry.from);
	put_le16(at + 8, entry.to);
	put_le16(at + 10, entry.check);
}

/* A column in checks: by its name, since its number depends on the order in which snapshots came. */
static inline uint64_t column_tag(struct siphash_key key, const char *name)
{
	return siphash(key, name, strlen(name));
}

/* A check: keyed over token, row and column, so that equal values look different in every row. */
static inline uint16_t cell_check(struct siphash_key key, uint64_t token, uint64_t row_number, uint64_t tag)
{
	uint64_t words[3] = { token, row_number, tag };
	return (uint16_t)siphash_words(key, words, 3);
}

/* Which snapshots had the row: a byte each. `log` is the row's part of the log. */
void presence_expand(
        uint16_t first, uint16_t last, const struct log_entry *log, size_t count, size_t snapshots, uint8_t *present);
/* The reverse: first, last and absent stretches; at least one snapshot must have it. Returns the entries written. */
size_t presence_encode(
        uint32_t row, const uint8_t *present, size_t snapshots, uint16_t *first, uint16_t *last, struct log_entry *out);
/* A column's check at every snapshot of `domain` (row and column both there), VALUE_NONE elsewhere. */
void values_expand(uint16_t column, uint16_t now, const struct log_entry *log, size_t count, const uint8_t *domain,
        size_t snapshots, uint32_t *values);
/* The reverse: the newest value goes to *now (untouched when there is none), older runs to `out`. */
size_t values_encode(
        uint32_t row, uint16_t column, const uint32_t *values, size_t snapshots, uint16_t *now, struct log_entry *out);

#endif
