/* A drill from its seals to its report. */
#include "drill/drill.h"
#include "base/clock.h"
#include "drill/inside.h"
#include "job/job.h"

#include <stdlib.h>

enum { STALE_DAYS = 35 }; /* a month's snapshot, and some days of grace */

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
}

/* ---- the seals ---- */

/* How the real seals stand, whatever is rehearsed: one that does not open answers nothing on the day. */
static json_t *seal_state(const struct store *store, const char *dataset)
{
	struct seal *seal = NULL;
	if (seal_open(store, view_of(dataset), &seal, NULL) != HUFU_OK)
		return json_pack("{s:s, s:b, s:n, s:n, s:b}", "dataset", dataset, "opens", false, "newest", "age_days",
		        "stale", true);
	const struct seal_snapshot *newest = &seal->meta.snapshots[seal->meta.snapshot_count - 1];
	int64_t days = (clock_now() - newest->instant) / 86400;
	json_t *state = json_pack("{s:s, s:b, s:s, s:I, s:b}", "dataset", dataset, "opens", !seal_damaged(seal),
	        "newest", newest->as_of, "age_days", (json_int_t)days, "stale", days > STALE_DAYS);
	seal_close(seal);
	return state;
}

static hufu_status seal_states(const struct store *store, json_t *list, hufu_error *error)
{
	char **names;
	size_t count;
	hufu_status status = store_datasets(store, &names, &count, error);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		json_t *state = status ? NULL : seal_state(store, names[i]);
		if (!status && (!state || json_array_append_new(list, state)))
			status = no_memory(error);
		free(names[i]);
	}
	free(names);
	return status;
}

/* The one that was asked for, else the one with the most people in its newest snapshot. */
static hufu_status choose(const struct job_seals *seals, const char *dataset, struct seal **out, hufu_error *error)
{
	uint64_t most = 0;
	*out = NULL;
	for (size_t i = 0; i < seals->count; i++) {
		struct meta *meta = &seals->seals[i]->meta;
		uint64_t *people = calloc(meta->snapshot_count + 1, sizeof *people);
		hufu_status status = people ? seal_census(seals->seals[i], people, error) : no_memory(error);
		uint64_t now = status ? 0 : people[meta->snapshot_count - 1];
		free(people);
		if (status)
			return status;
		if (dataset ? strcmp(dataset, meta->dataset) == 0 : now >= most) {
			*out = seals->seals[i];
			most = now;
		}
	}
	if (*out)
		return HUFU_OK;
	return dataset ? fail(error, HUFU_USAGE, view_of(dataset), "is no sealed dataset", "hufu seals lists them")
	               : fail(error, HUFU_USAGE, view_of("drill"), "nothing is sealed yet",
	                         "seal a dataset first: hufu seal DATASET SOURCE --as-of WHEN");
}

/* ---- preparing ---- */

struct drilling {
	const struct drill_options *options;
	const struct store *store;
	struct place place;
	struct twin twin; /* of a rehearsal */
	struct sheet taken;
	char *mail;
	struct drill_case story;
	double prepared;
};

static hufu_status prepare(struct drilling *drilling, const struct meta *meta, hufu_error *error)
{
	const struct drill_options *options = drilling->options;
	struct drill_case *story = &drilling->story;
	const struct sheet *rows = options->source ? &drilling->taken : &drilling->twin.sheet;
	if (options->progress)
		options->progress(options->source ? "reading the source" : "sealing a twin of the dataset");
	hufu_status status = options->source ? take_source(options->source, meta, &drilling->taken, error)
	                                     : twin_make(meta, drilling->place.dir, drilling->store->zone,
	                                               options->seed, &drilling->twin, error);
	if (!status)
		status = leak_make(rows, meta, drilling->place.dir, options->seed, &story->leak, error);
	story->expected = (struct drill_expected){ .dataset = meta->dataset,
		.as_of = options->source ? NULL : drilling->twin.as_of,
		.people = story->leak.people,
		.count = meta->snapshots[meta->snapshot_count - 1].rows };
	if (!status)
		status = leak_mail(drilling->place.dir, meta->dataset, story->expected.count, &drilling->mail, error);
	story->place = drilling->place.dir;
	story->mail = drilling->mail;
	story->seals = options->source ? drilling->store : drilling->twin.store;
	story->progress = options->progress;
	return status;
}

/* ---- the report ---- */

static hufu_status report(struct drilling *drilling, const char *dataset, json_t **out, hufu_error *error)
{
	json_t *seals = json_array();
	struct drill_case *story = &drilling->story;
	hufu_status status = seals ? seal_states(drilling->store, seals, error) : no_memory(error);
	json_t *all = status ? NULL
	                     : json_pack("{s:s, s:b, s:b, s:s, s:f, s:O, s:O}", "id", story->number, "drill", true,
	                               "rehearsal", !drilling->options->source, "dataset", dataset, "prepared_s",
	                               (double)(int64_t)(drilling->prepared * 100 + 0.5) / 100, "answers",
	                               story->answers, "seals", seals);
	json_decref(seals);
	if (!status && !all)
		status = no_memory(error);
	if (!status)
		status = case_drilled(story->book, story->number, all, error);
	if (status)
		json_decref(all);
	else
		*out = all;
	return status;
}

static hufu_status run(struct drilling *drilling, const struct seal *seal, json_t **out, hufu_error *error)
{
	uint64_t begun = clock_ticks();
	hufu_status status = place_make(drilling->store, &drilling->place, error);
	if (!status)
		status = prepare(drilling, &seal->meta, error);
	drilling->prepared = (double)(clock_ticks() - begun) / 1e9;
	if (!status)
		status = answers_all(&drilling->story, error);
	return status ? status : report(drilling, seal->meta.dataset, out, error);
}

static void drilling_done(struct drilling *drilling)
{
	leak_done(&drilling->story.leak);
	sheet_done(&drilling->taken);
	twin_done(&drilling->twin);
	place_remove(&drilling->place);
	json_decref(drilling->story.answers);
	free(drilling->mail);
}

hufu_status drill_run(struct casebook *book, const struct store *store, const struct drill_options *options,
        json_t **out, hufu_error *error)
{
	struct job_seals seals = { 0 };
	struct seal *seal = NULL;
	struct drilling drilling = { .options = options,
		.store = store,
		.place.lock = -1,
		.story = { .book = book, .leak.fd = -1, .answers = json_array() } };
	hufu_status status = drilling.story.answers ? casebook_may(book, MAY_OPEN, error) : no_memory(error);
	if (!status)
		status = casebook_may(book, MAY_MATCH, error); /* before anything is made */
	if (!status)
		status = job_seals_open(store, &seals, error);
	if (!status)
		status = choose(&seals, options->dataset, &seal, error);
	if (!status)
		status = run(&drilling, seal, out, error);
	job_seals_close(&seals);
	drilling_done(&drilling);
	return status;
}
