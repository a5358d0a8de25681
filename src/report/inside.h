/* Inside the room: the table of filings, and what of a case a paper tells. */
#ifndef HUFU_REPORT_INSIDE_H
#define HUFU_REPORT_INSIDE_H

#include "base/clock.h"
#include "case/book.h"
#include "report/report.h"

enum { FILING_RULES_MAX = 4 };

struct filing_kind {
	const char *name; /* also of its template, templates/NAME.docx */
	const char *zh, *en;
	const char *rules[FILING_RULES_MAX]; /* it answers whichever of them arises, the first for its contents */
	const char *contents;                /* rule whose contents are taken where its own names none; NULL: none */
	const char *supplement;              /* rule that stays open while only a part was filed; NULL */
};
extern const struct filing_kind filing_kinds[];
extern const size_t filing_kind_count;
/* HUFU_USAGE names those there are. */
hufu_status filing_kind_find(const char *name, const struct filing_kind **out, hufu_error *error);

/* A case as `case show` has it, with what else papers tell. */
struct reported {
	struct casebook *book;
	const struct duties *duties;
	json_t *show, *notices, *claims;
};
hufu_status reported_open(struct casebook *book, const char *number, struct reported *out, hufu_error *error);
void reported_done(struct reported *reported);

/* An RFC 3339 time in the store's zone, to the minute: "2026-11-28 20:16"; what is none stays as it is. */
void local_time(const struct casebook *book, const char *time, char out[CLOCK_TEXT_MAX]);

/* The date in the store's zone. */
json_t *today_json(const struct casebook *book);

/* What "fact.people", "impact.cause", "demand" tells; false: nothing so far. */
bool tells(const struct reported *reported, hufu_view name, struct bytes *out);
/* The same with its name before it: 涉及人数：584（估计）. */
bool tells_named(const struct reported *reported, hufu_view name, struct bytes *out);

/* The rule of a kind that arises in the case, as `case show` has the duty; NULL: none. */
const json_t *filing_duty(const struct reported *reported, const struct filing_kind *kind);
/* {"items", "known", "missing", "may_file", "may_file_first"}; NULL: no memory. */
json_t *filing_items(const struct reported *reported, const struct filing_kind *kind);
/* What fills the template. `about`: {"version", "approved_by", "mark", "changes"}. NULL: no memory. */
json_t *filing_values(
        const struct reported *reported, const struct filing_kind *kind, const json_t *items, const json_t *about);

/* Fills the template of that name; DOCX. */
hufu_status filing_paper(
        struct casebook *book, const char *name, const json_t *values, struct bytes *out, hufu_error *error);
/* Writes a paper to a new file of mode 0600, as PDF where its name says so. */
hufu_status filing_write(const char *path, hufu_view docx, hufu_error *error);

json_t *versions_json(struct db_rows *rows, int64_t zone_minutes);
hufu_status filing_versions(
        struct casebook *book, const struct case_row *row, const char *kind, json_t **out, hufu_error *error);

#endif
