/* Rule packs, calendars, and the store's audit of look-ups: for the pages that show what hufu goes by. */
#include "duty/duty.h"
#include "seal/audit.h"
#include "serve/inside.h"

/* ---- rule packs ---- */

static json_t *rule_json(const struct duty_rule *rule)
{
	char mark[] = { rule->mark, 0 };
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:s, s:b, s:b, s:s, s:s, s:s, s:s}", "rule", rule->id, "kind",
	        duty_kind_name(rule->kind), "title", "zh", rule->title.zh, "en", rule->title.en, "article",
	        rule->article, "legal", rule->legal, "verified", rule->verified, "mark", mark, "valid_from",
	        rule->valid_from, "valid_to", rule->valid_to, "source_url", rule->source_url);
}

/* Rules of a file and a law stand together in the set. */
static json_t *packs_json(const struct duties *duties)
{
	json_t *packs = json_array(), *rules = NULL;
	const struct duty_rule *before = NULL;
	for (size_t i = 0; i < duties_count(duties); i++) {
		const struct duty_rule *rule = duties_rule(duties, i);
		if (!before || strcmp(before->file, rule->file) != 0 || strcmp(before->law.zh, rule->law.zh) != 0) {
			rules = json_array();
			json_array_append_new(packs, json_pack("{s:s, s:s, s:s, s:o}", "file", rule->file, "law",
			                                     rule->law.zh, "law_en", rule->law.en, "rules", rules));
		}
		json_array_append_new(rules, rule_json(rule));
		before = rule;
	}
	return packs;
}

static json_t *faults_json(const struct duties *duties)
{
	json_t *list = json_array();
	char line[1200];
	for (const struct duty_fault *fault = duties_faults(duties); fault; fault = fault->next) {
		duty_fault_line(fault, line, sizeof line);
		json_array_append_new(list, json_string(line));
	}
	return list;
}

void serve_packs(struct request *request)
{
	const struct duties *duties = NULL;
	hufu_error error = { 0 };
	hufu_status status = casebook_packs(request->desk->book, &duties, &error);
	answer_json_or(request, status,
	        status ? NULL
	               : json_pack(
	                         "{s:o, s:n, s:o}", "items", packs_json(duties), "next", "faults", faults_json(duties)),
	        &error);
}

void serve_calendars(struct request *request)
{
	const struct duties *duties = NULL;
	hufu_error error = { 0 };
	hufu_status status = casebook_packs(request->desk->book, &duties, &error);
	answer_json_or(request, status,
	        status ? NULL : json_pack("{s:o, s:n}", "items", duties_calendars_json(duties), "next"), &error);
}

/* ---- the audit ---- */

void serve_audit(struct request *request)
{
	json_t *lines = NULL;
	hufu_error error = { 0 };
	char *end = NULL, next[24];
	uint64_t first = 0;
	size_t limit = request_limit(request);
	const char *cursor = request_argument(request, "cursor");
	uint64_t before = cursor && cursor[0] >= '1' && cursor[0] <= '9' ? strtoull(cursor, &end, 10) : 0;
	if (!limit)
		return;
	if (cursor && (!before || *end)) {
		answer_field(request, "cursor", "is none of this list");
		return;
	}
	hufu_status status = audit_lines(request->server->store, before, limit, &lines, &first, &error);
	snprintf(next, sizeof next, "%llu", (unsigned long long)first);
	answer_json_or(request, status,
	        status ? NULL
	               : json_pack("{s:o, s:o}", "items", lines, "next", first > 1 ? json_string(next) : json_null()),
	        &error);
}
