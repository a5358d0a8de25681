/* Leaks of the fictitious carmaker: see leaks.h. Copies are true copies of what the company held on the
 * day; the invented one has valid numbers that the company never held. */
#include "leaks.h"

#include "sheet.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

struct leak {
	const char *file, *verdict;
	enum dataset_id dataset;
	unsigned per_mille; /* share of the rows that the thief took */
	const char *separator, *encoding;
	bool header;
	struct shown columns[8];
};

/* The seller's sample that the demonstration shows. */
static const struct leak sample = { "owners-sample.zip", "genuine", OWNERS, 600, ",", "GB18030", true,
	{ { "联系电话", "mobile" }, { "车主姓名", "name" }, { "证件号码", "resident_id" }, { "常住地址", "address" },
	        { "邮箱", "email" }, { "注册日", "registered" }, { "编号", "owner_no" } } };

static const struct leak copies[] = {
	{ "staff.txt", "genuine", STAFF, 850, "----", "GB18030", false,
	        { { "1", "name" }, { "2", "mobile" }, { "3", "post" }, { "4", "unit" } } },
	{ "relatives.csv", "genuine", RELATIVES, 700, ";", "UTF-16", true,
	        { { "姓名", "relative_name" }, { "电话", "relative_mobile" }, { "关系", "relation" } } },
	{ "finance.tsv", "genuine", FINANCE, 500, "\t", "UTF-8", true,
	        { { "card", "repay_card" }, { "idno", "borrower_id" }, { "bank", "bank" }, { "sum", "amount_yuan" },
	                { "date", "signed_on" } } },
	/* A bare list: wholly ours, and no proof of where it came from. */
	{ "mobiles.txt", "inconclusive", OWNERS, 500, ",", "UTF-8", false, { { "1", "mobile" } } },
};

static const struct shown invented_columns[] = { { "name", "name" }, { "phone", "mobile" }, { "idcard", "resident_id" },
	{ "mail", "email" }, { "city", "city" } };

static const char readme[] = "车主数据 一手 全新\n"
                             "这是免费样本，全套含订单、员工、贷款。价格 1 BTC，先到先得。\n";

static size_t column_count(const struct shown *columns, size_t max)
{
	size_t count = 0;
	while (count < max && columns[count].column)
		count++;
	return count;
}

/* Rows that the thief took: indices into the dataset, the caller frees. */
static uint32_t *pick_rows(struct company *company, enum dataset_id id, unsigned per_mille, size_t *count)
{
	size_t all = company->rows[id].count;
	uint32_t *rows = malloc((all + 1) * sizeof *rows);
	if (!rows)
		give_up("out of memory");
	*count = 0;
	for (size_t i = 0; i < all; i++)
		if (dice_chance(&company->inventor, per_mille))
			rows[(*count)++] = (uint32_t)i;
	return rows;
}

/* Distinct humans behind these owner rows: two accounts of one are one. */
static size_t count_humans(const struct company *company, const uint32_t *rows, size_t count)
{
	bool *seen = calloc((size_t)company->humans + 1, sizeof *seen);
	size_t humans = 0;
	if (!seen)
		give_up("out of memory");
	for (size_t i = 0; i < count; i++) {
		uint32_t human = ((const struct owner *)row_at(company, OWNERS, rows[i]))->human;
		humans += !seen[human];
		seen[human] = true;
	}
	free(seen);
	return humans;
}

static void tell(json_t *truth, const char *file, json_t *facts)
{
	if (!facts || json_object_set_new(truth, file, facts) != 0)
		give_up("out of memory");
}

/* Encodes the rows taken, and tells the truth of them. The caller frees with bytes_done. */
static struct bytes copy_rows(struct company *company, const struct leak *leak, const char *day, json_t *truth)
{
	size_t columns = column_count(leak->columns, LEN(leak->columns)), count;
	uint32_t *rows = pick_rows(company, leak->dataset, leak->per_mille, &count);
	struct bytes text = { 0 };
	sheet_write(&(struct sheet){ company, leak->dataset, leak->columns, columns, leak->separator, leak->header },
	        rows, count, &text);
	struct bytes out = encoded(bytes_view(&text), leak->encoding);
	bytes_done(&text);

	json_t *shown = json_object();
	for (size_t c = 0; c < columns; c++)
		json_object_set_new(shown, leak->columns[c].header, json_string(leak->columns[c].column));
	json_t *facts = json_pack("{s:s, s:s, s:I, s:I, s:s, s:o}", "verdict", leak->verdict, "dataset",
	        datasets[leak->dataset].name, "records", (json_int_t)count, "genuine", (json_int_t)count, "taken", day,
	        "columns", shown);
	if (facts && leak->dataset == OWNERS)
		json_object_set_new(facts, "people", json_integer((json_int_t)count_humans(company, rows, count)));
	tell(truth, leak->file, facts);
	free(rows);
	return out;
}

static void add_member(struct archive *zip, const char *path, hufu_view contents)
{
	struct archive_entry *entry = archive_entry_new();
	if (!entry)
		give_up("out of memory");
	archive_entry_set_pathname(entry, path);
	archive_entry_set_size(entry, (la_int64_t)contents.len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	if (archive_write_header(zip, entry) != ARCHIVE_OK ||
	        archive_write_data(zip, contents.ptr, contents.len) != (la_ssize_t)contents.len)
		give_up("the zip cannot be written; is the disk full?");
	archive_entry_free(entry);
}

static void write_sample(struct company *company, const char *dir, const char *day, json_t *truth)
{
	char path[4096];
	struct bytes table = copy_rows(company, &sample, day, truth);
	struct bytes note = encoded(view_of(readme), "GB18030");
	struct archive *zip = archive_write_new();

	if (snprintf(path, sizeof path, "%s/%s", dir, sample.file) >= (int)sizeof path)
		give_up("the path of the output is too long");
	if (!zip || archive_write_set_format_zip(zip) != ARCHIVE_OK ||
	        archive_write_open_filename(zip, path) != ARCHIVE_OK)
		give_up("the zip cannot be written; is the disk full?");
	add_member(zip, "sample/readme.txt", bytes_view(&note));
	add_member(zip, "sample/owners.csv", bytes_view(&table));
	if (archive_write_close(zip) != ARCHIVE_OK)
		give_up("the zip cannot be written; is the disk full?");
	archive_write_free(zip);
	bytes_done(&table);
	bytes_done(&note);
}

static void write_invented(struct company *company, int32_t day, uint64_t seed, const char *dir, json_t *truth)
{
	struct company strangers;
	struct bytes text = { 0 };
	/* The same seed and counters elsewhere: unique values that are never the company's. */
	company_init(&strangers, seed, STRANGERS, company->target / 2 + 2);
	company_month(&strangers, day, 0, 2);
	size_t count = strangers.rows[OWNERS].count;
	sheet_write(&(struct sheet){ &strangers, OWNERS, invented_columns, LEN(invented_columns), ",", true }, NULL,
	        count, &text);
	file_write(dir, "invented.csv", bytes_view(&text));
	tell(truth, "invented.csv",
	        json_pack("{s:s, s:I, s:I, s:I}", "verdict", "not-ours", "records", (json_int_t)count, "genuine",
	                (json_int_t)0, "people", (json_int_t)0));
	bytes_done(&text);
	company_done(&strangers);
}

void leaks_write(struct company *company, int32_t day, uint64_t seed, const char *dir, json_t *truth)
{
	char taken[DAY_MAX_BYTES];
	day_text(day, taken);
	write_sample(company, dir, taken, truth);
	for (size_t i = 0; i < LEN(copies); i++) {
		struct bytes out = copy_rows(company, &copies[i], taken, truth);
		file_write(dir, copies[i].file, bytes_view(&out));
		bytes_done(&out);
	}
	write_invented(company, day, seed, dir, truth);
}
