/* Claims as a table for a spreadsheet program. Every text is written as a text, so that a note beginning with "=" is no
 * formula; nothing of a person stands in it but his keyed number. */
#include "claim/inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

static const struct export_column {
	const char *name, *title;
	double width;
	const char *inside; /* the object that holds it; NULL: the claim itself */
} columns[] = {
	{ "n", "编号 No.", 9, NULL },
	{ "at", "收到时间 Received", 26, NULL },
	{ "kind", "类别 Kind", 13, NULL },
	{ "channel", "渠道 Channel", 14, NULL },
	{ "note", "内容 About", 50, NULL },
	{ "by", "登记人 Taken by", 16, NULL },
	{ "in_leak", "在泄露数据中 In the leak", 24, NULL },
	{ "how", "核实方式 Proved by", 22, "proved" },
	{ "state", "状态 State", 12, NULL },
	{ "amount", "金额 Amount", 14, "decided" },
	{ "currency", "币种 Currency", 15, "decided" },
	{ "at", "决定时间 Decided", 26, "decided" },
	{ "by", "决定人 Decided by", 18, "decided" },
	{ "why", "理由 Why", 50, "decided" },
};

static void write_cell(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const struct export_column *column,
        const json_t *value, lxw_format *plain)
{
	if (json_is_integer(value))
		worksheet_write_number(sheet, row, col, (double)json_integer_value(value), plain);
	else if (json_is_boolean(value))
		worksheet_write_string(sheet, row, col, json_is_true(value) ? "是 yes" : "否 no", plain);
	else if (json_is_string(value) && !strcmp(column->name, "amount"))
		worksheet_write_number(sheet, row, col, strtod(json_string_value(value), NULL), plain);
	else if (json_is_string(value))
		worksheet_write_string(sheet, row, col, json_string_value(value), plain);
}

static void write_claims(lxw_workbook *book, const json_t *list)
{
	lxw_worksheet *sheet = workbook_add_worksheet(book, "claims");
	lxw_format *bold = workbook_add_format(book), *plain = workbook_add_format(book);
	size_t at;
	json_t *claim;
	format_set_bold(bold);
	format_set_text_wrap(plain);
	format_set_align(plain, LXW_ALIGN_VERTICAL_TOP);
	for (size_t i = 0; i < LEN(columns); i++) {
		worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width, NULL);
		worksheet_write_string(sheet, 0, (lxw_col_t)i, columns[i].title, bold);
	}
	worksheet_freeze_panes(sheet, 1, 0);
	json_array_foreach((json_t *)(uintptr_t)list, at, claim)
	{
		for (size_t i = 0; i < LEN(columns); i++) {
			const json_t *in = columns[i].inside ? json_object_get(claim, columns[i].inside) : claim;
			write_cell(sheet, (lxw_row_t)at + 1, (lxw_col_t)i, &columns[i],
			        json_object_get(in, columns[i].name), plain);
		}
	}
}

hufu_status claim_export(struct casebook *book, const char *number, const char *path, hufu_error *error)
{
	json_t *list = NULL;
	hufu_status status = casebook_may(book, MAY_READ, error);
	if (!status)
		status = case_path_is_new(path, error);
	if (!status)
		status = claim_list(book, number, &list, error);
	if (status)
		return status;
	/* The library makes files by the umask: the file is there before it, ours alone. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		json_decref(list);
		return fail_errno(error, view_of(path), "say another file");
	}
	close(fd);
	lxw_workbook_options options = { .use_zip64 = LXW_FALSE };
	lxw_workbook *workbook = workbook_new_opt(path, &options);
	if (workbook)
		write_claims(workbook, list);
	json_decref(list);
	if (!workbook || workbook_close(workbook) != LXW_NO_ERROR)
		return fail(error, HUFU_IO, view_of(path), "could not be written", "is the disk full?");
	return HUFU_OK;
}
