/* Accounts: made, given a role, disabled, given a new one-time password, listed. */
#include "account/inside.h"

#include <sodium.h>

enum { CONTACT_MAX = 200, LOG_MOST = 1000 };

/* ---- names ---- */

static bool is_plain(const char *text, size_t most)
{
	char shown[CONTACT_MAX + 8];
	printable(view_of(text), shown, sizeof shown);
	return strlen(text) <= most && !strcmp(shown, text);
}

static hufu_status name_check(const char *name, hufu_error *error)
{
	hufu_view view = view_of(name);
	if (view.len && name[0] != '-' && is_plain(name, ACCOUNT_NAME_MAX - 1) && view_trim(view).len == view.len)
		return HUFU_OK;
	return fail(error, HUFU_USAGE, view, "is no name for an account",
	        "take 1 to 63 bytes, no control characters, no blank at the ends, no leading -");
}

/* NULL and an empty one are none. */
static hufu_status contact_check(const char *contact, hufu_error *error)
{
	return !contact || is_plain(contact, CONTACT_MAX)
	               ? HUFU_OK
	               : fail(error, HUFU_USAGE, view_of(contact), "is no contact",
	                         "take at most 200 bytes without control characters");
}

static hufu_status role_check(const char *role, hufu_error *error)
{
	return account_role_of(role) != ACTS_NONE
	               ? HUFU_OK
	               : fail(error, HUFU_USAGE, view_of(role), "is no role", "say admin, responder, legal or auditor");
}

/* ---- somebody must be left who gives out roles ---- */

static hufu_status count_admins(struct accounts *accounts, int64_t but, int64_t *count, hufu_error *error)
{
	return db_number(accounts->db,
	        DB_SQL("select count(*) from accounts where role = 'admin' and disabled_at is null and id <> ?",
	                db_int(but)),
	        count, NULL, error);
}

/* Where no admin is left, only the owner of a local store can make another. */
static hufu_status admin_stays(struct accounts *accounts, const struct account_row *row, hufu_error *error)
{
	int64_t others = 0;
	bool was = row->role == ACTS_ADMIN && !row->disabled;
	if (!was || (accounts->actor.role == ACTS_OWNER && accounts_local(accounts->db)))
		return HUFU_OK;
	hufu_status status = count_admins(accounts, row->id, &others, error);
	return status || others
	               ? status
	               : fail(error, HUFU_CONFLICT, view_of(row->name), "is the last admin", "make another one first");
}

/* An account that binds who makes it (his own name; on PostgreSQL any first one) must leave an admin. */
static hufu_status binds_nobody_out(struct accounts *accounts, const char *name, const char *role, hufu_error *error)
{
	int64_t admins = 0;
	bool binds = !accounts_local(accounts->db) || !strcmp(name, accounts->actor.name);
	if (!binds || account_role_of(role) == ACTS_ADMIN)
		return HUFU_OK;
	hufu_status status = count_admins(accounts, 0, &admins, error);
	return status || admins ? status
	                        : fail(error, HUFU_CONFLICT, view_of(name), "would leave nobody who may give out roles",
	                                  "make an admin first");
}

/* ---- a new one ---- */

struct making {
	struct accounts *accounts;
	const char *name, *role, *contact;
	char password[PASSWORD_HASH_MAX];
	bool only_first, made;
};

static hufu_status name_is_free(struct making *making, hufu_error *error)
{
	int64_t same = 0;
	hufu_status status = db_number(making->accounts->db,
	        DB_SQL("select count(*) from accounts where lower(name) = lower(?)", db_text(making->name)), &same,
	        NULL, error);
	return status || !same ? status
	                       : fail(error, HUFU_CONFLICT, view_of(making->name), "is an account already",
	                                 "hufu account list shows them; accounts are disabled, not removed");
}

static hufu_status insert_account(struct making *making, hufu_error *error)
{
	struct accounts *accounts = making->accounts;
	hufu_status status = db_run(accounts->db,
	        DB_SQL("insert into accounts (name, role, contact, password, password_ends, created_at, by) values (?, "
	               "?, ?, ?, ?, ?, ?)",
	                db_text(making->name), db_text(making->role), db_text(making->contact),
	                db_text(making->password), db_int(accounts->now() + ONE_TIME_LASTS), db_int(accounts->now()),
	                db_text(accounts->actor.name)),
	        NULL, error);
	making->made = !status;
	return status ? status
	              : account_note(
	                        accounts, accounts->actor.name, "account added", making->name, making->role, error);
}

static hufu_status add_work(struct db *db, void *context, hufu_error *error)
{
	struct making *making = context;
	int64_t count = 0;
	making->made = false;
	hufu_status status = db_number(db, DB_SQL("select count(*) from accounts"), &count, NULL, error);
	if (status || (making->only_first && count))
		return status;
	status = name_is_free(making, error);
	if (!status)
		status = binds_nobody_out(making->accounts, making->name, making->role, error);
	return status ? status : insert_account(making, error);
}

static hufu_status make(struct making *making, char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error)
{
	char password[ACCOUNT_ONE_TIME_MAX];
	one_time_make(password);
	hufu_status status = password_hash(view_of(password), making->password, error);
	if (!status)
		status = db_transact(making->accounts->db, add_work, making, error);
	if (!status && making->made)
		memcpy(one_time, password, sizeof password);
	sodium_memzero(password, sizeof password);
	return status;
}

hufu_status account_add(struct accounts *accounts, const char *name, const char *role, const char *contact,
        char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error)
{
	struct making making = { .accounts = accounts, .name = name, .role = role, .contact = contact };
	hufu_status status = actor_may(&accounts->actor, MAY_ACCOUNTS, error);
	if (!status)
		status = name_check(name, error);
	if (!status)
		status = role_check(role, error);
	if (!status)
		status = contact_check(contact, error);
	return status ? status : make(&making, one_time, error);
}

hufu_status account_first(struct accounts *accounts, bool *made, char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error)
{
	struct making making = { .accounts = accounts, .name = "admin", .role = "admin", .only_first = true };
	int64_t count = 0;
	*made = false;
	/* Looked at before a password's work is done; the transaction looks again. */
	hufu_status status = db_number(accounts->db, DB_SQL("select count(*) from accounts"), &count, NULL, error);
	if (status || count)
		return status;
	status = make(&making, one_time, error);
	*made = !status && making.made;
	return status;
}

/* ---- changes by an admin ---- */

static hufu_status by_admin(struct account_change *change, hufu_error *error)
{
	hufu_status status = actor_may(&change->accounts->actor, MAY_ACCOUNTS, error);
	return status ? status : account_change(change, error);
}

static hufu_status role_work(struct account_change *change, hufu_error *error)
{
	const char *role = change->context;
	hufu_status status =
	        account_role_of(role) == ACTS_ADMIN ? HUFU_OK : admin_stays(change->accounts, &change->row, error);
	if (!status)
		status = db_run(change->accounts->db,
		        DB_SQL("update accounts set role = ? where id = ?", db_text(role), db_int(change->row.id)),
		        NULL, error);
	return status ? status : sessions_drop(change->accounts, change->row.id, NULL, error);
}

hufu_status account_set_role(struct accounts *accounts, const char *name, const char *role, hufu_error *error)
{
	hufu_status status = role_check(role, error);
	return status ? status
	              : by_admin(&(struct account_change){ .accounts = accounts,
	                                 .name = name,
	                                 .what = "role changed",
	                                 .note = role,
	                                 .work = role_work,
	                                 .context = role },
	                        error);
}

static hufu_status contact_work(struct account_change *change, hufu_error *error)
{
	const char *contact = change->context;
	return db_run(change->accounts->db,
	        DB_SQL("update accounts set contact = ? where id = ?", db_text(contact && *contact ? contact : NULL),
	                db_int(change->row.id)),
	        NULL, error);
}

hufu_status account_set_contact(struct accounts *accounts, const char *name, const char *contact, hufu_error *error)
{
	hufu_status status = contact_check(contact, error);
	return status ? status
	              : by_admin(&(struct account_change){ .accounts = accounts,
	                                 .name = name,
	                                 .what = "contact changed",
	                                 .work = contact_work,
	                                 .context = contact },
	                        error);
}

static hufu_status disable_work(struct account_change *change, hufu_error *error)
{
	hufu_status status = admin_stays(change->accounts, &change->row, error);
	if (!status)
		status = db_run(change->accounts->db,
		        DB_SQL("update accounts set disabled_at = ? where id = ? and disabled_at is null",
		                db_int(change->at), db_int(change->row.id)),
		        NULL, error);
	return status ? status : sessions_drop(change->accounts, change->row.id, NULL, error);
}

hufu_status account_disable(struct accounts *accounts, const char *name, hufu_error *error)
{
	return by_admin(
	        &(struct account_change){
	                .accounts = accounts, .name = name, .what = "disabled", .work = disable_work },
	        error);
}

static hufu_status enable_work(struct account_change *change, hufu_error *error)
{
	return db_run(change->accounts->db,
	        DB_SQL("update accounts set disabled_at = null where id = ?", db_int(change->row.id)), NULL, error);
}

hufu_status account_enable(struct accounts *accounts, const char *name, hufu_error *error)
{
	return by_admin(
	        &(struct account_change){ .accounts = accounts, .name = name, .what = "enabled", .work = enable_work },
	        error);
}

static hufu_status reset_work(struct account_change *change, hufu_error *error)
{
	hufu_status status = db_run(change->accounts->db,
	        DB_SQL("update accounts set password = ?, must_change = 1, password_ends = ? where id = ?",
	                db_text(change->context), db_int(change->at + ONE_TIME_LASTS), db_int(change->row.id)),
	        NULL, error);
	return status ? status : sessions_drop(change->accounts, change->row.id, NULL, error);
}

hufu_status account_reset(
        struct accounts *accounts, const char *name, char one_time[ACCOUNT_ONE_TIME_MAX], hufu_error *error)
{
	char password[ACCOUNT_ONE_TIME_MAX], hash[PASSWORD_HASH_MAX];
	hufu_status status = actor_may(&accounts->actor, MAY_ACCOUNTS, error);
	if (status)
		return status;
	one_time_make(password);
	status = password_hash(view_of(password), hash, error);
	if (!status)
		status = account_change(&(struct account_change){ .accounts = accounts,
		                                .name = name,
		                                .what = "password reset",
		                                .work = reset_work,
		                                .context = hash },
		        error);
	if (!status)
		memcpy(one_time, password, sizeof password);
	sodium_memzero(password, sizeof password);
	return status;
}

/* ---- lists ---- */

static json_t *text_json(const struct db_rows *rows, size_t column)
{
	return db_rows_null(rows, column) ? json_null() : json_string(db_rows_text(rows, column));
}

static json_t *account_json(const struct accounts *accounts, const struct db_rows *rows)
{
	return json_pack("{s:s, s:s, s:o, s:b, s:b, s:o, s:o, s:s, s:o}", "name", db_rows_text(rows, 0), "role",
	        db_rows_text(rows, 1), "contact", text_json(rows, 2), "must_change", (int)db_rows_int(rows, 3), "totp",
	        !db_rows_null(rows, 4), "disabled_at", account_time(accounts, db_rows_int(rows, 5)), "created_at",
	        account_time(accounts, db_rows_int(rows, 6)), "by", db_rows_text(rows, 7), "seen_at",
	        account_time(accounts, db_rows_int(rows, 8)));
}

#define ACCOUNT_COLUMNS "name, role, contact, must_change, totp, disabled_at, created_at, by, seen_at"

static hufu_status rows_json(struct accounts *accounts, struct db_sql sql,
        json_t *(*row)(const struct accounts *accounts, const struct db_rows *rows), json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	hufu_status status = db_query(accounts->db, sql, &rows, error);
	json_t *list = status ? NULL : json_array();
	bool good = list != NULL;
	while (good && db_rows_next(rows))
		good = !json_array_append_new(list, row(accounts, rows));
	if (good)
		*out = list;
	else
		json_decref(list);
	return status || good ? status : fail(error, HUFU_NO_MEMORY, view_of("accounts"), "no memory", NULL);
}

hufu_status account_list(struct accounts *accounts, json_t **out, hufu_error *error)
{
	hufu_status status = actor_may(&accounts->actor, MAY_ACCOUNTS, error);
	return status ? status
	              : rows_json(accounts, DB_SQL("select " ACCOUNT_COLUMNS " from accounts order by name"),
	                        account_json, out, error);
}

hufu_status account_show(struct accounts *accounts, const char *name, json_t **out, hufu_error *error)
{
	json_t *list = NULL;
	hufu_status status = account_is_own_or(accounts, name, MAY_ACCOUNTS, error);
	if (!status)
		status = rows_json(accounts,
		        DB_SQL("select " ACCOUNT_COLUMNS " from accounts where name = ?", db_text(name)), account_json,
		        &list, error);
	if (status)
		return status;
	if (json_array_size(list))
		*out = json_incref(json_array_get(list, 0));
	else
		status = account_must_be(&(struct account_row){ 0 }, name, error);
	json_decref(list);
	return status;
}

static json_t *log_json(const struct accounts *accounts, const struct db_rows *rows)
{
	return json_pack("{s:I, s:o, s:s, s:s, s:s, s:o}", "seq", (json_int_t)db_rows_int(rows, 0), "at",
	        account_time(accounts, db_rows_int(rows, 1)), "by", db_rows_text(rows, 2), "what",
	        db_rows_text(rows, 3), "whom", db_rows_text(rows, 4), "note", text_json(rows, 5));
}

hufu_status account_log(struct accounts *accounts, int64_t before, size_t most, json_t **out, hufu_error *error)
{
	hufu_status status = actor_may(&accounts->actor, MAY_AUDIT, error);
	return status ? status
	              : rows_json(accounts,
	                        DB_SQL("select id, at, by, what, whom, note from account_log where id < ? order by id "
	                               "desc limit ?",
	                                db_int(before > 0 ? before : INT64_MAX),
	                                db_int(most < LOG_MOST ? (int64_t)most : LOG_MOST)),
	                        log_json, out, error);
}
