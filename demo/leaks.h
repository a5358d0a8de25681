/* What somebody offers for sale: leaks of the fictitious carmaker, and of nobody, with the truth. */
#ifndef HUFU_DEMO_LEAKS_H
#define HUFU_DEMO_LEAKS_H

#include "company.h"

#include <jansson.h>

/* Writes DIR/owners-sample.zip and the others as taken from `company` on `day`, and tells of each in `truth`
 * (an object: leak -> what a right answer says). */
void leaks_write(struct company *company, int32_t day, uint64_t seed, const char *dir, json_t *truth);

#endif
