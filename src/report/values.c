/* What fills a paper: everything that a template may name, whatever the kind, so that a user can move places about. */
#include "base/clock.h"
#include "ident/ident.h"
#include "report/inside.h"

#include <stdio.h>
#include <stdlib.h>

static const char unknown[] = "待补报";

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

static json_t *told(const struct reported *reported, const char *name)
{
	struct bytes value = { 0 };
	bool known = tells(reported, view_of(name), &value);
	bytes_byte(&value, '\0');
	json_t *made = json_string(known && !value.failed ? value.ptr : unknown);
	bytes_done(&value);
	return made;
}

/* Places that are one thing of the case. */
static const struct {
	const char *place, *from;
} places[] = { { "people", "fact.people" }, { "kinds", "fact.kinds" }, { "grades", "grades" }, { "demand", "demand" },
	{ "verdict", "verdict" }, { "notices", "notices" }, { "claims", "claims" }, { "entity", "impact.entity" },
	{ "cause", "impact.cause" }, { "harm", "impact.harm" }, { "measures", "impact.measures" },
	{ "advice", "impact.advice" }, { "contact", "impact.contact" } };

/* ---- lists ---- */

static const char *state_zh(const char *state)
{
	static const struct {
		const char *state, *zh;
	} names[] = { { "open", "待办" }, { "near", "临近" }, { "overdue", "逾期" }, { "done", "已完成" },
		{ "waived", "已豁免" }, { "dropped", "已取消" } };
	for (size_t i = 0; i < LEN(names); i++)
		if (!strcmp(state, names[i].state))
			return names[i].zh;
	return state;
}

/* A law whose wording nobody read for us is never shown as one that somebody did. */
static json_t *law_text(const json_t *duty)
{
	return json_sprintf(
	        "%s%s", text(duty, "law"), json_is_true(json_object_get(duty, "verified")) ? "" : "（未核对原文）");
}

static void add_duties(const struct casebook *book, const json_t *from, bool all, json_t *list)
{
	json_t *duty;
	size_t at;
	json_array_foreach((json_t *)(uintptr_t)from, at, duty)
	{
		char due[CLOCK_TEXT_MAX];
		const char *kind = text(duty, "kind");
		local_time(book, text(duty, "due"), due);
		bool of_incident = !strcmp(kind, "report") || !strcmp(kind, "police") || !strcmp(kind, "notify") ||
		                   !strcmp(kind, "followup");
		if (!all && !of_incident)
			continue;
		json_array_append_new(list,
		        json_pack("{s:s, s:o, s:s, s:s, s:s}", "title", text(json_object_get(duty, "title"), "zh"),
		                "law", law_text(duty), "article", text(duty, "article"), "due",
		                due[0] ? due : text(json_object_get(duty, "when"), "zh"), "state",
		                state_zh(text(duty, "status"))));
	}
}

static json_t *duties_rows(const struct casebook *book, const json_t *show)
{
	json_t *list = json_array();
	add_duties(book, json_object_get(show, "duties"), true, list);
	add_duties(book, json_object_get(show, "duties_further"), false, list);
	return list;
}

static json_t *tasks_rows(const struct casebook *book, const json_t *show)
{
	json_t *list = json_array(), *task;
	size_t at;
	json_array_foreach(json_object_get(show, "tasks"), at, task)
	{
		char due[CLOCK_TEXT_MAX];
		local_time(book, text(task, "due"), due);
		json_array_append_new(
		        list, json_pack("{s:s, s:s, s:s, s:s}", "title", text(json_object_get(task, "title"), "zh"),
		                      "who", text(task, "assignee")[0] ? text(task, "assignee") : text(task, "role"),
		                      "due", due, "state", state_zh(text(task, "state"))));
	}
	return list;
}

static json_t *field_json(const struct casebook *book, const json_t *row, const char *field)
{
	char time[CLOCK_TEXT_MAX];
	if (strcmp(field, "at") != 0)
		return json_string(text(row, field));
	local_time(book, text(row, field), time);
	return json_string(time);
}

/* Rows of a list of the case whose fields are texts. */
static json_t *plain_rows(const struct casebook *book, const json_t *from, const char *const *fields)
{
	json_t *list = json_array(), *row;
	size_t at;
	json_array_foreach((json_t *)(uintptr_t)from, at, row)
	{
		json_t *made = json_object();
		for (size_t i = 0; fields[i]; i++)
			json_object_set_new(made, fields[i], field_json(book, row, fields[i]));
		json_array_append_new(list, made);
	}
	return list;
}

static json_t *items_rows(const json_t *items)
{
	json_t *list = json_array(), *item;
	size_t at;
	json_array_foreach(json_object_get(items, "items"), at, item)
	{
		char no[16];
		snprintf(no, sizeof no, "%lld", (long long)json_integer_value(json_object_get(item, "no")));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "no", no, "zh", text(item, "zh"),
		                                    "en", text(item, "en"), "text", text(item, "text"), "state",
		                                    json_is_true(json_object_get(item, "known")) ? "" : unknown));
	}
	return list;
}

/* ---- all of it ---- */

json_t *today_json(const struct casebook *book)
{
	char now[CLOCK_TEXT_MAX];
	int64_t at = clock_now();
	clock_print_at(at, (int32_t)clock_zone_minutes(book->store->zone, at) * 60, now);
	return json_stringn(now, 10);
}

/* For the public: when, without how sure. */
static json_t *learned_text(const struct reported *reported)
{
	struct bytes value = { 0 };
	bool known = tells(reported, view_of("fact.learned_at"), &value);
	json_t *made = known && value.len >= 16 ? json_stringn(value.ptr, 16) : json_string(unknown);
	bytes_done(&value);
	return made;
}

static json_t *kinds_in_english(const json_t *show)
{
	json_t *fact;
	size_t at;
	const char *kinds = unknown;
	json_array_foreach(json_object_get(show, "facts"), at, fact)
	{
		if (!strcmp(text(fact, "name"), "kinds") && !json_is_true(json_object_get(fact, "superseded")))
			kinds = text(fact, "value");
	}
	struct bytes shown = { 0 };
	for (const char *letter = kinds; *letter; letter++)
		bytes_text(&shown, *letter == ',' ? ", " : *letter == '_' ? " " : (char[]){ *letter, 0 });
	bytes_byte(&shown, '\0');
	json_t *made = json_string(shown.failed ? kinds : shown.ptr);
	bytes_done(&shown);
	return made;
}

static json_t *window_text(const json_t *show)
{
	const char *after = "", *before = "";
	char window[160];
	json_t *fact;
	size_t at;
	json_array_foreach(json_object_get(show, "facts"), at, fact)
	{
		after = !strcmp(text(fact, "name"), "window_after") ? text(fact, "value") : after;
		before = !strcmp(text(fact, "name"), "window_before") ? text(fact, "value") : before;
	}
	snprintf(window, sizeof window, "%s%s%s%s", after, after[0] ? " 之后 " : "", before, before[0] ? " 之前" : "");
	return json_string(window[0] ? window : unknown);
}

/* To whom, and by which law; a paper of the house has neither. */
static void put_duty(json_t *values, const json_t *duty, const json_t *shown)
{
	json_object_set_new(values, "addressee", json_string(duty ? text(duty, "addressee") : "—"));
	json_object_set_new(values, "law", duty ? law_text(duty) : json_string("—"));
	json_object_set_new(values, "article", json_string(text(duty, "article")));
	json_object_set_new(values, "case", json_string(text(shown, "id")));
	json_object_set_new(values, "title", json_string(text(shown, "title")));
}

json_t *filing_values(
        const struct reported *reported, const struct filing_kind *kind, const json_t *items, const json_t *about)
{
	static const char *const member[] = { "name", "role", "contact", NULL };
	static const char *const decision[] = { "at", "what", "why", NULL };
	static const char *const change[] = { "item", "before", "now", NULL };
	const json_t *show = reported->show;
	json_t *values = json_object();
	for (size_t i = 0; i < LEN(places) && values; i++)
		json_object_set_new(values, places[i].place, told(reported, places[i].from));
	put_duty(values, filing_duty(reported, kind), show);
	json_object_set_new(values, "date", today_json(reported->book));
	json_object_set_new(values, "learned_at", learned_text(reported));
	json_object_set_new(values, "kinds_en", kinds_in_english(show));
	json_object_set_new(values, "window", window_text(show));
	json_object_set_new(values, "version", json_string(text(about, "version")));
	json_object_set_new(values, "approved_by", json_string(text(about, "approved_by")));
	json_object_set_new(values, "mark", json_string(text(about, "mark")));
	json_object_set_new(values, "items", items_rows(items));
	json_object_set_new(values, "changes", plain_rows(reported->book, json_object_get(about, "changes"), change));
	json_object_set_new(values, "duties", duties_rows(reported->book, show));
	json_object_set_new(values, "tasks", tasks_rows(reported->book, show));
	json_object_set_new(values, "members", plain_rows(reported->book, json_object_get(show, "members"), member));
	json_object_set_new(
	        values, "decisions", plain_rows(reported->book, json_object_get(show, "decisions"), decision));
	return values;
}
