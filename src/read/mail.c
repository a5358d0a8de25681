/* Reader for mails (RFC 5322, MIME) and for files of several (mbox). Puts four sorts of parts into the sink:
 *
 *     PATH/headers      mail-headers  name, value: Received fields first, then the others, in their order
 *     PATH/text         mail-text     text: the lines that a person reads; one such part for each text of the mail
 *     PATH/status       mail-status   text: the lines of a report on the delivery of another mail (RFC 3464)
 *     PATH/attachments  mail-files    path, type, bytes, when there are any
 *
 * These tell of the mail and are not data of a leak: whoever looks for records passes over formats that begin with
 * "mail-". Beside them every text (PATH/body) and every attachment goes back to the door as a layer, so that a table
 * pasted into a mail is read as one, and a zip within it opened. In an mbox the first mail's PATH is the file's own;
 * those behind it lie under their numbers. Trusts nothing, opens nothing, seeks nothing. */
#include "read/read.h"

#include "base/auto.h"
#include "base/utf8.h"
#include "read/charset.h"
#include "read/held.h"
#include "read/html.h"
#include "read/mailfields.h"
#include "read/mailtext.h"
#include "read/mime.h"
#include "read/records.h"

#include <stdio.h>

enum {
	PATH_ROOM = JAIL_PATH_MAX * 2,
	TEXT_MAX = 1 << 20,      /* of a text that is shown line by line; all of it is read as a layer */
	HTML_MAX = 8 << 20,      /* longer HTML is not reduced */
	PREAMBLE_MAX = 64 << 10, /* kept for the case that no boundary comes */
	LINE_MAX_BYTES = 64 << 10,
	LIST_MAX = 256 << 10,
};

/* One mail being read. */
struct mail {
	struct job *job;
	char path[PATH_ROOM];
	size_t path_len;
	struct mailtext text;
	struct mailfields fields; /* of the part under way */
	/* By level: whether its parts are versions of one, and how much plain text there was. */
	struct {
		bool alternative;
		size_t plain;
	} levels[MAILTEXT_LEVELS];
	unsigned number; /* of parts that have no name */
	bool damaged, spent_told;
	struct bytes files; /* lines of path, type and bytes, parted by line ends */
};

static hufu_view path_of(struct mail *mail, hufu_view name, char out[PATH_ROOM])
{
	size_t len = mail->path_len;
	memcpy(out, mail->path, len);
	if (len && len < PATH_ROOM - 1)
		out[len++] = '/';
	if (name.len > PATH_ROOM - len)
		name.len = PATH_ROOM - len;
	memcpy(out + len, name.ptr, name.len);
	return view_make(out, len + name.len);
}

static hufu_status unread(struct mail *mail, const char *name, enum jail_why why)
{
	char room[PATH_ROOM];
	hufu_view path = *name ? path_of(mail, view_of(name), room) : view_make(mail->path, mail->path_len);
	return sink_unread(mail->job->sink, path, why);
}

/* ---- what tells of the mail ---- */

struct table {
	struct mail *mail;
	const char *name, *format;
	const hufu_view *columns;
	uint32_t count;
	struct records records;
};

static hufu_status table_open(struct table *table)
{
	char room[PATH_ROOM];
	table->records = (struct records){ .sink = table->mail->job->sink };
	return records_open(&table->records,
	        &(struct sink_label){ .path = path_of(table->mail, view_of(table->name), room),
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

static hufu_status put_headers(struct mail *mail)
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
	return st == HUFU_OK && fields->dropped ? unread(mail, "headers", JAIL_WHY_HEADER) : st;
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

static hufu_status put_text(struct mail *mail, const char *name, const char *format, hufu_view text)
{
	const hufu_view columns[] = { view_of("text") };
	struct table table = {
		.mail = mail, .name = name, .format = format, .columns = columns, .count = LEN(columns)
	};
	bool cut = text.len > TEXT_MAX;
	if (cut)
		text.len = utf8_valid(view_make(text.ptr, TEXT_MAX));
	hufu_status st = table_open(&table);
	if (st == HUFU_OK)
		st = put_lines(&table, text);
	table.records.malformed = cut;
	return st == HUFU_OK ? records_close(&table.records) : st;
}

static hufu_status put_files(struct mail *mail)
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

/* ---- the bytes of one part ---- */

struct body {
	struct source source; /* what it holds, decoded */
	struct mail *mail;
	struct mime_decoder decoder;
	bool ended_line, crlf; /* the line before was ended, and how: the last end belongs to the boundary */
	size_t at, len;
	char out[MAILTEXT_BUFFER + 2];
};

static bool fill(struct body *body)
{
	struct mailtext_line line;
	body->at = body->len = 0;
	while (body->len == 0) {
		if (!mailtext_line(&body->mail->text, &line))
			return false;
		bool lines = body->decoder.transfer != MIME_BASE64;
		if (lines && body->ended_line && body->crlf)
			body->out[body->len++] = '\r';
		if (lines && body->ended_line)
			body->out[body->len++] = '\n';
		body->len += mime_decode(&body->decoder, line.text, line.whole, body->out + body->len);
		body->ended_line = line.ended && !body->decoder.soft;
		body->crlf = line.crlf;
	}
	return true;
}

static size_t pull_body(struct source *source, void *into, size_t len)
{
	struct body *body = source->user;
	if (body->at == body->len && !fill(body))
		return 0;
	if (len > body->len - body->at)
		len = body->len - body->at;
	memcpy(into, body->out + body->at, len);
	body->at += len;
	return len;
}

static struct body *body_new(struct mail *mail)
{
	struct body *body = malloc(sizeof *body);
	if (!body)
		return NULL;
	body->source = (struct source){ .pull = pull_body, .user = body, .fd = -1 };
	body->mail = mail;
	body->decoder = (struct mime_decoder){ .transfer = mime_transfer(
		                                       mailfields_find(&mail->fields, "Content-Transfer-Encoding")) };
	body->ended_line = body->crlf = false;
	body->at = body->len = 0;
	return body;
}

static void drain(struct body *body)
{
	char waste[16 << 10];
	while (source_read(&body->source, waste, sizeof waste))
		job_progress(body->mail->job);
}

/* ---- texts ---- */

static bool is_text(hufu_view text)
{
	return view_trim(text).len > 0;
}

/* Shown by lines, and read as a layer. */
static hufu_status give_text(struct mail *mail, hufu_view text)
{
	char room[PATH_ROOM];
	AUTO_FREE struct source *source = malloc(sizeof *source);
	if (!source)
		return HUFU_NO_MEMORY;
	hufu_status st = put_text(mail, "text", "mail-text", text);
	source_memory(source, text);
	hufu_view path = path_of(mail, view_of("body"), room);
	return st == HUFU_OK ? job_layer(mail->job, source, path, view_of("body.txt")) : st;
}

/* The innermost level whose parts are versions of one another. */
static size_t *plain_so_far(struct mail *mail)
{
	for (unsigned level = mail->text.levels; level-- > 0;)
		if (mail->levels[level].alternative)
			return &mail->levels[level].plain;
	return NULL;
}

static hufu_status give_html(struct mail *mail, hufu_view charset, hufu_view raw)
{
	struct bytes decoded = { 0 }, text = { 0 };
	size_t *plain = plain_so_far(mail);
	hufu_status st = HUFU_OK;
	charset_decode(charset, raw, &decoded);
	html_text(bytes_view(&decoded), &text);
	/* Beside a plain version it is passed over, unless that says little of what it says. */
	if (decoded.failed || text.failed)
		st = HUFU_NO_MEMORY;
	else if (is_text(bytes_view(&text)) && (!plain || *plain * 2 < text.len))
		st = give_text(mail, bytes_view(&text));
	bytes_done(&decoded);
	bytes_done(&text);
	return st;
}

static hufu_status give_plain(struct mail *mail, hufu_view charset, hufu_view raw)
{
	struct bytes decoded = { 0 };
	size_t *plain = plain_so_far(mail);
	hufu_status st = HUFU_OK;
	charset_decode(charset, raw, &decoded);
	if (decoded.failed)
		st = HUFU_NO_MEMORY;
	else if (is_text(bytes_view(&decoded)))
		st = give_text(mail, bytes_view(&decoded));
	if (plain)
		*plain += decoded.len;
	bytes_done(&decoded);
	return st;
}

/* Text too long to be held twice: its beginning is shown, all of it read as any file is. */
static hufu_status give_long(struct mail *mail, hufu_view charset, struct held *held)
{
	char room[PATH_ROOM];
	struct bytes decoded = { 0 };
	size_t *plain = plain_so_far(mail);
	charset_decode(charset, view_make(held->bytes, held->len < TEXT_MAX ? held->len : TEXT_MAX), &decoded);
	hufu_status st = decoded.failed ? HUFU_NO_MEMORY : put_text(mail, "text", "mail-text", bytes_view(&decoded));
	bytes_done(&decoded);
	if (plain)
		*plain += held->len;
	hufu_view path = path_of(mail, view_of("body"), room);
	return st == HUFU_OK ? job_layer(mail->job, &held->source, path, view_of("body.txt")) : st;
}

static hufu_status read_text(struct mail *mail, struct body *body, hufu_view type, bool html)
{
	struct held held;
	struct bytes charset = { 0 };
	(void)mime_parameter(type, "charset", &charset);
	hufu_status st = held_init(&held, mail->job, &body->source);
	hufu_view raw = { held.bytes, held.len }, name = bytes_view(&charset);
	if (st != HUFU_OK)
		;
	else if (html && (!held.whole || raw.len > HTML_MAX))
		st = unread(mail, "body", JAIL_WHY_STRUCTURE);
	else if (html)
		st = give_html(mail, name, raw);
	else if (!held.whole || raw.len > TEXT_MAX)
		st = give_long(mail, name, &held);
	else
		st = give_plain(mail, name, raw);
	held_done(&held, mail->job);
	bytes_done(&charset);
	return st;
}

/* ---- attachments ---- */

/* Its name without folders, or one made up from its type. */
static void file_name(struct mail *mail, hufu_view type, struct bytes *out)
{
	static const struct {
		const char *type, *suffix;
	} suffixes[] = { { "message/rfc822", ".eml" }, { "text/csv", ".csv" }, { "text/html", ".html" },
		{ "application/json", ".json" }, { "application/zip", ".zip" } };
	struct bytes name = { 0 };
	if (!mime_parameter(mailfields_find(&mail->fields, "Content-Disposition"), "filename", &name) || !name.len)
		(void)mime_parameter(mailfields_find(&mail->fields, "Content-Type"), "name", &name);
	hufu_view base = view_trim(bytes_view(&name));
	for (size_t i = base.len; i-- > 0;)
		if (base.ptr[i] == '/' || base.ptr[i] == '\\') {
			base = view_from(base, i + 1);
			break;
		}
	mail->number++;
	if (base.len > JAIL_PATH_MAX / 2)
		base = view_from(base, base.len - JAIL_PATH_MAX / 2); /* the end says what it is */
	if (base.len && !name.failed)
		bytes_add(out, base);
	else
		bytes_print(out, "part-%u", mail->number);
	for (size_t i = 0; base.len == 0 && i < LEN(suffixes); i++)
		if (mime_same(mime_value(type), suffixes[i].type))
			bytes_text(out, suffixes[i].suffix);
	for (size_t i = 0; i < out->len; i++)
		if (out->ptr[i] == '\n' || out->ptr[i] == '\r')
			out->ptr[i] = ' ';
	out->failed = out->failed || name.failed;
	bytes_done(&name);
}

static void list_file(struct mail *mail, hufu_view path, hufu_view type, uint64_t bytes)
{
	if (mail->files.len > LIST_MAX)
		return;
	char shown[PATH_ROOM];
	printable(path, shown, sizeof shown);
	bytes_text(&mail->files, shown);
	bytes_byte(&mail->files, '\n');
	for (size_t i = 0; i < type.len && i < 100; i++)
		bytes_byte(&mail->files, type.ptr[i] > ' ' && type.ptr[i] < 127 ? type.ptr[i] : '?');
	bytes_print(&mail->files, "\n%llu\n", (unsigned long long)bytes);
}

/* What became of another mail is shown line by line, and read as a layer all the same: anybody may call a table so. */
static hufu_status give_status(struct mail *mail, struct body *body, hufu_view path, hufu_view name)
{
	struct held held;
	hufu_status st = held_init(&held, mail->job, &body->source);
	if (st == HUFU_OK)
		st = put_text(mail, "status", "mail-status", view_make(held.bytes, held.len));
	if (st == HUFU_OK)
		st = job_layer(mail->job, &held.source, path, name);
	held_done(&held, mail->job);
	return st;
}

static hufu_status read_file(struct mail *mail, struct body *body, hufu_view type)
{
	char room[PATH_ROOM];
	struct bytes name = { 0 };
	hufu_view shown = mime_value(type);
	file_name(mail, type, &name);
	hufu_view path = path_of(mail, bytes_view(&name), room);
	hufu_status st = name.failed ? HUFU_NO_MEMORY : HUFU_OK;
	if (st == HUFU_OK && body->decoder.transfer == MIME_UUENCODE)
		st = sink_unread(mail->job->sink, path, JAIL_WHY_METHOD);
	else if (st == HUFU_OK && mime_same(shown, "message/delivery-status"))
		st = give_status(mail, body, path, bytes_view(&name));
	else if (st == HUFU_OK)
		st = job_layer(mail->job, &body->source, path, bytes_view(&name));
	if (st == HUFU_OK) {
		drain(body);
		list_file(mail, path, shown, body->source.taken);
		if (body->decoder.damaged)
			st = sink_unread(mail->job->sink, path, JAIL_WHY_DAMAGED);
	}
	bytes_done(&name);
	return st == HUFU_OK && mail->files.failed ? HUFU_NO_MEMORY : st;
}

/* ---- parts ---- */

static bool has_name(const struct mailfields *fields)
{
	struct bytes name = { 0 };
	bool found = mime_parameter(mailfields_find(fields, "Content-Disposition"), "filename", &name) ||
	             mime_parameter(mailfields_find(fields, "Content-Type"), "name", &name);
	bytes_done(&name);
	return found;
}

static hufu_status read_leaf(struct mail *mail)
{
	hufu_view type = mailfields_find(&mail->fields, "Content-Type"), value = mime_value(type);
	bool html = mime_same(value, "text/html");
	/* No type, or one that is none: plain text. */
	bool plain = mime_same(value, "text/plain") || !memchr(value.len ? value.ptr : "", '/', value.len) ||
	             mime_starts(value, "multipart/");
	bool attached = mime_starts(mailfields_find(&mail->fields, "Content-Disposition"), "attachment");
	if (!job_member(mail->job)) {
		if (mail->spent_told)
			return HUFU_OK;
		mail->spent_told = true;
		return unread(mail, "", JAIL_WHY_MEMBERS);
	}
	struct body *body = body_new(mail);
	if (!body)
		return HUFU_NO_MEMORY;
	bool text = (html || plain) && !attached && !has_name(&mail->fields) && body->decoder.transfer != MIME_UUENCODE;
	hufu_status st = text ? read_text(mail, body, type, html) : read_file(mail, body, type);
	if (st == HUFU_OK)
		drain(body);
	mail->damaged = mail->damaged || (text && body->decoder.damaged && body->decoder.transfer == MIME_BASE64);
	free(body);
	return st;
}

/* Whether the line at hand is the boundary that is really used: "--something", and a part's header behind it. */
static bool is_other_boundary(struct mail *mail, const struct mailtext_line *line)
{
	if (!line->starts || !line->ended || line->text.len < 3 || !view_starts(line->text, "--"))
		return false;
	/* The peek may move what the line shows. */
	char kept[MAILTEXT_BOUNDARY_MAX];
	hufu_view name = view_trim(view_from(line->text, 2));
	if (name.len == 0 || name.len > sizeof kept)
		return false;
	memcpy(kept, name.ptr, name.len);
	if (!mime_starts(mailtext_peek(&mail->text, 64), "content-"))
		return false;
	mail->text.levels--;
	return mailtext_open(&mail->text, view_make(kept, name.len));
}

/* The lines before the first boundary. Where none comes, they are what the mail says. */
static hufu_status read_preamble(struct mail *mail, unsigned level)
{
	struct bytes kept = { 0 };
	struct mailtext_line line;
	hufu_status st = HUFU_OK;
	while (mailtext_line(&mail->text, &line)) {
		if (kept.len < PREAMBLE_MAX) {
			bytes_add(&kept, line.text);
			if (line.ended)
				bytes_byte(&kept, '\n');
		}
		if (is_other_boundary(mail, &line)) {
			mail->damaged = true;
			mail->text.stop = MAILTEXT_NEXT;
			mail->text.stop_level = level;
		}
	}
	bool found = (mail->text.stop == MAILTEXT_NEXT || mail->text.stop == MAILTEXT_LAST) &&
	             mail->text.stop_level == level;
	if (!found) {
		mail->damaged = true;
		st = kept.failed ? HUFU_NO_MEMORY : HUFU_OK;
		if (st == HUFU_OK && is_text(bytes_view(&kept)))
			st = give_plain(mail, (hufu_view){ 0 }, bytes_view(&kept));
	}
	bytes_done(&kept);
	return st;
}

static hufu_status read_entity(struct mail *mail);

static bool at_next(const struct mail *mail, unsigned level)
{
	return mail->text.stop == MAILTEXT_NEXT && mail->text.stop_level == level && !mail->job->spent;
}

/* Recursion is bounded by the levels of mailtext. */
static hufu_status read_multipart(struct mail *mail, bool alternative)
{
	unsigned level = mail->text.levels - 1;
	struct mailtext_line line;
	mail->levels[level].alternative = alternative;
	mail->levels[level].plain = 0;
	hufu_status st = read_preamble(mail, level);
	while (st == HUFU_OK && at_next(mail, level)) {
		mail->text.stop = MAILTEXT_GOES_ON;
		mailfields_read(&mail->fields, &mail->text);
		mail->damaged = mail->damaged || mail->fields.malformed || mail->fields.dropped;
		st = read_entity(mail);
		while (st == HUFU_OK && mailtext_line(&mail->text, &line))
			;
	}
	bool closed = mail->text.stop == MAILTEXT_LAST && mail->text.stop_level == level;
	mail->damaged = mail->damaged || (!closed && !mail->job->spent);
	mail->text.levels = level;
	if (closed) {
		mail->text.stop = MAILTEXT_GOES_ON;
		while (st == HUFU_OK && mailtext_line(&mail->text, &line))
			;
	}
	return st;
}

static hufu_status read_entity(struct mail *mail)
{
	hufu_view type = mailfields_find(&mail->fields, "Content-Type");
	if (!mime_starts(type, "multipart/"))
		return read_leaf(mail);
	struct bytes boundary = { 0 };
	bool alternative = mime_starts(type, "multipart/alternative");
	bool named = mime_parameter(type, "boundary", &boundary) && !boundary.failed && boundary.len;
	bool open = named && mailtext_open(&mail->text, bytes_view(&boundary));
	bytes_done(&boundary);
	if (open)
		return read_multipart(mail, alternative);
	if (named)
		return unread(mail, "", JAIL_WHY_DEPTH);
	mail->damaged = true;
	return read_leaf(mail);
}

/* ---- mails ---- */

/* An address a line, labelled as in a letter; commas inside a quoted name part nothing. */
static void add_addresses(struct bytes *out, const char *label, hufu_view list)
{
	bool quoted = false, address = false;
	bytes_text(out, label);
	bytes_text(out, ": ");
	for (size_t i = 0; i < list.len; i++) {
		char c = list.ptr[i];
		quoted = quoted != (c == '"');
		address = address || c == '@';
		bool parts = c == ',' && !quoted && address;
		if (parts) {
			bytes_byte(out, '\n');
			bytes_text(out, label);
			bytes_byte(out, ':');
		} else {
			bytes_byte(out, c);
		}
		address = address && !parts;
	}
	bytes_byte(out, '\n');
}

/* Who wrote and who received: people, where the mail is one of a mailbox that leaked. A single mail is a message to us,
 * and the address that it came to says nothing of what it brings. */
static hufu_status give_people(struct mail *mail)
{
	static const char *const names[] = { "From", "Reply-To", "To", "Cc", "Bcc" };
	char room[PATH_ROOM];
	struct bytes text = { 0 };
	hufu_status st = HUFU_OK;
	if (mail->path_len == 0 && !mail->text.mbox)
		return HUFU_OK;
	for (size_t i = 0; i < LEN(names); i++) {
		struct bytes value = { 0 };
		mime_words(mailfields_find(&mail->fields, names[i]), &value);
		if (is_text(bytes_view(&value)))
			add_addresses(&text, names[i], bytes_view(&value));
		text.failed = text.failed || value.failed;
		bytes_done(&value);
	}
	AUTO_FREE struct source *source = malloc(sizeof *source);
	if (!source || text.failed) {
		st = HUFU_NO_MEMORY;
	} else if (is_text(bytes_view(&text))) {
		source_memory(source, bytes_view(&text));
		st = job_layer(mail->job, source, path_of(mail, view_of("people"), room), view_of("people.txt"));
	}
	bytes_done(&text);
	return st;
}

static hufu_status read_one(struct mail *mail)
{
	mail->number = 0;
	mail->damaged = false;
	mail->files.len = 0;
	mailfields_read(&mail->fields, &mail->text);
	hufu_status st = put_headers(mail);
	if (st == HUFU_OK)
		st = give_people(mail);
	if (st == HUFU_OK)
		st = read_entity(mail);
	if (st == HUFU_OK)
		st = put_files(mail);
	return st == HUFU_OK && mail->damaged ? unread(mail, "", JAIL_WHY_DAMAGED) : st;
}

/* Past the mark of UTF-8 and the "From " of an mbox. */
static void skip_from(struct mail *mail)
{
	struct mailtext_line line;
	if (view_starts(mailtext_peek(&mail->text, 3), "\xef\xbb\xbf"))
		mail->text.at += 3;
	mail->text.mbox = mailtext_is_from(mailtext_peek(&mail->text, 256));
	if (mail->text.mbox)
		(void)mailtext_raw(&mail->text, &line);
	mail->text.blank_line = false;
}

static hufu_status read_all(struct mail *mail)
{
	size_t outer = mail->path_len;
	hufu_status st = HUFU_OK;
	skip_from(mail);
	for (unsigned number = 1; st == HUFU_OK; number++) {
		if (!job_member(mail->job))
			return unread(mail, "", JAIL_WHY_MEMBERS);
		if (number > 1) {
			mail->path_len = outer;
			mail->path_len += (size_t)snprintf(
			        mail->path + outer, sizeof mail->path - outer, "%s%u", outer ? "/" : "", number);
			skip_from(mail);
		}
		st = read_one(mail);
		job_progress(mail->job);
		if (mail->text.stop != MAILTEXT_MAIL || mail->job->spent)
			break;
		mail->text.stop = MAILTEXT_GOES_ON;
		mail->text.levels = 0;
	}
	return st;
}

static hufu_status read_mail(struct job *job, struct source *source, hufu_view path)
{
	AUTO_FREE struct mail *mail = malloc(sizeof *mail);
	if (!mail)
		return HUFU_NO_MEMORY;
	mail->job = job;
	mail->path_len = path.len < PATH_ROOM / 2 ? path.len : PATH_ROOM / 2;
	memcpy(mail->path, path.ptr, mail->path_len);
	mailtext_init(&mail->text, source);
	mail->fields.text = mail->files = (struct bytes){ 0 };
	mail->spent_told = false;
	hufu_status st = read_all(mail);
	if (mail->fields.text.failed)
		st = HUFU_NO_MEMORY;
	bytes_done(&mail->fields.text);
	bytes_done(&mail->files);
	return st;
}

/* ---- claims ---- */

/* Takes the next line off `text`; the last one, which may be cut, does not count. */
static bool next_line(hufu_view *text, hufu_view *line)
{
	const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	if (!end)
		return false;
	*line = view_make(text->ptr, (size_t)(end - text->ptr));
	*text = view_from(*text, line->len + 1);
	return true;
}

/* Fields at the very beginning, of names that mails have, and one among them that hardly anything else has. A list of
 * "Name: ..., E-mail: ..." has none. */
static bool claims(hufu_view head, hufu_view name)
{
	if (view_starts(head, "\xef\xbb\xbf"))
		head = view_from(head, 3);
	bool from_line = mailtext_is_from(head);
	unsigned known = 0, marks = 0;
	hufu_view line;
	if (from_line)
		(void)next_line(&head, &line);
	for (bool first = true; next_line(&head, &line); first = false) {
		bool sure, folded = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
		size_t len = mailfields_name(line);
		if (folded && !first)
			continue;
		if (!len)
			break;
		hufu_view field = { line.ptr, len };
		known += mailfields_known(field, &sure);
		marks += sure;
	}
	/* Without any mark nothing in it is coded, and running text loses nothing. */
	if (from_line || (name.len > 4 && mime_starts(view_from(name, name.len - 4), ".eml")))
		return known > 0;
	return marks > 0 && known > 1;
}

const struct reader reader_mail = { .name = "mail", .container = true, .claims = claims, .read = read_mail };
