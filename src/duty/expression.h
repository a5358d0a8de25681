/* When a rule applies: comparisons of facts, joined by any, all and not. Written in a pack as
 *
 *     any:
 *       - people >= 100万
 *       - all: [cii == true, outage_h >= 10 min]
 *       - not: sector == finance
 *       - grade.CAC-IR >= 较大
 *       - may_have people >= 1
 *
 * A comparison with an unknown fact is not true, and may_have one is true unless something confirmed speaks against it
 * ("发生或者可能发生"). Of several claims the gravest counts, unless one is confirmed. */
#ifndef HUFU_DUTY_EXPRESSION_H
#define HUFU_DUTY_EXPRESSION_H

#include "duty/fact.h"
#include "duty/tree.h"

enum relation { AT_LEAST, MORE, AT_MOST, LESS, EQUAL, UNEQUAL, HAS };

/* 一般, 较大, 重大, 特别重大: the steps of every grading. */
enum { LEVELS = 4 };
extern const char *const level_zh[LEVELS];
extern const char *const level_en[LEVELS];
/* The step of that name in either language; -1 where there is none. */
int level_of(hufu_view name);

struct test {
	bool may_have;
	const struct fact_kind *kind; /* NULL: a grade */
	const char *standard;         /* of the grade */
	enum relation relation;
	struct fact_value value;
	const char *shown; /* the value as it was written */
};

enum expression_op { EXPRESSION_ALL, EXPRESSION_ANY, EXPRESSION_NOT, EXPRESSION_TEST };

struct expression {
	enum expression_op op;
	struct test test;
	struct expression *first, *next; /* first: of all, any, not */
};

/* One comparison. NULL when it is one; else, a constant, what is wrong with it. */
const char *test_parse(hufu_view text, struct pool *pool, struct test *out);
/* A tree of them. `grades`: whether comparisons of grades are let in. On failure NULL, `line` and `what` say why. */
struct expression *expression_parse(
        const struct node *node, bool grades, struct pool *pool, uint32_t *line, const char **what);

#endif
