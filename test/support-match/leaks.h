/* For tests: hard leaks of the customers of history.h whose right answer is known. A maker appends a whole leak to
 * `out`; without a word on it, the leak is of MANY records of the last state. What only one test looks at stands in
 * that test. Include cmocka's headers first. */
#ifndef HUFU_TEST_LEAKS_H
#define HUFU_TEST_LEAKS_H

#include "history.h"

#include <jansson.h>

enum { MANY = 400 };

extern const struct shown whole[FIELDS]; /* every column, under our names */
extern const struct shown personal[5];   /* name, mobile, email, city, address */

/* Some rows of ours that may be changed at will; state_done() them. */
struct state some_rows(const struct state *state, size_t count);
/* Each cell with this chance becomes something else. */
struct state damaged(struct state rows, unsigned per_mille);
/* Header and rows; takes `rows`. */
void print_all(const struct sheet *sheet, struct state rows, struct bytes *out);

/* Every column, under our names. */
void copy_whole(struct bytes *out);
void slipped(struct bytes *out);        /* mobiles by a row */
void newer_than_all(struct bytes *out); /* as they were behind the last seal */
void five_strangers(struct bytes *out); /* behind a true copy */
void few_damaged(struct bytes *out);    /* one cell in a hundred */
void fifth_damaged(struct bytes *out);
void padded_copy(struct bytes *out);    /* 60 of ours among 1200 */
void only_strangers(struct bytes *out); /* nobody of ours, in the same columns */

/* Of ours, some columns or other spellings. */
void spreadsheet(struct bytes *out); /* long numbers as 1.38E+10 */
void two_values(struct bytes *out);  /* half of the mobiles beside another number */
void three_records(struct bytes *out);
void salted_hashes(struct bytes *out); /* of mobiles, nothing else */
void upper_md5(struct bytes *out);
void other_hashes(struct bytes *out);      /* of forms that "store-forms" alone has */
void enumerated(struct bytes *out);        /* 3000 customer numbers, counted up */
void two_columns_mixed(struct bytes *out); /* mobiles of some people beside resident IDs of others */

/* Other tables of the same people. */
void parcels(struct bytes *out);       /* a courier's */
void service_calls(struct bytes *out); /* our numbers and phones, the rest sealed nowhere */

/* The verdict on what `make` makes, left in place/name; the caller json_decref()s. */
json_t *judge_made(void (*make)(struct bytes *out), const char *name);

/* The words of a copy of ours, and whether a word is among some, apart by |. */
#define OURS "genuine|partly-genuine"
bool word_among(const char *word, const char *words);

#endif
