/* How fast one may guess, such that nobody can lock somebody else out.
 *
 * What is counted is a place: a name together with the address that a try comes from (IPv6: its /64), or together with
 * the browser that was let in before (a random token in a cookie). After five failures a place waits 1 s, 2 s, 4 s, at
 * most 15 min; a try during the wait is not looked at and does not lengthen it. So guessing from elsewhere never slows
 * down the place that an owner signs in from, and behind one address with him it does not slow down his browser.
 *
 * Many addresses: places from which nobody ever signed in share a bucket for each name, 20 tries and one more a minute.
 * Whoever empties it keeps strangers out, not those who are known. An owner who is a stranger himself (a new machine
 * while somebody guesses) gets in by a one-time password of an admin: a password of that shape is 100 random bits,
 * needs no limit, and is always looked at.
 *
 * Names without account are counted as the others are, so that the answer does not tell them apart. A try counts as
 * failed before it is looked at: a thousand at once get no more than one after another, and a crash forgives none. Old
 * places are forgotten and there are at most PLACES_MOST that nobody signed in from; who pushes others out of that
 * table must try so often himself, a password's work each. */
#include "account/inside.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>

enum {
	FREE_FAILURES = 5,
	WAIT_MOST = 900,
	FORGIVEN_AFTER = 86400,
	FORGOTTEN_AFTER = 90 * 86400,
	PLACES_MOST = 20000,
	PLACES_DROPPED = 1000, /* at once, when there are too many */
	STRANGERS_MOST = 20,
	STRANGERS_EVERY = 60,
	CODES_MOST = 10,
	CODES_EVERY = 300,
};

/* ---- places ---- */

/* Addresses are kept only in this form: who has the database cannot list who signs in from where. */
static void place_of(
        const struct accounts *accounts, const char *kind, const char *name, const char *where, char out[PLACE_TEXT])
{
	uint8_t sum[32];
	crypto_generichash_state state;
	crypto_generichash_init(&state, accounts->mark, sizeof accounts->mark, sizeof sum);
	crypto_generichash_update(&state, (const uint8_t *)kind, strlen(kind) + 1);
	crypto_generichash_update(&state, (const uint8_t *)name, strlen(name) + 1);
	crypto_generichash_update(&state, (const uint8_t *)where, strlen(where));
	crypto_generichash_final(&state, sum, sizeof sum);
	sodium_bin2hex(out, PLACE_TEXT, sum, sizeof sum);
}

/* An IPv6 customer has a /64 at least: its addresses are one place. What is no address is taken as it is. */
static void address_of(const char *client, char out[INET6_ADDRSTRLEN])
{
	struct in6_addr six;
	bool is_six = client && inet_pton(AF_INET6, client, &six) == 1;
	snprintf(out, INET6_ADDRSTRLEN, "%s", client ? client : "");
	if (is_six && IN6_IS_ADDR_V4MAPPED(&six))
		inet_ntop(AF_INET, &six.s6_addr[12], out, INET6_ADDRSTRLEN);
	else if (is_six) {
		memset(&six.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &six, out, INET6_ADDRSTRLEN);
	}
}

struct place {
	bool there, known;
	int64_t failures, wait_until;
};

static hufu_status place_read(struct accounts *accounts, const char *place, struct place *out, hufu_error *error)
{
	AUTO_ROWS *rows = NULL;
	int64_t now = accounts->now();
	*out = (struct place){ 0 };
	hufu_status status = db_query(accounts->db,
	        DB_SQL("select failures, tried_at, wait_until, known_at from login_tries where place = ?",
	                db_text(place)),
	        &rows, error);
	if (status || !db_rows_next(rows))
		return status;
	*out = (struct place){ .there = true,
		.known = !db_rows_null(rows, 3) && db_rows_int(rows, 3) > now - FORGOTTEN_AFTER,
		.failures = db_rows_int(rows, 1) > now - FORGIVEN_AFTER ? db_rows_int(rows, 0) : 0,
		.wait_until = db_rows_int(rows, 2) };
	return HUFU_OK;
}

static hufu_status places_prune(struct accounts *accounts, hufu_error *error)
{
	int64_t count = 0;
	hufu_status status = db_run(accounts->db,
	        DB_SQL("delete from login_tries where tried_at < ?", db_int(accounts->now() - FORGOTTEN_AFTER)), NULL,
	        error);
	if (!status)
		status = db_number(accounts->db, DB_SQL("select count(*) from login_tries where known_at is null"),
		        &count, NULL, error);
	if (!status && count >= PLACES_MOST)
		status = db_run(accounts->db,
		        DB_SQL("delete from login_tries where place in (select place from login_tries where known_at "
		               "is "
		               "null order by tried_at limit ?)",
		                db_int(PLACES_DROPPED)),
		        NULL, error);
	return status;
}

static hufu_status place_write(
        struct accounts *accounts, const char *place, int64_t failures, int64_t wait_until, hufu_error *error)
{
	return db_run(accounts->db,
	        DB_SQL("insert into login_tries (place, failures, tried_at, wait_until) values (?, ?, ?, ?) on "
	               "conflict "
	               "(place) do update set failures = excluded.failures, tried_at = excluded.tried_at, wait_until = "
	               "excluded.wait_until",
	                db_text(place), db_int(failures), db_int(accounts->now()), db_int(wait_until)),
	        NULL, error);
}

/* ---- the two measures ---- */

static int64_t wait_after(int64_t failures)
{
	int64_t over = failures - FREE_FAILURES;
	return over < 0 ? 0 : over > 9 ? WAIT_MOST : (int64_t)1 << over;
}

/* Delays that double: how long a place must wait, else one more failure of it. */
static hufu_status place_take(
        struct accounts *accounts, const char *at, const struct place *place, int64_t *wait, hufu_error *error)
{
	int64_t now = accounts->now(), failures = place->failures + 1;
	*wait = place->wait_until > now ? place->wait_until - now : 0;
	hufu_status status = *wait || place->there ? HUFU_OK : places_prune(accounts, error);
	return status || *wait ? status : place_write(accounts, at, failures, now + wait_after(failures), error);
}

/* A bucket: `most` at once and one more every so many seconds. Its wait_until is when it is full again. */
static hufu_status bucket_take(
        struct accounts *accounts, const char *at, int64_t most, int64_t every, int64_t *wait, hufu_error *error)
{
	struct place bucket;
	int64_t now = accounts->now();
	hufu_status status = place_read(accounts, at, &bucket, error);
	int64_t full = bucket.wait_until > now ? bucket.wait_until : now;
	*wait = full - now > (most - 1) * every ? full - now - (most - 1) * every : 0;
	if (!status && !*wait && !bucket.there)
		status = places_prune(accounts, error);
	return status || *wait ? status : place_write(accounts, at, 0, full + every, error);
}

static hufu_status bucket_back(struct accounts *accounts, const char *at, int64_t every, hufu_error *error)
{
	return db_run(accounts->db,
	        DB_SQL("update login_tries set wait_until = wait_until - ? where place = ?", db_int(every),
	                db_text(at)),
	        NULL, error);
}

/* ---- a try ---- */

static hufu_status begin_work(struct db *db, void *context, hufu_error *error)
{
	struct attempt *attempt = context;
	struct accounts *accounts = attempt->accounts;
	struct place place = { 0 };
	char address[INET6_ADDRSTRLEN];
	(void)db;
	attempt->wait = 0;
	attempt->stranger = false;
	address_of(attempt->client, address);
	place_of(accounts, "address", attempt->name, address, attempt->address);
	place_of(accounts, "strangers", attempt->name, "", attempt->strangers);
	if (attempt->free)
		return HUFU_OK;
	hufu_status status = HUFU_OK;
	if (token_looks(attempt->device)) {
		place_of(accounts, "device", attempt->name, attempt->device, attempt->place);
		status = place_read(accounts, attempt->place, &place, error);
	}
	if (!status && !place.known) {
		memcpy(attempt->place, attempt->address, PLACE_TEXT);
		status = place_read(accounts, attempt->place, &place, error);
	}
	if (!status)
		status = place_take(accounts, attempt->place, &place, &attempt->wait, error);
	if (!status && !place.known && !attempt->wait) {
		status = bucket_take(
		        accounts, attempt->strangers, STRANGERS_MOST, STRANGERS_EVERY, &attempt->wait, error);
		attempt->stranger = !attempt->wait;
	}
	return status;
}

hufu_status attempt_begin(struct attempt *attempt, hufu_error *error)
{
	return db_transact(attempt->accounts->db, begin_work, attempt, error);
}

static hufu_status place_known(struct accounts *accounts, const char *place, hufu_error *error)
{
	hufu_status status = place_write(accounts, place, 0, 0, error);
	return status ? status
	              : db_run(accounts->db,
	                        DB_SQL("update login_tries set known_at = ? where place = ?", db_int(accounts->now()),
	                                db_text(place)),
	                        NULL, error);
}

hufu_status attempt_right(struct attempt *attempt, const char *device, hufu_error *error)
{
	char browser[PLACE_TEXT];
	place_of(attempt->accounts, "device", attempt->name, device, browser);
	hufu_status status = place_known(attempt->accounts, attempt->address, error);
	if (!status)
		status = place_known(attempt->accounts, browser, error);
	if (!status && attempt->stranger)
		status = bucket_back(attempt->accounts, attempt->strangers, STRANGERS_EVERY, error);
	return status;
}

/* ---- what is asked of who has the password, or a session, already ---- */

struct own_try {
	struct accounts *accounts;
	char place[PLACE_TEXT];
	int64_t wait;
};

static hufu_status code_work(struct db *db, void *context, hufu_error *error)
{
	struct own_try *own = context;
	(void)db;
	return bucket_take(own->accounts, own->place, CODES_MOST, CODES_EVERY, &own->wait, error);
}

hufu_status attempt_code(struct accounts *accounts, const char *name, int64_t *wait, hufu_error *error)
{
	struct own_try own = { .accounts = accounts };
	place_of(accounts, "codes", name, "", own.place);
	hufu_status status = db_transact(accounts->db, code_work, &own, error);
	*wait = own.wait;
	return status;
}

hufu_status attempt_code_right(struct accounts *accounts, const char *name, hufu_error *error)
{
	char place[PLACE_TEXT];
	place_of(accounts, "codes", name, "", place);
	return bucket_back(accounts, place, CODES_EVERY, error);
}

static hufu_status again_work(struct db *db, void *context, hufu_error *error)
{
	struct own_try *own = context;
	struct place place;
	(void)db;
	hufu_status status = place_read(own->accounts, own->place, &place, error);
	return status ? status : place_take(own->accounts, own->place, &place, &own->wait, error);
}

hufu_status attempt_again(struct accounts *accounts, const char *name, int64_t *wait, hufu_error *error)
{
	struct own_try own = { .accounts = accounts };
	place_of(accounts, "again", name, "", own.place);
	hufu_status status = db_transact(accounts->db, again_work, &own, error);
	*wait = own.wait;
	return status;
}

hufu_status attempt_again_right(struct accounts *accounts, const char *name, hufu_error *error)
{
	char place[PLACE_TEXT];
	place_of(accounts, "again", name, "", place);
	return place_write(accounts, place, 0, 0, error);
}
