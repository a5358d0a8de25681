/* Inside the room: escalation's parts. Planning says who must be told of which step; telling claims, sends, records. */
#ifndef HUFU_CASE_ESCALATE_H
#define HUFU_CASE_ESCALATE_H

#include "case/book.h"
#include "case/steps.h"
#include "send/send.h"

/* Where somebody is told. */
struct recipient {
	const struct send_channel *channel;
	const char *to; /* of the settings: an address; it goes no further than to the channel */
	char label[SEND_LABEL_MAX];
};

/* One tick. */
struct escalation {
	struct casebook *book;
	const struct config *config;
	struct step_spans spans;
	struct recipient *recipients; /* owned */
	size_t recipient_count;
	struct duties *duties; /* owned */
	json_t *told;          /* owned: the ids of what this tick told */
};

/* Writes down what is to be told of a case, within a transaction; change->context is a struct planning. What a drill
 * would tell counts as told with that. */
struct planning {
	struct escalation *tick;
	const struct case_row *row;
	json_t *drilled; /* owned: the ids of those; set anew with each call */
};
hufu_status escalation_plan(struct change *change, hufu_error *error);

/* Sends what is planned and due. */
hufu_status escalation_tell(struct escalation *tick, hufu_error *error);

/* What a message says: a row and what its duty is (`about`), at this moment. */
struct telling {
	const char *case_number, *subject, *step;
	bool has_due;
	int64_t due, now, zone_minutes;
	json_t *about;
	const char *token;
};
struct telling_text {
	struct bytes subject, text, json;
};
hufu_status telling_write(const struct telling *telling, struct telling_text *out, hufu_error *error);
void telling_done(struct telling_text *text);
enum send_urgency telling_urgency(const char *step);

#endif
