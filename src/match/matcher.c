/* Takes a leak's parts in order, gives every batch to a trial a dataset, and writes down what came of it.
 *
 * The first batch of a part settles whether it has a header and what its columns may be. When the part ends, the
 * dataset that explains most is listed first; another one only if it brings an identifying column that is not explained
 * yet. */
#include "match/trial.h"
#include "profile/profile.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { LOOK_CELLS = 200 };

hufu_status matcher_new(const struct store *store, struct seal *const *seals, size_t count,
        const struct matcher_options *options, struct matcher **out)
{
	struct matcher *matcher = calloc(1, sizeof *matcher);
	if (!matcher)
		return HUFU_NO_MEMORY;
	*matcher = (struct matcher){ .store = store, .seals = seals, .seal_count = count, .options = *options };
	matcher->rows = calloc(count + 1, sizeof(struct rowset *));
	matcher->sure = calloc(count + 1, sizeof(struct rowset *));
	matcher->maybe = calloc(count + 1, sizeof(struct rowset *));
	matcher->exposed = calloc(count + 1, sizeof(struct rowset *));
	matcher->groups = calloc(count + 1, sizeof *matcher->groups);
	matcher->kinds = calloc(count + 1, sizeof *matcher->kinds);
	matcher->populations = calloc(count + 1, sizeof *matcher->populations);
	if (!matcher->populations || !matcher->kinds || !matcher->rows || !matcher->sure || !matcher->maybe ||
	        !matcher->exposed || !matcher->groups || !scratches_init(matcher) || !evidence_init(matcher) ||
	        !whose_learn(matcher)) {
		matcher_free(matcher);
		return HUFU_NO_MEMORY;
	}
	*out = matcher;
	return HUFU_OK;
}

/* ---- parts ---- */

static void part_free(struct part_match *part)
{
	if (!part)
		return;
	for (size_t i = 0; i < part->trial_count; i++)
		trial_done(part, &part->trials[i]);
	for (uint32_t j = 0; part->names && j < part->columns; j++)
		free(part->names[j]);
	free(part->names);
	names_done(&part->header);
	free(part->looks);
	free(part->probe);
	free(part->probes);
	free(part->tokens);
	free(part->made);
	free(part->outcomes);
	free(part->fits);
	for (size_t i = 0; part->notes && i < part->pieces; i++) {
		bytes_done(&part->notes[i].likely);
		bytes_done(&part->notes[i].exposed);
	}
	free(part->notes);
	for (size_t i = 0; part->decoys && i < part->decoy_count; i++)
		free(part->decoys[i].twin.tokens);
	free(part->decoys);
	free(part->first_seen);
	free(part->varies);
	free(part->trials);
	free(part->path);
	free(part->format);
	free(part->encoding);
	free(part);
}

void matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	part_free(matcher->part);
	sets_free(matcher->rows, matcher->seal_count);
	sets_free(matcher->sure, matcher->seal_count);
	sets_free(matcher->maybe, matcher->seal_count);
	sets_free(matcher->exposed, matcher->seal_count);
	for (size_t i = 0; matcher->whose && i < matcher->seal_count; i++)
		free(matcher->whose[i]);
	free(matcher->whose);
	kinds_free(matcher->kinds, matcher->seal_count);
	numbers_done(&matcher->inside);
	for (size_t i = 0; matcher->groups && i < matcher->seal_count; i++)
		bytes_done(&matcher->groups[i]);
	free(matcher->groups);
	if (matcher->names.ptr)
		explicit_bzero(matcher->names.ptr, matcher->names.len);
	bytes_done(&matcher->names);
	scratches_done(matcher);
	evidence_done(matcher);
	populations_done(matcher);
	free(matcher);
}

/* The readings that any sealed column has, kinds and forms of kinds; opaque first. */
static void kinds_gather(struct part_match *part)
{
	part->kind_count = 1;
	for (size_t i = 0; i < part->matcher->seal_count; i++)
		for (size_t c = 0; c < part->matcher->seals[i]->meta.column_count; c++) {
			const struct seal_column *column = &part->matcher->seals[i]->meta.columns[c];
			const struct form *form = form_by_id(column->form);
			uint32_t at = 0;
			while (at < part->kind_count && (part->kinds[at] != column->kind || part->forms[at] != form))
				at++;
			if (at < part->kind_count || at == KINDS_MAX)
				continue;
			part->kinds[at] = column->kind;
			part->forms[at] = form;
			part->kind_count++;
		}
}

/* What a part's batches are looked up in. */
static bool room_make(struct part_match *part)
{
	uint32_t rows = batch_rows_max(part->columns);
	size_t planes = (size_t)part->columns * part->kind_count;
	part->pieces = (rows - 1) / PIECE_ROWS + 1;
	part->made = calloc(part->pieces * planes + 1, 1);
	part->tokens = malloc((size_t)BATCH_CELLS_MAX * part->kind_count * sizeof *part->tokens);
	part->outcomes = calloc(rows, sizeof *part->outcomes);
	part->fits = malloc((size_t)rows * part->columns);
	part->notes = calloc(part->pieces, sizeof *part->notes);
	part->decoy_cap = HELD_BYTES / (2 * planes * sizeof(uint64_t) + 1) + 16;
	part->decoy_cap = part->decoy_cap < DECOYS_MAX ? part->decoy_cap : DECOYS_MAX;
	part->decoys = calloc(part->decoy_cap, sizeof *part->decoys);
	return part->made && part->tokens && part->outcomes && part->fits && part->notes && part->decoys &&
	       scratches_fit(part->matcher, part->columns);
}

hufu_status matcher_part(struct matcher *matcher, const struct matcher_part *what)
{
	uint32_t columns = what->columns;
	struct part_match *part = calloc(1, sizeof *part);
	if (!part)
		return HUFU_NO_MEMORY;
	part_free(matcher->part);
	matcher->part = part;
	part->matcher = matcher;
	part->columns = columns;
	part->named = what->named;
	part->path = strndup(what->path.ptr ? what->path.ptr : "", what->path.len);
	part->format = strdup(what->format);
	part->encoding = strdup(what->encoding);
	kinds_gather(part);
	size_t planes = (size_t)columns * part->kind_count;
	part->names = calloc(columns, sizeof *part->names);
	part->looks = calloc(columns, sizeof *part->looks);
	part->probe = calloc(planes, 1);
	part->first_seen = calloc(columns, sizeof *part->first_seen);
	part->varies = calloc(columns, sizeof *part->varies);
	part->trials = calloc(matcher->seal_count + 1, sizeof *part->trials);
	bool good = part->path && part->format && part->encoding && part->names && part->looks && part->probe &&
	            part->first_seen && part->varies && part->trials && room_make(part);
	for (size_t i = 0; good && i < matcher->seal_count; i++, part->trial_count++)
		good = trial_init(part, &part->trials[i], i);
	return good ? HUFU_OK : HUFU_NO_MEMORY;
}

/* ---- the first batch ---- */

/* A first line most of whose cells are names of sealed columns is a header, whatever else it looks like. */
static bool names_known(const struct matcher *matcher, const struct batch *batch)
{
	for (size_t i = 0; i < matcher->seal_count; i++) {
		uint32_t known = 0;
		for (uint32_t j = 0; j < batch->columns; j++)
			known += meta_column(&matcher->seals[i]->meta, view_trim(batch_cell(batch, j, 0))) >= 0;
		if (known * 2 > batch->columns)
			return true;
	}
	return false;
}

static bool names_take(struct part_match *part, const struct batch *batch, bool header)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		char text[256] = "", number[16];
		snprintf(number, sizeof number, "%u", j + 1);
		if (header)
			printable(view_trim(batch_cell(batch, j, 0)), text, sizeof text);
		part->names[j] = strdup(text[0] ? text : number);
		if (!part->names[j])
			return false;
	}
	return true;
}

/* What a column's cells look like when they are no plain values: by most of a sample. */
static const struct form *look_of(const struct batch *batch, uint32_t column, uint32_t first)
{
	uint32_t cells = 0, alike = 0;
	const struct form *look = NULL;
	for (uint32_t row = first; row < batch->rows && cells < LOOK_CELLS; row++) {
		hufu_view cell = batch_cell(batch, column, row);
		if (ident_is_empty(cell))
			continue;
		const struct form *form = form_by_look(cell);
		look = look ? look : form;
		cells++;
		alike += form && form == look;
	}
	return cells && alike * 2 > cells ? look : NULL;
}

/* Which readings of which columns are worth a look-up while no mapping is known. */
static void probes_choose(struct part_match *part, const struct batch *batch)
{
	for (uint32_t j = 0; j < part->columns; j++) {
		struct profile profile;
		const struct form *look = look_of(batch, j, part->first);
		uint8_t *probe = &part->probe[j * part->kind_count];
		part->looks[j] = look ? look->look : NULL;
		profile_column(batch, j, part->first, &profile);
		probe[0] = 1;
		for (uint32_t k = 1; k < part->kind_count; k++) {
			for (uint32_t i = 0; i < profile.kind_count; i++)
				probe[k] |= !part->forms[k] && part->kinds[k] == profile.kinds[i];
			probe[k] |= look && part->forms[k] && part->forms[k]->look == look->look;
		}
	}
}

/* The same as a list. */
static bool probes_list(struct part_match *part)
{
	size_t planes = (size_t)part->columns * part->kind_count, count = 0;
	for (size_t i = 0; i < planes; i++)
		count += part->probe[i];
	part->probes = calloc(count + 1, sizeof *part->probes);
	for (size_t i = 0; part->probes && i < planes; i++)
		if (part->probe[i])
			part->probes[part->probe_count++] =
			        (struct probe){ (uint32_t)(i / part->kind_count), (uint32_t)(i % part->kind_count) };
	return part->probes && scratches_probe(part->matcher, count);
}

static bool part_begin(struct part_match *part, const struct batch *batch)
{
	bool header = part->named || names_known(part->matcher, batch) || profile_header(batch);
	part->begun = true;
	part->first = header;
	if (!names_take(part, batch, header))
		return false;
	/* In SQL and JSON nothing is repeated: a record that holds its columns' names is one. */
	if (header && !part->named && !names_keep(&part->header, batch, 0))
		return false;
	if (batch->rows > part->first)
		probes_choose(part, batch);
	return probes_list(part);
}

/* Which columns hold more than one value: the others say nothing of where a record comes from. */
static void varying_note(struct part_match *part, uint32_t from, uint32_t to)
{
	struct tokenizer *tokenizer = &part->matcher->scratches->tokenizer;
	for (uint32_t j = 0; j < part->columns; j++)
		for (uint32_t row = from; row < to && !part->varies[j]; row++) {
			hufu_view cell = batch_cell(part->batch, j, row);
			/* The same again and again is not hashed again and again. */
			if (row > from && view_equal(cell, batch_cell(part->batch, j, row - 1)))
				continue;
			uint64_t token = reading_token(part, tokenizer, 0, cell);
			part->varies[j] = token && part->first_seen[j] && token != part->first_seen[j];
			part->first_seen[j] = part->first_seen[j] ? part->first_seen[j] : token;
		}
}

/* Some records against every seal, a seal at a time. */
static void records_take(struct part_match *part, uint32_t from, uint32_t to)
{
	uint64_t before = part->records;
	if (from == to)
		return;
	for (size_t i = 0; i < part->trial_count; i++) {
		part->records = before;
		trial_take(part, &part->trials[i], from, to);
	}
	part->records = before + to - from;
	varying_note(part, from, to);
	decoys_take(part, from, to);
}

hufu_status matcher_batch(struct matcher *matcher, const struct batch *batch)
{
	struct part_match *part = matcher->part;
	if (batch->columns != part->columns)
		return HUFU_MALFORMED;
	if (!part->begun && !part_begin(part, batch))
		return HUFU_NO_MEMORY;
	part->batch = batch;
	memset(part->made, 0, part->pieces * part->columns * part->kind_count);
	for (uint32_t row = part->first, end; row < batch->rows; row = end + 1) {
		end = names_find(&part->header, batch, row);
		records_take(part, row, end);
	}
	part->first = 0;
	part->batch = NULL;
	for (size_t i = 0; i < part->trial_count; i++)
		if (seal_damaged(part->trials[i].seal))
			return HUFU_MALFORMED;
	return matcher->no_memory ? HUFU_NO_MEMORY : HUFU_OK;
}

/* ---- the part's end ---- */

/* Columns that agree, or, where no record links, whose cells are ours. */
static bool is_explained(const struct mapping *map)
{
	return map->column >= 0 && (map->compared ? map->agreed * 2 >= map->compared : map->found >= 0.5);
}

/* A column that tells rows apart, and agreed. */
static bool identifies(const struct trial *trial, const struct mapping *map)
{
	if (!is_explained(map))
		return false;
	const struct seal_frequency *frequency = &trial->seal->frequency[map->column];
	return (double)frequency->distinct > 0.5 * (double)frequency->filled;
}

static uint32_t explained(const struct part_match *part, const struct trial *trial)
{
	uint32_t columns = 0;
	for (uint32_t j = 0; j < part->columns; j++)
		columns += is_explained(&trial->map[j]);
	return columns;
}

/* Records linked and columns explained, together: the better explanation of the part. */
static bool explains_more(const struct part_match *part, const struct trial *a, const struct trial *b)
{
	double x = (double)(a->linked + a->recombined) * explained(part, a),
	       y = (double)(b->linked + b->recombined) * explained(part, b);
	return x != y ? x > y : strcmp(a->seal->meta.dataset, b->seal->meta.dataset) < 0;
}

/* Links most of which chance makes are nobody's: they are not told as ours, nor counted as people. */
static bool worth_listing(const struct part_match *part, const struct trial *trial)
{
	return trial->recombined > trial->linked || beyond_chance(part, trial);
}

/* The trials to be listed, best first. Returns how many. */
static size_t choose(const struct part_match *part, struct trial **out)
{
	size_t count = 0;
	bool *known = calloc(part->columns + 1, sizeof *known), *used = calloc(part->trial_count + 1, sizeof *used);
	for (; known && used;) {
		size_t best = part->trial_count;
		for (size_t i = 0; i < part->trial_count; i++)
			if (!used[i] && worth_listing(part, &part->trials[i]) &&
			        (best == part->trial_count ||
			                explains_more(part, &part->trials[i], &part->trials[best])))
				best = i;
		if (best == part->trial_count)
			break;
		struct trial *trial = &part->trials[best];
		bool brings = false;
		used[best] = true;
		for (uint32_t j = 0; j < part->columns; j++)
			brings |= identifies(trial, &trial->map[j]) && !known[j];
		if (count && !brings)
			continue;
		for (uint32_t j = 0; j < part->columns; j++)
			known[j] |= is_explained(&trial->map[j]);
		out[count++] = trial;
	}
	free(known);
	free(used);
	return count;
}

static bool columns_tell(const struct part_match *part, const struct trial *trial, struct verdict_dataset *out)
{
	out->columns = calloc(part->columns + 1, sizeof *out->columns);
	for (uint32_t j = 0; out->columns && j < part->columns; j++) {
		const struct mapping *map = &trial->map[j];
		const struct seal_column *ours = map->column < 0 ? NULL : &trial->seal->meta.columns[map->column];
		struct verdict_column *column = &out->columns[out->column_count++];
		const struct form *form = ours ? form_by_id(ours->form) : NULL;
		*column = (struct verdict_column){ .leak = strdup(part->names[j]),
			.form = form   ? form->name
			        : ours ? "plain"
			               : part->looks[j] };
		if (ours) {
			column->column = strdup(form ? trial->seal->meta.columns[ours->base].name : ours->name);
			column->kind = ours->kind ? ours->kind->name : NULL;
			column->compared = map->compared;
			column->agreed = map->agreed;
		}
		if (!column->leak || (ours && !column->column))
			return false;
	}
	return out->columns != NULL;
}

static bool dataset_tell(struct part_match *part, struct trial *trial, struct verdict_dataset *out)
{
	struct matcher *matcher = part->matcher;
	size_t which = (size_t)(trial - part->trials);
	*out = (struct verdict_dataset){ .dataset = strdup(trial->seal->meta.dataset),
		.linked = trial->linked,
		.recombined = trial->recombined,
		.fdr = trial->fdr,
		.rows_by_all_cells = trial->seal->meta.key_count == 0 };
	bool good = out->dataset && columns_tell(part, trial, out) && window_tell(part, trial, &out->window) &&
	            facets_tell(matcher, which, trial->rows, out) && filter_tell(part, trial, out);
	good = good && set_add(&matcher->rows[which], trial->rows) && set_add(&matcher->sure[which], trial->sure) &&
	       set_add(&matcher->maybe[which], trial->maybe) && set_add(&matcher->exposed[which], trial->exposed) &&
	       kinds_add(&matcher->kinds[which], trial->kinds, trial->rows);
	bytes_add(&matcher->groups[which], bytes_view(&trial->groups));
	good = good && inside_add(matcher, trial);
	bytes_add(&matcher->names, bytes_view(&trial->names));
	matcher->doubt += trial->doubt;
	matcher->near += trial->near;
	matcher->unsure_people += trial->unsure_people;
	return good && !matcher->names.failed && !trial->groups.failed && !matcher->groups[which].failed;
}

/* Share of the links that chance made: of the records that are not ours as many link as of their twins; at least what
 * the posteriors leave open. With n records, t of them ours, d of the twins: links = t + d (n - t), solved for the last
 * term. */
static double false_share(struct part_match *part, struct trial *trial)
{
	if (!trial->linked)
		return 0;
	double share = decoys_share(part, trial), others = (double)part->records - (double)trial->linked,
	       chance = share < 1 ? share * others / (1 - share) : (double)trial->linked,
	       most = chance > trial->doubt ? chance : trial->doubt;
	return most < (double)trial->linked ? most / (double)trial->linked : 1;
}

void matcher_lines(struct matcher *matcher, uint64_t lines)
{
	if (!matcher->part->records)
		matcher->part->records = lines;
}

hufu_status matcher_part_end(struct matcher *matcher, uint64_t malformed, struct hufu_verdict *verdict)
{
	struct part_match *part = matcher->part;
	struct verdict_part *parts = realloc(verdict->parts, (verdict->part_count + 1) * sizeof *parts);
	struct trial **chosen = calloc(part->trial_count + 1, sizeof(struct trial *));
	size_t count = 0;
	bool good = parts && chosen;
	if (parts)
		verdict->parts = parts;
	for (size_t i = 0; good && i < part->trial_count; i++) {
		trial_end(part, &part->trials[i]);
		part->trials[i].fdr = false_share(part, &part->trials[i]);
		trial_prune(part, &part->trials[i]);
	}
	if (good) {
		struct verdict_part *out = &parts[verdict->part_count++];
		*out = (struct verdict_part){ .path = take(&part->path),
			.format = take(&part->format),
			.encoding = take(&part->encoding),
			.records = part->records,
			.malformed = malformed };
		count = choose(part, chosen);
		part_judge(part, chosen, count, out);
		out->datasets = calloc(count + 1, sizeof *out->datasets);
		for (size_t i = 0; out->datasets && i < count; i++)
			good &= dataset_tell(part, chosen[i], &out->datasets[out->dataset_count++]);
		good &= out->datasets != NULL;
		/* Where it is open whether it was copied from us, it is not said through which export. */
		if (good && count && (out->word == VERDICT_GENUINE || out->word == VERDICT_PARTLY_GENUINE))
			good = origin_tell(part, &out->datasets[0]);
	}
	free(chosen);
	part_free(part);
	matcher->part = NULL;
	return good && !matcher->no_memory ? HUFU_OK : HUFU_NO_MEMORY;
}

/* ---- the leak ---- */

/* People between bounds: as few and as many as the records can be; less those that chance may have made, more those
 * that nearly linked. */
static bool people_tell(struct matcher *matcher, struct hufu_verdict *verdict)
{
	uint64_t fewest, most, doubt = (uint64_t)(matcher->doubt + 0.5), sealed = 0;
	if (!people_count(matcher, matcher->rows, &verdict->people) ||
	        !people_bound(matcher, verdict->people, &fewest, &most))
		return false;
	verdict->people_exposed = verdict->people;
	if (!sets_equal(matcher->rows, matcher->exposed, matcher->seal_count) &&
	        !people_count(matcher, matcher->exposed, &verdict->people_exposed))
		return false;
	verdict->people_exposed += numbers_settle(&matcher->inside);
	/* Nobody can be in the leak who is not in the seals. */
	for (size_t i = 0; i < matcher->seal_count; i++)
		sealed += matcher->rows[i] ? matcher->seals[i]->meta.rows : 0;
	most = most + matcher->near < sealed ? most + matcher->near : sealed;
	verdict->people_low = fewest > doubt ? fewest - doubt : 0;
	verdict->people_high = most < verdict->people ? verdict->people : most;
	return true;
}

hufu_status matcher_finish(struct matcher *matcher, struct hufu_verdict *verdict, hufu_error *error)
{
	bool good = people_tell(matcher, verdict);
	for (size_t i = 0; i < matcher->seal_count; i++)
		if (seal_damaged(matcher->seals[i]))
			return fail(error, HUFU_MALFORMED, view_of(matcher->seals[i]->meta.dataset),
			        "its seal is damaged: no verdict",
			        "restore it from a backup, or seal the dataset again");
	if (!good)
		return fail(error, HUFU_NO_MEMORY, view_of("match"), "no memory", NULL);
	verdict->word = VERDICT_NONE;
	for (size_t i = 0; i < verdict->part_count; i++)
		if (verdict->parts[i].word < verdict->word)
			verdict->word = verdict->parts[i].word;
	/* What was not read may hold what was not found. */
	if (verdict->word == VERDICT_NOT_OURS && (!verdict->complete || !matcher->seal_count))
		verdict->word = VERDICT_INCONCLUSIVE;
	reasons_tell(matcher, verdict);
	return HUFU_OK;
}
