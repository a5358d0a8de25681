/* How words leave the house: mail, webhooks, the system's log. One file a channel, ending in a const struct, and one
 * line in the table. The room's door.
 *
 * Whoever sends learns one of four things: taken, refused for good, not now, or in doubt (everything was handed over
 * and no answer came: it may have arrived, so it is never sent again by itself). What the other side answers is a
 * stranger's text and may name people: its number is kept, its words are not. Addresses of webhooks and passwords
 * reach no error and no log. */
#ifndef HUFU_SEND_SEND_H
#define HUFU_SEND_SEND_H

#include "config/config.h"

enum send_outcome { SEND_ACCEPTED, SEND_REFUSED, SEND_LATER, SEND_DOUBT };

enum { SEND_LABEL_MAX = 320, SEND_STATUS_MAX = 12 };

struct send_header {
	const char *name, *value;
};

enum send_urgency { SEND_NOTICE, SEND_WARNING, SEND_ALERT };

/* One message to one recipient; a channel takes the fields that it can carry. Borrowed during the call. */
struct send_message {
	const char *to;      /* "a@example.cn" or "Name <a@example.cn>"; the address of a webhook */
	const char *from;    /* of a mail; NULL: the setting mail.from */
	const char *subject; /* one line */
	const char *text;    /* UTF-8, lines ending in \n */
	const char *json;    /* what a webhook is sent */
	const char *id; /* letters, digits, '.', '-': the same when it is sent again, so that a receiver can tell */
	int64_t at;     /* the mail's Date */
	enum send_urgency urgency;
	const struct send_header *headers; /* of a mail, besides the usual ones; any line end in them is refused */
	size_t header_count;
};

struct send_result {
	enum send_outcome outcome;
	int code;                     /* the server's: 250, 550; of HTTP; 0: none came */
	char status[SEND_STATUS_MAX]; /* a mail server's finer one: "5.1.1"; "" */
	const char *what;             /* constant; NULL when it was taken */
	bool away;                    /* the server could not be reached at all: another message would not be either */
};

/* A channel opened: a connection that carries several messages, one after the other. */
struct sender;

struct send_channel {
	const char *name; /* "mail" */
	bool one_server;  /* all recipients are reached through one server */
	/* Borrows the settings until it is closed. */
	hufu_status (*open)(const struct config *config, void **own, hufu_error *error);
	void (*send)(void *own, const struct send_message *message, struct send_result *out);
	void (*close)(void *own);
	/* How a recipient may be shown and kept: without what is secret in its address, and still one of its own. */
	void (*label)(const char *to, char out[SEND_LABEL_MAX]);
	const char *longest; /* the setting that says how long one message may take; NULL: it takes no time */
};
extern const struct send_channel send_mail, send_webhook, send_syslog, send_sms;
/* Those by which our own people are told. */
extern const struct send_channel *const send_channels[];
extern const size_t send_channel_count;

/* A setting that is missing or wrong is said here, before anything is sent. */
hufu_status sender_open(
        const struct send_channel *channel, const struct config *config, struct sender **out, hufu_error *error);
void sender_send(struct sender *sender, const struct send_message *message, struct send_result *out);
void sender_close(struct sender *sender);

/* How many seconds one message may take; 0 where it takes none. */
int64_t send_longest(const struct send_channel *channel, const struct config *config);

/* "accepted", "refused", "later", "doubt". */
const char *send_outcome_name(enum send_outcome outcome);

#endif
