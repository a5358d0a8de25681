/* Checks a bundle's bytes, every one of them a stranger's: members and their digests, the signer, the timeline, its
 * time stamps, and that all is of one case. Opens nothing and asks nobody; runs in the locked process of verify.c. */
#include "case/agree.h"
#include "case/bundle.h"
#include "case/bundlefile.h"
#include "case/stamps.h"
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

/* ---- what is said ---- */

/* Entries of the timeline; their texts borrow from the lines' JSON, which is kept beside them. */
struct lines {
	struct chain_entry *entries;
	json_t **kept;
	size_t count, cap;
};

struct check {
	struct bundle_report *report;
	const char *signer;        /* fingerprint, or NULL */
	struct stamp_trust *trust; /* authorities, or NULL */
	int64_t format;
	hufu_view members[MEMBER_COUNT];
	struct sign_public public;
	struct chain_head head;
	json_t *manifest;
	struct lines lines;
	struct stamp_kept *stamps; /* their tokens are ours */
	size_t stamp_count;
};

/* False, so that a check that fails is one line. */
static bool found(struct check *check, enum bundle_result result, const char *member, int64_t entry, const char *why)
{
	struct bundle_report *report = check->report;
	report->result = result;
	printable(view_of(member), report->member, sizeof report->member);
	report->entry = entry;
	printable(view_of(why), report->why, sizeof report->why);
	return false;
}

static bool wrong(struct check *check, int member, const char *why)
{
	return found(check, BUNDLE_FAULT, bundle_members[member], 0, why);
}

/* ---- members and manifest ---- */

static bool take_member(struct check *check, hufu_view *tar, int member)
{
	const char *why = bundle_tar_take(tar, bundle_members[member], &check->members[member]);
	return why ? wrong(check, member, why) : true;
}

/* The manifest comes first: it says which members there are. */
static bool take_manifest(struct check *check, hufu_view *tar)
{
	return take_member(check, tar, MEMBER_MANIFEST) && take_member(check, tar, MEMBER_SIGNATURE);
}

static bool take_members(struct check *check, hufu_view *tar)
{
	for (int i = MEMBER_TIMELINE; i < MEMBER_COUNT; i = bundle_member_next(check->format, i))
		if (!take_member(check, tar, i))
			return false;
	const char *why = bundle_tar_ended(*tar);
	return why ? found(check, BUNDLE_FAULT, "", 0, why) : true;
}

static hufu_view text_at(const json_t *object, const char *name)
{
	const json_t *text = json_object_get(object, name);
	return view_make(json_string_value(text), json_string_length(text));
}

static bool number_at(const json_t *object, const char *name, int64_t *out)
{
	const json_t *number = json_object_get(object, name);
	if (!json_is_integer(number))
		return false;
	*out = json_integer_value(number);
	return true;
}

static json_t *parse(hufu_view text)
{
	return json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
}

/* Who says it, and whether he does: before anything else in the manifest is believed. */
static bool check_signer(struct check *check)
{
	hufu_view signature = check->members[MEMBER_SIGNATURE];
	if (!sign_public_parse(text_at(check->manifest, "signer"), &check->public))
		return wrong(check, MEMBER_MANIFEST, "it names no signer");
	sign_fingerprint(&check->public, check->report->fingerprint);
	if (!view_ends(signature, "\n") ||
	        sign_check(&check->public, bundle_manifest_context, check->members[MEMBER_MANIFEST],
	                view_make(signature.ptr, signature.len - 1), NULL))
		return wrong(check, MEMBER_MANIFEST, "the signer's signature does not hold");
	if (check->signer && !sign_fingerprint_fits(&check->public, view_of(check->signer)))
		return wrong(check, MEMBER_MANIFEST, "it is signed by another key than the one with this fingerprint");
	check->report->signer_proved = check->signer;
	return true;
}

static bool check_head(struct check *check)
{
	struct bundle_report *report = check->report;
	const json_t *head = json_object_get(check->manifest, "head");
	hufu_view name = text_at(check->manifest, "case");
	if (!name.len || name.len >= sizeof report->case_name ||
	        !number_at(check->manifest, "made_at", &report->made_at) || !number_at(head, "seq", &check->head.seq) ||
	        !chain_hash_parse(text_at(head, "hash"), &check->head.hash))
		return wrong(check, MEMBER_MANIFEST, "it lacks the case, the time or the timeline's end");
	printable(name, report->case_name, sizeof report->case_name);
	chain_hash_print(&check->head.hash, report->head);
	if (chain_head_check(&check->head, name, report->made_at, &check->public, text_at(head, "signature"), NULL))
		return wrong(check, MEMBER_MANIFEST, "the signature of the timeline's end does not hold");
	return true;
}

static bool check_manifest(struct check *check)
{
	check->manifest = parse(check->members[MEMBER_MANIFEST]);
	if (!json_is_object(check->manifest))
		return wrong(check, MEMBER_MANIFEST, "it is no JSON");
	if (!check_signer(check))
		return false;
	if (!number_at(check->manifest, "format", &check->format) || check->format < 1 || check->format > BUNDLE_FORMAT)
		return found(check, BUNDLE_UNREADABLE, bundle_members[MEMBER_MANIFEST], 0,
		        "the bundle's format is one that this hufu does not know: update hufu");
	return check_head(check);
}

/* ---- the timeline ---- */

static void lines_done(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		json_decref(lines->kept[i]);
	free(lines->kept);
	free(lines->entries);
	*lines = (struct lines){ 0 };
}

static bool lines_room(struct lines *lines)
{
	if (lines->count < lines->cap)
		return true;
	size_t cap = lines->cap ? 2 * lines->cap : 64;
	struct chain_entry *entries = realloc(lines->entries, cap * sizeof *entries);
	if (entries)
		lines->entries = entries;
	json_t **kept = realloc(lines->kept, cap * sizeof(json_t *));
	if (kept)
		lines->kept = kept;
	lines->cap = entries && kept ? cap : lines->cap;
	return entries && kept;
}

static bool entry_of(const json_t *line, hufu_view case_name, struct chain_entry *out)
{
	*out = (struct chain_entry){ .case_name = case_name,
		.by = text_at(line, "by"),
		.what = text_at(line, "what"),
		.body = text_at(line, "body"),
		.signature = text_at(line, "signature") };
	return number_at(line, "seq", &out->seq) && number_at(line, "at", &out->at) &&
	       chain_hash_parse(text_at(line, "previous"), &out->previous) &&
	       chain_hash_parse(text_at(line, "hash"), &out->hash);
}

/* Takes the next line off a member, where `count` were taken so far. NULL when there is one, else why not. */
static const char *next_line(hufu_view *rest, size_t count, hufu_view *line)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	if (!end || count >= BUNDLE_ENTRIES_MAX)
		return end ? "there are more entries than are read" : "its line does not end";
	view_split(rest, (size_t)(end - rest->ptr), line);
	*rest = view_from(*rest, 1);
	return NULL;
}

static bool read_lines(struct check *check, struct lines *lines)
{
	const char *member = bundle_members[MEMBER_TIMELINE];
	hufu_view rest = check->members[MEMBER_TIMELINE], name = text_at(check->manifest, "case"), line = { 0 };
	while (rest.len) {
		int64_t number = (int64_t)lines->count + 1;
		const char *why = next_line(&rest, lines->count, &line);
		if (why)
			return found(check, BUNDLE_FAULT, member, number, why);
		if (!lines_room(lines))
			return found(check, BUNDLE_UNREADABLE, member, number, "no memory");
		json_t *json = parse(line);
		if (json)
			lines->kept[lines->count++] = json;
		if (!json || !entry_of(json, name, &lines->entries[number - 1]))
			return found(check, BUNDLE_FAULT, member, number, "it is no entry");
	}
	return true;
}

static bool check_chain(struct check *check, const struct lines *lines)
{
	struct chain_fault fault;
	struct bundle_report *report = check->report;
	report->entries = (int64_t)lines->count;
	if (lines->count) {
		report->first_at = lines->entries[0].at;
		report->last_at = lines->entries[lines->count - 1].at;
	}
	if (!lines->count)
		return wrong(check, MEMBER_TIMELINE, "it is empty");
	if (chain_verify(lines->entries, lines->count, &check->public, &check->head, &fault))
		return found(check, BUNDLE_FAULT, bundle_members[MEMBER_TIMELINE], fault.seq, fault.why);
	return true;
}

/* May be asked twice. */
static bool check_timeline(struct check *check)
{
	lines_done(&check->lines);
	return read_lines(check, &check->lines) && check_chain(check, &check->lines);
}

/* ---- time stamps ---- */

static void stamps_free(struct check *check)
{
	for (size_t i = 0; i < check->stamp_count; i++)
		free((char *)(uintptr_t)check->stamps[i].token.ptr);
	free(check->stamps);
	check->stamps = NULL;
	check->stamp_count = 0;
}

static bool stamps_room(struct check *check)
{
	size_t count = check->stamp_count;
	if (count && (count & (count - 1))) /* room doubles with each power of two */
		return true;
	struct stamp_kept *more = realloc(check->stamps, (count ? 2 * count : 1) * sizeof *more);
	if (more)
		check->stamps = more;
	return more;
}

/* The token's bytes are the caller's; false: it is no stamp. */
static bool stamp_of(const json_t *line, struct stamp_kept *out)
{
	hufu_view text = text_at(line, "token");
	size_t len = 0;
	char *bytes = malloc(text.len + 1);
	*out = (struct stamp_kept){ .token = { bytes, 0 } };
	if (!bytes || !number_at(line, "seq", &out->seq) ||
	        sodium_base642bin((uint8_t *)bytes, text.len, text.ptr, text.len, NULL, &len, NULL,
	                sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	out->token.len = len;
	return true;
}

static bool read_stamps(struct check *check)
{
	const char *member = bundle_members[MEMBER_STAMPS];
	hufu_view rest = check->members[MEMBER_STAMPS], line = { 0 };
	while (rest.len) {
		const char *why = next_line(&rest, check->stamp_count, &line);
		if (why)
			return found(check, BUNDLE_FAULT, member, 0, why);
		if (!stamps_room(check))
			return found(check, BUNDLE_UNREADABLE, member, 0, "no memory");
		json_t *json = parse(line);
		struct stamp_kept *stamp = &check->stamps[check->stamp_count++];
		bool good = stamp_of(json, stamp);
		json_decref(json);
		if (!good)
			return found(check, BUNDLE_FAULT, member, stamp->seq, "it is no time stamp");
	}
	return true;
}

/* What they show together: since when somebody outside knows of the case, and how far that goes by now. */
static void tell_stamps(struct check *check)
{
	struct bundle_report *report = check->report;
	report->stamp_count = (int64_t)check->stamp_count;
	report->authority_proved = check->trust && check->stamp_count;
	for (size_t i = 0; i < check->stamp_count; i++) {
		const struct bundle_stamp stamp = { check->stamps[i].seq, check->stamps[i].says };
		if (!i || stamp.says.at <= report->first.says.at)
			report->first = stamp;
		report->newest = stamp;
	}
}

/* A bundle of format 1 has none, and none of its entries can tell of one. */
static bool check_stamps(struct check *check)
{
	struct stamps_fault fault;
	stamps_free(check);
	if (!read_stamps(check))
		return false;
	if (!stamps_check(check->lines.entries, check->lines.count, check->stamps, check->stamp_count, &check->public,
	            check->trust, &fault))
		return found(check, BUNDLE_FAULT, bundle_members[MEMBER_STAMPS], fault.seq, fault.why);
	tell_stamps(check);
	return true;
}

/* ---- digests ---- */

static bool digest_of(hufu_view content, char out[CHAIN_HASH_TEXT])
{
	struct chain_hash digest;
	if (EVP_Digest(content.ptr, content.len, digest.bytes, NULL, EVP_sha256(), NULL) != 1)
		return false;
	chain_hash_print(&digest, out);
	return true;
}

/* `place`: of the member in the manifest's list. */
static bool check_digest(struct check *check, int member, size_t place)
{
	char sha256[CHAIN_HASH_TEXT];
	int64_t bytes;
	const json_t *named = json_array_get(json_object_get(check->manifest, "members"), place);
	if (!digest_of(check->members[member], sha256))
		return found(check, BUNDLE_UNREADABLE, bundle_members[member], 0, "no memory");
	if (!view_is(text_at(named, "name"), bundle_members[member]) || !number_at(named, "bytes", &bytes))
		return wrong(check, member, "the manifest does not name it");
	if (bytes == (int64_t)check->members[member].len && view_is(text_at(named, "sha256"), sha256))
		return true;
	/* The entry that was altered says more than that some byte was. */
	if (member == MEMBER_TIMELINE && !check_timeline(check))
		return false;
	if (member == MEMBER_STAMPS && (!check_timeline(check) || !check_stamps(check)))
		return false;
	return wrong(check, member, "its bytes are not those that were signed");
}

static bool check_digests(struct check *check)
{
	size_t place = 0;
	for (int i = MEMBER_TIMELINE; i < MEMBER_COUNT; i = bundle_member_next(check->format, i))
		if (!check_digest(check, i, place++))
			return false;
	if (json_array_size(json_object_get(check->manifest, "members")) != place)
		return wrong(check, MEMBER_MANIFEST, "it names members that are not in the bundle");
	return true;
}

/* Whether the case's list of stamps is that of the stamps. */
static bool same_stamps(const struct check *check, const json_t *all)
{
	size_t at;
	json_t *stamp, *list = json_object_get(all, "stamps");
	json_array_foreach(list, at, stamp)
	{
		int64_t seq;
		if (at >= check->stamp_count || !number_at(stamp, "seq", &seq) || seq != check->stamps[at].seq ||
		        !view_is(text_at(stamp, "serial"), check->stamps[at].says.serial))
			return false;
	}
	return json_array_size(list) == check->stamp_count;
}

/* What the case says must be what its timeline says. */
static bool check_agrees(struct check *check, const json_t *all)
{
	struct agree_fault fault;
	char why[sizeof check->report->why];
	if (case_agrees(all, check->lines.entries, check->lines.count, &fault))
		return true;
	snprintf(why, sizeof why, "%s: %s", fault.what, fault.why);
	return found(check, BUNDLE_FAULT, bundle_members[MEMBER_CASE], fault.entry, why);
}

/* The parts must be of one case, whoever signed them. */
static bool check_case(struct check *check)
{
	json_t *all = parse(check->members[MEMBER_CASE]), *verdicts = parse(check->members[MEMBER_VERDICTS]),
	       *evidence = parse(check->members[MEMBER_EVIDENCE]);
	bool held = true;
	if (!json_is_object(all) || !view_equal(text_at(all, "id"), text_at(check->manifest, "case")))
		held = wrong(check, MEMBER_CASE, "it belongs to another case");
	else if (!verdicts || !json_equal(verdicts, json_object_get(all, "verdicts")))
		held = wrong(check, MEMBER_VERDICTS, "they are not those of case.json");
	else if (!evidence || !json_equal(evidence, json_object_get(all, "evidence")))
		held = wrong(check, MEMBER_EVIDENCE, "it is not that of case.json");
	else if (!same_stamps(check, all))
		held = wrong(check, MEMBER_STAMPS, "they are not those of case.json");
	else
		held = check_agrees(check, all);
	json_decref(all);
	json_decref(verdicts);
	json_decref(evidence);
	return held;
}

void bundle_check(hufu_view packed, const char *signer, struct stamp_trust *trust, struct bundle_report *out)
{
	*out = (struct bundle_report){ .result = BUNDLE_UNREADABLE };
	struct check check = { .report = out, .signer = signer, .trust = trust };
	struct bytes tar = { 0 };
	const char *why = bundle_decompress(packed, BUNDLE_MAX, &tar);
	hufu_view rest = bytes_view(&tar);
	if (why)
		found(&check, BUNDLE_UNREADABLE, "", 0, why);
	else if (take_manifest(&check, &rest) && check_manifest(&check) && take_members(&check, &rest) &&
	         check_digests(&check) && check_timeline(&check) && check_stamps(&check) && check_case(&check))
		out->result = BUNDLE_HOLDS;
	lines_done(&check.lines);
	stamps_free(&check);
	json_decref(check.manifest);
	bytes_done(&tar);
}
