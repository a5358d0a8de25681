/* hufu case open --drill without files: the exercise. */
#include "base/auto.h"
#include "base/clock.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "drill/drill.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who runs it by a script needs no company. */
static void doing(const char *what)
{
	if (isatty(STDERR_FILENO))
		console_note("drill", what);
}

static const char *word_of(const json_t *object, const char *name, char *out, size_t cap)
{
	const char *value = json_string_value(json_object_get(object, name));
	printable(view_of(value ? value : ""), out, cap);
	return out;
}

static void show_answers(FILE *to, const json_t *report, bool chinese)
{
	size_t at;
	json_t *answer;
	char title[128], said[256], expected[256];
	json_array_foreach(json_object_get(report, "answers"), at, answer)
	{
		bool right = json_is_true(json_object_get(answer, "right"));
		fprintf(to, "  %6.2f s  %s%s%s ", json_real_value(json_object_get(answer, "seconds")),
		        console_style(to, right ? STYLE_GREEN : STYLE_RED),
		        right ? (chinese ? "对" : "right") : (chinese ? "错" : "wrong"),
		        console_style(to, STYLE_PLAIN));
		console_padded(
		        to, word_of(json_object_get(answer, "title"), chinese ? "zh" : "en", title, sizeof title), 32);
		fprintf(to, " %s", word_of(answer, "said", said, sizeof said));
		if (!right)
			fprintf(to, chinese ? "（应为 %s）" : " (expected: %s)",
			        word_of(answer, "expected", expected, sizeof expected));
		fputc('\n', to);
	}
}

static void show_seals(FILE *to, const json_t *report, bool chinese)
{
	size_t at;
	json_t *seal;
	char dataset[256], newest[64];
	json_array_foreach(json_object_get(report, "seals"), at, seal)
	{
		bool opens = json_is_true(json_object_get(seal, "opens")),
		     stale = json_is_true(json_object_get(seal, "stale"));
		fprintf(to, "  %s: ", word_of(seal, "dataset", dataset, sizeof dataset));
		if (!opens)
			fprintf(to, "%s%s%s\n", console_style(to, STYLE_RED),
			        chinese ? "打不开，事发当天它答不了任何问题"
			                : "does not open: on the day it answers nothing",
			        console_style(to, STYLE_PLAIN));
		else
			fprintf(to,
			        chinese ? "%s可打开，最新快照 %s，%lld 天前%s%s\n"
			                : "%sopens; newest snapshot %s, %lld days old%s%s\n",
			        stale ? console_style(to, STYLE_YELLOW) : "",
			        word_of(seal, "newest", newest, sizeof newest),
			        (long long)json_integer_value(json_object_get(seal, "age_days")),
			        stale ? (chinese ? "：应再封存一次" : ": seal it again") : "",
			        stale ? console_style(to, STYLE_PLAIN) : "");
	}
}

void show_drill(FILE *to, const json_t *report, bool chinese)
{
	char number[64], dataset[256];
	bool rehearsal = json_is_true(json_object_get(report, "rehearsal"));
	fprintf(to, chinese ? "【演练】案件 %s：%s\n" : "[DRILL] case %s: %s\n",
	        word_of(report, "id", number, sizeof number), word_of(report, "dataset", dataset, sizeof dataset));
	fputs(rehearsal ? (chinese ? "  以虚构人员的孪生数据演练；真实封存只检查能否打开\n"
	                           : "  rehearsed on a twin with people who do not exist; of the real seals only that "
	                             "they open\n")
	                : (chinese ? "  以我方现有数据对真实封存演练\n"
	                           : "  put to the real seals, with rows of ours\n"),
	        to);
	show_answers(to, report, chinese);
	fputs(chinese ? "封存情况\n" : "the seals\n", to);
	show_seals(to, report, chinese);
}

/* "DATASET=SOURCE" cut apart; the caller frees. */
static hufu_status cut_from(const char *from, char **dataset, const char **source, hufu_error *error)
{
	const char *equals = strchr(from, '=');
	if (!equals || equals == from || !equals[1])
		return fail(error, HUFU_USAGE, view_of("--from"), "wants DATASET=SOURCE",
		        "name a sealed dataset and its current file");
	*dataset = strndup(from, (size_t)(equals - from));
	*source = equals + 1;
	return *dataset ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("drill"), "no memory", NULL);
}

hufu_status act_drill(struct case_given *given, hufu_error *error)
{
	AUTO_FREE char *dataset = given->dataset ? strdup(given->dataset) : NULL;
	struct drill_options options = { .seed = clock_ticks() ^ (uint64_t)clock_now() << 20, .progress = doing };
	json_t *report = NULL;
	hufu_status status = HUFU_OK;
	if (given->from.count && given->dataset)
		status = fail(
		        error, HUFU_USAGE, view_of("case open --drill"), "takes --dataset or --from, not both", NULL);
	if (!status && given->from.count)
		status = cut_from(case_from(given), &dataset, &options.source, error);
	options.dataset = dataset;
	if (!status)
		status = drill_run(given->book, given->opened, &options, &report, error);
	return status ? status : case_answer(given, report, show_drill, error);
}
