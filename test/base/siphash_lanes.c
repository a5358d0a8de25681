/* Many inputs at once give what each gives alone, for every number of inputs that fills some lanes and leaves some. Run
 * with each variant that the processor has. */
#include "base/siphash_lanes.h"

#include "base/simd.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { INPUTS = 67, WORDS = 17, BLOCK = 4096 };

static struct siphash_key random_key(void)
{
	uint8_t bytes[16];
	randombytes_buf(bytes, sizeof bytes);
	return siphash_key(bytes);
}

static void test_base_siphash_lanes__arrays_equal_one_by_one(void **state)
{
	uint64_t numbers[4][INPUTS], out[INPUTS];
	const uint64_t *words[4] = { numbers[0], numbers[1], numbers[2], numbers[3] };
	(void)state;
	randombytes_buf(numbers, sizeof numbers);
	for (size_t count = 0; count <= 4; count++)
		for (size_t n = 0; n <= INPUTS; n++) {
			struct siphash_key key = random_key();
			struct siphash_state after = siphash_begin(key);
			siphash_arrays(siphash_begin(key), 0, words, count, n, out);
			for (size_t i = 0; i < n; i++) {
				uint64_t one[4] = { numbers[0][i], numbers[1][i], numbers[2][i], numbers[3][i] };
				assert_int_equal(out[i], siphash_words(key, one, count));
			}
			siphash_word(&after, 42);
			siphash_arrays(after, 1, words, count, n, out);
			for (size_t i = 0; i < n; i++) {
				uint64_t one[5] = { 42, numbers[0][i], numbers[1][i], numbers[2][i], numbers[3][i] };
				assert_int_equal(out[i], siphash_words(key, one, count + 1));
			}
		}
}

static void test_base_siphash_lanes__slots_equal_one_by_one(void **state)
{
	static uint64_t slots[INPUTS][WORDS];
	uint64_t out[INPUTS];
	uint16_t which[INPUTS];
	(void)state;
	for (size_t len = 0; len < (WORDS - 1) * 8; len++)
		for (size_t n = 0; n <= INPUTS; n += 1 + n / 3) {
			struct siphash_key key = random_key();
			randombytes_buf(slots, sizeof slots);
			for (size_t i = 0; i < n; i++)
				which[i] = (uint16_t)(n - 1 - i);
			uint64_t want[INPUTS];
			for (size_t i = 0; i < n; i++) {
				want[i] = siphash(key, slots[i], len);
				slots[i][len / 8] = siphash_last((const uint8_t *)slots[i], len);
			}
			siphash_slots(key, slots[0], WORDS, which, n, len / 8 + 1, out);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(out[i], want[i]);
		}
}

static void test_base_siphash_lanes__blocks_equal_one_by_one(void **state)
{
	uint8_t *blocks = malloc((size_t)INPUTS * BLOCK + 1);
	uint64_t out[INPUTS];
	(void)state;
	assert_non_null(blocks);
	randombytes_buf(blocks, (size_t)INPUTS * BLOCK + 1);
	for (size_t len = 8; len <= BLOCK; len *= 8)
		for (size_t n = 0; n <= INPUTS; n += 1 + n / 3) {
			struct siphash_key key = random_key();
			siphash_blocks(key, blocks + 1, len, n, out);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(out[i], siphash(key, blocks + 1 + i * len, len));
		}
	free(blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_siphash_lanes__arrays_equal_one_by_one),
		cmocka_unit_test(test_base_siphash_lanes__slots_equal_one_by_one),
		cmocka_unit_test(test_base_siphash_lanes__blocks_equal_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
