/* Deadlines: when a clock runs out, and how that is said. */
#ifndef HUFU_DUTY_DUE_H
#define HUFU_DUTY_DUE_H

#include "duty/judge.h"

/* Fills immediate, has_due, due, due_text, when and status of a duty. A year that its calendar lacks goes to
 * `unknown_year` (else untouched). */
void due_set(const struct knowledge *knowledge, const struct rule *rule, int64_t now, struct pool *pool,
        struct duty *duty, int *unknown_year);

#endif
