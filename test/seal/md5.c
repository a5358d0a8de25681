/* Many digests at once against OpenSSL's, one by one: every length, every number of messages. */
#include "seal/md5.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MESSAGES = 53 };

static void test_seal_md5__equals_openssl(void **state)
{
	static struct md5_message messages[MESSAGES];
	struct md5_digest got[MESSAGES];
	unsigned char bytes[MESSAGES][MD5_SHORT_MAX], want[EVP_MAX_MD_SIZE];
	(void)state;
	for (size_t len = 0; len <= MD5_SHORT_MAX; len++)
		for (size_t count = 0; count <= MESSAGES; count++) {
			randombytes_buf(bytes, sizeof bytes);
			for (size_t i = 0; i < count; i++)
				md5_message(&messages[i], bytes[i], len);
			md5_digests(messages, count, got);
			for (size_t i = 0; i < count; i += 1 + count / 8) {
				assert_int_equal(EVP_Digest(bytes[i], len, want, NULL, EVP_md5(), NULL), 1);
				assert_memory_equal(&got[i], want, sizeof got[i]);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seal_md5__equals_openssl) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
