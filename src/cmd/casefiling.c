/* hufu case filing and hufu case year: what the law is told, as papers. */
#include "cmd/case.h"
#include "cmd/console.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

static long long number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void show_version(FILE *to, const json_t *version, bool chinese)
{
	fprintf(to,
	        chinese ? "      第 %lld 版 %s，%s 批准，%s%s%s%s\n"
	                : "      version %lld %s, approved by %s, sent by %s%s%s%s\n",
	        number(version, "version"), text(version, "at"), text(version, "approved_by"), text(version, "sent_by"),
	        text(version, "reference")[0] ? " " : "", text(version, "reference"),
	        json_is_true(json_object_get(version, "complete")) ? ""
	                                                           : (chinese ? "（部分，其余待补报）" : " (in part)"));
}

static void show_items(FILE *to, const json_t *filing, bool chinese)
{
	json_t *item;
	size_t at;
	json_array_foreach(json_object_get(filing, "items"), at, item)
	{
		if (json_is_true(json_object_get(item, "known")))
			continue;
		fprintf(to, chinese ? "      %s待补报%s %lld. %s%s\n" : "      %smissing%s %lld. %s%s\n",
		        console_style(to, STYLE_YELLOW), console_style(to, STYLE_PLAIN), number(item, "no"),
		        text(item, chinese ? "zh" : "en"),
		        json_is_true(json_object_get(item, "first")) ? (chinese ? "（须先报）" : " (goes first)") : "");
	}
}

static void show_filing(FILE *to, const json_t *filing, bool chinese)
{
	json_t *version;
	size_t at;
	bool house = json_array_size(json_object_get(filing, "items")) == 0;
	fprintf(to, "  ");
	console_padded(to, text(filing, "kind"), 28);
	fprintf(to, " %s", text(filing, chinese ? "zh" : "en"));
	if (!house)
		fprintf(to, chinese ? "；已知 %lld 项，缺 %lld 项" : "; %lld items known, %lld missing",
		        number(filing, "known"), number(filing, "missing"));
	if (number(filing, "missing") && json_is_true(json_object_get(filing, "may_file_first")))
		fputs(chinese ? "，可先行报告" : ", may be filed in part", to);
	if (json_is_true(json_object_get(filing, "borrowed")))
		fprintf(to,
		        chinese ? "；所列内容借自 %s：本规定的报告内容未见原文"
		                : "; by the contents of %s: those of its own law were not read",
		        text(filing, "contents_of"));
	fputc('\n', to);
	show_items(to, filing, chinese);
	json_array_foreach(json_object_get(filing, "versions"), at, version) show_version(to, version, chinese);
}

static void show_filings(FILE *to, const json_t *value, bool chinese)
{
	size_t at;
	json_t *filing;
	if (json_is_object(value)) {
		show_version(to, value, chinese);
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)value, at, filing)
	{
		if (json_is_true(json_object_get(filing, "arises")) ||
		        json_array_size(json_object_get(filing, "versions")))
			show_filing(to, filing, chinese);
	}
}

static hufu_status do_submit(struct case_given *given, hufu_error *error)
{
	const struct filing_sent sent = { given->words[1], given->approved_by, given->sent_by, given->reference };
	json_t *value = NULL;
	hufu_status status = filing_submit(given->book, given->words[0], &sent, &value, error);
	return status ? status : case_answer(given, value, show_filings, error);
}

hufu_status act_filing(struct case_given *given, hufu_error *error)
{
	json_t *value = NULL;
	if (given->count == 1) {
		hufu_status status = filing_list(given->book, given->words[0], &value, error);
		return status ? status : case_answer(given, value, show_filings, error);
	}
	if (given->count == 4 && !strcmp(given->words[2], "draft"))
		return filing_draft(given->book, given->words[0], given->words[1], given->words[3], error);
	if (given->count == 3 && !strcmp(given->words[2], "submit"))
		return do_submit(given, error);
	return fail(error, HUFU_USAGE, view_of("case filing"),
	        "wants ID, or ID KIND draft FILE.docx, or ID KIND submit",
	        "submit takes --approved-by NAME --sent-by WAY [--reference TEXT]");
}

hufu_status act_year(struct case_given *given, hufu_error *error)
{
	char *end;
	long year = strtol(given->words[0], &end, 10);
	if (*end || year < 1970 || year > 9999)
		return fail(error, HUFU_USAGE, view_of(given->words[0]), "is no year", "hufu case year 2026 FILE.docx");
	return report_year(given->book, (int)year, given->words[1], error);
}
