/* Takes records in order: links them, or holds those that may teach the mapping, learns from what is held, and lets the
 * rest go. */
#include "match/trial.h"
#include <math.h>
#include <stdlib.h>

static const double agree_least = 0.2;

enum { AGREE_CELLS = 5, UNLEARNT_ROWS = 1024 };

/* ---- records ---- */

static void record_free(struct record *record)
{
	free(record->tokens);
	free(record->text);
	free(record->ends);
	*record = (struct record){ 0 };
}

/* A copy that outlives the batch: tokens under every kind, and the texts where names are wanted. */
static bool record_keep(struct part_match *part, uint32_t row, struct record *out)
{
	struct record from = { .row = row }, kept = { .number = part->records,
		.tokens = malloc((size_t)part->columns * part->kind_count * sizeof *kept.tokens) };
	size_t len = 0;
	if (!kept.tokens)
		return false;
	for (uint32_t j = 0; j < part->columns; j++)
		cell_readings(part, &part->matcher->scratches->tokenizer, batch_cell(part->batch, j, row),
		        kept.tokens + (size_t)j * part->kind_count);
	for (uint32_t j = 0; j < part->columns; j++)
		len += record_cell(part, &from, j).len;
	if (part->matcher->options.names && len <= UINT16_MAX) {
		kept.text = malloc(len + 1);
		kept.ends = malloc(part->columns * sizeof *kept.ends);
		uint32_t at = 0;
		for (uint32_t j = 0; kept.text && kept.ends && j < part->columns; j++) {
			hufu_view cell = batch_cell(part->batch, j, row);
			memcpy(kept.text + at, cell.ptr, cell.len);
			kept.ends[j] = at += (uint32_t)cell.len;
		}
		if (!kept.text || !kept.ends) {
			record_free(&kept);
			return false;
		}
	}
	*out = kept;
	return true;
}

/* ---- holding ---- */

static void held_clear(struct trial *trial)
{
	for (size_t i = 0; i < trial->held_count; i++)
		record_free(&trial->held[i].record);
	trial->held_count = trial->held_strong = 0;
}

/* Counts what a record that will not be looked at again came to; links were counted when they were made. */
static void link_count(struct trial *trial, enum link link)
{
	trial->near += link == LINK_NEAR;
	trial->recombined += link == LINK_MIXED;
}

/* Links what is held and forgets it. Returns how many linked. */
static uint64_t held_link(struct part_match *part, struct trial *trial)
{
	uint64_t before = trial->linked;
	for (size_t i = 0; i < trial->held_count; i++)
		link_count(trial, record_link(part, trial, &trial->held[i].record));
	held_clear(trial);
	return trial->linked - before;
}

static void held_learn(struct part_match *part, struct trial *trial)
{
	tallies_gather(part, trial);
	trial_learn(part, trial);
	shows_learn(part, trial);
	reach_learn(part, trial);
	if (!evidence_learn(part, trial) || !tallies_init(part, trial)) {
		part->matcher->no_memory = true;
		held_clear(trial);
		return;
	}
	trial->linked_then = trial->linked;
	/* Records that hit and never link (recombined ones, say) must not cost a lesson each time. */
	trial->pause = held_link(part, trial) ? 0 : trial->pause ? trial->pause * 2 : HELD_STRONG;
	trial->waited = 0;
	trial->lessons++;
	trial->linked_then = trial->linked;
}

/* Lets go of weak records, else of the older half: they count as not linked. */
static void held_thin(struct trial *trial)
{
	size_t kept = 0, strong = trial->held_strong, passed = 0;
	for (size_t i = 0; i < trial->held_count; i++) {
		struct held_record *held = &trial->held[i];
		passed += held->strong;
		if (held->strong && (strong < trial->held_cap || passed > strong / 2))
			trial->held[kept++] = *held;
		else
			record_free(&held->record);
	}
	trial->held_strong = trial->held_count = kept;
}

/* Holds a record that did not link. Returns whether a lesson is due. */
static bool record_hold(struct part_match *part, struct trial *trial, uint32_t row, bool strong)
{
	struct held_record held = { .strong = strong };
	if (!record_keep(part, row, &held.record)) {
		part->matcher->no_memory = true;
		return false;
	}
	trial->held[trial->held_count++] = held;
	trial->held_strong += strong;
	trial->waited += strong;
	bool full = trial->held_count == trial->held_cap;
	if ((trial->held_strong >= HELD_STRONG && trial->waited >= trial->pause) || (full && !trial->lessons))
		return true;
	if (full)
		held_thin(trial);
	return false;
}

/* Takes the outcomes of records [from, to) in order. Returns the record behind the last one taken; `*due` tells that it
 * is time for a lesson: what comes behind is to be looked up anew. */
static uint32_t outcomes_take(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to, bool *due)
{
	struct scratch *scratch = part->matcher->scratches;
	size_t exposed = 0, likely = 0;
	*due = false;
	for (uint32_t row = from; row < to && !*due; row++) {
		struct outcome *outcome = &part->outcomes[row];
		const struct record record = { .number = part->records + 1, .row = row };
		const struct notes *notes = &part->notes[row / PIECE_ROWS];
		if (row % PIECE_ROWS == 0)
			exposed = likely = 0;
		part->records++;
		exposed = exposed_take(part, trial, notes, exposed, row);
		outcome_settle(part, trial, outcome);
		outcome_take(part, trial, &record, outcome, notes->likely.ptr + likely);
		likely += outcome->carried && !outcome->human_sure ? 4 * (size_t)outcome->likely : 0;
		/* Others have linked since it was looked up, or have not. */
		if (outcome->link != LINK_MADE && outcome->link != LINK_MIXED && !outcome->probed)
			outcome_probe(part, trial, readings_make(part, &record, scratch, 0), scratch, outcome);
		if (outcome->link != LINK_MADE && outcome->found && (outcome->strong || !trial->learnt))
			*due = record_hold(part, trial, row, outcome->strong);
		else
			link_count(trial, outcome->link);
		from = row + 1;
	}
	return from;
}

void trial_take(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to)
{
	uint64_t linked = trial->linked;
	uint32_t rows = to - from;
	while (from < to) {
		bool due;
		/* While nothing is known a lesson may come soon, and what was looked up behind it is lost. */
		uint32_t end = trial->learnt || to - from <= UNLEARNT_ROWS ? to : from + UNLEARNT_ROWS;
		outcomes_look(part, trial, from, end);
		end = outcomes_take(part, trial, from, end, &due);
		outcomes_tally(part, trial, from, end);
		from = end;
		if (due)
			held_learn(part, trial);
	}
	trial->misses = (trial->linked - linked) * 2 < rows;
}

/* A column that hardly ever agreed where records linked is none of ours, whatever a lesson made of it. */
void trial_prune(struct part_match *part, struct trial *trial)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		struct mapping *map = &trial->map[j];
		/* Cells that are ours at other rows were misaligned: that is told. */
		if (map->compared >= AGREE_CELLS && map->found < 0.5 &&
		        (double)map->agreed < agree_least * (double)map->compared)
			*map = (struct mapping){ .column = -1 };
	}
}

void trial_end(struct part_match *part, struct trial *trial)
{
	if (trial->held_count)
		held_learn(part, trial);
	tallies_end(part, trial);
}

bool trial_init(struct part_match *part, struct trial *trial, size_t which)
{
	struct seal *seal = part->matcher->seals[which];
	size_t record = ((size_t)part->columns * part->kind_count + 8) * 8 + 1024;
	*trial = (struct trial){ .seal = seal, .evidence = part->matcher->evidence[which] };
	trial->rows_bits = log2((double)seal->meta.rows);
	trial->weak_bits = log2((double)seal->meta.rows + 1) + 6.6;
	trial->held_cap = HELD_BYTES / record < HELD_MAX ? HELD_BYTES / record : HELD_MAX;
	trial->held_cap = trial->held_cap < 16 ? 16 : trial->held_cap;
	trial->held = calloc(trial->held_cap, sizeof *trial->held);
	trial->map = calloc(part->columns, sizeof *trial->map);
	trial->shows = calloc(part->columns, sizeof *trial->shows);
	trial->reach = calloc(part->columns, sizeof *trial->reach);
	trial->rows = rowset_new(seal->meta.rows);
	trial->sure = rowset_new(seal->meta.rows);
	trial->maybe = rowset_new(seal->meta.rows);
	trial->exposed = rowset_new(seal->meta.rows);
	trial->kinds = part->matcher->options.kinds ? calloc(seal->meta.rows + 1, sizeof *trial->kinds) : NULL;
	trial->states = calloc(seal->meta.snapshot_count + 1, 1);
	for (uint32_t j = 0; trial->map && j < part->columns; j++)
		trial->map[j].column = -1;
	for (uint32_t c = 0; c < seal->meta.column_count; c++)
		for (uint32_t k = 0; k < part->kind_count; k++)
			if (part->kinds[k] == seal->meta.columns[c].kind &&
			        part->forms[k] == form_by_id(seal->meta.columns[c].form))
				trial->kind_of[c] = k;
	return trial->held && trial->map && trial->shows && trial->reach && trial->rows &&
	       (trial->kinds || !part->matcher->options.kinds) && trial->sure && trial->maybe && trial->exposed &&
	       trial->states && window_init(&trial->window, seal->meta.snapshot_count);
}

void trial_done(struct part_match *part, struct trial *trial)
{
	held_clear(trial);
	tallies_done(part, trial);
	window_done(&trial->window);
	if (trial->names.ptr)
		explicit_bzero(trial->names.ptr, trial->names.len);
	bytes_done(&trial->names);
	free(trial->held);
	free(trial->map);
	free(trial->shows);
	free(trial->reach);
	bytes_done(&trial->groups);
	numbers_done(&trial->inside);
	numbers_done(&trial->homes);
	rowset_free(trial->rows);
	rowset_free(trial->sure);
	rowset_free(trial->maybe);
	rowset_free(trial->exposed);
	free(trial->kinds);
	free(trial->states);
}
