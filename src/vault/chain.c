/* The chain of a timeline: canonical bytes, hashes, signatures, and checking all three. Uses base and libsodium. */
#include "chain.h"

#include "base/bytes.h"

#include <sodium.h>
#include <stdio.h>

static const char entry_context[] = "hufu entry 1", head_context[] = "hufu head 1", stamp_context[] = "hufu stamp 1";

_Static_assert(CHAIN_HASH_LEN == crypto_hash_sha256_BYTES, "SHA-256");

static hufu_status no_memory(hufu_error *error)
{
	return fail(error, HUFU_NO_MEMORY, (hufu_view){ 0 }, "out of memory", NULL);
}

void chain_hash_print(const struct chain_hash *hash, char out[CHAIN_HASH_TEXT])
{
	sodium_bin2hex(out, CHAIN_HASH_TEXT, hash->bytes, sizeof hash->bytes);
}

bool chain_hash_parse(hufu_view text, struct chain_hash *out)
{
	struct chain_hash parsed;
	size_t len = 0;

	if (text.len != 2 * CHAIN_HASH_LEN ||
	        sodium_hex2bin(parsed.bytes, sizeof parsed.bytes, text.ptr, text.len, NULL, &len, NULL) != 0 ||
	        len != sizeof parsed.bytes)
		return false;
	*out = parsed;
	return true;
}

/* ---- canonical bytes: netstrings, so that no two entries have the same ---- */

static void add_field(struct bytes *out, hufu_view field)
{
	bytes_print(out, "%zu:", field.len);
	bytes_add(out, field);
	bytes_byte(out, ',');
}

static void add_number(struct bytes *out, int64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)number);
	add_field(out, view_of(text));
}

static bool hash_entry(const struct chain_entry *entry, struct chain_hash *out)
{
	struct bytes bytes = { 0 };

	bytes_add(&bytes, view_make(entry->previous.bytes, CHAIN_HASH_LEN));
	add_field(&bytes, view_of(entry_context));
	add_field(&bytes, entry->case_name);
	add_number(&bytes, entry->seq);
	add_number(&bytes, entry->at);
	add_field(&bytes, entry->by);
	add_field(&bytes, entry->what);
	add_field(&bytes, entry->body);
	bool whole = !bytes.failed;
	if (whole)
		crypto_hash_sha256(out->bytes, (const uint8_t *)bytes.ptr, bytes.len);
	bytes_done(&bytes);
	return whole;
}

static hufu_view hash_view(const struct chain_hash *hash)
{
	return view_make(hash->bytes, CHAIN_HASH_LEN);
}

hufu_status chain_add(struct chain_head *head, struct chain_entry *entry, const struct sign_key *key,
        char signature[SIGN_TEXT], hufu_error *error)
{
	entry->seq = head->seq + 1;
	entry->previous = head->hash;
	if (!hash_entry(entry, &entry->hash))
		return no_memory(error);
	sign_make(key, entry_context, hash_view(&entry->hash), signature);
	entry->signature = view_of(signature);
	*head = (struct chain_head){ entry->seq, entry->hash };
	return HUFU_OK;
}

hufu_status chain_stamp_hash(
        const struct chain_entry *entry, const struct sign_public *signer, struct chain_hash *out, hufu_error *error)
{
	struct bytes bytes = { 0 };
	char hash[CHAIN_HASH_TEXT], public[SIGN_PUBLIC_TEXT];

	chain_hash_print(&entry->hash, hash);
	sign_public_print(signer, public);
	add_field(&bytes, view_of(stamp_context));
	add_field(&bytes, entry->case_name);
	add_number(&bytes, entry->seq);
	add_field(&bytes, view_of(hash));
	add_field(&bytes, view_of(public));
	add_field(&bytes, entry->signature);
	hufu_status status = bytes.failed ? no_memory(error) : HUFU_OK;
	if (status == HUFU_OK)
		crypto_hash_sha256(out->bytes, (const uint8_t *)bytes.ptr, bytes.len);
	bytes_done(&bytes);
	return status;
}

/* ---- head ---- */

static void add_head(struct bytes *out, const struct chain_head *head, hufu_view case_name, int64_t at)
{
	char hex[CHAIN_HASH_TEXT];

	chain_hash_print(&head->hash, hex);
	add_field(out, case_name);
	add_number(out, head->seq);
	add_field(out, view_of(hex));
	add_number(out, at);
}

hufu_status chain_head_sign(const struct chain_head *head, hufu_view case_name, int64_t at, const struct sign_key *key,
        char out[SIGN_TEXT], hufu_error *error)
{
	struct bytes bytes = { 0 };
	hufu_status status = HUFU_OK;

	add_head(&bytes, head, case_name, at);
	if (bytes.failed)
		status = no_memory(error);
	else
		sign_make(key, head_context, bytes_view(&bytes), out);
	bytes_done(&bytes);
	return status;
}

hufu_status chain_head_check(const struct chain_head *head, hufu_view case_name, int64_t at,
        const struct sign_public *signer, hufu_view signature, hufu_error *error)
{
	struct bytes bytes = { 0 };

	add_head(&bytes, head, case_name, at);
	hufu_status status = bytes.failed ? no_memory(error)
	                                  : sign_check(signer, head_context, bytes_view(&bytes), signature, error);
	bytes_done(&bytes);
	return status;
}

/* ---- checking ---- */

static bool same(const struct chain_hash *a, const struct chain_hash *b)
{
	return memcmp(a->bytes, b->bytes, CHAIN_HASH_LEN) == 0;
}

/* What is wrong with the entry behind `head`; NULL: nothing. */
static const char *judge(const struct chain_entry *entry, const struct chain_head *head, hufu_view case_name,
        const struct sign_public *signer)
{
	struct chain_hash hash;

	if (entry->seq != head->seq + 1)
		return "an entry is missing, inserted or out of order";
	if (!view_equal(entry->case_name, case_name))
		return "it belongs to another case";
	if (!same(&entry->previous, &head->hash))
		return "it does not follow the entry before it";
	if (!hash_entry(entry, &hash))
		return "out of memory";
	if (!same(&entry->hash, &hash))
		return "its content is not what was hashed";
	if (signer && sign_check(signer, entry_context, hash_view(&entry->hash), entry->signature, NULL) != HUFU_OK)
		return "the signer's signature does not hold";
	return NULL;
}

static const char *judge_end(const struct chain_head *got, const struct chain_head *want)
{
	if (got->seq < want->seq)
		return "the timeline is cut off before its signed end";
	if (got->seq > want->seq)
		return "entries follow behind the signed end";
	return same(&got->hash, &want->hash) ? NULL : "the signed end is that of another history";
}

hufu_status chain_verify(const struct chain_entry *entries, size_t count, const struct sign_public *signer,
        const struct chain_head *head, struct chain_fault *fault)
{
	struct chain_head got = { 0 };
	const char *why = NULL;
	size_t i = 0;

	for (; i < count; i++) {
		why = judge(&entries[i], &got, entries[0].case_name, signer);
		if (why)
			break;
		got = (struct chain_head){ entries[i].seq, entries[i].hash };
	}
	if (!why && head)
		why = judge_end(&got, head);
	if (!why)
		return HUFU_OK;
	*fault = (struct chain_fault){ i, got.seq + 1, why };
	return HUFU_MALFORMED;
}
