/* Finds which datasets number the same people, by containment: orders.customer_id refers to customers when
 * nearly all its values are keys there. Row numbers of a single key and person numbers are made alike, so that this
 * needs no values. */
#include "seal/space.h"
#include "seal/history.h"
#include "seal/people.h"
#include <stdlib.h>
#include <strings.h>

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

bool is_person_table(const struct meta *meta)
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
		uint64_t token = draft_token(draft, column, row);
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

/* Names that many tables give their own number: that two of them agree says nothing. */
static bool says_nothing(const char *name)
{
	static const char *const names[] = { "id", "no", "nr", "num", "number", "key", "code", "pk", "编号", "序号",
		"号码", "主键", "代码" };
	for (size_t i = 0; i < LEN(names); i++)
		if (!strcasecmp(name, names[i]))
			return true;
	return false;
}

uint64_t reference_score(
        const struct meta *meta, uint32_t column, uint64_t distinct, uint64_t filled, const struct meta *other)
{
	const char *name = meta->columns[column].name;
	if (!strcmp(name, other->columns[other->key[0]].name) && !says_nothing(name))
		return UINT64_MAX;
	bool own_key = meta->key_count == 1 && meta->key[0] == column;
	bool few = distinct * LOOKUP_ROWS_MAX < filled || (distinct < 10 && distinct * 2 < filled);
	return own_key || few ? 0 : distinct;
}

static uint64_t draft_score(const struct draft *draft, const struct draft_column *column, const struct meta *other)
{
	if (draft->meta.person >= 0)
		return column->target == draft->meta.person; /* said by the user */
	return reference_score(
	        &draft->meta, (uint32_t)column->target, column->stats.distinct, column->stats.filled, other);
}

/* Keeps a column of the draft that refers to `other`, when it does so better than what was found before. */
static void refer(struct reference *best, struct seal *other)
{
	for (size_t i = 0; i < best->draft->column_count; i++) {
		const struct draft_column *column = &best->draft->columns[i];
		uint64_t score = column->target < 0 ? 0 : draft_score(best->draft, column, &other->meta);
		if (score <= best->score || contained(best->draft, column, other) < SHARE_CONTAINED)
			continue;
		free(best->space);
		best->space = strdup(meta_space(&other->meta));
		best->failed |= !best->space;
		best->column = column->target;
		best->score = score;
	}
}

hufu_status each_other(const struct store *store, hufu_view dataset, other_visit visit, void *user, hufu_error *error)
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

static bool adopted(const struct meta *meta, const char *dataset)
{
	for (size_t i = 0; i < meta->adopted_count; i++)
		if (!strcmp(meta->adopted[i], dataset))
			return true;
	return false;
}

/* The space that a dataset says it is in, or that another says of it. */
static const char *space_said(struct seal *const *seals, size_t count, size_t which)
{
	const struct meta *meta = &seals[which]->meta;
	for (size_t i = 0; i < count && !meta->space; i++)
		if (i != which && adopted(&seals[i]->meta, meta->dataset))
			return meta_space(&seals[i]->meta);
	return meta_space(meta);
}

/* The same, followed to its end: the dataset that a space is named after may have found its persons in yet another. */
const char *seal_space(struct seal *const *seals, size_t count, size_t which)
{
	const char *space = space_said(seals, count, which);
	for (size_t step = 0, i = 0; step < count; step++) {
		for (i = 0; i < count && strcmp(seals[i]->meta.dataset, space) != 0;)
			i++;
		if (i == count || !strcmp(space_said(seals, count, i), space))
			break;
		space = space_said(seals, count, i);
	}
	return space;
}

void seal_same_space(struct seal *const *seals, size_t count, size_t which, bool *same)
{
	const char *space = seal_space(seals, count, which);
	for (size_t i = 0; i < count; i++)
		same[i] = strcmp(seal_space(seals, count, i), space) == 0;
}
