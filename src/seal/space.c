/* Finds which datasets number the same people, by containment: orders.customer_id refers to customers when
 * nearly all its values are keys there. Row numbers of a single key and person numbers are made alike, so that this
 * needs no values. */
#include "seal/space.h"
#include "seal/history.h"
#include "seal/people.h"
#include <stdlib.h>

enum { SPACE_SAMPLE = 256 };

static const double share_contained = 0.9;

bool seal_has_row(struct seal *seal, uint64_t number)
{
	uint64_t low = 0, high = seal->meta.rows;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const uint8_t *at = container_at(&seal->file, SECTION_ROWS, middle * seal->stride, 8);
		if (!at)
			return false;
		uint64_t found = le64(at);
		if (found == number)
			return true;
		if (found < number)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* A dataset whose rows are persons of its own space: others may refer to it. */
static bool is_person_table(const struct meta *meta)
{
	return meta->key_count == 1 && meta->person == (int32_t)meta->key[0] && !meta->person_stored;
}

/* Share of a draft column's values (of a sample) that are keys of `other`. */
static double contained(const struct draft *draft, const struct draft_column *column, struct seal *other)
{
	const struct ident_kind *kind = draft->meta.columns[column->target].kind;
	size_t step = draft->rows / SPACE_SAMPLE + 1, tried = 0, found = 0;
	if (other->meta.columns[other->meta.key[0]].kind != kind)
		return 0;
	for (size_t row = 0; row < draft->rows; row += step) {
		uint64_t token = TOKEN_VALUE(column->tokens[row]);
		tried += token != 0;
		found += token && seal_has_row(other, person_number(other->row_key, token));
	}
	return tried ? (double)found / (double)tried : 0;
}

/* The column that best refers to another dataset's persons, over all datasets. */
struct reference {
	struct draft *draft;
	int32_t column; /* -1: none */
	uint64_t score;
	char *space;
	bool failed;
};

/* How much it says that the column's values are keys of `other`; 0: nothing. Small numbers are contained in any running
 * number: a quantity is no customer, and a product's own number is none either. */
static uint64_t reference_score(const struct draft *draft, const struct draft_column *column, const struct seal *other)
{
	const struct meta *meta = &draft->meta;
	uint64_t distinct = column->stats.distinct, filled = column->stats.filled;
	if (meta->person >= 0)
		return column->target == meta->person; /* said by the user */
	if (!strcmp(meta->columns[column->target].name, other->meta.columns[other->meta.key[0]].name))
		return UINT64_MAX;
	bool own_key = meta->key_count == 1 && (int32_t)meta->key[0] == column->target;
	bool few = distinct * LOOKUP_ROWS_MAX < filled || (distinct < 10 && distinct * 2 < filled);
	return own_key || few ? 0 : distinct;
}

/* Keeps a column of the draft that refers to `other`, when it does so better than what was found before. */
static void refer(struct reference *best, struct seal *other)
{
	for (size_t i = 0; i < best->draft->column_count; i++) {
		const struct draft_column *column = &best->draft->columns[i];
		uint64_t score = column->target < 0 ? 0 : reference_score(best->draft, column, other);
		if (score <= best->score || contained(best->draft, column, other) < share_contained)
			continue;
		free(best->space);
		best->space = strdup(meta_space(&other->meta));
		best->failed |= !best->space;
		best->column = column->target;
		best->score = score;
	}
}

typedef bool (*other_visit)(void *user, struct seal *other);

/* Opens every other dataset in turn until `visit` says that it has found what it wanted. */
static hufu_status each_other(
        const struct store *store, hufu_view dataset, other_visit visit, void *user, hufu_error *error)
{
	char **names;
	size_t count;
	bool found = false;
	hufu_status status = store_datasets(store, &names, &count, error);
	for (size_t i = 0; !status && i < count; i++) {
		struct seal *other;
		if (!found && !view_is(dataset, names[i]) &&
		        !(status = seal_open(store, view_of(names[i]), &other, error))) {
			found = visit(user, other);
			if (seal_damaged(other))
				status = fail(error, HUFU_MALFORMED, view_of(names[i]), "its seal is damaged",
				        "restore it from a backup");
			seal_close(other);
		}
		free(names[i]);
	}
	free(count || !status ? names : NULL);
	return status;
}

static bool visit_refer(void *user, struct seal *other)
{
	if (is_person_table(&other->meta))
		refer(user, other);
	return false;
}

hufu_status space_of_draft(struct draft *draft, hufu_error *error)
{
	if (draft->meta.space)
		return HUFU_OK;
	struct reference best = { .draft = draft, .column = -1 };
	hufu_status status = each_other(draft->store, view_of(draft->meta.dataset), visit_refer, &best, error);
	if (!status && best.failed)
		status = fail(error, HUFU_NO_MEMORY, view_of(draft->meta.dataset), "no memory", NULL);
	if (status || best.column < 0) {
		free(best.space);
		return status;
	}
	draft->meta.person_found |= draft->meta.person < 0;
	draft->meta.person = best.column;
	draft->meta.space = best.space;
	return HUFU_OK;
}

/* ---- afterwards: datasets that were sealed before the one they refer to ---- */

/* Share of `from`'s persons (of a sample) that are rows of `to`. */
static double persons_contained(struct seal *from, struct seal *to)
{
	uint64_t step = from->meta.rows / SPACE_SAMPLE + 1, tried = 0, found = 0;
	for (uint64_t row = 0; row < from->meta.rows; row += step, tried++)
		found += seal_has_row(to, seal_person(from, (uint32_t)row));
	return tried ? (double)found / (double)tried : 0;
}

static bool adopted(const struct meta *meta, const char *dataset)
{
	for (size_t i = 0; i < meta->adopted_count; i++)
		if (!strcmp(meta->adopted[i], dataset))
			return true;
	return false;
}

struct adoption {
	struct seal *seal;
	struct meta *meta;
	bool changed, failed;
};

/* Notes datasets with a space of their own whose persons are keys here. */
static bool visit_adopt(void *user, struct seal *other)
{
	struct adoption *adoption = user;
	if (other->meta.space || is_person_table(&other->meta) || !other->meta.person_stored ||
	        adopted(adoption->meta, other->meta.dataset) ||
	        persons_contained(other, adoption->seal) < share_contained)
		return false;
	adoption->failed |=
	        !meta_add_text(&adoption->meta->adopted, &adoption->meta->adopted_count, view_of(other->meta.dataset));
	adoption->changed = true;
	return false;
}

hufu_status space_adopt(
        const struct store *store, struct seal *seal, struct meta *meta, bool *changed, hufu_error *error)
{
	struct adoption adoption = { .seal = seal, .meta = meta };
	*changed = false;
	if (!is_person_table(&seal->meta))
		return HUFU_OK;
	hufu_status status = each_other(store, view_of(seal->meta.dataset), visit_adopt, &adoption, error);
	*changed = adoption.changed;
	return adoption.failed ? HUFU_NO_MEMORY : status;
}

/* The name of a dataset's space, seen with all datasets at hand. */
static const char *space_among(struct seal *const *seals, size_t count, size_t which)
{
	const struct meta *meta = &seals[which]->meta;
	for (size_t i = 0; i < count && !meta->space; i++)
		if (i != which && adopted(&seals[i]->meta, meta->dataset))
			return meta_space(&seals[i]->meta);
	return meta_space(meta);
}

void seal_same_space(struct seal *const *seals, size_t count, size_t which, bool *same)
{
	const char *space = space_among(seals, count, which);
	for (size_t i = 0; i < count; i++)
		same[i] = strcmp(space_among(seals, count, i), space) == 0;
}
