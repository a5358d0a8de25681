/* Inside the judge: what is known, and what a comparison rests on. */
#ifndef HUFU_DUTY_JUDGE_H
#define HUFU_DUTY_JUDGE_H

#include "duty/pack.h"

/* A fact as given, with its kind and value. */
struct known {
	const struct fact *fact;
	const struct fact_kind *kind;
	char region[FACT_REGION_MAX];
	struct fact_value value;
};

/* Something that a comparison was held against. */
struct ground {
	const struct test *test;
	const struct known *known;     /* NULL: nothing is known of it ... */
	const struct derived *derived; /* ... or a law makes it so ... */
	bool assumed;                  /* ... or the kind's fallback was taken */
	bool aside;                    /* another claim is confirmed: this one does not count */
	bool holds;
	const struct grading *grading; /* the comparison is one of this grading's step */
	int level;
};

struct grounds {
	struct ground *at;
	size_t count, cap;
	bool failed;
};
void grounds_done(struct grounds *grounds);

struct knowledge {
	const struct duties *duties;
	struct known *known;
	size_t count;
	char as_of[CALENDAR_DATE_MAX]; /* rules of this date, as the pack under way counts dates */
	int64_t as_of_instant;
	bool as_of_date;          /* it was given as a date: the same everywhere */
	const struct pack *pack;  /* the pack under way: its region */
	const struct known *only; /* of claims of this kind and region, this one alone */
	bool *derived;            /* by number: whether it is so */
	bool spreading;           /* within the grounds of a derived fact */
};

/* Checks every fact. `known` and `derived` are to be freed by knowledge_done. */
hufu_status knowledge_init(struct knowledge *knowledge, const struct duties *duties, const struct fact *facts,
        size_t count, int64_t now, hufu_error *error);
void knowledge_done(struct knowledge *knowledge);
/* Turns to a pack: its region, and the date there. */
void knowledge_turn(struct knowledge *knowledge, const struct pack *pack);
/* Leaves out all other claims of its kind and region; NULL: none. Derived facts are found anew. */
void knowledge_only(struct knowledge *knowledge, const struct known *only);
bool knowledge_valid(const struct knowledge *knowledge, const char *from, const char *to);
/* The claim of a time that counts: of several the earliest; confirmed ones first. */
const struct known *knowledge_time(const struct knowledge *knowledge, const char *name);

/* Whether it holds. `grounds` (may be NULL) gets what that rests on: of what holds, all that makes it hold; of what
 * does not, all that would have to. NULL holds. */
bool expression_holds(struct knowledge *knowledge, const struct expression *expression, struct grounds *grounds);
/* The step reached; 0 is 一般. */
int grading_level(struct knowledge *knowledge, const struct grading *grading, struct grounds *grounds);
const struct grading *grading_find(const struct knowledge *knowledge, const char *standard);

/* A rule's trigger, and its pack's. Turns to the pack. */
bool rule_arises(struct knowledge *knowledge, const struct rule *rule, struct grounds *grounds);
/* Whether the rule is in force at the date, on the calendar of its pack. Turns to the pack. */
bool rule_in_force(struct knowledge *knowledge, const struct rule *rule);

/* ---- words (words.c) ---- */

/* One ground as a sentence in both languages. */
void ground_words(const struct ground *ground, struct pool *pool, struct duty_words *out);
/* ">= 1000000" */
const char *test_threshold(const struct test *test, struct pool *pool);

#endif
