/* The casebook's parts, and the one way in which a case is changed. For this room, and for those whose work is a change
 * of a case (notify): the console and the command line go through case.h. */
#ifndef HUFU_CASE_BOOK_H
#define HUFU_CASE_BOOK_H

#include "account/role.h"
#include "base/auto.h"
#include "case/case.h"
#include "db/db.h"
#include "duty/duty.h"
#include "vault/sign.h"
#include "vault/vault.h"

struct casebook {
	const struct store *store;
	struct db *db;
	struct vault *vault;
	struct sign_key *signer;
	struct actor actor;   /* who acts */
	const char *by;       /* his name */
	struct duties *packs; /* kept from one judgement to the next */
	int64_t expected;     /* entry that the timeline must end with when the next change is made; 0: any */
	bool stale;           /* it ended with another */
	int64_t judged_until; /* the last judgement's statuses stand as long */
};

/* The number of the last entry of a case's timeline, also within a transaction. */
hufu_status case_head_of(struct casebook *book, int64_t case_id, int64_t *seq, hufu_error *error);

struct case_row {
	int64_t id;
	char number[CASE_NUMBER_MAX];
	char *title, *kind;
	bool open, drill;
	int64_t opened_at, closed_at; /* 0: open */
	int64_t zone_minutes;         /* offset in which its times are told */
	int64_t held_at;              /* of its legal hold; 0: none */
	char *held_why;
};

/* Finds a case; HUFU_USAGE when there is none of that number. */
hufu_status case_find(struct casebook *book, const char *number, struct case_row *out, hufu_error *error);
/* The same for whoever looks at it: HUFU_DENIED when the actor may not see cases. */
hufu_status case_find_seen(struct casebook *book, const char *number, struct case_row *out, hufu_error *error);
void case_row_done(struct case_row *row);

/* One change of a case: what it does to the tables, and how the timeline tells it. `work` may be called again after a
 * conflict, sets `body` anew each time (a JSON object, owned by the change) and may leave it NULL to say that there
 * is nothing to tell. */
struct change {
	struct casebook *book;
	int64_t case_id;
	bool must_be_open; /* a closed case is not changed */
	int64_t at;        /* one instant for all that the change writes; set when its turn comes */
	const char *what;
	json_t *body;
	hufu_status (*work)(struct change *change, hufu_error *error);
	void *context;
};

/* Whether the actor may make a change of that name (act.c has the table); asked by the two below. */
hufu_status case_may_change(const struct change *change, hufu_error *error);
/* Runs the change in a transaction of its own and writes its timeline entry. */
hufu_status case_change(struct change *change, hufu_error *error);
/* The same for a case that must be open, found by its number. */
hufu_status case_change_open(struct casebook *book, const char *number, struct change *change, hufu_error *error);

/* When the day of an instant began, in the store's zone: what one person may look up is counted by it. */
int64_t casebook_day(const struct casebook *book, int64_t instant);

/* HUFU_CONFLICT when there is a file of that name already. */
hufu_status case_path_is_new(const char *path, hufu_error *error);

/* Adds {what, why} to a list of what could not be read, once. */
void unread_add(json_t *list, hufu_view path, const char *why);

/* Seconds since 1970 as RFC 3339 with the case's offset; a JSON null for `none`. */
json_t *case_time(int64_t instant, int64_t zone_minutes);
/* NULL when memory is out; `text` NULL gives a JSON null. */
json_t *json_text(const char *text);
/* The rows of a query as a list, a row an object made by `row`. */
typedef json_t *case_row_json(struct db_rows *rows, int64_t zone_minutes);
hufu_status case_rows_json(struct casebook *book, struct db_sql sql, case_row_json *row, int64_t zone_minutes,
        json_t **out, hufu_error *error);

/* ---- what a case's first files tell ---- */

/* What was found in a mail. Owns its texts; NULL: not found. */
struct case_found {
	char *title;      /* "" where there is none */
	bool attachments; /* the mail has some */
	bool demanded;
	char *amount, *currency, *wallet;
	bool wallet_known, wallet_valid, has_deadline; /* wallet_known: its form has check digits */
	int64_t deadline;
	char *text;         /* of the mail: it may hold a listing */
	char *learned_text; /* RFC 3339, in the offset it came in */
	const char *learned_basis;
	const char *learned_from; /* a constant: by which line of the mail */
	bool foreign;             /* the host that was named wrote no line of it */
	json_t *unread;           /* [{what, why}] */
};

/* Reads a file if it is a mail (`is_mail`), in the jail. */
hufu_status found_read(struct casebook *book, int fd, hufu_view name, const char *host, struct case_found *out,
        bool *is_mail, hufu_error *error);
void found_done(struct case_found *found);

/* Text of a stranger without control characters and escape sequences, other than ends of line and tabs. */
void text_calm(hufu_view text, struct bytes *out);

/* ---- offers: the items of a listing, held against what is sealed ---- */

struct offers {
	struct listing *listing; /* owned */
	bool strict;
	struct listing_snapshot *snapshots; /* owned, as all they point to */
	size_t count;
	struct job_seals *seals;
};

/* `strict`: a text without a listing is an error, else it gives no items. */
hufu_status offers_read(struct casebook *book, hufu_view text, bool strict, struct offers *out, hufu_error *error);
void offers_done(struct offers *offers);
/* Writes them within a change. `told` (a JSON list) hears of each. */
hufu_status offers_put(
        struct change *change, const struct offers *offers, const char *source, json_t *told, hufu_error *error);

/* The listing as it stands, from behind that item on; as `case show` has it. */
hufu_status listing_since(struct casebook *book, int64_t case_id, int64_t seq, json_t **out, hufu_error *error);
/* The newest demand, or null. */
hufu_status demand_now(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

/* ---- facts ---- */

/* Cuts "NAME=VALUE" pairs apart; the caller frees the words and `held`. */
struct fact_word;
hufu_status words_cut(struct case_words words, struct fact_word **out, char **held, hufu_error *error);

struct fact_word {
	const char *name, *value;
};

/* Adds facts within a transaction: checks them, supersedes what the same source said before. */
hufu_status facts_put(struct change *change, const struct fact_word *words, size_t count, const char *basis,
        const char *source, json_t *told, hufu_error *error);
hufu_status facts_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

/* ---- duties ---- */

/* {"rules_as_of", "grades", "duties" (reports), "duties_further" (the rest), "warnings", "faults"}. */
hufu_status duties_list(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);
/* What was said of duties: [{"rule", "status", "at", "by", "note"}], also of those that do not arise. */
hufu_status settled_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

/* All of a case but its duties: what its timeline can be held against. */
hufu_status case_tables(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

/* The judgement of a case; `facts`, `rows` and `duties` are what it borrows from. */
struct judged {
	struct db_rows *rows;
	struct fact *facts;
	size_t fact_count;
	const struct duties *duties;
	struct judgement judgement;
};
/* By these packs; NULL: the book's. judged_done in any case. */
hufu_status case_judge(struct casebook *book, const struct case_row *row, const struct duties *duties,
        struct judged *out, hufu_error *error);
void judged_done(struct judged *judged);

/* ---- team ---- */

/* Makes the tasks of a playbook, from the time we learned of it. */
struct playbook;
/* `told` (a JSON list) hears of each, as of what tasks_json gives. */
hufu_status playbook_begin(struct change *change, const struct playbook *playbook, int64_t learned_at,
        int64_t zone_minutes, json_t *told, hufu_error *error);
hufu_status tasks_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

/* The report of its drill; a JSON null where there is none. */
hufu_status drilled_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error);

/* ---- evidence ---- */

/* Its row, within a change; the bytes lie in the vault already (bytes first, then the row: a crash in between leaves
 * bytes that nobody names, never a row without bytes). Bytes that the case has are no further piece. `told` (a JSON
 * object) gets what the entry says of it: {"name", "sha256", "sm3", "bytes", "role", "again", "facts": []}. */
hufu_status evidence_note(struct change *change, const struct vault_object *object, const char *name, const char *role,
        json_t *told, hufu_error *error);
/* A leak that lies in the vault and was judged becomes evidence and facts, in one change. `settle` (may be NULL) writes
 * with it what else must be true then. */
struct case_people;
struct leak_taken {
	const struct vault_object *object;
	const char *name;
	const struct hufu_verdict *verdict;
	const struct case_people *people; /* whom it links; NULL: not kept */
	hufu_status (*settle)(struct change *change, void *context, hufu_error *error);
	void *context;
};
hufu_status leak_take(struct casebook *book, const char *number, const struct leak_taken *leak, hufu_error *error);
/* It was judged, and holds no record: a note, of which a verdict says nothing. */
bool verdict_of_note(const struct hufu_verdict *verdict);
/* The verdict's row and its facts, within a change. `told` is what the entry says of the file; gets both. */
hufu_status verdict_note(struct change *change, const struct vault_object *object, const struct hufu_verdict *verdict,
        json_t *told, hufu_error *error);

#endif
