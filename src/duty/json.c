/* Duties as JSON: what scripts and the case take. More fields may be added. */
#include "duty/judge.h"

/* Takes `value`; a NULL makes the whole fail at its end. */
static bool put(json_t *object, const char *name, json_t *value)
{
	return value && json_object_set_new(object, name, value) == 0;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *words(const struct duty_words *words)
{
	return json_pack("{s:s, s:s}", "zh", words->zh ? words->zh : "", "en", words->en ? words->en : "");
}

static json_t *reason_json(const struct duty_reason *reason)
{
	json_t *object = words(&reason->words);
	bool good = object && put(object, "holds", json_boolean(reason->holds)) &&
	            put(object, "threshold", text_or_null(reason->threshold)) &&
	            put(object, "fact", text_or_null(reason->fact ? reason->fact->name : NULL)) &&
	            put(object, "value", text_or_null(reason->fact ? reason->fact->value : NULL)) &&
	            put(object, "basis", text_or_null(reason->fact ? fact_basis_name(reason->fact->basis) : NULL)) &&
	            put(object, "source", text_or_null(reason->fact ? reason->fact->source : NULL)) &&
	            put(object, "standard", text_or_null(reason->standard)) &&
	            put(object, "level", text_or_null(reason->level));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *because_json(const struct duty_reason *reason)
{
	json_t *array = json_array();
	for (; reason && array; reason = reason->next)
		if (json_array_append_new(array, reason_json(reason)) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *contents_json(const struct duty_rule *rule)
{
	json_t *array = json_array();
	for (uint32_t i = 0; i < rule->content_count && array; i++) {
		json_t *item = words(&rule->contents[i].words);
		bool first = false;
		for (uint32_t j = 0; j < rule->partial_count; j++)
			first |= rule->partial_first[j] == i + 1;
		if (!item || !put(item, "first", json_boolean(first)) ||
		        !put(item, "from", json_string(rule->contents[i].from))) {
			json_decref(item);
			json_decref(array);
			return NULL;
		}
		json_array_append_new(array, item);
	}
	return array;
}

static bool put_rule(json_t *object, const struct duty_rule *rule)
{
	char mark[2] = { rule->mark, '\0' };
	return put(object, "rule", json_string(rule->id)) &&
	       put(object, "kind", json_string(duty_kind_name(rule->kind))) &&
	       put(object, "title", words(&rule->title)) && put(object, "law", json_string(rule->law.zh)) &&
	       put(object, "law_en", json_string(rule->law.en)) && put(object, "article", json_string(rule->article)) &&
	       put(object, "text_zh", json_string(rule->text_zh)) &&
	       put(object, "text_en", json_string(rule->text_en)) &&
	       put(object, "addressee", json_string(rule->addressee.zh)) &&
	       put(object, "addressee_en", json_string(rule->addressee.en)) &&
	       put(object, "clock_zh", json_string(rule->clock_zh)) &&
	       put(object, "legal", json_boolean(rule->legal)) &&
	       put(object, "verified", json_boolean(rule->verified)) && put(object, "mark", json_string(mark)) &&
	       put(object, "source_url", json_string(rule->source_url)) && put(object, "contents", contents_json(rule));
}

json_t *duty_json(const struct duty *duty)
{
	static const char *const names[] = { "open", "near", "overdue" };
	json_t *object = json_object();
	bool good = object && put_rule(object, duty->rule) && put(object, "immediate", json_boolean(duty->immediate)) &&
	            put(object, "due", text_or_null(duty->due_text)) && put(object, "when", words(&duty->when)) &&
	            put(object, "status", json_string(names[duty->status])) &&
	            put(object, "may_waive", json_boolean(duty->may_waive)) &&
	            put(object, "because", because_json(duty->because));
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *grades_json(const struct judgement *judgement)
{
	json_t *array = json_array();
	for (size_t i = 0; i < judgement->grade_count && array; i++) {
		const struct duty_grade *grade = &judgement->grades[i];
		json_array_append_new(array, json_pack("{s:s, s:i, s:s, s:s, s:s, s:b}", "standard", grade->standard,
		                                     "step", grade->level, "zh", grade->words.zh, "en", grade->words.en,
		                                     "article", grade->article, "verified", grade->verified));
	}
	return array;
}

static json_t *faults_json(const struct duties *duties)
{
	json_t *array = json_array();
	char line[1024];
	for (const struct duty_fault *at = duties_faults(duties); at && array; at = at->next) {
		duty_fault_line(at, line, sizeof line);
		json_array_append_new(array, json_string(line));
	}
	return array;
}

json_t *judgement_json(const struct judgement *judgement, const struct duties *duties)
{
	json_t *object = json_object(), *list = json_array(), *warnings = json_array();
	bool good = object && list && warnings;
	for (size_t i = 0; i < judgement->count && good; i++)
		good = json_array_append_new(list, duty_json(&judgement->duties[i])) == 0;
	for (size_t i = 0; i < judgement->warning_count && good; i++)
		good = json_array_append_new(warnings, words(&judgement->warnings[i])) == 0;
	good = good && put(object, "rules_as_of", json_string(judgement->rules_as_of)) &&
	       put(object, "grades", grades_json(judgement)) && put(object, "duties", json_incref(list)) &&
	       put(object, "warnings", json_incref(warnings)) && put(object, "faults", faults_json(duties));
	json_decref(list);
	json_decref(warnings);
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

json_t *duties_calendars_json(const struct duties *duties)
{
	json_t *list = json_array();
	for (const struct calendar *calendar = duties->calendars; calendar; calendar = calendar->next) {
		json_t *years = json_array();
		for (size_t i = 0; i < calendar->year_count; i++)
			json_array_append_new(years, json_integer(calendar->years[i]));
		json_array_append_new(list, json_pack("{s:s, s:o}", "name", calendar->name, "years", years));
	}
	return list;
}
