/* See due.h. Of two ways to count, the one that ends earlier is taken: N days are N times 24 hours, the Nth working day
 * ends at the time of day at which the clock started, "before 15 December" ends as that day begins. */
#include "duty/due.h"

#include "base/clock.h"

#include <stdio.h>

enum { DAY = 86400 };

/* Weekends only; for business days, and where a rule names no calendar. */
static const struct calendar plain = { .name = "" };

static int64_t add_days(const struct rule *rule, int64_t start, int *unknown_year)
{
	const struct clock *clock = &rule->clock;
	const struct calendar *calendar = clock->calendar ? clock->calendar : &plain;
	int32_t offset = clock->calendar ? clock->calendar->offset : rule->pack->offset;
	int32_t day = day_of(start, offset), end = day;
	bool known = true;
	if (clock->unit == UNIT_MONTH)
		end = day_add_months(day, clock->amount);
	else if (clock->unit == UNIT_WORKING_DAY)
		end = calendar_add(calendar, day, clock->amount, &known);
	else
		end = calendar_add(&plain, day, clock->amount, NULL);
	if (!known)
		*unknown_year = day_year(end);
	return start + (int64_t)(end - day) * DAY;
}

static int64_t count(const struct rule *rule, int64_t start, int *unknown_year)
{
	const struct clock *clock = &rule->clock;
	switch (clock->unit) {
	case UNIT_MINUTE:
		return start + clock->amount * 60;
	case UNIT_HOUR:
		return start + clock->amount * 3600;
	case UNIT_DAY:
		return start + clock->amount * DAY;
	case UNIT_BUSINESS_DAY:
	case UNIT_WORKING_DAY:
	case UNIT_MONTH:
		return add_days(rule, start, unknown_year);
	case UNIT_NONE:
		break;
	}
	return start;
}

/* The next time that the day begins. */
static int64_t next_date(const struct rule *rule, int64_t from)
{
	char text[CALENDAR_DATE_MAX];
	const struct clock *clock = &rule->clock;
	int32_t offset = clock->calendar ? clock->calendar->offset : rule->pack->offset, day = 0;
	int year = day_year(day_of(from, offset));
	for (int later = 0; later < 2; later++) {
		snprintf(text, sizeof text, "%04d-%.5s", (year + later) % 10000, clock->date);
		if (day_parse(view_of(text), &day) && (int64_t)day * DAY - offset >= from)
			break;
	}
	return (int64_t)day * DAY - offset;
}

/* ---- words ---- */

static const struct {
	const char *fact;
	struct duty_words from;
} starts[] = {
	{ "learned_at", { "发现或获知", "discovering or learning of it" } },
	{ "handled_end", { "处置结束", "the end of handling" } },
	{ "assessed_at", { "风险评估完成", "the end of the assessment" } },
	{ "changed_at", { "变化发生", "the change" } },
	{ "refused_at", { "收到反馈", "the refusal" } },
};

static struct duty_words from_words(const struct clock *clock)
{
	for (size_t i = 0; i < LEN(starts); i++)
		if (clock->start && strcmp(starts[i].fact, clock->start) == 0)
			return starts[i].from;
	return (struct duty_words){ "", "" };
}

static void say_amount(const struct clock *clock, struct bytes *zh, struct bytes *en)
{
	static const struct duty_words units[] = { { "", "" }, { "分钟", "min" }, { "小时", "h" }, { "日", "days" },
		{ "个工作日（仅计周末）", "business days (weekends only)" }, { "个工作日", "working days" },
		{ "个月", "months" } };
	struct duty_words from = from_words(clock);
	bytes_print(zh, "自%s起%lld%s内", from.zh, (long long)clock->amount, units[clock->unit].zh);
	bytes_print(en, "within %lld %s of %s", (long long)clock->amount, units[clock->unit].en, from.en);
}

static void say_when(const struct rule *rule, bool started, struct pool *pool, struct duty_words *out)
{
	static const struct duty_words plain_words[] = { { "未规定具体期限", "no day fixed" },
		{ "立即", "immediately" }, { "不得无故拖延", "without undue delay" }, { "及时", "promptly" },
		{ "定期", "at regular intervals" } };
	const struct clock *clock = &rule->clock;
	struct bytes zh = { 0 }, en = { 0 };
	if (clock->date[0]) {
		bytes_print(&zh, "每年%s前", clock->date);
		bytes_print(&en, "each year before %s", clock->date);
	} else if (clock->amount) {
		say_amount(clock, &zh, &en);
	} else if (rule->shown.kind == DUTY_YEARLY && clock->qualifier == QUALIFIER_NONE) {
		bytes_text(&zh, "每年一次，未规定日期");
		bytes_text(&en, "once a year, no date fixed");
	} else {
		bytes_text(&zh, plain_words[clock->qualifier].zh);
		bytes_text(&en, plain_words[clock->qualifier].en);
	}
	if (clock->amount && !started) {
		bytes_print(&zh, "；尚不知%s的时间，期限未起算", from_words(clock).zh);
		bytes_print(
		        &en, "; the time of %s is not known yet, so the clock has not started", from_words(clock).en);
	}
	out->zh = pool_bytes(pool, &zh);
	out->en = pool_bytes(pool, &en);
}

static enum duty_status status_of(const struct duty *duty, int64_t now)
{
	return now > duty->due ? DUTY_OVERDUE : now >= duty->near_at ? DUTY_NEAR : DUTY_OPEN;
}

void due_set(const struct knowledge *knowledge, const struct rule *rule, int64_t now, struct pool *pool,
        struct duty *duty, int *unknown_year)
{
	const struct clock *clock = &rule->clock;
	const struct known *start = clock->start ? knowledge_time(knowledge, clock->start) : NULL;
	const struct known *learned = knowledge_time(knowledge, "learned_at");
	char text[CLOCK_TEXT_MAX];
	int64_t from = start ? start->value.number : 0;
	duty->immediate = clock->qualifier == QUALIFIER_IMMEDIATE;
	if (clock->date[0]) {
		from = learned ? learned->value.number : now;
		duty->due = next_date(rule, from);
		duty->has_due = true;
	} else if (clock->amount && start) {
		duty->due = count(rule, from, unknown_year);
		duty->has_due = true;
	}
	say_when(rule, duty->has_due, pool, &duty->when);
	if (!duty->has_due)
		return;
	clock_print_at(duty->due, learned ? learned->value.offset : rule->pack->offset, text);
	duty->due_text = pool_text(pool, view_of(text));
	duty->near_at = duty->due - (duty->due - from) / 4; /* the last quarter; our own choice, no law */
	duty->status = status_of(duty, now);
}
