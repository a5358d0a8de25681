/* A bundle from a stranger, and the time stamps in it. The first byte chooses what the rest is:
 *
 * 0: the file as it stands. 1: the tar in it. 2: the member with the stamps, in a bundle that is right and signed
 * otherwise. 3: the token of a stamp, of which the timeline, the case and the manifest all tell as they should, so that
 * OpenSSL's reading of it is reached; it must come out as stamp_check alone says. HUFU_FUZZ_BUNDLE=1 prints what a
 * stamp of this bundle is put on; those in test/data/bundle are by `openssl ts`, whose authority's certificate is
 * below. */
#include "case/bundle.h"
#include "base/io.h"
#include "case/bundlefile.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define HOLD(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

static const char key_line[] = "hufu-key 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
static const char authority[] = "-----BEGIN CERTIFICATE-----\n"
                                "MIIBXDCCAQKgAwIBAgIUXQe2uk1btqarEdIJHqD72F5DE9kwCgYIKoZIzj0EAwIw\n"
                                "FDESMBAGA1UEAwwJdGltZSByb290MB4XDTI2MTEyODA4Mjc0MFoXDTI2MTIyODA4\n"
                                "Mjc0MFowFDESMBAGA1UEAwwJdGltZSByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
                                "AQcDQgAELIhf8+4/IK+xu5g8KKbRhSo4ztimxRJMFRIqFeIrCssv5PnJe+5/fbCn\n"
                                "1/hoiEU700p5mfZgcSEnEILYGROKXqMyMDAwDwYDVR0TAQH/BAUwAwEB/zAdBgNV\n"
                                "HQ4EFgQUX4wDpthBnY0RgNoPLaikAOCDJf8wCgYIKoZIzj0EAwIDSAAwRQIgUNSH\n"
                                "UmDeB3mH9n5rdH3SIll/5HeBSrcJsS7qosSV7hkCIQC+wbLtDCx/iu67qOsyfna7\n"
                                "Uv3r9dY855a9gk3gsvlLaA==\n"
                                "-----END CERTIFICATE-----\n";
static const char case_name[] = "2026-1";

static struct sign_key *signer;
static struct stamp_trust *trust;

/* ---- a bundle of two entries ---- */

struct parts {
	struct chain_head head;
	struct chain_entry entries[2];
	char signatures[2][SIGN_TEXT];
	char *body;
	struct bytes members[MEMBER_COUNT];
};

static void add_json(struct bytes *out, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	HOLD(text);
	bytes_text(out, text);
	bytes_byte(out, '\n');
	free(text);
	json_decref(value);
}

static void digest(hufu_view bytes, char out[CHAIN_HASH_TEXT])
{
	struct chain_hash hash;
	HOLD(EVP_Digest(bytes.ptr, bytes.len, hash.bytes, NULL, EVP_sha256(), NULL) == 1);
	chain_hash_print(&hash, out);
}

static void add_entry(struct parts *parts, size_t at, const char *what, const char *body)
{
	struct chain_entry *entry = &parts->entries[at];
	char previous[CHAIN_HASH_TEXT], hash[CHAIN_HASH_TEXT];
	*entry = (struct chain_entry){ .case_name = view_of(case_name),
		.at = 1670739300,
		.by = view_of("li"),
		.what = view_of(what),
		.body = view_of(body) };
	HOLD(chain_add(&parts->head, entry, signer, parts->signatures[at], NULL) == HUFU_OK);
	chain_hash_print(&entry->previous, previous);
	chain_hash_print(&entry->hash, hash);
	add_json(&parts->members[MEMBER_TIMELINE],
	        json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "seq", (json_int_t)entry->seq, "at",
	                (json_int_t)entry->at, "by", "li", "what", what, "body", body, "previous", previous, "hash",
	                hash, "signature", parts->signatures[at]));
}

/* What a stamp over the first entry is put on. */
static struct chain_hash stamped(const struct parts *parts)
{
	const struct sign_public public = sign_public_of(signer);
	struct chain_hash hash;
	HOLD(chain_stamp_hash(&parts->entries[0], &public, &hash, NULL) == HUFU_OK);
	return hash;
}

static void add_manifest(struct parts *parts)
{
	const struct sign_public public = sign_public_of(signer);
	char text[SIGN_PUBLIC_TEXT], hash[CHAIN_HASH_TEXT], signature[SIGN_TEXT];
	json_t *list = json_array();
	for (int i = MEMBER_TIMELINE; i < MEMBER_COUNT; i = bundle_member_next(BUNDLE_FORMAT, i)) {
		char sha256[CHAIN_HASH_TEXT];
		digest(bytes_view(&parts->members[i]), sha256);
		json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "name", bundle_members[i], "bytes",
		                                    (json_int_t)parts->members[i].len, "sha256", sha256));
	}
	sign_public_print(&public, text);
	chain_hash_print(&parts->head.hash, hash);
	HOLD(chain_head_sign(&parts->head, view_of(case_name), 1670739400, signer, signature, NULL) == HUFU_OK);
	add_json(&parts->members[MEMBER_MANIFEST],
	        json_pack("{s:i, s:s, s:i, s:s, s:{s:I, s:s, s:s}, s:o}", "format", BUNDLE_FORMAT, "case", case_name,
	                "made_at", 1670739400, "signer", text, "head", "seq", (json_int_t)parts->head.seq, "hash", hash,
	                "signature", signature, "members", list));
	sign_make(signer, bundle_manifest_context, bytes_view(&parts->members[MEMBER_MANIFEST]), signature);
	bytes_text(&parts->members[MEMBER_SIGNATURE], signature);
	bytes_byte(&parts->members[MEMBER_SIGNATURE], '\n');
}

/* `stamps` (taken over) is the case's list. */
static void finish(struct parts *parts, json_t *stamps, struct bytes *tar)
{
	add_json(&parts->members[MEMBER_CASE],
	        json_pack("{s:s, s:s, s:s, s:[], s:[], s:o}", "id", case_name, "state", "open", "opened_at",
	                "2022-12-11T06:15:00Z", "verdicts", "evidence", "stamps", stamps));
	bytes_text(&parts->members[MEMBER_VERDICTS], "[]\n");
	bytes_text(&parts->members[MEMBER_EVIDENCE], "[]\n");
	add_manifest(parts);
	for (int i = 0; i < MEMBER_COUNT; i++) {
		bundle_tar_add(tar, bundle_members[i], bytes_view(&parts->members[i]));
		bytes_done(&parts->members[i]);
	}
	bundle_tar_end(tar);
	free(parts->body);
}

/* ---- checks ---- */

static void check(hufu_view packed, struct stamp_trust *by, struct bundle_report *report)
{
	bundle_check(packed, NULL, by, report);
	HOLD(report->result == BUNDLE_HOLDS || report->why[0]);
	HOLD(!report->signer_proved && report->authority_proved == (by && report->stamp_count));
	HOLD(!report->stamp_count || (report->first.entries >= 1 && report->newest.entries <= report->entries &&
	                                     report->first.says.at <= report->newest.says.at));
}

static void check_tar(struct bytes *tar, struct stamp_trust *by, struct bundle_report *report)
{
	struct bytes packed = { 0 };
	HOLD(bundle_compress(bytes_view(tar), &packed, NULL) == HUFU_OK);
	check(bytes_view(&packed), by, report);
	bytes_done(&packed);
}

static void try_member(hufu_view member)
{
	struct parts parts = { 0 };
	struct bundle_report report;
	struct bytes tar = { 0 };
	add_entry(&parts, 0, "open", "{}");
	bytes_add(&parts.members[MEMBER_STAMPS], member);
	finish(&parts, json_array(), &tar);
	check_tar(&tar, NULL, &report);
	HOLD(report.result != BUNDLE_HOLDS || !member.len); /* no entry tells of one */
	bytes_done(&tar);
}

static void try_token(hufu_view token, struct stamp_trust *by)
{
	struct parts parts = { 0 };
	struct bundle_report report;
	struct bytes tar = { 0 };
	struct stamp says = { .at = 0 };
	char sha256[CHAIN_HASH_TEXT];
	size_t cap = sodium_base64_encoded_len(token.len, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(cap);
	HOLD(text);
	add_entry(&parts, 0, "open", "{}");
	digest(token, sha256);
	HOLD(asprintf(&parts.body, "{\"seq\":1,\"token_sha256\":\"%s\"}", sha256) > 0);
	add_entry(&parts, 1, "stamp", parts.body);
	sodium_bin2base64(text, cap, (const uint8_t *)token.ptr, token.len, sodium_base64_VARIANT_ORIGINAL);
	add_json(&parts.members[MEMBER_STAMPS], json_pack("{s:i, s:s}", "seq", 1, "token", text));
	struct chain_hash over = stamped(&parts);
	bool good = stamp_check(token, over.bytes, by, &says, NULL) == HUFU_OK;
	finish(&parts, json_pack("[{s:i, s:s}]", "seq", 1, "serial", says.serial), &tar);
	check_tar(&tar, by, &report);
	HOLD((report.result == BUNDLE_HOLDS) == good);
	free(text);
	bytes_done(&tar);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[] = "/tmp/hufu-fuzz-XXXXXX";
	struct key *key = NULL;
	(void)argc;
	(void)argv;
	HOLD(close(mkstemp(path)) == 0);
	HOLD(io_replace_file(path, 0600, view_of(key_line), NULL) == HUFU_OK && key_load(path, &key, NULL) == HUFU_OK);
	HOLD(sign_key_of(key, &signer, NULL) == HUFU_OK);
	key_free(key);
	HOLD(io_replace_file(path, 0600, view_of(authority), NULL) == HUFU_OK &&
	        stamp_trust_load(path, &trust, NULL) == HUFU_OK);
	unlink(path);
	if (getenv("HUFU_FUZZ_BUNDLE")) {
		struct parts parts = { 0 };
		char text[CHAIN_HASH_TEXT];
		add_entry(&parts, 0, "open", "{}");
		struct chain_hash over = stamped(&parts);
		chain_hash_print(&over, text);
		puts(text);
		exit(0);
	}
	return 0;
}

static void try_file(hufu_view file)
{
	struct bundle_report report;
	check(file, trust, &report);
}

static void try_tar(hufu_view bytes)
{
	struct bundle_report report;
	struct bytes tar = { 0 };
	bytes_add(&tar, bytes);
	check_tar(&tar, trust, &report);
	bytes_done(&tar);
}

static void try_stamp(hufu_view token)
{
	try_token(token, trust);
	try_token(token, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const tries[])(hufu_view bytes) = { try_file, try_tar, try_member, try_stamp };
	tries[len ? data[0] % LEN(tries) : 0](view_from(view_make(data, len), 1));
	return 0;
}
