/* hufu seals: what is sealed, as of when, how many rows, how many bytes. */
#include "base/auto.h"
#include "base/utf8.h"
#include "cmd/console.h"
#include "job/job.h"

#include <stdlib.h>

static const char help[] =
        "usage: hufu seals [DATASET] [--columns] [--store DIR]\n"
        "\n"
        "Lists what is sealed: each dataset with its snapshots, rows and bytes on disk. With --columns also\n"
        "what hufu takes each column for. Needs the key: without it a store says nothing, not even this.\n"
        "\n"
        "  --columns     columns with kind and role\n"
        "  --store DIR   the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "examples:\n"
        "  hufu seals\n"
        "  hufu seals customers --columns\n"
        "\n"
        "exit: 0 listed, 2 trouble.\n";

static int run(int argc, char **argv);

const struct command command_seals = { "seals", "list what is sealed", help, run };

/* `text` and blanks up to a width in terminal columns. */
static void cell(const char *text, size_t width)
{
	size_t wide = utf8_width(view_of(text));
	printf("%s%*s", text, wide < width ? (int)(width - wide) : 0, "");
}

static void tell_columns(const struct meta *meta)
{
	for (size_t i = 0; i < meta->column_count; i++) {
		const struct seal_column *column = &meta->columns[i];
		bool key = false;
		for (size_t k = 0; k < meta->key_count; k++)
			key |= meta->key[k] == i;
		printf("    ");
		cell(column->name, 24);
		printf(" ");
		cell(column->kind ? column->kind->name : "-", 12);
		printf(" %s%s%s%s\n", role_name(column->role), key ? ", key" : "",
		        meta->person == (int32_t)i ? ", person" : "", column->facet ? ", facet" : "");
	}
}

static void tell(const struct seal *seal, bool columns)
{
	const struct meta *meta = &seal->meta;
	printf("%s%s%s  %llu rows over all time, %zu snapshots, %llu bytes\n", console_style(stdout, STYLE_BOLD),
	        meta->dataset, console_style(stdout, STYLE_PLAIN), (unsigned long long)meta->rows, meta->snapshot_count,
	        (unsigned long long)seal->size);
	for (size_t i = 0; i < meta->export_count; i++)
		printf("    content of the export %s\n", meta->exports[i]);
	if (meta->forgotten)
		printf("    %llu rows forgotten on request\n", (unsigned long long)meta->forgotten);
	for (size_t i = 0; i < meta->snapshot_count; i++) {
		printf("    ");
		cell(meta->snapshots[i].as_of, 26);
		printf("%12llu rows\n", (unsigned long long)meta->snapshots[i].rows);
	}
	if (columns)
		tell_columns(meta);
}

static int run(int argc, char **argv)
{
	const char *store_option = NULL;
	bool columns = false, found = false;
	const struct option options[] = { { .name = "store", .text = &store_option },
		{ .name = "columns", .flag = &columns } };
	struct store *store = NULL;
	struct job_seals seals = { 0 };
	AUTO_FREE char *dir = NULL;
	hufu_error error = { 0 };
	int ends = options_take(&command_seals, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc > 2)
		return console_usage(&command_seals, argv[2], "wants one dataset at most");
	hufu_status status = store_dir(store_option, &dir, &error);
	if (!status)
		status = store_open(dir, &store, &error);
	if (!status)
		status = job_seals_open(store, &seals, &error);
	for (size_t i = 0; !status && i < seals.count; i++) {
		if (argc == 2 && strcmp(argv[1], seals.seals[i]->meta.dataset) != 0)
			continue;
		tell(seals.seals[i], columns);
		found = true;
	}
	if (!status && !found && argc == 2)
		status = fail(&error, HUFU_USAGE, view_of(argv[1]), "is not sealed", "hufu seals lists the datasets");
	else if (!status && !found)
		printf("nothing is sealed yet: hufu seal DATASET FILE --as-of WHEN\n");
	int code = status ? console_fail(&error) : EXIT_YES;
	job_seals_close(&seals);
	store_close(store);
	return code;
}
