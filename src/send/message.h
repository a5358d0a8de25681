/* Inside the room: a mail's bytes (RFC 5322, MIME) and the addresses of servers. Pure functions over any text. */
#ifndef HUFU_SEND_MESSAGE_H
#define HUFU_SEND_MESSAGE_H

#include "send/send.h"

struct mailbox {
	hufu_view name;    /* "" without */
	hufu_view address; /* "a@example.cn" */
};

/* "a@example.cn" or "Name <a@example.cn>". False: it is none, or one that plain SMTP cannot carry. */
bool mailbox_parse(const char *text, struct mailbox *out);

/* The whole mail, lines ending in CRLF, none longer than 78 characters but for long addresses and ids. HUFU_MALFORMED
 * says which part of the message cannot stand in a mail; HUFU_NO_MEMORY. */
hufu_status message_write(const struct send_message *message, struct bytes *out, hufu_error *error);

/* The server's address: one of the two schemes, a host, no name or password in it. */
struct server_name {
	bool secure;   /* the second scheme */
	bool loopback; /* this very machine */
	char host[256];
};
bool server_parse(const char *url, const char *plain, const char *secure, struct server_name *out);

#endif
