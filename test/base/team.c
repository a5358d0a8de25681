/* A team does every piece once, with never two calls for one worker at a time, and with one processor too. */
#include "base/team.h"

#include "base/simd.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PIECES = 10000 };

struct tally {
	unsigned char done[PIECES];
	unsigned busy[TEAM_MAX], clashes, outside;
};

static void work(void *user, size_t piece, unsigned worker)
{
	struct tally *tally = user;
	if (worker >= team_size()) {
		__atomic_fetch_add(&tally->outside, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(
	        &tally->clashes, __atomic_exchange_n(&tally->busy[worker], 1, __ATOMIC_ACQ_REL), __ATOMIC_RELAXED);
	__atomic_fetch_add(&tally->done[piece], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&tally->busy[worker], 0, __ATOMIC_RELEASE);
}

static void test_base_team__does_each_piece_once(void **state)
{
	static const char *sizes[] = { "1", "2", "7", "64", "1000", "nonsense" };
	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct tally *tally = calloc(1, sizeof *tally);
		assert_non_null(tally);
		setenv("HUFU_THREADS", sizes[i], 1);
		assert_in_range(team_size(), 1, TEAM_MAX);
		team_run(PIECES, work, tally);
		for (size_t piece = 0; piece < PIECES; piece++)
			assert_int_equal(tally->done[piece], 1);
		assert_int_equal(tally->clashes + tally->outside, 0);
		team_run(0, work, tally);
		free(tally);
	}
	unsetenv("HUFU_THREADS");
}

static void test_base_simd__is_off_on_request(void **state)
{
	(void)state;
	setenv("HUFU_SIMD", "off", 1);
	assert_int_equal(simd_level(), SIMD_NONE);
}

/* Arrays were made for so many. */
static void test_base_team__stays_as_large_as_it_was(void **state)
{
	cpu_set_t all, one;
	size_t first = 0;
	(void)state;
	unsetenv("HUFU_THREADS");
	assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
	while (!CPU_ISSET(first, &all))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	unsigned before = team_size();
	assert_int_equal(before, CPU_COUNT(&all) < TEAM_MAX ? CPU_COUNT(&all) : TEAM_MAX);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	assert_int_equal(team_size(), before);
	assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base_team__does_each_piece_once),
		cmocka_unit_test(test_base_team__stays_as_large_as_it_was),
		cmocka_unit_test(test_base_simd__is_off_on_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
