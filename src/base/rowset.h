/* Sets of rows, by number: a bit a row, and beside it a byte a page of rows that tells whether any of them is in. So a
 * few rows among many millions cost no walk over all, and memory is only taken where rows are in. */
#ifndef HUFU_BASE_ROWSET_H
#define HUFU_BASE_ROWSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROWSET_PAGE = 4096 }; /* rows: 512 bytes of bits */

/* Open to view so that asking is a few instructions; for these functions alone to change. */
struct rowset {
	uint64_t rows;   /* numbers are below it */
	uint64_t *words; /* [rows / 64 + 1] */
	uint8_t *pages;  /* [rows / ROWSET_PAGE + 1]: 1 where a page has a row that is in */
};

/* Empty; NULL when memory is out. */
struct rowset *rowset_new(uint64_t rows);
void rowset_free(struct rowset *set);

/* Not for several threads at a time; asking is. */
static inline void rowset_add(struct rowset *set, uint64_t row)
{
	set->words[row / 64] |= 1ull << row % 64;
	set->pages[row / ROWSET_PAGE] = 1;
}

static inline bool rowset_has(const struct rowset *set, uint64_t row)
{
	return set->words[row / 64] >> row % 64 & 1;
}

/* The first row of [row, end) that is in; `end` when none is. Going through all of them:
 * for (row = rowset_next(set, from, end); row < end; row = rowset_next(set, row + 1, end)) */
static inline uint64_t rowset_next(const struct rowset *set, uint64_t row, uint64_t end)
{
	while (row < end) {
		uint64_t word = set->words[row / 64] >> row % 64;
		if (word) {
			row += (uint64_t)__builtin_ctzll(word);
			return row < end ? row : end;
		}
		row = (row / 64 + 1) * 64;
		while (row < end && row % ROWSET_PAGE == 0 && !set->pages[row / ROWSET_PAGE])
			row += ROWSET_PAGE;
	}
	return end;
}

uint64_t rowset_count(const struct rowset *set);
/* Adds the rows of another set of as many rows. */
void rowset_join(struct rowset *into, const struct rowset *from);
/* Whether both hold the same rows of as many. */
bool rowset_equal(const struct rowset *a, const struct rowset *b);

#endif
