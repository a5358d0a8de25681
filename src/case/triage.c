/* See listing.h: each item against what our snapshots ever held. */
#include "case/listing.h"

#include "base/bytes.h"
#include "case/number.h"

#include <stdlib.h>

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

static bool has_kind(const struct listing_snapshot *snapshot, const char *kind)
{
	for (size_t i = 0; i < snapshot->column_count; i++)
		if (strcmp(snapshot->columns[i].kind, kind) == 0)
			return true;
	return false;
}

/* Whether the snapshot has all kinds that the item names. */
static bool has_named(const struct listing_snapshot *snapshot, hufu_view text)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (names(text, kinds[i].word) && !has_kind(snapshot, kinds[i].kind))
			return false;
	return true;
}

/* The first kind that the item names, for the reason. */
static const char *kind_named(hufu_view text)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (names(text, kinds[i].word))
			return kinds[i].kind;
	return NULL;
}

static bool within(const struct listing_item *item, uint64_t count)
{
	return count >= item->low && count <= item->high;
}

static uint64_t most_of(const struct listing_snapshot *snapshot)
{
	return snapshot->rows > snapshot->people ? snapshot->rows : snapshot->people;
}

static hufu_status set_reason(
        struct listing_item *item, const struct listing_snapshot *largest, const char *kind, bool chinese)
{
	struct bytes words = { 0 };
	unsigned long long claimed = (unsigned long long)item->low, held = (unsigned long long)most_of(largest);
	if (chinese && kind)
		bytes_print(&words, "声称至少 %llu 条；封存过的含 %s 的数据从未超过 %llu 条（%s，%s）", claimed, kind,
		        held, largest->dataset, largest->as_of);
	else if (chinese)
		bytes_print(&words, "声称至少 %llu 条；封存过的任何数据从未超过 %llu 条（%s，%s）", claimed, held,
		        largest->dataset, largest->as_of);
	else if (kind)
		bytes_print(&words,
		        "claims at least %llu, and no sealed dataset with %s ever held more than %llu (%s, %s)",
		        claimed, kind, held, largest->dataset, largest->as_of);
	else
		bytes_print(&words, "claims at least %llu, and no sealed dataset ever held more than %llu (%s, %s)",
		        claimed, held, largest->dataset, largest->as_of);
	bytes_byte(&words, '\0');
	if (words.failed) {
		bytes_done(&words);
		return HUFU_NO_MEMORY;
	}
	free(item->impossible);
	item->impossible = words.ptr;
	return HUFU_OK;
}

static hufu_status add_fit(struct listing_item *item, const struct listing_snapshot *snapshot)
{
	if (item->fit_count % 16 == 0) {
		struct listing_fit *more = realloc(item->fits, (item->fit_count + 16) * sizeof *more);
		if (!more)
			return HUFU_NO_MEMORY;
		item->fits = more;
	}
	bool rows = within(item, snapshot->rows);
	item->fits[item->fit_count++] = (struct listing_fit){ .dataset = snapshot->dataset,
		.as_of = snapshot->as_of,
		.count = rows ? snapshot->rows : snapshot->people,
		.people = !rows };
	return HUFU_OK;
}

static hufu_status judge(
        struct listing_item *item, const struct listing_snapshot *snapshots, size_t count, bool chinese)
{
	hufu_view text = view_of(item->text);
	bool some = false;
	const struct listing_snapshot *largest = NULL;
	hufu_status st = HUFU_OK;
	free(item->impossible);
	item->impossible = NULL;
	item->fit_count = 0;
	/* A kind that nothing sealed has tells nothing: what was never sealed may have it. */
	for (size_t i = 0; i < count; i++)
		some = some || has_named(&snapshots[i], text);
	for (size_t i = 0; item->has_count && i < count && st == HUFU_OK; i++) {
		const struct listing_snapshot *one = &snapshots[i];
		if (some && !has_named(one, text))
			continue;
		if (!largest || most_of(one) > most_of(largest))
			largest = one;
		if (within(item, one->rows) || (one->people && within(item, one->people)))
			st = add_fit(item, one);
	}
	if (st == HUFU_OK && largest && item->low > most_of(largest))
		st = set_reason(item, largest, some ? kind_named(text) : NULL, chinese);
	return st;
}

hufu_status listing_triage(
        struct listing *listing, const struct listing_snapshot *snapshots, size_t count, bool chinese)
{
	hufu_status st = HUFU_OK;
	for (size_t i = 0; i < listing->count && st == HUFU_OK; i++)
		st = judge(&listing->items[i], snapshots, count, chinese);
	return st;
}
