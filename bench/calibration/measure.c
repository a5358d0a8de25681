/* Seals a company and links leaks to it: see measure.h. */
#include "measure.h"
#include "base/io.h"
#include "seal/seal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const double bin_from[BINS + 1] = { 0.5, 0.9, 0.99, 0.999, 2 };

static void insist(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "hufu-calibration: %s failed\n", what);
	exit(2);
}

/* ---- batches ---- */

/* Rows `from` to `to` of cells that lie record after record. The caller frees cells and text. */
static struct batch batch_of(char (*cells)[CELL_MAX], size_t columns, size_t rows)
{
	struct bytes text = { 0 };
	struct batch_cell *places = calloc(rows * columns + 1, sizeof *places);
	insist(places != NULL, "memory");
	for (size_t c = 0; c < columns; c++)
		for (size_t i = 0; i < rows; i++) {
			const char *cell = cells[i * columns + c];
			places[c * rows + i] = (struct batch_cell){ (uint32_t)text.len, (uint32_t)strlen(cell) };
			bytes_text(&text, cell);
		}
	bytes_byte(&text, 0);
	insist(!text.failed, "memory");
	return (struct batch){ .columns = (uint32_t)columns,
		.rows = (uint32_t)rows,
		.stride = (uint32_t)rows,
		.text_len = (uint32_t)text.len,
		.cells = places,
		.text = text.ptr };
}

static void batch_free(struct batch *batch)
{
	free((void *)(uintptr_t)batch->cells);
	free((void *)(uintptr_t)batch->text);
}

enum { ROWS_AT_ONCE = 2000 };

/* ---- sealing ---- */

static struct store *store_make(const char *dir)
{
	static const char line[] = "hufu-key 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
	char at[96], key[96];
	hufu_error error;
	struct store *store;
	snprintf(at, sizeof at, "%s/store", dir);
	snprintf(key, sizeof key, "%s/key", dir);
	insist(setenv("HUFU_KEY_FILE", key, 1) == 0 && store_init(at, NULL, &store, &error) == HUFU_OK, "store");
	snprintf(key, sizeof key, "%s/known", dir);
	insist(io_replace_file(key, 0600, view_of(line), &error) == HUFU_OK, "key");
	key_free(store->key);
	insist(key_load(key, &store->key, &error) == HUFU_OK, "key");
	insist(store_lock(store, &error) == HUFU_OK, "lock");
	return store;
}

/* The seal shuffles its rows: the customer number tells where each lies. */
static void find_rows(const struct company *company, struct sealed *out)
{
	struct tokenizer tokenizer;
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;
	int32_t column = meta_column(&out->seal->meta, view_of(field_names[NO]));
	out->customers = calloc(out->seal->meta.rows + 1, sizeof *out->customers);
	insist(out->customers && column >= 0 && tokenizer_init(&tokenizer, out->store->key) == HUFU_OK, "rows");
	for (size_t i = 0; i < company->count; i++) {
		uint64_t token = token_of(
		        &tokenizer, out->seal->meta.columns[column].kind, view_of(company->rows[i].cell[NO]), NULL);
		insist(seal_find(out->seal, token, hits, &common) == 1, "finding a row");
		out->customers[hits[0].row] = (int32_t)i;
	}
	tokenizer_done(&tokenizer);
}

void seal_company(const struct company *company, struct sealed *out)
{
	const char *keys[] = { field_names[NO] };
	const struct draft_options options = { .keys = keys, .key_count = 1 };
	struct draft *draft;
	struct draft_outcome outcome;
	hufu_error error;
	hufu_view names[FIELDS];
	*out = (struct sealed){ .dir = "/tmp/hufu-calibration-XXXXXX" };
	insist(mkdtemp(out->dir) != NULL, "a directory under /tmp");
	out->store = store_make(out->dir);
	for (size_t f = 0; f < FIELDS; f++)
		names[f] = view_of(field_names[f]);
	bool good = draft_new(out->store, view_of("customers"), &options, &draft, &error) == HUFU_OK &&
	            draft_header(draft, names, FIELDS, &error) == HUFU_OK;
	for (size_t at = 0; good && at < company->count; at += ROWS_AT_ONCE) {
		size_t rows = company->count - at < ROWS_AT_ONCE ? company->count - at : ROWS_AT_ONCE;
		struct batch batch = batch_of(company->rows[at].cell, FIELDS, rows);
		good = draft_add(draft, &batch, 0, &error) == HUFU_OK;
		batch_free(&batch);
	}
	insist(good && draft_seal(draft, view_of("2021-08-31"), 1630339200, NULL, &outcome, &error) == HUFU_OK,
	        "sealing");
	draft_free(draft);
	insist(seal_open(out->store, view_of("customers"), &out->seal, &error) == HUFU_OK, "opening the seal");
	find_rows(company, out);
}

void sealed_free(struct sealed *sealed)
{
	static const char *const names[] = { "store/seals/customers.seal", "store/seals", "store/audit", "store/lock",
		"store/store.json", "store", "key", "known", "." };
	char path[160];
	seal_close(sealed->seal);
	store_close(sealed->store);
	free(sealed->customers);
	for (size_t i = 0; i + 1 < LEN(names); i++) {
		snprintf(path, sizeof path, "%s/%s", sealed->dir, names[i]);
		remove(path);
	}
	remove(sealed->dir);
}

/* ---- linking ---- */

/* The matcher's last word on each record. */
struct words {
	struct matcher_seen *seen; /* [records]; posterior 0: none */
	size_t records;
};

static void hear(void *user, const struct matcher_seen *seen)
{
	struct words *words = user;
	insist(seen->record < words->records, "counting records");
	words->seen[seen->record] = *seen;
}

static void bin_add(struct bin *to, const struct bin *more)
{
	to->records += more->records;
	to->posterior += more->posterior;
	to->ours += more->ours;
	to->row += more->row;
}

void tally_add(struct tally *to, const struct tally *more)
{
	for (size_t b = 0; b < BINS; b++)
		bin_add(&to->bins[b], &more->bins[b]);
	bin_add(&to->refused, &more->refused);
	to->leaks += more->leaks;
	to->records += more->records;
	to->ours += more->ours;
	to->linked += more->linked;
	to->wrong += more->wrong;
	to->expected += more->expected;
}

static void bin_count(struct bin *bin, double posterior, bool ours, bool row)
{
	bin->records++;
	bin->posterior += posterior;
	bin->ours += ours;
	bin->row += row;
}

static void words_tally(const struct sealed *sealed, const struct company *company, const struct leak *leak,
        const struct words *words, bool listed, struct tally *tally)
{
	for (size_t i = 0; i < leak->records; i++) {
		const struct matcher_seen *seen = &words->seen[i];
		int32_t truth = leak->truth[i];
		tally->records++;
		tally->ours += truth != NOBODY;
		if (seen->posterior < bin_from[0])
			continue;
		int32_t customer = sealed->customers[seen->row];
		bool row = truth != NOBODY &&
		           (truth == customer || rows_look_alike(company, leak->columns, truth, customer));
		tally->wrong += seen->linked && listed && truth == NOBODY;
		if (seen->posterior >= 0.99 && !seen->linked) {
			bin_count(&tally->refused, seen->posterior, truth != NOBODY, row);
			continue;
		}
		size_t b = 0;
		while (seen->posterior >= bin_from[b + 1])
			b++;
		bin_count(&tally->bins[b], seen->posterior, truth != NOBODY, row);
	}
}

static void offer(struct matcher *matcher, const struct leak *leak, struct hufu_verdict *verdict)
{
	size_t columns = leak->columns->count;
	hufu_error error;
	bool good = matcher_part(matcher, &(struct matcher_part){ .path = view_of("leak"),
	                                          .format = "csv",
	                                          .encoding = "utf-8",
	                                          .columns = (uint32_t)columns,
	                                          .named = true }) == HUFU_OK;
	for (size_t at = 0, all = leak->records + 1; good && at < all; at += ROWS_AT_ONCE) {
		size_t rows = all - at < ROWS_AT_ONCE ? all - at : ROWS_AT_ONCE;
		struct batch batch = batch_of(leak->cells + at * columns, columns, rows);
		good = matcher_batch(matcher, &batch) == HUFU_OK;
		batch_free(&batch);
	}
	insist(good && matcher_part_end(matcher, 0, verdict) == HUFU_OK &&
	                matcher_finish(matcher, verdict, &error) == HUFU_OK,
	        "matching");
}

void measure(const struct sealed *sealed, const struct company *company, const struct leak *leak, uint64_t seed,
        struct tally *tally)
{
	struct words words = { calloc(leak->records + 1, sizeof *words.seen), leak->records };
	struct hufu_verdict verdict = { 0 };
	struct matcher *matcher;
	const struct matcher_options options = { .seed = seed, .watch = hear, .watch_user = &words };
	insist(words.seen && matcher_new(sealed->store, &sealed->seal, 1, &options, &matcher) == HUFU_OK, "memory");
	offer(matcher, leak, &verdict);
	matcher_free(matcher);
	tally->leaks++;
	for (size_t p = 0; p < verdict.part_count; p++)
		for (size_t d = 0; d < verdict.parts[p].dataset_count; d++) {
			const struct verdict_dataset *dataset = &verdict.parts[p].datasets[d];
			tally->linked += (double)dataset->linked;
			tally->expected += dataset->fdr * (double)dataset->linked;
		}
	words_tally(sealed, company, leak, &words, verdict.part_count && verdict.parts[0].dataset_count, tally);
	verdict_done(&verdict);
	free(words.seen);
}
