/* Makes bundles: what is known of a case, its timeline byte for byte, and a signed list of it all. The evidence itself
 * stays in the vault. */
#include "case/bundle.h"
#include "base/io.h"
#include "case/agree.h"
#include "case/bundlefile.h"
#include "case/stamps.h"
#include "config/config.h"
#include <openssl/evp.h>
#include <sodium.h>

struct making {
	struct casebook *book;
	const char *number, *path;
	int64_t at;
	struct case_row row;
	struct chain_head head;
	json_t *all;
	struct bytes members[MEMBER_COUNT];
};

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, view_of("bundle"), "no memory", NULL);
}

static bool sha256_of(hufu_view content, char out[65])
{
	struct chain_hash digest;
	if (EVP_Digest(content.ptr, content.len, digest.bytes, NULL, EVP_sha256(), NULL) != 1)
		return false;
	chain_hash_print(&digest, out);
	return true;
}

/* Writes `value` (taken over) as one line. */
static bool add_line(struct bytes *out, json_t *value)
{
	AUTO_FREE char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(value);
	if (!text)
		return false;
	bytes_text(out, text);
	bytes_byte(out, '\n');
	return !out->failed;
}

/* ---- what is in it ---- */

static json_t *entry_json(const struct chain_entry *entry)
{
	char previous[CHAIN_HASH_TEXT], hash[CHAIN_HASH_TEXT];
	chain_hash_print(&entry->previous, previous);
	chain_hash_print(&entry->hash, hash);
	return json_pack("{s:I, s:I, s:s%, s:s%, s:s%, s:s, s:s, s:s%}", "seq", (json_int_t)entry->seq, "at",
	        (json_int_t)entry->at, "by", entry->by.ptr, entry->by.len, "what", entry->what.ptr, entry->what.len,
	        "body", entry->body.ptr, entry->body.len, "previous", previous, "hash", hash, "signature",
	        entry->signature.ptr, entry->signature.len);
}

static bool add_entries(struct making *making, const struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->count; i++)
		if (!add_line(&making->members[MEMBER_TIMELINE], entry_json(&timeline->entries[i])))
			return false;
	if (timeline->count)
		making->head = (struct chain_head){ timeline->entries[timeline->count - 1].seq,
			timeline->entries[timeline->count - 1].hash };
	return true;
}

static json_t *stamp_json(const struct stamp_kept *kept)
{
	size_t cap = sodium_base64_encoded_len(kept->token.len, sodium_base64_VARIANT_ORIGINAL);
	AUTO_FREE char *text = malloc(cap);
	if (!text)
		return NULL;
	sodium_bin2base64(text, cap, (const uint8_t *)kept->token.ptr, kept->token.len, sodium_base64_VARIANT_ORIGINAL);
	return json_pack("{s:I, s:s}", "seq", (json_int_t)kept->seq, "token", text);
}

/* A bundle is made of nothing that does not hold: `where` names the first. */
static hufu_status refuse_differing(const struct making *making, const struct agree_fault *fault, hufu_error *error)
{
	char where[128];
	if (fault->entry)
		snprintf(where, sizeof where, "%s, %s (entry %lld)", making->number, fault->what,
		        (long long)fault->entry);
	else
		snprintf(where, sizeof where, "%s, %s", making->number, fault->what);
	return fail(error, HUFU_MALFORMED, view_of(where), fault->why,
	        "the tables were altered by another way than hufu: restore them from a backup");
}

static hufu_status add_case(struct making *making, const struct timeline *timeline, hufu_error *error)
{
	struct agree_fault fault;
	hufu_status status = case_show(making->book, making->number, &making->all, error);
	if (status || case_agrees(making->all, timeline->entries, timeline->count, &fault))
		return status;
	return refuse_differing(making, &fault, error);
}

static hufu_status add_timeline(struct making *making, hufu_error *error)
{
	struct timeline timeline;
	struct stamps stamps;
	hufu_status status = timeline_read(making->book, &making->row, &timeline, error);
	if (status)
		return status;
	bool added = add_entries(making, &timeline);
	status = add_case(making, &timeline, error);
	if (status) {
		timeline_done(&timeline);
		return status;
	}
	status = stamps_read(making->book, &making->row, &timeline, &stamps, error);
	if (!status) {
		for (size_t i = 0; added && i < stamps.count; i++)
			added = add_line(&making->members[MEMBER_STAMPS], stamp_json(&stamps.kept[i]));
		stamps_done(&stamps);
	}
	timeline_done(&timeline);
	return status ? status : added ? HUFU_OK : no_memory(error);
}

/* Case and timeline as of one instant. May run again. */
static hufu_status look(struct db *db, void *context, hufu_error *error)
{
	struct making *making = context;
	(void)db;
	json_decref(making->all);
	making->all = NULL;
	for (int i = 0; i < MEMBER_COUNT; i++)
		bytes_done(&making->members[i]);
	hufu_status status = add_timeline(making, error);
	if (status)
		return status;
	return add_line(&making->members[MEMBER_CASE], json_incref(making->all)) &&
	                       add_line(&making->members[MEMBER_VERDICTS],
	                               json_incref(json_object_get(making->all, "verdicts"))) &&
	                       add_line(&making->members[MEMBER_EVIDENCE],
	                               json_incref(json_object_get(making->all, "evidence")))
	               ? HUFU_OK
	               : no_memory(error);
}

static json_t *members_json(const struct making *making)
{
	json_t *list = json_array();
	for (int i = MEMBER_TIMELINE; list && i < MEMBER_COUNT; i = bundle_member_next(BUNDLE_FORMAT, i)) {
		hufu_view content = bytes_view(&making->members[i]);
		char sha256[65] = "";
		if (!sha256_of(content, sha256) ||
		        json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "name", bundle_members[i], "bytes",
		                                            (json_int_t)content.len, "sha256", sha256))) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static hufu_status add_manifest(struct making *making, hufu_error *error)
{
	char hash[CHAIN_HASH_TEXT], signature[SIGN_TEXT], signer[SIGN_PUBLIC_TEXT];
	const struct sign_public public = sign_public_of(making->book->signer);
	struct bytes *manifest = &making->members[MEMBER_MANIFEST], *signed_by = &making->members[MEMBER_SIGNATURE];
	hufu_status status = chain_head_sign(
	        &making->head, view_of(making->row.number), making->at, making->book->signer, signature, error);
	if (status)
		return status;
	chain_hash_print(&making->head.hash, hash);
	sign_public_print(&public, signer);
	if (!add_line(manifest, json_pack("{s:i, s:s, s:I, s:s, s:{s:I, s:s, s:s}, s:o}", "format", BUNDLE_FORMAT,
	                                "case", making->row.number, "made_at", (json_int_t)making->at, "signer", signer,
	                                "head", "seq", (json_int_t)making->head.seq, "hash", hash, "signature",
	                                signature, "members", members_json(making))))
		return no_memory(error);
	sign_make(making->book->signer, bundle_manifest_context, bytes_view(manifest), signature);
	bytes_text(signed_by, signature);
	bytes_byte(signed_by, '\n');
	return signed_by->failed ? no_memory(error) : HUFU_OK;
}

/* ---- into a file ---- */

static hufu_status pack(struct making *making, struct bytes *packed, hufu_error *error)
{
	struct bytes tar = { 0 };
	for (int i = 0; i < MEMBER_COUNT; i++)
		bundle_tar_add(&tar, bundle_members[i], bytes_view(&making->members[i]));
	bundle_tar_end(&tar);
	hufu_status status =
	        tar.failed ? no_memory(error)
	        : tar.len > BUNDLE_MAX || making->head.seq > BUNDLE_ENTRIES_MAX
	                ? fail(error, HUFU_LIMIT, view_of(making->number), "holds more than a bundle may", NULL)
	                : bundle_compress(bytes_view(&tar), packed, error);
	bytes_done(&tar);
	if (!status && packed->len > BUNDLE_PACKED_MAX)
		status = fail(error, HUFU_LIMIT, view_of(making->number), "holds more than a bundle may", NULL);
	return status;
}

static hufu_status note_work(struct change *change, hufu_error *error)
{
	const char *path = change->context, *name = strrchr(path, '/');
	char shown[256];
	printable(view_of(name ? name + 1 : path), shown, sizeof shown);
	change->body = json_pack("{s:s, s:i}", "file", shown, "format", BUNDLE_FORMAT);
	return change->body ? HUFU_OK : no_memory(error);
}

/* The entry first, so that the bundle tells of itself: an entry without its file may be left by a full disk, a
 * file without an entry never. */
static hufu_status make(struct making *making, struct io_replace *file, struct bytes *packed, hufu_error *error)
{
	struct change change = { .book = making->book,
		.case_id = making->row.id,
		.what = "bundle",
		.work = note_work,
		.context = (void *)(uintptr_t)making->path };
	struct timeline before;
	struct stamps stamped;
	/* Nothing is added to a timeline that does not hold, or says something else than the tables. */
	hufu_status status = stamps_and_timeline(making->book, &making->row, &before, &stamped, error);
	if (status)
		return status;
	stamps_done(&stamped);
	timeline_done(&before);
	status = db_look(making->book->db, look, making, error);
	if (!status)
		status = case_change(&change, error);
	making->at = change.at;
	if (!status)
		status = db_look(making->book->db, look, making, error);
	if (!status)
		status = add_manifest(making, error);
	if (!status)
		status = pack(making, packed, error);
	if (!status)
		status = io_write(file->fd, packed->ptr, packed->len, making->path, error);
	return status ? status : io_replace_commit_new(file, error);
}

/* The record is wanted now: an authority that does not answer soon keeps nobody waiting. A drill asks nobody. */
static void stamp_before(struct making *making, struct bundle_made *made)
{
	struct config *config = NULL;
	json_t *stamped = NULL;
	hufu_error why = { 0 };
	const struct case_stamping stamping = { .number = making->number, .seconds = BUNDLE_STAMP_SECONDS };
	hufu_status status = config_open(making->book->store->dir, &config, &why);
	if (!status && config_text(config, "stamp.url"))
		status = case_stamp(making->book, config, &stamping, &stamped, &why);
	if (status)
		error_line(&why, made->unstamped, sizeof made->unstamped);
	json_decref(stamped);
	config_close(config);
}

hufu_status case_bundle(
        struct casebook *book, const char *number, const char *path, struct bundle_made *out, hufu_error *error)
{
	struct making making = { .book = book, .number = number, .path = path };
	struct bytes packed = { 0 };
	struct bundle_made made = { 0 };
	const struct sign_public public = sign_public_of(book->signer);
	struct io_replace file = { .fd = -1 };
	hufu_status status = casebook_may(book, MAY_BUNDLE, error);
	if (!status)
		status = case_path_is_new(path, error);
	if (!status)
		status = case_find(book, number, &making.row, error);
	if (!status)
		status = io_replace_begin(&file, path, 0600, error);
	if (!status && !making.row.drill)
		stamp_before(&making, &made);
	if (!status)
		status = make(&making, &file, &packed, error);
	if (!status && !sha256_of(bytes_view(&packed), made.sha256))
		status = no_memory(error);
	made.entries = making.head.seq;
	sign_fingerprint(&public, made.fingerprint);
	if (!status)
		*out = made;
	for (int i = 0; i < MEMBER_COUNT; i++)
		bytes_done(&making.members[i]);
	bytes_done(&packed);
	io_replace_done(&file);
	json_decref(making.all);
	case_row_done(&making.row);
	return status;
}
