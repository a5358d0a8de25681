/* The handle, an account as the database has it, and the one way in which accounts are changed: in a transaction that
 * also writes the log. */
#include "account/inside.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <sodium.h>

/* ---- the handle ---- */

hufu_status accounts_open(const struct store *store, struct accounts **out, hufu_error *error)
{
	struct accounts *accounts = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *accounts);
	uint8_t keys[64];
	if (!accounts)
		return fail(error, HUFU_NO_MEMORY, view_of(store->dir), "no memory", NULL);
	*accounts = (struct accounts){ .store = store, .now = clock_now };
	key_subkey(store->key, KEY_ACCOUNT, keys, sizeof keys);
	memcpy(accounts->seal, keys, sizeof accounts->seal);
	memcpy(accounts->mark, keys + sizeof accounts->seal, sizeof accounts->mark);
	sodium_memzero(keys, sizeof keys);
	hufu_status status = db_open(store, &accounts->db, error);
	if (!status)
		status = actor_of_user(accounts->db, &accounts->actor, error);
	if (status)
		accounts_close(accounts);
	else
		*out = accounts;
	return status;
}

void accounts_close(struct accounts *accounts)
{
	if (!accounts)
		return;
	db_close(accounts->db);
	sodium_free(accounts);
}

void accounts_act_as(struct accounts *accounts, const struct actor *actor)
{
	accounts->actor = *actor;
}

const struct actor *accounts_actor(const struct accounts *accounts)
{
	return &accounts->actor;
}

/* ---- an account ---- */

static void copy_text(char *out, size_t cap, const char *text)
{
	size_t len = strnlen(text, cap - 1);
	memcpy(out, text, len);
	out[len] = 0;
}

static bool copy_sealed(uint8_t out[TOTP_SEALED], hufu_view bytes)
{
	if (bytes.len == TOTP_SEALED)
		memcpy(out, bytes.ptr, TOTP_SEALED);
	return bytes.len == TOTP_SEALED;
}

hufu_status account_read(struct accounts *accounts, const char *name, struct account_row *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	*out = (struct account_row){ 0 };
	/* A stranger types what he likes: what can be no name is nobody's. */
	if (utf8_valid(view_of(name)) != strlen(name) || strlen(name) >= ACCOUNT_NAME_MAX)
		return HUFU_OK;
	hufu_status status = db_query(accounts->db,
	        DB_SQL("select id, name, role, password, must_change, disabled_at, password_ends, totp, totp_begun, "
	               "totp_step from accounts where name = ?",
	                db_text(name)),
	        &rows, error);
	if (status || !db_rows_next(rows))
		return status;
	out->id = db_rows_int(rows, 0);
	copy_text(out->name, sizeof out->name, db_rows_text(rows, 1));
	out->role = account_role_of(db_rows_text(rows, 2));
	copy_text(out->password, sizeof out->password, db_rows_text(rows, 3));
	out->must_change = db_rows_int(rows, 4) != 0;
	out->disabled = !db_rows_null(rows, 5);
	out->password_ends = db_rows_int(rows, 6);
	out->has_totp = copy_sealed(out->totp, db_rows_view(rows, 7));
	out->has_begun = copy_sealed(out->begun, db_rows_view(rows, 8));
	out->totp_step = db_rows_int(rows, 9);
	if (out->has_totp || db_rows_null(rows, 7))
		return HUFU_OK;
	/* A secret of another length was altered: to go on without would let in whoever altered it. */
	return fail(error, HUFU_MALFORMED, view_of(name), "its secret for one-time codes was altered",
	        "restore the database from a backup");
}

hufu_status account_must_be(const struct account_row *row, const char *name, hufu_error *error)
{
	return row->id ? HUFU_OK
	               : fail(error, HUFU_USAGE, view_of(name), "is no account of this store",
	                         "hufu account list shows them");
}

hufu_status account_is_own(const struct accounts *accounts, const char *name, hufu_error *error)
{
	if (accounts->actor.role == ACTS_OWNER || !strcmp(accounts->actor.name, name))
		return HUFU_OK;
	return fail(error, HUFU_DENIED, view_of(accounts->actor.name), "may change only his own password and codes",
	        "an admin can reset those of others");
}

hufu_status account_is_own_or(const struct accounts *accounts, const char *name, enum may may, hufu_error *error)
{
	return !strcmp(accounts->actor.name, name) ? HUFU_OK : actor_may(&accounts->actor, may, error);
}

json_t *account_time(const struct accounts *accounts, int64_t instant)
{
	char text[CLOCK_TEXT_MAX];
	if (!instant)
		return json_null();
	clock_print_at(instant, (int32_t)(clock_zone_minutes(accounts->store->zone, instant) * 60), text);
	return json_string(text);
}

/* ---- a change ---- */

hufu_status account_note(struct accounts *accounts, const char *by, const char *what, const char *whom,
        const char *note, hufu_error *error)
{
	return db_run(accounts->db,
	        DB_SQL("insert into account_log (at, by, what, whom, note) values (?, ?, ?, ?, ?)",
	                db_int(accounts->now()), db_text(by), db_text(what), db_text(whom), db_text(note)),
	        NULL, error);
}

static hufu_status change_work(struct db *db, void *context, hufu_error *error)
{
	struct account_change *change = context;
	struct accounts *accounts = change->accounts;
	(void)db;
	change->at = accounts->now();
	hufu_status status = account_read(accounts, change->name, &change->row, error);
	if (!status)
		status = account_must_be(&change->row, change->name, error);
	if (!status)
		status = change->work(change, error);
	if (!status)
		status = account_note(accounts, accounts->actor.name, change->what, change->name, change->note, error);
	return status;
}

hufu_status account_change(struct account_change *change, hufu_error *error)
{
	return db_transact(change->accounts->db, change_work, change, error);
}
