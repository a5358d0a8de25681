/* What tells of a mail: its headers, the lines that a person reads, and the list of what is attached. */
#include "base/utf8.h"
#include "read/mailread.h"
#include "read/mime.h"
#include "read/records.h"

enum { LINE_MAX_BYTES = 64 << 10, LIST_MAX = 256 << 10 };

hufu_view mail_path(struct mail *mail, hufu_view name, char out[MAIL_PATH_ROOM])
{
	size_t len = mail->path_len;
	memcpy(out, mail->path, len);
	if (len && len < MAIL_PATH_ROOM - 1)
		out[len++] = '/';
	if (name.len > MAIL_PATH_ROOM - len)
		name.len = MAIL_PATH_ROOM - len;
	memcpy(out + len, name.ptr, name.len);
	return view_make(out, len + name.len);
}

hufu_status mail_unread(struct mail *mail, const char *name, enum jail_why why)
{
	char room[MAIL_PATH_ROOM];
	hufu_view path = *name ? mail_path(mail, view_of(name), room) : view_make(mail->path, mail->path_len);
	return sink_unread(mail->job->sink, path, why);
}

/* ---- tables ---- */

struct table {
	struct mail *mail;
	const char *name, *format;
	const hufu_view *columns;
	uint32_t count;
	struct records records;
};

static hufu_status table_open(struct table *table)
{
	char room[MAIL_PATH_ROOM];
	table->records = (struct records){ .sink = table->mail->job->sink };
	return records_open(&table->records,
	        &(struct sink_label){ .path = mail_path(table->mail, view_of(table->name), room),
	                .format = table->format,
	                .encoding = "utf-8",
	                .columns = table->count,
	                .named = true },
	        table->columns);
}

static hufu_status table_add(struct table *table, const hufu_view *cells)
{
	struct sink_batch *batch = &table->records.batch;
	hufu_status st = records_begin(&table->records);
	for (uint32_t i = 0; st == HUFU_OK && i < table->count; i++) {
		hufu_view cell = cells[i];
		if (cell.len > 4 * MAILFIELDS_VALUE)
			cell.len = utf8_valid(view_make(cell.ptr, 4 * MAILFIELDS_VALUE));
		if (cell.len)
			memcpy(batch->text + batch->text_len, cell.ptr, cell.len);
		records_cell(&table->records, i, batch->text_len, (uint32_t)cell.len);
		batch->text_len += (uint32_t)cell.len;
	}
	if (st == HUFU_OK)
		batch->rows++;
	return st;
}

static hufu_status put_field(struct table *table, const struct mailfields *fields, size_t i)
{
	struct bytes value = { 0 };
	hufu_view name = mailfields_get_name(fields, i), raw = mailfields_get_value(fields, i);
	mime_words(raw, &value);
	hufu_status st =
	        value.failed ? HUFU_NO_MEMORY : table_add(table, (const hufu_view[]){ name, bytes_view(&value) });
	bytes_done(&value);
	return st;
}

hufu_status mail_put_headers(struct mail *mail)
{
	const hufu_view columns[] = { view_of("name"), view_of("value") };
	struct table table = {
		.mail = mail, .name = "headers", .format = "mail-headers", .columns = columns, .count = LEN(columns)
	};
	const struct mailfields *fields = &mail->fields;
	hufu_status st = table_open(&table);
	for (unsigned received = 2; received-- > 0;)
		for (size_t i = 0; st == HUFU_OK && i < fields->count; i++)
			if (mime_same(mailfields_get_name(fields, i), "Received") == received)
				st = put_field(&table, fields, i);
	table.records.malformed = fields->malformed;
	if (st == HUFU_OK)
		st = records_close(&table.records);
	mail->damaged = mail->damaged || fields->malformed;
	return st == HUFU_OK && fields->dropped ? mail_unread(mail, "headers", JAIL_WHY_HEADER) : st;
}

/* One line at a time, so that it can be laid out again. */
static hufu_status put_lines(struct table *table, hufu_view text)
{
	hufu_status st = HUFU_OK;
	while (text.len && st == HUFU_OK) {
		const char *end = memchr(text.ptr, '\n', text.len);
		hufu_view line = { text.ptr, end ? (size_t)(end - text.ptr) : text.len };
		bool cut = line.len > LINE_MAX_BYTES;
		if (cut)
			line.len = utf8_valid(view_make(line.ptr, LINE_MAX_BYTES));
		text = view_from(text, line.len + (end && !cut));
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		st = table_add(table, &line);
	}
	return st;
}

hufu_status mail_put_text(struct mail *mail, const char *name, const char *format, hufu_view text)
{
	const hufu_view columns[] = { view_of("text") };
	struct table table = {
		.mail = mail, .name = name, .format = format, .columns = columns, .count = LEN(columns)
	};
	bool cut = text.len > MAIL_TEXT_MAX;
	if (cut)
		text.len = utf8_valid(view_make(text.ptr, MAIL_TEXT_MAX));
	hufu_status st = table_open(&table);
	if (st == HUFU_OK)
		st = put_lines(&table, text);
	table.records.malformed = cut;
	return st == HUFU_OK ? records_close(&table.records) : st;
}

/* ---- attachments ---- */

void mail_list_file(struct mail *mail, hufu_view path, hufu_view type, uint64_t bytes)
{
	if (mail->files.len > LIST_MAX)
		return;
	char shown[MAIL_PATH_ROOM];
	printable(path, shown, sizeof shown);
	bytes_text(&mail->files, shown);
	bytes_byte(&mail->files, '\n');
	for (size_t i = 0; i < type.len && i < 100; i++)
		bytes_byte(&mail->files, type.ptr[i] > ' ' && type.ptr[i] < 127 ? type.ptr[i] : '?');
	bytes_print(&mail->files, "\n%llu\n", (unsigned long long)bytes);
}

hufu_status mail_put_files(struct mail *mail)
{
	const hufu_view columns[] = { view_of("path"), view_of("type"), view_of("bytes") };
	struct table table = {
		.mail = mail, .name = "attachments", .format = "mail-files", .columns = columns, .count = LEN(columns)
	};
	hufu_view rest = bytes_view(&mail->files);
	if (rest.len == 0)
		return HUFU_OK;
	hufu_status st = table_open(&table);
	while (rest.len && st == HUFU_OK) {
		hufu_view cells[LEN(columns)] = { 0 };
		for (size_t i = 0; i < LEN(cells); i++) {
			const char *end = memchr(rest.ptr, '\n', rest.len);
			cells[i] = view_make(rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len);
			rest = view_from(rest, cells[i].len + 1);
		}
		st = table_add(&table, cells);
	}
	return st == HUFU_OK ? records_close(&table.records) : st;
}
