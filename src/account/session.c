/* Sessions: who is signed in, for how long. A session lasts while it is used, and never longer than was said when it
 * began; it ends with a change of password or role, and when its account is disabled. */
#include "account/inside.h"

#include <sodium.h>

enum { TOUCH_AFTER = 60, ID_LEN = 16 };

hufu_status sessions_drop(struct accounts *accounts, int64_t account, const char *keep, hufu_error *error)
{
	char hash[TOKEN_HASH_TEXT] = "";
	if (keep)
		token_hash(keep, hash);
	return db_run(accounts->db,
	        DB_SQL("delete from sessions where account_id = ? and token_sha256 <> ?", db_int(account),
	                db_text(hash)),
	        NULL, error);
}

/* ---- whose it is ---- */

static bool csrf_fits(const struct session *session, const char *csrf)
{
	return token_looks(csrf) && !sodium_memcmp(csrf, session->csrf, strlen(session->csrf));
}

static hufu_status touch(struct accounts *accounts, const char *hash, hufu_error *error)
{
	return db_run(accounts->db,
	        DB_SQL("update sessions set used_at = ? where token_sha256 = ?", db_int(accounts->now()),
	                db_text(hash)),
	        NULL, error);
}

static void take_session(const struct db_rows *rows, int64_t idle_end, struct session *out)
{
	printable(db_rows_view(rows, 0), out->actor.name, sizeof out->actor.name);
	out->role = account_role_of(db_rows_text(rows, 1));
	out->must_change = db_rows_int(rows, 2) != 0;
	out->actor.role = out->must_change ? ACTS_NONE : out->role;
	out->totp = !db_rows_null(rows, 3);
	out->created_at = db_rows_int(rows, 4);
	out->ends_at = db_rows_int(rows, 6) < idle_end ? db_rows_int(rows, 6) : idle_end;
	out->state = SESSION_GOOD;
}

hufu_status session_check(struct accounts *accounts, const char *token, const char *csrf, int64_t idle,
        struct session *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	char hash[TOKEN_HASH_TEXT];
	int64_t now = accounts->now();
	*out = (struct session){ .state = SESSION_NONE };
	if (!token_looks(token))
		return HUFU_OK;
	token_hash(token, hash);
	hufu_status status = db_query(accounts->db,
	        DB_SQL("select a.name, a.role, a.must_change, a.totp, s.created_at, s.used_at, s.ends_at from sessions "
	               "s "
	               "join accounts a on a.id = s.account_id where s.token_sha256 = ? and a.disabled_at is null and "
	               "s.ends_at > ? and s.used_at > ?",
	                db_text(hash), db_int(now), db_int(now - idle)),
	        &rows, error);
	if (status || !db_rows_next(rows))
		return status;
	take_session(rows, now + idle, out);
	token_csrf(accounts, token, out->csrf);
	if (csrf && !csrf_fits(out, csrf))
		*out = (struct session){ .state = SESSION_FORGED };
	/* A short limit must not run out between two touches. */
	int64_t after = idle / 2 < TOUCH_AFTER ? idle / 2 : TOUCH_AFTER;
	bool stale = db_rows_int(rows, 5) + after <= now;
	if (out->state == SESSION_GOOD && stale)
		status = touch(accounts, hash, error);
	if (status)
		*out = (struct session){ .state = SESSION_NONE };
	return status;
}

/* ---- the end ---- */

struct ending {
	struct accounts *accounts;
	const char *name, *id, *token;
	int64_t ended;
};

static hufu_status end_work(struct db *db, void *context, hufu_error *error)
{
	struct ending *ending = context;
	AUTO_ROWS *rows = NULL;
	char hash[TOKEN_HASH_TEXT];
	token_hash(ending->token, hash);
	hufu_status status = db_query(db,
	        DB_SQL("select a.name from sessions s join accounts a on a.id = s.account_id where s.token_sha256 = ?",
	                db_text(hash)),
	        &rows, error);
	if (status || !db_rows_next(rows))
		return status;
	status = db_run(db, DB_SQL("delete from sessions where token_sha256 = ?", db_text(hash)), NULL, error);
	const char *name = db_rows_text(rows, 0);
	return status ? status : account_note(ending->accounts, name, "signed out", name, NULL, error);
}

hufu_status session_end(struct accounts *accounts, const char *token, hufu_error *error)
{
	struct ending ending = { .accounts = accounts, .token = token };
	return token_looks(token) ? db_transact(accounts->db, end_work, &ending, error) : HUFU_OK;
}

static hufu_status ends_work(struct account_change *change, hufu_error *error)
{
	struct ending *ending = (void *)(uintptr_t)change->context;
	const char *id = ending->id;
	hufu_status status = db_run(change->accounts->db,
	        id ? DB_SQL("delete from sessions where account_id = ? and substr(token_sha256, 1, 16) = ?",
	                     db_int(change->row.id), db_text(id))
	           : DB_SQL("delete from sessions where account_id = ?", db_int(change->row.id)),
	        &ending->ended, error);
	if (!status && id && !ending->ended)
		status = fail(error, HUFU_USAGE, view_of(id), "is no session of this account",
		        "hufu account sessions NAME shows them");
	return status;
}

hufu_status sessions_end(struct accounts *accounts, const char *name, const char *id, int64_t *ended, hufu_error *error)
{
	struct ending ending = { .id = id };
	struct account_change change = { .accounts = accounts,
		.name = name,
		.what = "sessions ended",
		.note = id,
		.work = ends_work,
		.context = &ending };
	hufu_status status = account_is_own_or(accounts, name, MAY_ACCOUNTS, error);
	if (!status)
		status = account_change(&change, error);
	if (!status && ended)
		*ended = ending.ended;
	return status;
}

/* ---- the list ---- */

hufu_status session_list(struct accounts *accounts, const char *name, json_t **out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	struct account_row row;
	hufu_status status = account_is_own_or(accounts, name, MAY_ACCOUNTS, error);
	if (!status)
		status = account_read(accounts, name, &row, error);
	if (!status)
		status = account_must_be(&row, name, error);
	if (!status)
		status = db_query(accounts->db,
		        DB_SQL("select token_sha256, client, created_at, used_at, ends_at from sessions where "
		               "account_id "
		               "= ? and ends_at > ? order by created_at desc, token_sha256",
		                db_int(row.id), db_int(accounts->now())),
		        &rows, error);
	json_t *list = status ? NULL : json_array();
	while (list && db_rows_next(rows))
		json_array_append_new(
		        list, json_pack("{s:s%, s:s, s:o, s:o, s:o}", "id", db_rows_text(rows, 0), ID_LEN, "client",
		                      db_rows_text(rows, 1), "created_at", account_time(accounts, db_rows_int(rows, 2)),
		                      "used_at", account_time(accounts, db_rows_int(rows, 3)), "ends_at",
		                      account_time(accounts, db_rows_int(rows, 4))));
	if (list)
		*out = list;
	return status || list ? status : fail(error, HUFU_NO_MEMORY, view_of("sessions"), "no memory", NULL);
}
