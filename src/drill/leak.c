/* Makes the leak of a drill as sellers show theirs: a part of the rows, columns in another order and under other names,
 * a third of the mobiles written otherwise, some strangers mixed in, as a table in a zip. It lies in memory alone; the
 * private directory has a link to it, so that it has a name. */
#include "base/auto.h"
#include "base/clock.h"
#include "base/io.h"
#include "drill/inside.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

enum { TAKEN_PER_MILLE = 600, TAKEN_MOST = 5000, STRANGERS_PER_MILLE = 60 };

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
}

struct showing {
	const struct sheet *sheet;
	struct inventor inventor;
	size_t *order; /* columns, as they are shown */
	struct bytes csv;
};

static void shuffle(struct showing *showing)
{
	size_t count = showing->sheet->column_count;
	for (size_t i = 0; i < count; i++)
		showing->order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t other = dice_below(&showing->inventor, (uint32_t)i), held = showing->order[i - 1];
		showing->order[i - 1] = showing->order[other];
		showing->order[other] = held;
	}
}

static void add_header(struct showing *showing)
{
	char name[64];
	for (size_t i = 0; i < showing->sheet->column_count; i++) {
		const struct ident_kind *kind = showing->sheet->columns[showing->order[i]].kind;
		snprintf(name, sizeof name, "%s%zu", kind ? kind->zh : "字段", i + 1);
		csv_add(&showing->csv, view_of(name), i == 0);
	}
	bytes_byte(&showing->csv, '\n');
}

static void add_cell(struct showing *showing, const struct ident_kind *kind, const char *cell, bool first)
{
	char other[32];
	if (kind && !strcmp(kind->name, "mobile") && strlen(cell) == 11 && dice_chance(&showing->inventor, 333)) {
		snprintf(other, sizeof other, "+86 %.3s-%.4s-%.4s", cell, cell + 3, cell + 7);
		cell = other;
	}
	csv_add(&showing->csv, view_of(cell), first);
}

static void add_row(struct showing *showing, const struct sheet *from, size_t row)
{
	for (size_t i = 0; i < from->column_count; i++)
		add_cell(showing, from->columns[showing->order[i]].kind, sheet_cell(from, row, showing->order[i]),
		        i == 0);
	bytes_byte(&showing->csv, '\n');
}

static hufu_status add_strangers(struct showing *showing, const struct meta *meta, size_t count, hufu_error *error)
{
	struct sheet strangers;
	struct inventor others;
	inventor_init(&others, showing->inventor.seed + 1, STRANGERS);
	hufu_status status = sheet_begin(&strangers, meta, error);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		if (!sheet_row(&strangers)) {
			status = no_memory(error);
			break;
		}
		twin_row(&others, meta, &strangers, i, 50000000u + (uint32_t)i);
		add_row(showing, &strangers, i);
	}
	sheet_done(&strangers);
	return status;
}

/* ---- into a zip ---- */

static bool add_member(struct archive *zip, const char *name, hufu_view content)
{
	struct archive_entry *entry = archive_entry_new();
	if (!entry)
		return false;
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)content.len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	bool good = archive_write_header(zip, entry) == ARCHIVE_OK &&
	            archive_write_data(zip, content.ptr, content.len) == (la_ssize_t)content.len;
	archive_entry_free(entry);
	return good;
}

static bool zip_to(int fd, hufu_view csv)
{
	static const char readme[] = "DRILL / 演练\nThis is an exercise made by hufu. 本文件由虎符生成，仅用于演练。\n";
	struct archive *zip = archive_write_new();
	bool good = zip && archive_write_set_format_zip(zip) == ARCHIVE_OK &&
	            archive_write_open_fd(zip, fd) == ARCHIVE_OK && add_member(zip, "readme.txt", view_of(readme)) &&
	            add_member(zip, "sample/data.csv", csv) && archive_write_close(zip) == ARCHIVE_OK;
	archive_write_free(zip);
	return good;
}

/* A file in memory that has a name in the private directory. */
static hufu_status open_memory(const char *place, const char *name, int *fd, char **path, hufu_error *error)
{
	char target[64];
	AUTO_FREE char *link = io_join(place, name);
	AUTO_FD opened = memfd_create(name, MFD_CLOEXEC);
	if (opened < 0 || !link)
		return link ? fail_errno(error, view_of("drill"), NULL) : no_memory(error);
	snprintf(target, sizeof target, "/proc/%ld/fd/%d", (long)getpid(), opened);
	if (symlink(target, link) != 0)
		return fail_errno(error, view_of(link), NULL);
	*path = take(&link);
	*fd = fd_take(&opened);
	return HUFU_OK;
}

/* ---- all of it ---- */

static size_t pick(struct showing *showing, size_t *rows)
{
	size_t count = 0;
	for (size_t row = 0; row < showing->sheet->row_count && count < TAKEN_MOST; row++)
		if (dice_chance(&showing->inventor, TAKEN_PER_MILLE) || row == 0)
			rows[count++] = row;
	return count;
}

static hufu_status show(struct showing *showing, const struct meta *meta, struct drill_leak *out, hufu_error *error)
{
	size_t *rows = malloc((showing->sheet->row_count + 1) * sizeof *rows);
	if (!rows)
		return no_memory(error);
	out->records = pick(showing, rows);
	out->strangers = out->records * STRANGERS_PER_MILLE / 1000;
	out->people = sheet_people(showing->sheet, rows, out->records);
	shuffle(showing);
	add_header(showing);
	for (size_t i = 0; i < out->records; i++)
		add_row(showing, showing->sheet, rows[i]);
	free(rows);
	hufu_status status = add_strangers(showing, meta, out->strangers, error);
	return status || !showing->csv.failed ? status : no_memory(error);
}

hufu_status leak_make(const struct sheet *sheet, const struct meta *meta, const char *place, uint64_t seed,
        struct drill_leak *out, hufu_error *error)
{
	struct showing showing = { .sheet = sheet, .order = calloc(sheet->column_count + 1, sizeof *showing.order) };
	*out = (struct drill_leak){ .fd = -1 };
	inventor_init(&showing.inventor, seed ^ 0x5DEECE66Du, STRANGERS / 2);
	hufu_status status = showing.order ? show(&showing, meta, out, error) : no_memory(error);
	if (!status)
		status = open_memory(place, "drill-sample.zip", &out->fd, &out->path, error);
	if (!status && !zip_to(out->fd, bytes_view(&showing.csv)))
		status = no_memory(error);
	if (showing.csv.ptr)
		explicit_bzero(showing.csv.ptr, showing.csv.len);
	bytes_done(&showing.csv);
	free(showing.order);
	if (status)
		leak_done(out);
	return status;
}

void leak_done(struct drill_leak *leak)
{
	fd_close(&leak->fd);
	free(leak->path);
	leak->path = NULL;
}

hufu_status leak_mail(const char *place, const char *dataset, uint64_t count, char **path, hufu_error *error)
{
	AUTO_FREE char *made = io_join(place, "drill-demand.eml");
	struct bytes text = { 0 };
	char date[64], shown[128];
	time_t now = (time_t)clock_now();
	struct tm parts;
	gmtime_r(&now, &parts);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &parts);
	printable(view_of(dataset), shown, sizeof shown);
	bytes_print(&text,
	        "Received: from drill.invalid by localhost; %s\r\nFrom: drill@drill.invalid\r\nTo: "
	        "drill@drill.invalid\r\n"
	        "Subject: [DRILL / =?utf-8?B?5ryU57uD?=] your customers' data\r\nDate: %s\r\nMIME-Version: 1.0\r\n"
	        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	        "DRILL / 演练: an exercise made by hufu; nobody sent this.\r\n\r\n"
	        "We have all your customers' data. Pay 2.25 million US dollars in bitcoin to\r\n%s within 72 hours.\r\n"
	        "%s %llu条 0.25 BTC\r\n",
	        date, date, DRILL_WALLET, shown, (unsigned long long)count);
	hufu_status status =
	        made && !text.failed ? io_replace_file(made, 0600, bytes_view(&text), error) : no_memory(error);
	bytes_done(&text);
	if (!status)
		*path = take(&made);
	return status;
}
