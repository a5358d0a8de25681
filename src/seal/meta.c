/* Reads and writes a dataset's description as JSON. What is read was authenticated, so that its checks are
 * against our own bugs and against other versions, not against enemies; they are made all the same. */
#include "seal/meta.h"
#include "base/auto.h"
#include "seal/form.h"
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

static const char *const role_names[] = { "personal", "private", "public" };

const char *role_name(enum column_role role)
{
	return role_names[role];
}

static void texts_free(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

void meta_done(struct meta *meta)
{
	for (size_t i = 0; i < meta->snapshot_count; i++)
		free(meta->snapshots[i].as_of);
	for (size_t i = 0; i < meta->column_count; i++) {
		free(meta->columns[i].name);
		free(meta->columns[i].in);
		texts_free(meta->columns[i].facet_values, meta->columns[i].facet_count);
	}
	texts_free(meta->adopted, meta->adopted_count);
	texts_free(meta->exports, meta->export_count);
	texts_free(meta->skips, meta->skip_count);
	free(meta->dataset);
	free(meta->snapshots);
	free(meta->columns);
	free(meta->key);
	free(meta->space);
	*meta = (struct meta){ .person = -1 };
}

int32_t meta_column(const struct meta *meta, hufu_view name)
{
	for (size_t i = 0; i < meta->column_count; i++)
		if (meta->columns[i].base < 0 && view_is(name, meta->columns[i].name))
			return (int32_t)i;
	return -1;
}

int32_t meta_derived(const struct meta *meta, int32_t base, uint8_t form)
{
	for (size_t i = 0; i < meta->column_count; i++)
		if (meta->columns[i].base == base && meta->columns[i].form == form)
			return (int32_t)i;
	return -1;
}

int32_t meta_add_column(struct meta *meta, hufu_view name)
{
	struct seal_column *columns = realloc(meta->columns, (meta->column_count + 1) * sizeof *columns);
	if (!columns)
		return -1;
	meta->columns = columns;
	struct seal_column *column = &columns[meta->column_count];
	*column = (struct seal_column){ .base = -1,
		.name = strndup(name.ptr ? name.ptr : "", name.len),
		.in = calloc(meta->snapshot_count + 1, 1) };
	if (!column->name || !column->in) {
		free(column->name);
		free(column->in);
		return -1;
	}
	return (int32_t)meta->column_count++;
}

int32_t meta_snapshot(const struct meta *meta, int64_t instant)
{
	for (size_t i = 0; i < meta->snapshot_count; i++)
		if (meta->snapshots[i].instant == instant)
			return (int32_t)i;
	return -1;
}

int32_t meta_add_snapshot(struct meta *meta, hufu_view as_of, int64_t instant)
{
	size_t at = 0, count = meta->snapshot_count;
	while (at < count && meta->snapshots[at].instant < instant)
		at++;
	char *text = strndup(as_of.ptr, as_of.len);
	struct seal_snapshot *snapshots = realloc(meta->snapshots, (count + 1) * sizeof *snapshots);
	if (snapshots)
		meta->snapshots = snapshots;
	if (!text || !snapshots) {
		free(text);
		return -1;
	}
	for (size_t i = 0; i < meta->column_count; i++) {
		uint8_t *in = realloc(meta->columns[i].in, count + 1);
		if (!in) {
			free(text);
			return -1;
		}
		meta->columns[i].in = in;
		memmove(in + at + 1, in + at, count - at);
		in[at] = 0;
	}
	memmove(&snapshots[at + 1], &snapshots[at], (count - at) * sizeof *snapshots);
	snapshots[at] = (struct seal_snapshot){ .as_of = text, .instant = instant };
	meta->snapshot_count++;
	return (int32_t)at;
}

void meta_drop_snapshot(struct meta *meta, size_t index)
{
	size_t behind = meta->snapshot_count - index - 1;
	free(meta->snapshots[index].as_of);
	memmove(&meta->snapshots[index], &meta->snapshots[index + 1], behind * sizeof *meta->snapshots);
	for (size_t i = 0; i < meta->column_count; i++)
		memmove(meta->columns[i].in + index, meta->columns[i].in + index + 1, behind);
	meta->snapshot_count--;
}

bool meta_add_text(char ***list, size_t *count, hufu_view text)
{
	char **grown = realloc(*list, (*count + 1) * sizeof **list);
	if (!grown)
		return false;
	*list = grown;
	grown[*count] = strndup(text.ptr ? text.ptr : "", text.len);
	if (!grown[*count])
		return false;
	(*count)++;
	return true;
}

hufu_status meta_add_export(struct meta *meta, const char *name, bool *added, hufu_error *error)
{
	char clean[200];
	printable(view_trim(view_of(name)), clean, sizeof clean);
	*added = false;
	if (!clean[0])
		return fail(
		        error, HUFU_USAGE, view_of(meta->dataset), "--export wants a name", "name the export or view");
	for (size_t i = 0; i < meta->export_count; i++)
		if (!strcmp(meta->exports[i], clean))
			return HUFU_OK;
	*added = meta_add_text(&meta->exports, &meta->export_count, view_of(clean));
	return *added ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of(meta->dataset), "no memory", NULL);
}

const char *meta_space(const struct meta *meta)
{
	return meta->space ? meta->space : meta->dataset;
}

/* ---- JSON ---- */

static json_t *texts_json(char *const *list, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(list[i]));
	return array;
}

static json_t *column_json(const struct seal_column *column, size_t snapshots)
{
	json_t *in = json_array();
	for (size_t i = 0; i < snapshots; i++)
		json_array_append_new(in, json_integer(column->in[i]));
	return json_pack("{s:s, s:i, s:i, s:s, s:b, s:s, s:f, s:b, s:o, s:o}", "name", column->name, "form",
	        (int)column->form, "base", (int)column->base, "kind", column->kind ? column->kind->name : "", "decided",
	        column->decided, "role", role_name(column->role), "space_bits", column->space_bits, "facet",
	        column->facet, "values", texts_json(column->facet_values, column->facet_count), "in", in);
}

static json_t *snapshot_json(const struct seal_snapshot *snapshot)
{
	char digest[2 * DIGEST_LEN + 1];
	sodium_bin2hex(digest, sizeof digest, snapshot->digest, DIGEST_LEN);
	return json_pack("{s:s, s:I, s:I, s:s}", "as_of", snapshot->as_of, "instant", (json_int_t)snapshot->instant,
	        "rows", (json_int_t)snapshot->rows, "digest", digest);
}

hufu_status meta_write(const struct meta *meta, struct bytes *out)
{
	json_t *columns = json_array(), *snapshots = json_array(), *key = json_array();
	for (size_t i = 0; i < meta->column_count; i++)
		json_array_append_new(columns, column_json(&meta->columns[i], meta->snapshot_count));
	for (size_t i = 0; i < meta->snapshot_count; i++)
		json_array_append_new(snapshots, snapshot_json(&meta->snapshots[i]));
	for (size_t i = 0; i < meta->key_count; i++)
		json_array_append_new(key, json_integer(meta->key[i]));
	json_t *root = json_pack(
	        "{s:s, s:o, s:o, s:o, s:b, s:i, s:b, s:b, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:[i,i,i]}", "dataset",
	        meta->dataset, "columns", columns, "snapshots", snapshots, "key", key, "key_found", meta->key_found,
	        "person", (int)meta->person, "person_found", meta->person_found, "person_stored", meta->person_stored,
	        "space", meta->space ? meta->space : "", "adopted", texts_json(meta->adopted, meta->adopted_count),
	        "exports", texts_json(meta->exports, meta->export_count), "skips",
	        texts_json(meta->skips, meta->skip_count), "rows", (json_int_t)meta->rows, "forgotten",
	        (json_int_t)meta->forgotten, "duplicates", (json_int_t)meta->duplicates, "packing",
	        (int)meta->prefix_bits, (int)meta->row_bits, (int)meta->column_bits);
	AUTO_FREE char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (!text)
		return HUFU_NO_MEMORY;
	bytes_text(out, text);
	return out->failed ? HUFU_NO_MEMORY : HUFU_OK;
}

static bool texts_read(json_t *array, char ***list, size_t *count)
{
	size_t i;
	json_t *item;
	json_array_foreach(
	        array, i, item) if (!json_is_string(item) ||
	                            !meta_add_text(list, count,
	                                    view_make(json_string_value(item), json_string_length(item)))) return false;
	return true;
}

static bool snapshots_read(json_t *array, struct meta *meta)
{
	size_t i;
	json_t *item;
	if (json_array_size(array) > SNAPSHOTS_MAX)
		return false;
	json_array_foreach(array, i, item)
	{
		const char *as_of, *digest;
		json_int_t instant, rows;
		size_t len;
		if (json_unpack(item, "{s:s, s:I, s:I, s:s}", "as_of", &as_of, "instant", &instant, "rows", &rows,
		            "digest", &digest) ||
		        meta_add_snapshot(meta, view_of(as_of), instant) != (int32_t)i)
			return false;
		meta->snapshots[i].rows = (uint64_t)rows;
		if (sodium_hex2bin(meta->snapshots[i].digest, DIGEST_LEN, digest, strlen(digest), NULL, &len, NULL) ||
		        len != DIGEST_LEN)
			return false;
	}
	return true;
}

static bool column_read(json_t *item, struct meta *meta)
{
	const char *name, *kind, *role;
	int decided, facet, form, base;
	double space;
	json_t *values, *in;
	if (json_unpack(item, "{s:s, s:i, s:i, s:s, s:b, s:s, s:F, s:b, s:o, s:o}", "name", &name, "form", &form,
	            "base", &base, "kind", &kind, "decided", &decided, "role", &role, "space_bits", &space, "facet",
	            &facet, "values", &values, "in", &in) ||
	        json_array_size(in) != meta->snapshot_count)
		return false;
	int32_t at = meta_add_column(meta, view_of(name));
	if (at < 0)
		return false;
	struct seal_column *column = &meta->columns[at];
	column->kind = ident_by_name(view_of(kind));
	column->decided = decided;
	column->form = (uint8_t)form;
	column->base = base;
	if (base >= (int)meta->column_count - 1 || base < -1 || (base >= 0) != (form != 0) || form > UINT8_MAX ||
	        (form && !form_by_id((uint8_t)form)))
		return false;
	column->space_bits = space;
	column->facet = facet;
	for (size_t i = 0; i < LEN(role_names); i++)
		if (!strcmp(role, role_names[i]))
			column->role = (enum column_role)i;
	for (size_t i = 0; i < meta->snapshot_count; i++)
		column->in[i] = json_integer_value(json_array_get(in, i)) != 0;
	return (column->kind || !*kind) && texts_read(values, &column->facet_values, &column->facet_count);
}

static bool key_read(json_t *array, struct meta *meta)
{
	meta->key = calloc(json_array_size(array) + 1, sizeof *meta->key);
	if (!meta->key)
		return false;
	meta->key_count = json_array_size(array);
	for (size_t i = 0; i < meta->key_count; i++) {
		json_int_t column = json_integer_value(json_array_get(array, i));
		if (column < 0 || (size_t)column >= meta->column_count)
			return false;
		meta->key[i] = (uint32_t)column;
	}
	return true;
}

static bool root_read(json_t *root, struct meta *meta)
{
	const char *dataset, *space;
	json_t *columns, *snapshots, *key, *adopted, *exports, *skips, *item;
	int key_found, person, person_found, person_stored, prefix, row, column;
	json_int_t rows, forgotten, duplicates;
	size_t i;
	if (json_unpack(root, "{s:s, s:o, s:o, s:o, s:b, s:i, s:b, s:b, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:[i,i,i]}",
	            "dataset", &dataset, "columns", &columns, "snapshots", &snapshots, "key", &key, "key_found",
	            &key_found, "person", &person, "person_found", &person_found, "person_stored", &person_stored,
	            "space", &space, "adopted", &adopted, "exports", &exports, "skips", &skips, "rows", &rows,
	            "forgotten", &forgotten, "duplicates", &duplicates, "packing", &prefix, &row, &column))
		return false;
	meta->dataset = strdup(dataset);
	meta->space = *space ? strdup(space) : NULL;
	if (!meta->dataset || !snapshots_read(snapshots, meta))
		return false;
	json_array_foreach(columns, i, item) if (!column_read(item, meta)) return false;
	meta->key_found = key_found;
	meta->person = person;
	meta->person_found = person_found;
	meta->person_stored = person_stored;
	meta->rows = (uint64_t)rows;
	meta->forgotten = (uint64_t)forgotten;
	meta->duplicates = (uint64_t)duplicates;
	meta->prefix_bits = (uint32_t)prefix;
	meta->row_bits = (uint32_t)row;
	meta->column_bits = (uint32_t)column;
	return key_read(key, meta) && person >= -1 && person < (int)meta->column_count && rows >= 0 &&
	       texts_read(adopted, &meta->adopted, &meta->adopted_count) &&
	       texts_read(exports, &meta->exports, &meta->export_count) &&
	       texts_read(skips, &meta->skips, &meta->skip_count) && prefix >= 0 && prefix < 40 && row > 0 &&
	       row < 32 && column >= 0 && column < 16;
}

hufu_status meta_read(hufu_view text, struct meta *out, hufu_error *error)
{
	struct meta meta = { .person = -1 };
	json_t *root = json_loadb(text.ptr, text.len, 0, NULL);
	bool good = root && root_read(root, &meta);
	json_decref(root);
	if (!good) {
		meta_done(&meta);
		return fail(error, HUFU_MALFORMED, view_of("seal"), "its description makes no sense to this version",
		        "use the version that made it");
	}
	*out = meta;
	return HUFU_OK;
}
