/* Copies batches into slots, from which a crew takes them; each worker has scratch and counts of its own, which are put
 * together at the end.
 *
 * Values that very many rows share (a city, a day) would cost the look-up's building dearly, only to be left out of it.
 * A sample of rows at the beginning shows nearly all of them; what it misses is found later. */
#include "seal/intake.h"
#include "base/crew.h"
#include "base/siphash_lanes.h"
#include "base/team.h"
#include <stdlib.h>

enum { SLOTS = 6, SAMPLE_ROWS = 1 << 16 };

struct slot {
	struct batch batch;
	struct batch_cell *cells;
	char *text;
	size_t cell_cap, text_cap, base; /* base: the first row */
};

struct worker {
	struct tokenizer tokenizer;
	struct column_counts *counts; /* [columns] */
	struct facet_values *facets;  /* [columns] */
	uint64_t hashes[TOKEN_BLOCK]; /* of a block */
	uint64_t digest[2];
};

struct intake {
	struct draft *draft;
	struct crew *crew;
	struct slot slots[SLOTS];
	struct worker *workers;
	unsigned worker_count;
	struct siphash_state *name_states; /* [columns]: of row hashes, after the column's name */
	struct heavy *heavy;               /* [columns]; none before the sample */
	bool sampled;
};

static hufu_status no_memory(const struct draft *draft, hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of(draft->meta.dataset), "no memory", "seal on a larger machine");
}

/* ---- a worker's part ---- */

/* A column's part of the row hashes: over all cells that hold something, so that a column that comes in empty changes
 * no row. A sum, and columns by their names: neither the order of columns in a file nor the order in which they came
 * into the seal matters. */
static void hash_plane(
        struct siphash_state name, struct worker *worker, const uint64_t *tokens, uint32_t rows, uint64_t *sums)
{
	siphash_arrays(name, 1, &tokens, 1, rows, worker->hashes);
	for (uint32_t i = 0; i < rows; i++)
		sums[i] += tokens[i] ? worker->hashes[i] : 0;
}

/* A block of rows: where it stands in its batch and in the draft. */
struct block {
	const struct slot *slot;
	uint32_t first, rows;
	size_t base;
	uint64_t *tokens, *sums; /* the first row's: in the first column; of the row hashes, which are sums */
};

/* One column of a block of rows. A derived column has no cells of its own: its tokens come from the plain one's, and it
 * tells nothing new to the row hashes. */
static void take_plane(struct intake *intake, struct worker *worker, const struct block *block, size_t number)
{
	struct draft *draft = intake->draft;
	const struct draft_column *column = &draft->columns[number];
	const struct seal_column *sealed = &draft->meta.columns[column->target];
	const struct batch *batch = &block->slot->batch;
	uint64_t *tokens = block->tokens + column->at * draft->chunk_rows;
	if (column->form) {
		tokens_of_form(&worker->tokenizer, sealed->kind, column->form, batch, column->source, block->first,
		        block->rows, tokens);
	} else {
		tokens_of_column(
		        &worker->tokenizer, sealed->kind, batch, column->source, block->first, block->rows, tokens, 1);
		hash_plane(intake->name_states[number], worker, tokens, block->rows, block->sums);
	}
	for (uint32_t i = 0; sealed->facet && i < block->rows; i++)
		facet_note(&worker->facets[number], tokens[i], block->base + i,
		        batch_cell(batch, column->source, block->first + i));
	counts_take(&worker->counts[number], tokens, block->rows);
	if (intake->heavy[number].slots)
		counts_take_heavy(&worker->counts[number], &intake->heavy[number], tokens, block->rows);
}

/* Row hashes go into the digest, which does not depend on the order of rows: its second sum makes two rows that trade a
 * difference show. */
static void digest_hashes(struct worker *worker, const uint64_t *hashes, uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i++) {
		worker->digest[0] += hashes[i];
		worker->digest[1] += (hashes[i] ^ hashes[i] >> 29) * 0x9E3779B97F4A7C15u * (hashes[i] | 1);
	}
}

static void take_slot(void *user, size_t number, unsigned who)
{
	struct intake *intake = user;
	const struct draft *draft = intake->draft;
	struct worker *worker = &intake->workers[who];
	struct block block = { .slot = &intake->slots[number] };
	for (uint32_t all = block.slot->batch.rows; block.first < all; block.first += block.rows) {
		block.base = block.slot->base + block.first;
		size_t chunk = block.base / draft->chunk_rows, inner = block.base % draft->chunk_rows;
		size_t left = all - block.first, here = draft->chunk_rows - inner;
		left = left < here ? left : here; /* a block lies in one chunk */
		block.rows = left < TOKEN_BLOCK ? (uint32_t)left : TOKEN_BLOCK;
		block.tokens = draft_plane(draft, chunk, 0) + inner;
		block.sums = draft_plane(draft, chunk, draft->width) + inner;
		memset(block.sums, 0, block.rows * sizeof *block.sums);
		for (size_t i = 0; i < draft->column_count; i++)
			if (draft->columns[i].target >= 0)
				take_plane(intake, worker, &block, i);
		digest_hashes(worker, block.sums, block.rows);
	}
}

/* ---- making and freeing ---- */

static bool worker_init(struct worker *worker, const struct draft *draft)
{
	worker->counts = calloc(draft->column_count + 1, sizeof *worker->counts);
	worker->facets = calloc(draft->column_count + 1, sizeof *worker->facets);
	return worker->counts && worker->facets && !tokenizer_copy(&worker->tokenizer, &draft->tokenizer);
}

static void worker_done(struct worker *worker, size_t columns)
{
	tokenizer_done(&worker->tokenizer);
	for (size_t i = 0; i < columns; i++) {
		if (worker->counts)
			free(worker->counts[i].heavy);
		if (worker->facets)
			facet_done(&worker->facets[i]);
	}
	free(worker->counts);
	free(worker->facets);
}

void intake_free(struct intake *intake)
{
	if (!intake)
		return;
	size_t columns = intake->draft->column_count;
	crew_free(intake->crew);
	for (size_t i = 0; i < SLOTS; i++) {
		if (intake->slots[i].text)
			explicit_bzero(intake->slots[i].text, intake->slots[i].text_cap);
		free(intake->slots[i].text);
		free(intake->slots[i].cells);
	}
	for (unsigned i = 0; intake->workers && i < intake->worker_count; i++)
		worker_done(&intake->workers[i], columns);
	for (size_t i = 0; intake->heavy && i < columns; i++)
		heavy_done(&intake->heavy[i]);
	free(intake->workers);
	free(intake->heavy);
	free(intake->name_states);
	free(intake);
}

/* Row hashes begin with the column's name. */
static void names_begin(struct intake *intake)
{
	struct draft *draft = intake->draft;
	uint8_t bytes[16];
	key_subkey(draft->store->key, KEY_ROW, bytes, sizeof bytes);
	struct siphash_key key = siphash_key(bytes);
	explicit_bzero(bytes, sizeof bytes);
	for (size_t i = 0; i < draft->column_count; i++) {
		if (draft->columns[i].target < 0)
			continue;
		const char *name = draft->meta.columns[draft->columns[i].target].name;
		intake->name_states[i] = siphash_begin(key);
		siphash_word(&intake->name_states[i], siphash(key, name, strlen(name)));
	}
}

hufu_status intake_begin(struct draft *draft, hufu_error *error)
{
	struct intake *intake = draft->intake = calloc(1, sizeof *intake);
	if (!intake)
		return no_memory(draft, error);
	for (size_t i = 0; i < draft->column_count; i++)
		if (draft->columns[i].target >= 0)
			draft->columns[i].at = draft->width++;
	draft->chunk_rows = SLAB_BYTES / sizeof(uint64_t) / (draft->width + 1);
	if (draft->chunk_rows > TOKEN_BLOCK)
		draft->chunk_rows -= draft->chunk_rows % TOKEN_BLOCK;
	draft->slabs = slabs_new();
	intake->draft = draft;
	intake->worker_count = team_size();
	intake->workers = calloc(intake->worker_count, sizeof *intake->workers);
	intake->heavy = calloc(draft->column_count + 1, sizeof *intake->heavy);
	intake->name_states = calloc(draft->column_count + 1, sizeof *intake->name_states);
	bool good = draft->slabs && intake->workers && intake->heavy && intake->name_states;
	for (unsigned i = 0; good && i < intake->worker_count; i++)
		good = worker_init(&intake->workers[i], draft);
	if (!good)
		return no_memory(draft, error);
	names_begin(intake);
	intake->crew = crew_new(SLOTS, 0, take_slot, intake);
	return intake->crew ? HUFU_OK : no_memory(draft, error);
}

/* ---- the sample ---- */

/* Marks a column's common tokens in the rows that were taken already, and counts them there. */
static bool column_sample(struct intake *intake, size_t number, uint64_t *plane)
{
	struct draft *draft = intake->draft;
	const struct draft_column *column = &draft->columns[number];
	struct value_count *common;
	size_t count;
	for (size_t chunk = 0; chunk < draft->chunk_count; chunk++)
		memcpy(plane + chunk * draft->chunk_rows, draft_plane(draft, chunk, column->at),
		        draft_chunk_rows(draft, chunk) * sizeof *plane);
	if (!common_find(plane, draft->rows, &common, &count))
		return false;
	bool good = heavy_init(&intake->heavy[number], common, count);
	free(common);
	for (unsigned i = 0; good && count && i < intake->worker_count; i++) {
		uint32_t **heavy = &intake->workers[i].counts[number].heavy;
		*heavy = calloc(intake->heavy[number].mask + 1, sizeof **heavy);
		good = *heavy != NULL;
	}
	if (!good || !count)
		return good;
	counts_take_heavy(&intake->workers[0].counts[number], &intake->heavy[number], plane, draft->rows);
	for (size_t chunk = 0; chunk < draft->chunk_count; chunk++)
		memcpy(draft_plane(draft, chunk, column->at), plane + chunk * draft->chunk_rows,
		        draft_chunk_rows(draft, chunk) * sizeof *plane);
	return true;
}

/* Finds the values that many of the first rows share. Nobody is at work meanwhile. */
static bool take_sample(struct intake *intake)
{
	uint64_t *plane = malloc((intake->draft->rows + 1) * sizeof *plane);
	bool good = plane != NULL;
	crew_wait(intake->crew);
	for (size_t i = 0; good && i < intake->draft->column_count; i++)
		if (intake->draft->columns[i].target >= 0)
			good = column_sample(intake, i, plane);
	intake->sampled = true;
	free(plane);
	return good;
}

/* ---- batches ---- */

static bool chunk_add(struct draft *draft, struct crew *crew)
{
	if (draft->chunk_count == draft->chunk_cap) {
		size_t cap = draft->chunk_cap ? draft->chunk_cap * 2 : 64;
		crew_wait(crew); /* the table may move */
		uint64_t **grown = realloc(draft->chunks, cap * sizeof(uint64_t *));
		if (!grown)
			return false;
		draft->chunks = grown;
		draft->chunk_cap = cap;
	}
	/* Only who makes the chunks takes slabs meanwhile. */
	draft->chunks[draft->chunk_count] = slabs_take(draft->slabs, 0);
	return draft->chunks[draft->chunk_count] && ++draft->chunk_count;
}

/* Makes room for so many rows. */
static hufu_status grow(struct intake *intake, size_t rows, hufu_error *error)
{
	struct draft *draft = intake->draft;
	if (rows > INT32_MAX)
		return fail(error, HUFU_LIMIT, view_of(draft->meta.dataset), "has more than 2 billion rows",
		        "split the dataset");
	while (draft->chunk_count * draft->chunk_rows < rows)
		if (!chunk_add(draft, intake->crew))
			return no_memory(draft, error);
	return HUFU_OK;
}

static bool room(void **at, size_t *cap, size_t need)
{
	if (need <= *cap)
		return true;
	free(*at);
	*cap = need + need / 4;
	*at = malloc(*cap);
	if (!*at)
		*cap = 0;
	return *at != NULL;
}

static bool slot_fill(struct slot *slot, const struct batch *batch, uint32_t first)
{
	uint32_t rows = batch->rows - first;
	void *cells = slot->cells, *text = slot->text;
	bool good = room(&cells, &slot->cell_cap, (size_t)rows * batch->columns * sizeof *slot->cells) &&
	            room(&text, &slot->text_cap, batch->text_len + 1);
	slot->cells = cells;
	slot->text = text;
	if (!good)
		return false;
	for (size_t column = 0; column < batch->columns; column++)
		memcpy(slot->cells + column * rows, batch->cells + column * batch->stride + first,
		        rows * sizeof *slot->cells);
	memcpy(slot->text, batch->text, batch->text_len);
	slot->batch = (struct batch){ .columns = batch->columns,
		.rows = rows,
		.stride = rows,
		.text_len = batch->text_len,
		.cells = slot->cells,
		.text = slot->text };
	return true;
}

/* Shapes are those of the first cells that hold something: seen here, in order. */
static void note_shapes(struct draft *draft, const struct batch *batch, uint32_t first)
{
	for (size_t i = 0; i < draft->column_count; i++) {
		struct draft_column *column = &draft->columns[i];
		for (uint32_t row = first; column->target >= 0 && row < batch->rows && !shape_full(&column->shape);
		        row++) {
			hufu_view cell = batch_cell(batch, column->source, row), shown = view_trim(cell);
			if (column->form && !token_of_form(&draft->tokenizer, draft->meta.columns[column->target].kind,
			                            column->form, cell, &shown))
				continue;
			shape_add(&column->shape, shown);
		}
	}
}

static hufu_status facets_within(const struct intake *intake, hufu_error *error)
{
	const struct draft *draft = intake->draft;
	for (size_t i = 0; i < draft->column_count; i++)
		for (unsigned k = 0; draft->columns[i].target >= 0 && k < intake->worker_count; k++)
			if (__atomic_load_n(&intake->workers[k].facets[i].count, __ATOMIC_RELAXED) > FACET_VALUES_MAX)
				return fail(error, HUFU_LIMIT,
				        view_of(draft->meta.columns[draft->columns[i].target].name),
				        "has more than 4096 values and can be no facet", "leave that --facet out");
	return HUFU_OK;
}

hufu_status intake_add(struct draft *draft, const struct batch *batch, uint32_t first, hufu_error *error)
{
	struct intake *intake = draft->intake;
	note_shapes(draft, batch, first);
	hufu_status status = grow(intake, draft->rows + batch->rows - first, error);
	if (status)
		return status;
	size_t number = crew_slot(intake->crew);
	intake->slots[number].base = draft->rows;
	if (!slot_fill(&intake->slots[number], batch, first))
		return no_memory(draft, error);
	crew_give(intake->crew, number);
	draft->rows += batch->rows - first;
	if (!intake->sampled && draft->rows >= SAMPLE_ROWS && !take_sample(intake))
		return no_memory(draft, error);
	return facets_within(intake, error);
}

/* ---- the end ---- */

/* The heavy values that are common, with their counts: all of them are, since the sample alone made them so. */
static bool common_gather(const struct heavy *heavy, const uint32_t *counts, struct column_stats *stats)
{
	struct value_count *list = calloc(heavy->mask + 2, sizeof *list);
	size_t count = 0;
	for (size_t i = 0; list && heavy->slots && i <= heavy->mask; i++)
		if (heavy->slots[i])
			list[count++] = (struct value_count){ heavy->slots[i], counts[i] };
	bool good = list && column_stats_add(stats, list, count);
	free(list);
	return good;
}

static bool column_end(struct intake *intake, size_t number)
{
	struct draft_column *column = &intake->draft->columns[number];
	struct column_counts *counts = &intake->workers[0].counts[number];
	const struct heavy *heavy = &intake->heavy[number];
	for (unsigned i = 1; i < intake->worker_count; i++) {
		const struct column_counts *other = &intake->workers[i].counts[number];
		counts_join(counts, other);
		for (size_t k = 0; heavy->slots && k <= heavy->mask; k++)
			counts->heavy[k] += other->heavy[k];
	}
	column->stats.filled = counts->filled;
	column->stats.distinct = counts_distinct(counts);
	return common_gather(heavy, counts->heavy, &column->stats);
}

static hufu_status facet_end(struct intake *intake, size_t number, hufu_error *error)
{
	struct draft *draft = intake->draft;
	struct draft_column *column = &draft->columns[number];
	struct seal_column *sealed = &draft->meta.columns[column->target];
	if (!sealed->facet)
		return HUFU_OK;
	for (unsigned i = 0; i < intake->worker_count; i++)
		facet_join(&column->facet, &intake->workers[i].facets[number]);
	if (!facet_settle(&column->facet, sealed))
		return no_memory(draft, error);
	return sealed->facet_count > FACET_VALUES_MAX
	               ? fail(error, HUFU_LIMIT, view_of(sealed->name), "has more than 4096 values and can be no facet",
	                         "leave that --facet out")
	               : HUFU_OK;
}

hufu_status intake_end(struct draft *draft, hufu_error *error)
{
	struct intake *intake = draft->intake;
	hufu_status status = HUFU_OK;
	crew_wait(intake->crew);
	if (!intake->sampled && !take_sample(intake))
		return no_memory(draft, error);
	for (unsigned i = 0; i < intake->worker_count; i++) {
		draft->digest[0] += intake->workers[i].digest[0];
		draft->digest[1] += intake->workers[i].digest[1];
	}
	for (size_t i = 0; i < draft->column_count && !status; i++) {
		if (draft->columns[i].target < 0)
			continue;
		if (!column_end(intake, i))
			return no_memory(draft, error);
		status = facet_end(intake, i, error);
	}
	intake_free(intake);
	draft->intake = NULL;
	return status;
}
