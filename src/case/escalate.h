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

/* A duty or a task that may be told of. */
enum { SUBJECT_MAX = 96 };
struct subject {
	char name[SUBJECT_MAX]; /* the rule, or "task:7" */
	struct step_subject stands;
	json_t *about; /* what a message says of it */
};

/* All of a case; subjects_done in any case. */
struct subjects {
	struct judged judged;
	struct subject *at;
	size_t count;
};
hufu_status subjects_read(
        struct escalation *tick, const struct case_row *row, int64_t now, struct subjects *out, hufu_error *error);
void subjects_done(struct subjects *subjects);
/* Done or waived. */
hufu_status duty_is_settled(
        struct casebook *book, const struct case_row *row, const char *rule, bool *settled, hufu_error *error);

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
