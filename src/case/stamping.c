/* Has an outside authority stamp timelines. Asking goes over the network, so it never happens within a transaction: the
 * last entry is read, the authority asked, its answer checked, and only then the stamp written, if nobody was faster.
 */
#include "case/stamps.h"
#include "config/config.h"
#include <openssl/evp.h>

/* A case is stamped when nothing but stamps stands behind its newest stamped entry: else each stamp would call for
 * another. */
#define UNSTAMPED                                                                                                      \
	"select c.number from cases c where coalesce((select max(seq) from timeline where case_id = c.id and what <> " \
	"'stamp'), 0) > coalesce((select max(seq) from stamps where case_id = c.id), 0) and "

/* ---- the authority ---- */

struct authority {
	const char *url;
	struct stamp_trust *trust;
	unsigned seconds;
};

static hufu_status authority_of(const struct config *config, unsigned seconds, struct authority *out, hufu_error *error)
{
	const char *url = config_text(config, "stamp.url"), *ca_file = config_text(config, "stamp.ca_file");
	*out = (struct authority){ .url = url, .seconds = seconds };
	if (!url)
		return fail(error, HUFU_USAGE, view_of("stamp.url"), "is not set: there is no authority to ask",
		        "hufu config says how");
	return ca_file ? stamp_trust_load(ca_file, &out->trust, error)
	               : fail(error, HUFU_USAGE, view_of("stamp.ca_file"),
	                         "is not set: a stamp that cannot be checked is worth nothing",
	                         "name a file of the authority's certificates");
}

/* A stamp that was asked for and holds. */
struct keeping {
	int64_t seq;
	struct chain_hash hash;
	struct bytes token;
	struct stamp stamp;
	bool kept; /* else somebody was faster */
};

static hufu_status ask(
        const struct authority *authority, const struct chain_hash *stamped, struct keeping *keeping, hufu_error *error)
{
	struct bytes request = { 0 }, response = { 0 };
	hufu_error why = { 0 };
	hufu_status status = stamp_request(stamped->bytes, &request, error);
	if (!status)
		status = stamp_request_over_http(
		        authority->url, bytes_view(&request), authority->seconds, &response, error);
	if (!status && (status = stamp_check_response(bytes_view(&response), bytes_view(&request), authority->trust,
	                        &keeping->token, &keeping->stamp, &why)))
		fail(error, status, view_of("answer of the time stamping authority"), why.what,
		        why.todo ? why.todo : "look at stamp.url and stamp.ca_file");
	bytes_done(&request);
	bytes_done(&response);
	return status;
}

/* ---- keeping what it said ---- */

static json_t *entry_body(const struct keeping *keeping)
{
	struct chain_hash digest;
	char hash[CHAIN_HASH_TEXT], sha256[CHAIN_HASH_TEXT];
	if (EVP_Digest(keeping->token.ptr, keeping->token.len, digest.bytes, NULL, EVP_sha256(), NULL) != 1)
		return NULL;
	chain_hash_print(&keeping->hash, hash);
	chain_hash_print(&digest, sha256);
	return json_pack("{s:I, s:s, s:o, s:s, s:s, s:s}", "seq", (json_int_t)keeping->seq, "hash", hash, "stamp_at",
	        case_time(keeping->stamp.at, 0), "by", keeping->stamp.by, "serial", keeping->stamp.serial,
	        "token_sha256", sha256);
}

static hufu_status keep_work(struct change *change, hufu_error *error)
{
	struct keeping *keeping = change->context;
	struct db *db = change->book->db;
	const struct db_value id = db_int(change->case_id), seq = db_int(keeping->seq);
	char hash[CHAIN_HASH_TEXT];
	int64_t there = 0;
	chain_hash_print(&keeping->hash, hash);
	keeping->kept = false;
	hufu_status status = db_number(
	        db, DB_SQL("select count(*) from stamps where case_id = ? and seq = ?", id, seq), &there, NULL, error);
	if (status || there)
		return status;
	status = db_number(db,
	        DB_SQL("select count(*) from timeline where case_id = ? and seq = ? and hash = ?", id, seq,
	                db_text(hash)),
	        &there, NULL, error);
	if (!status && !there)
		status = fail(
		        error, HUFU_CONFLICT, view_of("timeline"), "was altered while it was stamped", "try again");
	if (!status)
		status = db_run(db,
		        DB_SQL("insert into stamps (case_id, seq, hash, at, by, serial, token) values (?, ?, ?, ?, ?, "
		               "?, ?)",
		                id, seq, db_text(hash), db_int(keeping->stamp.at), db_text(keeping->stamp.by),
		                db_text(keeping->stamp.serial), db_blob(bytes_view(&keeping->token))),
		        NULL, error);
	if (status)
		return status;
	keeping->kept = true;
	change->body = entry_body(keeping);
	return change->body ? HUFU_OK : fail(error, HUFU_NO_MEMORY, view_of("stamp"), "no memory", NULL);
}

static json_t *told(const struct case_row *row, const struct keeping *keeping)
{
	return json_pack("{s:s, s:I, s:o, s:s, s:s}", "id", row->number, "seq", (json_int_t)keeping->seq, "at",
	        case_time(keeping->stamp.at, row->zone_minutes), "by", keeping->stamp.by, "serial",
	        keeping->stamp.serial);
}

/* ---- one case ---- */

/* The last entry of a timeline that holds, and what a stamp over it is put on. */
static hufu_status head_read(struct casebook *book, const struct case_row *row, struct keeping *keeping,
        struct chain_hash *stamped, hufu_error *error)
{
	const struct sign_public signer = sign_public_of(book->signer);
	struct timeline timeline;
	struct stamps stamps;
	hufu_status status = stamps_and_timeline(book, row, &timeline, &stamps, error);
	if (status)
		return status;
	if (timeline.count) {
		const struct chain_entry *last = &timeline.entries[timeline.count - 1];
		keeping->seq = last->seq;
		keeping->hash = last->hash;
		status = chain_stamp_hash(last, &signer, stamped, error);
	}
	stamps_done(&stamps);
	timeline_done(&timeline);
	return status;
}

/* `asked`: it came as far as asking the authority. */
static hufu_status stamp_case(struct casebook *book, const struct authority *authority, const char *number,
        json_t *list, bool *asked, hufu_error *error)
{
	struct case_row row;
	struct keeping keeping = { 0 };
	struct chain_hash stamped;
	hufu_status status = case_find(book, number, &row, error);
	if (status)
		return status;
	status = head_read(book, &row, &keeping, &stamped, error);
	*asked = !status;
	if (!status)
		status = ask(authority, &stamped, &keeping, error);
	struct change change = {
		.book = book, .case_id = row.id, .what = stamp_entry, .work = keep_work, .context = &keeping
	};
	if (!status)
		status = case_change(&change, error);
	if (!status && keeping.kept && json_array_append_new(list, told(&row, &keeping)))
		status = fail(error, HUFU_NO_MEMORY, view_of(number), "no memory", NULL);
	bytes_done(&keeping.token);
	case_row_done(&row);
	return status;
}

/* ---- one case or all ---- */

static hufu_status unstamped(struct casebook *book, const char *number, struct db_rows **out, hufu_error *error)
{
	struct case_row row;
	if (!number) /* a drill is stamped when it is named */
		return db_query(book->db, DB_SQL(UNSTAMPED "c.drill = 0 order by c.id"), out, error);
	hufu_status status = case_find(book, number, &row, error);
	if (status)
		return status;
	case_row_done(&row);
	return db_query(book->db, DB_SQL(UNSTAMPED "c.number = ?", db_text(number)), out, error);
}

static hufu_status name_rows(struct db_rows *rows, json_t *list, hufu_error *error)
{
	while (db_rows_next(rows))
		if (json_array_append_new(list, json_pack("{s:s}", "id", db_rows_text(rows, 0))))
			return fail(error, HUFU_NO_MEMORY, view_of("stamp"), "no memory", NULL);
	return HUFU_OK;
}

/* A timeline that does not hold keeps no other case from its stamp; an authority that does not answer one will not
 * answer the next. The first failure is told. */
static hufu_status stamp_rows(
        struct casebook *book, const struct authority *authority, struct db_rows *rows, json_t *list, hufu_error *error)
{
	hufu_status first = HUFU_OK;
	bool asked = false;
	while (db_rows_next(rows)) {
		hufu_status status =
		        stamp_case(book, authority, db_rows_text(rows, 0), list, &asked, first ? NULL : error);
		first = first ? first : status;
		if (status && asked)
			break;
	}
	return first;
}

hufu_status case_stamp(struct casebook *book, const struct config *config, const struct case_stamping *stamping,
        json_t **out, hufu_error *error)
{
	enum { SECONDS = 30 };
	struct authority authority = { 0 };
	AUTO_ROWS *rows = NULL;
	json_t *list = json_array();
	hufu_status status = casebook_may(book, MAY_BUNDLE, error);
	if (!status)
		status = authority_of(config, stamping->seconds ? stamping->seconds : SECONDS, &authority, error);
	if (!status)
		status = unstamped(book, stamping->number, &rows, error);
	if (!status)
		status = stamping->dry_run ? name_rows(rows, list, error)
		                           : stamp_rows(book, &authority, rows, list, error);
	*out = list;
	stamp_trust_free(authority.trust);
	return status;
}
