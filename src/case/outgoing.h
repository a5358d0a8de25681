/* Messages that wait in a table, one a row, and leave one by one: whoever sends claims a row and commits that before a
 * byte leaves, and records what the other side answered. A sender that dies in between leaves a claim; whoever sees
 * that its holder is dead, or that its time is up, puts the row in doubt: it may have been sent, so only a person says
 * what becomes of it. Inside the room, and for the rooms that send.
 *
 * Such a table has id, case_id, state ('planned', 'sending', 'refused', 'doubt', and its own word for taken), attempts,
 * next_at, claimed_by, claimed_until, settled_at, code, status, why. */
#ifndef HUFU_CASE_OUTGOING_H
#define HUFU_CASE_OUTGOING_H

#include "case/claim.h"
#include "db/db.h"
#include "send/send.h"

struct outgoing_table {
	const char *taken; /* its word for it */
	const char *claim, *record, *put_off, *dead, *doubt;
};

/* The statements on a table of that name, which is a literal. */
#define OUTGOING(table, taken)                                                                                         \
	{                                                                                                              \
		(taken),                                                                                               \
		        "update " table                                                                                \
		        " set state = 'sending', attempts = attempts + 1, claimed_by = ?, claimed_until = ? "          \
		        "where id = ? and state = 'planned' and next_at <= ?",                                         \
		        "update " table " set state = ?, settled_at = ?, next_at = ?, code = ?, status = ?, why = ?, " \
		        "claimed_by = null, claimed_until = null where id = ? and claimed_by = ?",                     \
		        "update " table " set attempts = attempts + 1, next_at = ?, why = ? where id = ? and state = " \
		        "'planned'",                                                                                   \
		        "select id, case_id, claimed_by, claimed_until from " table " where state = 'sending'",        \
		        "update " table                                                                                \
		        " set state = 'doubt', settled_at = ?, why = ? where id = ? and claimed_by = ? and "           \
		        "state = 'sending'"                                                                            \
	}

/* Claims a row for so many seconds of sending; `claim` is what names this process then. Not `mine`: it is another's, or
 * no longer planned. */
hufu_status outgoing_claim(struct db *db, const struct outgoing_table *table, int64_t id, int64_t seconds,
        char claim[CLAIM_MAX], bool *mine, hufu_error *error);

struct outgoing_end {
	int64_t id;
	const char *claim;
	const struct send_result *result;
	int64_t at, next_at; /* now; when it is tried again, where it was not taken now */
};
/* HUFU_CONFLICT: somebody settled it meanwhile. */
hufu_status outgoing_record(
        struct db *db, const struct outgoing_table *table, const struct outgoing_end *end, hufu_error *error);
/* Not tried now: its server is away, or not set up. */
hufu_status outgoing_put_off(struct db *db, const struct outgoing_table *table, int64_t id, int64_t next_at,
        const char *why, hufu_error *error);

/* A row's state after that outcome. */
const char *outgoing_state(const struct outgoing_table *table, enum send_outcome outcome);

struct outgoing_dead {
	int64_t id, case_id;
	const char *claim;
};
/* Calls `each` for every claim that is surely dead or out of time; it settles the row with outgoing_doubt, in a
 * transaction of its own. */
typedef hufu_status outgoing_each(void *context, const struct outgoing_dead *dead, hufu_error *error);
hufu_status outgoing_each_dead(
        struct db *db, const struct outgoing_table *table, outgoing_each *each, void *context, hufu_error *error);
/* The claim is looked at again: meanwhile it may be another's, who lives (not `changed`). */
hufu_status outgoing_doubt(struct db *db, const struct outgoing_table *table, const struct outgoing_dead *dead,
        int64_t at, bool *changed, hufu_error *error);

#endif
