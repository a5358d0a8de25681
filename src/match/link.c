/* Links records to rows: finds candidates, weighs them, decides, tallies; holds what may teach the mapping.
 *
 * A record links when the posterior over all its candidates together, against none, is 0.99 or more, and its cells
 * besides the strongest do not speak against the best of them: no single cell carries a link against the rest. */
#include "match/trial.h"
#include "seal/people.h"
#include <math.h>
#include <stdlib.h>

static const double posterior_link = 0.99, posterior_near = 0.5, share_least = 1e-5, share_most = 0.5,
                    agree_least = 0.2;

enum { AGREE_CELLS = 5 };

/* ---- records ---- */

uint64_t reading_token(struct part_match *part, uint32_t kind, hufu_view cell)
{
	struct tokenizer *tokenizer = &part->matcher->tokenizer;
	return part->forms[kind] ? token_of_shown(tokenizer, part->kinds[kind], part->forms[kind], cell)
	                         : token_of(tokenizer, part->kinds[kind], cell, NULL);
}

uint64_t record_token(struct part_match *part, const struct record *record, uint32_t column, uint32_t kind)
{
	size_t plane = (size_t)column * part->kind_count + kind;
	if (record->tokens)
		return record->tokens[plane];
	uint64_t *tokens = part->tokens + plane * part->batch->stride;
	if (!part->made[plane]) {
		for (uint32_t row = part->first; row < part->batch->rows; row++)
			tokens[row] = reading_token(part, kind, batch_cell(part->batch, column, row));
		part->made[plane] = 1;
	}
	return tokens[record->row];
}

hufu_view record_cell(const struct part_match *part, const struct record *record, uint32_t column)
{
	if (!record->tokens)
		return batch_cell(part->batch, column, record->row);
	if (!record->text)
		return (hufu_view){ "", 0 };
	uint32_t from = column ? record->ends[column - 1] : 0;
	return (hufu_view){ record->text + from, record->ends[column] - from };
}

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
		for (uint32_t k = 0; k < part->kind_count; k++)
			kept.tokens[j * part->kind_count + k] = reading_token(part, k, batch_cell(part->batch, j, row));
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

/* ---- deciding ---- */

/* What is known of a record's link. */
struct decision {
	struct candidate best;
	double posterior;               /* of any candidate against none */
	bool row_sure;                  /* one row explains it far better than the others */
	const struct candidate *likely; /* the rows that are it with 0.99, best first; [CANDIDATES_MAX] at the most */
	size_t likely_count;
};

/* Two accounts of one human are one. */
static uint64_t human_of(struct seal *seal, uint32_t row)
{
	return people_root(seal->joins, seal->join_count, seal_person(seal, row));
}

/* Share of the records that link, as far as is known: what the last lesson expected, and what has come since. */
static double share_linking(const struct part_match *part, const struct trial *trial)
{
	double links = trial->taught_links + (double)(trial->linked - trial->linked_then) + 0.5;
	double records = trial->taught_records + (double)(part->records - trial->records_then) + 1;
	/* Never more than a half: that others link must not link a record that says little by itself. */
	return fmin(share_most, fmax(share_least, links / records));
}

static void decide(struct part_match *part, struct trial *trial, const struct record *record,
        struct candidate *candidates, size_t count, struct decision *out)
{
	double share = share_linking(part, trial);
	double log_odds = evidence_bits(part, trial, record, candidates, &count) + log2(share) - log2(1 - share);
	out->best = candidates[0];
	out->posterior = 1 / (1 + exp2(-log_odds));
	out->row_sure = count < 2 || candidates[0].weight - candidates[1].weight > 3;
	/* The fewest of them that hold it, if any does. */
	double all = 0, held = 0;
	for (size_t i = 0; i < count; i++)
		all += exp2(candidates[i].weight - candidates[0].weight);
	out->likely = candidates;
	for (out->likely_count = 0; out->likely_count < count && held < posterior_link * all; out->likely_count++)
		held += exp2(candidates[out->likely_count].weight - candidates[0].weight);
	/* Whichever of equals comes first is luck: all of them are likely. */
	while (out->likely_count && out->likely_count < count &&
	        candidates[out->likely_count].weight >= candidates[out->likely_count - 1].weight)
		out->likely_count++;
}

/* ---- tallying ---- */

/* Keeps the person's number as the leak shows it, when the cell agrees with the row. */
static void name_keep(struct part_match *part, struct trial *trial, const struct record *record, uint32_t row)
{
	char scratch[1024];
	for (uint32_t j = 0; j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		if (map->column < 0 || map->column != trial->seal->meta.person)
			continue;
		uint64_t token = record_token(part, record, j, map->kind);
		hufu_view cell = view_trim(record_cell(part, record, j));
		struct ident_text folded = { scratch, 0, sizeof scratch };
		if (!token || seal_fit(trial->seal, row, (uint32_t)map->column, token) < FIT_THEN || !cell.len ||
		        cell.len + IDENT_SLACK > sizeof scratch)
			continue;
		ident_shown(cell, &folded);
		uint64_t person = seal_person_of_token(trial->seal, token);
		char head[SHOWN_HEAD];
		put_le64(head, person);
		put_le32(head + 8, (uint32_t)(trial - part->trials));
		put_le16(head + 12, (uint16_t)folded.len);
		bytes_add(&trial->names, view_make(head, sizeof head));
		bytes_add(&trial->names, view_make(folded.ptr, folded.len));
	}
}

static void mark(uint8_t *bitmap, uint32_t row)
{
	bitmap[row / 8] |= (uint8_t)(1u << row % 8);
}

/* Whose the record is: one human's for sure, or one of several's; such a group is kept when it names a row that no
 * group has named yet, so that all of them take no more memory than the rows do. */
static void people_take(struct trial *trial, const struct decision *decision)
{
	uint32_t rows[CANDIDATES_MAX], count = (uint32_t)decision->likely_count;
	uint64_t human = human_of(trial->seal, decision->best.row);
	bool sure = true, fresh = false;
	for (uint32_t i = 0; i < count; i++) {
		rows[i] = decision->likely[i].row;
		sure &= human_of(trial->seal, rows[i]) == human;
		fresh |= !(trial->maybe[rows[i] / 8] >> (rows[i] % 8) & 1);
	}
	mark(trial->rows, decision->best.row);
	if (sure) {
		mark(trial->sure, decision->best.row);
		return;
	}
	trial->unsure_people++;
	for (uint32_t i = 0; i < count; i++)
		mark(trial->maybe, rows[i]);
	if (fresh) {
		bytes_add(&trial->groups, view_make(&count, sizeof count));
		bytes_add(&trial->groups, view_make(rows, count * sizeof *rows));
	}
}

static void tally(
        struct part_match *part, struct trial *trial, const struct record *record, const struct decision *decision)
{
	uint32_t row = decision->best.row;
	trial->linked++;
	trial->doubt += 1 - decision->posterior;
	people_take(trial, decision);
	for (uint32_t j = 0; j < part->columns; j++) {
		struct mapping *map = &trial->map[j];
		uint64_t token = map->column < 0 ? 0 : record_token(part, record, j, map->kind);
		enum seal_fit fit = token ? cell_fit(part, trial, record, &decision->best, j) : FIT_NONE;
		map->compared += fit != FIT_NONE;
		map->agreed += fit >= FIT_THEN;
		if (trial->kinds && fit >= FIT_THEN)
			trial->kinds[row] |= kind_bit(trial->seal->meta.columns[map->column].kind);
	}
	if (decision->row_sure)
		window_take(part, trial, record, row);
	if (part->matcher->options.names)
		name_keep(part, trial, record, row);
}

/* Cells that tell rows apart are ours, two or more of them, and no row holds more than half: several rows were mixed.
 */
static bool is_mixed(
        const struct part_match *part, const struct trial *trial, const struct candidate *candidates, size_t count)
{
	uint32_t ours = 0, most = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		bool hit = false;
		for (size_t i = 0; i < count && trial->map[j].unique; i++)
			hit |= candidates[i].hit[j];
		ours += hit;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t held = 0;
		for (uint32_t j = 0; j < part->columns; j++)
			held += trial->map[j].unique && candidates[i].hit[j];
		most = held > most ? held : most;
	}
	return ours >= 2 && most * 2 <= ours;
}

static void watch(const struct part_match *part, const struct trial *trial, const struct record *record,
        const struct decision *decision, enum link link)
{
	const struct matcher_options *options = &part->matcher->options;
	if (options->watch && decision->posterior > 0)
		options->watch(
		        options->watch_user, &(struct matcher_seen){ (size_t)(trial - part->trials), record->number - 1,
		                                     decision->best.row, decision->posterior, link == LINK_MADE });
}

/* What a record comes to, its candidates found; `decision` is set when it comes near. */
static enum link judge(struct part_match *part, struct trial *trial, const struct record *record,
        struct candidate *candidates, size_t count, struct decision *decision)
{
	if (!count)
		return LINK_NONE;
	if (is_mixed(part, trial, candidates, count))
		return LINK_MIXED;
	decide(part, trial, record, candidates, count, decision);
	bool carried = (decision->best.compared < 2 || decision->best.beside > 0) && !decision->best.another;
	if (decision->posterior >= posterior_link && carried)
		return LINK_MADE;
	return decision->posterior >= posterior_near ? LINK_NEAR : LINK_NONE;
}

enum link record_link(struct part_match *part, struct trial *trial, const struct record *record)
{
	struct candidate candidates[CANDIDATES_MAX];
	struct decision decision = { 0 };
	size_t count = candidates_find(part, trial, record, true, candidates);
	expose(part, trial, record, candidates, count);
	enum link link = judge(part, trial, record, candidates, count, &decision);
	if (link == LINK_MADE)
		tally(part, trial, record, &decision);
	watch(part, trial, record, &decision, link);
	return link;
}

bool record_would_link(struct part_match *part, struct trial *trial, const struct record *record)
{
	struct candidate candidates[CANDIDATES_MAX];
	struct decision decision;
	size_t count = candidates_find(part, trial, record, true, candidates);
	return judge(part, trial, record, candidates, count, &decision) == LINK_MADE;
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
	trial_learn(part, trial);
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

static double strongest_hit(const struct candidate *candidates, size_t count, struct candidate *best)
{
	*best = candidates[0];
	for (size_t i = 1; i < count; i++)
		if (candidates[i].hit_bits > best->hit_bits)
			*best = candidates[i];
	return best->hit_bits;
}

void trial_take(struct part_match *part, struct trial *trial, uint32_t batch_row)
{
	struct record record = { .number = part->records, .row = batch_row };
	struct candidate candidates[CANDIDATES_MAX];
	struct held_record held = { 0 };
	enum link link = trial->learnt ? record_link(part, trial, &record) : LINK_NONE;
	if (link == LINK_MADE)
		return;
	size_t count = link == LINK_MIXED ? 0 : candidates_find(part, trial, &record, false, candidates);
	if (!count) {
		link_count(trial, link);
		return;
	}
	held.strong = strongest_hit(candidates, count, &held.best) >= trial->weak_bits;
	if (!held.strong && trial->learnt) {
		link_count(trial, link);
		return;
	}
	if (!record_keep(part, batch_row, &held.record)) {
		part->matcher->no_memory = true;
		return;
	}
	trial->held[trial->held_count++] = held;
	trial->held_strong += held.strong;
	trial->waited += held.strong;
	bool full = trial->held_count == trial->held_cap;
	if ((trial->held_strong >= HELD_STRONG && trial->waited >= trial->pause) || (full && !trial->lessons))
		held_learn(part, trial);
	else if (full)
		held_thin(trial);
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
}

bool trial_init(struct part_match *part, struct trial *trial, struct seal *seal)
{
	size_t record = ((size_t)part->columns * part->kind_count + 8) * 8 + 1024;
	*trial = (struct trial){ .seal = seal };
	trial->weak_bits = log2((double)seal->meta.rows + 1) + 6.6;
	trial->held_cap = HELD_BYTES / record < HELD_MAX ? HELD_BYTES / record : HELD_MAX;
	trial->held_cap = trial->held_cap < 16 ? 16 : trial->held_cap;
	trial->held = calloc(trial->held_cap, sizeof *trial->held);
	trial->map = calloc(part->columns, sizeof *trial->map);
	trial->rows = calloc(seal->meta.rows / 8 + 1, 1);
	trial->sure = calloc(seal->meta.rows / 8 + 1, 1);
	trial->maybe = calloc(seal->meta.rows / 8 + 1, 1);
	trial->exposed = calloc(seal->meta.rows / 8 + 1, 1);
	trial->kinds = part->matcher->options.kinds ? calloc(seal->meta.rows + 1, sizeof *trial->kinds) : NULL;
	trial->states = calloc(seal->meta.snapshot_count + 1, 1);
	for (uint32_t j = 0; trial->map && j < part->columns; j++)
		trial->map[j].column = -1;
	for (uint32_t c = 0; c < seal->meta.column_count; c++)
		for (uint32_t k = 0; k < part->kind_count; k++)
			if (part->kinds[k] == seal->meta.columns[c].kind &&
			        part->forms[k] == form_by_id(seal->meta.columns[c].form))
				trial->kind_of[c] = k;
	return trial->held && trial->map && trial->rows && (trial->kinds || !part->matcher->options.kinds) &&
	       trial->sure && trial->maybe && trial->exposed && trial->states &&
	       window_init(&trial->window, seal->meta.snapshot_count);
}

void trial_done(struct part_match *part, struct trial *trial)
{
	(void)part;
	held_clear(trial);
	window_done(&trial->window);
	if (trial->names.ptr)
		explicit_bzero(trial->names.ptr, trial->names.len);
	bytes_done(&trial->names);
	free(trial->held);
	free(trial->map);
	bytes_done(&trial->groups);
	numbers_done(&trial->inside);
	numbers_done(&trial->homes);
	free(trial->rows);
	free(trial->sure);
	free(trial->maybe);
	free(trial->exposed);
	free(trial->kinds);
	free(trial->states);
}
