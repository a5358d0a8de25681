/* The yearly report: all cases of a year, as a paper or as a table. */
#include "base/io.h"
#include "claim/claim.h"
#include "report/inside.h"

#include <stdio.h>
#include <stdlib.h>

struct yearly {
	struct casebook *book;
	int year;
	json_t *cases;
	json_int_t drills, filings, told, doubt, claims, paid;
};

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));
	return value ? value : "";
}

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* ---- a case ---- */

static json_t *count_text(json_int_t count)
{
	return json_sprintf("%lld", (long long)count);
}

static void add_notices(struct yearly *yearly, const json_t *notices)
{
	json_t *version;
	size_t at;
	json_array_foreach(json_object_get(notices, "versions"), at, version)
	{
		yearly->told += number(json_object_get(version, "counts"), "accepted");
		yearly->doubt += number(json_object_get(version, "counts"), "doubt");
	}
}

static hufu_status add_case(struct yearly *yearly, const json_t *line, hufu_error *error)
{
	struct reported reported;
	struct bytes people = { 0 };
	int64_t filings = 0;
	const char *id = text(line, "id");
	hufu_status status = reported_open(yearly->book, id, &reported, error);
	if (!status)
		status = db_number(yearly->book->db,
		        DB_SQL("select count(*) from filings where case_id = (select id from cases where number = ?)",
		                db_text(id)),
		        &filings, NULL, error);
	if (!status) {
		bool known = tells(&reported, view_of("fact.people"), &people);
		bytes_byte(&people, '\0');
		yearly->filings += filings;
		yearly->claims += number(reported.claims, "claims");
		yearly->paid += number(json_object_get(reported.claims, "by_state"), "paid");
		json_int_t told = yearly->told, doubt = yearly->doubt;
		add_notices(yearly, reported.notices);
		json_array_append_new(
		        yearly->cases, json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "id", id, "title",
		                               text(line, "title"), "opened", json_stringn(text(line, "opened_at"), 10),
		                               "people", known && !people.failed ? people.ptr : "待补报", "state",
		                               strcmp(text(line, "state"), "open") != 0 ? "已结案" : "处置中",
		                               "filings", count_text(filings), "told", count_text(yearly->told - told),
		                               "doubt", count_text(yearly->doubt - doubt), "claims",
		                               count_text(number(reported.claims, "claims"))));
	}
	bytes_done(&people);
	reported_done(&reported);
	return status;
}

/* The year in the case's own offset, as its number has it. */
static hufu_status gather(struct yearly *yearly, hufu_error *error)
{
	json_t *list = NULL, *line;
	size_t at;
	hufu_status status = case_list(yearly->book, &list, error);
	yearly->cases = json_array();
	json_array_foreach(list, at, line)
	{
		if (status || atol(text(line, "opened_at")) != yearly->year)
			continue;
		if (json_is_true(json_object_get(line, "drill")))
			yearly->drills++;
		else
			status = add_case(yearly, line, error);
	}
	json_decref(list);
	return status;
}

/* ---- as a paper ---- */

static json_t *year_values(const struct yearly *yearly)
{
	json_t *values = json_pack("{s:O, s:o, s:s, s:s, s:s}", "cases", yearly->cases, "date",
	        today_json(yearly->book), "mark", "", "case", "", "entity", "");
	json_object_set_new(values, "year", json_sprintf("%lld", (long long)yearly->year));
	json_object_set_new(values, "incidents", json_sprintf("%lld", (long long)json_array_size(yearly->cases)));
	json_object_set_new(values, "drill_count", json_sprintf("%lld", (long long)yearly->drills));
	json_object_set_new(values, "filing_count", json_sprintf("%lld", (long long)yearly->filings));
	json_object_set_new(values, "notices",
	        json_sprintf(
	                "送达服务器 %lld 人次，存疑 %lld 人次", (long long)yearly->told, (long long)yearly->doubt));
	json_object_set_new(values, "claims",
	        json_sprintf("%lld 件，已支付 %lld 件", (long long)yearly->claims, (long long)yearly->paid));
	return values;
}

static hufu_status write_paper(const struct yearly *yearly, const char *path, hufu_error *error)
{
	struct bytes paper = { 0 };
	json_t *values = year_values(yearly);
	hufu_status status = values ? filing_paper(yearly->book, "yearly", values, &paper, error)
	                            : fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	if (!status)
		status = filing_write(path, bytes_view(&paper), error);
	json_decref(values);
	bytes_done(&paper);
	return status;
}

/* ---- as a table ---- */

/* Quoted, and with an apostrophe before what a spreadsheet program would take for a formula. */
static void add_cell(struct bytes *out, const char *cell, bool last)
{
	bytes_byte(out, '"');
	if (cell[0] && strchr("=+-@\t\r", cell[0]))
		bytes_byte(out, '\'');
	for (const char *at = cell; *at; at++) {
		if (*at == '"')
			bytes_byte(out, '"');
		bytes_byte(out, (unsigned char)*at < 0x20 ? ' ' : *at);
	}
	bytes_text(out, last ? "\"\r\n" : "\",");
}

static hufu_status write_table(const struct yearly *yearly, const char *path, hufu_error *error)
{
	static const char *const fields[] = { "id", "title", "opened", "people", "state", "filings", "told", "doubt",
		"claims" };
	struct bytes out = { 0 };
	json_t *line;
	size_t at;
	bytes_text(&out, "\xef\xbb\xbf编号 No.,事件 Incident,立案 Opened,人数 People,处置 Handling,报告 Filings,已告知 "
	                 "Told,存疑 In doubt,诉求 Claims\r\n");
	json_array_foreach(yearly->cases, at, line) for (size_t i = 0; i < LEN(fields); i++)
	        add_cell(&out, text(line, fields[i]), i + 1 == LEN(fields));
	hufu_status status = out.failed ? fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL)
	                                : io_new_file(path, 0600, bytes_view(&out), error);
	bytes_done(&out);
	return status;
}

hufu_status report_year(struct casebook *book, int year, const char *path, hufu_error *error)
{
	struct yearly yearly = { .book = book, .year = year };
	hufu_status status = casebook_may(book, MAY_SEE, error);
	if (!status)
		status = case_path_is_new(path, error);
	if (!status)
		status = gather(&yearly, error);
	if (!status)
		status = (view_ends(view_of(path), ".csv") ? write_table : write_paper)(&yearly, path, error);
	json_decref(yearly.cases);
	return status;
}
