/* hufu forget: removes a person, or old history, from the seals. */
#include "base/auto.h"
#include "base/clock.h"
#include "cmd/console.h"
#include "seal/seal.h"

#include <stdlib.h>

static const char help[] =
        "usage: hufu forget DATASET --person KEY [--yes]\n"
        "       hufu forget DATASET --before WHEN [--yes]\n"
        "\n"
        "Deletion duties reach the seals too. --person takes a value of the dataset's person column: the\n"
        "person's rows, with those of other accounts that share an ID number, go from every dataset that\n"
        "numbers the same people. --before drops the snapshots older than WHEN and what only they held.\n"
        "Both go from the bytes, not from an index alone; what stays is a count. What goes is listed\n"
        "first, and asked for. There is no way back but a backup of the store.\n"
        "\n"
        "  --yes         don't ask\n"
        "  --store DIR   the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "examples:\n"
        "  hufu forget customers --person U00012345\n"
        "  hufu forget orders --before 2020-01-01 --yes\n"
        "\n"
        "exit: 0 forgotten, 1 you said no, 2 trouble (what was not done stays as it was).\n";

static int run(int argc, char **argv);

const struct command command_forget = { "forget", "remove a person or old history from the seals", help, run };

static hufu_status note(struct store *store, const char *dataset, uint64_t rows, hufu_error *error)
{
	struct audit_line line = { .what = "forget", .dataset = dataset, .records = rows };
	return audit_append(store, &line, error);
}

static hufu_status person(
        struct store *store, const char *dataset, const char *key, bool yes, bool *agreed, hufu_error *error)
{
	struct forget_plan plan;
	uint64_t rows = 0;
	hufu_status status = forget_find(store, view_of(dataset), view_of(key), &plan, error);
	if (status)
		return status;
	for (size_t i = 0; i < plan.count; i++) {
		char name[256];
		printable(view_of(plan.datasets[i]), name, sizeof name);
		printf("%s: %llu rows\n", name, (unsigned long long)plan.rows[i]);
		rows += plan.rows[i];
	}
	if (plan.accounts > 1)
		printf("these are %llu accounts of one person, joined over an ID number\n",
		        (unsigned long long)plan.accounts);
	fflush(stdout);
	forget_plan_done(&plan);
	status = console_ask("Remove them for good?", yes, agreed, error);
	if (status || !*agreed)
		return status;
	/* The line first: a removal that was cut off is on record, and can be asked for again. */
	status = note(store, dataset, rows, error);
	if (!status)
		status = forget_person(store, view_of(dataset), view_of(key), error);
	if (!status)
		printf("removed %llu rows\n", (unsigned long long)rows);
	return status;
}

static hufu_status before(
        struct store *store, const char *dataset, const char *when, bool yes, bool *agreed, hufu_error *error)
{
	int64_t instant;
	uint64_t snapshots = 0, rows = 0;
	hufu_status status = clock_parse(view_of(when), store->zone, &instant, error);
	if (!status)
		status = console_ask("Drop these older snapshots for good?", yes, agreed, error);
	if (status || !*agreed)
		return status;
	status = note(store, dataset, 0, error);
	if (!status)
		status = forget_before(store, view_of(dataset), instant, &snapshots, &rows, error);
	if (!status)
		printf("dropped %llu snapshots; %llu rows that only they held are gone\n",
		        (unsigned long long)snapshots, (unsigned long long)rows);
	return status;
}

static int run(int argc, char **argv)
{
	const char *store_option = NULL, *key = NULL, *when = NULL;
	bool yes = false, agreed = false;
	const struct option options[] = { { .name = "store", .text = &store_option },
		{ .name = "person", .text = &key }, { .name = "before", .text = &when },
		{ .name = "yes", .flag = &yes } };
	struct store *store = NULL;
	AUTO_FREE char *dir = NULL;
	hufu_error error = { 0 };
	int ends = options_take(&command_forget, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc != 2 || !key == !when)
		return console_usage(
		        &command_forget, NULL, "wants a dataset, and either --person KEY or --before WHEN");
	hufu_status status = store_dir(store_option, &dir, &error);
	if (!status)
		status = store_open(dir, &store, &error);
	if (!status)
		status = store_lock(store, &error);
	if (!status)
		status = key ? person(store, argv[1], key, yes, &agreed, &error)
		             : before(store, argv[1], when, yes, &agreed, &error);
	int code = status ? console_fail(&error) : agreed ? EXIT_YES : EXIT_NO;
	store_close(store);
	return code;
}
