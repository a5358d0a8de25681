/* hufu-carmaker: makes a fictitious carmaker's data over time, and leaks of it, with the truth beside.
 *
 *     hufu-carmaker OUT [--seed N] [--customers N] [--months N]
 *
 * OUT/snapshots/DATASET/YYYY-MM-DD.csv, OUT/leaks/NAME, OUT/truth.json. The same arguments make the same
 * bytes. Every person, number and address is invented. */
#include "base/io.h"
#include "leaks.h"
#include "sheet.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

static const char usage[] = "usage: hufu-carmaker OUT [--seed N] [--customers N] [--months N]\n\n"
                            "Invents a carmaker's month-end snapshots (OUT/snapshots), what a thief offers of them\n"
                            "(OUT/leaks), and what a right answer says (OUT/truth.json). Nobody in it exists.\n\n"
                            "  --seed N        another world (default 1)\n"
                            "  --customers N   owners at the end, 100 to 1000000 (default 20000)\n"
                            "  --months N      month-ends, 1 to 60 (default 9)\n";

struct wishes {
	const char *out;
	uint64_t seed;
	uint32_t customers, months;
};

static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || value < least || value > most) {
		fputs(usage, stderr);
		exit(2);
	}
	return value;
}

static struct wishes parse(int argc, char **argv)
{
	static const struct option options[] = { { "seed", required_argument, NULL, 's' },
		{ "customers", required_argument, NULL, 'c' }, { "months", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	struct wishes wishes = { .seed = 1, .customers = 20000, .months = 9 };
	for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		if (c == 's')
			wishes.seed = number(optarg, 0, UINT32_MAX);
		else if (c == 'c')
			wishes.customers = (uint32_t)number(optarg, 100, 1000000);
		else if (c == 'm')
			wishes.months = (uint32_t)number(optarg, 1, 60);
		else {
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		exit(2);
	}
	wishes.out = argv[optind];
	return wishes;
}

/* Days since 1970 of the last day of the month that lies `month` months after February 2023. */
static int32_t month_end(unsigned month)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int32_t day = 19358; /* 2023-01-01 */
	for (unsigned m = 0; m <= month + 1; m++) {
		unsigned year = 2023 + m / 12;
		day += days[m % 12] + (m % 12 == 1 && year % 4 == 0);
	}
	return day - 1;
}

static char *make_dir(const char *parent, const char *name)
{
	hufu_error error = { 0 };
	char line[512], *dir = io_join(parent, name);
	if (!dir)
		give_up("out of memory");
	if (io_make_dir(dir, &error) != HUFU_OK) {
		error_line(&error, line, sizeof line);
		give_up(line);
	}
	return dir;
}

static void write_truth(const struct wishes *wishes, json_t *dates, json_t *leaks)
{
	json_t *keys = json_object(), *persons = json_object();
	for (size_t id = 0; id < DATASETS; id++) {
		json_object_set_new(keys, datasets[id].name, json_string(datasets[id].columns[0].name));
		json_object_set_new(persons, datasets[id].name, json_string(datasets[id].person));
	}
	json_t *truth = json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "company", "雪鲤汽车 (Xueli Motors), invented",
	        "seed", (json_int_t)wishes->seed, "dates", dates, "keys", keys, "persons", persons, "leaks", leaks);
	char *text = truth ? json_dumps(truth, JSON_INDENT(1)) : NULL;
	if (!text)
		give_up("out of memory");
	file_write(wishes->out, "truth.json", view_of(text));
	free(text);
	json_decref(truth);
}

int main(int argc, char **argv)
{
	struct wishes wishes = parse(argc, argv);
	AUTO_FREE char *snapshots = make_dir(wishes.out, "snapshots");
	AUTO_FREE char *leak_dir = make_dir(wishes.out, "leaks");
	json_t *dates = json_array(), *leaks = json_object();
	struct company company;

	company_init(&company, wishes.seed, 0, wishes.customers);
	for (unsigned month = 0; month < wishes.months; month++) {
		int32_t end = month_end(month);
		char day[DAY_MAX_BYTES];
		day_text(end, day);
		company_month(&company, end, month, wishes.months);
		for (enum dataset_id id = 0; id < DATASETS; id++)
			snapshot_write(&company, id, snapshots, day);
		json_array_append_new(dates, json_string(day));
		if (month == wishes.months * 2 / 3)
			leaks_write(&company, end, wishes.seed, leak_dir, leaks);
	}
	write_truth(&wishes, dates, leaks);
	company_done(&company);
	return 0;
}
