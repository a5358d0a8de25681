/* What a mail tells: its subject, the demand, the text, and when our own host took it in. The jail reads the mail; what
 * comes out of it is still a stranger's text. */
#include "base/clock.h"
#include "base/io.h"
#include "case/book.h"
#include "case/demand.h"
#include "case/mail.h"
#include "case/number.h"
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
	return demand_learned(received, count, mail->date, view_of(host ? host : ""), clock_now());
}

static void take_learned(const struct demand_learned *learned, struct case_found *out)
{
	static const struct {
		const char *from, *words;
	} sources[] = {
		{ "host", "the Received line of our own host" },
		{ "received", "its topmost Received line" },
		{ "lower", "a lower Received line, the topmost tells no usable time (unsure)" },
		{ "foreign", "its Received line of another host, our host wrote none (unsure)" },
		{ "date", "its Date line, the sender's word (unsure)" },
	};
	char text[CLOCK_TEXT_MAX];
	out->foreign = learned->foreign;
	if (!learned->known)
		return;
	clock_print_at(learned->at, learned->offset, text);
	out->learned_text = strdup(text);
	/* What our own host did not write is the sender's word, and stays a claim until somebody confirms it. */
	out->learned_basis = learned->sure ? "confirmed" : "claimed";
	for (size_t i = 0; i < LEN(sources); i++)
		if (!strcmp(learned->from, sources[i].from))
			out->learned_from = sources[i].words;
}

static bool take_demand(const struct demand *demand, struct case_found *out)
{
	out->demanded = demand->has_amount || demand->wallet[0];
	char amount[NUMBER_DECIMAL_MAX];
	number_decimal(demand->amount, amount);
	out->amount = demand->has_amount ? strdup(amount) : NULL;
	out->currency = demand->has_amount ? strdup(demand->currency) : NULL;
	out->wallet = demand->wallet[0] ? strdup(demand->wallet) : NULL;
	out->wallet_known = demand->wallet[0] && demand->wallet_checked;
	out->wallet_valid = demand->wallet_valid;
	out->has_deadline = demand->has_deadline;
	out->deadline = demand->deadline;
	return (!demand->has_amount || (out->amount && out->currency)) && (!demand->wallet[0] || out->wallet);
}

static char *title_of(hufu_view subject)
{
	char title[256];
	printable(view_trim(subject), title, sizeof title);
	return strdup(title);
}

static hufu_status understand(struct casebook *book, const struct case_mail *mail, const char *host,
        struct case_found *out, hufu_error *error)
{
	struct demand demand;
	struct bytes subject = { 0 }, text = { 0 };
	text_calm(mail->subject, &subject);
	text_calm(mail->text, &text);
	bytes_byte(&text, 0);
	struct demand_learned learned = learned_of(mail, host);
	struct demand_options options = { .zone = book->store->zone, .has_time = learned.known, .time = learned.at };
	hufu_status status =
	        subject.failed || text.failed
	                ? HUFU_NO_MEMORY
	                : demand_read(bytes_view(&subject), view_make(text.ptr, text.len - 1), &options, &demand);
	take_learned(&learned, out);
	out->title = title_of(bytes_view(&subject));
	out->text = text.failed ? NULL : text.ptr;
	out->attachments = mail->file_count > 0;
	bytes_done(&subject);
	if (text.failed)
		bytes_done(&text);
	bool good = !status && take_demand(&demand, out) && out->text && out->title &&
	            (!learned.known || out->learned_text);
	return good ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
}

/* What could not be read, in the words of the jail. */
void unread_add(json_t *list, hufu_view path, const char *why)
{
	char what[512];
	size_t at;
	json_t *said;
	printable(path, what, sizeof what);
	json_t *line = json_pack("{s:s, s:s}", "what", what, "why", why);
	json_array_foreach(list, at, said)
	{
		if (json_equal(said, line)) {
			json_decref(line);
			return;
		}
	}
	json_array_append_new(list, line);
}

/* A part without a name is told by the file's. */
static hufu_status take_unread(
        const struct case_mail *mail, hufu_view name, const char *host, struct case_found *out, hufu_error *error)
{
	out->unread = json_array();
	for (size_t i = 0; i < mail->unread_count && out->unread; i++)
		unread_add(out->unread, mail->unread[i].path.len ? mail->unread[i].path : name, mail->unread[i].why);
	if (mail->cut && out->unread)
		unread_add(out->unread, name, "it holds more than is kept of a mail");
	if (out->foreign && out->unread)
		unread_add(out->unread, view_of(host),
		        "our host wrote no Received line of this mail: when we learned of it is only claimed");
	return out->unread ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("mail"), "no memory", NULL);
}

hufu_status found_read(struct casebook *book, int fd, hufu_view name, const char *host, struct case_found *out,
        bool *is_mail, hufu_error *error)
{
	struct case_mail mail = { 0 };
	*out = (struct case_found){ 0 };
	hufu_status status = case_mail_read(fd, name, &mail, error);
	if (!status && mail.is_mail)
		status = understand(book, &mail, host, out, error);
	if (!status)
		status = take_unread(&mail, name, host, out, error);
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
