/* Finding packs and reading them: all in one jail, or, where one is at fault, each file in its own. */
#include "duty/pack.h"

#include "base/io.h"
#include "base/siphash.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef HUFU_DATADIR
#define HUFU_DATADIR "/usr/local/share/hufu"
#endif

enum { AT_ONCE = 4, FILES_MAX = 1000 };

/* ---- where ---- */

hufu_status duties_dir(char **out, hufu_error *error)
{
	const char *wanted = getenv("HUFU_DUTIES");
	char *found = wanted && *wanted ? strdup(wanted) : io_beside("duties");
	if (!found && !(wanted && *wanted))
		found = strdup(HUFU_DATADIR "/duties");
	if (!found)
		return fail(error, HUFU_NO_MEMORY, view_of("duties"), "out of memory", NULL);
	*out = found;
	return HUFU_OK;
}

/* ---- what ---- */

struct names {
	char **at;
	size_t count, cap;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->at[i]);
	free(names->at);
}

/* Takes the path. */
static bool names_add(struct names *names, char *path)
{
	if (path && names->count == names->cap) {
		size_t cap = names->cap ? names->cap * 2 : 16;
		char **more = reallocarray(names->at, cap, sizeof *more);
		if (more) {
			names->at = more;
			names->cap = cap;
		}
	}
	if (!path || names->count == names->cap) {
		free(path);
		return false;
	}
	names->at[names->count++] = path;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_yaml(const char *name)
{
	return name[0] != '.' && (view_ends(view_of(name), ".yaml") || view_ends(view_of(name), ".yml"));
}

static hufu_status list_files(const char *dir, const char *prefix, struct names *names, hufu_error *error)
{
	DIR *open = opendir(dir);
	if (!open)
		return fail_errno(error, view_of(dir), "set HUFU_DUTIES to the directory of the rule packs");
	bool memory = true;
	for (const struct dirent *entry = readdir(open); entry && memory; entry = readdir(open))
		if (is_yaml(entry->d_name) && view_starts(view_of(entry->d_name), prefix) && names->count < FILES_MAX)
			memory = names_add(names, io_join(dir, entry->d_name));
	closedir(open);
	if (!memory)
		return fail(error, HUFU_NO_MEMORY, view_of(dir), "out of memory", NULL);
	if (names->count)
		qsort(names->at, names->count, sizeof(char *), by_name);
	return HUFU_OK;
}

/* ---- reading ---- */

static const char *base_name(struct pool *pool, const char *path)
{
	char shown[256];
	const char *slash = strrchr(path, '/');
	printable(view_of(slash ? slash + 1 : path), shown, sizeof shown);
	return pool_text(pool, view_of(shown));
}

/* A file that cannot be read, or is no YAML, is a fault of that file; only our own trouble is a failure. */
static hufu_status take_failure(struct duties *duties, const char *file, const hufu_error *failure, hufu_error *error)
{
	if (failure->status == HUFU_NO_MEMORY || failure->status == HUFU_UNSUPPORTED || failure->status == HUFU_LIMIT) {
		if (error)
			*error = *failure;
		return failure->status;
	}
	duties_fault(duties, file, (uint32_t)failure->at, "", "", failure->what ? failure->what : "cannot be read");
	return HUFU_OK;
}

static hufu_status finish(
        struct duties *duties, struct tree_reading *reading, const hufu_error *started, hufu_error *error)
{
	struct node *root = NULL;
	hufu_error failure = *started;
	const char *file = base_name(&duties->pool, reading->path);
	hufu_status st = reading->jail ? tree_finish(reading, &duties->pool, &root, &failure) : started->status;
	if (st != HUFU_OK)
		return take_failure(duties, file, &failure, error);
	duties_add(duties, file, root);
	return HUFU_OK;
}

static hufu_status read_some(struct duties *duties, const char *const *paths, size_t count, hufu_error *error)
{
	struct tree_reading readings[AT_ONCE] = { 0 };
	hufu_error started[AT_ONCE] = { 0 };
	hufu_status st = HUFU_OK;
	for (size_t i = 0; i < count; i++) {
		readings[i].path = paths[i];
		if (tree_start(paths[i], &readings[i], &started[i]) != HUFU_OK)
			readings[i].jail = NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (st == HUFU_OK)
			st = finish(duties, &readings[i], &started[i], error);
		else
			jail_close(readings[i].jail);
	}
	return st;
}

static hufu_status read_all(struct duties *duties, const char *const *paths, size_t count, hufu_error *error)
{
	hufu_status st = HUFU_OK;
	AUTO_FREE struct node **roots = calloc(count + 1, sizeof(struct node *));
	if (roots && trees_together(paths, count, &duties->pool, roots)) {
		for (size_t i = 0; i < count; i++)
			duties_add(duties, base_name(&duties->pool, paths[i]), roots[i]);
		return HUFU_OK;
	}
	for (size_t at = 0; st == HUFU_OK && at < count; at += AT_ONCE)
		st = read_some(duties, paths + at, count - at < AT_ONCE ? count - at : AT_ONCE, error);
	return st;
}

static hufu_status settled(struct duties *duties, hufu_status st, struct duties **out, hufu_error *error)
{
	if (st == HUFU_OK)
		duties_settle(duties);
	if (st == HUFU_OK && duties->pool.failed)
		st = fail(error, HUFU_NO_MEMORY, view_of("duties"), "out of memory", NULL);
	if (st == HUFU_OK)
		*out = duties;
	else
		duties_free(duties);
	return st;
}

/* A pack by itself still needs the calendars that lie beside it. */
static hufu_status read_calendars_beside(struct duties *duties, const char *path, hufu_error *error)
{
	struct names names = { 0 };
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	hufu_status st = HUFU_OK;
	if (dir && !duties->calendars && list_files(dir, "calendar-", &names, error) == HUFU_OK)
		st = read_all(duties, (const char *const *)names.at, names.count, error);
	names_done(&names);
	return st;
}

hufu_status duties_load_files(const char *const *paths, size_t count, struct duties **out, hufu_error *error)
{
	struct duties *duties = calloc(1, sizeof *duties);
	if (!duties)
		return fail(error, HUFU_NO_MEMORY, view_of("duties"), "out of memory", NULL);
	hufu_status st = read_all(duties, paths, count, error);
	if (st == HUFU_OK && count)
		st = read_calendars_beside(duties, paths[0], error);
	return settled(duties, st, out, error);
}

hufu_status duties_load(const char *dir, struct duties **out, hufu_error *error)
{
	AUTO_FREE char *found = NULL;
	struct names names = { 0 };
	hufu_status st = HUFU_OK;
	if (!dir) {
		st = duties_dir(&found, error);
		dir = found;
	}
	if (st == HUFU_OK)
		st = list_files(dir, "", &names, error);
	if (st == HUFU_OK && names.count == 0)
		st = fail(error, HUFU_IO, view_of(dir), "has no rule packs (*.yaml)",
		        "set HUFU_DUTIES to the directory of the rule packs");
	struct duties *duties = st == HUFU_OK ? calloc(1, sizeof *duties) : NULL;
	if (st == HUFU_OK && !duties)
		st = fail(error, HUFU_NO_MEMORY, view_of(dir), "out of memory", NULL);
	if (st == HUFU_OK) {
		st = read_all(duties, (const char *const *)names.at, names.count, error);
		st = settled(duties, st, out, error);
	}
	names_done(&names);
	return st;
}

/* ---- keeping ---- */

/* Changes with every file that is written, comes or goes. */
static hufu_status stamp_of(const char *dir, uint64_t *out, hufu_error *error)
{
	static const struct siphash_key plain = { 0 }; /* nobody is kept out by it */
	struct names names = { 0 };
	hufu_status st = list_files(dir, "", &names, error);
	uint64_t sum = siphash(plain, dir, strlen(dir));
	for (size_t i = 0; i < names.count; i++) {
		struct stat about = { 0 };
		if (stat(names.at[i], &about) != 0)
			about.st_size = -1;
		uint64_t told[] = { sum, siphash(plain, names.at[i], strlen(names.at[i])), about.st_ino,
			(uint64_t)about.st_size, (uint64_t)about.st_mtim.tv_sec, (uint64_t)about.st_mtim.tv_nsec,
			(uint64_t)about.st_ctim.tv_nsec };
		sum = siphash_words(plain, told, LEN(told));
	}
	names_done(&names);
	*out = sum;
	return st;
}

hufu_status duties_keep(struct duties **kept, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	struct duties *fresh;
	uint64_t stamp = 0;
	hufu_status st = duties_dir(&dir, error);
	if (st == HUFU_OK)
		st = stamp_of(dir, &stamp, error);
	if (st != HUFU_OK || (*kept && (*kept)->stamp == stamp))
		return st;
	st = duties_load(dir, &fresh, error);
	if (st != HUFU_OK)
		return st;
	fresh->stamp = stamp;
	duties_free(*kept);
	*kept = fresh;
	return HUFU_OK;
}

uint64_t duties_stamp(const struct duties *kept)
{
	return kept->stamp;
}

void duties_free(struct duties *duties)
{
	if (!duties)
		return;
	pool_done(&duties->pool);
	free(duties);
}

/* ---- looking ---- */

const struct duty_fault *duties_faults(const struct duties *duties)
{
	return duties->faults;
}

void duty_fault_line(const struct duty_fault *fault, char *out, size_t cap)
{
	char line[16] = "", text[1024];
	if (fault->line)
		snprintf(line, sizeof line, ":%u", fault->line);
	int len = snprintf(text, sizeof text, "%s%s: %s%s%s%s%s", fault->file, line, fault->rule,
	        fault->rule[0] ? ": " : "", fault->field, fault->field[0] ? ": " : "", fault->what);
	printable(view_make(text, len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1), out, cap);
}

size_t duties_count(const struct duties *duties)
{
	return duties->rule_count;
}

const struct duty_rule *duties_rule(const struct duties *duties, size_t at)
{
	const struct rule *rule = duties->rules;
	while (rule && at--)
		rule = rule->next;
	return rule ? &rule->shown : NULL;
}
