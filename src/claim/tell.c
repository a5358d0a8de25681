/* A caller's code goes to the contact on file: looked up in our own source at that moment, by the person's token, and
 * forgotten again. By text message where a gateway is set, since whoever calls has his telephone at hand; else by mail.
 */
#include "base/clock.h"
#include "claim/inside.h"
#include "send/send.h"

#include <sodium.h>
#include <stdio.h>

static const struct way {
	const struct send_channel *send;
	const char *setting; /* without which it is not used */
	bool sms;
} ways[] = { { &send_sms, "notify.sms_url", true }, { &send_mail, "mail.server", false } };

struct looking_up {
	uint64_t token;
	struct contact found; /* token 0: none */
};

/* The source is read to its end whoever is looked for: where it ends would tell that he is there. */
static bool is_his(void *context, const struct contact *contact)
{
	struct looking_up *looking = context;
	if (contact->token == looking->token && (contact->mail[0] || contact->mobile[0]))
		looking->found = *contact;
	return true;
}

static const char *address(const struct way *way, const struct contact *contact)
{
	return way->sms ? contact->mobile : contact->mail;
}

static void write_message(const char *code, int64_t minutes, struct bytes *text)
{
	bytes_print(text,
	        "您正在就个人信息事件与我们联系。验证码 %s，%lld 分钟内有效，请读给正在与您通话的工作人员。"
	        "若您没有联系我们，请忽略本信息，不要告诉任何人。\n\n"
	        "You are speaking to us about an incident with personal data. The code is %s, good for %lld minutes: "
	        "read it to the person on the line. If you did not contact us, ignore this and tell it to nobody.\n",
	        code, (long long)minutes, code, (long long)minutes);
}

static bool send_by(const struct config *config, const struct way *way, const struct contact *to, const char *code)
{
	static const struct send_header headers[] = { { "Auto-Submitted", "auto-generated" } };
	struct sender *sender = NULL;
	struct bytes text = { 0 };
	struct send_result result = { .outcome = SEND_LATER };
	uint8_t random[16];
	char id[48] = "code-";
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(id + 5, sizeof id - 5, random, sizeof random);
	write_message(code, config_number(config, "claim.code_valid") / 60, &text);
	bytes_byte(&text, '\0');
	const struct send_message message = { .to = address(way, to),
		.subject = "验证码 / Your code",
		.text = text.ptr,
		.id = id,
		.at = clock_now(),
		.urgency = SEND_NOTICE,
		.headers = headers,
		.header_count = LEN(headers) };
	if (!text.failed && !sender_open(way->send, config, &sender, NULL))
		sender_send(sender, &message, &result);
	sender_close(sender);
	if (text.ptr)
		explicit_bzero(text.ptr, text.len);
	bytes_done(&text);
	return result.outcome == SEND_ACCEPTED || result.outcome == SEND_DOUBT;
}

bool code_tell(struct casebook *book, const struct config *config, const char *from, const struct claim_person *person)
{
	const struct notice_sending names = { .from = &from, .from_count = 1 };
	struct looking_up looking = { .token = person->person };
	hufu_status status = contacts_read(book->store, from, &names, is_his, &looking, NULL);
	bool sent = false;
	for (size_t i = 0; i < LEN(ways) && !status && looking.found.token && !sent; i++)
		if (config_text(config, ways[i].setting) && address(&ways[i], &looking.found)[0])
			sent = send_by(config, &ways[i], &looking.found, person->code);
	explicit_bzero(&looking, sizeof looking);
	return sent;
}
