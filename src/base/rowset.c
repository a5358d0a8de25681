/* Bits lie in memory that the system hands out empty, page by page, when it is first written to. */
#include "base/rowset.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t words_len(const struct rowset *set)
{
	return (size_t)(set->rows / 64 + 1) * sizeof *set->words;
}

static uint64_t page_count(const struct rowset *set)
{
	return set->rows / ROWSET_PAGE + 1;
}

struct rowset *rowset_new(uint64_t rows)
{
	struct rowset *set = calloc(1, sizeof *set);
	if (!set)
		return NULL;
	set->rows = rows;
	set->pages = calloc(page_count(set), 1);
	void *words = mmap(NULL, words_len(set), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	set->words = words == MAP_FAILED ? NULL : words;
	if (!set->pages || !set->words) {
		rowset_free(set);
		return NULL;
	}
	return set;
}

void rowset_free(struct rowset *set)
{
	if (!set)
		return;
	if (set->words)
		munmap(set->words, words_len(set));
	free(set->pages);
	free(set);
}

/* Words of a page, from the first one on. */
static uint64_t page_words(const struct rowset *set, uint64_t page)
{
	uint64_t first = page * (ROWSET_PAGE / 64), left = set->rows / 64 + 1 - first;
	return left < ROWSET_PAGE / 64 ? left : ROWSET_PAGE / 64;
}

uint64_t rowset_count(const struct rowset *set)
{
	uint64_t count = 0;
	for (uint64_t page = 0; page < page_count(set); page++)
		for (uint64_t i = 0; set->pages[page] && i < page_words(set, page); i++)
			count += (uint64_t)__builtin_popcountll(set->words[page * (ROWSET_PAGE / 64) + i]);
	return count;
}

void rowset_join(struct rowset *into, const struct rowset *from)
{
	for (uint64_t page = 0; page < page_count(into); page++) {
		if (!from->pages[page])
			continue;
		into->pages[page] = 1;
		for (uint64_t i = 0; i < page_words(into, page); i++)
			into->words[page * (ROWSET_PAGE / 64) + i] |= from->words[page * (ROWSET_PAGE / 64) + i];
	}
}

bool rowset_equal(const struct rowset *a, const struct rowset *b)
{
	/* Rows are only ever added: a page that says it has some has some. */
	bool equal = memcmp(a->pages, b->pages, page_count(a)) == 0;
	for (uint64_t page = 0; equal && page < page_count(a); page++)
		if (a->pages[page])
			equal = memcmp(a->words + page * (ROWSET_PAGE / 64), b->words + page * (ROWSET_PAGE / 64),
			                page_words(a, page) * sizeof *a->words) == 0;
	return equal;
}
