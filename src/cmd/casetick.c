/* hufu case tick: what a timer has done every few minutes. Each part of it is a function and a line of the table; one
 * that fails keeps no other from its turn. Also hufu case told: what escalation told, and settling what is in doubt. */
#include "base/utf8.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 400 };

/* ---- parts ---- */

/* What a part of a tick is given; what it finds undone goes to `left`. */
struct tick {
	struct casebook *book;
	const struct config *config;
	bool dry_run, left;
};

static hufu_status escalate(struct tick *tick, json_t **out, hufu_error *error)
{
	return case_escalate(tick->book, tick->config, tick->dry_run, out, &tick->left, error);
}

static hufu_status retain(struct tick *tick, json_t **out, hufu_error *error)
{
	return retain_by_settings(tick->book, tick->config, tick->dry_run, out, error);
}

/* Silent while nothing goes: a timer's words are read when there are any. */
static void show_retention(FILE *to, const json_t *value, bool chinese)
{
	if (json_array_size(json_object_get(value, "removed")) || json_array_size(json_object_get(value, "orphans")) ||
	        json_integer_value(json_object_get(value, "finished")))
		show_retained(to, value, chinese);
}

/* A store without an authority has nothing to do here. */
static hufu_status stamp(struct tick *tick, json_t **out, hufu_error *error)
{
	const struct case_stamping stamping = { .dry_run = tick->dry_run };
	json_t *list = NULL;
	hufu_status status = HUFU_OK;
	if (config_text(tick->config, "stamp.url"))
		status = case_stamp(tick->book, tick->config, &stamping, &list, error);
	else
		list = json_array();
	if (status)
		json_decref(list);
	else
		*out = list;
	return status;
}

static void show_stamps(FILE *to, const json_t *list, bool chinese)
{
	if (json_array_size(list))
		case_show_stamped(to, list, chinese);
}

static case_show_text show_escalation;

static const struct tick_part {
	const char *name; /* of its field in the JSON */
	hufu_status (*run)(struct tick *tick, json_t **out, hufu_error *error);
	case_show_text *show;
} parts[] = {
	{ "escalation", escalate, show_escalation },
	{ "retention", retain, show_retention },
	{ "stamps", stamp, show_stamps },
};

/* ---- text ---- */

static const char *cell(const json_t *row, const char *name, char out[CELL_MAX])
{
	const char *value = json_string_value(json_object_get(row, name));
	printable(view_of(value ? value : ""), out, CELL_MAX);
	return out;
}

static const char *spoken(const json_t *row, const char *name, bool chinese, char out[CELL_MAX])
{
	return cell(json_object_get(row, name), chinese ? "zh" : "en", out);
}

static void show_subject(FILE *to, const json_t *row, bool chinese)
{
	char a[CELL_MAX], b[CELL_MAX], c[CELL_MAX];
	fprintf(to, "  %lld  %s%s ", (long long)json_integer_value(json_object_get(row, "n")),
	        json_is_true(json_object_get(row, "drill")) ? (chinese ? "【演练】" : "[DRILL] ") : "",
	        cell(row, "case", a));
	if (json_is_integer(json_object_get(row, "task")))
		fprintf(to, chinese ? "任务 %lld" : "task %lld",
		        (long long)json_integer_value(json_object_get(row, "task")));
	else
		fputs(cell(row, "rule", b), to);
	fprintf(to, ": %s", spoken(row, "step_text", chinese, c));
}

static void show_row(FILE *to, const json_t *row, bool chinese)
{
	char a[CELL_MAX], b[CELL_MAX];
	long long code = (long long)json_integer_value(json_object_get(row, "code"));
	show_subject(to, row, chinese);
	fprintf(to, ", %s", cell(row, "channel", a));
	if (!json_is_true(json_object_get(row, "drill")))
		fprintf(to, " %s", cell(row, "to", b));
	if (cell(row, "why", a)[0])
		fprintf(to, "\n       %s", a);
	if (code && a[0])
		fprintf(to, " (%lld%s%s)", code, cell(row, "status", b)[0] ? " " : "", b);
	if (!strcmp(cell(row, "state", b), "doubt")) /* what the other side's log calls it */
		fprintf(to, "\n       %s", cell(row, "message", b));
	if (cell(row, "next_at", b)[0] && a[0])
		fprintf(to, chinese ? "；将于 %s 再试" : "; tried again from %s", b);
	fputc('\n', to);
}

static const struct {
	const char *name, *en, *zh;
	enum console_style style;
} lists[] = {
	{ "told", "told", "已告知", STYLE_GREEN },
	{ "planned", "to be told", "待告知", STYLE_BOLD },
	{ "waiting", "could not be told yet", "尚未能告知", STYLE_YELLOW },
	{ "refused", "refused", "被拒绝", STYLE_RED },
	{ "sending", "being told by another process", "另一进程正在告知", STYLE_DIM },
	{ "doubt", "in doubt: it may have arrived", "存疑：可能已送达", STYLE_RED },
};

static void show_escalation(FILE *to, const json_t *value, bool chinese)
{
	size_t shown = 0, at;
	json_t *row;
	for (size_t i = 0; i < LEN(lists); i++) {
		const json_t *list = json_object_get(value, lists[i].name);
		if (json_array_size(list))
			fprintf(to, "%s%s%s\n", console_style(to, lists[i].style), chinese ? lists[i].zh : lists[i].en,
			        console_style(to, STYLE_PLAIN));
		json_array_foreach(list, at, row)
		{
			show_row(to, row, chinese);
		}
		shown += json_array_size(list);
	}
	if (json_array_size(json_object_get(value, "refused")) || json_array_size(json_object_get(value, "doubt")))
		fputs(chinese ? "查实后：hufu case told 案件 序号 sent（已送达）或 again（重发）\n"
		              : "when you know better: hufu case told ID N sent (it arrived) or again (send it anew)\n",
		        to);
	if (!shown)
		fputs(chinese ? "没有需要告知的\n" : "nothing to tell\n", to);
}

static void show_told(FILE *to, const json_t *rows, bool chinese)
{
	size_t at;
	json_t *row;
	char state[CELL_MAX];
	json_array_foreach(rows, at, row)
	{
		const char *word = cell(row, "state", state);
		for (size_t i = 0; chinese && i < LEN(lists); i++)
			if (!strcmp(word, lists[i].name))
				word = lists[i].zh;
		fprintf(to, "%s\n", word);
		show_row(to, row, chinese);
	}
	if (!json_array_size(rows))
		fputs(chinese ? "尚未告知任何人\n" : "nobody was told anything so far\n", to);
}

/* ---- the words ---- */

/* All parts have their turn; the first failure is the tick's, the others are lines of their own. */
static hufu_status run_parts(struct tick *tick, const struct case_given *given, json_t *all, hufu_error *error)
{
	hufu_status first = HUFU_OK;
	for (size_t i = 0; i < LEN(parts); i++) {
		json_t *out = NULL;
		hufu_error why = { 0 };
		hufu_status status = parts[i].run(tick, &out, &why);
		if (!status && !given->json)
			parts[i].show(stdout, out, case_in_chinese(given));
		if (!status)
			json_object_set_new(all, parts[i].name, out);
		else if (first)
			console_fail(&why);
		else
			*error = why;
		first = first ? first : status;
	}
	return first;
}

hufu_status act_tick(struct case_given *given, hufu_error *error)
{
	struct config *config = NULL;
	json_t *all = json_object();
	hufu_status status = config_open(given->opened->dir, &config, error);
	struct tick tick = { .book = given->book, .config = config, .dry_run = given->dry_run };
	if (!status) {
		status = run_parts(&tick, given, all, error);
		hufu_status printed = given->json ? console_json(all, status ? NULL : error) : HUFU_OK;
		status = status ? status : printed;
	}
	json_decref(all);
	config_close(config);
	given->ends = tick.left ? EXIT_NO : EXIT_YES;
	return status;
}

static hufu_status settle(struct case_given *given, hufu_error *error)
{
	char *end;
	long long n = strtoll(given->words[1], &end, 10);
	if (*end || n <= 0)
		return fail(error, HUFU_USAGE, view_of(given->words[1]), "is no number of something told",
		        "hufu case told ID lists them");
	if (given->count < 3)
		return fail(error, HUFU_USAGE, view_of("case told"), "wants sent or again", NULL);
	return case_told_settle(given->book, given->words[0], n, given->words[2], error);
}

hufu_status act_told(struct case_given *given, hufu_error *error)
{
	json_t *rows = NULL;
	if (given->count > 1)
		return settle(given, error);
	hufu_status status = case_told(given->book, given->words[0], &rows, error);
	return status ? status : case_answer(given, rows, show_told, error);
}
