/* Forgetting: a person's rows, or old snapshots, leave the bytes of the seals; only a count stays.
 *
 * A seal is written anew without them (rewrite.h). */
#include "seal/rewrite.h"
#include <stdlib.h>

/* ---- a person ---- */

/* Every number of the human behind `person`, seen with all joins of the space. */
static bool numbers_of(
        struct seal *const *seals, const bool *same, size_t count, uint64_t person, uint64_t **out, size_t *out_count)
{
	size_t pairs = 0, kept = 0;
	for (size_t i = 0; i < count; i++)
		pairs += same[i] ? seals[i]->join_count : 0;
	struct seal_join *joins = malloc((pairs + 1) * sizeof *joins);
	uint64_t *numbers = malloc((pairs + 2) * sizeof *numbers);
	for (size_t i = 0, at = 0; joins && numbers && i < count; i++) {
		if (same[i] && seals[i]->join_count)
			memcpy(joins + at, seals[i]->joins, seals[i]->join_count * sizeof *joins);
		at += same[i] ? seals[i]->join_count : 0;
	}
	bool good = joins && numbers && people_join(joins, &pairs);
	if (good) {
		uint64_t root = people_root(joins, pairs, person);
		numbers[kept++] = root;
		for (size_t i = 0; i < pairs; i++)
			if (joins[i].root == root)
				numbers[kept++] = joins[i].person;
		*out = numbers;
		*out_count = kept;
	} else {
		free(numbers);
	}
	free(joins);
	return good;
}

static bool among(const uint64_t *numbers, size_t count, uint64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* All datasets opened, and which share the person space of `dataset`. */
struct family {
	char **names;
	struct seal **seals;
	bool *same;
	size_t count, which;
	uint64_t *numbers;
	size_t number_count;
};

static void family_done(struct family *family)
{
	for (size_t i = 0; i < family->count; i++) {
		free(family->names[i]);
		if (family->seals)
			seal_close(family->seals[i]);
	}
	free(family->names);
	free(family->seals);
	free(family->same);
	free(family->numbers);
}

static hufu_status family_open(
        const struct store *store, hufu_view dataset, hufu_view key, struct family *out, hufu_error *error)
{
	struct tokenizer tokenizer;
	hufu_status status = store_datasets(store, &out->names, &out->count, error);
	if (status)
		return status;
	out->which = out->count;
	out->seals = calloc(out->count + 1, sizeof(struct seal *));
	out->same = calloc(out->count + 1, sizeof *out->same);
	if (!out->seals || !out->same)
		return fail(error, HUFU_NO_MEMORY, dataset, "no memory", NULL);
	for (size_t i = 0; i < out->count; i++) {
		if ((status = seal_open(store, view_of(out->names[i]), &out->seals[i], error)))
			return status;
		if (view_is(dataset, out->names[i]))
			out->which = i;
	}
	if (out->which == out->count)
		return fail(error, HUFU_USAGE, dataset, "is not sealed", "hufu seals lists the datasets");
	const struct meta *meta = &out->seals[out->which]->meta;
	if (meta->person < 0)
		return fail(error, HUFU_USAGE, dataset, "has no person column", "forget in the dataset that has one");
	seal_same_space(out->seals, out->count, out->which, out->same);
	if ((status = tokenizer_init(&tokenizer, store->key)))
		return fail(error, status, dataset, "no memory", NULL);
	uint64_t token = token_of(&tokenizer, meta->columns[meta->person].kind, key, NULL);
	tokenizer_done(&tokenizer);
	uint64_t person = seal_person_of_token(out->seals[out->which], token);
	if (!token || !numbers_of(out->seals, out->same, out->count, person, &out->numbers, &out->number_count))
		return fail(error, token ? HUFU_NO_MEMORY : HUFU_USAGE, dataset,
		        token ? "no memory" : "the person's number is empty", "give a value of the person column");
	return HUFU_OK;
}

static uint64_t rows_of(struct seal *seal, const struct family *family)
{
	uint64_t rows = 0;
	for (uint32_t row = 0; row < seal->meta.rows; row++)
		rows += among(family->numbers, family->number_count, seal_person(seal, row));
	return rows;
}

hufu_status forget_find(
        const struct store *store, hufu_view dataset, hufu_view key, struct forget_plan *out, hufu_error *error)
{
	struct family family = { 0 };
	struct forget_plan plan = { 0 };
	hufu_status status = family_open(store, dataset, key, &family, error);
	plan.accounts = family.number_count;
	plan.rows = calloc(family.count + 1, sizeof *plan.rows);
	for (size_t i = 0; !status && plan.rows && i < family.count; i++) {
		uint64_t rows = family.same[i] ? rows_of(family.seals[i], &family) : 0;
		if (rows && meta_add_text(&plan.datasets, &plan.count, view_of(family.names[i])))
			plan.rows[plan.count - 1] = rows;
		if (seal_damaged(family.seals[i]))
			status = fail(error, HUFU_MALFORMED, view_of(family.names[i]), "its seal is damaged",
			        "restore it from a backup");
	}
	if (!status && !plan.count)
		status = fail(error, HUFU_USAGE, dataset, "no row is this person's",
		        "give a value of its person column (hufu seals shows which)");
	family_done(&family);
	if (status)
		forget_plan_done(&plan);
	else
		*out = plan;
	return status;
}

void forget_plan_done(struct forget_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->datasets[i]);
	free(plan->datasets);
	free(plan->rows);
	*plan = (struct forget_plan){ 0 };
}

static bool past_add(struct rewrite *r, struct past past)
{
	if (r->past_count == r->past_cap) {
		size_t cap = r->past_cap ? r->past_cap * 2 : 64;
		struct past *grown = realloc(r->past, cap * sizeof *grown);
		if (!grown)
			return false;
		r->past = grown;
		r->past_cap = cap;
	}
	r->past[r->past_count++] = past;
	return true;
}

/* Notes a row that stays and was once his: an order that has changed hands. */
static bool past_note(void *user, struct lookup_pair pair)
{
	struct rewrite *r = user;
	bool common = pair.row == lookup_row_none(lookup_shape_of(&r->seal->meta));
	if (!rewrite_names_him(r, pair, common) || (!common && (pair.row >= r->seal->meta.rows || r->gone[pair.row])))
		return true;
	return past_add(r, (struct past){ pair.token, common ? PAST_ANY : pair.row });
}

static bool past_find(struct rewrite *r)
{
	return !r->meta.person_stored || rewrite_each_pair(r->seal, 0, 1ull << r->seal->meta.prefix_bits, past_note, r);
}

static hufu_status forget_in(const struct store *store, const struct family *family, size_t which, hufu_error *error)
{
	struct rewrite r;
	uint64_t rows = 0;
	hufu_status status = rewrite_open(&r, store, view_of(family->names[which]), error);
	for (uint32_t row = 0; !status && row < r.seal->meta.rows; row++)
		rows += r.gone[row] = among(family->numbers, family->number_count, seal_person(r.seal, row));
	r.persons = family->numbers;
	r.person_count = family->number_count;
	if (!status && !past_find(&r))
		status = fail(error, seal_damaged(r.seal) ? HUFU_MALFORMED : HUFU_NO_MEMORY,
		        view_of(family->names[which]),
		        seal_damaged(r.seal) ? "its seal is damaged: nothing was changed"
		                             : "no memory: nothing was changed",
		        NULL);
	if (!status && (rows || r.past_count)) {
		r.meta.forgotten += rows;
		status = rewrite_write(&r, error);
	}
	rewrite_done(&r);
	return status;
}

hufu_status forget_person(const struct store *store, hufu_view dataset, hufu_view key, hufu_error *error)
{
	struct family family = { 0 };
	hufu_status status = family_open(store, dataset, key, &family, error);
	/* The dataset with the joins last: killed in between, the same call finds all his numbers again. */
	for (size_t i = 0; !status && i < family.count; i++)
		if (family.same[i] && !family.seals[i]->join_count)
			status = forget_in(store, &family, i, error);
	for (size_t i = 0; !status && i < family.count; i++)
		if (family.same[i] && family.seals[i]->join_count)
			status = forget_in(store, &family, i, error);
	family_done(&family);
	return status;
}

/* ---- old history ---- */

hufu_status forget_before(const struct store *store, hufu_view dataset, int64_t instant, uint64_t *snapshots,
        uint64_t *rows, hufu_error *error)
{
	struct rewrite r;
	hufu_status status = rewrite_open(&r, store, dataset, error);
	if (!status) {
		while (r.drop < r.meta.snapshot_count && r.meta.snapshots[r.drop].instant < instant)
			r.drop++;
		if (r.drop == r.meta.snapshot_count)
			status = fail(error, HUFU_USAGE, dataset, "all its snapshots are older than that",
			        "delete the dataset's seal file if that is meant");
	}
	uint64_t before = status ? 0 : r.seal->meta.rows;
	if (!status && r.drop)
		status = rewrite_write(&r, error);
	if (!status) {
		*snapshots = r.drop;
		*rows = r.drop ? before - r.rows : 0;
	}
	rewrite_done(&r);
	return status;
}

hufu_status seal_note_exports(const struct store *store, hufu_view dataset, const char *const *names, size_t count,
        bool *changed, hufu_error *error)
{
	struct rewrite r;
	bool added;
	*changed = false;
	hufu_status status = rewrite_open(&r, store, dataset, error);
	for (size_t i = 0; !status && i < count; i++) {
		status = meta_add_export(&r.meta, names[i], &added, error);
		*changed |= added;
	}
	if (!status && *changed)
		status = rewrite_write(&r, error);
	rewrite_done(&r);
	return status;
}
