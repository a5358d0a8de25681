/* Inside the room: a POST of JSON to a server, and what its answer means. */
#ifndef HUFU_SEND_POST_H
#define HUFU_SEND_POST_H

#include "base/auto.h"
#include "send/send.h"

enum { POST_HEADER_MAX = 1024 };

/* A sort of server: its settings, and how its failures are told. */
struct post_kind {
	const struct send_channel *channel;
	const char *secret_file, *ca_file; /* names of settings */
	const char *refuses, *later, *silent, *certificate, *slow, *away, *address;
};

struct post;
/* An empty file of the secret is refused here. */
hufu_status post_open(const struct config *config, const struct post_kind *kind, struct post **out, hufu_error *error);
void post_close(struct post *post);
/* Empty where none is set. */
hufu_view post_secret(const struct post *post);

/* A message: post_begin, its headers, post_send. */
void post_begin(struct post *post);
bool post_header(struct post *post, const char *name, hufu_view value);
void post_send(struct post *post, const char *url, const char *body, struct send_result *out);

#endif
