/* Evidence of a case, and what a verdict on it says as facts. A verdict tells of the sample alone, so that its counts
 * are estimates of what leaked, not the end of it. */
#include "base/clock.h"
#include "case/agree.h"
#include "case/people.h"
#include <stdlib.h>

/* ---- the vault's objects ---- */

/* The case has the very bytes. */
static hufu_status has_object(struct change *change, const struct vault_object *object, bool *has, hufu_error *error)
{
	int64_t count = 0;
	bool found;
	hufu_status status = db_number(change->book->db,
	        DB_SQL("select count(*) from evidence where case_id = ? and object_sha256 = ?", db_int(change->case_id),
	                db_text(object->sha256)),
	        &count, &found, error);
	*has = count > 0;
	return status;
}

static hufu_status tell_evidence(const struct vault_object *object, const char *name, const char *role, bool again,
        json_t *told, hufu_error *error)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:s, s:b, s:[]}", "name", name, "sha256", object->sha256, "sm3",
	        object->sm3, "bytes", (json_int_t)object->bytes, "role", role, "again", again, "facts");
	hufu_status status = line && told && !json_object_update(told, line)
	                             ? HUFU_OK
	                             : fail(error, HUFU_NO_MEMORY, view_of(name), "no memory", NULL);
	json_decref(line);
	return status;
}

hufu_status evidence_note(struct change *change, const struct vault_object *object, const char *name, const char *role,
        json_t *told, hufu_error *error)
{
	bool again;
	if (!vault_has(change->book->vault, object->sha256, NULL))
		return fail(error, HUFU_CONFLICT, view_of(object->sha256),
		        "was removed by a retention rule a moment ago: nothing was changed", "give it once more");
	/* Bytes that a rule removed may come again, with another case. */
	hufu_status status = db_run(change->book->db,
	        DB_SQL("insert into objects (sha256, sm3, bytes, added_at) values (?, ?, ?, ?) on conflict (sha256) do "
	               "update set deleted_at = null, reason = null",
	                db_text(object->sha256), db_text(object->sm3), db_int((int64_t)object->bytes),
	                db_int(change->at)),
	        NULL, error);
	if (!status)
		status = has_object(change, object, &again, error);
	if (!status)
		status = tell_evidence(object, name, role, again, told, error);
	if (status || again)
		return status;
	return db_run(change->book->db,
	        DB_SQL("insert into evidence (case_id, object_sha256, name, bytes, added_at, role) values (?, ?, ?, ?, "
	               "?, ?)",
	                db_int(change->case_id), db_text(object->sha256), db_text(name), db_int((int64_t)object->bytes),
	                db_int(change->at), db_text(role)),
	        NULL, error);
}

/* ---- a verdict's facts ---- */

/* Words behind commas, each once. */
static void word_add(struct bytes *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = list->ptr, *end; at && at < list->ptr + list->len; at = end + 1) {
		end = memchr(at, ',', (size_t)(list->ptr + list->len - at));
		end = end ? end : list->ptr + list->len;
		if ((size_t)(end - at) == len && !memcmp(at, word, len))
			return;
	}
	if (list->len)
		bytes_byte(list, ',');
	bytes_text(list, word);
}

/* GB/T 35273 and GB/T 44464 count an ID number as sensitive, a later guide only its card's photo: the stricter one. */
static bool is_sensitive(const struct verdict_column *column)
{
	return column->column && column->kind &&
	       (!strcmp(column->kind, "resident_id") || !strcmp(column->kind, "bank_card"));
}

struct verdict_sum {
	struct bytes datasets, kinds, regions;
	uint64_t sensitive;
	const struct verdict_window *window; /* of the dataset with the most links */
	uint64_t linked;
};

static void sum_dataset(struct verdict_sum *sum, const struct verdict_dataset *dataset)
{
	bool sensitive = false;
	word_add(&sum->datasets, dataset->dataset);
	for (size_t i = 0; i < dataset->column_count; i++) {
		const struct verdict_column *column = &dataset->columns[i];
		if (column->column && column->kind)
			word_add(&sum->kinds, column->kind);
		sensitive |= is_sensitive(column);
	}
	if (sensitive && dataset->people > sum->sensitive)
		sum->sensitive = dataset->people;
	for (size_t i = 0; i < dataset->facet_count; i++)
		for (size_t k = 0; k < dataset->facets[i].count && k < 40; k++)
			word_add(&sum->regions, dataset->facets[i].values[k].value);
	if (dataset->window.known && dataset->linked > sum->linked) {
		sum->window = &dataset->window;
		sum->linked = dataset->linked;
	}
}

static void sum_done(struct verdict_sum *sum)
{
	bytes_done(&sum->datasets);
	bytes_done(&sum->kinds);
	bytes_done(&sum->regions);
}

enum { VERDICT_FACTS_MAX = 10 };

struct fact_list {
	struct fact_word words[VERDICT_FACTS_MAX];
	char numbers[VERDICT_FACTS_MAX][24];
	size_t count;
};

static void list_text(struct fact_list *list, const char *name, const char *value)
{
	if (value && value[0])
		list->words[list->count++] = (struct fact_word){ name, value };
}

static void list_number(struct fact_list *list, const char *name, uint64_t value)
{
	char *text = list->numbers[list->count];
	snprintf(text, sizeof list->numbers[0], "%llu", (unsigned long long)value);
	list_text(list, name, text);
}

bool verdict_of_note(const struct hufu_verdict *verdict)
{
	for (size_t i = 0; i < verdict->part_count; i++)
		if (verdict->parts[i].records)
			return false;
	return verdict->sha256[0];
}

static void facts_of(const struct hufu_verdict *verdict, struct verdict_sum *sum, struct fact_list *list)
{
	if (verdict_of_note(verdict))
		return;
	struct bytes *texts[] = { &sum->datasets, &sum->kinds, &sum->regions };
	for (size_t i = 0; i < LEN(texts); i++)
		bytes_byte(texts[i], 0);
	list_text(list, "verdict", verdict_word_name(verdict->word));
	if (!verdict->people && !verdict->people_exposed)
		return;
	list_number(list, "people", verdict->people);
	list_number(list, "people_exposed", verdict->people_exposed);
	if (sum->sensitive)
		list_number(list, "people_sensitive", sum->sensitive);
	list_text(list, "datasets", sum->datasets.ptr);
	list_text(list, "kinds", sum->kinds.ptr);
	list_text(list, "regions", sum->regions.ptr);
	list_text(list, "window_after", sum->window ? sum->window->after : NULL);
	list_text(list, "window_before", sum->window ? sum->window->before : NULL);
}

/* The word and the digest of all of it, for the entry. */
static hufu_status tell_verdict(const struct hufu_verdict *verdict, hufu_view json, json_t *told, hufu_error *error)
{
	char digest[CHAIN_HASH_TEXT];
	json_t *read = json_loadb(json.ptr, json.len, 0, NULL);
	bool good = read && verdict_digest(read, digest) &&
	            !json_object_set_new(told, "verdict", json_text(verdict_word_name(verdict->word))) &&
	            !json_object_set_new(told, "verdict_sha256", json_string(digest));
	json_decref(read);
	return good ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("verdict"), "no memory", NULL);
}

static hufu_status verdict_insert(struct change *change, const struct vault_object *object,
        const struct hufu_verdict *verdict, json_t *told, hufu_error *error)
{
	struct bytes json = { 0 };
	hufu_status status = verdict_json(verdict, &json);
	if (!status)
		status = db_run(change->book->db,
		        DB_SQL("insert into verdicts (case_id, object_sha256, at, json) values (?, ?, ?, ?)",
		                db_int(change->case_id), db_text(object->sha256), db_int(change->at),
		                db_view(bytes_view(&json))),
		        NULL, error);
	else
		fail(error, status, view_of("verdict"), "no memory", NULL);
	if (!status)
		status = tell_verdict(verdict, bytes_view(&json), told, error);
	bytes_done(&json);
	return status;
}

hufu_status verdict_note(struct change *change, const struct vault_object *object, const struct hufu_verdict *verdict,
        json_t *told, hufu_error *error)
{
	struct verdict_sum sum = { 0 };
	struct fact_list list = { .count = 0 };
	char source[64];
	snprintf(source, sizeof source, "match %.12s", object->sha256);
	for (size_t i = 0; i < verdict->part_count; i++)
		for (size_t k = 0; k < verdict->parts[i].dataset_count; k++)
			sum_dataset(&sum, &verdict->parts[i].datasets[k]);
	hufu_status status = verdict_insert(change, object, verdict, told, error);
	if (!status) {
		facts_of(verdict, &sum, &list);
		bool failed = sum.datasets.failed || sum.kinds.failed || sum.regions.failed;
		status = failed ? fail(error, HUFU_NO_MEMORY, view_of("verdict"), "no memory", NULL)
		                : facts_put(change, list.words, list.count, "estimated", source,
		                          json_object_get(told, "facts"), error);
	}
	sum_done(&sum);
	return status;
}

/* ---- match --case ---- */

static hufu_status leak_work(struct change *change, hufu_error *error)
{
	const struct leak_taken *leak = change->context;
	change->body = json_object();
	hufu_status status = evidence_note(change, leak->object, leak->name,
	        verdict_of_note(leak->verdict) ? "note" : "leak", change->body, error);
	if (!status)
		status = verdict_note(change, leak->object, leak->verdict, change->body, error);
	if (!status && leak->people && verdict_is_ours(leak->verdict->word)) {
		status = people_put(change, leak->object->sha256, leak->people, error);
		json_object_set_new(change->body, "people_linked", json_integer((json_int_t)leak->people->count));
	}
	return status || !leak->settle ? status : leak->settle(change, leak->context, error);
}

hufu_status leak_take(struct casebook *book, const char *number, const struct leak_taken *leak, hufu_error *error)
{
	struct change change = { .what = "match", .work = leak_work, .context = (void *)(uintptr_t)leak };
	return case_change_open(book, number, &change, error);
}

hufu_status case_verdict(struct casebook *book, const char *number, const char *path,
        const struct hufu_verdict *verdict, const struct linked *linked, hufu_error *error)
{
	struct vault_object object;
	struct case_row row;
	char name[256];
	const char *slash = strrchr(path, '/');
	printable(view_of(slash ? slash + 1 : path), name, sizeof name);
	hufu_status status = casebook_may(book, MAY_MATCH, error);
	if (!status)
		status = case_find(book, number, &row, error); /* before a large file is copied for nothing */
	if (status)
		return status;
	case_row_done(&row);
	status = vault_put_file(book->vault, path, &object, error);
	if (!status && strcmp(object.sha256, verdict->sha256) != 0)
		status = fail(error, HUFU_CONFLICT, view_of(name), "changed while it was judged: nothing was kept",
		        "copy it to where nobody writes, and match the copy");
	if (status)
		return status;
	struct case_people people = { 0 };
	if (linked)
		status = people_make(book->store, linked, &people, error);
	struct leak_taken leak = {
		.object = &object, .name = name, .verdict = verdict, .people = linked ? &people : NULL
	};
	if (!status)
		status = leak_take(book, number, &leak, error);
	people_done(&people);
	return status;
}
