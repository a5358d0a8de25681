/* Reader for SQL dumps: mysqldump and its kin, pg_dump (COPY and INSERT), SQL Server, Oracle, SQLite. A table is a
 * part.
 *
 * Dumps may take turns between tables, while one part is open at a time. So the first pass reads the first table with
 * records and notes where others begin and end; then each of those gets a pass of its own over its stretch. A dump of
 * one table is read once, one of many twice. What cannot be rewound (a member of an archive) is held in memory; where
 * it is too long for that, a table that comes back after another is a part again.
 *
 * Damaged rows and statements are counted, and reading goes on at the next row or statement that can be made out. */
#include "read/records.h"

#include "base/auto.h"
#include "read/held.h"
#include "read/sqltext.h"
#include "read/window.h"

#include <stdlib.h>

enum {
	TABLES_MAX = 4096,
	NAMES_MAX = 16 << 20, /* bytes of all column names */
	AGAIN_MAX = 1000,     /* parts, where the bytes cannot be rewound */
	REREAD_MAX = 64,      /* how often the dump may be read over, in all */
	LOOK_AHEAD = 64,      /* blanks that are crossed to see how damage ends */
	STEP_BACK = 4096,     /* so far from its beginning, damage in a row is gone through once more from there */
	STEPS_BACK = 16,      /* rows without an end that are */
};

struct table {
	struct bytes name;         /* owned: database NUL name NUL */
	size_t short_name;         /* where the name begins */
	struct bytes columns;      /* owned: names, each ended by NUL */
	uint32_t column_count;     /* 0: not known */
	struct window_place first; /* the statement that brings its first record */
	uint64_t last;             /* offset behind its last record */
	bool seen;                 /* it has records */
	bool done;                 /* it was read, or cannot be */
	bool again;                /* its name was shown before, of another database */
};

enum state { BETWEEN, ROWS, ROWS_NEXT, LINES, IN_COMMENT, IN_LINE, IN_OTHER, LOST };

struct sql {
	struct job *job;
	struct window window;
	hufu_view path;
	struct records records;
	struct table *tables; /* owned */
	size_t table_count, names_len;
	struct bytes database, scratch, list; /* owned */

	enum sql_escapes escapes;
	enum state state, after;       /* `after`: what is skipped by lines or as a comment */
	struct window_place statement; /* where it began; only while its table is not `seen` */
	struct table *table;           /* of the statement under way */
	struct table *target;          /* whose records are wanted; NULL: of the next table that has some */
	bool rewinds;
	bool later;   /* a pass behind the first */
	bool refused; /* too many tables: told once */
	bool told_long;
	unsigned endless;                /* rows without an end so far */
	bool listed;                     /* the statement names its columns */
	uint32_t map_count;              /* 0: the statement's columns are the part's */
	uint16_t map[BATCH_COLUMNS_MAX]; /* value -> column; BATCH_COLUMNS_MAX: none */
	uint32_t lost_columns;           /* of the statement: not among the part's */
	struct sql_row row;
};

/* ---- tables ---- */

static const char *table_name(const struct table *table)
{
	return table->name.ptr + table->short_name;
}

static bool same(const char *a, const char *b)
{
	return sql_is(view_of(a), b);
}

/* Names are held to be the same without regard to case, and a missing database fits any. */
static struct table *find_table(struct sql *sql, const char *database, const char *name)
{
	for (size_t i = sql->table_count; i-- > 0;) {
		struct table *table = &sql->tables[i];
		const char *of = table->name.ptr;
		if (same(table_name(table), name) && (!*of || !*database || same(of, database)))
			return table;
	}
	return NULL;
}

static struct table *add_table(struct sql *sql, const char *database, const char *name)
{
	size_t len = strlen(database) + strlen(name);
	if (sql->table_count == TABLES_MAX || sql->names_len + len > NAMES_MAX)
		return NULL;
	struct table *table = &sql->tables[sql->table_count];
	*table = (struct table){ 0 };
	for (size_t i = 0; i < sql->table_count; i++)
		table->again |= same(table_name(&sql->tables[i]), name);
	bytes_add(&table->name, view_make(database, strlen(database) + 1));
	table->short_name = table->name.len;
	bytes_add(&table->name, view_make(name, strlen(name) + 1));
	if (table->name.failed)
		return NULL;
	sql->names_len += len;
	sql->table_count++;
	return table;
}

/* The table named at `at`, `a.b.c` and quotes and all. Its database is the word before its name, else the one in use.
 */
static enum sql_got take_table(struct sql *sql, hufu_view text, size_t *at, struct table **out)
{
	const bool end = sql->window.end;
	struct bytes *names = &sql->scratch;
	size_t name = 0, before = 0;
	unsigned parts = 0;
	char quote;
	names->len = 0;
	do {
		*at += parts > 0;
		before = name;
		name = names->len;
		enum sql_got got = sql_name(text, end, at, names, &quote);
		if (got != SQL_GOT)
			return got;
		if (*at == text.len && !end)
			return SQL_MORE;
		if (sql->escapes == SQL_ESCAPES_UNKNOWN && quote)
			sql->escapes = quote == '`'    ? SQL_ESCAPES_BACKSLASH
			               : quote == '\'' ? SQL_ESCAPES_UNKNOWN
			                               : SQL_ESCAPES_DOUBLED;
	} while (++parts < 4 && *at < text.len && text.ptr[*at] == '.');
	if (names->failed)
		return SQL_BROKEN;
	const char *database = parts > 1 ? names->ptr + before : sql->database.len ? sql->database.ptr : "";
	*out = find_table(sql, database, names->ptr + name);
	if (!*out)
		*out = add_table(sql, database, names->ptr + name);
	return SQL_GOT;
}

static bool add_column(struct sql *sql, struct table *table, const char *name)
{
	size_t len = strlen(name) + 1;
	if (table->column_count > BATCH_COLUMNS_MAX || sql->names_len + len > NAMES_MAX)
		return false;
	bytes_add(&table->columns, view_make(name, len));
	sql->names_len += len;
	table->column_count += !table->columns.failed;
	return !table->columns.failed;
}

static hufu_status tell_refused(struct sql *sql)
{
	if (sql->refused)
		return HUFU_OK;
	sql->refused = true;
	return sink_unread(sql->job->sink, sql->path, JAIL_WHY_MEMBERS);
}

/* ---- parts ---- */

/* "DUMP/table"; with its database before it where that name was had before. */
static hufu_view part_path(const struct sql *sql, const struct table *table, struct bytes *out)
{
	out->len = 0;
	if (sql->path.len) {
		bytes_add(out, sql->path);
		bytes_byte(out, '/');
	}
	if (table->again && table->name.ptr[0]) {
		bytes_text(out, table->name.ptr);
		bytes_byte(out, '.');
	}
	bytes_text(out, table_name(table));
	return bytes_view(out);
}

static hufu_status refuse_table(struct sql *sql, struct table *table, enum jail_why why)
{
	table->done = true;
	sql->scratch.failed = false;
	return sink_unread(sql->job->sink, part_path(sql, table, &sql->scratch), why);
}

/* Opens the part of the statement's table, whose first row is at hand. */
static hufu_status open_part(struct sql *sql)
{
	struct table *table = sql->table;
	bool known = table->column_count && (sql->listed || table->column_count == sql->row.count);
	uint32_t columns = known ? table->column_count : sql->row.count;
	if (columns > BATCH_COLUMNS_MAX)
		return refuse_table(sql, table, JAIL_WHY_COLUMNS);
	/* A statement of old may have changed the table: then places are all there is. */
	if (!known)
		sql->map_count = 0;
	AUTO_FREE hufu_view *names = known ? malloc(columns * sizeof *names) : NULL;
	if (known && !names)
		return HUFU_NO_MEMORY;
	const char *name = table->columns.ptr;
	for (uint32_t i = 0; known && i < columns; i++, name += strlen(name) + 1)
		names[i] = view_of(name);
	hufu_view path = part_path(sql, table, &sql->scratch);
	if (sql->scratch.failed)
		return HUFU_NO_MEMORY;
	sql->target = table;
	return records_open(&sql->records,
	        &(struct sink_label){ .path = path,
	                .format = "sql",
	                .encoding = decoder_label(&sql->window.decoder),
	                .columns = columns,
	                .named = known },
	        names);
}

static void put_value(struct sql *sql, uint32_t column, uint32_t base, const struct sql_value *value)
{
	struct sink_batch *batch = &sql->records.batch;
	size_t len = value->len;
	if (value->form != SQL_PLAIN)
		len = sql_unescape(sql->escapes, value->form, value->quote, batch->text + base + value->at, len);
	records_cell(&sql->records, column, base + value->at, (uint32_t)len);
}

static hufu_status put_row(struct sql *sql, hufu_view text)
{
	struct records *records = &sql->records;
	struct sink_batch *batch = &records->batch;
	const struct sql_row *row = &sql->row;
	hufu_status st = records_begin(records);
	if (st != HUFU_OK)
		return st;
	uint32_t base = batch->text_len, kept = row->count < LEN(row->values) ? row->count : LEN(row->values);
	memcpy(batch->text + base, text.ptr, row->taken);
	batch->text_len += (uint32_t)row->taken;
	uint32_t want = sql->map_count ? sql->map_count : batch->columns;
	bool lost = row->count != want;
	for (uint32_t i = 0; i < kept; i++) {
		uint32_t column = !sql->map_count ? i : i < sql->map_count ? sql->map[i] : BATCH_COLUMNS_MAX;
		if (column < batch->columns)
			put_value(sql, column, base, &row->values[i]);
		else
			lost |= row->values[i].len > 0;
	}
	batch->rows++;
	records->malformed += lost;
	return HUFU_OK;
}

/* Whether the records of the statement's table are wanted in this pass, and, where tables follow one another, whether
 * that ends the part before. */
static hufu_status turn_to_table(struct sql *sql, bool *wanted)
{
	struct table *table = sql->table;
	*wanted = false;
	if (!table->seen) {
		table->seen = true;
		table->first = sql->statement;
	}
	if (!sql->later)
		table->last = window_offset(&sql->window) + sql->row.taken;
	if (table->done || (sql->rewinds && sql->target && sql->target != table))
		return HUFU_OK;
	hufu_status st = HUFU_OK;
	if (sql->records.open && sql->target != table)
		st = records_close(&sql->records);
	if (st == HUFU_OK && !sql->records.open) {
		if (!sql->rewinds && sql->records.parts == AGAIN_MAX)
			return tell_refused(sql);
		st = open_part(sql);
	}
	*wanted = st == HUFU_OK && !table->done;
	return st;
}

static hufu_status take_row(struct sql *sql, hufu_view text)
{
	bool wanted;
	if (!sql->table)
		return tell_refused(sql);
	hufu_status st = turn_to_table(sql, &wanted);
	return wanted ? put_row(sql, text) : st;
}

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
		bool found = same(at, name);
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
		if (column == BATCH_COLUMNS_MAX && !begun && add_column(sql, table, name)) {
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
	enum sql_got got = take_table(sql, text, at, &table);
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
	enum sql_got got = take_table(sql, text, at, &table);
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
		got = take_table(sql, text, at, &table);
	if (got == SQL_GOT)
		got = create_list(sql, text, at, &count);
	if (got != SQL_GOT)
		return got;
	if (table && !table->seen && !table->column_count) {
		const char *name = sql->list.ptr;
		for (uint32_t i = 0; i < count && add_column(sql, table, name); i++)
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

static enum sql_got statement_head(struct sql *sql, hufu_view text, size_t *at)
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
		st = take_row(sql, text);
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
		got = statement_head(sql, text, &at);
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
			st = refuse_table(sql, table, stretch > left ? JAIL_WHY_MEMBERS : JAIL_WHY_IO);
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
	sql->tables = malloc(TABLES_MAX * sizeof *sql->tables);
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
