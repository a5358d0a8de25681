/* SipHash against libsodium's, for every length that takes another way through the code. */
#include "base/siphash.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LENGTHS = 300 };

static uint64_t sodium_siphash(const uint8_t key[16], const void *bytes, size_t len)
{
	uint8_t out[8];

	crypto_shorthash(out, bytes, len, key);
	return le64(out);
}

static void test_base_siphash__equals_libsodium_at_every_length(void **state)
{
	uint8_t key[16], bytes[LENGTHS + 8];

	(void)state;
	for (int round = 0; round < 20; round++) {
		randombytes_buf(key, sizeof key);
		randombytes_buf(bytes, sizeof bytes);
		for (size_t len = 0; len <= LENGTHS; len++) /* and unaligned */
			assert_int_equal(siphash(siphash_key(key), bytes + len % 8, len),
			        sodium_siphash(key, bytes + len % 8, len));
	}
}

/* The vectors that came with the algorithm: key 00..0f, input the first n of 00, 01, 02, ... */
static void test_base_siphash__gives_the_published_vectors(void **state)
{
	static const struct {
		size_t len;
		uint64_t want;
	} rows[] = { { 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd }, { 8, 0x93f5f5799a932462 },
		{ 15, 0xa129ca6149be45e5 }, { 63, 0x958a324ceb064572 } };
	uint8_t key[16], bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	memcpy(key, bytes, sizeof key);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(siphash(siphash_key(key), bytes, rows[i].len), rows[i].want);
}

static void test_base_siphash__words_equal_their_bytes(void **state)
{
	uint8_t key[16], bytes[40 * 8];
	uint64_t words[40];

	(void)state;
	randombytes_buf(key, sizeof key);
	randombytes_buf(words, sizeof words);
	for (size_t i = 0; i < 40; i++)
		put_le64(bytes + 8 * i, words[i]);
	for (size_t count = 0; count <= 40; count++)
		assert_int_equal(siphash_words(siphash_key(key), words, count), sodium_siphash(key, bytes, count * 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_siphash__equals_libsodium_at_every_length),
		cmocka_unit_test(test_base_siphash__gives_the_published_vectors),
		cmocka_unit_test(test_base_siphash__words_equal_their_bytes),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
