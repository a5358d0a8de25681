/* What of a case tells an item of a report, in words. */
#include "claim/claim.h"
#include "ident/ident.h"
#include "notify/notify.h"
#include "report/inside.h"

#include <stdio.h>
#include <stdlib.h>

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

/* ---- opening ---- */

hufu_status reported_open(struct casebook *book, const char *number, struct reported *out, hufu_error *error)
{
	*out = (struct reported){ .book = book };
	hufu_status status = case_show(book, number, &out->show, error);
	if (!status)
		status = casebook_packs(book, &out->duties, error);
	if (!status)
		status = notice_show(book, number, &out->notices, error);
	if (!status)
		status = claim_counts(book, number, &out->claims, error);
	return status;
}

void reported_done(struct reported *reported)
{
	json_decref(reported->show);
	json_decref(reported->notices);
	json_decref(reported->claims);
}

/* ---- names ---- */

static const struct named {
	const char *name, *zh;
} impact_names[] = { { "entity", "单位" }, { "systems", "涉及系统" }, { "occurred", "发生时间、地点" },
	{ "containment", "已采取的控制措施" }, { "trend", "发展趋势" }, { "harm", "可能造成的危害" },
	{ "cause", "原因" }, { "clues", "溯源线索" }, { "way_out", "泄露途径" }, { "measures", "补救措施" },
	{ "help", "请求的支援" }, { "scene", "现场保护" }, { "contact", "联系方式" }, { "vehicle_safety", "车辆安全" },
	{ "advice", "个人可以采取的措施" }, { "responsibility", "责任处理" }, { "rectification", "整改情况" },
	{ "lessons", "教训" } };

static const struct named other_names[] = { { "grades", "等级" }, { "demand", "对方要求" }, { "verdict", "核对结论" },
	{ "notices", "告知情况" }, { "claims", "诉求情况" }, { "fact.kinds", "信息种类" } };

static const char *name_of(const struct named *names, size_t count, hufu_view name)
{
	for (size_t i = 0; i < count; i++)
		if (view_is(name, names[i].name))
			return names[i].zh;
	return NULL;
}

static const char *title_of(hufu_view name)
{
	char region[FACT_REGION_MAX];
	const char *title = name_of(other_names, LEN(other_names), name);
	if (title)
		return title;
	if (view_starts(name, "impact."))
		title = name_of(impact_names, LEN(impact_names), view_from(name, 7));
	const struct fact_kind *kind = view_starts(name, "fact.") ? fact_kind_of(view_from(name, 5), region) : NULL;
	return title ? title : kind ? kind->zh : "";
}

void local_time(const struct casebook *book, const char *time, char out[CLOCK_TEXT_MAX])
{
	int64_t instant;
	if (strlen(time) < 16 || clock_parse(view_of(time), book->store->zone, &instant, NULL)) {
		snprintf(out, CLOCK_TEXT_MAX, "%s", time);
		return;
	}
	clock_print_at(instant, (int32_t)clock_zone_minutes(book->store->zone, instant) * 60, out);
	out[10] = ' ';
	out[16] = 0;
}

/* ---- facts ---- */

/* A confirmed claim, else the last; counts: the largest, as duties take it. */
static const json_t *fact_of(const struct reported *reported, hufu_view name)
{
	const json_t *best = NULL;
	json_t *fact;
	size_t at;
	json_array_foreach(json_object_get(reported->show, "facts"), at, fact)
	{
		if (!view_is(name, text(fact, "name")) || json_is_true(json_object_get(fact, "superseded")))
			continue;
		bool sure = !strcmp(text(fact, "basis"), "confirmed"),
		     was = best && !strcmp(text(best, "basis"), "confirmed");
		bool larger = !best || strtoll(text(fact, "value"), NULL, 10) >= strtoll(text(best, "value"), NULL, 10);
		if (!best || sure > was || (sure == was && larger))
			best = fact;
	}
	return best;
}

static void add_kinds(const char *list, struct bytes *out)
{
	for (hufu_view rest = view_of(list); rest.len;) {
		const char *comma = memchr(rest.ptr, ',', rest.len);
		hufu_view one = comma ? view_make(rest.ptr, (size_t)(comma - rest.ptr)) : rest;
		const struct ident_kind *kind = ident_by_name(one);
		bytes_text(out, out->len ? "、" : "");
		if (kind)
			bytes_text(out, kind->zh);
		else
			bytes_add(out, one);
		rest = comma ? view_from(rest, one.len + 1) : view_of("");
	}
}

static const char *basis_zh(const char *basis)
{
	return !strcmp(basis, "confirmed") ? "已确认" : !strcmp(basis, "estimated") ? "估计" : "声称，尚未核实";
}

static bool tells_fact(const struct reported *reported, hufu_view name, struct bytes *out)
{
	char region[FACT_REGION_MAX], shown[FACT_SHOWN_MAX], time[CLOCK_TEXT_MAX];
	const json_t *fact = fact_of(reported, name);
	const struct fact_kind *kind = fact_kind_of(name, region);
	if (!fact)
		return false;
	const char *value = text(fact, "value"), *word = fact_word_zh(value);
	if (view_is(name, "kinds")) {
		add_kinds(value, out);
		return true;
	}
	if (kind && kind->type == FACT_TIME) {
		local_time(reported->book, value, time);
		bytes_text(out, time);
	} else if (kind && kind->type == FACT_TRUTH)
		bytes_text(out, !strcmp(value, "true") ? "是" : "否");
	else if (kind && (kind->type == FACT_CHOICE || kind->type == FACT_GRADED))
		bytes_text(out, word ? word : value);
	else if (kind) {
		fact_show(kind, value, shown);
		bytes_text(out, shown);
	} else
		bytes_text(out, value);
	bytes_print(out, "（%s）", basis_zh(text(fact, "basis")));
	return true;
}

/* ---- the rest ---- */

static bool tells_impact(const struct reported *reported, hufu_view name, struct bytes *out)
{
	json_t *line;
	size_t at;
	json_array_foreach(json_object_get(reported->show, "impact"), at, line)
	{
		if (!view_is(name, text(line, "name")) || !text(line, "value")[0])
			continue;
		bytes_text(out, text(line, "value"));
		return true;
	}
	return false;
}

static bool tells_grades(const struct reported *reported, struct bytes *out)
{
	json_t *grade;
	size_t at;
	json_array_foreach(json_object_get(reported->show, "grades"), at, grade)
	{
		bytes_print(out, "%s%s %s%s", at ? "；" : "", text(grade, "standard"), text(grade, "zh"),
		        json_is_true(json_object_get(grade, "verified")) ? "" : "（未核对原文）");
	}
	return at > 0;
}

static bool tells_demand(const struct reported *reported, struct bytes *out)
{
	const json_t *demand = json_object_get(reported->show, "demand");
	char *amount = json_is_number(json_object_get(demand, "amount")) ? plain_json(json_object_get(demand, "amount"))
	                                                                 : NULL;
	if (amount)
		bytes_print(out, "金额 %s %s", amount, text(demand, "currency"));
	if (text(demand, "wallet")[0])
		bytes_print(out, "%s收款地址 %s", out->len ? "，" : "", text(demand, "wallet"));
	if (text(demand, "deadline")[0])
		bytes_print(out, "%s期限 %s", out->len ? "，" : "", text(demand, "deadline"));
	free(amount);
	return out->len > 0;
}

static long long count_at(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* Of the newest version that was released. */
static bool tells_notices(const struct reported *reported, struct bytes *out)
{
	const json_t *versions = json_object_get(reported->notices, "versions"), *newest = NULL;
	json_t *version;
	size_t at;
	json_array_foreach((json_t *)(uintptr_t)versions, at, version)
	{
		if (json_is_string(json_object_get(version, "released_at")))
			newest = version;
	}
	const json_t *counts = json_object_get(newest, "counts");
	if (newest)
		bytes_print(out,
		        "第 %lld 版告知：应告知 %lld 人，已送达服务器 %lld 人，退回 %lld 人，拒收 %lld 人，存疑 %lld "
		        "人，无联系方式 "
		        "%lld 人，依法可不告知 %lld 人",
		        count_at(newest, "version"), count_at(newest, "people"), count_at(counts, "accepted"),
		        count_at(counts, "bounced"), count_at(counts, "refused"), count_at(counts, "doubt"),
		        count_at(counts, "no_contact") + count_at(counts, "lost"), count_at(counts, "exempt"));
	return newest != NULL;
}

static bool tells_claims(const struct reported *reported, struct bytes *out)
{
	const json_t *kinds = json_object_get(reported->claims, "by_kind"),
	             *states = json_object_get(reported->claims, "by_state");
	const char *currency;
	json_t *sum;
	bytes_print(out,
	        "诉求 %lld 件（询问 %lld，反馈 %lld，投诉 %lld，索赔 %lld），已认可或部分认可 %lld 件，已支付 %lld 件",
	        count_at(reported->claims, "claims"), count_at(kinds, "question"), count_at(kinds, "feedback"),
	        count_at(kinds, "complaint"), count_at(kinds, "claim"),
	        count_at(states, "accepted") + count_at(states, "partly"), count_at(states, "paid"));
	json_object_foreach(json_object_get(reported->claims, "amounts"), currency, sum)
	        bytes_print(out, "，%s %s", json_string_value(sum), currency);
	return count_at(reported->claims, "claims") > 0;
}

/* The last verdict: which dataset, as of when, how many. */
static bool tells_verdict(const struct reported *reported, struct bytes *out)
{
	const json_t *verdicts = json_object_get(reported->show, "verdicts");
	const json_t *verdict = json_object_get(json_array_get(verdicts, json_array_size(verdicts) - 1), "verdict");
	const json_t *reasons = json_object_get(json_object_get(verdict, "reasons_in"), "zh");
	if (!json_is_object(verdict))
		return false;
	bytes_print(
	        out, "%s", json_is_string(json_object_get(verdict, "verdict")) ? text(verdict, "verdict") : "未能判定");
	if (json_array_size(reasons))
		bytes_print(out, "：%s", json_string_value(json_array_get(reasons, 0)));
	return true;
}

bool tells(const struct reported *reported, hufu_view name, struct bytes *out)
{
	static const struct {
		const char *name;
		bool (*tell)(const struct reported *reported, struct bytes *out);
	} others[] = { { "grades", tells_grades }, { "demand", tells_demand }, { "verdict", tells_verdict },
		{ "notices", tells_notices }, { "claims", tells_claims } };
	if (view_starts(name, "fact."))
		return tells_fact(reported, view_from(name, 5), out);
	if (view_starts(name, "impact."))
		return tells_impact(reported, view_from(name, 7), out);
	for (size_t i = 0; i < LEN(others); i++)
		if (view_is(name, others[i].name))
			return others[i].tell(reported, out);
	return false;
}

bool tells_named(const struct reported *reported, hufu_view name, struct bytes *out)
{
	struct bytes value = { 0 };
	bool told = tells(reported, name, &value);
	bytes_print(out, "%s：", title_of(name));
	bytes_add(out, told ? bytes_view(&value) : view_of("待补报"));
	bytes_done(&value);
	return told;
}
