/* Who the user of this process is to a store. */
#include "account/inside.h"

#include <pwd.h>
#include <stdio.h>

static void user_name(char *out, size_t cap)
{
	const struct passwd *user = getpwuid(getuid());
	if (user)
		printable(view_of(user->pw_name), out, cap);
	else
		snprintf(out, cap, "uid %u", (unsigned)getuid());
}

hufu_status actor_of_user(struct db *db, struct actor *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	int64_t accounts = 0;
	struct actor actor = { .role = ACTS_NONE };
	user_name(actor.name, sizeof actor.name);
	hufu_status status = db_query(
	        db, DB_SQL("select role, disabled_at from accounts where name = ?", db_text(actor.name)), &rows, error);
	if (!status && db_rows_next(rows))
		actor.role = db_rows_null(rows, 1) ? account_role_of(db_rows_text(rows, 0)) : ACTS_NONE;
	else if (!status && accounts_local(db))
		actor.role = ACTS_OWNER;
	else if (!status && !(status = db_number(db, DB_SQL("select count(*) from accounts"), &accounts, NULL, error)))
		actor.role = accounts ? ACTS_NONE : ACTS_OWNER;
	if (!status)
		*out = actor;
	return status;
}
