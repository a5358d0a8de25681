/* The timeline of a case: append-only, each entry chained to the one before and signed. Inside the room. */
#ifndef HUFU_CASE_TIMELINE_H
#define HUFU_CASE_TIMELINE_H

#include "case/book.h"

/* Writes the change's entry, within its transaction. */
hufu_status timeline_append(struct change *change, hufu_error *error);

#endif
