/* Inside the room: carriers, each with a connection of its own. A carrier claims an entry, tells its person, and
 * records what came of it together with its next claim, in one transaction: killed, it leaves at most one entry in
 * doubt. One alone works in the caller's thread, several in threads of theirs. */
#ifndef HUFU_NOTIFY_CARRY_H
#define HUFU_NOTIFY_CARRY_H

#include "notify/due.h"
#include "notify/pace.h"

#include <pthread.h>

enum { CARRIERS_MAX = 16, CARRY_CHANNELS = 2, STOPPED_MAX = 400, MESSAGE_ID_MAX = 48 };

/* In the order in which they are taken. */
struct carry_channel {
	const struct send_channel *send;
	const char *setting; /* without which it is not used */
	bool sms;
};
extern const struct carry_channel carry_channels[CARRY_CHANNELS];

struct carry_message {
	struct due_person *person; /* NULL: none */
	size_t channel;
	char id[MESSAGE_ID_MAX], claim[CLAIM_MAX];
	struct send_result result;
};

struct carriers;

struct carrier {
	struct carriers *all;
	struct db *db;                          /* the first one's is the casebook's */
	struct sender *senders[CARRY_CHANNELS]; /* NULL: not set up */
	struct carry_message last;              /* told, and not yet recorded */
	uint64_t counts[SEND_DOUBT + 1];
	hufu_status status; /* of our own side */
	hufu_error error;
	/* its thread, under carriers.lock */
	pthread_t thread;
	bool running, busy;
	struct carry_message next;
	char to[CONTACT_MAX];
};

struct carriers {
	const struct config *config;
	const struct notice *notice;
	struct pace pace;
	struct carrier at[CARRIERS_MAX];
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ending;
	char stopped[STOPPED_MAX]; /* why no more is to be told; "" */
};

/* As many as notify.connections says; one, and mail alone, for a test. carriers_close also after a failure. */
hufu_status carriers_open(struct casebook *book, const struct config *config, const struct notice *notice, bool test,
        struct carriers *out, hufu_error *error);
void carriers_close(struct carriers *carriers);

/* Has somebody told. False: no more. */
bool carriers_give(struct carriers *carriers, struct due_person *person, size_t channel, const char *to);
/* The test address gets what he would, under a name that is none of the outbox. */
bool carriers_test(struct carriers *carriers, const struct due_person *person, const char *to);
/* Waits until all have come back, and records. Adds up what came of it. */
hufu_status carriers_end(struct carriers *carriers, uint64_t counts[SEND_DOUBT + 1], hufu_error *error);
void carriers_stop(struct carriers *carriers, const char *why);
bool carriers_stopped(struct carriers *carriers);

#endif
