/* The packs as they are shipped, against facts whose duties are known: the carmaker's case, every boundary, claims from
 * several sources, the calendar, and a pack that is edited on disk. test_duty_replay READER PACKS */
#include "base/auto.h"
#include "base/clock.h"
#include "base/io.h"
#include "duty/calendar.h"
#include "duty/duty.h"
#include "duty/expression.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *packs;
static struct duties *shipped;

enum { LEARNED = 1670722200 }; /* 2022-12-11T09:30:00+08:00 */

static const char *const four[] = { "CN-CACIR-4d", "CN-MIIT166-28a", "CN-MIIT214-REPORT", "CN-PIPL-57a" };

#define CLAIM(name, value)                                                                                             \
	{                                                                                                              \
		name, value, FACT_CLAIMED, "seller", 0                                                                 \
	}
#define CARMAKER                                                                                                       \
	CLAIM("sector", "automotive"), CLAIM("cii", "false"), CLAIM("rules_as_of", "2026-11-22"),                      \
	        CLAIM("learned_at", "2022-12-11T09:30:00+08:00")

static void judge(const struct fact *facts, size_t count, struct judgement *out)
{
	hufu_error error = { 0 };
	hufu_status st = duties_judge(shipped, facts, count, LEARNED, out, &error);
	if (st != HUFU_OK)
		print_error("%s: %s\n", error.where, error.what);
	assert_int_equal(st, HUFU_OK);
}

/* The letters of `four` of the reports that arise, "?" for any other report. */
static void reports(const struct judgement *judgement, char out[32])
{
	size_t len = 0;
	for (size_t i = 0; i < judgement->count; i++) {
		const struct duty_rule *rule = judgement->duties[i].rule;
		if (rule->kind != DUTY_REPORT)
			continue;
		char letter = '?';
		for (size_t k = 0; k < LEN(four); k++)
			if (strcmp(rule->id, four[k]) == 0)
				letter = "C6LP"[k]; /* CAC, 166, the emergency plan, PIPL */
		assert_true(len + 1 < 32);
		out[len++] = letter;
	}
	out[len] = '\0';
}

static int grade(const struct judgement *judgement, const char *standard)
{
	for (size_t i = 0; i < judgement->grade_count; i++)
		if (strcmp(judgement->grades[i].standard, standard) == 0)
			return judgement->grades[i].level;
	return -1;
}

static const struct duty_reason *reason_of(const struct duty *duty, const char *fact, const char *value)
{
	for (const struct duty_reason *at = duty->because; at; at = at->next)
		if (at->fact && at->threshold && strcmp(at->fact->name, fact) == 0 &&
		        strcmp(at->fact->value, value) == 0)
			return at;
	return NULL;
}

static void test_duty_replay__packs_have_no_fault(void **state)
{
	(void)state;
	char line[1024];
	for (const struct duty_fault *at = duties_faults(shipped); at; at = at->next) {
		duty_fault_line(at, line, sizeof line);
		print_error("%s\n", line);
	}
	assert_null(duties_faults(shipped));
	assert_true(duties_count(shipped) >= 50);
	for (size_t i = 0; i < duties_count(shipped); i++) {
		const struct duty_rule *rule = duties_rule(shipped, i);
		assert_false(rule->verified && rule->mark != 'V' && rule->mark != 'Q');
		assert_true(rule->source_url[0] && rule->article[0]);
	}
}

/* The page of facts that the packs were written from, where it is at hand: every quotation stands in it. */
static void test_duty_replay__quotations_are_exact(void **state)
{
	(void)state;
	const char *shared = getenv("HUFU_SHARED");
	struct bytes page = { 0 };
	AUTO_FREE char *path = shared ? io_join(shared, "regulation.md") : NULL;
	if (!path || io_read_file(path, 4 << 20, &page, NULL) != HUFU_OK)
		skip();
	for (size_t i = 0; i < duties_count(shipped); i++) {
		const struct duty_rule *rule = duties_rule(shipped, i);
		const char *texts[] = { rule->text_zh, rule->clock_zh };
		for (size_t k = 0; k < LEN(texts); k++) {
			bool found = !texts[k][0] || memmem(page.ptr, page.len, texts[k], strlen(texts[k]));
			if (!found)
				print_error("%s: %s\n", rule->id, texts[k]);
			assert_true(found);
		}
	}
	bytes_done(&page);
}

static void test_duty_replay__the_carmaker_has_four_reports(void **state)
{
	(void)state;
	static const struct fact facts[] = { CARMAKER, CLAIM("people", "4850000"),
		{ "people_sensitive", "39900", FACT_CLAIMED, "listing", 0 },
		{ "people_sensitive", "399000", FACT_CLAIMED, "press", 0 } };
	char got[32];
	struct judgement judgement;
	judge(facts, LEN(facts), &judgement);
	reports(&judgement, got);
	assert_string_equal(got, "C6LP");
	assert_string_equal(judgement.rules_as_of, "2026-11-22");
	assert_int_equal(grade(&judgement, "CAC-IR"), 1);
	assert_int_equal(grade(&judgement, "MIIT-214"), 1);

	const struct duty *cac = judgement_find(&judgement, four[0]), *data = judgement_find(&judgement, four[1]),
	                  *plan = judgement_find(&judgement, four[2]), *pipl = judgement_find(&judgement, four[3]);
	assert_string_equal(cac->due_text, "2022-12-11T13:30:00+08:00");
	assert_int_equal(cac->due, LEARNED + 4 * 3600);
	assert_false(cac->immediate);
	assert_string_equal(cac->rule->addressee.zh, "属地省级网信部门");
	assert_string_equal(cac->rule->article, "4(4)");
	assert_int_equal(cac->rule->partial_count, 2);
	assert_true(cac->rule->verified && cac->rule->legal);
	assert_true(data->immediate && !data->has_due && data->rule->verified);
	assert_string_equal(data->rule->text_zh, "第一时间");
	assert_true(plan->immediate && !plan->has_due && !plan->rule->verified && plan->rule->legal);
	assert_true(pipl->immediate && !pipl->has_due && pipl->rule->verified);

	/* Only the emergency plan's grounds tell the two claims apart. */
	assert_true(reason_of(plan, "people_sensitive", "399000")->holds);
	assert_false(reason_of(plan, "people_sensitive", "39900")->holds);
	assert_true(reason_of(plan, "people", "4850000")->holds);
	const struct duty *others[] = { cac, data, pipl };
	for (size_t i = 0; i < LEN(others); i++) {
		assert_null(reason_of(others[i], "people_sensitive", "399000"));
		assert_null(reason_of(others[i], "people_sensitive", "39900"));
		assert_true(reason_of(others[i], "people", "4850000")->holds);
	}
	judgement_done(&judgement);

	/* Under either claim alone the duties are the same. */
	for (size_t without = 5; without <= 6; without++) {
		struct fact one[LEN(facts)];
		size_t count = 0;
		for (size_t i = 0; i < LEN(facts); i++)
			if (i != without)
				one[count++] = facts[i];
		judge(one, count, &judgement);
		reports(&judgement, got);
		assert_string_equal(got, "C6LP");
		judgement_done(&judgement);
	}
}

static void test_duty_replay__boundaries(void **state)
{
	(void)state;
	static const struct {
		const char *people, *sensitive, *want;
		int cac, plan;
	} rows[] = {
		{ "0", "0", "P", 0, 0 }, /* claimed, not confirmed: may have happened */
		{ "1", "0", "P", 0, 0 },
		{ "100000", "99999", "P", 0, 0 },
		{ "100001", "99999", "6P", 0, 0 }, /* more than 100,000 */
		{ "900000", "39900", "6P", 0, 0 },
		{ "900000", "399000", "6LP", 0, 1 },
		{ "999999", "99999", "6P", 0, 0 },
		{ "100000", "100000", "LP", 0, 1 }, /* at least 100,000 sensitive */
		{ "1000000", "0", "C6LP", 1, 1 },
		{ "9999999", "999999", "C6LP", 1, 1 },
		{ "10000000", "0", "C6LP", 2, 2 },
		{ "1000000", "1000000", "C6LP", 1, 2 }, /* graded separately */
		{ "1000000", "9999999", "C6LP", 1, 2 },
		{ "1000000", "10000000", "C6LP", 1, 3 },
		{ "99999999", "0", "C6LP", 2, 2 },
		{ "100000000", "0", "C6LP", 3, 3 },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct fact facts[] = { CARMAKER, CLAIM("people", rows[i].people),
			CLAIM("people_sensitive", rows[i].sensitive) };
		struct judgement judgement;
		char got[32];
		judge(facts, LEN(facts), &judgement);
		reports(&judgement, got);
		if (strcmp(got, rows[i].want) != 0)
			print_error("people %s, sensitive %s\n", rows[i].people, rows[i].sensitive);
		assert_string_equal(got, rows[i].want);
		assert_int_equal(grade(&judgement, "CAC-IR"), rows[i].cac);
		assert_int_equal(grade(&judgement, "MIIT-214"), rows[i].plan);
		judgement_done(&judgement);
	}
}

static void test_duty_replay__other_thresholds(void **state)
{
	(void)state;
	static const struct {
		const char *name, *value;
		const char *name2, *value2;
		int cac, plan;
	} rows[] = {
		{ "loss_cny", "4999999", NULL, NULL, 0, 0 },
		{ "loss_cny", "5000000", NULL, NULL, 1, 0 },
		{ "loss_cny", "20000000", NULL, NULL, 2, 0 },
		{ "loss_cny", "49999999.99", NULL, NULL, 2, 0 },
		{ "loss_cny", "5000万", NULL, NULL, 2, 1 },
		{ "loss_cny", "1亿", NULL, NULL, 3, 2 },
		{ "loss_cny", "10亿", NULL, NULL, 3, 3 },
		{ "outage_h", "7.5", NULL, NULL, 0, 0 },
		{ "outage_h", "8", NULL, NULL, 0, 1 },
		{ "outage_h", "12", NULL, NULL, 0, 2 },
		{ "outage_h", "24", NULL, NULL, 0, 3 },
		{ "outage_h", "9 min", "cii", "true", 0, 0 },
		{ "outage_h", "10 min", "cii", "true", 1, 0 },
		{ "outage_h", "1", "cii", "true", 2, 0 },
		{ "outage_h", "6", "cii", "true", 3, 0 },
		{ "portal_down_h", "2", NULL, NULL, 1, 0 },
		{ "portal_down_h", "6", NULL, NULL, 2, 0 },
		{ "threat", "less_serious", NULL, NULL, 0, 1 },
		{ "threat", "less_serious", "important_data", "true", 1, 1 },
		{ "threat", "extreme", "core_data", "true", 3, 1 },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fact facts[] = { CLAIM("sector", "automotive"), CLAIM("rules_as_of", "2026-11-22"),
			CLAIM(rows[i].name, rows[i].value), CLAIM(rows[i].name2, rows[i].value2) };
		struct judgement judgement;
		judge(facts, rows[i].name2 ? 4 : 3, &judgement);
		if (grade(&judgement, "CAC-IR") != rows[i].cac || grade(&judgement, "MIIT-214") != rows[i].plan)
			print_error("%s %s\n", rows[i].name, rows[i].value);
		assert_int_equal(grade(&judgement, "CAC-IR"), rows[i].cac);
		assert_int_equal(grade(&judgement, "MIIT-214"), rows[i].plan);
		judgement_done(&judgement);
	}
}

static void test_duty_replay__which_claim_counts(void **state)
{
	(void)state;
	static const struct {
		struct fact facts[3];
		const char *want;
	} rows[] = {
		{ { CLAIM("people", "5000000"), { "people", "500", FACT_CONFIRMED, "us", 0 } }, "P" },
		{ { CLAIM("people", "5000000"), { "people", "500", FACT_ESTIMATED, "us", 0 } }, "C6LP" },
		{ { { "people", "0", FACT_CONFIRMED, "us", 0 } }, "" }, /* no person: no notice */
		{ { CLAIM("people", "50"), CLAIM("people_exposed", "1000000") }, "C6LP" },
		{ { CLAIM("people", "1000000"), CLAIM("people_exposed", "50") }, "C6LP" },
		{ { CLAIM("people", "1000000"), CLAIM("people.CN", "999999") }, "6P" },
		{ { CLAIM("people", "5"), CLAIM("people.CN", "1000000") }, "C6LP" },
		{ { CLAIM("people", "5"), CLAIM("people.EU", "1000000") }, "P" },
		{ { CLAIM("important_data", "true") }, "6P" },
		{ { CLAIM("people", "100001"), { "important_data", "false", FACT_CONFIRMED, "us", 0 } }, "6P" },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fact facts[8] = { CARMAKER };
		size_t count = 4;
		struct judgement judgement;
		char got[32];
		for (size_t k = 0; k < 3 && rows[i].facts[k].name; k++)
			facts[count++] = rows[i].facts[k];
		judge(facts, count, &judgement);
		reports(&judgement, got);
		if (strcmp(got, rows[i].want) != 0)
			print_error("row %zu\n", i);
		assert_string_equal(got, rows[i].want);
		judgement_done(&judgement);
	}
}

static void test_duty_replay__other_rules(void **state)
{
	(void)state;
	static const struct {
		struct fact facts[5];
		const char *rule, *due; /* due NULL: it does not arise; "": without */
	} rows[] = {
		{ { CLAIM("cii", "true"), CLAIM("people", "1000000") }, "CN-CACIR-4a", "2026-03-06T10:00:00+09:00" },
		{ { CLAIM("cii", "true"), CLAIM("people", "1000000") }, "CN-CACIR-4d", NULL },
		{ { CLAIM("state_organ", "true"), CLAIM("people", "1000000") }, "CN-CACIR-4c",
		        "2026-03-06T11:00:00+09:00" },
		{ { CLAIM("people", "1000000") }, "CN-CACIR-8", "" },
		{ { CLAIM("people", "1000000"), CLAIM("handled_end", "2026-03-10T12:00:00+08:00") }, "CN-CACIR-8",
		        "2026-04-09T13:00:00+09:00" },
		/* Working days: Labour Day and its make-up Saturday, 2026-05-09, lie between. */
		{ { CLAIM("sector", "automotive"), CLAIM("people", "1000万"),
		          CLAIM("handled_end", "2026-04-29T12:00:00+08:00") },
		        "CN-MIIT214-SUM", "2026-05-09T13:00:00+09:00" },
		{ { CLAIM("sector", "automotive"), CLAIM("people", "999万"),
		          CLAIM("handled_end", "2026-04-29T12:00:00+08:00") },
		        "CN-MIIT214-SUM", NULL },
		{ { CLAIM("sector", "automotive"), CLAIM("people", "1000万") }, "CN-MIIT214-ESC-PHONE",
		        "2026-03-06T09:10:00+09:00" },
		{ { CLAIM("sector", "automotive"), CLAIM("people", "10.0001万") }, "CN-AUTO-13",
		        "2026-12-15T01:00:00+09:00" },
		{ { CLAIM("sector", "finance"), CLAIM("people", "1000万") }, "CN-MIIT214-REPORT", NULL },
		{ { CLAIM("people", "1000万") }, "CN-MIIT214-REPORT", NULL }, /* the sector is not known */
		{ { CLAIM("jurisdiction", "CN,EU"), CLAIM("people", "5") }, "EU-GDPR-33", "2026-03-09T09:00:00+09:00" },
		{ { CLAIM("jurisdiction", "EU"), CLAIM("people", "5") }, "CN-PIPL-57a", NULL },
		{ { CLAIM("people", "5") }, "EU-GDPR-33", NULL },
		{ { CLAIM("jurisdiction", "EU"), CLAIM("risk", "unlikely") }, "EU-GDPR-33", NULL },
		{ { CLAIM("jurisdiction", "EU"), CLAIM("risk", "high") }, "EU-GDPR-34", "" },
		{ { CLAIM("jurisdiction", "EU"), CLAIM("risk", "risk") }, "EU-GDPR-34", NULL },
		{ { CLAIM("product_defect", "true"), CLAIM("endangers_state", "true") }, "CN-NDSR-10",
		        "2026-03-07T09:00:00+09:00" },
		{ { CLAIM("product_defect", "true") }, "CN-NDSR-10", NULL },
		{ { CLAIM("ransom", "true") }, "CN-CACIR-4f", "" },
		{ { CLAIM("people", "5") }, "CN-CSL-27", "" },
		{ { CLAIM("people", "5"), CLAIM("rules_as_of", "2025-12-31") }, "CN-CSL-27", NULL },
		{ { CLAIM("people", "5"), CLAIM("rules_as_of", "2025-12-31") }, "CN-CSL-25-2016", "" },
		{ { CLAIM("people", "1000000"), CLAIM("rules_as_of", "2025-10-31") }, "CN-CACIR-4d", NULL },
		{ { CLAIM("people", "1000000"), CLAIM("rules_as_of", "2025-11-01") }, "CN-CACIR-4d",
		        "2026-03-06T13:00:00+09:00" },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fact facts[8] = { CLAIM("learned_at", "2026-03-06T09:00:00+09:00") };
		size_t count = 1;
		struct judgement judgement;
		for (size_t k = 0; k < 5 && rows[i].facts[k].name; k++)
			facts[count++] = rows[i].facts[k];
		judge(facts, count, &judgement);
		assert_non_null(duties_find(shipped, rows[i].rule));
		const struct duty *duty = judgement_find(&judgement, rows[i].rule);
		const char *got = !duty ? "none" : duty->due_text ? duty->due_text : "";
		if (strcmp(got, rows[i].due ? rows[i].due : "none") != 0)
			print_error("row %zu: %s\n", i, rows[i].rule);
		assert_string_equal(got, rows[i].due ? rows[i].due : "none");
		judgement_done(&judgement);
	}
}

static void test_duty_replay__status_follows_the_clock(void **state)
{
	(void)state;
	static const struct {
		int after;
		enum duty_status want;
	} rows[] = { { 0, DUTY_OPEN }, { 3 * 3600 - 1, DUTY_OPEN }, { 3 * 3600, DUTY_NEAR }, { 4 * 3600, DUTY_NEAR },
		{ 4 * 3600 + 1, DUTY_OVERDUE } };
	static const struct fact facts[] = { CARMAKER, CLAIM("people", "1000000") };
	for (size_t i = 0; i < LEN(rows); i++) {
		struct judgement judgement;
		assert_int_equal(
		        duties_judge(shipped, facts, LEN(facts), LEARNED + rows[i].after, &judgement, NULL), HUFU_OK);
		assert_int_equal(judgement_find(&judgement, four[0])->status, rows[i].want);
		assert_int_equal(judgement_find(&judgement, four[3])->status, DUTY_OPEN);
		judgement_done(&judgement);
	}
}

static void test_duty_replay__wrong_facts_are_told(void **state)
{
	(void)state;
	static const struct fact wrong[] = { CLAIM("people", "many"), CLAIM("people", "-1"), CLAIM("people", "1.5"),
		CLAIM("peopel", "5"), CLAIM("people.cn", "5"), CLAIM("sector", "cars"), CLAIM("cii", "yes"),
		CLAIM("learned_at", "yesterday"), CLAIM("learned_at", "2022-12-11T09:30:00"), CLAIM("outage_h", "8 km"),
		CLAIM("cii.CN", "true"), CLAIM("jurisdiction", "CN,,EU"), CLAIM("jurisdiction", "China"),
		CLAIM("jurisdiction", "CN,E"), CLAIM("jurisdiction", "中国"),
		CLAIM("loss_cny", "99999999999999999999") };
	for (size_t i = 0; i < LEN(wrong); i++) {
		struct judgement judgement;
		hufu_error error = { 0 };
		if (duties_judge(shipped, &wrong[i], 1, LEARNED, &judgement, &error) != HUFU_USAGE)
			print_error("%s=%s\n", wrong[i].name, wrong[i].value);
		assert_int_equal(error.status, HUFU_USAGE);
		assert_true(error.what && error.where[0]);
	}
}

/* Where no pack is of a place, silence would look like no duty. */
static void test_duty_replay__a_place_without_a_pack_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		size_t warnings; /* beside the one that learned_at is not given */
		bool china;
	} rows[] = { { "CN", 0, true }, { "cn", 0, true }, { "XX", 1, false }, { "cn,XX,US-CA", 2, true } };
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fact facts[] = { CLAIM("jurisdiction", rows[i].value), CLAIM("people", "5") };
		struct judgement judgement;
		assert_int_equal(duties_judge(shipped, facts, LEN(facts), LEARNED, &judgement, NULL), HUFU_OK);
		assert_int_equal(judgement.warning_count, rows[i].warnings + 1);
		assert_int_equal(judgement_find(&judgement, "CN-PIPL-57a") != NULL, rows[i].china);
		if (rows[i].warnings)
			assert_non_null(strstr(judgement.warnings[0].zh, "没有规则包"));
		judgement_done(&judgement);
	}
}

static void test_duty_replay__explains(void **state)
{
	(void)state;
	static const struct {
		const char *people, *rule, *want;
		bool applies;
	} rows[] = {
		{ "999999", "CN-CACIR-4d", "people 999,999 (claimed, source: seller): less than 1,000,000", false },
		{ "1000000", "cn-cacir-4D", "people 1,000,000 (claimed, source: seller): at least 1,000,000", true },
		{ "999999", "CN-CACIR-4d", "direct loss in CNY: not known", false },
		{ "100000", "CN-MIIT166-28a", "important data: not known", false },
		{ "100001", "CN-MIIT166-28a", "涉及个人信息主体超过10万人的个人信息", true },
		{ "5", "CN-CSL-25-2016", "not in force", false },
	};
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct fact facts[] = { CARMAKER, CLAIM("people", rows[i].people) };
		struct bytes text = { 0 };
		bool applies = !rows[i].applies;
		assert_int_equal(
		        duties_explain(shipped, facts, LEN(facts), rows[i].rule, false, LEARNED, &text, &applies, NULL),
		        HUFU_OK);
		if (!memmem(text.ptr, text.len, rows[i].want, strlen(rows[i].want)))
			print_error("row %zu:\n%.*s\n", i, (int)text.len, text.ptr);
		assert_non_null(memmem(text.ptr, text.len, rows[i].want, strlen(rows[i].want)));
		assert_int_equal(applies, rows[i].applies);
		bytes_done(&text);
	}
}

/* ---- packs on disk ---- */

static void write_pack(const char *dir, const char *name, hufu_view text)
{
	AUTO_FREE char *path = io_join(dir, name);
	assert_int_equal(io_replace_file(path, 0600, text, NULL), HUFU_OK);
}

static void read_pack(const char *name, struct bytes *out)
{
	AUTO_FREE char *path = io_join(packs, name);
	assert_int_equal(io_read_file(path, 1 << 20, out, NULL), HUFU_OK);
}

/* The text with one place of it changed. */
static struct bytes changed(hufu_view text, const char *from, const char *to)
{
	struct bytes out = { 0 };
	const char *at = memmem(text.ptr, text.len, from, strlen(from));
	assert_non_null(at);
	size_t before = (size_t)(at - text.ptr);
	bytes_add(&out, view_make(text.ptr, before));
	bytes_text(&out, to);
	bytes_add(&out, view_from(text, before + strlen(from)));
	return out;
}

static struct duties *load(const char *dir)
{
	struct duties *duties = NULL;
	assert_int_equal(duties_load(dir, &duties, NULL), HUFU_OK);
	return duties;
}

static void remove_dir(const char *dir)
{
	static const char *const names[] = { "cn-cac-ir.yaml", "calendar-cn.yaml" };
	for (size_t i = 0; i < LEN(names); i++) {
		AUTO_FREE char *path = io_join(dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static void test_duty_replay__an_edited_pack_moves_the_clock(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *people, *due;
	} rows[] = {
		{ "amount: 4, unit: h", "amount: 4, unit: h", "1000000", "2022-12-11T13:30:00+08:00" },
		{ "amount: 4, unit: h", "amount: 90, unit: min", "1000000", "2022-12-11T11:00:00+08:00" },
		{ "- people >= 1000000\n", "- people >= 50\n", "50", "2022-12-11T13:30:00+08:00" },
		{ "- people >= 1000000\n", "- people > 50\n", "50", NULL },
	};
	char dir[] = "/tmp/hufu-test-XXXXXX";
	struct bytes pack = { 0 }, calendar = { 0 };
	assert_non_null(mkdtemp(dir));
	read_pack("cn-cac-ir.yaml", &pack);
	read_pack("calendar-cn.yaml", &calendar);
	write_pack(dir, "calendar-cn.yaml", bytes_view(&calendar));
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct fact facts[] = { CARMAKER, CLAIM("people", rows[i].people) };
		struct bytes edited = changed(bytes_view(&pack), rows[i].from, rows[i].to);
		struct judgement judgement;
		write_pack(dir, "cn-cac-ir.yaml", bytes_view(&edited));
		struct duties *duties = load(dir);
		assert_null(duties_faults(duties));
		assert_int_equal(duties_judge(duties, facts, LEN(facts), LEARNED, &judgement, NULL), HUFU_OK);
		const struct duty *duty = judgement_find(&judgement, four[0]);
		assert_int_equal(duty != NULL, rows[i].due != NULL);
		if (duty)
			assert_string_equal(duty->due_text, rows[i].due);
		judgement_done(&judgement);
		duties_free(duties);
		bytes_done(&edited);
	}
	bytes_done(&pack);
	bytes_done(&calendar);
	remove_dir(dir);
}

static void test_duty_replay__faults_are_told_one_by_one(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to, *rule, *line;
		bool gone; /* the rule is */
	} rows[] = {
		{ "amount: 4, unit: h", "amount: four, unit: h", "CN-CACIR-4d", "clock.amount: wants a whole number",
		        true },
		{ "amount: 4, unit: h", "amount: 4, unit: hours", "CN-CACIR-4d", "clock.unit: wants one of min h",
		        true },
		{ "amount: 4, unit: h", "amount: 4", "CN-CACIR-4d", "clock: amount and unit go together", true },
		{ "amount: 4, unit: h, calendar: CN", "amount: 4, unit: h, calendar: FR", "CN-CACIR-4d",
		        "clock.calendar: there is no such calendar", true },
		{ "id: CN-CACIR-4d", "id: CN-CACIR-4a", "CN-CACIR-4a", "id: another rule has this id", false },
		{ "- id: CN-CACIR-4d\n    kind: report", "- id: CN-CACIR-4d\n    kind: repport", "CN-CACIR-4d",
		        "kind: wants one of report", true },
		{ "    article: 4(4)\n    mark: V", "    article: 4(4)\n    mark: S\n    verified: true", "CN-CACIR-4d",
		        "verified: mark S and M cannot be verified", true },
		{ "    article: 4(4)\n", "    article: 4(4)\n    colour: red\n", "CN-CACIR-4d",
		        "colour: there is no such field", true },
		{ "    article: 4(4)\n", "", "CN-CACIR-4d", "article: is missing", true },
		{ "all: [grade.CAC-IR >= 较大, not: cii", "all: [grade.CAC-XX >= 较大, not: cii", "CN-CACIR-4d",
		        "asks for a grade that no pack has", true },
		{ "all: [grade.CAC-IR >= 较大, not: cii", "all: [pepole >= 5, not: cii", "CN-CACIR-4d",
		        "compares a fact that does not exist", true },
		{ "all: [grade.CAC-IR >= 较大, not: cii == true", "all: [grade.CAC-IR >= 较大, not: cii >= true",
		        "CN-CACIR-4d", "cannot be compared so", true },
		{ "partial_first: [1, 2]", "partial_first: [1, 9]", "CN-CACIR-4a", "partial_first: wants numbers",
		        true },
		{ "valid_from: 2025-11-01", "valid_from: 2025-11-31", "", "valid_from: wants a date", false },
		{ "rules:\n", "rules: &x\n", "", "anchor, alias or tag", true },
		{ "rules:\n", "rules:\n\t- x\n", "", "no well-formed YAML", true },
		{ "pack: cn-cac-ir\n", "pack: cn-cac-ir\npack: two\n", "", "stands there twice", true },
		{ "hufu_duties: 1", "hufu_duties: 2", "", "of a form that this hufu does not know", true },
	};
	char dir[] = "/tmp/hufu-test-XXXXXX";
	struct bytes pack = { 0 }, calendar = { 0 };
	assert_non_null(mkdtemp(dir));
	read_pack("cn-cac-ir.yaml", &pack);
	read_pack("calendar-cn.yaml", &calendar);
	write_pack(dir, "calendar-cn.yaml", bytes_view(&calendar));
	for (size_t i = 0; i < LEN(rows); i++) {
		struct bytes edited = changed(bytes_view(&pack), rows[i].from, rows[i].to);
		char line[1024];
		write_pack(dir, "cn-cac-ir.yaml", bytes_view(&edited));
		struct duties *duties = load(dir);
		const struct duty_fault *fault = duties_faults(duties);
		if (!fault)
			print_error("row %zu: no fault\n", i);
		assert_non_null(fault);
		duty_fault_line(fault, line, sizeof line);
		if (!strstr(line, rows[i].line) || !strstr(line, rows[i].rule))
			print_error("row %zu: %s\n", i, line);
		assert_non_null(strstr(line, rows[i].line));
		assert_string_equal(fault->rule, rows[i].rule);
		assert_string_equal(fault->file, "cn-cac-ir.yaml");
		assert_true(fault->line > 0);
		if (rows[i].rule[0])
			assert_int_equal(duties_find(duties, rows[i].rule) == NULL, rows[i].gone);
		/* The other rules are still there. */
		if (rows[i].rule[0])
			assert_non_null(duties_find(duties, "CN-CACIR-8"));
		duties_free(duties);
		bytes_done(&edited);
	}
	bytes_done(&pack);
	bytes_done(&calendar);
	remove_dir(dir);
}

/* ---- smaller things ---- */

static void test_duty_replay__comparisons(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
	} rows[] = { { "people >= 100万", true }, { "people>=5", false }, { "people >= 5 h", false },
		{ "outage_h < 30 min", true }, { "may_have cii == true", true }, { "may_have", false }, { "", false },
		{ "jurisdiction has CN", true }, { "jurisdiction == CN", false }, { "learned_at > 5", false },
		{ "grade.X >= 重大", true }, { "grade.X >= major", true }, { "grade.X >= big", false },
		{ "sector == automotive", true }, { "sector == car", false }, { "people.CN >= 5", false },
		{ "people >=", false } };
	for (size_t i = 0; i < LEN(rows); i++) {
		struct pool pool = { 0 };
		struct test test;
		if ((test_parse(view_of(rows[i].text), &pool, &test) == NULL) != rows[i].good)
			print_error("row %zu\n", i);
		assert_int_equal(test_parse(view_of(rows[i].text), &pool, &test) == NULL, rows[i].good);
		pool_done(&pool);
	}
}

static void test_duty_replay__dates(void **state)
{
	(void)state;
	int32_t day, last = 0;
	char text[CALENDAR_DATE_MAX];
	assert_true(day_parse(view_of("1970-01-01"), &day));
	assert_int_equal(day, 0);
	assert_true(day_parse(view_of("2000-02-29"), &day));
	assert_false(day_parse(view_of("2100-02-29"), &day));
	assert_true(day_parse(view_of("2024-01-31"), &day));
	day_print(day_add_months(day, 1), text);
	assert_string_equal(text, "2024-02-29");
	day_print(day_add_months(day, 11), text);
	assert_string_equal(text, "2024-12-31");
	for (int32_t i = -30000; i < 60000; i += 17) {
		day_print(i, text);
		assert_true(day_parse(view_of(text), &last));
		assert_int_equal(last, i);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duty_replay__packs_have_no_fault),
		cmocka_unit_test(test_duty_replay__quotations_are_exact),
		cmocka_unit_test(test_duty_replay__the_carmaker_has_four_reports),
		cmocka_unit_test(test_duty_replay__boundaries),
		cmocka_unit_test(test_duty_replay__other_thresholds),
		cmocka_unit_test(test_duty_replay__which_claim_counts),
		cmocka_unit_test(test_duty_replay__other_rules),
		cmocka_unit_test(test_duty_replay__status_follows_the_clock),
		cmocka_unit_test(test_duty_replay__wrong_facts_are_told),
		cmocka_unit_test(test_duty_replay__a_place_without_a_pack_is_told),
		cmocka_unit_test(test_duty_replay__explains),
		cmocka_unit_test(test_duty_replay__an_edited_pack_moves_the_clock),
		cmocka_unit_test(test_duty_replay__faults_are_told_one_by_one),
		cmocka_unit_test(test_duty_replay__comparisons),
		cmocka_unit_test(test_duty_replay__dates),
	};
	assert(argc == 3);
	setenv("HUFU_READER", argv[1], 1);
	packs = argv[2];
	shipped = load(packs);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	duties_free(shipped);
	return failed;
}
