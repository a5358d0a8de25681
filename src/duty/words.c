/* What a duty rests on, said so that a lawyer can check it: in Chinese and in English. */
#include "duty/judge.h"

#include <stdio.h>

/* A fact's name, with its region. */
static void label(struct bytes *out, const struct ground *ground, bool chinese)
{
	const struct fact_kind *kind = ground->known ? ground->known->kind : ground->test->kind;
	bytes_text(out, chinese ? kind->zh : kind->en);
	if (ground->known && ground->known->region[0])
		bytes_print(out, chinese ? "（%s）" : " in %s", ground->known->region);
}

static const char *truth(const char *value, bool chinese)
{
	bool yes = strcmp(value, "true") == 0;
	return chinese ? (yes ? "是" : "否") : (yes ? "yes" : "no");
}

static void value_of(struct bytes *out, const struct fact_kind *kind, const char *value, bool chinese)
{
	char shown[FACT_SHOWN_MAX];
	fact_show(kind, value, shown);
	if (kind->type == FACT_TRUTH)
		bytes_text(out, truth(value, chinese));
	else if (chinese && (kind->type == FACT_CHOICE || kind->type == FACT_GRADED))
		bytes_text(out, fact_word_zh(shown));
	else
		bytes_text(out, shown);
}

static void source_of(struct bytes *out, const struct fact *fact, bool chinese)
{
	static const char *const basis_zh[] = { "声称", "估计", "已确认" };
	char source[160];
	printable(view_of(fact->source), source, sizeof source);
	const char *basis = chinese ? basis_zh[fact->basis] : fact_basis_name(fact->basis);
	if (chinese)
		bytes_print(out, source[0] ? "（%s，来源：%s）" : "（%s）", basis, source);
	else
		bytes_print(out, source[0] ? " (%s, source: %s)" : " (%s)", basis, source);
}

/* "at least 1,000,000", or, where it does not hold, "less than 1,000,000". */
static void comparison(struct bytes *out, const struct test *test, bool holds, bool chinese)
{
	static const char *const zh[][2] = { { "不足", "达到（含）" }, { "未超过", "超过" }, { "超过", "不超过" },
		{ "达到", "不足" }, { "并非", "为" }, { "为", "并非" }, { "不包含", "包含" } };
	static const char *const en[][2] = { { "less than ", "at least " }, { "not more than ", "more than " },
		{ "more than ", "at most " }, { "at least ", "less than " }, { "is not ", "is " }, { "is ", "is not " },
		{ "does not contain ", "contains " } };
	bytes_text(out, chinese ? zh[test->relation][holds] : en[test->relation][holds]);
	value_of(out, test->kind, test->shown, chinese);
}

static void grade_of(struct bytes *out, const struct ground *ground, bool chinese)
{
	if (!ground->grading)
		return;
	const struct grading *grading = ground->grading;
	if (chinese)
		bytes_print(out, "（%s%s：%s）", grading->standard, grading->article, level_zh[ground->level]);
	else
		bytes_print(out, " (%s %s: %s, %s)", grading->standard, grading->article, level_zh[ground->level],
		        level_en[ground->level]);
}

static void by_law(struct bytes *out, const struct derived *derived, bool chinese)
{
	bytes_text(out, chinese ? "：" : ": ");
	value_of(out, derived->kind,
	        derived->value.text     ? derived->value.text
	        : derived->value.number ? "true"
	                                : "false",
	        chinese);
	if (chinese)
		bytes_print(out, "（依据%s %s", derived->law.zh, derived->article);
	else
		bytes_print(out, " (by %s, %s", derived->law.en, derived->article);
	if (derived->text_zh[0])
		bytes_print(out, "「%s」", derived->text_zh);
	bytes_text(out, chinese ? "）" : ")");
}

static void nothing_known(struct bytes *out, const struct ground *ground, bool chinese)
{
	if (ground->assumed) {
		bytes_text(out, chinese ? "未提供，按" : ": not given, taken to be ");
		bytes_text(out, ground->test->kind->fallback);
		if (chinese)
			bytes_text(out, "处理");
		return;
	}
	bytes_text(out, chinese ? "未知" : ": not known");
	if (ground->test->may_have)
		bytes_text(out, chinese ? "，没有已确认的事实予以排除" : "; nothing confirmed rules it out");
	else
		bytes_text(out, chinese ? "，按不成立处理；需要：" : ", taken as not so; it would take: ");
	if (!ground->test->may_have)
		comparison(out, ground->test, true, chinese);
}

/* "automotive: is automotive" says nothing twice. */
static bool says_itself(const struct ground *ground)
{
	return ground->test->relation == EQUAL && ground->holds &&
	       strcmp(ground->known->fact->value, ground->test->shown) == 0;
}

static const char *sentence(const struct ground *ground, struct pool *pool, bool chinese)
{
	struct bytes out = { 0 };
	label(&out, ground, chinese);
	if (ground->known) {
		bytes_byte(&out, ' ');
		value_of(&out, ground->known->kind, ground->known->fact->value, chinese);
		source_of(&out, ground->known->fact, chinese);
		if (!says_itself(ground)) {
			bytes_text(&out, chinese ? "：" : ": ");
			comparison(&out, ground->test, ground->holds, chinese);
		}
	} else if (ground->derived) {
		by_law(&out, ground->derived, chinese);
	} else {
		nothing_known(&out, ground, chinese);
	}
	grade_of(&out, ground, chinese);
	if (ground->aside)
		bytes_text(&out, chinese ? "；另有已确认的值，此值不计" : "; set aside, another value is confirmed");
	return pool_bytes(pool, &out);
}

void ground_words(const struct ground *ground, struct pool *pool, struct duty_words *out)
{
	out->zh = sentence(ground, pool, true);
	out->en = sentence(ground, pool, false);
}

const char *test_threshold(const struct test *test, struct pool *pool)
{
	static const char *const names[] = { ">=", ">", "<=", "<", "==", "!=", "has" };
	struct bytes out = { 0 };
	bytes_print(&out, "%s %s", names[test->relation], test->shown);
	return pool_bytes(pool, &out);
}
