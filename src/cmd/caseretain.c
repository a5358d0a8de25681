/* hufu case retain, hold, check: how long evidence is kept, and whether it is whole. */
#include "base/auto.h"
#include "case/retain.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

/* ---- retain ---- */

/* "retention.leak: 180d after the case closed": what a tombstone says for good. */
static void rule_words(const struct config *config, const char *name, char out[128], struct case_rule *rule)
{
	const char *span = config_text(config, name);
	*rule = (struct case_rule){ .words = span ? out : NULL, .span = config_number(config, name) };
	snprintf(out, 128, "%s: %s after the case closed", name, span ? span : "");
}

static const char *shown_of(const json_t *object, const char *name, char *out, size_t cap)
{
	const char *value = json_string_value(json_object_get(object, name));
	printable(view_of(value ? value : ""), out, cap);
	return out;
}

static void list_words(FILE *to, const json_t *list)
{
	size_t at;
	json_t *word;
	char shown[256];
	json_array_foreach((json_t *)(uintptr_t)list, at, word)
	{
		printable(view_of(json_string_value(word)), shown, sizeof shown);
		fprintf(to, "%s%s", at ? ", " : "", shown);
	}
}

static void show_removed(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *entry;
	char digest[80], rule[256];
	json_array_foreach(json_object_get(value, "removed"), at, entry)
	{
		fprintf(to, "%.16s  %lld B  ", shown_of(entry, "sha256", digest, sizeof digest),
		        (long long)json_integer_value(json_object_get(entry, "bytes")));
		list_words(to, json_object_get(entry, "names"));
		fputs(chinese ? "（案件 " : " (", to);
		list_words(to, json_object_get(entry, "cases"));
		fprintf(to, chinese ? "）：%s\n" : "): %s\n", shown_of(entry, "rule", rule, sizeof rule));
	}
}

void show_retained(FILE *to, const json_t *value, bool chinese)
{
	size_t orphans = json_array_size(json_object_get(value, "orphans"));
	long long finished = (long long)json_integer_value(json_object_get(value, "finished"));
	long long held = (long long)json_integer_value(json_object_get(value, "held"));
	char next[80];
	show_removed(to, value, chinese);
	fprintf(to, chinese ? "按保存期限规则到期的证据：%zu 件\n" : "evidence due by a retention rule: %zu\n",
	        json_array_size(json_object_get(value, "removed")));
	if (orphans)
		fprintf(to, chinese ? "  无案件提及的残留：%zu 件\n" : "  named by no case: %zu\n", orphans);
	if (finished)
		fprintf(to, chinese ? "  补完上次中断的删除：%lld 件\n" : "  removals of before, finished: %lld\n",
		        finished);
	if (held)
		fprintf(to, chinese ? "  因证据保全而保留：%lld 件\n" : "  kept by a legal hold alone: %lld\n", held);
	if (shown_of(value, "next", next, sizeof next)[0])
		fprintf(to, chinese ? "  下一次到期：%s\n" : "  the next falls due %s\n", next);
}

hufu_status retain_by_settings(
        struct casebook *book, const struct config *config, bool only_look, json_t **out, hufu_error *error)
{
	char leak[128], evidence[128];
	struct case_retention retention = { .only_look = only_look };
	rule_words(config, "retention.leak", leak, &retention.leak);
	rule_words(config, "retention.evidence", evidence, &retention.evidence);
	return case_retain(book, &retention, out, error);
}

hufu_status act_retain(struct case_given *given, hufu_error *error)
{
	struct config *config = NULL;
	json_t *value = NULL;
	hufu_status status = config_open(given->opened->dir, &config, error);
	if (!status)
		status = retain_by_settings(given->book, config, given->dry_run, &value, error);
	config_close(config);
	return status ? status : case_answer(given, value, show_retained, error);
}

/* ---- hold ---- */

hufu_status act_hold(struct case_given *given, hufu_error *error)
{
	return given->why ? case_hold(given->book, given->words[0], !given->release, given->why, error)
	                  : fail(error, HUFU_USAGE, view_of("case hold"), "wants --why TEXT",
	                            "say which proceedings need the evidence, or why they no longer do");
}

/* ---- check ---- */

static struct progress checking;

static void moved(uint64_t done, uint64_t all)
{
	checking.total = all;
	progress_move(&checking, done);
}

static void show_check(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *fault;
	char number[64], what[128], why[256];
	json_array_foreach(json_object_get(value, "faults"), at, fault)
	{
		fprintf(to, "%s%s: %s: %s%s\n", console_style(to, STYLE_RED),
		        shown_of(fault, "case", number, sizeof number), shown_of(fault, "what", what, sizeof what),
		        shown_of(fault, "why", why, sizeof why), console_style(to, STYLE_PLAIN));
	}
	fprintf(to,
	        chinese ? "已核对 %lld 个案件、%lld 件证据、%lld 字节；不符 %zu 处\n"
	                : "looked at: cases %lld, pieces of evidence %lld, bytes %lld; what does not hold: %zu\n",
	        (long long)json_integer_value(json_object_get(value, "cases")),
	        (long long)json_integer_value(json_object_get(value, "objects")),
	        (long long)json_integer_value(json_object_get(value, "bytes")),
	        json_array_size(json_object_get(value, "faults")));
}

hufu_status act_check(struct case_given *given, hufu_error *error)
{
	json_t *value = NULL;
	progress_begin(&checking, "checking", "B", 0);
	hufu_status status = case_check(given->book, given->count ? given->words[0] : NULL, moved, &value, error);
	progress_end(&checking);
	if (status)
		return status;
	given->ends = json_array_size(json_object_get(value, "faults")) ? EXIT_NO : EXIT_YES;
	return case_answer(given, value, show_check, error);
}
