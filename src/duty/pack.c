/* A file's tree into rules, gradings, derived facts. Every field is asked for by name; what is not asked for is a
 * fault, and so is what has the wrong type: a slip in a pack must show, never be read as something else. */
#include "duty/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* What is being read, for faults. */
struct reading {
	struct duties *duties;
	const char *file, *rule;
	bool bad; /* the rule, grading or pack under way has a fault */
};

void duties_fault(
        struct duties *duties, const char *file, uint32_t line, const char *rule, const char *field, const char *what)
{
	struct duty_fault *fault = pool_take(&duties->pool, sizeof *fault);
	if (!fault)
		return;
	*fault = (struct duty_fault){ file, line, rule, field, what, NULL };
	if (duties->last_fault)
		duties->last_fault->next = fault;
	else
		duties->faults = fault;
	duties->last_fault = fault;
}

static void complain(struct reading *reading, uint32_t line, const char *field, const char *what)
{
	reading->bad = true;
	duties_fault(reading->duties, reading->file, line, reading->rule, field, what);
}

/* "clock.amount" for faults. */
static const char *inside(struct reading *reading, const char *outer, const char *field)
{
	char text[128];
	snprintf(text, sizeof text, "%s.%s", outer, field);
	return pool_text(&reading->duties->pool, view_of(text));
}

static void check_keys(struct reading *reading, const struct node *map, const char *outer, const char *const *known)
{
	for (const struct node *at = map->first; at; at = at->next) {
		bool found = false;
		for (size_t i = 0; known[i]; i++)
			found |= strcmp(known[i], at->name) == 0;
		if (!found)
			complain(reading, at->line, outer ? inside(reading, outer, at->name) : at->name,
			        "there is no such field");
	}
}

static const char *get_text(struct reading *reading, const struct node *map, const char *field, bool required)
{
	const struct node *node = node_get(map, field);
	if (node && node->value && node->value[0])
		return node->value;
	if (node && !node->value)
		complain(reading, node->line, field, "wants one text, not a list or a map");
	else if (required)
		complain(reading, node ? node->line : map->line, field, "is missing");
	return "";
}

/* A text for both languages, or {zh: ..., en: ...}. */
static struct duty_words words_of(struct reading *reading, const struct node *node, const char *field)
{
	static const char *const known[] = { "zh", "en", NULL };
	if (node->value && node->value[0])
		return (struct duty_words){ node->value, node->value };
	const struct node *zh = node_get(node, "zh"), *en = node_get(node, "en");
	if (node->value || !zh || !zh->value || !en || !en->value) {
		complain(reading, node->line, field, "wants a text, or zh and en");
		return (struct duty_words){ "", "" };
	}
	check_keys(reading, node, field, known);
	return (struct duty_words){ zh->value, en->value };
}

static struct duty_words get_words(struct reading *reading, const struct node *map, const char *field, bool required)
{
	const struct node *node = node_get(map, field);
	if (node)
		return words_of(reading, node, field);
	if (required)
		complain(reading, map->line, field, "is missing");
	return (struct duty_words){ "", "" };
}

static bool get_truth(struct reading *reading, const struct node *map, const char *field, bool fallback)
{
	const char *text = get_text(reading, map, field, false);
	if (!text[0] || strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return text[0] ? text[0] == 't' : fallback;
	complain(reading, node_get(map, field)->line, field, "wants true or false");
	return fallback;
}

static const char *get_date(struct reading *reading, const struct node *map, const char *field, const char *fallback)
{
	int32_t day;
	const char *text = get_text(reading, map, field, false);
	if (text[0] && !day_parse(view_of(text), &day))
		complain(reading, node_get(map, field)->line, field, "wants a date such as 2025-11-01");
	return text[0] ? text : fallback;
}

static const struct expression *get_expression(
        struct reading *reading, const struct node *map, const char *field, bool grades)
{
	uint32_t line = 0;
	const char *what = NULL;
	const struct node *node = node_get(map, field);
	const struct expression *made =
	        node ? expression_parse(node, grades, &reading->duties->pool, &line, &what) : NULL;
	if (node && !made)
		complain(reading, line, field, what);
	return made;
}

/* The place of a word among some; `fallback` where the field is absent or wrong. */
static int get_word(struct reading *reading, const struct node *map, const char *outer, const char *field,
        const char *const *names, size_t count)
{
	const char *text = get_text(reading, map, field, false);
	for (size_t i = 0; i < count; i++)
		if (names[i] && strcmp(names[i], text) == 0)
			return (int)i;
	if (text[0]) {
		struct bytes said = { 0 };
		bytes_text(&said, "wants one of");
		for (size_t i = 0; i < count; i++)
			if (names[i])
				bytes_print(&said, " %s", names[i]);
		complain(reading, node_get(map, field)->line, outer ? inside(reading, outer, field) : field,
		        pool_bytes(&reading->duties->pool, &said));
	}
	return -1;
}

/* ---- clocks ---- */

static const char *const unit_names[] = { NULL, "min", "h", "calendar_day", "business_day", "working_day_cn", "month" };
static const char *const qualifier_names[] = { "none", "immediate", "asap", "timely", "regular" };
static const char *const start_names[] = { "discover_or_learn", "handled_end", "assessed", "changed", "refused",
	"calendar" };
static const char *const start_facts[] = { "learned_at", "handled_end", "assessed_at", "changed_at", "refused_at",
	NULL };

static int64_t get_amount(struct reading *reading, const struct node *node)
{
	char *end;
	const char *text = get_text(reading, node, "amount", false);
	if (!text[0])
		return 0;
	long amount = strtol(text, &end, 10);
	if (text[0] < '1' || text[0] > '9' || *end || strlen(text) > 5)
		complain(reading, node_get(node, "amount")->line, "clock.amount", "wants a whole number from 1 on");
	return amount;
}

/* "12-15", a day that every year has. */
static bool is_yearly(const char *date)
{
	char whole[16];
	int32_t day;
	snprintf(whole, sizeof whole, "2021-%.8s", date);
	return strlen(date) == 5 && day_parse(view_of(whole), &day);
}

static void check_clock(struct reading *reading, const struct node *node, const struct clock *clock, int start)
{
	bool counted = clock->amount > 0;
	if (start < 0 && !node_get(node, "start"))
		complain(reading, node->line, "clock.start", "is missing");
	if (counted != (clock->unit != UNIT_NONE))
		complain(reading, node->line, "clock", "amount and unit go together");
	if (counted && start >= 0 && !clock->start)
		complain(reading, node->line, "clock.start", "an amount does not run from the calendar: give a date");
	if (clock->date[0] && (!is_yearly(clock->date) || clock->start))
		complain(reading, node->line, "clock.date", "wants month and day such as 12-15, with start: calendar");
	if ((clock->unit == UNIT_WORKING_DAY || clock->date[0]) && !clock->calendar_name[0])
		complain(reading, node->line, "clock.calendar", "is missing");
}

static struct clock get_clock(struct reading *reading, const struct node *rule, struct duty_rule *shown)
{
	static const char *const known[] = { "start", "amount", "unit", "qualifier", "calendar", "date", "text_zh",
		NULL };
	struct clock clock = { .date = "", .calendar_name = "" };
	const struct node *node = node_get(rule, "clock");
	shown->clock_zh = "";
	if (!node || node->value) {
		complain(
		        reading, node ? node->line : rule->line, "clock", node ? "wants start and more" : "is missing");
		return clock;
	}
	check_keys(reading, node, "clock", known);
	int start = get_word(reading, node, "clock", "start", start_names, LEN(start_names));
	int unit = get_word(reading, node, "clock", "unit", unit_names, LEN(unit_names));
	int qualifier = get_word(reading, node, "clock", "qualifier", qualifier_names, LEN(qualifier_names));
	clock.line = node->line;
	clock.start = start >= 0 ? start_facts[start] : NULL;
	clock.unit = unit > 0 ? (enum clock_unit)unit : UNIT_NONE;
	clock.qualifier = qualifier >= 0 ? (enum clock_qualifier)qualifier : QUALIFIER_NONE;
	clock.amount = get_amount(reading, node);
	clock.date = get_text(reading, node, "date", false);
	clock.calendar_name = get_text(reading, node, "calendar", false);
	shown->clock_zh = get_text(reading, node, "text_zh", false);
	check_clock(reading, node, &clock, start);
	return clock;
}

/* ---- rules ---- */

static struct duty_words content_words(struct reading *reading, const struct node *node)
{
	static const char *const known[] = { "zh", "en", "from", NULL };
	if (node->value)
		return words_of(reading, node, "contents");
	check_keys(reading, node, "contents", known);
	return (struct duty_words){ get_text(reading, node, "zh", true), get_text(reading, node, "en", true) };
}

/* What of a case tells it: "fact.NAME" of a known fact, "impact.NAME", or one of the words below. */
static bool is_teller(hufu_view name)
{
	static const char *const others[] = { "grades", "demand", "verdict", "notices", "claims" };
	char region[FACT_REGION_MAX];
	if (view_starts(name, "?"))
		name = view_from(name, 1);
	if (view_starts(name, "impact.") || view_is(name, "fact.kinds"))
		return true;
	if (view_starts(name, "fact."))
		return fact_kind_of(view_from(name, 5), region) != NULL;
	for (size_t i = 0; i < LEN(others); i++)
		if (view_is(name, others[i]))
			return true;
	return false;
}

static const char *content_from(struct reading *reading, const struct node *node)
{
	const char *from = node->value ? "" : get_text(reading, node, "from", false);
	for (hufu_view rest = view_trim(view_of(from)); rest.len;) {
		const char *blank = memchr(rest.ptr, ' ', rest.len);
		hufu_view name = blank ? view_make(rest.ptr, (size_t)(blank - rest.ptr)) : rest;
		if (!is_teller(name))
			complain(reading, node_get(node, "from")->line, "from",
			        "wants fact.NAME, impact.NAME, grades, demand, verdict, notices or claims");
		rest = view_trim(view_from(rest, name.len));
	}
	return from;
}

static void get_contents(struct reading *reading, const struct node *rule, struct duty_rule *shown)
{
	const struct node *list = node_get(rule, "contents");
	if (!list)
		return;
	if (!node_is_list(list)) {
		complain(reading, list->line, "contents", "wants a list");
		return;
	}
	struct duty_content *contents = pool_take(&reading->duties->pool, (list->count + 1) * sizeof *contents);
	for (const struct node *at = list->first; at && contents; at = at->next)
		contents[shown->content_count++] =
		        (struct duty_content){ content_words(reading, at), content_from(reading, at) };
	shown->contents = contents;
}

static void get_partial(struct reading *reading, const struct node *rule, struct duty_rule *shown)
{
	const struct node *list = node_get(rule, "partial_first");
	if (!list)
		return;
	uint32_t *numbers =
	        node_is_list(list) ? pool_take(&reading->duties->pool, (list->count + 1) * sizeof *numbers) : NULL;
	for (const struct node *at = list->first; at && numbers; at = at->next) {
		char *end = NULL;
		unsigned long number = at->value && strlen(at->value) < 6 ? strtoul(at->value, &end, 10) : 0;
		if (!end || *end || number < 1 || number > shown->content_count)
			complain(reading, at->line, "partial_first", "wants numbers of contents, from 1");
		else
			numbers[shown->partial_count++] = (uint32_t)number;
	}
	if (!numbers || !list->first)
		complain(reading, list->line, "partial_first", "wants a list of numbers");
	shown->partial_first = numbers;
}

/* What was not read in a full text or a verbatim quotation is never shown as law that holds. */
static bool get_mark(struct reading *reading, const struct node *map, char *mark)
{
	const char *text = get_text(reading, map, "mark", true);
	*mark = text[0];
	if (text[0] && (strlen(text) != 1 || !strchr("VQSM", text[0])))
		complain(reading, node_get(map, "mark")->line, "mark", "wants V, Q, S or M");
	bool read = *mark == 'V' || *mark == 'Q';
	bool verified = get_truth(reading, map, "verified", read);
	if (verified && !read)
		complain(reading, node_get(map, "verified")->line, "verified", "mark S and M cannot be verified: true");
	return verified;
}

static void get_waiver(struct reading *reading, const struct node *node, struct rule *rule)
{
	static const char *const known[] = { "when", "evidence", NULL };
	const struct node *waiver = node_get(node, "waiver");
	if (!waiver)
		return;
	if (waiver->value) {
		complain(reading, waiver->line, "waiver", "wants when and evidence");
		return;
	}
	check_keys(reading, waiver, "waiver", known);
	rule->waiver = get_expression(reading, waiver, "when", true);
	rule->shown.waiver_evidence = get_words(reading, waiver, "evidence", true);
	if (!node_get(waiver, "when"))
		complain(reading, waiver->line, "waiver.when", "is missing");
}

static const char *const kind_names[] = { "report", "police", "notify", "followup", "framework", "yearly", "standing",
	"internal" };

const char *duty_kind_name(enum duty_kind kind)
{
	return kind_names[(unsigned)kind < LEN(kind_names) ? kind : DUTY_REPORT];
}

static void fill_rule(struct reading *reading, const struct node *node, struct rule *rule)
{
	const struct pack *pack = rule->pack;
	struct duty_rule *shown = &rule->shown;
	int kind = get_word(reading, node, NULL, "kind", kind_names, LEN(kind_names));
	if (!node_get(node, "kind"))
		complain(reading, node->line, "kind", "is missing");
	shown->kind = kind >= 0 ? (enum duty_kind)kind : DUTY_REPORT;
	shown->title = get_words(reading, node, "title", true);
	shown->actor = get_words(reading, node, "actor", true);
	shown->addressee = get_words(reading, node, "addressee", true);
	shown->law = node_get(node, "law") ? get_words(reading, node, "law", true) : pack->law;
	shown->article = get_text(reading, node, "article", true);
	shown->verified = get_mark(reading, node, &shown->mark);
	shown->text_zh = get_text(reading, node, "text_zh", false);
	shown->text_en = get_text(reading, node, "text_en", true);
	const char *source = get_text(reading, node, "source_url", false);
	const char *mirror = get_text(reading, node, "mirror", false);
	shown->source_url = source[0] ? source : pack->source_url;
	shown->mirror = mirror[0] ? mirror : pack->mirror;
	shown->valid_from = get_date(reading, node, "valid_from", pack->valid_from);
	shown->valid_to = get_date(reading, node, "valid_to", pack->valid_to);
	shown->legal = get_truth(reading, node, "legal", shown->kind != DUTY_INTERNAL);
	if (shown->legal && shown->kind == DUTY_INTERNAL)
		complain(reading, node->line, "legal", "a target of our own is no law: legal: false");
	get_contents(reading, node, shown);
	get_partial(reading, node, shown);
	rule->clock = get_clock(reading, node, shown);
	rule->trigger = get_expression(reading, node, "trigger", true);
	bool always = shown->kind == DUTY_STANDING || shown->kind == DUTY_YEARLY;
	if (!node_get(node, "trigger") && !always)
		complain(reading, node->line, "trigger", "is missing");
	get_waiver(reading, node, rule);
}

static struct rule *find_rule(const struct duties *duties, const char *id)
{
	for (struct rule *at = duties->rules; at; at = at->next)
		if (strcasecmp(at->shown.id, id) == 0)
			return at;
	return NULL;
}

static void add_rule(struct reading *reading, const struct pack *pack, const struct node *node)
{
	static const char *const known[] = { "id", "kind", "title", "law", "article", "text_zh", "text_en",
		"source_url", "mirror", "mark", "verified", "valid_from", "valid_to", "actor", "trigger", "addressee",
		"clock", "partial_first", "contents", "waiver", "legal", NULL };
	struct duties *duties = reading->duties;
	struct rule *rule = pool_take(&duties->pool, sizeof *rule);
	if (!rule)
		return;
	reading->rule = "";
	reading->bad = false;
	const char *id = get_text(reading, node, "id", true);
	reading->rule = id;
	rule->pack = pack;
	rule->line = node->line;
	rule->shown.id = id;
	rule->shown.file = pack->file;
	check_keys(reading, node, NULL, known);
	fill_rule(reading, node, rule);
	if (id[0] && find_rule(duties, id))
		complain(reading, node->line, "id", "another rule has this id");
	if (!reading->bad) {
		if (duties->last_rule)
			duties->last_rule->next = rule;
		else
			duties->rules = rule;
		duties->last_rule = rule;
		duties->rule_count++;
	}
	reading->rule = "";
}

/* ---- gradings and derived facts ---- */

static void add_level(struct reading *reading, struct grading *grading, const struct node *node)
{
	static const char *const known[] = { "level", "mark", "verified", "when", NULL };
	char mark;
	check_keys(reading, node, "grades.levels", known);
	int level = level_of(view_of(get_text(reading, node, "level", true)));
	if (level <= 0) {
		complain(reading, node->line, "grades.levels.level", "wants 较大, 重大 or 特别重大");
		return;
	}
	if (grading->levels[level].when)
		complain(reading, node->line, "grades.levels.level", "is there twice");
	grading->levels[level].verified = get_mark(reading, node, &mark);
	grading->levels[level].when = get_expression(reading, node, "when", false);
	if (!node_get(node, "when"))
		complain(reading, node->line, "grades.levels.when", "is missing");
}

static struct grading *find_grading(const struct duties *duties, const char *standard)
{
	for (struct grading *at = duties->gradings; at; at = at->next)
		if (strcmp(at->standard, standard) == 0)
			return at;
	return NULL;
}

static void add_grading(struct reading *reading, const struct pack *pack, const struct node *node)
{
	static const char *const known[] = { "standard", "article", "valid_from", "valid_to", "levels", NULL };
	struct duties *duties = reading->duties;
	struct grading *grading = pool_take(&duties->pool, sizeof *grading);
	if (!grading)
		return;
	reading->bad = false;
	check_keys(reading, node, "grades", known);
	grading->pack = pack;
	grading->law = pack->law;
	grading->standard = get_text(reading, node, "standard", true);
	grading->article = get_text(reading, node, "article", true);
	grading->valid_from = get_date(reading, node, "valid_from", pack->valid_from);
	grading->valid_to = get_date(reading, node, "valid_to", pack->valid_to);
	const struct node *levels = node_get(node, "levels");
	if (!levels || !node_is_list(levels))
		complain(reading, node->line, "grades.levels", "wants a list");
	for (const struct node *at = levels ? levels->first : NULL; at; at = at->next)
		add_level(reading, grading, at);
	if (grading->standard[0] && find_grading(duties, grading->standard))
		complain(reading, node->line, "grades.standard", "another grading has this name");
	if (reading->bad)
		return;
	if (duties->last_grading)
		duties->last_grading->next = grading;
	else
		duties->gradings = grading;
	duties->last_grading = grading;
	duties->grading_count++;
}

static void add_derived(struct reading *reading, const struct pack *pack, const struct node *node)
{
	static const char *const known[] = { "fact", "value", "law", "article", "text_zh", "mark", "verified",
		"valid_from", "valid_to", "when", NULL };
	char mark;
	struct duties *duties = reading->duties;
	struct derived *derived = pool_take(&duties->pool, sizeof *derived);
	if (!derived)
		return;
	reading->bad = false;
	check_keys(reading, node, "facts", known);
	const char *name = get_text(reading, node, "fact", true), *value = get_text(reading, node, "value", true);
	derived->kind = fact_kind_of(view_of(name), NULL);
	if (name[0] && (!derived->kind || strchr(name, '.')))
		complain(reading, node->line, "facts.fact", "there is no such fact");
	else if (derived->kind && derived->kind->type == FACT_TIME)
		complain(reading, node->line, "facts.fact", "a time cannot be derived");
	else if (derived->kind && fact_value(derived->kind, value, &derived->value, NULL) != HUFU_OK)
		complain(reading, node->line, "facts.value", derived->kind->wants);
	derived->pack = pack;
	derived->law = node_get(node, "law") ? get_words(reading, node, "law", true) : pack->law;
	derived->article = get_text(reading, node, "article", true);
	derived->text_zh = get_text(reading, node, "text_zh", false);
	derived->verified = get_mark(reading, node, &mark);
	derived->valid_from = get_date(reading, node, "valid_from", pack->valid_from);
	derived->valid_to = get_date(reading, node, "valid_to", pack->valid_to);
	derived->when = get_expression(reading, node, "when", false);
	if (!node_get(node, "when"))
		complain(reading, node->line, "facts.when", "is missing");
	if (reading->bad)
		return;
	derived->number = duties->derived_count++;
	if (duties->last_derived)
		duties->last_derived->next = derived;
	else
		duties->derived = derived;
	duties->last_derived = derived;
}

/* ---- packs ---- */

static void each(struct reading *reading, const struct node *root, const char *field, const struct pack *pack,
        void (*add)(struct reading *, const struct pack *, const struct node *))
{
	const struct node *list = node_get(root, field);
	if (list && !node_is_list(list)) {
		complain(reading, list->line, field, "wants a list");
		return;
	}
	for (const struct node *at = list ? list->first : NULL; at; at = at->next) {
		if (at->value)
			complain(reading, at->line, field, "wants a map of fields");
		else
			add(reading, pack, at);
	}
}

static void add_pack(struct reading *reading, const struct node *root)
{
	static const char *const known[] = { "hufu_duties", "pack", "title", "law", "source_url", "mirror",
		"valid_from", "valid_to", "region", "offset", "applies", "facts", "grades", "rules", NULL };
	struct pack *pack = pool_take(&reading->duties->pool, sizeof *pack);
	if (!pack)
		return;
	check_keys(reading, root, NULL, known);
	pack->file = reading->file;
	pack->name = get_text(reading, root, "pack", true);
	pack->title_zh = get_words(reading, root, "title", true).zh;
	pack->law = get_words(reading, root, "law", true);
	pack->source_url = get_text(reading, root, "source_url", true);
	pack->mirror = get_text(reading, root, "mirror", false);
	pack->valid_from = get_date(reading, root, "valid_from", "");
	pack->valid_to = get_date(reading, root, "valid_to", "");
	pack->region = get_text(reading, root, "region", true);
	const char *offset = get_text(reading, root, "offset", true);
	if (offset[0] && !offset_parse(offset, &pack->offset))
		complain(reading, node_get(root, "offset")->line, "offset", "wants hours from UTC such as +08:00");
	pack->applies = get_expression(reading, root, "applies", false);
	if (node_get(root, "applies") && !pack->applies)
		return; /* without it the rules would hold everywhere */
	if (reading->duties->last_pack)
		reading->duties->last_pack->next = pack;
	else
		reading->duties->packs = pack;
	reading->duties->last_pack = pack;
	each(reading, root, "facts", pack, add_derived);
	each(reading, root, "grades", pack, add_grading);
	each(reading, root, "rules", pack, add_rule);
}

void duties_add(struct duties *duties, const char *file, const struct node *root)
{
	struct reading reading = { .duties = duties, .file = file, .rule = "" };
	const struct node *pack = node_get(root, "hufu_duties"), *calendar = node_get(root, "hufu_calendar");
	const struct node *form = pack ? pack : calendar;
	if (!form) {
		complain(&reading, root->first ? root->first->line : 0, "",
		        "is no pack: it begins with hufu_duties: 1, or hufu_calendar: 1");
		return;
	}
	if (!form->value || strcmp(form->value, "1") != 0) {
		complain(&reading, form->line, form->name, "is of a form that this hufu does not know: wants 1");
		return;
	}
	if (pack) {
		add_pack(&reading, root);
		return;
	}
	uint32_t line = 0;
	const char *what = NULL;
	struct calendar *made = calendar_parse(root, &duties->pool, &line, &what);
	if (!made) {
		complain(&reading, line, "", what);
		return;
	}
	made->next = duties->calendars;
	duties->calendars = made;
}

/* ---- what needs all of them ---- */

static const char *missing_grade(const struct duties *duties, const struct expression *expression)
{
	if (!expression)
		return NULL;
	if (expression->op == EXPRESSION_TEST)
		return expression->test.standard && !find_grading(duties, expression->test.standard)
		               ? expression->test.standard
		               : NULL;
	const char *missing = NULL;
	for (const struct expression *at = expression->first; at && !missing; at = at->next)
		missing = missing_grade(duties, at);
	return missing;
}

static bool settle_rule(struct duties *duties, struct rule *rule)
{
	const char *field = NULL;
	for (const struct calendar *at = duties->calendars; at && !rule->clock.calendar; at = at->next)
		if (strcmp(at->name, rule->clock.calendar_name) == 0)
			rule->clock.calendar = at;
	if (missing_grade(duties, rule->trigger) || missing_grade(duties, rule->waiver)) {
		duties_fault(duties, rule->shown.file, rule->line, rule->shown.id, "trigger",
		        "asks for a grade that no pack has");
		return false;
	}
	if (rule->clock.calendar_name[0] && !rule->clock.calendar)
		field = "clock.calendar";
	if (field)
		duties_fault(duties, rule->shown.file, rule->clock.line, rule->shown.id, field,
		        "there is no such calendar among the files");
	return !field;
}

void duties_settle(struct duties *duties)
{
	struct rule *kept = NULL, *last = NULL;
	duties->rule_count = 0;
	for (struct rule *at = duties->rules, *next; at; at = next) {
		next = at->next;
		at->next = NULL;
		if (!settle_rule(duties, at))
			continue;
		if (last)
			last->next = at;
		else
			kept = at;
		last = at;
		duties->rule_count++;
	}
	duties->rules = kept;
	duties->last_rule = last;
}
