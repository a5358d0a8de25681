/* The casebook: a store's incidents, what is known of each and what was done. The room's door.
 *
 * Every change is one transaction that also writes the timeline: an entry says who did what when, and is chained and
 * signed. Nothing is overwritten: a fact corrected stays, superseded. The command line and the console call the same
 * functions. A case is named by its number, such as "2026-1". JSON objects that are handed out belong to the caller
 * (json_decref); their fields are the contract for scripts. */
#ifndef HUFU_CASE_CASE_H
#define HUFU_CASE_CASE_H

#include "account/role.h"
#include "config/config.h"
#include "seal/store.h"
#include "verdict/verdict.h"
#include <jansson.h>

struct casebook;

enum { CASE_NUMBER_MAX = 24 };

/* Opens the store's database and vault; the store stays the caller's and must outlive it. Acts as the user of this
 * process (actor_of_user). */
hufu_status casebook_open(const struct store *store, struct casebook **out, hufu_error *error);
/* The same for a restore: the database of a store that had cases may be empty. HUFU_CONFLICT elsewhere. */
hufu_status casebook_open_to_fill(const struct store *store, struct casebook **out, hufu_error *error);
void casebook_close(struct casebook *book);

/* From now on somebody else acts, whose name the timeline tells: as a session of the console says, for which the caller
 * answers. What the machine does by itself, by a timer, acts as a name of its own with ACTS_OWNER. */
void casebook_act_as(struct casebook *book, const struct actor *actor);
const struct actor *casebook_actor(const struct casebook *book);
/* Every function below asks this first: HUFU_DENIED says which role it takes. For callers that would do long work
 * before they call one. */
hufu_status casebook_may(const struct casebook *book, enum may may, hufu_error *error);

/* The next change of a case is made only when its timeline still ends with entry `seq`: so two people do not overwrite
 * each other. Else it is HUFU_CONFLICT, and casebook_stale says that this was why. Counts for one change. */
void casebook_expect(struct casebook *book, int64_t seq);
bool casebook_stale(const struct casebook *book);
/* Until when (seconds since 1970) what was judged last stays as it is, if nothing is changed. */
int64_t casebook_judged_until(const struct casebook *book);
/* Changes whenever other rule packs are judged by. */
hufu_status casebook_packs_stamp(struct casebook *book, uint64_t *stamp, hufu_error *error);
/* The packs themselves, until the book is asked for them anew. */
struct duties;
hufu_status casebook_packs(struct casebook *book, const struct duties **out, hufu_error *error);
/* The database, for what whoever serves cases keeps beside them. */
struct db *casebook_db(struct casebook *book);

/* ---- a case begins and ends ---- */

/* What lies in the vault already. */
struct case_object {
	const char *sha256, *name;
};

struct case_opening {
	const char *const *files; /* mails, samples, listings; each goes into the vault as it is */
	size_t file_count;
	const struct case_object *objects; /* the same in the vault; behind the files */
	size_t object_count;
	uint64_t judge_max; /* larger ones are kept and not judged here; 0: all are */
	const char *title;  /* NULL: the mail's subject, else the first file's name */
	const char *kind;   /* its playbook; NULL: "extortion" when a demand is read, else "exposure" */
	const char
	        *host; /* our mail host, whose topmost Received line tells when we learned of it; NULL: the topmost */
	bool drill;    /* marked everywhere, never sent */
};

/* `out`: {"id", "also_in" [numbers of cases that hold the same bytes], "unread" [{what, why}], "unjudged" [{sha256,
 * name}]}. */
hufu_status case_open(struct casebook *book, const struct case_opening *opening, json_t **out, hufu_error *error);
/* HUFU_USAGE: there is none; HUFU_CONFLICT: it is closed. */
hufu_status case_is_open(struct casebook *book, const char *number, hufu_error *error);
hufu_status case_close(struct casebook *book, const char *number, const char *why, hufu_error *error);

/* The report of a drill on its case; kept by the timeline alone, and shown as "drill_report". */
hufu_status case_drilled(struct casebook *book, const char *number, const json_t *report, hufu_error *error);

/* ---- what is known ---- */

struct case_words {
	const char *const *pairs; /* "NAME=VALUE" */
	size_t count;
};

/* All or none. The same name from the same source is a correction, from another a further claim. */
hufu_status case_facts(struct casebook *book, const char *number, struct case_words words, const char *basis,
        const char *source, hufu_error *error);
/* JSON as one line, its decimals without an exponent and without digits that nobody wrote; the caller frees it. NULL:
 * no memory. */
char *plain_json(const json_t *value);
/* The JSON number of a decimal text; a JSON null for NULL. */
json_t *plain_number(const char *decimal);

/* Reads a listing (free text or CSV) and holds each item against what is sealed. The same list from the same source
 * again changes nothing (`same`, or NULL); another list from it takes the place of its last. */
hufu_status case_listing(
        struct casebook *book, const char *number, hufu_view text, const char *source, bool *same, hufu_error *error);
/* A verdict on the leak at `path`: the leak goes into the vault, what the verdict says becomes facts, and whoever is
 * `linked` (may be NULL), where it is ours, is one of the case's people. */
struct linked;
hufu_status case_verdict(struct casebook *book, const char *number, const char *path,
        const struct hufu_verdict *verdict, const struct linked *linked, hufu_error *error);
hufu_status case_impact(struct casebook *book, const char *number, struct case_words words, hufu_error *error);

/* ---- what is done ---- */

hufu_status case_member(struct casebook *book, const char *number, const char *name, const char *role,
        const char *contact, hufu_error *error);
/* A task by its id: done, dropped or open again; an assignee (either may be NULL). */
hufu_status case_task(struct casebook *book, const char *number, int64_t task, const char *state, const char *assignee,
        hufu_error *error);
hufu_status case_decide(
        struct casebook *book, const char *number, const char *what, const char *why, hufu_error *error);
/* A duty by its rule: "done" or "waived", with a note that says how or why. */
hufu_status case_duty(struct casebook *book, const char *number, const char *rule, const char *status, const char *note,
        hufu_error *error);

/* ---- escalation ---- */

/* Tells, over the channels of the settings, of every step of a duty that somebody has not heard of. `out`: {"told",
 * "planned", "waiting", "sending", "refused", "doubt"}, each a list of rows {case, drill, n, rule, task, step, channel,
 * to, state, due, also, attempts, next_at, code, why, message, ...}. `left`: something could not be told, or is in
 * doubt. `dry_run`: nothing is sent or kept; "planned" is what would be told. */
hufu_status case_escalate(
        struct casebook *book, const struct config *config, bool dry_run, json_t **out, bool *left, hufu_error *error);
/* All rows of a case. */
hufu_status case_told(struct casebook *book, const char *number, json_t **out, hufu_error *error);
/* Row `n`, which was refused, waits or is in doubt: "sent" (it arrived), "again" (it is sent with the next tick). */
hufu_status case_told_settle(struct casebook *book, const char *number, int64_t n, const char *how, hufu_error *error);

/* ---- time stamps ---- */

struct case_stamping {
	const char *number; /* NULL: every case that is no drill */
	unsigned seconds;   /* that an answer may take; 0: 30 */
	bool dry_run;       /* nobody is asked; what would be stamped is told without "seq" and what follows */
};

/* Has the authority of the settings stamp the last entry of a case's timeline, unless nothing but stamps came since its
 * last one. Asks over the network, outside of any transaction; a stamp is checked before it is kept. `out` has what was
 * stamped, [{"id", "seq", "at", "by", "serial"}], also beside a failure; it is the caller's. */
hufu_status case_stamp(struct casebook *book, const struct config *config, const struct case_stamping *stamping,
        json_t **out, hufu_error *error);

/* ---- looking ---- */

/* The number of the last entry of its timeline. HUFU_USAGE: there is no such case. */
hufu_status case_head(struct casebook *book, const char *number, int64_t *seq, hufu_error *error);
/* What a list tells of a case: {"id", "title", "state", "drill", "opened_at", "verdict", "people", "grades",
 * "next_duty" {rule, title, law, article, addressee, due, immediate, status}, "open_duties", "overdue_duties",
 * "open_tasks"}. */
hufu_status case_line(struct casebook *book, const char *number, json_t **out, hufu_error *error);
/* Everything of a case, as of now. */
hufu_status case_show(struct casebook *book, const char *number, json_t **out, hufu_error *error);
/* Why a rule applies to a case, or does not, in words. */
hufu_status case_explain(struct casebook *book, const char *number, const char *rule, bool chinese, struct bytes *out,
        hufu_error *error);
/* [{"id", "title", "state", "drill", "opened_at"}], the newest first. */
hufu_status case_list(struct casebook *book, json_t **out, hufu_error *error);
/* [{"seq", "at", "by", "what", "body", "hash", "stamped_from", "stamp"}]; checked on the way, with its stamps:
 * HUFU_MALFORMED names the first that does not hold. "stamped_from": the time from which an outside stamp protects the
 * entry, or null; "stamp": null, or {"at", "by", "serial"} of the one over this very entry. */
hufu_status case_timeline(struct casebook *book, const char *number, json_t **out, hufu_error *error);

/* ---- looking at evidence itself; also of a closed case ---- */

enum { CASE_LOOK_ROWS_MAX = 200 };

struct case_look {
	const char *part;   /* as verdicts name it; NULL: the first that holds records, of a mail its text */
	uint64_t from;      /* the first record, from 1; 0: 1 */
	uint32_t rows;      /* 0: 20; at most CASE_LOOK_ROWS_MAX */
	bool clear;         /* values in clear: takes MAY_READ and a reason, and counts against look.daily_max */
	const char *reason; /* at least four characters; goes into the timeline */
};

/* Rows of a piece of evidence: by its number in the case (from 1), its name, or six digits or more of its SHA-256. Read
 * in the jail, values masked by what their columns are. In clear, its line in the timeline is committed before this
 * returns. `out`: {"evidence" {number, name, sha256}, "part", "format", "encoding", "masked", "header", "columns"
 * [{name, kind}], "from", "rows" [[text]], "more", "parts" [{path, format, encoding, records}], "parts_complete",
 * "unread" [{what, why}], "left_today" (in clear: rows)}. Texts are printable and cut. */
hufu_status case_look(struct casebook *book, const char *number, const char *evidence, const struct case_look *asked,
        json_t **out, hufu_error *error);
/* The bytes of a piece out of the vault, to a new file of mode 0600; MAY_READ, a reason, and its line first. */
hufu_status case_export(struct casebook *book, const char *number, const char *evidence, const char *path,
        const char *reason, hufu_error *error);
/* The same into a descriptor; `to` is what the timeline tells of where they went. */
hufu_status case_export_to(struct casebook *book, const char *number, const char *evidence, int fd, const char *to,
        const char *reason, hufu_error *error);

#endif
