/* Reader for SQL dumps: mysqldump and its kin, pg_dump (COPY and INSERT), SQL Server, Oracle, SQLite. A table is a
 * part.
 *
 * Dumps may take turns between tables, while one part is open at a time. So the first pass reads the first table with
 * records and notes where others begin and end; then each of those gets a pass of its own over its stretch. A dump of
 * one table is read once, one of many twice. What cannot be rewound (a member of an archive) is held in memory; where
 * it is too long for that, a table that comes back after another is a part again.
 *
 * Damaged rows and statements are counted, and reading goes on at the next row or statement that can be made out. */
#include "read/sqldump.h"

#include "base/auto.h"
#include "read/held.h"

#include <stdlib.h>

enum {
	REREAD_MAX = 64,  /* how often the dump may be read over, in all */
	LOOK_AHEAD = 64,  /* blanks that are crossed to see how damage ends */
	STEP_BACK = 4096, /* so far from its beginning, damage in a row is gone through once more from there */
	STEPS_BACK = 16,  /* rows without an end that are */
};

/* ---- damage ---- */

/* Counted in the pass that reads the table; before its first record, or of no table, in the first pass. */
static void count_damage(struct sql *sql)
{
	bool owned = sql->rewinds && sql->table && sql->table->seen;
	if (owned && !sql->later)
		sql->table->last = window_offset(&sql->window) + 1;
	if (owned ? sql->table == sql->target : !sql->later)
		sql->records.malformed++;
}

static const char *const beginnings[] = { "INSERT ", "REPLACE ", "CREATE ", "COPY ", "LOCK ", "UNLOCK ", "DROP ",
	"ALTER ", "SET ", "USE ", "COMMIT", "-- ", "/*!", "\\.", "GO\n", "GO\r", "/*" };
enum { BEGINNING_MAX = 8 };

static bool begins_statement(hufu_view text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = view_from(text, 1);
	for (size_t i = 0; i < LEN(beginnings); i++)
		if (text.len >= strlen(beginnings[i]) &&
		        sql_is(view_make(text.ptr, strlen(beginnings[i])), beginnings[i]))
			return true;
	return false;
}

/* What follows `text`, all blank, at most LOOK_AHEAD of it. */
static hufu_view past_blanks(hufu_view text)
{
	for (size_t i = 0; i < LOOK_AHEAD && text.len && sql_blank(text.ptr[0]); i++)
		text = view_from(text, 1);
	return text;
}

/* Where reading can go on behind damage: at another row, a statement's end, or a line that begins a statement. Takes
 * what it has seen of the text. */
static void find_again(struct sql *sql)
{
	struct window *window = &sql->window;
	hufu_view text = window_view(window);
	const size_t near = 2 * LOOK_AHEAD + BEGINNING_MAX;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c != ')' && c != ';' && c != '\n')
			continue;
		window->at = window->len - text.len + i;
		if (text.len - i < near && !window->end)
			return; /* more is needed to tell */
		hufu_view rest = view_from(text, i + 1);
		hufu_view next = past_blanks(rest);
		if (c == '\n' && begins_statement(view_make(rest.ptr, rest.len < near ? rest.len : near))) {
			sql->state = BETWEEN;
			return;
		}
		if (c == ')' && next.len && next.ptr[0] == ',' && view_starts(past_blanks(view_from(next, 1)), "(")) {
			window->at = window->len - next.len;
			sql->state = ROWS_NEXT;
			return;
		}
		if (c == ';' && (rest.len == 0 || rest.ptr[0] == '\n' || rest.ptr[0] == '\r')) {
			window->at++;
			sql->state = BETWEEN;
			return;
		}
	}
	window->at = window->len;
}

static void lose(struct sql *sql, size_t taken)
{
	count_damage(sql);
	sql->window.at += taken;
	sql->state = LOST;
}

/* ---- what is skipped, however long ---- */

static void skip_until(struct sql *sql, const char *stop, size_t stop_len)
{
	struct window *window = &sql->window;
	hufu_view text = window_view(window);
	const char *found = memmem(text.ptr, text.len, stop, stop_len);
	size_t keep = window->end || text.len < stop_len ? 0 : stop_len - 1;
	window->at = found ? (size_t)(found - window->text) + stop_len : window->len - keep;
	if (found)
		sql->state = sql->after;
}

/* The end of a statement that holds no data: ';', or a line that begins another. Bodies of functions stand in $$. */
static void skip_other(struct sql *sql)
{
	struct window *window = &sql->window;
	hufu_view text = window_view(window);
	const size_t near = LOOK_AHEAD + BEGINNING_MAX;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c != ';' && c != '\n' && c != '$')
			continue;
		window->at = window->len - text.len + i;
		if (text.len - i < near && !window->end)
			return;
		hufu_view rest = view_from(text, i + 1);
		if (c == '$' && view_starts(rest, "$")) {
			/* Not a body, when it does not close. */
			const char *close = memmem(rest.ptr + 1, rest.len - 1, "$$", 2);
			i = close ? (size_t)(close - text.ptr) + 1 : i + 1;
		} else if (c == ';' ||
		           (c == '\n' && begins_statement(view_make(rest.ptr, rest.len < near ? rest.len : near)))) {
			window->at++;
			sql->state = BETWEEN;
			return;
		}
	}
	window->at = window->len;
}

/* ---- the course of a pass ---- */

/* Behind a row: another one, or whatever follows the statement. */
static enum sql_got next_row(struct sql *sql, hufu_view text, size_t *at)
{
	enum sql_got got = sql_skip(text, sql->window.end, at);
	if (got != SQL_GOT)
		return got;
	sql->state = BETWEEN;
	if (*at < text.len && text.ptr[*at] == ',') {
		size_t row = *at + 1;
		got = sql_skip(text, sql->window.end, &row);
		if (got != SQL_GOT) {
			sql->state = ROWS_NEXT;
			return got;
		}
		*at = row;
		sql->state = row < text.len && text.ptr[row] == '(' ? ROWS : LOST;
		if (sql->state == LOST)
			count_damage(sql);
	}
	return SQL_GOT;
}

static hufu_status tell_long(struct sql *sql)
{
	count_damage(sql);
	if (sql->told_long)
		return HUFU_OK;
	sql->told_long = true;
	return sink_unread(sql->job->sink, sql->path, JAIL_WHY_RECORD);
}

/* A row or a line is at hand, or broken, or more is needed. */
static hufu_status step_row(struct sql *sql, enum sql_got got, hufu_view text)
{
	struct window *window = &sql->window;
	hufu_status st = HUFU_OK;
	if (got == SQL_BROKEN) {
		/* A quote lost or too many is mostly at the row's beginning: what it swallowed are rows. */
		lose(sql, sql->row.taken > STEP_BACK ? sql->row.taken : 1);
		return HUFU_OK;
	}
	if (sql->row.taken > window_record_max(window))
		st = tell_long(sql);
	else
		st = sql_take_row(sql, text);
	window->at += sql->row.taken;
	if (sql->state == ROWS)
		sql->state = ROWS_NEXT;
	return st;
}

/* One step; SQL_MORE when the text is too short for it. */
static enum sql_got step(struct sql *sql, hufu_status *st)
{
	struct window *window = &sql->window;
	hufu_view text = window_view(window);
	enum sql_got got = SQL_GOT;
	size_t at = 0, before = window->at;
	switch (sql->state) {
	case BETWEEN:
		got = sql_statement_head(sql, text, &at);
		if (got == SQL_BROKEN)
			lose(sql, 1);
		else if (got == SQL_GOT)
			window->at += at;
		else
			sql->state = BETWEEN;
		return got == SQL_MORE ? got : SQL_GOT;
	case ROWS:
		got = sql_row(&sql->escapes, text, window->end, &sql->row);
		break;
	case LINES:
		if (view_starts(text, "\\.")) {
			sql->state = IN_LINE;
			sql->after = BETWEEN;
			return SQL_GOT;
		}
		got = text.len < 2 && !window->end ? SQL_MORE : sql_line(text, window->end, &sql->row);
		break;
	case ROWS_NEXT:
		got = next_row(sql, text, &at);
		window->at += got == SQL_GOT ? at : 0;
		return got;
	case IN_COMMENT:
		skip_until(sql, "*/", 2);
		return window->at == before ? SQL_MORE : SQL_GOT;
	case IN_LINE:
		skip_until(sql, "\n", 1);
		return window->at == before ? SQL_MORE : SQL_GOT;
	case IN_OTHER:
		skip_other(sql);
		return window->at == before && sql->state == IN_OTHER ? SQL_MORE : SQL_GOT;
	case LOST:
		find_again(sql);
		return window->at == before && sql->state == LOST ? SQL_MORE : SQL_GOT;
	}
	if (got != SQL_MORE)
		*st = step_row(sql, got, text);
	return got == SQL_MORE ? SQL_MORE : SQL_GOT;
}

/* More text for a step that wants it; where no more fits, what is under way is too long and left out. */
static hufu_status feed(struct sql *sql)
{
	struct window *window = &sql->window;
	const size_t left = window->len - window->at;
	bool data = sql->state == ROWS || sql->state == LINES || sql->state == BETWEEN;
	if (!window->end && (!data || left <= window_record_max(window))) {
		window_fill(window, window->cap);
		if (window->len > left || window->end)
			return HUFU_OK;
	}
	/* A line ends at its end; of a row, no more is known than that it began. */
	hufu_status st = HUFU_OK;
	if (data && !window->end)
		st = tell_long(sql);
	else
		count_damage(sql);
	if (sql->state == LINES) {
		sql->state = IN_LINE;
		sql->after = LINES;
	} else {
		sql->state = LOST;
		window->at += sql->endless < STEPS_BACK ? 1 : left;
		sql->endless++;
	}
	return st;
}

/* Reads from where the window is to offset `until`, or the end. */
static hufu_status run_pass(struct sql *sql, uint64_t until)
{
	struct window *window = &sql->window;
	hufu_status st = HUFU_OK;
	sql->state = sql->after = BETWEEN;
	sql->table = NULL;
	while (st == HUFU_OK && window_offset(window) < until) {
		if (window->at == window->len) {
			window_fill(window, window->cap);
			if (window_over(window))
				break;
		}
		if (step(sql, &st) == SQL_MORE)
			st = feed(sql);
	}
	return st;
}

/* A pass of its own for every table that the first one left. */
static hufu_status read_others(struct sql *sql, uint64_t whole)
{
	uint64_t left = REREAD_MAX * whole;
	sql->later = true;
	for (size_t i = 0; i < sql->table_count; i++) {
		struct table *table = &sql->tables[i];
		if (!table->seen || table->done || table == sql->target)
			continue;
		uint64_t stretch = table->last - table->first.offset;
		hufu_status st = HUFU_OK;
		if (stretch > left || !window_return(&sql->window, table->first)) {
			st = sql_refuse_table(sql, table, stretch > left ? JAIL_WHY_MEMBERS : JAIL_WHY_IO);
		} else {
			left -= stretch;
			sql->target = table;
			sql->database.len = 0;
			bytes_add(&sql->database, view_make(table->name.ptr, table->short_name));
			st = run_pass(sql, table->last);
			table->done = true;
			sql->table = NULL;
			if (st == HUFU_OK)
				st = records_close(&sql->records);
		}
		if (st != HUFU_OK)
			return st;
	}
	return HUFU_OK;
}

static hufu_status read_dump(struct sql *sql)
{
	sql->records.sink = sql->job->sink;
	hufu_status st = run_pass(sql, UINT64_MAX);
	uint64_t whole = window_offset(&sql->window);
	if (sql->target)
		sql->target->done = true;
	if (st == HUFU_OK && sql->records.open)
		st = records_close(&sql->records);
	uint64_t lost = sql->records.malformed;
	if (st == HUFU_OK && sql->rewinds)
		st = read_others(sql, whole);
	bool silent = sql->records.parts == 0 && !sql->told_long && !sql->refused &&
	              sql->window.decoder.source->why == JAIL_WHY_NONE;
	if (st == HUFU_OK && silent)
		st = sink_unread(sql->job->sink, sql->path, lost ? JAIL_WHY_DAMAGED : JAIL_WHY_EMPTY);
	return st;
}

static void sql_done(struct sql *sql)
{
	for (size_t i = 0; i < sql->table_count; i++) {
		bytes_done(&sql->tables[i].name);
		bytes_done(&sql->tables[i].columns);
	}
	free(sql->tables);
	bytes_done(&sql->database);
	bytes_done(&sql->scratch);
	bytes_done(&sql->list);
	window_done(&sql->window);
}

static hufu_status read_source(struct job *job, struct source *source, hufu_view path)
{
	AUTO_FREE struct sql *sql = calloc(1, sizeof *sql);
	if (!sql)
		return HUFU_NO_MEMORY;
	sql->job = job;
	sql->path = path;
	sql->rewinds = source->seek != NULL;
	sql->tables = malloc(SQL_TABLES_MAX * sizeof *sql->tables);
	hufu_status st = window_init(&sql->window, job, source);
	if (st == HUFU_OK)
		st = sql->tables ? read_dump(sql) : HUFU_NO_MEMORY;
	sql_done(sql);
	return st;
}

static hufu_status read_sql(struct job *job, struct source *source, hufu_view path)
{
	if (source->seek)
		return read_source(job, source, path);
	struct held held;
	hufu_status st = held_init(&held, job, source);
	if (st == HUFU_OK)
		st = read_source(job, &held.source, path);
	held_done(&held, job);
	return st;
}

/* ---- whether it is one ---- */

static bool line_is(hufu_view line, const char *start)
{
	return line.len >= strlen(start) && sql_is(view_make(line.ptr, strlen(start)), start);
}

static bool claims(hufu_view head, hufu_view name)
{
	static const char *const sure[] = { "INSERT INTO ", "INSERT IGNORE INTO ", "INSERT [", "REPLACE INTO `",
		"CREATE TABLE ", "DROP TABLE IF EXISTS ", "LOCK TABLES `", "CREATE DATABASE ", "PRAGMA foreign_keys",
		"-- MySQL dump", "-- MariaDB dump", "-- phpMyAdmin SQL", "-- PostgreSQL database dump", "/*!40",
		"/*!50", "SET NAMES ", "SET SQL_MODE", "SET statement_timeout", "SET IDENTITY_INSERT ", "USE [",
		"USE `" };
	static const char *const likely[] = { "--", "/*", "USE ", "SET ", "BEGIN", "START ", "DELETE ", "TRUNCATE ",
		"ALTER ", "DROP ", "CREATE ", "COPY ", "INSERT ", "REPLACE ", "#" };
	char plain[SOURCE_HEAD_MAX];
	hufu_view text = records_head(head, plain);
	bool named = name.len > 4 && sql_is(view_from(name, name.len - 4), ".sql"), first = true;
	while (text.len) {
		hufu_view line = view_trim(text);
		for (size_t i = 0; i < LEN(sure); i++)
			if (line_is(line, sure[i]))
				return true;
		for (size_t i = 0; named && first && i < LEN(likely); i++)
			if (line_is(line, likely[i]))
				return true;
		/* "COPY public.t (a) FROM stdin;" is surer than its first word. */
		const char *end = line.len ? memchr(line.ptr, '\n', line.len) : NULL;
		size_t len = end ? (size_t)(end - line.ptr) : line.len;
		if (line_is(line, "COPY ") && memmem(line.ptr, len, " FROM stdin", 11))
			return true;
		first = first && line.len == 0;
		text = view_from(line, len + 1);
	}
	return false;
}

const struct reader reader_sql = { .name = "sql", .claims = claims, .read = read_sql };
