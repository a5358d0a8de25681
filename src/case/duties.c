/* The duties of a case: its current facts before the rule packs, and what was done or waived of them. */
#include "base/clock.h"
#include "case/book.h"
#include <stdlib.h>

/* Current facts as the packs take them; they borrow from `rows`. */
static hufu_status facts_now(struct casebook *book, int64_t case_id, struct db_rows **rows, struct fact **out,
        size_t *count, hufu_error *error)
{
	char region[FACT_REGION_MAX];
	hufu_status status = db_query(book->db,
	        DB_SQL("select name, value, basis, source, at from facts where case_id = ? and superseded_by is null "
	               "order by seq",
	                db_int(case_id)),
	        rows, error);
	if (status)
		return status;
	*count = 0;
	*out = calloc(db_rows_count(*rows) + 1, sizeof **out);
	if (!*out)
		return fail(error, HUFU_NO_MEMORY, view_of("facts"), "no memory", NULL);
	while (db_rows_next(*rows)) {
		struct fact *fact = &(*out)[*count];
		*fact = (struct fact){ .name = db_rows_text(*rows, 0),
			.value = db_rows_text(*rows, 1),
			.source = db_rows_text(*rows, 3),
			.at = db_rows_int(*rows, 4) };
		if (fact_kind_of(db_rows_view(*rows, 0), region) && fact_basis_of(db_rows_view(*rows, 2), &fact->basis))
			(*count)++;
	}
	return HUFU_OK;
}

/* What the case says of a duty stands over the clock. */
static json_t *state_row(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:o}", "rule", db_rows_text(rows, 0), "status", db_rows_text(rows, 1),
	        "at", case_time(db_rows_int(rows, 2), zone_minutes), "by", db_rows_text(rows, 3), "note",
	        json_text(db_rows_text(rows, 4)));
}

hufu_status settled_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select rule, status, at, by, note from duties_state where case_id = ? and status is not null "
	               "order by rule",
	                db_int(row->id)),
	        state_row, row->zone_minutes, out, error);
}

static hufu_status states_apply(struct casebook *book, const struct case_row *row, json_t *duties, hufu_error *error)
{
	json_t *states = NULL, *state, *duty;
	size_t i, k;
	hufu_status status = settled_json(book, row, &states, error);
	json_array_foreach(states, i, state)
	{
		json_array_foreach(duties, k, duty)
		{
			if (!json_equal(json_object_get(state, "rule"), json_object_get(duty, "rule")))
				continue;
			json_object_set(duty, "status", json_object_get(state, "status"));
			json_object_set(duty, "settled", state);
		}
	}
	json_decref(states);
	return status;
}

void judged_done(struct judged *judged)
{
	judgement_done(&judged->judgement);
	free(judged->facts);
	db_rows_free(judged->rows);
}

hufu_status casebook_packs(struct casebook *book, const struct duties **out, hufu_error *error)
{
	hufu_status status = duties_keep(&book->packs, error);
	if (!status)
		*out = book->packs;
	return status;
}

hufu_status casebook_packs_stamp(struct casebook *book, uint64_t *stamp, hufu_error *error)
{
	const struct duties *packs;
	hufu_status status = casebook_packs(book, &packs, error);
	if (!status)
		*stamp = duties_stamp(packs);
	return status;
}

int64_t casebook_judged_until(const struct casebook *book)
{
	return book->judged_until;
}

/* Statuses move with the clock alone, at instants that are known; yearly dates within a day. */
static int64_t stands_until(const struct judgement *judgement, int64_t now)
{
	int64_t until = now + 86400;
	for (size_t i = 0; i < judgement->count; i++) {
		const struct duty *duty = &judgement->duties[i];
		if (duty->has_due && duty->near_at > now && duty->near_at <= until)
			until = duty->near_at - 1;
		if (duty->has_due && duty->due >= now && duty->due < until)
			until = duty->due;
	}
	return until;
}

hufu_status case_judge(struct casebook *book, const struct case_row *row, const struct duties *duties,
        struct judged *out, hufu_error *error)
{
	size_t count = 0;
	*out = (struct judged){ .duties = duties };
	hufu_status status = facts_now(book, row->id, &out->rows, &out->facts, &count, error);
	int64_t now = clock_now();
	if (!status && !duties)
		status = casebook_packs(book, &out->duties, error);
	if (!status)
		status = duties_judge(out->duties, out->facts, count, now, &out->judgement, error);
	if (!status)
		book->judged_until = stands_until(&out->judgement, now);
	out->fact_count = count;
	return status;
}

/* Reports of this incident stand by themselves, so that what must be filed is not lost among what follows from it,
 * holds at any time, or comes back each year. */
static bool set_apart(json_t *all)
{
	json_t *reports = json_array(), *further = json_array(), *duty;
	size_t at;
	bool good = reports && further;
	json_array_foreach(json_object_get(all, "duties"), at, duty)
	{
		const char *kind = json_string_value(json_object_get(duty, "kind"));
		good = good && !json_array_append(kind && !strcmp(kind, "report") ? reports : further, duty);
	}
	good = good && !json_object_set(all, "duties", reports) && !json_object_set(all, "duties_further", further);
	json_decref(reports);
	json_decref(further);
	return good;
}

hufu_status duties_list(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	struct judged judged;
	hufu_status status = case_judge(book, row, NULL, &judged, error);
	json_t *all = status ? NULL : judgement_json(&judged.judgement, judged.duties);
	if (!status && !all)
		status = fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	if (!status)
		status = states_apply(book, row, json_object_get(all, "duties"), error);
	if (!status && !set_apart(all))
		status = fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	judged_done(&judged);
	if (status)
		json_decref(all);
	else
		*out = all;
	return status;
}

hufu_status case_explain(
        struct casebook *book, const char *number, const char *rule, bool chinese, struct bytes *out, hufu_error *error)
{
	struct case_row row;
	struct judged judged = { 0 };
	size_t count = 0;
	bool applies;
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	status = facts_now(book, row.id, &judged.rows, &judged.facts, &count, error);
	if (!status)
		status = casebook_packs(book, &judged.duties, error);
	if (!status)
		status = duties_explain(
		        judged.duties, judged.facts, count, rule, chinese, clock_now(), out, &applies, error);
	judged_done(&judged);
	case_row_done(&row);
	return status;
}
