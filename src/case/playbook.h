/* Playbooks: what a task force does by when, one YAML file a kind of case (duties/playbooks). Inside the room. */
#ifndef HUFU_CASE_PLAYBOOK_H
#define HUFU_CASE_PLAYBOOK_H

#include "base/status.h"
#include "duty/tree.h"

struct playbook_task {
	const char *id, *role, *zh, *en;
	int64_t within; /* seconds from the time we learned of it */
};

struct playbook {
	struct pool pool; /* owns all that follows */
	const char *kind, *zh, *en;
	struct playbook_role {
		const char *id, *zh, *en;
	} * roles;
	size_t role_count;
	struct playbook_task *tasks;
	size_t task_count;
};

/* Reads the playbook of a kind of case. None of that kind is HUFU_USAGE; a fault in the file is HUFU_MALFORMED and
 * names it. playbook_done in any case. */
hufu_status playbook_read(const char *kind, struct playbook *out, hufu_error *error);
void playbook_done(struct playbook *playbook);
const struct playbook_role *playbook_role(const struct playbook *playbook, const char *id);

#endif
