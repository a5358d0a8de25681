/* Inside the room: a notice's text, its people, their contacts, and the sending of it. */
#ifndef HUFU_NOTIFY_INSIDE_H
#define HUFU_NOTIFY_INSIDE_H

#include "base/bytes.h"
#include "case/outgoing.h"
#include "case/people.h"
#include "notify/notify.h"
#include "source/source.h"

/* ---- the text (text.c) ---- */

enum notice_part { NOTICE_SUBJECT, NOTICE_ZH, NOTICE_EN, NOTICE_SMS, NOTICE_PARTS };

struct notice_text {
	char *parts[NOTICE_PARTS]; /* owned */
};
void notice_text_done(struct notice_text *text);

/* What fills the places of a text; a place whose value is NULL is refused. */
struct notice_fill {
	const char *name, *value, *todo; /* todo: how it becomes known */
};
/* Cuts a text into its parts, fills every place but {{kinds}}, and refuses what may not stand in a notice: places that
 * are none, links, numbers that look like a person's, more than a mail or a text message should hold. */
hufu_status notice_text_read(hufu_view file, const char *path, const struct notice_fill *fill, size_t count,
        struct notice_text *out, hufu_error *error);

/* What one person reads. */
void notice_subject(const struct notice_text *text, uint32_t kinds, struct bytes *out);
void notice_mail(const struct notice_text *text, uint32_t kinds, struct bytes *out);
void notice_sms(const struct notice_text *text, uint32_t kinds, struct bytes *out);

/* ---- versions and entries (write.c, plan.c) ---- */

struct notice {
	int64_t case_id, version; /* version 0: there is none */
	bool released;
	char written_by[ACTOR_NAME_MAX];
	struct notice_text text;
};
/* The newest version, or the newest that was released. */
hufu_status notice_newest(struct casebook *book, int64_t case_id, bool released, struct notice *out, hufu_error *error);
void notice_done(struct notice *notice);
/* Whether its words, and its release, are those of the signed timeline (approved.c). HUFU_MALFORMED: they are not. */
hufu_status notice_approved(
        struct casebook *book, const struct case_row *row, const struct notice *notice, hufu_error *error);

/* Within a change: an entry for everybody linked who has none; who was exempt before still is. */
hufu_status notice_plan(struct change *change, int64_t version, int64_t *people, hufu_error *error);

extern const struct outgoing_table notice_entries;

/* Tokens of persons as the database has them, and as they are shown. */
static inline int64_t person_number_of(uint64_t token)
{
	int64_t number;
	memcpy(&number, &token, sizeof number);
	return number;
}

/* ---- whose a source's rows are (contacts.c) ---- */

enum { CONTACT_MAX = 256 };

/* Somebody of a source, and how he can be reached; "" where he cannot. */
struct contact {
	uint64_t token;
	char mail[CONTACT_MAX], mobile[CONTACT_MAX];
};

/* The people that a dataset's person column names. */
struct naming_people {
	struct job_seals seals;
	struct linked linked;
	struct tokenizer tokenizer;
	struct siphash_key key;
	const struct seal *seal;
	const struct linked_space *space;
	const struct ident_kind *kind; /* of the person column */
	const char *column;            /* its name */
};
/* naming_people_done also after a failure. */
hufu_status naming_people_open(
        const struct store *store, hufu_view dataset, struct naming_people *out, hufu_error *error);
void naming_people_done(struct naming_people *naming);
/* The token of the human whom a cell names; 0: nobody. */
uint64_t naming_people_token(struct naming_people *naming, hufu_view cell);

/* Hands each row of "DATASET=SOURCE" on, in order; false from `each` ends it without a failure. Contacts are wiped. */
typedef bool contact_each(void *context, const struct contact *contact);
hufu_status contacts_read(const struct store *store, const char *from, const struct notice_sending *names,
        contact_each *each, void *context, hufu_error *error);

#endif
