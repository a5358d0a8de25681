/* The heads of statements: what an INSERT, COPY or CREATE says before its rows, in the words of every dump. */
#include "read/sqldump.h"

/* ---- statements ---- */

static enum sql_got expect(hufu_view text, bool end, size_t *at, char c)
{
	enum sql_got got = sql_skip(text, end, at);
	if (got != SQL_GOT)
		return got;
	if (*at == text.len)
		return end ? SQL_BROKEN : SQL_MORE;
	return text.ptr[*at] == c ? SQL_GOT : SQL_BROKEN;
}

/* "(a, b)" -> sql->list, which holds `count` names. */
static enum sql_got take_list(struct sql *sql, hufu_view text, size_t *at, uint32_t *count)
{
	const bool end = sql->window.end;
	char quote;
	sql->list.len = 0;
	*count = 0;
	do {
		++*at;
		enum sql_got got = sql_name(text, end, at, &sql->list, &quote);
		if (got == SQL_GOT)
			got = sql_skip(text, end, at);
		if (got != SQL_GOT)
			return got;
		if (*at == text.len)
			return end ? SQL_BROKEN : SQL_MORE;
		++*count;
	} while (text.ptr[*at] == ',');
	return text.ptr[(*at)++] == ')' && !sql->list.failed ? SQL_GOT : SQL_BROKEN;
}

/* The place of a column in its table; the one behind the last found is the likeliest. */
static uint32_t find_column(const struct table *table, const char *name, uint32_t *hint, const char **hinted)
{
	uint32_t i = *hint;
	const char *at = *hinted;
	for (uint32_t tried = 0; tried < table->column_count; tried++) {
		if (i == table->column_count) {
			i = 0;
			at = table->columns.ptr;
		}
		const char *after = at + strlen(at) + 1;
		bool found = sql_same_name(at, name);
		at = after;
		i++;
		if (found) {
			*hint = i;
			*hinted = at;
			return i - 1;
		}
	}
	return BATCH_COLUMNS_MAX;
}

/* The statement's own list against the table's. While the table has not begun, it may still grow. */
static void map_list(struct sql *sql, uint32_t count)
{
	struct table *table = sql->table;
	bool begun = sql->records.open && sql->target == table;
	sql->listed = true;
	if (table->column_count == count && view_equal(bytes_view(&table->columns), bytes_view(&sql->list)))
		return;
	const char *name = sql->list.ptr, *hinted = table->columns.ptr;
	uint32_t hint = 0;
	sql->map_count = count < BATCH_COLUMNS_MAX ? count : BATCH_COLUMNS_MAX;
	for (uint32_t i = 0; i < sql->map_count; i++, name += strlen(name) + 1) {
		uint32_t column = find_column(table, name, &hint, &hinted);
		if (column == BATCH_COLUMNS_MAX && !begun && sql_add_column(sql, table, name)) {
			column = hint = table->column_count - 1;
			hinted = table->columns.ptr + table->columns.len - strlen(name) - 1;
		}
		sql->map[i] = (uint16_t)(column < BATCH_COLUMNS_MAX ? column : BATCH_COLUMNS_MAX);
	}
}

static void begin_rows(struct sql *sql, struct table *table, uint32_t listed)
{
	sql->table = table;
	sql->listed = false;
	sql->map_count = 0;
	if (table && listed)
		map_list(sql, listed);
	if (table && !table->seen)
		sql->statement = window_place(&sql->window);
}

/* INSERT [words] [INTO] name [(columns)] [words] VALUES, with the first word taken already. */
static enum sql_got insert_head(struct sql *sql, hufu_view text, size_t *at, bool into)
{
	static const char *const words[] = { "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "OVERWRITE", "TABLE",
		"ALL", "FIRST", "OR", "INTO" };
	const bool end = sql->window.end;
	uint32_t listed = 0;
	struct table *table = NULL;
	for (bool again = !into; again;) {
		hufu_view word;
		size_t ahead = *at;
		enum sql_got got = sql_word(text, end, &ahead, &word);
		if (got != SQL_GOT)
			return got;
		again = false;
		for (size_t i = 0; i < LEN(words); i++)
			again |= sql_is(word, words[i]);
		if (again)
			*at = ahead;
		again = again && !sql_is(word, "INTO");
	}
	enum sql_got got = sql_take_table(sql, text, at, &table);
	if (got == SQL_GOT)
		got = expect(text, end, at, '(');
	if (got == SQL_GOT)
		got = take_list(sql, text, at, &listed);
	else if (got == SQL_BROKEN && *at < text.len)
		got = SQL_GOT; /* no list */
	/* "VALUES", perhaps behind "OVERRIDING SYSTEM VALUE". */
	for (unsigned i = 0; got == SQL_GOT; i++) {
		hufu_view word;
		got = sql_word(text, end, at, &word);
		if (got == SQL_GOT && (i == 4 || word.len == 0 || sql_is(word, "SELECT") || sql_is(word, "SET")))
			return SQL_BROKEN;
		if (got == SQL_GOT && (sql_is(word, "VALUES") || sql_is(word, "VALUE")) &&
		        (got = expect(text, end, at, '(')) != SQL_BROKEN)
			break;
		if (got == SQL_BROKEN && *at < text.len && sql_letter(text.ptr[*at]))
			got = SQL_GOT;
	}
	if (got == SQL_GOT) {
		begin_rows(sql, table, listed);
		sql->state = ROWS;
	}
	return got;
}

/* COPY name [(columns)] FROM stdin ...; and the rest of its line. */
static enum sql_got copy_head(struct sql *sql, hufu_view text, size_t *at)
{
	const bool end = sql->window.end;
	uint32_t listed = 0;
	struct table *table = NULL;
	hufu_view word;
	enum sql_got got = sql_take_table(sql, text, at, &table);
	if (got == SQL_GOT)
		got = expect(text, end, at, '(');
	if (got == SQL_GOT)
		got = take_list(sql, text, at, &listed);
	else if (got == SQL_BROKEN && *at < text.len)
		got = SQL_GOT;
	if (got == SQL_GOT)
		got = sql_word(text, end, at, &word);
	if (got == SQL_GOT && !sql_is(word, "FROM"))
		return SQL_BROKEN;
	if (got == SQL_GOT)
		got = sql_word(text, end, at, &word);
	if (got == SQL_GOT && !sql_is(word, "STDIN"))
		return SQL_BROKEN;
	if (got != SQL_GOT)
		return got;
	const char *line = *at < text.len ? memchr(text.ptr + *at, '\n', text.len - *at) : NULL;
	if (!line)
		return end ? SQL_BROKEN : SQL_MORE;
	*at = (size_t)(line - text.ptr) + 1;
	sql->escapes = SQL_ESCAPES_DOUBLED;
	begin_rows(sql, table, listed);
	sql->state = LINES;
	return SQL_GOT;
}

/* Behind one column of a CREATE TABLE: at its ',' or ')'. */
static enum sql_got skip_definition(struct sql *sql, hufu_view text, size_t *at)
{
	unsigned depth = 0;
	while (*at < text.len) {
		char c = text.ptr[*at];
		if (c == '\'' || c == '"' || c == '`') {
			bool escaped;
			enum sql_escapes escapes = c == '\'' ? sql->escapes : SQL_ESCAPES_DOUBLED;
			enum sql_got got = sql_string(escapes, text, sql->window.end, at, &escaped);
			if (got != SQL_GOT)
				return got;
			continue;
		}
		if (depth == 0 && (c == ',' || c == ')'))
			return SQL_GOT;
		depth += c == '(';
		depth -= c == ')';
		++*at;
	}
	return sql->window.end ? SQL_BROKEN : SQL_MORE;
}

static bool is_constraint(hufu_view word)
{
	static const char *const words[] = { "PRIMARY", "KEY", "UNIQUE", "CONSTRAINT", "INDEX", "FULLTEXT", "SPATIAL",
		"FOREIGN", "CHECK", "EXCLUDE", "PERIOD", "LIKE", "SUPPLEMENTAL" };
	for (size_t i = 0; i < LEN(words); i++)
		if (sql_is(word, words[i]))
			return true;
	return false;
}

/* The columns of CREATE TABLE name (...), into sql->list. */
static enum sql_got create_list(struct sql *sql, hufu_view text, size_t *at, uint32_t *count)
{
	struct bytes *list = &sql->list;
	enum sql_got got = expect(text, sql->window.end, at, '(');
	list->len = 0;
	*count = 0;
	while (got == SQL_GOT && text.ptr[*at] != ')') {
		size_t before = list->len;
		char quote;
		++*at;
		got = sql_name(text, sql->window.end, at, list, &quote);
		if (got == SQL_GOT && !quote && is_constraint(view_of(list->ptr + before)))
			list->len = before;
		else
			++*count;
		if (got == SQL_GOT)
			got = sql_skip(text, sql->window.end, at);
		if (got == SQL_GOT)
			got = skip_definition(sql, text, at);
	}
	return list->failed ? SQL_BROKEN : got;
}

/* CREATE [words] TABLE [IF NOT EXISTS] name (columns); other things are created, too. */
static enum sql_got create_head(struct sql *sql, hufu_view text, size_t *at)
{
	const bool end = sql->window.end;
	struct table *table = NULL;
	hufu_view word;
	enum sql_got got;
	uint32_t count;
	for (unsigned i = 0; (got = sql_word(text, end, at, &word)) == SQL_GOT && !sql_is(word, "TABLE"); i++)
		if (i == 3 || word.len == 0)
			return SQL_BROKEN;
	size_t ahead = *at;
	if (got == SQL_GOT && (got = sql_word(text, end, &ahead, &word)) == SQL_GOT && sql_is(word, "IF")) {
		*at = ahead;
		for (unsigned i = 0; i < 2 && got == SQL_GOT; i++)
			got = sql_word(text, end, at, &word);
	}
	if (got == SQL_GOT)
		got = sql_take_table(sql, text, at, &table);
	if (got == SQL_GOT)
		got = create_list(sql, text, at, &count);
	if (got != SQL_GOT)
		return got;
	if (table && !table->seen && !table->column_count) {
		const char *name = sql->list.ptr;
		for (uint32_t i = 0; i < count && sql_add_column(sql, table, name); i++)
			name += strlen(name) + 1;
	}
	return SQL_GOT;
}

/* Comments of the dump's own program say which it was. */
static void learn_program(struct sql *sql, hufu_view comment)
{
	static const struct {
		const char *word;
		enum sql_escapes escapes;
	} programs[] = {
		{ "/*!", SQL_ESCAPES_BACKSLASH },
		{ "-- MySQL dump", SQL_ESCAPES_BACKSLASH },
		{ "-- MariaDB dump", SQL_ESCAPES_BACKSLASH },
		{ "-- phpMyAdmin", SQL_ESCAPES_BACKSLASH },
		{ "-- PostgreSQL", SQL_ESCAPES_DOUBLED },
	};
	for (size_t i = 0; i < LEN(programs) && sql->escapes == SQL_ESCAPES_UNKNOWN; i++)
		if (view_starts(comment, programs[i].word))
			sql->escapes = programs[i].escapes;
}

/* USE name: tables without a database are of this one. */
static enum sql_got use_head(struct sql *sql, hufu_view text, size_t *at)
{
	char quote;
	sql->scratch.len = 0;
	enum sql_got got = sql_name(text, sql->window.end, at, &sql->scratch, &quote);
	if (got == SQL_GOT && !sql->scratch.failed) {
		sql->database.len = 0;
		bytes_add(&sql->database, bytes_view(&sql->scratch));
	}
	return got;
}

static enum sql_got by_word(struct sql *sql, hufu_view word, hufu_view text, size_t *at)
{
	sql->state = IN_OTHER;
	if (sql_is(word, "INSERT") || sql_is(word, "REPLACE"))
		return insert_head(sql, text, at, false);
	if (sql_is(word, "INTO"))
		return insert_head(sql, text, at, true);
	enum sql_got got = SQL_GOT;
	if (sql_is(word, "CREATE"))
		got = create_head(sql, text, at);
	else if (sql_is(word, "COPY"))
		got = copy_head(sql, text, at);
	else if (sql_is(word, "USE"))
		got = use_head(sql, text, at);
	else if (sql_is(word, "GO"))
		sql->state = BETWEEN;
	if ((sql_is(word, "GO") || sql_is(word, "PRAGMA")) && sql->escapes == SQL_ESCAPES_UNKNOWN)
		sql->escapes = SQL_ESCAPES_DOUBLED;
	/* Another kind of CREATE or COPY is none of our business. */
	if (got == SQL_BROKEN)
		sql->state = IN_OTHER;
	return got == SQL_BROKEN ? SQL_GOT : got;
}

enum sql_got sql_statement_head(struct sql *sql, hufu_view text, size_t *at)
{
	const bool end = sql->window.end;
	while (*at < text.len && (sql_blank(text.ptr[*at]) || text.ptr[*at] == ';'))
		++*at;
	if (*at) {
		/* What follows begins where the window does: a long gap is no long statement. */
		sql->window.at += *at;
		*at = 0;
		return SQL_GOT;
	}
	if (text.len < 16 && !end)
		return SQL_MORE;
	learn_program(sql, text);
	sql->table = NULL;
	sql->after = BETWEEN;
	if (view_starts(text, "--") || text.ptr[0] == '#' || text.ptr[0] == '\\') {
		sql->state = IN_LINE;
	} else if (view_starts(text, "/*")) {
		sql->state = IN_COMMENT;
		*at = 2;
	} else {
		hufu_view word;
		enum sql_got got = sql_word(text, end, at, &word);
		if (got != SQL_GOT)
			return got;
		if (word.len)
			return by_word(sql, word, text, at);
		++*at;
		sql->state = IN_OTHER;
	}
	return SQL_GOT;
}
