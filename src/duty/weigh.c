/* Facts against comparisons: which claims count, what they make true, what that rests on. */
#include "duty/judge.h"

#include <stdlib.h>
#include <strings.h>

/* ---- knowledge ---- */

hufu_status knowledge_init(struct knowledge *knowledge, const struct duties *duties, const struct fact *facts,
        size_t count, int64_t now, hufu_error *error)
{
	*knowledge = (struct knowledge){ .duties = duties };
	knowledge->known = calloc(count + 1, sizeof *knowledge->known);
	knowledge->derived = calloc(duties->derived_count + 1, sizeof *knowledge->derived);
	hufu_status st = knowledge->known && knowledge->derived
	                         ? HUFU_OK
	                         : fail(error, HUFU_NO_MEMORY, view_of("facts"), "out of memory", NULL);
	for (size_t i = 0; i < count && st == HUFU_OK; i++) {
		struct known *known = &knowledge->known[knowledge->count++];
		known->fact = &facts[i];
		st = fact_check(facts[i].name, facts[i].value, error);
		known->kind = fact_kind_of(view_of(facts[i].name), known->region);
		if (st == HUFU_OK && known->kind)
			st = fact_value(known->kind, facts[i].value, &known->value, error);
	}
	if (st != HUFU_OK) {
		knowledge_done(knowledge);
		return st;
	}
	const struct known *when = knowledge_time(knowledge, "rules_as_of");
	if (!when)
		when = knowledge_time(knowledge, "learned_at");
	knowledge->as_of_instant = when ? when->value.number : now;
	knowledge->as_of_date = when && when->value.date;
	knowledge_only(knowledge, NULL);
	return HUFU_OK;
}

void knowledge_done(struct knowledge *knowledge)
{
	free(knowledge->known);
	free(knowledge->derived);
	*knowledge = (struct knowledge){ 0 };
}

void knowledge_turn(struct knowledge *knowledge, const struct pack *pack)
{
	int32_t offset = knowledge->as_of_date ? 8 * 3600 : pack->offset;
	knowledge->pack = pack;
	day_print(day_of(knowledge->as_of_instant, offset), knowledge->as_of);
}

bool knowledge_valid(const struct knowledge *knowledge, const char *from, const char *to)
{
	return (!from[0] || strcmp(from, knowledge->as_of) <= 0) && (!to[0] || strcmp(knowledge->as_of, to) <= 0);
}

const struct known *knowledge_time(const struct knowledge *knowledge, const char *name)
{
	const struct known *best = NULL;
	for (size_t i = 0; i < knowledge->count; i++) {
		const struct known *known = &knowledge->known[i];
		if (!known->kind || strcmp(known->kind->name, name) != 0)
			continue;
		bool confirmed = known->fact->basis == FACT_CONFIRMED;
		bool best_confirmed = best && best->fact->basis == FACT_CONFIRMED;
		if (!best || confirmed > best_confirmed ||
		        (confirmed == best_confirmed && known->value.number < best->value.number))
			best = known;
	}
	return best;
}

/* Laws that make facts may build on each other: gone through until nothing more comes. */
void knowledge_only(struct knowledge *knowledge, const struct known *only)
{
	const struct pack *pack = knowledge->pack;
	bool more = true;
	knowledge->only = only;
	memset(knowledge->derived, 0, knowledge->duties->derived_count * sizeof *knowledge->derived);
	for (size_t pass = 0; more && pass <= knowledge->duties->derived_count; pass++) {
		more = false;
		for (const struct derived *at = knowledge->duties->derived; at; at = at->next) {
			knowledge_turn(knowledge, at->pack);
			if (knowledge->derived[at->number] ||
			        !knowledge_valid(knowledge, at->valid_from, at->valid_to) ||
			        !expression_holds(knowledge, at->pack->applies, NULL) ||
			        !expression_holds(knowledge, at->when, NULL))
				continue;
			knowledge->derived[at->number] = more = true;
		}
	}
	if (pack)
		knowledge_turn(knowledge, pack);
}

/* ---- grounds ---- */

void grounds_done(struct grounds *grounds)
{
	free(grounds->at);
	*grounds = (struct grounds){ 0 };
}

static void note(struct grounds *grounds, struct ground ground)
{
	if (!grounds || grounds->failed)
		return;
	if (grounds->count == grounds->cap) {
		size_t cap = grounds->cap ? grounds->cap * 2 : 16;
		struct ground *more = reallocarray(grounds->at, cap, sizeof *more);
		if (!more) {
			grounds->failed = true;
			return;
		}
		grounds->at = more;
		grounds->cap = cap;
	}
	grounds->at[grounds->count++] = ground;
}

/* ---- one comparison ---- */

static bool compare(enum relation relation, int64_t a, int64_t b)
{
	switch (relation) {
	case AT_LEAST:
		return a >= b;
	case MORE:
		return a > b;
	case AT_MOST:
		return a <= b;
	case LESS:
		return a < b;
	case EQUAL:
		return a == b;
	case UNEQUAL:
		return a != b;
	case HAS:
		break;
	}
	return false;
}

static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncasecmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

/* Whether its claims are told apart by size; else any of them may hold. */
static bool has_size(enum fact_type type)
{
	return type <= FACT_TRUTH || type == FACT_GRADED;
}

static bool one_holds(const struct test *test, const struct fact_value *value)
{
	switch (test->kind->type) {
	case FACT_LIST:
		return list_has(value->text, test->value.text);
	case FACT_WORD:
		return (strcmp(value->text, test->value.text) == 0) == (test->relation == EQUAL);
	default:
		return compare(test->relation, value->number, test->value.number);
	}
}

/* The claims of a comparison, gone through: the gravest counts. */
struct tally {
	const struct test *test;
	struct grounds *grounds;
	bool any, confirmed; /* a claim counts; one that is confirmed does */
	bool holds;          /* of claims without size: any, or, of "!=", all */
	int64_t gravest;
};

static void count_value(struct tally *tally, const struct fact_value *value)
{
	bool holds = one_holds(tally->test, value);
	if (!tally->any || value->number > tally->gravest)
		tally->gravest = value->number;
	if (!tally->any)
		tally->holds = holds;
	else if (tally->test->relation == UNEQUAL)
		tally->holds &= holds;
	else
		tally->holds |= holds;
	tally->any = true;
}

static bool is_of(const struct known *known, const char *name, const char *region)
{
	return strcmp(known->kind->name, name) == 0 && strcmp(known->region, region) == 0;
}

static bool left_out(const struct knowledge *knowledge, const struct known *known)
{
	const struct known *only = knowledge->only;
	return only && known != only && known->kind == only->kind && strcmp(known->region, only->region) == 0;
}

/* All claims of one name; of the pack's region where there are any. */
static void count_claims(const struct knowledge *knowledge, const char *name, struct tally *tally)
{
	bool regional = false, confirmed = false;
	const char *region = knowledge->pack->region;
	for (size_t i = 0; i < knowledge->count; i++)
		regional |= is_of(&knowledge->known[i], name, region);
	if (!regional)
		region = "";
	for (size_t i = 0; i < knowledge->count; i++)
		confirmed |=
		        is_of(&knowledge->known[i], name, region) && knowledge->known[i].fact->basis == FACT_CONFIRMED;
	for (size_t i = 0; i < knowledge->count; i++) {
		const struct known *known = &knowledge->known[i];
		if (!is_of(known, name, region) || left_out(knowledge, known))
			continue;
		bool aside = confirmed && known->fact->basis != FACT_CONFIRMED;
		note(tally->grounds, (struct ground){ .test = tally->test,
		                             .known = known,
		                             .aside = aside,
		                             .holds = one_holds(tally->test, &known->value) });
		if (!aside)
			count_value(tally, &known->value);
	}
	tally->confirmed |= confirmed;
}

/* A definition in law does not give way to what somebody says: it counts beside the claims. */
static void count_derived(struct knowledge *knowledge, struct tally *tally)
{
	for (const struct derived *at = knowledge->duties->derived; at; at = at->next) {
		if (!knowledge->derived[at->number] || at->kind != tally->test->kind)
			continue;
		note(tally->grounds,
		        (struct ground){
		                .test = tally->test, .derived = at, .holds = one_holds(tally->test, &at->value) });
		count_value(tally, &at->value);
		/* What it follows from; what that follows from in turn is named, not spread out: laws may go round. */
		if (!tally->grounds || knowledge->spreading)
			continue;
		const struct pack *pack = knowledge->pack;
		knowledge->spreading = true;
		knowledge_turn(knowledge, at->pack);
		expression_holds(knowledge, at->when, tally->grounds);
		knowledge_turn(knowledge, pack);
		knowledge->spreading = false;
	}
}

static bool fact_holds(struct knowledge *knowledge, const struct test *test, struct grounds *grounds)
{
	struct tally tally = { .test = test, .grounds = grounds };
	count_claims(knowledge, test->kind->name, &tally);
	if (test->kind->also)
		count_claims(knowledge, test->kind->also, &tally);
	count_derived(knowledge, &tally);
	if (!tally.any && test->kind->fallback) {
		struct fact_value value;
		if (fact_value(test->kind, test->kind->fallback, &value, NULL) == HUFU_OK)
			count_value(&tally, &value);
		note(grounds, (struct ground){ .test = test, .assumed = true, .holds = tally.holds });
	}
	bool holds =
	        tally.any &&
	        (has_size(test->kind->type) ? compare(test->relation, tally.gravest, test->value.number) : tally.holds);
	/* "or may have": only what is confirmed can speak against it. */
	if (test->may_have && !tally.confirmed)
		holds = true;
	if (!tally.any)
		note(grounds, (struct ground){ .test = test, .holds = holds });
	return holds;
}

/* ---- grades ---- */

const struct grading *grading_find(const struct knowledge *knowledge, const char *standard)
{
	for (const struct grading *at = knowledge->duties->gradings; at; at = at->next)
		if (strcmp(at->standard, standard) == 0 && knowledge_valid(knowledge, at->valid_from, at->valid_to))
			return at;
	return NULL;
}

static void mark_step(struct grounds *grounds, size_t from, const struct grading *grading, int level)
{
	for (size_t i = from; grounds && i < grounds->count; i++)
		if (!grounds->at[i].grading) {
			grounds->at[i].grading = grading;
			grounds->at[i].level = level;
		}
}

static bool step_holds(struct knowledge *knowledge, const struct grading *grading, int level, struct grounds *grounds)
{
	if (!grading->levels[level].when)
		return false;
	size_t from = grounds ? grounds->count : 0;
	bool holds = expression_holds(knowledge, grading->levels[level].when, grounds);
	mark_step(grounds, from, grading, level);
	return holds;
}

int grading_level(struct knowledge *knowledge, const struct grading *grading, struct grounds *grounds)
{
	for (int level = LEVELS - 1; level > 0; level--)
		if (step_holds(knowledge, grading, level, NULL)) {
			if (grounds)
				step_holds(knowledge, grading, level, grounds);
			return level;
		}
	return 0;
}

static bool grade_holds(struct knowledge *knowledge, const struct test *test, struct grounds *grounds)
{
	const struct grading *grading = grading_find(knowledge, test->standard);
	if (!grading)
		return false;
	int wanted = (int)test->value.number;
	bool holds = compare(test->relation, grading_level(knowledge, grading, NULL), wanted);
	if (!grounds)
		return holds;
	if (holds || wanted == 0)
		grading_level(knowledge, grading, grounds);
	else
		step_holds(knowledge, grading, wanted, grounds);
	return holds;
}

/* ---- the tree ---- */

static bool test_holds(struct knowledge *knowledge, const struct test *test, struct grounds *grounds)
{
	return test->standard ? grade_holds(knowledge, test, grounds) : fact_holds(knowledge, test, grounds);
}

static bool join_holds(struct knowledge *knowledge, const struct expression *join)
{
	bool all = join->op == EXPRESSION_ALL;
	for (const struct expression *at = join->first; at; at = at->next)
		if (expression_holds(knowledge, at, NULL) != all)
			return !all;
	return all;
}

bool expression_holds(struct knowledge *knowledge, const struct expression *expression, struct grounds *grounds)
{
	if (!expression)
		return true;
	if (expression->op == EXPRESSION_TEST)
		return test_holds(knowledge, &expression->test, grounds);
	if (expression->op == EXPRESSION_NOT)
		return !expression_holds(knowledge, expression->first, grounds);
	bool holds = join_holds(knowledge, expression);
	for (const struct expression *at = expression->first; at && grounds; at = at->next)
		/* What is of the other mind than the whole has not made it so. */
		if (expression_holds(knowledge, at, NULL) == holds)
			expression_holds(knowledge, at, grounds);
	return holds;
}

bool rule_in_force(struct knowledge *knowledge, const struct rule *rule)
{
	knowledge_turn(knowledge, rule->pack);
	return knowledge_valid(knowledge, rule->shown.valid_from, rule->shown.valid_to);
}

bool rule_arises(struct knowledge *knowledge, const struct rule *rule, struct grounds *grounds)
{
	knowledge_turn(knowledge, rule->pack);
	bool applies = expression_holds(knowledge, rule->pack->applies, NULL);
	bool holds = applies && expression_holds(knowledge, rule->trigger, NULL);
	/* First what is the rule's own, then what all of its pack asks for; of a no, what stands in its way. */
	if (grounds && (holds || applies))
		expression_holds(knowledge, rule->trigger, grounds);
	if (grounds && (holds || !applies))
		expression_holds(knowledge, rule->pack->applies, grounds);
	return holds;
}
