/* Finds the rows that a record's cells hit: through the mapping, or in every reading that is worth a look. Each comes
 * in steps, so that the memory can be asked for many records before the first of them is looked up. */
#include "match/trial.h"

static struct finding finding_new(const struct part_match *part, struct scratch *scratch)
{
	struct finding finding = { .at = scratch->candidates + scratch->used,
		.common = scratch->common + scratch->records * part->columns };
	memset(finding.common, 0, part->columns);
	return finding;
}

/* The row's place among the candidates, or CANDIDATES_MAX when there is no room for another. */
static size_t candidate_place(
        const struct part_match *part, struct scratch *scratch, struct finding *finding, uint32_t row)
{
	size_t at = 0, place;
	while (at < finding->count && scratch->rows[at] != row)
		at++;
	if (at < finding->count || at == CANDIDATES_MAX)
		return at;
	place = (scratch->used + at) * part->columns;
	scratch->rows[at] = row;
	finding->at[at] = (struct candidate){ .row = row, .hit = scratch->hits + place, .fit = scratch->fits + place };
	memset(finding->at[at].hit, 0, part->columns);
	return finding->count++;
}

/* The rows that one reading of one cell hits; `only_column` >= 0 leaves out hits of other columns of ours. */
static void reading_find(const struct part_match *part, struct trial *trial, uint64_t token, uint32_t j,
        int32_t only_column, struct scratch *scratch, struct finding *finding)
{
	struct seal_hit hits[LOOKUP_ROWS_MAX];
	bool common;
	uint32_t found = seal_find(trial->seal, token, hits, &common), last = UINT32_MAX, placed = 0;
	const struct reach *reach = &trial->reach[j];
	bool tells = trial->map[j].unique;
	finding->common[j] |= common;
	for (uint32_t i = 0; i < found; i++) {
		/* A value may stand in two columns of one row: hits come by row, so that the second is seen. */
		if ((only_column >= 0 && hits[i].column != (uint32_t)only_column) || hits[i].row == last)
			continue;
		last = hits[i].row;
		size_t at = candidate_place(part, scratch, finding, last);
		if (at == CANDIDATES_MAX)
			continue;
		/* What hits is kept by few rows. */
		finding->at[at].hit_bits += trial->evidence[hits[i].column].rare[true].agrees;
		finding->at[at].columns++;
		finding->at[at].hit[j] = 1;
		finding->at[at].shows |= trial->shows[j];
		finding->at[at].telling += tells;
		finding->at[at].reach += reach->hit - reach->miss;
		placed++;
	}
	finding->telling += tells && placed;
}

static void finding_end(struct scratch *scratch, const struct finding *finding)
{
	scratch->used += finding->count;
	scratch->records++;
}

struct finding candidates_find(
        const struct part_match *part, struct trial *trial, const struct record *record, struct scratch *scratch)
{
	struct finding finding = finding_new(part, scratch);
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		uint64_t token = map->column < 0 ? 0 : record_token(part, record, j, map->kind);
		if (!token)
			continue;
		reading_find(part, trial, token, j, map->column, scratch, &finding);
		finding.reach += finding.common[j] ? common_reach(trial, map, token) : trial->reach[j].miss;
	}
	finding_end(scratch, &finding);
	return finding;
}

void candidates_prefetch(
        const struct part_match *part, const struct trial *trial, const struct record *record, int step)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		uint64_t token = map->column < 0 ? 0 : record_token(part, record, j, map->kind);
		if (token)
			seal_prefetch(trial->seal, token, step);
	}
}

uint64_t *readings_make(
        const struct part_match *part, const struct record *record, struct scratch *scratch, size_t place)
{
	uint64_t *readings = scratch->readings + place * part->probe_count;
	for (size_t i = 0; i < part->probe_count; i++)
		readings[i] =
		        record_reading(part, &scratch->tokenizer, record, part->probes[i].column, part->probes[i].kind);
	return readings;
}

void readings_prefetch(const struct part_match *part, const struct trial *trial, const uint64_t *readings, int step)
{
	for (size_t i = 0; i < part->probe_count; i++)
		if (readings[i])
			seal_prefetch(trial->seal, readings[i], step);
}

struct finding readings_find(
        const struct part_match *part, struct trial *trial, const uint64_t *readings, struct scratch *scratch)
{
	struct finding finding = finding_new(part, scratch);
	uint64_t opaque = 0;
	for (size_t i = 0; i < part->probe_count; i++) {
		const struct probe *probe = &part->probes[i];
		opaque = probe->kind == 0 ? readings[i] : opaque;
		/* A cell that is none of the kind reads as opaque, which was looked up already. */
		if (readings[i] && (probe->kind == 0 || readings[i] != opaque))
			reading_find(part, trial, readings[i], probe->column, -1, scratch, &finding);
	}
	finding_end(scratch, &finding);
	return finding;
}
