/* See expression.h. */
#include "duty/expression.h"

const char *const level_zh[LEVELS] = { "一般", "较大", "重大", "特别重大" };
const char *const level_en[LEVELS] = { "general", "serious", "major", "extremely serious" };

int level_of(hufu_view name)
{
	for (int i = 0; i < LEVELS; i++)
		if (view_is(name, level_zh[i]) || view_is(name, level_en[i]))
			return i;
	return -1;
}

static hufu_view take_token(hufu_view *rest)
{
	hufu_view all = view_trim(*rest);
	size_t len = 0;
	while (len < all.len && all.ptr[len] != ' ')
		len++;
	*rest = view_trim(view_from(all, len));
	return view_make(all.ptr, len);
}

static bool relation_of(hufu_view token, enum relation *out)
{
	static const char *const names[] = { ">=", ">", "<=", "<", "==", "!=", "has" };
	for (size_t i = 0; i < LEN(names); i++)
		if (view_is(token, names[i])) {
			*out = (enum relation)i;
			return true;
		}
	return false;
}

static bool fits(enum fact_type type, enum relation relation)
{
	switch (type) {
	case FACT_COUNT:
	case FACT_MONEY:
	case FACT_HOURS:
	case FACT_GRADED:
		return relation != HAS;
	case FACT_TRUTH:
	case FACT_CHOICE:
	case FACT_WORD:
		return relation == EQUAL || relation == UNEQUAL;
	case FACT_LIST:
		return relation == HAS;
	case FACT_TIME:
		break;
	}
	return false;
}

static const char *parse_grade(hufu_view name, hufu_view value, struct pool *pool, struct test *test)
{
	int level = level_of(value);
	test->standard = pool_text(pool, view_from(name, strlen("grade.")));
	if (level < 0)
		return "a grade is one of 一般, 较大, 重大, 特别重大";
	test->value.number = level;
	return fits(FACT_GRADED, test->relation) ? NULL : "a grade cannot be compared so";
}

const char *test_parse(hufu_view text, struct pool *pool, struct test *out)
{
	struct test test = { 0 };
	hufu_view rest = text, name = take_token(&rest);
	if (view_is(name, "may_have")) {
		test.may_have = true;
		name = take_token(&rest);
	}
	if (!relation_of(take_token(&rest), &test.relation) || rest.len == 0)
		return "is no comparison such as: people >= 1000000";
	test.shown = pool_text(pool, rest);
	const char *wrong = NULL;
	if (view_starts(name, "grade.")) {
		wrong = test.may_have ? "a grade cannot be a may_have" : parse_grade(name, rest, pool, &test);
	} else if (memchr(name.ptr, '.', name.len) || !(test.kind = fact_kind_of(name, NULL))) {
		wrong = "compares a fact that does not exist (hufu duties facts lists them)";
	} else if (!fits(test.kind->type, test.relation)) {
		wrong = "this fact cannot be compared so";
	} else if (test.kind->type == FACT_LIST && strchr(test.shown, ',')) {
		wrong = "has wants one word";
	} else if (fact_value(test.kind, test.shown, &test.value, NULL) != HUFU_OK) {
		wrong = test.kind->wants;
	}
	if (!wrong)
		*out = test;
	return wrong;
}

static struct expression *refuse(const struct node *node, uint32_t *line, const char **what, const char *why)
{
	*line = node->line;
	*what = why;
	return NULL;
}

static struct expression *parse_test(const struct node *node, bool grades, struct expression *into, struct pool *pool,
        uint32_t *line, const char **what)
{
	into->op = EXPRESSION_TEST;
	const char *wrong = test_parse(view_of(node->value), pool, &into->test);
	if (!wrong && !grades && !into->test.kind)
		wrong = "a grade cannot be asked for here";
	return wrong ? refuse(node, line, what, wrong) : into;
}

struct expression *expression_parse(
        const struct node *node, bool grades, struct pool *pool, uint32_t *line, const char **what)
{
	struct expression *made = pool_take(pool, sizeof *made);
	if (!made)
		return refuse(node, line, what, "out of memory");
	if (node->value)
		return parse_test(node, grades, made, pool, line, what);
	const struct node *join = node->first;
	if (!join || join->next)
		return refuse(node, line, what, "wants one comparison, or one of any, all, not");
	if (strcmp(join->name, "not") == 0) {
		made->op = EXPRESSION_NOT;
		made->first = expression_parse(join, grades, pool, line, what);
		return made->first ? made : NULL;
	}
	made->op = strcmp(join->name, "all") == 0 ? EXPRESSION_ALL : EXPRESSION_ANY;
	if (made->op == EXPRESSION_ANY && strcmp(join->name, "any") != 0)
		return refuse(join, line, what, "wants any, all or not");
	if (!node_is_list(join) || !join->first)
		return refuse(join, line, what, "wants a list of comparisons");
	struct expression **tail = &made->first;
	for (const struct node *at = join->first; at; at = at->next) {
		*tail = expression_parse(at, grades, pool, line, what);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	return made;
}
