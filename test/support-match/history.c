/* Makes the history that history.h tells of: customers who live on between the seals of them, strangers who look like
 * them, and the stores. People and their changes follow from the seed at hand alone, so that a world that fails a test
 * comes again in the next run; keys are fresh ones each time. */
#include "base/auto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "history.h"
#include "run.h"

#include <unistd.h>

enum { CUSTOMERS = 1200 };

const char *const dates[DATES] = { "2021-03-31", "2021-05-31", "2021-07-31", "2021-09-30", "2021-11-30" };
uint64_t seed;
struct state sealed[DATES], between, newer, strangers;
static struct world world;

void store_use(const char *name)
{
	setenv("HUFU_STORE", placed(name), 1);
}

void store_fresh(const char *name)
{
	store_use(name);
	if (access(placed(name), F_OK) != 0)
		assert_code(HUFU("init"), 0);
}

static int begin(void **state)
{
	struct bytes text = { 0 };
	if (place_setup(state))
		return -1;
	world_init(&world, seed, CUSTOMERS);
	for (size_t i = 0; i < DATES; i++) {
		sealed[i] = state_copy(&world.now);
		text.len = 0;
		export_rows(&sealed[i], 0, &text);
		must_seal("customers", place_bytes("customers.csv", &text), dates[i],
		        (const char *const[]){
		                "--key", "customer_id", "--facet", "city", "--facet", "register_date", NULL });
		world_live(&world, 30, 25, 12, 250);
		if (i == 2)
			between = state_copy(&world.now);
		world_live(&world, 30, 25, 12, 250);
	}
	newer = state_copy(&world.now);
	strangers = strangers_new(seed + 1, 2000, &sealed[DATES - 1]);
	/* The same customers once, with the forms that do not come by themselves. */
	store_use("store-forms");
	assert_code(HUFU("init"), 0);
	must_seal("customers", placed("customers.csv"), dates[DATES - 1],
	        (const char *const[]){
	                "--key", "customer_id", "--form", "md5+86:mobile", "--form", "sha1:resident_id", NULL });
	store_use("store");
	bytes_done(&text);
	return 0;
}

static int end(void **state)
{
	for (size_t i = 0; i < DATES; i++)
		state_done(&sealed[i]);
	state_done(&between);
	state_done(&newer);
	state_done(&strangers);
	world_done(&world);
	return place_teardown(state);
}

int history_run(int argc, char **argv, const struct CMUnitTest *tests, size_t count)
{
	if (argc != 2)
		return 1;
	hufu_program = argv[1];
	/* Other customers and another key each time: no answer may be luck. */
	static const uint64_t seeds[] = { 77, 2024, 31337 };
	int failed = 0;
	for (size_t i = 0; i < LEN(seeds); i++) {
		seed = seeds[i];
		/* What cmocka_run_group_tests_name() makes of a list whose length it sees. */
		failed += _cmocka_run_group_tests("world", tests, count, begin, end);
	}
	return failed;
}
