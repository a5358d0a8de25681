/* What is sealed, and the rule packs: as they lie there now, kept until their files change. */
#include "base/clock.h"
#include "base/io.h"
#include "base/siphash.h"
#include "duty/duty.h"
#include "job/job.h"
#include "serve/inside.h"

#include <stdio.h>
#include <sys/stat.h>

/* ---- what is kept of the seals ---- */

struct seals_kept {
	pthread_mutex_t lock;
	uint64_t stamp;
	json_t *datasets; /* with every snapshot's instant */
};

/* Changes with every seal that is written, comes or goes. */
static hufu_status stamp_of(const struct store *store, uint64_t *out, hufu_error *error)
{
	static const struct siphash_key plain = { 0 };
	char **names;
	size_t count;
	uint64_t sum = 1;
	hufu_status status = store_datasets(store, &names, &count, error);
	for (size_t i = 0; !status && i < count; i++) {
		AUTO_FREE char *path = NULL;
		struct stat about = { 0 };
		if (store_seal_path(store, view_of(names[i]), &path, NULL) || stat(path, &about) != 0)
			about.st_size = -1;
		uint64_t told[] = { sum, siphash(plain, names[i], strlen(names[i])), about.st_ino,
			(uint64_t)about.st_size, (uint64_t)about.st_mtim.tv_sec, (uint64_t)about.st_mtim.tv_nsec };
		sum = siphash_words(plain, told, LEN(told));
		free(names[i]);
	}
	if (!status)
		free(names);
	*out = sum;
	return status;
}

static json_t *snapshots_json(struct seal *seal, const uint64_t *people)
{
	const struct meta *meta = &seal->meta;
	json_t *list = json_array();
	for (size_t i = 0; i < meta->snapshot_count; i++)
		json_array_append_new(
		        list, json_pack("{s:s, s:I, s:I, s:I}", "as_of", meta->snapshots[i].as_of, "rows",
		                      (json_int_t)meta->snapshots[i].rows, "people", (json_int_t)people[i], "instant",
		                      (json_int_t)meta->snapshots[i].instant));
	return list;
}

static bool is_key(const struct meta *meta, size_t column)
{
	for (size_t i = 0; i < meta->key_count; i++)
		if (meta->key[i] == column)
			return true;
	return false;
}

static json_t *columns_json(const struct meta *meta)
{
	json_t *list = json_array();
	for (size_t i = 0; i < meta->column_count; i++) {
		const struct seal_column *column = &meta->columns[i];
		if (column->base >= 0)
			continue; /* the same column in another form */
		json_array_append_new(list,
		        json_pack("{s:s, s:s?, s:s, s:b, s:b, s:b}", "name", column->name, "kind",
		                column->kind ? column->kind->name : NULL, "role", role_name(column->role), "facet",
		                column->facet, "person", meta->person == (int32_t)i, "key", is_key(meta, i)));
	}
	return list;
}

static json_t *key_json(const struct meta *meta)
{
	json_t *list = json_array();
	for (size_t i = 0; i < meta->key_count; i++)
		json_array_append_new(list, json_string(meta->columns[meta->key[i]].name));
	return list;
}

static hufu_status dataset_json(struct seal *seal, json_t **out, hufu_error *error)
{
	const struct meta *meta = &seal->meta;
	AUTO_FREE uint64_t *people = calloc(meta->snapshot_count + 1, sizeof *people);
	if (!people)
		return fail(error, HUFU_NO_MEMORY, view_of(meta->dataset), "no memory", NULL);
	hufu_status status = seal_census(seal, people, error);
	if (!status && seal_damaged(seal))
		status = fail(error, HUFU_MALFORMED, view_of(meta->dataset), "this seal is damaged",
		        "restore it from a backup");
	if (!status)
		*out = json_pack("{s:s, s:I, s:I, s:s?, s:s, s:o, s:o, s:o}", "name", meta->dataset, "rows",
		        (json_int_t)meta->rows, "bytes", (json_int_t)seal->size, "person",
		        meta->person >= 0 ? meta->columns[meta->person].name : NULL, "space", meta_space(meta), "key",
		        key_json(meta), "snapshots", snapshots_json(seal, people), "columns", columns_json(meta));
	return status;
}

static hufu_status read_seals(const struct store *store, json_t **out, hufu_error *error)
{
	struct job_seals seals = { 0 };
	hufu_status status = job_seals_open(store, &seals, error);
	json_t *list = status ? NULL : json_array();
	for (size_t i = 0; !status && i < seals.count; i++) {
		json_t *dataset = NULL;
		status = dataset_json(seals.seals[i], &dataset, error);
		if (!status)
			json_array_append_new(list, dataset);
	}
	if (!status)
		job_seals_close(&seals);
	if (status)
		json_decref(list);
	else
		*out = list;
	return status;
}

/* A deep copy: JSON counts its holders without a lock. */
static hufu_status datasets_copy(struct server *server, json_t **out, hufu_error *error)
{
	struct seals_kept *kept = server->seals;
	uint64_t stamp;
	json_t *fresh = NULL;
	pthread_mutex_lock(&kept->lock);
	hufu_status status = stamp_of(server->store, &stamp, error);
	if (!status && (!kept->datasets || kept->stamp != stamp)) {
		status = read_seals(server->store, &fresh, error);
		if (!status) {
			json_decref(kept->datasets);
			kept->datasets = fresh;
			kept->stamp = stamp;
		}
	}
	*out = status ? NULL : json_deep_copy(kept->datasets);
	pthread_mutex_unlock(&kept->lock);
	return status || *out ? status : fail(error, HUFU_NO_MEMORY, view_of("seals"), "no memory", NULL);
}

hufu_status seals_keep(struct server *server, hufu_error *error)
{
	server->seals = calloc(1, sizeof *server->seals);
	if (!server->seals)
		return fail(error, HUFU_NO_MEMORY, view_of("seals"), "no memory", NULL);
	pthread_mutex_init(&server->seals->lock, NULL);
	return HUFU_OK;
}

void seals_forget(struct server *server)
{
	if (!server->seals)
		return;
	json_decref(server->seals->datasets);
	pthread_mutex_destroy(&server->seals->lock);
	free(server->seals);
	server->seals = NULL;
}

hufu_status seals_freshness(struct server *server, json_t **out, hufu_error *error)
{
	json_t *datasets = NULL, *dataset, *list = json_array();
	size_t at;
	hufu_status status = datasets_copy(server, &datasets, error);
	json_array_foreach(datasets, at, dataset)
	{
		const json_t *all = json_object_get(dataset, "snapshots");
		json_t *newest = json_array_get(all, json_array_size(all) - 1);
		json_int_t age = clock_now() - json_integer_value(json_object_get(newest, "instant"));
		json_array_append_new(list,
		        json_pack("{s:O, s:O, s:O, s:O, s:I}", "dataset", json_object_get(dataset, "name"), "newest",
		                json_object_get(newest, "as_of"), "rows", json_object_get(newest, "rows"), "people",
		                json_object_get(newest, "people"), "age_days", age > 0 ? age / 86400 : (json_int_t)0));
	}
	json_decref(datasets);
	if (status)
		json_decref(list);
	else
		*out = list;
	return status;
}

void serve_datasets(struct request *request)
{
	json_t *datasets = NULL;
	hufu_error error = { 0 };
	hufu_status status = datasets_copy(request->server, &datasets, &error);
	answer_json_or(request, status, datasets, &error);
}
