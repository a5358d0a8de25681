/* The chain of a timeline: what was altered, dropped, inserted, moved or cut is found, whatever an attacker without the
 * key sets right afterwards. */
#include "vault/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "../scratch.h"

enum { COUNT_MAX = 40, ROUNDS = 500, TEXT = 64 };

struct written {
	struct chain_entry entries[COUNT_MAX + 1];
	char by[COUNT_MAX + 1][TEXT], what[COUNT_MAX + 1][TEXT], body[COUNT_MAX + 1][TEXT],
	        signature[COUNT_MAX + 1][SIGN_TEXT];
	size_t count;
	struct chain_head head;
};

static struct sign_key *signing, *foreign;
static struct sign_public signer;

static int make_keys(void **state)
{
	struct key *key = NULL;

	if (scratch_setup(state) != 0 || key_create(scratch_path("one"), &key, NULL) != HUFU_OK ||
	        sign_key_of(key, &signing, NULL) != HUFU_OK)
		return -1;
	key_free(key);
	if (key_create(scratch_path("two"), &key, NULL) != HUFU_OK || sign_key_of(key, &foreign, NULL) != HUFU_OK)
		return -1;
	key_free(key);
	signer = sign_public_of(signing);
	return 0;
}

static int drop_keys(void **state)
{
	sign_key_free(signing);
	sign_key_free(foreign);
	return scratch_teardown(state);
}

static void fill(struct written *w, size_t i)
{
	struct chain_entry *entry = &w->entries[i];

	snprintf(w->by[i], TEXT, "user%zu", i % 3);
	snprintf(w->what[i], TEXT, "fact.set");
	snprintf(w->body[i], TEXT, "{\"people\":%zu}", i * 1000);
	entry->case_name = view_of("2026-0001");
	entry->at = 1671000000 + (int64_t)i * 60;
	entry->by = view_of(w->by[i]);
	entry->what = view_of(w->what[i]);
	entry->body = view_of(w->body[i]);
}

static void write_chain(struct written *w, size_t count)
{
	memset(w, 0, sizeof *w);
	w->count = count;
	for (size_t i = 0; i < count; i++) {
		fill(w, i);
		assert_int_equal(chain_add(&w->head, &w->entries[i], signing, w->signature[i], NULL), HUFU_OK);
	}
}

static hufu_status verify(const struct written *w, const struct chain_head *head, struct chain_fault *fault)
{
	return chain_verify(w->entries, w->count, &signer, head, fault);
}

static void test_vault_chain__a_whole_one_holds(void **state)
{
	struct written w;
	struct chain_fault fault;

	(void)state;
	for (size_t count = 0; count <= COUNT_MAX; count++) {
		write_chain(&w, count);
		assert_int_equal(verify(&w, &w.head, &fault), HUFU_OK);
		assert_int_equal(verify(&w, NULL, &fault), HUFU_OK);
		assert_int_equal(chain_verify(w.entries, count, NULL, &w.head, &fault), HUFU_OK);
	}
}

/* ---- the attacker ---- */

static uint32_t below(size_t limit)
{
	return randombytes_uniform((uint32_t)limit);
}

static hufu_view change_text(char text[TEXT], hufu_view old)
{
	size_t len = old.len;

	memmove(text, old.ptr, len);
	switch (below(3)) {
	case 0:
		text[below(len)] ^= (char)(1u << below(7));
		break;
	case 1:
		len -= 1;
		break;
	default:
		text[len++] = 'x';
	}
	return view_make(text, len);
}

static char scribble[3][TEXT];
static bool only_hashes; /* what setting right would undo */

static void alter(struct written *w)
{
	struct chain_entry *entry = &w->entries[below(w->count)];

	uint32_t which = below(8);
	only_hashes = which == 4 || which == 5;
	switch (which) {
	case 0:
		entry->by = change_text(scribble[0], entry->by);
		break;
	case 1:
		entry->what = change_text(scribble[1], entry->what);
		break;
	case 2:
		entry->body = change_text(scribble[2], entry->body);
		break;
	case 3:
		entry->at += 1 + (int64_t)below(100000);
		break;
	case 4:
		entry->hash.bytes[below(CHAIN_HASH_LEN)] ^= (uint8_t)(1u << below(8));
		break;
	case 5:
		entry->previous.bytes[below(CHAIN_HASH_LEN)] ^= (uint8_t)(1u << below(8));
		break;
	case 6: /* the border between two fields */
		entry->what.len--;
		entry->body = view_of("{}");
		break;
	default:
		w->signature[entry - w->entries][sizeof "ed25519:" + below(100)] ^= 1;
	}
}

static void drop(struct written *w)
{
	size_t at = below(w->count);

	memmove(&w->entries[at], &w->entries[at + 1], (w->count - at - 1) * sizeof w->entries[0]);
	w->count--;
}

static void insert(struct written *w)
{
	size_t at = below(w->count + 1), from = below(w->count);
	struct chain_entry copy = w->entries[from];

	memmove(&w->entries[at + 1], &w->entries[at], (w->count - at) * sizeof w->entries[0]);
	copy.at += (int64_t)below(2);
	w->entries[at] = copy;
	w->count++;
}

static void swap(struct written *w)
{
	size_t a = below(w->count), b = (a + 1 + below(w->count - 1)) % w->count;
	struct chain_entry kept = w->entries[a];

	w->entries[a] = w->entries[b];
	w->entries[b] = kept;
}

static void cut(struct written *w)
{
	w->count -= 1 + below(w->count);
}

/* Numbers and chains anew all that there is, as far as that goes without the key: old signatures, or his own. */
static void set_right(struct written *w, bool sign)
{
	struct chain_head head = { 0 };

	for (size_t i = 0; i < w->count; i++) {
		char made[SIGN_TEXT];
		hufu_view old = w->entries[i].signature;
		assert_int_equal(chain_add(&head, &w->entries[i], foreign, made, NULL), HUFU_OK);
		w->entries[i].signature = old;
		if (sign) {
			memcpy(w->signature[i], made, SIGN_TEXT);
			w->entries[i].signature = view_of(w->signature[i]);
		}
	}
}

static void test_vault_chain__five_hundred_attacks(void **state)
{
	static void (*const attacks[])(struct written *) = { alter, drop, insert, swap, cut };
	size_t named[LEN(attacks)] = { 0 };

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct written w;
		struct chain_fault fault = { .index = 9999 };
		size_t which = round % LEN(attacks), count = 2 + below(COUNT_MAX - 2);
		write_chain(&w, count);
		only_hashes = false;
		attacks[which](&w);
		uint32_t then = only_hashes ? 0 : below(3);
		if (then)
			set_right(&w, then == 2);
		hufu_status status = verify(&w, &w.head, &fault);
		if (status != HUFU_MALFORMED)
			print_error("round %u: attack %zu, then %u, was not found\n", round, which, then);
		assert_int_equal(status, HUFU_MALFORMED);
		assert_true(fault.index <= w.count);
		assert_int_equal(fault.seq, fault.index + 1);
		assert_non_null(fault.why);
		named[which]++;
	}
	for (size_t i = 0; i < LEN(attacks); i++)
		assert_int_equal(named[i], ROUNDS / LEN(attacks));
}

static void test_vault_chain__names_the_first_that_does_not_hold(void **state)
{
	struct written w;
	struct chain_fault fault;

	(void)state;
	write_chain(&w, 10);
	w.entries[4].body = view_of("{\"people\":1}");
	w.entries[7].at++;
	assert_int_equal(verify(&w, &w.head, &fault), HUFU_MALFORMED);
	assert_int_equal(fault.index, 4);
	assert_int_equal(fault.seq, 5);
	assert_string_equal(fault.why, "its content is not what was hashed");
	write_chain(&w, 10);
	w.count = 6;
	assert_int_equal(verify(&w, NULL, &fault), HUFU_OK); /* nobody can know */
	assert_int_equal(verify(&w, &w.head, &fault), HUFU_MALFORMED);
	assert_int_equal(fault.index, 6);
	assert_string_equal(fault.why, "the timeline is cut off before its signed end");
}

static void test_vault_chain__another_signer_and_another_case(void **state)
{
	struct written w;
	struct chain_fault fault;

	(void)state;
	write_chain(&w, 5);
	struct sign_public other = sign_public_of(foreign);
	assert_int_equal(chain_verify(w.entries, 5, &other, NULL, &fault), HUFU_MALFORMED);
	assert_int_equal(fault.index, 0);
	w.entries[3].case_name = view_of("2026-0002");
	assert_int_equal(verify(&w, NULL, &fault), HUFU_MALFORMED);
	assert_string_equal(fault.why, "it belongs to another case");
}

static void test_vault_chain__head_is_signed_with_case_and_time(void **state)
{
	struct written w;
	char signature[SIGN_TEXT];
	hufu_view name = view_of("2026-0001");

	(void)state;
	write_chain(&w, 5);
	assert_int_equal(chain_head_sign(&w.head, name, 100, signing, signature, NULL), HUFU_OK);
	hufu_view given = view_of(signature);
	assert_int_equal(chain_head_check(&w.head, name, 100, &signer, given, NULL), HUFU_OK);
	assert_int_equal(chain_head_check(&w.head, name, 101, &signer, given, NULL), HUFU_MALFORMED);
	assert_int_equal(chain_head_check(&w.head, view_of("2026-0002"), 100, &signer, given, NULL), HUFU_MALFORMED);
	w.head.seq--;
	assert_int_equal(chain_head_check(&w.head, name, 100, &signer, given, NULL), HUFU_MALFORMED);
}

/* ---- signatures ---- */

static void test_vault_sign__text_of_keys_and_signatures(void **state)
{
	char text[SIGN_PUBLIC_TEXT], print[SIGN_FINGERPRINT_TEXT], signature[SIGN_TEXT];
	struct sign_public back;
	hufu_error error;

	(void)state;
	sign_public_print(&signer, text);
	assert_true(sign_public_parse(view_of(text), &back));
	assert_memory_equal(&back, &signer, sizeof back);
	assert_false(sign_public_parse(view_of(text + 1), &back));
	assert_false(sign_public_parse(view_make(text, strlen(text) - 1), &back));
	sign_fingerprint(&signer, print);
	assert_int_equal(strlen(print), 79);
	assert_true(sign_fingerprint_fits(&signer, view_of(print)));
	print[0] ^= 1;
	assert_false(sign_fingerprint_fits(&signer, view_of(print)));
	assert_false(sign_fingerprint_fits(&signer, view_of("")));
	assert_false(sign_fingerprint_fits(&signer, view_make(print, 40)));
	sign_make(signing, "hufu test", view_of("tiger"), signature);
	assert_true(view_starts(view_of(signature), "ed25519:"));
	assert_int_equal(sign_check(&signer, "hufu test", view_of("tiger"), view_of(signature), NULL), HUFU_OK);
	assert_int_equal(sign_check(&signer, "hufu tes", view_of("ttiger"), view_of(signature), NULL), HUFU_MALFORMED);
	assert_int_equal(sign_check(&signer, "hufu test", view_of("tigen"), view_of(signature), NULL), HUFU_MALFORMED);
	assert_int_equal(
	        sign_check(&signer, "hufu test", view_of("tiger"), view_of("sm2:00ff"), &error), HUFU_UNSUPPORTED);
	assert_int_equal(sign_check(&signer, "hufu test", view_of("tiger"), view_of(""), &error), HUFU_MALFORMED);
}

/* Another library, told what doc/vault-format.md tells, comes to the same. */
static void test_vault_sign__openssl_agrees(void **state)
{
	static const char signed_bytes[] = "hufu test\0tiger";
	char signature[SIGN_TEXT];
	uint8_t digest[crypto_hash_sha256_BYTES], raw[64];

	(void)state;
	sign_make(signing, "hufu test", view_of("tiger"), signature);
	crypto_hash_sha256(digest, (const uint8_t *)signed_bytes, sizeof signed_bytes - 1);
	assert_int_equal(sodium_hex2bin(raw, sizeof raw, signature + 8, 128, NULL, NULL, NULL), 0);
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, signer.bytes, sizeof signer.bytes);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(context, raw, sizeof raw, digest, sizeof digest), 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vault_sign__text_of_keys_and_signatures),
		cmocka_unit_test(test_vault_sign__openssl_agrees),
		cmocka_unit_test(test_vault_chain__a_whole_one_holds),
		cmocka_unit_test(test_vault_chain__names_the_first_that_does_not_hold),
		cmocka_unit_test(test_vault_chain__another_signer_and_another_case),
		cmocka_unit_test(test_vault_chain__head_is_signed_with_case_and_time),
		cmocka_unit_test(test_vault_chain__five_hundred_attacks),
	};
	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
