/* All filings there are. A new one is a line here and a template of its name. */
#include "report/inside.h"

#include <stdio.h>

/* What a sector's report must hold is not known (doc/duties.md): it takes the heads of the CAC's. */
const struct filing_kind filing_kinds[] = {
	{ "first-report", "网络安全事件首次报告", "first report to the cyberspace administration",
	        { "CN-CACIR-4a", "CN-CACIR-4c", "CN-CACIR-4d" }, NULL, "CN-CACIR-7" },
	{ "supplement", "补充报告", "supplement to it", { "CN-CACIR-7" }, NULL, NULL },
	{ "summary", "处置总结报告", "summary after handling", { "CN-CACIR-8", "CN-MIIT214-SUM", "CN-MIIT166-28b" },
	        NULL, NULL },
	{ "sector-report", "向行业监管部门的报告", "report to the sector's regulator",
	        { "CN-MIIT214-REPORT", "CN-MIIT166-28a" }, "CN-CACIR-7", NULL },
	{ "progress", "处置进展报告", "progress report", { "CN-MIIT214-PROG" }, "CN-CACIR-7", NULL },
	{ "personal-information-report", "向履行个人信息保护职责的部门的通知",
	        "notice to the authority for personal information", { "CN-PIPL-57a" }, NULL, NULL },
	{ "gdpr-report", "GDPR 第33条通报", "notification by GDPR art. 33", { "EU-GDPR-33" }, NULL, NULL },
	{ "board", "董事会一页通", "board page", { NULL }, NULL, NULL },
	{ "statement", "对外公告", "public statement", { NULL }, NULL, NULL },
	{ "letter", "个人告知书", "letter to the people concerned", { NULL }, NULL, NULL },
	{ "plan", "应急预案", "emergency plan", { NULL }, NULL, NULL },
};
const size_t filing_kind_count = LEN(filing_kinds);

const char *filing_kind_name(size_t at)
{
	return at < filing_kind_count ? filing_kinds[at].name : NULL;
}

hufu_status filing_kind_find(const char *name, const struct filing_kind **out, hufu_error *error)
{
	for (size_t i = 0; i < filing_kind_count; i++)
		if (!strcmp(filing_kinds[i].name, name)) {
			*out = &filing_kinds[i];
			return HUFU_OK;
		}
	return fail(error, HUFU_USAGE, view_of(name), "is no kind of filing", "hufu case filing ID lists them");
}
