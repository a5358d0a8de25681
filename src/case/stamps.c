/* Stamps that are kept, against the entries they are over. Asks no authority and opens no file: the process that looks
 * at a stranger's bundle runs stamps_check too. */
#include "case/stamps.h"
#include <openssl/evp.h>
#include <stdlib.h>

const char stamp_entry[] = "stamp";

/* False, so that a check that fails is one line. */
static bool wrong(struct stamps_fault *fault, int64_t seq, const char *why)
{
	*fault = (struct stamps_fault){ seq, why };
	return false;
}

/* ---- each against its entry ---- */

static bool check_token(struct stamp_kept *kept, const struct chain_entry *entry, const struct sign_public *signer,
        struct stamp_trust *trust, struct stamps_fault *fault)
{
	struct chain_hash stamped;
	hufu_error error = { .what = "no memory" };
	if (chain_stamp_hash(entry, signer, &stamped, &error) ||
	        stamp_check(kept->token, stamped.bytes, trust, &kept->says, &error))
		return wrong(fault, kept->seq, error.what);
	return true;
}

static bool check_tokens(const struct chain_entry *entries, size_t count, struct stamp_kept *kept, size_t kept_count,
        const struct sign_public *signer, struct stamp_trust *trust, struct stamps_fault *fault)
{
	int64_t before = 0;
	for (size_t i = 0; i < kept_count; i++) {
		int64_t seq = kept[i].seq;
		if (seq < 1 || (uint64_t)seq > count)
			return wrong(fault, seq, "there is a time stamp over an entry that is not there");
		if (seq <= before)
			return wrong(fault, seq, "its time stamp stands in the wrong place, or twice");
		if (!check_token(&kept[i], &entries[seq - 1], signer, trust, fault))
			return false;
		before = seq;
	}
	return true;
}

/* ---- each against the entry that tells of it ---- */

static int compare_seq(const void *key, const void *at)
{
	int64_t wanted = *(const int64_t *)key, seq = ((const struct stamp_kept *)at)->seq;
	return (wanted > seq) - (wanted < seq);
}

/* NULL: there is none over that entry. */
static const struct stamp_kept *stamp_over(const struct stamp_kept *kept, size_t count, int64_t seq)
{
	return count ? bsearch(&seq, kept, count, sizeof *kept, compare_seq) : NULL;
}

static bool is_of(const struct stamp_kept *kept, const char *sha256)
{
	struct chain_hash digest;
	char text[CHAIN_HASH_TEXT];
	if (EVP_Digest(kept->token.ptr, kept->token.len, digest.bytes, NULL, EVP_sha256(), NULL) != 1)
		return false;
	chain_hash_print(&digest, text);
	return sha256 && !strcmp(text, sha256);
}

/* `told` counts the stamps of which an entry told so far: there can be no two over one entry. */
static bool check_told(const struct chain_entry *entry, const json_t *body, const struct stamp_kept *kept,
        size_t kept_count, bool *told, struct stamps_fault *fault)
{
	const json_t *number = json_object_get(body, "seq");
	int64_t seq = json_integer_value(number);
	const struct stamp_kept *found = stamp_over(kept, kept_count, seq);
	if (!json_is_integer(number) || seq >= entry->seq)
		return wrong(fault, entry->seq, "it tells of a time stamp over no entry before it");
	if (!found)
		return wrong(fault, seq, "its time stamp is missing, of which a later entry tells");
	if (told[found - kept] || !is_of(found, json_string_value(json_object_get(body, "token_sha256"))))
		return wrong(fault, seq, "its time stamp is another than the one of which a later entry tells");
	told[found - kept] = true;
	return true;
}

static bool check_all_told(const struct chain_entry *entries, size_t count, const struct stamp_kept *kept,
        size_t kept_count, bool *told, struct stamps_fault *fault)
{
	for (size_t i = 0; i < count; i++) {
		if (!view_is(entries[i].what, stamp_entry))
			continue;
		json_t *body = json_loadb(entries[i].body.ptr, entries[i].body.len, JSON_REJECT_DUPLICATES, NULL);
		bool good = check_told(&entries[i], body, kept, kept_count, told, fault);
		json_decref(body);
		if (!good)
			return false;
	}
	for (size_t i = 0; i < kept_count; i++)
		if (!told[i])
			return wrong(fault, kept[i].seq, "there is a time stamp over it of which no entry tells");
	return true;
}

static void set_from(struct stamp_kept *kept, size_t count)
{
	for (size_t i = count; i-- > 0;) {
		bool later = i + 1 < count && kept[i + 1].from < kept[i].says.at;
		kept[i].from = later ? kept[i + 1].from : kept[i].says.at;
	}
}

bool stamps_check(const struct chain_entry *entries, size_t count, struct stamp_kept *kept, size_t kept_count,
        const struct sign_public *signer, struct stamp_trust *trust, struct stamps_fault *fault)
{
	AUTO_FREE bool *told = calloc(kept_count + 1, sizeof *told);
	if (!told)
		return wrong(fault, 0, "no memory");
	if (!check_tokens(entries, count, kept, kept_count, signer, trust, fault) ||
	        !check_all_told(entries, count, kept, kept_count, told, fault))
		return false;
	set_from(kept, kept_count);
	return true;
}

bool stamps_cover(const struct stamp_kept *kept, size_t count, int64_t seq, int64_t *from)
{
	size_t low = 0, high = count; /* the first that is over this entry or a later one */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (kept[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < count)
		*from = kept[low].from;
	return low < count;
}

/* ---- out of the database ---- */

/* What stands beside a token, for looking at. It must be what the token says. */
struct beside {
	hufu_view hash, by, serial;
	int64_t at;
};

static bool agree(const struct beside *beside, const struct stamp_kept *kept, const struct chain_entry *entry)
{
	char hash[CHAIN_HASH_TEXT];
	chain_hash_print(&entry->hash, hash);
	return view_is(beside->hash, hash) && beside->at == kept->says.at && view_is(beside->by, kept->says.by) &&
	       view_is(beside->serial, kept->says.serial);
}

static bool take_rows(struct casebook *book, const struct timeline *timeline, struct stamps *stamps,
        struct beside *beside, struct stamps_fault *fault)
{
	const struct sign_public signer = sign_public_of(book->signer);
	struct db_rows *rows = stamps->rows;
	for (; db_rows_next(rows); stamps->count++) {
		stamps->kept[stamps->count] =
		        (struct stamp_kept){ .seq = db_rows_int(rows, 0), .token = db_rows_view(rows, 5) };
		beside[stamps->count] = (struct beside){ db_rows_view(rows, 1), db_rows_view(rows, 3),
			db_rows_view(rows, 4), db_rows_int(rows, 2) };
	}
	if (!stamps_check(timeline->entries, timeline->count, stamps->kept, stamps->count, &signer, NULL, fault))
		return false;
	for (size_t i = 0; i < stamps->count; i++)
		if (!agree(&beside[i], &stamps->kept[i], &timeline->entries[stamps->kept[i].seq - 1]))
			return wrong(fault, stamps->kept[i].seq, "the database says otherwise than its time stamp");
	return true;
}

static hufu_status no_stamp(const struct case_row *row, const struct stamps_fault *fault, hufu_error *error)
{
	fail(error, HUFU_MALFORMED, view_of(row->number), fault->why, "compare with a backup or a bundle made before");
	if (error)
		error->at = (uint64_t)fault->seq;
	return HUFU_MALFORMED;
}

hufu_status stamps_read(struct casebook *book, const struct case_row *row, const struct timeline *timeline,
        struct stamps *out, hufu_error *error)
{
	struct stamps stamps = { 0 };
	struct stamps_fault fault = { 0 };
	AUTO_FREE struct beside *beside = NULL;
	hufu_status status = db_query(book->db,
	        DB_SQL("select seq, hash, at, by, serial, token from stamps where case_id = ? order by seq",
	                db_int(row->id)),
	        &stamps.rows, error);
	if (status)
		return status;
	stamps.kept = calloc(db_rows_count(stamps.rows) + 1, sizeof *stamps.kept);
	beside = calloc(db_rows_count(stamps.rows) + 1, sizeof *beside);
	if (!stamps.kept || !beside)
		status = fail(error, HUFU_NO_MEMORY, view_of(row->number), "no memory", NULL);
	else if (!take_rows(book, timeline, &stamps, beside, &fault))
		status = no_stamp(row, &fault, error);
	if (status)
		stamps_done(&stamps);
	else
		*out = stamps;
	return status;
}

void stamps_done(struct stamps *stamps)
{
	free(stamps->kept);
	db_rows_free(stamps->rows);
	*stamps = (struct stamps){ 0 };
}

struct both {
	struct casebook *book;
	const struct case_row *row;
	struct timeline timeline;
	struct stamps stamps;
};

/* May run again. */
static hufu_status look_at_both(struct db *db, void *context, hufu_error *error)
{
	struct both *both = context;
	(void)db;
	timeline_done(&both->timeline);
	stamps_done(&both->stamps);
	hufu_status status = timeline_read(both->book, both->row, &both->timeline, error);
	return status ? status : stamps_read(both->book, both->row, &both->timeline, &both->stamps, error);
}

hufu_status stamps_and_timeline(struct casebook *book, const struct case_row *row, struct timeline *timeline,
        struct stamps *stamps, hufu_error *error)
{
	struct both both = { .book = book, .row = row };
	hufu_status status = db_look(book->db, look_at_both, &both, error);
	if (status) {
		timeline_done(&both.timeline);
		stamps_done(&both.stamps);
		return status;
	}
	*timeline = both.timeline;
	*stamps = both.stamps;
	return HUFU_OK;
}

/* ---- as JSON ---- */

static json_t *stamp_json(struct db_rows *rows, int64_t zone_minutes)
{
	return json_pack("{s:I, s:s, s:o, s:s, s:s}", "seq", (json_int_t)db_rows_int(rows, 0), "hash",
	        db_rows_text(rows, 1), "at", case_time(db_rows_int(rows, 2), zone_minutes), "by", db_rows_text(rows, 3),
	        "serial", db_rows_text(rows, 4));
}

hufu_status stamps_json(struct casebook *book, const struct case_row *row, json_t **out, hufu_error *error)
{
	return case_rows_json(book,
	        DB_SQL("select seq, hash, at, by, serial from stamps where case_id = ? order by seq", db_int(row->id)),
	        stamp_json, row->zone_minutes, out, error);
}

/* What the stamp over this very entry says, or null. */
static json_t *own_stamp(const struct stamps *stamps, int64_t seq, int64_t zone_minutes)
{
	const struct stamp_kept *kept = stamp_over(stamps->kept, stamps->count, seq);
	return kept ? json_pack("{s:o, s:s, s:s}", "at", case_time(kept->says.at, zone_minutes), "by", kept->says.by,
	                      "serial", kept->says.serial)
	            : json_null();
}

static json_t *entry_json(const struct chain_entry *entry, const struct stamps *stamps, int64_t zone_minutes)
{
	char hash[CHAIN_HASH_TEXT];
	int64_t from;
	json_t *body = json_loadb(entry->body.ptr, entry->body.len, 0, NULL);
	chain_hash_print(&entry->hash, hash);
	return json_pack("{s:I, s:o, s:s%, s:s%, s:o, s:s, s:o, s:o}", "seq", (json_int_t)entry->seq, "at",
	        case_time(entry->at, zone_minutes), "by", entry->by.ptr, entry->by.len, "what", entry->what.ptr,
	        entry->what.len, "body", body ? body : json_null(), "hash", hash, "stamped_from",
	        stamps_cover(stamps->kept, stamps->count, entry->seq, &from) ? case_time(from, zone_minutes)
	                                                                     : json_null(),
	        "stamp", own_stamp(stamps, entry->seq, zone_minutes));
}

static json_t *timeline_json(const struct timeline *timeline, const struct stamps *stamps, int64_t zone_minutes)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < timeline->count; i++)
		if (json_array_append_new(list, entry_json(&timeline->entries[i], stamps, zone_minutes))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

hufu_status case_timeline(struct casebook *book, const char *number, json_t **out, hufu_error *error)
{
	struct case_row row;
	struct timeline timeline = { 0 };
	struct stamps stamps = { 0 };
	hufu_status status = case_find_seen(book, number, &row, error);
	if (status)
		return status;
	status = stamps_and_timeline(book, &row, &timeline, &stamps, error);
	json_t *list = status ? NULL : timeline_json(&timeline, &stamps, row.zone_minutes);
	if (!status && !list)
		status = fail(error, HUFU_NO_MEMORY, view_of(number), "no memory", NULL);
	if (list)
		*out = list;
	stamps_done(&stamps);
	timeline_done(&timeline);
	case_row_done(&row);
	return status;
}
