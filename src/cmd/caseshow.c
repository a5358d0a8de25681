/* Prints a case: what is due first, then what is known, then what was done. Reads the same JSON that --json prints, so
 * that both carry the same. */
#include "cmd/caseshow.h"
#include "base/utf8.h"
#include "cmd/case.h"
#include "cmd/console.h"
#include "cmd/report.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 512 };

/* Texts come out of mails and listings: nothing in them reaches the terminal as a command. */
static const char *text(const json_t *object, const char *name)
{
	static _Thread_local char shown[16][CELL_MAX];
	static _Thread_local unsigned turn;
	const char *value = json_string_value(json_object_get(object, name));
	char *out = shown[turn++ % LEN(shown)];
	return value ? (printable(view_of(value), out, CELL_MAX), out) : "";
}

/* The contract's words as a Chinese reader knows them; the same in the console. */
static const char *word(const json_t *object, const char *name, bool chinese)
{
	static const struct {
		const char *word, *zh;
	} words[] = {
		{ "open", "待办" },
		{ "near", "临近" },
		{ "overdue", "逾期" },
		{ "done", "已完成" },
		{ "waived", "已豁免" },
		{ "dropped", "已取消" },
		{ "closed", "已结案" },
		{ "claimed", "声称" },
		{ "estimated", "估计" },
		{ "confirmed", "已确认" },
		{ "mail", "邮件" },
		{ "leak", "泄露样本" },
		{ "attachment", "附件" },
	};
	const char *value = text(object, name);
	for (size_t i = 0; chinese && i < LEN(words); i++)
		if (!strcmp(value, words[i].word))
			return words[i].zh;
	return value;
}

static bool truth(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

static void heading(FILE *to, const char *english, const char *in_chinese, bool chinese)
{
	fprintf(to, "\n%s%s%s\n", console_style(to, STYLE_BOLD), chinese ? in_chinese : english,
	        console_style(to, STYLE_PLAIN));
}

static const char *case_state(const json_t *value, bool chinese)
{
	return chinese && !strcmp(text(value, "state"), "open") ? "办理中" : word(value, "state", chinese);
}

void caseshow_opened(FILE *to, const json_t *told)
{
	size_t at;
	json_t *value;
	fprintf(to, "case %s is open\n", text(told, "id"));
	json_array_foreach(json_object_get(told, "also_in"), at, value)
	{
		fprintf(to, "  %s is also in case %s\n", text(value, "name"), text(value, "id"));
	}
	json_array_foreach(json_object_get(told, "unread"), at, value)
	{
		fprintf(to, "  not read: %s: %s\n", text(value, "what"), text(value, "why"));
	}
	fprintf(to, "  hufu case show %s tells what is known and what is due\n", text(told, "id"));
}

void caseshow_list(FILE *to, const json_t *cases, bool chinese)
{
	size_t at;
	json_t *value;
	json_array_foreach((json_t *)(uintptr_t)cases, at, value)
	{
		fprintf(to, "%-10s ", text(value, "id"));
		console_padded(to, case_state(value, chinese), 7);
		fprintf(to, " %s  %s%s\n", text(value, "opened_at"),
		        truth(value, "drill") ? (chinese ? "【演练】" : "[drill] ") : "", text(value, "title"));
	}
	if (!json_array_size(cases))
		fputs(chinese ? "尚无案件：hufu case open 邮件\n" : "there is no case yet: hufu case open MAIL\n", to);
}

/* ---- one case ---- */

static enum console_style style_of(const char *status)
{
	return !strcmp(status, "overdue") ? STYLE_RED
	       : !strcmp(status, "near")  ? STYLE_YELLOW
	       : !strcmp(status, "open")  ? STYLE_BOLD
	                                  : STYLE_DIM;
}

static const char *by_language(const json_t *object, const char *name, bool chinese)
{
	const json_t *both = json_object_get(object, name);
	return json_is_object(both) ? text(both, chinese ? "zh" : "en") : text(object, name);
}

/* Laws have their English beside the Chinese: "law" and "law_en". */
static const char *in_language(const json_t *duty, const char *name, const char *name_en, bool chinese)
{
	const char *english = chinese ? "" : text(duty, name_en);
	return english[0] ? english : text(duty, name);
}

/* Duties of this very incident; the others hold at any time, or are fulfilled by these. */
static bool of_incident(const json_t *duty)
{
	static const char *const kinds[] = { "report", "police", "notify", "followup", "internal" };
	const char *kind = json_string_value(json_object_get(duty, "kind"));
	for (size_t i = 0; kind && i < LEN(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

/* What it rests on: the claims that cross a threshold by themselves. */
static void show_grounds(FILE *to, const json_t *duty, bool chinese)
{
	size_t at, told = 0;
	json_t *ground;
	json_array_foreach(json_object_get(duty, "because"), at, ground)
	{
		if (truth(ground, "holds") && json_is_string(json_object_get(ground, "fact")) &&
		        json_is_string(json_object_get(ground, "threshold")) && told++ < 3)
			fprintf(to, "           %s%s\n", chinese ? "因为 " : "because ",
			        text(ground, chinese ? "zh" : "en"));
	}
}

static const char *due_text(const json_t *duty, bool chinese)
{
	return text(duty, "due")[0] ? text(duty, "due") : by_language(duty, "when", chinese);
}

/* "4(4)" is 第4条(4) in Chinese; a section's name stays as it is. */
static const char *article(const json_t *duty, bool chinese)
{
	static _Thread_local char shown[CELL_MAX];
	const char *value = text(duty, "article");
	size_t digits = strspn(value, "0123456789");
	if (!chinese || !digits)
		return value;
	snprintf(shown, sizeof shown, "第%.*s条%s", (int)digits, value, value + digits);
	return shown;
}

static bool may_not_waive(const json_t *duty)
{
	return !strcmp(text(duty, "status"), "waived") && truth(duty, "legal") && !truth(duty, "may_waive");
}

static void show_duty(FILE *to, const json_t *duty, bool chinese)
{
	const char *status = text(duty, "status");
	fprintf(to, "  %s", console_style(to, style_of(status)));
	console_padded(to, word(duty, "status", chinese), 8);
	fprintf(to, "%s %s\n", console_style(to, STYLE_PLAIN), by_language(duty, "title", chinese));
	fprintf(to, "           %s%s\n", chinese ? "期限 " : "due ", due_text(duty, chinese));
	fprintf(to, "           %s%s\n", chinese ? "对象 " : "to ",
	        in_language(duty, "addressee", "addressee_en", chinese));
	fprintf(to, chinese ? "           %s%s（%s）%s\n" : "           %s, %s (%s)%s\n",
	        in_language(duty, "law", "law_en", chinese), article(duty, chinese), text(duty, "rule"),
	        truth(duty, "verified") ? "" : (chinese ? "【未核对原文】" : " [text not verified]"));
	if (may_not_waive(duty))
		fprintf(to, "           %s%s%s\n", console_style(to, STYLE_YELLOW),
		        chinese ? "已记为豁免，但规则未列豁免情形" : "waived, though the rule names no such case",
		        console_style(to, STYLE_PLAIN));
	show_grounds(to, duty, chinese);
}

/* Above the duties: a rule left out would look like no duty. */
static void show_faults(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *fault;
	json_array_foreach(json_object_get(value, "faults"), at, fault)
	{
		fprintf(to, "  %s%s%s\n", console_style(to, STYLE_RED),
		        chinese ? "规则包有误，其中的规则未计入：" : "a rule pack is at fault, and its rule left out: ",
		        console_style(to, STYLE_PLAIN));
		fprintf(to, "    %s\n", json_string_value(fault) ? json_string_value(fault) : "");
	}
}

static void show_duties(FILE *to, const json_t *value, bool chinese)
{
	static const char *const lists[] = { "duties", "duties_further" };
	size_t at, others = 0, shown = 0;
	json_t *duty, *warning;
	heading(to, "What is due", "法定义务", chinese);
	show_faults(to, value, chinese);
	for (size_t i = 0; i < LEN(lists); i++)
		json_array_foreach(json_object_get(value, lists[i]), at, duty)
		{
			if (of_incident(duty))
				show_duty(to, duty, chinese), shown++;
			else
				others++;
		}
	if (!shown)
		fputs(chinese ? "  目前没有\n" : "  nothing so far\n", to);
	if (others)
		fprintf(to,
		        chinese ? "  另有 %zu 项常设的、每年的，或由以上报告一并履行的义务：hufu case plan %s\n"
		                : "  and %zu that hold at any time, every year, or are fulfilled by these: hufu case "
		                  "plan "
		                  "%s\n",
		        others, text(value, "id"));
	json_array_foreach(json_object_get(value, "warnings"), at, warning)
	{
		fprintf(to, "  %s%s%s\n", console_style(to, STYLE_YELLOW), text(warning, chinese ? "zh" : "en"),
		        console_style(to, STYLE_PLAIN));
	}
}

static void show_fact(FILE *to, const json_t *fact, bool chinese)
{
	fprintf(to, "  %-18s ", text(fact, "name"));
	console_padded(to, text(fact, "value"), 24);
	fputc(' ', to);
	console_padded(to, word(fact, "basis", chinese), 9);
	fprintf(to, " %s\n", text(fact, "source"));
}

/* "taken after A and before B"; what is open says so. */
static void show_window(FILE *to, const json_t *dataset, bool chinese)
{
	const json_t *window = json_object_get(dataset, "window");
	const char *after = text(window, "after"), *before = text(window, "before");
	if (after[0] && before[0])
		fprintf(to, chinese ? "，取得时间在 %s 之后、%s 之前" : ", taken after %s and before %s", after,
		        before);
	else if (after[0] || before[0])
		fprintf(to,
		        after[0] ? (chinese ? "，取得时间在 %s 之后" : ", taken after %s")
		                 : (chinese ? "，取得时间在 %s 之前" : ", taken before %s"),
		        after[0] ? after : before);
}

static void show_datasets(FILE *to, const json_t *verdict, bool chinese)
{
	size_t at, k;
	json_t *part, *dataset;
	json_array_foreach(json_object_get(verdict, "parts"), at, part)
	{
		json_array_foreach(json_object_get(part, "datasets"), k, dataset)
		{
			fprintf(to, chinese ? "      %s：%lld 人" : "      %s: %lld people", text(dataset, "dataset"),
			        (long long)json_integer_value(json_object_get(dataset, "people")));
			show_window(to, dataset, chinese);
			fputc('\n', to);
		}
	}
}

/* The last verdict on each piece of evidence. */
static void show_verdicts(FILE *to, const json_t *value, bool chinese)
{
	const json_t *verdicts = json_object_get(value, "verdicts");
	size_t at, k;
	json_t *entry;
	if (json_array_size(verdicts))
		heading(to, "Is it ours", "是否我方数据", chinese);
	json_array_foreach((json_t *)(uintptr_t)verdicts, at, entry)
	{
		const json_t *verdict = json_object_get(entry, "verdict");
		for (k = at + 1; k < json_array_size(verdicts); k++)
			if (json_equal(json_object_get(entry, "sha256"),
			            json_object_get(json_array_get(verdicts, k), "sha256")))
				break;
		if (k < json_array_size(verdicts))
			continue;
		fprintf(to, "  %s%s%s%s%s: %s\n", text(json_object_get(verdict, "leak"), "path"), chinese ? "：" : ": ",
		        console_style(to, STYLE_BOLD), text(verdict, "verdict"), console_style(to, STYLE_PLAIN),
		        report_meaning(text(verdict, "verdict"), chinese));
		show_datasets(to, verdict, chinese);
	}
}

static void show_facts(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *fact;
	heading(to, "What is known", "已知事实", chinese);
	json_array_foreach(json_object_get(value, "facts"), at, fact)
	{
		if (!truth(fact, "superseded"))
			show_fact(to, fact, chinese);
	}
}

static void show_number(FILE *to, const json_t *object, const char *name)
{
	char *plain = plain_json(json_object_get(object, name));
	fputs(plain ? plain : "", to);
	free(plain);
}

static void show_demand(FILE *to, const json_t *value, bool chinese)
{
	const json_t *demand = json_object_get(value, "demand");
	const char *wallet;
	if (!json_is_object(demand))
		return;
	heading(to, "The demand", "勒索要求", chinese);
	wallet = text(demand, "wallet");
	if (json_is_number(json_object_get(demand, "amount")))
		fputs("  ", to), show_number(to, demand, "amount"), fprintf(to, " %s", text(demand, "currency"));
	else
		fputs(chinese ? "  未提金额" : "  no amount is named", to);
	fprintf(to, "%s%s%s\n", wallet[0] ? ", " : "", wallet,
	        !wallet[0]                      ? ""
	        : truth(demand, "wallet_valid") ? ""
	        : json_is_null(json_object_get(demand, "wallet_valid"))
	                ? (chinese ? "（此种写法没有校验位）" : " (its form has no check digits)")
	                : (chinese ? "（校验位不符）" : " (its check digits are wrong)"));
	if (text(demand, "deadline")[0])
		fprintf(to, "  %s %s\n", chinese ? "期限" : "until", text(demand, "deadline"));
}

/* "177 条, 0.15 BTC, 0.000847458 BTC a record" below the item's own words. */
static void show_offer(FILE *to, const json_t *item, bool chinese)
{
	bool counted = json_is_number(json_object_get(item, "count")),
	     priced = json_is_number(json_object_get(item, "price"));
	bool each = json_is_number(json_object_get(item, "per_record"));
	if (!counted && !priced && !each)
		return;
	fputs("      ", to);
	if (counted)
		show_number(to, item, "count"), fprintf(to, " %s", text(item, "unit"));
	if (priced)
		fputs(counted ? ", " : "", to), show_number(to, item, "price"),
		        fprintf(to, " %s", text(item, "currency"));
	if (each)
		fputs(counted || priced ? ", " : "", to), fputs(chinese ? "每条 " : "", to),
		        show_number(to, item, "per_record"),
		        fprintf(to, chinese ? " %s" : " %s a record", text(item, "currency"));
	fputc('\n', to);
}

static void show_sum(FILE *to, const json_t *sum, bool chinese)
{
	if (!json_is_number(json_object_get(sum, "items_sum")))
		return;
	fputs(chinese ? "  单项合计 " : "  the items come to ", to);
	show_number(to, sum, "items_sum");
	fprintf(to, " %s", text(sum, "currency"));
	if (json_is_number(json_object_get(sum, "bundle_price"))) {
		fputs(chinese ? "，打包价 " : ", all together is offered for ", to);
		show_number(to, sum, "bundle_price");
		fprintf(to, chinese ? "（为合计的 %.0f%%）" : " (%.0f%% of that)",
		        100 * json_number_value(json_object_get(sum, "bundle_share")));
	}
	fputc('\n', to);
}

static void show_listing(FILE *to, const json_t *value, bool chinese)
{
	size_t at, k;
	json_t *item, *fit;
	if (!json_array_size(json_object_get(value, "listing")))
		return;
	heading(to, "What is offered, held against what is sealed", "出售清单与封存数据的核对", chinese);
	json_array_foreach(json_object_get(value, "listing"), at, item)
	{
		const json_t *fits = json_object_get(item, "fits");
		fprintf(to, "  %s\n", text(item, "text"));
		show_offer(to, item, chinese);
		json_array_foreach(fits, k, fit)
		{
			if (k < 4)
				fprintf(to, "      %s %s %s: %lld\n", chinese ? "相符" : "fits", text(fit, "dataset"),
				        text(fit, "as_of"),
				        (long long)json_integer_value(json_object_get(fit, "count")));
		}
		if (k > 4)
			fprintf(to, chinese ? "      另有 %zu 处\n" : "      and %zu more\n", k - 4);
		const char *why = chinese ? text(item, "impossible_zh") : "";
		if (text(item, "impossible")[0])
			fprintf(to, "      %s%s%s\n", console_style(to, STYLE_RED),
			        why[0] ? why : text(item, "impossible"), console_style(to, STYLE_PLAIN));
	}
	show_sum(to, json_object_get(value, "listing_sum"), chinese);
}

static void show_tasks(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *task;
	heading(to, "Tasks", "任务", chinese);
	json_array_foreach(json_object_get(value, "tasks"), at, task)
	{
		fprintf(to, "  %3lld ", (long long)json_integer_value(json_object_get(task, "id")));
		console_padded(to, word(task, "state", chinese), 7);
		fprintf(to, " %s  %s%s%s\n", text(task, "due"), by_language(task, "title", chinese),
		        text(task, "assignee")[0] ? " -> " : "", text(task, "assignee"));
	}
}

static void show_evidence(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *item;
	heading(to, "Evidence", "证据", chinese);
	json_array_foreach(json_object_get(value, "evidence"), at, item)
	{
		fprintf(to, "  %.16s  %lld B  %s (%s)\n", text(item, "sha256"),
		        (long long)json_integer_value(json_object_get(item, "bytes")), text(item, "name"),
		        word(item, "role", chinese));
		if (truth(item, "deleted"))
			fprintf(to, chinese ? "      已于 %s 按规则删除：%s\n" : "      removed %s by %s\n",
			        text(item, "deleted_at"), text(item, "rule"));
	}
}

static void show_decisions(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *item;
	if (json_array_size(json_object_get(value, "decisions")))
		heading(to, "Decisions", "决定", chinese);
	json_array_foreach(json_object_get(value, "decisions"), at, item)
	{
		fprintf(to, "  %s %s: %s (%s)\n", text(item, "at"), text(item, "by"), text(item, "what"),
		        text(item, "why"));
	}
}

static void show_stamp(FILE *to, const json_t *stamp, bool chinese)
{
	fprintf(to, chinese ? "  自 %s 起保护第 1 至 %lld 条记录：%s\n" : "  from %s on, entries 1 to %lld: %s\n",
	        text(stamp, "at"), (long long)json_integer_value(json_object_get(stamp, "seq")), text(stamp, "by"));
}

/* From when the case is protected, and how far by now. */
static void show_stamps(FILE *to, const json_t *value, bool chinese)
{
	const json_t *stamps = json_object_get(value, "stamps");
	size_t count = json_array_size(stamps);
	heading(to, "Outside time stamps", "外部时间戳", chinese);
	if (!count)
		fputs(chinese ? "  尚无：无法证明密钥持有人未曾重写记录（hufu case stamp）\n"
		              : "  none: nothing outside shows that the key's holder did not write this anew (hufu "
		                "case "
		                "stamp)\n",
		        to);
	if (count)
		show_stamp(to, json_array_get(stamps, 0), chinese);
	if (count > 2)
		fprintf(to, chinese ? "  其间另有 %zu 个\n" : "  and %zu between\n", count - 2);
	if (count > 1)
		show_stamp(to, json_array_get(stamps, count - 1), chinese);
}

static void show_title(FILE *to, const json_t *value, bool chinese)
{
	fprintf(to, "%s%s %s%s  %s%s\n", console_style(to, STYLE_BOLD), chinese ? "案件" : "case", text(value, "id"),
	        console_style(to, STYLE_PLAIN), truth(value, "drill") ? (chinese ? "【演练】" : "[DRILL] ") : "",
	        text(value, "title"));
	fprintf(to, chinese ? "  %s，立案 %s\n" : "  %s, opened %s\n", case_state(value, chinese),
	        text(value, "opened_at"));
	if (json_is_object(json_object_get(value, "hold")))
		fprintf(to, chinese ? "  证据保全自 %s：%s\n" : "  under legal hold since %s: %s\n",
		        text(json_object_get(value, "hold"), "at"), text(json_object_get(value, "hold"), "why"));
}

void caseshow_case(FILE *to, const json_t *value, bool chinese)
{
	show_title(to, value, chinese);
	show_verdicts(to, value, chinese);
	show_duties(to, value, chinese);
	show_facts(to, value, chinese);
	show_demand(to, value, chinese);
	show_listing(to, value, chinese);
	show_tasks(to, value, chinese);
	show_decisions(to, value, chinese);
	if (json_is_object(json_object_get(value, "drill_report"))) {
		heading(to, "The drill", "演练结果", chinese);
		show_drill(to, json_object_get(value, "drill_report"), chinese);
	}
	show_evidence(to, value, chinese);
	show_stamps(to, value, chinese);
}

/* ---- timeline, plan ---- */

/* A line below the entry that a stamp is over: what stands above it is protected. */
static void mark_stamped(FILE *to, const json_t *entry, bool chinese)
{
	const json_t *stamp = json_object_get(entry, "stamp");
	if (!json_is_object(stamp))
		return;
	fprintf(to,
	        chinese ? "%s      ── 以上自 %s 起受外部时间戳保护（%s）%s\n"
	                : "%s      -- from %s on, an outside time stamp protects all above (%s)%s\n",
	        console_style(to, STYLE_GREEN), text(stamp, "at"), text(stamp, "by"), console_style(to, STYLE_PLAIN));
}

/* What a line has room for: the rest is told by --json, and by the case itself. The caller frees. */
static char *body_in_short(const json_t *body)
{
	static const char *const long_ones[] = { "files", "offers", "tasks", "demand", "form", "zone_minutes" };
	json_t *rest = json_copy((json_t *)(uintptr_t)body);
	for (size_t i = 0; i < LEN(long_ones); i++)
		json_object_del(rest, long_ones[i]);
	char *text = json_dumps(rest, JSON_COMPACT);
	json_decref(rest);
	return text;
}

void caseshow_timeline(FILE *to, const json_t *entries, bool chinese)
{
	size_t at;
	json_t *entry;
	json_array_foreach((json_t *)(uintptr_t)entries, at, entry)
	{
		char *body = body_in_short(json_object_get(entry, "body"));
		char shown[CELL_MAX];
		printable(view_of(body ? body : ""), shown, sizeof shown);
		fprintf(to, "%4lld  %s  %s  %s  %s\n", (long long)json_integer_value(json_object_get(entry, "seq")),
		        text(entry, "at"), text(entry, "by"), text(entry, "what"), shown);
		mark_stamped(to, entry, chinese);
		free(body);
	}
}

static void plan_members(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *member;
	fputs(chinese ? "\n## 工作组\n\n| 角色 | 成员 | 联系方式 |\n|---|---|---|\n"
	              : "\n## Task force\n\n| role | member | contact |\n|---|---|---|\n",
	        to);
	json_array_foreach(json_object_get(value, "members"), at, member)
	{
		fprintf(to, "| %s | %s | %s |\n", text(member, "role"), text(member, "name"), text(member, "contact"));
	}
}

static void plan_tasks(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *task;
	fputs(chinese ? "\n## 任务\n\n| 时限 | 角色 | 任务 | 负责人 | 状态 |\n|---|---|---|---|---|\n"
	              : "\n## Tasks\n\n| until | role | task | assignee | state |\n|---|---|---|---|---|\n",
	        to);
	json_array_foreach(json_object_get(value, "tasks"), at, task)
	{
		fprintf(to, "| %s | %s | %s | %s | %s |\n", text(task, "due"), text(task, "role"),
		        by_language(task, "title", chinese), text(task, "assignee"), word(task, "state", chinese));
	}
}

static void plan_duties(FILE *to, const json_t *value, bool chinese)
{
	static const char *const lists[] = { "duties", "duties_further" };
	size_t at;
	json_t *duty;
	fputs(chinese ? "\n## 报告与告知义务\n\n| 期限 | 义务 | 依据 | 对象 |\n|---|---|---|---|\n"
	              : "\n## Reports and notices owed\n\n| due | duty | law | to |\n|---|---|---|---|\n",
	        to);
	for (size_t i = 0; i < LEN(lists); i++)
		json_array_foreach(json_object_get(value, lists[i]), at, duty)
		{
			fprintf(to, chinese ? "| %s | %s | %s%s%s | %s |\n" : "| %s | %s | %s, %s%s | %s |\n",
			        due_text(duty, chinese), by_language(duty, "title", chinese),
			        in_language(duty, "law", "law_en", chinese), article(duty, chinese),
			        truth(duty, "verified") ? "" : (chinese ? "（未核对原文）" : " (text not verified)"),
			        in_language(duty, "addressee", "addressee_en", chinese));
		}
}

void caseshow_plan(FILE *to, const json_t *value, bool chinese)
{
	fprintf(to, "# %s%s: %s\n\n%s %s, %s %s\n", truth(value, "drill") ? (chinese ? "【演练】" : "[DRILL] ") : "",
	        chinese ? "应急预案" : "Emergency plan", text(value, "title"), chinese ? "案件" : "case",
	        text(value, "id"), chinese ? "立案" : "opened", text(value, "opened_at"));
	plan_members(to, value, chinese);
	plan_tasks(to, value, chinese);
	plan_duties(to, value, chinese);
}
