/* One's own password, changed. */
#include "account/inside.h"

#include <sodium.h>

struct fresh_password {
	const char *old_hash; /* NULL: whatever it was */
	char hash[PASSWORD_HASH_MAX];
	const char *keep;
};

static hufu_status password_work(struct account_change *change, hufu_error *error)
{
	const struct fresh_password *fresh = change->context;
	if (fresh->old_hash && strcmp(fresh->old_hash, change->row.password) != 0)
		return fail(error, HUFU_CONFLICT, view_of(change->name), "was given another password meanwhile", NULL);
	hufu_status status = db_run(change->accounts->db,
	        DB_SQL("update accounts set password = ?, must_change = 0, password_ends = null where id = ?",
	                db_text(fresh->hash), db_int(change->row.id)),
	        NULL, error);
	return status ? status : sessions_drop(change->accounts, change->row.id, fresh->keep, error);
}

/* The old one, tried no faster than at signing in. */
static hufu_status old_fits(struct accounts *accounts, const struct account_row *row, hufu_view old, hufu_error *error)
{
	int64_t wait = 0;
	hufu_status status = attempt_again(accounts, row->name, &wait, error);
	if (!status && wait)
		status = fail(error, HUFU_TIMEOUT, view_of(row->name), "too many wrong passwords",
		        "try again in some minutes");
	if (!status && !password_fits(row->password, old))
		status = fail(error, HUFU_DENIED, view_of(row->name), "the old password is wrong", NULL);
	return status ? status : attempt_again_right(accounts, row->name, error);
}

static hufu_status fresh_fits(const struct account_row *row, hufu_view old, hufu_view fresh, hufu_error *error)
{
	hufu_status status = password_check(fresh, row->name, error);
	bool same = old.ptr ? view_equal(old, fresh) : password_fits(row->password, fresh);
	return status || !same ? status
	                       : fail(error, HUFU_USAGE, view_of("password"), "is the old one", "take another one");
}

hufu_status account_password(struct accounts *accounts, const char *name, hufu_view old, hufu_view fresh,
        const char *keep, hufu_error *error)
{
	struct account_row row = { 0 };
	struct fresh_password change = { .keep = keep };
	bool asked = accounts->actor.role != ACTS_OWNER;
	hufu_status status = account_is_own(accounts, name, error);
	if (!status)
		status = account_read(accounts, name, &row, error);
	if (!status)
		status = account_must_be(&row, name, error);
	if (!status && asked)
		status = old_fits(accounts, &row, old, error);
	if (!status)
		status = fresh_fits(&row, asked ? old : (hufu_view){ 0 }, fresh, error);
	if (!status)
		status = password_hash(fresh, change.hash, error);
	change.old_hash = asked ? row.password : NULL;
	if (!status)
		status = account_change(&(struct account_change){ .accounts = accounts,
		                                .name = name,
		                                .what = "password changed",
		                                .work = password_work,
		                                .context = &change },
		        error);
	sodium_memzero(&change, sizeof change);
	sodium_memzero(&row, sizeof row);
	return status;
}
