/* Reads a playbook and makes a case's tasks of it. The file is read in the jail, as rule packs are. */
#include "case/playbook.h"
#include "base/io.h"
#include "case/book.h"
#include "duty/duty.h"
#include <stdlib.h>

enum { PLAYBOOK_ENTRIES_MAX = 500 };

/* ---- reading ---- */

struct playbook_reader {
	struct playbook *out;
	const char *path;
	hufu_error *error;
	hufu_status status;
};

static hufu_status wrong(struct playbook_reader *r, const struct node *at, const char *what)
{
	if (!r->status) {
		r->status = fail(
		        r->error, HUFU_MALFORMED, view_of(r->path), what, "doc/case.md says what a playbook holds");
		if (r->error && at)
			r->error->at = at->line;
	}
	return r->status;
}

/* A text that must be there. */
static const char *text_of(struct playbook_reader *r, const struct node *map, const char *name, const char *what)
{
	const struct node *node = node_get(map, name);
	if (node && node->value && node->value[0])
		return node->value;
	wrong(r, map, what);
	return "";
}

/* "30m", "4h", "2d" in seconds. */
static int64_t seconds_of(struct playbook_reader *r, const struct node *map)
{
	const char *text = text_of(r, map, "within", "a task has no `within`");
	char *end;
	long long number = strtoll(text, &end, 10);
	int64_t unit = !strcmp(end, "m") ? 60 : !strcmp(end, "h") ? 3600 : !strcmp(end, "d") ? 86400 : 0;
	if (end == text || !unit || number < 0 || number > 100000)
		wrong(r, map, "`within` is no time such as 30m, 4h, 2d");
	return number * unit;
}

static void read_names(struct playbook_reader *r, const struct node *map, const char **zh, const char **en)
{
	*zh = text_of(r, map, "zh", "a name has no `zh`");
	*en = text_of(r, map, "en", "a name has no `en`");
}

static void read_role(struct playbook_reader *r, const struct node *node)
{
	struct playbook_role *role = &r->out->roles[r->out->role_count++];
	role->id = text_of(r, node, "id", "a role has no `id`");
	read_names(r, node, &role->zh, &role->en);
}

static void read_task(struct playbook_reader *r, const struct node *node)
{
	struct playbook_task *task = &r->out->tasks[r->out->task_count++];
	const struct node *title = node_get(node, "title");
	task->id = text_of(r, node, "id", "a task has no `id`");
	task->role = text_of(r, node, "role", "a task has no `role`");
	task->within = seconds_of(r, node);
	if (!playbook_role(r->out, task->role))
		wrong(r, node, "a task's role is none of the playbook's roles");
	if (title)
		read_names(r, title, &task->zh, &task->en);
	else
		wrong(r, node, "a task has no `title`");
}

static void read_list(struct playbook_reader *r, const struct node *root, const char *name,
        void (*read_one)(struct playbook_reader *r, const struct node *node))
{
	const struct node *list = node_get(root, name);
	if (!list || !node_is_list(list) || !list->count) {
		wrong(r, list ? list : root, "a playbook needs a list of `roles` and one of `tasks`");
		return;
	}
	for (const struct node *node = list->first; node && !r->status; node = node->next)
		read_one(r, node);
}

static size_t entries(const struct node *root, const char *name)
{
	const struct node *list = node_get(root, name);
	return list && list->count <= PLAYBOOK_ENTRIES_MAX ? list->count : 0;
}

static void read_root(struct playbook_reader *r, const struct node *root)
{
	struct playbook *out = r->out;
	const struct node *title = node_get(root, "title");
	out->kind = text_of(r, root, "type", "a playbook has no `type`");
	out->roles = pool_take(&out->pool, (entries(root, "roles") + 1) * sizeof *out->roles);
	out->tasks = pool_take(&out->pool, (entries(root, "tasks") + 1) * sizeof *out->tasks);
	if (!entries(root, "roles") || !entries(root, "tasks") || !title) {
		wrong(r, root, "a playbook needs a `title`, `roles` and `tasks`, 500 at most of each");
		return;
	}
	if (out->pool.failed)
		return;
	read_names(r, title, &out->zh, &out->en);
	read_list(r, root, "roles", read_role);
	read_list(r, root, "tasks", read_task);
}

static bool is_plain(const char *kind)
{
	for (const char *at = kind; *at; at++)
		if ((*at < 'a' || *at > 'z') && (*at < '0' || *at > '9') && *at != '-')
			return false;
	return kind[0] != 0;
}

hufu_status playbook_read(const char *kind, struct playbook *out, hufu_error *error)
{
	AUTO_FREE char *dir = NULL;
	AUTO_FREE char *path = NULL;
	struct node *root;
	*out = (struct playbook){ 0 };
	hufu_status status = duties_dir(&dir, error);
	if (status)
		return status;
	if (!is_plain(kind) || asprintf(&path, "%s/playbooks/%s.yaml", dir, kind) < 0 || access(path, R_OK))
		return fail(error, HUFU_USAGE, view_of(kind), "has no playbook",
		        "see duties/playbooks for the kinds of case that have one");
	status = tree_read(path, &out->pool, &root, error);
	if (status)
		return status;
	struct playbook_reader reader = { .out = out, .path = path, .error = error };
	read_root(&reader, root);
	if (!reader.status && out->pool.failed)
		return fail(error, HUFU_NO_MEMORY, view_of(path), "no memory", NULL);
	return reader.status;
}

void playbook_done(struct playbook *playbook)
{
	pool_done(&playbook->pool);
}

const struct playbook_role *playbook_role(const struct playbook *playbook, const char *id)
{
	for (size_t i = 0; i < playbook->role_count; i++)
		if (!strcmp(playbook->roles[i].id, id))
			return &playbook->roles[i];
	return NULL;
}

/* ---- a case's tasks ---- */

hufu_status playbook_begin(struct change *change, const struct playbook *playbook, int64_t learned_at,
        int64_t zone_minutes, json_t *told, hufu_error *error)
{
	hufu_status status = HUFU_OK;
	for (size_t i = 0; i < playbook->task_count && !status; i++) {
		const struct playbook_task *task = &playbook->tasks[i];
		status = db_run(change->book->db,
		        DB_SQL("insert into tasks (case_id, seq, title_zh, title_en, role, due_at) values (?, ?, ?, ?, "
		               "?, "
		               "?)",
		                db_int(change->case_id), db_int((int64_t)i + 1), db_text(task->zh), db_text(task->en),
		                db_text(task->role), db_int(learned_at + task->within)),
		        NULL, error);
		if (!status &&
		        json_array_append_new(told, json_pack("{s:I, s:{s:s, s:s}, s:s, s:o}", "id", (json_int_t)i + 1,
		                                            "title", "zh", task->zh, "en", task->en, "role", task->role,
		                                            "due", case_time(learned_at + task->within, zone_minutes))))
			status = fail(error, HUFU_NO_MEMORY, view_of(task->id), "no memory", NULL);
	}
	return status;
}
