/* Takes what looking records up came to, and counts what linked records say. Taking goes in the order of the records;
 * counting goes by a team, in whole numbers, so that it does not matter who counts what. */
#include "base/le.h"
#include "base/team.h"
#include "match/trial.h"
#include <stdlib.h>

enum { AHEAD = 12 };

void notes_clear(struct notes *notes)
{
	notes->likely.len = notes->exposed.len = 0;
}

/* ---- taking ---- */

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

/* Whose the record is: one human's for sure, or one of several's; such a group is kept when it names a row that no
 * group has named yet, so that all of them take no more memory than the rows do. */
static void people_take(struct trial *trial, const struct outcome *outcome, const char *likely)
{
	uint32_t count = outcome->likely;
	bool fresh = false;
	rowset_add(trial->rows, outcome->row);
	if (outcome->human_sure) {
		rowset_add(trial->sure, outcome->row);
		return;
	}
	trial->unsure_people++;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t row = le32(likely + 4 * (size_t)i);
		fresh |= !rowset_has(trial->maybe, row);
		rowset_add(trial->maybe, row);
	}
	if (fresh) {
		bytes_add(&trial->groups, view_make(&count, sizeof count));
		bytes_add(&trial->groups, view_make(likely, (size_t)count * 4));
	}
}

static void watch(const struct part_match *part, const struct trial *trial, const struct record *record,
        const struct outcome *outcome)
{
	const struct matcher_options *options = &part->matcher->options;
	if (options->watch && outcome->posterior > 0)
		options->watch(
		        options->watch_user, &(struct matcher_seen){ (size_t)(trial - part->trials), record->number - 1,
		                                     outcome->row, outcome->posterior, outcome->link == LINK_MADE });
}

void outcome_take(struct part_match *part, struct trial *trial, const struct record *record,
        const struct outcome *outcome, const char *likely)
{
	if (outcome->link == LINK_MADE) {
		trial->linked++;
		trial->doubt += 1 - outcome->posterior;
		people_take(trial, outcome, likely);
		if (part->matcher->options.names)
			name_keep(part, trial, record, outcome->row);
	}
	watch(part, trial, record, outcome);
}

size_t exposed_take(struct part_match *part, struct trial *trial, const struct notes *notes, size_t at, uint32_t place)
{
	struct exposure exposure;
	part->matcher->no_memory |= notes->exposed.failed || notes->likely.failed;
	for (; at < notes->exposed.len; at += sizeof exposure) {
		memcpy(&exposure, notes->exposed.ptr + at, sizeof exposure);
		if (exposure.place != place)
			break;
		if (exposure.what == EXPOSED_ROW)
			rowset_add(trial->exposed, (uint32_t)exposure.number);
		else
			numbers_add(exposure.what == EXPOSED_HOME ? &trial->homes : &trial->inside, exposure.number);
	}
	return at;
}

/* ---- counting ---- */

bool tallies_init(const struct part_match *part, struct trial *trial)
{
	size_t snapshots = trial->seal->meta.snapshot_count;
	unsigned threads = part->matcher->threads;
	bool good = trial->tallies || (trial->tallies = calloc(threads, sizeof *trial->tallies));
	for (unsigned i = 0; good && i < threads && !trial->tallies[i].columns; i++) {
		struct tally *tally = &trial->tallies[i];
		tally->columns = calloc(part->columns, sizeof *tally->columns);
		tally->states = calloc(snapshots + 1, 1);
		good = window_init(&tally->window, snapshots) && tally->columns && tally->states;
	}
	return good;
}

void tallies_done(const struct part_match *part, struct trial *trial)
{
	for (unsigned i = 0; trial->tallies && i < part->matcher->threads; i++) {
		window_done(&trial->tallies[i].window);
		free(trial->tallies[i].columns);
		free(trial->tallies[i].states);
	}
	free(trial->tallies);
	trial->tallies = NULL;
}

void cells_tally(const struct part_match *part, const struct trial *trial, const struct record *record,
        const struct outcome *outcome, const uint8_t *fits, struct tally *tally)
{
	uint32_t kinds = 0;
	for (uint32_t j = 0; j < part->columns; j++) {
		if (fits[j] == FIT_NONE)
			continue;
		tally->columns[j].compared++;
		tally->columns[j].agreed += fits[j] >= FIT_THEN;
		if (fits[j] >= FIT_THEN)
			kinds |= kind_bit(trial->seal->meta.columns[trial->map[j].column].kind);
	}
	if (trial->kinds)
		__atomic_fetch_or(&trial->kinds[outcome->row], kinds, __ATOMIC_RELAXED);
	if (outcome->row_sure)
		window_take(part, trial, record, outcome->row, tally);
}

struct counting {
	struct part_match *part;
	struct trial *trial;
	uint32_t from, to;
};

static void piece_tally(void *user, size_t at, unsigned worker)
{
	const struct counting *c = user;
	const struct part_match *part = c->part;
	uint32_t from = (c->from / PIECE_ROWS + (uint32_t)at) * PIECE_ROWS, to = from + PIECE_ROWS;
	from = from > c->from ? from : c->from;
	to = to < c->to ? to : c->to;
	for (uint32_t row = from; row < to; row++) {
		/* What was looked up has left the cache meanwhile. */
		if (row + AHEAD < to && part->outcomes[row + AHEAD].link == LINK_MADE)
			seal_prefetch_row(c->trial->seal, part->outcomes[row + AHEAD].row);
		if (part->outcomes[row].link == LINK_MADE)
			cells_tally(part, c->trial, &(struct record){ .row = row }, &part->outcomes[row],
			        part->fits + (size_t)row * part->columns, &c->trial->tallies[worker]);
	}
}

void outcomes_tally(struct part_match *part, struct trial *trial, uint32_t from, uint32_t to)
{
	struct counting counting = { part, trial, from, to };
	if (trial->tallies && from < to)
		team_run((to - 1) / PIECE_ROWS - from / PIECE_ROWS + 1, piece_tally, &counting);
}

static void columns_gather(const struct part_match *part, struct trial *trial, struct tally *tally)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		struct column_tally *from = &tally->columns[j];
		trial->map[j].compared += from->compared;
		trial->map[j].agreed += from->agreed;
		for (int end = 0; end < 2; end++)
			trial->map[j].past[end] += from->past[end];
		*from = (struct column_tally){ 0 };
	}
}

void tallies_gather(struct part_match *part, struct trial *trial)
{
	for (unsigned i = 0; trial->tallies && i < part->matcher->threads; i++)
		columns_gather(part, trial, &trial->tallies[i]);
}

void tallies_end(struct part_match *part, struct trial *trial)
{
	tallies_gather(part, trial);
	for (unsigned i = 0; trial->tallies && i < part->matcher->threads; i++)
		window_add(&trial->window, &trial->tallies[i].window, trial->seal->meta.snapshot_count);
	tallies_done(part, trial);
}
