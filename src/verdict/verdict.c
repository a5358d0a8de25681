/* The verdict's texts: freeing, JSON. */
#include "verdict/verdict.h"
#include "base/auto.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const words[] = { "genuine", "partly-genuine", "recombined", "ours-unsealed", "overlap",
	"inconclusive", "not-ours", "" };

const char *verdict_word_name(enum verdict_word word)
{
	return words[word];
}

static const char *const terms[VERDICT_TERM_COUNT] = { "columns explained", "private columns agree",
	"agreement where independent holders differ", "all as of one time" };

const char *verdict_term_name(enum verdict_term_kind term)
{
	return terms[term];
}

/* ---- memory ---- */

static void texts_free(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

static void dataset_done(struct verdict_dataset *dataset)
{
	for (size_t i = 0; i < dataset->column_count; i++) {
		free(dataset->columns[i].leak);
		free(dataset->columns[i].column);
	}
	for (size_t i = 0; i < dataset->facet_count; i++) {
		for (size_t j = 0; j < dataset->facets[i].count; j++)
			free(dataset->facets[i].values[j].value);
		free(dataset->facets[i].values);
		free(dataset->facets[i].name);
	}
	texts_free(dataset->window.snapshots, dataset->window.snapshot_count);
	for (size_t i = 0; i < dataset->window.stitched_count; i++) {
		free(dataset->window.stitched[i].after);
		free(dataset->window.stitched[i].before);
	}
	free(dataset->window.stitched);
	free(dataset->window.after);
	free(dataset->window.before);
	free(dataset->window.newest_row);
	for (size_t i = 0; i < dataset->origin_count; i++)
		free(dataset->origins[i].name);
	free(dataset->origins);
	free(dataset->filter);
	free(dataset->columns);
	free(dataset->facets);
	free(dataset->dataset);
}

static void part_done(struct verdict_part *part)
{
	for (size_t i = 0; i < part->dataset_count; i++)
		dataset_done(&part->datasets[i]);
	free(part->datasets);
	free(part->path);
	free(part->format);
	free(part->encoding);
}

void verdict_done(struct hufu_verdict *verdict)
{
	for (size_t i = 0; i < verdict->part_count; i++)
		part_done(&verdict->parts[i]);
	for (size_t i = 0; i < verdict->unread_count; i++)
		free(verdict->unread[i].what);
	for (int chinese = 0; chinese <= 1; chinese++)
		texts_free(verdict->reasons[chinese].at, verdict->reasons[chinese].count);
	free(verdict->unread);
	free(verdict->parts);
	free(verdict->path);
	free(verdict->json);
	*verdict = (struct hufu_verdict){ .word = VERDICT_NONE };
}

bool verdict_reason(struct hufu_verdict *verdict, bool chinese, const char *format, ...)
{
	va_list arguments;
	struct verdict_sentences *sentences = &verdict->reasons[chinese];
	char *text = NULL, **grown = realloc(sentences->at, (sentences->count + 1) * sizeof *grown);
	if (!grown)
		return false;
	sentences->at = grown;
	/* As long as it gets: a part's name may take a thousand bytes, and one cut within a character is no text. */
	va_start(arguments, format);
	int len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0)
		return false;
	grown[sentences->count++] = text;
	return true;
}

bool verdict_add_unread(struct hufu_verdict *verdict, hufu_view what, const char *why)
{
	struct verdict_unread *grown = realloc(verdict->unread, (verdict->unread_count + 1) * sizeof *grown);
	if (!grown)
		return false;
	verdict->unread = grown;
	grown[verdict->unread_count] = (struct verdict_unread){ strndup(what.ptr ? what.ptr : "", what.len), why };
	verdict->complete = false;
	return grown[verdict->unread_count].what && ++verdict->unread_count;
}

/* ---- JSON ---- */

/* A text, or null. What comes from the leak was made printable when it was taken. */
static json_t *text_json(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	return json ? json : json_string("?");
}

static json_t *number_json(uint64_t number)
{
	return json_integer((json_int_t)number);
}

/* Four decimals: enough to read, and the same text for the same counts. */
static json_t *share_json(double share)
{
	return json_real((double)(int64_t)(share * 10000 + 0.5) / 10000);
}

/* One decimal: more would be noise. */
static json_t *bits_json(double bits)
{
	double tenths = bits * 10 + (bits < 0 ? -0.5 : 0.5);
	return json_real((double)(int64_t)tenths / 10);
}

static json_t *column_json(const struct verdict_column *column)
{
	json_t *json = json_object();
	json_object_set_new(json, "leak", text_json(column->leak));
	json_object_set_new(json, "column", text_json(column->column));
	json_object_set_new(json, "kind", text_json(column->kind));
	json_object_set_new(json, "form", text_json(column->form));
	json_object_set_new(json, "agreement",
	        share_json(column->compared ? (double)column->agreed / (double)column->compared : 0));
	return json;
}

static json_t *window_json(const struct verdict_window *window)
{
	if (!window->known)
		return json_null();
	json_t *json = json_object(), *snapshots = json_array();
	for (size_t i = 0; i < window->snapshot_count; i++)
		json_array_append_new(snapshots, text_json(window->snapshots[i]));
	json_object_set_new(json, "after", text_json(window->after));
	json_object_set_new(json, "before", text_json(window->before));
	json_object_set_new(json, "snapshots", snapshots);
	json_object_set_new(json, "newest_row", text_json(window->newest_row));
	if (!window->stitched_count)
		return json;
	json_t *stitched = json_array();
	for (size_t i = 0; i < window->stitched_count; i++) {
		const struct verdict_stretch *stretch = &window->stitched[i];
		json_array_append_new(
		        stitched, json_pack("{s:o, s:o, s:o}", "after", text_json(stretch->after), "before",
		                          text_json(stretch->before), "records", number_json(stretch->records)));
	}
	json_object_set_new(json, "stitched", stitched);
	return json;
}

/* The names; and beside them, of each export, how many rows it had and how many of these are there. */
static void origin_json(const struct verdict_dataset *dataset, json_t *json)
{
	json_t *names = json_array(), *rows = json_object();
	for (size_t i = 0; i < dataset->origin_count; i++) {
		const struct verdict_origin *origin = &dataset->origins[i];
		json_array_append_new(names, text_json(origin->name));
		json_object_set_new(rows, origin->name,
		        json_pack(
		                "{s:o, s:o}", "rows", number_json(origin->rows), "taken", number_json(origin->taken)));
	}
	if (!dataset->origin_count) {
		json_decref(names);
		json_decref(rows);
		names = json_null();
		rows = NULL;
	}
	json_object_set_new(json, "origin", names);
	if (rows)
		json_object_set_new(json, "origin_rows", rows);
}

static json_t *dataset_json(const struct verdict_dataset *dataset)
{
	json_t *json = json_object(), *columns = json_array(), *facets = json_object();
	json_object_set_new(json, "dataset", text_json(dataset->dataset));
	json_object_set_new(json, "linked", number_json(dataset->linked));
	json_object_set_new(json, "recombined", number_json(dataset->recombined));
	json_object_set_new(json, "people", number_json(dataset->people));
	json_object_set_new(json, "fdr", share_json(dataset->fdr));
	for (size_t i = 0; i < dataset->column_count; i++)
		json_array_append_new(columns, column_json(&dataset->columns[i]));
	json_object_set_new(json, "columns", columns);
	json_object_set_new(json, "window", window_json(&dataset->window));
	json_object_set_new(json, "filter",
	        dataset->filter ? json_pack("{s:o, s:o}", "text", text_json(dataset->filter), "explains",
	                                  share_json(dataset->filter_explains))
	                        : json_null());
	for (size_t i = 0; i < dataset->facet_count; i++) {
		json_t *values = json_object();
		for (size_t j = 0; j < dataset->facets[i].count; j++)
			json_object_set_new(values, dataset->facets[i].values[j].value,
			        number_json(dataset->facets[i].values[j].people));
		json_object_set_new(facets, dataset->facets[i].name, values);
	}
	json_object_set_new(json, "facets", facets);
	origin_json(dataset, json);
	return json;
}

static json_t *part_json(const struct verdict_part *part)
{
	json_t *json = json_object(), *datasets = json_array(), *reasons = json_array();
	json_object_set_new(json, "path", text_json(part->path));
	json_object_set_new(json, "format", text_json(part->format));
	json_object_set_new(json, "encoding", text_json(part->encoding));
	json_object_set_new(json, "records", number_json(part->records));
	json_object_set_new(json, "malformed", number_json(part->malformed));
	json_object_set_new(
	        json, "verdict", part->word == VERDICT_NONE ? json_null() : text_json(verdict_word_name(part->word)));
	json_object_set_new(json, "copy_bits", part->term_count ? bits_json(part->copy_bits) : json_null());
	for (size_t i = 0; i < part->term_count; i++)
		json_array_append_new(reasons, json_pack("{s:s, s:o}", "term", terms[part->terms[i].kind], "bits",
		                                       bits_json(part->terms[i].bits)));
	json_object_set_new(json, "copy_terms", reasons);
	for (size_t i = 0; i < part->dataset_count; i++)
		json_array_append_new(datasets, dataset_json(&part->datasets[i]));
	json_object_set_new(json, "datasets", datasets);
	return json;
}

static json_t *leak_json(const struct hufu_verdict *verdict)
{
	json_t *json = json_object();
	json_object_set_new(json, "path", text_json(verdict->path));
	json_object_set_new(json, "bytes", number_json(verdict->bytes));
	json_object_set_new(json, "sha256", text_json(verdict->sha256));
	return json;
}

static json_t *sentences_json(const struct verdict_sentences *sentences)
{
	json_t *list = json_array();
	for (size_t i = 0; i < sentences->count; i++)
		json_array_append_new(list, text_json(sentences->at[i]));
	return list;
}

static json_t *root_json(const struct hufu_verdict *verdict)
{
	json_t *json = json_object(), *unread = json_array(), *parts = json_array();
	json_object_set_new(json, "hufu", json_integer(1));
	json_object_set_new(json, "leak", leak_json(verdict));
	json_object_set_new(json, "verdict",
	        verdict->word == VERDICT_NONE ? json_null() : text_json(verdict_word_name(verdict->word)));
	json_object_set_new(json, "people", number_json(verdict->people));
	json_object_set_new(json, "people_bounds",
	        json_pack("[I,I]", (json_int_t)verdict->people_low, (json_int_t)verdict->people_high));
	json_object_set_new(json, "people_exposed", number_json(verdict->people_exposed));
	json_object_set_new(json, "complete", json_boolean(verdict->complete));
	for (size_t i = 0; i < verdict->unread_count; i++)
		json_array_append_new(unread, json_pack("{s:o, s:s}", "what", text_json(verdict->unread[i].what), "why",
		                                      verdict->unread[i].why));
	json_object_set_new(json, "unread", unread);
	json_object_set_new(json, "reasons", sentences_json(&verdict->reasons[verdict->chinese]));
	json_object_set_new(json, "reasons_in",
	        json_pack("{s:o, s:o}", "en", sentences_json(&verdict->reasons[0]), "zh",
	                sentences_json(&verdict->reasons[1])));
	for (size_t i = 0; i < verdict->part_count; i++)
		json_array_append_new(parts, part_json(&verdict->parts[i]));
	json_object_set_new(json, "parts", parts);
	json_object_set_new(json, "elapsed_s", json_real((double)(int64_t)(verdict->elapsed * 1000 + 0.5) / 1000));
	return json;
}

hufu_status verdict_json(const struct hufu_verdict *verdict, struct bytes *out)
{
	json_t *root = root_json(verdict);
	AUTO_FREE char *text = root ? json_dumps(root, JSON_REAL_PRECISION(10)) : NULL;
	json_decref(root);
	if (!text)
		return HUFU_NO_MEMORY;
	bytes_text(out, text);
	return out->failed ? HUFU_NO_MEMORY : HUFU_OK;
}
