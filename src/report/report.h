/* Filings: what the law and the house are told of a case, as papers. The room's door.
 *
 * A filing answers rules of the packs, and its required contents are theirs: each item is told by facts, the impact
 * form, the demand and so on, as the pack says; what nothing tells reads 待补报 and counts as missing. A version that
 * was submitted is frozen in the vault with what changed since the last, who approved it and how it was sent. Papers of
 * the house (board page, statement, letter, emergency plan) have no required contents. doc/filings.md explains it to a
 * legal reader. JSON that is handed out is the caller's. */
#ifndef HUFU_REPORT_REPORT_H
#define HUFU_REPORT_REPORT_H

#include "case/case.h"

/* [{"kind", "zh", "en", "rule" (or null), "arises", "items" [{"no", "zh", "en", "text", "known", "first"}], "known",
 * "contents_of" (the rule whose list that is), "borrowed" (of another law: the own one's list is not known), "missing",
 * "may_file" (nothing is missing), "may_file_first" (what may go alone is known), "versions" [{"version", "at", "by",
 * "approved_by", "sent_by", "reference", "complete", "sha256", "changes" [{"item", "before", "now"}]}]}] */
hufu_status filing_list(struct casebook *book, const char *number, json_t **out, hufu_error *error);

/* The paper as it would be filed now, marked as a draft, to a new file: FILE.docx, or FILE.pdf where LibreOffice is. */
hufu_status filing_draft(
        struct casebook *book, const char *number, const char *kind, const char *path, hufu_error *error);

struct filing_sent {
	const char *kind;
	const char *approved_by, *sent_by; /* who signed it off; how it went: mail, portal, 12387, courier */
	const char *reference;             /* receipt or file number of the authority; may be NULL */
};
/* Freezes a version. HUFU_CONFLICT: what must be known is missing, or nothing changed since the last. Its duty is done
 * with it; where only what may go alone was known, the duty of a supplement stays open. `out`: the version, as above.
 */
hufu_status filing_submit(
        struct casebook *book, const char *number, const struct filing_sent *sent, json_t **out, hufu_error *error);

/* All cases of a year: FILE.docx, FILE.pdf or FILE.csv; drills are counted apart and not listed. */
hufu_status report_year(struct casebook *book, int year, const char *path, hufu_error *error);

/* The filing kinds there are: name, or NULL behind the last. */
const char *filing_kind_name(size_t at);

#endif
