/* Finds rows of a draft that share their number: few as a rule, but every number must meet every other (radix.h). */
#include "base/bytes.h"
#include "base/team.h"
#include "seal/draft.h"
#include <stdlib.h>

enum { PIECE_ROWS = 8192, PART_ROWS = 4096, PART_BITS_MAX = 12 };

struct search {
	const uint64_t *numbers;
	size_t rows;
	struct radix *radix;
	struct bytes *shared; /* [workers]: items that were found */
};

static void bring(void *user, size_t piece, unsigned worker)
{
	struct search *search = user;
	size_t end = (piece + 1) * PIECE_ROWS < search->rows ? (piece + 1) * PIECE_ROWS : search->rows;
	for (size_t row = piece * PIECE_ROWS; row < end; row++)
		radix_add(search->radix, worker, search->numbers[row], row);
}

static void look(void *user, size_t part, unsigned worker)
{
	struct search *search = user;
	struct bytes *shared = &search->shared[worker];
	size_t count = radix_count(search->radix, part);
	struct radix_item *items = malloc((count + 1) * sizeof *items);
	bool good = items && radix_take(search->radix, worker, part, items);
	for (size_t i = 0, end; good && i < count; i = end) {
		for (end = i + 1; end < count && items[end].key == items[i].key;)
			end++;
		if (end - i > 1)
			bytes_add(shared, view_make((const char *)&items[i], (end - i) * sizeof *items));
	}
	shared->failed |= !good;
	free(items);
}

static int by_number(const void *a, const void *b)
{
	const struct radix_item *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* What the workers found, in one list. */
static bool gather(struct search *search, struct radix_item **out, size_t *count)
{
	struct bytes all = { 0 };
	for (unsigned i = 0; i < team_size(); i++) {
		bytes_add(&all, bytes_view(&search->shared[i]));
		all.failed |= search->shared[i].failed;
	}
	*out = (struct radix_item *)(void *)all.ptr;
	*count = all.len / sizeof **out;
	if (*count)
		qsort(*out, *count, sizeof **out, by_number);
	return !all.failed;
}

bool draft_duplicates(const uint64_t *numbers, size_t rows, struct radix_item **out, size_t *count)
{
	unsigned bits = 0;
	while (bits < PART_BITS_MAX && rows >> bits > PART_ROWS)
		bits++;
	struct search search = { .numbers = numbers, .rows = rows, .radix = radix_new(bits) };
	search.shared = calloc(team_size(), sizeof *search.shared);
	bool good = search.radix && search.shared;
	*out = NULL;
	*count = 0;
	if (good) {
		team_run((rows + PIECE_ROWS - 1) / PIECE_ROWS, bring, &search);
		team_run(radix_parts(search.radix), look, &search);
		good = !radix_failed(search.radix) && gather(&search, out, count);
	}
	for (unsigned i = 0; search.shared && i < team_size(); i++)
		bytes_done(&search.shared[i]);
	free(search.shared);
	radix_free(search.radix);
	return good;
}
