/* hufu duties: looks into the rule packs, and judges facts by them. Needs no store and no key, but for a case's facts.
 */
#include "base/auto.h"
#include "base/clock.h"
#include "base/io.h"
#include "case/case.h"
#include "cmd/console.h"
#include "duty/duty.h"

#include <stdlib.h>
#include <unistd.h>

enum { FACTS_MAX = 256, FILE_MAX = 16 << 20 };

static const char help[] =
        "usage: hufu duties check [PACK...]\n"
        "       hufu duties list\n"
        "       hufu duties facts\n"
        "       hufu duties judge NAME=VALUE[@SOURCE]...\n"
        "       hufu duties explain [CASE|FACTS] RULE [NAME=VALUE[@SOURCE]]...\n"
        "\n"
        "Who must be told what, by when, by which article. The rules are data that you can read and\n"
        "edit: duties/*.yaml, in $HUFU_DUTIES or where hufu is installed.\n"
        "\n"
        "  check    looks at every field of the packs (or of those named) and lists all faults\n"
        "  list     the rules, with their mark and whether they are verified\n"
        "  facts    the facts that rules ask for, and what values they take\n"
        "  judge    the duties that follow from these facts\n"
        "  explain  in words, why a rule applies or does not, and what is missing. CASE is a case of the\n"
        "           store (2026-1); FACTS is a JSON file\n"
        "           such as hufu case show --json prints: {\"facts\": [{\"name\": ..., \"value\": ...}]}\n"
        "\n"
        "Several values of one fact from several sources all count, the gravest first, unless one is\n"
        "confirmed. A rule marked S or M was not read in the law itself and is never shown as law.\n"
        "\n"
        "  --basis BASIS   of the facts on the command line: claimed (default), estimated, confirmed\n"
        "  --lang LANG     zh or en (default)\n"
        "  --json          judge: one JSON object; list: an object a line\n"
        "  --all           judge: also what holds every year or always, and not for this incident alone\n"
        "  --store DIR     explain: the store of CASE; else $HUFU_STORE, else ~/.local/share/hufu\n"
        "\n"
        "examples:\n"
        "  hufu duties judge sector=automotive people=4850000@seller learned_at=2022-12-11T09:30:00+08:00\n"
        "  hufu duties explain CN-MIIT214-REPORT sector=automotive people=900000\n"
        "\n"
        "exit: 0 no fault, a duty arises, the rule applies; 1 faults, none, not; 2 it could not be judged.\n";

static int run(int argc, char **argv);

const struct command command_duties = { "duties", "who must be told what, by when, by which article", help, run };

struct asked {
	const char *basis, *lang, *store;
	bool json, all, chinese;
	struct fact facts[FACTS_MAX];
	size_t count;
	json_t *file; /* owns texts of facts */
};

/* ---- facts ---- */

static hufu_status add_fact(struct asked *asked, struct fact fact, hufu_error *error)
{
	hufu_status st = fact_check(fact.name, fact.value, error);
	if (st == HUFU_OK && asked->count == FACTS_MAX)
		st = fail(error, HUFU_LIMIT, view_of(fact.name), "more facts than can be judged at once", NULL);
	if (st == HUFU_OK)
		asked->facts[asked->count++] = fact;
	return st;
}

/* NAME=VALUE@SOURCE, cut up where it stands. */
static hufu_status take_fact(struct asked *asked, char *word, hufu_error *error)
{
	struct fact fact = { .name = word, .source = "" };
	char *value = strchr(word, '='), *source = value ? strchr(value, '@') : NULL;
	if (!value)
		return fail(error, HUFU_USAGE, view_of(word), "is no fact", "write NAME=VALUE");
	*value = '\0';
	fact.value = value + 1;
	if (source) {
		*source = '\0';
		fact.source = source + 1;
	}
	if (asked->basis && !fact_basis_of(view_of(asked->basis), &fact.basis))
		return fail(error, HUFU_USAGE, view_of(asked->basis), "is no basis", "claimed, estimated or confirmed");
	return add_fact(asked, fact, error);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static hufu_status take_json_fact(struct asked *asked, const json_t *object, hufu_error *error)
{
	struct fact fact = {
		.name = text_of(object, "name"), .value = text_of(object, "value"), .source = text_of(object, "source")
	};
	fact_basis_of(view_of(text_of(object, "basis")), &fact.basis);
	/* What a verdict says of datasets and kinds, no law asks for. */
	char region[FACT_REGION_MAX];
	if (json_is_true(json_object_get(object, "superseded")) || !fact_kind_of(view_of(fact.name), region))
		return HUFU_OK;
	return add_fact(asked, fact, error);
}

static bool is_case(const char *name)
{
	size_t year = strspn(name, "0123456789"),
	       number = name[year] == '-' ? strspn(name + year + 1, "0123456789") : 0;
	return year == 4 && number && !name[year + 1 + number] && access(name, F_OK) != 0;
}

static hufu_status read_case(struct asked *asked, const char *number, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	struct store *store = NULL;
	struct casebook *book = NULL;
	hufu_status st = store_dir(asked->store, &dir, error);
	if (st == HUFU_OK)
		st = store_open(dir, &store, error);
	if (st == HUFU_OK)
		st = casebook_open(store, &book, error);
	if (st == HUFU_OK)
		st = case_show(book, number, &asked->file, error);
	casebook_close(book);
	store_close(store);
	return st;
}

/* A case of the store, or what `hufu case show --json` prints of one: our own JSON. */
static hufu_status take_file(struct asked *asked, const char *path, hufu_error *error)
{
	struct bytes text = { 0 };
	size_t index;
	json_t *object;
	bool of_store = is_case(path);
	hufu_status st = of_store ? read_case(asked, path, error) : io_read_file(path, FILE_MAX, &text, error);
	if (st == HUFU_OK && !of_store)
		asked->file = json_loadb(text.ptr ? text.ptr : "", text.len, 0, NULL);
	bytes_done(&text);
	const json_t *facts = json_object_get(asked->file, "facts");
	if (st == HUFU_OK && !json_is_array(facts))
		st = fail(error, HUFU_MALFORMED, view_of(path), "holds no facts",
		        "hufu case show ID --json prints what is wanted");
	json_array_foreach(facts, index, object) if (st == HUFU_OK) st = take_json_fact(asked, object, error);
	return st;
}

/* ---- showing ---- */

static void tell_faults(const struct duties *duties)
{
	char line[1024];
	for (const struct duty_fault *at = duties_faults(duties); at; at = at->next) {
		duty_fault_line(at, line, sizeof line);
		fprintf(stderr, "hufu: %s\n", line);
	}
}

static const char *in(const struct asked *asked, const struct duty_words *words)
{
	return asked->chinese ? words->zh : words->en;
}

static void tell_duty(const struct asked *asked, const struct duty *duty)
{
	const struct duty_rule *rule = duty->rule;
	printf("%s%s%s  %s\n", console_style(stdout, STYLE_BOLD), rule->id, console_style(stdout, STYLE_PLAIN),
	        in(asked, &rule->title));
	printf("    %s, %s%s%s%s\n", in(asked, &rule->law), rule->article, rule->text_zh[0] ? "  「" : "",
	        rule->text_zh, rule->text_zh[0] ? "」" : "");
	printf("    %s %s\n", asked->chinese ? "对象：" : "to:", in(asked, &rule->addressee));
	printf("    %s %s%s%s\n", asked->chinese ? "期限：" : "by:", in(asked, &duty->when),
	        duty->due_text ? " = " : "", duty->due_text ? duty->due_text : "");
	if (!rule->verified)
		printf("    %s\n", asked->chinese ? "未经核对原文" : "not verified: not read in the law itself");
	if (!rule->legal)
		printf("    %s\n", asked->chinese ? "自定目标，不是法律" : "a target of our own, no law");
	for (const struct duty_reason *at = duty->because; at; at = at->next)
		printf("    - %s\n", in(asked, &at->words));
}

static bool is_of_incident(enum duty_kind kind)
{
	return kind != DUTY_YEARLY && kind != DUTY_STANDING;
}

static void tell_judgement(const struct asked *asked, const struct judgement *judgement)
{
	size_t hidden = 0;
	for (size_t i = 0; i < judgement->count; i++) {
		if (asked->all || is_of_incident(judgement->duties[i].rule->kind))
			tell_duty(asked, &judgement->duties[i]);
		else
			hidden++;
	}
	for (size_t i = 0; i < judgement->warning_count; i++)
		printf("%s\n", in(asked, &judgement->warnings[i]));
	printf(asked->chinese ? "适用%s的规则" : "by the rules of %s", judgement->rules_as_of);
	if (hidden)
		printf(asked->chinese ? "；另有%zu项常年义务，用--all显示"
		                      : "; %zu more hold every year or always: --all",
		        hidden);
	putchar('\n');
}

/* ---- actions ---- */

static hufu_status check(int argc, char **argv, int *code, hufu_error *error)
{
	struct duties *duties = NULL;
	hufu_status st = argc > 2 ? duties_load_files((const char *const *)argv + 2, (size_t)(argc - 2), &duties, error)
	                          : duties_load(NULL, &duties, error);
	if (st != HUFU_OK)
		return st;
	tell_faults(duties);
	*code = duties_faults(duties) ? EXIT_NO : EXIT_YES;
	if (*code == EXIT_YES)
		printf("%zu rules, no fault\n", duties_count(duties));
	duties_free(duties);
	return HUFU_OK;
}

static void list_rule(const struct asked *asked, const struct duty_rule *rule)
{
	if (!asked->json) {
		printf("%-22s %c %-10s %s, %s\n", rule->id, rule->mark, duty_kind_name(rule->kind),
		        in(asked, &rule->title), rule->article);
		return;
	}
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s#, s:b, s:b}", "rule", rule->id, "kind",
	        duty_kind_name(rule->kind), "law", rule->law.zh, "article", rule->article, "text_zh", rule->text_zh,
	        "mark", &rule->mark, (size_t)1, "legal", rule->legal, "verified", rule->verified);
	if (object)
		json_dumpf(object, stdout, 0);
	putchar('\n');
	json_decref(object);
}

static hufu_status list(const struct asked *asked, int *code, hufu_error *error)
{
	struct duties *duties = NULL;
	hufu_status st = duties_load(NULL, &duties, error);
	if (st != HUFU_OK)
		return st;
	for (size_t i = 0; i < duties_count(duties); i++)
		list_rule(asked, duties_rule(duties, i));
	tell_faults(duties);
	*code = duties_faults(duties) ? EXIT_NO : EXIT_YES;
	duties_free(duties);
	return HUFU_OK;
}

static void list_facts(const struct asked *asked)
{
	const struct fact_kind *kind;
	for (size_t i = 0; (kind = fact_kind_at(i)); i++)
		printf("%-18s %s%s; %s\n", kind->name, asked->chinese ? kind->zh : kind->en,
		        kind->regional ? " (also of a region: .CN)" : "", kind->wants);
}

static hufu_status judge(const struct asked *asked, int *code, hufu_error *error)
{
	struct duties *duties = NULL;
	struct judgement judgement = { 0 };
	hufu_status st = duties_load(NULL, &duties, error);
	if (st == HUFU_OK)
		st = duties_judge(duties, asked->facts, asked->count, clock_now(), &judgement, error);
	if (st == HUFU_OK && asked->json) {
		json_t *object = judgement_json(&judgement, duties);
		st = object ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("duties"), "out of memory", NULL);
		if (object && json_dumpf(object, stdout, 0) == 0)
			putchar('\n');
		json_decref(object);
	} else if (st == HUFU_OK) {
		tell_judgement(asked, &judgement);
	}
	if (st == HUFU_OK) {
		tell_faults(duties);
		*code = judgement.count ? EXIT_YES : EXIT_NO;
	}
	judgement_done(&judgement);
	duties_free(duties);
	return st;
}

static hufu_status explain(const struct asked *asked, const char *rule, int *code, hufu_error *error)
{
	struct duties *duties = NULL;
	struct bytes text = { 0 };
	bool applies = false;
	hufu_status st = duties_load(NULL, &duties, error);
	if (st == HUFU_OK)
		st = duties_explain(
		        duties, asked->facts, asked->count, rule, asked->chinese, clock_now(), &text, &applies, error);
	if (st == HUFU_OK) {
		fwrite(text.ptr, 1, text.len, stdout);
		tell_faults(duties);
		*code = applies ? EXIT_YES : EXIT_NO;
	}
	bytes_done(&text);
	duties_free(duties);
	return st;
}

/* [FACTS] RULE, and facts anywhere among them. */
static hufu_status explain_words(struct asked *asked, int argc, char **argv, int *code, hufu_error *error)
{
	const char *names[2] = { NULL, NULL };
	size_t count = 0;
	hufu_status st = HUFU_OK;
	for (int i = 2; i < argc && st == HUFU_OK; i++) {
		if (strchr(argv[i], '='))
			st = take_fact(asked, argv[i], error);
		else if (count < LEN(names))
			names[count++] = argv[i];
		else
			st = fail(error, HUFU_USAGE, view_of(argv[i]), "is one word too many", "see: hufu help duties");
	}
	if (st == HUFU_OK && count == 0)
		st = fail(error, HUFU_USAGE, view_of("explain"), "wants a rule", "hufu duties list shows them");
	if (st == HUFU_OK && count == 2)
		st = take_file(asked, names[0], error);
	return st == HUFU_OK ? explain(asked, names[count - 1], code, error) : st;
}

static hufu_status act(struct asked *asked, int argc, char **argv, int *code, hufu_error *error)
{
	hufu_status st = HUFU_OK;
	if (strcmp(argv[1], "check") == 0)
		return check(argc, argv, code, error);
	if (strcmp(argv[1], "list") == 0)
		return list(asked, code, error);
	if (strcmp(argv[1], "facts") == 0) {
		list_facts(asked);
		*code = EXIT_YES;
		return HUFU_OK;
	}
	if (strcmp(argv[1], "explain") == 0)
		return explain_words(asked, argc, argv, code, error);
	for (int i = 2; i < argc && st == HUFU_OK; i++)
		st = take_fact(asked, argv[i], error);
	return st == HUFU_OK ? judge(asked, code, error) : st;
}

static const char *const actions[] = { "check", "list", "facts", "judge", "explain" };

static const char *action_name(size_t at)
{
	return actions[at];
}

static int run(int argc, char **argv)
{
	AUTO_FREE struct asked *asked = calloc(1, sizeof *asked);
	hufu_error error = { 0 };
	int code = EXIT_TROUBLE;
	bool known = false;
	if (!asked)
		return EXIT_TROUBLE;
	const struct option options[] = { { .name = "basis", .text = &asked->basis },
		{ .name = "lang", .text = &asked->lang }, { .name = "json", .flag = &asked->json },
		{ .name = "all", .flag = &asked->all }, { .name = "store", .text = &asked->store } };
	int ends = options_take(&command_duties, options, LEN(options), &argc, argv);
	if (ends >= 0)
		return ends;
	if (argc < 2)
		return console_usage(&command_duties, NULL, "say what: check, list, facts, judge or explain");
	for (size_t i = 0; i < LEN(actions); i++)
		known |= strcmp(argv[1], actions[i]) == 0;
	if (!known) {
		const char *near = nearest_name(argv[1], action_name, LEN(actions));
		char words[128];
		snprintf(words, sizeof words,
		        near ? "there is no such action; did you mean %s?" : "there is no such action", near);
		return console_usage(&command_duties, argv[1], words);
	}
	if (asked->lang && strcmp(asked->lang, "zh") != 0 && strcmp(asked->lang, "en") != 0)
		return console_usage(&command_duties, asked->lang, "--lang wants zh or en");
	asked->chinese = asked->lang && strcmp(asked->lang, "zh") == 0;
	hufu_status st = act(asked, argc, argv, &code, &error);
	json_decref(asked->file);
	return st == HUFU_OK ? code : console_fail(&error);
}
