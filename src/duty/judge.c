/* Rules in force, times facts, gives duties, each with what it rests on. */
#include "duty/judge.h"

#include "duty/due.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- reasons ---- */

struct reasons {
	struct pool *pool;
	struct duty_reason *first, *last;
};

static struct duty_reason *add_reason(struct reasons *reasons)
{
	struct duty_reason *reason = pool_take(reasons->pool, sizeof *reason);
	if (!reason)
		return NULL;
	if (reasons->last)
		reasons->last->next = reason;
	else
		reasons->first = reason;
	reasons->last = reason;
	return reason;
}

static bool said_before(const struct grounds *grounds, size_t at)
{
	const struct ground *ground = &grounds->at[at];
	for (size_t i = 0; i < at; i++) {
		const struct ground *old = &grounds->at[i];
		if (old->test == ground->test && old->known == ground->known && old->derived == ground->derived &&
		        old->level == ground->level)
			return true;
	}
	return false;
}

static void add_grounds(struct reasons *reasons, const struct grounds *grounds)
{
	for (size_t i = 0; i < grounds->count; i++) {
		const struct ground *ground = &grounds->at[i];
		struct duty_reason *reason = said_before(grounds, i) ? NULL : add_reason(reasons);
		if (!reason)
			continue;
		ground_words(ground, reasons->pool, &reason->words);
		reason->fact = ground->known ? ground->known->fact : NULL;
		reason->threshold = test_threshold(ground->test, reasons->pool);
		reason->holds = ground->holds && !ground->aside;
		reason->standard = ground->grading ? ground->grading->standard : NULL;
		reason->level = ground->grading ? level_zh[ground->level] : NULL;
	}
}

/* Both gradings, side by side: they have different thresholds, and each has its own duty. */
static void add_grades(struct reasons *reasons, const struct judgement *judgement, const struct grounds *grounds)
{
	bool graded = false;
	struct bytes zh = { 0 }, en = { 0 };
	for (size_t i = 0; i < grounds->count; i++)
		graded |= grounds->at[i].grading != NULL;
	struct duty_reason *reason = graded ? add_reason(reasons) : NULL;
	if (!reason)
		return;
	bytes_text(&zh, "分别定级：");
	bytes_text(&en, "graded separately: ");
	for (size_t i = 0; i < judgement->grade_count; i++) {
		const struct duty_grade *grade = &judgement->grades[i];
		bytes_print(&zh, "%s%s %s", i ? "；" : "", grade->standard, level_zh[grade->level]);
		bytes_print(&en, "%s%s %s (%s)", i ? "; " : "", grade->standard, level_zh[grade->level],
		        level_en[grade->level]);
	}
	reason->words.zh = pool_bytes(reasons->pool, &zh);
	reason->words.en = pool_bytes(reasons->pool, &en);
	reason->holds = true;
}

/* ---- several claims of one thing ---- */

static bool has_rival(const struct knowledge *knowledge, const struct known *known)
{
	for (size_t i = 0; i < knowledge->count; i++) {
		const struct known *other = &knowledge->known[i];
		if (other != known && other->kind == known->kind && strcmp(other->region, known->region) == 0 &&
		        other->value.number != known->value.number)
			return true;
	}
	return false;
}

static void what_holds(const struct grounds *grounds, struct bytes *zh, struct bytes *en)
{
	bool any = false;
	for (size_t i = 0; i < grounds->count; i++) {
		const struct ground *ground = &grounds->at[i];
		char shown[FACT_SHOWN_MAX];
		if (!ground->known || !ground->holds || ground->aside || said_before(grounds, i))
			continue;
		fact_show(ground->known->kind, ground->known->fact->value, shown);
		bytes_print(zh, "%s%s %s", any ? "、" : "，依据：", ground->known->kind->zh, shown);
		bytes_print(en, "%s%s %s", any ? ", " : ", from ", ground->known->kind->en, shown);
		any = true;
	}
}

/* "If only this claim is right": whether the duty stays, and on what. */
static void add_alternative(
        struct reasons *reasons, struct knowledge *knowledge, const struct rule *rule, const struct known *claim)
{
	struct grounds grounds = { 0 };
	struct bytes zh = { 0 }, en = { 0 };
	char value[FACT_SHOWN_MAX], source[160];
	knowledge_only(knowledge, claim);
	bool arises = rule_arises(knowledge, rule, &grounds);
	fact_show(claim->kind, claim->fact->value, value);
	printable(view_of(claim->fact->source), source, sizeof source);
	bytes_print(&zh, "若仅以%s %s（来源：%s）为准：%s", claim->kind->zh, value, source,
	        arises ? "义务仍然产生" : "义务不产生");
	bytes_print(&en, "if only %s %s (source: %s) is right: the duty %s", claim->kind->en, value, source,
	        arises ? "arises all the same" : "does not arise");
	if (arises)
		what_holds(&grounds, &zh, &en);
	struct duty_reason *reason = add_reason(reasons);
	if (reason) {
		reason->words.zh = pool_bytes(reasons->pool, &zh);
		reason->words.en = pool_bytes(reasons->pool, &en);
		reason->fact = claim->fact;
		reason->holds = arises;
	}
	bytes_done(&zh);
	bytes_done(&en);
	grounds_done(&grounds);
}

static void add_alternatives(
        struct reasons *reasons, struct knowledge *knowledge, const struct rule *rule, const struct grounds *grounds)
{
	enum { ALTERNATIVES_MAX = 16 };
	unsigned told = 0;
	for (size_t i = 0; i < grounds->count && told < ALTERNATIVES_MAX; i++) {
		const struct known *claim = grounds->at[i].known;
		bool again = false;
		for (size_t j = 0; j < i; j++)
			again |= grounds->at[j].known == claim;
		if (!claim || again || grounds->at[i].aside || claim->kind->type > FACT_TRUTH ||
		        !has_rival(knowledge, claim))
			continue;
		add_alternative(reasons, knowledge, rule, claim);
		told++;
	}
	if (told)
		knowledge_only(knowledge, NULL);
}

/* ---- judging ---- */

static void judge_grades(struct knowledge *knowledge, struct judgement *judgement)
{
	const struct duties *duties = knowledge->duties;
	judgement->grades = pool_take(&judgement->pool, (duties->grading_count + 1) * sizeof *judgement->grades);
	for (const struct grading *at = duties->gradings; at && judgement->grades; at = at->next) {
		knowledge_turn(knowledge, at->pack);
		if (!knowledge_valid(knowledge, at->valid_from, at->valid_to) ||
		        !expression_holds(knowledge, at->pack->applies, NULL))
			continue;
		int level = grading_level(knowledge, at, NULL);
		judgement->grades[judgement->grade_count++] = (struct duty_grade){
			.standard = at->standard,
			.level = level,
			.words = { level_zh[level], level_en[level] },
			.article = at->article,
			.verified = at->levels[level ? level : 1].verified,
		};
	}
}

static bool judge_rule(struct knowledge *knowledge, const struct rule *rule, int64_t now, struct judgement *judgement,
        int *unknown_year)
{
	struct grounds grounds = { 0 };
	struct reasons reasons = { .pool = &judgement->pool };
	if (!rule_in_force(knowledge, rule) || !rule_arises(knowledge, rule, NULL))
		return true;
	rule_arises(knowledge, rule, &grounds);
	add_grounds(&reasons, &grounds);
	add_grades(&reasons, judgement, &grounds);
	add_alternatives(&reasons, knowledge, rule, &grounds);
	struct duty *duty = &judgement->duties[judgement->count++];
	*duty = (struct duty){ .rule = &rule->shown, .because = reasons.first };
	knowledge_turn(knowledge, rule->pack);
	duty->may_waive = rule->waiver && expression_holds(knowledge, rule->waiver, NULL);
	due_set(knowledge, rule, now, &judgement->pool, duty, unknown_year);
	bool whole = !grounds.failed;
	grounds_done(&grounds);
	return whole;
}

static void warn(struct judgement *judgement, const char *zh, const char *en)
{
	enum { WARNINGS_MAX = 8 };
	struct duty_words *all = (struct duty_words *)(uintptr_t)judgement->warnings;
	if (!all)
		judgement->warnings = all = pool_take(&judgement->pool, WARNINGS_MAX * sizeof *all);
	if (all && judgement->warning_count < WARNINGS_MAX)
		all[judgement->warning_count++] = (struct duty_words){ zh, en };
}

static bool has_pack(const struct duties *duties, hufu_view place)
{
	for (const struct pack *pack = duties->packs; pack; pack = pack->next)
		if (pack->region && strlen(pack->region) == place.len &&
		        strncasecmp(pack->region, place.ptr, place.len) == 0)
			return true;
	return false;
}

/* A place that no pack is of has duties all the same: silence would look like none. */
static void warn_of_place(const struct duties *duties, hufu_view place, struct judgement *judgement)
{
	char shown[24];
	struct bytes zh = { 0 }, en = { 0 };
	if (has_pack(duties, place))
		return;
	printable(place, shown, sizeof shown);
	bytes_print(&zh, "法域%s没有规则包：当地的义务不在此列，请另行查明", shown);
	bytes_print(&en, "no rule pack is of the jurisdiction %s: duties there are not told here; find out elsewhere",
	        shown);
	const char *words_zh = pool_bytes(&judgement->pool, &zh);
	warn(judgement, words_zh, pool_bytes(&judgement->pool, &en));
}

static void warn_of_places(const struct knowledge *knowledge, struct judgement *judgement)
{
	for (size_t i = 0; i < knowledge->count; i++) {
		if (strcmp(knowledge->known[i].kind->name, "jurisdiction") != 0)
			continue;
		for (const char *at = knowledge->known[i].value.text; at;) {
			const char *comma = strchr(at, ',');
			warn_of_place(
			        knowledge->duties, view_make(at, comma ? (size_t)(comma - at) : strlen(at)), judgement);
			at = comma ? comma + 1 : NULL;
		}
	}
}

static void warn_of_times(const struct knowledge *knowledge, int unknown_year, struct judgement *judgement)
{
	const struct known *learned = knowledge_time(knowledge, "learned_at");
	if (!learned)
		warn(judgement, "尚未提供发现或获知的时间（learned_at）：各期限未起算",
		        "learned_at is not given: no clock that runs from it has started");
	else if (learned->value.date)
		warn(judgement, "发现或获知的时间只有日期：自当日零时（+08:00）起算，即较早的读法",
		        "learned_at is a date only: clocks run from its first second at +08:00, the earlier reading");
	if (learned && learned->fact->basis == FACT_CLAIMED)
		warn(judgement, "发现或获知的时间（learned_at）仅为声称，尚未确认：各期限以其为起点，请核实",
		        "learned_at is only claimed, not confirmed: every clock that runs from it is as unsure; "
		        "confirm it");
	if (!unknown_year)
		return;
	struct bytes zh = { 0 }, en = { 0 };
	bytes_print(&zh, "%d年不在工作日历中：只扣除了周末", unknown_year);
	bytes_print(
	        &en, "the year %d is not in the calendar of working days: only weekends were left out", unknown_year);
	const char *words_zh = pool_bytes(&judgement->pool, &zh);
	warn(judgement, words_zh, pool_bytes(&judgement->pool, &en));
}

static hufu_status judge_all(struct knowledge *knowledge, int64_t now, struct judgement *judgement, hufu_error *error)
{
	const struct duties *duties = knowledge->duties;
	int unknown_year = 0;
	bool whole = true;
	judgement->duties = pool_take(&judgement->pool, (duties->rule_count + 1) * sizeof *judgement->duties);
	judge_grades(knowledge, judgement);
	for (int kind = DUTY_REPORT; kind <= DUTY_INTERNAL && judgement->duties; kind++)
		for (const struct rule *at = duties->rules; at; at = at->next)
			if ((int)at->shown.kind == kind)
				whole &= judge_rule(knowledge, at, now, judgement, &unknown_year);
	warn_of_places(knowledge, judgement);
	warn_of_times(knowledge, unknown_year, judgement);
	if (duties->packs)
		knowledge_turn(knowledge, duties->packs);
	judgement->rules_as_of = pool_text(&judgement->pool, view_of(knowledge->as_of));
	return whole && !judgement->pool.failed ? HUFU_OK
	                                        : fail(error, HUFU_NO_MEMORY, view_of("duties"), "out of memory", NULL);
}

hufu_status duties_judge(const struct duties *duties, const struct fact *facts, size_t count, int64_t now,
        struct judgement *out, hufu_error *error)
{
	struct knowledge knowledge;
	struct judgement judgement = { 0 };
	hufu_status st = knowledge_init(&knowledge, duties, facts, count, now, error);
	if (st != HUFU_OK)
		return st;
	st = judge_all(&knowledge, now, &judgement, error);
	knowledge_done(&knowledge);
	if (st == HUFU_OK)
		*out = judgement;
	else
		judgement_done(&judgement);
	return st;
}

void judgement_done(struct judgement *judgement)
{
	pool_done(&judgement->pool);
	*judgement = (struct judgement){ 0 };
}

const struct duty *judgement_find(const struct judgement *judgement, const char *rule)
{
	for (size_t i = 0; i < judgement->count; i++)
		if (strcasecmp(judgement->duties[i].rule->id, rule) == 0)
			return &judgement->duties[i];
	return NULL;
}

/* ---- explaining ---- */

static const struct rule *rule_named(const struct duties *duties, const char *id)
{
	for (const struct rule *at = duties->rules; at; at = at->next)
		if (strcasecmp(at->shown.id, id) == 0)
			return at;
	return NULL;
}

const struct duty_rule *duties_find(const struct duties *duties, const char *id)
{
	const struct rule *rule = rule_named(duties, id);
	return rule ? &rule->shown : NULL;
}

static void explain_head(const struct duty_rule *rule, bool chinese, struct bytes *out)
{
	bytes_print(out, "%s  %s\n", rule->id, chinese ? rule->title.zh : rule->title.en);
	bytes_print(out, "  %s, %s\n", chinese ? rule->law.zh : rule->law.en, rule->article);
	if (rule->text_zh[0])
		bytes_print(out, "  「%s」\n", rule->text_zh);
	bytes_print(out, "  %s\n", rule->text_en);
	if (!rule->verified)
		bytes_text(out, chinese ? "  未经核对原文，不作为法律规定显示\n"
		                        : "  not verified: its wording was not read in the law itself\n");
	if (!rule->legal)
		bytes_text(out, chinese ? "  本公司自定目标，不是法律规定\n" : "  a target of our own, no law\n");
}

static void explain_force(
        const struct knowledge *knowledge, const struct duty_rule *rule, bool chinese, struct bytes *out)
{
	bytes_print(out,
	        chinese ? "不适用：%s 时不在有效期内（%s 至 %s）\n"
	                : "does not apply: at %s it is not in force (from %s to %s)\n",
	        knowledge->as_of, rule->valid_from[0] ? rule->valid_from : "...",
	        rule->valid_to[0] ? rule->valid_to : "...");
}

static void explain_no(const struct grounds *grounds, struct pool *pool, bool chinese, struct bytes *out)
{
	bytes_text(out, chinese ? "不适用，因为：\n" : "does not apply, because:\n");
	for (size_t i = 0; i < grounds->count; i++) {
		struct duty_words words;
		if (said_before(grounds, i))
			continue;
		ground_words(&grounds->at[i], pool, &words);
		bytes_print(out, "  - %s\n", chinese ? words.zh : words.en);
	}
}

static void explain_yes(const struct duty *duty, bool chinese, struct bytes *out)
{
	bytes_text(out, chinese ? "适用，因为：\n" : "applies, because:\n");
	for (const struct duty_reason *at = duty->because; at; at = at->next)
		bytes_print(out, "  - %s\n", chinese ? at->words.zh : at->words.en);
	bytes_print(out, chinese ? "对象：%s\n期限：%s" : "to: %s\nby: %s",
	        chinese ? duty->rule->addressee.zh : duty->rule->addressee.en, chinese ? duty->when.zh : duty->when.en);
	if (duty->due_text)
		bytes_print(out, chinese ? "，即 %s" : ", that is %s", duty->due_text);
	bytes_byte(out, '\n');
	if (duty->may_waive)
		bytes_print(out, chinese ? "可以不履行，但须留存：%s\n" : "may be left out, but keep: %s\n",
		        chinese ? duty->rule->waiver_evidence.zh : duty->rule->waiver_evidence.en);
}

static hufu_status explain(struct knowledge *knowledge, const struct rule *rule, const struct judgement *judgement,
        bool chinese, struct bytes *out, hufu_error *error)
{
	struct grounds grounds = { 0 };
	struct pool pool = { 0 };
	const struct duty *duty = judgement_find(judgement, rule->shown.id);
	explain_head(&rule->shown, chinese, out);
	if (duty) {
		explain_yes(duty, chinese, out);
	} else if (!rule_in_force(knowledge, rule)) {
		explain_force(knowledge, &rule->shown, chinese, out);
	} else {
		rule_arises(knowledge, rule, &grounds);
		explain_no(&grounds, &pool, chinese, out);
	}
	for (size_t i = 0; i < judgement->warning_count; i++)
		bytes_print(out, "%s\n", chinese ? judgement->warnings[i].zh : judgement->warnings[i].en);
	bool whole = !grounds.failed && !pool.failed && !out->failed;
	grounds_done(&grounds);
	pool_done(&pool);
	return whole ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(rule->shown.id), "out of memory", NULL);
}

hufu_status duties_explain(const struct duties *duties, const struct fact *facts, size_t count, const char *id,
        bool chinese, int64_t now, struct bytes *out, bool *applies, hufu_error *error)
{
	struct knowledge knowledge;
	struct judgement judgement;
	const struct rule *rule = rule_named(duties, id);
	if (!rule)
		return fail(error, HUFU_USAGE, view_of(id), "there is no such rule", "hufu duties list shows them");
	hufu_status st = duties_judge(duties, facts, count, now, &judgement, error);
	if (st != HUFU_OK)
		return st;
	if (applies)
		*applies = judgement_find(&judgement, id) != NULL;
	st = knowledge_init(&knowledge, duties, facts, count, now, error);
	if (st == HUFU_OK) {
		st = explain(&knowledge, rule, &judgement, chinese, out, error);
		knowledge_done(&knowledge);
	}
	judgement_done(&judgement);
	return st;
}
