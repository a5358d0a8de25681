/* The table of channels, and the little that they share. */
#include "send/send.h"

#include "base/auto.h"

#include <string.h>

const struct send_channel *const send_channels[] = { &send_syslog, &send_mail, &send_webhook };
const size_t send_channel_count = LEN(send_channels);

enum { SEND_SECONDS_MAX = 3600 };

struct sender {
	const struct send_channel *channel;
	void *own;
};

hufu_status sender_open(
        const struct send_channel *channel, const struct config *config, struct sender **out, hufu_error *error)
{
	AUTO_FREE struct sender *sender = calloc(1, sizeof *sender);
	if (!sender)
		return fail(error, HUFU_NO_MEMORY, view_of(channel->name), "no memory", NULL);
	sender->channel = channel;
	hufu_status status = channel->open(config, &sender->own, error);
	if (!status)
		*out = take(&sender);
	return status;
}

void sender_send(struct sender *sender, const struct send_message *message, struct send_result *out)
{
	*out = (struct send_result){ .outcome = SEND_LATER, .what = "was not tried" };
	sender->channel->send(sender->own, message, out);
}

void sender_close(struct sender *sender)
{
	if (!sender)
		return;
	sender->channel->close(sender->own);
	free(sender);
}

int64_t send_longest(const struct send_channel *channel, const struct config *config)
{
	int64_t seconds = channel->longest ? config_number(config, channel->longest) : 0;
	if (channel->longest && seconds < 1)
		seconds = 1; /* 0 would be "for ever" to libcurl */
	return seconds < SEND_SECONDS_MAX ? seconds : SEND_SECONDS_MAX;
}

const char *send_outcome_name(enum send_outcome outcome)
{
	static const char *const names[] = { "accepted", "refused", "later", "doubt" };
	return names[outcome];
}
