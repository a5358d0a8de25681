/* The completeness list: what a law wants in a report, against what is known. */
#include "report/inside.h"

#include <stdio.h>

static const json_t *duty_in(const json_t *list, const char *rule)
{
	json_t *duty;
	size_t at;
	json_array_foreach((json_t *)(uintptr_t)list, at, duty)
	{
		const char *id = json_string_value(json_object_get(duty, "rule"));
		if (id && !strcmp(id, rule))
			return duty;
	}
	return NULL;
}

const json_t *filing_duty(const struct reported *reported, const struct filing_kind *kind)
{
	static const char *const lists[] = { "duties", "duties_further" };
	for (size_t i = 0; i < LEN(kind->rules) && kind->rules[i]; i++)
		for (size_t k = 0; k < LEN(lists); k++) {
			const json_t *duty = duty_in(json_object_get(reported->show, lists[k]), kind->rules[i]);
			if (duty)
				return duty;
		}
	return NULL;
}

/* The rule whose contents a filing has: of its duty, else its first, else the one it borrows from. */
static const struct duty_rule *contents_of(const struct reported *reported, const struct filing_kind *kind)
{
	const char *arisen = json_string_value(json_object_get(filing_duty(reported, kind), "rule"));
	const char *names[] = { arisen, kind->rules[0], kind->contents };
	for (size_t i = 0; i < LEN(names); i++) {
		const struct duty_rule *rule = names[i] ? duties_find(reported->duties, names[i]) : NULL;
		if (rule && rule->content_count)
			return rule;
	}
	return NULL;
}

/* The item's text, a line a teller; whether all that must be known is. */
static bool tell_item(const struct reported *reported, const struct duty_content *content, struct bytes *out)
{
	bool all = true, any = false;
	for (hufu_view rest = view_trim(view_of(content->from)); rest.len;) {
		const char *blank = memchr(rest.ptr, ' ', rest.len);
		hufu_view name = blank ? view_make(rest.ptr, (size_t)(blank - rest.ptr)) : rest;
		bool optional = view_starts(name, "?");
		size_t before = out->len;
		rest = view_trim(view_from(rest, name.len));
		if (any)
			bytes_byte(out, '\n');
		bool told = tells_named(reported, optional ? view_from(name, 1) : name, out);
		if (!told && optional)
			out->len = before;
		any |= told || !optional;
		all &= told || optional;
	}
	if (!any)
		bytes_text(out, "无");
	return all;
}

static bool is_first(const struct duty_rule *rule, uint32_t at)
{
	for (uint32_t i = 0; i < rule->partial_count; i++)
		if (rule->partial_first[i] == at + 1)
			return true;
	return false;
}

static json_t *item_json(const struct reported *reported, const struct duty_rule *rule, uint32_t at, bool *known)
{
	struct bytes told = { 0 };
	*known = tell_item(reported, &rule->contents[at], &told);
	bytes_byte(&told, '\0');
	json_t *item = told.failed ? NULL
	                           : json_pack("{s:I, s:s, s:s, s:s, s:b, s:b}", "no", (json_int_t)at + 1, "zh",
	                                     rule->contents[at].words.zh, "en", rule->contents[at].words.en, "text",
	                                     told.ptr, "known", *known, "first", is_first(rule, at));
	bytes_done(&told);
	return item;
}

json_t *filing_items(const struct reported *reported, const struct filing_kind *kind)
{
	const struct duty_rule *rule = contents_of(reported, kind);
	json_t *items = json_array();
	json_int_t known = 0, missing = 0;
	/* Where the law's own list is not known, what is known may go at once. */
	bool own = rule && (!kind->contents || strcmp(rule->id, kind->contents) != 0);
	bool first = rule && (rule->partial_count || !own);
	for (uint32_t i = 0; rule && items && i < rule->content_count; i++) {
		bool told;
		json_t *item = item_json(reported, rule, i, &told);
		if (!item || json_array_append_new(items, item))
			return json_decref(items), NULL;
		known += told;
		missing += !told;
		first &= told || !is_first(rule, i);
	}
	return json_pack("{s:o, s:I, s:I, s:b, s:b, s:s?, s:b}", "items", items, "known", known, "missing", missing,
	        "may_file", !missing, "may_file_first", first || !missing, "contents_of", rule ? rule->id : NULL,
	        "borrowed", rule && !own);
}
