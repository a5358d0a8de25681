/* See demand.h. The text is folded to one spelling and taken apart into sentences; sums and dates count where the
 * sentence says what they are for. */
#include "case/demand.h"

#include "base/clock.h"
#include "base/status.h"
#include "case/number.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

enum { DAY = 86400, TEXT_MAX = 256 << 10 };

/* ---- sentences ---- */

/* Ends with a full stop before a blank, a mark of Chinese, a blank line. */
static size_t sentence(hufu_view text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], next = i + 1 < text.len ? text.ptr[i + 1] : ' ';
		if ((c == '.' || c == '!' || c == '?' || c == ';') && (next == ' ' || next == '\n'))
			return i + 1;
		if (c == '\n' && next == '\n')
			return i + 1;
		hufu_view rest = view_from(text, i);
		if (view_starts(rest, "。") || view_starts(rest, "；"))
			return i + 3;
	}
	return text.len;
}

static bool has_any(hufu_view text, const char *const *words)
{
	for (; *words; words++) {
		bool ascii = (unsigned char)**words < 0x80;
		size_t len = strlen(*words);
		for (size_t i = 0; i + len <= text.len; i++) {
			if (ascii && i && number_in_word(text.ptr[i - 1]))
				continue;
			if (ascii ? number_word(view_from(text, i), *words) : memcmp(text.ptr + i, *words, len) == 0)
				return true;
		}
	}
	return false;
}

/* ---- the sum ---- */

static const char *const pay_words[] = { "pay", "paid", "payment", "send", "sent", "transfer", "ransom", "demand",
	"demands", "want", "require", "price of silence", "deposit", "amount", "fee", "支付", "付款", "转账", "转帐",
	"赎金", "勒索", "要求", "打款", "汇款", "汇入", "转入", "打到", "付", "索要", "交出", "需要", NULL };
static const char *const other_words[] = { "revenue", "fine", "fines", "penalty", "loss", "losses",
	"worth on the market", "turnover", "profit", "市值", "营收", "罚款", "损失", "each", "per record", "每条",
	"单价", NULL };
static const char *const people_words[] = { "records", "rows", "entries", "条", "份", "个", NULL };

/* How much a sum in this sentence looks like the one that is demanded. */
static int weigh_sentence(hufu_view text)
{
	return 2 * has_any(text, pay_words) - 2 * has_any(text, other_words) - has_any(text, people_words);
}

struct best {
	int weight;
	unsigned others; /* sums at all */
};

static void take_sum(struct demand *out, const struct money *money)
{
	out->has_amount = true;
	out->amount = money->amount;
	memcpy(out->currency, money->currency, sizeof out->currency);
	memcpy(out->payable, money->payable, sizeof out->payable);
}

static bool starts_number(hufu_view text, size_t at)
{
	if (at && number_in_word(text.ptr[at - 1]) && number_in_word(text.ptr[at]))
		return false;
	return !(at && text.ptr[at - 1] == '.' && text.ptr[at] >= '0' && text.ptr[at] <= '9');
}

/* The folded text keeps its line ends; inside a sentence they are blanks. */
static void find_sum(hufu_view text, struct demand *out, struct best *best)
{
	int weight = weigh_sentence(text);
	for (size_t i = 0; i < text.len;) {
		struct money money;
		size_t len = starts_number(text, i) ? money_read(view_from(text, i), &money) : 0;
		if (!len || !(money.amount > 0)) {
			i++;
			continue;
		}
		best->others++;
		if (weight > best->weight) {
			best->weight = weight;
			take_sum(out, &money);
		} else if (weight == best->weight && !out->has_amount) {
			take_sum(out, &money);
		}
		i += len;
	}
}

/* ---- dates ---- */

struct when {
	int year, month, day, hour, minute;
	bool timed, zoned;
	int32_t offset;
};

static bool read_int(hufu_view text, size_t most, int *out, size_t *len)
{
	size_t i = 0;
	int value = 0;
	while (i < text.len && i < most && text.ptr[i] >= '0' && text.ptr[i] <= '9')
		value = value * 10 + (text.ptr[i++] - '0');
	*out = value;
	*len = i;
	return i > 0 && (i == text.len || text.ptr[i] < '0' || text.ptr[i] > '9');
}

static size_t skip(hufu_view text, const char *marks)
{
	size_t i = 0;
	while (i < text.len && text.ptr[i] && strchr(marks, text.ptr[i]))
		i++;
	return i;
}

static int month_named(hufu_view text, size_t *len)
{
	static const char *const names[] = { "january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december" };
	for (int i = 0; i < 12; i++) {
		char brief[5] = { names[i][0], names[i][1], names[i][2], '\0' };
		const char *shapes[] = { names[i], brief };
		for (size_t k = 0; k < LEN(shapes); k++)
			if (number_word(text, shapes[k])) {
				*len = strlen(shapes[k]);
				return i + 1;
			}
	}
	if (number_word(text, "sept")) {
		*len = 4;
		return 9;
	}
	return 0;
}

static bool is_date(const struct when *when)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (when->month < 1 || when->month > 12 || when->day < 1 || when->year > 9999 || when->year < 0)
		return false;
	bool leap = (when->year % 4 == 0 && when->year % 100 != 0) || when->year % 400 == 0;
	return when->day <= days[when->month - 1] + (when->month == 2 && (leap || when->year == 0));
}

/* "2022-12-13", "2022/12/13", "2022.12.13" */
static size_t date_by_marks(hufu_view text, struct when *out)
{
	size_t len, at;
	if (!read_int(text, 4, &out->year, &len) || len != 4 || text.len < 8 || !strchr("-/.", text.ptr[4]))
		return 0;
	char mark = text.ptr[4];
	at = 5;
	if (!read_int(view_from(text, at), 2, &out->month, &len) || at + len >= text.len || text.ptr[at + len] != mark)
		return 0;
	at += len + 1;
	if (!read_int(view_from(text, at), 2, &out->day, &len))
		return 0;
	return at + len;
}

/* "2022年12月13日", "12月13日" */
static size_t date_in_chinese(hufu_view text, struct when *out)
{
	size_t len, at = 0;
	int first;
	if (!read_int(text, 4, &first, &len))
		return 0;
	at = len + skip(view_from(text, len), " ");
	out->year = 0;
	if (view_starts(view_from(text, at), "年")) {
		out->year = first;
		at += 3 + skip(view_from(text, at + 3), " ");
		if (!read_int(view_from(text, at), 2, &first, &len))
			return 0;
		at += len + skip(view_from(text, at + len), " ");
	}
	if (!view_starts(view_from(text, at), "月"))
		return 0;
	out->month = first;
	at += 3 + skip(view_from(text, at + 3), " ");
	if (!read_int(view_from(text, at), 2, &out->day, &len))
		return 0;
	at += len + skip(view_from(text, at + len), " ");
	if (view_starts(view_from(text, at), "日") || view_starts(view_from(text, at), "号"))
		return at + 3;
	return 0;
}

static size_t ordinal(hufu_view text)
{
	static const char *const ends[] = { "st", "nd", "rd", "th" };
	for (size_t i = 0; i < LEN(ends); i++)
		if (number_word(text, ends[i]))
			return 2;
	return 0;
}

/* ", 2022" or nothing: the year that comes next. */
static size_t year_behind(hufu_view text, int *year)
{
	size_t at = skip(text, " ,"), len;
	if (read_int(view_from(text, at), 4, year, &len) && len == 4 && *year >= 1990 && *year < 2200)
		return at + len;
	*year = 0;
	return 0;
}

/* "Dec 13 2022", "13 December 2022", "December 13th" */
static size_t date_in_english(hufu_view text, struct when *out)
{
	size_t len, at = 0;
	out->month = month_named(text, &len);
	if (out->month) {
		at = len + skip(view_from(text, len), " .");
		if (!read_int(view_from(text, at), 2, &out->day, &len))
			return 0;
		at += len;
		at += ordinal(view_from(text, at));
	} else {
		if (!read_int(text, 2, &out->day, &len) && !ordinal(view_from(text, len)))
			return 0;
		at = len + ordinal(view_from(text, len));
		at += skip(view_from(text, at), " ");
		if (number_word(view_from(text, at), "of"))
			at += 2 + skip(view_from(text, at + 2), " ");
		out->month = month_named(view_from(text, at), &len);
		if (!out->month)
			return 0;
		at += len;
	}
	return at + year_behind(view_from(text, at), &out->year);
}

/* ---- times and zones ---- */

static size_t zone_read(hufu_view text, struct when *out)
{
	static const struct {
		const char *word;
		int hours;
	} zones[] = { { "Beijing time", 8 }, { "China time", 8 }, { "北京时间", 8 }, { "Moscow time", 3 }, { "MSK", 3 },
		{ "EST", -5 }, { "EDT", -4 }, { "PST", -8 }, { "PDT", -7 }, { "CET", 1 }, { "HKT", 8 }, { "SGT", 8 },
		{ "JST", 9 }, { "Z", 0 } };
	size_t at = skip(text, " ("), len = 0;
	hufu_view rest = view_from(text, at);
	bool named = number_word(rest, "UTC") || number_word(rest, "GMT") ||
	             strncasecmp(rest.ptr, "UTC", rest.len < 3 ? 0 : 3) == 0;
	named = named && rest.len >= 3;
	hufu_view behind = named ? view_from(rest, 3) : rest;
	size_t gap = named ? skip(behind, " ") : 0;
	behind = view_from(behind, gap);
	if (behind.len > 1 && (behind.ptr[0] == '+' || behind.ptr[0] == '-')) {
		int value = 0, minutes = 0;
		size_t more = 0;
		if (!read_int(view_from(behind, 1), 4, &value, &len))
			return 0;
		if (len > 2) {
			minutes = value % 100;
			value /= 100;
		} else if (1 + len < behind.len && behind.ptr[1 + len] == ':' &&
		           read_int(view_from(behind, 2 + len), 2, &minutes, &more)) {
			more++;
		}
		/* Without "UTC" only a full one is an offset: "+0800". */
		if (value > 14 || minutes > 59 || (!named && len < 4 && !more))
			return 0;
		out->offset = (behind.ptr[0] == '-' ? -1 : 1) * (value * 60 + minutes) * 60;
		out->zoned = true;
		return at + (named ? 3 + gap : 0) + 1 + len + more;
	}
	if (named) {
		out->offset = 0;
		out->zoned = true;
		return at + 3;
	}
	for (size_t i = 0; i < LEN(zones); i++)
		if (number_word(rest, zones[i].word)) {
			out->offset = zones[i].hours * 3600;
			out->zoned = true;
			return at + strlen(zones[i].word);
		}
	return 0;
}

static size_t half_day(hufu_view text, bool *afternoon)
{
	static const struct {
		const char *word;
		bool afternoon;
	} halves[] = { { "上午", false }, { "早上", false }, { "凌晨", false }, { "下午", true }, { "晚上", true },
		{ "晚", true }, { "中午", true }, { "a.m.", false }, { "p.m.", true }, { "am", false },
		{ "pm", true } };
	size_t at = skip(text, " ");
	for (size_t i = 0; i < LEN(halves); i++)
		if (number_word(view_from(text, at), halves[i].word)) {
			*afternoon = halves[i].afternoon;
			return at + strlen(halves[i].word);
		}
	return 0;
}

/* "18:00", "18:00:00", "6 pm", "下午6点30分", "18时" */
static size_t time_read(hufu_view text, struct when *out)
{
	bool afternoon = false, half;
	size_t at = 0, len, more;
	half = (more = half_day(text, &afternoon)) > 0;
	at = more + skip(view_from(text, more), " ");
	int hour, minute = 0, second;
	if (!read_int(view_from(text, at), 2, &hour, &len))
		return 0;
	at += len;
	hufu_view rest = view_from(text, at);
	bool clock = false;
	if (rest.len > 2 && rest.ptr[0] == ':' && read_int(view_from(rest, 1), 2, &minute, &len) && len == 2) {
		at += 3;
		clock = true;
		rest = view_from(text, at);
		if (rest.len > 2 && rest.ptr[0] == ':' && read_int(view_from(rest, 1), 2, &second, &len) && len == 2)
			at += 3;
	} else if (view_starts(rest, "点") || view_starts(rest, "时")) {
		at += 3;
		clock = true;
		if (read_int(view_from(text, at), 2, &minute, &len) && view_starts(view_from(text, at + len), "分"))
			at += len + 3;
		else
			minute = view_starts(view_from(text, at), "半") ? 30 : 0;
	}
	if (!half && (more = half_day(view_from(text, at), &afternoon)) > 0) {
		half = true;
		at += more;
	}
	if ((!clock && !half) || hour > 24 || minute > 59)
		return 0;
	if (half && afternoon && hour < 12)
		hour += 12;
	else if (half && !afternoon && hour == 12)
		hour = 0;
	out->hour = hour;
	out->minute = minute;
	out->timed = true;
	return at;
}

/* Days since 1970 (Howard Hinnant's civil calendar, written anew). */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int year_of(int64_t instant)
{
	int64_t days = instant / DAY - (instant % DAY < 0);
	int year = (int)(1970 + days / 366);
	while (days_of(year + 1, 1, 1) <= days)
		year++;
	return year;
}

static int64_t instant_of(const struct when *when, const char *zone, int32_t *offset)
{
	int64_t local = days_of(when->year, when->month, when->day) * DAY;
	local += when->timed ? when->hour * 3600 + when->minute * 60 : DAY - 1;
	if (when->zoned) {
		*offset = when->offset;
	} else {
		*offset = (int32_t)(clock_zone_minutes(zone, local) * 60);
		*offset = (int32_t)(clock_zone_minutes(zone, local - *offset) * 60);
	}
	return local - *offset;
}

/* The date at `text`, with the time and zone behind it. */
static size_t date_read(hufu_view text, struct when *out)
{
	struct when found = { 0 };
	size_t len = date_by_marks(text, &found);
	if (!len)
		len = date_in_chinese(text, &found);
	if (!len)
		len = date_in_english(text, &found);
	if (!len || !is_date(&found))
		return 0;
	size_t gap = skip(view_from(text, len), " ,T(\n");
	hufu_view rest = view_from(text, len + gap);
	if (number_word(rest, "at"))
		gap += 2 + skip(view_from(rest, 2), " ");
	gap += zone_read(view_from(text, len + gap), &found);
	gap += skip(view_from(text, len + gap), " ");
	size_t timed = time_read(view_from(text, len + gap), &found);
	if (timed) {
		len += gap + timed;
		len += zone_read(view_from(text, len), &found);
	}
	*out = found;
	return len;
}

/* "18:00 UTC on Dec 13": the time before the date. */
static void time_before(hufu_view text, size_t date, struct when *when)
{
	enum { NEAR = 36 };
	for (size_t i = date > NEAR ? date - NEAR : 0; i < date && !when->timed; i++) {
		if (i && number_in_word(text.ptr[i - 1]))
			continue;
		size_t len = time_read(view_make(text.ptr + i, date - i), when);
		if (len)
			(void)zone_read(view_make(text.ptr + i + len, date - i - len), when);
	}
}

/* ---- how long ---- */

static const struct {
	const char *word;
	int64_t seconds;
} spans[] = { { "小时", 3600 }, { "个小时", 3600 }, { "天", DAY }, { "日", DAY }, { "个星期", 7 * DAY },
	{ "星期", 7 * DAY }, { "周", 7 * DAY }, { "分钟", 60 }, { "hours", 3600 }, { "hour", 3600 }, { "hrs", 3600 },
	{ "h", 3600 }, { "days", DAY }, { "day", DAY }, { "weeks", 7 * DAY }, { "week", 7 * DAY }, { "minutes", 60 } };

static const char *const ten[] = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten" };

/* "72 hours", "三天", "one week", "72-hour" */
static size_t span_read(hufu_view text, int64_t *seconds)
{
	struct number number = { 0 };
	size_t len = number_read(text, &number), at;
	for (size_t i = 0; !len && i < LEN(ten); i++)
		if (number_word(text, ten[i])) {
			len = strlen(ten[i]);
			number.value = (double)i + 1;
		}
	if (!len && number_word(text, "a")) {
		len = 1;
		number.value = 1;
	}
	if (!len)
		return 0;
	/* "three (3) days", "48 (forty-eight) hours" */
	at = len + skip(view_from(text, len), " -\n");
	if (at < text.len && text.ptr[at] == '(') {
		const char *end = memchr(text.ptr + at, ')', text.len - at < 24 ? text.len - at : 24);
		at = end ? (size_t)(end - text.ptr) + 1 : at;
		at += skip(view_from(text, at), " ");
	}
	for (size_t i = 0; i < LEN(spans); i++) {
		if (!number_word(view_from(text, at), spans[i].word))
			continue;
		if (!(number.value > 0) || number.value * (double)spans[i].seconds > 400.0 * DAY)
			return 0;
		*seconds = (int64_t)(number.value * (double)spans[i].seconds);
		return at + strlen(spans[i].word);
	}
	return 0;
}

/* Whether what stands around a span says that it runs from now: "within", "you have", "内". */
static bool runs_from_now(hufu_view text, size_t at, size_t end)
{
	static const char *const before[] = { "within", "in", "you have", "have only", "have", "give you", "only",
		"next", "在", "限", "给你们", "给你", "还有", "只有", "请于", NULL };
	static const char *const behind[] = { "内", "之内", "以内", "时间", "期限", NULL };
	enum { NEAR = 18 };
	hufu_view head = view_make(text.ptr + (at > NEAR ? at - NEAR : 0), at > NEAR ? NEAR : at);
	hufu_view tail = view_from(text, end);
	tail = view_from(tail, skip(tail, " "));
	for (size_t i = 0; behind[i]; i++)
		if (view_starts(tail, behind[i]))
			return true;
	if (number_word(tail, "ago") || view_starts(tail, "前") || number_word(tail, "old"))
		return false;
	return number_word(tail, "to pay") || number_word(tail, "left") || number_word(tail, "from now") ||
	       number_word(tail, "deadline") || has_any(head, before);
}

/* ---- the deadline ---- */

static const char *const due_words[] = { "before", "by", "until", "till", "deadline", "no later than", "not later than",
	"expires", "expire", "expiry", "due", "最后期限", "截止", "截至", "期限", "之前", "以前", "前", "最迟", "逾期",
	"限", NULL };

/* Of a date the words must stand near: "data from before August" is no deadline, and neither is "as of". */
static bool is_due(hufu_view text, size_t at, size_t end)
{
	enum { BEFORE = 40, BEHIND = 12 };
	hufu_view head = view_make(text.ptr + (at > BEFORE ? at - BEFORE : 0), at > BEFORE ? BEFORE : at);
	hufu_view tail = view_from(text, end);
	if (tail.len > BEHIND)
		tail.len = BEHIND;
	static const char *const held[] = { "data from", "records from", "data before", "dated", "as of", "数据",
		NULL };
	return (has_any(head, due_words) || has_any(tail, due_words)) && !has_any(head, held);
}

static void take_deadline(struct demand *out, int64_t at, int32_t offset, bool relative)
{
	out->has_deadline = true;
	out->deadline = at;
	out->deadline_offset = offset;
	out->deadline_relative = relative;
}

static bool take_date(
        hufu_view text, size_t at, struct when when, const struct demand_options *options, struct demand *out)
{
	const char *zone = options->zone ? options->zone : "Asia/Shanghai";
	int32_t offset;
	if (!when.timed)
		time_before(text, at, &when);
	if (when.year == 0) {
		/* The next such day, which only the mail's time tells. */
		if (!options->has_time)
			return false;
		when.year = year_of(options->time);
		if (instant_of(&when, zone, &offset) < options->time)
			when.year++;
		if (!is_date(&when))
			return false;
	}
	int64_t instant = instant_of(&when, zone, &offset);
	if (options->has_time && instant <= options->time)
		return false;
	take_deadline(out, instant, offset, false);
	return true;
}

static void find_deadline(hufu_view text, const struct demand_options *options, struct demand *out)
{
	for (size_t i = 0; i < text.len && !out->has_deadline;) {
		struct when when;
		int64_t seconds;
		if (!starts_number(text, i)) {
			i++;
			continue;
		}
		hufu_view rest = view_from(text, i);
		size_t len = date_read(rest, &when);
		if (len) {
			if (is_due(text, i, i + len))
				(void)take_date(text, i, when, options, out);
			i += len;
			continue;
		}
		len = span_read(rest, &seconds);
		if (len && options->has_time && runs_from_now(text, i, i + len)) {
			const char *zone = options->zone ? options->zone : "Asia/Shanghai";
			int64_t at = options->time + seconds;
			take_deadline(out, at, (int32_t)(clock_zone_minutes(zone, at) * 60), true);
		}
		i += len ? len : 1;
	}
}

/* ---- the wallet ---- */

static void find_wallets(hufu_view text, struct demand *out)
{
	struct wallet wallet;
	size_t at = 0, len;
	for (; wallet_find(text, &at, &len, &wallet); at += len) {
		/* The first one is it; a valid one before others that are not. */
		if (view_is(view_make(text.ptr + at, len), out->wallet))
			continue;
		out->wallets++;
		if (out->wallet[0] && (out->wallet_valid || !wallet.valid))
			continue;
		memcpy(out->wallet, text.ptr + at, len);
		out->wallet[len] = '\0';
		out->wallet_valid = wallet.valid;
		out->wallet_checked = wallet.checked;
		out->wallet_currency = wallet_currency(wallet.chain);
	}
}

/* ---- all of it ---- */

static void blank_lines(struct bytes *text, struct bytes *out)
{
	/* A wrapped line goes on; a blank line, or one that ends a sentence, does not. */
	for (size_t i = 0; i < text->len; i++) {
		char c = text->ptr[i];
		bool wrapped =
		        c == '\n' && i && i + 1 < text->len && text->ptr[i - 1] != '\n' && text->ptr[i + 1] != '\n';
		bool chinese =
		        wrapped && ((unsigned char)text->ptr[i - 1] & 0x80) && ((unsigned char)text->ptr[i + 1] & 0x80);
		if (!chinese)
			bytes_byte(out, wrapped ? ' ' : c);
	}
}

hufu_status demand_read(hufu_view subject, hufu_view text, const struct demand_options *options, struct demand *out)
{
	struct bytes folded = { 0 }, flat = { 0 };
	struct demand found = { 0 };
	struct best best = { .weight = 0 };
	if (text.len > TEXT_MAX)
		text.len = TEXT_MAX;
	if (subject.len > TEXT_MAX / 64)
		subject.len = TEXT_MAX / 64;
	number_fold(subject, &folded);
	bytes_text(&folded, "\n\n");
	number_fold(text, &folded);
	if (!folded.failed)
		blank_lines(&folded, &flat);
	if (folded.failed || flat.failed) {
		bytes_done(&folded);
		bytes_done(&flat);
		return HUFU_NO_MEMORY;
	}
	find_wallets(bytes_view(&folded), &found);
	for (hufu_view rest = bytes_view(&flat); rest.len;) {
		size_t len = sentence(rest);
		hufu_view one = { rest.ptr, len };
		find_sum(one, &found, &best);
		find_deadline(one, options, &found);
		rest = view_from(rest, len);
	}
	/* A sum that nothing says to be paid counts where it is the only one. */
	if (best.weight <= 0 && best.others != 1)
		found.has_amount = false;
	if (!found.has_amount) {
		found.amount = 0;
		found.currency[0] = found.payable[0] = '\0';
	}
	bytes_done(&folded);
	bytes_done(&flat);
	*out = found;
	return HUFU_OK;
}

/* ---- headers ---- */

bool demand_header_time(hufu_view text, int64_t *at, int32_t *offset)
{
	struct when when = { 0 };
	text = view_trim(text);
	const char *comma = text.len ? memchr(text.ptr, ',', text.len < 12 ? text.len : 12) : NULL;
	if (comma)
		text = view_trim(view_from(text, (size_t)(comma - text.ptr) + 1));
	if (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9')
		return false;
	size_t len = date_in_english(text, &when);
	if (!len || when.year == 0 || !is_date(&when))
		return false;
	hufu_view rest = view_trim(view_from(text, len));
	int hour, minute, second = 0;
	size_t digits;
	if (!read_int(rest, 2, &hour, &digits) || digits + 3 > rest.len || rest.ptr[digits] != ':')
		return false;
	rest = view_from(rest, digits + 1);
	if (!read_int(rest, 2, &minute, &digits) || digits != 2)
		return false;
	rest = view_from(rest, 2);
	if (rest.len > 2 && rest.ptr[0] == ':' && read_int(view_from(rest, 1), 2, &second, &digits) && digits == 2)
		rest = view_from(rest, 3);
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	(void)zone_read(rest, &when);
	*offset = when.offset;
	*at = days_of(when.year, when.month, when.day) * DAY + hour * 3600 + minute * 60 + second - when.offset;
	return true;
}

/* "by mx.example.com with ...": the host is it, or lies under it. */
static bool received_by(hufu_view line, hufu_view host)
{
	for (size_t i = 0; i + 3 < line.len; i++) {
		hufu_view rest = view_from(line, i);
		if ((i && line.ptr[i - 1] != ' ' && line.ptr[i - 1] != '\t') || strncasecmp(rest.ptr, "by ", 3) != 0)
			continue;
		rest = view_trim(view_from(rest, 3));
		size_t len = 0;
		while (len < rest.len && (number_in_word(rest.ptr[len]) || strchr(".-_", rest.ptr[len])))
			len++;
		if (len < host.len)
			return false;
		bool ends = strncasecmp(rest.ptr + len - host.len, host.ptr, host.len) == 0;
		return ends && (len == host.len || rest.ptr[len - host.len - 1] == '.');
	}
	return false;
}

static bool received_time(hufu_view line, int64_t *at, int32_t *offset)
{
	const char *mark = line.len ? memrchr(line.ptr, ';', line.len) : NULL;
	return mark && demand_header_time(view_from(line, (size_t)(mark - line.ptr) + 1), at, offset);
}

struct demand_learned demand_learned(const hufu_view *received, size_t count, hufu_view date, hufu_view host)
{
	struct demand_learned out = { 0 };
	for (unsigned any = host.len == 0; any < 2 && !out.known; any++)
		for (size_t i = 0; i < count && !out.known; i++)
			if ((any || received_by(received[i], host)) && received_time(received[i], &out.at, &out.offset))
				out = (struct demand_learned){ true, any == 0 || host.len == 0, out.at, out.offset,
					"received" };
	if (!out.known && demand_header_time(date, &out.at, &out.offset))
		out = (struct demand_learned){ true, false, out.at, out.offset, "date" };
	return out;
}
