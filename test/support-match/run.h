/* For tests: the real program in a place of its own. Each test begins with a fresh directory that is HOME and holds
 * the store; `hufu` writes into memory that the next run overwrites. Include cmocka's headers first. */
#ifndef HUFU_TEST_RUN_H
#define HUFU_TEST_RUN_H

#include "base/bytes.h"

#include <jansson.h>

struct ran {
	int code;        /* exit code; 128 + n when signal n ended it */
	char *out, *err; /* NUL-terminated */
	size_t out_len, err_len;
	long peak_kb; /* largest resident set among the program and its readers */
};

extern const char *hufu_program; /* set by main() of each test */

/* Directory of this test, and a path within it (good until the 512th call after this one, and each run makes some). */
extern char place[64];
const char *placed(const char *name);

/* cmocka's setup and teardown: the directory, HOME, HUFU_STORE, and `hufu init`. */
int place_setup(void **state);
int place_teardown(void **state);

/* Writes place/name and returns its path. */
const char *place_text(const char *name, const char *text);
const char *place_bytes(const char *name, const struct bytes *bytes);
/* A zip of some members, names and contents in turn. */
struct zip_member {
	const char *name;
	hufu_view contents;
};
const char *place_zip(const char *name, const struct zip_member *members, size_t count);
void read_whole(const char *path, struct bytes *out); /* NUL behind the end, not counted */

/* Words end with NULL. Standard output goes to `out` instead of memory when it is not NULL. */
const struct ran *run_words(const char *const words[], const char *out);
#define HUFU(...) run_words((const char *const[]){ __VA_ARGS__, NULL }, NULL)

/* Asserts with the program's words shown when it fails. */
void assert_code(const struct ran *ran, int code);
void assert_has(const char *text, const char *want);
void assert_lacks(const char *text, const char *unwanted);
/* `text` is one line "hufu: where: what; todo" (the todo may be missing). */
void assert_clear_line(const char *text);
/* No byte that steers a terminal: C0 but line ends and tabs, C1, bidi controls. */
void assert_tame(const char *text, size_t len);

/* Seals place/name or fails the test. */
void must_seal(const char *dataset, const char *path, const char *as_of, const char *const more[]);

/* ---- answers ---- */

/* `hufu match LEAK --json`, asserted to end with 0 or 1; the caller json_decref()s. */
json_t *judged(const char *leak);
/* Several leaks in one command; fills one verdict a leak. */
void judged_all(const char *const *leaks, size_t count, json_t **verdicts);

/* Fields that must be there and of their type. */
uint64_t number_of(const json_t *object, const char *field);
const char *text_of(const json_t *object, const char *field); /* NULL for null */
json_t *list_of(const json_t *object, const char *field);

json_t *part_at(const json_t *verdict, size_t at);
json_t *part_named(const json_t *verdict, const char *ending); /* whose path ends so; NULL when there is none */
json_t *dataset_in(const json_t *part, const char *name);      /* NULL when there is none */
/* "linked" of that dataset, 0 where the part does not list it. */
uint64_t linked_to(const json_t *part, const char *dataset);
/* Which of ours the leaked column is ("" for null); fails the test when the leaked column is not listed. */
const char *mapped(const json_t *dataset, const char *leaked);
/* Sum of a facet's people. */
uint64_t facet_sum(const json_t *dataset, const char *facet);
uint64_t facet_people(const json_t *dataset, const char *facet, const char *value);

#endif
