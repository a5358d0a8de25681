/* See deadline.h. */
#include "case/deadline.h"

#include "base/clock.h"
#include "case/date.h"
#include "case/number.h"

#include <math.h>
#include <strings.h>

enum { DAY = 86400 };

static const char *zone_of(const struct demand_options *options)
{
	return options->zone ? options->zone : "Asia/Shanghai";
}

static bool take(struct demand *out, int64_t at, int32_t offset, bool relative)
{
	out->deadline = at;
	out->deadline_offset = offset;
	out->deadline_relative = relative;
	return true;
}

/* ---- how long ---- */

enum span_of { SECONDS, WORKDAYS, MONTHS };

struct span {
	enum span_of of;
	double many; /* seconds, days or months */
};

/* The longer of two that begin alike stands first. */
static const struct {
	const char *word;
	enum span_of of;
	double times;
} spans[] = { { "business days", WORKDAYS, 1 }, { "business day", WORKDAYS, 1 }, { "working days", WORKDAYS, 1 },
	{ "working day", WORKDAYS, 1 }, { "workdays", WORKDAYS, 1 }, { "banking days", WORKDAYS, 1 },
	{ "个工作日", WORKDAYS, 1 }, { "個工作日", WORKDAYS, 1 }, { "工作日", WORKDAYS, 1 }, { "小时", SECONDS, 3600 },
	{ "小時", SECONDS, 3600 }, { "个小时", SECONDS, 3600 }, { "個小時", SECONDS, 3600 }, { "钟头", SECONDS, 3600 },
	{ "个钟头", SECONDS, 3600 }, { "個鐘頭", SECONDS, 3600 }, { "天", SECONDS, DAY }, { "日", SECONDS, DAY },
	{ "个星期", SECONDS, 7 * DAY }, { "個星期", SECONDS, 7 * DAY }, { "星期", SECONDS, 7 * DAY },
	{ "个礼拜", SECONDS, 7 * DAY }, { "個禮拜", SECONDS, 7 * DAY }, { "礼拜", SECONDS, 7 * DAY },
	{ "周", SECONDS, 7 * DAY }, { "週", SECONDS, 7 * DAY }, { "个月", MONTHS, 1 }, { "個月", MONTHS, 1 },
	{ "分钟", SECONDS, 60 }, { "分鐘", SECONDS, 60 }, { "hours", SECONDS, 3600 }, { "hour", SECONDS, 3600 },
	{ "hrs", SECONDS, 3600 }, { "hr", SECONDS, 3600 }, { "h", SECONDS, 3600 }, { "days", SECONDS, DAY },
	{ "day", SECONDS, DAY }, { "d", SECONDS, DAY }, { "weeks", SECONDS, 7 * DAY }, { "week", SECONDS, 7 * DAY },
	{ "fortnight", SECONDS, 14 * DAY }, { "months", MONTHS, 1 }, { "month", MONTHS, 1 }, { "minutes", SECONDS, 60 },
	{ "mins", SECONDS, 60 } };

/* How many: "72", "三", "one", "a", "半". */
static size_t many_read(hufu_view text, double *many)
{
	struct number number = { 0 };
	size_t len = number_read(text, &number);
	*many = number.value;
	if (!len && (number_word(text, "a") || number_word(text, "an"))) {
		*many = 1;
		len = text.ptr[1] == ' ' || text.ptr[1] == '\n' ? 1 : 2;
	}
	if (!len && view_starts(text, "半")) {
		*many = 0.5;
		len = strlen("半");
	}
	return len;
}

/* "72 hours", "三天", "one week", "72-hour", "半个月" */
static size_t span_read(hufu_view text, struct span *out)
{
	double many;
	size_t len = many_read(text, &many), at;
	if (!len)
		return 0;
	/* "three (3) days", "48 (forty-eight) hours" */
	at = len + date_skip(view_from(text, len), " -\n");
	if (at < text.len && text.ptr[at] == '(') {
		const char *end = memchr(text.ptr + at, ')', text.len - at < 24 ? text.len - at : 24);
		at = end ? (size_t)(end - text.ptr) + 1 : at;
		at += date_skip(view_from(text, at), " ");
	}
	for (size_t i = 0; i < LEN(spans); i++) {
		if (!number_word(view_from(text, at), spans[i].word))
			continue;
		static const double most[] = { [SECONDS] = 400.0 * DAY, [WORKDAYS] = 250, [MONTHS] = 12 };
		*out = (struct span){ spans[i].of, many * spans[i].times };
		if (out->of == MONTHS && out->many == 0.5)
			*out = (struct span){ SECONDS, 15.0 * DAY };
		bool whole = out->of == SECONDS || out->many == floor(out->many);
		return out->many > 0 && out->many <= most[out->of] && whole ? at + strlen(spans[i].word) : 0;
	}
	return 0;
}

/* The local day and its second of a moment. */
static int64_t local_of(int64_t at, const char *zone)
{
	return at + clock_zone_minutes(zone, at) * 60;
}

static int64_t global_of(int64_t local, const char *zone, int32_t *offset)
{
	*offset = (int32_t)(clock_zone_minutes(zone, local) * 60);
	*offset = (int32_t)(clock_zone_minutes(zone, local - *offset) * 60);
	return local - *offset;
}

/* Monday is 0. */
static int weekday_of(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7);
}

static int64_t after_workdays(int64_t local, int many)
{
	while (many > 0) {
		local += DAY;
		many -= weekday_of(local / DAY) < 5;
	}
	return local;
}

/* The same day of a later month, or its last. */
static int64_t after_months(int64_t local, int many)
{
	int64_t day = local / DAY;
	int year = date_year(local), month = 12;
	while (date_days(year, month, 1) > day)
		month--;
	int of_month = (int)(day - date_days(year, month, 1));
	int next = year * 12 + month - 1 + many;
	int64_t first = date_days(next / 12, next % 12 + 1, 1),
	        behind = date_days((next + 1) / 12, (next + 1) % 12 + 1, 1);
	int64_t found = first + of_month < behind ? first + of_month : behind - 1;
	return found * DAY + local % DAY;
}

static bool take_span(const struct span *span, const struct demand_options *options, struct demand *out)
{
	const char *zone = zone_of(options);
	int32_t offset;
	int64_t at = options->time + (span->of == SECONDS ? (int64_t)span->many : 0);
	int64_t local = local_of(at, zone);
	if (span->of == WORKDAYS)
		local = after_workdays(local, (int)span->many);
	else if (span->of == MONTHS)
		local = after_months(local, (int)span->many);
	else
		return take(out, at, (int32_t)(clock_zone_minutes(zone, at) * 60), true);
	at = global_of(local, zone, &offset);
	return take(out, at, offset, true);
}

/* Whether it stands by itself between marks: "Pay 5 BTC, 24h." */
static bool stands_alone(hufu_view text, size_t at, size_t end)
{
	static const char *const wide[] = { "，", "、", "。", "；", NULL };
	while (at && text.ptr[at - 1] == ' ')
		at--;
	hufu_view tail = view_from(text, end);
	tail = view_from(tail, date_skip(tail, " "));
	bool before = at == 0 || strchr(",.;!\n", text.ptr[at - 1]);
	bool behind = tail.len == 0 || strchr(",.;!\n", tail.ptr[0]);
	for (size_t i = 0; wide[i]; i++) {
		before = before || (at >= 3 && memcmp(text.ptr + at - 3, wide[i], 3) == 0);
		behind = behind || view_starts(tail, wide[i]);
	}
	return before && behind;
}

/* Whether what stands around a span says that it runs from now: "within", "you have", "内". */
static bool runs_from_now(hufu_view text, size_t at, size_t end)
{
	static const char *const before[] = { "within", "in", "you have", "have only", "have", "give you", "only",
		"next", "deadline", "due", "time limit", "time left", "countdown", "timer", "expires", "在", "限",
		"给你们", "给你", "給你們", "給你", "还有", "還有", "只有", "请于", "請於", "期限", "時限", "时限",
		"倒计时", "倒計時", "截止", NULL };
	static const char *const behind[] = { "内", "內", "之内", "之內", "以内", "以內", "时间", "時間", "期限", "后",
		NULL };
	static const char *const words[] = { "to pay", "left", "from now", "deadline", "or we", "or else", "until we",
		"before we", "remaining", NULL };
	enum { NEAR = 20 };
	hufu_view head = view_make(text.ptr + (at > NEAR ? at - NEAR : 0), at > NEAR ? NEAR : at);
	hufu_view tail = view_from(text, end);
	tail = view_from(tail, date_skip(tail, " \n,"));
	if (number_word(tail, "ago") || view_starts(tail, "前") || number_word(tail, "old"))
		return false;
	for (size_t i = 0; behind[i]; i++)
		if (view_starts(tail, behind[i]))
			return true;
	for (size_t i = 0; words[i]; i++)
		if (number_word(tail, words[i]))
			return true;
	return words_in(head, before) || stands_alone(text, at, end);
}

/* ---- which day ---- */

static const char *const due_words[] = { "before", "by", "until", "till", "deadline", "no later than", "not later than",
	"expires", "expire", "expiry", "due", "latest", "最后期限", "最後期限", "截止", "截至", "期限", "之前", "以前",
	"前", "最迟", "最遲", "逾期", "限", NULL };

/* Of a date the words must stand near: "data from before August" is no deadline, and neither is "as of". */
static bool is_due(hufu_view text, size_t at, size_t end)
{
	enum { BEFORE = 40, BEHIND = 12 };
	hufu_view head = view_make(text.ptr + (at > BEFORE ? at - BEFORE : 0), at > BEFORE ? BEFORE : at);
	hufu_view tail = view_from(text, end);
	if (tail.len > BEHIND)
		tail.len = BEHIND;
	static const char *const held[] = { "data from", "records from", "data before", "dated", "as of", "数据",
		"數據", NULL };
	return (words_in(head, due_words) || words_in(tail, due_words)) && !words_in(head, held);
}

static bool take_date(
        hufu_view text, size_t at, struct when when, const struct demand_options *options, struct demand *out)
{
	const char *zone = zone_of(options);
	int32_t offset;
	if (!when.timed)
		date_time_before(text, at, &when);
	if (when.year == 0) {
		/* The next such day, which only the mail's time tells. */
		if (!options->has_time)
			return false;
		when.year = date_year(options->time);
		if (date_instant(&when, zone, &offset) < options->time)
			when.year++;
		if (!date_is_one(&when))
			return false;
	}
	int64_t instant = date_instant(&when, zone, &offset);
	if (options->has_time && instant <= options->time)
		return false;
	return take(out, instant, offset, false);
}

/* "tomorrow", "by Friday", "本周五": how many days after the mail's; its length, or 0. A weekday that may be this or
 * the next one ("next Friday", "Friday" on a Friday) is not understood. */
static size_t day_named(hufu_view text, int today, int *days)
{
	static const struct {
		const char *word;
		int days;
	} near[] = { { "the day after tomorrow", 2 }, { "tomorrow", 1 }, { "tonight", 0 }, { "today", 0 },
		{ "大后天", 3 }, { "后天", 2 }, { "後天", 2 }, { "明天", 1 }, { "明日", 1 }, { "明晚", 1 },
		{ "今天", 0 }, { "今日", 0 }, { "今晚", 0 } };
	static const char *const names[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
		"Sunday" };
	for (size_t i = 0; i < LEN(near); i++)
		if (number_word(text, near[i].word)) {
			*days = near[i].days;
			return strlen(near[i].word);
		}
	size_t at = number_word(text, "this") ? 5 : 0;
	for (int i = 0; i < 7; i++)
		if (number_word(view_from(text, at), names[i])) {
			*days = (i - today + 7) % 7;
			return *days || at ? at + strlen(names[i]) : 0;
		}
	return 0;
}

/* "本周五", "下周一", "星期五" */
static size_t day_in_chinese(hufu_view text, int today, int *days)
{
	static const struct {
		const char *word;
		int week; /* -1: the next such day */
	} weeks[] = { { "本", 0 }, { "这", 0 }, { "這", 0 }, { "下个", 1 }, { "下個", 1 }, { "下", 1 }, { "", -1 } };
	static const char *const of[] = { "周", "週", "星期", "礼拜", "禮拜" };
	static const char *const names[] = { "一", "二", "三", "四", "五", "六", "日", "天", "末" };
	for (size_t w = 0; w < LEN(weeks); w++)
		for (size_t o = 0; o < LEN(of); o++)
			for (int i = 0; i < (int)LEN(names); i++) {
				size_t at = strlen(weeks[w].word), more = strlen(of[o]);
				if (!view_starts(text, weeks[w].word) || !view_starts(view_from(text, at), of[o]) ||
				        !view_starts(view_from(text, at + more), names[i]))
					continue;
				int day = i > 6 ? 6 : i;
				*days = weeks[w].week < 0 ? (day - today + 7) % 7 : day - today + 7 * weeks[w].week;
				bool sure = *days > 0 || (*days == 0 && weeks[w].week == 0);
				return sure ? at + more + strlen(names[i]) : 0;
			}
	return 0;
}

/* "next Friday" is this or the next week's, and 上周五 is over. */
static bool is_unsure(hufu_view text, size_t at)
{
	static const char *const words[] = { "next ", "last ", "every ", "past ", "since ", "this ", "本", "这", "這",
		"上", "每", "上个", "上個" };
	for (size_t i = 0; i < LEN(words); i++) {
		size_t len = strlen(words[i]);
		if (at >= len && strncasecmp(text.ptr + at - len, words[i], len) == 0)
			return true;
	}
	return false;
}

/* A day told by the mail's own. */
static size_t find_day(
        hufu_view text, size_t at, bool pays, const struct demand_options *options, struct demand *out, bool *found)
{
	const char *zone = zone_of(options);
	int days = 0;
	int64_t today = local_of(options->time, zone) / DAY;
	hufu_view rest = view_from(text, at);
	size_t len = day_named(rest, weekday_of(today), &days);
	if (!len)
		len = day_in_chinese(rest, weekday_of(today), &days);
	if (!len)
		return 0;
	/* A time behind it, or before: "by 18:00 tomorrow". */
	struct when when = { .month = 1, .day = 1 };
	size_t gap = date_skip(view_from(rest, len), " ,");
	if (number_word(view_from(rest, len + gap), "at") || number_word(view_from(rest, len + gap), "by"))
		gap += 2 + date_skip(view_from(rest, len + gap + 2), " ");
	size_t timed = date_time(view_from(rest, len + gap), &when);
	size_t end = len + (timed ? gap + timed : 0);
	if (timed)
		end += date_zone(view_from(rest, end), &when);
	else
		date_time_before(text, at, &when);
	if (is_unsure(text, at) || (!is_due(text, at, at + end) && !pays))
		return end;
	int64_t local = (today + days) * DAY + (when.timed ? when.hour * 3600 + when.minute * 60 : DAY - 1);
	int32_t offset = when.offset;
	int64_t instant = when.zoned ? local - offset : global_of(local, zone, &offset);
	*found = instant > options->time && take(out, instant, offset, true);
	return end;
}

/* ---- all ---- */

bool deadline_find(hufu_view text, bool pays, const struct demand_options *options, struct demand *out)
{
	bool found = false;
	for (size_t i = 0; i < text.len && !found;) {
		struct when when;
		struct span span;
		if (((unsigned char)text.ptr[i] & 0xc0) == 0x80 || !sum_starts(text, i)) {
			i++;
			continue;
		}
		hufu_view rest = view_from(text, i);
		size_t len = date_read(rest, &when);
		if (len) {
			found = is_due(text, i, i + len) && take_date(text, i, when, options, out);
			i += len;
			continue;
		}
		len = options->has_time ? find_day(text, i, pays, options, out, &found) : 0;
		if (!len) {
			len = span_read(rest, &span);
			if (len && options->has_time && runs_from_now(text, i, i + len))
				found = take_span(&span, options, out);
		}
		i += len ? len : 1;
	}
	return found;
}
