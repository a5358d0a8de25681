/* See mail.h. Collects offsets while the store grows, and makes views of them at the end. */
#include "case/mail.h"

#include "jail/jail.h"

#include <stdlib.h>
#include <strings.h>

enum { LISTS_MAX = 2000, STORE_MAX = 16 << 20 };

/* Where something lies in the store. */
struct place {
	size_t at, len;
};

struct collecting {
	struct case_mail *mail;
	struct bytes text; /* apart from the store until the end, so that it lies in one piece */
	struct place headers[CASE_MAIL_HEADERS_MAX][2];
	struct place files[CASE_MAIL_FILES_MAX][2];
	uint64_t sizes[CASE_MAIL_FILES_MAX];
	struct place unread[LISTS_MAX];
	enum jail_why why[LISTS_MAX];
	size_t header_count, file_count, unread_count;
	enum { PART_OTHER, PART_HEADERS, PART_TEXT, PART_FILES } part;
	bool names_due; /* the open part's first record, its columns' names, is still to come */
};

void case_mail_done(struct case_mail *mail)
{
	free(mail->headers);
	free(mail->files);
	free(mail->unread);
	bytes_done(&mail->store);
	*mail = (struct case_mail){ 0 };
}

hufu_view case_mail_header(const struct case_mail *mail, const char *name)
{
	for (size_t i = 0; i < mail->header_count; i++) {
		hufu_view has = mail->headers[i].name;
		if (has.len == strlen(name) && strncasecmp(has.ptr, name, has.len) == 0)
			return mail->headers[i].value;
	}
	return view_of("");
}

static struct place keep(struct collecting *now, hufu_view text)
{
	struct bytes *store = &now->mail->store;
	struct place place = { store->len, text.len };
	if (store->len + text.len > STORE_MAX) {
		now->mail->cut = true;
		return (struct place){ 0, 0 };
	}
	bytes_add(store, text);
	return place;
}

static uint64_t number_of(hufu_view digits)
{
	uint64_t value = 0;
	for (size_t i = 0; i < digits.len && i < 18 && digits.ptr[i] >= '0' && digits.ptr[i] <= '9'; i++)
		value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
	return value;
}

static void take_record(struct collecting *now, const struct batch *batch, uint32_t row)
{
	hufu_view first = batch_cell(batch, 0, row);
	if (now->part == PART_TEXT) {
		if (now->text.len + first.len >= CASE_MAIL_TEXT_MAX) {
			now->mail->cut = true;
			return;
		}
		bytes_add(&now->text, first);
		bytes_byte(&now->text, '\n');
	} else if (now->part == PART_HEADERS && now->header_count < CASE_MAIL_HEADERS_MAX) {
		now->headers[now->header_count][0] = keep(now, first);
		now->headers[now->header_count++][1] = keep(now, batch_cell(batch, 1, row));
	} else if (now->part == PART_FILES && now->file_count < CASE_MAIL_FILES_MAX) {
		now->files[now->file_count][0] = keep(now, first);
		now->files[now->file_count][1] = keep(now, batch_cell(batch, 1, row));
		now->sizes[now->file_count++] = number_of(batch_cell(batch, 2, row));
	} else {
		now->mail->cut = true;
	}
}

/* Only the outermost mail's own parts: "headers", and not "inner.eml/headers". */
static void begin_part(struct collecting *now, const struct jail_message *message)
{
	static const struct {
		const char *path, *format;
		uint32_t columns;
		int part;
	} parts[] = { { "headers", "mail-headers", 2, PART_HEADERS }, { "text", "mail-text", 1, PART_TEXT },
		{ "attachments", "mail-files", 3, PART_FILES } };
	now->part = PART_OTHER;
	now->names_due = true;
	for (size_t i = 0; i < LEN(parts); i++)
		if (strcmp(message->path, parts[i].path) == 0 && strcmp(message->format, parts[i].format) == 0 &&
		        message->columns == parts[i].columns)
			now->part = parts[i].part;
	now->mail->is_mail = now->mail->is_mail || now->part == PART_HEADERS;
	/* "2/headers" */
	size_t digits = strspn(message->path, "0123456789");
	now->mail->mails += digits > 0 && strcmp(message->path + digits, "/headers") == 0 &&
	                    strcmp(message->format, "mail-headers") == 0;
}

static void take(struct collecting *now, const struct jail_message *message)
{
	switch (message->event) {
	case JAIL_PART:
		begin_part(now, message);
		break;
	case JAIL_BATCH:
		for (uint32_t row = now->names_due; now->part != PART_OTHER && row < message->batch.rows; row++)
			take_record(now, &message->batch, row);
		now->names_due = false;
		break;
	case JAIL_PART_END:
		/* A text that was not shown to its end says so by this. */
		now->mail->cut = now->mail->cut || (now->part == PART_TEXT && message->malformed);
		now->part = PART_OTHER;
		break;
	case JAIL_UNREAD:
		if (now->unread_count == LISTS_MAX) {
			now->mail->cut = true;
			break;
		}
		now->unread[now->unread_count] = keep(now, view_of(message->path));
		now->why[now->unread_count++] = message->why;
		break;
	case JAIL_DONE:
		break;
	}
}

static hufu_view view_at(const struct case_mail *mail, struct place place)
{
	return place.len ? view_make(mail->store.ptr + place.at, place.len) : view_of("");
}

/* Offsets into views, now that the store stands. */
static bool settle(struct collecting *now)
{
	struct case_mail *mail = now->mail;
	struct place text = { mail->store.len, now->text.len };
	bytes_add(&mail->store, bytes_view(&now->text));
	mail->headers = calloc(now->header_count + 1, sizeof *mail->headers);
	mail->files = calloc(now->file_count + 1, sizeof *mail->files);
	mail->unread = calloc(now->unread_count + 1, sizeof *mail->unread);
	if (mail->store.failed || now->text.failed || !mail->headers || !mail->files || !mail->unread)
		return false;
	for (; mail->header_count < now->header_count; mail->header_count++) {
		const struct place *place = now->headers[mail->header_count];
		mail->headers[mail->header_count] =
		        (struct case_mail_header){ view_at(mail, place[0]), view_at(mail, place[1]) };
	}
	for (; mail->file_count < now->file_count; mail->file_count++) {
		const struct place *place = now->files[mail->file_count];
		mail->files[mail->file_count] = (struct case_mail_file){ view_at(mail, place[0]),
			view_at(mail, place[1]), now->sizes[mail->file_count] };
	}
	for (; mail->unread_count < now->unread_count; mail->unread_count++)
		mail->unread[mail->unread_count] =
		        (struct case_mail_unread){ view_at(mail, now->unread[mail->unread_count]),
			        jail_why(now->why[mail->unread_count]) };
	mail->text = view_at(mail, text);
	mail->subject = case_mail_header(mail, "Subject");
	mail->date = case_mail_header(mail, "Date");
	return true;
}

hufu_status case_mail_read(int fd, hufu_view name, struct case_mail *out, hufu_error *error)
{
	struct jail *jail = NULL;
	const struct jail_options options = { .name = name };
	*out = (struct case_mail){ 0 };
	struct collecting *now = calloc(1, sizeof *now);
	struct jail_message *message = malloc(sizeof *message);
	hufu_status st = HUFU_OK;
	if (!now || !message)
		st = fail(error, HUFU_NO_MEMORY, name, "out of memory", NULL);
	else
		st = jail_open(fd, &options, &jail, error);
	if (st == HUFU_OK)
		now->mail = out;
	for (bool done = false; st == HUFU_OK && !done;) {
		st = jail_next(jail, message, error);
		if (st != HUFU_OK)
			break;
		take(now, message);
		done = message->event == JAIL_DONE;
	}
	jail_close(jail);
	if (st == HUFU_OK && !settle(now))
		st = fail(error, HUFU_NO_MEMORY, name, "out of memory", NULL);
	if (now)
		bytes_done(&now->text);
	free(message);
	free(now);
	return st;
}
