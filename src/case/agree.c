/* Holds a case against what its timeline says; see agree.h. */
#include "case/agree.h"

#include <stdlib.h>

struct agreeing {
	const json_t *all;
	json_t *says;
	struct agree_fault *fault;
};

/* False, so that a check that fails is one line. */
static bool differs(struct agreeing *agreeing, const json_t *said, const char *why, const char *form, ...)
{
	va_list list;
	char what[sizeof agreeing->fault->what];
	va_start(list, form);
	vsnprintf(what, sizeof what, form, list);
	va_end(list);
	printable(view_of(what), agreeing->fault->what, sizeof agreeing->fault->what);
	agreeing->fault->entry = json_integer_value(json_object_get(said, "#"));
	agreeing->fault->why = why;
	return false;
}

static const char not_said[] = "no entry of the timeline says it";
static const char otherwise[] = "the timeline's entry says something else";
static const char missing[] = "what the timeline's entry says is missing";

/* ---- one item ---- */

static bool same(const json_t *is, const char *name, const json_t *said)
{
	char digest[CHAIN_HASH_TEXT];
	if (strcmp(name, "verdict_sha256") != 0)
		return json_equal(json_object_get(is, name), said);
	return verdict_digest(json_object_get(is, "verdict"), digest) && json_is_string(said) &&
	       !strcmp(json_string_value(said), digest);
}

/* Whatever the entry says of it. `where`: "facts[3]". */
static bool item_agrees(struct agreeing *agreeing, const char *where, const json_t *is, json_t *said)
{
	const char *name;
	json_t *value;
	json_object_foreach(said, name, value)
	{
		if (strcmp(name, "#") != 0 && !same(is, name, value))
			return differs(agreeing, said, otherwise, "%s.%s", where, name);
	}
	return true;
}

/* ---- fields, lists, maps ---- */

static bool fields_agree(struct agreeing *agreeing)
{
	const char *name;
	json_t *said;
	json_object_foreach(json_object_get(agreeing->says, "fields"), name, said)
	{
		const json_t *is = json_object_get(agreeing->all, name);
		/* Bundles of an older hufu do not have all of them. */
		if (!is && (!strcmp(name, "drill_report") || json_is_null(json_object_get(said, "is"))))
			continue;
		if (!json_equal(is, json_object_get(said, "is")))
			return differs(agreeing, said, otherwise, "%s", name);
	}
	return true;
}

static bool list_agrees(struct agreeing *agreeing, const char *name, const json_t *said)
{
	const json_t *is = json_object_get(agreeing->all, name);
	size_t count = json_array_size(is), entries = json_array_size(said);
	char where[sizeof agreeing->fault->what];
	for (size_t i = 0; i < count && i < entries; i++) {
		snprintf(where, sizeof where, "%s[%zu]", name, i);
		if (!item_agrees(agreeing, where, json_array_get(is, i), json_array_get(said, i)))
			return false;
	}
	if (count > entries)
		return differs(agreeing, NULL, not_said, "%s[%zu]", name, entries);
	return count == entries || differs(agreeing, json_array_get(said, count), missing, "%s[%zu]", name, count);
}

static bool lists_agree(struct agreeing *agreeing)
{
	const char *name;
	json_t *said;
	json_object_foreach(json_object_get(agreeing->says, "lists"), name, said)
	{
		if (!list_agrees(agreeing, name, said))
			return false;
	}
	return true;
}

/* What an item goes by in a map; the caller frees. NULL: no memory. */
static char *key_of(const json_t *is, const char *first, const char *second)
{
	const json_t *one = json_object_get(is, first), *other = second ? json_object_get(is, second) : NULL;
	char *key = NULL;
	int made = json_is_integer(one)
	                   ? asprintf(&key, "%lld", (long long)json_integer_value(one))
	                   : asprintf(&key, "%s%s%s", json_is_string(one) ? json_string_value(one) : "",
	                             second ? "\n" : "", json_is_string(other) ? json_string_value(other) : "");
	return made < 0 ? NULL : key;
}

static const struct {
	const char *name, *first, *second; /* what an item goes by */
} maps[] = {
	{ "members", "name", "role" },
	{ "tasks", "id", NULL },
	{ "impact", "name", NULL },
	{ "settled", "rule", NULL },
};

/* Each item is said once, and each that is said is there. */
static bool map_agrees(struct agreeing *agreeing, size_t map, json_t *said)
{
	const char *name = maps[map].name, *left;
	char where[sizeof agreeing->fault->what];
	size_t at;
	json_t *is, *one;
	json_array_foreach(json_object_get(agreeing->all, name), at, is)
	{
		AUTO_FREE char *key = key_of(is, maps[map].first, maps[map].second);
		one = key ? json_object_get(said, key) : NULL;
		if (!one)
			return differs(agreeing, NULL, not_said, "%s[%zu]", name, at);
		snprintf(where, sizeof where, "%s[%zu]", name, at);
		if (!item_agrees(agreeing, where, is, one))
			return false;
		json_object_del(said, key);
	}
	json_object_foreach(said, left, one) return differs(agreeing, one, missing, "%s", name);
	return true;
}

static bool maps_agree(struct agreeing *agreeing)
{
	for (size_t i = 0; i < LEN(maps); i++) {
		json_t *said = json_object_get(json_object_get(agreeing->says, "maps"), maps[i].name);
		/* Bundles of before have what was settled with the duties alone. */
		bool shown = json_object_get(agreeing->all, maps[i].name) || strcmp(maps[i].name, "settled") != 0;
		if (said && shown && !map_agrees(agreeing, i, said))
			return false;
	}
	return true;
}

/* ---- what follows from others ---- */

/* What was removed may come again with another case; what is gone went by a rule that left its entry. */
static bool removals_agree(struct agreeing *agreeing)
{
	size_t at;
	json_t *piece;
	json_array_foreach(json_object_get(agreeing->all, "evidence"), at, piece)
	{
		const char *sha256 = json_string_value(json_object_get(piece, "sha256"));
		json_t *said = sha256 ? json_object_get(json_object_get(agreeing->says, "removed"), sha256) : NULL;
		char where[sizeof agreeing->fault->what];
		if (!json_is_true(json_object_get(piece, "deleted")))
			continue;
		snprintf(where, sizeof where, "evidence[%zu]", at);
		if (!said)
			return differs(agreeing, NULL, not_said, "%s.deleted", where);
		if (!item_agrees(agreeing, where, piece, said))
			return false;
	}
	return true;
}

/* A duty is done or waived when somebody said so, and by no other way. `settled` was found to agree. */
static bool duty_agrees(struct agreeing *agreeing, const char *list, size_t at, const json_t *duty, json_t *settled)
{
	const char *status = json_string_value(json_object_get(duty, "status")),
	           *rule = json_string_value(json_object_get(duty, "rule"));
	const json_t *said = rule ? json_object_get(settled, rule) : NULL;
	bool over = status && (!strcmp(status, "done") || !strcmp(status, "waived"));
	if (!said)
		return !over || differs(agreeing, NULL, not_said, "%s[%zu].status", list, at);
	return (json_equal(json_object_get(duty, "status"), json_object_get(said, "status")) &&
	               json_equal(
	                       json_object_get(json_object_get(duty, "settled"), "at"), json_object_get(said, "at"))) ||
	       differs(agreeing, said, otherwise, "%s[%zu].status", list, at);
}

static bool duties_agree(struct agreeing *agreeing, json_t *settled)
{
	static const char *const lists[] = { "duties", "duties_further" };
	size_t at;
	json_t *duty;
	for (size_t i = 0; i < LEN(lists); i++) {
		json_array_foreach(json_object_get(agreeing->all, lists[i]), at, duty)
		{
			if (!duty_agrees(agreeing, lists[i], at, duty, settled))
				return false;
		}
	}
	return true;
}

/* ---- all of it ---- */

/* Minutes of the offset in which the case tells its times: of "2026-11-28T09:00:00+08:00". */
static int64_t zone_of(const json_t *all)
{
	const char *text = json_string_value(json_object_get(all, "opened_at"));
	size_t len = text ? strlen(text) : 0;
	if (len < 6 || text[len - 3] != ':')
		return 0;
	int64_t hours = strtol(text + len - 5, NULL, 10), minutes = strtol(text + len - 2, NULL, 10);
	return (text[len - 6] == '-' ? -1 : 1) * (60 * hours + minutes);
}

bool case_agrees(const json_t *all, const struct chain_entry *entries, size_t count, struct agree_fault *fault)
{
	struct agreeing agreeing = { .all = all, .fault = fault };
	*fault = (struct agree_fault){ 0 };
	agreeing.says = timeline_says(entries, count, zone_of(all));
	if (!agreeing.says)
		return differs(&agreeing, NULL, "no memory", "timeline");
	/* Maps are emptied by being held against. */
	json_t *settled = json_copy(json_object_get(json_object_get(agreeing.says, "maps"), "settled"));
	bool agrees = fields_agree(&agreeing) && lists_agree(&agreeing) && maps_agree(&agreeing) &&
	              removals_agree(&agreeing) && duties_agree(&agreeing, settled);
	json_decref(settled);
	json_decref(agreeing.says);
	return agrees;
}
