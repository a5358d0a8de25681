/* See listing.h: the items. */
#include "case/listing.h"

#include "base/bytes.h"
#include "case/number.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { TEXT_MAX = 256 << 10, CELLS_MAX = 32, ITEM_MAX = 400 };

/* ---- items ---- */

void listing_done(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free(listing->items[i].text);
		free(listing->items[i].fits);
		free(listing->items[i].impossible);
		free(listing->items[i].impossible_zh);
	}
	free(listing->items);
	*listing = (struct listing){ 0 };
}

/* One more item, its text without what parts it from others; NULL when there is no memory or no room. */
static struct listing_item *item_new(struct listing *listing, hufu_view text)
{
	static const char marks[] = " \t\n,;:|-*#>.";
	if (listing->count == LISTING_ITEMS_MAX) {
		listing->cut = true;
		return NULL;
	}
	if (listing->count % 64 == 0) {
		struct listing_item *more = realloc(listing->items, (listing->count + 64) * sizeof *more);
		if (!more)
			return NULL;
		listing->items = more;
	}
	for (;;) {
		size_t wide = view_starts(text, "，") || view_starts(text, "、") || view_starts(text, "；") ||
		                              view_starts(text, "•")
		                      ? 3
		                      : 0;
		if (!wide && !(text.len && text.ptr[0] && strchr(marks, text.ptr[0])))
			break;
		text = view_from(text, wide ? wide : 1);
	}
	text = view_trim(text);
	while (text.len && strchr(",;:|-", text.ptr[text.len - 1]) && text.ptr[text.len - 1])
		text = view_trim(view_make(text.ptr, text.len - 1));
	if (text.len > ITEM_MAX)
		for (text.len = ITEM_MAX; text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80; text.len--)
			;
	char *copy = malloc(text.len + 1);
	if (!copy)
		return NULL;
	for (size_t i = 0; i < text.len; i++)
		copy[i] = (unsigned char)text.ptr[i] < ' ' ? ' ' : text.ptr[i];
	copy[text.len] = '\0';
	struct listing_item *item = &listing->items[listing->count++];
	*item = (struct listing_item){ .text = copy };
	return item;
}

/* ---- how exactly a count is meant ---- */

static bool ends_in_any(hufu_view text, const char *const *words)
{
	text = view_trim(text);
	for (; *words; words++) {
		size_t len = strlen(*words);
		bool ends = text.len >= len && strncasecmp(text.ptr + text.len - len, *words, len) == 0;
		bool whole = !ends || (unsigned char)**words >= 0x80 || text.len == len ||
		             !number_in_word(text.ptr[text.len - len - 1]);
		if (ends && whole)
			return true;
	}
	return false;
}

static bool starts_any(hufu_view text, const char *const *words)
{
	while (text.len && text.ptr[0] == ' ')
		text = view_from(text, 1);
	for (; *words; words++)
		if (number_word(text, *words))
			return true;
	return false;
}

static void set_count(struct listing_item *item, const struct number *number, hufu_view before, hufu_view behind)
{
	static const char *const about[] = { "about", "around", "approximately", "approx", "approx.", "some", "roughly",
		"circa", "~", "约", "大约", "大概", "估计", NULL };
	static const char *const over[] = { "over", "more than", "at least", "above", ">", "超", "超过", "逾", "高达",
		NULL };
	static const char *const under[] = { "nearly", "almost", "up to", "close to", "under", "less than", "<", "近",
		"将近", "接近", "不到", NULL };
	static const char *const more[] = { "+", "plus", NULL };
	static const char *const odd[] = { "余", "餘", "多", "odd", NULL };
	static const char *const nearly[] = { "左右", "上下", NULL };
	double value = number->value, low = value, high = value;
	if (number->step > 1) {
		low = value - number->step / 2;
		high = value + number->step / 2 - 1;
	}
	/* 2580多 ends before 2590, 3万多 before 4万: what the last place that is written leaves open. */
	double place = 1;
	while (value >= place * 10 && fmod(value, place * 10) == 0)
		place *= 10;
	if (starts_any(behind, odd)) {
		low = value;
		high = value + place - 1;
	} else if (ends_in_any(before, about) || starts_any(behind, nearly)) {
		low = fmin(low, value * 0.95);
		high = fmax(high, value * 1.05);
	} else if (ends_in_any(before, over) || starts_any(behind, more)) {
		low = value;
		high = fmax(high, value * 1.1);
	} else if (ends_in_any(before, under)) {
		low = fmin(low, value * 0.9);
		high = value;
	}
	item->has_count = true;
	item->count = value;
	item->low = (uint64_t)fmax(0, ceil(low));
	item->high = (uint64_t)fmax(0, floor(high));
	if (item->high < item->low)
		item->high = item->low;
}

/* ---- units ---- */

static const char *const units[] = { "条", "條", "份", "个", "個", "人次", "人", "位", "名", "行", "组", "套", "户",
	"单", "笔", "辆", "家", "张", "records", "record", "rows", "row", "entries", "users", "user", "people",
	"persons", "person", "用户", "用戶", "员工", "车主", "客户", "customers", "customer", "owners", "accounts",
	"employees", "clients", "lines", "ids", "id", "members", "contacts", "orders", "addresses", "phones", "numbers",
	"photos", "scans", "vehicles", "cars", "drivers", "loans", "items", "profiles", "pcs", NULL };
/* Units that count people. */
static const char *const person_units[] = { "人", "人次", "位", "名", "users", "user", "people", "persons", "person",
	"customers", "customer", "owners", "employees", "clients", "members", "drivers", "用户", "用戶", "员工", "車主",
	"车主", "客户", NULL };
/* What a number is followed by that is no count of records. */
static const char *const not_counts[] = { "gb", "mb", "kb", "tb", "gib", "mib", "g", "%", "年", "月", "日", "天",
	"小时", "周", "号", "期", "点", "days", "day", "hours", "hour", "weeks", "months", "years", "columns", "fields",
	"个字段", "列", "字段", "个月", "th", "st", "nd", "rd", "bit", NULL };

static size_t blanks(hufu_view text)
{
	size_t len = 0;
	while (len < text.len && len < 3 && text.ptr[len] == ' ')
		len++;
	return len;
}

static size_t unit_read(hufu_view text, char out[LISTING_UNIT_MAX])
{
	static const char *const marks[] = { "+", "余", "餘", "多", NULL };
	size_t at = blanks(text);
	for (size_t i = 0; marks[i]; i++)
		if (view_starts(view_from(text, at), marks[i]))
			at += strlen(marks[i]);
	at += blanks(view_from(text, at));
	for (size_t i = 0; units[i]; i++)
		if (number_word(view_from(text, at), units[i])) {
			size_t len = strlen(units[i]);
			memcpy(out, text.ptr + at, len);
			out[len] = '\0';
			return at + len;
		}
	out[0] = '\0';
	return 0;
}

/* A date, a version, a time: digits joined by marks. */
static bool is_joined(hufu_view text, size_t at, size_t end)
{
	static const char marks[] = "-/:.";
	bool before = at > 1 && text.ptr[at - 1] && strchr(marks, text.ptr[at - 1]) && number_in_word(text.ptr[at - 2]);
	bool behind = end + 1 < text.len && text.ptr[end] && strchr(marks, text.ptr[end]) && text.ptr[end + 1] >= '0' &&
	              text.ptr[end + 1] <= '9';
	return before || behind;
}

/* Whether the number at [at, end) counts records; its unit. */
static bool is_count(hufu_view text, size_t at, size_t end, const struct number *number, char unit[LISTING_UNIT_MAX])
{
	hufu_view behind = view_from(text, end);
	if (starts_any(behind, not_counts) || is_joined(text, at, end) || !(number->value >= 1) ||
	        number->value != floor(number->value))
		return false;
	if (unit_read(behind, unit))
		return !number->chinese || number->scaled || number->value >= 10;
	if (end < text.len && number_in_word(text.ptr[end]))
		return false;
	if (number->scaled)
		return number->value >= 100;
	bool year = number->value >= 1900 && number->value <= 2100 && end - at == 4;
	return !number->chinese && number->value >= 100 && !year && number->value == floor(number->value);
}

/* ---- free text ---- */

struct token {
	size_t at, end;
	bool price;
	bool each;           /* a price of one record */
	const char *refused; /* a count that is none */
	struct number number;
	struct money money;
	char unit[LISTING_UNIT_MAX];
};

static bool may_start(hufu_view text, size_t at)
{
	if (((unsigned char)text.ptr[at] & 0xc0) == 0x80)
		return false;
	if (at == 0 || !number_in_word(text.ptr[at]))
		return true;
	char before = text.ptr[at - 1];
	return !number_in_word(before) &&
	       !(before == '.' && at > 1 && text.ptr[at - 2] >= '0' && text.ptr[at - 2] <= '9');
}

/* "-5": what stands before makes it less than nothing. In "177条-0.15 BTC" and "a - 5" the mark parts. */
static bool is_below_zero(hufu_view text, size_t at)
{
	return at && text.ptr[at - 1] == '-' && text.ptr[at] >= '0' && text.ptr[at] <= '9' &&
	       (at == 1 || strchr(" ,:(\t", text.ptr[at - 2]));
}

/* Why the digits at `at` are no count that could be; NULL. Their length. */
static const char *refusal(hufu_view text, size_t at, size_t *len)
{
	enum { DIGITS_MAX = 18 };
	size_t digits = 0, end = at;
	while (end < text.len && ((text.ptr[end] >= '0' && text.ptr[end] <= '9') || (end > at && text.ptr[end] == ',')))
		digits += text.ptr[end++] != ',';
	*len = end - at;
	return digits > DIGITS_MAX ? "large" : digits && is_below_zero(text, at) ? "negative" : NULL;
}

/* "/条", "each", "per record": the length, or 0. */
static size_t each_behind(hufu_view text)
{
	static const char *const words[] = { "each", "apiece", "a piece", "per record", "per row", "per line",
		"per entry", "per user", "per person", "per item", "per customer", "per head", "一条", "一條", "一个",
		"一人", "每条", "每條", "每个", "每人", "每份", NULL };
	size_t at = blanks(text);
	char unit[LISTING_UNIT_MAX];
	if (at < text.len && text.ptr[at] == '/') {
		size_t len = unit_read(view_from(text, at + 1), unit);
		return len ? at + 1 + len : number_word(view_from(text, at + 1), "each") ? at + 5 : 0;
	}
	for (size_t i = 0; words[i]; i++)
		if (number_word(view_from(text, at), words[i]))
			return at + strlen(words[i]);
	return 0;
}

static void read_price(hufu_view text, struct token *out)
{
	static const char *const before[] = { "每条", "每條", "每个", "每人", "每份", "单价", "單價",
		"单价:", "unit price", "unit price:", "per record:", "each", "each:", NULL };
	size_t each = each_behind(view_from(text, out->end));
	out->price = true;
	out->each = each || ends_in_any(view_make(text.ptr, out->at), before);
	out->end += each;
}

/* The next sum or count at or behind `at`. */
static bool next_token(hufu_view text, size_t at, struct token *out)
{
	while (at < text.len) {
		hufu_view rest = view_from(text, at);
		bool may = may_start(text, at);
		*out = (struct token){ .at = at };
		size_t len = 0;
		out->refused = may ? refusal(text, at, &len) : NULL;
		if (out->refused) {
			struct money money;
			out->end = at + len;
			if (!money_read(rest, &money))
				return true;
		}
		len = may && !out->refused && !(text.ptr[at] == '$' && money_torn(text, at))
		              ? money_read(rest, &out->money)
		              : 0;
		/* "177 500 USD" may be a count and a price. */
		if (len && !out->money.spaced) {
			out->end = at + len;
			read_price(text, out);
			return true;
		}
		len = may && !out->refused ? number_read(rest, &out->number) : len;
		if (len && !out->refused && is_count(text, at, at + len, &out->number, out->unit)) {
			out->end = at + len;
			return true;
		}
		/* Past a whole run, so that no piece of a date or a code is taken for a number. */
		at = out->refused ? out->end : at + (len ? len : 1);
		while (len && at < text.len && (number_in_word(text.ptr[at])))
			at++;
	}
	return false;
}

static bool is_bundle(hufu_view text)
{
	static const char *const words[] = { "all", "everything", "bundle", "package", "lot", "whole", "full set",
		"altogether", "全部", "打包", "整套", "所有", "全套", "一口价", "一起", "合计", "整库", "整庫", "全库",
		"全庫", "整个", "整個", "全量", "entire", "complete", "full database", "full db", "full dump",
		"whole database", NULL };
	for (size_t i = 0; i < text.len; i++) {
		if (i && number_in_word(text.ptr[i]) && number_in_word(text.ptr[i - 1]))
			continue;
		for (size_t k = 0; words[k]; k++)
			if (number_word(view_from(text, i), words[k]))
				return true;
	}
	return false;
}

static void set_price(struct listing_item *item, const struct money *money)
{
	item->has_price = true;
	item->price = money->amount;
	memcpy(item->currency, money->currency, sizeof item->currency);
}

/* Where the text between two tokens parts two items; `from` when nothing does. */
static size_t parting(hufu_view text, size_t from, size_t to)
{
	static const char *const marks[] = { ",", ";", "，", "、", "；", "+", "/", "|", " and ", "和", "以及", "\t" };
	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < LEN(marks); k++)
			if (view_starts(view_from(text, i), marks[k]))
				return i + strlen(marks[k]);
	return from;
}

static bool take_item(
        struct listing *listing, hufu_view text, const struct token *count, hufu_view whole, const struct token *price)
{
	struct listing_item *item = item_new(listing, text);
	if (!item)
		return listing->cut;
	if (count && count->refused) {
		item->refused = count->refused;
	} else if (count) {
		set_count(item, &count->number, view_make(whole.ptr, count->at), view_from(whole, count->end));
		memcpy(item->unit, count->unit, sizeof item->unit);
	}
	if (price)
		set_price(item, &price->money);
	item->by_record = price && price->each;
	item->bundle = price && !count && is_bundle(text);
	return true;
}

/* One line or clause: a count and a price each, in either order, and then the next. False: no memory. */
static bool read_clause(struct listing *listing, hufu_view text)
{
	struct token count, price, token;
	bool has_count = false, has_price = false, fine = true;
	size_t start = 0, last = 0;
	for (size_t at = 0; fine && next_token(text, at, &token); at = token.end) {
		if (token.price ? has_price : has_count) {
			size_t cut = parting(text, last, token.at);
			/* "0.15 BTC (about $3,000)": the same price again. */
			if (cut == last && token.price) {
				last = token.end;
				continue;
			}
			fine = take_item(listing, view_make(text.ptr + start, cut - start), has_count ? &count : NULL,
			        text, has_price ? &price : NULL);
			has_count = has_price = false;
			start = cut;
		}
		if (token.price)
			price = token;
		else
			count = token;
		has_price = has_price || token.price;
		has_count = has_count || !token.price;
		last = token.end;
	}
	if (fine && (has_count || has_price))
		fine = take_item(
		        listing, view_from(text, start), has_count ? &count : NULL, text, has_price ? &price : NULL);
	return fine;
}

/* Up to a line's end or a mark that ends a clause for sure. */
static size_t clause(hufu_view text, size_t *past)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool stop = c == '.' && (i + 1 == text.len || text.ptr[i + 1] == ' ' || text.ptr[i + 1] == '\n') && i &&
		            !(text.ptr[i - 1] == 'x');
		hufu_view rest = view_from(text, i);
		bool wide = view_starts(rest, "；") || view_starts(rest, "。");
		if (c == '\n' || c == ';' || stop || wide) {
			*past = i + (wide ? 3 : 1);
			return i;
		}
	}
	*past = text.len;
	return text.len;
}

static bool read_clauses(struct listing *listing, hufu_view text)
{
	while (text.len && !listing->cut) {
		size_t past, len = clause(text, &past);
		if (!read_clause(listing, view_make(text.ptr, len)))
			return false;
		text = view_from(text, past);
	}
	return true;
}

/* ---- tables ---- */

enum role { ROLE_NONE, ROLE_ITEM, ROLE_COUNT, ROLE_PRICE, ROLE_CURRENCY, ROLE_UNIT };

static enum role role_of(hufu_view name)
{
	static const struct {
		const char *word;
		enum role role;
	} words[] = { { "currency", ROLE_CURRENCY }, { "币种", ROLE_CURRENCY }, { "货币", ROLE_CURRENCY },
		{ "unit", ROLE_UNIT }, { "单位", ROLE_UNIT }, { "price", ROLE_PRICE }, { "价格", ROLE_PRICE },
		{ "售价", ROLE_PRICE }, { "价", ROLE_PRICE }, { "cost", ROLE_PRICE }, { "count", ROLE_COUNT },
		{ "records", ROLE_COUNT }, { "rows", ROLE_COUNT }, { "quantity", ROLE_COUNT }, { "amount", ROLE_COUNT },
		{ "number", ROLE_COUNT }, { "数量", ROLE_COUNT }, { "条数", ROLE_COUNT }, { "行数", ROLE_COUNT },
		{ "人数", ROLE_COUNT }, { "item", ROLE_ITEM }, { "name", ROLE_ITEM }, { "data", ROLE_ITEM },
		{ "description", ROLE_ITEM }, { "text", ROLE_ITEM }, { "数据", ROLE_ITEM }, { "名称", ROLE_ITEM },
		{ "内容", ROLE_ITEM }, { "项目", ROLE_ITEM }, { "类别", ROLE_ITEM } };
	name = view_trim(name);
	for (size_t i = 0; i < LEN(words); i++)
		if ((unsigned char)words[i].word[0] < 0x80 ? number_word(name, words[i].word)
		                                           : view_starts(name, words[i].word))
			return words[i].role;
	return ROLE_NONE;
}

/* Cells of one line, quotes taken off; at most CELLS_MAX. */
static size_t cells_of(hufu_view line, char separator, hufu_view cells[CELLS_MAX])
{
	size_t count = 0;
	while (count < CELLS_MAX) {
		bool quoted = line.len && line.ptr[0] == '"';
		size_t len = quoted;
		while (len < line.len && line.ptr[len] != (quoted ? '"' : separator))
			len++;
		cells[count++] = view_trim(view_make(line.ptr + quoted, len - quoted));
		len += quoted && len < line.len;
		while (len < line.len && line.ptr[len] != separator)
			len++;
		if (len == line.len)
			break;
		line = view_from(line, len + 1);
	}
	return count;
}

static hufu_view line_of(hufu_view *text)
{
	const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	hufu_view line = { text->ptr, end ? (size_t)(end - text->ptr) : text->len };
	*text = view_from(*text, line.len + 1);
	return line;
}

/* Roles by column, when the line names them: an item or none, and a count or a price. */
static bool is_header(hufu_view line, char separator, enum role roles[CELLS_MAX], char currency[8])
{
	hufu_view cells[CELLS_MAX];
	size_t count = cells_of(line, separator, cells);
	bool useful = false;
	/* Names of columns, not an item: "485k rows, price 0.5 BTC". */
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] >= '0' && line.ptr[i] <= '9')
			return false;
	for (size_t i = 0; i < CELLS_MAX; i++)
		roles[i] = i < count ? role_of(cells[i]) : ROLE_NONE;
	for (size_t i = 0; i < count; i++) {
		useful = useful || roles[i] == ROLE_COUNT || roles[i] == ROLE_PRICE;
		/* "price (BTC)" */
		for (size_t k = 0; roles[i] == ROLE_PRICE && k < cells[i].len; k++)
			if (!number_in_word(k ? cells[i].ptr[k - 1] : ' '))
				(void)money_currency(view_from(cells[i], k), false, currency);
	}
	return useful && count > 1;
}

static bool cell_price(hufu_view cell, const char *currency, struct money *out)
{
	struct number number;
	if (money_read(cell, out))
		return true;
	if (!number_read(cell, &number))
		return false;
	*out = (struct money){ .amount = number.value };
	memcpy(out->currency, currency, strlen(currency) + 1);
	return true;
}

/* "about 3.99万条": the count that a cell holds. */
static void cell_count(struct listing_item *item, hufu_view cell)
{
	for (size_t i = 0; i < cell.len; i++) {
		struct number number;
		size_t len;
		item->refused = may_start(cell, i) ? refusal(cell, i, &len) : NULL;
		if (item->refused)
			return;
		len = may_start(cell, i) ? number_read(view_from(cell, i), &number) : 0;
		if (!len || !(number.value >= 1) || number.value != floor(number.value))
			continue;
		set_count(item, &number, view_make(cell.ptr, i), view_from(cell, i + len));
		(void)unit_read(view_from(cell, i + len), item->unit);
		return;
	}
}

static bool take_row(
        struct listing *listing, const hufu_view *cells, size_t count, const enum role *roles, const char *header)
{
	hufu_view by[ROLE_UNIT + 1];
	char currency[8] = "";
	for (size_t i = 0; i < LEN(by); i++)
		by[i] = view_of("");
	for (size_t i = 0; i < count; i++)
		if (!by[roles[i]].len || roles[i] == ROLE_NONE)
			by[roles[i]] = cells[i];
	hufu_view text = by[ROLE_ITEM].len ? by[ROLE_ITEM] : by[ROLE_NONE];
	struct listing_item *item = item_new(listing, text);
	if (!item)
		return listing->cut;
	memcpy(currency, header, sizeof currency);
	if (by[ROLE_CURRENCY].len)
		(void)money_currency(by[ROLE_CURRENCY], false, currency);
	struct money money;
	if (by[ROLE_PRICE].len && cell_price(by[ROLE_PRICE], currency, &money))
		set_price(item, &money);
	cell_count(item, by[ROLE_COUNT]);
	if (by[ROLE_UNIT].len && by[ROLE_UNIT].len < sizeof item->unit) {
		memcpy(item->unit, by[ROLE_UNIT].ptr, by[ROLE_UNIT].len);
		item->unit[by[ROLE_UNIT].len] = '\0';
	}
	item->bundle = item->has_price && !item->has_count && is_bundle(text);
	if (!item->has_count && !item->has_price && !item->refused) {
		free(item->text);
		listing->count--;
	}
	return true;
}

/* ---- rows without a header ---- */

/* A cell that is a number, a sum or a currency, and nothing else. */
struct headless {
	hufu_view text, count, price;
	char currency[8];
	bool joined; /* "22,813" may be one number: two cells of digits side by side */
};

static bool is_whole_number(hufu_view cell)
{
	struct number number;
	char unit[LISTING_UNIT_MAX];
	if (!cell.len || cell.ptr[0] < '0' || cell.ptr[0] > '9')
		return false;
	size_t len = number_read(cell, &number);
	hufu_view rest = view_trim(view_from(cell, len));
	return len && (!rest.len || unit_read(rest, unit) == rest.len);
}

static bool take_cell(struct headless *row, hufu_view cell, bool first)
{
	char code[8];
	struct money money;
	if (first) {
		row->text = cell;
		return cell.len && !is_whole_number(cell) && !money_read(cell, &money);
	}
	if (!cell.len)
		return true;
	if (!row->currency[0] && money_currency(cell, false, code) == cell.len) {
		memcpy(row->currency, code, sizeof row->currency);
		return true;
	}
	if (!row->price.len && money_read(cell, &money) == cell.len) {
		row->price = cell;
		return true;
	}
	if (!is_whole_number(cell) || (row->count.len && row->price.len))
		return false;
	bool digits = cell.len == 3;
	for (size_t i = 0; i < cell.len; i++)
		digits = digits && cell.ptr[i] >= '0' && cell.ptr[i] <= '9';
	char end = row->text.ptr[row->text.len - 1];
	row->joined = row->joined || (row->count.len && row->count.len <= 3 && digits) ||
	              (!row->count.len && !row->price.len && end >= '0' && end <= '9');
	*(row->count.len ? &row->price : &row->count) = cell;
	return true;
}

/* "员工数据,177,0.15,BTC": a name, then nothing but a count, a price and a currency. */
static bool is_headless(hufu_view line, char separator, struct headless *row)
{
	hufu_view cells[CELLS_MAX];
	struct money money;
	size_t count = cells_of(line, separator, cells);
	*row = (struct headless){ .text = view_of(""), .count = view_of(""), .price = view_of("") };
	bool fine = count >= 2;
	for (size_t i = 0; fine && i < count; i++)
		fine = take_cell(row, cells[i], i == 0);
	/* "package,,1,BTC" and "全部,1,BTC": the one number is the price. */
	if (fine && row->count.len && !row->price.len && row->currency[0]) {
		row->price = row->count;
		row->count = view_of("");
	}
	bool named = row->currency[0] || !row->price.len || money_read(row->price, &money) > 0;
	return fine && named && !row->joined && (row->count.len || row->price.len);
}

static bool take_headless(struct listing *listing, const struct headless *row)
{
	struct money money;
	struct listing_item *item = item_new(listing, row->text);
	if (!item)
		return listing->cut;
	cell_count(item, row->count);
	if (row->price.len && cell_price(row->price, row->currency, &money))
		set_price(item, &money);
	item->bundle = item->has_price && !item->has_count && is_bundle(row->text);
	return true;
}

static bool read_text(struct listing *listing, hufu_view text)
{
	static const char separators[] = ",\t;|";
	while (text.len && !listing->cut) {
		struct headless row;
		hufu_view line = line_of(&text);
		const char *separator = separators;
		while (*separator && !is_headless(line, *separator, &row))
			separator++;
		bool fine = *separator ? take_headless(listing, &row) : read_clauses(listing, line);
		if (!fine)
			return false;
	}
	return true;
}

/* Sets *table when the text is one. False: no memory. */
static bool read_table(struct listing *listing, hufu_view text, bool *table)
{
	static const char separators[] = ",\t;|";
	enum role roles[CELLS_MAX];
	char currency[8] = "";
	hufu_view cells[CELLS_MAX], line = view_of("");
	while (text.len && view_trim(line).len == 0)
		line = line_of(&text);
	const char *separator = separators;
	while (*separator && !is_header(line, *separator, roles, currency))
		separator++;
	*table = *separator != '\0';
	while (*table && text.len && !listing->cut) {
		line = line_of(&text);
		if (view_trim(line).len == 0)
			continue;
		size_t count = cells_of(line, *separator, cells);
		if (!take_row(listing, cells, count, roles, currency))
			return false;
	}
	return true;
}

/* ---- all ---- */

static bool is_person_unit(const char *unit)
{
	for (size_t i = 0; person_units[i]; i++)
		if (strcasecmp(unit, person_units[i]) == 0)
			return true;
	return false;
}

/* What follows from count, unit and price together. */
static void settle(struct listing_item *item)
{
	item->people = is_person_unit(item->unit);
	if (item->by_record && item->per_record == 0) {
		item->per_record = item->price;
		item->has_price = item->has_price && item->has_count;
		item->price = item->has_price ? item->price * item->count : 0;
	} else if (!item->by_record && item->has_price && item->has_count && item->count > 0) {
		item->per_record = item->price / item->count;
	}
}

/* What the items come to, in the currency that all of them name. */
static void add_up(struct listing *listing)
{
	bool one = true;
	listing->has_sum = listing->has_bundle = false;
	listing->sum = listing->bundle = 0;
	listing->currency[0] = '\0';
	for (size_t i = 0; i < listing->count; i++) {
		struct listing_item *item = &listing->items[i];
		settle(item);
		if (!item->has_price)
			continue;
		if (!listing->currency[0])
			memcpy(listing->currency, item->currency, sizeof listing->currency);
		one = one && strcmp(listing->currency, item->currency) == 0;
		if (item->bundle && !listing->has_bundle) {
			listing->has_bundle = true;
			listing->bundle = item->price;
		} else if (!item->bundle) {
			listing->has_sum = true;
			listing->sum += item->price;
		}
	}
	if (!one) {
		listing->has_sum = listing->has_bundle = false;
		listing->sum = listing->bundle = 0;
		listing->currency[0] = '\0';
	}
}

hufu_status listing_read(hufu_view text, struct listing *out, hufu_error *error)
{
	struct bytes folded = { 0 };
	bool table = false;
	*out = (struct listing){ 0 };
	if (text.len > TEXT_MAX)
		text.len = TEXT_MAX;
	number_fold(text, &folded);
	hufu_view all = folded.len ? bytes_view(&folded) : view_of("");
	bool fine = !folded.failed && read_table(out, all, &table);
	if (fine && !table)
		fine = read_text(out, all);
	bytes_done(&folded);
	if (!fine)
		return fail(error, HUFU_NO_MEMORY, view_of("listing"), "out of memory", NULL);
	if (out->count == 0)
		return fail(error, HUFU_MALFORMED, view_of("listing"), "names no count and no price",
		        "write a line for each item, such as: 员工数据 2.28万条 0.15 BTC");
	add_up(out);
	return HUFU_OK;
}

hufu_status listing_add(
        struct listing *listing, hufu_view text, hufu_view count, hufu_view price, bool bundle, hufu_error *error)
{
	struct bytes folded = { 0 };
	struct money money;
	number_fold(text, &folded);
	size_t name = folded.len;
	number_fold(count, &folded);
	size_t counted = folded.len;
	number_fold(price, &folded);
	if (folded.failed) {
		bytes_done(&folded);
		return fail(error, HUFU_NO_MEMORY, view_of("listing"), "out of memory", NULL);
	}
	hufu_view all = folded.len ? bytes_view(&folded) : view_of(""), sum = view_trim(view_from(all, counted));
	struct listing_item *item = item_new(listing, view_make(all.ptr, name));
	bool priced = item && sum.len && cell_price(sum, "", &money);
	if (item)
		cell_count(item, view_from(view_make(all.ptr, counted), name));
	if (priced)
		set_price(item, &money);
	if (item)
		item->bundle = bundle && !item->has_count;
	bool numbered = item && (item->has_count || count.len == 0) && (priced || sum.len == 0);
	bytes_done(&folded);
	add_up(listing);
	if (!item)
		return fail(error, listing->cut ? HUFU_LIMIT : HUFU_NO_MEMORY, view_of("listing"),
		        "holds no more items", NULL);
	return numbered ? HUFU_OK
	                : fail(error, HUFU_MALFORMED, view_of("listing"), "a count or price that is no number",
	                          "write 39900, 3.99万 or 4.85 million, and 0.25 BTC");
}
