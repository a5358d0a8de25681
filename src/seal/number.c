/* Numbers a draft's rows: finds the key and the person column where nobody said them.
 *
 * A row's number is a keyed hash of its key cells, so that the same record has the same number in every snapshot. Rows
 * are kept in the order of these numbers: that order is as good as shuffled, and two snapshots merge in one pass. */
#include "base/siphash_lanes.h"
#include "base/team.h"
#include "seal/draft.h"
#include "seal/people.h"
#include "seal/space.h"
#include <stdlib.h>

enum { KEY_COLUMNS_MAX = 3, KEY_COLUMNS = 8, KEY_TRIES = 200 };

/* ---- hashes over rows ---- */

static int by_target(const void *a, const void *b)
{
	const struct draft_column *x = *(const struct draft_column *const *)a,
	                          *y = *(const struct draft_column *const *)b;
	return x->target - y->target;
}

/* The draft's columns in the seal's order, which does not depend on the file's; the caller frees. */
static struct draft_column **in_order(const struct draft *draft, size_t *count)
{
	struct draft_column **list = calloc(draft->column_count + 1, sizeof(struct draft_column *));
	*count = 0;
	for (size_t i = 0; list && i < draft->column_count; i++)
		if (draft->columns[i].target >= 0 && !draft->columns[i].form)
			list[(*count)++] = &draft->columns[i];
	if (list)
		qsort(list, *count, sizeof(struct draft_column *), by_target);
	return list;
}

void draft_digest(const struct draft *draft, uint8_t out[DIGEST_LEN])
{
	put_le64(out, draft->rows + draft->digest[0]);
	put_le64(out + 8, draft->digest[1]);
}

/* ---- the key ---- */

/* Columns by how likely they are keys: running numbers of ours first, then strong kinds, then the rest. */
static int key_rank(const struct draft *draft, const struct draft_column *column)
{
	const struct ident_kind *kind = draft->meta.columns[column->target].kind;
	return !kind ? 0 : kind->strong ? 1 : 2;
}

/* Numbers of rows by some columns: H(key; their tokens). */
struct numbering {
	const struct draft *draft;
	struct siphash_key key;
	struct draft_column *const *columns;
	size_t count;
	uint64_t *numbers; /* [rows] */
	uint64_t empty;    /* rows whose key is empty: numbered by all that they hold */
};

static void number_chunk(void *user, size_t chunk, unsigned worker)
{
	struct numbering *n = user;
	const struct draft *draft = n->draft;
	uint64_t any[TOKEN_BLOCK], words[KEY_COLUMNS][TOKEN_BLOCK]; /* any: 0 where the key is empty */
	const uint64_t *all[KEY_COLUMNS], *hashes = draft_plane(draft, chunk, draft->width);
	uint64_t *numbers = n->numbers + chunk * draft->chunk_rows;
	size_t rows = draft_chunk_rows(draft, chunk);
	(void)worker;
	for (size_t from = 0, now; from < rows; from += now) {
		now = rows - from < TOKEN_BLOCK ? rows - from : TOKEN_BLOCK;
		memset(any, 0, sizeof any);
		for (size_t k = 0; k < n->count; k++) {
			const uint64_t *tokens = draft_plane(draft, chunk, n->columns[k]->at) + from;
			all[k] = words[k];
			for (size_t i = 0; i < now; i++)
				any[i] |= words[k][i] = TOKEN_VALUE(tokens[i]);
		}
		siphash_arrays(siphash_begin(n->key), 0, all, n->count, now, numbers + from);
		for (size_t i = 0; i < now; i++) {
			if (any[i])
				continue;
			__atomic_fetch_add(&n->empty, n->count > 0, __ATOMIC_RELAXED);
			numbers[from + i] = siphash_words(n->key, (uint64_t[]){ hashes[from + i], UINT64_MAX }, 2);
		}
	}
}

/* The rows' numbers by these columns, and which are shared; both the caller's. False when memory is out. */
static bool number_by(struct numbering *n, struct radix_item **shared, size_t *count)
{
	n->numbers = malloc((n->draft->rows + 1) * sizeof *n->numbers);
	*shared = NULL;
	if (!n->numbers)
		return false;
	team_run(n->draft->chunk_count, number_chunk, n);
	return draft_duplicates(n->numbers, n->draft->rows, shared, count);
}

/* Whether no two rows agree in these columns. The numbers of rows that are told apart by them are kept. */
static bool combination_unique(
        struct draft *draft, struct siphash_key key, struct draft_column *const *picked, size_t count, bool *failed)
{
	struct numbering n = { .draft = draft, .key = key, .columns = picked, .count = count };
	struct radix_item *shared;
	size_t shared_count;
	*failed = !number_by(&n, &shared, &shared_count);
	free(shared);
	/* Two rows without any of it are not told apart. */
	if (*failed || n.empty > 1 || shared_count) {
		free(n.numbers);
		return false;
	}
	draft->row_numbers = n.numbers;
	draft->empty_keys = n.empty;
	return true;
}

static bool may_be_key(const struct draft *draft, const struct draft_column *column)
{
	return column->stats.filled == draft->rows && column->stats.distinct >= draft->rows - draft->rows / 20;
}

/* Could so many different values tell all rows apart? The counts are estimates: with some room. */
static bool product_reaches(struct draft_column *const *picked, size_t count, uint64_t rows)
{
	double product = 1.1;
	for (size_t i = 0; i < count; i++)
		product *= (double)picked[i]->stats.distinct;
	return product >= (double)rows;
}

struct key_search {
	struct draft *draft;
	struct siphash_key key;
	struct draft_column **order;
	size_t count;
	int tries;
	bool failed;
};

static bool key_taken(struct key_search *search, struct draft_column *const *picked, size_t count)
{
	if (!product_reaches(picked, count, search->draft->rows) || search->tries++ > KEY_TRIES ||
	        !combination_unique(search->draft, search->key, picked, count, &search->failed))
		return false;
	for (size_t i = 0; i < count; i++)
		search->draft->meta.key[i] = (uint32_t)picked[i]->target;
	search->draft->meta.key_count = count;
	return true;
}

static bool single_key(struct key_search *search)
{
	for (int rank = 0; rank < 3; rank++)
		for (size_t i = 0; i < search->count; i++)
			if (key_rank(search->draft, search->order[i]) == rank &&
			        may_be_key(search->draft, search->order[i]) && key_taken(search, &search->order[i], 1))
				return true;
	return false;
}

static bool composite_key(struct key_search *search)
{
	struct draft_column *picked[KEY_COLUMNS_MAX];
	for (size_t size = 2; size <= KEY_COLUMNS_MAX; size++)
		for (size_t a = 0; a < search->count; a++)
			for (size_t b = a + 1; b < search->count; b++)
				for (size_t c = size == 3 ? b + 1 : search->count - 1; c < search->count; c++) {
					picked[0] = search->order[a];
					picked[1] = search->order[b];
					picked[2] = search->order[c];
					if (key_taken(search, picked, size))
						return true;
					if (search->tries > KEY_TRIES || search->failed)
						return false;
				}
	return false;
}

/* Finds the columns that identify a row: one, else two or three together; none: all cells do. */
static bool find_key(struct draft *draft, struct siphash_key key)
{
	struct key_search search = { .draft = draft, .key = key };
	search.order = in_order(draft, &search.count);
	draft->meta.key_found = true;
	bool found = search.order && (single_key(&search) || composite_key(&search));
	free(search.order);
	(void)found;
	return search.order && !search.failed;
}

/* ---- the person ---- */

static int32_t column_of_kind(const struct draft *draft, const char *kind)
{
	for (size_t i = 0; i < draft->meta.column_count; i++)
		if (draft->meta.columns[i].kind && !strcmp(draft->meta.columns[i].kind->name, kind) &&
		        draft_column_for(draft, (uint32_t)i))
			return (int32_t)i;
	return -1;
}

/* Where nobody said it: the column that refers to another dataset's key, else our single key, else the resident ID or
 * the mobile; else every row is a person. */
static void find_person(struct draft *draft)
{
	struct meta *meta = &draft->meta;
	meta->person_found = true;
	meta->person = meta->key_count == 1 ? (int32_t)meta->key[0] : column_of_kind(draft, "resident_id");
	if (meta->person < 0)
		meta->person = column_of_kind(draft, "mobile");
}

static hufu_status settle_people(struct draft *draft, hufu_error *error)
{
	struct meta *meta = &draft->meta;
	if (draft->old)
		return HUFU_OK;
	hufu_status status = space_of_draft(draft, error);
	if (!status && meta->person < 0)
		find_person(draft);
	return status;
}

/* ---- numbers ---- */

static hufu_status number_all(struct draft *draft, struct siphash_key key, hufu_error *error)
{
	struct draft_column *columns[KEY_COLUMNS];
	size_t count = draft->meta.key_count;
	if (draft->row_numbers)
		return HUFU_OK; /* finding the key numbered them */
	if (count > LEN(columns))
		return fail(error, HUFU_LIMIT, view_of(draft->meta.dataset), "has more than 8 key columns",
		        "give fewer --key");
	for (size_t i = 0; i < count; i++)
		columns[i] = draft_column_for(draft, draft->meta.key[i]);
	struct numbering n = { .draft = draft, .key = key, .columns = columns, .count = count };
	bool good = number_by(&n, &draft->shared, &draft->shared_count);
	draft->row_numbers = n.numbers;
	draft->empty_keys = n.empty;
	return good ? HUFU_OK
	            : fail(error, HUFU_NO_MEMORY, view_of(draft->meta.dataset), "no memory",
	                      "seal on a larger machine");
}

/* Opaque columns without two equal values are ours alone, unless somebody said otherwise. */
static void find_roles(struct draft *draft)
{
	if (draft->old)
		return;
	for (size_t i = 0; i < draft->column_count; i++) {
		const struct draft_column *column = &draft->columns[i];
		struct seal_column *sealed = column->target < 0 ? NULL : &draft->meta.columns[column->target];
		bool key = false;
		for (size_t k = 0; sealed && k < draft->meta.key_count; k++)
			key |= (int32_t)draft->meta.key[k] == column->target;
		if (sealed && !sealed->kind && sealed->role == ROLE_PERSONAL && key)
			sealed->role = ROLE_PRIVATE;
	}
}

hufu_status draft_number_rows(struct draft *draft, hufu_error *error)
{
	uint8_t bytes[16];
	key_subkey(draft->store->key, KEY_ROW, bytes, sizeof bytes);
	struct siphash_key key = siphash_key(bytes);
	bool good = true;
	/* A column that held something once keeps its kind, so that its tokens stay the same in every snapshot. */
	for (size_t i = 0; i < draft->column_count; i++)
		if (draft->columns[i].target >= 0 && draft->columns[i].stats.filled)
			draft->meta.columns[draft->columns[i].target].decided = true;
	if (!draft->old && draft->meta.key_count == 0)
		good = find_key(draft, key);
	if (!good)
		return fail(
		        error, HUFU_NO_MEMORY, view_of(draft->meta.dataset), "no memory", "seal on a larger machine");
	hufu_status status = settle_people(draft, error);
	if (status)
		return status;
	if (!draft->old)
		draft->meta.person_stored =
		        draft->meta.person >= 0 &&
		        !(draft->meta.key_count == 1 && (int32_t)draft->meta.key[0] == draft->meta.person);
	find_roles(draft);
	draft->person_column = draft->meta.person < 0 ? NULL : draft_column_for(draft, (uint32_t)draft->meta.person);
	return number_all(draft, key, error);
}
