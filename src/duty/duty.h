/* The door of duties: rule packs (duties/NAME.yaml) and facts go in, duties come out. Knows no case and no database.
 *
 * A pack is data, and hostile until read: the jail reads the YAML, and every field is checked here. A rule with a fault
 * is left out and the fault is kept, so that one slip in an edited pack takes no other duty away; whoever shows duties
 * shows the faults with them. Thresholds, articles and deadlines stand in the packs alone. */
#ifndef HUFU_DUTY_DUTY_H
#define HUFU_DUTY_DUTY_H

#include "duty/fact.h"
#include "duty/pool.h"

#include <jansson.h>

/* ---- packs ---- */

/* Packs and calendars, read once, then constant. */
struct duties;

/* Where packs lie: $HUFU_DUTIES, "duties" beside this program, or the installed ones. The caller frees. */
hufu_status duties_dir(char **out, hufu_error *error);
/* Reads all *.yaml of a directory (NULL: duties_dir). Faults in the files are no failure: see duties_faults. */
hufu_status duties_load(const char *dir, struct duties **out, hufu_error *error);
/* The same of some files. */
hufu_status duties_load_files(const char *const *paths, size_t count, struct duties **out, hufu_error *error);
void duties_free(struct duties *duties);
/* For whoever judges again and again: loads the packs of duties_dir into `kept` (NULL at first; on failure what it held
 * stays), unless the files are still those it was loaded from. */
hufu_status duties_keep(struct duties **kept, hufu_error *error);
uint64_t duties_stamp(const struct duties *kept);

/* What is wrong with a pack. Borrowed from the set; all of it printable. */
struct duty_fault {
	const char *file;  /* without its directory */
	uint32_t line;     /* 0: not known */
	const char *rule;  /* "" outside rules */
	const char *field; /* "" of the whole */
	const char *what;
	const struct duty_fault *next;
};
/* The first of them, in the order found; NULL when there is none. */
const struct duty_fault *duties_faults(const struct duties *duties);
/* "cn-cac-ir.yaml:34: CN-CACIR-4d: clock.amount: wants a whole number". */
void duty_fault_line(const struct duty_fault *fault, char *out, size_t cap);

struct duty_words {
	const char *zh, *en;
};

/* What a duty is, so that what must be done at once is not lost among what is due some day. */
enum duty_kind {
	DUTY_REPORT,    /* a report of this incident to an authority */
	DUTY_POLICE,    /* to the police */
	DUTY_NOTIFY,    /* telling people and companies concerned */
	DUTY_FOLLOWUP,  /* of an incident reported: progress, summary */
	DUTY_FRAMEWORK, /* a law that orders to report "as prescribed" elsewhere: fulfilled by the reports above */
	DUTY_YEARLY,    /* comes back every year, incident or not */
	DUTY_STANDING,  /* holds at any time */
	DUTY_INTERNAL,  /* a target of our own, no law */
};
const char *duty_kind_name(enum duty_kind kind); /* "report" */

/* What a report must hold. `from`: what of a case tells it, "fact.people" or "impact.cause", one behind the other with
 * blanks between; a name that may be missing has a "?" before it. "" where nothing does: it is written by hand. */
struct duty_content {
	struct duty_words words;
	const char *from;
};

/* A rule as the packs have it. */
struct duty_rule {
	const char *id;
	enum duty_kind kind;
	struct duty_words title, law, actor, addressee;
	const char *article; /* or the section's name */
	const char *text_zh; /* as quoted; "" where no wording was read */
	const char *text_en;
	const char *source_url, *mirror;
	char mark;                           /* V, Q, S, M */
	const char *valid_from, *valid_to;   /* dates, both within; "" open */
	const char *clock_zh;                /* the words of the deadline, as quoted; "" */
	const struct duty_content *contents; /* of the report */
	const uint32_t *partial_first;       /* numbers of contents, from 1, that are sent before the rest is known */
	struct duty_words waiver_evidence;   /* what is to be kept where the duty may be left out; NULLs: none */
	uint32_t content_count, partial_count;
	bool legal, verified;
	const char *file;
};
size_t duties_count(const struct duties *duties);
const struct duty_rule *duties_rule(const struct duties *duties, size_t at);
/* By id, in whatever case; NULL when there is none. */
const struct duty_rule *duties_find(const struct duties *duties, const char *id);

/* [{"name", "years"}]: working days and days off, by year. */
json_t *duties_calendars_json(const struct duties *duties);

/* ---- judging ---- */

enum duty_status { DUTY_OPEN, DUTY_NEAR, DUTY_OVERDUE }; /* done and waived are the case's */

/* One thing that a duty rests on. Fields besides the words may be NULL. */
struct duty_reason {
	struct duty_words words;
	const struct fact *fact;
	const char *threshold;        /* ">= 1000000" as in the pack */
	const char *standard, *level; /* the grade it makes */
	bool holds;                   /* the claim by itself crosses the threshold */
	const struct duty_reason *next;
};

struct duty {
	const struct duty_rule *rule;
	bool immediate;
	bool has_due;
	int64_t due, near_at;   /* near from then on, overdue behind due */
	const char *due_text;   /* RFC 3339 in the offset of learned_at; NULL without */
	struct duty_words when; /* the deadline in words, and what it waits for */
	enum duty_status status;
	bool may_waive; /* the waiver's condition holds */
	const struct duty_reason *because;
};

struct duty_grade {
	const char *standard;
	int level; /* 0 一般 to 3 特别重大 */
	struct duty_words words;
	const char *article;
	bool verified;
};

/* Borrows from the set and from the facts. */
struct judgement {
	struct duty *duties; /* in the order of kinds, then of packs */
	size_t count;
	struct duty_grade *grades;
	size_t grade_count;
	const char *rules_as_of;           /* the date whose rules were taken */
	const struct duty_words *warnings; /* what a reader must know: no learned_at, a year without calendar */
	size_t warning_count;
	struct pool pool;
};

/* Current claims in any order; a name that is not known or a value of the wrong type is HUFU_USAGE. `now` only moves
 * the status. */
hufu_status duties_judge(const struct duties *duties, const struct fact *facts, size_t count, int64_t now,
        struct judgement *out, hufu_error *error);
void judgement_done(struct judgement *judgement);
/* The duty of that rule; NULL when it did not arise. */
const struct duty *judgement_find(const struct judgement *judgement, const char *rule);

/* {rule, kind, title, law, article, text_zh, ..., because: [...]}; a new reference, NULL when memory is out. */
json_t *duty_json(const struct duty *duty);
/* {rules_as_of, grades, duties, warnings, faults}. */
json_t *judgement_json(const struct judgement *judgement, const struct duties *duties);

/* Why a rule applies, or does not and what is missing: some lines in Chinese or English. `applies` may be NULL. */
hufu_status duties_explain(const struct duties *duties, const struct fact *facts, size_t count, const char *rule,
        bool chinese, int64_t now, struct bytes *out, bool *applies, hufu_error *error);

#endif
