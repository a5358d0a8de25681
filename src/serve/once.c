/* Idempotency keys: who sends a request again because he did not hear the answer gets that answer, and nothing is done
 * twice. A key belongs to an account and lasts a day. */
#include "base/clock.h"
#include "serve/inside.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>

enum { KEY_LASTS = 86400 };

static bool key_fits(const char *key)
{
	size_t len = strlen(key);
	for (size_t i = 0; i < len; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return false;
	return len > 0 && len < sizeof((struct request *)0)->once_key;
}

/* What was asked: method, address and body. */
static bool hash_of(struct request *request, char out[65])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct bytes asked = { 0 };
	bytes_print(&asked, "%s %s\n", request->method, request->uri);
	bytes_add(&asked, bytes_view(&request->body));
	bool good = !asked.failed && EVP_Digest(asked.ptr, asked.len, sum, &len, EVP_sha256(), NULL);
	bytes_done(&asked);
	if (good)
		sodium_bin2hex(out, 65, sum, 32);
	return good;
}

static void answer_again(struct request *request, struct db_rows *rows)
{
	if (strcmp(db_rows_text(rows, 0), request->once_hash) != 0)
		answer_problem(request, 422, "idempotency", "this Idempotency-Key was used for another request",
		        "take a fresh key");
	else if (db_rows_null(rows, 1))
		answer_problem(request, 409, "under-way", "the same request is under way", "ask again in a moment");
	else
		answer_bytes(request, (unsigned)db_rows_int(rows, 1), "application/json", db_rows_view(rows, 2));
}

bool once_begin(struct request *request)
{
	AUTO_ROWS *rows = NULL;
	hufu_error error = { 0 };
	struct db *db = casebook_db(request->desk->book);
	const char *key = request_header(request, "Idempotency-Key"), *name = request->session.actor.name;
	if (!key)
		return true;
	if (!key_fits(key) || !hash_of(request, request->once_hash)) {
		answer_field(request, "Idempotency-Key", "wants 1 to 127 printable ASCII characters");
		return false;
	}
	snprintf(request->once_key, sizeof request->once_key, "%s", key);
	hufu_status status = db_run(db,
	        DB_SQL("insert into answers (account, key, request, at) values (?, ?, ?, ?)", db_text(name),
	                db_text(key), db_text(request->once_hash), db_int(clock_now())),
	        NULL, &error);
	request->once_held = !status;
	if (status == HUFU_CONFLICT)
		status = db_query(db,
		        DB_SQL("select request, status, body from answers where account = ? and key = ?", db_text(name),
		                db_text(key)),
		        &rows, &error);
	if (status)
		answer_error(request, &error);
	else if (!request->once_held && db_rows_next(rows))
		answer_again(request, rows);
	else if (!request->once_held)
		answer_problem(request, 409, "under-way", "the same request is under way", "ask again in a moment");
	return request->once_held;
}

/* Only what was done is kept: what was refused may be right the next time. */
void once_end(struct request *request)
{
	hufu_error error = { 0 };
	struct db *db = casebook_db(request->desk->book);
	const char *name = request->session.actor.name;
	bool done = request->status >= 200 && request->status < 300 && request->answer_text;
	hufu_status status =
	        done ? db_run(db,
	                       DB_SQL("update answers set status = ?, body = ? where account = ? and key = ?",
	                               db_int(request->status),
	                               db_view(view_make(request->answer_text, request->answer_len)), db_text(name),
	                               db_text(request->once_key)),
	                       NULL, &error)
	             : db_run(db,
	                       DB_SQL("delete from answers where account = ? and key = ?", db_text(name),
	                               db_text(request->once_key)),
	                       NULL, &error);
	if (status)
		log_event("failure", "the answer to an Idempotency-Key could not be kept");
}

/* At the start also those that a crash left under way. */
hufu_status once_prune(struct casebook *book, bool starting, hufu_error *error)
{
	struct db *db = casebook_db(book);
	hufu_status status =
	        db_run(db, DB_SQL("delete from answers where at < ?", db_int(clock_now() - KEY_LASTS)), NULL, error);
	if (!status && starting)
		status = db_run(db, DB_SQL("delete from answers where status is null"), NULL, error);
	return status;
}
