/* hufu seal: takes a snapshot of a dataset into the store. */
#include "base/auto.h"
#include "cmd/console.h"
#include "lib/lib.h"

#include <stdlib.h>

static const char help[] =
        "usage: hufu seal DATASET SOURCE --as-of WHEN [options]\n"
        "\n"
        "Takes what DATASET (a name of yours for a table: customers) held as of WHEN into the store, as\n"
        "keyed hashes only. SOURCE is a file with a header line (CSV or the like, also in a zip), or a\n"
        "directory of such files with one header; or a table or view of a database:\n"
        "  sqlite:FILE;table=NAME\n"
        "  postgres:service=NAME;table=NAME  by a connection service (pg_service.conf, pgpass)\n"
        "  mysql:OPTIONFILE;table=NAME       MySQL or MariaDB, by an option file of mode 0600\n"
        "\n"
        "Snapshots may come in any order: after an incident, seal what your backups hold. The same\n"
        "snapshot again changes nothing; other content for a sealed time is refused. Each further\n"
        "snapshot adds little, and lets hufu say when a leak was taken.\n"
        "\n"
        "  --as-of WHEN      a date (the end of that day in the store's zone) or an RFC 3339 time\n"
        "  --key COL         what identifies a row; several for a composite key. Found if not given.\n"
        "  --person COL      whose row it is: counted as people. COL@SPACE where several datasets number\n"
        "                    the same people; by default the dataset whose key COL refers to.\n"
        "  --facet COL       a column of few values (city) that verdicts break people down by\n"
        "  --private COL     only you hold it (customer number); --public COL: anybody can look it up\n"
        "  --skip COL        leave the column out, now and in later snapshots\n"
        "  --form FORM:KIND  also recognise values of KIND shown as md5, sha1, sha256, masked, md5+86 ...\n"
        "                    (md5 and masked of mobile and resident_id always; --form none: no form at all)\n"
        "  --export NAME     DATASET is what a declared export or view gives out: a leak with its columns and\n"
        "                    rows is told to have come through it. Seal each export as a dataset of its own.\n"
        "  --store DIR       the store; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "Key, person, kinds and roles are found or said once, with the first snapshot, and remembered.\n"
        "\n"
        "examples:\n"
        "  hufu seal customers 2021-08.csv --as-of 2021-08-31 --key customer_id --facet city\n"
        "  hufu seal orders /restore/orders --as-of 2021-08-31T22:00:00+08:00 --person customer_id\n"
        "\n"
        "exit: 0 sealed, or sealed already; 2 not sealed, and nothing was changed.\n";

static int run(int argc, char **argv);

const struct command command_seal = { "seal", "take a snapshot of a dataset into the store", help, run };

static struct progress reading, weaving;

static void show_reading(uint64_t done, uint64_t all)
{
	reading.total = all;
	progress_move(&reading, done);
}

static void show_weaving(double share)
{
	progress_end(&reading);
	/* Told in bytes of the source, which its reader knows; timed from here, reading is another pace. */
	if (!weaving.label)
		progress_begin(&weaving, "sealing", "B", reading.total);
	progress_move(&weaving, (uint64_t)(share * (double)reading.total));
}

/* Number with thousands apart: "1,696". */
static const char *grouped(uint64_t number, char out[32])
{
	char plain[24];
	int len = snprintf(plain, sizeof plain, "%llu", (unsigned long long)number), at = 0;
	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = plain[i];
	}
	out[at] = 0;
	return out;
}

static void tell_description(const struct seal *seal)
{
	const struct meta *meta = &seal->meta;
	char name[256];
	printf("  rows are told apart by");
	for (size_t i = 0; i < meta->key_count; i++)
		printf("%s %s", i ? "," : "", meta->columns[meta->key[i]].name);
	printf("%s%s\n", meta->key_count ? "" : " all their cells (no column identifies them)",
	        meta->key_found && meta->key_count ? " (found)" : "");
	if (meta->person >= 0) {
		printable(view_of(meta_space(meta)), name, sizeof name);
		printf("  people are numbered by %s%s, in the space of %s\n", meta->columns[meta->person].name,
		        meta->person_found ? " (found)" : "", name);
	}
	printf("  columns:");
	for (size_t i = 0; i < meta->column_count; i++) {
		const struct seal_column *column = &meta->columns[i];
		if (column->base >= 0)
			continue;
		printf("%s %s", i ? "," : "", column->name);
		if (column->kind || column->role != ROLE_PERSONAL || column->facet)
			printf(" (%s%s%s%s)", column->kind ? column->kind->name : role_name(column->role),
			        column->kind && column->role != ROLE_PERSONAL ? ", " : "",
			        column->kind && column->role != ROLE_PERSONAL ? role_name(column->role) : "",
			        column->facet ? ", facet" : "");
	}
	printf("\n");
	for (size_t i = 0; i < meta->export_count; i++)
		printf("%s %s%s", i ? "," : "  content of the export:", meta->exports[i],
		        i + 1 == meta->export_count ? "\n" : "");
}

static void tell(struct store *store, const struct seal_request *request, const struct seal_result *result)
{
	const struct draft_outcome *o = &result->outcome;
	struct seal *seal;
	char a[32], b[32], c[32], d[32], dataset[256];
	printable(view_of(request->dataset), dataset, sizeof dataset);
	if (o->unchanged) {
		printf("%s as of %s: sealed already with this content; %s\n", dataset, request->as_of,
		        result->export_noted ? "noted as the export's" : "nothing changed");
		return;
	}
	printf("%s as of %s: %s rows", dataset, request->as_of, grouped(o->rows, a));
	if (!o->first)
		printf(", %s never seen before, %s changed, %s gone", grouped(o->fresh, b), grouped(o->changed, c),
		        grouped(o->gone, d));
	printf("%s; %s bytes sealed\n", o->woven ? " (woven in among newer snapshots)" : "", grouped(o->bytes, b));
	if (o->first && seal_open(store, view_of(request->dataset), &seal, NULL) == HUFU_OK) {
		tell_description(seal);
		seal_close(seal);
	}
	if (o->columns_new || o->columns_missing)
		printf("  columns: %zu new, %zu that were sealed before are missing here\n", o->columns_new,
		        o->columns_missing);
	if (o->duplicates)
		printf("  %s rows share their key with another; they are told apart by what else they hold\n",
		        grouped(o->duplicates, a));
	if (o->empty_keys)
		printf("  %s rows have no key; they are told apart by all their cells\n", grouped(o->empty_keys, a));
	if (result->malformed)
		printf("  %s records had another number of cells than the header; they were filled up or cut\n",
		        grouped(result->malformed, a));
}

static int seal_it(const char *store_option, const struct seal_request *request)
{
	struct store *store = NULL;
	struct seal_result result;
	AUTO_FREE char *dir = NULL;
	hufu_error error = { 0 };
	progress_begin(&reading, "reading", "B", 0);
	hufu_status status = store_dir(store_option, &dir, &error);
	if (!status)
		status = store_open(dir, &store, &error);
	if (!status)
		status = seal_source(store, request, &result, &error);
	progress_end(&reading);
	progress_end(&weaving);
	if (!status) {
		struct audit_line line = {
			.what = "seal", .dataset = request->dataset, .records = result.outcome.rows
		};
		status =
		        result.outcome.unchanged && !result.export_noted ? HUFU_OK : audit_append(store, &line, &error);
	}
	if (!status)
		tell(store, request, &result);
	int code = status ? console_fail(&error) : EXIT_YES;
	store_close(store);
	return code;
}

static int run(int argc, char **argv)
{
	const char *store_option = NULL, *as_of = NULL, *person = NULL;
	static struct option_list keys, facets, privates, publics, skips, exports, forms;
	const struct option options[] = { { .name = "store", .text = &store_option },
		{ .name = "as-of", .text = &as_of }, { .name = "person", .text = &person },
		{ .name = "key", .list = &keys }, { .name = "facet", .list = &facets },
		{ .name = "private", .list = &privates }, { .name = "public", .list = &publics },
		{ .name = "skip", .list = &skips }, { .name = "export", .list = &exports },
		{ .name = "form", .list = &forms } };
	int ends = options_take(&command_seal, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc != 3)
		return console_usage(&command_seal, argc > 3 ? argv[3] : NULL, "wants a dataset's name and one source");
	if (!as_of)
		return console_usage(&command_seal, NULL, "wants --as-of WHEN: the time at which the source was taken");
	struct seal_request request = { .dataset = argv[1],
		.source = argv[2],
		.as_of = as_of,
		.reading = show_reading,
		.weaving = show_weaving,
		.options = { .keys = keys.at,
		        .key_count = keys.count,
		        .facets = facets.at,
		        .facet_count = facets.count,
		        .privates = privates.at,
		        .private_count = privates.count,
		        .publics = publics.at,
		        .public_count = publics.count,
		        .skips = skips.at,
		        .skip_count = skips.count,
		        .exports = exports.at,
		        .export_count = exports.count,
		        .forms = forms.at,
		        .form_count = forms.count,
		        .person = person } };
	return seal_it(store_option, &request);
}
