/* Steps of a duty. One with a due time is told when it arises, some spans before it is due, and when it passed. One
 * that is due at once ("立即", without a number) has no such time, and one word on the first day is soon forgotten: it
 * is told again while nobody said that it is done, after one hour (by any reading it is late by then), after four (the
 * shortest number that a Chinese law names), after a day, and then every day. */
#include "case/steps.h"

#include <stdio.h>
#include <stdlib.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, DAYS_FROM = 2 * DAY };

/* ---- settings ---- */

static int by_size(const void *a, const void *b)
{
	const int64_t *one = a, *other = b;
	return (*one > *other) - (*one < *other);
}

static hufu_status read_spans(
        const struct config *config, const char *name, int64_t *out, size_t *count, hufu_error *error)
{
	*count = config_count(config, name);
	if (*count > SPANS_MAX)
		return fail(error, HUFU_LIMIT, view_of(name), "has more than 16 spans", NULL);
	for (size_t i = 0; i < *count; i++)
		if (!config_span(view_of(config_at(config, name, i)), &out[i]) || out[i] <= 0)
			return fail(
			        error, HUFU_USAGE, view_of(name), "is no list of spans of time", "write [24h, 4h, 1h]");
	qsort(out, *count, sizeof *out, by_size);
	return HUFU_OK;
}

hufu_status step_spans_read(const struct config *config, struct step_spans *out, hufu_error *error)
{
	*out = (struct step_spans){ 0 };
	hufu_status status = read_spans(config, "escalation.near", out->near, &out->near_count, error);
	if (!status)
		status = read_spans(config, "escalation.immediate", out->again, &out->again_count, error);
	return status;
}

/* ---- which are reached ---- */

static void reach(struct steps *steps, const char *name, int64_t seconds)
{
	if (steps->count == STEPS_MAX)
		return;
	char *to = steps->names[steps->count++];
	if (seconds)
		snprintf(to, STEP_MAX, "%s:%lld", name, (long long)seconds);
	else
		snprintf(to, STEP_MAX, "%s", name);
}

/* Behind the last span it comes back with that span; only the newest of those is a step of its own. */
static void reach_again(const struct step_spans *spans, int64_t since, struct steps *out)
{
	int64_t last = spans->again_count ? spans->again[spans->again_count - 1] : 0;
	for (size_t i = 0; i < spans->again_count; i++)
		if (since >= spans->again[i])
			reach(out, "again", spans->again[i]);
	if (last && since >= 2 * last)
		reach(out, "again", since / last * last);
}

void steps_reached(const struct step_spans *spans, const struct step_subject *subject, int64_t now, struct steps *out)
{
	out->count = 0;
	if (subject->arises)
		reach(out, subject->moved ? "moved" : "arisen", 0);
	for (size_t i = spans->near_count; subject->has_due && i-- > 0;)
		if (now >= subject->due - spans->near[i])
			reach(out, "near", spans->near[i]);
	if (subject->has_due && now > subject->due)
		reach(out, "passed", 0);
	if (!subject->has_due && subject->immediate)
		reach_again(spans, now - subject->arose_at, out);
}

/* ---- words ---- */

void span_words(int64_t seconds, bool chinese, struct bytes *out)
{
	long long days = seconds / DAY, hours = seconds % DAY / HOUR, minutes = seconds % HOUR / MINUTE;
	if (seconds < DAYS_FROM) {
		hours += days * (DAY / HOUR);
		days = 0;
	}
	if (days)
		bytes_print(out, chinese ? "%lld 天" : "%lld d", days);
	if (hours)
		bytes_print(out, chinese ? "%s%lld 小时" : "%s%lld h", days ? " " : "", hours);
	if (minutes && !days)
		bytes_print(out, chinese ? "%s%lld 分" : "%s%lld min", hours ? " " : "", minutes);
	if (!days && !hours && !minutes)
		bytes_print(out, chinese ? "%lld 秒" : "%lld s", (long long)seconds);
}

static const struct {
	const char *step, *zh, *en;
	const char *zh_after, *en_after; /* around a span; NULL without one */
} words[] = {
	{ "arisen", "义务产生", "arose", NULL, NULL },
	{ "moved", "期限变更", "its due time moved", NULL, NULL },
	{ "near", "期限前 ", "", "", " before it is due" },
	{ "passed", "已逾期", "is overdue", NULL, NULL },
	{ "again", "产生后 ", "not done ", " 仍未办结", " after it arose" },
	{ "fallen", "因新的事实不再成立", "fell away by new facts", NULL, NULL },
};

void step_words(const char *step, bool chinese, struct bytes *out)
{
	size_t len = strcspn(step, ":");
	for (size_t i = 0; i < LEN(words); i++) {
		if (!view_is((hufu_view){ step, len }, words[i].step))
			continue;
		bytes_text(out, chinese ? words[i].zh : words[i].en);
		if (step[len] && words[i].zh_after) {
			span_words(strtoll(step + len + 1, NULL, 10), chinese, out);
			bytes_text(out, chinese ? words[i].zh_after : words[i].en_after);
		}
		return;
	}
	bytes_text(out, step);
}
