/* See listing.h: each item against what our snapshots ever held. */
#include "case/listing.h"

#include "base/bytes.h"
#include "case/number.h"

#include <stdlib.h>
#include <string.h>

/* Words of a listing that name a kind of data. */
static const struct {
	const char *word, *kind;
} kinds[] = { { "身份证", "resident_id" }, { "证件", "resident_id" }, { "ID card", "resident_id" },
	{ "ID cards", "resident_id" }, { "ID number", "resident_id" }, { "ID numbers", "resident_id" },
	{ "resident ID", "resident_id" }, { "手机", "mobile" }, { "mobile", "mobile" }, { "phone", "mobile" },
	{ "phones", "mobile" }, { "phone numbers", "mobile" }, { "车架号", "vin" }, { "VIN", "vin" }, { "VINs", "vin" },
	{ "车牌", "plate" }, { "plates", "plate" }, { "license plate", "plate" }, { "邮箱", "email" },
	{ "email", "email" }, { "emails", "email" }, { "e-mail", "email" }, { "银行卡", "bank_card" },
	{ "bank card", "bank_card" }, { "bank cards", "bank_card" }, { "地址", "address" }, { "address", "address" },
	{ "addresses", "address" }, { "信用代码", "uscc" } };

static bool names(hufu_view text, const char *word)
{
	for (size_t i = 0; i < text.len; i++) {
		if (i && number_in_word(text.ptr[i]) && number_in_word(text.ptr[i - 1]))
			continue;
		if (number_word(view_from(text, i), word))
			return true;
	}
	return false;
}

/* Whom or what data is of: words of a listing, and pieces of the names of datasets and columns. */
static const struct {
	const char *name, *words[8], *pieces[10];
} subjects[] = {
	{ "staff", { "员工", "員工", "职工", "雇员", "staff", "employee", "employees", "personnel" },
	        { "staff", "employee", "personnel", "hr_", "员工", "职工", "人事", "雇员", NULL } },
	{ "owners", { "车主", "車主", "owner", "owners" }, { "owner", "车主", NULL } },
	{ "loans", { "贷款", "貸款", "借款", "loan", "loans" }, { "loan", "credit", "贷款", "借款", NULL } },
	{ "orders", { "订单", "訂單", "order", "orders" }, { "order", "订单", NULL } },
	{ "suppliers", { "供应商", "供應商", "supplier", "suppliers", "vendors" },
	        { "supplier", "vendor", "供应商", NULL } },
	{ "dealers", { "经销商", "經銷商", "dealer", "dealers" }, { "dealer", "经销商", NULL } },
	{ "salaries", { "工资", "工資", "薪资", "薪酬", "salary", "salaries", "payroll" },
	        { "salary", "payroll", "wage", "工资", "薪", NULL } },
	{ "repairs", { "维修", "維修", "保养", "repair", "repairs" },
	        { "repair", "maintenance", "维修", "保养", NULL } },
	{ "insurance", { "保险", "保險", "保单", "insurance" }, { "insur", "policy", "保险", "保单", NULL } },
};

static bool has_piece(const char *name, const char *const *pieces)
{
	for (; *pieces; pieces++)
		if (strcasestr(name, *pieces))
			return true;
	return false;
}

static bool names_subject(hufu_view text, size_t subject)
{
	for (size_t i = 0; i < LEN(subjects[subject].words) && subjects[subject].words[i]; i++)
		if (names(text, subjects[subject].words[i]))
			return true;
	return false;
}

static bool is_of(const struct listing_snapshot *snapshot, size_t subject)
{
	if (has_piece(snapshot->dataset, subjects[subject].pieces))
		return true;
	for (size_t i = 0; i < snapshot->column_count; i++)
		if (has_piece(snapshot->columns[i].name, subjects[subject].pieces))
			return true;
	return false;
}

static bool has_kind(const struct listing_snapshot *snapshot, const char *kind)
{
	for (size_t i = 0; i < snapshot->column_count; i++)
		if (strcmp(snapshot->columns[i].kind, kind) == 0)
			return true;
	return false;
}

/* Whether the snapshot has all kinds that the item names, and its names tell of what the item names, or of nothing. */
static bool has_named(const struct listing_snapshot *snapshot, hufu_view text)
{
	bool told = false, all = true;
	for (size_t i = 0; i < LEN(kinds); i++)
		if (names(text, kinds[i].word) && !has_kind(snapshot, kinds[i].kind))
			return false;
	for (size_t i = 0; i < LEN(subjects); i++) {
		bool is = is_of(snapshot, i);
		told = told || is;
		all = all && (is || !names_subject(text, i));
	}
	return all || !told;
}

/* The first kind or subject that the item names, for the reason. */
static const char *kind_named(hufu_view text)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (names(text, kinds[i].word))
			return kinds[i].kind;
	for (size_t i = 0; i < LEN(subjects); i++)
		if (names_subject(text, i))
			return subjects[i].name;
	return NULL;
}

static bool within(const struct listing_item *item, uint64_t count)
{
	return count >= item->low && count <= item->high;
}

static uint64_t most_of(const struct listing_item *item, const struct listing_snapshot *snapshot)
{
	if (item->people && snapshot->people)
		return snapshot->people;
	return snapshot->rows > snapshot->people ? snapshot->rows : snapshot->people;
}

/* The reason, in one of the two languages. */
static hufu_status set_words(struct listing_item *item, struct bytes *words, bool chinese)
{
	char **out = chinese ? &item->impossible_zh : &item->impossible;
	bytes_byte(words, '\0');
	if (words->failed) {
		bytes_done(words);
		return HUFU_NO_MEMORY;
	}
	free(*out);
	*out = words->ptr;
	return HUFU_OK;
}

/* A count that is no number of records. */
static void refused_words(const struct listing_item *item, bool chinese, struct bytes *words)
{
	bool large = strcmp(item->refused, "large") == 0;
	bytes_text(words, chinese ? (large ? "数量超过十八位数字，不可能属实" : "数量为负，不可能属实")
	                  : large ? "claims a count of more than 18 digits, which nothing ever held"
	                          : "claims a count below zero");
}

/* No dataset is of that kind. */
static void absent_words(const char *kind, bool chinese, struct bytes *words)
{
	bytes_print(words,
	        chinese ? "封存过的数据集中没有任何一个含 %s 数据（未封存过的不得而知）"
	                : "no sealed dataset holds data of that kind: %s (what was never sealed is not known)",
	        kind ? kind : "?");
}

static void too_many_words(const struct listing_item *item, const struct listing_snapshot *largest, const char *kind,
        bool chinese, struct bytes *words)
{
	unsigned long long claimed = (unsigned long long)item->low, held = (unsigned long long)most_of(item, largest);
	const char *unit = item->people ? (chinese ? "人" : " people") : (chinese ? "条" : "");
	if (chinese)
		bytes_print(words, "声称至少 %llu %s；封存过的%s%s%s数据从未超过 %llu %s（%s，%s）", claimed, unit,
		        kind ? "含 " : "任何", kind ? kind : "", kind ? " 的" : "", held, unit, largest->dataset,
		        largest->as_of);
	else
		bytes_print(words,
		        "claims at least %llu%s, and no sealed dataset%s%s ever held more than %llu%s (%s, %s)",
		        claimed, unit, kind ? " with " : "", kind ? kind : "", held, unit, largest->dataset,
		        largest->as_of);
}

/* Why an item cannot be; `largest` NULL: no dataset is of its kind. */
static hufu_status set_reason(struct listing_item *item, const struct listing_snapshot *largest)
{
	const char *kind = kind_named(view_of(item->text));
	hufu_status st = HUFU_OK;
	for (int chinese = 0; chinese <= 1 && st == HUFU_OK; chinese++) {
		struct bytes words = { 0 };
		if (item->refused)
			refused_words(item, chinese, &words);
		else if (!largest)
			absent_words(kind, chinese, &words);
		else
			too_many_words(item, largest, kind, chinese, &words);
		st = set_words(item, &words, chinese);
	}
	return st;
}

static bool by_rows(const struct listing_item *item, const struct listing_snapshot *snapshot)
{
	return !(item->people && snapshot->people) && within(item, snapshot->rows);
}

static hufu_status add_fit(struct listing_item *item, const struct listing_snapshot *snapshot)
{
	if (item->fit_count % 16 == 0) {
		struct listing_fit *more = realloc(item->fits, (item->fit_count + 16) * sizeof *more);
		if (!more)
			return HUFU_NO_MEMORY;
		item->fits = more;
	}
	bool rows = by_rows(item, snapshot);
	item->fits[item->fit_count++] = (struct listing_fit){ .dataset = snapshot->dataset,
		.as_of = snapshot->as_of,
		.count = rows ? snapshot->rows : snapshot->people,
		.people = !rows };
	return HUFU_OK;
}

static hufu_status judge(struct listing_item *item, const struct listing_snapshot *snapshots, size_t count)
{
	hufu_view text = view_of(item->text);
	const struct listing_snapshot *largest = NULL;
	hufu_status st = HUFU_OK;
	free(item->impossible);
	free(item->impossible_zh);
	item->impossible = item->impossible_zh = NULL;
	item->fit_count = 0;
	if (item->refused)
		return set_reason(item, NULL);
	for (size_t i = 0; item->has_count && i < count && st == HUFU_OK; i++) {
		const struct listing_snapshot *one = &snapshots[i];
		if (!has_named(one, text))
			continue;
		if (!largest || most_of(item, one) > most_of(item, largest))
			largest = one;
		if (by_rows(item, one) || (one->people && within(item, one->people)))
			st = add_fit(item, one);
	}
	if (st || !item->has_count || !count)
		return st;
	return !largest || item->low > most_of(item, largest) ? set_reason(item, largest) : HUFU_OK;
}

hufu_status listing_triage(struct listing *listing, const struct listing_snapshot *snapshots, size_t count)
{
	hufu_status st = HUFU_OK;
	for (size_t i = 0; i < listing->count && st == HUFU_OK; i++)
		st = judge(&listing->items[i], snapshots, count);
	return st;
}
