/* Facts: name, value, basis, source, time. Corrected ones stay, superseded; claims of several sources stand beside each
 * other until one is confirmed. */
#include "base/clock.h"
#include "case/book.h"
#include "duty/fact.h"
#include <stdlib.h>

static bool is_basis(const char *basis)
{
	return !strcmp(basis, "claimed") || !strcmp(basis, "estimated") || !strcmp(basis, "confirmed");
}

/* The current fact of that name and source; `id` 0: none. */
static hufu_status fact_current(struct change *change, const char *name, const char *source, int64_t *id, char **value,
        char **basis, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	*id = 0;
	hufu_status status = db_query(change->book->db,
	        DB_SQL("select id, value, basis from facts where case_id = ? and name = ? and source = ? and "
	               "superseded_by is null",
	                db_int(change->case_id), db_text(name), db_text(source)),
	        &rows, error);
	if (status || !db_rows_next(rows))
		return status;
	*id = db_rows_int(rows, 0);
	*value = strdup(db_rows_text(rows, 1));
	*basis = strdup(db_rows_text(rows, 2));
	return *value && *basis ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(name), "no memory", NULL);
}

static hufu_status fact_insert(struct change *change, const struct fact_word *word, const char *basis,
        const char *source, int64_t *id, hufu_error *error)
{
	int64_t seq = 0;
	bool found;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select coalesce(max(seq), 0) from facts where case_id = ?", db_int(change->case_id)), &seq,
	        &found, error);
	if (status)
		return status;
	return db_number(change->book->db,
	        DB_SQL("insert into facts (case_id, seq, name, value, basis, source, at, by) "
	               "values (?, ?, ?, ?, ?, ?, ?, ?) returning id",
	                db_int(change->case_id), db_int(seq + 1), db_text(word->name), db_text(word->value),
	                db_text(basis), db_text(source), db_int(change->at), db_text(change->book->by)),
	        id, &found, error);
}

static hufu_status fact_put(struct change *change, const struct fact_word *word, const char *basis, const char *source,
        json_t *told, hufu_error *error)
{
	AUTO_FREE char *before = NULL;
	AUTO_FREE char *before_basis = NULL;
	int64_t old, fresh = 0;
	hufu_status status = fact_current(change, word->name, source, &old, &before, &before_basis, error);
	if (!status && old && !strcmp(before, word->value) && !strcmp(before_basis, basis))
		return HUFU_OK; /* said already */
	if (!status)
		status = fact_insert(change, word, basis, source, &fresh, error);
	if (!status && old)
		status = db_run(change->book->db,
		        DB_SQL("update facts set superseded_by = ? where id = ?", db_int(fresh), db_int(old)), NULL,
		        error);
	if (status)
		return status;
	json_t *line = json_pack(
	        "{s:s, s:s, s:s, s:s}", "name", word->name, "value", word->value, "basis", basis, "source", source);
	if (line && old)
		json_object_set_new(line, "was", json_string(before));
	return line && !json_array_append_new(told, line)
	               ? HUFU_OK
	               : fail(error, HUFU_NO_MEMORY, view_of(word->name), "no memory", NULL);
}

/* Facts that no law asks for and a case keeps all the same: what a verdict says. */
static bool is_told_only(const char *name)
{
	static const char *const names[] = { "verdict", "datasets", "kinds", "regions", "window_after",
		"window_before" };
	for (size_t i = 0; i < LEN(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static hufu_status word_check(const struct fact_word *word, hufu_error *error)
{
	return is_told_only(word->name) ? HUFU_OK : fact_check(word->name, word->value, error);
}

hufu_status facts_put(struct change *change, const struct fact_word *words, size_t count, const char *basis,
        const char *source, json_t *told, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	if (!is_basis(basis))
		return fail(error, HUFU_USAGE, view_of(basis), "is no basis of a fact",
		        "say claimed, estimated or confirmed");
	for (size_t i = 0; i < count && !status; i++)
		status = word_check(&words[i], error);
	for (size_t i = 0; i < count && !status; i++)
		status = fact_put(change, &words[i], basis, source, told, error);
	return status;
}

/* ---- by hand ---- */

struct facts_given {
	struct fact_word *words;
	size_t count;
	const char *basis, *source;
};

static hufu_status facts_work(struct change *change, hufu_error *error)
{
	struct facts_given *given = change->context;
	json_t *told = json_array();
	hufu_status status =
	        told ? facts_put(change, given->words, given->count, given->basis, given->source, told, error)
	             : HUFU_NO_MEMORY;
	if (!status && json_array_size(told))
		change->body = json_pack("{s:O}", "facts", told);
	json_decref(told);
	return status;
}

/* Cuts "NAME=VALUE" pairs apart; the caller frees the words and `held`. */
hufu_status words_cut(struct case_words words, struct fact_word **out, char **held, hufu_error *error)
{
	size_t len = 0, at = 0;
	for (size_t i = 0; i < words.count; i++)
		len += strlen(words.pairs[i]) + 1;
	*held = malloc(len + 1);
	*out = calloc(words.count + 1, sizeof **out);
	if (!*held || !*out)
		return fail(error, HUFU_NO_MEMORY, view_of("facts"), "no memory", NULL);
	for (size_t i = 0; i < words.count; i++) {
		size_t size = strlen(words.pairs[i]) + 1;
		char *pair = memcpy(*held + at, words.pairs[i], size), *equals = strchr(pair, '=');
		if (!equals || equals == pair)
			return fail(error, HUFU_USAGE, view_of(words.pairs[i]), "is no NAME=VALUE",
			        "write, say, people=4850000");
		*equals = 0;
		(*out)[i] = (struct fact_word){ pair, equals + 1 };
		at += size;
	}
	return HUFU_OK;
}

hufu_status case_facts(struct casebook *book, const char *number, struct case_words words, const char *basis,
        const char *source, hufu_error *error)
{
	AUTO_FREE char *held = NULL;
	AUTO_FREE struct fact_word *cut = NULL;
	hufu_status status = words_cut(words, &cut, &held, error);
	if (!status && source && !source[0])
		status = fail(error, HUFU_USAGE, view_of("case fact"), "a source is somebody",
		        "leave it out: then it is you");
	for (size_t i = 0; i < words.count && !status; i++)
		for (size_t k = 0; k < i && !status; k++)
			if (!strcmp(cut[i].name, cut[k].name))
				status = fail(error, HUFU_USAGE, view_of(cut[i].name), "is said twice", "say it once");
	if (status)
		return status;
	struct facts_given given = { cut, words.count, basis, source ? source : book->by };
	struct change change = { .what = "fact", .work = facts_work, .context = &given };
	return case_change_open(book, number, &change, error);
}

/* ---- looking ---- */

static json_t *fact_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b}", "name", db_rows_text(rows, 0), "value",
	        db_rows_text(rows, 1), "basis", db_rows_text(rows, 2), "source", db_rows_text(rows, 3), "at",
	        case_time(db_rows_int(rows, 4), zone_minutes), "by", db_rows_text(rows, 5), "superseded",
	        !db_rows_null(rows, 6));
}

hufu_status facts_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select name, value, basis, source, at, by, superseded_by from facts where case_id = ? order by "
	               "seq",
	                db_int(row->id)),
	        fact_json, row->zone_minutes, out, error);
}
