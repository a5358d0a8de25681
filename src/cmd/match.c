/* hufu match: judges leaks against what is sealed. */
#include "base/auto.h"
#include "base/io.h"
#include "case/case.h"
#include "cmd/console.h"
#include "cmd/report.h"
#include "job/linked.h"
#include "lib/lib.h"

#include <stdlib.h>

static const char help[] =
        "usage: hufu match LEAK... [--json] [--people FILE [--from SOURCE]] [--case ID] [--lang zh] [--store DIR]\n"
        "\n"
        "Judges each LEAK, a file as a criminal sent it, against everything sealed: which dataset, which of\n"
        "our columns, taken after and before when, how many people. The file is parsed by a program that\n"
        "has no key, no store and no network; it may hold anything. Tables of text with any separator,\n"
        "SQL dumps, JSON and running text are read (UTF-8, GB18030, Big5, UTF-16), plain or in archives.\n"
        "\n"
        "  --json          one line of JSON a leak, on standard output\n"
        "  --people FILE   write the person numbers that the leaks show, one a line (mode 0600)\n"
        "  --from SOURCE   write those of all linked people, named by a table of yours: a file or directory as\n"
        "                  for seal, with the person column under its name; it may be newer or older than the\n"
        "                  seal. Several, where people are numbered in several ways\n"
        "  --case ID       keep the leaks as evidence of this case, and what the verdicts say as its facts\n"
        "  --lang zh       reasons in Chinese\n"
        "  --store DIR     the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "Every look-up leaves a line in the store's audit before its answer is printed.\n"
        "\n"
        "examples:\n"
        "  hufu match sample.zip\n"
        "  hufu match *.csv --json > verdicts.jsonl\n"
        "  hufu match sample.zip --people affected.txt --from customers.csv\n"
        "\n"
        "exit: 0 some leak is ours, 1 none is, 2 nothing could be judged (or a seal is damaged).\n";

static int run(int argc, char **argv);

const struct command command_match = { "match", "judge leaks against what is sealed", help, run };

static struct progress reading, naming;

static void show_reading(uint64_t done, uint64_t all)
{
	reading.total = all;
	progress_move(&reading, done);
}

static void show_naming(uint64_t done, uint64_t all)
{
	naming.total = all;
	progress_move(&naming, done);
}

struct answers {
	bool json, names, chinese;
	bool ours, judged, damaged;
	bool shown;      /* a report stands on the terminal already */
	bool unrecorded; /* a verdict did not reach its case */
	struct casebook *book;
	const char *number; /* of the case; NULL: none */
	struct matcher_people people;
};

static hufu_status answer(const struct hufu_verdict *verdict, struct answers *answers)
{
	struct bytes line = { 0 };
	answers->judged |= verdict->word != VERDICT_NONE;
	answers->ours |= verdict_is_ours(verdict->word);
	if (!answers->json) {
		if (answers->shown)
			putchar('\n');
		answers->shown = true;
		report_print(stdout, verdict, answers->chinese);
		return HUFU_OK;
	}
	hufu_status status = verdict_json(verdict, &line);
	if (!status)
		printf("%.*s\n", (int)line.len, line.ptr);
	bytes_done(&line);
	return status;
}

static hufu_status into_case(struct answers *answers, const struct job_seals *seals, const char *path,
        const struct hufu_verdict *verdict, const struct matcher_people *people, hufu_error *error)
{
	struct linked linked;
	hufu_status status = linked_find(seals, people, &linked);
	if (status)
		fail(error, status, view_of(path), "no memory", NULL);
	else
		status = case_verdict(answers->book, answers->number, path, verdict, &linked, error);
	linked_done(&linked);
	return status;
}

static void match_one(struct store *store, const struct job_seals *seals, const char *path, struct answers *answers)
{
	struct hufu_verdict verdict;
	struct matcher_people people = { 0 };
	struct job_options options = { .people = answers->names || answers->number ? &people : NULL,
		.names = answers->names,
		.chinese = answers->chinese,
		.progress = show_reading };
	hufu_error error = { 0 };
	progress_begin(&reading, "matching", "B", 0);
	hufu_status status = job_match(store, seals, path, &options, &verdict, &error);
	progress_end(&reading);
	if (!status)
		status = answer(&verdict, answers);
	if (!status && answers->number) {
		status = into_case(answers, seals, path, &verdict, &people, &error);
		answers->unrecorded |= status != HUFU_OK;
	}
	if (!status && answers->names && (status = matcher_people_join(&answers->people, &people)))
		fail(&error, status, view_of(path), "no memory", NULL);
	matcher_people_done(&people);
	if (status)
		console_fail(&error);
	for (size_t i = 0; i < seals->count; i++)
		answers->damaged |= seal_damaged(seals->seals[i]);
	verdict_done(&verdict);
}

/* What a source names beyond the leaks is a look-up of its own: its line comes first, too. */
static hufu_status people_audit(const struct people_request *request, const struct people_list *list, hufu_error *error)
{
	struct audit_line line = {
		.what = "people", .records = list->lines, .linked = list->humans - list->unnamed, .people = list->humans
	};
	return request->source_count ? audit_append(request->store, &line, error) : HUFU_OK;
}

static hufu_status people_write(
        const char *path, const struct people_request *request, const struct answers *answers, hufu_error *error)
{
	char line[112];
	struct people_list list;
	progress_begin(&naming, "naming", "B", 0);
	hufu_status status = people_list(request, &answers->people, &list, error);
	progress_end(&naming);
	if (!status)
		status = people_audit(request, &list, error);
	if (!status)
		status = io_replace_file(path, 0600, bytes_view(&list.text), error);
	if (!status && list.unnamed) {
		snprintf(line, sizeof line, "%llu people are linked whose number %s", (unsigned long long)list.unnamed,
		        request->source_count ? "neither the leak nor the source shows" : "the leak does not show");
		console_note(path, line);
	}
	people_list_done(&list);
	return status;
}

/* A case that is not there, or closed, is told before anything is judged for it. */
static hufu_status case_at_hand(const struct store *store, struct answers *answers, hufu_error *error)
{
	hufu_status status = casebook_open(store, &answers->book, error);
	if (!status)
		status = casebook_may(answers->book, MAY_MATCH, error);
	return status ? status : case_is_open(answers->book, answers->number, error);
}

static int exit_code(const struct answers *answers)
{
	return !answers->judged || answers->damaged || answers->unrecorded ? EXIT_TROUBLE
	       : answers->ours                                             ? EXIT_YES
	                                                                   : EXIT_NO;
}

static int run(int argc, char **argv)
{
	const char *store_option = NULL, *people = NULL, *lang = NULL;
	static struct option_list from;
	struct answers answers = { 0 };
	const struct option options[] = { { .name = "store", .text = &store_option },
		{ .name = "people", .text = &people }, { .name = "from", .list = &from },
		{ .name = "lang", .text = &lang }, { .name = "case", .text = &answers.number },
		{ .name = "json", .flag = &answers.json } };
	struct store *store = NULL;
	struct job_seals seals = { 0 };
	AUTO_FREE char *dir = NULL;
	hufu_error error = { 0 };
	int ends = options_take(&command_match, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc < 2)
		return console_usage(&command_match, NULL, "wants at least one leak");
	if (lang && strcmp(lang, "zh") != 0 && strcmp(lang, "en") != 0)
		return console_usage(&command_match, lang, "is no language it speaks: en or zh");
	if (from.count && !people)
		return console_usage(&command_match, NULL, "wants --people FILE with --from: where to write");
	hufu_status status = store_dir(store_option, &dir, &error);
	if (!status)
		status = store_open(dir, &store, &error);
	if (!status)
		status = job_seals_open(store, &seals, &error);
	if (!status && answers.number)
		status = case_at_hand(store, &answers, &error);
	struct people_request request = {
		.store = store, .seals = &seals, .sources = from.at, .source_count = from.count, .reading = show_naming
	};
	if (!status && from.count)
		status = people_sources_check(&request, &error);
	answers.names = people != NULL;
	answers.chinese = lang && !strcmp(lang, "zh");
	for (int i = 1; !status && i < argc && !answers.damaged; i++)
		match_one(store, &seals, argv[i], &answers);
	if (!status && people && !answers.damaged)
		status = people_write(people, &request, &answers, &error);
	int code = status ? console_fail(&error) : exit_code(&answers);
	casebook_close(answers.book);
	matcher_people_done(&answers.people);
	job_seals_close(&seals);
	store_close(store);
	return code;
}
