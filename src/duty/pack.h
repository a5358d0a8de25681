/* Packs as they lie in memory: rules, gradings, facts that the law derives from facts. */
#ifndef HUFU_DUTY_PACK_H
#define HUFU_DUTY_PACK_H

#include "duty/calendar.h"
#include "duty/duty.h"
#include "duty/expression.h"

enum clock_unit { UNIT_NONE, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_BUSINESS_DAY, UNIT_WORKING_DAY, UNIT_MONTH };
enum clock_qualifier { QUALIFIER_NONE, QUALIFIER_IMMEDIATE, QUALIFIER_ASAP, QUALIFIER_TIMELY, QUALIFIER_REGULAR };

struct clock {
	const char *start; /* the fact that it runs from; NULL: the calendar */
	int64_t amount;
	enum clock_unit unit;
	enum clock_qualifier qualifier;
	const char *date; /* "12-15": each year, before that day */
	const char *calendar_name;
	const struct calendar *calendar;
	uint32_t line;
};

struct pack {
	const char *file, *name, *title_zh;
	struct duty_words law;
	const char *source_url, *mirror, *valid_from, *valid_to;
	const char *region;
	int32_t offset;
	const struct expression *applies; /* NULL: everywhere */
	struct pack *next;
};

struct rule {
	struct duty_rule shown;
	const struct pack *pack;
	const struct expression *trigger; /* NULL: whenever the pack applies */
	const struct expression *waiver;
	struct clock clock;
	uint32_t line;
	struct rule *next;
};

struct grading {
	const char *standard;
	const struct pack *pack;
	struct duty_words law;
	const char *article;
	const char *valid_from, *valid_to;
	struct {
		const struct expression *when; /* NULL: this step is not described */
		bool verified;
	} levels[LEVELS];
	struct grading *next;
};

/* A fact that a law makes true of others. */
struct derived {
	const struct fact_kind *kind;
	struct fact_value value;
	const struct pack *pack;
	struct duty_words law;
	const char *article, *text_zh;
	const char *valid_from, *valid_to;
	bool verified;
	const struct expression *when;
	size_t number;
	struct derived *next;
};

struct duties {
	struct pool pool;
	struct pack *packs, *last_pack;
	struct rule *rules, *last_rule;
	struct grading *gradings, *last_grading;
	struct derived *derived, *last_derived;
	struct calendar *calendars;
	struct duty_fault *faults, *last_fault;
	size_t rule_count, grading_count, derived_count;
	uint64_t stamp; /* of the files it was kept from (duties_keep) */
};

/* Adds what a file holds, a pack or a calendar; `file` is its name for faults. */
void duties_add(struct duties *duties, const char *file, const struct node *root);
/* Adds a fault; all texts must outlive the set (or lie in its pool). */
void duties_fault(
        struct duties *duties, const char *file, uint32_t line, const char *rule, const char *field, const char *what);
/* When all files are in: calendars found, grades that are asked for exist. A rule at fault is taken out. */
void duties_settle(struct duties *duties);

#endif
