/* Inside the room: the people whom a sending has to reach. Held in memory, 32 bytes a person, by token; no address. */
#ifndef HUFU_NOTIFY_DUE_H
#define HUFU_NOTIFY_DUE_H

#include "notify/inside.h"

enum due_seen { DUE_UNSEEN, DUE_NO_CONTACT, DUE_TAKEN };

struct due_person {
	int64_t person; /* as the database has the token */
	int64_t id;     /* of the entry */
	uint32_t kinds, attempts;
	uint8_t seen; /* enum due_seen: what the sources said of him so far */
};

/* Since he was linked, his accounts may have been joined with others': then he goes by another number today. */
struct due_alias {
	uint64_t today;
	struct due_person *person;
};

struct due {
	struct due_person *at; /* by person */
	size_t count;
	struct due_alias *aliases; /* by today's token */
	size_t alias_count;
};

/* Those whose turn has come, and those whom no source had so far: another one may. `all`: everybody of the version. */
hufu_status due_read(struct casebook *book, const struct notice *notice, bool all, struct due *out, hufu_error *error);
void due_done(struct due *due);
/* By the token that he has today. */
struct due_person *due_find(const struct due *due, uint64_t token);

/* Writes down whom the sources did not have, and who has no contact there. */
struct due_missing {
	int64_t no_contact, lost;
};
hufu_status due_settle_missing(
        struct casebook *book, const struct due *due, struct due_missing *out, hufu_error *error);

#endif
