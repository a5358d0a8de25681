/* What a response team must know, one answer after the other, by the functions that a real incident uses. Each is timed
 * from the moment the mail is there, and held against what the drill put in. */
#include "base/auto.h"
#include "base/clock.h"
#include "base/io.h"
#include "case/bundle.h"
#include "drill/inside.h"
#include "job/linked.h"

#include <stdio.h>
#include <stdlib.h>

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
}

/* ---- answers ---- */

struct answer {
	const char *name, *zh, *en;
	bool right;
	char said[256], expected[256];
};

static hufu_status tell(struct drill_case *drill, const struct answer *answer, hufu_error *error)
{
	double seconds = (double)(clock_ticks() - drill->begun) / 1e9;
	json_t *entry = json_pack("{s:s, s:{s:s, s:s}, s:f, s:b, s:s, s:s}", "answer", answer->name, "title", "zh",
	        answer->zh, "en", answer->en, "seconds", (double)(int64_t)(seconds * 100 + 0.5) / 100, "right",
	        answer->right, "said", answer->said, "expected", answer->expected);
	return entry && json_array_append_new(drill->answers, entry) == 0 ? HUFU_OK : no_memory(error);
}

static void doing(const struct drill_case *drill, const char *what)
{
	if (drill->progress)
		drill->progress(what);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

/* ---- the mail ---- */

static hufu_status open_case(struct drill_case *drill, hufu_error *error)
{
	const char *files[] = { drill->mail };
	json_t *told = NULL;
	doing(drill, "opening the case");
	hufu_status status = case_open(drill->book,
	        &(struct case_opening){ .files = files, .file_count = 1, .kind = "extortion", .drill = true }, &told,
	        error);
	if (!status)
		snprintf(drill->number, sizeof drill->number, "%s", text_of(told, "id"));
	json_decref(told);
	return status;
}

static hufu_status tell_demand(struct drill_case *drill, const json_t *shown, hufu_error *error)
{
	const json_t *demand = json_object_get(shown, "demand");
	struct answer answer = { "demand", "对方要什么", "what is demanded", false, "", "" };
	snprintf(answer.expected, sizeof answer.expected, "%d USD, %s", DRILL_AMOUNT, DRILL_WALLET);
	AUTO_FREE char *amount = plain_json(json_object_get(demand, "amount"));
	snprintf(answer.said, sizeof answer.said, "%s %s, %s", amount ? amount : "", text_of(demand, "currency"),
	        text_of(demand, "wallet"));
	answer.right =
	        strcmp(answer.said, answer.expected) == 0 && json_is_true(json_object_get(demand, "wallet_valid"));
	return tell(drill, &answer, error);
}

static hufu_status tell_listing(struct drill_case *drill, const json_t *shown, hufu_error *error)
{
	struct answer answer = { "listing", "清单是否可能", "whether the listing is possible", false, "fits nothing",
		"" };
	size_t i, k;
	json_t *item, *fit;
	snprintf(answer.expected, sizeof answer.expected, "fits %s", drill->expected.dataset);
	json_array_foreach(json_object_get(shown, "listing"), i, item)
	{
		json_array_foreach(json_object_get(item, "fits"), k, fit)
		{
			if (answer.right)
				continue;
			snprintf(answer.said, sizeof answer.said, "fits %s", text_of(fit, "dataset"));
			answer.right = strcmp(text_of(fit, "dataset"), drill->expected.dataset) == 0;
		}
	}
	return tell(drill, &answer, error);
}

/* Runs `tell_it` on the case as it stands. */
static hufu_status look(struct drill_case *drill,
        hufu_status (*tell_it)(struct drill_case *drill, const json_t *shown, hufu_error *error), hufu_error *error)
{
	json_t *shown = NULL;
	hufu_status status = case_show(drill->book, drill->number, &shown, error);
	if (!status)
		status = tell_it(drill, shown, error);
	json_decref(shown);
	return status;
}

/* ---- the verdict ---- */

/* The dataset of a verdict that has the most links. */
static const struct verdict_dataset *dataset_of(const struct hufu_verdict *verdict)
{
	const struct verdict_dataset *most = NULL;
	for (size_t i = 0; i < verdict->part_count; i++)
		for (size_t k = 0; k < verdict->parts[i].dataset_count; k++)
			if (!most || verdict->parts[i].datasets[k].linked > most->linked)
				most = &verdict->parts[i].datasets[k];
	return most;
}

static hufu_status tell_verdict(struct drill_case *drill, const struct hufu_verdict *verdict, hufu_error *error)
{
	struct answer answer = { "verdict", "是否我方数据", "is it ours", verdict_is_ours(verdict->word), "", "ours" };
	snprintf(answer.said, sizeof answer.said, "%s", verdict_word_name(verdict->word));
	return tell(drill, &answer, error);
}

static bool fits(const struct verdict_window *window, const char *as_of)
{
	bool found = false;
	for (size_t i = 0; window->known && i < window->snapshot_count; i++)
		found |= strcmp(window->snapshots[i], as_of) == 0;
	return found;
}

static hufu_status tell_dataset(struct drill_case *drill, const struct hufu_verdict *verdict, hufu_error *error)
{
	const struct verdict_dataset *dataset = dataset_of(verdict);
	const struct verdict_window *window = dataset ? &dataset->window : NULL;
	const char *as_of = drill->expected.as_of;
	struct answer answer = { "dataset", "哪个数据集，截至何时", "which dataset, as of when", false, "none", "" };
	snprintf(answer.expected, sizeof answer.expected, "%s%s%s", drill->expected.dataset, as_of ? ", " : "",
	        as_of ? as_of : "");
	if (dataset)
		snprintf(answer.said, sizeof answer.said, "%s, after %s, before %s", dataset->dataset,
		        window->after ? window->after : "(open)", window->before ? window->before : "(open)");
	answer.right =
	        dataset && strcmp(dataset->dataset, drill->expected.dataset) == 0 && (!as_of || fits(window, as_of));
	return tell(drill, &answer, error);
}

/* Whoever came into the source after the last seal cannot be found in it: of our own file a few may be missing. */
static hufu_status tell_people(struct drill_case *drill, const struct hufu_verdict *verdict, hufu_error *error)
{
	struct answer answer = { "people", "涉及多少人", "how many people", false, "", "" };
	uint64_t people = drill->expected.people, slack = drill->expected.as_of ? 1 + people / 200 : people / 10 + 1;
	snprintf(answer.expected, sizeof answer.expected, "%llu", (unsigned long long)people);
	snprintf(answer.said, sizeof answer.said, "%llu (%llu to %llu)", (unsigned long long)verdict->people,
	        (unsigned long long)verdict->people_low, (unsigned long long)verdict->people_high);
	answer.right = verdict->people_low <= people + slack && verdict->people_high + slack >= people;
	return tell(drill, &answer, error);
}

static hufu_status judge(struct drill_case *drill, hufu_error *error)
{
	struct hufu_verdict verdict = { .word = VERDICT_NONE };
	struct job_seals seals = { 0 };
	struct matcher_people people = { 0 };
	struct linked linked = { 0 };
	const struct job_options options = { .audited_as = "drill", .people = &people };
	doing(drill, "matching the sample");
	hufu_status status = job_seals_open(drill->seals, &seals, error);
	if (!status)
		status = job_match(drill->seals, &seals, drill->leak.path, &options, &verdict, error);
	if (!status && (status = linked_find(&seals, &people, &linked)))
		fail(error, status, view_of("people"), "no memory", NULL);
	if (!status)
		status = case_verdict(drill->book, drill->number, drill->leak.path, &verdict, &linked, error);
	linked_done(&linked);
	matcher_people_done(&people);
	job_seals_close(&seals);
	if (!status)
		status = tell_verdict(drill, &verdict, error);
	if (!status)
		status = tell_dataset(drill, &verdict, error);
	if (!status)
		status = tell_people(drill, &verdict, error);
	verdict_done(&verdict);
	return status;
}

/* ---- what follows from it ---- */

static hufu_status tell_duties(struct drill_case *drill, const json_t *shown, hufu_error *error)
{
	struct answer answer = { "duties", "须向谁报告、何时之前", "who must be told, by when", false, "",
		"at least one report" };
	const json_t *duties = json_object_get(shown, "duties");
	const char *due = NULL;
	size_t at;
	json_t *duty;
	json_array_foreach((json_t *)(uintptr_t)duties, at, duty)
	{
		const char *now = json_string_value(json_object_get(duty, "due"));
		due = now && (!due || strcmp(now, due) < 0) ? now : due;
	}
	snprintf(answer.said, sizeof answer.said, "reports: %zu%s%s", json_array_size(duties),
	        due ? ", the first by " : "", due ? due : "");
	answer.right = json_array_size(duties) > 0;
	return tell(drill, &answer, error);
}

static hufu_status tell_plan(struct drill_case *drill, const json_t *shown, hufu_error *error)
{
	struct answer answer = { "plan", "应急预案", "the emergency plan", false, "", "tasks with roles and times" };
	size_t tasks = json_array_size(json_object_get(shown, "tasks"));
	snprintf(answer.said, sizeof answer.said, "tasks: %zu", tasks);
	answer.right = tasks > 0;
	return tell(drill, &answer, error);
}

static hufu_status tell_bundle(struct drill_case *drill, hufu_error *error)
{
	struct answer answer = { "bundle", "可供他人核验的证据包", "a bundle that others can verify", false, "",
		"holds" };
	struct bundle_made made;
	struct bundle_report report = { .result = BUNDLE_FAULT };
	AUTO_FREE char *path = io_join(drill->place, "drill.tar.zst");
	doing(drill, "making a bundle and verifying it");
	hufu_status status = path ? case_bundle(drill->book, drill->number, path, &made, error) : no_memory(error);
	if (!status)
		status = bundle_verify(path, made.fingerprint, NULL, &report, error);
	if (status)
		return status;
	answer.right = report.result == BUNDLE_HOLDS && report.signer_proved;
	snprintf(answer.said, sizeof answer.said, "%s", answer.right ? "holds" : report.why);
	return tell(drill, &answer, error);
}

hufu_status answers_all(struct drill_case *drill, hufu_error *error)
{
	drill->begun = clock_ticks();
	hufu_status status = open_case(drill, error);
	if (!status)
		status = look(drill, tell_demand, error);
	if (!status)
		status = look(drill, tell_listing, error);
	if (!status)
		status = judge(drill, error);
	if (!status)
		status = look(drill, tell_duties, error);
	if (!status)
		status = look(drill, tell_plan, error);
	return status ? status : tell_bundle(drill, error);
}
