/* hufu case notice: telling the people of a case; what a notice says, who released it, what became of each entry. */
#include "base/io.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "config/config.h"
#include "notify/notify.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 400, PEOPLE_FILE_MAX = 64 << 20 };

static const char *cell(const json_t *row, const char *name, char out[CELL_MAX])
{
	const char *value = json_string_value(json_object_get(row, name));
	printable(view_of(value ? value : ""), out, CELL_MAX);
	return out;
}

static long long number(const json_t *row, const char *name)
{
	return (long long)json_integer_value(json_object_get(row, name));
}

/* ---- text ---- */

static const struct {
	const char *state, *en, *zh;
} states[] = {
	{ "accepted", "told", "已告知" },
	{ "planned", "to be told", "待告知" },
	{ "sending", "being told", "正在告知" },
	{ "doubt", "in doubt: it may have arrived", "存疑：可能已送达" },
	{ "refused", "refused", "被拒绝" },
	{ "bounced", "came back", "被退回" },
	{ "no_contact", "no address that can be used", "无可用联系方式" },
	{ "lost", "in no source", "来源中查无此人" },
	{ "exempt", "need not be told", "依法可不告知" },
	{ "drill", "drill: not sent", "演练：未发送" },
};

static void show_counts(FILE *to, const json_t *counts, bool chinese)
{
	for (size_t i = 0; i < LEN(states); i++)
		if (json_object_get(counts, states[i].state))
			fprintf(to, "  %8lld  %s\n", number(counts, states[i].state),
			        chinese ? states[i].zh : states[i].en);
}

static void show_version(FILE *to, const json_t *version, bool chinese)
{
	char a[CELL_MAX], b[CELL_MAX], c[CELL_MAX], d[CELL_MAX];
	fprintf(to, chinese ? "第 %lld 版：%s\n  %s 由 %s 撰写" : "version %lld: %s\n  written %s by %s",
	        number(version, "version"), cell(version, "subject", a), cell(version, "written_at", b),
	        cell(version, "written_by", c));
	if (!cell(version, "released_at", b)[0])
		fputs(chinese ? "，尚未批准发送\n" : "; not released\n", to);
	else
		fprintf(to, chinese ? "，%s 由 %s 批准发送%s\n" : "; released %s by %s%s\n", b,
		        cell(version, "released_by", d),
		        json_is_true(json_object_get(version, "proved")) ? ""
		        : chinese ? "（本地存储无法证明其为另一人）"
		                  : " (a store without accounts cannot prove that this is somebody else)");
	show_counts(to, json_object_get(version, "counts"), chinese);
	if (number(version, "tests"))
		fprintf(to, chinese ? "  %8lld  发往测试地址\n" : "  %8lld  sent to a test address\n",
		        number(version, "tests"));
	if (cell(version, "next_at", b)[0])
		fprintf(to, chinese ? "  将于 %s 再试\n" : "  the next try from %s\n", b);
}

static void show_entry(FILE *to, const json_t *row, bool chinese)
{
	char a[CELL_MAX], b[CELL_MAX], c[CELL_MAX];
	const char *state = cell(row, "state", a);
	for (size_t i = 0; i < LEN(states); i++)
		if (!strcmp(state, states[i].state))
			state = chinese ? states[i].zh : states[i].en;
	fprintf(to, "  %lld  %s, %s, %s", number(row, "n"), state, cell(row, "channel", b), cell(row, "message", c));
	if (cell(row, "why", b)[0])
		fprintf(to, "\n       %s", b);
	if (number(row, "code"))
		fprintf(to, " (%lld%s%s)", number(row, "code"), cell(row, "status", c)[0] ? " " : "", c);
	fputc('\n', to);
}

static void show_notice(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *row;
	const json_t *open = json_object_get(value, "open");
	if (json_is_true(json_object_get(value, "drill")))
		fputs(chinese ? "【演练】不会发送给任何人\n" : "[DRILL] nothing is sent to anybody\n", to);
	fprintf(to, chinese ? "涉及 %lld 人\n" : "%lld people are linked\n", number(value, "linked"));
	json_array_foreach(json_object_get(value, "versions"), at, row)
	{
		show_version(to, row, chinese);
	}
	if (number(value, "unplanned") && json_array_size(json_object_get(value, "versions")))
		fprintf(to,
		        chinese ? "%lld 人不在最新版本的名单中：请撰写新版本\n"
		                : "%lld people are in no entry of the newest version: write one\n",
		        number(value, "unplanned"));
	json_array_foreach(open, at, row)
	{
		show_entry(to, row, chinese);
	}
	if (json_array_size(open))
		fputs(chinese ? "查实后：hufu case notice 案件 settle 序号 sent（已送达）或 again（重发）\n"
		              : "when you know better: hufu case notice ID settle N sent (it arrived) or again (send "
		                "it "
		                "anew)\n",
		        to);
}

static const struct {
	const char *name, *en, *zh;
} outcomes[] = {
	{ "sent", "told", "已告知" },
	{ "refused", "refused", "被拒绝" },
	{ "later", "could not be told yet", "尚未能告知" },
	{ "doubt", "in doubt", "存疑" },
	{ "no_contact", "without an address that can be used", "无可用联系方式" },
	{ "lost", "in no source", "来源中查无此人" },
	{ "drill", "of a drill: not sent", "演练：未发送" },
	{ "tests", "to the test address", "发往测试地址" },
};

static void show_sent(FILE *to, const json_t *value, bool chinese)
{
	char why[CELL_MAX];
	size_t shown = 0;
	for (size_t i = 0; i < LEN(outcomes); i++)
		if (number(value, outcomes[i].name)) {
			fprintf(to, "%8lld  %s\n", number(value, outcomes[i].name),
			        chinese ? outcomes[i].zh : outcomes[i].en);
			shown++;
		}
	if (!shown)
		fputs(chinese ? "没有到期的告知\n" : "nobody's turn has come\n", to);
	if (cell(value, "stopped", why)[0])
		fprintf(to, chinese ? "提前结束：%s\n" : "it ended early: %s\n", why);
}

static void show_exempt(FILE *to, const json_t *value, bool chinese)
{
	fprintf(to,
	        chinese ? "%lld 人无需告知，%lld 人已告知，%lld 行查无此人\n"
	                : "%lld need not be told, %lld were told already, %lld lines name nobody of the case\n",
	        number(value, "exempt"), number(value, "told"), number(value, "unknown"));
}

static void show_bounces(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *row;
	char a[CELL_MAX], b[CELL_MAX];
	fprintf(to,
	        chinese ? "%lld 封被退回（其中 %lld 封此前已登记），%lld 封仍在投递，%lld 份报告与本案告知无关\n"
	                : "%lld came back, %lld were known to have, %lld are still on their way, %lld reports are on "
	                  "other mails\n",
	        number(value, "bounced"), number(value, "again"), number(value, "delayed"), number(value, "unknown"));
	json_array_foreach(json_object_get(value, "unread"), at, row)
	{
		fprintf(to, "  %s: %s\n", cell(row, "what", a), cell(row, "why", b));
	}
}

/* ---- the words ---- */

static struct progress telling;

static void show_progress(uint64_t done, uint64_t all)
{
	telling.total = all;
	progress_move(&telling, done);
}

static hufu_status do_write(struct case_given *given, const struct config *config, hufu_error *error)
{
	json_t *value;
	hufu_status status = notice_write(given->book, given->words[0], config, given->text, &value, error);
	return status ? status : case_answer(given, value, show_notice, error);
}

static hufu_status do_show(struct case_given *given, const struct config *config, hufu_error *error)
{
	json_t *value;
	(void)config;
	hufu_status status = notice_show(given->book, given->words[0], &value, error);
	return status ? status : case_answer(given, value, show_notice, error);
}

static hufu_status do_release(struct case_given *given, const struct config *config, hufu_error *error)
{
	hufu_status status = notice_release(given->book, given->words[0], given->released_by, error);
	return status ? status : do_show(given, config, error);
}

static hufu_status number_of(const char *text, const char *what, long long *out, hufu_error *error)
{
	char *end;
	*out = strtoll(text, &end, 10);
	return *end || *out <= 0 ? fail(error, HUFU_USAGE, view_of(text), what, NULL) : HUFU_OK;
}

static hufu_status do_send(struct case_given *given, const struct config *config, hufu_error *error)
{
	json_t *value;
	bool left = false;
	long long most = 0;
	hufu_status status = given->rows ? number_of(given->rows, "is no number of people", &most, error) : HUFU_OK;
	const struct notice_sending sending = { .from = given->from.at,
		.from_count = given->from.count,
		.person = given->person,
		.mail = given->mail,
		.mobile = given->mobile,
		.test_to = given->test_to,
		.most = (uint64_t)most,
		.progress = show_progress };
	if (status)
		return status;
	progress_begin(&telling, "telling", "people", 0);
	status = notice_send(given->book, given->words[0], config, &sending, &value, &left, error);
	progress_end(&telling);
	given->ends = left ? EXIT_NO : EXIT_YES;
	return status ? status : case_answer(given, value, show_sent, error);
}

static hufu_status do_settle(struct case_given *given, const struct config *config, hufu_error *error)
{
	long long n = 0;
	hufu_status status =
	        given->count == 4 ? number_of(given->words[2], "is no number of an entry", &n, error)
	                          : fail(error, HUFU_USAGE, view_of("case notice settle"), "wants N sent|again", NULL);
	if (!status)
		status = notice_settle(given->book, given->words[0], n, given->words[3], error);
	return status ? status : do_show(given, config, error);
}

static hufu_status do_exempt(struct case_given *given, const struct config *config, hufu_error *error)
{
	struct bytes people = { 0 };
	json_t *value = NULL;
	(void)config;
	if (given->count != 3 || !given->why || !given->dataset)
		return fail(error, HUFU_USAGE, view_of("case notice exempt"), "wants FILE --dataset DATASET --why TEXT",
		        "FILE has values of the dataset's person column, one a line");
	hufu_status status = io_read_file(given->words[2], PEOPLE_FILE_MAX, &people, error);
	const struct notice_exemption asked = { given->dataset, given->why, bytes_view(&people) };
	if (!status)
		status = notice_exempt(given->book, given->words[0], &asked, &value, error);
	if (people.ptr)
		explicit_bzero(people.ptr, people.len);
	bytes_done(&people);
	return status ? status : case_answer(given, value, show_exempt, error);
}

static hufu_status do_bounces(struct case_given *given, const struct config *config, hufu_error *error)
{
	json_t *value = NULL;
	(void)config;
	if (given->count < 3)
		return fail(error, HUFU_USAGE, view_of("case notice bounces"), "wants MAILFILE...",
		        "mails or mailboxes with the reports of mail servers");
	hufu_status status = notice_bounces(
	        given->book, given->words[0], (const char *const *)given->words + 2, given->count - 2, &value, error);
	return status ? status : case_answer(given, value, show_bounces, error);
}

static const struct {
	const char *name;
	hufu_status (*run)(struct case_given *given, const struct config *config, hufu_error *error);
} words[] = {
	{ "write", do_write },
	{ "release", do_release },
	{ "send", do_send },
	{ "settle", do_settle },
	{ "exempt", do_exempt },
	{ "bounces", do_bounces },
};

hufu_status act_notice(struct case_given *given, hufu_error *error)
{
	struct config *config = NULL;
	hufu_status status = config_open(given->opened->dir, &config, error);
	bool known = given->count == 1;
	if (!status && known)
		status = do_show(given, config, error);
	for (size_t i = 0; !status && !known && i < LEN(words); i++)
		if (!strcmp(words[i].name, given->words[1])) {
			known = true;
			status = words[i].run(given, config, error);
		}
	if (!status && !known)
		status = fail(error, HUFU_USAGE, view_of(given->words[1]), "is nothing that hufu case notice does",
		        "write, release, send, bounces, settle or exempt");
	config_close(config);
	return status;
}
