/* Through whose export did it leave? The declared exports (hufu seal --export NAME) whose columns and rows the leak
 * equals.
 *
 * An export is sealed as a dataset, so that its columns and rows are known at each snapshot. A leak has that origin
 * when its columns are the export's, each once, and what links of it are rows of the export: all of them, or a cut.
 * Every dataset with an export is asked, also one that is not listed because another explains the leak as well. */
#include "match/trial.h"
#include <stdlib.h>

/* "Nearly all", as for the word genuine. */
static const double nearly_all = 0.9;

struct fit {
	bool fits, whole;
	uint32_t disguised; /* columns shown in a form: a view that holds them in that form fits better */
	uint64_t rows, taken;
};

/* Whether a leaked column that is none of the export's is one that was left out of the seal by --skip. */
static bool was_skipped(const struct meta *meta, const char *name)
{
	for (size_t i = 0; i < meta->skip_count; i++)
		if (!strcmp(meta->skips[i], name))
			return true;
	return false;
}

/* Which of the export's columns the leak has; false when it has another one, or one twice. A column that holds one
 * value says nothing of where it comes from. */
static bool columns_seen(const struct part_match *part, const struct trial *trial, uint8_t *seen, uint32_t *disguised)
{
	const struct meta *meta = &trial->seal->meta;
	uint32_t count = 0;
	*disguised = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column < 0 && (!part->varies[j] || was_skipped(meta, part->names[j])))
			continue;
		if (map->column < 0 || !column_explained(part, trial, j))
			return false;
		const struct seal_column *column = &meta->columns[map->column];
		uint8_t *one = &seen[column->base >= 0 ? column->base : map->column];
		*disguised += column->base >= 0;
		if ((*one)++)
			return false;
		count++;
	}
	return count > 0;
}

/* Whether these are the columns that the export had at snapshot `s`. */
static bool columns_equal(const struct trial *trial, const uint8_t *seen, size_t s)
{
	const struct meta *meta = &trial->seal->meta;
	for (size_t c = 0; c < meta->column_count; c++) {
		if (meta->columns[c].base >= 0)
			continue;
		bool varies = trial->seal->frequency[c].distinct > 1;
		if (seen[c] ? !meta->columns[c].in[s] : meta->columns[c].in[s] && varies)
			return false;
	}
	return true;
}

/* How many rows the export had at each snapshot, and how many of these are linked. */
static bool rows_count(const struct part_match *part, const struct trial *trial, uint64_t *there, uint64_t *taken)
{
	struct seal *seal = trial->seal;
	size_t snapshots = seal->meta.snapshot_count;
	uint8_t *present = malloc(snapshots + 1);
	bool good = present != NULL;
	for (size_t s = 0; good && s < snapshots; s++)
		good = population_rows(part, trial, s, &there[s]);
	uint64_t end = good ? seal->meta.rows : 0;
	for (uint64_t row = rowset_next(trial->rows, 0, end); row < end; row = rowset_next(trial->rows, row + 1, end)) {
		seal_presence(seal, (uint32_t)row, present);
		for (size_t s = 0; s < snapshots; s++)
			taken[s] += present[s];
	}
	free(present);
	return good;
}

/* Among the snapshots that the fewest cells speak against, the one of which most was taken. */
static bool fit_find(const struct part_match *part, const struct trial *trial, struct fit *out)
{
	size_t snapshots = trial->seal->meta.snapshot_count;
	double all = (double)rowset_count(trial->rows), best = -1;
	const uint64_t *misfits = trial->window.misfits, least = misfits[window_best(trial)];
	uint8_t *seen = calloc(trial->seal->meta.column_count + 1, 1);
	uint64_t *there = calloc(2 * snapshots + 2, sizeof *there), *taken = there ? there + snapshots + 1 : NULL;
	bool good = seen && there, same = good && columns_seen(part, trial, seen, &out->disguised);
	if (same)
		good = rows_count(part, trial, there, taken);
	for (size_t s = 0; same && good && s < snapshots; s++) {
		double share = there[s] ? (double)taken[s] / (double)there[s] : 0;
		if (misfits[s] != least || (double)taken[s] < nearly_all * all || share <= best ||
		        !columns_equal(trial, seen, s))
			continue;
		best = share;
		out->fits = taken[s] > 0;
		out->whole = share >= nearly_all;
		out->rows = there[s];
		out->taken = taken[s];
	}
	free(seen);
	free(there);
	return good;
}

static bool fits_better(const struct fit *a, const struct fit *b)
{
	return a->disguised != b->disguised ? a->disguised < b->disguised : a->whole && !b->whole;
}

static bool origin_add(struct verdict_dataset *out, const char *name, const struct fit *fit)
{
	for (size_t i = 0; i < out->origin_count; i++)
		if (!strcmp(out->origins[i].name, name))
			return true;
	struct verdict_origin *grown = realloc(out->origins, (out->origin_count + 1) * sizeof *grown);
	if (!grown)
		return false;
	out->origins = grown;
	grown[out->origin_count] = (struct verdict_origin){ strdup(name), fit->rows, fit->taken };
	return grown[out->origin_count++].name != NULL;
}

/* Links in the dataset that has most: an export that has much fewer of them is not where the leak comes from. */
static uint64_t most_linked(const struct part_match *part)
{
	uint64_t most = 0;
	for (size_t i = 0; i < part->trial_count; i++)
		most = part->trials[i].linked > most ? part->trials[i].linked : most;
	return most;
}

bool origin_tell(const struct part_match *part, struct verdict_dataset *out)
{
	struct fit *fits = calloc(part->trial_count + 1, sizeof *fits), *best = NULL;
	uint64_t most = most_linked(part);
	bool good = fits != NULL;
	for (size_t i = 0; good && i < part->trial_count; i++) {
		const struct trial *trial = &part->trials[i];
		if (!trial->seal->meta.export_count || !trial->linked ||
		        (double)trial->linked < nearly_all * (double)most)
			continue;
		good = fit_find(part, trial, &fits[i]);
		if (good && fits[i].fits && (!best || fits_better(&fits[i], best)))
			best = &fits[i];
	}
	for (size_t i = 0; good && best && i < part->trial_count; i++) {
		const struct meta *meta = &part->trials[i].seal->meta;
		if (!fits[i].fits || fits_better(best, &fits[i]))
			continue;
		for (size_t k = 0; good && k < meta->export_count; k++)
			good = origin_add(out, meta->exports[k], &fits[i]);
	}
	out->origin_cut = best && !best->whole;
	free(fits);
	return good;
}
