/* The table of facts, and their values read exactly. */
#include "duty/fact.h"

#include "base/clock.h"

#include <stdio.h>

static const char *const sectors[] = { "automotive", "telecom", "industry", "finance", "health", "other", NULL };
static const char *const threats[] = { "none", "minor", "less_serious", "serious", "extreme", NULL };
static const char *const losses[] = { "none", "slight", "part", "wide", "large", NULL };
static const char *const risks[] = { "unlikely", "risk", "high", NULL };

#define COUNT "wants a whole number, such as 39900 or 3.99万"
#define TRUTH "wants true or false"
#define HOURS "wants hours, such as 8 or 0.5, or a unit: 30 min"
#define TIME "wants a time with its zone, such as 2022-12-11T09:30:00+08:00, or a date"

static const struct fact_kind kinds[] = {
	{ "people", FACT_COUNT, true, "people_exposed", NULL, NULL, "涉及人数", "people", COUNT },
	{ "people_exposed", FACT_COUNT, true, "people", NULL, NULL, "可识别身份的人数", "people exposed", COUNT },
	{ "people_sensitive", FACT_COUNT, true, NULL, NULL, NULL, "涉及敏感个人信息人数", "people with sensitive data",
	        COUNT },
	{ "people_held", FACT_COUNT, true, NULL, NULL, NULL, "处理个人信息的总人数", "people whose data are processed",
	        COUNT },
	{ "sector", FACT_CHOICE, false, NULL, NULL, sectors, "行业领域", "sector",
	        "wants one of automotive, telecom, industry, finance, health, other" },
	{ "cii", FACT_TRUTH, false, NULL, NULL, NULL, "关键信息基础设施", "critical information infrastructure",
	        TRUTH },
	{ "state_organ", FACT_TRUTH, false, NULL, NULL, NULL, "中央和国家机关及其所属单位",
	        "a central or state organ, or a unit of one", TRUTH },
	{ "ransom", FACT_TRUTH, false, NULL, NULL, NULL, "勒索", "ransom demanded", TRUTH },
	{ "unlawful_access", FACT_TRUTH, false, NULL, NULL, NULL, "非法获取", "unlawful access", TRUTH },
	{ "crime_suspected", FACT_TRUTH, false, NULL, NULL, NULL, "涉嫌犯罪", "crime suspected", TRUTH },
	{ "important_data", FACT_TRUTH, false, NULL, NULL, NULL, "重要数据", "important data", TRUTH },
	{ "core_data", FACT_TRUTH, false, NULL, NULL, NULL, "核心数据", "core data", TRUTH },
	{ "loss_cny", FACT_MONEY, false, NULL, NULL, NULL, "直接经济损失（元）", "direct loss in CNY",
	        "wants an amount in CNY, such as 5000000 or 500万" },
	{ "outage_h", FACT_HOURS, false, NULL, NULL, NULL, "中断时间", "outage", HOURS },
	{ "outage_main_h", FACT_HOURS, false, NULL, NULL, NULL, "主要功能中断时间", "outage of the main function",
	        HOURS },
	{ "portal_down_h", FACT_HOURS, false, NULL, NULL, NULL, "门户网站无法访问时间", "portal unreachable", HOURS },
	{ "defaced_home_h", FACT_HOURS, false, NULL, NULL, NULL, "首页被篡改显示时间", "home page defaced", HOURS },
	{ "defaced_page_h", FACT_HOURS, false, NULL, NULL, NULL, "其他页面被篡改显示时间", "another page defaced",
	        HOURS },
	{ "forwarded", FACT_COUNT, false, NULL, NULL, NULL, "转发次数", "times forwarded", COUNT },
	{ "viewed", FACT_COUNT, false, NULL, NULL, NULL, "浏览次数", "times viewed", COUNT },
	{ "life_affected", FACT_COUNT, false, NULL, NULL, NULL, "工作、生活受影响人数",
	        "people whose life or work is affected", COUNT },
	{ "production", FACT_GRADED, false, NULL, NULL, losses, "生产受影响程度", "production lost",
	        "wants one of none, slight, part, wide, large" },
	{ "threat", FACT_GRADED, false, NULL, NULL, threats, "威胁程度", "threat to state or public",
	        "wants one of none, minor, less_serious, serious, extreme" },
	{ "expects_serious", FACT_TRUTH, false, NULL, NULL, NULL, "认为可能发生较大及以上事件",
	        "an incident of 较大 or above is thought possible", TRUTH },
	{ "harm_individuals", FACT_TRUTH, false, NULL, NULL, NULL, "对个人、组织合法权益的危害",
	        "harm to people or organisations", TRUTH },
	{ "harm_prevented", FACT_TRUTH, false, NULL, NULL, NULL, "措施能够有效避免危害",
	        "measures effectively avoid harm", TRUTH },
	{ "encrypted", FACT_TRUTH, false, NULL, NULL, NULL, "已加密且密钥未泄露", "encrypted, the key not lost",
	        TRUTH },
	{ "risk", FACT_GRADED, false, NULL, NULL, risks, "对个人的风险", "risk to individuals",
	        "wants one of unlikely, risk, high" },
	{ "processor", FACT_TRUTH, false, NULL, NULL, NULL, "受托处理者", "we are a processor for others", TRUTH },
	{ "product_defect", FACT_TRUTH, false, NULL, NULL, NULL, "产品或服务的缺陷、漏洞", "a defect of our product",
	        TRUTH },
	{ "endangers_state", FACT_TRUTH, false, NULL, NULL, NULL, "危害国家安全、公共利益",
	        "endangers national security or the public interest", TRUTH },
	{ "data_abroad", FACT_TRUTH, false, NULL, NULL, NULL, "数据出境", "data sent abroad", TRUTH },
	{ "reorganised", FACT_TRUTH, false, NULL, NULL, NULL, "合并、重组、破产等",
	        "merger, restructuring or bankruptcy", TRUTH },
	{ "catalogue_changed", FACT_TRUTH, false, NULL, NULL, NULL, "备案内容重大变化",
	        "filed content changed materially", TRUTH },
	{ "province", FACT_WORD, false, NULL, NULL, NULL, "注册地", "province of registration", "wants one word" },
	{ "jurisdiction", FACT_LIST, false, NULL, "CN", NULL, "法域", "jurisdiction",
	        "wants a comma list of CN, EU and the like" },
	{ "learned_at", FACT_TIME, false, NULL, NULL, NULL, "发现或获知时间", "learned of it", TIME },
	{ "rules_as_of", FACT_TIME, false, NULL, NULL, NULL, "适用规则的时间", "rules as of", TIME },
	{ "handled_end", FACT_TIME, false, NULL, NULL, NULL, "处置结束时间", "handling ended", TIME },
	{ "changed_at", FACT_TIME, false, NULL, NULL, NULL, "变化发生时间", "the change happened", TIME },
	{ "refused_at", FACT_TIME, false, NULL, NULL, NULL, "备案退回时间", "filing refused", TIME },
	{ "assessed_at", FACT_TIME, false, NULL, NULL, NULL, "风险评估完成时间", "risk assessment done", TIME },
};

static const struct {
	const char *word, *zh;
} words_zh[] = {
	{ "automotive", "汽车" },
	{ "telecom", "电信" },
	{ "industry", "工业" },
	{ "finance", "金融" },
	{ "health", "卫生健康" },
	{ "other", "其他" },
	{ "none", "无" },
	{ "minor", "一定程度" },
	{ "less_serious", "较严重" },
	{ "serious", "严重" },
	{ "extreme", "特别严重" },
	{ "slight", "轻微" },
	{ "part", "部分" },
	{ "wide", "较大范围" },
	{ "large", "大规模" },
	{ "unlikely", "不大可能" },
	{ "risk", "有风险" },
	{ "high", "高风险" },
};

const char *fact_word_zh(const char *word)
{
	for (size_t i = 0; i < LEN(words_zh); i++)
		if (strcmp(word, words_zh[i].word) == 0)
			return words_zh[i].zh;
	return word;
}

static const char *const basis_names[] = { "claimed", "estimated", "confirmed" };

const char *fact_basis_name(enum fact_basis basis)
{
	return basis_names[(unsigned)basis < LEN(basis_names) ? basis : FACT_CLAIMED];
}

bool fact_basis_of(hufu_view name, enum fact_basis *out)
{
	for (size_t i = 0; i < LEN(basis_names); i++)
		if (view_is(name, basis_names[i])) {
			*out = (enum fact_basis)i;
			return true;
		}
	return false;
}

const struct fact_kind *fact_kind_at(size_t at)
{
	return at < LEN(kinds) ? &kinds[at] : NULL;
}

/* CN, or CN-31: capitals, digits and a dash. */
static bool region_ok(hufu_view region)
{
	for (size_t i = 0; i < region.len; i++) {
		char c = region.ptr[i];
		if (!((c >= 'A' && c <= 'Z') || (i > 1 && ((c >= '0' && c <= '9') || c == '-'))))
			return false;
	}
	return region.len >= 2 && region.len < FACT_REGION_MAX;
}

const struct fact_kind *fact_kind_of(hufu_view name, char *region)
{
	const char *dot = name.len ? memchr(name.ptr, '.', name.len) : NULL;
	hufu_view stem = dot ? view_make(name.ptr, (size_t)(dot - name.ptr)) : name;
	hufu_view rest = dot ? view_from(name, stem.len + 1) : view_of("");
	for (size_t i = 0; i < LEN(kinds); i++) {
		if (!view_is(stem, kinds[i].name))
			continue;
		if (dot && (!kinds[i].regional || !region_ok(rest)))
			return NULL;
		if (region) {
			memset(region, 0, FACT_REGION_MAX);
			if (rest.len)
				memcpy(region, rest.ptr, rest.len);
		}
		return &kinds[i];
	}
	return NULL;
}

/* ---- numbers ---- */

static const struct {
	const char *text;
	int64_t times;
	enum fact_type type;
} units[] = {
	{ "", 1, FACT_COUNT },
	{ "人", 1, FACT_COUNT },
	{ "people", 1, FACT_COUNT },
	{ "次", 1, FACT_COUNT },
	{ "", 100, FACT_MONEY },
	{ "元", 100, FACT_MONEY },
	{ "CNY", 100, FACT_MONEY },
	{ "", 3600, FACT_HOURS },
	{ "h", 3600, FACT_HOURS },
	{ "小时", 3600, FACT_HOURS },
	{ "min", 60, FACT_HOURS },
	{ "分钟", 60, FACT_HOURS },
};

static bool unit_of(enum fact_type type, hufu_view text, int64_t *times)
{
	for (size_t i = 0; i < LEN(units); i++)
		if (units[i].type == type && view_is(text, units[i].text)) {
			*times *= units[i].times;
			return true;
		}
	return false;
}

/* Digits, perhaps a fraction, perhaps 万 or 亿, perhaps a unit: exact in the kind's smallest unit, or refused. */
static bool read_number(enum fact_type type, hufu_view text, int64_t *out)
{
	enum { DIGITS_MAX = 15 };
	int64_t number = 0, below = 1, times = 1;
	unsigned digits = 0, behind = 0;
	bool point = false;
	while (text.len && ((text.ptr[0] >= '0' && text.ptr[0] <= '9') || (text.ptr[0] == '.' && !point && digits))) {
		if (text.ptr[0] == '.') {
			point = true;
		} else {
			number = number * 10 + (text.ptr[0] - '0');
			if (point)
				below *= 10;
			behind += point;
			if (++digits > DIGITS_MAX)
				return false;
		}
		text = view_from(text, 1);
	}
	if (!digits || (point && !behind))
		return false;
	text = view_trim(text);
	if (view_starts(text, "万"))
		times = 10000;
	else if (view_starts(text, "亿"))
		times = 100000000;
	if (times > 1)
		text = view_trim(view_from(text, strlen("万")));
	if (!unit_of(type, text, &times) || __builtin_mul_overflow(number, times, &number) || number % below != 0)
		return false;
	*out = number / below;
	return true;
}

/* ---- times ---- */

/* Of "...+08:00"; 0 for Z. The text has been parsed before. */
static int32_t offset_of(hufu_view text)
{
	const char *at = text.ptr + text.len - 6;
	if (text.len < 6 || (at[0] != '+' && at[0] != '-'))
		return 0;
	int32_t minutes = ((at[1] - '0') * 10 + (at[2] - '0')) * 60 + (at[4] - '0') * 10 + (at[5] - '0');
	return (at[0] == '-' ? -60 : 60) * minutes;
}

static bool read_time(const char *text, struct fact_value *out)
{
	char whole[64];
	hufu_view when = view_trim(view_of(text));
	bool date = when.len == 10;
	int len = snprintf(whole, sizeof whole, "%.*s%s", (int)(when.len < 40 ? when.len : 40), when.ptr,
	        date ? "T00:00:00+08:00" : "");
	hufu_view full = view_make(whole, len > 0 ? (size_t)len : 0);
	/* A bare date is its first second here: of two readings of a deadline the earlier one. */
	if (when.len > 40 || !memchr(whole, 'T', full.len) || clock_parse(full, NULL, &out->number, NULL) != HUFU_OK)
		return false;
	out->date = date;
	out->offset = offset_of(full);
	return true;
}

/* ---- values ---- */

static bool read_word(const struct fact_kind *kind, const char *text, struct fact_value *out)
{
	for (size_t i = 0; kind->words[i]; i++)
		if (strcmp(kind->words[i], text) == 0) {
			out->number = (int64_t)i;
			out->text = kind->words[i];
			return true;
		}
	return false;
}

static bool read_truth(const char *text, struct fact_value *out)
{
	out->number = strcmp(text, "true") == 0;
	return out->number || strcmp(text, "false") == 0;
}

/* Words of letters, digits and dashes (any script) behind commas. */
static bool read_list(const char *text, bool one, struct fact_value *out)
{
	size_t len = 0;
	for (const char *at = text;; at++) {
		unsigned char c = (unsigned char)*at;
		if (c == '\0' || c == ',') {
			if (len == 0 || (c && one))
				return false;
			if (c == '\0')
				break;
			len = 0;
			continue;
		}
		bool good = c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		            c == '-';
		if (!good || ++len > 32)
			return false;
	}
	out->text = text;
	return true;
}

/* Each word a code of a country or a union: two letters, of a part of it a dash and up to three more: CN, EU, US-CA. */
static bool are_places(const char *list)
{
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		size_t len = strcspn(at, ","), letters = 0;
		while (letters < len && ((at[letters] | 32) >= 'a' && (at[letters] | 32) <= 'z'))
			letters++;
		bool part = letters == 2 && len > 3 && len <= 6 && at[2] == '-';
		if (letters < 2 || (len != 2 && !part))
			return false;
	}
	return true;
}

hufu_status fact_value(const struct fact_kind *kind, const char *text, struct fact_value *out, hufu_error *error)
{
	struct fact_value value = { 0 };
	bool good = false;
	switch (kind->type) {
	case FACT_COUNT:
	case FACT_MONEY:
	case FACT_HOURS:
		good = read_number(kind->type, view_trim(view_of(text)), &value.number);
		break;
	case FACT_TRUTH:
		good = read_truth(text, &value);
		break;
	case FACT_TIME:
		good = read_time(text, &value);
		break;
	case FACT_CHOICE:
	case FACT_GRADED:
		good = read_word(kind, text, &value);
		break;
	case FACT_LIST:
	case FACT_WORD:
		good = read_list(text, kind->type == FACT_WORD, &value) &&
		       (kind->type == FACT_WORD || are_places(text));
		break;
	}
	if (!good)
		return fail(error, HUFU_USAGE, view_of(kind->name), kind->wants, NULL);
	*out = value;
	return HUFU_OK;
}

hufu_status fact_check(const char *name, const char *value, hufu_error *error)
{
	struct fact_value unused;
	const struct fact_kind *kind = fact_kind_of(view_of(name), NULL);
	if (!kind)
		return fail(error, HUFU_USAGE, view_of(name), "there is no such fact",
		        "hufu duties facts lists them; a region goes behind those that count people: people.CN");
	return fact_value(kind, value, &unused, error);
}

/* ---- showing ---- */

static void show_number(int64_t number, char *out, size_t cap)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
	size_t at = 0;
	for (int i = 0; i < len && at + 2 < cap; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

void fact_show(const struct fact_kind *kind, const char *text, char out[FACT_SHOWN_MAX])
{
	struct fact_value value;
	char number[48];
	if (kind->type > FACT_HOURS || fact_value(kind, text, &value, NULL) != HUFU_OK) {
		printable(view_of(text), out, FACT_SHOWN_MAX);
		return;
	}
	int64_t unit = kind->type == FACT_MONEY ? 100 : kind->type == FACT_HOURS ? 3600 : 1;
	show_number(value.number / unit, number, sizeof number);
	if (kind->type == FACT_COUNT)
		snprintf(out, FACT_SHOWN_MAX, "%s", number);
	else if (kind->type == FACT_MONEY && value.number % unit == 0)
		snprintf(out, FACT_SHOWN_MAX, "%s CNY", number);
	else if (kind->type == FACT_MONEY)
		snprintf(out, FACT_SHOWN_MAX, "%s.%02lld CNY", number, (long long)(value.number % unit));
	else if (value.number % unit == 0)
		snprintf(out, FACT_SHOWN_MAX, "%s h", number);
	else if (value.number % 60 == 0)
		snprintf(out, FACT_SHOWN_MAX, "%lld min", (long long)(value.number / 60));
	else
		snprintf(out, FACT_SHOWN_MAX, "%lld s", (long long)value.number);
}
