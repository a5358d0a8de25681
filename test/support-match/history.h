/* For tests: customers who live through five seals of the dataset "customers", in a store of the test's own, and three
 * such worlds, each with other people and other keys. What a leak shows is taken from the rows kept here, so that the
 * right answer is known before the program is asked. Include cmocka's headers first. */
#ifndef HUFU_TEST_HISTORY_H
#define HUFU_TEST_HISTORY_H

#include "world.h"

enum { DATES = 5 };

extern const char *const dates[DATES]; /* of the seals */
extern uint64_t seed;                  /* of the world at hand; tests draw from seeds beside it */
extern struct state sealed[DATES];     /* as each seal found them */
extern struct state between;           /* some time behind dates[2] */
extern struct state newer;             /* some time behind the last seal */
extern struct state strangers;         /* nobody of ours, under names, cities and days of ours */
#define LAST (&sealed[DATES - 1])

/* The store that commands work in from now on: "store" holds the five seals, "store-forms" the last state with forms
 * of mobiles and resident IDs that do not come by themselves. A test that goes to another comes back to "store". */
void store_use(const char *name);
/* The same, and the store is there afterwards. */
void store_fresh(const char *name);

/* All of a main() whose one argument is the program: the tests on each of the three worlds; how many failed. */
int history_run(int argc, char **argv, const struct CMUnitTest *tests, size_t count);

#endif
