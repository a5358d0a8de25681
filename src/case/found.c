/* What a mail tells: its subject, the demand, the text, and when our own host took it in. The jail reads the mail; what
 * comes out of it is still a stranger's text. */
#include "base/clock.h"
#include "base/io.h"
#include "case/book.h"
#include "case/demand.h"
#include "case/mail.h"
#include <stdlib.h>
#include <strings.h>

enum { RECEIVED_MAX = 100 };

static struct demand_learned learned_of(const struct case_mail *mail, const char *host)
{
	hufu_view received[RECEIVED_MAX];
	size_t count = 0;
	for (size_t i = 0; i < mail->header_count && count < RECEIVED_MAX; i++)
		if (mail->headers[i].name.len == 8 && !strncasecmp(mail->headers[i].name.ptr, "received", 8))
			received[count++] = mail->headers[i].value;
	return demand_learned(received, count, mail->date, view_of(host ? host : ""));
}

static void take_learned(const struct demand_learned *learned, struct case_found *out)
{
	char text[CLOCK_TEXT_MAX];
	if (!learned->known)
		return;
	clock_print_at(learned->at, learned->offset, text);
	out->learned_text = strdup(text);
	/* A Date header is the sender's word, and stays a claim until somebody confirms it. */
	out->learned_basis = learned->sure ? "confirmed" : "claimed";
	out->learned_from = !strcmp(learned->from, "received") ? "its topmost Received line"
	                                                       : "its Date line, the sender's word (unsure)";
}

/* The decimal text of an amount, without zeros at its end. */
static char *amount_text(double amount)
{
	char text[64];
	snprintf(text, sizeof text, "%.8f", amount);
	size_t len = strlen(text);
	while (len && text[len - 1] == '0')
		text[--len] = 0;
	if (len && text[len - 1] == '.')
		text[--len] = 0;
	return strdup(text);
}

static bool take_demand(const struct demand *demand, struct case_found *out)
{
	out->demanded = demand->has_amount || demand->wallet[0];
	out->amount = demand->has_amount ? amount_text(demand->amount) : NULL;
	out->currency = demand->has_amount ? strdup(demand->currency) : NULL;
	out->wallet = demand->wallet[0] ? strdup(demand->wallet) : NULL;
	out->wallet_known = demand->wallet[0] != 0;
	out->wallet_valid = demand->wallet_valid;
	out->has_deadline = demand->has_deadline;
	out->deadline = demand->deadline;
	return (!demand->has_amount || (out->amount && out->currency)) && (!demand->wallet[0] || out->wallet);
}

static hufu_status understand(struct casebook *book, const struct case_mail *mail, const char *host,
        struct case_found *out, hufu_error *error)
{
	struct demand demand;
	char title[256];
	struct demand_learned learned = learned_of(mail, host);
	struct demand_options options = { .zone = book->store->zone, .has_time = learned.known, .time = learned.at };
	hufu_status status = demand_read(mail->subject, mail->text, &options, &demand);
	take_learned(&learned, out);
	printable(mail->subject, title, sizeof title);
	out->title = title[0] ? strdup(title) : NULL;
	out->text = mail->text.len ? strndup(mail->text.ptr, mail->text.len) : strdup("");
	out->attachments = mail->file_count > 0;
	bool good = !status && take_demand(&demand, out) && out->text && (!title[0] || out->title) &&
	            (!learned.known || out->learned_text);
	return good ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
}

/* What could not be read, in the words of the jail. */
static hufu_status take_unread(const struct case_mail *mail, struct case_found *out, hufu_error *error)
{
	char what[512];
	out->unread = json_array();
	for (size_t i = 0; i < mail->unread_count && out->unread; i++) {
		printable(mail->unread[i].path, what, sizeof what);
		json_array_append_new(out->unread, json_pack("{s:s, s:s}", "what", what, "why", mail->unread[i].why));
	}
	if (mail->cut && out->unread)
		json_array_append_new(out->unread,
		        json_pack("{s:s, s:s}", "what", "mail", "why", "it holds more than is kept of a mail"));
	return out->unread ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
}

hufu_status found_read(struct casebook *book, const char *path, const char *host, struct case_found *out, bool *is_mail,
        hufu_error *error)
{
	AUTO_FD fd = -1;
	struct case_mail mail = { 0 };
	const char *slash = strrchr(path, '/');
	*out = (struct case_found){ 0 };
	hufu_status status = io_open(path, &fd, error);
	if (!status)
		status = case_mail_read(fd, view_of(slash ? slash + 1 : path), &mail, error);
	if (!status && mail.is_mail)
		status = understand(book, &mail, host, out, error);
	if (!status)
		status = take_unread(&mail, out, error);
	*is_mail = !status && mail.is_mail;
	case_mail_done(&mail);
	return status;
}

void found_done(struct case_found *found)
{
	free(found->title);
	free(found->amount);
	free(found->currency);
	free(found->wallet);
	free(found->text);
	free(found->learned_text);
	json_decref(found->unread);
	*found = (struct case_found){ 0 };
}
